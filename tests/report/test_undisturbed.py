"""The garbage collector is put off while files are made, and as it was afterwards."""

import gc

import pandas as pd
import pytest

from capacity.report.text import guard_csv
from capacity.report.undisturbed import undisturbed


def test_it_is_off_inside_and_as_before_afterwards():
    assert gc.isenabled()
    with undisturbed():
        assert not gc.isenabled()
        with undisturbed():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_comes_back_after_an_error():
    with pytest.raises(ValueError, match="broken"), undisturbed():
        raise ValueError("broken")
    assert gc.isenabled()


def test_values_that_are_equal_but_no_texts_stay_what_they_are():
    mixed = pd.DataFrame({"a": pd.Series([1, True, 1.0, "=1", "=1"], dtype=object)})
    found = guard_csv(mixed)["a"].tolist()
    assert [type(value) for value in found] == [int, bool, float, str, str]
    assert found[3:] == ["'=1", "'=1"]
