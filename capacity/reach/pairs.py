"""Who can get to what: the sparse pairs of demand rows and facilities within a limit.

The one table that capacity-limited coverage, allocation and accessibility scores read. Whoever makes
it, from circles or from a walking network, what follows is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Pairs:
    """Demand rows and the facilities within their reach, one entry per row × facility.

    Attributes
    ----------
    row, facility
        Position of the demand row (as in ``Demand.cell``) and of the facility (in the caller's
        order), int64, shape (n_pairs,); sorted by row, then facility, and never twice the same two.
    cost
        Metres from the people in reach to the facility, their mean, float64, shape (n_pairs,); never
        more than ``limit_m``.
    share
        Share of the row's people within the limit of this facility, over 0 and at most 1, float64,
        shape (n_pairs,). Rows without people may be left out.
    n_rows, n_facilities
        How many rows and facilities there are, with those that are in no pair.
    limit_m
        Metres; exactly the limit is within reach.
    method
        What was measured, as findings print it.

    Examples
    --------
    Two rows and two facilities; half of the second row is within reach of the second facility:

    >>> pairs = Pairs(
    ...     row=np.array([0, 1]),
    ...     facility=np.array([0, 1]),
    ...     cost=np.array([120.0, 290.0]),
    ...     share=np.array([1.0, 0.5]),
    ...     n_rows=2,
    ...     n_facilities=2,
    ...     limit_m=300.0,
    ...     method="straight line",
    ... )
    >>> pairs.starts.tolist()
    [0, 1, 2]
    """

    row: NDArray[np.int64]
    facility: NDArray[np.int64]
    cost: NDArray[np.float64]
    share: NDArray[np.float64]
    n_rows: int
    n_facilities: int
    limit_m: float
    method: str

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where the pairs of each row begin, shape (n_rows + 1,): row ``i`` has ``starts[i:i+2]``."""
        ends: NDArray[np.int64] = np.cumsum(np.bincount(self.row, minlength=self.n_rows))
        return np.concatenate([np.zeros(1, dtype=np.int64), ends])


@dataclass(frozen=True)
class Nearest:
    """The nearest facility of every demand row, however far.

    Attributes
    ----------
    x, y
        Middle of the row's people in the metric CRS, shape (n_rows,).
    metres
        Mean distance of the row's people to their nearest facility, NaN where no way leads to one,
        shape (n_rows,).
    facility
        The facility that is nearest to any of them, −1 where there is none, shape (n_rows,).
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    metres: NDArray[np.float64]
    facility: NDArray[np.int64]


@dataclass(frozen=True)
class OffRows:
    """People whom a walking network does not reach: beyond the snap limit, or behind a barrier.

    Attributes
    ----------
    share
        Share of each row's people who start there, shape (n_rows,).
    barred
        The part of it that is behind a barrier, shape (n_rows,).
    x, y
        Middle of these people in the metric CRS, NaN where there are none, shape (n_rows,).
    metres
        Their mean distance to the nearest edge, NaN where there are none, shape (n_rows,).
    """

    share: NDArray[np.float64]
    barred: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    metres: NDArray[np.float64]


@dataclass(frozen=True)
class OffPlaces:
    """Facilities that a walking network does not reach.

    Attributes
    ----------
    facility
        Which have no entrance on the network, shape (n_facilities,).
    barred
        Those of them all of whose entrances are behind a barrier: nobody reaches them.
    metres
        Distance from the facility to the nearest edge, NaN for those on the network.
    """

    facility: NDArray[np.bool_]
    barred: NDArray[np.bool_]
    metres: NDArray[np.float64]


class Starts(NamedTuple):
    """How many points people start to walk from.

    Attributes
    ----------
    off, barred, all
        Points off the network, behind a barrier, and all of them.
    spacing_m
        Largest distance between neighbouring points of a cell.
    """

    off: int
    barred: int
    all: int
    spacing_m: float
