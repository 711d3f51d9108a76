"""One interface for straight line and walking network: ``assess`` does not know which it is using."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np

from capacity.reach.limits import Limit, straight_of, whole_metres
from capacity.reach.pairs import Nearest, OffPlaces, OffRows
from capacity.reach.sets import straight_sets
from capacity.reach.straight import straight_line, straight_nearest, straight_pairs
from capacity.reach.walkers import walkers_of

if TYPE_CHECKING:
    from decimal import Decimal

    import geopandas as gpd
    from numpy.typing import NDArray

    from capacity.demand import Demand
    from capacity.population import Population
    from capacity.reach.limits import Walk
    from capacity.reach.pairs import Pairs, Starts
    from capacity.reach.sets import FacilitySets


class Reach(Protocol):
    """Who can get to what within a distance.

    Attributes
    ----------
    reading
        What is measured along, as findings print it.
    """

    reading: ClassVar[str]

    def of_metres(self, metres: Decimal) -> Limit:
        """Take a distance of a norm."""

    def of_walk(self, walk: Walk) -> Limit:
        """Turn a walk into a distance."""

    def share(
        self,
        where: Demand,
        units: gpd.GeoDataFrame,
        places: NDArray[np.object_],
        limit: Limit,
    ) -> NDArray[np.float64]:
        """Compute the share of every demand row that is within the limit of any facility."""

    def sets(
        self,
        where: Demand,
        units: gpd.GeoDataFrame,
        places: NDArray[np.object_],
        limit: Limit,
        *,
        reached: NDArray[np.float64],
    ) -> FacilitySets:
        """Group people by the facilities within the limit; ``reached`` is what ``share`` gave."""

    def pairs(
        self,
        where: Demand,
        units: gpd.GeoDataFrame,
        places: NDArray[np.object_],
        limit: Limit,
    ) -> Pairs:
        """Pair every demand row with the facilities within the limit."""

    def nearest(
        self, where: Demand, units: gpd.GeoDataFrame, places: NDArray[np.object_]
    ) -> Nearest:
        """Find the nearest facility of every demand row, however far."""

    def off_rows(self, where: Demand, units: gpd.GeoDataFrame) -> OffRows:
        """Say which share of each demand row the network does not reach."""

    def off_places(self, places: NDArray[np.object_]) -> OffPlaces:
        """Say which facilities the network does not reach."""

    def count(self, where: Demand, units: gpd.GeoDataFrame) -> Starts | None:
        """Count the starting points of people; None where nobody starts to walk."""

    def words(self, places: NDArray[np.object_], limit: Limit, starts: Starts | None) -> str:
        """Say what was measured of so many starting points."""

    def method(
        self,
        where: Demand | None,
        units: gpd.GeoDataFrame,
        places: NDArray[np.object_],
        limit: Limit,
    ) -> str:
        """Say what was measured, as findings print it; without demand nothing was counted."""


@dataclass(frozen=True)
class StraightReach:
    """Straight-line reach with exact shares of cells.

    Attributes
    ----------
    population
        Cells; None where there are none, and then nothing is in reach.
    detour_factor
        Walking distance divided by straight-line distance, for walking times.
    """

    population: Population | None
    detour_factor: float
    reading: ClassVar[str] = "straight line"

    def of_metres(self, metres: Decimal) -> Limit:
        """Take a distance of a norm as a radius."""
        return Limit(float(metres), f"radius: {metres:f} m")

    def of_walk(self, walk: Walk) -> Limit:
        """Turn a walk into the radius that it spans with the detour."""
        detour = str(self.detour_factor)
        radius = straight_of(walk.metres, detour)
        words = f"{walk.words}; detour factor: {detour}; radius: {whole_metres(radius)} m"
        return Limit(float(radius), words)

    def share(
        self,
        where: Demand,
        units: gpd.GeoDataFrame,
        places: NDArray[np.object_],
        limit: Limit,
    ) -> NDArray[np.float64]:
        """Compute the share of every demand row that is within the radius of any facility."""
        return straight_line(self._cells, where, units, places, limit.metres)

    def sets(
        self,
        where: Demand,
        units: gpd.GeoDataFrame,
        places: NDArray[np.object_],
        limit: Limit,
        *,
        reached: NDArray[np.float64],
    ) -> FacilitySets:
        """Group people by the facilities within the radius, cells cut where circles cross."""
        return straight_sets(self._cells, where, units, places, limit.metres, reached=reached)

    def pairs(
        self,
        where: Demand,
        units: gpd.GeoDataFrame,
        places: NDArray[np.object_],
        limit: Limit,
    ) -> Pairs:
        """Pair every demand row with the facilities within the radius."""
        return straight_pairs(self._cells, where, units, places, limit.metres)

    def nearest(
        self, where: Demand, units: gpd.GeoDataFrame, places: NDArray[np.object_]
    ) -> Nearest:
        """Find the facility nearest to the middle of every row's cell; areas at their boundary."""
        cells, at = np.unique(where.cell, return_inverse=True)
        middles = walkers_of(self._cells, cells, units.crs, np.inf).xy
        metres, facility = straight_nearest(middles, places)
        return Nearest(middles[at, 0], middles[at, 1], metres[at], facility[at])

    def off_rows(self, where: Demand, units: gpd.GeoDataFrame) -> OffRows:
        """Say that nobody is off the network: there is none."""
        del self, units
        nobody, nowhere = np.zeros(len(where.cell)), np.full(len(where.cell), np.nan)
        return OffRows(nobody, nobody, nowhere, nowhere, nowhere)

    def off_places(self, places: NDArray[np.object_]) -> OffPlaces:
        """Say that nothing is off the network: there is none."""
        del self
        none = np.zeros(len(places), dtype=bool)
        return OffPlaces(none, none, np.full(len(places), np.nan))

    def count(self, where: Demand, units: gpd.GeoDataFrame) -> Starts | None:
        """Count nobody: cells are cut at the circle."""
        del self, where, units
        return None

    def words(self, places: NDArray[np.object_], limit: Limit, starts: Starts | None) -> str:
        """Say what was measured; it is the same for every layer."""
        del places, starts
        return f"reading: {self.reading}; {limit.words}; cells: cut at the circle"

    def method(
        self,
        where: Demand | None,
        units: gpd.GeoDataFrame,
        places: NDArray[np.object_],
        limit: Limit,
    ) -> str:
        """Say what was measured; it is the same for every layer."""
        del where, units
        return self.words(places, limit, None)

    @property
    def _cells(self) -> Population:
        if self.population is None:  # pragma: no cover  # there is no demand then
            raise AssertionError
        return self.population
