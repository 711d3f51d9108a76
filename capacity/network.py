"""The walking network: nodes and edges as arrays, cleaned once, and a sparse graph of them.

What comes in is a table of edges in metres; what goes out is everything that snapping and searching
need. Reading files is ``inputs``; who reaches what is ``reach``.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from capacity.errors import Fault
from capacity.exact import percent, rounded

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj
    from numpy.typing import NDArray

    from capacity.errors import Severity

MINIMUM_COMPONENT: Final = 40
"""Nodes that a part of the network must have to be walked on, unless said otherwise."""

_CHUNK: Final = 50_000
# Nodes are numbered in bands of this height.
_BAND_M: Final = 500.0
# Ends of lines nearer than this are one crossing, where the edges do not name their nodes.
_SAME_PLACE_M = 0.1
# Edges between the same two nodes whose lengths differ by no more are one edge, written twice.
_SAME_LENGTH_M = 0.01
# Middles of one edge written twice differ by rounding; this keeps them off whole metres.
_OFF_GRID = 0.123456789
# A path cannot be shorter than the straight line between its ends; more than this share is a fault.
_SHORTER = 0.98
# Coordinates rounded to five places of a degree move each end of a line by a metre.
_ROUNDED_M = 2.5
# Lengths that are on the whole this far from the drawn ones are in another unit (feet are 3.28).
_OTHER_UNIT = 2.0

NO_LENGTH: Final = "of no length"
TWICE: Final = "written twice"
SMALL_PART: Final = "in a small part that nothing joins to the rest"
"""Why a row of edges is no edge of the network."""

MOTOR_CLASSES: Final = frozenset({"motorway", "motorway_link", "trunk", "trunk_link"})
"""OSM highway classes that a walking network leaves out or holds few of."""

FOOT_CLASSES: Final = frozenset(
    {"footway", "path", "pedestrian", "steps", "living_street", "track"}
)
"""OSM highway classes that every walking network holds and a drive network leaves out."""

# A network of so many edges without one foot class was extracted for cars.
_ENOUGH_EDGES = 20
_MOTOR_SHARE = 0.02


@dataclass(frozen=True)
class WalkingNetwork:
    """A cleaned walking network in a metric CRS.

    Attributes
    ----------
    nodes
        Coordinates, float64, shape (n_nodes, 2).
    u, v
        Node at the beginning and at the end of each edge, int64, shape (n_edges,).
    length_m
        Walking length of each edge, over or equal to 0, float64, shape (n_edges,).
    two_way
        Whether an edge is walked both ways; False is from ``u`` to ``v`` only, shape (n_edges,).
    segments
        Straight pieces of the edges: x and y of the beginning and of the end, shape (n_segments, 4).
    segment_edge
        Edge of each piece, int64, ascending, shape (n_segments,).
    segment_start_m, segment_length_m
        Walking length from ``u`` to the beginning of the piece, and of the piece.
    graph
        Sparse matrix of walking lengths, row to column, shape (n_nodes, n_nodes).
    islands
        Every connected part, the largest first: ``nodes``, ``edges``, ``length_m``, ``x``, ``y`` (of
        one of its nodes) and ``kept``.
    left_out
        Every row that is no edge of the network: ``row`` and ``reason``.
    crs
        Metric CRS.
    name
        Name that outputs print, such as the file.
    barriers
        Polygons that no straight way to the network may cross: rivers, railways, walls. Edges may,
        where there is a bridge or a gate.
    crossing
        Which edges cross a street, shape (n_edges,); None where nothing says so.
    ascent_m
        Metres that each edge climbs from ``u`` to ``v``, negative downwards, shape (n_edges,); None
        where nothing says so.
    ahead, back
        What a metre of each edge costs from ``u`` to ``v`` and from ``v`` to ``u``, in metres of a walk
        on the level, shape (n_edges,); None where every metre costs one. ``graph`` has the costs.
    """

    nodes: NDArray[np.float64]
    u: NDArray[np.int64]
    v: NDArray[np.int64]
    length_m: NDArray[np.float64]
    two_way: NDArray[np.bool_]
    segments: NDArray[np.float64]
    segment_edge: NDArray[np.int64]
    segment_start_m: NDArray[np.float64]
    segment_length_m: NDArray[np.float64]
    graph: csr_array
    islands: pd.DataFrame
    left_out: pd.DataFrame
    crs: pyproj.CRS
    name: str = ""
    barriers: tuple[Any, ...] = ()
    crossing: NDArray[np.bool_] | None = None
    ascent_m: NDArray[np.float64] | None = None
    ahead: NDArray[np.float64] | None = None
    back: NDArray[np.float64] | None = None

    def __repr__(self) -> str:
        """Sizes, not arrays."""
        total = self.length_m.sum() / 1000
        return f"<WalkingNetwork: {len(self.nodes):,} nodes, {len(self.u):,} edges, {rounded(total, 1)} km>"


def with_penalties(
    network: WalkingNetwork, *, crossing_m: float = 0.0, slope: bool = False
) -> WalkingNetwork:
    r"""Make walks dearer where they cross streets, and dearer or cheaper where they climb.

    Parameters
    ----------
    network
        A cleaned network.
    crossing_m
        What crossing a street costs, in metres of a walk on the level: seconds × speed. It is spread
        over the length of the edges that cross one.
    slope
        Whether a walk up or down takes the time of Tobler's hiking function, relative to the level:
        a metre of slope :math:`s` costs :math:`e^{3.5 |s + 0.05| - 0.175}` metres.

    Returns
    -------
    WalkingNetwork
        With ``ahead``, ``back`` and ``graph``; the same network if nothing in it crosses or climbs.

    Notes
    -----
    The least time is that of a descent of 5 %, 0.84 of the time on the level; up 10 % it takes 1.42
    times as long, down 10 % as long as on the level. Speeds on the level stay those of the settings.

    References
    ----------
    Tobler, W. (1993), Three presentations on geographical analysis and modeling. National Center for
    Geographic Information and Analysis, Technical Report 93-1.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from capacity import walking_network
    >>> from shapely import LineString
    >>> hill = gpd.GeoDataFrame({"up": [10.0]}, geometry=[LineString([(0, 0), (100, 0)])], crs=4547)
    >>> up = with_penalties(walking_network(hill, columns={"ascent": "up"}), slope=True)
    >>> up.ahead.round(3).tolist(), up.back.round(3).tolist()
    ([1.419], [1.0])
    """
    ahead, back = np.ones(len(network.u)), np.ones(len(network.u))
    long = network.length_m > 0
    length = np.where(long, network.length_m, 1.0)
    if slope and network.ascent_m is not None:
        climb = np.where(long, network.ascent_m / length, 0.0)
        ahead, back = (np.exp(3.5 * np.abs(s + 0.05) - 0.175) for s in (climb, -climb))
    if crossing_m > 0 and network.crossing is not None:
        wait = np.where(network.crossing & long, crossing_m / length, 0.0)
        ahead, back = ahead + wait, back + wait
    if (ahead == 1).all() and (back == 1).all():
        return network
    costs = network.length_m * ahead, network.length_m * back
    graph = graph_of(network.u, network.v, costs, network.two_way, len(network.nodes))
    return dataclasses.replace(network, ahead=ahead, back=back, graph=graph)


def build_network(
    edges: gpd.GeoDataFrame, *, minimum_component: int = MINIMUM_COMPONENT
) -> tuple[WalkingNetwork | None, list[Fault]]:
    """Clean a table of edges once and lay it out as arrays.

    Edges that stand twice (once in each direction) are one; edges of no length from a node to itself
    are dropped; parts with fewer than ``minimum_component`` nodes are left out, never the largest.

    Parameters
    ----------
    edges
        LineStrings in a metric CRS, with ``u`` and ``v`` (text, empty where the ends of the lines
        say it), ``length_m`` (float64, NaN to measure the line), ``one_way`` (boolean), ``highway``
        (text, empty where unknown), ``file`` and ``row``; and, where they are known, ``crossing``
        (boolean) and ``ascent_m`` (float64, from ``u`` to ``v``).
    minimum_component
        Nodes that a connected part must have to be kept.

    Returns
    -------
    tuple
        The network, None if any fault is an error; and the faults.
    """
    faults = _check_lines(edges)
    if not faults:
        faults += check_drive(edges)
    if any(fault.severity == "error" for fault in faults):
        return None, faults
    lines = np.asarray(edges.geometry.array)
    u, v, lines = _nodes_of(edges, lines)
    drawn = shapely.length(lines)
    length = edges["length_m"].to_numpy(dtype=np.float64)
    length = np.where(np.isnan(length), drawn, length)
    faults += _check_lengths(edges, length, drawn, lines)
    if any(fault.severity == "error" for fault in faults):
        return None, faults
    empty = (u == v) & (length == 0)
    faults += _at_rows(
        edges,
        empty,
        "walking.no_length",
        "edges of no length in {n} of {total} rows; they were left out.",
        severity="info",
    )
    if steep := _check_ascent(edges, length):
        return None, faults + steep
    row = edges["row"].to_numpy(dtype=np.int64)
    told = (edges[name].to_numpy() if name in edges else None for name in ("crossing", "ascent_m"))
    raw = _Edges(u, v, length, lines, edges["one_way"].to_numpy(dtype=bool), row, *told)
    once = _once(raw, ~empty)
    part, islands = _components(once, minimum_component)
    faults += _island_faults(islands, str(edges["file"].iloc[0]))
    is_kept = islands["kept"].to_numpy(dtype=bool)[part[once.u]]
    by_size = islands.sort_values("nodes", ascending=False, kind="stable", ignore_index=True)
    left_out = _left_out(row, {NO_LENGTH: row[empty], SMALL_PART: once.row[~is_kept]}, once.row)
    network = _lay_out(once.of(is_kept), by_size, left_out, edges.crs)
    return network, faults


def _left_out(
    row: NDArray[np.int64], reasons: dict[str, NDArray[np.int64]], once: NDArray[np.int64]
) -> pd.DataFrame:
    """Say of every row that is no edge why; what is neither empty nor kept once is there twice."""
    told = np.concatenate([reasons[NO_LENGTH], once])
    rows = {**reasons, TWICE: row[~np.isin(row, told)]}
    words = np.repeat(np.array(list(rows), dtype=object), [len(some) for some in rows.values()])
    frame = pd.DataFrame(
        {
            "row": np.concatenate(list(rows.values())),
            "reason": pd.Categorical(words, categories=list(rows)),
        }
    )
    return frame.sort_values("row", kind="stable", ignore_index=True)


@dataclass(frozen=True)
class _Edges:
    """Edges on the way from a table to a network."""

    u: NDArray[np.int64]
    v: NDArray[np.int64]
    length: NDArray[np.float64]
    lines: NDArray[np.object_]
    one_way: NDArray[np.bool_]
    row: NDArray[np.int64]
    crossing: NDArray[np.bool_] | None = None
    ascent: NDArray[np.float64] | None = None

    def of(self, some: NDArray[Any]) -> _Edges:
        """Take some of them."""
        arrays = (self.u, self.v, self.length, self.lines, self.one_way, self.row)
        told = (self.crossing, self.ascent)
        return _Edges(
            *(array[some] for array in arrays),
            *(None if array is None else array[some] for array in told),
        )


# --- checks ---------------------------------------------------------------------------------


def _at_rows(
    edges: gpd.GeoDataFrame,
    bad: NDArray[np.bool_],
    code: str,
    message: str,
    mend: str = "",
    *,
    column: str = "",
    severity: Severity = "error",
) -> list[Fault]:
    """Report marked rows, one fault per file."""
    faults = []
    files = edges["file"].to_numpy(dtype=object)
    rows = edges["row"].to_numpy(dtype=np.int64)
    for file in dict.fromkeys(files[bad].tolist()):
        here = bad & (files == file)
        n, total = int(here.sum()), int((files == file).sum())
        faults.append(
            Fault(
                severity=severity,
                code=code,
                message=message.replace("{n}", f"{n:,}").replace("{total}", f"{total:,}"),
                mend=mend,
                file=file,
                rows=tuple(rows[here].tolist()),
                column=column,
                count=n,
            )
        )
    return faults


def _check_lines(edges: gpd.GeoDataFrame) -> list[Fault]:
    lines = np.asarray(edges.geometry.array)
    missing = shapely.is_missing(lines) | shapely.is_empty(lines)
    faults = _at_rows(
        edges,
        missing,
        "walking.no_geometry",
        "no line in {n} of {total} rows.",
        "Draw the lines, give a table of nodes with [walking] nodes, or drop the rows with where.",
    )
    other = ~missing & (shapely.get_type_id(lines) != shapely.GeometryType.LINESTRING)
    return faults + _at_rows(
        edges,
        other,
        "walking.not_lines",
        "not a single line in {n} of {total} rows (points, polygons, or lines in several pieces).",
        "Give the layer of edges; explode lines of several pieces into single ones.",
    )


def check_drive(edges: pd.DataFrame) -> list[Fault]:
    """Recognise a network that was extracted for cars.

    Parameters
    ----------
    edges
        With ``highway`` (OSM classes, several joined by ``;`` or ``,``, empty where unknown) and
        ``file``.

    Returns
    -------
    list of Fault
        ``walking.drive_network``, or none: where no class is known, nothing can be told.
    """
    classes = edges["highway"].astype("str").str.lower()
    known = classes[classes != ""]
    if len(known) < _ENOUGH_EDGES:
        return []
    words, positions = np.unique(known.to_numpy(dtype=str), return_inverse=True)
    split = [set(word.strip("[]").replace("'", "").replace(",", ";").split(";")) for word in words]
    named = [{part.strip() for part in parts} for parts in split]
    foot = np.array([bool(parts & FOOT_CLASSES) for parts in named])[positions]
    motor = np.array([bool(parts & MOTOR_CLASSES) for parts in named])[positions]
    reasons = []
    if not foot.any():
        reasons.append(
            f"none of its {len(known):,} edges is a footway, path, steps or pedestrian street"
        )
    if motor.mean() > _MOTOR_SHARE:
        reasons.append(f"{percent(motor.mean())} of its edges are motorways or trunk roads")
    if not reasons or (len(reasons) == 1 and foot.mean() > _MOTOR_SHARE):
        return []
    return [
        Fault(
            severity="error",
            code="walking.drive_network",
            message=f"this is a network for cars, not for walking: {' and '.join(reasons)}. Walks "
            "measured on it would be wrong.",
            mend="Extract the network for walking (in OSMnx network_type='walk'), or give the .osm.pbf "
            "file. If people really walk on nothing else here, leave the column out: columns.highway = ''.",
            file=str(edges["file"].iloc[0]),
            column="highway",
        )
    ]


def _check_lengths(
    edges: gpd.GeoDataFrame,
    length: NDArray[np.float64],
    drawn: NDArray[np.float64],
    lines: NDArray[np.object_],
) -> list[Fault]:
    """Find lengths that no walk can have: none, negative, or shorter than the straight line."""
    mend = 'Correct the length, or set length = "" in the columns to measure the drawn lines.'
    faults = _at_rows(
        edges,
        ~(length >= 0) | np.isinf(length),
        "walking.bad_length",
        "a negative or infinite length in {n} of {total} rows.",
        mend,
        column="length",
    )
    faults += _at_rows(
        edges,
        (length == 0) & (drawn > _SAME_LENGTH_M),
        "walking.zero_length",
        "length 0 in {n} of {total} rows whose line has a length: people would walk them in no time.",
        mend,
        column="length",
    )
    if faults:
        return faults
    known = (drawn > 1) & (length > 0)
    ratio = float(np.median(length[known] / drawn[known])) if known.any() else 1.0
    if not 1 / _OTHER_UNIT < ratio < _OTHER_UNIT:
        return [
            Fault(
                severity="error",
                code="walking.length_unit",
                message=f"the lengths are {ratio:.3g} times those of the drawn lines: they are not in "
                "metres.",
                mend='Convert the lengths to metres, or set length = "" in the columns.',
                file=str(edges["file"].iloc[0]),
                column="length",
            )
        ]
    start, end = _ends_of(lines)
    straight = np.hypot(*(start - end).T)
    return _at_rows(
        edges,
        length < _SHORTER * straight - _ROUNDED_M,
        "walking.too_short",
        "a length below the straight line between the ends in {n} of {total} rows.",
        mend,
        column="length",
        severity="warning",
    )


def _check_ascent(edges: gpd.GeoDataFrame, length: NDArray[np.float64]) -> list[Fault]:
    """Find edges that climb or fall more than they are long: metres in another unit, or exchanged."""
    if "ascent_m" not in edges:
        return []
    ascent = edges["ascent_m"].to_numpy(dtype=np.float64)
    return _at_rows(
        edges,
        np.abs(ascent) > length,
        "walking.steep",
        "a climb or fall of more than the length in {n} of {total} rows.",
        "Give metres from u to v, negative downwards (no percent, no heights above the sea).",
        column="ascent",
    )


def _island_faults(islands: pd.DataFrame, file: str) -> list[Fault]:
    dropped = islands[~islands["kept"]]
    kept = int(islands["kept"].sum())
    faults = []
    if len(dropped):
        faults.append(
            Fault(
                severity="info",
                code="walking.islands_left_out",
                message=f"{len(dropped):,} small parts that no path joins to the rest were left out: "
                f"{int(dropped['nodes'].sum()):,} nodes, {int(dropped['edges'].sum()):,} edges.",
                mend="Join them where there is a path; minimum_component says how large a part must be.",
                file=file,
                count=len(dropped),
                amount=float(dropped["length_m"].sum()),
                unit="m",
            )
        )
    if kept > 1:
        faults.append(
            Fault(
                severity="warning",
                code="walking.disconnected",
                message=f"the network falls into {kept:,} parts that no path joins; nobody walks from "
                "one to another.",
                mend="Check for missing bridges and for lines that end short of each other.",
                file=file,
                count=kept,
            )
        )
    return faults


# --- cleaning -------------------------------------------------------------------------------


def _nodes_of(
    edges: gpd.GeoDataFrame, lines: NDArray[np.object_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.object_]]:
    """Give every node a number; lines that were drawn from v to u are turned around."""
    named = edges["u"].astype("str").to_numpy(dtype=object)
    other = edges["v"].astype("str").to_numpy(dtype=object)
    if (named == "").any() or (other == "").any():
        return *_nodes_by_place(lines), lines
    labels, _ = pd.factorize(np.concatenate([named, other]))
    u, v = labels[: len(lines)].astype(np.int64), labels[len(lines) :].astype(np.int64)
    turned = _drawn_backwards(u, v, lines)
    if turned.any():
        lines = lines.copy()
        lines[turned] = shapely.reverse(lines[turned])
    return u, v, lines


def _ends_of(
    lines: NDArray[np.object_],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coordinates at which lines begin and end, without a point for each."""
    xy = shapely.get_coordinates(lines)
    last = np.cumsum(shapely.get_num_coordinates(lines)) - 1
    return xy[np.append(0, last[:-1] + 1)[: len(lines)]], xy[last]


