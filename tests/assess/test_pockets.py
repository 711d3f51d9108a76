"""Pockets: people out of reach, grouped by place; nobody of them is lost."""

import dataclasses
import datetime as dt
import pickle

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from affine import Affine
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from shapely import Point, box

from capacity import assess, load_norms, read_study_area, study_area, write_example
from capacity.assess.circles import CIRCLES
from capacity.assess.context import Context
from capacity.assess.pockets import draw_pockets, list_pockets
from capacity.population import PopulationGrid
from capacity.reach.straight import circles
from capacity.vocabulary import GROUPS
from tests import towns

CIRCLE = "zhengzhou.plan2023.childcare.service_circle_radius"


def norms():
    chosen = load_norms("zhengzhou", on="2025-12-31")
    some = tuple(n for n in chosen.norms if n.id == CIRCLE)
    assert len(some) == 1
    return dataclasses.replace(chosen, norms=some)


def area(population, streets, xy):
    units = towns.units(
        [shapely.union_all(streets), *streets],
        codes=["4101", *(f"41010100{i}" for i in range(1, len(streets) + 1))],
        unit_type=["district", *["street"] * len(streets)],
        parent_code=["", *["4101"] * len(streets)],
    )
    units["main_urban"] = True
    points = towns.points(xy)
    points["facility_id"] = [f"F{i}" for i in range(len(xy))]
    points["service"] = "childcare"
    return study_area(
        units,
        population,
        points,
        name="town",
        data_date=dt.date(2025, 6, 30),
        services=["childcare"],
    )


def of(result, measure="population"):
    found = result.pockets
    return found[(found["norm_id"] == CIRCLE) & (found["measure"] == measure)]


def out_of_reach(result):
    rows = result.findings
    rows = rows[(rows["rollup"] == "unit") & rows["share"].notna() & rows["kind"].isin(CIRCLES)]
    rows = rows[rows["measure"].isin(GROUPS) & rows["unit_type"].isin(["street", "township"])]
    rows = rows.set_index(["norm_id", "measure", "unit_code"])
    return rows["base_value"] - rows["existing"]


def by_unit(result):
    return result.pockets.groupby(["norm_id", "measure", "unit_code"])["people"].sum()


def same(result):
    """People of the pockets of each unit are those that its finding leaves out of reach."""
    out, grouped = out_of_reach(result), by_unit(result)
    assert grouped.index.isin(out.index).all()
    both = out.to_frame("out").join(grouped.rename("grouped")).fillna(0.0)
    np.testing.assert_allclose(both["grouped"], both["out"], rtol=1e-9, atol=1e-6)


def test_two_groups_of_cells_in_one_street_and_one_in_the_next():
    # cells of 100 m, 12 × 1; the facility's 300 m reach all of columns 4 to 6 and no other whole one
    people = [[10, 20, 0, 0, 5, 5, 5, 0, 30, 40, 50, 60]]
    streets = [box(0, 0, 1000, 100), box(1000, 0, 1200, 100)]
    result = assess(area(towns.grid(people), streets, [(500, 50)]), norms())
    found = of(result)
    assert found["pocket"].tolist() == [1, 2, 3]
    assert found["unit_code"].tolist() == ["410101002", "410101001", "410101001"]
    assert found["people"].tolist() == pytest.approx([110.0, 70.0, 30.0], abs=0.01)
    assert found["cells"].tolist() == [2, 2, 2]
    assert [list(shape.bounds) for shape in found.geometry] == [
        [1000, 0, 1200, 100],
        [800, 0, 1000, 100],
        [0, 0, 200, 100],
    ]
    same(result)


def test_cells_that_only_touch_at_a_corner_are_two_pockets():
    people = [[10, 0], [0, 20]]
    result = assess(area(towns.grid(people), [box(0, 0, 200, 200)], [(5000, 5000)]), norms())
    assert of(result)["people"].tolist() == [20.0, 10.0]


