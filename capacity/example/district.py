"""The invented district 示例区: what ``capacity example`` writes.

``example_district`` makes it in memory; ``python -m capacity.example.district`` writes it anew to
``data``, the files that ship with the package. Nothing in it exists, and every case that a planner
meets is in it at least once: see the tables below.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections import Counter
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd
import pyogrio
import pyproj
import rasterio
import shapely
from affine import Affine
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from shapely.geometry import mapping

from capacity.example.form import write_form
from capacity.example.frames import (
    COMPOUND_COLUMNS,
    CRS,
    FACILITY_COLUMNS,
    UNIT_COLUMNS,
    SyntheticCity,
    point_frame,
    unit_frame,
)
from capacity.example.generate import OPERATORS, age_groups, density
from capacity.example.mosaic import Tiling, grow_groups, merge, scatter_seeds, tile
from capacity.norms.model import CONDITIONS
from capacity.population import PopulationGrid
from capacity.vocabulary import FACILITY_TYPES, FIGURES
from capacity.vocabulary import OPERATORS as OPERATOR_LABELS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

DISTRICT_CODE: Final = "410199"
"""Code of the invented district: no place has it."""

DATA_DATE: Final = dt.date(2025, 6, 30)
"""Facilities that opened later are under construction."""

MARK: Final = "虚构示例数据"
"""What every description says: invented example data."""

_SEED: Final = 20_250_630
_LEFT, _BOTTOM = 470_000.0, 3_790_000.0
_N_COLS, _N_ROWS, _CELL = 186, 162, 100.0
_MARGIN = 600.0
_KM = 1000.0
_NUMERALS = "一二三四五六七八九十"


class Street(NamedTuple):
    """One street or township: where it lies, and its childcare, elder-care and sports facilities.

    Attributes
    ----------
    number
        The last three digits of its code.
    short, kind
        Name without 示例区 and 街道/镇/乡, and that word.
    middle
        x and y in kilometres from the corner of the grid.
    main_urban, zone
        Flags; None where not known.
    childcare
        Places of each facility, None where not known.
    fill_per_thousand
        If not 0, one more facility makes the places exactly the requirement at this ratio.
    elder_care
        Beds, land and floor area of each facility, None where not known.
    sports
        Land area of each facility.
    """

    number: str
    short: str
    kind: str
    middle: tuple[float, float]
    main_urban: bool | None = True
    zone: bool = False
    childcare: tuple[int | None, ...] = ()
    fill_per_thousand: int = 0
    elder_care: tuple[tuple[int, int | None, int | None], ...] = ()
    sports: tuple[int, ...] = ()

    @property
    def code(self) -> str:
        """Nine digits."""
        return DISTRICT_CODE + self.number

    @property
    def name(self) -> str:
        """Name in full."""
        return f"示例区{self.short}{self.kind}"


_STREETS: Final = (
    Street(  # 30 + 30 places, and none of 50
        number="001",
        short="东风",
        kind="街道",
        middle=(2.6, 7.9),
        childcare=(30, 30),
        elder_care=((60, 2400, 1800), (20, 600, 450)),
        sports=(5200, 1800),
    ),
    Street(  # a surplus beside the shortage of 003; elder-care land in surplus too
        number="002",
        short="建设",
        kind="街道",
        middle=(7.2, 8.0),
        childcare=(150, 120, 90, 80, 60, 40, 20),
        elder_care=((300, 14000, 9000), (80, 2600, 2000)),
        sports=(9000,),
    ),
    Street(  # elder-care facilities, none with a land figure
        number="003",
        short="解放",
        kind="街道",
        middle=(5.0, 4.8),
        childcare=(60, 25),
        elder_care=((40, None, 900), (25, None, None)),
        sports=(2600,),
    ),
    Street(  # exactly 6 places per thousand; one elder-care land figure known, one not
        number="004",
        short="和平",
        kind="街道",
        middle=(5.2, 10.9),
        childcare=(60, 40, 30, 20),
        fill_per_thousand=6,
        elder_care=((120, 5200, 3600), (30, None, 600)),
        sports=(3800, 2200),
    ),
    Street(  # exactly 4 places per thousand
        number="005",
        short="文化",
        kind="街道",
        middle=(2.4, 10.9),
        childcare=(30, 20),
        fill_per_thousand=4,
        elder_care=((20, 800, 500),),
        sports=(4100,),
    ),
    Street(  # places partly unknown; no elder-care facility at all
        number="006",
        short="人民",
        kind="街道",
        middle=(2.2, 5.0),
        childcare=(50, None, 24, None),
        sports=(3000,),
    ),
    Street(  # not known whether main urban; its elder-care facility is under construction
        number="007",
        short="新城",
        kind="街道",
        middle=(7.7, 5.2),
        main_urban=None,
        childcare=(60, 40, 20),
        elder_care=((150, 6000, 5200),),
        sports=(7500,),
    ),
    Street(  # a development zone; its first childcare facility is under construction
        number="008",
        short="科技园",
        kind="街道",
        middle=(7.8, 11.2),
        main_urban=False,
        zone=True,
        childcare=(90, 50, 30),
        elder_care=((200, 12000, 8000),),
        sports=(12000, 6400),
    ),
    Street(  # a township that is main urban
        number="100",
        short="城关",
        kind="镇",
        middle=(5.0, 1.8),
        childcare=(30, 20),
        elder_care=((100, 4800, 2600),),
        sports=(3300,),
    ),
    Street(  # a township that is not
        number="101",
        short="柳河",
        kind="镇",
        middle=(4.8, 14.3),
        main_urban=False,
        childcare=(36,),
        elder_care=((60, 3600, 1500),),
        sports=(2400,),
    ),
    Street(  # the places of its only childcare facility are unknown
        number="102",
        short="青石",
        kind="镇",
        middle=(13.9, 11.2),
        main_urban=False,
        childcare=(None,),
        elder_care=((50, 3000, 1200),),
        sports=(2800,),
    ),
    Street(  # no childcare and no sports facility; a village without inhabitants
        number="200",
        short="杨林",
        kind="乡",
        middle=(13.9, 4.8),
        main_urban=False,
        elder_care=((40, 2600, 800),),
    ),
)

_CORE: Final = (0.9, 3.6, 9.0, 12.6)
"""Bounds of the built-up part in kilometres, with 40 communities."""

_N_CORE: Final = 40
_RURAL: Final = (
    (2.2, 2.0), (5.0, 1.8), (7.8, 2.2), (2.0, 14.2), (4.8, 14.3), (7.8, 14.0), (10.8, 2.0),
    (13.8, 1.9), (16.5, 2.3), (10.9, 5.0), (13.9, 4.8), (16.6, 5.4), (11.0, 8.0), (13.8, 8.1),
    (16.7, 8.3), (10.8, 11.0), (13.9, 11.2), (16.5, 11.0), (10.9, 14.0), (14.6, 14.0),
)  # fmt: skip
"""Middles of the communities and villages around it, in kilometres."""

_ELDER_TYPES: Final[dict[str, tuple[str, ...]]] = {
    "001": ("street_elder_centre", "community_day_care"),
    "002": ("elder_care_institution", "street_elder_centre"),
    "003": ("", ""),
    "004": ("street_elder_centre", ""),
    "005": ("community_elder_facility",),
    "007": ("elder_care_institution",),
    "008": ("elder_care_institution",),
    "100": ("township_elder_centre",),
    "101": ("rural_day_care",),
    "102": ("township_elder_centre",),
    "200": ("county_support_facility",),
}
"""Types of the elder-care facilities, by street; empty where not known."""

_SPORTS_TYPES: Final[dict[str, tuple[str, ...]]] = {
    "001": ("township_sports_site", "fitness_path"),
    "002": ("fitness_centre",),
    "004": ("township_sports_site", ""),
    "007": ("football_pitch",),
    "008": ("sports_ground", "football_pitch"),
    "101": ("township_fitness_works",),
}
"""Types of the sports facilities, by street; one site of a street where not said."""

_CONDITION_CYCLE: Final = ("new_development", "no_outdoor_ground", "none_of_these", "")
_UNTYPED_CHILDCARE: Final = 7  # every seventh type is not known
_LARGE_CHILDCARE: Final = 100


class Further(NamedTuple):
    """A facility of the services beside childcare, elder care and sports.

    Attributes
    ----------
    letter
        Of its id.
    unit
        Where it stands: the last digits of a street's code, or of a community's or village's.
    name, service, facility_type
        What it is; the name follows that of its street.
    numbers
        Places, beds and areas.
    operator
        Who runs it.
    """

    letter: str
    unit: str
    name: str
    service: str
    facility_type: str
    numbers: Mapping[str, int | None] = MappingProxyType({})
    operator: str = "public"


_EMPTY_VILLAGE: Final = "200204"
_WITHOUT_STATION: Final = frozenset({"006", "101"})

_UNINHABITED: Final = (16.6, 5.4)
"""Middle of the village without inhabitants."""

_CLASS_UNKNOWN: Final = "410199102001"
"""The community that is not known to be urban or rural."""

_HOSTILE: Final = {
    "410199001002": "=示例区东风第二社区",
    "410199004003": "<b>示例区和平第三社区</b>",
}
"""Dirty names: a spreadsheet would take one for a formula, a browser the other for a tag."""

_WRONGLY_DECLARED: Final = {"T410199003-2": "410199002"}
"""Facilities whose declared street is not the one they stand in."""

_UNDER_CONSTRUCTION: Final = {"T410199008-1": "2026-03-01", "Y410199007-1": "2025-12-20"}
_UNKNOWN_OPENING: Final = frozenset({"S410199004-2"})

_OUTSIDE_ID: Final = "T-OUTSIDE-1"
"""Facility just west of the district that serves people inside."""

_OUTSIDE_M: Final = 120.0


class Compound(NamedTuple):
    """Facts of a residential compound, None where not known.

    Attributes
    ----------
    households, built_year, is_old
        As in ``StudyArea.compounds``.
    rooms
        Floor area for elder care in square metres.
    """

    households: int | None
    built_year: int | None = None
    is_old: bool | None = None
    rooms: int | None = None


_SET_COMPOUNDS: Final[dict[str, tuple[Compound, ...]]] = {
    "003": (Compound(households=None, built_year=1984, is_old=True, rooms=0),),
    "004": (
        # exactly enough, at the minimum and above it
        Compound(households=1000, built_year=1986, is_old=True, rooms=200),
        Compound(households=1500, built_year=1993, is_old=True, rooms=300),
        # old by its year only
        Compound(households=640, built_year=1997, rooms=0),
    ),
    "005": (
        # short of 200 + 200 + 102 + 20 = 522 m²
        Compound(households=420, built_year=1988, is_old=True, rooms=0),
        Compound(households=1000, built_year=1988, is_old=True, rooms=0),
        Compound(households=1260, built_year=1988, is_old=True, rooms=150),
        Compound(households=800, built_year=1988, is_old=True, rooms=180),
    ),
    "006": (Compound(households=520, built_year=1991, is_old=True),),
    "007": (Compound(households=760, rooms=0),),
    "200": (Compound(households=None, built_year=1982, is_old=True, rooms=0),),
}
"""Compounds set by hand, by street."""

_OLD_BEFORE: Final = 2000
_WITHOUT_FURTHER_OLD: Final = frozenset({"005", "008", "200"})
_FURTHER_COMPOUNDS: Final = {"街道": 10, "镇": 4, "乡": 2}


def example_district() -> SyntheticCity:
    """Invent the district 示例区, always the same.

    Returns
    -------
    SyntheticCity
        30,132 cells, the district, 12 streets and townships, 60 communities and villages,
        facilities of seven services, compounds and figures, in EPSG:4547.
    """
    units = _units()
    population = _population(units)
    return SyntheticCity(
        population=population,
        units=units,
        facilities=_facilities(units, population),
        compounds=_compounds(units, population),
        crs=CRS,
        figures=_figures(),
    )


def write_data(directory: Path) -> None:
    """Write the district's files into a folder, over those that are there.

    Parameters
    ----------
    directory
        An existing folder.
    """
    district = example_district()
    _write_population(district.population, directory / "population.tif")
    _write_units(district.units, directory / "units.gpkg")
    _write_csv(district.facilities, _FACILITY_HEADINGS, directory / "facilities.csv")
    _write_csv(district.compounds, _COMPOUND_HEADINGS, directory / "compounds.csv")
    _write_figures(district.figures, directory / "figures.csv")
    write_form(directory / "form.xlsx")
    (directory / "area.toml").write_text(_AREA_TOML, encoding="utf-8", newline="\n")
    (directory / "README.txt").write_text(_README, encoding="utf-8", newline="\n")


def _rng(part: int) -> np.random.Generator:
    """Give one part its own randomness, so that a change of it leaves the others as they are."""
    return np.random.Generator(np.random.PCG64([_SEED, part]))


def _units() -> gpd.GeoDataFrame:
    """Make the district, its streets and townships, its communities and villages."""
    west, south, east, north = (edge * _KM for edge in _CORE)
    core = scatter_seeds(_rng(1), _N_CORE, (west, south, east, north), crowding=0.9)
    seeds = np.vstack([core, np.array(_RURAL) * _KM])
    right, top = _LEFT + _N_COLS * _CELL, _BOTTOM + _N_ROWS * _CELL
    bounds = (_LEFT + _MARGIN, _BOTTOM + _MARGIN, right - _MARGIN, top - _MARGIN)
    tiling = tile(_rng(2), seeds + np.array([_LEFT, _BOTTOM]), bounds, straight_border=False)
    street_of = _street_of(tiling, seeds)
    streets = merge(tiling.polygons, street_of, len(_STREETS))
    district = shapely.coverage_union_all(streets)
    rows = [_unit_row(DISTRICT_CODE, "示例区", "district", "", main=None, zone=None)]
    rows += [
        _unit_row(s.code, s.name, _street_type(s), DISTRICT_CODE, main=s.main_urban, zone=s.zone)
        for s in _STREETS
    ]
    rows += _community_rows(street_of)
    return unit_frame(rows, np.concatenate([[district], streets, tiling.polygons]))


def _street_of(tiling: Tiling, seeds: Floats) -> Ints:
    """Find the street of every community: the nearest over borders within the core or outside."""
    middles = np.array([street.middle for street in _STREETS]) * _KM
    roots = [int(np.square(seeds - middle).sum(axis=1).argmin()) for middle in middles]
    in_core = tiling.neighbours < _N_CORE
    return grow_groups(seeds, tiling.neighbours[in_core[:, 0] == in_core[:, 1]], np.array(roots))


def _street_type(street: Street) -> str:
    """Tell a street from a township."""
    return "street" if street.kind == "街道" else "township"


def _community_rows(street_of: Ints) -> list[dict[str, Any]]:
    """Name the communities; in a township the first is one and the others are villages."""
    seen: Counter[str] = Counter()
    rows = []
    for index in street_of.tolist():
        street = _STREETS[index]
        seen[street.number] += 1
        n = seen[street.number]
        village = street.kind != "街道" and n > 1
        code = f"{street.code}{n + 198 if village else n:03d}"
        name = f"示例区{street.short}第{_NUMERALS[n - 1 - village]}{'村' if village else '社区'}"
        rows.append(
            _unit_row(
                code,
                _HOSTILE.get(code, name),
                "village" if village else "community",
                street.code,
                main=street.main_urban,
                zone=street.zone,
            )
        )
    return rows


def _unit_row(
    code: str, name: str, unit_type: str, parent: str, *, main: bool | None, zone: bool | None
) -> dict[str, Any]:
    """Make one unit; streets and communities are of the urban class, townships where main urban."""
    urban, county = None, None if parent else False
    if parent and not code.startswith(_CLASS_UNKNOWN):
        urban = unit_type in {"street", "community"} or (unit_type == "township" and bool(main))
    facts = (code, name, unit_type, parent, main, zone, urban if parent else True, county)
    return dict(zip(UNIT_COLUMNS, facts, strict=True))


def _population(units: gpd.GeoDataFrame) -> PopulationGrid:
    """Settle people around the core, towns and villages, and a few beyond the border."""
    rng = _rng(3)
    x, y = _cell_middles()
    centres = [(5.0, 8.0, 110.0, 3.2), (7.6, 11.0, 30.0, 0.8), (2.4, 5.2, 25.0, 0.9)]
    for vx, vy in _RURAL:
        centres.append((vx, vy, 45.0, 0.45))
        hamlets = rng.integers(-150, 151, size=(3, 2)) / 100
        centres.extend((vx + hx, vy + hy, 18.0, 0.2) for hx, hy in hamlets.tolist())
    people = density((x - _LEFT) / _KM, (y - _BOTTOM) / _KM, centres)
    people *= rng.integers(20, 109, size=people.shape) / 64
    people[(people < 1) | _cells_of_uninhabited(units, x, y)] = 0
    older = 0.155 + density((x - _LEFT) / _KM, (y - _BOTTOM) / _KM, [(5.0, 8.0, 0.05, 3.0)])
    return PopulationGrid(
        values=age_groups(rng, np.floor(people * 4) / 4, older),
        transform=Affine(_CELL, 0, _LEFT, 0, -_CELL, _BOTTOM + _N_ROWS * _CELL),
        crs=CRS,
    )


def _cell_middles() -> tuple[Floats, Floats]:
    """Give the coordinates of the columns' and the rows' middles, the first row on top."""
    x = _LEFT + (np.arange(_N_COLS) + 0.5) * _CELL
    y = _BOTTOM + (_N_ROWS - np.arange(_N_ROWS) - 0.5) * _CELL
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def _cells_of_uninhabited(units: gpd.GeoDataFrame, x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Mark the cells that touch the village without inhabitants."""
    middle = shapely.Point(_LEFT + _UNINHABITED[0] * _KM, _BOTTOM + _UNINHABITED[1] * _KM)
    polygons = units.geometry[units["unit_type"] == "village"].to_numpy()
    village = polygons[shapely.contains(polygons, middle)][0]
    half = _CELL / 2
    cells = shapely.box(x[None, :] - half, y[:, None] - half, x[None, :] + half, y[:, None] + half)
    touched: NDArray[np.bool_] = shapely.intersects(cells, village)
    return touched


