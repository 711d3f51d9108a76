"""Choosing sites, ours and spopt's with HiGHS, on scattered demand and on the synthetic city.

    python -m tests.benchmarks --only mclp "joint 90 %"

They are among the tasks of ``python -m tests.benchmarks``, which writes what they found, objective, bound
and gap, to the table in ``docs/siting.md``.

Ours begin with frames, and measure reach too; the peer is given the matrix of distances, dense as it
wants it, and is timed from building its model to its answer.
"""

from __future__ import annotations

import warnings
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Callable

    from capacity.example.frames import SyntheticCity

    Found = Callable[[], Any]

RADIUS_M = 800.0
CITY_RADIUS_M = 1000.0
CITY_SITES = 300
# Demand points, candidates and sites; of a smaller city than a million cells as much less.
LARGE, SMALL = (10_000, 1_000, 60), (2_000, 200, 20)
LEAST = (200, 30, 6)
MILLION = 1_000_000
CRS = 4547


def _size(town: SyntheticCity | None, size: tuple[int, int, int]) -> tuple[int, int, int]:
    if town is None:
        return size
    scale = min(1.0, town.population.values["population"].size / MILLION)
    n, m, p = (max(least, round(whole * scale)) for least, whole in zip(LEAST, size, strict=True))
    return n, m, p


@cache
def scattered(n_demand: int, n_candidates: int, per_km2: float = 25.0, *, centre: bool = False):
    """Scatter people and candidates, a tenth as many, evenly or half of them around a centre."""
    random = np.random.default_rng(0)
    side = 1000 * np.sqrt(n_demand / per_km2)

    def places(n: int):
        even = random.uniform(0, side, (n, 2))
        if not centre:
            return even
        middle = side / 2 + random.normal(0, side / 6, (n, 2)).clip(-side / 2, side / 2)
        return np.where(np.arange(n)[:, None] % 2 == 0, even, middle)

    people = gpd.GeoDataFrame(
        {"population": random.integers(1, 200, n_demand).astype(float)},
        geometry=shapely.points(places(n_demand)),
        crs=CRS,
    )
    names = [f"{k:05d}" for k in range(n_candidates)]
    sites = gpd.GeoDataFrame(
        {"candidate_id": names}, geometry=shapely.points(places(n_candidates)), crs=CRS
    )
    whole = [shapely.box(0, 0, side, side)]
    units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=whole, crs=CRS)
    return people, sites, units


def most(town: SyntheticCity, size: tuple[int, int, int] = LARGE) -> Found:
    """Ours: most people within 800 m of p sites, to a proven gap of 0.0001."""
    from capacity.siting.models import mclp

    size = _size(town, size)
    people, sites, units = scattered(*size[:2])
    return lambda: mclp(people, sites, units, radius_m=RADIUS_M, n_sites=size[2])


def most_centre(town: SyntheticCity) -> Found:
    """Ours: the same with half of all around a centre, which is hard to prove: 1 % is asked."""
    from capacity.siting.layers import SitingOptions
    from capacity.siting.models import mclp

    size = _size(town, LARGE)
    people, sites, units = scattered(*size[:2], per_km2=10.0, centre=True)
    options = SitingOptions(gap=0.01)
    return lambda: mclp(people, sites, units, radius_m=RADIUS_M, n_sites=size[2], options=options)


def most_small(town: SyntheticCity) -> Found:
    """Ours: the same with 2,000 demand points, 200 candidates and 20 sites."""
    return most(town, SMALL)


def _costs(size: tuple[int, int, int]):
    people, sites, _ = scattered(*size[:2])
    here, there = (shapely.get_coordinates(x.geometry.to_numpy()) for x in (people, sites))
    gap = here[:, None, :] - there[None, :, :]
    return np.sqrt((gap**2).sum(axis=2)), people["population"].to_numpy()


def _objective(make: Callable[[], Any]) -> float:
    """Build a peer's model, solve it by HiGHS to the gap that ours has, and give its objective."""
    import pulp

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # spopt calls PuLP as older versions want it
        model = make().solve(pulp.HiGHS(msg=False, gapRel=1e-4))
    return float(model.problem.objective.value())


