"""Where parts read their walking network: laid down once, in groups of edges near each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from scipy.spatial import cKDTree

from capacity.network import WalkingNetwork, graph_of, with_penalties
from capacity.reach.entrances import entrances_of
from capacity.reach.search import drawn_beyond
from capacity.reach.snapping import edge_index, points_at, snap

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyproj
    from numpy.typing import NDArray

GROUP: Final = 1_024
"""Edges of a group, which are read together."""

_EDGE: Final = np.dtype(
    [
        *((name, np.int64) for name in ("edge", "u", "v", "first", "pieces")),
        *((name, np.float64, 2) for name in ("at_u", "at_v")),
        *((name, np.float64) for name in ("length_m", "ascent_m", "ahead", "back")),
        *((name, np.bool_) for name in ("two_way", "crossing")),
    ]
)
_GIVEN: Final = ("crossing", "ascent_m", "ahead", "back")  # what a network may not say of its edges
_GROUP: Final = np.dtype(
    [
        ("box", np.float64, 4),
        ("point", np.float64, 2),
        ("ratio", np.float64),
        ("more_m", np.float64),
    ]
)
_BARRIERS: Final = 64
_SLACK_M: Final = 1.0
_ROUNDING_M: Final = 1e-3
_TOGETHER: Final = 20_000


@dataclass(frozen=True, kw_only=True)
class StoredNetwork:
    """A walking network laid down in a folder, of which the edges near any box can be read.

    Attributes
    ----------
    folder
        Where ``edges.npy`` and the like lie; every worker must see it under this path.
    group
        Edges of a group.
    given
        Which of ``crossing``, ``ascent_m``, ``ahead`` and ``back`` the network says.
    has_barriers
        Whether ``barriers.parquet`` lies there.
    crs, name
        As in ``WalkingNetwork``.
    """

    folder: str
    group: int
    given: frozenset[str]
    has_barriers: bool
    crs: pyproj.CRS
    name: str

    def groups(self) -> NDArray[Any]:
        """Read where the groups lie.

        Returns
        -------
        array, shape (n_groups,)
            ``box`` of their edges; ``point``, one on an edge; ``ratio``, how many times longer than it is
            walked an edge of it may be drawn; ``more_m``, metres that its shortest edges are drawn longer.
        """
        return np.asarray(np.load(Path(self.folder) / "groups.npy"))

    def read(self, boxes: NDArray[np.float64]) -> WalkingNetwork:
        """Read the edges whose bounds meet any of some boxes, and the barriers there.

        Parameters
        ----------
        boxes : shape (n, 4)
            minx, miny, maxx, maxy in the CRS of the network.

        Returns
        -------
        WalkingNetwork
            Edges and nodes in the order of the whole network; at least one edge, though it be far off.
        """
        edges, pieces = self._of_groups(np.flatnonzero(_meet(self.groups()["box"], boxes)))
        near = _meet(_bounds(edges, pieces), boxes) if len(edges) else np.zeros(0, dtype=bool)
        if not near.any():
            edges, pieces = self._of_groups(np.zeros(1, dtype=np.int64))
            near = np.arange(len(edges)) == 0
        return self._network(*_some(edges, pieces, np.flatnonzero(near)), self._barriers(boxes))

    def gap_m(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Measure how far places are from the nearest edge, however far.

        Parameters
        ----------
        xy : shape (n, 2)
            Places, in the CRS of the network.

        Returns
        -------
        array, shape (n,)
            Metres. Places near each other are asked together, of the groups alone that may be nearest.
        """
        result = np.full(len(xy), np.inf)
        if len(xy) == 0:
            return result
        groups = self.groups()
        points, tree = cKDTree(groups["point"]), shapely.STRtree(shapely.box(*groups["box"].T))
        order = np.argsort(_along(xy), kind="stable")
        for first in range(0, len(order), _TOGETHER):
            at = order[first : first + _TOGETHER]
            no_more = points.query(xy[at])[0] + _ROUNDING_M
            found = tree.query(points_at(xy[at]), predicate="dwithin", distance=no_more)[1]
            network = self._network(*self._of_groups(np.unique(found)), ())
            result[at] = snap(edge_index(network), xy[at], np.inf).leg_m
        return result

    def _of_groups(self, some: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[np.float64]]:
        """Read whole groups: their edges in the order of the whole network, and their pieces."""
        whole = np.load(Path(self.folder) / "edges.npy", mmap_mode="r")
        rows = (some[:, None] * self.group + np.arange(self.group)).ravel()
        edges = np.array(whole[rows[rows < len(whole)]])
        pieces = np.load(Path(self.folder) / "pieces.npy", mmap_mode="r")
        return _some(edges, pieces, np.argsort(edges["edge"], kind="stable"))

    def _barriers(self, boxes: NDArray[np.float64]) -> tuple[Any, ...]:
        if not self.has_barriers:
            return ()
        west, south, east, north = (f(boxes[:, i]) for i, f in enumerate((min, min, max, max)))
        around = [("west", "<=", east), ("east", ">=", west)]
        around += [("south", "<=", north), ("north", ">=", south)]
        path = Path(self.folder) / "barriers.parquet"
        return tuple(shapely.from_wkb(pq.read_table(path, filters=around)["wkb"].to_numpy()))

    def _network(
        self, edges: NDArray[Any], pieces: NDArray[np.float64], barriers: tuple[Any, ...]
    ) -> WalkingNetwork:
        n = len(edges)
        ends = np.concatenate([edges["u"], edges["v"]])
        used, first, node = np.unique(ends, return_index=True, return_inverse=True)
        u, v = node[:n].astype(np.int64), node[n:].astype(np.int64)
        length, two_way = edges["length_m"].copy(), edges["two_way"].copy()
        told = {name: edges[name].copy() if name in self.given else None for name in _GIVEN}
        rates = (told["ahead"], told["back"])
        costs = tuple(length if rate is None else length * rate for rate in rates)
        return WalkingNetwork(
            nodes=np.concatenate([edges["at_u"], edges["at_v"]])[first],
            u=u,
            v=v,
            length_m=length,
            two_way=two_way,
            segments=pieces[:, :4].copy(),
            segment_edge=np.repeat(np.arange(n), edges["pieces"]),
            segment_start_m=pieces[:, 4].copy(),
            segment_length_m=pieces[:, 5].copy(),
            graph=graph_of(u, v, (costs[0], costs[1]), two_way, len(used)),
            islands=pd.DataFrame(),
            left_out=pd.DataFrame(),
            crs=self.crs,
            name=self.name,
            barriers=barriers,
            **told,
        )


