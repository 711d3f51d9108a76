"""People as points: where in a cell they start to walk.

A cell is not one place. Its people are spread over points on a lattice, each of which stands for an
equal part of it, so that a cell at the edge of what can be reached is in reach in part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

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

# A cell of a kilometre has 400 points; larger ones have no more.
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
    """

    cell: NDArray[np.int64]
    xy: NDArray[np.float64]


def walkers_of(
    population: Population,
    cells: NDArray[np.int64],
    crs: pyproj.CRS,
    spacing_m: float = SPACING_M,
) -> Walkers:
    """Spread the people of cells over points.

    A cell ``w`` metres wide has ``⌈w / spacing⌉`` points a side, in the middles of equal parts; a
    polygon that is no rectangle has those of its box that are inside it, or one point inside it; a
    point is itself.

    Parameters
    ----------
    population
        Grid, or frame of cells in ``crs``.
    cells : shape (n_cells,)
        Positions of the cells wanted, ascending, each once.
    crs
        Metric CRS of the points.
    spacing_m
        Largest distance between neighbouring points of a cell.

    Returns
    -------
    Walkers
        Sorted by cell.
    """
    if isinstance(population, PopulationGrid):
        return _of_grid(population, cells, crs, spacing_m)
    geometry = population.geometry.to_numpy()[cells]
    if (shapely.get_type_id(geometry) == shapely.GeometryType.POINT).all():
        return Walkers(cells, shapely.get_coordinates(geometry))
    return _of_polygons(geometry, cells, spacing_m)


def _a_side(width_m: float, spacing_m: float) -> int:
    return int(min(_MOST_A_SIDE, max(1, np.ceil(width_m / spacing_m - 1e-6))))


def _of_grid(
    grid: PopulationGrid, cells: NDArray[np.int64], crs: pyproj.CRS, spacing_m: float
) -> Walkers:
    row, column = np.divmod(cells, grid.shape[1])
    to_metric = None
    if not grid.crs.equals(crs):
        to_metric = Transformer.from_crs(grid.crs, crs, always_xy=True)

    def place(column: NDArray[np.float64], row: NDArray[np.float64]) -> NDArray[np.float64]:
        t = grid.transform
        x, y = t.a * column + t.b * row + t.c, t.d * column + t.e * row + t.f
        if to_metric is not None:
            x, y = to_metric.transform(x, y)
        return np.column_stack([x, y])

    if len(cells) == 0:
        return Walkers(cells, np.zeros((0, 2)))
    middle = len(cells) // 2
    corner, right, down = place(
        column[middle] + np.array([0.0, 1.0, 0.0]), row[middle] + np.array([0.0, 0.0, 1.0])
    )
    across = _a_side(float(np.hypot(*(right - corner))), spacing_m)
    along = _a_side(float(np.hypot(*(down - corner))), spacing_m)
    dy, dx = np.divmod(np.arange(across * along), across)
    columns = column[:, None] + (dx + 0.5) / across
    rows = row[:, None] + (dy + 0.5) / along
    return Walkers(np.repeat(cells, across * along), place(columns.ravel(), rows.ravel()))


def _of_polygons(
    polygons: NDArray[np.object_], cells: NDArray[np.int64], spacing_m: float
) -> Walkers:
    x0, y0, x1, y1 = shapely.bounds(polygons).T
    side = np.maximum(x1 - x0, y1 - y0)
    n = np.clip(np.ceil(side / spacing_m - 1e-6), 1, _MOST_A_SIDE).astype(np.int64)
    each = n * n
    cell = np.repeat(np.arange(len(polygons)), each)
    nth = np.arange(len(cell)) - np.repeat(np.cumsum(each) - each, each)
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
    return Walkers(cells[cell[order]], xy[order])


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
    low = np.searchsorted(walkers.cell, where.cell, side="left")
    n = np.searchsorted(walkers.cell, where.cell, side="right") - low
    nth = np.arange(int(n.sum())) - np.repeat(np.cumsum(n) - n, n)
    row = np.repeat(np.arange(len(where.cell)), n)
    walker = np.repeat(low, n) + nth
    cut = where.area_fraction < 1.0 - WHOLE
    doubtful = np.flatnonzero(cut[row])
    if len(doubtful) == 0:
        return row, walker
    inside = np.ones(len(row), dtype=bool)
    inside[doubtful] = _in_unit(
        walkers.xy[walker[doubtful]], where.unit[row[doubtful]], units.geometry.to_numpy()
    )
    none = np.bincount(row, weights=inside, minlength=len(where.cell)) == 0
    keep = inside | none[row]
    return row[keep], walker[keep]


def _in_unit(
    xy: NDArray[np.float64], unit: NDArray[np.int64], polygons: NDArray[np.object_]
) -> NDArray[np.bool_]:
    polygons = polygons.copy()
    shapely.prepare(polygons)
    return np.asarray(shapely.intersects_xy(polygons[unit], xy[:, 0], xy[:, 1]), dtype=bool)
