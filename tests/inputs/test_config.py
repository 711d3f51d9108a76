import dataclasses
import datetime as dt
import json

import pytest

from capacity.errors import InputError
from capacity.inputs.config import ParametersTable, read_config, siting_of
from capacity.literals import found_in_chinese
from capacity.study_area import Parameters
from tests.inputs.town import SETTINGS


def write(folder, text):
    path = folder / "area.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(folder, text):
    with pytest.raises(InputError) as caught:
        read_config(write(folder, text))
    return caught.value.faults


def test_minimal_settings_and_defaults(tmp_path):
    read = read_config(write(tmp_path, SETTINGS))
    assert read.study_area.data_date == dt.date(2025, 6, 30)
    assert read.study_area.type == "district"
    assert read.study_area.services == []
    assert read.parameters == ParametersTable()
    assert read.compounds == []
    assert read.units[0].columns.parent == "parent"


def test_byte_order_mark_and_iso_text_date(tmp_path):
    text = SETTINGS.replace("2025-06-30", '"2025-06-30"')
    path = tmp_path / "area.toml"
    path.write_text(text, encoding="utf-8-sig")
    assert read_config(path).study_area.data_date == dt.date(2025, 6, 30)


@pytest.mark.parametrize("said", ["2025年6月30日", "2025/6/30", "2025.6.30", "2025-6-30"])
def test_dates_as_they_are_said_are_read_in_quotes(tmp_path, said):
    read = read_config(write(tmp_path, SETTINGS.replace("2025-06-30", f'"{said}"')))
    assert read.study_area.data_date == dt.date(2025, 6, 30)


@pytest.mark.parametrize("said", ["2025年6月", "6/30/2025", "2025/30/6", "25/6/30"])
def test_dates_that_may_mean_another_day_are_refused(tmp_path, said):
    (fault,) = faults_of(tmp_path, SETTINGS.replace("2025-06-30", f'"{said}"'))
    assert found_in_chinese(fault) == [f"「{said}」", "应为 日期,如 2025-12-31"]


@pytest.mark.parametrize(
    ("said", "english", "chinese"),
    [
        ("万" * 21, "should be text of at most 20 characters, got", "应为 至多 20 个字"),
        (5, "should be text, got 5.", "应为 文字(加英文引号)"),
    ],
)
def test_a_unit_of_costs_is_a_short_text(tmp_path, said, english, chinese):
    text = f"{SETTINGS}\n[siting]\ncost_unit = {json.dumps(said)}\n"
    (fault,) = faults_of(tmp_path, text)
    assert english in str(fault)
    assert chinese in found_in_chinese(fault)


def test_a_unit_of_costs_is_read_without_blanks(tmp_path):
    text = f'{SETTINGS}\n[siting]\ncost_unit = " 万元 "\n'
    table = read_config(write(tmp_path, text)).siting
    assert table is not None
    assert siting_of(table, tmp_path / "area.toml").cost_unit == "万元"


def test_chinese_keys_in_quotes_are_told_in_english(tmp_path):
    text = SETTINGS.replace("data_date", '"数据时点"').replace("datum", '"坐标系"')
    found = {fault.column: fault.mend for fault in faults_of(tmp_path, text)}
    assert found["study_area.数据时点"] == "Did you mean 'data_date'?"
    assert found["facilities[1].坐标系"] == "Did you mean 'datum'?"


def test_where_takes_one_value_or_several_as_text(tmp_path):
    text = SETTINGS.replace(
        'type = "street"', 'type = "street"\nwhere = { a = 1, b = ["x", true] }'
    )
    assert read_config(write(tmp_path, text)).units[0].where == {"a": ("1",), "b": ("x", "true")}


def test_chinese_unit_type(tmp_path):
    text = SETTINGS.replace('type = "street"', 'type = "街道"')
    assert read_config(write(tmp_path, text)).units[0].type == "street"


