"""Statistical codes: type and parent from their digits."""

from pathlib import Path

import pandas as pd
import pytest

from capacity.errors import InputError
from capacity.inputs.codes import codes_above, has_lost_a_digit, type_of_code
from capacity.study_area import study_area
from tests.inputs.town import streets

FACTS = Path(__file__).parents[3] / "shared" / "data" / "facts" / "street_codes.csv"
DAY = "2025-06-30"


def types(*codes):
    return type_of_code(pd.Series(codes, dtype="str")).tolist()


def test_types():
    assert types("410100", "410105", "410105000", "410105000000", "410100000000") == [
        *("city", "district", "district", "district", "city")
    ]
    assert types("410105001", "410105099", "410105100", "410105199", "410105200", "410105399") == [
        *("street", "street", "township", "township", "township", "township")
    ]
    assert types("410105400", "410173560", "410105001400", "410000") == [""] * 4
    assert types("410105001001", "410105001199", "410105100200", "410105100399") == [
        *("community", "community", "village", "village")
    ]
    assert types("410105001000", "410105100000") == ["street", "township"]
    assert types("A1", "", "4101050", "41010500", "410105001.0", "990105001", "0410105") == [""] * 7


@pytest.mark.skipif(not FACTS.exists(), reason="needs ../shared/data/facts/street_codes.csv")
def test_names_of_772_streets_agree_with_their_digits():
    facts = pd.read_csv(FACTS, dtype=str)
    told = type_of_code(facts["street_code9"])
    assert (told == type_of_code(facts["street_code12"])).all()
    ending = facts["name"].str[-1].map({"镇": "township", "乡": "township", "道": "street"})
    sure = told != ""
    assert sure.sum() > 700
    assert (told[sure] == ending[sure]).all()


def test_codes_above():
    assert codes_above("410105001003") == [
        *("410105001", "410105001000", "410105", "410105000", "410105000000"),
        *("410100", "410100000", "410100000000"),
    ]
    assert codes_above("410105001")[0] == "410105"
    assert codes_above("410105001000")[0] == "410105"
    assert codes_above("410100") == codes_above("A1") == []


def test_lost_digits():
    codes = pd.Series(["41010500", "41010", "41010500100", "410105", "A1010", ""], dtype="str")
    assert has_lost_a_digit(codes).tolist() == [True, True, True, False, False, False]


def area(**columns):
    return study_area(pd.DataFrame(columns), name="T", data_date=DAY)


def test_types_and_parents_of_codes():
    made = area(code=["410105", "410105001", "410105101", "410105001003", "410105101201"])
    by_code = made.units.set_index("unit_code")
    assert by_code["unit_type"].to_dict() == {
        "410105": "district",
        "410105001": "street",
        "410105101": "township",
        "410105001003": "community",
        "410105101201": "village",
    }
    assert by_code["parent_code"].to_dict() == {
        "410105": "",
        "410105001": "410105",
        "410105101": "410105",
        "410105001003": "410105001",
        "410105101201": "410105101",
    }
    codes = [fault.code for fault in made.faults]
    assert "units.type_of_code" in codes
    assert "units.parent_of_code" in codes


def test_parents_of_mixed_lengths():
    made = area(code=["410105000000", "410105001", "410105001003"])
    assert made.units.set_index("unit_code")["parent_code"]["410105001"] == "410105000000"


def test_created_parents_of_codes():
    made = study_area(
        pd.DataFrame({"code": ["410105001", "410106001"]}),
        name="T",
        type="city",
        data_date=DAY,
        parent_type="district",
    )
    assert made.units["unit_code"].tolist() == ["T", "410105", "410106", "410105001", "410106001"]
    assert made.units["parent_code"].tolist() == ["", "T", "T", "410105", "410106"]


def test_an_empty_cell_in_a_column_of_parents_means_none():
    units = pd.DataFrame({"code": ["410105", "410105001"], "parent": ["", ""]})
    made = study_area(units, name="T", type="city", data_date=DAY)
    assert made.units.set_index("unit_code")["parent_code"]["410105001"] == "T"
    assert "units.parent_of_code" not in [fault.code for fault in made.faults]


def test_parents_by_name():
    made = area(
        code=["410105", "410105001", "410105001003"],
        name=["金水区", "经八路街道", "优胜社区"],
        parent=["", "金水区", "经八路街道办事处"],
    )
    assert made.units["parent_code"].tolist() == ["", "410105", "410105001"]
    assert "units.parent_by_name" in [fault.code for fault in made.faults]


def test_types_against_codes():
    made = area(code=["410105001", "410105101"], type=["street", "street"])
    (fault,) = [fault for fault in made.faults if fault.code == "units.type_against_code"]
    assert str(fault) == (
        "units, row 2, column code: another type than the digits of the code say in 1 of 2 rows: "
        "'410105101 is a township's, not a street's'. Correct the type or the code."
    )
    with pytest.raises(InputError, match="'410105001003 is a community's, not a street's'"):
        area(code=["410105001003"], type=["street"])


def test_codes_that_say_no_type():
    with pytest.raises(InputError, match="no column says it, and the digits of the code do not"):
        area(code=["410105001", "410105560"])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["A1", "A2"], []),
        (
            ["东风街道", "A2"],
            [
                "census, row 1: 1 of 2 rows are matched to a unit without its code, 1 under its very name."
            ],
        ),
        (
            ["东风街道", "东区建设街道办事处"],
            [
                (
                    "census, rows 1, 2: 2 of 2 rows are matched to a unit without its code, 1 under its very "
                    "name; 1 under another name or form of the code: '东区建设街道办事处 is 建设街道 (A2)'. "
                    "Check the pairs, or give the code of the unit."
                )
            ],
        ),
    ],
)
def test_official_totals_that_are_matched_by_name_say_so(said, expected):
    census = pd.DataFrame({"unit_code": said, "population": [1000, 2000]})
    area = study_area(
        streets(name=["东风街道", "建设街道"]),
        census=census,
        name="东区",
        code="A",
        data_date="2025-06-30",
        unit_type="street",
    )
    assert [str(f) for f in area.faults if f.code == "census.unit_by_name"] == expected
    assert area.census["population"].tolist() == [1000, 2000]
