"""Coverage against the number of sites: where the next one stops paying."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from capacity.siting.search import Allowance, bounded, bounds_by_number, gains_of, greedy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity.siting.joint import Circle, JointProblem

COLUMNS: Final = ("norm_id", "n_sites", "candidate", "people", "share", "share_at_most")
"""Columns of a curve."""

_STEPS: Final = 100


def coverage_curve(problem: JointProblem, most: int) -> pd.DataFrame:
    """Say for every number of new sites how many people they bring in reach, circle by circle.

    Sites are added one after the other, each the one that brings most people in reach; what no choice
    of so many sites exceeds stands beside it. Other norms are not asked here.

    Parameters
    ----------
    problem
        Options and the circles of the needs.
    most
        Largest number of new sites.

    Returns
    -------
    DataFrame
        One row per circle norm and number of sites, from none: ``norm_id``, ``n_sites``, ``candidate``
        (position of the site added, −1 for none), ``people`` in reach, ``share`` of all, and
        ``share_at_most``.

    References
    ----------
    Nemhauser, G. L., Wolsey, L. A. and Fisher, M. L. (1978), An analysis of approximations for maximizing
    submodular set functions. Mathematical Programming 14, 265–294.
    """
    ids = problem.needs["norm_id"].to_numpy(dtype=object)
    sites = problem.options["candidate"].to_numpy(dtype=np.int64)
    parts = [_curve(circle, str(ids[circle.need[0]]), sites, most) for circle in problem.circles]
    empty = pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(parts, ignore_index=True) if parts else empty


def _curve(circle: Circle, norm_id: str, sites: NDArray[np.int64], most: int) -> pd.DataFrame:
    own = circle.problem
    gains = gains_of(own)
    n = own.n_candidates
    asked = np.arange(len(own.people)) < len(circle.unit)  # the last unit holds all others
    everyone, before = float(own.people[asked].sum()), float(own.covered[asked].sum())
    everything = np.ones(n, dtype=bool)

    def allow(number: int | None) -> Allowance:
        return Allowance(np.ones(n), number, None, ~everything, everything)

    order = greedy(gains, allow(most))
    chosen = np.zeros(n, dtype=bool)
    people = [before]
    for j in order.tolist():
        chosen[j] = True
        people.append(before + gains.value(chosen))
    bound = np.full(len(order) + 1, float(own.weight.sum()))
    for number in sorted({1, len(order) // 4, len(order) // 2, len(order)} - {0}):
        start = np.zeros(n, dtype=bool)
        start[order[:number]] = True
        if number <= len(order):
            found = bounded(gains, allow(number), start, gap=0.0, until=np.inf, steps=_STEPS)
            bound = np.minimum(bound, bounds_by_number(gains, allow(None), found.price, len(order)))
    bound[0] = 0.0
    at_most = np.maximum(people, np.minimum(everyone, before + bound))
    return pd.DataFrame(
        {
            "norm_id": norm_id,
            "n_sites": np.arange(len(people)),
            "candidate": np.concatenate([[-1], sites[circle.option[order]]]),
            "people": np.round(people, 6),
            "share": np.array(people) / everyone,
            "share_at_most": at_most / everyone,
        }
    )[list(COLUMNS)]
