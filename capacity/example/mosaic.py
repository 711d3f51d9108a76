"""Tilings of a rectangle by irregular cells whose borders wiggle and fit exactly.

First step of the example data: ``generate`` and ``district`` make streets and communities of these
cells. Neighbours share identical vertices, so a tiling has neither gaps nor overlaps, and a union
of cells nests exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import Voronoi, cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bounds = tuple[float, float, float, float]

_LONGEST_PIECE_M: Final = 150.0
"""Borders are cut into pieces of at most this length before they are bent (by at most 60 %)."""

_WAVES: Final = (2.2, 1.2, 0.6)
"""Wavelengths of the bends, in mean distances between seeds."""

_BEND: Final = 0.02
"""Amplitude of a wave in wavelengths: small enough for the bending to be one-to-one."""


_NEAR_M: Final = 0.1
"""Corners nearer to each other than this are one."""


@dataclass(frozen=True, slots=True)
class Tiling:
    """Cells that fill a rectangle.

    Attributes
    ----------
    polygons
        Shape (n,), one polygon per seed, vertices rounded to a centimetre.
    neighbours
        Shape (n_pairs, 2), indices of the cells that share a border.
    """

    polygons: NDArray[np.object_]
    neighbours: Ints


def scatter_seeds(
    rng: np.random.Generator, n: int, bounds: Bounds, *, crowding: float = 0.5
) -> Floats:
    """Scatter seeds over a rectangle, never two at one place and denser in the middle.

    Parameters
    ----------
    rng
        Source of randomness.
    n
        Number of seeds, at least 1.
    bounds
        Left, bottom, right, top, in metres.
    crowding
        Spacing in the middle divided by mean spacing, above 0; 1 is even.

    Returns
    -------
    ndarray
        Shape (n, 2), x and y in metres.
    """
    left, bottom, right, top = bounds
    n_cols = int(np.ceil(np.sqrt(n)))
    n_rows = int(np.ceil(n / n_cols))
    spots = np.sort(rng.permutation(n_cols * n_rows)[:n])
    jitter = rng.integers(-35, 36, size=(n, 2)) / 100
    row, col = np.divmod(spots, n_cols)
    unit = (np.column_stack([col, row]) + 0.5 + jitter) / (n_cols, n_rows) * 2 - 1
    pulled = unit * (crowding + (1 - crowding) * np.abs(unit))
    half = np.array([(right - left) / 2, (top - bottom) / 2])
    centre = np.array([(left + right) / 2, (bottom + top) / 2])
    return np.asarray(centre + pulled * half, dtype=np.float64)


def tile(
    rng: np.random.Generator, seeds: Floats, bounds: Bounds, *, straight_border: bool = True
) -> Tiling:
    """Divide a rectangle between seeds and bend the borders.

    Every cell is the ground nearest to its seed, bent by a smooth one-to-one displacement that is
    a function of the place alone: what was shared stays shared.

    Parameters
    ----------
    rng
        Source of randomness for the bends.
    seeds
        Shape (n, 2), distinct points inside the rectangle, in metres.
    bounds
        Left, bottom, right, top, in metres.
    straight_border
        Whether the rectangle keeps its outline; otherwise it is bent like every other border.

    Returns
    -------
    Tiling
        One polygon per seed in the order of the seeds; no segment is longer than 250 m.
    """
    origin = np.array(bounds[:2])
    size = np.array(bounds[2:]) - origin
    vertices, edges, rings, neighbours = _voronoi(seeds - origin, size)
    spacing = float(np.sqrt(size.prod() / len(seeds)))
    inner, first = _cut(vertices, edges, min(_LONGEST_PIECE_M, spacing / 10))
    bent = _bend(rng, np.vstack([vertices, inner]), size, spacing, straight_border=straight_border)
    placed = np.round(np.round(bent, 2) + origin, 2)
    paths = _paths(edges, first, len(vertices))
    polygons = np.array(
        [
            shapely.Polygon(placed[np.concatenate([paths[pair] for pair in _steps(ring)])])
            for ring in rings
        ],
        dtype=object,
    )
    return Tiling(shapely.remove_repeated_points(polygons), neighbours)


def spread(centres: Floats, n: int) -> Ints:
    """Choose points that lie far from each other.

    Starts with the point nearest to the middle, then takes the farthest from all chosen so far.

    Parameters
    ----------
    centres
        Shape (n_points, 2), in metres.
    n
        How many to choose, at most n_points.

    Returns
    -------
    ndarray
        Shape (n,), indices of the chosen points in the order of choice.
    """
    to_middle = np.square(centres - centres.mean(axis=0)).sum(axis=1)
    chosen = np.empty(n, dtype=np.int64)
    chosen[0] = to_middle.argmin()
    nearest = np.full(len(centres), np.inf)
    for i in range(1, n):
        step = np.square(centres - centres[chosen[i - 1]]).sum(axis=1)
        nearest = np.minimum(nearest, step)
        chosen[i] = nearest.argmax()
    return chosen


def grow_groups(centres: Floats, neighbours: Ints, roots: Ints) -> Ints:
    """Join cells into connected groups, each cell to the root nearest over shared borders.

    Parameters
    ----------
    centres
        Shape (n, 2), a point of every cell, in metres.
    neighbours
        Shape (n_pairs, 2), cells that share a border; the whole must be connected.
    roots
        Shape (n_groups,), the first cell of every group.

    Returns
    -------
    ndarray
        Shape (n,), for every cell the position of its root in ``roots``.
    """
    n = len(centres)
    length = np.sqrt(np.square(centres[neighbours[:, 0]] - centres[neighbours[:, 1]]).sum(axis=1))
    graph = coo_array((length, (neighbours[:, 0], neighbours[:, 1])), shape=(n, n)).tocsr()
    _, _, source = dijkstra(
        graph, directed=False, indices=roots, return_predecessors=True, min_only=True
    )
    position = np.empty(n, dtype=np.int64)
    position[roots] = np.arange(len(roots))
    return position[source]


def merge(polygons: NDArray[np.object_], group: Ints, n_groups: int) -> NDArray[np.object_]:
    """Unite the cells of every group; all vertices on the outline stay.

    Parameters
    ----------
    polygons
        Shape (n,), cells of a tiling.
    group
        Shape (n,), group of every cell, from 0 to n_groups - 1, none empty.
    n_groups
        Number of groups.

    Returns
    -------
    ndarray
        Shape (n_groups,), one polygon per group.
    """
    return np.array(
        [shapely.coverage_union_all(polygons[group == g]) for g in range(n_groups)], dtype=object
    )


def _voronoi(seeds: Floats, size: Floats) -> tuple[Floats, Ints, list[Ints], Ints]:
    """Divide the rectangle from 0 to size into Voronoi cells.

    Seeds mirrored at the four sides make the sides themselves Voronoi borders. Vertices nearer
    than a decimetre are taken as one.
    """
    n = len(seeds)
    flip_x, flip_y = np.array([-1.0, 1.0]), np.array([1.0, -1.0])
    to_right, to_top = np.array([2 * size[0], 0.0]), np.array([0.0, 2 * size[1]])
    mirrored = [seeds * flip_x, seeds * flip_x + to_right, seeds * flip_y, seeds * flip_y + to_top]
    diagram = Voronoi(np.vstack([seeds, *mirrored]))
    vertices, number = _merge_near(diagram.vertices)
    points = np.asarray(diagram.ridge_points, dtype=np.int64)
    ends = np.asarray(diagram.ridge_vertices, dtype=np.int64)
    ours = points.min(axis=1) < n
    points, ends = points[ours], np.sort(number[ends[ours]], axis=1)
    real = ends[:, 0] != ends[:, 1]
    points, ends = points[real], ends[real]
    rings = [_without_repeats(number[diagram.regions[diagram.point_region[i]]]) for i in range(n)]
    return vertices, ends, rings, points[points.max(axis=1) < n]


def _merge_near(points: Floats) -> tuple[Floats, Ints]:
    """Take points nearer than a decimetre as one: the points left, and the new number of each."""
    pairs = cKDTree(points).query_pairs(_NEAR_M, output_type="ndarray")
    linked = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(points),) * 2)
    _, number = connected_components(linked, directed=False)
    _, first = np.unique(number, return_index=True)
    return np.round(points[first], 1), number.astype(np.int64)


def _without_repeats(ring: Ints) -> Ints:
    """Drop from a ring of vertex numbers those equal to the one before."""
    kept: Ints = ring[ring != np.roll(ring, 1)]
    return kept


def _cut(vertices: Floats, edges: Ints, longest: float) -> tuple[Floats, Ints]:
    """Cut every edge into equal pieces: the points, and where each edge's points start."""
    start, step = vertices[edges[:, 0]], vertices[edges[:, 1]] - vertices[edges[:, 0]]
    pieces = np.ceil(np.sqrt(np.square(step).sum(axis=1)) / longest).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(pieces - 1)])
    edge = np.repeat(np.arange(len(edges)), pieces - 1)
    share = (np.arange(first[-1]) - first[edge] + 1) / pieces[edge]
    return start[edge] + step[edge] * share[:, None], first


