"""The covering models on plain frames: by hand, by spopt, and with broken inputs."""

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

import capacity
from capacity.errors import InputError
from capacity.network import build_network
from capacity.reach.walking import WalkingReach
from capacity.siting.layers import SitingOptions
from capacity.siting.models import coverage_curve, lscp, mclp

CRS = 4547


def line_of(*places, **columns):
    """Points along a line, and any columns."""
    return gpd.GeoDataFrame(columns, geometry=[Point(x, 50) for x in places], crs=CRS)


def street(*edges):
    """Units side by side along the line."""
    cuts = [0, *edges]
    return gpd.GeoDataFrame(
        {"unit_code": [chr(65 + k) for k in range(len(edges))]},
        geometry=[box(a, 0, b, 100) for a, b in pairwise(cuts)],
        crs=CRS,
    )


PEOPLE = line_of(100, 400, 701, 1500, population=[20, 20, 25, 35])
CANDIDATES = line_of(1500, 100, 400, 701, candidate_id=["d", "a", "b", "c"], cost=[9, 2, 4, 3])
UNITS = street(1000, 2000)


def test_exactly_the_radius_counts_and_a_millimetre_more_does_not():
    found = mclp(PEOPLE, CANDIDATES, UNITS, radius_m=300, n_sites=1)
    assert found.chosen["candidate_id"].tolist() == ["a"]
    assert found.objective == 40
    wider = mclp(PEOPLE, CANDIDATES, UNITS, radius_m=301, n_sites=1)
    assert wider.chosen["candidate_id"].tolist() == ["b"]
    assert wider.objective == 65


def test_units_before_and_after_and_who_is_served():
    there = line_of(1500, places=[10])
    found = mclp(PEOPLE, CANDIDATES, UNITS, radius_m=300, n_sites=2, existing=there)
    assert found.chosen["candidate_id"].tolist() == ["a", "c"]
    assert found.units["covered_before"].tolist() == [0, 35]
    assert found.units["covered"].tolist() == [65, 35]
    assert found.units["share"].tolist() == [1, 1]
    assert found.serves.to_dict("records") == [
        {"candidate_id": "a", "unit_code": "A", "people": 40, "people_only_here": 40},
        {"candidate_id": "c", "unit_code": "A", "people": 25, "people_only_here": 25},
    ]
    assert "65" in repr(found)
    assert "optimal" in repr(found)


def test_closed_facilities_cover_nobody():
    there = line_of(1500, is_open=[False])
    found = mclp(PEOPLE, CANDIDATES, UNITS, radius_m=300, n_sites=2, existing=there)
    assert found.units["covered_before"].tolist() == [0, 0]


def test_a_budget_buys_and_required_and_excluded_hold():
    cost = SitingOptions(cost="cost")
    found = mclp(PEOPLE, CANDIDATES, UNITS, radius_m=301, budget=4, options=cost)
    assert found.chosen["candidate_id"].tolist() == ["b"]  # 65 for 4; d costs 9
    rich = mclp(PEOPLE, CANDIDATES, UNITS, radius_m=301, budget=13, options=cost)
    assert rich.chosen["candidate_id"].tolist() == ["b", "d"]
    assert rich.chosen["cost"].tolist() == [4, 9]
    held = SitingOptions(required=("a",), excluded=("c",))
    kept = mclp(PEOPLE, CANDIDATES, UNITS, radius_m=300, n_sites=2, options=held)
    assert kept.chosen["candidate_id"].tolist() == ["a", "d"]


def test_cells_are_cut_at_the_circles_as_plain_coverage_cuts_them():
    boxes = [box(x, y, x + 100, y + 100) for x in range(0, 1000, 100) for y in range(0, 500, 100)]
    random = np.random.default_rng(5)
    cells = gpd.GeoDataFrame({"population": random.integers(1, 99, 50)}, geometry=boxes, crs=CRS)
    units = gpd.GeoDataFrame(
        {"unit_code": ["A", "B"]}, geometry=[box(0, 0, 430, 500), box(430, 0, 1000, 500)], crs=CRS
    )
    there, site = line_of(210), line_of(520, 640, candidate_id=["x", "y"])
    found = mclp(cells, site, units, radius_m=300, n_sites=1, existing=there)
    before = capacity.circle_coverage(cells, there, units, radius_m=300)["existing"]
    built = pd.concat([there, found.chosen[["geometry"]]])
    after = capacity.circle_coverage(cells, built, units, radius_m=300)["existing"]
    pd.testing.assert_series_equal(found.units["covered_before"], before, check_names=False)
    pd.testing.assert_series_equal(found.units["covered"], after, check_names=False)
    assert found.objective == pytest.approx((after - before).sum(), abs=1e-5)


