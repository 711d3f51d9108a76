"""Many districts, one folder each: all are assessed, one summary, and the broken ones are named.

    python examples/batch.py [FOLDER] [OUT]

Every folder in FOLDER that has an area.toml is a district. Without FOLDER three are made up, one of them
with faults. OUT (a new folder) gets a folder of results for each district and summary.csv. A district
whose inputs are faulty stops no other; its faults are printed, and the script ends with code 1.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pandas as pd

import capacity

ON = "2025-12-31"
NORM = "zhengzhou.childcare.places_per_thousand"
SETTINGS = """
[study_area]
name = "{name}"
code = "{code}"
city = "zhengzhou"
data_date = 2025-06-30

[[units]]
file = "streets.csv"
main_urban = true
description = "虚构示例数据:街道常住人口"
year = 2025

[[facilities]]
file = "childcare.csv"
service = "childcare"
description = "虚构示例数据:托育机构"
year = 2025
"""


def make_some(folder: Path) -> Path:
    """Make three districts: the one that ships, one of two sheets, and one with faults."""
    capacity.write_example(folder / "a")
    people = {"b": ("23000", "41000"), "c": ("23000", "四万一")}
    places = {"b": ("90", "120"), "c": ("90", "-120")}
    for n, name in enumerate("bc", start=1):
        code = f"41019{n}"
        (folder / name).mkdir()
        settings = SETTINGS.format(name=f"示例{name}区", code=code)
        (folder / name / "area.toml").write_text(settings, encoding="utf-8")
        rows = [f"{code}00{i},第{i}街道,{people[name][i - 1]}" for i in (1, 2)]
        lines = ["行政区划代码,名称,常住人口", *rows]
        (folder / name / "streets.csv").write_text("\n".join(lines), encoding="utf-8")
        rows = [f"第{i}托育园,{code}00{i},{places[name][i - 1]}" for i in (1, 2)]
        lines = ["机构名称,所属街道,托位数", *rows]
        (folder / name / "childcare.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


def assess(settings: Path, out: Path | None) -> pd.DataFrame:
    """Assess one district, write its results, and give its rows of the summary."""
    area = capacity.read_study_area(settings)
    result = capacity.assess(area, capacity.load_norms(area.city, on=ON))
    if out:
        result.to_folder(out / settings.parent.name)
    whole = result.findings[result.findings["unit_code"] == area.code]
    whole = whole.query("norm_id == @NORM and measure == 'places'").assign(
        folder=settings.parent.name
    )
    return whole[
        ["folder", "unit_name", "rollup", "required", "existing", "shortfall", "status", "note"]
    ]


def main(folder: Path | None = None, out: Path | None = None) -> tuple[pd.DataFrame, list[str]]:
    """Assess every district; give the summary, and the folders that could not be read."""
    parts, failed = [], []
    with tempfile.TemporaryDirectory() as scratch:
        districts = sorted((folder or make_some(Path(scratch))).glob("*/area.toml"))
        if out:
            out.mkdir()
        for settings in districts:
            try:
                parts.append(assess(settings, out))
            except capacity.CapacityError as error:
                failed.append(settings.parent.name)
                print(f"{settings.parent.name}: {error}\n")
    summary = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    print(summary.to_string())
    print(f"{len(districts) - len(failed)} of {len(districts)} districts done; failed: {failed}")
    if out:
        # utf-8-sig: a spreadsheet then reads Chinese
        summary.to_csv(out / "summary.csv", index=False, encoding="utf-8-sig")
    return summary, failed


if __name__ == "__main__":
    sys.exit(1 if main(*(Path(argument) for argument in sys.argv[1:]))[1] else 0)
