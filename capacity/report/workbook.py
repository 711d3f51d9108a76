"""The workbook of shortfall tables: an overview, a sheet per service, compounds, quality, methods.

Values are findings, looked up and written as they are; nothing is computed here. 「—」 says not
applicable, 「…」 says no data, and 0 is zero.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from capacity.findings import PARTS, ROLLUPS, STATUSES
from capacity.norms.model import UNITS_OF_MEASURE
from capacity.report import labels
from capacity.report.labels import label
from capacity.report.manifest import manifest
from capacity.report.sheet import Cell, Column, Formats, Line, Sheet
from capacity.report.text import clean, width
from capacity.report.view import look
from capacity.vocabulary import (
    GROUPS,
    KNOWN_ONLY,
    LOWER_BOUND,
    POPULATION,
    SERVICES,
    UNIT_TYPES,
    UPPER_BOUND,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xlsxwriter import Workbook

    from capacity.assess.result import Assessment
    from capacity.norms.model import Norm, Source
    from capacity.report.labels import Language, Pair
    from capacity.report.sheet import Style
    from capacity.report.view import Group, Row, Unit, View

_OPTIONS: Final = {
    "in_memory": True,
    "default_format_properties": {"font_name": "宋体", "font_size": 10},
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_NEED: Final = ("standard", "required", "existing", "shortfall", "surplus", "status")
_SHARE: Final = ("standard", "base_value", "required", "existing", "shortfall", "share", "status")
_CLASS: Final = ("standard", "base_value", "existing", "status")
_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(labels.MEASURES, _NEED),
    "places_with_minimums": _NEED[1:],
    "places_upper": _NEED[1:],
    "land_m2_upper": _NEED[1:],
    "places_to_add": ("shortfall", "status"),
    "beds_to_add": ("shortfall", "status"),
    **dict.fromkeys(("convert", "build"), _SHARE),
    "units_with_one": _SHARE,
    "implied_population": ("required", "existing", "status"),
    **dict.fromkeys(("facilities_of_size", "compounds_of_size"), _CLASS),
    "capacity_limited": ("base_value", "existing", "share", "status"),
    **dict.fromkeys(("without_capacity", "out_of_reach"), ("existing", "share")),
    **dict.fromkeys(GROUPS, ("standard", "base_value", "existing", "share", "status")),
}
"""Columns of a group by measure; the others are empty for that measure."""
_STUB: Final = 4
_GROUP_WIDTH: Final = 44.0

_FOOTER: Final = ("第 &P 页 共 &N 页", "page &P of &N")
_SHEETS: Final[dict[str, Pair]] = {
    "overview": ("总览", "Overview"),
    "compounds": ("居住小区", "Compounds"),
    "quality": ("数据质量", "Quality"),
    "methods": ("方法与参数", "Methods"),
}
_NO_NORM: Final = ("本市资料未规定定量标准", "The city's documents set no figure.")
_NO_UNIT: Final = ("本区没有适用单位", "No unit to which a norm applies.")
_LEGEND: Final = (
    "「—」表示不适用,「…」表示缺数据,0 表示数值为零;显示时取整,单元格内为未取整的数值。",
    "“—” is not applicable, “…” is no data, 0 is zero; rounded on display only.",
)
_TWO_TOTALS: Final = (
    "分单位合计:各单位缺口相加,缺口不以相邻单位富余抵补;按总量核算:全域视同一个单位,富余可抵补,进位一次。",
    "Sum of units: a surplus never covers another unit's gap. As one unit: it does, rounded once.",
)
_SUMMED: Final = (
    "由下级单位汇总的指标,单位行为该单位内的分单位合计。",
    "Where a norm is judged below a unit, the unit's row is the sum of its own units.",
)
_BELOW: Final = ("见注", "see the notes")
_BASELINE: Final = ("基期值", "observed value")
_BASELINES: Final = (
    "基期值为文件所载的当时数值,范围和年份见表头,不是本单位的现状,也不是要求。",
    "An observed value is a document's own, of the area and year of its heading: no requirement, and not of this unit.",
)
_OURS: Final = ("本表设定,非文件规定", "set here, not by a document")


@dataclass(frozen=True, slots=True)
class _Maker:
    """What every sheet is made of."""

    book: Workbook
    formats: Formats
    view: View
    language: Language

    def say(self, pair: Pair) -> str:
        return label(pair, self.language)

    def sheet(self, name: str, columns: Sequence[Column], stub: int = 0) -> Sheet:
        return Sheet(self.book, self.formats, name, columns, stub)

    def finish(self, sheet: Sheet) -> None:
        sheet.finish(self.say(_FOOTER))

    def frame(self, sheet: Sheet, title: str) -> None:
        """Write the title and the dates."""
        day, on = self.view.result.area.data_date, self.view.result.norms.on
        data = (f"数据时点:{day.year}年{day.month}月{day.day}日", f"Data of {day.isoformat()}.")
        norms = (
            f"标准日期:{on.year}年{on.month}月{on.day}日    计量单位:人、个、处、㎡、%",
            f"Norms in force on {on.isoformat()}.",
        )
        sheet.title(title, self.say(data), self.say(norms))

    def title(self, service: str) -> str:
        area = self.view.result.area
        name, year = clean(area.name), area.data_date.year
        if self.language == "en":
            return f"{name}: shortfall of {service or 'facilities'} ({year})"
        return f"{name}{service or '公共服务'}设施缺口表({year}年)"


def write_workbook(result: Assessment, path: str | Path, *, language: Language = "zh") -> Path:
    """Write the shortfall tables as an Excel workbook.

    Parameters
    ----------
    result
        What ``assess`` gave.
    path
        File to write, in a folder that is there; replaced if it is there itself.
    language
        ``zh`` or ``en``, for headings and words; names and citations stay as they are.

    Returns
    -------
    Path
        The file written.

    Notes
    -----
    Every text is written as text: a name such as ``=1+1`` is shown and never run. Control characters
    are removed. The file is built in memory, so a failure leaves an earlier file as it was.
    """
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, _OPTIONS) as book:
        maker = _Maker(book, Formats(book), look(result), language)
        _overview(maker)
        for service in SERVICES:
            _service(maker, service)
        _compounds(maker)
        _quality(maker)
        _methods(maker)
    target = Path(path)
    target.write_bytes(stream.getvalue())
    return target


# --- cells --------------------------------------------------------------------------------


def _mark(row: Row | None) -> Cell:
    missing = row is not None and (
        row["status"] == "no_data" or LOWER_BOUND in row["note"] or KNOWN_ONLY in row["note"]
    )
    return Cell(labels.NO_DATA if missing else labels.NOT_APPLICABLE, "mark")


def _number(row: Row | None, column: str, style: Style) -> Cell:
    """Write a finding's number, or say why there is none."""
    if row is None or row[column] != row[column]:  # NaN
        return _mark(row)
    if column == "shortfall" and row[column] > 0:
        style = _gap_style(row, style)
    return Cell(float(row[column]), style)


