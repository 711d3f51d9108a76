"""Reading files: rasters, layers and text tables as they are, without judging what is in them.

I/O only. What cannot be read is a fault, so that every file is tried before anything is raised.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
import zipfile
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from capacity.errors import Fault
from capacity.inputs import parquet, sheets, texts
from capacity.inputs.accounts import FILTERED
from capacity.inputs.columns import Wanted, find_columns, missing_column
from capacity.inputs.config import RASTER_SUFFIXES, nearest
from capacity.inputs.crs import Bounds, in_china, looks_lonlat, resolve_crs
from capacity.inputs.datum import SHIFTED, convert_geometry
from capacity.inputs.frames import Layer, as_text, fault_at, samples, to_numbers
from capacity.inputs.numbers import NO_UNIT, dimension_of
from capacity.inputs.paths import check_markup, parts_of, sibling
from capacity.inputs.tables import Sought, Table
from capacity.inputs.totals import rows_without_data
from capacity.inputs.unread import LOOKED_THROUGH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pyproj
    from numpy.typing import NDArray

_PARQUET: Final = frozenset({".parquet", ".geoparquet"})
_OTHER_SPREADSHEETS: Final = frozenset({".xlsb", ".ods", ".numbers", ".wps"})
_FOLDERS: Final = frozenset({".gdb"})
_SHAPEFILE_PARTS: Final = (".shp", ".dbf", ".shx", ".prj", ".cpg")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP: Final = b"PK\x03\x04"
_DBF_FIELD = 32
_DBF_SAMPLE = 1 << 22
_CRS_MEMBER = re.compile(rb'"crs"\s*:\s*\{')
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to read of one file.

    Attributes
    ----------
    key
        Its table in area.toml, such as ``facilities[2]``; in mends.
    file
        The file as written in area.toml; in faults.
    layer, datum
        Layer or sheet of a file with several; the datum or CRS that is declared.
    columns
        Key of area.toml's ``columns`` → column declared, empty where there is none. Keys that are
        not declared are looked for. ``x`` and ``y`` make points of a table.
    given
        Keys with one value for all rows, which are not looked for.
    unsought
        Keys that are taken only where they are declared.
    where
        Column → values; rows with any of them are kept, compared as text.
    header_rows
        Rows of the header of a text table or spreadsheet; none finds it.
    near
        West, south, east and north in degrees: of GeoParquet only the rows whose box meets this one.
    year
        Of the data date, None where there is none.
    """

    key: str
    file: str
    layer: str | None = None
    datum: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    unsought: frozenset[str] = frozenset()
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)
    header_rows: tuple[int, ...] = ()
    near: Bounds | None = None
    year: int | None = None

    def fault(self, code: str, message: str, mend: str = "", column: str = "") -> Fault:
        """Make an error about this file."""
        return Fault(
            severity="error", code=code, message=message, mend=mend, file=self.file, column=column
        )


