"""Text tables and spreadsheets: what is read, in which rows, and what is refused."""

import base64
import csv
import io
import re
import zipfile
import zlib

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.styles import Font

from capacity.inputs.read import Request, read_layer
from capacity.inputs.tables import Sought, joined_names
from capacity.inputs.texts import survey
from capacity.inputs.totals import rows_without_data

HEAD = ["机构名称", "托位数", "投用日期"]


def request(file, **given):
    return Request(key="facilities[1]", file=file, given=frozenset({"service"}), **given)


def read(folder, file, **given):
    """The columns by key, as text; the rows; the codes of the faults."""
    layer, faults = read_layer(folder / file, request(file, **given))
    codes = [fault.code for fault in faults if fault.code != "columns.recognised"]
    if layer is None:
        return None, [], codes
    columns = {key: layer.frame[name].tolist() for key, name in layer.columns.items()}
    return columns, layer.rows.tolist(), codes


def write_sheet(folder, rows, file="t.xlsx", *, merge=(), **sheets):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for cells in merge:
        sheet.merge_cells(cells)
    for name, more in sheets.items():
        other = book.create_sheet(name)
        for row in more:
            other.append(row)
    book.save(folder / file)
    return file


def fault(folder, file, **given):
    (found,) = [
        fault
        for fault in read_layer(folder / file, request(file, **given))[1]
        if fault.code != "columns.recognised"
    ]
    return f"{found.severity} {found.code} | {found}"


# --- spreadsheets ---------------------------------------------------------------------------


def test_sheet_with_titles_units_and_remarks(tmp_path):
    rows = [
        ["某区托育机构名单"],
        [],
        ["填表日期:2025年6月", None, None],
        HEAD,
        [None, "个", None],
        ["甲园", 30, pd.Timestamp("2020-03-01")],
        [],
        ["乙园", 40.0, "2021年5月"],
        ["注:数据截至6月"],
    ]
    file = write_sheet(tmp_path, rows, merge=["A1:C1"])
    columns, lines, codes = read(tmp_path, file)
    assert columns == {
        "name": ["甲园", "乙园"],
        "places": ["30", "40"],
        "opened": ["2020-03-01", "2021年5月"],
    }
    assert lines == [6, 8]
    assert codes == ["table.header_row", "table.remark"]


def test_header_row_that_is_said(tmp_path):
    rows = [["甲", "乙"], ["名称", "托位数"], ["a", 1], ["b", 2]]
    file = write_sheet(tmp_path, rows)
    columns, lines, _ = read(tmp_path, file, header_rows=(3,), columns={"name": "a", "places": "1"})
    assert (columns, lines) == ({"name": ["b"], "places": ["2"]}, [4])
    assert fault(tmp_path, file, header_rows=(9,)) == (
        "error table.no_header | t.xlsx: row 9 is blank or too far down to be a header. "
        "Correct facilities[1].header_row."
    )


def test_codes_stay_codes(tmp_path):
    rows = [["名称", "街道代码"], ["a", 410105001], ["b", "0410105"], ["c", 410105001003.0]]
    columns, _, _ = read(tmp_path, write_sheet(tmp_path, rows))
    assert columns["unit"] == ["410105001", "0410105", "410105001003"]


def test_which_sheet(tmp_path):
    rows = [HEAD, ["a", 1, None]]
    file = write_sheet(tmp_path, rows, other=[HEAD, ["b", 2, None]], empty=[])
    assert fault(tmp_path, file) == (
        "error layer.which | t.xlsx: has several sheets: Sheet, other. "
        "Say which with facilities[1].layer."
    )
    assert read(tmp_path, file, layer="other")[0]["name"] == ["b"]
    assert fault(tmp_path, file, layer="others") == (
        "error layer.missing | t.xlsx: has no sheet 'others'. Sheets found: Sheet, other, empty. "
        "Correct facilities[1].layer."
    )
    one = write_sheet(tmp_path, rows, "one.xlsx", empty=[])
    assert read(tmp_path, one)[0]["name"] == ["a"]


def test_hidden_sheets_are_not_chosen_and_hidden_rows_are_named(tmp_path):
    file = write_sheet(tmp_path, [HEAD, ["a", 1, None], ["b", 2, None]], old=[HEAD])
    book = openpyxl.load_workbook(tmp_path / file)
    book["old"].sheet_state = "hidden"
    book["Sheet"].row_dimensions[3].hidden = True
    book.save(tmp_path / file)
    columns, _, codes = read(tmp_path, file)
    assert columns["name"] == ["a", "b"]
    assert codes == ["table.hidden_rows"]


