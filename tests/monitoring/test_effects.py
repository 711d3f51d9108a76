"""Effects add up exactly, depend on no order, and are negated when old and new are exchanged."""

from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.exact import ceil
from capacity.monitoring.effects import EFFECTS, MILLIONTH, ONE, divide, rounded, shapley

CAUSES = ("people", "supply", "norm", "data")
AMOUNT = st.integers(0, 400)
SIDE = st.tuples(st.integers(0, 60_000), AMOUNT, st.sampled_from([2, 4, 6]), AMOUNT)


def gap(old, new):
    """Shortfall of a ratio whose people, supply, standard and further supply change one by one."""

    def value(changed):
        people, places, standard, more = (
            after if name in changed else before
            for name, before, after in zip(CAUSES, old, new, strict=True)
        )
        required = ceil(Decimal(standard) * people / 1000)
        return max(required - places - more, Decimal(0))

    return value


def by_orders(value):
    """Average what each cause changes over every order: the definition, slowly."""
    orders = list(permutations(CAUSES))
    sums = dict.fromkeys(CAUSES, Fraction(0))
    for order in orders:
        done = frozenset()
        for cause in order:
            sums[cause] += Fraction(value(done | {cause})) - Fraction(value(done))
            done |= {cause}
    return {cause: total / len(orders) for cause, total in sums.items()}


@given(old=SIDE, new=SIDE)
def test_effects_are_the_average_over_every_order(old, new):
    value = gap(old, new)
    assert shapley(CAUSES, value) == by_orders(value)


@given(old=SIDE, new=SIDE)
def test_effects_add_up_and_are_negated_when_exchanged(old, new):
    there, back = (divide(CAUSES, gap(*pair), ONE) for pair in ((old, new), (new, old)))
    everything = frozenset(CAUSES)
    change = gap(old, new)(everything) - gap(old, new)(frozenset())
    assert sum(there.values()) == change
    assert there == {name: -part for name, part in back.items()}
    exact = shapley(CAUSES, gap(old, new))
    assert all(abs(Fraction(there[name]) - exact[name]) < 1 for name in CAUSES)


PARTS = st.lists(st.fractions(-50, 50, max_denominator=24), min_size=1, max_size=4)


@given(parts=PARTS, quantum=st.sampled_from([ONE, MILLIONTH]))
def test_rounding_keeps_the_sum_and_moves_nothing_by_a_whole_step(parts, quantum):
    step = Fraction(quantum)
    rest = -(sum(parts) % step)
    exact = dict(zip(EFFECTS, [*parts, rest], strict=False))
    found = rounded(exact, quantum)
    assert sum(map(Fraction, found.values())) == sum(exact.values())
    assert all(abs(Fraction(found[name]) - part) < step for name, part in exact.items())
    assert rounded({name: -part for name, part in exact.items()}, quantum) == {
        name: -part for name, part in found.items()
    }


def test_what_does_not_add_up_to_a_whole_is_refused():
    with pytest.raises(ValueError, match="not a whole number"):
        rounded({"people": Fraction(1, 2)}, ONE)
