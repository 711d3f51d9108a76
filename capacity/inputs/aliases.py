"""The names that columns go by: data for ``columns``, no code.

Per table of area.toml and key: our own names, in order; names that can mean nothing else; and names
that are taken only where none of the others is there. They are compared as ``columns.plain`` writes
them: without case, spaces, brackets around a unit or a year, and full-width forms.
"""

from __future__ import annotations

from typing import Final

from capacity.inputs.words import STATUS_OF_FLAG
from capacity.vocabulary import FACILITY_FIGURES, FIGURES

Names = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""Our own names, certain names, weak names of one key."""

_X: Final[Names] = (
    ("x",),
    ("经度", "lon", "lng", "long", "longitude", "东经", "横坐标", "东坐标", "point_x", "x坐标"),
    ("高德经度", "百度经度", "经度坐标", "wgs84经度", "lng_wgs84", "gcj02经度", "bd09经度"),
)
_Y: Final[Names] = (
    ("y",),
    ("纬度", "lat", "latitude", "北纬", "纵坐标", "北坐标", "point_y", "y坐标"),
    ("高德纬度", "百度纬度", "纬度坐标", "wgs84纬度", "lat_wgs84", "gcj02纬度", "bd09纬度"),
)
_CODES_OF_ANY_TIER: Final = ("区划代码", "行政区划代码", "统计用区划代码", "行政区代码")
"""Codes that may be a district's: beside a column of streets they are one of two candidates."""
_UNIT_OF_A_ROW: Final[Names] = (
    ("unit_code", "unit"),
    (
        *("单元代码", "单位代码", "所属单元代码"),
        *("街道代码", "所属街道代码", "街道乡镇代码", "乡镇代码", "镇街代码", "所属乡镇代码"),
        *("街道编码", "乡镇编码"),
    ),
    (
        *_CODES_OF_ANY_TIER,
        *("街道", "所属街道", "街道名称", "乡镇", "所属乡镇", "乡镇名称", "街道乡镇", "乡镇街道"),
        *("所属街道乡镇", "所属乡镇街道", "镇街", "所属镇街", "所在街道", "所在乡镇"),
        *("社区代码", "社区", "所属社区"),
    ),
)
_UNIT_ITSELF: Final[Names] = (
    ("unit_code", "unit", "code"),
    (*_UNIT_OF_A_ROW[1], *_CODES_OF_ANY_TIER, "代码", "编码"),
    (*_UNIT_OF_A_ROW[2], "名称", "单位名称", "单元名称", "地区", "unit_name", "name"),
)
_FIGURES: Final[dict[str, Names]] = {
    name: ((name,), (zh, f"{zh}数", f"{zh}人数"), ()) for name, (zh, _, _) in FIGURES.items()
} | {
    "planned_population": (
        ("planned_population",),
        ("规划人口", "规划人口数", "规划居住人口", "设计人口"),
        (),
    ),
}

GROUP_NAMES: Final[dict[str, Names]] = {
    "population": (
        ("population",),
        ("常住人口", "常住人口数", "常住人口数量", "常住人口总数", "总人口", "总人口数"),
        ("人口", "人口数", "人口数量", "人数", "pop", "pop_total", "total_population"),
    ),
    "under_3": (
        ("under_3",),
        (
            *("0-3岁", "0-3岁人口", "0-3岁人口数", "0-3岁婴幼儿", "0-3岁婴幼儿数", "0至3岁"),
            *("3岁以下", "3岁以下人口", "3岁以下人口数", "3岁以下婴幼儿", "3岁以下婴幼儿数"),
            *("三岁以下", "三岁以下人口", "三岁以下婴幼儿"),
        ),
        ("婴幼儿", "婴幼儿数", "婴幼儿人数"),
    ),
    "age_3_6": (
        ("age_3_6",),
        ("3-6岁", "3-6岁人口", "3-6岁人口数", "3-6岁儿童", "3-6岁幼儿", "3至6岁"),
        (),
    ),
    "under_15": (
        ("under_15",),
        ("0-14岁", "0-14岁人口", "0-14岁人口数", "15岁以下", "15岁以下人口", "0至14岁"),
        (),
    ),
    "age_60_plus": (
        ("age_60_plus",),
        (
            *("60岁及以上", "60岁及以上人口", "60岁及以上人口数", "60岁及以上老年人"),
            *("60岁及以上老年人口", "60岁以上", "60岁以上人口", "60岁以上人口数"),
            *("60岁以上老年人", "60岁以上老年人口", "60+"),
        ),
        (),
    ),
    "age_65_plus": (
        ("age_65_plus",),
        (
            *("65岁及以上", "65岁及以上人口", "65岁及以上人口数", "65岁及以上老年人"),
            *("65岁及以上老年人口", "65岁以上", "65岁以上人口", "65岁以上人口数"),
            *("65岁以上老年人", "65岁以上老年人口", "65+"),
        ),
        (),
    ),
}
"""Names of the population groups, for a layer of people and for a table of units with people."""

