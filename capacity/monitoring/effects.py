"""Exact effects: how much of a change each cause makes, so that the parts add up to the whole.

A figure such as a shortfall depends on several causes at once: people, supply, the norm, the data.
Its change is divided by the Shapley value (Shapley 1953; in index theory the Shapley–Sun
decomposition): a cause gets the average of what it changes over every order in which the causes may
come. The result depends on no order, adds up exactly, gives nothing to a cause that changes nothing,
and is negated when old and new are exchanged.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

EFFECTS: Final = ("people", "supply", "norm", "data", "not_separated")
"""Causes of a change, in the order in which ties are broken; the last is what cannot be told apart."""

ONE: Final = Decimal(1)
MILLIONTH: Final = Decimal("0.000001")

Parts = dict[str, Decimal]


def shapley(
    causes: Sequence[str], value: Callable[[frozenset[str]], Decimal]
) -> dict[str, Fraction]:
    r"""Divide a change among its causes by the Shapley value, exactly.

    .. math:: \phi_i = \sum_{T \subseteq N \setminus i} \frac{|T|!\,(n-|T|-1)!}{n!}
              \left(v(T \cup i) - v(T)\right)

    Parameters
    ----------
    causes
        Names of the n causes; all of them change something, or may.
    value
        The figure with the causes of a set as they are now, and the others as they were.

    Returns
    -------
    dict
        Effect of each cause, as fractions; their sum is ``value(all) - value(none)``.

    Examples
    --------
    More people need 20 places more, 30 were built, and 10 were missing:

    >>> def missing(changed):
    ...     need, have = 100 + 20 * ("people" in changed), 90 + 30 * ("supply" in changed)
    ...     return Decimal(max(0, need - have))
    >>> {name: float(part) for name, part in shapley(["people", "supply"], missing).items()}
    {'people': 10.0, 'supply': -20.0}
    """
    n = len(causes)
    known = {
        frozenset(some): Fraction(value(frozenset(some)))
        for size in range(n + 1)
        for some in combinations(causes, size)
    }
    effects = {}
    for cause in causes:
        others = [other for other in causes if other != cause]
        effects[cause] = sum(
            (
                Fraction(factorial(size) * factorial(n - size - 1), factorial(n))
                * (known[frozenset((*some, cause))] - known[frozenset(some)])
                for size in range(n)
                for some in combinations(others, size)
            ),
            start=Fraction(0),
        )
    return effects


def rounded(effects: Mapping[str, Fraction], quantum: Decimal) -> Parts:
    """Round effects to multiples of a quantum so that they still add up exactly.

    Each effect is cut towards zero; what is left over goes, a quantum each, to the effects that lost
    most, ties in the order of ``EFFECTS``. Negated effects give negated results.

    Parameters
    ----------
    effects
        Exact effects; their sum is a multiple of the quantum.
    quantum
        1 for things that come in whole numbers.

    Returns
    -------
    dict
        The rounded effects, in the order of ``EFFECTS``.

    Raises
    ------
    ValueError
        If the sum is no multiple of the quantum.

    Examples
    --------
    >>> half = Fraction(1, 2)
    >>> rounded({"people": half, "supply": half}, ONE)
    {'people': Decimal('1'), 'supply': Decimal('0')}
    """
    step = Fraction(quantum)
    names = sorted(effects, key=EFFECTS.index)
    units = {name: effects[name] / step for name in names}
    total = sum(units.values(), start=Fraction(0))
    if total.denominator != 1:
        raise ValueError(f"{total} is not a whole number of {quantum}.")
    cut = {name: int(units[name]) for name in names}
    left = int(total) - sum(cut.values())
    sign = 1 if left > 0 else -1
    lost = sorted(names, key=lambda name: -sign * (units[name] - cut[name]))
    for name in lost[: abs(left)]:
        cut[name] += sign
    return {name: cut[name] * quantum for name in names}


def divide(
    causes: Sequence[str], value: Callable[[frozenset[str]], Decimal], quantum: Decimal
) -> Parts:
    """Divide a change among its causes, rounded so that the parts add up to it.

    Parameters
    ----------
    causes, value
        As in ``shapley``.
    quantum
        As in ``rounded``; the change must be a multiple of it.

    Returns
    -------
    dict
        Cause → effect.
    """
    return rounded(shapley(causes, value), quantum)


def quantum_of(*numbers: Decimal) -> Decimal:
    """Give the step in which a figure comes: 1 where all of its numbers are whole, else a millionth.

    Examples
    --------
    >>> quantum_of(Decimal("248"), Decimal("130.000000")), quantum_of(Decimal("0.5"))
    (Decimal('1'), Decimal('0.000001'))
    """
    return ONE if all(number == number.to_integral_value() for number in numbers) else MILLIONTH
