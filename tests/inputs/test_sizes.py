"""Sizes that can hardly be right: exactly at the bounds, and only where 0 is doubtful."""

import numpy as np
import pandas as pd
import pytest

from capacity.inputs.sizes import BOUNDS, CHILDCARE_PLACES, check_sizes


def doubted(column, values, service="childcare"):
    frame = pd.DataFrame(
        {
            column: pd.Series(values, dtype="float64"),
            "name": "",
            "file": "f.csv",
            "row": range(2, len(values) + 2),
        }
    )
    if service is not None:
        frame["service"] = service
    return [values[row - 2] for fault in check_sizes(frame, "x") for row in fault.rows]


@pytest.mark.parametrize("column", BOUNDS)
def test_exactly_at_a_bound_is_plausible(column):
    bound = BOUNDS[column]
    below, above = np.nextafter(bound.least, 0), np.nextafter(bound.most, np.inf)
    values = [bound.least, bound.most, np.nan, below, above]
    assert doubted(column, values, "sports") == [below, above]


def test_places_of_childcare_have_a_bound_of_their_own():
    values = [CHILDCARE_PLACES, CHILDCARE_PLACES + 1, 20_001]
    assert doubted("places", values) == values[1:]
    assert doubted("places", values, "education") == values[2:]


@pytest.mark.parametrize(
    ("column", "service", "is_doubted"),
    [
        ("places", "childcare", True),
        ("places", "sports", False),
        ("beds", "health", True),
        ("beds", "childcare", False),
        ("land_area_m2", "sports", True),
        ("outdoor_area_m2", "childcare", False),
        ("households", None, True),
        ("elder_floor_area_m2", None, False),
    ],
)
def test_zero(column, service, is_doubted):
    assert doubted(column, [0.0], service) == ([0.0] if is_doubted else [])


def test_no_bound_of_a_norm_is_among_them():
    """The sizes that documents ask for (20, 30, 50 places, 100, 200 m² …) are all plausible."""
    for column, values in {
        "places": [10, 20, 30, 50, 150],
        "floor_area_m2": [100, 200, 360],
        "elder_floor_area_m2": [20, 200],
        "land_area_m2": [50, 1000],
    }.items():
        assert doubted(column, [float(v) for v in values]) == []
