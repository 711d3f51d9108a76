"""The tasks that are timed, ours and peers', on the same synthetic city.

Each task is a function that takes the city and returns a function to time; that one returns a check
value, so that a peer that computes something else is seen.
"""

from __future__ import annotations

import warnings
from functools import cache, partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tests.benchmarks import bare, costs, siting, start, walking, whole
from tests.benchmarks.bare import points_of, streets_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from capacity.example.frames import SyntheticCity

RADIUS_M = 300.0
WALK_M = 1000.0
PER_PERSON = 0.006


def city_of(cells: int) -> SyntheticCity:
    """Make the synthetic city of so many cells, and all else in proportion."""
    units, facilities, compounds = (
        max(least, cells // each) for least, each in ((5, 5_000), (50, 500), (50, 200))
    )
    return city(cells, units, facilities, compounds)


@cache
def city(cells: int, units: int, facilities: int, compounds: int) -> SyntheticCity:
    """Make the synthetic city once per process."""
    from capacity.example.generate import synthetic_city

    return synthetic_city(
        n_cells=cells,
        n_units=units,
        n_facilities=facilities,
        n_compounds=compounds,
        services=("childcare", "elder_care", "sports"),
    )


def split(town: SyntheticCity) -> Callable[[], float]:
    """Ours: people of every cell split exactly between streets, three groups."""
    from capacity.demand import demand

    streets = streets_of(town)
    return lambda: float(demand(town.population, streets).by_unit().iloc[0])


def split_exactextract(town: SyntheticCity) -> Callable[[], float]:
    """Peer: exactextract's own zonal sum of one group through its GeoDataFrame reader."""
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    streets = streets_of(town)
    people = town.population.values["population"]
    transform = town.population.transform
    rows, columns = people.shape
    source = NumPyRasterSource(
        people,
        xmin=transform.c,
        xmax=transform.c + columns * transform.a,
        ymin=transform.f + rows * transform.e,
        ymax=transform.f,
        srs_wkt=streets.crs.to_wkt(),
    )
    return lambda: float(exact_extract(source, streets, ["sum"], output="pandas")["sum"].iloc[0])


def split_rasterize(town: SyntheticCity) -> Callable[[], float]:
    """Peer: rasterio's rasterize and a bincount; a cell goes whole to one street (centre rule)."""
    from rasterio.features import rasterize

    streets = streets_of(town)
    people = town.population.values["population"]

    def run() -> float:
        shapes = zip(streets.geometry, range(1, len(streets) + 1), strict=True)
        zone = rasterize(shapes, people.shape, transform=town.population.transform, dtype="int32")
        return float(np.bincount(zone.ravel(), weights=people.ravel())[1])

    return run


def split_rasterstats(town: SyntheticCity) -> Callable[[], float]:
    """Peer: rasterstats' zonal sum; a cell goes whole to one street (centre rule)."""
    from rasterstats import zonal_stats

    streets = streets_of(town)
    people, transform = town.population.values["population"], town.population.transform

    def run() -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it calls affine as older versions want it
            found = zonal_stats(streets, people, affine=transform, stats=["sum"], nodata=-1)
        return float(found[0]["sum"])

    return run


def _cell_frame(town: SyntheticCity, *, boxes: bool):
    import geopandas as gpd
    import shapely

    _, people, centres = _centres(town)
    half = town.population.transform.a / 2
    x, y = shapely.get_coordinates(centres).T
    shapes = shapely.box(x - half, y - half, x + half, y + half) if boxes else centres
    return gpd.GeoDataFrame({"people": people}, geometry=shapes, crs=town.crs)


def split_sjoin(town: SyntheticCity) -> Callable[[], float]:
    """Peer: geopandas sjoin of cell centres with streets; a cell goes whole to one (centre rule)."""
    cells, streets = _cell_frame(town, boxes=False), streets_of(town)[["unit_code", "geometry"]]

    def run() -> float:
        joined = cells.sjoin(streets, predicate="within")
        return float(joined.groupby("unit_code")["people"].sum()[streets["unit_code"].iloc[0]])

    return run


def split_tobler(town: SyntheticCity) -> Callable[[], float]:
    """Peer: tobler's areal interpolation, cells as polygons, split by area."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from tobler.area_weighted import area_interpolate
    cells, streets = _cell_frame(town, boxes=True), streets_of(town)[["unit_code", "geometry"]]

    def run() -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = area_interpolate(
                cells, streets, extensive_variables=["people"], allocate_total=False
            )
        return float(found["people"].iloc[0])

    return run


def coverage(town: SyntheticCity) -> Callable[[], float]:
    """Ours: people within 300 m per street, cells cut at the circle; people split beforehand."""
    from capacity.demand import demand
    from capacity.reach.straight import straight_line

    streets = streets_of(town)
    where = demand(town.population, streets)
    points = points_of(town)

    def run() -> float:
        share = straight_line(town.population, where, streets, points, RADIUS_M)
        return float((where.people() * share).sum())

    return run


def _centres(town: SyntheticCity):
    import shapely

    people = town.population.values["population"]
    row, column = np.nonzero(people > 0)
    transform = town.population.transform
    x = transform.c + (column + 0.5) * transform.a
    y = transform.f + (row + 0.5) * transform.e
    return np.column_stack([x, y]), people[row, column], shapely.points(x, y)


def coverage_kdtree(town: SyntheticCity) -> Callable[[], float]:
    """Peer: scipy's cKDTree on cell centres, whole city; a cell is in or out."""
    import shapely
    from scipy.spatial import cKDTree

    xy, people, _ = _centres(town)
    facilities = shapely.get_coordinates(points_of(town))

    def run() -> float:
        bound = RADIUS_M * (1 + 1e-9)
        distance, _ = cKDTree(facilities).query(xy, distance_upper_bound=bound, workers=2)
        return float(people[distance <= RADIUS_M].sum())

    return run


def coverage_geopandas(town: SyntheticCity) -> Callable[[], float]:
    """Peer: geopandas sjoin of cell centres with dwithin, whole city; a cell is in or out."""
    import geopandas as gpd

    _, people, centres = _centres(town)
    cells = gpd.GeoDataFrame({"people": people}, geometry=centres, crs=town.crs)
    facilities = gpd.GeoDataFrame(geometry=points_of(town), crs=town.crs)

    def run() -> float:
        joined = cells.sjoin(facilities, predicate="dwithin", distance=RADIUS_M)
        return float(cells["people"].to_numpy()[joined.index.unique()].sum())

    return run


def _paired(town: SyntheticCity, radius_m: float):
    from capacity.demand import demand
    from capacity.reach.straight import straight_pairs

    streets, points = streets_of(town), points_of(town)
    where = demand(town.population, streets)
    childcare = town.facilities[town.facilities["service"] == "childcare"]
    places = childcare["places"].fillna(0).to_numpy(dtype=float)

    def run():
        return straight_pairs(town.population, where, streets, points, radius_m)

    return where, streets, points, places, run


def pairs(town: SyntheticCity, radius_m: float = WALK_M) -> Callable[[], float]:
    """Ours: rows and facilities within a distance, with exact shares; people split beforehand."""
    *_, run = _paired(town, radius_m)
    return lambda: float(run().share.sum())


def sets(town: SyntheticCity, radius_m: float = WALK_M) -> Callable[[], float]:
    """Ours: people by the facilities in their reach, cells cut where circles cross."""
    from capacity.reach.sets import straight_sets
    from capacity.reach.straight import straight_line

    where, streets, points, _, _ = _paired(town, radius_m)
    reached = straight_line(town.population, where, streets, points, radius_m)

    def run() -> float:
        found = straight_sets(town.population, where, streets, points, radius_m, reached=reached)
        return float(found.share.sum())

    return run


def _allocation(
    town: SyntheticCity, radius_m: float, *, in_order: bool = False
) -> Callable[[], float]:
    from capacity.reach.allocate import allocate
    from capacity.reach.sets import straight_sets

    where, streets, points, places, _ = _paired(town, radius_m)
    found = straight_sets(town.population, where, streets, points, radius_m)
    # every tenth place of the invented city, so that places are short
    few, wanted = places / 10, where.people() * PER_PERSON
    ranks = np.arange(len(points)) if in_order else None
    return lambda: float(allocate(found, wanted, few, priority=ranks).served.sum())


def allocation(town: SyntheticCity, radius_m: float = WALK_M) -> Callable[[], float]:
    """Ours: places given out, the most served and as evenly as can be; sets made beforehand."""
    return _allocation(town, radius_m)


def allocation_in_order(town: SyntheticCity) -> Callable[[], float]:
    """Ours: the same, one facility after the other; serves fewer."""
    return _allocation(town, WALK_M, in_order=True)


def two_steps(town: SyntheticCity, radius_m: float = WALK_M) -> Callable[[], float]:
    """Ours: two-step floating catchment areas; pairs made beforehand."""
    from capacity.reach.accessibility import two_step_fca

    where, _, _, places, run = _paired(town, radius_m)
    found, wanted = run(), where.people()
    return lambda: float((two_step_fca(found, wanted, places) * wanted).sum())


def two_steps_bare(town: SyntheticCity) -> Callable[[], float]:
    """Peer: the sums of both steps over the same pairs with NumPy's bincount."""
    where, _, _, places, run = _paired(town, WALK_M)
    found, people = run(), where.people()
    amount = (len(people), len(places))

    def score() -> float:
        wanted = np.bincount(found.facility, people[found.row] * found.share, amount[1])
        ratio = np.divide(places, wanted, out=np.zeros(amount[1]), where=wanted > 0)
        got = np.bincount(found.row, ratio[found.facility] * found.share, amount[0])
        return float((got * people).sum())

    return score


def two_steps_access(town: SyntheticCity) -> Callable[[], float]:
    """Peer: PySAL access on the same pairs, cells whole and costs given."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from access import Access

    where, _, _, places, run = _paired(town, WALK_M)
    found, people = run(), where.people()
    cost = pd.DataFrame({"origin": found.row, "dest": found.facility, "cost": found.cost})
    rows = pd.DataFrame({"geoid": np.arange(len(people)), "people": people})
    supply = pd.DataFrame({"geoid": np.arange(len(places)), "places": places})

    def score() -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of its own use of pandas
            peer = Access(
                demand_df=rows,
                demand_index="geoid",
                demand_value="people",
                supply_df=supply,
                supply_index="geoid",
                supply_value="places",
                cost_df=cost,
                cost_origin="origin",
                cost_dest="dest",
                cost_name="cost",
            )
            scores = peer.two_stage_fca(max_cost=WALK_M).iloc[:, 0]
        return float((scores.reindex(range(len(people))).fillna(0) * people).sum())

    return score


def calibrate(town: SyntheticCity) -> Callable[[], float]:
    """Ours: people, split beforehand, scaled to a total of every street; three groups."""
    from capacity.calibration import calibrate as scale
    from capacity.demand import demand

    where = demand(town.population, streets_of(town))
    census = where.by_unit().round().rename("population").reset_index()
    return lambda: float(scale(where, census).people().sum())


TASKS = {
    **start.TASKS,
    **whole.TASKS,
    "costs": costs.costs,
    "costs-walk": partial(costs.costs, on_foot=True),
    "split": split,
    "split: cells and sums, bare": lambda town: bare.summed(
        town, streets_of(town).geometry.to_numpy(), 3
    ),
    "split: exactextract sum": split_exactextract,
    "split: rasterize + bincount": split_rasterize,
    "split: rasterstats": split_rasterstats,
    "split: geopandas sjoin": split_sjoin,
    "split: tobler area_interpolate": split_tobler,
    "calibrate": calibrate,
    "coverage 300 m": coverage,
    "coverage: cells and sums, bare": lambda town: bare.summed(town, bare.in_reach(town, RADIUS_M)),
    "coverage: cKDTree centres": coverage_kdtree,
    "coverage: geopandas dwithin": coverage_geopandas,
    "pairs 1 km": pairs,
    "pairs: cells and sums, bare": lambda town: bare.summed(town, bare.circles_cut(town, WALK_M)),
    "pairs-2km": partial(pairs, radius_m=2 * WALK_M),
    "sets 1 km": sets,
    "sets: cells and sums, bare": lambda town: bare.summed(
        town, bare.circles_crossed(town, WALK_M)
    ),
    "sets-2km": partial(sets, radius_m=2 * WALK_M),
    "allocation 1 km": allocation,
    "allocation: maximum flow, bare": partial(bare.flow, radius_m=WALK_M, places=0.1),
    "allocation: in order": allocation_in_order,
    "allocation-2km": partial(allocation, radius_m=2 * WALK_M),
    "2sfca 1 km": two_steps,
    "2sfca: sums, bare": two_steps_bare,
    "2sfca: PySAL access, costs given": two_steps_access,
    "2sfca-2km": partial(two_steps, radius_m=2 * WALK_M),
    "walk-snap": walking.snapping,
    "walk-snap: nearest node, bare": walking.snapping_nodes,
    "walk-snap: STRtree nearest": walking.snapping_strtree,
    "walk-nearest 1 km": walking.nearest,
    "walk-nearest: scipy, bare": walking.nearest_scipy,
    "walk-nearest: pandana from nodes": walking.nearest_pandana,
    "walk-pairs 1 km": walking.walked_pairs,
    "walk-pairs: scipy by facility": walking.walked_pairs_scipy,
    "walk-pairs-2km": partial(walking.walked_pairs, metres=2 * WALK_M),
    **siting.TASKS,
}
"""Name → task. A name with a colon is a peer of the task whose first word is before the colon."""

CELLS = 1_000_000
"""Of the city that tasks have if nothing else is said."""

_WIDE, _ON_FOOT = (250_000, CELLS, 4_000_000), (40_000, 250_000, CELLS)
GROW = {
    **dict.fromkeys(("split", "calibrate", "coverage 300 m", "pairs 1 km", "sets 1 km"), _WIDE),
    **dict.fromkeys(("allocation 1 km", "2sfca 1 km", "assess", "catalogue"), _WIDE),
    **dict.fromkeys(("walk-snap", "walk-pairs 1 km"), _ON_FOOT),
    # milliseconds in a small city
    "walk-nearest 1 km": _WIDE,
    **dict.fromkeys(("assess-walk", "outputs"), _ON_FOOT),
}
"""Tasks that are measured at several sizes, and the cells of these."""

BARE = {
    first: f"{first}: cells and sums, bare" for first in ("split", "coverage", "pairs", "sets")
} | {
    "allocation": "allocation: maximum flow, bare",
    "2sfca": "2sfca: sums, bare",
    "walk-snap": "walk-snap: nearest node, bare",
    "walk-nearest": "walk-nearest: scipy, bare",
    "walk-pairs": "walk-pairs: scipy by facility",
}
"""First word of such a task → the kernel of it, measured at the same sizes."""

MOST_CELLS = {
    "split: tobler area_interpolate": 250_000,
    "walk-nearest: pandana from nodes": 40_000,
}
"""Cells of the largest city that a slow task can have."""

ONCE = frozenset({"kernels", "kernels-walk", "costs", "costs-walk", "outputs"})
"""Tasks that have rounds of their own, or need one only."""

NEEDS = {
    "tobler": "tobler",
    "rasterstats": "rasterstats",
    "PySAL access": "access",
    "pandana": "pandana",
    "spopt": "spopt",
}
"""Word in the name of a peer → module that it needs."""


def is_peer(name: str) -> bool:
    """Whether a task is a peer of one of ours."""
    return ":" in name


def first_word(name: str) -> str:
    """Give the word that a task shares with its peers."""
    return name.split(":", maxsplit=1)[0].split(maxsplit=1)[0]


def missing_package(name: str) -> str:
    """Name the package that a task needs and that is not installed, or nothing."""
    needed = (module for word, module in NEEDS.items() if word in name)
    return next((module for module in needed if find_spec(module) is None), "")
