"""``area.toml`` as typed settings: the first thing that a study area is read from.

Nothing here opens a data file. Every fault of the settings is reported at once, each with its key
and, as far as it can be told, the line of the file.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

import pydantic
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pyproj import CRS
from pyproj.exceptions import CRSError

from capacity.errors import Fault, InputError
from capacity.inputs.crs import check_metric
from capacity.inputs.datum import DATUMS, datum_of
from capacity.inputs.key_words import key_meant
from capacity.inputs.mistyped import WHOLE_DATE, Slip, find_slip
from capacity.inputs.sites import (
    Build,
    CompoundSettings,
    Objective,
    Rule,
    SitingSettings,
    SizedIn,
)
from capacity.inputs.words import FLAG_WORDS, OPERATOR_WORDS, STATUS_WORDS, folded
from capacity.network import MINIMUM_COMPONENT
from capacity.vocabulary import (
    ACQUISITIONS,
    FACILITY_FIGURES,
    FACILITY_STATUSES,
    FACILITY_TYPES,
    FIGURES,
    GROUPS,
    OPERATORS,
    SERVICES,
    UNIT_TYPES,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic_core import ErrorDetails

    from capacity.population import Basis

_SPACE = 0x20
"""Characters before the space are not seen."""

RASTER_SUFFIXES: Final = frozenset({".tif", ".tiff", ".vrt", ".img", ".asc"})
"""Suffixes of a population file that is read as a raster."""

UNIT_TYPE_WORDS: Final[dict[str, str]] = {
    "街道": "street",
    "街道办": "street",
    "街道办事处": "street",
    "镇": "township",
    "乡": "township",
    "乡镇": "township",
    "社区": "community",
    "村": "village",
    "居委会": "community",
    "行政村": "village",
    "村委会": "village",
    "区": "district",
    "县": "district",
    "区县": "district",
    "市": "city",
}
"""Chinese words that a ``type`` may hold, with the unit type they mean."""

URBAN_WORDS: Final[dict[str, bool]] = {
    "城市": True,
    "城镇": True,
    "urban": True,
    "农村": False,
    "乡村": False,
    "rural": False,
}
"""Words of the urban-rural classification that ``urban`` may hold beside yes and no."""

FACILITY_TYPE_WORDS: Final[dict[str, str]] = {
    **{zh: name for name, (zh, _, _) in FACILITY_TYPES.items()},
    **{zh.replace("(", "（").replace(")", "）"): n for n, (zh, _, _) in FACILITY_TYPES.items()},
}
"""Chinese labels of facility types, also with full-width brackets, and the type they mean."""


SERVICE_WORDS: Final[dict[str, str]] = {
    **{zh: name for name, (zh, _) in SERVICES.items()},
    **dict.fromkeys(("托育服务", "婴幼儿照护", "托幼"), "childcare"),
    **dict.fromkeys(("养老服务", "养老设施"), "elder_care"),
    **dict.fromkeys(("医疗", "卫生", "医疗服务", "医疗卫生服务"), "health"),
    **dict.fromkeys(("体育", "健身", "体育设施", "全民健身"), "sports"),
    **dict.fromkeys(("文化", "公共文化服务"), "culture"),
    **dict.fromkeys(("教育服务", "基础教育"), "education"),
}
"""Chinese words for services and the service they mean."""


def nearest(word: str, known: Sequence[str]) -> str:
    """Give the known word most like ``word``, or an empty text if none is near."""
    by_folded = {k.casefold(): k for k in known}
    matches = difflib.get_close_matches(word.casefold(), list(by_folded), n=1, cutoff=0.5)
    return by_folded[matches[0]] if matches else ""


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Say "Did you mean 'x'?" for the nearest known word, or list the known words."""
    near = nearest(word, known)
    return f"Did you mean '{near}'?" if near else f"Known: {', '.join(known)}."


