"""Population on a regular grid: arrays and a transform, never a polygon per cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, Union

import numpy as np
import pyproj

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import geopandas as gpd
    from affine import Affine
    from numpy.typing import NDArray

_Number: TypeAlias = np.floating[Any] | np.integer[Any]

Population: TypeAlias = Union["PopulationGrid", "gpd.GeoDataFrame"]
"""A regular grid, or a frame of cells (polygons or points) with people per cell."""


Basis: TypeAlias = Literal["people", "dwellings", "floor_area"]
"""What a population layer counts at each place; dwellings and floor area stand for people."""

Kind: TypeAlias = Literal["count", "density"]
"""Whether the numbers of a layer are people per cell or people per km²."""

_NODES = 65  # the areal scale of a projection is computed on so many lines each way
_STEP = 100.0  # and there by differences over so many map units


@dataclass(frozen=True, slots=True)
class RasterWindow:
    """The rows and columns of a raster that a grid holds.

    Whatever is computed of a cell's place is computed from its row and column in the raster, so that
    numbers are the same to the last digit whichever window they were read through.

    Attributes
    ----------
    transform
        Affine from (column, row) of the raster to the coordinates of the cell's upper left corner.
    shape
        Rows and columns of the raster.
    row, column
        The first of the grid, counted from 0 in the raster.
    """

    transform: Affine
    shape: tuple[int, int]
    row: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """People of a raster, added up when it was gone through.

    Attributes
    ----------
    totals
        Population column → people of all cells, as ``exact_sum`` gives them.
    coarse
        About the people of large cells, shape (n_rows, n_columns).
    step
        Rows and columns of a large cell; the first begins with the first cell read.
    """

    totals: Mapping[str, int]
    coarse: NDArray[np.float64]
    step: int


class InFile(Mapping[str, "NDArray[Any]"]):
    """Arrays of a grid that stay in a file until somebody asks for one.

    Parameters
    ----------
    source
        What the cells are read from.
    shape
        Rows and columns.
    names
        Population columns held.
    read
        Reads all arrays, whole.
    tally
        People of all cells, where they were added up before.
    """

    def __init__(
        self,
        source: Any,
        shape: tuple[int, int],
        names: tuple[str, ...],
        read: Callable[[], Mapping[str, NDArray[Any]]],
        tally: Tally | None = None,
    ) -> None:
        self.source, self.shape, self.tally = source, shape, tally
        self._names, self._read = names, read
        self._arrays: Mapping[str, NDArray[Any]] | None = None

    @property
    def is_read(self) -> bool:
        """Whether anybody has asked."""
        return self._arrays is not None

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Read the arrays, if that was not done, and give one."""
        if self._arrays is None:
            self._arrays = self._read()
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        """Go over the population columns; nothing is read."""
        return iter(self._names)

    def __len__(self) -> int:
        """Count the population columns."""
        return len(self._names)


