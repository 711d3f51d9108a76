"""What checks need to know of the cells of a grid, found window by window and added up.

Pure functions: a grid in memory is one window, a raster that stays in its file is many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import shapely

from capacity.inputs.ahead import in_order
from capacity.population import cell_areas_km2
from capacity.vocabulary import POPULATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from affine import Affine
    from numpy.typing import NDArray

    from capacity.population import PopulationGrid

DENSE: Final = 200_000
"""People per km² of a cell beyond which it is a warning."""
ABSURD: Final = 2_000_000
"""People per km² of a cell beyond which it is an error."""


class Density(NamedTuple):
    """Cells by people per km²: with any, beyond ``DENSE``, beyond ``ABSURD``; and the highest."""

    peopled: int
    dense: int
    absurd: int
    highest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was found in the cells of a grid.

    Attributes
    ----------
    range_of
        Population column → the lowest and highest number, 0 among them; NaN where any is.
    density
        Cells by people per km².
    exceeding
        Other population column → cells where it has more people than everyone together, and cells
        with people of either.
    no_data
        Cells without a number for the population whose centre lies in a polygon.
    people
        People of the cells whose centre lies in a polygon.
    peopled
        Cells with people.
    """

    range_of: Mapping[str, tuple[float, float]]
    density: Density
    exceeding: Mapping[str, tuple[int, int]]
    no_data: int
    people: float
    peopled: int


def survey(windows: Iterable[PopulationGrid], polygons: NDArray[np.object_]) -> Survey:
    """Go through the cells of a grid once.

    Parameters
    ----------
    windows
        The windows of the grid, at least one, which have every cell once; a few at a time are held.
    polygons : array of Polygon or MultiPolygon, shape (n,)
        Units with sound polygons in the CRS of the grid, if any.

    Returns
    -------
    Survey
        Of all windows together.

    Examples
    --------
    >>> from affine import Affine
    >>> from pyproj import CRS
    >>> from capacity.population import PopulationGrid
    >>> people = {"population": np.array([[5.0, 0.0]])}
    >>> grid = PopulationGrid(people, Affine(100, 0, 0, 0, -100, 100), CRS(4547))
    >>> found = survey([grid], np.array([shapely.box(0, 0, 100, 100)], dtype=object))
    >>> found.people, found.peopled, found.density.dense
    (5.0, 1, 0)
    """
    total: Survey | None = None
    sides: list[_Sides] = []

    def look(window: PopulationGrid) -> Survey:
        """Survey one window."""
        return _of_window(window, sides[0])

    def prepared() -> Iterator[PopulationGrid]:
        """Find the sides of the polygons where the first window says what raster it is of."""
        for window in windows:
            if not sides:
                sides.append(_sides_of(polygons, window.raster.transform))
            yield window

    for found in in_order(look, prepared()):
        total = found if total is None else _added(total, found)
    if total is None:
        raise ValueError("a grid without cells.")
    return total


def _of_window(grid: PopulationGrid, sides: _Sides) -> Survey:
    people = grid.values[POPULATION]
    inside = _centres_in(grid, sides)
    unknown = grid.unknown.get(POPULATION)
    return Survey(
        range_of={
            group: (float(values.min(initial=0.0)), float(values.max(initial=0.0)))
            for group, values in grid.values.items()
        },
        density=count_dense((people / cell_areas_km2(grid)).ravel()),
        exceeding=count_exceeding(grid.values),
        no_data=0 if inside is None or unknown is None else int((unknown & inside).sum()),
        people=0.0 if inside is None else float(people[inside].sum()),
        peopled=int(np.count_nonzero(people)),
    )


class _Sides(NamedTuple):
    """Sides of polygons in columns and rows of a raster, from the upper end down; sorted by it.

    ``turn`` is 1 where what lies right of the side is in the polygon more often than what lies left of
    it, and -1 where it is less often; ``most`` is the most rows that a side goes down.
    """

    column: NDArray[np.float64]
    row: NDArray[np.float64]
    to_column: NDArray[np.float64]
    to_row: NDArray[np.float64]
    turn: NDArray[np.int32]
    most: float


