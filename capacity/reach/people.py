"""Starting points of people, snapped to the walking network when somebody asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from capacity.reach.ground import Ground
    from capacity.reach.snapping import Snapped
    from capacity.reach.walkers import Walkers


class Snaps:
    """Where points enter the network: each is snapped once, when it is first asked for.

    Parameters
    ----------
    xy : shape (n, 2)
        The points.
    snap
        Snaps points.
    ground
        Squares over the network; None where barriers bar access legs, so that squares say nothing.
    """

    def __init__(
        self,
        xy: NDArray[np.float64],
        snap: Callable[[NDArray[np.float64]], Snapped],
        ground: Ground | None,
    ) -> None:
        self.xy = xy
        self._snap = snap
        self._ground = ground
        self._at = np.full(len(xy), -1, dtype=np.int32)
        self._known = snap(xy[:0])
        self._square: NDArray[np.int32] | None = None
        self._lost: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None = None

    def take_over(self, before: Snaps, old: NDArray[np.bool_], fresh: NDArray[np.bool_]) -> None:
        """Take what is known of the points that are old there and not fresh here, in their order."""
        self._at[~fresh] = before._at[old]  # its own kind
        self._known = before._known

    def of(self, points: NDArray[np.int64]) -> Snapped:
        """Give where some points enter the network."""
        missing = points[self._at[points] < 0]
        if len(missing):
            found = self._snap(self.xy[missing])
            n_known = len(self._known.edge)
            self._at[missing] = n_known + np.arange(len(missing), dtype=np.int32)
            self._known = self._known.and_more(found) if n_known else found
        return self._known.some(self._at[points])

    @property
    def square(self) -> NDArray[np.int32]:
        """In which square of the ground each point lies, shape (n,)."""
        if self._ground is None:
            raise AssertionError("there are no squares where there are barriers")
        if self._square is None:
            self._square = self._ground.squares_of(self.xy)
        return self._square

    def lost(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Say which points are not on the network, and which of them for a barrier, shape (n,)."""
        if self._lost is None:
            self._lost = self._look()
        return self._lost

    def _look(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        if self._ground is None:
            all_of_them = self.of(np.arange(len(self.xy)))
            return ~all_of_them.is_snapped, all_of_them.barred
        far = self._ground.far[self.square]
        doubtful = np.flatnonzero(~(far | self._ground.sure.ravel()[self.square]))
        far[doubtful] = ~self.of(doubtful).is_snapped
        return far, np.zeros(len(far), dtype=bool)


@dataclass(frozen=True)
class People:
    """Starting points of the people of demand rows.

    Attributes
    ----------
    walkers
        The points, by cell.
    snaps
        Where they enter the network.
    row, walker
        Which points the people of each row start from; sorted by row.
    n_walkers
        Number of points of each row.
    """

    walkers: Walkers
    snaps: Snaps
    row: NDArray[np.int64]
    walker: NDArray[np.int64]
    n_walkers: NDArray[np.int64]

    @property
    def everyone(self) -> NDArray[np.int64]:
        """All points, shape (n_walkers,)."""
        return np.arange(len(self.walkers.cell))
