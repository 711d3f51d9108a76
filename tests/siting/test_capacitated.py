"""Sizes as decisions, against enumeration with a flow of its own."""

from itertools import product

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

import capacity
from capacity.errors import InputError
from capacity.siting import sized
from capacity.siting.capacitated import SiteSizes, capacitated, expansion
from capacity.siting.layers import SitingOptions
from capacity.siting.solve import NO_SOLUTION, Model, Solution
from tests.siting.test_models import faults_of, line_of, street

CRS = 4547
EXACT = SitingOptions(gap=0.0, cost="cost")


def most_served(cells, places, radius):
    """Serve as many as can be, one person's place at a time: a flow by networkx."""
    graph = nx.DiGraph()
    graph.add_nodes_from(["source", "sink"])
    for i, (point, people) in enumerate(zip(cells.geometry, cells["population"], strict=True)):
        graph.add_edge("source", ("cell", i), capacity=int(people))
        for j, (place, size) in enumerate(places):
            if point.distance(place) <= radius:
                graph.add_edge(("cell", i), ("place", j))
                graph.add_edge(("place", j), "sink", capacity=int(size))
    return nx.maximum_flow_value(graph, "source", "sink")


def scattered(seed, n_cells=9, n_sites=4):
    random = np.random.default_rng(seed)
    cells = gpd.GeoDataFrame(
        {"population": random.integers(0, 9, n_cells)},
        geometry=[Point(*p) for p in random.uniform(0, 1000, (n_cells, 2))],
        crs=CRS,
    )
    sites = gpd.GeoDataFrame(
        {
            "candidate_id": [f"s{k}" for k in range(n_sites)],
            "cost": random.integers(1, 9, n_sites).astype(float),
            "most": random.integers(4, 12, n_sites),
        },
        geometry=[Point(*p) for p in random.uniform(100, 900, (n_sites, 2))],
        crs=CRS,
    )
    there = gpd.GeoDataFrame({"places": [5]}, geometry=[Point(500, 500)], crs=CRS)
    units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[box(0, 0, 1000, 1000)], crs=CRS)
    return cells, sites, there, units


def plans(sites, minimum, classes=()):
    """List every way to size the sites: none, or a size that is allowed."""
    ways = [
        [0, *(s for s in (classes or range(minimum, int(most) + 1)) if minimum <= s <= most)]
        for most in sites["most"]
    ]
    yield from product(*ways)


@pytest.mark.parametrize("classes", [(), (4, 9)])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_least_cost_is_what_enumeration_finds(seed, classes):
    cells, sites, there, units = scattered(seed)
    if not classes:
        sites = sites.assign(most=[4, 5, 6, 7])
    old = [(there.geometry.iloc[0], 5)]
    wanted = int(cells["population"].sum())
    largest = [*old, *zip(sites.geometry, sites["most"], strict=True)]
    most = most_served(cells, largest, 400)
    goal = 0.8 * min(
        most, max(
            most_served(cells, [*old, *zip(sites.geometry, plan, strict=True)], 400)
            for plan in plans(sites, 3, classes)
        )
    )  # fmt: skip
    found = capacitated(
        cells,
        sites,
        units,
        radius_m=400,
        per_thousand=1000,
        sizes=SiteSizes(minimum=3, maximum="most", classes=classes, cost_per_place=0.5),
        share=goal / wanted,
        existing=there,
        options=EXACT,
    )
    costs = [
        sum(c + 0.5 * s for c, s in zip(sites["cost"], plan, strict=True) if s)
        for plan in plans(sites, 3, classes)
        if most_served(cells, [*old, *zip(sites.geometry, plan, strict=True)], 400) >= goal - 1e-6
    ]
    assert found.objective == pytest.approx(min(costs), abs=1e-6)
    assert found.status == "optimal"
    built = zip(found.chosen.geometry, found.chosen["places"], strict=True)
    assert most_served(cells, [*old, *built], 400) >= goal - 1e-6


