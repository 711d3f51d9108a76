"""A plan against every plan that there is, against the assessment with it, and at its limits."""

import dataclasses
import io
import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from rich.console import Console
from shapely import box

import capacity
from capacity.errors import InputError
from capacity.inputs.sites import Build, SitingSettings
from capacity.report.plan_page import page
from capacity.report.plan_tables import changes, proposals
from capacity.report.plan_tables import norms as norm_table
from capacity.report.plan_words import UNCOUNTED, costs, summary_lines, tiles
from capacity.report.siting import proposal_rows
from capacity.report.terminal import plan_table
from capacity.siting import joint
from capacity.siting.needs import needs_of
from capacity.siting.plan import site
from capacity.vocabulary import KNOWN_ONLY
from tests.siting.hamlets import (
    CIRCLE,
    COMMUNITY,
    CRS,
    RATIO,
    STREET,
    build,
    cheapest,
    hamlet,
    met,
    norms,
)

SIZES = (2, 3, 4, 5)
POINT = Build(service="childcare", minimum=2, maximum=5, inclusive=True, cost=7, cost_per_size=2)
PRICES = {
    "facilities": lambda _size: 1,
    "places": lambda size: size,
    "cost": lambda size: 7 + 2 * size,
}


def settings(*chosen, **more):
    """Make settings with one kind of facility of 2 to 5 places."""
    return SitingSettings(**({"norms": chosen, "build": (POINT,), "gap": 0.0} | more))


def sizes_of(plan, area):
    """Size at each site of a plan."""
    by_site = dict(zip(plan.proposals["candidate_id"], plan.proposals["size"], strict=True))
    return [by_site.get(name, 0) for name in area.candidates["candidate_id"]]


@pytest.mark.parametrize("objective", list(PRICES))
@pytest.mark.parametrize("seed", range(2))
def test_the_least_of_every_plan(seed, objective):
    area = hamlet(seed)
    chosen = (RATIO, STREET, COMMUNITY, CIRCLE)
    people = area.population["population"].sum()
    everything = [5] * len(area.candidates)
    share = next(s for s in (0.7, 0.6, 0.5, 0.4, 0.3, 0.2) if met(area, (CIRCLE,), everything, s))
    best = cheapest(area, chosen, SIZES, PRICES[objective], share)
    plan = site(area, norms(), settings(*chosen, objective=objective, share=share))
    if np.isinf(best):
        assert len(plan.unmet)
        return
    assert plan.unmet.empty
    assert plan.value == best == plan.bound
    assert plan.status == "optimal"
    assert met(area, chosen, sizes_of(plan, area), share)
    assert people > 0


def test_what_the_plan_closes_is_closed_in_the_assessment_with_it():
    area = hamlet(1)
    plan = site(area, norms(), settings(RATIO, STREET, COMMUNITY))
    found = plan.after.findings
    own = found[found["norm_id"].isin(plan.settings.norms) & found["rollup"].eq("unit")]
    own = own[own["measure"].isin(["places", "facilities"])]
    assert set(own["status"]) == {"met"}
    by_hand = capacity.assess(plan.after.area, norms())
    pd.testing.assert_frame_equal(by_hand.findings, plan.after.findings)
    asked = [n for n in norms().norms if n.id in plan.settings.norms]
    assert needs_of(plan.after, asked, plan.settings).rows.empty
    assert plan.checks["passed"].all()


def test_the_existing_stock_is_kept_and_the_inputs_stay():
    area = hamlet(2)
    before = area.facilities.copy(deep=True)
    plan = site(area, norms(), settings(RATIO, STREET))
    pd.testing.assert_frame_equal(pd.DataFrame(before), pd.DataFrame(area.facilities))
    old = plan.after.area.facilities.iloc[: len(before)]
    pd.testing.assert_frame_equal(pd.DataFrame(before), pd.DataFrame(old))
    assert len(plan.after.area.facilities) == len(before) + len(plan.proposals)


