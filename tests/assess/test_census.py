"""Official totals: table mode and calibration, on towns whose every number can be checked by eye."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from shapely import Point, Polygon, box

from capacity.assess.context import Circle, Context
from capacity.assess.run import assess, assessment_faults
from capacity.demand import demand
from capacity.errors import InputError
from capacity.inputs.check import check_census
from capacity.norms.catalogue import load_norms
from capacity.reach.limits import Limit
from capacity.study_area import Parameters, study_area
from tests import towns
from tests.oracle import oracle

PLACES = "zhengzhou.childcare.places_per_thousand_2023"  # 4 places per thousand
CIRCLE = "zhengzhou.plan2023.childcare.service_circle_radius"  # 300 m

# Two streets side by side, 200 m wide and 100 m high; each of two cells of 100 m.
WEST, EAST = box(0, 0, 200, 100), box(200, 0, 400, 100)
# The middle cell of five is on the border: half in each street.
ROW = [[100.0, 100.0, 200.0, 300.0, 300.0]]


def streets(polygons=(WEST, EAST), **columns):
    kinds = {"unit_type": ["street"] * len(polygons), "parent_code": ["D"] * len(polygons)}
    return towns.units(polygons, main_urban=True, **(kinds | columns))


def area(units=None, population=None, census=None, facilities=None, **more):
    settings = {"name": "D", "code": "D", "type": "district", "data_date": "2024-12-31"}
    settings["sparsely_populated"] = True  # tens of people, to reckon by hand
    return study_area(
        streets() if units is None else units,
        population,
        facilities,
        census=None if census is None else pd.DataFrame(census),
        services=["childcare"],
        **(settings | more),
    )


def people(town, tier="street", group="population"):
    return Context(town, ()).people(tier, group).to_dict()


def covered(town, point, tier="street", group="population", radius=100.0):
    limit = Limit(radius, f"radius: {radius} m")
    context = Context(town, ())
    points = np.array([Point(point)], dtype=object)
    circle = Circle("childcare", "all", points, limit, context.straight)
    return context.covered(tier, group, circle).to_dict()


def faults(town, code):
    return [fault for fault in assessment_faults(town) if fault.code == code]


# --- calibration: one total per street ------------------------------------------------------


def test_a_border_cell_is_scaled_with_the_factor_of_each_half():
    """80 m cells on two 200 m streets: the middle cell lies half in each.

    Layer: 100 + 100 + 100 in the west, 100 + 300 + 300 in the east. Factors 600/300 = 2, 350/700 = ½.
    """
    grid = towns.grid(ROW, cell=80.0, top=80.0)
    units = streets([box(0, 0, 200, 80), box(200, 0, 400, 80)])
    town = area(units, grid, {"unit_code": ["A", "B"], "population": [600, 350]})
    assert people(town) == {"A": 600.0, "B": 350.0}
    assert people(town, "district") == {"D": 950.0}
    rows = Context(town, ()).demand("street").to_frame()
    assert rows[["cell", "unit_code", "population"]].to_numpy().tolist() == [
        [0, "A", 200.0],
        [1, "A", 200.0],
        [2, "A", 200.0],
        [2, "B", 50.0],
        [3, "B", 150.0],
        [4, "B", 150.0],
    ]
    (scaled,) = faults(town, "census.scaled")
    assert scaled.message == (
        "population: 1,000 people of the layer scaled to 950 of the census (layer / census 1.05; 2 "
        "census units over 2 of tier street; factors 0.5 to 2, middle 2)."
    )
    assert scaled.severity == "info"


def test_coverage_counts_the_calibrated_people():
    """The west has 300 people in reach of 400 in the layer, 3/4; of its 800 that is 600."""
    grid = towns.grid([[100.0, 300.0, 50.0, 50.0]])
    cells = towns.points([(50, 50), (150, 50), (250, 50), (350, 50)], population=[100, 300, 50, 50])
    census = {"unit_code": ["A", "B"], "population": [800, 100]}
    assert covered(area(None, cells, census), (150, 50), radius=10) == {"A": 600.0, "B": 0.0}
    assert covered(area(None, grid, census), (150, 50), radius=1000) == {"A": 800.0, "B": 100.0}


def test_coverage_of_scaled_people_agrees_with_the_oracle():
    """Slanted streets and a circle over both: reach of the layer by subcells, times the factor."""
    values = np.random.default_rng(3).integers(1, 200, (4, 7)).astype(float)
    polygons = {
        "A": Polygon([(0, 0), (330, 0), (270, 400), (0, 400)]),
        "B": Polygon([(330, 0), (700, 0), (700, 400), (270, 400)]),
    }
    totals = {"A": 5000, "B": 700}
    census = {"unit_code": list(totals), "population": list(totals.values())}
    town = area(streets(polygons.values()), towns.grid(values), census)
    found = covered(town, (300, 210), radius=150.0)
    grid = oracle.Grid(0, 400, 100, 100, 4, 7, {"population": values})
    slow = oracle.fine_subcell_coverage(grid, polygons, [(300, 210)], 150.0, 60)["units"]
    exact = oracle.exact_split(grid, polygons)["units"]
    for code, total in totals.items():
        expected = slow[code]["population"][1] * total / exact[code]["population"]
        assert found[code] == pytest.approx(expected, rel=1e-3)


def test_the_layer_and_the_census_stay_as_they_are():
    values = np.array(ROW)
    grid = towns.grid(values, cell=80.0, top=80.0)
    census = pd.DataFrame({"unit_code": ["A"], "population": [600]})
    before = census.copy()
    town = area(None, grid, census)
    people(town)
    assert (town.population.values["population"] == values).all()
    pd.testing.assert_frame_equal(census, before)


def test_a_unit_without_a_total_keeps_its_people_and_is_named():
    grid = towns.grid([[100.0, 300.0, 50.0, 50.0]])
    town = area(None, grid, {"unit_code": ["A"], "population": [800]})
    assert people(town) == {"A": 800.0, "B": 100.0}
    (left,) = faults(town, "census.no_total")
    assert "no official total of 1 of 2 units of tier street (B)" in left.message
    assert "they keep the people of the layer" in left.message


def test_a_group_that_the_layer_lacks_follows_its_population():
    grid = towns.grid([[100.0, 300.0, 50.0, 50.0]])
    town = area(
        None, grid, {"unit_code": ["A", "B"], "population": [400, 100], "under_3": [12, np.nan]}
    )
    assert people(town, group="under_3") == pytest.approx({"A": 12.0, "B": np.nan}, nan_ok=True)
    assert covered(town, (150, 50), group="under_3", radius=1000) == pytest.approx(
        {"A": 12.0, "B": np.nan}, nan_ok=True
    )
    rows = Context(town, ()).demand("street").people("under_3")
    assert rows.tolist() == pytest.approx([3.0, 9.0, np.nan, np.nan], nan_ok=True)
    (said,) = faults(town, "census.spread")
    assert said.message.startswith(
        "under_3: 12 people of the census spread in proportion to the population"
    )


def test_people_that_are_not_scaled_are_said_beside_those_that_are():
    """B's 100 people are the layer's own while A's are the census's: B's rows and the sums say so."""
    grid = towns.grid([[100.0, 300.0, 50.0, 50.0]])
    town = area(None, grid, {"unit_code": ["A"], "population": [800]})
    findings = assess(town, load_norms("zhengzhou", on="2023-12-31")).findings
    own = findings[(findings["norm_id"] == PLACES) & (findings["measure"] == "places")]
    own = own.set_index(["unit_code", "rollup"])["note"]
    phrase = "people of the layer, not scaled to an official total"
    assert phrase not in own["A", "unit"]
    assert own["B", "unit"].endswith(phrase)
    for rollup in ("sum_of_units", "net"):
        assert f"{phrase}: 1 (B)" in own["D", rollup]
    rest = findings[~findings["base"].isin(["residents"])]
    assert not rest["note"].str.contains(phrase).any()
    whole = area(None, grid, {"unit_code": ["A", "B"], "population": [800, 90]})
    scaled = assess(whole, load_norms("zhengzhou", on="2023-12-31")).findings
    assert not scaled["note"].str.contains(phrase).any()


