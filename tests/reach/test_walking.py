"""Walks on networks that are worked out by hand."""

import dataclasses
import itertools
from decimal import Decimal

import networkx as nx
import numpy as np
import pyproj
import pytest
import shapely
from affine import Affine
from shapely import Point, box

import capacity.network
from capacity.demand import demand
from capacity.population import PopulationGrid
from capacity.reach import search
from capacity.reach.limits import Limit, walk_at_speed, walk_by_standard
from capacity.reach.snapping import edge_index, snap
from capacity.reach.walkers import walkers_of, walkers_of_rows
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


def test_the_end_of_a_bent_one_way_edge_is_reached_whatever_is_rounded():
    # the measured length of a bent edge and the sum of its pieces differ in the last digit
    rng = np.random.default_rng(0)
    for _ in range(40):
        a, b, c, end, home = (tuple(xy) for xy in rng.uniform(0, 1000, (5, 2)))
        length = shapely.LineString([a, b, c, end]).length * 1.1
        found = walks(
            [[a, b, c, end], [end, home]],
            [home],
            [end],
            snap_limit_m=0.5,
            one_way=[True, False],
            length_m=[length, np.nan],
        )
        np.testing.assert_allclose(found, np.hypot(*np.subtract(home, end)), rtol=1e-9)


def test_who_stands_before_the_door_on_a_one_way_edge_is_there():
    # drawn as it is walked, and the other way: either person is at the door but for the rounding
    line = [(0, 0), (1 / 3, 1 / 7), (900, 300.1)]
    at = [shapely.line_interpolate_point(shapely.LineString(line), x) for x in (500, 500 + 1e-9)]
    for person, door in (at, at[::-1]):
        found = walks([line], [(person.x, person.y)], [(door.x, door.y)], one_way=[True])
        np.testing.assert_allclose(found, 0, atol=1e-6)


def test_all_measures_agree_where_an_edge_is_shorter_than_it_is_drawn():
    # a loop drawn 1,000 m and said to be 500 m, whose ends are 20 m apart
    net = network([[(0, 0), (0, 490), (20, 490), (20, 0)], [(0, 0), (20, 0)]], length_m=[500, 20])
    cells = towns.cells([Point(0, 480), Point(10, 490), Point(0, 100)], [1.0, 1.0, 1.0])
    where, reach = demand(cells, WHOLE), WalkingReach(cells, net)
    door, limit = np.array([Point(10, -1)], dtype=object), Limit(270.0, "")
    share = reach.share(where, WHOLE, door, limit)
    assert share.tolist() == [1, 1, 1]
    # 1 m to the street, 10 m to the corner, and half of what is drawn
    assert reach.pairs(where, WHOLE, door, limit).cost.tolist() == [251, 261, 61]
    assert reach.sets(where, WHOLE, door, limit, reached=share).reached().tolist() == [1, 1, 1]


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


def test_the_nearest_facility_is_the_nearest_that_no_barrier_hides():
    # 50 m off but behind a wall; the next is 100 m off, and others are further
    cells = towns.cells([Point(0, 1000)], [1.0])
    where = demand(cells, WHOLE)
    net = dataclasses.replace(network([[(0, 0), (500, 0)]]), barriers=(box(-5e3, 1010, 5e3, 1020),))
    reach = WalkingReach(cells, net, WalkingRules(snap_limit_m=50.0))
    hidden = [Point(x, 1050) for x in range(-20, 21)]
    seen = [Point(100, 1000), Point(-130, 1000)]
    found = reach.nearest(where, WHOLE, np.array([*hidden, *seen], dtype=object))
    assert found.metres.tolist() == [130]
    assert found.facility.tolist() == [len(hidden)]
    nobody = reach.nearest(where, WHOLE, np.array(hidden, dtype=object))
    assert np.isnan(nobody.metres).all()
    assert nobody.facility.tolist() == [-1]


