"""The reference calculations give the figures of the hand-worked cases."""

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import shapely
import yaml

from tests.oracle import oracle

CASES = Path(__file__).resolve().parents[1] / "cases"


def read(file_name, kind):
    cases = yaml.safe_load((CASES / file_name).read_text(encoding="utf-8"))
    chosen = [case for case in cases if case["kind"] == kind]
    assert chosen, f"{file_name} has no case of kind {kind}"
    return [pytest.param(case["given"], case["expect"], id=case["name"]) for case in chosen]


def number(value):
    return None if value is None else Fraction(value)


def assert_numbers(found, expect, keys):
    """Compare the keys that the case gives, exactly."""
    for key in keys:
        if key in expect:
            assert found[key] == number(expect[key]), key


# --- the case files themselves ------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(CASES.glob("[a-l]_*.yaml")), ids=lambda path: path.stem)
def test_case_files_are_well_formed(path):
    cases = yaml.safe_load(path.read_text(encoding="utf-8"))
    names = [case["name"] for case in cases]
    assert len(set(names)) == len(names)
    assert all(set(case) == {"name", "kind", "given", "expect"} for case in cases)


def test_every_group_has_a_file():
    assert [path.stem[0] for path in sorted(CASES.glob("[a-l]_*.yaml"))] == list("abcdefghijkl")


# --- numbers ------------------------------------------------------------------------------


def test_floats_are_snapped_and_decimals_are_not():
    assert oracle.exact(0.1 + 0.2) == Fraction(3, 10)
    assert oracle.exact(500.0000004) == 500
    assert oracle.exact("500.0000004") == Fraction(5000000004, 10_000_000)
    assert oracle.exact(np.float64(0.55)) * 100 == 55
    assert oracle.snap_sum([0.1] * 10) == 1


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [("2/3", 1, "0.7"), ("1.05", 1, "1.1"), ("830.769", 0, "831"), ("0", 2, "0.00")],
)
def test_printed(value, decimals, text):
    assert oracle.printed(Fraction(value), decimals) == text


def test_negative_quantities_are_refused():
    with pytest.raises(ValueError, match="population is negative"):
        oracle.ratio(-1, 0, 6)


# --- (a) ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "expect"), read("a_childcare_ratio.yaml", "ratio"))
def test_ratio(given, expect):
    table = oracle.ratio_table(given["units"], given["per_thousand"])
    keys = ("population", "exact", "required", "existing", "shortfall", "surplus")
    assert [row["code"] for row in table["units"]] == [row["code"] for row in expect["units"]]
    for found, row in zip(table["units"], expect["units"], strict=True):
        assert_numbers(found, row, keys)
    for rollup in ("sum_of_units", "net"):
        if rollup in expect:
            assert_numbers(table[rollup], expect[rollup], keys)


@pytest.mark.parametrize(("given", "expect"), read("a_childcare_ratio.yaml", "ratio"))
def test_rollups_differ_by_rounding_and_surplus_only(given, expect):
    del expect
    table = oracle.ratio_table(given["units"], given["per_thousand"])
    parts, net = table["sum_of_units"], table["net"]
    rounding = parts["required"] - net["required"]
    assert parts["shortfall"] - parts["surplus"] - rounding == net["shortfall"] - net["surplus"]


# --- (b) ----------------------------------------------------------------------------------


def coverage(cells, facilities, radius):
    points = [
        (c["x"], c["y"], {"population": c["population"], "under_3": c["under_3"]}) for c in cells
    ]
    return oracle.straight_coverage_points(points, [(f["x"], f["y"]) for f in facilities], radius)


