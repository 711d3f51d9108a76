"""What a notebook shows of an assessment: counts, and the shortfall of each unit."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING, Final

from capacity.findings import STATUSES
from capacity.report.labels import SECONDARY, label
from capacity.report.short import short_tables
from capacity.report.text import clean
from capacity.report.view import look
from capacity.vocabulary import SERVICES

if TYPE_CHECKING:
    from capacity.assess.result import Assessment
    from capacity.report.short import ShortRow, ShortTable
    from capacity.report.view import View

_ROWS_SHOWN = 40
# Colours that read on white and on black; the words say the same.
_STYLE: Final = """<style>
.capacity table {border-collapse: collapse; font-size: 90%}
.capacity caption {text-align: left; font-weight: bold; padding: .6em 0 .2em}
.capacity th, .capacity td {border: 1px solid #8888; padding: .2em .5em; text-align: right}
.capacity th:nth-child(-n+2), .capacity td:nth-child(-n+2) {text-align: left}
.capacity .total {font-weight: bold}
.capacity .bar {display: flex; max-width: 46em; margin: 2px 0; line-height: 1.6; font-size: 90%}
.capacity .bar b {flex: 0 0 9em; font-weight: normal}
.capacity .bar span {flex: 0 0 auto; padding: 0 .4em; text-align: center; border: 1px solid #8888}
.capacity td:nth-child(2) {white-space: nowrap}
.capacity .not_applicable {background: #8882}
.capacity .met {background: #2a9d4a33} .capacity .short {background: #d33a3a40}
.capacity .reported {background: #3a7bd333} .capacity .no_data {background: #d9a42040}
</style>"""


def assessment_html(result: Assessment) -> str:
    """Show an assessment as HTML.

    Parameters
    ----------
    result
        What ``assess`` gave.

    Returns
    -------
    str
        A ``div`` with a line of counts, a bar per service of its norms by the result of the whole
        area, and a short table per service; every text is escaped. Long tables end with the number
        of units left out.
    """
    area, norms = result.area, result.norms
    counts = result.findings["status"].value_counts()
    words = ",".join(
        f"{label(pair, 'zh')} {counts[name]}" for name, pair in STATUSES.items() if name in counts
    )
    about = (
        f"{clean(area.name)}:数据时点 {area.data_date.isoformat()},"
        f"标准 {norms.city} {norms.on.isoformat()},{len(result.findings)} 项结果({words})"
    )
    view = look(result)
    bars = "".join(_bar(view, service) for service in SERVICES)
    tables = "".join(_table(table) for table in short_tables(view))
    return f'<div class="capacity">{_STYLE}<p>{escape(about)}</p>{bars}{tables}</div>'


def _bar(view: View, service: str) -> str:
    """Draw the norms of a service by the result of the whole area; words stand beside colours."""
    groups = [g for g in view.of_service(service) if g.measure not in SECONDARY]
    rows = (view.row(view.root, group, "sum_of_units", "unit", "net") for group in groups)
    counts = Counter(row["status"] for row in rows if row)
    parts = "".join(
        f'<span class="{status}" style="flex-grow: {counts[status]}">'
        f"{escape(label(pair, 'zh'))} {counts[status]}</span>"
        for status, pair in STATUSES.items()
        if counts[status]
    )
    name = escape(label(SERVICES[service], "zh"))
    return f'<div class="bar"><b>{name}</b>{parts}</div>' if parts else ""


def _table(table: ShortTable) -> str:
    heads = "".join(
        f"<th>{escape(head)}</th>" for head in ("代码", "名称", "常住人口", *table.heads)
    )
    rows = "".join(_row(row) for row in table.rows[:_ROWS_SHOWN])
    more = len(table.rows) - _ROWS_SHOWN
    tail = f"<p>另有 {more} 行未列出</p>" if more > 0 else ""
    return f"<table><caption>{escape(table.title)}</caption><tr>{heads}</tr>{rows}</table>{tail}"


def _row(row: ShortRow) -> str:
    stub = "".join(f"<td>{escape(text)}</td>" for text in (row.code, row.name, row.residents))
    cells = "".join(f'<td class="{cell.status}">{escape(cell.text)}</td>' for cell in row.cells)
    return f'<tr class="total">{stub}{cells}</tr>' if row.total else f"<tr>{stub}{cells}</tr>"
