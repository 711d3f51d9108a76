"""The Word report: what is short in plain words, tables by service, maps and charts, method, sources.

It looks up findings and says what ``assess`` found; nothing is computed here. The full tables are in
the workbook, to which the report refers.
"""

from __future__ import annotations

import io
import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from capacity.assess.summary import headlines
from capacity.errors import NormError
from capacity.exact import rounded
from capacity.findings import STATUSES
from capacity.problems import PROBLEMS
from capacity.report import labels
from capacity.report.document import Report, WordCell, check_docx
from capacity.report.drawing import SIZE, is_share
from capacity.report.figures import choose, draw, has_figure, title_of
from capacity.report.fonts import font_file
from capacity.report.labels import label
from capacity.report.manifest import manifest
from capacity.report.sentences import norm_words, sentence, shortfall_words
from capacity.report.short import is_known, table_of, value_text
from capacity.report.text import clean
from capacity.report.view import look
from capacity.vocabulary import POPULATION, SERVICES, TIERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from capacity.assess.result import Assessment
    from capacity.assess.summary import Headline
    from capacity.norms.model import Norm
    from capacity.report.drawing import Drawing
    from capacity.report.labels import Language, Pair
    from capacity.report.short import ShortRow, ShortTable
    from capacity.report.view import Group, Row, View

_DPI: Final = 160
_ROWS: Final = 40
_FAULTS: Final = 40
_NUMERALS: Final = "一二三四五六七八九十"
_SAID: Final = 1
_LIST: Final = re.compile(r"(?P<head>.*: \d+ )\((?P<codes>.*)\)")
_COLUMNS: Final = 5


@dataclass(frozen=True, slots=True)
class _Writer:
    """What every section is written of."""

    report: Report
    view: View
    language: Language
    heads: dict[tuple[str, str], Headline]
    names: dict[str, str]
    pictures: bool

    def say(self, pair: Pair) -> str:
        return label(pair, self.language)

    def name(self, norm: Norm) -> str:
        """Name a norm; where several have one name, with its standard and date."""
        alike = {g.norm.id for g in self.view.groups if g.norm.name_zh == norm.name_zh}
        if len(alike) > 1:
            return norm_words(norm, self.language)
        return clean(labels.norm_name(norm, self.language))

    def headline(self, group: Group) -> Headline:
        return self.heads[group.norm.id, group.measure]

    @property
    def result(self) -> Assessment:
        return self.view.result


def write_word(
    result: Assessment,
    path: str | Path,
    *,
    language: Language = "zh",
    pictures: bool = True,
) -> Path:
    """Write the report as a Word document.

    Parameters
    ----------
    result
        What ``assess`` gave.
    path
        File to write, in a folder that is there; replaced if it is there itself.
    language
        ``zh`` or ``en``, for headings and words; names and citations stay as they are.
    pictures
        Whether maps and charts are drawn.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    MissingExtraError
        Without python-docx, matplotlib or the font.

    Notes
    -----
    Text is written as text: markup in a name is shown, control characters are removed. The file is
    built in memory, so a failure leaves an earlier file as it was.
    """
    check_word(pictures=pictures)
    view = look(result)
    heads = {(h.norm_id, h.measure): h for h in headlines(result)}
    title = _title(result, language)
    writer = _Writer(Report(language, title), view, language, heads, _names(result), pictures)
    writer.report.title(title, _dates(writer))
    for i, (name, section) in enumerate(_SECTIONS):
        number = writer.say((f"{_NUMERALS[i]}、", f"{i + 1} "))
        writer.report.heading(number + writer.say(name), 1)
        section(writer)
    target = Path(path)
    target.write_bytes(writer.report.to_bytes())
    return target


def check_word(*, pictures: bool = True) -> None:
    """Check that the packages of the Word report are there, before the work is done.

    Parameters
    ----------
    pictures
        Whether maps and charts are to be drawn.

    Raises
    ------
    MissingExtraError
        Without python-docx, matplotlib or the font.
    """
    check_docx()
    if pictures:
        font_file()


def _title(result: Assessment, language: Language) -> str:
    name = clean(result.area.name)
    return label(
        (f"{name}公共服务设施缺口评估报告", f"{name}: shortfall of public services"), language
    )


