"""Which pairs of units overlap, against every pair intersected."""

import itertools

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from capacity import check_study_area
from capacity.inputs.check import _shared_areas
from tests.inputs.town import CRS, SETTINGS, square, write_town

BOXES = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 4), st.integers(1, 4)),
    max_size=8,
)


def every_pair(polygons):
    return {
        (i, j): shared
        for i, j in itertools.combinations(range(len(polygons)), 2)
        if (shared := shapely.area(shapely.intersection(polygons[i], polygons[j]))) > 0
    }


def assert_all_found(polygons):
    left, right, shared = _shared_areas(polygons)
    pairs = list(zip(left.tolist(), right.tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    assert (left < right).all()
    found = {pair: area for pair, area in zip(pairs, shared, strict=True) if area > 0}
    assert found == pytest.approx(every_pair(polygons))


@given(BOXES)
def test_boxes_of_every_position(boxes):
    """Equal, nested, crossing, touching along part of an edge or at a corner."""
    assert_all_found(
        np.array([shapely.box(x, y, x + w, y + h) for x, y, w, h in boxes], dtype=object)
    )


@given(BOXES, st.integers(0, 3))
def test_boxes_with_holes(boxes, which):
    polygons = [shapely.box(x, y, x + w, y + h) for x, y, w, h in boxes]
    hole = shapely.box(1, 1, 3, 3)
    ring = shapely.box(0, 0, 4, 4).difference(hole)
    polygons.insert(min(which, len(polygons)), ring)
    polygons.append(hole)
    assert_all_found(np.array(polygons, dtype=object))


def test_matching_borders_leave_no_pair():
    squares = [shapely.box(i, j, i + 1, j + 1) for i in range(9) for j in range(9)]
    assert len(_shared_areas(np.array(squares, dtype=object))[0]) == 0
    # one of them a little too large: of 272 pairs that touch only those around it are looked at
    squares[40] = shapely.buffer(squares[40], 0.01, join_style="mitre")
    left, _, shared = _shared_areas(np.array(squares, dtype=object))
    assert len(left) == 32
    assert shared.sum() == pytest.approx(4 * 0.01 + 4 * 0.01**2)


def test_streets_of_one_layer_and_townships_of_another_lie_side_by_side(tmp_path):
    more = """
[[units]]
file = "towns.gpkg"
type = "township"
columns = { code = "code", name = "name", parent = "parent" }

[[facilities]]"""
    path = write_town(tmp_path, settings=SETTINGS.replace("\n[[facilities]]", more))
    said = {}
    for at in (0.5, 2.0):
        town = {"code": ["A9"], "name": ["North"], "parent": ["A"]}
        gpd.GeoDataFrame(town, geometry=[square(at)], crs=CRS).to_file(tmp_path / "towns.gpkg")
        found = [fault for fault in check_study_area(path) if fault.code == "units.overlap"]
        said[at] = [(fault.severity, fault.file, fault.amount) for fault in found]
    assert said == {0.5: [("error", "units.gpkg, towns.gpkg", 1_000_000.0)], 2.0: []}
