"""Rows of a table that are no data: totals of other rows, checked against them, and remarks.

Pure functions on the text cells of a table; which rows are left out, and what is wrong with them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from capacity.errors import Fault
from capacity.inputs.accounts import REMARK, TOTAL
from capacity.inputs.columns import unit_in
from capacity.inputs.numbers import EMPTY_MARKS, NO_UNIT, dimension_of, read_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from capacity.inputs.numbers import Typed, Unit

_TOTAL: Final = (
    r"^(?:全?[省市区县镇乡]|全部|本页|本表|街道|乡镇)?(?:合计|总计|小计|共计|总和|汇总|总数)[:：]?$"
)
_SUBTOTAL: Final = r"^\D*小计[:：]?$"
_LIKE_TOTAL: Final = r"^(?:.+(?:小计|合计|总计|累计|共计)|(?:合计|总计|小计|共计?|总共)[:：]?\d+[家个所处间项]?)[:：]?$"
"""Names with more words than a total's: 东风街道小计, 合计6家, 共6家; their numbers must bear it out."""
_PART: Final = r"^其中(?:[:：].*)?$"
_NEAR: Final = r"[计和总其共:：]"
_REMARK: Final = re.compile(
    r"^\s*(?:注|备注|说明|附注|数据来源|资料来源|来源|填表|填报|制表|审核|负责人|单位负责人|联系人|source|note)"
    r"[^:：]{0,8}[:：]",
    flags=re.IGNORECASE,
)
_BELONGS_TO: Final = frozenset({"unit", "parent", "parent_name"})
"""Columns that say where a row belongs, and not what it is."""
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NotData:
    """Which rows of a table are no data.

    Attributes
    ----------
    totals, remarks
        Shape (n_rows,): rows of totals, and rows with nothing but a remark; no row is both.
    unclear
        Rows that may be totals, of which a fault tells.
    """

    totals: NDArray[np.bool_]
    remarks: NDArray[np.bool_]
    unclear: NDArray[np.bool_]

    @property
    def data(self) -> NDArray[np.bool_]:
        """The other rows."""
        return ~(self.totals | self.remarks | self.unclear)

    def numbers(self, rows: NDArray[np.int64]) -> dict[str, tuple[int, ...]]:
        """Give the numbers of the rows left out per reason."""
        found = {REMARK: self.remarks, TOTAL: self.totals}
        return {why: tuple(rows[out].tolist()) for why, out in found.items() if out.any()}


def rows_without_data(
    cells: pd.DataFrame,
    rows: NDArray[np.int64],
    file: str,
    columns: Mapping[str, str],
    units: Mapping[str, Unit],
) -> tuple[NotData, list[Fault]]:
    """Mark totals and remarks among the rows, and check the totals.

    Parameters
    ----------
    cells
        Text cells of the columns wanted, the first column of the table among them.
    rows
        Row of each.
    file
        In faults.
    columns
        Key of area.toml's ``columns`` → column of ``cells``.
    units
        Column → unit in a row of units below the header.

    Returns
    -------
    tuple
        Rows that are no data; and ``table.total_row`` (an error: a row of totals that has a code, a
        name, coordinates or a word besides, a part of a total, or one named like a total with more
        words, such as 东风街道小计 or 合计6家, that is no sum of rows), ``table.wrong_total`` (a warning:
        a total that is not the sum of its rows) and ``table.remark`` (a fact).

    Examples
    --------
    >>> cells = pd.DataFrame({"名称": ["甲园", "乙园", "合计"], "托位数": ["30", "50", "90"]})
    >>> columns = {"name": "名称", "places": "托位数"}
    >>> found, faults = rows_without_data(cells, np.array([2, 3, 4]), "t.csv", columns, {})
    >>> found.data.tolist()
    [True, True, False]
    >>> print(faults[0])
    t.csv, row 4, column 托位数: a total that is not the sum of its rows: row 4 says 90, the rows above \
give 80. Correct the total or the rows: one may be missing, or counted twice.
    """
    total, like, subtotal, part, remark = (np.zeros(len(cells), dtype=bool) for _ in range(5))
    worded: dict[str, NDArray[np.bool_]] = {}
    for name in cells.columns:
        text = cells[name]
        # One letter tells nearly every cell of a long table apart from all of them.
        near = np.flatnonzero(text.str.contains(_NEAR).to_numpy(dtype=bool))
        worded[name] = np.zeros(len(cells), dtype=bool)
        if not len(near):
            continue
        few = text.iloc[near]
        short = few.str.replace(r"\s", "", regex=True)
        plain = short.str.match(_TOTAL).to_numpy(dtype=bool)
        worded[name][near] = plain | short.str.match(_LIKE_TOTAL).to_numpy(dtype=bool)
        total[near] |= plain
        like |= worded[name]
        subtotal[near] |= short.str.match(_SUBTOTAL).to_numpy(dtype=bool)
        part[near] |= short.str.match(_PART).to_numpy(dtype=bool)
        alone = ((cells.iloc[near] != "").sum(axis=1) == 1).to_numpy(dtype=bool)
        remark[near] |= few.str.match(_REMARK).to_numpy(dtype=bool) & alone
    remark &= ~(total | part)
    like &= ~total
    more = np.zeros(len(cells), dtype=bool)
    of_name = worded.get(columns.get("name", ""))
    named = total | like
    if named.any():
        more[named] = _more_than_totals(cells.loc[named], columns, of_name, named)
    unclear = part | (named & more)
    found = NotData(totals=named & ~unclear, remarks=remark, unclear=unclear)
    sums = [] if not found.totals.any() else _sums_of(cells, columns, units, found, subtotal)
    doubtful = like & found.totals & ~_borne_out(sums, len(cells))
    faults = _unclear(rows[unclear], file)
    if doubtful.any():
        faults.append(_doubtful(cells, worded, doubtful, rows, file))
        found = replace(found, totals=found.totals & ~doubtful, unclear=unclear | doubtful)
    if not faults:
        faults += [replace(fault, file=file) for one in sums for fault in _wrong_sums(one, rows)]
    if remark.any():
        faults.append(
            Fault(
                severity="info",
                code="table.remark",
                message="rows with nothing but a remark, left out.",
                file=file,
                rows=tuple(rows[remark].tolist()),
                count=int(remark.sum()),
            )
        )
    return found, faults


