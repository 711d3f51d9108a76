"""Coordinates that are not what they are said to be: exchanged, of another zone, rounded.

A place that lies nowhere near where it should is read in every way that coordinates in China are
written, degrees and Gauss-Krueger metres with and without the number of the zone, x and y as said and
exchanged; the reading that brings it home is named in the mend. Frames in, faults out; nothing is
corrected in silence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyproj
import shapely

from capacity.errors import Fault
from capacity.inputs.crs import (
    Bounds,
    box_text,
    in_china,
    label,
    looks_lonlat,
    same_crs,
    to_degrees,
)
from capacity.inputs.datum import from_wgs84
from capacity.inputs.frames import datum_key, faults_by_file

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

NEAR_DEGREES: Final = 0.5
"""How far beyond the box of the units a place may lie before it is odd: about 50 km."""
MOSTLY: Final = 0.9
"""Share of rows that a reading must bring home to be named for a whole layer."""
_OUTSIDE_ZONE_DEGREES = 4.0
_SAMPLE = 100
_ADVISED: Final = frozenset(
    {"crs.metres_as_degrees", "crs.degrees_as_metres", "crs.out_of_range", "crs.swapped"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A way to read two numbers: a CRS, and whether x and y are exchanged first."""

    crs: pyproj.CRS
    exchanged: bool = False

    def lands(
        self, x: NDArray[np.float64], y: NDArray[np.float64], box: Bounds
    ) -> NDArray[np.bool_]:
        """Tell which places, read so, lie in a box in degrees."""
        if self.exchanged:
            x, y = y, x
        degrees = to_degrees(self.crs)
        lon, lat = degrees.transform(x, y)
        west, south, east, north = box
        inside: NDArray[np.bool_] = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        if self.crs.is_geographic:
            return inside
        # beyond its zone a transverse Mercator gives a place that is not the one it came from
        back = degrees.transform(lon[inside], lat[inside], direction="INVERSE")
        inside[inside] = np.hypot(back[0] - x[inside], back[1] - y[inside]) <= 1.0
        return inside