def test_a_facility_with_one_entrance_on_the_network_is_on_it():
    # the back gate is 110 m from the house but 300 m off every street: the facility as a whole is on
    # the network, so that no straight line leads to it
    lines = [[(0, 0), (600, 0)]]
    gates = shapely.MultiPoint([(600, 0), (0, 300)])
    assert walks(lines, [(0, 190)], [gates]).tolist() == [[190 + 600]]
    cells = towns.cells([Point(0, 190)], [1.0])
    reach = WalkingReach(cells, network(lines))
    where, places = demand(cells, WHOLE), np.array([gates, Point(0, 310)], dtype=object)
    rows, off = reach.off_rows(where, WHOLE), reach.off_places(places)
    assert rows.share.tolist() == [0]
    assert np.isnan(rows.metres).all()
    assert off.facility.tolist() == [False, True]
    assert off.barred.tolist() == [False, False]
    np.testing.assert_array_equal(off.metres, [np.nan, 310])
    assert reach.method(where, WHOLE, places, Limit(300.0, "")).endswith("1 of 2")


# --- points of cells ------------------------------------------------------------------------


def test_a_piece_of_a_cell_without_a_point_starts_from_all_points_of_it():
    # a strip of 10 m of a cell of 100 m, whose points lie 25 m from its sides
    grid = towns.grid([[100.0]], top=100.0)
    units = towns.units([box(0, 0, 10, 100), box(10, 0, 100, 100)])
    where = demand(grid, units)
    cells = walkers_of(grid, np.unique(where.cell), units.crs)
    row, walker = walkers_of_rows(cells, where, units)
    assert np.bincount(row).tolist() == [4, 4]
    assert walker.tolist() == [0, 1, 2, 3] * 2
    reach = WalkingReach(grid, network([[(0, 50), (500, 50)]]))
    share = reach.share(where, units, np.array([Point(60, 50)], dtype=object), Limit(60.0, ""))
    # from 25 and 75 m along, 25 m from the street: 35 and 15 m to go
    assert share.tolist() == [1, 1]


def test_the_points_of_a_cell_do_not_depend_on_the_other_cells():
    # 48 rows of cells of 30", wider in the south: 15 points across in the north, then 16
    step = 1 / 120
    transform = Affine(step, 0, 114, 0, -step, 36.4)
    grid = PopulationGrid({"population": np.ones((48, 2))}, transform, pyproj.CRS("EPSG:4490"))
    crs = pyproj.CRS("EPSG:4547")
    whole, south = walkers_of(grid, np.arange(96), crs), walkers_of(grid, np.arange(60, 96), crs)
    kept = whole.cell >= 60
    assert whole.cell[kept].tolist() == south.cell.tolist()
    np.testing.assert_array_equal(whole.xy[kept], south.xy)
    each = np.bincount(whole.cell)[::2]
    assert (np.diff(each) >= 0).all()
    assert each[0] < each[-1]


def test_tiers_of_a_grid_in_degrees_are_measured_alike():
    step = 1 / 120
    transform = Affine(step, 0, 114, 0, -step, 36.4)
    grid = PopulationGrid({"population": np.ones((48, 2))}, transform, pyproj.CRS("EPSG:4490"))
    net_crs = pyproj.CRS("EPSG:4547")
    there = pyproj.Transformer.from_crs(grid.crs, net_crs, always_xy=True)

    def unit(rows):
        bounds = box(114, 36.4 - 48 * step, 114 + 2 * step, 36.4 - (48 - rows) * step)
        moved = shapely.transform(bounds, there.transform, interleaved=False)
        return towns.units([moved])

    (x0, x1), (y0, y1) = there.transform([114 + step] * 2, [36.4, 36.4 - 48 * step])
    net = network([[(x0, y0), (x1, y1)]])
    places = np.array([Point((x0 + x1) / 2, (y0 + y1) / 2)], dtype=object)
    limit = Limit(9000.0, "")
    all_of, south = unit(48), unit(18)
    below = demand(grid, south)
    alone = WalkingReach(grid, net).share(below, south, places, limit)
    reach = WalkingReach(grid, net)
    reach.share(demand(grid, all_of), all_of, places, limit)
    np.testing.assert_array_equal(reach.share(below, south, places, limit), alone)
    assert 0 < alone.sum() < len(alone)


