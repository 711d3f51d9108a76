"""Population on a regular grid: arrays and a transform, never a polygon per cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, Union

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import numpy as np
    import pyproj
    from affine import Affine
    from numpy.typing import NDArray

Population: TypeAlias = Union["PopulationGrid", "gpd.GeoDataFrame"]
"""A regular grid, or a frame of cells (polygons or points) with people per cell."""


@dataclass(frozen=True)
class PopulationGrid:
    """People per cell of a regular grid, by age group.

    Attributes
    ----------
    values
        Group name → array of shape (n_rows, n_cols), people per cell, float64. ``population`` is
        always there.
    transform
        Affine from (column, row) to the coordinates of the cell's upper left corner.
    crs
        CRS of the grid. The grid is never resampled or reprojected: polygons go to the grid.
    unknown
        Group name → cells where the layer has no number, shape (n_rows, n_cols); groups with a number
        in every cell are left out. Such cells hold 0 in ``values``, but nobody knows who lives there.
    """

    values: Mapping[str, NDArray[np.float64]]
    transform: Affine
    crs: pyproj.CRS
    unknown: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        n_rows, n_cols = self.values["population"].shape
        return n_rows, n_cols

    @property
    def groups(self) -> tuple[str, ...]:
        """Population columns held."""
        return tuple(self.values)

    def total(self, group: str = "population") -> float:
        """Sum of one group over all cells, in people."""
        return float(self.values[group].sum())
