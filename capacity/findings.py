"""The findings table: its columns, its words, its order.

Everything that ``assess`` computes ends here and everything that ``report`` prints starts here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TEXT: Final = (
    "unit_code",
    "unit_name",
    "unit_type",
    "parent_code",
    "rollup",
    "service",
    "norm_id",
    "kind",
    "measure",
    "base",
    "unit_of_measure",
    "status",
    "method",
    "source",
    "note",
)
NUMBERS: Final = (
    "base_value",
    "standard",
    "required",
    "existing",
    "shortfall",
    "surplus",
    "share",
)
COLUMNS: Final = (
    "unit_code",
    "unit_name",
    "unit_type",
    "parent_code",
    "rollup",
    "service",
    "norm_id",
    "kind",
    "measure",
    "base",
    "base_value",
    "standard",
    "unit_of_measure",
    "required",
    "existing",
    "shortfall",
    "surplus",
    "share",
    "status",
    "method",
    "source",
    "note",
)
"""The columns of a findings table, in their order."""

_KNOWN: Final = frozenset(COLUMNS)

STATUSES: Final[dict[str, tuple[str, str]]] = {
    "met": ("达标", "met"),
    "short": ("未达标", "short"),
    "reported": ("仅报告", "reported"),
    "not_applicable": ("不适用", "not applicable"),
    "no_data": ("缺数据", "no data"),
}
"""Statuses with their Chinese and English labels."""

ROLLUPS: Final[dict[str, tuple[str, str]]] = {
    "unit": ("单位", "unit"),
    "sum_of_units": ("分单位合计", "sum of units"),
    "net": ("按总量核算", "as one unit"),
}
"""How a row was made: the unit itself, the sum of its units, or the parent taken as one unit."""

SUBTOTALS: Final = ("street", "township")
"""What a row of subtotals sums: the streets, or the townships, of a unit above them."""


_RANKS: Final = {name: rank for rank, name in enumerate((*ROLLUPS, *SUBTOTALS))}

PARTS: Final[dict[str, str]] = {
    "capacity_limited": "served",
    "without_capacity": "without_capacity",
    "out_of_reach": "out_of_reach",
}
"""Measure of a circle with places → which part of the demand it is; the three add up to it."""


def as_findings(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Make a findings table of rows, in the fixed columns, types and order.

    Rows are sorted by unit code as text, then norm id, then rollup (unit, sum_of_units, net);
    measures keep the order in which they came.

    Parameters
    ----------
    rows
        Mappings with any of the findings columns; absent text is empty, absent numbers are NaN.

    Returns
    -------
    DataFrame
        One row per mapping, columns as in ``COLUMNS``: text as ``str``, numbers as ``float64``.

    Raises
    ------
    KeyError
        If a row has a key that is not a findings column.

    Examples
    --------
    >>> as_findings([]).shape
    (0, 22)
    """
    table = sorted(rows, key=_place)
    for row in table:
        if not row.keys() <= _KNOWN:
            raise KeyError(f"not findings columns: {sorted(set(row) - _KNOWN)}")
    columns: dict[str, Any] = {}
    for column in COLUMNS:
        if column in TEXT:
            columns[column] = pd.array([row.get(column, "") for row in table], dtype="str")
        else:
            columns[column] = np.array([row.get(column, math.nan) for row in table], np.float64)
    return pd.DataFrame(columns)


def _place(row: Mapping[str, Any]) -> tuple[str, str, int]:
    """Where a row stands in a findings table."""
    rank = _RANKS.get(row.get("rollup", ""), len(_RANKS))
    return row.get("unit_code", ""), row.get("norm_id", ""), rank


def allocation_frame(findings: pd.DataFrame, norm_id: str) -> pd.DataFrame:
    """Lay the three parts of the demand of a circle beside each other.

    Parameters
    ----------
    findings
        A findings table.
    norm_id
        A norm with findings of the measures in ``PARTS``.

    Returns
    -------
    DataFrame
        One row per unit and rollup: ``unit_code``, ``unit_name``, ``unit_type``, ``rollup``,
        ``demand``, ``served``, ``without_capacity``, ``out_of_reach``, ``share``, ``status``,
        ``method``, ``note``.

    Raises
    ------
    KeyError
        If the norm has no such findings; the message names those that have.
    """
    of_parts = findings[findings["measure"].isin(list(PARTS))]
    mine = of_parts[of_parts["norm_id"] == norm_id]
    if mine.empty:
        known = ", ".join(of_parts["norm_id"].unique()) or "none"
        raise KeyError(f"{norm_id} gives out no places; norms that do: {known}")
    keys = ["unit_code", "rollup"]
    table = mine[mine["measure"] == "capacity_limited"].set_index(keys)
    table = table.assign(demand=table["base_value"])
    for measure, name in PARTS.items():
        table[name] = mine[mine["measure"] == measure].set_index(keys)["existing"]
    columns = ["unit_code", "unit_name", "unit_type", "rollup", "demand", *PARTS.values()]
    return table.reset_index()[[*columns, "share", "status", "method", "note"]]
