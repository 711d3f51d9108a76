"""Chinese web-map datums: GCJ-02 and BD-09 to WGS 84 and back.

The published formulas, in numpy; the inverse is iterated until it moves less than a nanometre.
Pure functions: arrays or frames in, new ones out.

GCJ-02 (Amap 高德, Tencent 腾讯, Google in the mainland) moves WGS 84 by up to 700 m, mostly 300 to 600,
differently from place to place; BD-09 (Baidu 百度) lies 700 to 1,500 m from WGS 84. Neither has an EPSG
code, so no file can say that it is in one of them. CGCS2000 and WGS 84 differ by less than a metre,
and are taken as the same.

**Where GCJ-02 moves.** The published formula moves the box ``GCJ02_BOX`` and leaves everything outside
it alone; a point exactly on its border is moved. The box is far larger than China: it holds Mongolia,
Korea, most of Japan and South-East Asia down to Singapore. Maps of Hong Kong, Macao and Taiwan are
published with and without the shift: nothing in the coordinates tells which, so say ``wgs84`` for
those that are not shifted. The BD-09 step knows no box: it moves every point.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeVar

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from capacity.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyproj
    from numpy.typing import ArrayLike

DATUMS: Final = {"wgs84": "WGS 84", "cgcs2000": "CGCS2000", "gcj02": "GCJ-02", "bd09": "BD-09"}
"""Datums that a word says, and how they are written."""

SHIFTED: Final = ("gcj02", "bd09")
"""Datums of Chinese web maps, shifted by several hundred metres and without an EPSG code."""

DATUM_WORDS: Final = {
    **{datum: datum for datum in DATUMS},
    "gps": "wgs84",
    "天地图": "cgcs2000",
    "国家2000": "cgcs2000",
    "2000国家大地坐标系": "cgcs2000",
    "火星坐标": "gcj02",
    "火星坐标系": "gcj02",
    "高德": "gcj02",
    "腾讯": "gcj02",
    "amap": "gcj02",
    "百度": "bd09",
    "百度坐标": "bd09",
    "baidu": "bd09",
    "bd09ll": "bd09",
}
"""Words for a datum, in small letters without hyphens, spaces and underscores."""

GCJ02_BOX: Final = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north: what the published formula of GCJ-02 moves, its border included."""

_CODES: Final = {"wgs84": 4326, "cgcs2000": 4490}
_SEMI_MAJOR, _ECCENTRICITY_2 = 6378245.0, 0.00669342162296594323
_CENTRE_LON, _CENTRE_LAT = 105.0, 35.0
_BD_LON, _BD_LAT = 0.0065, 0.006
_BD_WAVE: Final = np.pi * 3000 / 180
_SETTLED: Final = 1e-11
"""Degrees, a micrometre: a round that moves no point by more has arrived, for the next one would move
it by 2 % of that at most."""
_ROUNDS = 20
_CHUNK = 1 << 15

_Floats = NDArray[np.float64]
_Pair = tuple[_Floats, _Floats]
_Geo = TypeVar("_Geo", gpd.GeoSeries, gpd.GeoDataFrame)


def datum_of(text: str) -> str:
    """Give the datum that a word means, or an empty text; case, hyphens and spaces do not matter.

    Examples
    --------
    >>> datum_of("GCJ-02"), datum_of("百度"), datum_of("EPSG:4547")
    ('gcj02', 'bd09', '')
    """
    return DATUM_WORDS.get(re.sub(r"[\s_-]", "", text).lower(), "")


