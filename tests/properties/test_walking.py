"""Properties of walks that hold on every network."""

import numpy as np
import shapely
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from shapely import Point

from capacity.demand import demand
from capacity.reach.limits import Limit
from capacity.reach.walking import WalkingReach, WalkingRules
from tests import towns
from tests.reach.networks import network

spot = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda p: (p[0] * 50.0, p[1] * 50.0))
edge = st.tuples(spot, spot).filter(lambda e: e[0] != e[1]).map(list)
edges = st.lists(edge, min_size=1, max_size=12)
place = st.tuples(st.integers(0, 600), st.integers(0, 600)).map(lambda p: (p[0] + 0.3, p[1] + 0.7))
places = st.lists(place, min_size=1, max_size=6)
WHOLE = towns.units([shapely.box(-2000, -2000, 3000, 3000)])


def costs(lines, people, facilities, **options):
    """Walking cost of every person to every facility; nobody is off the network."""
    cells = towns.cells([Point(xy) for xy in people], [1.0] * len(people))
    reach = WalkingReach(cells, network(lines), WalkingRules(snap_limit_m=1e4, **options))
    started = reach.people(demand(cells, WHOLE), WHOLE)
    found = np.full((len(people), len(facilities)), np.inf)
    at = shapely.points(facilities)
    walker, facility, cost = reach.within(started, at, 1e6)
    found[walker, facility] = cost
    nearest, _ = reach.nearest_of(started, at)
    np.testing.assert_allclose(nearest, found.min(axis=1), atol=1e-6)
    return found


@given(edges, places, places)
@settings(max_examples=50, deadline=None)
def test_a_walk_is_never_shorter_than_the_straight_line(lines, people, facilities):
    gap = np.array(people)[:, None] - np.array(facilities)
    assert (costs(lines, people, facilities) >= np.hypot(*gap.T).T - 1e-6).all()


@given(edges, places, places, st.integers(0, 11), st.integers(0, 11))
@settings(max_examples=50, deadline=None)
def test_joining_two_nodes_never_lengthens_a_walk(lines, people, facilities, a, b):
    start, end = lines[a % len(lines)][0], lines[b % len(lines)][1]
    if start == end:
        return
    # people and facilities stand on nodes, from which the new edge cannot draw them away
    people, facilities = on_nodes(people, lines), on_nodes(facilities, lines)
    # nor does an edge run through them: which of two edges at no distance is taken is not said
    assume(not any(runs_through(line, [*people, *facilities]) for line in [*lines, [start, end]]))
    before = costs(lines, people, facilities)
    after = costs([*lines, [start, end]], people, facilities)
    assert (after <= before + 1e-6).all()


def runs_through(line, some):
    """Whether an edge touches places between its ends."""
    ends = shapely.MultiPoint(line).buffer(1)
    return shapely.dwithin(
        shapely.points(some), shapely.LineString(line).difference(ends), 0.5
    ).any()


def on_nodes(some, lines):
    """Move places onto the nearest node, where every edge begins or ends: no edge draws them away."""
    nodes = np.array([xy for line in lines for xy in line])
    return [tuple(nodes[np.hypot(*(nodes - xy).T).argmin()]) for xy in np.array(some)]


@given(edges, places, places, st.integers(0, 11), st.floats(0.1, 0.9))
# the nearest point of an edge may be its end, half a sample away from the last sample
@example([[(0, 300), (200, 200)], [(50, 250), (50, 300)]], [(0.3, 0.7)], [(0.3, 13.7)], 0, 0.5)
@settings(max_examples=50, deadline=None)
def test_splitting_an_edge_changes_nothing(lines, people, facilities, which, share):
    which %= len(lines)
    (x0, y0), (x1, y1) = lines[which]
    middle = (x0 + share * (x1 - x0), y0 + share * (y1 - y0))
    # the new node must not lie on another: lines are joined where they end
    ends = np.array([xy for line in lines for xy in line])
    if np.hypot(*(ends - middle).T).min() < 1:
        return
    # nor may the edge lie on another: whoever snaps to the one is not on the other
    others = shapely.MultiLineString([*lines[:which], *lines[which + 1 :]])
    if shapely.LineString(lines[which]).intersection(others).length > 0:
        return
    split = [*lines[:which], [(x0, y0), middle], [middle, (x1, y1)], *lines[which + 1 :]]
    before, after = costs(lines, people, facilities), costs(split, people, facilities)
    np.testing.assert_allclose(after, before, atol=1e-5)


@given(edges, places, places, st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_the_order_of_rows_changes_nothing(lines, people, facilities, random):
    before = costs(lines, people, facilities)
    edge_order, order = list(lines), list(range(len(facilities)))
    random.shuffle(edge_order)
    random.shuffle(order)
    turned = [line[::-1] if random.random() < 0.5 else line for line in edge_order]
    after = costs(turned, people, [facilities[i] for i in order])
    np.testing.assert_allclose(after, before[:, order], atol=1e-5)


@given(edges, places, st.integers(1, 1500))
@settings(max_examples=50, deadline=None)
def test_pairs_and_shares_agree_and_more_metres_reach_more(lines, facilities, metres):
    grid = towns.grid(np.full((6, 6), 2.0))
    reach = WalkingReach(grid, network(lines), WalkingRules(snap_limit_m=60))
    where = demand(grid, WHOLE)
    at = shapely.points(facilities)
    limit = Limit(float(metres), "")
    share = reach.share(where, WHOLE, at, limit)
    pairs = reach.pairs(where, WHOLE, at, limit)
    best = np.zeros(len(share))
    np.maximum.at(best, pairs.row, pairs.share)
    assert (best <= share + 1e-9).all()
    assert ((best > 0) == (share > 0)).all()
    assert (pairs.cost <= metres).all()
    more = reach.share(where, WHOLE, at, Limit(metres + 50.0, ""))
    assert (more >= share - 1e-9).all()
    assert (share <= 1).all()