@pytest.mark.parametrize(
    ("cell", "said"), [(100.0, "50 m"), (1000.0, "50 m"), (2000.0, "100 m"), (1333.0, "66.7 m")]
)
def test_the_method_tells_how_far_apart_the_points_are(cell, said):
    # 20 points a side at most
    grid = towns.grid([[100.0]], cell=cell, top=cell)
    units = towns.units([box(0, 0, cell, cell)])
    where, reach = demand(grid, units), WalkingReach(grid, network([[(0, 50), (2000, 50)]]))
    points = reach.people(where, units).walkers.xy
    gap = np.diff(np.unique(points[:, 0].round(6)))
    assert (gap <= float(said.split()[0]) + 0.05).all()
    method = reach.method(where, units, np.array([Point(0, 0)], dtype=object), Limit(300.0, ""))
    assert f"cells: points at most {said} apart" in method


def test_irregular_cells_tell_the_spacing_of_their_points_too():
    cells = towns.cells([box(0, 0, 3000, 1000)], [1.0])
    where, reach = demand(cells, WHOLE), WalkingReach(cells, network([[(0, 50), (2000, 50)]]))
    method = reach.method(where, WHOLE, np.array([Point(0, 0)], dtype=object), Limit(300.0, ""))
    assert "cells: points at most 150 m apart" in method


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