def test_one_facility_answers_every_norm_that_it_can():
    # one home of 600 people in each street: 3 places, one inclusive facility of 4, all within 300 m
    area = build(
        [600.0, 600.0], [(250.0, 250.0), (1250.0, 250.0)], [(300.0, 250.0), (1300.0, 250.0)], ()
    )
    plan = site(area, norms(), settings(RATIO, STREET, CIRCLE, share=1.0))
    assert plan.value == 2
    assert plan.proposals["size"].tolist() == [4.0, 4.0]
    assert set(plan.proposals["counts_for"]) == {(RATIO, STREET, CIRCLE)}
    assert plan.proposals["new_people"].tolist() == [600.0, 600.0]


@pytest.mark.parametrize("objective", list(PRICES))
@pytest.mark.parametrize("of_ten", [1.0, 10.0, 10_000.0])
@pytest.mark.parametrize("in_steps", [False, True])
def test_a_share_of_exactly_the_least_share_is_enough(of_ten, objective, in_steps, monkeypatch):
    # nine tenths of everyone live at two of four sites
    if in_steps:
        monkeypatch.setattr(joint, "_FEW", 0)
    area = build(
        [9 * of_ten, of_ten, 9 * of_ten, of_ten],
        [(250.5, 250.5), (750.5, 750.5), (1250.5, 250.5), (1750.5, 750.5)],
        [(250.0, 250.0), (750.0, 750.0), (1250.0, 250.0), (1750.0, 750.0)],
        (),
    )
    plan = site(area, norms(), settings(CIRCLE, objective=objective, share=0.9))
    best = cheapest(area, (CIRCLE,), SIZES, PRICES[objective], 0.9)
    assert plan.proposals["candidate_id"].tolist() == ["S0", "S2"]
    assert plan.value == plan.bound == best
    assert plan.status == "optimal"
    assert plan.unmet.empty
    assert plan.checks["passed"].all()
    assert met(area, (CIRCLE,), sizes_of(plan, area), 0.9)


def test_where_the_circle_norm_does_not_apply_nobody_is_counted_as_nobody():
    # B is not of the area that the clause names, and its site is far from everyone of A
    area = build(
        [600.0, 600.0], [(250.0, 250.0), (1750.0, 250.0)], [(300.0, 250.0), (1700.0, 250.0)], ()
    )
    units = area.units.assign(main_urban=~area.units["unit_code"].str.startswith("B"))
    area = dataclasses.replace(area, units=units)
    asked = norms()
    named = [
        dataclasses.replace(n, applies_to="main_urban") if n.id == CIRCLE else n
        for n in asked.norms
    ]
    asked = dataclasses.replace(asked, norms=tuple(named))
    plan = site(area, asked, settings(RATIO, STREET, CIRCLE, share=1.0))
    people = dict(
        zip(plan.proposals["candidate_id"], plan.proposals["new_people"].tolist(), strict=True)
    )
    assert people["S0"] == 600.0
    assert np.isnan(people["S1"])


def test_more_candidates_are_never_worse_and_another_norm_is_never_cheaper():
    area = hamlet(3, n_sites=6)
    fewer = dataclasses.replace(area, candidates=area.candidates.iloc[:5])
    asked = (RATIO, STREET, COMMUNITY)
    values = {}
    before = capacity.assess(area, norms())
    for where, number in itertools.product((fewer, area), range(1, 4)):
        known = dataclasses.replace(before, area=where)
        chosen = settings(*asked[:number], objective="cost")
        plan = site(where, norms(), chosen, before=known)
        assert plan.unmet.empty
        values[len(where.candidates), number] = plan.value
    for number in range(1, 4):
        assert values[6, number] <= values[5, number]
    for sites in (5, 6):
        assert values[sites, 1] <= values[sites, 2] <= values[sites, 3]


def test_nothing_is_built_where_nothing_is_short():
    area = build([100.0], [(250.0, 250.0)], [(300.0, 250.0)], ((250.0, 250.0, 9.0, True),))
    plan = site(area, norms(), settings(RATIO))
    assert plan.proposals.empty
    assert plan.value == 0
    assert plan.needs.empty
    assert plan.status == "optimal"


