"""Who is within a limit of which facilities, beside one search of everything for each facility."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

import capacity.network
from capacity.reach import search, within
from capacity.reach.snapping import edge_index, snap
from tests.reach.networks import network, street_grid


def one_by_one(net, backward, leaving, targets, limit_m):
    """Pairs and costs: a search of the whole network from each entrance, and every place looked at."""
    arriving = search.ends_to(net, targets.entrances)
    n = len(net.nodes)
    best = np.full((len(leaving.node_u), targets.n_facilities), np.inf)
    for entrance in np.flatnonzero(targets.entrances.is_snapped):
        ends = [
            (node[entrance], cost[entrance])
            for node, cost in (
                (arriving.node_u, arriving.cost_u),
                (arriving.node_v, arriving.cost_v),
            )
            if np.isfinite(cost[entrance])
        ]
        whole = csr_array(
            (
                np.concatenate([[cost for _, cost in ends], backward.data]),
                np.concatenate([[node for node, _ in ends], backward.indices]).astype(int) + 1,
                np.concatenate([[0], backward.indptr + len(ends)]),
            ),
            shape=(n + 1, n + 1),
        )
        to_node = dijkstra(whole, indices=0)[1:]
        cost = np.minimum(
            to_node[leaving.node_u] + leaving.cost_u, to_node[leaving.node_v] + leaving.cost_v
        )
        column = best[:, targets.facility[entrance]]
        np.minimum(column, cost, out=column)
    place, entrance, along = search.same_edge(net, leaving.places, targets.entrances)
    np.minimum.at(best, (place, targets.facility[entrance]), along)
    place, facility = np.nonzero(best <= limit_m + search.ROUNDING_M)
    return place, facility, np.minimum(best[place, facility], limit_m)


@pytest.mark.parametrize("limit", [0.0, 150.0, 600.0, 1e5])
@pytest.mark.parametrize("together", [1, 3, 16])
def test_pairs_are_those_of_one_search_of_everything_for_each_facility(
    monkeypatch, limit, together
):
    rng = np.random.default_rng(3)
    lines = street_grid(16, jitter=30, seed=2)
    # lengths that are shorter than their lines make the part around a group wider
    lengths = shapely.length(shapely.linestrings(np.array(lines))) * rng.uniform(
        0.8, 1.2, len(lines)
    )
    one_way = (rng.random(len(lines)) < 0.3).tolist()
    monkeypatch.setattr(capacity.network, "_BAND_M", 150.0)
    net = network(lines, one_way=one_way, length_m=lengths.tolist())
    index = edge_index(net)
    doors, homes = rng.uniform(-200, 1700, (40, 2)), rng.uniform(-200, 1700, (300, 2))
    facility = np.sort(rng.integers(0, 30, 40))
    targets = search.Targets(snap(index, doors, 100.0), facility, 30)
    leaving = search.ends_from(net, snap(index, homes, 100.0))
    assert not targets.entrances.is_snapped.all()
    assert not leaving.places.is_snapped.all()
    backward = search.backward_graph(net)
    for name, few in {"_TOGETHER": together, "_RUN": 4, "_PLACES_TOGETHER": 70}.items():
        monkeypatch.setattr(within, name, few)
    found = within.costs_within(net, backward, leaving, targets, limit)
    for ours, theirs in zip(found, one_by_one(net, backward, leaving, targets, limit), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert (len(found[0]) > 0) == (limit > 0)


def test_without_facilities_on_the_network_there_is_nobody():
    net = network(street_grid(4))
    index = edge_index(net)
    leaving = search.ends_from(net, snap(index, np.array([[10.0, 5.0]]), 100.0))
    for doors in (np.zeros((0, 2)), np.array([[9e4, 9e4]])):
        targets = search.Targets(snap(index, doors, 100.0), np.arange(len(doors)), len(doors))
        found = within.costs_within(net, search.backward_graph(net), leaving, targets, 500.0)
        assert [len(each) for each in found] == [0, 0, 0]


numbers = st.integers(-6, 6).map(float)
spots = st.lists(st.tuples(numbers, numbers), max_size=40)
sides = st.tuples(*[st.one_of(numbers, st.sampled_from([-np.inf, np.inf]))] * 4)


@given(spots, sides, st.integers(2, 5))
@settings(max_examples=100, deadline=None)
def test_points_in_a_box_are_found_whatever_their_order(xy, corners, run):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(within, "_RUN", run)
        xy = np.array(xy).reshape(-1, 2)
        low, high = np.array(corners[:2]), np.array(corners[2:])
        expected = np.flatnonzero(((xy >= low) & (xy <= high)).all(axis=1))
        assert within.Boxes(xy).inside(low, high).tolist() == expected.tolist()


def test_what_is_looked_at_around_a_group_does_not_grow_with_the_city():
    def most(n):
        rng = np.random.default_rng(n)
        side = 100.0 * np.sqrt(n)  # a node for every hectare
        nothing = np.zeros(0, dtype=np.int64)
        nodes = capacity.network._by_place(rng.uniform(0, side, (n, 2)), nothing, nothing)[0]
        boxes = within.Boxes(nodes)
        looked_at, inside = [], 0
        for corner in rng.uniform(0, side - 4000.0, (30, 2)):
            before = boxes.looked_at
            inside += len(boxes.inside(corner, corner + 4000.0))
            looked_at.append(boxes.looked_at - before)
        # 1,600 hectares
        assert 1500 < inside / 30 < 1700
        return max(looked_at)

    assert most(10_000) < 6000
    assert most(1_000_000) < 6000


def test_the_search_around_a_group_does_not_grow_with_the_city(monkeypatch):
    # boxes alone do not tell: what is handed to the search must be of the box too
    sizes = []

    def watched(graph, **options):
        sizes.append(graph.nnz)
        return dijkstra(graph, **options)

    monkeypatch.setattr(within, "dijkstra", watched)

    def most(n):
        net = network(street_grid(n, jitter=20, seed=1))
        middle = 50.0 * n + np.random.default_rng(0).uniform(-300, 300, (16, 2))
        index = edge_index(net)
        targets = search.Targets(snap(index, middle, 100.0), np.arange(16), 16)
        leaving = search.ends_from(net, snap(index, middle, 100.0))
        sizes.clear()
        within.costs_within(net, search.backward_graph(net), leaving, targets, 300.0)
        return max(sizes)

    small, large = most(20), most(60)
    assert 0 < large <= 1.1 * small
