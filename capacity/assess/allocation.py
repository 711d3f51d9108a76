"""Circles with places: how much of the demand in reach is served, in three parts that add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capacity.assess.supply import facility_ids, open_flags
from capacity.assess.table import (
    NAN,
    UnitTable,
    as_unit_table,
    join_notes,
    listed,
    no_data,
)
from capacity.demand import demand
from capacity.exact import exact, split_exactly
from capacity.findings import PARTS
from capacity.locate import check_layers
from capacity.norms.model import UNIT_RULES, Count
from capacity.reach.allocate import allocate
from capacity.reach.sets import nearest_sets, straight_sets
from capacity.reach.straight import straight_pairs
from capacity.vocabulary import ALLOCATIONS, POPULATION, SERVED_AT_MOST, SERVED_KNOWN_ONLY, TIERS

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from decimal import Decimal

    import geopandas as gpd
    from numpy.typing import NDArray

    from capacity.assess.context import Circle, Context
    from capacity.assess.table import Row
    from capacity.norms.model import Norm
    from capacity.population import Population


@dataclass(frozen=True)
class Places:
    """Facilities of a circle with their places, and what people need of them.

    Attributes
    ----------
    circle
        Where they stand and how far they reach.
    facilities : DataFrame, shape (n_facilities,)
        They, in the order of the circle's points without those that are missing.
    norm
        The norm that says how many places people need.
    """

    circle: Circle
    facilities: pd.DataFrame
    norm: Norm

    @property
    def capacity(self) -> NDArray[np.float64]:
        """Places of each facility, NaN where unknown."""
        return self.facilities["places"].to_numpy(dtype=np.float64)

    @property
    def per_person(self) -> Decimal:
        """Places that a person needs."""
        return self.norm.value / UNIT_RULES[self.norm.unit].per


def places_norm(context: Context, norm: Norm) -> Norm | None:
    """Find the ratio norm that says how many places the people in a circle need.

    Parameters
    ----------
    context
        The assessment that is running.
    norm
        A circle norm.

    Returns
    -------
    Norm or None
        Of the selected norms of the same city and service that ask for places, of whatever facility,
        per residents: one asked of the same levels before others, then one due on the same day, then
        one of the same stage, then the first by id. None where there is none: the circle is then
        about people only.
    """
    same = [
        other
        for other in context.norms
        if other.kind == "ratio_per_population"
        and (other.city, other.service, other.base) == (norm.city, norm.service, "residents")
        and other.supply == Count(amount="places")
    ]

    def _rank(other: Norm) -> tuple[bool, bool, bool, str]:
        levels = bool(set(other.levels) & set(norm.levels))
        return (not levels, other.by != norm.by, other.stage != norm.stage, other.id)

    return min(same, key=_rank, default=None)


def allocation_tables(context: Context, tier: str, places: Places, note: str) -> list[UnitTable]:
    """Give out the places of a circle: served, in reach without capacity, out of reach.

    Parameters
    ----------
    context
        The assessment that is running.
    tier
        Tier of the units.
    places
        Facilities, their places, and the need.
    note
        Note of every unit.

    Returns
    -------
    list of UnitTable
        One table for each of ``PARTS``: ``base_value`` is the demand in places, not rounded,
        ``existing`` the part, ``share`` the part of the demand. Status ``reported``: the documents
        set no share.
    """
    capacity = places.capacity
    unknown = np.isnan(capacity)
    method = context.method(tier, places.circle)
    people = context.people(tier, POPULATION)
    if unknown.any() and unknown.all():
        frame = as_unit_table([no_data("places of facilities")] * len(people), people.index)
        return [UnitTable(measure, frame, method, None) for measure in PARTS]
    given = context.allocated(tier, places)
    amounts = given.parts.to_dict(orient="index")
    lists = {
        "facilities without places": unknown,
        "facilities with zero places": capacity == 0,
        "facilities outside every unit that serve people": (
            _outside(places.facilities) & (given.used > 0)
        ),
    }
    ids = np.array(facility_ids(places.facilities), dtype=object)
    rows = []
    for code, number in people.items():
        near = given.near.get(str(code), np.empty(0, np.int64))
        named = [listed(phrase, sorted(ids[near[some[near]]])) for phrase, some in lists.items()]
        split = _split(float(number), amounts[code], places.per_person)
        bounds = [
            SERVED_KNOWN_ONLY if unknown[near].any() and split.get("without_capacity", 0) else "",
            SERVED_AT_MOST if given.contested[near].any() and split.get("served", 0) else "",
        ]
        rows.append(split | {"note": join_notes(split.get("note", ""), *bounds, note, *named)})
    wanted = f"{places.norm.value:f} {places.norm.unit}"
    rule = ALLOCATIONS[context.area.parameters.allocation][0]
    method = f"{method}; demand: {wanted}; allocation: {rule}"
    return [
        UnitTable(
            measure, as_unit_table([_row(row, part) for row in rows], people.index), method, None
        )
        for measure, part in PARTS.items()
    ]


def _outside(facilities: pd.DataFrame) -> NDArray[np.bool_]:
    inside = np.zeros(len(facilities), dtype=bool)
    for tier in TIERS:
        inside |= facilities[f"{tier}_code"].ne("").to_numpy(dtype=bool)
    return ~inside


def _split(people: float, parts: Mapping[Hashable, float], per_person: Decimal) -> Row:
    """Give the demand of a unit and its three parts; what is left of the demand is out of reach."""
    if people != people:  # noqa: PLR0124  # NaN
        return no_data("population")
    if parts["served"] != parts["served"]:  # NaN: nobody knows where they live
        return no_data("population by place")
    wanted = exact(float(exact(people) * per_person))
    if wanted == 0:
        return {"demand": 0.0, "status": "not_applicable", "note": "no residents"}
    served, without = float(parts["served"]), float(parts["without_capacity"])
    amounts = split_exactly(wanted, [served, without, float(wanted) - served - without])
    names = ("served", "without_capacity", "out_of_reach")
    return {
        "demand": float(wanted),
        **dict(zip(names, map(float, amounts), strict=True)),
        "status": "reported",
    }


def _row(split: Row, part: str) -> Row:
    if split["status"] != "reported":
        demand_ = split.get("demand", NAN)
        return {"base_value": demand_, "existing": demand_} | split
    share = split[part] / split["demand"]
    return split | {"base_value": split["demand"], "existing": split[part], "share": share}


def capacity_limited_coverage(
    population: Population,
    facilities: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    *,
    radius_m: float | str | Decimal,
    per_thousand: float | str | Decimal,
    group: str = POPULATION,
    capacity: str = "places",
    nearest_only: bool = False,
    priority: str | None = None,
) -> pd.DataFrame:
    r"""Give places out to the people in reach of them, and count who is served, unit by unit.

    Every person needs ``per_thousand`` / 1000 places. The demand of a unit falls into three parts that
    add up to it: served, in reach of a facility that has no place left, and out of reach.

    Parameters
    ----------
    population
        ``PopulationGrid``, or GeoDataFrame of cells (polygons or points), people per cell.
    facilities : GeoDataFrame, shape (n_facilities,)
        Points, or areas, which are reached at their boundary, with the capacity column, NaN where
        unknown: such a facility has people in reach and serves nobody. With a column ``is_open`` only open ones count. Facilities outside every unit
        serve people inside, with all of their places.
    units : GeoDataFrame, shape (n_units,)
        Polygons with ``unit_code``. All three layers in one projected metric CRS.
    radius_m
        Service radius in metres; exactly the radius is within reach.
    per_thousand
        Places for 1,000 people of the group.
    group
        Population column that needs places.
    capacity
        Column of ``facilities`` that holds the places.
    nearest_only
        Everyone goes to the facility nearest to the centre of their cell and to no other; equally
        near ones share. Otherwise to any within the radius.
    priority
        Column of ``facilities`` with a rank: the lowest rank gives out its places first. Otherwise
        as many as can be are served; see ``allocate``.

    Returns
    -------
    DataFrame
        Index ``unit_code`` in the order of ``units``; ``demand``, ``served``, ``without_capacity``,
        ``out_of_reach`` (places, not rounded), ``share`` (served of the demand, 0 to 1, NaN where
        there is no demand) and ``method`` (how reach was measured and places were given out). Places
        are given out once, for all units together.

    Raises
    ------
    InputError
        If cells and units are in different CRSs, people or a capacity are negative, or people or a
        rank are missing.
    KeyError
        If the group or a column named is not there.

    Notes
    -----
    With more places than anyone asks for, ``served`` is what ``circle_coverage`` counts, times the
    need. Whom the method serves where several choices serve equally many is said at ``allocate``.

    Examples
    --------
    One centre with 50 places among 5,000 children:

    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[box(0, 0, 1000, 1000)], crs=4547)
    >>> cells = gpd.GeoDataFrame(
    ...     {"population": [5000, 300]}, geometry=[Point(100, 500), Point(900, 500)], crs=4547
    ... )
    >>> centre = gpd.GeoDataFrame({"places": [50]}, geometry=[Point(0, 500)], crs=4547)
    >>> found = capacity_limited_coverage(cells, centre, units, radius_m=300, per_thousand=1000)
    >>> found.loc["A"].drop(["share", "method"]).to_dict()
    {'demand': 5300.0, 'served': 50.0, 'without_capacity': 4950.0, 'out_of_reach': 300.0}
    >>> found["method"].iloc[0].split("; ")[2]
    'allocation: the most served, chances as even as can be'
    """
    check_layers(units, facilities=facilities)
    where = demand(population, units)
    there = facilities[open_flags(facilities)]
    points = there.geometry.to_numpy()
    wanted = where.people(group) * float(exact(per_thousand) / 1000)
    radius = float(exact(radius_m))
    sets = straight_sets(population, where, units, points, radius)
    if nearest_only:
        sets = nearest_sets(sets, straight_pairs(population, where, units, points, radius))
    ranks = None if priority is None else there[priority].to_numpy(dtype=np.float64)
    found = allocate(sets, wanted, there[capacity].to_numpy(dtype=np.float64), priority=ranks)
    columns = {
        "demand": found.demand,
        "served": found.served,
        "without_capacity": found.without_capacity,
        "out_of_reach": found.out_of_reach,
    }
    table = pd.DataFrame({name: where.sum_by_unit(part) for name, part in columns.items()})
    share = table["served"] / table["demand"].where(table["demand"] > 0)
    method = f"reading: {sets.method}; radius: {radius:g} m; {found.method}"
    return table.assign(share=share, method=method)
