"""A raster that stays in its file, gone through once, block by block: here, or by the workers of a cluster."""

from __future__ import annotations

import contextlib
import math
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from rasterio.errors import RasterioError

from capacity.demand import total_of
from capacity.exact import LARGEST
from capacity.inputs.ahead import begun
from capacity.inputs.rasters import (
    NO_EXTREMES,
    blocks_of,
    number_faults,
    read_block,
    undeclared_of,
)
from capacity.inputs.read import Request, cannot_open
from capacity.inputs.survey import Sides, added, sides_of, survey
from capacity.population import Tally
from capacity.vocabulary import POPULATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from capacity.errors import Fault
    from capacity.inputs.ahead import Helper
    from capacity.inputs.rasters import Extremes, RasterFile
    from capacity.inputs.survey import Survey
    from capacity.population import PopulationGrid, RasterWindow

COARSE: Final = 500
"""Large cells along the longer side of a raster, at most, in which its people are added up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was found in a raster.

    Attributes
    ----------
    file
        The raster, with the numbers that stand for no data though it does not say so.
    survey
        What checks need to know of its cells.
    tally
        Its people; None where a number is no number of people.
    faults
        Negative numbers, and those that stand for no data.
    """

    file: RasterFile
    survey: Survey
    tally: Tally | None
    faults: list[Fault]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Some rows and columns of a raster, with the sides of units that may meet them."""

    file: RasterFile
    place: RasterWindow
    shape: tuple[int, int]
    sides: Sides
    step: int


class _Found(NamedTuple):
    """What one block has: extreme numbers by band, and people by column and by large cell."""

    extremes: dict[int, Extremes]
    survey: Survey
    totals: dict[str, int] | None
    coarse: NDArray[np.float64]


def wake(helper: Helper) -> None:
    """Have the workers of a cluster import what reading takes, while this process begins to read.

    Parameters
    ----------
    helper
        The client of a cluster; nothing is asked of another.
    """
    if isinstance(helper, Executor):
        return
    with contextlib.suppress(Exception):  # of a cluster that is gone: the parts will say so
        from distributed import fire_and_forget

        for worker in helper.nthreads():  # type: ignore[attr-defined]  # of Dask
            fire_and_forget(helper.submit(_awake, workers=[worker], pure=False))


def _awake() -> None:
    """Do nothing: a worker that was asked has imported this module."""


def look_through(
    file: RasterFile, polygons: NDArray[np.object_], name: str, helper: Helper | None = None
) -> Callable[[], Looked | Fault]:
    """Begin to go through a raster, block by block; its cells stay in the file.

    Parameters
    ----------
    file
        The raster, opened.
    polygons : array of Polygon or MultiPolygon, shape (n,)
        Units with sound polygons in the CRS of the raster, if any.
    name
        The raster, as written in area.toml.
    helper
        Who goes through it meanwhile; this process, when the answer is asked for, if not given.

    Returns
    -------
    callable
        Gives what was found, or why the raster cannot be read.

    Notes
    -----
    One pass. Where a number of a band stands for no data, which the raster does not declare, there is
    another: only after the first is it known how the number is meant.
    """
    sides = sides_of(polygons, file.raster.transform)
    blocks = _cut(file, sides)
    first = begun(_look, blocks, helper)

    def result() -> Looked | Fault:
        """Wait for it."""
        try:
            every = list(first())
            found: dict[int, Extremes] = dict.fromkeys(file.bands.values(), NO_EXTREMES)
            for one in every:
                found = {band: some.with_(one.extremes[band]) for band, some in found.items()}
            judged = replace(file, undeclared=undeclared_of(found, file))
            if judged.undeclared:
                every = list(begun(_look, _cut(judged, sides), helper)())
        except (RasterioError, OSError, ValueError) as error:
            request = Request(key="population", file=name)
            return cannot_open(Path(file.path).absolute(), request, error)
        whole = every[0].survey
        for one in every[1:]:
            whole = added(whole, one.survey)
        return Looked(
            file=judged,
            survey=whole,
            tally=_tally(blocks, every),
            faults=number_faults(found, file, name),
        )

    return result


def _cut(file: RasterFile, sides: Sides) -> list[_Block]:
    """List the blocks of a raster, each with what is near it."""
    step = max(1, math.ceil(max(file.shape) / COARSE))
    return [
        _Block(
            file=replace(file, path=str(Path(file.path).absolute())),
            place=replace(file.raster, row=block.row_off, column=block.col_off),
            shape=(block.height, block.width),
            sides=sides.among(block.row_off, block.height),
            step=step,
        )
        for block in blocks_of(file)
    ]


def _look(block: _Block) -> _Found:
    """Read a block and look at its cells; this runs on workers too."""
    grid, extremes = read_block(block.file, block.place, block.shape)
    seen = survey(grid, block.sides)
    sound = all(high < LARGEST and low >= 0 for low, high in seen.range_of.values())
    totals = {group: total_of(grid, group) for group in grid.groups} if sound else None
    return _Found(extremes, seen, totals, _coarse(block, grid))


def _coarse(block: _Block, grid: PopulationGrid) -> NDArray[np.float64]:
    """Add people up by large cell; those on the edge of a block are in two of them."""
    people = grid.values[POPULATION]
    for axis, (first, n) in enumerate(zip(_corner(block), block.shape, strict=True)):
        starts = np.arange(-(first % block.step), n, block.step).clip(0)
        people = np.add.reduceat(people, starts, axis=axis)
    return people


def _corner(block: _Block) -> tuple[int, int]:
    """Give the first row and column of a block among those that are read of its raster."""
    whole = block.file.raster
    return block.place.row - whole.row, block.place.column - whole.column


def _tally(blocks: Sequence[_Block], every: Iterable[_Found]) -> Tally | None:
    """Put the people of all blocks together."""
    file, step = blocks[0].file, blocks[0].step
    totals = dict.fromkeys(file.bands, 0)
    coarse = np.zeros([math.ceil(n / step) for n in file.shape])
    for block, found in zip(blocks, every, strict=True):
        if found.totals is None:
            return None
        totals = {group: some + found.totals[group] for group, some in totals.items()}
        row, column = (first // step for first in _corner(block))
        n_rows, n_columns = found.coarse.shape
        coarse[row : row + n_rows, column : column + n_columns] += found.coarse
    return Tally(totals=totals, coarse=coarse, step=step)
