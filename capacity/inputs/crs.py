"""Coordinate systems of the inputs: choose the metric one, refuse what cannot measure.

Pure functions; nothing is guessed in silence, and no coordinate is converted here.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import numpy as np
import pyproj
from pyproj.exceptions import CRSError, ProjError

from capacity.errors import Fault
from capacity.exact import percent, rounded
from capacity.inputs.datum import DATUMS, SHIFTED, of_wgs84

if TYPE_CHECKING:
    from collections.abc import Sequence

Bounds = tuple[float, float, float, float]
"""West, south, east, north."""

CHINA: Final[Bounds] = (73.0, 17.5, 135.1, 53.6)
"""A rough box around China in degrees. It also holds Mongolia, Korea and parts of their neighbours:
there the choice of a Gauss-Kruger zone is still a sound metric system, only an unusual one."""

DATUM_ADVICE: Final = (
    "Coordinates of Amap (高德) and Tencent are in GCJ-02, those of Baidu (百度) in BD-09, several "
    "hundred metres away from WGS 84 (GPS) and CGCS2000 (天地图): nothing in a file tells them "
    "apart, so it must be said."
)

_WIDE_DEGREES = 6.0
_FIRST_MERIDIAN, _LAST_MERIDIAN, _FIRST_ZONE_EPSG = 75, 135, 4534
_SCALE_ERROR_ALLOWED = 0.01


def in_china(bounds_lonlat: Bounds) -> bool:
    """Tell whether the centre of a box in degrees lies in the rough box around China."""
    west, south, east, north = bounds_lonlat
    x, y = (west + east) / 2, (south + north) / 2
    return CHINA[0] <= x <= CHINA[2] and CHINA[1] <= y <= CHINA[3]


def choose_crs(bounds_lonlat: Bounds) -> pyproj.CRS:
    """Choose a CRS in metres for a study area.

    In China (the rough box ``CHINA``) the CGCS2000 3-degree Gauss-Kruger zone of the central
    meridian nearest to the centre, without the zone number in its eastings (EPSG:4534 to 4554 for
    75 to 135 degrees east); elsewhere the WGS 84 UTM zone. A centre halfway between two meridians
    takes the one whose multiple of three is even.

    Parameters
    ----------
    bounds_lonlat
        West, south, east, north in degrees.

    Returns
    -------
    pyproj.CRS
        Projected, in metres.

    Examples
    --------
    >>> choose_crs((112.7, 34.2, 114.2, 35.0)).to_epsg()
    4547
    >>> choose_crs((103.6, 1.1, 104.1, 1.5)).to_epsg()
    32648
    """
    west, south, east, north = bounds_lonlat
    lon, lat = (west + east) / 2, (south + north) / 2
    if in_china(bounds_lonlat):
        meridian = min(max(round(lon / 3) * 3, _FIRST_MERIDIAN), _LAST_MERIDIAN)
        return pyproj.CRS.from_epsg(_FIRST_ZONE_EPSG + (meridian - _FIRST_MERIDIAN) // 3)
    zone = min(int((lon + 180) // 6) + 1, 60)
    return pyproj.CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def check_metric(crs: pyproj.CRS | None, what: str) -> list[Fault]:
    """Check that distances can be measured in a CRS.

    Parameters
    ----------
    crs
        The CRS, or None where there is none.
    what
        What is in it, for the message.

    Returns
    -------
    list of Fault
        One error (``crs.missing``, ``crs.geographic``, ``crs.web_mercator``, ``crs.not_metres``),
        or none.

    Examples
    --------
    >>> check_metric(pyproj.CRS("EPSG:4547"), "units")
    []
    >>> print(check_metric(pyproj.CRS("EPSG:4326"), "units")[0])
    units: EPSG:4326 is in degrees, and metres cannot be measured in degrees. Use a projected \
