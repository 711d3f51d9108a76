"""One norm of each kind on random towns: every figure against the oracle, and what must hold."""

import random
from fractions import Fraction
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from shapely import Point, box

from capacity import assess, load_norms, study_area
from capacity.vocabulary import GROUPS
from tests import towns
from tests.covers import covers
from tests.oracle import oracle

NORMS = load_norms("newtown", on="2025-12-31", extra=Path(__file__).parent / "newtown.yaml")
STREETS = ("410199001", "410199002", "410199003")
WHOLE = "410199"
WIDE = 300  # metres of a street
X, Y = 500_000, 3_800_000  # the lower left corner of the town
GAPS = ("required", "shortfall", "surplus")
# A town takes a fifth of a second: what fails is told as it was found, not made smaller first.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)

spot = st.tuples(st.integers(1, 3 * WIDE - 1), st.integers(1, WIDE - 1)).filter(
    lambda xy: xy[0] % WIDE > 0
)
cell = st.fixed_dictionaries(
    {
        "xy": spot,
        "population": st.integers(0, 40_000).map(lambda n: n / 8),
        "under_3": st.integers(0, 200),
        "age_60_plus": st.integers(0, 900),
    }
).map(
    lambda c: {k: v if k == "xy" else min(v, c["population"]) for k, v in c.items()}  # parts of it
)
facility = st.fixed_dictionaries(
    {
        "xy": spot,
        "service": st.sampled_from(["childcare", "elder_care", "education"]),
        "places": st.integers(0, 90),
        "beds": st.integers(0, 60),
        "land_area_m2": st.integers(0, 8000).map(lambda n: n / 10),
        "floor_area_m2": st.integers(0, 8000).map(lambda n: n / 10),
        "inclusive": st.booleans(),
        "condition": st.sampled_from(["no_outdoor_ground", "new_development"]),
    }
)
compound = st.fixed_dictionaries(
    {
        "xy": spot,
        "households": st.integers(0, 3000),
        "elder_floor_area_m2": st.integers(0, 400),
        "is_old": st.booleans(),
    }
)
town = st.fixed_dictionaries(
    {
        "cells": st.lists(cell, min_size=1, max_size=8),
        "facilities": st.lists(facility, min_size=1, max_size=8),
        "compounds": st.lists(compound, min_size=1, max_size=5),
    }
)