def test_people_whom_no_candidate_reaches_are_named_and_the_rest_is_planned_for():
    homes = [(250.0, 250.0), (250.0, 900.0)]
    area = build([60.0, 40.0], homes, [(250.0, 550.0), (551.0, 250.0), (250.0, 300.0)], ())
    plan = site(area, norms(), settings(CIRCLE, share=1.0))
    assert plan.proposals["candidate_id"].tolist() == ["S0"] or plan.value == 1
    assert plan.unmet["left"].tolist() == pytest.approx([40.0])
    assert any("仅就候选点能满足的部分而言" in line for line in summary_lines(plan))
    assert plan.unmet["reason"].tolist() == ["people whom no candidate reaches"]
    (warning,) = plan.faults
    assert (warning.code, warning.severity) == ("siting.share_out_of_reach", "warning")
    assert "100 % of the people are to be in reach, and all candidates together reach 60.0%" in str(
        warning
    )
    assert any("要求的覆盖比例达不到" in line for line in summary_lines(plan))
    by_unit = plan.unreached_units[["unit_code", "people", "cells"]].to_numpy().tolist()
    assert by_unit == [["A", 40.0, 1]]
    assert plan.unreached[["unit_code", "x", "y", "people"]].to_numpy().tolist() == [
        ["A", 250.0, 900.0, 40.0]
    ]


def test_candidates_that_reach_nobody_are_named_before_anything_is_solved():
    area = build([60.0], [(250.0, 250.0)], [(1700.0, 900.0)], ())
    with pytest.raises(InputError) as caught:
        site(area, norms(), settings(CIRCLE, share=0.5))
    (fault,) = caught.value.faults
    assert fault.code == "siting.nothing_counts"
    assert "has anybody in its reach" in fault.message
    assert "a smaller siting.spacing_m" in fault.mend


@pytest.mark.parametrize(("x", "reached"), [(550.0, True), (550.001, False)])
def test_exactly_the_radius_is_in_reach(x, reached):
    area = build([60.0, 5.0], [(250.0, 250.0), (x, 300.0)], [(x, 250.0)], ())
    plan = site(area, norms(), settings(CIRCLE, share=1.0))
    assert plan.unmet.empty == reached


def test_a_budget_gives_the_best_for_the_rest():
    area = hamlet(4)
    plan = site(area, norms(), settings(COMMUNITY, maximum_facilities=2, objective="facilities"))
    assert len(plan.proposals) == 2
    assert set(plan.unmet["reason"]) == {"limits of sites, number or budget"}
    assert len(plan.unmet) == len(plan.needs) - 2


def test_areas_of_sites_and_of_norms_limit_sizes():
    floor = "hamlet.childcare.floor_area"
    sites = [(300.0, 250.0), (320.0, 250.0)]
    area = build([900.0], [(250.0, 250.0)], sites, (), site_columns={"floor_area": [39.9, 24.0]})
    plan = site(area, norms(), settings(RATIO, floor, objective="floor_area_m2"))
    # 5 places are asked; 39.9 m² have room for 4 of 8 m², 24 m² for 3
    assert plan.proposals["size"].sum() == 5
    assert (plan.proposals["size"] <= [4, 3]).all()
    assert plan.proposals["floor_area_m2"].tolist() == (plan.proposals["size"] * 8).tolist()
    assert plan.value == 40.0


def test_required_excluded_and_forbidden_sites():
    area = hamlet(5, n_sites=5)
    free = site(area, norms(), settings(STREET))
    names = area.candidates["candidate_id"].tolist()
    used = free.proposals["candidate_id"].tolist()
    other = next(name for name in names if name not in used)
    plan = site(area, norms(), settings(STREET, required=(other,)))
    assert other in plan.proposals["candidate_id"].tolist()
    assert plan.value >= free.value
    without = site(area, norms(), settings(STREET, excluded=(used[0],)))
    assert used[0] not in without.proposals["candidate_id"].tolist()
    spot = area.candidates.geometry.iloc[names.index(used[0])]
    here = box(spot.x - 1, spot.y - 1, spot.x, spot.y)  # the site is its very corner
    lake = gpd.GeoDataFrame(geometry=[here], crs=CRS)
    dry = site(dataclasses.replace(area, forbidden=lake), norms(), settings(STREET))
    assert used[0] not in dry.proposals["candidate_id"].tolist()
    assert not dry.candidates.set_index("candidate_id").loc[used[0], "allowed"]


