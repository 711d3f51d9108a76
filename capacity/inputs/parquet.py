"""Reading Parquet and GeoParquet, whole or the rows near a place.

I/O only. GeoParquet may have the box of every row in a column (its covering); each group of rows then
says in the footer of the file where its rows lie, and groups that lie elsewhere are not read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from pyarrow.parquet import ParquetFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from capacity.inputs.crs import Bounds

_SIDES: Final = ("xmin", "ymin", "xmax", "ymax")


@dataclass(frozen=True, slots=True, kw_only=True)
class Boxes:
    """What a Parquet file says of its columns and of where its rows lie.

    Attributes
    ----------
    names
        Its columns, without the geometry and the boxes.
    geometry
        The column of geometries, empty where there is none.
    crs
        Their CRS.
    columns
        Side (``xmin``, ``ymin``, ``xmax``, ``ymax``) → path of its column, as the footer writes it;
        empty where there are no boxes.
    """

    names: tuple[str, ...]
    geometry: str
    crs: pyproj.CRS | None
    columns: Mapping[str, str]


def boxes_of(path: Path) -> Boxes:
    """Read the footer of a Parquet file.

    Parameters
    ----------
    path
        An existing file.

    Returns
    -------
    Boxes
        Its columns and boxes.

    Raises
    ------
    OSError, ValueError
        The file is no Parquet file.
    """
    with ParquetFile(path) as file:
        schema = file.schema_arrow
    text = (schema.metadata or {}).get(b"geo")
    if text is None:
        return Boxes(names=tuple(schema.names), geometry="", crs=None, columns={})
    geo = json.loads(text)
    shape = str(geo["primary_column"])
    column = geo["columns"][shape]
    covering = column.get("covering", {}).get("bbox", {})
    columns = {side: ".".join(covering[side]) for side in _SIDES} if covering else {}
    hidden = {shape, *(path.partition(".")[0] for path in columns.values())}
    said = column.get("crs", "OGC:CRS84")
    return Boxes(
        names=tuple(name for name in schema.names if name not in hidden),
        geometry=shape,
        crs=None if said is None else pyproj.CRS.from_user_input(said),
        columns=columns,
    )


def read_rows(
    path: Path, columns: Sequence[str], boxes: Boxes, near: Bounds | None
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Read columns of a Parquet file, of all rows or of those near a place.

    Parameters
    ----------
    path
        The file.
    columns
        Columns wanted.
    boxes
        What it says of itself.
    near
        West, south, east and north in degrees; None reads every row.

    Returns
    -------
    frame : DataFrame or GeoDataFrame
        The columns, and ``geometry`` where there is one.
    rows : array of int64
        Number of each row in the file, counted from 1.
    """
    if near is None or not boxes.columns or boxes.crs is None:
        if not boxes.geometry:
            frame = pd.read_parquet(path, columns=list(columns))
            return frame.reset_index(drop=True), _from_one(len(frame))
        placed = gpd.read_parquet(path, columns=[*columns, boxes.geometry])
        return _as_geometry(placed, boxes), _from_one(len(placed))
    back = pyproj.Transformer.from_crs(4326, boxes.crs, always_xy=True)
    box = back.transform_bounds(*near)
    with ParquetFile(path) as file:
        groups, first = groups_near(file, boxes, box)
        table = file.read_row_groups(groups.tolist(), columns=[*columns, boxes.geometry])
    sizes = np.diff(first)[groups]
    before = np.repeat(first[groups] - np.cumsum(sizes) + sizes, sizes)
    rows = before + np.arange(len(before)) + 1
    placed = gpd.GeoDataFrame.from_arrow(table, geometry=boxes.geometry)
    low_x, low_y, high_x, high_y = shapely.bounds(np.asarray(placed.geometry.array)).T
    # rows without a place are kept: they have faults of their own
    apart = (low_x > box[2]) | (high_x < box[0]) | (low_y > box[3]) | (high_y < box[1])
    kept = placed.loc[~apart].reset_index(drop=True)
    return _as_geometry(kept, boxes), rows[~apart].astype(np.int64)


def groups_near(
    file: ParquetFile, boxes: Boxes, box: Bounds
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the groups of rows that may have a row near a place, from the footer alone.

    Parameters
    ----------
    file
        An opened file.
    boxes
        What it says of itself, with boxes.
    box
        West, south, east and north in its CRS.

    Returns
    -------
    groups : array of int64
        Groups whose box meets this one, or is not said.
    first : array of int64, shape (n_groups + 1,)
        Number of rows before each group.
    """
    footer = file.metadata
    place = {footer.schema.column(i).path: i for i in range(footer.num_columns)}
    sizes, kept = [], []
    for number in range(footer.num_row_groups):
        group = footer.row_group(number)
        sizes.append(group.num_rows)
        said = {side: group.column(place[at]).statistics for side, at in boxes.columns.items()}
        if any(s is None or not s.has_min_max or s.null_count for s in said.values()) or (
            said["xmin"].min <= box[2]
            and said["xmax"].max >= box[0]
            and said["ymin"].min <= box[3]
            and said["ymax"].max >= box[1]
        ):
            kept.append(number)
    first = np.concatenate([[0], np.cumsum(sizes)])
    return np.array(kept, dtype=np.int64), first.astype(np.int64)


def _as_geometry(placed: gpd.GeoDataFrame, boxes: Boxes) -> gpd.GeoDataFrame:
    """Call the geometries ``geometry``, whatever the file calls them."""
    others = pd.DataFrame(placed.drop(columns=boxes.geometry)).reset_index(drop=True)
    return gpd.GeoDataFrame(others, geometry=placed.geometry.array, crs=placed.crs)


def _from_one(n: int) -> NDArray[np.int64]:
    return np.arange(1, n + 1, dtype=np.int64)
