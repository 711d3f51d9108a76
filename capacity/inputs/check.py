"""Checks of the layers against themselves and each other: frames in, faults out.

No I/O, and nothing is mended in silence. Frames have the columns of ``inputs.frames``; their
``file`` and ``row`` say where a fault stands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from capacity.errors import Fault
from capacity.exact import percent, rounded
from capacity.inputs.codes import is_statistical
from capacity.inputs.config import nearest
from capacity.inputs.crs import Bounds, box_text, label, to_lonlat
from capacity.inputs.frames import count_of, datum_key, faults_by_file, samples
from capacity.inputs.membership import codes_of_name
from capacity.inputs.oddities import MOSTLY
from capacity.inputs.survey import ABSURD, DENSE, count_dense, count_exceeding
from capacity.vocabulary import GROUPS, PARTS, POPULATION, TIER_OF, TIERS, UNIT_TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from capacity.inputs.membership import Membership
    from capacity.inputs.survey import Density, Survey
    from capacity.population import Kind

_POLYGONS: Final = (int(shapely.GeometryType.POLYGON), int(shapely.GeometryType.MULTIPOLYGON))
_RANK: Final = {tier: rank for rank, tier in enumerate(TIERS)}

OVERLAP_SHARE: Final = 0.01
"""Overlap of two units, as a share of the smaller, beyond which it is an error."""
_OVERLAP_NOISE_M2 = 1.0
CHILD_ERROR: Final = 0.5
"""Share of a unit inside its parent's polygon below which it is an error."""
CHILD_WARNING: Final = 0.99
"""Share of a unit inside its parent's polygon below which it is a warning."""

_COUNTY_DIGITS = 6
_ASIA_LON, _ASIA_LAT = (60.0, 180.0), 60.0


# --- one layer: its geometry and coordinates ------------------------------------------------


def check_not_empty(n_rows: int, file: str, what: str, mend: str) -> list[Fault]:
    """Report a layer without rows.

    Parameters
    ----------
    n_rows
        Rows of the layer.
    file, what
        File, and what it should hold.
    mend
        What to do about it.

    Returns
    -------
    list of Fault
        ``layer.empty``, or none.
    """
    if n_rows:
        return []
    message = f"no rows: there are no {what} in it."
    return [Fault(severity="error", code="layer.empty", message=message, mend=mend, file=file)]


def check_polygons(frame: gpd.GeoDataFrame, what: str = "units") -> list[Fault]:
    """Check the geometries of units or cells: present, polygons, valid.

    A layer without any geometry is a plain table and passes; so do the units of a tier in which no
    unit of the layer has one.

    Parameters
    ----------
    frame
        ``file``, ``row``, geometry; ``unit_type`` for units.
    what
        ``units`` or ``population``; the first part of the fault codes.

    Returns
    -------
    list of Fault
        ``.no_geometry``, ``.not_polygons``, ``.invalid_polygon``.
    """
    geometry = np.asarray(frame.geometry.array)
    missing = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    if missing.all():
        return []
    tier = frame["unit_type"].map(TIER_OF) if "unit_type" in frame else frame["file"]
    lost = missing & tier.isin(tier[~missing]).to_numpy(dtype=bool)
    other = ~missing & ~np.isin(shapely.get_type_id(geometry), _POLYGONS)
    invalid = ~missing & ~other & ~shapely.is_valid(geometry)
    reasons = samples(shapely.is_valid_reason(geometry[invalid]))
    return [
        *faults_by_file(
            frame,
            lost,
            f"{what}.no_geometry",
            "no polygon in {n} of {total}, while other rows have one.",
            "Draw the missing polygons, or put these rows into a table of their own.",
        ),
        *faults_by_file(
            frame,
            other,
            f"{what}.not_polygons",
            "points or lines instead of polygons in {n} of {total}.",
            "Give a polygon layer.",
        ),
        *faults_by_file(
            frame,
            invalid,
            f"{what}.invalid_polygon",
            f"invalid polygons in {{n}} of {{total}}: {reasons}.",
            "Mend them with shapely.make_valid (in QGIS: Fix geometries) and look at the result.",
        ),
    ]


