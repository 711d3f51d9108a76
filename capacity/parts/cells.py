"""Where parts read their cells: a grid laid down once, and read window by window."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj

from capacity.population import PopulationGrid, RasterWindow, transform_of

if TYPE_CHECKING:
    from affine import Affine
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Window:
    """Rows and columns of a raster, from 0: the first, and how many."""

    row: int
    column: int
    n_rows: int
    n_columns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredGrid:
    """A population grid laid down as plain arrays, of which any window can be read.

    Attributes
    ----------
    folder
        Where ``population.npy`` and the like lie; every worker must see it under this path.
    groups, unknown
        Population columns held, and those with cells without a number.
    transform, crs, shape
        As in ``PopulationGrid``; the CRS as text.
    """

    folder: str
    groups: tuple[str, ...]
    unknown: tuple[str, ...]
    transform: Affine
    crs: str
    shape: tuple[int, int]

    def read(self, window: Window) -> PopulationGrid:
        """Read some rows and columns.

        Parameters
        ----------
        window
            Which; inside the raster.

        Returns
        -------
        PopulationGrid
            It knows its place in the raster.
        """
        place = RasterWindow(self.transform, self.shape, window.row, window.column)
        return PopulationGrid(
            values={group: self._array(group, window) for group in self.groups},
            transform=transform_of(place),
            crs=pyproj.CRS.from_user_input(self.crs),
            unknown={group: self._array(f"{group}.unknown", window) for group in self.unknown},
            window=place,
        )

    def _array(self, name: str, window: Window) -> NDArray[Any]:
        whole = np.load(Path(self.folder) / f"{name}.npy", mmap_mode="r")
        rows = slice(window.row, window.row + window.n_rows)
        columns = slice(window.column, window.column + window.n_columns)
        return np.array(whole[rows, columns])


def store_grid(grid: PopulationGrid, folder: Path) -> StoredGrid:
    """Lay a grid down as plain arrays.

    Parameters
    ----------
    grid
        The grid.
    folder
        A folder that is there.

    Returns
    -------
    StoredGrid
        What windows are read from.
    """
    for group, values in grid.values.items():
        np.save(folder / f"{group}.npy", values)
    for group, marks in grid.unknown.items():
        np.save(folder / f"{group}.unknown.npy", marks)
    return StoredGrid(
        folder=str(folder),
        groups=tuple(grid.values),
        unknown=tuple(grid.unknown),
        transform=grid.transform,
        crs=grid.crs.to_wkt(),
        shape=grid.shape,
    )


def stripes(shape: tuple[int, int], most_cells: int, step: int) -> list[Window]:
    """Cut a raster into stripes of whole rows.

    Parameters
    ----------
    shape
        Rows and columns of the raster.
    most_cells
        Largest number of cells of a stripe, as far as ``step`` rows are not more.
    step
        Rows of a stripe are a multiple of this, but for the last.

    Returns
    -------
    list of Window
        From the top down; together all of the raster.

    Examples
    --------
    >>> [(w.row, w.n_rows) for w in stripes((10, 100), 400, 2)]
    [(0, 4), (4, 4), (8, 2)]
    """
    n_rows, n_columns = shape
    height = max(1, most_cells // max(1, n_columns) // step) * step
    return [
        Window(row, 0, min(height, n_rows - row), n_columns) for row in range(0, n_rows, height)
    ]