def readings(crs: pyproj.CRS, box: Bounds) -> list[Reading]:
    """List the ways to read coordinates that a CRS puts elsewhere, the likeliest first.

    Parameters
    ----------
    crs
        What they are said to be in.
    box
        Where they should lie, in degrees.

    Returns
    -------
    list of Reading
        The same CRS with x and y exchanged; degrees; in China Gauss-Krueger coordinates of CGCS2000
        in zones of 3 and 6 degrees, without and with the number of the zone, elsewhere UTM; web
        Mercator; each as it is and exchanged.
    """
    lon, lat = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    if in_china(box):
        three, six = round(lon / 3), round((lon - 3) / 6)
        codes = [4490]
        codes += [start + n - 25 for n in (three, three - 1, three + 1) for start in (4534, 4513)]
        codes += [start + n - 12 for n in (six, six - 1, six + 1) for start in (4502, 4491)]
        codes = [code for code in codes if code == 4490 or 4491 <= code <= 4554]  # noqa: PLR2004
    else:
        codes = [4326, (32600 if lat >= 0 else 32700) + min(int((lon + 180) // 6) + 1, 60)]
    systems = [pyproj.CRS.from_epsg(code) for code in (*codes, 3857)]
    others = [system for system in systems if not same_crs(system, crs)]
    return [
        Reading(crs=crs, exchanged=True),
        *(Reading(crs=system) for system in others),
        *(Reading(crs=system, exchanged=True) for system in others),
    ]


def reading_of(
    x: NDArray[np.float64], y: NDArray[np.float64], crs: pyproj.CRS, box: Bounds
) -> Reading | None:
    """Find the first reading that brings nine tenths of places to a box in degrees."""
    found = (way for way in readings(crs, box) if way.lands(x, y, box).mean() >= MOSTLY)
    return next(found, None) if len(x) else None


def check_system(frame: gpd.GeoDataFrame) -> list[Fault]:
    """Check that projected coordinates lie near the area that their CRS is made for.

    Parameters
    ----------
    frame
        ``file``, ``row``, geometry; a geographic or no CRS passes, and so does one whose area of use
        is not known.

    Returns
    -------
    list of Fault
        ``crs.swapped``, ``crs.other_zone`` or ``crs.degrees_as_metres`` if all of it lies more than 4
        degrees away and another reading brings it there; else none.
    """
    area = None if frame.crs is None else frame.crs.area_of_use
    if area is None or frame.crs.is_geographic:
        return []
    x, y, rows = _centres(frame)
    box = _grown((area.west, area.south, area.east, area.north), _OUTSIDE_ZONE_DEGREES)
    said = Reading(crs=frame.crs)
    some = slice(None, None, max(len(rows) // _SAMPLE, 1))
    if len(rows) == 0 or said.lands(x[some], y[some], box).any() or said.lands(x, y, box).any():
        return []
    way = reading_of(x, y, frame.crs, box)
    return [] if way is None else _misread(frame, rows, way, "the area of its CRS")


def check_rows(frame: gpd.GeoDataFrame, units_box: Bounds) -> list[Fault]:
    """Check that points lie where the units lie, row by row, and say how they would.

    Parameters
    ----------
    frame
        Points in a CRS that they can be in: ``file``, ``row``, geometry.
    units_box
        Box of the units in degrees.

    Returns
    -------
    list of Fault
        ``crs.swapped``, ``crs.other_zone``, ``crs.degrees_as_metres`` or ``crs.metres_as_degrees``
        for rows that another reading brings to the units; ``layer.elsewhere`` if none does and no
        row lies there; ``crs.far_away`` (warning) for single rows. A row up to 0.5 degrees beyond
        the box is not odd.
    """
    x, y, rows = _centres(frame)
    box = _grown(units_box, NEAR_DEGREES)
    odd = ~Reading(crs=frame.crs).lands(x, y, box) & ((x != 0) | (y != 0))
    if not odd.any():
        return []
    x, y = x[odd], y[odd]
    if odd.mean() >= MOSTLY:
        ways = [way for way in [reading_of(x, y, frame.crs, box)] if way is not None]
    else:
        # a single row may lie in a neighbouring zone by chance, but not in degrees or exchanged
        ways = [way for way in readings(frame.crs, box) if _certain(way, frame.crs)]
    faults: list[Fault] = []
    left = np.ones(len(x), dtype=bool)
    for way in ways:
        home = left & way.lands(x, y, box)
        if home.any():
            faults += _misread(frame, rows[odd][home], way, "the units")
            left &= ~home
    if not left.any():
        return faults
    return faults + _far_away(frame, rows[odd][left], units_box, whole=left.sum() == len(rows))


def advise(fault: Fault, frame: gpd.GeoDataFrame, units_box: Bounds) -> Fault:
    """Say in the mend of a fault about coordinates which reading brings its rows to the units.

    Parameters
    ----------
    fault
        Any fault of the layer.
    frame
        The layer: ``file``, ``row``, geometry.
    units_box
        Box of the units in degrees.

    Returns
    -------
    Fault
        With another mend where one is found, else as it was.
    """
    if fault.code not in _ADVISED or frame.crs is None:
        return fault
    x, y, rows = _centres(frame)
    chosen = np.isin(frame["row"].to_numpy()[rows], fault.rows or frame["row"].to_numpy())
    way = reading_of(x[chosen], y[chosen], frame.crs, _grown(units_box, NEAR_DEGREES))
    if way is None:
        return fault
    mend, how = _mend(way, frame, whole=bool(chosen.all())), _how(way, frame.crs)
    return replace(
        fault, mend=mend if how in fault.message else f"They lie on the units {how}. {mend}"
    )


def check_precision(frame: gpd.GeoDataFrame, datum: str = "") -> list[Fault]:
    """Warn of degrees with two decimals or fewer.

    Parameters
    ----------
    frame
        Points: ``file``, ``row``, geometry or None.
    datum
        ``gcj02`` or ``bd09`` if they were converted from it: decimals are those of the file.

    Returns
    -------
    list of Fault
        ``crs.rounded`` (warning), or none.
    """
    x, y, rows = _centres(frame)
    if frame.crs is None or not frame.crs.is_geographic or len(rows) == 0:
        return []
    if not looks_lonlat([x.min(), y.min(), x.max(), y.max()]):
        return []
    zero = (x == 0) & (y == 0)
    if datum:
        x, y = from_wgs84(x, y, datum=datum)
    hundredths = np.abs(np.stack([x, y]) * 100 - np.round(np.stack([x, y]) * 100))
    marked = np.zeros(len(frame), dtype=bool)
    marked[rows[(hundredths < 1e-6).all(axis=0) & ~zero]] = True  # noqa: PLR2004  of 0.01 degrees
    return faults_by_file(
        frame,
        marked,
        "crs.rounded",
        "coordinates with two decimals or fewer in {n} of {total}: such a place is known to some "
        "700 m only, and a circle of 300 m around it says nothing.",
        "Give at least four decimals (10 m), or leave both coordinates empty.",
        severity="warning",
    )


# --- words ----------------------------------------------------------------------------------


def _misread(
    frame: gpd.GeoDataFrame, rows: NDArray[np.int64], way: Reading, where: str
) -> list[Fault]:
    marked = np.zeros(len(frame), dtype=bool)
    marked[rows] = True
    return faults_by_file(
        frame,
        marked,
        _code(way, frame.crs),
        f"coordinates far from {where} in {{n}} of {{total}}, but they lie there "
        f"{_how(way, frame.crs)}.",
        _mend(way, frame, whole=marked.sum() == len(_centres(frame)[2])),
    )


def _code(way: Reading, said: pyproj.CRS) -> str:
    if same_crs(way.crs, said):
        return "crs.swapped"
    if way.crs.is_geographic:
        return "crs.swapped" if said.is_geographic else "crs.degrees_as_metres"
    return "crs.metres_as_degrees" if said.is_geographic else "crs.other_zone"


def _how(way: Reading, said: pyproj.CRS) -> str:
    exchanged = "with x and y exchanged" if way.exchanged else ""
    if same_crs(way.crs, said):
        return exchanged
    system = f"in {label(way.crs)} ({way.crs.name})"
    return f"{system}, {exchanged}" if exchanged else system


def _mend(way: Reading, frame: gpd.GeoDataFrame, *, whole: bool) -> str:
    """Say what to change in area.toml, or in the rows."""
    key = datum_key(frame) if whole else "datum"
    datum = "" if same_crs(way.crs, frame.crs) else f'{key} = "{label(way.crs)}"'
    north = "" if way.crs.is_geographic else " (in Chinese surveying X points north)"
    exchange = f"name the columns of x and y the other way round{north}" if way.exchanged else ""
    if not whole:
        apart = f", or give them in a layer of their own with {datum}" if datum else ""
        return f"{'Exchange x and y in' if way.exchanged else 'Correct'} these rows{apart}."
    steps = " and ".join(step for step in (f"say {datum}" if datum else "", exchange) if step)
    older = (
        " Older data may be in Xian 1980 or Beijing 1954 of that zone, 100 m or so away."
        if "Gauss-Kruger" in way.crs.name and datum
        else ""
    )
    return f"{steps[:1].upper()}{steps[1:]}.{older}"


def _far_away(
    frame: gpd.GeoDataFrame, rows: NDArray[np.int64], units_box: Bounds, *, whole: bool
) -> list[Fault]:
    marked = np.zeros(len(frame), dtype=bool)
    marked[rows] = True
    places = frame.geometry[marked].to_crs(4326)
    if whole:
        west, south, east, north = places.total_bounds.tolist()
        return [
            Fault(
                severity="error",
                code="layer.elsewhere",
                message=f"the layer lies at {box_text((west, south, east, north))}, the units at "
                f"{box_text(units_box)}: they do not meet.",
                mend="Check the datum of both, and that the files are of the same area.",
                file=str(frame["file"].iloc[0]),
            )
        ]
    first = places.iloc[0]
    return faults_by_file(
        frame,
        marked,
        "crs.far_away",
        f"more than {NEAR_DEGREES:g} degrees (some 50 km) from the units in {{n}} of {{total}}, the "
        f"first at {first.x:.4f}, {first.y:.4f}.",
        "Geocode these rows again with the name of the city, or drop them if they are not of it.",
        severity="warning",
    )


def _grown(box: Bounds, by: float) -> Bounds:
    west, south, east, north = box
    return west - by, south - by, east + by, north + by


def _certain(way: Reading, said: pyproj.CRS) -> bool:
    """Tell whether a reading of single rows cannot be chance: the same system, degrees, or a prefix."""
    if same_crs(way.crs, said) or way.crs.is_geographic != said.is_geographic:
        return True
    return _prefixed(way.crs) != _prefixed(said)


def _prefixed(crs: pyproj.CRS) -> bool:
    """Tell whether eastings begin with the number of the zone."""
    parameters = [] if crs.coordinate_operation is None else crs.coordinate_operation.params
    return any(p.name == "False easting" and float(p.value) > 1e6 for p in parameters)  # noqa: PLR2004


def _centres(
    frame: gpd.GeoDataFrame,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Give the middle of each geometry's box, and the rows that have one."""
    bounds = shapely.bounds(np.asarray(frame.geometry.array))
    rows = np.flatnonzero(np.isfinite(bounds).all(axis=1))
    x, y = (bounds[rows, :2] + bounds[rows, 2:]).T / 2
    return x, y, rows
