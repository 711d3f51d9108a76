"""Straight-line reach: who lives within a radius of any facility.

``≤ radius`` counts. For cells with an area the covered share is the share of their area within the
radius, cut at the unit's border, not a centroid in or out; a point is covered if its distance is at
most the radius. A facility that is an area is reached at its boundary, and whoever is inside is there;
of one with several entrances the nearest counts.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from pyproj import Transformer
from scipy.spatial import cKDTree

from capacity.fractions import NEGLIGIBLE, cell_fractions
from capacity.population import PopulationGrid
from capacity.reach.pairs import Pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    import pyproj
    from numpy.typing import NDArray

    from capacity.demand import Demand
    from capacity.fractions import Fractions
    from capacity.population import Population

# A circle is drawn as a regular polygon of 4 × this many corners with exactly the circle's area;
# its edge then strays from the circle by at most 0.12 % of the radius, inwards and outwards by turns.
_QUAD_SEGMENTS = 16
# Around an area only the corners are round: many pieces keep them within 0.01 % of the radius.
_QUAD_SEGMENTS_OF_AREAS = 64
_AT_ONCE = 1 << 16


def circles(places: NDArray[np.object_], radius_m: float) -> NDArray[np.object_]:
    """Draw what is within the radius of each place; a circle is a polygon with exactly its area.

    Parameters
    ----------
    places : array of Point, MultiPoint, Polygon or MultiPolygon, shape (n,)
        In a metric CRS.
    radius_m
        Service radius in metres.

    Returns
    -------
    array of Polygon or MultiPolygon, shape (n,)
        Of a point a regular 64-gon, area π r² to float precision; of several points (entrances) all
        their circles together; of an area the area and what is within the radius of its boundary,
        drawn inside the true border by at most 0.01 % of the radius. Empty places have an empty
        polygon, missing ones none.

    Examples
    --------
    >>> circle = circles(shapely.points([[0, 0]]), 300.0)[0]
    >>> round(circle.area, 3), round(np.pi * 300**2, 3)
    (282743.339, 282743.339)
    """
    corners = 4 * _QUAD_SEGMENTS
    angle = 2 * np.pi / corners
    equal_area = radius_m * np.sqrt(angle / np.sin(angle))
    # All circles of points are one circle, moved.
    one = shapely.get_coordinates(
        shapely.buffer(shapely.Point(0.0, 0.0), equal_area, quad_segs=_QUAD_SEGMENTS)
    )
    point = _each_is_point(places) & (len(one) > 0)
    drawn = np.empty(len(places), dtype=object)
    drawn[point] = shapely.polygons(shapely.get_coordinates(places[point])[:, None] + one)
    drawn[~point] = shapely.buffer(places[~point], equal_area, quad_segs=_QUAD_SEGMENTS)
    areas = shapely.get_dimensions(places) > 0
    drawn[areas] = shapely.buffer(places[areas], radius_m, quad_segs=_QUAD_SEGMENTS_OF_AREAS)
    return drawn


def reach_polygons(
    polygons: NDArray[np.object_], points: NDArray[np.object_], radius_m: float
) -> NDArray[np.object_]:
    """Cut what is within the radius of any point out of each polygon.

    Parameters
    ----------
    polygons : array, shape (n_units,)
        Unit polygons in a metric CRS.
    points : array of Point, MultiPoint, Polygon or MultiPolygon, shape (n_facilities,)
        In the same CRS, inside the units or not.
    radius_m
        Service radius in metres.

    Returns
    -------
    array, shape (n_units,)
        Polygon ∩ union of circles; an empty polygon where nothing is in reach.
    """
    result = np.full(len(polygons), shapely.Polygon(), dtype=object)
    if len(points) == 0:
        return result
    drawn = circles(points, radius_m)
    # Only circles that touch are merged: what they make lies apart, and a unit has many such pieces.
    # Those of one unit by themselves: a corner of a union is the same to the last digit only if the
    # same circles were merged, whatever else is in the list.
    merged = [
        (unit, shapely.get_parts(shapely.disjoint_subset_union_all(drawn[some])))
        for unit, some in by_unit(drawn, polygons)
    ]
    if not merged:
        return result
    unit = np.repeat([unit for unit, _ in merged], [len(shapes) for _, shapes in merged])
    pieces = cut_at(np.concatenate([shapes for _, shapes in merged]), polygons[unit])
    parts, of = shapely.get_parts(pieces, return_index=True)
    areal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    shapely.multipolygons(parts[areal], indices=unit[of[areal]], out=result)
    return result


def straight_line(
    population: Population,
    where: Demand,
    units: gpd.GeoDataFrame,
    points: NDArray[np.object_],
    radius_m: float,
) -> NDArray[np.float64]:
    """Compute the share of every demand row that is within the radius of any point.

    Parameters
    ----------
    population
        The cells that ``where`` was made of.
    where
        Demand of ``units``.
    units : GeoDataFrame, shape (n_units,)
        In a metric CRS.
    points : array of Point, MultiPoint, Polygon or MultiPolygon, shape (n_facilities,)
        Facilities in the CRS of the units; those outside every unit count too.
    radius_m
        Service radius in metres; a distance of exactly the radius counts.

    Returns
    -------
    array, shape (n_rows,)
        0 to 1. For cells with an area, the share of the piece of the cell in the unit that is
        within reach; for points, 0 or 1.

    Notes
    -----
    Cost grows with the number of cells inside circles, not with cells × facilities.
    """
    if not isinstance(population, PopulationGrid) and (population.geom_type == "Point").all():
        return _points_in_reach(population, where, points, radius_m)
    within = reach_polygons(units.geometry.to_numpy(), points, radius_m)
    covered = cell_fractions(population, within, units.crs)
    return _share_of_rows(where, covered)


def straight_pairs(
    population: Population,
    where: Demand,
    units: gpd.GeoDataFrame,
    points: NDArray[np.object_],
    radius_m: float,
) -> Pairs:
    """Pair every demand row with the facilities within a straight-line radius.

    Parameters
    ----------
    population
        The cells that ``where`` was made of.
    where
        Demand of ``units``.
    units : GeoDataFrame, shape (n_units,)
        In a metric CRS.
    points : array of Point, MultiPoint, Polygon or MultiPolygon, shape (n_facilities,)
        Facilities in the CRS of the units; those outside every unit count too, and missing ones reach
        nobody.
    radius_m
        Service radius in metres; a distance of exactly the radius counts.

    Returns
    -------
    Pairs
        ``share`` is the share of the row's area within the circle of the one facility, exact as in
        ``straight_line``; for points 1. ``cost`` is the distance from the cell's centre, at most the
        radius.

    Raises
    ------
    ValueError
        If the radius is negative or not finite.

    Notes
    -----
    Cost grows with the number of cells inside circles, each circle by itself; nothing is dense.

    Examples
    --------
    The first of two cells is 300 m from both facilities, the second from none:

    >>> import geopandas as gpd
    >>> from capacity import demand
    >>> from shapely import Point, box
    >>> units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[box(0, 0, 2000, 400)], crs=4547)
    >>> cells = gpd.GeoDataFrame(
    ...     {"population": [40, 60]}, geometry=[Point(400, 200), Point(1900, 200)], crs=4547
    ... )
    >>> points = shapely.points([[100, 200], [700, 200]])
    >>> pairs = straight_pairs(cells, demand(cells, units), units, points, 300)
    >>> pairs.row.tolist(), pairs.facility.tolist(), pairs.cost.tolist()
    ([0, 0], [0, 1], [300.0, 300.0])
    """
    refuse_radius(radius_m)
    if not isinstance(population, PopulationGrid) and (population.geom_type == "Point").all():
        row, facility, cost = _points_paired(population, where, points, radius_m)
        order = np.lexsort((facility, row))
        row, facility, cost, share = row[order], facility[order], cost[order], np.ones(len(row))
    else:
        row, facility, cost, share = _cells_paired(population, where, units, points, radius_m)
    return Pairs(
        row=row,
        facility=facility,
        cost=cost,
        share=share,
        n_rows=len(where.cell),
        n_facilities=len(points),
        limit_m=radius_m,
        method="straight line",
    )


def _cells_paired(
    population: Population,
    where: Demand,
    units: gpd.GeoDataFrame,
    points: NDArray[np.object_],
    radius_m: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Pair rows and facilities whose circles meet; sorted by row, then facility.

    Rows of a unit follow each other, and so do its pieces of circles: what is sorted are some units
    at a time, which stays in the processor's cache.
    """
    unit, circle, shapes = clip_to_units(circles(points, radius_m), units.geometry.to_numpy())
    found = cell_fractions(population, shapes, units.crs)
    parts = []
    for some in unit_blocks(unit, found):
        polygon, cell = found.polygon[some], found.cell[some]
        row, known = where.find(unit[polygon], cell)
        facility, cell = circle[polygon[known]], cell[known]
        # by facility already
        nth = row - row.min(initial=len(where.cell))
        small = np.min_scalar_type(int(nth.max(initial=0)))
        order = np.argsort(nth.astype(small), kind="stable")
        row, facility, cell = row[order], facility[order], cell[order]
        share = found.fraction[some][known][order] / where.area_fraction[row]
        share[share > 1.0 - NEGLIGIBLE] = 1.0
        metres = _distances(_centres(population, cell, units.crs), points, facility)
        parts.append((row, facility, np.minimum(metres, radius_m), share))
    row, facility, metres, share = (np.concatenate(each) for each in zip(*parts, strict=True))
    return row, facility, metres, share


