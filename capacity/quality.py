"""The quality report as a table: one row per fault or fact about the inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from capacity.literals import found_in_chinese, mend_in_chinese
from capacity.problems import PROBLEMS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from capacity.errors import Fault

COLUMNS: Final = (
    "severity",
    "code",
    "problem",
    "file",
    "rows",
    "column",
    "item",
    "count",
    "amount",
    "unit",
    "message",
    "mend",
    "found_zh",
    "mend_zh",
)
"""Columns of ``quality.csv``, in their order."""

_ORDER: Final = {"error": 0, "warning": 1, "info": 2}


def quality_table(faults: Iterable[Fault]) -> pd.DataFrame:
    """Lay faults out as a table, errors first.

    Parameters
    ----------
    faults
        What the checks found.

    Returns
    -------
    DataFrame
        One row per fault, columns as in ``COLUMNS``; ``problem`` is the code in Chinese words,
        ``found_zh`` what stands there and what should, ``mend_zh`` what is done about it, both in
        Chinese, ``rows`` is every row number, comma separated,
        ``count`` and ``amount`` are float64 with NaN where there is none, the rest is text.

    Examples
    --------
    >>> quality_table([]).columns.tolist()[:3]
    ['severity', 'code', 'problem']
    """
    ordered = sorted(faults, key=lambda fault: _ORDER[fault.severity])
    nan = float("nan")
    data = {
        "severity": [f.severity for f in ordered],
        "code": [f.code for f in ordered],
        "problem": [PROBLEMS.get(f.code, ("", ""))[0] for f in ordered],
        "file": [f.file for f in ordered],
        "rows": [", ".join(map(str, f.rows)) for f in ordered],
        "column": [f.column for f in ordered],
        "item": [f.item for f in ordered],
        "count": [nan if f.count is None else float(f.count) for f in ordered],
        "amount": [nan if f.amount is None else f.amount for f in ordered],
        "unit": [f.unit for f in ordered],
        "message": [f.message for f in ordered],
        "mend": [f.mend for f in ordered],
        "found_zh": [",".join(found_in_chinese(f)) for f in ordered],
        "mend_zh": [mend_in_chinese(f) for f in ordered],
    }
    numbers = ("count", "amount")
    return pd.DataFrame(
        {
            name: pd.Series(data[name], dtype="float64" if name in numbers else "str")
            for name in COLUMNS
        }
    )