def _sides_of(polygons: NDArray[np.object_], transform: Affine) -> _Sides:
    """List the sides of polygons that are in the CRS of a raster; level ones hold no centre apart."""
    rings, polygon = shapely.get_rings(shapely.get_parts(polygons), return_index=True)
    is_outer = np.ones(len(rings), dtype=bool)
    is_outer[1:] = polygon[1:] != polygon[:-1]
    # rows run down where most rasters have them, which turns rings round
    runs_round = shapely.is_ccw(rings) == (transform.determinant > 0)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    back = ~transform
    column = back.a * xy[:, 0] + back.b * xy[:, 1] + back.c
    row = back.d * xy[:, 0] + back.e * xy[:, 1] + back.f
    begin = np.flatnonzero((ring[1:] == ring[:-1]) & (row[1:] != row[:-1]))
    falls = row[begin + 1] > row[begin]
    upper, lower = np.where(falls, begin, begin + 1), np.where(falls, begin + 1, begin)
    inside = falls != (runs_round == is_outer)[ring[begin]]
    turn = np.where(inside, 1, -1).astype(np.int32)
    order = np.argsort(row[upper], kind="stable")
    upper, lower = upper[order], lower[order]
    most = float((row[lower] - row[upper]).max(initial=0.0))
    return _Sides(column[upper], row[upper], column[lower], row[lower], turn[order], most)


def _centres_in(grid: PopulationGrid, sides: _Sides) -> NDArray[np.bool_] | None:
    """Mark the cells whose centre lies in a polygon; None where none can.

    A centre exactly on a border that two polygons share is in one of them.
    """
    n_rows, n_columns = grid.shape
    top = grid.raster.row
    near = slice(*np.searchsorted(sides.row, [top - sides.most, top + n_rows]))
    upper, lower, left = sides.row[near], sides.to_row[near], sides.column[near]
    first = np.ceil(upper - top - 0.5).clip(0, n_rows).astype(np.int64)
    many = np.ceil(lower - top - 0.5).clip(0, n_rows).astype(np.int64) - first
    if not many.any():
        return None
    side = np.repeat(np.arange(len(many)), many)
    row = np.arange(len(side)) + np.repeat(first - np.cumsum(many) + many, many)
    slope = ((sides.to_column[near] - left) / (lower - upper))[side]
    crossing = left[side] + (row + (top + 0.5) - upper[side]) * slope - grid.raster.column
    column = np.ceil(crossing - 0.5).clip(0, n_columns).astype(np.int64)
    turns = np.zeros((n_rows, n_columns + 1), dtype=np.int32)
    np.add.at(turns.reshape(-1), row * (n_columns + 1) + column, sides.turn[near][side])
    return np.asarray(np.cumsum(turns, axis=1, out=turns)[:, :-1] > 0)


def _added(some: Survey, more: Survey) -> Survey:
    low_high = {
        group: (float(np.minimum(low, more.range_of[group][0])),
                float(np.maximum(high, more.range_of[group][1])))
        for group, (low, high) in some.range_of.items()
    }  # fmt: skip
    return Survey(
        range_of=low_high,
        density=Density(
            some.density.peopled + more.density.peopled,
            some.density.dense + more.density.dense,
            some.density.absurd + more.density.absurd,
            max(some.density.highest, more.density.highest),
        ),
        exceeding={
            group: (n + more.exceeding[group][0], peopled + more.exceeding[group][1])
            for group, (n, peopled) in some.exceeding.items()
        },
        no_data=some.no_data + more.no_data,
        people=some.people + more.people,
        peopled=some.peopled + more.peopled,
    )


def count_dense(density: NDArray[np.float64]) -> Density:
    """Count cells by density.

    Parameters
    ----------
    density
        People per km² of cells, in any order.

    Returns
    -------
    Density
        Exactly 200,000 or 2,000,000 are not beyond it.
    """
    return Density(
        peopled=int(np.count_nonzero(density > 0)),
        dense=int(np.count_nonzero(density > DENSE)),
        absurd=int(np.count_nonzero(density > ABSURD)),
        highest=float(density.max(initial=0.0)),
    )


def count_exceeding(values: Mapping[str, NDArray[np.float64]]) -> dict[str, tuple[int, int]]:
    """Count the cells where an age group has more people than everyone together.

    Parameters
    ----------
    values
        Population column → people per cell.

    Returns
    -------
    dict
        Group → cells where it exceeds everyone by more than rounding, cells with people of either.
    """
    everyone = values[POPULATION]
    most, somebody = everyone * (1 + 1e-6) + 1e-6, everyone > 0
    return {
        group: (
            int(np.count_nonzero(array > most)),
            int(np.count_nonzero((array > 0) | somebody)),
        )
        for group, array in values.items()
        if group != POPULATION
    }
