"""One sheet of the workbook: its frame, its rows and how it prints.

Every sheet has a title over its printed width, a line with who fills it in, the date and its number,
a header of at most two levels, column codes, rows, notes, and a line for signatures.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from capacity.report.text import clean
from capacity.report.workbook.cells import STYLES, Cell, clean_lines, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xlsxwriter import Workbook
    from xlsxwriter.format import Format

    from capacity.report.workbook.cells import Formats

FIRST: Final = 5
"""Row (from 0) of the first line below title, frame, header and column codes."""
_TITLE: Final = {"bold": True, "font_size": 18, "align": "center", "valign": "vcenter"}
_FRAME: Final = {"valign": "vcenter"}
_NOTE: Final = {"text_wrap": True, "align": "left", "valign": "top"}
_NOTE_HEAD: Final = {"bold": True, "align": "left", "valign": "vcenter"}
_HEAD: Final = {"border": 1, "border_color": "#8C8C8C", "valign": "vcenter", **STYLES["head"]}
_CODE: Final = {"border": 1, "border_color": "#8C8C8C", "valign": "vcenter"} | STYLES["column_code"]

_STEMS: Final = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
_LINE_HEIGHT, _HEAD_LINE_HEIGHT = 13.0, 13.5
_TALLEST: Final = 400.0  # a spreadsheet's rows are at most 409 points high
_A3, _A4 = 8, 9
_A4_WIDTH: Final = 150.0
_NARROWEST: Final = 170.0
# What is none of these functions, which every Excel has, is left to the library to write.
_OTHER: Final = re.compile(
    r"\b(?!(?:ABS|CEILING|IF|IFERROR|INDEX|INT|ISNUMBER|LEN|MATCH|MAX|ROUND|SUM)\()[A-Z][A-Z.]*\("
)
WIDEST: Final = 252.0
"""Characters across that an A3 page shows at 8 points or more."""


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
class Line:
    """A row of cells; ``total`` and ``subtotal`` stand out."""

    cells: tuple[Cell, ...]
    emphasis: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every table.

    Attributes
    ----------
    title
        Over the printed width.
    left, middle, right
        The line below it: who fills it in, the date of the data, number and units of the table.
    signatures
        The last line.
    footer
        Page numbers.
    codes
        Whether the columns have codes (甲, 1, 2 …), which check rules cite.
    """

    title: str
    left: str
    middle: str
    right: str
    signatures: str
    footer: str
    codes: bool = True


def column_codes(columns: Sequence[Column]) -> list[str | int]:
    """Give columns their codes: 甲, 乙 … for text, 1, 2 … for numbers.

    Examples
    --------
    >>> column_codes([Column("name", text=True), Column("people"), Column("note", text=True)])
    ['甲', 1, '乙']
    """
    codes: list[str | int] = []
    texts = numbers = 0
    for column in columns:
        if column.text:
            codes.append(_STEMS[min(texts, len(_STEMS) - 1)])
            texts += 1
        else:
            numbers += 1
            codes.append(numbers)
    return codes


class _Plain(Worksheet):  # type: ignore[misc]  # the base has no types
    """A worksheet whose formulas mostly hold functions that every Excel has."""

    def _prepare_formula(self, formula: str, *more: Any, **named: Any) -> str:
        """Take the braces and the sign off; the base looks for thirty newer functions in each."""
        if _OTHER.search(formula):
            return str(super()._prepare_formula(formula, *more, **named))
        return formula.removeprefix("{").removeprefix("=").removesuffix("}")


