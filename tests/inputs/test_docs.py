"""The reference pages describe every key and every code."""

import ast
import re
import runpy
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from capacity import quality
from capacity.inputs.config import UNIT_TYPE_WORDS, URBAN_WORDS, AreaConfig, PopulationBands
from capacity.norms.model import CONDITIONS
from capacity.problems import PROBLEMS
from capacity.report.labels import QUALITY_COLUMNS
from capacity.vocabulary import FACILITY_STATUSES, FACILITY_TYPES, FIGURES, OPERATORS, SERVICES

ROOT = Path(__file__).parents[2]
SETTINGS = (ROOT / "docs" / "area-toml.md").read_text(encoding="utf-8")
QUALITY = (ROOT / "docs" / "quality.md").read_text(encoding="utf-8")
FIRST_CELLS = re.compile(r"^\| `([\w.]+)` \|", flags=re.MULTILINE)
OF_EVERY_FILE = {"file", "layer", "header_row", "datum", "description", "year", "where"}
PREFIXES = "template config study_area file layer columns raster crs table units population facilities compounds figures points allocation walking census planned compare parts output extra"
WHAT = (
    "duplicates",
    "no_amount",
    "implausible",
    "one_point",
    "at_centre",
)  # put together from the layer's name
KEY_OR_WORD = re.compile(r"[A-Za-z_][\w.+-]*")
# what stands in a mend in Latin letters and is no key: products, formats, values of keys
LATIN = "CGCS2000 CSV Ctrl+End EPSG GPS Excel GeoDataFrame GeoTransform QGIS TOML UTF-8 WPS area.toml bd09 "
LATIN += "pip download no-index find-links overwrite "
LATIN += "resume Dask dask local on "
LATIN += "Big5 cap_ cap_rows_street "
LATIN += "cgcs2000 count cpg csv density false first gcj02 gpkg npz true wgs84 xarray xlsx zero"
CODE = re.compile(rf"^({'|'.join(PREFIXES.split())})\.[a-z_0-9]+$")


def models_in(annotation):
    """Every pydantic model that an annotation mentions."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from models_in(part)


def keys(model, prefix=""):
    """Every key of the settings, as the docs write it."""
    for name, field in model.model_fields.items():
        for_every_file = prefix and name in OF_EVERY_FILE and not prefix.startswith("study_area")
        # figures may stand in several tables, and are described once
        yield name if for_every_file or name in FIGURES else f"{prefix}{name}"
        if name == "planned":  # has the keys of facilities
            continue
        for inner in models_in(field.annotation):
            yield from keys(inner, "bands." if inner is PopulationBands else f"{prefix}{name}.")


def test_every_key_is_described_and_no_other():
    described = FIRST_CELLS.findall(SETTINGS)
    assert set(described) == set(keys(AreaConfig))
    assert len(described) == len(set(described))
    for word in [*UNIT_TYPE_WORDS, *URBAN_WORDS]:
        assert word in SETTINGS


def test_every_word_of_a_cell_is_listed():
    for names in (SERVICES, OPERATORS, FACILITY_STATUSES, CONDITIONS):
        for name, labels in names.items():
            assert f"`{name}` ({labels[0]})" in SETTINGS
    for name, (zh, en, service) in FACILITY_TYPES.items():
        assert f"| {name} | {service} | {en} | {zh} |" in SETTINGS
    for name, (zh, en, unit) in FIGURES.items():
        assert f"| `{name}` | {en}, {unit} | {zh} |" in SETTINGS


def test_every_key_has_a_chinese_gloss():
    for line in SETTINGS.splitlines():
        if line.startswith("| `"):
            assert re.search("[\u4e00-\u9fff]", line.split("|")[-2]), line


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", SETTINGS, flags=re.DOTALL))
def test_examples_are_settings(block):
    AreaConfig.model_validate(tomllib.loads(block))


def test_every_column_is_described():
    assert set(quality.COLUMNS) <= set(FIRST_CELLS.findall(QUALITY))


def texts(path):
    """Every text constant of a module; {} stands for what an f-string fills in."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        if isinstance(node, ast.JoinedStr):
            yield "".join(v.value if isinstance(v, ast.Constant) else "{}" for v in node.values)


