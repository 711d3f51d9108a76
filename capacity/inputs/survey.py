"""What checks need to know of the cells of a grid, found window by window and added up.

Pure functions: a grid in memory is one window, a raster that stays in its file is many (``blocks``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import shapely

from capacity.population import cell_areas_km2
from capacity.vocabulary import POPULATION

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def survey(grid: PopulationGrid, sides: Sides) -> Survey:
    """Look at the cells of a grid, or of a window of one.

    Parameters
    ----------
    grid
        The cells.
    sides
        Of the units with sound polygons, if any, as ``sides_of`` gives them for the raster of the grid.

    Returns
    -------
    Survey
        Of these cells; ``added`` puts those of several windows together.

    Examples
    --------
    >>> from affine import Affine
    >>> from pyproj import CRS
    >>> from capacity.population import PopulationGrid
    >>> people = {"population": np.array([[5.0, 0.0]])}
    >>> grid = PopulationGrid(people, Affine(100, 0, 0, 0, -100, 100), CRS(4547))
    >>> unit = np.array([shapely.box(0, 0, 100, 100)], dtype=object)
    >>> found = survey(grid, sides_of(unit, grid.transform))
    >>> found.people, found.peopled, found.density.dense
    (5.0, 1, 0)
    """
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


class Sides(NamedTuple):
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

    def among(self, top: int, n_rows: int) -> Sides:
        """Give the sides that may meet some rows of the raster, from ``top`` on."""
        near = slice(*np.searchsorted(self.row, [top - self.most, top + n_rows]))
        return Sides(
            self.column[near],
            self.row[near],
            self.to_column[near],
            self.to_row[near],
            self.turn[near],
            self.most,
        )


def sides_of(polygons: NDArray[np.object_], transform: Affine) -> Sides:
    """List the sides of polygons; level ones hold no centre apart.

    Parameters
    ----------
    polygons : array of Polygon or MultiPolygon, shape (n,)
        In the CRS of the raster.
    transform
        Of the raster: from columns and rows to coordinates.

    Returns
    -------
    Sides
        In columns and rows of the raster.
    """
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
    return Sides(column[upper], row[upper], column[lower], row[lower], turn[order], most)


def _centres_in(grid: PopulationGrid, sides: Sides) -> NDArray[np.bool_] | None:
    """Mark the cells whose centre lies in a polygon; None where none can.

    A centre exactly on a border that two polygons share is in one of them.
    """
    n_rows, n_columns = grid.shape
    top = grid.raster.row
    some = sides.among(top, n_rows)
    upper, lower, left = some.row, some.to_row, some.column
    first = np.ceil(upper - top - 0.5).clip(0, n_rows).astype(np.int64)
    many = np.ceil(lower - top - 0.5).clip(0, n_rows).astype(np.int64) - first
    if not many.any():
        return None
    side = np.repeat(np.arange(len(many)), many)
    row = np.arange(len(side)) + np.repeat(first - np.cumsum(many) + many, many)
    slope = ((some.to_column - left) / (lower - upper))[side]
    crossing = left[side] + (row + (top + 0.5) - upper[side]) * slope - grid.raster.column
    column = np.ceil(crossing - 0.5).clip(0, n_columns).astype(np.int64)
    turns = np.zeros((n_rows, n_columns + 1), dtype=np.int32)
    np.add.at(turns.reshape(-1), row * (n_columns + 1) + column, some.turn[side])
    return np.asarray(np.cumsum(turns, axis=1, out=turns)[:, :-1] > 0)


def added(some: Survey, more: Survey) -> Survey:
    """Put the surveys of two windows together.

    Parameters
    ----------
    some, more
        Of different cells.

    Returns
    -------
    Survey
        Of all of them.
    """
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