def test_parameters_are_those_of_the_study_area():
    ours = {f.name: f.default for f in dataclasses.fields(Parameters)}
    theirs = {name: info.default for name, info in ParametersTable.model_fields.items()}
    assert ours == theirs


BROKEN = {
    "unknown key": (
        ("[study_area]", '[study_area]\nnmae = "x"'),
        "area.toml, row 2, column study_area.nmae: unknown key. Did you mean 'name'?",
    ),
    "unknown key far from any": (
        ("[[units]]", "[parameters]\nzzzz = 1\n[[units]]"),
        (
            "area.toml, row 10, column parameters.zzzz: unknown key. Known: walking_speed_m_s, "
            "walking_speed_older_m_s, reach, walking_preset, walking_range, snap_limit_m, point_spacing_m, "
            "detour_factor, crossing_wait_s, slope, persons_per_household, old_compound_built_before, development_zones_are_main_urban, "
            "allocation, duplicates, duplicate_distance_m."
        ),
    ),
    "unknown table": (
        ("[[units]]", "[[unit]]"),
        "area.toml, row 9, column unit: unknown key. Did you mean 'units'?",
    ),
    "unknown column key": (
        ('places = "places"', 'place = "places"'),
        (
            "area.toml, row 18, column facilities[1].columns.place: unknown key. "
            "Did you mean 'places'?"
        ),
    ),
    "missing key": (
        ('name = "Testtown"\n', ""),
        "area.toml, row 1, column study_area.name: required key is missing. Add it.",
    ),
    "wrong kind of value": (
        ('code = "A"', "code = 410102"),
        "area.toml, row 3, column study_area.code: should be text, got 410102.",
    ),
    "date": (
        ("2025-06-30", '"30.6.2025"'),
        (
            "area.toml, row 4, column study_area.data_date: should be a valid date such as 2025-12-31, "
            "got '30.6.2025'."
        ),
    ),
    "unit type": (
        ('type = "street"', 'type = "stret"'),
        (
            "area.toml, row 11, column units[1].type: unknown unit type 'stret'. "
            "Did you mean 'street'?"
        ),
    ),
    "service": (
        ('"childcare"', '"child_care"'),
        (
            "area.toml, row 17, column facilities[1].service: unknown service 'child_care'. "
            "Did you mean 'childcare'?"
        ),
    ),
    "service in the list": (
        ('code = "A"', 'services = ["sport"]'),
        (
            "area.toml, row 3, column study_area.services[1]: unknown service 'sport'. "
            "Did you mean 'sports'?"
        ),
    ),
    "two services": (
        ('id = "id"', 'service = "kind"'),
        (
            "area.toml, row 14, column facilities[1]: give either service (one for all rows) or "
            "columns.service (a column)."
        ),
    ),
    "two types": (
        ("{ code =", '{ type = "t", code ='),
        (
            "area.toml, row 9, column units[1]: give either type (one for all rows) or columns.type "
            "(a column)."
        ),
    ),
    "bands and columns": (
        ('"population.tif"', '"population.tif"\nbands = {}\ncolumns = {}'),
        (
            "area.toml, row 6, column population: bands is for a raster, columns for a layer or "
            "table: give one of them."
        ),
    ),
    "geographic study area": (
        ('code = "A"', 'crs = "EPSG:4490"'),
        (
            "area.toml, row 3, column study_area.crs: the study area's crs: EPSG:4490 is in degrees, "
            "and metres cannot be measured in degrees. Use a projected CRS in metres, such as "
            "EPSG:4547."
        ),
    ),
    "web mercator study area": (
        ('code = "A"', 'crs = "EPSG:900913"'),
        (
            "area.toml, row 3, column study_area.crs: the study area's crs: EPSG:900913 is a Mercator "
            "map, whose metres grow with latitude. Use a projected CRS in metres, such as EPSG:4547."
        ),
    ),
    "crs of a layer": (
        ('datum = "EPSG:4547"', 'crs = "EPSG:4547"'),
        (
            "area.toml, row 16, column facilities[1].crs: unknown key. "
            'A layer says its datum: write datum = "EPSG:4547" instead.'
        ),
    ),
    "unknown study area crs": (
        ('code = "A"', 'crs = "gcj02"'),
        ("area.toml, row 3, column study_area.crs: unknown CRS 'gcj02'. Write it as 'EPSG:4547'."),
    ),
    "unknown datum": (
        ('datum = "EPSG:4547"', 'datum = "Beijing"'),
        (
            "area.toml, row 16, column facilities[1].datum: unknown datum 'Beijing'. "
            "Write 'wgs84', 'cgcs2000', 'gcj02', 'bd09', or a CRS such as 'EPSG:4547'."
        ),
    ),
    "facility type": (
        ('service = "childcare"', 'service = "childcare"\ntype = "社区托育中心"'),
        (
            "area.toml, row 18, column facilities[1].type: unknown facility type '社区托育中心'. "
            "Did you mean '社区托育点'?"
        ),
    ),
    "facility type of another service": (
        ('service = "childcare"', 'service = "childcare"\ntype = "kindergarten"'),
        (
            "area.toml, row 14, column facilities[1]: type kindergarten is of the service education, "
            "not of childcare: correct one of them."
        ),
    ),
    "word of type_values": (
        ('service = "childcare"', 'service = "childcare"\ntype_values = { a = "kindergarden" }'),
        (
            "area.toml, row 18, column facilities[1].type_values.a: unknown facility type "
            "'kindergarden'. Did you mean 'kindergarten'?"
        ),
    ),
    "figure": (
        (
            "[[units]]",
            '[[figures]]\nfile = "n.csv"\ncolumns = { unit = "u", doctor = "d" }\n[[units]]',
        ),
        "area.toml, row 11, column figures[1].columns.doctor: unknown key. Did you mean 'doctors'?",
    ),
    "urban": (
        ('type = "street"', 'type = "street"\nurban = "城郊"'),
        (
            "area.toml, row 12, column units[1].urban: neither yes nor no: '城郊'. Write true or false (是/否 are read too)."
        ),
    ),
    "where": (
        ('type = "street"', 'type = "street"\nwhere = { a = { b = 1 } }'),
        "area.toml, row 12, column units[1].where.a: should be a value or a list of values.",
    ),
    "number range": (
        ("[[units]]", "[parameters]\ndetour_factor = 0.5\n[[units]]"),
        (
            "area.toml, row 10, column parameters.detour_factor: should be greater than or equal to 1, "
            "got 0.5."
        ),
    ),
}


