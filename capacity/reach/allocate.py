"""Who gets a place: facilities with so many places, and more people in reach than they can serve.

Demand falls into three parts that add up to it: served, in reach without capacity, out of reach. As
many as can be are served; among the ways to do so, the one that gives everyone the most even chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, maximum_flow

from capacity.reach.amounts import amount_faults, refuse_bad_amounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from capacity.reach.sets import FacilitySets

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

# scipy's maximum flow counts in 32-bit integers: amounts of a block are scaled to this.
_UNITS: Final = 2**30


@dataclass(frozen=True)
class Allocation:
    """Demand by row in three exclusive parts, and what each facility gives.

    Attributes
    ----------
    demand
        Demand of each row, shape (n_rows,), in the unit of the capacities (places).
    served, without_capacity, out_of_reach
        Its three parts, shape (n_rows,); they add up to ``demand`` to float precision.
    used
        What each facility gives, in the unit of the capacities and never more, shape (n_facilities,).
    method
        How places were given out, as findings print it.
    """

    demand: Floats
    served: Floats
    without_capacity: Floats
    out_of_reach: Floats
    used: Floats
    method: str


def allocate(
    sets: FacilitySets,
    demand: Floats,
    capacity: Floats,
    *,
    priority: Sequence[float] | Floats | None = None,
) -> Allocation:
    r"""Serve as much demand as the facilities in reach have capacity for.

    Let :math:`d_g` be the demand that reaches the set of facilities :math:`g` and :math:`c_f` the
    capacity of facility :math:`f`. Served is the largest sum :math:`\sum_g x_g` for which there are
    flows :math:`y_{gf} \ge 0` with

    .. math:: x_g = \sum_{f \in g} y_{gf} \le d_g, \qquad \sum_{g \ni f} y_{gf} \le c_f.

    Who is served is not unique, so the tie is settled by fairness: of all the ways to serve the most,
    the one whose lowest chance :math:`x_g / d_g` is highest, then the next lowest, and so on, which
    is also the one of least :math:`\sum_g x_g^2 / d_g`. There is exactly one. People who reach the
    same facilities have the same chance; neither the order of rows, sets or facilities, nor how a set
    or a facility is split in two, changes it.

    Parameters
    ----------
    sets
        Which parts of which rows reach which facilities.
    demand : array, shape (n_rows,)
        Demand of each row, not negative, in the unit of the capacities.
    capacity : array, shape (n_facilities,)
        Capacity of each facility, not negative; infinite is more than anyone asks. NaN is unknown
        and never counts as capacity: it serves nobody, and its people are in reach all the same.
    priority : array, shape (n_facilities,), optional
        Rank of each facility, lowest first. A rank serves what those before it left over: the places
        of one rank are given out as above, then the next. Served may then be less than the most.

    Returns
    -------
    Allocation
        ``used`` spreads the load over facilities by the same rule: each as evenly filled as can be.

    Raises
    ------
    InputError
        If demand is negative, infinite or missing, a capacity is negative, or a rank is missing.

    Notes
    -----
    Chances come from the decomposition of a lexicographically optimal base (Megiddo 1974, Fujishige
    1980): a maximum flow shows the sets that get less than the others of their block, which is then
    split, until every block is even. Flows are computed in whole numbers, with the largest amount of a
    block as 2³⁰, and only say where to split; chances are quotients of the unrounded sums. What the
    rounding can hide is under a billionth of the block's largest amount per set.

    References
    ----------
    Megiddo, N. (1974), Optimal flows in networks with multiple sources and sinks. Mathematical
    Programming 7, 97-107.

    Fujishige, S. (1980), Lexicographically optimal base of a polymatroid with respect to a weight
    vector. Mathematics of Operations Research 5, 186-196.

    Examples
    --------
    Two rows of 6 in need: the first reaches both facilities, the second only facility 0. Filling
    facility 0 with the first would strand the second:

    >>> from capacity.reach.pairs import Pairs
    >>> from capacity.reach.sets import nested_sets
    >>> pairs = Pairs(
    ...     row=np.array([0, 0, 1]),
    ...     facility=np.array([0, 1, 0]),
    ...     cost=np.array([100.0, 200.0, 200.0]),
    ...     share=np.ones(3),
    ...     n_rows=2,
    ...     n_facilities=2,
    ...     limit_m=300.0,
    ...     method="straight line",
    ... )
    >>> found = allocate(nested_sets(pairs), np.array([6.0, 6.0]), np.array([6.0, 4.0]))
    >>> found.served, found.without_capacity
    (array([5., 5.]), array([1., 1.]))
    """
    ranks = None if priority is None else np.asarray(priority, dtype=np.float64)
    refuse_bad_amounts(
        "places cannot be given out:",
        amount_faults("demand", demand),
        amount_faults("capacity", capacity, unknown=True, infinite=True),
        [] if ranks is None else amount_faults("priority", ranks, negative=True, infinite=True),
    )
    part = demand[sets.row] * sets.share
    wanted = _sums(sets.chosen, part, sets.n_sets)
    places = np.nan_to_num(capacity, nan=0.0, posinf=float(wanted.sum()))
    net = _Net(np.repeat(np.arange(sets.n_sets), np.diff(sets.starts)), sets.facility)
    if ranks is None:
        chance, used = _fair(net, wanted, places)
        method = "allocation: the most served, chances as even as can be"
    else:
        chance, used = _in_order(net, wanted, places, ranks)
        method = "allocation: facilities in order of priority"
    served = _sums(sets.row, part * chance[sets.chosen], sets.n_rows)
    in_reach = _sums(sets.row, part, sets.n_rows)
    return Allocation(
        demand=demand,
        served=served,
        without_capacity=np.maximum(0.0, in_reach - served),
        out_of_reach=np.maximum(0.0, demand - in_reach),
        used=used,
        method=method,
    )


def _sums(of: Ints, amounts: Floats, n: int) -> Floats:
    return np.bincount(of, weights=amounts, minlength=n).astype(np.float64)


@dataclass(frozen=True)
class _Net:
    """Who may take from whom: pairs of a taker (set) and a giver (facility)."""

    taker: Ints
    giver: Ints

    def only(self, keep: NDArray[np.bool_]) -> _Net:
        return _Net(self.taker[keep], self.giver[keep])

    def turned(self) -> _Net:
        return _Net(self.giver, self.taker)


def _fair(net: _Net, wanted: Floats, places: Floats) -> tuple[Floats, Floats]:
    """Chance of each set, and load of each facility, both as even as a maximum allows."""
    chance, short, emptied = _even(net, wanted, places)
    # Who cannot have all takes all that their facilities have, which are full and serve nobody else.
    rest = net.only(~short[net.taker] & ~emptied[net.giver])
    load, _, _ = _even(rest.turned(), places, chance * wanted)
    load[emptied] = 1.0
    return chance, load * places


def _in_order(net: _Net, wanted: Floats, places: Floats, ranks: Floats) -> tuple[Floats, Floats]:
    """Give out the places of one rank after the other; a single facility serves all alike."""
    left, used = wanted.copy(), np.zeros(len(places))
    order = np.argsort(net.giver, kind="stable")
    by_giver = _Net(net.taker[order], net.giver[order])
    starts = np.searchsorted(by_giver.giver, np.arange(len(places) + 1))
    for rank in np.unique(ranks):
        givers = np.flatnonzero(ranks == rank)
        if len(givers) == 1:
            giver = int(givers[0])
            takers = by_giver.taker[starts[giver] : starts[giver + 1]]
            asked = float(left[takers].sum())
            used[giver] = min(asked, places[giver])
            left[takers] *= 1.0 - (used[giver] / asked if asked > 0 else 0.0)
            continue
        here = np.where(ranks == rank, places, 0.0)
        chance, load = _fair(net.only(ranks[net.giver] == rank), left, here)
        left *= 1.0 - chance
        used += load
    served = np.zeros(len(wanted))
    np.divide(wanted - left, wanted, out=served, where=wanted > 0)
    return served, used


def _even(
    net: _Net, wanted: Floats, places: Floats
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """Find the most even chances that serve the most: 0 to 1 for each taker.

    Also marks the takers that cannot have all, and the givers that those empty among themselves.

    A block is a set of takers and givers that settle among themselves. Its common chance is its places
    over its demand; a maximum flow either serves everyone that much, or shows which takers cannot have
    it. These, with the givers that they reach, and the rest are blocks of their own.
    """
    chance = np.zeros(len(wanted))
    short, without = np.zeros(len(wanted), dtype=bool), np.zeros(len(places), dtype=bool)
    # Whoever wants or gives nothing settles with nobody.
    live = net.only((wanted[net.taker] > 0) & (places[net.giver] > 0))
    common = np.ones(len(wanted))
    block, _ = _blocks(live, wanted, places)
    # The first round asks who can have all; that is the most there is, so they are settled.
    first = True
    while len(live.taker) > 0:
        cannot, emptied = _cut(live, common * wanted, places, block)
        open_ = np.zeros(len(wanted), dtype=bool)
        open_[live.taker] = True
        n_blocks = int(block.max()) + 1
        many = np.bincount(block[open_], minlength=n_blocks)
        few = np.bincount(block[open_ & cannot], minlength=n_blocks)
        # A block is even if no taker in it has to go below the common chance; all of them cannot,
        # but for rounding.
        even = (few == 0) | (few == many)
        settled = open_ & (~cannot if first else even[block])
        if first:
            short, without, first = cannot, emptied, False
        chance[settled] = common[settled]
        # The takers that cannot have it keep their givers to themselves.
        apart = ~settled[live.taker] & (cannot[live.taker] == emptied[live.giver])
        live = live.only(apart)
        block, common = _blocks(live, wanted, places)
    return chance, short, without


def _blocks(net: _Net, wanted: Floats, places: Floats) -> tuple[Ints, Floats]:
    """Take the connected parts of a net as blocks; give each taker its block and common chance."""
    n_takers, n_givers = len(wanted), len(places)
    n_nodes = n_takers + n_givers
    ones = np.ones(len(net.taker), dtype=np.int8)
    graph = csr_array((ones, (net.taker, net.giver + n_takers)), shape=(n_nodes, n_nodes))
    n_blocks, label = connected_components(graph, directed=False)
    of_taker, of_giver = label[:n_takers].astype(np.int64), label[n_takers:]
    takers, givers = _numbered(net.taker, n_takers)[0], _numbered(net.giver, n_givers)[0]
    asked = np.bincount(of_taker[takers], weights=wanted[takers], minlength=n_blocks)
    given = np.bincount(of_giver[givers], weights=places[givers], minlength=n_blocks)
    common = np.zeros(n_blocks)
    np.divide(given, asked, out=common, where=asked > 0)
    return of_taker, np.minimum(1.0, common)[of_taker]


def _cut(
    net: _Net, wanted: Floats, places: Floats, block: Ints
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Find the takers that cannot have what they want, however it is given out, and their givers.

    Whole numbers: what is wanted is rounded down and what there is up, so that no one goes without
    for the rounding.
    """
    takers, taker = _numbered(net.taker, len(wanted))
    givers, giver = _numbered(net.giver, len(places))
    # Nobody can take more than their givers have, nor give more than their takers want.
    most = np.bincount(taker, weights=places[net.giver], minlength=len(takers))
    ask = np.minimum(wanted[takers], 2 * most)
    give = np.minimum(places[givers], np.bincount(giver, weights=ask[taker], minlength=len(givers)))
    giver_block = np.zeros(len(givers), dtype=np.int64)
    giver_block[giver] = block[net.taker]
    largest = np.zeros(int(block.max()) + 1)
    np.maximum.at(largest, block[takers], ask)
    np.maximum.at(largest, giver_block, give)
    scale = np.divide(_UNITS, largest, out=np.zeros(len(largest)), where=largest > 0)
    ask_units = np.floor(ask * scale[block[takers]]).astype(np.int32)
    give_units = np.ceil(give * scale[giver_block]).astype(np.int32)
    source, sink = len(takers) + len(givers), len(takers) + len(givers) + 1
    begin = np.concatenate(
        [taker, np.full(len(takers), source), np.arange(len(givers)) + len(takers)]
    )
    end = np.concatenate([giver + len(takers), np.arange(len(takers)), np.full(len(givers), sink)])
    # Between a taker and a giver nothing limits but the two of them.
    free = np.full(len(taker), np.iinfo(np.int32).max, dtype=np.int32)
    limits = np.concatenate([free, ask_units, give_units])
    graph = csr_array((limits, (begin, end)), shape=(sink + 1, sink + 1))
    flow = maximum_flow(graph, source, sink).flow
    rest = csr_array(graph - flow)
    rest.data = (rest.data > 0).astype(np.int8)
    rest.eliminate_zeros()
    seen = breadth_first_order(rest, source, return_predecessors=False)
    reached = np.zeros(sink + 1, dtype=bool)
    reached[seen] = True
    cannot = np.zeros(len(wanted), dtype=bool)
    cannot[takers] = reached[: len(takers)]
    emptied = np.zeros(len(places), dtype=bool)
    emptied[givers] = reached[len(takers) : source]
    return cannot, emptied


def _numbered(nodes: Ints, n: int) -> tuple[Ints, Ints]:
    """Give the nodes that there are, ascending, and the place of each in them."""
    there = np.zeros(n, dtype=bool)
    there[nodes] = True
    place = np.cumsum(there) - 1
    return np.flatnonzero(there), place[nodes]
