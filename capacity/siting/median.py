"""The median model: sites that make the mean way shortest."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from capacity.exact import exact
from capacity.siting.cover import Effort, most_gain
from capacity.siting.layers import SitingOptions, limit_faults, number_fault, read_layers
from capacity.siting.result import Sites
from capacity.siting.search import Gains, greedy
from capacity.siting.solve import OPTIMAL, TIME_LIMIT, relative_gap, status_of

if TYPE_CHECKING:
    from decimal import Decimal

    from numpy.typing import NDArray

    from capacity.population import Population
    from capacity.reach.pairs import Pairs
    from capacity.siting.cover import Choice
    from capacity.siting.layers import Layers
    from capacity.siting.search import Allowance

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_DEFAULT: Final = SitingOptions()
# Gains are person-kilometres: compared to a millionth, they are exact to a person's millimetre.
_METRES: Final = 1000.0
_PLACES: Final = 6
_ROUNDS: Final = 4


def p_median(
    population: Population,
    candidates: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    *,
    limit_m: float | str | Decimal,
    n_sites: int | None = None,
    budget: float | None = None,
    existing: gpd.GeoDataFrame | None = None,
    options: SitingOptions = _DEFAULT,
) -> Sites:
    r"""Make the mean distance to the nearest facility shortest with a number of sites, or for a budget.

    .. math:: \min_S \frac{1}{W} \sum_i w_i \min\Bigl(L,\ \min_{j \in S \cup E} d_{ij}\Bigr), \qquad
              |S| \le p,\quad \sum_{j \in S} c_j \le b,

    over the rows *i* of cell and unit with :math:`w_i` people of the group, existing facilities *E* and
    the candidates *S* that are built. Whoever has nothing within the limit *L* counts as *L* away, so
    that the model stays sparse; with a limit beyond the longest way it is the median model of Hakimi.
    Of a row of which only the share *a* lies within the limit of *j*, :math:`d_{ij}` is
    :math:`a\,d + (1 - a)\,L`.

    Parameters
    ----------
    population
        ``PopulationGrid``, or GeoDataFrame of cells (polygons or points), people per cell.
    candidates : GeoDataFrame, shape (n_candidates,)
        Points or areas with ``candidate_id``, else named by their index.
    units : GeoDataFrame, shape (n_units,)
        Polygons with ``unit_code``; people outside them do not count. All layers in one projected
        metric CRS.
    limit_m
        Longest distance that is told apart, in metres, over 0; exactly the limit is within it. The larger
        it is, the more pairs of rows and candidates there are.
    n_sites
        Most new sites, required ones with them.
    budget
        Most cost of new sites, in the unit of ``options.cost``.
    existing : GeoDataFrame, optional
        Facilities that stay; with a column ``is_open`` only open ones.
    options
        Group, costs, required and excluded candidates, how distances are measured, gap, time limit.

    Returns
    -------
    Sites
        The objective is the mean distance in metres. ``chosen`` has ``people`` (whose nearest the site is)
        and ``mean_m`` (their way), ``serves`` the same by unit, ``units`` people, ``mean_before_m``,
        ``mean_m``, and ``beyond_before`` and ``beyond``: people with nothing within the limit. People as
        near to two go to the existing facility, then to the candidate of the earlier id (as text). Equal
        plans are told apart as by ``mclp``.

    Raises
    ------
    InputError
        As in ``mclp``; and for a limit that is no distance.

    Notes
    -----
    Distances of polygon cells are those of their centres along the straight line, and means over their
    points along a network.

    References
    ----------
    Hakimi, S. L. (1964), Optimum locations of switching centers and the absolute centers and medians of
    a graph. Operations Research 12, 450–459.

    García, S., Labbé, M. and Marín, A. (2011), Solving large p-median problems with a radius formulation.
    INFORMS Journal on Computing 23, 546–556.

    Examples
    --------
    One site for three cells; most people live in the middle:

    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[box(0, 0, 1000, 100)], crs=4547)
    >>> at = [Point(x, 50) for x in (100, 400, 700)]
    >>> cells = gpd.GeoDataFrame({"population": [10, 20, 10]}, geometry=at, crs=4547)
    >>> sites = gpd.GeoDataFrame({"candidate_id": ["a", "b", "c"]}, geometry=at, crs=4547)
    >>> found = p_median(cells, sites, units, limit_m=2000, n_sites=1)
    >>> found.chosen["candidate_id"].tolist(), found.objective, found.status
    (['b'], 150.0, 'optimal')
    """
    faults = limit_faults(candidates, options, n_sites=n_sites, budget=budget)
    faults += number_fault("limit_m", limit_m)
    layers = read_layers(population, candidates, units, existing, options, faults=faults)
    limit = float(exact(limit_m))
    pairs = layers.reach.pairs(layers.where, layers.units, layers.points, layers.limit(limit_m))
    ways = _Ways(pairs, layers, limit)
    everyone = float(layers.people.sum())
    total = float((layers.people * ways.before).sum()) / _METRES
    gains = ways.gains()
    allowance = layers.allowance(n_sites=n_sites, budget=budget)
    choice = _shortest(gains, total, allowance, options)
    objective = bound = np.nan
    if everyone > 0:
        objective = round(ways.mean(choice.chosen), _PLACES)
        least = max(0.0, total - choice.bound) * _METRES / everyone
        bound = objective if choice.status == OPTIMAL else round(min(objective, least), _PLACES)
    chosen, serves, table = ways.answer(choice.chosen)
    return Sites(
        model="p_median",
        chosen=chosen,
        serves=serves,
        units=table,
        objective_is="mean distance in metres",
        objective=objective,
        bound=bound,
        gap=relative_gap(objective, bound),
        status=status_of(objective, bound, options.gap) if everyone > 0 else choice.status,
        method=layers.method(limit_m),
    )


def _shortest(gains: Gains, total: float, allowance: Allowance, options: SitingOptions) -> Choice:
    """Gain the most; the gap asked for is one of what the gains leave over of the total."""
    until = time.monotonic() + options.time_limit_s
    start = np.isin(np.arange(gains.n_candidates), greedy(gains, allowance))
    reached = gains.value(start)
    for _ in range(_ROUNDS):
        left = max(0.0, until - time.monotonic())
        scale = max(0.0, total - reached) / reached if reached > 0 else 1.0
        choice = most_gain(gains, allowance, Effort(options.gap * min(1.0, scale), left))
        over = relative_gap(total - choice.objective, total - choice.bound)
        if over <= options.gap or choice.status == TIME_LIMIT or choice.objective <= reached:
            break
        reached = choice.objective  # more is gained, less is left over, and the gap is wider
    return choice


class _Ways:
    """Distances of rows to existing facilities and candidates, those beyond the limit left out."""

    def __init__(self, pairs: Pairs, layers: Layers, limit: float) -> None:
        n_rows, n_existing = pairs.n_rows, layers.n_existing
        self.layers, self.limit = layers, limit
        metres = pairs.share * pairs.cost + (1 - pairs.share) * limit
        old = pairs.facility < n_existing
        self.before = _least(pairs.row[old], metres[old], n_rows, limit)
        self.within_before = np.zeros(n_rows)
        np.maximum.at(self.within_before, pairs.row[old], pairs.share[old])
        self.row, self.candidate = pairs.row[~old], pairs.facility[~old] - n_existing
        self.metres, self.share = metres[~old], pairs.share[~old]

    def gains(self) -> Gains:
        """Say what every row saves by each candidate, in person-kilometres, in an order of their own."""
        people = self.layers.people
        saved = people[self.row] * (self.before[self.row] - self.metres) / _METRES
        some = saved > 0
        row, candidate, gain = self.row[some], self.candidate[some], saved[some]
        n = len(people)
        keys = [np.bincount(row, weights=w, minlength=n) for w in (candidate + 1.0, gain)]
        counts = np.bincount(row, minlength=n)
        there = np.flatnonzero(counts)
        order = there[np.lexsort((keys[1][there], keys[0][there], counts[there]))]
        place = np.full(n, -1, dtype=np.int64)
        place[order] = np.arange(len(order))
        at = place[row]
        sorted_ = np.lexsort((candidate, at))
        return Gains(
            row=at[sorted_],
            candidate=candidate[sorted_],
            gain=gain[sorted_],
            n_rows=len(order),
            n_candidates=len(self.layers.ids),
        )

    def mean(self, chosen: Flags) -> float:
        """Give the mean distance of everyone to the nearest, in metres."""
        return float((self.layers.people * self._after(chosen)).sum() / self.layers.people.sum())

    def _after(self, chosen: Flags) -> Floats:
        open_ = chosen[self.candidate]
        least = _least(self.row[open_], self.metres[open_], len(self.before), self.limit)
        return np.minimum(self.before, least)

    def answer(self, chosen: Flags) -> tuple[gpd.GeoDataFrame, pd.DataFrame, pd.DataFrame]:
        """Lay out who goes where, by site and by unit."""
        layers, people = self.layers, self.layers.people
        open_ = chosen[self.candidate]
        row, candidate = self.row[open_], self.candidate[open_]
        metres, share = self.metres[open_], self.share[open_]
        after = self._after(chosen)
        within = self.within_before.copy()
        np.maximum.at(within, row, share)
        best = (metres == after[row]) & (metres < self.before[row])
        own, first = np.unique(row[best], return_index=True)  # pairs of a row ascend by candidate
        goes = candidate[best][first]
        codes = layers.units["unit_code"].to_numpy(dtype=object)
        n_units = len(codes)
        key, of_pair = np.unique(goes * n_units + layers.where.unit[own], return_inverse=True)
        moved = np.bincount(of_pair, weights=people[own], minlength=len(key)).astype(np.float64)
        way = people[own] * after[own]
        walked = np.bincount(of_pair, weights=way, minlength=len(key)).astype(np.float64)
        site, unit = key // n_units, key % n_units
        serves = pd.DataFrame(
            {
                "candidate_id": layers.ids[site],
                "unit_code": codes[unit],
                "people": moved.round(_PLACES),
                "mean_m": _mean(walked, moved),
            }
        )
        n = len(layers.ids)
        at = np.flatnonzero(chosen)
        taken = np.bincount(site, weights=moved, minlength=n)[at].astype(np.float64)
        ways = np.bincount(site, weights=walked, minlength=n)[at].astype(np.float64)
        sites = gpd.GeoDataFrame(
            {
                "candidate_id": layers.ids[at],
                "cost": layers.cost[at],
                "people": taken.round(_PLACES),
                "mean_m": _mean(ways, taken),
            },
            geometry=layers.candidates.geometry.to_numpy()[at],
            crs=layers.units.crs,
        )
        by_unit = layers.where.sum_by_unit
        total = by_unit(people).to_numpy()
        table = pd.DataFrame(
            {
                "people": total.round(_PLACES),
                "mean_before_m": _mean(by_unit(people * self.before).to_numpy(), total),
                "mean_m": _mean(by_unit(people * after).to_numpy(), total),
                "beyond_before": by_unit(people * (1 - self.within_before))
                .round(_PLACES)
                .to_numpy(),
                "beyond": by_unit(people * (1 - within)).round(_PLACES).to_numpy(),
            },
            index=pd.Index(codes, name="unit_code"),
        )
        return sites, serves, table


def _least(row: Ints, metres: Floats, n_rows: int, limit: float) -> Floats:
    least = np.full(n_rows, limit)
    np.minimum.at(least, row, metres)
    return least


def _mean(total: Floats, people: Floats) -> Floats:
    mean = np.divide(total, people, out=np.full(len(people), np.nan), where=people > 0)
    return np.asarray(mean.round(_PLACES))
