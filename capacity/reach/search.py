"""Walking costs: what it costs to come to the network and to leave it, and the nearest facility.

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
    from numpy.typing import NDArray

    from capacity.network import WalkingNetwork
    from capacity.reach.snapping import Snapped

    _Strip = tuple[NDArray[np.int64], int, int]

ROUNDING_M: Final = 1e-6
"""Sums of lengths are rounded: a cost of the limit and a millionth of a metre is within the limit."""

# Nodes searched at once, about: their part of the search stays in the processor's cache.
_NODES_TOGETHER: Final = 1 << 15
# Ranges of nodes are of whole blocks.
_BLOCK: Final = 1 << 10
# All ranges together are no longer than so many times all nodes.
_OVERLAP: Final = 1.5
# Places whose ends are looked up at once, and edges that are measured, for the same reason.
_PLACES_TOGETHER: Final = 1 << 15
_EDGES_TOGETHER: Final = 1 << 14
A_STEP_M: Final = 1.0
"""Edges shorter than this may have no length at all."""

INDEX = np.int32
"""Type of indices that SciPy's searches work on."""


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
    arriving = ends_to(network, targets.entrances)
    strips = _strips(network.nodes, arriving, limit_m)
    found = _spread_all(backward, strips, arriving, targets, limit_m)
    if found is None:  # edges that cost less than they are long lead further than the limit
        everything = [(np.flatnonzero(arriving.places.is_snapped), 0, len(network.nodes))]
        found = _spread_all(backward, everything, arriving, targets, limit_m)
    if found is None:  # pragma: no cover  # nothing leads out of all nodes
        raise AssertionError
    return Reached(*found, targets, limit_m)


def _spread_all(
    graph: csr_array,
    strips: list[_Strip],
    arriving: Ends,
    targets: Targets,
    limit_m: float,
) -> tuple[NDArray[np.float64], NDArray[np.int64]] | None:
    """Search strip by strip: cost and facility of every node; None if a way leads out of a strip."""
    n_nodes = graph.shape[0]
    cost, facility = np.full(n_nodes, np.inf), np.full(n_nodes, -1, dtype=np.int64)
    room = _room(graph, strips)
    for some, first, last in strips:
        nodes = slice(first, last)
        found = _spread(graph, nodes, (arriving, some, targets.facility), limit_m, room)
        if found is None:
            return None
        metres, by = found
        here, of = cost[nodes], facility[nodes]
        nearer = np.flatnonzero(metres < here)
        here[nearer], of[nearer] = metres[nearer], by[nearer]
    return cost, facility


