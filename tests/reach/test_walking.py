"""Walks on networks that are worked out by hand."""

import dataclasses
from decimal import Decimal

import numpy as np
import pytest
import shapely
from shapely import Point, box

from capacity.demand import demand
from capacity.reach.limits import Limit
from capacity.reach.snapping import edge_index, snap
from capacity.reach.walking import WalkingReach, WalkingRules
from capacity.report.labels import translate
from tests import towns
from tests.reach.networks import network, oracle, street_grid

WHOLE = towns.units([box(-5000, -5000, 5000, 5000)])


def walks(lines, people, facilities, *, snap_limit_m=200.0, detour=1.3, barriers=(), **columns):
    """Cost of every person to every facility, and to the nearest, in metres."""
    cells = towns.cells([Point(xy) for xy in people], [1.0] * len(people))
    net = network(lines, **columns)
    if barriers:
        net = dataclasses.replace(net, barriers=tuple(barriers))
    rules = WalkingRules(snap_limit_m=snap_limit_m, detour_factor=detour)
    reach = WalkingReach(cells, net, rules)
    where = demand(cells, WHOLE)
    places = np.array([Point(f) if isinstance(f, tuple) else f for f in facilities], dtype=object)
    started = reach.people(where, WHOLE)
    nearest, _ = reach.nearest_of(started, places)
    matrix = np.full((len(people), len(facilities)), np.inf)
    row, facility, cost = reach.within(started, places, 1e6)
    matrix[started.row[row], facility] = cost
    np.testing.assert_allclose(matrix.min(axis=1, initial=np.inf), nearest, atol=1e-6)
    return matrix


# --- the ways -------------------------------------------------------------------------------


def test_access_legs_and_the_way_along_the_edge_add_up():
    # 30 m to the street, 200 - 50 m along it to its end, 100 m up the next, 20 m to the door
    lines = [[(0, 0), (200, 0)], [(200, 0), (200, 300)]]
    assert walks(lines, [(50, 30)], [(220, 100)]).tolist() == [[30 + 150 + 100 + 20]]


def test_a_facility_on_the_same_edge_is_reached_along_it():
    # by the ends of the edge it would be 1,000 m and more
    lines = [[(0, 0), (1000, 0)]]
    found = walks(lines, [(400, 10), (600, 0)], [(450, -5), (100, 0)])
    assert found.tolist() == [[10 + 50 + 5, 10 + 300], [150 + 5, 500]]


def test_on_a_bent_edge_the_way_round_may_be_shorter_than_along_it():
    # a horseshoe of 1,000 m whose ends a bridge of 10 m joins
    lines = [[(0, 0), (0, 495), (10, 495), (10, 0)], [(0, 0), (10, 0)]]
    assert walks(lines, [(0, 5)], [(10, 5)]).tolist() == [[5 + 10 + 5]]


def test_a_river_with_one_bridge():
    # streets on both banks, 100 m apart, joined at x = 1,000 only
    lines = [
        [(0, 0), (1000, 0)],
        [(1000, 0), (2000, 0)],
        [(0, 100), (1000, 100)],
        [(1000, 100), (2000, 100)],
        [(1000, 0), (1000, 100)],
    ]
    found = walks(lines, [(0, 0), (900, 0)], [(0, 100), (900, 100)])
    assert found.tolist() == [[2100, 1200], [1200, 300]]
    assert (walks(lines, [(0, 0)], [(0, 100)]) > 300).all()  # 100 m as the crow flies


def test_an_island_is_out_of_reach():
    lines = [[(0, 0), (300, 0)], [(0, 500), (300, 500)]]
    found = walks(lines, [(0, 0), (0, 500)], [(300, 0)])
    assert found.tolist() == [[300], [np.inf]]


def test_an_exact_tie_costs_the_same_by_either_way():
    lines = [[(0, 0), (100, 0)], [(100, 0), (200, 0)]]
    assert walks(lines, [(100, 0)], [(0, 0), (200, 0)]).tolist() == [[100, 100]]


