"""Snapping: the point of the walking network that is nearest to each place.

To edges, not to nodes: a place in the middle of a long edge walks along it from there. The straight
way to the edge is the access leg, and it counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from capacity.network import WalkingNetwork

    _Pieces = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]

# The straight pieces of the edges are sampled for the first, rough search: as densely as they are
# long in the middle, within these limits. Where most are short, samples far apart on a few long ones
# would make the search look at many; where all are long, samples near each other only take memory.
_DENSEST_M: Final = 20.0
_SPARSEST_M: Final = 120.0
# Two edges nearer to equal than this are a tie, broken by place and not by the order of the rows.
_TIE_M: Final = 1e-6
# so many places at once: the arrays of their nearest pieces stay small beside the input
_CHUNK: Final = 50_000
_FIRST_NEIGHBOURS: Final = 6
_MORE: Final = 4
# Of many places so many are snapped first; most of the others are no further from an edge than these.
_SAMPLE: Final = 2_000
_MOST_ARE_NEARER: Final = 0.99
# Looking from the edges pays where a place is looked at by no more edges than this.
_LOOKS: Final = 16.0
_ROWS_A_REACH: Final = 2
_LOOKS_TOGETHER: Final = 150_000
_LEVEL_M: Final = 1e-9
_SHORTEST_M: Final = 10.0


@dataclass(frozen=True)
class Snapped:
    """Places and where they enter the network.

    Attributes
    ----------
    edge
        Edge of the network, −1 where the place is not snapped, int64, shape (n,).
    offset_m
        Walking length from the edge's ``u`` to where the place enters it, shape (n,).
    leg_m
        Straight length of the access leg, infinite where the place is not snapped, shape (n,).
    entry
        Where it enters the network, NaN where it is not snapped, shape (n, 2).
    barred
        Whether edges are near enough but every access leg crosses a barrier, shape (n,).
    """

    edge: NDArray[np.int64]
    offset_m: NDArray[np.float64]
    leg_m: NDArray[np.float64]
    entry: NDArray[np.float64]
    barred: NDArray[np.bool_]

    @property
    def is_snapped(self) -> NDArray[np.bool_]:
        """Which places are on the network, shape (n,)."""
        return np.asarray(self.edge >= 0)


@dataclass(frozen=True)
class EdgeIndex:
    """A network made ready for snapping: samples of its straight pieces in a search tree.

    Attributes
    ----------
    network
        The network.
    tree
        Tree of the samples.
    segment
        Straight piece that each sample lies on.
    rank
        Place of each straight piece in an order that does not depend on that of the rows.
    half_m
        Half of the largest distance between two samples of one piece.
    """

    network: WalkingNetwork
    tree: cKDTree
    segment: NDArray[np.int32]
    rank: NDArray[np.int32]
    half_m: float


def edge_index(network: WalkingNetwork) -> EdgeIndex:
    """Sample the straight pieces of a network's edges.

    Parameters
    ----------
    network
        With at least one edge.

    Returns
    -------
    EdgeIndex
        To be used for any number of snaps.
    """
    x0, y0, x1, y1 = network.segments.T
    drawn = np.hypot(x1 - x0, y1 - y0)
    apart = float(np.clip(np.median(drawn), _DENSEST_M, _SPARSEST_M))
    n = np.maximum(1, np.ceil(drawn / apart)).astype(np.int64)
    segment = np.repeat(np.arange(len(n), dtype=np.int32), n)
    nth = np.arange(len(segment)) - np.repeat(np.cumsum(n) - n, n)
    share = (nth + 0.5) / n[segment]
    samples = np.column_stack(
        [
            x0[segment] + share * (x1 - x0)[segment],
            y0[segment] + share * (y1 - y0)[segment],
        ]
    )
    tree = cKDTree(samples, balanced_tree=False, compact_nodes=False)
    half = float((drawn / n).max(initial=0.0)) / 2
    return EdgeIndex(network=network, tree=tree, segment=segment, rank=_rank(network), half_m=half)


def _rank(network: WalkingNetwork) -> NDArray[np.int32]:
    """Order the straight pieces by where they lie, whichever way they were drawn, then by length."""
    x0, y0, x1, y1 = network.segments.T
    turned = (x1 < x0) | ((x1 == x0) & (y1 < y0))
    first = np.where(turned, x1, x0), np.where(turned, y1, y0)
    last = np.where(turned, x0, x1), np.where(turned, y0, y1)
    length = network.length_m[network.segment_edge]
    order = np.lexsort((length, last[1], last[0], first[1], first[0]))
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank


def snap(
    index: EdgeIndex,
    xy: NDArray[np.float64],
    limit_m: float,
    barriers: NDArray[np.object_] | None = None,
) -> Snapped:
    """Find the nearest point of the network for every place.

    The nearest is exact: samples only limit where to look. Where two edges are equally near, the one
    whose point lies further west, then further south, is taken, whatever the order of the edges; of
    edges that lie on each other everybody takes the same.

    Parameters
    ----------
    index
        The network.
    xy : shape (n, 2)
        Places, in the CRS of the network; NaN is never snapped.
    limit_m
        Longest access leg; exactly the limit counts.
    barriers : array of Polygon
        Access legs must not cross their insides: the nearest edge that can be reached is taken.

    Returns
    -------
    Snapped
        Places beyond the limit have edge −1.
    """
    n = len(xy)
    found = Snapped(
        edge=np.full(n, -1, dtype=np.int64),
        offset_m=np.zeros(n),
        leg_m=np.full(n, np.inf),
        entry=np.full((n, 2), np.nan),
        barred=np.zeros(n, dtype=bool),
    )
    known = np.flatnonzero(np.isfinite(xy).all(axis=1))
    for at, pieces in _each_nearest(index, xy, known, limit_m):
        part = _as_snapped(index.network, *pieces)
        found.edge[at], found.offset_m[at] = part.edge, part.offset_m
        found.leg_m[at], found.entry[at] = part.leg_m, part.entry
    if barriers is None or len(barriers) == 0:
        return found
    return _around_barriers(index, found, xy, limit_m, barriers)


def _as_snapped(
    network: WalkingNetwork,
    segment: NDArray[np.int64],
    share: NDArray[np.float64],
    leg: NDArray[np.float64],
) -> Snapped:
    on = segment >= 0
    edge = np.full(len(segment), -1, dtype=np.int64)
    offset = np.zeros(len(segment))
    entry = np.full((len(segment), 2), np.nan)
    piece = segment[on]
    edge[on] = network.segment_edge[piece]
    offset[on] = np.clip(
        network.segment_start_m[piece] + share[on] * network.segment_length_m[piece],
        0.0,
        network.length_m[edge[on]],
    )
    x0, y0, x1, y1 = network.segments[piece].T
    entry[on, 0] = x0 + share[on] * (x1 - x0)
    entry[on, 1] = y0 + share[on] * (y1 - y0)
    return Snapped(edge, offset, leg, entry, np.zeros(len(segment), dtype=bool))


def _each_nearest(
    index: EdgeIndex, xy: NDArray[np.float64], known: NDArray[np.int64], limit_m: float
) -> Iterator[tuple[NDArray[np.int64], _Pieces]]:
    """Give places and their nearest pieces, some at a time; of many, edges look around themselves."""
    todo = known
    if len(known) > 2 * _CHUNK:
        drawn = np.random.default_rng(0).integers(0, len(known), _SAMPLE)
        leg = _nearest(index, xy[known[drawn]], limit_m)[2]
        usual = np.quantile(np.append(leg[np.isfinite(leg)], 0.0), _MOST_ARE_NEARER)
        reach_m = max(float(usual), _SHORTEST_M)
        if _looks(index, xy[known], reach_m) <= _LOOKS:
            left = []
            for at, pieces, sure in _around_edges(index, xy, known, reach_m):
                piece, share, leg = pieces
                yield at[sure], (piece[sure], share[sure], leg[sure])
                left.append(at[~sure])
            todo = np.concatenate(left)
    for start in range(0, len(todo), _CHUNK):
        at = todo[start : start + _CHUNK]
        yield at, _nearest(index, xy[at], limit_m)


def _looks(index: EdgeIndex, xy: NDArray[np.float64], reach_m: float) -> float:
    """Estimate how many pieces look at a place, if each looks as far as the reach."""
    x0, y0, x1, y1 = index.network.segments.T
    seen = (np.hypot(x1 - x0, y1 - y0) + 2 * reach_m).sum() * 2 * reach_m
    return float(seen / max(float(np.ptp(xy, axis=0).prod()), reach_m**2))


def _around_edges(
    index: EdgeIndex, xy: NDArray[np.float64], known: NDArray[np.int64], reach_m: float
) -> Iterator[tuple[NDArray[np.int64], _Pieces, NDArray[np.bool_]]]:
    """Find the nearest piece of places by looking from every piece as far as the reach.

    Places lie in squares, these in rows; a piece looks at a run of squares in each row that it passes.
    Sure is what was found nearer than the reach: every piece as near has looked there.
    """
    side = reach_m / _ROWS_A_REACH
    origin = xy[known].min(axis=0)
    column, row = ((xy[known] - origin) / side).astype(np.int64).T
    n_columns = int(column.max()) + 1
    square = row * n_columns + column
    order = np.argsort(square, kind="stable")
    known, square = known[order], square[order]
    n_rows = int(square[-1]) // n_columns + 1
    x0, y0, x1, y1 = index.network.segments.T - np.tile(origin, 2)[:, None]
    low = np.floor((np.minimum(y0, y1) - reach_m) / side).astype(np.int64)
    high = np.floor((np.maximum(y0, y1) + reach_m) / side).astype(np.int64)
    from_south = np.argsort(low, kind="stable")
    south, tallest = low[from_south], int((high - low).max())
    by_row = np.searchsorted(square, np.arange(n_rows + 1) * n_columns)
    vectors = _vectors(index.network.segments)
    # about so many places at once, in whole rows
    each = max(1, round(n_rows * _LOOKS_TOGETHER / (_LOOKS * len(known))))
    for first in range(0, n_rows, each):
        last = min(first + each, n_rows)
        here = slice(by_row[first], by_row[last])
        at = known[here]
        if len(at) == 0:
            continue
        piece = from_south[slice(*np.searchsorted(south, [first - tallest, last]))]
        piece = piece[high[piece] >= first]
        begin, end = np.maximum(low[piece], first), np.minimum(high[piece], last - 1)
        pieces, rows = _runs(piece, begin, end - begin + 1)
        ends = tuple(axis[pieces] for axis in (x0, y0, x1, y1))
        left, right = _passed(ends, rows * side - reach_m, (rows + 1) * side + reach_m)
        left = np.clip(np.floor((left - reach_m) / side), 0, n_columns).astype(np.int64)
        right = np.clip(np.floor((right + reach_m) / side) + 1, 0, n_columns).astype(np.int64)
        base = (rows - first) * n_columns
        starts = np.searchsorted(
            square[here] - first * n_columns, np.arange((last - first) * n_columns + 1)
        )
        start = starts[base + left]
        looks = _runs(pieces, start, np.maximum(starts[base + right] - start, 0))
        yield at, *_looked(index, vectors, xy[at], looks, reach_m)


def _runs(
    what: NDArray[np.int64], begin: NDArray[np.int64], many: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Repeat each thing for so many whole numbers from its first on, and give these."""
    before = np.cumsum(many) - many
    return np.repeat(what, many), np.arange(int(many.sum())) + np.repeat(begin - before, many)


