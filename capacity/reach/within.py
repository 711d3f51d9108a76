"""Walking costs of all facilities within a limit: every place and every facility that it reaches.

Facilities near each other are searched together, in the part of the network around them. What they
reach is kept by node, and every place takes it from the two ends of its edge: what is looked at is
what is within the limit, however large the city is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from capacity.reach.search import (
    A_STEP_M,
    INDEX,
    ROUNDING_M,
    drawn_beyond,
    ends_to,
    same_edge,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from capacity.network import WalkingNetwork
    from capacity.reach.search import Ends, Targets

    _Ways = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]

# Facilities searched at once: few enough that the box around them is hardly larger than their reach.
_TOGETHER: Final = 16
# Points that have one box, and boxes that do.
_RUN: Final = 32
# Places that are looked at at once: what they need stays in the processor's cache.
_PLACES_TOGETHER: Final = 1 << 15


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
    network, backward
        The network, and ``backward_graph`` of it.
    leaving
        Places, as ``ends_from`` gives them.
    targets
        Facilities.
    limit_m
        Metres; exactly the limit is within it.

    Returns
    -------
    tuple of arrays, shape (n_pairs,)
        Place, facility and cost (at most the limit), sorted by place, then facility.

    Notes
    -----
    Nothing dense is made but small blocks, one at a time.
    """
    limit = limit_m + ROUNDING_M
    found = _searched(network, backward, targets, limit)
    place, entrance, along = same_edge(network, leaving.places, targets.entrances)
    near = along <= limit
    place, facility, along = place[near], targets.facility[entrance[near]], along[near]
    parts = []
    for first in range(0, max(1, len(leaving.node_u)), _PLACES_TOGETHER):
        some = slice(first, first + _PLACES_TOGETHER)
        begin, end = np.searchsorted(place, (some.start, some.stop))
        ways = (
            _by_node(found, leaving.node_u[some], leaving.cost_u[some], limit),
            _by_node(found, leaving.node_v[some], leaving.cost_v[some], limit),
            (place[begin:end] - first, facility[begin:end], along[begin:end]),
        )
        at, to, cost = (np.concatenate(each) for each in zip(*ways, strict=True))
        at, to, cost = least_of_each(at, to, np.minimum(cost, limit_m), targets.n_facilities)
        parts.append((at + first, to, cost))
    place, facility, cost = (np.concatenate(each) for each in zip(*parts, strict=True))
    return place, facility, cost


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
    key = place * n_facilities + facility
    order = np.argsort(key, kind="stable")
    key, cost = key[order], cost[order]
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.zeros(0, np.int64)
    least = np.minimum.reduceat(cost, first) if len(first) else cost
    order = order[first]
    return place[order], facility[order], least


@dataclass(frozen=True)
class _Found:
    """The facilities within the limit of each node.

    Attributes
    ----------
    starts
        Where those of each node begin, shape (n_nodes + 1,).
    facility, cost
        Which, and metres from the node to it, shape (n_found,).
    least
        Metres to the nearest, infinite where there is none, shape (n_nodes,).
    """

    starts: NDArray[np.integer[Any]]
    facility: NDArray[np.int64]
    cost: NDArray[np.float64]
    least: NDArray[np.float64]


def _by_node(
    found: _Found, node: NDArray[np.int64], cost: NDArray[np.float64], limit: float
) -> _Ways:
    """Give the ways of places by one end of their edge: place, facility and metres."""
    at = np.flatnonzero(found.least[node] + cost <= limit)
    node = node[at]
    begin = found.starts[node]
    n = found.starts[node + 1] - begin
    entry = _ranges(begin, n)
    at = np.repeat(at, n)
    metres = found.cost[entry] + cost[at]
    near = metres <= limit
    return at[near], found.facility[entry[near]], metres[near]