def _dates(writer: _Writer) -> str:
    day, on = writer.result.area.data_date, writer.result.norms.on
    return writer.say(
        (
            (
                f"数据时点：{day.year}年{day.month}月{day.day}日　"
                f"标准日期：{on.year}年{on.month}月{on.day}日"
            ),
            f"Data of {day.isoformat()}. Norms in force on {on.isoformat()}.",
        )
    )


def _primary(writer: _Writer) -> list[Group]:
    """Norms and measures that are no addition to another one."""
    found = (g for g in writer.view.groups if g.measure and g.measure not in labels.SECONDARY)
    return [g for g in found if g.measure != "capacity_limited"]


# --- summary ------------------------------------------------------------------------------


def _summary(writer: _Writer) -> None:
    report, numbers = writer.report, itertools.count(1)
    report.paragraph(_scope(writer))
    report.paragraph(_verdicts(writer))
    short = [g for g in _primary(writer) if writer.headline(g).status == "short"]
    if short:
        _below(writer, 1, next(numbers), ("主要缺口", "What is missing"))
        report.bullets(_said(writer, short))
    first = (g for g in _primary(writer) if g.measure in g.norm.measures[:1])
    circles = [g for g in first if _is_circle(writer, g)]
    if circles:
        _below(writer, 1, next(numbers), ("服务覆盖", "Who is in reach"))
        report.bullets(
            sentence(writer.headline(g), g.norm, writer.language, with_units=False) for g in circles
        )
    _lost(writer, next(numbers))


def _said(writer: _Writer, short: Sequence[Group]) -> list[str]:
    """Say the first norms of each service that are short, and name the others."""
    lines = []
    for service, pair in SERVICES.items():
        mine = [g for g in short if g.norm.service == service]
        if not mine:
            continue
        name = writer.say(pair)
        first, rest = mine[:_SAID], mine[_SAID:]
        said = [
            sentence(writer.headline(g), g.norm, writer.language, with_units=False) for g in first
        ]
        lines += [writer.say((f"{name}：{text}", f"{name}: {text}")) for text in said]
        if rest:
            others = writer.say(("；", "; ")).join(_brief(writer, g) for g in rest)
            lines.append(
                writer.say((f"{name}其他未达标标准：{others}。", f"{name}, also short: {others}."))
            )
    return lines


def _brief(writer: _Writer, group: Group) -> str:
    name = writer.name(group.norm)
    words = shortfall_words(writer.headline(group), group.norm, writer.language)
    return f"{name}{writer.say(('，', ', '))}{words}"


def _is_circle(writer: _Writer, group: Group) -> bool:
    return writer.headline(group).people > 0


def _scope(writer: _Writer) -> str:
    view, say, result = writer.view, writer.say, writer.result
    tiers = [
        (tier, len(view.units_of(tier))) for tier in reversed(list(TIERS)) if view.units_of(tier)
    ]
    counted = say(("、", ", ")).join(
        say((f"{n}个{labels.TIERS[tier][0]}", f"{n} {labels.TIERS[tier][1]}"))
        for tier, n in reversed(tiers)
    )
    people = view.people(view.root, POPULATION)
    known = people == people  # noqa: PLR0124  # NaN
    living = say((f"常住人口{rounded(people, 0)}人", f"{rounded(people, 0)} residents"))
    unknown = say(("常住人口数据不全", "the number of residents is not fully known"))
    name, n = clean(result.area.name), len(result.norms.norms)
    day = result.norms.on
    return say(
        (
            (
                f"本报告按{day.year}年{day.month}月{day.day}日有效的规划标准，评估{name}公共服务设施配置"
                f"情况。评估范围包括{counted or '全区'}，{living if known else unknown}；采用标准{n}项。"
            ),
            (
                f"This report holds the public services of {name} against the norms in force on "
                f"{day.isoformat()}: {counted or 'the whole area'}, {living if known else unknown}, "
                f"{n} norms."
            ),
        )
    )