def sha256(path: Path) -> str:
    """Hash a file's bytes; of several parts (shapefile, .gdb folder) one after the other.

    Parameters
    ----------
    path
        An existing file.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    parts = [path]
    if path.suffix.lower() == ".shp":
        parts = parts_of(path, _SHAPEFILE_PARTS)
    elif path.is_dir():
        parts = sorted(part for part in path.iterdir() if part.is_file())
    for part in parts:
        with part.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """An opened layer: its columns, and how to read those wanted.

    Attributes
    ----------
    names
        Its columns, without the geometry.
    read
        Columns wanted → a frame of them (and ``geometry``, where there is one), the row of each,
        the CRS of the file, and faults.
    table
        The table, where it is one of text or a spreadsheet.
    encoding
        How its text is written, where that had to be found out.
    has_geometry
        Whether it has geometries of its own.
    """

    names: Sequence[str]
    read: Callable[[Sequence[str]], _Read]
    table: Table | None = None
    encoding: str = ""
    has_geometry: bool = False


_Read = tuple[pd.DataFrame, "NDArray[np.int64]", "pyproj.CRS | None", list[Fault]]


def read_layer(path: Path, request: Request) -> tuple[Layer | None, list[Fault]]:
    """Read the wanted columns and rows of a vector layer, text table or spreadsheet.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON, Shapefile, GeoParquet or whatever else pyogrio opens; CSV, TSV or TXT
        in UTF-8, UTF-16 or GB18030, or an Excel sheet, whose cells are all read as text.
    request
        Layer, columns, filter and datum.

    Returns
    -------
    tuple
        The layer and the faults found. The layer is None where it cannot be used at all; its frame
        has no CRS where that could not be settled.
    """
    try:
        opened, faults = _open(path, request)
        if opened is None:
            return None, faults
        columns, more = _columns(opened, request)
        faults += more
        if any(fault.severity == "error" for fault in more):
            return None, faults
        frame, rows, found_crs, more = opened.read([*columns.values(), *request.where])
        faults += _merged_numbers(more, columns)
    except (DataSourceError, DataLayerError, OSError, ValueError) as error:
        return None, [cannot_open(path, request, error)]
    if not len(frame) and any(fault.code in _HALTING for fault in more):
        return None, faults
    n_read = len(frame)
    not_data: dict[str, tuple[int, ...]] = {}
    header = None if opened.table is None else opened.table.header
    if header is not None:
        found, more = rows_without_data(frame, rows, request.file, columns, header.units)
        faults += more
        not_data = found.numbers(rows)
        frame, rows = frame.loc[found.data].reset_index(drop=True), rows[found.data]
    kept, more = _filter(frame, rows, request)
    faults += more
    if any(fault.severity == "error" for fault in more):
        return None, faults
    not_data |= {} if kept.all() else {FILTERED: tuple(rows[~kept].tolist())}
    frame, rows = frame.loc[kept].reset_index(drop=True), rows[kept]
    geometry, has_xy, more = _geometry(frame, rows, columns, request.file)
    faults += more
    bounds = _bounds(geometry)
    crs: pyproj.CRS | None = None
    if not shapely.is_missing(geometry).all():
        if _assumed_lonlat(path, found_crs, bounds, has_xy=has_xy):
            found_crs = None
        key = f"{request.key}.datum"
        crs, more = resolve_crs(found_crs, request.datum, key=key, bounds=bounds)
        faults += [replace(fault, file=request.file) for fault in more]
        if crs is not None and request.datum in SHIFTED:
            geometry = convert_geometry(geometry, request.datum)
    data = pd.DataFrame(frame).drop(columns="geometry", errors="ignore")
    placed = gpd.GeoDataFrame(data, geometry=gpd.GeoSeries(geometry, index=data.index, crs=crs))
    layer = Layer(
        key=request.key,
        file=request.file,
        frame=placed,
        rows=rows,
        columns=columns,
        rows_read=n_read,
        not_data=not_data,
        datum=request.datum if request.datum in SHIFTED else "",
        datum_said=request.datum is not None,
        recognised=frozenset(columns) - frozenset(request.columns),
        letters={} if opened.table is None else opened.table.letters,
        units={} if header is None else header.units,
        note_unit=NO_UNIT if header is None else header.note_unit,
        encoding=opened.encoding,
        unread=_others(opened, columns, request, rows),
        declined=frozenset(key for key, name in request.columns.items() if not name),
    )
    return layer, faults


def _others(
    opened: _Opened, columns: Mapping[str, str], request: Request, rows: NDArray[np.int64]
) -> pd.DataFrame:
    """Read the text of the columns that nothing is read from, where it could matter."""
    used = {*columns.values(), *request.where, "geometry"}
    count = Counter(str(name) for name in opened.names)
    single = [name for name, n in count.items() if name and n == 1 and name not in used]
    if request.key.partition("[")[0] not in LOOKED_THROUGH or not single:
        return pd.DataFrame()
    frame, numbers, _, _ = opened.read(single)
    return pd.DataFrame(frame)[single].set_axis(numbers).reindex(rows).reset_index(drop=True)


_HALTING: Final = frozenset({"table.quotes", "table.long_rows"})
"""Faults that leave no row of a table, or only some."""


def _columns(opened: _Opened, request: Request) -> tuple[dict[str, str], list[Fault]]:
    """Find the column of every key, and check those of the filter."""
    columns, faults = find_columns(
        opened.names,
        Wanted(
            key=request.key,
            file=request.file,
            declared=request.columns,
            given=request.given,
            unsought=request.unsought,
            places=not opened.has_geometry,
            year=request.year,
        ),
    )
    where = f"{request.key}.where"
    faults += [
        missing_column(name, opened.names, request.file, where)
        for name in request.where
        if name not in opened.names
    ]
    return columns, faults


def _merged_numbers(faults: Sequence[Fault], columns: Mapping[str, str]) -> list[Fault]:
    """Refuse a number that is merged over several rows: nobody knows whose it is."""
    numbers = {name for key, name in columns.items() if dimension_of(key)}
    return [
        replace(
            fault,
            severity="error",
            code="table.merged_number",
            message="one number merged over several rows: how much each of them has is not said.",
            mend="Unmerge the cells, and give every row its own number.",
        )
        if fault.code == "table.merged" and fault.column in numbers
        else fault
        for fault in faults
    ]


def _open(path: Path, request: Request) -> tuple[_Opened | None, list[Fault]]:
    """Open a file by its suffix."""
    if fault := missing_file(path, request):
        return None, [fault]
    if fault := of_other_content(path, request):
        return None, [fault]
    suffix = path.suffix.lower()
    if request.near is not None and suffix not in _PARQUET:
        message = "cannot be read in part, as a raster or GeoParquet can."
        mend = f"Take {request.key}.margin_m out, or convert it to GeoParquet (docs/storage.md)."
        return None, [request.fault("config.misplaced_key", message, mend)]
    if suffix in texts.SUFFIXES or suffix in sheets.SUFFIXES:
        return _open_table(path, request)
    if faults := _not_here(suffix, request) or check_markup(path, request.file):
        return None, faults
    return _open_parquet(path, request) if suffix in _PARQUET else _open_vector(path, request)


def _not_here(suffix: str, request: Request) -> list[Fault]:
    """Report kinds of files that are not read as layers, and a header row of a layer."""
    if suffix in _OTHER_SPREADSHEETS:
        message = "is a kind of spreadsheet that is not read here."
        return [request.fault("file.kind", message, "Save it as .xlsx.")]
    if suffix in RASTER_SUFFIXES:
        message = "is a raster, which is not read here."
        return [request.fault("file.kind", message, "Give a layer.")]
    if request.header_rows:
        message = "has no rows above its columns, as text tables and spreadsheets may."
        mend = f"Take {request.key}.header_row out."
        return [request.fault("config.misplaced_key", message, mend)]
    return []


def missing_file(path: Path, request: Request) -> Fault | None:
    """Report a file that is not there, with the nearest name in its folder.

    Parameters
    ----------
    path
        Where it should be.
    request
        What was asked for.

    Returns
    -------
    Fault or None
        ``file.missing``.
    """
    if path.is_file() or (path.is_dir() and path.suffix.lower() in _FOLDERS):
        return None
    if not path.parent.is_dir():
        return request.fault("file.missing", "its folder does not exist.", "Correct the path.")
    near = nearest(path.name, sorted(p.name for p in path.parent.iterdir() if p.is_file()))
    mend = f"Did you mean '{near}'?" if near else "Correct the path."
    return request.fault("file.missing", "does not exist.", mend)


def of_other_content(path: Path, request: Request) -> Fault | None:
    """Report an empty file, and a workbook that is named as if it were text.

    Parameters
    ----------
    path
        A file, or a folder, of which nothing is said.
    request
        What was asked for.

    Returns
    -------
    Fault or None
        ``file.empty`` or ``file.suffix``.
    """
    if not path.is_file():
        return None
    with path.open("rb") as stream:
        head = stream.read(len(_OLE))
    if not head:
        return request.fault("file.empty", "is empty: it has no bytes.", "Export it again.")
    if path.suffix.lower() not in texts.SUFFIXES or not head.startswith((_ZIP, _OLE)):
        return None
    if head == _OLE:
        kind, mend = "an Excel workbook of the older kind", "Rename it to .xls, and correct file."
    elif _has_sheets(path):
        kind, mend = "an Excel workbook", "Rename it to .xlsx, and correct file."
    else:
        kind, mend = "a zipped file", "Save it as the kind of file that its suffix says."
    message = f"is {kind}, though its name ends in {path.suffix}."
    return request.fault("file.suffix", message, mend)


def _has_sheets(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.startswith("xl/") for name in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


def cannot_open(path: Path, request: Request, error: Exception) -> Fault:
    """Say in one line why a file cannot be opened.

    Parameters
    ----------
    path
        The file.
    request
        What was asked for.
    error
        What the library said.

    Returns
    -------
    Fault
        ``file.cannot_open``.
    """
    first = re.split(r"[\n;]", str(error).strip())[0].rstrip(".")
    reason = first.replace(f"'{path}' not", "not").replace(str(path), "it") or type(error).__name__
    return request.fault(
        "file.cannot_open",
        f"cannot be read: {reason}.",
        "Check that the file is whole and that its suffix says what it is.",
    )


def _open_table(path: Path, request: Request) -> tuple[_Opened | None, list[Fault]]:
    """Open a text table or a sheet of a spreadsheet."""
    sought = Sought(
        key=request.key,
        file=request.file,
        declared=frozenset({*request.columns.values(), *request.where} - {""}),
        header_rows=request.header_rows,
    )
    is_text = path.suffix.lower() in texts.SUFFIXES
    if is_text and request.layer is not None:
        message = "is a text table, which has no layers."
        return None, [
            request.fault("config.misplaced_key", message, f"Take {request.key}.layer out.")
        ]
    table, faults = (
        texts.open_text(path, sought) if is_text else sheets.open_sheet(path, sought, request.layer)
    )
    if table is None:
        return None, faults
    names = table.header.names

    def read(wanted: Sequence[str]) -> _Read:
        # totals and remarks stand in the first column, wanted or not
        frame, rows, more = table.read(list(dict.fromkeys([names[0], *wanted])))
        return frame, rows, None, more

    return _Opened(names=names, read=read, table=table, encoding=table.encoding), faults


def _open_parquet(path: Path, request: Request) -> tuple[_Opened | None, list[Fault]]:
    """Open a GeoParquet file, or a Parquet file without geometries."""
    boxes = parquet.boxes_of(path)
    if request.near is not None and not boxes.columns:
        message = "has no boxes of its rows, so all of it would be read."
        mend = f"Write it with boxes (docs/storage.md), or take {request.key}.margin_m out."
        return None, [request.fault("config.misplaced_key", message, mend)]

    def read(wanted: Sequence[str]) -> _Read:
        columns = list(dict.fromkeys(wanted))
        frame, rows = parquet.read_rows(path, columns, boxes, request.near)
        return pd.DataFrame(frame), rows, getattr(frame, "crs", None), []

    names = [n for n in boxes.names if not n.startswith("__index_level_")]
    return _Opened(names=names, read=read, has_geometry=bool(boxes.geometry)), []


def _counted(n: int) -> NDArray[np.int64]:
    """Count the features of a layer from 1."""
    return np.arange(1, n + 1, dtype=np.int64)


def _open_vector(path: Path, request: Request) -> tuple[_Opened | None, list[Fault]]:
    """Open one layer through pyogrio."""
    names = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    layer = request.layer
    if layer is None and len(names) > 1:
        return None, [
            request.fault(
                "layer.which",
                f"has several layers: {', '.join(names)}.",
                f"Say which with {request.key}.layer.",
            )
        ]
    if layer is not None and layer not in names:
        message = f"has no layer '{layer}'. Layers found: {', '.join(names)}."
        return None, [request.fault("layer.missing", message, f"Correct {request.key}.layer.")]
    encoding, faults = _dbf_encoding(path, request)
    info = pyogrio.read_info(path, layer=layer, encoding=encoding)
    fields = [str(name) for name in info["fields"]]
    if info["features"] == 0 and not fields:
        mend = "Check the file, or take the layer out."
        return None, [request.fault("layer.empty", "no features in it.", mend)]

    def read(wanted: Sequence[str]) -> _Read:
        columns = [name for name in fields if name in set(wanted)]
        frame = pyogrio.read_dataframe(path, layer=layer, columns=columns, encoding=encoding)
        crs = getattr(frame, "crs", None)
        return pd.DataFrame(frame).reset_index(drop=True), _counted(len(frame)), crs, []

    has_geometry = info["geometry_type"] is not None
    opened = _Opened(names=fields, read=read, encoding=encoding or "", has_geometry=has_geometry)
    return opened, faults


def _dbf_encoding(path: Path, request: Request) -> tuple[str | None, list[Fault]]:
    """Find how the words of a shapefile are written, whatever its .cpg says.

    Of what the .cpg says, UTF-8 and GB18030 that one is taken in which most characters beyond
    ASCII are everyday Chinese; what the .cpg says goes first where it is as good.
    """
    dbf = sibling(path, ".dbf") if path.suffix.lower() == ".shp" else None
    if dbf is None:
        return None, []
    cpg = sibling(path, ".cpg")
    said = "" if cpg is None else cpg.read_text(encoding="ascii", errors="replace").strip()
    sample = _dbf_words(dbf)
    if sample.isascii():
        return (None if said else "UTF-8"), []
    scores = {
        label: texts.chinese_share(sample, codec)
        for label, codec in {said: texts.codec_of(said), "UTF-8": "utf-8", "GB18030": "gb18030"}.items()
        if codec
    }  # fmt: skip
    best = max(scores, key=lambda label: scores[label])
    if best == said:
        return texts.codec_of(said), []  # GDAL knows gbk, not every way to say it
    if said and scores.get(said, -1.0) < scores[best]:
        return best, [
            Fault(
                severity="warning",
                code="file.encoding_doubtful",
                message=f"its .cpg says {said}, but its words are {best}; read as {best}.",
                mend=f"Look at the names in the output; write {best} into the .cpg.",
                file=request.file,
            )
        ]
    info = [] if best == "UTF-8" else [texts.encoding_used(best, request.file)]
    return best, info


def _dbf_words(dbf: Path) -> bytes:
    """Give the names of the fields and the first records of a .dbf."""
    with dbf.open("rb") as stream:
        raw = stream.read(_DBF_SAMPLE)
    start = int.from_bytes(raw[8:10], "little")
    names = [
        raw[at : at + 11].partition(b"\0")[0]
        for at in range(_DBF_FIELD, max(start - 1, _DBF_FIELD), _DBF_FIELD)
    ]
    return b" ".join(names) + b" " + raw[start:]


def _filter(
    frame: pd.DataFrame, rows: NDArray[np.int64], request: Request
) -> tuple[NDArray[np.bool_], list[Fault]]:
    """Mark the rows that the filter keeps; a filter that keeps nothing is a fault.

    Cells are compared as text; those that it leaves out although they look like a value that it
    keeps, such as 2025年 beside 2025, are warned of.
    """
    kept = np.ones(len(frame), dtype=bool)
    faults = []
    for name, values in request.where.items():
        text = as_text(frame[name])
        matches = text.isin(list(values)).to_numpy(dtype=bool)
        kept &= matches
        if len(frame) and not kept.any():
            message = (
                f"the filter keeps no row: none of {samples(values)} here. Found: {samples(text)}."
            )
            mend = f"Correct {request.key}.where."
            return kept, [request.fault("layer.filtered_out", message, mend, name)]
        like = {_core(value) for value in values}
        near = {word for word in text[~matches].unique() if _core(word) in like}
        doubtful = text.isin(near).to_numpy(dtype=bool)
        faults += fault_at(
            request.file,
            rows,
            doubtful,
            "layer.nearly_kept",
            f"left out by the filter in {{n}} of {{total}}, though they look like {samples(values)}: "
            f"{samples(text[doubtful])}.",
            mend=f"Write the cells alike, or add these values to {request.key}.where.",
            column=name,
            severity="warning",
        )
    return kept, faults


_MEASURED: Final = re.compile(r"(\d+(?:\.\d+)?)(?:\.0+)?\D?")


def _core(value: str) -> str:
    """Write a value without what typing changes: case, spaces, full width, a unit of one letter."""
    plain = "".join(unicodedata.normalize("NFKC", value).casefold().split())
    number = _MEASURED.fullmatch(plain)
    return number[1] if number else plain


def _geometry(
    frame: pd.DataFrame, rows: NDArray[np.int64], columns: Mapping[str, str], file: str
) -> tuple[NDArray[np.object_], bool, list[Fault]]:
    """Take the geometry column, or make points of x and y, or None for every row."""
    # A table may have a column of that name with text; only a layer's geometry is one.
    if "geometry" in frame and frame["geometry"].dtype == "geometry":
        geometry: NDArray[np.object_] = np.asarray(frame["geometry"].array, dtype=object)
        return geometry, False, []
    if not {"x", "y"} <= set(columns):
        return np.full(len(frame), None, dtype=object), False, []
    points, faults = points_of_xy(frame, rows, columns, file)
    return points, True, faults


def points_of_xy(
    frame: pd.DataFrame, rows: NDArray[np.int64], columns: Mapping[str, str], file: str
) -> tuple[NDArray[np.object_], list[Fault]]:
    """Make points of two columns of coordinates.

    Parameters
    ----------
    frame : DataFrame, shape (n_rows,)
        Cells as text or numbers.
    rows : array of int, shape (n_rows,)
        Number of each row; in faults.
    columns
        ``x`` and ``y`` → column.
    file
        In faults.

    Returns
    -------
    tuple
        Shape (n_rows,): points, None where either coordinate is empty or no number; and
        ``crs.degrees_minutes`` and ``table.not_a_number``.
    """
    faults: list[Fault] = []
    axes = []
    for key in ("x", "y"):
        name = columns[key]
        numbers, unread = to_numbers(frame[name])
        axes.append(numbers.to_numpy(dtype=np.float64))
        text = as_text(frame[name])
        minutes = unread & text.str.fullmatch(DEGREES_MINUTES).to_numpy(dtype=bool)
        faults += fault_at(
            file,
            rows,
            minutes,
            "crs.degrees_minutes",
            f"degrees and minutes in {{n}} of {{total}}: {_decimal(text[minutes])}.",
            mend="Write decimal degrees: degrees + minutes / 60 + seconds / 3600.",
            column=name,
        )
        faults += fault_at(
            file,
            rows,
            unread & ~minutes,
            "table.not_a_number",
            f"not a coordinate in {{n}} of {{total}}: {samples(text[unread & ~minutes])}.",
            mend="Write plain numbers, or leave both coordinates empty.",
            column=name,
            cells=text,
        )
    present = np.isfinite(axes[0]) & np.isfinite(axes[1])
    points = np.full(len(frame), None, dtype=object)
    points[present] = shapely.points(axes[0][present], axes[1][present])
    return points, faults


DEGREES_MINUTES: Final = (
    r"(?:[东西南北]经?纬?|[EWNSewns])?\s*(?P<d>\d{1,3})\s*[°º度˚]\s*(?P<m>\d{1,2}(?:\.\d+)?)\s*[′'’分]\s*"
    r"(?:(?P<s>\d{1,2}(?:\.\d+)?)\s*(?:[″\"”秒]|['′’]{2}))?\s*[EWNSewns]?"
)
"""Text such as 113°39′40″, 东经113度39分40秒 or 34°45.5'N."""


