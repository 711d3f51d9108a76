"""Where people enter a facility: at its point, at given entrances, or through its boundary.

A park is not reached at its centre: that may lie a kilometre from every gate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from capacity.reach.snapping import pieces_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity.network import WalkingNetwork

ALONGSIDE_M: Final = 30.0
"""An area that no path crosses is entered from every path that runs this near to its boundary."""

_AREAL: Final = 2


def entrances_of(
    places: NDArray[np.object_], network: WalkingNetwork | None = None
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Find the entrances of every facility.

    A point is its own entrance; several points (MultiPoint) are given entrances. A polygon is entered
    where the network crosses its boundary; where no path crosses it, at the points of the boundary
    nearest to the paths within 30 m of it, else at the one nearest to the network.

    Parameters
    ----------
    places : array of Point, MultiPoint, Polygon or MultiPolygon, shape (n_facilities,)
        In a metric CRS; missing and empty ones have no entrance.
    network
        In the same CRS. Without one, every corner of a polygon is an entrance.

    Returns
    -------
    xy : shape (n_entrances, 2)
        Coordinates of the entrances.
    facility : shape (n_entrances,)
        Position of the facility of each, ascending.

    Examples
    --------
    >>> xy, facility = entrances_of(np.array([shapely.Point(3, 4), None], dtype=object))
    >>> xy.tolist(), facility.tolist()
    ([[3.0, 4.0]], [0])
    """
    dimension = shapely.get_dimensions(places)
    pointlike = dimension == 0
    at = np.flatnonzero(pointlike)
    xy, of = shapely.get_coordinates(places[at], return_index=True)
    parts, facilities = [xy], [at[of]]
    areas = np.flatnonzero((dimension == _AREAL) & ~shapely.is_empty(places))
    if len(areas):
        xy, of = _through_boundary(shapely.boundary(places[areas]), network)
        parts.append(xy)
        facilities.append(areas[of])
    facility = np.concatenate(facilities)
    order = np.argsort(facility, kind="stable")
    return np.concatenate(parts)[order], facility[order].astype(np.int64)


def _through_boundary(
    boundary: NDArray[np.object_], network: WalkingNetwork | None
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    if network is None or len(network.segments) == 0:
        xy, of = shapely.get_coordinates(boundary, return_index=True)
        return xy, of.astype(np.int64)
    pieces = pieces_of(network)
    tree = shapely.STRtree(pieces)
    area, piece = tree.query(boundary, predicate="intersects")
    meeting = shapely.intersection(boundary[area], pieces[piece])
    xy, of = shapely.get_coordinates(meeting, return_index=True)
    crossings, crossed = xy, area[of]
    closed = np.setdiff1d(np.arange(len(boundary)), crossed)
    beside, path = tree.query(boundary[closed], predicate="dwithin", distance=ALONGSIDE_M)
    lonely = np.setdiff1d(np.arange(len(closed)), beside)
    far, nearest = tree.query_nearest(boundary[closed[lonely]], all_matches=False)
    of_closed = closed[np.concatenate([beside, lonely[far]])]
    by_path = np.concatenate([path, nearest])
    leg = shapely.shortest_line(boundary[of_closed], pieces[by_path])
    foot = shapely.get_coordinates(shapely.get_point(leg, 0))
    entrances = np.column_stack(
        [np.concatenate([crossed, of_closed]), np.concatenate([crossings, foot])]
    )
    once = np.unique(np.round(entrances, 3), axis=0)
    return once[:, 1:], once[:, 0].astype(np.int64)
