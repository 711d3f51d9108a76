"""Chinese words that people write for keys of area.toml, and the keys they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from capacity.inputs.aliases import ALIASES

if TYPE_CHECKING:
    from collections.abc import Collection

KEY_WORDS: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(("研究区", "研究区域", "范围", "地区"), ("study_area",)),
    **dict.fromkeys(("人口", "人口数据", "人口格网"), ("population",)),
    **dict.fromkeys(("单元", "统计单元", "单位", "街道", "边界", "乡镇"), ("units", "unit")),
    **dict.fromkeys(("设施", "设施名单"), ("facilities",)),
    **dict.fromkeys(("规划", "规划项目"), ("planned",)),
    **dict.fromkeys(("小区", "居住小区", "住宅小区"), ("compounds",)),
    "指标": ("figures",),
    **dict.fromkeys(("普查", "官方人口", "官方人口总数", "人口总数"), ("census",)),
    **dict.fromkeys(("路网", "步行路网", "步行"), ("walking",)),
    **dict.fromkeys(("候选点", "候选地块", "地块"), ("candidates",)),
    **dict.fromkeys(("选址", "选址方案"), ("siting",)),
    **dict.fromkeys(("参数", "计算参数"), ("parameters",)),
    **dict.fromkeys(("名称", "名字"), ("name",)),
    **dict.fromkeys(("代码", "区划代码", "编码"), ("code",)),
    **dict.fromkeys(("类型", "单元类型", "设施类型"), ("type",)),
    "城市": ("city", "urban"),
    **dict.fromkeys(("数据日期", "数据时点", "数据时间", "时点", "日期"), ("data_date",)),
    **dict.fromkeys(("领域", "服务", "类别", "设施类别"), ("services", "service")),
    **dict.fromkeys(("文件", "数据文件", "路径"), ("file",)),
    **dict.fromkeys(("图层", "图层名", "工作表", "工作表名"), ("layer",)),
    **dict.fromkeys(("坐标", "坐标系", "坐标系统", "坐标基准"), ("datum", "crs")),
    **dict.fromkeys(("字段", "列", "列名", "字段名"), ("columns",)),
    "波段": ("bands",),
    **dict.fromkeys(("说明", "来源", "数据来源", "描述"), ("description",)),
    **dict.fromkeys(("年份", "数据年份"), ("year",)),
    **dict.fromkeys(("筛选", "筛选条件", "条件"), ("where",)),
    **dict.fromkeys(("表头", "表头行", "表头所在行"), ("header_row",)),
    "主城区": ("main_urban",),
    "步行速度": ("walking_speed_m_s",),
    "绕行系数": ("detour_factor",),
    "户均人口": ("persons_per_household",),
}
"""Word → keys that it may mean, in the order in which they are looked for."""


def key_meant(word: str, known: Collection[str] = ()) -> str:
    """Give the key that a Chinese word stands for.

    Parameters
    ----------
    word
        As written.
    known
        Keys of the table that it stands in; empty for any.

    Returns
    -------
    str
        The key, empty where none of those known is meant.

    Examples
    --------
    >>> key_meant("数据日期"), key_meant("坐标系", ["name", "crs"]), key_meant("经度"), key_meant("某")
    ('data_date', 'crs', 'x', '')
    """
    meant = [
        *KEY_WORDS.get(word, ()),
        *(
            key
            for table in ALIASES.values()
            for key, (_, certain, weak) in table.items()
            if word in certain or word in weak
        ),
    ]
    return next((key for key in meant if not known or key in known), "")