CRS in metres, such as EPSG:4547.
    """
    mend = "Use a projected CRS in metres, such as EPSG:4547."
    if crs is None:
        code, message = "crs.missing", f"{what}: no CRS."
    elif crs.is_geographic:
        code = "crs.geographic"
        message = f"{what}: {label(crs)} is in degrees, and metres cannot be measured in degrees."
    elif is_mercator(crs):
        code = "crs.web_mercator"
        message = f"{what}: {label(crs)} is a Mercator map, whose metres grow with latitude."
    elif not crs.is_projected or any(axis.unit_conversion_factor != 1 for axis in crs.axis_info):
        units = " and ".join(sorted({axis.unit_name for axis in crs.axis_info}))
        code, message = (
            "crs.not_metres",
            f"{what}: {label(crs)} is in {units}, not projected metres.",
        )
    else:
        return []
    return [Fault(severity="error", code=code, message=message, mend=mend)]


def is_mercator(crs: pyproj.CRS) -> bool:
    """Tell whether a CRS is a normal Mercator, web mercator under any of its names included."""
    operation = crs.coordinate_operation
    name = operation.method_name if operation is not None else ""
    return "Mercator" in name and not any(word in name for word in ("Transverse", "Oblique"))


def label(crs: pyproj.CRS | None) -> str:
    """Name a CRS shortly: its EPSG code where it has one."""
    if crs is None:
        return "no CRS"
    authority = crs.to_authority(min_confidence=70)
    return ":".join(authority) if authority else crs.name


def same_crs(a: pyproj.CRS, b: pyproj.CRS) -> bool:
    """Tell whether two CRSs are the same for data in (x, y) order."""
    return bool(a.equals(b, ignore_axis_order=True)) or (
        a.to_epsg(min_confidence=70) is not None
        and a.to_epsg(min_confidence=70) == b.to_epsg(min_confidence=70)
    )


def to_lonlat(bounds: Sequence[float], crs: pyproj.CRS) -> Bounds | None:
    """Carry a box to degrees (WGS 84), its edges densified; None where that is impossible."""
    if not np.isfinite(bounds).all():
        return None
    try:
        transformer = to_degrees(crs)
        left, bottom, right, top = bounds
        west, south, east, north = transformer.transform_bounds(
            left, bottom, right, top, errcheck=True
        )
    except (ProjError, CRSError):
        return None
    return (west, south, east, north) if np.isfinite([west, south, east, north]).all() else None


@functools.lru_cache(maxsize=64)
def to_degrees(crs: pyproj.CRS) -> pyproj.Transformer:
    """Give what carries (x, y) to degrees (WGS 84), longitude first."""
    return pyproj.Transformer.from_crs(crs, 4326, always_xy=True)


def box_text(bounds_lonlat: Bounds) -> str:
    """Write a box in degrees: ``103.61 to 104.09 E, 1.16 to 1.47 N``."""
    west, south, east, north = bounds_lonlat
    return f"{west:.2f} to {east:.2f} E, {south:.2f} to {north:.2f} N"


def metric_crs_for(own: pyproj.CRS | None, bounds_lonlat: Bounds) -> pyproj.CRS:
    """Keep the units' own CRS where it measures well; choose one otherwise.

    The own CRS is kept when it is projected, in metres, not Mercator, and its metres are true to
    1 % at the centre of the area: coordinates then stay exactly as they were given.
    """
    if own is None or check_metric(own, "units"):
        return choose_crs(bounds_lonlat)
    return (
        own
        if scale_error(own, bounds_lonlat) <= _SCALE_ERROR_ALLOWED
        else choose_crs(bounds_lonlat)
    )


def scale_error(crs: pyproj.CRS, bounds_lonlat: Bounds, *, corners: bool = False) -> float:
    """Give the greatest relative error of a metre at the centre of a box, or also at its corners."""
    west, south, east, north = bounds_lonlat
    lon, lat = [(west + east) / 2], [(south + north) / 2]
    if corners:
        lon, lat = [*lon, west, west, east, east], [*lat, south, north, south, north]
    factors = pyproj.Proj(crs).get_factors(np.array(lon), np.array(lat))
    scales = np.array([factors.meridional_scale, factors.parallel_scale])
    return float(np.abs(scales - 1).max())


def check_extent(crs: pyproj.CRS, bounds_lonlat: Bounds) -> list[Fault]:
    """Warn where an area is too wide for one CRS, or the CRS asked for does not fit it.

    Parameters
    ----------
    crs
        Projected CRS of the study area.
    bounds_lonlat
        Box of the units in degrees.

    Returns
    -------
    list of Fault
        ``crs.wide`` for areas wider than 6 degrees, ``crs.distorts`` where metres are wrong by
        more than 1 % at the centre.
    """
    west, _, east, _ = bounds_lonlat
    if east - west > _WIDE_DEGREES:
        error = scale_error(crs, bounds_lonlat, corners=True)
        return [
            Fault(
                severity="warning",
                code="crs.wide",
                message=f"the area is {rounded(east - west, 1)} degrees wide; in {label(crs)} distances at "
                f"its edges are wrong by up to {percent(error)}.",
                mend="Assess parts of it, each in its own zone.",
            )
        ]
    error = scale_error(crs, bounds_lonlat)
    if error <= _SCALE_ERROR_ALLOWED:
        return []
    return [
        Fault(
            severity="warning",
            code="crs.distorts",
            message=f"in {label(crs)} distances are wrong by {percent(error)} in this area "
            f"({box_text(bounds_lonlat)}).",
            mend=f"Take crs out of [study_area], or use {label(choose_crs(bounds_lonlat))}.",
        )
    ]


def resolve_crs(
    found: pyproj.CRS | None, declared: str | None, *, key: str, bounds: Sequence[float]
) -> tuple[pyproj.CRS | None, list[Fault]]:
    """Settle the CRS of a layer from its file and from what is declared.

    Parameters
    ----------
    found
        What the file says, None where it says nothing.
    declared
        What is declared: a key of ``DATUMS`` or the text of a CRS; None where nothing is.
    key
        Where it is declared, such as ``units[1].datum``, for the mend.
    bounds
        Box of the coordinates as they stand, for the advice about datums.

    Returns
    -------
    tuple
        The CRS or None, and the faults (without a file): ``crs.datum``, ``crs.contradiction`` or
        ``crs.missing``. Coordinates in GCJ-02 or BD-09 get the CRS that they are in once converted.
    """
    if declared is None:
        return (None, [_no_crs(bounds, key)]) if found is None else (found, [])
    if declared in DATUMS:
        return _crs_of_datum(found, declared, key)
    crs = pyproj.CRS.from_user_input(declared)
    if found is None or same_crs(found, crs):
        return (crs if found is None else found), []
    return None, [_contradiction(found, label(crs), key)]


def _crs_of_datum(
    found: pyproj.CRS | None, datum: str, key: str
) -> tuple[pyproj.CRS | None, list[Fault]]:
    """Settle the CRS of a layer whose datum is said by its word."""
    lonlat = pyproj.CRS.from_epsg(4490 if datum == "cgcs2000" else 4326)
    if found is None:
        return lonlat, []
    if datum in SHIFTED and not found.is_geographic:
        return None, [_projected(found, DATUMS[datum], key)]
    if not of_wgs84(found):
        return None, [_contradiction(found, DATUMS[datum], key)]
    return (lonlat if datum in SHIFTED else found), []


def _projected(found: pyproj.CRS, datum: str, key: str) -> Fault:
    return Fault(
        severity="error",
        code="crs.datum",
        message=f"{datum} is declared, which comes in degrees, but the file says {label(found)}, "
        "which is projected.",
        mend=f"If it was projected from {datum} as if that were WGS 84, save it in degrees "
        f"(EPSG:4326) and keep the datum; otherwise take {key} out.",
    )


def shifted_grid(datum: str) -> Fault:
    """Make the error about a population grid in GCJ-02 or BD-09."""
    return Fault(
        severity="error",
        code="crs.datum",
        message=f"a grid in {DATUMS[datum]} cannot be converted: its cells would no longer be a grid.",
        mend="Take the grid as it was before it was shifted (population grids are published in WGS "
        "84), or give its cells as polygons, or its people as points without cell_size.",
    )


def _contradiction(found: pyproj.CRS, declared: str, key: str) -> Fault:
    return Fault(
        severity="error",
        code="crs.contradiction",
        message=f"the file says {label(found)}, but {declared} is declared.",
        mend=f"Take {key} out, or correct the file.",
    )


def _no_crs(bounds: Sequence[float], key: str) -> Fault:
    degrees = looks_lonlat(bounds)
    near_china = degrees and in_china((bounds[0], bounds[1], bounds[2], bounds[3]))
    return Fault(
        severity="error",
        code="crs.missing",
        message="no coordinate system." + (f" {DATUM_ADVICE}" if near_china else ""),
        mend=f'Say it with {key}: "wgs84", "cgcs2000", "gcj02", "bd09", or a CRS such as '
        '"EPSG:4547".',
    )


def looks_lonlat(bounds: Sequence[float]) -> bool:
    """Tell whether a box can be degrees."""
    return (
        bool(np.isfinite(bounds).all())
        and max(abs(bounds[0]), abs(bounds[2])) <= 180  # noqa: PLR2004  degrees
        and max(abs(bounds[1]), abs(bounds[3])) <= 90  # noqa: PLR2004  degrees
    )
