"""What a report says first of each norm: how much is missing, where most, what would close it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from capacity.assess.circles import CIRCLES
from capacity.assess.rows import TIERS_SUMMED
from capacity.exact import exact
from capacity.findings import STATUSES
from capacity.vocabulary import KNOWN_ONLY, LOWER_BOUND, TIER_OF, UPPER_BOUND

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    import pandas as pd

    from capacity.assess.result import Assessment
    from capacity.norms.model import Norm

Row = dict[str, Any]

_WORST: Final = 3
_NAN: Final = float("nan")
_COLUMNS: Final = (
    *("unit_code", "unit_name", "unit_type", "rollup", "norm_id", "measure", "base_value"),
    *("existing", "shortfall", "share", "status", "note"),
)
_SIZED: Final = {"places": "places per facility", "beds": "beds per facility"}


@dataclass(frozen=True)
class Worst:
    """A unit where most is missing, or where fewest people are in reach."""

    unit_code: str
    unit_name: str
    amount: float


@dataclass(frozen=True)
class Headline:
    """What is to be said of one norm and measure for the whole area.

    Attributes
    ----------
    norm_id, measure, tier
        What it is about, and the tier of the units counted (empty where none has a row of its own,
        or they are of several tiers).
    status
        Of the whole area: of the sum of its units, or its own where it is judged by itself.
    units
        Status → number of units.
    shortfall
        What the whole area lacks, each unit by itself; NaN where nothing is asked or known.
    bound
        What the shortfall is: ``exact``, ``at_least`` (units left out), ``at_most`` (supply without a
        figure left out) or ``known_only`` (both).
    as_one
        What it lacks taken as one unit, NaN where that is not known.
    worst
        Up to three units, the worst first: with the largest shortfall, or for a circle with the
        smallest share of people in reach. Of units that lack the same those with lower codes.
    facilities, sizes
        How many facilities, each of exactly the smallest size asked of a unit of that type, would
        close the shortfalls of all units, each rounded up; NaN where no size is asked. Type of unit →
        that size. Larger facilities may be fewer. Bounded as the shortfall is.
    people, covered, share
        Of a circle: people of the units that are known, those of them in reach, and their share.
    """

    norm_id: str
    measure: str
    tier: str
    status: str
    units: dict[str, int]
    shortfall: float
    bound: str
    as_one: float
    worst: tuple[Worst, ...]
    facilities: float
    sizes: dict[str, Decimal]
    people: float
    covered: float
    share: float


def headlines(result: Assessment) -> tuple[Headline, ...]:
    """Say of each norm and measure what is missing, where most, and what would close it.

    Parameters
    ----------
    result
        What ``assess`` gave.

    Returns
    -------
    tuple of Headline
        One per norm and measure that has findings, sorted by norm id, measures in their order.
    """
    norms = {norm.id: norm for norm in result.norms.norms}
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in _rows(result.findings):
        groups.setdefault((row["norm_id"], row["measure"]), []).append(row)
    found = [_headline(result, norms[norm_id], rows) for (norm_id, _), rows in groups.items()]
    return tuple(sorted(found, key=lambda headline: headline.norm_id))


@dataclass(frozen=True, slots=True)
class Reached:
    """What is known of a circle where units are without data: the people of the others.

    Attributes
    ----------
    base_value, existing, share
        People of the units that are known, those of them in reach, and their share.
    """

    base_value: float
    existing: float
    share: float


def known_reach(result: Assessment) -> dict[tuple[str, str, str, str], Reached]:
    """Say of each circle what is known of a parent that has units without data.

    Parameters
    ----------
    result
        What ``assess`` gave.

    Returns
    -------
    dict
        Unit, norm, measure and roll-up of a finding (``sum_of_units``) or of a subtotal (a type of
        unit) that is ``no_data`` → what is known of it. Nothing where no unit of it is known.
    """
    norms = {norm.id for norm in result.norms.norms if norm.kind in CIRCLES}
    tables = (result.findings, result.subtotals)
    parts = [table[table["norm_id"].isin(norms)] for table in tables]
    rows: list[Row] = [row for part in parts for row in _rows(part)]
    wanted = [
        row for row in rows if row["rollup"] not in {"unit", "net"} and row["status"] == "no_data"
    ]
    if not wanted:
        return {}
    above = _above(result)
    parents = {row["unit_code"] for row in wanted}
    below: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        if row["rollup"] == "unit":
            for code in above.get(row["unit_code"], ()):
                if code in parents:
                    key = (code, row["norm_id"], row["measure"])
                    below.setdefault(key, []).append(row)
    found = {}
    for row in wanted:
        key = (row["unit_code"], row["norm_id"], row["measure"])
        units = _of_tier(below.get(key, []), TIERS_SUMMED)
        if row["rollup"] != "sum_of_units":
            units = [unit for unit in units if unit["unit_type"] == row["rollup"]]
        known = _reached(units)
        if known is not None:
            found[*key, row["rollup"]] = known
    return found


def _rows(table: pd.DataFrame) -> Iterator[Row]:
    for values in table[list(_COLUMNS)].itertuples(index=False, name=None):
        yield dict(zip(_COLUMNS, values, strict=True))


def _above(result: Assessment) -> dict[str, list[str]]:
    """Give every unit that a unit lies in, by the codes of the parents."""
    units = result.area.units
    parent = dict(zip(units["unit_code"], units["parent_code"], strict=True))
    found: dict[str, list[str]] = {}
    for code in parent:
        chain: list[str] = []
        at = parent.get(code)
        while at and at in parent and at not in chain:
            chain.append(at)
            at = parent[at]
        found[code] = chain
    return found


def _reached(units: list[Row]) -> Reached | None:
    """Add up the people of the units that are known."""
    known = _in_reach(units)
    people = sum(row["base_value"] for row in known)
    if not people > 0:
        return None
    covered = sum(row["existing"] for row in known)
    return Reached(base_value=people, existing=covered, share=covered / people)


def _in_reach(units: list[Row]) -> list[Row]:
    return [row for row in units if row["status"] == "reported" and _known(row["existing"])]


def bound_of(note: str) -> str:
    """Say what the shortfall of a finding is, by its note.

    Parameters
    ----------
    note
        Note of a finding.

    Returns
    -------
    str
        ``exact``, ``at_least``, ``at_most`` or ``known_only``.

    Examples
    --------
    >>> bound_of("units without data: 1 (A); shortfall is a lower bound")
    'at_least'
    """
    words = {KNOWN_ONLY: "known_only", LOWER_BOUND: "at_least", UPPER_BOUND: "at_most"}
    return next((word for phrase, word in words.items() if phrase in note), "exact")


def bound_in(row: Row, column: str) -> str:
    """Say what a number of a finding is: exact, or a bound.

    Parameters
    ----------
    row
        A finding.
    column
        One of its numbers.

    Returns
    -------
    str
        As ``bound_of`` says it of a shortfall. Units with a facility, and their share, are at least so
        many where units without data are counted as if they had none; other numbers are exact.
    """
    if column == "shortfall":
        return bound_of(row["note"]) if row["shortfall"] > 0 else "exact"
    fewest = row.get("measure") == "units_with_one" and bound_of(row["note"]) == "at_most"
    return "at_least" if fewest and column in {"existing", "share"} else "exact"


def _headline(result: Assessment, norm: Norm, rows: list[Row]) -> Headline:
    root = result.area.code
    whole = {row["rollup"]: row for row in rows if row["unit_code"] == root}
    total = whole.get("sum_of_units") or whole.get("unit") or {}
    one = whole.get("net") or whole.get("unit") or {}
    units = _summed(norm, rows, root)
    circle = norm.kind in CIRCLES
    reached = _in_reach(units)
    known = _reached(units) if circle else None
    short = [row for row in units if row["status"] == "short"]
    sizes = _sizes(result, norm, rows[0]["measure"], {row["unit_type"] for row in short})
    lowest = sorted(reached, key=lambda row: (row["share"], row["unit_code"]))
    most = sorted(_lacking(rows, root), key=lambda row: (-row["shortfall"], row["unit_code"]))
    worst = _worst(lowest, "share") if circle else _worst(most, "shortfall")
    return Headline(
        norm_id=norm.id,
        measure=rows[0]["measure"],
        tier=_one_tier(units),
        status=str(total.get("status", "no_data")),
        units={status: sum(row["status"] == status for row in units) for status in STATUSES},
        shortfall=float(total.get("shortfall", _NAN)),
        bound=bound_of(str(total.get("note", ""))),
        as_one=float(one.get("shortfall", _NAN)),
        worst=worst,
        facilities=_facilities(short, sizes),
        sizes=sizes,
        people=_NAN if known is None else known.base_value,
        covered=_NAN if known is None else known.existing,
        share=_NAN if known is None else known.share,
    )


def _one_tier(units: list[Row]) -> str:
    tiers = {TIER_OF[row["unit_type"]] for row in units}
    return tiers.pop() if len(tiers) == 1 else ""


def _known(number: float) -> bool:
    return not math.isnan(number)


def _summed(norm: Norm, rows: list[Row], root: str) -> list[Row]:
    """Give the units of which the whole area is the sum: of one tier, or of all alike."""
    own = [row for row in rows if row["rollup"] == "unit"]
    below = [row for row in own if row["unit_code"] != root]
    if norm.of is not None and norm.of.units and below:
        return below
    return _of_tier(own, TIERS_SUMMED)


def _of_tier(rows: list[Row], order: tuple[str, ...]) -> list[Row]:
    by_tier: dict[str, list[Row]] = {}
    for row in rows:
        by_tier.setdefault(TIER_OF[row["unit_type"]], []).append(row)
    return next((by_tier[tier] for tier in order if tier in by_tier), [])


def _lacking(rows: list[Row], root: str) -> list[Row]:
    """Give the rows that say where something is missing: of streets, else of the tier that there is.

    A street's row is its own, or the sum of its communities.
    """
    found: dict[str, Row] = {}
    for row in rows:
        code, rollup = row["unit_code"], row["rollup"]
        if rollup == "sum_of_units" or (rollup == "unit" and code not in found):
            found[code] = row
    found.pop(root, None)
    units = _of_tier(list(found.values()), TIERS_SUMMED)
    return [row for row in units if row["status"] == "short" and row["shortfall"] > 0]


def _worst(rows: list[Row], column: str) -> tuple[Worst, ...]:
    return tuple(
        Worst(row["unit_code"], row["unit_name"], float(row[column])) for row in rows[:_WORST]
    )


def _sizes(result: Assessment, norm: Norm, measure: str, types: set[str]) -> dict[str, Decimal]:
    """Smallest size that the selection asks of a facility of the service, by type of unit.

    A gap of compounds is closed compound by compound, so there is none for their norms.
    """
    by_compound = norm.applies_to in {"new_compounds", "old_compounds"}
    if norm.kind != "ratio_per_population" or by_compound or measure not in _SIZED:
        return {}
    sizes: dict[str, Decimal] = {}
    for other in result.norms.norms:
        if other.service != norm.service or other.minimum_size is None:
            continue
        if other.minimum_size_unit != _SIZED[measure]:
            continue
        for level in set(other.levels) & types:
            sizes[level] = min(other.minimum_size, sizes.get(level, other.minimum_size))
    return dict(sorted(sizes.items()))


def _facilities(short: list[Row], sizes: dict[str, Decimal]) -> float:
    """Count facilities of the smallest size; NaN unless every unit that is short has a size."""
    if not short or not {row["unit_type"] for row in short} <= set(sizes):
        return _NAN
    return float(
        sum(math.ceil(exact(float(row["shortfall"])) / sizes[row["unit_type"]]) for row in short)
    )