_AT_LEAST: Final[dict[Style, Style]] = {
    "area": "area_at_least",
    "count": "count_at_least",
    "tiny": "tiny_at_least",
}
_AT_MOST: Final[dict[Style, Style]] = {
    "area": "area_at_most",
    "count": "count_at_most",
    "tiny": "tiny_at_most",
}


def _gap_style(row: Row, style: Style) -> Style:
    """Show a gap with its bound, and with more decimals where it would be rounded to nothing."""
    if not round(row["shortfall"], 1 if style == "area" else 0):
        style = "tiny"
    if LOWER_BOUND in row["note"]:
        return _AT_LEAST[style]
    return _AT_MOST[style] if UPPER_BOUND in row["note"] else style


def _status(maker: _Maker, row: Row | None) -> Cell:
    if row is None:
        return Cell(labels.NOT_APPLICABLE, "mark")
    status = row["status"]
    return Cell(maker.say(STATUSES[status]), status)


def _style(measure: str, column: str) -> Style:
    if column in {"standard", "share"}:
        return "plain" if column == "standard" else "share"
    return "area" if measure in labels.AREAS and column != "base_value" else "count"


def _people(maker: _Maker, code: str) -> Cell:
    people = maker.view.people(code, POPULATION)
    return Cell(people, "count") if people == people else Cell(labels.NO_DATA, "mark")  # noqa: PLR0124  # NaN


def _optional(value: Any, style: Style) -> Cell:
    """Write a number that may be missing without being wanted."""
    return Cell(float(value), style) if value == value else Cell(labels.NOT_APPLICABLE, "mark")  # noqa: PLR0124  # NaN


