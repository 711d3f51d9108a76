"""Every layer of a study area, read from files or taken from memory, each checked by itself.

Here reading (``read``), converting (``frames``) and the checks of single layers (``check``) meet;
``combine`` then brings the layers together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from capacity.errors import Fault
from capacity.inputs import check
from capacity.inputs.arrays import grid_of_array, is_array
from capacity.inputs.cache import cache_file, cache_key, read_cache
from capacity.inputs.cells import Population, Reading, people_per_cell, population_of_layer
from capacity.inputs.columns import Wanted, blame_encoding, counts_dwellings, find_columns
from capacity.inputs.config import (
    RASTER_SUFFIXES,
    AreaConfig,
    EdgeColumns,
    FacilitiesTable,
    LayerTable,
    PopulationColumns,
    PopulationTable,
    WalkingTable,
)
from capacity.inputs.crs import resolve_crs, shifted_grid
from capacity.inputs.datum import SHIFTED, convert_geometry
from capacity.inputs.frames import (
    Layer,
    normalise_candidates,
    normalise_census,
    normalise_compounds,
    normalise_facilities,
    normalise_figures,
    normalise_units,
    odd_texts,
)
from capacity.inputs.grids import bounds_of
from capacity.inputs.oddities import check_precision, check_system
from capacity.inputs.osm import is_graph, read_graph
from capacity.inputs.paths import check_markup, check_path
from capacity.inputs.place import area_crs, box_of, in_metres
from capacity.inputs.rasters import open_raster, read_raster
from capacity.inputs.read import Request, points_of_xy, read_layer, sha256
from capacity.inputs.unread import LOOKED_THROUGH, check_said, check_unread, origins_of
from capacity.inputs.walking import (
    UNSOUGHT,
    Walking,
    frames_of_graph,
    layer_in_memory,
    normalise_edges,
)
from capacity.network import WalkingNetwork
from capacity.population import PopulationGrid
from capacity.vocabulary import GROUPS, POPULATION, SERVICES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping

    import pyproj
    from numpy.typing import NDArray
    from pydantic import BaseModel

    from capacity.inputs.ahead import Helper
    from capacity.inputs.crs import Bounds
    from capacity.inputs.walking import Cleaned
    from capacity.population import Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """One file that was read: what it gave, and its fingerprint.

    Attributes
    ----------
    role
        ``settings``, ``population``, ``units``, ``facilities``, ``planned``, ``compounds``, ``figures`` or
        ``census``.
    path, sha256
        The path as written in area.toml and the hash of the file's bytes.
    rows_read, rows_used
        Rows (cells with people for a population grid).
    description, year
        What area.toml says of its source and year.
    key
        Its table in area.toml, such as ``facilities[2]``.
    encoding
        How its text is written, where that had to be found out: ``UTF-8``, ``GB18030``.
    """

    role: str
    path: str
    sha256: str
    rows_read: int
    rows_used: int
    description: str = ""
    year: int | None = None
    key: str = ""
    encoding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRead:
    """One layer that was read: its table in area.toml, its file, its rows before the filter.

    ``datum`` is ``gcj02`` or ``bd09`` where it was converted from it, else empty; ``datum_said`` is whether
    anybody said a datum or CRS; ``not_data`` are the numbers of the rows that are no data, per reason;
    ``origins`` is where each row is from, of lists with a column of it.
    """

    key: str
    file: str
    rows: int
    datum: str = ""
    datum_said: bool = False
    not_data: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    origins: pd.Series[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What reading and checking need to know of ``[study_area]`` and ``[parameters]``.

    Attributes
    ----------
    name, code
        Of the whole area; the code may be empty.
    type
        Of the whole area, None where it is not said.
    data_date
        The day whose supply is counted.
    crs
        The metric CRS asked for, None to choose.
    old_before
        A compound without an old/new flag is old if built before this year.
    leave_out_duplicates, duplicate_distance_m
        Whether later rows of the same name at the same place are left out, and how near that is.
    main_urban
        Whether the whole area counts as main urban where it is tested as one unit.
    urban, county
        Whether the whole area is of the urban class, and a county or county-level city.
    persons_per_household
        Turns dwellings into people; None where it is not said.
    sparsely_populated
        Whether units really have very few people.
    by_windows, helper
        Whether the cells of a population raster stay in its file, and who goes through it then; this
        process if nobody is named.
    penalties
        Columns of a network in memory that walking times ask for: ``crossing``, ``ascent``.
    """

    name: str
    code: str
    type: str | None
    data_date: dt.date
    crs: pyproj.CRS | None
    old_before: int | None
    main_urban: bool | None = None
    urban: bool | None = None
    county: bool | None = None
    leave_out_duplicates: bool = False
    duplicate_distance_m: float = 50.0
    persons_per_household: float | None = None
    sparsely_populated: bool = False
    by_windows: bool = False
    helper: Helper | None = None
    penalties: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Caching:
    """Where the walking network is to be kept once it is cleaned, and what was said in reading it.

    Attributes
    ----------
    path, name
        The file, and how area.toml calls it.
    key
        Of everything that the cleaned network depends on.
    files, faults
        What was read, and the warnings and facts found in it.
    """

    path: Path
    name: str
    key: str
    files: tuple[InputFile, ...]
    faults: tuple[Fault, ...]


