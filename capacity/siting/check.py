"""A plan checked without the model: distances, sizes, areas, counts and the objective, counted anew.

Nothing here is taken from the model or from the functions that built it. People in reach are counted
from a lattice of points in each cell and plain distances; what stands in a unit from its polygon.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from capacity.exact import rounded

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

COLUMNS: Final = ("check", "item", "found", "allowed", "passed")
"""Columns of a frame of checks: what was checked, on what, what was found and what is allowed."""

_HAIR: Final = 1e-6


@dataclass(frozen=True)
class Served:
    """Who a plan says is in reach along a circle norm.

    Attributes
    ----------
    norm_id
        The norm.
    limit_m
        How far, in metres.
    straight
        Whether along the straight line; along a network a walk is only never shorter than it.
    xy, people
        Points that stand for people, and how many each, shapes (n, 2) and (n,).
    facilities
        Places of everything in the plan and of the existing facilities that count, shape (m, 2).
    claimed
        People said to be in reach.
    tolerance
        How far counting points may be from counting areas, in people.
    """

    norm_id: str
    limit_m: float
    straight: bool
    xy: NDArray[np.float64]
    people: NDArray[np.float64]
    facilities: NDArray[np.float64]
    claimed: float
    tolerance: float


def check_sizes(proposals: pd.DataFrame) -> pd.DataFrame:
    """Check every size against its least and its most, and the areas against those of the site.

    Parameters
    ----------
    proposals
        ``facility_id``, ``candidate_id``, ``size``, ``size_minimum``, ``size_maximum``,
        ``land_area_m2``, ``floor_area_m2``, ``site_land_area_m2``, ``site_floor_area_m2``.

    Returns
    -------
    DataFrame
        Columns of ``COLUMNS``, one row per proposal and per site.
    """
    rows: list[tuple[str, str, float, str, bool]] = []
    for one in proposals.to_dict("records"):
        low, high = float(one["size_minimum"]), float(one["size_maximum"])
        size = float(one["size"])
        good = low <= size <= high and size == int(size)
        rows.append(("size", str(one["facility_id"]), size, f"{low:g}-{high:g}", good))
    for site, here in proposals.groupby("candidate_id", sort=True):
        for name in ("land_area_m2", "floor_area_m2"):
            room = float(here[f"site_{name}"].iloc[0])
            if room == room:  # noqa: PLR0124  # not NaN
                used = float(np.nansum(here[name]))
                rows.append((name, str(site), used, f"<= {room:g}", used <= room + _HAIR))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def check_sites(
    proposals: gpd.GeoDataFrame,
    candidates: gpd.GeoDataFrame,
    forbidden: NDArray[np.object_],
    *,
    required: tuple[str, ...],
    excluded: tuple[str, ...],
) -> pd.DataFrame:
    """Check that every proposal stands on a candidate, outside forbidden areas, one of a service.

    Parameters
    ----------
    proposals
        Points with ``facility_id``, ``candidate_id`` and ``service``.
    candidates
        Points with ``candidate_id``.
    forbidden
        Polygons.
    required, excluded
        Ids of candidates.

    Returns
    -------
    DataFrame
        Columns of ``COLUMNS``.
    """
    places = dict(zip(candidates["candidate_id"], candidates.geometry, strict=True))
    rows: list[tuple[str, str, float, str, bool]] = []
    for one, point in zip(proposals.to_dict("records"), proposals.geometry, strict=True):
        name, site = str(one["facility_id"]), str(one["candidate_id"])
        apart = point.distance(places[site]) if site in places else float("inf")
        rows.append(("on its site", name, apart, "0", apart <= _HAIR))
        inside = sum(bool(polygon.intersects(point)) for polygon in forbidden)
        rows.append(("forbidden areas", name, float(inside), "0", inside == 0))
        rows.append(("excluded", name, float(site in excluded), "0", site not in excluded))
    for (site, service), here in proposals.groupby(["candidate_id", "service"], sort=True):
        rows.append((f"one of {service}", str(site), float(len(here)), "1", len(here) == 1))
    chosen = set(proposals["candidate_id"])
    rows += [("required", site, float(site in chosen), "1", site in chosen) for site in required]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def check_total(
    name: str, parts: pd.Series, claimed: float, limit: float | None = None
) -> pd.DataFrame:
    """Add an objective or a budget up anew.

    Parameters
    ----------
    name
        What it is.
    parts
        What each proposal adds.
    claimed
        What the plan says it comes to.
    limit
        What it may come to at most.

    Returns
    -------
    DataFrame
        One row, columns of ``COLUMNS``.
    """
    found = float(sum(parts))
    most = claimed if limit is None else limit
    near = _HAIR * max(1.0, abs(most))
    good = abs(found - claimed) <= near if limit is None else found <= limit + near
    sign = "=" if limit is None else "<="
    return pd.DataFrame([(name, "", found, f"{sign} {most:g}", good)], columns=list(COLUMNS))


def check_reach(served: Served) -> pd.DataFrame:
    """Count the people in reach from points and plain distances.

    Parameters
    ----------
    served
        Who the plan says is in reach.

    Returns
    -------
    DataFrame
        One row, columns of ``COLUMNS``. Along the straight line the two must be as near as points
        can be to areas; along a network nobody further away than the limit in a straight line may be
        among those claimed.
    """
    near = np.zeros(len(served.xy), dtype=bool)
    if len(served.facilities):
        # a hair more than the limit, as distances are floats: exactly the limit is in reach
        apart, _ = cKDTree(served.facilities).query(served.xy)
        near = np.asarray(apart) <= served.limit_m + _HAIR
    found = float(served.people[near].sum())
    if served.straight:
        good = abs(found - served.claimed) <= served.tolerance
        allowed = f"{rounded(served.claimed, 1)} +- {rounded(served.tolerance, 1)}"
    else:
        good = served.claimed <= found + served.tolerance
        allowed = f">= {rounded(served.claimed - served.tolerance, 1)}"
    row = ("people in reach", served.norm_id, found, allowed, good)
    return pd.DataFrame([row], columns=list(COLUMNS))


def check_counts(
    proposals: gpd.GeoDataFrame, polygon: shapely.Geometry, needs: pd.DataFrame
) -> pd.DataFrame:
    """Count what the proposals inside a unit's polygon give, need by need.

    Parameters
    ----------
    proposals
        Points with ``closes`` (ids of norms that each counts for), ``size`` and the amounts.
    polygon
        Of the unit.
    needs
        Needs of the unit: ``norm_id``, ``answer``, ``amount``, ``size``, ``planned``, ``unit_code``.

    Returns
    -------
    DataFrame
        One row per need, columns of ``COLUMNS``.
    """
    inside = np.asarray(shapely.intersects(polygon, proposals.geometry.to_numpy()), dtype=bool)
    rows: list[tuple[str, str, float, str, bool]] = []
    for need in needs.to_dict("records"):
        counts = [need["norm_id"] in ids for ids in proposals["counts_for"]]
        here = proposals[inside & np.array(counts, dtype=bool)]
        if need["answer"] == "count" or need["amount"] in {"", "facilities"}:
            found = float((here["size"] >= need["size"]).sum())
        else:
            found = float(here[need["amount"]].sum())
        item = f"{need['norm_id']} {need['unit_code']}"
        least = float(need["planned"])
        rows.append(("in the unit", item, found, f">= {least:g}", found >= least - _HAIR))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def check_compounds(
    table: pd.DataFrame, compounds: pd.DataFrame, asked: tuple[float, float], pooling_m: float
) -> pd.DataFrame:
    """Work every project of equipping compounds out anew from the list of compounds.

    Parameters
    ----------
    table
        Rows of ``equip_compounds``.
    compounds
        The list: ``compound_id``, ``households``, ``elder_floor_area_m2``, ``street_code``, and points
        or outlines.
    asked
        Square metres per hundred households, and the least of a compound or pool.
    pooling_m
        Largest distance between adjoining compounds of a pool, in metres.

    Returns
    -------
    DataFrame
        Columns of ``COLUMNS``: the shortfall of each project by plain sums, and the longest step
        between its compounds where it is a pool; no compound may be in two.
    """
    rows: list[tuple[str, str, float, str, bool]] = []
    at = compounds.drop_duplicates("compound_id").set_index("compound_id")
    places = at["outline"].where(at["outline"].notna(), at["geometry"]) if "outline" in at else None
    places = at["geometry"] if places is None else places
    rate, least = asked
    for one in table.to_dict("records"):
        names = list(one["compounds"])
        some, item = at.loc[names], ", ".join(names)
        wanted = max(least, rate * float(some["households"].sum()) / 100.0)
        lacks = wanted - float(some["elder_floor_area_m2"].sum())
        good = abs(lacks - float(one["shortfall"])) <= _HAIR * max(1.0, wanted)
        rows.append(("floor area lacking", item, lacks, f"= {one['shortfall']:g}", good))
        if len(names) > 1:
            step = _longest_step([places[name] for name in names])
            together = step <= pooling_m + _HAIR and len(set(some["street_code"])) == 1
            rows.append(("pool adjoins", item, step, f"<= {pooling_m:g}", together))
    every = [name for names in table["compounds"] for name in names]
    twice = float(len(every) - len(set(every)))
    rows.append(("compound in one project", "", twice, "0", twice == 0))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _longest_step(places: list[shapely.Geometry]) -> float:
    """Give the longest step by which places are all joined, each to the nearest that is reached."""
    reached, rest, longest = [places[0]], places[1:], 0.0
    while rest:
        apart = [min(float(shapely.distance(one, other)) for other in reached) for one in rest]
        nearest = int(np.argmin(apart))
        longest = max(longest, float(apart[nearest]))
        reached.append(rest.pop(nearest))
    return longest
