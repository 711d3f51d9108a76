"""The page of a comparison: one HTML file that opens without a network."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from capacity.monitoring.effects import EFFECTS
from capacity.problems import PROBLEMS
from capacity.report.compare_words import (
    EFFECT_WORDS,
    FACILITY_HEADS,
    READING,
    amount_text,
    change_text,
    facility_rows,
    groups,
    head,
    heading,
)
from capacity.report.labels import label
from capacity.report.text import clean
from capacity.vocabulary import SERVICES

if TYPE_CHECKING:
    from capacity.errors import Fault
    from capacity.monitoring.compare import Comparison
    from capacity.report.compare_words import ChangeGroup, ChangeRow
    from capacity.report.labels import Language, Pair

_WORDS: Final[dict[str, Pair]] = {
    "whole": ("全区", "whole area"),
    "units": ("各单位", "units"),
    "facilities": ("设施变化", "facilities that changed"),
    "reading": ("读法", "how to read this"),
    "faults": ("须知", "what to know"),
    "only": ("只看有变化的", "only what changed"),
    "search": ("按单位名称或代码查找", "find a unit by name or code"),
    "none": ("没有设施变化。", "No facility changed."),
    "status": ("状态", "status"),
}


def page(comparison: Comparison, language: Language = "zh") -> str:
    """Write a comparison as one HTML page.

    Parameters
    ----------
    comparison
        What ``compare`` gave.
    language
        ``zh`` or ``en``.

    Returns
    -------
    str
        The page; every text from files is escaped, and nothing is loaded from elsewhere.
    """
    title, line = heading(comparison, language)
    found = groups(comparison, language)
    folder = files("capacity.report").joinpath("assets")
    style = folder.joinpath("compare.css").read_text(encoding="utf-8")
    script = folder.joinpath("compare.js").read_text(encoding="utf-8")
    reading = "".join(f"<li>{escape(text)}</li>" for text in READING[language])
    tables = "".join(_service(service, found, language) for service in SERVICES)
    lang = "zh-CN" if language == "zh" else "en"
    return f"""<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{escape(title)}</title><style>{style}</style></head><body>
<header><h1>{escape(title)}</h1><p>{escape(line)}</p></header>
<details open><summary>{_word("reading", language)}</summary><ol>{reading}</ol></details>
{_faults(comparison.faults, language)}
<form id="filter" role="search"><label><input type="checkbox" id="only" checked>
{_word("only", language)}</label>
<label>{_word("search", language)} <input type="search" id="search"></label></form>
<main>{tables}{_facilities(comparison, language)}</main>
<script>{script}</script></body></html>
"""


_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
)


def _word(name: str, language: Language) -> str:
    return escape(label(_WORDS[name], language))


def _faults(faults: tuple[Fault, ...], language: Language) -> str:
    if not faults:
        return ""
    lines = []
    for fault in faults:
        problem, mend = PROBLEMS.get(fault.code, ("", ""))
        more = f"<br>{escape(clean(str(fault)))}"
        shown = f"{escape(problem)}:{escape(mend)}{more}" if language == "zh" else more[4:]
        lines.append(f"<li>{shown}</li>")
    return (
        f"<details open><summary>{_word('faults', language)}</summary>"
        f"<ul>{''.join(lines)}</ul></details>"
    )


def _service(service: str, found: list[ChangeGroup], language: Language) -> str:
    mine = [group for group in found if group.service == service]
    if not mine:
        return ""
    name = escape(label(SERVICES[service], language))
    return f"<section><h2>{name}</h2>{''.join(_table(group, language) for group in mine)}</section>"


def _table(group: ChangeGroup, language: Language) -> str:
    names = ("old", "new", "change")
    heads = [
        label(("单位", "unit"), language),
        *(head(name, group.shows, language) for name in names),
        *(label(EFFECT_WORDS[name], language) for name in EFFECTS),
        _word("status", language),
        head("why", group.shows, language),
    ]
    cells = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    rows = "".join(_row(group, row) for row in group.rows)
    changed = "changed" if group.changed else "same"
    return (
        f'<div class="group {changed}"><h3>{escape(group.title)} '
        f'<small>{escape(group.unit)}</small></h3><div class="scroll"><table><thead><tr>{cells}</tr>'
        f"</thead><tbody>{rows}</tbody></table></div></div>"
    )


def _row(group: ChangeGroup, row: ChangeRow) -> str:
    kind = " ".join(
        word
        for word, yes in (("total", row.total), ("changed", row.changed), ("same", not row.changed))
        if yes
    )
    unit = f"{escape(row.name)} <small>{escape(row.code)}</small>"
    cells = [
        f'<td class="number">{amount_text(row, name, group.digits)}</td>' for name in ("old", "new")
    ]
    cells += [_signed(row, name, group) for name in ("change", *EFFECTS)]
    status = row.status_new
    if row.status_old != row.status_new:
        status = f"{row.status_old} → {row.status_new}"
    note = f"<br><small>{escape(row.note)}</small>" if row.note else ""
    return (
        f'<tr class="{kind}"><th scope="row">{unit}</th>{"".join(cells)}'
        f'<td>{escape(status)}</td><td class="why">{escape(row.why)}{note}</td></tr>'
    )


def _signed(row: ChangeRow, name: str, group: ChangeGroup) -> str:
    value = row.numbers[name]
    if value is None:
        return f'<td class="number">{change_text(row, name, group.digits)}</td>'
    worse = value > 0 if group.amount == "shortfall" else value < 0
    # what is known better or worse than before is no gain and no loss
    real = value and name not in {"data", "not_separated"} and name not in row.marks
    tone = "" if not real else " worse" if worse else " better"
    strong = " strong" if name == "change" else ""
    return f'<td class="number{tone}{strong}">{change_text(row, name, group.digits)}</td>'


def _facilities(comparison: Comparison, language: Language) -> str:
    rows = facility_rows(comparison, language)
    title = f"<section><h2>{_word('facilities', language)}</h2>"
    if not rows:
        return f"{title}<p>{_word('none', language)}</p></section>"
    heads = "".join(
        f'<th scope="col">{escape(label(pair, language))}</th>' for pair in FACILITY_HEADS.values()
    )
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f'{title}<div class="scroll"><table class="facilities"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div></section>"
    )
