"""Why a circle norm has the result that it has in a unit: who is served by what, and who is not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capacity.assess.allocation import Places, places_norm
from capacity.assess.circles import CIRCLES
from capacity.assess.context import Context
from capacity.assess.kinds import circle_facilities
from capacity.assess.supply import facility_ids
from capacity.errors import NormError
from capacity.vocabulary import POPULATION, REACH_STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from capacity.assess.context import Circle
    from capacity.norms.model import Norm
    from capacity.study_area import StudyArea


@dataclass(frozen=True)
class Explanation:
    """Who in a unit is within reach of which facilities, and who of none.

    Attributes
    ----------
    facilities
        One row per facility that anyone of the unit reaches, the most reached first:
        ``facility_id``, ``name``, ``people`` (of the unit, within its reach), ``nearest_people`` (in
        reach of any, whose nearest it is), ``metres`` (mean distance of ``people``), ``places`` and
        ``places_used`` (by residents of the whole area, as capacity-limited coverage gives them out;
        NaN where the places are unknown, or no norm of the selection says how many people need).
    cells
        One row per inhabited cell of the unit: ``cell``, ``unit_code``, ``x``, ``y`` (of its people,
        in the CRS of the study area), ``people``, ``in_reach``, ``out_of_reach``, ``nearest_id``,
        ``nearest_name``, ``metres`` (mean distance to the nearest facility however far, NaN where no
        way leads to one) and ``status``: ``in reach``, ``in part``, ``too far`` or ``no way``.
    method
        What was measured, as the findings print it.
    """

    facilities: pd.DataFrame
    cells: pd.DataFrame
    method: str

    @property
    def out_of_reach(self) -> pd.DataFrame:
        """Cells with people out of reach, those with the most first."""
        some = self.cells[self.cells["out_of_reach"] > 0]
        return some.sort_values("out_of_reach", ascending=False, kind="stable", ignore_index=True)


def explain(
    area: StudyArea,
    norm: Norm,
    unit_code: str,
    *,
    group: str = POPULATION,
    beside: Iterable[Norm] = (),
) -> Explanation:
    """Explain the coverage of one unit by the facilities of a circle norm.

    Parameters
    ----------
    area
        Checked inputs.
    norm
        A norm of a radius or of a walking time.
    unit_code
        A unit of any tier; one above the streets is explained by its streets.
    group
        Population column.
    beside
        Norms selected with it, one of which may say how many places people need.

    Returns
    -------
    Explanation
        Frames that add up to the finding of the unit.

    Raises
    ------
    NormError
        The norm is no circle, or does not measure the group.
    KeyError
        No such unit.
    """
    if norm.kind not in CIRCLES:
        raise NormError(
            f"{norm.id} is of kind {norm.kind}; what is explained is {' and '.join(CIRCLES)}."
        )
    if group not in norm.measures:
        raise NormError(
            f"{norm.id} does not measure {group}; it measures {', '.join(norm.measures)}."
        )
    context = Context(area, beside)
    if unit_code not in context.units.index:
        raise KeyError(f"no unit {unit_code}. Known: {', '.join(context.units.index[:5])}, …")
    tier = context.people_tier(context.tier[unit_code])
    limit = context.limits(norm)[group]
    facilities, circle = circle_facilities(context, norm, tier, limit)
    where = context.demand(tier)
    if where is None or group not in where.groups:
        raise NormError(
            f"{norm.id} cannot be explained: nobody knows where the {group} live. "
            "Give a population layer with that column, and units with polygons."
        )
    ours = np.array(
        [unit_code in {code, *context.ancestors(code)} for code in where.unit_codes], dtype=bool
    )
    people = where.people(group)
    rows = np.flatnonzero(ours[where.unit] & (people > 0))
    share = context.share(tier, circle, where)
    near = context.nearest(tier, circle)
    ids = np.array([*facility_ids(facilities), ""], dtype=object)
    names = np.array([*facilities.get("name", pd.Series("", facilities.index)), ""], dtype=object)
    cells = pd.DataFrame(
        {
            "cell": where.cell[rows],
            "unit_code": where.unit_codes[where.unit[rows]],
            "x": near.x[rows],
            "y": near.y[rows],
            "people": people[rows],
            "in_reach": people[rows] * share[rows],
            "out_of_reach": people[rows] * (1.0 - share[rows]),
            "nearest_id": ids[near.facility[rows]],
            "nearest_name": names[near.facility[rows]],
            "metres": near.metres[rows],
            "status": _status(share[rows], near.metres[rows]),
        }
    )
    pairs = context.pairs(tier, circle)
    ours_too = np.isin(pairs.row, rows)
    table = _by_facility(
        pairs.facility[ours_too],
        people[pairs.row[ours_too]] * pairs.share[ours_too],
        pairs.cost[ours_too],
        len(facilities),
    )
    nearest = np.bincount(
        near.facility[rows] + 1, weights=cells["in_reach"], minlength=len(facilities) + 1
    )
    table.insert(1, "nearest_people", nearest[table.index.to_numpy() + 1])
    table.insert(0, "name", names[table.index])
    table.insert(0, "facility_id", ids[table.index])
    table["places"] = facilities["places"].to_numpy(dtype=np.float64)[table.index]
    table["places_used"] = _places_used(context, norm, tier, facilities, circle)[table.index]
    order = table.sort_values(["people", "facility_id"], ascending=[False, True], kind="stable")
    return Explanation(
        facilities=order.reset_index(drop=True), cells=cells, method=context.method(tier, circle)
    )


def _places_used(
    context: Context, norm: Norm, tier: str, facilities: pd.DataFrame, circle: Circle
) -> NDArray[np.float64]:
    """Places of each facility that residents use, NaN where nobody knows or nobody asks."""
    per_head = places_norm(context, norm)
    if per_head is None:
        return np.full(len(facilities), np.nan)
    limits = context.limits(norm)
    around = replace(circle, limit=limits.get(POPULATION, next(iter(limits.values()))))
    places = Places(around, facilities, per_head)
    used = context.allocated(tier, places).used
    return np.where(np.isnan(places.capacity), np.nan, used)


def _status(share: NDArray[np.float64], metres: NDArray[np.float64]) -> NDArray[np.object_]:
    conditions = [share >= 1.0, share > 0.0, np.isfinite(metres)]
    *words, none = REACH_STATUSES
    found = np.select(conditions, words, default=none)
    return found.astype(object)


def _by_facility(
    facility: NDArray[np.int64],
    people: NDArray[np.float64],
    cost: NDArray[np.float64],
    n_facilities: int,
) -> pd.DataFrame:
    """Sum people over the rows that each facility reaches; those that reach nobody are left out."""
    total = np.bincount(facility, weights=people, minlength=n_facilities)
    walked = np.bincount(facility, weights=people * cost, minlength=n_facilities)
    mean = np.full(n_facilities, np.nan)
    np.divide(walked, total, out=mean, where=total > 0)
    frame = pd.DataFrame({"people": total.astype(np.float64), "metres": mean})
    return frame[frame["people"] > 0]