def test_a_group_without_totals_keeps_its_share():
    """A twentieth of the layer is under 3, and of the census too."""
    grid = towns.grid([[100.0, 300.0, 50.0, 50.0]], under_3=[[5.0, 15.0, 0.0, 5.0]])
    town = area(None, grid, {"unit_code": ["A", "B"], "population": [800, 50]})
    assert people(town, group="under_3") == {"A": 40.0, "B": 2.5}
    (kept,) = faults(town, "census.shares_kept")
    assert kept.item == "under_3"


def test_a_group_follows_the_scaled_population_between_units():
    """The layer has half of the people in each street; the census 900 and 100: children follow it."""
    grid = towns.grid([[50.0, 50.0, 50.0, 50.0]])
    census = {"unit_code": ["A", "B", "D"], "population": [900, 100, np.nan]}
    town = area(None, grid, census | {"under_3": [np.nan, np.nan, 30]})
    assert people(town, group="under_3") == {"A": 27.0, "B": 3.0}


def test_where_nobody_lives_nobody_is_of_any_age():
    grid = towns.grid([[50.0, 50.0, 50.0, 50.0]])
    census = {"unit_code": ["A", "B"], "population": [900, 0], "under_3": [30, np.nan]}
    town = area(None, grid, census)
    assert people(town, group="under_3") == {"A": 30.0, "B": 0.0}
    assert faults(town, "census.no_total") == []