def _verdicts(writer: _Writer) -> str:
    """Count the norms by the status of the whole area; none is met for want of data."""
    counts = dict.fromkeys(STATUSES, 0)
    for group in _primary(writer):
        counts[writer.headline(group).status] += 1
    words = [
        writer.say((f"{zh}{counts[status]}项", f"{counts[status]} {en}"))
        for status, (zh, en) in STATUSES.items()
        if counts[status]
    ]
    return writer.say(
        (
            (
                f"按全区结论统计（一项标准统计多个人群的分别计）：{'、'.join(words)}。“仅报告”指文件未规定达标线"
                "或未对本级提出要求，“缺数据”指资料不足、不作结论，均不等于达标。"
            ),
            (
                f"By the result of the whole area, each group of people by itself: {', '.join(words)}. "
                "“Reported” means that the document sets no line here, “no data” that nothing can be "
                "said: neither is met."
            ),
        )
    )


def _lost(writer: _Writer, number: int) -> None:
    """Name the norms without any data, and what is missing."""
    say = writer.say
    rows = [
        (group, row)
        for group in _primary(writer)
        if (row := _whole(writer, group)) is not None
        and row["status"] == "no_data"
        and not _is_circle(writer, group)
    ]
    if not rows:
        return
    _below(writer, 1, number, ("缺数据、未作结论的标准", "What could not be judged"))
    writer.report.caption(say(("缺数据的标准", "Norms without data")), figure=False)
    heads = [
        *(say(("领域", "service")), say(("标准", "norm"))),
        say(("缺什么", "what is missing")),
    ]
    cells = [
        (
            WordCell(say(SERVICES[group.norm.service]), align="center"),
            WordCell(f"[{group.number}] {writer.name(group.norm)}"),
            WordCell(_missing(writer, str(row["note"]))),
        )
        for group, row in rows
    ]
    writer.report.table(heads, cells, [1.2, 3, 5])


def _missing(writer: _Writer, note: str) -> str:
    """Say what is missing, without the clauses that do not agree: those have a chapter."""
    parts = [part for part in note.split("; ") if not part.startswith("conflict: ")]
    said = (_by_name(part, writer.names) for part in parts)
    return labels.translate("; ".join(said), writer.language) or labels.NOT_APPLICABLE


def _by_name(part: str, names: dict[str, str]) -> str:
    """Put names for the codes that a part of a note lists: ``…: 2 (A, B)``."""
    found = _LIST.fullmatch(part)
    if found is None:
        return part
    codes = found["codes"].split(", ")
    return f"{found['head']}({', '.join(names.get(code, code) for code in codes)})"


def _names(result: Assessment) -> dict[str, str]:
    """Code or id → name, of what has one name and is no other's code."""
    area = result.area
    tables = [(area.units, "unit_code", "unit_name"), (area.facilities, "facility_id", "name")]
    if area.compounds is not None:
        tables.append((area.compounds, "compound_id", "name"))
    found: dict[str, set[str]] = {}
    for table, code, name in tables:
        for key, word in zip(table[code], table[name], strict=True):
            found.setdefault(str(key), set()).add(clean(word))
    return {
        key: next(iter(words)) for key, words in found.items() if len(words) == 1 and all(words)
    }


def _whole(writer: _Writer, group: Group) -> Row | None:
    return writer.view.row(writer.view.root, group, "sum_of_units", "unit", "net")


# --- services -----------------------------------------------------------------------------


def _services(writer: _Writer) -> None:
    number = 0
    for service, pair in SERVICES.items():
        groups = [g for g in _primary(writer) if g.norm.service == service]
        if not groups:
            continue
        number += 1
        name = writer.say(pair)
        _below(writer, 2, number, pair)
        short = [g for g in groups if writer.headline(g).status == "short"]
        said = [g for g in [*short, *groups] if g in short or _is_circle(writer, g)]
        for group in dict.fromkeys(said):
            text = sentence(writer.headline(group), group.norm, writer.language)
            writer.report.paragraph(text)
        _norm_table(writer, name, groups)
        _unit_table(writer, service, groups)
        if writer.pictures:
            _pictures(writer, groups)


