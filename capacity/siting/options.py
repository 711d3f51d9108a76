"""Options: one kind of facility on one site, laid out as facilities of a study area.

An option has the columns of a facility, so that the very functions which count the existing ones
say what it would count for.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from capacity.norms.model import UNIT_RULES
from capacity.vocabulary import AMOUNTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from capacity.inputs.sites import Build
    from capacity.norms.model import Norm
    from capacity.study_area import StudyArea

SIZES: Final = tuple(name for name in AMOUNTS if name not in {"facilities", "elder_floor_area_m2"})
"""Amounts that a facility has a column of."""
PROPOSAL: Final = "proposal"
"""What stands in ``file`` of a facility that is proposed."""


def fitted(builds: Sequence[Build], norms: Iterable[Norm]) -> tuple[Build, ...]:
    """Raise what may be built to what the chosen norms ask of every facility.

    A norm of a smallest size raises the minimum of builds of its service that are sized in its unit;
    one of an area per place raises the area that each unit of size takes. What a build has beyond
    that stays.

    Parameters
    ----------
    builds
        As the planner gave them.
    norms
        Chosen norms; those of other kinds ask nothing of a facility by itself.

    Returns
    -------
    tuple of Build
        In the same order. A minimum over the maximum is possible, and a fault of its own.
    """
    chosen = list(norms)
    return tuple(_fitted(build, chosen) for build in builds)


def _fitted(build: Build, norms: list[Norm]) -> Build:
    minimum, per_size = build.minimum, dict(build.per_size)
    for norm in norms:
        if norm.supply is None or norm.service != build.service or not _meant(build, norm):
            continue
        unit = UNIT_RULES[norm.unit].amount
        if norm.kind == "minimum_size" and unit == build.sized_in:
            minimum = max(minimum, float(norm.value))
        of = "places" if norm.of is None else norm.of.amount
        if norm.kind == "unit_area" and of == build.sized_in and norm.comparator in {">=", ">"}:
            name = norm.supply.amount
            per_size[name] = max(per_size.get(name, 0.0), float(norm.value))
    return dataclasses.replace(build, minimum=minimum, per_size=per_size)


def _meant(build: Build, norm: Norm) -> bool:
    what = norm.supply
    if what is None or (norm.condition and norm.condition != build.condition):
        return False
    of_type = not what.types or build.facility_type in what.types
    run = not what.operators or build.operator in what.operators
    return of_type and run and (not what.inclusive or build.inclusive is True)


def options_of(
    area: StudyArea, candidates: gpd.GeoDataFrame, builds: Sequence[Build]
) -> gpd.GeoDataFrame:
    """Lay every build out on every candidate, as far as the site is large enough.

    Parameters
    ----------
    area
        Checked inputs; options get the columns of its facilities.
    candidates
        Sites: columns of ``candidates.COLUMNS``, points in the CRS of the area.
    builds
        What may be built, as ``fitted`` gives them.

    Returns
    -------
    GeoDataFrame
        One row per option, by candidate, then build: the facility columns of the area without
        amounts, and ``candidate``, ``build`` (positions), ``sized_in``, ``minimum``, ``maximum``
        (what the site has room for), ``fixed_cost`` and ``cost_per_size``, and
        ``<amount>_per_size`` for every one of ``SIZES``, and ``site_land_area_m2`` and
        ``site_floor_area_m2`` (what the site has of it, NaN for no limit). Sites too small for the minimum have no
        row; areas come in whole square metres, the other sizes in whole numbers.
    """
    n, k = len(candidates), len(builds)
    site = np.repeat(np.arange(n), k)
    build = np.tile(np.arange(k), n)
    rates = {name: _per_size(builds, name)[build] for name in SIZES}
    most = np.array([b.maximum for b in builds], dtype=np.float64)[build]
    for name in ("land_area_m2", "floor_area_m2"):
        most = np.minimum(
            most, _room(candidates[name].to_numpy(dtype=np.float64)[site], rates[name])
        )
    least = np.ceil(np.array([b.minimum for b in builds], dtype=np.float64)[build])
    most = np.floor(most + 1e-9)
    fits = most >= np.maximum(least, 1.0)
    site, build = site[fits], build[fits]
    frame = candidates.iloc[site].reset_index(drop=True)
    data: dict[str, Any] = {
        "facility_id": _ids(frame["candidate_id"], build, k),
        "name": frame["name"].array,
        "service": _words([b.service for b in builds], build),
        "facility_type": _words([b.facility_type for b in builds], build),
        "operator": _words([b.operator for b in builds], build),
        "condition": _words([b.condition for b in builds], build),
        "inclusive": pd.array([builds[i].inclusive for i in build], dtype="boolean"),
        **{column: frame[column].array for column in frame if column.endswith("_code")},
        "candidate": site,
        "build": build,
        "sized_in": _words([b.sized_in for b in builds], build),
        "minimum": least[fits],
        "maximum": most[fits],
        "fixed_cost": np.array([b.cost for b in builds])[build] + frame["cost"].to_numpy(),
        "cost_per_size": np.array([b.cost_per_size for b in builds])[build],
        **{f"{name}_per_size": rate[fits] for name, rate in rates.items()},
        "site_land_area_m2": frame["land_area_m2"].to_numpy(dtype=np.float64),
        "site_floor_area_m2": frame["floor_area_m2"].to_numpy(dtype=np.float64),
    }
    if "outline" in frame:
        data["outline"] = frame["outline"].array
    points = np.asarray(frame.geometry.array)
    return gpd.GeoDataFrame(data, geometry=points, crs=area.crs)


def _words(words: list[str], build: NDArray[np.int64]) -> Any:
    return pd.array([words[i] for i in build], dtype="str")


def _per_size(builds: Sequence[Build], name: str) -> NDArray[np.float64]:
    return np.array(
        [1.0 if b.sized_in == name else float(b.per_size.get(name, 0.0)) for b in builds]
    )


def _room(limit: NDArray[np.float64], rate: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest size that fits an area; no limit where none is known, or nothing of it is needed."""
    known = ~np.isnan(limit) & (rate > 0)
    room = np.full(len(limit), np.inf)
    room[known] = limit[known] / rate[known]
    return room


