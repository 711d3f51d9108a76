"""Synthetic cities of any size, for benchmarks and tests.

Everything comes from integers of one seeded generator and plain arithmetic, and is rounded, so that
a seed gives the same city everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from affine import Affine

from capacity.example.frames import (
    COMPOUND_COLUMNS,
    CRS,
    FACILITY_COLUMNS,
    SyntheticCity,
    point_frame,
    unit_frame,
)
from capacity.example.mosaic import Tiling, grow_groups, merge, scatter_seeds, spread, tile
from capacity.population import PopulationGrid
from capacity.vocabulary import FACILITY_TYPES, SERVICES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

CITY_CODE: Final = "419900"
"""Code of the invented city: no place has it."""

OPERATORS: Final = ("public", "public_built_private_run", "private")
"""Operator classes of invented facilities."""

_MIDDLE_X, _BOTTOM_Y = 500_000.0, 3_800_000.0
_UNITS_PER_DISTRICT: Final = 20
_MOST_DISTRICTS: Final = 98
_FEWEST_CELLS: Final = 4
_MOST_CHILDREN: Final = 999
_FIRST_OPENED: Final = np.datetime64("2012-01-01")
_OPENING_DAYS: Final = 4_600
_INCLUSIVE_OF_TEN: Final = 8
_OLD_BEFORE: Final = 2000


def synthetic_city(
    *,
    n_cells: int = 1_000_000,
    n_units: int = 200,
    n_communities: int = 0,
    n_facilities: int = 2_000,
    n_compounds: int = 5_000,
    seed: int = 0,
    cell_size: float = 100.0,
    services: Sequence[str] = ("childcare",),
) -> SyntheticCity:
    """Invent a city: population, units of every tier, facilities and compounds.

    The units tile the rectangle of the cells exactly, so their people add up to the grid's.
    Time and memory grow linearly with the number of cells.

    Parameters
    ----------
    n_cells
        Populated cells; they fill a square, row by row.
    n_units
        Streets and townships together; about one district for every 20 of them.
    n_communities
        Communities and villages nested in the streets and townships; 0 for none, otherwise at
        least ``n_units``.
    n_facilities
        Facilities of each service, half of them around the centre.
    n_compounds
        Residential compounds.
    seed
        The same seed and sizes give the same city.
    cell_size
        Side of a cell in metres.
    services
        Services that have facilities.

    Returns
    -------
    SyntheticCity
        Frames and grid in EPSG:4547.

    Raises
    ------
    ValueError
        If a size is impossible: no cells, no units, more units than cells, communities fewer than
        units, or a service without a name in ``capacity.vocabulary.SERVICES``.

    Examples
    --------
    >>> city = synthetic_city(n_cells=400, n_units=4, n_facilities=5, n_compounds=3)
    >>> int((city.population.values["population"] > 0).sum()), len(city.facilities)
    (400, 5)
    """
    _check_sizes(n_cells, n_units, n_communities, services)
    rng = np.random.Generator(np.random.PCG64(seed))
    n_cols = int(np.ceil(np.sqrt(n_cells)))
    n_rows = -(-n_cells // n_cols)
    left = _MIDDLE_X - n_cols // 2 * cell_size
    top = _BOTTOM_Y + n_rows * cell_size
    bounds = (left, _BOTTOM_Y, left + n_cols * cell_size, top)
    population = PopulationGrid(
        values=_city_people(rng, n_rows, n_cols, n_cells),
        transform=Affine(cell_size, 0, left, 0, -cell_size, top),
        crs=CRS,
    )
    units = _city_units(rng, bounds, n_units, n_communities)
    return SyntheticCity(
        population=population,
        units=units,
        facilities=_city_facilities(rng, bounds, n_facilities, services, units),
        compounds=_city_compounds(rng, bounds, n_compounds, units),
        crs=CRS,
    )


def age_groups(
    rng: np.random.Generator, people: Floats, older: Floats | float
) -> dict[str, Floats]:
    """Add age groups to people per cell.

    Parameters
    ----------
    rng
        Source of randomness.
    people
        People per cell.
    older
        Share of those aged 60 and over around which the cells vary, up to about 0.9.

    Returns
    -------
    dict
        ``population``, ``under_3`` (about 3 %) and ``age_60_plus``, in 64ths of a person, which
        32-bit floats hold exactly.
    """
    young = people * (0.02 + rng.integers(0, 65, size=people.shape) / 3200)
    old = people * older * (0.9 + rng.integers(0, 65, size=people.shape) / 320)
    return {"population": people, "under_3": _in_64ths(young), "age_60_plus": _in_64ths(old)}


def density(x: Floats, y: Floats, centres: Sequence[tuple[float, float, float, float]]) -> Floats:
    """Sum the people that centres draw to each cell.

    A centre of peak p and scale s gives p / (1 + (d / s)²)² at distance d.

    Parameters
    ----------
    x, y
        Coordinates of the columns and of the rows.
    centres
        x, y, peak in people per cell, and scale in the unit of the coordinates.

    Returns
    -------
    ndarray
        Shape (n_rows, n_cols), people per cell.
    """
    total = np.zeros((len(y), len(x)))
    for cx, cy, peak, scale in centres:
        square = 1 + ((x - cx) / scale)[None, :] ** 2 + ((y - cy) / scale)[:, None] ** 2
        total += peak / (square * square)
    return total


def _check_sizes(n_cells: int, n_units: int, n_communities: int, services: Sequence[str]) -> None:
    """Refuse sizes that no city can have: a unit of a cell or two is all wiggly border."""
    most = max(1, n_cells // _FEWEST_CELLS)
    if not 1 <= n_units <= most:
        raise ValueError(
            f"n_units must be from 1 to {most} ({_FEWEST_CELLS} of {n_cells} cells each), "
            f"not {n_units}."
        )
    if n_communities and not n_units <= n_communities <= most:
        raise ValueError(
            f"n_communities must be 0 or from n_units ({n_units}) to {most} "
            f"({_FEWEST_CELLS} of {n_cells} cells each), not {n_communities}."
        )
    if unknown := sorted(set(services) - set(SERVICES)):
        raise ValueError(f"services must be of {', '.join(SERVICES)}, not {', '.join(unknown)}.")


def _city_people(
    rng: np.random.Generator, n_rows: int, n_cols: int, n_cells: int
) -> dict[str, Floats]:
    """Settle people around a main centre and smaller ones, with noise; the last row's rest is 0."""
    centres = [(0.5, 0.5, 150.0, 0.09)]
    for x, y, peak in rng.integers(15, 86, size=(8, 3)).tolist():
        centres.append((x / 100, y / 100, float(peak), 0.03))
    x = (np.arange(n_cols) + 0.5) / n_cols
    y = (np.arange(n_rows) + 0.5) / n_rows
    people = density(x, y, centres)
    people *= rng.integers(32, 97, size=people.shape) / 64
    people = _in_64ths(people + 1)
    people.reshape(-1)[n_cells:] = 0
    return age_groups(rng, people, 0.16)