def sources():
    package = ROOT / "capacity"
    return [
        *package.glob("inputs/*.py"),
        *package.glob("reach/*.py"),
        *package.glob("assess/*.py"),
        *package.glob("monitoring/*.py"),
        *package.glob("parts/*.py"),
        *package.glob("siting/*.py"),
        package / "cli.py",
        package / "errors.py",
        package / "report" / "folder.py",
        package / "report" / "template.py",
        package / "study_area.py",
        package / "demand.py",
        package / "network.py",
        package / "calibration.py",
    ]


def test_every_code_is_listed():
    listed = {code for code in FIRST_CELLS.findall(QUALITY) if "." in code}
    found = {text for path in sources() for text in texts(path)}
    keys_of_settings = set(FIRST_CELLS.findall(SETTINGS))
    found = {text for text in found if CODE.match(text) and not text.endswith(".csv")}
    missing = found - listed - keys_of_settings
    assert missing == set()
    for text in texts(ROOT / "capacity" / "inputs" / "check.py"):
        if re.fullmatch(r"\{\}\.[a-z_]+", text):
            assert any(code.endswith(text[2:]) for code in listed), text


def test_every_listed_code_is_used():
    listed = {code for code in FIRST_CELLS.findall(QUALITY) if "." in code}
    found = {text for path in sources() for text in texts(path)}
    made = {code for code in listed if code in found or f"{{}}.{code.split('.')[1]}" in found}
    dynamic = {"units.unknown_type", "facilities.unknown_service"}
    dynamic |= {"facilities.unknown_type", "facilities.unknown_condition"}
    dynamic |= {"candidates.unknown_acquisition"}
    dynamic |= {"population.negative", "population.not_finite"}
    dynamic |= {f"{what}.{code}" for what in ("facilities", "compounds") for code in WHAT}
    assert listed - made - dynamic == set()


def rows_of(page):
    """Code → cells of its row in a table of codes."""
    rows = re.findall(r"^\| `(\w+\.\w+)` \| (.+) \|$", page, flags=re.MULTILINE)
    assert len(rows) == len(dict(rows))
    return {code: cells.split(" | ") for code, cells in rows}


def test_every_code_has_its_chinese_words():
    """The tables of the page are those of the quality report."""
    listed = {code: tuple(cells[:2]) for code, cells in rows_of(QUALITY).items()}
    assert listed == PROBLEMS
    assert {len(cells) for cells in rows_of(QUALITY).values()} == {4}
    for problem, mend in PROBLEMS.values():
        assert re.search("[\u4e00-\u9fff]", problem)
        assert re.search("[\u4e00-\u9fff]", mend)
        assert mend.endswith("。")
        assert mend.count("。") == 1
        assert "|" not in problem + mend


def test_every_key_that_a_mend_names_is_a_key():
    known = set(FIRST_CELLS.findall(SETTINGS))
    named = {word for _, mend in PROBLEMS.values() for word in KEY_OR_WORD.findall(mend)}
    dotted = {word for word in named if "." in word} - {"area.toml"}
    assert len(dotted) > 20
    assert dotted <= known
    assert named - dotted - set(LATIN.split()) <= {key.split(".")[-1] for key in known}


def test_every_column_has_the_heading_of_the_workbook():
    described = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", QUALITY, flags=re.MULTILINE)
    assert described == [(name, zh) for name, (zh, _) in QUALITY_COLUMNS.items()]


def test_the_chinese_pages_made_from_the_library_are_up_to_date():
    """Whoever adds a key of area.toml or a code of a fault runs ``python docs/.site/zh.py``."""
    script = Path(__file__).parents[2] / "docs" / ".site" / "zh.py"
    made = runpy.run_path(str(script))
    assert set(made["MADE"]) == {"errors.md", "area-toml.md"}
    for name in made["MADE"]:
        there = (script.parents[1] / "zh" / name).read_text(encoding="utf-8")
        assert there == made["page"](name), "run: python docs/.site/zh.py"
