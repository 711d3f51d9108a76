"""Two result folders compared from the command line: tables, page, faults, and nothing half-written."""

import dataclasses
import io
import json
import re
import shutil
import subprocess
import sys

import openpyxl
import pandas as pd
import pytest
from openpyxl.utils import get_column_letter
from rich.cells import cell_len
from rich.console import Console

from capacity import (
    InputError,
    OutputExistsError,
    assess,
    compare,
    load_norms,
    read_study_area,
    write_example,
)
from capacity.monitoring.reading import read_snapshot
from capacity.monitoring.snapshot import FRAMES, snapshot_of
from capacity.report import folder as writing
from capacity.report.compare import comparison_tables
from capacity.report.compare_page import page
from capacity.report.compare_phrases import COMPARISON_PHRASES
from capacity.report.compare_words import groups, head
from capacity.report.folder import write_folder
from tests.monitoring.years import next_year
from tests.report import hostile

FILES = [
    "comparison.csv",
    "comparison.html",
    "comparison.json",
    "comparison.parquet",
    "comparison.xlsx",
    "facility_changes.csv",
]
ENGLISH = re.compile(r"[A-Za-z]{2,}[ :;,]+[A-Za-z]{2,}")


@pytest.fixture(scope="module")
def years(tmp_path_factory):
    """The example district, and the same a year later, assessed and written."""
    folder = tmp_path_factory.mktemp("years")
    results = []
    for name, on in (("old", "2024-12-31"), ("new", "2025-12-31")):
        settings = write_example(folder / f"area-{name}")
        if name == "new":
            next_year(settings.parent)
        norms = load_norms("zhengzhou", on=on)
        few = tuple(norm for norm in norms.norms if norm.service in {"childcare", "elder_care"})
        chosen = dataclasses.replace(norms, norms=few)
        result = assess(read_study_area(settings), chosen)
        with pytest.MonkeyPatch.context() as patch:  # a comparison reads none of these
            for writer in ("write_workbooks", "write_page", "save_layers"):
                patch.setattr(writing, writer, lambda *_args, **_more: None)
            write_folder(result, folder / name)
        results.append(result)
    return folder, *results


@pytest.fixture(scope="module")
def comparison(years):
    return compare(years[0] / "old", years[0] / "new")


@pytest.fixture
def broken(years, tmp_path):
    """A copy of a result folder, to be damaged."""
    return shutil.copytree(years[0] / "old", tmp_path / "broken")


def run(*arguments):
    command = [sys.executable, "-m", "capacity.cli", "compare", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_gives_back_what_the_assessment_had(years):
    folder, old, _ = years
    back, had = read_snapshot(folder / "old"), snapshot_of(old)
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(back, name), getattr(had, name))
    assert (back.code, back.city, back.data_date) == (had.code, had.city, had.data_date)
    assert json.loads(json.dumps(had.norms)) == back.norms


def test_what_exists_is_what_the_facilities_add(years):
    """The supply table explains the findings: sums of its amounts are what exists."""
    result = years[1]
    supply = result.supply[result.supply["role"] == "supply"]
    sums = supply.groupby(["norm_id", "unit_code"])["amount"].sum()
    findings = result.findings
    additive = {"ratio_per_population", "area_per_capita", "minimum_count_per_unit"}
    checked = findings[
        findings["kind"].isin(additive)
        & (findings["rollup"] == "unit")
        & findings["measure"].isin(["places", "land_m2", "facilities"])
        & findings["existing"].notna()
        & findings["norm_id"].isin(list(supply["norm_id"]))
    ]
    assert len(checked) > 50
    for found in checked.to_dict(orient="records"):
        known = sums.get((found["norm_id"], found["unit_code"]), 0.0)
        assert known == pytest.approx(found["existing"], abs=1e-6), found