def test_people_where_the_layer_has_nobody_count_but_have_no_place():
    grid = towns.grid([[0.0, 0.0, 50.0, 50.0]])
    town = area(None, grid, {"unit_code": ["A", "B"], "population": [800, 100]})
    assert people(town) == {"A": 800.0, "B": 100.0}
    assert people(town, "district") == {"D": 900.0}
    result = assess(town, load_norms("zhengzhou", on="2024-12-31"))
    rows = (
        result.findings.query("rollup == 'unit'")
        .set_index(["norm_id", "measure", "unit_code"])
        .sort_index()
    )
    places, circle = rows.loc[PLACES, "places"], rows.loc[CIRCLE, "population"]
    assert places["required"].to_dict() == {"A": 4.0, "B": 1.0}
    assert circle["status"].to_dict() == {"A": "no_data", "B": "reported"}
    assert circle.loc["A", "note"] == "conflict: C16; missing input: population by place"
    assert circle.loc["A", "base_value"] == 800.0
    (lost,) = faults(town, "census.no_pattern")
    assert (lost.count, lost.amount) == (1, 800.0)


def test_a_total_of_nobody_empties_the_unit():
    grid = towns.grid([[100.0, 300.0, 50.0, 50.0]])
    town = area(None, grid, {"unit_code": ["A", "B"], "population": [0, 100]})
    assert people(town) == {"A": 0.0, "B": 100.0}


# --- calibration: totals above and below the streets ------------------------------------------


def test_the_total_of_a_district_is_spread_over_its_streets():
    """The layer has 400 + 100 people; the census 1,000: factor 2."""
    grid = towns.grid([[100.0, 300.0, 50.0, 50.0]])
    town = area(None, grid, {"unit_code": ["D"], "population": [1000]})
    assert people(town) == {"A": 800.0, "B": 200.0}
    assert people(town, "district") == {"D": 1000.0}


def test_streets_without_a_total_share_what_the_district_leaves_over():
    """1,000 − 700 of A = 300 for B and C, which have 50 + 100 people in the layer: factor 2."""
    grid = towns.grid([[100.0, 300.0, 50.0, 100.0]])
    units = streets([WEST, box(200, 0, 300, 100), box(300, 0, 400, 100)])
    town = area(units, grid, {"unit_code": ["D", "A"], "population": [1000, 700]})
    assert people(town) == {"A": 700.0, "B": 100.0, "C": 200.0}
    assert people(town, "district") == {"D": 1000.0}


def test_totals_that_leave_nobody_over_make_the_rest_unknown():
    grid = towns.grid([[100.0, 300.0, 50.0, 50.0]])
    town = area(None, grid, {"unit_code": ["D", "A"], "population": [600, 700]})
    assert people(town) == pytest.approx({"A": 700.0, "B": np.nan}, nan_ok=True)
    (left,) = faults(town, "census.not_scaled")
    assert "(B): totals that leave nobody over. Their people are unknown." in left.message


def test_people_of_a_district_outside_its_streets_are_not_given_to_the_streets():
    """The streets cover half of the district; the layer has 100 of 400 people there."""
    grid = towns.grid([[50.0, 50.0, 150.0, 150.0]])
    units = towns.units(
        [box(0, 0, 100, 100), box(100, 0, 200, 100), box(0, 0, 400, 100)],
        codes=["A", "B", "D"],
        unit_type=["street", "street", "district"],
        parent_code=["D", "D", ""],
        main_urban=True,
    )
    town = area(units, grid, {"unit_code": ["D"], "population": [800]})
    assert people(town) == {"A": 100.0, "B": 100.0}
    (beside,) = faults(town, "census.beside_units")
    assert beside.amount == 600.0


def with_communities():
    """Street A with communities C1 and C2, street B with C3."""
    return towns.units(
        [WEST, EAST, box(0, 0, 100, 100), box(100, 0, 200, 100), EAST],
        codes=["A", "B", "C1", "C2", "C3"],
        unit_type=["street", "street", "community", "community", "community"],
        parent_code=["D", "D", "A", "A", "B"],
        main_urban=True,
    )


def test_totals_of_communities_make_the_pattern_of_their_street():
    """C1 has 100 people in the layer and 300 in the census, C2 300 and 100."""
    grid = towns.grid([[100.0, 300.0, 50.0, 50.0]])
    census = {"unit_code": ["C1", "C2", "C3"], "population": [300, 100, 500]}
    town = area(with_communities(), grid, census)
    assert people(town, "community") == {"C1": 300.0, "C2": 100.0, "C3": 500.0}
    assert people(town) == {"A": 400.0, "B": 500.0}
    assert people(town, "district") == {"D": 900.0}
    where = Context(town, ()).demand("street")
    assert where.people().tolist() == [300.0, 100.0, 250.0, 250.0]