def unit_blocks(unit: NDArray[np.int64], found: Fractions) -> Iterator[slice]:
    """Divide entries into blocks of whole units.

    Parameters
    ----------
    unit : array, shape (n_polygons,)
        Unit of each polygon, ascending.
    found
        Cells in the polygons, by polygon.

    Yields
    ------
    slice
        Entries of some units: some ten thousand, or those of one unit; one block at least.
    """
    ends = np.searchsorted(found.polygon, np.flatnonzero(np.diff(unit)) + 1)
    ends = np.append(ends, len(found.cell))
    last = np.append(np.flatnonzero(np.diff(ends // _AT_ONCE)), len(ends) - 1)
    for begin, end in itertools.pairwise([0, *ends[last].tolist()]):
        yield slice(begin, end)


def straight_nearest(
    xy: NDArray[np.float64], places: NDArray[np.object_]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Find the facility nearest to each point along the straight line.

    Parameters
    ----------
    xy : shape (n, 2)
        Coordinates in a metric CRS.
    places : array of Point, MultiPoint, Polygon or MultiPolygon, shape (n_facilities,)
        Facilities in the same CRS; missing and empty ones are near nobody.

    Returns
    -------
    metres : shape (n,)
        Distance to its boundary, 0 inside; NaN where there is no facility.
    facility : shape (n,)
        Which, any of those equally near; −1 where there is none.

    Examples
    --------
    A park 100 m to the east, and the middle of it 200 m:

    >>> metres, facility = straight_nearest(
    ...     np.array([[0.0, 0.0]]), np.array([shapely.box(100, -50, 300, 50)], dtype=object)
    ... )
    >>> metres.tolist(), facility.tolist()
    ([100.0], [0])
    """
    metres, facility = np.full(len(xy), np.nan), np.full(len(xy), -1, dtype=np.int64)
    there = np.flatnonzero(~(shapely.is_missing(places) | shapely.is_empty(places)))
    if len(there) == 0 or len(xy) == 0:
        return metres, facility
    if _are_points(places):
        gap, which = cKDTree(shapely.get_coordinates(places)).query(xy, workers=-1)
        return np.asarray(gap), np.asarray(which, dtype=np.int64)
    tree = shapely.STRtree(places[there])
    (at, found), gaps = tree.query_nearest(
        shapely.points(xy), return_distance=True, all_matches=False
    )
    metres[at], facility[at] = gaps, there[found]
    return metres, facility


def refuse_radius(radius_m: float) -> None:
    """Refuse a radius that is none.

    Parameters
    ----------
    radius_m
        Metres.

    Raises
    ------
    ValueError
        If it is negative or not finite.
    """
    if not (np.isfinite(radius_m) and radius_m >= 0):
        raise ValueError(f"a radius of {radius_m} m is none: give a finite number of metres.")


def clip_to_units(
    shapes: NDArray[np.object_], units: NDArray[np.object_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.object_]]:
    """Cut polygons at the borders of units.

    Parameters
    ----------
    shapes : array of Polygon, shape (n_shapes,)
        Any polygons.
    units : array of Polygon or MultiPolygon, shape (n_units,)
        Units in the same metric CRS.

    Returns
    -------
    unit, shape : array of int64, shape (n_pieces,)
        Which unit and which polygon each piece is of; sorted by unit, then polygon.
    pieces : array, shape (n_pieces,)
        What they share; whole polygons where those lie inside the unit.
    """
    shapely.prepare(units)
    unit, shape = shapely.STRtree(shapes).query(units, predicate="intersects")
    order = np.lexsort((shape, unit))
    unit, shape = unit[order], shape[order]
    pieces = cut_at(shapes[shape], units[unit])
    return unit.astype(np.int64), shape.astype(np.int64), pieces


def cut_at(pieces: NDArray[np.object_], units: NDArray[np.object_]) -> NDArray[np.object_]:
    """Cut each polygon at the border of its unit; those that lie inside stay whole.

    Parameters
    ----------
    pieces, units : array of Polygon or MultiPolygon, shape (n,)
        In one CRS; units are prepared.

    Returns
    -------
    array, shape (n,)
        What each shares with its unit.
    """
    border = np.flatnonzero(~shapely.contains_properly(units, pieces))
    cut = pieces.copy()
    cut[border] = shapely.intersection(pieces[border], units[border])
    return cut


def by_unit(
    shapes: NDArray[np.object_], units: NDArray[np.object_]
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Go over the units that some shapes meet, with those shapes in their order.

    Parameters
    ----------
    shapes : array of Polygon or MultiPolygon, shape (n_shapes,)
        Any polygons.
    units : array of Polygon or MultiPolygon, shape (n_units,)
        Units in the same metric CRS; prepared here.

    Yields
    ------
    unit, shapes
        Position of a unit, ascending, and of the shapes that meet it, ascending.
    """
    shapely.prepare(units)
    unit, shape = shapely.STRtree(shapes).query(units, predicate="intersects")
    order = np.lexsort((shape, unit))
    unit, shape = unit[order], shape[order]
    some = np.unique(unit)
    starts, ends = (np.searchsorted(unit, some, side=side) for side in ("left", "right"))
    for position, start, end in zip(some.tolist(), starts, ends, strict=True):
        yield position, shape[start:end].astype(np.int64)


def _distances(
    xy: NDArray[np.float64], points: NDArray[np.object_], facility: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Distance from each place to its facility, 0 inside one that is an area."""
    if _are_points(points):
        gap = xy - shapely.get_coordinates(points)[facility]
        return np.asarray(np.sqrt(gap[:, 0] ** 2 + gap[:, 1] ** 2))
    return np.asarray(shapely.distance(shapely.points(xy), points[facility]))


def _are_points(places: NDArray[np.object_]) -> bool:
    """Whether all places are points with coordinates; else some are areas, or missing."""
    return bool(_each_is_point(places).all())


def _each_is_point(places: NDArray[np.object_]) -> NDArray[np.bool_]:
    is_point = shapely.get_type_id(places) == shapely.GeometryType.POINT
    return np.asarray(is_point & ~shapely.is_empty(places), dtype=bool)


def _centres(
    population: Population, cell: NDArray[np.int64], crs: pyproj.CRS
) -> NDArray[np.float64]:
    """Centres of cells, shape (n, 2), in a metric CRS; what takes long for each cell once."""
    if isinstance(population, PopulationGrid) and population.crs.equals(crs):
        row, column = population.in_raster(cell)
        return np.column_stack(population.places(row + 0.5, column + 0.5))
    some, at = np.unique(cell, return_inverse=True)
    if not isinstance(population, PopulationGrid):
        centres = shapely.centroid(population.geometry.to_numpy()[some])
        return np.asarray(shapely.get_coordinates(centres))[at]
    row, column = population.in_raster(some)
    x, y = population.places(row + 0.5, column + 0.5)
    x, y = Transformer.from_crs(population.crs, crs, always_xy=True).transform(x, y)
    return np.column_stack([x, y])[at]


def _points_paired(
    cells: gpd.GeoDataFrame, where: Demand, points: NDArray[np.object_], radius_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    xy = shapely.get_coordinates(cells.geometry.to_numpy())[where.cell]
    if len(xy) == 0 or len(points) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    # A little more than the radius is searched; our own rule decides at the radius.
    search_m = radius_m * (1 + 1e-9)
    if _are_points(points):
        found: Any = cKDTree(xy).query_ball_point(shapely.get_coordinates(points), search_m)
        near = [np.asarray(rows, dtype=np.int64) for rows in found]
        facility = np.repeat(np.arange(len(points)), [len(rows) for rows in near])
        row = np.concatenate(near)
    else:
        tree = shapely.STRtree(np.asarray(shapely.points(xy), dtype=object))
        facility, row = tree.query(points, predicate="dwithin", distance=search_m)
    distance = _distances(xy[row], points, facility)
    within = distance <= radius_m
    return row[within], facility[within].astype(np.int64), distance[within]


def _share_of_rows(where: Demand, covered: Fractions) -> NDArray[np.float64]:
    share = np.zeros(len(where.cell))
    row, found = where.find(covered.polygon, covered.cell)
    share[row] = covered.fraction[found] / where.area_fraction[row]
    share[share > 1.0 - NEGLIGIBLE] = 1.0
    return share


def _points_in_reach(
    cells: gpd.GeoDataFrame, where: Demand, points: NDArray[np.object_], radius_m: float
) -> NDArray[np.float64]:
    home = shapely.get_coordinates(cells.geometry.to_numpy())
    if len(points) == 0:
        return np.zeros(len(where.cell))
    if _are_points(points):
        distance, _ = cKDTree(shapely.get_coordinates(points)).query(home, workers=-1)
        within = distance <= radius_m
    else:
        within = np.zeros(len(home), dtype=bool)
        row, _, _ = _points_paired(cells, where, points, radius_m)
        within[where.cell[row]] = True
    return np.asarray(within, dtype=np.float64)[where.cell]
