"""Labels: what planners read for our words, in Chinese and English. Nothing is computed here.

Every label is a pair (Chinese, English); ``label`` takes the side wanted. Methods and notes are
written by ``assess`` as ``phrase: arguments`` parts joined by ``; ``; ``translate`` puts them into
Chinese phrase by phrase and leaves what it does not know as it stands.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Literal

import yaml

from capacity.norms.model import APPLIES_TO, CONDITIONS, UNITS_OF_MEASURE
from capacity.report.compare_phrases import COMPARISON_PHRASES
from capacity.vocabulary import (
    ALLOCATIONS,
    AMOUNTS,
    FIGURES,
    GROUPS,
    KNOWN_ONLY,
    LOWER_BOUND,
    MAYBE_TWICE,
    MET_IN_DOUBT,
    OWN_UNKNOWN,
    PERHAPS_NOT_OPEN,
    REACH_STATUSES,
    SERVED_AT_MOST,
    SERVED_KNOWN_ONLY,
    SERVICES,
    UNIT_TYPES,
    UNITS_IN_DOUBT,
    UNSCALED,
    UPPER_BOUND,
)

if TYPE_CHECKING:
    from capacity.norms.model import Norm, NormSet

Language = Literal["zh", "en"]
Pair = tuple[str, str]
_DOCUMENTS: Final = 2

NOT_APPLICABLE: Final = "—"
NO_DATA: Final = "…"
MARKS: Final[dict[str, Pair]] = {
    "exact": ("", ""),
    "at_least": ("≥", "≥"),
    "at_most": ("≤", "≤"),
    "known_only": ("已知", "known "),
}
"""What stands before a number of each bound, in every table, figure, form and page."""

MEASURES: Final[dict[str, Pair]] = {
    "places": ("托位", "places"),
    "places_with_minimums": ("托位(兼顾最低设施数)", "places, minimum facilities included"),
    "land_m2": ("用地面积", "land"),
    "floor_area_m2": ("建筑面积", "floor area"),
    "outdoor_m2": ("室外面积", "outdoor area"),
    "venue_m2": ("体育场地面积", "sports venue area"),
    "beds": ("床位", "beds"),
    "persons": ("人员", "persons"),
    "facilities": ("设施", "facilities"),
    "items": ("数量", "items"),
    "compounds": ("小区", "compounds"),
    "units": ("单位", "units"),
    "units_with_one": ("有设施的单位", "units that have one"),
    "convert": ("占比(存量调整)", "share, by converting"),
    "build": ("占比(新增)", "share, by building"),
    "places_upper": ("学位(区间上限)", "places, upper end"),
    "land_m2_upper": ("用地面积(区间上限)", "land, upper end"),
    "implied_population": ("对应人口", "population that it serves"),
    "facilities_of_size": ("达规模设施", "facilities of the size"),
    "compounds_of_size": ("达规模小区", "compounds of the size"),
    "places_to_add": ("需增托位", "places to add"),
    "beds_to_add": ("需增床位", "beds to add"),
    "capacity_limited": ("计入容量的覆盖", "served"),
    "without_capacity": ("覆盖但无托位", "in reach without capacity"),
    "out_of_reach": ("未覆盖", "out of reach"),
    **{group: (f"覆盖{zh}", f"{en} in reach") for group, (zh, en) in GROUPS.items()},
}
"""What a finding counts."""

_SCHOOL_PLACES: Final = ("学位", "school places")

QUANTITIES: Final[dict[str, Pair]] = {
    "places": ("个", "places"),
    "places_with_minimums": ("个", "places"),
    "land_m2": ("㎡", "m²"),
    "floor_area_m2": ("㎡", "m²"),
    "outdoor_m2": ("㎡", "m²"),
    "venue_m2": ("㎡", "m²"),
    "beds": ("张", "beds"),
    "persons": ("人", "persons"),
    "facilities": ("处", "facilities"),
    "items": ("个", "items"),
    "compounds": ("个", "compounds"),
    "units": ("个", "units"),
    "units_with_one": ("个", "units"),
    "convert": ("个", "number"),
    "build": ("个", "number"),
    "places_upper": ("个", "places"),
    "land_m2_upper": ("㎡", "m²"),
    "implied_population": ("人", "persons"),
    "facilities_of_size": ("处", "facilities"),
    "compounds_of_size": ("个", "compounds"),
    "places_to_add": ("个", "places"),
    "beds_to_add": ("张", "beds"),
    **dict.fromkeys(("capacity_limited", "without_capacity", "out_of_reach"), ("个", "places")),
    **dict.fromkeys(GROUPS, ("人", "persons")),
}
"""Unit of the numbers of each measure."""

SECONDARY: Final = (
    "places_with_minimums",
    "places_to_add",
    "beds_to_add",
    "places_upper",
    "land_m2_upper",
    "build",
    "implied_population",
    "facilities_of_size",
    "compounds_of_size",
    "without_capacity",
    "out_of_reach",
)
"""Measures that say more about another one; short tables leave them out."""

AREAS: Final = tuple(name for name, (zh, _) in QUANTITIES.items() if zh == "㎡")
"""Measures in square metres, shown with a decimal."""

BASES: Final[dict[str, tuple[Pair, Pair]]] = {
    **{group: (pair, ("人", "persons")) for group, pair in GROUPS.items()},
    **dict.fromkeys(
        ("capacity_limited", "without_capacity", "out_of_reach"),
        (("需求", "demand"), ("个", "places")),
    ),
    "convert": (("总数", "whole"), ("个", "number")),
    "build": (("总数", "whole"), ("个", "number")),
    "units_with_one": (("单位数", "units"), ("个", "units")),
    "facilities_of_size": (("设施数", "facilities"), ("处", "facilities")),
    "compounds_of_size": (("小区数", "compounds"), ("个", "compounds")),
    "floor_area_m2": (("户数", "households"), ("户", "households")),
}
"""What a measure is taken of, and its unit, where tables show it."""

COLUMNS: Final[dict[str, Pair]] = {
    "standard": ("标准", "standard"),
    "base_value": ("人口", "people"),
    "required": ("应有", "required"),
    "existing": ("现有", "existing"),
    "covered": ("覆盖人口", "in reach"),
    "shortfall": ("缺口", "shortfall"),
    "surplus": ("富余", "surplus"),
    "share": ("占比", "share"),
    "status": ("状态", "status"),
}
"""Findings columns as headings."""

QUALITY_COLUMNS: Final[dict[str, Pair]] = {
    "severity": ("级别", "severity"),
    "code": ("问题代码", "code"),
    "problem": ("问题", "in Chinese"),
    "file": ("文件", "file"),
    "rows": ("行号", "rows"),
    "column": ("字段", "column"),
    "item": ("对象", "item"),
    "count": ("数量", "count"),
    "amount": ("量值", "amount"),
    "unit": ("量值单位", "unit"),
    "message": ("原文", "message"),
    "mend": ("改法(英文)", "mend"),
    "found_zh": ("详情", "found, in Chinese"),
    "mend_zh": ("改法", "mend in Chinese"),
}
QUALITY_UNITS: Final[dict[str, Pair]] = {
    "": ("", ""),
    "people": ("人", "people"),
    "persons": ("人", "persons"),
    "places": ("个", "places"),
    "dwellings": ("套", "dwellings"),
    "m2 of floor area": ("平方米建筑面积", "m2 of floor area"),
    "rows read": ("读取行数", "rows read"),
    "peopled cells read": ("读取的有人格网数", "peopled cells read"),
    "m": ("米", "m"),
    "m2": ("平方米", "m2"),
    "km2": ("平方千米", "km2"),
    "share": ("占比", "share"),
    "year": ("年份", "year"),
    "units of the CRS": ("坐标系单位", "units of the CRS"),
}
"""Units of amounts in the quality report."""
SEVERITIES: Final[dict[str, Pair]] = {
    "error": ("错误", "error"),
    "warning": ("警告", "warning"),
    "info": ("提示", "info"),
}
TIERS: Final[dict[str, Pair]] = {
    "city": ("市", "cities"),
    "district": ("区县", "districts"),
    "street": ("街道乡镇", "streets"),
    "community": ("社区村", "communities"),
}
WHOLE: Final[dict[str, Pair]] = {
    "city": ("全市", "city"),
    "district": ("全区", "district"),
    "street": ("全区", "street"),
    "township": ("全区", "township"),
    "community": ("全区", "community"),
    "village": ("全区", "village"),
}
"""What the whole area is called in the row that takes it as one unit."""

PARAMETERS: Final[dict[str, Pair]] = {
    "walking_speed_m_s": ("步行速度(米/秒)", "walking speed (m/s)"),
    "persons_per_household": ("户均人口(人)", "persons per household"),
    "walking_speed_older_m_s": ("老年人步行速度(米/秒)", "walking speed of older people (m/s)"),
    "reach": ("距离口径", "reading of distances"),
    "walking_preset": ("步行时间换算", "minutes are turned into metres"),
    "walking_range": ("距离区间取值", "end of a range of distances"),
    "snap_limit_m": ("到路网的最大直线距离(米)", "longest straight way to the network (m)"),
    "point_spacing_m": ("格网内起点间距(米)", "distance between starting points (m)"),
    "detour_factor": ("绕行系数(步行距离/直线距离)", "detour factor (walked/straight)"),
    "crossing_wait_s": ("过街等待时间(秒)", "waiting at street crossings (s)"),
    "slope": ("坡度", "slope"),
    "old_compound_built_before": (
        "未标明新旧的小区,早于此年建成的按老旧小区",
        "a compound without a flag is old if built before",
    ),
    "development_zones_are_main_urban": ("开发区视同主城区", "development zones are main urban"),
    "allocation": ("托位分配", "how places are given out"),
    "duplicates": ("疑似重复记录", "rows that repeat an earlier one"),
    "duplicate_distance_m": (
        "同名记录相距不超过此距离视为重复(米)",
        "rows of one name are the same within (m)",
    ),
}
ROLES: Final[dict[str, Pair]] = {
    "settings": ("设置", "settings"),
    "population": ("人口", "population"),
    "units": ("单位边界", "units"),
    "facilities": ("设施", "facilities"),
    "planned": ("规划项目", "planned projects"),
    "compounds": ("小区", "compounds"),
    "figures": ("指标", "figures"),
    "census": ("官方总数", "official totals"),
    "walking": ("步行路网", "walking network"),
    "candidates": ("候选点", "candidate sites"),
    "siting": ("选址方案", "siting"),
}
"""What an input file holds: the table of area.toml that names it."""
CHOICES: Final[dict[str, Pair]] = {
    "ignored": ("不计", "ignored"),
    "tobler": ("按托布勒(Tobler)步行速度函数", "by Tobler's hiking function"),
    **{word: (zh, en) for word, (en, zh) in ALLOCATIONS.items()},
    "as_written": (
        "半径按直线,时间按步行路网(无路网时按直线)",
        "radius: straight line; time: walking network where there is one",
    ),
    "network": ("有步行路网时按路网", "along the walking network where there is one"),
    "straight": ("直线", "straight line"),
    "speed": ("按步行速度", "by walking speed"),
    "national": ("按国家标准步行距离(GB 50180-2018)", "by the distances of GB 50180-2018"),
    "lower": ("下限", "lower end"),
    "upper": ("上限", "upper end"),
    "keep": ("保留", "kept"),
    "first": ("保留第一条", "left out"),
}
"""Words of the parameters that are one of a list."""
BOOLEANS: Final[dict[bool, Pair]] = {True: ("是", "yes"), False: ("否", "no")}

COMPARATORS: Final = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "=": "="}


def label(pair: Pair, language: Language) -> str:
    """Take the Chinese or the English side of a label."""
    return pair[language == "en"]


def measure_name(measure: str, service: str, language: Language) -> str:
    """Name of a measure; places of education are school places."""
    if (measure, service) == ("places", "education"):
        return label(_SCHOOL_PLACES, language)
    return label(MEASURES.get(measure, ("", "")), language)


def norm_name(norm: Norm, language: Language) -> str:
    """Name of a norm."""
    return label((norm.name_zh, norm.name_en), language)


def documents_text(norms: NormSet, language: Language) -> str:
    """Name the documents whose norms are selected, most norms first: ``郑州一老一小方案、…等5份文件``."""
    if language == "en":
        return f"norms of {norms.city} on {norms.on}"
    titles = Counter(norm.source.short_title or norm.source.title for norm in norms.norms)
    named = [title for title, _ in titles.most_common()]
    more = f"等{len(named)}份文件" if len(named) > _DOCUMENTS else ""
    return f"{'、'.join(named[:_DOCUMENTS])}{more},标准日期 {norms.on}"


def standard_text(norm: Norm, language: Language) -> str:
    """Write a norm's standard: ``≥1 处/单位,单个≥50 个/处``."""
    sign, unit = COMPARATORS[norm.comparator], UNITS_OF_MEASURE[norm.unit]
    top = "" if norm.value_max is None else f"—{norm.value_max:f}"
    text = f"{sign}{norm.value:f}{top} {label(unit, language)}"
    if norm.minimum_size is None:
        return text
    sized = label(UNITS_OF_MEASURE[norm.minimum_size_unit], language)
    return text + label((",最低", ", at least "), language) + f"{norm.minimum_size:f} {sized}"