def sound_polygons(frame: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Mark the rows whose polygon can be measured: present, a polygon, valid, finite."""
    geometry = np.asarray(frame.geometry.array)
    sound: NDArray[np.bool_] = (
        ~shapely.is_missing(geometry)
        & ~shapely.is_empty(geometry)
        & np.isin(shapely.get_type_id(geometry), _POLYGONS)
        & shapely.is_valid(geometry)
        & np.isfinite(shapely.bounds(geometry)).all(axis=1)
    )
    return sound


def check_coordinates(frame: gpd.GeoDataFrame) -> list[Fault]:
    """Check that the coordinates of a layer can be in its CRS.

    Parameters
    ----------
    frame
        ``file``, ``row``, geometry; a layer without a CRS or a place passes.

    Returns
    -------
    list of Fault
        In degrees ``crs.swapped``, ``crs.metres_as_degrees``, ``crs.null_island``; in any other CRS
        ``crs.out_of_range``.
    """
    if frame.crs is None or not np.isfinite(frame.total_bounds).all():
        return []
    if not frame.crs.is_geographic:
        return _check_range(frame)
    bounds = np.abs(shapely.bounds(np.asarray(frame.geometry.array)))
    x, y = np.fmax(bounds[:, 0], bounds[:, 2]), np.fmax(bounds[:, 1], bounds[:, 3])
    outside = (x > 180) | (y > 90)  # noqa: PLR2004  degrees
    swapped = outside & (x <= 90) & (y <= 180)  # noqa: PLR2004  degrees
    zero = (x == 0) & (y == 0)
    few = outside.sum() < MOSTLY * len(frame)
    return [
        *faults_by_file(
            frame,
            swapped,
            "crs.swapped",
            "latitudes beyond 90 degrees in {n} of {total}: longitude and latitude are swapped.",
            "Exchange x and y in these rows." if few else "Exchange x and y.",
        ),
        *faults_by_file(
            frame,
            outside & ~swapped,
            "crs.metres_as_degrees",
            f"coordinates beyond 180 or 90 degrees in {{n}} of {{total}}, though {label(frame.crs)} "
            "is in degrees: they look like metres.",
            "Correct these rows: write degrees, as in the others."
            if few
            else f"Say the projected CRS that they are in: {datum_key(frame)}.",
        ),
        *faults_by_file(
            frame,
            zero,
            "crs.null_island",
            "coordinates 0, 0 in {n} of {total}: the place is not known.",
            "Geocode these rows, or leave both coordinates empty.",
        ),
    ]


def _check_range(frame: gpd.GeoDataFrame) -> list[Fault]:
    if to_lonlat(frame.total_bounds, frame.crs) is not None:
        return []
    west, south, east, north = frame.total_bounds
    return [
        Fault(
            severity="error",
            code="crs.out_of_range",
            message=f"coordinates {west:.3f} to {east:.3f}, {south:.3f} to {north:.3f} cannot be "
            f"in {label(frame.crs)}.",
            mend=f"Say the CRS that they are in: {datum_key(frame)}.",
            file=str(frame["file"].iloc[0]),
        )
    ]


def check_metres(frame: gpd.GeoDataFrame) -> list[Fault]:
    """Check that the coordinates of a projected layer are not degrees of Asia.

    Parameters
    ----------
    frame
        ``file``, ``row``, geometry; a geographic or no CRS passes.

    Returns
    -------
    list of Fault
        ``crs.degrees_as_metres`` if every x is within 60 to 180 and every y within 60, or none.
    """
    if frame.crs is None or frame.crs.is_geographic or len(frame) == 0:
        return []
    if not _like_degrees_of_asia(frame.total_bounds):
        return []
    return [_degrees_as_metres(str(frame["file"].iloc[0]), frame)]


def _like_degrees_of_asia(bounds: NDArray[np.float64]) -> bool:
    west, south, east, north = np.abs(bounds)
    low, high = min(west, east), max(west, east)
    return bool(low >= _ASIA_LON[0] and high <= _ASIA_LON[1] and max(south, north) <= _ASIA_LAT)


def _degrees_as_metres(file: str, frame: gpd.GeoDataFrame) -> Fault:
    west, south, east, north = frame.total_bounds
    return Fault(
        severity="error",
        code="crs.degrees_as_metres",
        message=f"coordinates {west:.3f} to {east:.3f}, {south:.3f} to {north:.3f} look like "
        f"degrees, though {label(frame.crs)} is projected.",
        mend=f"Say the geographic CRS that they are in, such as EPSG:4326 or EPSG:4490: "
        f"{datum_key(frame)}.",
        file=file,
    )


def check_meeting(frame: gpd.GeoDataFrame, units_box: Bounds, file: str) -> list[Fault]:
    """Check that a layer lies where the units lie, and say why it may not.

    Parameters
    ----------
    frame
        Layer with a CRS and at least one geometry.
    units_box
        Box of the units in degrees.
    file
        The layer's file.

    Returns
    -------
    list of Fault
        ``crs.swapped``, ``crs.degrees_as_metres`` or ``layer.elsewhere``, or none.
    """
    box = to_lonlat(frame.total_bounds, frame.crs)
    if box is None or _meet(box, units_box):
        return []
    if frame.crs.is_geographic and _meet((box[1], box[0], box[3], box[2]), units_box):
        return [
            Fault(
                severity="error",
                code="crs.swapped",
                message="longitude and latitude are swapped: exchanged, the layer "
                "lies on the units.",
                mend="Exchange x and y.",
                file=file,
            )
        ]
    if not frame.crs.is_geographic and _like_degrees_of_asia(frame.total_bounds):
        return [_degrees_as_metres(file, frame)]
    return elsewhere(box, units_box, file)


def elsewhere(box: Bounds, units_box: Bounds, file: str) -> list[Fault]:
    """Report a layer whose box does not meet that of the units, both in degrees.

    Parameters
    ----------
    box, units_box
        West, south, east, north in degrees.
    file
        The layer's file.

    Returns
    -------
    list of Fault
        ``layer.elsewhere``, or none.
    """
    if _meet(box, units_box):
        return []
    return [
        Fault(
            severity="error",
            code="layer.elsewhere",
            message=f"the layer lies at {box_text(box)}, the units at {box_text(units_box)}: "
            "they do not meet.",
            mend="Check the CRS of both, and that the files are of the same area.",
            file=file,
        )
    ]


def _meet(a: Bounds, b: Bounds) -> bool:
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


# --- units ----------------------------------------------------------------------------------


def check_unit_codes(units: pd.DataFrame) -> list[Fault]:
    """Check that every unit has a code of its own.

    Parameters
    ----------
    units
        Units of all layers: ``unit_code``, ``file``, ``row``.

    Returns
    -------
    list of Fault
        ``units.empty_code``, ``units.duplicate_code``.
    """
    code = units["unit_code"]
    empty = (code == "").to_numpy(dtype=bool)
    doubled = code.duplicated(keep=False).to_numpy(dtype=bool) & ~empty
    return [
        *faults_by_file(
            units,
            empty,
            "units.empty_code",
            "no code in {n} of {total}.",
            "Give every unit a code.",
        ),
        *faults_by_file(
            units,
            doubled,
            "units.duplicate_code",
            f"a code that another unit has too in {{n}} of {{total}}: {samples(code[doubled])}.",
            "Give every unit its own code, or dissolve the parts of one unit into one row.",
        ),
    ]


def check_region(units: pd.DataFrame, code: str, area_type: str) -> list[Fault]:
    """Warn of units whose statistical codes are of another region than the study area.

    Parameters
    ----------
    units
        Units of all layers: ``unit_code``, ``file``, ``row``.
    code, area_type
        Code (may be empty) and type of the whole area. Without a statistical code of its own, a
        district is that of most of its units.

    Returns
    -------
    list of Fault
        ``study_area.other_region`` (a warning), or none.
    """
    own = units["unit_code"]
    statistical = is_statistical(own)
    region = code if is_statistical(pd.Series([code], dtype="str"))[0] else ""
    said = f"[study_area] code is {code}"
    if not region and area_type == "district" and statistical.any():
        region = str(own[statistical].str.slice(0, _COUNTY_DIGITS).mode().iloc[0])
        said = f"most units are of {region}"
    if not region:
        return []
    region = re.sub(r"^(\d{2}|\d{4}|\d{6}|\d{9})0+$", r"\1", region)
    other = statistical & ~own.str.startswith(region).to_numpy(dtype=bool)
    return faults_by_file(
        units,
        other,
        "study_area.other_region",
        f"{said}, but the codes of {{n}} of {{total}} are of another region: {samples(own[other])}.",
        "Correct the code, or leave out the units that are not of the area.",
        severity="warning",
    )


def check_parents(units: pd.DataFrame) -> list[Fault]:
    """Check the hierarchy: parents exist, stand in a higher tier, and never come back.

    Parameters
    ----------
    units
        Units of all layers, created parents and the root included, codes unique: ``unit_code``,
        ``unit_type``, ``parent_code`` (empty for none), ``file``, ``row``.

    Returns
    -------
    list of Fault
        ``units.unknown_parent``, ``units.parent_cycle``, ``units.parent_tier``.
    """
    code, parent = units["unit_code"], units["parent_code"]
    has_parent = (parent != "").to_numpy(dtype=bool)
    known = parent.isin(code).to_numpy(dtype=bool)
    cycle = _in_cycle(units)
    rank = units["unit_type"].map(TIER_OF).map(_RANK)
    rank_of = dict(zip(code, rank, strict=True))
    lower = (parent.map(rank_of) >= rank).to_numpy(dtype=bool) & known & ~cycle
    unknown = has_parent & ~known
    return [
        *faults_by_file(
            units,
            unknown,
            "units.unknown_parent",
            f"a parent code that no unit has in {{n}} of {{total}}: {samples(parent[unknown])}.",
            "Add a layer of these parents, correct the codes, or set parent_type to have them "
            "created.",
        ),
        *faults_by_file(
            units,
            cycle,
            "units.parent_cycle",
            f"parent codes that lead back to the unit itself in {{n}} of {{total}}: "
            f"{samples(code[cycle])}.",
            "Correct the parent codes.",
        ),
        *faults_by_file(
            units,
            lower,
            "units.parent_tier",
            "a parent of the same or a lower tier in {n} of {total}: "
            f"{samples(_pairs(code[lower], parent[lower]))}.",
            f"A parent stands above its units; from the top down: {', '.join(UNIT_TYPES)}.",
        ),
    ]


def _pairs(child: pd.Series[str], parent: pd.Series[str]) -> list[str]:
    return [f"{c} under {p}" for c, p in zip(child, parent, strict=True)]


def _in_cycle(units: pd.DataFrame) -> NDArray[np.bool_]:
    """Mark units that are their own superior within as many steps as there are tiers."""
    code = units["unit_code"]
    parent_of = dict(zip(code, units["parent_code"], strict=True))
    current = units["parent_code"]
    cycle = np.zeros(len(units), dtype=bool)
    for _ in range(len(TIERS) + 1):
        cycle |= ((current == code) & (current != "")).to_numpy(dtype=bool)
        current = current.map(parent_of).fillna("")
    return cycle


def check_overlaps(units: gpd.GeoDataFrame) -> list[Fault]:
    """Find units of one tier that lie on top of each other.

    More than 1 % of the smaller one is an error; less, but more than 1 m² per pair, is a warning.

    Parameters
    ----------
    units
        Units of all tiers with sound polygons, in a metric CRS: ``unit_code``, ``unit_type``,
        ``file``, ``row``.

    Returns
    -------
    list of Fault
        ``units.overlap`` (error), ``units.sliver`` (warning), amounts in m².
    """
    tier = units["unit_type"].map(TIER_OF).to_numpy(dtype=object)
    geometry = np.asarray(units.geometry.array)
    area = shapely.area(geometry)
    faults: list[Fault] = []
    for name in TIERS:
        index = np.flatnonzero(tier == name)
        left, right, shared = _shared_areas(geometry[index])
        left, right = index[left], index[right]
        big = shared > OVERLAP_SHARE * np.minimum(area[left], area[right])
        small = ~big & (shared > _OVERLAP_NOISE_M2)
        faults += _overlap(units, left[big], right[big], shared[big])
        faults += _sliver(units, left[small], right[small], shared[small])
    return faults


def _shared_areas(
    polygons: NDArray[np.object_],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Give the pairs of polygons that may share area, and the area both cover.

    Of polygons that overlap, one at least has an edge that breaks the coverage: where borders match,
    hardly any pair is left to intersect.
    """
    invalid = (
        ~shapely.is_empty(shapely.coverage_invalid_edges(polygons))
        if len(polygons)
        else np.zeros(0, dtype=bool)
    )
    doubtful = np.flatnonzero(invalid)
    near, other = shapely.STRtree(polygons).query(polygons[doubtful], predicate="intersects")
    one = doubtful[near]
    once = (one < other) | ((one > other) & ~invalid[other])
    left, right = np.minimum(one, other)[once], np.maximum(one, other)[once]
    return left, right, shapely.area(shapely.intersection(polygons[left], polygons[right]))


def _overlap(
    units: pd.DataFrame,
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    shared: NDArray[np.float64],
) -> list[Fault]:
    if len(left) == 0:
        return []
    code = units["unit_code"].to_numpy(dtype=object)
    pairs = samples(f"{a} and {b}" for a, b in zip(code[left], code[right], strict=True))
    return [
        _area_fault(
            units,
            np.union1d(left, right),
            shared,
            severity_error=True,
            message=f"{count_of(len(left), 'pair')} of units lie on top of each other by more than 1 % of the "
            f"smaller one, {rounded(shared.sum(), 0)} m² in all: {pairs}.",
            mend="Units of one tier lie side by side: correct the borders, or the unit types.",
        )
    ]


def _sliver(
    units: pd.DataFrame,
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    shared: NDArray[np.float64],
) -> list[Fault]:
    if len(left) == 0:
        return []
    return [
        _area_fault(
            units,
            np.union1d(left, right),
            shared,
            severity_error=False,
            message=f"the borders of {count_of(len(left), 'pair')} of units overlap a little, "
            f"{rounded(shared.sum(), 0)} m² in all.",
            mend="People there are shared between both; clean the borders to be rid of it.",
        )
    ]


def _area_fault(
    units: pd.DataFrame,
    concerned: NDArray[np.int64],
    shared: NDArray[np.float64],
    *,
    severity_error: bool,
    message: str,
    mend: str,
) -> Fault:
    part = units.iloc[concerned]
    return Fault(
        severity="error" if severity_error else "warning",
        code="units.overlap" if severity_error else "units.sliver",
        message=message,
        mend=mend,
        file=", ".join(dict.fromkeys(part["file"])),
        rows=tuple(part["row"].tolist()),
        count=len(shared),
        amount=float(shared.sum()),
        unit="m2",
    )


def check_children(units: gpd.GeoDataFrame) -> list[Fault]:
    """Check that units lie inside the polygon of the parent that they declare.

    Parameters
    ----------
    units
        Units of all tiers with sound polygons, in a metric CRS: ``unit_code``, ``parent_code``,
        ``file``, ``row``.

    Returns
    -------
    list of Fault
        ``units.outside_parent``: error below 50 % of the area, warning below 99 %.
    """
    place = {code: n for n, code in enumerate(units["unit_code"])}
    parent = units["parent_code"].map(place).fillna(-1).to_numpy(dtype=np.int64)
    geometry = np.asarray(units.geometry.array)
    share = np.ones(len(units))
    child = np.flatnonzero(parent >= 0)
    # Most children lie wholly inside; only the others are worth an intersection.
    shapely.prepare(geometry[np.unique(parent[child])])
    child = child[~shapely.covers(geometry[parent[child]], geometry[child])]
    common = shapely.intersection(geometry[child], geometry[parent[child]])
    share[child] = shapely.area(common) / shapely.area(geometry[child])
    wrong, partly = share < CHILD_ERROR, (share >= CHILD_ERROR) & (share < CHILD_WARNING)
    names = units["unit_code"].to_numpy(dtype=object)

    def _shares(marked: NDArray[np.bool_]) -> str:
        return samples(
            f"{c}: {percent(s, 0)}" for c, s in zip(names[marked], share[marked], strict=True)
        )

    return [
        *faults_by_file(
            units,
            wrong,
            "units.outside_parent",
            f"{{n}} of {{total}} lie less than half inside the parent they declare "
            f"({_shares(wrong)}).",
            "Correct the parent codes, or check the CRS of both layers.",
        ),
        *faults_by_file(
            units,
            partly,
            "units.outside_parent",
            f"{{n}} of {{total}} lie partly outside the parent they declare ({_shares(partly)}).",
            "Roll-ups follow the parent codes; make the borders of both layers agree.",
            severity="warning",
        ),
    ]


# --- population -----------------------------------------------------------------------------


def check_grid(found: Survey, file: str) -> list[Fault]:
    """Check the numbers of a population grid: finite, not negative, not absurdly dense.

    Parameters
    ----------
    found
        What was found in its cells.
    file
        Where it came from.

    Returns
    -------
    list of Fault
        ``population.negative``, ``population.not_finite``, ``population.dense``,
        ``population.group_exceeds``.
    """
    faults = []
    for group, (low, high) in found.range_of.items():
        if not np.isfinite([low, high]).all():
            faults.append(
                _population_fault("not_finite", f"{group} is not finite in some cells.", file)
            )
        elif low < 0:
            faults.append(
                _population_fault(
                    "negative", f"{group} is negative in some cells, down to {low:g}.", file
                )
            )
    if faults:
        return faults
    return _dense_faults(found.density, file) + _group_faults(found.exceeding, file)


def check_density(density: NDArray[np.float64], file: str, rows: NDArray[np.int64]) -> list[Fault]:
    """Report cells of a layer or table with more people than can live there.

    Parameters
    ----------
    density
        People per km² of cells, in any order.
    file
        Where they came from.
    rows
        Row of each cell.

    Returns
    -------
    list of Fault
        ``population.dense``: warning beyond 200,000 people per km², error beyond 2,000,000.
    """
    absurd, dense = density > ABSURD, density > DENSE
    marked = tuple(rows[absurd if absurd.any() else dense].tolist())
    return _dense_faults(count_dense(density), file, marked)


def _dense_faults(count: Density, file: str, rows: tuple[int, ...] | None = None) -> list[Fault]:
    """Report the cells counted; of a grid, whose cells are no buildings, also where most are."""
    most = rows is None and 2 * count.dense > count.peopled
    marked = count.absurd if count.absurd and not most else count.dense
    if not marked:
        return []
    what = "most cells with people" if most else count_of(marked, "cell")
    return [
        Fault(
            severity="error" if most or count.absurd else "warning",
            code="population.dense",
            message=f"{what} with more than "
            f"{ABSURD if count.absurd and not most else DENSE:,} people per km² "
            f"(up to {rounded(count.highest, 0)}).",
            mend='If the numbers are people per km², say kind = "density" in [population]; else give '
            "people per cell, not per hectare, in a CRS whose cells have this size.",
            file=file,
            rows=rows or (),
            count=marked,
        )
    ]


def check_groups(values: Mapping[str, NDArray[np.float64]], file: str) -> list[Fault]:
    """Report where an age group has more people than everyone together.

    Parameters
    ----------
    values
        Population column → people per cell.
    file
        Where they came from.

    Returns
    -------
    list of Fault
        ``population.group_exceeds``, one per group: a warning, an error where it is so in more than
        half of the cells with people.
    """
    return _group_faults(count_exceeding(values), file)


def _group_faults(exceeding: Mapping[str, tuple[int, int]], file: str) -> list[Fault]:
    faults = []
    for group, (n, peopled) in exceeding.items():
        most = 2 * n > peopled
        if n:
            faults.append(
                Fault(
                    severity="error" if most else "warning",
                    code="population.group_exceeds",
                    message=f"{group} is larger than the whole population in {n:,} of "
                    f"{count_of(peopled, 'cell')} with people.",
                    mend="They look exchanged: correct bands or columns in [population]."
                    if most
                    else "Check that both are people per cell, of the same year and source.",
                    file=file,
                    count=n,
                )
            )
    return faults


def _population_fault(code: str, message: str, file: str) -> Fault:
    return Fault(
        severity="error",
        code=f"population.{code}",
        message=message,
        mend="Correct the numbers; no data is 0 in a grid.",
        file=file,
    )


def check_no_data(found: Survey, file: str) -> list[Fault]:
    """Report the cells without data whose centre lies in a unit.

    Parameters
    ----------
    found
        What was found in the cells of a raster.
    file
        The raster.

    Returns
    -------
    list of Fault
        ``population.no_data`` (warning), or none.
    """
    if found.no_data == 0:
        return []
    return [
        Fault(
            severity="warning",
            code="population.no_data",
            message=f"no data in {count_of(found.no_data, 'cell')} inside the units: who lives there is "
            "unknown.",
            mend="Use a raster with numbers for the whole area; where no data means that nobody lives "
            'there (water, parks), say no_data = "zero" in [population].',
            file=file,
            count=found.no_data,
        )
    ]


FEW_PEOPLE: Final = {
    "city": 10_000,
    "district": 1_000,
    "street": 300,
    "township": 100,
    "community": 10,
    "village": 5,
}
"""Unit type → people below which hardly any unit of it is."""


def check_people(
    people: float, units: pd.DataFrame, file: str, *, kind: Kind = "count", sparse: bool = False
) -> list[Fault]:
    """Check that a layer has as many people as so many units must have.

    Parameters
    ----------
    people
        People of the layer in all of the units together.
    units
        Units with polygons: ``unit_type``.
    file
        The layer.
    kind
        How its numbers were said to be meant.
    sparse
        Whether it was said that the area is sparsely populated.

    Returns
    -------
    list of Fault
        ``population.few_people`` where the units of a tier have fewer people on average than
        ``FEW_PEOPLE``, exactly as many pass: a warning; an error where people per km² may have
        been people per cell, unless ``sparse``.
    """
    least = units["unit_type"].map(FEW_PEOPLE).groupby(units["unit_type"].map(TIER_OF)).sum()
    if people <= 0 or not (people < least).any():
        return []
    tier = str(least.idxmax())
    n = int((units["unit_type"].map(TIER_OF) == tier).sum())
    return [
        Fault(
            severity="error" if kind == "density" and not sparse else "warning",
            code="population.few_people",
            message=f"{rounded(people, 0)} people in {count_of(n, 'unit')} of tier {tier} together: hardly "
            f"any have fewer than {rounded(least[tier], 0)}.",
            mend='If the numbers are people per cell, take kind = "density" out; if so few people live '
            "there, say sparsely_populated = true in [study_area]."
            if kind == "density"
            else "Check that they are people, not in units of 10,000 (万人), and that the layer covers "
            "the units.",
            file=file,
            amount=people,
            unit="people",
        )
    ]


def check_cells(cells: gpd.GeoDataFrame, groups: list[str], file: str) -> list[Fault]:
    """Check population cells that are not a regular grid.

    Parameters
    ----------
    cells
        Polygons or points in a metric CRS with the group columns and ``row``.
    groups
        Population columns.
    file
        Where they came from.

    Returns
    -------
    list of Fault
        ``population.dense`` for polygons, ``population.group_exceeds``.
    """
    values = {group: cells[group].to_numpy(dtype=np.float64) for group in groups}
    faults = check_groups(values, file)
    area = shapely.area(np.asarray(cells.geometry.array))
    polygon = area > 0
    density = np.divide(values[POPULATION], area / 1e6, out=np.zeros(len(cells)), where=polygon)
    return faults + check_density(
        np.nan_to_num(density), file, cells["row"].to_numpy(dtype=np.int64)
    )


def check_cells_apart(cells: gpd.GeoDataFrame, groups: list[str], file: str) -> list[Fault]:
    """Refuse cells of people that lie on top of each other: their people would count twice.

    Parameters
    ----------
    cells
        Sound polygons or points in a metric CRS, with the group columns and ``row``. Cells where
        nobody lives are not looked at.
    groups
        Population columns.
    file
        Where they came from.

    Returns
    -------
    list of Fault
        ``population.doubled_cells`` (error): polygons that share more than 1 % of the smaller one
        (exactly 1 % is a matter of borders), ``amount`` in m²; and what ``check_repeated`` finds
        among points.

    Notes
    -----
    Copies are found by their corners, and only where there are none are other pairs looked for,
    among cells whose boxes share as much: near-linear for cells that lie side by side.
    """
    people = cells.loc[cells[POPULATION] > 0]
    geometry = np.asarray(people.geometry.array)
    flat = shapely.area(geometry) > 0
    polygons, row = geometry[flat], people["row"].to_numpy(dtype=np.int64)[flat]
    corners = pd.Series(shapely.to_wkb(shapely.normalize(polygons)))
    copy = corners.duplicated(keep=False).to_numpy(dtype=bool)
    if copy.any():
        concerned = np.flatnonzero(copy)
        n, what = int(copy.sum()), count_of(copy, "cell")
        again = corners.duplicated().to_numpy(dtype=bool)
        shared = float(shapely.area(polygons[again]).sum())
        message = f"{what} on the place of another cell: their people would count twice."
    else:
        left, right, areas = _large_shares(polygons)
        concerned, n, shared = np.union1d(left, right), len(left), float(areas.sum())
        message = (
            f"{count_of(n, 'pair')} of cells lie on top of each other by more than 1 % of the "
            f"smaller one, {rounded(shared, 0)} m² in all: people there would count twice."
        )
    faults = check_repeated(people.loc[~flat], groups, file)
    if not n:
        return faults
    return [
        Fault(
            severity="error",
            code="population.doubled_cells",
            message=message,
            mend="Keep one row per cell, or add them up; where two layers were put together, keep "
            "one of them.",
            file=file,
            rows=tuple(np.sort(row[concerned]).tolist()),
            count=n,
            amount=shared,
            unit="m2",
        ),
        *faults,
    ]


def _large_shares(
    polygons: NDArray[np.object_],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Give the pairs of polygons that share more than 1 % of the smaller one, and the area."""
    one, other = shapely.STRtree(polygons).query(polygons)
    one, other = one[one < other], other[one < other]
    bounds, area = shapely.bounds(polygons), shapely.area(polygons)
    least = OVERLAP_SHARE * np.minimum(area[one], area[other])
    low = np.maximum(bounds[one, :2], bounds[other, :2])
    high = np.minimum(bounds[one, 2:], bounds[other, 2:])
    may = np.prod(np.clip(high - low, 0, None), axis=1) > least
    one, other, least = one[may], other[may], least[may]
    shared = shapely.area(shapely.intersection(polygons[one], polygons[other]))
    large = shared > least
    return one[large], other[large], shared[large]


def check_repeated(cells: gpd.GeoDataFrame, columns: list[str], file: str) -> list[Fault]:
    """Warn of rows at the same place with the same numbers, such as a list pasted twice.

    Parameters
    ----------
    cells
        Points or polygons with the columns and ``row``. Rows of 0 are not looked at.
    columns
        Number columns; the first is that of everyone.
    file
        Where they came from.

    Returns
    -------
    list of Fault
        ``population.repeated_rows`` (warning), or none.
    """
    some = cells.loc[cells[columns[0]] > 0]
    place = shapely.to_wkb(shapely.normalize(np.asarray(some.geometry.array)))
    keys = pd.DataFrame(some[columns]).assign(place=place)
    again = keys.duplicated(keep=False).to_numpy(dtype=bool)
    if not again.any():
        return []
    return [
        Fault(
            severity="warning",
            code="population.repeated_rows",
            message=f"{count_of(again, 'row')} at the place of another row, with the same numbers: "
            "every row counts.",
            mend="If they are the same people or homes, keep one row of each.",
            file=file,
            rows=tuple(some["row"].to_numpy(dtype=np.int64)[again].tolist()),
            count=int(again.sum()),
        )
    ]


# --- facilities and compounds ---------------------------------------------------------------


def check_facilities(facilities: pd.DataFrame) -> list[Fault]:
    """Warn of doubled ids and of sizes that norms will need.

    Parameters
    ----------
    facilities
        Facilities of all layers, normalised.

    Returns
    -------
    list of Fault
        ``facilities.duplicate_id``, ``facilities.no_places``, ``facilities.no_land_area``.
    """
    childcare = facilities.loc[facilities["service"] == "childcare"]
    elder_care = facilities.loc[facilities["service"] == "elder_care"]
    return [
        *_doubled_ids(facilities, "facility_id", "facilities", within=("is_open",)),
        *faults_by_file(
            childcare,
            childcare["places"].isna().to_numpy(dtype=bool),
            "facilities.no_places",
            "no places in {n} of {total} of childcare: they count for coverage, never for places.",
            "Fill in the places where they are known.",
            severity="warning",
        ),
        *faults_by_file(
            elder_care,
            elder_care["land_area_m2"].isna().to_numpy(dtype=bool),
            "facilities.no_land_area",
            "no land area in {n} of {total} of elder care: they count for coverage, never for land.",
            "Fill in the land area where it is known.",
            severity="warning",
        ),
    ]


def check_unit_column(rows: pd.DataFrame, what: str) -> list[Fault]:
    """Check that every row of a layer of figures or totals names a unit, and no unit twice.

    Parameters
    ----------
    rows
        One layer, normalised: ``unit_code``, ``file``, ``row``.
    what
        ``figures`` or ``census``; the first part of the fault codes.

    Returns
    -------
    list of Fault
        ``.no_unit``, ``.duplicate_unit``.
    """
    code = rows["unit_code"]
    empty = (code == "").to_numpy(dtype=bool)
    doubled = code.duplicated(keep=False).to_numpy(dtype=bool) & ~empty
    return [
        *faults_by_file(
            rows,
            empty,
            f"{what}.no_unit",
            "no unit code in {n} of {total}.",
            "Give the code of the unit, or drop the rows.",
        ),
        *faults_by_file(
            rows,
            doubled,
            f"{what}.duplicate_unit",
            f"a unit that another row has too in {{n}} of {{total}}: {samples(code[doubled])}.",
            "Keep one row per unit.",
        ),
    ]


def check_of_units(
    rows: pd.DataFrame, names: list[str], units: pd.DataFrame, what: str
) -> list[Fault]:
    """Check figures or totals of all layers against the units and against each other.

    Parameters
    ----------
    rows
        Rows of all layers, normalised: ``unit_code``, ``layer``, ``file``, ``row``, a column for
        each name.
    names
        The columns of figures or groups.
    units
        Every unit: ``unit_code``.
    what
        ``figures`` or ``census``; the first part of the fault codes.

    Returns
    -------
    list of Fault
        ``.unknown_unit``; ``.given_twice`` where two layers give one number of one unit.
    """
    code = rows["unit_code"]
    unknown = (~code.isin(units["unit_code"]) & (code != "")).to_numpy(dtype=bool)
    faults = faults_by_file(
        rows,
        unknown,
        f"{what}.unknown_unit",
        f"a unit code that no unit has in {{n}} of {{total}}: {samples(code[unknown])}.",
        "Correct the codes, or leave the rows out with where.",
    )
    for name in names:
        given = rows.loc[rows[name].notna() & (code != ""), ["unit_code", "layer"]]
        alone = given.groupby("unit_code")["layer"].transform("nunique") == 1
        twice = rows.index.isin(given.index[~alone])
        faults += faults_by_file(
            rows,
            twice,
            f"{what}.given_twice",
            f"{name} of a unit that another layer gives too in {{n}} of {{total}}: "
            f"{samples(code[twice])}.",
            "Keep it in one of the layers.",
        )
    return faults


_MANY_PEOPLE: Final = {
    "city": 50_000_000,
    "district": 10_000_000,
    "street": 2_000_000,
    "community": 500_000,
}
"""Tier → people that no unit has. The largest of the census of 2020: 32 million in a municipality, 5.7
million in a district; under one million in a street or town."""


def check_census(rows: pd.DataFrame, units: pd.DataFrame, *, sparse: bool = False) -> list[Fault]:
    """Check official totals by themselves: parts of wholes, and numbers that are hardly people.

    Parameters
    ----------
    rows
        Totals of all layers, normalised: ``unit_code``, ``file``, ``row``, the groups given.
    units
        Every unit: ``unit_code``, ``unit_type``.
    sparse
        Whether it was said that the area is sparsely populated.

    Returns
    -------
    list of Fault
        ``census.group_exceeds`` (error), ``census.shares`` (error: most numbers of an age group
        between 0 and 1), ``census.in_ten_thousands`` (error: small numbers with decimals),
        ``census.few_people`` (below ``FEW_PEOPLE``; an error where more than half of the totals of a
        tier are, unless ``sparse``; else a warning), ``census.too_many_people`` (error: above what
        any unit of its tier has).
    """
    faults = _shares(rows)
    coded = rows[rows["unit_code"] != ""].groupby("unit_code")
    for part, whole in PARTS:
        if part in rows and whole in rows:
            # the whole may stand in another layer than the part
            of_unit = rows["unit_code"].map(coded[whole].first())
            more = (rows[part] > rows[whole].fillna(of_unit)).to_numpy(dtype=bool)
            codes = samples(rows["unit_code"][more])
            faults += faults_by_file(
                rows,
                more,
                "census.group_exceeds",
                f"{part} is larger than {whole} in {{n}} of {{total}}: {codes}.",
                "Check that the columns are not exchanged, and that both are of one census.",
                column=part,
            )
    if POPULATION not in rows:
        return faults
    people = rows[POPULATION].to_numpy(dtype=np.float64)
    types = rows["unit_code"].map(dict(zip(units["unit_code"], units["unit_type"], strict=True)))
    few = (people > 0) & (people < types.map(FEW_PEOPLE).to_numpy(dtype=np.float64))
    many = people > types.map(TIER_OF).map(_MANY_PEOPLE).to_numpy(dtype=np.float64)
    tiers = types.map(TIER_OF)[people > 0]
    share = pd.Series(few[people > 0], index=tiers.index).groupby(tiers).mean()
    most = bool((share > 0.5).any()) and not sparse  # noqa: PLR2004  more than half
    broken = few & (np.where(few, people, 0.0) % 1 > 0)
    in_ten_thousands = np.full(len(rows), bool(broken.any()))
    shown = samples(f"{value:g}" for value in people[few])
    return [
        *faults,
        *faults_by_file(
            rows,
            few & in_ten_thousands,
            "census.in_ten_thousands",
            f"too few people in {{n}} of {{total}}, with decimals ({shown}): they look like "
            "numbers in units of 10,000 (万人).",
            "If they are, write 万人 into the header, such as 常住人口(万人), or give people.",
            column=POPULATION,
        ),
        *faults_by_file(
            rows,
            few & ~in_ten_thousands,
            "census.few_people",
            f"very few people for a unit of its type in {{n}} of {{total}}: {shown}.",
            "If they are in units of 10,000, write 万人 into the header, such as 常住人口(万人); if "
            "they are households, give people. If so few people live there, say "
            "sparsely_populated = true in [study_area]."
            if most
            else "Check that they are people, not in units of 10,000 (万人) and not households.",
            column=POPULATION,
            severity="error" if most else "warning",
        ),
        *faults_by_file(
            rows,
            many,
            "census.too_many_people",
            f"more people than any unit of its type has in {{n}} of {{total}}: "
            f"{samples(f'{value:.0f}' for value in people[many])}.",
            "If the numbers are people, take 万人 out of the header; else correct them, or the type "
            "of the unit.",
            column=POPULATION,
        ),
    ]


def _shares(rows: pd.DataFrame) -> list[Fault]:
    """Refuse columns of age groups that hold shares, such as percentages of a spreadsheet."""
    faults: list[Fault] = []
    for group in GROUPS:
        if group == POPULATION or group not in rows:
            continue
        people = rows[group].to_numpy(dtype=np.float64)
        below = (people > 0) & (people < 1)
        if 2 * below.sum() <= (people > 0).sum():
            continue
        shown = samples(f"{value:g}" for value in people[below])
        faults += faults_by_file(
            rows,
            below,
            "census.shares",
            f"{group} between 0 and 1 in {{n}} of {{total}} ({shown}): shares, not people.",
            "Give people: multiply the shares (percentages) by the population. If they are in units "
            "of 10,000, write 万人 into the header.",
            column=group,
        )
    return faults


def check_compounds(compounds: pd.DataFrame) -> list[Fault]:
    """Warn of doubled ids, missing households, and compounds not known to be old or new.

    Parameters
    ----------
    compounds
        Compounds of all layers, normalised.

    Returns
    -------
    list of Fault
        ``compounds.duplicate_id``, ``compounds.no_households``, ``compounds.old_unknown``.
    """
    unknown = compounds["is_old"].isna().to_numpy(dtype=bool)
    dated = compounds["built_year"].notna().to_numpy(dtype=bool)
    fate = "norms on old or new compounds have no data there."
    year = "parameters.old_compound_built_before (the year before which a compound is old)"
    return [
        *_doubled_ids(compounds, "compound_id", "compounds"),
        *faults_by_file(
            compounds,
            compounds["households"].isna().to_numpy(dtype=bool),
            "compounds.no_households",
            "no households in {n} of {total}: what they need cannot be computed.",
            "Fill in the households.",
            severity="warning",
        ),
        *faults_by_file(
            compounds,
            unknown & dated,
            "compounds.old_unknown",
            f"a building year but nothing that says old or new in {{n}} of {{total}}: {fate}",
            f"Set {year}, or say it row by row (compounds.columns.old).",
            severity="warning",
        ),
        *faults_by_file(
            compounds,
            unknown & ~dated,
            "compounds.old_unknown",
            f"neither a building year nor whether the compound is old in {{n}} of {{total}}: {fate}",
            f"Say whether they are old (compounds.columns.old), or fill in the building year and set "
            f"{year}.",
            severity="warning",
        ),
    ]


def check_candidates(candidates: pd.DataFrame) -> list[Fault]:
    """Find ids that two candidate sites share: nothing could say which is required or excluded.

    Parameters
    ----------
    candidates
        Candidates of all layers, normalised.

    Returns
    -------
    list of Fault
        ``candidates.duplicate_id``, an error.
    """
    doubled = candidates["candidate_id"].duplicated(keep=False).to_numpy(dtype=bool)
    return faults_by_file(
        candidates,
        doubled,
        "candidates.duplicate_id",
        "an id that another site has too in {n} of {total}: "
        f"{samples(candidates['candidate_id'][doubled])}.",
        "Give every site an id of its own.",
    )


def _doubled_ids(
    frame: pd.DataFrame, column: str, what: str, *, within: tuple[str, ...] = ()
) -> list[Fault]:
    doubled = frame.duplicated([column, *within], keep=False).to_numpy(dtype=bool)
    return faults_by_file(
        frame,
        doubled,
        f"{what}.duplicate_id",
        f"an id that another row has too in {{n}} of {{total}}: {samples(frame[column][doubled])}.",
        "If they are the same thing, keep one row: each row counts.",
        severity="warning",
    )


def check_declared(
    frame: pd.DataFrame, codes: pd.Series[str], units: pd.DataFrame, what: str
) -> list[Fault]:
    """Tell which units were known by another form of their code, or behind other names.

    Parameters
    ----------
    frame
        Points: ``unit_code`` as declared, ``file``, ``row``.
    codes
        Of the same rows: the code of the unit that is meant.
    units
        ``unit_code`` and ``unit_name``.
    what
        ``facilities`` or ``compounds``; the first part of the fault code.

    Returns
    -------
    list of Fault
        ``.unit_read`` (a fact); units known by their very name are not told.
    """
    declared = frame["unit_code"]
    changed = declared.ne(codes)
    pairs = pd.DataFrame({"said": declared[changed], "code": codes[changed]}).drop_duplicates()
    other = pairs.loc[[c not in codes_of_name(s, units) for s, c in pairs.to_numpy()]]
    read = (changed & declared.isin(other["said"])).to_numpy(dtype=bool)
    shown = samples(f"{said} is {code}" for said, code in other.to_numpy())
    return faults_by_file(
        frame,
        read,
        f"{what}.unit_read",
        f"units known by their code with or without zeros at its end, or by their name behind others, "
        f"in {{n}} of {{total}}: {shown}.",
        severity="info",
    )


def check_named(
    frame: pd.DataFrame, codes: pd.Series[str], units: pd.DataFrame, what: str
) -> list[Fault]:
    """Tell how many rows of numbers name their unit, and which names are written otherwise.

    Parameters
    ----------
    frame
        Numbers per unit: ``unit_code`` as declared, ``file``, ``row``.
    codes
        Of the same rows: the code of the unit that is meant.
    units
        ``unit_code`` and ``unit_name``.
    what
        ``figures`` or ``census``; the first part of the fault code.

    Returns
    -------
    list of Fault
        ``.unit_by_name`` (a fact), one per file; none where every row has the code itself.
    """
    declared = frame["unit_code"]
    named = declared.ne(codes).to_numpy(dtype=bool)
    name_of = dict(zip(units["unit_code"], units["unit_name"], strict=True))
    names = codes.map(name_of)
    other = pd.DataFrame({"said": declared, "name": names, "code": codes})[named]
    other = other[other["said"] != other["name"]].drop_duplicates()
    alike = int(named.sum()) - len(other)
    shown = samples(
        (f"{said} is {name} ({code})" for said, name, code in other.to_numpy()), shown=_NAMES_SHOWN
    )
    loosely = f"{len(other)} under another name or form of the code: {shown}" if len(other) else ""
    words = "; ".join(part for part in (f"{alike} under its very name", loosely) if part)
    return faults_by_file(
        frame,
        named,
        f"{what}.unit_by_name",
        f"{{n}} of {{total}} are matched to a unit without its code, {words}.",
        "Check the pairs, or give the code of the unit." if len(other) else "",
        severity="info",
    )


_NAMES_SHOWN: Final = 10


def _which_unit(declared: pd.Series[str], units: pd.DataFrame) -> str:
    """Say which unit may be meant: those of one name, or the one of the nearest name."""
    hints = []
    for text in declared.drop_duplicates().head(3):
        same = codes_of_name(text, units)
        near = nearest(text, units["unit_name"].tolist())
        if len(same) > 1:
            hints.append(f"'{text}' is the name of {', '.join(same)}: give the code.")
        elif near and not text[:1].isdigit():
            hints.append(f"For '{text}', did you mean '{near}'?")
    return " ".join(hints) or "Correct it; where several units have one name, give the code."


def check_membership(
    frame: gpd.GeoDataFrame, membership: Membership, what: str, units: pd.DataFrame
) -> list[Fault]:
    """Report points whose unit is unknown, missing or disputed.

    Parameters
    ----------
    frame
        Normalised points: ``unit_code`` (declared), ``file``, ``row``, geometry or None.
    membership
        Of the same rows.
    what
        ``facilities`` or ``compounds``; the first part of the fault codes.
    units
        ``unit_code`` and ``unit_name``, for the mend.

    Returns
    -------
    list of Fault
        ``.no_place`` (error), ``.no_geometry``, ``.outside_units``, ``.unknown_unit``,
        ``.other_unit`` (warnings).
    """
    placed = ~shapely.is_missing(np.asarray(frame.geometry.array))
    outside = placed & ~membership.inside
    unknown = membership.declares & ~membership.known
    codes = frame["unit_code"]
    return [
        *faults_by_file(
            frame,
            ~placed & ~membership.known & ~unknown,
            f"{what}.no_place",
            "neither coordinates nor the code of a unit in {n} of {total}.",
            "Geocode these rows, give their unit code, or drop them.",
        ),
        *faults_by_file(
            frame,
            ~placed & unknown,
            f"{what}.no_place",
            "no coordinates, and a unit whose code or name no unit has, in {n} of {total}: "
            f"{samples(codes[~placed & unknown])}.",
            _which_unit(codes[~placed & unknown], units),
        ),
        *faults_by_file(
            frame,
            ~placed & membership.known,
            f"{what}.no_geometry",
            "no coordinates in {n} of {total}: the declared unit code decides where they count"
            + (", and they cover nobody." if what == "facilities" else "."),
            "Geocode these rows.",
            severity="warning",
        ),
        *faults_by_file(
            frame,
            outside,
            f"{what}.outside_units",
            "outside every unit in {n} of {total}; counted in the unit they declare: "
            f"{int((outside & membership.known).sum())}. "
            + (
                "All of them count for coverage."
                if what == "facilities"
                else "The others count nowhere."
            ),
            "Check their coordinates, or drop them if they are not of this area.",
            severity="warning",
        ),
        *faults_by_file(
            frame,
            placed & unknown,
            f"{what}.unknown_unit",
            f"a unit declared whose code or name no unit has in {{n}} of {{total}}: "
            f"{samples(codes[placed & unknown])}. It is not used.",
            _which_unit(codes[placed & unknown], units),
            severity="warning",
        ),
        *_disagreement(frame, membership, what),
    ]


def _disagreement(frame: gpd.GeoDataFrame, membership: Membership, what: str) -> list[Fault]:
    n_compared, n = int(membership.compared.sum()), int(membership.disagrees.sum())
    share = n / n_compared if n_compared else 0.0
    return faults_by_file(
        frame,
        membership.disagrees,
        f"{what}.other_unit",
        f"another unit declared than the polygon the point stands in, in {{n}} of {{total}} "
        f"({percent(share)} of those that declare one). The polygon decides; the declared code is used "
        "only outside every unit or without coordinates.",
        "Correct the codes or the coordinates; if a crs.other_datum is reported, correct that first.",
        severity="warning",
    )
