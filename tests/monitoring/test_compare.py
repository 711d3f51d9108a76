"""What changed between two assessments, worked by hand, and the laws that every comparison keeps."""

import dataclasses
import re
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity import InputError, compare
from capacity.exact import exact
from capacity.monitoring.effects import EFFECTS
from capacity.monitoring.facilities import match_facilities
from capacity.monitoring.snapshot import snapshot_of
from capacity.report.compare_page import page as page_of
from capacity.report.compare_words import amount_text, change_text, groups
from tests.monitoring.years import LAND, assess, effects, facility, row

AMOUNTS = ("required", "existing", "shortfall")
OLD, NEW = "2024-06-30", "2025-06-30"
ONE = [facility("k1", "A", 30, opened="2010-01-01")]


def codes(comparison):
    return [fault.code for fault in comparison.faults]


def test_people_supply_and_norm_at_once_worked_by_hand():
    built = facility("k2", "A", 20, opened="2025-01-01")
    old = assess({"A": 10_000}, ONE, day=OLD)
    new = assess({"A": 12_000}, [*ONE, built], day=NEW, on="2025-12-31")
    found = row(compare(old, new), "A")
    # 4 × 10 = 40 then 6 × 12 = 72: people (8 + 12) / 2, norm (20 + 24) / 2
    assert effects(found, "required") == {"people": 10, "norm": 22}
    assert effects(found, "existing") == {"supply": 20}
    # 40 − 30 = 10 then 72 − 50 = 22; exact 8 2/3, −16 1/3, 19 2/3: the place left over goes to the
    # first of those that lost most
    assert (found["shortfall_old"], found["shortfall_new"]) == (10, 22)
    assert effects(found) == {"people": 9, "supply": -16, "norm": 19}
    assert found["split"] == "computed"
    assert found["note"] == "standard: 4 to 6; facilities opened: 1 (k2)"


def test_areas_are_not_rounded():
    home = facility("h", "A", service="elder_care", land_area=1_000.0, opened="2010-01-01")
    old = assess({"A": 10_000.5}, [home], day=OLD, series=(LAND,))
    new = assess({"A": 10_001}, [home], day=NEW, series=(LAND,))
    found = row(compare(old, new), "A", LAND, "land_m2")
    assert found["shortfall_change"] == pytest.approx(0.1)
    assert exact(found["shortfall_people"]) == exact(found["shortfall_change"]) == exact(0.1)


DATES = {
    "opened in between": ({}, {"opened": "2025-01-01"}, "opened", {"supply": -20}),
    "open before, listed late": ({}, {"opened": "2020-01-01"}, "listed_late", {"data": -20}),
    "no opening date": ({}, {"opened": None}, "newly_listed", {"supply": -20}),
    "gone without a date": ({"opened": "2020-01-01"}, {}, "no_longer_listed", {"supply": 20}),
    "closed in between": (
        {"opened": "2020-01-01"},
        {"opened": "2020-01-01", "closed": "2025-01-01"},
        "closed",
        {"supply": 20},
    ),
    "closed long ago": (
        {"opened": "2020-01-01"},
        {"opened": "2020-01-01", "closed": "2022-01-01"},
        "status_corrected",
        {"data": 20},
    ),
    "planned, now open": (
        {"status": "planned"},
        {"status": "open"},
        "opened_undated",
        {"supply": -20},
    ),
    "enlarged or corrected": (
        {"places": 5},
        {"places": 20},
        "other_figures",
        {"not_separated": -15},
    ),
    "figure filled in": ({"places": None}, {"places": 20}, "completed", {"data": -20}),
    "figure lost": ({"places": 20}, {"places": None}, "completed", {"data": 20}),
}


def test_what_happened_to_a_facility_says_what_it_counts_for():
    """Each case in a street of its own."""
    people = {f"S{i}": 10_000 for i in range(len(DATES))}
    sides = [[], []]
    for street, (*columns, _, _) in zip(people, DATES.values(), strict=True):
        for side, written in zip(sides, columns, strict=True):
            side.append(facility(f"{street}-0", street, 3, opened="2010-01-01"))
            if written:
                side.append(facility(f"{street}-1", street, **{"places": 20, **written}))
    old, new = (assess(people, side, day=day) for side, day in zip(sides, (OLD, NEW), strict=True))
    comparison = compare(old, new)
    happened = comparison.facilities.set_index("unit_code_new")["change"]
    gone = comparison.facilities.set_index("unit_code_old")["change"]
    for street, (case, (*_, change, expected)) in zip(people, DATES.items(), strict=True):
        assert (happened if street in happened else gone)[street] == change, case
        assert effects(row(comparison, street)) == expected, case