def test_the_order_of_rows_changes_nothing():
    random = np.random.default_rng(4)
    cells = line_of(*random.uniform(0, 2000, 60), population=random.integers(1, 9, 60))
    ids = [f"s{k:02d}" for k in range(20)]
    sites = line_of(*random.uniform(0, 2000, 20), candidate_id=ids)
    one = mclp(cells, sites, UNITS, radius_m=120, n_sites=5)
    two = mclp(
        cells.sample(frac=1, random_state=1),
        sites.sample(frac=1, random_state=2),
        UNITS,
        radius_m=120,
        n_sites=5,
    )
    pd.testing.assert_frame_equal(one.chosen, two.chosen)
    pd.testing.assert_frame_equal(one.serves, two.serves)
    least = [
        lscp(c, s, UNITS, radius_m=120, share=0.7).chosen["candidate_id"].tolist()
        for c, s in ((cells, sites), (cells.iloc[::-1], sites.iloc[::-1]))
    ]
    assert least[0] == least[1]


def test_inputs_are_not_changed():
    cells, sites, units = PEOPLE.copy(), CANDIDATES.copy(), UNITS.copy()
    mclp(cells, sites, units, radius_m=300, n_sites=1)
    lscp(cells, sites, units, radius_m=300)
    for given, before in ((cells, PEOPLE), (sites, CANDIDATES), (units, UNITS)):
        pd.testing.assert_frame_equal(given, before)


def test_a_share_of_all_of_each_unit_and_of_some():
    everyone = lscp(PEOPLE, CANDIDATES, UNITS, radius_m=300)
    assert everyone.chosen["candidate_id"].tolist() == ["a", "c", "d"]
    assert (everyone.objective, everyone.status) == (3, "optimal")
    # 60 of 100: the 40 of a and the 35 of d, or a and c; the earlier ids win
    part = lscp(PEOPLE, CANDIDATES, UNITS, radius_m=300, share="0.6")
    assert part.chosen["candidate_id"].tolist() == ["a", "c"]
    each = lscp(PEOPLE, CANDIDATES, UNITS, radius_m=300, share=0.6, per_unit=True)
    assert each.chosen["candidate_id"].tolist() == ["a", "d"]
    some = lscp(PEOPLE, CANDIDATES, UNITS, radius_m=300, share={"B": 1})
    assert some.chosen["candidate_id"].tolist() == ["d"]
    # exactly the share is enough: 40 of 65 people
    exactly = lscp(PEOPLE, CANDIDATES, UNITS, radius_m=300, share={"A": 40 / 65})
    assert exactly.chosen["candidate_id"].tolist() == ["a"]


def test_least_cost_instead_of_fewest():
    found = lscp(PEOPLE, CANDIDATES, UNITS, radius_m=301, share={"A": 1})
    assert found.chosen["candidate_id"].tolist() == ["b"]
    dear = CANDIDATES.assign(cost=[9, 2, 5, 2])
    cheap = lscp(
        PEOPLE, dear, UNITS, radius_m=301, share={"A": 1}, options=SitingOptions(cost="cost")
    )
    assert cheap.chosen["candidate_id"].tolist() == ["a", "c"]
    assert cheap.objective == 4


def test_existing_facilities_are_enough():
    found = lscp(PEOPLE, CANDIDATES, UNITS, radius_m=301, existing=line_of(400, 1500))
    assert (len(found.chosen), found.objective, found.status) == (0, 0, "optimal")
    assert found.units["share"].tolist() == [1, 1]
    assert found.serves.columns.tolist() == [
        "candidate_id",
        "unit_code",
        "people",
        "people_only_here",
    ]


def test_a_share_out_of_reach_is_refused_or_done_as_far_as_can_be():
    near = CANDIDATES[CANDIDATES["candidate_id"] != "d"]
    with pytest.raises(InputError, match="35 people too few can be reached") as caught:
        lscp(PEOPLE, near, UNITS, radius_m=300, per_unit=True, share=1)
    assert [fault.code for fault in caught.value.faults] == ["sites.share_out_of_reach"]
    assert "B (0.000 at most, 1.000 asked)" in str(caught.value)
    best = lscp(PEOPLE, near, UNITS, radius_m=300, per_unit=True, best_effort=True)
    assert best.units["share"].tolist() == [1, 0]
    assert [(note.severity, note.amount) for note in best.notes] == [("warning", 35)]
    shut = SitingOptions(excluded=("d",))
    with pytest.raises(InputError, match="too few can be reached"):
        lscp(PEOPLE, CANDIDATES, UNITS, radius_m=300, options=shut)


