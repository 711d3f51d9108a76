"""Small walking networks for tests, and a slow oracle of walking costs that shares no code."""

import itertools

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely
from shapely import LineString, Point

from capacity.network import build_network
from tests import towns


def edge_frame(lines, **columns):
    """Edges as ``build_network`` takes them."""
    n = len(lines)
    data = {
        "u": [""] * n,
        "v": [""] * n,
        "length_m": [np.nan] * n,
        "one_way": [False] * n,
        "highway": [""] * n,
        "file": ["walk.gpkg"] * n,
        "row": np.arange(1, n + 1),
    }
    return gpd.GeoDataFrame(
        data | columns, geometry=[LineString(line) for line in lines], crs=towns.CRS
    )


def network(lines, *, minimum_component=1, **columns):
    """Network of lines that are joined where they end."""
    built, faults = build_network(edge_frame(lines, **columns), minimum_component=minimum_component)
    assert built is not None, faults
    return built


def oracle(lines, people, facilities, snap_limit_m=np.inf, one_way=None):
    """Cost from every person to every facility, by splitting edges at every entry; networkx.

    Nothing is shared with the library: shapely finds the nearest line one place at a time, and each
    place is a node of its own. Places without a line near enough have no way at all.
    """
    shapes = [LineString(line) for line in lines]
    one_way = [False] * len(shapes) if one_way is None else list(one_way)
    stops = {
        i: {0.0: ("end", *shape.coords[0]), shape.length: ("end", *shape.coords[-1])}
        for i, shape in enumerate(shapes)
    }
    legs = []
    for kind, places in (("person", people), ("facility", facilities)):
        for number, xy in enumerate(places):
            place = Point(xy)
            near = min(range(len(shapes)), key=lambda i: (shapes[i].distance(place), i))
            leg = shapes[near].distance(place)
            if leg > snap_limit_m:
                continue
            along = shapes[near].project(place)
            stop = stops[near].setdefault(along, ("stop", near, along))
            legs.append((kind, number, stop, leg))
    graph = _graph_of(stops, legs, one_way)
    cost = np.full((len(people), len(facilities)), np.inf)
    for person in range(len(people)):
        if ("person", person) not in graph:
            continue
        found = nx.single_source_dijkstra_path_length(graph, ("person", person), weight="length")
        for facility in range(len(facilities)):
            cost[person, facility] = found.get(("facility", facility), np.inf)
    return cost


def _graph_of(stops, legs, one_way):
    graph = nx.MultiDiGraph()
    for i, along in stops.items():
        for a, b in itertools.pairwise(sorted(along)):
            graph.add_edge(along[a], along[b], length=b - a)
            if not one_way[i]:
                graph.add_edge(along[b], along[a], length=b - a)
    for kind, number, stop, leg in legs:
        ends = ((kind, number), stop) if kind == "person" else (stop, (kind, number))
        graph.add_edge(*ends, length=leg)
    return graph


def street_grid(n, side=100.0, jitter=0.0, seed=0):
    """Lines of an n × n grid of streets."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(n) * side, np.arange(n) * side)
    xy = np.column_stack([x.ravel(), y.ravel()]) + rng.uniform(-jitter, jitter, (n * n, 2))
    at = np.arange(n * n).reshape(n, n)
    u = np.concatenate([at[:, :-1].ravel(), at[:-1].ravel()])
    v = np.concatenate([at[:, 1:].ravel(), at[1:].ravel()])
    return [[tuple(xy[a]), tuple(xy[b])] for a, b in zip(u, v, strict=True)]


def as_lines(frame):
    """Coordinates of a frame of lines."""
    return [list(line.coords) for line in shapely.force_2d(frame.geometry.to_numpy())]