def test_rows_entered_twice_or_without_a_name_stay_what_they_are():
    """Without ids nothing but their columns tells them: what is there twice in both years did not open."""
    twice = [facility(None, "A", 20, name="阳光托育")] * 2
    nameless = [facility(None, "A", n, name=None) for n in (7, 7, 8)]
    old = assess({"A": 10_000}, [*twice, *nameless], day=OLD)
    same = compare(old, assess({"A": 10_000}, [*nameless[::-1], *twice], day=NEW))
    assert same.facilities.empty
    assert codes(same) == []
    one_less = compare(old, assess({"A": 10_000}, [*twice[:1], *nameless[1:]], day=NEW))
    assert sorted(one_less.facilities["change"]) == ["no_longer_listed"] * 2
    # 4 × 10 = 40 of which 62 are there, then 35: the street is short of 5
    assert effects(row(one_less, "A")) == {"supply": 5}


def test_other_figures_count_for_what_the_planner_says():
    old = assess({"A": 10_000}, [facility("k", "A", 5)], day=OLD)
    new = assess({"A": 10_000}, [facility("k", "A", 20)], day=NEW)
    assert effects(row(compare(old, new), "A")) == {"not_separated": -15}
    for effect in ("supply", "data"):
        comparison = compare(old, new, changed_figures=effect)
        assert effects(row(comparison, "A")) == {effect: -15}
        assert comparison.facilities["effect"].tolist() == [effect]


def test_of_one_date_every_difference_of_people_and_supply_is_data():
    old = assess({"A": 10_000}, ONE, day=OLD)
    new = assess({"A": 11_000}, [*ONE, facility("k2", "A", 9, opened="2024-05-01")], day=OLD)
    comparison = compare(old, new)
    assert effects(row(comparison, "A")) == {"data": 4 - 9}
    assert "compare.same_date" in codes(comparison)


CHANGES = ("change", *EFFECTS)


def unknown(found, *amounts):
    return all(np.isnan(found[f"{amount}_{name}"]) for amount in amounts for name in CHANGES)


@pytest.mark.parametrize("back", [False, True])
def test_the_change_of_a_number_that_one_year_does_not_know_is_not_known(back):
    nothing = [facility("k", "A", None, opened="2010-01-01")]
    two = {"A": 10_000, "B": 10_000}
    here = facility("b", "B", 10, opened="2010-01-01")
    old = assess(two, [*nothing, here], day=OLD)
    new = assess({"A": 12_000, "B": 10_000}, [*ONE, here], day=NEW)
    comparison = compare(new, old) if back else compare(old, new)
    found, word = row(comparison, "A"), "now" if back else "before"
    statuses = ("no_data", "short")
    assert (found["status_old"], found["status_new"]) == (statuses[::-1] if back else statuses)
    assert found["shortfall_old"] == 18 if back else np.isnan(found["shortfall_old"])
    assert unknown(found, "existing", "shortfall")
    assert found["required_change"] == (-8 if back else 8)
    assert found["split"] == "unknown"
    assert f"no data {word}" in found["note"]
    # the sum is of what is known, with its mark, and the part of that street is data
    total = row(comparison, "410199", rollup="sum_of_units")
    assert effects(total) == {"data": -18 if back else 18}
    assert "known_only" in {total["bound_old"], total["bound_new"]} or "at_least" in {
        total["bound_old"],
        total["bound_new"],
    }
    net = row(comparison, "410199", rollup="net")
    assert unknown(net, "shortfall")
    # and so it is read: not 0, no gain, no loss
    street = next(
        one
        for group in groups(comparison, "zh")
        for one in group.rows
        if group.shows == "shortfall" and one.code == "A"
    )
    texts = [change_text(street, name, 0) for name in CHANGES]
    assert texts == ["…"] * len(CHANGES)
    assert street.why == ("现无数据或无此项,原" if back else "原无数据或无此项,现") + (
        "缺口 18,变化不详"
    )
    page = page_of(comparison)
    cells = re.findall(r"<tr[^>]*><th[^>]*>A <small>A</small></th>.*?</tr>", page)
    assert any("变化不详" in cell for cell in cells)
    assert not any("better" in cell or "worse" in cell for cell in cells if "变化不详" in cell)
    totals = re.findall(r"<tr[^>]*><th[^>]*>分单位合计 .*?</tr>", page)
    assert not any("better" in cell or "worse" in cell for cell in totals if "已知" in cell)


