"""Reading files: rasters, layers and text tables as they are, without judging what is in them.

I/O only. What cannot be read is a fault, so that every file is tried before anything is raised.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import warnings
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import rasterio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from capacity.errors import Fault
from capacity.inputs.config import RASTER_SUFFIXES, nearest
from capacity.inputs.crs import in_china, looks_lonlat, resolve_crs, shifted_grid
from capacity.inputs.datum import SHIFTED, convert_geometry
from capacity.inputs.frames import Layer, as_text, count_of, samples, to_numbers
from capacity.inputs.grids import bounds_of
from capacity.population import PopulationGrid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from affine import Affine
    from numpy.typing import NDArray

_TEXTS: Final = {".csv": ",", ".txt": ",", ".tsv": "\t"}
_PARQUET: Final = frozenset({".parquet", ".geoparquet"})
_SPREADSHEETS: Final = frozenset({".xls", ".xlsx", ".xlsm", ".et"})
_SHAPEFILE_PARTS: Final = (".shp", ".dbf", ".shx", ".prj")
_DBF_HEADER = 32
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
        Layer of a file with several; the datum or CRS that is declared.
    columns
        Key of area.toml's ``columns`` → column wanted. ``x`` and ``y`` make points of a table.
    where
        Column → values; rows with any of them are kept, compared as text.
    """

    key: str
    file: str
    layer: str | None = None
    datum: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def fault(self, code: str, message: str, mend: str = "", column: str = "") -> Fault:
        """Make an error about this file."""
        return Fault(
            severity="error", code=code, message=message, mend=mend, file=self.file, column=column
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Raster:
    """A population raster as read.

    Attributes
    ----------
    grid
        People per cell; cells without data and negative cells are 0.
    no_data
        Shape (n_rows, n_cols): cells of the population band that had no data.
    """

    grid: PopulationGrid
    no_data: NDArray[np.bool_]


def sha256(path: Path) -> str:
    """Hash a file's bytes; of a shapefile its .shp, .dbf, .shx and .prj one after the other.

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
        parts = [part for s in _SHAPEFILE_PARTS if (part := _sibling(path, s)) is not None]
    for part in parts:
        with part.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()


def _sibling(path: Path, suffix: str) -> Path | None:
    """Find the part of a shapefile with a suffix, in small or capital letters."""
    candidates = (path.with_suffix(s) for s in (suffix, suffix.upper()))
    return next((candidate for candidate in candidates if candidate.exists()), None)


def read_layer(path: Path, request: Request) -> tuple[Layer | None, list[Fault]]:
    """Read the wanted columns and rows of a vector layer or text table.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON, Shapefile, GeoParquet or whatever else pyogrio opens; or CSV/TSV in
        UTF-8 or GB18030, whose cells are all read as text.
    request
        Layer, columns, filter and CRS.

    Returns
    -------
    tuple
        The layer and the faults found. The layer is None where it cannot be used at all; its frame
        has no CRS where that could not be settled.
    """
    opened, faults = _open(path, request)
    if opened is None:
        return None, faults
    frame, found_crs = opened
    faults = _missing_columns(list(frame.columns), request)
    if faults:
        return None, faults
    rows = _row_numbers(frame)
    kept, faults = _filter(frame, request)
    if faults:
        return None, faults
    n_read = len(frame)
    frame, rows = frame.loc[kept].reset_index(drop=True), rows[kept]
    geometry, has_xy, faults = _geometry(frame, rows, request)
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
        columns=request.columns,
        rows_read=n_read,
        datum=request.datum if request.datum in SHIFTED else "",
    )
    return layer, faults


_Opened = tuple[pd.DataFrame, "pyproj.CRS | None"]


def _open(path: Path, request: Request) -> tuple[_Opened | None, list[Fault]]:
    """Open a file by its suffix."""
    if fault := missing_file(path, request):
        return None, [fault]
    suffix = path.suffix.lower()
    if suffix in _SPREADSHEETS or suffix in RASTER_SUFFIXES:
        what = "a spreadsheet" if suffix in _SPREADSHEETS else "a raster"
        mend = "Save the sheet as CSV (UTF-8)." if suffix in _SPREADSHEETS else "Give a layer."
        return None, [request.fault("file.kind", f"is {what}, which is not read here.", mend)]
    try:
        if suffix in _TEXTS:
            return (_read_text_table(path, _TEXTS[suffix]), None), []
        if suffix in _PARQUET:
            return _read_parquet(path), []
        return _read_vector(path, request)
    except (DataSourceError, DataLayerError, OSError, ValueError) as error:
        return None, [_cannot_open(path, request, error)]


def missing_file(path: Path, request: Request) -> Fault | None:
    """Report a file that is not there, with the nearest name in its folder."""
    if path.is_file():
        return None
    if not path.parent.is_dir():
        return request.fault("file.missing", "its folder does not exist.", "Correct the path.")
    near = nearest(path.name, sorted(p.name for p in path.parent.iterdir() if p.is_file()))
    mend = f"Did you mean '{near}'?" if near else "Correct the path."
    return request.fault("file.missing", "does not exist.", mend)


def _cannot_open(path: Path, request: Request, error: Exception) -> Fault:
    """Say in one line why a file cannot be opened."""
    first = re.split(r"[\n;]", str(error).strip())[0].rstrip(".")
    reason = first.replace(f"'{path}' not", "not").replace(str(path), "it") or type(error).__name__
    return request.fault(
        "file.cannot_open",
        f"cannot be read: {reason}.",
        "Check that the file is whole and that its suffix says what it is.",
    )


def _read_text_table(path: Path, delimiter: str) -> pd.DataFrame:
    """Read every cell as text; the index is the line of each row."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = raw.decode("gb18030")
        except UnicodeDecodeError:
            raise ValueError("it is neither UTF-8 nor GB18030 text") from None
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            frame = pd.read_csv(
                io.StringIO(text),
                sep=delimiter,
                dtype=str,
                keep_default_na=False,
                skip_blank_lines=False,
                index_col=False,
            )
        except (pd.errors.ParserWarning, pd.errors.ParserError):
            raise ValueError(_long_line(text, delimiter)) from None
    frame = frame.fillna("").rename(columns=lambda name: str(name).strip())
    frame.index = pd.Index(_lines(frame, text))
    return frame.loc[(frame != "").any(axis=1)]


def _long_line(text: str, delimiter: str) -> str:
    """Find the first line with more cells than the header."""
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    n_columns = len(next(lines))
    for cells in lines:
        if len(cells) > n_columns:
            return f"line {lines.line_num} has {len(cells)} cells, the header {n_columns}"
    return "its quotes do not close"


def _lines(frame: pd.DataFrame, text: str) -> NDArray[np.int64]:
    """Give the line on which each row begins; the header is line 1."""
    lines = np.arange(2, len(frame) + 2, dtype=np.int64)
    breaks_in_cells = text.rstrip("\r\n").count("\n") - len(frame)
    if breaks_in_cells <= 0:
        return lines
    inner = np.zeros(len(frame), dtype=np.int64)
    for name in frame.columns:
        inner += frame[name].str.count("\n").to_numpy(dtype=np.int64)
    lines[1:] += np.cumsum(inner)[:-1]
    return lines


def _read_parquet(path: Path) -> _Opened:
    try:
        frame = gpd.read_parquet(path)
    except ValueError:
        return pd.read_parquet(path), None
    data = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    return data.assign(geometry=frame.geometry.array), frame.crs


def _read_vector(path: Path, request: Request) -> tuple[_Opened | None, list[Fault]]:
    """Read the wanted columns of one layer through pyogrio."""
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
    encoding = _dbf_encoding(path)
    fields = [str(f) for f in pyogrio.read_info(path, layer=layer, encoding=encoding)["fields"]]
    if faults := _missing_columns(fields, request):
        return None, faults
    wanted = [name for name in fields if name in {*request.columns.values(), *request.where}]
    frame = pyogrio.read_dataframe(path, layer=layer, columns=wanted, encoding=encoding)
    crs = getattr(frame, "crs", None)
    return (pd.DataFrame(frame), crs), []


def _dbf_encoding(path: Path) -> str | None:
    """Find how the words of a shapefile without .cpg are written: UTF-8, else GB18030."""
    dbf = _sibling(path, ".dbf") if path.suffix.lower() == ".shp" else None
    if dbf is None or _sibling(path, ".cpg") is not None:
        return None
    records = dbf.read_bytes()[_DBF_HEADER:]
    for encoding in ("utf-8", "gb18030"):
        try:
            records.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return None


def _missing_columns(found: Sequence[str], request: Request) -> list[Fault]:
    """Report every column asked for that is not there, with its nearest neighbour."""
    wanted = {f"{request.key}.columns.{key}": name for key, name in request.columns.items()}
    wanted |= {f"{request.key}.where": name for name in request.where}
    listed = ", ".join(name for name in found if name != "geometry") or "none"
    faults = []
    for key, name in wanted.items():
        if name in found:
            continue
        near = nearest(name, found)
        hint = f"Did you mean '{near}'? " if near else ""
        faults.append(
            request.fault(
                "columns.missing",
                f"no such column. Columns found: {listed}.",
                f"{hint}Correct {key}.",
                name,
            )
        )
    return faults


def _row_numbers(frame: pd.DataFrame) -> NDArray[np.int64]:
    """Take the lines of a text table; count the features of a layer from 1."""
    if isinstance(frame.index, pd.RangeIndex):
        return np.arange(1, len(frame) + 1, dtype=np.int64)
    return frame.index.to_numpy(dtype=np.int64)


def _filter(frame: pd.DataFrame, request: Request) -> tuple[NDArray[np.bool_], list[Fault]]:
    """Mark the rows that the filter keeps; a filter that keeps nothing is a fault."""
    kept = np.ones(len(frame), dtype=bool)
    for name, values in request.where.items():
        text = as_text(frame[name])
        kept &= text.isin(list(values)).to_numpy(dtype=bool)
        if len(frame) and not kept.any():
            message = (
                f"the filter keeps no row: none of {samples(values)} here. Found: {samples(text)}."
            )
            mend = f"Correct {request.key}.where."
            return kept, [request.fault("layer.filtered_out", message, mend, name)]
    return kept, []


def _geometry(
    frame: pd.DataFrame, rows: NDArray[np.int64], request: Request
) -> tuple[NDArray[np.object_], bool, list[Fault]]:
    """Take the geometry column, or make points of x and y, or None for every row."""
    # A table may have a column of that name with text; only a layer's geometry is one.
    if "geometry" in frame and frame["geometry"].dtype == "geometry":
        geometry: NDArray[np.object_] = np.asarray(frame["geometry"].array, dtype=object)
        return geometry, False, []
    if not {"x", "y"} <= set(request.columns):
        return np.full(len(frame), None, dtype=object), False, []
    faults: list[Fault] = []
    axes = []
    for key in ("x", "y"):
        name = request.columns[key]
        numbers, unread = to_numbers(frame[name])
        axes.append(numbers.to_numpy(dtype=np.float64))
        if unread.any():
            faults.append(
                Fault(
                    severity="error",
                    code="table.not_a_number",
                    message=f"not a coordinate in {int(unread.sum())} of {len(frame):,} rows: "
                    f"{samples(frame.loc[unread, name])}.",
                    mend="Write plain numbers, or leave both coordinates empty.",
                    file=request.file,
                    rows=tuple(rows[unread].tolist()),
                    column=name,
                    count=int(unread.sum()),
                )
            )
    present = np.isfinite(axes[0]) & np.isfinite(axes[1])
    points = np.full(len(frame), None, dtype=object)
    points[present] = shapely.points(axes[0][present], axes[1][present])
    return points, True, faults


def _bounds(geometry: NDArray[np.object_]) -> tuple[float, float, float, float]:
    if len(geometry) == 0:
        return (np.nan,) * 4
    west, south, east, north = shapely.total_bounds(geometry)
    return float(west), float(south), float(east), float(north)


def _assumed_lonlat(
    path: Path, crs: pyproj.CRS | None, bounds: Sequence[float], *, has_xy: bool
) -> bool:
    """Tell a GeoJSON in China that does not say its CRS: its WGS 84 is only the format's default."""
    if has_xy or crs is None or path.suffix.lower() not in {".geojson", ".json"}:
        return False
    if not looks_lonlat(bounds) or not in_china((bounds[0], bounds[1], bounds[2], bounds[3])):
        return False
    with path.open("rb") as stream:
        head = stream.read(_CHUNK)
        stream.seek(max(path.stat().st_size - _CHUNK, 0))
        return _CRS_MEMBER.search(head) is None and _CRS_MEMBER.search(stream.read()) is None


def read_raster(
    path: Path, request: Request, bands: Mapping[str, int]
) -> tuple[Raster | None, list[Fault]]:
    """Read population bands of a raster.

    Parameters
    ----------
    path
        GeoTIFF or another raster that rasterio opens; north up, south up or rotated.
    request
        File and CRS; nothing else of it is used.
    bands
        Population column → band, counted from 1.

    Returns
    -------
    tuple
        The raster and the faults found; the raster is None where it cannot be used.
    """
    if fault := missing_file(path, request):
        return None, [fault]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path) as source:
                return _read_bands(source, request, bands)
    except (RasterioError, OSError, ValueError) as error:
        return None, [_cannot_open(path, request, error)]


