"""What a row without data shows: only numbers that what is missing cannot change."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import capacity.example
from capacity.assess.run import assess
from capacity.norms.catalogue import load_norms
from capacity.study_area import read_study_area
from capacity.vocabulary import FIGURES

DATA = Path(capacity.example.__file__).parent / "data"
KEYS = ["unit_code", "norm_id", "measure", "rollup"]
NUMBERS = ["base_value", "required", "existing", "shortfall", "surplus", "share"]
NORMS = {city: load_norms(city, on="2024-06-30") for city in ("zhengzhou", "chengdu")}
TEXTS = ("facility_type", "operator", "condition")
SIZES = ("places", "beds", "land_area_m2", "floor_area_m2", "outdoor_area_m2", "venue_area_m2")
OF_COMPOUNDS = ("is_old", "households", "elder_floor_area_m2", "planned_population")


@pytest.fixture(scope="module")
def area():
    """The example, with every word about a facility filled in."""
    whole = read_study_area(DATA / "area.toml")
    facilities = whole.facilities
    filled = facilities.assign(
        operator=facilities["operator"].replace("", "public"),
        inclusive=facilities["inclusive"].fillna(value=True),
        condition=facilities["condition"].replace("", "new_development"),
    )
    return dataclasses.replace(whole, facilities=filled)


@pytest.fixture(scope="module")
def full(area):
    return {city: rows_of(area, city) for city in NORMS}


def rows_of(area, city):
    return assess(area, NORMS[city]).findings.set_index(KEYS)


def without(area, layer, column, rows):
    """Leave a column of a layer empty in some rows."""
    frame = getattr(area, layer)
    empty = pd.Series(np.arange(len(frame)) % 2 < (2 if rows == "all" else 1), index=frame.index)
    values = frame[column].mask(empty, "" if column in TEXTS else None)
    changed = frame.assign(**{column: values.astype(frame[column].dtype)})
    return dataclasses.replace(area, **{layer: changed})


KNOCKED_OUT = [
    *(("facilities", column) for column in (*TEXTS, "inclusive", *SIZES)),
    *(("compounds", column) for column in OF_COMPOUNDS),
    ("figures", "all"),
]


@pytest.mark.parametrize("rows", ["all", "half"])
@pytest.mark.parametrize(("layer", "column"), KNOCKED_OUT)
def test_a_row_without_data_shows_no_number_that_the_data_would_change(
    area, full, layer, column, rows
):
    less = area
    for name in [n for n in FIGURES if n in area.figures] if column == "all" else [column]:
        less = without(less, layer, name, rows)
    lost = 0
    for city in NORMS:
        found = rows_of(less, city)
        unknown = found[found["status"] == "no_data"]
        lost += len(unknown) - (full[city]["status"] == "no_data").sum()
        then = full[city].loc[unknown.index, NUMBERS]
        shown = unknown[NUMBERS]
        partly = unknown["note"].str.contains("facilities without|compounds without").to_numpy()
        listed = (shown > 0) & (shown <= then) & partly[:, None]
        wrong = shown.notna() & (shown != then) & ~listed
        assert unknown[wrong.any(axis=1)].to_dict(orient="index") == {}
    assert lost > 0 or column == "venue_area_m2"
