"""Snapping: the point of the walking network that is nearest to each place.

To edges, not to nodes: a place in the middle of a long edge walks along it from there. The straight
way to the edge is the access leg, and it counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
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
_ROWS_A_REACH: Final = 1
_LOOKS_TOGETHER: Final = 150_000
_SHORTEST_M: Final = 10.0
# Distances in single precision are wrong by less than this share of the lengths that are in them.
_NEARLY: Final = 2e-6
# Pieces look this much further, so that rounding hides nothing from them.
_HAIR_M: Final = 0.01
# Pieces that have no place near them are left out by blocks of so many squares a side.
_BLOCK: Final = 8


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

    def some(self, which: NDArray[Any]) -> Snapped:
        """Take some of the places."""
        arrays = (self.edge, self.offset_m, self.leg_m, self.entry, self.barred)
        return Snapped(*(array[which] for array in arrays))

    def and_more(self, more: Snapped) -> Snapped:
        """Put other places after these."""
        return Snapped(
            edge=np.concatenate([self.edge, more.edge]),
            offset_m=np.concatenate([self.offset_m, more.offset_m]),
            leg_m=np.concatenate([self.leg_m, more.leg_m]),
            entry=np.concatenate([self.entry, more.entry]),
            barred=np.concatenate([self.barred, more.barred]),
        )


@dataclass(frozen=True)
class EdgeIndex:
    """A network made ready for snapping.

    Attributes
    ----------
    network
        The network.
    """

    network: WalkingNetwork

    @cached_property
    def samples(self) -> Samples:
        """Samples of the straight pieces, made when somebody looks from a place."""
        x0, y0, x1, y1 = self.network.segments.T
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
        return Samples(tree=tree, segment=segment, half_m=half)


@dataclass(frozen=True)
class Samples:
    """Samples of the straight pieces of a network's edges in a search tree.

    Attributes
    ----------
    tree
        Tree of the samples.
    segment
        Straight piece that each sample lies on.
    half_m
        Half of the largest distance between two samples of one piece.
    """

    tree: cKDTree
    segment: NDArray[np.int32]
    half_m: float


def edge_index(network: WalkingNetwork) -> EdgeIndex:
    """Make a network ready for any number of snaps.

    Parameters
    ----------
    network
        With at least one edge.

    Returns
    -------
    EdgeIndex
        What is worked out for one snap is kept for the next.
    """
    return EdgeIndex(network)


def _rank(network: WalkingNetwork, pieces: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """Rank straight pieces by where they lie, whichever way they were drawn, then by length.

    A piece has one rank however often it is there; −1 is taken for any piece.
    """
    some, at = np.unique(pieces, return_inverse=True)
    some = np.maximum(some, 0)
    x0, y0, x1, y1 = network.segments[some].T
    turned = (x1 < x0) | ((x1 == x0) & (y1 < y0))
    first = np.where(turned, x1, x0), np.where(turned, y1, y0)
    last = np.where(turned, x0, x1), np.where(turned, y0, y1)
    length = network.length_m[network.segment_edge[some]]
    order = np.lexsort((length, last[1], last[0], first[1], first[0]))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[at].reshape(pieces.shape)


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
    known = np.flatnonzero(np.isfinite(xy[:, 0]) & np.isfinite(xy[:, 1]))
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
    if len(known) > 2 * _CHUNK and limit_m >= _SHORTEST_M:
        drawn = np.random.default_rng(0).integers(0, len(known), _SAMPLE)
        leg = _nearest(index, xy[known[drawn]], limit_m)[2]
        usual = np.quantile(np.append(leg[np.isfinite(leg)], 0.0), _MOST_ARE_NEARER)
        reach_m = min(max(float(usual), _SHORTEST_M), limit_m)
        some = xy if len(known) == len(xy) else xy[known]
        if _looks(index, some, reach_m) <= _LOOKS:
            left = []
            for at, pieces, sure in _around_edges(index, some, reach_m):
                piece, share, leg = pieces
                yield known[at[sure]], (piece[sure], share[sure], leg[sure])
                left.append(known[at[~sure]])
            todo = np.concatenate(left)
    for start in range(0, len(todo), _CHUNK):
        at = todo[start : start + _CHUNK]
        yield at, _nearest(index, xy[at], limit_m)


def _looks(index: EdgeIndex, xy: NDArray[np.float64], reach_m: float) -> float:
    """Estimate how many pieces look at a place, if each looks as far as the reach."""
    x0, y0, x1, y1 = index.network.segments.T
    seen = (np.hypot(x1 - x0, y1 - y0) + 2 * reach_m).sum() * 2 * reach_m
    return float(seen / max(float(np.ptp(xy[:, 0]) * np.ptp(xy[:, 1])), reach_m**2))


def _around_edges(
    index: EdgeIndex, xy: NDArray[np.float64], reach_m: float
) -> Iterator[tuple[NDArray[np.int64], _Pieces, NDArray[np.bool_]]]:
    """Find the nearest piece of places by looking from every piece as far as the reach.

    Places lie in squares, these in rows; a piece looks at a run of squares in each row that it passes.
    Sure is what was found nearer than the reach: every piece as near has looked there.
    """
    places = _squares_of(xy, reach_m / _ROWS_A_REACH)
    pieces = _with_places(index.network.segments, places, reach_m)
    # about so many places at once, in whole rows
    n_rows = len(places.by_row) - 1
    each = max(1, round(n_rows * _LOOKS_TOGETHER / (_LOOKS * len(xy))))
    for first in range(0, n_rows, each):
        rows = range(first, min(first + each, n_rows))
        here = slice(places.by_row[first], places.by_row[rows.stop])
        at = places.order[here]
        if len(at):
            local = xy[at]
            looks = _look(index, pieces, places, rows, reach_m)
            found = _squared_distance(looks, local - places.origin)
            yield at, *_looked(index, found, local, reach_m)


@dataclass(frozen=True)
class _Places:
    """Places in squares, these in rows: in which order, and where each row begins in it."""

    order: NDArray[np.int64]
    column: NDArray[np.integer[Any]]
    row: NDArray[np.integer[Any]]
    by_row: NDArray[np.int64]
    n_columns: int
    origin: NDArray[np.float64]
    side_m: float


def _squares_of(xy: NDArray[np.float64], side_m: float) -> _Places:
    origin = np.array([xy[:, 0].min(), xy[:, 1].min()])
    column, row = (((xy[:, i] - origin[i]) / side_m).astype(np.int32) for i in (0, 1))
    n_columns, n_rows = int(column.max()) + 1, int(row.max()) + 1
    if max(n_columns, n_rows) <= np.iinfo(np.uint16).max:
        # short numbers are sorted several times as fast
        column, row = column.astype(np.uint16), row.astype(np.uint16)
    order = np.lexsort((column, row))
    by_row = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=n_rows))])
    return _Places(order, column[order], row[order], by_row, n_columns, origin, side_m)


@dataclass(frozen=True)
class _Looking:
    """Straight pieces near places and the rows of squares that they look at, southernmost first."""

    piece: NDArray[np.int32]
    low: NDArray[np.int32]
    high: NDArray[np.int32]
    tallest: int


def _with_places(segments: NDArray[np.float64], places: _Places, reach_m: float) -> _Looking:
    """Choose the pieces with places in the box around them."""
    shape = len(places.by_row) - 1, places.n_columns
    there = np.zeros((shape[0] // _BLOCK + 2, shape[1] // _BLOCK + 2), dtype=np.int32)
    there[places.row // _BLOCK + 1, places.column // _BLOCK + 1] = 1
    up_to = there.cumsum(axis=0, dtype=np.int32).cumsum(axis=1, dtype=np.int32)
    parts = []
    for first in range(0, len(segments), _CHUNK):
        ends = segments[first : first + _CHUNK] - np.tile(places.origin, 2)
        west, east = _span(ends[:, 0], ends[:, 2], reach_m, places.side_m, shape[1])
        low, high = _span(ends[:, 1], ends[:, 3], reach_m, places.side_m, shape[0])
        some = np.flatnonzero((west <= east) & (low <= high))
        before, after = (
            up_to[row, east[some] // _BLOCK + 1] - up_to[row, west[some] // _BLOCK]
            for row in (low[some] // _BLOCK, high[some] // _BLOCK + 1)
        )
        some = some[after > before]
        parts.append(((some + first).astype(np.int32), low[some], high[some]))
    piece, low, high = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.argsort(low, kind="stable")
    low, high = low[order], high[order]
    return _Looking(piece[order], low, high, int((high - low).max(initial=0)))


def _span(
    start: NDArray[np.float64], end: NDArray[np.float64], reach_m: float, side_m: float, n: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Give the first and the last of ``n`` columns or rows near pieces; none if the last is before."""
    low = (np.minimum(start, end) - reach_m) / side_m
    high = (np.maximum(start, end) + reach_m) / side_m
    last = np.floor(np.clip(high, -1, n - 1))
    return np.clip(low, 0, n).astype(np.int32), last.astype(np.int32)


