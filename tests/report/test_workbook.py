"""The workbook read back: what stands in a cell is what the findings say."""

import dataclasses
import math
import re
from itertools import cycle
from pathlib import Path

import openpyxl
import pytest
from shapely import box

import capacity
from capacity import assess, load_norms, study_area
from capacity.errors import Fault
from capacity.problems import PROBLEMS
from capacity.quality import quality_table
from capacity.report.labels import MEASURES, QUALITY_UNITS
from capacity.report.text import clean
from capacity.report.workbook import write_workbook
from tests import towns
from tests.covers import covers
from tests.report import hostile

SERVICE_SHEETS = ("托育", "托育-社区村", "养老", "体育健身", "体育健身-社区村")
HEADS = {
    "标准": "standard",
    "基期值": "observed",
    "应有": "required",
    "现有": "existing",
    "覆盖人口": "existing",
    "需求": "base_value",
    "计入容量的覆盖": "existing",
    "覆盖但无托位": "existing",
    "未覆盖": "existing",
    "缺口": "shortfall",
    "需增": "shortfall",
    "富余": "surplus",
    "占比": "share",
    "状态": "status",
    "常住人口": "base_value",
    "0—3岁": "base_value",
    "户数": "base_value",
    "60岁及以上": "base_value",
    "总数": "base_value",
    "单位数": "base_value",
    "设施数": "base_value",
    "小区数": "base_value",
}
STATUSES = {
    "met": "达标",
    "short": "未达标",
    "reported": "仅报告",
    "not_applicable": "不适用",
    "no_data": "缺数据",
}
TITLE, TOP, HEAD, CODES, FIRST = 1, 3, 4, 5, 6


@pytest.fixture(scope="module")
def book(result, tmp_path_factory):
    return openpyxl.load_workbook(write_workbook(result, tmp_path_factory.mktemp("x") / "a.xlsx"))


def groups_of(sheet):
    """Read the two-level header: (column, group number, findings column) from column 5 on."""
    number = None
    for column in range(5, sheet.max_column):
        top = sheet.cell(TOP, column).value
        if top:
            number = int(re.match(r"\[(\d+)\]", top)[1])
        head = re.split(r"[\n(]", sheet.cell(HEAD, column).value)[0]
        yield column, number, HEADS[head]


def numbers_of(book, result):
    """Read the overview: number → (norm id, measure)."""
    ids = {norm.name_zh: norm.id for norm in result.norms.norms}
    found = {}
    for row in book["总览"].iter_rows(min_row=FIRST, values_only=True):
        if not isinstance(row[0], (int, float)):
            break
        norm_id = ids[row[2]]
        measures = result.findings.loc[result.findings["norm_id"] == norm_id, "measure"].unique()
        labelled = {zh: measure for measure, (zh, _) in MEASURES.items()} | {"学位": "places"}
        assert labelled[row[3]] in measures
        found[int(row[0])] = (norm_id, labelled[row[3]])
    return found


def expected(found, column):
    """Say what a cell should hold for a finding, or for none."""
    if found is None:
        return "—"
    if column == "status":
        return STATUSES[found["status"]]
    if column == "standard" and found["status"] == "not_applicable":
        return "—"
    value = found[column]
    if math.isnan(value):
        partial = ("shortfall is a lower bound", "shortfall of what is known, no bound")
        missing = found["status"] == "no_data" or found["note"].endswith(partial)
        return "…" if missing else "—"
    return value