def _passed(
    ends: tuple[NDArray[np.float64], ...],
    south: NDArray[Any],
    north: NDArray[Any],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the least and the largest x of pieces between two parallels, with a hair's breadth more."""
    x0, y0, x1, y1 = ends
    rise = y1 - y0
    level = np.abs(rise) < _LEVEL_M
    slope = np.divide(x1 - x0, rise, out=np.zeros_like(rise), where=~level)
    low, high = np.minimum(y0, y1), np.maximum(y0, y1)
    a = x0 + (np.clip(south, low, high) - y0) * slope
    b = x0 + (np.clip(north, low, high) - y0) * slope
    a, b = np.where(level, x0, a), np.where(level, x1, b)
    return np.minimum(a, b) - _TIE_M, np.maximum(a, b) + _TIE_M


def _looked(
    index: EdgeIndex,
    vectors: NDArray[np.float64],
    xy: NDArray[np.float64],
    looks: tuple[NDArray[np.int64], NDArray[np.int64]],
    reach_m: float,
) -> tuple[_Pieces, NDArray[np.bool_]]:
    """Choose the nearest of the pieces that looked at each place, ties as in ``_best``."""
    n, rank = len(xy), index.rank
    piece, place = looks
    segments = index.network.segments
    squared = _squared_distance(vectors, piece, xy, place)
    least = np.full(n, np.inf)
    np.minimum.at(least, place, squared)
    # a little more than the least: our own rule decides, on the exact distance
    near = np.flatnonzero(squared <= (np.sqrt(least) + 10 * _TIE_M)[place] ** 2)
    piece, place = piece[near], place[near]
    share, distance, x, y = (
        column[:, 0] for column in _project(segments, piece[:, None], xy[place])
    )
    exact = np.full(n, np.inf)
    np.minimum.at(exact, place, distance)
    tie = np.flatnonzero(distance <= exact[place] + _TIE_M)
    several = np.bincount(place[tie], minlength=n) > 1
    tied = tie[several[place[tie]]]
    keys = (rank[piece[tied]], np.round(y[tied], 5), np.round(x[tied], 5), place[tied])
    tied = tied[np.lexsort(keys)]
    chosen = np.full(n, -1, dtype=np.int64)
    chosen[place[tie]] = tie
    first = np.ones(len(tied), dtype=bool)
    first[1:] = place[tied[1:]] != place[tied[:-1]]
    chosen[place[tied[first]]] = tied[first]
    some = chosen >= 0
    of = np.where(some, chosen, 0)
    if len(piece) == 0:
        return (chosen, np.zeros(n), least), some
    sure = some & (exact + _TIE_M <= reach_m)
    return (np.where(some, piece[of], -1), share[of], distance[of]), sure


def _squared_distance(
    vectors: NDArray[np.float64],
    piece: NDArray[np.int64],
    xy: NDArray[np.float64],
    place: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Square of the distance from places to pieces, to float precision."""
    x0, y0, dx, dy, squared = vectors[piece].T
    gx, gy = xy[place].T
    gx, gy = gx - x0, gy - y0
    share = np.clip((gx * dx + gy * dy) / squared, 0.0, 1.0)
    gx -= share * dx
    gy -= share * dy
    return np.asarray(gx * gx + gy * gy)


def _vectors(segments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Beginning, direction and squared length of pieces, shape (n, 5); 1 where there is no length."""
    x0, y0, x1, y1 = segments.T
    dx, dy = x1 - x0, y1 - y0
    squared = dx * dx + dy * dy
    return np.column_stack([x0, y0, dx, dy, np.where(squared > 0, squared, 1.0)])


def _nearest(
    index: EdgeIndex, xy: NDArray[np.float64], limit_m: float
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Find the nearest straight piece, the share of it before the nearest point, and the distance.

    An edge at distance d has a sample no further than d + half (its nearest point may be its end).
    With the k nearest samples looked at and the k-th at r, whatever was not looked at is at r − half
    or beyond.
    """
    n = len(xy)
    segment = np.full(n, -1, dtype=np.int64)
    share, leg = np.zeros(n), np.full(n, np.inf)
    bound = (limit_m + index.half_m) * (1 + 1e-12) + _TIE_M
    todo, k = np.arange(n), min(_FIRST_NEIGHBOURS, index.tree.n)
    while len(todo):
        found = index.tree.query(xy[todo], k=k, distance_upper_bound=bound, workers=-1)
        far, sample = (np.asarray(column).reshape(-1, k) for column in found)
        pieces = np.append(index.segment, -1)[sample]
        best, along, distance = _best(index, pieces, xy[todo])
        unseen = far[:, -1] - index.half_m
        sure = (distance + _TIE_M < unseen) | (unseen > limit_m) | (k == index.tree.n)
        done = todo[sure]
        segment[done], share[done], leg[done] = best[sure], along[sure], distance[sure]
        todo, k = todo[~sure], min(k * _MORE, index.tree.n)
    beyond = ~(leg <= limit_m + _TIE_M)
    segment[beyond], leg[beyond] = -1, np.inf
    return segment, share, leg


def _best(
    index: EdgeIndex, pieces: NDArray[np.int64], xy: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Choose the nearest of some pieces, shape (n, k), −1 for none; ties go by place."""
    share, distance, x, y = _project(index.network.segments, pieces, xy)
    least = distance.min(axis=1)
    tie = distance <= least[:, None] + _TIE_M
    several = np.count_nonzero(tie, axis=1) > 1
    column = distance.argmin(axis=1)
    rows = np.flatnonzero(several & np.isfinite(least))
    if len(rows):
        # rounded, so that one crossing seen from several edges is one place
        west = np.where(tie[rows], np.round(x[rows], 5), np.inf)
        most = west == west.min(axis=1)[:, None]
        south = np.where(most, np.round(y[rows], 5), np.inf)
        most = south == south.min(axis=1)[:, None]
        # edges that lie on each other: one of them for everybody, or neighbours could not meet
        rank = np.where(most, index.rank[pieces[rows]], len(index.rank))
        column[rows] = rank.argmin(axis=1)
    at = np.arange(len(xy))
    best = np.where(np.isfinite(least), pieces[at, column], -1)
    return best, share[at, column], distance[at, column]


def _project(
    segments: NDArray[np.float64], pieces: NDArray[np.int64], xy: NDArray[np.float64]
) -> tuple[NDArray[np.float64], ...]:
    """Project places on pieces: share of the piece before the nearest point, distance, x and y."""
    x0, y0, x1, y1 = (segments[:, i][pieces] for i in range(4))
    dx, dy = x1 - x0, y1 - y0
    px, py = xy[:, :1], xy[:, 1:]
    squared = dx * dx + dy * dy
    dot = (px - x0) * dx + (py - y0) * dy
    share = np.clip(np.divide(dot, squared, out=np.zeros_like(dot), where=squared > 0), 0.0, 1.0)
    x, y = x0 + share * dx, y0 + share * dy
    distance = np.hypot(px - x, py - y)
    distance[pieces < 0] = np.inf
    return share, distance, x, y


def _around_barriers(
    index: EdgeIndex,
    found: Snapped,
    xy: NDArray[np.float64],
    limit_m: float,
    barriers: NDArray[np.object_],
) -> Snapped:
    """Snap places whose access leg crosses a barrier to the nearest edge that it does not bar."""
    network = index.network
    tree = shapely.STRtree(barriers)
    on = np.flatnonzero(found.is_snapped)
    barred = on[crosses(tree, xy[on], found.entry[on])]
    if len(barred) == 0:
        return found
    place, piece = shapely.STRtree(pieces_of(network)).query(
        points_at(xy[barred]), predicate="dwithin", distance=limit_m
    )
    share, leg, x, y = (
        column[:, 0] for column in _project(network.segments, piece[:, None], xy[barred[place]])
    )
    free = ~crosses(tree, xy[barred[place]], np.column_stack([x, y]))
    place, piece, share, leg, x, y = (a[free] for a in (place, piece, share, leg, x, y))
    # of edges that meet there everybody takes the same
    keys = (index.rank[piece], np.round(y, 5), np.round(x, 5), np.round(leg, 6), place)
    order = np.lexsort(keys)
    first = order[np.r_[True, np.diff(place[order]) != 0]] if len(order) else order
    segment = np.full(len(barred), -1, dtype=np.int64)
    again, how_far = np.zeros(len(barred)), np.full(len(barred), np.inf)
    segment[place[first]], again[place[first]], how_far[place[first]] = (
        piece[first],
        share[first],
        leg[first],
    )
    better = _as_snapped(network, segment, again, how_far)
    edge, offset, legs = found.edge.copy(), found.offset_m.copy(), found.leg_m.copy()
    entry, closed = found.entry.copy(), found.barred.copy()
    edge[barred], offset[barred], legs[barred] = better.edge, better.offset_m, better.leg_m
    entry[barred], closed[barred] = better.entry, segment < 0
    return Snapped(edge, offset, legs, entry, closed)


def crosses(
    barriers: shapely.STRtree, start: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Mark straight ways that cross the inside of a barrier; touching its border is no crossing.

    Parameters
    ----------
    barriers
        Tree of polygons.
    start, end : shape (n, 2)
        Ends of the ways.

    Returns
    -------
    array, shape (n,)
        True where the way is barred.
    """
    ways = np.asarray(shapely.linestrings(np.stack([start, end], axis=1)), dtype=object)
    result = np.zeros(len(start), dtype=bool)
    way, barrier = barriers.query(ways, predicate="intersects")
    if len(way):
        inside = shapely.relate_pattern(ways[way], barriers.geometries[barrier], "T********")
        result[way[inside]] = True
    return result


def pieces_of(network: WalkingNetwork) -> NDArray[np.object_]:
    """Draw the straight pieces of a network's edges as lines.

    Parameters
    ----------
    network
        The network.

    Returns
    -------
    array of LineString, shape (n_segments,)
        In the order of ``segments``.
    """
    return np.asarray(shapely.linestrings(network.segments.reshape(-1, 2, 2)), dtype=object)


def points_at(xy: NDArray[np.float64]) -> NDArray[np.object_]:
    """Make points of coordinates.

    Parameters
    ----------
    xy : shape (n, 2)
        Coordinates.

    Returns
    -------
    array of Point, shape (n,)
        One for each.
    """
    return np.asarray(shapely.points(xy), dtype=object)
