"""The page of a plan: one HTML file that opens without a network."""

from __future__ import annotations

import base64
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from capacity.errors import install_command
from capacity.exact import percent
from capacity.report.labels import documents_text, label
from capacity.report.plan_book import SECTIONS, TITLE, tables
from capacity.report.plan_words import objective_name, summary_lines, tiles
from capacity.report.text import clean, never_zero

if TYPE_CHECKING:
    from capacity.report.labels import Language, Pair
    from capacity.report.plan_tables import Filled
    from capacity.report.workbook.cells import Cell
    from capacity.report.workbook.sheet import Column, Line
    from capacity.siting.plan import Plan
    from capacity.siting.scenario import Comparison

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_OPEN: Final = ("norms", "proposals", "compounds", "unmet", "unreached", "scenarios")
_DIGITS: Final = {"count": 0, "area": 1, "amount": 1, "rate": 2, "short": 0}
_MOST: Final = 1000
"""Rows of a table on the page; the workbook has them all."""
_WIDEST: Final = 13.0
"""Of a column of text on the page, in widths of a Chinese character."""
_WORDS: Final[dict[str, Pair]] = {
    "words": ("一分钟看懂", "in short"),
    "caveat": (
        "本方案为测算建议,不是选址决定;用地、权属、规划条件须另行核实。现有设施全部保留。",
        (
            "A computed proposal and no decision; land, ownership and planning conditions are to be "
            "looked at. All existing facilities stay."
        ),
    ),
    "more": ("其余各行见 plan.xlsx。", "The other rows are in plan.xlsx."),
    "none": ("无。", "None."),
    "no_figure": (
        "本页没有地图和曲线:缺少绘图组件 figures。运行以下命令安装,再用 --overwrite 重新生成:",
        (
            "No map and no curves on this page: the packages of the extra figures are not installed. "
            "Run this, then make the plan again with --overwrite:"
        ),
    ),
    "plan": ("新增设施位置,以及逐处增设的收益", "where it builds, and what another site brings"),
    "scenarios": ("各情景下的缺口与覆盖", "what is lacking under each scenario"),
}


def page(
    plan: Plan, comparison: Comparison | None, figures: dict[str, bytes], language: Language
) -> str:
    """Write a plan as one HTML page.

    Parameters
    ----------
    plan
        What ``site`` gave.
    comparison
        Scenarios, where they were asked for.
    figures
        Name (``plan``, ``scenarios``) → PNG.
    language
        ``zh`` or ``en``.

    Returns
    -------
    str
        The page; every text from files is escaped, and nothing is loaded from elsewhere.
    """
    area, norms = plan.before.area, plan.before.norms
    style = files("capacity.report").joinpath("assets/plan.css").read_text(encoding="utf-8")
    title = f"{clean(area.name)}:{label(TITLE, language)}"
    objective = ("", "")
    if plan.settings.norms:
        objective = (
            f",目标:{objective_name(plan, 'zh')}最少",
            f", objective: least {objective_name(plan, 'en')}",
        )
    about = label(
        (
            f"数据日期 {area.data_date},依据 {documents_text(norms, 'zh')}{objective[0]}",
            f"data of {area.data_date}, {documents_text(norms, 'en')}{objective[1]}",
        ),
        language,
    )
    top = "".join(
        f'<div class="tile{" new" if i == 0 else ""}"><b>{escape(number)}</b>'
        f"<span>{escape(what)}</span></div>"
        for i, (number, what) in enumerate(tiles(plan, language))
    )
    words = "".join(f"<li>{escape(clean(text))}</li>" for text in summary_lines(plan, language))
    parts = "".join(
        _section(name, filled, figures, language)
        for name, filled in tables(plan, comparison, language)
        if name != "summary"
    )
    lang = "zh-CN" if language == "zh" else "en"
    return f"""<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{escape(title)}</title><style>{style}</style></head><body>
<header><h1>{escape(title)}</h1><p class="about">{escape(clean(about))}</p></header>
<div class="tiles">{top}</div>
{_figure("plan", figures, language) or _no_figure(language)}
<section><h2>{_word("words", language)}</h2><ul class="words">{words}</ul>
<p class="caveat">{_word("caveat", language)}</p></section>
<main>{parts}</main></body></html>
"""