def test_people_out_of_reach_are_noted():
    found = mclp(PEOPLE, CANDIDATES.iloc[[1]], UNITS, radius_m=300, n_sites=1)
    assert [(note.code, note.amount) for note in found.notes] == [("sites.out_of_reach", 60)]


def faults_of(call, *args, **kwargs):
    with pytest.raises(InputError) as caught:
        call(*args, **kwargs)
    assert all(fault.mend for fault in caught.value.faults)
    return {fault.code: str(fault) for fault in caught.value.faults}


def test_every_fault_at_once():
    broken = line_of(0, 1, 2, candidate_id=["a", "a", "b"], cost=[1, -1, np.nan])
    broken.loc[2, "geometry"] = None
    options = SitingOptions(cost="cost", required=("b", "z"), excluded=("b",), gap=-1)
    found = faults_of(
        mclp, PEOPLE, broken, UNITS, radius_m=300, n_sites=9, budget=-5, options=options
    )
    assert found == {
        "sites.more_than_candidates": (
            "column n_sites: 9 sites are asked for, and 2 candidates may be built. "
            "Ask for at most 2, or add candidates."
        ),
        "sites.number": (
            "column gap: gap is -1. Give a number of 0 or more: a gap such as 0.01, and seconds."
        ),
        "candidates.no_place": (
            "row 3: 1 of 3 candidates have no place. Locate them, or leave them out."
        ),
        "candidates.duplicate_id": (
            "rows 1, 2, column candidate_id: 2 candidates share ids: a. "
            "Give every candidate its own candidate_id."
        ),
        "candidates.unknown": (
            "column required, z: required sites are no candidates: z. "
            "Correct the ids, or add the candidates."
        ),
        "candidates.required_and_excluded": (
            "b: sites are both required and excluded: b. Take them out of one of the two lists."
        ),
        "candidates.not_a_cost": (
            "rows 2, 3, column cost: cost is missing, negative or no finite number in 2 of 3 rows. "
            "Write a number of 0 or more in every row."
        ),
    }


def test_layers_that_do_not_fit_and_people_that_are_no_count():
    nan = PEOPLE.assign(population=[1, np.nan, 2, -3])
    assert set(faults_of(mclp, nan, CANDIDATES, UNITS, radius_m=300, n_sites=1)) == {
        "population.not_a_count"
    }
    other = CANDIDATES.to_crs(4326)
    assert set(faults_of(mclp, PEOPLE, other, UNITS, radius_m=300, n_sites=1)) == {
        "candidates.other_crs"
    }
    assert "sites.unknown_group" in faults_of(
        mclp, PEOPLE, CANDIDATES, UNITS, radius_m=300, n_sites=1,
        options=SitingOptions(group="under_3"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "sites.no_limit"),
        ({"n_sites": 1.5}, "sites.number"),
        ({"n_sites": -1}, "sites.number"),
        ({"budget": 3.0}, "sites.no_cost"),
        ({"budget": float("nan"), "options": SitingOptions(cost="cost")}, "sites.number"),
        ({"budget": 3.0, "options": SitingOptions(cost="price")}, "candidates.no_column"),
        (
            {"budget": 3.0, "options": SitingOptions(cost="cost", required=("d",))},
            "sites.budget_below_required",
        ),
        (
            {"n_sites": 1, "options": SitingOptions(required=("a", "b"))},
            "sites.fewer_than_required",
        ),
        ({"n_sites": 1, "radius_m": 0.5, "existing": None}, None),
    ],
)
def test_impossible_limits_are_named(given, code):
    call = {"radius_m": 300} | given
    if code is None:
        nowhere = line_of(5000, candidate_id=["a"])
        found = faults_of(mclp, PEOPLE, nowhere, UNITS, **call)
        assert "sites.nobody_in_reach" in found
    else:
        assert code in faults_of(mclp, PEOPLE, CANDIDATES, UNITS, **call)


