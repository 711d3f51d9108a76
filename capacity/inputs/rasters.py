"""Reading population rasters, whole or a window at a time.

I/O only. A large raster is gone through block by block (``blocks``) and then read through windows: what
a window gives is, cell by cell, what the whole raster gives.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping  # noqa: TC003  annotations of dataclasses are read at run time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyproj
import rasterio
import shapely
from rasterio.enums import MaskFlags
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from capacity.errors import Fault
from capacity.fractions import to_pixels
from capacity.inputs import check
from capacity.inputs.cells import Reading, people_per_cell
from capacity.inputs.crs import Bounds, label, resolve_crs, shifted_grid, to_lonlat
from capacity.inputs.datum import SHIFTED
from capacity.inputs.frames import count_of
from capacity.inputs.grids import bounds_of
from capacity.inputs.paths import check_markup
from capacity.inputs.read import Request, cannot_open, missing_file, of_other_content
from capacity.inputs.survey import DENSE
from capacity.population import (
    InFile,
    PopulationGrid,
    RasterWindow,
    cell_areas_km2,
    transform_of,
)
from capacity.vocabulary import POPULATION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from capacity.population import Tally

BLOCK: Final = 1 << 21
"""Cells of a block where a raster is surveyed block by block, at most; a few are in memory at once."""
_CACHE = 32 << 20  # bytes
_MARKS: Final = frozenset(
    {255.0, 999.0, 32767.0, 65535.0, 2147483647.0, 4294967295.0}
    | {float("9" * n) for n in range(4, 13)}
    | {2147483648.0}
)
"""Numbers that rasters mark missing cells with, without their sign."""
_LOWEST_SHORT: Final = -32768.0
_HUGE: Final = 1e30
_TRIED: Final = 9  # places along each side of a raster that are tried in its CRS
_FINE_DEGREES = 0.01  # straight edges in degrees are cut so finely before they change CRS


@dataclass(frozen=True, slots=True, kw_only=True)
class RasterFile:
    """A population raster that stays in its file: small, and as good in another process.

    Attributes
    ----------
    path
        The file, or whatever else rasterio opens.
    bands
        Population column → band, counted from 1.
    crs
        Its CRS.
    raster
        Transform and shape, and the first row and column that are read.
    shape
        Rows and columns that are read; all of them unless it was asked for less.
    block
        Rows and columns that are stored together; windows along them cost least.
    reading
        How its numbers are meant.
    undeclared
        Bands and the number of each that stands for no data, though the raster does not say so;
        where it is negative, every negative number of the band does.
    """

    path: str
    bands: Mapping[str, int]
    crs: pyproj.CRS
    raster: RasterWindow
    shape: tuple[int, int]
    block: tuple[int, int]
    reading: Reading = field(default_factory=Reading)
    undeclared: frozenset[tuple[int, float]] = frozenset()


def read_raster(
    path: Path,
    request: Request,
    bands: Mapping[str, int],
    reading: Reading | None = None,
    near: Bounds | None = None,
) -> tuple[PopulationGrid | None, list[Fault]]:
    """Read population bands of a raster.

    Parameters
    ----------
    path
        GeoTIFF or another raster that rasterio opens; north up, south up or rotated.
    request
        File and CRS; nothing else of it is used.
    bands
        Population column → band, counted from 1; the population may be left out where there is only
        one band.
    reading
        How its numbers are meant; people per cell, and no number means unknown, unless said.
    near
        West, south, east and north in degrees: only the rows and columns that touch this box are
        read, and one more on each side.

    Returns
    -------
    tuple
        People per cell, 0 in cells without data and in negative ones; and the faults found. The grid
        is None where it cannot be used.
    """
    file, faults = open_raster(path, request, bands, reading, near)
    if file is None:
        return None, faults
    try:
        with _little_cache(), rasterio.open(file.path) as source:
            cells = _cells(file.raster, file.shape)
            read = {group: _read_band(source, band, cells) for group, band in file.bands.items()}
    except (RasterioError, OSError, ValueError) as error:
        return None, [cannot_open(path, request, error)]
    found = {file.bands[group]: band.extremes for group, band in read.items()}
    file = replace(file, undeclared=undeclared_of(found, file))
    return _grid_of(file, read, file.raster), faults + number_faults(found, file, request.file)


def read_window(file: RasterFile, place: RasterWindow, shape: tuple[int, int]) -> PopulationGrid:
    """Read some rows and columns of a raster that was surveyed.

    Parameters
    ----------
    file
        The raster.
    place
        Its first row and column.
    shape
        How many rows and columns; they lie in the raster.

    Returns
    -------
    PopulationGrid
        People per cell, those of ``read_raster`` to the last digit.

    Raises
    ------
    RasterioError, OSError
        The file has gone, or is no longer whole.
    """
    with _little_cache(), rasterio.open(file.path) as source:
        return _read_window(source, file, place, shape)


def read_block(
    file: RasterFile, place: RasterWindow, shape: tuple[int, int]
) -> tuple[PopulationGrid, dict[int, Extremes]]:
    """Read some rows and columns of a raster that was not looked through.

    Parameters
    ----------
    file, place, shape
        As for ``read_window``.

    Returns
    -------
    tuple
        People per cell, and the extreme numbers of each band.

    Raises
    ------
    RasterioError, OSError, ValueError
        The cells cannot be read.
    """
    with _little_cache(), rasterio.open(file.path) as source:
        cells = _cells(place, shape)
        read = {group: _read_band(source, band, cells) for group, band in file.bands.items()}
    found = {file.bands[group]: band.extremes for group, band in read.items()}
    return _grid_of(file, read, place), found


def _little_cache() -> rasterio.Env:
    """Keep GDAL from holding stored blocks in 5 % of the machine's memory: each is read once."""
    return rasterio.Env(GDAL_CACHEMAX=_CACHE)