def test_merged_names_are_filled_down_and_merged_numbers_refused(tmp_path):
    rows = [["街道", "名称", "托位数"], ["东街", "a", 1], [None, "b", 2], ["西街", "c", 3]]
    columns, _, codes = read(tmp_path, write_sheet(tmp_path, rows, merge=["A2:A3"]))
    assert columns["unit"] == ["东街", "东街", "西街"]
    assert codes == ["table.merged"]
    blank = read(tmp_path, write_sheet(tmp_path, rows))[0]
    assert blank["unit"] == ["东街", "", "西街"]
    file = write_sheet(tmp_path, rows, merge=["C2:C3"])
    assert fault(tmp_path, file) == (
        "error table.merged_number | t.xlsx, rows 2, 3, column 托位数: one number merged over several "
        "rows: how much each of them has is not said. Unmerge the cells, and give every row its own "
        "number."
    )


def test_two_row_header(tmp_path):
    rows = [["名称", "人数", None], [None, "托位数", "床位数"], ["a", 1, 2]]
    file = write_sheet(tmp_path, rows, merge=["B1:C1", "A1:A2"])
    joined = {"name": ["a"], "places": ["1"], "beds": ["2"]}
    assert read(tmp_path, file) == (joined, [3], ["table.header_row"])
    assert fault(tmp_path, file) == (
        "info table.header_row | t.xlsx, rows 1, 2: rows 1 to 2 are taken as one header: 名称, 托位数, "
        "床位数. Use these names in facilities[1].columns; if the header is another one, say its rows "
        "with facilities[1].header_row, such as 1."
    )
    assert read(tmp_path, file, header_rows=(1, 2))[0] == joined
    # one row that is said is that row, with a warning of what it loses
    columns, _, codes = read(tmp_path, file, header_rows=(2,))
    assert (columns, codes) == ({"places": ["1"], "beds": ["2"]}, ["table.two_row_header"])
    assert fault(tmp_path, file, header_rows=(2,)) == (
        "warning table.two_row_header | t.xlsx, rows 1, 2: row 2 alone is taken as the header, though "
        "rows 1, 2 seem to be one: names in the others are not read. Say facilities[1].header_row = "
        "[1, 2], and its rows are joined."
    )


FORM = [
    ["序号", "机构名称", "托位数", None, "坐标", None],
    [None, None, "合计", "其中:普惠", "经度", "纬度"],
    [1, "甲园", 60, 40, 113.6, 34.7],
    [2, "乙园", 30, 30, 113.7, 34.8],
]


@pytest.mark.parametrize("above", [[], [["某区托育机构一览表"], ["单位:个"]]])
def test_the_form_of_a_district_keeps_every_column(tmp_path, above):
    n = len(above) + 1
    merge = [f"A{n}:A{n + 1}", f"B{n}:B{n + 1}", f"C{n}:D{n}", f"E{n}:F{n}"]
    file = write_sheet(tmp_path, [*above, *FORM], merge=merge)
    columns, rows, _ = read(tmp_path, file)
    assert columns == {
        "name": ["甲园", "乙园"],
        "places": ["60", "30"],
        "x": ["113.6", "113.7"],
        "y": ["34.7", "34.8"],
    }
    assert rows == [n + 2, n + 3]
    # the joined name can be declared
    wanted = {"places": "托位数/其中:普惠"}
    assert read(tmp_path, file, columns=wanted)[0]["places"] == ["40", "30"]
    assert read(tmp_path, file, columns={"places": "托位数其中:普惠"})[0]["places"] == ["40", "30"]
    # as text there are no merged cells
    lines = "\n".join(",".join("" if c is None else str(c) for c in row) for row in [*above, *FORM])
    (tmp_path / "t.csv").write_text(lines + "\n", encoding="utf-8")
    assert read(tmp_path, "t.csv")[0] == columns
    assert read(tmp_path, "t.csv", header_rows=(n, n + 1))[0] == columns
    (tmp_path / "u.csv").write_text("名称,人数,\n,托位数,床位数\na,1,2\n", encoding="utf-8")
    assert read(tmp_path, "u.csv")[0] == {"name": ["a"], "places": ["1"], "beds": ["2"]}