def test_exactly_the_limit_counts():
    cells = towns.cells([Point(0, 0), Point(200, 0), Point(199.99, 0)], [1.0, 1.0, 1.0])
    where = demand(cells, WHOLE)
    reach = WalkingReach(cells, network([[(0, 0), (500, 0)]]))
    place = np.array([Point(500, 0)], dtype=object)
    assert reach.share(where, WHOLE, place, Limit(300.0, "")).tolist() == [0, 1, 0]
    assert 1.1 + 2.2 > 3.3  # in binary
    short = network([[(0, 0), (1, 0)], [(1, 0), (3, 0)]], length_m=[1.1, 2.2])
    reach = WalkingReach(cells, short, WalkingRules(snap_limit_m=0))
    place = np.array([Point(3, 0)], dtype=object)
    assert reach.share(where, WHOLE, place, Limit(3.3, "")).tolist() == [1, 0, 0]
    assert reach.pairs(where, WHOLE, place, Limit(3.3, "")).cost.tolist() == [3.3]


def test_one_way_edges_are_walked_from_the_person_to_the_facility():
    # a loop of 4 × 100 m that is walked one way round
    lines = [
        [(0, 0), (100, 0)],
        [(100, 0), (100, 100)],
        [(100, 100), (0, 100)],
        [(0, 100), (0, 0)],
    ]
    found = walks(lines, [(20, 0), (80, 0)], [(80, 0), (20, 0)], one_way=[True] * 4)
    assert found.tolist() == [[60, 0], [0, 340]]
    # a person at the beginning of a one-way edge may leave by any other edge there
    also = [*lines, [(0, 0), (-50, 0)]]
    assert walks(also, [(0, 0)], [(-50, 0)], one_way=[True] * 4 + [False]).tolist() == [[50]]


def test_one_way_twins_are_one_two_way_edge():
    lines = [[(0, 0), (100, 0)], [(100, 0), (0, 0)]]
    net = network(lines, one_way=[True, True])
    assert len(net.u) == 1
    assert net.two_way.all()
    assert walks(lines, [(80, 0)], [(20, 0)], one_way=[True, True]).tolist() == [[60]]


# --- off the network ------------------------------------------------------------------------


def test_beyond_the_snap_limit_the_straight_line_times_the_detour_counts():
    lines = [[(0, 0), (100, 0)]]
    found = walks(lines, [(0, 200), (0, 201)], [(100, 0), (0, 301)], snap_limit_m=200)
    # the first person walks; the second goes straight; nobody walks to the second facility
    assert found[0, 0] == 300
    assert found[0, 1] == pytest.approx(1.3 * 101)
    assert found[1, 0] == pytest.approx(1.3 * np.hypot(100, 201))
    assert found[1, 1] == pytest.approx(1.3 * 100)


def test_what_fell_back_is_counted_in_the_method():
    cells = towns.cells([Point(0, 0), Point(0, 900), Point(50, 0)], [1.0, 1.0, 1.0])
    reach = WalkingReach(cells, network([[(0, 0), (100, 0)]]))
    places = np.array([Point(100, 0), Point(900, 900)], dtype=object)
    where = demand(cells, WHOLE)
    said = reach.method(where, WHOLE, places, reach.of_metres(Decimal(300)))
    assert said == (
        "reading: walking network; walking distance: 300 m; snap limit: 200 m; "
        "cells: points at most 50 m apart; "
        "points off the network, by straight line × 1.3: 1 of 3; "
        "facilities off the network, by straight line × 1.3: 1 of 2"
    )


def test_a_barrier_sends_people_to_the_next_edge_or_nowhere():
    river = box(-500, 10, 500, 20)
    near, far = [(-100, 0), (100, 0)], [(-100, 120), (100, 120)]
    bridge = [(100, 0), (100, 120)]
    free = walks([near, far, bridge], [(0, 30)], [(-100, 0)])
    assert free.tolist() == [[30 + 100]]
    barred = walks([near, far, bridge], [(0, 30)], [(-100, 0)], barriers=[river])
    # 90 m north to the far street and 100 + 120 + 200 m round by the bridge; the bridge itself is
    # 100 m east, and walked 90 m of its length: 100 + 30 + 200
    assert barred.tolist() == [[90 + 100 + 120 + 200]]
    cut_off = walks([near], [(0, 30)], [(-100, 0)], barriers=[river])
    assert cut_off.tolist() == [[np.inf]]