@dataclass(slots=True)
class Gathered:
    """Normalised layers in their own CRSs, and the faults found so far."""

    units: list[gpd.GeoDataFrame] = field(default_factory=list)
    population: Population | None = None
    facilities: list[gpd.GeoDataFrame] = field(default_factory=list)
    compounds: list[gpd.GeoDataFrame] | None = None
    figures: list[pd.DataFrame] = field(default_factory=list)
    census: list[pd.DataFrame] = field(default_factory=list)
    services: set[str] = field(default_factory=set)
    walking: Walking | Cleaned | None = None
    candidates: list[gpd.GeoDataFrame] | None = None
    forbidden: gpd.GeoDataFrame | None = None
    caching: Caching | None = None
    units_complete: bool = True
    faults: list[Fault] = field(default_factory=list)
    files: list[InputFile] = field(default_factory=list)
    layers: list[LayerRead] = field(default_factory=list)
    not_population: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    data_year: int | None = None
    """Of the data date; years in names of columns of people are compared with it."""
    margins_m: list[float] = field(default_factory=list)
    """How far around the units lists of facilities were read, of those read in part."""
    faults_of_cells_at: int = 0
    """Where among the faults those belong that are found when a raster in its file is gone through."""

    @property
    def points(self) -> list[gpd.GeoDataFrame]:
        """Layers of facilities and compounds."""
        return [*self.facilities, *(self.compounds or [])]

    def _take_down(self, layer: Layer) -> None:
        self.faults += odd_texts(layer)
        self.layers.append(
            LayerRead(
                key=layer.key,
                file=layer.file,
                rows=layer.rows_read,
                datum=layer.datum,
                datum_said=layer.datum_said,
                not_data=layer.not_data,
                origins=origins_of(layer),
            )
        )

    def count_cells(self, peopled: int) -> None:
        """Say how many cells of the raster have people, once it was gone through."""
        self.files = [
            replace(file, rows_read=peopled, rows_used=peopled)
            if file.role == "population"
            else file
            for file in self.files
        ]

    def add_units(
        self,
        layer: Layer,
        *,
        unit_type: str | None,
        parent_type: str | None,
        main_urban: bool | None = None,
        development_zone: bool | None = None,
        urban: bool | None = None,
        county: bool | None = None,
    ) -> None:
        """Normalise a unit layer and check it by itself."""
        frame, faults = normalise_units(
            layer,
            unit_type=unit_type,
            main_urban=main_urban,
            development_zone=development_zone,
            urban=urban,
            county=county,
        )
        mend = "Check the file and its filter."
        self.faults += check.check_not_empty(len(frame), layer.file, "units", mend)
        self.faults += faults + check.check_polygons(frame)
        misread = check_system(frame)
        self.faults += misread or check.check_coordinates(frame) + check.check_metres(frame)
        self.units.append(frame.assign(parent_type=parent_type or ""))
        self._take_down(layer)
        if set(layer.columns) & set(GROUPS):
            # a faulty code is a fault of the units already
            totals, found = normalise_census(layer, "code")
            of_groups = {layer.columns[group] for group in GROUPS if group in layer.columns}
            self.faults += [fault for fault in found if fault.column in of_groups]
            self.census.append(totals)

    def add_facilities(
        self,
        layer: Layer,
        day: dt.date,
        *,
        service: str | None,
        service_values: Mapping[str, str] | None = None,
        facility_type: str | None = None,
        type_values: Mapping[str, str] | None = None,
        status: str | None = None,
        status_values: Mapping[str, str] | None = None,
        operator_values: Mapping[str, str] | None = None,
        complete: bool = True,
    ) -> None:
        """Normalise a facility layer and check it by itself.

        A list that is not ``complete``, of planned projects, does not say what there is.
        """
        frame, faults = normalise_facilities(
            layer,
            service=service,
            service_values=service_values,
            facility_type=facility_type,
            type_values=type_values,
            status=status,
            status_values=status_values,
            operator_values=operator_values,
        )
        if service not in self.services:
            mend = (
                "If there really are none, take the layer out and name the service in "
                "[study_area] services."
            )
            self.faults += check.check_not_empty(len(frame), layer.file, "facilities", mend)
        self.faults += faults + (check_system(frame) or check.check_coordinates(frame))
        self.faults += check_precision(frame, layer.datum) + check_unread(layer, day)
        self.faults += check_said(layer, frame, day)
        if complete:
            self.services |= (
                {service} if service else set(frame["service"].unique()) & set(SERVICES)
            )
        self.facilities.append(frame)
        self._take_down(layer)

    def add_compounds(self, layer: Layer, settings: Settings) -> None:
        """Normalise a compound layer and check it by itself."""
        frame, faults = normalise_compounds(
            layer,
            old_before=settings.old_before,
            data_year=settings.data_date.year,
        )
        mend = "Take the layer out if there is no list of compounds."
        self.faults += check.check_not_empty(len(frame), layer.file, "compounds", mend)
        self.faults += faults + (check_system(frame) or check.check_coordinates(frame))
        self.faults += check_precision(frame, layer.datum)
        self.faults += check_unread(layer, settings.data_date)
        self.compounds = [*(self.compounds or []), frame]
        self._take_down(layer)

    def add_candidates(self, layer: Layer, *, acquisition: str | None = None) -> None:
        """Normalise a layer of candidate sites and check it by itself."""
        frame, faults = normalise_candidates(layer, acquisition=acquisition)
        mend = "Take the layer out if candidates are to be generated."
        self.faults += check.check_not_empty(len(frame), layer.file, "candidates", mend)
        self.faults += faults + (check_system(frame) or check.check_coordinates(frame))
        self.faults += check_precision(frame, layer.datum)
        self.candidates = [*(self.candidates or []), frame]
        self._take_down(layer)

    def add_forbidden(self, layer: Layer) -> None:
        """Take areas in which nothing may be built, and check them by themselves."""
        frame = gpd.GeoDataFrame(geometry=np.asarray(layer.frame.geometry.array))
        frame = frame.set_crs(layer.frame.crs).assign(file=layer.file, row=layer.rows)
        self.faults += check.check_polygons(frame, "forbidden")
        self.faults += check_system(frame) or check.check_coordinates(frame)
        self.forbidden = frame

    def add_figures(self, layer: Layer) -> None:
        """Normalise a layer of figures and check it by itself."""
        frame, faults = normalise_figures(layer)
        mend = "Take the layer out if there are no figures."
        self.faults += check.check_not_empty(len(frame), layer.file, "figures", mend)
        self.faults += faults + check.check_unit_column(frame, "figures")
        self.figures.append(frame)
        self._take_down(layer)

    def add_census(self, layer: Layer) -> None:
        """Normalise a layer of official totals and check it by itself."""
        frame, faults = normalise_census(layer)
        mend = "Take the layer out if there are no totals."
        self.faults += check.check_not_empty(len(frame), layer.file, "totals", mend)
        self.faults += faults + check.check_unit_column(frame, "census")
        self.census.append(frame)
        self._take_down(layer)


