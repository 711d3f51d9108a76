"""A plan as a folder: proposals, before and after, workbook, manifest; and what a terminal shows.

It formats, and never computes.
"""

from __future__ import annotations

import dataclasses
import io
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xlsxwriter
from pyproj import Transformer

from capacity.errors import MissingExtraError
from capacity.findings import ROLLUPS, STATUSES
from capacity.inputs.sites import OBJECTIVES
from capacity.report.figure_plan import save_figure
from capacity.report.folder import write_whole
from capacity.report.labels import label, measure_name, norm_name
from capacity.report.manifest import manifest
from capacity.report.text import clean, guard_csv
from capacity.report.workbook.cells import Cell, Formats, figure
from capacity.report.workbook.sheet import Column, Frame, Line, Sheet
from capacity.vocabulary import (
    ACQUISITIONS,
    AMOUNTS,
    FACILITY_TYPES,
    OPERATORS,
    SERVICES,
    UNIT_TYPES,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from capacity.norms.model import Norm
    from capacity.report.labels import Language, Pair
    from capacity.siting.plan import Plan

MARKER: Final = "proposals.csv"
"""File by which the folder of a plan is known."""

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
}
"""What was checked anew; sums and one of a service on a site have words of their own."""
_SUM: Final = ("目标值重新加总", "the objective added up anew")
_ONE: Final = ("每个候选点同类设施至多一处", "one facility of a service on a site")