def test_a_total_of_one_community_leaves_the_others_to_the_layer():
    grid = towns.grid([[100.0, 300.0, 50.0, 50.0]])
    town = area(with_communities(), grid, {"unit_code": ["C1"], "population": [50]})
    assert people(town, "community") == {"C1": 50.0, "C2": 300.0, "C3": 100.0}
    assert people(town) == {"A": 350.0, "B": 100.0}


def test_totals_of_streets_reach_the_communities():
    grid = towns.grid([[100.0, 300.0, 50.0, 50.0]])
    town = area(with_communities(), grid, {"unit_code": ["A", "B"], "population": [800, 70]})
    assert people(town) == {"A": 800.0, "B": 70.0}
    assert people(town, "community") == {"C1": 200.0, "C2": 600.0, "C3": 70.0}


def test_a_total_that_is_not_the_sum_of_its_units_is_told_with_both_numbers():
    grid = towns.grid([[100.0, 300.0, 50.0, 50.0]])
    census = {"unit_code": ["A", "C1", "C2", "D", "B"], "population": [900, 300, 100, 5000, 60]}
    town = area(with_communities(), grid, census)
    assert people(town) == {"A": 900.0, "B": 60.0}
    assert people(town, "community")["C1"] == 300.0
    told = {fault.item: fault.message for fault in faults(town, "census.disagrees")}
    assert told == {
        "A": "population: the total of the unit is 900, its 2 units add up to 400 (difference "
        "+500). Its rows use its own total.",
        "D": "population: the total of the unit is 5,000, its 2 units add up to 960 (difference "
        "+4,040). Its rows use the sum of its units.",
    }


def test_places_are_given_out_where_some_people_are_unknown():
    """B is unknown; A has 700 people and 2 of the places that they need, at their door."""
    grid = towns.grid([[100.0, 300.0, 50.0, 50.0]])
    one = towns.points([(150, 50)], places=[2], service=["childcare"], facility_id=["f"])
    town = area(None, grid, {"unit_code": ["D", "A"], "population": [600, 700]}, one)
    result = assess(town, load_norms("zhengzhou", on="2024-12-31"))
    rows = result.findings.query(f"norm_id == '{CIRCLE}' and rollup == 'unit'")
    limited = rows[rows["measure"] == "capacity_limited"].set_index("unit_code")
    assert limited.loc["A", "status"] == "reported"
    assert limited.loc["A", "existing"] == pytest.approx(2)
    assert limited.loc["B", "status"] == "no_data"


# --- doubts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (1.3, "Check that both are of one year and count the same people"),
        (100.0, 'The numbers look like people per km²: say kind = "density"'),
        (0.01, 'The numbers look like people per cell: say kind = "count"'),
    ],
)
def test_a_layer_of_another_level_is_told_with_the_likely_cause(times, words):
    """Cells of 100 m are 0.01 km²."""
    grid = towns.grid(np.array([[10.0, 30.0, 50.0, 10.0]]) * times)
    town = area(None, grid, {"unit_code": ["A", "B"], "population": [40, 60]})
    (scaled,) = faults(town, "census.scaled")
    assert scaled.severity == "warning"
    assert scaled.amount == pytest.approx(times)
    assert scaled.mend.startswith(words)


def test_a_census_in_ten_thousands_is_told():
    grid = towns.grid([[1900.0, 1900.0, 1900.0, 9000.0]])
    town = area(None, grid, {"unit_code": ["A", "B"], "population": [1, 1]})
    (scaled,) = faults(town, "census.scaled")
    assert scaled.mend.startswith("The census looks like numbers in units of 10,000 (万人)")


def test_factors_far_from_the_middle_one_are_named():
    grid = towns.grid([[100.0, 100.0, 100.0, 100.0]])
    units = streets([box(100 * i, 0, 100 * (i + 1), 100) for i in range(4)])
    census = {"unit_code": ["A", "B", "C", "D1"], "population": [100, 110, 20, 120]}
    units["unit_code"] = ["A", "B", "C", "D1"]
    town = area(units, grid, census)
    (far,) = faults(town, "census.extreme_factor")
    assert "in 1 of 4 census units" in far.message
    assert "C × 0.2 (100 to 20)" in far.message


# --- table mode -------------------------------------------------------------------------------


def table(**columns):
    return pd.DataFrame(
        {
            "unit_code": ["A", "B"],
            "unit_name": ["West", "East"],
            "unit_type": ["street", "township"],
            "parent_code": ["D", "D"],
            "main_urban": [True, True],
        }
        | columns
    )