@pytest.mark.parametrize(("given", "expect"), read("b_childcare_circle.yaml", "circle"))
def test_circle(given, expect):
    cells, facilities, radius = given["cells"], given["facilities"], given["radius_m"]
    found = coverage(cells, facilities, radius)
    for group in ("population", "under_3"):
        share = found[group]["share"]
        assert share == number(expect[f"{group}_share"])
        percent = None if share is None else oracle.printed(100 * share, 1)
        assert percent == expect[f"{group}_share_percent"]
    covered = [
        c["id"]
        for c in cells
        if any(oracle.is_within((c["x"], c["y"]), (f["x"], f["y"]), radius) for f in facilities)
    ]
    assert covered == expect["covered"]
    for unit in expect.get("units", []):
        own = coverage([c for c in cells if c["unit"] == unit["code"]], facilities, radius)
        assert own["population"]["share"] == number(unit["population_share"])
        assert own["under_3"]["share"] == number(unit["under_3_share"])


@pytest.mark.parametrize(
    ("method", "calculate"),
    [
        ("capacity_limited", oracle.capacity_limited_points),
        ("nearest_only", oracle.nearest_only_points),
    ],
)
@pytest.mark.parametrize(("given", "expect"), read("b_childcare_circle.yaml", "circle"))
def test_circle_with_places(given, expect, method, calculate):
    assert ("per_thousand" in given) == (method in expect)
    if method not in expect:
        return
    found = calculate(
        [(c["x"], c["y"], c["population"]) for c in given["cells"]],
        [(f["x"], f["y"], f["places"]) for f in given["facilities"]],
        given["radius_m"],
        given["per_thousand"],
    )
    keys = ("demand", "served", "share", "unserved", "out_of_reach", "lacking_capacity")
    assert set(expect[method]) == {*keys, "share_percent"}
    assert_numbers(found, expect[method], keys)
    share = found["share"]
    percent = None if share is None else oracle.printed(100 * share, 1)
    assert percent == expect[method]["share_percent"]
    assert found["demand"] == found["served"] + found["lacking_capacity"] + found["out_of_reach"]


# --- (c) ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "expect"), read("c_elder_land.yaml", "land"))
def test_land(given, expect):
    for unit, row in zip(given["units"], expect["units"], strict=True):
        assert unit["code"] == row["code"]
        found = oracle.land(unit["population"], unit["land_m2"], given["per_person"])
        assert_numbers(found, row, ("required", "existing", "unknown", "shortfall", "surplus"))
        assert found["required"] / 10_000 == number(row["required_ha"])
        if "not_shortfall" in row:
            wrong = oracle.land(unit["population"], unit["floor_area_m2"], given["per_person"])
            assert wrong["shortfall"] == number(row["not_shortfall"]) != found["shortfall"]


# --- (d) ----------------------------------------------------------------------------------


def merge_shared(rows, shared):
    """Put compounds that share their rooms into one row, where the first of them stands."""
    merged = []
    for row in rows:
        together = next((codes for codes in shared if row["code"] in codes), [row["code"]])
        if row["code"] != together[0]:
            continue
        members = [other for other in rows if other["code"] in together]
        merged.append(
            (
                "+".join(together),
                sum(Fraction(m["households"]) for m in members),
                sum(Fraction(m["existing"]) for m in members),
            )
        )
    return merged


@pytest.mark.parametrize(("given", "expect"), read("d_elder_compounds.yaml", "compounds"))
def test_compounds(given, expect):
    old = [c for c in given["compounds"] if c.get("old", True)]
    new = [c["code"] for c in given["compounds"] if not c.get("old", True)]
    assert new == expect.get("not_applicable", [])
    rows = merge_shared(old, given.get("shared", []))
    assert [code for code, _, _ in rows] == [row["code"] for row in expect["compounds"]]
    found = oracle.compounds(
        [(households, existing) for _, households, existing in rows],
        given["per_100_households"],
        given["minimum_m2"],
        started_hundred=given.get("started_hundred", False),
        replacement=given.get("replacement", False),
    )
    for row, expected in zip(found["compounds"], expect["compounds"], strict=True):
        assert_numbers(row, expected, ("required", "shortfall", "surplus"))
    total = expect["total"]
    assert_numbers(
        found["total"], total, ("households", "existing", "required", "shortfall", "surplus")
    )
    if "not_shortfall" in total:
        street = Fraction(given["per_100_households"]) * Fraction(total["households"]) / 100
        wrong = street - Fraction(total["existing"])
        assert wrong == number(total["not_shortfall"]) != found["total"]["shortfall"]


