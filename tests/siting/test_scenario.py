"""Scenarios: projects open, people grow, proposals stand, one upon the other."""

import dataclasses
import datetime as dt

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

import capacity
from capacity.demand import demand
from capacity.errors import InputError
from capacity.inputs.sites import Build, SitingSettings
from capacity.report.siting import write_plan
from capacity.siting.plan import site
from capacity.siting.scenario import Scenario, apply_scenario, compare_scenarios, read_scenarios
from tests.siting.hamlets import CRS, RATIO, build, norms

POINT = Build(service="childcare", minimum=2, maximum=9, inclusive=True)
HOMES = [(250.0, 250.0), (1250.0, 250.0)]


@pytest.fixture(scope="module")
def area():
    """Give a hamlet of 1,000 people a street: 5 places are asked of each."""
    return build([1000.0, 1000.0], HOMES, [(300.0, 250.0), (1300.0, 250.0)], ((200, 200, 5, True),))


def places(area):
    """Shortfall of places in the two streets."""
    found = capacity.assess(area, norms()).findings
    own = found[found["norm_id"].eq(RATIO) & found["rollup"].eq("unit")].set_index("unit_code")
    return own["shortfall"].to_dict()


def test_growth_asks_for_more(area):
    assert places(area) == {"A": 0.0, "B": 5.0}
    # 1,101 people need 5.505 places, so 6
    grown = apply_scenario(area, Scenario(name="more", growth={"population": 1.101}))
    assert places(grown) == {"A": 1.0, "B": 6.0}
    assert area.population["population"].tolist() == [1000.0, 1000.0]


def test_units_grow_each_by_its_own_factor(area):
    by_unit = pd.DataFrame({"population": [1.101]}, index=["A"])
    grown = apply_scenario(
        area, Scenario(name="x", growth={"population": 2.0}, growth_by_unit=by_unit)
    )
    # 1,101 people in A, and 2,000 in B, where the growth of everywhere else holds
    assert places(grown) == {"A": 1.0, "B": 10.0}


@pytest.mark.parametrize("factors", [{"A": 1.2, "B": 0.9}, {"A": 0.5}, {"B": 3.0}])
def test_cells_on_a_border_leave_units_with_their_exact_totals(factors):
    # cells of 400 m: those around x = 1,000 lie in both streets
    town = build([1.0], [(250.0, 250.0)], (), ())
    cells = [box(x, y, x + 400.0, y + 400.0) for x in range(-200, 2200, 400) for y in (0, 400, 800)]
    layer = gpd.GeoDataFrame(
        {"population": [float(10 + 7 * i % 60) for i in range(len(cells))]}, geometry=cells, crs=CRS
    ).assign(under_3=3.0)
    streets = town.units[town.units["unit_type"].eq("street")]
    town = dataclasses.replace(town, population=layer)
    before = demand(layer, streets)
    table = pd.DataFrame({"population": factors})
    after = demand(
        apply_scenario(town, Scenario(name="x", growth_by_unit=table)).population, streets
    )
    for group in ("population", "under_3"):
        grew = (after.by_unit(group) / before.by_unit(group)).to_dict()
        assert grew == pytest.approx({"A": 1.0, "B": 1.0} | factors)


def test_growth_by_unit_comes_from_a_table_of_factors(area, tmp_path):
    (tmp_path / "growth.csv").write_text(
        "单位代码,名称,population,0—3岁\nA,甲,1.2,\nB,乙,,0.5\n", encoding="utf-8-sig"
    )
    path = tmp_path / "s.toml"
    path.write_text('[[scenario]]\nname = "a"\ngrowth_by_unit = "growth.csv"\n', encoding="utf-8")
    with pytest.raises(InputError, match="no group 名称"):
        read_scenarios(path)
    (tmp_path / "growth.csv").write_text(
        "单位代码,常住人口,0—3岁\nA,1.2,\nB,,0.5\n", encoding="utf-8-sig"
    )
    (scenario,) = read_scenarios(path)
    more = capacity_with(area, area.population.assign(under_3=10.0))
    grown = apply_scenario(more, scenario).population
    assert grown["population"].tolist() == pytest.approx([1200.0, 1000.0])
    assert grown["under_3"].tolist() == pytest.approx([12.0, 5.0])


