"""Every public name is documented whole: parameters, returns, errors, an example, its source."""

import dataclasses
import inspect

import pytest
from numpydoc.docscrape import ClassDoc, FunctionDoc
from numpydoc.validate import validate

import capacity

PUBLIC = sorted(name for name in capacity.__all__ if not name.startswith("_"))
CLASSES = [name for name in PUBLIC if dataclasses.is_dataclass(getattr(capacity, name))]
FUNCTIONS = [name for name in PUBLIC if inspect.isfunction(getattr(capacity, name))]
COMPUTING = [
    "allocate",
    "area_shortfall",
    "calibrate",
    "capacity_limited_coverage",
    "capacitated",
    "circle_coverage",
    "compound_shortfall",
    "coverage_curve",
    "demand",
    "e2sfca",
    "equity",
    "expansion",
    "lorenz",
    "lscp",
    "mclp",
    "minimum_facilities",
    "p_median",
    "nearest_sets",
    "nested_sets",
    "ratio_shortfall",
    "straight_pairs",
    "straight_sets",
    "three_step_fca",
    "two_step_fca",
    "walking_network",
    "walking_radius_m",
]
# Types stand in the annotations (PR04); summaries may be longer than a verb (SS05); extended
# summaries, "see also" and examples are not owed by every name (ES01, SA01, EX01, YD01).
NOT_OWED = {
    "PR04",
    "SS05",
    "ES01",
    "SA01",
    "EX01",
    "YD01",
    "SS06",
    "PR08",
    "PR09",
    "RT02",
    "RT04",
    "RT05",
}
NOT_OWED |= {"GL01", "GL02", "GL03"}


def test_the_public_names_are_functions_dataclasses_and_errors():
    rest = set(PUBLIC) - set(FUNCTIONS) - set(CLASSES)
    assert rest
    assert all(issubclass(getattr(capacity, name), capacity.CapacityError) for name in rest)
    assert all(inspect.getdoc(getattr(capacity, name)) for name in rest)


@pytest.mark.parametrize("name", CLASSES)
def test_every_field_is_documented(name):
    thing = getattr(capacity, name)
    documented = {
        word.strip() for entry in ClassDoc(thing)["Attributes"] for word in entry.name.split(",")
    }
    assert {field.name for field in dataclasses.fields(thing)} <= documented


@pytest.mark.parametrize("name", FUNCTIONS)
def test_public_functions_are_documented(name):
    thing = getattr(capacity, name)
    found = validate(f"{thing.__module__}.{thing.__qualname__}")
    faults = [f"{code} {text}" for code, text in found["errors"] if code not in NOT_OWED]
    assert faults == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_parameter_of_a_public_function_is_annotated(name):
    signature = inspect.signature(getattr(capacity, name))
    assert all(p.annotation is not p.empty for p in signature.parameters.values())
    assert signature.return_annotation is not signature.empty


@pytest.mark.parametrize("name", COMPUTING)
def test_computing_functions_show_an_example_and_say_where_the_method_is_from(name):
    doc = FunctionDoc(getattr(capacity, name))
    assert doc["Examples"]
    assert doc["Raises"]
    assert doc["Notes"] or doc["References"]
