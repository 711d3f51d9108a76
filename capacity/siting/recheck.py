"""Bring a plan before the checks that know nothing of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from capacity.assess.context import Context
from capacity.assess.kinds import circle_facilities
from capacity.errors import CapacityError, Fault
from capacity.exact import plain
from capacity.reach.walkers import walkers_of
from capacity.siting.answers import BALANCE, COVERAGE, UNITS
from capacity.siting.check import (
    COLUMNS,
    Served,
    check_compounds,
    check_counts,
    check_reach,
    check_sites,
    check_sizes,
    check_total,
)
from capacity.vocabulary import TIER_OF

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from capacity.norms.model import Norm
    from capacity.reach.walkers import Walkers
    from capacity.siting.needs import Needs
    from capacity.siting.plan import Plan

_LATTICE_M: Final = 20.0
_TINY: Final = 1e-3
# Where everyone who can be reached must be, groups snapped to a millionth come to so much less of all.
_SNAPPED: Final = 1e-7
# Points that stand for areas miss about this share of them at the edge of a circle.
_POINTS_MISS: Final = 0.01


def recheck(plan: Plan, norms: Sequence[Norm], needs: Needs) -> pd.DataFrame:
    """Check a plan anew: sizes, areas, sites, sums, distances, units, and the assessment with it.

    Parameters
    ----------
    plan
        A plan without checks.
    norms
        Chosen norms.
    needs
        What they asked for.

    Returns
    -------
    DataFrame
        Columns of ``check.COLUMNS``, every one passed.

    Raises
    ------
    CapacityError
        If any check fails: the plan is wrong, and nothing of it should be used.
    """
    area, settings = plan.before.area, plan.settings
    forbidden = np.zeros(0, dtype=object)
    if area.forbidden is not None:
        forbidden = area.forbidden.geometry.to_numpy()
    parts = [
        check_sizes(plan.proposals),
        check_sites(
            plan.proposals,
            plan.candidates,
            forbidden,
            required=settings.required if len(plan.proposals) else (),
            excluded=settings.excluded,
        ),
        *_totals(plan),
        *_units(plan),
        *_reach(plan, norms, needs),
        _reassessed(plan, needs),
        _unchanged(plan),
        *_compounds(plan),
    ]
    checks = pd.concat([part for part in parts if len(part)], ignore_index=True)
    failed = checks[~checks["passed"].astype(bool)]
    if len(failed):
        first = failed.iloc[0]
        fault = Fault(
            severity="error",
            code="siting.check",
            message=f"{first['check']}: {plain(first['found'])}, allowed {first['allowed']}.",
            mend="This is a fault of the library: please report it with the input.",
            item=str(first["item"]),
            count=len(failed),
        )
        raise CapacityError("The plan does not pass its own checks:", [fault])
    return checks


def _totals(plan: Plan) -> list[pd.DataFrame]:
    proposals, settings = plan.proposals, plan.settings
    one = pd.Series(np.ones(len(proposals)))
    parts = []
    if len(proposals):
        of = one if plan.objective == "facilities" else proposals[plan.objective]
        parts.append(check_total(plan.objective, of.fillna(0.0), plan.value))
    if settings.maximum_facilities is not None:
        most = float(settings.maximum_facilities)
        parts.append(check_total("number of facilities", one, most, most))
    if settings.budget is not None:
        parts.append(check_total("budget", proposals["cost"], settings.budget, settings.budget))
    return parts


def _compounds(plan: Plan) -> list[pd.DataFrame]:
    settings, places = plan.settings.compounds, plan.before.area.compounds
    if settings is None or places is None or plan.compounds.empty:
        return []
    norm = next(one for one in plan.before.norms.norms if one.id == settings.norm)
    asked = (float(norm.value), float(norm.minimum_size or 0))
    pooling = 0.0 if settings.pooling_m is None else settings.pooling_m
    parts = [check_compounds(plan.compounds, pd.DataFrame(places), asked, pooling)]
    if settings.budget is not None:
        taken = plan.compounds.loc[plan.compounds["taken"].astype(bool), "cost"]
        parts.append(check_total("budget of compounds", taken, settings.budget, settings.budget))
    return parts


def _units(plan: Plan) -> list[pd.DataFrame]:
    units = plan.before.area.units.set_index("unit_code")
    counted = plan.needs[~plan.needs["answer"].isin([BALANCE, COVERAGE, UNITS])]
    parts = []
    for code, rows in counted.groupby("unit_code", sort=True):
        polygon = units.geometry[code]
        if polygon is not None and len(plan.proposals):
            parts.append(check_counts(plan.proposals, polygon, rows))
    return parts


def _reach(plan: Plan, norms: Sequence[Norm], needs: Needs) -> list[pd.DataFrame]:
    found = []
    context = Context(plan.after.area, norms)
    for norm in norms:
        own = needs.rows[needs.rows["norm_id"].eq(norm.id) & needs.rows["answer"].eq(COVERAGE)]
        if len(own):
            found.append(check_reach(_served(plan, context, norm, own)))
    return found


def _served(plan: Plan, context: Context, norm: Norm, own: pd.DataFrame) -> Served:
    """Lay the people of a circle norm out as points, with what the plan says of them."""
    members = sorted({code for codes in own["members"] for code in codes})
    group = str(own["measure"].iloc[0])
    tier = str(context.units.loc[members, "unit_type"].map(TIER_OF).iloc[0])
    where = context.demand(tier)
    population = context.area.population
    if where is None or population is None:  # pragma: no cover  # there was somebody to plan for
        raise AssertionError(norm.id)
    limit = context.limits(norm)[group]
    _, circle = circle_facilities(context, norm, tier, limit)
    inside = np.isin(where.unit_codes.astype(str), members)[where.unit]
    people = np.where(inside, np.nan_to_num(where.people(group)), 0.0)
    rows = np.flatnonzero(people > 0)
    cells = np.unique(where.cell[rows])
    points = walkers_of(population, cells, context.area.crs, _LATTICE_M)
    polygons = context.units_of(tier).loc[where.unit_codes].geometry.to_numpy()
    xy, weight = _spread(points, where.cell[rows], where.unit[rows], people[rows], polygons)
    findings = plan.after.findings
    mine = findings["norm_id"].eq(norm.id) & findings["measure"].eq(group)
    mine &= findings["rollup"].eq("unit") & findings["unit_code"].isin(members)
    claimed = float(findings.loc[mine, "existing"].sum())
    places = context.places(circle)
    return Served(
        norm_id=norm.id,
        limit_m=limit.metres,
        straight=circle.reach is context.straight,
        xy=xy,
        people=weight,
        facilities=shapely.get_coordinates(shapely.point_on_surface(places)),
        claimed=claimed,
        tolerance=_POINTS_MISS * claimed + float(people.max(initial=0.0)) + 1.0,
    )


def _spread(
    points: Walkers,
    cell: NDArray[np.int64],
    unit: NDArray[np.int64],
    people: NDArray[np.float64],
    polygons: NDArray[np.object_],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Divide the people of each row among the points of its cell that lie in its unit."""
    spots = shapely.points(points.xy)
    point, polygon = shapely.STRtree(polygons).query(spots, predicate="intersects")
    key = points.cell[point] * len(polygons) + polygon
    wanted = cell * len(polygons) + unit
    order = np.argsort(wanted, kind="stable")
    at = np.minimum(np.searchsorted(wanted[order], key), len(order) - 1)
    hit = wanted[order][at] == key
    row, of_point = order[at[hit]], point[hit]
    number = np.bincount(row, minlength=len(cell))
    lost = np.flatnonzero(number == 0)
    first = np.searchsorted(points.cell, cell[lost])
    spot = np.concatenate([points.xy[of_point], points.xy[first]])
    weight = np.concatenate([people[row] / number[row], people[lost]])
    return spot, weight


