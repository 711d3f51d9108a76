"""Every layer of a study area, read from files or taken from memory, each checked by itself.

Here reading (``read``), converting (``frames``) and the checks of single layers (``check``) meet;
``combine`` then brings the layers together.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from capacity.errors import Fault, InputError
from capacity.inputs import check
from capacity.inputs.config import (
    RASTER_SUFFIXES,
    AreaConfig,
    LayerTable,
    PopulationBands,
    PopulationColumns,
    PopulationTable,
)
from capacity.inputs.crs import resolve_crs, shifted_grid
from capacity.inputs.datum import SHIFTED, convert_geometry
from capacity.inputs.frames import (
    Layer,
    faults_by_file,
    normalise_compounds,
    normalise_facilities,
    normalise_figures,
    normalise_units,
    number_of,
)
from capacity.inputs.grids import as_grid, bounds_of, doubled_cells, grid_of, lattice_of_centres
from capacity.inputs.read import Request, read_layer, read_raster, sha256
from capacity.population import PopulationGrid
from capacity.vocabulary import FIGURES, GROUPS, POPULATION, SERVICES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pyproj
    from numpy.typing import NDArray
    from pydantic import BaseModel


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """One file that was read: what it gave, and its fingerprint.

    Attributes
    ----------
    role
        ``settings``, ``population``, ``units``, ``facilities``, ``compounds`` or ``figures``.
    path, sha256
        The path as written in area.toml and the hash of the file's bytes.
    rows_read, rows_used
        Rows (cells with people for a population grid).
    description, year
        What area.toml says of its source and year.
    key
        Its table in area.toml, such as ``facilities[2]``.
    """

    role: str
    path: str
    sha256: str
    rows_read: int
    rows_used: int
    description: str = ""
    year: int | None = None
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRead:
    """One layer that was read: its table in area.toml, its file, and its rows before the filter."""

    key: str
    file: str
    rows: int


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Population in its own CRS; ``cells`` has the group columns, ``row`` and ``file``."""

    file: str
    grid: PopulationGrid | None = None
    no_data: NDArray[np.bool_] | None = None
    cells: gpd.GeoDataFrame | None = None


@dataclass(slots=True)
class Gathered:
    """Normalised layers in their own CRSs, and the faults found so far."""

    units: list[gpd.GeoDataFrame] = field(default_factory=list)
    population: Population | None = None
    facilities: list[gpd.GeoDataFrame] = field(default_factory=list)
    compounds: list[gpd.GeoDataFrame] | None = None
    figures: list[pd.DataFrame] = field(default_factory=list)
    services: set[str] = field(default_factory=set)
    units_complete: bool = True
    faults: list[Fault] = field(default_factory=list)
    files: list[InputFile] = field(default_factory=list)
    layers: list[LayerRead] = field(default_factory=list)

    def _take_down(self, layer: Layer) -> None:
        self.layers.append(LayerRead(key=layer.key, file=layer.file, rows=layer.rows_read))

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
        self.faults += check.check_coordinates(frame) + check.check_metres(frame)
        self.units.append(frame.assign(parent_type=parent_type or ""))
        self._take_down(layer)

    def add_facilities(
        self,
        layer: Layer,
        *,
        service: str | None,
        service_values: Mapping[str, str] | None = None,
        facility_type: str | None = None,
        type_values: Mapping[str, str] | None = None,
        status: str | None = None,
        status_values: Mapping[str, str] | None = None,
    ) -> None:
        """Normalise a facility layer and check it by itself."""
        frame, faults = normalise_facilities(
            layer,
            service=service,
            service_values=service_values,
            facility_type=facility_type,
            type_values=type_values,
            status=status,
            status_values=status_values,
        )
        if service not in self.services:
            mend = (
                "If there really are none, take the layer out and name the service in "
                "[study_area] services."
            )
            self.faults += check.check_not_empty(len(frame), layer.file, "facilities", mend)
        self.faults += faults + check.check_coordinates(frame)
        self.services |= {service} if service else set(frame["service"]) & set(SERVICES)
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
        self.faults += faults + check.check_coordinates(frame)
        self.compounds = [*(self.compounds or []), frame]
        self._take_down(layer)

    def add_figures(self, layer: Layer) -> None:
        """Normalise a layer of figures and check it by itself."""
        frame, faults = normalise_figures(layer)
        mend = "Take the layer out if there are no figures."
        self.faults += check.check_not_empty(len(frame), layer.file, "figures", mend)
        self.faults += faults + check.check_figure_codes(frame)
        self.figures.append(frame)
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
    gathered = Gathered(services=set(config.study_area.services))
    gathered.files.append(
        InputFile(role="settings", path=path.name, sha256=sha256(path), rows_read=0, rows_used=0)
    )
    _read_layers(config, path.parent, settings, gathered)
    return gathered


