"""Circles beside GEOS's own buffers, and the rows of people that are looked up in them."""

import itertools

import numpy as np
import pytest
import shapely
from shapely import MultiPoint, Point, Polygon, box

from capacity.demand import demand
from capacity.reach.straight import circles
from tests import towns

CORNERS = 64
# of a regular polygon whose area is that of the circle
EQUAL_AREA = np.sqrt(2 * np.pi / CORNERS / np.sin(2 * np.pi / CORNERS))


@pytest.mark.parametrize("radius", [0.5, 300.0, 5000.0])
def test_circles_of_points_are_those_of_geos_moved(radius):
    xy = np.array([[0.0, 0.0], [468_123.456, 3_845_678.912], [-12.5, 7e6]])
    drawn = circles(shapely.points(xy), radius)
    near = 1e-8 + np.spacing(np.abs(xy).max()) * 4
    own = shapely.buffer(shapely.points(xy), radius * EQUAL_AREA, quad_segs=CORNERS // 4)
    assert shapely.hausdorff_distance(drawn, own).max() <= near
    np.testing.assert_allclose(shapely.area(drawn), np.pi * radius**2, rtol=1e-6)
    np.testing.assert_allclose(shapely.get_coordinates(shapely.centroid(drawn)), xy, atol=1e-6)
    for circle, centre in zip(drawn, xy, strict=True):
        corners = shapely.get_coordinates(circle)
        assert len(corners) == CORNERS + 1
        middles = (corners[1:] + corners[:-1]) / 2
        out, into = (np.hypot(*(some - centre).T) / radius - 1 for some in (corners, middles))
        # the edge strays outwards and inwards by turns
        assert 0 < out.min() <= out.max() < 0.0012
        assert -0.0012 < into.min() <= into.max() < 0


def test_the_area_of_a_circle_is_exact_where_it_lies_near_the_origin():
    assert circles(shapely.points([[0.0, 0.0]]), 300.0)[0].area == pytest.approx(
        np.pi * 300**2, rel=1e-14
    )


def test_around_areas_only_corners_are_round_and_inside_the_true_border():
    # a square with a bay, and two islands
    area = box(0, 0, 400, 400).difference(box(150, 200, 250, 400))
    islands = shapely.MultiPolygon([box(0, 0, 10, 10), box(2000, 0, 2010, 10)])
    radius = 300.0
    drawn = circles(np.array([area, islands], dtype=object), radius)
    for found, place in zip(drawn, (area, islands), strict=True):
        true = shapely.buffer(place, radius, quad_segs=4096)
        assert shapely.contains(shapely.buffer(true, 1e-6), found)
        assert shapely.hausdorff_distance(found, true, densify=0.05) <= 1e-4 * radius
        assert found.area == pytest.approx(true.area, rel=1e-4)
    assert shapely.get_num_geometries(drawn).tolist() == [1, 2]


def test_entrances_are_reached_from_either_and_what_is_no_place_from_nowhere():
    gates = MultiPoint([(0, 0), (300, 0)])
    places = np.array([gates, Point(0, 0), Point(300, 0), Point(), Polygon(), None], dtype=object)
    both, first, second, *nothing, missing = circles(places, 200.0)
    assert shapely.equals_exact(both.normalize(), first.union(second).normalize(), tolerance=1e-9)
    assert both.area < first.area + second.area
    assert [shape.is_empty for shape in nothing] == [True, True]
    assert missing is None
    assert circles(np.array([Point(1, 1)], dtype=object), 0.0)[0].is_empty


def test_rows_of_cells_are_found_also_where_several_units_share_a_cell():
    # four units, of which the last lies over all others; the last cell is in none of them
    units = [box(0, 0, 150, 100), box(150, 0, 250, 100), box(250, 0, 320, 100), box(0, 0, 320, 100)]
    where = demand(towns.grid(np.array([[1.0, 2.0, 3.0, 4.0, 5.0]])), towns.units(units))
    rows = {
        (unit, cell): row
        for row, (unit, cell) in enumerate(
            zip(where.unit.tolist(), where.cell.tolist(), strict=True)
        )
    }
    assert len(rows) == 10
    asked = np.array(list(itertools.product(range(4), range(5))))
    row, found = where.find(*asked.T)
    assert found.tolist() == [tuple(one) in rows for one in asked.tolist()]
    assert row.tolist() == [rows[tuple(one)] for one in asked[found].tolist()]
    again = np.array([3, 3, 0]), np.array([1, 1, 1])
    assert where.find(*again)[0].tolist() == [rows[3, 1], rows[3, 1], rows[0, 1]]
    none, nothing = where.find(np.empty(0, np.int64), np.empty(0, np.int64))
    assert len(none) == len(nothing) == 0