# --- from files -----------------------------------------------------------------------------


def gather_files(config: AreaConfig, path: Path, settings: Settings) -> Gathered:
    """Read every file that the settings name.

    Parameters
    ----------
    config
        As read from ``path``.
    path
        The settings file; the paths in it are relative to its folder.
    settings
        Taken from ``config``.

    Returns
    -------
    Gathered
        What could be read, and every fault found.
    """
    gathered = Gathered(services=set(config.study_area.services), data_year=settings.data_date.year)
    gathered.files.append(
        InputFile(role="settings", path=path.name, sha256=sha256(path), rows_read=0, rows_used=0)
    )
    _read_layers(config, path.parent, settings, gathered)
    return gathered


def _read_layers(config: AreaConfig, folder: Path, settings: Settings, gathered: Gathered) -> None:
    # official totals among the units are told from a copy of the layer only where they are declared
    unsought = () if config.population is None else tuple(GROUPS)
    for number, units in enumerate(config.units, start=1):
        key = f"units[{number}]"
        layer = _read_one(folder, key, units, units.columns, gathered, unsought=unsought)
        if layer is None:
            gathered.units_complete = False
        else:
            gathered.add_units(
                layer,
                unit_type=units.type,
                parent_type=units.parent_type,
                main_urban=units.main_urban,
                development_zone=units.development_zone,
                urban=units.urban,
                county=units.county,
            )
    if config.population is not None:
        gathered.population = _read_population(folder, config.population, gathered, settings)
    for name, tables in (("facilities", config.facilities), ("planned", config.planned)):
        for number, table in enumerate(tables, start=1):
            layer = _read_one(folder, f"{name}[{number}]", table, table.columns, gathered)
            if layer is not None:
                planned = name == "planned"
                gathered.add_facilities(
                    layer,
                    settings.data_date,
                    service=table.service,
                    service_values=table.service_values,
                    facility_type=table.type,
                    type_values=table.type_values,
                    status=table.status or ("planned" if planned else None),
                    status_values=table.status_values,
                    operator_values=table.operator_values,
                    complete=not planned,
                )
    for number, compounds in enumerate(config.compounds, start=1):
        key = f"compounds[{number}]"
        layer = _read_one(folder, key, compounds, compounds.columns, gathered)
        if layer is not None:
            gathered.add_compounds(layer, settings)
    _read_sites(config, folder, gathered)
    _read_numbers(config, folder, gathered)
    if config.walking is not None:
        crs = area_crs(settings.crs, gathered.units, gathered.points)
        gathered.walking = _walking_of(folder, config.walking, crs, gathered)