def test_a_table_of_streets_with_people_and_facilities_by_code():
    """A: 10,000 people, 4 per thousand are 40 places, 30 there. B: 2,500, 10 places, 20 there."""
    facilities = pd.DataFrame(
        {"service": "childcare", "places": [30, 20], "unit_code": ["A", "B"], "id": ["a", "b"]}
    )
    town = area(table(population=[10_000, 2_500]), facilities=facilities)
    result = assess(town, load_norms("zhengzhou", on="2024-12-31"))
    found = result.findings
    places = found[(found["norm_id"] == PLACES) & (found["measure"] == "places")]
    shown = places.set_index(["unit_code", "rollup"])[["base_value", "required", "shortfall"]]
    assert shown.loc[("A", "unit")].tolist() == [10_000, 40, 10]
    assert shown.loc[("B", "unit")].tolist() == [2_500, 10, 0]
    assert shown.loc[("D", "sum_of_units")].tolist() == [12_500, 50, 10]
    assert shown.loc[("D", "net")].tolist() == [12_500, 50, 0]
    assert (places["method"].str.endswith("people: official totals")).all()
    circle = found[(found["norm_id"] == CIRCLE) & (found["rollup"] == "unit")]
    assert set(circle["status"]) == {"no_data"}
    everyone = circle[circle["measure"] == "population"]
    assert set(everyone["note"]) == {"conflict: C16; missing input: boundaries"}
    assert result.people.set_index("unit_code")["population"].to_dict() == {
        "D": 12_500.0,
        "A": 10_000.0,
        "B": 2_500.0,
    }


def test_with_boundaries_but_without_a_layer_nobody_knows_where_people_live():
    town = area(census={"unit_code": ["A", "B"], "population": [10_000, 2_500]})
    result = assess(town, load_norms("zhengzhou", on="2024-12-31"))
    circle = result.findings.query(f"norm_id == '{CIRCLE}' and measure == 'population'")
    notes = set(circle.loc[circle["rollup"] == "unit", "note"])
    assert notes == {"conflict: C16; missing input: population by place"}


def test_a_parent_without_all_of_its_streets_has_its_own_total():
    town = area(table(population=[10_000, np.nan]), census=None)
    assert people(town) == pytest.approx({"A": 10_000.0, "B": np.nan}, nan_ok=True)
    town = area(table(), census={"unit_code": ["A", "D"], "population": [10_000, 15_000]})
    assert people(town, "district") == {"D": 15_000.0}


def test_streets_drawn_and_communities_in_a_table():
    """The streets have polygons, their communities only totals: those still count for themselves."""
    grid = towns.grid([[100.0, 300.0, 50.0, 50.0]])
    units = with_communities()
    units.loc[units["unit_type"] == "community", "geometry"] = None
    census = {"unit_code": ["C1", "C2"], "population": [300, 500]}
    town = area(units, grid, census)
    assert people(town) == {"A": 800.0, "B": 100.0}
    below = people(town, "community")
    assert below == pytest.approx({"C1": 300.0, "C2": 500.0, "C3": np.nan}, nan_ok=True)


def test_a_district_drawn_and_streets_in_a_table():
    """The layer belongs to the district; the streets have only their totals."""
    grid = towns.grid([[100.0, 300.0, 50.0, 50.0]])
    units = towns.units(
        [None, None, box(0, 0, 400, 100)],
        codes=["A", "B", "D"],
        unit_type=["street", "street", "district"],
        parent_code=["D", "D", ""],
        main_urban=True,
    )
    town = area(units, grid, {"unit_code": ["A", "B"], "population": [700, 300]})
    assert people(town) == {"A": 700.0, "B": 300.0}
    assert people(town, "district") == {"D": 1000.0}
    assert Context(town, ()).demand("district").people().sum() == pytest.approx(1000)


def test_a_street_without_a_polygon_among_streets_with_one():
    grid = towns.grid([[100.0, 300.0, 50.0, 50.0]])
    units = streets([WEST, EAST, None])
    one = towns.points([(150, 50)], places=[2], service=["childcare"], facility_id=["f"])
    with pytest.raises(InputError, match="no polygon in 1 of 3 rows"):
        area(units, grid, {"unit_code": ["A", "B", "C"], "population": [800, 100, 300]}, one)


def test_a_street_of_a_table_beside_drawn_ones_names_its_boundary():
    """Streets of another layer may come without polygons; B counts per head and is in no reach."""
    grid = towns.grid([[100.0, 300.0, 50.0, 50.0]])
    one = towns.points([(150, 50)], places=[2], service=["childcare"], facility_id=["f"])
    town = area(None, grid, {"unit_code": ["A", "B"], "population": [800, 1000]}, one)
    units = town.units.copy()
    units.loc[units["unit_code"] == "B", "geometry"] = None
    result = assess(
        dataclasses.replace(town, units=units), load_norms("zhengzhou", on="2024-12-31")
    )
    rows = result.findings.query("rollup == 'unit'").set_index(["norm_id", "measure", "unit_code"])
    rows = rows.sort_index()
    assert rows.loc[(PLACES, "places", "B"), "required"] == 4
    assert rows.loc[(CIRCLE, "population", "A"), "status"] == "reported"
    assert rows.loc[(CIRCLE, "population", "B"), "note"].endswith("missing input: boundaries")


