"""The study area: units, population, facilities and compounds, checked, in one metric CRS.

Reading and checking (``inputs``) put together: from the files that ``area.toml`` names, or from
frames already in memory, with the same checks.
"""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin, get_type_hints

import pyproj

from capacity.errors import Fault, InputError
from capacity.inputs.blocks import wake
from capacity.inputs.cache import write_cache
from capacity.inputs.cells import Reading
from capacity.inputs.combine import combine
from capacity.inputs.config import layer_datum, read_config, siting_of
from capacity.inputs.crs import check_metric
from capacity.inputs.gather import InputFile, Settings, gather_files, gather_frames
from capacity.vocabulary import SERVICES, UNIT_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd
    import pandas as pd

    from capacity.inputs.combine import Combined
    from capacity.inputs.config import AreaConfig, StudyAreaTable
    from capacity.inputs.gather import Gathered
    from capacity.inputs.sites import SitingSettings
    from capacity.network import WalkingNetwork
    from capacity.parts.run import Client
    from capacity.population import Basis, Kind, PopulationGrid

__all__ = [
    "InputFile",
    "Parameters",
    "StudyArea",
    "check_study_area",
    "read_study_area",
    "study_area",
]

_PLACED: Final = ("units", "population", "facilities", "planned", "compounds", "candidates")
"""Layers in memory that have coordinates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Settings that no document gives; every output prints those it used.

    Attributes
    ----------
    walking_speed_m_s
        Walking speed that turns minutes into metres, in m/s.
    walking_speed_older_m_s
        The same for age groups of 60 and over.
    reach
        ``as_written`` measures a radius along the straight line, and a walking time along the
        walking network where there is one; ``network`` measures both along it; ``straight``
        measures both along the straight line.
    walking_preset
        ``speed`` turns minutes into metres by the walking speeds; ``national`` takes the walking
        distances of GB 50180-2018 for 15, 10 and 5 minutes, for everyone alike.
    walking_range
        Which end of 800–1000 m counts for 15 minutes: ``lower`` or ``upper``.
    snap_limit_m
        Longest straight way from a place to the walking network; beyond it the straight line times
        the detour factor counts.
    point_spacing_m
        Largest distance between the points from which the people of a cell walk.
    detour_factor
        Walking distance divided by straight-line distance, at least 1.
    crossing_wait_s
        Seconds that crossing a street takes beside the walk, where the network says which edges cross
        one; 0 leaves them out. Only walking times have them, distances do not.
    slope
        ``tobler`` walks up and down by Tobler's hiking function, where the network has the ascent of
        its edges; ``ignored`` walks as on the level. Only walking times have it.
    persons_per_household
        Persons in a household, which turns the dwellings of a new compound into its planned people
        where those are not given; None leaves them unknown.
    old_compound_built_before
        A compound without an old/new flag is old if built before this year; None leaves it unknown.
    development_zones_are_main_urban
        Whether development zones (开发区) count as main urban where a norm asks for it.
    allocation
        How places are given out: ``optimal`` serves the most people, ``nearest`` sends everyone to
        their nearest facility only, ``public_first`` gives out public places before private ones.
    duplicates
        ``keep`` counts every row of a list; ``first`` leaves out those that repeat an earlier one.
    duplicate_distance_m
        Rows of one name at most so many metres apart are taken for the same thing.
    """

    walking_speed_m_s: float = 1.2
    walking_speed_older_m_s: float = 0.8
    reach: Literal["as_written", "network", "straight"] = "as_written"
    walking_preset: Literal["speed", "national"] = "speed"
    walking_range: Literal["lower", "upper"] = "lower"
    snap_limit_m: float = 200.0
    point_spacing_m: float = 50.0
    detour_factor: float = 1.3
    crossing_wait_s: float = 0.0
    slope: Literal["ignored", "tobler"] = "ignored"
    persons_per_household: float | None = None
    old_compound_built_before: int | None = None
    development_zones_are_main_urban: bool = True
    allocation: Literal["optimal", "nearest", "public_first"] = "optimal"
    duplicates: Literal["keep", "first"] = "keep"
    duplicate_distance_m: float = 50.0