def _residents(polygon: shapely.Polygon, population: PopulationGrid) -> float:
    """Count the people in a polygon, cells on its border by area."""
    people, corner = population.values["population"], population.transform
    raster = NumPyRasterSource(
        people,
        xmin=corner.c,
        ymin=corner.f + people.shape[0] * corner.e,
        xmax=corner.c + people.shape[1] * corner.a,
        ymax=corner.f,
    )
    feature = {"type": "Feature", "geometry": mapping(polygon), "properties": {}}
    return float(exact_extract(raster, feature, "sum")[0]["properties"]["sum"])


class _Places:
    """Draws places for facilities and compounds: where people live, well inside a unit."""

    def __init__(self, part: int, units: gpd.GeoDataFrame, population: PopulationGrid) -> None:
        self._rng = _rng(part)
        self._polygons = units.set_index("unit_code").geometry
        x, y = _cell_middles()
        people = population.values["population"]
        rows, cols = np.nonzero(people)
        self._cells = np.column_stack([x[cols], y[rows]])
        self._people = np.ceil(people[rows, cols]).astype(np.int64)

    def draw(self, code: str) -> Floats:
        """Draw a point in a unit, to the metre."""
        inside = self._polygons[code].buffer(-1.5 * _CELL)
        shapely.prepare(inside)
        found = np.flatnonzero(shapely.contains_xy(inside, self._cells))
        upto = np.cumsum(self._people[found])
        cell = found[np.searchsorted(upto, self._rng.integers(upto[-1]), side="right")]
        spot: Floats = self._cells[cell] + self._rng.integers(-40, 41, size=2)
        return spot