ALIASES: Final[dict[str, dict[str, Names]]] = {
    "population": {
        **GROUP_NAMES,
        "dwellings": (
            ("dwellings",),
            ("住宅套数", "套数", "户数", "总户数", "住户数", "住宅户数"),
            (),
        ),
        "floor_area": (("floor_area",), ("住宅建筑面积",), ()),
        "x": _X,
        "y": _Y,
    },
    "units": {
        "code": (
            ("unit_code", "code"),
            (
                *("代码", "编码", "区划代码", "行政区划代码", "行政区代码", "行政代码", "区划编码"),
                *("统计用区划代码", "统计代码", "单元代码", "单元编码", "adcode", "xzqdm"),
            ),
            (
                *("街道代码", "街道编码", "乡镇代码", "乡镇编码", "街道乡镇代码", "乡镇街道代码"),
                *("镇街代码", "社区代码", "社区编码", "村代码", "村居代码", "社区村代码"),
            ),
        ),
        "name": (
            ("unit_name", "name"),
            (
                *("名称", "单元名称", "行政区名称", "行政区划名称", "区划名称", "xzqmc"),
                *("街道名称", "乡镇名称", "街道乡镇名称", "乡镇街道名称", "镇街名称"),
                *("社区名称", "村名称", "村居名称", "社区村名称"),
            ),
            (
                *("街道", "乡镇", "街道乡镇", "乡镇街道", "镇街", "街镇", "镇办"),
                *("社区", "村", "村居", "社区村", "村社区", "名字", "单位名称"),
            ),
        ),
        "type": (
            ("unit_type", "type"),
            ("类型", "单元类型", "区划类型", "行政区类型", "级别", "层级"),
            ("类别",),
        ),
        "parent": (
            ("parent_code", "parent"),
            ("上级代码", "上级编码", "上级区划代码", "上级行政区划代码", "父级代码", "父代码"),
            (
                *("上级", "区代码", "区县代码", "县代码", "所属区代码", "所属区县代码"),
                *("所属街道代码", "所属乡镇代码", "所属街道乡镇代码"),
            ),
        ),
        "parent_name": (
            ("parent_name",),
            ("上级名称", "上级单元名称", "父级名称"),
            ("区名", "区名称", "区县", "区县名称", "所属区", "所属区县"),
        ),
        "main_urban": (("main_urban",), ("主城区", "是否主城区", "中心城区", "是否中心城区"), ()),
        "development_zone": (("development_zone",), ("开发区", "是否开发区"), ()),
        "urban": (("urban",), ("城乡分类", "城乡类型", "城乡属性", "是否城市"), ("城乡",)),
        "county": (("county",), ("县或县级市", "是否县", "是否县或县级市"), ()),
        **GROUP_NAMES,
    },
    "facilities": {
        "id": (("facility_id", "id"), ("编号", "设施编号", "机构编号", "设施编码", "设施代码"), ()),
        "name": (
            ("name",),
            (
                *("名称", "机构名称", "设施名称", "托育机构名称", "养老机构名称", "幼儿园名称"),
                *("学校名称", "场所名称", "园所名称", "facility_name"),
            ),
            ("单位名称", "名字", "项目名称"),
        ),
        "service": (
            ("service",),
            ("服务类别", "设施类别", "服务", "服务类型", "业务类别"),
            ("类别",),
        ),
        "places": (
            ("places",),
            (
                *("托位数", "托位", "托位数量", "托位个数", "托位总数", "学位数", "学位"),
                *("学位数量", "可提供托位数", "托位或学位数"),
            ),
            ("备案托位数", "实有托位数", "实际托位数", "设计托位数", "总托位数", "总托位"),
        ),
        "beds": (
            ("beds",),
            ("床位数", "床位", "床位数量", "床位总数", "养老床位数", "养老床位"),
            ("核定床位数", "备案床位数", "实有床位数", "设计床位数", "总床位数", "开放床位数"),
        ),
        "land_area": (
            ("land_area_m2", "land_area"),
            ("用地面积", "占地面积", "土地面积", "用地规模", "总用地面积"),
            (),
        ),
        "floor_area": (
            ("floor_area_m2", "floor_area"),
            ("建筑面积", "总建筑面积", "建筑规模", "房屋建筑面积"),
            (),
        ),
        "outdoor_area": (
            ("outdoor_area_m2", "outdoor_area"),
            (
                *("室外活动面积", "室外面积", "室外活动场地面积", "室外场地面积"),
                *("户外活动面积", "户外面积", "户外活动场地面积", "户外场地面积"),
            ),
            (),
        ),
        "venue_area": (
            ("venue_area_m2", "venue_area"),
            ("体育场地面积", "场地面积", "运动场地面积", "健身场地面积"),
            (),
        ),
        "type": (
            ("facility_type", "type"),
            ("设施类型", "机构类型", "类型", "设施种类"),
            (),
        ),
        "condition": (("condition",), ("场地条件", "用地条件"), ()),
        "operator": (
            ("operator",),
            ("运营方式", "运营性质", "办园性质", "举办性质", "机构性质", "办学性质", "经营性质"),
            ("性质", "举办主体性质", "办园类型", "运营主体性质"),
        ),
        "inclusive": (
            ("inclusive",),
            ("是否普惠", "普惠", "普惠性", "是否普惠性", "是否为普惠", "是否普惠机构"),
            (),
        ),
        "status": (
            ("status",),
            (
                *("状态", "运营状态", "机构状态", "营业状态", "经营状态", "设施状态", "建设状态"),
                *(
                    "项目状态",
                    "运营情况",
                    "营业情况",
                    "经营情况",
                    "开办状态",
                    "目前状态",
                    "当前状态",
                ),
            ),
            (
                *("建设情况", "项目情况", "开办情况", "投用情况", "建设进度", "项目进度", "现状"),
                *STATUS_OF_FLAG,
            ),
        ),
        "closed": (
            ("closed",),
            ("关停日期", "关停时间", "关闭日期", "关闭时间", "停业日期", "停业时间", "注销日期"),
            (),
        ),
        "opened": (
            ("opened",),
            (
                *("投用日期", "投用时间", "启用日期", "启用时间", "开业日期", "开业时间"),
                *("投入使用时间", "投入使用日期", "开园时间", "开园日期", "运营日期", "运营时间"),
            ),
            (
                *("建成日期", "建成时间", "成立日期", "成立时间", "备案日期", "备案时间"),
                *("计划投用时间", "计划投用日期", "预计投用时间", "预计投用日期", "拟投用时间"),
                *("计划开业时间", "计划开业日期", "预计开业时间", "预计开业日期", "计划开园时间"),
                *("计划运营时间", "预计运营时间", "计划启用时间", "预计启用时间"),
                *("计划建成时间", "计划建成日期", "预计建成时间", "预计建成日期", "拟建成时间"),
            ),
        ),
        "unit": _UNIT_OF_A_ROW,
        "x": _X,
        "y": _Y,
        **{name: _FIGURES[name] for name in FACILITY_FIGURES},
    },
    "compounds": {
        **_FIGURES,
        "id": (("compound_id", "id"), ("编号", "小区编号", "小区代码", "小区编码"), ()),
        "name": (
            ("name",),
            ("名称", "小区名称", "小区名", "住宅小区名称", "楼盘名称", "项目名称"),
            ("小区", "住宅小区", "楼盘"),
        ),
        "households": (
            ("households",),
            ("户数", "总户数", "住户数", "居民户数", "住宅户数", "家庭户数"),
            (),
        ),
        "built_year": (
            ("built_year",),
            ("建成年份", "建成年代", "建造年份", "建造年代", "竣工年份", "建筑年代", "建设年代"),
            ("建成时间", "竣工时间", "建成年"),
        ),
        "old": (("is_old", "old"), ("是否老旧小区", "老旧小区", "是否老旧", "老旧"), ()),
        "elder_floor_area": (
            ("elder_floor_area_m2", "elder_floor_area"),
            (
                *("养老用房面积", "养老用房", "养老用房建筑面积", "养老服务用房面积"),
                *("养老服务用房", "养老服务用房建筑面积", "养老服务设施面积"),
                *("现有养老用房面积", "现状养老用房面积", "已有养老用房面积"),
                *("现有养老用房建筑面积", "现有养老服务用房面积", "现有养老服务用房建筑面积"),
            ),
            (),
        ),
        "unit": _UNIT_OF_A_ROW,
        "x": _X,
        "y": _Y,
    },
    "candidates": {
        "id": (
            ("candidate_id", "id"),
            ("编号", "地块编号", "地块代码", "地块号", "宗地编号", "宗地号", "候选点编号"),
            (),
        ),
        "name": (("name",), ("名称", "地块名称", "房屋名称", "候选点名称"), ("地块", "位置")),
        "acquisition": (("acquisition",), ("取得方式", "来源方式", "建设方式"), ("方式",)),
        "land_area": (
            ("land_area_m2", "land_area"),
            ("用地面积", "地块面积", "宗地面积", "可用用地面积", "占地面积"),
            (),
        ),
        "floor_area": (
            ("floor_area_m2", "floor_area"),
            ("建筑面积", "可用建筑面积", "房屋建筑面积", "房屋面积", "可用面积"),
            (),
        ),
        "cost": (("cost",), ("取得成本", "取得费用", "造价", "费用"), ("成本",)),
        "unit": _UNIT_OF_A_ROW,
        "x": _X,
        "y": _Y,
    },
    "siting.forbidden": {},
    "figures": {"unit": _UNIT_ITSELF, **_FIGURES},
    "census": {"unit": _UNIT_ITSELF, **GROUP_NAMES},
    "walking": {
        "u": (("u",), ("起点节点", "起始节点", "起点编号", "fnode", "from_node"), ("起点",)),
        "v": (("v",), ("终点节点", "终止节点", "终点编号", "tnode", "to_node"), ("终点",)),
        "length": (("length", "length_m"), ("长度", "路段长度", "步行长度", "边长"), ()),
        "highway": (("highway",), ("道路等级", "道路类型", "fclass"), ()),
        "one_way": (("one_way",), (), ()),
        "crossing": (("crossing",), (), ()),
        "ascent": (("ascent",), (), ()),
    },
    "walking.nodes": {
        "id": (("id", "osmid"), ("节点编号", "node_id", "node"), ("编号",)),
        "x": _X,
        "y": _Y,
    },
    "walking.barriers": {},
}
"""Names of the columns of every table of area.toml."""

REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "population": ("population",),
    "units": ("code",),
    "facilities": ("service",),
    "compounds": (),
    "candidates": (),
    "siting.forbidden": (),
    "figures": ("unit",),
    "census": ("unit",),
    "walking": (),
    "walking.nodes": ("id",),
    "walking.barriers": (),
}
"""Keys without which a table cannot be used, unless one value for all rows is given."""
