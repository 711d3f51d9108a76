"""Candidate sites: those of a list, or generated where people live or along the network.

Nothing is drawn by lot: the same inputs give the same candidates in the same order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from capacity.inputs.membership import assign
from capacity.reach.walkers import walkers_of
from capacity.vocabulary import POPULATION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity.demand import Demand
    from capacity.network import WalkingNetwork
    from capacity.study_area import StudyArea

COLUMNS: Final = (
    "candidate_id",
    "name",
    "acquisition",
    "land_area_m2",
    "floor_area_m2",
    "cost",
    "city_code",
    "district_code",
    "street_code",
    "community_code",
)
"""Columns of a frame of candidates, beside its points."""


def thinned(
    xy: NDArray[np.float64], weight: NDArray[np.float64], spacing_m: float
) -> NDArray[np.int64]:
    """Keep of the points in each square of a lattice the one of most weight.

    The lattice has its lines at multiples of the spacing; a point on a line belongs to the square
    above and to the right of it.

    Parameters
    ----------
    xy : array, shape (n, 2)
        Coordinates in metres.
    weight : array, shape (n,)
        Points of equal weight in a square are told apart by their place, the lower left one first.
    spacing_m
        Side of the squares in metres, over 0.

    Returns
    -------
    array of int64, shape (n_kept,)
        Positions of the points kept, ascending.

    Examples
    --------
    >>> at = np.array([[10.0, 10.0], [90.0, 10.0], [100.0, 10.0]])
    >>> thinned(at, np.array([1.0, 5.0, 2.0]), 100.0).tolist()
    [1, 2]
    """
    if len(xy) == 0:
        return np.zeros(0, dtype=np.int64)
    square = np.floor(xy / spacing_m).astype(np.int64)
    order = np.lexsort((xy[:, 0], xy[:, 1], -weight, square[:, 0], square[:, 1]))
    ordered = square[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    return np.sort(order[first]).astype(np.int64)


def from_population(area: StudyArea, where: Demand, spacing_m: float) -> gpd.GeoDataFrame:
    """Generate a candidate in each square of a lattice: the middle of the cell with most people.

    Parameters
    ----------
    area
        Checked inputs with population by place.
    where
        Demand of the units that sums are made of; cells without people give no candidate.
    spacing_m
        Side of the squares in metres.

    Returns
    -------
    GeoDataFrame
        Columns of ``COLUMNS`` without limits of area or cost; those outside every unit are left out.
    """
    if area.population is None:
        return _frame(area, np.zeros((0, 2)))
    people = np.nan_to_num(where.people(POPULATION))
    cells, at = np.unique(where.cell, return_inverse=True)
    weight = np.bincount(at, weights=people, minlength=len(cells)).astype(np.float64)
    lived_in = weight > 0
    middles = walkers_of(area.population, cells[lived_in], area.crs, np.inf)
    of_middle = weight[lived_in][np.searchsorted(cells[lived_in], middles.cell)]
    return _frame(area, middles.xy[thinned(middles.xy, of_middle, spacing_m)])


def from_network(area: StudyArea, network: WalkingNetwork, spacing_m: float) -> gpd.GeoDataFrame:
    """Generate a candidate in each square of a lattice: its node that most edges meet in.

    Parameters
    ----------
    area
        Checked inputs.
    network
        Walking network in the CRS of the area.
    spacing_m
        Side of the squares in metres.

    Returns
    -------
    GeoDataFrame
        As ``from_population`` gives them.
    """
    ends = np.concatenate([network.u, network.v])
    degree = np.bincount(ends, minlength=len(network.nodes)).astype(np.float64)
    return _frame(area, network.nodes[thinned(network.nodes, degree, spacing_m)])


def no_candidates(area: StudyArea) -> gpd.GeoDataFrame:
    """Give a frame of candidates without one, for a plan that builds nothing.

    Parameters
    ----------
    area
        Checked inputs.

    Returns
    -------
    GeoDataFrame
        Columns of ``COLUMNS``, no rows.
    """
    return _frame(area, np.zeros((0, 2)))


def _frame(area: StudyArea, xy: NDArray[np.float64]) -> gpd.GeoDataFrame:
    order = np.lexsort((xy[:, 0], -xy[:, 1]))
    points = gpd.GeoDataFrame(
        {"unit_code": pd.array([""] * len(xy), dtype="str")},
        geometry=shapely.points(xy[order]) if len(xy) else [],
        crs=area.crs,
    )
    codes = assign(points, area.units).codes
    inside = (codes != "").any(axis=1).to_numpy(dtype=bool)
    n = int(inside.sum())
    digits = len(str(n))
    data = {
        "candidate_id": pd.array([f"S{i:0{digits}d}" for i in range(1, n + 1)], dtype="str"),
        "name": pd.array([""] * n, dtype="str"),
        "acquisition": pd.array([""] * n, dtype="str"),
        "land_area_m2": np.full(n, np.nan),
        "floor_area_m2": np.full(n, np.nan),
        "cost": np.zeros(n),
    }
    data |= {name: codes[name].array[inside] for name in codes.columns}
    return gpd.GeoDataFrame(data, geometry=points.geometry.array[inside], crs=area.crs)


def outside_forbidden(
    candidates: gpd.GeoDataFrame, forbidden: NDArray[np.object_]
) -> NDArray[np.bool_]:
    """Say which candidates stand outside every forbidden area.

    A point on the border of a forbidden area is not outside it.

    Parameters
    ----------
    candidates
        Points.
    forbidden : array of Polygon
        In the CRS of the candidates.

    Returns
    -------
    array of bool, shape (n_candidates,)
        True where nothing is forbidden.

    Examples
    --------
    >>> from shapely import Point, box
    >>> some = gpd.GeoDataFrame(geometry=[Point(0, 0), Point(1, 0), Point(2, 0)], crs=4547)
    >>> outside_forbidden(some, np.array([box(-1, -1, 1, 1)])).tolist()
    [False, False, True]
    """
    allowed = np.ones(len(candidates), dtype=bool)
    if len(forbidden):
        points = candidates.geometry.to_numpy()
        hit = shapely.STRtree(forbidden).query(points, predicate="intersects")[0]
        allowed[hit] = False
    return allowed