def _strips(nodes: NDArray[np.float64], arriving: Ends, limit_m: float) -> list[_Strip]:
    """Divide entrances into those that lie together: they, and the range of nodes around them.

    One search from all entrances goes on everywhere at once, and the larger the network, the less
    of what it comes back to is still in the processor's cache. Nodes that follow each other lie
    near each other: a search from some entrances needs a range of them only. Ranges overlap by the
    limit; where that is much, they are longer, and all nodes at last.
    """
    n_nodes, on = len(nodes), np.flatnonzero(arriving.places.is_snapped)
    if len(on) == 0:
        return []
    starts = np.arange(0, n_nodes, _BLOCK)
    low, high = (least.reduceat(nodes, starts) for least in (np.minimum, np.maximum))
    length = _NODES_TOGETHER if np.isfinite(limit_m) else n_nodes
    while True:
        nth = arriving.node_u[on] // length
        order = np.argsort(nth, kind="stable")
        strips = []
        for some in np.split(on[order], np.flatnonzero(np.diff(nth[order])) + 1):
            xy, first, last = arriving.places.entry[some], 0, n_nodes
            if length < n_nodes:
                below, above = xy.min(axis=0) - limit_m, xy.max(axis=0) + limit_m
                near = np.flatnonzero(((low <= above) & (high >= below)).all(axis=1))
                if len(near) == 0:  # in the middle of edges so long that no node is near
                    near = np.unique(arriving.node_u[some] // _BLOCK)
                first, last = near[0] * _BLOCK, min(n_nodes, (near[-1] + 1) * _BLOCK)
            strips.append((some, int(first), int(last)))
        if length >= n_nodes or sum(b - a for _, a, b in strips) <= _OVERLAP * n_nodes:
            return strips
        length *= 2


def _room(graph: csr_array, strips: list[_Strip]) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Make room for the edges of the longest strip; fresh memory for each takes as long as filling it."""
    most = max(
        (int(graph.indptr[b] - graph.indptr[a]) + 2 * len(on) for on, a, b in strips), default=0
    )
    return np.empty(most, dtype=INDEX), np.empty(most)


def _spread(
    graph: csr_array,
    nodes: slice,
    sources: tuple[Ends, NDArray[np.int64], NDArray[np.int64]],
    limit_m: float,
    room: tuple[NDArray[np.int32], NDArray[np.float64]],
) -> tuple[NDArray[np.float64], NDArray[np.int64]] | None:
    """Search a range of nodes from some entrances: cost and facility; None if a way leads out of it.

    The matrix has a row for what is before the range, the nodes of it, a row for what is after it,
    and one for each facility, from which edges go to the ends of the edges of its entrances.
    """
    arriving, some, of_entrance = sources
    first, n = nodes.start, nodes.stop - nodes.start
    facility, of = np.unique(np.repeat(of_entrance[some], 2), return_inverse=True)
    at, cost = (
        np.column_stack(ends).ravel()
        for ends in (
            (arriving.node_u[some], arriving.node_v[some]),
            (arriving.cost_u[some], arriving.cost_v[some]),
        )
    )
    finite = np.isfinite(cost)
    begin = graph.indptr[first : nodes.stop + 1]
    edges = slice(int(begin[0]), int(begin[-1]))
    n_edges = edges.stop - edges.start
    size = n_edges + int(finite.sum())
    column, length = room[0][:size], room[1][:size]
    column[:n_edges], column[n_edges:] = graph.indices[edges], at[finite]
    column -= INDEX(first - 1)
    np.clip(column, 0, n + 1, out=column)
    length[:n_edges], length[n_edges:] = graph.data[edges], cost[finite]
    own = np.cumsum(np.bincount(of[finite], minlength=len(facility)))
    starts = np.concatenate([[0], begin - edges.start, [n_edges], n_edges + own]).astype(INDEX)
    shape = (len(starts) - 1, len(starts) - 1)
    found, _, source = dijkstra(
        csr_array((length, column, starts), shape=shape),
        indices=n + 2 + np.arange(len(facility)),
        min_only=True,
        limit=limit_m + ROUNDING_M,
        return_predecessors=True,
    )
    if np.isfinite(found[[0, n + 1]]).any():
        return None
    # nodes that nothing reaches have a negative source, and any facility
    return found[1 : n + 1], facility[np.maximum(source[1 : n + 1] - (n + 2), 0)]


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
    people, targets = leaving.places, reached.targets
    # infinite costs are beyond every limit
    limit = min(reached.limit_m + ROUNDING_M, np.finfo(np.float64).max)
    cost, facility = np.empty(len(people.edge)), np.empty(len(people.edge), dtype=np.int64)
    for first in range(0, len(cost), _PLACES_TOGETHER):
        some = slice(first, first + _PLACES_TOGETHER)
        node_u, node_v = leaving.node_u[some], leaving.node_v[some]
        by_u = reached.cost[node_u] + leaving.cost_u[some]
        by_v = reached.cost[node_v] + leaving.cost_v[some]
        least = np.minimum(by_u, by_v)
        within = least <= limit
        node = np.where(by_u <= by_v, node_u, node_v)
        cost[some] = np.where(within, least, np.inf)
        facility[some] = np.where(within, reached.facility[node], -1)
    place, entrance, along = same_edge(network, people, targets.entrances)
    shorter = (along < cost[place]) & (along <= limit)
    place, entrance, along = place[shorter], entrance[shorter], along[shorter]
    order = np.lexsort((entrance, -along))
    place, entrance, along = place[order], entrance[order], along[order]
    # of several facilities on one edge the last written is the nearest
    cost[place], facility[place] = along, targets.facility[entrance]
    return cost, facility


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
        Place, ascending, entrance and metres with both access legs; against a one-way edge there is
        no pair.
    """
    on = np.flatnonzero(entrances.is_snapped)
    by_edge = on[np.argsort(entrances.edge[on], kind="stable")]
    edges = entrances.edge[by_edge]
    # the last is that of places on no edge
    shared = np.zeros(len(network.u) + 1, dtype=bool)
    shared[edges] = True
    place = np.flatnonzero(shared[people.edge])
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
    n_edges = len(network.u)
    ratio, more = np.ones(n_edges), np.zeros(n_edges)
    for first in range(0, n_edges, _EDGES_TOGETHER):
        some = slice(first, min(first + _EDGES_TOGETHER, n_edges))
        begin, end = np.searchsorted(network.segment_edge, (some.start, some.stop))
        x0, y0, x1, y1 = network.segments[begin:end].T
        of = network.segment_edge[begin:end] - first
        drawn = np.bincount(of, np.hypot(x1 - x0, y1 - y0), some.stop - first)
        least = network.length_m[some]
        if network.ahead is not None and network.back is not None:
            least = least * np.minimum(network.ahead[some], network.back[some])
        is_long = drawn > A_STEP_M
        with np.errstate(divide="ignore"):
            np.divide(drawn, least, out=ratio[some], where=is_long)
        np.maximum(1.0, ratio[some], out=ratio[some])
        np.maximum(0.0, drawn - least, out=more[some], where=~is_long)
    return ratio, more
