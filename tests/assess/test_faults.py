"""Gaps, resolution, missing sizes and people on borders: by hand, and what must always hold."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from capacity import load_norms
from capacity.assess.faults import cell_side_m, gaps_of, people_in
from capacity.assess.run import assessment_faults
from capacity.demand import demand
from capacity.exact import from_sum
from capacity.population import PopulationGrid
from capacity.problems import PROBLEMS
from capacity.study_area import study_area

CRS = "EPSG:4547"
X, Y = 500_000.0, 3_800_000.0
NORMS = load_norms("zhengzhou", on="2025-12-31").norms


def square(col, row=0.0, width=1.0, height=1.0):
    """Rectangle in kilometres."""
    x, y = X + 1000 * col, Y + 1000 * row
    return box(x, y, x + 1000 * width, y + 1000 * height)


def grid(side=100.0, people=10.0, size=(10, 20)):
    transform = Affine(side, 0, X, 0, -side, Y + size[0] * side)
    return PopulationGrid({"population": np.full(size, people)}, transform, CRS_OBJECT)


CRS_OBJECT = gpd.GeoSeries([Point(0, 0)], crs=CRS).crs


def town(geometry, codes, parents, types, **more):
    units = gpd.GeoDataFrame(
        {"unit_code": codes, "parent_code": parents, "unit_type": types}, geometry=geometry, crs=CRS
    )
    more = {"population": grid()} | more
    return study_area(units, name="T", code="D", data_date="2025-06-30", **more)


def found(area, code, norms=()):
    return [fault for fault in assessment_faults(area, norms) if fault.code == code]


def test_a_gap_inside_the_parent():
    """The district is 2 km wide; the streets leave 100 m between them: ten cells of ten people."""
    area = town(
        [square(0, 0, 2), square(0, 0, 0.9), square(1)],
        ["D", "A1", "A2"],
        ["", "D", "D"],
        ["district", "street", "street"],
    )
    (fault,) = found(area, "units.gaps")
    assert (fault.severity, fault.count, fault.item) == ("warning", 1, "D")
    assert fault.amount == pytest.approx(100_000)
    assert fault.message == (
        "units of tier street leave 1 gap of 100,000 m² in all (up to 5.00 % of what they should "
        "cover); 100.0 people lie there, in none of them."
    )


def test_a_hole_where_no_parent_has_a_polygon():
    around = square(0, 0, 2).difference(square(0.5, 0.5, 0.1, 0.1))
    area = town(
        [shapely.intersection(around, square(0)), shapely.intersection(around, square(1))],
        ["A1", "A2"],
        ["", ""],
        ["street", "street"],
    )
    (fault,) = found(area, "units.gaps")
    assert fault.amount == pytest.approx(10_000)
    assert "10.0 people lie there" in fault.message
    assert fault.item == "D"
    # beyond the units is not between them
    apart = town([square(0, 0, 0.9), square(1)], ["A1", "A2"], ["", ""], ["street", "street"])
    assert found(apart, "units.gaps") == []


def test_a_sliver_without_people_is_a_fact():
    area = town(
        [square(0, 0, 2), square(0), square(1.001, 0, 0.999)],
        ["D", "A1", "A2"],
        ["", "D", "D"],
        ["district", "street", "street"],
        population=None,
    )
    (fault,) = found(area, "units.gaps")
    assert (fault.severity, fault.amount) == ("info", pytest.approx(1000))
    assert "people" not in fault.message


BOXES = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 5), st.integers(1, 5)),
    min_size=1,
    max_size=6,
)


@given(BOXES)
def test_gaps_and_units_fill_the_outline(boxes):
    """On a lattice of 100 m cells every cell is a unit's or a gap's: count them."""
    covered = np.zeros((10, 10), dtype=bool)
    polygons = []
    for col, row, width, height in boxes:
        covered[row : row + height, col : col + width] = True
        right, top = min(col + width, 10), min(row + height, 10)
        polygons.append(box(X + 100 * col, Y + 100 * row, X + 100 * right, Y + 100 * top))
    outline = box(X, Y, X + 1000, Y + 1000)
    gaps = gaps_of(outline, np.array(polygons, dtype=object))
    assert shapely.area(gaps).sum() == pytest.approx(10_000 * (~covered).sum(), abs=1)
    cells = np.flatnonzero(~covered[::-1].ravel())  # rasters begin in the north
    values = np.arange(100.0)
    people = PopulationGrid(
        {"population": values.reshape(10, 10)}, Affine(100, 0, X, 0, -100, Y + 1000), CRS_OBJECT
    )
    counted = from_sum(people_in(people, gaps, CRS_OBJECT)) if len(gaps) else 0.0
    assert counted == pytest.approx(values[cells].sum(), rel=1e-6)


def test_people_in_gaps_of_points_and_polygons():
    points = gpd.GeoDataFrame(
        {"population": [1.0, 2.0, 4.0]},
        geometry=[Point(X + 5, Y + 5), Point(X + 10, Y + 5), Point(X + 11, Y + 5)],
        crs=CRS,
    )
    gap = np.array([box(X, Y, X + 10, Y + 10)], dtype=object)
    assert from_sum(people_in(points, gap, CRS_OBJECT)) == 1.0  # the second stands on the border
    cells = points.set_geometry([box(X, Y, X + 20, Y + 10), *[box(X + 90, Y, X + 99, Y + 9)] * 2])
    assert from_sum(people_in(cells, gap, CRS_OBJECT)) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("side", "severity"), [(100, "info"), (300, "info"), (302, "info"), (305, "warning")]
)
def test_cells_against_the_smallest_radius(side, severity):
    area = town([square(0)], ["A1"], [""], ["street"], population=grid(side, 10, (4, 8)))
    codes = {"info": "population.resolution", "warning": "population.coarse"}
    (fault,) = found(area, codes[severity], NORMS)
    assert (fault.severity, fault.amount) == (severity, pytest.approx(side, rel=1e-3))
    assert fault.item == "zhengzhou.plan2023.childcare.service_circle_radius"
    assert f"about {side} m wide; the smallest radius in force is 300 m." in fault.message
    assert ("不必修改" in PROBLEMS[fault.code][1]) == (severity == "info")
    assert found(area, fault.code) == []  # without norms there is no radius


def test_width_of_cells():
    points = gpd.GeoDataFrame({"population": [1.0]}, geometry=[Point(X, Y)], crs=CRS)
    assert cell_side_m(points) is None
    assert cell_side_m(points.set_geometry([square(0)])) == pytest.approx(1000)
    wgs84 = gpd.GeoSeries([Point(0, 0)], crs="EPSG:4326").crs
    degrees = PopulationGrid(
        {"population": np.ones((2, 2))}, Affine(0.001, 0, 114, 0, -0.001, 0.001), wgs84
    )
    assert cell_side_m(degrees) == pytest.approx(111.3, abs=0.7)  # at the equator


def test_sizes_that_norms_count():
    """Three health facilities: one with beds, one without, one planned without."""
    facilities = gpd.GeoDataFrame(
        {
            "name": ["甲医院", "乙医院", "丙医院"],
            "service": ["health"] * 3,
            "beds": [50, None, None],
            "status": ["", "", "planned"],
        },
        geometry=[Point(X + 10, Y + 10)] * 3,
        crs=CRS,
    )
    area = town([square(0)], ["A1"], [""], ["street"], facilities=facilities)
    (fault,) = found(area, "facilities.no_amount", NORMS)
    assert (fault.column, fault.rows, fault.severity) == ("beds", (2,), "warning")
    assert str(fault) == (
        "facilities, row 2, column beds: no beds in 1 of 3 rows of health, which norms in force "
        "count: '乙医院'. They count for coverage and in number, never for beds. Fill in the beds "
        "where it is known."
    )
    assert found(area, "facilities.no_amount") == []


def test_rooms_of_compounds():
    compounds = gpd.GeoDataFrame(
        {"name": ["甲", "乙"], "households": [100, 100], "elder_floor_area": [0, None]},
        geometry=[Point(X + 10, Y + 10), Point(X + 90, Y + 10)],
        crs=CRS,
    )
    area = town([square(0)], ["A1"], [""], ["street"], compounds=compounds)
    (fault,) = found(area, "compounds.no_amount", NORMS)
    assert fault.rows == (2,)
    assert "What these lack is not known." in fault.message


def points_between(*polygons, at):
    cells = gpd.GeoDataFrame({"population": [12.0] * len(at)}, geometry=at, crs=CRS)
    codes = [f"A{n}" for n in range(len(polygons))]
    units = gpd.GeoDataFrame({"unit_code": codes}, geometry=list(polygons), crs=CRS)
    return demand(cells, units)


def test_points_on_a_shared_border_are_no_overlap():
    border = Point(X + 1000, Y + 500)
    where = points_between(square(0), square(1), at=[border, Point(X + 1, Y + 1)])
    assert where.by_unit().tolist() == [18.0, 6.0]
    assert where.overlap == {"population": 0.0}
    assert where.on_border == {"population": 12.0}


def test_points_where_units_overlap_are():
    where = points_between(square(0), square(0.5), at=[Point(X + 700, Y + 500)])
    assert where.by_unit().tolist() == [6.0, 6.0]
    assert (where.overlap, where.on_border) == ({"population": 12.0}, {"population": 0.0})
    # on the border of one, inside the other
    where = points_between(square(0), square(0.5), at=[Point(X + 1000, Y + 500)])
    assert where.overlap == {"population": 12.0}


def test_a_corner_of_four_units():
    corner = Point(X + 1000, Y + 1000)
    units = [square(0), square(1), square(0, 1), square(1, 1)]
    where = points_between(*units, at=[corner])
    assert where.by_unit().tolist() == [3.0] * 4
    assert where.on_border == {"population": 12.0}


def test_borders_in_the_report():
    cells = gpd.GeoDataFrame({"population": [12.0]}, geometry=[Point(X + 1000, Y + 9)], crs=CRS)
    area = town(
        [square(0), square(1)], ["A1", "A2"], ["", ""], ["street", "street"], population=cells
    )
    faults = pd.DataFrame([(f.code, f.amount) for f in assessment_faults(area)])
    assert faults.set_index(0)[1].get("population.on_borders") == 12.0
    assert "population.in_overlaps" not in set(faults[0])
