"""Is the datum right? What layers say about each other's datum: arrays in, judgements out.

Half of the lists that planners have come from web maps, whose coordinates are half a kilometre off
(``datum``), and nothing in a file says so. What can tell is a second witness: a row that names its
unit should stand in that unit's polygon, and a street should lie in its district. Each such pair of
layers is looked at under every pair of datums that they may be in; the datum that is declared is
doubted only where another one fits clearly better.

**The rule.** For a pair of layers, a pair of datums is *rejected* if the best one beats it twice over:

- in the share of rows (or of area) that stand where they should, by ``CLEARLY`` at least, and
- in a sign test: the places where the two differ are gathered into squares of ``SQUARE_KM``, each
  square has one vote, and as many votes for the best as there are would come from tossed coins with
  a probability below ``CHANCE``. Squares vote, not rows, because forty shops in one mall on a border
  are one piece of evidence and not forty.

Two layers alone show only how they lie to each other: shifted alike, they fit. The datums of all
layers are therefore settled together: of all ways to say the datums that no pair rejects, those
that change the fewest layers. If saying nothing new is one of them, no layer is doubted.

Nothing here reads a file or makes a fault of its own accord; ``combine`` asks, and reports.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from scipy import special

from capacity.inputs.datum import from_wgs84, to_wgs84

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

CANDIDATES: Final = ("wgs84", "gcj02", "bd09")
"""Datums that a layer may be in; CGCS2000 is WGS 84 to better than a metre."""

CLEARLY: Final = 0.01
"""Share of rows, or of area, that the best datums must win beyond those declared."""
CHANCE: Final = 0.001
"""Probability that tossed coins would win as many squares, below which it is not chance."""
MISSED: Final = 0.05
"""Share of rows that no single datum fits, from which on a list may be in two."""
TOGETHER: Final = 0.97
"""Share of rows that one or the other of two datums fits, from which on a list may be in both."""
PART: Final = 0.25
"""Least share that either datum has in the rows that only one of the two fits."""
SQUARE_KM: Final = 1.0
"""Side of a square that has one vote, about as far as a datum moves things."""
MOST_ROWS: Final = 20_000
"""Rows of a layer, or points in its polygons, that are looked at, taken evenly."""

PEOPLE: Final = "population"
"""Name of the cells of people among the layers."""

_KM_PER_DEGREE = 111.32
_MOST_CHANGES = 3

Datums = tuple[str, str]
"""Datum of the first layer of a pair, and of the second."""

PAIRS: Final[tuple[Datums, ...]] = tuple(itertools.product(CANDIDATES, CANDIDATES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How two layers fit together under every pair of datums.

    Attributes
    ----------
    first, second
        Layers: the one whose rows or polygons stand in polygons of the other.
    declared
        The datums that both were read in.
    rows
        Rows, or points in polygons, that were looked at.
    shares
        Datums → share of ``rows`` that stand where they should.
    accepted
        Datums that the best ones do not beat clearly; the best ones among them.
    """

    first: str
    second: str
    declared: Datums
    rows: int
    shares: Mapping[Datums, float]
    accepted: frozenset[Datums]

    @property
    def refuses(self) -> bool:
        """Whether the datums declared do not fit."""
        return self.declared not in self.accepted

    @property
    def tells(self) -> bool:
        """Whether the datums declared are accepted and no other datum of one layer alone is."""
        others = {d for d in self.accepted if _changes(d, self.declared) == 1}
        return self.declared in self.accepted and not others


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """Under which datums each point of a layer stands in its polygon.

    Attributes
    ----------
    layers, declared
        As in ``weigh``.
    fits
        Datums → shape (n_points,).
    squares
        Shape (n_points,): number of the square that each stands in.
    """

    layers: tuple[str, str]
    declared: Datums
    fits: Mapping[Datums, NDArray[np.bool_]]
    squares: NDArray[np.int64]

    def evidence(self, chosen: NDArray[np.bool_] | None = None) -> Evidence:
        """Judge all points, or those chosen, at least one."""
        if chosen is None:
            return _judged(self.layers, self.declared, self.fits, self.squares)
        fits = {datums: fit[chosen] for datums, fit in self.fits.items()}
        return _judged(self.layers, self.declared, fits, self.squares[chosen])

    def mixture(self) -> tuple[str, str] | None:
        """Find two datums of which one or the other fits nearly each point while none fits all.

        Returns
        -------
        tuple of str or None
            Where every pair of datums misses ``MISSED`` of the points at least: the two datums that
            together fit most, if that is ``TOGETHER`` at least, beats each alone in the squares, and
            neither has less than ``PART`` of the points that only one of them fits.

        Notes
        -----
        Where points of one datum miss their polygon by noise, or polygons lie some way off, few points
        are won by moving all, and many lost.
        """
        if max(float(fit.mean()) for fit in self.fits.values()) > 1 - MISSED:
            return None
        alone = {c: self.fits[c, self.declared[1]] for c in CANDIDATES}
        a, b = max(
            itertools.combinations(CANDIDATES, 2),
            key=lambda two: float((alone[two[0]] | alone[two[1]]).mean()),
        )
        either = alone[a] | alone[b]
        only = [int((either & ~alone[c]).sum()) for c in (a, b)]
        told = (
            either.mean() >= TOGETHER
            and min(only) >= PART * sum(only)
            and all(_beaten(alone[c], either, self.squares) for c in (a, b))
        )
        return (a, b) if told else None


