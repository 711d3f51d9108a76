"""``capacity site``: from files to a folder, whole or not at all."""

import json
import zipfile

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from capacity.cli import app
from capacity.errors import InputError, missing_extra
from capacity.report import plan_tables, siting
from capacity.report.plan_words import check_words
from tests.report.hostile import NAMES
from tests.siting.hamlets import NORMS, hamlet

RATIO, STREET = "hamlet.childcare.ratio", "hamlet.childcare.per_street"
# a text table with NUL is refused before anything else
_NAMES = [name for name in NAMES if "\x00" not in name]
SETTINGS = """
[study_area]
name = "小村"
code = "X"
city = "hamlet"
sparsely_populated = true
data_date = 2025-06-30
services = ["childcare"]

[population]
file = "people.gpkg"
no_data = "zero"

[[units]]
file = "units.gpkg"
columns = { code = "unit_code", name = "unit_name", type = "unit_type", parent = "parent_code" }

[[facilities]]
file = "facilities.gpkg"
service = "childcare"
columns = { id = "facility_id", places = "places", inclusive = "inclusive" }

[[candidates]]
file = "sites.csv"
datum = "EPSG:4547"
columns = { id = "编号", name = "地块名称", acquisition = "取得方式", cost = "取得费用", x = "x", y = "y" }

[siting]
norms = ["hamlet.childcare.ratio", "hamlet.childcare.per_street"]
objective = "cost"
forbidden = { file = "lake.gpkg" }

[[siting.build]]
service = "childcare"
inclusive = true
minimum = 2
maximum = 9
cost = 5
cost_per_size = 1
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write a hamlet with hostile names into files."""
    path = tmp_path_factory.mktemp("hamlet")
    area = hamlet(0)
    area.population.to_file(path / "people.gpkg")
    area.units[area.units["unit_code"] != "X"][
        ["unit_code", "unit_name", "unit_type", "parent_code", "geometry"]
    ].replace({"parent_code": {"X": ""}}).to_file(path / "units.gpkg")
    area.facilities[["facility_id", "places", "inclusive", "geometry"]].to_file(
        path / "facilities.gpkg"
    )
    sites = area.candidates
    pd.DataFrame(
        {
            "编号": [f"P{i}" for i in range(len(sites))],
            "地块名称": [_NAMES[i % len(_NAMES)] for i in range(len(sites))],
            "取得方式": "租赁",
            "取得费用": 1.5,
            "x": sites.geometry.x,
            "y": sites.geometry.y,
        }
    ).to_csv(path / "sites.csv", index=False, encoding="utf-8")
    lake = gpd.GeoDataFrame(geometry=[sites.geometry.iloc[4].buffer(1.0)], crs="EPSG:4547")
    lake.to_file(path / "lake.gpkg")
    (path / "area.toml").write_text(SETTINGS, encoding="utf-8")
    return path


