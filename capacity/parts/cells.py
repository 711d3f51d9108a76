"""Where parts read their cells: a grid laid down once, and read window by window."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyproj

from capacity.inputs.rasters import RasterFile, read_window
from capacity.population import InFile, PopulationGrid, RasterWindow, transform_of
from capacity.vocabulary import POPULATION

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Window:
    """Rows and columns of a raster, from 0: the first, and how many."""

    row: int
    column: int
    n_rows: int
    n_columns: int


class GridStore(Protocol):
    """What windows of a grid are read from; it is handed to the workers.

    Attributes
    ----------
    raster
        Where the cells lie in their raster.
    shape
        Rows and columns of the cells.
    """

    @property
    def raster(self) -> RasterWindow:
        """Where the cells lie in their raster."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the cells."""

    def read(self, window: Window) -> PopulationGrid:
        """Read some rows and columns of the raster, which lie in the cells."""


@dataclass(frozen=True, slots=True)
class FileGrid:
    """A population raster in its file, which every worker must see under its path.

    Attributes
    ----------
    file
        The raster, surveyed.
    """

    file: RasterFile

    @property
    def raster(self) -> RasterWindow:
        """Where the cells lie in their raster."""
        return self.file.raster

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.file.shape

    def read(self, window: Window) -> PopulationGrid:
        """Read some rows and columns."""
        place = replace(self.file.raster, row=window.row, column=window.column)
        return read_window(self.file, place, (window.n_rows, window.n_columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredGrid:
    """A population grid laid down as plain arrays, of which any window can be read.

    Attributes
    ----------
    folder
        Where ``population.npy`` and the like lie; every worker must see it under this path.
    groups, unknown
        Population columns held, and those with cells without a number.
    raster, shape
        As in ``GridStore``.
    crs
        The CRS as text.
    """

    folder: str
    groups: tuple[str, ...]
    unknown: tuple[str, ...]
    raster: RasterWindow
    crs: str
    shape: tuple[int, int]

    def read(self, window: Window) -> PopulationGrid:
        """Read some rows and columns."""
        place = replace(self.raster, row=window.row, column=window.column)
        return PopulationGrid(
            values={group: self._array(group, window) for group in self.groups},
            transform=transform_of(place),
            crs=pyproj.CRS.from_user_input(self.crs),
            unknown={group: self._array(f"{group}.unknown", window) for group in self.unknown},
            window=place,
        )

    def _array(self, name: str, window: Window) -> NDArray[Any]:
        whole = np.load(Path(self.folder) / f"{name}.npy", mmap_mode="r")
        top, left = window.row - self.raster.row, window.column - self.raster.column
        return np.array(whole[top : top + window.n_rows, left : left + window.n_columns])


def grid_store(grid: PopulationGrid, folder: Path) -> GridStore:
    """Say where windows of a grid are read: in its file, or in plain arrays laid down for it.

    Parameters
    ----------
    grid
        The grid.
    folder
        A folder that is there.

    Returns
    -------
    GridStore
        What windows are read from.
    """
    if isinstance(grid.values, InFile):
        file: RasterFile = grid.values.source
        here = Path(file.path)
        return FileGrid(replace(file, path=str(here.absolute())) if here.exists() else file)
    for group, values in grid.values.items():
        np.save(folder / f"{group}.npy", values)
    for group, marks in grid.unknown.items():
        np.save(folder / f"{group}.unknown.npy", marks)
    return StoredGrid(
        folder=str(folder),
        groups=tuple(grid.values),
        unknown=tuple(grid.unknown),
        raster=grid.raster,
        crs=grid.crs.to_wkt(),
        shape=grid.shape,
    )


def empty(store: GridStore) -> PopulationGrid:
    """Give a grid that says where the cells of a store lie, and nothing of who lives there.

    Parameters
    ----------
    store
        The store; one cell of it is read.

    Returns
    -------
    PopulationGrid
        Of the shape of the store, with nobody in any cell; it takes no memory.
    """
    raster = store.raster
    one = store.read(Window(raster.row, raster.column, 1, 1))
    nobody = {POPULATION: np.broadcast_to(0.0, store.shape)}
    return PopulationGrid(nobody, transform_of(raster), one.crs, window=raster)


def stripes(store: GridStore, most_cells: int, step: int) -> list[Window]:
    """Cut a grid into stripes of whole rows.

    Parameters
    ----------
    store
        The grid.
    most_cells
        Largest number of cells of a stripe, as far as ``step`` rows are not more.
    step
        Rows of a stripe are a multiple of this, but for the last.

    Returns
    -------
    list of Window
        From the top down; together all of the grid.
    """
    n_rows, n_columns = store.shape
    height = max(1, most_cells // max(1, n_columns) // step) * step
    return [
        Window(store.raster.row + row, store.raster.column, min(height, n_rows - row), n_columns)
        for row in range(0, n_rows, height)
    ]