def weigh(
    layers: tuple[str, str],
    declared: Datums,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    homes: NDArray[np.object_],
) -> Weighed:
    """Weigh under which datums points stand in the polygons that they should stand in.

    Parameters
    ----------
    layers
        Names of the layer of the points and of that of the polygons.
    declared
        Datums, of ``CANDIDATES``, that both were read in.
    lon, lat
        Shape (n_points,): the points as they were read, in degrees of WGS 84.
    homes
        Shape (n_points,): the polygon that each should stand in, as it was read, in the same degrees.

    Returns
    -------
    Weighed
        A point on the border of its polygon stands in it.

    Notes
    -----
    Polygons stay as they are and points move: a point of datum *c* stands in a polygon of datum *d*
    where the point taken from *c* to WGS 84, on to *d*, and back as the polygon was read, stands in
    the polygon as it was read.
    """
    raw = from_wgs84(lon, lat, datum=declared[0])
    shapely.prepare(homes)
    fits: dict[Datums, NDArray[np.bool_]] = {}
    for of_points, of_polygons in PAIRS:
        same = ("wgs84", "wgs84")
        if of_points == of_polygons and same in fits:
            fits[of_points, of_polygons] = fits[same]
            continue
        x, y = to_wgs84(*raw, datum=of_points)
        x, y = to_wgs84(*from_wgs84(x, y, datum=of_polygons), datum=declared[1])
        fits[of_points, of_polygons] = shapely.intersects_xy(homes, x, y)
    return Weighed(layers=layers, declared=declared, fits=fits, squares=_squares(lon, lat))


def weigh_among_people(
    layer: str,
    declared: str,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    people: NDArray[np.float64],
) -> Evidence | None:
    """Weigh under which datum points stand in cells where somebody lives.

    What serves people stands among them, and beside them once it is moved by half a kilometre. Grids
    of people are published in WGS 84, so only the datum of the points is asked for.

    Parameters
    ----------
    layer
        Name of the layer of the points.
    declared
        Datum, of ``CANDIDATES``, that it was read in.
    lon, lat
        Shape (n_points,): the points as they were read, in degrees of WGS 84.
    people
        Shape (len(CANDIDATES), n_points): people of the cell that each point stands in if it is in that
        datum, NaN where that is not known; such points do not count.

    Returns
    -------
    Evidence or None
        Against the layer ``population``; None where no point counts.
    """
    known = np.isfinite(people).all(axis=0)
    if not known.any():
        return None
    fits = {
        (datum, "wgs84"): some > 0 for datum, some in zip(CANDIDATES, people[:, known], strict=True)
    }
    squares = _squares(lon[known], lat[known])
    return _judged((layer, PEOPLE), (declared, "wgs84"), fits, squares)


