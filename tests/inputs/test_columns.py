"""Columns by declared name or by the table of aliases."""

import pandas as pd
import pytest
from shapely import box

from capacity import InputError, study_area
from capacity.inputs import config
from capacity.inputs.aliases import ALIASES, GROUP_NAMES, REQUIRED
from capacity.inputs.columns import Wanted, find_columns, plain, unit_in
from capacity.inputs.numbers import NO_UNIT, Unit
from capacity.vocabulary import GROUPS
from tests.towns import points, units

MODELS = {
    "population": config.PopulationColumns,
    "units": config.UnitColumns,
    "facilities": config.FacilityColumns,
    "compounds": config.CompoundColumns,
    "figures": config.FigureColumns,
    "census": config.CensusColumns,
}


def find(*names, key="facilities[1]", given=("service",), **said):
    wanted = Wanted(key=key, file="f.csv", given=frozenset(given), **said)
    columns, faults = find_columns(names, wanted)
    return columns, [f"{fault.code} | {fault}" for fault in faults]


def test_code_and_name_of_survey_layers():
    columns, faults = find("BSM", "YSDM", "XZQDM", "XZQMC", key="units[0]", given=("type",))
    assert (columns["code"], columns["name"]) == ("XZQDM", "XZQMC")
    assert not [fault for fault in faults if "missing" in fault]


def test_a_column_that_is_not_found_is_named_by_its_chinese_name():
    wanted = Wanted(key="units[0]", file="f.csv", given=frozenset({"type"}))
    _, faults = find_columns(["BSM"], wanted)
    assert {fault.values for fault in faults if fault.code == "columns.missing"} >= {("代码",)}


def test_every_key_has_aliases_and_no_other():
    assert set(MODELS) <= set(ALIASES)
    assert set(ALIASES) == set(REQUIRED)
    for table, model in MODELS.items():
        assert set(ALIASES[table]) == set(model.model_fields)
    assert set(GROUP_NAMES) == set(GROUPS)


@pytest.mark.parametrize("table", ALIASES)
def test_no_name_means_two_keys(table):
    keys = {}
    for key, ranks in ALIASES[table].items():
        for name in {plain(name) for names in ranks for name in names}:
            assert keys.setdefault(name, key) == key, name


@pytest.mark.parametrize(
    ("name", "folded", "unit"),
    [
        ("建筑面积（㎡）", "建筑面积", Unit(word="m2")),
        ("建筑面积(平方米)", "建筑面积", Unit(word="平方米")),
        ("占地面积/亩", "占地面积", Unit(word="亩")),
        ("常住人口（万人）", "常住人口", Unit(tens=4, word="人")),
        ("常住人口\n(单位:万人)", "常住人口", Unit(tens=4, word="人")),
        ("常住人口(2025年)", "常住人口", NO_UNIT),
        ("*机构名称（必填）", "机构名称", NO_UNIT),
        (" 0—3 岁 ", "0-3岁", NO_UNIT),
        ("０～３岁", "0-3岁", NO_UNIT),
        ("0至3岁", "0-3岁", NO_UNIT),
        ("Places", "places", NO_UNIT),
        ("人口(女)", "人口(女)", NO_UNIT),
        ("land_area_m2", "land_area", Unit(word="m2")),
    ],
)
def test_names_are_folded(name, folded, unit):
    assert plain(name) == folded
    assert unit_in(name) == unit


def test_a_planned_population_is_of_units_and_compounds_never_of_a_facility():
    assert find("机构名称", "规划人口", "在园幼儿")[0] == {
        "name": "机构名称",
        "kindergarten_children": "在园幼儿",
    }
    found, _ = find("小区名称", "规划人口", key="compounds[1]", given=())
    assert found["planned_population"] == "规划人口"


def test_columns_are_known_by_their_names():
    columns, faults = find("序号", "机构名称", "托位数(个)", "街道", "经度", "纬度", "联系电话")
    assert columns == {
        "name": "机构名称",
        "places": "托位数(个)",
        "unit": "街道",
        "x": "经度",
        "y": "纬度",
    }
    assert faults[0] == (
        "columns.recognised | f.csv: columns known by their names: 机构名称 is name, 托位数(个) is "
        "places, 街道 is unit, 经度 is x, 纬度 is y. Say otherwise in facilities[1].columns; "
        '"" leaves a key out.'
    )


