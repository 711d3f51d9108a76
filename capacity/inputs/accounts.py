"""Where the rows of every layer went: read = used + left out, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from capacity.errors import Fault
from capacity.inputs.frames import count_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

OLD_YEARS: Final = 5
"""A layer whose data are more years older than the data date is warned of: a census is due every ten
years with a sample half-way."""

FILTERED: Final = "not kept by where"
DUPLICATE: Final = "repeating an earlier row"
NO_UNIT: Final = "in no unit"
REMARK: Final = "only a remark"
TOTAL: Final = "a total of other rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRows:
    """How many rows of a layer were read and used, and why the others were not.

    Attributes
    ----------
    key, file
        Its table in area.toml, such as ``facilities[2]``, and its file.
    read, used
        Rows (cells with people for a population grid).
    left_out
        Reason → rows left out for it; together with ``used`` they are what was read.
    rows
        Reason → numbers of these rows, where they are known.
    noun
        What a row is.
    """

    key: str
    file: str
    read: int
    used: int
    left_out: Mapping[str, int]
    rows: Mapping[str, tuple[int, ...]]
    noun: str = "row"


def account(
    key: str,
    file: str,
    n_read: int,
    taken: pd.DataFrame,
    reasons: NDArray[np.object_] | None = None,
    *,
    not_data: Mapping[str, tuple[int, ...]] | None = None,
) -> LayerRows:
    """Account for the rows of one layer.

    Parameters
    ----------
    key, file
        As in ``LayerRows``.
    n_read
        Rows of the layer before its filter, those that are no data included.
    taken : DataFrame, shape (n_taken,)
        The rows that the filter kept: ``row``.
    reasons : array of str, shape (n_taken,)
        Why each is left out, empty where it is used; None uses all.
    not_data
        Reason → numbers of the rows that are no data.

    Returns
    -------
    LayerRows
        Reasons in the order in which they first appear, rows without data and the filter first.
    """
    rows = taken["row"].to_numpy(dtype=np.int64)
    why = np.full(len(taken), "", dtype=object) if reasons is None else reasons
    numbers = dict(not_data or {})
    left_out = {reason: len(found) for reason, found in numbers.items()}
    filtered = n_read - len(taken) - sum(left_out.values())
    left_out |= {FILTERED: filtered} if filtered else {}
    numbers |= {
        str(reason): tuple(rows[why == reason].tolist())
        for reason in dict.fromkeys(why.tolist())
        if reason
    }
    return LayerRows(
        key=key,
        file=file,
        read=n_read,
        used=int((why == "").sum()),
        left_out=left_out | {reason: len(found) for reason, found in numbers.items()},
        rows=numbers,
    )


def account_faults(accounts: Iterable[LayerRows]) -> list[Fault]:
    """Lay accounts out as facts of the quality report.

    Parameters
    ----------
    accounts
        Of every layer.

    Returns
    -------
    list of Fault
        Per layer one ``layer.rows`` (``count`` rows used of ``amount`` rows read), then one
        ``layer.left_out`` per reason (``count`` rows); ``item`` is the layer's table in area.toml.
    """
    faults = []
    for one in accounts:
        out = one.read - one.used
        parts = f": {', '.join(f'{n:,} {why}' for why, n in one.left_out.items())}" if out else ""
        faults.append(
            Fault(
                severity="info",
                code="layer.rows",
                message=f"{count_of(one.read, one.noun)} read = {one.used:,} used + {out:,} left out"
                f"{parts}.",
                file=one.file,
                item=one.key,
                count=one.used,
                amount=float(one.read),
                unit=f"{one.noun}s read",
            )
        )
        faults += [
            Fault(
                severity="info",
                code="layer.left_out",
                message=f"{n:,} of {count_of(one.read, one.noun)} left out: {why}.",
                file=one.file,
                rows=one.rows.get(why, ()),
                item=one.key,
                count=n,
            )
            for why, n in one.left_out.items()
        ]
    return faults


def check_source(
    key: str, file: str, description: str, year: int | None, day: dt.date
) -> list[Fault]:
    """Check that a layer says where it is from, and that its year suits the data date.

    Parameters
    ----------
    key, file
        As in ``LayerRows``.
    description, year
        As area.toml says them; the year is None where it does not.
    day
        The data date.

    Returns
    -------
    list of Fault
        ``layer.no_source`` (info) without a description or a year; ``layer.year`` (warning) for data
        more than 5 years older than the data date, or of a later year.
    """
    missing = [name for name, value in (("description", description), ("year", year)) if not value]
    faults = []
    if missing:
        faults.append(
            Fault(
                severity="info",
                code="layer.no_source",
                message=f"area.toml gives no {' and no '.join(missing)} of the layer.",
                mend=f"Say with {key}.description and .year where the data are from.",
                file=file,
                item=key,
            )
        )
    if year is None or 0 <= day.year - year <= OLD_YEARS:
        return faults
    age = f"{day.year - year} years older than" if year < day.year else "later than"
    faults.append(
        Fault(
            severity="warning",
            code="layer.year",
            message=f"the data are of {year}, {age} the data date {day}.",
            mend="Use data of the data date, or correct year or data_date.",
            file=file,
            item=key,
            amount=float(year),
            unit="year",
        )
    )
    return faults
