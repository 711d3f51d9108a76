"""Which units a norm is asked of, which only show its figure, and which compounds it means."""

import dataclasses
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from capacity import assess, load_norms, study_area
from tests import towns

LAND = "zhengzhou.plan2023.elder_care.land_per_capita"
PUBLIC = "zhengzhou.childcare.public_institution_per_district"
ELDER_COMPLIANCE = "zhengzhou.plan2023.elder_care.new_compound_compliance"


def only(norm_id, city="zhengzhou", on="2025-12-31"):
    norms = load_norms(city, on=on, roles=("compute", "tabulate"))
    chosen = tuple(norm for norm in norms.norms if norm.id == norm_id)
    assert chosen
    return dataclasses.replace(norms, norms=chosen)


def row_of(result, code, rollup, **wanted):
    found = result.findings
    chosen = (found["unit_code"] == code) & (found["rollup"] == rollup)
    for column, value in wanted.items():
        chosen &= found[column] == value
    assert chosen.sum() == 1
    return found[chosen].iloc[0]


def street_and_township(land):
    """A street of 1,000 people and a township of 3,000; 0.2 m2 each are 200 and 600 m2."""
    return study_area(
        towns.units(
            [box(0, 0, 100, 100), box(100, 0, 200, 100)],
            codes=["410199001", "410199101"],
            unit_name=["街", "乡"],
            unit_type=["street", "township"],
            parent_code=["410199", "410199"],
        ),
        towns.cells([Point(50, 50), Point(150, 50)], [1000.0, 3000.0]),
        towns.points(
            [(50, 50), (150, 50)],
            facility_id=["F1", "F2"],
            name=["一", "二"],
            service=["elder_care", "elder_care"],
            land_area_m2=land,
        ),
        name="区",
        code="410199",
        data_date="2025-12-31",
    )


def test_a_township_that_is_only_shown_is_in_no_sum_but_in_the_district_itself():
    result = assess(street_and_township([250.0, 100.0]), only(LAND))
    assert row_of(result, "410199101", "unit")["status"] == "reported"
    total = row_of(result, "410199", "sum_of_units")
    # the street alone: 200 needed, 250 there; the township's 500 m2 are nobody's shortfall
    assert total[["required", "existing", "shortfall", "surplus"]].tolist() == [200, 250, 0, 50]
    assert total["status"] == "met"
    assert total["note"] == "units to which it applies: 1 of 2"
    # the clause asks it of the district too: 0.2 x 4,000 = 800 of which 350 are there
    net = row_of(result, "410199", "net")
    assert net[["required", "existing", "shortfall"]].tolist() == [800, 350, 450]
    assert net["status"] == "short"


def test_what_is_only_shown_and_not_known_leaves_the_sum_known():
    result = assess(street_and_township([150.0, np.nan]), only(LAND))
    total = row_of(result, "410199", "sum_of_units")
    assert (total["shortfall"], total["status"]) == (50, "short")
    assert row_of(result, "410199", "net")["status"] == "no_data"


def city(districts_with_one):
    """A city of two districts, each of which has a public institution or not."""
    xy = [(50 + 100 * i, 50) for i in range(2) if districts_with_one[i]]
    return study_area(
        towns.units(
            [box(0, 0, 200, 100), box(0, 0, 100, 100), box(100, 0, 200, 100)],
            codes=["410100", "410101", "410102"],
            unit_name=["市", "甲", "乙"],
            unit_type=["city", "district", "district"],
            parent_code=["", "410100", "410100"],
        ),
        towns.cells([Point(50, 50)], [10.0]),
        towns.points(
            xy,
            facility_id=[f"F{i}" for i in range(len(xy))],
            name=["园"] * len(xy),
            service=["childcare"] * len(xy),
            operator=["public"] * len(xy),
        )
        if xy
        else None,
        services=["childcare"],
        name="市",
        code="410100",
        data_date="2025-12-31",
    )


@pytest.mark.parametrize(
    ("districts", "status", "shortfall"),
    [((True, True), "reported", 0), ((True, False), "reported", 0), ((False, False), "short", 1)],
)
def test_a_city_needs_one_of_its_own_beside_its_districts(districts, status, shortfall):
    result = assess(city(districts), only(PUBLIC))
    own = row_of(result, "410100", "unit")
    assert (own["required"], own["status"], own["shortfall"]) == (1, status, shortfall)
    assert ("its own not told apart" in own["note"]) == (status == "reported")
    total = row_of(result, "410100", "sum_of_units")
    assert (total["required"], total["existing"]) == (2, sum(districts))  # of the districts


def new_compounds(rows, **columns):
    compounds = towns.points(
        [(50, 50)] * len(rows),
        compound_id=[f"X{i}" for i in range(len(rows))],
        name=["苑"] * len(rows),
        is_old=pd.array([old for old, _ in rows], dtype="boolean"),
        households=[500.0] * len(rows),
        new_compounds_elder_care=[fine for _, fine in rows],
    )
    return study_area(
        towns.units(
            [box(0, 0, 100, 100)],
            codes=["410199001"],
            unit_name=["街"],
            unit_type=["street"],
            parent_code=["410199"],
        ),
        towns.cells([Point(50, 50)], [10.0]),
        None,
        compounds,
        name="区",
        code="410199",
        data_date="2025-12-31",
        **columns,
    )


@pytest.mark.parametrize(
    ("rows", "status", "numbers"),
    [
        ([(False, 1.0), (False, 1.0), (True, np.nan)], "met", [2, 2, 2]),
        ([(False, 1.0), (False, 0.0)], "short", [2, 2, 1]),
        # one without a value may comply: how many do is not known, though one does for sure
        ([(False, 1.0), (False, np.nan)], "no_data", [2, 2, None]),
        ([(False, 0.0), (False, np.nan)], "short", [2, 2, 0]),
        # one that does not comply may be new: how many there are is not known, who complies is
        ([(False, 1.0), (None, 0.0)], "no_data", [None, None, 1]),
        ([(True, np.nan)], "not_applicable", [0, None, 0]),
    ],
)
def test_compliance_is_counted_from_the_compounds(rows, status, numbers):
    row = row_of(assess(new_compounds(rows), only(ELDER_COMPLIANCE)), "410199001", "unit")
    assert row["status"] == status
    found = row[["base_value", "required", "existing"]].tolist()
    for value, expect in zip(found, numbers, strict=True):
        assert np.isnan(value) if expect is None else value == expect


def test_a_units_own_figures_go_before_its_compounds():
    figures = pd.DataFrame(
        {
            "unit_code": ["410199001"],
            "new_compounds": [8.0],
            "new_compounds_elder_care": [7.0],
        }
    )
    area = new_compounds([(False, 1.0)], figures=figures)
    row = row_of(assess(area, only(ELDER_COMPLIANCE)), "410199001", "unit")
    assert row[["base_value", "existing"]].tolist() == [8, 7]
    assert row["standard"] == Decimal(100)