def test_facilities_that_have_no_coordinates_reach_nobody_knows_whom():
    grid = towns.grid([[100.0, 300.0, 50.0, 50.0]])
    listed = pd.DataFrame({"service": "childcare", "places": [30], "unit_code": ["A"], "id": ["a"]})
    town = area(None, grid, facilities=listed)
    result = assess(town, load_norms("zhengzhou", on="2024-12-31"))
    rows = result.findings.query(f"norm_id == '{CIRCLE}' and rollup == 'unit'")
    assert set(rows["status"]) == {"no_data"}
    everyone = rows[rows["measure"] == "population"]
    assert everyone["note"].str.endswith("missing input: coordinates of facilities").all()
    places = result.findings.query(f"norm_id == '{PLACES}' and rollup == 'unit'")
    assert (
        places.set_index(["unit_code", "measure"]).sort_index().loc[("A", "places"), "existing"]
        == 30
    )


def test_units_in_which_nobody_lives_are_named():
    grid = towns.grid([[100.0, 300.0, 0.0, 0.0]])
    (fault,) = faults(area(None, grid), "population.nobody")
    assert (fault.item, fault.count) == ("B", 1)


# --- dwellings --------------------------------------------------------------------------------


def blocks(**columns):
    """Blocks of flats: two in the west, one in the east, one outside."""
    spots = [(50, 50), (150, 50), (250, 50), (900, 50)]
    return towns.points(spots, **({"dwellings": [10, 30, 20, 5]} | columns))


def test_a_total_is_spread_over_the_dwellings_of_its_unit():
    town = area(None, blocks(), {"unit_code": ["A", "B"], "population": [100, 90]})
    assert people(town) == {"A": 100.0, "B": 90.0}
    assert covered(town, (150, 50), radius=10) == {"A": 75.0, "B": 0.0}
    (outside,) = [f for f in faults(town, "population.outside_units") if f.item == "population"]
    assert outside.unit == "dwellings"
    assert outside.amount == 5.0


def test_dwellings_without_a_total_are_not_people():
    town = area(None, blocks(), {"unit_code": ["A"], "population": [100]})
    assert people(town) == pytest.approx({"A": 100.0, "B": np.nan}, nan_ok=True)
    with pytest.raises(InputError, match="where people live, not how many there are") as error:
        area(None, blocks())
    (fault,) = error.value.faults
    assert fault.mend == (
        "Add [[census]] with official totals, or give parameters.persons_per_household."
    )


def test_dwellings_with_persons_per_household_are_people():
    town = area(None, blocks(), parameters=Parameters(persons_per_household=2.5))
    assert people(town) == {"A": 100.0, "B": 50.0}
    result = assess(town, load_norms("zhengzhou", on="2024-12-31"))
    method = result.findings.query(f"norm_id == '{PLACES}'")["method"]
    assert method.str.endswith("people: dwellings; persons per household: 2.5").all()


def test_polygons_of_buildings_leave_no_gaps_between_them():
    """Ten by ten metre buildings cover a hundredth of each street; nobody lives between them."""
    footprints = towns.cells([box(10, 10, 20, 20), box(210, 10, 220, 20)], [0, 0])
    footprints = footprints.drop(columns="population").assign(floor_area=[500.0, 100.0])
    town = area(None, footprints, {"unit_code": ["A", "B"], "population": [100, 90]})
    assert people(town) == {"A": 100.0, "B": 90.0}
    assert covered(town, (15, 15), radius=20) == {"A": 100.0, "B": 0.0}


def test_a_unit_with_a_total_but_without_dwellings():
    town = area(
        None, blocks(dwellings=[10, 30, 0, 5]), {"unit_code": ["A", "B"], "population": [100, 90]}
    )
    assert people(town) == {"A": 100.0, "B": 90.0}
    assert covered(town, (150, 50), radius=1000) == pytest.approx(
        {"A": 100.0, "B": np.nan}, nan_ok=True
    )
    assert faults(town, "census.no_pattern")[0].amount == 90.0


# --- people per km² ---------------------------------------------------------------------------