def _unit_type(value: str) -> str:
    found = UNIT_TYPE_WORDS.get(value, value)
    if found not in UNIT_TYPES:
        raise ValueError(f"unknown unit type '{value}'. {did_you_mean(value, list(UNIT_TYPES))}")
    return found


def _facility_type(value: str) -> str:
    found = FACILITY_TYPE_WORDS.get(value, value)
    if found not in FACILITY_TYPES:
        known = [*FACILITY_TYPES, *FACILITY_TYPE_WORDS]
        near = nearest(value, known)
        mend = f"Did you mean '{near}'?" if near else "docs/area-toml.md lists them."
        raise ValueError(f"unknown facility type '{value}'. {mend}")
    return found


def _operator(value: str) -> str:
    found = OPERATOR_WORDS.get(folded(value), value)
    if found not in OPERATORS:
        raise ValueError(f"unknown operator '{value}'. {did_you_mean(value, list(OPERATORS))}")
    return found


def _facility_status(value: str) -> str:
    found = STATUS_WORDS.get(folded(value), value)
    if found not in FACILITY_STATUSES:
        raise ValueError(
            f"unknown status '{value}'. {did_you_mean(value, list(FACILITY_STATUSES))}"
        )
    return found


def _flag(value: object) -> object:
    """Take the words for yes and no that a column may hold too."""
    if not isinstance(value, str):
        return value
    word = value.strip().lower()
    if word not in FLAG_WORDS:
        raise ValueError(f"neither yes nor no: '{value}'. Write true or false (是/否 are read too)")
    return FLAG_WORDS[word]


def _urban(value: object) -> object:
    return _flag(URBAN_WORDS.get(value, value) if isinstance(value, str) else value)


def _service(value: str) -> str:
    found = SERVICE_WORDS.get(value, value)
    if found not in SERVICES:
        known = [*SERVICES, *SERVICE_WORDS] if not value.isascii() else list(SERVICES)
        near = nearest(value, known)
        mend = f"Did you mean '{near}'?" if near else f"Known: {', '.join(SERVICES)}."
        raise ValueError(f"unknown service '{value}'. {mend}")
    return found


_CRS_TEXT: Final = re.compile(r"\w+:\w+$|\+proj=|\w+\[|\{", re.IGNORECASE)
"""An authority with its code, a PROJ string, WKT or PROJJSON."""


def layer_datum(value: str) -> str:
    """Check the datum of a layer: one of ``DATUMS`` for any of its words, or the text of a CRS.

    Parameters
    ----------
    value
        As written in area.toml.

    Returns
    -------
    str
        A key of ``DATUMS``, or ``value``.

    Raises
    ------
    ValueError
        It is neither.

    Examples
    --------
    >>> layer_datum("GCJ-02"), layer_datum("高德"), layer_datum("EPSG:4547")
    ('gcj02', 'gcj02', 'EPSG:4547')
    """
    word = datum_of(value)
    if word:
        return word
    if not _is_crs(value):
        words = ", ".join(f"'{datum}'" for datum in DATUMS)
        raise ValueError(f"unknown datum '{value}'. Write {words}, or a CRS such as 'EPSG:4547'.")
    return value


def _is_crs(value: str) -> bool:
    # a bare name would be looked up, and might hit a CRS that nobody meant
    if _CRS_TEXT.match(value) is None:
        return False
    try:
        CRS.from_user_input(value)
    except CRSError:
        return False
    return True


def _metric_crs(value: str) -> str:
    if not _is_crs(value):
        raise ValueError(f"unknown CRS '{value}'. Write it as 'EPSG:4547'.")
    faults = check_metric(CRS.from_user_input(value), "the study area's crs")
    if faults:
        raise ValueError(f"{faults[0].message} {faults[0].mend}")
    return value


def _date(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = WHOLE_DATE.fullmatch(value.strip())
    try:
        return dt.date(*map(int, found.groups())) if found else dt.date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"should be a valid date such as 2025-12-31, got '{value}'.") from None


def _plain_path(value: str) -> str:
    if any(ord(c) < _SPACE for c in value):
        raise ValueError(
            f"{value!r} holds a control character: in quotes \\t is a tab and \\n the end of a line. "
            "Write / in paths"
        )
    return value