class Sheet:
    """A sheet being written from the top down.

    Parameters
    ----------
    book, formats
        The workbook and its formats.
    name
        Name of the sheet.
    frame
        What stands around the table.
    columns
        Columns of its table; they give every table of the sheet its widths.
    stub
        How many columns stay in sight when scrolling.
    """

    def __init__(
        self,
        book: Workbook,
        formats: Formats,
        *,
        name: str,
        frame: Frame,
        columns: Sequence[Column],
        stub: int = 0,
    ) -> None:
        self.name = name
        self._sheet: Worksheet = book.add_worksheet(name, worksheet_class=_Plain)
        self._formats = formats
        self._frame = frame
        self._columns = tuple(columns)
        self._stub = stub
        self._next = 0
        self._width = sum(column.width for column in self._columns)
        self._columns = (*self._columns[:-1], self._last_column())
        self._width = sum(column.width for column in self._columns)
        for i, column in enumerate(self._columns):
            self._sheet.set_column(i, i, column.width)
        self._across(frame.title, _TITLE, 32.0)
        self._frame_line()

    def _last_column(self) -> Column:
        """Widen the last column of a narrow table, so that its notes have room."""
        last = self._columns[-1]
        if not last.text:
            return last
        return replace(last, width=max(last.width, last.width + _NARROWEST - self._width))

    def _set_height(self, row: int, height: float) -> None:
        self._sheet.set_row(row, height)

    @property
    def row(self) -> int:
        """Row that is written next, from 0."""
        return self._next

    def table(self, lines: Iterable[Line]) -> None:
        """Write the header, the column codes and the rows of the sheet's main table."""
        top = self._next
        self._header()
        if self._frame.codes:
            self._set_height(self._next, 14)
            for i, code in enumerate(column_codes(self._columns)):
                self._plain(self._next, i, code, self._formats.of(_CODE))
            self._next += 1
        self._sheet.freeze_panes(self._next, self._stub)
        self._sheet.repeat_rows(top, self._next - 1)
        for line in lines:
            self.line(line)

    def small_table(self, heads: Sequence[str], lines: Iterable[Line]) -> None:
        """Write a table with a plain header, for sheets that hold several."""
        form = self._formats.of(_HEAD)
        for i, head in enumerate(heads):
            self._plain(self._next, i, clean(head), form)
        self._next += 1
        for line in lines:
            self.line(line)
        self._next += 1

    def heading(self, text: str) -> None:
        """Write a heading between tables."""
        self._set_height(self._next, 22)
        self._plain(self._next, 0, clean(text), self._formats.of(_NOTE_HEAD))
        self._next += 1

    def notes(self, heading: str, notes: Sequence[str]) -> None:
        """Write numbered notes below a table, each over the whole width."""
        if not notes:
            return
        self.heading(heading)
        for i, note in enumerate(notes, start=1):
            self.paragraph(f"{i}. {clean(note)}")

    def paragraph(self, text: str) -> None:
        """Write a text over the whole width."""
        self._across(text, _NOTE, min(_TALLEST, _LINE_HEIGHT * lines_of(text, self._width * 0.97)))

    def choices(self, first: tuple[int, int], last: tuple[int, int], words: list[str]) -> None:
        """Offer a list of words in a range of cells, (row, column) of its corners."""
        self._sheet.data_validation(
            *first, *last, {"validate": "list", "source": words, "ignore_blank": True}
        )

    def finish(self) -> None:
        """Write the signatures, and set how the sheet prints: one page wide, pages numbered."""
        self._next += 1
        self._across(self._frame.signatures, _FRAME, 24.0)
        sheet = self._sheet
        sheet.set_landscape()
        paper = _A4 if self._width <= _A4_WIDTH else _A3
        sheet.set_paper(paper)
        sheet.set_margins(left=0.3, right=0.3, top=0.4, bottom=0.5)
        sheet.set_footer(f"&L&A&C{self._frame.footer}")
        sheet.hide_gridlines(2)
        sheet.fit_to_pages(1, 0)  # as many pages down as it takes: print stays readable
        sheet.center_horizontally()
        sheet.print_area(0, 0, self._next - 1, len(self._columns) - 1)

    def _frame_line(self) -> None:
        """Write three texts over the width: at the left, in the middle, at the right."""
        self._set_height(self._next, 20)
        thirds = self._thirds()
        texts = (self._frame.left, self._frame.middle, self._frame.right)
        for (start, end), words, align in zip(
            thirds, texts, ("left", "center", "right"), strict=True
        ):
            form = self._formats.of({**_FRAME, "align": align})
            self._merge((self._next, start), (self._next, end), clean(words), form)
        self._next += 1

    def _thirds(self) -> list[tuple[int, int]]:
        """First and last column of each third of the width, none of them empty."""
        last = len(self._columns) - 1
        ends = list(itertools.accumulate(column.width for column in self._columns))
        first = next(i for i, end in enumerate(ends) if end >= self._width / 3)
        first = min(first, last - 2)
        second = next(i for i, end in enumerate(ends) if end >= self._width * 2 / 3)
        second = min(max(second, first + 1), last - 1)
        return [(0, first), (first + 1, second), (second + 1, last)]

    def _merge(
        self, first: tuple[int, int], last: tuple[int, int], text: str, form: Format
    ) -> None:
        """Write a text over the cells from one (row, column) to another."""
        if first != last:
            self._sheet.merge_range(*first, *last, "", form)
        self._sheet.write_string(*first, text, form)

    def _across(self, text: str, properties: dict[str, Any], height: float) -> None:
        self._set_height(self._next, height)
        form = self._formats.of(properties)
        self._merge((self._next, 0), (self._next, len(self._columns) - 1), clean(text), form)
        self._next += 1

    def _spans(self) -> list[tuple[int, int]]:
        """First and next-after-last column of every group."""
        spans: list[tuple[int, int]] = []
        for i, column in enumerate(self._columns):
            if spans and column.group and column.group == self._columns[i - 1].group:
                spans[-1] = (spans[-1][0], i + 1)
            else:
                spans.append((i, i + 1))
        return spans

    def _header(self) -> None:
        form = self._formats.of(_HEAD)
        top, below = self._next, self._next + 1
        heights = [1, 1]
        for start, end in self._spans():
            column = self._columns[start]
            if not column.group:
                self._merge((top, start), (below, start), clean_lines(column.head), form)
                continue
            self._merge((top, start), (top, end - 1), clean_lines(column.group), form)
            across = sum(c.width for c in self._columns[start:end])
            heights[0] = max(heights[0], lines_of(column.group, across))
            for i in range(start, end):
                head = self._columns[i].head
                self._plain(below, i, clean_lines(head), form)
                heights[1] = max(heights[1], lines_of(head, self._columns[i].width))
        alone = [c for c in self._columns if not c.group]
        needed = max((lines_of(c.head, c.width) for c in alone), default=1)
        heights[1] = max(heights[1], needed - heights[0])
        for row, lines in zip((top, below), heights, strict=True):
            self._set_height(row, 4 + _HEAD_LINE_HEIGHT * lines)
        self._next += 2

    def line(self, line: Line) -> None:
        """Write one row."""
        lines = [
            lines_of(cell.value, column.width)
            for cell, column in zip(line.cells, self._columns, strict=False)
            if isinstance(cell.value, str) and STYLES[cell.style].get("text_wrap")
        ]
        height = min(_TALLEST, 2.5 + _LINE_HEIGHT * max(lines, default=1))
        self._set_height(self._next, height)
        for i, cell in enumerate(line.cells):
            form = self._formats.cell(cell, line.emphasis)
            if cell.formula.startswith("{"):
                at = (self._next, i, self._next, i)
                self._sheet.write_array_formula(*at, cell.formula, form, cell.value)
            elif cell.formula:
                self._sheet.write_formula(self._next, i, cell.formula, form, cell.value)
            else:
                value = clean_lines(cell.value) if isinstance(cell.value, str) else cell.value
                self._plain(self._next, i, value, form)
        self._next += 1

    def _plain(self, row: int, column: int, value: str | float, form: Format) -> None:
        if isinstance(value, str):
            self._sheet.write_string(row, column, value, form)
        else:
            self._sheet.write_number(row, column, value, form)


def address(row: int, column: int) -> str:
    """Address of a cell: row and column from 0.

    Examples
    --------
    >>> address(5, 2)
    'C6'
    """
    return str(xl_rowcol_to_cell(row, column))