_OPTIONS: Final = {
    "in_memory": True,
    "default_format_properties": {"font_name": "宋体", "font_size": 10},
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_SHEETS: Final[dict[str, Pair]] = {
    "summary": ("方案概要", "Summary"),
    "proposals": ("新增设施", "Proposals"),
    "changes": ("前后对比", "Before and after"),
    "unmet": ("未能满足", "Unmet"),
    "checks": ("校核", "Checks"),
}
_FOOTER: Final = ("第 &P 页 共 &N 页", "page &P of &N")
_TITLE: Final = ("设施布局建议方案", "Proposed facilities")
_LISTED: Final = 5000
_SHOWN: Final = 12


def write_plan(
    plan: Plan,
    path: str | Path,
    *,
    overwrite: bool = False,
    language: Language = "zh",
    scenarios: pd.DataFrame | None = None,
) -> Path:
    """Write a plan into a folder, whole or not at all.

    ``proposals.csv`` and ``proposals.gpkg`` (a point each), ``before_after.csv``, ``unmet.csv``,
    ``unreached.csv``, ``checks.csv``, ``curve.csv`` where there is a circle, ``plan.xlsx``, ``plan.png``
    (with matplotlib) and ``manifest.json``. CSV files are UTF-8 with a
    byte order mark and guarded against formulas.

    Parameters
    ----------
    plan
        What ``site`` gave.
    path
        Folder to make, in a folder that is there.
    overwrite
        Replace a folder that holds an earlier plan.
    language
        ``zh`` or ``en``, of workbook and figure; the tables for machines are the same.
    scenarios
        What ``compare_scenarios`` gave, written as ``scenarios.csv``.

    Returns
    -------
    Path
        The folder written.

    Raises
    ------
    OutputExistsError
        If the folder is there and ``overwrite`` is not set, or it is not an earlier plan.
    InputError
        If the folder that it would stand in is not there.
    """

    def fill(folder: Path) -> None:
        """Write the files."""
        table = proposals_table(plan)
        _write_csv(table, folder / MARKER)
        layer = plan.proposals[["geometry"]].join(table)
        layer.to_file(folder / "proposals.gpkg", layer="proposals", driver="GPKG", engine="pyogrio")
        _write_csv(plan.changes, folder / "before_after.csv")
        _write_csv(plan.needs, folder / "needs.csv")
        _write_csv(plan.unmet, folder / "unmet.csv")
        _write_csv(plan.unreached, folder / "unreached.csv")
        _write_csv(plan.checks, folder / "checks.csv")
        if len(plan.curve):
            _write_csv(plan.curve, folder / "curve.csv")
        if scenarios is not None:
            _write_csv(scenarios, folder / "scenarios.csv")
        # without matplotlib there is no figure, and everything else all the same
        with suppress(MissingExtraError):
            save_figure(plan, folder / "plan.png", language=language)
        (folder / "plan.xlsx").write_bytes(_workbook(plan, language))
        text = json.dumps(plan_manifest(plan), ensure_ascii=False, indent=2)
        (folder / "manifest.json").write_text(f"{text}\n", encoding="utf-8")

    return write_whole(path, fill, overwrite=overwrite, marker=MARKER)


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    guard_csv(frame).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def proposals_table(plan: Plan) -> pd.DataFrame:
    """Lay proposals out for a file: lists as text, and coordinates as numbers.

    Parameters
    ----------
    plan
        What ``site`` gave.

    Returns
    -------
    DataFrame
        Columns of ``plan.proposals`` without geometry; ``counts_for`` joined by spaces; ``x`` and
        ``y`` in the CRS of the study area, ``longitude`` and ``latitude`` in WGS 84.
    """
    frame = plan.proposals.drop(columns="geometry")
    points = plan.proposals.geometry
    to_degrees = Transformer.from_crs(plan.before.area.crs, "EPSG:4326", always_xy=True)
    x, y = points.x.to_numpy(), points.y.to_numpy()
    longitude, latitude = to_degrees.transform(x, y)
    ids = [" ".join(names) for names in frame["counts_for"]]
    table: pd.DataFrame = frame.assign(
        counts_for=np.array(ids, dtype=object),
        x=x.round(3),
        y=y.round(3),
        longitude=np.asarray(longitude).round(7),
        latitude=np.asarray(latitude).round(7),
    )
    return table


def plan_manifest(plan: Plan) -> dict[str, Any]:
    """Describe a plan so that it can be reproduced: the manifest of its assessment, and the search.

    Parameters
    ----------
    plan
        What ``site`` gave.

    Returns
    -------
    dict
        As ``manifest``, with ``siting``: settings, objective, value, bound, gap, status, candidates
        and proposals.
    """
    found = {
        "objective": plan.objective,
        "value": _number(plan.value),
        "bound": _number(plan.bound),
        "gap": _number(plan.gap),
        "status": plan.status,
        "candidates": len(plan.candidates),
        "proposals": len(plan.proposals),
        "unmet": len(plan.unmet),
        "checks": len(plan.checks),
        "settings": _plain(dataclasses.asdict(plan.settings)),
    }
    return manifest(plan.before) | {"siting": found}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


# --- words -----------------------------------------------------------------------------------


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
        *_left_lines(plan, language),
    ]


def _head_lines(plan: Plan, language: Language) -> Iterator[str]:
    proposals = plan.proposals
    sums = {
        name: float(proposals[name].sum())
        for name in ("places", "beds", "land_area_m2", "floor_area_m2", "cost")
        if proposals[name].sum() > 0
    }
    words: dict[str, Pair] = {name: (zh, en) for name, (zh, en, _) in AMOUNTS.items()}
    words["cost"] = OBJECTIVES["cost"]
    parts = [f"{label(words[name], language)} {value:,.0f}" for name, value in sums.items()]
    built = (f"新增设施 {len(proposals)} 处", f"new facilities: {len(proposals)}")
    yield label(("，", "; "), language).join([label(built, language), *parts])
    objective = label(OBJECTIVES[plan.objective], language)
    status = label(STATUS_WORDS.get(plan.status, (plan.status, plan.status)), language)
    if len(plan.unmet):
        status += label(
            ("(仅就候选点能满足的部分而言)", " (of what the candidates can give)"), language
        )
    if np.isfinite(plan.value):
        zh = f"目标:{objective}最少 = {plan.value:,.6g},下界 {plan.bound:,.6g},差距 {plan.gap:.1%},{status}"
        en = (
            f"objective: least {objective} = {plan.value:,.6g}, no plan beats {plan.bound:,.6g}, "
            f"gap {plan.gap:.1%}: {status}"
        )
        yield label((zh, en), language)
    else:
        yield label((f"没有方案:{status}", f"no plan: {status}"), language)


