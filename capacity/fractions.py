"""Areal interpolation: which share of a population cell lies in which polygon.

One question, asked twice: of units (how are the people split?) and of what is in reach (how many of
them are covered?). Regular grids go to exactextract, which computes exact coverage fractions without
a polygon per cell; irregular cells go to shapely, which intersects only the cells on a border; points
are in or out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import pyproj
import shapely
from exactextract import exact_extract
from exactextract.feature import FeatureSource
from exactextract.raster import RasterSource
from exactextract.writer import Writer

# exactextract hands out the base of its features only here.
from exactextract._exactextract import Feature  # isort: skip

from capacity.errors import InputError
from capacity.population import PopulationGrid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from capacity.population import Population, RasterWindow


# exactextract keeps fractions in single precision: they are rounded to millionths, and what is
# nearer to nothing, or to a whole, than this is nothing, or whole.
_MILLION = 1e6
NEGLIGIBLE = 1e-6
WHOLE = 1e-5
# Corners of polygons are snapped to this share of a cell, which collapses spikes of no width.
_PIXEL_PRECISION = 1e-7
_PER_PIXEL = 1e7
_AREAL = 2
# Straight edges are cut to this many cells before they change CRS, so that they stay straight.
_EDGE_CELLS = 5.0
# Polygons are overlaid by so many cells at a time: what lies between them stays in the processor's cache.
_AT_ONCE = 1 << 16


@dataclass(frozen=True, slots=True)
class Fractions:
    """Sparse table of cell × polygon, sorted by polygon, then cell.

    Attributes
    ----------
    cell, polygon
        Positions of the cell (row-major in a grid, row in a frame) and of the polygon, int64.
    fraction
        Share of the cell's area inside the polygon, over 0 and up to 1, float64.
    """

    cell: NDArray[np.int64]
    polygon: NDArray[np.int64]
    fraction: NDArray[np.float64]


def cell_fractions(
    population: Population, polygons: NDArray[np.object_], crs: pyproj.CRS
) -> Fractions:
    """Compute the share of every populated cell that lies in every polygon.

    A point cell counts whole in each polygon that it touches, border included. Empty or missing
    polygons have no rows. Cells without people are left out.

    Parameters
    ----------
    population
        Regular grid, or cells (polygons or points) in ``crs``.
    polygons : array of Polygon or MultiPolygon, shape (n_polygons,)
        In ``crs``.
    crs
        Metric CRS of the polygons.

    Returns
    -------
    Fractions
        One row per populated cell and polygon that share area, fractions over 1e-6.

    Notes
    -----
    Linear in the number of cells plus the number of border cells times polygons meeting there.
    Fractions of a grid are rounded to six places: exactextract computes them in single precision.
    """
    if isinstance(population, PopulationGrid):
        return _grid_fractions(population, polygons, crs)
    if population.crs is None or not population.crs.equals(crs):
        found = "no CRS" if population.crs is None else population.crs.to_string()
        raise InputError(
            f"population cells are in {found}, units in {crs.to_string()}. "
            "Bring them to one metric CRS with population.to_crs(units.crs)."
        )
    geometry = population.geometry.to_numpy()
    populated = np.flatnonzero(population["population"].to_numpy() > 0)
    return _vector_fractions(geometry[populated], populated, polygons)


class _WindowSource(RasterSource):  # type: ignore[misc]  # the base has no types
    """Marks of some cells of a raster, as exactextract reads them; those beyond the window are 0.

    It is told of the whole raster, so that it cuts polygons at the same places for any window.
    """

    def __init__(self, marks: NDArray[np.uint8], raster: RasterWindow) -> None:
        super().__init__()
        self.marks, self.raster = marks, raster

    def res(self) -> tuple[float, float]:
        return 1.0, 1.0

    def extent(self) -> tuple[float, float, float, float]:
        n_rows, n_columns = self.raster.shape
        return 0.0, 0.0, float(n_columns), float(n_rows)

    def srs_wkt(self) -> None:
        return None

    def nodata_value(self) -> int:
        return 0

    def read_window(self, x0: int, y0: int, nx: int, ny: int) -> NDArray[np.uint8]:
        top, left = y0 - self.raster.row, x0 - self.raster.column
        n_rows, n_columns = self.marks.shape
        if top >= 0 and left >= 0 and top + ny <= n_rows and left + nx <= n_columns:
            return self.marks[top : top + ny, left : left + nx]
        wanted = np.zeros((ny, nx), dtype=np.uint8)
        first, start = max(top, 0), max(left, 0)
        some = self.marks[first : max(top + ny, 0), start : max(left + nx, 0)]
        first, start = first - top, start - left
        wanted[first : first + some.shape[0], start : start + some.shape[1]] = some
        return wanted


class _WkbFeature(Feature):  # type: ignore[misc]  # the base has no types
    """A polygon and its position, as exactextract reads them."""

    def __init__(self, position: int, wkb: bytes) -> None:
        Feature.__init__(self)
        self.position = position
        self.wkb = wkb

    def geometry(self) -> bytes:
        return self.wkb

    def get(self, _name: str) -> int:
        return self.position

    def fields(self) -> list[str]:
        return ["polygon"]


class _WkbSource(FeatureSource):  # type: ignore[misc]  # the base has no types
    """Polygons as WKB: exactextract's own frame reader goes through GeoJSON text, 3 times slower."""

    def __init__(self, polygons: NDArray[np.object_]) -> None:
        super().__init__()
        self.polygons = polygons

    def count(self) -> int:
        return len(self.polygons)

    def __iter__(self) -> Iterator[_WkbFeature]:
        present = _there(self.polygons)
        wkb: NDArray[Any] = shapely.to_wkb(self.polygons[present])
        for position, data in zip(present.tolist(), wkb, strict=True):
            yield _WkbFeature(position, data)

    def srs_wkt(self) -> None:
        return None


