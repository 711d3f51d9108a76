"""The solver layer: objectives, bounds, gaps and words, against enumeration."""

import ctypes
import os
import sys
import threading
from itertools import product

import numpy as np
import pytest

from capacity.siting import solve
from capacity.siting.quiet import without_noise
from capacity.siting.solve import Model, relative_gap, status_of


def knapsack(values, costs, budget, *, time_limit_s=10.0, gap=0.0, then=None):
    model = Model(maximise=True)
    x = model.variables(len(values), upper=1.0, integer=True, objective=values)
    model.constrain(1, (np.zeros(len(values), dtype=np.int64), x, costs), upper=budget)
    return model.solve(gap=gap, time_limit_s=time_limit_s, then=then)


def test_a_knapsack_is_what_enumeration_finds():
    random = np.random.default_rng(3)
    for _ in range(10):
        values, costs = random.integers(1, 20, (2, 8)).astype(float)
        budget = float(random.integers(5, 60))
        best = max(
            np.dot(values, pick)
            for pick in product((0, 1), repeat=8)
            if np.dot(costs, pick) <= budget
        )
        found = knapsack(values, costs, budget)
        assert found.status == "optimal"
        assert (found.objective, found.bound, found.gap) == (best, best, 0.0)
        assert np.isin(found.values, (0.0, 1.0)).all()
        assert costs @ found.values <= budget


def test_equal_solutions_are_told_apart_by_the_second_cost():
    same = np.ones(4)
    cheap_last = knapsack(same, same, 2.0, then=[4.0, 3.0, 2.0, 1.0])
    cheap_first = knapsack(same, same, 2.0, then=[1.0, 2.0, 3.0, 4.0])
    assert cheap_last.values.tolist() == [0, 0, 1, 1]
    assert cheap_first.values.tolist() == [1, 1, 0, 0]
    assert cheap_last.objective == cheap_first.objective == 2.0
    assert cheap_last.status == "optimal"


def test_the_second_cost_never_costs_the_first():
    found = knapsack([3.0, 2.0, 2.0], [1.0, 1.0, 1.0], 1.0, then=[100.0, 0.0, 0.0])
    assert found.values.tolist() == [1, 0, 0]


