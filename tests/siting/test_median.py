"""The median model, against enumeration over all pairs."""

from itertools import combinations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from capacity.siting.layers import SitingOptions
from capacity.siting.median import p_median
from tests.siting.test_models import CANDIDATES, PEOPLE, UNITS, faults_of, line_of, street

CRS = 4547


def scattered(seed, n_cells=25, n_sites=8):
    random = np.random.default_rng(seed)
    cell_xy, site_xy = random.uniform(0, 2000, (n_cells, 2)), random.uniform(0, 2000, (n_sites, 2))
    cells = gpd.GeoDataFrame(
        {"population": random.integers(0, 30, n_cells)},
        geometry=[Point(*p) for p in cell_xy],
        crs=CRS,
    )
    sites = gpd.GeoDataFrame(
        {"candidate_id": [f"s{k}" for k in range(n_sites)], "cost": random.integers(1, 5, n_sites)},
        geometry=[Point(*p) for p in site_xy],
        crs=CRS,
    )
    units = gpd.GeoDataFrame(
        {"unit_code": ["A", "B"]}, geometry=[box(0, 0, 900, 2000), box(900, 0, 2000, 2000)], crs=CRS
    )
    return cells, sites, units


def mean_way(cells, places, limit):
    """Walk everyone to the nearest place, one by one."""
    total = 0.0
    for point, people in zip(cells.geometry, cells["population"], strict=True):
        total += people * min([limit, *(point.distance(place) for place in places)])
    return total / cells["population"].sum()


@pytest.mark.parametrize("limit", [600.0, 5000.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_mean_way_is_what_enumeration_finds(seed, limit):
    cells, sites, units = scattered(seed)
    there = sites.iloc[[0]][["geometry"]]
    options = SitingOptions(gap=0.0)
    found = p_median(cells, sites, units, limit_m=limit, n_sites=3, existing=there, options=options)
    best = min(
        mean_way(cells, [*there.geometry, *pick], limit) for pick in combinations(sites.geometry, 3)
    )
    assert found.objective == pytest.approx(best, abs=1e-6)
    built = [*there.geometry, *found.chosen.geometry]
    assert mean_way(cells, built, limit) == pytest.approx(found.objective, abs=1e-6)
    assert found.status == "optimal"
    assert found.bound <= found.objective


def test_a_budget_is_what_enumeration_finds():
    cells, sites, units = scattered(4)
    options = SitingOptions(gap=0.0, cost="cost")
    found = p_median(cells, sites, units, limit_m=5000, budget=6, options=options)
    best = min(
        mean_way(cells, sites.geometry.iloc[list(pick)], 5000.0)
        for n in range(9)
        for pick in combinations(range(8), n)
        if sites["cost"].iloc[list(pick)].sum() <= 6
    )
    assert found.objective == pytest.approx(best, abs=1e-6)
    assert found.chosen["cost"].sum() <= 6


def test_units_and_sites_by_hand():
    found = p_median(PEOPLE, CANDIDATES, UNITS, limit_m=500, n_sites=1)
    # b: 300, 0, 301, and 500 for who has nothing within 500 m
    ways = {
        "a": 0 * 20 + 300 * 20 + 500 * 25 + 500 * 35,
        "b": 300 * 20 + 0 * 20 + 301 * 25 + 500 * 35,
        "c": 500 * 20 + 301 * 20 + 0 * 25 + 500 * 35,
        "d": 500 * 65,
    }
    best = min(ways, key=ways.get)
    assert found.chosen["candidate_id"].tolist() == [best] == ["b"]
    assert found.objective == ways["b"] / 100
    assert found.units["mean_before_m"].tolist() == [500, 500]
    assert found.units["mean_m"].tolist() == [round((300 * 20 + 301 * 25) / 65, 6), 500]
    assert found.units["beyond"].tolist() == [0, 35]
    assert found.serves.to_dict("records") == [
        {
            "candidate_id": "b",
            "unit_code": "A",
            "people": 65,
            "mean_m": round((300 * 20 + 301 * 25) / 65, 6),
        }
    ]


def test_equal_sites_and_the_order_of_rows():
    cells = line_of(100, 300, population=[5, 5])
    sites = line_of(100, 300, candidate_id=["y", "x"])
    for c, s in ((cells, sites), (cells.iloc[::-1], sites.iloc[::-1])):
        found = p_median(c, s, street(1000), limit_m=5000, n_sites=1)
        assert found.chosen["candidate_id"].tolist() == ["x"]
    cells, sites, units = scattered(5)
    one = p_median(cells, sites, units, limit_m=900, n_sites=3)
    two = p_median(
        cells.sample(frac=1, random_state=3), sites.iloc[::-1], units, limit_m=900, n_sites=3
    )
    pd.testing.assert_frame_equal(one.chosen, two.chosen)


def test_more_sites_are_never_further():
    cells, sites, units = scattered(6)
    ways = [p_median(cells, sites, units, limit_m=5000, n_sites=n).objective for n in range(5)]
    assert ways == sorted(ways, reverse=True)
    assert ways[0] == 5000


def test_a_limit_that_is_none_is_named():
    assert "sites.number" in faults_of(p_median, PEOPLE, CANDIDATES, UNITS, limit_m=0, n_sites=1)
    assert "sites.number" in faults_of(
        p_median, PEOPLE, CANDIDATES, UNITS, limit_m="far", n_sites=1
    )