def _read_layers(config: AreaConfig, folder: Path, settings: Settings, gathered: Gathered) -> None:
    for number, units in enumerate(config.units, start=1):
        layer = _read_one(folder, f"units[{number}]", units, units.columns, gathered)
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
        gathered.population = _read_population(folder, config.population, gathered)
    for number, table in enumerate(config.facilities, start=1):
        key = f"facilities[{number}]"
        layer = _read_one(folder, key, table, table.columns, gathered)
        if layer is not None:
            gathered.add_facilities(
                layer,
                service=table.service,
                service_values=table.service_values,
                facility_type=table.type,
                type_values=table.type_values,
                status=table.status,
                status_values=table.status_values,
            )
    for number, compounds in enumerate(config.compounds, start=1):
        key = f"compounds[{number}]"
        layer = _read_one(folder, key, compounds, compounds.columns, gathered)
        if layer is not None:
            gathered.add_compounds(layer, settings)
    for number, figures in enumerate(config.figures, start=1):
        layer = _read_one(folder, f"figures[{number}]", figures, figures.columns, gathered)
        if layer is not None:
            gathered.add_figures(layer)


def _read_one(
    folder: Path,
    key: str,
    table: LayerTable,
    columns: BaseModel,
    gathered: Gathered,
) -> Layer | None:
    """Read one layer and take down its faults and its file."""
    request = Request(
        key=key,
        file=table.file,
        layer=table.layer,
        datum=table.datum,
        columns=columns.model_dump(exclude_none=True),
        where=getattr(table, "where", {}),
    )
    layer, faults = read_layer(folder / table.file, request)
    gathered.faults += faults
    if layer is not None:
        gathered.files.append(
            InputFile(
                role=key.partition("[")[0],
                path=table.file,
                sha256=sha256(folder / table.file),
                rows_read=layer.rows_read,
                rows_used=len(layer.rows),
                description=table.description,
                year=table.year,
                key=key,
            )
        )
    return layer


def _read_population(folder: Path, table: PopulationTable, gathered: Gathered) -> Population | None:
    if faults := _misplaced_keys(table):
        gathered.faults += faults
        return None
    if Path(table.file).suffix.lower() in RASTER_SUFFIXES:
        return _read_population_raster(folder, table, gathered)
    columns = PopulationColumns() if table.columns is None else table.columns
    layer = _read_one(folder, "population", table, columns, gathered)
    if layer is None:
        return None
    zero = table.no_data == "zero"
    return _population_of_layer(layer, table.cell_size, gathered.faults, zero=zero)


def _misplaced_keys(table: PopulationTable) -> list[Fault]:
    """Report keys of [population] that its kind of file has no use for."""
    raster = Path(table.file).suffix.lower() in RASTER_SUFFIXES
    useless = ("columns", "cell_size", "layer") if raster else ("bands",)
    kind = "a raster" if raster else "a layer or table"
    return [
        Fault(
            severity="error",
            code="config.misplaced_key",
            message=f"{table.file} is {kind}, which has no {key}.",
            mend="Give bands." if raster else "Give columns.",
            column=f"population.{key}",
        )
        for key in useless
        if getattr(table, key) is not None
    ]


