"""Equity measures: closed forms, persons written out one by one, and what they must not depend on."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity import InputError
from capacity.reach.equity import equity, lorenz

values = st.lists(st.integers(0, 20).map(float), min_size=1, max_size=8)
counts = st.lists(st.integers(0, 9), min_size=8, max_size=8)


def by_persons(values_, counts_):
    """Gini by mean difference and Theil by its sum over persons, each written out."""
    persons = [v for v, n in zip(values_, counts_, strict=False) for _ in range(n)]
    n, mean = len(persons), sum(persons) / len(persons)
    gini = sum(abs(a - b) for a in persons for b in persons) / (2 * n * n * mean)
    theil = sum(x / mean * math.log(x / mean) for x in persons if x > 0) / n
    return gini, theil, persons


def test_closed_forms():
    same = equity([3.0, 3.0], [10, 90])
    assert (same.gini, same.theil, same.palma) == (0.0, 0.0, pytest.approx(0.25))
    # one of n has all: Gini 1 - 1/n, Theil ln n
    one = equity([0.0, 5.0], [9, 1])
    assert one.gini == pytest.approx(0.9)
    assert one.theil == pytest.approx(math.log(10))
    assert one.palma == math.inf
    # values 1 to n, one person each: Gini (n - 1) / (3 n)
    n = 40
    assert equity(np.arange(1.0, n + 1), np.ones(n)).gini == pytest.approx((n - 1) / (3 * n))
    # two classes a share p with 1 and the rest with 3 (means 2): T by hand
    two = equity([1.0, 3.0], [50, 50])
    assert two.theil == pytest.approx(0.5 * (0.5 * math.log(0.5) + 1.5 * math.log(1.5)))


def test_palma_divides_the_person_at_the_edge():
    # 100 people: 30 with 1, 60 with 2, 10 with 5. Least 40: 30 + 10 x 2 = 50; most 10: 50.
    assert equity([1.0, 2.0, 5.0], [30, 60, 10]).palma == pytest.approx(50 / 50)


def test_exactly_the_norm_is_not_below():
    found = equity([5.9, 6.0, 7.0], [10, 20, 70], norm=6.0)
    assert found.share_below_norm == pytest.approx(0.1)
    assert math.isnan(equity([1.0], [1.0]).share_below_norm)


def test_theil_falls_apart_between_and_within():
    between = equity([1.0, 1.0, 3.0], [10, 20, 30], groups=["a", "a", "b"])
    assert between.theil_within == pytest.approx(0.0, abs=1e-12)
    within = equity([1.0, 3.0, 1.0, 3.0], [10, 10, 30, 30], groups=["a", "a", "b", "b"])
    assert within.theil_between == pytest.approx(0.0, abs=1e-12)
    assert within.theil == pytest.approx(within.theil_within)


def test_unknown_values_are_counted_and_left_out():
    found = equity([np.nan, 2.0, 2.0, np.nan], [7, 5, 5, 0], norm=3.0)
    assert (found.people, found.people_unknown) == (10.0, 7.0)
    assert (found.gini, found.mean, found.share_below_norm) == (0.0, 2.0, 1.0)


def test_where_nobody_lives_the_value_counts_for_nobody():
    found = equity([1.0, 99.0], [10, 0], norm=5.0)
    assert (found.mean, found.gini, found.share_below_norm) == (1.0, 0.0, 1.0)


def test_nobody_and_nothing_have_no_measure():
    nobody = equity([1.0], [0.0], norm=1.0)
    assert nobody.people == 0
    fields = dataclasses.asdict(nobody)
    assert all(math.isnan(v) for k, v in fields.items() if not k.startswith("people"))
    nothing = equity([0.0, 0.0], [3, 4], norm=1.0)
    assert (nothing.mean, nothing.share_below_norm) == (0.0, 1.0)
    assert math.isnan(nothing.gini)
    assert math.isnan(nothing.palma)
    assert lorenz([0.0, 0.0], [3, 4]).empty


def test_what_is_no_amount_or_too_short_is_refused():
    with pytest.raises(InputError) as error:
        equity([-1.0, 2.0], [1.0, np.nan])
    assert [fault.column for fault in error.value.faults] == ["values", "people"]
    with pytest.raises(ValueError, match="different lengths"):
        equity([1.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="different lengths"):
        equity([1.0], [1.0], groups=["a", "b"])


@given(values, counts)
def test_weights_are_persons_written_out(values_, counts_):
    weights = counts_[: len(values_)]
    if sum(v * n for v, n in zip(values_, weights, strict=True)) == 0:
        return
    gini, theil, persons = by_persons(values_, weights)
    found = equity(values_, weights, groups=[v % 2 for v in values_])
    assert found.gini == pytest.approx(gini, abs=1e-12)
    assert found.theil == pytest.approx(theil, abs=1e-12)
    assert found.theil_between + found.theil_within == pytest.approx(found.theil, abs=1e-12)
    assert found.theil_between >= -1e-12
    assert found.theil_within >= -1e-12
    if len(persons) % 10 == 0:
        persons.sort()
        least = sum(persons[: len(persons) * 4 // 10])
        most = sum(persons[len(persons) * 9 // 10 :])
        assert found.palma == pytest.approx(most / least if least else math.inf, rel=1e-9)


@given(values, counts, st.integers(1, 5), st.integers(1, 5))
def test_more_of_everything_and_more_of_everyone_change_nothing(values_, counts_, a, b):
    weights = np.array(counts_[: len(values_)], dtype=float)
    if (np.array(values_) * weights).sum() == 0:
        return
    before = equity(values_, weights)
    after = equity(np.array(values_) * a, weights * b)
    for name in ("gini", "theil", "palma"):
        assert getattr(after, name) == pytest.approx(getattr(before, name), abs=1e-9)


@given(values, counts)
def test_the_curve_bends_below_the_diagonal_and_gives_the_gini(values_, counts_):
    weights = counts_[: len(values_)]
    curve = lorenz(values_, weights)
    if curve.empty:
        return
    p, v = curve["people_share"].to_numpy(), curve["value_share"].to_numpy()
    assert (p[0], v[0], p[-1], v[-1]) == (0, 0, 1, 1)
    assert (v <= p + 1e-12).all()
    area = ((v[1:] + v[:-1]) / 2 * np.diff(p)).sum()
    assert equity(values_, weights).gini == pytest.approx(1 - 2 * area, abs=1e-12)