def _below(writer: _Writer, chapter: int, number: int, title: Pair) -> None:
    """Write the heading of a part of a chapter."""
    words = (f"（{_numeral(number)}）{title[0]}", f"{chapter}.{number} {title[1]}")
    writer.report.heading(writer.say(words), 2)


def _numeral(number: int) -> str:
    if number <= len(_NUMERALS):
        return _NUMERALS[number - 1]
    return f"十{_NUMERALS[number - 11]}"


def _norm_table(writer: _Writer, name: str, groups: Sequence[Group]) -> None:
    say = writer.say
    writer.report.caption(say((f"{name}标准执行情况", f"{name}: the norms")), figure=False)
    heads = [
        say(("标准", "norm")),
        say(("标准值", "standard")),
        say(("时限", "due")),
        say(("现有", "existing")),
        say(("应有\n(分单位合计)", "required\n(sum of units)")),
        say(("缺口\n(分单位合计)", "shortfall\n(sum of units)")),
        say(("达标/未达标/缺数据\n(单位数)", "met/short/no data\n(units)")),
        say(("结论", "result")),
    ]
    cells = [_norm_cells(writer, group) for group in groups]
    writer.report.table(heads, cells, [3.4, 2.0, 1.6, 1.4, 1.4, 1.5, 1.7, 1.4])
    writer.report.note(say(_SUMS))


_SUMS: Final[Pair] = (
    (
        "应有、缺口为各单位之和，应有按单位各自进位；只对全区核算的标准为全区的数。按全区总量核算的应有（只进位一次）和缺口见工作簿表0。"
    ),
    (
        "Required and shortfall are sums of the units, each rounded up by itself; a norm of the whole area "
        "alone has its own. The whole area as one unit, rounded once, is in table 0 of the workbook."
    ),
)


def _norm_cells(writer: _Writer, group: Group) -> tuple[WordCell, ...]:
    norm, language, view = group.norm, writer.language, writer.view
    row = _whole(writer, group)
    one = view.row(view.root, group, "net", "unit")
    status = row["status"] if row else "not_applicable"
    counts = writer.headline(group).units
    measured = f"({labels.measure_name(group.measure, norm.service, language)})"
    name = clean(labels.norm_name(norm, language)) + (measured if norm.measures else "")
    result = writer.say(STATUSES[status])
    if (status, one["status"] if one else "") == ("short", "met"):
        result = writer.say(("总量达标,单位有缺口", "met as a whole, units short"))
    return (
        WordCell(f"[{group.number}] {name}"),
        WordCell(labels.standard_text(norm, language), align="center"),
        WordCell(labels.due_text(norm, language), align="center"),
        _number(writer, row or one, group, "existing"),
        _number(writer, row or one, group, "required"),
        _number(writer, row, group, "shortfall"),
        WordCell(f"{counts['met']}/{counts['short']}/{counts['no_data']}", align="center"),
        WordCell(result, status, "center"),
    )


def _number(writer: _Writer, row: Row | None, group: Group, column: str) -> WordCell:
    """Write a number with its unit and bound, or say why there is none."""
    if row is None or row["status"] == "not_applicable":
        return WordCell(labels.NOT_APPLICABLE, align="center")
    text = value_text(row, column, group, writer.language)
    if text in {labels.NO_DATA, labels.NOT_APPLICABLE}:
        return WordCell(text, align="center")
    text += _unit(writer, group)
    if column == "existing" and is_share(group):
        text = f"{value_text(row, 'share', group, writer.language)}\n({text})"
    return WordCell(text, align="right")


def _unit(writer: _Writer, group: Group) -> str:
    unit = writer.say(labels.QUANTITIES[group.measure])
    return unit if writer.language == "zh" else f" {unit}"


