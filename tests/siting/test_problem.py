"""The covering problem: what is merged, left out and kept, against slow loops."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.reach.pairs import Pairs
from capacity.reach.sets import nested_sets
from capacity.siting.problem import (
    CoverProblem,
    components,
    cover_problem,
    only,
    undominated,
)


def problem_of(reach, people, units, n_existing=0):
    """Make a problem of a table of rows × facilities of 0 and 1."""
    reach = np.asarray(reach, dtype=bool)
    row, facility = np.nonzero(reach)
    pairs = Pairs(
        row=row,
        facility=facility,
        cost=np.ones(len(row)),
        share=np.ones(len(row)),
        n_rows=reach.shape[0],
        n_facilities=reach.shape[1],
        limit_m=1.0,
        method="straight line",
    )
    return cover_problem(
        nested_sets(pairs),
        np.asarray(people, dtype=float),
        np.asarray(units, dtype=np.int64),
        n_units=max(units, default=-1) + 1,
        n_existing=n_existing,
    )


def as_dict(problem):
    return {
        (int(u), tuple(problem.candidate[a:b].tolist())): float(w)
        for u, a, b, w in zip(
            problem.unit, problem.starts[:-1], problem.starts[1:], problem.weight, strict=True
        )
    }


def test_rows_of_a_unit_that_reach_the_same_candidates_are_one_group():
    reach = [[1, 0], [1, 0], [1, 1], [0, 0], [1, 0]]
    problem = problem_of(reach, [3, 4, 5, 6, 7], [0, 0, 0, 0, 1])
    assert as_dict(problem) == {(0, (0,)): 7.0, (0, (0, 1)): 5.0, (1, (0,)): 7.0}
    assert problem.people.tolist() == [18.0, 7.0]
    assert problem.reachable.tolist() == [12.0, 7.0]
    assert problem.covered.tolist() == [0.0, 0.0]


def test_whom_existing_facilities_cover_is_in_no_group():
    reach = [[1, 1, 0], [0, 1, 1], [0, 0, 1]]
    problem = problem_of(reach, [3, 4, 5], [0, 0, 0], n_existing=1)
    assert as_dict(problem) == {(0, (0, 1)): 4.0, (0, (1,)): 5.0}
    assert (problem.covered[0], problem.reachable[0]) == (3.0, 12.0)
    assert problem.by_unit(problem.covered_by(np.array([True, False]))).tolist() == [7.0]


def test_rows_without_people_make_no_group():
    assert problem_of([[1]], [0.0], [0]).n_groups == 0


def test_no_rows_and_no_candidates():
    empty = problem_of(np.zeros((0, 2)), [], [])
    assert (empty.n_groups, empty.n_candidates) == (0, 2)
    assert undominated(empty, np.ones(2)).tolist() == [False, False]
    none = problem_of(np.zeros((2, 0)), [1, 2], [0, 0])
    assert (none.n_groups, none.n_candidates) == (0, 0)
    assert components(none)[1].tolist() == []


def test_a_candidate_that_another_outdoes_is_pointless():
    reach = [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1]]
    problem = problem_of(reach, [1, 1, 1], [0, 0, 0])
    assert undominated(problem, np.ones(4)).tolist() == [False, True, True, False]
    # a cheaper one is not, and of two that reach the same the cheaper stays
    assert undominated(problem, np.array([0.5, 1.0, 2.0, 1.0])).tolist() == [
        True,
        True,
        False,
        True,
    ]
    kept = undominated(problem, np.ones(4), np.array([True, False, False, True]))
    assert kept.all()


def test_leaving_candidates_out_merges_groups():
    problem = problem_of([[1, 1], [1, 0], [0, 1]], [1, 2, 4], [0, 0, 0])
    assert as_dict(only(problem, np.array([True, False]))) == {(0, (0,)): 3.0}


def test_components_are_counted_by_their_first_candidate():
    reach = [[0, 1, 0, 1, 0], [1, 0, 0, 0, 0], [0, 0, 0, 1, 1]]
    problem = problem_of(reach, [1, 1, 1], [0, 0, 0])
    of_group, of_candidate = components(problem)
    assert of_candidate.tolist() == [0, 1, -1, 1, 1]
    found = {
        tuple(problem.candidate[a:b].tolist()): int(g)
        for a, b, g in zip(problem.starts[:-1], problem.starts[1:], of_group, strict=True)
    }
    assert found == {(1, 3): 1, (0,): 0, (3, 4): 1}


tables = st.integers(1, 8).flatmap(
    lambda n: st.tuples(
        st.lists(
            st.lists(st.booleans(), min_size=4, max_size=4).map(tuple), min_size=n, max_size=n
        ),
        st.lists(st.integers(0, 9), min_size=n, max_size=n),
        st.lists(st.integers(0, 1), min_size=n, max_size=n),
        st.permutations(range(n)),
    )
)


@settings(max_examples=40, deadline=None)
@given(tables)
def test_the_order_of_rows_changes_nothing_at_all(table):
    reach, people, units, order = table
    one = problem_of(reach, people, [*units[:-1], units[-1]], n_existing=1)
    other = problem_of(
        [reach[k] for k in order], [people[k] for k in order], [units[k] for k in order], 1
    )
    for name in CoverProblem.__dataclass_fields__:
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


@settings(max_examples=40, deadline=None)
@given(tables, st.lists(st.booleans(), min_size=3, max_size=3))
def test_people_covered_are_those_of_the_rows(table, chosen):
    reach, people, units, _ = table
    problem = problem_of(reach, people, units, n_existing=1)
    built = [True, *chosen]
    slow = [0.0] * (max(units) + 1)
    for row, n, unit in zip(reach, people, units, strict=True):
        if any(a and b for a, b in zip(row, built, strict=True)):
            slow[unit] += n
    assert problem.by_unit(problem.covered_by(np.array(chosen))).tolist() == slow


@settings(max_examples=40, deadline=None)
@given(tables, st.lists(st.integers(1, 3), min_size=4, max_size=4))
def test_pointless_candidates_never_matter(table, costs):
    reach, people, units, _ = table
    problem = problem_of(reach, people, units)
    cost = np.array(costs, dtype=float)
    stays = undominated(problem, cost)

    def best(allowed):
        most = {}
        for k in range(16):
            pick = np.array([(k >> j) & 1 for j in range(4)], dtype=bool)
            if (pick & ~allowed).any():
                continue
            covered = problem.by_unit(problem.covered_by(pick)).sum()
            for budget in range(13):
                if cost[pick].sum() <= budget:
                    most[budget] = max(most.get(budget, 0.0), covered)
        return most

    assert best(stays) == best(np.ones(4, dtype=bool))
