"""Public functions show an example, and every public number says what it is counted in."""

import pytest
from numpydoc.docscrape import FunctionDoc

import capacity
from tests.docs.docstrings import FUNCTIONS, coverage, numbers, says_its_unit


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_public_function_shows_an_example(name):
    assert any(">>>" in line for line in FunctionDoc(getattr(capacity, name))["Examples"])


def test_every_public_number_says_its_unit():
    found = dict(numbers())
    assert len(found) > 50
    assert [name for name, words in found.items() if not says_its_unit(name, words)] == []


def test_a_number_without_a_unit_is_found():
    assert not says_its_unit("f.width", "How wide the road is.")
    assert says_its_unit("f.width_m", "How wide the road is.")
    assert says_its_unit("f.width", "Width of the road, metres.")


def test_everything_that_is_public_has_a_docstring():
    found = coverage()
    assert all(has == of for kind, (has, of) in found.items() if kind in {"module", "class"})