@dataclass(frozen=True)
class _Looks:
    """Pieces of some rows, in metres from the places' origin, and the runs of places they look at."""

    piece: NDArray[np.int32]
    x0: NDArray[np.float64]
    y0: NDArray[np.float64]
    dx: NDArray[np.float64]
    dy: NDArray[np.float64]
    of: NDArray[np.int64]
    start: NDArray[np.int32]
    many: NDArray[np.int32]


def _look(
    index: EdgeIndex, pieces: _Looking, places: _Places, rows: range, reach_m: float
) -> _Looks:
    """Say which places each piece looks at, in some rows."""
    bounds = np.array([rows.start - pieces.tallest, rows.stop], dtype=np.int32)
    here = slice(*np.searchsorted(pieces.low, bounds))
    some = np.flatnonzero(pieces.high[here] >= rows.start) + here.start
    piece = pieces.piece[some]
    x0, y0, x1, y1 = (index.network.segments[piece] - np.tile(places.origin, 2)).T.copy()
    dx, dy = x1 - x0, y1 - y0
    begin = np.maximum(pieces.low[some], rows.start)
    many = np.minimum(pieces.high[some], rows.stop - 1) - begin + 1
    row = _counting(begin, many)

    def each(column: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.repeat(column, many)

    # x by y; a level piece is all at its western end, and as much wider
    level = np.abs(dy) < _TIE_M
    slope = each(np.divide(dx, dy, out=np.zeros_like(dx), where=~level))
    x, y = each(np.where(level, np.minimum(x0, x1), x0)), each(y0)
    low, high = each(np.minimum(y0, y1)), each(np.maximum(y0, y1))
    side, n_columns = places.side_m, places.n_columns
    ends = [
        x + (np.minimum(np.maximum(parallel, low), high) - y) * slope
        for parallel in (row * side - reach_m, (row + 1) * side + reach_m)
    ]
    further = reach_m + _HAIR_M
    left = np.minimum(*ends) - further
    right = np.maximum(*ends) + each(np.where(level, np.abs(dx), 0.0)) + further
    west = np.clip(left / side, 0, n_columns).astype(np.int32)
    east = np.clip(right / side + 1, 0, n_columns).astype(np.int32)
    base = (row - rows.start) * n_columns
    starts = _starts(places, rows)
    start = starts[base + west]
    several = starts[base + east] - start
    run = np.flatnonzero(several > 0)
    of = np.repeat(np.arange(len(piece)), many)[run]
    return _Looks(piece, x0, y0, dx, dy, of, start[run], several[run])


def _starts(places: _Places, rows: range) -> NDArray[np.int32]:
    """Say where the places of each square of some rows begin."""
    here = slice(places.by_row[rows.start], places.by_row[rows.stop])
    square = (places.row[here].astype(np.int64) - rows.start) * places.n_columns
    counts = np.bincount(square + places.column[here], minlength=len(rows) * places.n_columns)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def _counting(first: NDArray[Any], many: NDArray[Any]) -> NDArray[np.int64]:
    """Count up from each of some numbers so many times."""
    before = np.cumsum(many) - many
    return np.asarray(np.arange(int(many.sum())) + np.repeat(first - before, many))


def _squared_distance(
    looks: _Looks, xy: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float32], float]:
    """Give piece and place of each look, the square of their distance, and the longest piece.

    In single precision, of which differences are made in double precision.
    """
    place = _counting(looks.start, looks.many)

    def each(column: NDArray[Any]) -> NDArray[Any]:
        return np.repeat(column[looks.of], looks.many)

    length = looks.dx**2 + looks.dy**2
    part = np.divide(1.0, length, out=np.zeros_like(length), where=length > _TIE_M**2)
    dx, dy, by_square = (each(a.astype(np.float32)) for a in (looks.dx, looks.dy, part))
    x, y = xy.T
    gx = (x[place] - each(looks.x0)).astype(np.float32)
    gy = (y[place] - each(looks.y0)).astype(np.float32)
    share = np.clip((gx * dx + gy * dy) * by_square, 0.0, 1.0)
    gx -= share * dx
    gy -= share * dy
    longest = float(np.sqrt(length.max(initial=0.0)))
    return each(looks.piece), place, gx * gx + gy * gy, longest