def places_in(
    lon: NDArray[np.float64], lat: NDArray[np.float64], declared: str
) -> NDArray[np.float64]:
    """Give where points are if they are in each datum.

    Parameters
    ----------
    lon, lat
        Shape (n_points,): as they were read, in degrees of WGS 84.
    declared
        Datum that they were read in.

    Returns
    -------
    ndarray
        Shape (len(CANDIDATES), 2, n_points): longitude and latitude in WGS 84.
    """
    raw = from_wgs84(lon, lat, datum=declared)
    return np.array([to_wgs84(*raw, datum=datum) for datum in CANDIDATES])


def _judged(
    layers: tuple[str, str],
    declared: Datums,
    fits: Mapping[Datums, NDArray[np.bool_]],
    squares: NDArray[np.int64],
) -> Evidence:
    """Tell which datums the best ones do not beat clearly."""
    shares = {datums: float(fit.mean()) for datums, fit in fits.items()}
    best = max(shares, key=lambda datums: (shares[datums], datums == declared))
    accepted = {
        datums
        for datums, fit in fits.items()
        if shares[best] - shares[datums] < CLEARLY or not _beaten(fit, fits[best], squares)
    }
    return Evidence(
        first=layers[0],
        second=layers[1],
        declared=declared,
        rows=len(squares),
        shares=shares,
        accepted=frozenset(accepted),
    )