def _norm_lines(plan: Plan, language: Language) -> Iterator[str]:
    by_id = {norm.id: norm for norm in plan.before.norms.norms}
    for norm_id in plan.settings.norms:
        own = plan.needs[plan.needs["norm_id"].eq(norm_id)]
        name = norm_name(by_id[norm_id], language)
        if own.empty:
            yield label((f"{name}:现状没有可补的缺口", f"{name}: nothing short"), language)
            continue
        left = plan.unmet["norm_id"].eq(norm_id).sum()
        if own["answer"].eq("coverage").any():
            yield _share_line(own, name, language)
        else:
            zh = f"{name}:{len(own)} 个单位有缺口,方案补足 {len(own) - left} 个"
            en = f"{name}: {len(own)} units short, {len(own) - left} of them closed"
            yield label((zh, en), language)


def _share_line(own: pd.DataFrame, name: str, language: Language) -> str:
    people = own["base_value"].sum()
    before, after = own["existing"].sum(), own["existing"].sum() + own["gives"].sum()
    shares = f"{before / people:.1%} → {after / people:.1%}"
    target = f"{own['target'].iloc[0]:.0%}"
    zh = f"{name}:覆盖 {shares}(要求 {target})"
    return label((zh, f"{name}: in reach {shares} (asked: {target})"), language)


def _left_lines(plan: Plan, language: Language) -> Iterator[str]:
    if len(plan.unmet):
        zh = f"未能满足 {len(plan.unmet)} 项,见 unmet.csv"
        yield label((zh, f"{len(plan.unmet)} needs are not met in full: see unmet.csv"), language)
    if len(plan.unreached):
        people = plan.unreached["people"].sum()
        zh = f"任何候选点都服务不到的居民 {people:,.0f} 人,见 unreached.csv"
        en = f"{people:,.0f} people are in reach of no candidate: see unreached.csv"
        yield label((zh, en), language)
    if len(plan.unknown):
        names = "、".join(dict.fromkeys(plan.unknown["unit_name"].iloc[:_SHOWN]))
        zh = f"缺数据、方案未作安排的单位指标 {len(plan.unknown)} 项({names})"
        en = f"without data, so nothing is planned for them: {len(plan.unknown)} findings ({names})"
        yield label((zh, en), language)
    yield from _newly_known(plan, language)
    zh = f"独立校核 {len(plan.checks)} 项,全部通过"
    yield label((zh, f"{len(plan.checks)} independent checks passed"), language)


def _newly_known(plan: Plan, language: Language) -> Iterator[str]:
    """Say which units have a verdict only with the plan: sums before and after differ by them."""
    rows = plan.changes
    units = rows[rows["rollup"].eq("unit") & rows["status_before"].eq("no_data")]
    units = units[units["status_after"].eq("short")]
    if len(units):
        names = "、".join(dict.fromkeys(units["unit_name"].iloc[:_SHOWN]))
        zh = f"原缺数据、因新增设施才显出缺口 {len(units)} 项({names}),合计的变化不等于方案补足的缺口"
        en = (
            f"without data before, short with the plan: {len(units)} findings ({names}); "
            "sums change by them too, not only by what the plan closes"
        )
        yield label((zh, en), language)


def _words(known: dict[str, Any], word: str, language: Language) -> str:
    return label(known[word][:2], language) if word in known else word


# --- the workbook ----------------------------------------------------------------------------