def _read_sites(config: AreaConfig, folder: Path, gathered: Gathered) -> None:
    """Read the candidate sites, and the areas in which nothing may be built."""
    for number, candidates in enumerate(config.candidates, start=1):
        key = f"candidates[{number}]"
        layer = _read_one(folder, key, candidates, candidates.columns, gathered)
        if layer is not None:
            gathered.add_candidates(layer, acquisition=candidates.acquisition)
    if config.siting is not None and config.siting.forbidden is not None:
        areas = config.siting.forbidden
        layer = _read_one(folder, "siting.forbidden", areas, EdgeColumns(), gathered)
        if layer is not None:
            gathered.add_forbidden(layer)


def _walking_of(
    folder: Path, table: WalkingTable, crs: pyproj.CRS, gathered: Gathered
) -> Walking | Cleaned | None:
    """Take the walking network as it was cleaned before, where area.toml asks for that, or read it."""
    tables = [one for one in (table, table.nodes, table.barriers) if one is not None]
    lost = [one for one in tables if check_path(folder, one.file) or not _is_there(folder, one)]
    if table.cache is None or lost:
        return _read_walking(folder, table, gathered)
    if refused := check_path(folder, table.cache):
        gathered.faults += refused
        return None
    path = cache_file(folder / table.cache)
    key = cache_key(
        {one.file: sha256(folder / one.file) for one in tables},
        table.model_dump(mode="json", exclude=_NOT_IN_KEY),
        crs,
    )
    kept, faults = read_cache(path, key, table.cache)
    gathered.faults += faults
    if kept is not None:
        texts = {one.file: (one.description, one.year) for one in tables}
        for fields in kept.files:
            description, year = texts[fields["path"]]
            gathered.files.append(InputFile(**fields, description=description, year=year))
        gathered.faults += kept.read_faults
        return kept.cleaned
    n_files, n_faults = len(gathered.files), len(gathered.faults)
    walking = _read_walking(folder, table, gathered)
    if not any(fault.code == "walking.cache_foreign" for fault in faults):
        gathered.caching = Caching(
            path=path,
            name=table.cache,
            key=key,
            files=tuple(gathered.files[n_files:]),
            faults=tuple(gathered.faults[n_faults:]),
        )
    return walking


_SAYING: Final = frozenset({"description", "year"})
_NOT_IN_KEY: Final[dict[str, Any]] = {
    "cache": True,
    **dict.fromkeys(_SAYING, True),
    "nodes": set(_SAYING),
    "barriers": set(_SAYING),
}


def _is_there(folder: Path, table: LayerTable) -> bool:
    return (folder / table.file).exists()


def _read_walking(folder: Path, table: WalkingTable, gathered: Gathered) -> Walking | None:
    """Read the walking network, with its nodes and barriers where they are files of their own."""
    if is_graph(folder / table.file):
        edges, nodes = _read_graph(folder, table, gathered)
    else:
        edges = _read_one(folder, "walking", table, table.columns, gathered, unsought=UNSOUGHT)
        nodes = None
        if table.nodes is not None:
            nodes = _read_one(folder, "walking.nodes", table.nodes, table.nodes.columns, gathered)
    barriers = None
    if table.barriers is not None:
        layer = _read_one(folder, "walking.barriers", table.barriers, EdgeColumns(), gathered)
        if layer is not None:
            placed = gpd.GeoDataFrame(geometry=np.asarray(layer.frame.geometry.array))
            placed = placed.set_crs(layer.frame.crs).assign(file=layer.file, row=layer.rows)
            barriers = placed
    if edges is None or (table.nodes is not None and nodes is None):
        return None
    frame, faults = normalise_edges(edges, nodes)
    gathered.faults += faults
    if faults:
        return None
    return Walking(edges=frame, minimum_component=table.minimum_component, barriers=barriers)