@pytest.mark.parametrize(
    ("upper", "lower", "name"),
    [
        # what stands above says of what kind, or when: never the existing places
        ("规划", "托位数", "规划/托位数"),
        ("2030年目标", "托位数", "2030年目标/托位数"),
        ("新增", "托位数", "新增/托位数"),
        # free, taken, of some kind: a word that is not known may mean anything
        ("剩余", "托位数", "剩余/托位数"),
        ("已招", "托位数", "已招/托位数"),
        ("护理型", "床位数", "护理型/床位数"),
        ("低保", "户数", "低保/户数"),
        ("托位数", "其中:普惠", "托位数/其中:普惠"),
        # what it is alone
        ("基本情况", "托位数", "托位数"),
        ("托位数", "合计", "托位数"),
        ("托位数", "小计(个)", "托位数(个)"),
        # a unit above counts for what stands below: 1.2 万 places, and 亩
        ("规模(万个)", "托位数", "托位数(万个)"),
        ("面积(亩)", "用地面积", "用地面积(亩)"),
        ("面积(亩)", "用地面积(㎡)", "用地面积(㎡)"),
        ("", "托位数", "托位数"),
        ("托位数", "", "托位数"),
    ],
)
def test_what_two_names_above_each_other_are_called(upper, lower, name):
    of = Sought(key="facilities[1]", file="f.xlsx")
    found = joined_names([["机构名称", upper], ["", lower]], of)
    assert found == ("机构名称", name)


def test_names_that_repeat_below_are_told_apart_by_what_is_above():
    of = Sought(key="facilities[1]", file="f.xlsx")
    names = joined_names([["现状", "现状", "远期", "远期"], ["托位数", "床位数"] * 2], of)
    assert names == ("现状/托位数", "现状/床位数", "远期/托位数", "远期/床位数")


def test_three_rows_of_a_header(tmp_path):
    rows = [
        ["名称", "规模", None, None],
        [None, "托位数", None, "床位数"],
        [None, "合计", "其中:普惠", None],
        ["a", 5, 4, 3],
    ]
    merge = ["A1:A3", "B1:D1", "B2:C2", "D2:D3"]
    file = write_sheet(tmp_path, rows, merge=merge)
    expected = {"name": ["a"], "places": ["5"], "beds": ["3"]}
    assert read(tmp_path, file)[0] == expected
    assert read(tmp_path, file, header_rows=(1, 2, 3))[0] == expected


def test_a_header_in_two_rows_that_is_in_doubt_is_refused_with_both_ways_out(tmp_path):
    # nothing is merged down, and no name is known: the second row may be data
    rows = [
        ["名称", "位置", None, "备"],
        ["东园", "东街", "二号", None],
        ["西园", "西街", "三号", "x"],
    ]
    file = write_sheet(tmp_path, rows, merge=["B1:C1"])
    assert fault(tmp_path, file) == (
        "error table.two_row_header | t.xlsx, rows 1, 2: the header seems to stand in two rows with "
        "merged cells, so that no row names every column. Say facilities[1].header_row = [1, 2] if it "
        "does, = 1 if the second row is data; or put one name over each column in one row (such as "
        "0-3岁人口)."
    )
    columns, lines, codes = read(tmp_path, file, header_rows=(1,))
    assert (columns["name"], lines, codes) == (["东园", "西园"], [2, 3], [])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["机构名称", "托位数", "其中:普惠", "合计", "x", "规划", "", "面积(亩)"]),
        min_size=1,
        max_size=6,
    )
)
def test_one_row_of_names_is_as_it_was(names):
    of = Sought(key="facilities[1]", file="f.xlsx")
    assert joined_names([names], of) == tuple(names)
    assert joined_names([names, [""] * len(names)], of) == tuple(names)


