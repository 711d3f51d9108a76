"""Cells of the workbook: a value, what it looks like, and the formula that gives it again."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from capacity.assess.summary import bound_in
from capacity.exact import decimals_of, exact, share_decimals
from capacity.findings import STATUSES
from capacity.report import labels
from capacity.report.labels import label
from capacity.report.text import clean, width
from capacity.report.view import known_part
from capacity.vocabulary import KNOWN_ONLY, LOWER_BOUND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlsxwriter import Workbook
    from xlsxwriter.format import Format

    from capacity.report.labels import Language, Pair
    from capacity.report.view import Row

_BORDER: Final = {"border": 1, "border_color": "#8C8C8C", "valign": "vcenter"}
_NUMBER: Final = {"align": "right", "shrink": True}
STYLES: Final[dict[str, dict[str, Any]]] = {
    "text": {"text_wrap": True, "align": "left"},
    "centre": {"text_wrap": True, "align": "center"},
    "code": {"align": "center"},
    "count": {**_NUMBER, "num_format": "#,##0"},
    "area": {**_NUMBER, "num_format": "#,##0.0"},
    "rate": {**_NUMBER, "num_format": "#,##0.00"},
    "share": {**_NUMBER, "num_format": "0.0%"},
    "plain": {**_NUMBER, "num_format": "General"},
    "amount": {**_NUMBER, "num_format": "#,##0.0##"},
    "metres": {**_NUMBER, "num_format": "0"},
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
    "head": {"bold": True, "text_wrap": True, "align": "center", "bg_color": "#D9E2EC"},
    "column_code": {"align": "center", "font_color": "#595959"},
}
_FINE: Final = {digits: f"decimals_{digits}" for digits in range(1, 10)}
_SHARES: Final = {digits: "share" if digits == 1 else f"share_{digits}" for digits in range(1, 7)}
STYLES.update({name: _NUMBER | {"num_format": f"#,##0.{'0' * n}"} for n, name in _FINE.items()})
STYLES.update({name: _NUMBER | {"num_format": f"0.{'0' * n}%"} for n, name in _SHARES.items()})
_TOTAL: Final = {"bold": True, "bg_color": "#F2F2F2"}
_SUBTOTAL: Final = {"bg_color": "#F9F9F9"}
_EMPHASIS: Final[dict[str, dict[str, Any]]] = {"total": _TOTAL, "subtotal": _SUBTOTAL, "": {}}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes
    ----------
    value
        A number or a text, never a number as text; line breaks in a text are meant.
    style
        One of ``STYLES``.
    formula
        Excel formula whose result the value is; empty for a plain value.
    bound, tail
        What the number's format prints before it (``≥`` where it is only a bound), in both languages,
        and after it.
    """

    value: str | float
    style: str
    formula: str = ""
    bound: Pair = labels.MARKS["exact"]
    tail: str = ""

    @property
    def is_number(self) -> bool:
        """Whether the cell holds a number."""
        return not isinstance(self.value, str)


class Formats:
    """Formats of a workbook, each made once."""

    def __init__(self, book: Workbook, language: Language) -> None:
        self._book = book
        self._language: Language = language
        self._made: dict[Any, Format] = {}

    def of(self, properties: dict[str, Any]) -> Format:
        """Give the format with these properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]

    def cell(self, cell: Cell, emphasis: str = "") -> Format:
        """Give the format of a cell; a coloured status keeps its colour in a total."""
        key = (cell.style, cell.bound, cell.tail, emphasis)
        if key not in self._made:
            properties = {**_BORDER, **_EMPHASIS[emphasis], **STYLES[cell.style]}
            bound = label(cell.bound, self._language)
            if bound or cell.tail:
                number = properties["num_format"]
                properties["num_format"] = f"{_quoted(bound)}{number}{_quoted(cell.tail)}"
            if emphasis == "total":
                properties["bold"] = True
            self._made[key] = self._book.add_format(properties)
        return self._made[key]


_MISSING: Final = Cell(labels.NO_DATA, "mark")
_NOT_ASKED: Final = Cell(labels.NOT_APPLICABLE, "mark")


def _quoted(text: str) -> str:
    return f'"{text}"' if text else ""


def mark(row: Row | None) -> Cell:
    """Say that there is no number: 「…」 where an input is missing, 「—」 where none is asked for."""
    missing = row is not None and (
        row["status"] == "no_data" or LOWER_BOUND in row["note"] or KNOWN_ONLY in row["note"]
    )
    return _MISSING if missing else _NOT_ASKED


def figure(row: Row | None, column: str, style: str) -> Cell:
    """Write a finding's number, or say why there is none; a shortfall carries its bound."""
    part = None if row is None else known_part(row, column)
    if part is not None:
        cell = known(part, style) if column == "base_value" else Cell(part, style)
        return replace(cell, bound=labels.MARKS["known_only"])
    if row is None or math.isnan(row[column]):
        return mark(row)
    if column == "base_value":
        return known(row[column], style)
    value = float(row[column])
    bound = labels.MARKS[bound_in(row, column)]
    if column == "share" and row["status"] == "short":
        style = _SHARES[share_decimals(value, row["standard"])]
    elif column == "shortfall" and value > 0:
        style = _fine(value, style)
    return Cell(value, style, bound=bound)


def _fine(value: float, style: str) -> str:
    """Give a number that would be shown as zero as many decimals as its first digit needs."""
    digits = 1 if style == "area" else 0
    needed = decimals_of(value, digits)
    return style if needed == digits else _FINE[min(needed, len(_FINE))]


def known(value: float, style: str) -> Cell:
    """Write people, or an amount beside the findings, 「…」 where it is not known.

    It has the six decimals with which requirements are computed, so that formulas give the same.
    """
    return _MISSING if math.isnan(value) else Cell(float(exact(value)), style)


def optional(value: float, style: str) -> Cell:
    """Write a number that may be missing without being wanted."""
    return _NOT_ASKED if math.isnan(value) else Cell(float(value), style)


def status(row: Row | None, language: Language) -> Cell:
    """Write a status in words and colour."""
    if row is None:
        return _NOT_ASKED
    return Cell(label(STATUSES[row["status"]], language), row["status"])


def text(value: object) -> Cell:
    """Write a text on the left."""
    return Cell(clean(value) or labels.NOT_APPLICABLE, "text")


def centre(value: object) -> Cell:
    """Write a text in the middle."""
    return Cell(clean(value) or labels.NOT_APPLICABLE, "centre")


def fit(texts: Iterable[str], least: float, most: float) -> float:
    """Width of a column of texts, in half-width characters."""
    return min(most, max([least, *(width(each) + 2.0 for each in texts)]))


def lines_of(value: str, characters: float) -> int:
    """Lines that a text takes in a column of so many half-width characters."""
    if 2 * len(value) < characters and "\n" not in value:
        return 1
    return sum(max(1, math.ceil((width(part) + 1) / characters)) for part in value.split("\n"))


def clean_lines(value: str) -> str:
    """Clean a text that is meant to have several lines."""
    return "\n".join(map(clean, value.split("\n"))) if "\n" in value else clean(value)
