"""A district office with Excel only: from its workbook to the table of shortfalls, without a map."""

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from capacity.cli import app

SETTINGS = """
[study_area]
name = "示例区"
code = "410199"
city = "zhengzhou"
data_date = 2024-12-31

[[units]]
file = "数据.xlsx"
layer = "街道"
main_urban = true

[[facilities]]
file = "数据.xlsx"
layer = "托育"
service = "childcare"

[[compounds]]
file = "数据.xlsx"
layer = "小区"

[parameters]
old_compound_built_before = 2000
"""
SHEETS = {
    "街道": [
        ["示例区2024年常住人口"],
        [],
        ["行政区划代码", "名称", "常住人口（万人）", "0—3岁", "60岁及以上"],
        ["410199001", "甲街道", "3.2", "960", "6,000"],
        ["410199002", "乙街道", "1.05", "300", "2000"],
        ["410199101", "丙镇", "2", "500", "4,500"],
    ],
    "托育": [
        ["机构名称", "所属街道", "托位数"],
        ["一园", "甲街道", "120个"],
        ["二园", "乙街道办", "60"],
        ["三园", "丙镇", "—"],
    ],
    "小区": [
        ["小区名称", "街道", "户数", "建成年份", "养老用房"],
        ["一村", "甲街道", 800, 1990, 100],
        ["二村", "乙街道", 500, 2015, None],
    ],
}
PLACES = "zhengzhou.childcare.places_per_thousand_2023"
ROOMS = "zhengzhou.plan2023.elder_care.floor_area_per_100_households"


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("office")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in SHEETS.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(folder / "数据.xlsx")
    (folder / "area.toml").write_text(SETTINGS, encoding="utf-8")
    run = CliRunner().invoke(app, ["assess", str(folder / "area.toml"), "-o", str(folder / "out")])
    assert run.exit_code == 0, run.output
    return folder / "out"


@pytest.fixture(scope="module")
def findings(out):
    return pd.read_csv(out / "findings.csv", dtype={"unit_code": "str"}, keep_default_na=False)


def test_places_per_thousand(findings):
    """4 per thousand of 32,000 are 128, 120 there; of 10,500 are 42, 60 there."""
    rows = findings[(findings["norm_id"] == PLACES) & (findings["measure"] == "places")]
    shown = rows.set_index(["unit_code", "rollup"]).sort_index()
    columns = ["base_value", "required", "existing", "shortfall", "status"]
    assert shown.loc[("410199001", "unit"), columns].tolist() == [
        *("32000.0", "128.0", "120.0", "8.0"),
        "short",
    ]
    assert shown.loc[("410199002", "unit"), columns].tolist() == [
        *("10500.0", "42.0", "60.0", "0.0"),
        "met",
    ]
    # the only facility of the town does not say its places
    assert shown.loc[("410199101", "unit"), "status"] == "no_data"
    assert shown.loc[("410199", "sum_of_units"), "shortfall"] == "8.0"
    assert set(rows["method"].str.rpartition("; ")[2]) == {"people: official totals"}


def test_rooms_of_old_compounds(findings):
    """800 households at 20 m² per hundred are 160, at least 200 m²; 100 there."""
    rows = findings[(findings["norm_id"] == ROOMS) & (findings["rollup"] == "unit")]
    assert rows.set_index("unit_code").loc["410199001", "shortfall"] == "100.0"


def test_what_needs_a_map_has_no_data_and_says_so(findings):
    circles = findings[(findings["kind"] == "coverage_radius") & (findings["rollup"] == "unit")]
    assert len(circles) > 0
    assert set(circles["status"]) <= {"no_data", "not_applicable"}
    lost = circles[(circles["service"] == "childcare") & (circles["measure"] == "population")]
    assert lost["note"].str.contains("missing input: boundaries", regex=False).all()


def test_nothing_is_met_for_want_of_data(findings):
    met = findings[findings["status"] == "met"]
    assert (met["existing"] != "").all()


def test_the_workbook_and_the_quality_report(out):
    book = openpyxl.load_workbook(out / "shortfalls.xlsx", data_only=False)
    words = {str(cell.value) for sheet in book for row in sheet for cell in row}
    assert any("甲街道" in word for word in words)
    quality = pd.read_csv(out / "quality.csv")
    fact = quality.loc[quality["code"] == "census.people"].iloc[0]
    assert fact["amount"] == 62_500
    assert "nobody knows where in a unit they live" in fact["message"]
