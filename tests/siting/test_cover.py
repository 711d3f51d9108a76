"""Covering models on arrays, against enumeration that shares no code with them."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.siting import cover, search
from capacity.siting.cover import Effort, Requirement, fewest_sites, most_covered, most_gain
from capacity.siting.search import Allowance, Gains, bounded, exchange, gains_of, greedy
from tests.siting.test_problem import problem_of

EXACT = Effort(gap=0.0, time_limit_s=20.0)


def allowance(n, *, n_sites=None, budget=None, cost=None, required=(), excluded=()):
    return Allowance(
        cost=np.ones(n) if cost is None else np.asarray(cost, dtype=float),
        n_sites=n_sites,
        budget=budget,
        required=np.isin(np.arange(n), list(required)),
        allowed=~np.isin(np.arange(n), list(excluded)),
    )


def picks(n, may):
    """List every choice that an allowance admits, as tuples of flags."""
    for pick in product((False, True), repeat=n):
        built = [j for j in range(n) if pick[j]]
        if (
            all(may.allowed[j] or may.required[j] for j in built)
            and all(pick[j] for j in range(n) if may.required[j])
            and (may.n_sites is None or len(built) <= may.n_sites)
            and (may.budget is None or sum(may.cost[j] for j in built) <= may.budget + 1e-9)
        ):
            yield pick


def covered(reach, people, pick):
    return sum(
        n
        for row, n in zip(reach, people, strict=True)
        if any(a and b for a, b in zip(row, pick, strict=True))
    )


def towns(n_candidates=5, n_rows=9):
    row = st.lists(st.booleans(), min_size=n_candidates, max_size=n_candidates)
    return st.tuples(
        st.lists(row, min_size=n_rows, max_size=n_rows),
        st.lists(st.integers(0, 20), min_size=n_rows, max_size=n_rows),
        st.lists(st.integers(1, 4), min_size=n_candidates, max_size=n_candidates),
    )


@settings(max_examples=60, deadline=None)
@given(towns(), st.integers(0, 4), st.sampled_from([(), (1,)]), st.sampled_from([(), (0, 3)]))
def test_most_covered_by_sites_is_what_enumeration_finds(town, n_sites, required, excluded):
    reach, people, _ = town
    may = allowance(5, n_sites=max(n_sites, len(required)), required=required, excluded=excluded)
    found = most_covered(problem_of(reach, people, [0] * 9), may, EXACT)
    assert found.objective == max(covered(reach, people, pick) for pick in picks(5, may))
    assert covered(reach, people, found.chosen) == found.objective
    assert tuple(found.chosen.tolist()) in set(picks(5, may))
    assert (found.status, found.bound) == ("optimal", found.objective)


@settings(max_examples=60, deadline=None)
@given(towns(), st.integers(0, 9))
def test_most_covered_for_a_budget_is_what_enumeration_finds(town, budget):
    reach, people, cost = town
    may = allowance(5, budget=float(budget), cost=cost)
    found = most_covered(problem_of(reach, people, [0] * 9), may, EXACT)
    assert found.objective == max(covered(reach, people, pick) for pick in picks(5, may))
    assert may.cost[found.chosen].sum() <= budget
    assert found.status == "optimal"


@settings(max_examples=60, deadline=None)
@given(towns(), st.lists(st.integers(0, 1), min_size=9, max_size=9), st.data())
def test_the_least_cost_of_a_share_is_what_enumeration_finds(town, units, data):
    reach, people, cost = town
    required = data.draw(st.sampled_from([(), (2,)]))
    may = allowance(5, cost=cost, required=required)
    per_unit = data.draw(st.booleans())
    zone = np.array([0, 1]) if per_unit else np.array([0, 0])
    everyone = [
        covered([r for r, u in zip(reach, units, strict=True) if zone[u] == z],
                [n for n, u in zip(people, units, strict=True) if zone[u] == z], [True] * 5)
        for z in range(2)
    ]  # fmt: skip
    need = [data.draw(st.sampled_from([0.0, 0.3 * n, 0.75 * n, float(n)])) for n in everyone]

    def enough(pick):
        got = [
            sum(n for r, n, u in zip(reach, people, units, strict=True)
                if zone[u] == z and any(a and b for a, b in zip(r, pick, strict=True)))
            for z in range(2)
        ]  # fmt: skip
        return all(g >= n - 1e-6 for g, n in zip(got, need, strict=True))

    problem = _two_units(reach, people, units)
    found = fewest_sites(problem, Requirement(zone, np.array(need)), may, EXACT)
    best = min(
        sum(c for c, p in zip(cost, pick, strict=True) if p)
        for pick in picks(5, may)
        if enough(pick)
    )
    assert found.objective == best
    assert found.status == "optimal"
    assert enough(found.chosen)
    assert all(found.chosen[j] for j in required)


def _two_units(reach, people, units):
    """Make a problem that has unit 1 even if no row is in it."""
    return problem_of([*reach, [False] * 5], [*people, 1], [*units, 1])


def test_a_zone_that_falls_apart_is_covered_part_by_part():
    """All of three people: candidate 0 for two of them, although 1 is cheaper for one, and 4."""
    reach = [[1, 0, 0, 0, 0], [0, 0, 0, 0, 1], [1, 1, 0, 0, 0]]
    wanted = Requirement(np.array([0]), np.array([3.0]))
    may = allowance(5, cost=[3, 1, 1, 1, 1])
    found = fewest_sites(problem_of(reach, [1, 1, 1], [0, 0, 0]), wanted, may, EXACT)
    assert np.flatnonzero(found.chosen).tolist() == [0, 4]
    assert (found.objective, found.status) == (4.0, "optimal")


def test_more_than_is_in_reach_is_infeasible():
    problem = problem_of([[1, 0], [0, 0]], [3, 4], [0, 0])
    wanted = Requirement(np.array([0]), np.array([3.5]))
    found = fewest_sites(problem, wanted, allowance(2), EXACT)
    assert found.status == "infeasible"
    assert not found.chosen.any()


def test_nothing_to_cover_needs_no_site():
    problem = problem_of([[1, 0]], [3], [0])
    none = fewest_sites(problem, Requirement(np.array([0]), np.zeros(1)), allowance(2), EXACT)
    assert (none.objective, none.status, none.chosen.any()) == (0.0, "optimal", False)
    empty = most_covered(problem_of([[0, 0]], [3], [0]), allowance(2, n_sites=2), EXACT)
    assert (empty.objective, empty.status, empty.chosen.any()) == (0.0, "optimal", False)


def test_of_equal_sites_the_earliest_are_taken_whatever_the_order_of_rows():
    reach = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    for rows in (reach, reach[::-1]):
        found = most_covered(problem_of(rows, [5] * 4, [0] * 4), allowance(4, n_sites=2), EXACT)
        assert found.chosen.tolist() == [True, True, False, False]
        half = Requirement(np.array([0]), np.array([10.0]))
        least = fewest_sites(problem_of(rows, [5] * 4, [0] * 4), half, allowance(4), EXACT)
        assert least.chosen.tolist() == [True, True, False, False]


def test_a_site_that_adds_nobody_is_not_built_unless_required():
    problem = problem_of([[1, 1], [1, 0]], [3, 4], [0, 0])
    assert most_covered(problem, allowance(2, n_sites=2), EXACT).chosen.tolist() == [True, False]
    kept = most_covered(problem, allowance(2, n_sites=2, required=[1]), EXACT)
    assert kept.chosen.tolist() == [True, True]


def gain_table(draw, n_rows=7, n=5):
    return np.array(
        draw(
            st.lists(
                st.lists(st.integers(0, 6), min_size=n, max_size=n),
                min_size=n_rows,
                max_size=n_rows,
            )
        ),
        dtype=float,
    )


def as_gains(table):
    table = table[table.max(axis=1) > 0]
    row, candidate = np.nonzero(table)
    return Gains(row, candidate, table[row, candidate], len(table), table.shape[1]), table


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 4))
def test_most_gain_takes_the_best_site_of_every_row(data, n_sites):
    gains, table = as_gains(gain_table(data.draw))
    may = allowance(5, n_sites=n_sites)
    found = most_gain(gains, may, EXACT)
    best = max(
        sum(max((g for g, p in zip(row, pick, strict=True) if p), default=0.0) for row in table)
        for pick in picks(5, may)
    )
    assert found.objective == best
    assert found.status == "optimal"


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(1, 3), st.integers(0, 6))
def test_no_choice_beats_the_bound_and_fixed_candidates_are_fixed_rightly(data, n_sites, money):
    gains, table = as_gains(gain_table(data.draw))
    budget = data.draw(st.sampled_from([None, float(money)]))
    cost = data.draw(st.lists(st.integers(0, 3), min_size=5, max_size=5))
    may = allowance(5, n_sites=n_sites, budget=budget, cost=cost)
    if gains.n_rows == 0:
        return
    start = np.zeros(5, dtype=bool)
    start[greedy(gains, may)] = True
    found = bounded(gains, may, start, gap=0.0, until=np.inf, steps=40)
    values = {
        pick: sum(
            max((g for g, p in zip(row, pick, strict=True) if p), default=0.0) for row in table
        )
        for pick in picks(5, may)
    }
    assert found.value == values[tuple(found.chosen.tolist())]
    assert max(values.values()) <= found.bound + 1e-9
    for pick, value in values.items():
        if value > found.value + 1e-6:
            assert not (np.array(pick) & found.never).any()
            assert (np.array(pick) | ~found.always).all()


def test_greedy_and_exchange_by_hand():
    """The largest site first shuts out the pair that covers all; an exchange finds it."""
    reach = [[1, 1, 0], [1, 1, 0], [1, 0, 1], [1, 0, 1], [0, 1, 0], [0, 0, 1]]
    gains = gains_of(problem_of(reach, [2, 2, 2, 2, 3, 3], [0] * 6))
    may = allowance(3, n_sites=2)
    first = greedy(gains, may)
    assert first.tolist() == [0, 1]
    start = np.isin(np.arange(3), first)
    assert gains.value(start) == 11.0
    better = exchange(gains, may, start, rounds=10, until=np.inf)
    assert better.tolist() == [False, True, True]
    assert gains.value(better) == 14.0
    assert start.tolist() == [True, True, False]


def test_greedy_with_a_budget_buys_the_most_for_the_money():
    gains = gains_of(problem_of(np.eye(3), [10, 6, 5], [0] * 3))
    assert greedy(gains, allowance(3, budget=4.0, cost=[4, 2, 2])).tolist() == [1, 2]


def random_problem(n_rows=400, n=60, seed=1):
    random = np.random.default_rng(seed)
    at, sites = random.uniform(0, 10, (n_rows, 2)), random.uniform(0, 10, (n, 2))
    near = np.hypot(*(at[:, None] - sites[None, :]).transpose(2, 0, 1)) <= 1.5
    return problem_of(near, random.integers(1, 50, n_rows), [0] * n_rows)


def test_more_sites_more_budget_and_more_candidates_never_cover_less():
    problem = random_problem()
    n = problem.n_candidates
    last = 0.0
    for n_sites in range(1, 9):
        now = most_covered(problem, allowance(n, n_sites=n_sites), EXACT)
        assert now.status == "optimal"
        assert now.objective >= last
        last = now.objective
    fewer = allowance(n, n_sites=8, excluded=range(0, n, 3))
    assert most_covered(problem, fewer, EXACT).objective <= last
    cost = np.random.default_rng(2).integers(1, 9, n)
    by_money = [
        most_covered(problem, allowance(n, budget=b, cost=cost), EXACT).objective
        for b in (5.0, 10.0, 20.0)
    ]
    assert by_money == sorted(by_money)


def test_at_the_time_limit_there_is_a_valid_plan_with_its_bound():
    problem = random_problem(3000, 400)
    n = problem.n_candidates
    found = most_covered(problem, allowance(n, n_sites=20), Effort(gap=0.0, time_limit_s=0.02))
    assert found.chosen.sum() <= 20
    assert found.bound >= found.objective > 0
    assert found.status in {"time limit reached", "optimal"}
    need = Requirement(np.array([0]), 0.9 * problem.reachable)
    least = fewest_sites(problem, need, allowance(n), Effort(gap=0.0, time_limit_s=0.02))
    assert least.status in {"time limit reached", "optimal"}
    assert 0 <= least.bound <= least.objective
    total = problem.weight @ problem.covered_by(least.chosen)
    assert total >= need.need[0] - 1e-6


def test_parts_that_share_nothing_are_solved_apart_and_add_up():
    one = random_problem(60, 9, seed=5)
    whole = Requirement(np.array([0]), one.reachable)
    alone = fewest_sites(one, whole, allowance(9), EXACT)
    both = replace(
        one,
        weight=np.tile(one.weight, 2),
        unit=np.repeat([0, 1], one.n_groups),
        starts=np.concatenate([one.starts, one.starts[-1] + one.starts[1:]]),
        candidate=np.concatenate([one.candidate, one.candidate + 9]),
        n_candidates=18,
        people=np.tile(one.people, 2),
        covered=np.tile(one.covered, 2),
        reachable=np.tile(one.reachable, 2),
    )
    twice = Requirement(np.array([0, 1]), np.tile(one.reachable, 2))
    found = fewest_sites(both, twice, allowance(18), EXACT)
    assert found.objective == 2 * alone.objective
    assert found.chosen.tolist() == [*alone.chosen.tolist(), *alone.chosen.tolist()]


@pytest.mark.parametrize("p", [3, 6])
def test_merged_rows_change_no_answer(p):
    """The same rows, each split in three, have the same answer."""
    random = np.random.default_rng(8)
    reach, people = random.random((30, 8)) < 0.3, random.integers(1, 9, 30)
    one = most_covered(problem_of(reach, 3 * people, [0] * 30), allowance(8, n_sites=p), EXACT)
    split = problem_of(np.repeat(reach, 3, axis=0), np.repeat(people, 3), [0] * 90)
    many = most_covered(split, allowance(8, n_sites=p), EXACT)
    assert one.objective == many.objective
    assert one.chosen.tolist() == many.chosen.tolist()


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_lazy_greedy_chooses_as_plain_greedy_and_both_as_written_down(data):
    n = 6
    table = data.draw(
        st.lists(
            st.lists(st.integers(0, 4), min_size=n, max_size=n), min_size=1, max_size=8
        ).filter(lambda rows: any(any(row) for row in rows))
    )
    table = [row for row in table if any(row)]
    row, candidate = np.nonzero(table)
    gain = np.asarray(table, dtype=float)[row, candidate]
    gains = Gains(row, candidate, gain, len(table), n)
    may = allowance(
        n,
        n_sites=data.draw(st.integers(2, n)),
        budget=data.draw(st.sampled_from([None, 4.0, 9.0])),
        cost=data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)),
        required=data.draw(st.sampled_from([(), (4,)])),
        excluded=data.draw(st.sampled_from([(), (0, 2)])),
    )
    slow = list(np.flatnonzero(may.required))
    money = np.inf if may.budget is None else may.budget - may.cost[may.required].sum()
    while len(slow) < may.n_sites:
        now = [max((table[i][j] for j in slow), default=0) for i in range(len(table))]
        best, best_score = None, 0.0
        for j in range(n):
            if j in slow or not may.allowed[j] or may.cost[j] > money:
                continue
            added = sum(max(0, table[i][j] - now[i]) for i in range(len(table)))
            score = added
            if may.budget is not None and added:
                score = added / may.cost[j] if may.cost[j] else np.inf
            if score > best_score:
                best, best_score = j, score
        if best is None:
            break
        slow.append(best)
        money -= may.cost[best]
    assert search._lazily(gains, may).tolist() == slow
    assert search._kept_up(gains, may).tolist() == slow


def triangles(number):
    """Rows that two of three candidates share, three by three: half sites cover all, whole ones not."""
    row = np.repeat(np.arange(3 * number), 2)
    first = 3 * (np.arange(3 * number) // 3)
    candidate = np.column_stack(
        [first + np.arange(3 * number) % 3, first + (np.arange(3 * number) + 1) % 3]
    )
    return Gains(row, np.sort(candidate, axis=1).ravel(), np.ones(len(row)), 3 * number, 3 * number)


def test_parts_bound_better_than_prices_alone(monkeypatch):
    gains = triangles(4)
    may = allowance(12, n_sites=6)
    alone = bounded(gains, may, np.zeros(12, dtype=bool), gap=0.0, until=np.inf)
    assert alone.bound == pytest.approx(12)
    seen = []
    real = cover._in_parts

    def watch(*given):
        seen.append(real(*given))
        return seen[-1]

    monkeypatch.setattr(cover, "_in_parts", watch)
    monkeypatch.setattr(cover, "_PARTS_FROM", 0)
    found = most_gain(gains, may, EXACT)
    # Half of every site would cover all 12. Of whole ones the first of a triangle adds two rows, the
    # second one and the third none.
    assert seen == [pytest.approx(10)]
    assert (found.objective, found.bound, found.status) == (10, 10, "optimal")


@settings(max_examples=25, deadline=None)
@given(towns(), st.integers(1, 4))
def test_parts_change_no_answer(town, n_sites):
    reach, people, _ = town
    may = allowance(5, n_sites=n_sites)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cover, "_PARTS_FROM", 0)
        found = most_covered(problem_of(reach, people, [0] * 9), may, EXACT)
    assert found.objective == max(covered(reach, people, pick) for pick in picks(5, may))
    assert (found.status, found.bound) == ("optimal", found.objective)