@pytest.mark.parametrize("seed", [3, 4])
def test_the_most_served_is_what_enumeration_finds(seed):
    cells, sites, there, units = scattered(seed)
    sites = sites.assign(most=[5, 6, 4, 5])
    old = [(there.geometry.iloc[0], 5)]
    found = capacitated(
        cells,
        sites,
        units,
        radius_m=400,
        per_thousand=1000,
        sizes=SiteSizes(minimum=3, maximum="most", cost_per_place=1.0),
        n_sites=2,
        budget=16,
        existing=there,
        options=EXACT,
    )
    allowed = {}
    for plan in plans(sites, 3):
        cost = sum(c + s for c, s in zip(sites["cost"], plan, strict=True) if s)
        if cost <= 16 and sum(s > 0 for s in plan) <= 2:
            served = most_served(cells, [*old, *zip(sites.geometry, plan, strict=True)], 400)
            allowed.setdefault(served, []).append(cost)
    assert found.objective == pytest.approx(max(allowed), abs=1e-6)
    assert found.chosen["cost"].sum() == pytest.approx(min(allowed[max(allowed)]))
    assert found.status == "optimal"


@pytest.mark.parametrize(
    "asked",
    [
        {"share": 0.5},
        {"share": 0.4, "per_unit": True},
        {"budget": 60.0},
        {"n_sites": 5},
        {"share": 0.4, "classes": (4, 9)},
        {"budget": 60.0, "n_sites": 6, "classes": (4, 9)},
    ],
    ids=str,
)
def test_in_parts_as_at_once(asked, monkeypatch):
    cells, sites, there, _ = scattered(11, 60, 16)
    halves = [box(0, 0, 500, 1000), box(500, 0, 1000, 1000)]
    units = gpd.GeoDataFrame({"unit_code": ["A", "B"]}, geometry=halves, crs=CRS)
    asked = dict(asked)
    sizes = SiteSizes(
        minimum=3, maximum="most", classes=asked.pop("classes", ()), cost_per_place=0.5
    )
    call = {"radius_m": 220, "per_thousand": 400, "sizes": sizes, "options": EXACT} | asked
    once = capacitated(cells, sites, units, existing=there, **call)
    monkeypatch.setattr(sized, "_AT_ONCE", 0)
    monkeypatch.setattr(sized, "_FIRST_SHARE_OF_TIME", 0.0)
    for number in (1, 4, 100):
        monkeypatch.setattr(sized, "_IN_A_PART", number)
        parts = capacitated(cells, sites, units, existing=there, **call)
        assert parts.objective == pytest.approx(once.objective, abs=1e-5)
        assert parts.status == once.status == "optimal"
        if "budget" in asked:
            assert parts.chosen["cost"].sum() <= asked["budget"] + 1e-9
        if asked.get("per_unit"):
            assert (parts.units["share"] >= asked["share"] - 1e-6).all()


def test_parts_that_share_nothing_are_solved_by_themselves(monkeypatch):
    """Far apart, each with its own share to serve: no row joins them, so the parts are the answer."""
    calls = []
    real = Model.in_parts

    def watch(model, part, prices, **more):
        found = real(model, part, prices, **more)
        calls.append((len(np.unique(part)), found))
        return found

    at_once = Model.solve

    def too_slow(model, **more):
        if calls:
            return at_once(model, **more)
        return Solution(np.empty(0), np.nan, np.nan, np.inf, NO_SOLUTION)

    monkeypatch.setattr(Model, "in_parts", watch)
    monkeypatch.setattr(Model, "solve", too_slow)
    monkeypatch.setattr(sized, "_AT_ONCE", 0)
    call = {"radius_m": 300, "per_thousand": 10, "existing": THERE, "options": EXACT}
    sizes = SiteSizes(minimum=10, maximum=25, cost_per_place=1)
    found = capacitated(CELLS, SITES, STREETS, share=1, per_unit=True, sizes=sizes, **call)
    ((n_parts, parts),) = calls
    assert n_parts == 2
    assert parts.bound == pytest.approx(found.objective) == 10 + 12 + 10 + 12 + 30
    assert found.status == "optimal"


