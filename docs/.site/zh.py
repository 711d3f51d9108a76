"""Chinese pages that are made from the library: messages and their mends, keys of area.toml.

Run as a script, it writes them into docs/zh; tests/docs/test_zh.py compares what is there.
"""

import re
from pathlib import Path

from capacity.problems import PROBLEMS
from capacity.vocabulary import FACILITY_TYPES, FIGURES, SERVICES

ROOT = Path(__file__).parents[2]
MARK = "<!-- 以下表格由 docs/.site/zh.py 生成,不要手改 -->"

GROUPS = {
    "设置文件 area.toml": ("config", "study_area"),
    "文件、图层、字段": ("file", "layer", "columns", "raster"),
    "坐标": ("crs", "points"),
    "表格单元格": ("table",),
    "街道、乡镇、社区、村": ("units",),
    "人口": ("population", "census"),
    "设施": ("facilities", "allocation"),
    "规划项目": ("planned",),
    "小区": ("compounds",),
    "指标": ("figures",),
    "步行路网": ("walking",),
    "选址": ("siting", "sites", "candidates", "forbidden", "scenario"),
    "表样": ("template",),
    "分区计算": ("parts",),
    "两次结果对比": ("compare",),
    "输出文件夹和软件包": ("output", "extra"),
}
"""Heading → first parts of the codes below it."""

TABLES = {
    "研究区 `[study_area]`": ("study_area",),
    "人口 `[population]`": ("population", "bands"),
    "统计单元 `[[units]]`": ("units",),
    "设施 `[[facilities]]`、规划项目 `[[planned]]`": ("facilities",),
    "小区 `[[compounds]]`": ("compounds",),
    "指标 `[[figures]]`": ("figures",),
    "官方总数 `[[census]]`": ("census",),
    "步行路网 `[walking]`": ("walking",),
    "候选点 `[[candidates]]`": ("candidates",),
    "选址方案 `[siting]`": ("siting",),
    "计算参数 `[parameters]`": ("parameters",),
}
"""Heading → first parts of the keys below it."""

_ROW = re.compile(r"^\| `([a-z_.0-9]+)` \| (.*) \| (.*) \|$", re.MULTILINE)


def errors():
    """Lay every problem out: what it is called in the outputs, how to mend it, its code."""
    parts = []
    for title, heads in GROUPS.items():
        rows = [
            (problem, mend.replace("[[", "`[[").replace("]]", "]]`"), f"`{code}`")
            for code, (problem, mend) in PROBLEMS.items()
            if code.partition(".")[0] in heads
        ]
        parts.append(table(f"## {title}", ("问题", "改法", "代码"), rows))
    return parts


def keys():
    """Lay the keys of area.toml out with what docs/area-toml.md calls them in Chinese."""
    page = (ROOT / "docs" / "area-toml.md").read_text(encoding="utf-8")
    found = dict.fromkeys((key, zh) for key, _, zh in _ROW.findall(page) if "." in key)
    parts = ["## 全部设置项"]
    for title, heads in TABLES.items():
        rows = [(f"`{key}`", zh) for key, zh in found if key.partition(".")[0] in heads]
        parts.append(table(f"### {title}", ("设置项", "含义"), rows))
    services = [(f"`{key}`", zh) for key, (zh, _) in SERVICES.items()]
    parts.append(table("## 设施类别", ("代码", "名称"), services))
    types = [(f"`{key}`", zh, SERVICES[of][0]) for key, (zh, _, of) in FACILITY_TYPES.items()]
    parts.append(table("## 设施类型", ("代码", "名称", "类别"), types))
    figures = [(f"`{key}`", zh) for key, (zh, *_) in FIGURES.items()]
    parts.append(table("## 指标", ("代码", "名称"), figures))
    return parts


def table(title, heads, rows):
    """Write a heading and a table below it."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join([f"{title}\n", *(f"| {' | '.join(line)} |" for line in lines)])


MADE = {"errors.md": errors, "area-toml.md": keys}


def page(name):
    """Give a page as it should be: what is written by hand above the mark, then what is made."""
    written, mark, _ = (ROOT / "docs" / "zh" / name).read_text(encoding="utf-8").partition(MARK)
    if not mark:
        raise ValueError(f"{name} has no line {MARK}")
    return "\n\n".join([f"{written}{MARK}", *MADE[name]()]) + "\n"


if __name__ == "__main__":
    for made in MADE:
        (ROOT / "docs" / "zh" / made).write_text(page(made), encoding="utf-8")
