"""How evenly something is spread over people: Gini, Theil, Palma, Lorenz, people below a norm.

Values are per person (places per person, a score, a share), of units or of cells, each with the people
who have it. All measures weigh by people: a unit of 10,000 counts as 10,000 persons with its value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from capacity.reach.amounts import amount_faults, refuse_bad_amounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

NAN: Final = float("nan")
_POOREST: Final = 0.4
_RICHEST: Final = 0.9


@dataclass(frozen=True)
class Equity:
    """How evenly something is spread over people.

    Attributes
    ----------
    people
        People with a value; all measures are about them.
    people_unknown
        People without a value (NaN), who are in no measure.
    mean
        Mean value per person; NaN where there is nobody.
    gini
        Gini coefficient: 0 where all have the same, towards 1 where one has all; NaN where nobody has
        anything.
    theil
        Theil's T: 0 where all have the same, at most the logarithm of the number of people; NaN where
        nobody has anything.
    theil_between, theil_within
        Its two parts, between the groups and within them, which add up to it; NaN without groups.
    palma
        What the tenth of the people with most have over what the four tenths with least have: 0.25
        where all have the same, infinite where the four tenths have nothing; NaN where nobody has.
    share_below_norm
        Share of people with less than the norm, 0 to 1; exactly the norm is not below. NaN without a
        norm.
    """

    people: float
    people_unknown: float
    mean: float
    gini: float
    theil: float
    theil_between: float
    theil_within: float
    palma: float
    share_below_norm: float


def equity(
    values: ArrayLike,
    people: ArrayLike,
    *,
    groups: Sequence[object] | NDArray[np.object_] | pd.Series | None = None,
    norm: float | None = None,
) -> Equity:
    r"""Measure how evenly values are spread over people.

    .. math:: G = 1 - \sum_i (P_i - P_{i-1})(L_i + L_{i-1}), \qquad
              T = \sum_i \frac{p_i}{P} \frac{x_i}{\bar x} \ln \frac{x_i}{\bar x}

    with :math:`P_i` and :math:`L_i` the cumulative shares of people and of what they have, from those
    with least.

    Parameters
    ----------
    values : array, shape (n,)
        What each person of the unit or cell has, not negative; NaN where unknown.
    people : array, shape (n,)
        People of the unit or cell, not negative. Where there are none the value counts for nobody.
    groups : array, shape (n,), optional
        Group of each unit or cell, for the two parts of Theil's T.
    norm
        What each person should have, in the unit of ``values``.

    Returns
    -------
    Equity
        Every measure; 0 ln 0 is 0.

    Raises
    ------
    InputError
        If values or people are negative or infinite, or people are missing.
    ValueError
        If the lengths differ.

    Notes
    -----
    Values of units hide what is uneven inside a unit: measures over cells are never lower. The person at
    the edge of a tenth is divided, so the Palma ratio does not jump. PySAL's ``inequality`` has the same
    measures without weights.

    References
    ----------
    Theil, H. (1967), Economics and Information Theory. North-Holland.

    Cobham, A. and Sumner, A. (2013), Is it all about the tails? The Palma measure of income inequality.
    Center for Global Development, Working Paper 343.

    Examples
    --------
    Half of the people have nothing and half have two places each:

    >>> found = equity([0.0, 2.0], [50, 50], norm=1.0)
    >>> found.gini, round(found.theil, 4), found.palma, found.share_below_norm
    (0.5, 0.6931, inf, 0.5)
    """
    value, weight = np.asarray(values, dtype=np.float64), np.asarray(people, dtype=np.float64)
    _check(value, weight, groups)
    known = ~np.isnan(value) & (weight > 0)
    unknown = float(weight[np.isnan(value)].sum())
    x, w = value[known], weight[known]
    total = float(w.sum())
    mean = float((x * w).sum() / total) if total > 0 else NAN
    below = float(w[x < norm].sum() / total) if norm is not None and total > 0 else NAN
    if not mean > 0:
        return Equity(total, unknown, mean, NAN, NAN, NAN, NAN, NAN, below)
    share_of_people, share_of_all = _lorenz(x, w)
    tail = np.interp([_POOREST, _RICHEST], share_of_people, share_of_all)
    least, most = float(tail[0]), 1.0 - float(tail[1])
    area = np.diff(share_of_people) * (share_of_all[1:] + share_of_all[:-1])
    theil = _theil(x, w)
    between = _between(x, w, np.asarray(groups, dtype=object)[known]) if groups is not None else NAN
    return Equity(
        people=total,
        people_unknown=unknown,
        mean=mean,
        gini=max(0.0, 1.0 - float(area.sum())),
        theil=theil,
        theil_between=between,
        theil_within=theil - between,
        palma=most / least if least > 0 else float("inf"),
        share_below_norm=below,
    )


def lorenz(values: ArrayLike, people: ArrayLike) -> pd.DataFrame:
    """Draw the Lorenz curve: the share of people against the share of what they have.

    Parameters
    ----------
    values, people : array, shape (n,)
        As for ``equity``.

    Returns
    -------
    DataFrame
        ``people_share`` and ``value_share``, both 0 to 1 and ascending, from (0, 0) to (1, 1); people
        with the same value are one step. Empty where nobody has anything.

    Raises
    ------
    InputError
        As ``equity``.
    ValueError
        As ``equity``.

    Notes
    -----
    Twice the area between the curve and the diagonal is the Gini coefficient.

    References
    ----------
    Lorenz, M. O. (1905), Methods of measuring the concentration of wealth. Publications of the American
    Statistical Association 9, 209-219.

    Examples
    --------
    >>> lorenz([0.0, 2.0], [50, 50])
       people_share  value_share
    0           0.0          0.0
    1           0.5          0.0
    2           1.0          1.0
    """
    value, weight = np.asarray(values, dtype=np.float64), np.asarray(people, dtype=np.float64)
    _check(value, weight, None)
    known = ~np.isnan(value) & (weight > 0)
    x, w = value[known], weight[known]
    empty = np.empty(0)
    curve = _lorenz(x, w) if float((x * w).sum()) > 0 else (empty, empty)
    return pd.DataFrame({"people_share": curve[0], "value_share": curve[1]})


def _check(
    value: Floats, weight: Floats, groups: Sequence[object] | NDArray[np.object_] | pd.Series | None
) -> None:
    lengths = {len(value), len(weight)} | (set() if groups is None else {len(groups)})
    if len(lengths) > 1:
        raise ValueError(f"values, people and groups have different lengths: {sorted(lengths)}.")
    refuse_bad_amounts(
        "equity cannot be measured:",
        amount_faults("values", value, unknown=True),
        amount_faults("people", weight),
    )


def _lorenz(x: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Cumulative shares of people and of what they have, from (0, 0) to (1, 1), ties together."""
    distinct, at = np.unique(x, return_inverse=True)
    people = np.bincount(at, weights=w, minlength=len(distinct))
    have = np.concatenate([[0.0], np.cumsum(people * distinct)])
    count = np.concatenate([[0.0], np.cumsum(people)])
    return count / count[-1], have / have[-1]


def _theil(x: Floats, w: Floats) -> float:
    relative = x / ((x * w).sum() / w.sum())
    logs = np.log(relative, out=np.zeros(len(x)), where=relative > 0)
    return max(0.0, float((w * relative * logs).sum() / w.sum()))


def _between(x: Floats, w: Floats, groups: NDArray[np.object_]) -> float:
    """Theil's T if everyone had the mean of their group."""
    _, at = np.unique(groups.astype(str), return_inverse=True)
    people = np.bincount(at, weights=w).astype(np.float64)
    return _theil(np.bincount(at, weights=w * x) / people, people)
