"""Cells given one by one: find the regular grid in them, without a polygon per cell.

Pure functions; a grid keeps its own CRS and is never reprojected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from affine import Affine

from capacity.errors import Fault, InputError
from capacity.inputs.frames import count_of
from capacity.population import PopulationGrid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import pyproj
    from numpy.typing import NDArray

TOLERANCE: Final = 1e-6
"""How far a cell may lie off the lattice, as a part of the cell's side."""

_CORNERS = 5  # a closed ring of four
_SPARSE = 200  # array cells per cell given beyond which a grid is not worth its memory
_SMALL = 1_000_000  # array cells that are always worth it


@dataclass(frozen=True, slots=True)
class Lattice:
    """Where cells stand on a regular grid: column and row of each, transform and shape."""

    col: NDArray[np.int64]
    row: NDArray[np.int64]
    transform: Affine
    shape: tuple[int, int]

    def doubled(self) -> NDArray[np.bool_]:
        """Mark every cell whose place another cell takes too."""
        place = self.row * self.shape[1] + self.col
        _, inverse, counts = np.unique(place, return_inverse=True, return_counts=True)
        doubled: NDArray[np.bool_] = counts[inverse] > 1
        return doubled

    def fill(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Lay values out as an array of shape (n_rows, n_cols), 0 where there is no cell."""
        array = np.zeros(self.shape)
        array[self.row, self.col] = values
        return array


def bounds_of(transform: Affine, shape: tuple[int, int]) -> tuple[float, float, float, float]:
    """Give the box around a grid that may be turned: minx, miny, maxx, maxy in CRS units."""
    col = np.array([0, shape[1], 0, shape[1]])
    row = np.array([0, 0, shape[0], shape[0]])
    x = transform.a * col + transform.b * row + transform.c
    y = transform.d * col + transform.e * row + transform.f
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def lattice_of_boxes(bounds: NDArray[np.float64]) -> Lattice | None:
    """Find the lattice of equal boxes; None if they are unequal, off it, or far too sparse.

    Parameters
    ----------
    bounds
        Shape (n_cells, 4): minx, miny, maxx, maxy, in any units.

    Returns
    -------
    Lattice or None
        North up: row 0 is the greatest y.
    """
    if len(bounds) == 0 or not np.isfinite(bounds).all():
        return None
    sides = bounds[:, 2:] - bounds[:, :2]
    side = np.median(sides, axis=0)
    if not (side > 0).all() or (np.abs(sides - side) > TOLERANCE * side).any():
        return None
    low, high = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    n_cols, n_rows = (max(int(n), 1) for n in np.round((high - low) / side))
    if n_cols * n_rows > max(_SMALL, _SPARSE * len(bounds)):
        return None
    step = (high - low) / (n_cols, n_rows)  # over the whole extent, so that no error adds up
    col = (bounds[:, 0] - low[0]) / step[0]
    row = (high[1] - bounds[:, 3]) / step[1]
    places = np.stack([col, row])
    if (np.abs(places - np.round(places)) > TOLERANCE).any():
        return None
    whole = np.round(places).astype(np.int64)
    transform = Affine(float(step[0]), 0.0, float(low[0]), 0.0, -float(step[1]), float(high[1]))
    return Lattice(whole[0], whole[1], transform, (n_rows, n_cols))


def lattice_of_centres(
    x: NDArray[np.float64], y: NDArray[np.float64], cell_size: float
) -> Lattice | None:
    """Find the lattice of square cells known by their centres; None if they are off it.

    Parameters
    ----------
    x, y
        Shape (n_cells,), centres in CRS units.
    cell_size
        Side of a cell in CRS units.

    Returns
    -------
    Lattice or None
        North up. A centre may be off by 1 % of the side, because tables round their coordinates.
    """
    if len(x) == 0:
        return None
    col, row = (x - x.min()) / cell_size, (y.max() - y) / cell_size
    places = np.stack([col, row])
    whole = np.round(places).astype(np.int64)
    n_cols, n_rows = (int(n) + 1 for n in whole.max(axis=1))
    off = np.abs(places - whole).max() > 0.01  # noqa: PLR2004  as documented above
    if off or n_cols * n_rows > max(_SMALL, _SPARSE * len(x)):
        return None
    half = cell_size / 2
    transform = Affine(
        cell_size, 0.0, float(x.min()) - half, 0.0, -cell_size, float(y.max()) + half
    )
    return Lattice(whole[0], whole[1], transform, (n_rows, n_cols))


def as_grid(frame: gpd.GeoDataFrame, groups: Sequence[str]) -> PopulationGrid | None:
    """Read cells that are equal axis-aligned rectangles on a lattice as a grid.

    Parameters
    ----------
    frame
        One polygon per cell, in the layer's own CRS, with a column per group (people per cell).
        Cells may be missing: they count as 0. Never modified.
    groups
        Population columns to take; ``population`` must be one of them.

    Returns
    -------
    PopulationGrid or None
        In the same CRS; None if the cells are not such a lattice (to 1e-6 of the side).

    Raises
    ------
    InputError
        ``population.doubled_cells``: several cells at one place, so people would count twice. The
        rows are counted from 1.

    Examples
    --------
    >>> import geopandas as gpd
    >>> cells = gpd.GeoDataFrame(
    ...     {"population": [1.0, 2.0]},
    ...     geometry=[shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)],
    ...     crs="EPSG:4547",
    ... )
    >>> as_grid(cells, ["population"]).values["population"].tolist()
    [[1.0, 0.0, 2.0]]
    """
    geometry = np.asarray(frame.geometry.array)
    if not _are_boxes(geometry):
        return None
    lattice = lattice_of_boxes(shapely.bounds(geometry))
    if lattice is None:
        return None
    if faults := doubled_cells(lattice, np.arange(1, len(frame) + 1)):
        raise InputError("the population grid has cells on top of each other", faults)
    values = {group: frame[group].to_numpy(dtype=np.float64) for group in groups}
    return grid_of(lattice, values, frame.crs)


def grid_of(
    lattice: Lattice, values: Mapping[str, NDArray[np.float64]], crs: pyproj.CRS
) -> PopulationGrid:
    """Lay out every group on the lattice; a missing number counts as 0."""
    arrays = {group: lattice.fill(np.nan_to_num(array)) for group, array in values.items()}
    return PopulationGrid(arrays, lattice.transform, crs)


def doubled_cells(lattice: Lattice, rows: NDArray[np.int64], file: str = "") -> list[Fault]:
    """Report cells that share their place with another cell."""
    doubled = lattice.doubled()
    if not doubled.any():
        return []
    return [
        Fault(
            severity="error",
            code="population.doubled_cells",
            message=f"{count_of(doubled, 'cell')} on the place of another cell: their people would count "
            "twice.",
            mend="Keep one row per cell, or add them up.",
            file=file,
            rows=tuple(rows[doubled].tolist()),
            count=int(doubled.sum()),
        )
    ]


def _are_boxes(geometry: NDArray[np.object_]) -> bool:
    """Tell whether every geometry is a polygon of four corners that fills its bounding box."""
    if (
        len(geometry) == 0
        or not (shapely.get_type_id(geometry) == shapely.GeometryType.POLYGON).all()
    ):
        return False
    if not (shapely.get_num_coordinates(geometry) == _CORNERS).all():
        return False
    bounds = shapely.bounds(geometry)
    box = (bounds[:, 2] - bounds[:, 0]) * (bounds[:, 3] - bounds[:, 1])
    return bool((np.abs(shapely.area(geometry) - box) <= TOLERANCE * box).all())