def test_the_planner_reads_why_the_gap_changed(comparison):
    frame = comparison.changes
    street = frame[
        (frame["unit_code"] == "410199001")
        & (frame["series"] == "zhengzhou.childcare.places_per_thousand")
        & (frame["measure"] == "places")
    ].iloc[0]
    changed = {name: street[f"existing_{name}"] for name in ("supply", "data", "not_separated")}
    assert changed == {"supply": 90 - 30, "data": 40, "not_separated": 30}
    assert street["shortfall_norm"] > 100
    assert street["shortfall_people"] > 0
    text = page(comparison)
    assert "缺口由203增至" in text
    assert "期间投用的设施:1 (T410199001-9)" in text
    assert "补录的设施:1 (T410199001-8)" in text


def test_far_from_what_changed_reach_changes_with_people_alone(comparison):
    frame = comparison.changes
    reached = frame[
        (frame["series"] == "zhengzhou.plan2023.childcare.service_circle_radius")
        & (frame["measure"] == "population")
        & (frame["rollup"] == "unit")
        & frame["existing_change"].abs().gt(0)
    ].set_index("unit_code")
    near, far = reached.loc["410199001"], reached.loc["410199004"]
    assert near["existing_not_separated"] == near["existing_change"]
    assert far["existing_people"] == far["existing_change"] > 0


def test_everything_is_written_and_reads_back(comparison, tmp_path):
    out = comparison.to_folder(tmp_path / "out")
    assert names(tmp_path) == ["out"]
    assert names(out) == FILES
    pd.testing.assert_frame_equal(pd.read_parquet(out / "comparison.parquet"), comparison.changes)
    facts = json.loads((out / "comparison.json").read_text(encoding="utf-8"))
    assert facts["old"]["data_date"] == "2025-06-30"
    assert {one["name"] for one in facts["results"]} == set(FILES) - {"comparison.json"}
    with pytest.raises(OutputExistsError):
        comparison.to_folder(out)
    assert comparison.to_folder(out, overwrite=True, language="en") == out


def test_an_assessment_is_never_replaced_by_a_comparison(comparison, years):
    with pytest.raises(OutputExistsError, match=r"no comparison\.json"):
        comparison.to_folder(years[0] / "old", overwrite=True)


def test_the_workbook_is_chinese_and_its_parts_add_up(comparison, tmp_path):
    out = comparison.to_folder(tmp_path / "out")
    book = openpyxl.load_workbook(out / "comparison.xlsx")
    assert book.sheetnames == ["缺口变化", "覆盖变化", "现状变化", "设施变化", "说明"]
    for title in book.sheetnames[:2]:
        sheet = book[title]
        heads = [cell.value for cell in sheet[3]]
        start, end = heads.index("人口"), heads.index("未分解") + 1
        rows = 0
        for cells in sheet.iter_rows(min_row=4, values_only=True):
            change = cells[start - 1]
            assert not any(isinstance(v, str) and ENGLISH.search(_plain(v)) for v in cells), cells
            if isinstance(change, (int, float)):
                parts = [v for v in cells[start:end] if isinstance(v, (int, float))]
                assert sum(parts) == pytest.approx(change, abs=1e-6)
                rows += 1
        assert rows > 15
        assert (sheet.page_setup.scale, sheet.print_title_cols) == (68, "$A:$C")
        (split,) = sheet.col_breaks.brk
        assert heads[split.id - 1] == "变化说明"  # what changed and why stand on one page
        widths = [
            sheet.column_dimensions[get_column_letter(i + 1)].width for i in range(len(heads))
        ]
        assert max(sum(widths[: split.id]), sum(widths[:3] + widths[split.id :])) < 235
    text = " ".join(str(cell.value) for row in book["设施变化"].iter_rows() for cell in row)
    assert "期间投用" in text
    assert "托位或学位数 30 → 60" in text


@pytest.mark.parametrize(("language", "narrow"), [("zh", 90), ("en", 60)])
def test_tables_fit_the_terminal(comparison, language, narrow):
    def cells(columns):
        console = Console(width=columns, file=io.StringIO())
        console.print(*comparison_tables(comparison, language=language))
        text = console.file.getvalue()
        assert max(map(cell_len, text.splitlines())) <= columns
        return set(re.findall(r"(?:已知|known )?[≥≤+−]?\d[\d,]*(?:\.\d+)?%?", text))

    assert cells(narrow) == cells(400)


