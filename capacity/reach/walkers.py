"""People as points: where in a cell they start to walk.

A cell is not one place. Its people are spread over points on a lattice, each of which stands for an
equal part of it, so that a cell at the edge of what can be reached is in reach in part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from pyproj import Transformer

from capacity.fractions import WHOLE
from capacity.population import PopulationGrid

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj
    from numpy.typing import NDArray

    from capacity.demand import Demand
    from capacity.population import Population

SPACING_M: Final = 50.0
"""Largest distance between the points of a cell, unless said otherwise."""

# A cell of a kilometre has 400 points; larger ones have no more, and their points lie further apart.
_MOST_A_SIDE: Final = 20


@dataclass(frozen=True)
class Walkers:
    """Points at which the people of cells start to walk.

    Attributes
    ----------
    cell
        Cell of each point, ascending, int64, shape (n,).
    xy
        Coordinates in the metric CRS, shape (n, 2).
    spacing_m
        Largest distance between neighbouring points of a cell; 0 where places are points.
    """

    cell: NDArray[np.int64]
    xy: NDArray[np.float64]
    spacing_m: float


def walkers_of(
    population: Population,
    cells: NDArray[np.int64],
    crs: pyproj.CRS,
    spacing_m: float = SPACING_M,
) -> Walkers:
    """Spread the people of cells over points.

    A cell ``w`` metres wide has ``⌈w / spacing⌉`` points a side, at most 20, in the middles of equal
    parts; a polygon that is no rectangle has those of its box that are inside it, or one point inside
    it; a point is itself. The points of a cell do not depend on the other cells wanted.

    Parameters
    ----------
    population
        Grid, or frame of cells in ``crs``.
    cells : shape (n_cells,)
        Positions of the cells wanted, ascending, each once.
    crs
        Metric CRS of the points.
    spacing_m
        Largest distance between neighbouring points of a cell, as far as 20 a side are enough.

    Returns
    -------
    Walkers
        Sorted by cell.
    """
    if isinstance(population, PopulationGrid):
        return _of_grid(population, cells, crs, spacing_m)
    geometry = population.geometry.to_numpy()[cells]
    if (shapely.get_type_id(geometry) == shapely.GeometryType.POINT).all():
        return Walkers(cells, shapely.get_coordinates(geometry), 0.0)
    return _of_polygons(geometry, cells, spacing_m)


def _a_side(width_m: NDArray[np.float64], spacing_m: float) -> NDArray[np.int64]:
    return np.clip(np.ceil(width_m / spacing_m - 1e-6), 1, _MOST_A_SIDE).astype(np.int64)


def _of_grid(
    grid: PopulationGrid, cells: NDArray[np.int64], crs: pyproj.CRS, spacing_m: float
) -> Walkers:
    row, column = grid.in_raster(cells)
    step, to_metric = grid.raster.transform, None
    if grid.crs.equals(crs):
        if step.b == 0 and step.d == 0:
            return _upright(grid, cells, spacing_m)
    else:
        to_metric = Transformer.from_crs(grid.crs, crs, always_xy=True)

    def place(column: NDArray[Any], row: NDArray[Any]) -> NDArray[np.float64]:
        x, y = grid.places(row, column)
        if to_metric is not None:
            x, y = to_metric.transform(x, y)
        return np.column_stack([x, y])

    # cells in degrees are wider further south, and each has the points of its own width
    corner = place(column, row)
    width = np.hypot(*(place(column + 1.0, row) - corner).T)
    height = np.hypot(*(place(column, row + 1.0) - corner).T)
    across, along = _a_side(width, spacing_m), _a_side(height, spacing_m)
    at, nth = _lattice(across * along)
    dy, dx = np.divmod(nth, across[at])
    xy = place(column[at] + (dx + 0.5) / across[at], row[at] + (dy + 0.5) / along[at])
    return Walkers(cells[at], xy, _widest(width / across, height / along))


def _upright(grid: PopulationGrid, cells: NDArray[np.int64], spacing_m: float) -> Walkers:
    """Spread people over points where columns have one x and rows one y: each is worked out once."""
    raster, shape = grid.raster, grid.shape
    size = np.abs([raster.transform.a, raster.transform.e])
    across, along = _a_side(size, spacing_m).tolist()
    columns = raster.column + np.arange(shape[1])[:, None] + (np.arange(across) + 0.5) / across
    rows = raster.row + np.arange(shape[0])[:, None] + (np.arange(along) + 0.5) / along
    x, y = grid.places(np.zeros(1), columns)[0], grid.places(rows, np.zeros(1))[1]
    row, column = np.divmod(cells, shape[1])
    xy = np.empty((len(cells), along, across, 2))
    xy[..., 0] = x[column][:, None, :]
    xy[..., 1] = y[row][:, :, None]
    cell = np.repeat(cells, across * along)
    return Walkers(cell, xy.reshape(-1, 2), _widest(size / [across, along]))


def _lattice(each: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count through the points of every cell: the cell, and the number of the point in it."""
    cell = np.repeat(np.arange(len(each)), each)
    return cell, np.arange(len(cell)) - np.repeat(np.cumsum(each) - each, each)


