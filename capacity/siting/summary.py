"""What a plan changes, norm by norm: one row for each, to be read first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from capacity.assess.summary import bound_of
from capacity.siting.answers import AMOUNT, BALANCE, COUNT, COVERAGE, EACH, UNITS, answer_of
from capacity.siting.needs import measure_asked
from capacity.vocabulary import TIER_OF, TIERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity.assess.result import Assessment
    from capacity.inputs.sites import CompoundSettings
    from capacity.norms.model import Norm

COLUMNS: Final = (
    "norm_id",
    "answer",
    "measure",
    "target",
    "short_before",
    "short_after",
    "lacking_before",
    "lacking_after",
    "bound_before",
    "bound_after",
    "newly_short",
    "newly_lacking",
    "newly_bound",
    "share_before",
    "share_after",
    "served_before",
    "served_after",
    "unknown",
    "reported_only",
)
"""Columns of a summary of a plan."""
_NAN: Final = float("nan")


def by_norm(norms: Sequence[Norm], changes: pd.DataFrame, needs: pd.DataFrame) -> pd.DataFrame:
    """Add up what a plan changes, norm by norm.

    Parameters
    ----------
    norms
        Chosen norms.
    changes
        ``Plan.changes``.
    needs
        ``Plan.needs``.

    Returns
    -------
    DataFrame
        One row per norm, ``COLUMNS``: ``answer`` as in ``answer_of``; ``short_before`` and
        ``short_after`` units that are short (of those with a verdict before), and what they lack together (``lacking_…``, in what the
        norm counts), ``bound_…`` whether that is ``exact``, ``at_least``, ``at_most`` or ``known_only``
        of the whole area, as an assessment says it: units without data make it no more than a least;
        ``newly_…`` the same of units without data before that are short with the plan, which built
        there for another norm; for a circle, a share of units or of a whole ``share_before`` and ``share_after``
        (of all to whom the norm applies) and ``target``, what was asked; for a circle with places
        ``served_…``, the share of the places wanted that are in reach and free; ``unknown`` units without
        data of the measure that the plan answers; ``reported_only``: the document asks it of another level, so here nothing is short of it.
        A circle without a need had its share before: both shares are then NaN.
    """
    return pd.DataFrame(
        [_row(norm, changes, needs) for norm in norms], columns=list(COLUMNS)
    ).astype({"reported_only": "bool"})


def _row(norm: Norm, changes: pd.DataFrame, needs: pd.DataFrame) -> dict[str, Any]:
    answer = answer_of(norm)
    own = changes[changes["norm_id"].eq(norm.id)]
    asked = needs[needs["norm_id"].eq(norm.id)]
    units = own[own["rollup"].eq("unit")]
    lost = units[units["status_before"].eq("no_data")]
    if asked_of := measure_asked(norm):
        lost = lost[lost["measure"].eq(asked_of)]
    unknown = lost["unit_code"].nunique()
    row: dict[str, Any] = {"norm_id": norm.id, "answer": answer, "unknown": unknown}
    row |= {name: _NAN for name in COLUMNS if name not in {*row, "measure"}}
    row |= {"measure": "", "reported_only": False, "newly_short": 0.0, "newly_lacking": 0.0}
    row |= dict.fromkeys(("bound_before", "bound_after", "newly_bound"), "exact")
    if answer == EACH:
        return row
    verdicts = set(own["status_before"]) & {"met", "short", "no_data"}
    if answer != COVERAGE and not verdicts and own["status_before"].eq("reported").any():
        return row | {"reported_only": True}
    if asked.empty:
        return row | ({} if answer in {COVERAGE, BALANCE} else _short(units, own, answer))
    row["measure"] = str(asked["measure"].iloc[0])
    row["target"] = float(asked["target"].iloc[0])
    if answer in {COVERAGE, UNITS}:
        base, have = float(asked["base_value"].sum()), float(asked["existing"].sum())
        after = have + float(asked["gives"].sum())
        return row | _served(units) | {"share_before": have / base, "share_after": after / base}
    of_measure = units[units["measure"].eq(row["measure"])]
    if answer == BALANCE and len(of_measure):
        row["share_before"] = float(of_measure["share_before"].iloc[0])
        row["share_after"] = float(of_measure["share_after"].iloc[0])
    return row | _short(units, own, answer, row["measure"])


def _served(units: pd.DataFrame) -> dict[str, float]:
    """Give the share of the places wanted that people get, of units where it is known."""
    rows = units[units["measure"].eq("capacity_limited")]
    tier = rows["unit_type"].map(TIER_OF).map(list(TIERS).index)
    known = rows["existing_before"].notna() & rows["existing_after"].notna()
    rows = rows[known & tier.eq(tier.min())]
    wanted = float(rows["base_value"].sum())
    if wanted <= 0:
        return {}
    return {
        f"served_{when}": float(rows[f"existing_{when}"].sum()) / wanted
        for when in ("before", "after")
    }


def _short(
    units: pd.DataFrame, own: pd.DataFrame, answer: str, measure: str = ""
) -> dict[str, Any]:
    """Count the units that are short before and after, and add up what they lack."""
    if not measure and answer in {AMOUNT, COUNT, UNITS} and len(own):
        measure = str(own["measure"].iloc[0])
    # a unit that has a verdict only with the plan is no shortfall that the plan leaves
    units = units[units["measure"].eq(measure)]
    rows = units[units["status_before"].isin(["met", "short"])]
    newly = units[units["status_before"].eq("no_data") & units["status_after"].eq("short")]
    found: dict[str, Any] = {"measure": measure}
    for when in ("before", "after"):
        short = rows[rows[f"status_{when}"].eq("short")]
        found[f"short_{when}"] = float(short["unit_code"].nunique())
        found[f"lacking_{when}"] = float(short[f"shortfall_{when}"].sum())
        unknown = bool(units[f"status_{when}"].eq("no_data").any())
        found[f"bound_{when}"] = _bound(short[f"note_{when}"], unknown=unknown)
    found["newly_short"] = float(newly["unit_code"].nunique())
    found["newly_lacking"] = float(newly["shortfall_after"].sum())
    return found | {"newly_bound": _bound(newly["note_after"])}


def compounds_bound(result: Assessment, settings: CompoundSettings) -> str:
    """Say what the shortfalls of compounds add up to, where some compounds are without data.

    Parameters
    ----------
    result
        The assessment that the compounds are of.
    settings
        What was asked of them.

    Returns
    -------
    str
        What the finding of the whole area is: ``exact``, ``at_least``, ``at_most`` or ``known_only``. A
        compound without data could spare rooms for those it is pooled with, so no least is known then.
    """
    rows = result.findings
    rows = rows[rows["norm_id"].eq(settings.norm) & rows["rollup"].eq("sum_of_units")]
    own = rows[rows["unit_code"].eq(result.area.code)]
    bound = _bound(own["note"], unknown=bool(own["status"].eq("no_data").any()))
    return "known_only" if bound == "at_least" and settings.pooling_m is not None else bound


def _bound(notes: pd.Series, *, unknown: bool = False) -> str:
    """Say what a sum of shortfalls is: what bounds of both kinds add up to bounds nothing."""
    bounds = {bound_of(str(note)) for note in notes} - {"exact"}
    bounds |= {"at_least"} if unknown else set()
    if not bounds:
        return "exact"
    return bounds.pop() if len(bounds) == 1 else "known_only"
