"""Planned projects counted at the stages to come: what is still missing if all open in time."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from capacity.assess.coming import (
    are_to_come,
    called_open,
    case_then,
    coming_days,
    norms_due,
    opening_days,
)
from capacity.assess.run import findings_of
from capacity.errors import NormError
from capacity.population import PopulationGrid
from capacity.vocabulary import GROUPS, TIER_OF

if TYPE_CHECKING:
    from collections.abc import Iterable

    from capacity.assess.result import Assessment
    from capacity.norms.model import Norm, NormSet
    from capacity.study_area import StudyArea

KEYS: Final = ("unit_code", "rollup", "norm_id", "measure")
COLUMNS: Final = (
    "stage",
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
    "planned",
    "existing_then",
    "shortfall",
    "still_missing",
    "status",
    "status_then",
    "source",
    "note",
    "note_now",
)
"""Columns of the stages, in their order."""

PROJECT_COLUMNS: Final = (
    "facility_id",
    "name",
    "service",
    "unit_code",
    "status",
    "opened",
    "closed",
    "change",
    "counted_from",
    "note",
    "places",
    "beds",
    "land_area_m2",
    "floor_area_m2",
)
"""Columns of the table of projects, in their order."""

PROJECT_NOTES: Final[dict[str, tuple[str, str]]] = {
    "called_open": ("规划名单中标为已运营,不计入", "called open in a list of plans: not counted"),
    "no_date": ("没有投用日期,不计入", "no opening date: not counted"),
    "date_passed": ("投用日期已过而未投用,不计入", "opening date passed: not counted"),
    "after_last_stage": ("晚于最后一个阶段,不计入", "opens after the last stage: not counted"),
    "no_amount": ("没有规模,只计入覆盖和有无", "no size: counts for coverage and number alone"),
}
"""Why a project counts for nothing, or not for everything: Chinese and English."""

_AMOUNTS: Final = ("places", "beds", "land_area_m2", "floor_area_m2")
_YEAR_DAYS: Final = 365.2425


@dataclass(frozen=True, repr=False)
class Projection:
    """What is still missing at each stage to come, if every planned project opens in time.

    Attributes
    ----------
    stages
        One row per stage date × unit × norm due by then × measure × rollup; columns in
        ``capacity.monitoring.project.COLUMNS``. ``required`` is what is asked at the stage,
        ``existing`` what there is on the data date, ``planned`` what projects add by then (less what
        closes), ``shortfall`` what is missing today against the stage, and ``still_missing`` then.
    projects
        One row per project, and per facility that will close: when it counts from, or why it does
        not; columns in ``capacity.monitoring.project.PROJECT_COLUMNS``.
    """

    stages: pd.DataFrame
    projects: pd.DataFrame

    def __repr__(self) -> str:
        """Name the stages, and how many projects count."""
        days = ", ".join(str(day.date()) for day in self.stages["stage"].unique()) or "none"
        counted = int((self.projects["counted_from"] != "").sum())
        return f"<Projection to {days}: {counted} of {len(self.projects)} projects counted>"


def project(
    area: StudyArea,
    norms: NormSet,
    *,
    stages: Iterable[dt.date | str] | None = None,
    growth: float = 0.0,
    now: Assessment | None = None,
) -> Projection:
    """Count planned projects at the dates at which norms fall due, and say what is still missing.

    Parameters
    ----------
    area
        Checked inputs. Facilities that are planned or under construction, or open after the data
        date, are the projects, whichever list they stand in.
    norms
        A selection; later stages of its norms are taken too.
    stages
        Dates, each after the data date; left out, every date after it at which a norm falls due.
    growth
        Yearly growth of people of every group alike, such as 0.01; from the data date on.
    now
        The assessment of this area by these norms, where there is one: what it has is not computed
        again.

    Returns
    -------
    Projection
        ``stages`` and ``projects``. A project counts from the last day that its opening date may
        mean (2025 means 2025-12-31); opening or closing on the stage date itself counts as opened or
        closed. A project without a date, or whose date has passed, counts at no stage and is listed.

    Raises
    ------
    NormError
        A stage is not after the data date, or growth is -1 or less.

    Notes
    -----
    Every stage is assessed anew with the facilities open on its date, so places, coverage and the
    existence of facilities are counted as in any assessment.

    Examples
    --------
    >>> import capacity
    >>> import pandas as pd
    >>> street = {"code": ["410199001"], "name": ["A"], "type": ["street"], "population": [10_000]}
    >>> plans = {"id": ["P1"], "places": [45], "opened": ["2025-09-01"], "unit": ["410199001"]}
    >>> area = capacity.study_area(
    ...     pd.DataFrame(street),
    ...     planned=pd.DataFrame(plans),
    ...     name="A",
    ...     data_date="2025-06-30",
    ...     services=["childcare"],
    ...     service="childcare",
    ... )
    >>> found = project(area, capacity.load_norms("zhengzhou", on="2025-06-30")).stages
    >>> places = found[found["norm_id"].str.endswith("places_per_thousand")]
    >>> places[["required", "existing", "planned", "still_missing"]].iloc[0].tolist()
    [60.0, 0.0, 45.0, 15.0]
    """
    if not growth > -1:
        raise NormError(f"growth is {growth}; a share per year above -1 is wanted, such as 0.01.")
    days = _days(area, norms, stages)
    parts = [_stage(area, norms, day, growth, now) for day in days]
    return Projection(
        stages=pd.concat([_no_stages(), *parts], ignore_index=True),
        projects=_projects(area, days),
    )


def _days(
    area: StudyArea, norms: NormSet, asked: Iterable[dt.date | str] | None
) -> tuple[dt.date, ...]:
    """Give the stage dates after the data date."""
    if asked is None:
        return coming_days(area, norms)
    days = sorted({dt.date.fromisoformat(d) if isinstance(d, str) else d for d in asked})
    early = [str(day) for day in days if day <= area.data_date]
    if early:
        raise NormError(
            f"{', '.join(early)} is not after the data date {area.data_date}: what there is by then is "
            "in the findings."
        )
    return tuple(days)


# --- one stage -------------------------------------------------------------------------------


def _stage(
    area: StudyArea, norms: NormSet, day: dt.date, growth: float, now: Assessment | None
) -> pd.DataFrame:
    """Assess one stage: today's supply against it, and the supply that there will be."""
    due = norms_due(norms, day)
    today = _today(area, due, day, now)
    case = case_then(area, due, day)
    answers = None if now is None else now.later.get(case.key)
    then, again = case.area, case.norms
    if growth:
        then = _grown(then, (1 + growth) ** ((day - area.data_date).days / _YEAR_DAYS))
        again, answers = due, None
    later = today
    if again:
        kept = today[~today["norm_id"].isin([norm.id for norm in again])]
        found = findings_of(then, again, answers=answers)
        later = pd.concat([kept, found], ignore_index=True)
    return _with_sums(_laid_out(today, later, day), area)