def most_spopt(town: SyntheticCity, size: tuple[int, int, int] = LARGE) -> Callable[[], float]:
    """Peer: spopt's MCLP with HiGHS through PuLP."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from spopt.locate import MCLP
    size = _size(town, size)
    costs, people = _costs(size)

    return lambda: _objective(
        lambda: MCLP.from_cost_matrix(costs, people, RADIUS_M, p_facilities=size[2])
    )


def most_small_spopt(town: SyntheticCity) -> Callable[[], float]:
    """Peer: the same with 2,000 demand points, 200 candidates and 20 sites."""
    return most_spopt(town, SMALL)


def fewest(town: SyntheticCity, size: tuple[int, int, int] = SMALL) -> Found:
    """Ours: fewest sites within 800 m of everyone whom a candidate reaches; proven."""
    from capacity.siting.layers import SitingOptions
    from capacity.siting.models import lscp

    size = _size(town, size)
    people, sites, units = scattered(*size[:2])
    more = {"best_effort": True, "options": SitingOptions(gap=0.0)}
    return lambda: lscp(people, sites, units, radius_m=RADIUS_M, **more)


def fewest_large(town: SyntheticCity) -> Found:
    """Ours: the same with 10,000 demand points and 1,000 candidates."""
    return fewest(town, LARGE)


def fewest_spopt(town: SyntheticCity, size: tuple[int, int, int] = SMALL) -> Callable[[], float]:
    """Peer: spopt's LSCP with HiGHS through PuLP, without people whom nothing reaches."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from spopt.locate import LSCP
    size = _size(town, size)
    costs, _people = _costs(size)
    reached = costs[(costs <= RADIUS_M).any(axis=1)]

    return lambda: _objective(lambda: LSCP.from_cost_matrix(reached, RADIUS_M))


def greedily(town: SyntheticCity, size: tuple[int, int, int] = LARGE) -> Callable[[], float]:
    """Ours: the greedy choice of 60 of 1,000 candidates for 10,000 demand points, reach measured."""
    from capacity.siting.layers import SitingOptions, read_layers
    from capacity.siting.search import gains_of, greedy

    size = _size(town, size)
    people, sites, units = scattered(*size[:2])
    layers = read_layers(people, sites, units, None, SitingOptions())
    problem = layers.cover(RADIUS_M)

    def run() -> float:
        gains = gains_of(problem)
        first = greedy(gains, layers.allowance(n_sites=size[2]))
        return gains.value(np.isin(np.arange(size[1]), first))

    return run


def median(town: SyntheticCity, size: tuple[int, int, int] = SMALL) -> Found:
    """Ours: shortest mean way to 20 of 200 candidates from 2,000 points, told apart up to 3 km."""
    from capacity.siting.layers import SitingOptions
    from capacity.siting.median import p_median

    size = _size(town, size)
    people, sites, units = scattered(*size[:2])
    options = SitingOptions(gap=0.01)
    return lambda: p_median(people, sites, units, limit_m=3000, n_sites=size[2], options=options)


def median_large(town: SyntheticCity) -> Found:
    """Ours: the same to 60 of 1,000 candidates from 10,000 points."""
    return median(town, LARGE)


def of_city(town: SyntheticCity) -> Found:
    """Ours: 300 of 3,000 candidates on the synthetic city, cells cut at circles, gap 3 % or less."""
    from capacity.siting.layers import SitingOptions
    from capacity.siting.models import mclp

    sites, streets = _of_town(town, 3000)
    options = SitingOptions(gap=0.03, time_limit_s=300.0)
    n = min(CITY_SITES, len(sites))
    return lambda: mclp(
        town.population, sites, streets, radius_m=CITY_RADIUS_M, n_sites=n, options=options
    )


