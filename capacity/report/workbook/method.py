"""Table 9: data, parameters, norms, what is missing and what it touches, and the check rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from capacity.exact import rounded
from capacity.report import labels
from capacity.report.manifest import manifest
from capacity.report.view import records
from capacity.report.workbook import cells, words
from capacity.report.workbook.cells import Cell
from capacity.report.workbook.sheet import FIRST, Column, Line
from capacity.vocabulary import SERVICES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity.norms.model import Norm
    from capacity.report.workbook.checks import Check
    from capacity.report.workbook.maker import Maker, Remark
    from capacity.report.workbook.sheet import Sheet

_TITLE: Final = ("数据质量与方法说明", "data quality and methods")
_NORMS: Final = ("数据质量与方法说明:采用的标准", "data quality and methods: norms")
_MISSING: Final = ("数据质量与方法说明:缺数据及影响", "data quality and methods: what is missing")
_CHECKS: Final = ("数据质量与方法说明:审核结果", "data quality and methods: check results")
_QUALITY: Final = ("数据质量与方法说明:数据检查", "data quality and methods: input checks")
_WIDTHS: Final = (6, 34, 60, 20, 14, 12, 12, 66)
_VETERANS: Final = (
    "退役军人服务站:所用文件均未规定定量标准,不设缺口表,仅在此列示。",
    "Service stations for veterans: no document sets a figure; they are listed here only.",
)
_TOLD: Final = {"zh": ("found_zh", "mend_zh", "message"), "en": ("message", "mend")}
"""What is said of a fault, in each language; the Chinese workbook ends with the English message."""
_SEVERITY_STYLES: Final = {"error": "short", "warning": "no_data", "info": "not_applicable"}
_NATIONAL: Final = "national"


def write(maker: Maker) -> None:
    """Write 表9 and its parts, after every other sheet."""
    _data(maker)
    _norms(maker)
    _missing(maker)
    _checks(maker)
    _quality(maker)


def _pair(number: int, name: str, value: object) -> Line:
    return Line((Cell(float(number), "year"), cells.text(name), cells.text(value)))


def _data(maker: Maker) -> None:
    say, facts = maker.say, manifest(maker.view.result)
    columns = [Column("", width=width) for width in _WIDTHS]
    sheet = maker.sheet("9", _TITLE, columns, units=words.UNITS)
    sheet.heading(say(("一、数据", "1 Data")))
    _about(maker, sheet, facts)
    sheet.paragraph(say(_VETERANS))
    sheet.heading(say(("二、参数", "2 Parameters")))
    heads = [say(("序号", "no.")), say(("参数", "parameter")), say(("取值", "value"))]
    sheet.small_table([*heads, say(("依据", "source"))], _parameters(maker, facts["parameters"]))
    parts = [
        maker.sheet_name(f"9-{i}") + say(mark) + say(title)
        for i, title in enumerate((_NORMS, _MISSING, _CHECKS, _QUALITY), start=1)
        for mark in [("", " ")]
    ]
    sheet.paragraph(say((";", "; ")).join(parts))
    sheet.finish()


def _about(maker: Maker, sheet: Sheet, facts: dict[str, Any]) -> None:
    say, area = maker.say, facts["area"]
    complete = say(("、", ", ")).join(say(SERVICES[name]) for name in area["complete_services"])
    pairs = [
        (say(("名称", "name")), maker.view.units[maker.view.root].name),
        (say(("代码", "code")), maker.view.root),
        (say(("数据时点", "data date")), area["data_date"]),
        (say(("标准所属城市", "norms of")), facts["norms"]["city"]),
        (say(("标准日期", "norms on")), facts["norms"]["on"]),
        (say(("设施名单完整的领域", "complete facility lists")), complete),
        (say(("坐标系", "CRS")), area["crs"]),
        (say(("生成时间(UTC)", "created (UTC)")), facts["created"]),
    ]
    versions = {"capacity": facts["capacity"], "python": facts["python"], **facts["dependencies"]}
    software = say(("、", ", ")).join(f"{name} {value}" for name, value in versions.items())
    pairs.append((say(("软件版本", "software")), software))
    heads = [say(("序号", "no.")), say(("项目", "item")), say(("内容", "value"))]
    sheet.small_table(heads, [_pair(i, *pair) for i, pair in enumerate(pairs, start=1)])
    sheet.small_table(
        [
            say(("序号", "no.")),
            *(say(("文件", "file")), say(("来源说明", "description"))),
            *(say(("内容", "role")), say(("数据年份", "year"))),
            *(say(("读取行数", "rows read")), say(("采用行数", "rows used"))),
            "SHA-256",
        ],
        _files(maker, facts),
    )


def _files(maker: Maker, facts: dict[str, Any]) -> list[Line]:
    say = maker.say
    lines = [
        Line(
            (
                Cell(float(i), "year"),
                cells.text(file["path"]),
                cells.text(file["description"]),
                cells.centre(say(labels.ROLES[file["role"]])),
                cells.centre("" if file["year"] is None else str(file["year"])),
                Cell(float(file["rows_read"]), "count"),
                Cell(float(file["rows_used"]), "count"),
                cells.text(file["sha256"]),
            )
        )
        for i, file in enumerate(facts["inputs"], start=1)
    ]
    blank = Cell(labels.NOT_APPLICABLE, "mark")
    start = len(lines) + 1
    lines += [
        Line(
            (
                Cell(float(i), "year"),
                cells.text(file["name"]),
                blank,
                cells.centre(say(("标准", "norms"))),
                *([blank] * 3),
                cells.text(file["sha256"]),
            )
        )
        for i, file in enumerate(facts["norms"]["files"], start=start)
    ]
    return lines


def _parameters(maker: Maker, parameters: dict[str, Any]) -> list[Line]:
    lines = []
    national = parameters["walking_preset"] == _NATIONAL
    for i, (name, pair) in enumerate(labels.PARAMETERS.items(), start=1):
        value = parameters[name]
        if isinstance(value, bool):
            cell = cells.centre(maker.say(labels.BOOLEANS[value]))
        elif value is None:
            cell = cells.centre(maker.say(("未设定", "not set")))
        elif isinstance(value, str):
            cell = cells.centre(maker.say(labels.CHOICES[value]))
        else:
            cell = Cell(float(value), "plain")
        preset = national and name in {"walking_preset", "walking_range"}
        source = words.NATIONAL if preset else words.SET_HERE
        text, why = cells.text(maker.say(pair)), cells.text(maker.say(source))
        lines.append(Line((Cell(float(i), "year"), text, cell, why)))
    return lines


def _norms(maker: Maker) -> None:
    say = maker.say
    columns = [
        Column(say(("序号", "no.")), width=6, text=True),
        Column(say(("标准", "norm")), width=30, text=True),
        Column(say(("编号", "id")), width=38, text=True),
        Column(say(("标准值", "standard")), width=22, text=True),
        Column(say(("时限", "due")), width=26, text=True),
        Column(say(("适用范围", "applies to")), width=24, text=True),
        Column(say(("依据", "source")), width=38, text=True),
        Column(say(("条款关键词", "key phrase")), width=30, text=True),
        Column(say(("说明", "note")), width=52, text=True),
    ]
    norms = {group.norm.id: group.norm for group in maker.view.groups}
    ordered = sorted(norms.values(), key=lambda norm: maker.numbers[norm.id])
    sheet = maker.sheet("9-1", _NORMS, columns, units=words.UNITS, stub=2)
    sheet.table(_norm(maker, norm) for norm in ordered)
    conflicts = [
        say(
            (
                f"{one.id}:{one.text_zh} 未采用的取值及处理:{one.resolution_zh}",
                f"{one.id}: {one.text_en} Values not used, and what is done: {one.resolution_en}",
            )
        )
        for one in maker.view.result.norms.conflicts
    ]
    sheet.notes(say(("冲突条款及取舍:", "Clauses that differ")), conflicts)
    sheet.finish()


def _norm(maker: Maker, norm: Norm) -> Line:
    language = maker.language
    return Line(
        (
            Cell(maker.number(norm), "code"),
            cells.text(labels.norm_name(norm, language)),
            cells.text(norm.id),
            cells.text(labels.standard_text(norm, language)),
            cells.text(labels.due_text(norm, language)),
            cells.text(labels.applies_text(norm, language)),
            cells.text(norm.source.citation),
            cells.text(norm.source.key_phrase),
            cells.text(labels.note_text(norm, language)),
        )
    )


def _missing(maker: Maker) -> None:
    say = maker.say
    columns = [
        Column(say(("序号", "no.")), width=6, text=True),
        Column(say(("缺什么", "what is missing")), width=60, text=True),
        Column(say(("影响的表和标准", "tables and norms")), width=60, text=True),
        Column(say(("单位数", "units")), width=8),
        Column(say(("单位", "units")), width=110, text=True),
    ]
    sheet = maker.sheet("9-2", _MISSING, columns, units=words.UNITS)
    gathered: dict[str, list[Remark]] = {}
    for remark in maker.remarks:
        if words.is_detail(remark.phrase, remark.text):
            gathered.setdefault(remark.text, []).append(remark)
    if not gathered:
        sheet.heading(say(("没有缺数据的单位。", "Nothing is missing.")))
    else:
        sheet.table(
            _lack(maker, i, text, remarks)
            for i, (text, remarks) in enumerate(sorted(gathered.items()), start=1)
        )
    sheet.finish()


def _lack(maker: Maker, number: int, text: str, remarks: Sequence[Remark]) -> Line:
    units = list(dict.fromkeys(remark.unit for remark in remarks))
    return Line(
        (
            Cell(float(number), "year"),
            cells.text(labels.translate(text, maker.language)),
            cells.text(_where(maker, remarks)),
            Cell(float(len(units)), "count"),
            cells.text(maker.say(("、", ", ")).join(units)),
        )
    )


def _where(maker: Maker, remarks: Sequence[Remark]) -> str:
    tables: dict[str, dict[int, None]] = {}
    for remark in remarks:
        tables.setdefault(remark.table, {})[remark.number] = None
    return maker.say((";", "; ")).join(
        f"{maker.sheet_name(table)}{''.join(f'[{n}]' for n in sorted(numbers))}"
        for table, numbers in tables.items()
    )


def _checks(maker: Maker) -> None:
    say = maker.say
    columns = [
        Column(say(("表号", "table")), width=14, text=True),
        Column(say(("标准", "norm")), width=60, text=True),
        Column(say(("审核规则", "rule")), width=130, text=True),
        Column(say(("不符数", "breaches")), width=10),
        Column(say(("首个不符行", "first row")), width=18, text=True),
    ]
    sheet = maker.sheet("9-3", _CHECKS, columns, units=words.UNITS)
    checks = [check for check in maker.checks if check.rules]
    blank = Cell(labels.NOT_APPLICABLE, "mark")
    first = FIRST + 2
    total = f"=SUM(D{first}:D{first + len(checks) - 1})"
    broken = float(sum(check.breaches for check in checks))
    name = cells.text(say(("合计", "in all")))
    top = Line((name, blank, blank, Cell(broken, "count", formula=total), blank), "total")
    sheet.table([top, *(_check(check) for check in checks)])
    rule = (
        "不符数为 Excel 公式,按各表单元格的现值重新统计;0 表示全部相符。「—」「…」不参与审核。",
        (
            "Breaches are counted live by formulas; 0 means that every rule holds. "
            "“—” and “…” break no rule."
        ),
    )
    sheet.notes(say(("注:", "Notes")), [say(rule)])
    sheet.finish()


def _check(check: Check) -> Line:
    first = check.first_formula
    return Line(
        (
            Cell(check.sheet, "code"),
            cells.text(check.about),
            cells.text(check.words),
            Cell(float(check.breaches), "count", formula=check.formula),
            Cell(check.first, "code", formula=first)
            if first
            else Cell(labels.NOT_APPLICABLE, "mark"),
        )
    )


_QUALITY_WIDTHS: Final = {
    "zh": (8, 24, 24, 24, 8, 18, 16, 34, 50, 60),
    "en": (8, 26, 26, 26, 8, 22, 16, 70, 60),
}


def _quality(maker: Maker) -> None:
    say, quality = maker.say, maker.view.result.quality
    names = [
        *("severity", "problem", "code", "file", "count", "item", "column"),
        *_TOLD[maker.language],
    ]
    columns = [
        Column(say(labels.QUALITY_COLUMNS[name]), width=width, text=name != "count")
        for name, width in zip(names, _QUALITY_WIDTHS[maker.language], strict=True)
    ]
    sheet = maker.sheet("9-4", _QUALITY, columns, units=words.UNITS)
    if quality.empty:
        sheet.heading(say(("未发现问题。", "Nothing was found wrong.")))
    else:
        sheet.table(_fault(maker, names, row) for row in records(quality))
    sheet.finish()


def _fault(maker: Maker, names: Sequence[str], row: dict[Any, Any]) -> Line:
    severity = row["severity"]
    line = [Cell(maker.say(labels.SEVERITIES[severity]), _SEVERITY_STYLES[severity])]
    for name in names[1:]:
        if name == "count":
            line.append(cells.optional(row[name], "count"))
        elif name == "file":
            line.append(cells.text(_rows_of(maker, row)))
        elif name == _TOLD[maker.language][0]:
            line.append(cells.text(_with_amount(maker, row, name)))
        else:
            line.append(cells.text(row[name]))
    return Line(tuple(line))


def _rows_of(maker: Maker, row: dict[Any, Any]) -> str:
    if not row["rows"]:
        return str(row["file"])
    return f"{row['file']} {maker.say(('行', 'rows '))}{row['rows']}"


def _with_amount(maker: Maker, row: dict[Any, Any], name: str) -> str:
    """Write what was found, with the amount concerned in brackets."""
    amount, unit = row["amount"], row["unit"]
    if amount != amount:  # noqa: PLR0124  # NaN
        return str(row[name])
    named = maker.say(labels.QUALITY_UNITS.get(unit, (unit, unit)))
    bracket = maker.say(("({} {})", " ({} {})")).format(rounded(amount, 3), named)
    return f"{row[name]}{bracket}"
