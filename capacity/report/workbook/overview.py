"""Table 0: one row per norm, conflicting norms on adjacent rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from capacity.norms.conflicts import contradicts
from capacity.norms.model import UNITS_OF_MEASURE
from capacity.report import labels
from capacity.report.view import known_part
from capacity.report.workbook import cells, words
from capacity.report.workbook.cells import Cell
from capacity.report.workbook.sheet import Column, Line
from capacity.vocabulary import SERVICES

if TYPE_CHECKING:
    from capacity.norms.model import Norm
    from capacity.report.labels import Pair
    from capacity.report.view import Group, Row
    from capacity.report.workbook.maker import Maker

TITLE: Final = ("公共服务设施缺口总览表", "shortfall of facilities, overview")
_VERDICTS: Final = ("met", "short", "no_data")
_ABOVE: Final = ("上级标准,不在本表核算", "asked of a larger unit")
_NO_LEVEL: Final = ("无此层级单位", "no unit of this level")
_NOT_ALONE: Final = ("未单独核算", "not assessed by itself")
_PARTLY: Final = ("总量达标,单位有缺口", "met as a whole, units short")
_COUNTS: Final = (
    "「达标单位数」「应达标单位数」按有单位结论的最高层级统计(按单位数计占比的标准,各级单位一并统计),缺数据的单位计入应达标、不计入达标。",
    (
        "Units are counted at the highest tier with a verdict, shares of units over all tiers; those "
        "without data count as asked, not as met."
    ),
)


def write(maker: Maker) -> None:
    """Write 表0."""
    say = maker.say
    whole = labels.WHOLE[maker.view.units[maker.view.root].type]
    shortfall = say(("缺口", "shortfall"))
    units = say(("单位数", "units"))
    required = say(("应有", "required"))
    sums = say(("分单位合计", "sum of units"))
    one = say((f"{whole[0]}总量", f"{whole[1]} as one"))
    columns = [
        Column(say(("序号", "no.")), width=6, text=True),
        Column(say(("领域", "service")), width=10, text=True),
        Column(say(("标准", "norm")), width=30, text=True),
        Column(say(("标准值", "standard")), width=9),
        Column(say(("单位", "unit")), width=15, text=True),
        Column(say(("依据文件及条款", "source")), width=30, text=True),
        Column(say(("时限", "due")), width=13, text=True),
        Column(say(("计量单位", "counted in")), width=9, text=True),
        Column(say(("现状", "existing")), width=12),
        Column(sums, required, 12),
        Column(one, required, 12),
        Column(sums, shortfall, 12),
        Column(one, shortfall, 12),
        Column(say(("占比", "share")), width=10),
        Column(say(("达标", "met")), units, 7),
        Column(say(("应达标", "asked")), units, 7),
        Column(say(("结论", "result")), width=15, text=True),
        Column(say(("冲突说明", "conflict")), width=20, text=True),
    ]
    sheet = maker.sheet("0", TITLE, columns, units=words.UNITS, stub=3)
    firsts = _firsts(maker)
    sheet.table(_line(maker, group) for group in firsts)
    conflicts = [
        say(
            (
                f"{one.id}:{one.text_zh} 处理:{one.resolution_zh}",
                f"{one.id}: {one.text_en} Done: {one.resolution_en}",
            )
        )
        for one in maker.view.result.norms.conflicts
    ]
    notes = [say(words.LEGEND), say(words.TWO_TOTALS), say(_COUNTS), *conflicts]
    sheet.notes(say(("注:", "Notes")), notes)
    sheet.finish()


def _firsts(maker: Maker) -> list[Group]:
    """First measure of every norm, in the order of the norms' numbers."""
    firsts: dict[str, Group] = {}
    for group in maker.view.groups:
        old = firsts.get(group.norm.id)
        if old is None or _rank(group) < _rank(old):
            firsts[group.norm.id] = group
    return sorted(firsts.values(), key=lambda group: maker.numbers[group.norm.id])


