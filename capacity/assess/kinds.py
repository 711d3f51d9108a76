"""Which function answers which kind of norm.

Each evaluator takes the shared context, a norm and a tier, and gives unit tables for the units of that
tier. A new kind is one more evaluator here and one more word in ``capacity.norms.model.KINDS``.
"""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import pandas as pd
import shapely

from capacity.assess import allocation, compounds, coverage, existence, places, ratio, shares
from capacity.assess.circles import CIRCLES
from capacity.assess.context import Circle
from capacity.assess.counts import (
    as_count,
    count,
    indivisible,
    measure_of,
    selection,
    unknown_note,
)
from capacity.assess.supply import facility_ids, open_flags
from capacity.assess.table import UnitTable, as_unit_table, join_notes, listed, no_data
from capacity.findings import PARTS
from capacity.norms.model import UNIT_RULES, Count
from capacity.vocabulary import POPULATION

if TYPE_CHECKING:
    from collections.abc import Callable

    from capacity.assess.context import Context
    from capacity.assess.table import Row
    from capacity.norms.model import Norm
    from capacity.reach.limits import Limit


def _supply(norm: Norm) -> Count:
    """Give what a norm counts; the catalogue's checks see to it that every evaluated norm says it."""
    if norm.supply is None:
        raise ValueError(f"norm {norm.id} of kind {norm.kind} does not say what it counts.")
    return norm.supply


# --- so much per head ------------------------------------------------------------------------


def _per_head(context: Context, norm: Norm, tier: str) -> list[UnitTable]:
    if norm.each == "compound":
        return _per_head_of_compounds(context, norm, tier)
    what = _supply(norm)
    rule = UNIT_RULES[norm.unit]
    whole = indivisible(what)
    table = ratio.needs_table(
        _base(context, norm, tier),
        count(context, norm, what, tier),
        ratio.per_head_required(norm.value, rule.per, whole=whole),
        measure=measure_of(what),
        whole=whole,
        empty=_empty(norm),
    )
    tables = [table]
    if norm.value_max is not None:
        upper = ratio.per_head_required(norm.value_max, rule.per, whole=whole)
        tables.append(ratio.upper_end(table, upper))
    minimums = _minimum_norms(context, norm)
    if tier == "street" and minimums and context.has_service(norm.service):
        tables.append(existence.combined_table(table, _needed(context, minimums, tier)))
    return tables


def _base(context: Context, norm: Norm, tier: str) -> pd.DataFrame:
    """Count what a norm is measured against: people, or what its ``of`` counts."""
    if norm.of is not None:
        return count(context, norm, norm.of, tier)
    if norm.base == "planned_population":
        return as_count(context.figure(tier, norm.base), norm.base)
    group = POPULATION if norm.base == "residents" else norm.base
    return as_count(context.people(tier, group), _people_missing(context, group))


def _people_missing(context: Context, group: str) -> str:
    if group == POPULATION or not context.groups():
        return "population"
    return f"population {group}"


def _empty(norm: Norm) -> str:
    return "nothing to take a share of" if norm.of is not None else "no residents"


