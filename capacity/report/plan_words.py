"""What a plan is called in words: for its workbook, its page, its figure and a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from capacity.exact import percent, plain, rounded
from capacity.inputs.sites import OBJECTIVES
from capacity.problems import PROBLEMS
from capacity.report.labels import MARKS, QUANTITIES, label, measure_name, norm_name
from capacity.report.text import clean, never_zero
from capacity.siting.answers import BALANCE, COVERAGE, EACH, UNITS
from capacity.siting.summary import compounds_bound
from capacity.vocabulary import AMOUNTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from capacity.norms.model import Norm
    from capacity.report.labels import Language, Pair
    from capacity.siting.plan import Plan

STATUS_WORDS: Final[dict[str, Pair]] = {
    "optimal": ("已证明最优", "proven to be the least"),
    "within gap": ("与最优的差距在允许范围内", "within the gap allowed of the least"),
    "time limit reached": ("到达时限,尚未证明最优", "time limit reached, not proven"),
    "time limit reached, no solution found": (
        "到达时限,未找到方案",
        "time limit reached, no plan found",
    ),
    "infeasible": ("约束互相冲突,无可行方案", "the constraints contradict each other"),
    "unbounded": ("无界", "unbounded"),
    "failed": ("求解失败", "the solver gave up"),
}
"""How the search ended, by the words of ``capacity.siting.solve``."""

REASONS: Final[dict[str, Pair]] = {
    "limits of sites, number or budget": (
        "受地块、数量或资金上限限制",
        "limits of sites, number or budget",
    ),
    "people whom no candidate reaches": (
        "有居民不在任何候选点服务范围内",
        "people whom no candidate reaches",
    ),
    "no candidate or size that would do": (
        "没有符合要求的候选点或规模",
        "no candidate or size that would do",
    ),
}
"""Why something is left unmet."""

CHECKS: Final[dict[str, Pair]] = {
    "size": ("规模在上下限内", "size between its least and most"),
    "land_area_m2": ("用地不超过地块面积", "land within the site"),
    "floor_area_m2": ("建筑面积不超过可用面积", "floor area within the site"),
    "on its site": ("位置与候选点一致", "stands on its site"),
    "forbidden areas": ("不在禁建区内", "outside forbidden areas"),
    "excluded": ("未用排除的候选点", "not on an excluded site"),
    "required": ("必选候选点已选", "required sites are built on"),
    "people in reach": (
        "服务范围内人口(按点位和直线距离重算)",
        "people in reach, counted from points",
    ),
    "in the unit": ("单元内新增数量(按边界重算)", "what is new in the unit, by its polygon"),
    "re-assessed": ("重新评估与方案一致", "the assessment with the plan agrees"),
    "existing stock unchanged": ("现有设施未改动", "existing facilities unchanged"),
    "number of facilities": ("设施数不超过上限", "number of facilities"),
    "budget": ("造价不超过上限", "budget"),
    "floor area lacking": ("小区缺口按户数重算", "floor area that compounds lack, from households"),
    "pool adjoins": ("合并配建的小区同街道且相邻", "pooled compounds adjoin, in one street"),
    "compound in one project": ("每个小区只列一次", "each compound stands in one project"),
    "budget of compounds": ("小区配建造价不超过上限", "budget of compounds"),
}
"""What was checked anew; sums and one of a service on a site have words of their own."""
_SUM: Final = ("目标值重新加总", "the objective added up anew")
_ONE: Final = ("每个候选点同类设施至多一处", "one facility of a service on a site")

UNCOUNTED: Final[Pair] = (
    "「—」:方案中没有适用于该处的服务圈标准,新纳入服务范围的人口不计。",
    "“—”: no circle norm of the plan applies there, so people newly in reach are not counted.",
)
"""Why a proposal has no people newly in reach."""
_SHOWN: Final = 12
_RATE: Final = 2
"""Decimals of a rate, as the workbook has."""


def summary_lines(plan: Plan, language: Language = "zh") -> list[str]:
    """Say a plan in a few lines.

    Parameters
    ----------
    plan
        What ``site`` gave.
    language
        ``zh`` or ``en``.

    Returns
    -------
    list of str
        How much is built, how good the plan is, which norms it brings where, and what is left.
    """
    return [
        *_head_lines(plan, language),
        *_norm_lines(plan, language),
        *capacity_lines(plan, language),
        *knee_lines(plan, language),
        *compound_lines(plan, language),
        *_left_lines(plan, language),
    ]


def _head_lines(plan: Plan, language: Language) -> Iterator[str]:
    if not plan.settings.norms:
        return
    proposals = plan.proposals
    parts = [
        label((f"新增设施 {len(proposals)} 处", f"new facilities: {len(proposals)}"), language)
    ]
    for name in ("places", "beds", "land_area_m2", "floor_area_m2"):
        for service, some in proposals.groupby("service", sort=False):
            total = float(some[name].sum())
            if total > 0:
                parts.append(
                    f"{size_name(name, [str(service)], language)} {_quantity(total, name, language)}"
                )
    cost = float(proposals["cost"].sum())
    if cost > 0:
        said = costs(cost, plan.settings.cost_unit, language)
        parts.append(f"{label(OBJECTIVES['cost'], language)} {said}")
    yield label((",", "; "), language).join(parts)
    objective = objective_name(plan, language)
    status = label(STATUS_WORDS.get(plan.status, (plan.status, plan.status)), language)
    if len(plan.unmet):
        status += label(
            ("(仅就候选点能满足的部分而言)", " (of what the candidates can give)"), language
        )
    if np.isfinite(plan.value):
        unit = f" {clean(plan.settings.cost_unit)}" if plan.objective == "cost" else ""
        value, bound = (f"{plain(number)}{unit}".rstrip() for number in (plan.value, plan.bound))
        zh = f"目标:{objective}最少 = {value},任何方案不少于 {bound},差距 {percent(plan.gap)},{status}"
        en = (
            f"objective: least {objective} = {value}, no plan beats {bound}, "
            f"gap {percent(plan.gap)}: {status}"
        )
        yield label((zh, en), language)
    else:
        yield label((f"没有方案:{status}", f"no plan: {status}"), language)


def _quantity(value: float, amount: str, language: Language) -> str:
    """Write an amount with its unit; in English the name of the amount says it."""
    shown = rounded(value, 0) if amount in {"places", "beds"} else never_zero(value, 0)
    unit = {"places": "个", "beds": "张"}.get(amount, "㎡")
    return label((f"{shown} {unit}", f"{shown}{' m²' if unit == '㎡' else ''}"), language)


def size_name(amount: str, services: Iterable[str], language: Language) -> str:
    """Name what a facility is sized in: places are 托位 of childcare and 学位 of education.

    Parameters
    ----------
    amount
        A word of ``AMOUNTS``.
    services
        Services of the facilities.
    language
        ``zh`` or ``en``.

    Returns
    -------
    str
        The name.

    Examples
    --------
    >>> size_name("places", ["education"], "zh"), size_name("beds", ["elder_care"], "zh")
    ('学位', '床位')
    """
    known = set(services)
    if amount == "places" and known:
        names = {measure_name(amount, service, language) for service in known}
        return names.pop() if len(names) == 1 else label(("托位或学位", "places"), language)
    return label(AMOUNTS[amount][:2], language).removesuffix("数")


def objective_name(plan: Plan, language: Language) -> str:
    """Name what a plan takes as little of as it can."""
    if plan.objective == "places":
        places = size_name("places", [one.service for one in plan.settings.build], language)
        return label((f"新增{places}", f"new {places}"), language)
    return label(OBJECTIVES[plan.objective], language)


def _norm_lines(plan: Plan, language: Language) -> Iterator[str]:
    by_id = {norm.id: norm for norm in plan.before.norms.norms}
    for one in plan.norms.to_dict("records"):
        norm = by_id[str(one["norm_id"])]
        name, words = norm_name(norm, language), norm_words(plan, norm, one, language)
        yield label((f"{name}:{words}", f"{name}: {words}"), language)


def norm_words(plan: Plan, norm: Norm, one: dict[Any, Any], language: Language) -> str:
    """Say what a plan changes for a norm.

    Parameters
    ----------
    plan
        What ``site`` gave.
    norm
        The norm.
    one
        Its row of ``Plan.norms``.
    language
        ``zh`` or ``en``.

    Returns
    -------
    str
        Before and after, with the marks of bounds, which units are short that had no data before, and
        how many have none.
    """
    zh, en = _change(norm, one)
    if one["newly_short"]:
        names = _newly_named(plan, norm.id)
        unit_zh, unit_en = QUANTITIES.get(str(one["measure"]), ("", ""))
        lacking = [marked(one["newly_lacking"], one["newly_bound"], w) for w in ("zh", "en")]
        count = int(one["newly_short"])
        zh += f"(只计已安排的单位);另有 {count} 个单位({names})原缺数据,方案后显出缺口 {lacking[0]} {unit_zh}"
        en += (
            f" (of the units planned for); {count} more ({names}), without data before, lack {lacking[1]} "
            f"{unit_en} with the plan"
        )
    if one["unknown"]:
        zh += f";缺数据 {one['unknown']} 个单位,未作安排"
        en += f"; {one['unknown']} units without data, nothing planned for them"
    return label((zh, en), language)


def _change(norm: Norm, one: dict[Any, Any]) -> Pair:
    """Say in both languages what changes; a norm of every new facility changes nothing by itself."""
    if one["answer"] == EACH:
        return "每处新增设施均按此标准", "every new facility has it"
    if one["reported_only"]:
        return (
            "文件对上一级提出,本区仅报告,方案未作安排",
            "asked of another level: only reported here",
        )
    if one["answer"] in {COVERAGE, UNITS, BALANCE} and np.isfinite(one["share_before"]):
        shares = f"{percent(one['share_before'])} → {percent(one['share_after'])}"
        word = {COVERAGE: ("覆盖", "in reach"), UNITS: ("有设施的单位占比", "units that have one")}
        zh, en = word.get(str(one["answer"]), ("占比", "share"))
        target = f"{100 * one['target']:g}%"
        return f"{zh} {shares}(要求 {target})", f"{en} {shares} (asked: {target})"
    if not one["short_before"] > 0:
        return "现状没有可补的缺口", "nothing short"
    unit_zh, unit_en = QUANTITIES.get(str(one["measure"]), ("", ""))
    what_zh = measure_name(str(one["measure"]), norm.service, "zh")
    lacks = {
        language: " → ".join(
            marked(one[f"lacking_{when}"], one[f"bound_{when}"], language)
            for when in ("before", "after")
        )
        for language in ("zh", "en")
    }
    units = [rounded(one[f"short_{when}"], 0) for when in ("before", "after")]
    return (
        f"有缺口的单位 {units[0]} → {units[1]} 个,共缺{what_zh} {lacks['zh']} {unit_zh}",
        f"units short {units[0]} → {units[1]}, together lacking {lacks['en']} {unit_en}",
    )


def marked(value: float, bound: str, language: Language) -> str:
    """Write a shortfall as an assessment says it, with the mark of a bound, or 已知 where it is none.

    Examples
    --------
    >>> marked(217.0, "at_most", "zh"), marked(0.0, "at_most", "zh"), marked(805.0, "known_only", "zh")
    ('≤217', '0', '已知805')
    """
    number = never_zero(float(value), 0)
    return label(MARKS[bound], language) + number if value > 0 else number


def costs(cost: float, unit: str, language: Language) -> str:
    """Write a cost in its unit; where area.toml does not say it, the reader is told to look there.

    Examples
    --------
    >>> costs(5379.0, "", "zh"), costs(300.5, "", "en"), costs(300.5, "万元", "zh")
    ('5,379(单位同输入)', '300.5 (in the unit given)', '300.5 万元')
    """
    said = label(("(单位同输入)", " (in the unit given)"), language)
    return f"{plain(cost)} {clean(unit)}" if unit else f"{plain(cost)}{said}"


def in_unit(words: Pair, unit: str) -> Pair:
    """Put the unit of costs behind the name of a cost, where area.toml says it.

    Examples
    --------
    >>> in_unit(("造价", "cost"), "万元"), in_unit(("造价", "cost"), "")
    (('造价(万元)', 'cost (万元)'), ('造价', 'cost'))
    """
    return (f"{words[0]}({clean(unit)})", f"{words[1]} ({clean(unit)})") if unit else words


def knee_lines(plan: Plan, language: Language) -> Iterator[str]:
    """Say where another site, or more money, begins to bring clearly fewer people in reach."""
    by_id = {norm.id: norm for norm in plan.before.norms.norms}
    for one in plan.knees.to_dict("records"):
        name = norm_name(by_id[str(one["norm_id"])], language)
        of_sites = one["along"] == "n_sites"
        digits = 0 if of_sites else _RATE
        each = [never_zero(one[f"each_{when}"], digits) for when in ("before", "after")]
        n, share = int(one["n_sites"]), percent(one["share"])
        if of_sites:
            zh = (
                f"{name}:增设到第 {n} 处(覆盖 {share})之后收益明显下降——此前平均每处新覆盖 {each[0]} 人,"
                f"此后平均 {each[1]} 人"
            )
            en = (
                f"{name}: after the {n}th new site ({share} in reach) the next stops paying: "
                f"{each[0]} more people for each site up to there, {each[1]} after it"
            )
        else:
            unit = clean(plan.settings.cost_unit)
            cost = f"{plain(one['cost'])} {unit}".rstrip()
            look = ("", "") if unit else ("单位同输入;", "in the unit given; ")
            zh = (
                f"{name}:按造价计,到 {cost}({look[0]}{n} 处,覆盖 {share})之后收益明显下降——"
                f"此前每{unit or '单位造价'}新覆盖 {each[0]} 人,此后 {each[1]} 人(每处按最小规模计)"
            )
            en = (
                f"{name}: after a cost of {cost} ({look[1]}{n} sites, {share} in reach) more "
                f"money stops paying: {each[0]} more people for each {unit or 'unit of cost'} up to there, "
                f"{each[1]} after it (each site at its smallest size)"
            )
        yield label((zh, en), language)


def capacity_lines(plan: Plan, language: Language) -> Iterator[str]:
    """Say that a circle counts people in reach and not places, with the share that gets a place."""
    by_id = {norm.id: norm for norm in plan.before.norms.norms}
    for one in plan.norms[plan.norms["answer"].eq(COVERAGE)].to_dict("records"):
        name = norm_name(by_id[str(one["norm_id"])], language)
        zh = f"{name}:方案按距离计覆盖,不看设施是否容得下"
        en = f"{name}: the plan counts people in reach, whether or not there is room for them"
        if np.isfinite(one["served_before"]):
            served = f"{percent(one['served_before'])} → {percent(one['served_after'])}"
            zh += f";计入托位容量,所需托位得到满足的比例 {served}"
            en += f"; of the places wanted {served} are in reach and free"
        yield label((zh, en), language)


def compound_lines(plan: Plan, language: Language) -> Iterator[str]:
    """Say how many compounds lack rooms, and how far the budget goes."""
    table = plan.compounds
    if plan.settings.compounds is None:
        return
    if table.empty:
        yield label(
            ("老旧小区养老用房:没有缺口", "elder-care rooms of old compounds: none lacking"),
            language,
        )
        return
    area, taken = float(table["shortfall"].sum()), table[table["taken"].astype(bool)]
    bound = compounds_bound(plan.before, plan.settings.compounds)
    zh = f"老旧小区养老用房:{len(table)} 项有缺口,共 {marked(area, bound, 'zh')} ㎡"
    en = (
        f"elder-care rooms of old compounds: {len(table)} projects, "
        f"{marked(area, bound, 'en')} m² lacking"
    )
    budget = plan.settings.compounds.budget
    if budget is not None:
        got = float(taken["shortfall"].sum())
        unit = plan.settings.cost_unit
        zh += f";资金 {costs(budget, unit, 'zh')}内按序可配建 {len(taken)} 项,{rounded(got, 0)} ㎡"
        en += (
            f"; a budget of {costs(budget, unit, 'en')} pays for {len(taken)}, {rounded(got, 0)} m²"
        )
    yield label((zh, en), language)


def _left_lines(plan: Plan, language: Language) -> Iterator[str]:
    for fault in plan.faults:
        problem, mend = PROBLEMS.get(fault.code, ("", ""))
        yield label((f"{problem}:{mend}({clean(fault)})", clean(fault)), language)
    if len(plan.unmet):
        zh = f"未能满足 {len(plan.unmet)} 项,见 unmet.csv"
        yield label((zh, f"{len(plan.unmet)} needs are not met in full: see unmet.csv"), language)
    if len(plan.unreached):
        people = plan.unreached["people"].sum()
        zh = f"任何候选点都服务不到的居民 {rounded(people, 0)} 人,见 unreached.csv"
        en = f"{rounded(people, 0)} people are in reach of no candidate: see unreached.csv"
        yield label((zh, en), language)
    if len(plan.unknown):
        names = "、".join(dict.fromkeys(clean(n) for n in plan.unknown["unit_name"].iloc[:_SHOWN]))
        zh = f"缺数据、方案未作安排的单位标准 {len(plan.unknown)} 项({names})"
        en = f"without data, so nothing is planned for them: {len(plan.unknown)} findings ({names})"
        yield label((zh, en), language)
    yield from _newly_known(plan, language)
    zh = f"独立校核 {len(plan.checks)} 项,全部通过"
    yield label((zh, f"{len(plan.checks)} independent checks passed"), language)


def _newly_known(plan: Plan, language: Language) -> Iterator[str]:
    """Say which units have a verdict only with the plan: sums before and after differ by them."""
    units = _newly(plan)
    if len(units):
        names = _names(units)
        zh = f"原缺数据、因新增设施才显出缺口 {len(units)} 项({names}),合计的变化不等于方案补足的缺口"
        en = (
            f"without data before, short with the plan: {len(units)} findings ({names}); "
            "sums change by them too, not only by what the plan closes"
        )
        yield label((zh, en), language)


def _newly(plan: Plan) -> pd.DataFrame:
    """Pick the units without data before that are short with the plan."""
    rows = plan.changes
    units = rows[rows["rollup"].eq("unit") & rows["status_before"].eq("no_data")]
    return units[units["status_after"].eq("short")]


def _newly_named(plan: Plan, norm_id: str) -> str:
    units = _newly(plan)
    return _names(units[units["norm_id"].eq(norm_id)])


def _names(units: pd.DataFrame) -> str:
    return "、".join(dict.fromkeys(clean(name) for name in units["unit_name"].iloc[:_SHOWN]))


def words_of(known: dict[str, Any], word: str, language: Language) -> str:
    """Give the label of a word, or the word where it has none."""
    return label(known[word][:2], language) if word in known else word


def check_words(name: str, language: Language) -> str:
    """Say what was checked, in the language of a report."""
    if name in CHECKS:
        return label(CHECKS[name], language)
    return label(_ONE if name.startswith("one of ") else _SUM, language)


def tiles(plan: Plan, language: Language) -> list[tuple[str, str]]:
    """Give the few numbers to be seen first, each with what it is.

    Parameters
    ----------
    plan
        What ``site`` gave.
    language
        ``zh`` or ``en``.

    Returns
    -------
    list of tuple
        Number and words.
    """
    found: list[tuple[str, str]] = []

    def add(number: str, zh: str, en: str) -> None:
        """Add a number in the language asked for."""
        found.append((number, label((zh, en), language)))

    if plan.settings.norms:
        add(f"{len(plan.proposals):,}", "处新增设施", "new facilities")
        for name in ("places", "beds"):
            total = float(plan.proposals[name].sum())
            if total > 0:
                what = size_name(name, plan.proposals["service"], language)
                add(
                    rounded(total, 0),
                    f"个新增{what}" if name == "places" else f"张新增{what}",
                    what,
                )
        cost = float(plan.proposals["cost"].sum())
        if cost > 0:
            unit = plan.settings.cost_unit or label(("单位同输入", "in the unit given"), language)
            add(plain(cost), *in_unit(OBJECTIVES["cost"], unit))
        for number, zh, en in _shortfall_tiles(plan):
            add(number, zh, en)
        for one in plan.norms[plan.norms["answer"].eq(COVERAGE)].to_dict("records"):
            if np.isfinite(one["share_before"]):
                shares = f"{percent(one['share_before'], 0)} → {percent(one['share_after'], 0)}"
                by_id = {norm.id: norm for norm in plan.before.norms.norms}
                name = norm_name(by_id[str(one["norm_id"])], language)
                add(shares, f"覆盖:{name}", f"in reach: {name}")
        status = STATUS_WORDS.get(plan.status, (plan.status, plan.status))
        gap = percent(plan.gap) if np.isfinite(plan.gap) else "—"
        add(gap, f"与最优的差距({status[0]})", f"gap to the least ({status[1]})")
    if len(plan.compounds):
        add(f"{len(plan.compounds):,}", "项小区养老用房缺口", "compounds lacking rooms")
    return found


def _shortfall_tiles(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """Count the shortfalls of units that the plan answers, and say which it does not count."""
    of_units = plan.norms[plan.norms["short_before"] > 0]
    newly = float(plan.norms["newly_short"].sum())
    if of_units.empty and not newly:
        return
    before, after = (float(of_units[f"short_{when}"].sum()) for when in ("before", "after"))
    zh, en = "项单位缺口(现状 → 方案后)", "shortfalls of units"
    if newly:
        zh = f"项已安排单位的缺口(现状 → 方案后);另 {rounded(newly, 0)} 项原缺数据、方案后显出缺口"
        en = f"shortfalls of units planned for; {rounded(newly, 0)} more of units without data before"
    yield f"{rounded(before, 0)} → {rounded(after, 0)}", zh, en