@pytest.mark.parametrize("name", SERVICE_SHEETS)
def test_every_cell_is_its_finding(book, result, name):
    numbers = numbers_of(book, result)
    keys = ["unit_code", "norm_id", "measure", "rollup"]
    findings = {tuple(r[k] for k in keys): r for r in result.findings.to_dict(orient="records")}
    sheet, compared = book[name], 0
    columns = list(groups_of(sheet))
    norms = {norm.id: norm for norm in result.norms.norms}
    for row in range(FIRST, sheet.max_row + 1):
        code, label = sheet.cell(row, 1).value, sheet.cell(row, 2).value
        if not code:
            break
        rollups = ("unit", "sum_of_units")
        if code == result.area.code:
            # a norm asked of the district itself has a line of its own
            own = ("unit",) if label == result.area.name else ("net",)
            rollups = ("sum_of_units",) if "分单位合计" in label else own
        for column, number, what in columns:
            rows = [findings.get((code, *numbers[number], rollup)) for rollup in rollups]
            found = next((r for r in rows if r is not None), None)
            cell = sheet.cell(row, column).value
            if what == "observed":
                norm = norms[numbers[number][0]]
                values = {float(one.value) for one in result.norms.baselines_of(norm)}
                assert cell in (values if found and found["status"] != "not_applicable" else "—")
                continue
            want = expected(found, what)
            assert cell == (pytest.approx(want, rel=1e-12) if isinstance(want, float) else want)
            compared += 1
    assert compared >= 70


def test_units_follow_the_totals_sorted_by_code_as_text(book):
    sheet = book["托育"]
    labels = [sheet.cell(row, 2).value for row in (FIRST, FIRST + 1)]
    codes = [sheet.cell(row, 1).value for row in range(FIRST + 2, FIRST + 14)]
    assert labels == ["合计(分单位合计)", "按全区总量核算"]
    assert codes == sorted(codes)
    assert all(isinstance(code, str) for code in codes)


def test_frame(book):
    sheet = book["养老"]
    # a wide sheet has its title beside the columns that stay in place
    titles = [cell.value for cell in sheet[TITLE] if cell.value]
    assert titles == ["示例区养老设施缺口表(2025年)"]
    assert "数据时点:2025年6月30日" in "".join(cell.value or "" for cell in sheet[2])
    assert [sheet.cell(CODES, column).value for column in range(1, 7)] == [
        "甲",
        "乙",
        "丙",
        1,
        2,
        3,
    ]
    assert sheet.freeze_panes == "E6"
    assert sheet.print_title_rows == "$3:$5"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.oddFooter.center.text == "第 &P 页 共 &N 页"


def test_overview_counts_units_and_concludes(book, result):
    rows = {row[2]: row for row in book["总览"].iter_rows(min_row=FIRST, values_only=True)}
    street = rows["每个街道普惠托育服务机构"]
    mine = result.findings["norm_id"] == "zhengzhou.childcare.facility_per_street_2023"
    units = result.findings[mine & (result.findings["rollup"] == "unit")]
    counts = units[units["measure"] == "places_to_add"]["status"].value_counts()
    assert street[15:20] == tuple(counts.get(name, 0) for name in STATUSES)
    assert street[20] == "未达标"


def test_no_number_is_text_and_no_data_cell_is_blank(book):
    for name in (*SERVICE_SHEETS, "总览", "居住小区", "数据质量"):
        sheet = book[name]
        texts = [i for i, cell in enumerate(sheet[CODES]) if isinstance(cell.value, str)]
        for row in sheet.iter_rows(min_row=FIRST):
            if row[0].value is None or row[1].value is None:
                break
            for i, cell in enumerate(row):
                assert cell.value not in (None, "")
                assert cell.data_type in "ns"
                if i not in texts and isinstance(cell.value, str):
                    assert not re.search(r"\d", cell.value)


def test_hostile_names_stay_text(result, tmp_path):
    names, changed = hostile.named(result)
    book = openpyxl.load_workbook(write_workbook(changed, tmp_path / "a.xlsx"))
    shown = {row[0].value: row[1] for row in book["托育"].iter_rows(min_row=FIRST, max_row=19)}
    for code, name in names.items():
        assert shown[code].value == clean(name)
        assert shown[code].data_type == "s"
        assert shown[code].hyperlink is None
    assert not any(cell.data_type == "f" for sheet in book for row in sheet for cell in row)


