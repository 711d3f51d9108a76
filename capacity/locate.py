"""Which unit a point stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray


def unit_codes_at(points: NDArray[np.object_], units: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Find the unit that each point stands in.

    A point on a border that units share belongs to the unit with the lowest code, as text; a point
    outside every unit, or without coordinates, to none.

    Parameters
    ----------
    points : array of Point, shape (n_points,)
        In the CRS of the units; None where unknown.
    units : GeoDataFrame, shape (n_units,)
        Polygons with ``unit_code``.

    Returns
    -------
    array of str, shape (n_points,)
        Unit codes, empty where there is none.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box, points
    >>> units = gpd.GeoDataFrame(
    ...     {"unit_code": ["B", "A"]}, geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)], crs=4547
    ... )
    >>> unit_codes_at(points([[0.5, 0.5], [1, 0.5], [9, 9]]), units).tolist()
    ['B', 'A', '']
    """
    codes = units["unit_code"].to_numpy(dtype=object)
    result = np.full(len(points), "", dtype=object)
    point, unit = shapely.STRtree(units.geometry.to_numpy()).query(points, predicate="intersects")
    if len(unit) == 0:
        return result
    order = np.argsort(codes[unit])[::-1]
    result[point[order]] = codes[unit[order]]
    return result
