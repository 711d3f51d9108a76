"""Every kind of norm is worked by hand, has properties, an oracle and its boundaries tested."""

import ast
from collections import defaultdict
from pathlib import Path

import pandas as pd

from capacity.norms.model import KINDS
from tests.covers import ASPECTS

TESTS = Path(__file__).parent
# Observed values are not evaluated: they are looked up, and there is nothing to compute twice.
NOT_COMPUTED = {("baseline", "property"), ("baseline", "oracle")}


def marks(tree):
    """Give the aspect and kinds of every marked test."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "covers":
                    aspect, *kinds = (ast.literal_eval(word) for word in mark.args)
                    yield node.name, aspect, kinds


def test_every_kind_has_every_kind_of_test():
    tests = defaultdict(list)
    for file in sorted(TESTS.rglob("test_*.py")):
        for name, aspect, kinds in marks(ast.parse(file.read_text(encoding="utf-8"))):
            for kind in kinds:
                tests[kind, aspect].append(name)
    assert {kind for kind, _ in tests} <= set(KINDS)
    numbers = {aspect: {kind: len(tests[kind, aspect]) for kind in KINDS} for aspect in ASPECTS}
    table = pd.DataFrame(numbers)
    print(f"\n{table.to_string()}")  # noqa: T201  # shown with -s
    missing = [
        (kind, aspect)
        for kind in KINDS
        for aspect in ASPECTS
        if not tests[kind, aspect] and (kind, aspect) not in NOT_COMPUTED
    ]
    assert missing == []
