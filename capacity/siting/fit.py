"""Make a choice of options answer every need with as little as it can: add, exchange, take away.

Seen here is only what an option answers by being built at all: people in reach, and needs of one
facility. Sizes and limits of sites are for the program, see ``capacity.siting.joint``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from capacity.siting.search import Allowance, Gains, exchange

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_ROUNDING: Final = 1e-6
_ROUNDS: Final = 300


@dataclass(frozen=True)
class Cover:
    """What has to be covered by a choice of options.

    Attributes
    ----------
    gains
        Rows are groups of people, or a need of one facility; the gain of a row is its weight from
        whichever option.
    need
        Need of each row, int64, shape (n_rows,).
    planned
        Weight to be covered for each need, shape (n_needs,).
    worth
        What one of each need is worth beside one of another, over 0, shape (n_needs,).
    cost
        What building each option adds to the objective at least, shape (n_options,).
    held
        Options that stay where they are chosen, shape (n_options,).
    free
        Options that may be chosen, shape (n_options,).
    """

    gains: Gains
    need: Ints
    planned: Floats
    worth: Floats
    cost: Floats
    held: Flags
    free: Flags

    def short(self, chosen: Flags) -> Floats:
        """Say how much of each need a choice leaves; less than 0 where it gives more."""
        best = self.gains.best(chosen)
        have = np.bincount(self.need, weights=best, minlength=len(self.planned))
        return np.asarray(self.planned - np.round(have, 6))

    def answers(self, chosen: Flags) -> bool:
        """Whether a choice answers every need."""
        return bool((self.short(chosen) <= _ROUNDING).all())


def fitted(cover: Cover, chosen: Flags, *, until: float) -> Flags | None:
    """Make a choice answer every need, with as little as local steps find.

    Parameters
    ----------
    cover
        What has to be covered.
    chosen : array of bool, shape (n_options,)
        Where to begin; not changed.
    until
        Reading of the monotonic clock, in seconds, after which no new table of exchanges is begun.

    Returns
    -------
    array of bool, shape (n_options,), or None
        Options of most worth for their cost are added until every need is answered, single ones
        exchanged for more, and those taken away that nothing needs; None where not every need can be
        answered.
    """
    if cover.gains.n_rows == 0:
        return chosen.copy()
    chosen = _added(cover, chosen)
    if not cover.answers(chosen):
        return None
    worth = cover.gains.gain * cover.worth[cover.need[cover.gains.row]]
    priced = replace(cover.gains, gain=worth)
    while True:
        before = chosen
        allowance = Allowance(
            cover.cost, None, float(cover.cost[chosen].sum()), chosen & cover.held, cover.free
        )
        moved = exchange(priced, allowance, chosen, rounds=_ROUNDS, until=until)
        # Worth may be moved from one need to another: then what was left is added anew.
        moved = _spared(cover, _added(cover, moved))
        chosen = _spared(cover, before)
        if cover.answers(moved) and cover.cost[moved].sum() <= cover.cost[chosen].sum():
            chosen = moved
        if cover.cost[chosen].sum() >= cover.cost[before].sum() - _ROUNDING:
            return chosen


def _added(cover: Cover, chosen: Flags) -> Flags:
    """Add options until every need is answered, or none adds to those that are not."""
    gains, chosen = cover.gains, chosen.copy()
    while (short := cover.short(chosen)).max(initial=0.0) > _ROUNDING:
        best = gains.best(chosen)
        left = np.maximum(0.0, short)[cover.need]
        more = np.minimum(gains.gain - best[gains.row], left[gains.row])
        more *= cover.worth[cover.need[gains.row]]
        total = np.bincount(gains.candidate, weights=more, minlength=gains.n_candidates)
        added = np.where(chosen | ~cover.free, 0.0, total).round(9)
        score = np.divide(
            added, cover.cost, out=np.where(added > 0, np.inf, 0.0), where=cover.cost > 0
        )
        j = int(np.argmax(score))
        if score[j] <= 0:
            break
        chosen[j] = True
    return chosen


def _spared(cover: Cover, chosen: Flags) -> Flags:
    """Take options away as long as every need stays answered, the least worth for its cost first."""
    gains, chosen = cover.gains, chosen.copy()
    while True:
        spare = -cover.short(chosen) + _ROUNDING
        open_ = chosen[gains.candidate]
        hits = np.bincount(gains.row[open_], minlength=gains.n_rows)
        alone = open_ & (hits[gains.row] == 1)
        need = cover.need[gains.row[alone]]
        key, at = np.unique(need * gains.n_candidates + gains.candidate[alone], return_inverse=True)
        lost = np.bincount(at.ravel(), weights=gains.gain[alone], minlength=len(key))
        of_need, option = key // gains.n_candidates, key % gains.n_candidates
        stays = cover.held | ~chosen
        stays[option[lost > spare[of_need]]] = True
        if stays.all():
            return chosen
        worth = np.bincount(
            option, weights=lost * cover.worth[of_need], minlength=gains.n_candidates
        )
        priced = np.divide(worth, cover.cost, out=worth.copy(), where=cover.cost > 0)
        priced[stays] = np.inf
        chosen[int(np.argmin(np.round(priced, 9)))] = False
