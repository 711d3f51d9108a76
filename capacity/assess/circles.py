"""How far a circle norm reaches: its metres as written, its minutes by a speed or a standard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from capacity.norms.walking import national_distances
from capacity.reach.limits import OLDER_GROUPS, Walk, walk_at_speed, walk_by_standard

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from capacity.norms.model import Norm
    from capacity.reach.interface import Reach
    from capacity.reach.limits import Limit
    from capacity.study_area import Parameters


def _radius(norm: Norm, reach: Reach, _: Parameters) -> dict[str, Limit]:
    """Take the metres of a norm for each group that it measures."""
    return dict.fromkeys(norm.measures, reach.of_metres(norm.value))


def _time(norm: Norm, reach: Reach, parameters: Parameters) -> dict[str, Limit]:
    """Turn the minutes of a norm into a distance for each group that it measures."""
    return {g: reach.of_walk(_walk(norm.value, g, parameters)) for g in norm.measures}


def _walk(minutes: Decimal, group: str, parameters: Parameters) -> Walk:
    """Say how far a group walks in some minutes; a time that the standard leaves out is by speed."""
    older = group in OLDER_GROUPS
    speed = parameters.walking_speed_older_m_s if older else parameters.walking_speed_m_s
    by_speed = walk_at_speed(minutes, speed)
    if parameters.walking_preset != "national":
        return by_speed
    distances = national_distances()
    found = distances.by_minutes.get(minutes)
    if found is None:
        words = f"no distance for {minutes:f} min in {distances.standard}; {by_speed.words}"
        return Walk(by_speed.metres, words, by_speed.speed_m_s)
    return walk_by_standard(
        minutes, found, distances.standard, upper=parameters.walking_range == "upper"
    )


_LIMITS: Final[dict[str, Callable[[Norm, Reach, Parameters], dict[str, Limit]]]] = {
    "coverage_radius": _radius,
    "coverage_time": _time,
}

CIRCLES: Final = tuple(_LIMITS)
"""Kinds of norms with a reach."""


def is_walked(norm: Norm, asked: str) -> bool:
    """Whether a circle norm is measured along the walking network, where there is one.

    Parameters
    ----------
    norm
        A norm of ``CIRCLES``.
    asked
        ``as_written``: a radius is a straight line, a walking time a walk. ``network`` and
        ``straight``: both alike.

    Returns
    -------
    bool
        False for the straight line.
    """
    return asked == "network" or (asked == "as_written" and norm.kind == "coverage_time")


def limits_of(norm: Norm, reach: Reach, parameters: Parameters) -> dict[str, Limit]:
    """Say how far a circle norm reaches for each group that it measures.

    Parameters
    ----------
    norm
        A norm of ``CIRCLES``.
    reach
        How it is measured.
    parameters
        Speeds, or the preset of distances.

    Returns
    -------
    dict of str to Limit
        By group.
    """
    return _LIMITS[norm.kind](norm, reach, parameters)