def _read_population_raster(
    folder: Path, table: PopulationTable, gathered: Gathered
) -> Population | None:
    request = Request(key="population", file=table.file, datum=table.datum)
    bands = PopulationBands() if table.bands is None else table.bands
    raster, faults = read_raster(folder / table.file, request, bands.model_dump(exclude_none=True))
    gathered.faults += faults
    if raster is None:
        return None
    grid = raster.grid
    no_data: NDArray[np.bool_] | None = raster.no_data
    if table.no_data == "zero":
        grid, no_data = dataclasses.replace(grid, unknown={}), None
    peopled = int(np.count_nonzero(grid.values[POPULATION]))
    gathered.files.append(
        InputFile(
            role="population",
            path=table.file,
            sha256=sha256(folder / table.file),
            rows_read=peopled,
            rows_used=peopled,
            description=table.description,
            year=table.year,
            key="population",
        )
    )
    return Population(file=table.file, grid=grid, no_data=no_data)


# --- from frames ----------------------------------------------------------------------------

_UNIT_ALIASES: Final = {
    "code": ("unit_code", "code"),
    "name": ("unit_name", "name"),
    "type": ("unit_type", "type"),
    "parent": ("parent_code", "parent"),
    "parent_name": ("parent_name",),
    "main_urban": ("main_urban",),
    "development_zone": ("development_zone",),
    "urban": ("urban",),
    "county": ("county",),
}
_FIGURE_ALIASES: Final = {name: (name,) for name in FIGURES}
_FACILITY_ALIASES: Final = {
    "id": ("facility_id", "id"),
    "name": ("name",),
    "service": ("service",),
    "places": ("places",),
    "beds": ("beds",),
    "land_area": ("land_area_m2", "land_area"),
    "floor_area": ("floor_area_m2", "floor_area"),
    "outdoor_area": ("outdoor_area_m2", "outdoor_area"),
    "venue_area": ("venue_area_m2", "venue_area"),
    "type": ("facility_type", "type"),
    "condition": ("condition",),
    "operator": ("operator",),
    "inclusive": ("inclusive",),
    "status": ("status",),
    "opened": ("opened",),
    "closed": ("closed",),
    "unit": ("unit_code", "unit"),
    **_FIGURE_ALIASES,
}
_COMPOUND_ALIASES: Final = {
    "id": ("compound_id", "id"),
    "name": ("name",),
    "households": ("households",),
    "built_year": ("built_year",),
    "old": ("is_old", "old"),
    "elder_floor_area": ("elder_floor_area_m2", "elder_floor_area"),
    "planned_population": ("planned_population",),
    "unit": ("unit_code", "unit"),
    **_FIGURE_ALIASES,
}


def gather_frames(
    units: pd.DataFrame,
    population: PopulationGrid | gpd.GeoDataFrame | None,
    facilities: pd.DataFrame | None,
    compounds: pd.DataFrame | None,
    figures: pd.DataFrame | None = None,
    *,
    settings: Settings,
    unit_type: str | None,
    parent_type: str | None,
    service: str | None,
    datums: Mapping[str, str] | None = None,
) -> Gathered:
    """Take every layer from memory; the frames stay as they are.

    Parameters
    ----------
    units, population, facilities, compounds, figures
        As in ``study_area``.
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

    Returns
    -------
    Gathered
        What could be used, and every fault found.
    """
    gathered = Gathered()
    said = datums or {}
    needs: tuple[str, ...] = ("code",) if unit_type else ("code", "type")
    layer = _layer_of(units, "units", _UNIT_ALIASES, gathered.faults, needs=needs, datums=said)
    if layer is not None:
        gathered.add_units(layer, unit_type=unit_type, parent_type=parent_type)
    if population is not None:
        gathered.population = _population_in_memory(population, gathered.faults, said)
    if facilities is not None:
        needs = () if service else ("service",)
        layer = _layer_of(
            facilities,
            "facilities",
            _FACILITY_ALIASES,
            gathered.faults,
            needs=needs,
            datums=said,
        )
        if layer is not None:
            gathered.add_facilities(layer, service=service)
    if compounds is not None:
        layer = _layer_of(compounds, "compounds", _COMPOUND_ALIASES, gathered.faults, datums=said)
        if layer is not None:
            gathered.add_compounds(layer, settings)
    if figures is not None:
        aliases = {"unit": ("unit_code", "unit"), **_FIGURE_ALIASES}
        layer = _layer_of(figures, "figures", aliases, gathered.faults, needs=("unit",))
        if layer is not None and set(layer.columns) == {"unit"}:
            gathered.faults.append(_no_figure(figures))
        elif layer is not None:
            gathered.add_figures(layer)
    return gathered