def _read_bands(
    source: rasterio.DatasetReader, request: Request, bands: Mapping[str, int]
) -> tuple[Raster | None, list[Fault]]:
    faults = [
        request.fault(
            "layer.missing",
            f"has no band {band}; it has {source.count}.",
            f"Correct {request.key}.bands.{group}.",
        )
        for group, band in bands.items()
        if band > source.count
    ]
    if source.transform.is_identity:
        faults.append(
            request.fault(
                "raster.no_position", "has no position on the ground.", "Georeference the raster."
            )
        )
    found = None if source.crs is None else pyproj.CRS.from_user_input(source.crs)
    bounds = bounds_of(source.transform, source.shape)
    crs: pyproj.CRS | None = None
    if request.datum in SHIFTED:
        faults.append(replace(shifted_grid(request.datum), file=request.file))
    else:
        key = f"{request.key}.datum"
        crs, more = resolve_crs(found, request.datum, key=key, bounds=bounds)
        faults += [replace(fault, file=request.file) for fault in more]
    if faults or crs is None:
        return None, faults
    values: dict[str, NDArray[np.float64]] = {}
    no_data = np.zeros(source.shape, dtype=bool)
    unknown: dict[str, NDArray[np.bool_]] = {}
    for group, band in bands.items():
        values[group], missing, band_faults = _read_band(source, band, request)
        faults += band_faults
        if missing.any():
            unknown[group] = missing
        if group == "population":
            no_data = missing
    transform: Affine = source.transform
    return Raster(grid=PopulationGrid(values, transform, crs, unknown), no_data=no_data), faults


