r"""Choosing sites of most gain: greedy, exchange, and a bound that says how good the choice is.

One problem stands behind covering the most people and behind the shortest mean distance. Row *i* (a
group of people) has a gain :math:`g_{ij} > 0` from candidate *j*, and takes the largest of the sites
that are built:

.. math:: \max_{S}\ \sum_i \max_{j \in S} g_{ij}, \qquad |S| \le p,\quad \sum_{j \in S} c_j \le b.

Arrays all through: sites are chosen one by one, rows never are.
"""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from capacity.siting.solve import relative_gap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity.siting.problem import CoverProblem

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

# Gains are compared to a millionth: what is nearer is equal, and then the earlier candidate wins.
_PLACES: Final = 6
_EQUAL: Final = 5e-7
# From so many pairs on a greedy choice of different gains is made lazily.
_LAZY_FROM: Final = 1_000_000
# Exchanges are looked for in a table of sites × candidates; a larger one is not made.
_MOST_EXCHANGES: Final = 40_000_000
# Steps of the bound, and after how many without progress they are halved.
_STEPS: Final = 600
_PATIENCE: Final = 12
_DEFLECTION: Final = 0.9
_SMALLEST_STEP: Final = 1e-3
# Every so many steps the sites that the prices pick are bettered by exchanges.
_TRY_EACH: Final = 30
_TRY_ROUNDS: Final = 40
# A bound that falls by less has stopped falling.
_PROGRESS: Final = 1e-6


@dataclass(frozen=True)
class Gains:
    """What each row gains from each candidate, sparse.

    Attributes
    ----------
    row, candidate
        Positions, int64, shape (n_pairs,), sorted by row; every row has a pair.
    gain
        Over 0, shape (n_pairs,).
    n_rows, n_candidates
        How many there are.
    """

    row: Ints
    candidate: Ints
    gain: Floats
    n_rows: int
    n_candidates: int

    @cached_property
    def starts(self) -> Ints:
        """Where the pairs of each row begin, shape (n_rows + 1,)."""
        return np.searchsorted(self.row, np.arange(self.n_rows + 1)).astype(np.int64)

    @cached_property
    def alike(self) -> bool:
        """Whether every row gains the same from each of its candidates, as in covering."""
        first = self.gain[self.starts[:-1]][self.row] if self.n_rows else self.gain
        return bool((self.gain == first).all())

    @cached_property
    def by_candidate(self) -> tuple[Ints, Ints]:
        """Pairs sorted by candidate, and where those of each begin."""
        order = np.argsort(self.candidate, kind="stable")
        at = np.searchsorted(self.candidate[order], np.arange(self.n_candidates + 1))
        return order.astype(np.int64), at.astype(np.int64)

    def pairs_of(self, candidate: int) -> Ints:
        """Give the positions of the pairs of one candidate."""
        order, at = self.by_candidate
        return np.asarray(order[at[candidate] : at[candidate + 1]], dtype=np.int64)

    def pairs_in(self, rows: Ints) -> Ints:
        """Give the positions of the pairs of some rows."""
        length = self.starts[rows + 1] - self.starts[rows]
        within = np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
        return np.asarray(np.repeat(self.starts[rows], length) + within, dtype=np.int64)

    def best(self, chosen: Flags) -> Floats:
        """Give what every row gains from a choice, shape (n_rows,)."""
        if self.n_rows == 0:
            return np.empty(0)
        held = np.where(chosen[self.candidate], self.gain, 0.0)
        return np.asarray(np.maximum.reduceat(held, self.starts[:-1]))

    def value(self, chosen: Flags) -> float:
        """Add up what all rows gain from a choice."""
        return float(np.round(self.best(chosen).sum(), _PLACES))


