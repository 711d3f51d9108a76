"""Stages of a norm: what each of its dates asks, and what there is today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from capacity.assess.rows import of_one_tier, selected
from capacity.assess.run import findings_of
from capacity.assess.summary import bound_of
from capacity.errors import NormError
from capacity.vocabulary import TIER_OF

if TYPE_CHECKING:
    from capacity.assess.result import Assessment


def stage_findings(result: Assessment, norm_id: str) -> pd.DataFrame:
    """Give the findings of every stage of a norm: the past ones, the one due and those to come.

    Parameters
    ----------
    result
        What ``assess`` gave.
    norm_id
        A norm of its selection that is a stage of several.

    Returns
    -------
    DataFrame
        The findings columns, and before them ``by``, the date of the stage; by date. What exists is
        that of the data date in every stage.

    Raises
    ------
    NormError
        The norm has one stage only.
    """
    norm = selected(result, norm_id)
    stages = [stage for stage in result.norms.stages if stage.series == norm.series]
    if not stages:
        known = sorted({stage.series for stage in result.norms.stages})
        raise NormError(
            f"{norm_id} has one stage only. Norms with several: {', '.join(known) or 'none'}."
        )
    found = findings_of(result.area, stages, answers=result.later.get((None, False)))
    day = {stage.id: pd.Timestamp(stage.by or stage.effective_from) for stage in stages}
    found.insert(0, "by", found["norm_id"].map(day))
    return found.sort_values(["by", "norm_id"], kind="stable", ignore_index=True)


def stage_progress(result: Assessment, norm_id: str) -> pd.DataFrame:
    """Sum each stage of a norm over the units of which both need and supply are known.

    Parameters
    ----------
    result
        What ``assess`` gave.
    norm_id
        As ``stage_findings``; its first measure is summed.

    Returns
    -------
    DataFrame
        One row per stage, by date: ``by``, ``norm_id``, ``measure``, ``standard``, ``tier``,
        ``required``, ``existing``, ``shortfall`` (a surplus covers no other unit's gap), ``covered``
        (``required`` less ``shortfall``), ``units`` summed, ``without_data`` (units left out) and
        ``bound`` (``exact``, ``at_least``, ``at_most`` or ``known_only``).

    Raises
    ------
    NormError
        As ``stage_findings``.
    """
    found = stage_findings(result, norm_id)
    return pd.DataFrame([_stage_row(stage) for _, stage in found.groupby("by", sort=True)])


def _stage_row(stage: pd.DataFrame) -> dict[str, object]:
    norm_id, measure = str(stage["norm_id"].iloc[0]), str(stage["measure"].iloc[0])
    rows = of_one_tier(stage, norm_id, measure)
    asked = rows[rows["status"] != "not_applicable"]
    known = asked[asked["required"].notna() & asked["existing"].notna()]
    left_out = len(asked) - len(known)
    partly = known["note"].map(bound_of).ne("exact").any()
    bounds = {
        (False, False): "exact",
        (True, False): "at_least",
        (False, True): "at_most",
        (True, True): "known_only",
    }
    return {
        "by": stage["by"].iloc[0],
        "norm_id": norm_id,
        "measure": measure,
        "standard": float(stage["standard"].iloc[0]),
        "tier": TIER_OF[rows["unit_type"].iloc[0]] if len(rows) else "",
        "required": float(known["required"].sum()),
        "existing": float(known["existing"].sum()),
        "shortfall": float(known["shortfall"].sum()),
        "covered": float((known["required"] - known["shortfall"]).sum()),
        "units": len(known),
        "without_data": left_out,
        "bound": bounds[left_out > 0, bool(partly)],
    }