def test_rounding_of_the_held_objective_is_no_time_limit():
    """Fractions of continuous variables: the second solve may give a billionth away."""
    random = np.random.default_rng(1)
    for _ in range(20):
        model = Model(maximise=True)
        x = model.variables(6, upper=random.uniform(1, 9, 6), objective=1.0)
        z = model.variables(3, upper=1.0, integer=True)
        rows = np.arange(6)
        model.constrain(6, (rows, x, 1.0), (rows, z[rows // 2], -9.0), upper=0.0)
        model.constrain(1, (np.zeros(6, dtype=np.int64), x, random.uniform(1, 3, 6)), upper=20.0)
        cost = np.concatenate([random.uniform(0, 1, 6), np.ones(3)])
        held = model.solve(gap=0.0, then=cost)
        alone = model.solve(gap=0.0)
        assert held.status == alone.status == "optimal"
        assert held.objective == pytest.approx(alone.objective, rel=1e-8)
        assert cost @ held.values <= cost @ alone.values + 1e-6


def test_minimising_and_continuous_variables():
    model = Model()
    x = model.variables(2, upper=[5.0, 5.0], objective=[2.0, 3.0])
    model.constrain(1, (np.zeros(2, dtype=np.int64), x, 1.0), lower=7.0)
    found = model.solve()
    assert found.values.tolist() == [5.0, 2.0]
    assert (found.objective, found.bound, found.status) == (16.0, 16.0, "optimal")


def test_coefficients_of_one_place_add_up():
    model = Model(maximise=True)
    x = model.variables(1, objective=1.0)
    at = np.zeros(1, dtype=np.int64)
    model.constrain(1, (at, x, 1.0), (at, x, 1.0), upper=6.0)
    assert model.solve().values.tolist() == [3.0]


def test_impossible_endless_and_empty_models_are_words_and_no_exception():
    model = Model()
    x = model.variables(1, upper=1.0, integer=True)
    model.constrain(1, (np.zeros(1, dtype=np.int64), x, 1.0), lower=2.0)
    impossible = model.solve()
    assert impossible.status == "infeasible"
    assert not impossible.found
    assert len(impossible.values) == 0
    endless = Model(maximise=True)
    endless.variables(1, objective=1.0)
    assert endless.solve().status == "unbounded"
    assert Model().solve().status == "optimal"
    wrong = Model()
    wrong.constrain(1, lower=1.0)
    assert wrong.solve().status == "infeasible"


def test_a_row_without_terms_is_zero():
    model = Model()
    model.variables(1, objective=1.0)
    model.constrain(2, lower=[0.0, 1.0], upper=2.0)
    assert model.solve().status == "infeasible"


def hard():
    """Choose half of many things of nearly equal worth with even costs: no proof in a moment."""
    random = np.random.default_rng(0)
    n = 300
    model = Model(maximise=True)
    x = model.variables(n, upper=1.0, integer=True, objective=random.integers(500, 600, n))
    for _ in range(40):
        weights = random.integers(1, 1000, n).astype(float)
        row = np.zeros(n, dtype=np.int64)
        model.constrain(1, (row, x, weights), upper=float(weights.sum() // 2))
    return model


def test_at_the_time_limit_there_is_a_valid_solution_with_its_bound():
    model = hard()
    found = model.solve(gap=0.0, time_limit_s=0.7)
    assert found.status == "time limit reached"
    assert found.bound > found.objective > 0
    assert found.gap == pytest.approx((found.bound - found.objective) / found.objective)
    assert np.isin(found.values, (0.0, 1.0)).all()


def test_a_wide_gap_stops_early_and_says_so():
    found = hard().solve(gap=0.2, time_limit_s=20.0)
    assert found.status == "within gap"
    assert 0 < found.gap <= 0.2


def test_nothing_found_in_time_is_said():
    found = hard().solve(gap=0.0, time_limit_s=0.0)
    assert found.status in {"time limit reached, no solution found", "time limit reached"}
    assert found.found == (found.status == "time limit reached")


@pytest.mark.parametrize(
    ("objective", "bound", "gap", "status"),
    [
        (100.0, 100.0, 0.0, "optimal"),
        (100.0, 101.0, 0.01, "within gap"),
        (100.0, 101.0 + 1e-6, 0.01, "time limit reached"),
        (0.0, 0.0, 0.0, "optimal"),
        (0.0, 1.0, 0.5, "time limit reached"),
    ],
)
def test_words_for_a_gap(objective, bound, gap, status):
    assert status_of(objective, bound, gap) == status


def test_gaps_of_missing_numbers_are_infinite():
    assert relative_gap(float("nan"), 1.0) == float("inf")
    assert relative_gap(1.0, float("nan")) == float("inf")


def test_integers_are_whole_and_what_hangs_on_them_fits():
    """A large coefficient must not let a site that is not open serve anyone."""
    model = Model(maximise=True)
    x = model.variables(3, upper=1.0, integer=True)
    served = model.variables(3, upper=1e5, objective=1.0)
    rows = np.arange(3)
    model.constrain(3, (rows, served, 1.0), (rows, x, -1e6), upper=0.0)
    model.constrain(1, (np.zeros(3, dtype=np.int64), x, 1.0), upper=1.0)
    found = model.solve()
    opened = found.values[x] == 1
    assert opened.sum() == 1
    assert (found.values[served][~opened] == 0).all()
    assert found.objective == 1e5


def random_model(random, *, maximise):
    """Make a program of 9 whole variables in three parts, with rows inside and across them."""
    model = Model(maximise=maximise)
    x = model.variables(9, upper=2.0, integer=True, objective=random.integers(1, 9, 9))
    sign = 1.0 if maximise else -1.0
    for columns in (x[:3], x[3:6], x[6:], x[::2], x[1::2], x):
        row = np.zeros(len(columns), dtype=np.int64)
        weights = random.integers(1, 9, len(columns)).astype(float)
        model.constrain(1, (row, columns, sign * weights), upper=sign * weights.sum() * 0.8)
    return model


@pytest.mark.parametrize("maximise", [True, False])
def test_parts_bound_at_least_as_well_as_the_relaxation_and_never_too_well(maximise):
    random = np.random.default_rng(8)
    better = 0
    for _ in range(12):
        model = random_model(random, maximise=maximise)
        best, relaxed = model.solve(gap=0.0).objective, model.relax()
        part = np.repeat([0, 1, -1], 3)
        found = model.in_parts(part, relaxed.prices)
        whole = model.in_parts(np.zeros(9, dtype=np.int64), relaxed.prices)
        any_prices = model.in_parts(part, random.uniform(-1, 1, model.n_rows))
        sign = -1 if maximise else 1
        assert sign * relaxed.objective - 1e-6 <= sign * found.bound <= sign * best + 1e-6
        assert sign * any_prices.bound <= sign * best + 1e-6
        assert whole.bound == pytest.approx(best)
        better += sign * found.bound > sign * relaxed.objective + 1e-6
    assert better > 6


def test_a_part_without_a_solution_makes_the_whole_impossible():
    model = Model()
    x = model.variables(2, upper=1.0, integer=True, objective=1.0)
    model.constrain(1, (np.zeros(1, dtype=np.int64), x[:1], 2.0), lower=1.0, upper=1.0)
    assert model.in_parts(np.arange(2), np.zeros(1)).status == "infeasible"


def test_what_the_solver_prints_is_held_back_and_nothing_else(capfd, monkeypatch):
    libc = ctypes.CDLL(None if os.name != "nt" else "ucrtbase")
    real = solve.milp

    def loud(*args, **more):
        libc.printf(b"HighsMipSolverData::transformNewIntegerFeasibleSolution tmpSolver.run();\n")
        libc.printf(b"of another library\n")
        sys.stdout.write("of another thread\n")
        return real(*args, **more)

    monkeypatch.setattr(solve, "milp", loud)
    sys.stdout.write("before\n")
    assert knapsack([1.0, 2.0], [1.0, 1.0], 1.0).objective == 2.0
    sys.stdout.write("after\n")
    libc.fflush(None)
    assert sorted(capfd.readouterr().out.splitlines()) == [
        "after",
        "before",
        "of another library",
        "of another thread",
    ]


def test_output_comes_back_after_an_error_and_from_threads(capfd):
    def fail():
        with without_noise():
            os.write(1, b"HighsMipSolverData::x\n")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    inside, leave = threading.Event(), threading.Event()

    def other():
        with without_noise():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    thread.start()
    assert inside.wait(10)
    with without_noise():
        os.write(1, b"HighsMipSolverData::y\nkept\n")
    leave.set()
    thread.join()
    os.write(1, b"at the end\n")
    assert capfd.readouterr().out == "kept\nat the end\n"