@dataclass(frozen=True)
class Allowance:
    """What may be built.

    Attributes
    ----------
    cost
        Of each candidate, not negative, shape (n_candidates,).
    n_sites
        Most sites, with the required ones; None for any number.
    budget
        Most cost, with the required ones; None for any cost.
    required, allowed
        Candidates that are built in any case, and those that may be; shape (n_candidates,).
    """

    cost: Floats
    n_sites: int | None
    budget: float | None
    required: Flags
    allowed: Flags

    def room(self, chosen: Flags) -> tuple[float, float]:
        """Say how many sites and how much cost a choice leaves."""
        sites = np.inf if self.n_sites is None else self.n_sites - int(chosen.sum())
        spent = float(self.cost[chosen].sum())
        money = np.inf if self.budget is None else round(self.budget - spent, _PLACES)
        return sites, money


def gains_of(problem: CoverProblem) -> Gains:
    """Make gains of a covering problem: a group's people, from whichever site covers it.

    Parameters
    ----------
    problem
        Groups and candidates.

    Returns
    -------
    Gains
        Rows are groups.
    """
    return Gains(
        row=problem.group,
        candidate=problem.candidate,
        gain=problem.weight[problem.group],
        n_rows=problem.n_groups,
        n_candidates=problem.n_candidates,
    )


def greedy(gains: Gains, allowance: Allowance) -> Ints:
    """Choose one site after the other, each the one of most gain beside those before it.

    Parameters
    ----------
    gains
        Rows and candidates.
    allowance
        What may be built. With a budget the most gain for the cost is chosen, of candidates that the
        rest of the budget buys.

    Returns
    -------
    array of int64
        Candidates in the order chosen, required ones first; what adds nothing is not built. Of equal
        candidates the earliest is chosen.

    Notes
    -----
    What every candidate would add is kept up to date for the rows that a choice changes, so a run for
    a covering problem costs about as much as reading all pairs once. Where there are very many pairs
    and rows change often (distances), what a candidate adds is looked up only when it may be the most:
    it never adds more later (Minoux). Both choose the same. With a number of sites and equal costs the
    choice has at least 1 − 1/e of the most that can be gained (Nemhauser, Wolsey and Fisher).

    References
    ----------
    Minoux, M. (1978), Accelerated greedy algorithms for maximizing submodular set functions. In:
    Optimization Techniques, Springer, 234–243.

    Nemhauser, G. L., Wolsey, L. A. and Fisher, M. L. (1978), An analysis of approximations for maximizing
    submodular set functions. Mathematical Programming 14, 265–294.
    """
    if len(gains.row) > _LAZY_FROM and not gains.alike:
        return _lazily(gains, allowance)
    return _kept_up(gains, allowance)


def _lazily(gains: Gains, allowance: Allowance) -> Ints:
    """Look up what a candidate adds only where, by what it added before, it may be the most."""
    order, begin = gains.by_candidate
    row, gain = gains.row[order], gains.gain[order]
    best = np.zeros(gains.n_rows)
    chosen = np.zeros(gains.n_candidates, dtype=bool)
    sequence: list[int] = []

    def _choose(j: int) -> None:
        rows = row[begin[j] : begin[j + 1]]
        best[rows] = np.maximum(best[rows], gain[begin[j] : begin[j + 1]])
        chosen[j] = True
        sequence.append(j)

    def _score(j: int) -> float:
        at = slice(begin[j], begin[j + 1])
        added = float(np.round(np.maximum(0.0, gain[at] - best[row[at]]).sum(), _PLACES))
        if allowance.budget is None or added <= 0:
            return added
        cost = float(allowance.cost[j])
        return added / cost if cost > 0 else np.inf

    for j in np.flatnonzero(allowance.required).tolist():
        _choose(j)
    free = np.flatnonzero(allowance.allowed & ~chosen).tolist()
    heap = [(-score, j) for j in free if (score := _score(j)) > 0]
    heapq.heapify(heap)
    sites, money = allowance.room(chosen)
    while heap and sites >= 1:
        _, j = heapq.heappop(heap)
        score = _score(j) if allowance.cost[j] <= money else 0.0
        if score <= 0:
            continue  # neither money nor people come back
        if heap and (-score, j) > heap[0]:
            heapq.heappush(heap, (-score, j))
            continue
        _choose(j)
        sites, money = allowance.room(chosen)
    return np.array(sequence, dtype=np.int64)


