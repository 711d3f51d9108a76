"""Which function answers which kind of norm.

Each evaluator takes the shared context, a norm and a tier, and gives unit tables for the units of that
tier. A new kind is one more evaluator here and one more word in ``capacity.norms.model.KINDS``.
"""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import pandas as pd

from capacity.assess import compounds, coverage, existence, ratio
from capacity.assess.table import UnitTable, as_unit_table, no_data

if TYPE_CHECKING:
    from collections.abc import Callable

    from capacity.assess.context import Context
    from capacity.norms.model import Norm


def _ratio(context: Context, norm: Norm, tier: str) -> list[UnitTable]:
    people = context.people(tier, "population")
    supply = context.supply(tier, norm.service, "places")
    missing = _missing(context, norm, "places")
    table = ratio.ratio_table(people, supply, norm.value, missing=missing)
    minimums = _minimum_norms(context, norm)
    if tier != "street" or not minimums or not context.has_service(norm.service):
        return [table]
    return [table, existence.combined_table(table, _needed(context, minimums, tier))]


def _minimum_norms(context: Context, norm: Norm) -> list[Norm]:
    """Minimum-facility norms of the service that are due by the time of a ratio norm."""
    return [
        other
        for other in context.norms
        if other.kind == "minimum_count_per_unit"
        and other.service == norm.service
        and other.minimum_size is not None
        and (norm.by is None or other.by is None or other.by <= norm.by)
    ]


def _needed(context: Context, minimums: list[Norm], tier: str) -> pd.Series:
    """Places that minimum facilities of each unit, and of the communities in it, need."""
    units = context.units_of(tier)
    below = [norm for norm in minimums if {"community", "village"} & set(norm.levels)]
    communities = context.count_below({level for norm in below for level in norm.levels})
    each = _largest(below)
    own = {
        unit_type: _largest([norm for norm in minimums if unit_type in norm.levels])
        for unit_type in set(units["unit_type"])
    }
    needs = [
        existence.needed_by_minimums(own[unit_type], each, communities[code])
        for code, unit_type in zip(units.index, units["unit_type"], strict=True)
    ]
    return pd.Series(needs, index=units.index, dtype="object")


def _largest(norms: list[Norm]) -> Decimal:
    return max((n.value * (n.minimum_size or Decimal(0)) for n in norms), default=Decimal(0))


def _land(context: Context, norm: Norm, tier: str) -> list[UnitTable]:
    people = context.people(tier, "population")
    supply = context.supply(tier, norm.service, "land_area_m2")
    missing = _missing(context, norm, "land_area_m2")
    return [ratio.land_table(people, supply, norm.value, missing=missing)]


def _missing(context: Context, norm: Norm, column: str) -> str:
    return column if context.has_service(norm.service) else f"facilities of {norm.service}"


def _households(context: Context, norm: Norm, tier: str) -> list[UnitTable]:
    results = context.compound_results(norm)
    codes = context.units_of(tier).index
    if results is None or context.area.compounds is None:
        frame = as_unit_table([no_data("compounds")] * len(codes), codes)
        return [compounds.households_table(frame)]
    ids = context.area.compounds["compound_id"]
    frame = compounds.compounds_by_unit(results, context.compound_units(tier), ids, codes)
    return [compounds.households_table(frame)]


def _existence(context: Context, norm: Norm, tier: str) -> list[UnitTable]:
    size = norm.minimum_size or Decimal(0)
    if not context.has_service(norm.service):
        codes = context.units_of(tier).index
        missing = as_unit_table([no_data(f"facilities of {norm.service}")] * len(codes), codes)
        sizes = pd.DataFrame({"sizes": [], "unknown": []}, dtype="object")
        tables = existence.existence_tables(sizes, int(norm.value), size)
        return [dataclasses.replace(table, frame=missing) for table in tables]
    sizes = context.sizes(tier, norm.service, "places")
    return existence.existence_tables(sizes, int(norm.value), size)


def _radius(context: Context, norm: Norm, tier: str) -> list[UnitTable]:
    method = f"reading: straight line; radius: {norm.value:f} m; cells: cut at the circle"
    return _coverage(context, norm, tier, float(norm.value), method)


def _time(context: Context, norm: Norm, tier: str) -> list[UnitTable]:
    set_here = context.area.parameters
    speed, detour = str(set_here.walking_speed_m_s), str(set_here.detour_factor)
    radius = coverage.walking_radius_m(norm.value, speed, detour)
    method = (
        f"reading: straight line; walking speed: {speed} m/s; detour factor: {detour}; "
        f"radius: {radius:.0f} m; cells: cut at the circle"
    )
    return _coverage(context, norm, tier, float(radius), method)


def _coverage(
    context: Context, norm: Norm, tier: str, radius_m: float, method: str
) -> list[UnitTable]:
    tables = []
    for group in norm.measures:
        people = context.people(tier, group)
        missing = ""
        if not context.has_service(norm.service):
            missing = f"facilities of {norm.service}"
        elif group not in context.groups():
            missing = f"population {group}" if context.groups() else "population"
        covered = context.covered(tier, group, norm.service, radius_m)
        table = coverage.coverage_table(group, people, covered, method)
        if missing:
            frame = as_unit_table([no_data(missing)] * len(people), people.index)
            table = dataclasses.replace(table, frame=frame)
        tables.append(table)
    return tables


EVALUATORS: Final[dict[str, Callable[[Context, Norm, str], list[UnitTable]]]] = {
    "ratio_per_population": _ratio,
    "area_per_capita": _land,
    "ratio_per_households": _households,
    "minimum_count_per_unit": _existence,
    "coverage_radius": _radius,
    "coverage_time": _time,
}
"""Norm kind → evaluator. A ``minimum_size`` norm is tested with the norm that names it."""