def to_wgs84(
    lon: ArrayLike, lat: ArrayLike, *, datum: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Convert degrees of a Chinese web map to WGS 84.

    Parameters
    ----------
    lon, lat
        Degrees, of any shapes that broadcast; NaN stays NaN, and what cannot be degrees (beyond 180
        or 90) stays as it is.
    datum
        ``gcj02``, ``bd09``, or ``wgs84`` or ``cgcs2000``, which change nothing; in any case, and the
        Chinese words of ``DATUM_WORDS``.

    Returns
    -------
    tuple of ndarray
        Longitude and latitude in WGS 84, float64, of the broadcast shape.

    Raises
    ------
    InputError
        The datum is not known.

    Notes
    -----
    The inverse of ``from_wgs84`` to under a millimetre (a few nanometres in practice), found by
    iterating it. Points of GCJ-02 outside ``GCJ02_BOX`` were never moved and stay; so do those, up to
    some 700 m inside its border, that no point in the box is moved to.

    Examples
    --------
    >>> lon, lat = to_wgs84([113.6313], [34.7534], datum="gcj02")
    >>> lon.round(6).tolist(), lat.round(6).tolist()
    ([113.625253], [34.754575])
    """
    return _convert(lon, lat, _known(datum), _inverse)


def from_wgs84(
    lon: ArrayLike, lat: ArrayLike, *, datum: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Convert WGS 84 to the degrees of a Chinese web map.

    Parameters
    ----------
    lon, lat
        Degrees in WGS 84, as in ``to_wgs84``.
    datum
        As in ``to_wgs84``.

    Returns
    -------
    tuple of ndarray
        Longitude and latitude in the datum, float64, of the broadcast shape.

    Raises
    ------
    InputError
        The datum is not known.

    Examples
    --------
    >>> lon, lat = from_wgs84(113.625253, 34.754575, datum="bd09")
    >>> lon.round(5).tolist(), lat.round(5).tolist()
    (113.63769, 34.7597)
    """
    return _convert(lon, lat, _known(datum), _forward)


def convert_datum(geo: _Geo, *, source: str, target: str = "wgs84") -> _Geo:
    """Convert a GeoSeries or GeoDataFrame in degrees from one datum to another.

    Every vertex is converted; edges stay straight between them, which is exact to centimetres for
    edges of a kilometre, since the shift changes by under 1 % of a distance.

    Parameters
    ----------
    geo
        Geometries in degrees: without a CRS, or in EPSG:4326 or EPSG:4490, which is how files in
        GCJ-02 and BD-09 call themselves for want of a code. Not modified; z is kept.
    source, target
        As ``datum`` in ``to_wgs84``.

    Returns
    -------
    GeoSeries or GeoDataFrame
        In EPSG:4326 or EPSG:4490 if the target is one of them, else without a CRS.

    Raises
    ------
    InputError
        A datum is not known, or the geometries are not in degrees of WGS 84 or CGCS2000.

    Examples
    --------
    >>> shops = gpd.GeoSeries(gpd.points_from_xy([113.6313], [34.7534]))
    >>> convert_datum(shops, source="gcj02").get_coordinates().round(6).to_numpy().tolist()
    [[113.625253, 34.754575]]
    """
    source, target = _known(source), _known(target)
    if geo.crs is not None and not (geo.crs.is_geographic and of_wgs84(geo.crs)):
        message = f"the geometries are in {geo.crs.name}, not in degrees of WGS 84 or CGCS2000."
        mend = "Bring them to EPSG:4326 with to_crs first."
        fault = Fault(severity="error", code="crs.datum", message=message, mend=mend)
        raise InputError("cannot be converted", [fault])
    geometry = geo if isinstance(geo, gpd.GeoSeries) else geo.geometry
    moved = convert_geometry(np.asarray(geometry.array), source, target)
    made = gpd.GeoSeries(moved, index=geometry.index, crs=_CODES.get(target), name=geometry.name)
    if isinstance(geo, gpd.GeoSeries):
        return made
    return geo.set_geometry(made).set_crs(made.crs, allow_override=True)


def convert_geometry(
    geometry: NDArray[np.object_], source: str, target: str = "wgs84"
) -> NDArray[np.object_]:
    """Convert every vertex of geometries in degrees; z is kept, missing stays missing."""

    def _moved(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        lon, lat = to_wgs84(xy[:, 0], xy[:, 1], datum=source)
        lon, lat = from_wgs84(lon, lat, datum=target)
        return np.column_stack([lon, lat, *xy.T[2:]])

    result = geometry.copy()
    deep = shapely.has_z(geometry)
    for marked in (deep, ~deep):
        if marked.any():
            include_z = bool(deep[marked].any())
            result[marked] = shapely.transform(geometry[marked], _moved, include_z=include_z)
    return result


def of_wgs84(crs: pyproj.CRS) -> bool:
    """Tell whether a CRS stands on WGS 84 or CGCS2000, which agree to better than a metre."""
    geodetic = crs.geodetic_crs
    if geodetic is None or geodetic.datum is None:
        return False
    name = re.sub(r"[\s_-]", "", geodetic.datum.name).lower().removeprefix("d")
    return name.startswith(("worldgeodeticsystem1984", "wgs84", "wgs1984", "china2000", "cgcs2000"))


def _known(datum: str) -> str:
    found = datum_of(datum)
    if not found:
        message = f"unknown datum '{datum}'."
        mend = f"Known: {', '.join(DATUMS)}. For any other system use to_crs."
        fault = Fault(severity="error", code="config.value", message=message, mend=mend)
        raise InputError("cannot be converted", [fault])
    return found


def _convert(
    lon: ArrayLike,
    lat: ArrayLike,
    datum: str,
    method: Callable[[str, _Floats, _Floats], _Pair],
) -> _Pair:
    """Convert what can be degrees, a chunk that fits the processor's cache at a time."""
    x, y = np.broadcast_arrays(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
    shape = x.shape
    x, y = x.flatten(), y.flatten()
    if datum in SHIFTED:
        degrees = np.flatnonzero((np.abs(x) <= 180) & (np.abs(y) <= 90))  # noqa: PLR2004
        for start in range(0, len(degrees), _CHUNK):
            part = degrees[start : start + _CHUNK]
            x[part], y[part] = method(datum, x[part], y[part])
    return x.reshape(shape), y.reshape(shape)


def _forward(datum: str, lon: _Floats, lat: _Floats) -> _Pair:
    lon, lat = _gcj_from_wgs(lon, lat)
    return _bd_from_gcj(lon, lat) if datum == "bd09" else (lon, lat)


def _inverse(datum: str, lon: _Floats, lat: _Floats) -> _Pair:
    if datum == "bd09":
        lon, lat = _iterate(_bd_from_gcj, lon, lat)
    inside = _in_box(lon, lat)
    x, y = _iterate(_moved_by_gcj, lon, lat)
    came = inside & _in_box(x, y)
    return np.where(came, x, lon), np.where(came, y, lat)


def _in_box(lon: _Floats, lat: _Floats) -> NDArray[np.bool_]:
    west, south, east, north = GCJ02_BOX
    inside: NDArray[np.bool_] = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return inside


def _iterate(forward: Callable[[_Floats, _Floats], _Pair], lon: _Floats, lat: _Floats) -> _Pair:
    """Find what a map that moves neighbours almost alike takes to the points given."""
    x, y = lon, lat
    for _ in range(_ROUNDS):
        there, up = forward(x, y)
        right, above = lon - there, lat - up
        x, y = x + right, y + above
        if max(np.abs(right).max(initial=0), np.abs(above).max(initial=0)) <= _SETTLED:
            break
    return x, y


def _gcj_from_wgs(lon: _Floats, lat: _Floats) -> _Pair:
    inside = _in_box(lon, lat)
    x, y = _moved_by_gcj(lon, lat)
    return np.where(inside, x, lon), np.where(inside, y, lat)


def _moved_by_gcj(lon: _Floats, lat: _Floats) -> _Pair:
    """Move points by the shift of GCJ-02: polynomials and sines of the place in metres."""
    x, y = lon - _CENTRE_LON, lat - _CENTRE_LAT
    double = np.sin(2 * np.pi * x)
    sextuple = double * (3 - 4 * double * double)
    both = 0.1 * x * y + (sextuple + double) * (40 / 3)
    root = np.sqrt(np.abs(x))
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * root + both + _waves(x, 150, 300)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.2 * root + both + _waves(y, 160, 320)
    cosine = np.cos(np.radians(lat))
    flat = 1 - _ECCENTRICITY_2 * (1 - cosine * cosine)
    per_radian = _SEMI_MAJOR / np.sqrt(flat)
    return (
        lon + np.degrees(east / (per_radian * cosine)),
        lat + np.degrees(north / (per_radian * (1 - _ECCENTRICITY_2) / flat)),
    )


def _waves(at: _Floats, long: float, longest: float) -> _Floats:
    angle = np.pi * at
    waves: NDArray[np.float64] = (2 / 3) * (
        20 * np.sin(angle)
        + 40 * np.sin(angle / 3)
        + long * np.sin(angle / 12)
        + longest * np.sin(angle / 30)
    )
    return waves


def _bd_from_gcj(lon: _Floats, lat: _Floats) -> _Pair:
    """Turn and stretch about 0, 0 by a small wave, then move by a constant.

    The turn is 3e-6 radians at most: its cosine and sine are their series to the last digit.
    """
    turn = 3e-6 * np.cos(lon * _BD_WAVE)
    radius = np.maximum(np.hypot(lon, lat), np.finfo(np.float64).tiny)
    stretch = 1 + 2e-5 * np.sin(lat * _BD_WAVE) / radius
    cosine, sine = 1 - turn * turn / 2, turn
    return (
        stretch * (lon * cosine - lat * sine) + _BD_LON,
        stretch * (lat * cosine + lon * sine) + _BD_LAT,
    )
