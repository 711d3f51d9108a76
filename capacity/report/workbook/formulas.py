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
    from decimal import Decimal

    from capacity.norms.model import Norm
    from capacity.report.workbook.cells import Cell

TOLERANCE: Final = 1e-6
"""Findings are snapped to six places; sums of them in binary are off by less."""
SUMMED_WITHIN: Final = 1e-3
"""Sums of many such figures, and a figure of their whole, differ by less."""
_FINEST: Final = 11
_SIX: Final = 6


def with_formula(cell: Cell, formula: str, value: float, *, within: float = TOLERANCE) -> Cell:
    """Give a cell a formula, if it gives the number that the cell shows."""
    if isinstance(cell.value, str) or abs(cell.value - value) > within:
        return cell
    return replace(cell, formula=formula)


def digits_of(value: Decimal, per: int) -> int:
    """Decimals that ``value × people / per`` may have, people having six, as far as Excel holds.

    Examples
    --------
    >>> from decimal import Decimal
    >>> digits_of(Decimal("6"), 1000), digits_of(Decimal("4.2"), 1000)
    (9, 10)
    """
    exponent = value.normalize().as_tuple().exponent
    own = max(0, -int(exponent))
    return min(_FINEST, _SIX + own + round(math.log10(per)))


def required(norm: Norm, per: int, base: str, standard: str, *, whole: bool) -> str:
    """Write what a base needs as a formula: rounded up where things come whole.

    The product is rounded first to the decimals that it can have, so that 6 × 41,250 ÷ 1,000 = 247.5
    gives 248 and 120 people at 500 each of 1,000 give 60, never 61 for a digit that binary added.

    Examples
    --------
    >>> from decimal import Decimal
    >>> from types import SimpleNamespace
    >>> required(SimpleNamespace(value=Decimal(6)), 1000, "F6", "K6", whole=True)
    '=ROUNDUP(ROUND(F6*K6/1000,9),0)'
    """
    product = f"{base}*{standard}" + (f"/{per}" if per != 1 else "")
    if not whole:
        return f"={product}"
    return f"=ROUNDUP(ROUND({product},{digits_of(norm.value, per)}),0)"


def required_value(norm: Norm, per: int, base: float, standard: float, *, whole: bool) -> float:
    """Give the value of ``required`` as a spreadsheet computes it.

    Examples
    --------
    >>> from decimal import Decimal
    >>> from types import SimpleNamespace
    >>> required_value(SimpleNamespace(value=Decimal(6)), 1000, 41250.0, 6.0, whole=True)
    248.0
    """
    product = base * standard / per
    if not whole:
        return product
    return float(math.ceil(round(product, digits_of(norm.value, per))))


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
