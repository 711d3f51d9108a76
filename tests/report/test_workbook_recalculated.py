"""The workbook recalculated by LibreOffice: formulas give the findings, and checks see a changed figure."""

import dataclasses
import math
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from capacity import assess, load_norms, read_study_area, study_area
from capacity.exact import ceil, exact
from capacity.report.workbook import write_workbook
from capacity.report.workbook.cells import Cell
from capacity.report.workbook.formulas import required, required_value, with_formula
from tests import towns
from tests.inputs.test_real_data import SINGAPORE
from tests.report.sheets import FIRST

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the real layers are not part of the repository"
)
PLACES = "zhengzhou.childcare.places_per_thousand"
REAL = ("places_per_thousand", "service_circle_radius", "venue_area_per_capita", "land_per_capita")
CHECKS, TOTAL = "表9-3", "D6"


@pytest.fixture(scope="module")
def sample():
    """Three units worked by hand: A街道, B街道 and C镇 of submission-tables, six places per thousand."""
    names, types = ["某区", "A街道", "B街道", "C镇"], ["district", "street", "street", "township"]
    boxes = [box(0, 0, 3000, 1000), *(box(x, 0, x + 1000, 1000) for x in (0, 1000, 2000))]
    codes = ["410199", "410199001", "410199002", "410199100"]
    units = towns.units(
        boxes, codes=codes, unit_name=names, unit_type=types, parent_code=["", *["410199"] * 3]
    )
    cells = towns.cells(boxes[1:], [41_250.0, 20_000.0, 8_400.0])
    some = towns.points(
        [(500, 500), (600, 500), (1500, 500)],
        facility_id=["F1", "F2", "F3"],
        service=["childcare"] * 3,
        places=[100.0, 18.0, 190.0],
        inclusive=[True, False, True],
        operator=["public", "private", "public_built_private_run"],
    )
    area = study_area(
        units, cells, some, name="某区", data_date="2025-06-30", services=["childcare"]
    )
    norms = load_norms("zhengzhou", on="2025-12-31")
    kept = tuple(norm for norm in norms.norms if norm.id == PLACES)
    return assess(area, dataclasses.replace(norms, norms=kept))


def cell_of(sheet, head, label):
    """Cell of a column by its heading, and of a row by its name."""
    heads = [cell for row in (3, 4) for cell in sheet[row]]
    column = next(cell.column for cell in heads if str(cell.value).split("\n")[0] == head)
    row = next(row[0].row for row in sheet.iter_rows(min_row=FIRST) if row[2].value == label)
    return sheet.cell(row, column)


def changed(path, out, *edits):
    """Copy a workbook without its computed values, with some cells changed by hand."""
    book = openpyxl.load_workbook(path)
    for head, label, value in edits:
        cell_of(book["表1"], head, label).value = value
    book.save(out)


EDITS = {
    "part": ("其中:普惠", "A街道", 119, "A街道"),
    "existing": ("现有托位", "A街道", 120, None),
    "required": ("应有托位", "B街道", 121, "B街道"),
    "shortfall": ("缺口", "A街道", 129, "A街道"),
    "surplus": ("富余", "A街道", 5, "A街道"),
    "status": ("状态", "C镇", "达标", "C镇"),
    "sum": ("缺口", "合计(分单位合计)", 182, None),
}


@pytest.fixture(scope="module")
def books(result, sample, tmp_path_factory):
    """Written and recalculated workbooks, by name; one run of LibreOffice for all."""
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    place = tmp_path_factory.mktemp("recalculated")
    written = {
        "example": write_workbook(result, place / "example.xlsx"),
        "sample": write_workbook(sample, place / "sample.xlsx"),
    }
    if DATA.is_dir():
        real = place / "area.toml"
        real.write_text(SINGAPORE.format(data=DATA), encoding="utf-8")
        norms = load_norms("zhengzhou", on="2025-12-31")
        some = tuple(norm for norm in norms.norms if norm.id.endswith(REAL))
        city = assess(read_study_area(real), dataclasses.replace(norms, norms=some))
        written["singapore"] = write_workbook(city, place / "singapore.xlsx")
    for name, edit in EDITS.items():
        changed(written["sample"], place / f"doctored-{name}.xlsx", edit[:3])
    with xlsxwriter.Workbook(place / "wrong.xlsx") as book:
        book.add_worksheet().write_formula("A1", "=1+1", None, 3)
    recalculate(sorted(place.glob("*.xlsx")), place)
    return {
        path.stem: (
            openpyxl.load_workbook(place / path.name, data_only=True),
            openpyxl.load_workbook(path, data_only=True),
        )
        for path in (place / "out").glob("*.xlsx")
    }


ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode"
 oor:op="fuse"><value>0</value></prop></item></oor:items>
"""


def recalculate(paths, place):
    """Open workbooks in LibreOffice, every formula computed anew, and save them."""
    settings = place / "profile" / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True)
    settings.write_text(ALWAYS, encoding="utf-8")
    command = ["soffice", f"-env:UserInstallation={(place / 'profile').as_uri()}", "--headless"]
    command += ["--convert-to", "xlsx", "--outdir", str(place / "out"), *map(str, paths)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def formulas_of(written, recalculated):
    """Pairs of a cell's written value and what its formula gives, by sheet and cell."""
    for sheet in written:
        again = recalculated[sheet.title]
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    yield (
                        f"{sheet.title}!{cell.coordinate}",
                        cell.value,
                        again[cell.coordinate].value,
                    )


def test_libreoffice_computes_and_does_not_copy(books):
    written, again = (book.worksheets[0]["A1"].value for book in books["wrong"])
    assert (written, again) == (3, 2)


