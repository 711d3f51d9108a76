"""The workbook read back: what stands in a cell is what the findings say."""

import dataclasses
import io
import math
import re
from itertools import cycle
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from shapely import box
from xlsxwriter.worksheet import Worksheet

import capacity
from capacity import assess, load_norms, study_area
from capacity.assess.summary import headlines
from capacity.errors import Fault
from capacity.exact import percent
from capacity.findings import STATUSES as LABELS
from capacity.problems import PROBLEMS
from capacity.quality import quality_table
from capacity.report.labels import QUALITY_UNITS, SECONDARY
from capacity.report.short import short_cell
from capacity.report.text import clean
from capacity.report.view import look
from capacity.report.workbook import workbook_names, write_workbook, write_workbooks
from capacity.report.workbook.layout import tables
from capacity.report.workbook.sheet import _Plain
from capacity.vocabulary import SERVICES
from tests import towns
from tests.covers import covers
from tests.report import hostile
from tests.report.sheets import (
    CODES,
    FIRST,
    HEAD,
    LINE,
    STATUSES,
    TITLE,
    TOP,
    columns_of,
    norms_by_number,
    own_sheets,
    rollups_of,
    unit_sheets,
)

MAIN = [f"表{i}" for i in range(10)]
OWN = {9: "required", 10: "existing", 11: "shortfall", 12: "surplus", 13: "share", 14: "status"}


@pytest.fixture(scope="module")
def book(result, tmp_path_factory):
    return openpyxl.load_workbook(
        write_workbook(result, tmp_path_factory.mktemp("x") / "a.xlsx"), data_only=True
    )


FEW = ("places_per_thousand", "fitness_circle_minutes")


@pytest.fixture(scope="module")
def small(result):
    """The same assessment with two norms: childcare places and the fitness circle."""
    kept = tuple(norm for norm in result.norms.norms if norm.id.endswith(FEW))
    ids = [norm.id for norm in kept]
    frames = {
        name: frame[frame["norm_id"].isin(ids)].reset_index(drop=True)
        for name, frame in (("findings", result.findings), ("subtotals", result.subtotals))
    }
    norms = dataclasses.replace(result.norms, norms=kept)
    return dataclasses.replace(result, norms=norms, **frames)


def measures_of(result):
    """Norm id → its measures, the first ones first."""
    found = {}
    for norm_id, measure in result.findings[["norm_id", "measure"]].itertuples(index=False):
        found.setdefault(norm_id, {})[measure] = None
    return {
        k: sorted(v, key=lambda m: (m in SECONDARY, m != "population")) for k, v in found.items()
    }


def findings_of(result):
    keys = ["unit_code", "norm_id", "measure", "rollup"]
    rows = pd.concat([result.findings, result.subtotals]).to_dict(orient="records")
    return {tuple(row[key] for key in keys): row | known_of(rows, row) for row in rows}


def known_of(rows, whole):
    """Add up the streets that a circle is known of, where it is not known of all of them."""
    own = {"sum_of_units": ("street", "township"), "street": ("street",), "township": ("township",)}
    if (
        whole["status"] != "no_data"
        or whole["kind"] not in {"coverage_radius", "coverage_time"}
        or whole["rollup"] not in own
    ):
        return {}
    known = [
        row
        for row in rows
        if (row["norm_id"], row["measure"]) == (whole["norm_id"], whole["measure"])
        and (row["rollup"], row["status"]) == ("unit", "reported")
        and row["unit_type"] in own[whole["rollup"]]
    ]
    if not known:
        return {}
    base, reached = (sum(row[name] for row in known) for name in ("base_value", "existing"))
    return {"base_value": base, "existing": reached, "share": reached / base}


def expected(found, figure):
    """Say what a cell should hold for a finding, or for none."""
    if found is None:
        return "—"
    if figure == "status":
        return STATUSES[found["status"]]
    if figure == "standard" and found["status"] == "not_applicable":
        return "—"
    value = found["shortfall"] / 10_000 if figure == "hectares" else found[figure]
    if math.isnan(value):
        partial = ("shortfall is a lower bound", "shortfall of what is known, no bound")
        missing = found["status"] == "no_data" or found["note"].endswith(partial)
        return "…" if missing else "—"
    return value