# --- (e) ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "expect"), read("e_time_circles.yaml", "time_radius"))
def test_time_radius(given, expect):
    found = oracle.time_radius(given["minutes"], given["speed_m_s"], given["detour"])
    for name in ("walking", "straight_line"):
        assert found[f"{name}_m"] == number(expect[f"{name}_exact"])
        assert oracle.printed(found[f"{name}_m"], 0) == str(expect[f"{name}_m"])


@pytest.mark.parametrize(("given", "expect"), read("e_time_circles.yaml", "implied_speed"))
def test_implied_speed(given, expect):
    found = oracle.implied_speed(given["minutes"], given["walking_m"])
    assert found == number(expect["speed_exact"])
    assert oracle.printed(found, 2) == expect["speed_m_s"]


@pytest.mark.parametrize(("given", "expect"), read("e_time_circles.yaml", "within"))
def test_within_time(given, expect):
    radius = oracle.time_radius(given["minutes"], given["speed_m_s"], given["detour"])
    limit = {"straight_line": "straight_line_m", "network": "walking_m"}[given["reading"]]
    assert (number(given["distance_m"]) <= radius[limit]) is expect["within"]


def test_a_detour_below_one_is_refused():
    with pytest.raises(ValueError, match="no detour"):
        oracle.time_radius(15, "1.2", "0.9")


# --- (f) ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "expect"), read("f_existence.yaml", "existence"))
def test_existence(given, expect):
    for unit, row in zip(given["units"], expect["units"], strict=True):
        assert unit["code"] == row["code"]
        found = oracle.existence(unit["places"], **given["standards"][unit["type"]])
        assert found == {key: value for key, value in row.items() if key != "code"}, row["code"]


@pytest.mark.parametrize(("given", "expect"), read("f_existence.yaml", "institution_total"))
def test_institution_total(given, expect):
    total = 0
    for group in given["groups"]:
        for _ in range(group["units"]):
            total += oracle.existence([], group["count"], 50)["required"]
    assert total == expect["required"]


@pytest.mark.parametrize(("given", "expect"), read("f_existence.yaml", "combined_need"))
def test_combined_need(given, expect):
    assert oracle.combined_need(**given) == expect


@pytest.mark.parametrize(("given", "expect"), read("f_existence.yaml", "break_even"))
def test_break_even(given, expect):
    people = oracle.break_even(given["size"], given["per_thousand"])
    assert people == number(expect["people_exact"])
    assert math.floor(people) == expect["people"]
    for extra, key in ((0, "ratio_at"), (1, "ratio_above")):
        found = oracle.ratio(expect["people"] + extra, 0, given["per_thousand"])
        assert found["required"] == expect[key]


@pytest.mark.parametrize(("given", "expect"), read("f_existence.yaml", "unit_share"))
def test_unit_share(given, expect):
    found = oracle.unit_share(given["share"], given["total"])
    assert_numbers(found, expect, ("exact", "required"))


# --- (g) ----------------------------------------------------------------------------------

COMPOSITION = ("share", "met", "required", "shortfall_convert", "surplus", "build")


def percent_text(share, decimals=1):
    return None if share is None else oracle.printed(100 * share, decimals)


def check_composition(given, expect, *, strict):
    found = oracle.composition(
        given["total"], given["part"], given["share_required"], strict=strict
    )
    assert set(expect) == {*COMPOSITION, "share_percent"}
    assert_numbers(found, expect, COMPOSITION)
    assert percent_text(found["share"]) == expect["share_percent"]


@pytest.mark.parametrize(("given", "expect"), read("g_composition.yaml", "composition"))
def test_composition(given, expect):
    assert given["comparator"] in {">=", ">", "="}
    check_composition(given, expect, strict=False)


