"""Walking costs: the nearest facility of every place, and all facilities within a limit.

A place walks its access leg, along its edge to either end or straight to a facility on the same edge,
through the network, along the facility's edge and its access leg. The direction is from the person to
the facility, so that one-way edges count as they are walked. The search itself is SciPy's Dijkstra.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from capacity.network import WalkingNetwork
    from capacity.reach.snapping import Snapped

ROUNDING_M: Final = 1e-6
"""Sums of lengths are rounded: a cost of the limit and a millionth of a metre is within the limit."""

# Facilities searched at once: few enough that the box around them is hardly larger than their reach.
_TOGETHER: Final = 16
# Edges shorter than this may have no length at all.
_A_STEP_M: Final = 1.0
_INDEX = np.int32  # scipy's searches work on it


@dataclass(frozen=True)
class Ends:
    """What it costs to walk from each place to the two ends of its edge.

    Attributes
    ----------
    places
        The places, snapped.
    node_u, node_v
        Ends of the edge, int64, shape (n,); 0 where the place is not snapped.
    cost_u, cost_v
        Metres with the access leg; infinite where the edge is not walked that way, or not snapped.
    """

    places: Snapped
    node_u: NDArray[np.int64]
    node_v: NDArray[np.int64]
    cost_u: NDArray[np.float64]
    cost_v: NDArray[np.float64]


def ends_from(network: WalkingNetwork, places: Snapped) -> Ends:
    """Work out what it costs to leave each place towards the ends of its edge.

    Parameters
    ----------
    network, places
        The network, and places snapped to it.

    Returns
    -------
    Ends
        From a one-way edge only its end is reached, unless the place is at its very beginning.
    """
    on = places.is_snapped
    edge = np.where(on, places.edge, 0)
    back = on & (network.two_way[edge] | (places.offset_m <= ROUNDING_M))
    rest = network.length_m[edge] - places.offset_m
    return Ends(
        places=places,
        node_u=np.where(on, network.u[edge], 0),
        node_v=np.where(on, network.v[edge], 0),
        cost_u=np.where(back, places.leg_m + places.offset_m * _rate(network.back, edge), np.inf),
        cost_v=np.where(on, places.leg_m + rest * _rate(network.ahead, edge), np.inf),
    )


def _rate(
    rates: NDArray[np.float64] | None, edge: NDArray[np.int64]
) -> NDArray[np.float64] | float:
    """Say what a metre of each edge costs: one, unless the network says otherwise."""
    return 1.0 if rates is None else rates[edge]


def ends_to(network: WalkingNetwork, places: Snapped) -> Ends:
    """Work out what it costs to come to each place from the ends of its edge.

    Parameters
    ----------
    network, places
        The network, and places snapped to it.

    Returns
    -------
    Ends
        A place on a one-way edge is reached from its beginning only, unless it is at its very end.
    """
    on = places.is_snapped
    edge = np.where(on, places.edge, 0)
    rest = network.length_m[edge] - places.offset_m
    back = on & (network.two_way[edge] | (rest <= ROUNDING_M))
    return Ends(
        places=places,
        node_u=np.where(on, network.u[edge], 0),
        node_v=np.where(on, network.v[edge], 0),
        cost_u=np.where(on, places.leg_m + places.offset_m * _rate(network.ahead, edge), np.inf),
        cost_v=np.where(back, places.leg_m + rest * _rate(network.back, edge), np.inf),
    )


def backward_graph(network: WalkingNetwork) -> csr_array:
    """Give the graph to search from facilities back to people.

    Parameters
    ----------
    network
        The network.

    Returns
    -------
    csr_array
        The graph turned around; the graph itself where every edge is two-way and costs the same
        there and back.
    """
    ahead, back = network.ahead, network.back
    alike = ahead is None or back is None or np.array_equal(ahead, back)
    if alike and network.two_way.all():
        return network.graph
    return csr_array(network.graph.T.tocsr())


@dataclass(frozen=True)
class Targets:
    """Facilities by their entrances.

    Attributes
    ----------
    entrances
        Entrances of the facilities, snapped.
    facility
        Facility of each entrance, ascending, int64, shape (n_entrances,).
    n_facilities
        How many facilities there are, with those that have no entrance.
    """

    entrances: Snapped
    facility: NDArray[np.int64]
    n_facilities: int


@dataclass(frozen=True)
class Reached:
    """The nearest facility of every node.

    Attributes
    ----------
    cost
        Metres from the node to the facility, infinite beyond the limit, shape (n_nodes,).
    facility
        The facility; of nodes beyond the limit anything, shape (n_nodes,).
    targets
        The facilities.
    limit_m
        The limit.
    """

    cost: NDArray[np.float64]
    facility: NDArray[np.int64]
    targets: Targets
    limit_m: float


def reached_nodes(
    network: WalkingNetwork, backward: csr_array, targets: Targets, limit_m: float = np.inf
) -> Reached:
    """Find the facility with the least walking cost for every node, in one search for all.

    Parameters
    ----------
    network, backward
        The network, and ``backward_graph`` of it.
    targets
        Facilities.
    limit_m
        Metres; exactly the limit is found, anything beyond is not.

    Returns
    -------
    Reached
        Dijkstra from all facilities at once, stopped at the limit.
    """
    n_nodes = len(network.nodes)
    cost, facility = np.full(n_nodes, np.inf), np.full(n_nodes, -1, dtype=np.int64)
    sources = np.unique(targets.facility[targets.entrances.is_snapped])
    if len(sources):
        arriving = ends_to(network, targets.entrances)
        graph, first = _with_sources(backward, arriving, targets.facility, targets.n_facilities)
        cost, _, source = dijkstra(
            graph,
            indices=first + sources,
            min_only=True,
            limit=limit_m + ROUNDING_M,
            return_predecessors=True,
        )
        cost, facility = cost[:n_nodes], source[:n_nodes].astype(np.int64) - first
    return Reached(cost, facility, targets, limit_m)


def nearest_cost(
    network: WalkingNetwork, reached: Reached, leaving: Ends
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Find the facility with the least walking cost for every place.

    Parameters
    ----------
    network
        The network.
    reached
        Nodes, as ``reached_nodes`` gives them.
    leaving
        Places, as ``ends_from`` gives them.

    Returns
    -------
    cost : shape (n,)
        Metres; infinite where no facility is within the limit.
    facility : shape (n,)
        The facility, −1 where there is none. Of equally near ones any is named.

    Notes
    -----
    By the better end of the place's edge; or to facilities on that very edge, to which nobody has to
    leave it.
    """
    people, targets, limit_m = leaving.places, reached.targets, reached.limit_m
    by_u = reached.cost[leaving.node_u] + leaving.cost_u
    by_v = reached.cost[leaving.node_v] + leaving.cost_v
    cost = np.minimum(by_u, by_v)
    node = np.where(by_u <= by_v, leaving.node_u, leaving.node_v)
    facility = np.where(np.isfinite(cost), reached.facility[node], -1)
    place, entrance, along = same_edge(network, people, targets.entrances)
    order = np.lexsort((entrance, -along))
    place, entrance, along = place[order], entrance[order], along[order]
    # of several facilities on one edge the last written is the nearest
    direct = np.full(len(cost), np.inf)
    of = np.full(len(cost), -1, dtype=np.int64)
    direct[place], of[place] = along, targets.facility[entrance]
    shorter = direct < cost
    cost[shorter], facility[shorter] = direct[shorter], of[shorter]
    beyond = ~(cost <= limit_m + ROUNDING_M) if np.isfinite(limit_m) else np.isinf(cost)
    cost[beyond], facility[beyond] = np.inf, -1
    return cost, facility