def _nodes_by_place(
    lines: NDArray[np.object_],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    ends = np.concatenate(_ends_of(lines))
    places, at = np.unique(ends, axis=0, return_inverse=True)
    near = cKDTree(places).query_pairs(_SAME_PLACE_M, output_type="ndarray")
    links = csr_array(
        (np.ones(len(near)), (near[:, 0], near[:, 1])), shape=(len(places), len(places))
    )
    _, label = connected_components(links, directed=False)
    node = np.asarray(label, dtype=np.int64)[at.ravel()]
    return node[: len(lines)], node[len(lines) :]


def _drawn_backwards(
    u: NDArray[np.int64], v: NDArray[np.int64], lines: NDArray[np.object_]
) -> NDArray[np.bool_]:
    """Mark lines whose beginning is at v: each node is where most ends of its edges meet."""
    start, end = _ends_of(lines)
    first = np.full((max(int(u.max()), int(v.max())) + 1, 2), np.nan)
    first[v] = end
    first[u] = start
    astray = np.hypot(*(first[v] - end).T) + np.hypot(*(first[u] - start).T)
    if not (astray > 1.0).any():
        return np.zeros(len(u), dtype=bool)
    place = _places_by_vote(u, v, start, end, len(first))

    def gap(node: NDArray[np.int64], xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.nan_to_num(np.hypot(*(place[node] - xy).T)))

    return np.asarray(gap(u, end) + gap(v, start) < gap(u, start) + gap(v, end) - 1e-6)


def _places_by_vote(
    u: NDArray[np.int64],
    v: NDArray[np.int64],
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    n_nodes: int,
) -> NDArray[np.float64]:
    """Place each node where most of its edges end; NaN where none is more frequent."""
    votes = pd.DataFrame(
        {
            "node": np.concatenate([u, u, v, v]),
            "x": np.concatenate([start[:, 0], end[:, 0]] * 2).round(1),
            "y": np.concatenate([start[:, 1], end[:, 1]] * 2).round(1),
        }
    )
    # one edge written twice, once in each direction, is one vote for each of its ends
    counted = votes.groupby(["node", "x", "y"], sort=False).size().rename("n").reset_index()
    best = counted.sort_values(["node", "n"], ascending=[True, False], kind="stable")
    top = best.groupby("node").head(2)
    most = top.groupby("node")["n"].agg(["first", "last", "size"])
    clear = most.index[(most["first"] > most["last"]) | (most["size"] == 1)]
    first = top.drop_duplicates("node").set_index("node").loc[clear]
    place = np.full((n_nodes, 2), np.nan)
    place[clear.to_numpy()] = first[["x", "y"]].to_numpy()
    return place


def _once(edges: _Edges, usable: NDArray[np.bool_]) -> _Edges:
    """Keep each edge once.

    Edges between the same nodes, of the same length and with the same middle are one edge; it is
    two-way if any of them is, or if two one-way ones run against each other.
    """
    u, v, length, one_way = edges.u, edges.v, edges.length, edges.one_way
    rows = np.flatnonzero(usable)
    a, b = np.minimum(u, v)[rows], np.maximum(u, v)[rows]
    x, y = np.floor(_middles(edges.lines[rows]).T + _OFF_GRID).astype(np.int64)
    rounded = np.round(length[rows] / _SAME_LENGTH_M).astype(np.int64)
    order = np.lexsort((rows, rounded, y, x, b, a))
    same = [np.diff(key[order]) == 0 for key in (a, b, x, y)]
    near = np.logical_and.reduce([*same, np.diff(rounded[order]) <= 1])
    rows = rows[order]
    group = np.concatenate([np.zeros(min(1, len(rows)), dtype=np.int64), np.cumsum(~near)])
    n_groups = int(group[-1]) + 1 if len(group) else 0
    forward, backward = np.zeros(n_groups, dtype=bool), np.zeros(n_groups, dtype=bool)
    ahead = u[rows] <= v[rows]
    forward[group[ahead | ~one_way[rows]]] = True
    backward[group[~ahead | ~one_way[rows]]] = True
    # rows of a group that is walked one way all run that way: the first stands for them
    keep = rows[np.concatenate([np.ones(min(1, len(rows)), dtype=bool), ~near])]
    return dataclasses.replace(edges.of(keep), one_way=~(forward & backward))


def _middles(lines: NDArray[np.object_]) -> NDArray[np.float64]:
    """Coordinates half-way along each line; never a point for each of them at once."""
    xy = np.empty((len(lines), 2))
    for first in range(0, len(lines), _CHUNK):
        some = slice(first, first + _CHUNK)
        points = shapely.line_interpolate_point(lines[some], 0.5, normalized=True)
        xy[some] = shapely.get_coordinates(points)
    return xy


def _components(edges: _Edges, minimum: int) -> tuple[NDArray[np.int64], pd.DataFrame]:
    """Label the connected part of every node, and describe the parts."""
    u, v, length, lines = edges.u, edges.v, edges.length, edges.lines
    n_nodes = int(max(u.max(initial=-1), v.max(initial=-1))) + 1
    links = csr_array((np.ones(len(u)), (u, v)), shape=(n_nodes, n_nodes))
    _, found = connected_components(links, directed=False)
    used = np.zeros(n_nodes, dtype=bool)
    used[u] = used[v] = True
    part = np.asarray(found, dtype=np.int64)
    # nodes of dropped edges are no parts
    labels, part_of_used = np.unique(part[used], return_inverse=True)
    part = np.full(n_nodes, -1, dtype=np.int64)
    part[used] = part_of_used
    n_parts = len(labels)
    sizes = np.bincount(part[used], minlength=n_parts)
    place = np.zeros((n_parts, 2))
    place[part[u][::-1]] = _ends_of(lines)[0][::-1]
    islands = pd.DataFrame(
        {
            "nodes": sizes,
            "edges": np.bincount(part[u], minlength=n_parts),
            "length_m": np.bincount(part[u], weights=length, minlength=n_parts),
            "x": place[:, 0],
            "y": place[:, 1],
            "kept": (sizes >= minimum) | (sizes == sizes.max(initial=0)),
        }
    )
    return part, islands


# --- layout ---------------------------------------------------------------------------------


def _lay_out(
    edges: _Edges, islands: pd.DataFrame, left_out: pd.DataFrame, crs: pyproj.CRS
) -> WalkingNetwork:
    u, v, length, lines, two_way = edges.u, edges.v, edges.length, edges.lines, ~edges.one_way
    used, ends = np.unique(np.concatenate([u, v]), return_inverse=True)
    u, v = ends[: len(u)].astype(np.int64), ends[len(u) :].astype(np.int64)
    nodes = np.zeros((len(used), 2))
    nodes[u], nodes[v] = _ends_of(lines)
    nodes, u, v = _by_place(nodes, u, v)
    xy, edge = shapely.get_coordinates(lines, return_index=True)
    joined = edge[1:] == edge[:-1]
    segments = np.hstack([xy[:-1], xy[1:]])[joined]
    segment_edge = edge[:-1][joined].astype(np.int64)
    drawn = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
    whole = np.bincount(segment_edge, weights=drawn, minlength=len(u))
    scale = np.divide(length, whole, out=np.zeros_like(length), where=whole > 0)
    walked = drawn * scale[segment_edge]
    before = np.concatenate([np.zeros(1), np.cumsum(walked)])[:-1]
    first = np.searchsorted(segment_edge, np.arange(len(u)))
    return WalkingNetwork(
        nodes=nodes,
        u=u,
        v=v,
        length_m=length,
        two_way=two_way,
        segments=segments,
        segment_edge=segment_edge,
        segment_start_m=np.maximum(0.0, before - before[first][segment_edge]),
        segment_length_m=walked,
        graph=graph_of(u, v, (length, length), two_way, len(used)),
        crossing=edges.crossing,
        ascent_m=edges.ascent,
        islands=islands,
        left_out=left_out,
        crs=crs,
    )


def _by_place(
    nodes: NDArray[np.float64], u: NDArray[np.int64], v: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Give nodes numbers in bands: those that follow each other lie near each other.

    What is walked together is then near in memory too, however a file is sorted.
    """
    order = np.lexsort((nodes[:, 0], np.floor(nodes[:, 1] / _BAND_M)))
    number = np.empty(len(nodes), dtype=np.int64)
    number[order] = np.arange(len(nodes))
    return nodes[order], number[u], number[v]


def graph_of(
    u: NDArray[np.int64],
    v: NDArray[np.int64],
    costs: tuple[NDArray[np.float64], NDArray[np.float64]],
    two_way: NDArray[np.bool_],
    n_nodes: int,
) -> csr_array:
    """Make the sparse matrix of costs, u to v and back; of parallel edges the shortest counts.

    Parameters
    ----------
    u, v : shape (n_edges,)
        Nodes at the beginning and at the end of edges.
    costs : two arrays, shape (n_edges,)
        What each costs from u to v, and from v to u.
    two_way : shape (n_edges,)
        Whether it is walked from v to u.
    n_nodes
        Number of nodes.

    Returns
    -------
    csr_array, shape (n_nodes, n_nodes)
        Row to column. Costs of 0 are stored: they join two nodes at no cost.
    """
    row = np.concatenate([u, v[two_way]])
    column = np.concatenate([v, u[two_way]])
    ahead, back = costs
    weight = np.concatenate([ahead, back[two_way]])
    order = np.lexsort((weight, column, row))
    row, column, weight = row[order], column[order], weight[order]
    first = np.ones(len(row), dtype=bool)
    first[1:] = (np.diff(row) != 0) | (np.diff(column) != 0)
    first &= row != column
    counts = np.bincount(row[first], minlength=n_nodes)
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])
    index = np.int32  # scipy's searches work on it
    return csr_array(
        (weight[first], column[first].astype(index), starts.astype(index)),
        shape=(n_nodes, n_nodes),
    )