def _unclear(rows: NDArray[np.int64], file: str) -> list[Fault]:
    if not len(rows):
        return []
    return [
        Fault(
            severity="error",
            code="table.total_row",
            message="rows named like totals (合计, 小计, 其中) that have more than a name and numbers, "
            "or are parts of totals: read as data, they would count everything twice.",
            mend="Delete these rows, or take their code, coordinates and words out; what is no total "
            "needs another name.",
            file=file,
            rows=tuple(rows.tolist()),
            count=len(rows),
        )
    ]


def _doubtful(
    cells: pd.DataFrame,
    worded: Mapping[str, NDArray[np.bool_]],
    doubtful: NDArray[np.bool_],
    rows: NDArray[np.int64],
    file: str,
) -> Fault:
    words = [cells[name][marked & doubtful] for name, marked in worded.items()]
    first = ", ".join(f"'{word}'" for word in pd.concat(words).unique()[:_SHOWN])
    return Fault(
        severity="error",
        code="table.total_row",
        message=f"rows named like totals ({first}) whose numbers are not the sum of other rows: read "
        "as data, totals would count everything twice.",
        mend="Delete these rows if they are totals, or correct their numbers; what is no total needs "
        "another name.",
        file=file,
        rows=tuple(rows[doubtful].tolist()),
        count=int(doubtful.sum()),
    )