def _unit_table(writer: _Writer, service: str, groups: Sequence[Group]) -> None:
    """Write the units of a service with its main norms; of many units those with a gap."""
    say, view = writer.say, writer.view
    tier = view.tiers(service)[0]
    units = {unit.code for unit in view.units_of(tier)}
    known = [g for g in view.at_tier(groups, tier) if is_known(view, tier, g)]
    main = sorted(known, key=lambda g: not _is_main(writer, g))[:_COLUMNS]
    if not units or not main:
        return
    columns = sorted(main, key=lambda g: g.number)
    table = table_of(view, service, columns, writer.language)
    rows = _shown(table)
    writer.report.caption(table.title, figure=False)
    heads = [
        *(say(("代码", "code")), say(("名称", "name")), say(("常住人口", "residents"))),
        *(f"{n} {head}" for n, head in zip(table.numbers, table.heads, strict=True)),
    ]
    cells = [
        (
            WordCell(labels.NOT_APPLICABLE if row.total else row.code, align="center"),
            WordCell(row.name),
            WordCell(row.residents, align="right"),
            *(WordCell(cell.text, cell.status, "center") for cell in row.cells),
        )
        for row in rows
    ]
    writer.report.table(heads, cells, [1.5, 2.2, 1.3, *(1.8 for _ in table.heads)])
    left_out = len(table.rows) - len(rows)
    others = len(known) - len(columns)
    notes = [
        say((f"未列出的单位{left_out}个（不适用、无缺口或排在后面）", f"{left_out} more units")),
        say((f"未列出的标准{others}项", f"{others} more norms")),
    ]
    words = [note for note, n in zip(notes, (left_out, others), strict=True) if n]
    if words:
        shown = say(("，", ", ")).join(words)
        writer.report.note(say((f"{shown}，见工作簿。", f"{shown}: see the workbook.")))


def _is_main(writer: _Writer, group: Group) -> bool:
    return writer.headline(group).status == "short" or _is_circle(writer, group)


def _shown(table: ShortTable) -> list[ShortRow]:
    """Keep the rows to which a norm applies; of many units the first with a gap or without data."""
    rows = [
        row
        for row in table.rows
        if row.total or any(cell.status != "not_applicable" for cell in row.cells)
    ]
    if sum(not row.total for row in rows) <= _ROWS:
        return rows
    lacking = [
        row
        for row in rows
        if not row.total and any(cell.status in {"short", "no_data"} for cell in row.cells)
    ]
    kept = {id(row) for row in lacking[:_ROWS]}
    return [row for row in rows if row.total or id(row) in kept]


# --- pictures -----------------------------------------------------------------------------


def _pictures(writer: _Writer, groups: Sequence[Group]) -> None:
    """Draw the first norm that is short, and the first circle, of a service."""
    short = [g for g in groups if writer.headline(g).status == "short"]
    circles = [g for g in groups if _is_circle(writer, g)]
    for kinds, among in (
        (("map", "bars", "lorenz", "stages"), short),
        (("map", "curve"), circles),
    ):
        first = next((g for g in among if has_figure(writer.view, kinds[0], g)), None)
        if first is None and among:
            first = among[0]
        for kind in kinds if first is not None else ():
            _picture(writer, first, kind)


_PLAIN: Final = ("ratio_per_population", "ratio_per_subgroup", "area_per_capita")


def _picture(writer: _Writer, group: Group | None, kind: str) -> None:
    if group is None or (kind == "bars" and group.norm.kind not in _PLAIN):
        return
    try:
        drawing = choose(
            writer.view, kind, group.norm.id, measure=group.measure, language=writer.language
        )
    except NormError:  # it has no such figure
        return
    png = picture_of(drawing, kind)
    title = title_of(drawing, kind)
    words = sentence(writer.headline(group), group.norm, writer.language)
    writer.report.picture(png, writer.say((f"{title}。{words}", f"{title}. {words}")))
    writer.report.caption(title, figure=True)