def shown_cells(book, result):
    """Every cell of a finding: sheet name, value, the finding, and which figure of it."""
    norms, measures, findings = (
        norms_by_number(book, result),
        measures_of(result),
        findings_of(result),
    )
    for sheet in unit_sheets(book):
        columns = columns_of(sheet, norms, measures)
        for row in range(FIRST, sheet.max_row + 1):
            code, label = sheet.cell(row, 2).value, sheet.cell(row, 3).value
            if not code:
                break
            for column, (norm_id, measure, figure, below) in columns.items():
                rollups = rollups_of(label, code, result.area.code, result.area.name, below=below)
                keys = [(code, norm_id, measure, rollup) for rollup in rollups]
                key = next((key for key in keys if key in findings), None)
                yield sheet.title, sheet.cell(row, column).value, key, figure
    for sheet in own_sheets(book):
        labels = {zh: name for name, (zh, _) in _measures().items()}
        for row in sheet.iter_rows(min_row=FIRST, values_only=True):
            if not (row[0] or "").startswith("["):
                break
            norm_id = norms[row[0]]
            measure = labels.get(row[3], "places")
            for column, figure in OWN.items():
                key = (result.area.code, norm_id, measure, "unit")
                yield sheet.title, row[column], key if key in findings else None, figure


def _measures():
    from capacity.report.labels import MEASURES

    return MEASURES | {"floor_area_m2": ("建筑面积", "")}


def test_every_cell_is_its_finding_and_no_finding_is_lost(book, result):
    findings = findings_of(result)
    seen, compared = set(), 0
    for sheet, value, key, figure in shown_cells(book, result):
        want = expected(findings.get(key), figure)
        assert value == (
            pytest.approx(want, rel=1e-12, abs=6e-7) if isinstance(want, float) else want
        ), (
            sheet,
            key,
            figure,
        )
        seen.add((key, figure))
        compared += 1
    assert compared > 5000
    for key, row in findings.items():
        code, _, measure, rollup = key
        if rollup == "net" and code != result.area.code:
            continue  # the net of a street that is itself a unit of the table
        if rollup in {"street", "township"} and row["unit_type"] == "city":
            continue
        for figure in ("existing", "shortfall", "share", "status"):
            skipped = measure in SECONDARY and figure in {"existing", "share", "status"}
            if figure == "status" and measure in {"population", "under_3", "age_60_plus"}:
                skipped = False
            number = figure == "status" or not math.isnan(row[figure])
            brief = figure in {"shortfall", "share"} and measure == "units_with_one"
            if number and not skipped and not brief:
                assert (key, figure) in seen, (key, figure)


def test_the_ten_tables_stand_in_their_order(book):
    assert [name for name in book.sheetnames if name in MAIN] == MAIN
    assert {"表1-1", "表1-2", "表2-1", "表2-2"} <= set(book.sheetnames)
    served = [service for table in tables() for service in table.services]
    assert sorted(served) == sorted(SERVICES)


def test_frame_of_every_sheet(book):
    for sheet in book:
        title = sheet.cell(TITLE, 1).value
        assert title.startswith("示例区")
        assert title.endswith("(2025年)")
        merged = {str(each) for each in sheet.merged_cells.ranges}
        last = re.search(r"\$([A-Z]+)\$\d+$", sheet.print_area)[1]
        assert f"A1:{last}1" in merged
        assert sheet.cell(TITLE, 1).alignment.horizontal == "center"
        line = "".join(str(cell.value) for cell in sheet[LINE] if cell.value)
        assert line.startswith("填报单位(盖章):____")
        assert "数据时点:2025年6月30日" in line
        assert f"表号:{sheet.title}" in line
        assert "计量单位:人、个、处、平方米、%" in line
        bottom = sheet.cell(sheet.max_row, 1).value
        assert re.fullmatch(
            r"填报单位负责人:_+ +填报人:_+ +审核人:_+ +联系电话:_+ +填报日期:_+年_+月_+日", bottom
        )
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize in {8, 9}
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToWidth in {None, 1}
        assert sheet.oddFooter.center.text == "第 &P 页 共 &N 页"