def test_a_share_that_is_known_in_one_year_alone_is_no_gain():
    share = "zhengzhou.childcare.inclusive_place_share"
    one = facility("k", "A", 100, opened="2010-01-01", inclusive=False)
    more = facility("l", "A", None, opened="2010-01-01", inclusive=True)
    old = assess({"A": 10_000}, [one], day=OLD, series=(share,))
    new = assess({"A": 10_000}, [one, more], day=NEW, series=(share,))
    changes = compare(old, new).changes
    half = changes[changes["existing_old"].notna() != changes["existing_new"].notna()]
    assert set(half["existing_old"]) == {0.0}
    assert half["existing_change"].isna().all()


def test_another_list_of_units_is_data_and_said():
    old = assess({"A": 10_000, "B": 5_000}, ONE, day=OLD)
    new = assess({"A": 10_000, "B1": 3_000, "B2": 3_000}, ONE, day=NEW)
    comparison = compare(old, new)
    assert unknown(row(comparison, "B"), *AMOUNTS)
    assert unknown(row(comparison, "B1"), *AMOUNTS)
    assert row(comparison, "B1")["note"] == "unit only in the new assessment"
    assert codes(comparison).count("compare.units") == 2
    total = row(comparison, "410199", rollup="sum_of_units")
    assert effects(total) == {"data": 4}


def test_the_sum_of_units_has_the_effects_of_its_units_and_the_net_its_own():
    old = assess({"A": 10_000, "B": 10_000}, ONE, day=OLD)
    new = assess({"A": 10_000, "B": 10_250}, ONE, day=NEW)
    comparison = compare(old, new)
    total, net = (row(comparison, "410199", rollup=name) for name in ("sum_of_units", "net"))
    assert (total["shortfall_old"], total["shortfall_new"]) == (50, 51)
    assert effects(total) == {"people": 1}
    assert total["split"] == "summed"
    assert effects(net) == {"people": 1}
    assert net["split"] == "one_cause"


def test_a_norm_that_was_not_in_force_is_a_norm_effect_and_one_left_out_is_said():
    old = assess({"A": 10_000}, ONE, day="2022-12-31", on="2022-12-31", series=(LAND, "x"))
    assert not old.findings.size  # the land norm is of 2023
    both = (LAND, "zhengzhou.childcare.places_per_thousand")
    old = assess({"A": 10_000}, ONE, day="2022-12-31", on="2022-12-31", series=both)
    new = assess({"A": 10_000}, ONE, day=NEW, on="2024-12-31", series=both)
    comparison = compare(old, new)
    land = row(comparison, "A", LAND, "land_m2")
    assert effects(land) == {"norm": 2_000}
    assert land["note"] == "norm not in force before"
    assert unknown(land, "existing")  # nobody looked before
    fewer = assess({"A": 10_000}, ONE, day=OLD, on="2024-12-31", series=both[1:])
    comparison = compare(fewer, new)
    assert LAND not in set(comparison.changes["series"])
    assert "compare.norms_left_out" in codes(comparison)


def test_what_cannot_be_compared_is_refused_at_once():
    one = snapshot_of(assess({"A": 10_000}, ONE, day=OLD))
    from capacity.monitoring.compare import compare_snapshots

    other = dataclasses.replace(one, code="410198", city="xinyang")
    with pytest.raises(InputError) as caught:
        compare_snapshots(one, other)
    assert [f.code for f in caught.value.faults] == ["compare.other_area", "compare.other_city"]
    assert all(fault.mend for fault in caught.value.faults)
    land = assess({"A": 10_000}, ONE, day=NEW, series=(LAND,))
    places = assess(
        {"A": 10_000}, ONE, day=OLD, series=("zhengzhou.childcare.places_per_thousand",)
    )
    with pytest.raises(InputError, match="no norm in common"):
        compare(places, land)


# --- laws ------------------------------------------------------------------------------------

PLACES = st.one_of(st.none(), st.integers(0, 80))
DAY = st.sampled_from([None, "2015-01-01", "2024-12-01", "2026-01-01"])
FACILITY = st.builds(
    lambda name, unit, places, land, opened, closed: facility(
        name, unit, places, land_area=land, opened=opened, closed=closed
    ),
    st.sampled_from([f"k{i}" for i in range(6)]),
    st.sampled_from(["A", "B"]),
    PLACES,
    PLACES,
    DAY,
    st.sampled_from([None, "2024-10-01", "2016-01-01"]),
)
YEAR = st.tuples(
    st.fixed_dictionaries({"A": st.integers(1_500, 30_000), "B": st.integers(1_500, 30_000)}),
    st.lists(FACILITY, max_size=5, unique_by=lambda one: one["facility_id"]),
    st.sampled_from([OLD, NEW]),
    st.sampled_from(["2023-06-30", "2024-12-31", "2025-12-31"]),
)
"""A drawn year: people, facilities, data date, date of the norms."""


