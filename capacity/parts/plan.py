"""Cut a study area into parts: units, what lies near them, and what each part is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from affine import Affine

from capacity.assess.faults import cell_side_m
from capacity.assess.people import Beside
from capacity.demand import demand
from capacity.fractions import to_pixels
from capacity.inputs.ahead import begun
from capacity.parts.asking import cell_tiers
from capacity.parts.cells import Window
from capacity.parts.edges import NetworkNear, WholeNetwork, areal_entrances, entrances_near, halo
from capacity.parts.part import Part, Places, Task
from capacity.parts.split import inseparable, split
from capacity.population import PopulationGrid
from capacity.vocabulary import POPULATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyproj
    from numpy.typing import NDArray

    from capacity.assess.context import Context
    from capacity.parts.asking import Asked
    from capacity.parts.cells import GridStore
    from capacity.parts.edges import StoredNetwork
    from capacity.population import RasterWindow
    from capacity.study_area import StudyArea

MOST_CELLS: Final = 2_000_000
"""Cells of the window of a part, as far as it holds more than one group of units."""

_AT_ONCE: Final = 4  # tasks that find where units lie
_MARGIN: Final = 2.0  # cells about the units that a window holds too
# Circles are drawn a little wider than their radius, so that their area is right.
_WIDER: Final = 1.01


@dataclass(frozen=True)
class Around:
    """Where the units of a study area lie, in cells or in metres, and how many people they have.

    Attributes
    ----------
    codes
        Units with a polygon in the tiers in which people are counted by place, and all others.
    boxes
        Their bounds in cells of the raster (columns, and rows from the bottom up), or in metres where
        the population is no grid.
    people
        About how many people each has, to share the work by; 0 in other tiers than the highest that is
        counted.
    """

    codes: pd.Index
    boxes: NDArray[np.float64]
    people: NDArray[np.float64]

    def of(self, codes: Sequence[str]) -> NDArray[np.float64]:
        """Bounds of some units, shape (n, 4)."""
        return self.boxes[self.codes.get_indexer(pd.Index(list(codes)))]

    def size(self, codes: Sequence[str]) -> float:
        """Area of the box around some units: in cells, or in m²."""
        boxes = self.of(codes)
        return float(np.prod(boxes[:, 2:].max(axis=0) - boxes[:, :2].min(axis=0)))


class Placing(NamedTuple):
    """Some units, those of them that are counted, and the cells that they lie in."""

    shapes: NDArray[np.object_]
    counted: NDArray[np.bool_]
    crs: pyproj.CRS
    fine: RasterWindow
    coarse: PopulationGrid


class _Raster(NamedTuple):
    raster: RasterWindow
    crs: pyproj.CRS


def place(some: Placing) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find where some units lie in a raster, and about how many people they have; workers do this too.

    Parameters
    ----------
    some
        The units.

    Returns
    -------
    tuple of array
        Bounds in cells of the raster, shape (n, 4); people, shape (n,), 0 of units that are not counted.
    """
    pixels = to_pixels(_Raster(some.fine, some.coarse.crs), some.shapes, some.crs)
    people = np.zeros(len(pixels))
    if some.counted.any():
        at = np.flatnonzero(some.counted)
        units = gpd.GeoDataFrame({"unit_code": at.astype(str)}, geometry=pixels[at])
        people[at] = demand(some.coarse, units.set_crs(some.coarse.crs)).by_unit().to_numpy()
    return shapely.bounds(pixels).reshape(-1, 4), people


def around(
    context: Context,
    coarse: PopulationGrid | None,
    set_going: Callable[[Callable[[Any], Any], Sequence[Any]], Callable[[], Iterable[Any]]] = begun,
) -> Callable[[], Around]:
    """Begin to find where the units of an area lie in its population layer.

    Parameters
    ----------
    context
        Of the whole area.
    coarse
        Its population in large cells, as ``coarser`` gives it; None where it is no grid.
    set_going
        Has a function applied to items while this process does something else; this process applies it
        when the answer is asked for, if not given.

    Returns
    -------
    callable
        Gives the place of every unit with a polygon.
    """
    units, population = context.units, context.area.population
    drawn = units[~(units.geometry.isna() | units.geometry.is_empty)]
    shapes = drawn.geometry.to_numpy()
    counted = np.asarray(drawn.index.isin(context.people_of.drawn(context.base_tier).index))
    if coarse is None or not isinstance(population, PopulationGrid):
        people = np.zeros(len(drawn))
        people[counted] = _people_near(population, shapes[counted])
        return lambda: Around(drawn.index, shapely.bounds(shapes).reshape(-1, 4), people)
    # every so many units together, as the large ones often come first
    shares = [slice(first, None, _AT_ONCE) for first in range(_AT_ONCE)]
    some = [
        Placing(shapes[share], counted[share], drawn.crs, population.raster, coarse)
        for share in shares
    ]
    found = set_going(place, some)

    def result() -> Around:
        """Wait for it."""
        boxes, people = np.empty((len(drawn), 4)), np.empty(len(drawn))
        for share, (own, inside) in zip(shares, found(), strict=True):
            boxes[share], people[share] = own, inside
        return Around(drawn.index, boxes, people)

    return result


