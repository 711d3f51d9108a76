"""Accessibility scores: how much of the supply each person has, shared with all who reach it.

The floating catchment area family on sparse pairs. Step 1 divides the supply of every facility by the
demand that reaches it; step 2 adds up, for every row, the ratios of the facilities in its reach. A row
that is partly in reach takes part with its share, in both steps, so that supply is conserved:
Σ score × demand is the supply of the facilities that anyone reaches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from capacity.reach.amounts import amount_faults, refuse_bad_amounts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    from capacity.reach.pairs import Pairs

    Floats = NDArray[np.float64]
    Decay: TypeAlias = Literal["gaussian"] | Sequence[tuple[float, float]]


def two_step_fca(pairs: Pairs, demand: Floats, supply: Floats) -> Floats:
    r"""Two-step floating catchment area: everyone within the limit counts alike.

    .. math:: R_j = \frac{S_j}{\sum_i s_{ij} D_i}, \qquad A_i = \sum_j s_{ij} R_j

    Parameters
    ----------
    pairs
        Rows and facilities within the limit; exactly the limit is within. :math:`s_{ij}` is ``share``.
    demand : array, shape (n_rows,)
        Demand of each row, such as people, not negative.
    supply : array, shape (n_facilities,)
        Supply of each facility, such as places, not negative; NaN is unknown and counts as none.

    Returns
    -------
    array, shape (n_rows,)
        Supply per unit of demand, such as places per person; 0 where nothing is in reach.

    Raises
    ------
    InputError
        If demand or supply are negative or infinite, or demand is missing.

    Notes
    -----
    A facility that nobody reaches adds nothing. Rows without demand have a score, which counts for
    nobody. Linear in the number of pairs.

    References
    ----------
    Luo, W. and Wang, F. (2003), Measures of spatial accessibility to health care in a GIS environment:
    synthesis and a case study in the Chicago region. Environment and Planning B 30, 865-884.

    Examples
    --------
    A centre of 30 places that 200 and 100 people reach, and one of 20 that only the 100 reach:

    >>> from capacity.reach.pairs import Pairs
    >>> pairs = Pairs(
    ...     row=np.array([0, 1, 1]),
    ...     facility=np.array([0, 0, 1]),
    ...     cost=np.array([100.0, 200.0, 300.0]),
    ...     share=np.ones(3),
    ...     n_rows=2,
    ...     n_facilities=2,
    ...     limit_m=300.0,
    ...     method="straight line",
    ... )
    >>> two_step_fca(pairs, np.array([200.0, 100.0]), np.array([30.0, 20.0])).round(3)
    array([0.1, 0.3])
    """
    _check(demand, supply)
    return _score(pairs, pairs.share, demand, supply)


def e2sfca(pairs: Pairs, demand: Floats, supply: Floats, *, decay: Decay) -> Floats:
    r"""Enhanced two-step floating catchment area: those farther away count for less.

    .. math:: R_j = \frac{S_j}{\sum_i w_{ij} s_{ij} D_i}, \qquad A_i = \sum_j w_{ij} s_{ij} R_j

    Parameters
    ----------
    pairs, demand, supply
        As for ``two_step_fca``; ``cost`` of a pair says how far away it is.
    decay
        Zones as pairs of an upper limit in metres and a weight, limits ascending: exactly a limit
        belongs to the nearer zone, and what lies beyond the last is not counted. Or ``"gaussian"``:
        the weight falls from 1 at the facility to 0 at ``pairs.limit_m``, which itself counts nothing:

        .. math:: w = \frac{e^{-\frac12 (d / d_0)^2} - e^{-\frac12}}{1 - e^{-\frac12}}

    Returns
    -------
    array, shape (n_rows,)
        Supply per unit of weighted demand; 0 where nothing with a weight is in reach.

    Raises
    ------
    InputError
        As ``two_step_fca``.
    ValueError
        If limits do not ascend, or a weight is negative.

    Notes
    -----
    One zone of weight 1 up to the limit gives ``two_step_fca``. Only the ratio of the weights matters
    to who gets more of a facility. The zones and weights of Luo and Qi are 10, 20 and 30 minutes by
    car with 1.00, 0.68 and 0.22; they are not taken for granted here. A cell has one cost, that of its
    mean, and therefore lies in one zone.

    References
    ----------
    Luo, W. and Qi, Y. (2009), An enhanced two-step floating catchment area (E2SFCA) method for
    measuring spatial accessibility to primary care physicians. Health and Place 15, 1100-1107.

    Dai, D. (2010), Black residential segregation, disparities in spatial access to health care
    facilities, and late-stage breast cancer diagnosis in metropolitan Detroit. Health and Place 16,
    1038-1052.

    Examples
    --------
    >>> from capacity.reach.pairs import Pairs
    >>> pairs = Pairs(
    ...     row=np.array([0, 1]),
    ...     facility=np.array([0, 0]),
    ...     cost=np.array([100.0, 100.5]),
    ...     share=np.ones(2),
    ...     n_rows=2,
    ...     n_facilities=1,
    ...     limit_m=300.0,
    ...     method="straight line",
    ... )
    >>> zones = [(100.0, 1.0), (300.0, 0.5)]
    >>> e2sfca(pairs, np.array([100.0, 100.0]), np.array([30.0]), decay=zones)
    array([0.2, 0.1])
    """
    _check(demand, supply)
    return _score(pairs, pairs.share * _weights(pairs, decay), demand, supply)


def three_step_fca(pairs: Pairs, demand: Floats, supply: Floats, *, decay: Decay) -> Floats:
    r"""Three-step floating catchment area: people divide themselves between the facilities in reach.

    .. math:: G_{ij} = \frac{w_{ij} s_{ij}}{\sum_k w_{ik} s_{ik}}, \quad
              R_j = \frac{S_j}{\sum_i G_{ij} w_{ij} s_{ij} D_i}, \quad
              A_i = \sum_j G_{ij} w_{ij} s_{ij} R_j

    Parameters
    ----------
    pairs, demand, supply, decay
        As for ``e2sfca``.

    Returns
    -------
    array, shape (n_rows,)
        Supply per unit of weighted demand; 0 where nothing with a weight is in reach.

    Raises
    ------
    InputError
        As ``two_step_fca``.
    ValueError
        As ``e2sfca``.

    Notes
    -----
    The first step keeps a second facility next door from doubling the demand that both are thought to
    serve. With one facility in reach of everyone it gives ``e2sfca``.

    References
    ----------
    Wan, N., Zou, B. and Sternberg, T. (2012), A three-step floating catchment area method for analyzing
    spatial access to health services. International Journal of Geographical Information Science 26,
    1073-1089.

    Examples
    --------
    Two equal centres next door to each other, in reach of the same 100 people:

    >>> from capacity.reach.pairs import Pairs
    >>> pairs = Pairs(
    ...     row=np.array([0, 0]),
    ...     facility=np.array([0, 1]),
    ...     cost=np.array([100.0, 100.0]),
    ...     share=np.ones(2),
    ...     n_rows=1,
    ...     n_facilities=2,
    ...     limit_m=300.0,
    ...     method="straight line",
    ... )
    >>> zones = [(300.0, 1.0)]
    >>> three_step_fca(pairs, np.array([100.0]), np.array([10.0, 10.0]), decay=zones)
    array([0.2])
    """
    _check(demand, supply)
    weight = pairs.share * _weights(pairs, decay)
    of_row = np.bincount(pairs.row, weights=weight, minlength=pairs.n_rows)[pairs.row]
    choice = np.divide(weight, of_row, out=np.zeros(len(weight)), where=of_row > 0)
    return _score(pairs, choice * weight, demand, supply)


def _check(demand: Floats, supply: Floats) -> None:
    refuse_bad_amounts(
        "scores cannot be computed:",
        amount_faults("demand", demand),
        amount_faults("supply", supply, unknown=True),
    )


def _weights(pairs: Pairs, decay: Decay) -> Floats:
    """Weight of every pair by its cost."""
    if isinstance(decay, str):
        if decay != "gaussian":
            raise ValueError(f'decay is {decay!r}; it is "gaussian" or a list of (metres, weight).')
        least = np.exp(-0.5)
        bell = np.exp(-0.5 * (pairs.cost / pairs.limit_m) ** 2)
        return np.asarray(np.maximum(0.0, (bell - least) / (1.0 - least)))
    limits = np.array([limit for limit, _ in decay], dtype=np.float64)
    weights = np.array([weight for _, weight in decay] + [0.0], dtype=np.float64)
    if len(limits) == 0 or (np.diff(limits) <= 0).any() or not (weights >= 0).all():
        raise ValueError(
            f"decay is {list(decay)}: give at least one (metres, weight), metres ascending, weights "
            "not negative."
        )
    return np.asarray(weights[np.searchsorted(limits, pairs.cost, side="left")])


def _score(pairs: Pairs, weight: Floats, demand: Floats, supply: Floats) -> Floats:
    """Step 1: supply of each facility over the demand at it. Step 2: their sum for each row."""
    have = np.nan_to_num(supply, nan=0.0)
    asked = np.bincount(
        pairs.facility, weights=weight * demand[pairs.row], minlength=pairs.n_facilities
    )
    ratio = np.divide(have, asked, out=np.zeros(len(have)), where=asked > 0)
    score = np.bincount(pairs.row, weights=weight * ratio[pairs.facility], minlength=pairs.n_rows)
    return np.asarray(score, dtype=np.float64)