def _workbook(plan: Plan, language: Language) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        formats = Formats(book)
        by_id = {norm.id: norm for norm in plan.before.norms.norms}
        for name, fill in (
            ("summary", _summary),
            ("proposals", _proposals),
            ("changes", _changes),
            ("unmet", _unmet),
            ("checks", _checks),
        ):
            columns, lines, notes = fill(plan, by_id, language)
            title = label(_SHEETS[name], language)
            frame = _frame(plan, title, language)
            sheet = Sheet(book, formats, name=title, frame=frame, columns=columns)
            sheet.table(lines)
            sheet.notes(label(("注", "Notes"), language), notes)
            sheet.finish()
    return buffer.getvalue()


def _frame(plan: Plan, title: str, language: Language) -> Frame:
    area = plan.before.area
    date = (f"数据日期:{area.data_date}", f"data of: {area.data_date}")
    norms = plan.before.norms
    by = (f"标准:{norms.city},{norms.on}", f"norms: {norms.city}, {norms.on}")
    return Frame(
        title=f"{label(_TITLE, language)}:{title}",
        left=f"{area.name} {area.code}",
        middle=label(date, language),
        right=label(by, language),
        signatures=label(("编制:          审核:          日期:", ""), language),
        footer=label(_FOOTER, language),
    )


_Filled = tuple[list[Column], list[Line], list[str]]


def _text(value: object) -> Cell:
    return Cell(clean(value), "text")


def _value(value: float, style: str) -> Cell:
    return Cell("—", "mark") if value != value else Cell(float(value), style)  # noqa: PLR0124  # NaN


def _head(heads: Iterable[tuple[Pair, float, bool]], language: Language) -> list[Column]:
    return [Column(label(pair, language), width=wide, text=text) for pair, wide, text in heads]


def _summary(plan: Plan, _by_id: dict[str, Norm], language: Language) -> _Filled:
    heads: list[tuple[Pair, float, bool]] = [
        (("序号", "no."), 8, False),
        (("内容", "what"), 100, True),
        (("备注", "remarks"), 20, True),
    ]
    columns = _head(heads, language)
    lines = [
        Line((Cell(float(i), "count"), _text(text), _text("")))
        for i, text in enumerate(summary_lines(plan, language), start=1)
    ]
    zh = "本方案为测算建议,不是选址决定;用地、权属、规划条件须另行核实。现有设施全部保留。"
    en = (
        "A computed proposal and no decision; land, ownership and planning conditions are to be "
        "looked at. All existing facilities stay."
    )
    return columns, lines, [label((zh, en), language)]


_PROPOSAL_HEADS: Final[list[tuple[Pair, float, bool]]] = [
    (("编号", "id"), 12, True),
    (("地块或房屋", "site"), 18, True),
    (("领域", "service"), 10, True),
    (("设施类型", "type"), 18, True),
    (("运营方式", "operator"), 12, True),
    (("取得方式", "come by"), 10, True),
    (("街道(乡镇)", "street or township"), 20, True),
    (("社区(村)", "community or village"), 20, True),
    (("托位或学位(个)", "places"), 16, False),
    (("床位(张)", "beds"), 10, False),
    (("用地面积(㎡)", "land (m²)"), 12, False),
    (("建筑面积(㎡)", "floor area (m²)"), 12, False),
    (("造价", "cost"), 14, False),
    (("新纳入服务范围人口(人)", "people newly in reach"), 14, False),
    (("补足的标准", "norms it counts for"), 44, True),
]


