"""How many people the cell has that a point stands in: of a grid in memory, or of some of a raster."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyproj

from capacity.inputs.rasters import RasterFile, blocks_of, read_window
from capacity.population import PopulationGrid
from capacity.vocabulary import POPULATION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_MOST_BLOCKS: Final = 4


def people_at(
    place: PopulationGrid | RasterFile, lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give the people of the cells that points stand in.

    Parameters
    ----------
    place
        A grid in memory, or a raster that stays in its file, of which the four blocks with most points
        are read.
    lon, lat
        Arrays of one shape, degrees of WGS 84.

    Returns
    -------
    ndarray
        Of that shape: people, 0 in cells without data, NaN outside the grid and in blocks not read. A
        point on the border of two cells stands in the one that comes later in the grid.

    Raises
    ------
    RasterioError, OSError
        The file has gone, or is no longer whole.

    Examples
    --------
    >>> from affine import Affine
    >>> from pyproj import CRS
    >>> cells = {"population": np.array([[5.0, 0.0]])}
    >>> grid = PopulationGrid(cells, Affine(0.1, 0, 114, 0, -0.1, 34), CRS(4326))
    >>> people_at(grid, np.array([114.05, 114.1, 115.0]), np.array([33.95, 33.95, 33.95])).tolist()
    [5.0, 0.0, nan]
    """
    raster = place.raster
    x, y = pyproj.Transformer.from_crs(4326, place.crs, always_xy=True).transform(lon, lat)
    back = ~raster.transform
    # a point that cannot be projected is left of everything
    column = np.nan_to_num(back.a * x + back.b * y + back.c, posinf=-1.0, neginf=-1.0, nan=-1.0)
    row = np.nan_to_num(back.d * x + back.e * y + back.f, posinf=-1.0, neginf=-1.0, nan=-1.0)
    found = np.full(np.shape(lon), np.nan)
    for grid in [place] if isinstance(place, PopulationGrid) else _busiest(place, row, column):
        down, across = row - grid.raster.row, column - grid.raster.column
        here = _inside(down, across, grid.shape)
        at = np.floor(down[here]).astype(np.int64), np.floor(across[here]).astype(np.int64)
        found[here] = grid.values[POPULATION][at]
    return found


def _busiest(
    file: RasterFile, row: NDArray[np.float64], column: NDArray[np.float64]
) -> Iterator[PopulationGrid]:
    """Read the blocks in which most places lie."""
    blocks = list(blocks_of(file))
    many = [
        int(_inside(row - b.row_off, column - b.col_off, (b.height, b.width)).sum()) for b in blocks
    ]
    everyone = replace(file, bands={POPULATION: file.bands[POPULATION]})
    for n in np.argsort(many)[::-1][:_MOST_BLOCKS].tolist():
        if many[n]:
            block = blocks[n]
            corner = replace(file.raster, row=block.row_off, column=block.col_off)
            yield read_window(everyone, corner, (block.height, block.width))


def _inside(
    down: NDArray[np.float64], across: NDArray[np.float64], shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """Mark the places in so many rows and columns."""
    inside: NDArray[np.bool_] = (
        (down >= 0) & (down < shape[0]) & (across >= 0) & (across < shape[1])
    )
    return inside
