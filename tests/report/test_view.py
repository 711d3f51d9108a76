"""Views: the whole looked at once, and parts of it taken out of that."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from capacity.report.view import look, records


def test_rows_are_those_of_pandas():
    frame = pd.DataFrame(
        {
            "text": pd.array(["a", None], dtype="str"),
            "flag": pd.array([True, None], dtype="boolean"),
            "whole": pd.array([3, None], dtype="Int64"),
            "odd": pd.Series([pd.NA, "x"], dtype=object),
            "number": [1.5, np.nan],
            "yes": [True, False],
            "day": pd.to_datetime(["2025-12-31", None]),
            "date": [dt.date(2025, 12, 31), None],
        }
    )
    found, expect = records(frame), frame.to_dict(orient="records")
    assert [list(row) for row in found] == [list(row) for row in expect]
    for row, other in zip(found, expect, strict=True):
        for name, value in row.items():
            assert type(value) is type(other[name]), name
            assert value == other[name] or (value != value and other[name] != other[name])  # noqa: PLR0124  # NaN


def test_a_unit_is_looked_at_alone_or_out_of_the_whole(result):
    whole = look(result)
    some = result.area.units["unit_code"].iloc[1]
    assert repr(whole.below(some)) == repr(look(result, some))  # NaN is like no other
    assert whole.below(some).units.keys() < whole.units.keys()
    assert whole.below(whole.root) == whole
    with pytest.raises(KeyError, match="no unit 99"):
        whole.below("99")