@pytest.mark.parametrize("name", ["example", "sample", "singapore"])
def test_every_formula_gives_what_is_written(books, name):
    if name not in books:
        pytest.skip("the real layers are not part of the repository")
    compared = 0
    for at, value, again in formulas_of(*books[name]):
        if isinstance(value, (int, float)):
            assert again == pytest.approx(value, rel=1e-8, abs=1e-6), at
            compared += 1
    assert compared > 60
    assert books[name][1][CHECKS][TOTAL].value == 0


@pytest.mark.parametrize("name", list(EDITS))
def test_checks_see_a_changed_figure(books, name):
    checks = books[f"doctored-{name}"][1][CHECKS]
    broken = [
        row
        for row in checks.iter_rows(min_row=FIRST + 1, values_only=True)
        if row[3] not in (0, None)
    ]
    assert checks[TOTAL].value >= 1
    assert len(broken) == 1
    assert broken[0][0] == "表1"
    label = EDITS[name][3]
    codes = {"A街道": "410199001", "B街道": "410199002", "C镇": "410199100", None: "—"}
    assert broken[0][4] == codes[label]


def test_the_sample_worked_by_hand(books):
    """419, 181 and 70 as a sum of units; 418, 110 and 0 as one unit (6 per thousand)."""
    _, book = books["sample"]
    sheet = book["表1"]
    heads = ["常住人口", "现有托位", "每千人口托位", "应有托位", "缺口", "富余"]
    rows = {
        "合计(分单位合计)": (69_650, 308, 4.42, 419, 181, 70),
        "按全区总量核算": (69_650, 308, 4.42, 418, 110, 0),
        "A街道": (41_250, 118, 2.86, 248, 130, 0),
        "B街道": (20_000, 190, 9.50, 120, 0, 70),
        "C镇": (8_400, 0, 0.00, 51, 51, 0),
        "其中:街道小计": (61_250, 308, 5.03, 368, 130, 70),
        "其中:乡镇小计": (8_400, 0, 0.00, 51, 51, 0),
    }
    for label, numbers in rows.items():
        for head, number in zip(heads, numbers, strict=True):
            value = cell_of(sheet, head, label).value
            assert round(value, 2) == pytest.approx(number), (label, head)
    notes = [str(row[0]) for row in sheet.iter_rows(values_only=True)]
    assert any("相差71个,其中富余(不抵补)70个、进位1个" in note for note in notes)
    assert cell_of(sheet, "其中:普惠", "A街道").value == 100
    assert cell_of(sheet, "其中:公办和公建民营", "合计(分单位合计)").value == 290


def test_what_a_planner_recomputes_is_a_formula(sample, tmp_path):
    sheet = openpyxl.load_workbook(write_workbook(sample, tmp_path / "a.xlsx"))["表1"]
    for head in ("应有托位", "缺口", "富余", "每千人口托位"):
        assert cell_of(sheet, head, "A街道").value.startswith("=")
        assert cell_of(sheet, head, "按全区总量核算").value.startswith("=")
    for head in ("常住人口", "现有托位", "应有托位", "缺口", "富余"):
        assert cell_of(sheet, head, "合计(分单位合计)").value.startswith("=SUM(")


def is_told_apart(number):
    """Whether a spreadsheet, which holds 15 digits, tells a number from the whole one beside it."""
    beside = abs(number - number.to_integral_value())
    return number < 30_000 and (beside == 0 or beside >= Decimal("1e-11"))


@given(
    micro=st.integers(0, 2 * 10**13),
    value=st.sampled_from(["6", "4.2", "8.5", "0.9", "3.17", "1.12", "5.2", "2", "7"]),
    per=st.sampled_from([100, 1000, 10_000]),
)
def test_rounding_up_in_binary_agrees_with_exact_decimals(micro, value, per):
    """People have six decimals; what they need is the exact one, at and beside whole numbers."""
    people, asked = micro / 1e6, Decimal(value)
    norm = SimpleNamespace(value=asked)
    want = float(ceil(asked * exact(people) / per))
    found = required_value(norm, per, people, float(value), whole=True)
    if is_told_apart(asked * exact(people) / per):
        assert found == want
    assert math.isclose(found, want, abs_tol=1.0)


def test_a_finding_stands_without_a_formula_where_a_spreadsheet_has_too_few_digits():
    norm, people = SimpleNamespace(value=Decimal("1.12")), 29_262_500.0
    assert Decimal("1.12") * exact(people) / 1000 == 32_774
    formula = required(norm, 1000, "F6", "K6", whole=True)
    given_by_it = required_value(norm, 1000, people, 1.12, whole=True)
    assert given_by_it == 32_775  # for a digit that binary added
    cell = with_formula(Cell(32_774.0, "count"), formula, given_by_it)
    assert (cell.value, cell.formula) == (32_774.0, "")
    assert with_formula(Cell(32_775.0, "count"), formula, given_by_it).formula == formula


@given(
    places=st.integers(0, 10**5),
    value=st.sampled_from(["6", "4.2", "8.5", "0.9", "3.17", "1.12", "5.2", "2", "7"]),
    per=st.sampled_from([100, 1000, 10_000]),
)
def test_exactly_enough_people_for_whole_places_need_no_place_more(places, value, per):
    people = float(exact(float(places * per / Decimal(value))))
    norm = SimpleNamespace(value=Decimal(value))
    product = Decimal(value) * exact(people) / per
    if is_told_apart(product):
        found = required_value(norm, per, people, float(value), whole=True)
        assert found == float(ceil(product))