def _looked(
    index: EdgeIndex,
    looks: tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float32], float],
    xy: NDArray[np.float64],
    reach_m: float,
) -> tuple[_Pieces, NDArray[np.bool_]]:
    """Choose the nearest of the pieces that looked at each place, ties as in ``_best``."""
    n = len(xy)
    piece, place, squared, longest = looks
    segments = index.network.segments
    least = np.full(n, np.inf, dtype=np.float32)
    np.minimum.at(least, place, squared)
    # a little more than the least, in single precision: our own rule decides, on the exact distance
    more = 10 * _TIE_M + _NEARLY * (longest + reach_m)
    most = (np.sqrt(least) + np.float32(more)) ** 2
    near = np.flatnonzero(squared <= most[place])
    piece, place = piece[near], place[near]
    share, distance, x, y = (
        column[:, 0] for column in _project(segments, piece[:, None], xy[place])
    )
    exact = np.full(n, np.inf)
    np.minimum.at(exact, place, distance)
    tie = np.flatnonzero(distance <= exact[place] + _TIE_M)
    several = np.bincount(place[tie], minlength=n) > 1
    tied = tie[several[place[tie]]]
    rank = _rank(index.network, piece[tied])
    keys = (rank, np.round(y[tied], 5), np.round(x[tied], 5), place[tied])
    tied = tied[np.lexsort(keys)]
    chosen = np.full(n, -1, dtype=np.int64)
    chosen[place[tie]] = tie
    first = np.ones(len(tied), dtype=bool)
    first[1:] = place[tied[1:]] != place[tied[:-1]]
    chosen[place[tied[first]]] = tied[first]
    some = chosen >= 0
    of = np.where(some, chosen, 0)
    if len(piece) == 0:
        return (chosen, np.zeros(n), np.full(n, np.inf)), some
    sure = some & (exact + _TIE_M <= reach_m)
    return (np.where(some, piece[of], -1), share[of], distance[of]), sure