def network_store(
    network: WalkingNetwork, folder: Path, *, slope: bool = False, group: int = GROUP
) -> StoredNetwork:
    """Lay a network down, along a Hilbert curve.

    Parameters
    ----------
    network
        The whole network.
    folder
        A folder that is there.
    slope
        Whether walks downhill may cost less than their metres, as in ``with_penalties``.
    group
        Edges of a group.

    Returns
    -------
    StoredNetwork
        What it is read from.
    """
    n = len(network.u)
    edges = np.zeros(n, dtype=_EDGE)
    edges["edge"] = np.arange(n)
    edges["u"], edges["v"], edges["two_way"] = network.u, network.v, network.two_way
    edges["at_u"], edges["at_v"] = network.nodes[network.u], network.nodes[network.v]
    edges["length_m"] = network.length_m
    given = {name for name in _GIVEN if getattr(network, name) is not None}
    for name in given:
        edges[name] = getattr(network, name)
    edges["pieces"] = np.bincount(network.segment_edge, minlength=n)
    edges["first"] = np.cumsum(edges["pieces"]) - edges["pieces"]
    pieces = np.column_stack([network.segments, network.segment_start_m, network.segment_length_m])
    bounds = _bounds(edges, pieces)
    order = np.argsort(_along((bounds[:, :2] + bounds[:, 2:]) / 2), kind="stable")
    ratio, more = drawn_beyond(with_penalties(network, slope=slope))
    starts = np.arange(0, n, group)
    groups = np.zeros(len(starts), dtype=_GROUP)
    groups["box"][:, :2] = np.minimum.reduceat(bounds[order, :2], starts)
    groups["box"][:, 2:] = np.maximum.reduceat(bounds[order, 2:], starts)
    groups["ratio"] = np.maximum.reduceat(ratio[order], starts)
    groups["more_m"] = np.add.reduceat(more[order], starts)
    edges, pieces = _some(edges, pieces, order)
    groups["point"] = pieces[edges["first"][starts], :2]
    for name, array in (("edges", edges), ("pieces", pieces), ("groups", groups)):
        np.save(folder / f"{name}.npy", array)
    _write_barriers(network.barriers, folder / "barriers.parquet")
    return StoredNetwork(
        folder=str(folder),
        group=group,
        given=frozenset(given),
        has_barriers=len(network.barriers) > 0,
        crs=network.crs,
        name=network.name,
    )


def _write_barriers(barriers: tuple[Any, ...], path: Path) -> None:
    if not barriers:
        return
    shapes = np.array(barriers, dtype=object)
    bounds = dict(zip(("west", "south", "east", "north"), shapely.bounds(shapes).T, strict=True))
    table = pa.table({"wkb": pa.array(shapely.to_wkb(shapes), pa.binary()), **bounds})
    pq.write_table(table, path, row_group_size=_BARRIERS)