def sized_of_city(town: SyntheticCity) -> Found:
    """Ours: sites of 20 to 150 places among 2,000 candidates of the city, most served for a budget."""
    from capacity.siting.capacitated import SiteSizes, capacitated
    from capacity.siting.layers import SitingOptions

    sites, streets = _of_town(town, 2000)
    existing = town.facilities[town.facilities["service"].eq("childcare")].iloc[:500]
    cost = np.random.default_rng(0).integers(5, 15, len(sites)).astype(float)
    options = SitingOptions(cost="cost", gap=0.01)
    sizes = SiteSizes(minimum=20, maximum=150, cost_per_place=0.1)
    return lambda: capacitated(
        town.population,
        sites.assign(cost=cost),
        streets,
        radius_m=CITY_RADIUS_M,
        per_thousand=6,
        sizes=sizes,
        budget=2.0 * len(sites),
        existing=existing,
        options=options,
    )


def _of_town(town: SyntheticCity, n: int):
    """Take the last places of the city as candidates, and its streets."""
    streets = town.units[town.units["unit_type"].isin(["street", "township"])]
    points = town.facilities.geometry.to_numpy()[-n:]
    names = [f"{k:05d}" for k in range(len(points))]
    return gpd.GeoDataFrame({"candidate_id": names}, geometry=points, crs=town.crs), streets


def plan_of(town: SyntheticCity, share: float) -> Found:
    """Ours: the joint plan of a district of 20,000 cells; assessments, reach and checks with it."""
    from tests.benchmarks.joint import plan_of_district

    small = town.population.values["population"].size < MILLION // 4
    return plan_of_district(share, n_cells=2_000 if small else 20_000)


class Asked(NamedTuple):
    """A problem, in words too, the gap that is asked, and the seconds and memory it may take."""

    make: Callable[[SyntheticCity], Found]
    words: str
    gap: float
    most_s: float = np.inf
    most_mb: float = np.inf


OURS = {
    "mclp 10,000 × 1,000": Asked(
        most, "`mclp`, 10,000 demand points, 1,000 candidates, 60 sites", 1e-4, 6
    ),
    "mclp-small 2,000 × 200": Asked(most_small, "`mclp`, 2,000 × 200, 20 sites", 1e-4),
    "mclp-centre 1 %": Asked(
        most_centre, "`mclp`, 10,000 × 1,000, half of all around a centre", 0.01
    ),
    "mclp-city 3 %": Asked(
        of_city, "`mclp`, a city of 1,000,000 cells, 3,000 candidates, 300 sites", 0.03, 300, 3_000
    ),
    "lscp 2,000 × 200": Asked(fewest, "`lscp`, 2,000 × 200", 0.0, 0.1),
    "lscp-large 10,000 × 1,000": Asked(fewest_large, "`lscp`, 10,000 × 1,000", 0.0),
    "median 1 %": Asked(median, "`p_median`, 2,000 × 200, 20 sites", 0.01),
    "median-large 1 %": Asked(median_large, "`p_median`, 10,000 × 1,000, 60 sites", 0.01),
    "capacitated-city 1 %": Asked(
        sized_of_city,
        "`capacitated`, a city of 1,000,000 cells, 2,000 candidates, 500 facilities, a budget",
        0.01,
    ),
    **{
        f"joint {share} %": Asked(
            partial(plan_of, share=share / 100),
            f"joint plan of a district, {share} % in reach",
            0.01,
            60,
        )
        for share in (50, 70, 90)
    },
}
"""Name → what gives an answer with its bound, and what is asked of it."""

PEERS = {
    "mclp: spopt, HiGHS": most_spopt,
    "mclp-small: spopt, HiGHS": most_small_spopt,
    "lscp: spopt, HiGHS": fewest_spopt,
}
"""Name → what spopt finds."""


def answered(town: SyntheticCity, name: str) -> Callable[[], dict[str, float]]:
    """Ours: the objective, the bound on it and the gap between them."""
    solve = OURS[name].make(town)

    def run() -> dict[str, float]:
        found = solve()
        value = getattr(found, "value", None) or found.objective
        return {"check": value, "bound": found.bound, "gap": found.gap}

    return run


TASKS = {name: partial(answered, name=name) for name in OURS} | {"mclp-greedy": greedily} | PEERS
"""Name → task."""