class _Lists(Feature):  # type: ignore[misc]  # the base has no types
    """Cells and their coverage, of every polygon, one after the other."""

    def __init__(self) -> None:
        Feature.__init__(self)
        self.found: dict[str, list[Any]] = {"polygon": [], "cell_id": [], "coverage": []}

    def set(self, name: str, value: Any) -> None:
        self.found[name].append(value)

    def set_geometry(self, _geometry: object) -> None:
        """No geometry is asked for."""

    def set_geometry_format(self) -> str:
        return "wkb"


class _ListWriter(Writer):  # type: ignore[misc]  # the base has no types
    """What exactextract found as lists: its own writer makes a frame of it, which takes longer."""

    def __init__(self) -> None:
        super().__init__()
        self.lists = _Lists()

    def add_operation(self, _operation: Any) -> None:
        """Nothing is to be made ready."""

    def add_column(self, _name: str) -> None:
        """Nothing is to be made ready."""

    def write(self, feature: Any) -> None:
        feature.copy_to(self.lists)

    def features(self) -> dict[str, list[Any]]:
        return self.lists.found


def area_in_cells(
    grid: PopulationGrid,
    cells: NDArray[np.bool_],
    polygons: NDArray[np.object_],
    crs: pyproj.CRS,
) -> NDArray[np.float64]:
    """Area of each polygon in some cells of a grid, in cells.

    Parameters
    ----------
    grid
        The grid.
    cells : array, shape (n_rows, n_cols)
        Which cells.
    polygons : array, shape (n_polygons,)
        In ``crs``.
    crs
        Metric CRS of the polygons.

    Returns
    -------
    array, shape (n_polygons,)
        Number of cells, parts of cells counted as parts.
    """
    found = _grid_fractions(grid, polygons, crs, cells)
    sums = np.bincount(found.polygon, weights=found.fraction, minlength=len(polygons))
    return sums.astype(np.float64)


def area_of_cells(cells: NDArray[np.object_], polygons: NDArray[np.object_]) -> NDArray[np.float64]:
    """Area of each polygon that lies in any polygon cell, peopled or not.

    Parameters
    ----------
    cells, polygons : array of Polygon
        In one metric CRS.

    Returns
    -------
    array, shape (n_polygons,)
        Square metres.
    """
    found = _vector_fractions(cells, np.arange(len(cells)), polygons)
    area = found.fraction * shapely.area(cells)[found.cell]
    sums = np.bincount(found.polygon, weights=area, minlength=len(polygons))
    return sums.astype(np.float64)


def _grid_fractions(
    grid: PopulationGrid,
    polygons: NDArray[np.object_],
    crs: pyproj.CRS,
    cells: NDArray[np.bool_] | None = None,
) -> Fractions:
    """Fractions of the populated cells of a grid, or of the cells given."""
    pixels = _inside(_clean(grid, polygons, crs), grid.raster.shape)
    populated = grid.values["population"] > 0 if cells is None else cells
    source = _WindowSource(populated.view(np.uint8), grid.raster)
    parts = [_overlaid(source, pixels, some) for some in _blocks(pixels)]
    polygon = np.repeat(
        _joined([part.polygon for part in parts], np.int64),
        _joined([part.n_cells for part in parts], np.int64),
    )
    cell = _joined([part.cell for part in parts], np.int64)
    fraction = _joined([part.millionths for part in parts], np.float64)
    fraction /= _MILLION
    return Fractions(_in_window(cell, grid), polygon, fraction)