def _text(value: object) -> Cell:
    return Cell(clean(value) or labels.NOT_APPLICABLE, "text")


def _centre(value: object) -> Cell:
    return Cell(clean(value) or labels.NOT_APPLICABLE, "centre")


def _fit(texts: Iterable[str], least: float, most: float) -> float:
    return min(most, max([least, *(width(text) + 2.0 for text in texts)]))


# --- overview -----------------------------------------------------------------------------

_TOTALS: Final = ("分单位合计", "sum of units")
_WHOLE: Final = ("按总量核算", "as one unit")


def _overview(maker: _Maker) -> None:
    say = maker.say
    required, shortfall = say(("应有", "required")), say(("缺口", "shortfall"))
    units = say(("单位数", "number of units"))
    columns = [
        Column(say(("序号", "no.")), width=6, text=True),
        Column(say(("领域", "service")), width=10, text=True),
        Column(say(("指标", "norm")), width=24, text=True),
        Column(say(("统计内容", "measure")), width=13, text=True),
        Column(say(("标准", "standard")), width=18, text=True),
        Column(say(("时限", "due")), width=14, text=True),
        Column(say(_BASELINE), width=20, text=True),
        Column(say(("计量单位", "unit")), width=10, text=True),
        Column(say(("现状", "existing")), width=11),
        Column(say(_TOTALS), required, 12),
        Column(say(_WHOLE), required, 12),
        Column(say(_TOTALS), shortfall, 12),
        Column(say(_WHOLE), shortfall, 12),
        Column(say(("覆盖占比", "share")), width=9),
        Column(say(("层级", "tier")), units, 10, text=True),
        *(Column(say(STATUSES[status]), units, 8) for status in STATUSES),
        Column(say(("结论", "result")), width=14, text=True),
        Column(say(("依据文件及条款", "source")), width=36, text=True),
        Column(say(("备注", "note")), width=34, text=True),
    ]
    sheet = maker.sheet(say(_SHEETS["overview"]), columns, stub=3)
    maker.frame(sheet, maker.title(""))
    sheet.table(_overview_line(maker, group) for group in maker.view.groups)
    sheet.notes(say(("注:", "Notes")), [say(_LEGEND), say(_TWO_TOTALS)])
    maker.finish(sheet)


def _overview_line(maker: _Maker, group: Group) -> Line:
    view, norm, language = maker.view, group.norm, maker.language
    total = view.row(view.root, group, "sum_of_units")
    whole = view.row(view.root, group, "net", "unit")
    any_row = total or whole
    style = _style(group.measure, "required")
    tier, counts = view.statuses(group)
    return Line(
        (
            Cell(group.number, "year"),
            _centre(maker.say(SERVICES[norm.service])),
            _text(labels.norm_name(norm, language)),
            _centre(_measure_name(maker, group)),
            _centre(labels.standard_text(norm, language)),
            _centre(labels.due_text(norm, language)),
            _centre(_baseline_texts(maker, group)),
            _centre(maker.say(labels.QUANTITIES.get(group.measure, ("", "")))),
            _number(any_row, "existing", style),
            _number(total, "required", style),
            _number(whole, "required", style),
            _number(total, "shortfall", style),
            _number(whole, "shortfall", style),
            _number(any_row, "share", "share"),
            _centre(maker.say(labels.TIERS[tier]) if tier else ""),
            *(Cell(counts.get(status, 0), "count") for status in STATUSES),
            _conclusion(maker, group, total, whole),
            _text(norm.source.citation),
            _text(labels.translate(any_row["note"], language) if any_row else ""),
        )
    )


def _baselines(maker: _Maker, group: Group) -> tuple[Norm, ...]:
    """Observed values that a norm starts from, beside the first of its measures."""
    if group.measure in labels.SECONDARY:
        return ()
    return maker.view.result.norms.baselines_of(group.norm)


def _baseline_texts(maker: _Maker, group: Group) -> str:
    return "\n".join(labels.baseline_text(one, maker.language) for one in _baselines(maker, group))


def _measure_name(maker: _Maker, group: Group) -> str:
    return labels.measure_name(group.measure, group.norm.service, maker.language)