@pytest.mark.parametrize(("given", "expect"), read("g_composition.yaml", "composition_strict"))
def test_composition_strict(given, expect):
    assert given["comparator"] == ">"
    check_composition(given, expect, strict=True)


@pytest.mark.parametrize(("given", "expect"), read("g_composition.yaml", "composition_bases"))
def test_composition_bases(given, expect):
    bases = {
        "inclusive": (lambda _: True, lambda f: f["inclusive"]),
        "public": (lambda f: f["community"] and f["inclusive"], lambda f: f["public"]),
    }
    for name, (in_base, in_part) in bases.items():
        base = [f for f in given["facilities"] if in_base(f)]
        total = sum(f["places"] for f in base)
        part = sum(f["places"] for f in base if in_part(f))
        assert (total, part) == (expect[name]["total"], expect[name]["part"])
        found = oracle.composition(total, part, given[f"{name}_share"])
        assert_numbers(found, expect[name], COMPOSITION)


def test_a_part_larger_than_the_whole_is_refused():
    with pytest.raises(ValueError, match="more than the total"):
        oracle.composition(10, 11, "0.9")


def test_more_than_all_is_never_reached():
    found = oracle.composition(10, 10, 1, strict=True)
    assert (found["met"], found["required"], found["build"]) == (False, None, None)


@pytest.mark.parametrize("share", ["0", "0.3", "0.5", "0.55", "0.6", "0.9", "1"])
def test_converting_and_building_are_the_fewest_that_suffice(share):
    share = Fraction(share)
    for total in range(1, 25):
        for part in range(total + 1):
            found = oracle.composition(total, part, share)
            lacking = share * total - part
            assert found["shortfall_convert"] == max(0, math.ceil(lacking))
            if share < 1:
                assert found["build"] == max(0, math.ceil(lacking / (1 - share)))


# --- (h) ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "expect"), read("h_elder_circle.yaml", "elder_circle"))
def test_elder_circle(given, expect):
    limits = oracle.elder_limits(
        given["minutes"], given["speed_m_s"], given["detour"], given["rural_m"]
    )
    facilities = {
        f["id"]: (f["x"], f["y"])
        for f in given["facilities"]
        if "qualifying" not in given or f["type"] in given["qualifying"]
    }
    groups = ("population", "over_60")
    cells = [{**c, "groups": {group: c[group] for group in groups}} for c in given["cells"]]
    for reading in ("straight_line", "network"):
        found = oracle.elder_circle(cells, given["classes"], facilities, limits, reading)
        assert found["undeclared"] == expect["undeclared"]
        assert found["covered"] == expect[reading]["covered"]
        for kind, shares in expect[reading]["shares"].items():
            ours = [found["shares"][kind].get(group) for group in groups]
            assert ours == [number(share) for share in shares], (reading, kind)


@pytest.mark.parametrize(("given", "expect"), read("h_elder_circle.yaml", "elder_circle"))
def test_no_road_is_shorter_than_the_straight_line(given, expect):
    del expect
    for cell in given["cells"]:
        for facility in given["facilities"]:
            road = cell["network_m"].get(facility["id"])
            if road is None:
                continue
            east, north = (Fraction(cell[k]) - Fraction(facility[k]) for k in ("x", "y"))
            assert Fraction(road) ** 2 >= east**2 + north**2


# --- (i) ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "expect"), read("i_totals.yaml", "totals"))
def test_totals(given, expect):
    found = oracle.totals(**given)
    for line in ("total", "ratio"):
        assert_numbers(found[line], expect[line], tuple(expect[line]))
        assert set(expect[line]) >= {"required", "shortfall", "surplus", "met"}
    people = found["implied_population"]
    assert people == number(expect["implied_population"]["exact"])
    assert oracle.printed(people, 0) == expect["implied_population"]["people"]
    for line in ("target_per_thousand", "existing_per_thousand"):
        assert oracle.printed(found[line], 2) == expect[line]
    for key in ("governs", "required", "shortfall"):
        assert found[key] == expect[key]


