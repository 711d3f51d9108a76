"""People of units: what the population layer says, what the census says, and both together.

A census total of a unit is its own, or the sum of its units' if all of them have one. Where there is
a layer too, its people are scaled: within a unit to the unit's total; in units without a total of
their own to what the nearest unit above leaves over for them. What no total speaks of keeps the
layer's people. Nothing is modified.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from capacity.assess.answers import Answers, Question
from capacity.assess.counts import figures_up
from capacity.calibration import NO_TARGET, like_population, scale_to_totals
from capacity.demand import Account, Demand, demand, known_share, total_of
from capacity.population import PopulationGrid
from capacity.vocabulary import GROUPS, POPULATION, TIER_OF, TIERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from capacity.reach.walking import Beyond
    from capacity.study_area import StudyArea

# A unit of which the population layer knows less than this share of the area has unknown population:
# the people of its rest are missing, and it could be met for want of them.
SEEN: Final = 0.99
# Units that cover this share of the unit above are all of it; what is left over are slivers.
WHOLE: Final = 0.99
SAME: Final = 0.5
"""Totals that differ by less than half a person are the same."""
_NAN: Final = float("nan")
_SHOWN: Final = 5


@dataclass(frozen=True)
class Scaling:
    """How one group at one tier was scaled to the census.

    Attributes
    ----------
    tier, group
        Tier of the units, and population column.
    pattern
        Population column of the layer whose pattern the group follows.
    targets
        Index: code of the census unit. ``total`` (people of the census that its units share),
        ``layer`` (people of the layer there), ``beside`` (people of the layer in it but in none of its
        units), ``factor`` (NaN where the layer has nobody), ``units`` (how many share it).
    people
        People per unit, NaN where unknown; what nobody can be placed of included.
    placed
        Whether it is known where in the unit those people live.
    left
        Reason → units below a total that could not be scaled.
    assumed
        Census units whose total went wholly to their units, for want of a polygon that says more.
    first
        Census unit that several units share, or unit left out → the first of the units in question.
    """

    tier: str
    group: str
    pattern: str
    targets: pd.DataFrame
    people: pd.Series
    placed: pd.Series
    left: dict[str, list[str]] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()
    first: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Beside:
    """What a part of an area must know of the rest of it.

    Attributes
    ----------
    base_tier
        Tier that the people of larger units are summed from.
    finer
        Tier and group → the lower tier whose totals shape the pattern, or empty.
    units
        Tier → units beside those of the part, which have their share of the cells that both meet in.
    order
        Codes of the units of the part and of those beside them, in the order of the whole area.
    network
        Speaks for the walking network beyond what of it the area holds; None where it holds all.
    """

    base_tier: str
    finer: Mapping[tuple[str, str], str]
    units: Mapping[str, gpd.GeoDataFrame]
    order: tuple[str, ...]
    network: Beyond | None = None


class People:
    """People of the units of a study area, computed when first asked for.

    Parameters
    ----------
    area
        Checked inputs.
    answers
        What parts of the area have answered, if anything.
    beside
        What lies beside the area, where it is a part of a larger one.
    """

    def __init__(
        self, area: StudyArea, answers: Answers | None = None, beside: Beside | None = None
    ) -> None:
        self.area = area
        self.answers = Answers() if answers is None else answers
        self.beside = beside
        units = area.units.set_index("unit_code", drop=False)
        self.units = units
        self.tier = units["unit_type"].map(TIER_OF)
        self.parent: dict[str, str] = units["parent_code"].to_dict()
        self.children: dict[str, list[str]] = {}
        for code, above in self.parent.items():
            self.children.setdefault(above, []).append(code)
        self._drawn: dict[str, gpd.GeoDataFrame] = {}
        self._layer: dict[str, Demand] = {}
        self._demand: dict[str, Demand] = {}
        self._totals: dict[str, pd.Series] = {}
        self._scaled: dict[tuple[str, str], Scaling] = {}

    # --- the census -------------------------------------------------------------------------

    @property
    def census_groups(self) -> tuple[str, ...]:
        """Groups of which the census has any total."""
        census = self.area.census
        return () if census is None else tuple(g for g in GROUPS if g in census)

    def own(self, group: str) -> pd.Series:
        """Official total of every unit as it was given, NaN where it was not."""
        census = self.area.census
        if census is None or group not in census:
            return pd.Series(_NAN, index=self.units.index)
        return census.set_index("unit_code")[group].reindex(self.units.index)

    def totals(self, group: str) -> pd.Series:
        """Official total of every unit: its own, else the sum of its units if all have one.

        Where nobody lives, nobody is of any age.
        """
        if group not in self._totals:
            own = self.own(group)
            if group != POPULATION and group in self.census_groups:
                own = own.mask(own.isna() & (self.totals(POPULATION) == 0), 0.0)
            self._totals[group] = figures_up(own, self.tier, self.units["parent_code"])
        return self._totals[group]

    def base_tier(self) -> str:
        """Tier that the people of larger units are summed from.

        The lowest tier listed, streets before communities; with a layer the first one drawn, for
        only there it can be counted. Drawn communities below streets without polygons stand for
        those only where they are complete and do not contradict the streets' totals, or where nothing
        else is known.
        """
        if self.beside is not None:
            return self.beside.base_tier
        order = ("street", "community", "district", "city")
        listed = next(tier for tier in order if (self.tier == tier).any())
        if self.area.population is None:
            return listed
        drawn = [tier for tier in order if not self.drawn(tier).empty]
        if drawn[:1] != ["community"] or listed != "street" or self._communities_are_complete():
            return drawn[0] if drawn else listed
        if len(drawn) > 1:
            return drawn[1]
        streets = self.tier == "street"
        return "street" if self.own(POPULATION)[streets].notna().any() else "community"

    def _communities_are_complete(self) -> bool:
        """Whether every street has communities, all drawn, that add up to its total if it has one."""
        own, totals = self.own(POPULATION), self.totals(POPULATION)
        drawn = set(self.drawn("community").index)
        for street in self.units.index[self.tier == "street"]:
            below = self.children.get(street, [])
            if not below or not drawn.issuperset(below):
                return False
            parts = totals[below]
            if parts.notna().all() and abs(parts.sum() - own[street]) >= SAME:
                return False
        return True

    # --- the layer --------------------------------------------------------------------------

    @property
    def weights_only(self) -> bool:
        """Whether the layer counts dwellings or floor area of which nobody knows the people."""
        basis = self.area.population_basis
        if basis == "people":
            return False
        return basis == "floor_area" or self.area.parameters.persons_per_household is None

    @property
    def counted(self) -> str:
        """What the numbers of the layer are, in words."""
        names = {"dwellings": "dwellings", "floor_area": "m2 of floor area"}
        return names.get(self.area.population_basis, "people") if self.weights_only else "people"

    @property
    def method(self) -> str:
        """How people were counted, for the method of findings; empty where the layer alone says it."""
        basis = self.area.population_basis.replace("_", " ")
        if self.area.census is None:
            persons = self.area.parameters.persons_per_household
            if basis == "people" or persons is None:
                return ""
            return f"people: {basis}; persons per household: {persons:g}"
        if self.area.population is None:
            return "people: official totals"
        if basis == "people":
            return "people: layer scaled to official totals"
        return f"people: official totals by {basis}"

    def drawn(self, tier: str) -> gpd.GeoDataFrame:
        """Units of a tier with polygons."""
        if tier not in self._drawn:
            units = self.units[self.tier == tier]
            self._drawn[tier] = units[~(units.geometry.isna() | units.geometry.is_empty)]
        return self._drawn[tier]

    def has_layer(self, tier: str) -> bool:
        """Whether there is a layer, and polygons of a tier to count it in."""
        return self.area.population is not None and not self.drawn(tier).empty

    @property
    def layer_groups(self) -> tuple[str, ...]:
        """Population columns of the layer."""
        population = self.area.population
        if population is None or isinstance(population, PopulationGrid):
            return () if population is None else population.groups
        return tuple(group for group in GROUPS if group in population.columns)

    def layer(self, tier: str) -> Demand | None:
        """People of the layer by cell × unit of a tier; None without layer or without polygons."""
        if self.area.population is None or not self.has_layer(tier):
            return None
        if tier not in self._layer:
            units, only = self._with_beside(tier)
            self._layer[tier] = demand(self.area.population, units, only=only)
        return self._layer[tier]

    def _with_beside(self, tier: str) -> tuple[gpd.GeoDataFrame, NDArray[np.bool_] | None]:
        """Give the drawn units of a tier with those beside them, and which are its own."""
        own = self.drawn(tier)
        if self.beside is None:
            return own, None
        others = self.beside.units.get(tier, own.iloc[:0])
        both = gpd.GeoDataFrame(pd.concat([own, others]), crs=own.crs)
        both = both.loc[[code for code in self.beside.order if code in both.index]]
        return both, both.index.isin(own.index)

    def known(self, tier: str, group: str) -> pd.Series:
        """Share of each drawn unit's area for which the layer has numbers of a group."""
        return self.answers.of(Question("known", tier, group), lambda: self._known(tier, group))

    def _known(self, tier: str, group: str) -> pd.Series:
        units = self.drawn(tier)
        share = np.ones(len(units))
        if self.area.population is None:
            share = np.zeros(len(units))
        elif not self.area.population_complete:
            share = known_share(self.area.population, units, group)
        return pd.Series(share, index=units.index)

    def sums(self, tier: str, group: str) -> pd.Series:
        """People of the layer in each drawn unit of a tier."""
        return self.answers.of(Question("sums", tier, group), lambda: self._sums(tier, group))

    def _sums(self, tier: str, group: str) -> pd.Series:
        where = self._counted(tier)
        return pd.Series(where.by_unit(group).to_numpy(), index=self.drawn(tier).index)

    def account(self, tier: str, group: str) -> Account:
        """People of the layer by where they are: in units of a tier, in overlaps, outside."""
        return self.answers.of(
            Question("account", tier, group), lambda: self._counted(tier).account[group]
        )

    def total(self, group: str) -> int:
        """People of the whole layer, as ``exact_sum`` adds them up."""
        return self.answers.of(
            Question("total", group=group),
            lambda: 0 if self.area.population is None else total_of(self.area.population, group),
        )

    def _counted(self, tier: str) -> Demand:
        where = self.layer(tier)
        if where is None:
            raise ValueError(f"no people by place for units of tier {tier}.")
        return where

    # --- both together ----------------------------------------------------------------------

    def groups(self, tier: str) -> tuple[str, ...]:
        """List the population columns known of the layer or the census."""
        known = {*self.census_groups, *(self.layer_groups if self.has_layer(tier) else ())}
        return tuple(group for group in GROUPS if group in known)

    def demand(self, tier: str) -> Demand | None:
        """People by cell × unit of a tier, scaled to the census where there is one."""
        where = self.layer(tier)
        if where is None or self.area.census is None:
            return where
        if tier not in self._demand:
            scaled: dict[str, NDArray[np.float64]] = {}
            for group in self.groups(tier):  # the population comes first: the others follow it
                scaled[group] = self._scale(tier, group, replace(where, scaled=scaled))
            self._demand[tier] = replace(where, scaled=scaled)
        return self._demand[tier]

    def of(self, tier: str, group: str) -> pd.Series:
        """People of a group per unit of a tier, NaN where unknown; the index are the tier's codes."""
        codes = self.units.index[self.tier == tier]
        totals = self.totals(group).reindex(codes)
        if not self.is_counted(tier, group):
            return totals
        if self.area.census is None:
            seen = self.known(tier, group) >= SEEN
            return self.sums(tier, group).where(seen).reindex(codes)
        return self.scaling(tier, group).people.reindex(codes).fillna(totals)

    def is_counted(self, tier: str, group: str) -> bool:
        """Whether people of a group are known by place in units of a tier."""
        return self.has_layer(tier) and group in self.groups(tier)

    def scaling(self, tier: str, group: str) -> Scaling:
        """Say how a group was scaled to the census."""
        return self.answers.of(Question("scaling", tier, group), lambda: self._scaling(tier, group))

    def _scaling(self, tier: str, group: str) -> Scaling:
        self.demand(tier)
        return self._scaled[tier, group]

    def placed(self, tier: str, group: str) -> pd.Series:
        """Whether it is known where in each unit of a tier the people of a group live."""
        codes = self.units.index[self.tier == tier]
        if not self.is_counted(tier, group):
            return pd.Series(data=False, index=codes)
        if self.area.census is None:
            return (self.known(tier, group) >= SEEN).reindex(codes, fill_value=False)
        return self.scaling(tier, group).placed.reindex(codes, fill_value=False)

    def scalings(self, tier: str) -> list[Scaling]:
        """Give how every group of a tier was scaled, in the order of the groups."""
        if self.area.census is None or not self.has_layer(tier):
            return []
        return [self.scaling(tier, group) for group in self.groups(tier)]

    def scaled_tiers(self, base: str) -> list[str]:
        """List the tiers whose people are scaled: the base tier and the drawn ones below."""
        if self.area.census is None or self.area.population is None:
            return []
        below = list(TIERS)[list(TIERS).index(base) + 1 :]
        return [base, *(tier for tier in below if not self.drawn(tier).empty)]

    def _scale(self, tier: str, group: str, where: Demand) -> NDArray[np.float64]:
        """Scale the rows of one group, and keep what is known of its units."""
        foreign = group not in where.values
        pattern = POPULATION if foreign else group
        plan = self._plan(tier, group, pattern)
        codes = self.drawn(tier).index
        place = {code: at for at, code in enumerate(plan.index)}
        target = np.array([place.get(c, NO_TARGET) for c in plan.of_unit], dtype=np.int64)
        of_row = target[where.unit]
        weights = like_population(where, group)
        beside = np.array([self._beside(code, tier, pattern, plan) for code in plan.index])
        rows, factor = scale_to_totals(
            self._refined(tier, group, np.nan_to_num(weights), where), of_row, plan.total, beside
        )
        untold = of_row == NO_TARGET
        rows[untold & np.isnan(weights)] = np.nan
        if foreign or self.weights_only:
            rows[untold] = np.nan
        rows[np.isin(codes, plan.unknown)[where.unit]] = np.nan
        seen = self.known(tier, pattern) >= SEEN
        people = pd.Series(where.sum_by_unit(rows).to_numpy(), index=codes).where(seen)
        people = people.mask(np.isin(codes, plan.unknown))
        if foreign or self.weights_only:
            people = people.mask(target == NO_TARGET)
        own = np.array([code == mine for code, mine in zip(codes, plan.of_unit, strict=True)])
        people = people.mask(own, self.totals(group).reindex(codes))
        used = target >= 0
        has_factor = np.ones(len(codes), dtype=bool)
        has_factor[used] = np.isfinite(factor[target[used]])
        in_layer = np.bincount(
            of_row[~untold], where.in_layer(pattern)[~untold], minlength=len(factor)
        )
        whole = in_layer + beside
        self._scaled[tier, group] = Scaling(
            tier=tier,
            group=group,
            pattern=pattern,
            targets=pd.DataFrame(
                {
                    "total": plan.total,
                    "layer": in_layer,
                    "beside": beside,
                    "factor": np.divide(
                        plan.total, whole, out=np.where(plan.total > 0, np.nan, 1), where=whole > 0
                    ),
                    "units": np.bincount(target[used], minlength=len(factor)),
                },
                index=pd.Index(plan.index, dtype="str"),
            ),
            people=people,
            placed=seen & has_factor & people.notna(),
            left=plan.left,
            assumed=tuple(plan.assumed),
            first=plan.first,
        )
        return rows

    def _plan(self, tier: str, group: str, pattern: str) -> _Plan:
        """Find the census unit of every drawn unit, and what it leaves over for those it holds."""
        totals = self.totals(group)
        codes = list(self.drawn(tier).index)
        known = dict(zip(self.parent, totals.notna().tolist(), strict=True))
        plan = _Plan(
            index=[code for code in codes if known[code]],
            totals=[float(totals[code]) for code in codes if known[code]],
            of_unit=[code if known[code] else "" for code in codes],
        )
        shared: dict[str, list[str]] = {}
        for code in codes:
            above = "" if known[code] else self.known_above(code, known)
            if above:
                shared.setdefault(above, []).append(code)
        place = {code: at for at, code in enumerate(codes)}
        for above, members in shared.items():
            rest, taken, loose = self._left_over(above, tier, totals, set(members))
            reason = self._why_not(above, members, rest, tier=tier, loose=loose)
            reason = reason or self._why_unseen(tier, group, pattern, members)
            if reason:
                plan.left.setdefault(reason, []).extend(members)
                plan.first |= dict.fromkeys(members, members[0])
                continue
            plan.first[above] = members[0]
            plan.index.append(above)
            plan.totals.append(rest)
            plan.taken[above] = taken
            for code in members:
                plan.of_unit[place[code]] = above
        return plan

    def _why_not(
        self, above: str, members: list[str], rest: float, *, tier: str, loose: list[str]
    ) -> str:
        """Say why a total cannot be shared by some units, or nothing.

        ``loose`` are the units that share in it too, nobody knows with how much.
        """
        if loose:
            undrawn = [code for code in loose if self.tier[code] == tier]
            named = undrawn or loose
            shown = ", ".join(named[:_SHOWN]) + (", …" if len(named) > _SHOWN else "")
            why = "without a polygon" if undrawn else f"without units of tier {tier}"
            return f"units {why} and without a total share the total of {above} ({shown})"
        nobody = rest == 0 and all(self.totals(POPULATION)[code] != 0 for code in [above, *members])
        return "totals that leave nobody over" if rest < 0 or nobody else ""

    def _why_unseen(self, tier: str, group: str, pattern: str, members: list[str]) -> str:
        """Say why the layer cannot tell units apart: too much of their area, or people without place."""
        area = self.units.geometry[members].area
        known = self.known(tier, pattern)[members]
        if (known * area).sum() < SEEN * area.sum():
            return "units that the layer does not cover"
        if group == pattern:
            return ""
        people = self._scaled[tier, pattern]
        lost = ~people.placed[members] & ~(people.people[members] == 0)
        return "units whose people have no place" if lost.any() else ""

    def without_total(self, scaling: Scaling) -> list[str]:
        """List the units of which no total speaks, neither their own nor one above."""
        totals = self.totals(scaling.group)
        left = {code for codes in scaling.left.values() for code in codes}
        shared = [code for code in self.drawn(scaling.tier).index if code not in left]
        return [c for c in shared if np.isnan(totals[c]) and not self.has_total_above(c, totals)]

    def unscaled(self, tier: str, group: str) -> list[str]:
        """List the units that keep the people of the layer beside others that are scaled."""
        if self.area.census is None or not self.is_counted(tier, group) or self.weights_only:
            return []
        scaling = self.scaling(tier, group)
        return [] if scaling.pattern != group else self.without_total(scaling)

    def is_above(self, code: str, tier: str) -> bool:
        """Whether a unit stands in a higher tier."""
        order = list(TIERS)
        return order.index(self.tier[code]) < order.index(tier)

    def has_total_above(self, code: str, totals: pd.Series) -> bool:
        """Whether any unit above has a total."""
        return any(not np.isnan(totals[above]) for above in self.line(code)[1:])

    def known_above(self, code: str, known: dict[str, bool]) -> str:
        """Code of the nearest unit above with a total, or empty."""
        above = self.parent.get(code, "")
        while above and above in self.parent:
            if known[above]:
                return above
            above = self.parent[above]
        return ""

    def _left_over(
        self, above: str, tier: str, totals: pd.Series, members: set[str]
    ) -> tuple[float, list[str], list[str]]:
        """Give what a total leaves over for some units, whose totals it takes off, and who claims it.

        The claimants are the units that share in it too, without a total and without a place.
        """
        lowest = list(TIERS).index(tier)
        rest, taken, loose = float(totals[above]), [], []
        below = list(self.children.get(above, []))
        while below:
            code = below.pop()
            if list(TIERS).index(self.tier[code]) > lowest:
                continue
            if not np.isnan(totals[code]):
                rest -= float(totals[code])
                taken.append(code)
            elif code not in members:
                inner = [
                    c
                    for c in self.children.get(code, [])
                    if list(TIERS).index(self.tier[c]) <= lowest
                ]
                below += inner
                loose += [] if inner else [code]
        return rest, taken, loose

    def _beside(self, census_unit: str, tier: str, pattern: str, plan: _Plan) -> float:
        """People of the layer in a census unit's polygon but in none of its units of a tier.

        Units whose totals were taken off count with those. Units that cover 99 % of it are taken as
        all of it; so are those of a census unit without a polygon, or with units taken off that have
        none, for then nobody knows what lies beside them.
        """
        polygon = self.units.geometry[census_unit]
        if self.tier[census_unit] == tier or self.area.population is None:
            return 0.0
        taken = plan.taken.get(census_unit, [])
        if self._without_polygon([census_unit, *taken]):
            plan.assumed.append(census_unit)
            return 0.0
        units = self.drawn(tier)
        inside = [code for code in units.index if census_unit in self.line(code)]
        covered = shapely.union_all(self.units.geometry[[*inside, *taken]].to_numpy())
        gap = shapely.difference(polygon, covered)
        if gap.area <= (1 - WHOLE) * polygon.area:
            return 0.0
        frame = self.units.loc[[census_unit]].set_geometry([gap])
        where = demand(self.area.population, frame.set_crs(self.units.crs, allow_override=True))
        return float(where.in_layer(pattern).sum())

    def _without_polygon(self, codes: list[str]) -> bool:
        shapes = self.units.geometry[codes]
        return bool((shapes.isna() | shapes.is_empty).any())

    def line(self, code: str) -> list[str]:
        """Codes of a unit and of all units above it, from the lowest up."""
        found = []
        while code and code in self.parent:
            found.append(code)
            code = self.parent[code]
        return found

    # --- finer totals shape the pattern -------------------------------------------------------

    def finer(self, tier: str, group: str) -> str:
        """Give the nearest lower tier with polygons and totals, or empty."""
        if self.beside is not None:
            return self.beside.finer.get((tier, group), "")
        totals = self.totals(group)
        for lower in list(TIERS)[list(TIERS).index(tier) + 1 :]:
            if self.has_layer(lower) and totals[self.drawn(lower).index].notna().any():
                return lower
        return ""

    def _refined(
        self, tier: str, group: str, rows: NDArray[np.float64], where: Demand
    ) -> NDArray[np.float64]:
        """Give rows the pattern that finer totals have made, where there are any."""
        lower = self.finer(tier, group)
        finer = self.demand(lower) if lower else None
        if finer is None or len(rows) == 0:
            return rows
        totals = self.totals(group)
        place = {code: at for at, code in enumerate(self.drawn(tier).index)}
        known = totals[self.drawn(lower).index].notna().to_numpy()
        above = np.array(
            [
                next((place[c] for c in self.line(code) if c in place), NO_TARGET)
                for code in self.drawn(lower).index
            ],
            dtype=np.int64,
        )
        usable = known & (above >= 0) & self._scaled[lower, group].placed.to_numpy(dtype=bool)
        mine = usable[finer.unit]
        n_cells = len(finer.values[POPULATION])
        keys = where.unit * n_cells + where.cell
        wanted = above[finer.unit[mine]] * n_cells + finer.cell[mine]
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        found = keys[at] == wanted
        n = len(rows)
        fixed = np.bincount(at[found], finer.people(group)[mine][found], n)
        taken = np.bincount(at[found], finer.fraction[mine][found], n) / where.fraction
        taken = np.minimum(taken, 1.0)
        # What lies in no finer unit counts as much as the finer units on average do, in a unit that is
        # scaled itself; else it keeps its people.
        n_units = len(place)
        sums = np.bincount(where.unit, fixed, n_units)
        base = np.bincount(where.unit, rows * taken, n_units)
        ratio = np.divide(sums, base, out=np.ones(n_units), where=base > 0)
        ratio[totals[self.drawn(tier).index].isna().to_numpy()] = 1.0
        return np.asarray(fixed + rows * (1.0 - taken) * ratio[where.unit])


@dataclass
class _Plan:
    """Which total each drawn unit shares in."""

    index: list[str]
    totals: list[float]
    of_unit: list[str]
    taken: dict[str, list[str]] = field(default_factory=dict)
    assumed: list[str] = field(default_factory=list)
    left: dict[str, list[str]] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)

    @property
    def unknown(self) -> list[str]:
        """Units of which a total speaks that does not say how many people they have."""
        return [code for codes in self.left.values() for code in codes]

    @property
    def total(self) -> NDArray[np.float64]:
        return np.array(self.totals, dtype=np.float64)