def _word(name: str, language: Language) -> str:
    return escape(label(_WORDS[name], language))


def _figure(name: str, figures: dict[str, bytes], language: Language) -> str:
    if name not in figures:
        return ""
    data = base64.b64encode(figures[name]).decode("ascii")
    return (
        f'<figure><img alt="{_word(name, language)}" src="data:image/png;base64,{data}"></figure>'
    )


def _no_figure(language: Language) -> str:
    """Say that there is no map, and the command that mends it."""
    told = _word("no_figure", language)
    return f'<p class="caveat">{told}<br><code>{escape(install_command("figures"))}</code></p>'


def _section(name: str, filled: Filled, figures: dict[str, bytes], language: Language) -> str:
    columns, lines, notes = filled
    title = escape(label(SECTIONS[name], language))
    below = "".join(f"<li>{escape(clean(note))}</li>" for note in notes[:_MOST])
    body = f"{_table(columns, lines, language)}<ol class='notes'>{below}</ol>"
    if name in _OPEN:
        image = _figure(name, figures, language) if name != "plan" else ""
        return f"<section id='{name}'><h2>{title}</h2>{image}{body}</section>"
    return f"<details id='{name}'><summary>{title}({len(lines)})</summary>{body}</details>"


def _table(columns: list[Column], lines: list[Line], language: Language) -> str:
    if not lines:
        return f"<p>{_word('none', language)}</p>"
    grouped = any(column.group for column in columns)
    heads = (
        _grouped_heads(columns)
        if grouped
        else "".join(
            f'<th scope="col"{_width(column)}>{escape(column.head)}</th>' for column in columns
        )
    )
    head = heads if grouped else f"<tr>{heads}</tr>"
    body = "".join(_row(line, language) for line in lines[:_MOST])
    more = f"<p>{_word('more', language)}</p>" if len(lines) > _MOST else ""
    return (
        f'<div class="scroll"><table><thead>{head}</thead><tbody>{body}</tbody></table></div>{more}'
    )


def _width(column: Column) -> str:
    """Give a column of text room for what it mostly holds."""
    if not column.text:
        return ""
    return f' style="min-width:{min(_WIDEST, 0.5 * column.width):.1f}em"'


def _grouped_heads(columns: list[Column]) -> str:
    """Write two rows of heads: groups over their columns, the others over both rows."""
    above, below, i = "", "", 0
    while i < len(columns):
        name = columns[i].group
        end = i + 1
        while name and end < len(columns) and columns[end].group == name:
            end += 1
        if name:
            above += f'<th scope="colgroup" colspan="{end - i}">{escape(name)}</th>'
            below += "".join(f'<th scope="col">{escape(c.head)}</th>' for c in columns[i:end])
        else:
            head = escape(columns[i].head)
            above += f'<th scope="col" rowspan="2"{_width(columns[i])}>{head}</th>'
        i = end
    return f"<tr>{above}</tr><tr>{below}</tr>"


def _row(line: Line, language: Language) -> str:
    cells = "".join(_cell(cell, language) for cell in line.cells)
    return f'<tr class="total">{cells}</tr>' if line.emphasis == "total" else f"<tr>{cells}</tr>"


def _cell(cell: Cell, language: Language) -> str:
    if isinstance(cell.value, str):
        kind = cell.style if cell.style in {"met", "short", "reported", "no_data", "mark"} else ""
        text = "<br>".join(escape(part) for part in cell.value.split("\n"))
        return f'<td class="{kind}">{text}</td>'
    if cell.style.startswith("share"):
        text = percent(cell.value)
    else:
        text = never_zero(cell.value, _DIGITS.get(cell.style, 0))
        text = text.removesuffix(".0")
    tone = " short" if cell.style == "short" else ""
    return f'<td class="number{tone}">{escape(label(cell.bound, language))}{text}{escape(cell.tail)}</td>'
