"""The site has every page, and every page has every name, command and norm."""

import re
import sys
from pathlib import Path

import pytest
import yaml

import capacity
from capacity.findings import COLUMNS
from capacity.norms import load_catalogue

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def pages():
    """Return the generated pages."""
    sys.path.insert(0, str(DOCS / ".site"))
    try:
        import pages
    finally:
        sys.path.pop(0)
    return pages.every_page(ROOT)


def in_navigation():
    """Return every page and generated folder that the navigation names."""
    lines = (ROOT / ".mkdocs.yml").read_text(encoding="utf-8").split("\nnav:")[1]

    def leaves(entry):
        if isinstance(entry, str):
            return {entry}
        inner = entry.values() if isinstance(entry, dict) else entry
        return {leaf for one in inner for leaf in leaves(one)}

    return leaves(yaml.safe_load(lines))


def test_every_page_is_in_the_navigation(pages):
    named = in_navigation()
    written = {path.relative_to(DOCS).as_posix() for path in DOCS.glob("**/*.md")}
    made = {page for page in pages if page.rsplit("/", 1)[0] not in named}
    folders = {name for name in named if not name.endswith(".md")}
    assert named - folders == written | made
    assert folders == {"reference/api", "reference/norms"}


def test_every_public_name_appears_in_the_reference(pages):
    reference = "".join(text for page, text in pages.items() if page.startswith("reference/api/"))
    for name in capacity.__all__:
        assert reference.count(f"heading: {name}\n") == 1


def test_every_norm_appears_in_the_reference_with_clause_and_value(pages):
    reference = "".join(text for page, text in pages.items() if "/norms/" in page)
    for norm in load_catalogue().norms:
        entry = reference.split(f"| id | `{norm.id}` |")[1].split("\n### ")[0]
        assert norm.source.clause in entry.replace("\\|", "|")
        assert f"{norm.comparator} {norm.value:f}" in entry
        day = norm.as_of or norm.by or norm.effective_from
        assert day.isoformat() in entry


def test_every_command_and_option_appears(pages):
    text = pages["reference/commands.md"]
    for command in ("example", "check", "assess", "site", "compare", "norms list", "norms show"):
        assert f"## capacity {command}\n" in text
    for option in ("--out, -o OUT", "--language zh|en", "--override ID=VALUE", "--overwrite"):
        assert f"| `{option}` |" in text.replace("\\|", "|")


def test_the_columns_of_the_findings_are_described_in_their_order():
    page = (DOCS / "findings.md").read_text(encoding="utf-8").split("## Status")[0]
    described = re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE)
    assert described == list(COLUMNS)


def test_the_citation_is_of_this_version():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["version"] == capacity.__version__
    assert cited["cff-version"] == "1.2.0"
    assert set(cited) >= {"message", "title", "authors", "date-released", "license"}


def test_formulas_of_docstrings_are_drawn():
    for module in ("griffe", "latex2mathml"):
        pytest.importorskip(module, reason='the extra "docs" is not installed')
    sys.path.insert(0, str(DOCS / ".site"))
    try:
        from docstrings import with_formulas
    finally:
        sys.path.pop(0)
    drawn = with_formulas(
        "Let :math:`x_g` be\n\n    .. math:: a \\le b, \\\\\n              c\n\nmore"
    )
    assert drawn.count("<math ") == 2
    assert "math:" not in drawn
    assert "x_g" not in drawn
    assert drawn.endswith("more")