def test_people_per_km2_of_cells():
    """5,000 people per km² on a hectare are 50."""
    grid = towns.grid([[5000.0, 0.0, 10_000.0, 0.0]])
    town = area(None, grid, population_kind="density")
    west, east = people(town).values()
    assert west == pytest.approx(50, rel=0.01)  # so far from its meridian the map is too large
    assert east == pytest.approx(2 * west, rel=1e-5)
    polygons = towns.cells(
        [box(0, 0, 200, 100), box(200, 0, 300, 100), box(300, 0, 400, 100)], [5000, 0, 10]
    )
    assert people(area(None, polygons, population_kind="density"))["A"] == pytest.approx(
        2 * west, rel=1e-4
    )


def test_points_have_no_density():
    with pytest.raises(InputError, match="people per km² of points"):
        area(None, blocks(population=1.0), population_kind="density")


def test_demand_itself_knows_no_census():
    """The plain function gives the layer; scaling is a step of its own."""
    grid = towns.grid([[100.0, 300.0, 50.0, 50.0]])
    assert demand(grid, streets()).by_unit().to_dict() == {"A": 400.0, "B": 100.0}


# --- a pilot community among streets ----------------------------------------------------------


def pilot(more=()):
    """Streets A and B in a table, and one community C1 of A that has a polygon."""
    return towns.units(
        [None, None, box(0, 0, 100, 100), *more],
        codes=["A", "B", "C1", *(f"C{n}" for n in range(2, 2 + len(more)))],
        unit_type=["street", "street", *["community"] * (1 + len(more))],
        parent_code=["D", "D", "A", *["B"] * len(more)],
        main_urban=True,
    )


@pytest.mark.parametrize("cells", [None, [[100.0, 300.0]]], ids=["table", "grid"])
@pytest.mark.parametrize("of_community", [3_000, np.nan], ids=["total", "no total"])
def test_one_drawn_community_does_not_stand_for_the_streets(cells, of_community):
    """A has 50,000 and B 20,000 by their totals, whatever C1 has."""
    census = {"unit_code": ["A", "B", "C1"], "population": [50_000, 20_000, of_community]}
    town = area(pilot(), None if cells is None else towns.grid(cells), census)
    assert people(town) == {"A": 50_000.0, "B": 20_000.0}
    assert people(town, "district") == {"D": 70_000.0}
    found = assess(town, load_norms("zhengzhou", on="2024-12-31")).findings
    rows = found[(found["norm_id"] == PLACES) & (found["status"] == "short")]
    required = rows.set_index(["unit_code", "rollup"])["required"].to_dict()
    assert required == {
        ("D", "sum_of_units"): 280.0,
        ("D", "net"): 280.0,
        ("A", "unit"): 200.0,
        ("B", "unit"): 80.0,
    }


def test_communities_of_every_street_that_share_its_total_carry_the_people():
    """C1 is all of A that is listed, C2 of B: they have the 500 and 200 people of their streets."""
    units = pilot(more=[box(100, 0, 200, 100)])
    census = {"unit_code": ["A", "B"], "population": [500, 200]}
    town = area(units, towns.grid([[100.0, 300.0]]), census)
    assert Context(town, ()).base_tier == "community"
    assert people(town) == {"A": 500.0, "B": 200.0}
    other = area(units, towns.grid([[100.0, 300.0]]), {**census, "population": [500, 0]})
    assert people(other) == {"A": 500.0, "B": 0.0}
    against = {"unit_code": ["A", "B", "C1"], "population": [500, 200, 30]}
    assert people(area(units, towns.grid([[100.0, 300.0]]), against)) == {"A": 500.0, "B": 200.0}


def test_people_of_a_street_without_any_community_are_unknown_above_it_too():
    town = area(pilot(), towns.grid([[100.0, 300.0]]))
    assert people(town) == pytest.approx({"A": 100.0, "B": np.nan}, nan_ok=True)
    assert people(town, "district") == pytest.approx({"D": np.nan}, nan_ok=True)


# --- what is left over of a total, and where ----------------------------------------------------


def test_people_of_a_street_with_its_own_total_are_not_taken_off_a_second_time():
    """3,000 of the district − 100 of B = 2,900 for C1 and C2, who have 100 + 300 in the layer."""
    units = towns.units(
        [box(0, 0, 400, 100), WEST, EAST, box(0, 0, 100, 100), box(100, 0, 200, 100)],
        codes=["D", "A", "B", "C1", "C2"],
        unit_type=["district", "street", "street", "community", "community"],
        parent_code=["", "D", "D", "A", "A"],
        main_urban=True,
    )
    census = {"unit_code": ["D", "B"], "population": [3_000, 100]}
    town = area(units, towns.grid([[100.0, 300.0, 200.0, 200.0]]), census)
    assert people(town) == {"A": 2_900.0, "B": 100.0}
    assert people(town, "community") == {"C1": 725.0, "C2": 2_175.0}
    assert not faults(town, "census.beside_units")
    tiers = [fault.message for fault in faults(town, "census.scaled")]
    assert ["of tier street" in text for text in tiers] == [True, False]
    assert ["of tier community" in text for text in tiers] == [False, True]