def test_rows_of_totals(tmp_path):
    rows = [["序号", *HEAD], [1, "a", 10, None], ["合 计", None, 10, None]]
    file = write_sheet(tmp_path, rows)
    columns, lines, codes = read(tmp_path, file)
    assert (columns["places"], lines, codes) == (["10"], [2], [])
    rows = [["全区合计", 11], ["a", 10], ["b", 2]]
    file = write_sheet(tmp_path, [["名称", "托位数"], *rows])
    assert fault(tmp_path, file) == (
        "warning table.wrong_total | t.xlsx, row 2, column 托位数: a total that is not the sum of its "
        "rows: row 2 says 11, the rows below give 12. Correct the total or the rows: one may be "
        "missing, or counted twice."
    )


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        # (name, places); subtotals below and above their rows, and totals of either
        ([("a", 1), ("b", 2), ("小计", 3), ("c", 4), ("小计", 4), ("合计", 7)], ()),
        ([("a", 1), ("b", 2), ("小计", 3), ("c", 4), ("小计", 7), ("合计", 7)], (6,)),
        ([("总计", 7), ("小计", 3), ("a", 1), ("b", 2), ("小计", 4), ("c", 4)], ()),
        ([("总计", 8), ("小计", 3), ("a", 1), ("b", 2), ("小计", 4), ("c", 4)], (2,)),
        # groups called 合计, and a total of all of them
        ([("a", 1), ("b", 2), ("合计", 3), ("c", 4), ("合计", 4), ("全区合计", 7)], ()),
        # empty cells count nothing, and a total without a number says nothing
        ([("a", 1), ("b", ""), ("合计", 1)], ()),
        ([("a", 1), ("b", ""), ("合计", "—")], ()),
        ([("a", 1), ("b", ""), ("合计", 0)], (4,)),
        # rounded to its digits: half of the last one passes
        ([("a", 1.25), ("b", 2.25), ("合计", "4")], ()),
        ([("a", 1.24), ("b", 2.25), ("合计", "4")], (4,)),
        ([("a", 1.25), ("b", 2.25), ("合计", "3.5")], ()),
        ([("a", 1.25), ("b", 2.25), ("合计", "3.6")], (4,)),
        ([("a", 12_300), ("b", 22_000), ("合计", "3.4万")], ()),
        ([("a", 12_300), ("b", 22_000), ("合计", "3.5万")], (4,)),
        # a row that is the total of the others: a district above its streets
        ([("区", 3), ("a", 1), ("b", 2), ("合计", 3)], ()),
        ([("a", 1), ("b", 2), ("区", 3), ("合计", 3)], ()),
        ([("区", 3), ("a", 1), ("b", 3), ("合计", 3)], (5,)),
        ([("a", 3), ("b", 3), ("合计", 3)], (4,)),
        # a subtotal without rows of its own
        ([("a", 1), ("小计", 1), ("小计", 5)], (4,)),
        # binary fractions are no finding
        ([*((f"n{i}", 0.1) for i in range(30)), ("合计", "3.000000")], ()),
    ],
)
def test_totals_are_the_sums_of_their_rows(rows, wrong):
    cells = pd.DataFrame(rows, columns=["名称", "托位数"]).astype(str)
    numbers = np.arange(2, len(rows) + 2)
    columns = {"name": "名称", "places": "托位数"}
    found, faults = rows_without_data(cells, numbers, "t.csv", columns, {})
    assert found.data.tolist() == [not name.endswith("计") for name, _ in rows]
    assert sum((fault.rows for fault in faults), ()) == wrong


@pytest.mark.parametrize(
    ("row", "left_out"),
    [
        ({"name": "合计", "places": "3"}, True),
        ({"name": "合计：", "unit": "东街"}, True),  # whose total it is
        ({"unit": "小计", "places": "3"}, True),
        ({"unit": "小计", "name": "东街"}, False),
        ({"name": "合计", "id": "7"}, False),
        ({"name": "合计", "x": "114.1", "y": "34.3"}, False),
        ({"name": "合计", "x": "—", "y": "/"}, True),
        ({"name": "合计", "operator": "民办"}, False),
        ({"name": "合计", "places": "20-30"}, False),
        ({"name": "其中:民办", "places": "3"}, False),
        ({"name": "其中", "places": "3"}, False),
    ],
)
def test_what_is_clearly_a_total(row, left_out):
    keys = ["name", "id", "unit", "operator", "places", "x", "y"]
    data = dict.fromkeys(keys, "1") | {"name": "合计院"}
    cells = pd.DataFrame([data, dict.fromkeys(keys, "") | row | {"z": ""}])[keys]
    found, faults = rows_without_data(
        cells, np.array([2, 3]), "t.csv", {key: key for key in keys}, {}
    )
    errors = [(fault.code, fault.rows) for fault in faults if fault.severity == "error"]
    assert found.data.tolist() == [True, False]
    assert found.totals.tolist() == [False, left_out]
    assert errors == ([] if left_out else [("table.total_row", (3,))])


WORDED_TOTALS = [
    "东风街道小计",
    "合计6家",
    "共6家",
    "共计6家",
    "总计6",
    "全部机构合计",
    "本月累计",
    "6家合计",
]


@pytest.mark.parametrize("name", WORDED_TOTALS)
@pytest.mark.parametrize(("places", "left_out"), [("180", True), ("181", False), ("", False)])
def test_totals_in_other_words_are_told_by_their_sum(name, places, left_out):
    rows = [(f"托育{n}", "东风街道", "30") for n in range(6)] + [(name, "东风街道", places)]
    cells = pd.DataFrame(rows, columns=["name", "unit", "places"])
    found, faults = rows_without_data(
        cells, np.arange(2, 9), "t.csv", {key: key for key in cells.columns}, {}
    )
    assert found.data.tolist() == [True] * 6 + [False]
    assert found.totals.tolist() == [False] * 6 + [left_out]
    errors = [(f.severity, f.code, f.rows) for f in faults]
    assert errors == ([] if left_out else [("error", "table.total_row", (8,))])


