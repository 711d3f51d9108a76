"""Outlines of groups of grid cells that hang together by their sides, all groups at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, depth_first_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity.population import PopulationGrid

    Ints = NDArray[np.int64]

_EAST, _SOUTH, _WEST, _NORTH = range(4)
_LEFT, _STRAIGHT, _RIGHT = 3, 0, 1


def grid_outlines(grid: PopulationGrid, cells: Ints, starts: Ints) -> NDArray[np.object_]:
    """Draw the outline of each group of cells.

    Parameters
    ----------
    grid
        The cells' grid.
    cells : array, shape (n,)
        Positions in the grid, row-major, group after group; in a group each cell once, and all of them
        joined by their sides.
    starts : array, shape (n_groups + 1,)
        Where each group begins in ``cells``; no group is empty.

    Returns
    -------
    array of Polygon, shape (n_groups,)
        In the CRS of the grid, with corners only where the outline turns. Holes that touch the outside, or each other, at a
        corner stay holes, so that every polygon is valid.

    Notes
    -----
    Every side between a cell of the group and none is an edge that keeps the cell on its right; edges
    are strung together to rings all at once. Linear in cells but for sorting the edges.

    Examples
    --------
    Three cells of a grid two wide:

    >>> import pyproj
    >>> from affine import Affine
    >>> from capacity.population import PopulationGrid
    >>> people = {"population": np.ones((2, 2))}
    >>> grid = PopulationGrid(people, Affine(100, 0, 0, 0, -100, 200), pyproj.CRS(4547))
    >>> grid_outlines(grid, np.array([0, 1, 3]), np.array([0, 3]))[0].area
    30000.0
    """
    n_groups = len(starts) - 1
    if n_groups == 0:
        return np.empty(0, dtype=object)
    row, column = grid.in_raster(cells)
    top, left = (np.minimum.reduceat(axis, starts[:-1]) for axis in (row, column))
    high, wide = (
        np.maximum.reduceat(axis, starts[:-1]) - low + 3
        for axis, low in ((row, top), (column, left))
    )
    # Every group in a window of its own with an empty cell around it, one window after the other: a
    # place in the windows is a cell, and also the corner at its upper left.
    ends = np.cumsum(high * wide)
    base = ends - high * wide
    corner = base - (top - 1) * wide - left + 1
    n_cells = np.diff(starts)
    place = row * np.repeat(wide, n_cells) + column + np.repeat(corner, n_cells)
    inside = np.zeros(int(ends[-1]), dtype=bool)
    inside[place] = True
    ring, corner = _rings(_edges(inside, ends, high, wide))
    of = np.searchsorted(ends, corner, side="right")
    down, across = np.divmod(corner - base[of], wide[of])
    across, down = across + left[of] - 1, down + top[of] - 1
    area = _twice_the_area(across, down, ring)
    first = np.flatnonzero(np.concatenate([[True], ring[1:] != ring[:-1]]))
    corners = np.column_stack(grid.places(down, across))
    rings = np.asarray(shapely.linearrings(corners, indices=ring), dtype=object)
    # the outside of a group runs the one way round, and its holes the other
    order = np.lexsort((area > 0, of[first]))
    result = np.empty(n_groups, dtype=object)
    shapely.polygons(rings[order], indices=of[first][order], out=result)
    return result


def _edges(
    inside: NDArray[np.bool_], ends: Ints, high: Ints, wide: Ints
) -> tuple[Ints, Ints, Ints]:
    """List the sides of cells with nothing beyond, sorted: from, to, and direction."""
    # which cells have nothing above, to the right, below, to the left
    bare = np.zeros((4, len(inside)), dtype=bool)
    bare[_SOUTH, :-1] = inside[:-1] & ~inside[1:]
    bare[_NORTH, 1:] = inside[1:] & ~inside[:-1]
    for end, rows, columns in zip(ends.tolist(), high.tolist(), wide.tolist(), strict=True):
        window = slice(end - rows * columns, end)
        cells = inside[window].reshape(rows, columns)
        above, below = (bare[way, window].reshape(rows, columns) for way in (_EAST, _WEST))
        above[1:] = cells[1:] & ~cells[:-1]
        below[:-1] = cells[:-1] & ~cells[1:]
    keys = []
    for way in (_EAST, _SOUTH, _WEST, _NORTH):
        place = np.flatnonzero(bare[way])
        if way in {_SOUTH, _WEST}:
            place += 1
        if way in {_WEST, _NORTH}:
            place += wide[np.searchsorted(ends, place, side="right")]
        keys.append(place * 4 + way)
    key = np.sort(np.concatenate(keys))
    start, heading = key >> 2, key & 3
    stride = wide[np.searchsorted(ends, start, side="right")]
    away = np.where(heading % 2, stride, 1)
    return start, start + np.where(heading < _WEST, away, -away), heading


def _rings(edges: tuple[Ints, Ints, Ints]) -> tuple[Ints, Ints]:
    """Tie edges to rings: the ring and the place of each corner, ring after ring."""
    start, stop, heading = edges
    n = len(start)
    key = start * 4 + heading
    following = np.full(n, -1, dtype=np.int64)
    # Where two cells touch at a corner only, turning left goes on along the other one.
    for turn in (_LEFT, _STRAIGHT, _RIGHT):
        todo = np.flatnonzero(following < 0)
        wanted = stop[todo] * 4 + (heading[todo] + turn) % 4
        at = np.minimum(np.searchsorted(key, wanted), n - 1)
        there = key[at] == wanted
        following[todo[there]] = at[there]
    here = np.arange(n)
    graph = csr_array((np.ones(n, dtype=np.int8), (here, following)), shape=(n, n))
    n_rings, ring = connected_components(graph, directed=False)
    # Each ring is cut before its first edge and tied to the next: one string, walked in one go.
    _, first = np.unique(ring, return_index=True)
    before = np.empty(n, dtype=np.int64)
    before[following] = here
    following[before[first]] = np.roll(first, -1)
    string = csr_array((np.ones(n, dtype=np.int8), (here, following)), shape=(n, n))
    order = depth_first_order(string, int(first[0]), return_predecessors=False)
    turns = heading[before[order]] != heading[order]
    corner = order[turns]
    # back to front: where rows of cells run south, as grids mostly do, outlines then run anticlockwise
    return (n_rings - 1 - ring[corner])[::-1].astype(np.int64), start[corner][::-1]


def _twice_the_area(x: Ints, y: Ints, ring: Ints) -> Ints:
    """Give twice the signed area of each ring, corners without the last one again."""
    first = np.flatnonzero(np.concatenate([[True], ring[1:] != ring[:-1]]))
    last = np.append(first[1:], len(ring)) - 1
    after = np.arange(1, len(ring) + 1)
    after[last] = first
    return np.asarray(np.add.reduceat(x * y[after] - x[after] * y, first))
