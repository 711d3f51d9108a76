"""Facilities that count, and perhaps should not: every finding that counts them says so."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from capacity import assess, load_norms, study_area
from capacity.vocabulary import (
    MAYBE_TWICE,
    MET_IN_DOUBT,
    PERHAPS_NOT_OPEN,
    UNITS_IN_DOUBT,
    UPPER_BOUND,
)
from tests.inputs.town import X0, Y0, streets

RATIO = "zhengzhou.plan2023.childcare.places_per_thousand_street"  # 6 per 1,000 residents
NORMS = load_norms("zhengzhou", on="2025-12-31").choose(RATIO)


def findings(facilities, people=10_000.0, norms=NORMS):
    """Give findings, the ratio's if not said, by unit and rollup: 60 places asked of each street."""
    cells = gpd.GeoDataFrame(
        {"population": [people, people]},
        geometry=[Point(X0 + 500, Y0 + 500), Point(X0 + 1500, Y0 + 500)],
        crs=4547,
    )
    area = study_area(
        streets(),
        cells,
        facilities,
        name="Testtown",
        code="A",
        data_date="2025-06-30",
        unit_type="street",
        service="childcare",
        main_urban=True,
    )
    area.units["main_urban"] = area.units["main_urban"].fillna(value=True)
    found = assess(area, norms).findings
    return found.set_index(["unit_code", "rollup"])


def listed(*rows, **columns):
    """Make facilities of (name, metres east, places)."""
    return gpd.GeoDataFrame(
        {
            "facility_id": [f"F{n}" for n in range(1, len(rows) + 1)],
            "name": [row[0] for row in rows],
            "places": [float(row[2]) for row in rows],
        }
        | columns,
        geometry=[Point(X0 + row[1], Y0 + 500) for row in rows],
        crs=4547,
    )


def test_a_street_that_is_met_only_by_one_place_given_twice():
    rows = findings(listed(("阳光托育", 100, 40), ("阳光托育", 740, 40), ("星星托育", 1500, 70)))
    street = rows.loc["A1", "unit"]
    assert (street["existing"], street["status"]) == (80.0, "met")
    assert street["note"] == f"{MAYBE_TWICE}: 2 (F1, F2); {MET_IN_DOUBT}"
    assert rows.loc["A2", "unit"]["note"] == ""
    for rollup in ("sum_of_units", "net"):
        assert f"{UNITS_IN_DOUBT}: 1 (A1)" in rows.loc["A", rollup]["note"]


@pytest.mark.parametrize(
    ("places", "met_anyway"),
    # one of the two surely counts: the smaller, if they stand in one street
    [((60, 60), True), ((100, 59.0), False), ((59.0, 100), False), ((60, 100), True)],
)
def test_whether_one_of_two_is_enough(places, met_anyway):
    rows = findings(listed(("阳光托育", 100, places[0]), ("阳光托育", 740, places[1])))
    assert (MET_IN_DOUBT not in rows.loc["A1", "unit"]["note"]) == met_anyway


def test_of_two_streets_neither_can_be_sure_of_its_own():
    rows = findings(listed(("阳光托育", 600, 90), ("阳光托育", 1400, 90)))
    assert [MET_IN_DOUBT in rows.loc[code, "unit"]["note"] for code in ("A1", "A2")] == [True, True]
    assert f"{UNITS_IN_DOUBT}: 2 (A1, A2)" in rows.loc["A", "net"]["note"]


def test_a_street_that_is_short_lists_them_and_keeps_its_figures():
    rows = findings(listed(("阳光托育", 100, 10), ("阳光托育", 740, 10)))
    street = rows.loc["A1", "unit"]
    assert (street["existing"], street["shortfall"], street["status"]) == (20.0, 40.0, "short")
    assert street["note"] == f"{MAYBE_TWICE}: 2 (F1, F2)"
    assert UPPER_BOUND not in street["note"]


def test_near_duplicates_that_are_kept_are_in_doubt_too():
    rows = findings(listed(("阳光托育", 100, 40), ("阳光托育", 110, 40)))
    assert MET_IN_DOUBT in rows.loc["A1", "unit"]["note"]


@pytest.mark.parametrize(
    ("columns", "doubted"),
    [
        ({"计划投用时间": ["2025-01-01"]}, True),
        ({"计划投用时间": ["2025-01-01"], "status": ["运营"]}, False),
        ({"投用日期": ["2025-01-01"]}, False),
        ({"投用日期": ["2025"]}, True),  # a year that holds the data date
        ({"投用日期": ["2024"]}, False),
    ],
)
def test_a_plan_whose_date_is_past_counts_with_a_note(columns, doubted):
    rows = findings(listed(("阳光托育", 100, 70), **columns))
    street = rows.loc["A1", "unit"]
    assert (street["existing"], street["status"]) == (70.0, "met")
    expected = f"{PERHAPS_NOT_OPEN}: 1 (F1); {MET_IN_DOUBT}" if doubted else ""
    assert street["note"] == expected


def test_nothing_is_said_where_nothing_is_counted():
    rows = findings(listed(("阳光托育", 5000, 40), ("阳光托育", 5640, 40)))
    assert not rows["note"].str.contains(MAYBE_TWICE).any()
    assert pd.isna(rows.loc["A1", "unit"]["share"])


CIRCLE = "zhengzhou.plan2023.childcare.service_circle_radius"  # 300 m


@pytest.mark.parametrize(
    ("metres_east", "doubted"),
    [(100, ["A1"]), (699, ["A1"]), (700, ["A1", "A2"]), (900, ["A1", "A2"]), (-200, ["A1"])],
)
def test_a_circle_is_in_doubt_where_it_reaches(metres_east, doubted):
    """Streets meet 1 km east; a facility 300 m from the border, or outside, serves people beyond it."""
    one = listed(("阳光托育", metres_east, 40), 投用日期=["2025"])
    circles = load_norms("zhengzhou", on="2025-12-31").choose(CIRCLE)
    rows = findings(one, norms=circles).reset_index()
    units = rows[rows["rollup"].eq("unit") & rows["measure"].eq("population")]
    noted = units[units["note"].str.contains(PERHAPS_NOT_OPEN, regex=False)]
    assert noted["unit_code"].tolist() == doubted
