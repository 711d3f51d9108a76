"""Tables with a row per unit: totals first, then units by code, with formulas, notes and checks."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from capacity.report import labels
from capacity.report.text import clean, width
from capacity.report.workbook import cells, unit_checks, words
from capacity.report.workbook.cells import Cell
from capacity.report.workbook.maker import Remark
from capacity.report.workbook.sheet import Column, Line
from capacity.report.workbook.unit_formulas import with_formulas
from capacity.vocabulary import GROUPS, UNIT_TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity.report.labels import Pair
    from capacity.report.view import Group, Row, Unit
    from capacity.report.workbook.maker import Maker
    from capacity.report.workbook.parts import Part, Shown

STUB: Final = 5
"""Columns before those of people: number, code, name, type, main urban."""
_TOTAL_KINDS: Final = ("sum", "net", "own")
_NAME_AT: Final = 3


@dataclass(frozen=True, slots=True)
class Key:
    """What a row is about.

    Attributes
    ----------
    code, name, type
        The unit.
    rollups
        Which of its findings: the first of these that there is.
    kind
        ``sum``, ``net`` or ``own`` of the whole; ``street`` or ``township`` for their subtotal;
        ``unit`` for a unit.
    """

    code: str
    name: str
    type: str
    rollups: tuple[str, ...]
    kind: str = "unit"


@dataclass(frozen=True, slots=True)
class UnitTable:
    """A table of units before it is written.

    Attributes
    ----------
    sheet
        Its number, ``1`` or ``1续1``.
    title
        What it is about.
    keys
        Its rows.
    people
        Groups of people shown.
    parts
        Its further columns.
    """

    sheet: str
    title: Pair
    keys: tuple[Key, ...]
    people: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def shown(self) -> list[Shown]:
        """Columns of all parts."""
        return [shown for part in self.parts for shown in part.shown]

    def starts(self) -> list[int]:
        """Column at which each part begins."""
        starts, at = [], STUB + len(self.people)
        for part in self.parts:
            starts.append(at)
            at += len(part.shown)
        return starts

    def positions(self, *kinds: str) -> list[int]:
        """Positions of the rows of some kinds."""
        return [i for i, key in enumerate(self.keys) if key.kind in kinds]

    def rows(self, maker: Maker, group: Group, *, below: bool = False) -> list[Row | None]:
        """Find the findings row of a group in each row of the table."""
        own = [key.rollups for key in self.keys]
        if below:
            own = [r[1:] if r[0] == "unit" and len(r) > 1 else r for r in own]
        return [
            maker.view.row(key.code, group, *rollups)
            for key, rollups in zip(self.keys, own, strict=True)
        ]


def keys_of(maker: Maker, groups: Sequence[Group], tier: str) -> tuple[Key, ...]:
    """List the rows of a table: totals, subtotals, then the units of a tier by code."""
    view = maker.view
    units = view.units_of(tier)
    root = view.units[view.root]
    if not units:
        return (Key(root.code, root.name, root.type, ("unit",)),)
    return (
        *_totals(maker, root, groups),
        *_subtotals(maker, root, tier, groups),
        *map(_key, units),
    )


def _key(unit: Unit) -> Key:
    return Key(unit.code, unit.name, unit.type, ("unit", "sum_of_units"))


def _totals(maker: Maker, root: Unit, groups: Sequence[Group]) -> list[Key]:
    whole = labels.WHOLE[root.type]
    names = {
        "sum": ("sum_of_units", maker.say(("合计(分单位合计)", "total (sum of units)"))),
        "net": ("net", maker.say((f"按{whole[0]}总量核算", f"{whole[1]} as one unit"))),
        "own": ("unit", root.name),
    }
    return [
        Key(root.code, name, root.type, (rollup,), kind)
        for kind, (rollup, name) in names.items()
        if any(maker.view.row(root.code, group, rollup) for group in groups)
    ]


def _subtotals(maker: Maker, root: Unit, tier: str, groups: Sequence[Group]) -> list[Key]:
    if tier != "street":
        return []
    names = {
        "street": maker.say(("其中:街道小计", "of which streets")),
        "township": maker.say(("其中:乡镇小计", "of which townships")),
    }
    present = {unit.type for unit in maker.view.units_of(tier)}
    return [
        Key(root.code, name + _not_in_total(maker, root, groups, kind), kind, (kind,), kind)
        for kind, name in names.items()
        if kind in present
    ]


def _not_in_total(maker: Maker, root: Unit, groups: Sequence[Group], kind: str) -> str:
    """Say of which norms a subtotal is only shown: the clause asks nothing of its units."""
    shown = [
        group
        for group in groups
        if kind not in group.norm.levels
        and kind in group.norm.shown_at
        and maker.view.row(root.code, group, "sum_of_units")
        and maker.view.row(root.code, group, kind)
    ]
    if not shown:
        return ""
    numbers = "".join(dict.fromkeys(maker.number(group.norm) for group in shown))
    return maker.say(
        (f"({numbers}仅列示,不在合计内)", f" ({numbers} only shown, not in the total)")
    )


# --- writing ------------------------------------------------------------------------------


def write(maker: Maker, table: UnitTable) -> None:
    """Write a table of units as a sheet, and keep its checks and remarks for the last sheet."""
    shown = table.shown
    found = [table.rows(maker, each.group, below=each.below) for each in shown]
    grid = [_cells(maker, table, i, found) for i in range(len(table.keys))]
    grid = with_formulas(table, grid, found)
    columns = _columns(maker, table, grid)
    footnotes = _Footnotes(maker, table)
    lines = [
        Line(
            (*row, cells.centre(footnotes.of(i))),
            "total" if key.kind in _TOTAL_KINDS else "subtotal" if key.kind != "unit" else "",
        )
        for i, (key, row) in enumerate(zip(table.keys, grid, strict=True))
    ]
    sheet = maker.sheet(table.sheet, table.title, columns, units=words.UNITS, stub=_NAME_AT)
    sheet.table(lines)
    maker.checks.extend(unit_checks.checks(maker, table, grid, columns, sheet.name))
    groups = _groups(table)
    sheet.notes(maker.say(("注:", "Notes")), [*_notes(maker, table, groups), *footnotes.texts])
    sheet.notes(maker.say(("标准依据:", "Sources")), words.sources(maker, groups))
    sheet.finish()


def _groups(table: UnitTable) -> list[Group]:
    found = {(group.norm.id, group.measure): group for part in table.parts for group in part.groups}
    return list(found.values())


def _cells(
    maker: Maker, table: UnitTable, i: int, found: Sequence[Sequence[Row | None]]
) -> list[Cell]:
    key = table.keys[i]
    row = _stub(maker, table, i)
    for group in table.people:
        people = maker.view.people(key.code, group)
        if key.kind in {"street", "township"}:
            people = math.nan
        row.append(cells.known(people, "count"))
    for shown, rows in zip(table.shown, found, strict=True):
        row.append(_cell(maker, key, shown, rows[i]))
    return row


def _stub(maker: Maker, table: UnitTable, i: int) -> list[Cell]:
    key = table.keys[i]
    first = table.positions("unit")[0]
    if key.kind == "unit":
        number = Cell(float(i - first + 1), "year")
        flag = _main_urban(maker, key.code)
    else:
        number, flag = Cell(labels.NOT_APPLICABLE, "mark"), Cell(labels.NOT_APPLICABLE, "mark")
    return [
        number,
        Cell(clean(key.code), "code"),
        cells.text(key.name),
        cells.centre(maker.say(UNIT_TYPES[key.type])),
        flag,
    ]


def _main_urban(maker: Maker, code: str) -> Cell:
    flag = maker.facts.main_urban.get(code)
    if flag is None:
        return Cell(labels.NO_DATA, "mark")
    return cells.centre(maker.say(labels.BOOLEANS[flag]))


def _cell(maker: Maker, key: Key, shown: Shown, row: Row | None) -> Cell:
    asked = shown.asked
    if asked.what in {"count", "largest"}:
        return _amount(maker, key, shown)
    if asked.figure == "status":
        return cells.status(row, maker.language)
    if asked.what == "figure":
        applies = row is not None and row["status"] != "not_applicable"
        return cells.figure(
            row if applies or asked.figure != "standard" else None, asked.figure, shown.style
        )
    return _derived(shown, row)


def _derived(shown: Shown, row: Row | None) -> Cell:
    """Write a figure in hectares, or per so many of its base."""
    asked = shown.asked
    if row is None or math.isnan(row[asked.figure]):
        return cells.mark(row)
    if asked.what == "hectares":
        cell = cells.figure(row, asked.figure, shown.style)
        return replace(cell, value=row[asked.figure] / 10_000, style=shown.style)
    base = row["base_value"]
    if math.isnan(base) or not base:
        return cells.mark(row)
    return Cell(row[asked.figure] / base * asked.per, shown.style)


def _amount(maker: Maker, key: Key, shown: Shown) -> Cell:
    if shown.asked.what == "largest":
        sizes = maker.facts.largest[shown.group.norm.service, shown.asked.figure]
        return cells.known(sizes.get(key.code, math.nan), shown.style)
    if shown.asked.count is None or key.kind in {"street", "township"}:
        return Cell(labels.NO_DATA, "mark")
    amounts = maker.facts.amounts[shown.group.norm.service, shown.asked.count]
    return cells.known(amounts.get(key.code, math.nan), shown.style)


def _columns(maker: Maker, table: UnitTable, grid: Sequence[Sequence[Cell]]) -> list[Column]:
    say = maker.say
    names = [clean(key.name) for key in table.keys]
    codes = [clean(key.code) for key in table.keys]
    columns = [
        Column(say(("序号", "no.")), width=5, text=True),
        Column(say(("单位代码", "code")), width=cells.fit(codes, 10, 16), text=True),
        Column(say(("单位名称", "name")), width=cells.fit(names, 18, 30), text=True),
        Column(say(("类型", "type")), width=9, text=True),
        Column(say(("是否主城区", "main urban")), width=7, text=True),
    ]
    for group in table.people:
        zh, en = GROUPS[group]
        columns.append(Column(say((f"{zh}\n(人)", f"{en}\n(persons)")), width=10))
    for at, shown in enumerate(table.shown, start=len(columns)):
        widths = [_printed(row[at]) for row in grid]
        wide = max([shown.column.width, *widths])
        columns.append(replace(shown.column, width=min(wide, 15.0)))
    columns.append(Column(say(("备注", "note")), width=20, text=True))
    return columns


def _printed(cell: Cell) -> float:
    if isinstance(cell.value, str):
        return 0.0
    marked = max(map(width, cell.bound))
    if cell.style in {"area", "rate"}:
        return len(f"{cell.value:,.1f}") + 1.0 + marked
    return len(f"{cell.value:,.0f}") + 2.0 + marked


# --- notes --------------------------------------------------------------------------------


def _notes(maker: Maker, table: UnitTable, groups: Sequence[Group]) -> list[str]:
    say = maker.say
    notes = [say(words.LEGEND), say(words.FORMULAS)]
    if any(words.has_range(group) for group in groups):
        notes.append(say(words.RANGE))
    if table.positions("sum"):
        split = [text for text in (words.total_note(maker, group) for group in groups) if text]
        notes.append(";".join([say(words.TWO_TOTALS).rstrip("。"), *split]))
        notes.append(say(words.SUMMED))
    methods: dict[str, None] = {}
    for group in groups:
        rows = [row for row in table.rows(maker, group) if row is not None]
        if group.measure not in labels.SECONDARY and rows:
            methods[words.norm_note(maker, group, rows[-1]["method"])] = None
    return [*notes, *methods]


class _Footnotes:
    """Short numbered notes in place of long remarks; what each says of a unit goes to the last sheet."""

    def __init__(self, maker: Maker, table: UnitTable) -> None:
        self._maker = maker
        self._table = table
        self._groups = _groups(table)
        self._start = len(_notes(maker, table, self._groups))
        self._numbers: dict[str, int] = {}
        self._about: dict[str, dict[int, None]] = {}
        self._detailed: dict[str, None] = {}
        self._rows = [table.rows(maker, group) for group in self._groups]

    def of(self, i: int) -> str:
        """Write the remark of a row: the numbers of its notes."""
        key = self._table.keys[i]
        numbers: dict[int, None] = {}
        for group, rows in zip(self._groups, self._rows, strict=True):
            row = rows[i]
            if row is None or not row["note"] or group.measure in labels.SECONDARY:
                continue
            norm = self._maker.numbers[group.norm.id]
            for phrase, part in words.phrases(row["note"]):
                if key.kind != "unit":
                    numbers[self._number(part, norm)] = None
                    continue
                numbers[self._number(phrase, norm, detailed=words.is_detail(phrase, part))] = None
                unit = f"{key.code} {key.name}"
                self._maker.remarks.append(Remark(self._table.sheet, phrase, norm, unit, part))
        if not numbers:
            return ""
        return self._maker.say(("注", "notes ")) + words.runs(sorted(numbers), self._maker.language)

    def _number(self, text: str, norm: int, *, detailed: bool = False) -> int:
        self._about.setdefault(text, {})[norm] = None
        if detailed:
            self._detailed[text] = None
        return self._numbers.setdefault(text, self._start + len(self._numbers) + 1)

    @property
    def texts(self) -> list[str]:
        """The notes, in the order of their numbers."""
        last = self._maker.sheet_name("9-2")
        texts = []
        for phrase in self._numbers:
            about = "".join(f"[{number}]" for number in sorted(self._about[phrase]))
            said = clean(labels.translate(phrase, self._maker.language))
            more = (f",明细见{last}", f", see {last}") if phrase in self._detailed else ("", "")
            texts.append(
                self._maker.say((f"{said}(标准{about}{more[0]})", f"{said} ({about}{more[1]})"))
            )
        return texts