def _read_graph(
    folder: Path, table: WalkingTable, gathered: Gathered
) -> tuple[Layer | None, Layer | None]:
    """Read a network whose file says by itself what is an edge and what is a node."""
    # of an extract, .gz is how it is written and no archive to be unpacked
    refused = [f for f in check_path(folder, table.file) if f.code != "file.archive"]
    if refused := refused or check_markup(folder / table.file, table.file):
        gathered.faults += refused
        return None, None
    columns = table.columns.model_dump(exclude_none=True)
    request = Request(key="walking", file=table.file, datum=table.datum, columns=columns)
    edges, nodes, faults = read_graph(folder / table.file, request)
    gathered.faults += faults
    if edges is not None:
        gathered.files.append(_file_read(folder, "walking", table, edges))
    return edges, nodes


def _read_numbers(config: AreaConfig, folder: Path, gathered: Gathered) -> None:
    """Read the tables of numbers per unit: figures, and official totals of people."""
    for number, figures in enumerate(config.figures, start=1):
        layer = _read_one(folder, f"figures[{number}]", figures, figures.columns, gathered)
        if layer is not None:
            gathered.add_figures(layer)
    for number, census in enumerate(config.census, start=1):
        layer = _read_one(folder, f"census[{number}]", census, census.columns, gathered)
        if layer is not None:
            gathered.add_census(layer)


def _read_one(
    folder: Path,
    key: str,
    table: LayerTable,
    columns: BaseModel,
    gathered: Gathered,
    *,
    without: Collection[str] = (),
    unsought: Collection[str] = (),
) -> Layer | None:
    """Read one layer, and take down its faults and its file.

    Columns may be left out (``without``), or be taken only if they are declared (``unsought``).
    """
    request = Request(
        key=key,
        file=table.file,
        layer=table.layer,
        datum=table.datum,
        columns=columns.model_dump(exclude_none=True, exclude=set(without)),
        given=_given(table),
        unsought=frozenset(unsought),
        where=getattr(table, "where", {}),
        header_rows=table.header_row or (),
        near=_near_units(gathered, getattr(table, "margin_m", None), table.datum),
        year=gathered.data_year,
    )
    if faults := check_path(folder, table.file):
        gathered.faults += faults
        return None
    layer, faults = read_layer(folder / table.file, request)
    gathered.faults += blame_encoding(faults)
    if layer is not None:
        gathered.files.append(_file_read(folder, key, table, layer))
        if isinstance(table, FacilitiesTable) and table.margin_m is not None:
            gathered.margins_m.append(table.margin_m)
    return layer


def _near_units(gathered: Gathered, margin_m: float | None, datum: str | None) -> Bounds | None:
    """Give the box of the units read so far and so many metres around; None for everything."""
    box = None if margin_m is None else box_of(in_metres(gathered.units))
    if box is None or margin_m is None:
        return None
    west, south, east, north = box
    up = (margin_m + (_SHIFT_M if datum in SHIFTED else 0.0)) / _DEGREE_M
    across = up / max(math.cos(math.radians(max(abs(south), abs(north)))), _NEAR_POLE)
    return west - across, south - up, east + across, north + up


_DEGREE_M: Final = 110_000.0  # less than any degree of latitude: the box is rather too large
_NEAR_POLE: Final = 0.01
_SHIFT_M: Final = 2_000.0  # GCJ-02 and BD-09 put nothing further from its place


def _given(table: LayerTable) -> frozenset[str]:
    """Give the keys for which the table has one value for all rows."""
    constants = set(type(table).model_fields) - set(LayerTable.model_fields)
    return frozenset(key for key in constants if getattr(table, key) not in (None, "", {}, []))


def _file_read(folder: Path, key: str, table: LayerTable, layer: Layer) -> InputFile:
    return InputFile(
        role=key.partition("[")[0].partition(".")[0],
        path=table.file,
        sha256=sha256(folder / table.file),
        rows_read=layer.rows_read,
        rows_used=len(layer.rows),
        description=table.description,
        year=table.year,
        key=key,
        encoding=layer.encoding,
    )


