"""Every script of examples/ runs as it stands, and says what it promises."""

import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "examples"
REAL = ROOT.parent / "shared" / "data" / "singapore"
pytestmark = pytest.mark.skipif(not SCRIPTS.is_dir(), reason="not a clone of the repository")


def script(name):
    return runpy.run_path(str(SCRIPTS / name))


def test_every_script_says_how_to_run_it_and_is_run_here():
    tested = Path(__file__).read_text(encoding="utf-8")
    tested += (ROOT / "tests" / "example" / "test_pictures.py").read_text(encoding="utf-8")
    names = sorted(path.name for path in SCRIPTS.glob("*.py"))
    assert names
    for name in names:
        assert f"\n    python examples/{name}" in (SCRIPTS / name).read_text(encoding="utf-8")
        assert f'"{name}"' in tested


def test_the_table_of_a_district(capsys):
    result = script("district_table.py")["main"]()
    said = capsys.readouterr().out
    assert "known shortfall 805" in said
    assert "\n[1] Childcare places per 1,000 residents (places) ≥6 places" in said
    found = result.findings.query(
        "unit_name == '示例区东风街道' and norm_id == 'zhengzhou.childcare.places_per_thousand'"
        " and measure == 'places'"
    )
    assert f"shortfall {found['shortfall'].item():.0f} " in said


def test_a_city_of_some_streets(capsys):
    result = script("city_of_200_streets.py")["main"](20)
    said = capsys.readouterr().out
    assert "assessing it: " in said
    units = result.area.units["unit_type"].value_counts()
    assert units["street"] + units["township"] == 20
    assert round(result.people.set_index("unit_type").loc["city", "population"]) > 100_000


def test_six_per_thousand_of_zhengzhou_against_its_target(capsys):
    shown = script("zhengzhou_districts.py")["main"]()
    said = capsys.readouterr().out
    # 905,430 × 6 ‰ = 5,432.58; 12,600,574 × 6 ‰ = 75,603.4; 72,800 ÷ 6 ‰ = 12,133,333.3
    assert shown.loc["中原区", ("2010", "places")] == 5433
    assert shown.loc["郑州市", ("2020", "places")] == 75_604
    assert "at 6 per 1,000 that is enough for 12,133,333 people" in said
    assert "2020: 6 per 1,000 asks 75,604 places, +2,804 against the target" in said
    # the districts add up to the city in each year in which they are known
    for year in ("2010", "2019"):
        people = shown[year, "residents"].dropna()
        assert people.drop("郑州市").sum() == people["郑州市"]
    assert shown["2020", "residents"].dropna().index.tolist() == ["郑州市"]
    facts = pd.read_csv(SCRIPTS / "zhengzhou_population.csv")
    assert facts["source"].str.startswith("http").all()


def test_norms_of_ones_own(capsys, tmp_path):
    main = script("own_norms.py")["main"]
    result = main()
    said = capsys.readouterr().out
    assert {norm.city for norm in result.norms.norms} == {"newtown"}
    assert "本表设定,非文件规定(原依据:新政〔2026〕1号,第二章第二节)" in said
    faulty = (SCRIPTS / "newtown.yaml").read_text(encoding="utf-8").replace('"5"', '"fünf"')
    (tmp_path / "faulty.yaml").write_text(faulty, encoding="utf-8")
    assert main(tmp_path / "faulty.yaml") is None
    assert "faulty.yaml has 1 faults:\n- faulty.yaml, row " in capsys.readouterr().out


def test_many_districts_one_of_them_broken(capsys, tmp_path):
    summary, failed = script("batch.py")["main"](None, tmp_path / "out")
    said = capsys.readouterr().out
    assert failed == ["c"]
    assert "c: area.toml: 2 errors in the inputs\n- streets.csv, row 3, column 常住人口" in said
    assert "2 of 3 districts done" in said
    # 23,000 + 41,000 people at 6 ‰: 384 places, 210 are there
    one = summary.query("folder == 'b' and rollup == 'net'").iloc[0]
    assert (one["required"], one["existing"], one["shortfall"]) == (384, 210, 174)
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {"a", "b", "summary.csv"}
    assert pd.read_csv(tmp_path / "out" / "summary.csv")["folder"].tolist() == ["a", "a", "b", "b"]


@pytest.mark.skipif(not REAL.is_dir(), reason="the open data of Singapore are not here")
def test_walking_circles_of_a_real_town(capsys):
    main = script("walking_circles.py")["main"]
    main(REAL, "outram")
    said = capsys.readouterr().out
    # as docs/walking.md prints
    assert "81.5" in said
    assert "38.5" in said


def test_a_batch_ends_with_a_code_where_a_district_failed(tmp_path):
    script("batch.py")["make_some"](tmp_path)
    for name in "ab":
        shutil.rmtree(tmp_path / name)
    command = [sys.executable, SCRIPTS / "batch.py", tmp_path]
    run = subprocess.run(command, capture_output=True, check=False)
    assert run.returncode == 1
    assert b"0 of 1 districts done; failed: ['c']" in run.stdout