@dataclass(frozen=True, kw_only=True, repr=False)
class StudyArea:
    """Checked inputs of one assessment.

    Attributes
    ----------
    name, code, type
        The whole area: a row of ``units`` has this code and is the root of the hierarchy.
    city
        Whose norms it follows (a city of the catalogue), empty if not said.
    data_date
        Facilities open on this day are existing supply.
    units
        Every unit of every tier, sorted by tier and code: ``unit_code``, ``unit_name``,
        ``unit_type``, ``parent_code`` (text, empty for the root), ``main_urban``,
        ``development_zone``, ``urban`` (of the urban class), ``county`` (a county or county-level
        city) (nullable booleans), geometry (None where the unit has no polygon).
    population
        A regular grid, or a frame of cells (polygons or points) with ``population`` and any other
        group columns, people per cell, in ``crs``. None if there is no population.
    facilities
        Points: ``facility_id``, ``name``, ``service`` (text), ``facility_type``
        (``FACILITY_TYPES``), ``operator`` (``OPERATORS``), ``condition`` (``CONDITIONS``, or
        ``none_of_these``) (text, empty where unknown), ``places``, ``beds``, ``land_area_m2``,
        ``floor_area_m2``, ``outdoor_area_m2``, ``venue_area_m2`` (float64, NaN where unknown),
        ``inclusive`` (nullable boolean), the ``FIGURES`` given of facilities (float64), ``status``
        (``FACILITY_STATUSES``, empty where unknown), ``opened`` and ``closed`` (datetime64, NaT where
        unknown), ``opened_by`` (the last day that ``opened`` may mean: of its year or month where that
        is all that was said), ``is_open`` (existing supply on the data date: nothing says that it is
        not open), ``unsure_open`` (open by a planned date, or by a year or month, alone), ``twin``
        (the same number from 1 for rows that may be one place, 0 for all others), ``project`` (from
        a list of planned projects), ``unit_code`` (as declared, or empty), ``city_code``, ``district_code``, ``street_code``,
        ``community_code`` (the unit of each tier it stands in, empty for none), ``file``, ``row``;
        ``outline`` (the polygon or entrances that a point was taken from, else None) where there is any.
    compounds
        The same membership columns with ``compound_id``, ``name``, ``households``,
        ``elder_floor_area_m2``, ``built_year``, ``planned_population``, the ``FIGURES`` given of
        compounds (float64, NaN where unknown) and ``is_old`` (nullable boolean). None if no
        compound list was given.
    figures
        ``unit_code`` (one row per unit) and a float64 column for each of the ``FIGURES`` given of
        units, NaN where unknown. None if none were given.
    census
        Official totals: ``unit_code`` (one row per unit) and a float64 column for each of the
        ``GROUPS`` given, people, NaN where unknown. None if none were given.
    population_basis
        What ``population`` counts: ``people``; or ``dwellings`` or ``floor_area``, which say where
        the people of the census live. Dwellings are multiplied with the persons per household where
        those are known.
    population_complete
        Whether nobody lives outside the cells of ``population``.
    network
        Walking network in ``crs``. None if none was given; reach is then the straight line.
    candidates
        Sites where something may be built, points: ``candidate_id``, ``name``, ``acquisition``
        (``ACQUISITIONS``) (text, empty where not said), ``land_area_m2`` and ``floor_area_m2`` (the
        most that can be used, NaN for no limit), ``cost`` (of coming by the site, 0 where not said),
        the membership columns, ``file``, ``row``, and ``outline`` as for facilities. None if no list
        was given; a plan then generates them.
    forbidden
        Polygons in which nothing may be built. None if there are none.
    siting
        What a plan has to reach, and with what. None if nothing was said.
    services
        Services whose facility list is complete, because it was said or because a list was given:
        no facility of such a service means zero, while for any other service it means no data.
    facilities_within_m
        How far around the box of the units facilities were read, metres (``facilities.margin_m``, the
        smallest); None where all of them were.
    parameters, crs, faults, files, path
        Settings, the metric CRS of every geometry, warnings and facts found, what was read, and the
        settings file (None where everything was in memory).
    """

    name: str
    code: str
    type: str
    city: str
    data_date: dt.date
    units: gpd.GeoDataFrame
    population: PopulationGrid | gpd.GeoDataFrame | None
    facilities: gpd.GeoDataFrame
    compounds: gpd.GeoDataFrame | None
    services: frozenset[str]
    parameters: Parameters
    crs: pyproj.CRS
    faults: tuple[Fault, ...] = ()
    files: tuple[InputFile, ...] = ()
    path: Path | None = field(default=None)
    figures: pd.DataFrame | None = None
    census: pd.DataFrame | None = None
    population_basis: Basis = "people"
    population_complete: bool = False
    network: WalkingNetwork | None = None
    candidates: gpd.GeoDataFrame | None = None
    forbidden: gpd.GeoDataFrame | None = None
    siting: SitingSettings | None = None
    facilities_within_m: float | None = None

    def __repr__(self) -> str:
        """Name, date, and how much there is of each layer."""
        types = self.units["unit_type"].value_counts(sort=False)
        parts = [f"{n} {kind}" for kind, n in types.items()]
        parts += [f"{len(self.facilities)} facilities"]
        parts += [f"{len(self.compounds)} compounds"] if self.compounds is not None else []
        parts += ["no population layer"] if self.population is None else []
        parts += ["walking network"] if self.network is not None else []
        return f"<StudyArea {self.name}, data of {self.data_date}: {', '.join(parts)}>"


