"""Who can choose between which facilities: people grouped by the set of facilities in their reach.

Places can be given out exactly only if it is known, for every part of a cell, between which
facilities the people there can choose: two facilities may each reach half of a cell, and it matters
whether that is the same half. Few sets stand for many cells, which makes the allocation small.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from capacity.distinct import distinct
from capacity.fractions import cell_fractions
from capacity.population import PopulationGrid
from capacity.reach.straight import (
    by_unit,
    circles,
    cut_at,
    refuse_radius,
    straight_line,
    straight_pairs,
    unit_blocks,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import NDArray

    from capacity.demand import Demand
    from capacity.fractions import Fractions
    from capacity.population import Population
    from capacity.reach.pairs import Pairs

# Costs that differ by less than a micrometre are equal: the noise of a square root is no choice.
_COST_PLACES: Final = 6
_KEYS_SEED: Final = 20221202
# A side of a drawn circle is a twentieth of its width.
_MARGIN: Final = 0.06


@dataclass(frozen=True)
class FacilitySets:
    """Demand rows cut into parts that reach the same facilities.

    Attributes
    ----------
    row, chosen
        Position of the demand row and of the set of facilities of each part, int64, shape
        (n_parts,); sorted by row, then set, and never twice the same two.
    share
        Share of the row's people in the part, over 0, float64, shape (n_parts,). What the parts of a
        row leave over is out of reach of every facility.
    starts, facility
        The facilities of set ``k`` are ``facility[starts[k]:starts[k + 1]]``, int64, ascending; no
        set is empty and no two sets are the same.
    n_rows, n_facilities
        How many rows and facilities there are, with those that are in no part.
    method
        What was measured, as findings print it.
    """

    row: NDArray[np.int64]
    chosen: NDArray[np.int64]
    share: NDArray[np.float64]
    starts: NDArray[np.int64]
    facility: NDArray[np.int64]
    n_rows: int
    n_facilities: int
    method: str

    @property
    def n_sets(self) -> int:
        """Number of different sets of facilities."""
        return len(self.starts) - 1

    def reached(self) -> NDArray[np.float64]:
        """Share of each row in reach of any facility, 0 to 1, shape (n_rows,)."""
        within = np.bincount(self.row, weights=self.share, minlength=self.n_rows)
        return np.minimum(1.0, within)

    def reached_by(self, unit: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """List which facilities anyone in each unit reaches.

        Parameters
        ----------
        unit : array, shape (n_rows,)
            Position of the unit of each row.

        Returns
        -------
        unit, facility : array of int64, shape (n_found,)
            Sorted by unit, then facility, never twice the same two.
        """
        pairs = distinct(unit[self.row] * max(1, self.n_sets) + self.chosen)
        of_unit, chosen = pairs // max(1, self.n_sets), pairs % max(1, self.n_sets)
        member_of, facility = self.members(chosen)
        keys = distinct(of_unit[member_of] * max(1, self.n_facilities) + facility)
        return keys // max(1, self.n_facilities), keys % max(1, self.n_facilities)

    def linked(self, some: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Mark the facilities whose use depends on that of some others, and those themselves.

        Parameters
        ----------
        some : array of bool, shape (n_facilities,)
            Facilities.

        Returns
        -------
        array of bool, shape (n_facilities,)
            Facilities joined to any of them by people who can choose, directly or by way of others.
        """
        set_of_member = np.repeat(np.arange(self.n_sets), np.diff(self.starts))
        size = self.n_sets + self.n_facilities
        links = csr_array(
            (
                np.ones(len(self.facility), dtype=np.int8),
                (set_of_member, self.n_sets + self.facility),
            ),
            shape=(size, size),
        )
        _, label = connected_components(links, directed=False)
        of_facility = label[self.n_sets :]
        return np.isin(of_facility, of_facility[some])

    def members(self, chosen: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """List the facilities of some sets.

        Parameters
        ----------
        chosen : array, shape (n,)
            Positions of sets, as often as wanted.

        Returns
        -------
        member_of, facility : array of int64, shape (n_members,)
            Position in ``chosen``, ascending, and a facility of that set.
        """
        length = np.diff(self.starts)[chosen]
        member_of = np.repeat(np.arange(len(chosen)), length)
        within = np.arange(len(member_of)) - np.repeat(np.cumsum(length) - length, length)
        return member_of, self.facility[self.starts[chosen][member_of] + within]


def sets_of_units(
    sets: FacilitySets, unit: NDArray[np.int64], n_units: int, demand: NDArray[np.float64]
) -> FacilitySets:
    """Add up what people need by unit and set of facilities.

    Parameters
    ----------
    sets
        Sets of demand rows.
    unit : array, shape (n_rows,)
        Position of the unit of each row.
    n_units
        Number of units.
    demand : array, shape (n_rows,)
        What the people of each row need.

    Returns
    -------
    FacilitySets
        A row per unit; ``share`` is the need of the people of a unit who reach the set. Sums are those of rows in their order, so that those of a unit depend on nothing beside it.
    """
    need = demand[sets.row] * sets.share
    keys = unit[sets.row] * max(1, sets.n_sets) + sets.chosen
    together, part = np.unique(keys, return_inverse=True)
    amount = np.bincount(part, weights=need, minlength=len(together)).astype(np.float64)
    row, chosen = together // max(1, sets.n_sets), together % max(1, sets.n_sets)
    member_of, facility = sets.members(chosen)
    sizes = (n_units, sets.n_facilities)
    return grouped((row, amount, np.arange(len(row))), (member_of, facility), sizes, sets.method)


def nested_sets(pairs: Pairs) -> FacilitySets:
    """Group people by the facilities in their reach, where shares of a row lie inside each other.

    Parameters
    ----------
    pairs
        Rows and facilities in reach.

    Returns
    -------
    FacilitySets
        Who is in reach of a facility with a smaller share of the row is also in reach of those with
        a larger one. A row's share in reach is then its largest share.

    Raises
    ------
    ValueError
        If a share is not over 0 and at most 1.

    Notes
    -----
    Exact for points (in reach or not), and along one way from the cell to the street, where whoever
    lives nearer to the street reaches everything that those behind reach.

    Examples
    --------
    Facility 0 reaches all of the row and facility 1 the nearer quarter of it: a quarter of the people
    can choose, the others go to facility 0:

    >>> from capacity.reach.pairs import Pairs
    >>> pairs = Pairs(
    ...     row=np.array([0, 0]),
    ...     facility=np.array([0, 1]),
    ...     cost=np.array([90.0, 280.0]),
    ...     share=np.array([1.0, 0.25]),
    ...     n_rows=1,
    ...     n_facilities=2,
    ...     limit_m=300.0,
    ...     method="network",
    ... )
    >>> sets = nested_sets(pairs)
    >>> parts = {}
    >>> for k, share in zip(sets.chosen, sets.share):
    ...     members = sets.facility[sets.starts[k] : sets.starts[k + 1]]
    ...     parts[tuple(members.tolist())] = float(share)
    >>> parts[0,], parts[0, 1]
    (0.75, 0.25)
    """
    if not ((pairs.share > 0) & (pairs.share <= 1)).all():
        raise ValueError("shares of pairs are over 0 and at most 1.")
    order = np.lexsort((pairs.facility, -pairs.share, pairs.row))
    row, facility, share = pairs.row[order], pairs.facility[order], pairs.share[order]
    is_last = np.ones(len(row), dtype=bool)
    is_last[:-1] = row[1:] != row[:-1]
    following = np.zeros(len(row))
    following[:-1] = np.where(is_last[:-1], 0.0, share[1:])
    first = np.flatnonzero(np.concatenate([[True], is_last[:-1]])) if len(row) else np.empty(0, int)
    position = np.arange(len(row)) - np.repeat(first, np.diff(np.append(first, len(row))))
    ends = np.flatnonzero(share > following)
    # The part that ends at an entry reaches the facilities of its row up to that entry.
    length = position[ends] + 1
    member_of = np.repeat(np.arange(len(ends)), length)
    within = np.arange(len(member_of)) - np.repeat(np.cumsum(length) - length, length)
    members = facility[(ends - position[ends])[member_of] + within]
    return grouped(
        (row[ends], (share - following)[ends], np.arange(len(ends))),
        (member_of, members),
        (pairs.n_rows, pairs.n_facilities),
        pairs.method,
    )


def sets_of_rows(
    of_points: FacilitySets,
    row: NDArray[np.int64],
    point: NDArray[np.int64],
    n_points: NDArray[np.int64],
) -> FacilitySets:
    """Put points together to rows, each point an equal part of the row's people.

    Parameters
    ----------
    of_points
        Sets of points, which are in reach of a facility or not: their shares are 1.
    row, point : array of int64, shape (n,)
        Which points each row has.
    n_points : array of int64, shape (n_rows,)
        How many points each row has.

    Returns
    -------
    FacilitySets
        Sets of the rows.
    """
    chosen = np.full(of_points.n_rows, -1, dtype=np.int64)
    chosen[of_points.row] = of_points.chosen
    some = chosen[point] >= 0
    set_of_member = np.repeat(np.arange(of_points.n_sets), np.diff(of_points.starts))
    return grouped(
        (row[some], 1.0 / n_points[row[some]], chosen[point[some]]),
        (set_of_member, of_points.facility),
        (len(n_points), of_points.n_facilities),
        of_points.method,
    )


def straight_sets(
    population: Population,
    where: Demand,
    units: gpd.GeoDataFrame,
    points: NDArray[np.object_],
    radius_m: float,
    *,
    reached: NDArray[np.float64] | None = None,
) -> FacilitySets:
    """Group people by the facilities within a straight-line radius, cells cut where circles cross.

    Parameters
    ----------
    population
        The cells that ``where`` was made of.
    where
        Demand of ``units``.
    units : GeoDataFrame, shape (n_units,)
        In a metric CRS.
    points : array of Point, MultiPoint, Polygon or MultiPolygon, shape (n_facilities,)
        Facilities in the CRS of the units; those outside every unit count too.
    radius_m
        Service radius in metres; a distance of exactly the radius counts.
    reached : array, shape (n_rows,), optional
        Share of each row within reach, as ``straight_line`` gives it; computed if not given.

    Returns
    -------
    FacilitySets
        The shares of a row add up to its share in ``reached``.

    Raises
    ------
    ValueError
        If the radius is negative or not finite.

    Notes
    -----
    The circles that meet a unit cut it into faces, each inside the same circles all over. Every face
    is overlaid with the cells like a service circle by itself, so the sets are as exact as plain
    coverage is: parts of under a millionth of a cell are left out, and those of a row are scaled to
    its share in reach. The number of faces grows with the number of crossings of circles.

    Examples
    --------
    People at three places along a street, of whom those in the middle can choose:

    >>> import geopandas as gpd
    >>> from capacity import demand
    >>> from shapely import Point, box
    >>> units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[box(0, 0, 2000, 400)], crs=4547)
    >>> cells = gpd.GeoDataFrame(
    ...     {"population": [10, 20, 30]},
    ...     geometry=[Point(100, 200), Point(400, 200), Point(900, 200)],
    ...     crs=4547,
    ... )
    >>> points = shapely.points([[100, 200], [700, 200]])
    >>> sets = straight_sets(cells, demand(cells, units), units, points, 300)
    >>> [sets.facility[sets.starts[k] : sets.starts[k + 1]].tolist() for k in sets.chosen]
    [[0], [0, 1], [1]]
    """
    refuse_radius(radius_m)
    if not isinstance(population, PopulationGrid) and (population.geom_type == "Point").all():
        return nested_sets(straight_pairs(population, where, units, points, radius_m))
    sizes = (len(where.cell), len(points))
    if len(points) == 0:
        nobody = np.empty(0, np.int64)
        return grouped((nobody, np.empty(0), nobody), (nobody, nobody), sizes, "straight line")
    first, place_of = _same_places(points)
    at_unit, faces, face, at_place = _faces_of_units(
        circles(points[first], radius_m), units.geometry.to_numpy()
    )
    face, facility = _all_at(face, at_place, place_of)
    found = cell_fractions(population, faces, units.crs)
    within = (
        straight_line(population, where, units, points, radius_m) if reached is None else reached
    )
    # Most faces of a dense list lie where nobody lives; their sets are nobody's.
    peopled = np.zeros(len(faces), dtype=bool)
    parts = []
    for some in unit_blocks(at_unit, found):
        parts.append(_shares(where, found, some, at_unit, within))
        peopled[parts[-1][2]] = True
    named = np.cumsum(peopled) - 1
    of_peopled = peopled[face]
    members = (named[face[of_peopled]], facility[of_peopled])
    named_parts = ((row, share, named[place]) for row, share, place in parts)
    return _grouped(named_parts, members, sizes, "straight line")


def _shares(
    where: Demand,
    found: Fractions,
    some: slice,
    at_unit: NDArray[np.int64],
    within: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Give row, share and face of the parts of rows in some whole units."""
    place = found.polygon[some]
    row, known = where.find(at_unit[place], found.cell[some])
    part, place = found.fraction[some][known], place[known]
    nth = row - row.min(initial=len(where.cell))
    share = part * (within[row] / np.bincount(nth, weights=part)[nth])
    there = share > 0
    return row[there], share[there], place[there]


def _same_places(
    points: NDArray[np.object_],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find facilities at one place, whose circles are the same: one of each, and which it is."""
    place_of, _ = pd.factorize(shapely.to_wkb(points), use_na_sentinel=False)
    _, first = np.unique(place_of, return_index=True)
    return first.astype(np.int64), place_of.astype(np.int64)


def _all_at(
    face: NDArray[np.int64], at_place: NDArray[np.int64], place_of: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Put every facility in the faces of its place."""
    by_place = np.argsort(place_of, kind="stable")
    many = np.bincount(place_of)
    begin = np.cumsum(many) - many
    of_pair = np.repeat(np.arange(len(face)), many[at_place])
    nth = np.arange(len(of_pair)) - np.repeat(
        np.cumsum(many[at_place]) - many[at_place], many[at_place]
    )
    return face[of_pair], by_place[begin[at_place][of_pair] + nth]


def _faces_of_units(
    round_about: NDArray[np.object_], units: NDArray[np.object_]
) -> tuple[NDArray[np.int64], NDArray[np.object_], NDArray[np.int64], NDArray[np.int64]]:
    """Cut each unit at the circles that meet it: unit and shape of each face; face and circle.

    Those of one unit by themselves, so that nothing else in the list changes a digit.
    """
    nothing = np.empty(0, np.int64)
    at_unit, shapes, face, circle = [nothing], [np.empty(0, object)], [nothing], [nothing]
    n = 0
    for unit, some in by_unit(round_about, units):
        faces, of_face, inside = _faces(round_about[some], units[unit])
        at_unit.append(np.full(len(faces), unit))
        shapes.append(faces)
        face.append(of_face + n)
        circle.append(some[inside])
        n += len(faces)
    of_unit = np.concatenate(at_unit)
    # Cutting leaves faces scattered over memory, the more of them the further: all are written anew.
    written = shapely.to_wkb(np.concatenate(shapes))
    shapes.clear()
    pieces = cut_at(shapely.from_wkb(written), units[of_unit])
    return of_unit, pieces, np.concatenate(face), np.concatenate(circle)


def _faces(
    round_about: NDArray[np.object_], unit: shapely.Geometry
) -> tuple[NDArray[np.object_], NDArray[np.int64], NDArray[np.int64]]:
    """Cut a prepared unit at circles: whole faces that meet it; pairs of face and circle, by face."""
    edges = shapely.union_all(_edges_about(round_about, unit))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(edges)))
    faces = faces[shapely.intersects(unit, faces)]
    inside = shapely.STRtree(shapely.point_on_surface(faces))
    circle, face = inside.query(round_about, predicate="contains")
    # What circles only enclose between them is in none of them.
    within, face = np.unique(face, return_inverse=True)
    order = np.lexsort((circle, face))
    return faces[within], face[order].astype(np.int64), circle[order].astype(np.int64)


def _edges_about(round_about: NDArray[np.object_], unit: shapely.Geometry) -> NDArray[np.object_]:
    """Edges of circles as far as a box about a unit, and that of the box if any goes beyond it.

    Most of the crossings of circles that meet a small unit lie outside it. The box is so wide that
    no edge of a circle crosses both it and the unit: corners inside the unit stay as they are.
    """
    edges = shapely.boundary(round_about)
    width = _MARGIN * float(np.ptp(shapely.bounds(round_about)[:, ::2], axis=1).max())
    left, bottom, right, top = shapely.bounds(unit) + np.array([-width, -width, width, width])
    reach = shapely.total_bounds(round_about)
    if (reach[:2] >= (left, bottom)).all() and (reach[2:] <= (right, top)).all():
        return np.asarray(edges, dtype=object)
    cut = shapely.clip_by_rect(edges, left, bottom, right, top)
    return np.append(cut, shapely.boundary(shapely.box(left, bottom, right, top)))


def nearest_sets(sets: FacilitySets, pairs: Pairs) -> FacilitySets:
    """Leave people only the nearest of the facilities in their reach.

    Parameters
    ----------
    sets
        Who reaches which facilities.
    pairs
        The same rows and facilities with their cost.

    Returns
    -------
    FacilitySets
        As ``sets``, each set cut down to the facilities of least cost from the row; facilities
        equally near, to a micrometre, all stay.

    Raises
    ------
    ValueError
        If the sets and the pairs are not of the same rows and facilities.

    Notes
    -----
    A row has one cost per facility, so all people of a cell have the same nearest facility among
    those that they reach.

    Examples
    --------
    A row 120 m from facility 0 and 80 m from facility 1:

    >>> from capacity.reach.pairs import Pairs
    >>> pairs = Pairs(
    ...     row=np.array([0, 0]),
    ...     facility=np.array([0, 1]),
    ...     cost=np.array([120.0, 80.0]),
    ...     share=np.ones(2),
    ...     n_rows=1,
    ...     n_facilities=2,
    ...     limit_m=300.0,
    ...     method="straight line",
    ... )
    >>> nearest_sets(nested_sets(pairs), pairs).facility.tolist()
    [1]
    """
    if (sets.n_rows, sets.n_facilities) != (pairs.n_rows, pairs.n_facilities):
        raise ValueError(
            f"sets of {sets.n_rows} rows and {sets.n_facilities} facilities, pairs of "
            f"{pairs.n_rows} and {pairs.n_facilities}: give those of the same people and places."
        )
    member_of, members = sets.members(sets.chosen)
    keys = pairs.row * pairs.n_facilities + pairs.facility
    wanted = sets.row[member_of] * pairs.n_facilities + members
    at = np.minimum(np.searchsorted(keys, wanted), max(0, len(keys) - 1))
    cost = np.full(len(wanted), pairs.limit_m)
    if len(keys) > 0:
        cost = np.where(keys[at] == wanted, pairs.cost[at], cost)
    cost = np.round(cost, _COST_PLACES)
    least = np.full(len(sets.row), np.inf)
    np.minimum.at(least, member_of, cost)
    keep = cost == least[member_of]
    return grouped(
        (sets.row, sets.share, np.arange(len(sets.row))),
        (member_of[keep], members[keep]),
        (sets.n_rows, sets.n_facilities),
        f"{sets.method}, to the nearest facility only",
    )


def grouped(
    parts: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]],
    members: tuple[NDArray[np.int64], NDArray[np.int64]],
    sizes: tuple[int, int],
    method: str,
) -> FacilitySets:
    """Name equal sets alike, and add up the parts of a row that have the same set.

    Parameters
    ----------
    parts
        Row, share and place of each part.
    members
        Places, ascending, and the facilities that people there reach.
    sizes
        Number of rows and of facilities.
    method
        What was measured.

    Returns
    -------
    FacilitySets
        Sets in an order that depends on nothing but the sets and the number of facilities.
    """
    return _grouped([parts], members, sizes, method)


def _grouped(
    parts: Iterable[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]],
    members: tuple[NDArray[np.int64], NDArray[np.int64]],
    sizes: tuple[int, int],
    method: str,
) -> FacilitySets:
    """Group parts that come some rows at a time, ascending: what is sorted stays in the cache."""
    member_of, facility = members
    n_rows, n_facilities = sizes
    n_places = int(member_of[-1]) + 1 if len(member_of) else 0
    # Two random 64-bit numbers per facility add up to a name of 128 bits for a set: two different
    # sets share one with a probability far below that of a broken memory cell.
    random = np.random.Generator(np.random.PCG64(_KEYS_SEED))
    key = random.integers(0, 2**64, size=(n_facilities, 2), dtype=np.uint64)
    name = np.zeros((n_places, 2), dtype=np.uint64)
    np.add.at(name, member_of, key[facility])
    _, first, set_of = np.unique(name, axis=0, return_index=True, return_inverse=True)
    n_sets = len(first)
    begin = np.searchsorted(member_of, np.arange(n_places + 1))
    length = np.diff(begin)[first]
    starts = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    chosen_from = np.repeat(begin[first] - starts[:-1], length) + np.arange(starts[-1])
    of_set = facility[chosen_from]
    of_set = of_set[np.lexsort((of_set, np.repeat(np.arange(n_sets), length)))]
    set_of = set_of.ravel()
    rows, chosen, shares = [], [], []
    for row, share, place in parts:
        together, part = np.unique(row * max(1, n_sets) + set_of[place], return_inverse=True)
        rows.append(together // max(1, n_sets))
        chosen.append(together % max(1, n_sets))
        shares.append(np.bincount(part, weights=share, minlength=len(together)))
    return FacilitySets(
        row=np.concatenate(rows),
        chosen=np.concatenate(chosen),
        share=np.concatenate(shares, dtype=np.float64),
        starts=starts,
        facility=of_set.astype(np.int64),
        n_rows=n_rows,
        n_facilities=n_facilities,
        method=method,
    )