def _no_figure(frame: pd.DataFrame) -> Fault:
    return Fault(
        severity="error",
        code="columns.missing",
        message=f"no column is a figure. Columns found: {', '.join(map(str, frame.columns))}.",
        mend="Call the columns by the ids of the figures, such as doctors.",
        file="figures",
    )


def _layer_of(
    frame: pd.DataFrame,
    key: str,
    aliases: Mapping[str, tuple[str, ...]],
    faults: list[Fault],
    *,
    needs: tuple[str, ...] = (),
    datums: Mapping[str, str] | None = None,
) -> Layer | None:
    """Make a layer of a frame in memory; the frame itself stays as it is."""
    columns = {
        name: next(alias for alias in candidates if alias in frame.columns)
        for name, candidates in aliases.items()
        if any(alias in frame.columns for alias in candidates)
    }
    missing = [
        Fault(
            severity="error",
            code="columns.missing",
            message=f"no such column. Columns found: {', '.join(map(str, frame.columns))}.",
            mend=f"Add a column {' or '.join(aliases[name])}.",
            file=key,
            column=aliases[name][0],
        )
        for name in needs
        if name not in columns
    ]
    faults += missing
    if missing:
        return None
    geometry, crs = _places_of(frame)
    datum = (datums or {}).get(key)
    if not shapely.is_missing(geometry).all():
        bounds = shapely.total_bounds(geometry).tolist()
        crs, more = resolve_crs(crs, datum, key=f'datums["{key}"]', bounds=bounds)
        faults += [replace(fault, file=key) for fault in more]
        if crs is not None and datum in SHIFTED:
            geometry = convert_geometry(geometry, datum)
    data = pd.DataFrame({name: frame[name].array for name in dict.fromkeys(columns.values())})
    placed = gpd.GeoDataFrame(data.set_axis(pd.RangeIndex(len(frame))), geometry=geometry, crs=crs)
    rows = np.arange(1, len(frame) + 1, dtype=np.int64)
    return Layer(
        key=key,
        file=key,
        frame=placed,
        rows=rows,
        columns=columns,
        rows_read=len(frame),
        datum=datum if datum in SHIFTED else "",
    )


def _places_of(frame: pd.DataFrame) -> tuple[NDArray[np.object_], pyproj.CRS | None]:
    """Take the geometries of a frame and their CRS; a plain table has none."""
    if isinstance(frame, gpd.GeoDataFrame):
        return np.asarray(frame.geometry.array), frame.crs
    return np.full(len(frame), None, dtype=object), None


def _population_in_memory(
    population: PopulationGrid | gpd.GeoDataFrame, faults: list[Fault], datums: Mapping[str, str]
) -> Population | None:
    if isinstance(population, PopulationGrid):
        _, more = resolve_crs(
            population.crs,
            datums.get("population"),
            key='datums["population"]',
            bounds=bounds_of(population.transform, population.shape),
        )
        if datums.get("population") in SHIFTED:
            more = [shifted_grid(datums["population"])]
        faults += [replace(fault, file="population") for fault in more]
        return Population(file="population", grid=population)
    aliases = {group: (group,) for group in GROUPS}
    layer = _layer_of(population, "population", aliases, faults, needs=(POPULATION,), datums=datums)
    return None if layer is None else _population_of_layer(layer, None, faults)


