"""The workbook of a comparison: what changed norm by norm, and which facilities."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from capacity.monitoring.effects import EFFECTS
from capacity.problems import PROBLEMS
from capacity.report.compare_words import (
    EFFECT_WORDS,
    FACILITY_HEADS,
    READING,
    facility_rows,
    groups,
    head,
    heading,
)
from capacity.report.labels import label
from capacity.report.text import clean, width
from capacity.vocabulary import SERVICES

if TYPE_CHECKING:
    from pathlib import Path

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from capacity.monitoring.compare import Comparison
    from capacity.report.compare_words import ChangeGroup, ChangeRow
    from capacity.report.labels import Language, Pair

_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_SHEETS: Final[dict[str, Pair]] = {
    "shortfall": ("缺口变化", "shortfall"),
    "reach": ("覆盖变化", "in reach"),
    "existing": ("现状变化", "existing"),
    "facilities": ("设施变化", "facilities"),
    "reading": ("说明", "how to read"),
}
_TEXTS: Final = ("title", "code", "name")
_BESIDE: Final = (
    "standard_old",
    "standard_new",
    "people_old",
    "people_new",
    "required_old",
    "required_new",
    "existing_old",
    "existing_new",
)
_MAIN: Final = ("old", "new", "change")
_ENDS: Final = ("status_old", "status_new", "why")
_MORE: Final = ("split", "note")
_CHANGE: Final = (*_TEXTS, *_MAIN, *EFFECTS, *_ENDS)
"""Columns of the first printed page; what stands beside the change follows on the second."""
_SCALE: Final = 68
_LINE_HEIGHT: Final = 15.0
_WIDTHS: Final = {
    "title": 30.0,
    "code": 14.0,
    "name": 16.0,
    **dict.fromkeys(EFFECTS, 9.0),
    **dict.fromkeys(("status_old", "status_new"), 9.0),
    "why": 44.0,
    "note": 50.0,
    "split": 16.0,
}


def write_book(comparison: Comparison, path: Path, language: Language = "zh") -> None:
    """Write the workbook of a comparison.

    Parameters
    ----------
    comparison
        What ``compare`` gave.
    path
        File to write.
    language
        ``zh`` or ``en``.
    """
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, _OPTIONS) as book:
        maker = _Maker(book, language)
        found = groups(comparison, language)
        for shows in ("shortfall", "reach", "existing"):
            maker.changes(comparison, [g for g in found if g.shows == shows], shows)
        maker.facilities(comparison)
        maker.reading(comparison)
    path.write_bytes(stream.getvalue())


class _Maker:
    """Writes the sheets."""

    def __init__(self, book: xlsxwriter.Workbook, language: Language) -> None:
        self._book = book
        self._language: Language = language
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def _format(self, **properties: Any) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(properties)
        return self._formats[key]

    def _cell(self, *, bold: bool = False, **properties: Any) -> Format:
        shade = {"bold": True, "bg_color": "#F2F2F2"} if bold else {}
        return self._format(border=1, border_color="#A6A6A6", valign="top", **shade, **properties)

    def _sheet(self, name: str, comparison: Comparison, columns: int) -> Worksheet:
        sheet = self._book.add_worksheet(label(_SHEETS[name], self._language))
        title, line = heading(comparison, self._language)
        sheet.write_string(0, 0, title, self._format(bold=True, font_size=16))
        sheet.write_string(1, 0, line)
        sheet.set_landscape()
        sheet.set_paper(8)
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)
        sheet.set_footer("&C&P / &N")
        if columns:
            sheet.freeze_panes(3, min(3, columns))
            sheet.repeat_rows(2)
        return sheet

    def _heads(self, sheet: Worksheet, heads: list[str], widths: list[float]) -> None:
        form = self._format(
            border=1,
            bold=True,
            text_wrap=True,
            align="center",
            valign="vcenter",
            bg_color="#D9E2EC",
        )
        sheet.set_row(2, 32)
        for i, (text, across) in enumerate(zip(heads, widths, strict=True)):
            sheet.write_string(2, i, text, form)
            sheet.set_column(i, i, across)

    def changes(self, comparison: Comparison, found: list[ChangeGroup], shows: str) -> None:
        """Write the changes of all norms: the whole area, and every unit of which it changed."""
        if not any(row.total or row.changed for group in found for row in group.rows):
            return

        names = [*_CHANGE, *_BESIDE, *_MORE]
        sheet = self._sheet(shows, comparison, len(names))
        heads = [
            label(EFFECT_WORDS[name], self._language)
            if name in EFFECT_WORDS
            else head(name, shows, self._language)
            for name in names
        ]
        self._heads(sheet, heads, [_WIDTHS.get(name, 11.0) for name in names])
        line = 3
        for group in found:
            for row in (row for row in group.rows if row.total or row.changed):
                texts = self._texts(group, row)
                lines = [math.ceil(width(texts[n]) / _WIDTHS[n]) for n in texts if n in _WIDTHS]
                sheet.set_row(line, 3 + _LINE_HEIGHT * max(1, *lines))
                for i, name in enumerate(names):
                    self._write(sheet, (line, i), group, row, name)
                line += 1
        sheet.autofilter(2, 0, line - 1, len(names) - 1)
        sheet.set_print_scale(_SCALE)  # one page wide would be too small to read
        sheet.set_v_pagebreaks([len(_CHANGE)])
        sheet.repeat_columns(0, len(_TEXTS) - 1)

    def _write(
        self,
        sheet: Worksheet,
        place: tuple[int, int],
        group: ChangeGroup,
        row: ChangeRow,
        name: str,
    ) -> None:
        texts = self._texts(group, row)
        bold = row.total
        if name in texts:
            form = self._cell(bold=bold, text_wrap=name in _WIDTHS)
            sheet.write_string(*place, clean(texts[name]), form)
            return
        value = row.numbers[name]
        if value is None:
            sheet.write_string(*place, row.blank(name), self._cell(bold=bold, align="center"))
            return
        form = _form(name, group, row.marks.get(name, ""))
        sheet.write_number(*place, value, self._cell(bold=bold, num_format=form))

    def _texts(self, group: ChangeGroup, row: ChangeRow) -> dict[str, str]:
        """Give the cells of a row that hold text."""
        service = label(SERVICES[group.service], self._language)
        return {
            "title": f"{service}:{group.title}",
            "code": row.code,
            "name": row.name,
            **{end: getattr(row, end) for end in (*_ENDS, *_MORE)},
        }

    def facilities(self, comparison: Comparison) -> None:
        """Write the facilities that changed."""
        rows = facility_rows(comparison, self._language)
        sheet = self._sheet("facilities", comparison, len(FACILITY_HEADS))
        heads = [label(pair, self._language) for pair in FACILITY_HEADS.values()]
        longest = [
            max([width(text), *(width(row[i]) for row in rows)], default=8)
            for i, text in enumerate(heads)
        ]
        self._heads(sheet, heads, [float(min(60, 3 + n)) for n in longest])
        form = self._cell(text_wrap=True)
        for line, row in enumerate(rows, start=3):
            for i, text in enumerate(row):
                sheet.write_string(line, i, text, form)

    def reading(self, comparison: Comparison) -> None:
        """Write how to read the tables, and what a reader must know."""
        sheet = self._sheet("reading", comparison, 0)
        sheet.set_column(0, 0, 130)
        form = self._format(text_wrap=True, valign="top")
        texts = [f"{i}. {text}" for i, text in enumerate(READING[self._language], start=1)]
        for fault in comparison.faults:
            problem, mend = PROBLEMS.get(fault.code, ("", ""))
            chinese = f"{problem}:{mend} " if self._language == "zh" else ""
            texts.append(clean(f"{chinese}{fault}"))
        for line, text in enumerate(texts, start=3):
            sheet.write_string(line, 0, text, form)


def _form(name: str, group: ChangeGroup, mark: str) -> str:
    """Give the number format of a cell, which prints the mark of a bound before the number."""
    if name.startswith("standard"):
        return "General"
    plain = "#,##0.0" if group.digits and name not in {"people_old", "people_new"} else "#,##0"
    sign = f'"{mark}"' if mark else ""
    if name in {"change", *EFFECTS}:
        return f"{sign}+{plain};{sign}-{plain};0"
    return f"{sign}{plain}"
