"""Exact decimals for norms: 0.55 × 100 is 55, and 55 places are enough for it."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Final

_SIX_PLACES: Final = Decimal("0.000001")


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
    >>> exact("0.55") * 100
    Decimal('55.00')
    """
    value = number if isinstance(number, Decimal) else Decimal(str(number))
    if not value.is_finite():
        raise ValueError(f"{number} is not a finite number.")
    if isinstance(number, float):
        value = value.quantize(_SIX_PLACES)
    return value


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