def _conclusion(maker: _Maker, group: Group, total: Row | None, whole: Row | None) -> Cell:
    if total is None or whole is None:
        if total is None and whole is None:
            return Cell(maker.say(_no_finding(maker, group)), "not_applicable")
        return _status(maker, total or whole)
    if (total["status"], whole["status"]) == ("short", "met"):
        return Cell(maker.say(("总量达标,单位有缺口", "met as a whole, units short")), "short")
    return _status(maker, total)


def _no_finding(maker: _Maker, group: Group) -> Pair:
    types = {unit.type for unit in maker.view.units.values()}
    if types & {*group.norm.levels, *group.norm.shown_at}:
        return ("未单独核算", "not assessed by itself")
    return ("无此层级单位", "no unit of this level")


# --- services -----------------------------------------------------------------------------


def _service(maker: _Maker, service: str) -> None:
    name = maker.say(SERVICES[service])
    groups = maker.view.of_service(service)
    if not groups:
        ruled = any(group.norm.service == service for group in maker.view.groups)
        sheet = maker.sheet(name, [Column("", width=100)])
        maker.frame(sheet, maker.title(name))
        sheet.heading(maker.say(_NO_UNIT if ruled else _NO_NORM))
        maker.finish(sheet)
        return
    for i, tier in enumerate(maker.view.tiers(service)):
        tier_name = maker.say(labels.TIERS[tier])
        shown = maker.view.at_tier(groups, tier)
        left_out = [group for group in groups if not _stands_somewhere(maker, service, group)]
        sheet_name = name if i == 0 else f"{name}-{tier_name}"
        title = (sheet_name, maker.title(name))
        _service_sheet(maker, title, tier, shown, left_out if i == 0 else [])


def _stands_somewhere(maker: _Maker, service: str, group: Group) -> bool:
    return any(maker.view.at_tier([group], tier) for tier in maker.view.tiers(service))


def _service_sheet(
    maker: _Maker,
    title: tuple[str, str],
    tier: str,
    groups: Sequence[Group],
    left_out: Sequence[Group],
) -> None:
    units = maker.view.units_of(tier)
    lines = [*_root_lines(maker, groups)]
    for unit in units:
        lines += _unit_lines(maker, unit, groups)
    columns = [*_stub_columns(maker, units), *_group_columns(maker, groups, lines)]
    columns.append(Column(maker.say(("备注", "note")), width=60, text=True))
    sheet = maker.sheet(title[0], columns, stub=_STUB)
    maker.frame(sheet, title[1])
    sheet.table(lines)
    sheet.notes(maker.say(("注:", "Notes")), _service_notes(maker, groups, left_out))
    sheet.notes(maker.say(("标准依据:", "Sources")), _sources(maker, groups))
    maker.finish(sheet)


def _stub_columns(maker: _Maker, units: Sequence[Unit]) -> list[Column]:
    say = maker.say
    codes = [unit.code for unit in (maker.view.units[maker.view.root], *units)]
    names = [clean(unit.name) for unit in units]
    return [
        Column(say(("单位代码", "code")), width=_fit(codes, 11, 20), text=True),
        Column(say(("单位名称", "name")), width=_fit(names, 20, 30), text=True),
        Column(say(("类型", "type")), width=11, text=True),
        Column(say(("常住人口(人)", "residents (persons)")), width=11),
    ]


def _group_columns(maker: _Maker, groups: Sequence[Group], lines: Sequence[Line]) -> list[Column]:
    columns: list[Column] = []
    for group in groups:
        title = _group_title(maker, group)
        names = _columns_of(maker, group)
        share = _GROUP_WIDTH / len(names)
        for column in names:
            at = _STUB + len(columns)
            values = [line.cells[at].value for line in lines]
            texts = [v if isinstance(v, str) else f"{v:,.1f}" for v in values]
            least = max(share, 9 if column == "standard" else 10)
            columns.append(Column(_head(maker, group, column), title, _fit(texts, least, 22)))
    return columns


def _columns_of(maker: _Maker, group: Group) -> tuple[str | Norm, ...]:
    """Columns of a group; a norm per households shows them, observed values follow the standard."""
    columns: tuple[str, ...] = _COLUMNS[group.measure]
    if group.norm.base == "households":
        columns = ("standard", "base_value", *_NEED[1:])
    if "standard" not in columns:
        return columns
    at = columns.index("standard") + 1
    return (*columns[:at], *_baselines(maker, group), *columns[at:])