def _minimum_norms(context: Context, norm: Norm) -> list[Norm]:
    """Minimum-facility norms sized in what a ratio norm counts, due by the time of that norm."""
    if norm.base != "residents" or norm.supply != Count(amount="places"):
        return []
    return [
        other
        for other in context.norms
        if other.kind == "minimum_count_per_unit"
        and other.service == norm.service
        and other.minimum_size_unit == "places per facility"
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


# --- compounds -------------------------------------------------------------------------------


def _per_head_of_compounds(context: Context, norm: Norm, tier: str) -> list[UnitTable]:
    what = _supply(norm)
    whole = indivisible(what)
    required = ratio.per_head_required(norm.value, UNIT_RULES[norm.unit].per, whole=whole)

    persons = context.area.parameters.persons_per_household

    def results(frame: pd.DataFrame) -> pd.DataFrame:
        column = what.figure or what.amount
        planned = _with_planned_people(frame, persons)
        return compounds.new_compound_shortfall(planned, required, norm.base, column)

    frame = _of_compounds(context, norm, tier, results, "no new compound")
    method = "rounding: up, for each compound" if whole else "rounding: none"
    if persons is not None:
        method = f"{method}; persons per household: {persons:g}"
    return [UnitTable(measure_of(what), frame, method, lambda _base, needed: needed)]


def _with_planned_people(frame: pd.DataFrame, persons: float | None) -> pd.DataFrame:
    """Take households times persons per household where the planned people are not given."""
    if persons is None:
        return frame
    people = frame["households"].astype("float64") * persons
    given = frame.get("planned_population", pd.Series(float("nan"), index=frame.index))
    return frame.assign(planned_population=given.astype("float64").fillna(people))


def _households(context: Context, norm: Norm, tier: str) -> list[UnitTable]:
    def results(frame: pd.DataFrame) -> pd.DataFrame:
        least = norm.minimum_size or Decimal(0)
        return compounds.compound_shortfall(frame, per_100_households=norm.value, minimum_m2=least)

    return [compounds.households_table(_of_compounds(context, norm, tier, results))]


def _of_compounds(
    context: Context,
    norm: Norm,
    tier: str,
    results: Callable[[pd.DataFrame], pd.DataFrame],
    nothing: str = "no old compound",
) -> pd.DataFrame:
    """Compute a norm for every compound, once, and add them up per unit."""
    codes = context.units_of(tier).index
    frame = context.area.compounds
    if frame is None:
        return _missing_frame("compounds", codes)
    if norm.id not in context.compounds:
        context.compounds[norm.id] = results(pd.DataFrame(frame))
    members = context.membership(pd.DataFrame(frame), tier)
    ids = frame["compound_id"]
    return compounds.compounds_by_unit(
        context.compounds[norm.id], members, ids, codes, nothing=nothing
    )


def _missing_frame(missing: str, codes: pd.Index) -> pd.DataFrame:
    return as_unit_table([no_data(missing)] * len(codes), codes)


# --- facility by facility --------------------------------------------------------------------


def _unit_area(context: Context, norm: Norm, tier: str) -> list[UnitTable]:
    what, of = _supply(norm), norm.of or Count(amount="places")
    ends = {"": norm.value} | ({} if norm.value_max is None else {"_upper": norm.value_max})
    tables = []
    for suffix, rate in ends.items():

        def results(some: pd.DataFrame, rate: Decimal = rate) -> pd.DataFrame:
            return places.area_for_places(
                some, rate, area=what.amount, places=of.amount, condition=norm.condition
            )

        frame = _by_facility(context, norm, tier, results)
        if suffix:
            verdict = frame["status"].isin(["met", "short"])
            frame["status"] = frame["status"].mask(verdict, "reported").astype("str")
        method = "upper end of the printed range, not tested" if suffix else "rounding: none"
        each = f"tested: each facility by itself; {method}"
        table = UnitTable(f"{measure_of(what)}{suffix}", frame, each, lambda _base, needed: needed)
        tables.append(table)
    return tables


def _by_facility(
    context: Context,
    norm: Norm,
    tier: str,
    results: Callable[[pd.DataFrame], pd.DataFrame],
) -> pd.DataFrame:
    """Compute a norm for every open facility that it means, and add them up per unit."""
    codes = context.units_of(tier).index
    if not context.has_service(norm.service):
        return _missing_frame(f"facilities of {norm.service}", codes)
    facilities, where, found = selection(context, norm, _supply(norm), tier)
    unknown = found["unknown"]
    meant = (found["sure"] | (unknown != "")).to_numpy(dtype=bool) & open_flags(facilities)
    some = facilities[meant].assign(unknown=unknown[meant])
    return compounds.compounds_by_unit(
        results(some), where[meant], facility_ids(some), codes, nothing="no such facility"
    )


def _figure_of_each(context: Context, norm: Norm, tier: str) -> list[UnitTable]:
    what = _supply(norm)
    frame = _by_facility(
        context, norm, tier, lambda some: places.figure_of_each(some, what.figure, norm.value)
    )
    method = _ranged("tested: each facility by itself", norm)
    return [UnitTable(measure_of(what), frame, method, lambda _base, needed: needed)]


def _ranged(method: str, norm: Norm) -> str:
    """Add the range that a document prints, of which the minimum is tested."""
    if norm.value_max is None:
        return method
    return f"{method}; printed range: {norm.value:f}-{norm.value_max:f}"


# --- facilities per unit ---------------------------------------------------------------------


def _existence(context: Context, norm: Norm, tier: str) -> list[UnitTable]:
    if norm.each == "facility":
        return _figure_of_each(context, norm, tier)
    number = int(norm.value)
    column = UNIT_RULES[norm.minimum_size_unit].amount if norm.minimum_size_unit else "facilities"
    size = norm.minimum_size or Decimal(1)
    if context.has_service(norm.service):
        sizes = _sizes(context, norm, _supply(norm), tier, column)
    else:
        sizes = pd.DataFrame({"sizes": [], "unknown": []}, dtype="object")
    if norm.minimum_size is None:
        frame = existence.facilities_frame(sizes, number, size, column)
        tables = [existence.count_table(frame, "facilities counted: those that the norm names")]
    else:
        tables = existence.existence_tables(sizes, number, size, column)
    tables[0] = dataclasses.replace(tables[0], method=_ranged(tables[0].method, norm))
    if context.has_service(norm.service):
        return tables
    missing = _missing_frame(f"facilities of {norm.service}", context.units_of(tier).index)
    return [dataclasses.replace(table, frame=missing) for table in tables]


def _sizes(context: Context, norm: Norm, what: Count, tier: str, column: str) -> pd.DataFrame:
    """Sizes of the facilities of each unit that count, and of those that may."""
    codes = context.units_of(tier).index
    facilities, where, found = selection(context, norm, what, tier)
    facilities = facilities[facilities.columns.intersection([column, "facility_id", "is_open"])]
    sure = found["sure"].to_numpy(dtype=bool)
    sizes = existence.sizes_by_unit(facilities[sure], where[sure], codes, column)
    unknown = found["unknown"].to_numpy(dtype=object)
    maybe = unknown != ""
    more = existence.doubtful_by_unit(
        facilities[maybe], where[maybe], unknown[maybe], codes, column
    )
    return sizes.join(more)


def _size_class(context: Context, norm: Norm, tier: str) -> list[UnitTable]:
    what = _supply(norm)
    upper = "" if norm.value_max is None else f" and under {norm.value_max:f}"
    column = what.amount or what.figure
    method = f"size: at least {norm.value:f}{upper}"
    if norm.each == "compound":

        def results(frame: pd.DataFrame) -> pd.DataFrame:
            needs = compounds.compound_shortfall(frame, per_100_households=0)
            return compounds.compounds_of_size(needs, norm.value)

        frame = _of_compounds(context, norm, tier, results)
        reported = frame["status"].isin(["met", "short"])
        frame["status"] = frame["status"].mask(reported, "reported").astype("str")
        return [UnitTable("compounds_of_size", frame, method, lambda _base, needed: needed)]
    codes = context.units_of(tier).index
    if not context.has_service(norm.service):
        frame = _missing_frame(f"facilities of {norm.service}", codes)
    elif column not in context.counted(norm.service):
        frame = _missing_frame(column, codes)
    else:
        sizes = _sizes(context, norm, what, tier, column)
        frame = places.of_size(sizes, norm.value, norm.value_max, column)
    return [UnitTable("facilities_of_size", frame, method, None)]


# --- circles ---------------------------------------------------------------------------------


def circle_facilities(
    context: Context, norm: Norm, tier: str, limit: Limit
) -> tuple[pd.DataFrame, Circle]:
    """Give the facilities that count for a circle and have a place, and the circle around them."""
    what = _supply(norm)
    facilities, _, found = selection(context, norm, what, tier)
    sure = found["sure"].to_numpy(dtype=bool) & open_flags(facilities)
    reach = context.reach_of(norm)
    points = context.facility_places(norm.service)[sure]
    placed = ~(shapely.is_missing(points) | shapely.is_empty(points))
    return facilities[sure][placed], Circle(norm.service, what.text, points, limit, reach)


def _coverage(context: Context, norm: Norm, tier: str) -> list[UnitTable]:
    """Count the people of each group within the limit of the group."""
    limits, reach = context.limits(norm), context.reach_of(norm)
    what = _supply(norm)
    facilities, _, found = selection(context, norm, what, tier)
    is_open = open_flags(facilities)
    sure = found["sure"].to_numpy(dtype=bool) & is_open
    doubtful = (found["unknown"] != "").to_numpy(dtype=bool) & is_open
    names = [name for name, maybe in zip(facility_ids(facilities), doubtful, strict=True) if maybe]
    note = unknown_note(names, found["unknown"][doubtful])
    points = context.facility_places(norm.service)[sure]
    placeless = shapely.is_missing(points) | shapely.is_empty(points)
    counted = [name for name, yes in zip(facility_ids(facilities), sure, strict=True) if yes]
    lost = sorted(name for name, no in zip(counted, placeless, strict=True) if no)
    note = join_notes(note, listed("facilities without coordinates", lost))
    tables = []
    for group, limit in limits.items():
        circle = Circle(norm.service, what.text, points, limit, reach)
        method = context.method(tier, circle)
        people = context.people(tier, group)
        missing = ""
        if not context.has_service(norm.service):
            missing = f"facilities of {norm.service}"
        elif group not in context.groups():
            missing = _people_missing(context, group)
        elif place := context.missing_place(tier):
            missing = place
        elif lost and len(lost) == len(counted):
            missing = "coordinates of facilities"
        elif doubtful.any() and not sure.any():
            missing = f"{found['unknown'][doubtful].iloc[0]} of facilities"
        if missing:
            frame = _missing_frame(missing, people.index)
            tables.append(UnitTable(group, frame, method, None))
            continue
        covered = context.covered(tier, group, circle)
        undrawn = context.without_boundary(tier)
        table = coverage.coverage_table(
            group, people, covered, method, note=note, without_boundary=undrawn
        )
        tables.append(table)
    per_head = allocation.places_norm(context, norm)
    if per_head is None:
        return tables
    if tables and tables[0].frame["status"].eq("no_data").all():
        # whatever is missing for people in reach is missing for places too
        return [*tables, *(dataclasses.replace(tables[0], measure=m) for m in PARTS)]
    limit = limits.get(POPULATION, next(iter(limits.values())))
    circle = Circle(norm.service, what.text, points, limit, reach)
    places = allocation.Places(circle, facilities[sure][~placeless], per_head)
    return [*tables, *allocation.allocation_tables(context, tier, places, note)]


# --- shares and totals -----------------------------------------------------------------------


def _share(context: Context, norm: Norm, tier: str) -> list[UnitTable]:
    what = _supply(norm)
    if norm.of is not None and norm.of.units:
        if what.figure:
            own = context.figure(tier, what.figure)
            everywhere = context.figures(what.figure)
            return [shares.units_by_figure(own, everywhere, norm.value, what.figure)]
        return [shares.units_with_one(count(context, norm, what, tier), norm.value)]
    base, supply = _base(context, norm, tier), count(context, norm, what, tier)
    if norm.applies_to == "new_compounds":
        base, supply = _with_compounds(context, tier, what.figure, base, supply)
    table = shares.share_table(
        base,
        supply,
        norm.value,
        measure=measure_of(what),
        whole=indivisible(what),
        empty=_empty(norm),
    )
    return [table]


def _with_compounds(
    context: Context, tier: str, figure: str, base: pd.DataFrame, supply: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Count new compounds, and those that comply, where a unit has no figures of its own."""
    listed_ones = context.area.compounds
    if listed_ones is None or figure not in listed_ones:
        return base, supply
    frame = pd.DataFrame(listed_ones)
    members = context.membership(frame, tier)
    whole, part = compounds.compliance_by_unit(frame, members, base.index, figure)
    own = base["existing"].notna() & supply["existing"].notna()
    whole.loc[own], part.loc[own] = base.loc[own], supply.loc[own]
    return whole, part


def _composition(context: Context, norm: Norm, tier: str) -> list[UnitTable]:
    tested = "; tested as: at least" if norm.comparator == ">" else ""
    base, supply = _base(context, norm, tier), count(context, norm, _supply(norm), tier)
    return [
        dataclasses.replace(table, method=table.method + tested)
        for table in shares.composition_tables(base, supply, norm.value)
    ]


def _total(context: Context, norm: Norm, tier: str) -> list[UnitTable]:
    what = _supply(norm)
    have = count(context, norm, what, tier)
    one = as_count(pd.Series(1.0, index=have.index))
    frame = ratio.needs_frame(one, have, lambda _one: norm.value)
    total = UnitTable(
        measure=measure_of(what),
        frame=frame.assign(base_value=float("nan")),
        method=_ranged("total: of the whole area", norm),
        net_required=lambda _base, needed: needed,
    )
    per_head = _ratio_of(context, norm)
    return [total] if per_head is None else [total, _implied(context, norm, per_head, tier)]


def _ratio_of(context: Context, norm: Norm) -> Norm | None:
    """Find the ratio to residents that counts what a total counts, due nearest to it."""
    same = [
        other
        for other in context.norms
        if other.kind == "ratio_per_population"
        and (other.city, other.supply, other.base) == (norm.city, norm.supply, "residents")
        and other.service == norm.service
    ]
    due = [other for other in same if other.by == norm.by]
    return next(iter([*due, *reversed(same)]), None)


def _implied(context: Context, norm: Norm, per_head: Norm, tier: str) -> UnitTable:
    """People that a total serves at the ratio, beside the residents that there are."""
    implied = ratio.implied_population(norm.value, per_head.value, UNIT_RULES[per_head.unit].per)
    people = context.people(tier, POPULATION)
    rows: list[Row] = [
        no_data("population")
        if residents != residents  # noqa: PLR0124  # NaN
        else {"required": float(implied), "existing": residents, "status": "reported"}
        for residents in people
    ]
    return UnitTable(
        measure="implied_population",
        frame=as_unit_table(rows, people.index),
        method=f"population that the total serves at the ratio: {per_head.value:f}",
        net_required=None,
    )


EVALUATORS: Final[dict[str, Callable[[Context, Norm, str], list[UnitTable]]]] = {
    "ratio_per_population": _per_head,
    "ratio_per_subgroup": _per_head,
    "area_per_capita": _per_head,
    "ratio_per_households": _households,
    "unit_area": _unit_area,
    "minimum_size": _size_class,
    "minimum_count_per_unit": _existence,
    **dict.fromkeys(CIRCLES, _coverage),
    "coverage_share": _share,
    "composition_share": _composition,
    "total_target": _total,
}
"""Norm kind → evaluator; observed values (``baseline``) ask for nothing and have none."""