def test_a_declared_name_goes_first_and_an_empty_one_leaves_the_key_out():
    declared = {"places": "总数", "name": ""}
    columns, _ = find("机构名称", "托位数", "总数", declared=declared)
    assert columns == {"places": "总数"}


def test_a_column_of_one_key_is_not_proposed_for_another():
    _, faults = find("托位", "床位", declared={"places": "托位", "beds": "托位数"})
    assert faults[0] == (
        "columns.missing | f.csv, column 托位数: no such column. Columns found: 托位, 床位. "
        "Correct facilities[1].columns.beds."
    )


def test_several_columns_for_one_key():
    _, faults = find("备案托位数", "实际托位数")
    assert faults[0] == (
        "columns.ambiguous | f.csv, places: 2 columns could be places: 备案托位数, 实际托位数. Say "
        'which with facilities[1].columns.places, or facilities[1].columns.places = "" if none is.'
    )
    assert find("托位数", "备案托位数")[0] == {"places": "托位数"}
    assert find("常住人口(2020年)", "常住人口(2025年)", key="census[1]")[1][0].startswith(
        "columns.ambiguous"
    )


PEOPLE = ["census[1]", "units[1]", "population"]


@pytest.mark.parametrize("key", PEOPLE)
@pytest.mark.parametrize("name", ["2035年常住人口", "2026年末常住人口", "常住人口(2035年)"])
def test_people_of_a_year_after_the_data_date_are_asked_about(key, name):
    columns, faults = find("代码", name, key=key, year=2025)
    assert "population" not in columns
    said = name[:4] if name[:4].isdigit() else "2035"
    assert faults[0] == (
        f"columns.later_year | f.csv, column {name}: could be population, but {said} is after the data "
        f'date (2025). If it is meant, set {key}.columns.population = "{name}"; if not, '
        f'{key}.columns.population = "" says so.'
    )
    assert not [fault for fault in faults if "population, such as" in fault]
    columns, faults = find("代码", name, key=key, year=2025, declared={"population": name})
    assert columns["population"] == name
    assert not [fault for fault in faults if "_year" in fault]


@pytest.mark.parametrize("key", PEOPLE)
def test_people_of_long_before_the_data_date_are_a_warning(key):
    for name in ("2023年常住人口", "2025年末常住人口(万人)", "常住人口(2024年)", "常住人口"):
        columns, faults = find("代码", name, key=key, year=2025)
        assert columns["population"] == name
        assert not [fault for fault in faults if "_year" in fault]
    columns, faults = find("代码", "2022年常住人口(人)", key=key, year=2025)
    assert columns["population"] == "2022年常住人口(人)"
    (fault,) = [fault for fault in faults if "_year" in fault]
    assert fault == (
        "columns.earlier_year | f.csv, column 2022年常住人口(人): is taken for population, though 2022 is "
        "more than 2 years before the data date (2025). Use people of the data date; if these are "
        f'meant, set {key}.columns.population = "2022年常住人口(人)".'
    )


def test_groups_of_several_years_are_asked_about():
    names = ("代码", "2025年常住人口", "3岁以下(2024年)")
    _, faults = find(*names, key="census[1]", year=2025)
    assert faults[0] == (
        "columns.several_years | f.csv: groups of people of several years: 2025年常住人口 is population, "
        "3岁以下(2024年) is under_3. If they go together, set census[1].columns.population = "
        '"2025年常住人口", census[1].columns.under_3 = "3岁以下(2024年)".'
    )
    said = {"population": "2025年常住人口", "under_3": "3岁以下(2024年)"}
    columns, faults = find(*names, key="census[1]", year=2025, declared=said)
    assert columns.items() >= said.items()
    assert not [fault for fault in faults if "years" in fault]
    _, faults = find("代码", "2025年常住人口", "3岁以下(2025年)", key="census[1]", year=2025)
    assert not [fault for fault in faults if "years" in fault]


