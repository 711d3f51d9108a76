"""Which facilities are so far from a unit that nobody there reaches them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from capacity.monitoring.causes import Differences

_METRES_PER_DEGREE: Final = 111_320.0
_MARGIN_M: Final = 300.0
"""For rounded coordinates, the sphere, and cells that stick out of their unit."""


class Places:
    """Places of units and of facilities, of both assessments.

    Parameters
    ----------
    differences
        The two snapshots.
    pairs
        The facilities, as ``match_facilities`` gives them.
    """

    def __init__(self, differences: Differences, pairs: pd.DataFrame) -> None:
        self._units = [
            one.units.set_index("unit_code")[["lon", "lat", "radius_m"]]
            for one in (differences.old, differences.new)
        ]
        sides = ((differences.old, "old"), (differences.new, "new"))
        self._facilities = [
            _coordinates(one.facilities, pairs[side].to_numpy()) for one, side in sides
        ]
        self._known: dict[tuple[str, float], NDArray[np.bool_] | None] = {}

    def near(self, unit_code: str, limit_m: float) -> NDArray[np.bool_] | None:
        """Say which facilities people of a unit may reach: a circle around the unit, with a margin.

        Parameters
        ----------
        unit_code
            The unit.
        limit_m
            How far people reach, at most.

        Returns
        -------
        array of bool, shape (n_pairs,), or None
            None where the unit has no polygon: nothing is known then. A facility without a point may
            be anywhere.
        """
        key = (unit_code, limit_m)
        if key not in self._known:
            self._known[key] = self._near(unit_code, limit_m)
        return self._known[key]

    def _near(self, unit_code: str, limit_m: float) -> NDArray[np.bool_] | None:
        near = np.zeros(len(self._facilities[0]), dtype=bool)
        for units, facilities in zip(self._units, self._facilities, strict=True):
            lon, lat, radius = units.loc[unit_code].to_numpy(dtype=np.float64)
            if np.isnan(radius):
                return None
            north = (facilities[:, 1] - lat) * _METRES_PER_DEGREE
            east = (facilities[:, 0] - lon) * _METRES_PER_DEGREE * np.cos(np.radians(lat))
            apart = np.hypot(north, east)
            near |= ~(apart > radius + limit_m + facilities[:, 2] + _MARGIN_M)
        return near


def _coordinates(facilities: pd.DataFrame, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give longitude, latitude and extent of each facility; one not in the list is nowhere near."""
    table = facilities[["lon", "lat", "extent_m"]].to_numpy(dtype=np.float64)
    taken = np.full((len(rows), 3), np.inf)
    here = rows >= 0
    taken[here] = table[rows[here]]
    taken[~here, 2] = 0.0
    return taken
