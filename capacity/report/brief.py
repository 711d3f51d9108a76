"""What ``capacity assess`` shows at its end: one page, from which the files go on.

Which norms are the main ones is said by the tables of the workbook: those that its blocks take.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from rich.console import Group as Together
from rich.text import Text

from capacity.assess.summary import headlines
from capacity.exact import rounded
from capacity.findings import STATUSES
from capacity.norms.model import UNITS_OF_MEASURE
from capacity.report import labels
from capacity.report.fitting import Fitted, Wrapped, broken
from capacity.report.labels import label
from capacity.report.short import is_known, short_cell
from capacity.report.terminal import COLOURS
from capacity.report.text import clean, never_zero
from capacity.report.view import look
from capacity.report.workbook.layout import select, tables
from capacity.vocabulary import GROUPS, POPULATION, SERVICES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from rich.console import RenderableType

    from capacity.assess.result import Assessment
    from capacity.assess.summary import Headline
    from capacity.report.labels import Language, Pair
    from capacity.report.view import Group, Row, Unit, View

_UNITS_SHOWN: Final = 15
_PROBLEMS_SHOWN: Final = 8
_GAPS_SHOWN: Final = 4
_VERDICTS: Final = ("met", "short", "no_data")
_TITLE: Final[Pair] = (
    "{name}:{n}项标准,{on}到期或下一阶段;数据时点 {data}",
    "{name}: {n} norms due or next on {on}; data of {data}",
)
_NORMS: Final[Pair] = (
    "主要标准(缺口为分单位合计;右边三列是单位个数)",
    "Main norms (shortfalls summed over units; the three columns on the right count units)",
)
_CHOSEN: Final[Pair] = (
    "所列为填报表设专栏的标准,不设专栏的领域列有结论或占比的标准;全无数据的不列。全部{n}项见 shortfalls.xlsx 表0。",
    (
        "Shown are the norms with columns of their own in the tables of the workbook; of services without "
        "such columns those with a verdict or a share. Norms without any data are left out. All {n} are in "
        "table 0 of shortfalls.xlsx."
    ),
)
_UNITS: Final[Pair] = (
    "各{tier}:全部标准中各有几项达标、未达标、缺数据,及几项缺口",
    "By {tier}: how many of all norms are met, short or without data, and some shortfalls",
)
_LEGEND: Final[Pair] = (
    "「—」不适用  「…」缺数据  %:占比  「≥」至少  「≤」至多  「已知」仅为已知部分",
    "“—” not applicable  “…” no data  %: share  “≥” at least  “≤” at most  “known” of what is known",
)
_OTHERS: Final[Pair] = (
    "另有{n}个{tier}未列出:--verbose 全部列出,shortfalls.xlsx 也有。",
    "{n} more {tier}: --verbose shows all, as does shortfalls.xlsx.",
)
_PROBLEMS: Final[Pair] = ("输入数据的警告", "Warnings about the inputs")
_MORE_PROBLEMS: Final[Pair] = ("另有 {n} 种警告:{names}", "{n} more kinds of warnings: {names}")
# What makes everything after it wrong comes first, then what is counted twice or in another place.
_GRAVE: Final = (
    "crs.",
    "facilities.duplicates",
    "facilities.same_name",
    "facilities.other_unit",
    "units.",
    "population.",
    "census.",
)
_SPOKEN: Final[dict[str, Pair]] = {
    "code": ("代码", "code"),
    "name": ("名称", "name"),
    "norm": ("标准", "norm"),
    "asked": ("要求", "asked"),
    "kind": ("单位", "units"),
    "tiers": ("各级", "all tiers"),
    "problem": ("问题", "problem"),
    "times": ("条数", "times"),
    "count": ("数量", "count"),
    "file": ("文件", "file"),
    "mend": ("改法", "mend"),
}


def brief(result: Assessment, *, language: Language = "zh") -> list[RenderableType]:
    """Draw the page of an assessment: main norms, units, and the warnings about the inputs.

    Parameters
    ----------
    result
        What ``assess`` gave.
    language
        ``zh`` or ``en``.

    Returns
    -------
    list of renderable
        A heading; a table with a row per main norm, with what the whole area lacks and how many
        units are met, short and without data; a table with a row per district (else per street or
        township), those with most norms short first, 15 at most; a legend; and the warnings by
        problem: coordinates, what may be counted twice and units first, then the most frequent; eight
        at most, and the names of the others.
    """
    view = look(result)
    norms = result.norms
    title = label(_TITLE, language).format(
        name=clean(result.area.name), n=len(norms.norms), on=norms.on, data=result.area.data_date
    )
    groups = main_norms(view)
    found = [
        Text(title, style="bold"),
        _norm_table(view, groups, language),
        _unit_table(view, groups, language),
        Text(label(_LEGEND, language)),
        Text(),
    ]
    problems = _problem_table(result, language)
    return found if problems is None else [*found, problems]


def main_norms(view: View) -> list[Group]:
    """Choose the norms that a page has room for.

    Parameters
    ----------
    view
        An indexed assessment.

    Returns
    -------
    list of Group
        Of each table of the workbook those that its blocks take; where there are none, those with a
        verdict or a share. Norms of which nothing is known are left out.
    """
    chosen: list[Group] = []
    for table in tables():
        free = [
            group
            for service in table.services
            for group in view.of_service(service)
            if group.measure not in labels.SECONDARY
        ]
        taken: dict[str, Group] = {}
        for block in table.blocks:
            rest = [group for group in free if group.norm.id not in taken]
            if block.select and (group := select(block, rest)) is not None:
                taken[group.norm.id] = group
        if not taken:
            judged = [group for group in free if _is_judged(view, group)]
            taken = {group.norm.id: group for group in reversed(judged)}
        chosen += sorted(taken.values(), key=lambda group: group.number)
    tiers = {service: view.tiers(service)[0] for service in {g.norm.service for g in chosen}}
    return [group for group in chosen if is_known(view, tiers[group.norm.service], group)]


def _is_judged(view: View, group: Group) -> bool:
    row = _whole(view, group)
    has_share = bool(group.norm.measures) and row is not None
    return has_share or (row is not None and row["status"] in {"met", "short"})


def _whole(view: View, group: Group) -> Row | None:
    return view.row(view.root, group, "sum_of_units", "unit", "net")


def _norm_table(view: View, groups: Sequence[Group], language: Language) -> RenderableType:
    said = {(h.norm_id, h.measure): h for h in headlines(view.result)}
    heads = [
        *(label(_SPOKEN[name], language) for name in ("norm", "asked")),
        label(labels.WHOLE[view.units[view.root].type], language),
        label(_SPOKEN["kind"], language),
        *(label(STATUSES[status], language) for status in _VERDICTS),
    ]
    rows = [
        [
            Text(f"[{group.number}] {clean(labels.norm_name(group.norm, language))}"),
            Text(_asked(group, language)),
            _whole_cell(view, group, language),
            *_counted(said[group.norm.id, group.measure], language),
        ]
        for group in groups
    ]
    rule = label(_CHOSEN, language).format(n=len(view.result.norms.norms))
    table = Fitted(label(_NORMS, language), heads, rows, right=(2, 4, 5, 6), wrapped=0)
    return Together(table, Wrapped(rule), Text())


def _counted(headline: Headline, language: Language) -> list[Text]:
    """Write which units a norm is judged of, and how many are met, short and without data."""
    counts = headline.units
    judged = counts["met"] + counts["short"] > 0
    of = labels.TIERS[headline.tier] if headline.tier else _SPOKEN["tiers"]
    cells = [Text(label(of, language) if any(counts.values()) else "")]
    for status in _VERDICTS:
        number = str(counts[status]) if judged or status == "no_data" else labels.NOT_APPLICABLE
        cells.append(Text(number, style=COLOURS[status] if counts[status] else "dim"))
    return cells


def _asked(group: Group, language: Language) -> str:
    """Write the value of a norm; its smallest size and its date stand in the files."""
    norm = group.norm
    top = "" if norm.value_max is None else f"—{norm.value_max:f}"
    unit = label(UNITS_OF_MEASURE[norm.unit], language)
    return f"{labels.COMPARATORS[norm.comparator]}{norm.value:f}{top} {unit}"


def _whole_cell(view: View, group: Group, language: Language) -> Text:
    """Say what the whole area lacks, or the share in reach of the units that are known."""
    row = _whole(view, group)
    cell = short_cell(row, group, language)
    unit = label(labels.QUANTITIES[group.measure], language)
    if row is not None and row["status"] == "short" and row["share"] != row["share"]:  # NaN
        return Text(f"{cell.text} {unit}", style=COLOURS[cell.status])
    return Text(cell.text, style=COLOURS[cell.status])


def _unit_table(view: View, groups: Sequence[Group], language: Language) -> RenderableType:
    tier = "district" if view.units_of("district") else _tier(view, groups)
    units = view.units_of(tier) or (view.units[view.root],)
    counts = {unit.code: _statuses(view, unit) for unit in units}
    ordered = sorted(units, key=lambda unit: (-counts[unit.code]["short"], unit.code))
    shown = _columns(view, groups, ordered)
    tier_name = label(labels.TIERS[tier], language)
    heads = [
        *(label(_SPOKEN[name], language) for name in ("code", "name")),
        label(GROUPS[POPULATION], language),
        *(label(STATUSES[status], language) for status in _VERDICTS),
        *(f"[{g.number}]\n{label(SERVICES[g.norm.service], language)}" for g in shown),
    ]
    rows = []
    for unit in ordered[:_UNITS_SHOWN]:
        people = view.people(unit.code, POPULATION)
        cells = [short_cell(view.shown(unit.code, group), group, language) for group in shown]
        rows.append(
            [
                Text(clean(unit.code)),
                Text(clean(unit.name)),
                Text(rounded(people, 0) if people == people else labels.NO_DATA),  # noqa: PLR0124  # NaN
                *(Text(str(counts[unit.code][s]), style=COLOURS[s]) for s in _VERDICTS),
                *(Text(broken(cell.text), style=COLOURS[cell.status]) for cell in cells),
            ]
        )
    title = label(_UNITS, language).format(tier=tier_name)
    right = tuple(range(2, len(heads)))
    table = Fitted(title, heads, rows, right=right, wrapped=1, kept=len(heads) - len(shown))
    left = len(ordered) - _UNITS_SHOWN
    if left <= 0:
        return table
    return Together(table, Text(label(_OTHERS, language).format(n=left, tier=tier_name)))


def _tier(view: View, groups: Sequence[Group]) -> str:
    services = [group.norm.service for group in groups] or [
        service for service in SERVICES if view.of_service(service)
    ]
    return view.tiers(services[0])[0] if services else "street"


def _statuses(view: View, unit: Unit) -> Counter[str]:
    """Count the norms of a unit by status, each with its first measure."""
    found: dict[str, str] = {}
    for group in view.groups:
        row = view.shown(unit.code, group) if group.measure not in labels.SECONDARY else None
        if row is not None:
            found.setdefault(group.norm.id, row["status"])
    return Counter(found.values())


def _columns(view: View, groups: Sequence[Group], units: Sequence[Unit]) -> list[Group]:
    """Choose the first norm with a verdict of each service that has one among these units."""
    first: dict[str, Group] = {}
    for group in groups:
        rows = [view.shown(unit.code, group) for unit in units]
        if any(row is not None and row["status"] in {"met", "short"} for row in rows):
            first.setdefault(group.norm.service, group)
    return list(first.values())[:_GAPS_SHOWN]


def _problem_table(result: Assessment, language: Language) -> RenderableType | None:
    quality = result.quality
    found = quality[quality["severity"] == "warning"]
    if found.empty:
        return None
    grouped = found.groupby("code", sort=False)
    rows, times = grouped["count"].sum(), grouped.size()
    order = sorted(rows.index, key=lambda code: (_gravity(code), -times[code], -rows[code], code))
    names_of_columns = ("problem", "times", "count", "file", "mend")
    heads = [label(_SPOKEN[name], language) for name in names_of_columns]
    heads = heads if language == "zh" else heads[:-1]
    lines = []
    called = found.groupby("code")["problem"].first()
    names = {code: called[code] if language == "zh" else code for code in order}
    for code in order[:_PROBLEMS_SHOWN]:
        some = grouped.get_group(code)
        first = some.iloc[0]
        name = names[code]
        files = dict.fromkeys(file for file in some["file"] if file)
        cells = [name, str(len(some)), _count(some, language), "、".join(files)]
        mend = [first["mend_zh"]] if language == "zh" else []
        lines.append([Text(clean(cell)) for cell in (*cells, *mend)])
    title = label(_PROBLEMS, language)
    table = Fitted(title, heads, lines, right=(1, 2), wrapped=len(heads) - 1)
    left = order[_PROBLEMS_SHOWN:]
    if not left:
        return table
    joined = ("、" if language == "zh" else ", ").join(clean(names[code]) for code in left)
    more = label(_MORE_PROBLEMS, language).format(n=len(left), names=joined)
    return Together(table, Text(more))


def _count(some: pd.DataFrame, language: Language) -> str:
    """Write how many things a problem is about, else the largest amount with its unit."""
    many = some["count"].sum()
    if many:
        return rounded(many, 0)
    amounts = some[some["amount"].notna()]
    if amounts.empty:
        return labels.NOT_APPLICABLE
    most = amounts.sort_values("amount", ascending=False).to_dict(orient="records")[0]
    unit = label(labels.QUALITY_UNITS.get(most["unit"], (most["unit"], most["unit"])), language)
    return f"{never_zero(most['amount'], 0)} {unit}".strip()


def _gravity(code: str) -> int:
    return next((at for at, head in enumerate(_GRAVE) if code.startswith(head)), len(_GRAVE))