def _searched(
    network: WalkingNetwork, backward: csr_array, targets: Targets, limit: float
) -> _Found:
    """Search from all facilities, those near each other together, and sort what is found by node."""
    arriving = ends_to(network, targets.entrances)
    around = _Around(network, backward, limit)
    facilities, counts = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    nodes, costs = [np.zeros(0, np.int64)], [np.zeros(0)]
    for group in _near_groups(targets):
        which, node, cost = around.search(arriving, targets, group)
        facilities.append(group)
        counts.append(np.bincount(which, minlength=len(group)))
        nodes.append(node)
        costs.append(cost)
    facility, cost = np.concatenate(facilities), np.concatenate(costs)
    starts = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    shape = (len(facility), len(network.nodes))
    by_node = csr_array((cost, np.concatenate(nodes), starts), shape=shape).tocsc()
    least = np.full(len(network.nodes), np.inf)
    reached = np.flatnonzero(np.diff(by_node.indptr))
    if len(reached):
        least[reached] = np.minimum.reduceat(by_node.data, by_node.indptr[reached])
    return _Found(by_node.indptr, facility[by_node.indices], by_node.data, least)


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
    """The part of the network around a group of facilities, and the search in it."""

    def __init__(self, network: WalkingNetwork, backward: csr_array, limit: float) -> None:
        self._backward = backward
        self._limit = limit
        ratio, more = drawn_beyond(network)
        # a walk is never shorter than the straight line, so nothing further off can matter
        self._margin = limit * float(ratio.max(initial=1.0)) + float(more.sum()) + A_STEP_M
        self._nodes = Boxes(network.nodes)
        self._local = np.zeros(len(network.nodes), dtype=INDEX)

    def search(self, arriving: Ends, targets: Targets, group: NDArray[np.int64]) -> _Ways:
        """Give what a group reaches, by its facilities: number in the group, node and metres."""
        low, high = (np.searchsorted(targets.facility, group, side) for side in ("left", "right"))
        mine, of = _ranges(low, high - low), np.repeat(np.arange(len(group)), high - low)
        on = targets.entrances.is_snapped[mine]
        mine, of = mine[on], of[on]
        box = targets.entrances.entry[mine]
        nodes = self._nodes.inside(box.min(axis=0) - self._margin, box.max(axis=0) + self._margin)
        n = len(nodes)
        self._local[nodes] = np.arange(1, n + 1, dtype=INDEX)
        graph = self._among(nodes, (arriving, mine, of), len(group))
        self._local[nodes] = 0
        costs = dijkstra(graph, indices=n + 1 + np.arange(len(group)), limit=self._limit)
        costs[:, 0] = costs[:, n + 1 :] = np.inf
        some = np.flatnonzero(costs <= self._limit)
        which, local = np.divmod(some, graph.shape[0])
        return which, nodes[local - 1], costs.ravel()[some]

    def _among(
        self,
        nodes: NDArray[np.int64],
        sources: tuple[Ends, NDArray[np.int64], NDArray[np.int64]],
        n_sources: int,
    ) -> csr_array:
        """Give the graph of some nodes. SciPy's columns of some would look at all nodes of the network.

        The matrix has a row for all that is outside, the nodes, and the sources, from which edges go to
        where they arrive.
        """
        arriving, mine, of = sources
        begin, end = self._backward.indptr[nodes], self._backward.indptr[nodes + 1]
        edge = _ranges(begin, end - begin)
        at, cost = (
            np.column_stack(ends).ravel()
            for ends in (
                (arriving.node_u[mine], arriving.node_v[mine]),
                (arriving.cost_u[mine], arriving.cost_v[mine]),
            )
        )
        finite = np.isfinite(cost)
        own = np.bincount(np.repeat(of, 2)[finite], minlength=n_sources)
        starts = np.cumsum(np.concatenate([[0, 0], end - begin, own])).astype(INDEX)
        column = np.concatenate([self._backward.indices[edge], at[finite]])
        length = np.concatenate([self._backward.data[edge], cost[finite]])
        shape = (len(starts) - 1, len(starts) - 1)
        return csr_array((length, self._local[column], starts), shape=shape)


def _ranges(begin: NDArray[np.integer[Any]], n: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """Count from each of some numbers: so many each."""
    ends = np.cumsum(n, dtype=np.int64)
    return np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(begin - (ends - n), n)


class Boxes:
    """Points of which those that follow each other lie near each other, to find those in a box.

    Some points that follow each other have one box, some such boxes have one, and so on up: what is
    looked at for a box of one size does not grow with the number of points. Points in any other order
    are found too, but more of them are looked at.

    Parameters
    ----------
    xy : shape (n, 2)
        Coordinates, finite.

    Attributes
    ----------
    looked_at
        How many boxes and points were looked at so far.

    Examples
    --------
    >>> boxes = Boxes(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]))
    >>> boxes.inside(np.array([1.0, -1.0]), np.array([5.0, 1.0])).tolist()
    [1, 2]
    """

    def __init__(self, xy: NDArray[np.float64]) -> None:
        low = high = tuple(xy.T.copy())
        self._levels = [low]
        while len(low[0]) > _RUN:
            starts = np.arange(0, len(low[0]), _RUN)
            low = tuple(np.minimum.reduceat(side, starts) for side in low)
            high = tuple(np.maximum.reduceat(side, starts) for side in high)
            self._levels.insert(0, (*low, *high))
        self.looked_at = 0

    def inside(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.int64]:
        """Give the points in a box, its border with it.

        Parameters
        ----------
        low, high : shape (2,)
            Corners of the box, which may be infinite.

        Returns
        -------
        array of int64
            Their positions, ascending.
        """
        met = np.zeros(1, dtype=np.int64)
        for sides in self._levels:
            some = (met[:, None] * _RUN + np.arange(_RUN)).ravel()
            some = some[: np.searchsorted(some, len(sides[0]))]
            self.looked_at += len(some)
            near = [side[some] for side in sides]
            west, south, east, north = near * (4 // len(near))
            across = (west <= high[0]) & (east >= low[0])
            met = some[across & (south <= high[1]) & (north >= low[1])]
        return met
