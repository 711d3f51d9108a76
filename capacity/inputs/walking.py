"""Walking networks as planners have them, brought to the one table that ``network`` cleans.

Edge layers, tables of nodes and edges, GraphML and graphs of OSMnx or NetworkX, and OpenStreetMap
extracts (``osm``). Nothing is opened here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from capacity.errors import Fault, InputError
from capacity.inputs import check
from capacity.inputs.columns import Wanted, find_columns
from capacity.inputs.crs import check_metric, metric_crs_for, to_lonlat
from capacity.inputs.frames import Layer, flag_of, number_of, samples, text_of
from capacity.network import MINIMUM_COMPONENT, build_network

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from capacity.network import WalkingNetwork


UNSOUGHT: Final = frozenset({"one_way", "crossing", "ascent"})
"""Columns that are read only if they are named: people walk both ways, whatever cars may do."""


@dataclass(frozen=True, kw_only=True)
class Walking:
    """A walking network in its own CRS, not yet cleaned.

    Attributes
    ----------
    edges
        As ``build_network`` takes them.
    minimum_component
        Nodes that a connected part must have.
    barriers
        Polygons with ``file`` and ``row``, in their own CRS; None where there are none.
    """

    edges: gpd.GeoDataFrame
    minimum_component: int = MINIMUM_COMPONENT
    barriers: gpd.GeoDataFrame | None = None


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """A walking network cleaned, with what is needed to check it against other units again.

    Attributes
    ----------
    network
        As ``build_network`` gives it, with its name and barriers.
    faults
        Warnings and facts found while it was cleaned.
    n_edges
        Rows of edges that it was made of.
    bounds, own_crs
        Box of these edges, in their own CRS.
    """

    network: WalkingNetwork
    faults: tuple[Fault, ...]
    n_edges: int
    bounds: tuple[float, float, float, float]
    own_crs: pyproj.CRS


def normalise_edges(
    layer: Layer, nodes: Layer | None = None
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Give a layer of edges our columns; edges without a line run straight between their nodes.

    Parameters
    ----------
    layer
        Edges as read.
    nodes
        Nodes as read, with the key ``id``: points.

    Returns
    -------
    tuple
        ``u``, ``v``, ``length_m``, ``one_way``, ``highway``, ``crossing`` and ``ascent_m`` where their
        columns are named, ``file``, ``row`` and lines in the CRS of
        the layer; and the faults of single cells.
    """
    if not {"u", "v"} <= set(layer.columns):
        columns = {key: name for key, name in layer.columns.items() if key not in {"u", "v"}}
        layer = replace(layer, columns=columns)
    length, faults = number_of(layer, "length", negative_allowed=True)
    one_way, more = flag_of(layer, "one_way", {"-1": True, "reversible": False})
    faults += more
    if "length" in layer.columns:
        faults += layer.faults(
            length.isna().to_numpy(dtype=bool),
            "walking.missing_length",
            "no length in {n} of {total}.",
            "Fill in the lengths, in metres, or measure the drawn lines.",
            "length",
        )
    penalties, more = _penalties_of(layer)
    faults += more
    u, v = text_of(layer, "u"), text_of(layer, "v")
    if "u" in layer.columns:
        nameless = ((u == "") | (v == "")).to_numpy(dtype=bool)
        faults += layer.faults(
            nameless,
            "walking.unknown_node",
            "no node at one end or both in {n} of {total}.",
            "Fill in both nodes, or let lines be joined where they end.",
            "u",
        )
    lines, crs = _single(np.asarray(layer.frame.geometry.array)), layer.frame.crs
    if nodes is not None:
        lines, crs, more = _between_nodes(layer, lines, (u, v), nodes)
        faults += more
    backwards = (text_of(layer, "one_way") == "-1").to_numpy(dtype=bool)
    if "ascent_m" in penalties:
        penalties["ascent_m"] = penalties["ascent_m"] * np.where(backwards, -1.0, 1.0)
    frame = gpd.GeoDataFrame(
        {
            "u": np.where(backwards, v, u),
            "v": np.where(backwards, u, v),
            "length_m": length.to_numpy(dtype=np.float64),
            "one_way": one_way.fillna(value=False).to_numpy(dtype=bool),
            "highway": text_of(layer, "highway").to_numpy(dtype=object),
            **penalties,
            "file": layer.file,
            "row": layer.rows,
        },
        geometry=gpd.GeoSeries(np.where(backwards, _reversed(lines), lines), crs=crs),
    )
    return frame, faults


