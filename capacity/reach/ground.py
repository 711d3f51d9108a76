"""Squares of ground over a walking network: what is plain of all who start there.

Most starting points need not be snapped to say whether they reach anything: around some squares every
edge is within the limit, around others none is. Only who starts in between is looked at one by one.
What is said of a square is sure, never likely.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from capacity.network import WalkingNetwork

    _Mask = NDArray[np.bool_]

OUT: Final = 0
"""Nobody who starts here reaches anything."""
IN: Final = 1
"""Everybody does."""
DOUBTFUL: Final = 2
"""They have to be asked one by one."""

_SIDE_M: Final = 40.0
# squares of a wide network are larger: so many cost little time and memory
_MOST_SQUARES: Final = 8_000_000
# A square is near the network if an edge passes it or one of the next: within so many sides all of it.
_NEAR_SIDES: Final = (2.24, 3.17, 4.13)
_SLACK_M: Final = 0.01
_ROUNDED: Final = 1e-6
_CHUNK: Final = 100_000


@dataclass(frozen=True)
class Ground:
    """A network's surroundings in squares.

    Attributes
    ----------
    origin
        South-western corner, shape (2,).
    side_m
        Side of a square.
    shape
        Rows and columns.
    square, edge, metres
        Squares along the edges, at steps of at most a side: square and edge of each step, int32, and
        its walking length from ``u``, float32.
    half_m
        Half of the longest step of each edge, in walking metres, shape (n_edges,).
    near
        Metres → whether every place of a square is so near an edge, shape (rows, columns); ascending,
        none more than the snap limit.
    snap_limit_m
        Longest access leg.
    far
        Whether no place of a square is within the snap limit of an edge, shape (n_squares,).
    """

    origin: NDArray[np.float64]
    side_m: float
    shape: tuple[int, int]
    square: NDArray[np.int32]
    edge: NDArray[np.int32]
    metres: NDArray[np.float32]
    half_m: NDArray[np.float64]
    near: dict[float, _Mask]
    snap_limit_m: float
    far: _Mask

    @property
    def sure(self) -> _Mask:
        """Whether every place of a square is on the network, shape (rows, columns)."""
        return list(self.near.values())[-1]

    def squares_of(self, xy: NDArray[np.float64]) -> NDArray[np.int32]:
        """Say in which square each place lies; places beyond the squares, in the nearest.

        Squares at the rim are neither near the network nor within the snap limit of it.
        """
        found = np.empty(len(xy), dtype=np.int32)
        rows, columns = self.shape
        for first in range(0, len(xy), _CHUNK):
            some = slice(first, first + _CHUNK)
            column, row = (xy[some].T - self.origin[:, None]) / self.side_m
            at = np.clip(row, 0, rows - 1).astype(np.int32) * columns
            found[some] = at + np.clip(column, 0, columns - 1).astype(np.int32)
        return found

    def marked(self, squares: NDArray[np.int32]) -> _Mask:
        """Mark squares, shape (rows, columns)."""
        mask = np.zeros(self.shape, dtype=bool)
        mask.ravel()[squares] = True
        return mask

    def around(self, xy: NDArray[np.float64], metres: float) -> _Mask:
        """Mark every square of which any place is so near any of some places."""
        return _wider(self.marked(self.squares_of(xy)), int(metres / self.side_m) + 1)

    def boxes(self, bounds: NDArray[np.float64]) -> _Mask:
        """Mark the squares that boxes meet, given as in ``shapely.bounds``, shape (n, 4)."""
        columns = self.shape[1]
        low, high = self.squares_of(bounds[:, :2]), self.squares_of(bounds[:, 2:])
        south, west = np.divmod(low, columns)
        north, east = np.divmod(high, columns)
        change = np.zeros((self.shape[0] + 1, columns + 1), dtype=np.int32)
        for row, column, by in (
            (south, west, 1),
            (south, east + 1, -1),
            (north + 1, west, -1),
            (north + 1, east + 1, 1),
        ):
            np.add.at(change, (row, column), by)
        return np.asarray(change.cumsum(axis=0).cumsum(axis=1)[:-1, :-1] > 0)


def ground_of(network: WalkingNetwork, snap_limit_m: float) -> Ground:
    """Lay squares over a network.

    Parameters
    ----------
    network
        With at least one edge.
    snap_limit_m
        Longest access leg.

    Returns
    -------
    Ground
        Squares of 40 m, larger where that would be more than eight million.
    """
    ends = network.segments.reshape(-1, 2)
    low, high = ends.min(axis=0), ends.max(axis=0)
    width, height = high - low
    area = (width + 2 * snap_limit_m) * (height + 2 * snap_limit_m)
    side = max(_SIDE_M, float(np.sqrt(area / _MOST_SQUARES)))
    # no square at the rim is within the snap limit, so that places beyond are not either
    rim = max(_squares_in(snap_limit_m + _SLACK_M, side), int(_NEAR_SIDES[-1])) + 1
    origin = low - rim * side
    columns, rows = (int(extent / side) + 1 + 2 * rim for extent in (width, height))
    square, metres, n = _steps(network, origin, side, columns)
    passed = np.zeros((rows, columns), dtype=bool)
    passed.ravel()[square] = True
    within = _wider(passed, _squares_in(snap_limit_m + _SLACK_M, side))
    half_m = np.zeros(len(network.u))
    np.maximum.at(half_m, network.segment_edge, network.segment_length_m / (2 * n))
    near = {min(sides * side, snap_limit_m) for sides in _NEAR_SIDES}
    return Ground(
        origin=origin,
        side_m=side,
        shape=(rows, columns),
        square=square,
        edge=np.repeat(network.segment_edge.astype(np.int32), n),
        metres=metres,
        half_m=half_m,
        near={m: _all_within(passed, (m - _SLACK_M) / side) for m in sorted(near)},
        snap_limit_m=snap_limit_m,
        far=~within.ravel(),
    )


def _steps(
    network: WalkingNetwork, origin: NDArray[np.float64], side: float, columns: int
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int32]]:
    """Walk along the straight pieces in equal steps of at most a side.

    Gives the square and the walking length from ``u`` of the middle of each step, and how many steps
    each piece has.
    """
    x0, y0, x1, y1 = (network.segments.T - np.tile(origin, 2)[:, None]) / side
    columns_of = (x0, x1 - x0), (y0, y1 - y0), (network.segment_start_m, network.segment_length_m)
    n = np.maximum(1, np.ceil(np.hypot(x1 - x0, y1 - y0))).astype(np.int32)
    ends = np.cumsum(n)
    square = np.empty(int(ends[-1]), dtype=np.int32)
    metres = np.empty(int(ends[-1]), dtype=np.float32)
    for first in range(0, len(n), _CHUNK):
        some = slice(first, first + _CHUNK)
        many = n[some]
        before = ends[some] - many
        here = slice(int(before[0]), int(ends[some][-1]))
        share = (np.arange(here.start, here.stop) - np.repeat(before - 0.5, many)) / np.repeat(
            many, many
        )
        x, y, metres[here] = (
            np.repeat(start[some], many) + share * np.repeat(length[some], many)
            for start, length in columns_of
        )
        square[here] = y.astype(np.int32) * columns + x.astype(np.int32)
    return square, metres, n


def _squares_in(metres: float, side: float) -> int:
    """Say how many squares away a place so near an edge may lie from the nearest step along it."""
    return int(metres / side + 0.5) + 1


def _wider(mask: _Mask, by: int) -> _Mask:
    """Mark what is marked, and so many squares around it each way."""
    for axis in (0, 1):
        done = 0
        while done < by:
            # at the rim marks are widened one way only, and must still join
            step = min(done + 1, by - done)
            mask, done = mask | _moved(mask, step, axis) | _moved(mask, -step, axis), done + step
    return mask


def _moved(mask: _Mask, by: int, axis: int) -> _Mask:
    """Move marks so many squares up or to the right, over the rim."""
    moved = np.zeros_like(mask)
    source, target = (mask, moved) if axis == 0 else (mask.T, moved.T)
    if 0 < by < len(source):
        target[by:] = source[:-by]
    elif 0 < -by < len(source):
        target[:by] = source[-by:]
    return moved


def _all_within(mask: _Mask, sides: float) -> _Mask:
    """Mark squares every place of which is within so many sides of any place of a marked one."""
    rows = np.arange(1, int(max(sides, 0.0)) + 1)
    widths = np.sqrt(np.maximum(sides**2 - rows**2, 0.0)) - 1
    return _spread(mask, widths[widths >= 0].astype(int).tolist())


def _any_within(mask: _Mask, sides: float) -> _Mask:
    """Mark squares any place of which is within so many sides of any place of a marked one."""
    gaps = np.maximum(np.arange(int(sides) + 2) - 1, 0)
    return _spread(mask, (np.sqrt(sides**2 - gaps**2).astype(int) + 1).tolist())


def _spread(mask: _Mask, widths: list[int]) -> _Mask:
    """Mark so many squares left and right of marked ones, in the own row, in those beside it, and on."""
    result, wide, done = np.zeros_like(mask), mask, 0
    for row in reversed(range(len(widths))):
        for _ in range(widths[row] - done):
            wide = wide | _moved(wide, 1, 1) | _moved(wide, -1, 1)
        done = widths[row]
        result |= _moved(wide, row, 0) | _moved(wide, -row, 0) if row else wide
    return result


def verdicts(
    ground: Ground,
    network: WalkingNetwork,
    to_node: NDArray[np.float64],
    at_edges: NDArray[np.int64],
    *,
    limit_m: float,
    others: Iterable[_Mask] = (),
) -> NDArray[np.uint8]:
    """Say of every square whether who starts there reaches a facility.

    Parameters
    ----------
    ground, network
        Squares, and the network with what its metres cost.
    to_node : shape (n_nodes,)
        Cost from each node to the nearest facility, infinite beyond the limit.
    at_edges
        Edges that facilities are on.
    limit_m
        Metres.
    others : masks of shape (rows, columns)
        Squares from which a facility may be reached without the network.

    Returns
    -------
    array of uint8, shape (n_squares,)
        ``OUT``, ``IN`` or ``DOUBTFUL``. Where barriers bar access legs, ``IN`` says nothing.

    Notes
    -----
    Who starts on an edge walks to one of its ends, or to a facility on it, so that what a step along
    it costs is known to half a step. Out of reach is who is further from every step than what the limit
    leaves there; in reach is who has an edge near, and none so near that costs too much.
    """
    slack = _SLACK_M + _ROUNDED * limit_m
    by_u, by_v = to_node[network.u], to_node[network.v]
    walked = np.isfinite(by_u) | np.isfinite(by_v)
    walked[at_edges] = True
    steps = np.flatnonzero(walked[ground.edge])
    squares = ground.square[steps]
    least, most = _costs(ground, network, to_node, steps)
    least[np.isin(ground.edge[steps], at_edges)] = 0.0
    left = np.full(ground.shape, -1.0, dtype=np.float32)
    here = np.minimum(limit_m - least, ground.snap_limit_m) + slack
    np.maximum.at(left.ravel(), squares, here.astype(np.float32) / np.float32(ground.side_m))
    possible = np.zeros(ground.shape, dtype=bool)
    for side in range(int(max(left.max(), -1.0)), -1, -1):
        possible = _wider(possible | (left >= side), 1)
    # half a side from the step to the edge, at most
    possible = _wider(possible, 1)
    for mask in others:
        possible |= mask
    worst = np.full(ground.shape, -np.inf, dtype=np.float32)
    np.maximum.at(worst.ravel(), squares, most.astype(np.float32))
    worst.ravel()[ground.square[~walked[ground.edge]]] = np.inf
    verdict = np.where(possible, np.uint8(DOUBTFUL), np.uint8(OUT))
    for metres, near in ground.near.items():
        dear = worst > limit_m - metres - slack
        sides = (metres + slack) / ground.side_m + 0.5
        verdict[near & ~_any_within(dear, sides)] = IN
    return np.asarray(verdict.ravel())


def _costs(
    ground: Ground,
    network: WalkingNetwork,
    to_node: NDArray[np.float64],
    steps: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the least and the most that anybody within half a step of some steps walks on."""
    edge = ground.edge[steps]
    metres = ground.metres[steps].astype(np.float64)
    rest = network.length_m[edge] - metres
    half = ground.half_m[edge]
    if network.ahead is not None and network.back is not None:
        metres, rest = metres * network.back[edge], rest * network.ahead[edge]
        half = half * np.maximum(network.ahead, network.back)[edge]
    by_u, by_v = to_node[network.u[edge]] + metres, to_node[network.v[edge]] + rest
    least = np.minimum(by_u, by_v)
    most = np.where(network.two_way[edge], least, by_v)
    return least - half, most + half
