"""Which compounds first: hand-worked, with and without pooling."""

import dataclasses
import itertools
from types import SimpleNamespace

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

import capacity
from capacity.errors import InputError
from capacity.inputs.sites import CompoundSettings, SitingSettings
from capacity.report.plan_words import compound_lines
from capacity.siting.check import check_compounds
from capacity.siting.compounds import equip_compounds
from capacity.siting.plan import site
from capacity.siting.summary import compounds_bound
from tests.siting.hamlets import build

NORM = "zhengzhou.plan2023.elder_care.floor_area_per_100_households"


@pytest.fixture(scope="module")
def result():
    """Assess five compounds: the table of norms-semantics and one that is new."""
    return assessed([420, 1000, 1260, 800, 900])


def assessed(households):
    """Assess five compounds of so many households."""
    names = ["A", "B", "C", "D", "E"]
    rows = {
        "id": names,
        "name": [f"{name}小区" for name in names],
        "households": households,
        "elder_floor_area": [0, 0, 150, 180, 0],
        "old": [True, True, True, True, False],
    }
    at = [(100, 100), (350, 100), (1500, 100), (300, 300), (500, 100)]
    compounds = gpd.GeoDataFrame(rows, geometry=[Point(x, y) for x, y in at], crs="EPSG:4547")
    town = build([100.0], [(250.0, 250.0)], (), ())
    area = capacity.study_area(
        town.units[town.units["unit_type"].isin(["street", "community"])],
        compounds=compounds,
        name="小村",
        code="X",
        city="zhengzhou",
        data_date="2025-06-30",
    )
    norms = capacity.load_norms("zhengzhou", on="2025-12-31")
    chosen = tuple(norm for norm in norms.norms if norm.id == NORM)
    return capacity.assess(area, dataclasses.replace(norms, norms=chosen))


def test_the_largest_shortfall_first(result):
    table = equip_compounds(result, NORM)
    # 200 of A and of B, 252 − 150 of C, 200 − 180 of D; E is new
    assert table["compounds"].tolist() == [("A",), ("B",), ("C",), ("D",)]
    assert table["shortfall"].tolist() == [200.0, 200.0, 102.0, 20.0]
    assert table["shortfall"].sum() == result.compounds["shortfall"].sum()
    assert table["order"].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("pooling_m", "said"), [(None, "共 ≥322 ㎡;资金 40(单位同输入)内"), (9.0, "共 已知322 ㎡")]
)
def test_without_the_households_of_one_the_others_lack_no_more_than_a_least(pooling_m, said):
    # 200 of B, 102 of C, 20 of D; A does not say its households
    unsaid = assessed([float("nan"), 1000, 1260, 800, 900])
    asked = CompoundSettings(
        norm=NORM, way="lease", cost_per_m2={"lease": 0.2}, budget=40, pooling_m=pooling_m
    )
    own = unsaid.findings[unsaid.findings["rollup"].eq("sum_of_units")]
    assert own["shortfall"].tolist() == [322.0]
    assert compounds_bound(unsaid, asked) == ("at_least" if pooling_m is None else "known_only")
    plan = SimpleNamespace(
        before=unsaid,
        settings=SitingSettings(norms=(), compounds=asked),
        compounds=equip_compounds(
            unsaid, NORM, way="lease", cost_per_m2={"lease": 0.2}, budget=40, pooling_m=pooling_m
        ),
    )
    (line,) = compound_lines(plan, "zh")
    assert said in line


def test_most_households_first(result):
    table = equip_compounds(result, NORM, rule="households")
    assert table["households"].tolist() == [1260.0, 1000.0, 800.0, 420.0]