def _in_64ths(people: Floats) -> Floats:
    """Round down to a 64th."""
    return np.floor(people * 64) / 64


def _city_units(
    rng: np.random.Generator,
    bounds: tuple[float, float, float, float],
    n_units: int,
    n_communities: int,
) -> gpd.GeoDataFrame:
    """Make the city, its districts, streets and townships, perhaps communities and villages."""
    tiling = tile(rng, scatter_seeds(rng, n_communities or n_units, bounds), bounds)
    unit_of = _groups(tiling, n_units) if n_communities else np.arange(n_units)
    streets = merge(tiling.polygons, unit_of, n_units)
    pairs = np.unique(np.sort(unit_of[tiling.neighbours], axis=1), axis=0)
    n_districts = min(max(round(n_units / _UNITS_PER_DISTRICT), 1), _MOST_DISTRICTS)
    district_of = _groups(Tiling(streets, pairs[pairs[:, 0] != pairs[:, 1]]), n_districts)
    districts = merge(streets, district_of, n_districts)
    rows = [_unit_row(CITY_CODE, "合成市", "city", "")]
    rows += [
        _unit_row(f"4199{d + 1:02d}", f"合成{d + 1:02d}区", "district", CITY_CODE)
        for d in range(n_districts)
    ]
    street_rows = _street_rows(streets, district_of, bounds, n_districts)
    polygons = [np.array([shapely.coverage_union_all(districts)]), districts, streets]
    rows += street_rows
    if n_communities:
        rows += _community_rows(street_rows, unit_of)
        polygons.append(tiling.polygons)
    return unit_frame(rows, np.concatenate(polygons))


def _groups(tiling: Tiling, n_groups: int) -> Ints:
    """Join cells into connected groups of similar extent."""
    centres = shapely.get_coordinates(shapely.centroid(tiling.polygons))
    return grow_groups(centres, tiling.neighbours, spread(centres, n_groups))


def _unit_row(
    code: str, name: str, unit_type: str, parent: str, *, urban: bool = True, zone: bool = False
) -> dict[str, Any]:
    """Make one unit."""
    return {
        "unit_code": code,
        "unit_name": name,
        "unit_type": unit_type,
        "parent_code": parent,
        "main_urban": urban,
        "development_zone": zone,
        "urban": urban or zone,
        "county": False,
    }


