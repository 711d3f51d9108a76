"""Excel formulas of cells, each with the value that it gives: people may change a figure.

A formula is put into a cell only if it gives the finding that the cell shows.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from capacity.report.workbook.sheet import address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity.report.workbook.cells import Cell

TOLERANCE: Final = 1e-6
"""Findings are snapped to six places; sums of them in binary are off by less."""
SUMMED_WITHIN: Final = 1e-3
"""Sums of many such figures, and a figure of their whole, differ by less."""
_DIGITS: Final = 15
_TOO_FINE: Final = 1e-13


def with_formula(cell: Cell, formula: str, value: float, *, within: float = TOLERANCE) -> Cell:
    """Give a cell a formula, if it gives the number that the cell shows."""
    same = not isinstance(cell.value, str) and abs(cell.value - value) <= within
    return replace(cell, formula=formula) if same else cell


def required(per: int, base: str, standard: str, *, whole: bool) -> str:
    """Write what a base needs as a formula: rounded up where things come whole.

    The product is rounded first to the 15 digits that a spreadsheet holds, fewer decimals the larger
    it is, so that 6 × 41,250 ÷ 1,000 = 247.5 gives 248 and 1.12 × 29,262,500 ÷ 1,000 = 32,774 gives
    32,774, never one more for a digit that binary added. So it does of a figure put in by hand.
    (CEILING, as LibreOffice's ROUNDUP looks at no more than 12 digits.)

    Examples
    --------
    >>> required(1000, "F6", "K6", whole=True)
    '=CEILING(ROUND(F6*K6/1000,15-LEN(INT(F6*K6/1000))),1)'
    >>> required(1, "F6", "K6", whole=False)
    '=F6*K6'
    """
    product = f"{base}*{standard}" + (f"/{per}" if per != 1 else "")
    if not whole:
        return f"={product}"
    return f"=CEILING(ROUND({product},{_DIGITS}-LEN(INT({product}))),1)"


def required_value(per: int, base: float, standard: float, *, whole: bool) -> float:
    """Give the value of ``required`` as every spreadsheet computes it.

    It is NaN where the product is above a whole number by so little that it hangs on the last of the
    15 digits, which programs round in their own ways: then the finding stands without a formula.

    Examples
    --------
    >>> required_value(1000, 41250.0, 6.0, whole=True)
    248.0
    >>> required_value(1000, 29_262_500.0, 1.12, whole=True)
    32774.0
    >>> required_value(1000, 833_333_333.333335, 6.0, whole=True)  # 5,000,000.00000001
    nan
    """
    product = base * standard / per
    if not whole:
        return product
    digits = _DIGITS - len(f"{math.floor(product)}")
    values = {math.ceil(round(product, each)) for each in (digits, digits - 1)}
    return float(values.pop()) if len(values) == 1 else math.nan


def is_too_fine(per: int, base: float, standard: float, needed: float) -> bool:
    """Whether things are rounded up from so little above a whole number that no formula can tell.

    Examples
    --------
    >>> is_too_fine(1000, 833_333_333.333334, 6.0, 5_000_001.0)  # 5,000,000.000000004
    True
    >>> is_too_fine(1000, 833_333_333.0, 6.0, 5_000_000.0)
    False
    """
    product = base * standard / per
    beside = product - round(product)
    return needed == round(product) + 1 and abs(beside) <= _TOO_FINE * product


def gap(more: str, less: str) -> str:
    """Write what one cell has above another, never less than nothing.

    Examples
    --------
    >>> gap("L6", "G6")
    '=MAX(0,L6-G6)'
    """
    return f"=MAX(0,{more}-{less})"


def ranges(rows: Sequence[int], column: int) -> str:
    """Write the cells of one column in these rows, runs of rows as ranges.

    Examples
    --------
    >>> ranges([5, 6, 7, 9], 2)
    'C6:C8,C10'
    """
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    parts = [
        address(first, column)
        if first == last
        else f"{address(first, column)}:{address(last, column)}"
        for first, last in runs
    ]
    return ",".join(parts)


def total(rows: Sequence[int], column: int) -> str:
    """Write the sum of the cells of one column in these rows; texts count nothing."""
    return f"=SUM({ranges(rows, column)})"
