"""The manifest: everything needed to say where a figure came from, and to compute it again."""

from __future__ import annotations

import dataclasses
import datetime as dt
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import capacity
from capacity.monitoring.snapshot import FORMAT, norm_facts

if TYPE_CHECKING:
    from capacity.assess.result import Assessment

_NUMBER_MAKERS: Final = (
    "exactextract",
    "geopandas",
    "numpy",
    "pandas",
    "pyogrio",
    "pyproj",
    "rasterio",
    "scipy",
    "shapely",
)
"""Distributions whose version can move a figure."""


def manifest(result: Assessment) -> dict[str, Any]:
    """Describe an assessment so that it can be reproduced.

    Parameters
    ----------
    result
        What ``assess`` gave.

    Returns
    -------
    dict
        Only text, numbers, booleans, None, lists and dicts: ``capacity`` (our version), ``created``
        (UTC, ISO 8601), ``format`` (layout of the folder), ``python``, ``dependencies``, ``area``,
        ``parameters``, ``norms``, ``inputs`` and ``quality`` (number of faults of each severity).
    """
    severities = result.quality["severity"].value_counts()
    return {
        "capacity": capacity.__version__,
        "format": FORMAT,
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "dependencies": {name: version(name) for name in _NUMBER_MAKERS},
        "area": _area(result),
        "parameters": dataclasses.asdict(result.area.parameters),
        "norms": {
            "city": result.norms.city,
            "on": result.norms.on.isoformat(),
            "ids": [norm.id for norm in result.norms.norms],
            "selected": [norm_facts(norm) for norm in result.norms.norms],
            "files": [{"name": name, "sha256": digest} for name, digest in result.norms.files],
        },
        "inputs": [dataclasses.asdict(file) for file in result.area.files],
        "quality": {name: int(severities.get(name, 0)) for name in ("error", "warning", "info")},
    }


def _area(result: Assessment) -> dict[str, Any]:
    area = result.area
    authority = area.crs.to_authority(min_confidence=70)
    return {
        "name": area.name,
        "code": area.code,
        "type": area.type,
        "city": area.city,
        "data_date": area.data_date.isoformat(),
        "crs": ":".join(authority) if authority else area.crs.to_wkt(),
        "complete_services": sorted(area.services),
    }