def due_text(norm: Norm, language: Language) -> str:
    """Write when a norm is due: ``2025-12-31前``, ``2023-02-07起``."""
    if norm.by is None:
        date = norm.effective_from.isoformat()
        return label((f"{date}起", f"from {date}"), language)
    date = norm.by.isoformat()
    following = label(("(下一阶段)", " (next stage)"), language) if norm.stage == "next" else ""
    return label((f"{date}前", f"by {date}"), language) + following


@cache
def _notes() -> dict[str, str]:
    """Read the Chinese of the catalogue's notes."""
    text = files("capacity.report").joinpath("notes.yaml").read_text(encoding="utf-8")
    notes: dict[str, str] = yaml.safe_load(text)
    return notes


def note_text(norm: Norm, language: Language) -> str:
    """Give the note of a norm; one that has no Chinese here is printed as it was written."""
    return norm.note if language == "en" else _notes().get(norm.note, norm.note)


def baseline_year(norm: Norm, language: Language) -> str:
    """Write of which units and of when an observed value is: ``市,2020年``."""
    day = norm.as_of or norm.effective_from
    if (day.month, day.day) == (12, 31):
        when = label((f"{day.year}年", str(day.year)), language)
    else:
        when = day.isoformat()
    levels = "、".join(label(UNIT_TYPES[level], language) for level in norm.levels)
    return f"{levels}{label((',', ', '), language)}{when}"