def _nearest(
    index: EdgeIndex, xy: NDArray[np.float64], limit_m: float
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Find the nearest straight piece, the share of it before the nearest point, and the distance.

    An edge at distance d has a sample no further than d + half (its nearest point may be its end).
    With the k nearest samples looked at and the k-th at r, whatever was not looked at is at r − half
    or beyond.
    """
    n, samples = len(xy), index.samples
    segment = np.full(n, -1, dtype=np.int64)
    share, leg = np.zeros(n), np.full(n, np.inf)
    bound = (limit_m + samples.half_m) * (1 + 1e-12) + _TIE_M
    n_samples = samples.tree.n
    todo, k = np.arange(n), min(_FIRST_NEIGHBOURS, n_samples)
    while len(todo):
        found = samples.tree.query(xy[todo], k=k, distance_upper_bound=bound, workers=-1)
        far, sample = (np.asarray(column).reshape(-1, k) for column in found)
        pieces = np.append(samples.segment, -1)[sample]
        best, along, distance = _best(index, pieces, xy[todo])
        unseen = far[:, -1] - samples.half_m
        sure = (distance + _TIE_M < unseen) | (unseen > limit_m) | (k == n_samples)
        done = todo[sure]
        segment[done], share[done], leg[done] = best[sure], along[sure], distance[sure]
        todo, k = todo[~sure], min(k * _MORE, n_samples)
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
        ranks = _rank(index.network, pieces[rows])
        rank = np.where(most, ranks, ranks.max() + 1)
        column[rows] = rank.argmin(axis=1)
    at = np.arange(len(xy))
    best = np.where(np.isfinite(least), pieces[at, column], -1)
    return best, share[at, column], distance[at, column]


def _project(
    segments: NDArray[np.float64], pieces: NDArray[np.integer[Any]], xy: NDArray[np.float64]
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
    place, piece = place[free], piece[free]
    share, leg, x, y = (a[free] for a in (share, leg, x, y))
    # of edges that meet there everybody takes the same
    keys = (_rank(network, piece), np.round(y, 5), np.round(x, 5), np.round(leg, 6), place)
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