def test_faults_of_growth_by_unit_name_file_row_and_unit(area, tmp_path):
    (tmp_path / "growth.csv").write_text("code,population\nA,0\nA,1.1\n", encoding="utf-8")
    path = tmp_path / "s.toml"
    path.write_text('[[scenario]]\nname = "a"\ngrowth_by_unit = "growth.csv"\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_scenarios(path)
    text = str(caught.value)
    assert "growth.csv, row 2, column scenario[1].growth_by_unit, A: '0' is no factor." in text
    assert "unit A stands there twice" in text
    table = pd.DataFrame({"population": [1.1, 1.2, 1.3]}, index=["A", "A1", "Z"])
    with pytest.raises(InputError) as caught:
        compare_scenarios(area, norms(), [Scenario(name="多", growth_by_unit=table)])
    assert [fault.code for fault in caught.value.faults] == ["scenario.unit", "scenario.unit"]
    assert "there is no unit Z" in str(caught.value)
    assert "several levels: community, street" in str(caught.value)


def test_a_group_may_grow_by_itself(area):
    more = area.population.assign(under_3=10.0)
    aged = Scenario(name="x", growth={"population": 2.0, "under_3": 0.5})
    grown = apply_scenario(capacity_with(area, more), aged)
    assert grown.population["population"].tolist() == [2000.0, 2000.0]
    assert grown.population["under_3"].tolist() == [5.0, 5.0]


def capacity_with(area, population):
    """Put another population in an area."""
    return dataclasses.replace(area, population=population)


@pytest.mark.parametrize(
    ("status", "opened", "closed", "day", "counts"),
    [
        ("planned", "2027-06-30", None, dt.date(2027, 6, 30), True),
        ("planned", "2027-07-01", None, dt.date(2027, 6, 30), False),
        ("under_construction", "2026-01-01", None, dt.date(2027, 6, 30), True),
        ("planned", None, None, dt.date(2027, 6, 30), False),
        ("", "2026-01-01", None, dt.date(2027, 6, 30), True),
        ("", None, "2027-06-30", dt.date(2027, 6, 30), False),
        ("closed", "2020-01-01", None, dt.date(2027, 6, 30), False),
    ],
)
def test_projects_open_on_their_day(area, status, opened, closed, day, counts):
    facilities = area.facilities.assign(
        status=status,
        opened=pd.to_datetime([opened]),
        closed=pd.to_datetime([closed]),
        is_open=False,
    )
    then = apply_scenario(
        dataclasses.replace(area, facilities=facilities), Scenario(name="x", planned_by=day)
    )
    assert then.facilities["is_open"].tolist() == [counts]


def test_a_plan_stands_from_memory_and_from_its_file(area, tmp_path):
    plan = site(area, norms(), SitingSettings(norms=(RATIO,), build=(POINT,)))
    stands = apply_scenario(area, Scenario(name="plan", proposals=(plan.proposals,)))
    assert places(stands) == {"A": 0.0, "B": 0.0}
    write_plan(plan, tmp_path / "plan")
    (tmp_path / "s.toml").write_text(
        '[[scenario]]\nname = "方案"\nproposals = ["plan/proposals.csv"]\n'
        '[[scenario]]\nname = "增长"\ngrowth = 1.2\n',
        encoding="utf-8",
    )
    first, second = read_scenarios(tmp_path / "s.toml")
    again = apply_scenario(area, first)
    spot, there = again.facilities.geometry.iloc[-1], stands.facilities.geometry.iloc[-1]
    assert spot.distance(there) < 0.02
    table = compare_scenarios(area, norms(), [first, second], stacked=True)
    assert (table.names, table.stacked) == (("方案", "增长"), True)
    totals = table.totals[table.totals["norm_id"].eq(RATIO)].set_index(["measure", "scenario"])
    lacking = [totals.loc[("places", name), "lacking"] for name in ("now", "方案", "增长")]
    assert lacking == [5.0, 0.0, 2.0]
    table = table.table
    own = table[table["norm_id"].eq(RATIO) & table["unit_code"].eq("B")].iloc[0]
    assert own["shortfall change 增长"] == -4.0
    assert (own["shortfall now"], own["shortfall 方案"], own["shortfall 增长"]) == (5.0, 0.0, 1.0)
    apart = compare_scenarios(area, norms(), [first, second]).table
    own = apart[apart["norm_id"].eq(RATIO) & apart["unit_code"].eq("B")].iloc[0]
    assert own["shortfall 增长"] == 6.0


WRONG = """
[[scenario]]
name = "a"
grow = 1.1
planned_by = "soon"

[[scenario]]
name = "a"
growth = { people = 1.1, population = -1.0 }
proposals = ["nowhere.csv", "plan"]
"""


def test_all_faults_of_a_scenario_file_at_once(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text(WRONG, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_scenarios(path)
    codes = [fault.code for fault in caught.value.faults]
    assert codes == [
        "scenario.key",
        "scenario.date",
        "scenario.growth",
        "scenario.growth",
        "scenario.proposals",
        "scenario.proposals",
        "scenario.name",
    ]
    assert "Did you mean 'growth'?" in str(caught.value)
    assert "no plan is being made" in str(caught.value)


def test_a_scenario_file_that_is_none(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text("scenario = [", encoding="utf-8")
    with pytest.raises(InputError, match="Write TOML text"):
        read_scenarios(path)
    path.write_text("[other]\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"there is no \[\[scenario\]\] table"):
        read_scenarios(path)