@dataclass(frozen=True)
class PopulationGrid:
    """People per cell of a regular grid, by age group.

    Attributes
    ----------
    values
        Group name → array of shape (n_rows, n_cols), people per cell, float64. ``population`` is
        always there.
    transform
        Affine from (column, row) to the coordinates of the cell's upper left corner.
    crs
        CRS of the grid. The grid is never resampled or reprojected: polygons go to the grid.
    unknown
        Group name → cells where the layer has no number, shape (n_rows, n_cols); groups with a number
        in every cell are left out. Such cells hold 0 in ``values``, but nobody knows who lives there.
    window
        Where the cells lie in the raster that they are a window of; None where they are all of it.
    """

    values: Mapping[str, NDArray[np.float64]]
    transform: Affine
    crs: pyproj.CRS
    unknown: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    window: RasterWindow | None = None

    @property
    def raster(self) -> RasterWindow:
        """Where the cells lie in their raster: the grid itself where it is no window of one."""
        return self.window or RasterWindow(self.transform, self.shape)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        if isinstance(self.values, InFile):
            return self.values.shape
        n_rows, n_cols = self.values["population"].shape
        return n_rows, n_cols

    @property
    def groups(self) -> tuple[str, ...]:
        """Population columns held."""
        return tuple(self.values)

    def total(self, group: str = "population") -> float:
        """Sum of one group over all cells, in people."""
        return float(self.values[group].sum())

    def in_raster(self, cell: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give the row and the column in the raster of cells at positions in the grid."""
        n_columns, raster = self.shape[1], self.raster
        row = cell // n_columns  # much faster than divmod
        return row + raster.row, cell - row * n_columns + raster.column

    def places(
        self, row: NDArray[_Number], column: NDArray[_Number]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give x and y of rows and columns of the raster; whole numbers are upper left corners."""
        step = self.raster.transform
        x = step.a * column + step.b * row + step.c
        y = step.d * column + step.e * row + step.f
        return np.asarray(x), np.asarray(y)


def transform_of(window: RasterWindow) -> Affine:
    """Give the transform of a window's own rows and columns."""
    step, corner = window.transform, (window.column, window.row)
    return step @ step.translation(*corner)


def cell_areas_km2(grid: PopulationGrid) -> NDArray[np.float64]:
    """Give the area of every cell on the ground, in km².

    Parameters
    ----------
    grid
        In any CRS.

    Returns
    -------
    array, shape (n_rows, 1) or (n_rows, n_cols)
        Broadcasts over the cells. In degrees north up, the area between two parallels and two
        meridians of the ellipsoid, exact; else the area on the map divided by the areal scale of the
        projection there (interpolated, to better than 1e-6 in the zones used for maps).

    References
    ----------
    Snyder, J. P. (1987), Map projections: a working manual. USGS Professional Paper 1395, chapters 3
    (authalic latitude: the area of a zone of the ellipsoid) and 4 (distortion of areas).

    Examples
    --------
    >>> from affine import Affine
    >>> degrees = Affine(1.0, 0.0, 114.0, 0.0, -1.0, 35.0)
    >>> one = PopulationGrid({"population": np.ones((1, 1))}, degrees, pyproj.CRS(4326))
    >>> round(float(cell_areas_km2(one)[0, 0]), 3)
    10187.812
    """
    raster = grid.raster
    step = raster.transform
    if not grid.crs.is_geographic:
        metres = grid.crs.axis_info[0].unit_conversion_factor
        return abs(step.determinant) * metres**2 / 1e6 / _areal_scale(grid)
    unit = grid.crs.axis_info[0].unit_conversion_factor  # radians of a degree
    a, b = axes_m(grid.crs)
    e = float(np.sqrt(1 - (b / a) ** 2))
    if step.b == 0 and step.d == 0:
        edges = unit * (step.f + step.e * (raster.row + np.arange(grid.shape[0] + 1.0)))
        zone = np.abs(np.diff(_zone(np.asarray(edges, dtype=np.float64), e)))
        return np.asarray(b**2 * abs(step.a) * unit * zone[:, None] / 1e6)
    row, column = grid.in_raster(np.arange(grid.shape[0] * grid.shape[1]).reshape(grid.shape))
    sine = np.sin(unit * grid.places(row + 0.5, column + 0.5)[1])
    local = b**2 * np.sqrt(1 - sine**2) / (1 - (e * sine) ** 2) ** 2
    return np.asarray(abs(step.determinant) * unit**2 * local / 1e6)


def axes_m(crs: pyproj.CRS) -> tuple[float, float]:
    """Give the semi-major and semi-minor axis of a CRS's ellipsoid in metres; a CRS has one."""
    ellipsoid = crs.ellipsoid
    if ellipsoid is None:
        raise ValueError(f"{crs.name} has no ellipsoid: nothing can be measured in it.")
    return float(ellipsoid.semi_major_metre), float(ellipsoid.semi_minor_metre)


def _zone(latitude: NDArray[np.float64], e: float) -> NDArray[np.float64]:
    """Area from the equator to a parallel per radian of longitude, over the minor axis squared."""
    sine = np.sin(latitude)
    if e == 0:
        return sine
    return np.asarray(sine / (2 * (1 - (e * sine) ** 2)) + np.arctanh(e * sine) / (2 * e))


def _areal_scale(grid: PopulationGrid) -> NDArray[np.float64]:
    """Area on the map per area on the ground at the centre of every cell, shape of the grid."""
    raster = grid.raster
    rows = _nodes(raster.shape[0])
    columns = _nodes(raster.shape[1])
    column, row = np.meshgrid(columns, rows)
    nodes = _scale_at(grid.crs, *grid.places(row, column))
    # linear between the nodes of the raster, down the columns and then along the rows
    down = _between(nodes, rows, raster.row + np.arange(grid.shape[0]) + 0.5)
    return _between(down.T, columns, raster.column + np.arange(grid.shape[1]) + 0.5).T


def _nodes(n: int) -> NDArray[np.float64]:
    return np.asarray(np.linspace(0.5, n - 0.5, min(n, _NODES)))


def _between(
    values: NDArray[np.float64], nodes: NDArray[np.float64], at: NDArray[Any]
) -> NDArray[np.float64]:
    """Interpolate the rows of an array linearly between nodes, shape (n, n_columns)."""
    after = np.clip(np.searchsorted(nodes, at, side="right"), 1, max(len(nodes) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(nodes) - 1)
    gap = nodes[after] - nodes[before]
    part = np.divide(at - nodes[before], gap, out=np.zeros(len(at)), where=gap > 0)[:, None]
    return np.asarray(values[before] * (1 - part) + values[after] * part)


def _scale_at(
    crs: pyproj.CRS, x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Areal scale of a projection at points, from a square of two steps about each."""
    back = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    east_west = np.radians([back.transform(x + s * _STEP, y) for s in (1, -1)])
    north_south = np.radians([back.transform(x, y + s * _STEP) for s in (1, -1)])
    lon_x, lat_x = east_west[0] - east_west[1]
    lon_y, lat_y = north_south[0] - north_south[1]
    a, b = axes_m(crs)
    sine = np.sin(north_south[:, 1].mean(axis=0))
    local = b**2 * np.sqrt(1 - sine**2) / (1 - (1 - (b / a) ** 2) * sine**2) ** 2
    metres = crs.axis_info[0].unit_conversion_factor
    ground = np.abs(lon_x * lat_y - lon_y * lat_x) * local
    return np.asarray((2 * _STEP * metres) ** 2 / ground)
