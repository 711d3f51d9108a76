"""The study area: units, population, facilities and compounds, checked, in one metric CRS."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pyproj

    from capacity.errors import Fault
    from capacity.population import PopulationGrid


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Settings that no document gives; every output prints those it used.

    Attributes
    ----------
    walking_speed_m_s
        Walking speed that turns minutes into metres, in m/s.
    detour_factor
        Walking distance divided by straight-line distance, at least 1.
    old_compound_built_before
        A compound without an old/new flag is old if built before this year; None leaves it unknown.
    development_zones_are_main_urban
        Whether development zones (开发区) count as main urban where a norm asks for it.
    """

    walking_speed_m_s: float = 1.2
    detour_factor: float = 1.3
    old_compound_built_before: int | None = None
    development_zones_are_main_urban: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """One file that was read: what it gave, and its fingerprint.

    Attributes
    ----------
    role
        ``settings``, ``population``, ``units``, ``facilities`` or ``compounds``.
    path, sha256
        The path as written in area.toml and the hash of the file's bytes.
    rows_read, rows_used
        Rows (cells with people for a population grid).
    description
        What area.toml says of its source and year.
    """

    role: str
    path: str
    sha256: str
    rows_read: int
    rows_used: int
    description: str = ""


@dataclass(frozen=True, kw_only=True)
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
        ``development_zone`` (nullable booleans), geometry (None where the unit has no polygon).
    population
        A regular grid, or a frame of cells (polygons or points) with ``population`` and any other
        group columns, people per cell, in ``crs``. None if there is no population.
    facilities
        Points: ``facility_id``, ``name``, ``service``, ``operator`` (text), ``places``, ``beds``,
        ``land_area_m2``, ``floor_area_m2`` (float64, NaN where unknown), ``inclusive`` (nullable
        boolean), ``opened`` (datetime64, NaT where unknown), ``is_open`` (open on the data date),
        ``unit_code`` (as declared, or empty), ``city_code``, ``district_code``, ``street_code``,
        ``community_code`` (the unit of each tier it stands in, empty for none), ``file``, ``row``.
    compounds
        The same membership columns with ``compound_id``, ``name``, ``households``,
        ``elder_floor_area_m2``, ``built_year`` (float64, NaN where unknown) and ``is_old``
        (nullable boolean). None if no compound list was given.
    services
        Services whose facility list is complete: no facility of such a service means zero, while
        for any other service it means no data.
    parameters, crs, faults, files
        Settings, the metric CRS of every geometry, warnings and facts found, what was read.
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