def street_of(thing):
    return STREETS[thing["xy"][0] // WIDE]


def place(thing):
    return X + thing["xy"][0], Y + thing["xy"][1]


def columns(things):
    return {key: [thing[key] for thing in things] for key in things[0] if key != "xy"}


def findings(some):
    """Assess a town; rows by norm, measure, rollup and unit."""
    cells, facilities, compounds = some["cells"], some["facilities"], some["compounds"]
    area = study_area(
        towns.units(
            [box(X + i * WIDE, Y, X + (i + 1) * WIDE, Y + WIDE) for i in range(3)],
            codes=list(STREETS),
            unit_name=list("甲乙丙"),
            unit_type=["street"] * 3,
            parent_code=[WHOLE] * 3,
        ),
        gpd.GeoDataFrame(columns(cells), geometry=[Point(place(c)) for c in cells], crs=towns.CRS),
        towns.points(
            [place(f) for f in facilities],
            facility_id=[f"F{i}" for i in range(len(facilities))],
            **columns(facilities),
        ),
        towns.points(
            [place(c) for c in compounds],
            compound_id=[f"X{i}" for i in range(len(compounds))],
            **columns(compounds),
        ),
        services=["childcare", "elder_care", "education"],
        name="区",
        code=WHOLE,
        data_date="2025-12-31",
    )
    rows = assess(area, NORMS).findings
    keys = rows[["norm_id", "measure", "rollup", "unit_code"]].itertuples(index=False, name=None)
    return dict(zip(keys, rows.to_dict("records"), strict=True))


def amounts(some, service, column):
    """Amounts of the facilities of a service, street by street."""
    return {
        code: [
            f[column]
            for f in some["facilities"]
            if f["service"] == service and street_of(f) == code
        ]
        for code in STREETS
    }


def people(some, group):
    return {
        code: sum(Fraction(str(c[group])) for c in some["cells"] if street_of(c) == code)
        for code in STREETS
    }


def agree(row, expect, keys=GAPS):
    for key in keys:
        assert float(row[key]) == pytest.approx(float(expect[key]), rel=1e-12, abs=1e-6), key


def agree_everywhere(found, norm_id, measure, table):
    for unit in table["units"]:
        agree(found[norm_id, measure, "unit", unit["code"]], unit)
    for rollup in ("sum_of_units", "net"):
        agree(found[norm_id, measure, rollup, WHOLE], table[rollup])


def bases(base, existing):
    return [
        {"code": code, "base": base[code], "existing": sum(map(Fraction, map(str, existing[code])))}
        for code in STREETS
    ]


def check_so_much_per_head(some, found):
    everyone = people(some, "population")
    for norm_id, measure, base, existing, (value, per, whole) in (
        ("childcare.ratio", "places", everyone, ("childcare", "places"), ("6", 1000, True)),
        ("education.range", "places", everyone, ("education", "places"), ("31", 1000, True)),
        ("education.range", "places_upper", everyone, ("education", "places"), ("33", 1000, True)),
        ("elder_care.land", "land_m2", everyone, ("elder_care", "land_area_m2"), ("0.2", 1, False)),
        (
            "elder_care.subgroup",
            "beds",
            people(some, "age_60_plus"),
            ("elder_care", "beds"),
            ("40", 1000, True),
        ),
    ):
        units = bases(base, amounts(some, *existing))
        table = oracle.subgroup_table(units, value, per, whole=whole)
        agree_everywhere(found, f"newtown.{norm_id}", measure, table)


def check_rooms_of_old_compounds(some, found):
    for code in STREETS:
        old = [
            (c["households"], c["elder_floor_area_m2"])
            for c in some["compounds"]
            if c["is_old"] and street_of(c) == code
        ]
        row = found["newtown.elder_care.rooms", "floor_area_m2", "unit", code]
        if old:
            agree(row, oracle.compounds(old, 20, 200)["total"])
        else:
            assert row["status"] == "not_applicable"


def check_floor_area_of_each_facility(some, found):
    standards = {"no_outdoor_ground": {"floor": "8"}}
    for code in STREETS:
        sums = dict.fromkeys(GAPS, Fraction(0))
        meant = 0
        for f in some["facilities"]:
            if f["service"] == "childcare" and street_of(f) == code:
                area = str(f["floor_area_m2"])
                one = oracle.unit_area(f["places"], {"floor": area}, standards, f["condition"])
                for row in one["areas"].values():
                    meant += 1
                    for key in GAPS:
                        sums[key] += row[key]
        row = found["newtown.childcare.floor", "floor_area_m2", "unit", code]
        if meant:
            agree(row, sums)
            assert row["status"] == ("short" if sums["shortfall"] else "met")
        else:
            assert row["status"] == "not_applicable"


def check_facilities_of_a_size(some, found):
    places, beds = amounts(some, "childcare", "places"), amounts(some, "elder_care", "beds")
    for code in STREETS:
        expect = oracle.existence(places[code], 2, 30)
        agree(found["newtown.childcare.count", "facilities", "unit", code], expect)
        to_add = found["newtown.childcare.count", "places_to_add", "unit", code]
        assert to_add["shortfall"] == expect["places_to_add"]
        large = found["newtown.elder_care.large", "facilities_of_size", "unit", code]
        if beds[code]:
            # a facility of the size is one for which none is missing
            sizes = [oracle.existence([size], 1, 20)["existing"] for size in beds[code]]
            assert (large["base_value"], large["existing"]) == (len(sizes), sum(sizes))
        else:
            assert large["status"] == "not_applicable"


def check_circles(some, found):
    # older people walk slower
    walk, slow = (oracle.time_radius(5, v, "1.3")["straight_line_m"] for v in ("1.2", "0.8"))
    for norm_id, service, group, radius in (
        ("childcare.radius", "childcare", "population", 300),
        ("childcare.radius", "childcare", "under_3", 300),
        ("elder_care.time", "elder_care", "population", walk),
        ("elder_care.time", "elder_care", "age_60_plus", slow),
    ):
        spots = [f["xy"] for f in some["facilities"] if f["service"] == service]
        for code in STREETS:
            cells = [
                (*c["xy"], {group: str(c[group])}) for c in some["cells"] if street_of(c) == code
            ]
            expect = oracle.straight_coverage_points(cells, spots, radius).get(group)
            row = found[f"newtown.{norm_id}", group, "unit", code]
            if not expect or not expect["total"]:
                assert row["status"] == "not_applicable"
                continue
            assert row["base_value"] == pytest.approx(float(expect["total"]))
            assert row["existing"] == pytest.approx(float(expect["covered"]))
            assert row["share"] == pytest.approx(float(expect["share"]))


def check_shares_and_totals(some, found):
    facilities = amounts(some, "elder_care", "places")
    having = sum(1 for code in STREETS if facilities[code])
    share = found["newtown.elder_care.units", "units_with_one", "net", WHOLE]
    expect = oracle.units_with("0.5", 3, having)
    agree(share, expect)
    assert share["status"] == ("met" if expect["met"] else "short")
    places, inclusive = (
        amounts(some, "childcare", "places"),
        amounts(some, "childcare", "inclusive"),
    )
    whole = {code: sum(places[code]) for code in STREETS}
    part = {
        code: sum(p for p, yes in zip(places[code], inclusive[code], strict=True) if yes)
        for code in STREETS
    }
    whole[WHOLE], part[WHOLE] = sum(whole.values()), sum(part.values())
    for code in (*STREETS, WHOLE):
        rollup = "net" if code == WHOLE else "unit"
        expect = oracle.composition(whole[code], part[code], "0.9")
        convert = found["newtown.childcare.inclusive", "convert", rollup, code]
        build = found["newtown.childcare.inclusive", "build", rollup, code]
        if expect["share"] is None:
            assert convert["status"] == build["status"] == "not_applicable"
            continue
        assert convert["shortfall"] == expect["shortfall_convert"]
        assert convert["share"] == pytest.approx(float(expect["share"]))
        assert build["shortfall"] == expect["build"]
        assert (convert["status"] == "met") == expect["met"]
    total = found["newtown.childcare.total", "places", "unit", WHOLE]
    agree(total, oracle.total_target(200, whole[WHOLE]))


@covers(
    "oracle",
    "ratio_per_population",
    "ratio_per_subgroup",
    "area_per_capita",
    "ratio_per_households",
    "unit_area",
    "minimum_size",
    "minimum_count_per_unit",
    "coverage_radius",
    "coverage_time",
    "coverage_share",
    "composition_share",
    "total_target",
)
@given(town)
@settings(max_examples=25, deadline=None, phases=PHASES)
def test_every_kind_agrees_with_the_oracle(some):
    found = findings(some)
    check_so_much_per_head(some, found)
    check_rooms_of_old_compounds(some, found)
    check_floor_area_of_each_facility(some, found)
    check_facilities_of_a_size(some, found)
    check_circles(some, found)
    check_shares_and_totals(some, found)


# --- what holds for every town ------------------------------------------------------------------

EVERY_KIND = sorted({norm.kind for norm in NORMS.norms})


@covers(
    "property",
    "ratio_per_population",
    "ratio_per_subgroup",
    "area_per_capita",
    "ratio_per_households",
    "unit_area",
    "minimum_size",
    "minimum_count_per_unit",
    "coverage_radius",
    "coverage_time",
    "coverage_share",
    "composition_share",
    "total_target",
)
@given(town)
@settings(max_examples=10, deadline=None, phases=PHASES)
def test_no_gap_is_negative_and_none_is_both(some):
    found = findings(some)
    assert {row["kind"] for row in found.values()} == set(EVERY_KIND)
    for (_, measure, rollup, _), row in found.items():
        numbers = [row[key] for key in ("required", "existing", "shortfall", "surplus")]
        assert all(np.isnan(n) or n >= 0 for n in numbers)
        assert np.isnan(row["share"]) or 0 <= row["share"] <= 1
        if rollup in {"unit", "net"} and row["status"] in {"met", "short"}:
            required, existing, shortfall, surplus = numbers
            assert (row["status"] == "short") == (shortfall > 0)
            each_by_itself = row["kind"] in {"unit_area", "ratio_per_households"}
            if not each_by_itself and measure not in {"places_to_add", "build"}:
                assert shortfall == 0 or surplus == 0
                assert existing + shortfall - surplus == pytest.approx(required, abs=1e-6)
        if rollup == "sum_of_units" and row["status"] in {"met", "short"}:
            below = [found.get((row["norm_id"], measure, "unit", code)) for code in STREETS]
            gaps = [unit["shortfall"] for unit in below if unit and not np.isnan(unit["shortfall"])]
            if measure != "units_with_one":
                assert row["shortfall"] == pytest.approx(sum(gaps), abs=1e-6)


@covers(
    "property",
    "ratio_per_population",
    "ratio_per_subgroup",
    "area_per_capita",
    "minimum_count_per_unit",
    "coverage_radius",
    "coverage_time",
    "coverage_share",
    "total_target",
)
@given(town, facility)
@settings(max_examples=10, deadline=None, phases=PHASES)
def test_one_more_facility_never_makes_it_worse(some, more):
    before = findings(some)
    after = findings(some | {"facilities": [*some["facilities"], more]})
    for key, row in before.items():
        # what is added may itself lack floor area, and adds to the whole that a share is of
        if row["kind"] in {"unit_area", "composition_share", "minimum_size"}:
            continue
        if not np.isnan(row["shortfall"]):
            assert after[key]["shortfall"] <= row["shortfall"] + 1e-6
        if row["measure"] in {*GROUPS, "capacity_limited"} and not np.isnan(row["share"]):
            assert after[key]["share"] >= row["share"] - 1e-9


@covers("property", "ratio_per_households", "unit_area", "composition_share", "minimum_size")
@given(town, st.integers(0, 99))
@settings(max_examples=8, deadline=None, phases=PHASES)
def test_the_order_of_the_lists_does_not_matter(some, seed):
    shuffled = random.Random(seed)  # noqa: S311  # a test
    mixed = {key: shuffled.sample(things, len(things)) for key, things in some.items()}
    numbers = ["base_value", "required", "existing", "shortfall", "surplus", "share"]
    before, after = (
        pd.DataFrame(list(findings(one).values())).sort_values(
            ["norm_id", "measure", "rollup", "unit_code"]
        )
        for one in (some, mixed)
    )
    np.testing.assert_allclose(after[numbers], before[numbers], rtol=1e-12, atol=1e-9)
    assert after["status"].tolist() == before["status"].tolist()
