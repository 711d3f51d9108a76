"""Bare kernels: what libraries take for the part of a task that cannot be done without, and no more.

Each begins with the same polygons, places and people as the task of ours, ready made, and goes through
them in the same way. They are what whole assessments are compared with, and they show how much of the
growth of a task is the growth of what it is made of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

if TYPE_CHECKING:
    from collections.abc import Callable

    from capacity.example.frames import SyntheticCity


def streets_of(town: SyntheticCity) -> Any:
    """Give the streets and townships."""
    return town.units[town.units["unit_type"].isin(["street", "township"])]


def points_of(town: SyntheticCity, service: str = "childcare") -> Any:
    """Give the places of the facilities of a service."""
    return town.facilities.geometry[town.facilities["service"] == service].to_numpy()


def in_reach(town: SyntheticCity, radius_m: float, service: str = "childcare") -> Any:
    """Give what is within a distance of any facility, street by street."""
    from capacity.reach.straight import reach_polygons

    return reach_polygons(streets_of(town).geometry.to_numpy(), points_of(town, service), radius_m)


def circles_cut(town: SyntheticCity, radius_m: float) -> Any:
    """Give the circles of childcare, cut at the borders of streets."""
    from capacity.reach.straight import circles, clip_to_units

    drawn = circles(points_of(town), radius_m)
    return clip_to_units(drawn, streets_of(town).geometry.to_numpy())[2]


def circles_crossed(town: SyntheticCity, radius_m: float) -> Any:
    """Give the pieces into which the circles of childcare cut each other and the streets."""
    from capacity.reach.straight import circles, clip_to_units

    drawn = circles(points_of(town), radius_m)
    edges = shapely.union_all(shapely.boundary(drawn))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(edges)))
    # What circles only enclose between them is in none of them.
    tree = shapely.STRtree(shapely.point_on_surface(faces))
    within = np.unique(tree.query(drawn, predicate="contains")[1])
    return clip_to_units(faces[within], streets_of(town).geometry.to_numpy())[2]


def overlay(town: SyntheticCity, polygons: Any) -> Callable[[], Any]:
    """exactextract's lists of peopled cells and their fractions in polygons."""
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    from capacity.fractions import _WkbSource, to_pixels

    marks = (town.population.values["population"] > 0).astype(np.uint8)
    pixels = to_pixels(town.population, polygons, town.crs)
    return lambda: exact_extract(
        NumPyRasterSource(marks, nodata=0),
        _WkbSource(pixels),
        ["cell_id", "coverage"],
        include_cols=["polygon"],
        output="pandas",
    )


def summed(town: SyntheticCity, polygons: Any, groups: int = 1) -> Callable[[], float]:
    """The same lists, and people of some groups added up by polygon with NumPy's bincount."""
    lists = overlay(town, polygons)
    people = [one.ravel() for one in list(town.population.values.values())[:groups]]

    def run() -> float:
        found = lists()
        cells, shares = (np.concatenate(found[name].to_list()) for name in ("cell_id", "coverage"))
        which = np.repeat(found["polygon"].to_numpy(), found["cell_id"].map(len))
        sums = [np.bincount(which, weights=one[cells] * shares) for one in people]
        return float(sums[0].sum())

    return run


def flow(town: SyntheticCity, radius_m: float, *, places: float = 1.0) -> Callable[[], float]:
    """scipy's maximum flow from people to a share of places, by the sets of facilities in reach."""
    from capacity.demand import demand
    from capacity.reach.sets import straight_sets

    streets, points = streets_of(town), points_of(town)
    where = demand(town.population, streets)
    sets = straight_sets(town.population, where, streets, points, radius_m)
    wanted = np.bincount(sets.chosen, where.people()[sets.row] * sets.share, sets.n_sets)
    taker = np.repeat(np.arange(sets.n_sets), np.diff(sets.starts))
    giver = sets.facility + sets.n_sets
    source = sets.n_sets + sets.n_facilities
    everyone, everywhere = np.arange(sets.n_sets), np.arange(sets.n_sets, source)
    asked = np.round(wanted * 6).astype(np.int32)  # six of a thousand people, in thousandths
    childcare = town.facilities[town.facilities["service"] == "childcare"]
    given = np.round(childcare["places"].fillna(0).to_numpy(float) * places * 1000).astype(np.int32)

    def run() -> float:
        begin = np.concatenate([np.full(sets.n_sets, source), taker, everywhere])
        end = np.concatenate([everyone, giver, np.full(sets.n_facilities, source + 1)])
        most = np.concatenate([asked, np.full(len(taker), 2**31 - 1, np.int32), given])
        graph = csr_array((most, (begin, end)), shape=(source + 2, source + 2))
        return float(maximum_flow(graph, source, source + 1).flow_value) / 1000

    return run