def _there(polygons: NDArray[np.object_]) -> NDArray[np.int64]:
    """Give the positions of polygons that are neither missing nor empty."""
    return np.flatnonzero(~(shapely.is_missing(polygons) | shapely.is_empty(polygons)))


def _blocks(pixels: NDArray[np.object_]) -> Iterator[NDArray[np.int64]]:
    """Divide polygons, in their order, into blocks of so many cells or of one polygon."""
    there = _there(pixels)
    block = np.cumsum(shapely.area(pixels[there])) // _AT_ONCE
    yield from np.split(there, np.flatnonzero(np.diff(block)) + 1) if len(there) else ()


class _Part(NamedTuple):
    """Cells of some polygons, in little memory: how many each has, those of all, and their millionths."""

    polygon: NDArray[np.int64]
    n_cells: NDArray[np.int64]
    cell: NDArray[np.integer[Any]]
    millionths: NDArray[np.int32]


def _overlaid(source: _WindowSource, pixels: NDArray[np.object_], some: NDArray[np.int64]) -> _Part:
    """Overlay some polygons with cells."""
    found: dict[str, list[Any]] = exact_extract(
        source,
        _WkbSource(pixels[some]),
        ["cell_id", "coverage"],
        include_cols=["polygon"],
        output=_ListWriter(),
    )
    n_cells = np.fromiter(map(len, found["cell_id"]), np.int64, len(found["cell_id"]))
    cell = _joined(found["cell_id"], np.int64)
    part = _joined(found["coverage"], np.float64)
    # Beyond the sixth place is the noise of single precision, which would make 13 places of 12.
    part *= _MILLION
    millionths = np.minimum(np.rint(part, out=part), _MILLION).astype(np.int32)
    keep = millionths > NEGLIGIBLE * _MILLION
    if not keep.all():
        of = np.searchsorted(np.cumsum(n_cells), np.flatnonzero(~keep), side="right")
        n_cells -= np.bincount(of, minlength=len(n_cells))
        cell, millionths = cell[keep], millionths[keep]
    small = np.min_scalar_type(-int(cell.max(initial=0)) - 1)  # signed, and the last cell in it
    polygon = some[np.array(found["polygon"], dtype=np.int64)]
    return _Part(polygon, n_cells, cell.astype(small), millionths)


def _in_window(cell: NDArray[np.int64], grid: PopulationGrid) -> NDArray[np.int64]:
    """Give positions in the grid of cells counted through its raster."""
    raster = grid.raster
    if raster.shape == grid.shape:
        return cell
    row, column = np.divmod(cell, raster.shape[1])
    return (row - raster.row) * grid.shape[1] + column - raster.column


def _clean(
    grid: PopulationGrid, polygons: NDArray[np.object_], crs: pyproj.CRS
) -> NDArray[np.object_]:
    """Bring polygons to pixel space, without lines and without spikes of no width.

    exactextract takes cells under them as covered.
    """
    polygonal = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
    moved = _in_crs_of(grid, polygons, crs)
    snapped = _in_pixels(grid, moved, _snap)
    # What has a spike is invalid once its corners are moved, each by itself; only that is mended,
    # which takes ten times as long.
    spiked = ~(np.isin(shapely.get_type_id(snapped), polygonal) & shapely.is_valid(snapped))
    at = np.flatnonzero(spiked & ~shapely.is_missing(polygons))
    if len(at) == 0:
        return snapped
    pixels = _in_pixels(grid, moved[at])
    for odd in np.flatnonzero(~np.isin(shapely.get_type_id(pixels), polygonal)).tolist():
        parts = shapely.get_parts(pixels[odd])
        pixels[odd] = shapely.union_all(parts[shapely.get_dimensions(parts) == _AREAL])
    snapped[at] = shapely.transform(pixels, _snap)
    spiked = ~shapely.is_valid(snapped[at])
    snapped[at[spiked]] = shapely.set_precision(pixels[spiked], _PIXEL_PRECISION)
    return snapped


