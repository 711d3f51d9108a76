"""Places given out: worked by hand, against linear programs, and properties that always hold."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from capacity import InputError
from capacity.demand import demand
from capacity.reach.allocate import allocate
from capacity.reach.sets import nearest_sets, nested_sets, straight_sets
from capacity.reach.straight import straight_line, straight_pairs
from tests import towns
from tests.oracle import allocation as oracle
from tests.reach.test_sets import pairs

CASES = Path(__file__).resolve().parents[1] / "cases" / "b_childcare_circle.yaml"
EVERYWHERE = towns.units([box(-1e7, -1e7, 1e7, 1e7)])

reaches = st.lists(
    st.sets(st.integers(0, 4), max_size=4), min_size=1, max_size=7
)  # facilities 0 to 4 in reach of each row
amounts = st.lists(st.integers(0, 40).map(float), min_size=5, max_size=5)


def sets_of(reach, n_facilities=5):
    row = [i for i, some in enumerate(reach) for _ in some]
    facility = [f for some in reach for f in sorted(some)]
    return nested_sets(
        pairs(row, facility, [1.0] * len(row), n_rows=len(reach), n_facilities=n_facilities)
    )


def adds_up(found, demanded):
    np.testing.assert_allclose(
        found.served + found.without_capacity + found.out_of_reach, demanded, rtol=1e-12
    )
    for part in (found.served, found.without_capacity, found.out_of_reach, found.used):
        assert (part >= 0).all()
    assert found.used.sum() == pytest.approx(found.served.sum(), abs=1e-9)


# --- by hand -------------------------------------------------------------------------------------


def test_one_centre_of_50_places_among_5000_children():
    found = allocate(sets_of([{0}], 1), np.array([5000.0]), np.array([50.0]))
    assert (found.served[0], found.without_capacity[0], found.out_of_reach[0]) == (50, 4950, 0)
    assert found.used.tolist() == [50]


def test_overlapping_catchments_share_as_evenly_as_the_places_allow():
    # Row 0 reaches only F0, row 1 both, row 2 only F1; 10 in need each, 6 and 18 places. All 24
    # places can be used. Even for all would be 0.8, but rows 1 and 2 with F1 (20 of 18 places)
    # could have 0.9 and row 0 with F0 only 0.6: nothing of F1 reaches row 0.
    found = allocate(sets_of([{0}, {0, 1}, {1}], 2), np.full(3, 10.0), np.array([6.0, 18.0]))
    np.testing.assert_allclose(found.served, [6.0, 9.0, 9.0])
    np.testing.assert_allclose(found.used, [6.0, 18.0])


def test_whoever_can_have_all_has_all_and_the_load_is_even():
    found = allocate(sets_of([{0, 1}], 2), np.array([12.0]), np.array([30.0, 10.0]))
    assert found.served.tolist() == [12.0]
    # 12 of 40 places: three tenths of each
    np.testing.assert_allclose(found.used, [9.0, 3.0])


def test_a_full_facility_leaves_those_who_can_go_elsewhere_to_others():
    # F0 has 6 places for row 0, which reaches nothing else; row 1 reaches F1 too, which has room
    found = allocate(
        sets_of([{0}, {0, 1}, {1}], 2), np.array([10.0, 4.0, 2.0]), np.array([6.0, 12.0])
    )
    np.testing.assert_allclose(found.served, [6.0, 4.0, 2.0])
    assert found.used.tolist() == [6.0, 6.0]


def test_unknown_places_serve_nobody_and_are_in_reach():
    found = allocate(sets_of([{0}, {0, 1}], 2), np.full(2, 5.0), np.array([np.nan, 3.0]))
    assert found.served.tolist() == [0.0, 3.0]
    assert found.without_capacity.tolist() == [5.0, 2.0]
    assert found.used.tolist() == [0.0, 3.0]


def test_no_facility_serves_nobody():
    found = allocate(sets_of([set(), set()], 0), np.array([3.0, 4.0]), np.empty(0))
    assert found.served.tolist() == [0.0, 0.0]
    assert found.out_of_reach.tolist() == [3.0, 4.0]


@pytest.mark.parametrize(
    ("given_", "expect"),
    [
        pytest.param(case["given"], case["expect"], id=case["name"])
        for case in yaml.safe_load(CASES.read_text(encoding="utf-8"))
        if "capacity_limited" in case["expect"]
    ],
)
def test_the_cases_of_the_circle(given_, expect):
    cells = towns.cells(
        [Point(float(c["x"]), float(c["y"])) for c in given_["cells"]],
        [float(c["population"]) for c in given_["cells"]],
    )
    points = towns.points([(f["x"], f["y"]) for f in given_["facilities"]]).geometry.to_numpy()
    places = np.array([float(f["places"]) for f in given_["facilities"]])
    where = demand(cells, EVERYWHERE)
    radius_m = float(given_["radius_m"])
    wanted = where.people() * float(given_["per_thousand"]) / 1000
    sets = straight_sets(cells, where, EVERYWHERE, points, radius_m)
    nearest = nearest_sets(sets, straight_pairs(cells, where, EVERYWHERE, points, radius_m))
    for method, chosen in (("capacity_limited", sets), ("nearest_only", nearest)):
        found = allocate(chosen, wanted, places)
        case = {key: float(Fraction(str(n))) for key, n in expect[method].items() if n is not None}
        assert found.demand.sum() == pytest.approx(case["demand"], abs=1e-12)
        assert found.served.sum() == pytest.approx(case["served"], abs=1e-12)
        assert found.without_capacity.sum() == pytest.approx(case["lacking_capacity"], abs=1e-12)
        assert found.out_of_reach.sum() == pytest.approx(case["out_of_reach"], abs=1e-12)


def test_priority_serves_rank_by_rank():
    # F0 first takes from both rows alike; row 1 then has nobody but F0, which is full.
    sets = sets_of([{0, 1}, {0}], 2)
    wanted, places = np.array([6.0, 6.0]), np.array([6.0, 6.0])
    first = allocate(sets, wanted, places, priority=[1, 2])
    np.testing.assert_allclose(first.served, [6.0, 3.0])
    second = allocate(sets, wanted, places, priority=[2, 1])
    np.testing.assert_allclose(second.served, [6.0, 6.0])
    assert "priority" in first.method


def test_one_rank_for_all_is_the_default():
    sets = sets_of([{0}, {0, 1}, {1}], 2)
    wanted, places = np.full(3, 10.0), np.array([6.0, 18.0])
    ranked = allocate(sets, wanted, places, priority=[7, 7])
    np.testing.assert_allclose(ranked.served, allocate(sets, wanted, places).served)


@pytest.mark.parametrize(
    ("wanted", "places", "ranks", "named"),
    [
        ([-1.0], [1.0], None, "demand"),
        ([np.nan], [1.0], None, "demand"),
        ([np.inf], [1.0], None, "demand"),
        ([1.0], [-2.0], None, "capacity"),
        ([1.0], [2.0], [np.nan], "priority"),
    ],
)
def test_what_is_no_amount_is_refused_with_the_row(wanted, places, ranks, named):
    with pytest.raises(InputError, match="are not amounts") as error:
        allocate(sets_of([{0}], 1), np.array(wanted), np.array(places), priority=ranks)
    (fault,) = error.value.faults
    assert (fault.column, fault.rows) == (named, (1,))


# --- against slow programs -------------------------------------------------------------------------


@given(reaches, st.data(), amounts)
@settings(max_examples=60, deadline=None)
def test_served_is_the_optimum_of_the_linear_program(reach, data, places):
    n = len(reach)
    wanted = np.array(data.draw(st.lists(st.integers(0, 30), min_size=n, max_size=n)), float)
    found = allocate(sets_of(reach), wanted, np.array(places))
    adds_up(found, wanted)
    assert found.served.sum() == pytest.approx(
        oracle.most_served(wanted, reach, np.array(places)), abs=1e-6
    )
    assert (found.used <= np.array(places) * (1 + 1e-9)).all()


@given(reaches, st.data(), amounts)
@settings(max_examples=25, deadline=None)
def test_chances_are_the_fairest(reach, data, places):
    n = len(reach)
    wanted = np.array(data.draw(st.lists(st.integers(1, 30), min_size=n, max_size=n)), float)
    found = allocate(sets_of(reach), wanted, np.array(places))
    expect = oracle.fairest(wanted, reach, np.array(places))
    np.testing.assert_allclose(found.served / wanted, expect, atol=1e-5)


# --- always ----------------------------------------------------------------------------------------

town_people = st.lists(st.integers(0, 400).map(float), min_size=16, max_size=16)
spots = st.lists(st.tuples(st.integers(-100, 500), st.integers(-100, 500)), min_size=0, max_size=6)


def towns_allocation(people, xy, places, *, radius_m=140.0, codes=("A", "B")):
    grid = towns.grid(np.reshape(people, (4, 4)))
    area = towns.units([box(0, 0, 173, 400), box(173, 0, 400, 400)], codes=list(codes))
    where = demand(grid, area)
    points = towns.points(xy).geometry.to_numpy()
    wanted = where.people() * 0.1
    sets = straight_sets(grid, where, area, points, radius_m)
    plain = straight_line(grid, where, area, points, radius_m)
    return where, wanted, plain, allocate(sets, wanted, np.array(places, dtype=float))


@given(town_people, spots, st.data())
@settings(max_examples=40, deadline=None)
def test_people_are_conserved_and_places_not_exceeded(people, xy, data):
    places = data.draw(st.lists(st.integers(0, 60), min_size=len(xy), max_size=len(xy)))
    where, wanted, plain, found = towns_allocation(people, xy, places)
    adds_up(found, wanted)
    assert (found.used <= np.array(places) + 1e-9).all()
    in_reach = where.sum_by_unit(found.served + found.without_capacity)
    np.testing.assert_allclose(in_reach, where.sum_by_unit(wanted * plain), rtol=1e-5, atol=1e-4)


@given(town_people, spots)
@settings(max_examples=40, deadline=None)
def test_with_ample_places_served_is_plain_coverage(people, xy):
    for ample in (1e6, np.inf):
        _, wanted, plain, found = towns_allocation(people, xy, [ample] * len(xy))
        assert (found.without_capacity == 0).all()
        np.testing.assert_allclose(found.served, wanted * plain, rtol=1e-9, atol=4e-5)


@given(reaches, st.data(), amounts, st.integers(0, 4), st.integers(0, 20))
@settings(max_examples=60, deadline=None)
def test_more_places_never_serve_fewer(reach, data, places, at, more):
    n = len(reach)
    wanted = np.array(data.draw(st.lists(st.integers(0, 30), min_size=n, max_size=n)), float)
    before = allocate(sets_of(reach), wanted, np.array(places))
    enlarged = np.array(places)
    enlarged[at] += more
    after = allocate(sets_of(reach), wanted, enlarged)
    # not only in all: no row has less than it had
    assert (after.served >= before.served - 1e-6).all()


@given(town_people, spots.filter(bool), st.data())
@settings(max_examples=30, deadline=None)
def test_splitting_a_facility_in_two_at_one_place_changes_nothing(people, xy, data):
    places = data.draw(st.lists(st.integers(0, 60), min_size=len(xy), max_size=len(xy)))
    _, _, _, whole = towns_allocation(people, xy, places)
    part = places[0] / 4
    halves = [part, *places[1:], places[0] - part]
    _, _, _, split = towns_allocation(people, [*xy, xy[0]], halves)
    np.testing.assert_allclose(split.served, whole.served, rtol=1e-6, atol=1e-6)
    assert split.used[0] + split.used[-1] == pytest.approx(whole.used[0], abs=1e-6)


@given(reaches, st.data(), amounts, st.randoms())
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_and_facilities_changes_nothing(reach, data, places, random):
    n = len(reach)
    wanted = np.array(data.draw(st.lists(st.integers(0, 30), min_size=n, max_size=n)), float)
    before = allocate(sets_of(reach), wanted, np.array(places))
    rows, facilities = list(range(n)), list(range(5))
    random.shuffle(rows)
    random.shuffle(facilities)
    moved = [{facilities.index(f) for f in reach[i]} for i in rows]
    after = allocate(sets_of(moved), wanted[rows], np.array(places)[facilities])
    np.testing.assert_allclose(after.served, before.served[rows], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(after.used, before.used[facilities], rtol=1e-6, atol=1e-6)


def test_amounts_of_very_different_size_do_not_blur_each_other():
    # Blocks are scaled by themselves: a hospital of a million beside a room of a thousandth.
    sets = sets_of([{0}, {1}, {1}], 2)
    found = allocate(sets, np.array([2e9, 0.004, 0.004]), np.array([1e9, 0.002]))
    np.testing.assert_allclose(found.served, [1e9, 0.001, 0.001], rtol=1e-9)
