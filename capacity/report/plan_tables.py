"""The tables of a plan: columns, rows and notes, for its workbook and its page alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from capacity.findings import PARTS, ROLLUPS, STATUSES
from capacity.inputs.sites import RULES
from capacity.report.labels import (
    AREAS,
    MARKS,
    QUANTITIES,
    SECONDARY,
    label,
    measure_name,
    norm_name,
)
from capacity.report.plan_words import (
    REASONS,
    UNCOUNTED,
    check_words,
    in_unit,
    norm_words,
    size_name,
    summary_lines,
    words_of,
)
from capacity.report.text import clean
from capacity.report.workbook.cells import Cell, figure
from capacity.report.workbook.sheet import Column, Line
from capacity.siting.answers import BALANCE, COVERAGE, EACH, UNITS
from capacity.vocabulary import (
    ACQUISITIONS,
    FACILITY_TYPES,
    OPERATORS,
    SERVICES,
    UNIT_TYPES,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from capacity.norms.model import Norm
    from capacity.report.labels import Language, Pair
    from capacity.siting.plan import Plan
    from capacity.siting.scenario import Comparison

_LISTED: Final = 5000
_NAME: Final = 1
_PLACES: Final = 8
"""Column of places in the table of proposals."""
_COST: Final = 12
"""Column of costs there."""
_POINTS: Final = 40
"""About so many points of a curve are listed."""

Filled = tuple[list[Column], list[Line], list[str]]
"""Columns, rows and notes of a table."""
_Heads = list[tuple["Pair", float, bool]]


def _text(value: object) -> Cell:
    return Cell(clean(value), "text")


def _value(value: float, style: str) -> Cell:
    return Cell("—", "mark") if value != value else Cell(float(value), style)  # noqa: PLR0124  # NaN


def _head(heads: Iterable[tuple[Pair, float, bool]], language: Language) -> list[Column]:
    return [Column(label(pair, language), width=wide, text=text) for pair, wide, text in heads]


_PROPOSAL_HEADS: Final[_Heads] = [
    (("编号", "id"), 12, True),
    (("地块或房屋", "site"), 18, True),
    (("领域", "service"), 10, True),
    (("设施类型", "type"), 18, True),
    (("运营方式", "operator"), 12, True),
    (("取得方式", "come by"), 10, True),
    (("街道(乡镇)", "street or township"), 20, True),
    (("社区(村)", "community or village"), 20, True),
    (("托位(个)", "places"), 12, False),
    (("床位(张)", "beds"), 10, False),
    (("用地面积(㎡)", "land (m²)"), 12, False),
    (("建筑面积(㎡)", "floor area (m²)"), 12, False),
    (("造价", "cost"), 14, False),
    (("新纳入服务范围人口(人)", "people newly in reach"), 14, False),
    (("补足的标准", "norms it counts for"), 44, True),
]


def proposals(plan: Plan, by_id: dict[str, Norm], language: Language) -> Filled:
    """List the new facilities."""
    lines = []
    for one in plan.proposals.drop(columns="geometry").to_dict("records"):
        norms = "\n".join(norm_name(by_id[norm_id], language) for norm_id in one["counts_for"])
        cells = [
            _text(one["facility_id"]),
            _text(one["name"] or one["candidate_id"]),
            _text(words_of(SERVICES, one["service"], language)),
            _text(words_of(FACILITY_TYPES, one["facility_type"], language)),
            _text(words_of(OPERATORS, one["operator"], language)),
            _text(words_of(ACQUISITIONS, one["acquisition"], language)),
            _text(one["street_name"]),
            _text(one["community_name"]),
            _value(one["places"], "count"),
            _value(one["beds"], "count"),
            _value(one["land_area_m2"], "area"),
            _value(one["floor_area_m2"], "area"),
            _value(one["cost"] if one["cost"] > 0 else np.nan, "amount"),
            _value(one["new_people"], "count"),
            Cell(norms, "text"),
        ]
        lines.append(Line(tuple(cells)))
    zh = "「新纳入服务范围人口」为该点服务范围内、现状未被任何设施覆盖的居民;同一居民可被多个新增点覆盖。"
    en = (
        "People newly in reach: in reach of the proposal and of no existing facility; several "
        "proposals may reach the same people."
    )
    columns = _head(_PROPOSAL_HEADS, language)
    services = [str(one.service) for one in plan.settings.build]
    places = size_name("places", services, language)
    unit = plan.settings.cost_unit
    columns[_COST] = Column(label(in_unit(_PROPOSAL_HEADS[_COST][0], unit), language), width=14)
    columns[_PLACES] = Column(label((f"{places}(个)", places), language), width=12)
    said = [i for i in range(len(columns)) if not _unsaid(lines, i)]
    shown = [Line(tuple(line.cells[i] for i in said), line.emphasis) for line in lines]
    notes = [label((zh, en), language)]
    if plan.proposals["new_people"].isna().any():
        notes.append(label(UNCOUNTED, language))
    if plan.proposals["cost"].gt(0).any() and not unit:
        notes.append(label(_COST_UNIT, language))
    return [columns[i] for i in said], shown, notes


_COST_UNIT: Final[Pair] = (
    '造价与 area.toml 和候选点表中所填造价的单位相同;写明 siting.cost_unit(如 "万元")即印在各表中。',
    (
        "Costs are in the unit of those in area.toml and in the lists of candidates; siting.cost_unit "
        '(such as "万元") prints it in every table.'
    ),
)


def _unsaid(lines: Sequence[Line], column: int) -> bool:
    """Whether a column holds nothing, or the same as the column of ids before it."""
    cells = [line.cells[column] for line in lines]
    again = column == _NAME and all(
        line.cells[_NAME].value == line.cells[_NAME - 1].value for line in lines
    )
    return again or all(cell.style == "mark" or cell.value == "" for cell in cells)


_CHANGE_HEADS: Final[_Heads] = [
    (("单位代码", "unit code"), 14, True),
    (("单位名称", "unit"), 22, True),
    (("类型", "type"), 8, True),
    (("汇总方式", "roll-up"), 12, True),
    (("标准", "norm"), 34, True),
    (("统计内容", "measure"), 16, True),
    (("应有", "required"), 10, False),
    (("现有", "existing"), 10, False),
    (("方案后", "with the plan"), 10, False),
    (("现状缺口", "shortfall now"), 10, False),
    (("方案后缺口", "shortfall then"), 10, False),
    (("现状覆盖率", "share now"), 10, False),
    (("方案后覆盖率", "share then"), 10, False),
    (("现状结论", "status now"), 10, False),
    (("方案后结论", "status then"), 10, False),
]


def changes(plan: Plan, by_id: dict[str, Norm], language: Language) -> Filled:
    """List every finding of the chosen norms without and with the plan."""
    lines = []
    rows = plan.changes
    shown = rows[~rows["status_before"].eq("not_applicable") & ~rows["measure"].isin(SECONDARY)]
    order = {norm_id: n for n, norm_id in enumerate(plan.settings.norms)}
    shown = shown.iloc[np.argsort(shown["norm_id"].map(order), kind="stable")]
    for one in shown.to_dict("records"):
        cells = [
            _text(one["unit_code"]),
            _text(one["unit_name"]),
            _text(words_of(UNIT_TYPES, one["unit_type"], language)),
            _text(words_of(ROLLUPS, one["rollup"], language)),
            _text(norm_name(by_id[one["norm_id"]], language)),
            _text(measure_name(one["measure"], one["service"], language)),
            *(_finding(one, name, when, _style(one)) for name, when in _CHANGE_NUMBERS),
            _finding(one, "share", "before", "share"),
            _finding(one, "share", "after", "share"),
            *(_status(one[f"status_{when}"], language) for when in ("before", "after")),
        ]
        lines.append(Line(tuple(cells), "total" if one["rollup"] != "unit" else ""))
    zh = "方案后各栏由同一评估程序把新增设施与现有设施一并重新计算得出;参考性统计见 before_after.csv。"
    en = (
        "The columns with the plan are computed anew by the same assessment; secondary measures are "
        "in before_after.csv."
    )
    return _head(_CHANGE_HEADS, language), lines, [label((zh, en), language)]


_CHANGE_NUMBERS: Final = (
    ("required", "before"),
    ("existing", "before"),
    ("existing", "after"),
    ("shortfall", "before"),
    ("shortfall", "after"),
)


def _style(one: Mapping[Any, Any]) -> str:
    """Write areas and the places that people get with a decimal, whatever is counted without."""
    return "area" if one["measure"] in {*AREAS, *PARTS} else "count"


def _finding(one: Mapping[Any, Any], name: str, when: str, style: str) -> Cell:
    """Write a number as the shortfall tables do: with ≥ or ≤ where it is a bound, … without data."""
    value = one[name] if name == "required" else one[f"{name}_{when}"]
    status, note = one[f"status_{when}"], one[f"note_{when}"]
    if status not in STATUSES:
        return Cell("—", "mark")
    return figure({name: value, "status": status, "note": str(note)}, name, style)


_STYLES: Final[dict[str, str]] = {
    "met": "met",
    "short": "short",
    "reported": "reported",
    "not_applicable": "not_applicable",
    "no_data": "no_data",
}


def _status(status: object, language: Language) -> Cell:
    if status not in STATUSES:
        return Cell("—", "mark")
    return Cell(label(STATUSES[str(status)], language), _STYLES[str(status)])


def unmet(plan: Plan, by_id: dict[str, Norm], language: Language) -> Filled:
    """List what is left, and why."""
    heads: _Heads = [
        (("单位代码", "unit code"), 14, True),
        (("单位名称", "unit"), 22, True),
        (("标准", "norm"), 40, True),
        (("需要", "needed"), 12, False),
        (("方案提供", "given"), 12, False),
        (("仍缺", "left"), 12, False),
        (("原因", "reason"), 36, True),
    ]
    lines = [
        Line(
            (
                _text(one["unit_code"] if one["unit_code"] != "*" else plan.before.area.code),
                _text(one["unit_name"] or plan.before.area.name),
                _text(norm_name(by_id[one["norm_id"]], language)),
                *(_value(one[name], _style(one)) for name in ("needed", "gives", "left")),
                _text(words_of(REASONS, one["reason"], language)),
            )
        )
        for one in plan.unmet.to_dict("records")
    ]
    notes = []
    if plan.unmet.empty:
        notes.append(label(("没有未能满足的缺口。", "Nothing is left unmet."), language))
    for one in plan.unknown.head(_LISTED).to_dict("records"):
        name = norm_name(by_id[one["norm_id"]], language)
        zh = f"缺数据,方案未作安排:{one['unit_name']} {name}"
        notes.append(label((zh, f"no data, nothing planned: {one['unit_name']} {name}"), language))
    return _head(heads, language), lines, notes


def checks(plan: Plan, _by_id: dict[str, Norm], language: Language) -> Filled:
    """Count the checks by what was checked."""
    heads: _Heads = [
        (("校核内容", "check"), 44, True),
        (("项数", "number"), 8, False),
        (("通过", "passed"), 8, False),
    ]
    counts = plan.checks.groupby("check", sort=False)["passed"].agg(["size", "sum"])
    lines = [
        Line(
            (
                _text(check_words(str(name), language)),
                Cell(float(row["size"]), "count"),
                Cell(float(row["sum"]), "count"),
            )
        )
        for name, row in counts.iterrows()
    ]
    zh = "校核不使用求解模型:距离、数量、面积、合计均重新计算;逐项见 checks.csv。"
    en = "The checks use nothing of the model; each is a row of checks.csv."
    return _head(heads, language), lines, [label((zh, en), language)]


def summary(plan: Plan, _by_id: dict[str, Norm], language: Language) -> Filled:
    """Say the plan in a few lines."""
    heads: _Heads = [
        (("序号", "no."), 8, False),
        (("内容", "what"), 100, True),
        (("备注", "remarks"), 20, True),
    ]
    lines = [
        Line((Cell(float(i), "count"), _text(text), _text("")))
        for i, text in enumerate(summary_lines(plan, language), start=1)
    ]
    zh = "本方案为测算建议,不是选址决定;用地、权属、规划条件须另行核实。现有设施全部保留。"
    en = (
        "A computed proposal and no decision; land, ownership and planning conditions are to be "
        "looked at. All existing facilities stay."
    )
    return _head(heads, language), lines, [label((zh, en), language)]


def norms(plan: Plan, by_id: dict[str, Norm], language: Language) -> Filled:
    """Give one row for each chosen norm: what the plan changes."""
    heads: _Heads = [
        (("标准", "norm"), 34, True),
        (("统计内容", "measure"), 16, True),
        (("要求", "asked"), 10, False),
        (("现状缺口单位", "units short now"), 12, False),
        (("方案后缺口单位", "units short then"), 12, False),
        (("现状缺口", "lacking now"), 12, False),
        (("方案后缺口", "lacking then"), 12, False),
        (("原缺数据单位方案后显出的缺口", "lacking then, no data before"), 14, False),
        (("现状比例", "share now"), 10, False),
        (("方案后比例", "share then"), 10, False),
        (("缺数据单位", "units without data"), 10, False),
        (("说明", "in words"), 60, True),
    ]
    lines = []
    for one in plan.norms.to_dict("records"):
        norm = by_id[str(one["norm_id"])]
        measure = (
            measure_name(str(one["measure"]), norm.service, language) if one["measure"] else ""
        )
        unit = label(QUANTITIES.get(str(one["measure"]), ("", "")), language)
        shown = f"{measure}({unit})" if unit and one["answer"] not in {COVERAGE, UNITS} else measure
        name = norm_name(norm, language)
        style = "short" if one["short_after"] > 0 else "count"
        cells = [
            _text(name),
            _text(shown),
            _value(one["target"], "share"),
            _value(one["short_before"], "count"),
            _value(one["short_after"], style),
            *(_lacking(one, f"lacking_{w}", f"bound_{w}") for w in ("before", "after")),
            _lacking(one, "newly_lacking", "newly_bound")
            if one["newly_short"]
            else Cell("—", "mark"),
            _value(one["share_before"], "share"),
            _value(one["share_after"], "share"),
            Cell(float(one["unknown"]), "count") if one["answer"] != EACH else Cell("—", "mark"),
            _text(norm_words(plan, norm, one, language)),
        ]
        lines.append(Line(tuple(cells)))
    zh = (
        "「缺口单位」为现状有结论的街道(乡镇)、社区(村)等中未达标者;「缺口」为其缺口之和,富余不相抵;"
        "原缺数据、方案后显出的缺口另列,前后对比表的分单位合计两者都计。≥ 至少,≤ 至多,「已知」仅为已知部分。"
    )
    en = (
        "Lacking: the sum over the units with a verdict now that are short; what others have to spare "
        "does not count. What units without data before lack then stands beside it; the sums before and "
        "after count both. ≥ at least, ≤ at most, “known” of what is known."
    )
    notes = [label((zh, en), language)]
    if plan.norms["answer"].isin([BALANCE]).any():
        zh = "占比类标准的缺口为:新增的全部计入时须新增的数量。"
        en = "What a share lacks is what must be built if all of it counts."
        notes.append(label((zh, en), language))
    return _head(heads, language), lines, notes


def _lacking(one: Mapping[Any, Any], name: str, bound: str) -> Cell:
    """Write a sum of shortfalls with the mark of a bound."""
    value = float(one[name])
    if not value > 0:
        return _value(value, _style(one))
    return Cell(value, _style(one), bound=MARKS[str(one[bound])])


def compounds(plan: Plan, by_id: dict[str, Norm], language: Language) -> Filled:
    """List the compounds that lack rooms in the order in which to equip them."""
    unit = plan.settings.cost_unit
    heads: _Heads = [
        (("序号", "order"), 6, False),
        (("小区", "compounds"), 40, True),
        (("编号", "ids"), 24, True),
        (("街道(乡镇)", "street or township"), 20, True),
        (("户数", "households"), 10, False),
        (("应有(㎡)", "required (m²)"), 10, False),
        (("现有(㎡)", "existing (m²)"), 10, False),
        (("缺口(㎡)", "lacking (m²)"), 10, False),
        (("不合并时缺口(㎡)", "lacking without pooling (m²)"), 12, False),
        (("取得方式", "come by"), 10, True),
        (in_unit(("造价", "cost"), unit), 10, False),
        (("资金内", "within budget"), 8, True),
        (in_unit(("累计造价", "cost so far"), unit), 10, False),
        (("累计补足(㎡)", "made up so far (m²)"), 12, False),
    ]
    settings = plan.settings.compounds
    units = plan.before.area.units
    names = dict(zip(units["unit_code"], units["unit_name"], strict=True))
    yes, no = label(("是", "yes"), language), label(("否", "no"), language)
    lines = [
        Line(
            (
                Cell(float(one["order"]), "count"),
                _text(one["names"]),
                _text(" ".join(one["compounds"])),
                _text(names.get(one["street_code"], one["street_code"])),
                _value(one["households"], "count"),
                *(_value(one[n], "area") for n in ("required", "existing", "shortfall")),
                _value(one["by_themselves"], "area"),
                _text(words_of(ACQUISITIONS, one["way"], language)),
                _value(one["cost"], "amount"),
                _text(yes if one["taken"] else no),
                _value(
                    one["cost_so_far"] if one["cost"] == one["cost"] else np.nan, "amount"
                ),  # NaN
                _value(one["shortfall_so_far"], "area"),
            )
        )
        for one in plan.compounds.to_dict("records")
    ]
    if settings is None:
        return _head(heads, language), lines, []
    rule = label(RULES[settings.rule], language)
    notes = [
        label(
            (
                f"依据:{norm_name(by_id[settings.norm], 'zh')};排序:{rule}。",
                f"Norm: {norm_name(by_id[settings.norm], 'en')}; order: {rule}.",
            ),
            language,
        ),
        label(
            (
                "文件未规定小区合并配建;本表未合并。",
                "The documents do not mention pooling; nothing is pooled.",
            )
            if settings.pooling_m is None
            else _pooled(settings.pooling_m),
            language,
        ),
    ]
    if plan.compounds["cost"].gt(0).any() and not unit:
        notes.append(label(_COST_UNIT, language))
    lost = plan.before.compounds
    lost = lost[lost["norm_id"].eq(settings.norm) & lost["status"].eq("no_data")]
    if len(lost):
        zh = f"另有 {len(lost)} 个小区缺数据,未列入。"
        notes.append(label((zh, f"{len(lost)} compounds without data are not listed."), language))
    return _head(heads, language), lines, notes


def _pooled(metres: float) -> Pair:
    zh = f"文件未规定小区合并配建;本表按设定,将同街道间距不超过 {metres:g} 米的小区合并。"
    en = "The documents do not mention pooling; as set here, compounds of a street at most "
    return zh, f"{en}{metres:g} m apart are pooled."


def curves(plan: Plan, by_id: dict[str, Norm], language: Language) -> Filled:
    """List what one new site after the other brings, and what it costs."""
    heads: _Heads = [
        (("标准", "norm"), 30, True),
        (("新增设施数", "new facilities"), 10, False),
        (in_unit(("累计造价", "cost so far"), plan.settings.cost_unit), 12, False),
        (("覆盖人口(人)", "people in reach"), 14, False),
        (("末一处新增(人)", "added by the last"), 12, False),
        (("覆盖率", "share"), 10, False),
        (("不可能超过", "no choice exceeds"), 10, False),
        (("备注", "remarks"), 24, True),
    ]
    shown = plan.curve if plan.cost_curve.empty else plan.cost_curve
    along = "n_sites" if plan.cost_curve.empty else "cost"
    bends = plan.knees[plan.knees["along"].eq(along)].set_index("norm_id")["n_sites"]
    lines = []
    for norm_id, own in shown.groupby("norm_id", sort=False):
        bend = int(bends.get(norm_id, -1))
        step = max(1, len(own) // _POINTS)
        last = int(own["n_sites"].iloc[-1])
        kept = own[own["n_sites"].mod(step).eq(0) | own["n_sites"].isin([1, bend, last])]
        for one in kept.to_dict("records"):
            word = label(("由此收益明显下降", "the next stops paying"), language)
            cells = [
                _text(norm_name(by_id[str(norm_id)], language)),
                _value(one["n_sites"], "count"),
                _value(one["cost"], "amount"),
                _value(one["people"], "count"),
                _value(one["added"], "count"),
                _value(one["share"], "share"),
                _value(one["share_at_most"], "share"),
                _text(word if one["n_sites"] == bend else ""),
            ]
            lines.append(Line(tuple(cells), "total" if one["n_sites"] == bend else ""))
    zh = "只看服务圈,逐个增设收益最大的一处;其他标准不计。逐处数据见 curve.csv、cost_curve.csv。"
    en = "The circle alone, the best site after the other; every point is in the CSV files."
    return _head(heads, language), lines, [label((zh, en), language)]


def unreached(plan: Plan, by_id: dict[str, Norm], language: Language) -> Filled:
    """Add up by unit the people whom no candidate reaches."""
    heads: _Heads = [
        (("标准", "norm"), 34, True),
        (("单位代码", "unit code"), 14, True),
        (("单位名称", "unit"), 26, True),
        (("任何候选点都服务不到(人)", "people in reach of no candidate"), 18, False),
        (("格网数", "cells"), 10, False),
    ]
    units = plan.before.area.units
    names = dict(zip(units["unit_code"], units["unit_name"], strict=True))
    lines = [
        Line(
            (
                _text(norm_name(by_id[one["norm_id"]], language)),
                _text(one["unit_code"]),
                _text(names.get(one["unit_code"], "")),
                _value(one["people"], "count"),
                _value(one["cells"], "count"),
            )
        )
        for one in plan.unreached_units.to_dict("records")
    ]
    zh = "要服务到这些居民,须补充候选点或减小 siting.spacing_m;逐格见 unreached.csv,位置见图。"
    en = "More candidates or a smaller siting.spacing_m would reach them; cells are in unreached.csv."
    return _head(heads, language), lines, [label((zh, en), language)] if lines else []


def scenarios(plan: Plan, comparison: Comparison, language: Language) -> Filled:
    """Lay the chosen norms side by side under each scenario, with the difference from today."""
    heads: _Heads = [
        (("单位代码", "unit code"), 14, True),
        (("单位名称", "unit"), 22, True),
        (("汇总方式", "roll-up"), 12, True),
        (("标准", "norm"), 34, True),
        (("统计内容", "measure"), 16, True),
    ]
    columns = _head(heads, language)
    words = ((("缺口或比例", "lacking or share"), 12.0), (("较现状", "from now"), 10.0))
    now = label(("现状", "now"), language)
    columns.append(Column(label(words[0][0], language), group=now, width=12))
    for name in comparison.names:
        columns += [Column(label(p, language), group=clean(name), width=w) for p, w in words]
    by_id = {norm.id: norm for norm in plan.before.norms.norms}
    table = comparison.table
    table = table[table["norm_id"].isin(plan.settings.norms) & ~table["measure"].isin(SECONDARY)]
    lines = []
    for one in table.to_dict("records"):
        coverage = (
            by_id[one["norm_id"]].kind.startswith("coverage_")
            and one["share now"] == one["share now"]
        )  # NaN
        what, style = ("share", "share") if coverage else ("shortfall", _style(one))
        if not any(
            one[f"{what} {name}"] == one[f"{what} {name}"] for name in ("now", *comparison.names)
        ):  # NaN
            continue
        cells = [
            _text(one["unit_code"]),
            _text(one["unit_name"]),
            _text(words_of(ROLLUPS, one["rollup"], language)),
            _text(norm_name(by_id[one["norm_id"]], language)),
            _text(measure_name(one["measure"], one["service"], language)),
            _under(one, what, "now", style),
        ]
        for name in comparison.names:
            change = _signed(one[f"{what} change {name}"], style)
            cells += [_under(one, what, name, style), change]
        lines.append(Line(tuple(cells), "total" if one["rollup"] != "unit" else ""))
    zh = (
        "服务圈为覆盖率,其余为缺口;「较现状」为该情景减现状,缺口增加、覆盖率下降为变差。"
        "≥ 至少,≤ 至多,「已知」仅为已知部分,这时「较现状」也只是已知部分之差;… 缺数据。"
    )
    en = (
        "Shares in reach for circles, else what is lacking; differences are from today. ≥ at least, "
        "≤ at most, “known” of what is known, and so is then the difference; … no data."
    )
    notes = [label((zh, en), language)]
    own = comparison.totals[comparison.totals["norm_id"].isin(plan.settings.norms)]
    if own["unknown"].gt(0).any():
        zh = "图中合计只计各情景下数据齐全的同一批单位。"
        notes.append(label((zh, "Totals in the figure are of units known throughout."), language))
    if comparison.stacked:
        zh = "情景逐项叠加:每一情景都在前一情景的基础上。"
        notes.append(label((zh, "Scenarios are stacked: each stands on the one before."), language))
    return columns, lines, notes


def _under(one: Mapping[Any, Any], what: str, name: str, style: str) -> Cell:
    """Write a number under a scenario, with ≥, ≤ or 已知 where it is a bound, … without data."""
    status = one[f"status {name}"]
    if status not in STATUSES:
        return Cell("—", "mark")
    row = {what: one[f"{what} {name}"], "status": status, "note": str(one[f"note {name}"])}
    return figure(row, what, style)


def _signed(value: float, style: str) -> Cell:
    """Write a difference with its sign."""
    if value != value:  # noqa: PLR0124  # NaN
        return Cell("—", "mark")
    return Cell(float(value), style, bound=("+", "+") if value > 0 else ("", ""))