def test_outlines_are_drawn_when_somebody_asks_and_a_copy_draws_the_same():
    people = [[10, 0], [0, 20]]
    result = assess(area(towns.grid(people), [box(0, 0, 200, 200)], [(5000, 5000)]), norms())
    copy = pickle.loads(pickle.dumps(result))  # noqa: S301  # made here
    assert "pockets" not in vars(result)
    assert len(result.pockets) == len(result.pocket_cells) > 0
    assert "pockets" not in vars(copy)
    assert copy.pockets.geometry.to_wkb().tolist() == result.pockets.geometry.to_wkb().tolist()


def test_a_street_border_cuts_a_pocket_and_its_outline():
    # one cell of 100 people, three quarters of it in the western street
    streets = [box(0, 0, 75, 100), box(75, 0, 100, 100)]
    result = assess(area(towns.grid([[100]]), streets, [(5000, 5000)]), norms())
    found = of(result)
    assert found["people"].tolist() == [75.0, 25.0]
    assert [shape.area for shape in found.geometry] == [7500.0, 2500.0]


def test_nobody_out_of_reach_leaves_no_pocket():
    result = assess(area(towns.grid([[100]]), [box(0, 0, 100, 100)], [(50, 50)]), norms())
    assert result.pockets.empty
    assert list(result.circles["metres"]) == [300.0] * len(result.circles)
    assert set(result.circles["reading"]) == {"straight line"}


def test_a_facility_that_is_an_area_reaches_from_its_boundary():
    town = area(towns.grid([[100.0] * 9]), [box(0, 0, 900, 100)], [(50, 50), (850, 50)])
    yard = box(0, 0, 200, 100)
    facilities = town.facilities.assign(outline=[yard, None])
    result = assess(dataclasses.replace(town, facilities=facilities), norms())
    around = result.circles[result.circles["measure"] == "population"].geometry
    assert around.iloc[0].area == pytest.approx(yard.buffer(300).area, rel=1e-3)
    assert around.iloc[1] is None
    # 500 m from the yard and from 550 m of the point: nobody but a sliver between them is out
    same(result)


def test_units_without_a_finding_have_no_pocket():
    # nobody knows of any childcare facility: no data, hence neither circles nor pockets
    town = dataclasses.replace(
        area(towns.grid([[100]]), [box(0, 0, 100, 100)], [(5000, 5000)]), services=frozenset()
    )
    town = dataclasses.replace(town, facilities=town.facilities.iloc[:0])
    result = assess(town, norms())
    assert result.pockets.empty
    assert result.pockets.crs == town.crs
    assert result.findings["status"].isin(["no_data"]).all()


def test_what_is_beyond_the_number_kept_is_counted_per_street():
    people = [[10, 0, 20, 0, 30, 0, 0.5]]
    town = area(towns.grid(people), [box(0, 0, 700, 100)], [(9000, 9000)])
    result = assess(town, norms())
    assert of(result)["pocket"].tolist() == [1, 2, 3, 0]  # under one person is not drawn
    few = list_pockets(Context(town, norms().norms), result.findings, keep=1)
    few = draw_pockets(town, few)
    few = few[few["measure"] == "population"]
    assert few["people"].tolist() == [30.0, 30.5]
    assert few["pockets"].tolist() == [1, 3]
    assert few["pocket"].tolist() == [1, 0]
    assert few.geometry.isna().tolist() == [False, True]


def test_polygon_cells_that_touch_are_one_pocket_and_points_of_a_street_too():
    boxes = [box(0, 0, 50, 50), box(50, 0, 90, 50), box(90, 0, 200, 50), box(200, 0, 300, 50)]
    frame = gpd.GeoDataFrame({"population": [1.0, 2.0, 0.0, 4.0]}, geometry=boxes, crs=towns.CRS)
    street = [box(0, 0, 300, 50)]
    found = of(assess(area(frame, street, [(5000, 5000)]), norms()))
    assert found["people"].tolist() == [4.0, 3.0]
    assert found.geometry.iloc[1].area == 90 * 50
    at = [Point(25, 25), Point(70, 25), Point(225, 25)]
    dots = gpd.GeoDataFrame({"population": [1.0, 2.0, 4.0]}, geometry=at, crs=towns.CRS)
    found = of(assess(area(dots, street, [(5000, 5000)]), norms()))
    assert found["people"].tolist() == [7.0]
    assert shapely.get_num_geometries(found.geometry.iloc[0]) == 3


