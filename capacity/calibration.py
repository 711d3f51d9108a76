"""Calibration: people of a population layer scaled to official totals, unit by unit.

A layer says where people live, a census how many they are. Every row of demand (cell × unit) is
multiplied by the factor of its census unit, so that a border cell is scaled with two factors and the
sum of a census unit is its official total.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from capacity.errors import Fault, InputError
from capacity.exact import rounded
from capacity.vocabulary import GROUPS, POPULATION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from capacity.demand import Demand

NO_TARGET: Final = -1
"""Position of the target of rows that are not scaled."""

# Rows scaled at once, about: what is worked out of them stays in the processor's cache.
_AT_ONCE: Final = 1 << 15


def scale_to_totals(
    weights: NDArray[np.float64],
    target: NDArray[np.int64],
    totals: NDArray[np.float64],
    beside: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scale rows so that the rows of each target add up to its total.

    Parameters
    ----------
    weights : array, shape (n_rows,)
        People, or whatever people are in proportion to; not negative.
    target : array, shape (n_rows,)
        Position of each row's target, ``NO_TARGET`` for rows that keep their weight.
    totals : array, shape (n_targets,)
        Official totals; a NaN makes the rows of its target NaN.
    beside : array, shape (n_targets,), optional
        Weight of each target that lies in no row and keeps its part of the total.

    Returns
    -------
    tuple
        Scaled rows, shape (n_rows,), and the factor of each target, shape (n_targets,). Without any
        weight there is no factor: it is NaN if the total is over 0, else 1.

    Examples
    --------
    >>> rows, factors = scale_to_totals(
    ...     np.array([1.0, 3.0, 5.0]), np.array([0, 0, -1]), np.array([8.0])
    ... )
    >>> rows.tolist(), factors.tolist()
    ([2.0, 6.0, 5.0], [2.0])
    """
    mine: slice | NDArray[np.bool_] = slice(None)
    if target.min(initial=0) < 0:
        mine = target >= 0
    sums = np.bincount(target[mine], weights=weights[mine], minlength=len(totals)).astype(float)
    whole = sums if beside is None else sums + beside
    factor = np.full(len(totals), np.nan)
    np.divide(totals, whole, out=factor, where=whole > 0)
    factor[(whole == 0) & (totals == 0)] = 1.0
    rows = weights.copy()
    rows[mine] *= factor[target[mine]]
    return rows, factor


def like_population(where: Demand, group: str) -> NDArray[np.float64]:
    """Give rows of a group that keep their share of the population, which may be scaled.

    Parameters
    ----------
    where
        Demand; its population is scaled already, or stays as it is.
    group
        Population column; one that the layer does not have is spread like the population.

    Returns
    -------
    array, shape (n_rows,)
        People, or for a group that the layer does not have what they are in proportion to; NaN where
        the population is not known.
    """
    if group == POPULATION:
        return where.in_layer(POPULATION)
    if group not in where.values:
        return where.people(POPULATION)
    if POPULATION not in where.scaled:
        return where.in_layer(group)
    before = where.in_layer(POPULATION)
    ratio = np.divide(where.people(POPULATION), before, out=np.ones(len(before)), where=before > 0)
    return np.asarray(where.in_layer(group) * ratio)