def baseline_text(norm: Norm, language: Language) -> str:
    """Write an observed value: ``1.46 个/千人(市,2020年)``."""
    bracket = label(("({})", " ({})"), language).format(baseline_year(norm, language))
    at_least = "" if norm.comparator == "=" else COMPARATORS[norm.comparator]
    return f"{at_least}{norm.value:f} {label(UNITS_OF_MEASURE[norm.unit], language)}{bracket}"


def applies_text(norm: Norm, language: Language) -> str:
    """Write to which units, and to facilities on which sites, a norm applies."""
    about = label(APPLIES_TO[norm.applies_to], language)
    if not norm.condition:
        return about
    return about + label((",", ", "), language) + label(CONDITIONS[norm.condition], language)


_COLUMN_WORDS: Final = {
    **{name: zh for name, (zh, _, _) in AMOUNTS.items() if name != "elder_floor_area_m2"},
    "facility_type": "设施类型",
    "operator": "运营方式",
    "inclusive": "是否普惠",
    "places": "托位数",
}

PHRASES: Final[dict[str, str]] = {
    # method
    "in force from": "自此日起施行",
    "stage due": "本阶段时限",
    "next stage, due": "下一阶段时限",
    "rounding": "取整",
    "existing rooms": "已有用房",
    "pooling between compounds": "小区之间统筹",
    "facilities counted": "计入设施",
    "fewest places to add": "最少需增托位",
    "fewest beds to add": "最少需增床位",
    "lower bound": "下限",
    "upper end of the printed range, not tested": "文件区间上限,不作评价",
    "printed range": "文件区间",
    "tested": "评价对象",
    "tested as": "评价口径",
    "size": "规模",
    "convert": "存量调整",
    "build": "新增",
    "units counted": "计入单位",
    "total": "总量",
    "population that the total serves at the ratio": "按此千人指标,总量对应的人口",
    "reading": "距离口径",
    "radius": "半径",
    "cells": "格网",
    "walking speed": "步行速度",
    "detour factor": "绕行系数",
    "people": "人口口径",
    "network": "路网",
    "walking distance": "步行距离",
    "snap limit": "到路网的最大直线距离",
    "waiting at street crossings": "过街等待时间(每次)",
    "slope": "坡度",
    "points behind a barrier, out of reach": "被障碍隔断的起点(不可达)",
    "persons per household": "户均人口",
    "demand": "需求",
    "allocation": "托位分配",
    # note
    "facilities with zero places": "托位数为零的设施",
    "facilities outside every unit that serve people": "界外但服务本地人口的设施",
    SERVED_KNOWN_ONLY: "已服务数仅计入已知托位",
    SERVED_AT_MOST: "已服务数可能偏高(人口不详的单元也能到达这些设施)",
    "missing input": "缺少数据",
    "facilities not open on the data date": "数据日期不在运营的设施",
    "no residents": "无常住人口",
    "new compound": "非老旧小区",
    "old compound": "老旧小区",
    "no old compound": "无老旧小区",
    "no new compound": "无新建小区",
    "no such facility": "无此类设施",
    "another site condition": "不属于此类场地",
    "nothing to take a share of": "没有计算占比的对象",
    "not to be reached by building": "仅靠新增不能达到",
    "conflict": "冲突条款",
    **{f"asked of the {level}": f"文件对{zh}提出" for level, (zh, _) in UNIT_TYPES.items()},
    "facilities of unknown type": "类型不明的设施",
    "facilities of unknown operator": "运营方式不明的设施",
    "facilities not known to be inclusive or not": "是否普惠不明的设施",
    "facilities not known to be in the main urban area or not": "是否在主城区不明的设施",
    "outside the area that the clause names": "不在条款所指范围",
    "no unit to which the norm applies": "没有适用单位",
    "units without data": "缺数据单位",
    "units to which it applies": "适用单位",
    "units with incomplete data": "数据不全单位",
    "facilities without coordinates": "无坐标的设施(未计入覆盖)",
    LOWER_BOUND: "缺口为下限",
    UPPER_BOUND: "缺口为上限",
    UNSCALED: "人口取自分布数据,未按官方总数校准",
    KNOWN_ONLY: "缺口仅为已知部分",
    MAYBE_TWICE: "可能重复计入的设施",
    PERHAPS_NOT_OPEN: "仅凭计划日期或年月计为已运营的设施",
    MET_IN_DOUBT: "以上设施均计入才达标",
    UNITS_IN_DOUBT: "有存疑设施的单位",
    OWN_UNKNOWN: "所辖单位的设施一并计入,本级自有的无法区分",
    **{f"facilities without {name}": f"缺{zh}的设施" for name, zh in _COLUMN_WORDS.items()},
    "compounds without old or new compound": "未标明新旧的小区",
    **{f"compounds without {name}": f"缺{zh}的小区" for name, (zh, _, _) in FIGURES.items()},
    **{f"facilities without {name}": f"缺{zh}的设施" for name, (zh, _, _) in FIGURES.items()},
    **REACH_STATUSES,
    **COMPARISON_PHRASES,
}
"""Chinese of the phrase before the colon."""

