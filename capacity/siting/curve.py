"""Coverage against the number of sites and against cost: where the next one stops paying."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from capacity.siting.search import (
    Allowance,
    bounded,
    bounds_by_budget,
    bounds_by_number,
    gains_of,
    greedy,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity.siting.joint import Circle, JointProblem
    from capacity.siting.problem import CoverProblem

    Floats = NDArray[np.float64]

COLUMNS: Final = (
    "norm_id",
    "n_sites",
    "candidate",
    "cost",
    "people",
    "added",
    "share",
    "share_at_most",
)
"""Columns of a curve."""
KNEES: Final = ("norm_id", "along", "n_sites", "cost", "share", "each_before", "each_after")
"""Columns of the knees of curves."""

_STEPS: Final = 100


def coverage_curve(
    problem: JointProblem, cost: Floats | None = None, *, steps: int = _STEPS
) -> pd.DataFrame:
    """Say for every number of new sites how many people they bring in reach, circle by circle.

    Sites are added one after the other, each the one that brings most people in reach (with costs:
    most people for its cost), until another brings nobody; what no choice of so many sites, or of so
    much cost, exceeds stands beside it. Other norms are not asked here.

    Parameters
    ----------
    problem
        Options and the circles of the needs.
    cost
        Of each option at its smallest size, shape (n_options,); None counts sites.
    steps
        Steps by which each bound is narrowed.

    Returns
    -------
    DataFrame
        One row per circle norm and number of sites, from none: ``norm_id``, ``n_sites``, ``candidate``
        (position of the site added, −1 for none), ``cost`` so far (NaN without costs), ``people`` in
        reach, ``added`` by the last site, ``share`` of all, and ``share_at_most``.

    References
    ----------
    Nemhauser, G. L., Wolsey, L. A. and Fisher, M. L. (1978), An analysis of approximations for maximizing
    submodular set functions. Mathematical Programming 14, 265–294.
    """
    ids = problem.needs["norm_id"].to_numpy(dtype=object)
    sites = problem.options["candidate"].to_numpy(dtype=np.int64)
    parts = [
        _curve(circle, str(ids[circle.need[0]]), sites, cost, steps)
        for circle in problem.circles
        if not circle.whole
    ]
    empty = pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(parts, ignore_index=True) if parts else empty


def _curve(
    circle: Circle, norm_id: str, sites: NDArray[np.int64], cost: Floats | None, steps: int
) -> pd.DataFrame:
    own = circle.problem
    gains = gains_of(own)
    n = own.n_candidates
    asked = np.arange(len(own.people)) < len(circle.unit)  # the last unit holds all others
    everyone, before = float(own.people[asked].sum()), float(own.covered[asked].sum())
    everything = np.ones(n, dtype=bool)
    each = np.ones(n) if cost is None else cost[circle.option]

    def allow(number: int | None, budget: float | None) -> Allowance:
        return Allowance(each, number, budget, ~everything, everything)

    total = None if cost is None else float(each.sum())
    order = greedy(gains, allow(n, total))
    people = before + np.concatenate([[0.0], np.cumsum(_added(own, order))])
    spent = np.concatenate([[0.0], np.cumsum(each[order])])
    bound = np.full(len(order) + 1, float(own.weight.sum()))
    for number in sorted({1, len(order) // 16, len(order) // 4, len(order) // 2} - {0}):
        start = np.zeros(n, dtype=bool)
        start[order[:number]] = True
        if number > len(order):
            continue
        limit = allow(number, None) if cost is None else allow(None, float(spent[number]))
        found = bounded(gains, limit, start, gap=0.0, until=np.inf, steps=steps)
        if cost is None:
            more = bounds_by_number(gains, allow(None, None), found.price, len(order))
        else:
            more = bounds_by_budget(gains, each, found.price, spent)
        bound = np.minimum(bound, more)
    bound[0] = 0.0 if (each > 0).all() else bound[0]
    at_most = np.maximum(people, np.minimum(everyone, before + bound))
    return pd.DataFrame(
        {
            "norm_id": norm_id,
            "n_sites": np.arange(len(people)),
            "candidate": np.concatenate([[-1], sites[circle.option[order]]]),
            "cost": np.full(len(people), np.nan) if cost is None else spent,
            "people": np.round(people, 6),
            "added": np.round(np.diff(people, prepend=before), 6),
            "share": people / everyone,
            "share_at_most": at_most / everyone,
        }
    )[list(COLUMNS)]


def _added(problem: CoverProblem, order: NDArray[np.int64]) -> Floats:
    """Say how many people each site of an order brings in reach whom those before it do not."""
    if problem.n_groups == 0:
        return np.zeros(len(order))
    rank = np.full(problem.n_candidates, len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    first = np.minimum.reduceat(rank[problem.candidate], problem.starts[:-1])
    added = np.bincount(first, weights=problem.weight, minlength=len(order) + 1)
    return np.asarray(added[: len(order)], dtype=np.float64)


def knees(curve: pd.DataFrame, along: str) -> pd.DataFrame:
    """Find where curves bend most: from there on another site brings clearly fewer people.

    The bend is the point furthest above the straight line between the two ends of the curve; the
    first of several.

    Parameters
    ----------
    curve
        What ``coverage_curve`` gave.
    along
        ``n_sites`` or ``cost``.

    Returns
    -------
    DataFrame
        One row per curve that bends, ``KNEES``: where it does, and how many people each site (or each
        unit of cost) brings in reach on the mean up to there, and after it.

    References
    ----------
    Satopää, V., Albrecht, J., Irwin, D. and Raghavan, B. (2011), Finding a "kneedle" in a haystack. 31st
    International Conference on Distributed Computing Systems Workshops, 166–171.

    Examples
    --------
    >>> of_sites = pd.DataFrame(
    ...     {"norm_id": "a", "n_sites": range(5), "cost": float("nan"), "people": [0, 9, 16, 18, 20]}
    ... ).assign(share=[0, 0.45, 0.8, 0.9, 1.0])
    >>> knees(of_sites, "n_sites")[["n_sites", "share", "each_before", "each_after"]].values.tolist()
    [[2.0, 0.8, 8.0, 2.0]]
    """
    rows = []
    for norm_id, own in curve.groupby("norm_id", sort=False):
        x, y = (own[name].to_numpy(dtype=np.float64) for name in (along, "people"))
        if len(own) < _FEWEST or x[-1] <= x[0] or y[-1] <= y[0]:
            continue
        above = (y - y[0]) / (y[-1] - y[0]) - (x - x[0]) / (x[-1] - x[0])
        k = int(np.argmax(np.round(above, 9)))
        if 0 < k < len(own) - 1:
            here = own.iloc[k]
            before, after = (y[k] - y[0]) / (x[k] - x[0]), (y[-1] - y[k]) / (x[-1] - x[k])
            at = (norm_id, along, int(here["n_sites"]), float(here["cost"]), float(here["share"]))
            rows.append((*at, before, after))
    return pd.DataFrame(rows, columns=list(KNEES))


_FEWEST: Final = 3
"""Points of a curve that can bend."""