def _widest(*gaps: NDArray[np.float64]) -> float:
    return float(max(gap.max(initial=0.0) for gap in gaps))


def _of_polygons(
    polygons: NDArray[np.object_], cells: NDArray[np.int64], spacing_m: float
) -> Walkers:
    x0, y0, x1, y1 = shapely.bounds(polygons).T
    side = np.maximum(x1 - x0, y1 - y0)
    n = _a_side(side, spacing_m)
    cell, nth = _lattice(n * n)
    dy, dx = np.divmod(nth, n[cell])
    xy = np.column_stack(
        [
            x0[cell] + (dx + 0.5) / n[cell] * (x1 - x0)[cell],
            y0[cell] + (dy + 0.5) / n[cell] * (y1 - y0)[cell],
        ]
    )
    shapely.prepare(polygons)
    inside = shapely.intersects_xy(polygons[cell], xy[:, 0], xy[:, 1])
    empty = np.setdiff1d(np.arange(len(polygons)), cell[inside])
    some = shapely.get_coordinates(shapely.point_on_surface(polygons[empty]))
    cell, xy = np.concatenate([cell[inside], empty]), np.concatenate([xy[inside], some])
    order = np.argsort(cell, kind="stable")
    return Walkers(cells[cell[order]], xy[order], _widest(side / n))


def walkers_of_rows(
    walkers: Walkers, where: Demand, units: gpd.GeoDataFrame
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Say which points the people of each demand row start from.

    A cell that lies whole in a unit has all its points. Of a cell that a border cuts, each row has
    the points inside its unit; a piece too small to hold one has all points of the cell.

    Parameters
    ----------
    walkers
        Points of all cells of ``where``.
    where
        Demand of ``units``.
    units : GeoDataFrame, shape (n_units,)
        In the CRS of the points.

    Returns
    -------
    row, walker : shape (n,)
        Pairs sorted by row; every row has at least one.
    """
    low, n = _points_of(walkers, where.cell)
    before = np.cumsum(n) - n
    row = np.repeat(np.arange(len(where.cell)), n)
    walker = np.arange(len(row)) + np.repeat(low - before, n)
    cut = where.area_fraction < 1.0 - WHOLE
    doubtful = np.flatnonzero(cut[row])
    if len(doubtful) == 0:
        return row, walker
    of = row[doubtful]
    inside = _in_unit(walkers.xy[walker[doubtful]], where.unit[of], units.geometry.to_numpy())
    some = np.zeros(len(where.cell), dtype=bool)
    some[of[inside]] = True
    keep = np.ones(len(row), dtype=bool)
    keep[doubtful] = inside | ~some[of]
    return row[keep], walker[keep]


def _points_of(
    walkers: Walkers, cell: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the first point of each of some cells, and how many they have."""
    is_first = np.ones(len(walkers.cell), dtype=bool)
    is_first[1:] = walkers.cell[1:] != walkers.cell[:-1]
    first = np.flatnonzero(is_first)
    nth = np.searchsorted(walkers.cell[first], cell)
    return first[nth], np.diff(first, append=len(is_first))[nth]


def _in_unit(
    xy: NDArray[np.float64], unit: NDArray[np.int64], polygons: NDArray[np.object_]
) -> NDArray[np.bool_]:
    polygons = polygons.copy()
    shapely.prepare(polygons)
    return np.asarray(shapely.intersects_xy(polygons[unit], xy[:, 0], xy[:, 1]), dtype=bool)