def _group_title(maker: _Maker, group: Group) -> str:
    norm, language = group.norm, maker.language
    name = f"[{group.number}] {clean(labels.norm_name(norm, language))}"
    if group.measure in {*labels.SECONDARY, "convert", "capacity_limited", *GROUPS}:
        name += f" · {_measure_name(maker, group)}"
    return f"{name}\n{labels.standard_text(norm, language)}  {labels.due_text(norm, language)}"


def _head(maker: _Maker, group: Group, column: str | Norm) -> str:
    """Heading of a column with its unit of measure."""
    say = maker.say
    if not isinstance(column, str):
        year = labels.baseline_year(column, maker.language)
        return f"{say(_BASELINE)}({year})\n({say(UNITS_OF_MEASURE[column.unit])})"
    if column in {"status", "share"}:
        return say(labels.COLUMNS[column])
    if column == "standard":
        return f"{say(labels.COLUMNS[column])}\n({say(UNITS_OF_MEASURE[group.norm.unit])})"
    word = labels.COLUMNS["covered" if column == "existing" and group.measure in GROUPS else column]
    if column == "existing" and group.measure in PARTS:
        word = labels.MEASURES[group.measure]
    if group.measure in {"places_to_add", "beds_to_add"}:
        word = ("需增", "to add")
    unit = labels.QUANTITIES[group.measure]
    if column == "base_value":
        word, unit = labels.BASES[group.measure]
    return f"{say(word)}\n({say(unit)})"


def _root_lines(maker: _Maker, groups: Sequence[Group]) -> list[Line]:
    root = maker.view.units[maker.view.root]
    whole = maker.say(labels.WHOLE[root.type])
    names = {
        "sum_of_units": maker.say(("合计(分单位合计)", "total (sum of units)")),
        "net": maker.say((f"按{whole}总量核算", f"{whole} as one unit")),
        "unit": root.name,
    }
    return [
        _line(maker, root, names[rollup], (rollup,), groups)
        for rollup in ("sum_of_units", "net", "unit")
        if any(maker.view.row(root.code, group, rollup) for group in groups)
    ]


def _unit_lines(maker: _Maker, unit: Unit, groups: Sequence[Group]) -> list[Line]:
    """One line, or two for a unit that is itself only a sum of others."""
    if any(maker.view.row(unit.code, group, "unit") for group in groups):
        return [_line(maker, unit, unit.name, ("unit", "sum_of_units"), groups, total=False)]
    return [
        _line(
            maker,
            unit,
            f"{unit.name}({maker.say(ROLLUPS[rollup])})",
            (rollup,),
            groups,
            total=False,
        )
        for rollup in ("sum_of_units", "net")
        if any(maker.view.row(unit.code, group, rollup) for group in groups)
    ]


def _line(
    maker: _Maker,
    unit: Unit,
    name: str,
    rollups: tuple[str, ...],
    groups: Sequence[Group],
    *,
    total: bool = True,
) -> Line:
    cells = [
        _centre(unit.code),
        _text(name),
        _centre(maker.say(UNIT_TYPES[unit.type])),
        _people(maker, unit.code),
    ]
    rows = [maker.view.row(unit.code, group, *rollups) for group in groups]
    for group, row in zip(groups, rows, strict=True):
        cells += _group_cells(maker, group, row)
    notes = _row_notes(maker, groups, rows)
    if total and notes:
        notes = maker.say(_BELOW)
    cells.append(Cell(notes or labels.NOT_APPLICABLE, "text"))
    return Line(tuple(cells), total=total)


def _group_cells(maker: _Maker, group: Group, row: Row | None) -> list[Cell]:
    applies = None if row is None or row["status"] == "not_applicable" else row
    cells = []
    for column in _columns_of(maker, group):
        if not isinstance(column, str):
            cells.append(_baseline(column) if applies else _mark(row))
        elif column == "status":
            cells.append(_status(maker, row))
        else:
            shown = applies if column == "standard" else row
            cells.append(_number(shown, column, _style(group.measure, column)))
    return cells


def _baseline(observed: Norm) -> Cell:
    style: Style = "plain" if observed.comparator == "=" else "plain_at_least"
    return Cell(float(observed.value), style)