ARGUMENTS: Final[dict[str, str]] = {
    "units of its level": "该层级的单位",
    "none": "不取整",
    "up, at the reported unit": "按填报单位进位",
    "up, for each compound": "按小区进位",
    "those that the norm names": "条款所指的设施",
    "each facility by itself": "逐个设施",
    "at least": "不低于",
    "what there is": "把现有的转为此类",
    "new ones, which add to the whole": "新增的同时计入总数",
    "with at least one facility": "至少有一处设施",
    "as the figure says": "按填报指标",
    "of the whole area": "全区",
    "topped up": "不足部分补足",
    "the largest facilities enlarged, else built": "先扩建最大的设施,没有的新建",
    "the larger of the two needs, never their sum": "两项需求取大,不相加",
    "straight line": "直线距离",
    "walking network": "步行路网",
    "Tobler's hiking function": "按托布勒(Tobler)步行速度函数",
    "straight line, to the nearest facility only": "直线距离,仅限最近设施",
    **dict(ALLOCATIONS.values()),
    "facilities in order of priority": "按设施优先顺序",
    "cut at the circle": "按服务圈边界切分",
    "official totals": "官方总数",
    "layer scaled to official totals": "人口分布数据按官方总数校准",
    "official totals by dwellings": "官方总数按住房套数分配",
    "official totals by floor area": "官方总数按建筑面积分配",
    "dwellings": "住房套数",
    # missing inputs
    "population": "人口",
    "population by place": "人口的空间分布",
    "boundaries": "单元边界",
    "coordinates of facilities": "设施坐标",
    "households": "户数",
    "elder_floor_area_m2": "现有养老用房面积",
    "is_old, or built_year with parameters.old_compound_built_before": (
        "是否老旧小区(或建成年份,并设定早于哪一年建成的按老旧小区)"
    ),
    "compounds": "小区名单",
    "main_urban": "是否主城区",
    "urban": "城乡类别",
    "county": "是否县或县级市",
    "condition": "场地条件",
    **{name: zh for name, (zh, _, _) in FIGURES.items()},
    **_COLUMN_WORDS,
    **{f"{name} of facilities": f"设施的{zh}" for name, zh in _COLUMN_WORDS.items()},
    "main_urban of facilities": "设施所在单位是否主城区",
    **{f"facilities of {name}": f"{zh}设施名单" for name, (zh, _) in SERVICES.items()},
    **{f"population {name}": f"{zh}人口" for name, (zh, _) in GROUPS.items()},
}
"""Chinese of arguments that are words; names, codes and numbers stay as they are."""

