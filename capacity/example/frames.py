"""The frames of an invented place, with the columns of a study area.

Second step of the example data, after ``mosaic``: plain numbers become the frames that ``generate``
and ``district`` return.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from capacity.vocabulary import TIER_OF, TIERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from capacity.population import PopulationGrid

CRS: Final = pyproj.CRS("EPSG:4547")
"""CGCS2000, three-degree zone of 114° E, in metres: the CRS of everything invented."""

UNIT_COLUMNS: Final = (
    "unit_code",
    "unit_name",
    "unit_type",
    "parent_code",
    "main_urban",
    "development_zone",
    "urban",
    "county",
)
FACILITY_COLUMNS: Final = (
    "facility_id",
    "name",
    "service",
    "facility_type",
    "operator",
    "condition",
    "places",
    "beds",
    "land_area_m2",
    "floor_area_m2",
    "outdoor_area_m2",
    "venue_area_m2",
    "inclusive",
    "opened",
    "unit_code",
)
COMPOUND_COLUMNS: Final = (
    "compound_id",
    "name",
    "households",
    "built_year",
    "is_old",
    "elder_floor_area_m2",
    "planned_population",
    "project_childcare_places",
    "unit_code",
)
MEMBERSHIP_COLUMNS: Final = tuple(f"{tier}_code" for tier in TIERS)

_NUMBERS: Final = frozenset(
    {
        "places",
        "beds",
        "land_area_m2",
        "floor_area_m2",
        "outdoor_area_m2",
        "venue_area_m2",
        "households",
        "built_year",
        "elder_floor_area_m2",
        "planned_population",
        "project_childcare_places",
    }
)
_BOOLEANS: Final = frozenset(
    {"main_urban", "development_zone", "urban", "county", "inclusive", "is_old"}
)


@dataclass(frozen=True, slots=True)
class SyntheticCity:
    """An invented place, ready to be assessed.

    Attributes
    ----------
    population
        People per cell with ``population``, ``under_3`` and ``age_60_plus``.
    units
        Every unit of every tier with the columns of ``StudyArea.units``, sorted by tier and code.
    facilities, compounds
        Points with the columns of ``StudyArea.facilities`` and ``StudyArea.compounds``; ``file`` is
        empty and ``row`` counts from 1.
    crs
        The metric CRS of all of them.
    figures
        Figures of units as in ``StudyArea.figures``, or None.
    """

    population: PopulationGrid
    units: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    compounds: gpd.GeoDataFrame
    crs: pyproj.CRS
    figures: pd.DataFrame | None = None


def unit_frame(
    rows: Sequence[Mapping[str, Any]], polygons: NDArray[np.object_]
) -> gpd.GeoDataFrame:
    """Make the frame of units.

    Parameters
    ----------
    rows
        One mapping per unit with the keys of ``UNIT_COLUMNS``; None where a flag is not known.
    polygons
        Shape (n,), one polygon per row.

    Returns
    -------
    GeoDataFrame
        Columns as in ``UNIT_COLUMNS`` and geometry, sorted by tier and code.
    """
    frame = gpd.GeoDataFrame(_typed(UNIT_COLUMNS, rows), geometry=polygons, crs=CRS)
    order = {name: i for i, name in enumerate(TIERS)}
    rank = frame["unit_type"].map(TIER_OF).map(order)
    sorted_index = frame.assign(rank=rank).sort_values(["rank", "unit_code"]).index
    return frame.loc[sorted_index].reset_index(drop=True)


def point_frame(
    columns: Sequence[str],
    rows: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]],
    points: NDArray[np.float64],
    units: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    """Make the frame of facilities or compounds.

    Parameters
    ----------
    columns
        ``FACILITY_COLUMNS`` or ``COMPOUND_COLUMNS``.
    rows
        Columns, or one mapping per row; None where something is not known.
    points
        Shape (n, 2), coordinates in ``CRS``.
    units
        Frame of units, to find those that each point stands in.

    Returns
    -------
    GeoDataFrame
        The columns, the unit of each tier (empty outside all), ``file``, ``row`` and geometry.
    """
    frame = gpd.GeoDataFrame(_typed(columns, rows), geometry=shapely.points(points), crs=CRS)
    members = membership(frame.geometry.to_numpy(), units)
    for column in MEMBERSHIP_COLUMNS:
        frame[column] = members[column]
    frame["file"] = pd.Series("", index=frame.index, dtype="str")
    frame["row"] = np.arange(1, len(frame) + 1)
    return frame


def membership(points: NDArray[np.object_], units: gpd.GeoDataFrame) -> pd.DataFrame:
    """Find the unit of every tier that each point stands in.

    A point on a common border stands in the unit whose code comes first.

    Parameters
    ----------
    points
        Shape (n,), points in the CRS of the units.
    units
        Frame of units whose finest tier tiles the whole.

    Returns
    -------
    DataFrame
        ``MEMBERSHIP_COLUMNS``, text, empty where a point stands in no unit of the tier.
    """
    tier_of = units.set_index("unit_code")["unit_type"].map(TIER_OF)
    parent_of = units.set_index("unit_code")["parent_code"]
    finest = units[tier_of.to_numpy() == tier_of.iloc[-1]]
    point, unit = shapely.STRtree(finest.geometry.to_numpy()).query(points, predicate="intersects")
    found = pd.Series(finest["unit_code"].to_numpy()[unit]).groupby(point).min()
    code = found.reindex(range(len(points)), fill_value="")
    members = pd.DataFrame("", index=range(len(points)), columns=MEMBERSHIP_COLUMNS, dtype="str")
    while (code != "").any():
        column = f"{tier_of[code[code != ''].iloc[0]]}_code"
        members[column] = code
        code = code.map(parent_of).fillna("")
    return members


def _typed(
    columns: Sequence[str], rows: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]]
) -> pd.DataFrame:
    """Make a frame with exactly these columns: text, float64, nullable booleans and dates."""
    frame = pd.DataFrame(rows, columns=list(columns))
    types = {column: _dtype(column) for column in columns}
    text = [column for column, kind in types.items() if kind == "str"]
    frame[text] = frame[text].astype("object").fillna("")
    return frame.astype(types)


def _dtype(column: str) -> str:
    """Look up the type of a column of a study area."""
    if column in _NUMBERS:
        return "float64"
    if column in _BOOLEANS:
        return "boolean"
    return "datetime64[s]" if column == "opened" else "str"
