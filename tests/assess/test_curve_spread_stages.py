"""What figures are drawn of: coverage by distance, spread between units, stages, headlines."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from capacity import NormError, assess, equity, load_norms, read_study_area, write_example
from capacity.assess.summary import bound_of, headlines

PLACES = "zhengzhou.childcare.places_per_thousand"
CIRCLE = "zhengzhou.plan2023.childcare.service_circle_radius"
FITNESS = "zhengzhou.sports.fitness_circle_minutes"


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    area = read_study_area(write_example(tmp_path_factory.mktemp("example") / "area"))
    return assess(area, load_norms("zhengzhou", on="2025-12-31"))


def units(result, norm_id, measure):
    found = result.findings
    mine = (found["norm_id"] == norm_id) & (found["measure"] == measure)
    rows = found[mine & (found["rollup"] == "unit")]
    return rows[rows["unit_type"].isin(["street", "township"])]


# --- coverage by distance -----------------------------------------------------------------


@pytest.mark.parametrize(("norm_id", "group"), [(CIRCLE, "under_3"), (FITNESS, "population")])
def test_at_the_norms_distance_the_curve_is_the_findings(result, norm_id, group):
    curve = result.coverage_curve(norm_id, group=group, metres=[100, 2000])
    rows = units(result, norm_id, group)
    known = rows[rows["status"] == "reported"]
    at = curve.points.set_index("metres").loc[curve.limit_m]
    assert at["covered"] == pytest.approx(known["existing"].sum(), rel=1e-12)
    assert at["people"] == pytest.approx(known["base_value"].sum(), rel=1e-12)
    assert curve.unit_codes == tuple(known["unit_code"])
    assert set(curve.without_data) == set(rows.loc[rows["status"] == "no_data", "unit_code"])
    assert list(curve.points["metres"]) == sorted({100.0, curve.limit_m, 2000.0})


def test_a_curve_of_one_unit_is_that_units_and_never_falls(result):
    code = "410199001"
    curve = result.coverage_curve(CIRCLE, unit_code=code, metres=range(100, 2001, 475))
    row = units(result, CIRCLE, "population").set_index("unit_code").loc[code]
    at = curve.points.set_index("metres").loc[300.0]
    assert (at["covered"], at["share"]) == pytest.approx((row["existing"], row["share"]))
    assert np.all(np.diff(curve.points["covered"]) >= -1e-9)
    assert curve.points["share"].between(0, 1).all()
    assert curve.unit_codes == (code,)


def test_curves_that_cannot_be_say_why(result):
    with pytest.raises(NormError, match=r"of kind ratio_per_population; a curve is of"):
        result.coverage_curve(PLACES)
    with pytest.raises(NormError, match=r"does not measure age_60_plus; it measures population"):
        result.coverage_curve(CIRCLE, group="age_60_plus")
    with pytest.raises(NormError, match=r'no norm "x" in this selection'):
        result.coverage_curve("x")
    with pytest.raises(NormError, match="no unit with people in reach known"):
        result.coverage_curve(CIRCLE, unit_code="410199007")
    with pytest.raises(ValueError, match="0 m is not above zero"):
        result.coverage_curve(CIRCLE, metres=[0, 100])


# --- spread -------------------------------------------------------------------------------


def test_the_spread_is_of_what_each_unit_has_for_each_person(result):
    found = result.spread(PLACES)
    rows = units(result, PLACES, "places").set_index("unit_code")
    known = rows[rows["existing"].notna()]
    expected = equity(known["existing"] / known["base_value"], known["base_value"])
    assert found.equity.gini == pytest.approx(expected.gini)
    assert found.units["per_base"].is_monotonic_increasing
    assert set(found.units["unit_code"]) | set(found.without_data) == set(rows.index)
    assert found.without_data == ("410199102",)
    assert found.incomplete == ("410199006",)
    # Gini again, from the area under the curve that is drawn.
    curve = found.curve
    area = np.trapezoid(curve["value_share"], curve["people_share"])
    assert 1 - 2 * area == pytest.approx(found.equity.gini)


def test_spread_refuses_norms_without_an_amount_for_each_person(result):
    with pytest.raises(NormError, match=r"of kind coverage_radius; what is spread is of"):
        result.spread(CIRCLE)
    with pytest.raises(NormError, match="fewer than two units"):
        result.spread("zhengzhou.sports.venue_area_per_capita")


# --- stages -------------------------------------------------------------------------------


def test_every_stage_is_assessed_as_on_its_own_date(result):
    table = result.stage_progress(PLACES).set_index("by")
    assert table["standard"].tolist() == [2.0, 4.0, 6.0]
    assert [f"{day:%Y}" for day in table.index] == ["2022", "2023", "2025"]
    earlier = assess(result.area, load_norms("zhengzhou", on="2023-12-31"))
    rows = units(earlier, f"{PLACES}_2023", "places")
    known = rows[rows["required"].notna() & rows["existing"].notna()]
    stage = table.loc[pd.Timestamp("2023-12-31")]
    assert stage["required"] == known["required"].sum() > 0
    assert stage["shortfall"] == known["shortfall"].sum() > 0
    assert stage["covered"] == np.minimum(known["required"], known["existing"]).sum()
    assert (stage["units"], stage["without_data"]) == (11, 1)
    assert stage["bound"] == "at_least"  # what is unknown of 人民街道 cannot make it short at 4
    assert table.loc[pd.Timestamp("2025-12-31"), "bound"] == "known_only"


def test_a_norm_of_one_stage_has_no_stages(result):
    with pytest.raises(NormError, match=rf"has one stage only. Norms with several: {PLACES}"):
        result.stage_progress(CIRCLE)


def test_a_selection_knows_all_stages_and_its_own_values():
    norms = load_norms("zhengzhou", on="2023-06-30", overrides={f"{PLACES}_2023": "5"})
    stages = [(str(n.value), n.stage) for n in norms.stages if n.series == PLACES]
    assert stages == [("2", "due"), ("5", "next"), ("6", "next")]
    assert load_norms("zhengzhou", on="2022-12-15").stages[0].series == PLACES


# --- headlines ----------------------------------------------------------------------------


def headline(result, norm_id, measure):
    return next(h for h in headlines(result) if (h.norm_id, h.measure) == (norm_id, measure))


def test_a_headline_says_how_much_where_and_what_would_close_it(result):
    found = headline(result, PLACES, "places")
    rows = units(result, PLACES, "places").set_index("unit_code")
    short = rows[rows["status"] == "short"]
    assert found.shortfall == short["shortfall"].sum()
    assert (found.status, found.bound) == ("short", "known_only")
    assert found.units == {
        "met": 2,
        "short": 9,
        "reported": 0,
        "not_applicable": 0,
        "no_data": 1,
    }
    assert [w.unit_code for w in found.worst] == ["410199001", "410199200", "410199005"]
    # A facility of a street has at least 50 places, of a township 30: every unit by itself.
    size = {"street": 50, "township": 30}
    assert {k: int(v) for k, v in found.sizes.items()} == size
    asked = sum(
        math.ceil(lacking / size[kind])
        for lacking, kind in zip(short["shortfall"], short["unit_type"], strict=True)
    )
    assert found.facilities == asked


def test_where_communities_lack_the_headline_names_streets(result):
    found = headline(result, "zhengzhou.childcare.facility_per_community", "facilities")
    rows = result.findings.query(
        "norm_id == @found.norm_id and measure == 'facilities' and rollup == 'sum_of_units'"
    )
    worst = rows[rows["unit_type"].isin(["street", "township"])].nlargest(1, "shortfall")
    assert found.worst[0].amount == worst["shortfall"].iloc[0] > 1
    assert found.tier == "community"
    assert found.bound == "at_least"


def test_units_of_all_tiers_are_counted_where_all_are_summed(result):
    found = headline(result, "zhengzhou.sports.facility_network_levels", "units_with_one")
    assert found.units == {"met": 7, "short": 64, "reported": 0, "not_applicable": 0, "no_data": 1}
    assert (found.shortfall, found.bound) == (65, "at_most")
    assert found.tier == ""


def test_a_gap_of_compounds_is_no_number_of_facilities_of_streets(result):
    found = headline(result, "zhengzhou.childcare.places_per_thousand_new_development", "places")
    assert found.shortfall > 0
    assert math.isnan(found.facilities)


def test_a_circle_headline_is_about_the_units_that_are_known(result):
    found = headline(result, CIRCLE, "population")
    rows = units(result, CIRCLE, "population")
    known = rows[rows["status"] == "reported"]
    assert found.share == pytest.approx(known["existing"].sum() / known["base_value"].sum())
    assert found.worst[0].amount == known["share"].min()
    assert found.status == "no_data"
    assert math.isnan(found.shortfall)


def test_without_a_smallest_size_no_number_of_facilities_is_said(result):
    fewer = tuple(n for n in result.norms.norms if n.minimum_size is None)
    norms = dataclasses.replace(result.norms, norms=fewer)
    ids = {norm.id for norm in fewer}
    less = dataclasses.replace(
        result, norms=norms, findings=result.findings[result.findings["norm_id"].isin(ids)]
    )
    assert math.isnan(headline(less, PLACES, "places").facilities)


@pytest.mark.parametrize(
    ("note", "bound"),
    [
        ("", "exact"),
        ("shortfall is a lower bound", "at_least"),
        ("a; shortfall is an upper bound", "at_most"),
        ("shortfall of what is known, no bound; b", "known_only"),
    ],
)
def test_bounds_are_read_from_notes(note, bound):
    assert bound_of(note) == bound