def test_every_circle_norm_of_the_example_adds_up_and_outlines_lie_in_their_streets(tmp_path):
    town = read_study_area(write_example(tmp_path / "a"))
    streets = town.units.set_index("unit_code").geometry.buffer(1e-6)
    for city in ("zhengzhou", "xinyang"):
        chosen = load_norms(city, on="2025-12-31")
        some = tuple(norm for norm in chosen.norms if norm.kind in CIRCLES)
        result = assess(town, dataclasses.replace(chosen, norms=some))
        same(result)
        drawn = result.pockets[result.pockets["pocket"] > 0]
        assert len(drawn) > 5
        grown = streets.loc[drawn["unit_code"]].to_numpy()
        assert shapely.covers(grown, drawn.geometry.to_numpy()).all()
        assert {norm.id for norm in some} >= set(result.circles["norm_id"]) > set()
        assert result.circles["facility"].isin(town.facilities.index).all()


def test_a_grid_in_degrees_gives_outlines_in_metres():
    street = box(500_000, 3_800_000, 502_000, 3_801_500)
    to_degrees = pyproj.Transformer.from_crs(towns.CRS, 4326, always_xy=True)
    west, south, east, north = to_degrees.transform_bounds(*street.buffer(500).bounds)
    step = 0.001
    shape = (int((north - south) / step) + 1, int((east - west) / step) + 1)
    people = PopulationGrid(
        {"population": np.ones(shape)}, Affine(step, 0, west, 0, -step, north), pyproj.CRS(4326)
    )
    found = of(assess(area(people, [street], [(502_400, 3_800_700)]), norms()))
    assert len(found) == 1
    assert found.crs == towns.CRS
    (outline,) = found.geometry
    assert street.covers(outline)
    assert outline.area == pytest.approx(street.area, rel=1e-3)


def slow(people, at):
    """Flood cells, one by one, from each that is not reached."""
    rows, columns = people.shape
    (circle,) = circles(np.array([Point(at)], dtype=object), 300.0)
    left = {}
    for row in range(rows):
        for column in range(columns):
            x, y = 100 * column, 100 * (rows - 1 - row)
            reached = box(x, y, x + 100, y + 100).intersection(circle).area / 1e4
            if people[row, column] and reached < 1 - 1e-6:
                left[row, column] = people[row, column] * (1 - reached)
    sums = []
    while left:
        queue, total = [left.popitem()], 0.0
        while queue:
            (r, c), value = queue.pop()
            total += value
            beside = [(r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)]
            queue += [(near, left.pop(near)) for near in beside if near in left]
        sums.append(total)
    return sorted(sums)


# Facilities stand where no corner of a cell is so near to the circle that rounding decides.
@settings(max_examples=4, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    hnp.arrays(np.float64, (6, 7), elements=st.sampled_from([0.0, 0.0, 3.0, 8.0])),
    st.sampled_from([(317, 209), (50, 50), (450, 333), (-120, 90), (690, 611), (2000, 300)]),
)
def test_against_a_flood_cell_by_cell(people, at):
    town = area(towns.grid(people), [box(0, 0, 700, 600)], [at])
    result = assess(town, norms())
    if people.sum() == 0:
        assert result.pockets.empty
        return
    found = of(result)
    expected = slow(people, at)
    assert len(found[found["pocket"] > 0]) == len([value for value in expected if value >= 1])
    drawn = sorted(found.loc[found["pocket"] > 0, "people"])
    large = [value for value in expected if value >= 1]
    np.testing.assert_allclose(drawn, large, rtol=1e-6, atol=1e-4)
    same(result)
