"""What the docstrings of the library say, counted: ``python -m tests.docs.docstrings``."""

import ast
import dataclasses
import inspect
import re
from collections import Counter

from numpydoc.docscrape import ClassDoc, FunctionDoc

import capacity
from tests.docs.blocks import ROOT

PUBLIC = sorted(name for name in capacity.__all__ if not name.startswith("_"))
FUNCTIONS = [name for name in PUBLIC if inspect.isfunction(getattr(capacity, name))]
CLASSES = [name for name in PUBLIC if dataclasses.is_dataclass(getattr(capacity, name))]
IN_THE_NAME = re.compile(r"_(m|m2|s|m_s)$")
UNIT = re.compile(
    r"\b(m|m²|m/s|metres?|minutes|degrees|people|persons|places|households|shares?|0 to 1|per|cost"
    r"|number|how many|factor|coefficient|relative|divided by|in the unit of|sizes?)\b",
    flags=re.IGNORECASE,
)
ELSEWHERE = re.compile(
    r"\b(as (in|for) ``|the same for|its (two|three) parts|objective|budgets|how much of it)"
)


def numbers():
    """Give every parameter and field of a public name that is a number: name, words said of it."""
    for name in [*FUNCTIONS, *CLASSES]:
        thing = getattr(capacity, name)
        if name in FUNCTIONS:
            said = FunctionDoc(thing)["Parameters"]
            types = {key: p.annotation for key, p in inspect.signature(thing).parameters.items()}
        else:
            said = ClassDoc(thing)["Attributes"]
            types = {field.name: field.type for field in dataclasses.fields(thing)}
        for entry in said:
            for key in (word.strip() for word in entry.name.split(",")):
                if re.search(r"\bfloat\b|\bFloats\b", str(types.get(key, ""))):
                    yield f"{name}.{key}", " ".join([entry.type, *entry.desc])


def says_its_unit(name, words):
    """Whether a number says what it is counted in, or that it is a mere ratio."""
    found = (IN_THE_NAME.search(name), UNIT.search(words), ELSEWHERE.search(words.lower()))
    return any(found)


def coverage():
    """Return what there is of modules, classes and functions of the package, and how many say what."""
    there, said = Counter(), Counter()
    for path in sorted((ROOT / "capacity").glob("**/*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                private = getattr(node, "name", "").startswith("_")
                kind = ("private " if private else "") + type(node).__name__.removesuffix("Def")
                there[kind.lower()] += 1
                said[kind.lower()] += ast.get_docstring(node) is not None
    for name in FUNCTIONS:
        doc = FunctionDoc(getattr(capacity, name))
        for section in ("Parameters", "Returns", "Examples", "Raises", "References", "Notes"):
            there[f"public name: {section}"] += 1
            said[f"public name: {section}"] += bool(doc[section])
    for name, words in numbers():
        there["public number: unit"] += 1
        said["public number: unit"] += says_its_unit(name, words)
    return {kind: (said[kind], there[kind]) for kind in there}


if __name__ == "__main__":
    for kind, (has, of) in coverage().items():
        print(f"{kind:28} {has:5} of {of:5}  {100 * has / of:5.1f} %")  # noqa: T201