def test_two_kinds_on_one_site_stay_apart():
    large = dataclasses.replace(POINT, minimum=6, maximum=9, cost=1)
    area = build([900.0], [(250.0, 250.0)], [(300.0, 250.0)], ())
    plan = site(area, norms(), settings(RATIO, build=(POINT, large), objective="cost"))
    assert plan.proposals["facility_id"].tolist() == ["S0-2"]
    assert plan.value == 1 + 2 * 6


def test_the_same_plan_again_and_for_rows_in_another_order():
    area = hamlet(6, n_sites=6)
    asked = settings(RATIO, STREET, COMMUNITY, objective="places")
    one, two = (site(area, norms(), asked) for _ in range(2))
    pd.testing.assert_frame_equal(pd.DataFrame(one.proposals), pd.DataFrame(two.proposals))
    turned = dataclasses.replace(area, candidates=area.candidates.iloc[::-1].reset_index(drop=True))
    assert site(turned, norms(), asked).value == one.value


def test_candidates_are_generated_where_people_live():
    homes = [(50.0, 50.0), (60.0, 60.0), (450.0, 50.0), (1500.0, 500.5), (5000.0, 5000.0)]
    area = build([10.0, 20.0, 5.0, 40.0, 99.0], homes, (), ())
    plan = site(area, norms(), settings(STREET, spacing_m=100.0))
    xy = list(zip(plan.candidates.geometry.x, plan.candidates.geometry.y, strict=True))
    # one of the first two, which share a square; none outside the units
    assert xy == [(1500.0, 500.5), (450.0, 50.0), (60.0, 60.0)] or sorted(xy) == [
        (60.0, 60.0),
        (450.0, 50.0),
        (1500.0, 500.5),
    ]
    assert plan.candidates["candidate_id"].tolist() == ["S1", "S2", "S3"]
    # sites that are alike for every norm: the one with most people near
    assert plan.proposals.geometry.x.tolist() == [1500.0, 60.0]


def test_units_without_data_are_said_and_not_planned_for():
    area = build(
        [900.0, 900.0],
        [(250.0, 250.0), (1250.0, 250.0)],
        [(300.0, 250.0), (1300.0, 250.0)],
        ((1200.0, 200.0, np.nan, True),),
    )
    plan = site(area, norms(), settings(RATIO, STREET))
    assert set(plan.unknown["unit_code"]) == {"B"}
    assert plan.proposals["street_code"].tolist() == ["A"]


def test_a_bound_stays_a_bound_in_the_table_of_changes():
    area = build(
        [900.0, 900.0],
        [(250.0, 250.0), (1250.0, 250.0)],
        [(300.0, 250.0), (1300.0, 250.0)],
        ((1200.0, 200.0, np.nan, True),),
    )
    plan = site(area, norms(), settings(RATIO))
    own = plan.changes[plan.changes["rollup"].eq("sum_of_units")]
    own = own[own["norm_id"].eq(RATIO) & own["measure"].eq("places")].iloc[0]
    assert own["shortfall_before"] == 5.0
    assert "lower bound" in own["note_before"]
    by_id = {norm.id: norm for norm in norms().norms}
    _, lines, _ = changes(plan, by_id, "zh")
    bounds = [cell.bound for line in lines for cell in line.cells if cell.value == 5.0]
    assert ("≥", "≥") in bounds