def _row_notes(maker: _Maker, groups: Sequence[Group], rows: Sequence[Row | None]) -> str:
    """Write the notes of one line, each once, with the numbers of the groups that it is about."""
    about: dict[str, list[str]] = {}
    for group, row in zip(groups, rows, strict=True):
        if row is not None and row["note"] and group.measure not in labels.SECONDARY:
            about.setdefault(row["note"], []).append(str(group.number))
    return "\n".join(
        clean(f"[{','.join(numbers)}] {labels.translate(note, maker.language)}")
        for note, numbers in about.items()
    )


def _service_notes(maker: _Maker, groups: Sequence[Group], left_out: Sequence[Group]) -> list[str]:
    say = maker.say
    observed = any(_baselines(maker, group) for group in groups)
    notes = [say(_LEGEND), say(_TWO_TOTALS), say(_SUMMED), *_total_notes(maker, groups)]
    notes += [say(_BASELINES)] if observed else []
    for group in groups:
        method = labels.translate(_method(maker.view, group), maker.language)
        about = labels.applies_text(group.norm, maker.language)
        measure = _measure_name(maker, group)
        name = labels.norm_name(group.norm, maker.language)
        notes.append(f"[{group.number}] {name}({measure}):{about};{method}")
    if left_out:
        numbers = "、".join(f"[{group.number}]" for group in left_out)
        notes.append(
            say(
                (
                    f"只对全域评价的指标见总览:{numbers}",
                    f"Judged for the whole area only, see the overview: {numbers}",
                )
            )
        )
    return notes


def _total_notes(maker: _Maker, groups: Sequence[Group]) -> list[str]:
    """Write the notes of the rows of the whole area, each once."""
    view = maker.view
    notes: dict[str, None] = {}
    for rollup in ("sum_of_units", "net", "unit"):
        rows = [view.row(view.root, group, rollup) for group in groups]
        if text := _row_notes(maker, groups, rows):
            notes[text.replace("\n", "  ")] = None
    about = maker.say(("合计行", "Rows of the whole area"))
    return [f"{about}:{text}" for text in notes]


def _method(view: View, group: Group) -> str:
    findings = view.result.findings
    mine = (findings["norm_id"] == group.norm.id) & (findings["measure"] == group.measure)
    return str(findings.loc[mine, "method"].iloc[0])


def _sources(maker: _Maker, groups: Sequence[Group]) -> list[str]:
    norms: dict[str, tuple[Norm, list[str]]] = {}
    for group in groups:
        norms.setdefault(group.norm.id, (group.norm, []))[1].append(str(group.number))
    return [
        f"[{','.join(numbers)}] {_source_text(maker, norm)}" for norm, numbers in norms.values()
    ]


def _source_text(maker: _Maker, norm: Norm) -> str:
    language = maker.language
    standard = f"{labels.standard_text(norm, language)},{labels.due_text(norm, language)}"
    starts = "".join(
        f";{maker.say(_BASELINE)} {labels.baseline_text(one, language)}:{_cite(one.source)}"
        for one in maker.view.result.norms.baselines_of(norm)
    )
    also = "".join(f";{maker.say(('并见', 'also'))} {_cite(source)}" for source in norm.also)
    return f"{labels.norm_name(norm, language)}({standard}):{_cite(norm.source)}{also}{starts}"


def _cite(source: Source) -> str:
    return f"{source.citation}「{source.key_phrase}」"


# --- compounds, quality, methods ----------------------------------------------------------


def _compounds(maker: _Maker) -> None:
    say, result = maker.say, maker.view.result
    columns = [
        Column(say(("小区编号", "compound")), width=16, text=True),
        Column(say(("小区名称", "name")), width=26, text=True),
        Column(say(("街道代码", "street code")), width=12, text=True),
        Column(say(("街道名称", "street")), width=22, text=True),
        Column(say(("建成年份", "built")), width=9),
        Column(say(("指标", "norm")), width=8, text=True),
        Column(say(("基数", "base")), width=11),
        Column(say(("基数单位", "unit of base")), width=10, text=True),
        *(
            Column(say(labels.COLUMNS[column]), width=12)
            for column in ("required", "existing", "shortfall", "surplus")
        ),
        Column(say(("计量单位", "unit")), width=10, text=True),
        Column(say(labels.COLUMNS["status"]), width=15),
        Column(say(("备注", "note")), width=34, text=True),
    ]
    sheet = maker.sheet(say(_SHEETS["compounds"]), columns, stub=2)
    maker.frame(sheet, maker.title(say(("居住小区配套", "residential compounds"))))
    if result.compounds.empty:
        sheet.heading(
            say(("未提供小区名单,或本次标准不涉及小区", "No compounds, or no norm on them."))
        )
    else:
        ordered = result.compounds.sort_values(["norm_id", "street_code", "compound_id"])
        sheet.table(_compound_line(maker, row) for row in ordered.to_dict(orient="records"))
        sheet.notes(say(("注:", "Notes")), [say(_LEGEND)])
        ids = set(result.compounds["norm_id"])
        groups = [group for group in maker.view.groups if group.norm.id in ids]
        sheet.notes(say(("标准依据:", "Sources")), _sources(maker, groups))
    maker.finish(sheet)