def _facilities(units: gpd.GeoDataFrame, population: PopulationGrid) -> gpd.GeoDataFrame:
    """Make the facilities of the streets and one beyond the border."""
    polygons = units.set_index("unit_code").geometry
    places = _Places(4, units, population)
    rows: list[dict[str, Any]] = []
    points = []
    for street in _STREETS:
        residents = _residents(polygons[street.code], population)
        new = [*_childcare(street, residents), *_elder_care(street), *_sports(street)]
        points += [places.draw(street.code) for _ in new]
        rows += new
    for i, row in enumerate(rows):
        row.update(_administrative(row["facility_id"], i))
    outside = _row(_OUTSIDE_ID, "邻区河西托育园(示例)", "childcare", places=45, floor_area_m2=420)
    rows.append(outside | _administrative(_OUTSIDE_ID, len(rows)) | {"unit_code": ""})
    points.append(_beyond(polygons[_STREETS[0].code], polygons[DISTRICT_CODE]))
    for i, row in enumerate(rows):
        row.update(_kind_of_site(row, i))
    more = _Places(7, units, population)
    for i, one in enumerate(_further(units), start=len(rows)):
        code = DISTRICT_CODE + one.unit[:3]
        n = 1 + sum(row["facility_id"].startswith(one.letter + code) for row in rows)
        facility_id = f"{one.letter}{code}-{n}"
        row = _row(facility_id, _further_name(one, n), one.service, **one.numbers)
        inclusive = {"inclusive": True if one.service == "education" else None}
        row |= _administrative(facility_id, i) | inclusive | {"operator": one.operator}
        rows.append(row | {"facility_type": one.facility_type})
        points.append(more.draw(DISTRICT_CODE + one.unit))
    frame = point_frame(FACILITY_COLUMNS, rows, np.array(points), units)
    opened = frame["opened"]
    return frame.assign(is_open=opened.isna() | (opened <= pd.Timestamp(DATA_DATE)))


