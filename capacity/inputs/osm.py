"""Reading graphs: GraphML as OSMnx and NetworkX save it, and OpenStreetMap extracts (.osm.pbf).

I/O only; what comes out is edges and nodes as the tables that ``walking`` takes.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj.exceptions import CRSError

from capacity.errors import Fault, missing_extra
from capacity.inputs.crs import resolve_crs
from capacity.inputs.datum import SHIFTED, convert_geometry
from capacity.inputs.frames import Layer
from capacity.inputs.read import Request, missing_file
from capacity.inputs.walking import edge_frames

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

GRAPHS: Final = frozenset({".graphml"})
"""Suffixes read as GraphML."""

EXTRACTS: Final = (".osm.pbf", ".pbf", ".osm", ".osm.bz2", ".osm.gz")
"""Ends of names read as OpenStreetMap extracts."""

NOT_WALKED: Final[dict[str, frozenset[str]]] = {
    "highway": frozenset(
        [
            "abandoned",
            "bus_guideway",
            "construction",
            "corridor",
            "elevator",
            "escalator",
            "no",
            "planned",
            "platform",
            "proposed",
            "raceway",
            "razed",
            "rest_area",
            "services",
        ]
    ),
    "foot": frozenset({"no", "private", "use_sidepath"}),
    "area": frozenset({"yes"}),
    "indoor": frozenset({"yes"}),
}
"""Tags of ways that nobody walks on: the pedestrian filter."""

NOT_UNLESS_ALLOWED: Final[dict[str, frozenset[str]]] = {
    "highway": frozenset({"motorway", "motorway_link"}),
    "access": frozenset({"no", "private"}),
}
"""Tags of ways that are walked on only where ``ALLOWED`` says so."""

ALLOWED: Final = {"foot": frozenset({"yes", "designated", "permissive"})}
"""Tags by which walking is allowed."""

_OF_GRAPHML: Final = ("u", "v", "length", "highway")
_NAMESPACE: Final = "{http://graphml.graphdrawing.org/xmlns}"


def is_walked(tags: Mapping[str, str]) -> bool:
    """Say whether a way of OpenStreetMap is walked on.

    Parameters
    ----------
    tags
        Of the way.

    Returns
    -------
    bool
        By ``NOT_WALKED``, ``NOT_UNLESS_ALLOWED`` and ``ALLOWED``.

    Examples
    --------
    >>> is_walked({"highway": "footway"}), is_walked({"highway": "motorway"})
    (True, False)
    >>> is_walked({"highway": "motorway", "foot": "yes"}), is_walked({"building": "yes"})
    (True, False)
    """
    if "highway" not in tags or _has(tags, NOT_WALKED):
        return False
    return _has(tags, ALLOWED) or not _has(tags, NOT_UNLESS_ALLOWED)


def _has(tags: Mapping[str, str], some: Mapping[str, frozenset[str]]) -> bool:
    return any(tags.get(key) in values for key, values in some.items())


def is_graph(path: Path) -> bool:
    """Say whether a file is a graph or an extract, and not a layer or a table.

    Parameters
    ----------
    path
        Looked at by its name only.

    Returns
    -------
    bool
        By ``GRAPHS`` and ``EXTRACTS``.
    """
    return path.suffix.lower() in GRAPHS or path.name.lower().endswith(EXTRACTS)


def read_graph(path: Path, request: Request) -> tuple[Layer | None, Layer | None, list[Fault]]:
    """Read edges and nodes of a graph or an extract as layers.

    Parameters
    ----------
    path
        GraphML or OpenStreetMap.
    request
        Datum and columns.

    Returns
    -------
    tuple
        Edges, nodes (None for an extract, whose edges are all drawn), and the faults.
    """
    if fault := missing_file(path, request):
        return None, None, [fault]
    reader = read_graphml if path.suffix.lower() in GRAPHS else read_extract
    try:
        edges, nodes = reader(path)
    except (ValueError, RuntimeError, OSError, CRSError) as error:
        message = f"cannot be read: {' '.join(str(error).split())}."
        mend = "Check that the file is whole and that its suffix says what it is."
        return None, None, [request.fault("file.cannot_open", message, mend)]
    known = ("u", "v", "length", "highway", "crossing") if reader is read_extract else _OF_GRAPHML
    ours = {name: name for name in known if name in edges}
    layer, faults = _as_layer(edges, request, {**ours, **request.columns})
    points, more = _as_layer(nodes, request, {"id": "id"})
    return layer, points if len(nodes) else None, faults or more


def _as_layer(
    frame: gpd.GeoDataFrame, request: Request, columns: dict[str, str]
) -> tuple[Layer, list[Fault]]:
    geometry = np.asarray(frame.geometry.array)
    nowhere = (float("nan"),) * 4
    bounds = tuple(map(float, shapely.total_bounds(geometry))) if len(geometry) else nowhere
    crs, faults = frame.crs, []
    if not np.isnan(bounds).any():
        own = None if request.datum in SHIFTED else frame.crs
        crs, found = resolve_crs(own, request.datum, key=f"{request.key}.datum", bounds=bounds)
        faults = [replace(fault, file=request.file) for fault in found]
        if crs is not None and request.datum in SHIFTED:
            geometry = convert_geometry(geometry, request.datum)
    data = pd.DataFrame(frame.drop(columns="geometry"))
    placed = gpd.GeoDataFrame(data, geometry=geometry, crs=crs)
    rows = np.arange(1, len(frame) + 1, dtype=np.int64)
    layer = Layer(
        key=request.key,
        file=request.file,
        frame=placed,
        rows=rows,
        columns=columns,
        rows_read=len(frame),
    )
    return layer, faults


def read_graphml(path: Path) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Read edges and nodes of a GraphML file.

    Parameters
    ----------
    path
        As OSMnx or NetworkX writes it: nodes with ``x`` and ``y``.

    Returns
    -------
    tuple of GeoDataFrame
        Edges and nodes, WGS 84 where the graph does not say its CRS.

    Raises
    ------
    ValueError
        If the file is not GraphML.
    """
    names: dict[str, str] = {}
    nodes: list[tuple[str, Any, Any]] = []
    edges: list[dict[str, Any]] = []
    crs = "EPSG:4326"
    try:
        for _, element in ET.iterparse(path):  # noqa: S314  expat limits the growth of entities
            tag = element.tag.removeprefix(_NAMESPACE)
            if tag == "key":
                names[element.attrib["id"]] = element.attrib.get("attr.name", "")
            elif tag == "node":
                data = _data(element, names)
                nodes.append((element.attrib["id"], data.get("x"), data.get("y")))
                element.clear()
            elif tag == "edge":
                ends = {"u": element.attrib["source"], "v": element.attrib["target"]}
                edges.append(ends | _data(element, names))
                element.clear()
            elif tag == "graph":
                crs = _data(element, names).get("crs", crs)
    except (ET.ParseError, KeyError) as error:
        raise ValueError(f"not GraphML ({error})") from None
    return edge_frames(edges, nodes, crs)