def test_a_shortfall_that_is_a_bound_keeps_its_mark_everywhere(comparison, tmp_path):
    found = [
        (row, group) for group in groups(comparison) for row in group.rows if row.marks.get("new")
    ]
    marks = {row.marks["new"] for row, _ in found}
    assert marks == {"≥", "≤", "已知"}
    row, group = next((r, g) for r, g in found if r.marks["new"] == "≤" and r.numbers["change"])
    shown = f"≤{row.numbers['new']:,.0f}"
    own = comparison.changes.query("unit_code == @row.code and measure == 'places'")
    assert "at_most" in set(own["bound_new"])
    assert f'<td class="number">{shown}</td>' in page(comparison)
    assert re.search(rf"至{shown}\(已知[+−]", row.why)
    console = Console(width=200, file=io.StringIO())
    console.print(*comparison_tables(comparison))
    assert any(row.name in line and shown in line for line in console.file.getvalue().split("\n"))
    sheet = openpyxl.load_workbook(comparison.to_folder(tmp_path / "out") / "comparison.xlsx")[
        "缺口变化"
    ]
    heads = [cell.value for cell in sheet[3]]
    line = next(
        cells
        for cells in sheet.iter_rows(min_row=4)
        if (cells[1].value, cells[0].value.partition(":")[2]) == (row.code, group.title)
    )
    assert line[heads.index("现缺口")].number_format == '"≤"#,##0'
    assert line[heads.index("缺口变化")].number_format == '"已知"+#,##0;"已知"-#,##0;0'


def test_what_exists_is_not_called_in_reach(comparison):
    kinds = {
        group.key: (group.shows, set(comparison.changes.query("series == @series")["kind"]))
        for group in groups(comparison)
        for series in [group.key.split("|")[0]]
    }
    reach = [kind for shows, some in kinds.values() for kind in some if shows == "reach"]
    existing = [kind for shows, some in kinds.values() for kind in some if shows == "existing"]
    assert reach
    assert all(kind.startswith("coverage_") for kind in reach)
    assert not any(kind.startswith("coverage_") for kind in existing)
    assert head("new", "existing", "zh") == "现期现状"
    why = [r.why for g in groups(comparison) if g.shows == "existing" for r in g.rows]
    assert why
    assert not any("覆盖" in text for text in why)


def _plain(text):
    """Leave out what stands in brackets: ids of facilities."""
    return re.sub(r"\([^()]*\)", "", text)


def test_every_phrase_of_a_comparison_has_chinese(comparison):
    from capacity.report.labels import translate

    notes = {note for note in comparison.changes["note"] if note}
    assert len(notes) > 10
    for note in notes:
        assert not re.search("[A-Za-z]{2,}", _plain(translate(note, "zh"))), note
    assert all(re.search("[\u4e00-\u9fff]", zh) for zh in COMPARISON_PHRASES.values())


def test_hostile_names_stay_text(years, tmp_path):
    _, old, new = years
    given, doctored = hostile.named(new)
    facilities = doctored.area.facilities.assign(name=hostile.NAMES[1])
    area = dataclasses.replace(doctored.area, facilities=facilities, name=hostile.NAMES[1])
    comparison = compare(old, dataclasses.replace(doctored, area=area))
    out = comparison.to_folder(tmp_path / "out")
    html = (out / "comparison.html").read_text(encoding="utf-8")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html
    assert html.count("<script>") == 1
    assert not re.search(r"(?:src|href)=", html)
    book = openpyxl.load_workbook(out / "comparison.xlsx")
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    shown = {cell.value for row in book["缺口变化"].iter_rows(min_col=3, max_col=3) for cell in row}
    assert "=cmd|' /C calc'!A0" in shown
    back = pd.read_csv(out / "comparison.csv", dtype=str, encoding="utf-8-sig")
    named = back.loc[back["unit_code"] == next(iter(given)), "unit_name"]
    assert set(named) == {"'" + hostile.NAMES[0]}


# --- the command line ------------------------------------------------------------------------


