"""The result folder appears whole or not at all."""

import dataclasses
import json
import signal
import subprocess
import sys

import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString

from capacity import InputError, OutputExistsError, walking_network
from capacity.errors import Fault
from capacity.problems import PROBLEMS
from capacity.quality import quality_table
from capacity.report import folder
from capacity.report.folder import write_folder
from capacity.report.manifest import manifest
from capacity.report.text import clean
from tests.report import hostile

FILES = [
    "compounds.csv",
    "facilities.parquet",
    "findings.csv",
    "findings.parquet",
    "layers",
    "manifest.json",
    "people.csv",
    "projects.csv",
    "quality.csv",
    "report.html",
    "shortfalls.xlsx",
    "stages.csv",
    "supply.parquet",
    "units.parquet",
]


def names(path):
    return sorted(p.name for p in path.iterdir())


def test_everything_is_written_and_nothing_else(result, tmp_path):
    out = write_folder(result, tmp_path / "out")
    assert names(tmp_path) == ["out"]
    assert names(out) == FILES
    exact = pd.read_parquet(out / "findings.parquet")
    pd.testing.assert_frame_equal(exact, result.findings)
    text = (out / "findings.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(out / "findings.csv", dtype={"unit_code": str}, encoding="utf-8-sig")
    assert back["unit_code"].tolist() == result.findings["unit_code"].tolist()
    assert back["shortfall"].equals(result.findings["shortfall"])


def test_csv_cells_that_a_spreadsheet_would_run_are_guarded(result, tmp_path):
    given, changed = hostile.named(result)
    out = write_folder(changed, tmp_path / "out")
    back = pd.read_csv(out / "people.csv", dtype=str, encoding="utf-8-sig").set_index("unit_code")
    for code, name in given.items():
        runs = name[0] in "=+-@\t\r"
        shown = back.at[code, "unit_name"]
        assert shown == (f"'{clean(name)}" if runs else clean(name))
    assert write_folder(changed, tmp_path / "again").is_dir()
    assert changed.people["unit_name"].isin(given.values()).sum() == len(given)


def test_the_quality_report_has_both_mends_and_hostile_words_are_guarded(result, tmp_path):
    faults = [
        Fault(severity="warning", code="columns.missing", message=name, mend=name, item=name)
        for name in hostile.NAMES
    ]
    changed = dataclasses.replace(result, quality=quality_table(faults))
    out = write_folder(changed, tmp_path / "out")
    back = pd.read_csv(out / "quality.csv", dtype=str, encoding="utf-8-sig")
    assert tuple(back.columns[-3:]) == ("mend", "found_zh", "mend_zh")
    assert set(zip(back["problem"], back["mend_zh"], strict=True)) == {PROBLEMS["columns.missing"]}
    guarded = [f"'{clean(n)}" if n[0] in "=+-@\t" else clean(n) for n in hostile.NAMES]
    for column in ("message", "mend", "item"):
        assert back[column].tolist() == guarded


def test_a_failure_midway_leaves_nothing(result, tmp_path, monkeypatch):
    def fail(*_args, **_options):
        raise OSError("disk full")

    monkeypatch.setattr(folder, "write_workbooks", fail)
    with pytest.raises(OSError, match="disk full"):
        write_folder(result, tmp_path / "out")
    assert names(tmp_path) == []


def test_a_failure_midway_leaves_the_earlier_result(result, tmp_path, monkeypatch):
    out = write_folder(result, tmp_path / "out")
    before = (out / "manifest.json").read_bytes()

    def fail(*_args, **_options):
        raise OSError("disk full")

    monkeypatch.setattr(folder, "write_workbooks", fail)
    with pytest.raises(OSError, match="disk full"):
        write_folder(result, out, overwrite=True)
    assert names(tmp_path) == ["out"]
    assert (out / "manifest.json").read_bytes() == before


KILLED = """
import os, signal, sys
import capacity
from capacity.report import folder

area = capacity.read_study_area(capacity.write_example(sys.argv[1] + "/area"))
result = capacity.assess(area, capacity.load_norms("zhengzhou", on="2025-12-31"))
folder.write_workbooks = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
folder.write_folder(result, sys.argv[1] + "/out")
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_killed_run_leaves_no_result(tmp_path):
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "out").exists()


def test_an_existing_folder_is_refused(result, tmp_path):
    out = write_folder(result, tmp_path / "out")
    with pytest.raises(OutputExistsError, match=r"already there.*--overwrite"):
        write_folder(result, out)
    (out / "old.txt").write_text("x")
    write_folder(result, out, overwrite=True)
    assert names(out) == FILES
    assert names(tmp_path) == ["out"]


def test_a_folder_that_is_not_ours_is_never_replaced(result, tmp_path):
    other = tmp_path / "photos"
    other.mkdir()
    (other / "a.jpg").write_bytes(b"x")
    with pytest.raises(OutputExistsError, match="not an earlier result"):
        write_folder(result, other, overwrite=True)
    assert names(other) == ["a.jpg"]


def test_a_missing_parent_is_refused(result, tmp_path):
    with pytest.raises(InputError, match=r"no folder .*nowhere to write it in"):
        write_folder(result, tmp_path / "nowhere" / "out")
    assert names(tmp_path) == []


def test_the_manifest_says_where_figures_come_from(result):
    facts = json.loads(json.dumps(manifest(result)))
    assert facts["area"]["code"] == "410199"
    assert facts["area"]["crs"] == "EPSG:4547"
    assert facts["norms"]["on"] == "2025-12-31"
    assert {"name", "sha256"} == set(facts["norms"]["files"][0])
    roles = {file["role"] for file in facts["inputs"]}
    assert roles == {"settings", "population", "units", "facilities", "compounds", "figures"}
    assert facts["quality"]["error"] == 0
    assert facts["parameters"]["walking_speed_m_s"] == 1.2
    assert facts["created"].endswith("+00:00")


def test_what_the_network_does_not_reach_is_a_file_where_there_is_a_network(result, tmp_path):
    assert result.area.network is None
    table = pd.DataFrame({"what": ["cell"], "id": ["7"], "name": ["=1+1"], "reason": ["far"]})
    network = walking_network(gpd.GeoDataFrame(geometry=[LineString([(0, 0), (9, 0)])], crs=4547))
    area = dataclasses.replace(result.area, network=network)
    out = write_folder(dataclasses.replace(result, area=area, off_network=table), tmp_path / "out")
    back = pd.read_csv(out / "off_network.csv", dtype=str, encoding="utf-8-sig")
    assert back.to_numpy().tolist() == [["cell", "7", "'=1+1", "far"]]
