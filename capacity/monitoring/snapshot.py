"""What two assessments are compared by: the part of an assessment that a result folder keeps."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from capacity.vocabulary import AMOUNTS, FACILITY_FIGURES, TIERS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from capacity.assess.result import Assessment
    from capacity.norms.model import Norm
    from capacity.study_area import StudyArea

FORMAT: Final = 2
"""Number of the layout of result folders; 1 had no facilities, supply and units."""

FRAMES: Final[dict[str, tuple[str, ...]]] = {
    "findings": (),
    "supply": ("norm_id", "role", "tier", "unit_code", "facility", "amount"),
    "facilities": (
        "facility_id",
        "id_given",
        "name",
        "service",
        "status",
        "opened",
        "closed",
        "is_open",
        *(f"{tier}_code" for tier in TIERS),
        "lon",
        "lat",
        "extent_m",
    ),
    "units": (
        "unit_code",
        "unit_name",
        "unit_type",
        "parent_code",
        "area_m2",
        "radius_m",
        "lon",
        "lat",
    ),
}
"""Tables of a snapshot, each a Parquet file of a result folder, and the columns that it must have."""

ATTRIBUTES: Final = ("facility_type", "operator", "condition", "inclusive")
"""What else a facility list says that decides whether a norm counts a facility."""

FIGURE_COLUMNS: Final = tuple(
    name for name in (*AMOUNTS, *FACILITY_FIGURES) if name != "facilities"
)
"""Numbers that a facility list may give."""


@dataclass(frozen=True)
class Snapshot:
    """One assessment as a result folder keeps it.

    Attributes
    ----------
    name, code, city, data_date, norms_on
        Of the study area and of the selection of norms.
    findings, supply
        As in ``Assessment``.
    facilities
        Every facility of the lists, open or not: ``facility_id``, ``id_given`` (whether the list
        gave it, or file and row stand for it), ``name``, ``service``, ``status``, ``opened``,
        ``closed``, ``is_open``, the code of the unit of each tier, ``lon``, ``lat`` (WGS 84 degrees, NaN without a point), ``extent_m`` (from the point to the farthest corner
        of its area, 0 without one), and those of
        ``ATTRIBUTES`` and ``FIGURE_COLUMNS`` that the lists give.
    units
        ``unit_code``, ``unit_name``, ``unit_type``, ``parent_code``, ``area_m2``, ``lon``, ``lat`` of
        the centroid, ``radius_m`` from it to the farthest corner (NaN without a polygon).
    norms
        What ``norm_facts`` says of each selected norm, by id.
    parameters, inputs
        Settings, and what was read: role, path, sha256, description, year.
    """

    name: str
    code: str
    city: str
    data_date: dt.date
    norms_on: dt.date
    findings: pd.DataFrame
    supply: pd.DataFrame
    facilities: pd.DataFrame
    units: pd.DataFrame
    norms: Mapping[str, Mapping[str, Any]]
    parameters: Mapping[str, Any]
    inputs: tuple[Mapping[str, Any], ...]


def snapshot_of(result: Assessment) -> Snapshot:
    """Take what is compared from an assessment in memory.

    Parameters
    ----------
    result
        What ``assess`` gave.

    Returns
    -------
    Snapshot
        The same as ``read_snapshot`` gives of its folder.
    """
    area = result.area
    return Snapshot(
        name=area.name,
        code=area.code,
        city=result.norms.city,
        data_date=area.data_date,
        norms_on=result.norms.on,
        findings=result.findings,
        supply=result.supply,
        facilities=facilities_record(area),
        units=units_record(area),
        norms={norm.id: norm_facts(norm) for norm in result.norms.norms},
        parameters=dataclasses.asdict(area.parameters),
        inputs=tuple(dataclasses.asdict(file) for file in area.files),
    )


def norm_facts(norm: Norm) -> dict[str, Any]:
    """Say of a norm what a comparison must know, in text, numbers and lists alone.

    Parameters
    ----------
    norm
        A selected norm.

    Returns
    -------
    dict
        ``id``, ``series``, ``stage``, names, ``value`` (text, exact), dates, ``levels``, and ``asks``: what
        is asked apart from the value, so that two stages that differ in it are told apart.
    """
    return {
        "id": norm.id,
        "series": norm.series,
        "stage": norm.stage,
        "name_zh": norm.name_zh,
        "name_en": norm.name_en,
        "service": norm.service,
        "kind": norm.kind,
        "value": str(norm.value),
        "unit": norm.unit,
        "effective_from": norm.effective_from.isoformat(),
        "by": "" if norm.by is None else norm.by.isoformat(),
        "source": norm.source.citation,
        "levels": sorted(norm.levels),
        "asks": [
            norm.kind,
            norm.comparator,
            norm.unit,
            norm.base,
            norm.each,
            norm.applies_to,
            norm.condition,
            "" if norm.supply is None else norm.supply.text,
            "" if norm.of is None else norm.of.text,
            "" if norm.minimum_size is None else str(norm.minimum_size),
            norm.minimum_size_unit,
        ],
    }


def facilities_record(area: StudyArea) -> pd.DataFrame:
    """Lay the facilities of an area out for the result folder: who they are, where, how large.

    Parameters
    ----------
    area
        Checked inputs.

    Returns
    -------
    DataFrame
        As in ``Snapshot``; one row per facility, in the order of the lists.
    """
    given = area.facilities
    codes = [f"{tier}_code" for tier in TIERS]
    days = ["opened", "closed"]
    keep = ["facility_id", "name", "service", *ATTRIBUTES, "status", *days, "is_open", *codes]
    frame = pd.DataFrame(given)[[name for name in keep if name in given]].reset_index(drop=True)
    by_row = (given["file"].astype("str") + "#" + given["row"].astype("str")).to_numpy()
    frame.insert(1, "id_given", given["facility_id"].to_numpy() != by_row)
    figures = [name for name in FIGURE_COLUMNS if name in given]
    frame[figures] = pd.DataFrame(given)[figures].astype("float64").to_numpy()
    frame["lon"], frame["lat"] = _degrees(given)
    frame["extent_m"] = 0.0
    if "outline" in given:
        drawn = gpd.GeoSeries(given["outline"].to_numpy(), crs=given.crs)
        frame["extent_m"] = np.nan_to_num(_farthest(given.geometry.reset_index(drop=True), drawn))
    return frame


def units_record(area: StudyArea) -> pd.DataFrame:
    """Lay the units of an area out for the result folder, with the size and place of their polygons.

    Parameters
    ----------
    area
        Checked inputs.

    Returns
    -------
    DataFrame
        As in ``Snapshot``; one row per unit. ``area_m2`` is in the metric CRS of the area.
    """
    given = area.units
    frame = pd.DataFrame(given)[["unit_code", "unit_name", "unit_type", "parent_code"]]
    frame = frame.reset_index(drop=True)
    drawn = ~(shapely.is_missing(given.geometry.array) | shapely.is_empty(given.geometry.array))
    sizes = shapely.area(np.asarray(given.geometry.array))
    frame["area_m2"] = np.where(drawn, np.round(sizes, 2), np.nan)
    centres = gpd.GeoDataFrame(geometry=given.geometry.centroid, crs=given.crs)
    frame["radius_m"] = np.where(drawn, _farthest(centres.geometry, given.geometry), np.nan)
    frame["lon"], frame["lat"] = _degrees(centres)
    return frame


def _farthest(points: gpd.GeoSeries, shapes: gpd.GeoSeries) -> np.ndarray[Any, Any]:
    """Give the distance from each point to the farthest corner of its shape, in whole metres."""
    far = shapely.hausdorff_distance(np.asarray(points.array), np.asarray(shapes.array))
    return np.ceil(far)


def _degrees(
    frame: gpd.GeoDataFrame,
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Give longitude and latitude of points to a centimetre, NaN where there is none."""
    points = frame.geometry.to_crs(4326)
    return np.round(points.x.to_numpy(), 7), np.round(points.y.to_numpy(), 7)