def _along(xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Distance of places along a Hilbert curve through all of them."""
    return np.asarray(gpd.GeoSeries(points_at(xy)).hilbert_distance(), dtype=np.int64)


def _bounds(edges: NDArray[Any], pieces: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bounds of edges that stand in the order of their pieces, shape (n, 4)."""
    low = np.minimum(pieces[:, :2], pieces[:, 2:4])
    high = np.maximum(pieces[:, :2], pieces[:, 2:4])
    first = edges["first"]
    return np.hstack([np.minimum.reduceat(low, first), np.maximum.reduceat(high, first)])


def _some(
    edges: NDArray[Any], pieces: NDArray[np.float64], chosen: NDArray[np.int64]
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Take some edges with their pieces, in the order asked for."""
    taken = edges[chosen]
    end = np.cumsum(taken["pieces"])
    places = np.arange(int(end[-1]) if len(end) else 0)
    places += np.repeat(taken["first"] - (end - taken["pieces"]), taken["pieces"])
    taken["first"] = end - taken["pieces"]
    return taken, np.array(pieces[places])


def _meet(bounds: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark bounds that meet any of some boxes; touching counts."""
    met = np.zeros(len(bounds), dtype=bool)
    for west, south, east, north in boxes:
        met |= (
            (bounds[:, 0] <= east)
            & (bounds[:, 2] >= west)
            & (bounds[:, 1] <= north)
            & (bounds[:, 3] >= south)
        )
    return met


def halo(
    groups: NDArray[Any], box: NDArray[np.float64], reach_m: float, snap_limit_m: float
) -> float:
    """Say how far around a box walks may lead that begin in it.

    Parameters
    ----------
    groups
        Of a ``StoredNetwork``.
    box : shape (4,)
        Around the places where people start.
    reach_m
        Largest walking distance.
    snap_limit_m
        Longest straight way to the network.

    Returns
    -------
    float
        Metres: the largest distance, times how much longer than they are walked edges within those metres
        are drawn. A walk that left them would have passed only edges that meet them, and be longer.
        0 where nobody walks any distance.
    """
    if reach_m <= 0:
        return 0.0
    metres = 0.0
    while True:
        margin = metres + snap_limit_m + _SLACK_M
        here = groups[_meet(groups["box"], (box + margin * np.array([-1, -1, 1, 1]))[None])]
        wider = reach_m * float(here["ratio"].max(initial=1.0)) + float(here["more_m"].sum())
        if wider <= metres:
            return metres
        metres = wider


@dataclass(frozen=True)
class NetworkNear:
    """The walking network near a part.

    Attributes
    ----------
    store
        Where it is read.
    boxes
        Around the part with its halo, and around facilities that reach beyond it, shape (n, 4).
    """

    store: StoredNetwork
    boxes: NDArray[np.float64]

    def read(self) -> WalkingNetwork:
        """Read the edges that the answers of the part can depend on."""
        return self.store.read(self.boxes)


@dataclass(frozen=True)
class WholeNetwork:
    """What only the whole network says, for a part that holds some of it.

    Attributes
    ----------
    store
        Where it is read.
    areal
        Bytes (WKB) of a facility with an area → its entrances, shape (n, 2).
    """

    store: StoredNetwork
    areal: Mapping[bytes, NDArray[np.float64]] = field(default_factory=dict)

    def gap_m(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Measure how far places are from the nearest edge, however far."""
        return self.store.gap_m(xy)

    def entrances(
        self, places: NDArray[np.object_]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Give the entrances of facilities, those with an area as the whole network has them."""
        is_areal = shapely.get_dimensions(places) > 0
        xy, of = entrances_of(places[~is_areal])
        parts, facilities = [xy], [np.flatnonzero(~is_areal)[of]]
        for at in np.flatnonzero(is_areal):
            own = self.areal[shapely.to_wkb(places[at])]
            parts.append(own)
            facilities.append(np.full(len(own), at))
        facility = np.concatenate(facilities)
        order = np.argsort(facility, kind="stable")
        return np.concatenate(parts)[order], facility[order].astype(np.int64)


def areal_entrances(
    network: WalkingNetwork, places: Iterable[NDArray[np.object_]]
) -> dict[bytes, NDArray[np.float64]]:
    """Find the entrances of facilities with an area, of which the nearest path may be far off.

    Parameters
    ----------
    network
        The whole network.
    places
        Facilities of circles that are walked.

    Returns
    -------
    dict
        Bytes (WKB) of each → its entrances, shape (n, 2).
    """
    areal = _areal(places)
    if len(areal) == 0:
        return {}
    keys, first = np.unique(shapely.to_wkb(areal, hex=True), return_index=True)
    xy, of = entrances_of(areal[first], network)
    ends = np.searchsorted(of, np.arange(len(keys) + 1))
    return {bytes.fromhex(key): xy[ends[at] : ends[at + 1]] for at, key in enumerate(keys.tolist())}


def entrances_near(
    entrances: Mapping[bytes, NDArray[np.float64]], places: Iterable[NDArray[np.object_]]
) -> dict[bytes, NDArray[np.float64]]:
    """Give the entrances of some facilities.

    Parameters
    ----------
    entrances
        As ``areal_entrances`` finds them.
    places
        Facilities, some of them with an area.

    Returns
    -------
    dict
        Those of them that have one.
    """
    return {key: entrances[key] for key in shapely.to_wkb(_areal(places)).tolist()}


def _areal(places: Iterable[NDArray[np.object_]]) -> NDArray[np.object_]:
    some = [one[shapely.get_dimensions(one) > 0] for one in places]
    return np.concatenate([np.empty(0, dtype=object), *some])
