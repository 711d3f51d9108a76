"""Layers brought together: one CRS, one hierarchy of units, and every point in its units.

The checks of layers against each other are called here; nothing is read.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from capacity.errors import Fault
from capacity.inputs import check
from capacity.inputs.accounts import (
    DUPLICATE,
    FILTERED,
    NO_UNIT,
    LayerRows,
    account,
    account_faults,
    check_source,
)
from capacity.inputs.ahead import in_order
from capacity.inputs.blocks import Looked, look_through
from capacity.inputs.columns import table_of
from capacity.inputs.config import RASTER_SUFFIXES
from capacity.inputs.crs import Bounds, check_extent, in_china, label, to_lonlat
from capacity.inputs.duplicates import (
    check_centres,
    check_crowds,
    contradiction_faults,
    duplicate_faults,
    find_duplicates,
)
from capacity.inputs.frames import faults_by_file, no_facilities
from capacity.inputs.grids import bounds_of
from capacity.inputs.inhabited import people_at
from capacity.inputs.membership import COLUMNS as MEMBERSHIP
from capacity.inputs.membership import assign, declared_codes
from capacity.inputs.namesakes import find_namesakes, namesake_faults, twins
from capacity.inputs.oddities import advise, check_rows
from capacity.inputs.opening import REASONS as OPENING
from capacity.inputs.opening import (
    check_coarse_dates,
    check_opening,
    check_planned,
    counts_later,
    not_open,
    perhaps_not_open,
)
from capacity.inputs.parents import find_parents
from capacity.inputs.place import area_crs, box_of, has_place, in_metres
from capacity.inputs.rasters import grid_in_file
from capacity.inputs.sizes import check_sizes
from capacity.inputs.survey import sides_of, survey
from capacity.inputs.walking import network_in
from capacity.inputs.witnesses import PlacedLayer, check_datums
from capacity.network import TWICE
from capacity.population import PopulationGrid, transform_of
from capacity.vocabulary import FIGURES, GROUPS, POPULATION, TIER_OF, TIERS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable

    import pyproj

    from capacity.inputs.cells import Population
    from capacity.inputs.duplicates import Duplicates
    from capacity.inputs.gather import Gathered, LayerRead, Settings
    from capacity.inputs.survey import Survey
    from capacity.inputs.walking import Cleaned
    from capacity.population import Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """Layers in one CRS, with the columns that ``StudyArea`` documents.

    Attributes
    ----------
    units, population, facilities, compounds, figures, census, candidates, forbidden, crs
        As in ``StudyArea``.
    walking
        The walking network, cleaned.
    population_basis, population_complete
        As in ``StudyArea``.
    accounts
        Rows read, used and left out of every layer.
    """

    units: gpd.GeoDataFrame
    population: PopulationGrid | gpd.GeoDataFrame | None
    facilities: gpd.GeoDataFrame
    compounds: gpd.GeoDataFrame | None
    figures: pd.DataFrame | None
    census: pd.DataFrame | None
    population_basis: Basis
    population_complete: bool
    walking: Cleaned | None
    candidates: gpd.GeoDataFrame | None
    forbidden: gpd.GeoDataFrame | None
    crs: pyproj.CRS
    accounts: tuple[LayerRows, ...]


def combine(gathered: Gathered, settings: Settings) -> tuple[Combined | None, list[Fault]]:
    """Bring the layers into one CRS, check them against each other, and assign membership.

    Parameters
    ----------
    gathered
        Layers in their own CRSs, and the faults found so far.
    settings
        Of the whole area.

    Returns
    -------
    tuple
        The layers, None if any fault is an error; and all faults, those of ``gathered`` first.
    """
    faults = list(gathered.faults)
    if not any(len(frame) for frame in gathered.units):
        return None, _with_negative(faults, gathered, _look_through(gathered, None, settings)())
    placed = in_metres(gathered.units)
    box = box_of(placed)
    crs = area_crs(settings.crs, gathered.units, gathered.points)
    faults = _about_the_place(faults, gathered, crs, box)
    units, more = build_hierarchy(
        _join(gathered.units, crs), settings, complete=gathered.units_complete
    )
    look_through = _look_through(gathered, units, settings)
    if not any(fault.severity == "error" for fault in more):
        more += _check_units_on_ground(units)
    faults += more
    homes = None if _units_in_doubt(gathered, placed, faults) else units
    facilities, of_places = _facilities_in(gathered, homes, crs, box, settings)
    compounds, more = _compounds_in(gathered, homes, crs, box, settings)
    of_places += more
    candidates, more = _candidates_in(gathered, homes, crs, box)
    of_places += more
    looked = look_through()
    faults = _with_negative(faults, gathered, looked)
    population, more = _population_in(
        gathered, looked, units, crs, units_box=box, settings=settings
    )
    faults += more + of_places
    codes = units if gathered.units_complete else None
    figures, more = _numbers_in(gathered.figures, codes, FIGURES, "figures")
    faults += more
    census, more = _numbers_in(gathered.census, codes, GROUPS, "census")
    faults += more + _check_totals(gathered, units, census, settings)
    about_datums = _check_datums(gathered, units, box, faults)
    faults += [fault for fault in about_datums if fault.severity != "info"]
    cleaned = None
    if gathered.walking is not None:
        cleaned, more = network_in(gathered.walking, crs, box)
        faults += more
    if any(fault.severity == "error" for fault in faults):
        return None, faults
    faults += [fault for fault in about_datums if fault.severity == "info"]
    every = [*gathered.units, *gathered.figures, *gathered.census, facilities]
    every += [frame for frame in (compounds, candidates) if frame is not None]
    accounts = (*_accounts(gathered, every), *_of_walking(gathered, cleaned))
    combined = Combined(
        walking=cleaned,
        units=units[[*_UNIT_COLUMNS, "geometry"]],
        population=population,
        facilities=_without_duplicates(facilities)[_with_figures(_FACILITY_COLUMNS, facilities)],
        compounds=None
        if compounds is None
        else _without_duplicates(compounds)[_with_figures(_COMPOUND_COLUMNS, compounds)],
        candidates=None
        if candidates is None
        else candidates[_with_figures(_CANDIDATE_COLUMNS, candidates)],
        forbidden=None if gathered.forbidden is None else _to_metric(gathered.forbidden, crs),
        figures=figures,
        census=census,
        population_basis="people" if gathered.population is None else gathered.population.basis,
        population_complete=gathered.population is not None and gathered.population.complete,
        crs=crs,
        accounts=accounts,
    )
    faults += _check_sources(gathered, settings.data_date)
    return combined, [*faults, _crs_fact(crs), *account_faults(accounts)]


def _check_sources(gathered: Gathered, day: dt.date) -> list[Fault]:
    """Check that every file says where it is from."""
    return [
        fault
        for file in gathered.files
        if file.key
        for fault in check_source(file.key, file.path, file.description, file.year, day)
    ]


def _facilities_in(
    gathered: Gathered,
    units: gpd.GeoDataFrame | None,
    crs: pyproj.CRS,
    box: Bounds | None,
    settings: Settings,
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Bring the facilities together, with ``is_open`` and why a row is left out."""
    layers = gathered.facilities or [no_facilities()]
    points, faults = _points_in(layers, units, crs, box, "facilities")
    points = _with_opening(points, settings.data_date)
    alike = find_duplicates(points, settings.duplicate_distance_m, within=("service",))
    faults += contradiction_faults(points, alike)
    within = ("service", "is_open")
    points, found, more = _with_duplicates(points, settings, "facilities", within)
    points, named = _with_doubts(points, found, units, settings.data_date)
    faults += named
    kept = _without_duplicates(points)
    faults += [] if units is None else check_centres(kept, units, "facilities")
    faults += more + check.check_facilities(kept) + check_sizes(kept, "facilities")
    faults += check_crowds(kept, "facilities") + check_opening(kept, settings.data_date)
    faults += check_coarse_dates(kept, settings.data_date)
    faults += check_planned(kept, settings.data_date)
    return points, faults


