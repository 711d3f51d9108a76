"""What the kinds share while an assessment runs: people, supply and reach, each computed once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from capacity.assess.answers import Answers, Question
from capacity.assess.circles import CIRCLES, is_walked, limits_of
from capacity.assess.counts import figures_up
from capacity.assess.people import People
from capacity.assess.supply import operator_ranks
from capacity.assess.table import NAN
from capacity.population import PopulationGrid
from capacity.reach.allocate import allocate
from capacity.reach.interface import StraightReach
from capacity.reach.sets import nearest_sets, sets_of_units
from capacity.reach.walking import WalkingReach, WalkingRules
from capacity.vocabulary import AMOUNTS, POPULATION, TIER_OF, TIERS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    import geopandas as gpd
    from numpy.typing import NDArray

    from capacity.assess.allocation import Places
    from capacity.assess.people import Beside
    from capacity.demand import Demand
    from capacity.norms.model import Count, Norm
    from capacity.population import Population
    from capacity.reach.interface import Reach
    from capacity.reach.limits import Limit
    from capacity.reach.pairs import Nearest, OffPlaces, Pairs, Starts
    from capacity.reach.sets import FacilitySets
    from capacity.study_area import StudyArea

    Selection = tuple[pd.DataFrame, NDArray[np.object_], pd.DataFrame]


FLAGS: Final = {
    "main_urban": "main_urban",
    "main_urban_or_zone": "main_urban",
    "outside_main_urban": "main_urban",
    "urban": "urban",
    "rural": "urban",
    "counties": "county",
}
"""Where a norm applies → the flag of units that says so."""
_NOT: Final = ("outside_main_urban", "rural")


@dataclass(frozen=True)
class Circle:
    """Facilities and the distance at which people are in their reach.

    Attributes
    ----------
    service, name
        Service, and what is counted of it: facilities of one name are the same ones.
    points
        Where they stand, or their areas; missing and empty ones are left out.
    limit
        How far.
    reach
        How it is measured.
    """

    service: str
    name: str
    points: NDArray[Any]
    limit: Limit
    reach: Reach

    @property
    def key(self) -> tuple[str, str, str, float, float | None]:
        """What is reached, and how: circles of one key have the same people in them."""
        how = (self.reach.reading, self.limit.metres, self.limit.speed_m_s)
        return (self.service, self.name, *how)


@dataclass(frozen=True)
class Given:
    """Places given out to the people of the whole area.

    Attributes
    ----------
    parts
        ``served`` and ``without_capacity`` per unit, in places, NaN where unknown.
    used
        Places that each facility gives, shape (n_facilities,).
    near
        Unit code → positions of the facilities in reach of anyone there.
    contested
        Facilities whose places people may take whose number is not known, by themselves or by
        crowding others out of their own, shape (n_facilities,).
    """

    parts: pd.DataFrame
    used: NDArray[np.float64]
    near: dict[str, NDArray[np.int64]]
    contested: NDArray[np.bool_]


def cell_numbers(population: Population | None, cell: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the numbers of cells in the whole layer, of which a population may be a part.

    Parameters
    ----------
    population
        A grid, a window of one, or cells with their numbers as index.
    cell : array, shape (n,)
        Positions in it.

    Returns
    -------
    array, shape (n,)
        Row-major in the raster; of other cells their index.
    """
    if not isinstance(population, PopulationGrid):
        return cell if population is None else population.index.to_numpy(dtype=np.int64)[cell]
    if population.window is None:
        return cell
    row, column = population.in_raster(cell)
    return row * population.raster.shape[1] + column