def _data(element: ET.Element, names: Mapping[str, str]) -> dict[str, str]:
    children = element.findall(f"{_NAMESPACE}data")
    return {names.get(c.attrib.get("key", ""), ""): c.text for c in children if c.text}


def read_extract(path: Path) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Read the walked ways of an OpenStreetMap extract, cut where they meet.

    Parameters
    ----------
    path
        .osm.pbf, or .osm.

    Returns
    -------
    tuple of GeoDataFrame
        Edges between crossings and ends of ways, and their nodes, in WGS 84.

    Raises
    ------
    MissingExtraError
        Without osmium.
    RuntimeError
        If the file cannot be read.
    """
    try:
        import osmium
    except ImportError:
        raise missing_extra("osm", "An OpenStreetMap extract") from None
    ways: list[tuple[Mapping[str, str], np.ndarray[Any, Any], np.ndarray[Any, Any]]] = []
    uses: Counter[int] = Counter()
    for way in osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations():
        if not isinstance(way, osmium.osm.Way) or not is_walked(dict(way.tags)):
            continue
        known = [node for node in way.nodes if node.location.valid()]
        if len(known) < 2:  # noqa: PLR2004  a line
            continue
        refs = np.array([node.ref for node in known], dtype=np.int64)
        xy = np.array([(node.location.lon, node.location.lat) for node in known])
        kind = {"highway": way.tags["highway"], "crossing": _crossing(dict(way.tags))}
        ways.append((kind, refs, xy))
        uses.update(set(refs.tolist()))
        uses.update((int(refs[0]), int(refs[-1])))
    edges = [edge for way in ways for edge in _pieces(*way, uses)]
    return edge_frames(edges, [], "EPSG:4326")


def _crossing(tags: Mapping[str, str]) -> str:
    """Say whether a way is a crossing of a street."""
    return "yes" if "crossing" in {tags.get(key) for key in _CROSSING_KEYS} else "no"


_CROSSING_KEYS: Final = ("footway", "path", "cycleway", "pedestrian")


def _pieces(
    kind: Mapping[str, str],
    refs: np.ndarray[Any, Any],
    xy: np.ndarray[Any, Any],
    uses: Mapping[int, int],
) -> Iterator[dict[str, Any]]:
    """Cut one way where it meets another, and where it meets itself."""
    repeated = {ref for ref, n in Counter(refs.tolist()).items() if n > 1}
    stops = [
        i
        for i, ref in enumerate(refs.tolist())
        if i in {0, len(refs) - 1} or uses[ref] > 1 or ref in repeated
    ]
    for start, stop in itertools.pairwise(stops):
        yield {
            "u": str(refs[start]),
            "v": str(refs[stop]),
            **kind,
            "geometry": shapely.linestrings(xy[start : stop + 1]),
        }