@pytest.mark.parametrize("case", BROKEN, ids=str)
def test_broken_settings(tmp_path, case):
    (old, new), expected = BROKEN[case]
    assert old in SETTINGS
    assert expected in [str(f) for f in faults_of(tmp_path, SETTINGS.replace(old, new, 1))]


def test_every_fault_at_once(tmp_path):
    text = SETTINGS.replace('name = "Testtown"', "").replace('"street"', '"stret"')
    with pytest.raises(InputError, match=r"^area.toml: 2 faults in the settings\n- area.toml, row"):
        read_config(write(tmp_path, text))


def test_syntax_error_has_its_line(tmp_path):
    (fault,) = faults_of(tmp_path, "[study_area]\nname = = 1\n")
    assert str(fault) == (
        "area.toml, row 2: not TOML: invalid value (at line 2, column 8). "
        "Texts stand in quotes, tables in [ ] or [[ ]]."
    )


KEYBOARD = "as on an English keyboard."
SLIPS = {
    "Chinese quotes, on every line": (
        [('name = "Testtown"', "name = “示例区”"), ('type = "street"', 'type = "street”')],
        "config.chinese_quotes",
        f'area.toml, rows 2, 11: not TOML: Chinese quotes (“ ”), which TOML does not know. Write straight quotes, " {KEYBOARD}',
    ),
    "corner brackets": (
        [('name = "Testtown"', "name = 「示例区」")],
        "config.chinese_quotes",
        f'area.toml, row 2: not TOML: Chinese quotes (「 」), which TOML does not know. Write straight quotes, " {KEYBOARD}',
    ),
    "full-width sign of equality": (
        [('name = "Testtown"', 'name ＝ "示例区"')],
        "config.full_width",
        f"area.toml, row 2: not TOML: Chinese signs (＝), which TOML does not know. Write = , . [ ] {{ }} # and spaces {KEYBOARD}",
    ),
    "full-width comma and brackets": (
        [('name = "Testtown"', 'name = "一"\nservices = ［"childcare"，"sports"］')],
        "config.full_width",
        f"area.toml, row 3: not TOML: Chinese signs (［ ， ］), which TOML does not know. Write = , . [ ] {{ }} # and spaces {KEYBOARD}",
    ),
    "full-width space": (
        [('name = "Testtown"', 'name\u3000= "示例区"')],
        "config.full_width",
        f"area.toml, row 2: not TOML: Chinese signs (U+3000), which TOML does not know. Write = , . [ ] {{ }} # and spaces {KEYBOARD}",
    ),
    "backslashes": (
        [('"units.gpkg"', '"C:\\数据\\units.gpkg"')],
        "config.backslash",
        "area.toml, row 10: not TOML: a backslash, which has a meaning of its own in quotes. Write / in paths, as in C:/data/units.gpkg, or better a path from this folder.",
    ),
    "a key twice": (
        [('service = "childcare"', 'service = "childcare"\nservice = "sports"')],
        "config.given_twice",
        "area.toml, rows 17, 18, column service: not TOML: service is given twice. Keep one of the lines.",
    ),
    "a key twice, not beside": (
        [("data_date = 2025-06-30", 'data_date = 2025-06-30\nname = "x" # again')],
        "config.given_twice",
        "area.toml, rows 2, 5, column name: not TOML: name is given twice. Keep one of the lines.",
    ),
    "a table twice": (
        [("[[units]]", '[study_area]\ncity = "x"\n[[units]]')],
        "config.given_twice",
        "area.toml, rows 1, 9, column study_area: not TOML: [study_area] is given twice. Put its keys together under one [study_area].",
    ),
    "units as one table, twice": (
        [("[[units]]", '[units]\nfile = "x"\n[units]')],
        "config.given_twice",
        "area.toml, rows 9, 11, column units: not TOML: [units] is given twice. Write [[units]]: there may be several.",
    ),
    "no such month": (
        [("2025-06-30", "2025-13-31")],
        "config.no_such_date",
        "area.toml, row 4: not TOML: 2025-13-31 is no date: there is no such day. Write the date as 2025-12-31.",
    ),
    "no such day": (
        [("2025-06-30", "2025-02-30")],
        "config.no_such_date",
        "area.toml, row 4: not TOML: 2025-02-30 is no date: there is no such day. Write the date as 2025-12-31.",
    ),
    "a date as it is said": (
        [("2025-06-30", "2025年6月30日  # 时点")],
        "config.date",
        "area.toml, row 4, column data_date: not TOML: 2025年6月30日 is not how a date is written. Write data_date = 2025-06-30.",
    ),
    "a date with strokes": (
        [("2025-06-30", "2025/6/30")],
        "config.date",
        "area.toml, row 4, column data_date: not TOML: 2025/6/30 is not how a date is written. Write data_date = 2025-06-30.",
    ),
    "a date of one digit": (
        [("2025-06-30", "2025-6-3")],
        "config.date",
        "area.toml, row 4, column data_date: not TOML: 2025-6-3 is not how a date is written. Write data_date = 2025-06-03.",
    ),
    "a day that is none, with strokes": (
        [("2025-06-30", "2025/6/31")],
        "config.no_such_date",
        "area.toml, row 4: not TOML: 2025/6/31 is no date: there is no such day. Write the date as 2025-12-31.",
    ),
    "keys in Chinese": (
        [("name =", "名称 ="), ("[[units]]", "[[单元]]"), ("{ code", "{ 代码"), ('id = "id"', '某 = "id"')],
        "config.chinese_key",
        "area.toml, rows 2, 9, 12, 18: not TOML: keys in Chinese: 名称 (name), 单元 (units), 代码 (code), 某. Keys are English words. Write the keys in brackets; docs/area-toml.md has every key with its Chinese.",
    ),
    "no quotes": (
        [('"Testtown"', "示例区")],
        "config.syntax",
        'area.toml, row 2: not TOML: 示例区 stands without quotes. Write "示例区".',
    ),
    "a Python word": (
        [('type = "street"', 'type = "street"\nmain_urban = True')],
        "config.syntax",
        "area.toml, row 12: not TOML: True stands without quotes. Write true.",
    ),
    "a colon": (
        [('name = "Testtown"', 'name: "示例区"')],
        "config.syntax",
        "area.toml, row 2: not TOML: a colon after a key. Write = after a key.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SLIPS, ids=str)
def test_what_newcomers_mistype(tmp_path, case):
    changes, code, expected = SLIPS[case]
    text = SETTINGS
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (fault,) = faults_of(tmp_path, text)
    assert (fault.code, str(fault)) == (code, expected)


def test_chinese_signs_in_texts_and_remarks_are_no_slips(tmp_path):
    text = SETTINGS.replace('"Testtown"', '"示例区，“东”＝西" # “注”，＝')
    assert read_config(write(tmp_path, text)).study_area.name == "示例区，“东”＝西"
    (fault,) = faults_of(tmp_path, text.replace('"A"', "“A”"))
    assert fault.rows == (3,)


def test_a_backslash_that_toml_takes_for_a_tab_is_no_path(tmp_path):
    (fault,) = faults_of(tmp_path, SETTINGS.replace('"units.gpkg"', r'"data\table.gpkg"'))
    assert str(fault) == (
        "area.toml, row 10, column units[1].file: 'data\\table.gpkg' holds a control character: "
        "in quotes \\t is a tab and \\n the end of a line. Write / in paths."
    )


FLAGS = {"是": True, "否": False, "yes": True, "No": False, "TRUE": True, "false": False}


@pytest.mark.parametrize("word", FLAGS, ids=str)
def test_words_for_yes_and_no(tmp_path, word):
    text = SETTINGS.replace('code = "A"', f'code = "A"\nmain_urban = "{word}"')
    text = text.replace('type = "street"', f'type = "street"\ncounty = "{word}"\nurban = "{word}"')
    read = read_config(write(tmp_path, text))
    assert read.study_area.main_urban is FLAGS[word]
    assert (read.units[0].county, read.units[0].urban) == (FLAGS[word], FLAGS[word])


def test_neither_yes_nor_no(tmp_path):
    text = SETTINGS.replace('code = "A"', 'code = "A"\nmain_urban = "主城区"')
    (fault,) = faults_of(tmp_path, text)
    assert str(fault) == (
        "area.toml, row 4, column study_area.main_urban: neither yes nor no: '主城区'. "
        "Write true or false (是/否 are read too)."
    )


@pytest.mark.parametrize("word", ["规划中", "拟建", "规划", "planned", "Proposed"])
def test_the_status_of_a_layer_takes_the_words_of_a_column(tmp_path, word):
    text = SETTINGS.replace('service = "childcare"', f'service = "childcare"\nstatus = "{word}"')
    assert read_config(write(tmp_path, text)).facilities[0].status == "planned"


def test_no_settings(tmp_path):
    with pytest.raises(InputError) as caught:
        read_config(tmp_path / "area.toml")
    assert str(caught.value) == (
        "area.toml: cannot be read\n- area.toml: cannot be opened (No such file or directory). "
        "Give the path of an area.toml."
    )


def test_settings_in_another_encoding(tmp_path):
    path = tmp_path / "area.toml"
    path.write_bytes('[study_area]\nname = "郑州"'.encode("gb18030"))
    with pytest.raises(InputError, match=r"is not UTF-8 text\. Save it as UTF-8\."):
        read_config(path)
