"""Which facilities are open on the data date, and what contradicts itself about it.

A facility is existing supply only if nothing says otherwise: not its status, not its opening date,
not its closing date. A date on the data date itself counts: who opens on it is open, who closes on
it is closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from capacity.inputs.frames import faults_by_file
from capacity.vocabulary import FACILITY_STATUSES

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from capacity.errors import Fault

NOT_YET: Final = "not_yet_open"
"""Why a facility without a status is not open: it opens after the data date."""

IN_PLANNED_LIST: Final = "in_planned_list"
"""Why an open facility is not counted: it stands in a list of planned projects."""

REASONS: Final[dict[str, str]] = {
    **{name: en for name, (_, en) in FACILITY_STATUSES.items() if name != "open"},
    NOT_YET: "opening after the data date",
    IN_PLANNED_LIST: "in a list of planned projects",
}
"""Why a facility is not open, and the words of a message."""


def not_open(facilities: pd.DataFrame, day: dt.date) -> NDArray[np.object_]:
    """Say why each facility is not open on a day.

    Parameters
    ----------
    facilities : DataFrame, shape (n_facilities,)
        ``status`` (``FACILITY_STATUSES``, or empty), ``opened`` and ``closed`` (datetime64, NaT
        where unknown), and ``project`` where rows of lists of planned projects are among them.
    day
        The data date. A facility opened on it is open; one closed on it is not.

    Returns
    -------
    array of str, shape (n_facilities,)
        One of ``REASONS``, empty for open facilities. Nothing known means open.

    Examples
    --------
    >>> import datetime as dt
    >>> some = pd.DataFrame(
    ...     {
    ...         "status": ["", "planned", ""],
    ...         "opened": pd.to_datetime(["2025-06-30", None, "2020-01-01"]),
    ...         "closed": pd.to_datetime([None, None, "2025-06-30"]),
    ...     }
    ... )
    >>> not_open(some, dt.date(2025, 6, 30)).tolist()
    ['', 'planned', 'closed']
    """
    status = facilities["status"].to_numpy(dtype=object)
    reason = np.where(status == "open", "", status).astype(object)
    opens_later, has_closed = _on(facilities, day)
    reason[(reason == "") & has_closed] = "closed"
    reason[(reason == "") & opens_later] = NOT_YET
    reason[(reason == "") & _projects(facilities)] = IN_PLANNED_LIST
    return reason


def _projects(facilities: pd.DataFrame) -> NDArray[np.bool_]:
    if "project" not in facilities:
        return np.zeros(len(facilities), dtype=bool)
    flags: NDArray[np.bool_] = facilities["project"].to_numpy(dtype=bool)
    return flags


def _on(facilities: pd.DataFrame, day: dt.date) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Mark what opens after a day, and what has closed by it."""
    moment = pd.Timestamp(day)
    later: NDArray[np.bool_] = (facilities["opened"] > moment).to_numpy(dtype=bool)
    gone: NDArray[np.bool_] = (facilities["closed"] <= moment).to_numpy(dtype=bool)
    return later, gone


def check_coarse_dates(facilities: pd.DataFrame, day: dt.date) -> list[Fault]:
    """Warn of years and months that hold the data date: what they say of that day is not known.

    Parameters
    ----------
    facilities
        ``status``, ``opened`` and ``closed`` (first days), ``opened_by`` and ``closed_by`` (last
        days that they may mean), ``file`` and ``row``. Where there is a status, it decides.
    day
        The data date. A period that ends on it is no matter: it is over.

    Returns
    -------
    list of Fault
        ``facilities.coarse_date`` (warnings), one per file and column.
    """
    moment = pd.Timestamp(day)
    silent = (facilities["status"] == "").to_numpy(dtype=bool)
    faults = []
    for key, counted in (("opened", "open"), ("closed", "closed")):
        within = (facilities[key] <= moment) & (facilities[f"{key}_by"] > moment)
        faults += faults_by_file(
            facilities,
            within.to_numpy(dtype=bool) & silent,
            "facilities.coarse_date",
            f"only a year or a month that holds the data date {day} in {{n}} of {{total}}: they count "
            f"as {counted} from its first day.",
            "Write the day, or give the status on the data date.",
            column=key,
            severity="warning",
        )
    return faults


def perhaps_not_open(facilities: pd.DataFrame, day: dt.date) -> NDArray[np.bool_]:
    """Tell the open facilities of which nobody said that they opened.

    Parameters
    ----------
    facilities : DataFrame, shape (n_facilities,)
        As in ``check_planned`` and ``check_coarse_dates``.
    day
        The data date.

    Returns
    -------
    array of bool, shape (n_facilities,)
        True without a status, where the opening date is only planned, or is a year or a month that
        holds the day.
    """
    is_open = not_open(facilities, day) == ""
    silent = (facilities["status"] == "").to_numpy(dtype=bool)
    coarse = (facilities["opened_by"] > pd.Timestamp(day)).to_numpy(dtype=bool)
    planned = facilities["opening_planned"].to_numpy(dtype=bool)
    dated = facilities["opened"].notna().to_numpy(dtype=bool)
    found: NDArray[np.bool_] = is_open & silent & dated & (coarse | planned)
    return found


