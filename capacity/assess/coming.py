"""Stages to come: which norms are due then, which facilities are open, and what has to be assessed anew."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import pandas as pd

from capacity.norms.catalogue import pick_stages

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from capacity.norms.model import Norm, NormSet
    from capacity.study_area import StudyArea


@dataclass(frozen=True)
class Case:
    """Norms to be assessed beside those of an assessment, of its people and with its facilities.

    Attributes
    ----------
    day
        The stage; None for all stages that the norms ever had.
    area
        The study area, its facilities as they are open then.
    norms
        What is assessed.
    is_then
        Whether facilities are those of the stage, not those of the data date.
    """

    day: dt.date | None
    area: StudyArea
    norms: tuple[Norm, ...]
    is_then: bool

    @property
    def key(self) -> tuple[dt.date | None, bool]:
        """What it is known by."""
        return self.day, self.is_then


def coming_days(area: StudyArea, norms: NormSet) -> tuple[dt.date, ...]:
    """List the dates after the data date at which norms fall due.

    Parameters
    ----------
    area
        Checked inputs.
    norms
        A selection.

    Returns
    -------
    tuple of date
        Ascending, each once.
    """
    due = {norm.by for norm in (*norms.stages, *norms.norms) if norm.by is not None}
    return tuple(sorted(day for day in due if day > area.data_date))


def cases_to_come(area: StudyArea, norms: NormSet) -> list[Case]:
    """List what stages to come, and a look at all stages, ask beyond an assessment.

    Parameters
    ----------
    area
        Checked inputs.
    norms
        A selection, which is assessed.

    Returns
    -------
    list of Case
        Each with at least one norm.
    """
    here = {norm.id for norm in norms.norms}
    cases = [Case(None, area, tuple(norms.stages), is_then=False)]
    for day in coming_days(area, norms):
        due = norms_due(norms, day)
        if not {norm.id for norm in due} <= here:
            cases.append(Case(day, area, due, is_then=False))
        cases.append(case_then(area, due, day))
    return [case for case in cases if case.norms]


def case_then(area: StudyArea, due: Iterable[Norm], day: dt.date) -> Case:
    """Say what has to be assessed anew at a stage: norms whose facilities change until then.

    Parameters
    ----------
    area
        Checked inputs.
    due
        Norms due at the stage.
    day
        The stage.

    Returns
    -------
    Case
        Without norms if nothing opens or closes.
    """
    facilities = area.facilities
    is_open = open_on(facilities, area.data_date, day)
    changed = set(facilities["service"][is_open != facilities["is_open"].to_numpy(dtype=bool)])
    then = dataclasses.replace(area, facilities=facilities.assign(is_open=is_open))
    return Case(day, then, tuple(norm for norm in due if norm.service in changed), is_then=True)


def norms_due(norms: NormSet, day: dt.date) -> tuple[Norm, ...]:
    """Give the norms of a selection that are due on a later day: of a series, its latest stage.

    Parameters
    ----------
    norms
        A selection.
    day
        The day; what falls due on it is due.

    Returns
    -------
    tuple of Norm
        With ``stage`` set to ``due``, sorted by id.
    """
    staged = {
        series: tuple(some) for series, some in groupby(norms.stages, key=lambda norm: norm.series)
    }
    picked = [norm for some in staged.values() for norm in pick_stages(some, on=day)]
    alone = [
        dataclasses.replace(norm, stage="due")
        for norm in norms.norms
        if norm.series not in staged and (norm.by is None or norm.by <= day)
    ]
    due = [norm for norm in picked if norm.stage == "due"]
    return tuple(sorted([*due, *alone], key=lambda norm: norm.id))


def open_on(facilities: pd.DataFrame, data_date: dt.date, day: dt.date) -> NDArray[np.bool_]:
    """Say which facilities are open on a later day, if every project opens in time.

    Parameters
    ----------
    facilities
        As in ``StudyArea``.
    data_date
        The day of which the list is.
    day
        The later day.

    Returns
    -------
    array of bool, shape (n_facilities,)
        What is open on the data date and does not close by the day, and every project whose opening
        date lies after the data date and not after the day.
    """
    gone = (facilities["closed"] <= pd.Timestamp(day)).to_numpy(dtype=bool)
    opens = opening_days(facilities, data_date)
    in_time = (opens <= pd.Timestamp(day)).to_numpy(dtype=bool)
    is_open: NDArray[np.bool_] = facilities["is_open"].to_numpy(dtype=bool)
    return (is_open | in_time) & ~gone


def opening_days(facilities: pd.DataFrame, data_date: dt.date) -> pd.Series:
    """Give the day from which each project counts, NaT for what is no project or has no day to come.

    Parameters
    ----------
    facilities
        As in ``StudyArea``.
    data_date
        The day of which the list is.

    Returns
    -------
    Series
        Dates.
    """
    last = facilities["opened_by"].fillna(facilities["opened"])
    coming = are_to_come(facilities, data_date) & ~called_open(facilities)
    return last.where(coming & (last > pd.Timestamp(data_date)))


def are_to_come(facilities: pd.DataFrame, data_date: dt.date) -> pd.Series:
    """Mark projects: not open, and not closed either.

    Parameters
    ----------
    facilities
        As in ``StudyArea``.
    data_date
        The day of which the list is.

    Returns
    -------
    Series
        True for a project.
    """
    over = facilities["status"].eq("closed") | (facilities["closed"] <= pd.Timestamp(data_date))
    return ~facilities["is_open"].astype(bool) & ~over


def called_open(facilities: pd.DataFrame) -> pd.Series:
    """Mark what a list of planned projects calls open: it is warned of, and counts nowhere.

    Parameters
    ----------
    facilities
        As in ``StudyArea``.

    Returns
    -------
    Series
        True for such a row.
    """
    return facilities["project"].eq(other=True) & facilities["status"].eq("open")
