"""What a norm counts: facilities of a kind, sums of their sizes, and figures that planners supply."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from capacity.assess.supply import facility_ids, open_flags, supply_by_unit
from capacity.assess.table import NAN, join_notes, listed
from capacity.vocabulary import AMOUNTS, FACILITY_TYPES, FIGURES, OPERATOR_WITHIN, OPERATORS, TIERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from capacity.assess.context import Context
    from capacity.norms.model import Count, Norm

    Flags = NDArray[np.bool_]

UNKNOWN: Final = {
    "facility_type": "facilities of unknown type",
    "operator": "facilities of unknown operator",
    "inclusive": "facilities not known to be inclusive or not",
    "main_urban": "facilities not known to be in the main urban area or not",
}
"""Attribute of a facility → what a note calls the facilities that do not say it."""

_MEASURES: Final = {
    "m2 land": "land_m2",
    "m2 floor area": "floor_area_m2",
    "m2 outdoor area": "outdoor_m2",
    "m2 venue area": "venue_m2",
}


def counted_in(what: Count) -> str:
    """Say what a count is counted in: places, persons, m2 land and so on.

    Examples
    --------
    >>> from capacity.norms.model import Count
    >>> counted_in(Count(amount="land_area_m2")), counted_in(Count(figure="doctors"))
    ('m2 land', 'persons')
    """
    if what.units:
        return "units"
    return (AMOUNTS | FIGURES)[what.amount or what.figure][2]


def measure_of(what: Count) -> str:
    """Name of the measure of a count: ``places``, ``land_m2`` and so on."""
    counted = counted_in(what)
    return _MEASURES.get(counted, counted)


def indivisible(what: Count) -> bool:
    """Whether the thing counted comes in whole numbers; areas do not."""
    return counted_in(what) not in _MEASURES


def match(facilities: pd.DataFrame, what: Count, unit_types: Iterable[str]) -> pd.DataFrame:
    """Find the facilities that a norm counts, and those of which that is not known.

    Parameters
    ----------
    facilities : DataFrame, shape (n_facilities,)
        ``facility_type``, ``operator`` (text), ``inclusive`` and ``in_main_urban`` (nullable
        booleans); a column that is not there is not known of any facility.
    what
        What is counted.
    unit_types
        Type of the unit that each facility is counted for, shape (n_facilities,); only asked where
        the types of facility depend on it.

    Returns
    -------
    DataFrame
        On the index of ``facilities``: ``sure`` (counts), and ``unknown``: the attribute that is
        missing to say so, empty where it is known. What is known not to fit is not unknown.

    Examples
    --------
    >>> from capacity.norms.model import Count
    >>> some = pd.DataFrame({"operator": ["public", "private", ""]})
    >>> match(some, Count(amount="facilities", operators=("public",)), ["street"] * 3)
        sure   unknown
    0   True
    1  False
    2  False  operator
    """
    out = np.zeros(len(facilities), dtype=bool)
    unknown = np.full(len(facilities), "", dtype=object)
    for name, known, fits in _tests(facilities, what, unit_types):
        out |= known & ~fits
        unknown[~known & (unknown == "")] = name
    unknown[out] = ""
    return pd.DataFrame(
        {"sure": ~out & (unknown == ""), "unknown": unknown}, index=facilities.index
    )


def _tests(
    facilities: pd.DataFrame, what: Count, unit_types: Iterable[str]
) -> Iterator[tuple[str, Flags, Flags]]:
    """Give each test that a count asks for: attribute, where it is known, and where it fits."""
    if what.types or what.types_at:
        types = _text(facilities, "facility_type")
        of_units = pd.Series(list(unit_types), index=facilities.index, dtype="str")
        wanted = np.zeros(len(facilities), dtype=bool)
        free = np.zeros(len(facilities), dtype=bool)
        for unit_type in of_units.unique():
            here = (of_units == unit_type).to_numpy(dtype=bool)
            names = what.types_for(unit_type)
            wanted |= here & types.isin(names).to_numpy(dtype=bool)
            free |= here & (not names)
        yield "facility_type", free | types.isin(list(FACILITY_TYPES)).to_numpy(), free | wanted
    if what.operators:
        operators = _text(facilities, "operator")
        wider = operators.replace(OPERATOR_WITHIN)
        fits = operators.isin(what.operators) | wider.isin(what.operators)
        # 民办 alone does not say whether it is the narrower class that a norm asks for.
        vague = operators.isin([OPERATOR_WITHIN.get(name, "") for name in what.operators]) & ~fits
        known = operators.isin(list(OPERATORS)) & ~vague
        yield "operator", known.to_numpy(dtype=bool), fits.to_numpy(dtype=bool)
    if what.inclusive:
        yield "inclusive", *_flags(facilities, "inclusive")
    if what.within:
        yield "main_urban", *_flags(facilities, "in_main_urban")


def _text(facilities: pd.DataFrame, column: str) -> pd.Series:
    if column in facilities:
        return facilities[column].fillna("").astype("str")
    return pd.Series("", index=facilities.index, dtype="str")


def _flags(facilities: pd.DataFrame, column: str) -> tuple[Flags, Flags]:
    if column not in facilities:
        nothing = np.zeros(len(facilities), dtype=bool)
        return nothing, nothing
    flags = facilities[column].astype("boolean")
    return flags.notna().to_numpy(), flags.fillna(value=False).to_numpy(dtype=bool)


def unknown_note(names: Iterable[str], unknown: Iterable[str]) -> str:
    """List the facilities of which it is not known whether they count, by what they do not say."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for name, reason in zip(names, unknown, strict=True):
        by_reason[reason].append(name)
    return join_notes(*(listed(UNKNOWN[reason], sorted(by_reason[reason])) for reason in by_reason))


