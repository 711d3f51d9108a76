"""How far is within reach: distances of norms, and walking times turned into distances."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from capacity.exact import exact

OLDER_GROUPS: Final = frozenset({"age_60_plus", "age_65_plus"})
"""Population columns that walk at the speed of older people."""


@dataclass(frozen=True)
class Limit:
    """How far is within reach, and how that was come by.

    Attributes
    ----------
    metres
        Exactly so many metres count.
    words
        As findings print it, such as ``radius: 300 m``.
    speed_m_s
        The speed that turned a time into metres; None where it is a distance by itself, and then
        waiting and climbing, which take time, do not count.
    """

    metres: float
    words: str
    speed_m_s: float | None = None


@dataclass(frozen=True)
class Walk:
    """How far somebody walks in a time, and how that was come by.

    Attributes
    ----------
    metres
        Along the way, not rounded.
    words
        As findings print it, such as ``walking speed: 1.2 m/s``.
    speed_m_s
        The speed that it was come by; None where it is a distance by itself.
    """

    metres: Decimal
    words: str
    speed_m_s: float | None = None


def walk_at_speed(minutes: Decimal, speed_m_s: float) -> Walk:
    """Turn a walking time into a walking distance by a speed.

    Parameters
    ----------
    minutes
        Walking time, minutes.
    speed_m_s
        Walking speed in m/s.

    Returns
    -------
    Walk
        ``60 × minutes × speed``.
    """
    metres = walking_radius_m(minutes, str(speed_m_s), 1)
    return Walk(metres, f"walking speed: {speed_m_s} m/s", speed_m_s)


def walk_by_standard(
    minutes: Decimal, ends: tuple[Decimal, Decimal], standard: str, *, upper: bool
) -> Walk:
    """Turn a walking time into the walking distance that a standard sets for it.

    Parameters
    ----------
    minutes
        Walking time, minutes.
    ends
        Lower and upper end of what the standard prints, in metres.
    standard
        Its number.
    upper
        Whether the upper end counts.

    Returns
    -------
    Walk
        One of the ends; the words name both.

    Examples
    --------
    >>> from decimal import Decimal
    >>> ends = Decimal(800), Decimal(1000)
    >>> walk_by_standard(Decimal(15), ends, "GB 50180-2018", upper=False).words
    'walking distance for 15 min by GB 50180-2018: lower end of 800–1000 m'
    """
    low, high = ends
    end = "upper" if upper else "lower"
    printed = f"{low:f} m" if low == high else f"{end} end of {low:f}–{high:f} m"
    words = f"walking distance for {minutes:f} min by {standard}: {printed}"
    return Walk(high if upper else low, words)


def whole_metres(metres: Decimal) -> str:
    """Write a distance in whole metres, halves rounded up.

    Parameters
    ----------
    metres
        Not negative.

    Returns
    -------
    str
        Digits alone.

    Examples
    --------
    >>> from decimal import Decimal
    >>> whole_metres(Decimal("1080")), whole_metres(Decimal("552.5"))
    ('1080', '553')
    """
    return f"{metres.quantize(Decimal(1), ROUND_HALF_UP):f}"


def straight_of(walked: Decimal, detour: float | str | Decimal) -> Decimal:
    """Straight-line distance that a walk spans.

    Parameters
    ----------
    walked
        Walking distance in metres.
    detour
        Walking distance divided by straight-line distance, at least 1.

    Returns
    -------
    Decimal
        Metres, not rounded.

    Raises
    ------
    ValueError
        If the detour is below 1.
    """
    factor = exact(detour)
    if factor < 1:
        raise ValueError(f"the detour factor {factor} must be at least 1.")
    return walked / factor


def walking_radius_m(
    minutes: float | str | Decimal, speed_m_s: float | str | Decimal, detour: float | str | Decimal
) -> Decimal:
    """Straight-line distance that a walk of so many minutes spans: ``60 × minutes × speed / detour``.

    Parameters
    ----------
    minutes
        Walking time, minutes.
    speed_m_s
        Walking speed in m/s.
    detour
        Walking distance divided by straight-line distance, at least 1.

    Returns
    -------
    Decimal
        Metres, not rounded.

    Raises
    ------
    ValueError
        If a number is not positive, or the detour is below 1.

    Notes
    -----
    The documents give minutes only; speed and detour are settings of the study area, printed with
    every result that used them.

    Examples
    --------
    >>> round(walking_radius_m(15, "1.2", "1.3"))
    831
    """
    time, speed = exact(minutes), exact(speed_m_s)
    if time <= 0 or speed <= 0:
        raise ValueError(f"minutes {time} and speed {speed} must be over 0.")
    return straight_of(60 * time * speed, detour)