def _people_near(
    population: gpd.GeoDataFrame | PopulationGrid | None, shapes: NDArray[np.object_]
) -> NDArray[np.float64]:
    """Add up the people of cells, or at points, whose middle lies in polygons."""
    if population is None or isinstance(population, PopulationGrid):
        return np.zeros(len(shapes))
    middles = shapely.centroid(population.geometry.to_numpy())
    unit, cell = shapely.STRtree(middles).query(shapes, predicate="intersects")
    people = population[POPULATION].to_numpy(dtype=np.float64)[cell]
    return np.bincount(unit, weights=people, minlength=len(shapes)).astype(np.float64)


def coarser(grid: PopulationGrid, people: NDArray[np.float64], step: int) -> PopulationGrid:
    """Make a grid of large cells, in the space where the cells of the fine one are unit squares.

    Parameters
    ----------
    grid
        The fine grid.
    people : array
        People of each large cell.
    step
        Rows and columns of a large cell.

    Returns
    -------
    PopulationGrid
        In columns, and rows from the bottom up, of the raster, as polygons are after ``to_pixels``; the
        CRS that it names is the other's.
    """
    raster = grid.raster
    corner = Affine.translation(raster.column, raster.shape[0] - raster.row)
    return PopulationGrid({POPULATION: people}, corner @ Affine.scale(step, -step), grid.crs)


def cut(
    context: Context,
    lying: Around,
    *,
    n_parts: int,
    most_cells: float = MOST_CELLS,
) -> list[list[str]]:
    """Say which units are taken together.

    Parameters
    ----------
    context
        Of the whole area.
    lying
        Where the units lie.
    n_parts
        How many parts there are to be.
    most_cells
        Cells of a window that holds more than one group of units.

    Returns
    -------
    list of list of str
        Codes of each part.
    """
    codes = [code for tier in cell_tiers(context) for code in context.people_of.drawn(tier).index]
    boxes = dict(zip(codes, lying.of(codes), strict=True))
    shapes = dict(zip(codes, context.units.geometry.loc[codes], strict=True))
    people = dict(zip(lying.codes, lying.people.tolist(), strict=True))
    groups = inseparable(context.people_of, cell_tiers(context))
    is_grid = isinstance(context.area.population, PopulationGrid)
    most = most_cells if is_grid else np.inf
    return split(groups, shapes, people, boxes, n_parts=n_parts, most_cells=most)


def parts(
    contexts: Sequence[Context],
    asked: Sequence[Asked],
    lying: Around,
    cuts: Sequence[Sequence[str]],
    wanted: Sequence[int],
    *,
    grid: GridStore | None,
    network: StoredNetwork | None,
) -> Iterator[Part]:
    """Make the parts, one after the other.

    Parameters
    ----------
    contexts
        Of the whole area: of the assessment, then of each further case.
    asked
        Questions.
    lying
        Where the units lie.
    cuts
        Codes of each part.
    wanted
        Numbers of the parts wanted, from 1.
    grid
        Where windows are read; None where the population is no grid.
    network
        Where edges are read; None where nobody walks along any.

    Yields
    ------
    Part
        With everything that it needs. The largest come first, so that no worker begins a long one when
        the others have nothing left to do.
    """
    maker = _Maker(contexts, asked, lying, grid, network)
    sizes = {number: lying.size(cuts[number - 1]) for number in wanted}
    for number in sorted(wanted, key=lambda number: -sizes[number]):
        yield maker.make(number, cuts[number - 1])