def _row(facility_id: str, name: str, service: str, **numbers: int | None) -> dict[str, Any]:
    """Make one facility, without what ``_administrative`` adds."""
    return {"facility_id": facility_id, "name": name, "service": service, **numbers}


def _childcare(street: Street, residents: float) -> list[dict[str, Any]]:
    """Make the childcare facilities of a street, with the one that fills a requirement."""
    places = list(street.childcare)
    if street.fill_per_thousand:
        required = int(np.ceil(street.fill_per_thousand * residents / 1000))
        places.append(required - sum(p for p in places if p is not None))
    return [
        _row(
            f"T{street.code}-{i}",
            f"示例区{street.short}第{_NUMERALS[i - 1]}托育园",
            "childcare",
            places=p,
            floor_area_m2=None if p is None else 9 * p,
        )
        for i, p in enumerate(places, start=1)
    ]


def _elder_care(street: Street) -> list[dict[str, Any]]:
    """Make the elder-care facilities of a street."""
    return [
        _row(
            f"Y{street.code}-{i}",
            f"示例区{street.short}第{_NUMERALS[i - 1]}养老服务中心",
            "elder_care",
            beds=beds,
            land_area_m2=land,
            floor_area_m2=floor,
        )
        for i, (beds, land, floor) in enumerate(street.elder_care, start=1)
    ]