@settings(max_examples=4, deadline=None)
@given(years=st.lists(YEAR, min_size=2, max_size=3))
def test_effects_add_up_and_are_negated_when_the_years_are_exchanged(years):
    results = [assess(people, facilities, day=day, on=on) for people, facilities, day, on in years]
    for old, new in combinations(results, 2):
        there, back = compare(old, new).changes, compare(new, old).changes
        assert len(there) == len(back) > 0
        for amount in AMOUNTS:
            known = there[there[f"{amount}_change"].notna()]
            for found in known.to_dict(orient="records"):
                change = exact(float(found[f"{amount}_change"]))
                parts = [exact(float(found[f"{amount}_{effect}"])) for effect in EFFECTS]
                was, now = (
                    exact(float(np.nan_to_num(found[f"{amount}_{side}"])))
                    for side in ("old", "new")
                )
                assert sum(parts) == change == now - was
            for column in (f"{amount}_change", *(f"{amount}_{effect}" for effect in EFFECTS)):
                np.testing.assert_array_equal(there[column], -back[column])
    changes = compare(results[0], results[0]).changes
    assert len(changes) == len(results[0].findings)
    assert set(changes["split"]) <= {"none", "unknown"}
    names = [f"{amount}_{word}" for amount in AMOUNTS for word in ("change", *EFFECTS)]
    assert not changes[names].fillna(0).to_numpy().any()


def test_a_lower_bound_and_an_exact_shortfall_are_not_divided():
    """A compound that says its households now did not move in now: people were credited with it all."""
    series = "zhengzhou.plan2023.elder_care.floor_area_per_100_households"
    sides = []
    for day, households in ((OLD, None), (NEW, 500)):
        compounds = [
            {"compound_id": name, "name": name, "households": n, "built_year": 1980, "old": True,
             "elder_floor_area": 0, "unit": "A"}
            for name, n in (("one", 1000), ("two", households))
        ]  # fmt: skip
        sides.append(
            assess({"A": 10_000}, [], day=day, on=NEW, series=(series,), compounds=compounds)
        )
    found = row(compare(*sides), "A", series, "floor_area_m2")
    assert (found["bound_old"], found["bound_new"]) == ("at_least", "exact")
    change = found["shortfall_new"] - found["shortfall_old"]
    assert change > 0
    assert effects(found) == {"not_separated": change}


def test_a_blank_cell_says_why_in_every_table():
    """「—」 stood where neither assessment had data, and 「…」 where nothing was asked."""
    old, new = (
        assess(
            {"A": 10_000, "B": 10_000}, [facility("k", "A", places), facility("m", "B")], day=day
        )
        for places, day in ((20, OLD), (30, NEW))
    )
    comparison = compare(old, new)
    group = next(
        g
        for g in groups(comparison)
        if g.key.startswith("zhengzhou.childcare.places_per_thousand|due")
    )
    rows = {(r.code, r.total): r for r in group.rows}
    blank = rows["B", False]
    assert [change_text(blank, name, 0) for name in ("change", *EFFECTS)] == ["…"] * 6
    assert amount_text(blank, "old", 0) == amount_text(blank, "new", 0) == "…"
    net = next(r for r in group.rows if r.name == "按总量核算")
    assert [change_text(net, name, 0) for name in ("change", *EFFECTS)] == ["…"] * 6
    changes = comparison.changes.copy()
    changes.loc[changes["unit_code"] == "B", ["status_old", "status_new"]] = "not_applicable"
    group = next(
        g
        for g in groups(dataclasses.replace(comparison, changes=changes))
        if g.key.startswith("zhengzhou.childcare.places_per_thousand|due")
    )
    beside = next(r for r in group.rows if r.code == "B")
    assert amount_text(beside, "old", 0) == change_text(beside, "change", 0) == "—"


def test_rows_that_say_the_same_are_paired_by_position_whatever_their_index():
    one = {
        "id_given": False,
        "facility_id": "",
        "name": "",
        "service": "childcare",
        "status": "open",
    }
    one |= {"places": 30.0, "lat": 34.7}
    east, west = one | {"lon": 113.7}, one | {"lon": 113.6}
    old = pd.DataFrame([west, west, east], index=[5, 6, 7])
    new = pd.DataFrame([east, west], index=[9, 3])
    expected = match_facilities(old.reset_index(drop=True), new.reset_index(drop=True))
    pd.testing.assert_frame_equal(match_facilities(old, new), expected)
    pairs = set(zip(expected["old"], expected["new"], strict=True))
    assert pairs == {(0, 1), (1, -1), (2, 0)}