def _reassessed(plan: Plan, needs: Needs) -> pd.DataFrame:
    """Compare what the plan says it closes with the findings of the assessment with it."""
    findings = plan.after.findings
    keyed = findings.set_index(["norm_id", "measure", "unit_code"]).sort_index()
    at, whole = keyed[keyed["rollup"].eq("unit")], keyed[keyed["rollup"].eq("net")]
    rows: list[tuple[str, str, float, str, bool]] = []
    table = plan.needs.assign(members=needs.rows["members"].to_numpy())
    for need in table.to_dict("records"):
        keys = [(need["norm_id"], need["measure"], code) for code in need["members"]]
        one = [(need["norm_id"], need["measure"], need["unit_code"])]
        own = whole.loc[one] if need["answer"] == UNITS else at.loc[keys]
        item = f"{need['norm_id']} {need['unit_code']}"
        if need["answer"] == COVERAGE:
            gained = float(own["existing"].sum()) - float(need["existing"])
            least = float(need["planned"])
            near = max(_TINY, _SNAPPED * float(need["base_value"]))
            rows.append(("re-assessed", item, gained, f">= {least:g}", gained >= least - near))
        else:
            # a balance is counted exactly, and its finding in whole things
            most = float(need["needed"]) - float(need["planned"])
            most = float(np.ceil(most - _TINY)) if need["answer"] == BALANCE else most
            nothing = own["status"].iloc[0] == "not_applicable"  # a share of nothing
            left = 0.0 if nothing else float(own["shortfall"].iloc[0])
            rows.append(("re-assessed", item, left, f"<= {most:g}", left <= most + _TINY))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _unchanged(plan: Plan) -> pd.DataFrame:
    """Check that the existing facilities are what they were."""
    old = plan.before.area.facilities
    now = plan.after.area.facilities.iloc[: len(old)]
    same = pd.DataFrame(old.drop(columns="geometry")).equals(
        pd.DataFrame(now.drop(columns="geometry"))
    )
    moved = np.asarray(old.geometry.array) != np.asarray(now.geometry.array)
    changed = float(np.sum(moved & ~shapely.is_missing(np.asarray(old.geometry.array))))
    return pd.DataFrame(
        [("existing stock unchanged", "", changed, "0", same and changed == 0)],
        columns=list(COLUMNS),
    )