def _sports(street: Street) -> list[dict[str, Any]]:
    """Make the sports facilities of a street."""
    return [
        _row(
            f"S{street.code}-{i}",
            f"示例区{street.short}第{_NUMERALS[i - 1]}健身广场",
            "sports",
            land_area_m2=land,
        )
        for i, land in enumerate(street.sports, start=1)
    ]


def _kind_of_site(row: Mapping[str, Any], i: int) -> dict[str, Any]:
    """Choose the type of the i-th facility, the condition of its site and its areas."""
    facility_id, service = row["facility_id"], row["service"]
    if service == "childcare":
        return _childcare_site(row.get("places"), i)
    street, n = facility_id[7:10], int(facility_id[11:]) - 1
    if service == "elder_care":
        return {"facility_type": _ELDER_TYPES[street][n]}
    land = row["land_area_m2"]
    types = _SPORTS_TYPES.get(street, ("township_sports_site",))
    return {"facility_type": types[n], "venue_area_m2": None if i % 6 == 0 else land * 4 // 5}


def _childcare_site(places: int | None, i: int) -> dict[str, Any]:
    """Choose the type, the site and the outdoor area of a childcare facility."""
    condition = _CONDITION_CYCLE[i % len(_CONDITION_CYCLE)]
    large = places is not None and places >= _LARGE_CHILDCARE
    kind = "integrated_childcare_institution" if large else "community_childcare_point"
    outdoor = None
    if places is not None and condition:
        outdoor = 0 if condition == "no_outdoor_ground" else places * (1 + i % 3)
    return {
        "facility_type": "" if i % _UNTYPED_CHILDCARE == _UNTYPED_CHILDCARE - 1 else kind,
        "condition": condition,
        "outdoor_area_m2": outdoor,
    }


def _further(units: gpd.GeoDataFrame) -> list[Further]:
    """List the facilities of health, culture, social work and education."""
    # Schools are the last, so that the others stay where they are.
    return [*_health(units), *_culture(units), *_kindergartens(), *_social_work(), *_schools()]


def _health(units: gpd.GeoDataFrame) -> list[Further]:
    """Make a centre or hospital in every street and township, hospitals, and village clinics."""
    found = []
    for i, street in enumerate(_STREETS):
        rural = street.kind != "街道"
        kind = "township_hospital" if rural else "community_health_centre"
        name = "卫生院" if rural else "社区卫生服务中心"
        beds = None if street.number == "006" else 20 + i * 4
        found.append(Further("H", street.number, name, "health", kind, {"beds": beds}))
    found += [
        Further("H", "002", "综合医院", "health", "general_hospital", {"beds": 900}),
        Further("H", "008", "综合医院", "health", "general_hospital", {"beds": 420}, "private"),
        Further("H", "004", "妇幼保健院", "health", "maternal_child_institution", {"beds": 120}),
        Further("H", "001", "护理院", "health", "nursing_hospital", {"beds": 150}, "private"),
    ]
    villages = _codes(units, "village")
    return found + [Further("H", v, "村卫生室", "health", "village_clinic") for v in villages[::2]]


def _culture(units: gpd.GeoDataFrame) -> list[Further]:
    """Make centres in most communities and villages, bookrooms in some villages."""
    communities, villages = _codes(units, "community"), _codes(units, "village")
    centre = "综合性文化服务中心"
    found = [
        Further("C", unit, centre, "culture", "grassroots_culture_centre", {"floor_area_m2": 240})
        for i, unit in enumerate([*communities, *villages])
        if i % 4
    ]
    found += [
        Further("C", v, "农家书屋", "culture", "farm_bookroom", {"floor_area_m2": 60})
        for v in villages[:6]
    ]
    library = {"floor_area_m2": 5200}
    return [*found, Further("C", "002", "城市书房", "culture", "city_reading_room", library)]


def _kindergartens() -> list[Further]:
    """Make kindergartens: two in a street, the central one in all townships but the last.

    The land of those of one street is not known; the others have 13 to 17 m² a place.
    """
    found = []
    for i, street in enumerate(_STREETS):
        if street.kind == "街道":
            for n, operator in enumerate(("public", "private")):
                sizes = _with_land(
                    180 + 30 * ((i + n) % 5),
                    13 + (i + 2 * n) % 5 if street.number != "006" else None,
                )
                found.append(
                    Further(
                        "K", street.number, "幼儿园", "education", "kindergarten", sizes, operator
                    )
                )
        elif street.number != "200":
            sizes = _with_land(240, 14 + i % 3)
            operator = "private" if street.number == "102" else "public"
            found.append(
                Further(
                    "K",
                    street.number,
                    "中心幼儿园",
                    "education",
                    "central_kindergarten",
                    sizes,
                    operator,
                )
            )
    return found


def _schools() -> list[Further]:
    """Make a primary school in every street and township, a secondary one in every other."""
    found = []
    for i, street in enumerate(_STREETS):
        sizes = _with_land(900 + 180 * (i % 4), 11 + i % 4)
        found.append(
            Further("P", street.number, "小学", "education", "primary_school", sizes, "public")
        )
        if i % 2 == 0:
            sizes = _with_land(1800 + 300 * (i % 3), 14 + i % 5)
            found.append(
                Further(
                    "M", street.number, "中学", "education", "secondary_school", sizes, "public"
                )
            )
    return found


def _with_land(places: int, per_place: int | None) -> dict[str, int | None]:
    """Give a school's places, and its land of so many m² a place."""
    return {"places": places, "land_area_m2": None if per_place is None else places * per_place}


def _social_work() -> list[Further]:
    """Make a station in all streets and townships but two, and the district's centre."""
    stations = [s.number for s in _STREETS if s.number not in _WITHOUT_STATION]
    kind = "social_work_station"
    return [
        *(Further("W", number, "社会工作站", "social_work", kind) for number in stations),
        Further("W", "002", "社会工作中心", "social_work", "social_work_centre"),
    ]


def _codes(units: gpd.GeoDataFrame, unit_type: str) -> list[str]:
    """List the inhabited units of a type, their codes without the district's."""
    codes = units.loc[units["unit_type"] == unit_type, "unit_code"].str[len(DISTRICT_CODE) :]
    return [code for code in codes.tolist() if code != _EMPTY_VILLAGE]


def _further_name(new: Further, n: int) -> str:
    """Name a facility after its street."""
    street = next(s for s in _STREETS if s.number == new.unit[:3])
    return f"示例区{street.short}{new.name}{n}"


def _figures() -> pd.DataFrame:
    """Make figures of the district and of its streets, some of them not known."""
    district = {"unit_code": DISTRICT_CODE, **_DISTRICT_FIGURES}
    streets = [
        {
            "unit_code": street.code,
            "primary_care_staff": 40 + 7 * i,
            "general_practitioners": None if street.number in {"006", "102"} else 4 + i % 5,
        }
        for i, street in enumerate(_STREETS)
    ]
    frame = pd.DataFrame([district, *streets])
    names = [name for name in FIGURES if name in frame]
    return frame.astype(dict.fromkeys(names, "float64"))[["unit_code", *names]]


_DISTRICT_FIGURES: Final = {
    "doctors": 1260,
    "nurses": 1410,
    "primary_care_staff": 902,
    "general_practitioners": 86,
    "primary_nursing_beds": 110,
    "institution_nursing_beds": 360,
    "paediatricians": None,
    "public_village_clinics": 4,
    "elder_social_workers": 41,
    "childcare_staff": 240,
    "childcare_staff_certified": 228,
    "kindergarten_children": 4150,
    "inclusive_kindergarten_children": 3610,
    "public_kindergarten_children": 1980,
    "school_venues": 31,
    "school_venues_open": 19,
    "social_work_services": 52,
    "certified_social_workers": 64,
    "green_communities": 27,
    "planned_population": 360_000,
}
"""Figures of the whole district, None where not known; many others are left out."""


def _administrative(facility_id: str, i: int) -> dict[str, Any]:
    """Choose operator, inclusiveness, opening day and declared street of the i-th facility."""
    operator = OPERATORS[i % len(OPERATORS)]
    opened: str | None = f"{2014 + i % 11}-{1 + i * 5 % 12:02d}-01"
    if facility_id in _UNKNOWN_OPENING:
        opened = None
    return {
        "operator": operator,
        "inclusive": operator != "private" or i % 2 == 0,
        "opened": _UNDER_CONSTRUCTION.get(facility_id, opened),
        "unit_code": _WRONGLY_DECLARED.get(facility_id, facility_id[1:10]),
    }


def _beyond(street: shapely.Polygon, district: shapely.Polygon) -> Floats:
    """Place a point to the west of the border that a street shares with the district."""
    border = shapely.line_merge(
        shapely.intersection(shapely.boundary(street), shapely.boundary(district))
    )
    middle = shapely.line_interpolate_point(border, 0.5, normalized=True)
    spot: Floats = np.round(shapely.get_coordinates(middle)[0] - [_OUTSIDE_M, 0.0])
    return spot


def _compounds(units: gpd.GeoDataFrame, population: PopulationGrid) -> gpd.GeoDataFrame:
    """Make the compounds of every street: those set by hand, then further ones."""
    rng = _rng(5)
    places = _Places(6, units, population)
    rows = []
    for street in _STREETS:
        compounds = [*_SET_COMPOUNDS.get(street.number, ()), *_further_compounds(rng, street)]
        rows += [_compound_row(street, i, c) for i, c in enumerate(compounds, start=1)]
    points = np.array([places.draw(row["unit_code"]) for row in rows])
    return point_frame(COMPOUND_COLUMNS, rows, points, units)


def _compound_row(street: Street, i: int, compound: Compound) -> dict[str, Any]:
    """Name the i-th compound of a street."""
    return {
        "compound_id": f"X{street.code}-{i:02d}",
        "name": f"示例区{street.short}{i}号院",
        "households": compound.households,
        "built_year": compound.built_year,
        "is_old": compound.is_old,
        "elder_floor_area_m2": compound.rooms,
        **_plans(compound, i),
        "unit_code": street.code,
    }


def _plans(compound: Compound, i: int) -> dict[str, int | None]:
    """Plan people and childcare places of a new compound; every fifth is not known."""
    if compound.is_old or compound.is_old is None or compound.households is None or i % 5 == 0:
        return {"planned_population": None, "project_childcare_places": None}
    people = compound.households * 3
    places = people * (8 if i % 2 else 5) // 1000
    return {"planned_population": people, "project_childcare_places": places}


def _further_compounds(rng: np.random.Generator, street: Street) -> list[Compound]:
    """Draw compounds at random: old ones mostly short of rooms, new ones not."""
    earliest = _OLD_BEFORE + 1 if street.number in _WITHOUT_FURTHER_OLD else 1976
    compounds = []
    for _ in range(_FURTHER_COMPOUNDS[street.kind]):
        built = int(rng.integers(earliest, 2023))
        households = int(rng.integers(8, 190)) * 10
        old = built < _OLD_BEFORE
        rooms = int(rng.integers(0, 4)) * 60 if old else households // 5
        compounds.append(Compound(households, built, old, rooms))
    return compounds


def _write_population(population: PopulationGrid, path: Path) -> None:
    """Write the bands population, under_3 and age_60_plus, 32-bit floats."""
    bands = np.stack(list(population.values.values())).astype(np.float32)
    profile = {
        "driver": "GTiff",
        "dtype": "float32",
        "count": len(bands),
        "height": population.shape[0],
        "width": population.shape[1],
        "crs": population.crs.to_wkt(),
        "transform": population.transform,
        "nodata": -1.0,
        "compress": "deflate",
        "zlevel": 9,
        "predictor": 3,
        "interleave": "band",
    }
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(bands)
        raster.descriptions = population.groups
        raster.update_tags(description=MARK)


def _write_units(units: gpd.GeoDataFrame, path: Path) -> None:
    """Write the layers streets and communities; the district is their union."""
    path.unlink(missing_ok=True)
    layers = {"streets": ("street", "township"), "communities": ("community", "village")}
    for layer, types in layers.items():
        pyogrio.write_dataframe(
            units[units["unit_type"].isin(types)]
            .drop(columns="county")
            .rename(columns=_UNIT_NAMES),
            path,
            layer=layer,
            driver="GPKG",
            geometry_type="Polygon",
            layer_metadata={"DESCRIPTION": MARK},
            layer_options={"SPATIAL_INDEX": "NO"},
        )


def _write_csv(frame: gpd.GeoDataFrame, headings: Mapping[str, str], path: Path) -> None:
    """Write a table as a planner keeps it: Chinese headings, 是 and 否, degrees, a BOM."""
    lon, lat = pyproj.Transformer.from_crs(CRS, 4490, always_xy=True).transform(
        frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy()
    )
    words = {
        "facility_type": {name: labels[0] for name, labels in FACILITY_TYPES.items()},
        "operator": {name: labels[0] for name, labels in OPERATOR_LABELS.items()},
        "condition": {name: labels[0] for name, labels in CONDITIONS.items()}
        | {"none_of_these": "都不是"},
    }
    table = pd.DataFrame(
        {
            heading: _cells(frame[name].replace(words.get(name, {})))
            for name, heading in headings.items()
        }
    )
    table["经度"], table["纬度"] = _degrees(lon), _degrees(lat)
    table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def _write_figures(figures: pd.DataFrame | None, path: Path) -> None:
    """Write the figures as a planner keeps them."""
    if figures is None:
        raise AssertionError("the district has figures")
    names = {name: labels[0] for name, labels in FIGURES.items()} | {"unit_code": "单位代码"}
    table = figures.apply(_cells).rename(columns=names)
    table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def _cells(column: pd.Series) -> pd.Series:
    """Fill the cells of a table, none where something is not known."""
    if column.dtype == "boolean":
        return column.map({True: "是", False: "否"})
    return column.astype("Int64") if column.dtype == "float64" else column


def _degrees(values: Floats) -> Sequence[str]:
    """Write degrees with six decimals, a tenth of a metre."""
    return [f"{value:.6f}" for value in values.tolist()]


_UNIT_NAMES: Final = {
    "unit_code": "code",
    "unit_name": "name",
    "unit_type": "type",
    "parent_code": "parent",
}
_FACILITY_HEADINGS: Final = {
    "facility_id": "编号",
    "name": "名称",
    "service": "类别",
    "facility_type": "设施类型",
    "places": "托位数",
    "beds": "床位数",
    "land_area_m2": "用地面积",
    "floor_area_m2": "建筑面积",
    "outdoor_area_m2": "室外活动面积",
    "venue_area_m2": "体育场地面积",
    "condition": "场地条件",
    "operator": "运营方式",
    "inclusive": "是否普惠",
    "opened": "投用日期",
    "unit_code": "所属街道代码",
}
_COMPOUND_HEADINGS: Final = {
    "compound_id": "编号",
    "name": "小区名称",
    "households": "户数",
    "built_year": "建成年份",
    "is_old": "是否老旧小区",
    "elder_floor_area_m2": "养老用房面积",
    "planned_population": "规划人口",
    "project_childcare_places": "规划托位",
    "unit_code": "所属街道代码",
}

_FIGURE_COLUMNS: Final = "\n".join(
    [
        "[figures.columns]",
        'unit = "单位代码"',
        *(f'{name} = "{FIGURES[name][0]}"' for name in _DISTRICT_FIGURES),
    ]
)
_AREA_TOML: Final = f"""\
# 示例区:虚构示例数据,与任何真实地区无关,说明见 README.txt。 ‖ An invented district; see README.txt.

[study_area]
name = "示例区"
code = "{DISTRICT_CODE}"
type = "district"
city = "zhengzhou"          # 适用哪个城市的标准 ‖ whose norms apply
main_urban = true           # 市内各区:整个区作为一个单位时属于主城区 ‖ 市内各区: the district as one unit is main urban
urban = true                # 整个区作为一个单位时按城市 ‖ 城市: of the urban class, as one unit
county = false              # 是区,不是县或县级市 ‖ 区: neither a county nor a county-level city
data_date = {DATA_DATE.isoformat()}      # 数据时点:此后投用的设施不计 ‖ facilities opened later are not counted
# 以下领域的名单是全的,名单里没有就是没有(殡葬一处也没有);其他领域按缺数据 ‖ these lists are complete: none means zero (funeral: none at all); other services have no data
services = ["childcare", "elder_care", "sports", "health", "culture", "education", "social_work", "funeral"]

[population]
file = "population.tif"
bands = {{ population = 1, under_3 = 2, age_60_plus = 3 }}
description = "{MARK}:100米常住人口格网"
year = 2025

[[units]]
file = "units.gpkg"
layer = "streets"
columns = {{ code = "code", name = "name", type = "type", parent = "parent", main_urban = "main_urban", development_zone = "development_zone", urban = "urban" }}
description = "{MARK}:街道和乡镇边界"
year = 2025

[[units]]
file = "units.gpkg"
layer = "communities"
columns = {{ code = "code", name = "name", type = "type", parent = "parent", main_urban = "main_urban", development_zone = "development_zone", urban = "urban" }}
description = "{MARK}:社区和村边界"
year = 2025

[[facilities]]
file = "facilities.csv"
datum = "cgcs2000"          # 高德写 "gcj02",百度写 "bd09" ‖ "gcj02" for Amap (高德), "bd09" for Baidu (百度)
columns = {{ id = "编号", name = "名称", service = "类别", type = "设施类型", places = "托位数", beds = "床位数", land_area = "用地面积", floor_area = "建筑面积", outdoor_area = "室外活动面积", venue_area = "体育场地面积", condition = "场地条件", operator = "运营方式", inclusive = "是否普惠", opened = "投用日期", unit = "所属街道代码", x = "经度", y = "纬度" }}
description = "{MARK}:托育、养老、健身、卫生、文化、教育、社工设施"
year = 2025

[[compounds]]
file = "compounds.csv"
datum = "cgcs2000"
columns = {{ id = "编号", name = "小区名称", households = "户数", built_year = "建成年份", old = "是否老旧小区", elder_floor_area = "养老用房面积", planned_population = "规划人口", project_childcare_places = "规划托位", unit = "所属街道代码", x = "经度", y = "纬度" }}
description = "{MARK}:住宅小区"
year = 2025

[[figures]]
file = "figures.csv"        # 名单里没有的数,按单位填 ‖ numbers that no list gives, by unit
description = "{MARK}:区和街道的人员、床位等指标"
year = 2025

{_FIGURE_COLUMNS}

[parameters]
walking_speed_m_s = 1.2
detour_factor = 1.3
old_compound_built_before = 2000      # 「是否老旧小区」空白时,早于此年建成的算老旧小区 ‖ used where 是否老旧小区 is blank
development_zones_are_main_urban = true

[siting]                    # capacity site 用:同时满足下列标准最少要新建多少 ‖ capacity site: the least new childcare that meets these norms together
norms = [
  "zhengzhou.childcare.places_per_thousand",
  "zhengzhou.childcare.facility_per_community",
  "zhengzhou.childcare.facility_per_street_2023",
  "zhengzhou.childcare.facility_per_township_2023",
  "zhengzhou.plan2023.childcare.service_circle_radius",
]
objective = "facilities"
share = 0.3                 # 300 米服务圈要覆盖的人口比例;文件没有规定,自己定 ‖ of the people in the 300 m circle; no document sets a share
cost_unit = "万元"          # 造价的单位,印在各表中 ‖ what costs are counted in, printed with them
spacing_m = 500             # 自动布点的间距(米);有地块名单时写 [[candidates]] ‖ generated candidates; a list of sites goes into [[candidates]]

[[siting.build]]
service = "childcare"
type = "community_childcare_point"
operator = "public"
inclusive = true
minimum = 20
maximum = 120
cost = 60                   # 虚构:每处设施;下一行为每个托位 ‖ invented: of each facility, and of each of its places
cost_per_size = 3

[siting.compounds]          # 先给哪些老旧小区配养老用房 ‖ which old compounds get their elder-care rooms first
norm = "zhengzhou.plan2023.elder_care.floor_area_per_100_households"
way = "lease"
cost_per_m2 = {{ lease = 0.4 }}         # 虚构 ‖ invented
budget = 300
"""

_README: Final = f"""\
{MARK}
============
示例区完全是虚构的:名称、代码({DISTRICT_CODE})、边界、人口、设施和小区都由程序生成,
落在地图上的位置也没有意义,与任何真实地区无关,不能作为任何结论的依据。
数据中有意留下了实际工作中常见的问题:缺失的托位数和用地面积、未标明是否主城区的街道、
与位置不符的所属街道代码、不规范的名称、边界以外的人口等。

population.tif  常住人口、0—3岁、60岁及以上人口,100米格网,EPSG:4547
units.gpkg      streets(街道、乡镇)和 communities(社区、村)
facilities.csv  托育、养老、健身、卫生、文化、教育、社工设施(UTF-8,EPSG:4490 经纬度)
compounds.csv   住宅小区(UTF-8,EPSG:4490 经纬度)
figures.csv     区和街道的人员、床位等指标(UTF-8)
form.xlsx       表样:单元格带名称,capacity assess area.toml -o OUT --template form.xlsx 可填
area.toml       设置文件

Invented example data
=====================
The district 示例区 does not exist. Its names, code ({DISTRICT_CODE}), borders, population,
facilities and compounds were made by a program, and its place on the map means nothing. No
conclusion may be drawn from it. It holds on purpose the faults of real work: unknown places and
land areas, a street not known to be main urban, a declared street that disagrees with the
location, unclean names, and people outside every unit.
"""

if __name__ == "__main__":
    write_data(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("data"))
