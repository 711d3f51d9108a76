"""Walking reach on a grid of streets under the synthetic city, ours and peers'.

pandana (AGPL) is a peer where it is installed; it is in no group of our dependencies. It searches
from nodes, without access legs and places on edges, after a contraction of the network that is not
timed: it takes longer than all else here together.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from capacity.network import build_network
from capacity.reach.search import (
    Targets,
    backward_graph,
    ends_from,
    ends_to,
    nearest_cost,
    reached_nodes,
)
from capacity.reach.snapping import edge_index, snap
from capacity.reach.walkers import walkers_of
from capacity.reach.within import costs_within

if TYPE_CHECKING:
    from collections.abc import Callable

    from capacity.example.frames import SyntheticCity

WALK_M = 1000.0
NODES_PER_CELL = 0.3
SNAP_M = 200.0
_TOGETHER = 25


@cache
def streets_under(cells: int, west: float, south: float, east: float, north: float):
    """A grid of slightly crooked streets over a box, with 0.3 nodes for each cell."""
    side = int(np.sqrt(NODES_PER_CELL * cells))
    x, y = np.meshgrid(np.linspace(west, east, side), np.linspace(south, north, side))
    shake = np.random.default_rng(0).uniform(-0.2, 0.2, (side * side, 2))
    xy = np.column_stack([x.ravel(), y.ravel()]) + shake * (east - west) / side
    at = np.arange(side * side).reshape(side, side)
    u = np.concatenate([at[:, :-1].ravel(), at[:-1].ravel()])
    v = np.concatenate([at[:, 1:].ravel(), at[1:].ravel()])
    lines = shapely.linestrings(np.stack([xy[u], xy[v]], axis=1))
    columns = {"one_way": False, "highway": "", "file": "walk", "row": np.arange(len(u))}
    frame = gpd.GeoDataFrame(
        {"u": u.astype(str), "v": v.astype(str), "length_m": np.nan, **columns},
        geometry=lines,
        crs=4547,
    )
    network, faults = build_network(frame)
    assert network is not None, faults
    return network


_READY: dict[int, tuple] = {}


def _ready(town: SyntheticCity):
    """Snap the cells and facilities of a town once per process."""
    if id(town) not in _READY:
        _READY[id(town)] = _snapped(town)
    return _READY[id(town)]


def streets_of(town: SyntheticCity):
    """Give the streets under a city."""
    rows, columns = town.population.shape
    t = town.population.transform
    west, north = t.c, t.f
    east, south = t.c + t.a * columns, t.f + t.e * rows
    return streets_under(rows * columns, west, south, east, north)


def _snapped(town: SyntheticCity):
    grid, network = town.population, streets_of(town)
    index = edge_index(network)
    peopled = np.flatnonzero(grid.values["population"].ravel() > 0)
    people = walkers_of(grid, peopled, grid.crs, np.inf).xy
    entrances = shapely.get_coordinates(
        town.facilities.geometry[town.facilities["service"] == "childcare"]
    )
    targets = Targets(snap(index, entrances, SNAP_M), np.arange(len(entrances)), len(entrances))
    leaving = ends_from(network, snap(index, people, SNAP_M))
    return network, index, people, leaving, targets


def snapping(town: SyntheticCity) -> Callable[[], float]:
    """Ours: the nearest edge of every cell."""
    _, index, people, _, _ = _ready(town)
    return lambda: float(snap(index, people, SNAP_M).is_snapped.sum())


def snapping_nodes(town: SyntheticCity) -> Callable[[], float]:
    """Peer: the nearest node of every cell by scipy's cKDTree, bare."""
    network, _, people, _, _ = _ready(town)
    nodes = cKDTree(network.nodes)
    return lambda: float(len(nodes.query(people)[1]))


def snapping_strtree(town: SyntheticCity) -> Callable[[], float]:
    """Peer: the nearest line of every cell by shapely's STRtree."""
    network, _, people, _, _ = _ready(town)
    tree = shapely.STRtree(shapely.linestrings(network.segments.reshape(-1, 2, 2)))

    def run() -> float:
        found = tree.query_nearest(shapely.points(people), max_distance=SNAP_M, all_matches=False)
        return float(len(found[0]))

    return run


def nearest(town: SyntheticCity) -> Callable[[], float]:
    """Ours: cells within a walk of 1 km of any facility, after snapping."""
    network, _, _, leaving, targets = _ready(town)
    backward = backward_graph(network)

    def run() -> float:
        reached = reached_nodes(network, backward, targets, WALK_M)
        cost, _ = nearest_cost(network, reached, leaving)
        return float(np.isfinite(cost).sum())

    return run


def nearest_scipy(town: SyntheticCity) -> Callable[[], float]:
    """Peer: scipy's bounded multi-source Dijkstra from the nodes next to facilities, bare."""
    network, _, _, _, targets = _ready(town)
    sources = np.unique(ends_to(network, targets.entrances).node_u)

    def run() -> float:
        cost = dijkstra(network.graph, indices=sources, min_only=True, limit=WALK_M)
        return float(np.isfinite(cost).sum())

    return run


def nearest_pandana(town: SyntheticCity) -> Callable[[], float]:
    """Peer: pandana's nearest facility of the node nearest to each cell."""
    import pandana

    network, _, people, _, targets = _ready(town)
    u, v = (pd.Series(ends) for ends in (network.u, network.v))
    x, y = (pd.Series(axis) for axis in network.nodes.T)
    peer = pandana.Network(x, y, u, v, pd.DataFrame({"m": network.length_m}), twoway=True)
    peer.precompute(WALK_M)
    entrances = targets.entrances.entry
    peer.set_pois("all", WALK_M, 1, *(pd.Series(axis) for axis in entrances.T))
    node = peer.get_node_ids(*(pd.Series(axis) for axis in people.T)).to_numpy()

    def run() -> float:
        cost = peer.nearest_pois(WALK_M, "all", num_pois=1)[1].to_numpy()
        return float((cost[node] < WALK_M).sum())

    return run


def walked_pairs(town: SyntheticCity, metres: float = WALK_M) -> Callable[[], float]:
    """Ours: every cell and facility within a walk of each other, after snapping."""
    network, _, _, leaving, targets = _ready(town)
    backward = backward_graph(network)
    return lambda: float(len(costs_within(network, backward, leaving, targets, metres)[0]))


def walked_pairs_scipy(town: SyntheticCity) -> Callable[[], float]:
    """Peer: scipy's bounded Dijkstra for each facility, whole rows, some facilities at a time."""
    network, _, _, _, targets = _ready(town)
    nodes = ends_to(network, targets.entrances).node_u

    def run() -> float:
        found = 0
        for first in range(0, len(nodes), _TOGETHER):
            some = nodes[first : first + _TOGETHER]
            found += np.isfinite(dijkstra(network.graph, indices=some, limit=WALK_M)).sum()
        return float(found)

    return run
