"""A plan as a workbook: one sheet a table, the summary first."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import xlsxwriter

from capacity.report import plan_tables
from capacity.report.labels import documents_text, label
from capacity.report.workbook.cells import Formats
from capacity.report.workbook.sheet import Frame, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from capacity.report.labels import Language, Pair
    from capacity.report.plan_tables import Filled
    from capacity.siting.plan import Plan
    from capacity.siting.scenario import Comparison

_OPTIONS: Final = {
    "in_memory": True,
    "default_format_properties": {"font_name": "宋体", "font_size": 10},
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
SECTIONS: Final[dict[str, Pair]] = {
    "summary": ("方案概要", "Summary"),
    "norms": ("各项标准", "Norm by norm"),
    "proposals": ("新增设施", "Proposals"),
    "changes": ("前后对比", "Before and after"),
    "compounds": ("老旧小区配建顺序", "Compounds"),
    "curves": ("收益曲线", "What another site brings"),
    "scenarios": ("情景对比", "Scenarios"),
    "unmet": ("未能满足", "Unmet"),
    "unreached": ("服务不到的居民", "Out of reach"),
    "checks": ("校核", "Checks"),
}
"""Tables of a plan, in their order."""
TITLE: Final = ("设施布局建议方案", "Proposed facilities")
_FOOTER: Final = ("第 &P 页 共 &N 页", "page &P of &N")


def tables(
    plan: Plan, comparison: Comparison | None, language: Language
) -> Iterator[tuple[str, Filled]]:
    """Give the tables that a plan has, in their order.

    Parameters
    ----------
    plan
        What ``site`` gave.
    comparison
        Scenarios, where they were asked for.
    language
        ``zh`` or ``en``.

    Yields
    ------
    tuple
        Name of the section, and its columns, rows and notes.
    """
    by_id = {norm.id: norm for norm in plan.before.norms.norms}
    asked = bool(plan.settings.norms)
    there = {
        "norms": asked,
        "proposals": asked,
        "changes": asked,
        "compounds": plan.settings.compounds is not None,
        "curves": not plan.curve.empty,
        "unmet": asked,
        "unreached": not plan.unreached_units.empty,
    }
    for name in SECTIONS:
        if name == "scenarios":
            if comparison is not None:
                yield name, plan_tables.scenarios(plan, comparison, language)
        elif there.get(name, True):
            yield name, getattr(plan_tables, name)(plan, by_id, language)


def workbook(plan: Plan, comparison: Comparison | None, language: Language) -> bytes:
    """Write a plan as a workbook.

    Parameters
    ----------
    plan
        What ``site`` gave.
    comparison
        Scenarios, where they were asked for.
    language
        ``zh`` or ``en``.

    Returns
    -------
    bytes
        The file.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        formats = Formats(book, language)
        for name, (columns, lines, notes) in tables(plan, comparison, language):
            title = label(SECTIONS[name], language)
            frame = _frame(plan, title, language)
            sheet = Sheet(book, formats, name=title, frame=frame, columns=columns)
            sheet.table(lines)
            sheet.notes(label(("注", "Notes"), language), notes)
            sheet.finish()
    return buffer.getvalue()


def _frame(plan: Plan, title: str, language: Language) -> Frame:
    area = plan.before.area
    date = (f"数据日期:{area.data_date}", f"data of: {area.data_date}")
    norms = plan.before.norms
    by = (f"依据:{documents_text(norms, 'zh')}", documents_text(norms, "en"))
    return Frame(
        title=f"{label(TITLE, language)}:{title}",
        left=f"{area.name} {area.code}",
        middle=label(date, language),
        right=label(by, language),
        signatures=label(("编制:          审核:          日期:", ""), language),
        footer=label(_FOOTER, language),
        codes=False,
    )