def _kept_up(gains: Gains, allowance: Allowance) -> Ints:
    """Keep what every candidate adds up to date, row by row that a choice changes."""
    n = gains.n_candidates
    best = np.zeros(gains.n_rows)
    added = np.bincount(gains.candidate, weights=gains.gain, minlength=n)
    chosen = np.zeros(n, dtype=bool)
    sequence: list[int] = []

    def _choose(j: int) -> None:
        chosen[j] = True
        sequence.append(j)
        pairs = gains.pairs_of(j)
        better = gains.gain[pairs] > best[gains.row[pairs]]
        rows = gains.row[pairs][better]
        touched = gains.pairs_in(rows)
        old = best[gains.row[touched]]
        best[rows] = gains.gain[pairs][better]
        new = best[gains.row[touched]]
        of_pair = gains.gain[touched]
        lost = np.maximum(0.0, of_pair - old) - np.maximum(0.0, of_pair - new)
        added[:] -= np.bincount(gains.candidate[touched], weights=lost, minlength=n)

    for j in np.flatnonzero(allowance.required).tolist():
        _choose(j)
    while True:
        sites, money = allowance.room(chosen)
        open_ = allowance.allowed & ~chosen & (allowance.cost <= money)
        if sites < 1 or not open_.any():
            break
        score = np.where(open_, np.round(added, _PLACES), 0.0)
        if allowance.budget is not None:
            free = np.where(score > 0, np.inf, 0.0)
            score = np.divide(score, allowance.cost, out=free, where=allowance.cost > 0)
        j = int(np.argmax(score))
        if score[j] <= 0:
            break
        _choose(j)
    return np.array(sequence, dtype=np.int64)


def exchange(
    gains: Gains, allowance: Allowance, chosen: Flags, *, rounds: int, until: float
) -> Flags:
    """Exchange single sites for others as long as that gains, or gains the same earlier in order.

    Parameters
    ----------
    gains
        Rows and candidates.
    allowance
        What may be built; required sites stay.
    chosen : array of bool, shape (n_candidates,)
        Where to begin; not changed.
    rounds
        Most tables of exchanges to look at.
    until
        Reading of the monotonic clock, in seconds, after which no new table is begun.

    Returns
    -------
    array of bool, shape (n_candidates,)
        Where it did not stop at a limit, no exchange of one site gains, and none brings an earlier
        candidate of no higher cost without loss.

    References
    ----------
    Teitz, M. B. and Bart, P. (1968), Heuristic methods for estimating the generalized vertex median of
    a weighted graph. Operations Research 16, 955–961.

    Resende, M. G. C. and Werneck, R. F. (2007), A fast swap-based local search procedure for location
    problems. Annals of Operations Research 150, 205–230.
    """
    chosen = chosen.copy()
    for _ in range(rounds):
        sites = np.flatnonzero(chosen & ~allowance.required)
        others = np.flatnonzero(allowance.allowed & ~chosen)
        too_many = len(sites) * gains.n_candidates > _MOST_EXCHANGES
        if len(sites) == 0 or len(others) == 0 or too_many or time.monotonic() > until:
            break
        profit = _profits(gains, chosen, sites)[:, others]
        _, money = allowance.room(chosen)
        dearer = allowance.cost[others][None, :] - allowance.cost[sites][:, None]
        profit[dearer > money] = -np.inf
        taken = _disjoint(gains, sites, others, profit)
        if not taken:
            same = np.abs(profit) <= _EQUAL
            same &= (others[None, :] < sites[:, None]) & (dearer <= 0)
            if not same.any():
                break
            second = int(np.argmax(same.any(axis=0)))
            first = int(np.flatnonzero(same[:, second])[-1])
            taken = [(int(sites[first]), int(others[second]))]
        for out, into in taken:
            # Several at once may together cost more than one by one.
            if allowance.cost[into] - allowance.cost[out] <= allowance.room(chosen)[1]:
                chosen[out], chosen[into] = False, True
    return chosen


