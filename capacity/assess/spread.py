"""How evenly what there is, is spread between units: Lorenz curve and Gini of a norm of supply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from capacity.assess.rows import of_one_tier, selected
from capacity.errors import NormError
from capacity.reach.equity import equity, lorenz
from capacity.vocabulary import KNOWN_ONLY, LOWER_BOUND, UPPER_BOUND

if TYPE_CHECKING:
    import pandas as pd

    from capacity.assess.result import Assessment
    from capacity.reach.equity import Equity

SPREAD_KINDS: Final = (
    "ratio_per_population",
    "ratio_per_subgroup",
    "area_per_capita",
    "ratio_per_households",
)
"""Kinds of norms that ask an amount for each person, bed or household."""

_FEWEST: Final = 2


@dataclass(frozen=True)
class Spread:
    """How evenly an amount is spread between units.

    Attributes
    ----------
    curve
        Lorenz curve: ``people_share`` and ``value_share``, from (0, 0) to (1, 1).
    equity
        Gini and the other measures; values are what exists for each person of a unit (or household,
        whatever the norm's base is).
    units
        One row per unit counted: ``unit_code``, ``unit_name``, ``base_value``, ``existing`` and
        ``per_base``, from the least to the most.
    without_data
        Codes of units of which the amount or the people are not known; they are left out.
    incomplete
        Codes of units counted of which only part of what exists is known.
    """

    curve: pd.DataFrame
    equity: Equity
    units: pd.DataFrame
    without_data: tuple[str, ...]
    incomplete: tuple[str, ...]


def spread(result: Assessment, norm_id: str, *, measure: str = "", tier: str = "") -> Spread:
    """Measure how evenly what exists is spread between units, each person having the unit's mean.

    Parameters
    ----------
    result
        What ``assess`` gave.
    norm_id
        A norm that asks an amount for each person or household (``SPREAD_KINDS``).
    measure
        Measure of the norm; its first if not given.
    tier
        Tier of the units; the one of which the whole area is the sum if not given.

    Returns
    -------
    Spread
        The curve, the measures and the units behind them.

    Raises
    ------
    NormError
        The norm is of another kind, or fewer than two units are known, or none has anything.
    """
    norm = selected(result, norm_id)
    if norm.kind not in SPREAD_KINDS:
        raise NormError(
            f"{norm_id} is of kind {norm.kind}; what is spread is of {', '.join(SPREAD_KINDS)}."
        )
    mine = result.findings[result.findings["norm_id"] == norm_id]
    measure = measure or next(iter(mine["measure"]), "")
    rows = of_one_tier(result.findings, norm_id, measure, tier)
    rows = rows[rows["status"] != "not_applicable"]
    known = rows[rows["existing"].notna() & (rows["base_value"] > 0)]
    if len(known) < _FEWEST or not known["existing"].sum() > 0:
        raise NormError(
            f"{norm_id} has fewer than two units with something known, so nothing is spread."
        )
    per_base = known["existing"] / known["base_value"]
    units = known.assign(per_base=per_base).sort_values(["per_base", "unit_code"])
    partly = known["note"].str.contains(f"{UPPER_BOUND}|{LOWER_BOUND}|{KNOWN_ONLY}", regex=True)
    columns = ["unit_code", "unit_name", "base_value", "existing", "per_base"]
    return Spread(
        curve=lorenz(per_base, known["base_value"]),
        equity=equity(per_base, known["base_value"]),
        units=units[columns].reset_index(drop=True),
        without_data=tuple(rows.loc[~rows.index.isin(known.index), "unit_code"]),
        incomplete=tuple(known.loc[partly, "unit_code"]),
    )