def grid_in_file(file: RasterFile, tally: Tally | None = None) -> PopulationGrid:
    """Give a surveyed raster as a grid whose cells stay in the file until somebody asks for them.

    Parameters
    ----------
    file
        The raster.
    tally
        Its people, where they were added up.

    Returns
    -------
    PopulationGrid
        That of ``read_raster``; its place, CRS, shape and columns are known without reading.
    """
    grids: list[PopulationGrid] = []

    def whole() -> PopulationGrid:
        """Read the raster, once."""
        if not grids:
            grids.append(read_window(file, file.raster, file.shape))
        return grids[0]

    names = tuple(file.bands)
    return PopulationGrid(
        values=InFile(file, file.shape, names, lambda: whole().values, tally),
        transform=transform_of(file.raster),
        crs=file.crs,
        unknown=_Unknown(file, file.shape, names, lambda: whole().unknown),
        window=file.raster,
    )


class _Unknown(InFile):
    """Marks of cells without a number; which columns have any shows when they are read."""

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._whole()[name]

    def _whole(self) -> Mapping[str, NDArray[Any]]:
        if self._arrays is None:
            self._arrays = self._read()
        return self._arrays


def _touched(
    file: RasterFile, box: shapely.Polygon, crs: pyproj.CRS
) -> tuple[RasterWindow, tuple[int, int]]:
    """Find the rows and columns that a polygon's box in the raster touches, and one more around."""
    pixels = to_pixels(file, np.array([box], dtype=object), crs)[0]
    left, low, right, high = shapely.bounds(pixels)
    n_rows, raster = file.raster.shape[0], file.raster
    rows = _span(n_rows - high, n_rows - low, raster.row, raster.row + file.shape[0])
    columns = _span(left, right, raster.column, raster.column + file.shape[1])
    place = replace(raster, row=rows[0], column=columns[0])
    return place, (rows[1] - rows[0], columns[1] - columns[0])


def _span(low: float, high: float, least: int, most: int) -> tuple[int, int]:
    """Give the first cell and the one after the last that a stretch touches, and one beside each."""
    first = min(max(math.floor(low) - 1, least), most)
    return first, max(min(math.ceil(high) + 1, most), first)