def count(context: Context, norm: Norm, what: Count, tier: str) -> pd.DataFrame:
    """Count what a norm counts in every unit of a tier.

    Parameters
    ----------
    context
        The assessment that is running.
    norm
        The norm; its service says which facilities are meant.
    what
        Its ``supply`` or ``of``.
    tier
        Tier of the units.

    Returns
    -------
    DataFrame
        Index ``unit_code``; ``existing`` (NaN where unknown), ``most`` (with every facility of
        which it is not known whether it counts; infinite where one has no size), ``missing`` (what
        input is missing) and ``note``.

    Notes
    -----
    A service whose list is known and holds no such facility counts zero; without any list nothing
    is known. A unit's figure is its own, else the sum of its units if all have it.
    """
    codes = context.units_of(tier).index
    if what.units:
        below = context.count_below(what.units)
        numbers = pd.Series([float(below[code]) for code in codes], index=codes)
        return as_count(numbers)
    if what.figure:
        return as_count(context.figure(tier, what.figure), what.figure)
    if not context.has_service(norm.service):
        return as_count(pd.Series(NAN, index=codes), f"facilities of {norm.service}")
    key = (norm.service, tier, what)
    if key not in context.counts:
        context.counts[key] = _amounts(context, norm, what, tier)
    return context.counts[key]


def as_count(numbers: pd.Series, missing: str = "") -> pd.DataFrame:
    """Lay known numbers out as ``count`` does.

    Parameters
    ----------
    numbers : Series
        Per unit code, NaN where unknown.
    missing
        What input is missing where it is unknown.

    Returns
    -------
    DataFrame
        ``existing``, ``most``, ``missing``, ``note``.
    """
    known = numbers.to_numpy(dtype=np.float64)
    why = np.where(np.isnan(known), missing, "").astype(object)
    columns = {"existing": known, "most": known, "note": "", "missing": why}
    return pd.DataFrame(columns, index=numbers.index)


def _amounts(context: Context, norm: Norm, what: Count, tier: str) -> pd.DataFrame:
    facilities, where, found = selection(context, norm, what, tier)
    codes = context.units_of(tier).index
    sure = found["sure"].to_numpy(dtype=bool)
    frame = supply_by_unit(facilities[sure], where[sure], codes, what.amount)
    maybe = (found["unknown"] != "").to_numpy(dtype=bool) & open_flags(facilities)
    if not maybe.any():
        return frame.assign(most=frame["existing"], missing=what.amount)
    doubtful = pd.DataFrame(
        {
            "unit": where[maybe],
            "name": np.array(facility_ids(facilities), dtype=object)[maybe],
            "unknown": found["unknown"].to_numpy()[maybe],
            "amount": facilities[what.amount].astype("float64").fillna(np.inf).to_numpy()[maybe],
        }
    )
    by_unit = doubtful.groupby("unit")
    more = by_unit["amount"].sum().reindex(codes).fillna(0)
    why = (by_unit["unknown"].first() + " of facilities").reindex(codes)
    notes = {
        unit: unknown_note(some["name"], some["unknown"]) for unit, some in by_unit if unit in more
    }
    missing = why.where(frame["existing"].notna()).fillna(what.amount).astype("str")
    note = [
        join_notes(own, notes.get(code, "")) for code, own in zip(codes, frame["note"], strict=True)
    ]
    return frame.assign(most=frame["existing"] + more, missing=missing, note=note)


def selection(
    context: Context, norm: Norm, what: Count, tier: str
) -> tuple[pd.DataFrame, NDArray[np.object_], pd.DataFrame]:
    """Give the facilities of a norm's service with what ``match`` says of them in units of a tier.

    Parameters
    ----------
    context, norm, what, tier
        As in ``count``.

    Returns
    -------
    tuple
        The facilities (with a column for every amount and ``in_main_urban``), the unit code of
        each, empty for none, and the frame of ``match``.
    """
    key = (norm.service, tier, what)
    if key not in context.selections:
        facilities = context.counted(norm.service)
        where = context.membership(facilities, tier)
        types = context.units["unit_type"].reindex(where).fillna("")
        context.selections[key] = (facilities, where, match(facilities, what, types))
    return context.selections[key]


def figures_up(own: pd.Series, tier: pd.Series, parent: pd.Series) -> pd.Series:
    """Fill in a parent's figure from its units, if all of them have one.

    Parameters
    ----------
    own : Series
        Figure per unit code, NaN where none was supplied.
    tier, parent : Series
        Tier and parent code of the same units.

    Returns
    -------
    Series
        Figures, NaN where neither the unit nor all of its units have one.
    """
    values = own.astype("float64").copy()
    unknown = values.isna()
    if unknown.all() or not unknown.any():
        return values
    for name in reversed(TIERS):
        here = values.index[tier == name]
        below = values[parent.isin(here)]
        sums = below.groupby(parent[below.index]).sum(skipna=False)
        values.loc[here] = values.loc[here].fillna(sums.reindex(here))
    return values