_COMPOUND_BASES: Final[dict[str, Pair]] = {
    "households": ("户", "households"),
    "planned_population": ("人", "persons"),
}


def _compound_line(maker: _Maker, row: dict[Any, Any]) -> Line:
    street = maker.view.units.get(row["street_code"])
    group = next(g for g in maker.view.groups if g.norm.id == row["norm_id"])
    style = _style(group.measure, "required")
    return Line(
        (
            _centre(row["compound_id"]),
            _text(row["name"]),
            _centre(row["street_code"]),
            _text(street.name if street else ""),
            _optional(row["built_year"], "year"),
            _centre(f"[{group.number}]"),
            _number(row, "base_value", "count"),
            _centre(maker.say(_COMPOUND_BASES.get(group.norm.base, ("个", "compounds")))),
            *(
                _number(row, name, style)
                for name in ("required", "existing", "shortfall", "surplus")
            ),
            _centre(maker.say(labels.QUANTITIES[group.measure])),
            _status(maker, row),
            _text(labels.translate(row["note"], maker.language)),
        )
    )


_QUALITY_WIDTHS: Final = (8, 28, 22, 16, 14, 12, 16, 8, 14, 10, 60, 40, 40)
_OTHER_MEND: Final[dict[Language, str]] = {"zh": "mend", "en": "mend_zh"}
"""The mend that a language does not show."""
_QUALITY_NUMBERS: Final[dict[str, Style]] = {"count": "count", "amount": "amount"}
_SEVERITY_STYLES: Final[dict[str, Style]] = {
    "error": "short",
    "warning": "no_data",
    "info": "not_applicable",
}


def _quality(maker: _Maker) -> None:
    say, quality = maker.say, maker.view.result.quality
    columns = [
        Column(say(pair), width=wide, text=name not in _QUALITY_NUMBERS)
        for (name, pair), wide in zip(labels.QUALITY_COLUMNS.items(), _QUALITY_WIDTHS, strict=True)
        if name != _OTHER_MEND[maker.language]
    ]
    sheet = maker.sheet(say(_SHEETS["quality"]), columns)
    maker.frame(sheet, maker.title("") + say((" 数据质量", ", data quality")))
    if quality.empty:
        sheet.heading(say(("未发现问题", "Nothing was found wrong.")))
    else:
        sheet.table(_quality_line(maker, row) for row in quality.to_dict(orient="records"))
    maker.finish(sheet)


def _quality_line(maker: _Maker, row: dict[Any, Any]) -> Line:
    severity, unit = row["severity"], row["unit"]
    first = Cell(maker.say(labels.SEVERITIES[severity]), _SEVERITY_STYLES[severity])
    cells = {name: _optional(row[name], style) for name, style in _QUALITY_NUMBERS.items()}
    cells["unit"] = _text(maker.say(labels.QUALITY_UNITS.get(unit, (unit, unit))))
    rest = [n for n in list(labels.QUALITY_COLUMNS)[1:] if n != _OTHER_MEND[maker.language]]
    return Line((first, *(cells.get(name) or _text(row[name]) for name in rest)))


_METHOD_WIDTHS: Final = (30, 38, 30, 16, 22, 44, 24, 60)