def _decimal(texts: pd.Series[str]) -> str:
    """Show the first texts with the decimal degrees that they mean."""
    first = texts.drop_duplicates().head(2)
    parts = first.str.extract(DEGREES_MINUTES)[["d", "m", "s"]].astype("float64").fillna(0.0)
    degrees = parts["d"] + parts["m"] / 60 + parts["s"] / 3600
    return ", ".join(f"'{t}' is {d:.6f}" for t, d in zip(first, degrees, strict=True))


def _bounds(geometry: NDArray[np.object_]) -> tuple[float, float, float, float]:
    if len(geometry) == 0:
        return (np.nan,) * 4
    west, south, east, north = shapely.total_bounds(geometry)
    return float(west), float(south), float(east), float(north)


def _assumed_lonlat(
    path: Path, crs: pyproj.CRS | None, bounds: Sequence[float], *, has_xy: bool
) -> bool:
    """Tell a file in China that does not say its CRS: its WGS 84 is only the format's default."""
    suffix = path.suffix.lower()
    if has_xy or crs is None or suffix not in {".geojson", ".json", *_PARQUET}:
        return False
    if not looks_lonlat(bounds) or not in_china((bounds[0], bounds[1], bounds[2], bounds[3])):
        return False
    if suffix in _PARQUET:
        geo = json.loads((pyarrow.parquet.read_schema(path).metadata or {})[b"geo"])
        return "crs" not in geo["columns"][geo["primary_column"]]
    with path.open("rb") as stream:
        head = stream.read(_CHUNK)
        stream.seek(max(path.stat().st_size - _CHUNK, 0))
        return _CRS_MEMBER.search(head) is None and _CRS_MEMBER.search(stream.read()) is None