def read_study_area(
    path: str | Path,
    *,
    cells: Literal["memory", "file"] = "memory",
    client: Client | None = None,
) -> StudyArea:
    """Read ``area.toml`` and every file that it names, check them, and put them together.

    Parameters
    ----------
    path
        The settings file; paths in it are relative to its folder.
    cells
        ``memory`` reads a population raster whole. ``file`` checks it block by block and leaves its
        cells in the file until something asks for them; an assessment in parts reads them by windows.
    client
        Goes through the raster that stays in its file while this process checks the other layers: that
        of ``assess``. This process does it if none is given.

    Returns
    -------
    StudyArea
        Every geometry in one metric CRS; ``faults`` holds the warnings and facts found.

    Raises
    ------
    InputError
        Any fault is an error; every fault of every file is listed.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from capacity import write_example
    >>> with TemporaryDirectory() as folder:
    ...     area = read_study_area(write_example(folder))
    >>> area.name, str(area.data_date), area.crs.to_authority()
    ('示例区', '2025-06-30', ('EPSG', '4547'))
    """
    path, by_windows = Path(path), cells == "file"
    if by_windows and client is not None:
        wake(client)
    config = read_config(path)
    settings = replace(_settings_of(config), by_windows=by_windows, helper=client)
    gathered = gather_files(config, path, settings)
    combined, faults = combine(gathered, settings)
    faults += _keep_network(gathered, combined)
    return StudyArea(
        city=config.study_area.city,
        services=frozenset(config.study_area.services) | gathered.services,
        parameters=Parameters(**config.parameters.model_dump()),
        files=_with_rows(gathered.files, combined),
        siting=None if config.siting is None else siting_of(config.siting, path),
        facilities_within_m=min(gathered.margins_m, default=None),
        path=path,
        **_common(combined, settings, faults, path.name),
    )


def read_ahead(path: str | Path) -> StudyAreaTable:
    """Read ``area.toml`` alone, before anything is started that takes long.

    Parameters
    ----------
    path
        The settings file; paths in it are relative to its folder.

    Returns
    -------
    StudyAreaTable
        Its ``[study_area]``: city and date of the data choose the norms.

    Raises
    ------
    InputError
        A key is faulty; or a file is not where it says: then the others are read too, so that every
        fault of every file is listed.
    """
    path = Path(path)
    config = read_config(path)
    # os.path also says no of a name that no file can have
    if not all(os.path.exists(path.parent / file) for file in config.files()):  # noqa: PTH110
        read_study_area(path)
    return config.study_area


