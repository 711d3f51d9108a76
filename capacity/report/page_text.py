"""Words of the page: every label that the page shows beside those of ``labels``, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from capacity.report.labels import MARKS

if TYPE_CHECKING:
    from capacity.report.labels import Pair

WORDS: Final[dict[str, Pair]] = {
    "title": ("设施缺口图", "Facility shortfalls"),
    "data_date": ("数据时点", "Data of"),
    "norms_on": ("标准日期", "Norms in force on"),
    "language": ("English", "中文"),
    "language_about": ("Switch to English", "切换为中文"),
    "skip": ("跳到列表", "Skip to the table"),
    "choose": ("选择标准和图层", "Norm and layers"),
    "service": ("领域", "Service"),
    "norm": ("标准", "Norm"),
    "level": ("层级", "Level"),
    "colour": ("着色", "Colour by"),
    "by_status": ("状态", "Status"),
    "by_shortfall": ("缺口", "Shortfall"),
    "by_share": ("占比", "Share"),
    "layers": ("图层", "Layers"),
    "facilities": ("设施", "Facilities"),
    "circles": ("服务半径", "Service circles"),
    "pockets": ("未覆盖人口片区", "Uncovered pockets"),
    "names": ("名称", "Names"),
    "map": ("地图", "Map"),
    "map_help": (
        "方向键移动,加号和减号缩放。按 Tab 键进入单位,再用方向键换单位,回车查看结果。",
        "Arrow keys move, plus and minus zoom. Tab goes to a unit; arrow keys then go to the next, Enter shows its findings.",
    ),
    "no_map": ("没有单位边界,不能画图,请看列表。", "No boundaries were given: see the table."),
    "no_map_here": (
        "该层级没有边界,请看列表。",
        "This level has no boundaries: see the table.",
    ),
    "no_rows_here": ("该标准在该层级没有结果。", "This norm has no findings at this level."),
    "fit": ("全图", "Whole map"),
    "legend": ("图例", "Legend"),
    "no_gap": ("无缺口", "no shortfall"),
    "counted_facility": ("计入的设施", "facility counted"),
    "other_facility": ("未计入的设施", "facility not counted"),
    "unknown_facility": (
        "是否计入或数值不明的设施",
        "facility not known to count, or without a figure",
    ),
    "facility": ("设施", "facility"),
    "circle_of": ("服务半径 {} 米(直线距离)", "service radius {} m (straight line)"),
    "no_circle": (
        "按步行路网计算,不画圆:圆不代表步行可达范围。",
        "Measured along the walking network: a circle would not show who is in reach.",
    ),
    "pocket": ("未覆盖人口片区", "pocket out of reach"),
    "pocket_people": ("未覆盖 {} 人", "{} people out of reach"),
    "pocket_rank": ("第 {} 大片区", "no. {} by size"),
    "pockets_left": (
        "图上画出最大的 {} 片;另有 {} 片(共 {} 人)未画出,表中已计入。",
        "The {} largest are drawn; {} more ({} people) are not, but are counted in the table.",
    ),
    "pockets_more": ("另有 {} 片", "{} more"),
    "pocket_cells": (
        "片区由有未覆盖人口的人口格网组成;边缘格网中可能有人已覆盖。",
        "Pockets are population cells with people out of reach; in those on the edge some people may be in reach.",
    ),
    "citation": ("依据", "Source"),
    "document": ("文件", "Document"),
    "clause": ("条款", "Clause"),
    "key_phrase": ("关键词", "Key phrase"),
    "method": ("方法", "Method"),
    "applies": ("适用", "Applies to"),
    "norm_note": ("标准说明", "About the norm"),
    "note": ("备注", "Note"),
    "standard": ("标准值", "Standard"),
    "whole_area": ("全区", "Whole area"),
    "sum_of_units": ("分单位合计", "Sum of units"),
    "net": ("按总量核算", "As one unit"),
    "unit": ("单位", "Unit"),
    "about_totals": (
        "分单位合计:各单位缺口相加,富余不抵补其他单位;按总量核算:全区视同一个单位。",
        "Sum of units: a surplus never covers another unit's gap. As one unit: it does.",
    ),
    "marks": (
        "「—」不适用,「…」缺数据,0 为零;≥ 至少,≤ 至多,「已知」仅为已知部分,可能更多或更少。",
        "“—” not applicable, “…” no data, 0 is zero; ≥ at least, ≤ at most, “known” of what is known, it may be more or less.",
    ),
    "filter": ("查找单位(名称或代码)", "Find a unit (name or code)"),
    "filter_status": ("按状态筛选", "Filter by status"),
    "known": MARKS["known_only"],
    "code": ("代码", "Code"),
    "name": ("名称", "Name"),
    "people": ("常住人口(人)", "Residents (persons)"),
    "shown": ("显示 {} 行,共 {} 行", "{} of {} rows shown"),
    "csv": ("下载本表 CSV", "Download these rows (CSV)"),
    "csv_unit": ("下载该单位 CSV", "Download this unit (CSV)"),
    "choose_unit": (
        "在地图或列表中选一个单位,查看它的全部结果和条款。",
        "Choose a unit on the map or in the table to see all of its findings and their clauses.",
    ),
    "close": ("关闭", "Close"),
    "show_norm": ("在图上显示", "Show on the map"),
    "zoom_to": ("缩放到该单位", "Zoom to the unit"),
    "belongs": ("上级", "Part of"),
    "only_short": ("只看未达标", "Only what is short"),
    "nothing_short": ("没有未达标的结果。", "Nothing is short."),
    "rollup": ("汇总方式", "Roll-up"),
    "standard_set_here": ("本表设定,非文件规定", "set here, not by a document"),
    "no_data_norm": ("缺数据", "no data"),
    "not_open": ("数据时点未运营", "not open on the data date"),
    "about_page": ("关于本页", "About this page"),
    "offline": (
        "本页为单个文件,不联网即可打开。",
        "This page is one file; it opens without a network.",
    ),
    "made_by": (
        "由 capacity {} 生成。地图:Leaflet 1.9.4。",
        "Made by capacity {}. Map: Leaflet 1.9.4.",
    ),
    "no_script": (
        "本页需要启用 JavaScript;表格见同一文件夹的 shortfalls.xlsx。",
        "This page needs JavaScript; the tables are in shortfalls.xlsx in the same folder.",
    ),
    "warnings": (
        "数据质量:{} 条警告,见 quality.csv 和工作簿。",
        "Data quality: {} warnings; see quality.csv and the workbook.",
    ),
    "doubted_place": (
        "坐标存疑:{}({})。",
        " Coordinates in doubt: {} ({}).",
    ),
}
"""Words by key: Chinese and English; ``{}`` is a number put in."""