class _Maker:
    """Cuts parts out of an area; what is the same for all of them is found once."""

    def __init__(
        self,
        contexts: Sequence[Context],
        asked: Sequence[Asked],
        lying: Around,
        grid: GridStore | None,
        network: StoredNetwork | None,
    ) -> None:
        context = contexts[0]
        self.context, self.asked, self.grid = context, asked, grid
        self.area: StudyArea = context.area
        self.people = context.people_of
        self.lying = lying
        self.tiers = cell_tiers(context)
        self.order: list[str] = context.units.index.tolist()
        self.trees = {
            tier: shapely.STRtree(_drawn(self._boxes(self.people.drawn(tier).index)))
            for tier in self.tiers
        }
        self.reaches: dict[tuple[int, str, str], float] = {}
        self.points: dict[tuple[int, str, str], NDArray[Any]] = {}
        self.walks: dict[tuple[int, str, str], float] = {}
        for one in asked:
            if one.circle is not None:
                key = (one.case, one.circle.service, one.circle.name)
                reaches = self.walks if is_walked(context, one) else self.reaches
                reaches[key] = max(reaches.get(key, 0.0), one.circle.limit.metres)
                self.points[key] = contexts[one.case].places(one.circle)
        self.network, whole = network, self.area.network
        self.entrances: dict[bytes, NDArray[np.float64]] = {}
        if network is not None and whole is not None:
            walked = [self.points[key] for key in self.walks]
            self.entrances = areal_entrances(whole, walked)
            self.groups = network.groups()
        self.bounds = {key: shapely.bounds(places) for key, places in self.points.items()}
        self.finer = {
            (tier, group): self.people.finer(tier, group)
            for tier in self.tiers
            for group in self.people.groups(tier)
            if self.area.census is not None
        }
        population = self.area.population
        self.side_m = 0.0 if population is None else cell_side_m(population) or 0.0

    def _boxes(self, codes: pd.Index) -> NDArray[np.float64]:
        return self.lying.of(list(codes))

    def make(self, number: int, codes: Sequence[str]) -> Part:
        """Make one part."""
        own = self.area.units[self.area.units["unit_code"].isin(codes)]
        lines = {above for code in codes for above in self.people.line(code)} - set(codes)
        shared = sorted(lines & set(self.lying.codes)) if self.area.census is not None else []
        window = self._window([*codes, *shared])
        population = None
        cells: NDArray[np.float64] = np.empty((0, 4))
        if self.grid is None:
            population = self._cells_near([*codes, *shared])
            if population is not None:
                cells = shapely.bounds(population.geometry.to_numpy())
        box = self._around(own, cells)
        walks = self._walks(box)
        places = self._places(box, walks)
        return Part(
            number=number,
            codes=tuple(codes),
            area=self._area(codes, shared, population),
            beside=replace(self._beside(codes, cells), network=self._beyond(places)),
            grid=self.grid,
            window=window,
            places=places,
            network=self._network(box, walks, places),
            tasks=tuple(
                Task(
                    number=at,
                    question=one.question,
                    limit=None if one.circle is None else one.circle.limit,
                    walked=is_walked(self.context, one),
                    per_person=one.per_person,
                    meant=frozenset(codes) & frozenset(one.meant),
                    case=one.case,
                )
                for at, one in enumerate(self.asked)
            ),
        )

    def _area(
        self, codes: Sequence[str], shared: Sequence[str], population: gpd.GeoDataFrame | None
    ) -> StudyArea:
        """Cut the study area down: units of the part, and with a census all rows of the others."""
        units = self.area.units
        if self.area.census is None:
            units = units[units["unit_code"].isin(codes)]
        else:
            kept = units["unit_code"].isin([*codes, *shared])
            units = units.set_geometry(units.geometry.where(kept))
        return replace(
            self.area,
            units=units.reset_index(drop=True),
            population=population,
            facilities=self.area.facilities.iloc[:0],
            compounds=None,
            figures=None,
            network=None,
            candidates=None,
            forbidden=None,
            siting=None,
            faults=(),
            files=(),
        )

    def _window(self, codes: Sequence[str]) -> Window | None:
        if self.grid is None:
            return None
        raster, (n_rows, n_columns) = self.grid.raster, self.grid.shape
        boxes = self._boxes(pd.Index(codes))
        low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
        # rows are counted from the top, boxes from the bottom of the raster
        top, bottom = _span(raster.shape[0] - high[1], raster.shape[0] - low[1], raster.row, n_rows)
        left, right = _span(low[0], high[0], raster.column, n_columns)
        return Window(top, left, bottom - top, right - left)

    def _cells_near(self, codes: Sequence[str]) -> gpd.GeoDataFrame | None:
        population = self.area.population
        if population is None or isinstance(population, PopulationGrid):
            return None
        shapes = self.context.units.geometry.loc[list(codes)].to_numpy()
        cells = shapely.STRtree(population.geometry.to_numpy())
        near = np.unique(cells.query(shapes, predicate="intersects")[1])
        return gpd.GeoDataFrame(population.iloc[near])

    def _beside(self, codes: Sequence[str], cells: NDArray[np.float64]) -> Beside:
        """Find the units that meet in a cell with those of the part."""
        others: dict[str, gpd.GeoDataFrame] = {}
        for tier in self.tiers:
            drawn = self.people.drawn(tier)
            mine = drawn.index[drawn.index.isin(list(codes))]
            if mine.empty:
                continue
            boxes = self._boxes(mine) + np.array([-1, -1, 1, 1]) if self.grid else cells
            near = np.unique(self.trees[tier].query(_drawn(boxes))[1])
            some = drawn.iloc[near]
            others[tier] = some[~some.index.isin(mine)]
        kept = {*codes, *(code for frame in others.values() for code in frame.index)}
        return Beside(
            base_tier=self.context.base_tier,
            finer=self.finer,
            units=others,
            order=tuple(code for code in self.order if code in kept),
        )

    def _around(self, own: gpd.GeoDataFrame, cells: NDArray[np.float64]) -> NDArray[np.float64]:
        """Box around the units of a part and the cells that they cut, in metres."""
        boxes = np.concatenate([own.geometry.bounds.dropna().to_numpy(), cells])
        margin = 4 * self.side_m + 1.0
        low, high = boxes[:, :2].min(axis=0) - margin, boxes[:, 2:].max(axis=0) + margin
        return np.concatenate([low, high])

    def _walks(self, box: NDArray[np.float64]) -> dict[tuple[int, str, str], float]:
        """Say how far around a part walks to the facilities of each circle lead that begin in it."""
        snap_m = self.area.parameters.snap_limit_m
        metres = {
            reach: halo(self.groups, box, reach, snap_m) * _WIDER
            for reach in set(self.walks.values())
        }
        return {key: metres[reach] for key, reach in self.walks.items()}

    def _beyond(self, places: dict[tuple[int, str, str], Places]) -> WholeNetwork | None:
        """Let the whole network speak for what lies beyond, and for the facilities of a part."""
        if self.network is None:
            return None
        near = [places[key].points for key in self.walks]
        return WholeNetwork(self.network, entrances_near(self.entrances, near))

    def _network(
        self,
        box: NDArray[np.float64],
        walks: dict[tuple[int, str, str], float],
        places: dict[tuple[int, str, str], Places],
    ) -> NetworkNear | None:
        """Say which edges the part needs: those within its walks, and those near their facilities."""
        if self.network is None:
            return None
        snap_m = self.area.parameters.snap_limit_m + 1.0
        main = _grown(box, max(walks.values(), default=0.0) + snap_m)
        numbers = {key: places[key].numbers for key in self.walks}
        some = [self.bounds[key][near] for key, near in numbers.items()]
        around = _grown(np.concatenate([np.empty((0, 4)), *some]), snap_m)
        inside = (around[:, :2] >= main[:2]).all(axis=1) & (around[:, 2:] <= main[2:]).all(axis=1)
        return NetworkNear(self.network, np.concatenate([main[None], around[~inside]]))

    def _places(
        self, box: NDArray[np.float64], walks: dict[tuple[int, str, str], float]
    ) -> dict[tuple[int, str, str], Places]:
        """Find the facilities within the largest reach of their circles."""
        found = {}
        for key, points in self.points.items():
            reach = max(self.reaches.get(key, 0.0) * _WIDER, walks.get(key, 0.0))
            near = np.flatnonzero(
                (self.bounds[key][:, 0] <= box[2] + reach)
                & (self.bounds[key][:, 2] >= box[0] - reach)
                & (self.bounds[key][:, 1] <= box[3] + reach)
                & (self.bounds[key][:, 3] >= box[1] - reach)
            )
            found[key] = Places(points[near], near.astype(np.int64))
        return found


def is_walked(context: Context, one: Asked) -> bool:
    """Say whether a question is about a circle that is walked along the network.

    Parameters
    ----------
    context
        Of the whole area.
    one
        The question.

    Returns
    -------
    bool
        False for one about no circle.
    """
    return one.circle is not None and one.circle.reach is not context.straight


def _grown(boxes: NDArray[np.float64], margin: float) -> NDArray[np.float64]:
    return boxes + margin * np.array([-1.0, -1.0, 1.0, 1.0])


def _drawn(boxes: NDArray[np.float64]) -> NDArray[np.object_]:
    return np.asarray(shapely.box(*boxes.T), dtype=object).reshape(-1)


def _span(low: float, high: float, first: int, n: int) -> tuple[int, int]:
    """Give the first cell and the one after the last of a stretch with a margin, at least one."""
    start = int(np.clip(np.floor(low - _MARGIN), first, first + n - 1))
    return start, int(np.clip(np.ceil(high + _MARGIN), start + 1, first + n))
