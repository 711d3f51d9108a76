"""One sheet of the workbook: its frame, its cells and how it prints.

A sheet has a title, a line below it, tables with a two-level header and a row of column codes, and
notes. Text is written as text and numbers as numbers, always; what a number looks like is its style.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from capacity.report.text import clean, width

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Style = Literal[
    "text",
    "centre",
    "count",
    "count_at_least",
    "count_at_most",
    "area",
    "area_at_least",
    "area_at_most",
    "tiny",
    "tiny_at_least",
    "tiny_at_most",
    "share",
    "plain",
    "plain_at_least",
    "amount",
    "year",
    "mark",
    "met",
    "short",
    "reported",
    "not_applicable",
    "no_data",
]

_BORDER: Final = {"border": 1, "border_color": "#A6A6A6", "valign": "vcenter"}
_STYLES: Final[dict[str, dict[str, Any]]] = {
    "text": {"text_wrap": True, "align": "left"},
    "centre": {"text_wrap": True, "align": "center"},
    "count": {"num_format": "#,##0", "align": "right"},
    "count_at_least": {"num_format": '"≥"#,##0', "align": "right"},
    "count_at_most": {"num_format": '"≤"#,##0', "align": "right"},
    "area_at_most": {"num_format": '"≤"#,##0.0', "align": "right"},
    "area_at_least": {"num_format": '"≥"#,##0.0', "align": "right"},
    "area": {"num_format": "#,##0.0", "align": "right"},
    "tiny": {"num_format": "#,##0.0########", "align": "right"},
    "tiny_at_least": {"num_format": '"≥"#,##0.0########', "align": "right"},
    "tiny_at_most": {"num_format": '"≤"#,##0.0########', "align": "right"},
    "share": {"num_format": "0.0%", "align": "right"},
    "plain": {"num_format": "General", "align": "right"},
    "plain_at_least": {"num_format": '"≥"General', "align": "right"},
    "amount": {"num_format": "#,##0.0##", "align": "right"},
    "year": {"num_format": "0", "align": "center"},
    "mark": {"align": "center", "font_color": "#7F7F7F"},
    "met": {"align": "center", "font_color": "#1E6B35", "bg_color": "#E2F0D9"},
    "short": {
        "align": "center",
        "text_wrap": True,
        "font_color": "#9C0006",
        "bg_color": "#FBD9D9",
        "bold": True,
    },
    "reported": {"align": "center", "font_color": "#1F4E79", "bg_color": "#DDEBF7"},
    "not_applicable": {"align": "center", "text_wrap": True, "font_color": "#7F7F7F"},
    "no_data": {"align": "center", "font_color": "#7F4F00", "bg_color": "#FFF2CC"},
}
_TOTAL: Final = {"bold": True, "bg_color": "#F2F2F2"}
_HEAD: Final = {
    **_BORDER,
    "bold": True,
    "text_wrap": True,
    "align": "center",
    "bg_color": "#D9E2EC",
}
_CODE: Final = {**_BORDER, "align": "center", "font_color": "#595959", "font_size": 9}
_TITLE: Final = {"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"}
_LINE: Final = {"align": "left", "valign": "vcenter"}
_NOTE: Final = {"text_wrap": True, "align": "left", "valign": "top"}
_NOTE_HEAD: Final = {"bold": True, "align": "left", "valign": "vcenter"}

_STEMS: Final = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
_LINE_HEIGHT, _HEAD_LINE_HEIGHT = 15.0, 16.0
_TALLEST = 400.0  # a spreadsheet's rows are at most 409 points high
_A3, _A4 = 8, 9
_A4_WIDTH, _A3_WIDTH = 165.0, 320.0
_PAGE_WIDTH, _PAGE_SCALE = 232.0, 75


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    head
        Heading, with the unit of measure.
    group
        Heading over several columns; empty where the column stands alone.
    width
        In half-width characters.
    text
        Whether the column holds text (code 甲, 乙 …) or numbers and their statuses (1, 2 …).
    """

    head: str
    group: str = ""
    width: float = 10.0
    text: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A value and what it looks like; a number is never given as text, line breaks are meant."""

    value: str | float
    style: Style


@dataclass(frozen=True, slots=True)
class Line:
    """A row of cells; a total stands out."""

    cells: tuple[Cell, ...]
    total: bool = False


class Formats:
    """Formats of a workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def of(self, properties: dict[str, Any]) -> Format:
        """Give the format with these properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]

    def cell(self, style: Style, *, total: bool) -> Format:
        """Give the format of a cell; a coloured status keeps its colour in a total."""
        properties = {**_BORDER, **_STYLES[style]}
        return self.of({**_TOTAL, **properties, "bold": True} if total else properties)


class Sheet:
    """A sheet being written from the top down.

    Parameters
    ----------
    book
        The workbook.
    formats
        Its formats.
    name
        Name of the sheet.
    columns
        Columns of its main table; they give every table of the sheet its widths.
    stub
        How many columns stay in sight when scrolling, and are repeated on each page.
    """

    def __init__(
        self, book: Workbook, formats: Formats, name: str, columns: Sequence[Column], stub: int = 0
    ) -> None:
        self._sheet: Worksheet = book.add_worksheet(name)
        self._formats = formats
        self._columns = tuple(columns)
        self._stub = stub
        self._next = 0
        for i, column in enumerate(self._columns):
            self._sheet.set_column(i, i, column.width)
        total = sum(column.width for column in self._columns)
        self._paper = _A4 if total <= _A4_WIDTH else _A3
        self._breaks = [] if total <= _A3_WIDTH else self._page_breaks()

    def title(self, title: str, line: str, more: str) -> None:
        """Write the title, centred over the first page, and the line below it in two parts."""
        self._across(title, _TITLE, 30.0)
        if self._breaks:
            form = self._formats.of(_LINE)
            self._sheet.write_string(self._next, 0, clean(line), form)
            self._across(more, _LINE, 20.0)
        else:
            self._across(f"{line}    {more}", _LINE, 20.0)

    def table(self, lines: Iterable[Line], *, freeze: bool = True) -> None:
        """Write the header, the column codes and the rows of the sheet's main table."""
        top = self._next
        self._header()
        self._codes()
        if freeze:
            self._sheet.freeze_panes(self._next, self._stub)
            self._sheet.repeat_rows(top, self._next - 1)
        for line in lines:
            self._line(line)

    def small_table(self, heads: Sequence[str], lines: Iterable[Line]) -> None:
        """Write a table with a plain header, for sheets that hold several."""
        form = self._formats.of(_HEAD)
        for i, head in enumerate(heads):
            self._sheet.write_string(self._next, i, clean(head), form)
        self._next += 1
        for line in lines:
            self._line(line)
        self._next += 1

    def heading(self, text: str) -> None:
        """Write a heading between tables."""
        self._sheet.set_row(self._next, 22)
        self._sheet.write_string(
            self._next, self._page()[0], clean(text), self._formats.of(_NOTE_HEAD)
        )
        self._next += 1

    def notes(self, heading: str, notes: Sequence[str]) -> None:
        """Write numbered notes below a table."""
        if not notes:
            return
        self._next += 1
        self.heading(heading)
        start, end = self._page()
        across = sum(column.width for column in self._columns[start:end])
        for i, note in enumerate(notes, start=1):
            text = f"{i}. {clean(note)}"
            self._across(text, _NOTE, _LINE_HEIGHT * _lines_of(text, across))

    def finish(self, footer: str) -> None:
        """Set how the sheet prints: landscape, page numbers, header and stub on every page."""
        sheet = self._sheet
        sheet.set_landscape()
        sheet.set_paper(self._paper)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer(f"&L&A&C{footer}")
        sheet.hide_gridlines(2)
        if self._breaks:
            sheet.set_print_scale(_PAGE_SCALE)
            sheet.set_v_pagebreaks(self._breaks)
            sheet.repeat_columns(0, self._stub - 1)
        else:
            sheet.fit_to_pages(1, 0)

    def _page(self) -> tuple[int, int]:
        """Columns of the first page that no other page repeats: titles and notes stand there."""
        return (self._stub, self._breaks[0]) if self._breaks else (0, len(self._columns))

    def _page_breaks(self) -> list[int]:
        """Columns before which a page ends, between groups; the stub is on every page."""
        stub = sum(column.width for column in self._columns[: self._stub])
        breaks, used = [], stub
        for start, end in self._spans(self._stub):
            span = sum(column.width for column in self._columns[start:end])
            if used + span > _PAGE_WIDTH and used > stub:
                breaks.append(start)
                used = stub
            used += span
        return breaks

    def _spans(self, start: int = 0) -> list[tuple[int, int]]:
        """First and next-after-last column of every group."""
        spans: list[tuple[int, int]] = []
        for i, column in enumerate(self._columns[start:], start=start):
            if spans and column.group and column.group == self._columns[i - 1].group:
                spans[-1] = (spans[-1][0], i + 1)
            else:
                spans.append((i, i + 1))
        return spans

    def _across(self, text: str, properties: dict[str, Any], height: float) -> None:
        self._sheet.set_row(self._next, height)
        form = self._formats.of(properties)
        start, end = self._page()
        if end - start > 1:
            self._sheet.merge_range(self._next, start, self._next, end - 1, "", form)
        self._sheet.write_string(self._next, start, clean(text), form)
        self._next += 1

    def _header(self) -> None:
        form = self._formats.of(_HEAD)
        top, below = self._next, self._next + 1
        heights = [1, 1]
        for start, end in self._spans():
            column = self._columns[start]
            if not column.group:
                self._sheet.merge_range(top, start, below, start, "", form)
                self._head(top, start, column.head)
                continue
            if end - start > 1:
                self._sheet.merge_range(top, start, top, end - 1, "", form)
            self._head(top, start, column.group)
            across = sum(c.width for c in self._columns[start:end])
            heights[0] = max(heights[0], _lines_of(column.group, across))
            for i in range(start, end):
                self._head(below, i, self._columns[i].head)
                heights[1] = max(
                    heights[1], _lines_of(self._columns[i].head, self._columns[i].width)
                )
        alone = [c for c in self._columns if not c.group]
        needed = max((_lines_of(c.head, c.width) for c in alone), default=1)
        heights[1] = max(heights[1], needed - heights[0])
        for row, lines in zip((top, below), heights, strict=True):
            self._sheet.set_row(row, 4 + _HEAD_LINE_HEIGHT * lines)
        self._next += 2

    def _head(self, row: int, column: int, text: str) -> None:
        self._sheet.write_string(row, column, _clean_lines(text), self._formats.of(_HEAD))

    def _codes(self) -> None:
        form = self._formats.of(_CODE)
        texts = numbers = 0
        for i, column in enumerate(self._columns):
            if column.text:
                code = _STEMS[texts] if texts < len(_STEMS) else _STEMS[-1]
                self._sheet.write_string(self._next, i, code, form)
                texts += 1
            else:
                numbers += 1
                self._sheet.write_number(self._next, i, numbers, form)
        self._next += 1

    def _line(self, line: Line) -> None:
        lines = [
            _lines_of(cell.value, column.width)
            for cell, column in zip(line.cells, self._columns, strict=False)
            if isinstance(cell.value, str)
        ]
        height = min(_TALLEST, 4 + _LINE_HEIGHT * max(lines, default=1))
        self._sheet.set_row(self._next, height)
        for i, cell in enumerate(line.cells):
            form = self._formats.cell(cell.style, total=line.total)
            if isinstance(cell.value, str):
                self._sheet.write_string(self._next, i, _clean_lines(cell.value), form)
            else:
                self._sheet.write_number(self._next, i, cell.value, form)
        self._next += 1


def _clean_lines(text: str) -> str:
    """Clean a text that is meant to have several lines."""
    return "\n".join(clean(line) for line in text.split("\n"))


def _lines_of(text: str, characters: float) -> int:
    """Lines that a text takes in a column of so many half-width characters."""
    return sum(max(1, math.ceil((width(part) + 1) / characters)) for part in text.split("\n"))