@pytest.mark.parametrize(("given", "expect"), read("i_totals.yaml", "implied_population"))
def test_implied_population(given, expect):
    people = oracle.implied_population(**given)
    assert people == number(expect["exact"])
    assert oracle.printed(people, 0) == expect["people"]


@pytest.mark.parametrize(("given", "expect"), read("i_totals.yaml", "implied_ratio"))
def test_implied_ratio(given, expect):
    found = oracle.implied_per_thousand(**given)
    assert found == number(expect["exact"])
    assert oracle.printed(found, 2) == expect["per_thousand"]


@pytest.mark.parametrize(("given", "expect"), read("i_totals.yaml", "total"))
def test_total(given, expect):
    assert_numbers(
        oracle.total_target(**given), expect, ("required", "shortfall", "surplus", "met")
    )


@pytest.mark.parametrize(("given", "expect"), read("i_totals.yaml", "product"))
def test_product(given, expect):
    found = oracle.exact(given["base"]) * oracle.exact(given["share"])
    assert found == number(expect["exact"])
    assert (found == oracle.exact(given["stated"])) is expect["agrees"]


@pytest.mark.parametrize(("given", "expect"), read("i_totals.yaml", "share_of"))
def test_share_of(given, expect):
    found = oracle.exact(given["part"]) / oracle.exact(given["base"])
    assert found == number(expect["exact"])
    assert percent_text(found, 2) == expect["percent"]


# --- area per place -----------------------------------------------------------------------

RANGE = ("required", "shortfall", "surplus", "met", "upper", "to_upper", "over_upper")


@pytest.mark.parametrize(("given", "expect"), read("j_unit_area.yaml", "unit_area"))
def test_unit_area(given, expect):
    for facility, row in zip(given["facilities"], expect["facilities"], strict=True):
        assert facility["code"] == row["code"]
        areas = {kind: facility[kind] for kind in ("floor", "outdoor")}
        found = oracle.unit_area(
            facility["places"], areas, given["standards"], facility["condition"]
        )
        assert set(row) == {"code", "implied_capacity", "declared_fits", *found["areas"]}
        for kind, figures in found["areas"].items():
            assert set(row[kind]) == set(figures)
            assert_numbers(figures, row[kind], tuple(figures))
        for key in ("implied_capacity", "declared_fits"):
            assert found[key] == row[key]
        if found["declared_fits"] is not None:
            short = any(figures["shortfall"] for figures in found["areas"].values())
            assert found["declared_fits"] is not short


@pytest.mark.parametrize(("given", "expect"), read("j_unit_area.yaml", "land_per_pupil"))
def test_land_per_pupil(given, expect):
    found = oracle.in_range(
        given["pupils"], given["low"], given["high"], 1, given["land_m2"], whole=False
    )
    assert_numbers(found, expect, RANGE)


# --- shares of units ----------------------------------------------------------------------

UNITS_WITH = ("exact", "required", "share", "shortfall", "surplus", "met")


def check_units_with(found, expect):
    assert_numbers(found, expect, UNITS_WITH)
    if "share_percent" in expect:
        assert percent_text(found["share"]) == expect["share_percent"]
    if found["met"] is not None:
        assert found["met"] is (found["shortfall"] == 0)


@pytest.mark.parametrize(("given", "expect"), read("k_unit_shares.yaml", "units_with"))
def test_units_with(given, expect):
    found = oracle.units_with(given["share_required"], given["total"], given["having"])
    assert set(expect) == {*UNITS_WITH, "share_percent"}
    check_units_with(found, expect)
    if found["met"] is not None:
        assert found["met"] is (found["share"] >= Fraction(given["share_required"]))


@pytest.mark.parametrize(("given", "expect"), read("k_unit_shares.yaml", "unit_list"))
def test_unit_list(given, expect):
    counted = [unit for unit in given["units"] if unit["type"] in given["types"]]
    having = [unit for unit in counted if unit["has"]]
    assert len(counted) == expect["total"]
    found = oracle.units_with(given["share_required"], len(counted), len(having))
    check_units_with(found, expect)