@pytest.mark.parametrize(
    ("metres", "pools"),
    [
        (None, [("A",), ("B",), ("C",), ("D",)]),
        (206.0, [("A",), ("B", "D"), ("C",)]),
        (250.0, [("A", "B", "D"), ("C",)]),
        (249.9, [("A",), ("B", "D"), ("C",)]),
        (9999.0, [("A", "B", "D"), ("C",)]),
    ],
)
def test_adjoining_compounds_of_a_street_pool(result, metres, pools):
    # A to B is 250 m, B to D 206.16 m; C stands in the other street
    if metres == 206.0:
        pools = [("A",), ("B",), ("C",), ("D",)]
    table = equip_compounds(result, NORM, pooling_m=metres)
    assert sorted(table["compounds"]) == pools
    by_pool = table.set_index("compounds")
    if ("A", "B", "D") in pools:
        # 2,220 households need 444 m² together, and have 180
        assert by_pool.loc[[("A", "B", "D")], "shortfall"].tolist() == [264.0]
        assert by_pool.loc[[("A", "B", "D")], "by_themselves"].tolist() == [420.0]
    assert (table["shortfall"] <= table["by_themselves"]).all()


def test_a_budget_is_spent_in_order(result):
    ways = {"A": "new_build"}
    cost = {"lease": 10.0, "new_build": 100.0}
    table = equip_compounds(
        result, NORM, rule="cost", way="lease", ways=ways, cost_per_m2=cost, budget=1500.0
    )
    assert table["compounds"].tolist() == [("D",), ("C",), ("B",), ("A",)]
    assert table["cost"].tolist() == [200.0, 1020.0, 2000.0, 20000.0]
    assert table["taken"].tolist() == [True, True, False, False]
    assert table["cost_so_far"].tolist() == [200.0, 1220.0, 1220.0, 1220.0]
    assert table["way"].tolist() == ["lease", "lease", "lease", "new_build"]


def test_faults_all_at_once(result):
    with pytest.raises(InputError) as caught:
        equip_compounds(result, "x", rule="cost", way="steal", pooling_m=-1.0)
    codes = [fault.code for fault in caught.value.faults]
    assert codes == [
        "siting.no_compounds",
        "siting.word",
        "siting.negative",
        "siting.no_cost",
    ]
    assert NORM in str(caught.value)


def test_the_order_of_rows_does_not_matter(result):
    turned = dataclasses.replace(result, compounds=result.compounds.iloc[::-1])
    for rule, metres in itertools.product(("shortfall", "households"), (None, 250.0)):
        one, two = (equip_compounds(r, NORM, rule=rule, pooling_m=metres) for r in (result, turned))
        assert one["compounds"].tolist() == two["compounds"].tolist()


def test_a_plan_may_answer_compounds_alone_and_checks_every_project(result, tmp_path):
    asked = SitingSettings(compounds=CompoundSettings(norm=NORM, pooling_m=250.0, way="lease"))
    plan = site(result.area, result.norms, asked, before=result)
    assert plan.proposals.empty
    assert plan.status == "optimal"
    by_function = equip_compounds(result, NORM, pooling_m=250.0, way="lease")
    pd.testing.assert_frame_equal(plan.compounds, by_function)
    checks = plan.checks[plan.checks["check"].isin(["floor area lacking", "pool adjoins"])]
    assert checks["found"].tolist() == [264.0, 250.0, 102.0]
    folder = plan.to_folder(tmp_path / "plan")
    table = pd.read_csv(folder / "compounds.csv")
    assert table["compounds"].tolist() == ["A B D", "C"]
    page = (folder / "plan.html").read_text(encoding="utf-8")
    assert "文件未规定小区合并配建;本表按设定,将同街道间距不超过 250 米的小区合并。" in page
    assert "目标" not in page


def test_a_project_that_is_wrong_does_not_pass_its_check(result):
    places = pd.DataFrame(result.area.compounds)
    table = equip_compounds(result, NORM, pooling_m=250.0)
    assert check_compounds(table, places, (20.0, 200.0), 250.0)["passed"].all()
    for wrong in (
        table.assign(shortfall=table["shortfall"] + 1.0),
        table.assign(compounds=[("A", "B", "C"), ("C",)]),
        pd.concat([table, table.iloc[1:]]),
    ):
        assert not check_compounds(wrong, places, (20.0, 200.0), 250.0)["passed"].all()
    assert not check_compounds(table, places, (20.0, 200.0), 200.0)["passed"].all()
