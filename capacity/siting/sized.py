r"""Sites with a size: how many places each gets, and who takes them, on arrays.

Group *g* wants :math:`d_g` places and takes :math:`f_{gj}` of them at site or facility *j* in its reach.
Existing facilities have :math:`k_e` places; a new site *j* is open or not, :math:`x_j \in \{0, 1\}`, and
has :math:`s_j` places, whole:

.. math:: \sum_j f_{gj} \le d_g, \qquad \sum_g f_{ge} \le k_e, \qquad \sum_g f_{gj} \le s_j, \qquad
          m_j x_j \le s_j \le M_j x_j, \qquad 0 \le f_{gj} \le d_g x_j,

or, with classes of sizes :math:`a_k`, :math:`s_j = \sum_k a_k z_{jk}`, :math:`x_j = \sum_k z_{jk}`,
:math:`z_{jk} \in \{0, 1\}`. The last of the inequalities says nothing that the others do not, but
tightens the bound. Either the cost :math:`\sum_j c_j x_j + q_j s_j` is to be small while every zone has
at least so many of its places served, or the served :math:`\sum f` large within a number of sites and a
budget.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from capacity.siting.parts import pieces
from capacity.siting.solve import (
    INFEASIBLE,
    NO_SOLUTION,
    OPTIMAL,
    TIME_LIMIT,
    Model,
    Solution,
    relative_gap,
    status_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity.siting.cover import Effort, Requirement
    from capacity.siting.problem import CoverProblem
    from capacity.siting.search import Allowance

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_ROUNDING: Final = 1e-6
_HALF: Final = 0.5
# Pairs of groups and sites that are solved as they are; more are solved in parts of so many sites.
_AT_ONCE: Final = 3_000
_IN_A_PART: Final = 150
_FIRST_SHARE_OF_TIME: Final = 0.25
# Inequalities that only tighten the bound are left out of larger models.
_TIGHTEN_UP_TO: Final = 60_000


@dataclass(frozen=True)
class SizedProblem:
    """Groups that want places, facilities that have some, sites that may get some.

    Attributes
    ----------
    groups
        Covering problem whose weights are places wanted and whose candidates are the existing
        facilities, then the sites.
    existing
        Places of each existing facility, shape (n_existing,).
    minimum, maximum
        Least and most places of each site if it is built, whole, shape (n_sites,).
    per_place
        Cost of each place at each site, shape (n_sites,).
    classes
        Sizes that may be built, or empty for any whole number between minimum and maximum.
    """

    groups: CoverProblem
    existing: Floats
    minimum: Floats
    maximum: Floats
    per_place: Floats
    classes: tuple[float, ...] = ()

    @property
    def n_existing(self) -> int:
        """Number of existing facilities."""
        return len(self.existing)


@dataclass(frozen=True)
class SizedChoice:
    """Sizes of sites, who takes places where, and how good that is.

    Attributes
    ----------
    size
        Places of each site, 0 where it is not built, shape (n_sites,).
    taken
        Places that the group takes at the facility or site, for every pair of ``groups``.
    objective, bound, gap, status
        As in ``Solution``; the objective is cost, or places served at sites and facilities.
    """

    size: Floats
    taken: Floats
    objective: float
    bound: float
    gap: float
    status: str


def size_sites(
    problem: SizedProblem,
    allowance: Allowance,
    effort: Effort,
    requirement: Requirement | None = None,
) -> SizedChoice:
    """Choose sites and their sizes by HiGHS, after the model in the docstring of this module.

    Problems of more than 3,000 pairs of groups and sites are bounded and begun by their connected
    parts, see ``_in_parts``.

    Parameters
    ----------
    problem
        Who wants places, and where there may be some.
    allowance
        Opening costs, number of sites, budget for opening and places, required and allowed sites.
    effort
        Gap and time limit.
    requirement
        Places that must be served in every zone, at the least cost, and of equal plans the one of
        fewest places; without it as many as can be are served, and of equal plans the cheapest.

    Returns
    -------
    SizedChoice
        Where the time limit stops the solver, the better of its plan and a greedy one.
    """
    if requirement is not None:
        # Snapped one by one, groups may want a few millionths less than people do together.
        zone = requirement.zone[problem.groups.unit]
        want = np.bincount(zone, weights=problem.groups.weight, minlength=len(requirement.need))
        requirement = replace(requirement, need=np.minimum(requirement.need, want))
    columns = _columns(problem, allowance, requirement)
    if len(problem.groups.candidate) > _AT_ONCE:
        solution = _in_parts(problem, allowance, effort, requirement, columns)
    else:
        then = _then(problem, allowance, requirement, columns)
        solution = columns.model.solve(gap=effort.gap, time_limit_s=effort.time_limit_s, then=then)
    if solution.found:
        places = columns.size_places * solution.values[columns.size]
        by_site = np.bincount(columns.size_site, weights=places, minlength=len(problem.minimum))
        size = np.round(by_site).astype(np.float64)
        taken = np.maximum(0.0, solution.values[columns.taken])
        size = _trimmed(problem, size, taken)
        taken = _flows(problem, size, requirement, taken)
        value = solution.objective
        if requirement is not None:
            value = min(value, _cost_of(problem, allowance, size))
        found = relative_gap(value, solution.bound)
        best = SizedChoice(size, taken, value, solution.bound, found, solution.status)
        if solution.status != TIME_LIMIT:
            return best
    elif solution.status == INFEASIBLE:
        return _nothing(problem, math.nan, INFEASIBLE)
    else:
        best = None
    other = _greedy_sizes(problem, allowance, requirement)
    bound = solution.bound
    if requirement is not None:
        bound = 0.0 if math.isnan(bound) or bound < 0 else bound
    else:
        bound = min(bound, _most(problem)) if math.isfinite(bound) else _most(problem)
    if other is None:
        return best if best is not None else _nothing(problem, bound, NO_SOLUTION)
    size, taken = other
    value = _cost_of(problem, allowance, size) if requirement is not None else float(taken.sum())
    better = best is None or (
        value < best.objective if requirement is not None else value > best.objective
    )
    if not better and best is not None:
        return best
    bound = min(bound, value) if requirement is not None else max(bound, value)
    words = status_of(value, bound, effort.gap)
    return SizedChoice(size, taken, value, bound, relative_gap(value, bound), words)


def _then(
    problem: SizedProblem,
    allowance: Allowance,
    requirement: Requirement | None,
    columns: _Columns,
) -> Floats:
    """Say what is to be least of plans that are as good: places where cost counts, else cost."""
    if requirement is None:
        return _costs(problem, allowance, columns)
    then = np.zeros(columns.model.n_variables)
    then[columns.size] = columns.size_places
    return then


def _in_parts(
    problem: SizedProblem,
    allowance: Allowance,
    effort: Effort,
    requirement: Requirement | None,
    columns: _Columns,
) -> Solution:
    """Solve a large problem: as it is where that is quick, else its connected parts, then what they use.

    The parts of the area that share no group are solved one by one, those with many sites divided
    further; the rows that join them (a share of all, a number of sites, a budget, groups between
    parts) have the prices of the relaxation. That bounds the whole, and without such rows is the
    answer. A plan is then looked for among the sites that were opened on the way, and among all where
    there is time left.
    """
    until = time.monotonic() + effort.time_limit_s
    model = columns.model
    then = _then(problem, allowance, requirement, columns)
    limit = _FIRST_SHARE_OF_TIME * effort.time_limit_s
    best = model.solve(gap=effort.gap, time_limit_s=limit, then=then)
    if best.status not in {TIME_LIMIT, NO_SOLUTION}:
        return best
    relaxed = model.relax(time_limit_s=max(0.1, until - time.monotonic()) / 2)
    bound = _tighter(model, best.bound, relaxed.objective)
    usable = allowance.required.copy()
    used = [best.values] if best.found else []
    if relaxed.status == OPTIMAL:
        left = max(0.1, until - time.monotonic())
        part = _part_of_columns(problem, columns)
        found = model.in_parts(part, relaxed.prices, time_limit_s=left / 2)
        if found.status == INFEASIBLE:
            return Solution(np.empty(0), math.nan, math.nan, math.inf, INFEASIBLE)
        bound = _tighter(model, bound, found.bound)
        used += [relaxed.values, found.values]
    for values in used:
        usable[columns.open_site[values[columns.is_open] > _ROUNDING]] = True
    few = replace(allowance, allowed=allowance.allowed & usable)
    for may, share in ((few, 0.5), (allowance, 1.0)):
        left = until - time.monotonic()
        if left <= 0 or relative_gap(best.objective, bound) <= effort.gap:
            break
        whole = may is allowance
        tried = model if whole else _columns(problem, may, requirement).model
        other = tried.solve(gap=effort.gap / (1 if whole else 2), time_limit_s=share * left)
        bound = _tighter(model, bound, other.bound if whole else math.nan)
        sign = -1.0 if model.maximise else 1.0
        if other.found and not sign * other.objective >= sign * best.objective:
            best = other
    if not best.found:
        return Solution(np.empty(0), math.nan, bound, math.inf, NO_SOLUTION)
    loosest = max(bound, best.objective) if model.maximise else min(bound, best.objective)
    return Solution(
        values=best.values,
        objective=best.objective,
        bound=loosest,
        gap=relative_gap(best.objective, loosest),
        status=status_of(best.objective, loosest, effort.gap),
    )


def _tighter(model: Model, one: float, other: float) -> float:
    """Take the better of two bounds, either of which may be missing."""
    return float(np.fmin(one, other) if model.maximise else np.fmax(one, other))


def _part_of_columns(problem: SizedProblem, columns: _Columns) -> Ints:
    """Give the part of every column: that of its site or facility."""
    groups = problem.groups
    shape = (groups.n_groups, groups.n_candidates)
    part = pieces(groups.group, groups.candidate, shape, _IN_A_PART)
    found = np.full(columns.model.n_variables, -1, dtype=np.int64)
    sites = part[problem.n_existing :]
    found[columns.is_open] = sites[columns.open_site]
    found[columns.size] = sites[columns.size_site]
    found[columns.taken] = part[groups.candidate]
    return found


def _nothing(problem: SizedProblem, bound: float, status: str) -> SizedChoice:
    n = len(problem.minimum)
    return SizedChoice(
        np.zeros(n), np.zeros(len(problem.groups.candidate)), math.nan, bound, math.inf, status
    )


def _trimmed(problem: SizedProblem, size: Floats, taken: Floats) -> Floats:
    """Make no site larger than those who go there need, as far as sizes allow."""
    groups = problem.groups
    used = np.bincount(groups.candidate, weights=taken, minlength=groups.n_candidates)
    size = size.copy()
    for j in np.flatnonzero(size > 0).tolist():
        size[j] = min(size[j], _fitted(problem, j, float(used[problem.n_existing + j])))
    return size


def _flows(
    problem: SizedProblem, size: Floats, requirement: Requirement | None, taken: Floats
) -> Floats:
    """Serve the most with the sites as they are: a plan for a share may serve more than the share."""
    groups = problem.groups
    model = Model(maximise=True)
    flow = model.variables(len(groups.candidate), upper=groups.weight[groups.group], objective=1.0)
    model.constrain(groups.n_groups, (groups.group, flow, 1.0), upper=groups.weight)
    places = np.concatenate([problem.existing, size])
    model.constrain(len(places), (groups.candidate, flow, 1.0), upper=places)
    if requirement is not None:
        zone = requirement.zone[groups.unit[groups.group]]
        least = requirement.need - _ROUNDING
        model.constrain(len(least), (zone, flow, 1.0), lower=least)
    found = model.solve(gap=0.0)
    return np.maximum(0.0, found.values) if found.found else taken


def _cost_of(problem: SizedProblem, allowance: Allowance, size: Floats) -> float:
    cost = allowance.cost[size > 0].sum() + (problem.per_place * size).sum()
    return float(np.round(cost, 6))


def _most(problem: SizedProblem) -> float:
    """Bound what can be served by what is wanted and by all places that there may be."""
    return float(min(problem.groups.weight.sum(), problem.existing.sum() + problem.maximum.sum()))


@dataclass(frozen=True)
class _Columns:
    model: Model
    is_open: Ints
    open_site: Ints
    size: Ints
    size_site: Ints
    size_places: Floats
    taken: Ints


def _costs(problem: SizedProblem, allowance: Allowance, columns: _Columns) -> Floats:
    cost = np.zeros(columns.model.n_variables)
    cost[columns.is_open] = allowance.cost[columns.open_site]
    cost[columns.size] += columns.size_places * problem.per_place[columns.size_site]
    return cost


def _columns(
    problem: SizedProblem, allowance: Allowance, requirement: Requirement | None
) -> _Columns:
    groups, n_old, n = problem.groups, problem.n_existing, len(problem.minimum)
    model = Model(maximise=requirement is None)
    usable = allowance.allowed | allowance.required
    sites = np.arange(n)
    if problem.classes:
        site = np.repeat(sites, len(problem.classes))
        places = np.tile(np.array(problem.classes, dtype=np.float64), n)
        fits = (places >= problem.minimum[site]) & (places <= problem.maximum[site])
        upper = np.where(usable[site] & fits, 1.0, 0.0)
        z = model.variables(len(site), upper=upper, integer=True)
        is_open, open_site, size = z, site, z
        model.constrain(n, (site, z, 1.0), lower=allowance.required.astype(float), upper=1.0)
    else:
        site, places = sites, np.ones(n)
        x = model.variables(
            n,
            lower=allowance.required.astype(float),
            upper=usable.astype(float),
            integer=True,
        )
        most = np.where(usable, _useful(problem), 0.0)
        size = model.variables(n, upper=most, integer=True)
        is_open, open_site = x, sites
        model.constrain(n, (sites, size, 1.0), (sites, x, -problem.minimum), lower=0.0)
        model.constrain(n, (sites, size, 1.0), (sites, x, -most), upper=0.0)
    taken = model.variables(
        len(groups.candidate),
        upper=groups.weight[groups.group],
        objective=1.0 if requirement is None else 0.0,
    )
    model.constrain(groups.n_groups, (groups.group, taken, 1.0), upper=groups.weight)
    old = groups.candidate < n_old
    model.constrain(n_old, (groups.candidate[old], taken[old], 1.0), upper=problem.existing)
    new = np.flatnonzero(~old)
    at = groups.candidate[new] - n_old
    model.constrain(n, (at, taken[new], 1.0), (site, size, -places), upper=0.0)
    if len(new) * (len(problem.classes) or 1) <= _TIGHTEN_UP_TO:
        want = groups.weight[groups.group[new]]
        rows = np.arange(len(new))
        of_site = np.argsort(open_site, kind="stable")
        begin = np.searchsorted(open_site[of_site], np.arange(n + 1))
        many = np.diff(begin)[at]
        row = np.repeat(rows, many)
        within = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)
        column = is_open[of_site[np.repeat(begin[at], many) + within]]
        model.constrain(len(new), (rows, taken[new], 1.0), (row, column, -want[row]), upper=0.0)
    found = _Columns(model, is_open, open_site, size, site, places, taken)
    cost = _costs(problem, allowance, found)
    spent = np.flatnonzero(cost)
    if allowance.n_sites is not None:
        first = np.zeros(len(is_open), dtype=np.int64)
        model.constrain(1, (first, is_open, 1.0), upper=float(allowance.n_sites))
    if allowance.budget is not None:
        zero = np.zeros(len(spent), dtype=np.int64)
        model.constrain(1, (zero, spent, cost[spent]), upper=float(allowance.budget))
    if requirement is not None:
        model.set_objective(cost)
        zone = requirement.zone[groups.unit[groups.group]]
        model.constrain(
            len(requirement.need), (zone, taken, 1.0), lower=requirement.need - _ROUNDING
        )
    return found


def _useful(problem: SizedProblem) -> Floats:
    """Most places that a site has any use for: who is in reach, and at least its minimum."""
    groups, n_old = problem.groups, problem.n_existing
    want = np.bincount(
        groups.candidate, weights=groups.weight[groups.group], minlength=groups.n_candidates
    )[n_old:]
    most = np.minimum(problem.maximum, np.maximum(problem.minimum, np.ceil(want - _ROUNDING)))
    return np.asarray(most, dtype=np.float64)


def _greedy_sizes(
    problem: SizedProblem, allowance: Allowance, requirement: Requirement | None
) -> tuple[Floats, Floats] | None:
    """Fill facilities, then build site after site where most are left, as far as is allowed."""
    plan = _Greedy(problem, allowance, requirement)
    for facility in range(problem.n_existing):
        plan.fill(facility, float(problem.existing[facility]))
    # What the required sites cost at least is kept back for them.
    must = np.flatnonzero(allowance.required)
    plan.budget -= float(plan.least[must].sum())
    if plan.budget < -_ROUNDING or len(must) > plan.sites:
        return None
    for j in must.tolist():
        plan.budget += float(plan.least[j])
        plan.build(j)
    while plan.short().any() and (best := plan.next_site()) is not None:
        plan.build(best)
    if requirement is not None and plan.short().any():
        return None
    return plan.size, plan.taken


class _Greedy:
    """A plan in the making: what is left to be served, and what may still be built."""

    def __init__(
        self, problem: SizedProblem, allowance: Allowance, requirement: Requirement | None
    ) -> None:
        groups, n = problem.groups, len(problem.minimum)
        self.problem, self.allowance, self.requirement = problem, allowance, requirement
        self.left = groups.weight.copy()
        self.taken = np.zeros(len(groups.candidate))
        self.size = np.zeros(n)
        self.budget = math.inf if allowance.budget is None else float(allowance.budget)
        self.sites = math.inf if allowance.n_sites is None else float(allowance.n_sites)
        self.low = np.array([_fitted(problem, j, 1.0) for j in range(n)])
        self.least = allowance.cost + problem.per_place * self.low
        self._order = np.argsort(groups.candidate, kind="stable")
        ranks = np.arange(groups.n_candidates + 1)
        self._begin = np.searchsorted(groups.candidate[self._order], ranks)

    def fill(self, facility: int, places: float) -> None:
        """Give places of a facility or site to those in its reach."""
        pairs = self._order[self._begin[facility] : self._begin[facility + 1]]
        group = self.problem.groups.group[pairs]
        want = self.left[group]
        got = np.clip(places - (np.cumsum(want) - want), 0.0, want)
        self.taken[pairs] += got
        self.left[group] -= got

    def short(self) -> Floats:
        """Say how many places each unit is short of; without a requirement no end of them."""
        groups, wanted = self.problem.groups, self.requirement
        if wanted is None:
            return np.full(len(groups.people), np.inf)
        served = groups.weight - self.left
        have = np.bincount(wanted.zone[groups.unit], weights=served, minlength=len(wanted.need))
        missing = wanted.need - have
        return np.asarray(np.where(missing > _ROUNDING, missing, 0.0)[wanted.zone])

    def wanted_at(self) -> Floats:
        """Add up what is left to be served in reach of every site, where anything is short."""
        groups = self.problem.groups
        want = self.left * (self.short()[groups.unit] > 0)
        at = np.bincount(
            groups.candidate, weights=want[groups.group], minlength=groups.n_candidates
        )
        return at[self.problem.n_existing :].astype(np.float64)

    def next_site(self) -> int | None:
        """Choose the site that serves most; none where nothing may be built or serves anyone."""
        if (self.size > 0).sum() >= self.sites:
            return None
        gain = np.minimum(self.wanted_at(), self.problem.maximum)
        closed = (self.size > 0) | ~self.allowance.allowed | (self.low <= 0)
        gain[closed | (self.least > self.budget + _ROUNDING)] = 0.0
        j = int(np.argmax(np.round(gain, 6)))
        return j if gain[j] > _ROUNDING else None

    def build(self, j: int) -> None:
        """Build a site as large as is wanted there and the money allows."""
        problem, per_place = self.problem, float(self.problem.per_place[j])
        places = _fitted(problem, j, float(min(self.wanted_at()[j], problem.maximum[j])))
        money = self.budget - float(self.allowance.cost[j])
        if per_place > 0 and places * per_place > money + _ROUNDING:
            places = _fitted(problem, j, math.floor(money / per_place), down=True)
        self.size[j] = max(places, float(self.low[j]))
        self.budget -= float(self.allowance.cost[j]) + per_place * float(self.size[j])
        self.fill(problem.n_existing + j, float(self.size[j]))


def _fitted(problem: SizedProblem, j: int, places: float, *, down: bool = False) -> float:
    """Make a size one that may be built at a site: up to the next one, or down; 0 for none."""
    low, high = float(problem.minimum[j]), float(problem.maximum[j])
    sizes = [a for a in sorted(problem.classes) if low <= a <= high]
    if problem.classes:
        if down:
            return max((a for a in sizes if a <= places), default=0.0)
        return next((a for a in sizes if a >= places), sizes[-1] if sizes else 0.0)
    if down:
        return min(high, math.floor(places)) if places >= low else 0.0
    return min(high, max(low, math.ceil(places - _ROUNDING)))