def test_headers_have_codes_stay_in_sight_and_repeat(book):
    for sheet in [*unit_sheets(book), *own_sheets(book), book["表0"]]:
        codes = [cell.value for cell in sheet[CODES]]
        texts = [code for code in codes if isinstance(code, str)]
        numbers = [code for code in codes if not isinstance(code, str)]
        assert texts == list("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未")[: len(texts)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert sheet.freeze_panes == "D6"
        assert sheet.print_title_rows == "$3:$5"


def test_totals_come_first_then_units_by_code_as_text(book):
    sheet = book["表1"]
    labels = [sheet.cell(row, 3).value for row in range(FIRST, FIRST + 4)]
    assert labels == ["合计(分单位合计)", "按全区总量核算", "其中:街道小计", "其中:乡镇小计"]
    cells = [sheet.cell(row, 2) for row in range(FIRST + 4, FIRST + 16)]
    assert [cell.value for cell in cells] == sorted(cell.value for cell in cells)
    assert all(cell.data_type == "s" for cell in cells)
    assert [sheet.cell(row, 1).value for row in range(FIRST + 4, FIRST + 16)] == list(range(1, 13))


def test_no_number_is_text_and_no_data_cell_is_blank(book):
    for sheet in [*unit_sheets(book), *own_sheets(book), book["表0"]]:
        texts = [i for i, cell in enumerate(sheet[CODES]) if isinstance(cell.value, str)]
        for row in sheet.iter_rows(min_row=FIRST):
            if row[0].value in (None, "注:"):
                break
            for i, cell in enumerate(row):
                assert cell.value not in (None, "")
                if i not in texts and isinstance(cell.value, str):
                    assert not re.search(r"\d", cell.value)


def test_remarks_are_short_and_every_number_is_a_note(book):
    for sheet in unit_sheets(book):
        notes = {
            int(found[1])
            for row in sheet.iter_rows(min_row=FIRST, max_col=1, values_only=True)
            if (found := re.match(r"(\d+)\. ", str(row[0])))
        }
        remarks = [
            row[-1]
            for row in sheet.iter_rows(min_row=FIRST, values_only=True)
            if row[1] and row[-1] not in (None, "—")
        ]
        assert all(len(remark) <= 40 for remark in remarks)
        for remark in remarks:
            assert {int(number) for number in re.findall(r"\d+", remark)} <= notes


def test_statuses_are_words_and_colours(book):
    colours = {}
    for row in book["表1"].iter_rows(min_row=FIRST, max_row=FIRST + 15):
        for cell in row:
            if cell.value in STATUSES.values():
                colours.setdefault(cell.value, set()).add(cell.fill.fgColor.rgb)
    assert {"达标", "未达标", "缺数据"} <= set(colours)
    assert len(set.union(*(colours[word] for word in ("达标", "未达标", "缺数据")))) == 3


def test_overview_has_a_row_per_norm_and_conflicts_beside_each_other(book, result):
    rows = [
        row
        for row in book["表0"].iter_rows(min_row=FIRST, values_only=True)
        if isinstance(row[0], (int, float))
    ]
    assert len(rows) == len(result.norms.norms)
    nursing = [row for row in rows if "护理型床位" in row[2]]
    assert sorted(row[3] for row in nursing) == [55, 60]
    assert abs(nursing[0][0] - nursing[1][0]) == 1
    for one, other in ((0, 1), (1, 0)):
        assert f"[{int(nursing[other][0])}]" in nursing[one][17]
        assert "C02" in nursing[one][17]
    others = [row[17] for row in rows if "C" in row[17] and "C02" not in row[17]]
    assert any("C04" in text for text in others)  # of another city: no other value here
    assert all(text.startswith("相关,见C") and "不一致" not in text for text in others)
    notes = [str(row[0].value) for row in book["表0"].iter_rows(min_row=FIRST)]
    conflict = next(one for one in result.norms.conflicts if one.id == "C02")
    assert any(conflict.text_zh in note for note in notes)


def test_overview_counts_units_and_concludes(book, result):
    rows = {row[2]: row for row in book["表0"].iter_rows(min_row=FIRST, values_only=True)}
    street = rows["每个街道普惠托育服务机构"]
    findings = result.findings
    mine = findings["norm_id"] == "zhengzhou.childcare.facility_per_street_2023"
    units = findings[mine & (findings["rollup"] == "unit") & (findings["measure"] == "facilities")]
    counts = units["status"].value_counts()
    asked = sum(counts.get(name, 0) for name in ("met", "short", "no_data"))
    assert street[14:16] == (counts["met"], asked)
    assert street[16] == "未达标"
    # asked of the district, its streets and its communities: never "1 of 1" beside a gap of 65
    levels = rows["公共体育设施网络覆盖率"]
    assert levels[14:16] == (levels[8], levels[9])
    assert (levels[15], levels[16]) == (72, "未达标")


def test_a_subtotal_that_is_no_part_of_the_total_is_said_to_be_none(book):
    rows = list(book["表2"].iter_rows(min_row=FIRST, values_only=True))
    total, streets, townships = (
        next(row for row in rows if row[2] == name)
        for name in (
            "合计(分单位合计)",
            "其中:街道小计",
            "其中:乡镇小计([20]仅列示,不在合计内)",
        )
    )
    # the clause asks land of streets; the townships' is shown beside it
    assert townships[10] > 0
    assert townships[13] == "仅报告"
    assert total[10] == pytest.approx(streets[10])
    assert any("其余单位和小计仅列示、不计入" in str(row[0]) for row in rows)


def test_a_total_of_what_is_known_says_so(book, result):
    sheet = book["表0"]
    total = result.findings.query(
        "norm_id == 'zhengzhou.childcare.places_per_thousand' and measure == 'places'"
        " and rollup == 'sum_of_units'"
    )["shortfall"].item()
    formats = {
        cell.number_format for row in sheet.iter_rows() for cell in row if cell.value == total
    }
    assert any("已知" in each for each in formats), formats


def test_what_is_known_of_a_circle_is_one_figure_everywhere(book, result):
    """The whole district said 12.1 % on the terminal and 「…」 in the workbook."""
    circle = "zhengzhou.plan2023.childcare.service_circle_radius"
    (headline,) = (h for h in headlines(result) if (h.norm_id, h.measure) == (circle, "population"))
    said = percent(headline.share)
    overview = next(
        r for r in book["表0"].iter_rows(min_row=FIRST) if r[2].value == "半径300米托育服务圈"
    )
    cells = [cell for cell in overview if cell.value == pytest.approx(headline.share)]
    assert [cell.number_format for cell in cells] == ['"已知"0.0%']
    total = next(
        row
        for sheet in unit_sheets(book)
        for row in sheet.iter_rows(min_row=FIRST)
        if row[2].value == "合计(分单位合计)"
        and any(cell.value == pytest.approx(headline.share) for cell in row)
    )
    assert '"已知"0.0%' in {cell.number_format for cell in total}
    group = next(g for g in look(result).groups if (g.norm.id, g.measure) == (circle, "population"))
    row = look(result).row(result.area.code, group, "sum_of_units")
    assert short_cell(row, group, "zh").text == f"已知{said}"
    assert row["status"] == "no_data"
    assert math.isnan(row["share"])  # the finding itself stays unknown


def test_a_share_of_units_is_at_least_so_much_where_units_are_unknown(book, result):
    """Three units without data count as having no facility: 5.0 % stood there as if it were exact."""
    norm = "zhengzhou.plan2023.elder_care.community_facility_coverage"
    view = look(result)
    group = next(g for g in view.groups if g.norm.id == norm)
    row = view.row(result.area.code, group, "sum_of_units")
    assert "units without data: 3" in row["note"]
    assert short_cell(row, group, "zh").text == "≥5.0%(缺口 ≤57)"
    overview = next(r for r in book["表0"].iter_rows(min_row=FIRST) if r[0].value == group.number)
    formats = {cell.value: cell.number_format for cell in reversed(overview)}
    assert formats[0.05] == '"≥"0.0%'
    assert formats[3] == '"≥"#,##0'
    assert formats[57] == '"≤"#,##0'


def test_the_ends_of_a_range_say_what_they_are(area, tmp_path):
    norms = load_norms("chengdu", on="2025-12-31")
    few = tuple(norm for norm in norms.norms if norm.kind == "ratio_per_population")[:1]
    found = assess(area, dataclasses.replace(norms, norms=few))
    book = openpyxl.load_workbook(write_workbook(found, tmp_path / "a.xlsx"))
    rows = list(book["表3"].iter_rows(min_row=FIRST, values_only=True))
    assert [row[3] for row in rows if row[2] == few[0].name_zh] == [
        "学位(区间下限)",
        "学位(区间上限)",
    ]
    assert any("是否达标只看下限" in str(row[0]) for row in rows)


def test_two_requirements_have_two_headings(book, result):
    """One said 2,218, rounded once, under the heading of 2,224, the sum of its units."""
    sheet = book["表0"]
    tops = [cell.value for cell in sheet[TOP]]
    at = tops.index("应有")
    assert [cell.value for cell in sheet[HEAD]][at : at + 2] == ["分单位合计", "全区总量"]
    places = result.findings.query(
        "norm_id == 'zhengzhou.childcare.places_per_thousand' and measure == 'places'"
        " and unit_code == '410199'"
    ).set_index("rollup")["required"]
    row = next(r for r in sheet.iter_rows(min_row=FIRST, values_only=True) if r[0] == 1)
    assert row[at : at + 2] == (places["sum_of_units"], places["net"])
    assert places["sum_of_units"] != places["net"]


def test_nothing_is_printed_smaller_than_eight_points(book):
    """Excel shrinks a sheet that is wider than its page."""
    for sheet in book:
        widths = {
            i: one.width
            for one in sheet.column_dimensions.values()
            for i in range(one.min, one.max + 1)
        }
        wide = (
            sum(widths.get(i, 8.43) for i in range(1, sheet.max_column + 1)) * 7 * 72 / 96
        )  # 7 px each
        paper = {8: 420, 9: 297}[int(sheet.page_setup.paperSize)] / 25.4 * 72
        margins = 72 * (sheet.page_margins.left + sheet.page_margins.right)
        assert 10 * (paper - margins) / wide >= 8, sheet.title


def test_shares_have_their_denominators_written_out(book, result):
    findings = result.findings
    texts = [str(cell.value) for sheet in own_sheets(book) for row in sheet for cell in row]
    for norm_id, words in {
        "zhengzhou.childcare.inclusive_place_share": "分母为托位数或学位数",
        "zhengzhou.plan2023.childcare.public_operated_place_share": "分母为社区托育点,普惠,托位",
    }.items():
        row = findings[(findings["norm_id"] == norm_id) & (findings["measure"] == "convert")].iloc[
            0
        ]
        note = next(t for t in texts if f"={row['share']:.1%}:" in t)
        assert f"{row['base_value']:,.0f}" in note
        assert words.replace("托位数或学位数", "托位")[:5] in note


def test_hostile_names_stay_text(small, tmp_path):
    names, changed = hostile.named(small)
    path = write_workbook(changed, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(path)
    shown = {row[1].value: row[2] for row in book["表1"].iter_rows(min_row=FIRST, max_row=21)}
    for code, name in names.items():
        assert shown[code].value == clean(name)
        assert shown[code].data_type == "s"
        assert shown[code].hyperlink is None
    formulas = {
        cell.coordinate for sheet in book for row in sheet for cell in row if cell.data_type == "f"
    }
    plain = openpyxl.load_workbook(write_workbook(small, tmp_path / "b.xlsx"))
    assert formulas == {
        cell.coordinate for sheet in plain for row in sheet for cell in row if cell.data_type == "f"
    }


def test_a_domain_without_a_norm_says_so(small, tmp_path):
    book = openpyxl.load_workbook(write_workbook(small, tmp_path / "a.xlsx"))
    assert book["表5"].cell(TOP, 1).value == "序号"
    for name in ("表2", "表3", "表4", "表6", "表7", "表8"):
        assert book[name].cell(TOP, 1).value == "本市资料未规定定量标准"
    assert not {"表2-1", "表2-2"} & set(book.sheetnames)


def test_a_norm_without_findings_keeps_its_row(small, tmp_path):
    gone = small.findings["service"] != "sports"
    without = dataclasses.replace(small, findings=small.findings[gone].reset_index(drop=True))
    book = openpyxl.load_workbook(write_workbook(without, tmp_path / "a.xlsx"))
    last = [r for r in book["表0"].iter_rows(values_only=True) if r[2] == "15分钟健身圈"]
    assert last[0][16] == "未单独核算"
    assert book["表5"].cell(TOP, 1).value == "本区没有适用单位"


@pytest.fixture(scope="module")
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


def test_a_city_has_a_workbook_of_its_own_and_one_for_each_district(city, tmp_path):
    paths = write_workbooks(city, tmp_path)
    assert [path.name for path in paths] == [
        "shortfalls.xlsx",
        "shortfalls-410102.xlsx",
        "shortfalls-410103.xlsx",
    ]
    books = [openpyxl.load_workbook(path, data_only=True) for path in paths]
    assert [book["表0"].cell(TITLE, 1).value[:2] for book in books] == ["某市", "甲区", "乙区"]
    codes = [
        [row[1] for row in book["表1"].iter_rows(min_row=FIRST, values_only=True) if row[1]]
        for book in books
    ]
    assert codes[0] == ["4101", "4101", "410102", "410103"]
    assert codes[1] == ["410102", "410102", "410102", "410102001"]
    assert codes[2] == ["410103", "410103", "410103", "410103001"]
    # the city itself needs a public institution beside those of its districts
    more = [row[2] for sheet in unit_sheets(books[0]) for row in sheet.iter_rows(values_only=True)]
    assert "某市" in more
    shortfalls = []
    for book in books:
        heads = [cell.value for cell in book["表1"][4]]
        at = heads.index("缺口\n(个)")
        shortfalls.append(book["表1"].cell(FIRST, at + 1).value)
    # 60 and 3 places needed, 55 there: 5 + 3
    assert shortfalls == [8, 5, 3]


def test_a_code_is_never_a_path(city):
    units = city.area.units.copy()
    districts = units["unit_type"] == "district"
    units.loc[districts, "unit_code"] = ["../../x", "..\\..\\X"]
    odd = dataclasses.replace(city, area=dataclasses.replace(city.area, units=units))
    names = list(workbook_names(odd).values())
    assert names == ["shortfalls.xlsx", "shortfalls-______x.xlsx", "shortfalls-______X-2.xlsx"]


def test_no_such_unit(city, tmp_path):
    with pytest.raises(KeyError, match="no unit 99"):
        write_workbook(city, tmp_path / "a.xlsx", unit="99")


def test_english(result, tmp_path):
    book = openpyxl.load_workbook(result.to_excel(tmp_path / "a.xlsx", language="en"))
    assert {"Table 0", "Table 1", "Table 1-1", "Table 9"} <= set(book.sheetnames)
    assert book["Table 1"].cell(FIRST, 3).value == "total (sum of units)"
    heads = [
        str(cell.value)
        for sheet in book
        for row in sheet.iter_rows(min_row=TOP, max_row=TOP + 1)
        for cell in row
        if cell.value
    ]
    heads += [str(row[2]) for row in book["Table 9-3"].iter_rows(min_row=FIRST, values_only=True)]
    chinese = [head for head in heads if re.search("[\u4e00-\u9fff]", head)]
    assert not chinese


def test_methods_name_parameters_files_versions_and_veterans(book, result):
    texts = {
        str(cell.value)
        for name in ("表9", "表9-1")
        for row in book[name]
        for cell in row
        if cell.value is not None
    }
    assert {"1.2", "1.3", "2000", "本表设定,非文件规定", "EPSG:4547"} <= texts
    assert {file.sha256 for file in result.area.files} <= texts
    assert {norm.id for norm in result.norms.norms} <= texts
    assert any(text.startswith("退役军人服务站:") for text in texts)


def test_what_is_missing_is_listed_with_the_tables_that_it_touches(book):
    rows = {row[1]: row for row in book["表9-2"].iter_rows(min_row=FIRST, values_only=True)}
    row = rows["缺少数据:是否主城区"]
    assert "表1续1[2][10]" in row[2]
    assert row[3] >= 1
    assert "410199007 示例区新城街道" in row[4]


def test_a_failure_leaves_an_earlier_file_alone(small, tmp_path, monkeypatch):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"earlier")

    def fail(_maker):
        raise RuntimeError

    monkeypatch.setattr("capacity.report.workbook.method.write", fail)
    with pytest.raises(RuntimeError):
        write_workbook(small, path)
    assert path.read_bytes() == b"earlier"


@covers("worked", "baseline")
def test_an_observed_value_stands_with_the_sources(book):
    # 1.46 places per 1,000 people of the city in 2020, beside 6 asked
    texts = [str(cell.value) for row in book["表1"] for cell in row if cell.value]
    source = next(text for text in texts if "每千人口托位数(≥6 个/千人" in text)
    assert "基期值 1.46 个/千人(市,2020年)" in source


@covers("boundary", "baseline")
def test_a_norm_without_an_observed_value_has_none(city):
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
    return [dict(zip(heads, row, strict=True)) for row in rows if row[1]]


def with_every_fault(result):
    """Give an assessment one fault of every code, each with an English mend and hostile words."""
    names = cycle(hostile.NAMES)
    faults = [
        Fault(severity="warning", code=code, message=name, mend=f"Mend {code} so.", file=name)
        for code, name in zip(PROBLEMS, names, strict=False)
    ]
    return faults, dataclasses.replace(result, quality=quality_table(faults))


def test_the_chinese_sheet_says_every_mend_in_chinese_and_none_in_english(small, tmp_path):
    faults, changed = with_every_fault(small)
    book = openpyxl.load_workbook(write_workbook(changed, tmp_path / "a.xlsx"))
    rows = quality_rows(book, "表9-4")
    assert [row["问题代码"] for row in rows] == [fault.code for fault in faults]
    assert {row["级别"] for row in rows} == {"警告"}
    for row, (problem, mend) in zip(rows, PROBLEMS.values(), strict=True):
        assert row["问题"] == problem
        assert row["改法"].startswith(mend)  # and the key that the English names
    assert [row["原文"] for row in rows] == [clean(fault.message) or "—" for fault in faults]
    texts = [str(cell.value) for row in book["表9-4"] for cell in row]
    assert not any("Mend " in text for text in texts)
    assert not any(cell.data_type == "f" for row in book["表9-4"] for cell in row)
    assert not any(cell.hyperlink for row in book["表9-4"] for cell in row)


def test_every_unit_of_an_amount_has_a_label():
    """Units are written in the source as texts, or put together of a noun of the layer."""
    source = "".join(
        path.read_text("utf-8") for path in Path(capacity.__file__).parent.rglob("*.py")
    )
    written = set(re.findall(r'\bamount=[^=]*?\bunit="([^"]*)"', source))
    assert {"m2", "people", "share"} <= written <= set(QUALITY_UNITS)
    nouns = {"row", "peopled cell"}
    assert {f"{noun}s read" for noun in nouns} <= set(QUALITY_UNITS)


def test_the_english_sheet_says_the_english_mend(small, tmp_path):
    faults, changed = with_every_fault(small)
    path = write_workbook(changed, tmp_path / "a.xlsx", language="en")
    rows = quality_rows(openpyxl.load_workbook(path), "Table 9-4")
    assert [row["mend"] for row in rows] == [fault.mend for fault in faults]


def test_every_status_has_a_word():
    assert {name: zh for name, (zh, _) in LABELS.items()} == STATUSES


def test_the_formulas_of_a_sheet_still_go_through_the_method_that_is_replaced(monkeypatch):
    # XlsxWriter has no public way; where the name goes, sheets are right and slow, and nobody notices
    assert "_prepare_formula" in vars(Worksheet), (
        "XlsxWriter has no Worksheet._prepare_formula any more: take _Plain out of "
        "capacity/report/workbook/sheet.py, or replace what has taken its place."
    )
    asked = []
    of_base = Worksheet._prepare_formula
    own = _Plain._prepare_formula

    def counted(self, formula, *more, **named):
        asked.append(formula)
        return own(self, formula, *more, **named)

    monkeypatch.setattr(_Plain, "_prepare_formula", counted)
    page = xlsxwriter.Workbook(io.BytesIO(), {"in_memory": True}).add_worksheet(
        worksheet_class=_Plain
    )
    for formula in ("=SUM(A1:A2)", "{=SUM(A1:A2*B1:B2)}", "=STDEV.S(A1:A9)", "=SORT(A1:A9)"):
        page.write_formula(0, 0, formula)
        assert asked == [formula]
        assert page.table[0][0].formula == of_base(page, asked.pop())
