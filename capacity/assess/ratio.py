"""Norms that ask for so much per person: places per thousand people, land per person."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP
from typing import TYPE_CHECKING, NamedTuple

from capacity.assess.counts import as_count
from capacity.assess.supply import WITHOUT_FIGURE, supply_by_unit
from capacity.assess.table import UnitTable, as_unit_table, bounded, compare, join_notes, no_data
from capacity.demand import demand
from capacity.exact import ceil, exact
from capacity.locate import check_layers, unit_codes_at

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    import geopandas as gpd
    import pandas as pd

    from capacity.assess.table import Row
    from capacity.population import Population


def places_required(people: Decimal, per_thousand: Decimal) -> Decimal:
    """Places that a population needs, rounded up once: ``ceil(per_thousand × people / 1000)``.

    Examples
    --------
    >>> from decimal import Decimal
    >>> places_required(Decimal(41250), Decimal(6))
    Decimal('248')
    """
    return ceil(per_thousand * people / 1000)


def implied_population(total: Decimal, value: Decimal, per: int = 1000) -> Decimal:
    """People of whom a total is exactly the ratio, to the nearest person: ``total × per / value``.

    Examples
    --------
    >>> from decimal import Decimal
    >>> implied_population(Decimal(72800), Decimal(6))
    Decimal('12133333')
    """
    return (total * per / value).to_integral_value(ROUND_HALF_UP)


def area_required(people: Decimal, per_person: Decimal) -> Decimal:
    """Square metres that a population needs, not rounded: ``per_person × people``.

    Examples
    --------
    >>> from decimal import Decimal
    >>> area_required(Decimal(41250), Decimal("0.2"))
    Decimal('8250.0')
    """
    return per_person * people


def per_capita_table(
    people: pd.Series,
    supply: pd.DataFrame,
    required: Callable[[Decimal], Decimal],
    *,
    missing: str,
) -> pd.DataFrame:
    """Compare what a population needs with what exists, unit by unit.

    Parameters
    ----------
    people : Series
        Residents per unit, indexed by unit code, NaN where unknown.
    supply : DataFrame
        ``existing`` and ``note`` per unit code, as ``supply_by_unit`` makes it.
    required
        Requirement of so many people, exact.
    missing
        What to name where nothing is known of a unit's supply.

    Returns
    -------
    DataFrame
        Unit table in the order of ``people``. Nobody living there makes ``not_applicable``.
    """
    here = supply.loc[people.index]
    most = here.get("most", here["existing"])
    have = here.assign(most=most, missing=here.get("missing", missing))
    return needs_frame(as_count(people, "population"), have, required)


def needs_frame(
    base: pd.DataFrame,
    supply: pd.DataFrame,
    required: Callable[[Decimal], Decimal],
    *,
    empty: str = "no residents",
) -> pd.DataFrame:
    """Compare what a base needs with what exists, unit by unit.

    Parameters
    ----------
    base, supply : DataFrame
        Counts per unit code as ``count`` lays them out: ``existing``, ``most``, ``missing``,
        ``note``.
    required
        Requirement of so much of the base, exact; more of the base never needs less.
    empty
        Note of a unit that has none of the base, which makes it ``not_applicable``.

    Returns
    -------
    DataFrame
        Unit table in the order of ``base``. A unit that facilities not known to count could turn
        from short to met, or from met to short, is ``no_data``: it shows the base, the requirement
        or what exists only where none of them could change it.
    """
    here = supply.loc[base.index]
    columns = ("existing", "most", "missing", "note")
    pairs = zip(
        (_Count(*row) for row in base[[*columns]].itertuples(index=False)),
        (_Count(*row) for row in here[[*columns]].itertuples(index=False)),
        strict=True,
    )
    return as_unit_table([_needs_row(of, have, required, empty) for of, have in pairs], base.index)


class _Count(NamedTuple):
    existing: float
    most: float
    missing: str
    note: str


def _needs_row(
    base: _Count, supply: _Count, required: Callable[[Decimal], Decimal], empty: str
) -> Row:
    note = join_notes(supply.note, base.note if base.note != supply.note else "")
    if math.isnan(base.existing):
        row = no_data(base.missing)
        return row | {"note": join_notes(row["note"], base.note)}
    if math.isnan(supply.existing):
        row = no_data(supply.missing, **_known(base, supply, required))
        return row | {"note": join_notes(row["note"], note)}
    of, have = exact(base.existing), exact(supply.existing)
    row = compare(required(of), have) | {"base_value": base.existing}
    less = supply.most > supply.existing or any(word in note for word in WITHOUT_FIGURE)
    row["note"] = bounded(row, note, less=less, more=base.most > base.existing)
    missing = ""
    if row["status"] == "short" and supply.most > supply.existing:
        enough = math.isinf(supply.most) or required(of) <= exact(supply.most)
        missing = supply.missing if enough else ""
    elif row["status"] == "met" and base.most > base.existing:
        more = math.isinf(base.most) or required(exact(base.most)) > have
        missing = base.missing if more else ""
    if missing:
        row = no_data(missing, **_known(base, supply, required))
        return row | {"note": join_notes(row["note"], note)}
    if of == 0:
        row |= {"status": "not_applicable", "note": join_notes(empty, note)}
    return row


def _known(
    base: _Count, supply: _Count, required: Callable[[Decimal], Decimal]
) -> dict[str, float]:
    """Give the numbers of a row without data that what is missing cannot change."""
    known: dict[str, float] = {}
    if base.most <= base.existing:
        of = base.existing
        known |= {"base_value": of, "required": float(required(exact(of)))}
    if supply.most <= supply.existing:
        known["existing"] = supply.existing
    return known


def ratio_shortfall(
    population: Population,
    facilities: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    *,
    per_thousand: float | str | Decimal,
    capacity: str = "places",
) -> pd.DataFrame:
    r"""Compare places with what a ratio to population requires, unit by unit.

    .. math:: required_u = \lceil r \cdot P_u / 1000 \rceil, \quad
              shortfall_u = \max(0, required_u - existing_u)

    The requirement is rounded up once, at the unit; computed in exact decimals, so a requirement
    of exactly 55 is 55. Population on a border is split by area.

    Parameters
    ----------
    population
        ``PopulationGrid``, or GeoDataFrame of cells with ``population``, people per cell.
    facilities : GeoDataFrame, shape (n_facilities,)
        Points with the capacity column; ``is_open`` and ``facility_id`` are used if present.
    units : GeoDataFrame, shape (n_units,)
        Polygons with ``unit_code``. All three layers in one projected metric CRS.
    per_thousand
        Places per 1,000 residents; text or Decimal for exact values.
    capacity
        Column of ``facilities`` that holds the places.

    Returns
    -------
    DataFrame
        Index ``unit_code`` in the order of ``units``; ``base_value`` (people), ``required``,
        ``existing``, ``shortfall``, ``surplus`` (places), ``share`` (NaN), ``status``, ``note``.

    Raises
    ------
    InputError
        If cells and units are in different CRSs, or people are negative or missing.
    KeyError
        If a named column is not there.

    Notes
    -----
    The form of 每千人口托位 in Zhengzhou's plans of 2022-12-02 and 2023-02-07.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[box(0, 0, 100, 100)], crs=4547)
    >>> cells = units.assign(population=41_250)
    >>> places = gpd.GeoDataFrame({"places": [118]}, geometry=[Point(50, 50)], crs=4547)
    >>> ratio_shortfall(cells, places, units, per_thousand=6)[["required", "shortfall"]]
               required  shortfall
    unit_code
    A             248.0      130.0
    """
    ratio = exact(per_thousand)
    return _spatial(
        population, facilities, units, capacity, lambda people: places_required(people, ratio)
    )


def area_shortfall(
    population: Population,
    facilities: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    *,
    per_person: float | str | Decimal,
    area: str = "land_area_m2",
) -> pd.DataFrame:
    r"""Compare an area with what a figure per person requires, unit by unit.

    .. math:: required_u = a \cdot P_u, \quad
              shortfall_u = \max(0, required_u - existing_u)

    Areas are not rounded. Land (用地) and floor area (建筑面积) are different quantities: name the
    column that the norm means.

    Parameters
    ----------
    population
        ``PopulationGrid``, or GeoDataFrame of cells with ``population``, people per cell.
    facilities : GeoDataFrame, shape (n_facilities,)
        Points with the area column, m²; NaN where a facility has no figure of its own.
    units : GeoDataFrame, shape (n_units,)
        Polygons with ``unit_code``. All three layers in one projected metric CRS.
    per_person
        Square metres per resident; text or Decimal for exact values.
    area
        Column of ``facilities`` that holds the area.

    Returns
    -------
    DataFrame
        As ``ratio_shortfall``, in m². Facilities without the figure are left out and listed.

    Raises
    ------
    InputError
        If cells and units are in different CRSs, or people are negative or missing.
    KeyError
        If a named column is not there.

    Notes
    -----
    The form of 人均用地 in Zhengzhou's plan of 2023-02-07, 三(六)1.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[box(0, 0, 100, 100)], crs=4547)
    >>> cells = units.assign(population=41_250)
    >>> homes = gpd.GeoDataFrame({"land_area_m2": [3200]}, geometry=[Point(50, 50)], crs=4547)
    >>> float(area_shortfall(cells, homes, units, per_person="0.2")["shortfall"].iloc[0])
    5050.0
    """
    rate = exact(per_person)
    return _spatial(population, facilities, units, area, lambda people: area_required(people, rate))


def _spatial(
    population: Population,
    facilities: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    column: str,
    required: Callable[[Decimal], Decimal],
) -> pd.DataFrame:
    check_layers(units, facilities=facilities)
    people = demand(population, units).by_unit()
    codes = unit_codes_at(facilities.geometry.to_numpy(), units)
    supply = supply_by_unit(facilities, codes, people.index, column)
    return per_capita_table(people, supply, required, missing=column)


def per_head_required(value: Decimal, per: int, *, whole: bool) -> Callable[[Decimal], Decimal]:
    """Make the requirement of a base: ``value × base / per``, rounded up for indivisible things.

    Parameters
    ----------
    value
        What so many of the base need.
    per
        How many of the base the value is for.
    whole
        Whether the thing counted is indivisible.

    Returns
    -------
    callable
        Requirement of a base, exact.

    Examples
    --------
    >>> from decimal import Decimal
    >>> per_head_required(Decimal("0.9"), 10_000, whole=True)(Decimal(41250))
    Decimal('4')
    """
    if whole:
        return lambda base: ceil(value * base / per)
    return lambda base: value * base / per


def needs_table(
    base: pd.DataFrame,
    supply: pd.DataFrame,
    required: Callable[[Decimal], Decimal],
    *,
    measure: str,
    whole: bool,
    empty: str,
) -> UnitTable:
    """Make the unit table of a norm that asks for so much of something per head of a base.

    Parameters
    ----------
    base, supply, required
        As in ``needs_frame``.
    measure
        What is counted.
    whole
        Whether it is indivisible.
    empty
        As in ``needs_frame``.

    Returns
    -------
    UnitTable
        A parent taken as one unit is rounded once.
    """
    return UnitTable(
        measure=measure,
        frame=needs_frame(base, supply, required, empty=empty),
        method="rounding: up, at the reported unit" if whole else "rounding: none",
        net_required=lambda of, _required: required(of),
    )


def upper_end(table: UnitTable, upper: Callable[[Decimal], Decimal]) -> UnitTable:
    """Show what the other end of a printed range would need; only the minimum is tested.

    Parameters
    ----------
    table
        Unit table of the minimum.
    upper
        Requirement of a base at the other end.

    Returns
    -------
    UnitTable
        Status ``reported`` where the minimum has a verdict.
    """
    rows = [_upper_row(row, upper) for row in table.rows().values()]
    return UnitTable(
        measure=f"{table.measure}_upper",
        frame=as_unit_table(rows, table.frame.index),
        method="upper end of the printed range, not tested",
        net_required=lambda of, _required: upper(of),
    )


def _upper_row(row: Row, upper: Callable[[Decimal], Decimal]) -> Row:
    if row["status"] == "not_applicable" or math.isnan(row["base_value"]):
        return row
    required = upper(exact(float(row["base_value"])))
    if row["status"] == "no_data":
        return row | {"required": float(required)}
    compared = compare(required, exact(float(row["existing"])))
    return row | compared | {"status": "reported"}
