"""Imports go one way: a floor imports from itself and from the floors above it in the list."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "capacity"
FLOORS = [
    {"errors", "vocabulary", "exact", "distinct", "literals", "problems", "quality"},
    {"population", "network", "fractions", "demand", "calibration", "locate"},
    {"norms"},
    {"inputs"},
    {"study_area"},
    {"reach"},
    {"findings"},
    {"assess"},
    {"parts"},
    {"monitoring"},
    {"siting"},
    {"report"},
    {"example"},
    {"cli"},
]
# The result hands over to the report when it is asked to write itself down, and only then; an
# assessment to its parts when it is given somebody to compute them.
ALLOWED = {
    ("assess.run", "parts"),
    ("assess.result", "report"),
    ("assess.result", "monitoring"),
    ("monitoring.compare", "report"),
    ("siting.plan", "report"),
}


def floor_of(name):
    return next(i for i, floor in enumerate(FLOORS) if name in floor)


def modules():
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def imported(path):
    """Names right below ``capacity`` that a module imports, outside type checking."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("capacity."):
            yield node.module.split(".")[1]
        if isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("capacity."))


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_imports_go_down_only(path):
    dotted = path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".")
    own = dotted.split(".")[0]
    for name in imported(path):
        if (dotted, name) not in ALLOWED:
            assert floor_of(name) <= floor_of(own), f"{dotted} imports capacity.{name}"


def test_every_module_has_a_floor_and_a_place_in_the_flow():
    for path in modules():
        own = path.relative_to(PACKAGE).with_suffix("").parts[0]
        assert any(own in floor for floor in FLOORS), own
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), path
