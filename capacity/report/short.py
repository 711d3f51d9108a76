"""Short tables of an assessment: one row per unit and one cell per norm, for screens.

The terminal and the notebook show the same cells; each draws them in its own way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from capacity.assess.summary import bound_in
from capacity.errors import NormError
from capacity.exact import percent, rounded, share_decimals
from capacity.findings import ROLLUPS, STATUSES
from capacity.report import labels
from capacity.report.labels import label
from capacity.report.text import clean, never_zero
from capacity.report.view import TIER_ORDER, known_part, look
from capacity.vocabulary import GROUPS, KNOWN_ONLY, LOWER_BOUND, POPULATION, SERVICES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity.assess.result import Assessment
    from capacity.report.labels import Language, Pair
    from capacity.report.view import Group, Row, Unit, View


_WIDE: Final = 6
KNOWN: Final = labels.MARKS["known_only"]
"""What stands before a number of what is known alone."""


@dataclass(frozen=True, slots=True)
class ShortCell:
    """What a cell says, and the status that colours it."""

    text: str
    status: str


@dataclass(frozen=True, slots=True)
class ShortRow:
    """A unit, or the whole area summed or taken as one unit."""

    code: str
    name: str
    residents: str
    cells: tuple[ShortCell, ...]
    total: bool


@dataclass(frozen=True, slots=True)
class ShortTable:
    """The units of one tier and the main norms of one service, by number and in words.

    Attributes
    ----------
    service, title
        Which service, and its name with the tier.
    numbers, measures, heads
        Of each column the norm's number, what it counts where several columns are of that norm
        (else empty), and both with standard and date.
    rows
        The rows.
    """

    service: str
    title: str
    numbers: tuple[str, ...]
    measures: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[ShortRow, ...]


def short_tables(view: View, language: Language = "zh") -> list[ShortTable]:
    """Look up the short table of each service that has findings.

    Parameters
    ----------
    view
        An indexed assessment.
    language
        ``zh`` or ``en``.

    Returns
    -------
    list of ShortTable
        Streets and townships where they have findings (else the next tier that has), after the rows
        of the whole area; a service with many norms has several tables. Measures that only add to
        another one, and norms of which no unit has data, are left to the workbook.
    """
    tables = []
    for service in SERVICES:
        groups = [g for g in view.of_service(service) if g.measure not in labels.SECONDARY]
        if not groups:
            continue
        tier = view.tiers(service)[0]
        shown = view.at_tier(groups, tier)
        known = [group for group in shown if is_known(view, tier, group)] or shown
        parts = [known[start : start + _WIDE] for start in range(0, len(known), _WIDE)]
        tables += [table_of(view, service, part, language) for part in parts]
    return tables


def table_of(
    view: View, service: str, groups: Sequence[Group], language: Language = "zh"
) -> ShortTable:
    """Look up the short table of some norms of a service, in its first tier.

    Parameters
    ----------
    view
        An indexed assessment.
    service
        The service.
    groups
        Norms and measures, each a column.
    language
        ``zh`` or ``en``.

    Returns
    -------
    ShortTable
        The rows of the whole area, then those of the units.
    """
    tier = view.tiers(service)[0]
    name = label(SERVICES[service], language)
    return ShortTable(
        service=service,
        title=name + _bracketed(label(labels.TIERS[tier], language), language),
        numbers=tuple(f"[{group.number}]" for group in groups),
        measures=tuple(_measure(group, groups, language) for group in groups),
        heads=tuple(_head(group, language) for group in groups),
        rows=(*_root_rows(view, groups, language), *_unit_rows(view, tier, groups, language)),
    )


def wide_table(
    result: Assessment, norm_ids: Sequence[str], language: Language = "zh"
) -> pd.DataFrame:
    """Look up a table of some norms: a row per unit, a column per norm and measure.

    Parameters
    ----------
    result
        What ``assess`` gave.
    norm_ids
        Norms of its selection; none stands for all that have a finding at the tier.
    language
        ``zh`` or ``en``.

    Returns
    -------
    DataFrame
        Text, as a terminal shows it. The rows of the whole area come first, then those of streets and
        townships, if any of the norms has findings there; else of communities, districts, the city.

    Raises
    ------
    NormError
        If a norm is not of the selection, or has no finding here.
    """
    view = look(result)
    asked = result.norms.choose(*norm_ids).norms if norm_ids else result.norms.norms
    order = {norm_id: n for n, norm_id in enumerate(norm_ids or [norm.id for norm in asked])}
    groups = [g for g in view.groups if g.measure and g.norm.id in order]
    groups = sorted(
        (g for g in groups if g.measure not in labels.SECONDARY), key=lambda g: order[g.norm.id]
    )
    if missing := [name for name in norm_ids if name not in {g.norm.id for g in groups}]:
        raise NormError(f"No findings here of {', '.join(missing)}.")
    if not groups:
        raise NormError("The assessment has no findings.")
    tiers = [tier for service in SERVICES for tier in view.tiers(service)]
    tier = next(t for t in sorted(tiers, key=TIER_ORDER.index) if view.at_tier(groups, t))
    if not norm_ids:
        groups = list(view.at_tier(groups, tier))
    rows = [*_root_rows(view, groups, language), *_unit_rows(view, tier, groups, language)]
    heads = [label(word, language) for word in (("代码", "code"), GROUPS[POPULATION])]
    return pd.DataFrame(
        [[row.code, row.residents, *(cell.text for cell in row.cells)] for row in rows],
        columns=[*heads, *(_head(group, language) for group in groups)],
        index=pd.Index([row.name for row in rows], name=label(("名称", "name"), language)),
        dtype="str",
    )


def _measure(group: Group, groups: Sequence[Group], language: Language) -> str:
    alike = sum(other.number == group.number for other in groups)
    return labels.measure_name(group.measure, group.norm.service, language) if alike > 1 else ""


def is_known(view: View, tier: str, group: Group) -> bool:
    """Whether any unit of a tier, or the whole area, has the data for a norm.

    Parameters
    ----------
    view
        An indexed assessment.
    tier
        Tier of the units.
    group
        A norm and measure.

    Returns
    -------
    bool
        False where everything is ``no_data`` or not applicable.
    """
    codes = [view.root, *(unit.code for unit in view.units_of(tier))]
    rows = [view.row(code, group, rollup) for code in codes for rollup in ROLLUPS]
    return any(row and row["status"] in {"met", "short", "reported"} for row in rows)


def _head(group: Group, language: Language) -> str:
    """Name a norm with its measure, or the unit of its shortfall; its standard and date tell it apart."""
    norm = group.norm
    name = clean(labels.norm_name(norm, language))
    asked = labels.standard_text(norm, language), labels.due_text(norm, language)
    words = label((",", ", "), language).join(asked)
    if norm.measures:
        return f"{name} {label(labels.MEASURES[group.measure], language)} {words}"
    of = _bracketed(label(labels.QUANTITIES[group.measure], language), language)
    return f"{name}{of} {words}"


def _bracketed(words: str, language: Language) -> str:
    """Put words in brackets, after a space in English."""
    return f" ({words})" if language == "en" else f"({words})"


def _root_rows(view: View, groups: Sequence[Group], language: Language) -> list[ShortRow]:
    root = view.units[view.root]
    return [
        _row(view, root, (rollup,), groups, language)
        for rollup in ("sum_of_units", "net")
        if any(view.row(root.code, group, rollup) for group in groups)
    ]


def _unit_rows(
    view: View, tier: str, groups: Sequence[Group], language: Language
) -> list[ShortRow]:
    units = view.units_of(tier) or (view.units[view.root],)
    return [_row(view, unit, (), groups, language) for unit in units]


def _row(
    view: View,
    unit: Unit,
    rollups: tuple[str, ...],
    groups: Sequence[Group],
    language: Language,
) -> ShortRow:
    people = view.people(unit.code, POPULATION)
    is_total = bool(rollups)
    found = [
        view.row(unit.code, group, *rollups) if is_total else view.shown(unit.code, group)
        for group in groups
    ]
    return ShortRow(
        code=clean(unit.code),
        name=label(ROLLUPS[rollups[0]], language) if is_total else clean(unit.name),
        residents=rounded(people, 0) if people == people else labels.NO_DATA,  # noqa: PLR0124  # NaN
        cells=tuple(
            short_cell(row, group, language) for row, group in zip(found, groups, strict=True)
        ),
        total=is_total,
    )


def short_cell(row: Row | None, group: Group, language: Language) -> ShortCell:
    """Say the shortfall, the share, or the status where there is neither.

    Parameters
    ----------
    row
        A row of the findings, or None where there is none.
    group
        Its norm and measure.
    language
        ``zh`` or ``en``.

    Returns
    -------
    ShortCell
        A few words, and the status that colours them.
    """
    if row is None:
        return ShortCell(labels.NOT_APPLICABLE, "not_applicable")
    status, share, shortfall = row["status"], row["share"], row["shortfall"]
    if status == "not_applicable":
        return ShortCell(labels.NOT_APPLICABLE, status)
    if status == "no_data":
        known = known_part(row, "share") is not None
        return ShortCell(
            value_text(row, "share", group, language) if known else labels.NO_DATA, status
        )
    if share == share:  # noqa: PLR0124  # NaN
        said = value_text(row, "share", group, language)
        if status == "short" and shortfall == shortfall:  # noqa: PLR0124  # NaN
            word = label(labels.COLUMNS["shortfall"], language)
            said += _bracketed(f"{word} {value_text(row, 'shortfall', group, language)}", language)
        return ShortCell(said, status)
    said = label(STATUSES[status], language)
    reported = status == "reported"
    if status == "met" or (reported and not shortfall) or shortfall != shortfall:  # noqa: PLR0124  # NaN
        return ShortCell(said, status)
    mark, number = number_text(row, "shortfall", group)
    word = label(labels.COLUMNS["shortfall"], language)
    words = f"{word} {label(mark, language)}{number}"
    if mark == KNOWN:
        words = f"{label(mark, language)}{word} {number}"
    return ShortCell(said + _bracketed(words, language) if reported else words, status)


def value_text(row: Row, column: str, group: Group, language: Language) -> str:
    """Write a number of a finding with its mark, or the mark of why there is none.

    Parameters
    ----------
    row
        A row of the findings.
    column
        One of its numbers.
    group
        Its norm and measure.
    language
        ``zh`` or ``en``.

    Returns
    -------
    str
        As ``number_text`` gives it.
    """
    mark, number = number_text(row, column, group)
    return label(mark, language) + number


def number_text(row: Row, column: str, group: Group) -> tuple[Pair, str]:
    """Write a number of a finding as the workbook shows it, or the mark of why there is none.

    Parameters
    ----------
    row
        A row of the findings, as a view has it.
    column
        One of its numbers.
    group
        Its norm and measure.

    Returns
    -------
    tuple of (pair, str)
        What stands before it, ``≥`` or ``≤`` of a shortfall that is a bound and 已知 of a number of
        what is known alone, and the number: areas and shares with one decimal and the rest whole, with
        more where they would be rounded to nothing or up to the standard.
    """
    value, note = row[column], row["note"]
    known = known_part(row, column)
    if known is not None:
        return KNOWN, _written(known, column, group, row)
    if value != value:  # noqa: PLR0124  # NaN
        missing = row["status"] == "no_data" or LOWER_BOUND in note or KNOWN_ONLY in note
        return ("", ""), labels.NO_DATA if missing else labels.NOT_APPLICABLE
    bound = bound_in(row, column)
    return labels.MARKS[bound], _written(value, column, group, row)


def _written(value: float, column: str, group: Group, row: Row) -> str:
    if column == "share":
        digits = share_decimals(value, row["standard"]) if row["status"] == "short" else 1
        return percent(value, digits)
    digits = 1 if value and group.measure in labels.AREAS and column != "base_value" else 0
    return never_zero(value, digits)
