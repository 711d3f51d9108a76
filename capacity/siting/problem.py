"""The covering problem: groups of people, and the candidate sites that reach each of them.

Built from the sets of facilities that reach finds (straight line or walking network), over existing
facilities and candidates together, so that a cell that an existing circle half covers is half
covered here too. Small beside the cells it comes from: people who reach the same candidates are one
group.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity.reach.sets import FacilitySets

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

# Sums of people are snapped to a millionth of a person once, as everywhere: their last digits depend
# on the order of rows, and no choice may.
_PLACES: Final = 6
_KEYS_SEED: Final = 20221202
# Comparing candidates two by two is left out where it would take more pairs than this.
_MOST_COMPARED: Final = 30_000_000


@dataclass(frozen=True)
class CoverProblem:
    """Groups of people and the candidates in reach of each, sparse.

    Attributes
    ----------
    weight
        People of each group, over 0, shape (n_groups,).
    unit
        Position of the unit of each group, int64, shape (n_groups,).
    starts, candidate
        The candidates in reach of group ``g`` are ``candidate[starts[g]:starts[g + 1]]``, positions in
        the caller's order, int64, ascending; no group is without one. Groups are sorted by unit, then
        by a number made of their candidates, and no two are the same.
    n_candidates
        How many candidates there are, with those that reach nobody.
    people, covered, reachable
        People of each unit, those that existing facilities cover, and those that existing facilities
        or candidates could cover together, shape (n_units,).
    method
        What was measured, as findings print it.

    Examples
    --------
    Three people in reach of candidate 0, two of both, one of neither:

    >>> problem = CoverProblem(
    ...     weight=np.array([3.0, 2.0]),
    ...     unit=np.array([0, 0]),
    ...     starts=np.array([0, 1, 3]),
    ...     candidate=np.array([0, 0, 1]),
    ...     n_candidates=2,
    ...     people=np.array([6.0]),
    ...     covered=np.array([0.0]),
    ...     reachable=np.array([5.0]),
    ...     method="straight line",
    ... )
    >>> problem.covered_by(np.array([False, True])).tolist()
    [False, True]
    """

    weight: Floats
    unit: Ints
    starts: Ints
    candidate: Ints
    n_candidates: int
    people: Floats
    covered: Floats
    reachable: Floats
    method: str

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return len(self.weight)

    @cached_property
    def group(self) -> Ints:
        """Group of every pair of group and candidate, ascending, shape (n_pairs,)."""
        return np.repeat(np.arange(self.n_groups, dtype=np.int64), np.diff(self.starts))

    @cached_property
    def incidence(self) -> csr_array:
        """Groups × candidates, 1 where in reach."""
        return csr_array(
            (np.ones(len(self.candidate)), self.candidate, self.starts),
            shape=(self.n_groups, self.n_candidates),
        )

    def covered_by(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Say which groups a choice of candidates covers.

        Parameters
        ----------
        chosen : array of bool, shape (n_candidates,)
            Candidates that are built.

        Returns
        -------
        array of bool, shape (n_groups,)
            Whether any of the group's candidates is.
        """
        hits = np.bincount(self.group, weights=chosen[self.candidate], minlength=self.n_groups)
        return np.asarray(hits > 0)

    def by_unit(self, groups: NDArray[np.bool_]) -> Floats:
        """Add up the people of some groups by unit, with those whom existing facilities cover.

        Parameters
        ----------
        groups : array of bool, shape (n_groups,)
            Groups that are covered.

        Returns
        -------
        array, shape (n_units,)
            People covered, never more than there are.
        """
        new = np.bincount(self.unit, weights=self.weight * groups, minlength=len(self.people))
        return np.minimum(self.people, np.round(self.covered + new, _PLACES))


def cover_problem(
    sets: FacilitySets,
    people: Floats,
    unit: Ints,
    *,
    n_units: int,
    n_existing: int,
) -> CoverProblem:
    """Make the covering problem of candidates beside existing facilities.

    Parameters
    ----------
    sets
        Who reaches which facilities, existing ones first (positions 0 to ``n_existing`` − 1), then
        the candidates.
    people, unit : array, shape (n_rows,)
        People of each demand row, finite and not negative, and the position of its unit.
    n_units, n_existing
        How many units and existing facilities there are.

    Returns
    -------
    CoverProblem
        Whoever an existing facility reaches is covered and in no group; who reaches the same
        candidates in the same unit is one group, which changes no answer.
    """
    weight = sets.share * people[sets.row]
    of_part = unit[sets.row]
    # Facilities of a set ascend, so a set has an existing one if its first is.
    first = sets.facility[sets.starts[:-1]] if sets.n_sets else np.empty(0, dtype=np.int64)
    has_existing = first < n_existing
    is_covered = has_existing[sets.chosen]
    total = _snapped(unit, people, n_units)
    covered = np.minimum(total, _snapped(of_part, weight * is_covered, n_units))
    reachable = np.minimum(total, _snapped(of_part, weight, n_units))
    left = ~is_covered & (weight > 0)
    key = of_part[left] * max(1, sets.n_sets) + sets.chosen[left]
    together, at = np.unique(key, return_inverse=True)
    of_group, chosen = together // max(1, sets.n_sets), together % max(1, sets.n_sets)
    amount = _snapped(at, weight[left], len(together))
    some = amount > 0
    member_of, facility = sets.members(chosen[some])
    return canonical(
        CoverProblem(
            weight=amount[some],
            unit=of_group[some].astype(np.int64),
            starts=_starts(member_of, int(some.sum())),
            candidate=facility - n_existing,
            n_candidates=sets.n_facilities - n_existing,
            people=total,
            covered=covered,
            reachable=reachable,
            method=sets.method,
        )
    )


