"""A stripe of the raster: people of all its cells, in units or not. This runs on the workers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from capacity.assess.faults import people_in
from capacity.demand import total_of
from capacity.parts.tables import QUESTION, joined, table_of
from capacity.vocabulary import POPULATION

if TYPE_CHECKING:
    import pyproj
    from numpy.typing import NDArray

    from capacity.assess.answers import Question
    from capacity.parts.cells import GridStore, Window

BLOCKS: Final = -1
"""Number under which people of large cells are written down."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Whole rows of a raster.

    Attributes
    ----------
    number
        Of the sheet, from 1.
    grid, window
        Where its cells are read.
    crs
        Metric CRS of the polygons.
    totals
        Number and name of each question for the people of a group.
    gaps
        Number and name of each question for the people in polygons, and those near the sheet.
    step
        Rows and columns of a large cell; 0 where nobody asks for their people.
    """

    number: int
    grid: GridStore
    window: Window
    crs: pyproj.CRS
    totals: tuple[tuple[int, Question], ...] = ()
    gaps: tuple[tuple[int, Question, NDArray[Any]], ...] = field(default=())
    step: int = 0


def scan(sheet: Sheet) -> pa.Table:
    """Add up the people of a sheet.

    Parameters
    ----------
    sheet
        The sheet; its cells are read here.

    Returns
    -------
    Table
        Answers, and if ``step`` is given the people of large cells under ``BLOCKS``: ``block`` (row-major)
        and ``people``.
    """
    grid = sheet.grid.read(sheet.window)
    tables = [
        table_of(number, question, total_of(grid, question.group))
        for number, question in sheet.totals
    ]
    tables += [
        table_of(number, question, people_in(grid, shapes, sheet.crs))
        for number, question, shapes in sheet.gaps
    ]
    if not sheet.step:
        return joined(tables)
    people = grid.values[POPULATION]
    rows, columns = (np.arange(0, n, sheet.step) for n in people.shape)
    sums = np.add.reduceat(np.add.reduceat(people, rows, axis=0), columns, axis=1)
    first = (sheet.window.row - sheet.grid.raster.row) // sheet.step * len(columns)
    blocks = pa.Table.from_pandas(
        pd.DataFrame({"block": first + np.arange(sums.size), "people": sums.ravel()}),
        preserve_index=False,
    ).replace_schema_metadata(None)
    number = pa.array(np.full(blocks.num_rows, BLOCKS, dtype=np.int32))
    return joined([*tables, blocks.add_column(0, QUESTION, number)])


def near(shapes: NDArray[Any], pixels: NDArray[Any], window: Window, n_rows: int) -> NDArray[Any]:
    """Give the polygons that may have cells in a stripe.

    Parameters
    ----------
    shapes, pixels : array of Polygon, shape (n,)
        Polygons, and the same in cells of the raster.
    window
        The stripe.
    n_rows
        Rows of the raster.

    Returns
    -------
    array
        Those whose bounds meet it.
    """
    bounds = shapely.bounds(pixels)
    high, low = n_rows - window.row + 1, n_rows - window.row - window.n_rows - 1
    return shapes[(bounds[:, 1] <= high) & (bounds[:, 3] >= low)]
