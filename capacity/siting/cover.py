"""The two covering models on arrays: the most gain for so many sites, the fewest sites for a share.

Both begin with what is quick (reduction, greedy, exchange, prices) and go to the solver only for what
that leaves open. What comes back always has an objective, a bound, a gap and a status in words.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from capacity.siting.parts import part_of_groups, pieces
from capacity.siting.problem import only, undominated
from capacity.siting.search import Gains, bounded, exchange, gains_of, greedy
from capacity.siting.solve import (
    GAP,
    INFEASIBLE,
    OPTIMAL,
    TIME_LIMIT_S,
    Model,
    relative_gap,
    status_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity.siting.problem import CoverProblem
    from capacity.siting.search import Allowance, Bounded

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

# A person more or less by a millionth is rounding: sums are snapped to it.
_ROUNDING: Final = 1e-6
_ROUNDS: Final = 200
# Solves for the earliest of equal plans only where that is quick.
_TIES_UP_TO: Final = 20_000
_MOST_COMPARED: Final = 30_000_000
_REPAIRS: Final = 3
# The solver is asked for a little less than the gap, so that rounding does not take it beyond.
_WITHIN: Final = 0.99
_KEYS_SEED: Final = 20221202
# Models of more pairs are bounded by parts that share no row first, in at most this part of the time.
_PARTS_FROM: Final = 5_000
_PARTS_SHARE_OF_TIME: Final = 0.4
_PRICES: Final = 12


@dataclass(frozen=True)
class Effort:
    """How long to look, and how near to the best is near enough.

    Attributes
    ----------
    gap
        Relative gap at which to stop; 0 for the optimum.
    time_limit_s
        Seconds. A run that the limit stops may differ from the next; its status says so.
    """

    gap: float = GAP
    time_limit_s: float = TIME_LIMIT_S


@dataclass(frozen=True)
class Choice:
    """Candidates chosen, and how good the choice is.

    Attributes
    ----------
    chosen
        Candidates, bool, shape (n_candidates,).
    objective, bound, gap, status
        As in ``Solution``.
    """

    chosen: Flags
    objective: float
    bound: float
    gap: float
    status: str


def choice_of(chosen: Flags, objective: float, bound: float, gap: float) -> Choice:
    """Put a choice together with its gap and words.

    Parameters
    ----------
    chosen
        Candidates.
    objective, bound
        Of the choice, and what none beats.
    gap
        What was asked for.

    Returns
    -------
    Choice
        With the relative gap.
    """
    return Choice(
        chosen, objective, bound, relative_gap(objective, bound), status_of(objective, bound, gap)
    )


def most_gain(gains: Gains, allowance: Allowance, effort: Effort) -> Choice:
    r"""Choose the sites of most gain.

    Greedy, exchanges and prices first; where they leave a gap wider than asked, HiGHS solves, for the
    candidates that the prices leave open,

    .. math:: \max \sum_i \sum_k (G_{ik} - G_{i,k+1})\, y_{ik}, \qquad
              y_{ik} \le y_{i,k-1} + \sum_{j:\, g_{ij} = G_{ik}} x_j,\quad 0 \le y_{ik} \le 1,\quad
              x_j \in \{0, 1\},

    with :math:`G_{i1} > G_{i2} > \dots` the different gains of row *i*: :math:`y_{ik}` says whether it
    has a site of gain :math:`G_{ik}` or more. With one gain per row this is the covering model of Church
    and ReVelle, and with all of them the median model of García, Labbé and Marín. The *y* are whole by
    themselves.

    Parameters
    ----------
    gains
        Rows and candidates.
    allowance
        What may be built.
    effort
        Gap and time limit.

    Returns
    -------
    Choice
        Sites that add nothing are not built, unless required. Of equal choices: no site could be
        exchanged, at no higher cost and without loss, for one that is earlier in the order of
        candidates.
    """
    until = time.monotonic() + effort.time_limit_s
    chosen = np.zeros(gains.n_candidates, dtype=bool)
    chosen[greedy(gains, allowance)] = True
    if gains.n_rows == 0:
        return choice_of(chosen, 0.0, 0.0, effort.gap)
    chosen = exchange(gains, allowance, chosen, rounds=_ROUNDS, until=until)
    found = bounded(gains, allowance, chosen, gap=effort.gap, until=until)
    chosen, value, bound = found.chosen, found.value, _whole_bound(gains, found.bound)
    left = until - time.monotonic()
    if relative_gap(value, bound) > effort.gap and left > 0:
        model, rest, levels = _gain_model(gains, allowance, found)
        part = pieces(rest.row, rest.candidate, (rest.n_rows, rest.n_candidates), rest.n_candidates)
        there = np.bincount(rest.candidate, minlength=rest.n_candidates) > 0
        if len(rest.row) > _PARTS_FROM and len(np.unique(part[there])) > 1:
            columns = np.concatenate(
                [part, part_of_groups(rest.row, part[rest.candidate], rest.n_rows)[levels]]
            )
            least = _in_parts(model, columns, allowance, _steepest(rest, allowance), left)
            bound = min(bound, _whole_bound(gains, max(_settled(found, value), least)))
        left = until - time.monotonic()
        if relative_gap(value, bound) > effort.gap and left > 0:
            solution = model.solve(gap=effort.gap * _WITHIN, time_limit_s=left)
            if solution.found:
                tried = solution.values[: gains.n_candidates] > 0.5  # noqa: PLR2004  # 0 or 1
                if gains.value(tried) > value:
                    chosen, value = tried, gains.value(tried)
            if solution.status == INFEASIBLE:
                bound = min(bound, _settled(found, value))
            elif math.isfinite(solution.bound):
                bound = min(bound, max(_settled(found, value), solution.bound))
    chosen = exchange(gains, allowance, chosen, rounds=_ROUNDS, until=math.inf)
    chosen = _needed(gains, allowance, chosen)
    value, bound = gains.value(chosen), _whole_bound(gains, bound)
    return choice_of(chosen, value, max(value, bound), effort.gap)


def _settled(found: Bounded, value: float) -> float:
    """Say what no choice gains more than that the prices have left out of the model."""
    return value * (1 + found.slack) if found.never.any() or found.always.any() else value


def _in_parts(
    model: Model, part: Ints, allowance: Allowance, steepest: float, time_limit_s: float
) -> float:
    """Bound the gain by parts that share no row, each with whole sites, at the price of a site or money.

    The price, at most ``steepest``, is halved in towards the one at which the parts together take what
    there is. Then the
    bound is what the curves of the parts, what each gains from so many sites, come to together where
    they are bridged to bend one way.
    """
    until = time.monotonic() + time_limit_s * _PARTS_SHARE_OF_TIME
    relaxed = model.relax(time_limit_s=time_limit_s * _PARTS_SHARE_OF_TIME)
    if relaxed.status != OPTIMAL:
        return math.inf
    bound, prices = relaxed.objective, relaxed.prices.copy()
    number, money = allowance.n_sites, allowance.budget
    limits = (number is not None) + (money is not None)
    taken = np.ones(len(allowance.cost)) if number is not None else allowance.cost
    there = float(number) if number is not None else float(money or 0.0)
    low, high = 0.0, steepest
    for _ in range(_PRICES):
        left = until - time.monotonic()
        if left <= 0:
            break
        found = model.in_parts(part, prices, time_limit_s=left)
        bound = min(bound, found.bound) if math.isfinite(found.bound) else bound
        if limits != 1 or len(found.values) == 0:
            break
        over = float(taken @ found.values[: len(taken)]) - there
        price = float(prices[-1])
        low, high = (price, high) if over > 0 else (low, price)
        prices[-1] = (low + high) / 2
        if abs(over) <= _ROUNDING or high - low <= _ROUNDING:
            break
    return bound


def _steepest(gains: Gains, allowance: Allowance) -> float:
    """Give the most that a site, or a unit of money, can gain."""
    total = np.bincount(gains.candidate, weights=gains.gain, minlength=gains.n_candidates)
    some = total > 0
    if allowance.n_sites is None:
        some &= allowance.cost > 0
        total = np.divide(total, allowance.cost, out=total, where=some)
    return float(total[some].max(initial=0.0))


def _whole_bound(gains: Gains, bound: float) -> float:
    """Round a bound down where every gain is a whole number, as sums of them are whole."""
    return math.floor(bound + _ROUNDING) if (gains.gain == np.round(gains.gain)).all() else bound


def _needed(gains: Gains, allowance: Allowance, chosen: Flags) -> Flags:
    """Take out sites that add nothing, the latest first."""
    chosen = chosen.copy()
    value = gains.value(chosen)
    held = np.where(chosen[gains.candidate], gains.gain, 0.0)
    best = gains.best(chosen)[gains.row]
    # Whoever is the only one to give a row its best is needed.
    top = (held == best) & (held > 0)
    alone = np.bincount(gains.row[top], minlength=gains.n_rows)[gains.row] == 1
    needed = np.zeros(gains.n_candidates, dtype=bool)
    needed[gains.candidate[top & alone]] = True
    for j in np.flatnonzero(chosen & ~allowance.required & ~needed)[::-1].tolist():
        chosen[j] = False
        if gains.value(chosen) < value - _ROUNDING:
            chosen[j] = True
    return chosen


def _merged(gains: Gains, never: Flags) -> Gains:
    """Leave out candidates, and make rows one that have one and the same gain from the same rest."""
    stays = ~never[gains.candidate]
    row, candidate, gain = gains.row[stays], gains.candidate[stays], gains.gain[stays]
    low, high = np.full(gains.n_rows, np.inf), np.zeros(gains.n_rows)
    np.minimum.at(low, row, gain)
    np.maximum.at(high, row, gain)
    alike = low == high
    random = np.random.Generator(np.random.PCG64(_KEYS_SEED))
    key = random.integers(0, 2**64, size=(gains.n_candidates, 2), dtype=np.uint64)
    name = np.zeros((gains.n_rows, 3), dtype=np.uint64)
    np.add.at(name[:, :2], row, key[candidate])
    name[~alike, 2] = np.flatnonzero(~alike) + 1  # these stay by themselves
    there = np.flatnonzero(high > 0)
    _, first, at = np.unique(name[there], axis=0, return_index=True, return_inverse=True)
    total = np.bincount(at.ravel(), weights=high[there], minlength=len(first))
    kept = np.full(gains.n_rows, -1, dtype=np.int64)
    kept[there[first]] = np.arange(len(first))
    some = kept[row] >= 0
    row, candidate, gain = kept[row[some]], candidate[some], gain[some]
    gain = np.where(alike[there[first]][row], total[row], gain)
    order = np.lexsort((candidate, row))
    return Gains(row[order], candidate[order], gain[order], len(first), gains.n_candidates)


def _gain_model(gains: Gains, allowance: Allowance, found: Bounded) -> tuple[Model, Gains, Ints]:
    """Lay the model out; with the rows that it has, and the row of each of its levels."""
    gains = _merged(gains, found.never)
    model = Model(maximise=True)
    low = np.where(allowance.required | found.always, 1.0, 0.0)
    high = np.where((allowance.allowed | allowance.required) & ~found.never, 1.0, 0.0)
    x = model.variables(gains.n_candidates, lower=low, upper=high, integer=True)
    order = np.lexsort((-gains.gain, gains.row))
    row, gain = gains.row[order], gains.gain[order]
    first = np.ones(len(row), dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (gain[1:] != gain[:-1])
    level = np.cumsum(first) - 1
    of_level, height = row[first], gain[first]
    n = len(of_level)
    same_row = np.append(of_level[1:] == of_level[:-1], [False])
    step = height - np.where(same_row, np.append(height[1:], [0.0]), 0.0)
    y = model.variables(n, upper=1.0, objective=step)
    after = np.flatnonzero(same_row) + 1
    levels = np.arange(n)
    model.constrain(
        n,
        (levels, y, 1.0),
        (after, y[after - 1], -1.0),
        (level, x[gains.candidate[order]], -1.0),
        upper=0.0,
    )
    limit(model, x, allowance)
    return model, gains, of_level


def limit(model: Model, x: Ints, allowance: Allowance) -> None:
    """Hold a model to the number of sites and the budget.

    Parameters
    ----------
    model
        Gets a row for each of the two that is given.
    x
        Columns of the candidates.
    allowance
        What may be built.
    """
    at = np.zeros(len(x), dtype=np.int64)
    if allowance.n_sites is not None:
        model.constrain(1, (at, x, 1.0), upper=float(allowance.n_sites))
    if allowance.budget is not None:
        model.constrain(1, (at, x, allowance.cost), upper=float(allowance.budget))


def most_covered(problem: CoverProblem, allowance: Allowance, effort: Effort) -> Choice:
    """Cover the most people: the gains of a group are its people, from whichever site.

    Parameters
    ----------
    problem
        Groups and candidates.
    allowance
        What may be built.
    effort
        Gap and time limit.

    Returns
    -------
    Choice
        The objective is people whom no existing facility covers.
    """
    problem = only(problem, allowance.allowed | allowance.required)
    stays = undominated(problem, allowance.cost, allowance.required)
    allowance = replace(allowance, allowed=allowance.allowed & stays)
    return most_gain(gains_of(only(problem, stays)), allowance, effort)


@dataclass(frozen=True)
class Requirement:
    """How many people must be covered, zone by zone.

    Attributes
    ----------
    zone
        Zone of each unit, int64, shape (n_units,).
    need
        People of each zone whom new sites must cover, shape (n_zones,); 0 or less asks nothing.
    """

    zone: Ints
    need: Floats


def fewest_sites(
    problem: CoverProblem,
    requirement: Requirement,
    allowance: Allowance,
    effort: Effort,
) -> Choice:
    r"""Cover what is required at the least cost.

    .. math:: \min \sum_j c_j x_j, \qquad \sum_{g \in z} w_g y_g \ge n_z,\quad
              y_g \le \sum_{j \in N_g} x_j,\quad 0 \le y_g \le 1,\quad x_j \in \{0, 1\},

    and :math:`\sum_{j \in N_g} x_j \ge 1` for all groups of a zone that must be covered whole. Parts of
    the problem that share no group and no zone are solved one by one.

    Parameters
    ----------
    problem
        Groups and candidates.
    requirement
        People to cover.
    allowance
        Costs, required and allowed candidates; its number of sites and budget do not count.
    effort
        Gap, and the time limit for all parts together.

    Returns
    -------
    Choice
        ``infeasible`` where a zone has fewer people in reach than needed. Where the time limit stops
        the solver the cheaper of its plan and a greedy one is taken. In parts of at most 20,000 pairs,
        of equal plans the one whose candidates come first (least sum of positions) is taken.
    """
    until = time.monotonic() + effort.time_limit_s
    usable = allowance.allowed | allowance.required
    chosen = allowance.required.copy()
    base = only(problem, usable)
    open_ = ~base.covered_by(chosen)
    zone = requirement.zone[base.unit]
    n_zones = len(requirement.need)
    have = np.bincount(zone, weights=base.weight * ~open_, minlength=n_zones)
    need = np.round(requirement.need - have, 6)
    asked = open_ & (need[zone] > 0)
    base, zone = _groups(base, asked), zone[asked]
    within = np.round(np.bincount(zone, weights=base.weight, minlength=n_zones), 6)
    if (within < need - _ROUNDING).any():
        return Choice(np.zeros_like(chosen), math.nan, math.nan, math.inf, INFEASIBLE)
    whole = need >= within - _ROUNDING
    objective = float(allowance.cost[chosen].sum())
    bound = objective
    for groups in _parts(base, zone, whole):
        own = _groups(base, groups)
        here = np.bincount(zone[groups], weights=own.weight, minlength=n_zones)
        # A zone that must be covered whole may fall into several parts: all of each.
        part = _Part(own, zone[groups], np.where(whole, here, need), whole)
        new, least = _part_plan(part, allowance, effort.gap, until)
        chosen |= new
        objective += float(allowance.cost[new].sum())
        bound += least
    objective = round(objective, 6)
    return choice_of(chosen, objective, min(objective, bound), effort.gap)


@dataclass(frozen=True)
class _Part:
    problem: CoverProblem
    zone: Ints
    need: Floats
    whole: Flags

    def short(self, chosen: Flags) -> Floats:
        """People that a choice leaves each zone short of, over 0."""
        covered = self.problem.weight * self.problem.covered_by(chosen)
        have = np.bincount(self.zone, weights=covered, minlength=len(self.need))
        here = np.bincount(self.zone, minlength=len(self.need)) > 0
        missing = np.where(here, self.need - have, 0.0)
        return np.where(missing > _ROUNDING, missing, 0.0)


def _groups(problem: CoverProblem, some: Flags | Ints) -> CoverProblem:
    """Keep some groups, as a mask or positions."""
    which = np.flatnonzero(some) if some.dtype == bool else some
    length = np.diff(problem.starts)[which]
    starts = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    at = np.repeat(problem.starts[which] - starts[:-1], length) + np.arange(starts[-1])
    return replace(
        problem,
        weight=problem.weight[which],
        unit=problem.unit[which],
        starts=starts,
        candidate=problem.candidate[at],
    )


def _parts(problem: CoverProblem, zone: Ints, whole: Flags) -> list[Ints]:
    """List the groups of each part that shares neither a candidate nor a zone of choice with others."""
    n, n_groups = problem.n_candidates, problem.n_groups
    if n_groups == 0:
        return []
    tied = np.flatnonzero(~whole[zone])
    total = n + n_groups + len(whole)
    left = np.concatenate([problem.candidate, n + n_groups + zone[tied]])
    right = np.concatenate([n + problem.group, n + tied])
    graph = csr_array((np.ones(len(left)), (left, right)), shape=(total, total))
    _, label = connected_components(graph, directed=False)
    of_group = label[n : n + n_groups]
    order = np.argsort(of_group, kind="stable")
    cuts = np.flatnonzero(np.diff(of_group[order])) + 1
    return list(np.split(order.astype(np.int64), cuts))


def _part_plan(part: _Part, allowance: Allowance, gap: float, until: float) -> tuple[Flags, float]:
    """Plan one part: what to build, and the least that any plan costs."""
    cost = allowance.cost
    stays = undominated(part.problem, cost)
    if stays.sum() == 1:  # nothing to choose
        return stays, float(cost[stays].sum())
    slim = replace(part, problem=_without(part.problem, stays))
    at = np.flatnonzero(stays)
    whole_costs = bool((cost[at] == np.round(cost[at])).all())
    raised = slim.need.copy()
    bound, best = 0.0, None
    for attempt in range(_REPAIRS):
        left = until - time.monotonic()
        model = _cover_model(slim, at, cost, raised)
        ties = len(slim.problem.candidate) <= _TIES_UP_TO
        then = np.zeros(model.n_variables)
        then[: len(at)] = np.arange(1.0, len(at) + 1)
        solution = model.solve(gap=gap / 2, time_limit_s=left, then=then if ties else None)
        if attempt == 0 and math.isfinite(solution.bound):
            bound = max(0.0, solution.bound)
        if not solution.found:
            break
        tried = np.zeros_like(stays)
        tried[at[solution.values[: len(at)] > 0.5]] = True  # noqa: PLR2004  # 0 or 1
        short = slim.short(tried)
        if not short.any():
            best = tried
            break
        # The solver lets a row be short by its tolerance; a person is a person.
        raised = raised + 2 * short
    if best is None or float(cost[best].sum()) > bound * (1 + gap) + _ROUNDING:
        other = _greedy_cover(slim, cost)
        if best is None or cost[other].sum() < cost[best].sum():
            best = other
    if whole_costs:
        bound = math.ceil(bound - _ROUNDING)
    return best, min(bound, float(cost[best].sum()))


def _without(problem: CoverProblem, stays: Flags) -> CoverProblem:
    """Leave out candidates and keep groups apart: they stay in step with their zones."""
    keep = stays[problem.candidate]
    length = np.bincount(problem.group[keep], minlength=problem.n_groups)
    starts = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    return replace(problem, starts=starts, candidate=problem.candidate[keep])


def _cover_model(part: _Part, at: Ints, cost: Floats, need: Floats) -> Model:
    problem, zone = part.problem, part.zone
    model = Model()
    x = model.variables(len(at), upper=1.0, integer=True, objective=cost[at])
    column = np.full(problem.n_candidates, -1, dtype=np.int64)
    column[at] = x
    must = part.whole[zone]
    must_rows = _hardest(problem, must)
    row_of = np.full(problem.n_groups, -1, dtype=np.int64)
    row_of[must_rows] = np.arange(len(must_rows))
    pairs = row_of[problem.group] >= 0
    model.constrain(
        len(must_rows),
        (row_of[problem.group[pairs]], column[problem.candidate[pairs]], 1.0),
        lower=1.0,
    )
    free = np.flatnonzero(~must)
    if len(free) == 0:
        return model
    y = model.variables(len(free), upper=1.0)
    row_of[:] = -1
    row_of[free] = np.arange(len(free))
    pairs = row_of[problem.group] >= 0
    model.constrain(
        len(free),
        (np.arange(len(free)), y, 1.0),
        (row_of[problem.group[pairs]], column[problem.candidate[pairs]], -1.0),
        upper=0.0,
    )
    zones, at_zone = np.unique(zone[free], return_inverse=True)
    model.constrain(len(zones), (at_zone, y, problem.weight[free]), lower=need[zones])
    return model


def _hardest(problem: CoverProblem, must: Flags) -> Ints:
    """Leave out groups that are covered whenever another one is: all its candidates are theirs."""
    rows = np.flatnonzero(must)
    reach = np.bincount(problem.candidate, minlength=problem.n_candidates).astype(np.float64)
    if float((reach**2).sum()) > _MOST_COMPARED:
        return rows
    incidence = problem.incidence[rows]
    size = np.diff(problem.starts)[rows]
    shared = (incidence @ incidence.T).tocoo()
    a, b = shared.coords
    # All candidates of a are candidates of b: b is covered when a is; of equals the first stays.
    implied = (shared.data == size[a]) & (a != b) & ((size[a] < size[b]) | (a < b))
    stays = np.ones(len(rows), dtype=bool)
    stays[b[implied]] = False
    return rows[stays]


def _greedy_cover(part: _Part, cost: Floats) -> Flags:
    """Cover what is needed, most people for the cost first, then take out what is not needed."""
    problem, zone = part.problem, part.zone
    n = problem.n_candidates
    chosen = np.zeros(n, dtype=bool)
    while (short := part.short(chosen)).any():
        wanted = ~problem.covered_by(chosen) & (short[zone] > 0)
        worth = np.where(wanted, np.minimum(problem.weight, short[zone]), 0.0)
        total = np.bincount(problem.candidate, weights=worth[problem.group], minlength=n)
        added = np.round(np.where(chosen, 0.0, total), 6)
        score = np.divide(added, cost, out=np.where(added > 0, np.inf, 0.0), where=cost > 0)
        best = int(np.argmax(score))
        if score[best] <= 0:  # what is missing is rounding
            break
        chosen[best] = True
    built = np.flatnonzero(chosen)
    for j in built[np.lexsort((-built, -cost[built]))].tolist():
        chosen[j] = False
        if part.short(chosen).any():
            chosen[j] = True
    return chosen