def test_a_total_of_a_district_without_a_polygon_is_said_to_be_assumed_whole():
    grid = towns.grid([[100.0, 300.0, 50.0, 50.0]])
    (assumed,) = faults(
        area(None, grid, {"unit_code": ["D"], "population": [1000]}), "census.assumed_whole"
    )
    assert (assumed.severity, assumed.item, assumed.count) == ("warning", "D", 1)
    assert not faults(
        area(None, grid, {"unit_code": ["A", "B"], "population": [7, 8]}), "census.assumed_whole"
    )


def test_the_reason_for_what_is_not_scaled_names_the_unit_that_shares_the_total():
    """B is drawn: what it lacks is a total of its own, or communities."""
    units = with_communities().iloc[:4]
    census = {"unit_code": ["D", "C1"], "population": [2_000, 1_500]}
    town = area(units, towns.grid([[100.0, 300.0, 50.0, 50.0]]), census)
    (left,) = faults(town, "census.not_scaled")
    assert (
        "(C2): units without units of tier community and without a total share the total of D (B)."
        in left.message
    )


# --- parts and wholes, wherever they stand ------------------------------------------------------


def test_children_of_one_table_are_compared_with_the_people_of_another():
    """As where the units' own sheet has the people, and [[census]] the children."""
    rows = pd.DataFrame(
        {
            "unit_code": ["A", "B", "A", "B", ""],
            "file": ["units", "units", "c.csv", "c.csv", "c.csv"],
            "row": [1, 2, 1, 2, 3],
            "population": [5_000.0, 3_000.0, np.nan, np.nan, np.nan],
            "under_3": [np.nan, np.nan, 6_000.0, 3_000.0, 9_000.0],
        }
    )
    units = pd.DataFrame({"unit_code": ["A", "B"], "unit_type": ["street", "street"]})
    (more,) = check_census(rows, units)
    assert (more.code, more.file, more.rows) == ("census.group_exceeds", "c.csv", (1,))


def test_an_infinite_total_is_too_many_people_and_no_warning_of_numpy():
    rows = pd.DataFrame(
        {"unit_code": ["A", "B"], "file": "c.csv", "row": [1, 2], "population": [np.inf, 50_000.0]}
    )
    units = pd.DataFrame({"unit_code": ["A", "B"], "unit_type": ["street", "street"]})
    (fault,) = check_census(rows, units)
    assert (fault.code, fault.rows) == ("census.too_many_people", (1,))


def test_people_of_the_units_sheet_stay_where_the_census_gives_other_groups():
    units = streets(population=[5_000, 3_000])
    town = area(units, None, {"unit_code": ["A", "B"], "under_3": [50, 30]})
    assert people(town) == {"A": 5_000.0, "B": 3_000.0}
    assert people(town, group="under_3") == {"A": 50.0, "B": 30.0}
    with pytest.raises(InputError, match="another layer gives too"):
        area(units, None, {"unit_code": ["A", "B"], "population": [5_001, 3_000]})


def test_more_children_than_people_after_scaling_are_told():
    """The 12 children of A in the layer become 700 by their total; its people stay 400."""
    grid = towns.grid([[100.0, 300.0, 300.0, 300.0]], under_3=[[3.0, 9.0, 9.0, 9.0]])
    census = {"unit_code": ["A", "B"], "under_3": [700, 30]}
    (told,) = faults(area(None, grid, census), "census.scaled_exceeds")
    assert (told.severity, told.item, told.count) == ("warning", "under_3", 1)
    assert "larger than population in 1 units of tier street (A: 700 of 400)" in told.message


def test_a_street_without_a_number_is_named_without_a_layer():
    town = area(census={"unit_code": ["A"], "population": [700]})
    (lost,) = faults(town, "census.no_total")
    assert lost.severity == "warning"
    assert "1 of 2 units of tier street (B)" in lost.message
    whole = area(census={"unit_code": ["A", "B"], "population": [700, 300]})
    assert faults(whole, "census.no_total") == []


def test_people_without_a_place_are_not_called_missing():
    """The census counts people in B, where the layer has nobody."""
    grid = towns.grid([[100.0, 300.0, 0.0, 0.0]])
    one = towns.points([(150, 50)], places=[2], service=["childcare"], facility_id=["f"])
    town = area(None, grid, {"unit_code": ["A", "B"], "population": [700, 300]}, one)
    result = assess(town, load_norms("zhengzhou", on="2024-12-31"))
    rows = result.findings.query(f"norm_id == '{CIRCLE}' and rollup == 'unit'")
    limited = rows[rows["measure"] == "capacity_limited"].set_index("unit_code")
    assert limited.loc["B", "status"] == "no_data"
    assert "missing input: population by place" in limited.loc["B", "note"]