def _profits(gains: Gains, chosen: Flags, sites: Ints) -> Floats:
    """Say what each exchange gains: sites to give up × candidates to take, shape (n_sites, n)."""
    n = gains.n_candidates
    held = np.where(chosen[gains.candidate], gains.gain, 0.0)
    first = np.maximum.reduceat(held, gains.starts[:-1])
    hit = np.flatnonzero((held > 0) & (held == first[gains.row]))
    of_row, at = np.unique(gains.row[hit], return_index=True)
    owner = np.full(gains.n_rows, -1, dtype=np.int64)
    owner[of_row] = gains.candidate[hit[at]]
    held[hit[at]] = 0.0
    second = np.maximum.reduceat(held, gains.starts[:-1])
    place = np.full(n + 1, -1, dtype=np.int64)
    place[sites] = np.arange(len(sites))
    of_owner = place[owner]
    owned = of_owner >= 0
    loss = np.bincount(of_owner[owned], weights=(first - second)[owned], minlength=len(sites))
    one, two = first[gains.row], second[gains.row]
    added = np.bincount(gains.candidate, weights=np.maximum(0.0, gains.gain - one), minlength=n)
    saves = owned[gains.row] & (gains.gain > two)
    back = np.minimum(one, gains.gain)[saves] - two[saves]
    where = of_owner[gains.row[saves]] * n + gains.candidate[saves]
    kept = np.bincount(where, weights=back, minlength=len(sites) * n).reshape(len(sites), n)
    return np.asarray(kept + added[None, :] - loss[:, None])


def _disjoint(gains: Gains, sites: Ints, others: Ints, profit: Floats) -> list[tuple[int, int]]:
    """Take the best exchanges that have no row in common, so that their profits add up."""
    into = np.argmax(profit, axis=1)
    best = profit[np.arange(len(sites)), into]
    order = np.lexsort((sites, others[into], -np.round(best, _PLACES)))
    touched = np.zeros(gains.n_rows, dtype=bool)
    taken, used = [], set()
    for k in order.tolist():
        if best[k] <= _EQUAL:
            break
        out, new = int(sites[k]), int(others[into[k]])
        rows = gains.row[np.concatenate([gains.pairs_of(out), gains.pairs_of(new)])]
        if new not in used and not touched[rows].any():
            touched[rows] = True
            used.add(new)
            taken.append((out, new))
    return taken


@dataclass(frozen=True)
class Bounded:
    """A choice, what no choice beats, and what that says of single candidates.

    Attributes
    ----------
    chosen
        Candidates, bool, shape (n_candidates,).
    value, bound
        Gain of the choice, and the most that any could have.
    never, always
        Candidates that no better choice has, and those that every better one has, bool, shape
        (n_candidates,): better by more than a share ``slack`` of ``value``.
    slack
        That share.
    price
        The prices of rows that gave the bound, shape (n_rows,).
    """

    chosen: Flags
    value: float
    bound: float
    never: Flags
    always: Flags
    slack: float
    price: Floats