# --- areas ----------------------------------------------------------------------------------


def test_a_park_is_entered_where_paths_cross_its_boundary():
    park = box(200, -300, 900, 300)
    lines = [[(0, 0), (400, 0)]]
    # to the boundary 200 m, to the middle it would be 550 m
    assert walks(lines, [(0, 0)], [park]).tolist() == [[200]]


def test_a_park_that_no_path_crosses_is_entered_from_the_paths_beside_it():
    park = box(0, 10, 1000, 500)
    lines = [[(-300, 0), (1200, 0)], [(-300, 0), (-300, 600)], [(-300, 600), (1200, 600)]]
    # the point of the boundary nearest to the street is 10 m from it, somewhere along the park
    found = walks(lines, [(-300, 0), (500, 0)], [park])
    assert found[0, 0] <= 300 + 1000 + 10
    assert walks(lines, [(500, 255)], [park]).tolist() == [[0]]  # who is in the park is there


def test_given_entrances_are_the_only_ones():
    gates = shapely.MultiPoint([(0, 0), (0, 400)])
    lines = [[(-100, 0), (100, 0)], [(-100, 0), (-100, 400)], [(-100, 400), (100, 400)]]
    found = walks(lines, [(-50, 0), (-50, 400), (-100, 190)], [gates])
    assert found.tolist() == [[50], [50], [290]]


# --- against the oracle ---------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("directed", [False, True])
def test_costs_are_those_of_networkx(seed, directed):
    rng = np.random.default_rng(seed)
    lines = street_grid(5, jitter=30, seed=seed)
    lines = [line for line in lines if rng.random() > 0.15]
    one_way = (rng.random(len(lines)) < 0.4) if directed else np.zeros(len(lines), dtype=bool)
    people, facilities = rng.uniform(-50, 450, (25, 2)), rng.uniform(-50, 450, (6, 2))
    expected = oracle(lines, people, facilities, one_way=one_way)
    found = walks(
        lines,
        [tuple(xy) for xy in people],
        [tuple(xy) for xy in facilities],
        snap_limit_m=1e4,
        one_way=list(one_way),
    )
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_every_part_of_the_method_has_chinese_words():
    said = (
        "reading: walking network; network: 路网.gpkg; walking speed: 1.2 m/s; "
        "walking distance: 1080 m; snap limit: 200 m; cells: points at most 50 m apart; "
        "points off the network, by straight line × 1.3: 12 of 400; "
        "points behind a barrier, out of reach: 3 of 400; "
        "facilities off the network, by straight line × 1.3: 1 of 2"
    )
    assert translate(said, "zh") == (
        "距离口径:步行路网;路网:路网.gpkg;步行速度:1.2米/秒;步行距离:1080米;"
        "到路网的最大直线距离:200米;格网:格内起点间距不超过50米;"
        "不在路网附近的起点(按直线距离×1.3):400个中的12个;"
        "被障碍隔断的起点(不可达):400个中的3个;不在路网附近的设施(按直线距离×1.3):2个中的1个"
    )


@pytest.mark.parametrize("seed", range(3))
def test_snapping_finds_the_nearest_edge_of_any(seed):
    rng = np.random.default_rng(seed)
    ends = rng.uniform(0, 2000, (150, 2, 2))
    ends[:, 1] = ends[:, 0] + rng.normal(0, 60, (150, 2))
    net = network([[tuple(a), tuple(b)] for a, b in ends])
    places = rng.uniform(-200, 2200, (2000, 2))
    found = snap(edge_index(net), places, 250.0)
    expected = shapely.distance(
        shapely.union_all(shapely.linestrings(ends)), shapely.points(places)
    )
    near = expected <= 250.0
    assert (found.is_snapped == near).all()
    np.testing.assert_allclose(found.leg_m[near], expected[near], atol=1e-6)
    gap = np.hypot(*(found.entry[near] - places[near]).T)
    np.testing.assert_allclose(gap, expected[near], atol=1e-6)