def _inside(pixels: NDArray[np.object_], shape: tuple[int, int]) -> NDArray[np.object_]:
    """Leave parts of polygons out that share no area with the raster.

    exactextract takes the process down at a part that only touches the raster from outside.
    """
    n_rows, n_columns = shape
    many = shapely.get_type_id(pixels) == shapely.GeometryType.MULTIPOLYGON
    west, south, east, north = shapely.bounds(pixels).T
    over = (west < 0) | (south < 0) | (east > n_columns) | (north > n_rows)
    at = np.flatnonzero(many & over)
    if len(at) == 0:
        return pixels
    parts, of = shapely.get_parts(pixels[at], return_index=True)
    west, south, east, north = shapely.bounds(parts).T
    kept = (west < n_columns) & (south < n_rows) & (east > 0) & (north > 0)
    left = np.full(len(at), shapely.MultiPolygon(), dtype=object)
    result = pixels.copy()
    if kept.any():
        shapely.multipolygons(parts[kept], indices=of[kept], out=left)
    result[at] = left
    return result


def _snap(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round coordinates as GEOS does, halves up."""
    xy = xy * _PER_PIXEL
    whole = np.floor(xy)
    whole += (xy - whole) >= 0.5  # noqa: PLR2004  # a half
    whole /= _PER_PIXEL
    return whole


def _joined(parts: list[NDArray[Any]], dtype: Any) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype), *parts], dtype=dtype)


class Placed(Protocol):
    """Whatever knows where the cells of a raster lie: a grid, or a raster in its file."""

    @property
    def raster(self) -> RasterWindow:
        """Transform and shape."""

    @property
    def crs(self) -> pyproj.CRS:
        """CRS."""


def to_pixels(grid: Placed, polygons: NDArray[np.object_], crs: pyproj.CRS) -> NDArray[np.object_]:
    """Bring polygons to the grid's pixel space, where cells are unit squares.

    An affine map keeps area shares, so fractions are the same there, whatever the grid's rotation
    or axis order. x is the column; y is the number of rows minus the row, pointing up; both are
    counted in the raster that the grid is a window of.

    Parameters
    ----------
    grid
        Gives transform, shape and CRS.
    polygons : array, shape (n,)
        In ``crs``.
    crs
        CRS of the polygons.

    Returns
    -------
    array of geometries, shape (n,)
        The same polygons in pixel coordinates.
    """
    return _in_pixels(grid, _in_crs_of(grid, polygons, crs))


def _in_crs_of(grid: Placed, polygons: NDArray[np.object_], crs: pyproj.CRS) -> NDArray[np.object_]:
    return polygons if grid.crs.equals(crs) else _reproject(polygons, crs, grid)


def _in_pixels(
    grid: Placed,
    polygons: NDArray[np.object_],
    then: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None,
) -> NDArray[np.object_]:
    """Bring polygons in the CRS of the grid to pixel space, and ``then`` their corners elsewhere."""
    inverse = ~grid.raster.transform
    n_rows = grid.raster.shape[0]

    def _to_pixel(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = xy[:, 0], xy[:, 1]
        column = inverse.a * x + inverse.b * y + inverse.c
        row = inverse.d * x + inverse.e * y + inverse.f
        pixels = np.column_stack([column, n_rows - row])
        return pixels if then is None else then(pixels)

    return np.asarray(shapely.transform(polygons, _to_pixel), dtype=object)


def _reproject(polygons: NDArray[np.object_], crs: pyproj.CRS, grid: Placed) -> NDArray[np.object_]:
    transformer = pyproj.Transformer.from_crs(crs, grid.crs, always_xy=True)

    def _move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    cell_m = np.sqrt(abs(grid.raster.transform.determinant))
    if grid.crs.is_geographic:
        cell_m *= 100_000.0  # a degree is about this many metres
    cut = shapely.segmentize(polygons, _EDGE_CELLS * cell_m)
    return np.asarray(shapely.transform(cut, _move), dtype=object)


def _vector_fractions(
    cells: NDArray[np.object_], ids: NDArray[np.int64], polygons: NDArray[np.object_]
) -> Fractions:
    shapely.prepare(polygons)
    tree = shapely.STRtree(cells)
    polygon, cell = tree.query(polygons, predicate="intersects")
    area = shapely.area(cells)
    fraction = np.ones(len(cell))
    border = np.flatnonzero(
        (area[cell] > 0) & ~shapely.contains_properly(polygons[polygon], cells[cell])
    )
    shared = shapely.intersection(polygons[polygon[border]], cells[cell[border]])
    fraction[border] = shapely.area(shared) / area[cell[border]]
    keep = fraction > NEGLIGIBLE
    order = np.lexsort((cell[keep], polygon[keep]))
    return Fractions(
        ids[cell[keep]][order].astype(np.int64),
        polygon[keep][order].astype(np.int64),
        np.minimum(fraction[keep], 1.0)[order],
    )
