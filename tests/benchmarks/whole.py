"""Whole assessments: how long they take beside the bare kernels that they cannot do without.

Every task takes the city and returns what is timed; inputs are in memory unless said.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
import shapely
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from tests.benchmarks import bare

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyproj

    from capacity.assess.result import Assessment
    from capacity.example.frames import SyntheticCity
    from capacity.norms.model import NormSet
    from capacity.study_area import StudyArea

ON = dt.date(2025, 12, 31)
WALK_M = 1080.0
RADIUS_M = 300.0
ROUNDS = 3
GROUPS = ("population", "under_3", "age_60_plus")

# The norms that the project was first asked for.
HEADLINE = (
    "zhengzhou.childcare.places_per_thousand",
    "zhengzhou.childcare.facility_per_street_2023",
    "zhengzhou.childcare.facility_per_township_2023",
    "zhengzhou.childcare.facility_per_community",
    "zhengzhou.childcare.demo_institution_per_main_district_2022",
    "zhengzhou.childcare.demo_institution_per_county_2022",
    "zhengzhou.plan2023.childcare.places_per_thousand_street",
    "zhengzhou.plan2023.childcare.service_circle_radius",
    "zhengzhou.plan2023.elder_care.land_per_capita",
    "zhengzhou.plan2023.elder_care.floor_area_per_100_households",
    "zhengzhou.sports.fitness_circle_minutes",
)


def area_of(town: SyntheticCity, *, on_foot: bool = False) -> StudyArea:
    """Check the city as a study area, with the streets under it if wanted."""
    from capacity.study_area import study_area

    area = study_area(
        town.units,
        town.population,
        town.facilities,
        town.compounds,
        name="synthetic city",
        data_date=ON,
    )
    if not on_foot:
        return area
    from tests.benchmarks.walking import streets_of

    return dataclasses.replace(area, network=streets_of(town))


def norms_of(only: tuple[str, ...] = ()) -> NormSet:
    """Give the norms of Zhengzhou, all or some."""
    from capacity.norms.catalogue import load_norms

    norms = load_norms("zhengzhou", on=ON)
    if not only:
        return norms
    chosen = tuple(norm for norm in norms.norms if norm.id in only)
    return dataclasses.replace(norms, norms=chosen)


def assess(
    town: SyntheticCity, *, only: tuple[str, ...] = HEADLINE, on_foot: bool = False
) -> Callable[[], float]:
    """Ours: the headline norms of Zhengzhou, three services, inputs in memory."""
    from capacity.assess.run import assess as run_assess

    area, norms = area_of(town, on_foot=on_foot), norms_of(only)
    return lambda: float(run_assess(area, norms).findings["shortfall"].sum())


def outputs(town: SyntheticCity) -> Callable[[], dict[str, float]]:
    """Ours: inputs checked, every norm of Zhengzhou assessed, and all files written, in CPU seconds."""
    from capacity.assess.run import assess as run_assess

    norms = norms_of()

    def run() -> dict[str, float]:
        times = [time.process_time()]
        area = area_of(town)
        times.append(time.process_time())
        result = run_assess(area, norms)
        times.append(time.process_time())
        with tempfile.TemporaryDirectory() as folder:
            result.to_folder(Path(folder) / "out")
            times.append(time.process_time())
        check, compute, write = np.diff(times)
        return {
            "check": len(result.findings),
            "checks of inputs": check,
            "assess": compute,
            "outputs": write,
        }

    return run


# --- bare kernels ------------------------------------------------------------------------------


def _write_raster(town: SyntheticCity, path: Path) -> None:
    people = town.population.values
    n_rows, n_columns = town.population.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=n_rows,
        width=n_columns,
        count=len(GROUPS),
        dtype="float32",
        crs=town.population.crs.to_wkt(),
        transform=town.population.transform,
        compress="deflate",
        tiled=True,
    ) as target:
        for band, group in enumerate(GROUPS, 1):
            target.write(people[group].astype(np.float32), band)
            target.set_band_description(band, group)


def _bands(path: Path) -> Any:
    with rasterio.open(path) as source:
        return source.read()


def _read(path: Path, crs: pyproj.CRS) -> Any:
    from capacity.population import PopulationGrid

    with rasterio.open(path) as source:
        bands = source.read()
        transform = source.transform
    return PopulationGrid(
        {group: band.astype(np.float64) for group, band in zip(GROUPS, bands, strict=True)},
        transform,
        crs,
    )


def _overlays(town: SyntheticCity, *, on_foot: bool) -> list[Callable[[], Any]]:
    """The overlays of a run: streets, circles of each service inside streets, and circles crossed."""
    wanted = [bare.streets_of(town).geometry.to_numpy(), bare.in_reach(town, RADIUS_M)]
    if not on_foot:
        wanted.append(bare.in_reach(town, WALK_M / 1.3, "sports"))
    wanted.append(bare.circles_crossed(town, RADIUS_M))
    return [bare.overlay(town, polygons) for polygons in wanted]


def kernels(town: SyntheticCity, *, on_foot: bool = False) -> Callable[[], dict[str, float]]:
    """The raster read and the headline norms, beside what libraries take for their parts, bare.

    The least CPU time of some rounds, each thing after the other in every round. Nearest is scipy's
    ``cKDTree.query``: on foot from every starting point to the nearest node of the network, else from
    every cell to the nearest facility of the two services that have circles.
    """
    from capacity.assess.run import assess as run_assess
    from capacity.reach.walkers import walkers_of
    from tests.benchmarks.walking import streets_of

    area, norms = area_of(town, on_foot=on_foot), norms_of(HEADLINE)
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / "people.tif"
    _write_raster(town, path)
    peopled = np.flatnonzero(town.population.values["population"].ravel() > 0)
    spacing = 50.0 if on_foot else np.inf
    start = walkers_of(town.population, peopled, town.crs, spacing).xy

    def sites(service: str) -> Any:
        return shapely.get_coordinates(bare.points_of(town, service))

    calls: dict[str, list[Callable[[], Any]]] = {
        "raster read": [partial(_bands, path)],
        "exactextract": _overlays(town, on_foot=on_foot),
        "allocation": [bare.flow(town, RADIUS_M)],
    }
    if on_foot:
        network = streets_of(town)
        nodes = cKDTree(network.nodes)
        begin = np.unique(nodes.query(sites("sports"))[1])
        calls["nearest"] = [lambda: nodes.query(start)]
        calls["Dijkstra"] = [
            lambda: dijkstra(network.graph, indices=begin, min_only=True, limit=WALK_M)
        ]
    else:
        trees = [cKDTree(sites(service)) for service in ("childcare", "sports")]
        calls["nearest"] = [partial(tree.query, start) for tree in trees]

    def whole() -> Assessment:
        return run_assess(dataclasses.replace(area, population=_read(path, town.crs)), norms)

    def run() -> dict[str, float]:
        assert folder  # kept as long as it is read
        times: dict[str, list[float]] = {}

        def timed(name: str, some: list[Callable[[], Any]]) -> Any:
            worked = time.process_time()
            found = [call() for call in some]
            times.setdefault(name, []).append(time.process_time() - worked)
            return found[0]

        for _ in range(ROUNDS):
            for name, some in calls.items():
                timed(name, some)
            result = timed("whole", [whole])
            timed("outlines", [partial(getattr, result, "pockets")])
        least = {name: min(each) for name, each in times.items()}
        total = sum(least[name] for name in calls)
        return {
            "check": float(result.findings["shortfall"].sum()),
            **least,
            "kernels": total,
            "ratio": least["whole"] / total,
            "ratio, drawn": (least["whole"] + least["outlines"]) / total,
        }

    return run


TASKS = {
    "assess": assess,
    "assess-walk": partial(assess, on_foot=True),
    "catalogue": partial(assess, only=()),
    "catalogue-walk": partial(assess, only=(), on_foot=True),
    "outputs": outputs,
    "kernels": kernels,
    "kernels-walk": partial(kernels, on_foot=True),
}
"""Name → task."""
