"""Demand: people by place, one row per population cell × unit.

A cell on a border is split between its units by area, never given to one of them. People are
conserved: what is allocated plus what lies outside every unit is what came in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd
import shapely

from capacity.errors import Fault, InputError
from capacity.exact import exact_sum, from_sum
from capacity.fractions import WHOLE, area_in_cells, area_of_cells, cell_fractions, to_pixels
from capacity.population import PopulationGrid
from capacity.vocabulary import GROUPS, POPULATION

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    import pyproj
    from numpy.typing import NDArray

    from capacity.fractions import Fractions
    from capacity.population import Population


# Sums take so many rows at a time, which stay in the processor's cache.
_AT_ONCE: Final = 1 << 15


def _blocks(n: int) -> Iterator[slice]:
    return (slice(begin, begin + _AT_ONCE) for begin in range(0, n, _AT_ONCE))


def _added(
    total: NDArray[np.float64], unit: NDArray[np.int64], people: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Add people to the totals of units, one after the other; ``np.add.at`` takes four times as long."""
    begun = np.concatenate([np.arange(len(total)), unit])
    return np.bincount(begun, np.concatenate([total, people]), len(total)).astype(np.float64)


class Account(NamedTuple):
    """People of one group by where they are, each cell once, as ``exact_sum`` adds them up.

    Attributes
    ----------
    allocated
        In units.
    touched
        In cells of which any part lies in a unit.
    outside
        Those of such cells in no unit.
    overlap
        In cells where units overlap, who would have been counted twice.
    on_border
        At points on a border that units share.
    """

    allocated: int
    touched: int
    outside: int
    overlap: int
    on_border: int


