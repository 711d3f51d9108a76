"""Straight-line reach: who lives within a radius of any facility.

``≤ radius`` counts. For cells with an area the covered share is the share of their area within the
radius, cut at the unit's border, not a centroid in or out; a point is covered if its distance is at
most the radius.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import cKDTree

from capacity.fractions import NEGLIGIBLE, cell_fractions
from capacity.population import PopulationGrid
from capacity.vocabulary import POPULATION

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from capacity.demand import Demand
    from capacity.fractions import Fractions
    from capacity.population import Population

# A circle is drawn as a regular polygon of 4 × this many corners with exactly the circle's area;
# its edge then strays from the circle by at most 0.12 % of the radius, inwards and outwards by turns.
_QUAD_SEGMENTS = 16


def circles(points: NDArray[np.object_], radius_m: float) -> NDArray[np.object_]:
    """Draw the service circle of each point as a polygon with exactly the circle's area.

    Parameters
    ----------
    points : array of Point, shape (n,)
        In a metric CRS.
    radius_m
        Service radius in metres.

    Returns
    -------
    array of Polygon, shape (n,)
        Regular 64-gons; area π r² to float precision.

    Examples
    --------
    >>> circle = circles(shapely.points([[0, 0]]), 300.0)[0]
    >>> round(circle.area, 3), round(np.pi * 300**2, 3)
    (282743.339, 282743.339)
    """
    corners = 4 * _QUAD_SEGMENTS
    angle = 2 * np.pi / corners
    equal_area = radius_m * np.sqrt(angle / np.sin(angle))
    return np.asarray(shapely.buffer(points, equal_area, quad_segs=_QUAD_SEGMENTS), dtype=object)


def reach_polygons(
    polygons: NDArray[np.object_], points: NDArray[np.object_], radius_m: float
) -> NDArray[np.object_]:
    """Cut what is within the radius of any point out of each polygon.

    Parameters
    ----------
    polygons : array, shape (n_units,)
        Unit polygons in a metric CRS.
    points : array of Point, shape (n_facilities,)
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
    round_about = circles(points, radius_m)
    unit, circle = shapely.STRtree(round_about).query(polygons, predicate="intersects")
    if len(unit) == 0:
        return result
    starts = np.flatnonzero(np.r_[True, unit[1:] != unit[:-1]])
    at = unit[starts]
    merged = [shapely.union_all(round_about[group]) for group in np.split(circle, starts[1:])]
    result[at] = shapely.intersection(polygons[at], np.array(merged, dtype=object))
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
    points : array of Point, shape (n_facilities,)
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


def _share_of_rows(where: Demand, covered: Fractions) -> NDArray[np.float64]:
    share = np.zeros(len(where.cell))
    if len(covered.cell) == 0 or len(share) == 0:
        return share
    n_cells = len(where.values[POPULATION])
    keys = where.unit * n_cells + where.cell
    wanted = covered.polygon * n_cells + covered.cell
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found = keys[at] == wanted
    at = at[found]
    share[at] = covered.fraction[found] / where.area_fraction[at]
    share[share > 1.0 - NEGLIGIBLE] = 1.0
    return share


def _points_in_reach(
    cells: gpd.GeoDataFrame, where: Demand, points: NDArray[np.object_], radius_m: float
) -> NDArray[np.float64]:
    if len(points) == 0:
        return np.zeros(len(where.cell))
    tree = cKDTree(shapely.get_coordinates(points))
    distance, _ = tree.query(shapely.get_coordinates(cells.geometry.to_numpy()), workers=-1)
    return np.asarray(distance <= radius_m, dtype=np.float64)[where.cell]
