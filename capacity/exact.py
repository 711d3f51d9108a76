"""Exact decimals for norms: 0.55 × 100 is 55, and 55 places are enough for it."""

from __future__ import annotations

import functools
import math
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal, localcontext
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_SIX_PLACES: Final = Decimal("0.000001")
_WHOLE: Final = 1e21
"""Floats from here on are whole, and six places more than the 28 digits of a decimal can hold."""
_LIMB: Final = 30
_FINEST: Final = 6
_PRECISION: Final = 28
_HALF: Final = 0.5
_ONE_LIMB: Final = float(1 << _LIMB)
LARGEST: Final = float(1 << _LIMB)
"""What ``exact_sum`` adds up is below it."""
# So many numbers at once stay in the processor's cache; whole and below 2³⁰ each, floats add up exactly.
_MOST: Final = 1 << 15


def exact(number: float | str | Decimal) -> Decimal:
    """Turn a number into an exact decimal, floats snapped to six places.

    Parameters
    ----------
    number
        A float (a grid sum, say) is rounded to six decimals, which takes the noise of binary sums
        away; text and decimals are taken as written.

    Returns
    -------
    Decimal
        The exact value.

    Raises
    ------
    ValueError
        If the number is not finite.

    Examples
    --------
    >>> exact(0.1 + 0.2)
    Decimal('0.300000')
    >>> exact(1e22) == 10**22
    True
    >>> exact(-1e-9)
    Decimal('0.000000')
    >>> exact("0.55") * 100
    Decimal('55.00')
    """
    if isinstance(number, float):
        return _snapped(number)
    value = number if isinstance(number, Decimal) else Decimal(str(number))
    if not value.is_finite():
        raise ValueError(f"{number} is not a finite number.")
    return value


@functools.lru_cache(maxsize=1 << 12)  # most facilities have one of few sizes
def _snapped(number: float) -> Decimal:
    if not math.isfinite(number):
        raise ValueError(f"{number} is not a finite number.")
    value = Decimal(str(number))
    if abs(number) < _WHOLE:
        value = value.quantize(_SIX_PLACES)
    return value or value.copy_abs()  # there is no negative nothing


def split_exactly(whole: Decimal, parts: Sequence[float]) -> list[Decimal]:
    """Snap the parts of a whole to six places so that they add up to it exactly.

    Parameters
    ----------
    whole
        Exact value of six places.
    parts
        Amounts that add up to it but for the noise of binary sums; negative noise is nothing.

    Returns
    -------
    list of Decimal
        The parts; what rounding leaves over or lacks, a few millionths, is the largest part's.

    Examples
    --------
    >>> split_exactly(Decimal("1.000000"), [1 / 3, 2 / 3, -2.2e-16])
    [Decimal('0.333333'), Decimal('0.666667'), Decimal('0.000000')]
    >>> split_exactly(Decimal("1.000001"), [1 / 3, 1 / 3, 1 / 3])
    [Decimal('0.333335'), Decimal('0.333333'), Decimal('0.333333')]
    """
    snapped = [exact(max(0.0, part)) for part in parts]
    largest = max(range(len(snapped)), key=snapped.__getitem__)
    snapped[largest] += whole - sum(snapped)
    return snapped


def ceil(number: Decimal) -> Decimal:
    """Round up to a whole number: places, beds and facilities are indivisible.

    Parameters
    ----------
    number
        Exact value.

    Returns
    -------
    Decimal
        The smallest whole number that is not below it.

    Examples
    --------
    >>> ceil(Decimal("247.5")), ceil(Decimal("120.0"))
    (Decimal('248'), Decimal('120'))
    """
    return number.to_integral_value(rounding=ROUND_CEILING)


def exact_sum(numbers: NDArray[np.float64]) -> int:
    """Add numbers up so that neither their order nor how they are divided changes the sum.

    Parameters
    ----------
    numbers : array, shape (n,)
        Finite, not negative, below 2³⁰.

    Returns
    -------
    int
        The sum in units of 2⁻⁶⁰; such sums add up like all whole numbers. ``from_sum`` gives it as a
        float. A number is rounded to that unit, a millionth of a millionth of a millionth.

    Examples
    --------
    >>> import numpy as np
    >>> tenth = np.full(10, 0.1)
    >>> from_sum(exact_sum(tenth)), float(np.cumsum(tenth)[-1])
    (1.0, 0.9999999999999999)
    >>> exact_sum(tenth) == exact_sum(tenth[:3]) + exact_sum(tenth[3:])
    True
    """
    total = 0
    whole, rest = np.empty((2, min(len(numbers), _MOST)))
    for start in range(0, len(numbers), _MOST):
        some = numbers[start : start + _MOST]
        n = len(some)
        rest[:n] = some
        for limb in (2 * _LIMB, _LIMB, 0):
            # many numbers have few digits: nothing, whole people, or 64ths of them
            if rest[:n].max() == 0:
                break
            (np.floor if limb else np.rint)(rest[:n], out=whole[:n])
            total += int(whole[:n].sum()) << limb
            rest[:n] -= whole[:n]
            rest[:n] *= _ONE_LIMB
    return total


