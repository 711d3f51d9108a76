"""Shapes for drawing: simplified without gaps between neighbours, rounded, and small as text.

Maps of a report show where units are; nothing is measured on these shapes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FINE: Final = 4000
_COARSE: Final = 800
"""The first and the last tolerance are the longer side of the drawing divided by these: under a pixel
of a screen, and a pixel or two."""
_CORNERS: Final = 4


def simplified(shapes: NDArray[Any], *, vertices: int) -> NDArray[Any]:
    """Simplify polygons together, so that neighbours keep one common border.

    Parameters
    ----------
    shapes
        Polygons of one tier in a metric CRS, shape (n,); None and empty ones stay as they are.
    vertices
        Coordinates that all of them together should have; the tolerance is doubled until they do, but
        never beyond an eight-hundredth of the longer side of the drawing.

    Returns
    -------
    array, shape (n,)
        Polygons; none is lost, however small.

    Notes
    -----
    Borders are simplified by the area that a corner takes in, the same on both sides of a border.

    References
    ----------
    Visvalingam, M. and Whyatt, J. D. (1993), Line generalisation by repeated elimination of points.
    The Cartographic Journal 30(1), 46–51.

    Examples
    --------
    >>> import shapely
    >>> left = shapely.Polygon([(0, 0), (4, 0), (4.001, 2), (4, 4), (0, 4)])
    >>> right = shapely.Polygon([(4, 0), (8, 0), (8, 4), (4, 4), (4.001, 2)])
    >>> a, b = simplified(np.array([left, right], dtype=object), vertices=10)
    >>> float(a.union(b).area), float(a.intersection(b).area)
    (32.0, 0.0)
    """
    drawn = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    done = shapes.copy()
    if not drawn.any():
        return done
    west, south, east, north = shapely.total_bounds(shapes[drawn])
    side = max(east - west, north - south)
    tolerance = side / _FINE
    some = shapely.coverage_simplify(shapes[drawn], tolerance)
    while shapely.get_num_coordinates(some).sum() > vertices and 2 * tolerance <= side / _COARSE:
        tolerance *= 2
        some = shapely.coverage_simplify(some, tolerance)
    done[drawn] = some
    return done


def as_rings(shape: Any, origin: tuple[float, float]) -> list[list[int]]:
    """Write a polygon as rings of whole metres, each corner after the first as a step from the last.

    Parameters
    ----------
    shape
        Polygon or multipolygon in a metric CRS; None has no rings.
    origin
        Where coordinates are counted from.

    Returns
    -------
    list of list of int
        ``[x, y, dx, dy, …]`` without the closing corner, a ring for every outline and hole; drawn by
        the even-odd rule. Rounding is the same on both sides of a border. Rings that
        rounding makes flat are left out, unless nothing else would be left.

    Examples
    --------
    >>> import shapely
    >>> as_rings(shapely.box(100, 200, 110, 220.4), (100, 200))
    [[10, 0, 0, 20, -10, 0, 0, -20]]
    """
    if shape is None or shapely.is_empty(shape):
        return []
    lines = shapely.get_rings(shapely.get_parts(shape))
    rings = [_rounded(shapely.get_coordinates(line), origin) for line in lines]
    return [ring for ring in rings if len(ring) >= 2 * (_CORNERS - 1)] or rings[:1]


def as_point(x: float, y: float, origin: tuple[float, float]) -> tuple[int, int]:
    """Round a point to whole metres from an origin.

    Examples
    --------
    >>> as_point(100.6, 200.0, (100, 200))
    (1, 0)
    """
    return round(x - origin[0]), round(y - origin[1])


def _rounded(corners: NDArray[np.float64], origin: tuple[float, float]) -> list[int]:
    whole = np.round(corners - np.asarray(origin)).astype(np.int64)
    moved = np.any(np.diff(whole, axis=0) != 0, axis=1)
    kept = whole[:-1][moved]
    if len(kept) == 0:
        return [int(value) for value in whole[0]]
    return [int(value) for value in np.diff(kept, axis=0, prepend=np.zeros((1, 2), np.int64)).flat]