def test_a_service_without_a_norm_says_so(result, tmp_path):
    kept = tuple(n for n in result.norms.norms if n.service != "sports")
    findings = result.findings[result.findings["service"] != "sports"].reset_index(drop=True)
    norms = dataclasses.replace(result.norms, norms=kept)
    without = dataclasses.replace(result, findings=findings, norms=norms)
    book = openpyxl.load_workbook(write_workbook(without, tmp_path / "a.xlsx"))
    assert book["体育健身"].cell(3, 1).value == "本市资料未规定定量标准"


def test_a_norm_without_findings_keeps_its_row(result, tmp_path):
    gone = result.findings["service"] != "sports"
    without = dataclasses.replace(result, findings=result.findings[gone].reset_index(drop=True))
    book = openpyxl.load_workbook(write_workbook(without, tmp_path / "a.xlsx"))
    last = [r for r in book["总览"].iter_rows(values_only=True) if r[2] == "15分钟健身圈"]
    assert last[0][20] == "未单独核算"
    assert book["体育健身"].cell(3, 1).value == "本区没有适用单位"


@pytest.fixture
def city():
    """Two districts with a street each, and no facilities known but one of 55 places."""
    whole, west, east = box(0, 0, 200, 100), box(0, 0, 100, 100), box(100, 0, 200, 100)
    units = towns.units(
        [whole, west, east, west, east],
        codes=["4101", "410102", "410103", "410102001", "410103001"],
        unit_name=["某市", "甲区", "乙区", "一街道", "二街道"],
        unit_type=["city", "district", "district", "street", "street"],
        parent_code=["", "4101", "4101", "410102", "410103"],
    )
    cells = towns.cells([west, east], [10_000.0, 500.0])
    one = towns.points([(50, 50)], facility_id=["F1"], service=["childcare"], places=[55.0])
    area = study_area(units, cells, one, name="某市", data_date="2025-01-01")
    return assess(area, load_norms("zhengzhou", on="2025-12-31"))


def test_a_city_has_streets_first_and_then_its_districts(city, tmp_path):
    book = openpyxl.load_workbook(write_workbook(city, tmp_path / "a.xlsx"))
    assert book.sheetnames[1:3] == ["托育", "托育-区县"]
    for name, codes in {
        "托育": ["410102001", "410103001"],
        # the city itself needs a public institution beside those of its districts
        "托育-区县": ["4101", "410102", "410103"],
    }.items():
        stub = [[cell.value for cell in row[:2]] for row in book[name].iter_rows(min_row=FIRST)]
        assert [label for _, label in stub[:2]] == ["合计(分单位合计)", "按全市总量核算"]
        assert [code for code, _ in stub[2 : 2 + len(codes)]] == codes
    shortfalls = [book["托育"].cell(row, 9).value for row in range(FIRST, FIRST + 4)]
    assert shortfalls == [8, 8, 5, 3]


def test_english(result, tmp_path):
    book = openpyxl.load_workbook(write_workbook(result, tmp_path / "a.xlsx", language="en"))
    assert book.sheetnames[:3] == ["Overview", "childcare", "childcare-communities"]
    assert book["childcare"].cell(FIRST, 2).value == "total (sum of units)"


def test_methods_name_parameters_files_and_versions(book, result):
    texts = {
        str(cell.value) for row in book["方法与参数"] for cell in row if cell.value is not None
    }
    assert {"1.2", "1.3", "2000", "本表设定,非文件规定", "EPSG:4547"} <= texts
    assert {file.sha256 for file in result.area.files} <= texts
    assert {norm.id for norm in result.norms.norms} <= texts


def test_a_failure_leaves_an_earlier_file_alone(result, tmp_path, monkeypatch):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"earlier")

    def fail(_maker):
        raise RuntimeError

    monkeypatch.setattr("capacity.report.workbook._methods", fail)
    with pytest.raises(RuntimeError):
        write_workbook(result, path)
    assert path.read_bytes() == b"earlier"


