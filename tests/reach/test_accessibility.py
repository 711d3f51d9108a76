"""Floating catchment areas: three towns by hand, loops of the papers, PySAL access, identities."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity import InputError
from capacity.reach.accessibility import e2sfca, three_step_fca, two_step_fca
from tests.oracle import catchments as oracle
from tests.reach.test_sets import pairs

ZONES = [(100.0, 1.0), (200.0, 0.68), (300.0, 0.22)]
trips = st.dictionaries(
    st.tuples(st.integers(0, 5), st.integers(0, 3)),
    st.tuples(st.integers(0, 300).map(float), st.integers(1, 8).map(lambda n: n / 8)),
    max_size=18,
)
people = st.lists(st.integers(0, 900).map(float), min_size=6, max_size=6)
places = st.lists(st.one_of(st.integers(0, 90).map(float), st.just(np.nan)), min_size=4, max_size=4)


def paired(found):
    keys = sorted(found)
    return pairs(
        [i for i, _ in keys],
        [j for _, j in keys],
        [found[key][1] for key in keys],
        cost=[found[key][0] for key in keys],
        n_rows=6,
        n_facilities=4,
    )


def methods(found, demand, supply):
    """Every method with its score by the library and by the loops."""
    some, d, s = paired(found), np.array(demand), np.array(supply)
    one = lambda _: 1.0  # noqa: E731
    bell = lambda cost: oracle.gaussian(cost, 300.0)  # noqa: E731
    zoned = lambda cost: oracle.stepped(cost, ZONES)  # noqa: E731
    run = oracle.scores
    return {
        "2sfca": (two_step_fca(some, d, s), run(found, d, s, one)),
        "e2sfca zones": (e2sfca(some, d, s, decay=ZONES), run(found, d, s, zoned)),
        "e2sfca bell": (e2sfca(some, d, s, decay="gaussian"), run(found, d, s, bell)),
        "3sfca zones": (
            three_step_fca(some, d, s, decay=ZONES),
            run(found, d, s, zoned, choose=True),
        ),
        "3sfca bell": (
            three_step_fca(some, d, s, decay="gaussian"),
            run(found, d, s, bell, choose=True),
        ),
    }


def test_three_towns_by_hand():
    # A (100 people) - F (10 places) - B (300 people) - G (20 places) - C (50 people), 200 m apart;
    # everyone reaches the next facility. F: 10 / 400, G: 20 / 350.
    found = {(0, 0): (200.0, 1.0), (1, 0): (200.0, 1.0), (1, 1): (200.0, 1.0), (2, 1): (200.0, 1.0)}
    demand, supply = np.array([100.0, 300, 50, 0, 0, 0]), np.array([10.0, 20.0, 5.0, np.nan])
    score = two_step_fca(paired(found), demand, supply)
    np.testing.assert_allclose(
        score, [10 / 400, 10 / 400 + 20 / 350, 20 / 350, 0, 0, 0], rtol=1e-14
    )
    # Nobody reaches the third facility: 30 of the 35 places are given to someone.
    assert (score * demand).sum() == pytest.approx(30, rel=1e-14)
    # Three steps: B divides itself in two halves. F: 10 / (100 + 150), G: 20 / (50 + 150).
    chosen = three_step_fca(paired(found), demand, supply, decay=[(300.0, 1.0)])
    np.testing.assert_allclose(
        chosen[:3], [10 / 250, 0.5 * 10 / 250 + 0.5 * 20 / 200, 20 / 200], rtol=1e-14
    )


@given(trips, people, places)
@settings(deadline=None)
def test_scores_are_those_of_the_loops(found, demand, supply):
    for name, (ours, loops) in methods(found, demand, supply).items():
        np.testing.assert_allclose(ours, loops, rtol=1e-9, atol=1e-12, err_msg=name)


@given(trips, people, places)
@settings(deadline=None)
def test_scores_times_demand_is_the_supply_reached(found, demand, supply):
    weights = {
        "2sfca": lambda _: 1.0,
        "zones": lambda cost: oracle.stepped(cost, ZONES),
        "bell": lambda cost: oracle.gaussian(cost, 300.0),
    }
    for name, (score, _) in methods(found, demand, supply).items():
        weight = weights[name.split()[-1]]
        reached = {j for (i, j), (cost, _) in found.items() if weight(cost) > 0 and demand[i] > 0}
        given_out = sum(supply[j] for j in reached if not np.isnan(supply[j]))
        assert (score * demand).sum() == pytest.approx(given_out, rel=1e-9, abs=1e-9), name


def test_exactly_a_limit_belongs_to_the_nearer_zone_and_beyond_the_last_is_nothing():
    some = pairs([0, 1, 2, 3], [0] * 4, [1.0] * 4, cost=[100.0, 100.001, 200.0, 200.001])
    score = e2sfca(some, np.ones(4), np.array([3.0]), decay=[(100.0, 2.0), (200.0, 1.0)])
    np.testing.assert_allclose(score, [1.5, 0.75, 0.75, 0.0])


def test_the_bell_is_one_at_the_facility_and_nothing_at_the_limit():
    some = pairs([0, 1], [0, 0], [1.0, 1.0], cost=[0.0, 300.0])
    score = e2sfca(some, np.array([4.0, 4.0]), np.array([2.0]), decay="gaussian")
    assert score.tolist() == [0.5, 0.0]


@pytest.mark.parametrize(
    "decay", [[], [(100.0, 1.0), (100.0, 0.5)], [(200.0, 1.0), (100.0, 0.5)], [(9.0, -1.0)], "bell"]
)
def test_a_decay_that_is_none_is_refused(decay):
    some = pairs([0], [0], [1.0])
    with pytest.raises(ValueError, match="decay is"):
        e2sfca(some, np.ones(1), np.ones(1), decay=decay)


def test_negative_and_missing_amounts_are_named_together():
    with pytest.raises(InputError) as error:
        two_step_fca(pairs([0], [0], [1.0]), np.array([np.nan]), np.array([-1.0]))
    assert [fault.column for fault in error.value.faults] == ["demand", "supply"]


# pandas' merge of what PySAL access joins warns on some versions; its numbers are what is compared
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_pysal_access_gives_the_same_on_the_same_costs(seed):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        access = pytest.importorskip("access", reason="PySAL access (test extra) is not installed")
        from access import weights as peer_weights
    rng = np.random.default_rng(seed)
    n_rows, n_facilities = 300, 25
    home, place = rng.uniform(0, 2000, (n_rows, 2)), rng.uniform(0, 2000, (n_facilities, 2))
    gap = np.hypot(*(home[:, None] - place[None]).transpose(2, 0, 1))
    row, facility = np.nonzero(gap <= 600.0)
    some = pairs(
        row, facility, np.ones(len(row)), gap[row, facility], n_rows, n_facilities, limit=600.0
    )
    demand = rng.integers(1, 500, n_rows).astype(float)
    supply = rng.integers(1, 60, n_facilities).astype(float)
    zones = [(200.0, 1.0), (400.0, 0.68), (600.0, 0.22)]
    cost = pd.DataFrame({"origin": row, "dest": facility, "cost": gap[row, facility]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = access.Access(
            demand_df=pd.DataFrame({"geoid": range(n_rows), "d": demand}),
            demand_index="geoid",
            demand_value="d",
            supply_df=pd.DataFrame({"geoid": range(n_facilities), "s": supply}),
            supply_index="geoid",
            supply_value="s",
            cost_df=cost,
            cost_origin="origin",
            cost_dest="dest",
            cost_name="cost",
        )
        step = peer_weights.step_fn(dict(zones))
        theirs = {
            "2sfca": peer.two_stage_fca(max_cost=600.0),
            "e2sfca": peer.enhanced_two_stage_fca(max_cost=600.0, weight_fn=step),
            "3sfca": peer.three_stage_fca(max_cost=600.0, weight_fn=step),
        }
    ours = {
        "2sfca": two_step_fca(some, demand, supply),
        "e2sfca": e2sfca(some, demand, supply, decay=zones),
        "3sfca": three_step_fca(some, demand, supply, decay=zones),
    }
    for name, scores in theirs.items():
        found = scores.iloc[:, 0].reindex(range(n_rows)).fillna(0.0)
        assert found.gt(0).sum() > n_rows / 2
        np.testing.assert_allclose(ours[name], found, rtol=1e-9, err_msg=name)
