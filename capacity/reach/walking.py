"""Walking reach: who can walk to a facility within a distance, along the network.

Every person starts at a point of his cell (``walkers``), walks straight to the nearest edge
(``snapping``), along the network (``search``) and straight to an entrance of the facility
(``entrances``). Points and facilities without an edge near enough fall back to the straight line
times a detour factor, and are counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

import numpy as np
import shapely
from scipy.spatial import cKDTree

from capacity.distinct import distinct
from capacity.network import with_penalties
from capacity.reach.entrances import entrances_of
from capacity.reach.ground import DOUBTFUL, IN, OUT, ground_of, verdicts
from capacity.reach.limits import Limit, whole_metres
from capacity.reach.pairs import Nearest, OffPlaces, OffRows, Pairs, Starts
from capacity.reach.people import People, Snaps
from capacity.reach.search import (
    ROUNDING_M,
    Targets,
    backward_graph,
    ends_from,
    nearest_cost,
    reached_nodes,
)
from capacity.reach.sets import nested_sets, sets_of_rows
from capacity.reach.snapping import Snapped, crosses, edge_index, points_at, snap
from capacity.reach.walkers import SPACING_M, Walkers, walkers_of, walkers_of_rows
from capacity.reach.within import costs_within, least_of_each

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    import geopandas as gpd
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from capacity.demand import Demand
    from capacity.network import WalkingNetwork
    from capacity.population import Population
    from capacity.reach.ground import Ground
    from capacity.reach.limits import Walk
    from capacity.reach.search import Reached
    from capacity.reach.sets import FacilitySets
    from capacity.reach.snapping import EdgeIndex

SNAP_LIMIT_M: Final = 200.0
"""Longest straight way to the network, unless said otherwise."""

_CHUNK: Final = 50_000
_SLACK_M: Final = 0.01
# Behind a barrier four times as many facilities are asked for at each further step.
_MORE: Final = 4
_Ways = tuple["NDArray[np.int64]", "NDArray[np.int64]", "NDArray[np.float64]"]


@dataclass(frozen=True, kw_only=True)
class WalkingRules:
    """How walks are measured; every output prints them.

    Attributes
    ----------
    snap_limit_m
        Longest straight way from a place to the network; beyond it the straight line counts.
    detour_factor
        Walking distance divided by straight-line distance, where the straight line counts.
    spacing_m
        Largest distance between the points that stand for the people of a cell.
    crossing_wait_s
        Seconds that crossing a street takes, in walking times.
    slope
        Whether walking times count what edges climb and fall.
    """

    snap_limit_m: float = SNAP_LIMIT_M
    detour_factor: float = 1.3
    spacing_m: float = SPACING_M
    crossing_wait_s: float = 0.0
    slope: bool = False


class Beyond(Protocol):
    """What only the whole network says, where some of it is at hand."""

    def gap_m(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Measure how far places are from the nearest edge, however far."""

    def entrances(
        self, places: NDArray[np.object_]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Give the entrances of facilities, as ``entrances_of`` finds them."""


@dataclass(frozen=True)
class _Entered:
    """Facilities by their entrances, those on the network and those off it."""

    targets: Targets
    off: NDArray[np.bool_]
    xy: NDArray[np.float64]
    areas: NDArray[np.object_]
    area_facility: NDArray[np.int64]

    @property
    def n_off(self) -> int:
        return len(distinct(self.targets.facility[self.off]))


@dataclass
class WalkingReach:
    """Reach along a walking network.

    Attributes
    ----------
    population
        Cells; None where there are none.
    network
        In the CRS of the units.
    rules
        How walks are measured.
    beyond
        Speaks for the rest, where the network is only what of it lies near.

    Notes
    -----
    Places are snapped when they are first asked for, and kept.
    """

    population: Population | None
    network: WalkingNetwork
    rules: WalkingRules = field(default_factory=WalkingRules)
    beyond: Beyond | None = None
    reading: ClassVar[str] = "walking network"

    def __post_init__(self) -> None:
        """Make the network ready; nothing is snapped yet."""
        self._index: EdgeIndex = edge_index(self.network)
        self._backward: csr_array = backward_graph(self.network)
        self._priced: dict[float, tuple[WalkingNetwork, csr_array]] = {}
        self._people: list[tuple[Demand, People]] = []
        self._entered: list[tuple[NDArray[np.object_], _Entered]] = []
        self._barriers = np.array(self.network.barriers, dtype=object)
        self._walls = shapely.STRtree(self._barriers) if len(self._barriers) else None

    @cached_property
    def _ground(self) -> Ground:
        return ground_of(self.network, self.rules.snap_limit_m)

    # --- the interface ----------------------------------------------------------------------

    def of_metres(self, metres: Decimal) -> Limit:
        """Take a distance of a norm as a walking distance."""
        return Limit(float(metres), f"walking distance: {metres:f} m")

    def of_walk(self, walk: Walk) -> Limit:
        """Take a walk as it is; the network has the detours, and what it says of crossings and hills."""
        words = f"{walk.words}; walking distance: {whole_metres(walk.metres)} m"
        if walk.speed_m_s is not None and self._waits:
            words += f"; waiting at street crossings: {self.rules.crossing_wait_s:g} s each"
        if walk.speed_m_s is not None and self._climbs:
            words += "; slope: Tobler's hiking function"
        return Limit(float(walk.metres), words, walk.speed_m_s)

    def share(
        self,
        where: Demand,
        units: gpd.GeoDataFrame,
        places: NDArray[np.object_],
        limit: Limit,
    ) -> NDArray[np.float64]:
        """Compute the share of every demand row that is within the limit of any facility.

        The share is that of the row's starting points.
        """
        people = self.people(where, units)
        within = self._reaches(people, self.enter(places), limit)
        counted = np.cumsum(within[people.walker], dtype=np.int64)
        ends = np.cumsum(people.n_walkers)
        reached = np.diff(counted[ends - 1], prepend=0)
        return np.asarray(reached / people.n_walkers)

    def pairs(
        self,
        where: Demand,
        units: gpd.GeoDataFrame,
        places: NDArray[np.object_],
        limit: Limit,
    ) -> Pairs:
        """Pair every demand row with the facilities within the limit."""
        people = self.people(where, units)
        walker, facility, cost = self.within(people, places, limit.metres, limit.speed_m_s)
        order = np.argsort(people.walker, kind="stable")
        at = people.walker[order]
        low = np.searchsorted(at, walker, side="left")
        n = np.searchsorted(at, walker, side="right") - low
        nth = np.arange(int(n.sum())) - np.repeat(np.cumsum(n) - n, n)
        row, facility, mean, count = _by_row(
            people.row[order][np.repeat(low, n) + nth],
            np.repeat(facility, n),
            np.repeat(cost, n),
            len(places),
        )
        return Pairs(
            row=row,
            facility=facility,
            cost=np.minimum(mean, limit.metres),
            share=count / people.n_walkers[row],
            n_rows=len(where.cell),
            n_facilities=len(places),
            limit_m=limit.metres,
            method=self.method(where, units, places, limit),
        )

    def sets(
        self,
        where: Demand,
        units: gpd.GeoDataFrame,
        places: NDArray[np.object_],
        limit: Limit,
        *,
        reached: NDArray[np.float64],
    ) -> FacilitySets:
        """Group people by the facilities within the limit of their starting points."""
        del reached  # every starting point reaches what it reaches
        people = self.people(where, units)
        walker, facility, cost = self.within(people, places, limit.metres, limit.speed_m_s)
        of_points = nested_sets(
            Pairs(
                row=walker,
                facility=facility,
                cost=cost,
                share=np.ones(len(walker)),
                n_rows=len(people.walkers.cell),
                n_facilities=len(places),
                limit_m=limit.metres,
                method=self.reading,
            )
        )
        return sets_of_rows(of_points, people.row, people.walker, people.n_walkers)

    def method(
        self,
        where: Demand | None,
        units: gpd.GeoDataFrame,
        places: NDArray[np.object_],
        limit: Limit,
    ) -> str:
        """Say what was measured, and how much of it fell back to the straight line."""
        return self.words(places, limit, None if where is None else self.count(where, units))

    def count(self, where: Demand, units: gpd.GeoDataFrame) -> Starts:
        """Count the starting points of people, and those that the network does not reach."""
        people = self.people(where, units)
        return Starts(*count_off(people), people.walkers.spacing_m)

    def words(self, places: NDArray[np.object_], limit: Limit, starts: Starts | None) -> str:
        """Say what was measured of so many starting points; without any nothing was counted."""
        rules = self.rules
        parts = [
            f"reading: {self.reading}",
            *([f"network: {self.network.name}"] if self.network.name else []),
            limit.words,
            f"snap limit: {rules.snap_limit_m:g} m",
        ]
        if starts is None:
            return "; ".join([*parts, f"cells: points at most {rules.spacing_m:g} m apart"])
        # cells wider than 20 points reach across have them further apart
        spacing = max(rules.spacing_m, round(starts.spacing_m, 1))
        parts.append(f"cells: points at most {spacing:g} m apart")
        straight = f"straight line × {rules.detour_factor:g}"
        if starts.off:
            parts.append(f"points off the network, by {straight}: {starts.off} of {starts.all}")
        if starts.barred:
            parts.append(f"points behind a barrier, out of reach: {starts.barred} of {starts.all}")
        if facilities_off := self.enter(places).n_off:
            n_places = int((~(shapely.is_missing(places) | shapely.is_empty(places))).sum())
            parts.append(
                f"facilities off the network, by {straight}: {facilities_off} of {n_places}"
            )
        return "; ".join(parts)

    # --- measuring --------------------------------------------------------------------------

    def nearest(
        self, where: Demand, units: gpd.GeoDataFrame, places: NDArray[np.object_]
    ) -> Nearest:
        """Find the nearest facility of every demand row, however far.

        The mean is over the starting points from which a way leads to one.
        """
        people = self.people(where, units)
        cost, facility = self.nearest_of(people, places)
        walker, row, n_rows = people.walker, people.row, len(where.cell)
        some = np.isfinite(cost[walker])
        known = np.bincount(row, weights=some, minlength=n_rows)
        total = np.bincount(row[some], weights=cost[walker[some]], minlength=n_rows)
        order = np.lexsort((-cost[walker], row))
        which = np.full(n_rows, -1, dtype=np.int64)
        which[row[order]] = facility[walker[order]]  # the last written is the nearest
        x, y = (
            np.bincount(row, weights=axis[walker], minlength=n_rows) / people.n_walkers
            for axis in people.walkers.xy.T
        )
        mean = np.divide(total, known, out=np.full(n_rows, np.nan), where=known > 0)
        return Nearest(x, y, mean, which)

    def off_rows(self, where: Demand, units: gpd.GeoDataFrame) -> OffRows:
        """Say which share of each demand row is beyond the snap limit, or behind a barrier."""
        people = self.people(where, units)
        n_rows, (off, barred) = len(where.cell), people.snaps.lost()
        of = np.flatnonzero(off[people.walker])
        row, walker = people.row[of], people.walker[of]
        some, at = np.unique(walker, return_inverse=True)
        gap = self._gap_m(people.walkers.xy[some])[at]
        n_off = np.bincount(row, minlength=n_rows).astype(np.float64)
        n_barred = np.bincount(row, weights=barred[walker], minlength=n_rows)
        x, y, metres = (
            _mean(np.bincount(row, weights=column, minlength=n_rows).astype(np.float64), n_off)
            for column in (*people.walkers.xy[walker].T, gap)
        )
        return OffRows(
            share=n_off / people.n_walkers,
            barred=n_barred / people.n_walkers,
            x=x,
            y=y,
            metres=metres,
        )

    def off_places(self, places: NDArray[np.object_]) -> OffPlaces:
        """Say which facilities are beyond the snap limit, or behind a barrier."""
        entered = self.enter(places)
        facility = entered.targets.facility
        lost = np.zeros(len(places), dtype=bool)
        lost[facility] = True
        lost[facility[entered.targets.entrances.is_snapped]] = False
        barred = lost.copy()
        barred[facility[entered.off]] = False
        to = lost[facility]
        nearest = np.full(len(places), np.inf)
        np.minimum.at(nearest, facility[to], self._gap_m(entered.xy[to]))
        return OffPlaces(facility=lost, barred=barred, metres=np.where(lost, nearest, np.nan))

    def nearest_of(
        self,
        people: People,
        places: NDArray[np.object_],
        limit_m: float = np.inf,
        speed_m_s: float | None = None,
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Find the nearest facility of every starting point.

        Parameters
        ----------
        people
            As ``people`` gives them.
        places : array of geometry, shape (n_facilities,)
            Facilities.
        limit_m
            Metres; without one, however far.
        speed_m_s
            Walking speed on the level, where a time is meant: waiting and climbing then cost what
            somebody walks in that time. None measures the distance by itself.

        Returns
        -------
        cost, facility : shape (n_walkers,)
            Metres, infinite where none is within the limit; and which, −1 for none.
        """
        entered = self.enter(places)
        network, backward = self._network_at(speed_m_s)
        reached = reached_nodes(network, backward, entered.targets, limit_m)
        return self._nearest_of(people, people.everyone, entered, network, reached=reached)

    def _nearest_of(
        self,
        people: People,
        points: NDArray[np.int64],
        entered: _Entered,
        network: WalkingNetwork,
        *,
        reached: Reached,
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Find the nearest facility of some of the starting points."""
        snapped = people.snaps.of(points)
        cost, facility = nearest_cost(network, reached, ends_from(network, snapped))
        xy = people.walkers.xy[points]
        for walker, of, ways in self._straight_ways(xy, snapped, entered, reached.limit_m):
            order = np.argsort(-ways, kind="stable")
            best, by = np.full(len(cost), np.inf), np.full(len(cost), -1, dtype=np.int64)
            best[walker[order]], by[walker[order]] = ways[order], of[order]
            better = best < cost
            cost[better], facility[better] = best[better], by[better]
        return cost, facility

    def _reaches(self, people: People, entered: _Entered, limit: Limit) -> NDArray[np.bool_]:
        """Say which starting points reach a facility; only those of which it is not plain are snapped."""
        network, backward = self._network_at(limit.speed_m_s)
        reached = reached_nodes(network, backward, entered.targets, limit.metres)
        verdict = self._verdicts(people, entered, network, reached)
        within: NDArray[np.bool_] = verdict == IN
        points = np.flatnonzero(verdict == DOUBTFUL)
        cost, _ = self._nearest_of(people, points, entered, network, reached=reached)
        within[points] = np.isfinite(cost)
        return within

    def _verdicts(
        self, people: People, entered: _Entered, network: WalkingNetwork, reached: Reached
    ) -> NDArray[np.uint8]:
        """Say of each starting point whether it is plain that it reaches a facility, or none."""
        if self._walls is not None:
            return np.full(len(people.walkers.cell), DOUBTFUL, dtype=np.uint8)
        ground, entrances = self._ground, entered.targets.entrances
        straight = (reached.limit_m + _SLACK_M) / self.rules.detour_factor
        others = [ground.around(entered.xy[entered.off], straight)]
        # who is off the network goes straight to any facility
        others.append(ground.around(entered.xy, straight) & ~ground.sure)
        if len(entered.areas):
            others.append(ground.boxes(shapely.bounds(entered.areas)))
        at_edges = entrances.edge[entrances.is_snapped]
        found = verdicts(
            ground, network, reached.cost, at_edges, limit_m=reached.limit_m, others=others
        )
        return np.asarray(found[people.snaps.square])

    def within(
        self,
        people: People,
        places: NDArray[np.object_],
        limit_m: float,
        speed_m_s: float | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """List starting points and facilities within the limit of each other.

        Parameters
        ----------
        people, places
            As in ``nearest_of``.
        limit_m
            Metres; exactly the limit is within it.
        speed_m_s
            As in ``nearest_of``.

        Returns
        -------
        tuple of arrays, shape (n_pairs,)
            Starting point, facility and cost, sorted by point, then facility.
        """
        entered = self.enter(places)
        network, backward = self._network_at(speed_m_s)
        points = self._near(people, entered, network, backward, limit_m)
        snapped = people.snaps.of(points)
        leaving = ends_from(network, snapped)
        parts = [
            costs_within(network, backward, leaving, entered.targets, limit_m),
            *self._straight_ways(people.walkers.xy[points], snapped, entered, limit_m),
        ]
        if len(parts) == 1:
            walker, facility, cost = parts[0]
        else:
            walker, facility, cost = (np.concatenate(one) for one in zip(*parts, strict=True))
            cost = np.minimum(cost, limit_m)
            walker, facility, cost = least_of_each(walker, facility, cost, len(places))
        return points[walker], facility, cost

    def _near(
        self,
        people: People,
        entered: _Entered,
        network: WalkingNetwork,
        backward: csr_array,
        limit_m: float,
    ) -> NDArray[np.int64]:
        """List the starting points of which it is not plain that they reach no facility."""
        reached = reached_nodes(network, backward, entered.targets, limit_m)
        return np.flatnonzero(self._verdicts(people, entered, network, reached) != OUT)

    def _straight_ways(
        self, xy: NDArray[np.float64], snapped: Snapped, entered: _Entered, limit_m: float
    ) -> Iterator[_Ways]:
        """Give the ways that need no network, as starting point, facility and metres.

        Points off the network go straight to every facility, and every point to facilities off the
        network; whoever stands in a facility is there. Without a limit only the nearest is given.
        """
        off = np.flatnonzero(~snapped.is_snapped & ~snapped.barred)
        on = np.flatnonzero(snapped.is_snapped)
        facility = entered.targets.facility
        open_to_all = ~entered.targets.entrances.barred
        for some, to in ((off, open_to_all), (on, entered.off)):
            yield from self._straight(xy, some, entered.xy[to], facility[to], limit_m)
        if len(entered.areas):
            area, walker = shapely.STRtree(points_at(xy)).query(
                entered.areas, predicate="intersects"
            )
            yield walker, entered.area_facility[area], np.zeros(len(walker))

    def _straight(
        self,
        start: NDArray[np.float64],
        some: NDArray[np.int64],
        xy: NDArray[np.float64],
        facility: NDArray[np.int64],
        limit_m: float,
    ) -> Iterator[_Ways]:
        if len(some) == 0 or len(xy) == 0:
            return
        factor = self.rules.detour_factor
        tree = cKDTree(xy)
        for first in range(0, len(some), _CHUNK):
            walker = some[first : first + _CHUNK]
            if np.isinf(limit_m):
                for near, entrance, gap in self._nearest_free(start, walker, tree, xy):
                    yield near, facility[entrance], gap * factor
                continue
            found = cKDTree(start[walker]).sparse_distance_matrix(
                tree, (limit_m + ROUNDING_M) / factor, output_type="ndarray"
            )
            walker, entrance, gap = walker[found["i"]], found["j"], found["v"]
            free = self._is_free(start[walker], xy[entrance])
            yield walker[free], facility[entrance[free]], gap[free] * factor

    def _nearest_free(
        self,
        start: NDArray[np.float64],
        todo: NDArray[np.int64],
        tree: cKDTree,
        xy: NDArray[np.float64],
    ) -> Iterator[_Ways]:
        """Give each point's nearest entrance that no barrier hides, as point, entrance and metres.

        Those whose nearest is hidden are asked for their next ones, ever more of them at once.
        """
        seen, asked = 0, 1
        while len(todo) and seen < tree.n:
            nth = np.arange(seen, min(seen + asked, tree.n)) + 1
            hidden = []
            step = max(1, _CHUNK // len(nth))
            for first in range(0, len(todo), step):
                walker = todo[first : first + step]
                gap, entrance = (
                    np.asarray(column) for column in tree.query(start[walker], k=nth, workers=-1)
                )
                free = self._is_free(
                    np.repeat(start[walker], len(nth), axis=0), xy[entrance.ravel()]
                ).reshape(gap.shape)
                found = free.any(axis=1)
                at = np.flatnonzero(found), free[found].argmax(axis=1)
                yield walker[found], entrance[at], gap[at]
                hidden.append(walker[~found])
            todo = np.concatenate(hidden)
            seen, asked = seen + len(nth), asked * _MORE

    def _is_free(self, start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.bool_]:
        if self._walls is None:
            return np.ones(len(start), dtype=bool)
        return ~crosses(self._walls, start, end)

    # --- waiting and climbing ---------------------------------------------------------------

    @property
    def _waits(self) -> bool:
        return self.rules.crossing_wait_s > 0 and self.network.crossing is not None

    @property
    def _climbs(self) -> bool:
        return self.rules.slope and self.network.ascent_m is not None

    def _network_at(self, speed_m_s: float | None) -> tuple[WalkingNetwork, csr_array]:
        """Give the network, and turned around, at a walking speed."""
        if speed_m_s is None or not (self._waits or self._climbs):
            return self.network, self._backward
        if speed_m_s not in self._priced:
            wait = self.rules.crossing_wait_s * speed_m_s
            priced = with_penalties(self.network, crossing_m=wait, slope=self.rules.slope)
            self._priced[speed_m_s] = priced, backward_graph(priced)
        return self._priced[speed_m_s]

    # --- snapping, once ---------------------------------------------------------------------

    def _snap(self, xy: NDArray[np.float64]) -> Snapped:
        return snap(self._index, xy, self.rules.snap_limit_m, self._barriers)

    def _gap_m(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.beyond is not None:
            return self.beyond.gap_m(xy)
        return snap(self._index, xy, np.inf).leg_m

    def people(self, where: Demand, units: gpd.GeoDataFrame) -> People:
        """Give the starting points of demand rows, snapped; cells met before are not snapped again.

        Parameters
        ----------
        where
            Demand of ``units``.
        units : GeoDataFrame
            In the CRS of the network.

        Returns
        -------
        People
            The same object for the same demand.
        """
        for known, people in self._people:
            if known is where:
                return people
        if self.population is None:  # pragma: no cover  # there is no demand then
            raise AssertionError
        cells = distinct(where.cell)
        walkers = walkers_of(self.population, cells, self.network.crs, self.rules.spacing_m)
        row, walker = walkers_of_rows(walkers, where, units)
        people = People(
            walkers=walkers,
            snaps=self._snaps(walkers),
            row=row,
            walker=walker,
            n_walkers=np.bincount(row, minlength=len(where.cell)),
        )
        self._people.append((where, people))
        return people

    def _snaps(self, walkers: Walkers) -> Snaps:
        ground = self._ground if self._walls is None else None
        snaps = Snaps(walkers.xy, self._snap, ground)
        if self._people:
            before = self._people[-1][1]
            fresh = ~np.isin(walkers.cell, before.walkers.cell)
            old = np.isin(before.walkers.cell, walkers.cell)
            snaps.take_over(before.snaps, old, fresh)
        return snaps

    def enter(self, places: NDArray[np.object_]) -> _Entered:
        """Find the entrances of facilities and snap them; the last few are kept."""
        for known, entered in self._entered:
            if known is places:
                return entered
        if self.beyond is None:
            xy, facility = entrances_of(places, self.network)
        else:
            xy, facility = self.beyond.entrances(places)
        found = self._snap(xy)
        joined = np.zeros(len(places), dtype=bool)
        joined[facility[found.is_snapped]] = True
        areal = np.flatnonzero(shapely.get_dimensions(places) > 0)
        entered = _Entered(
            targets=Targets(found, facility, len(places)),
            off=~joined[facility] & ~found.barred,
            xy=xy,
            areas=places[areal],
            area_facility=areal,
        )
        self._entered = [*self._entered[-_KEPT:], (places, entered)]
        return entered


def _mean(total: NDArray[np.float64], count: NDArray[np.float64]) -> NDArray[np.float64]:
    mean = np.full(len(total), np.nan)
    np.divide(total, count, out=mean, where=count > 0)
    return mean


def count_off(people: People) -> tuple[int, int, int]:
    """Count the starting points off the network, behind a barrier, and all of them.

    Parameters
    ----------
    people
        Starting points.

    Returns
    -------
    tuple of int
        The three counts; points of cells of no row do not count.
    """
    used = np.zeros(len(people.walkers.cell), dtype=bool)
    used[people.walker] = True
    lost, barred = people.snaps.lost()
    off = lost & used & ~barred
    return int(off.sum()), int((barred & used).sum()), int(used.sum())


_KEPT: Final = 8


def _by_row(
    row: NDArray[np.int64],
    facility: NDArray[np.int64],
    cost: NDArray[np.float64],
    n_facilities: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Put the points of a row together: mean cost and number of points for each facility."""
    key = row * n_facilities + facility
    order = np.argsort(key, kind="stable")
    key, cost = key[order], cost[order]
    if len(key) == 0:
        none = np.zeros(0, dtype=np.int64)
        return none, none, cost, none
    first = np.flatnonzero(np.r_[True, np.diff(key) != 0])
    count = np.diff(np.append(first, len(key)))
    mean = np.add.reduceat(cost, first) / count
    return key[first] // n_facilities, key[first] % n_facilities, mean, count