_IN_CONTEXT: Final = {("pooling between compounds", "none"): "不统筹"}

_PATTERNS: Final = (
    (re.compile(r"each of at least (\S+) places by itself"), r"单个不少于\1个托位"),
    (re.compile(r"each of at least (\S+) beds by itself"), r"单个不少于\1张床位"),
    (re.compile(r"at least (\S+) and under (\S+)"), r"不少于\1且小于\2"),
    (re.compile(r"at least (\S+)"), r"不少于\1"),
    (re.compile(r"(\d+) of (\d+)"), r"\2个中的\1个"),
    (re.compile(r"(\S+) to (\S+)"), r"\1改为\2"),
    (
        re.compile(r"larger of ratio (\S+) and minimum facilities (\S+)"),
        r"比例需\1个与最低设施需\2个取大",
    ),
    (re.compile(r"points at most (\S+) m apart"), r"格内起点间距不超过\1米"),
    (re.compile(r"(\S+) places per 1000 persons"), r"\1个/千人"),
    (re.compile(r"lower end of (\S+) m"), r"\1米,取下限"),
    (re.compile(r"upper end of (\S+) m"), r"\1米,取上限"),
    (re.compile(r"(\S+) m/s"), r"\1米/秒"),
    (re.compile(r"(\S+) s each"), r"\1秒"),
    (re.compile(r"(\S+) m"), r"\1米"),
)