def test_a_frame_with_people_of_a_later_year_is_asked_about():
    columns, faults = find("code", "2035年常住人口", key="census", in_memory=True, year=2025)
    assert "population" not in columns
    assert faults[0] == (
        "columns.later_year | f.csv, column 2035年常住人口: could be population, but 2035 is after the "
        "data date (2025). If it is meant, call the column population."
    )


@pytest.mark.parametrize("table", ["units", "census", "population"])
def test_the_data_date_reaches_every_table_of_people(table):
    squares = units([box(500_000, 3_800_000, 501_000, 3_801_000)], unit_type="street")
    frames = {
        "units": squares.assign(**{"2035年常住人口": 900}),
        "census": pd.DataFrame({"unit": squares["unit_code"], "2035年常住人口": 900}),
        "population": points([(500_500, 3_800_500)], **{"2035年常住人口": [900]}),
    }
    given = {"units": squares, table: frames[table]}
    with pytest.raises(InputError) as caught:
        study_area(**given, name="某区", data_date="2025-12-31")
    (fault,) = [f for f in caught.value.faults if f.code == "columns.later_year"]
    assert (fault.file, fault.column) == (table, "2035年常住人口")


def test_required_columns():
    _, faults = find("DM", "街道名", key="units[1]")
    assert faults[0] == (
        "columns.missing | f.csv: no column that goes by a name for code, such as unit_code or code "
        "or 代码. Columns found: DM, 街道名. Say which it is with units[1].columns.code."
    )
    _, faults = find("名称", given=())
    assert faults[0] == (
        "columns.missing | f.csv: no column that goes by a name for service, such as service or "
        "服务类别 or 设施类别. Columns found: 名称. Say which it is with facilities[1].columns.service, "
        "or facilities[1].service if it is the same for every row."
    )
    _, faults = find("街道代码", "备注", key="figures[1]")
    assert faults[0].startswith("columns.missing | f.csv: no column is a figure.")


def test_one_column_of_two_names():
    _, faults = find("托位数", "托位数")
    assert faults[0] == (
        "columns.duplicate | f.csv, column 托位数: 2 columns have this name. Rename them so that each "
        "has its own."
    )


def test_what_is_given_for_all_rows_is_not_looked_for():
    assert find("服务类别", "托位数")[0] == {"places": "托位数"}
    assert find("服务类别", "托位数", given=())[0] == {"service": "服务类别", "places": "托位数"}
    assert find("常住人口", "代码", key="units[1]", unsought=frozenset(GROUPS))[0] == {
        "code": "代码"
    }


def test_coordinates_of_a_layer_with_geometries_are_not_looked_for():
    assert find("经度", "纬度", "托位数", places=False)[0] == {"places": "托位数"}


def test_our_own_names_in_memory_stand_in_order():
    columns, faults = find("code", "unit_code", "常住人口", key="units", in_memory=True)
    assert columns["code"] == "unit_code"
    assert faults == [
        "columns.recognised | f.csv: columns known by their names: 常住人口 is population."
    ]
    assert find("service", key="facilities", in_memory=True)[0] == {"service": "service"}
    assert find("服务类别", key="facilities", in_memory=True)[0] == {}


@pytest.mark.parametrize("code", ["行政区划代码", "区划代码", "统计用区划代码", "行政区代码"])
@pytest.mark.parametrize("key", ["facilities[1]", "compounds[1]"])
def test_a_code_of_any_tier_does_not_hide_the_street(code, key):
    """The code may be that of the district in every row: then nothing would be of any street."""
    assert find("名称", code, key=key)[0]["unit"] == code
    columns, faults = find("名称", code, "所属街道", key=key)
    assert "unit" not in columns
    assert faults[0] == (
        f"columns.ambiguous | f.csv, unit: 2 columns could be unit: {code}, 所属街道. Say which with "
        f'{key}.columns.unit, or {key}.columns.unit = "" if none is.'
    )
    assert find("名称", code, "街道代码", key=key)[0]["unit"] == "街道代码"


def test_a_table_of_units_has_a_code_of_any_tier():
    assert find("行政区划代码", "街道", "常住人口", key="census[1]")[0]["unit"] == "行政区划代码"