def _read_band(
    source: rasterio.DatasetReader, band: int, request: Request
) -> tuple[NDArray[np.float64], NDArray[np.bool_], list[Fault]]:
    """Read one band as float64; set cells without data and negative ones to 0, and say so."""
    values: NDArray[np.float64] = source.read(band, out_dtype="float64")
    missing: NDArray[np.bool_] = np.isnan(values)
    nodata = source.nodatavals[band - 1]
    if nodata is not None and not np.isnan(nodata):
        missing |= values == float(np.dtype(source.dtypes[band - 1]).type(nodata))
    values[missing] = 0.0
    negative = values < 0
    faults = _negative_cells(values[negative], band, request)
    if _is_one_value(values[negative]):
        missing |= negative
    values[negative] = 0.0
    scale, offset = source.scales[band - 1], source.offsets[band - 1]
    if (scale, offset) != (1.0, 0.0):
        values *= scale
        values[~missing] += offset
    return values, missing, faults


def _is_one_value(values: NDArray[np.float64]) -> bool:
    return len(values) > 0 and bool((values == values[0]).all())


def _negative_cells(values: NDArray[np.float64], band: int, request: Request) -> list[Fault]:
    """Tell an undeclared no-data value (one negative number) from wrong data (several)."""
    if len(values) == 0:
        return []
    one = _is_one_value(values)
    message = (
        f"{values[0]:g} in {count_of(len(values), 'cell')} of band {band} looks like a no-data value "
        "that the raster does not declare; it is taken as no data."
        if one
        else f"negative numbers of people in {count_of(len(values), 'cell')} of band {band}, down to "
        f"{values.min():g}."
    )
    return [
        Fault(
            severity="warning" if one else "error",
            code="population.undeclared_no_data" if one else "population.negative",
            message=message,
            mend=f"Declare {values[0]:g} as the raster's no-data value."
            if one
            else "Correct the raster.",
            file=request.file,
            count=len(values),
        )
    ]