def picture_of(drawing: Drawing, kind: str, *, dpi: int = _DPI) -> bytes:
    """Draw a figure as a PNG.

    Parameters
    ----------
    drawing
        What to draw.
    kind
        A kind of figure that it has.
    dpi
        Dots per inch.

    Returns
    -------
    bytes
        The file.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, layout="constrained")
    draw(drawing, kind, figure.subplots())
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=dpi)
    return stream.getvalue()


# --- method, data, sources ----------------------------------------------------------------

_METHOD: Final[tuple[Pair, ...]] = (
    (
        (
            "缺口按单位计算：应有减现有，不足为缺口、超出为富余。“分单位合计”为各单位缺口相加，一个单位的富余不抵补另一个单位"
            "的缺口；“按总量核算”把全区视同一个单位，富余可抵补。两者都对，回答的问题不同。"
        ),
        (
            "A gap is what is required less what exists, unit by unit. The sum of units adds them up: a "
            "surplus in one never covers another. As one unit, it does. Both are right answers to "
            "different questions."
        ),
    ),
    (
        (
            "“≥”或“至少”：有单位缺数据，缺口只会更大；“≤”或“至多”：有设施未填规模，缺口只会更小；“已知”：仅为已知部分，"
            "可能更多或更少。“…”为缺数据，“—”为不适用，0为数值为零。"
        ),
        (
            "“≥” or at least: units without data are left out. “≤” or at most: facilities without a "
            "figure are. “Known”: of what is known, it may be more or less. “…” is no data, “—” not applicable, 0 is zero."
        ),
    ),
    (
        "服务圈按人口格网与设施位置计算，文件未规定覆盖率达标线，故只列占比、不作达标结论。",
        (
            "Who is in reach is counted from the population by place; the documents set no share, so "
            "none is met or short."
        ),
    ),
    (
        "地图边界为填报单位提供的边界，仅作示意，不作为行政区域划界依据；公开发布地图须按规定办理审图手续。",
        "Boundaries on maps are those supplied, and no legal statement.",
    ),
)


def _methods(writer: _Writer) -> None:
    say, report = writer.say, writer.report
    report.bullets(say(pair) for pair in _METHOD)
    report.caption(
        say(("计算参数（本表设定，非文件规定）", "Parameters, set here and not by a document")),
        figure=False,
    )
    parameters = manifest(writer.result)["parameters"]
    rows = [
        (WordCell(say(pair)), WordCell(_parameter(writer, parameters[name]), align="center"))
        for name, pair in labels.PARAMETERS.items()
        if name in parameters
    ]
    report.table([say(("参数", "parameter")), say(("取值", "value"))], rows, [3, 2])


def _parameter(writer: _Writer, value: Any) -> str:
    if isinstance(value, bool):
        return writer.say(labels.BOOLEANS[value])
    if value is None:
        return writer.say(("未设定", "not set"))
    if isinstance(value, str):
        return writer.say(labels.CHOICES.get(value, (value, value)))
    return f"{value:g}"


def _data(writer: _Writer) -> None:
    say, report, facts = writer.say, writer.report, manifest(writer.result)
    report.caption(say(("输入数据", "Inputs")), figure=False)
    heads = [
        *(say(("文件", "file")), say(("内容", "role")), say(("来源说明", "description"))),
        *(say(("年份", "year")), say(("读取行数", "rows read")), say(("采用行数", "rows used"))),
    ]
    rows = [
        (
            WordCell(file["path"]),
            WordCell(say(labels.ROLES[file["role"]]), align="center"),
            WordCell(file["description"] or labels.NOT_APPLICABLE),
            WordCell(str(file["year"] or labels.NOT_APPLICABLE), align="center"),
            WordCell(f"{file['rows_read']:,}", align="right"),
            WordCell(f"{file['rows_used']:,}", align="right"),
        )
        for file in facts["inputs"]
    ]
    report.table(heads, rows, [3, 1.2, 3, 1, 1.2, 1.2])
    _quality(writer)


def _quality(writer: _Writer) -> None:
    say, report, quality = writer.say, writer.report, writer.result.quality
    counts = quality["severity"].value_counts()
    warnings, facts = int(counts.get("warning", 0)), int(counts.get("info", 0))
    report.paragraph(
        say(
            (
                (
                    f"数据检查发现警告{warnings}条、提示{facts}条，没有错误。下表列出警告；全部结果及改法见工作簿表9-4"
                    "和 quality.csv。"
                ),
                (
                    f"The checks found {warnings} warnings, {facts} facts and no error. The warnings are "
                    "below; everything, with mends, is in table 9-4 of the workbook and in quality.csv."
                ),
            )
        )
    )
    rows = quality[quality["severity"] == "warning"].to_dict(orient="records")
    if not rows:
        return
    report.caption(say(("数据质量警告", "Warnings on the inputs")), figure=False)
    heads = [
        *(say(("问题", "problem")), say(("文件", "file")), say(("对象", "item"))),
        say(("数量", "count")),
    ]
    cells = [
        (
            WordCell(_problem(writer, row)),
            WordCell(row["file"] or labels.NOT_APPLICABLE),
            WordCell(row["item"] or labels.NOT_APPLICABLE),
            WordCell(_count(row["count"]), align="right"),
        )
        for row in rows[:_FAULTS]
    ]
    report.table(heads, cells, [4, 2.5, 2.5, 0.8])
    if len(rows) > _FAULTS:
        n = len(rows) - _FAULTS
        report.note(say((f"另有{n}条见工作簿。", f"{n} more are in the workbook.")))


def _problem(writer: _Writer, row: dict[Any, Any]) -> str:
    if writer.language == "en":
        return str(row["message"])
    return PROBLEMS[row["code"]][0] if row["code"] in PROBLEMS else str(row["message"])


def _count(value: float) -> str:
    return rounded(value, 0) if value == value else labels.NOT_APPLICABLE  # noqa: PLR0124  # NaN


def _sources(writer: _Writer) -> None:
    say, report, language = writer.say, writer.report, writer.language
    report.caption(say(("标准及依据条款", "Norms and their clauses")), figure=False)
    norms = {group.number: group.norm for group in writer.view.groups}
    rows = [
        (
            WordCell(f"[{number}]", align="center"),
            WordCell(labels.norm_name(norm, language)),
            WordCell(labels.standard_text(norm, language), align="center"),
            WordCell(_cited(norm)),
        )
        for number, norm in norms.items()
    ]
    heads = [
        *(say(("序号", "no.")), say(("标准", "norm")), say(("标准值", "standard"))),
        say(("依据文件、条款和关键词", "document, clause and key phrase")),
    ]
    report.table(heads, rows, [1.2, 2.6, 1.8, 4.4])
    if writer.result.norms.conflicts:
        _below(writer, 5, 1, ("条款不一致及处理", "Clauses that do not agree"))
        report.bullets(
            say(
                (
                    f"{conflict.id}：{conflict.text_zh} {conflict.resolution_zh}",
                    f"{conflict.id}: {conflict.text_en} {conflict.resolution_en}",
                )
            )
            for conflict in writer.result.norms.conflicts
        )


def _cited(norm: Norm) -> str:
    cited = [norm.source, *norm.also]
    return "\n".join(f"{source.citation}「{source.key_phrase}」" for source in cited)


def _appendix(writer: _Writer) -> None:
    facts = manifest(writer.result)
    writer.report.bullets(_files(writer))
    writer.report.note(
        writer.say(
            (
                (
                    f"本报告由 capacity {facts['capacity']} 于 {facts['created']} (UTC) 生成，"
                    "可在 Word 中直接修改；修改不影响工作簿和数据文件。"
                ),
                (
                    f"Written by capacity {facts['capacity']} at {facts['created']} (UTC); it may be "
                    "edited in Word."
                ),
            )
        )
    )


def _files(writer: _Writer) -> Iterable[str]:
    return (
        writer.say(pair)
        for pair in (
            (
                "shortfalls.xlsx：填报工作簿（表0至表9），含全部标准、全部单位、小区和设施名单、校核结果；方括号内序号与表0一致。",
                "shortfalls.xlsx: the workbook, tables 0 to 9: every norm and unit, lists, checks; numbers in square brackets are those of its table 0.",
            ),
            (
                "findings.csv、findings.parquet：逐单位、逐标准、逐统计内容的结果，供核对和制图。",
                "findings.csv, findings.parquet: every finding, for checks and maps.",
            ),
            (
                "manifest.json：软件版本、参数和每个输入文件的 SHA-256，供复算。",
                "manifest.json: versions, parameters and the SHA-256 of every input.",
            ),
        )
    )


_SECTIONS: Final = (
    (("摘要", "Summary"), _summary),
    (("各领域情况", "Services"), _services),
    (("计算方法", "Method"), _methods),
    (("数据来源与质量", "Data and their quality"), _data),
    (("标准依据", "Sources"), _sources),
    (("附件", "Files beside this report"), _appendix),
)