def translate(text: str, language: Language) -> str:
    """Put a ``method`` or ``note`` of the findings table into the language of a report.

    Parameters
    ----------
    text
        Parts joined by ``; ``, each a phrase or ``phrase: arguments``.
    language
        ``en`` leaves the text as it is.

    Returns
    -------
    str
        Chinese parts joined by ``;``; phrases and arguments not known stay as they stand.

    Examples
    --------
    >>> translate("rounding: none; no residents", "zh")
    '取整:不取整;无常住人口'
    >>> translate("missing input: households: 2 (C1, C7)", "zh")
    '缺少数据:户数:2 (C1, C7)'
    """
    if language == "en":
        return text
    return ";".join(_part(part) for part in text.split("; "))


_HEADS: Final = (
    (
        re.compile(r"points off the network, by straight line × (\S+)"),
        r"不在路网附近的起点(按直线距离×\1)",
    ),
    (
        re.compile(r"facilities off the network, by straight line × (\S+)"),
        r"不在路网附近的设施(按直线距离×\1)",
    ),
    (
        re.compile(r"walking distance for (\S+) min by (GB \S+)"),
        r"\1分钟步行距离(\2)",
    ),
    (
        re.compile(r"no distance for (\S+) min in (GB \S+)"),
        r"\2无\1分钟步行距离,按步行速度",
    ),
)
"""Chinese of phrases that hold a number."""


def _head(phrase: str) -> str:
    for pattern, chinese in _HEADS:
        if found := pattern.fullmatch(phrase):
            return found.expand(chinese)
    return PHRASES.get(phrase, phrase)


def _part(part: str) -> str:
    phrase, colon, argument = part.partition(": ")
    head = _head(phrase)
    return f"{head}:{_argument(phrase, argument)}" if colon else head


def _argument(phrase: str, argument: str) -> str:
    word, colon, rest = argument.partition(": ")
    if colon:
        return f"{ARGUMENTS.get(word, word)}:{rest}"
    if (phrase, argument) in _IN_CONTEXT:
        return _IN_CONTEXT[phrase, argument]
    for pattern, chinese in _PATTERNS:
        if found := pattern.fullmatch(argument):
            return found.expand(chinese)
    return ARGUMENTS.get(argument, argument)