MESSAGES = [
    (
        {"norms": ("hamlet.childcare.ratios",)},
        "siting.unknown_norm",
        "Nearest: hamlet.childcare.ratio",
    ),
    ({"norms": ()}, "siting.no_norm", "Name some in siting.norms, such as hamlet."),
    (
        {"norms": ("hamlet.childcare.all_inclusive",)},
        "siting.norm_kind",
        "(全部为普惠托位): building never brings a share of what there is to 100 %",
    ),
    (
        {"norms": ("hamlet.childcare.staff",)},
        "siting.norm_kind",
        "by the figure childcare_staff_certified that you supply",
    ),
    ({"norms": (CIRCLE,)}, "siting.no_share", "Say the least share in siting.share"),
    ({"norms": (CIRCLE,), "share": 90.0}, "siting.share", "90 is no share"),
    ({"shares": {CIRCLE: 0.5}}, "siting.share", "which is not chosen"),
    ({"shares": {RATIO: 0.5}}, "siting.share", "which is no circle"),
    ({"norms": (RATIO, RATIO)}, "siting.norm_twice", "is named more than once"),
    ({"build": ()}, "siting.no_build", "Add a [[siting.build]] table"),
    ({"build": (dataclasses.replace(POINT, cost=-1.0),)}, "siting.negative", "-1 is negative"),
    ({"build": (dataclasses.replace(POINT, minimum=9.0),)}, "siting.build", "from 9 to 5"),
    (
        {"build": (dataclasses.replace(POINT, operator="publik"),)},
        "siting.word",
        "Did you mean 'public'?",
    ),
    ({"objective": "beds"}, "siting.objective", "nothing that may be built has any beds"),
    ({"spacing_m": 0.0}, "siting.number", "0 is less than 1"),
    ({"budget": 1e27}, "siting.number", "beyond 1e+12"),
    ({"required": ("S1",), "excluded": ("S1",)}, "siting.both", "S1: required and excluded"),
    ({"required": ("S1", "S2"), "maximum_facilities": 1}, "siting.both", "2 sites are required"),
    ({"required": ("S11",)}, "siting.unknown_candidate", "no candidate S11. Did you mean 'S1'?"),
    ({"excluded": ("S0", "S1", "S2", "S3", "S4")}, "siting.no_candidate", "5 excluded"),
    (
        {"build": (dataclasses.replace(POINT, service="elder_care"),)},
        "siting.nothing_counts",
        "nothing that may be built on any candidate counts for hamlet.childcare.ratio",
    ),
]


@pytest.fixture(scope="module")
def assessed():
    """Give a hamlet with its assessment: faults are found without another."""
    area = hamlet(0)
    return area, capacity.assess(area, norms())


@pytest.mark.parametrize(("wrong", "code", "text"), MESSAGES, ids=[m[1] for m in MESSAGES])
def test_faults_are_named_with_their_mend(assessed, wrong, code, text):
    area, before = assessed
    asked = dataclasses.replace(settings(RATIO), **wrong)
    with pytest.raises(InputError) as caught:
        site(area, norms(), asked, before=before)
    (fault,) = caught.value.faults
    assert fault.code == code
    assert text in str(fault)
    assert fault.mend


def test_all_faults_at_once(assessed):
    area, before = assessed
    wrong = settings("nothing", CIRCLE, build=(dataclasses.replace(POINT, cost=-1.0),), gap=-1.0)
    with pytest.raises(InputError) as caught:
        site(area, norms(), wrong, before=before)
    codes = [fault.code for fault in caught.value.faults]
    assert codes == ["siting.unknown_norm", "siting.no_share", "siting.negative", "siting.number"]


def test_without_settings_the_mend_says_where_they_stand():
    with pytest.raises(InputError, match=r"Add a \[siting\] table to area.toml"):
        site(hamlet(0), norms())


def test_the_figures_of_a_plan_show_each_facility_and_the_share_that_the_plan_reaches():
    # one home of 600 people in each street, 3 places each
    area = build(
        [600.0, 600.0], [(250.0, 250.0), (1250.0, 250.0)], [(300.0, 250.0), (1300.0, 250.0)], ()
    )
    plan = site(area, norms(), settings(RATIO, CIRCLE, share=1.0))
    axes = Figure().subplots(1, 2)
    shown = plan.plot("map", ax=axes[0], language="en")
    assert shown is axes[0]
    assert shown.get_title(loc="left").endswith(": 2 new facilities")
    dots = [tuple(point) for drawn in shown.collections for point in drawn.get_offsets().tolist()]
    assert set(zip(plan.proposals.geometry.x, plan.proposals.geometry.y, strict=True)) <= set(dots)
    words = [text.get_text() for text in shown.get_legend().get_texts()]
    assert words == ["existing facilities", "new, size 3"]
    said = [text.get_text() for text in plan.plot("curve", ax=axes[1]).texts]
    assert said == ["2, 100.0%", "要求 100%"]
    alone = site(area, norms(), settings(RATIO))
    with pytest.raises(ValueError, match="no circle norm"):
        alone.plot("curve")
    with pytest.raises(ValueError, match="Figures of a plan: map, curve, cost, norms"):
        alone.plot("bars")


