"""Lists of facilities and of residential compounds, one row each."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from capacity.norms.model import CONDITIONS
from capacity.report import labels
from capacity.report.text import clean
from capacity.report.workbook import cells, formulas, words
from capacity.report.workbook.cells import Cell
from capacity.report.workbook.checks import Check, Grid, numbers_hold
from capacity.report.workbook.formulas import TOLERANCE, with_formula
from capacity.report.workbook.sheet import FIRST, Column, Line, address, column_codes
from capacity.vocabulary import AMOUNTS, FACILITY_TYPES, OPERATORS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity.report.labels import Pair
    from capacity.report.view import Group, Row
    from capacity.report.workbook.layout import Table
    from capacity.report.workbook.maker import Maker
    from capacity.report.workbook.sheet import Sheet

_UNITS: Final[dict[str, Pair]] = {"places": ("个", "places"), "beds": ("张", "beds")}
_AREA: Final = ("㎡", "m²")
_HANDLING: Final = (
    ("购置", "置换", "租赁", "新建"),
    ("bought", "exchanged", "rented", "built"),
)
_TO_FILL: Final = ("待填", "to fill in")
_OPEN: Final = ("是", "yes"), ("否", "no")


# --- facilities ---------------------------------------------------------------------------


def write_facilities(maker: Maker, number: str, table: Table) -> None:
    """Write the list of the facilities of a table as a sheet.

    Parameters
    ----------
    maker
        What the sheet is made of.
    number
        Its number.
    table
        The table whose services and amounts the list shows.
    """
    say = maker.say
    title = (f"{table.name[0]}:设施名单", f"{table.name[1]}: list")
    rows = _facilities(maker, table)
    per = table.facilities[0] == "places"
    columns = [
        Column(say(("序号", "no.")), width=6, text=True),
        Column(say(("编号", "id")), width=16, text=True),
        Column(say(("名称", "name")), width=30, text=True),
        Column(say(("街道乡镇代码", "street code")), width=13, text=True),
        Column(say(("街道乡镇", "street")), width=20, text=True),
        Column(say(("设施类型", "type")), width=20, text=True),
        Column(say(("运营方式", "operator")), width=11, text=True),
        Column(say(("是否普惠", "inclusive")), width=9, text=True),
        Column(say(("是否在用", "in use")), width=8, text=True),
        *(Column(_amount_head(maker, name), width=12) for name in table.facilities),
        *(
            [Column(say(("每托位建筑面积(㎡)", "floor area per place (m²)")), width=12)]
            if per
            else []
        ),
        Column(say(("适用规则", "rule")), width=22, text=True),
        Column(say(("投用日期", "opened")), width=12, text=True),
        Column(say(("横坐标(米)", "x (m)")), width=12),
        Column(say(("纵坐标(米)", "y (m)")), width=12),
    ]
    sheet = maker.sheet(number, title, columns, units=words.UNITS, stub=3)
    if not rows:
        sheet.heading(say(words.NOT_GIVEN))
        sheet.finish()
        return
    rules = _rules(maker, table)
    sheet.table(_facility(maker, table, row, rules, i) for i, row in enumerate(rows))
    authority = maker.view.result.area.crs.to_authority(min_confidence=70)
    crs = ":".join(authority) if authority else maker.view.result.area.crs.name
    notes = [
        say(words.LEGEND),
        say(
            (
                f"坐标为计算所用坐标系({crs}),已由名单的坐标系换算。",
                f"Coordinates are of the metric CRS of the computation ({crs}).",
            )
        ),
    ]
    sheet.notes(say(("注:", "Notes")), notes)
    groups = [g for g in maker.view.groups if g.norm.condition and g.norm.service in table.services]
    sheet.notes(say(("标准依据:", "Sources")), words.sources(maker, groups))
    sheet.finish()


def _facilities(maker: Maker, table: Table) -> list[Row]:
    root = maker.view.root
    own = [f"{tier}_code" for tier in ("district", "street", "community")]
    whole = root == maker.view.result.area.code
    return [
        row
        for row in maker.facts.facilities
        if row["service"] in table.services and (whole or root in {row[name] for name in own})
    ]


def _amount_head(maker: Maker, name: str) -> str:
    zh, en = AMOUNTS[name][:2]
    unit = _UNITS.get(name, _AREA)
    if name == "places":
        zh = "托位数"
    return maker.say((f"{zh}({unit[0]})", f"{en} ({unit[1]})"))


def _rules(maker: Maker, table: Table) -> dict[str, str]:
    """Condition of the site → what a place there needs: ``8``, ``6+2``."""
    found: dict[str, dict[str, str]] = {}
    for group in maker.view.groups:
        norm = group.norm
        if norm.condition and norm.service in table.services and norm.kind == "unit_area":
            found.setdefault(norm.condition, {})[norm.id] = f"{norm.value:f}"
    return {
        condition: f"{'+'.join(values.values())}({maker.say(CONDITIONS[condition])})"
        for condition, values in found.items()
    }


def _facility(
    maker: Maker, table: Table, record: dict[Any, Any], rules: dict[str, str], i: int
) -> Line:
    street = maker.view.units.get(record["street_code"])
    line = [
        Cell(float(i + 1), "year"),
        cells.centre(record["facility_id"]),
        cells.text(record["name"]),
        cells.centre(record["street_code"]),
        cells.text(street.name if street else ""),
        cells.centre(_word(maker, FACILITY_TYPES, record["facility_type"])),
        cells.centre(_word(maker, OPERATORS, record["operator"])),
        _flag(maker, record["inclusive"]),
        cells.centre(maker.say(labels.BOOLEANS[bool(record["is_open"])])),
    ]
    first = len(line)
    line += [
        cells.known(record[name], "count" if name in _UNITS else "area")
        for name in table.facilities
    ]
    if table.facilities[0] == "places":
        line.append(_per_place(table, line, first, FIRST + i))
    opened = record["opened"]
    line += [
        cells.centre(rules.get(record["condition"], "")),
        cells.centre("" if opened != opened else f"{opened:%Y-%m-%d}"),  # noqa: PLR0124  # NaT
        *_place(record["geometry"]),
    ]
    return Line(tuple(line))


def _per_place(table: Table, line: Sequence[Cell], first: int, row: int) -> Cell:
    area = first + table.facilities.index("floor_area_m2")
    places, floor = line[first].value, line[area].value
    if isinstance(places, str) or isinstance(floor, str) or not places:
        return Cell(labels.NO_DATA if isinstance(floor, str) else labels.NOT_APPLICABLE, "mark")
    formula = f"={address(row, area)}/{address(row, first)}"
    return Cell(floor / places, "rate", formula=formula)


def _word(maker: Maker, words_of: dict[str, Any], value: str) -> str:
    if value in words_of:
        return maker.say(words_of[value][:2])
    return value or labels.NO_DATA


def _flag(maker: Maker, value: Any) -> Cell:
    if value is None or value != value:  # noqa: PLR0124  # NA
        return Cell(labels.NO_DATA, "mark")
    return cells.centre(maker.say(labels.BOOLEANS[bool(value)]))


def _place(point: Any) -> list[Cell]:
    if point is None or point.is_empty:
        return [Cell(labels.NO_DATA, "mark")] * 2
    centre = point.centroid
    return [Cell(float(centre.x), "metres"), Cell(float(centre.y), "metres")]


# --- compounds ----------------------------------------------------------------------------

_BASE, _YEAR, _HAVE, _NEED, _GAP, _REST = range(5, 11)


def write_compounds(maker: Maker, number: str, group: Group) -> None:
    """Write the compounds that a norm judges one by one as a sheet, with a subtotal per street.

    Parameters
    ----------
    maker
        What the sheet is made of.
    number
        Its number.
    group
        The norm and its measure.
    """
    say, norm = maker.say, group.norm
    unit = say(labels.QUANTITIES[group.measure])
    base, counted = (say(pair) for pair in words.base_of(group))
    old = norm.applies_to == "old_compounds"
    title = ("老旧小区配套缺口表", "old compounds") if old else ("新建小区配套表", "new compounds")
    columns = [
        Column(say(("序号", "no.")), width=6, text=True),
        Column(say(("小区编号", "compound")), width=17, text=True),
        Column(say(("小区名称", "name")), width=28, text=True),
        Column(say(("街道乡镇代码", "street code")), width=13, text=True),
        Column(say(("街道乡镇", "street")), width=22, text=True),
        Column(f"{base}({counted})", width=11),
        Column(say(("建成年份", "built")), width=9),
        *(
            Column(f"{say(labels.COLUMNS[name])}({unit})", width=11)
            for name in ("existing", "required", "shortfall", "surplus")
        ),
        Column(say(labels.COLUMNS["status"]), width=9),
        *([Column(say(("处理方式", "to be")), width=12, text=True)] if old else []),
        Column(say(("备注", "note")), width=34, text=True),
    ]
    sheet = maker.sheet(number, title, columns, units=words.UNITS, stub=3)
    rows = _compounds(maker, group)
    judged = [row for row in rows if row["status"] != "not_applicable"]
    if not judged:
        sheet.heading(say(words.NOT_GIVEN if not rows else words.NO_UNIT))
        sheet.finish()
        return
    lines = _compound_lines(maker, group, judged, old=old)
    sheet.table(lines)
    _offer(maker, sheet, lines, old=old)
    area = Grid(
        sheet.name,
        [line.cells for line in lines],
        FIRST,
        (0, len(lines) - 1),
        column_codes(columns),
    )
    maker.checks.append(_compound_check(maker, area, group))
    notes = [say(words.LEGEND), say(words.FORMULAS)]
    notes.append(
        say(
            (
                f"另有不适用的小区{len(rows) - len(judged)}个,不列。",
                f"{len(rows) - len(judged)} compounds to which it does not apply are not listed.",
            )
        )
    )
    sheet.notes(say(("注:", "Notes")), notes)
    sheet.notes(say(("标准依据:", "Sources")), words.sources(maker, [group]))
    sheet.finish()


def _compounds(maker: Maker, group: Group) -> list[Row]:
    rows = maker.facts.compounds.get(group.norm.id, [])
    if maker.view.root == maker.view.result.area.code:
        return rows
    return [row for row in rows if row["street_code"] in maker.view.units]


def _compound_lines(
    maker: Maker, group: Group, rows: Sequence[dict[Any, Any]], *, old: bool
) -> list[Line]:
    lines: list[Line] = []
    start = 0
    for i, row in enumerate(rows):
        lines.append(_compound(maker, group, row, (i + 1, FIRST + len(lines)), old=old))
        last = i + 1 == len(rows) or rows[i + 1]["street_code"] != row["street_code"]
        if last:
            lines.append(_street_total(maker, row, lines[start:], FIRST + start, old=old))
            start = len(lines)
    return lines


def _compound(
    maker: Maker, group: Group, row: dict[Any, Any], at: tuple[int, int], *, old: bool
) -> Line:
    street = maker.view.units.get(row["street_code"])
    style = "area" if group.measure in labels.AREAS else "count"
    number, position = at
    line = [
        Cell(float(number), "year"),
        cells.centre(row["compound_id"]),
        cells.text(row["name"]),
        cells.centre(row["street_code"]),
        cells.text(street.name if street else ""),
        cells.figure(row, "base_value", "count"),
        cells.optional(row["built_year"], "year"),
        *(
            cells.figure(row, name, style)
            for name in ("existing", "required", "shortfall", "surplus")
        ),
        cells.status(row, maker.language),
    ]
    have, need = line[_HAVE].value, line[_NEED].value
    if not isinstance(have, str) and not isinstance(need, str):
        for column, more, less in ((_GAP, _NEED, _HAVE), (_REST, _HAVE, _NEED)):
            value = max(0.0, float(line[more].value) - float(line[less].value))
            formula = formulas.gap(address(position, more), address(position, less))
            line[column] = with_formula(line[column], formula, value)
    _compound_need(group, line, position)
    if old:
        line.append(cells.centre(maker.say(_TO_FILL) if row["status"] == "short" else ""))
    line.append(cells.text(labels.translate(row["note"], maker.language)))
    return Line(tuple(line))


def _compound_need(group: Group, line: list[Cell], position: int) -> None:
    """Make the requirement of a compound a formula: so much per household, at least the minimum."""
    norm, base = group.norm, line[_BASE].value
    if norm.base != "households" or isinstance(base, str):
        return
    value, per = float(norm.value), words.per_of(norm)
    least = 0.0 if norm.minimum_size is None else float(norm.minimum_size)
    product = f"{norm.value:f}*{address(position, _BASE)}/{per}"
    formula = f"=MAX({least:g},{product})" if least else f"={product}"
    line[_NEED] = with_formula(line[_NEED], formula, max(least, value * base / per))


def _street_total(
    maker: Maker, row: dict[Any, Any], lines: Sequence[Line], top: int, *, old: bool
) -> Line:
    """Sum the compounds of one street; a sum of which a part is missing is not written."""
    street = maker.view.units.get(row["street_code"])
    name = clean(street.name) if street else clean(row["street_code"])
    blank = Cell(labels.NOT_APPLICABLE, "mark")
    total = [
        blank,
        blank,
        cells.text(maker.say((f"{name}小计", f"{name}, subtotal"))),
        cells.centre(row["street_code"]),
        blank,
    ]
    for column in range(_BASE, _REST + 1):
        values = [line.cells[column].value for line in lines]
        if column == _YEAR:
            total.append(blank)
        elif any(isinstance(value, str) for value in values):
            total.append(Cell(labels.NO_DATA, "mark"))
        else:
            formula = formulas.total(range(top, top + len(lines)), column)
            cell = replace(lines[0].cells[column], formula=formula, bound=labels.MARKS["exact"])
            total.append(replace(cell, value=math.fsum(map(float, values))))
    total += [blank, blank] + ([blank] if old else [])
    return Line(tuple(total), "subtotal")


def _offer(maker: Maker, sheet: Sheet, lines: Sequence[Line], *, old: bool) -> None:
    """Offer the document's words for what is done about an old compound."""
    if not old:
        return
    column = _REST + 2
    choices = [maker.say(pair) for pair in zip(*_HANDLING, strict=True)]
    sheet.choices((FIRST, column), (FIRST + len(lines) - 1, column), choices)


def _compound_check(maker: Maker, area: Grid, group: Group) -> Check:
    gap, rest, need, have = (area.code(at) for at in (_GAP, _REST, _NEED, _HAVE))
    rules = (
        numbers_hold(
            area,
            f"{gap}−{rest}={need}−{have}",
            (_GAP, _REST, _NEED, _HAVE),
            "ABS({0}-{1}-{2}+{3})>0.000001",
            lambda short, more, high, low: abs(short - more - high + low) > TOLERANCE,
        ),
    )
    names = tuple(str(row[1].value) for row in area.rows)
    return Check(area.sheet, words.name_of(maker, group), rules, area.range(1), names)