def _read_population(
    folder: Path, table: PopulationTable, gathered: Gathered, settings: Settings
) -> Population | None:
    if faults := _misplaced_keys(table):
        gathered.faults += faults
        return None
    columns = PopulationColumns() if table.columns is None else table.columns
    reading = Reading(
        kind=table.kind,
        zero=table.no_data == "zero",
        cell_size=table.cell_size,
        basis=columns.basis,
        persons=settings.persons_per_household,
    )
    if Path(table.file).suffix.lower() in RASTER_SUFFIXES:
        return _read_population_raster(
            folder, table, gathered, reading, by_windows=settings.by_windows
        )
    without = _not_of_basis(columns.basis)
    layer = _read_one(
        folder, "population", table, columns, gathered, without=without, unsought=without
    )
    if layer is None:
        return None
    gathered.not_population = layer.not_data
    population, faults = population_of_layer(layer, reading)
    gathered.faults += faults + _dwellings_as_people(layer)
    return population


def _dwellings_as_people(layer: Layer) -> list[Fault]:
    """Warn of a column of people that goes by a name of dwellings."""
    name = layer.columns.get(POPULATION, "")
    if not counts_dwellings(name):
        return []
    return [
        Fault(
            severity="warning",
            code="population.dwellings_as_people",
            message="is read as people, though by its name it counts dwellings or households.",
            mend=f'If so, say columns = {{ dwellings = "{name}" }} in place of population.',
            file=layer.file,
            column=name,
        )
    ]


def _misplaced_keys(table: PopulationTable) -> list[Fault]:
    """Report keys of [population] that its kind of file has no use for."""
    raster = Path(table.file).suffix.lower() in RASTER_SUFFIXES
    useless = ("columns", "cell_size", "layer", "header_row") if raster else ("bands", "margin_m")
    kind = "a raster" if raster else "a layer or table"
    return [
        Fault(
            severity="error",
            code="config.misplaced_key",
            message=f"{table.file} is {kind}, which has no {key}.",
            mend="Take it out."
            if key == "margin_m"
            else "Give bands."
            if raster
            else "Give columns.",
            column=f"population.{key}",
        )
        for key in useless
        if getattr(table, key) is not None
    ]


def _read_population_raster(
    folder: Path,
    table: PopulationTable,
    gathered: Gathered,
    reading: Reading,
    *,
    by_windows: bool,
) -> Population | None:
    request = Request(key="population", file=table.file, datum=table.datum)
    bands = {} if table.bands is None else table.bands.model_dump(exclude_none=True)
    if faults := check_path(folder, table.file):
        gathered.faults += faults
        return None
    path, grid, raster = folder / table.file, None, None
    near = _near_units(gathered, table.margin_m, table.datum)
    if by_windows:
        raster, faults = open_raster(path, request, bands, reading, near)
    else:
        grid, faults = read_raster(path, request, bands, reading, near)
    gathered.faults += faults
    if grid is None and raster is None:
        return None
    # those of a raster that stays in its file are counted when it is gone through
    peopled = 0 if grid is None else int(np.count_nonzero(grid.values[POPULATION]))
    gathered.faults_of_cells_at = len(gathered.faults)
    gathered.files.append(
        InputFile(
            role="population",
            path=table.file,
            sha256=sha256(path),
            rows_read=peopled,
            rows_used=peopled,
            description=table.description,
            year=table.year,
            key="population",
        )
    )
    return Population(file=table.file, grid=grid, raster=raster, kind=reading.kind)


# --- from frames ----------------------------------------------------------------------------