def _with_sources(
    graph: csr_array, arriving: Ends, facility: NDArray[np.int64], n_facilities: int
) -> tuple[csr_array, int]:
    """Append a node for each facility, from which the search goes to the ends of its edges."""
    n_nodes = graph.shape[0]
    node = np.concatenate([arriving.node_u, arriving.node_v])
    cost = np.concatenate([arriving.cost_u, arriving.cost_v])
    of = np.concatenate([facility, facility])
    order = np.argsort(of, kind="stable")
    node, cost, of = node[order], cost[order], of[order]
    finite = np.isfinite(cost)
    counts = np.bincount(of[finite], minlength=n_facilities)
    starts = np.concatenate([graph.indptr, graph.indptr[-1] + np.cumsum(counts)])
    size = n_nodes + n_facilities
    both = csr_array(
        (
            np.concatenate([graph.data, cost[finite]]),
            np.concatenate([graph.indices, node[finite].astype(_INDEX)]),
            starts.astype(_INDEX),
        ),
        shape=(size, size),
    )
    return both, n_nodes


def same_edge(
    network: WalkingNetwork, people: Snapped, entrances: Snapped
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """List the places and entrances on one edge, with the cost of walking along it.

    Parameters
    ----------
    network, people, entrances
        The network, and what is snapped to it.

    Returns
    -------
    tuple of arrays, shape (n_pairs,)
        Place, entrance and metres with both access legs; against a one-way edge there is no pair.
    """
    on = np.flatnonzero(entrances.is_snapped)
    by_edge = on[np.argsort(entrances.edge[on], kind="stable")]
    edges = entrances.edge[by_edge]
    shared = np.zeros(len(network.u), dtype=bool)
    shared[edges] = True
    place = np.flatnonzero(people.is_snapped)
    place = place[shared[people.edge[place]]]
    low = np.searchsorted(edges, people.edge[place], side="left")
    n = np.searchsorted(edges, people.edge[place], side="right") - low
    nth = np.arange(int(n.sum())) - np.repeat(np.cumsum(n) - n, n)
    entrance = by_edge[np.repeat(low, n) + nth]
    place = np.repeat(place, n)
    along = entrances.offset_m[entrance] - people.offset_m[place]
    walked = network.two_way[people.edge[place]] | (along >= -ROUNDING_M)
    edge = people.edge[place]
    rate = np.where(along >= 0, _rate(network.ahead, edge), _rate(network.back, edge))
    cost = np.abs(along) * rate + people.leg_m[place] + entrances.leg_m[entrance]
    return place[walked], entrance[walked], cost[walked]


def costs_within(
    network: WalkingNetwork,
    backward: csr_array,
    leaving: Ends,
    targets: Targets,
    limit_m: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """List every place and facility within the limit of each other, with the walking cost.

    Parameters
    ----------
    network, backward, leaving, targets
        As in ``nearest_cost``.
    limit_m
        Metres; exactly the limit is within it.

    Returns
    -------
    tuple of arrays, shape (n_pairs,)
        Place, facility and cost (at most the limit), sorted by place, then facility.

    Notes
    -----
    Facilities near each other are searched together in the part of the network around them: a walk
    is never shorter than the straight line, so nothing further off can matter. Nothing dense is
    made but small blocks, one at a time.
    """
    limit = limit_m + ROUNDING_M
    people = leaving.places
    keys, costs = [], []
    n_facilities = targets.n_facilities
    arriving = ends_to(network, targets.entrances)
    around = _Around(network, backward, leaving)
    for group in _near_groups(targets):
        at, cost = around.block(arriving, targets, group, limit)
        if len(at) == 0:
            continue
        which, column = np.nonzero(cost <= limit)
        keys.append(at[column] * n_facilities + group[which])
        costs.append(cost[which, column])
    place, entrance, along = same_edge(network, people, targets.entrances)
    near = along <= limit
    keys.append(place[near] * n_facilities + targets.facility[entrance[near]])
    costs.append(along[near])
    key, cost = np.concatenate(keys), np.concatenate(costs)
    keys.clear()
    costs.clear()
    return _least(key, np.minimum(cost, limit_m, out=cost), n_facilities)


def least_of_each(
    place: NDArray[np.int64],
    facility: NDArray[np.int64],
    cost: NDArray[np.float64],
    n_facilities: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Sort pairs by place and facility, and keep the least cost of each.

    Parameters
    ----------
    place, facility, cost
        Pairs in any order, some of them several times.
    n_facilities
        How many facilities there are.

    Returns
    -------
    tuple of arrays
        Place, facility and least cost.
    """
    return _least(place * n_facilities + facility, cost, n_facilities)


def _least(
    key: NDArray[np.int64], cost: NDArray[np.float64], n_facilities: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Sort pairs, place × number of facilities + facility, and keep the least cost of each."""
    order = np.argsort(key, kind="stable")
    key, cost = key[order], cost[order]
    del order
    first = np.flatnonzero(np.r_[True, np.diff(key) != 0]) if len(key) else np.zeros(0, np.int64)
    least = np.minimum.reduceat(cost, first) if len(first) else cost
    key = key[first]
    return key // max(1, n_facilities), key % max(1, n_facilities), least


def _near_groups(targets: Targets) -> Iterator[NDArray[np.int64]]:
    """Give facilities in groups that lie together: the wider side is halved again and again."""
    on = targets.entrances.is_snapped
    facility = targets.facility[on]
    some, first = np.unique(facility, return_index=True)
    xy = targets.entrances.entry[on][first]
    todo = [np.arange(len(some))]
    while todo:
        group = todo.pop()
        if len(group) <= _TOGETHER:
            if len(group):
                yield some[np.sort(group)]
            continue
        spread = np.ptp(xy[group], axis=0)
        order = group[np.argsort(xy[group, int(spread.argmax())], kind="stable")]
        todo += [order[: len(order) // 2], order[len(order) // 2 :]]


class _Around:
    """The nodes and the places around a group of facilities, found through sorted columns."""

    def __init__(self, network: WalkingNetwork, backward: csr_array, leaving: Ends) -> None:
        self._backward = backward
        self._leaving = leaving
        ratio, more = drawn_beyond(network)
        self._slack, self._more = float(ratio.max(initial=1.0)), float(more.sum())
        self._nodes = _Sorted(network.nodes)
        self._places = _Sorted(leaving.places.entry)
        self._local = np.full(len(network.nodes), -1, dtype=np.int64)

    def block(
        self, arriving: Ends, targets: Targets, group: NDArray[np.int64], limit: float
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Give the places around a group, and the cost from each of them to each facility."""
        mine = np.isin(targets.facility, group) & targets.entrances.is_snapped
        box = targets.entrances.entry[mine]
        margin = limit * self._slack + self._more + _A_STEP_M
        low, high = box.min(axis=0) - margin, box.max(axis=0) + margin
        nodes, places = self._nodes.inside(low, high), self._places.inside(low, high)
        self._local[nodes] = np.arange(len(nodes))
        part = self._backward[nodes][:, nodes]
        own = Ends(
            places=targets.entrances,
            node_u=self._local[arriving.node_u[mine]],
            node_v=self._local[arriving.node_v[mine]],
            cost_u=np.where(self._local[arriving.node_u[mine]] < 0, np.inf, arriving.cost_u[mine]),
            cost_v=np.where(self._local[arriving.node_v[mine]] < 0, np.inf, arriving.cost_v[mine]),
        )
        of = np.searchsorted(group, targets.facility[mine])
        graph, first = _with_sources(csr_array(part), own, of, len(group))
        found = dijkstra(graph, indices=first + np.arange(len(group)), limit=limit)
        # the last column stands for nodes outside the box
        found[:, first] = np.inf
        to_node = found[:, : first + 1]
        leaving = self._leaving
        u, v = self._local[leaving.node_u[places]], self._local[leaving.node_v[places]]
        self._local[nodes] = -1
        cost = np.minimum(
            to_node[:, u] + leaving.cost_u[places], to_node[:, v] + leaving.cost_v[places]
        )
        return places, cost


class _Sorted:
    """Points sorted by x, to find those in a box."""

    def __init__(self, xy: NDArray[np.float64]) -> None:
        order = np.argsort(xy[:, 0], kind="stable")
        self._order = order[: int(np.count_nonzero(np.isfinite(xy[:, 0])))]
        self._x, self._y = xy[self._order].T.copy()

    def inside(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.int64]:
        start = int(np.searchsorted(self._x, low[0], side="left"))
        stop = int(np.searchsorted(self._x, high[0], side="right"))
        y = self._y[start:stop]
        return np.asarray(self._order[start:stop][(y >= low[1]) & (y <= high[1])])


def most_drawn(network: WalkingNetwork) -> float:
    """Say how many times longer than its walking length an edge may be drawn, the same along all of it.

    Parameters
    ----------
    network
        The network, with what crossing and climbing cost.

    Returns
    -------
    float
        1 unless lengths are shorter than the drawn line, for which there is a warning, or cost less
        than a metre each, downhill. The ends of an edge do not tell: a loop ends near where it begins,
        and its people live along it.
    """
    return float(drawn_beyond(network)[0].max(initial=1.0))


def drawn_beyond(
    network: WalkingNetwork,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Say of each edge how much longer it is drawn than walked.

    Parameters
    ----------
    network
        The network, with what crossing and climbing cost.

    Returns
    -------
    ratio : shape (n_edges,)
        Drawn length divided by the least that walking the edge costs, at least 1; 1 for edges shorter
        than a metre, which rounding may leave without any length.
    more_m : shape (n_edges,)
        Metres that those short edges are drawn longer than they cost; 0 for all others. A way passes an
        edge once, so no more than their sum is left out.
    """
    x0, y0, x1, y1 = network.segments.T
    pieces = np.hypot(x1 - x0, y1 - y0)
    drawn = np.bincount(network.segment_edge, weights=pieces, minlength=len(network.u))
    least = network.length_m.copy()
    if network.ahead is not None and network.back is not None:
        least *= np.minimum(network.ahead, network.back)
    is_long = drawn > _A_STEP_M
    ratio = np.ones(len(drawn))
    with np.errstate(divide="ignore"):
        ratio[is_long] = np.maximum(1.0, drawn[is_long] / least[is_long])
    return ratio, np.where(is_long, 0.0, np.maximum(0.0, drawn - least))