def check_study_area(path: str | Path) -> list[Fault]:
    """Find every fault of ``area.toml`` and its files without raising.

    Parameters
    ----------
    path
        The settings file.

    Returns
    -------
    list of Fault
        Errors, warnings and facts in the order found; no error means that ``read_study_area``
        succeeds.

    Examples
    --------
    >>> [fault.code for fault in check_study_area("nowhere/area.toml")]
    ['config.cannot_open']
    """
    path = Path(path)
    try:
        config = read_config(path)
    except InputError as error:
        return list(error.faults)
    settings = _settings_of(config)
    return combine(gather_files(config, path, settings), settings)[1]


def study_area(
    units: gpd.GeoDataFrame | pd.DataFrame,
    population: object = None,
    facilities: gpd.GeoDataFrame | pd.DataFrame | None = None,
    compounds: gpd.GeoDataFrame | pd.DataFrame | None = None,
    *,
    planned: gpd.GeoDataFrame | pd.DataFrame | None = None,
    figures: pd.DataFrame | None = None,
    census: pd.DataFrame | None = None,
    network: object = None,
    candidates: gpd.GeoDataFrame | pd.DataFrame | None = None,
    forbidden: gpd.GeoDataFrame | None = None,
    name: str,
    data_date: dt.date | str,
    code: str = "",
    type: str | None = None,  # noqa: A002  the word of area.toml and of StudyArea
    city: str = "",
    services: Iterable[str] = (),
    crs: object = None,
    parameters: Parameters | None = None,
    main_urban: bool | None = None,
    urban: bool | None = None,
    county: bool | None = None,
    sparsely_populated: bool = False,
    unit_type: str | None = None,
    parent_type: str | None = None,
    service: str | None = None,
    datums: Mapping[str, str] | None = None,
    population_kind: Kind = "count",
    population_no_data: Literal["unknown", "zero"] = "unknown",
) -> StudyArea:
    """Put together a study area from frames in memory, with the checks that files get.

    Columns are those of ``StudyArea``; ``code``, ``name``, ``type``, ``parent``, ``id``, ``unit``,
    ``land_area``, ``floor_area``, ``outdoor_area``, ``venue_area``, ``elder_floor_area`` and ``old``
    are read too, and ``type`` of facilities. Frames are never
    modified. Rows in messages are counted from 1.

    Parameters
    ----------
    units
        Polygons with ``unit_code`` at least, or a table without geometry. Without population and
        census, columns called like the population groups are official totals.
    population
        A grid; cells (polygons or points) with ``population`` and any other group columns, people
        per cell, or with ``dwellings`` or ``floor_area``; or an xarray DataArray or Dataset with
        coordinates x and y (centres of cells). Equal rectangles on a lattice become a grid in their
        own CRS.
    facilities, compounds
        Points. No facilities means none of ``services``; no compounds means no data.
    planned
        Planned projects: columns as of facilities, with the day that each opens. They are no
        existing supply; ``project`` counts them at the stages to come.
    figures
        A row per unit: ``unit_code`` and a column for each of the ``FIGURES`` that are known.
    census
        Official totals, a row per unit of any tiers: ``unit_code`` and a column for each of the
        ``GROUPS`` that are known. People of the population are scaled to them; without population
        they are the people of the units.
    network
        Walking network: a frame of edges or a graph, as ``walking_network`` takes them; a column
        ``crossing`` or ``ascent`` is read where ``crossing_wait_s`` or ``slope`` asks for it.
    candidates, forbidden
        Sites where something may be built (``id``, ``name``, ``acquisition``, ``land_area``,
        ``floor_area``, ``cost``), and polygons in which nothing may.
    name, data_date, code, type, city, services
        As in ``StudyArea``; the type of the whole area is that of its root unless said.
    crs
        Metric CRS to use; None keeps the units' own where it measures well, or chooses one.
    parameters
        As in ``StudyArea``.
    main_urban
        Whether the whole area counts as main urban where it is tested as one unit.
    urban, county
        Whether the whole area is of the urban class, and a county or county-level city, where it
        is tested as one unit.
    sparsely_populated
        Whether units really have so few people that the numbers look like another unit.
    unit_type
        Type of every unit, where there is no type column.
    parent_type
        Create parents of this type for parent codes that no unit has.
    service
        Service of every facility, where there is no service column.
    datums
        Datum of the layers whose frame does not say it or says it wrongly: ``units``,
        ``population``, ``facilities`` or ``compounds`` → ``wgs84``, ``cgcs2000``, ``gcj02``,
        ``bd09`` or a CRS. Frames in GCJ-02 or BD-09 call themselves EPSG:4326 or nothing.
    population_kind
        ``count``: people per cell; ``density``: people per km² of the cell's true area.
    population_no_data
        ``zero``: nobody lives in cells without a number, and beyond the cells of a frame;
        ``unknown``: nobody knows.

    Returns
    -------
    StudyArea
        As ``read_study_area`` gives it, without files.

    Raises
    ------
    InputError
        Any fault is an error; every fault is listed.

    Examples
    --------
    >>> import pandas as pd
    >>> streets = pd.DataFrame(
    ...     {"unit_code": ["4101", "410101"], "type": ["city", "district"], "population": [90_000, 90_000]}
    ... )
    >>> streets["parent"] = ["", "4101"]
    >>> area = study_area(streets, name="example", data_date="2025-12-31")
    >>> area.units["unit_type"].tolist(), area.census["population"].tolist()
    (['city', 'district'], [90000.0, 90000.0])
    """
    parameters = Parameters() if parameters is None else parameters
    settings = Settings(
        name=name,
        code=code,
        type=type,
        data_date=dt.date.fromisoformat(data_date) if isinstance(data_date, str) else data_date,
        crs=None if crs is None else pyproj.CRS.from_user_input(crs),
        old_before=parameters.old_compound_built_before,
        leave_out_duplicates=parameters.duplicates == "first",
        duplicate_distance_m=parameters.duplicate_distance_m,
        main_urban=main_urban,
        urban=urban,
        county=county,
        sparsely_populated=sparsely_populated,
        persons_per_household=parameters.persons_per_household,
        penalties=_penalties_of(parameters),
    )
    services = frozenset(services)
    said, faults = _datums_of(datums or {})
    faults += _check_words(settings, services, unit_type, parent_type, service)
    faults += _check_choices(parameters)
    _raise_errors(faults, name)
    gathered = gather_frames(
        units,
        population,
        facilities,
        compounds,
        figures=figures,
        census=census,
        network=network,
        candidates=candidates,
        forbidden=forbidden,
        reading=Reading(
            kind=population_kind,
            zero=population_no_data == "zero",
            persons=parameters.persons_per_household,
        ),
        settings=settings,
        unit_type=unit_type,
        parent_type=parent_type,
        service=service,
        datums=said,
        planned=planned,
    )
    combined, faults = combine(gathered, settings)
    return StudyArea(
        city=city,
        services=services | gathered.services,
        parameters=parameters,
        **_common(combined, settings, faults, name),
    )


