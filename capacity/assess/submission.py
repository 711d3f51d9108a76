"""What the tables that a district hands in show beside the findings: parts of supply, two totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from capacity.assess.context import Context
from capacity.assess.counts import count
from capacity.assess.supply import open_flags
from capacity.assess.table import NAN
from capacity.exact import exact
from capacity.vocabulary import TIERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from capacity.norms.model import Count, Norm
    from capacity.study_area import StudyArea

_KEYS: Final = ["unit_code", "norm_id", "measure"]
_AMOUNTS: Final = ["required", "existing", "shortfall", "surplus"]


def amounts_by_unit(
    area: StudyArea, wanted: Iterable[tuple[Norm, Count]]
) -> dict[tuple[str, Count], dict[str, float]]:
    """Count parts of the supply (inclusive places, beds of institutions) in every unit.

    Parameters
    ----------
    area
        Checked inputs.
    wanted
        Pairs of a norm, whose service says which facilities are meant, and what to count.

    Returns
    -------
    dict
        Service and count → unit code → amount, NaN where a facility that might count does not say so,
        or one that counts does not say how much.
    """
    context = Context(area, ())
    found: dict[tuple[str, Count], dict[str, float]] = {}
    for norm, what in wanted:
        key = (norm.service, what)
        if key not in found:
            found[key] = _known(context, norm, what)
    return found


def _known(context: Context, norm: Norm, what: Count) -> dict[str, float]:
    amounts: dict[str, float] = {}
    for tier in TIERS:
        if context.units_of(tier).empty:
            continue
        frame = count(context, norm, what, tier)
        existing, most = (frame[name].to_numpy(dtype=np.float64) for name in ("existing", "most"))
        whole = (most == existing) & ~frame["note"].str.contains("facilities without").to_numpy()
        values = np.where(whole, existing, NAN)
        amounts |= dict(zip(map(str, frame.index), map(float, values), strict=True))
    return amounts


def two_totals(findings: pd.DataFrame) -> pd.DataFrame:
    r"""Split the difference of the two totals of a shortfall into surplus and rounding.

    .. math:: \sum_u shortfall_u - shortfall_{net}
              = (\sum_u surplus_u - surplus_{net}) + (\sum_u required_u - required_{net})

    Parameters
    ----------
    findings
        A findings table.

    Returns
    -------
    DataFrame
        One row per ``unit_code``, ``norm_id`` and ``measure`` whose two totals are known, speak of
        the same supply and differ: ``difference``, ``by_surplus`` (what may not be carried from one
        unit to another) and ``by_rounding`` (each unit rounded up by itself), which add up to it.

    Examples
    --------
    >>> head = {"unit_code": "D", "norm_id": "n", "measure": "places", "existing": 308.0}
    >>> sums = {"rollup": "sum_of_units", "required": 419.0, "shortfall": 181.0, "surplus": 70.0}
    >>> whole = {"rollup": "net", "required": 418.0, "shortfall": 110.0, "surplus": 0.0}
    >>> two = two_totals(pd.DataFrame([head | sums, head | whole]))
    >>> two[["difference", "by_surplus", "by_rounding"]].iloc[0].tolist()
    [71.0, 70.0, 1.0]
    """
    sides = [
        findings[findings["rollup"] == rollup].dropna(subset=_AMOUNTS)[[*_KEYS, *_AMOUNTS]]
        for rollup in ("sum_of_units", "net")
    ]
    both = sides[0].merge(sides[1], on=_KEYS, suffixes=("", "_net"))
    rows = []
    for row in both.to_dict(orient="records"):
        amount = {name: exact(float(row[name])) for name in row if name not in _KEYS}
        if amount["existing"] != amount["existing_net"]:
            continue
        difference = amount["shortfall"] - amount["shortfall_net"]
        by_surplus = amount["surplus"] - amount["surplus_net"]
        by_rounding = amount["required"] - amount["required_net"]
        if difference:
            parts = {"difference": difference, "by_surplus": by_surplus, "by_rounding": by_rounding}
            rows.append({k: row[k] for k in _KEYS} | {k: float(v) for k, v in parts.items()})
    return pd.DataFrame(rows, columns=[*_KEYS, "difference", "by_surplus", "by_rounding"])


def largest_by_unit(area: StudyArea, service: str, amount: str, tier: str) -> dict[str, float]:
    """Find the size of the largest open facility of a service in every unit of a tier.

    Parameters
    ----------
    area
        Checked inputs.
    service, amount
        Whose size, and which: ``places``, ``beds`` and so on.
    tier
        Tier of the units.

    Returns
    -------
    dict
        Unit code → size; 0 where there is no facility, NaN where the list of the service is not known
        or a facility does not say its size.
    """
    context = Context(area, ())
    codes = [str(code) for code in context.units_of(tier).index]
    if not context.has_service(service):
        return dict.fromkeys(codes, NAN)
    facilities = context.counted(service)
    facilities = facilities[open_flags(facilities)]
    where = context.membership(facilities, tier)
    sizes = facilities[amount].astype("float64").groupby(where)
    largest = sizes.max().where(sizes.count() == sizes.size())
    return {code: float(largest.get(code, 0.0)) for code in codes}