def cell_places(population: Population, number: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the positions in a population of cells whose numbers in the whole layer are known.

    Parameters
    ----------
    population
        A grid, a window of one, or cells with their numbers as index; the cells are all in it.
    number : array, shape (n,)
        As ``cell_numbers`` gives them.

    Returns
    -------
    array, shape (n,)
        Positions.
    """
    if not isinstance(population, PopulationGrid):
        return np.asarray(population.index.get_indexer(pd.Index(number)), dtype=np.int64)
    if population.window is None:
        return number
    raster = population.raster
    row, column = np.divmod(number, raster.shape[1])
    return (row - raster.row) * population.shape[1] + column - raster.column


def outlines_of(facilities: gpd.GeoDataFrame) -> NDArray[Any]:
    """Give the outlines or entrances of facilities where they are known, else their points."""
    points = np.asarray(facilities.geometry.array, dtype=object)
    if "outline" not in facilities:
        return points
    outlines = facilities["outline"].to_numpy(dtype=object)
    return np.asarray(np.where(shapely.is_geometry(outlines), outlines, points), dtype=object)


class Context:
    """Shared intermediate results of one assessment, computed when first asked for.

    Parameters
    ----------
    area
        Checked inputs.
    norms
        Norms being assessed.
    answers
        What parts of the area have answered, if it was taken in parts.
    beside
        What lies beside the area, where it is such a part.
    alike
        A context of the same units, people and network, whose people and reach are these.
    """

    def __init__(
        self,
        area: StudyArea,
        norms: Iterable[Norm],
        *,
        answers: Answers | None = None,
        beside: Beside | None = None,
        alike: Context | None = None,
    ) -> None:
        self.answers = Answers() if answers is None else answers
        self.alike = alike
        self.beside = beside
        self.area = area
        self.norms = tuple(norms)
        self.units = area.units.set_index("unit_code", drop=False)
        self.tier = self.units["unit_type"].map(TIER_OF)
        self._tier_of: dict[str, str] = self.tier.to_dict()
        head = self.units[["unit_code", "unit_name", "unit_type", "parent_code"]]
        self.heads: dict[str, dict[str, str]] = head.to_dict(orient="index")
        self.parent: dict[str, str] = self.units["parent_code"].to_dict()
        self.people_of: People = alike.people_of if alike else People(area, self.answers, beside)
        self.base_tier = self.people_of.base_tier()
        self._above: dict[str, tuple[str, ...]] = {}
        self._units: dict[str, gpd.GeoDataFrame] = {}
        self._gaps: dict[str, list[str]] = {}
        self._reached: dict[
            tuple[str, tuple[str, str, str, float, float | None]], NDArray[np.float64]
        ] = {}
        self._places: dict[tuple[str, str], NDArray[Any]] = {}
        self._given: dict[tuple[str, tuple[str, str, str, float, float | None], str], Given] = {}
        self._people: dict[tuple[str, str], pd.Series] = {}
        self._facilities: dict[str, gpd.GeoDataFrame] = {}
        self._counted: dict[str, pd.DataFrame] = {}
        self._figures: dict[str, pd.Series] = {}
        # Service, tier and what is counted → facilities that match, and their sum per unit.
        self.selections: dict[tuple[str, str, Count], Selection] = {}
        self.counts: dict[tuple[str, str, Count], pd.DataFrame] = {}
        # Norm id → what each compound needs, kept for the list of compounds.
        self.compounds: dict[str, pd.DataFrame] = {}
        # Tier and circle → rows with people out of reach, and the number of the pocket of each.
        self.pockets: dict[tuple[str, Any], tuple[NDArray[np.int64], NDArray[np.int64]]] = {}

    @cached_property
    def straight(self) -> Reach:
        """Reach along the straight line."""
        if self.alike is not None:
            return self.alike.straight
        return StraightReach(self.area.population, self.area.parameters.detour_factor)

    @cached_property
    def on_foot(self) -> Reach:
        """Reach along the walking network; along the straight line where there is none."""
        if self.alike is not None:
            return self.alike.on_foot
        rules = self.area.parameters
        if self.area.network is None:
            return self.straight
        return WalkingReach(
            self.area.population,
            self.area.network,
            WalkingRules(
                snap_limit_m=rules.snap_limit_m,
                detour_factor=rules.detour_factor,
                spacing_m=rules.point_spacing_m,
                crossing_wait_s=rules.crossing_wait_s,
                slope=rules.slope == "tobler",
            ),
            None if self.beside is None else self.beside.network,
        )

    def reach_of(self, norm: Norm) -> Reach:
        """Say how a circle norm is measured."""
        walked = is_walked(norm, self.area.parameters.reach)
        return self.on_foot if walked else self.straight

    def limits(self, norm: Norm) -> dict[str, Limit]:
        """Say how far a circle norm reaches for each group that it measures."""
        return limits_of(norm, self.reach_of(norm), self.area.parameters)

    @cached_property
    def unit_types(self) -> frozenset[str]:
        """Types of the units that there are."""
        return frozenset(self.units["unit_type"].unique())

    def units_of(self, tier: str) -> gpd.GeoDataFrame:
        """Units of one tier, indexed and sorted by code."""
        if tier not in self._units:
            self._units[tier] = self.units[self.tier == tier]
        return self._units[tier]

    def ancestor(self, code: str, tier: str) -> str:
        """Code of the unit of that tier above a unit, itself included, or empty."""
        seen = code
        while seen and seen in self.parent:
            if self._tier_of[seen] == tier:
                return seen
            seen = self.parent[seen]
        return ""

    def ancestors(self, code: str) -> tuple[str, ...]:
        """Codes of all units above a unit, from the nearest up."""
        if code not in self._above:
            above = self.parent.get(code, "")
            known = bool(above) and above in self.parent
            self._above[code] = (above, *self.ancestors(above)) if known else ()
        return self._above[code]

    def _is_above_base(self, tier: str) -> bool:
        order = list(TIERS)
        return order.index(tier) < order.index(self.base_tier)

    def _lift(self, by_base: pd.Series, tier: str) -> pd.Series:
        """Sum a number per base unit over the units of a higher tier; unknown parts make NaN.

        A unit between the two without any base unit is such a part: nobody counted its people.
        """
        above = [self.ancestor(code, tier) for code in by_base.index]
        summed = by_base.groupby(np.array(above, dtype=object)).sum(skipna=False)
        codes = self.units_of(tier).index
        return summed.reindex(codes).mask(codes.isin(self._with_gaps(tier)))

    def _with_gaps(self, tier: str) -> list[str]:
        """Codes of the units of a tier that hold a unit without any unit of the base tier."""
        if tier not in self._gaps:
            order = list(TIERS)
            between = order[order.index(tier) + 1 : order.index(self.base_tier)]
            counted = {
                above for c in self.units_of(self.base_tier).index for above in self.ancestors(c)
            }
            empty = [c for t in between for c in self.units_of(t).index if c not in counted]
            self._gaps[tier] = sorted({self.ancestor(code, tier) for code in empty} - {""})
        return self._gaps[tier]

    def demand(self, tier: str) -> Demand | None:
        """People by cell × unit of a tier, scaled to the census where there is one.

        None without a population layer or without polygons.
        """
        return self.people_of.demand(tier)

    def _drawn(self, tier: str) -> gpd.GeoDataFrame:
        return self.people_of.drawn(tier)

    def known(self, tier: str, group: str = POPULATION) -> pd.Series:
        """Share of each unit's area for which the population layer has numbers of a group."""
        return self.people_of.known(tier, group)

    def groups(self) -> tuple[str, ...]:
        """List the population columns known, of the layer or the census."""
        return self.people_of.groups(self.base_tier)

    def missing_place(self, tier: str) -> str:
        """Name the input without which nobody knows where the people of a tier live, or nothing."""
        if self._is_above_base(tier):
            return self.missing_place(self.base_tier)
        if self._drawn(tier).empty:
            return "boundaries"
        return "population by place" if self.area.population is None else ""

    def without_boundary(self, tier: str) -> list[str]:
        """Codes of the units of a tier without a polygon, where the others have one."""
        if self._is_above_base(tier):
            return []
        return [c for c in self.units_of(tier).index if c not in self._drawn(tier).index]

    def people(self, tier: str, group: str) -> pd.Series:
        """People of a group per unit of a tier, NaN where unknown."""
        key = (tier, group)
        if key not in self._people:
            self._people[key] = self._people_in(tier, group)
        return self._people[key]

    def _people_in(self, tier: str, group: str) -> pd.Series:
        """Sum the units of the base tier; where they are not all known, take the unit's own total."""
        if not self._is_above_base(tier):
            return self.people_of.of(tier, group)
        own = self.people_of.totals(group).reindex(self.units_of(tier).index)
        return self._lift(self.people(self.base_tier, group), tier).fillna(own)

    def covered(self, tier: str, group: str, circle: Circle) -> pd.Series:
        """People of a group within reach of a circle's facilities, per unit, NaN if unknown."""
        if self._is_above_base(tier):
            return self._lift(self.covered(self.base_tier, group, circle), tier)
        codes = self.units_of(tier).index
        if not (self.people_of.is_counted(tier, group) and self.has_service(circle.service)):
            return pd.Series(NAN, index=codes)
        question = Question("covered", tier, group, circle.key)
        inside = self.answers.of(question, lambda: self.inside(tier, group, circle))
        return inside.reindex(codes).where(self.people_of.placed(tier, group))

    def inside(self, tier: str, group: str, circle: Circle) -> pd.Series:
        """Sum the people within reach of a circle's facilities over the drawn units of a tier."""
        where = self.located(tier)
        return where.by_unit(group, self.share(tier, circle, where))

    def located(self, tier: str) -> Demand:
        """People by cell × unit of a tier of which that is known.

        Raises
        ------
        ValueError
            Without a population layer or without polygons.
        """
        where = self.demand(tier)
        if where is None:
            raise ValueError(f"no people by place for units of tier {tier}.")
        return where

    def share(self, tier: str, circle: Circle, where: Demand) -> NDArray[np.float64]:
        """Share of each demand row of a tier within reach of a circle's facilities."""
        key = (tier, circle.key)
        if key not in self._reached:
            places = self.places(circle)
            self._reached[key] = circle.reach.share(where, self._drawn(tier), places, circle.limit)
        return self._reached[key]

    def share_within(
        self, tier: str, circle: Circle, where: Demand, limit: Limit
    ) -> NDArray[np.float64]:
        """Share of each demand row of a tier within another distance; not kept."""
        drawn = self._drawn(self.people_tier(tier))
        return circle.reach.share(where, drawn, self.places(circle), limit)

    def people_tier(self, tier: str) -> str:
        """Tier whose people are counted: itself, or the tier of the people if it lies above."""
        return self.base_tier if self._is_above_base(tier) else tier

    def pairs(self, tier: str, circle: Circle) -> Pairs:
        """Pair the demand rows of a tier with the facilities in reach."""
        where = self.located(tier)
        return circle.reach.pairs(where, self._drawn(tier), self.places(circle), circle.limit)

    def sets(self, tier: str, circle: Circle) -> FacilitySets:
        """Group the demand rows of a tier by the facilities in reach."""
        where = self.located(tier)
        reached = self.share(tier, circle, where)
        units, places = self._drawn(tier), self.places(circle)
        return circle.reach.sets(where, units, places, circle.limit, reached=reached)

    def nearest(self, tier: str, circle: Circle) -> Nearest:
        """Find the facility nearest to each demand row of a tier, however far."""
        where = self.located(tier)
        return circle.reach.nearest(where, self._drawn(tier), self.places(circle))

    @cached_property
    def walks(self) -> bool:
        """Whether any norm is measured along a network, and it is known where people live."""
        circles = (norm for norm in self.norms if norm.kind in CIRCLES)
        walked = any(self.reach_of(norm) is not self.straight for norm in circles)
        return walked and self.people_of.has_layer(self.base_tier)

    @cached_property
    def off_places(self) -> OffPlaces:
        """Facilities of the area that the network does not reach."""
        return self.on_foot.off_places(outlines_of(self.area.facilities))

    def off_cells(self) -> pd.DataFrame:
        """List the inhabited pieces of cells in units of the base tier that the network does not reach.

        ``cell`` (number in the layer), ``unit_code``, ``x``, ``y``, ``people`` (off the network, NaN where
        unknown), ``metres``, ``share``, ``barred``; where nobody lives nobody is off the network.
        """
        tier = self.base_tier
        return self.answers.of(Question("off", tier), lambda: self.off_rows(tier))

    def off_rows(self, tier: str) -> pd.DataFrame:
        """List pieces of cells as ``off_cells`` does, from the cells themselves."""
        where = self.located(tier)
        off = self.on_foot.off_rows(where, self._drawn(tier))
        everyone = np.full(len(off.share), NAN)
        if POPULATION in where.groups:
            everyone = where.people(POPULATION)
        rows = np.flatnonzero((off.share > 0) & (everyone != 0))
        return pd.DataFrame(
            {
                "cell": cell_numbers(self.area.population, where.cell[rows]),
                "unit_code": pd.array(where.unit_codes[where.unit[rows]], dtype="str"),
                "x": off.x[rows],
                "y": off.y[rows],
                "people": everyone[rows] * off.share[rows],
                "metres": off.metres[rows],
                "share": off.share[rows],
                "barred": off.barred[rows],
            }
        )

    def places(self, circle: Circle) -> NDArray[Any]:
        """Places of a circle's facilities, without missing and empty ones; one array for each."""
        key = (circle.service, circle.name)
        if key not in self._places:
            lost = shapely.is_missing(circle.points) | shapely.is_empty(circle.points)
            self._places[key] = circle.points[~lost]
        return self._places[key]

    def method(self, tier: str, circle: Circle) -> str:
        """Say how reach was measured; a tier above the people's has that of the people's."""
        tier, starts = self.people_tier(tier), None
        if circle.reach is not self.straight and self.people_of.has_layer(tier):
            starts = self.answers.of(Question("walkers", tier), lambda: self.starts(tier))
        return circle.reach.words(self.places(circle), circle.limit, starts)

    def starts(self, tier: str) -> Starts | None:
        """Count the points from which people of a tier start to walk."""
        return self.on_foot.count(self.located(tier), self._drawn(tier))

    def allocated(self, tier: str, places: Places) -> Given:
        """Give out places to the people of the whole area, and sum the parts per unit of a tier.

        Parameters
        ----------
        tier
            Tier of the units; one above the people's is the sum of the people's.
        places
            Facilities with their places, and what people need; none without coordinates.

        Returns
        -------
        Given
            Who is served, by unit.
        """
        circle = places.circle
        key = (tier, circle.key, places.norm.id)
        if key not in self._given:
            self._given[key] = self._give(tier, places)
        return self._given[key]

    def _give(self, tier: str, places: Places) -> Given:
        if self._is_above_base(tier):
            base = self.allocated(self.base_tier, places)
            parts = {name: self._lift(part, tier) for name, part in base.parts.items()}
            everything = np.arange(len(base.used))
            codes = self.units_of(tier).index
            near = dict.fromkeys(codes, everything)
            return Given(pd.DataFrame(parts), base.used, near, base.contested)
        codes, drawn = self.units_of(tier).index, self._drawn(tier)
        if not self.people_of.has_layer(tier):
            unknown = pd.DataFrame(NAN, index=codes, columns=["served", "without_capacity"])
            n_facilities = len(places.facilities)
            return Given(unknown, np.zeros(n_facilities), {}, np.zeros(n_facilities, dtype=bool))
        circle = places.circle
        question = Question("taken", tier, "", circle.key, places.norm.id)
        sets = self.answers.of(question, lambda: self.taken(tier, circle, places.per_person))
        by_rank = self.area.parameters.allocation == "public_first"
        ranks = operator_ranks(places.facilities) if by_rank else None
        found = allocate(sets, np.ones(len(drawn)), places.capacity, priority=ranks)
        placed = self.people_of.placed(tier, POPULATION)
        parts = {
            name: pd.Series(part, index=drawn.index).reindex(codes).where(placed)
            for name, part in (
                ("served", found.served),
                ("without_capacity", found.without_capacity),
            )
        }
        unit, facility = sets.reached_by(np.arange(len(drawn)))
        starts = np.searchsorted(unit, np.arange(len(drawn) + 1))
        near = {
            str(code): facility[starts[i] : starts[i + 1]] for i, code in enumerate(drawn.index)
        }
        contested = sets.linked(self._reached_by_unknown(tier, circle))
        return Given(pd.DataFrame(parts), found.used, near, contested)

    def taken(self, tier: str, circle: Circle, per_person: Decimal) -> FacilitySets:
        """Add up what people need by unit of a tier and by the facilities that they may choose from."""
        where = self.located(tier)
        sets = self.sets(tier, circle)
        if self.area.parameters.allocation == "nearest":
            sets = nearest_sets(sets, self.pairs(tier, circle))
        # people of whom no number is known take no places here: what they could take is contested
        wanted = where.known_people(POPULATION) * float(per_person)
        return sets_of_units(sets, where.unit, len(self._drawn(tier)), wanted)

    def _reached_by_unknown(self, tier: str, circle: Circle) -> NDArray[np.bool_]:
        """Mark the facilities within the limit of a unit whose people are not known.

        Along the straight line, which no walk undercuts; a unit without a polygon may be anywhere.
        """
        places, drawn = self.places(circle), self._drawn(tier)
        placed = self.people_of.placed(tier, POPULATION)
        unknown = placed.index[~placed]
        if not unknown.isin(drawn.index).all():
            return np.ones(len(places), dtype=bool)
        marked = np.zeros(len(places), dtype=bool)
        shapes = drawn.loc[unknown].geometry.to_numpy()
        near = shapely.STRtree(places).query(shapes, "dwithin", distance=circle.limit.metres)
        marked[near[1]] = True
        return marked

    def facilities(self, service: str) -> gpd.GeoDataFrame:
        """Facilities of one service, open or not."""
        if service not in self._facilities:
            chosen = self.area.facilities["service"] == service
            self._facilities[service] = self.area.facilities[chosen]
        return self._facilities[service]

    def facility_places(self, service: str) -> NDArray[Any]:
        """Where the facilities of one service are: outlines or entrances where known, else points."""
        return outlines_of(self.facilities(service))

    def has_service(self, service: str) -> bool:
        """Whether the facilities of a service are known: some are listed, or the list is complete.

        A list of planned projects does not say what there is.
        """
        return service in self._known_services

    @cached_property
    def _known_services(self) -> frozenset[str]:
        listed = self.area.facilities
        there = listed["project"].ne(other=True) if "project" in listed else slice(None)
        return frozenset({*self.area.services, *listed["service"][there].unique()})

    def counted(self, service: str) -> pd.DataFrame:
        """Facilities of one service with every amount and whether they stand in main urban units.

        Each counts as one facility; a size or area that was not supplied is unknown.
        """
        if service not in self._counted:
            frame = pd.DataFrame(self.facilities(service))
            absent = [name for name in AMOUNTS if name not in frame]
            frame = frame.assign(**dict.fromkeys(absent, NAN)).assign(facilities=1.0)
            self._counted[service] = frame.assign(in_main_urban=self._in_main_urban(frame))
        return self._counted[service]

    def _in_main_urban(self, frame: pd.DataFrame) -> pd.Series:
        flags = self.flag("main_urban")
        found = pd.Series(pd.NA, index=frame.index, dtype="boolean")
        for tier in ("street", "community", "district", "city"):
            here = frame[f"{tier}_code"].map(flags).astype("boolean")
            found = found.fillna(here)
        return found

    def flag(self, name: str) -> pd.Series:
        """Yes or no of every unit, missing where it was not said."""
        if name not in self.units:
            return pd.Series(pd.NA, index=self.units.index, dtype="boolean")
        return pd.Series(self.units[name].astype("boolean"))

    def applies(self, norm: Norm) -> pd.Series:
        """Say of every unit whether a norm applies to it; missing where the flag is."""
        flag = FLAGS.get(norm.applies_to, "")
        if not flag:
            return pd.Series(data=True, index=self.units.index, dtype="boolean")
        said = self.flag(flag)
        if norm.applies_to == "main_urban_or_zone":
            zone = self.flag("development_zone").fillna(value=False)
            said = said.mask(zone, self.area.parameters.development_zones_are_main_urban)
        return ~said if norm.applies_to in _NOT else said

    def figures(self, name: str) -> pd.Series:
        """Figure that the planner supplied, per unit; a parent without one has the sum of its units."""
        if name not in self._figures:
            codes = self.units.index
            figures = self.area.figures
            if figures is None or name not in figures:
                self._figures[name] = pd.Series(NAN, index=codes)
            else:
                own = figures.set_index("unit_code")[name].reindex(codes)
                self._figures[name] = figures_up(own, self.tier, self.units["parent_code"])
        return self._figures[name]

    def figure(self, tier: str, name: str) -> pd.Series:
        """Figure of the units of a tier, NaN where neither the unit nor all of its units have one."""
        return self.figures(name).reindex(self.units_of(tier).index)

    def membership(self, frame: pd.DataFrame, tier: str) -> NDArray[np.object_]:
        """Give the code of the unit of a tier in which each row stands, empty for none."""
        return frame[f"{tier}_code"].to_numpy(dtype=object)

    def count_below(self, unit_types: Iterable[str]) -> Counter[str]:
        """Count the units of the given types below every unit."""
        wanted = self.units.index[self.units["unit_type"].isin(list(unit_types))]
        return Counter(above for code in wanted for above in self.ancestors(code))