def _methods(maker: _Maker) -> None:
    say, facts = maker.say, manifest(maker.view.result)
    sheet = maker.sheet(say(_SHEETS["methods"]), [Column("", width=w) for w in _METHOD_WIDTHS])
    maker.frame(sheet, maker.title("") + say((" 方法与参数", ", methods and parameters")))
    what, value = say(("项目", "item")), say(("内容", "value"))
    sheet.heading(say(("一、范围", "1 Area")))
    sheet.small_table([what, value], (_pair_line(*pair) for pair in _facts(maker, facts)))
    sheet.heading(say(("二、参数", "2 Parameters")))
    heads = [say(("参数", "parameter")), say(("取值", "value")), say(("依据", "source"))]
    sheet.small_table(heads, _parameter_lines(maker, facts["parameters"]))
    sheet.heading(say(("三、采用的标准", "3 Norms")))
    sheet.small_table(
        [
            *(say(("编号", "id")), say(("指标", "norm")), say(("标准", "standard"))),
            *(say(("时限", "due")), say(("适用范围", "applies to")), say(("依据", "source"))),
            *(say(("条款关键词", "key phrase")), say(("说明", "note"))),
        ],
        (_norm_line(maker, norm) for norm in maker.view.result.norms.norms),
    )
    sheet.heading(say(("四、输入文件", "4 Input files")))
    _file_table(maker, sheet, facts)
    sheet.heading(say(("五、软件版本", "5 Software")))
    versions = {"capacity": facts["capacity"], "python": facts["python"], **facts["dependencies"]}
    sheet.small_table([what, value], (_pair_line(*pair) for pair in versions.items()))
    maker.finish(sheet)


def _pair_line(name: str, value: str) -> Line:
    return Line((_text(name), _text(value)))


def _facts(maker: _Maker, facts: dict[str, Any]) -> list[tuple[str, str]]:
    say, area = maker.say, facts["area"]
    complete = "、".join(say(SERVICES[name]) for name in area["complete_services"])
    return [
        (say(("名称", "name")), area["name"]),
        (say(("代码", "code")), area["code"]),
        (say(("数据时点", "data date")), area["data_date"]),
        (say(("标准所属城市", "norms of")), facts["norms"]["city"]),
        (say(("标准日期", "norms on")), facts["norms"]["on"]),
        (say(("设施名单完整的领域", "complete facility lists")), complete),
        (say(("坐标系", "CRS")), area["crs"]),
        (say(("生成时间(UTC)", "created (UTC)")), facts["created"]),
    ]


def _parameter_lines(maker: _Maker, parameters: dict[str, Any]) -> list[Line]:
    lines = []
    for name, pair in labels.PARAMETERS.items():
        value = parameters[name]
        if isinstance(value, bool):
            cell = _centre(maker.say(labels.BOOLEANS[value]))
        elif value is None:
            cell = _centre(maker.say(("未设定", "not set")))
        elif isinstance(value, str):
            cell = _centre(maker.say(labels.CHOICES[value]))
        else:
            cell = Cell(value, "plain")
        lines.append(Line((_text(maker.say(pair)), cell, _text(maker.say(_OURS)))))
    return lines


def _norm_line(maker: _Maker, norm: Norm) -> Line:
    language = maker.language
    return Line(
        (
            _text(norm.id),
            _text(labels.norm_name(norm, language)),
            _text(labels.standard_text(norm, language)),
            _text(labels.due_text(norm, language)),
            _text(labels.applies_text(norm, language)),
            _text(norm.source.citation),
            _text(norm.source.key_phrase),
            _text(labels.note_text(norm, language)),
        )
    )


def _file_table(maker: _Maker, sheet: Sheet, facts: dict[str, Any]) -> None:
    say = maker.say
    heads = [
        *(say(("文件", "file")), say(("SHA-256", "SHA-256")), say(("内容", "role"))),
        *(say(("读取行数", "rows read")), say(("采用行数", "rows used"))),
        *(say(("来源说明", "description")), say(("数据年份", "year"))),
    ]
    inputs = [
        Line(
            (
                _text(file["path"]),
                _text(file["sha256"]),
                _text(say(labels.ROLES[file["role"]])),
                Cell(file["rows_read"], "count"),
                Cell(file["rows_used"], "count"),
                _text(file["description"]),
                _text("" if file["year"] is None else str(file["year"])),
            )
        )
        for file in facts["inputs"]
    ]
    norms = [
        Line((_text(file["name"]), _text(file["sha256"]), _text(say(("标准", "norms")))))
        for file in facts["norms"]["files"]
    ]
    sheet.small_table(heads, [*inputs, *norms])
