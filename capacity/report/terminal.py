"""What a terminal shows: shortfalls, faults and norms. Text from files is never read as markup."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from capacity.literals import found_in_chinese, literals, mend_in_chinese
from capacity.norms.model import (
    APPLIES_TO,
    BASES,
    CONDITIONS,
    EACH,
    KINDS,
    PROFILES,
    ROLES,
    UNITS_OF_MEASURE,
    WITHIN,
)
from capacity.problems import PROBLEMS
from capacity.report import labels
from capacity.report.fitting import Fitted, Wrapped, broken
from capacity.report.labels import label
from capacity.report.text import clean
from capacity.report.worked import worked_line, worked_line_zh
from capacity.vocabulary import (
    AMOUNTS,
    FACILITY_TYPES,
    FIGURES,
    GROUPS,
    OPERATORS,
    POPULATION,
    SERVICES,
    UNIT_TYPES,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import RenderableType

    from capacity.assess.result import Assessment
    from capacity.errors import Fault
    from capacity.norms.model import Conflict, Norm
    from capacity.report.labels import Language
    from capacity.report.short import ShortRow, ShortTable
    from capacity.siting.plan import Plan

COLOURS: Final = {
    "met": "green",
    "short": "bold red",
    "reported": "cyan",
    "not_applicable": "dim",
    "no_data": "yellow",
}
"""Status → how a terminal colours it."""
_ROWS_SHOWN: Final = 10
_LARGE: Final = 100_000
_SEVERITY_COLOURS: Final = {"error": "bold red", "warning": "yellow", "info": "dim"}


def shortfall_tables(result: Assessment, *, language: Language = "zh") -> list[RenderableType]:
    """Draw the short table of each service, with a line below it for each norm.

    Parameters
    ----------
    result
        What ``assess`` gave.
    language
        ``zh`` or ``en``.

    Returns
    -------
    list of renderable
        One per service that has findings; norms without room follow in a further table.
    """
    from capacity.report.short import short_tables
    from capacity.report.view import look

    return [_table(table, language) for table in short_tables(look(result), language)]


def plan_table(plan: Plan, *, language: Language = "zh") -> RenderableType:
    """Draw the largest proposals of a plan.

    Parameters
    ----------
    plan
        What ``site`` gave.
    language
        ``zh`` or ``en``.

    Returns
    -------
    renderable
        A table of at most a dozen rows.
    """
    from capacity.report.siting import proposal_rows

    heads, rows, notes = proposal_rows(plan, language)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for number, head in enumerate(heads):
        table.add_column(Text(head), justify="left" if number < 2 else "right", overflow="fold")  # noqa: PLR2004  # id and unit
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return Group(table, *map(Text, notes), Text())


def _table(short: ShortTable, language: Language) -> RenderableType:
    words = (("代码", "code"), ("名称", "name"), GROUPS[POPULATION])
    heads = [label(pair, language) for pair in words]
    numbers = zip(short.numbers, short.measures, strict=True)
    heads += [f"{number}\n{measure}".strip() for number, measure in numbers]
    table = Fitted(
        short.title,
        heads,
        [_cells(row) for row in short.rows],
        right=range(2, len(heads)),
        wrapped=1,
        kept=2,
        continued=True,
        totals=sum(row.total for row in short.rows),
    )
    named = zip(short.numbers, short.heads, strict=True)
    legend = (Wrapped(f"{number} {head}", indent=2) for number, head in named)
    return Group(table, *legend, Text())


def _cells(row: ShortRow) -> list[Text]:
    stub = [Text(text) for text in (row.code, row.name, row.residents)]
    return [*stub, *(Text(broken(cell.text), style=COLOURS[cell.status]) for cell in row.cells)]


def fault_lines(faults: Iterable[Fault], *, language: Language = "zh") -> list[Text]:
    """Write faults one after the other, errors first: severity, place, what, and the mend.

    Parameters
    ----------
    faults
        What the checks found.
    language
        ``en`` gives the English line alone; ``zh`` a Chinese line before it that has everything that
        a planner needs, and the English line below as 原文.

    Returns
    -------
    list of Text
        One per fault, of two lines where there is something to say in Chinese.
    """
    order = list(_SEVERITY_COLOURS)
    ordered = sorted(faults, key=lambda fault: order.index(fault.severity))
    return [_fault_line(fault, language) for fault in ordered]


def _fault_line(fault: Fault, language: Language) -> Text:
    colour = _SEVERITY_COLOURS[fault.severity]
    severity = label(labels.SEVERITIES[fault.severity], language)
    if language == "en" or fault.code not in PROBLEMS:
        return Text.assemble((severity, colour), f" {clean(fault)}")
    return Text.assemble(
        (severity, colour), f" {in_chinese(fault)}", (f"\n  原文:{clean(fault)}", "dim")
    )


def in_chinese(fault: Fault) -> str:
    """Say in Chinese what a fault is, where, what stands there and should, and how to mend it.

    Parameters
    ----------
    fault
        One whose code is in ``PROBLEMS``.

    Returns
    -------
    str
        ``缺少字段(units.gpkg,字段 cod,可选 code、name,疑为「code」)  改法:…  设置:units[1].columns.code``.
    """
    problem, _ = PROBLEMS[fault.code]
    place = clean(",".join([*_place_in_chinese(fault), *found_in_chinese(fault)]))
    return f"{problem}{f'({place})' if place else ''}  改法:{clean(mend_in_chinese(fault))}"


def _place_in_chinese(fault: Fault) -> list[str]:
    """Give where a fault is and how much it concerns: ``facilities.csv 行38、40、60``, ``数量3``."""
    rows = "、".join(map(str, fault.rows[:_ROWS_SHOWN]))
    more = f"等{len(fault.rows)}行" if len(fault.rows) > _ROWS_SHOWN else ""
    amount = ""
    if fault.amount is not None and math.isfinite(fault.amount):
        unit = label(labels.QUALITY_UNITS.get(fault.unit, (fault.unit, fault.unit)), "zh")
        number = f"{fault.amount:,.{'0f' if abs(fault.amount) >= _LARGE else '6g'}}"
        amount = f"{number} {unit}"
    of = literals(fault).of
    count = "" if fault.count is None else f"{fault.count:,}{f'(共{of:,})' if of else ''}"
    parts = {
        "": " ".join(filter(None, [fault.file, f"行{rows}{more}" if rows else ""])),
        "column": fault.column,
        "item": fault.item,
        "count": count,
        "amount": amount.strip(),
    }
    words = {name: label(pair, "zh") for name, pair in labels.QUALITY_COLUMNS.items()}
    return [f"{words.get(name, '')} {text}".strip() for name, text in parts.items() if text]


def fault_counts(faults: Sequence[Fault], *, language: Language = "en") -> str:
    """Count faults in words: ``1 error, 0 warnings, 2 facts``, or ``错误 1 条,警告 0 条,提示 2 条``.

    Parameters
    ----------
    faults
        What the checks found.
    language
        ``zh`` or ``en``.

    Returns
    -------
    str
        Each severity with its number, without a full stop.
    """
    counts = {name: sum(f.severity == name for f in faults) for name in labels.SEVERITIES}
    if language == "zh":
        return ",".join(f"{labels.SEVERITIES[name][0]} {n} 条" for name, n in counts.items())
    words = {"error": "error", "warning": "warning", "info": "fact"}
    return ", ".join(f"{n} {words[name]}{'' if n == 1 else 's'}" for name, n in counts.items())


def norms_table(norms: Iterable[Norm], *, language: Language = "zh") -> Table:
    """Draw norms as a table: id, name and source below each other, standard and date beside them.

    Parameters
    ----------
    norms
        In the order wanted.
    language
        ``zh`` or ``en``; documents and clauses are cited as they are called, in Chinese.

    Returns
    -------
    Table
        One row per norm. The source is the document, by its number or short title, and the clause.
    """
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), leading=1)
    for head in (("标准和依据", "norm and source"), ("标准值和期限", "standard and date")):
        table.add_column(Text(label(head, language)), overflow="fold")
    colon = label((":", ": "), language)
    for norm in norms:
        source = f"{norm.source.number or norm.source.short_title},{norm.source.clause}"
        asked = (labels.standard_text(norm, language), labels.due_text(norm, language))
        service, name = label(SERVICES[norm.service], language), labels.norm_name(norm, language)
        what = (norm.id, f"{service}{colon}{name}", source)
        table.add_row(*(Text("\n".join(map(clean, lines))) for lines in (what, asked)))
    return table


def norm_sheet(
    norm: Norm, conflicts: Iterable[Conflict] = (), *, language: Language = "zh"
) -> RenderableType:
    """Write everything known of a norm, a line each.

    Parameters
    ----------
    norm
        The norm.
    conflicts
        Those of the catalogue; the ones that it is part of are written out.
    language
        ``zh`` or ``en``; words of a norm file that have no Chinese stand as they are written there.

    Returns
    -------
    renderable
        Two columns: what, and its value.
    """
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    rows = norm_rows if language == "en" else _rows_in_chinese
    for name, value in rows(norm, conflicts):
        table.add_row(Text(name, style="bold"), Text(clean(value)))
    return table


def norm_rows(norm: Norm, conflicts: Iterable[Conflict] = ()) -> list[tuple[str, str]]:
    """Give everything known of a norm, as pairs of words.

    Parameters
    ----------
    norm
        The norm.
    conflicts
        Those of the catalogue; the ones that it is part of are written out.

    Returns
    -------
    list of (str, str)
        What, and its value; what is not known or not said is left out.
    """
    levels = ", ".join(norm.levels)
    shown = f" (also shown at {', '.join(norm.shown_at)})" if norm.shown_at else ""
    top = "" if norm.value_max is None else f" to {norm.value_max:f}"
    own = f"{norm.document_value:f}" if norm.document_value is not None else ""
    size = (
        f" {norm.minimum_size_unit} (from {norm.minimum_size_id})" if norm.minimum_size_id else ""
    )
    facts = [
        ("id", norm.id),
        ("series", norm.series),
        ("name", f"{norm.name_zh} / {norm.name_en}"),
        ("city", norm.city),
        ("service", norm.service),
        ("kind", norm.kind),
        ("role", norm.role if norm.profile == "default" else f"{norm.role}, {norm.profile}"),
        ("standard", f"{norm.comparator} {norm.value:f}{top} {norm.unit}"),
        ("document's own value", own),
        ("worked", worked_line(norm)),
        ("算例", worked_line_zh(norm)),
        ("minimum size", "" if norm.minimum_size is None else f"{norm.minimum_size:f}{size}"),
        ("supply", norm.supply.text if norm.supply else ""),
        ("of", norm.of.text if norm.of else ""),
        ("base", "" if norm.base == "none" else norm.base),
        ("levels", levels + shown),
        ("tested on", "" if norm.each == "unit" else f"each {norm.each}"),
        ("applies to", norm.applies_to),
        ("condition", norm.condition),
        ("measures", ", ".join(norm.measures)),
        ("in force from", norm.effective_from.isoformat()),
        ("to be reached by", "" if norm.by is None else norm.by.isoformat()),
        ("date known from", norm.date_basis),
        ("observed on", "" if norm.as_of is None else norm.as_of.isoformat()),
        ("starting point of", norm.baseline_of),
        ("document", f"{norm.source.title} {norm.source.number}".strip()),
        ("document date", norm.source.date.isoformat()),
        ("clause", norm.source.clause),
        ("key phrase", norm.source.key_phrase),
        *(("also", f"{s.citation} 「{s.key_phrase}」") for s in norm.also),
        ("note", norm.note),
        ("written in", f"{norm.file}, line {norm.line}"),
        *(
            (f"conflict {c.id}", f"{c.text_zh} {c.text_en} → {c.resolution_zh} {c.resolution_en}")
            for c in conflicts
            if c.id in norm.conflicts
        ),
    ]
    return [(name, value) for name, value in facts if value]


_SHEET: Final = {
    "id": "编号",
    "series": "系列",
    "name": "名称",
    "city": "城市",
    "service": "领域",
    "kind": "标准类型",
    "role": "用途",
    "standard": "标准",
    "document's own value": "文件规定值",
    "minimum size": "最小规模",
    "supply": "计入",
    "of": "占比的分母",
    "base": "基数",
    "levels": "适用层级",
    "tested on": "逐项核对",
    "applies to": "适用范围",
    "condition": "适用条件",
    "measures": "统计内容",
    "in force from": "施行日期",
    "to be reached by": "达标期限",
    "date known from": "期限依据",
    "observed on": "观测日期",
    "starting point of": "作为基期的标准",
    "document": "文件",
    "document date": "文件日期",
    "clause": "条款",
    "key phrase": "原文要点",
    "also": "同样规定",
    "note": "备注",
    "written in": "所在文件",
}
"""What is known of a norm → how a Chinese sheet calls it."""
_DATES_KNOWN: Final = {
    "stated": "条款写明",
    "stated_past": "条款写明,文件印发时已过",
    "stated_range": "条款写明年份区间",
    "plan_period": "条款未写,取规划期末",
    "plan_horizon": "条款未写,取文件所述规划的期末",
    "effective_from": "自文件印发起",
    "from_other_document": "见其他文件",
    "as_of": "观测值的日期",
}
"""``DATE_BASES`` in Chinese."""


_SUPPLY: Final = {
    "of": "属于",
    "run": "运营方式",
    "inclusive": "普惠",
    "units": "单位",
    "within": "位于",
    **{
        word: words[0]
        for known in (AMOUNTS, FACILITY_TYPES, OPERATORS, UNIT_TYPES, WITHIN, FIGURES)
        for word, words in known.items()
    },
}
"""Words of what is counted, in Chinese."""


def _supply_in_chinese(text: str, service: str) -> str:
    """Say what is counted: ``托位、属于社区托育点、普惠``."""
    words = _SUPPLY | {"places": labels.measure_name("places", service, "zh")}
    said = re.sub(r"[a-z]\w*", lambda found: words.get(found[0], found[0]), text)
    return said.replace("属于 ", "属于").replace(": ", ":").replace(", ", "、")


def _rows_in_chinese(norm: Norm, conflicts: Iterable[Conflict] = ()) -> list[tuple[str, str]]:
    """Say what ``norm_rows`` says in Chinese; ids stay as they are."""
    levels = "、".join(label(UNIT_TYPES[level], "zh") for level in norm.levels)
    shown = "、".join(label(UNIT_TYPES[level], "zh") for level in norm.shown_at)
    said = {
        "name": norm.name_zh,
        "service": label(SERVICES[norm.service], "zh"),
        "kind": label(KINDS[norm.kind], "zh"),
        "role": label(ROLES[norm.role], "zh")
        + ("" if norm.profile == "default" else f",{label(PROFILES[norm.profile], 'zh')}"),
        "standard": labels.standard_text(norm, "zh"),
        "base": label(BASES[norm.base], "zh"),
        "levels": levels + (f"(另列 {shown})" if shown else ""),
        "tested on": label(EACH[norm.each], "zh"),
        "applies to": label(APPLIES_TO[norm.applies_to], "zh"),
        "condition": label(CONDITIONS[norm.condition], "zh") if norm.condition else "",
        "measures": "、".join(
            labels.measure_name(one, norm.service, "zh") for one in norm.measures
        ),
        "date known from": _DATES_KNOWN.get(norm.date_basis, norm.date_basis),
        "note": labels.note_text(norm, "zh"),
        "written in": f"{norm.file} 第{norm.line}行",
        **{f"conflict {c.id}": f"{c.text_zh}→ {c.resolution_zh}" for c in conflicts},
    }
    for name, counted in (("supply", norm.supply), ("of", norm.of)):
        said[name] = _supply_in_chinese(counted.text, norm.service) if counted else ""
    if norm.minimum_size is not None:
        sized = f"{norm.minimum_size:f} {label(UNITS_OF_MEASURE[norm.minimum_size_unit], 'zh')}"
        said["minimum size"] = (
            f"{sized}(见 {norm.minimum_size_id})" if norm.minimum_size_id else sized
        )
    found = []
    for name, value in norm_rows(norm, conflicts):
        if name == "worked":  # 算例 says the same
            continue
        known = f"冲突 {name.removeprefix('conflict ')}" if name.startswith("conflict ") else name
        found.append((_SHEET.get(name, known), said.get(name, value)))
    return found