def gather_frames(
    units: pd.DataFrame,
    population: object,
    facilities: pd.DataFrame | None,
    compounds: pd.DataFrame | None,
    *,
    figures: pd.DataFrame | None,
    census: pd.DataFrame | None,
    network: object = None,
    candidates: pd.DataFrame | None = None,
    forbidden: gpd.GeoDataFrame | None = None,
    reading: Reading,
    settings: Settings,
    unit_type: str | None,
    parent_type: str | None,
    service: str | None,
    datums: Mapping[str, str] | None = None,
    planned: pd.DataFrame | None = None,
) -> Gathered:
    """Take every layer from memory; the frames stay as they are.

    Parameters
    ----------
    units, population, facilities, compounds, figures, census, network, candidates, forbidden
        As in ``study_area``.
    reading
        How the numbers of the population are meant.
    settings
        Its other arguments.
    unit_type
        Type of every unit, where there is no column.
    parent_type
        Type of the parents to create for codes that no unit has.
    service
        Service of every facility, where there is no column.
    datums
        Layer → its datum or CRS, checked, where the frame has none or calls GCJ-02 or BD-09 WGS 84.
    planned
        Planned projects, with the columns of facilities.

    Returns
    -------
    Gathered
        What could be used, and every fault found.
    """
    year = settings.data_date.year
    gathered = Gathered(data_year=year)
    said = datums or {}
    # official totals among the units are told from a copy of the layer only where they are declared
    unsought = frozenset(() if population is None else GROUPS)
    given = frozenset({"type"} if unit_type else ())
    layer = _layer_of(
        units, "units", gathered.faults, given=given, unsought=unsought, datums=said, year=year
    )
    if layer is not None:
        gathered.add_units(layer, unit_type=unit_type, parent_type=parent_type)
    if population is not None:
        gathered.population = _population_in_memory(
            population, reading, gathered.faults, said, year=year
        )
    _add_lists(gathered, facilities, planned, service, said, day=settings.data_date)
    if compounds is not None:
        layer = _layer_of(compounds, "compounds", gathered.faults, datums=said)
        if layer is not None:
            gathered.add_compounds(layer, settings)
    _take_sites(candidates, forbidden, gathered, said)
    for key, frame, add in (
        ("figures", figures, gathered.add_figures),
        ("census", census, gathered.add_census),
    ):
        numbers = None if frame is None else _layer_of(frame, key, gathered.faults, year=year)
        if numbers is not None:
            add(numbers)
    if network is not None:
        gathered.walking = _walking_in_memory(network, settings.penalties, gathered.faults)
    return gathered


def _take_sites(
    candidates: pd.DataFrame | None,
    forbidden: gpd.GeoDataFrame | None,
    gathered: Gathered,
    datums: Mapping[str, str],
) -> None:
    if candidates is not None:
        layer = _layer_of(candidates, "candidates", gathered.faults, datums=datums)
        if layer is not None:
            gathered.add_candidates(layer)
    if forbidden is not None:
        gathered.add_forbidden(layer_in_memory(forbidden, "forbidden", key="siting.forbidden"))


def _add_lists(
    gathered: Gathered,
    facilities: pd.DataFrame | None,
    planned: pd.DataFrame | None,
    service: str | None,
    datums: Mapping[str, str],
    *,
    day: dt.date,
) -> None:
    """Take the facilities, and the planned projects, which do not say what there is."""
    given = frozenset({"service"} if service else ())
    for key, frame, status in (("facilities", facilities, None), ("planned", planned, "planned")):
        if frame is None:
            continue
        layer = _layer_of(frame, key, gathered.faults, given=given, datums=datums)
        if layer is not None:
            gathered.add_facilities(
                layer, day, service=service, status=status, complete=key == "facilities"
            )


def _walking_in_memory(
    network: object, penalties: frozenset[str], faults: list[Fault]
) -> Walking | None:
    if isinstance(network, WalkingNetwork):
        raise TypeError(
            "network is a frame of edges or a graph, not a WalkingNetwork: hand over what the network "
            "was made of; it is cleaned and checked with the rest."
        )
    edges, nodes = frames_of_graph(network) if hasattr(network, "nodes") else (network, None)
    if not isinstance(edges, pd.DataFrame):
        raise TypeError(f"network is a frame of edges or a graph, not {type(edges).__name__}.")
    # in memory nothing can be named: these are read by our names, if they matter at all
    named = {name: name for name in sorted(penalties) if name in edges.columns}
    layer = layer_in_memory(edges, "network", named)
    points = None if nodes is None else layer_in_memory(nodes, "network", key="walking.nodes")
    frame, found = normalise_edges(layer, points)
    faults += found
    return None if found else Walking(edges=frame)


