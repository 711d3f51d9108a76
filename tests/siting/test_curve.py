"""Curves of a plan against every choice of sites: by number, by cost, and where they bend."""

import itertools

import numpy as np
import pandas as pd
import pytest

from capacity.siting.curve import coverage_curve, knees
from capacity.siting.joint import Circle, JointProblem
from capacity.siting.problem import CoverProblem

EVERYONE = 100.0


def problem_of(seed, n_sites=6, n_groups=14):
    """Make people in reach of some of a few sites, some of them covered by what exists."""
    rng = np.random.default_rng(seed)
    reach = rng.random((n_groups, n_sites)) < 0.3
    reach = np.unique(reach[reach.any(axis=1)], axis=0)
    weight = rng.integers(1, 9, len(reach)).astype(float)
    candidate = np.nonzero(reach)[1]
    starts = np.concatenate([[0], np.cumsum(reach.sum(axis=1))])
    cover = CoverProblem(
        weight=weight,
        unit=np.zeros(len(reach), dtype=np.int64),
        starts=starts.astype(np.int64),
        candidate=candidate.astype(np.int64),
        n_candidates=n_sites,
        people=np.array([EVERYONE]),
        covered=np.array([5.0]),
        reachable=np.array([5.0 + weight.sum()]),
        method="",
    )
    one = np.zeros(1, dtype=np.int64)
    circle = Circle(problem=cover, option=np.arange(n_sites), need=one, unit=one)
    options = pd.DataFrame({"candidate": np.arange(n_sites) + 10})
    needs = pd.DataFrame({"norm_id": ["a"]})
    whole = JointProblem(
        options=options,
        needs=needs,
        counts=None,
        circles=(circle,),
        near=np.zeros(n_sites),
        required=one[:0],
        unreached=pd.DataFrame(),
    )
    return whole, reach, weight


@pytest.mark.parametrize("seed", range(6))
def test_no_choice_exceeds_the_bound_and_the_curve_is_a_choice(seed):
    problem, reach, weight = problem_of(seed)
    cost = np.random.default_rng(seed).integers(0, 5, reach.shape[1]).astype(float)
    by_number, by_cost = coverage_curve(problem), coverage_curve(problem, cost)
    for table, price in ((by_number, np.ones_like(cost)), (by_cost, cost)):
        along = "n_sites" if table is by_number else "cost"
        for k, one in table.iterrows():
            chosen = table["candidate"].iloc[1 : k + 1].to_numpy(dtype=np.int64) - 10
            covered = 5.0 + weight[reach[:, chosen].any(axis=1)].sum()
            assert one["people"] == pytest.approx(covered)
            assert one[along] == pytest.approx(price[chosen].sum())
        for n in range(len(price) + 1):
            for some in itertools.combinations(range(len(price)), n):
                spent = price[list(some)].sum()
                best = (5.0 + weight[reach[:, list(some)].any(axis=1)].sum()) / EVERYONE
                within = table[table[along] >= spent - 1e-9]
                if len(within):
                    assert best <= within["share_at_most"].iloc[0] + 1e-9
    assert by_number["added"].iloc[1:].is_monotonic_decreasing


def test_a_curve_bends_where_the_next_site_brings_clearly_less():
    table = pd.DataFrame({"norm_id": "a", "n_sites": range(6), "cost": [0, 2, 4, 6, 8, 20.0]})
    table["people"] = [10.0, 40.0, 70.0, 75.0, 78.0, 80.0]
    table["share"] = table["people"] / EVERYONE
    (one,) = knees(table, "n_sites").to_dict("records")
    assert (one["n_sites"], one["each_before"], one["each_after"]) == (
        2,
        30.0,
        pytest.approx(10 / 3),
    )
    (one,) = knees(table, "cost").to_dict("records")
    assert (one["n_sites"], one["cost"], one["each_before"]) == (2, 4.0, 15.0)
    # a straight line has no bend, nor has a curve of two points
    assert knees(table.assign(people=[10.0 * i for i in range(6)]), "n_sites").empty
    assert knees(table.iloc[:2], "n_sites").empty