def test_facilities_that_grow_in_parts_as_at_once(monkeypatch):
    cells, sites, _, units = scattered(13, 60, 12)
    there = sites.rename(columns={"candidate_id": "facility_id"}).assign(places=2.0)
    call = {"radius_m": 220, "per_thousand": 400, "share": 0.6, "options": EXACT}
    growth = SiteSizes(minimum=2, maximum="most", cost_per_place=0.5)
    once = expansion(cells, there, units, growth=growth, best_effort=True, **call)
    monkeypatch.setattr(sized, "_AT_ONCE", 0)
    monkeypatch.setattr(sized, "_FIRST_SHARE_OF_TIME", 0.0)
    monkeypatch.setattr(sized, "_IN_A_PART", 3)
    parts = expansion(cells, there, units, growth=growth, best_effort=True, **call)
    assert parts.objective == pytest.approx(once.objective)
    assert parts.status == once.status == "optimal"
    assert (parts.chosen["places_before"] == 2).all()


def test_a_share_of_all_does_not_fail_on_the_last_digits_of_many_groups():
    random = np.random.default_rng(5)
    cells = gpd.GeoDataFrame(
        {"population": random.uniform(0, 1, 400)},
        geometry=[Point(*p) for p in random.uniform(0, 1000, (400, 2))],
        crs=CRS,
    )
    sites = gpd.GeoDataFrame(
        {"candidate_id": [f"s{k}" for k in range(25)]},
        geometry=[Point(100 + 200 * (k % 5), 100 + 200 * (k // 5)) for k in range(25)],
        crs=CRS,
    )
    units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[box(0, 0, 1000, 1000)], crs=CRS)
    found = capacitated(
        cells, sites, units, radius_m=150, per_thousand=777, share=1,
        sizes=SiteSizes(minimum=1, maximum=100), options=SitingOptions(gap=0.2),
    )  # fmt: skip
    assert found.status in {"optimal", "within gap"}
    assert found.units["share"].tolist() == pytest.approx([1.0], abs=1e-5)


# Two streets; 20 and 30 wanted; a facility of 8 in the first.
CELLS = line_of(100, 1500, population=[2000, 3000])
SITES = line_of(200, 1400, 1600, candidate_id=["a", "b", "c"], cost=[10.0, 10, 12])
THERE = line_of(150, facility_id=["f"], places=[8])
STREETS = street(1000, 2000)


def test_units_and_who_serves_whom_by_hand():
    found = capacitated(
        CELLS, SITES, STREETS, radius_m=300, per_thousand=10, share=1, existing=THERE,
        sizes=SiteSizes(minimum=10, maximum=25, cost_per_place=1), options=EXACT,
    )  # fmt: skip
    # 20 − 8 at a; 30 at b and c together, 25 and 5, of which c has at least 10
    assert found.objective == 10 + 12 + 10 + 12 + 30
    assert found.chosen["candidate_id"].tolist() == ["a", "b", "c"]
    assert found.chosen["places"].sum() == 42
    assert found.units["demand"].tolist() == [20, 30]
    assert found.units["served_before"].tolist() == [8, 0]
    assert found.units["served"].tolist() == [20, 30]
    by_place = found.serves.groupby(["facility_id", "candidate_id"])["places"].sum().to_dict()
    assert by_place["f", ""] == 8
    assert by_place["", "a"] == 12
    assert found.chosen["used"].tolist() == [12, *found.chosen["places"].iloc[1:]]


def test_units_do_not_help_each_other():
    part = {"radius_m": 300, "per_thousand": 10, "existing": THERE, "options": EXACT}
    sizes = SiteSizes(minimum=10, maximum=30)
    all_units = capacitated(CELLS, SITES, STREETS, share=0.6, sizes=sizes, **part)
    assert all_units.chosen["candidate_id"].tolist() == ["b"]
    assert all_units.chosen["places"].tolist() == [22]
    each = capacitated(CELLS, SITES, STREETS, share=0.6, per_unit=True, sizes=sizes, **part)
    assert each.chosen["candidate_id"].tolist() == ["a", "b"]
    assert each.units["share"].tolist() == [pytest.approx(0.9), pytest.approx(0.6)]
    named = capacitated(CELLS, SITES, STREETS, share={"B": "0.5"}, sizes=sizes, **part)
    assert named.chosen["candidate_id"].tolist() == ["b"]
    assert named.chosen["places"].tolist() == [15]


def test_no_site_is_larger_than_it_need_be():
    found = capacitated(
        CELLS, SITES, STREETS, radius_m=300, per_thousand=10, n_sites=3,
        sizes=SiteSizes(minimum=10, maximum=500), existing=THERE,
    )  # fmt: skip
    assert found.objective == 50
    assert found.chosen["places"].sum() == 42
    classes = capacitated(
        CELLS, SITES, STREETS, radius_m=300, per_thousand=10, n_sites=3,
        sizes=SiteSizes(minimum=10, maximum=500, classes=(20, 50)), existing=THERE,
    )  # fmt: skip
    assert classes.objective == 50
    assert set(classes.chosen["places"]) <= {20, 50}


def test_a_bigger_budget_never_serves_less_and_what_exists_stays():
    last = 0.0
    for budget in (0, 15, 25, 40, 60, 90):
        found = capacitated(
            CELLS, SITES, STREETS, radius_m=300, per_thousand=10, budget=budget, existing=THERE,
            sizes=SiteSizes(minimum=5, maximum=30, cost_per_place=1), options=EXACT,
        )  # fmt: skip
        assert found.objective >= last
        assert found.chosen["cost"].sum() <= budget
        assert found.units["served_before"].tolist() == [8, 0]
        assert found.serves.loc[found.serves["facility_id"] == "f", "places"].sum() <= 8
        last = found.objective
    assert last == 50


def test_facilities_grow():
    there = line_of(150, 1450, facility_id=["f", "g"], places=[8, np.nan], room=[4, 30])
    found = expansion(
        CELLS, there, STREETS, radius_m=300, per_thousand=10, n_sites=2,
        growth=SiteSizes(maximum="room"),
    )  # fmt: skip
    assert found.chosen[["facility_id", "places_before", "places", "used"]].values.tolist() == [
        ["f", 8.0, 4.0, 4.0],
        ["g", 0.0, 30.0, 30.0],
    ]
    assert found.units["served"].tolist() == [12, 30]
    assert found.model == "expansion"
    assert set(found.serves["facility_id"]) == {"f", "g"}
    fixed = expansion(
        CELLS, there.assign(room=[0, 30]), STREETS, radius_m=300, per_thousand=10, n_sites=2,
        growth=SiteSizes(maximum="room"),
    )  # fmt: skip
    assert fixed.chosen["facility_id"].tolist() == ["g"]


def test_served_is_what_the_allocation_of_the_assessment_serves():
    """Re-check by the function that assessments use, with the sites built."""
    cells, sites, there, units = scattered(7, 30, 8)
    found = capacitated(
        cells, sites, units, radius_m=350, per_thousand=700, n_sites=4, existing=there,
        sizes=SiteSizes(minimum=3, maximum="most"), options=SitingOptions(gap=0.0),
    )  # fmt: skip
    built = found.chosen[["places", "geometry"]]
    both = gpd.GeoDataFrame(
        {"places": [*there["places"], *built["places"]]},
        geometry=[*there.geometry, *built.geometry],
        crs=CRS,
    )
    again = capacity.capacity_limited_coverage(cells, both, units, radius_m=350, per_thousand=700)
    assert again["served"].sum() == pytest.approx(found.objective, abs=1e-4)


def test_more_than_the_largest_sites_can_serve():
    call = {"radius_m": 300, "per_thousand": 10, "sizes": SiteSizes(minimum=5, maximum=6)}
    with pytest.raises(InputError, match="places too few can be served") as caught:
        capacitated(CELLS, SITES, STREETS, share=1, **call)
    assert "all units (18.0 of 50.0 asked)" in str(caught.value)
    best = capacitated(CELLS, SITES, STREETS, share=1, best_effort=True, **call)
    assert best.units["served"].sum() == pytest.approx(18, abs=1e-5)
    assert [note.code for note in best.notes] == ["sites.places_out_of_reach"]
    none = capacitated(CELLS, SITES, STREETS, share=0.3, n_sites=1, **call)
    assert (none.status, len(none.chosen)) == ("infeasible", 0)


def test_the_time_limit_leaves_a_valid_plan():
    cells, sites, there, units = scattered(9, 200, 40)
    quick = SitingOptions(gap=0.0, time_limit_s=0.0, cost="cost")
    call = {"radius_m": 250, "per_thousand": 1000, "existing": there, "options": quick}
    sizes = SiteSizes(minimum=3, maximum="most", cost_per_place=1.0)
    most = capacitated(cells, sites, units, budget=120, sizes=sizes, **call)
    assert most.status in {"time limit reached", "optimal"}
    assert most.chosen["cost"].sum() <= 120
    assert most.bound >= most.objective > 0
    least = capacitated(cells, sites, units, share=0.2, sizes=sizes, **call)
    assert least.status in {"time limit reached", "optimal"}
    assert least.units["served"].sum() >= 0.2 * least.units["demand"].sum() - 1e-4
    assert 0 <= least.bound <= least.objective
    used = most.chosen["used"]
    assert (used <= most.chosen["places"] + 1e-6).all()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"sizes": SiteSizes(minimum=9, maximum=5)}, "sites.size"),
        ({"sizes": SiteSizes(minimum=0, maximum=5)}, "sites.size"),
        ({"sizes": SiteSizes(maximum=float("nan"))}, "sites.size"),
        ({"sizes": SiteSizes(maximum=5, cost_per_place=-1)}, "sites.size"),
        ({"sizes": SiteSizes(maximum=5, classes=(2.5,))}, "sites.size"),
        ({"sizes": SiteSizes(maximum=5, classes=(20, 30))}, "sites.size"),
        ({"sizes": SiteSizes(maximum="most")}, "candidates.no_column"),
        ({"share": 2}, "sites.share"),
        ({"per_thousand": -6}, "sites.number"),
        ({"share": None}, "sites.no_limit"),
        ({"existing": line_of(150)}, "candidates.no_column"),
        ({"existing": line_of(150, places=[-8])}, "candidates.not_a_cost"),
    ],
)
def test_what_cannot_be_is_named(given, code):
    call = {
        "radius_m": 300,
        "per_thousand": 10,
        "share": 0.5,
        "sizes": SiteSizes(maximum=50),
    }
    assert code in faults_of(capacitated, CELLS, SITES, STREETS, **(call | given))


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 50), st.integers(5, 40), st.integers(0, 20), st.booleans())
def test_more_money_and_more_candidates_never_serve_less(seed, budget, more, parts):
    cells, sites, there, units = scattered(seed, 12, 5)
    kept = there.copy(deep=True)
    call = {"radius_m": 300, "per_thousand": 1000, "existing": there, "options": EXACT}
    sizes = SiteSizes(minimum=3, maximum="most", cost_per_place=0.5)
    with pytest.MonkeyPatch.context() as patch:
        if parts:
            patch.setattr(sized, "_AT_ONCE", 0)
            patch.setattr(sized, "_FIRST_SHARE_OF_TIME", 0.0)
            patch.setattr(sized, "_IN_A_PART", 2)
        least = capacitated(cells, sites, units, budget=budget, sizes=sizes, **call)
        rich = capacitated(cells, sites, units, budget=budget + more, sizes=sizes, **call)
        few = capacitated(cells, sites.iloc[:3], units, budget=budget, sizes=sizes, **call)
    assert few.objective - 1e-6 <= least.objective <= rich.objective + 1e-6
    assert least.chosen["cost"].sum() <= budget + 1e-9
    for found in (least, rich, few):
        old = found.serves.loc[found.serves["candidate_id"].eq(""), "places"].sum()
        assert old <= there["places"].sum() + 1e-6
        assert found.units["served"].sum() >= found.units["served_before"].sum() - 1e-6
    pd.testing.assert_frame_equal(pd.DataFrame(kept), pd.DataFrame(there))