def test_what_a_unit_without_data_lacks_then_stands_beside_what_the_plan_closes():
    # nine hundred people: 5 places a street; one inclusive facility of 4 in each; places in B unknown
    area = build(
        [900.0, 900.0],
        [(250.0, 250.0), (1250.0, 250.0)],
        [(300.0, 250.0), (1300.0, 250.0)],
        ((1200.0, 200.0, np.nan, False),),
    )
    plan = site(area, norms(), settings(RATIO, STREET, objective="places"))
    one = plan.norms.set_index("norm_id").loc[RATIO]
    assert one[["short_before", "short_after", "newly_short"]].tolist() == [1, 0, 1]
    assert one[["lacking_before", "lacking_after", "newly_lacking"]].tolist() == [5, 0, 1]
    # as the assessment says of the whole area, part of which is unknown
    assert one[["bound_before", "bound_after"]].tolist() == ["at_least", "exact"]
    assert one["newly_bound"] == "at_most"
    own = plan.changes[plan.changes["norm_id"].eq(RATIO) & plan.changes["measure"].eq("places")]
    total = own[own["rollup"].eq("sum_of_units")].iloc[0]
    assert total["shortfall_after"] == one["lacking_after"] + one["newly_lacking"]
    net = own[own["rollup"].eq("net")].iloc[0]
    assert net["required"] == 9 == net["existing_after"]  # enough without what B has besides
    assert (net["status_before"], net["status_after"]) == ("no_data", "met")
    line = next(line for line in summary_lines(plan) if "原缺数据,方案后显出缺口" in line)
    assert "≥5 → 0 个(只计已安排的单位);另有 1 个单位(B街道)" in line
    assert "≤1 个" in line
    assert any("另 1 项原缺数据" in words for _, words in tiles(plan, "zh"))
    assert plan.plot("norms").get_title(loc="left") == "有缺口的已安排单位数"
    _, rows, _ = norm_table(plan, {n.id: n for n in norms().norms}, "zh")
    cells = [cell for row in rows for cell in row.cells]
    assert [(cell.value, cell.bound[0]) for cell in cells if cell.bound[0]] == [
        (5.0, "≥"),
        (1.0, "≤"),
    ]


def test_a_shortfall_that_is_a_bound_is_marked_where_a_plan_sums_it():
    # 5 places asked of A, 2 known and one facility that does not say: at most 3 are lacking
    area = build(
        [900.0],
        [(250.0, 250.0)],
        [(300.0, 250.0)],
        ((200.0, 200.0, 2.0, True), (210.0, 200.0, np.nan, True)),
    )
    plan = site(area, norms(), settings(RATIO))
    assert any("共缺托位 ≤3 → 0 个" in line for line in summary_lines(plan))
    assert any("lacking ≤3 → 0 places" in line for line in summary_lines(plan, "en"))


def test_the_short_table_says_how_many_there_are_and_what_a_dash_is():
    area = build([900.0], [(250.0, 250.0)], [(300.0, 250.0)], ())
    plan = site(area, norms(), settings(RATIO))
    assert len(plan.proposals) == 1
    _, (row,), notes = proposal_rows(plan, "zh")
    assert row[-1] == "—"  # no circle is asked for
    assert notes == [UNCOUNTED[0]]
    many = pd.concat([plan.proposals.assign(new_people=7.0)] * 13, ignore_index=True)
    _, rows, notes = proposal_rows(dataclasses.replace(plan, proposals=many), "zh")
    assert len(rows) == 12
    (note,) = notes
    assert note == "仅列规模最大的前 12 处,共 13 处;全部见 plan.xlsx 和 proposals.csv。"
    shown = Console(width=90, record=True, file=io.StringIO())
    shown.print(plan_table(dataclasses.replace(plan, proposals=many), language="en"))
    assert "The 12 largest of 13 proposals; all of them" in shown.export_text()


def test_costs_are_written_out_however_large():
    assert costs(17_880_000.0, "", "zh") == "17,880,000(单位同输入)"
    assert costs(1.5, "", "zh") == "1.5(单位同输入)"


