"""Columns under names that are not known: listed, and warned of where they could change what counts."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from capacity import check_study_area, read_study_area, study_area
from tests.inputs.town import SETTINGS, write_town
from tests.towns import points, units

HEAD = "id,places,opened,unit,x,y"
PLACE = "30,,,{x},3800500"


def faults_of(tmp_path, extra, cells, *, settings=SETTINGS):
    """Read facilities with one more column, under a name that no key has."""
    rows = [f"f{i},{PLACE.format(x=500100 + 100 * i)},{cell}" for i, cell in enumerate(cells)]
    path = write_town(
        tmp_path, settings=settings, facilities="\n".join([f"{HEAD},{extra}", *rows, ""])
    )
    return [f for f in check_study_area(path) if f.code.startswith("columns.unread")]


def test_columns_that_nothing_is_read_from_are_listed(tmp_path):
    (fault,) = faults_of(tmp_path, "联系电话,备注", ["0371-1,新", "0371-2,"])
    assert (fault.severity, fault.count) == ("info", 2)
    assert str(fault) == (
        "facilities.csv: columns that nothing is read from: 联系电话, 备注. If one matters, name it in "
        "facilities[1].columns."
    )


@pytest.mark.parametrize(
    ("name", "cells", "rows", "said"),
    [
        (
            "目前怎样",
            ["营业", "停业", "在建", ""],
            (3, 4),
            "its cells say which rows are not open: '停业', '在建'",
        ),
        (
            "近期情况说明状态",
            ["好", "尚未"],
            (2, 3),
            "it may say which rows are open: '好', '尚未'",
        ),
    ],
)
def test_a_status_under_another_name_is_a_warning(tmp_path, name, cells, rows, said):
    listed, fault = faults_of(tmp_path, name, cells)
    assert listed.code == "columns.unread"
    assert (fault.severity, fault.code, fault.rows) == ("warning", "columns.unread_status", rows)
    assert str(fault).endswith(
        f"column {name}: is not read, though {said}. If so, set facilities[1].columns.status = "
        f'"{name}"; if not, facilities[1].columns.status = "" says so.'
    )


def test_naming_the_column_or_saying_no_ends_the_warning(tmp_path):
    cells = ["营业", "停业"]
    declared = SETTINGS.replace('id = "id"', 'id = "id", status = "目前怎样"')
    (tmp_path / "a").mkdir()
    assert faults_of(tmp_path / "a", "目前怎样", cells, settings=declared) == []
    area = read_study_area(tmp_path / "a" / "area.toml")
    assert area.facilities["is_open"].tolist() == [True, False]
    (tmp_path / "b").mkdir()
    no = SETTINGS.replace('id = "id"', 'id = "id", status = ""')
    assert [f.severity for f in faults_of(tmp_path / "b", "目前怎样", cells, settings=no)] == [
        "info"
    ]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("许可", ["正常", "正常"]),  # all open: nothing would change
        ("所属片区", ["东片", "西片"]),
        ("备注", ["停业", "老板姓王", "二楼"]),  # a remark here and there
        ("联系人", ["", ""]),
        ("证书有效期至", ["2030-01-01", "2031-01-01"]),
        ("层数", ["2030", "2031"]),
    ],
)
def test_what_says_nothing_of_opening_is_only_listed(tmp_path, name, cells):
    settings = SETTINGS.replace(', opened = "opened"', "")
    assert [f.severity for f in faults_of(tmp_path, name, cells, settings=settings)] == ["info"]


def test_dates_after_the_data_date_are_a_warning_where_no_opening_date_is_read(tmp_path):
    cells = ["2019-05-01", "2026年9月", "2025-06-30"]
    named = SETTINGS.replace('opened = "opened"', 'opened = ""')
    assert [f.severity for f in faults_of(tmp_path, "预计时间", cells, settings=named)] == ["info"]
    rows = [f"f{i},30,,{500100 + 100 * i},3800500,{cell}" for i, cell in enumerate(cells)]
    settings = SETTINGS.replace(', opened = "opened"', "")
    path = write_town(
        tmp_path,
        settings=settings,
        facilities="\n".join(["id,places,unit,x,y,预计时间", *rows, ""]),
    )
    (fault,) = [f for f in check_study_area(path) if f.code == "columns.unread_dates"]
    assert fault.rows == (3,)
    assert "is not read, though it may say what opens after the data date" in fault.message
    assert 'facilities[1].columns.opened = "预计时间"' in fault.mend


def test_a_size_under_another_name_is_a_warning(tmp_path):
    found = faults_of(tmp_path, "核定占地", ["约300", "200㎡", "无"])
    assert [(f.code, f.severity) for f in found[1:]] == [("columns.unread_size", "warning")]
    assert "is not read, though it may be land_area: '约300', '200㎡'" in found[1].message
    assert 'facilities[1].columns.land_area = "核定占地"' in found[1].mend


def test_coordinates_in_one_cell_are_named(tmp_path):
    text = 'id,places,unit,坐标\nf1,30,A1,"113.65,34.72"\nf2,20,A1,113.66 34.73\n'
    settings = SETTINGS.replace(', x = "x", y = "y"', "").replace(', opened = "opened"', "")
    path = write_town(tmp_path, settings=settings, facilities=text)
    (fault,) = [f for f in check_study_area(path) if f.code == "columns.unread_coordinates"]
    assert fault.rows == (2, 3)
    assert fault.message == (
        "is not read, though its cells hold two coordinates each: '113.65,34.72', '113.66 34.73'."
    )
    assert "Split it into two columns" in fault.mend


def test_frames_in_memory_are_looked_through_and_stay_as_they_are():
    some = points([(500_100, 3_800_500)], facility_id=["1"], 目前怎样=["停业"], more=[None])
    some = some.assign(other=gpd.GeoSeries([None], crs=some.crs))
    before = some.copy()
    area = study_area(
        units([box(500_000, 3_800_000, 501_000, 3_801_000)], unit_type="street"),
        facilities=some,
        service="childcare",
        name="某区",
        data_date="2025-12-31",
    )
    (fault,) = [f for f in area.faults if f.code.startswith("columns.unread")]
    assert str(fault) == (
        "facilities, row 1, column 目前怎样: is not read, though its cells say which rows are not open: "
        "'停业'. If so, call the column status."
    )
    pd.testing.assert_frame_equal(some, before)


def said_of(tmp_path, head, rows, *, settings=SETTINGS):
    """Read facilities of the town with columns of words; give what their words say against them."""
    lines = [f"f{i},30,,,{500100 + 100 * i},3800500,{row}" for i, row in enumerate(rows)]
    facilities = "\n".join([f"{HEAD},{head}", *lines, ""])
    path = write_town(tmp_path, settings=settings, facilities=facilities)
    return [f for f in check_study_area(path) if f.code == "facilities.said_not_open"]


NAMES = [
    *(
        "阳光托育(已关停)",
        "阳光托育（在建）",
        "阳光托育园[规划]",
        "阳光托育园已停业",
        "阳光托育在建",
    ),
    *(
        "阳光托育",
        "规划路托育园",
        "在建设路托育园",
        "停业路幼儿园",
        "阳光托育(东区)",
        "建设中路托育",
    ),
]


def test_names_that_say_what_has_closed_or_is_not_built(tmp_path):
    (fault,) = said_of(tmp_path, "机构名称", NAMES)
    assert (fault.severity, fault.rows) == ("warning", (2, 3, 4, 5, 6))
    assert str(fault) == (
        "facilities.csv, rows 2, 3, 4, 5, 6, column 机构名称: says in 5 of 11 rows, which count as open, "
        "that they have closed or are not built yet: '阳光托育(已关停)', '阳光托育（在建）', '阳光托育园[规划]' "
        "and 2 more. Write 停业, 在建 or 规划 into a column 运营状态 of these rows, or leave them out."
    )


PLAIN_NAMES = [
    *(
        "阳光托育(规划路店)",
        "东风托育(规划三路)",
        "红旗托育(原计划生育服务站)",
        "甲托育(计划经济小区)",
    ),
    *("阳光托育(关闭式管理)", "托育点(城市规划院)", "某托育(在建设路)", "阳光托育(曾停业)"),
    *("虚拟建模教室", "招待建议", "没有停办", "未曾停业", "不再停用", "原拟建养老院改为托育"),
]
TELLING_NAMES = ["中原托育(已关停)", "阳光（暂停营业）", "阳光(尚未开业)", "园(在建)"]


def test_names_that_say_it_in_brackets_and_names_that_do_not(tmp_path):
    (fault,) = said_of(tmp_path, "机构名称", [*TELLING_NAMES, *PLAIN_NAMES])
    assert fault.rows == (2, 3, 4, 5)


QUIET = [
    *(
        "所在建筑为社区服务中心二楼",
        "位于东风路与在建设路交叉口",
        "设在建业小区内",
        "坐落在建国路南侧",
    ),
    *("曾停业整顿;现已恢复营业", "从未发生停办情况", "2020年停业装修;现正常营业", "无停业记录"),
    *("虚拟建模教室", "模拟建设", "招待建议", "接待建档", "没有停办", "未曾停业", "不再停用"),
    *("原拟建养老院改为托育", "关闭式管理", "在建档立卡", "并非拟建", "位于建设中路"),
]
TELLING = [
    *("2024年关停", "停业", "尚未开业", "因房租原因停业", "从未开业", "停业;未恢复营业"),
    *("中原路店已关停", "关停;不再营业", "正在建设", "项目在建", "待建", "执照注销"),
]


@pytest.mark.parametrize("head", ["备注", "Remark"])
def test_remarks_that_say_that_it_is_over_or_never_was(tmp_path, head):
    (fault,) = said_of(tmp_path, head, ["", *TELLING, *QUIET, *[""] * 40])
    assert fault.rows == tuple(range(3, 3 + len(TELLING)))


def test_addresses_and_columns_of_other_things_are_not_looked_at(tmp_path):
    heads = ["详细地址", "地址说明", "所处位置", "Location", "联系人"]
    rows = [",".join([word] * len(heads)) for word in ("在建楼盘", "停业", "二楼", "三楼", "四楼")]
    assert said_of(tmp_path, ",".join(heads), rows) == []


def test_a_remark_that_nothing_is_read_from(tmp_path):
    remarks = [
        "2024年关停",
        "",
        "运营良好,未停业",
        "未开业",
        "联系人张三",
        "尚未备案",
        "正在建档",
        "尚未投入使用",
    ]
    (fault,) = said_of(tmp_path, "备注", remarks)
    assert (fault.column, fault.rows) == ("备注", (2, 5, 9))


def test_what_a_status_or_a_date_takes_out_is_not_asked_about(tmp_path):
    head = "机构名称,运营状态,关停日期"
    rows = ["甲(已关停),停业,", "乙(已关停),,2024-01-01", "丙(在建),在建,", "丁(已关停),运营,"]
    (fault,) = said_of(tmp_path, head, rows)
    assert fault.rows == (5,)  # whose status says otherwise
    (tmp_path / "b").mkdir()
    planned = SETTINGS.replace('service = "childcare"', 'service = "childcare"\nstatus = "在建"')
    assert said_of(tmp_path / "b", "备注", ["在建", "拟建,2027年"], settings=planned) == []


def test_the_size_of_planned_projects_under_another_name(tmp_path):
    """规划托位 of what is there would be no places; of projects it is asked about."""
    settings = (
        SETTINGS + '\n[[planned]]\nfile = "p.csv"\nservice = "childcare"\ndatum = "EPSG:4547"\n'
    )
    path = write_town(tmp_path, settings=settings + 'columns = { x = "x", y = "y" }\n')
    text = "项目名称,规划托位,计划投用时间,x,y\n新一,60,2026年12月,500300,3800500\n"
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    found = [f for f in check_study_area(path) if f.code == "columns.unread_size"]
    assert [(f.file, f.column, f.rows) for f in found] == [("p.csv", "规划托位", (2,))]
    assert found[0].mend.startswith('If so, set planned[1].columns.places = "规划托位"')
    recognised = [f for f in check_study_area(path) if f.code == "columns.recognised"]
    assert "项目名称 is name" in str(next(f for f in recognised if f.file == "p.csv"))