def blocks_of(file: RasterFile) -> Iterator[Window]:
    """Cut a raster into windows along its stored blocks.

    Parameters
    ----------
    file
        The raster.

    Yields
    ------
    Window
        Row by row; as many stored blocks as ``BLOCK`` cells hold, at least one.
    """
    (n_rows, n_columns), (height, width) = file.shape, file.block
    top, left = file.raster.row, file.raster.column
    width = min(n_columns, width * max(1, BLOCK // (height * width)))
    height = min(n_rows, height * max(1, BLOCK // (height * width)))
    for row in _stops(top, top + n_rows, height):
        for column in _stops(left, left + n_columns, width):
            yield Window(column[0], row[0], column[1] - column[0], row[1] - row[0])


def _stops(first: int, last: int, step: int) -> Iterator[tuple[int, int]]:
    """Cut a stretch at the multiples of a step."""
    for start in range(first - first % step, last, step):
        yield max(start, first), min(start + step, last)


def open_raster(
    path: Path,
    request: Request,
    bands: Mapping[str, int],
    reading: Reading | None = None,
    near: Bounds | None = None,
) -> tuple[RasterFile | None, list[Fault]]:
    """Look at what a raster says of itself, without its cells.

    Parameters
    ----------
    path, request, bands, reading, near
        As for ``read_raster``.

    Returns
    -------
    tuple
        The raster, None where it cannot be used; and the faults found.
    """
    if fault := missing_file(path, request) or of_other_content(path, request):
        return None, [fault]
    if faults := check_markup(path, request.file, raster=True):
        return None, faults
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path) as source:
                file, faults = _header(source, path, request, bands, reading or Reading())
    except (RasterioError, OSError, ValueError) as error:
        return None, [cannot_open(path, request, error)]
    if file is None or near is None:
        return file, faults
    box = shapely.segmentize(shapely.box(*near), _FINE_DEGREES)
    place, shape = _touched(file, box, pyproj.CRS.from_epsg(4326))
    if 0 in shape:
        where = to_lonlat(bounds_of(file.raster.transform, file.shape), file.crs)
        return None, [] if where is None else check.elsewhere(where, near, request.file)
    return replace(file, raster=place, shape=shape), faults


def _header(
    source: rasterio.DatasetReader,
    path: Path,
    request: Request,
    bands: Mapping[str, int],
    reading: Reading,
) -> tuple[RasterFile | None, list[Fault]]:
    faults = [
        request.fault(
            "layer.missing",
            f"has no band {band}; it has {source.count}.",
            f"Correct {request.key}.bands.{group}.",
        )
        for group, band in bands.items()
        if band > source.count
    ]
    if POPULATION not in bands and source.count > 1:
        faults.append(_which_band(source, request))
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
        if crs is not None and not _can_be_in(bounds, crs):
            faults.append(_out_of_range(bounds, crs, request, stated=found is not None))
    if faults or crs is None:
        return None, faults
    n_rows, n_columns = source.shape
    return RasterFile(
        path=str(path),
        bands={POPULATION: 1, **bands},
        crs=crs,
        raster=RasterWindow(source.transform, (n_rows, n_columns)),
        shape=(n_rows, n_columns),
        block=source.block_shapes[0],
        reading=reading,
    ), []


def _can_be_in(bounds: Bounds, crs: pyproj.CRS) -> bool:
    """Say whether any of the places in a box can be in a CRS; a map of the world has corners that cannot."""
    if crs.is_geographic:
        return True  # too far east or north: the units are said to be elsewhere
    west, south, east, north = bounds
    x, y = np.meshgrid(np.linspace(west, east, _TRIED), np.linspace(south, north, _TRIED))
    to_degrees = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
    return bool(np.isfinite(to_degrees.transform(x, y)).any())


def _out_of_range(bounds: Bounds, crs: pyproj.CRS, request: Request, *, stated: bool) -> Fault:
    west, south, east, north = bounds
    return replace(
        request.fault(
            "crs.out_of_range",
            f"coordinates {west:.3f} to {east:.3f}, {south:.3f} to {north:.3f} cannot be in {label(crs)}.",
            "Give the raster the CRS that they are in (QGIS: Assign projection)."
            if stated
            else f"Say the CRS that they are in: {request.key}.datum.",
        ),
        values=(f"{west:.3f} 至 {east:.3f}", f"{south:.3f} 至 {north:.3f}", label(crs)),
    )


def _which_band(source: rasterio.DatasetReader, request: Request) -> Fault:
    """Ask which band holds everyone, naming the bands as the raster describes them."""
    named = [
        f"{band} ({text})" if text else str(band)
        for band, text in enumerate(source.descriptions, start=1)
    ]
    return request.fault(
        "layer.which",
        f"has several bands: {', '.join(named)}.",
        f"Say which one holds everyone with {request.key}.bands.population.",
    )


class Extremes(NamedTuple):
    """The lowest and the highest numbers of a band, as they are stored.

    ``n`` numbers are negative, from ``low`` (in ``n_low`` cells) by ``second``, the lowest but one, to
    ``high``; ``top`` is the highest of all, in ``n_top`` cells, and means ``people``.
    """

    n: int = 0
    low: float = math.inf
    n_low: int = 0
    second: float = math.inf
    high: float = -math.inf
    top: float = -math.inf
    n_top: int = 0
    people: float = -math.inf

    def with_(self, more: Extremes) -> Extremes:
        """Put those of two windows together."""
        lows = sorted({self.low, self.second, more.low, more.second})
        highest = max(self, more, key=lambda one: one.top)
        return Extremes(
            n=self.n + more.n,
            low=lows[0],
            n_low=sum(one.n_low for one in (self, more) if one.low == lows[0]),
            second=lows[1] if len(lows) > 1 else math.inf,
            high=max(self.high, more.high),
            top=highest.top,
            n_top=sum(one.n_top for one in (self, more) if one.top == highest.top),
            people=highest.people,
        )


NO_EXTREMES: Final = Extremes()


class _Band(NamedTuple):
    """Numbers of some cells of a band, 0 where they are missing or negative, with the marks of both."""

    values: NDArray[np.float64]
    missing: NDArray[np.bool_]
    negative: NDArray[np.bool_]
    extremes: Extremes
    scale: float
    offset: float


def _read_band(source: rasterio.DatasetReader, band: int, place: Window) -> _Band:
    """Read some cells of a band as float64, as they are stored."""
    values: NDArray[np.float64] = source.read(band, out_dtype="float64", window=place)
    missing: NDArray[np.bool_] = np.isnan(values)
    no_data = source.nodatavals[band - 1]
    if no_data is not None and not np.isnan(no_data):
        missing |= values == float(np.dtype(source.dtypes[band - 1]).type(no_data))
    if _has_mask(source, band):
        missing |= source.read_masks(band, window=place) == 0
    values[missing] = 0.0
    scale, offset = source.scales[band - 1], source.offsets[band - 1]
    negative = values < 0
    found = _extremes(values, values[negative], scale, offset)
    values[negative] = 0.0
    return _Band(values, missing, negative, found, scale, offset)


def _has_mask(source: rasterio.DatasetReader, band: int) -> bool:
    """Say whether a mask beside the numbers marks cells without data; alpha may be a band of people."""
    flags = source.mask_flag_enums[band - 1]
    return MaskFlags.per_dataset in flags and MaskFlags.alpha not in flags


def _extremes(
    values: NDArray[np.float64], below: NDArray[np.float64], scale: float, offset: float
) -> Extremes:
    """Find the extreme numbers of some cells, of which those below 0 are given apart."""
    top = float(values.max(initial=0.0))
    found = Extremes(
        top=top,
        n_top=int(np.count_nonzero(values == top)) if top in _MARKS or top >= _HUGE else 0,
        people=top * scale + offset,
    )
    if not len(below):
        return found
    low = float(below.min())
    return found._replace(
        n=len(below),
        low=low,
        n_low=int(np.count_nonzero(below == low)),
        second=float(below[below > low].min(initial=math.inf)),
        high=float(below.max()),
    )


def _read_window(
    source: rasterio.DatasetReader, file: RasterFile, place: RasterWindow, shape: tuple[int, int]
) -> PopulationGrid:
    if 0 in shape:
        nobody = {group: np.zeros(shape) for group in file.bands}
        return PopulationGrid(nobody, transform_of(place), file.crs, window=place)
    cells = _cells(place, shape)
    read = {group: _read_band(source, band, cells) for group, band in file.bands.items()}
    return _grid_of(file, read, place)


def _cells(place: RasterWindow, shape: tuple[int, int]) -> Window:
    return Window(place.column, place.row, shape[1], shape[0])


def _grid_of(file: RasterFile, read: Mapping[str, _Band], place: RasterWindow) -> PopulationGrid:
    """Make people per cell of what was read."""
    values, unknown = {}, {}
    for group, band in read.items():
        missing = band.missing
        for number in (number for of, number in file.undeclared if of == file.bands[group]):
            marked = band.negative if number < 0 else band.values == number
            missing = missing | marked
            band.values[marked] = 0.0
        if (band.scale, band.offset) != (1.0, 0.0):
            band.values[:] = band.values * band.scale
            band.values[~missing] += band.offset
        values[group] = band.values
        if missing.any():
            unknown[group] = missing
    shape = values[POPULATION].shape
    window = None if shape == file.raster.shape else place
    grid = PopulationGrid(values, transform_of(place), file.crs, unknown, window)
    return people_per_cell(grid, file.reading)


def undeclared_of(found: Mapping[int, Extremes], file: RasterFile) -> frozenset[tuple[int, float]]:
    """Give the numbers that stand for no data, though the raster does not say so.

    Parameters
    ----------
    found
        Band → its extreme numbers in the whole raster.
    file
        The raster.

    Returns
    -------
    frozenset of tuple
        Band and number: a negative one where it is the only one below 0; and the highest, where
        it is one that rasters mark missing cells with (9999, 65535, 3.4e38 …) and more people than
        can live in a cell.
    """
    return frozenset(
        [(band, some.low) for band, some in found.items() if some.n and some.low == some.high]
        + [
            (band, some.top)
            for band, some in found.items()
            if _is_mark(some.top) and _too_many(some.people, file)
        ]
    )


def _is_mark(number: float) -> bool:
    """Say whether a number is one that rasters mark missing cells with."""
    return abs(number) in _MARKS or number == _LOWEST_SHORT or _HUGE <= abs(number) < math.inf


def _too_many(people: float, file: RasterFile) -> bool:
    """Say whether nobody would believe so many people in a cell amid the raster."""
    if file.reading.kind == "density":
        return people > DENSE
    middle = replace(file.raster, row=file.raster.shape[0] // 2, column=file.raster.shape[1] // 2)
    one = PopulationGrid({POPULATION: np.zeros((1, 1))}, transform_of(middle), file.crs)
    return people > DENSE * float(cell_areas_km2(one)[0, 0])


def number_faults(found: Mapping[int, Extremes], file: RasterFile, name: str) -> list[Fault]:
    """Tell undeclared no-data values from wrong numbers.

    Parameters
    ----------
    found
        Band → its extreme numbers in the whole raster.
    file
        The raster.
    name
        The raster, as written in area.toml.

    Returns
    -------
    list of Fault
        ``population.negative``, ``population.undeclared_no_data``.
    """
    undeclared = undeclared_of(found, file)
    faults = []
    for band, some in found.items():
        if (band, some.low) in undeclared:
            faults.append(_no_data(band, some.low, some.n, name))
        elif some.n:
            faults.append(_negative(band, some, name))
        if (band, some.top) in undeclared:
            faults.append(_no_data(band, some.top, some.n_top, name))
        elif _is_mark(some.top) and some.n_top > 1:
            faults.append(_perhaps_no_data(band, some, name))
    return faults


def _no_data(band: int, number: float, n: int, name: str) -> Fault:
    said = _written(number)
    return Fault(
        severity="warning",
        code="population.undeclared_no_data",
        message=f"{said} in {count_of(n, 'cell')} of band {band} looks like a no-data "
        "value that the raster does not declare; it is taken as no data.",
        mend=f"Declare {said} as the raster's no-data value.",
        file=name,
        count=n,
        found_zh=(f"波段{band}中的 {said},暂按无数据处理",),
    )


def _perhaps_no_data(band: int, some: Extremes, name: str) -> Fault:
    said = _written(some.top)
    return Fault(
        severity="warning",
        code="population.undeclared_no_data",
        message=f"{said} in {count_of(some.n_top, 'cell')} of band {band} is the highest number, and one "
        "that rasters often mark missing cells with; it is counted as people.",
        mend=f"If it marks missing cells, declare {said} as the raster's no-data value.",
        file=name,
        count=some.n_top,
        found_zh=(f"波段{band}的最大值 {said},暂计为人数",),
    )


def _negative(band: int, some: Extremes, name: str) -> Fault:
    """Report negative numbers, one of which may stand for no data."""
    if not _is_mark(some.low):
        return Fault(
            severity="error",
            code="population.negative",
            message=f"negative numbers of people in {count_of(some.n, 'cell')} of band {band}, down to "
            f"{_written(some.low)}.",
            mend="Correct the raster.",
            file=name,
            count=some.n,
            found_zh=(f"波段{band},最小为 {_written(some.low)}",),
        )
    low, second, others = _written(some.low), _written(some.second), some.n - some.n_low
    return Fault(
        severity="error",
        code="population.negative",
        message=f"negative numbers of people in {count_of(some.n, 'cell')} of band {band}: {low} in "
        f"{some.n_low:,}, which looks like a no-data value that the raster does not declare, and others "
        f"in {others:,}, down to {second}.",
        mend=f"Declare {low} as the raster's no-data value, and correct the others (write {low} where "
        "they mean no data too).",
        file=name,
        count=some.n,
        found_zh=(
            f"波段{band}中 {low} 有{some.n_low:,}格,像未声明的无数据值:在栅格中声明",
            f"另有{others:,}格为负,最小为 {second}:改正,也是无数据的改为 {low}",
        ),
    )


def _written(number: float) -> str:
    """Write a number of a raster so that it can be declared: 4294967295, -9999, -3.4028235e+38."""
    if abs(number) < _HUGE:
        return f"{number:.15g}"
    single = np.float32(number) if abs(number) <= float(np.finfo(np.float32).max) else None
    return str(number if single is None or float(single) != number else single)