def _penalties_of(parameters: Parameters) -> frozenset[str]:
    """Name the columns of edges that walking times ask for."""
    asked = {"crossing": bool(parameters.crossing_wait_s), "ascent": parameters.slope == "tobler"}
    return frozenset(name for name, needed in asked.items() if needed)


def _keep_network(gathered: Gathered, combined: Combined | None) -> list[Fault]:
    """Write the cleaned network down where area.toml asks for it, if there is no error."""
    if gathered.caching is None or combined is None or combined.walking is None:
        return []
    keep = gathered.caching
    said = ("description", "year")
    files = [
        {name: value for name, value in asdict(file).items() if name not in said}
        for file in keep.files
    ]
    return write_cache(
        keep.path,
        keep.key,
        combined.walking,
        name=keep.name,
        files=files,
        read_faults=keep.faults,
    )


def _with_rows(files: Iterable[InputFile], combined: Combined | None) -> tuple[InputFile, ...]:
    """Say of every file how many of its rows were used in the end."""
    used = {} if combined is None else {one.key: one.used for one in combined.accounts}
    return tuple(replace(file, rows_used=used.get(file.key, file.rows_used)) for file in files)


def _settings_of(config: AreaConfig) -> Settings:
    """Take what the inputs need to know; a type that was not written is not said."""
    table = config.study_area
    return Settings(
        name=table.name,
        code=table.code,
        type=table.type if "type" in table.model_fields_set else None,
        data_date=table.data_date,
        crs=None if table.crs is None else pyproj.CRS.from_user_input(table.crs),
        old_before=config.parameters.old_compound_built_before,
        leave_out_duplicates=config.parameters.duplicates == "first",
        duplicate_distance_m=config.parameters.duplicate_distance_m,
        main_urban=table.main_urban,
        urban=table.urban,
        county=table.county,
        sparsely_populated=table.sparsely_populated,
        persons_per_household=config.parameters.persons_per_household,
    )


