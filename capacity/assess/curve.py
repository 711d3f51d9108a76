"""How many people live within any distance of a facility: the curve behind a circle norm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from capacity.assess.circles import CIRCLES
from capacity.assess.context import Context
from capacity.assess.kinds import circle_facilities
from capacity.assess.rows import of_one_tier, selected
from capacity.errors import NormError
from capacity.reach.limits import Limit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from capacity.assess.result import Assessment

CURVE_METRES: Final = (*range(100, 1000, 100), *range(1000, 2001, 200))
"""Distances at which the curve is measured, beside the norm's own."""


@dataclass(frozen=True)
class CoverageCurve:
    """People by distance to the nearest facility of a circle norm.

    Attributes
    ----------
    points
        One row per distance, ascending: ``metres``, ``people`` (of the units counted), ``covered``
        (of them, within the distance; exactly the distance counts) and ``share`` (0 to 1).
    limit_m
        Distance of the norm, which is one of the rows.
    reading
        What is measured along: ``straight line`` or ``walking network``.
    facilities
        Number of facilities that count.
    unit_codes, without_data
        Units counted, and units that the norm is about of which the number is not known; those are
        in no row.
    """

    points: pd.DataFrame
    limit_m: float
    reading: str
    facilities: int
    unit_codes: tuple[str, ...]
    without_data: tuple[str, ...]


def coverage_curve(
    result: Assessment,
    norm_id: str,
    *,
    group: str = "",
    unit_code: str = "",
    metres: Iterable[float] = CURVE_METRES,
) -> CoverageCurve:
    """Measure how many people live within each of some distances, as the findings measure one.

    Parameters
    ----------
    result
        What ``assess`` gave.
    norm_id
        A norm of a radius or of a walking time in its selection.
    group
        Population column that the norm measures; the first one if not given.
    unit_code
        One unit that has a finding of its own; all of them together if not given.
    metres
        Distances in metres, above zero, along what the norm is measured along.

    Returns
    -------
    CoverageCurve
        At the norm's distance the row is what the findings say of the same units.

    Raises
    ------
    NormError
        The norm is no circle, does not measure the group, or has no known finding here.
    ValueError
        A distance is not above zero.

    Notes
    -----
    Each distance is measured by itself, cells cut at its circles: linear in distances times cells.
    """
    norm = selected(result, norm_id)
    if norm.kind not in CIRCLES:
        raise NormError(f"{norm_id} is of kind {norm.kind}; a curve is of {' and '.join(CIRCLES)}.")
    group = group or norm.measures[0]
    if group not in norm.measures:
        raise NormError(
            f"{norm_id} does not measure {group}; it measures {', '.join(norm.measures)}."
        )
    rows = of_one_tier(result.findings, norm_id, group)
    if unit_code:
        rows = rows[rows["unit_code"] == unit_code]
    known = rows[rows["status"].eq("reported") & rows["existing"].notna()]
    if known.empty:
        raise NormError(f"{norm_id} has no unit with people in reach known, so there is no curve.")
    context = Context(result.area, result.norms.norms)
    tier = context.tier[known["unit_code"].iloc[0]]
    limit = context.limits(norm)[group]
    facilities, circle = circle_facilities(context, norm, tier, limit)
    where = context.demand(context.people_tier(tier))
    if where is None:  # pragma: no cover  # nothing would be known then
        raise AssertionError
    codes = set(known["unit_code"])
    ours = np.array(
        [not codes.isdisjoint([code, *context.ancestors(code)]) for code in where.unit_codes],
        dtype=bool,
    )
    people = np.where(ours[where.unit], where.people(group), 0.0)
    distances = _distances(metres, limit.metres)
    covered = [
        float(people @ context.share_within(tier, circle, where, Limit(d, "", limit.speed_m_s)))
        for d in distances
    ]
    total = float(known["base_value"].sum())
    points = pd.DataFrame({"metres": distances, "people": total, "covered": covered})
    points["covered"] = points["covered"].clip(upper=total)
    missing = rows.loc[rows["status"] == "no_data", "unit_code"]
    return CoverageCurve(
        points=points.assign(share=points["covered"] / total),
        limit_m=limit.metres,
        reading=circle.reach.reading,
        facilities=len(facilities),
        unit_codes=tuple(known["unit_code"]),
        without_data=tuple(missing),
    )


def _distances(metres: Iterable[float], limit: float) -> list[float]:
    found = sorted({*(float(metre) for metre in metres), limit})
    if not found[0] > 0:
        raise ValueError(f"a distance of {found[0]:g} m is not above zero.")
    return found