def bounded(
    gains: Gains,
    allowance: Allowance,
    chosen: Flags,
    *,
    gap: float,
    until: float,
    steps: int = _STEPS,
) -> Bounded:
    r"""Bound the gain of any choice from above, and better the choice on the way.

    For prices :math:`\lambda_i \ge 0` of rows, no choice gains more than

    .. math:: L(\lambda) = \sum_i \lambda_i + \max_{S} \sum_{j \in S} \rho_j, \qquad
              \rho_j = \sum_i \max(0,\ g_{ij} - \lambda_i),

    the maximum over the choices allowed: the sites of largest :math:`\rho` for a number of sites, a
    knapsack with its last item cut for a budget. The prices go down the subgradient of :math:`L`.

    Parameters
    ----------
    gains
        Rows and candidates.
    allowance
        What may be built.
    chosen : array of bool, shape (n_candidates,)
        Where to begin.
    gap
        Relative gap at which to stop.
    until
        Reading of the monotonic clock, in seconds, at which to stop.
    steps
        Most steps.

    Returns
    -------
    Bounded
        The bound is the least of all steps.

    References
    ----------
    Galvão, R. D. and ReVelle, C. (1996), A Lagrangean heuristic for the maximal covering location
    problem. European Journal of Operational Research 88, 114–123.

    Camerini, P. M., Fratta, L. and Maffioli, F. (1975), On improving relaxation methods by modified
    gradient techniques. Mathematical Programming Study 3, 26–34.
    """
    value = gains.value(chosen)
    top = gains.best(allowance.allowed | allowance.required)
    price = _first_prices(gains, chosen, top)
    least, kept = float("inf"), price
    theta, waited = 1.0, 0
    direction = np.zeros(gains.n_rows)
    tried_before: set[bytes] = set()
    for step in range(steps):
        red = np.maximum(0.0, gains.gain - price[gains.row])
        worth = _worth(gains, red)
        part, most = _choice(worth, allowance)
        level = float(price.sum()) + most
        waited = 0 if level < least * (1 - _PROGRESS) else waited + 1
        if level < least:
            least, kept = level, price
        tried = part >= 1.0
        name = np.packbits(tried).tobytes()
        if _fits(allowance, tried) and name not in tried_before:
            tried_before.add(name)
            if step % _TRY_EACH == 0:
                tried = exchange(gains, allowance, tried, rounds=_TRY_ROUNDS, until=until)
            new = gains.value(tried)
            if new > value + _EQUAL:
                chosen, value = tried, new
        if relative_gap(value, least) <= gap or time.monotonic() > until:
            break
        if waited >= _PATIENCE:
            theta, waited, price = theta / 2, 0, kept
            direction = np.zeros(gains.n_rows)
            if theta < _SMALLEST_STEP:
                break
            continue
        open_ = part[gains.candidate] * (red > 0)
        slope = 1.0 - np.bincount(gains.row, weights=open_, minlength=gains.n_rows)
        # A price that cannot go further does not turn the others aside.
        slope[((price <= 0) & (slope > 0)) | ((price >= top) & (slope < 0))] = 0.0
        direction = slope + _DEFLECTION * direction
        length = float(direction @ direction)
        if length <= 0:
            break
        stride = theta * max(level - value, _EQUAL) / length
        price = np.clip(price - stride * direction, 0.0, top)
    slack = gap / 2
    never, always = _settled(gains, allowance, kept, value * (1 + slack) + _EQUAL)
    bound = max(value, least)
    return Bounded(chosen, value, bound, never & ~chosen, always & chosen, slack, kept)


def bounds_by_number(gains: Gains, allowance: Allowance, price: Floats, most: int) -> Floats:
    """Bound the gain of every number of sites by the same prices.

    Parameters
    ----------
    gains
        Rows and candidates.
    allowance
        Required and allowed candidates; its number of sites and budget do not count.
    price
        Of rows, not negative, such as ``bounded`` found for one number of sites.
    most
        Largest number of sites.

    Returns
    -------
    array, shape (most + 1,)
        What no choice of so many sites gains more than; infinite below the number of required ones.
    """
    worth = _worth(gains, np.maximum(0.0, gains.gain - price[gains.row]))
    held = int(allowance.required.sum())
    free = np.sort(worth[allowance.allowed & ~allowance.required])[::-1]
    base = float(price.sum() + worth[allowance.required].sum())
    bound = np.full(most + 1, np.inf)
    sums = base + np.concatenate([[0.0], np.cumsum(free)])
    at = np.clip(np.arange(most + 1) - held, 0, len(free))
    bound[held:] = sums[at[held:]]
    return bound