def _more_than_totals(
    cells: pd.DataFrame,
    columns: Mapping[str, str],
    of_name: NDArray[np.bool_] | None,
    total: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Tell which rows of totals have a code, coordinates or words besides, or no clear numbers."""
    more = np.zeros(len(cells), dtype=bool)
    named = np.zeros(len(cells), dtype=bool) if of_name is None else of_name[total]
    for key, name in columns.items():
        text = cells[name].str.strip()
        dimension = dimension_of(key)
        if dimension:
            more |= read_numbers(text, dimension, unit_in(name)).unread
            continue
        short = text.str.replace(r"\s", "", regex=True)
        empty = (short == "") | short.str.lower().isin(EMPTY_MARKS)
        empty |= short.str.match(_TOTAL) | short.str.match(_LIKE_TOTAL)
        filled = ~empty.to_numpy(dtype=bool)
        more |= filled & ~named if key in _BELONGS_TO else filled
    return more


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sums:
    """The totals of one column, what rows give, and which totals are the sum of some."""

    column: str
    at: NDArray[np.int64]
    said: NDArray[np.float64]
    given: NDArray[np.float64]
    n_rows: NDArray[np.float64]
    subtotal: NDArray[np.bool_]
    fits: NDArray[np.bool_]


def _sums_of(
    cells: pd.DataFrame,
    columns: Mapping[str, str],
    units: Mapping[str, Unit],
    found: NotData,
    subtotal: NDArray[np.bool_],
) -> list[_Sums]:
    """Sum every column of numbers that can be read."""
    sums = []
    for key, name in columns.items():
        dimension = dimension_of(key)
        unit = units.get(name, NO_UNIT) if unit_in(name) == NO_UNIT else unit_in(name)
        if dimension in {"", "year"} or unit.factor(dimension) is None:
            continue
        typed = read_numbers(cells[name].str.strip(), dimension, unit)
        if not typed.unread[found.data].any():
            sums.append(_sums(cells[name], typed, found, subtotal))
    return sums


def _sums(
    cells: pd.Series[str], typed: Typed, found: NotData, subtotal: NDArray[np.bool_]
) -> _Sums:
    """Tell which totals of one column are the sum of the rows that they can be of.

    A subtotal (小计) is of the rows since the totals before it, or of those up to the next; another
    total also of all rows above, of all below, or of all. Empty cells count 0; a total may be rounded
    to the digits it is written with.
    """
    at = np.flatnonzero(found.totals)
    given = _spans(np.where(found.data, np.nan_to_num(typed.values), 0.0), at)
    n_rows = _spans(found.data.astype(np.float64), at)
    said = typed.values[at]
    slack = _rounding(cells.iloc[at], said) + 1e-9 * np.abs(given).max()
    fits = (np.abs(given - said) <= slack) & (n_rows > 0)
    fits |= _over_a_total(typed.values[found.data], given, said, slack) & (
        n_rows > _PARTS_AND_WHOLE
    )
    fits[2:, subtotal[at]] = False
    return _Sums(
        column=str(cells.name),
        at=at,
        said=said,
        given=given,
        n_rows=n_rows,
        subtotal=subtotal[at],
        fits=fits.any(axis=0),
    )


_PARTS_AND_WHOLE: Final = 2
"""A total and its parts are more than two rows: two equal rows are one that stands there twice."""


def _over_a_total(
    values: NDArray[np.float64],
    given: NDArray[np.float64],
    said: NDArray[np.float64],
    slack: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Mark totals of rows of which one is the total of the others: a district above its streets."""
    known = np.append(np.sort(values[np.isfinite(values)]), np.inf)
    next_one = known[np.searchsorted(known[:-1], said - slack)]
    over: NDArray[np.bool_] = (next_one <= said + slack) & (np.abs(given - 2 * said) <= slack)
    return over


def _borne_out(sums: list[_Sums], n_rows: int) -> NDArray[np.bool_]:
    """Mark totals that have a number, and are the sum of rows in every column where they have one."""
    some, wrong = np.zeros(n_rows, dtype=bool), np.zeros(n_rows, dtype=bool)
    for one in sums:
        said = np.isfinite(one.said)
        some[one.at] |= said
        wrong[one.at] |= said & ~one.fits
    return some & ~wrong


def _wrong_sums(sums: _Sums, rows: NDArray[np.int64]) -> list[Fault]:
    """Warn of totals of one column that are not the sum of the rows that they can be of."""
    at, said, given, n_rows = sums.at, sums.said, sums.given, sums.n_rows
    wrong = np.isfinite(said) & ~sums.fits
    if not wrong.any():
        return []
    near, whole = np.where(n_rows[0] > 0, 0, 1), np.where(n_rows[2] > 0, 2, 3)
    which = np.where(sums.subtotal, near, whole)
    totals = np.take_along_axis(given, which[None], axis=0)[0]
    shown = "; ".join(
        f"row {rows[at[n]]} says {said[n]:,.10g}, {_SPANS[which[n]]} give {totals[n]:,.10g}"
        for n in np.flatnonzero(wrong)[:_SHOWN]
    )
    more = f"; and {wrong.sum() - _SHOWN} more" if wrong.sum() > _SHOWN else ""
    return [
        Fault(
            severity="warning",
            code="table.wrong_total",
            message=f"a total that is not the sum of its rows: {shown}{more}.",
            mend="Correct the total or the rows: one may be missing, or counted twice.",
            rows=tuple(rows[at[wrong]].tolist()),
            column=sums.column,
            count=int(wrong.sum()),
            found_zh=tuple(
                f"行{rows[at[n]]}写 {said[n]:,.10g},{_SPANS_ZH[which[n]]}之和为 {totals[n]:,.10g}"
                for n in np.flatnonzero(wrong)[:_SHOWN]
            )
            + ((f"另{wrong.sum() - _SHOWN}行",) if wrong.sum() > _SHOWN else ()),
        )
    ]


def _spans(numbers: NDArray[np.float64], at: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum numbers over what totals can be of: ``_SPANS``, and everything."""
    before = np.append(0.0, np.cumsum(numbers))
    since, until = np.append(0, at[:-1]), np.append(at[1:], len(numbers))
    return np.stack(
        [
            before[at] - before[since],
            before[until] - before[at],
            before[at],
            before[-1] - before[at],
            np.full(len(at), before[-1]),
        ]
    )


_SPANS: Final = (
    "the rows since the totals before it",
    "the rows up to the next totals",
    "the rows above",
    "the rows below",
)


_SPANS_ZH: Final = ("上一合计行以下各行", "到下一合计行为止各行", "以上各行", "以下各行")


def _rounding(cells: pd.Series[str], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give half of the last digit that each number is written with, in the unit computed in."""
    digits = cells.str.replace(",", "").str.extract(r"(\d*)\.?(\d*)").fillna("")
    written = pd.to_numeric("0" + digits[0] + "." + digits[1] + "0").to_numpy(dtype=np.float64)
    unit = np.divide(values, written, out=np.ones(len(values)), where=written != 0)
    return np.asarray(np.abs(unit) * 0.5 * 10.0 ** -digits[1].str.len().to_numpy(dtype=np.float64))