def _today(
    area: StudyArea, due: tuple[Norm, ...], day: dt.date, now: Assessment | None
) -> pd.DataFrame:
    ids = [norm.id for norm in due]
    if now is not None and set(ids) <= {norm.id for norm in now.norms.norms}:
        return now.findings[now.findings["norm_id"].isin(ids)]
    is_then = False
    return findings_of(area, due, answers=None if now is None else now.later.get((day, is_then)))


def _laid_out(today: pd.DataFrame, later: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """Put what there is beside what there will be."""
    before = today[[*KEYS, "existing", "shortfall", "status", "note"]]
    before = before.rename(columns={"note": "note_now"})
    after = later.rename(
        columns={
            "existing": "existing_then",
            "shortfall": "still_missing",
            "status": "status_then",
        }
    )
    both = after.merge(before, on=list(KEYS), how="left")
    both["planned"] = (both["existing_then"] - both["existing"]).round(6)
    both["stage"] = pd.Series(pd.Timestamp(day), index=both.index).astype("datetime64[s]")
    return both[list(COLUMNS)].sort_values(["unit_code", "norm_id"], kind="stable")


def _with_sums(stages: pd.DataFrame, area: StudyArea) -> pd.DataFrame:
    """Fill in what projects add to a sum of units where some of those have no data.

    It is what they add to the others; the units are the streets, or the communities of a norm that
    streets do not have.
    """
    parents = dict(zip(area.units["unit_code"], area.units["parent_code"], strict=True))
    units = stages[stages["rollup"].eq("unit") & stages["planned"].notna()]
    units = units.assign(tier=units["unit_type"].map(TIER_OF))
    low = units[units["tier"].isin(["street", "community"])]
    chosen = low.groupby(["norm_id", "measure"])["tier"].transform(
        "max"
    )  # in the alphabet street comes last
    sums: dict[tuple[str, str, str], float] = {}
    for unit, norm_id, measure, planned in low.loc[
        low["tier"] == chosen, ["unit_code", "norm_id", "measure", "planned"]
    ].itertuples(index=False):
        above = parents.get(unit, "")
        while above:
            key = (above, norm_id, measure)
            sums[key] = sums.get(key, 0.0) + planned
            above = parents.get(above, "")
    keys = zip(stages["unit_code"], stages["norm_id"], stages["measure"], strict=True)
    filled = pd.Series([sums.get(key, np.nan) for key in keys], index=stages.index).round(6)
    is_sum = stages["rollup"].eq("sum_of_units")
    return stages.assign(planned=stages["planned"].fillna(filled.where(is_sum)))


def _no_stages() -> pd.DataFrame:
    numbers = {"base_value", "standard", "required", "existing", "planned", "existing_then"}
    numbers |= {"shortfall", "still_missing"}
    types = {name: "float64" if name in numbers else "str" for name in COLUMNS}
    types["stage"] = "datetime64[s]"
    return pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in types.items()})