@dataclass(frozen=True)
class Demand:
    """People by cell × unit.

    Attributes
    ----------
    unit_codes
        Codes of the units, in the caller's order, shape (n_units,).
    cell, unit
        Position of the cell and of the unit of each row, shape (n_rows,), sorted by unit, then cell.
    fraction
        Share of the cell's people in the unit, shape (n_rows,); per cell they add up to at most 1.
    area_fraction
        Share of the cell's area in the unit, shape (n_rows,): the same but where units overlap.
    values
        Group → people per cell, shape (n_cells,).
    overlap
        Group → people of cells where units overlap, counted once, who would have been counted twice.
    on_border
        Group → people at points on a border that units share, divided between these units.
    scaled
        Group → people of each row scaled to official totals, shape (n_rows,), NaN where unknown;
        empty where nothing was scaled. It may hold groups that ``values`` does not have.
    account
        Group → people of the layer by where they are.
    shared
        Whether the cell of a row lies in a unit beside these too, shape (n_rows,); None where no
        such unit was given.
    """

    unit_codes: NDArray[np.object_]
    cell: NDArray[np.int64]
    unit: NDArray[np.int64]
    fraction: NDArray[np.float64]
    area_fraction: NDArray[np.float64]
    values: dict[str, NDArray[np.float64]]
    overlap: dict[str, float]
    on_border: dict[str, float] = field(default_factory=dict)
    scaled: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    account: dict[str, Account] = field(default_factory=dict)
    shared: NDArray[np.bool_] | None = None

    @property
    def groups(self) -> tuple[str, ...]:
        """Population columns known."""
        return tuple(dict.fromkeys([*self.values, *self.scaled]))

    def people(self, group: str = POPULATION) -> NDArray[np.float64]:
        """People of one group in each row, shape (n_rows,), scaled where that was done."""
        return self.scaled[group] if group in self.scaled else self.in_layer(group)

    def known_people(self, group: str = POPULATION) -> NDArray[np.float64]:
        """People of one group in each row, shape (n_rows,), nobody where their number is unknown."""
        people = self.people(group)
        unknown = np.isnan(people)
        return np.where(unknown, 0.0, people) if unknown.any() else people

    def in_layer(self, group: str = POPULATION) -> NDArray[np.float64]:
        """People of one group in each row as the population layer has them, shape (n_rows,)."""
        return self.fraction * self.values[group][self.cell]

    def by_unit(
        self, group: str = POPULATION, share: NDArray[np.float64] | None = None
    ) -> pd.Series:
        """People of one group per unit, indexed by unit code in the caller's order.

        Of each row only a share, shape (n_rows,), if that is given.
        """
        total = np.zeros(len(self.unit_codes))
        for some in _blocks(len(self.unit)):
            at: slice | NDArray[np.int64] = some
            if share is not None and group not in self.scaled:
                # Of nobody there is nothing to add, where no number is unknown.
                there = np.flatnonzero(share[some])
                at = there + some.start if len(there) < _AT_ONCE // 4 else some
            if group in self.scaled:
                people = self.scaled[group][at]
            else:
                people = self.fraction[at] * self.values[group][self.cell[at]]
            if share is not None:
                people = people * share[at]
            total = _added(total, self.unit[at], people)
        return self._per_unit(total, group)

    def sum_by_unit(self, people: NDArray[np.float64], *, name: str = POPULATION) -> pd.Series:
        """Sum one number per row over units, indexed by unit code in the caller's order."""
        total = np.bincount(self.unit, weights=people, minlength=len(self.unit_codes))
        return self._per_unit(total.astype(np.float64), name)

    def _per_unit(self, total: NDArray[np.float64], name: str) -> pd.Series:
        return pd.Series(total, index=pd.Index(self.unit_codes, name="unit_code"), name=name)

    def find(
        self, unit: NDArray[np.int64], cell: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Find the rows of cells in units.

        Parameters
        ----------
        unit, cell : array, shape (n,)
            Positions of units and cells.

        Returns
        -------
        row : array of int64, shape (n_found,)
            Their rows, without those that are none.
        found : array of bool, shape (n,)
            Which of them are a row.
        """
        if len(self.cell) == 0:
            return np.empty(0, np.int64), np.zeros(len(cell), dtype=bool)
        last, hidden, keys = self._rows_of_cells
        row = last[cell].astype(np.int64)
        found = (self.unit[row] == unit) & (self.cell[row] == cell)
        lost = np.flatnonzero(~found)
        if len(keys) and len(lost):
            wanted = unit[lost] * len(last) + cell[lost]
            at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
            found[lost] = keys[at] == wanted
            row[lost] = hidden[at]
        return row[found], found

    @cached_property
    def _rows_of_cells(
        self,
    ) -> tuple[NDArray[np.integer[Any]], NDArray[np.integer[Any]], NDArray[np.integer[Any]]]:
        """Give the last row of each cell; the rows that others of their cell hide, and what they are of."""
        n_cells, n_rows = len(self.values[POPULATION]), len(self.cell)
        place = np.arange(n_rows, dtype=np.min_scalar_type(n_rows))
        last = np.zeros_like(place, shape=n_cells)
        last[self.cell] = place
        hidden = np.flatnonzero(last[self.cell] != place)
        return last, hidden, self.unit[hidden] * n_cells + self.cell[hidden]

    def conservation(self) -> pd.DataFrame:
        """Compare what came in with what was allocated and what lies outside every unit.

        The people are those of the layer, before any scaling.

        Returns
        -------
        DataFrame
            One row per group, columns ``people_in``, ``allocated``, ``outside`` and ``difference``
            (in − allocated − outside), in people. What the shares of a cell leave over is outside,
            so the difference shows rounding; that shares are right is what the oracle tests show.
        """
        return pd.DataFrame.from_dict(
            {
                group: conserved(exact_sum(values), self.account[group])
                for group, values in self.values.items()
            },
            orient="index",
            columns=list(CONSERVED),
        )

    def to_frame(self) -> pd.DataFrame:
        """Lay demand out as a tidy table.

        Returns
        -------
        DataFrame
            One row per cell × unit: ``cell``, ``unit_code``, ``fraction`` and people of each group.
        """
        data = {
            "cell": self.cell,
            "unit_code": pd.Categorical.from_codes(self.unit.tolist(), pd.Index(self.unit_codes)),
            "fraction": self.fraction,
        }
        return pd.DataFrame(data | {group: self.people(group) for group in self.groups})


CONSERVED = ("people_in", "allocated", "outside", "difference")
"""Columns of ``Demand.conservation``."""


def conserved(total: int, account: Account) -> tuple[float, ...]:
    """Give what came in, what was allocated, what is outside every unit, and the difference.

    Parameters
    ----------
    total
        People of the whole layer, as ``exact_sum`` adds them up.
    account
        Where they are.

    Returns
    -------
    tuple of float
        In the order of ``CONSERVED``.
    """
    outside = total - account.touched + account.outside
    sums = (total, account.allocated, outside, total - account.allocated - outside)
    return tuple(from_sum(number) for number in sums)


def demand(
    population: Population, units: gpd.GeoDataFrame, *, only: NDArray[np.bool_] | None = None
) -> Demand:
    """Split the people of every cell exactly between the units by area.

    In unit *u*, cell *c* counts :math:`p_c · |c ∩ u| / |c|` people. Where units overlap, the shares
    of a cell are scaled to add up to 1, so that nobody is counted twice. A cell that is missing less
    than a hundred-thousandth of its area is taken as whole.

    Parameters
    ----------
    population
        ``PopulationGrid``, or GeoDataFrame of cells (polygons or points) with column ``population``
        and any other group, people per cell, in the CRS of the units.
    units : GeoDataFrame, shape (n_units,)
        Polygons with ``unit_code``, in a projected metric CRS. Units of one tier: they lie beside
        each other.
    only : array of bool, shape (n_units,), optional
        The units that are wanted; the others lie beside them and have their share of the cells that
        they meet in. All of them if not given.

    Returns
    -------
    Demand
        Rows of cell × unit. Totals are conserved to float precision; see ``Demand.conservation``.

    Raises
    ------
    InputError
        If irregular cells are in another CRS than the units.

    Notes
    -----
    Areal interpolation assumes people to be spread evenly within a cell.

    References
    ----------
    Goodchild, M. F. and Lam, N. S.-N. (1980), Areal interpolation: a variant of the traditional
    spatial problem. Geo-Processing 1, 297–312.

    Examples
    --------
    A cell of 100 people, a quarter of it in each of two units; the rest lies outside:

    >>> import geopandas as gpd
    >>> from shapely import box
    >>> cells = gpd.GeoDataFrame({"population": [100.0]}, geometry=[box(0, 0, 100, 100)], crs=4547)
    >>> units = gpd.GeoDataFrame(
    ...     {"unit_code": ["A", "B"]},
    ...     geometry=[box(0, 0, 50, 50), box(50, 0, 100, 50)],
    ...     crs=4547,
    ... )
    >>> demand(cells, units).by_unit().to_dict()
    {'A': 25.0, 'B': 25.0}
    """
    values = _cell_values(population)
    polygons = units.geometry.to_numpy()
    raw = cell_fractions(population, polygons, units.crs)
    n_cells = len(values[POPULATION])
    inside = np.bincount(raw.cell, weights=raw.fraction, minlength=n_cells)
    # Most cells lie in one unit, all of them; only the others are looked at.
    odd = (inside != 1.0) & (inside > 0)
    rows, cells = np.flatnonzero(odd[raw.cell]), np.flatnonzero(odd)
    excess = np.where(inside[cells] > 1.0 + WHOLE, inside[cells] - 1.0, 0.0)
    border = _on_shared_border(population, polygons, raw, cells[excess > 0], n_cells)[cells]
    excess[border] = 0.0
    scale = np.where(inside[cells] > 1.0 - WHOLE, 1.0 / inside[cells], 1.0)
    nth = np.searchsorted(cells, raw.cell[rows])
    fraction = raw.fraction.copy()
    fraction[rows] *= scale[nth]
    beyond = np.maximum(0.0, 1.0 - np.bincount(nth, fraction[rows], len(cells)))
    mine: slice | NDArray[np.int64] = slice(None)
    home, shared = inside > 0, None
    if only is not None:
        chosen = only[raw.polygon]
        mine = np.flatnonzero(chosen)
        # a cell that several units share is accounted for with the first of them
        home[raw.cell[::-1]] = chosen[::-1]
        beside = np.zeros(n_cells, dtype=bool)
        beside[raw.cell[~chosen]] = True
        shared = beside[raw.cell[mine]]
    own = home[cells]
    parts = (beyond[own], excess[own], border[own])
    of_row, shares = raw.cell[mine], fraction[mine]
    # A row that is all of a cell is the only one of the cell.
    split = np.flatnonzero(shares != 1.0)
    in_parts = home.copy()
    in_parts[of_row[shares == 1.0]] = False
    some = (of_row[split], shares[split], np.flatnonzero(in_parts))
    account = {
        group: _account(people, home, some, (cells[own], *parts))
        for group, people in values.items()
    }
    place = np.arange(0) if only is None else np.cumsum(only) - 1
    return Demand(
        unit_codes=units["unit_code"].to_numpy(dtype=object)[slice(None) if only is None else only],
        cell=of_row,
        unit=raw.polygon if only is None else place[raw.polygon[mine]],
        fraction=shares,
        area_fraction=raw.fraction[mine],
        values=values,
        overlap={group: from_sum(sums.overlap) for group, sums in account.items()},
        on_border={group: from_sum(sums.on_border) for group, sums in account.items()},
        account=account,
        shared=shared,
    )


def _account(
    people: NDArray[np.float64],
    home: NDArray[np.bool_],
    split: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]],
    odd: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]],
) -> Account:
    """Add up people of cells, of rows that are not all of theirs (cell, share) and of the cells of these, and of odd cells (outside, in overlaps, on borders)."""
    cell, share, in_parts = split
    at, beyond, twice, border = odd
    few = people[at]
    touched = sum(exact_sum(people[b][home[b]]) for b in _blocks(len(people)))
    parts = sum(exact_sum(people[cell[b]] * share[b]) for b in _blocks(len(cell)))
    return Account(
        allocated=touched
        - sum(exact_sum(people[in_parts[b]]) for b in _blocks(len(in_parts)))
        + parts,
        touched=touched,
        outside=exact_sum(few * beyond),
        overlap=exact_sum(few * twice),
        on_border=exact_sum(few[border]),
    )


def _on_shared_border(
    population: Population,
    polygons: NDArray[np.object_],
    raw: Fractions,
    several: NDArray[np.int64],
    n_cells: int,
) -> NDArray[np.bool_]:
    """Mark, of the cells in several units, points that stand inside none of them."""
    border = np.zeros(n_cells, dtype=bool)
    if isinstance(population, PopulationGrid) or len(several) == 0:
        return border
    cells = population.geometry.to_numpy()
    border[several] = shapely.get_dimensions(cells[several]) == 0
    rows = np.flatnonzero(border[raw.cell])
    inside = shapely.contains_properly(polygons[raw.polygon[rows]], cells[raw.cell[rows]])
    border[raw.cell[rows[inside]]] = False
    return border


def total_of(population: Population, group: str) -> int:
    """Add up the people of all cells of a layer.

    Parameters
    ----------
    population
        Grid, or frame of cells.
    group
        Population column.

    Returns
    -------
    int
        As ``exact_sum`` gives it.
    """
    if isinstance(population, PopulationGrid):
        return exact_sum(population.values[group].ravel())
    return exact_sum(population[group].to_numpy(dtype=np.float64))


def _cell_values(population: Population) -> dict[str, NDArray[np.float64]]:
    if isinstance(population, PopulationGrid):
        values = {group: people.ravel() for group, people in population.values.items()}
    else:
        groups = [group for group in GROUPS if group in population.columns]
        values = {group: population[group].to_numpy(dtype=np.float64) for group in groups}
    faults = [fault for group, people in values.items() for fault in _bad_people(group, people)]
    if POPULATION not in values:
        columns = ", ".join(map(str, getattr(population, "columns", values)))
        faults.append(
            Fault(
                severity="error",
                code="population.no_column",
                message=f"there is no column population; there are: {columns}.",
                mend="Rename the column that holds everyone to population.",
            )
        )
    if faults:
        raise InputError("population cannot be used:", faults)
    return values


def _bad_people(group: str, people: NDArray[np.float64]) -> list[Fault]:
    if len(people) == 0 or (people.min() >= 0 and people.max() < np.inf):
        return []
    bad = np.flatnonzero(~(people >= 0) | np.isinf(people))
    fault = Fault(
        severity="error",
        code="population.not_a_count",
        column=group,
        rows=tuple((bad[:100] + 1).tolist()),
        count=len(bad),
        message=f"{len(bad)} of {len(people)} cells hold no number, a negative or an infinite one.",
        mend="Replace what is unknown by 0, or leave those cells out, and say so in the report.",
    )
    return [fault]


def known_share(
    population: Population, units: gpd.GeoDataFrame, group: str = POPULATION
) -> NDArray[np.float64]:
    """Share of each unit's area for which the population layer has numbers.

    Parameters
    ----------
    population
        Grid, or frame of cells in the CRS of the units.
    units : GeoDataFrame, shape (n_units,)
        Polygons in a metric CRS.
    group
        Population column.

    Returns
    -------
    array, shape (n_units,)
        0 to 1: beyond the extent of a grid, in its cells without data, and between polygon cells
        nothing is known. Points say nothing of where nobody lives, so they are taken as complete.
    """
    polygons = units.geometry.to_numpy()
    if isinstance(population, PopulationGrid):
        return _known_of_grid(population, polygons, units.crs, group)
    if (population.geom_type == "Point").all():
        return np.ones(len(units))
    known = area_of_cells(population.geometry.to_numpy(), polygons)
    return np.asarray(np.minimum(1.0, known / shapely.area(polygons)))


def _known_of_grid(
    grid: PopulationGrid, polygons: NDArray[np.object_], crs: pyproj.CRS, group: str
) -> NDArray[np.float64]:
    n_rows, n_cols = grid.raster.shape
    pixels = to_pixels(grid, polygons, crs)
    whole = shapely.area(pixels)
    known = whole.copy()
    low, high = np.split(shapely.bounds(pixels), 2, axis=1)
    beyond = ~((low >= 0) & (high <= (n_cols, n_rows))).all(axis=1)
    extent = shapely.box(0, 0, n_cols, n_rows)
    known[beyond] = shapely.area(shapely.intersection(pixels[beyond], extent))
    if group in grid.unknown:
        known = known - area_in_cells(grid, grid.unknown[group], polygons, crs)
    return np.asarray(known / whole)