@pytest.mark.parametrize(("given", "expect"), read("k_unit_shares.yaml", "unit_groups"))
def test_unit_groups(given, expect):
    sums = dict.fromkeys(("total", "having", "required", "shortfall", "surplus"), 0)
    for group, row in zip(given["groups"], expect["groups"], strict=True):
        assert group["code"] == row["code"]
        found = oracle.units_with(given["share_required"], group["total"], group["having"])
        check_units_with(found, row)
        for key in sums:
            sums[key] += group[key] if key in group else found[key] or 0
    assert sums == expect["sum_of_groups"]
    net = oracle.units_with(given["share_required"], sums["total"], sums["having"])
    check_units_with(net, expect["net"])


@pytest.mark.parametrize(("given", "expect"), read("k_unit_shares.yaml", "unit_stages"))
def test_unit_stages(given, expect):
    stages = oracle.stages_on(given["stages"], given["date"])
    for stage, row in zip(stages, (expect["due"], expect["next"]), strict=True):
        assert (stage is None) == (row is None)
        if stage is not None:
            assert stage["by"] == row["by"]
            found = oracle.units_with(stage["share_required"], given["total"], given["having"])
            check_units_with(found, row)


def test_more_units_with_it_than_units_is_refused():
    with pytest.raises(ValueError, match="cannot have it"):
        oracle.units_with("0.5", 3, 4)


# --- subgroups, areas and ranges ----------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expect", "whole"),
    [
        pytest.param(*case.values, kind == "subgroup", id=case.id)
        for kind in ("subgroup", "area_per_base")
        for case in read("l_subgroups.yaml", kind)
    ],
)
def test_subgroup(given, expect, whole):
    keys = ("exact", "required", "existing", "shortfall", "surplus", "density")
    table = oracle.subgroup_table(given["units"], given["value"], given["per"], whole=whole)
    for found, unit, row in zip(table["units"], given["units"], expect["units"], strict=True):
        assert found["code"] == row["code"]
        assert set(row) >= {"required", "shortfall", "surplus"}
        assert_numbers(found, row, keys)
        if not whole:
            alone = oracle.area_per_base(
                unit["base"], given["value"], given["per"], unit["existing"]
            )
            assert {"code": row["code"], **alone} == found
    for rollup in ("sum_of_units", "net"):
        if rollup in expect:
            assert_numbers(table[rollup], expect[rollup], keys)


@pytest.mark.parametrize(("given", "expect"), read("l_subgroups.yaml", "range"))
def test_range(given, expect):
    found = oracle.in_range(**given)
    assert set(expect) == set(RANGE)
    assert_numbers(found, expect, RANGE)


def test_a_range_that_runs_downwards_is_refused():
    with pytest.raises(ValueError, match="runs downwards"):
        oracle.in_range(1000, 33, 31, 1000, 0)


@pytest.mark.parametrize("name", ["g_composition", "i_totals", "k_unit_shares", "l_subgroups"])
def test_every_kind_is_read(name):
    kinds = {
        "g_composition": {"composition", "composition_strict", "composition_bases"},
        "i_totals": {
            "totals",
            "implied_population",
            "implied_ratio",
            "total",
            "product",
            "share_of",
        },
        "k_unit_shares": {"units_with", "unit_list", "unit_groups", "unit_stages"},
        "l_subgroups": {"subgroup", "area_per_base", "range"},
    }
    cases = yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))
    assert {case["kind"] for case in cases} == kinds[name]


# --- cells and units ----------------------------------------------------------------------


def town(nrows=1, ncols=1, people=100.0, **changes):
    """Cells of 100 m whose lower left corner is the origin."""
    grid = {
        "x0": 0.0,
        "y0": 100.0 * nrows,
        "dx": 100.0,
        "dy": 100.0,
        "nrows": nrows,
        "ncols": ncols,
        "groups": {"population": np.full((nrows, ncols), people)},
    }
    return oracle.Grid(**(grid | changes))