def bounds_by_budget(gains: Gains, cost: Floats, price: Floats, budgets: Floats) -> Floats:
    """Bound the gain for every budget by the same prices: a knapsack with its last item cut.

    Parameters
    ----------
    gains
        Rows and candidates, all of them allowed and none required.
    cost
        Of each candidate, not negative.
    price
        Of rows, not negative, such as ``bounded`` found for one budget.
    budgets
        Not negative, shape (n_budgets,).

    Returns
    -------
    array, shape (n_budgets,)
        What no choice of so much cost gains more than.

    Examples
    --------
    >>> from capacity.siting.search import Gains
    >>> one = Gains(np.array([0, 1]), np.array([0, 1]), np.array([4.0, 2.0]), 2, 2)
    >>> bounds_by_budget(one, np.array([2.0, 2.0]), np.zeros(2), np.array([0.0, 1.0, 3.0])).tolist()
    [0.0, 2.0, 5.0]
    """
    worth = _worth(gains, np.maximum(0.0, gains.gain - price[gains.row]))
    free = cost <= 0
    base = float(price.sum() + worth[free].sum())
    paid = np.flatnonzero(~free & (worth > 0))
    best = paid[np.argsort(-worth[paid] / cost[paid], kind="stable")]
    spent = np.concatenate([[0.0], np.cumsum(cost[best])])
    gained = np.concatenate([[0.0], np.cumsum(worth[best])])
    return np.asarray(base + np.interp(budgets, spent, gained), dtype=np.float64)


def _worth(gains: Gains, red: Floats) -> Floats:
    return np.bincount(gains.candidate, weights=red, minlength=gains.n_candidates).astype(
        np.float64
    )


def _first_prices(gains: Gains, chosen: Flags, top: Floats) -> Floats:
    """Begin between what a row gains from the best and from the second site of a choice."""
    if gains.n_rows == 0:
        return top
    held = np.where(chosen[gains.candidate], gains.gain, 0.0)
    first = np.maximum.reduceat(held, gains.starts[:-1])
    hit = np.flatnonzero((held > 0) & (held == first[gains.row]))
    _, at = np.unique(gains.row[hit], return_index=True)
    held[hit[at]] = 0.0
    second = np.maximum.reduceat(held, gains.starts[:-1])
    return np.minimum(top, (first + second) / 2)


def _choice(worth: Floats, allowance: Allowance) -> tuple[Floats, float]:
    """Take the candidates of most worth that are allowed, the last of a budget in part."""
    part = np.where(allowance.required, 1.0, 0.0)
    sites, money = allowance.room(allowance.required)
    free = np.flatnonzero(allowance.allowed & ~allowance.required & (worth > 0))
    found = []
    if np.isfinite(sites) or not np.isfinite(money):
        order = free[np.argsort(-worth[free], kind="stable")]
        by_number = part.copy()
        by_number[order[: int(min(sites, len(order)))]] = 1.0
        found.append(by_number)
    if np.isfinite(money):
        found.append(_knapsack(part, worth, allowance.cost, free, money))
    totals = [float(worth @ parts) for parts in found]
    k = int(np.argmin(totals))
    return found[k], totals[k]


def _knapsack(part: Floats, worth: Floats, cost: Floats, free: Ints, money: float) -> Floats:
    priced = np.where(cost > 0, cost, 1e-12)
    order = free[np.argsort(-(worth / priced)[free], kind="stable")]
    before = np.cumsum(cost[order]) - cost[order]
    share = np.clip((money - before) / priced[order], 0.0, 1.0)
    parts = part.copy()
    parts[order] = np.where(cost[order] > 0, share, 1.0)
    return parts


def _fits(allowance: Allowance, chosen: Flags) -> bool:
    sites, money = allowance.room(chosen)
    return bool(sites >= 0 and money >= 0)


def _settled(
    gains: Gains, allowance: Allowance, price: Floats, needed: float
) -> tuple[Flags, Flags]:
    """Say which candidates a choice that gains more than needed cannot have, or must have."""
    n = gains.n_candidates
    never, always = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    if allowance.budget is not None or allowance.n_sites is None:
        return never, always
    red = np.maximum(0.0, gains.gain - price[gains.row])
    worth = _worth(gains, red)
    free = np.flatnonzero(allowance.allowed & ~allowance.required)
    sites = int(min(allowance.room(allowance.required)[0], len(free)))
    order = free[np.argsort(-worth[free], kind="stable")]
    inside, outside = order[:sites], order[sites:]
    total = float(price.sum()) + float(worth[allowance.required].sum() + worth[inside].sum())
    if sites > 0:
        never[outside] = total - worth[inside[-1]] + worth[outside] <= needed
    else:
        never[outside] = True
    if len(outside) > 0:
        always[inside] = total - worth[inside] + worth[outside[0]] <= needed
    return never, always
