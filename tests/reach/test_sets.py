"""Which parts of a row reach which facilities: exact shares, against points on a lattice."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPoint, Point, box

import capacity.reach.sets as sets_module
from capacity.demand import demand
from capacity.reach.limits import Limit
from capacity.reach.pairs import Pairs
from capacity.reach.sets import nearest_sets, nested_sets, straight_sets
from capacity.reach.straight import circles, straight_line, straight_nearest, straight_pairs
from capacity.reach.walking import WalkingReach, WalkingRules
from tests import towns
from tests.oracle.allocation import lattice_sets
from tests.reach.networks import network

spot = st.tuples(st.integers(-200, 600), st.integers(-200, 600))
spots = st.lists(spot, min_size=0, max_size=7)
radius = st.integers(30, 400)
CUT = 173.0


def pairs(row, facility, share, cost=None, n_rows=None, n_facilities=None, limit=300.0):
    row, facility = np.asarray(row, dtype=np.int64), np.asarray(facility, dtype=np.int64)
    return Pairs(
        row=row,
        facility=facility,
        cost=np.asarray(cost if cost is not None else np.zeros(len(row)), dtype=float),
        share=np.asarray(share, dtype=float),
        n_rows=n_rows or (int(row.max()) + 1 if len(row) else 0),
        n_facilities=n_facilities or (int(facility.max()) + 1 if len(facility) else 0),
        limit_m=limit,
        method="straight line",
    )


def as_dicts(sets):
    """Write sets out: for each row {frozenset of facilities: share}."""
    rows = [{} for _ in range(sets.n_rows)]
    for row, k, share in zip(sets.row, sets.chosen, sets.share, strict=True):
        members = frozenset(sets.facility[sets.starts[k] : sets.starts[k + 1]].tolist())
        assert members not in rows[row]
        rows[row][members] = share
    return rows


def town(xy, *, kind="grid"):
    """Sixteen cells, the third column cut by the border of two units."""
    people = np.arange(1.0, 17.0).reshape(4, 4)
    area = towns.units([box(0, 0, CUT, 400), box(CUT, 0, 400, 400)])
    if kind == "grid":
        population = towns.grid(people)
    else:
        boxes = [
            box(c * 100, 300 - r * 100, c * 100 + 100, 400 - r * 100)
            for r in range(4)
            for c in range(4)
        ]
        population = towns.cells(boxes, people.ravel())
    return population, demand(population, area), area, towns.points(xy).geometry.to_numpy()


@given(spots, radius, st.sampled_from(["grid", "cells"]))
@settings(max_examples=40, deadline=None)
def test_parts_are_those_of_a_lattice(xy, radius_m, kind):
    population, where, area, points = town(xy, kind=kind)
    found = as_dicts(straight_sets(population, where, area, points, radius_m))
    corners = [(c % 4 * 100.0, 300.0 - c // 4 * 100.0) for c in where.cell.tolist()]
    n = 40
    for row, corner in enumerate(corners):
        left = where.unit[row] == 0
        inside = (lambda x, _: x < CUT) if left else (lambda x, _: x > CUT)
        (expect,) = lattice_sets([corner], 100.0, inside, xy, radius_m, n)
        expect.pop(frozenset(), None)
        for members in {*expect, *found[row]}:
            # a lattice point decides for 1/40 of a border's length; the 64-gon is within 0.12 %
            # of the radius of the circle
            assert found[row].get(members, 0.0) == pytest.approx(
                expect.get(members, 0.0), abs=0.06
            ), (row, members)


@given(spots, radius, st.sampled_from(["grid", "cells"]))
@settings(max_examples=60, deadline=None)
def test_parts_add_up_to_plain_coverage(xy, radius_m, kind):
    population, where, area, points = town(xy, kind=kind)
    plain = straight_line(population, where, area, points, radius_m)
    found = straight_sets(population, where, area, points, radius_m).reached()
    # a share of under a millionth may be lost, none is gained
    np.testing.assert_allclose(found, plain, rtol=1e-12, atol=1e-6 * (1 + len(xy)))
    assert (found <= 1.0).all()


@given(spots, radius, st.sampled_from(["grid", "cells"]))
@settings(max_examples=40, deadline=None)
def test_pairs_are_single_circles_and_sums_of_parts(xy, radius_m, kind):
    population, where, area, points = town(xy, kind=kind)
    paired = straight_pairs(population, where, area, points, radius_m)
    keys = paired.row * max(1, len(xy)) + paired.facility
    assert (np.diff(keys) > 0).all()
    assert (paired.cost <= radius_m).all()
    rows = as_dicts(straight_sets(population, where, area, points, radius_m))
    for f in range(len(xy)):
        alone = straight_line(population, where, area, points[f : f + 1], radius_m)
        here = paired.facility == f
        by_pair = np.bincount(paired.row[here], weights=paired.share[here], minlength=len(alone))
        np.testing.assert_allclose(by_pair, alone, rtol=1e-9, atol=2e-6)
        by_part = [sum(s for members, s in row.items() if f in members) for row in rows]
        np.testing.assert_allclose(by_part, alone, rtol=1e-4, atol=1e-5 * (1 + len(xy)))


def test_the_cost_of_a_cell_is_from_its_centre_and_never_over_the_radius():
    population, where, area, points = town([(50, 350), (-40, 350)])
    found = straight_pairs(population, where, area, points, 60.0)
    first = found.row == 0
    assert found.facility[first].tolist() == [0, 1]
    # the first stands in the centre of the cell; the second is 90 m from it and reaches 20 m in
    assert found.cost[first].tolist() == [0.0, 60.0]


def test_two_circles_over_one_cell_make_three_parts():
    # One cell 100 m wide; circles of 1,000 m whose edges cut it at x = 60 and x = 40 (nearly
    # straight there): left of 60 is in reach of the west, right of 40 in reach of the east.
    area = towns.units([box(0, 0, 100, 100)])
    grid = towns.grid([[100.0]])
    points = towns.points([(60 - 1000, 50), (40 + 1000, 50)]).geometry.to_numpy()
    (row,) = as_dicts(straight_sets(grid, demand(grid, area), area, points, 1000.0))
    assert row[frozenset([0])] == pytest.approx(0.4, abs=0.006)
    assert row[frozenset([1])] == pytest.approx(0.4, abs=0.006)
    assert row[frozenset([0, 1])] == pytest.approx(0.2, abs=0.012)


@given(st.lists(spot, min_size=1, max_size=12), st.integers(150, 2000))
@settings(max_examples=20, deadline=None)
def test_what_circles_cross_far_from_a_unit_changes_nothing(xy, radius_m):
    population, where, area, points = town(xy)
    near = as_dicts(straight_sets(population, where, area, points, radius_m))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sets_module, "_edges_about", lambda drawn, _: shapely.boundary(drawn))
        whole = as_dicts(straight_sets(population, where, area, points, radius_m))
    # the order in which the parts of a row are added up is all that may differ
    assert [row.keys() for row in near] == [row.keys() for row in whole]
    for some, all_ in zip(near, whole, strict=True):
        assert some == pytest.approx(all_, rel=1e-14, abs=0)


def test_edges_far_from_a_small_unit_are_left_out():
    drawn = circles(towns.points([(2 * i, 3 * i) for i in range(30)]).geometry.to_numpy(), 1000.0)
    unit = box(900, 0, 1000, 100)
    edges = sets_module._edges_about(drawn, unit)
    assert shapely.union_all(edges).bounds == pytest.approx((780, -120, 1120, 220), abs=0.2)
    wide = box(-2000, -2000, 2000, 2000)
    assert shapely.equals(sets_module._edges_about(drawn, wide), shapely.boundary(drawn)).all()


def test_where_nobody_lives_nobody_can_choose():
    people = np.zeros((4, 4))
    people[0, 0] = 5.0  # the cell of the north-west corner, with its centre at (50, 350)
    area = towns.units([box(0, 0, 400, 400)])
    points = towns.points([(50, 350), (350, 50), (330, 50)]).geometry.to_numpy()
    found = straight_sets(towns.grid(people), demand(towns.grid(people), area), area, points, 90.0)
    assert (found.n_sets, found.facility.tolist(), found.n_facilities) == (1, [0], 3)
    assert found.reached() == pytest.approx([1.0])


def test_facilities_at_one_place_are_always_together():
    population, where, area, points = town([(100, 200), (100, 200), (330, 200)])
    for row in as_dicts(straight_sets(population, where, area, points, 150.0)):
        assert all((0 in members) == (1 in members) for members in row)


@pytest.mark.parametrize("kind", ["grid", "cells"])
def test_without_facilities_nothing_is_in_reach(kind):
    population, where, area, points = town([], kind=kind)
    sets = straight_sets(population, where, area, points, 300.0)
    assert (sets.n_sets, sets.reached().tolist()) == (0, [0.0] * len(where.cell))
    assert len(straight_pairs(population, where, area, points, 300.0).row) == 0


def test_points_at_exactly_the_radius_are_in_the_set():
    cells = towns.cells([shapely.Point(180, 240), shapely.Point(180.001, 240)], [7.0, 5.0])
    area = towns.units([box(-1, -1, 1000, 1000)])
    points = towns.points([(0, 0), (180, 0)]).geometry.to_numpy()
    found = as_dicts(straight_sets(cells, demand(cells, area), area, points, 300.0))
    assert found == [{frozenset([0, 1]): 1.0}, {frozenset([1]): 1.0}]


def test_nested_shares_cut_a_row_like_an_onion():
    sets = nested_sets(pairs([0, 0, 0, 1], [0, 1, 2, 1], [0.5, 0.8, 0.5, 0.3]))
    assert as_dicts(sets) == [
        {frozenset([1]): pytest.approx(0.3), frozenset([0, 1, 2]): 0.5},
        {frozenset([1]): 0.3},
    ]
    assert sets.reached().tolist() == pytest.approx([0.8, 0.3])


def test_nested_sets_of_nothing_are_empty():
    sets = nested_sets(pairs([], [], [], n_rows=3, n_facilities=2))
    assert (sets.n_sets, sets.reached().tolist()) == (0, [0.0, 0.0, 0.0])


def test_nearest_keeps_those_equally_near():
    some = pairs([0, 0, 1, 1], [0, 1, 0, 1], [1.0] * 4, cost=[90.0, 90.0, 120.0, 80.0])
    assert as_dicts(nearest_sets(nested_sets(some), some)) == [
        {frozenset([0, 1]): 1.0},
        {frozenset([1]): 1.0},
    ]


@pytest.mark.parametrize("limit_m", [120.0, 260.0, 500.0])
def test_sets_along_a_network_agree_with_its_shares_and_pairs(limit_m):
    # Streets cross at (150, 150); facilities stand near their ends, two of them at one place.
    streets = network([[(0, 150), (150, 150), (400, 150)], [(150, 0), (150, 150), (150, 400)]])
    population, where, area, points = town([(20, 150), (380, 150), (150, 380), (150, 380)])
    reach = WalkingReach(population, streets, WalkingRules(snap_limit_m=500.0))
    limit = Limit(limit_m, "")
    share = reach.share(where, area, points, limit)
    sets = reach.sets(where, area, points, limit, reached=share)
    np.testing.assert_allclose(sets.reached(), share, rtol=1e-12)
    rows = as_dicts(sets)
    paired = reach.pairs(where, area, points, limit)
    assert len(paired.row) > 4
    assert (sets.share < 1).any()  # some cell is cut
    for row, f, expect in zip(paired.row, paired.facility, paired.share, strict=True):
        by_part = sum(s for members, s in rows[row].items() if f in members)
        assert by_part == pytest.approx(expect, rel=1e-12)
    assert sum(len(m) for row in rows for m in row) >= len(paired.row)


def test_areas_are_reached_at_their_edge():
    # a park 100 m wide whose edge is 20 m from the cell's
    area = towns.units([box(0, 0, 100, 100)])
    grid = towns.grid([[100.0]])
    park = np.array([box(120, 0, 220, 100)], dtype=object)
    where = demand(grid, area)
    found = straight_pairs(grid, where, area, park, 70.0)
    assert found.share[0] == pytest.approx(0.5, abs=0.01)
    assert found.cost.tolist() == [70.0]
    assert straight_sets(grid, where, area, park, 70.0).reached()[0] == pytest.approx(
        found.share[0], rel=1e-6
    )


@pytest.mark.parametrize("kind", ["grid", "cells", "points"])
def test_a_missing_place_reaches_nobody_and_moves_no_other(kind):
    people = [5.0, 7.0]
    boxes = [box(0, 0, 100, 100), box(100, 0, 200, 100)]
    population = {
        "grid": towns.grid([people]),
        "cells": towns.cells(boxes, people),
        "points": towns.cells(shapely.centroid(boxes), people),
    }[kind]
    area = towns.units([box(0, 0, 200, 100)])
    where = demand(population, area)
    whole = towns.points([(150, 50), (40, 50)]).geometry.to_numpy()
    holed = np.array([whole[0], None, shapely.Point(), whole[1]], dtype=object)
    expect = straight_pairs(population, where, area, whole, 60.0)
    found = straight_pairs(population, where, area, holed, 60.0)
    assert np.array([0, 3])[expect.facility].tolist() == found.facility.tolist()
    np.testing.assert_array_equal(found.row, expect.row)
    np.testing.assert_allclose(found.cost, expect.cost)
    shares = [straight_line(population, where, area, p, 60.0) for p in (whole, holed)]
    np.testing.assert_array_equal(*shares)
    by_set = as_dicts(straight_sets(population, where, area, holed, 60.0))
    assert {f for row in by_set for members in row for f in members} == {0, 3}


def test_point_cells_and_areas():
    cells = towns.cells([shapely.Point(0, 0), shapely.Point(50, 0)], [1.0, 1.0])
    area = towns.units([box(-1, -1, 1000, 1000)])
    park = np.array([box(110, -500, 300, 500)], dtype=object)
    where = demand(cells, area)
    found = straight_pairs(cells, where, area, park, 60.0)
    assert (found.row.tolist(), found.cost.tolist()) == ([1], [60.0])
    assert straight_line(cells, where, area, park, 60.0).tolist() == [0.0, 1.0]


def test_what_is_near_an_area_is_the_area_and_a_band_of_the_radius_around_it():
    # cells of 10 m; a square of 200 m in the middle, 100 m around it, round at the corners
    cells = towns.grid(np.ones((60, 60)), cell=10.0)
    units = towns.units([box(0, 0, 600, 600)])
    where = demand(cells, units)
    park = np.array([box(200, 200, 400, 400)], dtype=object)
    share = straight_line(cells, where, units, park, 100.0)
    area = 200 * 200 + 4 * 200 * 100 + np.pi * 100**2
    assert float(share.sum() * 100) == pytest.approx(area, rel=1e-4)
    assert share.reshape(60, 60)[30, [9, 10, 30, 49, 50]].tolist() == [0, 1, 1, 1, 0]
    sets = straight_sets(cells, where, units, park, 100.0)
    np.testing.assert_allclose(np.bincount(sets.row, sets.share, len(share)), share, atol=1e-12)


def test_the_nearest_by_the_straight_line_is_to_boundaries_and_entrances():
    xy = np.array([[0.0, 0.0], [1000.0, 0.0], [2000.0, 0.0]])
    park, gates = box(50, -100, 1050, 100), MultiPoint([(9000, 0), (2030, 40)])
    places = np.array([None, Point(-60, 0), park, gates], dtype=object)
    metres, facility = straight_nearest(xy, places)
    # beside the park, in it, and nearer to the second entrance than to anything else
    assert (metres.tolist(), facility.tolist()) == ([50, 0, 50], [2, 2, 3])
    nobody, none = straight_nearest(xy, places[:1])
    assert np.isnan(nobody).all()
    assert none.tolist() == [-1] * 3