def test_one_cell_is_split_by_area():
    units = {"west": shapely.box(-50, 0, 30, 100), "east": shapely.box(30, 0, 90, 100)}
    # 30 m, 60 m and 10 m of the 100 m wide cell
    split = oracle.exact_split(town(), units)
    assert split["units"]["west"]["population"] == pytest.approx(30)
    assert split["units"]["east"]["population"] == pytest.approx(60)
    assert split["outside"]["population"] == pytest.approx(10)
    assert split["total"]["population"] == 100
    # subcell centres at 5, 15, 25 | 35 ... 85 | 95
    fine = oracle.fine_subcell_coverage(town(), units, [], 300, 10)
    assert fine["units"]["west"]["population"] == pytest.approx((30, 0))
    assert fine["units"]["east"]["population"] == pytest.approx((60, 0))
    assert fine["outside"]["population"] == pytest.approx((10, 0))


def test_rows_run_south_and_groups_stay_apart():
    groups = {
        "population": np.array([[10.0, 20.0], [30.0, np.nan]]),
        "under_3": np.array([[1.0, 0.0], [0.0, 4.0]]),
    }
    grid = town(2, 2, groups=groups)
    units = {
        "nw": shapely.box(0, 100, 100, 200),
        "ne": shapely.box(100, 100, 200, 200),
        "sw": shapely.box(0, 0, 100, 100),
        "se": shapely.box(100, 0, 200, 100),
    }
    expected = {"nw": (10, 1), "ne": (20, 0), "sw": (30, 0), "se": (0, 4)}
    split = oracle.exact_split(grid, units)
    # the facility is in the middle of the south-west cell and reaches no other subcell centre
    fine = oracle.fine_subcell_coverage(grid, units, [(50, 50)], 54, 4)
    for code, (population, under_3) in expected.items():
        assert split["units"][code] == pytest.approx({"population": population, "under_3": under_3})
        everybody = population if code == "sw" else 0
        assert fine["units"][code]["population"] == pytest.approx((population, everybody))
        assert fine["units"][code]["under_3"] == pytest.approx((under_3, 0))


def test_a_subcell_centre_exactly_at_the_radius_is_covered():
    units = [shapely.box(0, 0, 100, 100)]
    # from (50, 50): 180, 240 -> 300
    at = oracle.fine_subcell_coverage(town(), units, [(230, 290)], 300, 1)
    assert at["units"][0]["population"] == (100, 100)
    beyond = oracle.fine_subcell_coverage(town(), units, [(230.001, 290)], 300, 1)
    assert beyond["units"][0]["population"] == (100, 0)


def test_a_circle_covers_its_area():
    grid = town(10, 10, people=1.0)
    unit = {"all": shapely.box(0, 0, 1000, 1000)}
    # pi x 300^2 / 100^2 = 28.27 cells of one person
    fine = oracle.fine_subcell_coverage(grid, unit, [(500, 500)], 300, 40)
    population, covered = fine["units"]["all"]["population"]
    assert population == pytest.approx(100)
    assert covered == pytest.approx(math.pi * 9, rel=1e-3)


def test_fine_subcells_approach_the_exact_split():
    rng = np.random.default_rng(20250630)
    grid = town(6, 8, groups={"population": rng.uniform(0, 50, (6, 8))})
    slanted = shapely.LineString([(-100, 150), (350, 420), (900, 130)])
    units = {
        "north": shapely.box(0, 0, 780, 600)
        - shapely.Polygon([(-100, -10), *slanted.coords, (900, -10)]),
        "south": shapely.box(0, 0, 780, 600)
        & shapely.Polygon([(-100, -10), *slanted.coords, (900, -10)]),
        "hole": shapely.box(780, 0, 800, 600) - shapely.box(785, 100, 795, 200),
    }
    split = oracle.exact_split(grid, units)
    fine = oracle.fine_subcell_coverage(grid, units, [(400, 300)], 250, 20)
    total = split["total"]["population"]
    found = sum(split["units"][code]["population"] for code in units)
    assert found + split["outside"]["population"] == pytest.approx(total, rel=1e-12)
    for code in units:
        population, covered = fine["units"][code]["population"]
        assert population == pytest.approx(split["units"][code]["population"], abs=2e-3 * total)
        assert 0 <= covered <= population
    assert fine["outside"]["population"][0] == pytest.approx(
        split["outside"]["population"], abs=2e-3 * total
    )
    south = oracle.fine_subcell_coverage(grid, units, [(400, 300)], 250, 20, only=["south"])
    assert south["units"]["south"] == fine["units"]["south"]
    assert south["outside"] is None
    in_parts = oracle.fine_subcell_coverage(grid, units, [(400, 300)], 250, 20, cells_at_once=7)
    for code in units:
        assert in_parts["units"][code]["population"] == pytest.approx(
            fine["units"][code]["population"]
        )