def _population_of_layer(
    layer: Layer, cell_size: float | None, faults: list[Fault], *, zero: bool = False
) -> Population | None:
    """Make a grid of cells that are one, a frame of cells otherwise."""
    groups = [group for group in GROUPS if group in layer.columns]
    values: dict[str, NDArray[np.float64]] = {}
    for group in groups:
        numbers, found = number_of(layer, group)
        faults += found
        values[group] = np.asarray(numbers, dtype=np.float64)
    cells = gpd.GeoDataFrame(
        values | {"file": layer.file, "row": layer.rows},
        geometry=np.asarray(layer.frame.geometry.array),
        crs=layer.frame.crs,
    )
    stop = _check_cell_places(cells, layer.file)
    faults += stop
    if not zero:
        faults += [fault for group in groups for fault in _empty_numbers(cells, layer, group)]
    cells = cells.assign(**{group: np.nan_to_num(array) for group, array in values.items()})
    if stop or layer.frame.crs is None:
        return None
    if cell_size is not None and layer.datum:
        faults.append(replace(shifted_grid(layer.datum), file=layer.file))
        return None
    if cell_size is not None:
        return _grid_of_centres(cells, groups, cell_size, layer.file, faults)
    try:
        grid = as_grid(cells, groups)
    except InputError as error:
        rows = tuple(layer.rows[np.array(error.faults[0].rows) - 1].tolist())
        faults += [replace(error.faults[0], file=layer.file, rows=rows)]
        return None
    return Population(file=layer.file, grid=grid, cells=cells if grid is None else None)


def _check_cell_places(cells: gpd.GeoDataFrame, file: str) -> list[Fault]:
    """Check that every cell stands somewhere, as a point or a valid polygon."""
    mend = "Check the file."
    if faults := check.check_not_empty(len(cells), file, "cells", mend):
        return faults
    geometry = np.asarray(cells.geometry.array)
    if shapely.is_missing(geometry).all():
        return [
            Fault(
                severity="error",
                code="population.no_place",
                message="neither geometries nor coordinates.",
                mend="Name the columns of the coordinates with population.columns.x and .y.",
                file=file,
            )
        ]
    faults = check.check_coordinates(cells) + check.check_metres(cells)
    missing = shapely.is_missing(geometry)
    if (shapely.get_type_id(geometry[~missing]) != shapely.GeometryType.POINT).any():
        return faults + check.check_polygons(cells, "population")
    return faults + faults_by_file(
        cells,
        missing,
        "population.no_geometry",
        "no coordinates in {n} of {total}: their people would be lost.",
        "Fill in the coordinates, or drop the rows.",
    )


def _empty_numbers(cells: gpd.GeoDataFrame, layer: Layer, group: str) -> list[Fault]:
    """Refuse cells without a number: nobody knows whether nobody lives there."""
    return layer.faults(
        cells[group].isna().to_numpy(dtype=bool),
        "population.no_number",
        f"no {group} in {{n}} of {{total}}.",
        'Fill in the numbers; where empty means nobody, write 0 or set no_data = "zero" in '
        "[population].",
        group,
    )


def _grid_of_centres(
    cells: gpd.GeoDataFrame,
    groups: list[str],
    cell_size: float,
    file: str,
    faults: list[Fault],
) -> Population | None:
    geometry = np.asarray(cells.geometry.array)
    lattice = None
    if (shapely.get_type_id(geometry) == shapely.GeometryType.POINT).all():
        lattice = lattice_of_centres(shapely.get_x(geometry), shapely.get_y(geometry), cell_size)
    if lattice is None:
        faults.append(
            Fault(
                severity="error",
                code="population.off_lattice",
                message=f"the points are not centres of cells {cell_size:g} wide.",
                mend="Correct population.cell_size (in the units of the CRS), or take it out to "
                "count the people at the points.",
                file=file,
            )
        )
        return None
    rows = cells["row"].to_numpy(dtype=np.int64)
    if doubled := doubled_cells(lattice, rows, file):
        faults += doubled
        return None
    values = {group: cells[group].to_numpy(dtype=np.float64) for group in groups}
    return Population(file=file, grid=grid_of(lattice, values, cells.crs))