def _texts(value: object) -> object:
    """Wrap one value as a list, every value as the text that a table's cell would hold."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(v, (str, int, float)) for v in values):
        raise ValueError("should be a value or a list of values")
    return tuple(str(v).lower() if isinstance(v, bool) else str(v) for v in values)


def _acquisition(value: str) -> str:
    found = {zh: name for name, (zh, _) in ACQUISITIONS.items()}.get(value, value)
    if found not in ACQUISITIONS:
        raise ValueError(
            f"unknown acquisition '{value}'. {did_you_mean(value, list(ACQUISITIONS))}"
        )
    return found


Acquisition = Annotated[str, AfterValidator(_acquisition)]
UnitType = Annotated[str, AfterValidator(_unit_type)]
FacilityStatus = Annotated[str, AfterValidator(_facility_status)]
Operator = Annotated[str, AfterValidator(_operator)]
Service = Annotated[str, AfterValidator(_service)]
FacilityType = Annotated[str, AfterValidator(_facility_type)]
LayerDatum = Annotated[str, AfterValidator(layer_datum)]
Where = dict[str, Annotated[tuple[str, ...], BeforeValidator(_texts)]]
Band = Annotated[int, Field(ge=1)]
Kind = Literal["count", "density"]
Flag = Annotated[bool, BeforeValidator(_flag)]
UrbanFlag = Annotated[bool, BeforeValidator(_urban)]


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


if TYPE_CHECKING:

    class _FigureKeys(_Table):
        """A key for every figure."""

    class _FacilityFigureKeys(_Table):
        """A key for every figure of a facility."""

    class _GroupKeys(_Table):
        """A key for every population group."""
else:
    _FigureKeys = pydantic.create_model(
        "_FigureKeys", __base__=_Table, **dict.fromkeys(FIGURES, (str | None, None))
    )
    _FacilityFigureKeys = pydantic.create_model(
        "_FacilityFigureKeys",
        __base__=_Table,
        **dict.fromkeys(FACILITY_FIGURES, (str | None, None)),
    )
    _GroupKeys = pydantic.create_model(
        "_GroupKeys", __base__=_Table, **dict.fromkeys(GROUPS, (str | None, None))
    )


class StudyAreaTable(_Table):
    """The ``[study_area]`` table: whose area, on what day."""

    name: Annotated[str, Field(min_length=1)]
    code: str = ""
    type: UnitType = "district"
    city: str = ""
    main_urban: Flag | None = None
    urban: UrbanFlag | None = None
    county: Flag | None = None
    sparsely_populated: Flag = False
    data_date: Annotated[dt.date, BeforeValidator(_date)]
    services: Annotated[list[Service], Field(default_factory=list)]
    crs: Annotated[str, AfterValidator(_metric_crs)] | None = None


class PopulationBands(_Table):
    """Raster band of each population column, counted from 1."""

    population: Band | None = None
    under_3: Band | None = None
    age_3_6: Band | None = None
    under_15: Band | None = None
    age_60_plus: Band | None = None
    age_65_plus: Band | None = None


class PopulationColumns(_Table):
    """Column of each population group in a vector layer or table, and of the coordinates."""

    population: str | None = None
    under_3: str | None = None
    age_3_6: str | None = None
    under_15: str | None = None
    age_60_plus: str | None = None
    age_65_plus: str | None = None
    dwellings: str | None = None
    floor_area: str | None = None
    x: str | None = None
    y: str | None = None

    @model_validator(mode="after")
    def _people_or_dwellings(self) -> Self:
        said = {"population", "dwellings", "floor_area"} & self.model_fields_set
        if len(said) > 1:
            raise ValueError(f"give one of {', '.join(sorted(said))}: each says who lives where")
        return self

    @property
    def basis(self) -> Basis:
        """What is counted at each place: people, dwellings or floor area."""
        if self.dwellings is not None:
            return "dwellings"
        return "people" if self.floor_area is None else "floor_area"


class UnitColumns(_GroupKeys):
    """Columns of a unit layer, official totals of people among them."""

    code: str | None = None
    name: str | None = None
    type: str | None = None
    parent: str | None = None
    parent_name: str | None = None
    main_urban: str | None = None
    development_zone: str | None = None
    urban: str | None = None
    county: str | None = None


class FacilityColumns(_FacilityFigureKeys):
    """Columns of a facility layer, figures of a facility among them."""

    id: str | None = None
    name: str | None = None
    service: str | None = None
    places: str | None = None
    beds: str | None = None
    land_area: str | None = None
    floor_area: str | None = None
    outdoor_area: str | None = None
    venue_area: str | None = None
    type: str | None = None
    condition: str | None = None
    operator: str | None = None
    inclusive: str | None = None
    status: str | None = None
    opened: str | None = None
    closed: str | None = None
    unit: str | None = None
    x: str | None = None
    y: str | None = None


class CompoundColumns(_FigureKeys):
    """Columns of a compound layer, figures of a compound among them."""

    id: str | None = None
    name: str | None = None
    households: str | None = None
    built_year: str | None = None
    old: str | None = None
    elder_floor_area: str | None = None
    unit: str | None = None
    x: str | None = None
    y: str | None = None


class FigureColumns(_FigureKeys):
    """Columns of a layer of figures: the unit, and a column for each figure."""

    unit: str | None = None


class CensusColumns(_GroupKeys):
    """Columns of a layer of official totals: the unit, and a column for each group."""

    unit: str | None = None


class EdgeColumns(_Table):
    """Columns of a layer or table of edges; those of OSMnx are found without being named."""

    u: str | None = None
    v: str | None = None
    length: str | None = None
    highway: str | None = None
    one_way: str | None = None
    crossing: str | None = None
    ascent: str | None = None


class NodeColumns(_Table):
    """Columns of a layer or table of nodes."""

    id: str | None = None
    x: str | None = None
    y: str | None = None


class CandidateColumns(_Table):
    """Columns of a layer of candidate sites."""

    id: str | None = None
    name: str | None = None
    acquisition: str | None = None
    land_area: str | None = None
    floor_area: str | None = None
    cost: str | None = None
    unit: str | None = None
    x: str | None = None
    y: str | None = None


_HEADER_ROWS: Final = 3  # most rows that are joined


def _rows_of_header(value: object) -> object:
    """Take one row for a list of it."""
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _one_below_another(rows: tuple[int, ...]) -> tuple[int, ...]:
    if not 1 <= len(rows) <= _HEADER_ROWS or rows != tuple(range(rows[0], rows[-1] + 1)):
        raise ValueError("should be one row, or two or three below each other, such as [3, 4]")
    return rows


HeaderRows = Annotated[
    tuple[Annotated[int, Field(ge=1)], ...],
    BeforeValidator(_rows_of_header),
    AfterValidator(_one_below_another),
]
"""Rows of a header: one, or those that are joined."""


class LayerTable(_Table):
    """What every table that names a file has."""

    file: Annotated[str, Field(min_length=1), AfterValidator(_plain_path)]
    layer: str | None = None
    header_row: HeaderRows | None = None
    datum: LayerDatum | None = None
    description: str = ""
    year: Annotated[int, Field(ge=1850, le=2200)] | None = None


class PopulationTable(LayerTable):
    """The ``[population]`` table: a raster, a vector grid, or a table of points."""

    bands: PopulationBands | None = None
    columns: PopulationColumns | None = None
    cell_size: Annotated[float, Field(gt=0)] | None = None
    kind: Kind = "count"
    no_data: Literal["unknown", "zero"] = "unknown"
    margin_m: Annotated[float, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _bands_or_columns(self) -> Self:
        if self.bands is not None and self.columns is not None:
            raise ValueError(
                "bands is for a raster, columns for a layer or table: give one of them"
            )
        return self


class UnitsTable(LayerTable):
    """One ``[[units]]`` table: streets, townships, communities, districts."""

    type: UnitType | None = None
    columns: Annotated[UnitColumns, Field(default_factory=UnitColumns)]
    parent_type: UnitType | None = None
    main_urban: Flag | None = None
    development_zone: Flag | None = None
    urban: UrbanFlag | None = None
    county: Flag | None = None
    where: Annotated[Where, Field(default_factory=dict)]

    @model_validator(mode="after")
    def _one_type(self) -> Self:
        if self.type is not None and self.columns.type:
            raise ValueError("give either type (one for all rows) or columns.type (a column)")
        return self


class FacilitiesTable(LayerTable):
    """One ``[[facilities]]`` table: points of one or several services."""

    service: Service | None = None
    columns: Annotated[FacilityColumns, Field(default_factory=FacilityColumns)]
    service_values: Annotated[dict[str, Service], Field(default_factory=dict)]
    type: FacilityType | None = None
    type_values: Annotated[dict[str, FacilityType], Field(default_factory=dict)]
    status: FacilityStatus | None = None
    status_values: Annotated[dict[str, FacilityStatus], Field(default_factory=dict)]
    operator_values: Annotated[dict[str, Operator], Field(default_factory=dict)]
    where: Annotated[Where, Field(default_factory=dict)]
    margin_m: Annotated[float, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _one_service(self) -> Self:
        if self.service is not None and self.columns.service:
            raise ValueError("give either service (one for all rows) or columns.service (a column)")
        return self

    @model_validator(mode="after")
    def _type_of_the_service(self) -> Self:
        if self.type is not None and self.service not in {None, FACILITY_TYPES[self.type][2]}:
            raise ValueError(
                f"type {self.type} is of the service {FACILITY_TYPES[self.type][2]}, "
                f"not of {self.service}: correct one of them"
            )
        return self


class CompoundsTable(LayerTable):
    """One ``[[compounds]]`` table: residential compounds."""

    columns: Annotated[CompoundColumns, Field(default_factory=CompoundColumns)]
    where: Annotated[Where, Field(default_factory=dict)]


class FiguresTable(LayerTable):
    """One ``[[figures]]`` table: numbers of units that no list or grid gives."""

    columns: Annotated[FigureColumns, Field(default_factory=FigureColumns)]
    where: Annotated[Where, Field(default_factory=dict)]


class CensusTable(LayerTable):
    """One ``[[census]]`` table: official totals of people per unit."""

    columns: Annotated[CensusColumns, Field(default_factory=CensusColumns)]
    where: Annotated[Where, Field(default_factory=dict)]


class NodesTable(LayerTable):
    """The ``[walking.nodes]`` table: where the nodes of a table of edges are."""

    columns: Annotated[NodeColumns, Field(default_factory=NodeColumns)]
    where: Annotated[Where, Field(default_factory=dict)]


class BarriersTable(LayerTable):
    """The ``[walking.barriers]`` table: polygons that nobody walks straight across."""

    where: Annotated[Where, Field(default_factory=dict)]


class WalkingTable(LayerTable):
    """The ``[walking]`` table: the walking network."""

    columns: Annotated[EdgeColumns, Field(default_factory=EdgeColumns)]
    where: Annotated[Where, Field(default_factory=dict)]
    nodes: NodesTable | None = None
    barriers: BarriersTable | None = None
    minimum_component: Annotated[int, Field(ge=1)] = MINIMUM_COMPONENT
    cache: Annotated[str, Field(min_length=1), AfterValidator(_plain_path)] | None = None

    @model_validator(mode="after")
    def _both_ends(self) -> Self:
        if (self.columns.u is None) != (self.columns.v is None):
            raise ValueError(
                "columns.u and columns.v are the two ends of an edge: give both or none"
            )
        return self


class CandidatesTable(LayerTable):
    """One ``[[candidates]]`` table: sites where something may be built."""

    acquisition: Acquisition | None = None
    columns: Annotated[CandidateColumns, Field(default_factory=CandidateColumns)]
    where: Annotated[Where, Field(default_factory=dict)]


class ForbiddenTable(LayerTable):
    """The ``[siting.forbidden]`` table: polygons in which nothing may be built."""

    where: Annotated[Where, Field(default_factory=dict)]


class BuildTable(_Table):
    """One ``[[siting.build]]`` table: a kind of facility that may be built."""

    service: Service
    type: FacilityType | None = None
    operator: Operator | None = None
    inclusive: Flag | None = None
    condition: Literal["no_outdoor_ground", "new_development", "none_of_these"] | None = None
    sized_in: SizedIn = "places"
    minimum: Annotated[float, Field(allow_inf_nan=False)]
    maximum: Annotated[float, Field(allow_inf_nan=False)]
    cost: float = 0.0
    cost_per_size: float = 0.0
    per_size: Annotated[dict[str, float], Field(default_factory=dict)]


class EquipTable(_Table):
    """The ``[siting.compounds]`` table: which compounds to equip with elder-care rooms first."""

    norm: str
    rule: Rule = "shortfall"
    pooling_m: float | None = None
    way: Acquisition | None = None
    ways: Annotated[dict[str, Acquisition], Field(default_factory=dict)]
    cost_per_m2: Annotated[dict[str, float], Field(default_factory=dict)]
    budget: float | None = None


class SitingTable(_Table):
    """The ``[siting]`` table: what a plan has to reach, and with what."""

    norms: Annotated[list[str], Field(default_factory=list)]
    objective: Objective = "facilities"
    share: float | None = None
    shares: Annotated[dict[str, float], Field(default_factory=dict)]
    share_in: Literal["whole", "unit"] = "whole"
    candidates_from: Literal["population", "network"] = "population"
    spacing_m: float = 300.0
    required: Annotated[list[str], Field(default_factory=list)]
    excluded: Annotated[list[str], Field(default_factory=list)]
    maximum_facilities: int | None = None
    budget: float | None = None
    cost_unit: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)] = ""
    time_limit_s: float = 60.0
    gap: float = 0.01
    forbidden: ForbiddenTable | None = None
    compounds: EquipTable | None = None
    build: Annotated[list[BuildTable], Field(default_factory=list)]


class ParametersTable(_Table):
    """The ``[parameters]`` table: settings that no document gives."""

    walking_speed_m_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.2
    walking_speed_older_m_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 0.8
    reach: Literal["as_written", "network", "straight"] = "as_written"
    walking_preset: Literal["speed", "national"] = "speed"
    walking_range: Literal["lower", "upper"] = "lower"
    snap_limit_m: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 200.0
    point_spacing_m: Annotated[float, Field(ge=5, allow_inf_nan=False)] = 50.0
    detour_factor: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 1.3
    crossing_wait_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    slope: Literal["ignored", "tobler"] = "ignored"
    persons_per_household: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    old_compound_built_before: int | None = None
    development_zones_are_main_urban: Flag = True
    allocation: Literal["optimal", "nearest", "public_first"] = "optimal"
    duplicates: Literal["keep", "first"] = "keep"
    duplicate_distance_m: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 50.0


class AreaConfig(_Table):
    """Everything that ``area.toml`` says; paths are still as written there."""

    study_area: StudyAreaTable
    population: PopulationTable | None = None
    units: Annotated[list[UnitsTable], Field(min_length=1)]
    facilities: Annotated[list[FacilitiesTable], Field(default_factory=list)]
    planned: Annotated[list[FacilitiesTable], Field(default_factory=list)]
    compounds: Annotated[list[CompoundsTable], Field(default_factory=list)]
    figures: Annotated[list[FiguresTable], Field(default_factory=list)]
    census: Annotated[list[CensusTable], Field(default_factory=list)]
    walking: WalkingTable | None = None
    candidates: Annotated[list[CandidatesTable], Field(default_factory=list)]
    siting: SitingTable | None = None
    parameters: Annotated[ParametersTable, Field(default_factory=ParametersTable)]

    def files(self) -> list[str]:
        """List the files that are named, as they are written."""
        return list(_files_in(self))


def _files_in(table: _Table) -> Iterator[str]:
    """Find the files of a table and of those in it."""
    for name in type(table).model_fields:
        value = getattr(table, name)
        if name == "file":
            yield value
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, _Table):
                yield from _files_in(part)


def read_config(path: str | Path) -> AreaConfig:
    """Read ``area.toml`` and check every key of it.

    Parameters
    ----------
    path
        The settings file. UTF-8, with or without a byte order mark.

    Returns
    -------
    AreaConfig
        The settings, defaults filled in.

    Raises
    ------
    InputError
        The file is missing, is not TOML, or has faulty, missing or unknown keys; all at once.
    """
    path = Path(path)
    text = _read_text(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(error, text, path.name) from None
    except (RecursionError, ValueError):
        fault = Fault(
            severity="error",
            code="config.syntax",
            message="nested too deeply, or with a number too long, to be settings.",
            mend="Start from the area.toml of capacity example.",
            file=path.name,
        )
        raise InputError(f"{path.name}: cannot be read", [fault]) from None
    try:
        return AreaConfig.model_validate(data)
    except pydantic.ValidationError as error:
        lines = _key_lines(text)
        faults = [_as_fault(detail, lines, path.name) for detail in error.errors()]
        noun = "fault" if len(faults) == 1 else "faults"
        raise InputError(f"{path.name}: {len(faults)} {noun} in the settings", faults) from None


def key_lines(path: Path) -> dict[str, int]:
    """Find the line of every key of ``area.toml``.

    Parameters
    ----------
    path
        A file that ``read_config`` has read.

    Returns
    -------
    dict
        Key as messages write it, such as ``siting.build[1].cost``, and its line, counted from 1.
    """
    return {_dotted(loc): line for loc, line in _key_lines(_read_text(path)).items()}


def siting_of(table: SitingTable, path: Path) -> SitingSettings:
    """Take the settings of a plan from their table.

    Parameters
    ----------
    table
        ``[siting]`` of area.toml.
    path
        The file, for messages.

    Returns
    -------
    SitingSettings
        The same, with nothing of its files.
    """
    builds = [one.model_dump() for one in table.build]
    kinds = tuple(
        Build(
            **{key: one[key] for key in one if key not in {"type", "operator", "condition"}},
            facility_type=one["type"] or "",
            operator=one["operator"] or "",
            condition=one["condition"] or "",
        )
        for one in builds
    )
    rest: dict[str, Any] = table.model_dump(exclude={"forbidden", "build", "compounds"})
    rest |= {key: tuple(rest[key]) for key in ("norms", "required", "excluded")}
    if table.compounds is not None:
        equip = table.compounds.model_dump()
        rest["compounds"] = CompoundSettings(**(equip | {"way": equip["way"] or ""}))
    return SitingSettings(build=kinds, file=path.name, lines=key_lines(path), **rest)


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        fault = Fault(
            severity="error",
            code="config.cannot_open",
            message=f"cannot be opened ({error.strerror}).",
            mend="Give the path of an area.toml.",
            file=path.name,
        )
    except UnicodeDecodeError:
        fault = Fault(
            severity="error",
            code="config.cannot_open",
            message="is not UTF-8 text.",
            mend="Save it as UTF-8.",
            file=path.name,
        )
    raise InputError(f"{path.name}: cannot be read", [fault])


def _syntax_error(error: tomllib.TOMLDecodeError, text: str, file: str) -> InputError:
    found = re.search(r"line (\d+)", str(error))
    line = int(found[1]) if found else None
    slip = find_slip(text, str(error), line) or Slip(
        message=f"{str(error)[0].lower()}{str(error)[1:]}.",
        mend="Texts stand in quotes, tables in [ ] or [[ ]].",
        lines=() if line is None else (line,),
    )
    fault = Fault(
        severity="error",
        code=slip.code,
        message=f"not TOML: {slip.message}",
        mend=slip.mend,
        file=file,
        rows=slip.lines,
        column=slip.key,
        found_zh=slip.found_zh,
        write=slip.write,
    )
    return InputError(f"{file}: cannot be read", [fault])


Path_ = tuple["str | int", ...]


def _as_fault(detail: ErrorDetails, lines: Mapping[Path_, int], file: str) -> Fault:
    """Turn one pydantic error into a fault in plain words."""
    loc = _without_inner_steps(detail["loc"])
    line = next((lines[loc[:n]] for n in range(len(loc), 0, -1) if loc[:n] in lines), None)
    code, message, mend = _in_words(detail, loc)
    return Fault(
        severity="error",
        code=code,
        message=message,
        mend=mend,
        file=file,
        rows=() if line is None else (line,),
        column=_dotted(loc),
    )


def _without_inner_steps(loc: Path_) -> Path_:
    """Drop the steps that pydantic adds for its own machinery (such as ``[key]``)."""
    return tuple(step for step in loc if not (isinstance(step, str) and step.startswith("[")))


def _in_words(detail: ErrorDetails, loc: Path_) -> tuple[str, str, str]:
    kind = detail["type"]
    if kind == "missing":
        return "config.missing_key", "required key is missing.", "Add it."
    if kind == "extra_forbidden":
        known = _known_keys(loc)
        mend = did_you_mean(key_meant(str(loc[-1]), known) or str(loc[-1]), known)
        if loc[-1] == "crs" and "datum" in known:
            mend = f'A layer says its datum: write datum = "{detail["input"]}" instead.'
        return "config.unknown_key", "unknown key.", mend
    if kind == "list_type" and len(loc) == 1:
        name = str(loc[0])
        return "config.value", f"one [{name}] table.", f"Write [[{name}]]: there may be several."
    if kind in {"model_type", "dict_type"} and isinstance(detail["input"], list) and len(loc) == 1:
        name = str(loc[0])
        return "config.value", f"several [[{name}]] tables.", f"Write [{name}] once."
    if kind == "value_error":
        text = str(detail["ctx"]["error"])
        return "config.value", text if text.endswith((".", "?")) else f"{text}.", ""
    text = detail["msg"].removeprefix("Input should be ").replace("a valid string", "text")
    text = text.replace("String should have", "text of")
    return "config.value", f"should be {text}, got {detail['input']!r}.", ""


def _known_keys(loc: Path_) -> list[str]:
    """List the keys of the table that the last step of ``loc`` stands in."""
    model: type[BaseModel] = AreaConfig
    for step in loc[:-1]:
        if isinstance(step, str):
            model = _model_of(model, step)
    return list(model.model_fields)


def _model_of(model: type[BaseModel], key: str) -> type[BaseModel]:
    candidates: list[Any] = [model.model_fields[key].annotation]
    while candidates:
        kind = candidates.pop()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
        candidates.extend(getattr(kind, "__args__", ()))
    return model


def _dotted(loc: Path_) -> str:
    """Write a key path as a planner counts: ``facilities[1].columns.x`` is the first table's."""
    text = ""
    for step in loc:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else step
    return text


_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[^\s"'=#\[\]{},])+?)\s*=""")


def _key_lines(text: str) -> dict[Path_, int]:
    """Find the line of every key, by the path that pydantic gives it; best effort."""
    counts: dict[str, int] = {}
    lines: dict[Path_, int] = {}
    table: Path_ = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            name = header[2]
            if header[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
            table = tuple(_with_indices(name, counts))
            lines.setdefault(table, number)
            lines.setdefault(table[:1], number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, *_parts(key[1])), number)
    return lines


def _parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]


def _with_indices(name: str, counts: Mapping[str, int]) -> Iterator[str | int]:
    parts = _parts(name)
    for n, part in enumerate(parts, start=1):
        yield part
        if (index := counts.get(".".join(parts[:n]))) is not None:
            yield index