def _common(
    combined: Combined | None, settings: Settings, faults: list[Fault], what: str
) -> dict[str, Any]:
    """Give the attributes that files and frames fill alike, or raise every error found."""
    _raise_errors(faults, what)
    if combined is None:
        raise AssertionError(f"{what}: nothing to give, and no fault that says why")
    units = combined.units
    root = units.loc[units["parent_code"] == ""].iloc[0]
    return {
        "name": settings.name,
        "code": str(root["unit_code"]),
        "type": str(root["unit_type"]),
        "data_date": settings.data_date,
        "units": units,
        "population": combined.population,
        "facilities": combined.facilities,
        "compounds": combined.compounds,
        "figures": combined.figures,
        "network": None if combined.walking is None else combined.walking.network,
        "candidates": combined.candidates,
        "forbidden": combined.forbidden,
        "census": combined.census,
        "population_basis": combined.population_basis,
        "population_complete": combined.population_complete,
        "crs": combined.crs,
        "faults": tuple(faults),
    }


def _raise_errors(faults: list[Fault], what: str) -> None:
    errors = [fault for fault in faults if fault.severity == "error"]
    if errors:
        noun = "error" if len(errors) == 1 else "errors"
        raise InputError(f"{what}: {len(errors)} {noun} in the inputs", errors)


def _datums_of(datums: Mapping[str, str]) -> tuple[dict[str, str], list[Fault]]:
    """Check the layers and datums of an argument, and give each datum by its first word."""
    said, faults = {}, []
    for layer, datum in datums.items():
        try:
            said[layer] = layer_datum(datum)
            message = "" if layer in _PLACED else f"unknown layer '{layer}'."
        except ValueError as error:
            message = str(error)
        if message:
            mend = f"Known: {', '.join(_PLACED)}." if layer not in _PLACED else ""
            column = f'datums["{layer}"]'
            faults.append(
                Fault(
                    severity="error",
                    code="config.value",
                    message=message,
                    mend=mend,
                    column=column,
                )
            )
    return said, faults


def _check_choices(parameters: Parameters) -> list[Fault]:
    """Check the settings that are one word of a list; those of a file are checked as it is read."""
    words = get_type_hints(Parameters)
    return [
        Fault(
            severity="error",
            code="config.value",
            message=f"unknown {name} '{value}'.",
            mend=f"Known: {', '.join(get_args(words[name]))}.",
            column=f"parameters.{name}",
        )
        for name, value in asdict(parameters).items()
        if get_origin(words[name]) is Literal and value not in get_args(words[name])
    ]


def _check_words(
    settings: Settings,
    services: frozenset[str],
    unit_type: str | None,
    parent_type: str | None,
    service: str | None,
) -> list[Fault]:
    """Check the arguments that take a word of a closed list, and the CRS."""
    words = [
        ("type", settings.type, UNIT_TYPES),
        ("unit_type", unit_type, UNIT_TYPES),
        ("parent_type", parent_type, UNIT_TYPES),
        ("service", service, SERVICES),
        *(("services", word, SERVICES) for word in sorted(services)),
    ]
    faults = [
        Fault(
            severity="error",
            code="config.value",
            message=f"unknown {argument} '{word}'.",
            mend=f"Known: {', '.join(known)}.",
            column=argument,
        )
        for argument, word, known in words
        if word is not None and word not in known
    ]
    return faults + ([] if settings.crs is None else check_metric(settings.crs, "crs"))