@pytest.mark.parametrize(
    ("limit", "shorter", "strips", "lead_out"),
    [
        (60.0, 1.0, 6, False),
        (150.0, 1.0, 3, False),
        (200.0, 0.55, 3, True),  # where walks are shorter than they are drawn
        (600.0, 1.0, 2, False),
        (1500.0, 1.0, 1, False),
        (np.inf, 1.0, 1, False),
    ],
)
def test_strip_by_strip_nodes_cost_what_they_cost_at_once(
    monkeypatch, limit, shorter, strips, lead_out
):
    rng = np.random.default_rng(1)
    lines = street_grid(24, jitter=30, seed=2)
    one_way = (rng.random(len(lines)) < 0.3).tolist()
    lengths = shapely.length(shapely.linestrings(np.array(lines))) * shorter
    monkeypatch.setattr(capacity.network, "_BAND_M", 100.0)
    net = network(lines, one_way=one_way, length_m=lengths.tolist())
    xy, homes = rng.uniform(0, 2300, (60, 2)), rng.uniform(0, 2300, (400, 2))
    near = snap(edge_index(net), xy, 100.0)
    targets = search.Targets(near, np.sort(rng.integers(0, 50, 60)), 50)
    people = search.ends_from(net, snap(edge_index(net), homes, 100.0))
    backward, arriving = search.backward_graph(net), search.ends_to(net, near)

    def found():
        reached = search.reached_nodes(net, backward, targets, limit)
        return reached.cost, *search.nearest_cost(net, reached, people)

    at_once = found()
    for name, few in {"_NODES_TOGETHER": 96, "_BLOCK": 8, "_PLACES_TOGETHER": 50}.items():
        monkeypatch.setattr(search, name, few)
    some = search._strips(net.nodes, arriving, limit)
    assert len(some) == strips
    assert lead_out == (search._spread_all(backward, some, arriving, targets, limit) is None)
    for one, other in zip(at_once, found(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert np.isfinite(at_once[1]).any()


def test_a_facility_in_the_middle_of_a_long_edge_is_reached_from_the_edge_alone(monkeypatch):
    monkeypatch.setattr(search, "_NODES_TOGETHER", 64)
    monkeypatch.setattr(search, "_BLOCK", 8)
    lane = [(500.0, 1100.0), (500.0, 7100.0)]
    net = network([*street_grid(12, jitter=0, seed=1), lane])
    near = snap(edge_index(net), np.array([[503.0, 4100.0]]), 100.0)
    homes = snap(edge_index(net), np.array([[490.0, 4000.0], [490.0, 3700.0]]), 100.0)
    targets = search.Targets(near, np.array([0]), 1)
    reached = search.reached_nodes(net, search.backward_graph(net), targets, 300.0)
    assert np.isinf(reached.cost).all()
    cost, facility = search.nearest_cost(net, reached, search.ends_from(net, homes))
    np.testing.assert_allclose(cost, [113.0, np.inf])
    assert facility.tolist() == [0, -1]


def test_nodes_that_follow_each_other_lie_near_each_other_however_the_file_is_sorted():
    lines = street_grid(14, jitter=30, seed=2)
    mixed = [lines[n] for n in np.random.default_rng(0).permutation(len(lines))]
    nodes = network(mixed).nodes
    np.testing.assert_array_equal(nodes, network(lines).nodes)
    band = nodes[:, 1] // 500
    assert (np.diff(band) >= 0).all()
    assert (np.diff(nodes[:, 0])[np.diff(band) == 0] >= 0).all()


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


# --- crossings and hills --------------------------------------------------------------------


def minutes(reach, where, places, speed):
    """Time of the mean walk to each place, in minutes, by the limits that just hold it."""
    people = reach.people(where, WHOLE)
    walker, facility, cost = reach.within(people, places, 1e6, speed)
    found = np.full((len(people.walkers.cell), len(places)), np.inf)
    found[walker, facility] = cost
    return found / speed / 60


def on_hill(lines, people, *, wait=0.0, slope=False, **columns):
    cells = towns.cells([Point(xy) for xy in people], [1.0] * len(people))
    rules = WalkingRules(crossing_wait_s=wait, slope=slope)
    return WalkingReach(cells, network(lines, **columns), rules), demand(cells, WHOLE)


def test_crossing_a_street_takes_its_wait_whatever_the_speed():
    # 100 m, a crossing of 20 m, 100 m
    lines = [[(0, 0), (100, 0)], [(100, 0), (120, 0)], [(120, 0), (220, 0)]]
    reach, where = on_hill(lines, [(0, 0), (110, 0)], wait=30, crossing=[False, True, False])
    door = np.array([Point(220, 0)], dtype=object)
    for speed in (1.2, 0.8):
        walked = np.array([[220.0], [110.0]]) / speed / 60
        # whoever lives half-way over the street waits half of the time
        np.testing.assert_allclose(
            minutes(reach, where, door, speed) - walked, [[0.5], [0.25]], atol=1e-9
        )
    # a distance is a distance: 220 m is within 220 m, and 3 minutes at 1.2 m/s are not enough
    assert reach.share(where, WHOLE, door, reach.of_metres(Decimal(220))).tolist() == [1, 1]
    three = walk_at_speed(Decimal(3), 1.2)
    assert reach.share(where, WHOLE, door, reach.of_walk(three)).tolist() == [0, 1]
    by_standard = walk_by_standard(Decimal(5), (Decimal(216),) * 2, "GB", upper=False)
    assert reach.share(where, WHOLE, door, reach.of_walk(by_standard)).tolist() == [0, 1]
    assert reach.of_walk(by_standard).speed_m_s is None
    words = "; waiting at street crossings: 30 s each"
    assert reach.of_walk(three).words.endswith(words)
    assert words not in reach.of_walk(by_standard).words
    assert words not in reach.of_metres(Decimal(220)).words


def test_up_takes_longer_than_down_and_the_direction_is_that_of_the_person():
    # 400 m level to the foot of a hill of 10 %, 200 m up; the second edge is written downwards
    lines = [[(0, 0), (400, 0)], [(600, 0), (400, 0)]]
    reach, where = on_hill(lines, [(0, 0), (600, 0), (500, 0)], slope=True, ascent_m=[0.0, -20.0])
    doors = np.array([Point(600, 0), Point(0, 0), Point(550, 0)], dtype=object)
    up, down = np.exp(3.5 * 0.15 - 0.175), np.exp(3.5 * 0.05 - 0.175)
    expected = [
        [400 + 200 * up, 0, 400 + 150 * up],
        [0, 200 * down + 400, 50 * down],
        [100 * up, 100 * down + 400, 50 * up],
    ]
    found = minutes(reach, where, doors, 1.0) * 60
    np.testing.assert_allclose(found, expected, atol=1e-9)
    people = reach.people(where, WHOLE)
    nearest, which = reach.nearest_of(people, doors, speed_m_s=1.0)
    np.testing.assert_allclose(nearest, np.min(expected, axis=1), atol=1e-9)
    assert which.tolist() == [1, 0, 2]
    assert (
        "; slope: Tobler's hiking function" in reach.of_walk(walk_at_speed(Decimal(1), 1.0)).words
    )
    level, there = on_hill(lines, [(0, 0)], ascent_m=[0.0, -20.0])
    assert (minutes(level, there, doors, 1.0) * 60).tolist() == [[600, 0, 550]]


def test_a_gentle_way_down_is_reached_though_it_is_longer_than_the_limit():
    # 5 % down is walked in 0.84 of the time: 1,100 m in the time of 923 m
    lines = [[(x, 0), (x + 100, 0)] for x in range(0, 1100, 100)]
    reach, where = on_hill(lines, [(0, 0)], slope=True, ascent_m=[-5.0] * 11)
    door = np.array([Point(1100, 0)], dtype=object)
    limit = dataclasses.replace(reach.of_metres(Decimal(950)), speed_m_s=1.0)
    assert reach.share(where, WHOLE, door, limit).tolist() == [1]
    assert reach.pairs(where, WHOLE, door, limit).cost.tolist() == pytest.approx(
        [1100 * np.exp(-0.175)]
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_costs_with_crossings_and_hills_are_those_of_a_graph_of_their_own(seed):
    rng = np.random.default_rng(seed)
    lines = street_grid(6, jitter=20, seed=seed)
    n = len(lines)
    crossing, one_way = rng.random(n) < 0.3, rng.random(n) < 0.2
    length = np.array([np.hypot(*np.subtract(*line)) for line in lines])
    ascent = rng.uniform(-0.1, 0.1, n) * length
    people, doors = (rng.uniform(0, 500, (k, 2)) for k in (12, 5))
    reach, where = on_hill(
        lines,
        [tuple(xy) for xy in people],
        wait=20,
        slope=True,
        crossing=list(crossing),
        ascent_m=list(ascent),
        one_way=list(one_way),
    )
    found = minutes(reach, where, shapely.points(doors), 1.1) * 60 * 1.1

    def along(edge, metres, *, ahead):
        s = ascent[edge] / length[edge] * (1 if ahead else -1)
        wait = 20 * 1.1 / length[edge] if crossing[edge] else 0
        return metres * (np.exp(3.5 * abs(s + 0.05) - 0.175) + wait)

    graph = nx.DiGraph()
    shapes = [shapely.LineString(line) for line in lines]
    stops = {i: {0.0: line[0], length[i]: line[1]} for i, line in enumerate(lines)}
    for name, places in (("p", people), ("d", doors)):
        for k, xy in enumerate(places):
            i = min(range(n), key=lambda i, xy=xy: shapes[i].distance(Point(xy)))
            at = shapes[i].project(Point(xy))
            stop = stops[i].setdefault(at, (i, at))
            ends = ((name, k), stop) if name == "p" else (stop, (name, k))
            graph.add_edge(*ends, w=shapes[i].distance(Point(xy)))
    for i, some in stops.items():
        for a, b in itertools.pairwise(sorted(some)):
            graph.add_edge(some[a], some[b], w=along(i, b - a, ahead=True))
            if not one_way[i]:
                graph.add_edge(some[b], some[a], w=along(i, b - a, ahead=False))
    for k in range(len(people)):
        costs = nx.single_source_dijkstra_path_length(graph, ("p", k), weight="w")
        expected = [costs.get(("d", j), np.inf) for j in range(len(doors))]
        np.testing.assert_allclose(found[k], expected, atol=1e-6)