def canonical(problem: CoverProblem) -> CoverProblem:
    """Merge groups of a unit that reach the same candidates, and put them into an order of their own.

    Parameters
    ----------
    problem
        With candidates of a group in any order, each once.

    Returns
    -------
    CoverProblem
        The same problem, whatever the order of its rows was. Groups without a candidate are left
        out.
    """
    group, candidate = problem.group, problem.candidate
    order = np.lexsort((candidate, group))
    group, candidate = group[order], candidate[order]
    length = np.bincount(group, minlength=problem.n_groups)
    begin = np.cumsum(length) - length
    # As in ``reach.sets``: two random numbers per candidate add up to a name of 128 bits for a set.
    random = np.random.Generator(np.random.PCG64(_KEYS_SEED))
    key = random.integers(0, 2**64, size=(problem.n_candidates, 2), dtype=np.uint64)
    name = np.zeros((problem.n_groups, 3), dtype=np.uint64)
    name[:, 0] = problem.unit
    np.add.at(name[:, 1:], group, key[candidate])
    there = np.flatnonzero(length)
    _, first, rank = np.unique(name[there], axis=0, return_index=True, return_inverse=True)
    first = there[first]
    weight = _snapped(rank.ravel(), problem.weight[there], len(first))
    span = length[first]
    starts = np.concatenate([[0], np.cumsum(span)]).astype(np.int64)
    at = np.repeat(begin[first] - starts[:-1], span) + np.arange(starts[-1])
    return replace(
        problem,
        weight=weight,
        unit=problem.unit[first],
        starts=starts,
        candidate=candidate[at],
    )


def undominated(
    problem: CoverProblem, cost: Floats, keep: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """Mark the candidates that no other makes pointless.

    A candidate is pointless where another that costs no more reaches everyone whom it reaches; of two
    that reach the same people at the same cost the earlier stays. Leaving it out changes neither the
    most people covered nor the least cost.

    Parameters
    ----------
    problem
        Groups and candidates.
    cost : array, shape (n_candidates,)
        What each costs.
    keep : array of bool, shape (n_candidates,), optional
        Candidates that stay in any case.

    Returns
    -------
    array of bool, shape (n_candidates,)
        False for what can be left out; candidates that reach nobody are. All of those with people
        stay where comparing them would take more than 30 million pairs.
    """
    reach = np.bincount(problem.candidate, minlength=problem.n_candidates)
    stays = reach > 0
    length = np.diff(problem.starts)
    if float((length.astype(np.float64) ** 2).sum()) <= _MOST_COMPARED:
        incidence = problem.incidence
        shared = (incidence.T @ incidence).tocoo()
        j, k = shared.coords
        inside = (shared.data == reach[j]) & (j != k) & (cost[k] <= cost[j])
        # Of equals the earlier one stays.
        equal = (reach[j] == reach[k]) & (cost[j] == cost[k])
        inside &= ~equal | (k < j)
        stays[j[inside]] = False
    return stays if keep is None else stays | keep


def only(problem: CoverProblem, candidates: NDArray[np.bool_]) -> CoverProblem:
    """Leave out candidates; the positions of the others stay as they are.

    Parameters
    ----------
    problem
        Groups and candidates.
    candidates : array of bool, shape (n_candidates,)
        Which to keep.

    Returns
    -------
    CoverProblem
        With groups merged that reach the same candidates now.
    """
    stays = candidates[problem.candidate]
    return canonical(
        replace(
            problem,
            starts=_starts(problem.group[stays], problem.n_groups),
            candidate=problem.candidate[stays],
        )
    )


def components(problem: CoverProblem) -> tuple[Ints, Ints]:
    """Find the parts of the problem that have no group in common.

    Parameters
    ----------
    problem
        Groups and candidates.

    Returns
    -------
    of_group, of_candidate : array of int64, shape (n_groups,), (n_candidates,)
        Part of each, counted from 0 by the first candidate of each; −1 for a candidate that reaches
        nobody.
    """
    n, total = problem.n_candidates, problem.n_candidates + problem.n_groups
    graph = csr_array(
        (np.ones(len(problem.candidate)), (problem.candidate, n + problem.group)),
        shape=(total, total),
    )
    _, label = connected_components(graph, directed=False)
    reaches = np.bincount(problem.candidate, minlength=n) > 0
    names, first = np.unique(label[:n][reaches], return_index=True)
    renumbered = np.full(int(label.max(initial=-1)) + 1, -1, dtype=np.int64)
    renumbered[names[np.argsort(first)]] = np.arange(len(names))
    return renumbered[label[n:]], renumbered[label[:n]]


def _snapped(at: Ints, amount: Floats, n: int) -> Floats:
    """Add amounts up, and round the sums to a millionth."""
    return np.round(np.bincount(at, weights=amount, minlength=n), _PLACES).astype(np.float64)


def _starts(member_of: Ints, n: int) -> Ints:
    counts = np.bincount(member_of, minlength=n)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