def test_costs_have_the_unit_of_the_settings_and_rates_two_decimals():
    area = build([900.0, 900.0], [(250.0, 250.0)] * 2, [(300.0, 250.0), (1300.0, 250.0)], ())
    plan = site(area, norms(), settings(RATIO, objective="cost", cost_unit="万元<b>"))
    bend = {"norm_id": RATIO, "along": "cost", "n_sites": 2, "cost": 1234.5, "share": 0.5}
    bend |= {"each_before": 8.36815, "each_after": 0.00084}
    of_sites = bend | {"along": "n_sites", "each_before": 1003.5, "each_after": 0.4}
    plan = dataclasses.replace(plan, knees=pd.DataFrame([bend, of_sites]))
    told = "\n".join(summary_lines(plan))
    assert f"造价 {plan.value:g} 万元<b>" in told
    assert f"造价最少 = {plan.value:g} 万元<b>,任何方案不少于 {plan.bound:g} 万元<b>" in told
    assert "按造价计,到 1,234.5 万元<b>(2 处,覆盖 50.0%)" in told
    assert "每万元<b>新覆盖 8.37 人,此后 0.0008 人" in told
    assert "平均每处新覆盖 1,004 人,此后平均 0.4 人" in told
    by_id = {norm.id: norm for norm in norms().norms}
    heads, _, notes = proposals(plan, by_id, "zh")
    assert "造价(万元<b>)" in [column.head for column in heads]
    assert not any("造价" in note for note in notes)
    assert (f"{plan.value:g}", "造价(万元<b>)") in tiles(plan, "zh")
    shown = page(plan, None, {}, "zh")
    assert "造价(万元&lt;b&gt;)" in shown
    assert "万元<b>" not in shown


def test_costs_without_a_unit_are_those_of_the_inputs():
    area = build([900.0], [(250.0, 250.0)], [(300.0, 250.0)], ())
    plan = site(area, norms(), settings(RATIO))
    bend = {"norm_id": RATIO, "along": "cost", "n_sites": 2, "cost": 9.0, "share": 0.5}
    bends = pd.DataFrame([bend | {"each_before": 8.0, "each_after": 1.0}])
    plan = dataclasses.replace(plan, knees=bends)
    assert any("到 9(单位同输入;2 处," in line for line in summary_lines(plan))
    assert any("a cost of 9 (in the unit given; 2 sites" in x for x in summary_lines(plan, "en"))
    _, _, notes = proposals(plan, {norm.id: norm for norm in norms().norms}, "zh")
    assert any("siting.cost_unit" in note for note in notes)


def test_bounds_of_both_kinds_are_known_only_as_the_assessment_says():
    # as above in A; of B, whose only facility does not say its places, nothing is known
    area = build(
        [900.0, 900.0],
        [(250.0, 250.0), (1250.0, 250.0)],
        [(300.0, 250.0)],
        ((200.0, 200.0, 2.0, True), (210.0, 200.0, np.nan, True), (1250.0, 250.0, np.nan, True)),
    )
    plan = site(area, norms(), settings(RATIO))
    rows = plan.changes[plan.changes["rollup"].eq("sum_of_units")]
    own = rows[rows["norm_id"].eq(RATIO) & rows["measure"].eq("places")].iloc[0]
    assert own["shortfall_before"] == 3.0
    assert KNOWN_ONLY in own["note_before"]
    assert plan.norms["bound_before"].tolist() == ["known_only"]
    assert any("共缺托位 已知3 → 0 个" in line for line in summary_lines(plan))
    assert any("lacking known 3 → 0 places" in line for line in summary_lines(plan, "en"))


def test_only_data_of_the_measure_that_a_plan_answers_counts_as_missing():
    # places are unknown, so nobody knows who gets one; who is in reach is known
    area = build(
        [900.0, 900.0],
        [(250.0, 250.0), (1250.0, 250.0)],
        [(300.0, 250.0)],
        ((1250.0, 250.0, np.nan, True),),
    )
    plan = site(area, norms(), settings(CIRCLE, share=0.9))
    own = plan.changes[plan.changes["norm_id"].eq(CIRCLE) & plan.changes["rollup"].eq("unit")]
    assert "no_data" in set(own.loc[own["measure"].ne("population"), "status_before"])
    assert plan.norms["unknown"].tolist() == [0]
    assert plan.unknown.empty
    assert not any("缺数据" in line for line in summary_lines(plan))