def _ids(sites: pd.Series, build: NDArray[np.int64], k: int) -> Any:
    if k == 1:
        return pd.array(list(sites), dtype="str")
    return pd.array([f"{s}-{b + 1}" for s, b in zip(sites, build, strict=True)], dtype="str")


def facilities_with(
    area: StudyArea, options: gpd.GeoDataFrame, size: NDArray[np.float64] | None = None
) -> StudyArea:
    """Put options beside the existing facilities, which stay as they are.

    Parameters
    ----------
    area
        Checked inputs.
    options
        Rows of ``options_of``.
    size
        Size of each, shape (n_options,); None leaves every amount unknown.

    Returns
    -------
    StudyArea
        The area with one more open facility for each option, after the existing ones.
    """
    old = area.facilities
    rows = pd.DataFrame(index=pd.RangeIndex(len(options)))
    for name in old.columns:
        rows[name] = _column(name, old, options, size)
    rows.index = pd.RangeIndex(len(old), len(old) + len(options))
    geometry = np.concatenate([np.asarray(old.geometry.array), np.asarray(options.geometry.array)])
    data = pd.concat([pd.DataFrame(old).drop(columns="geometry"), rows.drop(columns="geometry")])
    both = gpd.GeoDataFrame(data, geometry=geometry, crs=old.crs)
    services = area.services | set(options["service"])
    return dataclasses.replace(area, facilities=both, services=services)


def _column(
    name: str, old: gpd.GeoDataFrame, options: gpd.GeoDataFrame, size: NDArray[np.float64] | None
) -> Any:
    n = len(options)
    if name in SIZES:
        rate = options[f"{name}_per_size"].to_numpy(dtype=np.float64)
        return np.full(n, np.nan) if size is None else np.where(rate > 0, rate * size, np.nan)
    said: dict[str, Any] = {
        "geometry": [None] * n,
        "is_open": np.ones(n, dtype=bool),
        "project": np.zeros(n, dtype=bool),
        "status": pd.array(["open"] * n, dtype="str"),
        "file": pd.array([PROPOSAL] * n, dtype="str"),
        "row": np.arange(1, n + 1, dtype=np.int64),
    }
    if name in said:
        return said[name]
    return options[name].array if name in options else nothing_known(old[name].dtype, n)


def nothing_known(kind: Any, n: int) -> Any:
    """Make a column in which nothing is known, of the type of an existing one.

    Parameters
    ----------
    kind
        The type; of flags, False, of whole numbers, 0.
    n
        How many rows.

    Returns
    -------
    array, shape (n,)
        NaN, NaT, None, False, 0 (of numbers that name a group) or empty text.
    """
    if pd.api.types.is_datetime64_any_dtype(kind):
        return pd.array([pd.NaT] * n, dtype=kind)
    if pd.api.types.is_bool_dtype(kind):
        return np.zeros(n, dtype=bool)
    if pd.api.types.is_integer_dtype(kind):
        return np.zeros(n, dtype=kind)
    if pd.api.types.is_float_dtype(kind):
        return np.full(n, np.nan)
    if pd.api.types.is_object_dtype(kind):
        return pd.Series([None] * n, dtype=object).array
    return pd.array([""] * n, dtype="str")
