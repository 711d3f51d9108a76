"""Rasters in memory: arrays with coordinates, as xarray and rioxarray make them, read as grids.

xarray is not needed: an array is taken by what it has (``dims``, ``coords``, ``values``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyproj
from affine import Affine
from pyproj.exceptions import CRSError

from capacity.errors import Fault
from capacity.population import PopulationGrid
from capacity.vocabulary import GROUPS, POPULATION

if TYPE_CHECKING:
    from numpy.typing import NDArray

_X: Final = ("x", "lon", "longitude")
_Y: Final = ("y", "lat", "latitude")
_AXES = 2
_EVEN = 1e-3  # coordinates of a raster may be rounded to this part of a cell


def is_array(thing: object) -> bool:
    """Tell whether something is an array with coordinates, or a set of them."""
    return hasattr(thing, "dims") and hasattr(thing, "coords")


def grid_of_array(array: Any) -> tuple[PopulationGrid | None, list[Fault]]:
    """Read an array with coordinates as a population grid.

    Parameters
    ----------
    array
        A DataArray with the dimensions y and x (or lat and lon), and ``band`` where it holds several
        groups; or a Dataset with a variable per group. Coordinates are the centres of cells, evenly
        spaced, in either direction. Bands are named by ``band`` or by the attribute ``long_name``; a
        single one is the population. The CRS is that of the accessor ``.rio``, of the coordinate
        ``spatial_ref`` or of the attribute ``crs``. Never modified.

    Returns
    -------
    tuple
        The grid, its numbers as they stand, NaN and the declared no-data value taken as unknown; None
        with the faults where it cannot be used.
    """
    if not hasattr(array, "values") or callable(array.values):
        bands, faults = _variables(array)
    else:
        bands, faults = _bands(array)
    if faults:
        return None, faults
    first = next(iter(bands.values()))
    crs, more = _crs(array)
    faults += more
    transform, more = _transform(first, array)
    faults += more
    if crs is None or transform is None:
        return None, faults
    values: dict[str, NDArray[np.float64]] = {}
    unknown: dict[str, NDArray[np.bool_]] = {}
    for group, band in bands.items():
        numbers, missing = _numbers(band)
        values[group] = numbers
        if missing.any():
            unknown[group] = missing
    return PopulationGrid(values, transform, crs, unknown), faults


def _fault(code: str, message: str, mend: str) -> Fault:
    return Fault(severity="error", code=code, message=message, mend=mend, file="population")


def _variables(dataset: Any) -> tuple[dict[str, Any], list[Fault]]:
    """Take the variables of a set that are groups."""
    found = {group: dataset[group] for group in GROUPS if group in dataset.data_vars}
    if POPULATION in found:
        return found, _flat(found)
    names = ", ".join(map(str, dataset.data_vars))
    return {}, [_no_population(f"no variable is called population; there are: {names}.")]


def _bands(array: Any) -> tuple[dict[str, Any], list[Fault]]:
    """Take the bands of an array that are groups; a single one is the population."""
    if len(array.dims) == _AXES:
        return {POPULATION: array}, _flat({POPULATION: array})
    (axis, *others) = [name for name in array.dims if name not in {*_X, *_Y}] or [""]
    if others or not axis:
        dims = ", ".join(map(str, array.dims))
        return {}, [_no_axes(f"the array has the dimensions {dims}.")]
    n_bands = int(array.sizes[axis])
    names = [str(name) for name in np.asarray(array[axis].values)] if axis in array.coords else []
    if not set(names) & set(GROUPS):
        long = array.attrs.get("long_name", ())
        names = [long] if isinstance(long, str) else [str(name) for name in long]
    if n_bands == 1 and not set(names) & set(GROUPS):
        names = [POPULATION]
    found = {name: array.isel({axis: n}) for n, name in enumerate(names) if name in GROUPS}
    if POPULATION in found:
        return found, _flat(found)
    named = ", ".join(names) or "not named"
    return {}, [_no_population(f"of {n_bands} bands ({named}) none is called population.")]


def _no_population(message: str) -> Fault:
    mend = f"Call the bands or variables {', '.join(GROUPS)}; population is needed."
    return _fault("population.no_column", message, mend)


def _no_axes(message: str) -> Fault:
    mend = "Give dimensions y and x (or lat and lon) with coordinates, and band for several groups."
    return _fault("population.no_place", message, mend)


def _flat(bands: dict[str, Any]) -> list[Fault]:
    """Check that every band has coordinates on two axes, and all of them the same."""
    for band in bands.values():
        axes = [_axis(band, names) for names in (_Y, _X)]
        if len(band.dims) != _AXES or not all(axes):
            return [_no_axes(f"a band has the dimensions {', '.join(map(str, band.dims))}.")]
    return []


def _axis(band: Any, names: tuple[str, ...]) -> str:
    """Give the dimension with one of some names and a coordinate, or an empty text."""
    return next((name for name in names if name in band.dims and name in band.coords), "")


def _crs(array: Any) -> tuple[pyproj.CRS | None, list[Fault]]:
    """Find the CRS of an array where rioxarray, GDAL or a person put it."""
    said = getattr(getattr(array, "rio", None), "crs", None)
    if said is None and "spatial_ref" in array.coords:
        attributes = array.coords["spatial_ref"].attrs
        said = attributes.get("crs_wkt") or attributes.get("spatial_ref")
    if said is None:
        said = array.attrs.get("crs")
    if said is None:
        mend = "Say it with population.rio.write_crs(...), or in the attribute crs."
        return None, [_fault("crs.missing", "no CRS.", mend)]
    try:
        return pyproj.CRS.from_user_input(said), []
    except CRSError:
        return None, [_fault("crs.missing", f"unknown CRS {said}.", "Write it as 'EPSG:4326'.")]


def _transform(band: Any, array: Any) -> tuple[Affine | None, list[Fault]]:
    """Make the transform of a band from its coordinates, which are centres of cells."""
    y, x = (np.asarray(band[_axis(band, names)].values, dtype=np.float64) for names in (_Y, _X))
    steps = [_step(line) for line in (x, y)]
    if None in steps:
        mend = "Resample to a regular grid, or give the cells as polygons."
        message = "the coordinates are not evenly spaced, or there are fewer than two."
        return None, [_fault("population.off_lattice", message, mend)]
    dx, dy = (float(step) for step in steps if step is not None)
    dx, dy = abs(dx), abs(dy)
    transform = Affine(dx, 0.0, float(x.min()) - dx / 2, 0.0, -dy, float(y.max()) + dy / 2)
    return transform, _half_cell(transform, (len(y), len(x)), array)


def _step(line: NDArray[np.float64]) -> float | None:
    if len(line) < _AXES or not np.isfinite(line).all():
        return None
    step = float((line[-1] - line[0]) / (len(line) - 1))
    even = line[0] + step * np.arange(len(line))
    return step if step != 0 and np.abs(line - even).max() <= _EVEN * abs(step) else None


def _half_cell(transform: Affine, shape: tuple[int, int], array: Any) -> list[Fault]:
    """Compare with the transform that GDAL left, if any: coordinates of edges are half a cell off."""
    if "spatial_ref" not in array.coords:
        return []
    text = array.coords["spatial_ref"].attrs.get("GeoTransform")
    if text is None:
        return []
    left, right, _, top, _, down = (float(part) for part in str(text).split())
    n_rows, n_cols = shape
    west = left if right > 0 else left + right * n_cols
    north = top if down < 0 else top + down * n_rows
    off = max(abs(west - transform.c) / transform.a, abs(north - transform.f) / -transform.e)
    if off <= _EVEN:
        return []
    half = " They are the edges of cells, not their centres." if abs(off - 0.5) <= _EVEN else ""
    return [
        _fault(
            "population.half_cell",
            f"the coordinates lie {off:.2g} cells off the array's own transform.{half}",
            "Give the centres of cells as coordinates (rioxarray does), or take the attribute "
            "GeoTransform out if the coordinates are right.",
        )
    ]


def _numbers(band: Any) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Lay a band out north up, west left; what is unknown is 0 and marked."""
    rows, columns = _axis(band, _Y), _axis(band, _X)
    turned = band.transpose(rows, columns)
    values = np.array(turned.values, dtype=np.float64)
    y, x = np.asarray(band[rows].values), np.asarray(band[columns].values)
    if y[0] < y[-1]:
        values = values[::-1]
    if x[0] > x[-1]:
        values = values[:, ::-1]
    missing = np.isnan(values)
    for nothing in (band.attrs.get("_FillValue"), band.attrs.get("missing_value")):
        if nothing is not None:
            missing |= values == float(nothing)
    return np.where(missing, 0.0, values), missing
