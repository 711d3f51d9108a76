"""How far is within reach: distances of norms, and walking times turned into distances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from capacity.exact import exact

if TYPE_CHECKING:
    from decimal import Decimal


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
    """

    metres: float
    words: str


def walking_radius_m(
    minutes: float | str | Decimal, speed_m_s: float | str | Decimal, detour: float | str | Decimal
) -> Decimal:
    """Straight-line distance that a walk of so many minutes spans: ``60 × minutes × speed / detour``.

    Parameters
    ----------
    minutes
        Walking time.
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
    time, speed, factor = exact(minutes), exact(speed_m_s), exact(detour)
    if time <= 0 or speed <= 0 or factor < 1:
        raise ValueError(
            f"minutes {time} and speed {speed} must be over 0 and the detour factor {factor} at least 1."
        )
    return 60 * time * speed / factor