def test_subtotals_in_other_words_are_of_their_own_rows():
    rows = [
        ("甲", "10"),
        ("乙", "20"),
        ("东街小计", "30"),
        ("丙", "5"),
        ("西街小计", "5"),
        ("总计", "35"),
    ]
    cells = pd.DataFrame(rows, columns=["name", "places"])
    columns = {key: key for key in cells.columns}
    found, faults = rows_without_data(cells, np.arange(2, 8), "t.csv", columns, {})
    assert (found.totals.tolist(), faults) == ([False, False, True, False, True, True], [])
    cells.loc[4, "places"] = "35"
    _, (fault,) = rows_without_data(cells, np.arange(2, 8), "t.csv", columns, {})
    assert (fault.code, fault.rows) == ("table.total_row", (6,))
    assert "'西街小计'" in fault.message


STEMS = st.sampled_from(
    [
        "共青团路",
        "总部基地",
        "共和路",
        "共享家园",
        "会计学院",
        "统计局",
        "设计院",
        "合计路",
        "小计村",
        "总工会",
        "东风街道",
        "累计",
        "共建",
        "审计厅",
        "计生",
        "汇总",
        "第6",
        "共6号",
    ]
)
ENDS = st.sampled_from(
    ["托育中心", "幼儿园", "养老院", "服务站", "6家店", "第1园", "社区", "园(共6家)", "分部"]
)


@given(names=st.lists(st.tuples(STEMS, ENDS).map("".join), min_size=2, max_size=8))
def test_ordinary_names_are_never_totals(names):
    # the last row is the sum of the others, and is a facility all the same
    places = [10] * (len(names) - 1)
    cells = pd.DataFrame({"name": names, "places": [str(n) for n in [*places, sum(places)]]})
    columns = {key: key for key in cells.columns}
    found, faults = rows_without_data(cells, np.arange(len(names)), "t.csv", columns, {})
    assert found.data.all()
    assert faults == []


