"""Outlines of the largest pockets of all, from the cells that a part has listed. This runs on the workers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from capacity.assess.pockets import MEMBERS, SHAPE, outlined
from capacity.parts.cells import empty
from capacity.parts.folder import Reader
from capacity.parts.tables import QUESTION

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj
    from numpy.typing import NDArray

    from capacity.parts.cells import GridStore


class Wanted(NamedTuple):
    """Pockets to draw: the question, their rows among the answers of the part, and their units by code."""

    question: int
    rows: NDArray[np.int64]
    units: gpd.GeoSeries


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """Pockets of one part that are among the largest of all.

    Attributes
    ----------
    number
        Of the part, from 1.
    answers
        File of its answers, which lists their cells.
    grid
        What the cells are cells of.
    crs
        Metric CRS of the outlines.
    wanted
        Which ones, a question after the other.
    """

    number: int
    answers: str
    grid: GridStore
    crs: pyproj.CRS
    wanted: tuple[Wanted, ...] = ()


def draw(drawing: Drawing) -> pa.Table:
    """Draw the outlines of pockets.

    Parameters
    ----------
    drawing
        Which ones; their cells are read here.

    Returns
    -------
    Table
        Under the number of each question the outlines as WKB, in the order of its rows.
    """
    reader = Reader([Path(drawing.answers)])
    members = [reader.some(one.question, MEMBERS, one.rows) for one in drawing.wanted]
    units = pd.concat([one.units for one in drawing.wanted])
    shapes = outlined(empty(drawing.grid), np.concatenate(members), units, drawing.crs)
    number = np.repeat([one.question for one in drawing.wanted], [len(some) for some in members])
    table = pd.DataFrame({QUESTION: number.astype(np.int32), SHAPE: shapely.to_wkb(shapes)})
    return pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)