def _compounds_in(
    gathered: Gathered,
    units: gpd.GeoDataFrame | None,
    crs: pyproj.CRS,
    box: Bounds | None,
    settings: Settings,
) -> tuple[gpd.GeoDataFrame | None, list[Fault]]:
    """Bring the compounds together, with why a row is left out; None where there is no list."""
    if gathered.compounds is None:
        return None, []
    points, faults = _points_in(gathered.compounds, units, crs, box, "compounds")
    points, _, more = _with_duplicates(_with_units(points), settings, "compounds", ())
    kept = _without_duplicates(points)
    faults += [] if units is None else check_centres(kept, units, "compounds")
    faults += more + check.check_compounds(kept) + check_sizes(kept, "compounds")
    return points, faults + check_crowds(kept, "compounds")


def _candidates_in(
    gathered: Gathered, units: gpd.GeoDataFrame | None, crs: pyproj.CRS, box: Bounds | None
) -> tuple[gpd.GeoDataFrame | None, list[Fault]]:
    """Bring the candidate sites together; None where there is no list."""
    if gathered.candidates is None:
        return None, []
    points, faults = _points_in(gathered.candidates, units, crs, box, "candidates")
    points = _with_units(points)
    faults += check.check_candidates(points)
    return points, faults


def _with_opening(facilities: gpd.GeoDataFrame, day: dt.date) -> gpd.GeoDataFrame:
    """Add whether each facility is existing supply, and why it is not."""
    reason = not_open(facilities, day)
    to_come = counts_later(facilities, reason, day)
    ends = np.where(to_come, "counts from its opening date on", "not existing supply")
    words = [
        f"{OPENING[name]} ({end})" if name in OPENING else ""
        for name, end in zip(reason, ends, strict=True)
    ]
    return facilities.assign(is_open=reason == "", left_out=pd.array(words, "str"))


