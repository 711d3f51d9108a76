"""What is counted: filters, what is not known, figures, and areas per place."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from capacity.assess.compounds import compounds_by_unit, new_compound_shortfall
from capacity.assess.counts import as_count, figures_up, match
from capacity.assess.existence import doubtful_by_unit, facilities_frame, sizes_by_unit
from capacity.assess.places import area_for_places, of_size
from capacity.assess.ratio import needs_frame, needs_table, per_head_required, upper_end
from capacity.norms.model import Count
from tests.covers import covers


def people(*values):
    return as_count(pd.Series(list(values), index=list("ABC")[: len(values)]), "population")


def test_each_filter_says_what_it_does_not_know():
    some = pd.DataFrame(
        {
            "facility_type": ["kindergarten", "", "primary_school", "kindergarten"],
            "operator": ["public", "public", "", ""],
            "inclusive": pd.array([True, None, None, True], dtype="boolean"),
        }
    )
    what = Count(
        amount="facilities", types=("kindergarten",), operators=("public",), inclusive=True
    )
    found = match(some, what, ["street"] * 4)
    assert found["sure"].tolist() == [True, False, False, False]
    # the school is known not to count, whoever runs it
    assert found["unknown"].tolist() == ["", "facility_type", "", "operator"]


def test_private_counts_its_narrower_classes():
    """民办公助 and 民办普惠 are 民办; plain 民办 does not say that it is one of them."""
    operators = ["private", "private_aided", "private_inclusive", "public", ""]
    some = pd.DataFrame({"operator": operators})
    private = match(some, Count(amount="places", operators=("private",)), ["street"] * 5)
    assert private["sure"].tolist() == [True, True, True, False, False]
    assert private["unknown"].tolist() == ["", "", "", "", "operator"]
    narrow = match(some, Count(amount="places", operators=("private_inclusive",)), ["street"] * 5)
    assert narrow["sure"].tolist() == [False, False, True, False, False]
    assert narrow["unknown"].tolist() == ["operator", "", "", "", "operator"]
    both = Count(amount="places", operators=("private", "private_aided"))
    assert match(some, both, ["street"] * 5)["unknown"].tolist() == ["", "", "", "", "operator"]


def test_types_may_depend_on_the_unit():
    what = Count(
        amount="facilities",
        types_at=(("village", ("farmers_fitness_works",)), ("community", ("fitness_path",))),
    )
    some = pd.DataFrame({"facility_type": ["fitness_path", "fitness_path", "fitness_path"]})
    found = match(some, what, ["village", "community", ""])
    assert found["sure"].tolist() == [False, True, True]


def test_a_column_that_is_not_there_is_not_known():
    found = match(pd.DataFrame(index=[0]), Count(amount="places", inclusive=True), ["street"])
    assert found["unknown"].tolist() == ["inclusive"]


@pytest.mark.parametrize(
    ("most", "status", "note"),
    [
        (4.0, "short", ""),
        (9.0, "short", "shortfall is an upper bound"),
        (10.0, "no_data", "missing input: operator of facilities"),
        (np.inf, "no_data", "missing input: operator of facilities"),
    ],
)
def test_what_is_not_known_matters_only_if_it_could_close_the_gap(most, status, note):
    supply = people(4.0).assign(most=most, missing="operator of facilities")
    row = needs_frame(people(10.0), supply, lambda base: base).loc["A"]
    assert (row["status"], row["note"]) == (status, note)


def test_a_base_that_may_be_larger_leaves_met_open():
    base = people(10.0).assign(most=20.0, missing="facility_type of facilities")
    row = needs_frame(base, people(10.0), lambda of: of).loc["A"]
    assert row["status"] == "no_data"


@pytest.mark.parametrize(
    ("most", "of_most", "note"),
    [
        (4.0, 20.0, "shortfall is a lower bound"),
        (9.0, 20.0, "shortfall of what is known, no bound"),
        (4.0, 10.0, ""),
    ],
)
def test_a_gap_that_could_be_wider_or_narrower_says_so(most, of_most, note):
    base = people(10.0).assign(most=of_most, missing="facility_type of facilities")
    supply = people(4.0).assign(most=most, missing="operator of facilities")
    row = needs_frame(base, supply, lambda of: of).loc["A"]
    assert (row["status"], row["shortfall"], row["note"]) == ("short", 6.0, note)


def test_facilities_of_unknown_type_may_narrow_a_gap_that_they_cannot_close():
    some = pd.DataFrame({"facility_id": ["F1"], "places": [60.0]})
    sizes = sizes_by_unit(some.iloc[:0], [], ["A"], "places")
    more = doubtful_by_unit(some, ["A"], ["facility_type"], ["A"], "places")
    row = facilities_frame(sizes.join(more), 3, Decimal(50)).loc["A"]
    assert (row["status"], row["shortfall"]) == ("short", 3.0)
    assert row["note"].endswith("shortfall is an upper bound")


@pytest.mark.parametrize(
    ("maybe", "status"), [(49.0, "short"), (50.0, "no_data"), (np.nan, "no_data")]
)
def test_a_facility_of_unknown_type_is_listed_and_never_counts(maybe, status):
    some = pd.DataFrame({"facility_id": ["F1"], "places": [maybe]})
    sizes = sizes_by_unit(some.iloc[:0], [], ["A"], "places")
    more = doubtful_by_unit(some, ["A"], ["facility_type"], ["A"], "places")
    row = facilities_frame(sizes.join(more), 1, Decimal(50)).loc["A"]
    assert row["status"] == status
    assert "facilities of unknown type: 1 (F1)" in row["note"]


def test_a_parent_has_its_own_figure_or_the_sum_of_all_its_units():
    tier = pd.Series(
        {"C": "district", "A": "street", "B": "street", "D": "district", "E": "street"}
    )
    parent = pd.Series({"C": "", "A": "C", "B": "C", "D": "", "E": "D"})
    own = pd.Series({"C": np.nan, "A": 2.0, "B": 3.0, "D": 9.0, "E": 4.0})
    assert figures_up(own, tier, parent)[["C", "D"]].tolist() == [5, 9]
    assert np.isnan(figures_up(own.mask(own == 3), tier, parent)["C"])


@pytest.mark.parametrize(
    ("value", "per", "whole", "base", "required"),
    [
        ("0.9", 10_000, True, 41_250, "4"),
        ("8.5", 1000, True, 20_000, "170"),
        ("2000", 10_000, False, 41_250, "8250"),
        ("2.6", 1, False, 41_250, "107250"),
        ("1", 100, True, 101, "2"),
        ("3.17", 1000, True, 100_000, "317"),
    ],
)
def test_so_much_per_head(value, per, whole, base, required):
    needed = per_head_required(Decimal(value), per, whole=whole)(Decimal(base))
    assert needed == Decimal(required)


def test_the_minimum_of_a_range_is_tested_and_its_upper_end_shown():
    low, high = (per_head_required(Decimal(v), 1000, whole=True) for v in (31, 33))
    table = needs_table(
        people(10_000.0, 0.0), people(320.0, 0.0), low, measure="places", whole=True, empty="none"
    )
    upper = upper_end(table, high)
    assert table.frame["status"].tolist() == ["met", "not_applicable"]
    assert upper.measure == "places_upper"
    assert upper.frame.loc["A", ["required", "shortfall", "status"]].tolist() == [
        330,
        10,
        "reported",
    ]


def test_the_upper_end_shows_its_own_requirement_where_supply_is_unknown():
    low, high = (per_head_required(Decimal(v), 1000, whole=True) for v in (31, 33))
    table = needs_table(
        people(10_000.0), people(np.nan), low, measure="places", whole=True, empty="none"
    )
    assert table.frame.loc["A", "required"] == 310
    row = upper_end(table, high).frame.loc["A"]
    assert (row["required"], row["status"]) == (330, "no_data")
    assert np.isnan(row["existing"])


def test_what_doubtful_facilities_could_change_is_not_shown_without_data():
    """普惠托位占比: of 1,405 places of six facilities, none is known to be inclusive or not."""
    base = people(1405.0, 0.0)
    supply = people(0.0, 3.0).assign(most=[1405.0, 9.0], missing="inclusive of facilities")
    frame = needs_frame(base, supply, lambda of: of / 2)
    assert frame.loc["A", ["base_value", "required", "status"]].tolist() == [1405, 702.5, "no_data"]
    assert np.isnan(frame.loc["A", "existing"])
    doubtful = people(0.0).assign(most=[1405.0], missing="facility_type of facilities")
    row = needs_frame(doubtful, people(np.nan), lambda of: of / 2).loc["A"]
    assert row["status"] == "no_data"
    assert row[["base_value", "required", "existing"]].isna().all()


def test_area_per_place_by_site():
    sites = ["no_outdoor_ground", "new_development", "", "none_of_these"]
    some = pd.DataFrame(
        {
            "places": [50.0, 50.0, 50.0, 50.0],
            "floor_area_m2": [400.0, 290.0, 1000.0, 0.0],
            "outdoor_area_m2": [0.0, 100.0, np.nan, 0.0],
            "condition": sites,
        }
    )
    old = area_for_places(some, Decimal(8), area="floor_area_m2", condition=sites[0])
    floor = area_for_places(some, Decimal(6), area="floor_area_m2", condition=sites[1])
    outdoor = area_for_places(some, Decimal(2), area="outdoor_area_m2", condition=sites[1])
    assert old["status"].tolist() == ["met", "not_applicable", "no_data", "not_applicable"]
    assert old["required"][0] == 400
    assert floor.loc[1, ["required", "shortfall"]].tolist() == [300, 10]
    assert outdoor.loc[1, ["required", "status"]].tolist() == [100, "met"]
    unit = compounds_by_unit(old, ["A"] * 4, ["F1", "F2", "F3", "F4"], ["A"]).loc["A"]
    assert (unit["status"], unit["note"]) == ("no_data", "missing input: condition: 1 (F3)")


@covers("worked", "minimum_size")
@covers("boundary", "minimum_size")
def test_size_classes():
    sizes = pd.DataFrame(
        {
            "sizes": [[Decimal(300), Decimal(299), Decimal(100), Decimal(99)], [], []],
            "unknown": [[], [], ["F9"]],
            "note": ["", "", ""],
        },
        index=["A", "B", "C"],
    )
    found = of_size(sizes, Decimal(100), Decimal(300), "beds")
    assert found.loc["A", ["base_value", "existing"]].tolist() == [4, 2]
    assert found["status"].tolist() == ["reported", "not_applicable", "no_data"]


def test_new_compounds_plan_for_their_own_people():
    some = pd.DataFrame(
        {
            "is_old": pd.array([False, True, None, False, False], dtype="boolean"),
            "planned_population": [3000.0, 3000.0, 3000.0, np.nan, 1010.0],
            "project_childcare_places": [20.0, 0.0, 0.0, 5.0, np.nan],
        }
    )
    found = new_compound_shortfall(
        some,
        per_head_required(Decimal(6), 1000, whole=True),
        "planned_population",
        "project_childcare_places",
    )
    assert found["status"].tolist() == ["met", "not_applicable", "no_data", "no_data", "no_data"]
    assert found["surplus"][0] == 2
    assert found["note"].tolist()[3:] == [
        "missing input: planned_population",
        "missing input: project_childcare_places",
    ]