def _layer_of(
    frame: pd.DataFrame,
    key: str,
    faults: list[Fault],
    *,
    given: frozenset[str] = frozenset(),
    unsought: frozenset[str] = frozenset(),
    datums: Mapping[str, str] | None = None,
    year: int | None = None,
) -> Layer | None:
    """Make a layer of a frame in memory; the frame itself stays as it is."""
    names = {str(name): name for name in frame.columns}
    wanted = Wanted(
        key=key,
        file=key,
        given=given,
        unsought=unsought,
        in_memory=True,
        places=not isinstance(frame, gpd.GeoDataFrame),
        year=year,
    )
    columns, found = find_columns(list(map(str, frame.columns)), wanted)
    faults += found
    if any(fault.severity == "error" for fault in found):
        return None
    rows = np.arange(1, len(frame) + 1, dtype=np.int64)
    geometry, crs, found = _places_of(frame, rows, columns, key)
    faults += found
    datum = (datums or {}).get(key)
    if not shapely.is_missing(geometry).all():
        bounds = shapely.total_bounds(geometry).tolist()
        crs, more = resolve_crs(crs, datum, key=f'datums["{key}"]', bounds=bounds)
        faults += [replace(fault, file=key) for fault in more]
        if crs is not None and datum in SHIFTED:
            geometry = convert_geometry(geometry, datum)
    taken = dict.fromkeys(columns.values())
    data = pd.DataFrame({name: frame[names[name]].array for name in taken})
    placed = gpd.GeoDataFrame(data.set_axis(pd.RangeIndex(len(frame))), geometry=geometry, crs=crs)
    unread = _text_of_others(frame, taken) if key in LOOKED_THROUGH else pd.DataFrame()
    return Layer(
        key=key,
        file=key,
        frame=placed,
        rows=rows,
        columns=columns,
        rows_read=len(frame),
        datum=datum if datum in SHIFTED else "",
        datum_said=datum is not None,
        unread=unread,
    )


def _text_of_others(frame: pd.DataFrame, taken: Iterable[str]) -> pd.DataFrame:
    """Give the columns of a frame that nothing is read from, as text."""
    used = {*taken, "geometry"}
    others = {str(name): frame.iloc[:, i] for i, name in enumerate(frame.columns)}
    return pd.DataFrame(
        {
            name: column.astype("str").where(column.notna(), "").to_numpy()
            for name, column in others.items()
            if name not in used and str(column.dtype) != "geometry"
        }
    )


def _places_of(
    frame: pd.DataFrame, rows: NDArray[np.int64], columns: Mapping[str, str], key: str
) -> tuple[NDArray[np.object_], pyproj.CRS | None, list[Fault]]:
    """Take the geometries of a frame and their CRS, or make points of its x and y."""
    if isinstance(frame, gpd.GeoDataFrame):
        return np.asarray(frame.geometry.array), frame.crs, []
    if not {"x", "y"} <= set(columns):
        return np.full(len(frame), None, dtype=object), None, []
    points, faults = points_of_xy(frame.rename(columns=str), rows, columns, key)
    return points, None, faults


def _population_in_memory(
    population: object,
    reading: Reading,
    faults: list[Fault],
    datums: Mapping[str, str],
    *,
    year: int,
) -> Population | None:
    """Take a grid, an array with coordinates, or a frame of cells, and note its faults."""
    if isinstance(population, PopulationGrid):
        faults += _grid_datum(population, datums.get("population"))
        return _of_grid(population, reading)
    if is_array(population):
        grid, found = grid_of_array(population)
        faults += found
        if grid is None:
            return None
        faults += _grid_datum(grid, datums.get("population"))
        return _of_grid(grid, reading)
    if not isinstance(population, pd.DataFrame):
        faults.append(_not_a_population(population))
        return None
    has_people = POPULATION in population.columns
    others: list[Basis] = ["dwellings", "floor_area"]
    basis = next((b for b in others if not has_people and b in population.columns), _PEOPLE)
    unsought = _not_of_basis(basis)
    layer = _layer_of(population, "population", faults, unsought=unsought, datums=datums, year=year)
    if layer is None:
        return None
    made, found = population_of_layer(layer, replace(reading, basis=basis))
    faults += found
    return made


def _of_grid(grid: PopulationGrid, reading: Reading) -> Population:
    return Population(file="population", grid=people_per_cell(grid, reading), kind=reading.kind)


_PEOPLE: Final[Basis] = "people"


def _not_of_basis(basis: Basis) -> frozenset[str]:
    """Give the keys of a population layer that do not say who lives there."""
    if basis == _PEOPLE:
        return frozenset({"dwellings", "floor_area"})
    return frozenset({*GROUPS, "dwellings", "floor_area"} - {basis})


def _grid_datum(grid: PopulationGrid, datum: str | None) -> list[Fault]:
    """Check the CRS of a grid against what was said of it; a grid cannot be shifted."""
    if datum in SHIFTED:
        return [replace(shifted_grid(datum), file="population")]
    bounds = bounds_of(grid.transform, grid.shape)
    _, found = resolve_crs(grid.crs, datum, key='datums["population"]', bounds=bounds)
    return [replace(fault, file="population") for fault in found]


def _not_a_population(population: object) -> Fault:
    return Fault(
        severity="error",
        code="population.not_a_layer",
        message=f"a {type(population).__name__} is no population layer.",
        mend="Give a PopulationGrid, a GeoDataFrame of cells, or an xarray DataArray or Dataset with "
        "coordinates x and y.",
        file="population",
    )