def _squares(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give the number of the square that each point stands in."""
    north = lat * _KM_PER_DEGREE
    east = lon * _KM_PER_DEGREE * np.cos(np.radians(lat.mean()))
    cells = np.floor(np.column_stack([east, north]) / SQUARE_KM).astype(np.int64)
    numbers: NDArray[np.int64] = np.unique(cells, axis=0, return_inverse=True)[1]
    return numbers


def _beaten(fit: NDArray[np.bool_], best: NDArray[np.bool_], squares: NDArray[np.int64]) -> bool:
    """Tell whether the best fit wins more squares than chance would give it."""
    gain = np.bincount(squares, best.astype(np.float64) - fit.astype(np.float64))
    won, lost = int((gain > 0).sum()), int((gain < 0).sum())
    return won > 0 and bool(special.bdtrc(won - 1, won + lost, 0.5) < CHANCE)


def inside_points(
    polygons: NDArray[np.object_], most: int = MOST_ROWS
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Lay a square lattice of points over polygons.

    Parameters
    ----------
    polygons
        Valid polygons in degrees.
    most
        Points, about; the lattice is as wide as gives so many.

    Returns
    -------
    tuple of ndarray
        Longitude and latitude of the points inside, and the number of the polygon of each.
    """
    west, south, east, north = shapely.total_bounds(polygons)
    narrow = np.cos(np.radians((south + north) / 2))
    step = np.sqrt(max(float(shapely.area(polygons).sum()) * narrow, 1e-12) / most)
    lon = np.arange(west + step / narrow / 2, east, step / narrow)
    lat = np.arange(south + step / 2, north, step)
    x, y = (axis.ravel() for axis in np.meshgrid(lon, lat))
    polygon, point = _points_in(polygons, x, y)
    return x[point], y[point], polygon


def _points_in(
    polygons: NDArray[np.object_], x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair each polygon with the points inside it."""
    points = np.asarray(shapely.points(x, y), dtype=object)
    polygon, point = shapely.STRtree(points).query(polygons, predicate="contains")
    return polygon.astype(np.int64), point.astype(np.int64)


def weigh_polygons(
    layers: tuple[str, str],
    declared: Datums,
    children: NDArray[np.object_],
    parents: NDArray[np.object_],
    parent: NDArray[np.int64],
) -> Evidence | None:
    """Weigh under which datums polygons lie in those of another layer.

    Parameters
    ----------
    layers
        Names of the layer of the children and of that of the parents.
    declared
        As in ``weigh``.
    children, parents
        Valid polygons as they were read, in degrees of WGS 84.
    parent
        Shape (n_children,): number of the parent that each lies in, -1 where it is not said: the
        parent that two thirds of it lie in is taken then, as the layers were read, if there is one.

    Returns
    -------
    Evidence or None
        Its rows are points of a lattice over the children, so its shares are those of area; None
        where no child has a parent.
    """
    x, y, child = inside_points(children)
    parent = np.where(parent < 0, _most_common(x, y, child, len(children), parents), parent)
    kept = parent[child] >= 0
    if not kept.any():
        return None
    homes = parents[parent[child[kept]]]
    return weigh(layers, declared, x[kept], y[kept], homes).evidence()


def _most_common(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    child: NDArray[np.int64],
    n_children: int,
    parents: NDArray[np.object_],
) -> NDArray[np.int64]:
    """Give the parent that two thirds of the points of each child stand in, -1 where none has."""
    parent, point = _points_in(parents, x, y)
    counts = np.zeros((n_children, len(parents)), dtype=np.int64)
    np.add.at(counts, (child[point], parent), 1)
    most = counts.argmax(axis=1)
    whole = np.bincount(child, minlength=n_children)
    enough = 3 * counts.max(axis=1, initial=0) > 2 * whole
    return np.where(enough, most, -1)


def settle(evidence: Sequence[Evidence]) -> list[list[dict[str, str]]]:
    """Settle the datums of layers that witness each other.

    Parameters
    ----------
    evidence
        Every pair of layers that could be weighed.

    Returns
    -------
    list
        For each group of layers that hang together and whose declared datums do not fit: the ways
        to mend it, each a layer → datum of the layers that change, as few as possible. Pairs of one
        group that contradict each other whatever is said are taken one by one.
    """
    found = []
    for group in _groups(evidence):
        ways = _fewest_changes(group)
        if ways is None:
            found += [mend for one in group if (mend := _fewest_changes([one]))]
        elif ways:
            found.append(ways)
    return found


def _groups(evidence: Sequence[Evidence]) -> Iterator[list[Evidence]]:
    """Split the pairs into groups that share no layer but the people, whose datum is known."""
    left = list(evidence)
    while left:
        group = [left.pop(0)]
        layers = {group[0].first, group[0].second} - {PEOPLE}
        while joined := [e for e in left if {e.first, e.second} & layers]:
            group += joined
            left = [e for e in left if e not in joined]
            layers |= {name for e in joined for name in (e.first, e.second)} - {PEOPLE}
        yield group


def _fewest_changes(group: Sequence[Evidence]) -> list[dict[str, str]] | None:
    """Give the fewest changes of datums that every pair accepts; none if none is needed.

    None (not a list) if no change of up to three layers does; the best fit comes first.
    """
    declared = {name: datum for e in group for name, datum in _said(e)}
    if _accepted(group, declared):
        return []
    for n in range(1, min(len(declared), _MOST_CHANGES) + 1):
        ways = [
            dict(zip(layers, datums, strict=True))
            for layers in itertools.combinations(declared, n)
            for datums in itertools.product(CANDIDATES, repeat=n)
            if all(declared[name] != datum for name, datum in zip(layers, datums, strict=True))
        ]
        ways = [way for way in ways if _accepted(group, declared | way)]
        if ways:
            return sorted(ways, key=lambda way: -_fit(group, declared | way))
    return None


def _said(evidence: Evidence) -> Iterable[tuple[str, str]]:
    return zip((evidence.first, evidence.second), evidence.declared, strict=True)


def _accepted(group: Iterable[Evidence], datums: Mapping[str, str]) -> bool:
    return all((datums[e.first], datums[e.second]) in e.accepted for e in group)


def _fit(group: Iterable[Evidence], datums: Mapping[str, str]) -> float:
    return sum(e.shares[datums[e.first], datums[e.second]] for e in group)


def _changes(a: Datums, b: Datums) -> int:
    return sum(x != y for x, y in zip(a, b, strict=True))