def _grown(area: StudyArea, factor: float) -> StudyArea:
    """Multiply the people of every group; planned people and households stay."""
    population, census = area.population, area.census
    if census is not None:
        groups = [name for name in GROUPS if name in census]
        return dataclasses.replace(area, census=census.assign(**(census[groups] * factor)))
    if isinstance(population, PopulationGrid):
        values = {name: people * factor for name, people in population.values.items()}
        return dataclasses.replace(area, population=dataclasses.replace(population, values=values))
    if population is not None:
        groups = [name for name in GROUPS if name in population]
        more = population.assign(**(population[groups] * factor))
        return dataclasses.replace(area, population=more)
    return area


# --- projects --------------------------------------------------------------------------------


def _projects(area: StudyArea, days: tuple[dt.date, ...]) -> pd.DataFrame:
    """List the projects and what will close: from which stage on each counts, or why not."""
    facilities = pd.DataFrame(area.facilities)
    today = pd.Timestamp(area.data_date)
    coming = are_to_come(facilities, area.data_date)
    closing = facilities["is_open"].astype(bool) & (facilities["closed"] > today)
    chosen = facilities[coming | closing]
    opens = opening_days(facilities, area.data_date)[chosen.index]
    moment = opens.where(coming[chosen.index], chosen["closed"])
    counted = pd.Series("", index=chosen.index, dtype="str")
    for day in reversed(days):
        counted = counted.mask(moment <= pd.Timestamp(day), str(day))
    is_project = coming[chosen.index]
    sizes = chosen[list(_AMOUNTS)].notna().any(axis=1)
    note = np.select(
        [
            is_project & called_open(chosen),
            is_project & chosen["opened"].isna(),
            is_project & moment.isna(),
            moment.notna() & (counted == ""),
            is_project & ~sizes,
        ],
        ["called_open", "no_date", "date_passed", "after_last_stage", "no_amount"],
        default="",
    )
    frame = chosen.assign(
        unit_code=chosen["street_code"].where(chosen["street_code"] != "", chosen["unit_code"]),
        change=np.where(is_project, "opens", "closes"),
        counted_from=counted,
        note=note,
    )
    return frame[list(PROJECT_COLUMNS)].reset_index(drop=True)
