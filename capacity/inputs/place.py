"""Where a study area lies: the box of its layers, and the metric CRS to measure in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyproj

from capacity.inputs import check
from capacity.inputs.crs import metric_crs_for, to_lonlat
from capacity.inputs.oddities import check_system

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from capacity.inputs.crs import Bounds

_ANY_METRIC: Final = "EPSG:4547"
"""CRS of a study area in which nothing has a place: no distance is ever measured in it."""


def has_place(frame: gpd.GeoDataFrame) -> bool:
    """Tell whether a layer's coordinates can be used: a CRS, and inside its range."""
    if frame.crs is None or len(frame) == 0 or not np.isfinite(frame.total_bounds).all():
        return False
    return not check.check_coordinates(frame) and not check_system(frame)


def in_metres(frames: Sequence[gpd.GeoDataFrame]) -> list[gpd.GeoDataFrame]:
    """Give the layers whose coordinates are not degrees in a projected CRS."""
    return [frame for frame in frames if not check.check_metres(frame)]


def box_of(frames: Sequence[gpd.GeoDataFrame]) -> Bounds | None:
    """Give the box of all layers in degrees; None where none has a place."""
    boxes = [to_lonlat(f.total_bounds, f.crs) for f in frames if has_place(f)]
    known = np.array([box for box in boxes if box is not None])
    if len(known) == 0:
        return None
    low, high = known[:, :2].min(axis=0), known[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def area_crs(
    asked: pyproj.CRS | None,
    units: Sequence[gpd.GeoDataFrame],
    points: Sequence[gpd.GeoDataFrame],
) -> pyproj.CRS:
    """Choose the CRS that a study area is measured in.

    Parameters
    ----------
    asked
        That of the settings, None to choose.
    units, points
        Layers of units, and of facilities and compounds, normalised, in their own CRSs.

    Returns
    -------
    CRS
        The one asked for, or the first unit layer's own where it measures well, or one for the
        place of the units, else of the points.
    """
    if asked is not None:
        return asked
    placed = [frame for frame in in_metres(units) if has_place(frame)]
    box = box_of(placed)
    if box is not None and placed:
        return metric_crs_for(placed[0].crs, box)
    others = box_of(points)
    return pyproj.CRS(_ANY_METRIC) if others is None else metric_crs_for(None, others)
