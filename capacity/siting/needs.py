"""What the chosen norms still ask for, taken from the findings of an assessment.

Nothing is read from a norm a second time: what is required, of whom and rounded how is what
``assess`` has found; a plan has to make up the shortfalls of its findings.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from capacity.assess.counts import measure_of
from capacity.exact import exact
from capacity.norms.model import UNIT_RULES
from capacity.siting.answers import (
    ALL,
    BALANCE,
    COUNT,
    COVERAGE,
    EACH,
    SHARE_KINDS,
    UNITS,
    answer_of,
    weights_of,
)
from capacity.vocabulary import TIER_OF, TIERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from capacity.assess.result import Assessment
    from capacity.inputs.sites import SitingSettings
    from capacity.norms.model import Norm

COLUMNS: Final = (
    "norm_id",
    "answer",
    "measure",
    "unit_code",
    "unit_name",
    "unit_type",
    "amount",
    "size",
    "needed",
    "base_value",
    "existing",
    "target",
    "members",
)
"""Columns of a frame of needs."""
WHOLE: Final = "*"
"""Unit code of a need of all units together."""
WITH_ONE: Final = "units_with_one"
"""Measure of the findings of a share of units."""


@dataclass(frozen=True)
class Needs:
    """What a plan has to make up.

    Attributes
    ----------
    rows
        One row per norm, measure and unit that is short; columns in ``COLUMNS``. ``needed`` is in
        what the norm counts: an ``amount`` (places, m² …), facilities of at least ``size`` in
        ``amount``, people in reach, or units that have a facility. For a balance it is what must be
        built if all of it counts; a balance that is kept now has a row too, with ``needed`` of 0 or
        less: what may be lost of it. ``target`` is the least share in reach of a circle norm, and the
        share asked of a share of units or of a whole, else NaN. ``members`` are the codes of the units meant, one but where the share is of all units
        together (``unit_code`` is then ``WHOLE``). Sorted by norm as chosen, then unit code.
    unknown
        Rows of the findings of chosen norms without data: they are planned for by nothing, and a
        plan says so.
    """

    rows: pd.DataFrame
    unknown: pd.DataFrame


def needs_of(before: Assessment, norms: Iterable[Norm], settings: SitingSettings) -> Needs:
    """Read from the findings what the chosen norms still ask for.

    Parameters
    ----------
    before
        Assessment with the chosen norms among others.
    norms
        Chosen norms that siting can answer.
    settings
        Least shares of circle norms.

    Returns
    -------
    Needs
        Without a row for what is met, reported or does not apply.
    """
    chosen = list(norms)
    parts = [_needs_of(before.findings, norm, settings) for norm in chosen]
    some = [part for part in parts if len(part)]
    rows = pd.concat(some, ignore_index=True) if some else pd.DataFrame(columns=list(COLUMNS))
    found = before.findings
    of_norm = found["norm_id"].isin([norm.id for norm in chosen])
    of_unit = found["rollup"].eq("unit") & found["status"].eq("no_data")
    asked = found["norm_id"].map({norm.id: measure_asked(norm) for norm in chosen})
    of_measure = found["measure"].eq(asked) | asked.eq("")
    unknown = found.loc[of_norm & of_unit & of_measure].drop_duplicates(["norm_id", "unit_code"])
    return Needs(rows=rows, unknown=unknown.reset_index(drop=True))


def measure_asked(norm: Norm) -> str:
    """Name the measure by which a plan answers a norm; other measures of it plan nothing.

    Parameters
    ----------
    norm
        The norm.

    Returns
    -------
    str
        A measure of findings; empty for a norm of every new facility, which has no need of its own.
    """
    answer = answer_of(norm)
    if answer == COVERAGE:
        return norm.measures[0]
    if answer == EACH or norm.supply is None:
        return ""
    if answer == UNITS or (answer != BALANCE and norm.of is not None and norm.of.units):
        return WITH_ONE
    if answer == BALANCE and norm.kind == "composition_share":
        return "build"
    return "facilities" if answer == COUNT else measure_of(norm.supply)


def _needs_of(findings: pd.DataFrame, norm: Norm, settings: SitingSettings) -> pd.DataFrame:
    answer = answer_of(norm)
    own = findings[findings["norm_id"].eq(norm.id)]
    if answer == COVERAGE:
        return _coverage_needs(own, norm, settings)
    if answer == EACH or norm.supply is None:
        return pd.DataFrame(columns=list(COLUMNS))
    if answer == BALANCE:
        return _balance_needs(own, norm)
    if answer == UNITS:
        return _unit_needs(own, norm)
    measure = measure_asked(norm)
    short = own[own["rollup"].eq("unit") & own["measure"].eq(measure) & own["status"].eq("short")]
    size = 0.0 if norm.minimum_size is None else float(norm.minimum_size)
    amount = norm.supply.amount
    if answer == COUNT:
        amount = UNIT_RULES[norm.minimum_size_unit].amount if norm.minimum_size_unit else ""
    return _rows(short, norm, answer, measure, amount=amount, size=size)


def _rows(
    short: pd.DataFrame, norm: Norm, answer: str, measure: str, *, amount: str, size: float
) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "norm_id": norm.id,
            "answer": answer,
            "measure": measure,
            "unit_code": short["unit_code"].to_numpy(dtype=object),
            "unit_name": short["unit_name"].to_numpy(dtype=object),
            "unit_type": short["unit_type"].to_numpy(dtype=object),
            "amount": amount,
            "size": size,
            "needed": short["shortfall"].to_numpy(dtype=np.float64),
            "base_value": short["base_value"].to_numpy(dtype=np.float64),
            "existing": short["existing"].to_numpy(dtype=np.float64),
            "target": np.nan,
        }
    )
    frame["members"] = pd.Series([(code,) for code in frame["unit_code"]], dtype="object")
    return frame[list(COLUMNS)]


def _balance_needs(own: pd.DataFrame, norm: Norm) -> pd.DataFrame:
    """Find what is lacking of a share of a whole or a ratio, or may be lost of it, unit by unit."""
    if norm.supply is None:  # pragma: no cover  # a balance has both
        raise AssertionError(norm.id)
    measure = measure_asked(norm)
    rows = own[own["rollup"].eq("unit") & own["measure"].eq(measure)]
    # a share of nothing has no verdict yet, and one once something is built
    empty = rows["status"].eq("not_applicable") & rows["base_value"].eq(0)
    rows = rows[rows["status"].isin(["met", "short"]) | empty]
    supply, whole = weights_of(norm)
    needed = [
        float(-(whole * exact(float(base)) + supply * exact(float(have))))
        for base, have in zip(rows["base_value"], rows["existing"], strict=True)
    ]
    frame = _rows(
        rows.assign(shortfall=needed), norm, BALANCE, measure, amount=norm.supply.amount, size=0.0
    )
    share = float(norm.value) / ALL if norm.kind in SHARE_KINDS else np.nan
    return frame.assign(target=share)


def _unit_needs(own: pd.DataFrame, norm: Norm) -> pd.DataFrame:
    """Find how many of all units to which a norm applies must still get a facility, and which may."""
    own = own[own["measure"].eq(WITH_ONE)]
    tops = own[own["rollup"].eq("net")]
    order = list(TIERS)
    tier = tops["unit_type"].map(TIER_OF).map(order.index)
    short = tops[(tier == tier.min()) & tops["status"].eq("short")]
    units = own[own["rollup"].eq("unit") & own["status"].isin(["reported", "met", "short"])]
    members = tuple(units.loc[units["existing"].eq(0), "unit_code"].astype("str"))
    frame = _rows(short, norm, UNITS, WITH_ONE, amount="", size=0.0)
    everything = pd.Series([members] * len(frame), dtype="object")
    return frame.assign(target=float(norm.value) / ALL, members=everything)


def target_of(norm_id: str, settings: SitingSettings) -> float | None:
    """Give the least share of people in reach that a plan has to bring a circle norm to."""
    return settings.shares.get(norm_id, settings.share)


def _coverage_needs(own: pd.DataFrame, norm: Norm, settings: SitingSettings) -> pd.DataFrame:
    """People still to be brought in reach: of all units of the first tier together, or of each."""
    target = target_of(norm.id, settings)
    measure = measure_asked(norm)
    rows = own[own["measure"].eq(measure) & own["rollup"].eq("unit") & own["status"].eq("reported")]
    if rows.empty or target is None:
        return pd.DataFrame(columns=list(COLUMNS))
    order = list(TIERS)
    tier = rows["unit_type"].map(TIER_OF).map(order.index)
    rows = rows[tier == tier.min()]
    members: list[tuple[str, ...]] = [(str(code),) for code in rows["unit_code"]]
    if settings.share_in == "whole":
        members = [tuple(str(code) for code in rows["unit_code"])]
        sums = {name: [math.fsum(rows[name])] for name in ("base_value", "existing")}
        head = {"unit_code": [WHOLE], "unit_name": [""], "unit_type": [""]}
        rows = pd.DataFrame(head | sums)
    wanted = [
        float(max(exact(target) * exact(float(base)) - exact(float(have)), exact("0")))
        for base, have in zip(rows["base_value"], rows["existing"], strict=True)
    ]
    frame = _rows(rows.assign(shortfall=wanted), norm, COVERAGE, measure, amount="", size=0.0)
    frame = frame.assign(target=target, members=pd.Series(members, dtype="object"))
    return frame[frame["needed"] > 0]