def _with_units(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add why compounds or candidates are left out: those in no unit count nowhere."""
    found = [points[column] != "" for column in MEMBERSHIP if column in points]
    nowhere = ~np.any(found, axis=0) if found else np.zeros(len(points), dtype=bool)
    return points.assign(left_out=pd.array(np.where(nowhere, NO_UNIT, ""), "str"))


def _about_the_place(
    faults: list[Fault], gathered: Gathered, crs: pyproj.CRS, box: Bounds | None
) -> list[Fault]:
    """Add what the place of the units tells about coordinates found faulty, and about the CRS."""
    if box is None:
        return faults
    return [*(_advised(fault, gathered, box) for fault in faults), *check_extent(crs, box)]


def _advised(fault: Fault, gathered: Gathered, box: Bounds) -> Fault:
    """Name the reading that brings the rows of a faulty list to the units."""
    listed = (gathered.facilities, gathered.compounds or [], gathered.candidates or [])
    for frame in (frame for frames in listed for frame in frames):
        if len(frame) and fault.file == frame["file"].iloc[0]:
            return advise(fault, frame, box)
    return fault


def _read(gathered: Gathered, role: str) -> list[LayerRead]:
    return [layer for layer in gathered.layers if table_of(layer.key) == role]


def _check_datums(
    gathered: Gathered, units: pd.DataFrame, box: Bounds | None, faults: list[Fault]
) -> list[Fault]:
    """Ask the layers about each other's datum, in China, as far as their places can be used."""
    if box is None or not in_china(box) or not units["unit_code"].is_unique:
        return []
    lost = {
        fault.file
        for fault in faults
        if fault.severity == "error" and fault.code.startswith(("crs.", "layer."))
    }
    frames = {
        "units": gathered.units,
        "facilities": gathered.facilities,
        "compounds": gathered.compounds or [],
        "candidates": gathered.candidates or [],
    }
    layers = {
        role: [
            PlacedLayer(
                key=read.key,
                datum=read.datum,
                datum_said=read.datum_said,
                frame=frame,
                origins=read.origins,
            )
            for read, frame in zip(_read(gathered, role), listed, strict=True)
            if has_place(frame) and str(frame["file"].iloc[0]) not in lost
        ]
        for role, listed in frames.items()
    }
    population = gathered.population
    unsound = {fault.file for fault in faults if fault.severity == "error"}
    cells = None
    if population is not None and population.file not in unsound:
        cells = population.grid or population.raster
    points = layers["facilities"] + layers["compounds"] + layers["candidates"]
    sought = None if cells is None else functools.partial(people_at, cells)
    return check_datums(layers["units"], points, units, sought)


def _with_duplicates(
    points: gpd.GeoDataFrame, settings: Settings, what: str, within: tuple[str, ...]
) -> tuple[gpd.GeoDataFrame, Duplicates, list[Fault]]:
    """Report rows that are probably the same thing; mark the later ones if they are left out."""
    distance = settings.duplicate_distance_m
    found = find_duplicates(points, distance, within=within)
    leave_out = settings.leave_out_duplicates
    faults = duplicate_faults(points, found, what, distance, leave_out=leave_out)
    if leave_out:
        points = points.assign(left_out=points["left_out"].mask(found.left_out, DUPLICATE))
    else:
        found = replace(found, left_out=np.zeros(len(points), dtype=bool))
    return points, found, faults


def _with_doubts(
    points: gpd.GeoDataFrame, near: Duplicates, units: gpd.GeoDataFrame | None, day: dt.date
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Add which rows may be one place (``twin``), and which nobody said have opened."""
    far = find_namesakes(points, near, () if units is None else units["unit_name"])
    unsure = perhaps_not_open(points, day)
    return points.assign(twin=twins(near, far), unsure_open=unsure), namesake_faults(points, far)


def _without_duplicates(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Drop the rows that repeat an earlier one; what is not open stays for planning."""
    return points.loc[points["left_out"] != DUPLICATE].reset_index(drop=True)


def _accounts(gathered: Gathered, frames: list[pd.DataFrame]) -> list[LayerRows]:
    """Account for the rows of every layer, from the frames that hold them all."""
    accounts = _of_population(gathered)
    for layer in gathered.layers:
        frame = next((f for f in frames if (f["layer"] == layer.key).any()), frames[0].iloc[:0])
        taken = frame.loc[frame["layer"] == layer.key]
        reasons = taken["left_out"].to_numpy(dtype=object) if "left_out" in taken else None
        accounts.append(
            account(layer.key, layer.file, layer.rows, taken, reasons, not_data=layer.not_data)
        )
    return accounts


_CELL: Final = "peopled cell"


def _of_population(gathered: Gathered) -> list[LayerRows]:
    """Account for the population: rows of a layer, or cells with people of a grid."""
    population = gathered.population
    if population is not None and not any(file.role == "population" for file in gathered.files):
        # in memory: there is no file, and nothing is filtered
        if population.cells is not None:
            n, noun = len(population.cells), "row"
        else:
            grid = population.grid
            n, noun = 0 if grid is None else int(np.count_nonzero(grid.values[POPULATION])), _CELL
        return [
            LayerRows(
                key="population",
                file=population.file,
                read=n,
                used=n,
                left_out={},
                rows={},
                noun=noun,
            )
        ]
    return [
        LayerRows(
            key=file.key,
            file=file.path,
            read=file.rows_read,
            used=file.rows_used,
            left_out={why: len(rows) for why, rows in gathered.not_population.items()},
            rows=gathered.not_population,
            noun=_CELL if Path(file.path).suffix.lower() in RASTER_SUFFIXES else "row",
        )
        for file in gathered.files
        if file.role == "population"
    ]


def _of_walking(gathered: Gathered, cleaned: Cleaned | None) -> list[LayerRows]:
    """Account for the edges of the walking network, and for its files of nodes and barriers."""
    if cleaned is None:
        return []
    left_out = cleaned.network.left_out
    rows = {
        str(reason): tuple(some["row"].tolist())
        for reason, some in left_out.groupby("reason", observed=True)
    }
    files = [file for file in gathered.files if file.role == "walking"]
    read = {file.key: (file.path, file.rows_read, file.rows_used) for file in files}
    read = {"walking": (cleaned.network.name, cleaned.n_edges, cleaned.n_edges), **read}
    accounts = []
    for key, (path, n_read, n_kept) in read.items():
        why = {FILTERED: n_read - n_kept} if n_read > n_kept else {}
        known = rows if key == "walking" else {}
        why |= {reason: len(some) for reason, some in known.items()}
        accounts.append(
            LayerRows(
                key=key,
                file=path,
                read=n_read,
                used=n_read - sum(why.values()),
                left_out=why,
                # half of the rows of many a network: each edge is there once in each direction
                rows={reason: some for reason, some in known.items() if reason != TWICE},
            )
        )
    return accounts


def _units_in_doubt(
    gathered: Gathered, placed: list[gpd.GeoDataFrame], faults: list[Fault]
) -> bool:
    """Tell whether the units are too faulty to look for points in them."""
    about = ("units.", "study_area.")
    if any(fault.severity == "error" and fault.code.startswith(about) for fault in faults):
        return True
    usable = [frame for frame in placed if has_place(frame) or frame.geometry.isna().all()]
    return not gathered.units_complete or len(usable) < len(gathered.units)


def _numbers_in(
    frames: list[pd.DataFrame], units: pd.DataFrame | None, names: Iterable[str], what: str
) -> tuple[pd.DataFrame | None, list[Fault]]:
    """Join numbers per unit of all layers, one row per unit in the order of the units.

    Units that are None could not all be read; codes are then not looked for.
    """
    if not frames or units is None:
        return None, []
    coded = [_by_code(frame, units) for frame in frames]
    doubled = [
        fault
        for frame, before in zip(coded, frames, strict=True)
        if frame is not before
        for fault in check.check_unit_column(frame, what)
    ]
    if doubled:
        return None, doubled
    named = [
        fault
        for frame, before in zip(coded, frames, strict=True)
        for fault in check.check_named(before, frame["unit_code"], units, what)
    ]
    layers = [frame.assign(layer=number) for number, frame in enumerate(coded)]
    rows = pd.concat(layers, ignore_index=True)
    given = [name for name in names if name in rows]
    if faults := check.check_of_units(rows, given, units, what):
        return None, faults
    joined = rows.groupby("unit_code")[given].first()
    order = [code for code in units["unit_code"] if code in joined.index]
    return joined.loc[order].rename_axis("unit_code").reset_index(), named


def _by_code(frame: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Put codes where rows name their unit; the same frame where none does."""
    codes = declared_codes(frame["unit_code"], units)
    return frame if codes.equals(frame["unit_code"]) else frame.assign(unit_code=codes)


def _check_totals(
    gathered: Gathered, units: pd.DataFrame, census: pd.DataFrame | None, settings: Settings
) -> list[Fault]:
    """Check official totals, and that people are known where only their dwellings are."""
    faults = []
    if census is not None:
        coded = [_by_code(frame, units) for frame in gathered.census]
        rows = pd.concat(coded, ignore_index=True)
        faults = check.check_census(rows, units, sparse=settings.sparsely_populated)
    population = gathered.population
    if population is None or gathered.census or population.basis == "people":
        return faults
    if population.persons is not None:
        return faults
    return [*faults, _nobody_counted(population.basis, population.file)]


def _nobody_counted(basis: Basis, file: str) -> Fault:
    """Say that dwellings or floor area are no people."""
    by_dwellings = "parameters.persons_per_household" if basis == "dwellings" else "dwellings"
    return Fault(
        severity="error",
        code="population.no_total",
        message=f"{basis.replace('_', ' ')} say where people live, not how many there are.",
        mend=f"Add [[census]] with official totals, or give {by_dwellings}.",
        file=file,
    )


def _with_figures(columns: tuple[str, ...], frame: pd.DataFrame) -> list[str]:
    """Name the columns of a list of points: ours, the figures and outlines that it has, the geometry."""
    extra = [name for name in (*FIGURES, "outline") if name in frame and name not in columns]
    return [*columns, *extra, "geometry"]


_UNIT_COLUMNS: Final = (
    "unit_code",
    "unit_name",
    "unit_type",
    "parent_code",
    "main_urban",
    "development_zone",
    "urban",
    "county",
)
_FACILITY_COLUMNS: Final = (
    "facility_id",
    "name",
    "service",
    "facility_type",
    "operator",
    "condition",
    "places",
    "beds",
    "land_area_m2",
    "floor_area_m2",
    "outdoor_area_m2",
    "venue_area_m2",
    "inclusive",
    "status",
    "opened",
    "opened_by",
    "closed",
    "is_open",
    "unsure_open",
    "twin",
    "project",
    "unit_code",
    *MEMBERSHIP,
    "file",
    "row",
)
_CANDIDATE_COLUMNS: Final = (
    "candidate_id",
    "name",
    "acquisition",
    "land_area_m2",
    "floor_area_m2",
    "cost",
    "unit_code",
    *MEMBERSHIP,
    "file",
    "row",
)
_COMPOUND_COLUMNS: Final = (
    "compound_id",
    "name",
    "households",
    "elder_floor_area_m2",
    "built_year",
    "is_old",
    "planned_population",
    "unit_code",
    *MEMBERSHIP,
    "file",
    "row",
)


def _crs_fact(crs: pyproj.CRS) -> Fault:
    return Fault(
        severity="info",
        code="crs.used",
        message=f"distances and areas are measured in {label(crs)} ({crs.name}).",
    )


def _to_metric(frame: gpd.GeoDataFrame, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Reproject a layer; one whose place cannot be used loses its geometry (it has an error)."""
    if has_place(frame):
        moved = frame.to_crs(crs)
        if "outline" in frame:
            outlines = gpd.GeoSeries(frame["outline"].array, crs=frame.crs).to_crs(crs)
            moved["outline"] = pd.Series(list(outlines), index=frame.index, dtype=object)
        return moved
    return frame.set_geometry(gpd.GeoSeries([None] * len(frame), index=frame.index, crs=crs))


def _join(frames: list[gpd.GeoDataFrame], crs: pyproj.CRS) -> gpd.GeoDataFrame:
    parts = [_to_metric(frame, crs) for frame in frames if len(frame)] or frames[:1]
    if len(parts) == 1:
        return parts[0].reset_index(drop=True).set_crs(crs, allow_override=True)
    geometry = np.concatenate([np.asarray(part.geometry.array) for part in parts])
    data = pd.concat([pd.DataFrame(p.drop(columns="geometry")) for p in parts], ignore_index=True)
    return gpd.GeoDataFrame(data, geometry=geometry, crs=crs)


def build_hierarchy(
    units: gpd.GeoDataFrame, settings: Settings, *, complete: bool = True
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Create parents and the root where they are missing, check the tree, and sort it.

    Parameters
    ----------
    units
        Units of all layers, normalised, in one CRS.
    settings
        Name, code and type of the whole area.
    complete
        Whether every unit layer could be read; parents are looked for only then.

    Returns
    -------
    tuple
        Units sorted by tier and code, and the faults of codes and parents.
    """
    faults = check.check_unit_codes(units)
    faults += check.check_region(units, settings.code, settings.type or "district")
    units, more = find_parents(_under_own_name(units, settings))
    faults += more
    units = _with_created_parents(units, settings.code)
    units, more = _with_root(units, settings)
    faults += more
    if complete and not any(fault.severity == "error" for fault in faults):
        faults += check.check_parents(units)
    tier = units["unit_type"].map(TIER_OF).map({name: n for n, name in enumerate(TIERS)})
    order = units.assign(tier=tier).sort_values(["tier", "unit_code"], kind="stable").index
    return units.loc[order].reset_index(drop=True), faults


def _under_own_name(units: gpd.GeoDataFrame, settings: Settings) -> gpd.GeoDataFrame:
    """Put the code of the whole area where a parent is given by the area's name."""
    known = set(units["unit_code"]) | set(units["unit_name"])
    if settings.name in known:
        return units
    own = units["parent_code"] == settings.name
    return units.assign(parent_code=units["parent_code"].mask(own, settings.code or settings.name))


def _rows_of_units(
    codes: list[str], names: list[str], types: list[str], parents: list[str], crs: pyproj.CRS
) -> gpd.GeoDataFrame:
    """Make units without polygons that stand in no file."""
    n = len(codes)
    text = {"unit_code": codes, "unit_name": names, "unit_type": types, "parent_code": parents}
    text |= {"parent_name": [""] * n, "parent_type": [""] * n, "file": ["area.toml"] * n}
    data = {name: pd.array(values, dtype="str") for name, values in text.items()}
    flags = {
        name: pd.array([pd.NA] * n, dtype="boolean")
        for name in ("main_urban", "development_zone", "urban", "county")
    }
    return gpd.GeoDataFrame(
        {
            **data,
            **flags,
            "row": np.zeros(n, dtype=np.int64),
            "has_parents": np.ones(n, dtype=bool),
        },
        geometry=[None] * n,
        crs=crs,
    )


def _with_created_parents(units: gpd.GeoDataFrame, root_code: str) -> gpd.GeoDataFrame:
    """Create the parents that no layer holds, where a layer says their type."""
    wanted = units.loc[
        (units["parent_type"] != "")
        & (units["parent_code"] != "")
        & (units["parent_code"] != root_code)
        & ~units["parent_code"].isin(units["unit_code"])
    ].drop_duplicates("parent_code")
    if wanted.empty:
        return units
    names = wanted["parent_name"].where(wanted["parent_name"] != "", wanted["parent_code"])
    created = _rows_of_units(
        wanted["parent_code"].tolist(),
        names.tolist(),
        wanted["parent_type"].tolist(),
        [""] * len(wanted),
        units.crs,
    )
    return _join([units, created], units.crs)


def _with_root(units: gpd.GeoDataFrame, settings: Settings) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Make sure that one unit is the root and that every parentless unit hangs under it."""
    parentless = units["parent_code"] == ""
    code = settings.code
    if not code and parentless.sum() == 1:
        code = str(units.loc[parentless, "unit_code"].iloc[0])
    if code and code in set(units["unit_code"]):
        units, faults = _declared_root(units, code, settings)
    else:
        code = code or settings.name
        units, faults = _created_root(units, code, settings)
    hang = (units["parent_code"] == "") & (units["unit_code"] != code)
    return units.assign(parent_code=units["parent_code"].mask(hang, code)), faults


def _declared_root(
    units: gpd.GeoDataFrame, code: str, settings: Settings
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Take a unit of a layer as the root; a parent that no layer holds is above the area."""
    is_root = (units["unit_code"] == code).to_numpy(dtype=bool)
    has_parent = units["parent_code"].isin(units["unit_code"]).to_numpy(dtype=bool)
    root_type = str(units.loc[is_root, "unit_type"].iloc[0])
    faults = faults_by_file(
        units,
        is_root & has_parent,
        "study_area.root_has_parent",
        f"the study area's own unit {code} has a parent among the units.",
        "Give the code of the top unit in [study_area] code, or keep only the units of the area.",
    )
    if settings.type is not None and settings.type != root_type:
        faults.append(
            Fault(
                severity="error",
                code="study_area.type",
                message=f"[study_area] type is {settings.type}, but unit {code} is a {root_type}.",
                mend="Correct one of them.",
                item=code,
            )
        )
    above = is_root & ~has_parent
    return units.assign(parent_code=units["parent_code"].mask(above, "")), faults


def _created_root(
    units: gpd.GeoDataFrame, code: str, settings: Settings
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Create the root above the parentless units; its type must stand above theirs."""
    root_type = settings.type or "district"
    tiers = list(TIERS)
    top = units.loc[units["parent_code"] == "", "unit_type"]
    not_below = [
        t
        for t in sorted(set(top) & set(TIER_OF))
        if tiers.index(TIER_OF[t]) <= tiers.index(TIER_OF[root_type])
    ]
    faults = []
    if not_below:
        faults.append(
            Fault(
                severity="error",
                code="study_area.type",
                message=f"[study_area] type is {root_type}, which does not stand above units of "
                f"type {', '.join(not_below)}.",
                mend="Set type to one above them, or give [study_area] code if one of the units is "
                "the whole area.",
            )
        )
    root = _rows_of_units([code], [settings.name], [root_type], [""], units.crs)
    for flag in ("main_urban", "urban", "county"):
        root[flag] = pd.array([getattr(settings, flag)], dtype="boolean")
    return _join([units, root], units.crs), faults


def _check_units_on_ground(units: gpd.GeoDataFrame) -> list[Fault]:
    """Check the polygons against each other, in metres."""
    sound = units.loc[check.sound_polygons(units)]
    if sound.empty:
        return []
    checks = (check.check_overlaps, check.check_children)
    return [fault for found in in_order(lambda one: one(sound), checks) for fault in found]


def _look_through(
    gathered: Gathered, units: gpd.GeoDataFrame | None, settings: Settings
) -> Callable[[], Looked | Fault | None]:
    """Begin to go through a raster that stays in its file, with the polygons of the units if any."""
    population = gathered.population
    if population is None or population.raster is None:
        return lambda: None
    polygons = np.empty(0, dtype=object)
    if units is not None:
        drawn = units.loc[check.sound_polygons(units)]
        polygons = np.asarray(drawn.geometry.to_crs(population.raster.crs).array)
    return look_through(population.raster, polygons, population.file, settings.helper)


def _with_negative(
    faults: list[Fault], gathered: Gathered, looked: Looked | Fault | None
) -> list[Fault]:
    """Add what going through a raster found in its numbers, where reading it whole would tell it."""
    if looked is None:
        return faults
    found = [looked] if isinstance(looked, Fault) else looked.faults
    at = gathered.faults_of_cells_at
    return [*faults[:at], *found, *faults[at:]]


def _population_in(
    gathered: Gathered,
    looked: Looked | Fault | None,
    units: gpd.GeoDataFrame,
    crs: pyproj.CRS,
    *,
    units_box: Bounds | None,
    settings: Settings,
) -> tuple[PopulationGrid | gpd.GeoDataFrame | None, list[Fault]]:
    """Check the population against the units; bring cells that are no grid into the CRS."""
    population = gathered.population
    if population is None or isinstance(looked, Fault):
        return None, []
    drawn = units.loc[check.sound_polygons(units)]
    counted = population.basis == "people" and not gathered.census and not drawn.empty
    before = [*gathered.faults, *([] if looked is None else looked.faults)]
    grid = population.grid if looked is None else grid_in_file(looked.file, looked.tally)
    if grid is not None:
        if looked is None:
            found = _survey_of(grid, drawn)
        else:
            found = looked.survey
            gathered.count_cells(found.peopled)
        faults = _check_grid_in(population.file, grid, found, units_box)
        if counted and not any(fault.severity == "error" for fault in [*before, *faults]):
            faults += _few_people(population, found.people, drawn, settings)
        return grid, faults
    cells = population.cells
    if cells is None or not has_place(cells):
        return None, []
    faults = [] if units_box is None else check.check_meeting(cells, units_box, population.file)
    groups = [group for group in GROUPS if group in cells.columns]
    cells = cells.to_crs(crs).reset_index(drop=True)
    if population.basis == "people":
        faults += check.check_cells(cells, groups, population.file)
        faults += check.check_cells_apart(cells, groups, population.file)
    else:
        faults += check.check_repeated(cells, groups, population.file)
    if counted and not any(fault.severity == "error" for fault in [*before, *faults]):
        people = float(cells[POPULATION].sum())
        faults += _few_people(population, people, drawn, settings)
    return cells[[*groups, "geometry"]], faults


def _few_people(
    population: Population, people: float, units: pd.DataFrame, settings: Settings
) -> list[Fault]:
    return check.check_people(
        people,
        units,
        population.file,
        kind=population.kind,
        sparse=settings.sparsely_populated,
    )


def _survey_of(grid: PopulationGrid, drawn: gpd.GeoDataFrame) -> Survey:
    """Look at the cells of a grid in memory."""
    polygons = np.asarray(drawn.geometry.to_crs(grid.crs).array)
    return survey(grid, sides_of(polygons, grid.raster.transform))


def _check_grid_in(
    file: str, grid: PopulationGrid, found: Survey, units_box: Bounds | None
) -> list[Fault]:
    """Check what was found in a grid, and where it lies."""
    faults = check.check_grid(found, file)
    box = to_lonlat(bounds_of(transform_of(grid.raster), grid.shape), grid.crs)
    if box is None or units_box is None:
        return faults
    faults += check.elsewhere(box, units_box, file)
    return faults + check.check_no_data(found, file)


def _points_in(
    frames: list[gpd.GeoDataFrame],
    units: gpd.GeoDataFrame | None,
    crs: pyproj.CRS,
    units_box: Bounds | None,
    what: Literal["facilities", "compounds", "candidates"],
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Bring points into the CRS and find the unit of each tier that they belong to.

    Units that are None are too faulty to be looked in; a layer whose place cannot be used has its
    error already. Points then stay without membership.
    """
    placed = [frame for frame in frames if has_place(frame)]
    faults: list[Fault] = []
    if units_box is not None:
        for frame in placed:
            faults += check_rows(frame, units_box)
    points = _join(frames, crs)
    placeless = [frame for frame in frames if frame.geometry.isna().all()]
    lost = any(fault.severity == "error" for fault in faults)
    if units is None or lost or len(placed) + len(placeless) < len(frames):
        return points, faults
    codes = declared_codes(points["unit_code"], units)
    faults += check.check_declared(points, codes, units, what)
    points = points.assign(unit_code=codes)
    membership = assign(points, units)
    faults += check.check_membership(points, membership, what, units)
    return points.assign(**{column: membership.codes[column] for column in MEMBERSHIP}), faults