@covers("worked", "baseline")
def test_an_observed_value_stands_beside_the_standard_with_its_year(book):
    sheet = book["托育"]
    heads = {cell.value: cell.column for row in sheet.iter_rows(max_row=FIRST) for cell in row}
    at = heads["基期值(市,2020年)\n(个/千人)"]
    # 1.46 places per 1,000 people of the city in 2020, beside 6 asked
    assert [sheet.cell(FIRST, column).value for column in (at - 1, at)] == [6, 1.46]
    assert "基期值为文件所载" in "".join(str(c.value) for row in sheet for c in row if c.value)
    overview = book["总览"]
    texts = [row[6].value for row in overview.iter_rows(min_row=FIRST)]
    assert "1.46 个/千人(市,2020年)" in texts


@covers("boundary", "baseline")
def test_a_norm_without_an_observed_value_has_no_such_column(city):
    norms = city.norms
    starts = [norm for norm in norms.norms if norms.baselines_of(norm)]
    assert 0 < len(starts) < len(norms.norms)
    assert all(one.role == "baseline" and one.baseline_of for one in norms.baselines)
    # the document of an observed value counts from its own date on
    early = load_norms("zhengzhou", on="2022-12-31").baselines
    assert {one.source.date.year for one in early} == {2022}
    assert {one.source.date.year for one in norms.baselines} == {2022, 2023}


def quality_rows(book, name):
    """Heading → text of each row of the quality sheet."""
    heads = [cell.value for cell in book[name][TOP]]
    rows = book[name].iter_rows(min_row=FIRST, values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in rows]


def with_every_fault(result):
    """Give an assessment one fault of every code, each with an English mend and hostile words."""
    names = cycle(hostile.NAMES)
    faults = [
        Fault(severity="warning", code=code, message=name, mend=f"Mend {code} so.", file=name)
        for code, name in zip(PROBLEMS, names, strict=False)
    ]
    return faults, dataclasses.replace(result, quality=quality_table(faults))


def test_the_chinese_sheet_says_every_mend_in_chinese_and_none_in_english(result, tmp_path):
    faults, changed = with_every_fault(result)
    book = openpyxl.load_workbook(write_workbook(changed, tmp_path / "a.xlsx"))
    rows = quality_rows(book, "数据质量")
    assert [row["问题代码"] for row in rows] == [fault.code for fault in faults]
    assert {row["级别"] for row in rows} == {"警告"}
    assert [(row["问题"], row["改法"]) for row in rows] == list(PROBLEMS.values())
    assert [row["详情"] for row in rows] == [clean(fault.message) or "—" for fault in faults]
    texts = [str(cell.value) for row in book["数据质量"] for cell in row]
    assert not any("Mend " in text for text in texts)
    assert not any(cell.data_type == "f" for row in book["数据质量"] for cell in row)
    assert not any(cell.hyperlink for row in book["数据质量"] for cell in row)


def test_units_of_amounts_are_chinese_in_the_chinese_sheet(result, tmp_path):
    book = openpyxl.load_workbook(write_workbook(result, tmp_path / "a.xlsx"))
    units = {row["量值单位"] for row in quality_rows(book, "数据质量")}
    assert {"人", "读取行数"} <= units
    assert not any(re.search("[A-Za-z]", str(unit)) for unit in units)


def test_every_unit_of_an_amount_has_a_label():
    """Units are written in the source as texts, or put together of a noun of the layer."""
    source = "".join(
        path.read_text("utf-8") for path in Path(capacity.__file__).parent.rglob("*.py")
    )
    written = set(re.findall(r'\bamount=[^=]*?\bunit="([^"]*)"', source))
    assert {"m2", "people", "share"} <= written <= set(QUALITY_UNITS)
    nouns = {"row", "peopled cell"}
    assert {f"{noun}s read" for noun in nouns} <= set(QUALITY_UNITS)


def test_the_english_sheet_says_the_english_mend(result, tmp_path):
    faults, changed = with_every_fault(result)
    path = write_workbook(changed, tmp_path / "a.xlsx", language="en")
    rows = quality_rows(openpyxl.load_workbook(path), "Quality")
    assert [row["mend"] for row in rows] == [fault.mend for fault in faults]
    assert "mend in Chinese" not in rows[0]