def counts_later(
    facilities: pd.DataFrame, reason: NDArray[np.object_], day: dt.date
) -> NDArray[np.bool_]:
    """Tell the projects that count from their opening date on: at the stages after it.

    Parameters
    ----------
    facilities : DataFrame, shape (n_facilities,)
        As in ``not_open``.
    reason : array of str, shape (n_facilities,)
        What ``not_open`` gives.
    day
        The data date. An opening date on it or before it, and none at all, is not to come; a year or
        a month is over on its last day.

    Returns
    -------
    array of bool, shape (n_facilities,)
        True for planned and unfinished facilities, and those not yet open, that open after the day.
    """
    last = facilities.get("opened_by", facilities["opened"])
    later: NDArray[np.bool_] = (last > pd.Timestamp(day)).to_numpy(dtype=bool)
    return later & np.isin(reason, ["planned", "under_construction", NOT_YET])


def check_opening(facilities: pd.DataFrame, day: dt.date) -> list[Fault]:
    """Report statuses and dates that contradict each other; what they concern is not open.

    Parameters
    ----------
    facilities
        As in ``not_open``, with ``file`` and ``row``.
    day
        The data date.

    Returns
    -------
    list of Fault
        ``facilities.status_against_dates``, ``facilities.closed_before_opened`` (warnings), one per
        file and kind.
    """
    status = facilities["status"].to_numpy(dtype=object)
    opened, closed = facilities["opened"], facilities["closed"]
    later, gone = _on(facilities, day)
    lasting = (closed.notna() & ~gone).to_numpy(dtype=bool)
    to_come = np.isin(status, ["planned", "under_construction"])
    # of a plan for a year or a month its last day counts: it is not late before that
    last = facilities.get("opened_by", opened)
    over = (last <= pd.Timestamp(day)).to_numpy(dtype=bool)
    cases = (
        ((status == "open") & later, "open by status, but opening after"),
        ((status == "open") & gone, "open by status, but closed by"),
        (to_come & over, "planned or under construction by status, but opened by"),
        ((status == "closed") & lasting, "closed by status, but closing after"),
    )
    mend = "Correct the status or the date."
    return [
        *(
            fault
            for bad, words in cases
            for fault in faults_by_file(
                facilities,
                bad,
                "facilities.status_against_dates",
                f"{words} the data date {day} in {{n}} of {{total}}: not counted as existing.",
                f"{mend} A status is that of the data date.",
                severity="warning",
            )
        ),
        *faults_by_file(
            facilities,
            (closed < opened).to_numpy(dtype=bool),
            "facilities.closed_before_opened",
            "a closing date before the opening date in {n} of {total}.",
            "Correct the dates; they may be exchanged.",
            severity="warning",
        ),
    ]


def check_planned(facilities: pd.DataFrame, day: dt.date) -> list[Fault]:
    """Warn of planned projects that no stage can count, and of plans taken for facts.

    Parameters
    ----------
    facilities
        As in ``check_opening``, with ``project`` and ``opening_planned`` (whether the column of
        opening dates is called one of plans).
    day
        The data date.

    Returns
    -------
    list of Fault
        ``planned.no_date``, ``planned.open``, ``planned.same_id``, ``facilities.planned_date``
        (warnings), one per file.
    """
    status = facilities["status"].to_numpy(dtype=object)
    later, gone = _on(facilities, day)
    project = _projects(facilities)
    to_come = np.isin(status, ["planned", "under_construction"])
    undated = facilities["opened"].isna().to_numpy(dtype=bool)
    plans = facilities["opening_planned"].to_numpy(dtype=bool)
    thing = pd.MultiIndex.from_frame(facilities[["service", "facility_id"]])
    is_open = not_open(facilities, day) == ""
    again = (to_come | (later & ~gone)) & thing.isin(thing[is_open])
    cases = (
        (
            to_come & undated,
            "planned.no_date",
            (
                "planned or under construction without an opening date in {n} of {total}: no stage counts "
                "them."
            ),
            "Fill in the opening date, or drop the rows.",
        ),
        (
            project & (status == "open"),
            "planned.open",
            (
                "open by status, but in a list of planned projects, in {n} of {total}: not counted as "
                "existing."
            ),
            "Move them to the list of facilities, unless they are there already.",
        ),
        (
            again & (facilities["facility_id"] != "").to_numpy(dtype=bool),
            "planned.same_id",
            (
                "the id of a facility that is open, in {n} of {total}: from the opening date on both rows "
                "count, one beside the other."
            ),
            (
                "Drop the planned row if that facility has opened already; give a project of its own "
                "another id, and an enlargement only what it adds."
            ),
        ),
        (
            plans & (status == "") & ~undated & ~later & ~gone,
            "facilities.planned_date",
            (
                f"a planned opening date by the data date {day} and no status in {{n}} of {{total}}: they "
                "count as open, though nobody said that they opened."
            ),
            "Give their status on the data date.",
        ),
    )
    return [
        fault
        for bad, code, message, mend in cases
        for fault in faults_by_file(
            facilities, bad, code, message, mend, column="opened", severity="warning"
        )
    ]