def test_polygon_cells_and_grid_cells_agree():
    grid = town(3, 3, people=9.0)
    polygons = list(oracle.cell_polygons(grid))
    units = {"u": shapely.Polygon([(20, 10), (280, 60), (150, 290)])}
    facilities = [(40, 40), (200, 200)]
    assert oracle.exact_split(polygons, units) == oracle.exact_split(grid, units)
    one = oracle.fine_subcell_coverage(grid, units, facilities, 90, 8)
    two = oracle.fine_subcell_coverage(polygons, units, facilities, 90, 8)
    assert two["units"]["u"]["population"] == pytest.approx(one["units"]["u"]["population"])


def test_a_grid_in_other_coordinates_is_taken_to_the_plane_of_the_units():
    plain = town(3, 3, people=9.0)
    scaled = town(
        3,
        3,
        people=9.0,
        x0=0.0,
        y0=3.0,
        dx=1.0,
        dy=1.0,
        to_metric=lambda xs, ys: (xs * 100, ys * 100),
    )
    units = {"u": shapely.Polygon([(20, 10), (280, 60), (150, 290)])}
    assert oracle.exact_split(scaled, units)["units"]["u"] == pytest.approx(
        oracle.exact_split(plain, units)["units"]["u"]
    )
    for grid in (plain, scaled):
        found = oracle.fine_subcell_coverage(grid, units, [(150, 150)], 80, 10)
        assert found["units"]["u"]["population"] == pytest.approx(
            oracle.fine_subcell_coverage(plain, units, [(150, 150)], 80, 10)["units"]["u"][
                "population"
            ]
        )


def test_overlapping_units_show_in_the_sum():
    units = [shapely.box(0, 0, 60, 100), shapely.box(40, 0, 100, 100)]
    split = oracle.exact_split(town(), units)
    assert [split["units"][code]["population"] for code in (0, 1)] == pytest.approx([60, 60])
    assert split["outside"]["population"] == pytest.approx(0)
    fine = oracle.fine_subcell_coverage(town(), units, [], 300, 10)
    assert [fine["units"][code]["population"][0] for code in (0, 1)] == pytest.approx([60, 60])
    assert fine["outside"]["population"][0] == pytest.approx(0)


def test_a_subcell_centre_on_a_boundary_goes_to_the_first_unit_that_touches_it():
    units = {"west": shapely.box(0, 0, 50, 100), "east": shapely.box(50, 0, 100, 100)}
    # n_sub = 1: the only centre, (50, 50), is on the line between them
    for codes in (["west", "east"], ["east", "west"]):
        listed = {code: units[code] for code in codes}
        fine = oracle.fine_subcell_coverage(town(), listed, [], 300, 1)
        assert [fine["units"][code]["population"][0] for code in codes] == [100, 0]
        last = oracle.fine_subcell_coverage(town(), listed, [], 300, 1, only=codes[1:])
        assert last["units"][codes[1]]["population"][0] == 0


def test_bad_grids_are_refused():
    with pytest.raises(ValueError, match="is not 2 x 2"):
        town(2, 2, groups={"population": np.ones((2, 3))})
    with pytest.raises(ValueError, match="negative people"):
        town(people=-1.0)
