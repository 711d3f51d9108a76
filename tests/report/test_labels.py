"""Every word that a planner reads has a label, and every phrase of assess a translation."""

import ast
import re
from pathlib import Path

import openpyxl
import pytest

from capacity import assess, load_norms
from capacity.assess import run
from capacity.findings import COLUMNS
from capacity.norms import load_catalogue
from capacity.report import labels, terminal
from capacity.report.labels import translate

SOURCES = sorted(Path(run.__file__).parent.glob("*.py"))
SAMPLES = {
    "column": "places",
    "norm.service": "childcare",
    "group": "under_3",
    "missing": "places",
    "largest": "city",
    "flag": "urban",
    "figure": "new_compounds_elder_care",
}
LATIN = re.compile(r"[A-Za-z]{2,}")
KEY = re.compile(r"\bparameters\.[a-z_]+")  # stands in area.toml as it is written
ENGLISH = re.compile(r"[A-Za-z]{2,}[ :;,]+[A-Za-z]{2,}")


def written(node):
    """Write a string node out, with a sample for what is put into an f-string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            v.value if isinstance(v, ast.Constant) else SAMPLES.get(ast.unparse(v.value), "1")
            for v in node.values
        )
    return None


def of_call(node):
    """Write out what a call of one of the helpers of assess puts into a note."""
    texts = [written(argument) for argument in node.args]
    first = texts[0] if texts else None
    if node.func.id == "no_data" and first:
        yield f"missing input: {first}"
    if node.func.id == "listed" and first:
        yield f"{first}: 2 (1, 2)"
    if node.func.id == "join_notes":
        yield from texts
    yield from (written(k.value) for k in node.keywords if k.arg in {"method", "note"})


def of_dict(node):
    """Write out the notes of a row written as a dict; ``str`` is the column's type."""
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == "note" and written(value) != "str":
            yield written(value)


def emitted(tree):
    """List the notes and methods that a module of assess may emit."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield from of_call(node)
        if isinstance(node, ast.Dict):
            yield from of_dict(node)
        if isinstance(node, ast.Assign):
            target = ast.unparse(node.targets[0])
            if target in {"method", "note"} or "'note'" in target:
                yield written(node.value)


PHRASES = sorted(
    {text for path in SOURCES for text in emitted(ast.parse(path.read_text("utf-8"))) if text}
)


def test_the_walk_finds_the_phrases():
    assert len(PHRASES) > 20
    assert (
        "missing input: is_old, or built_year with parameters.old_compound_built_before" in PHRASES
    )
    assert any(text.startswith("rounding: ") for text in PHRASES)


@pytest.mark.parametrize("text", PHRASES)
def test_every_phrase_in_the_source_has_a_translation(text):
    assert not LATIN.search(KEY.sub("", translate(text, "zh")))


@pytest.mark.parametrize("on", ["2022-12-10", "2024-06-30", "2025-12-31"])
def test_every_phrase_of_the_example_has_a_translation(area, on):
    findings = assess(area, load_norms("zhengzhou", on=on)).findings
    for text in {*findings["method"], *findings["note"]}:
        without_ids = re.sub(r"\([^()]*\)", "", translate(text, "zh"))
        assert not LATIN.search(KEY.sub("", without_ids)), text


def test_unknown_phrases_and_english_stay_as_they_are():
    assert translate("something new: 7 (A)", "zh") == "something new:7 (A)"
    assert translate("rounding: none", "en") == "rounding: none"
    assert translate("", "zh") == ""


def test_every_measure_and_number_column_is_labelled(result):
    assert set(result.findings["measure"]) <= set(labels.MEASURES) == set(labels.QUANTITIES)
    assert set(labels.COLUMNS) - {"covered"} <= set(COLUMNS)
    assert tuple(labels.QUALITY_COLUMNS) == tuple(result.quality.columns)
    assert result.quality["problem"].str.contains("[\u4e00-\u9fff]").all()


def test_every_note_of_a_norm_has_chinese_and_every_chinese_note_a_norm():
    notes = {norm.note: norm for norm in load_catalogue().norms}
    for note, norm in notes.items():
        assert not ENGLISH.search(labels.note_text(norm, "zh")), note
    assert set(labels._notes()) == set(notes) - {""}


def test_what_is_known_of_a_norm_is_said_in_chinese():
    """Ids and files stay as they are: nothing else of ``capacity norms show`` is English."""
    catalogue = load_catalogue()
    ids = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)+")
    plain = {"编号", "系列", "城市"}
    said = 0
    for norm in catalogue.norms:
        for name, value in terminal._rows_in_chinese(norm, catalogue.conflicts):
            said += 1
            if name not in plain:
                words = ids.sub("", f"{name} {value}".replace(norm.file, ""))
                assert not re.search(r"[A-Za-z]{3,}", words), (norm.id, name, value)
    assert said > 15 * len(catalogue.norms)


@pytest.mark.parametrize("city", ["zhengzhou", "xinyang", "chengdu"])
def test_no_english_sentence_stands_in_the_notes_of_the_chinese_workbook(area, city, tmp_path):
    norms = load_norms(city, on="2025-12-31", roles=("compute", "tabulate"), profile="optional")
    book = openpyxl.load_workbook(assess(area, norms).to_excel(tmp_path / "a.xlsx"))
    compared = 0
    for sheet in book:
        if sheet.title == "表9-4":  # messages of the checks
            continue
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str):
                    text = re.sub(
                        r"[\w.=<>/-]*[._]\w[\w.]*", "", cell.value
                    )  # ids, files, versions
                    assert not ENGLISH.search(text), (sheet.title, cell.coordinate, cell.value)
                    compared += 1
    assert compared > 500


def test_the_sheet_of_every_norm_is_chinese_but_for_ids_and_files():
    catalogue = load_catalogue()
    # notes of norms that no table prints may be as they were written
    ids = {"编号", "系列", "城市", "最小规模", "作为基期的标准", "所在文件", "备注"}
    for norm in catalogue.norms:
        rows = terminal._rows_in_chinese(norm, catalogue.conflicts)
        english = [(k, v) for k, v in rows if k not in ids and ENGLISH.search(k + " " + v)]
        assert not english, norm.id
