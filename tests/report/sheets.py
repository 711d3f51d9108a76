"""Reading the workbook back: which finding each cell is of, told from the printed words alone."""

import re

from capacity.report.labels import MEASURES
from capacity.vocabulary import GROUPS

TITLE, LINE, TOP, HEAD, CODES, FIRST = 1, 2, 3, 4, 5, 6
FIGURES = {
    "标准": "standard",
    "应有": "required",
    "应有托位": "required",
    "社区应有机构": "required",
    "现有": "existing",
    "现有托位": "existing",
    "达规模机构": "existing",
    "综合养老服务中心": "existing",
    "有养老设施": "existing",
    "有日间照料中心": "existing",
    "覆盖人口": "existing",
    "计入容量的覆盖": "existing",
    "覆盖但无托位": "existing",
    "未覆盖": "existing",
    "缺口": "shortfall",
    "需增": "shortfall",
    "缺达规模机构的社区": "shortfall",
    "富余": "surplus",
    "占比": "share",
    "覆盖率": "share",
    "覆盖人口占比": "share",
    "覆盖0—3岁占比": "share",
    "覆盖60岁及以上占比": "share",
    "计入容量的覆盖占比": "share",
    "状态": "status",
    "户数": "base_value",
    "规划人口": "base_value",
    "托位或学位": "base_value",
    "总数": "base_value",
    "需求": "base_value",
    "人口": "base_value",
    "单位数": "base_value",
    "社区(村)数": "base_value",
    "村数": "base_value",
    "设施数": "base_value",
    "小区数": "base_value",
    **{zh: "base_value" for zh, _ in GROUPS.values()},
}
OF_MEASURE = {
    "覆盖0—3岁占比": "under_3",
    "覆盖60岁及以上占比": "age_60_plus",
    "计入容量的覆盖占比": "capacity_limited",
}
NO_FINDING = (
    "其中:普惠",
    "其中:公办和公建民营",
    "每千人口托位",
    "床位",
    "其中:养老机构",
    "其中:护理型",
    "最大机构托位",
)
SHARES = {"convert": "占比(存量调整)", "build": "占比(新增)"}
ROLLUPS = {
    "合计(分单位合计)": ("sum_of_units",),
    "其中:街道小计": ("street",),
    "其中:乡镇小计": ("township",),
}
STATUSES = {
    "met": "达标",
    "short": "未达标",
    "reported": "仅报告",
    "not_applicable": "不适用",
    "no_data": "缺数据",
}


def unit_sheets(book):
    """Sheets with a row per unit."""
    return [sheet for sheet in book if sheet.cell(TOP, 2).value == "单位代码"]


def own_sheets(book):
    """Lists of norms of the whole unit."""
    return [sheet for sheet in book if sheet.cell(TOP, 4).value == "统计内容"]


def norms_by_number(book, result):
    """Number in the overview → norm id."""
    ids = {}
    for norm in result.norms.norms:
        ids.setdefault((norm.name_zh, norm.source.citation, float(norm.value)), norm.id)
    return {
        f"[{int(row[0])}]": ids[row[2], row[5], row[3]]
        for row in book["表0"].iter_rows(min_row=FIRST, values_only=True)
        if isinstance(row[0], (int, float))
    }


def columns_of(sheet, norms, measures):
    """Column → (norm id, measure, figure), for every column that shows a finding."""
    found, title = {}, None
    for column in range(6, sheet.max_column):
        title = sheet.cell(TOP, column).value or title
        head = re.split(r"\n", sheet.cell(HEAD, column).value or "")[0]
        if not head or head in NO_FINDING:
            continue
        top = title.split("\n")[0]
        norm_id = norms[re.search(r"\[\d+\]", top)[0]]
        measure = _measure(top, head, measures[norm_id])
        hectares = "公顷" in sheet.cell(HEAD, column).value
        below = title.endswith("所辖单位合计")
        found[column] = (norm_id, measure, "hectares" if hectares else FIGURES[head], below)
    return found


def _measure(top, head, measures):
    named = {zh: name for name, (zh, _) in MEASURES.items()} | {
        "建筑面积(按建筑面积理解)": "floor_area_m2",
        "学位": "places",
    }
    if head in OF_MEASURE:
        return OF_MEASURE[head]
    if " · " in top:
        return named[top.split(" · ")[1]]
    return next(m for m in measures if m in measures and m != "build")


def rollups_of(label, code, root, name, *, below):
    """Findings rows that a row of a unit table may show, told from its label."""
    if code != root and below:
        return ("sum_of_units",)
    if code != root:
        return ("unit", "sum_of_units")
    row = label.split("([")[0]  # a subtotal says of which norms it is no part of the total
    if row in ROLLUPS:
        return ROLLUPS[row]
    return ("unit",) if label == name else ("net",)