def _street_rows(
    streets: NDArray[np.object_],
    district_of: Ints,
    bounds: tuple[float, float, float, float],
    n_districts: int,
) -> list[dict[str, Any]]:
    """Name streets near the middle and townships around; the last of several districts is a zone."""
    left, bottom, right, top = bounds
    middle = shapely.Point((left + right) / 2, (bottom + top) / 2)
    far = shapely.distance(shapely.centroid(streets), middle) > 0.4 * max(
        right - left, top - bottom
    )
    number = _numbers(district_of)
    rows = []
    for i, district in enumerate(district_of.tolist()):
        parent = f"4199{district + 1:02d}"
        zone = bool(n_districts > 1 and district == n_districts - 1 and not far[i])
        kind, word = ("township", "镇") if far[i] else ("street", "街道")
        name = f"合成{district + 1:02d}区第{number[i]}{word}"
        code = f"{parent}{number[i]:03d}"
        rows.append(_unit_row(code, name, kind, parent, urban=not (far[i] or zone), zone=zone))
    return rows


def _community_rows(streets: list[dict[str, Any]], unit_of: Ints) -> list[dict[str, Any]]:
    """Name communities in streets and villages in townships, with the flags of their parent."""
    number = _numbers(unit_of)
    rows = []
    for i, unit in enumerate(unit_of.tolist()):
        street = streets[unit]
        kind, word = ("community", "社区") if street["unit_type"] == "street" else ("village", "村")
        rows.append(
            _unit_row(
                f"{street['unit_code']}{number[i]:03d}",
                f"{street['unit_name']}第{number[i]}{word}",
                kind,
                street["unit_code"],
                urban=street["main_urban"],
                zone=street["development_zone"],
            )
        )
    return rows


def _numbers(group: Ints) -> Ints:
    """Count the members of every group from 1."""
    number = np.empty(len(group), dtype=np.int64)
    for g in range(int(group.max()) + 1):
        members = np.flatnonzero(group == g)
        if len(members) > _MOST_CHILDREN:
            raise ValueError(
                f"{len(members)} units in one parent: codes have three digits for them."
            )
        number[members] = np.arange(1, len(members) + 1)
    return number


def _places_around(
    rng: np.random.Generator, bounds: tuple[float, float, float, float], n: int
) -> Floats:
    """Draw points to a decimetre: the first half around the middle, the others anywhere."""
    left, bottom, right, top = bounds
    anywhere = rng.integers(0, 1_000_000, size=(n, 2))
    around = rng.integers(0, 250_000, size=(n, 4, 2)).sum(axis=1)
    share = (np.where(np.arange(n)[:, None] < n // 2, around, anywhere) + 0.5) / 1_000_000
    return np.round(share * [right - left, top - bottom] + [left, bottom], 1)


def _city_facilities(
    rng: np.random.Generator,
    bounds: tuple[float, float, float, float],
    n: int,
    services: Sequence[str],
    units: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    """Make facilities of every service, all of them open."""
    total = n * len(services)
    service = np.repeat(np.array(services, dtype=object), n)
    numbers = {
        "places": np.where(service == "childcare", rng.integers(10, 121, size=total), np.nan),
        "beds": np.where(service == "elder_care", rng.integers(10, 301, size=total), np.nan),
        "land_area_m2": rng.integers(300, 12_000, size=total),
        "floor_area_m2": rng.integers(200, 6_000, size=total),
    }
    columns: dict[str, Any] = {
        "facility_id": [f"F{i + 1:06d}" for i in range(total)],
        "name": [f"合成{SERVICES[s][0]}设施{i + 1}" for i, s in enumerate(service)],
        "service": service,
        "facility_type": [_type_of(s, i) for i, s in enumerate(service)],
        "operator": np.array(OPERATORS, dtype=object)[rng.integers(0, 3, size=total)],
        "inclusive": rng.integers(0, 10, size=total) < _INCLUSIVE_OF_TEN,
        "opened": _FIRST_OPENED + rng.integers(0, _OPENING_DAYS, size=total).astype("m8[D]"),
        "unit_code": [""] * total,
        **numbers,
    }
    points = [_places_around(rng, bounds, n) for _ in services] or [np.empty((0, 2))]
    frame = point_frame(FACILITY_COLUMNS, columns, np.vstack(points), units)
    return frame.assign(is_open=True)


def _type_of(service: str, i: int) -> str:
    """Go round the facility types of a service; empty where it has none."""
    types = [name for name, (_, _, of) in FACILITY_TYPES.items() if of == service]
    return types[i % len(types)] if types else ""


def _city_compounds(
    rng: np.random.Generator,
    bounds: tuple[float, float, float, float],
    n: int,
    units: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    """Make compounds, half of them with rooms."""
    built = rng.integers(1975, 2024, size=n)
    columns: dict[str, Any] = {
        "compound_id": [f"C{i + 1:06d}" for i in range(n)],
        "name": [f"合成小区{i + 1}" for i in range(n)],
        "households": rng.integers(60, 2_400, size=n),
        "built_year": built,
        "is_old": built < _OLD_BEFORE,
        "elder_floor_area_m2": rng.integers(0, 500, size=n) * rng.integers(0, 2, size=n),
        "unit_code": [""] * n,
    }
    return point_frame(COMPOUND_COLUMNS, columns, _places_around(rng, bounds, n), units)