def _penalties_of(layer: Layer) -> tuple[dict[str, NDArray[Any]], list[Fault]]:
    """Take which edges cross a street and how far each climbs, where columns are named for it."""
    columns: dict[str, NDArray[Any]] = {}
    faults: list[Fault] = []
    if "crossing" in layer.columns:
        crossing, faults = flag_of(layer, "crossing", _CROSSINGS)
        columns["crossing"] = crossing.fillna(value=False).to_numpy(dtype=bool)
    if "ascent" in layer.columns:
        ascent, more = number_of(layer, "ascent", negative_allowed=True)
        columns["ascent_m"] = ascent.to_numpy(dtype=np.float64)
        faults += more + layer.faults(
            ascent.isna().to_numpy(dtype=bool),
            "walking.missing_ascent",
            "no ascent in {n} of {total}.",
            "Fill in the metres climbed from u to v, 0 where it is level.",
            "ascent",
        )
    return columns, faults


# words of footway=* in OpenStreetMap
_CROSSINGS: Final = {"crossing": True, "sidewalk": False, "traffic_island": False, "link": False}


def _reversed(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    return np.asarray(shapely.reverse(lines), dtype=object)


def _single(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Take lines out of their collections where they can be one, without heights."""
    result = np.asarray(shapely.force_2d(lines), dtype=object)
    several = shapely.get_type_id(result) == shapely.GeometryType.MULTILINESTRING
    if several.any():
        result[several] = shapely.line_merge(result[several])
    return result


def _between_nodes(
    layer: Layer,
    lines: NDArray[np.object_],
    ends: tuple[pd.Series[str], pd.Series[str]],
    nodes: Layer,
) -> tuple[NDArray[np.object_], pyproj.CRS | None, list[Fault]]:
    """Draw edges without a line straight between their nodes."""
    names = text_of(nodes, "id")
    geometry = np.asarray(nodes.frame.geometry.array)
    placed = shapely.get_type_id(geometry) == shapely.GeometryType.POINT
    place = pd.Series(geometry[placed], index=names[placed]).groupby(level=0).first()
    empty = shapely.is_missing(lines) | shapely.is_empty(lines)
    if "u" not in layer.columns:
        return lines, layer.frame.crs, []
    known = np.array([*place, None], dtype=object)  # the last stands for unknown nodes
    at = [known[place.index.get_indexer(pd.Index(end))] for end in ends]
    lost = empty & (shapely.is_missing(at[0]) | shapely.is_missing(at[1]))
    unknown = [end[lost & shapely.is_missing(there)] for end, there in zip(ends, at, strict=True)]
    faults = layer.faults(
        lost,
        "walking.unknown_node",
        f"nodes that the table of nodes does not place in {{n}} of {{total}}: "
        f"{samples(pd.concat(unknown))}.",
        f"Add them to {nodes.file} with coordinates, or correct the edges.",
        "u",
    )
    draw = empty & ~lost
    ways = np.stack([shapely.get_coordinates(at[0][draw]), shapely.get_coordinates(at[1][draw])], 1)
    lines = lines.copy()
    lines[draw] = shapely.linestrings(ways)
    drawn_before = not empty.all()
    return lines, layer.frame.crs if drawn_before else nodes.frame.crs, faults


def network_in(
    walking: Walking | Cleaned,
    crs: pyproj.CRS,
    units_box: tuple[float, float, float, float] | None,
) -> tuple[Cleaned | None, list[Fault]]:
    """Check a network against the units, bring it into their CRS and clean it.

    Parameters
    ----------
    walking
        In its own CRS; or cleaned before, in ``crs``.
    crs
        Metric CRS.
    units_box
        Box of the units in degrees, None where they have no place.

    Returns
    -------
    tuple
        The network, None if any fault is an error; and the faults.
    """
    if isinstance(walking, Cleaned):
        place = gpd.GeoDataFrame(geometry=[shapely.box(*walking.bounds)], crs=walking.own_crs)
        faults = _elsewhere(place, units_box, walking.network.name)
        return (None, faults) if faults else (walking, list(walking.faults))
    edges = walking.edges
    faults = check.check_not_empty(len(edges), _file_of(edges), "edges", "Check the file.")
    if faults or edges.crs is None:
        return None, faults
    faults = check.check_coordinates(edges) + check.check_metres(edges)
    faults = faults or _elsewhere(edges, units_box, _file_of(edges))
    walls, more = _barriers_in(walking.barriers, crs)
    faults += more
    if any(fault.severity == "error" for fault in faults):
        return None, faults
    network, more = build_network(edges.to_crs(crs), minimum_component=walking.minimum_component)
    faults += more
    if network is None:
        return None, faults
    west, south, east, north = map(float, edges.total_bounds)
    cleaned = Cleaned(
        network=replace(network, name=_file_of(edges), barriers=walls),
        faults=tuple(faults),
        n_edges=len(edges),
        bounds=(west, south, east, north),
        own_crs=edges.crs,
    )
    return cleaned, faults


def _elsewhere(
    edges: gpd.GeoDataFrame, units_box: tuple[float, float, float, float] | None, file: str
) -> list[Fault]:
    if units_box is None or not np.isfinite(edges.total_bounds).all():
        return []
    return check.check_meeting(edges, units_box, file)


def _file_of(frame: gpd.GeoDataFrame) -> str:
    return str(frame["file"].iloc[0]) if len(frame) else ""


def _barriers_in(
    barriers: gpd.GeoDataFrame | None, crs: pyproj.CRS
) -> tuple[tuple[Any, ...], list[Fault]]:
    if barriers is None or len(barriers) == 0 or barriers.crs is None:
        return (), []
    faults = check.check_polygons(barriers, "walking") + check.check_coordinates(barriers)
    if faults:
        return (), faults
    return tuple(barriers.to_crs(crs).geometry.array), []


# --- in memory ------------------------------------------------------------------------------


def walking_network(
    edges: object,
    nodes: gpd.GeoDataFrame | pd.DataFrame | None = None,
    *,
    crs: object = None,
    columns: Mapping[str, str] | None = None,
    barriers: Sequence[Any] = (),
    minimum_component: int = MINIMUM_COMPONENT,
    name: str = "",
) -> WalkingNetwork:
    """Clean a walking network and lay it out as arrays, with the checks that files get.

    Edges that stand twice (once in each direction) are one, edges of no length are dropped, and
    small parts that nothing joins to the rest are left out and listed in ``islands``. A network that
    was extracted for cars is refused. Edges are walked both ways unless a column says otherwise.

    Parameters
    ----------
    edges
        GeoDataFrame of lines, or a table of edges with ``nodes``, or a graph of OSMnx or NetworkX
        (nodes with ``x`` and ``y``, graph with ``crs``). The columns ``u``, ``v``, ``length``
        (metres) and ``highway`` are read where they are there; without ``u`` and ``v`` lines are
        joined where they end, to 0.1 m; without ``length`` the lines are measured.
    nodes
        Points with ``id`` for edges without lines; or a table with ``id``, ``x`` and ``y`` in ``crs``.
    crs
        Metric CRS to measure in. None keeps that of the edges where it measures well, or chooses one.
    columns
        Other names of columns: ``u``, ``v``, ``length``, ``highway``; and ``one_way``, ``crossing`` or
        ``ascent``, which are not read unless named.
    barriers : sequence of Polygon
        In ``crs``: straight ways to the network do not cross them.
    minimum_component
        Nodes that a connected part must have to be kept; the largest always is.
    name
        Name that outputs print.

    Returns
    -------
    WalkingNetwork
        In a metric CRS.

    Raises
    ------
    InputError
        A network for cars, lengths that are missing, negative, zero or not in metres, no CRS, rows
        without lines; every fault is listed with its rows.

    Notes
    -----
    Linear in the edges. Parts of fewer than 40 nodes are left out by default: a courtyard path that
    nobody joined to the street would make everyone beside it unreachable.

    Examples
    --------
    >>> from shapely import LineString
    >>> streets = gpd.GeoDataFrame(
    ...     geometry=[LineString([(0, 0), (100, 0)]), LineString([(100, 0), (100, 80)])], crs=4547
    ... )
    >>> walking_network(streets)
    <WalkingNetwork: 3 nodes, 2 edges, 0.2 km>
    """
    faults: list[Fault] = []
    if hasattr(edges, "edges") and hasattr(edges, "nodes"):
        edges, nodes = frames_of_graph(edges)
    if not isinstance(edges, pd.DataFrame):
        raise TypeError(f"edges are a frame or a graph, not {type(edges).__name__}.")
    layer = layer_in_memory(edges, "edges", columns)
    points = (
        None if nodes is None else layer_in_memory(nodes, "nodes", crs=crs, key="walking.nodes")
    )
    frame, faults = normalise_edges(layer, points)
    if frame.crs is None and not shapely.is_missing(np.asarray(frame.geometry.array)).all():
        mend = "Say it with edges.set_crs(...)."
        faults.append(
            Fault(severity="error", code="crs.missing", message="no CRS.", mend=mend, file="edges")
        )
    _stop(faults)
    box = None if frame.crs is None else to_lonlat(frame.total_bounds, frame.crs)
    metric = _metric_crs(frame.crs, crs, box)
    walking = Walking(edges=frame, minimum_component=minimum_component)
    cleaned, faults = network_in(walking, metric, None)
    _stop(faults)
    if cleaned is None:  # pragma: no cover  # there is a fault then
        raise AssertionError
    return replace(cleaned.network, name=name, barriers=tuple(barriers))


def _metric_crs(
    own: pyproj.CRS | None, asked: object, box: tuple[float, float, float, float] | None
) -> pyproj.CRS:
    if asked is not None:
        crs = pyproj.CRS.from_user_input(asked)
        _stop(check_metric(crs, "crs"))
        return crs
    if box is None:
        return own or pyproj.CRS("EPSG:4547")
    return metric_crs_for(own, box)


def _stop(faults: list[Fault]) -> None:
    errors = [fault for fault in faults if fault.severity == "error"]
    if errors:
        raise InputError("the walking network cannot be used:", errors)


def layer_in_memory(
    frame: pd.DataFrame,
    file: str,
    columns: Mapping[str, str] | None = None,
    *,
    crs: object = None,
    key: str = "walking",
) -> Layer:
    """Make a layer of a frame in memory; OSMnx keeps u and v, or the id of nodes, in the index.

    Parameters
    ----------
    frame
        Lines, points, or a table with ``x`` and ``y``.
    file
        What messages call it.
    columns
        Our keys and its columns.
    crs
        Of ``x`` and ``y``.
    key
        The table of area.toml that it stands for, by whose names columns are found.

    Returns
    -------
    Layer
        The frame itself stays as it is.

    Raises
    ------
    InputError
        If a column that is named is not there.
    """
    placed = frame.reset_index() if frame.index.names[0] is not None else frame
    geometry, own = np.full(len(placed), None, dtype=object), None
    if isinstance(frame, gpd.GeoDataFrame):
        geometry, own = np.asarray(frame.geometry.array), frame.crs
    elif {"x", "y"} <= set(placed.columns):
        geometry = np.asarray(shapely.points(placed["x"], placed["y"]), dtype=object)
        own = None if crs is None else pyproj.CRS.from_user_input(crs)
    names = [name for name in placed.columns if name != getattr(frame, "_geometry_column_name", "")]
    data = pd.DataFrame({name: placed[name].array for name in names})
    wanted = Wanted(
        key=key,
        file=file,
        declared=columns or {},
        unsought=UNSOUGHT,
        in_memory=True,
        places=False,
    )
    found, faults = find_columns(list(map(str, names)), wanted)
    _stop(faults)
    return Layer(
        key=key,
        file=file,
        frame=gpd.GeoDataFrame(data, geometry=geometry, crs=own),
        rows=np.arange(1, len(frame) + 1, dtype=np.int64),
        columns=found,
        rows_read=len(frame),
    )


def frames_of_graph(graph: Any) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Turn a graph of NetworkX or OSMnx into frames of edges and nodes.

    Parameters
    ----------
    graph
        Nodes with ``x`` and ``y``; edges with ``length``, ``highway`` and ``geometry`` where known;
        ``graph.graph["crs"]``, WGS 84 where it does not say.

    Returns
    -------
    tuple of GeoDataFrame
        Edges with ``u`` and ``v``, lines where there are some; nodes with ``id``.
    """
    crs = graph.graph.get("crs", "EPSG:4326")
    nodes = [(str(node), data.get("x"), data.get("y")) for node, data in graph.nodes(data=True)]
    edges = [{"u": str(u), "v": str(v), **data} for u, v, data in graph.edges(data=True)]
    return edge_frames(edges, nodes, crs)


def edge_frames(
    edges: list[dict[str, Any]], nodes: list[tuple[str, Any, Any]], crs: object
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Make frames of edges and nodes from their attributes.

    Parameters
    ----------
    edges
        Attributes of each edge: ``u``, ``v``, and ``length``, ``highway``, ``oneway``, ``crossing``,
        ``ascent`` and ``geometry`` (a line or its WKT) where known.
    nodes
        Id, x and y of each node.
    crs
        Of the coordinates.

    Returns
    -------
    tuple of GeoDataFrame
        As ``frames_of_graph`` gives them.
    """
    some = ("length", "highway", "oneway", "crossing", "ascent")
    names = ["u", "v", *(k for k in some if any(k in e for e in edges))]
    data = {name: [_plain(edge.get(name)) for edge in edges] for name in names}
    drawn = [edge.get("geometry") for edge in edges]
    lines = [shapely.from_wkt(line) if isinstance(line, str) else line for line in drawn]
    frame = gpd.GeoDataFrame(data, geometry=np.array([*lines, None], dtype=object)[:-1], crs=crs)
    x = pd.to_numeric(pd.Series([x for _, x, _ in nodes], dtype=object), errors="coerce")
    y = pd.to_numeric(pd.Series([y for _, _, y in nodes], dtype=object), errors="coerce")
    points = np.asarray(
        shapely.points(x.to_numpy(np.float64), y.to_numpy(np.float64)), dtype=object
    )
    points[(x.isna() | y.isna()).to_numpy()] = None
    return frame, gpd.GeoDataFrame({"id": [n for n, _, _ in nodes]}, geometry=points, crs=crs)


def _plain(value: object) -> object:
    """Write several values, as OSMnx keeps them for joined edges, as one text."""
    return ";".join(map(str, value)) if isinstance(value, list | tuple | set) else value