def calibrate(
    where: Demand, census: pd.DataFrame, *, above: Mapping[str, str] | None = None
) -> Demand:
    r"""Scale the people of every census unit to its official totals, group by group.

    .. math:: p'_{cu} = p_{cu} \cdot \frac{T_k}{\sum_{u' \in k} \sum_c p_{cu'}}

    for cell *c* in unit *u* of census unit *k* with total :math:`T_k`. Age groups keep their share of
    the scaled population before they are scaled to totals of their own; a group that the layer does not
    have is spread like the population. Units without a total keep the people of the layer, or are
    unknown (NaN) in a group that the layer does not have. Nothing is modified.

    Parameters
    ----------
    where
        Demand, as ``demand`` gives it.
    census : DataFrame
        ``unit_code`` and any of the population columns, people; NaN where unknown. Codes are those
        of units, or of larger census units that ``above`` names.
    above
        Unit code → code of the census unit that holds it, where totals are of larger units. Its total
        is spread over all of its units.

    Returns
    -------
    Demand
        The same rows with ``scaled`` people: the sum of every census unit is its total to float
        precision, whatever the order of rows.

    Raises
    ------
    InputError
        ``census.no_pattern``: a total over 0 for units in which the layer has nobody, so that nothing
        says where its people live.

    Notes
    -----
    One factor per census unit keeps the pattern of the layer within it. Linear in the rows.

    Examples
    --------
    The cell on the border is scaled with a factor for each of its halves:

    >>> import geopandas as gpd
    >>> import pandas as pd
    >>> from shapely import box
    >>> from capacity import demand
    >>> cells = gpd.GeoDataFrame(
    ...     {"population": [100.0, 100.0, 100.0]},
    ...     geometry=[box(0, 0, 100, 100), box(100, 0, 200, 100), box(200, 0, 300, 100)],
    ...     crs=4547,
    ... )
    >>> units = gpd.GeoDataFrame(
    ...     {"unit_code": ["A", "B"]},
    ...     geometry=[box(0, 0, 150, 100), box(150, 0, 300, 100)],
    ...     crs=4547,
    ... )
    >>> census = pd.DataFrame({"unit_code": ["A", "B"], "population": [300.0, 75.0]})
    >>> calibrate(demand(cells, units), census).to_frame()[["cell", "unit_code", "population"]]
       cell unit_code  population
    0     0         A       200.0
    1     1         A       100.0
    2     1         B        25.0
    3     2         B        50.0
    """
    held_by = dict(above or {})
    own = [str(code) for code in where.unit_codes]
    position = {str(code): at for at, code in enumerate(census["unit_code"])}
    groups = [g for g in GROUPS if g in census or (g in where.groups and POPULATION in census)]
    totals, of_unit = {}, {}
    for group in groups:
        nothing = np.full(len(census), np.nan)
        totals[group] = census[group].to_numpy(dtype=np.float64) if group in census else nothing
        known = {code for code, at in position.items() if np.isfinite(totals[group][at])}
        held = [next((c for c in (u, held_by.get(u, "")) if c in known), "") for u in own]
        of_unit[group] = np.array([position.get(c, NO_TARGET) for c in held], dtype=np.int64)
    scaled = {group: np.empty(len(where.cell)) for group in groups}
    lost: dict[str, list[int]] = {group: [] for group in groups}
    # what is the same for all groups is looked up once
    last, target = np.zeros(0, np.int64), where.unit
    number = np.full(len(own), NO_TARGET, dtype=np.int64)
    for units, some in _whole_targets(where, list(of_unit.values())):
        done: dict[str, NDArray[np.float64]] = {}
        part = _rows_of(where, some, done)
        for group in groups:  # the population comes first: the others follow it
            at = of_unit[group][units]
            used = np.unique(at[at != NO_TARGET])
            if not done or not np.array_equal(at, last):
                number[units] = np.where(at == NO_TARGET, NO_TARGET, np.searchsorted(used, at))
                last, target = at, number[part.unit]
            rows, factor = scale_to_totals(
                like_population(part, group), target, totals[group][used]
            )
            if group not in where.groups:
                rows[target == NO_TARGET] = np.nan
            lost[group] += used[~np.isfinite(factor)].tolist()
            scaled[group][some] = done[group] = rows
    faults = [fault for group in groups for fault in _no_pattern(census, group, lost[group])]
    if faults:
        raise InputError("people cannot be scaled to the census:", faults)
    return replace(where, scaled=scaled)


def _whole_targets(
    where: Demand, of_unit: list[NDArray[np.int64]]
) -> Iterator[tuple[slice, slice]]:
    """Divide units, and their rows, so that each target has all of its units in one block.

    Whatever is done to the rows of a block stays in the processor's cache, where targets are not large.
    """
    unit = np.arange(len(where.unit_codes))
    if len(unit) == 0:
        return
    until = unit.copy()
    for at in of_unit:
        mine, last = at != NO_TARGET, np.zeros(at.max(initial=0) + 1, dtype=np.int64)
        last[at[mine]] = unit[mine]  # the last written is the greatest
        until[mine] = np.maximum(until[mine], last[at[mine]])
    ends = np.flatnonzero(np.maximum.accumulate(until) == unit) + 1
    rows = np.searchsorted(where.unit, ends)
    full = np.append(np.flatnonzero(np.diff(rows // _AT_ONCE)), len(ends) - 1)
    begin = first = 0
    for end, last in zip(ends[full].tolist(), rows[full].tolist(), strict=True):
        yield slice(begin, end), slice(first, last)
        begin, first = end, last


def _rows_of(where: Demand, some: slice, scaled: dict[str, NDArray[np.float64]]) -> Demand:
    """Give some rows of demand, with people that were scaled."""
    return replace(
        where,
        cell=where.cell[some],
        unit=where.unit[some],
        fraction=where.fraction[some],
        area_fraction=where.area_fraction[some],
        shared=None if where.shared is None else where.shared[some],
        scaled=scaled,
    )


def _no_pattern(census: pd.DataFrame, group: str, lost: list[int]) -> list[Fault]:
    return [
        Fault(
            severity="error",
            code="census.no_pattern",
            item=str(census["unit_code"].iloc[at]),
            column=group,
            amount=float(census[group].iloc[at]),
            unit="people",
            message=f"the census counts {rounded(census[group].iloc[at], 0)} people ({group}), but the "
            "population layer has nobody there: nothing says where they live.",
            mend="Use a population layer with people there, or dwellings; or leave the unit out of "
            "the census.",
        )
        for at in sorted(lost)
    ]