def test_the_command_says_what_changed_and_writes_it(years, tmp_path):
    folder = years[0]
    done = run(folder / "old", folder / "new", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "每千人口托位数" in done.stdout
    assert "未分解" in done.stdout
    assert names(tmp_path / "out") == FILES
    again = run(folder / "old", folder / "new", "-o", tmp_path / "out")
    assert again.returncode == 2
    assert "--overwrite" in again.stderr


def test_the_command_in_english_without_a_folder(years):
    folder = years[0]
    done = run(folder / "old", folder / "new", "--language", "en", "--changed-figures", "data")
    assert done.returncode == 0, done.stderr
    assert "sum of units" in done.stdout
    assert not re.search(
        "[\u4e00-\u9fff]", done.stdout.replace("示例区", "").replace("街道", "")[:200]
    )


def test_an_output_that_holds_what_is_compared_is_refused(years):
    folder = years[0]
    done = run(folder / "old", folder / "new", "-o", folder / "old", "--overwrite")
    assert done.returncode == 2
    assert (folder / "old" / "findings.parquet").is_file()


def without(*keys):
    """Make a change of the manifest that takes a key out."""

    def change(facts):
        inner = facts
        for key in keys[:-1]:
            inner = inner[key]
        del inner[keys[-1]]
        return json.dumps(facts)

    return change


MANIFESTS = {
    "another manifest": (lambda _: "{}", "compare.not_a_result"),
    "no json": (lambda _: "{", "compare.unreadable"),
    "an older layout": (without("format"), "compare.other_layout"),
    "half a manifest": (without("area", "data_date"), "compare.unreadable"),
    "a plan's": (without("results"), "compare.not_a_result"),
    "files without a digest": (
        lambda facts: json.dumps(facts | {"results": [{"name": "x"}]}),
        "compare.not_a_result",
    ),
}


def _sign(folder, facts):
    """Write the SHA-256 of the tables as they are now into the manifest."""
    from capacity.report.folder import digests

    facts["results"] = [one for one in digests(folder) if one["name"] != "manifest.json"]
    (folder / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")


def refused(broken, years):
    with pytest.raises(InputError) as caught:
        compare(broken, years[0] / "new")
    assert all(fault.mend and fault.item == "OLD" for fault in caught.value.faults)
    return caught.value.faults


@pytest.mark.parametrize("how", MANIFESTS)
def test_a_manifest_that_is_not_of_a_result_is_refused(years, broken, how):
    change, code = MANIFESTS[how]
    manifest = broken / "manifest.json"
    facts = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(change(facts), encoding="utf-8")
    assert [fault.code for fault in refused(broken, years)] == [code]


def test_tables_that_are_not_as_written_are_refused(years, broken):
    facts = json.loads((broken / "manifest.json").read_text(encoding="utf-8"))
    path = broken / "findings.parquet"
    frame = pd.read_parquet(path)
    frame.assign(shortfall=0.0).to_parquet(path, index=False)
    (broken / "supply.parquet").unlink()
    codes = {fault.code for fault in refused(broken, years)}
    assert codes == {"compare.edited", "compare.incomplete"}
    frame.drop(columns="share").assign(extra=1).to_parquet(path, index=False)
    (broken / "units.parquet").write_bytes(b"PAR1")
    _sign(broken, facts)
    faults = refused(broken, years)
    columns = {fault.column for fault in faults if fault.code == "compare.columns"}
    assert columns == {"share", "extra"}
    assert "compare.unreadable" in {fault.code for fault in faults}
    (broken / "manifest.json").unlink()
    assert [fault.code for fault in refused(broken, years)] == ["compare.not_a_result"]


def test_faults_of_both_folders_are_told_at_once_and_nothing_is_written(broken, tmp_path):
    with (broken / "findings.parquet").open("ab") as file:
        file.write(b" ")
    done = run(broken, tmp_path / "nowhere", "-o", tmp_path / "out")
    assert done.returncode == 1
    assert "SHA-256" in done.stderr
    assert "is no result folder" in done.stderr
    assert "结果文件写出后被改过" in done.stderr
    assert "改法:" in done.stderr
    assert names(tmp_path) == ["broken"]