def _rank(group: Group) -> tuple[bool, int]:
    measures = list(group.norm.measures)
    at = measures.index(group.measure) if group.measure in measures else len(measures)
    return group.measure in labels.SECONDARY, at


def _line(maker: Maker, group: Group) -> Line:
    view, norm, language = maker.view, group.norm, maker.language
    total = view.row(view.root, group, "sum_of_units")
    whole = view.row(view.root, group, "net", "unit")
    row = total if total is not None and _exists(total) else whole
    style = "area" if group.measure in labels.AREAS else "count"
    _, counts = view.statuses(group)
    asked = sum(counts.get(status, 0) for status in _VERDICTS)
    quantity = labels.QUANTITIES.get(group.measure, ("", ""))
    return Line(
        (
            Cell(float(maker.numbers[norm.id]), "year"),
            cells.centre(maker.say(SERVICES[norm.service])),
            cells.text(labels.norm_name(norm, language)),
            _standard(norm),
            cells.centre(_unit(maker, norm)),
            cells.text(norm.source.citation),
            cells.centre(labels.due_text(norm, language)),
            cells.centre(maker.say(quantity)),
            cells.figure(row or total or whole, "existing", style),
            cells.figure(total, "required", style),
            cells.figure(whole, "required", style),
            cells.figure(total, "shortfall", style),
            cells.figure(whole, "shortfall", style),
            cells.figure(row or total or whole, "share", "share"),
            Cell(float(counts.get("met", 0)), "count") if asked else cells.mark(None),
            Cell(float(asked), "count") if asked else cells.mark(None),
            _conclusion(maker, group, total, whole),
            cells.text(_conflict(maker, norm)),
        )
    )


def _exists(row: Row) -> bool:
    return known_part(row, "existing") is not None or not math.isnan(row["existing"])


def _standard(norm: Norm) -> Cell:
    """Write the value as a number; its sign and the end of a range are its format."""
    sign = labels.COMPARATORS[norm.comparator]
    top = "" if norm.value_max is None else f"—{norm.value_max:f}"
    return Cell(float(norm.value), "plain", bound=(sign, sign), tail=top)


def _unit(maker: Maker, norm: Norm) -> str:
    unit = maker.say(UNITS_OF_MEASURE[norm.unit])
    if norm.minimum_size is None:
        return unit
    of = maker.say(UNITS_OF_MEASURE[norm.minimum_size_unit])
    size = f"{norm.minimum_size:f}"
    return maker.say((f"{unit},最低{size}{of}", f"{unit}, at least {size} {of}"))


def _conclusion(maker: Maker, group: Group, total: Row | None, whole: Row | None) -> Cell:
    if total is None or whole is None:
        if total is None and whole is None:
            return Cell(maker.say(_no_finding(maker, group)), "not_applicable")
        return cells.status(total or whole, maker.language)
    if (total["status"], whole["status"]) == ("short", "met"):
        return Cell(maker.say(_PARTLY), "short")
    return cells.status(total, maker.language)


def _no_finding(maker: Maker, group: Group) -> Pair:
    types = {unit.type for unit in maker.view.units.values()}
    if types & {*group.norm.levels, *group.norm.shown_at}:
        return _NOT_ALONE
    return _ABOVE if "city" in group.norm.levels and "city" not in types else _NO_LEVEL


def _conflict(maker: Maker, norm: Norm) -> str:
    """Name the conflicts of a norm, and the numbers of the norms whose value differs from its own."""
    texts = []
    norms = maker.view.result.norms.norms
    for conflict in norm.conflicts:
        others = sorted(
            maker.numbers[other.id]
            for other in norms
            if conflict in other.conflicts
            and other.id in maker.numbers
            and contradicts(norm, other)
        )
        if others:
            numbers = "".join(f"[{number}]" for number in others)
            texts.append(
                maker.say(
                    (f"与{numbers}不一致,见{conflict}", f"differs from {numbers}: {conflict}")
                )
            )
        else:
            texts.append(maker.say((f"相关,见{conflict}", f"related: {conflict}")))
    return ";".join(texts)
