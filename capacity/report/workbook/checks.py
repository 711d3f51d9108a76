"""Check rules of the tables: in words, as live formulas, and counted here for the value they hold.

A rule is a sum of tests. A test of rows is an array of 0 and 1 in Excel, and a function of a row
here; a test of totals is one comparison. Texts (「—」, 「…」) break no rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from capacity.report.workbook.formulas import SUMMED_WITHIN, TOLERANCE
from capacity.report.workbook.sheet import address

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from capacity.report.workbook.cells import Cell

_TINY: Final = "0.000001"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: words with column codes, an Excel expression of its breaches, and their number.

    Attributes
    ----------
    words
        Such as ``(9)=max(0,(8)−(3))``.
    excel
        0 or 1 per row, as an array expression; or one number where ``rows`` is empty.
    rows
        Positions of the rows, in their order, that break it here.
    breaches
        How many there are, rows or totals.
    per_row
        Whether ``excel`` is an array of rows.
    """

    words: str
    excel: str
    rows: tuple[int, ...]
    breaches: int
    per_row: bool


@dataclass(frozen=True, slots=True)
class Check:
    """The tests of one block of one sheet.

    Attributes
    ----------
    sheet, about
        Sheet, and the heading of the block.
    rules
        Its rules.
    codes
        Excel range of the codes of the rows tested, and the codes.
    names
        The codes.
    """

    sheet: str
    about: str
    rules: tuple[Rule, ...]
    codes: str
    names: tuple[str, ...]

    @property
    def words(self) -> str:
        """Every rule in words."""
        return ";".join(rule.words for rule in self.rules)

    @property
    def breaches(self) -> int:
        """Breaches in the workbook as it is written."""
        return sum(rule.breaches for rule in self.rules)

    @property
    def formula(self) -> str:
        """Breaches, counted live."""
        rows = [rule.excel for rule in self.rules if rule.per_row]
        totals = [rule.excel for rule in self.rules if not rule.per_row]
        parts = ([f"SUM({'+'.join(rows)})"] if rows else []) + totals
        return "{=" + "+".join(parts) + "}"

    @property
    def first(self) -> str:
        """Code of the first row that breaks a rule, as it is written."""
        broken = sorted(row for rule in self.rules for row in rule.rows)
        return self.names[broken[0]] if broken else "—"

    @property
    def first_formula(self) -> str:
        """The same, looked up live; empty where no rule is about rows."""
        rows = [rule.excel for rule in self.rules if rule.per_row]
        if not rows:
            return ""
        return f'{{=IFERROR(INDEX({self.codes},MATCH(TRUE,({"+".join(rows)})>0,0)),"—")}}'


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells that rules are about.

    Attributes
    ----------
    sheet
        Name of the sheet.
    rows
        Every row of the table.
    top
        Row of the first of them in the sheet, from 0.
    units
        Positions of the first and the last row of a unit.
    codes
        Column codes.
    """

    sheet: str
    rows: Sequence[Sequence[Cell]]
    top: int
    units: tuple[int, int]
    codes: Sequence[str | int]

    def range(self, column: int) -> str:
        """Cells of one column, of every unit, as another sheet names them."""
        first, last = (address(self.top + row, column) for row in self.units)
        return f"'{self.sheet}'!{first}:{last}"

    def cell(self, row: int, column: int) -> str:
        """One cell, as another sheet names it."""
        return f"'{self.sheet}'!{address(self.top + row, column)}"

    def code(self, column: int) -> str:
        """Write a column code as rules cite it: ``(9)``."""
        return f"({self.codes[column]})"


def numbers_hold(
    grid: Grid,
    words: str,
    columns: Sequence[int],
    wrong: str,
    breaks: Callable[..., bool],
) -> Rule:
    """Rule numbers of every unit row in which all the columns hold numbers.

    Parameters
    ----------
    grid
        The cells.
    words
        The rule in words.
    columns
        Columns that it is about.
    wrong
        Excel expression that is true where the rule is broken, ``{0}``, ``{1}`` … for the columns.
    breaks
        The same here, given the numbers of a row.
    """
    cells = [grid.range(column) for column in columns]
    known = "*".join(f"ISNUMBER({each})" for each in cells)
    excel = f"IF({known},IF({wrong.format(*cells)},1,0),0)"
    first, last = grid.units
    broken = []
    for position in range(first, last + 1):
        values = [grid.rows[position][column].value for column in columns]
        if all(not isinstance(value, str) for value in values) and breaks(*values):
            broken.append(position - first)
    return Rule(words, excel, tuple(broken), len(broken), per_row=True)


def status_holds(
    grid: Grid, shortfall: int, status: int, words: tuple[str, str], text: str
) -> Rule:
    """Rule that units short of something are called short, and units that are met lack nothing."""
    met, short = words
    gaps, said = grid.range(shortfall), grid.range(status)
    wrong = f'({gaps}>{_TINY})*({said}="{met}")+({gaps}<={_TINY})*({said}="{short}")>0'
    excel = f"IF(ISNUMBER({gaps}),IF({wrong},1,0),0)"
    first, last = grid.units
    broken = []
    for position in range(first, last + 1):
        gap, word = (grid.rows[position][column].value for column in (shortfall, status))
        if not isinstance(gap, str) and word == (met if gap > TOLERANCE else short):
            broken.append(position - first)
    return Rule(text, excel, tuple(broken), len(broken), per_row=True)


def cells_agree(words: str, pairs: Sequence[tuple[str, float, str, float]]) -> Rule:
    """Rule that pairs of cells hold the same number: expression and value of both."""
    terms = [
        f"IF(ISNUMBER({one})*ISNUMBER({other}),IF(ABS({one}-{other})>{SUMMED_WITHIN},1,0),0)"
        for one, _, other, _ in pairs
    ]
    wrong = sum(abs(one - other) > SUMMED_WITHIN for _, one, _, other in pairs)
    return Rule(words, "+".join(terms), (), wrong, per_row=False)