def _bend(
    rng: np.random.Generator, points: Floats, size: Floats, spacing: float, *, straight_border: bool
) -> Floats:
    """Displace points by a few sine waves, along a straight border only lengthwise."""
    shift = np.zeros_like(points)
    for axis in (0, 1):
        for wave in _WAVES:
            angle, phase = np.deg2rad(rng.integers(0, 360, size=2))
            along = points @ np.array([np.cos(angle), np.sin(angle)])
            length = wave * spacing
            shift[:, axis] += _BEND * length * np.sin(2 * np.pi * along / length + phase)
    if straight_border:
        to_border = np.minimum(points, size - points)
        shift *= np.clip(to_border / (0.4 * spacing), 0.0, 1.0)
    return points + shift


def _paths(edges: Ints, first: Ints, n_vertices: int) -> dict[tuple[int, int], Ints]:
    """List for both directions of every edge its first vertex and the points before the second."""
    paths: dict[tuple[int, int], Ints] = {}
    for edge, (a, b) in enumerate(edges.tolist()):
        between = np.arange(first[edge], first[edge + 1]) + n_vertices
        paths[a, b] = np.concatenate([[a], between])
        paths[b, a] = np.concatenate([[b], between[::-1]])
    return paths


def _steps(ring: Ints) -> list[tuple[int, int]]:
    """List the edges of a ring of vertices, in order."""
    return list(zip(ring.tolist(), np.roll(ring, -1).tolist(), strict=True))