@pytest.mark.parametrize("share", [1.2, -0.1, "much", {"A": 2.0}, {"Z": 0.5}])
def test_shares_that_are_none_are_named(share):
    found = faults_of(lscp, PEOPLE, CANDIDATES, UNITS, radius_m=300, share=share)
    assert set(found) <= {"sites.share", "sites.unknown_unit"}


def test_no_candidates_are_named():
    found = faults_of(lscp, PEOPLE, CANDIDATES.iloc[:0], UNITS, radius_m=300)
    assert "candidates.none" in found


def test_the_curve_says_where_the_next_site_stops_paying():
    greedy = coverage_curve(PEOPLE, CANDIDATES, UNITS, radius_m=300)
    assert greedy["n_sites"].tolist() == [0, 1, 2, 3]
    assert greedy["covered"].tolist() == [0, 40, 75, 100]
    assert greedy["added"].tolist() == [0, 40, 35, 25]
    assert greedy["candidate_id"].tolist() == ["", "a", "d", "c"]
    assert (greedy["bound"] >= greedy["covered"]).all()
    solved = coverage_curve(PEOPLE, CANDIDATES, UNITS, radius_m=300, exact_points=True, most=3)
    assert solved["covered"].tolist() == [0, 40, 75, 100]
    assert set(solved["status"]) == {"optimal"}
    money = coverage_curve(
        PEOPLE,
        CANDIDATES,
        UNITS,
        radius_m=300,
        budgets=(2, 5, 14),
        options=SitingOptions(cost="cost"),
    )
    assert money["covered"].tolist() == [40, 65, 100]
    assert money["cost"].tolist() == [2, 5, 14]


def test_bounds_of_the_greedy_curve_hold_for_every_number():
    random = np.random.default_rng(0)
    units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[box(0, 0, 5000, 5000)], crs=CRS)

    def scatter(n, **columns):
        places = [Point(*xy) for xy in random.uniform(0, 5000, (n, 2))]
        return gpd.GeoDataFrame(columns, geometry=places, crs=CRS)

    cells = scatter(500, population=random.integers(1, 50, 500))
    sites = scatter(40)
    greedy = coverage_curve(cells, sites, units, radius_m=700, most=12)
    solved = coverage_curve(cells, sites, units, radius_m=700, most=12, exact_points=True)
    assert (greedy["bound"] >= solved["covered"] - 1e-6).all()
    assert (greedy["covered"] <= solved["covered"] + 1e-6).all()
    assert greedy["gap"].iloc[1:].max() < 0.1
    assert (solved["added"].iloc[1:] > 0).all()


def test_walking_reach_is_the_same_interface():
    """Along the street it is further than across the yard."""
    lines = gpd.GeoDataFrame(
        {"u": ["1", "2"], "v": ["2", "3"], "length_m": np.nan, "one_way": False, "highway": "",
         "file": "walk", "row": [0, 1]},
        geometry=gpd.GeoSeries.from_wkt(
            ["LINESTRING (0 0, 0 200)", "LINESTRING (0 200, 200 200)"]
        ).array,
        crs=CRS,
    )  # fmt: skip
    network, _ = build_network(lines)
    units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[box(-9, -9, 300, 300)], crs=CRS)
    people = gpd.GeoDataFrame({"population": [7.0]}, geometry=[Point(0, 0)], crs=CRS)
    site = gpd.GeoDataFrame({"candidate_id": ["x"]}, geometry=[Point(200, 200)], crs=CRS)
    assert mclp(people, site, units, radius_m=300, n_sites=1).objective == 7
    walked = SitingOptions(reach=WalkingReach(people, network))
    with pytest.raises(InputError, match="no candidate or facility has anyone"):
        mclp(people, site, units, radius_m=300, n_sites=1, options=walked)
    found = mclp(people, site, units, radius_m=400, n_sites=1, options=walked)
    assert found.objective == 7
    assert "walking network" in found.method


def test_a_parcel_is_reached_at_its_edge():
    cells, unit = line_of(100, population=[7]), street(1000)
    parcel = gpd.GeoDataFrame({"candidate_id": ["x"]}, geometry=[box(400, 0, 600, 100)], crs=CRS)
    assert mclp(cells, parcel, unit, radius_m=300, n_sites=1).objective == 7
    with pytest.raises(InputError, match="no candidate or facility has anyone"):
        mclp(cells, parcel, unit, radius_m=299, n_sites=1)


def test_the_names_are_public():
    assert capacity.mclp is mclp
    assert capacity.lscp is lscp
    assert capacity.coverage_curve is coverage_curve
