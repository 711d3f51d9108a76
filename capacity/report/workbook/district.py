"""Norms that only the whole unit has an answer to, as a list: one row per norm and measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capacity.report import labels
from capacity.report.workbook import cells, words
from capacity.report.workbook.cells import Cell
from capacity.report.workbook.checks import Check, Grid, numbers_hold
from capacity.report.workbook.formulas import TOLERANCE, gap, with_formula
from capacity.report.workbook.maker import Remark
from capacity.report.workbook.sheet import FIRST, Column, Line, address, column_codes
from capacity.vocabulary import SERVICES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity.report.labels import Pair
    from capacity.report.view import Group, Row
    from capacity.report.workbook.maker import Maker

_BASE, _REQUIRED, _EXISTING, _SHORTFALL, _SURPLUS, _SHARE = range(8, 14)


def write(maker: Maker, number: str, title: Pair, groups: Sequence[Group]) -> None:
    """Write a list of norms of the whole unit as a sheet.

    Parameters
    ----------
    maker
        What the sheet is made of.
    number, title
        What it is called.
    groups
        Norms × measures with a finding of the whole unit itself.
    """
    rows = [_row(maker, group) for group in groups]
    remarks = _Remarks(
        maker, number, len(_fixed(maker, groups)) + len(_share_notes(maker, groups, rows))
    )
    grid = [
        _cells(maker, group, row, remarks.of(group, row), FIRST + i)
        for i, (group, row) in enumerate(zip(groups, rows, strict=True))
    ]
    columns = _columns(maker)
    sheet = maker.sheet(number, title, columns, units=words.UNITS, stub=3)
    sheet.table(Line(tuple(line)) for line in grid)
    maker.checks.append(_check(maker, grid, columns, sheet.name, groups))
    notes = [*_fixed(maker, groups), *_share_notes(maker, groups, rows), *remarks.texts]
    sheet.notes(maker.say(("注:", "Notes")), notes)
    sheet.notes(maker.say(("标准依据:", "Sources")), words.sources(maker, groups))
    sheet.finish()


def _row(maker: Maker, group: Group) -> Row:
    row = maker.view.row(maker.view.root, group, "unit", "sum_of_units")
    if row is None:
        raise KeyError(f"{group.norm.id} has no finding of {maker.view.root}.")
    return row


def _columns(maker: Maker) -> list[Column]:
    say = maker.say
    figures = ("required", "existing", "shortfall", "surplus")
    return [
        Column(say(("序号", "no.")), width=6, text=True),
        Column(say(("领域", "service")), width=10, text=True),
        Column(say(("标准", "norm")), width=34, text=True),
        Column(say(("统计内容", "measure")), width=14, text=True),
        Column(say(("标准值", "standard")), width=20, text=True),
        Column(say(("时限", "due")), width=15, text=True),
        Column(say(("计量单位", "unit")), width=8, text=True),
        Column(say(("基数", "base")), width=14, text=True),
        Column(say(("基数值", "base value")), width=11),
        *(Column(say(labels.COLUMNS[figure]), width=10) for figure in figures),
        Column(say(("占比(%)", "share (%)")), width=9),
        Column(say(labels.COLUMNS["status"]), width=9),
        Column(say(("备注", "note")), width=14, text=True),
    ]


def _cells(maker: Maker, group: Group, row: Row, remark: str, at: int) -> list[Cell]:
    norm, language = group.norm, maker.language
    style = "area" if group.measure in labels.AREAS else "count"
    line = [
        Cell(maker.number(norm), "code"),
        cells.centre(maker.say(SERVICES[norm.service])),
        cells.text(labels.norm_name(norm, language)),
        cells.centre(words.measure_of(group, language)),
        cells.centre(labels.standard_text(norm, language)),
        cells.centre(labels.due_text(norm, language)),
        cells.centre(maker.say(labels.QUANTITIES[group.measure])),
        cells.centre(_base_text(maker, group, row)),
        cells.figure(row, "base_value", "count"),
        cells.figure(row, "required", style),
        cells.figure(row, "existing", style),
        cells.figure(row, "shortfall", style),
        cells.figure(row, "surplus", style),
        cells.figure(row, "share", "share"),
        cells.status(row, language),
        cells.centre(remark),
    ]
    needed, there, base = (line[at].value for at in (_REQUIRED, _EXISTING, _BASE))
    if not isinstance(there, str) and not isinstance(base, str) and base:
        share = f"={address(at, _EXISTING)}/{address(at, _BASE)}"
        line[_SHARE] = with_formula(line[_SHARE], share, there / base)
    if isinstance(needed, str) or isinstance(there, str):
        return line
    for column, more, less in (
        (_SHORTFALL, _REQUIRED, _EXISTING),
        (_SURPLUS, _EXISTING, _REQUIRED),
    ):
        value = max(0.0, float(line[more].value) - float(line[less].value))
        line[column] = with_formula(line[column], gap(address(at, more), address(at, less)), value)
    return line


def _base_text(maker: Maker, group: Group, row: Row) -> str:
    if row["base_value"] != row["base_value"]:  # NaN
        return ""
    if group.norm.of is not None:
        return words.count_text(group.norm.of, maker.language)
    return maker.say(words.base_of(group)[0])


def _check(
    maker: Maker,
    grid: Sequence[Sequence[Cell]],
    columns: Sequence[Column],
    sheet: str,
    groups: Sequence[Group],
) -> Check:
    area = Grid(sheet, grid, FIRST, (0, len(grid) - 1), column_codes(columns))
    short, more, need, have = (area.code(at) for at in (_SHORTFALL, _SURPLUS, _REQUIRED, _EXISTING))
    rules = (
        numbers_hold(
            area,
            f"{short}−{more}={need}−{have}",
            (_SHORTFALL, _SURPLUS, _REQUIRED, _EXISTING),
            "ABS({0}-{1}-{2}+{3})>0.000001",
            lambda gap, rest, high, low: abs(gap - rest - high + low) > TOLERANCE,
        ),
        numbers_hold(
            area,
            f"{short}×{more}=0",
            (_SHORTFALL, _SURPLUS),
            "ABS({0}*{1})>0.000001",
            lambda one, other: abs(one * other) > TOLERANCE,
        ),
    )
    names = tuple(maker.number(group.norm) for group in groups)
    about = maker.say(("区级标准", "the whole unit"))
    return Check(sheet, about, rules, area.range(0), names)


def _fixed(maker: Maker, groups: Sequence[Group]) -> list[str]:
    ranges = [words.RANGE] if any(words.has_range(group) for group in groups) else []
    return [maker.say(pair) for pair in (words.LEGEND, words.FORMULAS, *ranges)]


def _share_notes(maker: Maker, groups: Sequence[Group], rows: Sequence[Row]) -> list[str]:
    """Shares with their different denominators written out."""
    return [
        text
        for group, row in zip(groups, rows, strict=True)
        if group.measure == "convert" and row["share"] == row["share"]  # NaN
        for text in [words.share_note(maker, group, row)]
        if text
    ]


class _Remarks:
    """Numbered notes of the rows, each text once."""

    def __init__(self, maker: Maker, sheet: str, start: int) -> None:
        self._maker = maker
        self._sheet = sheet
        self._start = start
        self._numbers: dict[str, int] = {}

    def of(self, group: Group, row: Row) -> str:
        """Write the remark of a row: the numbers of its notes."""
        maker = self._maker
        numbers: set[int] = set()
        for phrase, part in words.phrases(row["note"]):
            text = labels.translate(part, maker.language)
            number = self._numbers.setdefault(text, self._start + len(self._numbers) + 1)
            numbers.add(number)
            name = maker.view.units[maker.view.root].name
            maker.remarks.append(
                Remark(self._sheet, phrase, maker.numbers[group.norm.id], name, part)
            )
        if not numbers:
            return ""
        return maker.say(("注", "notes ")) + words.runs(sorted(numbers), maker.language)

    @property
    def texts(self) -> list[str]:
        """The notes, in the order of their numbers."""
        return list(self._numbers)