def run(*arguments):
    """Run the command line."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_plan_is_written_whole(folder):
    out = folder / "plan"
    scenarios = folder / "scenarios.toml"
    scenarios.write_text('[[scenario]]\nname = "方案"\nproposals = ["plan"]\n', encoding="utf-8")
    options = ("-o", out, "--norms", NORMS, "--on", "2025-12-31", "--scenarios", scenarios)
    result = run("site", folder / "area.toml", *options)
    assert result.exit_code == 0, result.output
    for words in ("新增设施", "已证明最优", "独立校核", "已写入"):
        assert words in result.output
    assert result.output.rstrip().endswith("先看 plan.html(地图和说明)或 plan.xlsx(各表)。")
    names = {path.name for path in out.iterdir()}
    expected = "proposals.csv proposals.gpkg before_after.csv needs.csv unmet.csv unreached.csv "
    expected += "checks.csv plan.xlsx plan.html plan.png manifest.json scenarios.csv "
    expected += "scenario_totals.csv scenarios.png"
    assert names == set(expected.split())
    table = pd.read_csv(out / "proposals.csv")
    assert set(table["acquisition"]) == {"lease"}
    assert "P4" not in set(table["candidate_id"])
    # what begins like a formula does not stand as one in a file for a spreadsheet
    assert all(not str(name).startswith(("=", "+", "-", "@")) for name in table["name"])
    with zipfile.ZipFile(out / "plan.xlsx") as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        assert len(sheets) == 7
        assert all(b"<f>" not in book.read(name) for name in sheets)
    page = (out / "plan.html").read_text(encoding="utf-8")
    for words in ("一分钟看懂", "各项标准", "情景对比", "现有设施全部保留"):
        assert words in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert not any(name in page for name in _NAMES if "<" in name)
    found = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["siting"]
    assert found["status"] == "optimal"
    assert found["value"] == table["cost"].sum()
    assert found["settings"]["norms"] == [RATIO, STREET]
    side = pd.read_csv(out / "scenarios.csv")
    own = side[side["norm_id"].eq(RATIO) & side["rollup"].eq("unit")]
    assert own["shortfall 方案"].sum() == 0
    again = run("site", folder / "area.toml", *options)
    assert again.exit_code == 2
    assert "--overwrite" in again.output


def test_without_the_packages_of_figures_the_page_says_how_to_get_them(folder, monkeypatch):
    def missing(*_):
        raise missing_extra("figures", "A figure or map")

    monkeypatch.setattr(siting, "draw_figures", missing)
    out = folder / "plain"
    options = ("-o", out, "--norms", NORMS, "--on", "2025-12-31", "-q")
    assert run("site", folder / "area.toml", *options).exit_code == 0
    assert not list(out.glob("*.png"))
    page = (out / "plan.html").read_text(encoding="utf-8")
    assert "本页没有地图和曲线" in page
    assert "-m pip install " in page
    assert "标准日期 2025-12-31" in page  # with the names of documents, not the id of a city
    book = openpyxl.load_workbook(out / "plan.xlsx", read_only=True)
    cells = {cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    assert "甲" not in cells  # no codes of columns: no rule cites them
    assert "各项标准" in book.sheetnames


def test_a_bound_has_its_mark_under_every_scenario():
    note = "facilities without places: 1 (A); shortfall is an upper bound"
    one = {"shortfall now": 12.0, "status now": "short", "note now": note}
    one |= {"shortfall B": 0.0, "status B": "met", "note B": ""}
    one |= {"shortfall C": float("nan"), "status C": "no_data", "note C": "missing input: people"}
    cells = [plan_tables._under(one, "shortfall", name, "count") for name in ("now", "B", "C")]
    assert [(cell.bound[0], cell.value) for cell in cells] == [("≤", 12.0), ("", 0.0), ("", "…")]


def test_in_english(folder):
    out = folder / "english"
    options = ("-o", out, "--norms", NORMS, "--on", "2025-12-31", "--language", "en")
    result = run("site", folder / "area.toml", *options)
    assert result.exit_code == 0, result.output
    assert "new facilities: " in result.output
    assert "independent checks passed" in result.output
    assert not any("\u4e00" <= c <= "\u9fff" for c in check_words("budget", "en"))


def test_faults_of_settings_write_nothing(folder):
    wrong = SETTINGS.replace('"hamlet.childcare.ratio", ', '"hamlet.childcare.ratioo", ')
    path = folder / "wrong.toml"
    path.write_text(wrong.replace("cost = 5", "cost = -5"), encoding="utf-8")
    result = run("site", path, "-o", folder / "nothing", "--norms", NORMS, "--on", "2025-12-31")
    assert result.exit_code == 1
    assert isinstance(result.exception, InputError)
    text = str(result.exception)
    assert "no norm hamlet.childcare.ratioo" in text
    line = 1 + wrong.splitlines().index("cost = 5")
    assert f"wrong.toml, row {line}, column siting.build[1].cost: -5 is negative" in text
    assert not (folder / "nothing").exists()


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("maximum_facilities", "-2", "siting.number"),
        ("share", "1.5", "siting.share"),
        ("required", '["P0"]\nexcluded = ["P0"]', "siting.both"),
        ("required", '["P4"]', "siting.forbidden"),
        ("required", '["P99"]', "siting.unknown_candidate"),
        ("shares", '{ "hamlet.childcare.ratio" = 0.5 }', "siting.share"),
    ],
)
def test_each_fault_is_one_with_its_file_line_and_key(folder, key, value, code):
    text = SETTINGS.replace('objective = "cost"', f'objective = "cost"\n{key} = {value}')
    path = folder / "wrong.toml"
    path.write_text(text, encoding="utf-8")
    result = run("site", path, "-o", folder / "nothing", "--norms", NORMS, "--on", "2025-12-31")
    (fault,) = result.exception.faults
    assert (fault.code, fault.file) == (code, "wrong.toml")
    line = 1 + text.splitlines().index(f"{key} = {value}".splitlines()[0])
    assert fault.rows == (line,)
    assert fault.column.startswith(f"siting.{key}")
    assert fault.mend


COMPOUNDS = """
[siting.compounds]
norm = "hamlet.childcare.ratio"
pooling_m = -1
way = "lease"
budget = 5
"""


def test_faults_of_compounds_come_with_those_of_norms(folder):
    path = folder / "wrong.toml"
    path.write_text(SETTINGS.replace("cost = 5", "cost = -5") + COMPOUNDS, encoding="utf-8")
    result = run("site", path, "-o", folder / "nothing", "--norms", NORMS, "--on", "2025-12-31")
    codes = [fault.code for fault in result.exception.faults]
    assert codes == ["siting.negative", "siting.no_compounds", "siting.negative", "siting.no_cost"]
    keys = [fault.column for fault in result.exception.faults[1:]]
    assert keys == [f"siting.compounds.{name}" for name in ("norm", "pooling_m", "cost_per_m2")]
    assert all(fault.rows for fault in result.exception.faults)


def test_faults_of_candidates_are_found_by_reading(folder):
    table = pd.read_csv(folder / "sites.csv")
    table["编号"] = "P1"
    table["取得方式"] = "偷"
    table.loc[0, "取得费用"] = -3.0
    table.to_csv(folder / "bad.csv", index=False)
    path = folder / "bad.toml"
    path.write_text(SETTINGS.replace("sites.csv", "bad.csv"), encoding="utf-8")
    result = run("check", path)
    assert result.exit_code == 1
    for words in ("an id that another site has too", "unknown acquisition", "negative number"):
        assert words in result.output
