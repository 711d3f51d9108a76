"""The workbook recalculated by LibreOffice: formulas give the findings, and checks see a changed figure."""

import dataclasses
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

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
from capacity.report.workbook.formulas import (
    is_too_fine,
    required,
    required_value,
    with_formula,
)
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


def town(*people, per_thousand, side=1000):
    """Three units, A街道, B街道 and C镇, with so many people and one norm of places per thousand."""
    names, types = ["某区", "A街道", "B街道", "C镇"], ["district", "street", "street", "township"]
    boxes = [box(0, 0, 3 * side, side), *(box(x * side, 0, (x + 1) * side, side) for x in range(3))]
    codes = ["410199", "410199001", "410199002", "410199100"]
    units = towns.units(
        boxes, codes=codes, unit_name=names, unit_type=types, parent_code=["", *["410199"] * 3]
    )
    cells = towns.cells(boxes[1:], people)
    some = towns.points(
        [(500, 500), (600, 500), (1.5 * side, 500)],
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
    kept = next(norm for norm in norms.norms if norm.id == PLACES)
    asked = dataclasses.replace(kept, value=Decimal(per_thousand))
    return assess(area, dataclasses.replace(norms, norms=(asked,)))


@pytest.fixture(scope="module")
def sample():
    """Worked by hand as in submission-tables."""
    return town(41_250.0, 20_000.0, 8_400.0, per_thousand="6")


@pytest.fixture(scope="module")
def megacity():
    """Figures at which a fixed number of decimals gave one place more: 32,774 at 1.12 a thousand."""
    people = 29_262_500.0, 4_464_285.0, 892_857_142.0
    return town(*people, per_thousand="1.12", side=100_000)


def cell_of(sheet, head, label):
    """Cell of a column by its heading, and of a row by its name."""
    heads = [cell for row in (3, 4) for cell in sheet[row]]
    column = next(cell.column for cell in heads if str(cell.value).split("\n")[0] == head)
    row = next(row[0].row for row in sheet.iter_rows(min_row=FIRST) if row[2].value == label)
    return sheet.cell(row, column)


ONE_MORE = {"A街道": 29_262_501, "B街道": 4_464_286, "C镇": 892_857_143}
HARD = [
    (Decimal(value), places * per / Decimal(value), per)
    for value in ("6", "4.2", "8.5", "0.9", "3.17", "1.12", "7")
    for places in (1, 9, 10, 99, 1000, 2981, 32_774, 99_999, 100_000, 4_999_999, 10**7, 10**8)
    for per in (1, 100, 1000)
]
"""Value, people and per: what just so many places are for; beside it one person less and one more."""


def write_hard(path):
    """Write formulas of HARD, as a planner would change them: people, standard and requirement."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        rows = [(value, people + more, per) for value, people, per in HARD for more in (-1, 0, 1)]
        for row, (value, people, per) in enumerate(rows):
            sheet.write_row(row, 0, [max(0.0, float(exact(float(people)))), float(value)])
            formula = required(per, f"A{row + 1}", f"B{row + 1}", whole=True)
            sheet.write_formula(row, 2, formula, None, -1)
            sheet.write_number(row, 3, per)


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
def books(result, sample, megacity, tmp_path_factory):
    """Written and recalculated workbooks, by name; one run of LibreOffice for all."""
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    place = tmp_path_factory.mktemp("recalculated")
    written = {
        "example": write_workbook(result, place / "example.xlsx"),
        "sample": write_workbook(sample, place / "sample.xlsx"),
        "megacity": write_workbook(megacity, place / "megacity.xlsx"),
    }
    write_hard(place / "hard.xlsx")
    more = [("常住人口", name, people) for name, people in ONE_MORE.items()]
    changed(written["megacity"], place / "one-more.xlsx", *more)
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


@pytest.mark.parametrize("name", ["example", "sample", "megacity", "singapore"])
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


def test_the_largest_figures_are_rounded_up_exactly(books):
    """1.12 × 29,262,500 ÷ 1,000 = 32,774 and 1.12 × 892,857,142 ÷ 1,000 = 999,999.99904."""
    written, again = (book["表1"] for book in books["megacity"])
    more = books["one-more"][1]["表1"]
    places = {"A街道": (32_774, 32_775), "B街道": (5_000, 5_001), "C镇": (1_000_000, 1_000_001)}
    for name, numbers in places.items():
        found = [cell_of(sheet, "应有托位", name).value for sheet in (written, again, more)]
        assert found == [numbers[0], *numbers]
    assert cell_of(more, "缺口", "A街道").value == 32_775 - 118


def test_a_spreadsheet_rounds_up_what_a_planner_changes(books):
    rows = list(books["hard"][1].worksheets[0].iter_rows(values_only=True))
    assert len(rows) == 3 * len(HARD)
    for people, value, found, per in rows:
        product = Decimal(str(value)) * exact(float(people)) / per
        if is_told_apart(product):
            assert found == ceil(product), (people, value, per)
            assert required_value(per, people, value, whole=True) == found


def test_what_is_too_fine_for_a_spreadsheet_stands_as_a_number_and_breaks_no_rule(tmp_path):
    """6 × 833,333,333.333334 ÷ 1,000 = 5,000,000.000000004."""
    people = 833_333_333.333334, 20_000.0, 8_400.0
    found = town(*people, per_thousand="6", side=100_000)
    book = openpyxl.load_workbook(write_workbook(found, tmp_path / "fine.xlsx"))
    assert cell_of(book["表1"], "应有托位", "A街道").value == 5_000_001
    assert cell_of(book["表1"], "应有托位", "B街道").value.startswith("=CEILING(ROUND(")
    rules = "".join(str(row[2]) for row in book[CHECKS].iter_rows(values_only=True))
    assert "max(0," in rules
    assert "进位" not in rules


def test_what_a_planner_recomputes_is_a_formula(sample, tmp_path):
    sheet = openpyxl.load_workbook(write_workbook(sample, tmp_path / "a.xlsx"))["表1"]
    for head in ("应有托位", "缺口", "富余", "每千人口托位"):
        assert cell_of(sheet, head, "A街道").value.startswith("=")
        assert cell_of(sheet, head, "按全区总量核算").value.startswith("=")
    for head in ("常住人口", "现有托位", "应有托位", "缺口", "富余"):
        assert cell_of(sheet, head, "合计(分单位合计)").value.startswith("=SUM(")


VALUES = st.sampled_from(["6", "4.2", "8.5", "0.9", "3.17", "1.12", "5.2", "2", "7"])
PER = st.sampled_from([1, 100, 1000, 10_000])
MOST = Decimal(10**8)


def is_told_apart(number):
    """Whether 15 digits, and 14, tell a number from the whole one below it, up to 100 million."""
    above = number - int(number)
    return number <= MOST and (above == 0 or above.scaleb(14 - len(f"{int(number)}")) >= 1)


@given(micro=st.integers(0, 2 * 10**16), value=VALUES, per=PER)
def test_rounding_up_in_binary_agrees_with_exact_decimals(micro, value, per):
    """People have six decimals; what they need is the exact one, at and beside whole numbers."""
    people, asked = micro / 1e6, Decimal(value)
    product = asked * exact(people) / per
    want = float(ceil(product))
    found = required_value(per, people, float(value), whole=True)
    if is_told_apart(product):
        assert found == want
    elif product <= MOST:
        assert found == want or is_too_fine(per, people, float(value), want)


@given(micro=st.integers(0, 2 * 10**16), value=VALUES, per=PER)
def test_areas_in_binary_are_within_what_a_cell_is_given_a_formula_for(micro, value, per):
    people = micro / 1e6
    product = Decimal(value) * exact(people) / per
    if product <= 10 * MOST:
        found = required_value(per, people, float(value), whole=False)
        cell = with_formula(Cell(float(product), "area"), "=F6*K6", found)
        assert cell.formula == "=F6*K6"


def test_a_finding_stands_without_a_formula_where_a_spreadsheet_has_too_few_digits():
    people = 833_333_333.333334
    assert ceil(6 * exact(people) / 1000) == 5_000_001  # 5,000,000.000000004
    formula = required(1000, "F6", "K6", whole=True)
    given_by_it = required_value(1000, people, 6.0, whole=True)
    cell = with_formula(Cell(5_000_001.0, "count"), formula, given_by_it)
    assert (cell.value, cell.formula) == (5_000_001.0, "")
    assert is_too_fine(1000, people, 6.0, 5_000_001.0)
    whole = required_value(1000, 29_262_500.0, 1.12, whole=True)
    assert with_formula(Cell(32_774.0, "count"), formula, whole).formula == formula


@given(places=st.integers(0, 10**8), value=VALUES, per=PER)
def test_exactly_enough_people_for_whole_places_need_no_place_more(places, value, per):
    people = float(exact(float(places * per / Decimal(value))))
    product = Decimal(value) * exact(people) / per
    if is_told_apart(product):
        found = required_value(per, people, float(value), whole=True)
        assert found == float(ceil(product))