def test_formulas(tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "t.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["名称", "托位数", "床位数"])
    sheet.write(1, 0, "a")
    sheet.write_formula(1, 1, "=1+2", value=3)
    book.close()
    computed = change(tmp_path / "t.xlsx", "xl/workbook.xml", b' fullCalcOnLoad="1"', b"")
    (tmp_path / "c.xlsx").write_bytes(computed)
    assert read(tmp_path, "c.xlsx")[0]["places"] == ["3"]
    assert fault(tmp_path, "t.xlsx") == (
        "error table.formula | t.xlsx, row 2, column 托位数: formulas without a computed value in 1 "
        "cell: B2. Open the file in Excel or WPS, save it there, and try again."
    )
    file = write_sheet(tmp_path, [["名称", "托位数"], ["a", "=1+2"], ["=A2", 4]], "n.xlsx")
    codes = read(tmp_path, file)[2]
    assert codes == ["table.formula", "table.formula"]


def test_error_values(tmp_path):
    book = openpyxl.Workbook()
    for row in (["名称", "托位数"], ["a", 1], ["b", "#REF!"]):
        book.active.append(row)
    book.active["B3"].data_type = "e"
    book.save(tmp_path / "t.xlsx")
    assert fault(tmp_path, "t.xlsx") == (
        "error table.cell_error | t.xlsx, row 3, column 托位数: errors of formulas (such as #REF! or "
        "#N/A) in 1 cell: B3. Correct the formulas, or empty the cells where the value is not known."
    )


def change(path, part, old, new):
    """A copy of an archive with one part changed."""
    copy = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(copy, "w") as target:
        for info in source.infolist():
            content = source.read(info)
            if info.filename == part:
                assert old in content
                content = content.replace(old, new)
            target.writestr(info.filename, content)
    return copy.getvalue()


def test_zip_bomb_is_refused_before_it_inflates(tmp_path):
    file = write_sheet(tmp_path, [HEAD, ["a", 1, None]])
    with zipfile.ZipFile(tmp_path / file, "a", zipfile.ZIP_DEFLATED) as archive:
        for number in range(6):
            archive.writestr(f"xl/worksheets/sheet{number + 2}.xml", bytes(100 << 20))
    assert read(tmp_path, file)[2] == ["file.too_large"]


def test_zip_that_lies_about_its_size_is_read_no_further_than_it_says(tmp_path):
    file = write_sheet(tmp_path, [HEAD, ["a", 1, None]])
    raw = bytearray((tmp_path / file).read_bytes())
    with zipfile.ZipFile(tmp_path / file) as archive:
        info = archive.getinfo("xl/worksheets/sheet1.xml")
    directory = raw.rindex(b"PK\x01\x02", 0, raw.rindex(b"xl/worksheets/sheet1.xml"))
    assert int.from_bytes(raw[directory + 24 : directory + 28], "little") == info.file_size
    raw[directory + 24 : directory + 28] = (100).to_bytes(4, "little")
    (tmp_path / file).write_bytes(raw)
    assert read(tmp_path, file)[2] == ["file.cannot_open"]


def test_damaged_cells(tmp_path):
    """Bytes of the compressed sheet that no longer mean anything: a half-synchronised copy."""
    file = write_sheet(tmp_path, [HEAD, ["a", 1, None]])
    raw = bytearray((tmp_path / file).read_bytes())
    name = b"xl/worksheets/sheet1.xml"
    start = raw.index(name) + len(name)
    raw[start + 2 : start + 12] = bytes(255 - byte for byte in raw[start + 2 : start + 12])
    (tmp_path / file).write_bytes(raw)
    assert read(tmp_path, file)[2] == ["file.cannot_open"]


def test_a_packing_that_is_not_read(tmp_path):
    file = write_sheet(tmp_path, [HEAD, ["a", 1, None]])
    raw = (tmp_path / file).read_bytes()
    deflate64 = re.sub(
        rb"(PK\x01\x02.{6})\x08\x00", lambda found: found[1] + b"\x09\x00", raw, flags=re.DOTALL
    )
    assert deflate64 != raw
    (tmp_path / file).write_bytes(deflate64)
    assert fault(tmp_path, file) == (
        "error file.cannot_open | t.xlsx: is not a spreadsheet that can be read (packed in a way that "
        "few programs read, such as Deflate64). Open it in Excel or WPS and save it as .xlsx."
    )


LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
@pytest.mark.parametrize("trick", [LAUGHS, OUTSIDE])
def test_document_types_are_refused(tmp_path, part, trick):
    file = write_sheet(tmp_path, [HEAD, ["a", 1, None]])
    with zipfile.ZipFile(tmp_path / file) as archive:
        start = archive.read(part)
    at = start.index(b"<workbook" if part.endswith("workbook.xml") else b"<worksheet")
    raw = change(tmp_path / file, part, start, start[:at] + trick + start[at:])
    (tmp_path / file).write_bytes(raw)
    assert read(tmp_path, file)[2] == ["file.unsafe"]


def test_entities_in_shared_texts_stay_as_they_are(tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "t.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEAD)
    sheet.write(1, 0, "a")
    book.close()
    with zipfile.ZipFile(tmp_path / "t.xlsx") as archive:
        shared = archive.read("xl/sharedStrings.xml")
    at = shared.index(b"<sst")
    trick = (shared[:at] + OUTSIDE + shared[at:]).replace(b"<t>a</t>", b"<t>&a;</t>")
    changed = change(tmp_path / "t.xlsx", "xl/sharedStrings.xml", shared, trick)
    (tmp_path / "t.xlsx").write_bytes(changed)
    columns, _, codes = read(tmp_path, "t.xlsx")
    assert codes == ["file.cannot_open"] or "root" not in columns["name"][0]


def test_stray_cell_far_away(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(HEAD)
    book.active["XFD1048576"] = "x"
    book.save(tmp_path / "t.xlsx")
    assert fault(tmp_path, "t.xlsx") == (
        "error file.too_large | t.xlsx: sheet 'Sheet' reaches to cell XFD1048576: a stray cell far "
        "from the table. Delete the rows and columns beyond the table (Ctrl+End finds the stray cell)."
    )


def test_formats_of_empty_cells_do_not_count(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["名称"])
    book.active.append(["a"])
    book.active["XFD1048576"].font = Font(bold=True)
    book.save(tmp_path / "t.xlsx")
    assert read(tmp_path, "t.xlsx")[0] == {"name": ["a"]}


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\xd0\xcf\x11\xe0" + bytes(600), b"PK\x03\x04"]
)
@pytest.mark.parametrize("file", ["t.xlsx", "t.xls", "t.et"])
def test_not_a_spreadsheet(tmp_path, file, content):
    (tmp_path / file).write_bytes(content)
    assert read(tmp_path, file)[2] == ["file.cannot_open" if content else "file.empty"]


# A workbook of Excel 97 with one sheet, written once by xlwt and packed with zlib: a title merged
# over the table, a header, two rows under one street merged down, a date and a formula.
XLS = (
    "eNrtWE1IVFEU/u57M86MODqaBlqoCJmZQhlBBDollquZrMyfisrJYQhDZdCFbrJUcBMI0aJoI9iiRfaz6IdKbNci"
    "MmoRBIEWrkIoKGihvs45770azcChEoz3Pe6595x7z7nn3nPvffe9l5OZUyN38qaxBFXQsWD4kJIgU5R8NhMA1RsG"
    "F+3cS8lwsKbg81IgU9x45H/u4RhyvKeh4bbrKVHgPaXj6ES4oz1auIqoFh9aFPtQSVThGknSkSteZQk9LXSd0FvS"
    "8rHQPSK5KLSS2k6po5gMhkt3Wau4SSuSunSw3fui81Yk25GDZ7yKzw0rs60be+NnWs6usYp8VxpGQQGtjbZH48xn"
    "4DpSgWZCeShUXlMzhWwK9ii+GoXAF3tXTxQ68tWVK5D822K55zdyLwVxqfyS5gL6YJySTTKINFS7uEZTTZG7fXM4"
    "Jkc2J6r31x85TFnj0OFhF9Tu2EDMX/+pRwe1DR3ojJLscqSkeyZaEKNWG8ONQ5RVdM82UNYcnm3wEIdtqKB90nVi"
    "J7yxVDYtJ0hg0Qnil52VRrQVGVLOlP0VoCHM3fj8KhSpC54USZ+8Ncx3yyYeCgycZw1STpca1w9aKhpbhV4Qqxuk"
    "nCc0mxY/5cV1OVZhf7+0GZDaYupnh+B1cHNCuYTKgx8PPsgf/BDcQuWx2une7LE3wREU0aS1kj4//ShTZerqFcbD"
    "oJ0r6xx6JzT3lzPJqwUs3w3rBZqBed6FhEyh4zRHkNnhRxcNtYyGEg2mJmfPp8lpomtzOnEuq3dtGVua2HJb7c3Y"
    "cMyeyGjYVq+csC9uapZH+hIr4zRPujUGtqGLDY/EvoA42x++DZhKPtSQ6Yl88s5UYCc58DNWp3rCNUNHlZaFe+wn"
    "HeU/kQoHDhw4cODAgQMHfwwlHwaw7niQeyHfBj3Wf515SgvOb5L/FofQQU8XfVTuQzvlcfQktX7Ww61sW2qFOvb/"
    "QkYj9R5HGyLiR1vS65c+H1TieFasGPh7WyjZ/heS8fMf9/8dC6Psbw=="
)


@pytest.mark.parametrize("file", ["t.xls", "t.et"])
def test_sheets_of_the_older_kind(tmp_path, file):
    (tmp_path / file).write_bytes(zlib.decompress(base64.b64decode(XLS)))
    columns, lines, codes = read(tmp_path, file)
    assert columns == {
        "unit": ["东街", "东街"],
        "name": ["甲园", "乙园"],
        "places": ["30", ""],  # the formula was never computed
        "opened": ["2020-03-01", "2021年5月"],
    }
    assert lines == [3, 4]
    assert codes == ["table.header_row", "table.merged"]


# --- text -----------------------------------------------------------------------------------

TEXT = "机构名称,托位数\n东街园,30\n西街园,40\n"


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("gb18030", "GB18030"),
        ("gbk", "GB18030"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings(tmp_path, codec, name, end):
    (tmp_path / "t.csv").write_bytes(TEXT.replace("\n", end).encode(codec))
    layer, _ = read_layer(tmp_path / "t.csv", request("t.csv"))
    assert layer.encoding == name
    assert layer.frame["机构名称"].tolist() == ["东街园", "西街园"]
    assert layer.rows.tolist() == [2, 3]


def test_encoding_is_reported(tmp_path):
    (tmp_path / "t.csv").write_bytes(TEXT.encode("gb18030"))
    assert fault(tmp_path, "t.csv") == "info file.encoding_used | t.csv: read as GB18030."
    (tmp_path / "t.csv").write_bytes(
        "机构名称,托位数\nZürich Müller Straße,3\n".encode("latin-1", "replace")
    )
    assert (
        "file.encoding_doubtful" in read(tmp_path, "t.csv", columns={"name": "", "places": ""})[2]
    )


@pytest.mark.parametrize(
    ("file", "text", "code"),
    [
        ("t.csv", "", "file.empty"),
        ("t.csv", "\n\n  \n", "layer.empty"),
        ("t.csv", "机构名称,托位数\n\0,1\n", "file.encoding"),
        ("t.csv", '机构名称,托位数\na,"1\nb,2\n', "table.quotes"),
        ("t.csv", '机构名称,托位数\n"a"b,1\n"c\nd",2\n', "table.quotes"),
        ("t.csv", "机构名称,托位数\na,1,200\n", "table.long_rows"),
        ("t.csv", "机构名称;托位数\na;1\n", "table.separator"),
        ("t.csv", "机构名称\t托位数\na\t1\n", "table.separator"),
        ("t.csv", "机构名称，托位数\na，1\n", "table.separator"),
        ("t.txt", "机构名称\t托位数\na\t1\n", "table.separator"),
        ("t.csv", "某区名单,\n机构名称,托位数\na,1\n", "table.header_row"),
        ("t.csv", "机构名称,托位数,托位数\na,1,2\n", "columns.duplicate"),
        ("t.csv", "机构名称,托位数\na,1\n其中:b,1\n", "table.total_row"),
        ("t.csv", "机构名称,托位数\na,1\n合计,2\n", "table.wrong_total"),
        ("t.csv", "机构名称,托位数\na,1\n数据来源：教育局,\n", "table.remark"),
    ],
)
def test_odd_texts(tmp_path, file, text, code):
    (tmp_path / file).write_text(text, encoding="utf-8")
    columns, _, codes = read(tmp_path, file)
    assert codes == [code]
    if code in {"table.separator", "table.header_row", "table.remark", "table.wrong_total"}:
        assert columns == {"name": ["a"], "places": ["1"]}


def test_short_lines_are_filled_up(tmp_path):
    (tmp_path / "t.csv").write_text("机构名称,托位数\na\nb,2\n", encoding="utf-8")
    assert read(tmp_path, "t.csv")[0] == {"name": ["a", "b"], "places": ["", "2"]}


cell = st.text(alphabet=st.sampled_from('ab园,;"\n 1'), max_size=6)


@given(
    rows=st.lists(st.tuples(cell, cell, cell), min_size=1, max_size=12),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=150, deadline=None)
def test_every_cell_and_line_comes_back(tmp_path_factory, rows, codec, end):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["机构名称", "托位数", "床位数"])
    lines, kept = [], []
    for row in rows:
        line = text.getvalue().count("\n") + 1
        writer.writerow(row)
        if any(value.strip() for value in row):
            lines.append(line)
            kept.append(row)
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_bytes(text.getvalue().replace("\n", end).encode(codec))
    columns, found, _ = read(path.parent, "t.csv")
    assert found == lines
    cells = [
        [value.replace("\r\n", "\n") for value in columns[k]] for k in ("name", "places", "beds")
    ]
    assert list(zip(*cells, strict=True)) == kept


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_blank_lines_alone_take_the_fast_way(tmp_path, end, monkeypatch):
    lines = ["名称,托位数,备注", "", "a,1,", "   ", ",,", '"",,""', ",,x", "b,2,y", "", ""]
    (tmp_path / "t.csv").write_text(end.join(lines), encoding="utf-8", newline="")
    slow = read(tmp_path, "t.csv")

    def refuse(*_):
        raise AssertionError("read line by line")

    monkeypatch.setattr("capacity.inputs.texts._Text._by_line", refuse)
    assert read(tmp_path, "t.csv") == slow
    assert slow[:2] == ({"name": ["a", "", "b"], "places": ["1", "", "2"]}, [3, 7, 8])


def test_a_row_too_long_hides_no_other_fault(tmp_path):
    text = "名称,托位数\na,1\nb,2,3\nc,many\nd,4,,5\n"
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    layer, faults = read_layer(tmp_path / "t.csv", request("t.csv"))
    assert [(fault.code, fault.rows) for fault in faults if fault.severity == "error"] == [
        ("table.long_rows", (3, 5))
    ]
    assert (layer.frame["名称"].tolist(), layer.rows.tolist()) == (["a", "c"], [2, 4])


@given(text=st.text(alphabet=st.sampled_from("a园,\n\r "), max_size=30))
def test_lines_are_counted_as_python_counts_them(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_bytes(text.encode())
    found = survey(path)
    plain = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    assert found.lines == (plain.count("\n") + 1 if plain else 0)