def exact_parts(numbers: Sequence[float]) -> list[float]:
    """Add numbers up without rounding.

    Parameters
    ----------
    numbers
        Finite.

    Returns
    -------
    list of float
        Few numbers whose sum is exactly that of those given, the largest first; none for zero.
        ``math.fsum`` of them, and of more beside them, is the float nearest to the sum of all.

    Examples
    --------
    >>> exact_parts([0.75, 1e16, 0.25])
    [1e+16, 1.0]
    >>> exact_parts([0.5, -0.5])
    []
    """
    parts: list[float] = []
    while rest := math.fsum([*numbers, *(-part for part in parts)]):
        parts.append(rest)
    return parts


def from_sum(total: int) -> float:
    """Give the float nearest to a sum of ``exact_sum``."""
    return total / (1 << 2 * _LIMB)


def rounded(value: float, digits: int) -> str:
    """Write a number with so many decimals and thousands parted, halves rounded up as Excel does.

    What is rounded is the number of 15 digits that the float stands for, which Excel shows: 0.145 is
    a half of the last of two decimals, though its float lies just under it.

    Parameters
    ----------
    value
        A number; one that is not finite is written as Python does.
    digits
        Decimals.

    Returns
    -------
    str
        A half goes away from zero; zero has no sign.

    Examples
    --------
    >>> rounded(1234.25, 1), rounded(0.145, 2), rounded(2.5, 0), rounded(-0.04, 1)
    ('1,234.3', '0.15', '3', '0.0')
    """
    if not math.isfinite(value):
        return f"{value}"
    return _half_up(Decimal(f"{value:.15g}"), digits)


def _half_up(number: Decimal, digits: int) -> str:
    with localcontext(prec=max(_PRECISION, number.adjusted() + digits + 2)):
        number = number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
        return f"{number or abs(number):,f}"


def plain(value: float) -> str:
    """Write a number with six digits at least where it has them, never as a power of ten.

    Parameters
    ----------
    value
        A number; one that is not finite is written as Python does.

    Returns
    -------
    str
        With thousands parted, halves rounded up, and without zeros at its end.

    Examples
    --------
    >>> plain(1234567.0), plain(3.5), plain(0.125)
    ('1,234,567', '3.5', '0.125')
    """
    digits = (
        0
        if not value or not math.isfinite(value)
        else max(0, 5 - Decimal(f"{value:.15g}").adjusted())
    )
    text = rounded(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float, digits: int = 1) -> str:
    """Write a share of 1 as a percentage, rounded as ``rounded`` does.

    Parameters
    ----------
    share
        0 to 1, or more; one that is not finite is written as Python does.
    digits
        Decimals of the percentage.

    Returns
    -------
    str
        With the sign.

    Examples
    --------
    >>> percent(0.0625), percent(0.145, 0), percent(1.0)
    ('6.3%', '15%', '100.0%')
    """
    if not math.isfinite(share):
        return f"{share}%"
    return f"{_half_up(Decimal(f'{share:.15g}').scaleb(2), digits)}%"


def decimals_of(value: float, digits: int) -> int:
    """Say with how many decimals to write a number so that it is not written as zero.

    Parameters
    ----------
    value
        A number.
    digits
        Decimals wanted.

    Returns
    -------
    int
        ``digits``, or as many as the first digit of the number needs.

    Examples
    --------
    >>> decimals_of(1234.5, 1), decimals_of(0.5, 0), decimals_of(0.0234, 1), decimals_of(0.0, 1)
    (1, 0, 2, 1)
    """
    if not value or not math.isfinite(value) or abs(value) * 10**digits >= _HALF:
        return digits
    return -Decimal(f"{value:.1g}").adjusted()


def share_decimals(share: float, least: float) -> int:
    """Say with how many decimals to write a share that is under its standard, to see that it is.

    Parameters
    ----------
    share
        0 to 1.
    least
        The standard in percent.

    Returns
    -------
    int
        1, or as many up to 6 as it takes to be written below the standard; 1 where either is not
        finite.

    Examples
    --------
    >>> share_decimals(0.62, 90), share_decimals(0.8999, 90), share_decimals(0.89999, 90)
    (1, 2, 3)
    """
    if not (math.isfinite(share) and math.isfinite(least)):
        return 1
    digits, asked = 1, Decimal(f"{least:.15g}")
    under = Decimal(f"{share:.15g}").scaleb(2) < asked
    while (
        under
        and digits < _FINEST
        and asked <= Decimal(percent(share, digits)[:-1].replace(",", ""))
    ):
        digits += 1
    return digits