def _proposals(plan: Plan, by_id: dict[str, Norm], language: Language) -> _Filled:
    lines = []
    for one in plan.proposals.drop(columns="geometry").to_dict("records"):
        norms = "\n".join(norm_name(by_id[norm_id], language) for norm_id in one["counts_for"])
        cells = [
            _text(one["facility_id"]),
            _text(one["name"] or one["candidate_id"]),
            _text(_words(SERVICES, one["service"], language)),
            _text(_words(FACILITY_TYPES, one["facility_type"], language)),
            _text(_words(OPERATORS, one["operator"], language)),
            _text(_words(ACQUISITIONS, one["acquisition"], language)),
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
    said = [i for i, column in enumerate(columns) if column.text or not _unsaid(lines, i)]
    shown = [Line(tuple(line.cells[i] for i in said), line.emphasis) for line in lines]
    return [columns[i] for i in said], shown, [label((zh, en), language)]


def _unsaid(lines: Sequence[Line], column: int) -> bool:
    """Whether a column of numbers holds none."""
    return all(line.cells[column].style == "mark" for line in lines)


_CHANGE_HEADS: Final[list[tuple[Pair, float, bool]]] = [
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


def _changes(plan: Plan, by_id: dict[str, Norm], language: Language) -> _Filled:
    lines = []
    shown = plan.changes[~plan.changes["status_before"].eq("not_applicable")]
    for one in shown.to_dict("records"):
        cells = [
            _text(one["unit_code"]),
            _text(one["unit_name"]),
            _text(_words(UNIT_TYPES, one["unit_type"], language)),
            _text(_words(ROLLUPS, one["rollup"], language)),
            _text(norm_name(by_id[one["norm_id"]], language)),
            _text(measure_name(one["measure"], one["service"], language)),
            *(_finding(one, name, when, "amount") for name, when in _CHANGE_NUMBERS),
            _finding(one, "share", "before", "share"),
            _finding(one, "share", "after", "share"),
            *(_status(one[f"status_{when}"], language) for when in ("before", "after")),
        ]
        lines.append(Line(tuple(cells), "total" if one["rollup"] != "unit" else ""))
    zh = "方案后各栏由同一评估程序把新增设施与现有设施一并重新计算得出。"
    en = "The columns with the plan are computed anew by the same assessment."
    return _head(_CHANGE_HEADS, language), lines, [label((zh, en), language)]


_CHANGE_NUMBERS: Final = (
    ("required", "before"),
    ("existing", "before"),
    ("existing", "after"),
    ("shortfall", "before"),
    ("shortfall", "after"),
)


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


def _unmet(plan: Plan, by_id: dict[str, Norm], language: Language) -> _Filled:
    heads: list[tuple[Pair, float, bool]] = [
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
                *(_value(one[name], "amount") for name in ("needed", "gives", "left")),
                _text(_words(REASONS, one["reason"], language)),
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


def _checks(plan: Plan, _by_id: dict[str, Norm], language: Language) -> _Filled:
    heads: list[tuple[Pair, float, bool]] = [
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


def check_words(name: str, language: Language) -> str:
    """Say what was checked, in the language of a report."""
    if name in CHECKS:
        return label(CHECKS[name], language)
    return label(_ONE if name.startswith("one of ") else _SUM, language)


def proposal_rows(plan: Plan, language: Language) -> tuple[list[str], list[Sequence[str]]]:
    """Give the heads and rows of a short table of proposals, for a terminal.

    Parameters
    ----------
    plan
        What ``site`` gave.
    language
        ``zh`` or ``en``.

    Returns
    -------
    heads, rows
        Texts; at most a dozen rows, the largest proposals first.
    """
    heads = [
        label(pair, language)
        for pair in (
            ("编号", "id"),
            ("单位", "unit"),
            ("规模", "size"),
            ("新纳入服务人口", "people newly in reach"),
        )
    ]
    largest = plan.proposals.sort_values("size", ascending=False, kind="stable").head(_SHOWN)
    rows: list[Sequence[str]] = []
    for one in largest.drop(columns="geometry").to_dict("records"):
        unit = clean(one["community_name"] or one["street_name"])
        new = one["new_people"]
        people = "—" if new != new else f"{new:,.0f}"  # noqa: PLR0124  # NaN
        size = f"{one['size']:,.0f} {_words(AMOUNTS, one['sized_in'], language)}"
        rows.append([clean(one["facility_id"]), unit, size, people])
    return heads, rows
