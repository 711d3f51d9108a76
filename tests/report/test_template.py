"""Forms filled by the names of their cells: read back, recalculated, and refused with the mend."""

import datetime as dt
import math
import shutil
import subprocess
import zipfile

import openpyxl
import pytest
import xlsxwriter
from openpyxl.styles import Font
from openpyxl.workbook.defined_name import DefinedName

import capacity
from capacity import InputError
from capacity.assess.summary import headlines
from capacity.example.form import write_form
from capacity.findings import STATUSES
from capacity.problems import PROBLEMS
from capacity.report import folder
from capacity.report import template as module
from capacity.report.layers import unit_table
from capacity.report.template import fill_template
from tests.report import hostile

PLACES, LAND = "zhengzhou.childcare.places_per_thousand", "cap_col_ec5htw_gap"
CIRCLE = "zhengzhou.plan2023.childcare.service_circle_radius"
SHEET = "表1"


def make(path, names, *, cells=(), edit=None):
    """Make a form with names on cells of one sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = SHEET
    for where, value in dict(cells).items():
        sheet[where] = value
    for name, reference in names.items():
        text = reference if "!" in reference else f"'{SHEET}'!{reference}"
        book.defined_names[name] = DefinedName(name, attr_text=text)
    if edit:
        edit(book)
    book.save(path)
    return path


def finding(result, code, norm_id, measure, rollup):
    rows = result.findings
    mine = rows[
        (rows["unit_code"] == code)
        & (rows["norm_id"] == norm_id)
        & (rows["measure"] == measure)
        & (rows["rollup"] == rollup)
    ]
    (row,) = mine.to_dict("records")
    return row


def streets(result):
    units = result.area.units
    return units[units["unit_type"].isin(["street", "township"])].sort_values("unit_code")


@pytest.fixture(scope="module")
def filled(result, tmp_path_factory):
    place = tmp_path_factory.mktemp("form")
    write_form(place / "form.xlsx")
    return result.fill_template(place / "form.xlsx", place / "out.xlsx")


@pytest.fixture(scope="module")
def recalculated(filled):
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed: it recalculates the form")
    place = filled.parent
    command = ["soffice", f"-env:UserInstallation={(place / 'profile').as_uri()}", "--headless"]
    command += ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(place / "again")]
    subprocess.run([*command, str(filled)], check=True, capture_output=True, timeout=120)
    return openpyxl.load_workbook(place / "again" / "out.xlsx", data_only=True)["表1 托育"]


def test_the_example_form_holds_the_findings(result, recalculated):
    sheet, units = recalculated, streets(result)
    people = result.people.set_index("unit_code")["population"]
    marks = {"no_data": "…", "not_applicable": "—"}
    seen = []
    for row, code in enumerate(units["unit_code"], start=6):
        found = finding(result, code, PLACES, "places", "unit")
        circle = finding(
            result, code, "zhengzhou.plan2023.childcare.service_circle_radius", "population", "unit"
        )
        assert sheet.cell(row, 1).value == units.set_index("unit_code").at[code, "unit_name"]
        assert sheet.cell(row, 2).value == pytest.approx(people[code], rel=1e-12)
        shown, mark = sheet.cell(row, 7).value, marks.get(circle["status"], "")
        assert shown == (mark or pytest.approx(circle["share"], rel=1e-12))
        for column, name in ((3, "required"), (4, "existing"), (5, "shortfall")):
            shown, value = sheet.cell(row, column).value, found[name]
            assert shown == ("…" if math.isnan(value) else value)
        assert sheet.cell(row, 6).value == STATUSES[found["status"]][0]
        seen += [found["status"], circle["status"]]
    assert {"met", "short", "no_data", "not_applicable"} <= set(seen)
    seen = seen[::2]
    spare = range(6 + len(units), 21)
    assert len(spare) == 3
    assert all(sheet.cell(row, c).value is None for row in spare for c in range(1, 9))
    total = finding(result, "410199", PLACES, "places", "sum_of_units")
    assert [sheet.cell(21, c).value for c in (2, 5, 6)] == [
        pytest.approx(people["410199"], rel=1e-12),
        total["shortfall"],
        STATUSES[total["status"]][0],
    ]
    assert sheet["B3"].value == "示例区"
    assert sheet["G3"].value == dt.datetime(2025, 6, 30)  # noqa: DTZ001  # a day has no zone
    # A formula of the form sees what was filled in.
    assert sheet["B22"].value == seen.count("met") > 0


def test_what_is_not_filled_in_stays(filled, tmp_path):
    form = tmp_path / "form.xlsx"
    write_form(form)
    before, after = (openpyxl.load_workbook(path)["表1 托育"] for path in (form, filled))
    assert after.merged_cells.ranges == before.merged_cells.ranges
    assert after["A1"].value == before["A1"].value
    assert after["B22"].value == before["B22"].value == '=COUNTIF(F6:F20,"达标")'
    assert after.print_title_rows == before.print_title_rows == "$5:$5"
    assert after.page_setup.orientation == "landscape"
    assert after.oddFooter.center.text == before.oddFooter.center.text
    assert after.column_dimensions["H"].width == before.column_dimensions["H"].width
    for row in before.iter_rows():
        for cell in row:
            other = after[cell.coordinate]
            assert repr(other.font) == repr(cell.font)
            assert repr(other.border) == repr(cell.border)
            assert other.number_format.endswith(cell.number_format)
            assert cell.value is None or other.value == cell.value


def test_a_bound_stands_before_its_number(result, filled):
    sheet = openpyxl.load_workbook(filled)["表1 托育"]
    signs = {}
    for row, code in enumerate(streets(result)["unit_code"], start=6):
        note = finding(result, code, PLACES, "places", "unit")["note"]
        cell = sheet.cell(row, 5)
        if isinstance(cell.value, float | int):
            signs[note.endswith("upper bound")] = cell.number_format
    assert signs == {True: '"≤"#,##0', False: "#,##0"}
    assert sheet["E21"].number_format == '"已知"#,##0'


def test_what_is_known_of_a_circle_is_filled_in_and_says_so(result, tmp_path):
    """Some streets have no data: the form had 「…」 where the workbook has 已知12.1%."""
    _, groups = unit_table(result)
    circle = next(g for g in groups if g.key == (CIRCLE, "population", "sum_of_units"))
    assert finding(result, result.area.code, *circle.key)["status"] == "no_data"
    (headline,) = (h for h in headlines(result) if (h.norm_id, h.measure) == circle.key[:2])
    share, there = (f"cap_{circle.name(column)}" for column in ("share", "existing"))
    names = {share: "$A$1", there: "$A$2", f"cap_{circle.name('status')}": "$A$3"}
    form = make(tmp_path / "form.xlsx", names, edit=lambda book: _as_share(book.active["A1"]))
    for language, word in (("zh", "已知"), ("en", "known ")):
        path = fill_template(result, form, tmp_path / f"{language}.xlsx", language=language)
        cells = [openpyxl.load_workbook(path)[SHEET][at] for at in ("A1", "A2", "A3")]
        assert cells[0].value == pytest.approx(headline.share)
        assert cells[0].number_format == f'"{word}"0.0%'
        assert cells[1].number_format == f'"{word}"General'
        assert cells[2].value == STATUSES["no_data"][("zh", "en").index(language)]


def _as_share(cell):
    cell.number_format = "0.0%"


def test_units_are_found_by_code_name_or_the_end_of_a_name(result, tmp_path):
    units = streets(result)
    texts = [
        code if i % 3 == 0 else name if i % 3 == 1 else " " + name.removeprefix("示例区")
        for i, (code, name) in enumerate(zip(units["unit_code"], units["unit_name"], strict=True))
    ]
    texts[3] = int(texts[3])
    order = list(reversed(range(len(texts))))
    cells = {f"A{row}": texts[i] for row, i in enumerate(order, start=2)}
    names = {"cap_rows_street": "$A$2:$A$15", "cap_col_unit_code": "$B$1"}
    form = make(tmp_path / "form.xlsx", names, cells=cells)
    out = openpyxl.load_workbook(fill_template(result, form, tmp_path / "out.xlsx"))[SHEET]
    assert [out.cell(row, 2).value for row in range(2, 14)] == [
        units["unit_code"].iloc[i] for i in order
    ]
    assert [out.cell(row, 1).value for row in range(2, 14)] == [texts[i] for i in order]
    assert out["A14"].value is out["B14"].value is None


def test_a_name_may_stand_on_several_sheets(result, tmp_path):
    def second(book):
        other = book.create_sheet("表2")
        for name, where in (("cap_rows_community", "A2:A61"), ("cap_col_unit_type", "B1")):
            text = f"'表2'!{where}"
            other.defined_names[name] = DefinedName(name, attr_text=text)

    names = {
        "cap_rows_street": "$A$2:$A$13",
        "CAP_COL_Unit_Type": "$B$1",
        "cap_area_name": "$D$1",
        "cap_area_name.2": "$E$1",
    }
    form = make(tmp_path / "form.xlsx", names, edit=second)
    book = openpyxl.load_workbook(fill_template(result, form, tmp_path / "o.xlsx", language="en"))
    assert book[SHEET]["D1"].value == book[SHEET]["E1"].value == "示例区"
    assert {book[SHEET].cell(row, 2).value for row in range(2, 14)} == {"street", "township"}
    assert {book["表2"].cell(row, 2).value for row in range(2, 62)} == {"community", "village"}


def test_hostile_names_stay_text(result, tmp_path):
    given, changed = hostile.named(result)
    names = {"cap_rows_street": "$A$2:$A$13", "cap_col_unit_name": "$B$1"}
    form = make(tmp_path / "form.xlsx", names)
    path = changed.fill_template(form, tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(path)[SHEET]
    for row, name in enumerate(given.values(), start=2):
        for cell in (sheet.cell(row, 1), sheet.cell(row, 2)):
            assert cell.data_type == "s"
            assert cell.value.replace("_x005F_", "_") == module.clean(name)
    with zipfile.ZipFile(path) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def faults_of(result, form, out):
    with pytest.raises(InputError) as caught:
        fill_template(result, form, out)
    assert {fault.code for fault in caught.value.faults} <= {*PROBLEMS, "output.no_parent"}
    assert all(fault.mend for fault in caught.value.faults)
    assert not out.exists()
    return [str(fault) for fault in caught.value.faults]


def test_everything_wrong_is_said_at_once_and_nothing_written(result, tmp_path):
    cells = {"A2": "东风街道", "A3": "街道", "A4": "西湖镇", "A5": "410199001", "C2": "=1+1"}
    names = {
        "cap_rows_street": "$A$2:$A$9",
        "cap_rows_parish": "$H$1:$H$2",
        "cap_rows_community": "$J$1:$K$3",
        "cap_col_cclq5k_gpa": "$B$1",
        "cap_col_cclq5k_gap": "$C$1",
        "cap_col_ccxdra_gap": "$D$1",
        "cap_cclq5k_gap": "$E$1",
        "cap_area_name": "#REF!",
        "cap_data_date": "$F$1",
        "cap_norms_date": "$F$1",
        "cap_population": "$G$2",
        "其他": "$A$1",
    }

    def merge(book):
        book[SHEET].merge_cells("G1:G2")

    form = make(tmp_path / "form.xlsx", names, cells=cells, edit=merge)
    said = "\n".join(faults_of(result, form, tmp_path / "out.xlsx"))
    for text in (
        "表1!A3: 街道 could be 410199001, 410199002,",
        "表1!A4: 西湖镇 is no unit of this tier. Write the unit's code or name",
        "表1!A5: 410199001 is 410199001, which an earlier row is already.",
        "cap_rows_street has no row for 410199002 示例区建设街道,",
        "cap_rows_parish: the name cap_rows_parish (表1!H1) asks for parish",
        "cap_rows_community (表1!J1) covers 2 columns. Let it cover one column",
        "the name cap_area_name does not point at cells of one sheet (#REF!)",
        "表1!F1 would be filled twice.",
        "表1!G2 is inside a merged cell.",
        "cap_cclq5k_gap (表1!E1): 每千人口托位数(2025-12-31前)·托位:缺口 is not judged of the whole",
        "Use cap_ccxdra_gap (每千人口托位数(2025-12-31前)·托位·分单位合计:缺口), cap_ccgssd_gap",
        "form.xlsx, cap_col_cclq5k_gap: the name cap_col_cclq5k_gap (表1!C1) needs one block of",
    ):
        assert text in said


def test_columns_are_checked_against_their_rows(result, tmp_path):
    names = {
        "cap_rows_street": "$A$2:$A$9",
        "cap_col_cclq5k_gpa": "$B$1",
        "cap_col_ccxdra_gap": "$D$1",
    }
    form = make(tmp_path / "form.xlsx", names)
    said = faults_of(result, form, tmp_path / "out.xlsx")
    assert said[0].startswith(
        "form.xlsx, cap_rows_street: cap_rows_street (表1!A2) has 8 rows for 12 units. Add 4 rows"
    )
    assert "Perhaps cap_col_cclq5k_gap. layers/dictionary.csv lists" in said[1]
    long = make(
        tmp_path / "long.xlsx", names | {"cap_rows_street": "$A$2:$A$13"}, cells={"D3": "=1"}
    )
    (unknown, not_judged) = faults_of(result, long, tmp_path / "out.xlsx")
    assert "cap_col_cclq5k_gpa" in unknown
    assert "is not judged of these units. Use cap_col_cclq5k_gap" in not_judged
    formula = make(
        tmp_path / "formula.xlsx",
        {"cap_rows_street": "$A$2:$A$13", "cap_col_population": "$D$1"},
        cells={"D3": "=1"},
    )
    (occupied,) = faults_of(result, formula, tmp_path / "out.xlsx")
    assert "表1!D3 holds a formula. Take the formula out" in occupied


def test_a_form_that_cannot_be_given_back_whole_is_refused(result, tmp_path):
    out = tmp_path / "out.xlsx"
    good = {"cap_area_name": "$A$1"}

    def lock(book):
        book[SHEET].protection.enable()

    def structure(book):
        book.security.lockStructure = True

    locked = make(tmp_path / "locked.xlsx", good, edit=lock)
    assert "is protected (sheets 表1). Take the protection off" in faults_of(result, locked, out)[0]
    closed = make(tmp_path / "closed.xlsx", good, edit=structure)
    assert "is protected (its structure)" in faults_of(result, closed, out)[0]
    with xlsxwriter.Workbook(tmp_path / "chart.xlsx") as book:
        sheet = book.add_worksheet(SHEET)
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": f"='{SHEET}'!$A$1:$A$3"})
        sheet.insert_chart("C1", chart)
        book.define_name("cap_area_name", f"='{SHEET}'!$A$1")
    said = faults_of(result, tmp_path / "chart.xlsx", out)[0]
    assert "holds what filling would not keep: pictures, charts or drawings (xl/charts/" in said
    with xlsxwriter.Workbook(tmp_path / "bars.xlsx") as book:
        sheet = book.add_worksheet(SHEET)
        sheet.conditional_format("A1:A9", {"type": "data_bar", "data_bar_2010": True})
        book.define_name("cap_area_name", f"='{SHEET}'!$A$1")
    assert "Conditional Formatting extension" in faults_of(result, tmp_path / "bars.xlsx", out)[0]
    plain = make(tmp_path / "plain.xlsx", {"other": "$A$1"})
    assert "has no cell with a name that begins with cap_" in faults_of(result, plain, out)[0]
    for name, content, text in (
        ("a.xls", b"\xd0\xcf\x11\xe0", "is not an .xlsx file. Open it in Excel or WPS and save"),
        ("a.xlsm", b"PK", "holds macros"),
        ("locked_away.xlsx", b"\xd0\xcf\x11\xe0", "is protected by a password"),
        ("broken.xlsx", None, "is not a workbook that can be read (KeyError)"),
    ):
        path = tmp_path / name
        if content is None:
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("a.txt", "a")
        else:
            path.write_bytes(content)
        assert text in faults_of(result, path, out)[0]
    assert "there is no such file" in faults_of(result, tmp_path / "none.xlsx", out)[0]


def test_the_form_itself_is_never_written(result, tmp_path):
    form = make(tmp_path / "form.xlsx", {"cap_area_name": "$A$1"})
    before = form.read_bytes()
    for out, text in (
        (form, "would be replaced by what is filled in"),
        (tmp_path / "out.csv", "out.csv is no .xlsx file"),
        (tmp_path / "no" / "out.xlsx", "there is no folder"),
    ):
        with pytest.raises(InputError, match=text):
            fill_template(result, form, out)
    assert form.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["form.xlsx"]


def test_a_failure_leaves_the_earlier_file(result, tmp_path, monkeypatch):
    form = make(tmp_path / "form.xlsx", {"cap_area_name": "$A$1"})
    out = fill_template(result, form, tmp_path / "out.xlsx")
    before = out.read_bytes()

    def fail(*_args):
        raise OSError("disk full")

    monkeypatch.setattr(module.Path, "write_bytes", fail)
    with pytest.raises(OSError, match="disk full"):
        fill_template(result, form, out)
    assert out.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["form.xlsx", "out.xlsx"]


def test_text_keeps_its_formats_within_a_cell(result, tmp_path):
    def rich(book):
        text = openpyxl.cell.rich_text.CellRichText(
            "填报", openpyxl.cell.rich_text.TextBlock(openpyxl.cell.text.InlineFont(b=True), "要求")
        )
        book[SHEET]["A5"] = text
        book[SHEET]["A1"].font = Font(bold=True)

    form = make(tmp_path / "form.xlsx", {"cap_area_name": "$A$1"}, edit=rich)
    path = fill_template(result, form, tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(path, rich_text=True)[SHEET]
    assert str(sheet["A5"].value) == "填报要求"
    assert sheet["A5"].value[1].font.b
    assert sheet["A1"].font.b


def test_forms_are_filled_with_the_result(result, tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "save_layers", lambda *_args, **_options: None)
    monkeypatch.setattr(
        folder, "write_workbooks", lambda _, at, **_options: (at / "shortfalls.xlsx").touch()
    )
    write_form(tmp_path / "我的表.xlsx")
    out = result.to_folder(tmp_path / "out", templates=[tmp_path / "我的表.xlsx"])
    assert openpyxl.load_workbook(out / "我的表.xlsx")["表1 托育"]["B3"].value == "示例区"
    taken = tmp_path / "shortfalls.xlsx"
    write_form(taken)
    with pytest.raises(InputError, match="has the name of another file of the result"):
        result.to_folder(tmp_path / "again", templates=[taken])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "out",
        "shortfalls.xlsx",
        "我的表.xlsx",
    ]


def test_without_openpyxl_the_extra_is_named(result, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    with pytest.raises(
        capacity.MissingExtraError, match=r"(?s)form of your own.*extra template.*pip install"
    ):
        fill_template(result, tmp_path / "form.xlsx", tmp_path / "out.xlsx")
