"""What a comparison is called and how it reads: labels, numbers, and a sentence for each row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from capacity.assess.circles import CIRCLES
from capacity.findings import PARTS, ROLLUPS, STATUSES
from capacity.monitoring.effects import EFFECTS
from capacity.norms.model import UNITS_OF_MEASURE
from capacity.report import labels
from capacity.report.labels import label, translate
from capacity.report.text import clean, never_zero
from capacity.vocabulary import AMOUNTS, FIGURES, GROUPS, POPULATION, SERVICES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capacity.monitoring.compare import Comparison
    from capacity.report.labels import Language, Pair

EFFECT_WORDS: Final[dict[str, Pair]] = {
    "people": ("人口", "people"),
    "supply": ("设施增减", "supply"),
    "norm": ("标准", "norm"),
    "data": ("数据", "data"),
    "not_separated": ("未分解", "not separated"),
}
"""Effects as headings."""

SPLIT_WORDS: Final[dict[str, Pair]] = {
    "unknown": ("缺数据,变化不详", "not known"),
    "none": ("无变化", "no change"),
    "one_cause": ("单一原因", "one cause"),
    "computed": ("按公式分解", "by formula"),
    "summed": ("各单位相加", "sum of units"),
    "not_separated": ("多种原因,未分解", "several causes, not separated"),
}

CHANGE_WORDS: Final[dict[str, Pair]] = {
    "opened": ("期间投用", "opened in between"),
    "opened_undated": ("期间投用(无日期)", "opened, without a date"),
    "newly_listed": ("名单新增(无投用日期)", "newly listed, without an opening date"),
    "closed": ("期间停业", "closed in between"),
    "closed_undated": ("期间停业(无日期)", "closed, without a date"),
    "no_longer_listed": ("不再列入名单(无停业日期)", "no longer listed, without a closing date"),
    "listed_late": ("补录(早已投用)", "listed late: open before"),
    "left_out": ("未列入(名单口径不同)", "left out of the list"),
    "status_corrected": ("状态或日期更正", "status or date corrected"),
    "moved": ("位置更正", "place corrected"),
    "completed": ("补填或缺失数据", "figures filled in or lost"),
    "other_figures": ("数据不同(扩建或更正,无法区分)", "other figures: enlarged or corrected"),
}

COMPARED: Final[dict[str, Pair]] = {
    "code": ("单位代码", "code"),
    "name": ("单位名称", "unit"),
    "title": ("标准名称", "norm"),
    "standard_old": ("原标准", "standard then"),
    "standard_new": ("现标准", "standard now"),
    "people_old": ("原基数", "base then"),
    "people_new": ("现基数", "base now"),
    "required_old": ("原应有", "required then"),
    "required_new": ("现应有", "required now"),
    "existing_old": ("原现有", "existing then"),
    "existing_new": ("现现有", "existing now"),
    "old": ("原缺口", "shortfall then"),
    "new": ("现缺口", "shortfall now"),
    "change": ("缺口变化", "change"),
    "status_old": ("原状态", "status then"),
    "status_new": ("现状态", "status now"),
    "split": ("分解方式", "how divided"),
    "why": ("变化说明", "in words"),
    "note": ("备注", "note"),
}
"""Headings of the table of changes."""

_SHOWN: Final[dict[str, dict[str, Pair]]] = {
    "shortfall": {},
    "reach": {
        "old": ("原覆盖", "in reach then"),
        "new": ("现覆盖", "in reach now"),
        "change": ("覆盖变化", "change"),
    },
    "existing": {
        "old": ("原期现状", "existing then"),
        "new": ("现期现状", "existing now"),
        "change": ("现状变化", "change"),
    },
}
"""What a group shows → its headings that are not those of a shortfall."""
_WHAT: Final[dict[str, Pair]] = {
    "shortfall": ("缺口", "shortfall"),
    "reach": ("覆盖", "in reach"),
    "existing": ("现状", "existing"),
}
_MORE_OF_A_CIRCLE: Final = (*PARTS, *(group for group in GROUPS if group != POPULATION))
_STAGES: Final[dict[str, Pair]] = {
    "due": ("已到期阶段", "stage due"),
    "next": ("下一阶段", "next stage"),
    "": ("", ""),
}


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One row as tables show it; numbers are None where there are none, and may have a mark of a bound."""

    code: str
    name: str
    total: bool
    numbers: Mapping[str, float | None]
    marks: Mapping[str, str]
    status_old: str
    status_new: str
    split: str
    why: str
    note: str
    blanks: Mapping[str, str]

    def blank(self, name: str) -> str:
        """Say why there is no number: 「…」 where data are missing, 「—」 where nothing is asked or told.

        A change is missing where either assessment has no data; a part of a change that is known is
        not told apart from the others.
        """
        side = name.rpartition("_")[2]
        if side in self.blanks:
            return self.blanks[side]
        if name in EFFECTS and self.numbers["change"] is not None:
            return labels.NOT_APPLICABLE
        missing = labels.NO_DATA in self.blanks.values()
        return labels.NO_DATA if missing else labels.NOT_APPLICABLE

    @property
    def changed(self) -> bool:
        """Whether the amount shown, or its status, is another."""
        return bool(self.numbers["change"]) or self.status_old != self.status_new


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """One norm × measure: its rows, the whole area first."""

    service: str
    key: str
    title: str
    unit: str
    amount: str
    digits: int
    rows: tuple[ChangeRow, ...]
    main: bool
    shows: str

    @property
    def changed(self) -> bool:
        """Whether any row changed."""
        return any(row.changed for row in self.rows)


def head(name: str, shows: str, language: Language) -> str:
    """Name a column of a group that shows a shortfall, people in reach, or what exists."""
    return label(_SHOWN[shows].get(name, COMPARED[name]), language)


def amount_text(row: ChangeRow, name: str, digits: int) -> str:
    """Write the old or the new amount with the mark of its bound; 「…」 where it is not known."""
    value = row.numbers[name]
    if value is None:
        return row.blank(name)
    return f"{row.marks.get(name, '')}{never_zero(value, digits)}"


def change_text(row: ChangeRow, name: str, digits: int) -> str:
    """Write a change or a part of it; 「…」 where it is not known, 「—」 where it is not told apart."""
    value = row.numbers[name]
    if value is None:
        return row.blank(name)
    return f"{row.marks.get(name, '')}{signed(value, digits)}"


def groups(comparison: Comparison, language: Language = "zh") -> list[ChangeGroup]:
    """Lay a comparison out norm by norm, for tables.

    Parameters
    ----------
    comparison
        What ``compare`` gave.
    language
        ``zh`` or ``en``.

    Returns
    -------
    list of ChangeGroup
        By service; measures that only say more about another one are left to the CSV file, and so are
        norms of which nothing is known in either assessment.
    """
    shown = comparison.changes[~comparison.changes["measure"].isin(list(labels.SECONDARY))]
    found = []
    for service in SERVICES:
        of_service = shown[shown["service"] == service]
        for _, rows in of_service.groupby(["series", "stage", "measure"], sort=False):
            group = _group(comparison, rows.to_dict(orient="records"), language)
            if group is not None:
                found.append(group)
    return found


def _group(
    comparison: Comparison, rows: list[dict[Any, Any]], language: Language
) -> ChangeGroup | None:
    amount = "shortfall" if any(_known(row, "shortfall") for row in rows) else "existing"
    if not any(_known(row, amount) for row in rows):
        return None
    first = rows[0]
    measure, service = first["measure"], first["service"]
    digits = 1 if measure in labels.AREAS else 0
    circle = first["kind"] in CIRCLES
    shows = amount if amount == "shortfall" else "reach" if circle else "existing"
    root = comparison.new.code
    ordered = sorted(rows, key=lambda row: (row["unit_code"] != root, row["unit_code"]))
    facts = [
        one.norms.get(first[f"norm_id_{side}"])
        for one, side in ((comparison.old, "old"), (comparison.new, "new"))
    ]
    return ChangeGroup(
        service=service,
        key=f"{first['series']}|{first['stage']}|{measure}",
        title=_title(facts, first, language),
        unit=label(labels.QUANTITIES[measure], language),
        amount=amount,
        digits=digits,
        rows=tuple(_row(row, shows, digits, language, root) for row in ordered),
        shows=shows,
        main=amount == "shortfall" or measure not in _MORE_OF_A_CIRCLE,
    )


def _known(row: Mapping[Any, Any], amount: str) -> bool:
    return any(row[f"{amount}_{side}"] == row[f"{amount}_{side}"] for side in ("old", "new"))


def _title(
    facts: list[Mapping[str, Any] | None], row: Mapping[Any, Any], language: Language
) -> str:
    """Name a norm with its values and stages in both assessments."""
    last = next(fact for fact in reversed(facts) if fact)
    name = clean(last[f"name_{language}"])
    measure = labels.measure_name(row["measure"], row["service"], language)
    said = [_asked(fact, language) for fact in facts]
    asked = said[0] if said[0] == said[1] else " → ".join(said)
    stage = label(_STAGES.get(row["stage"], ("", "")), language)
    about = "、".join(part for part in (measure, stage) if part)
    if language == "en":
        about = ", ".join(part for part in (measure, stage) if part)
        return f"{name} ({about}): {asked}"
    return f"{name}({about}):{asked}"


def _asked(fact: Mapping[str, Any] | None, language: Language) -> str:
    if fact is None:
        return label(("无", "none"), language)
    unit = label(UNITS_OF_MEASURE.get(str(fact["unit"]), ("", "")), language)
    by = f"({fact['by']})" if fact["by"] else ""
    return f"{clean(fact['value'])} {unit}{by}"


def _row(
    row: Mapping[Any, Any], shows: str, digits: int, language: Language, root: str
) -> ChangeRow:
    amount = "shortfall" if shows == "shortfall" else "existing"
    numbers: dict[str, float | None] = {
        name: _number(row[name])
        for name in ("standard_old", "standard_new", "required_old", "required_new")
    }
    numbers |= {f"existing_{side}": _number(row[f"existing_{side}"]) for side in ("old", "new")}
    numbers |= {f"people_{side}": _number(row[f"base_value_{side}"]) for side in ("old", "new")}
    numbers |= {side: _number(row[f"{amount}_{side}"]) for side in ("old", "new", "change")}
    told = row["split"] not in {"not_separated", "unknown"}
    numbers |= {
        effect: _number(row[f"{amount}_{effect}"]) if told or effect == "not_separated" else None
        for effect in EFFECTS
    }
    marks = _marks(row, numbers, language) if amount == "shortfall" else {}
    is_total = row["rollup"] != "unit"
    name = clean(row["unit_name"])
    if is_total:
        rollup = label(ROLLUPS[row["rollup"]], language)
        name = rollup if row["unit_code"] == root else f"{name} {rollup}"
    return ChangeRow(
        code=clean(row["unit_code"]),
        name=name,
        total=is_total and row["unit_code"] == root,
        numbers=numbers,
        marks=marks,
        status_old=_status(row["status_old"], language),
        status_new=_status(row["status_new"], language),
        split=label(SPLIT_WORDS[row["split"]], language),
        why=_sentence(numbers, marks, shows, digits, language),
        note=clean(translate(row["note"], language)),
        blanks={side: _blank(row, side) for side in ("old", "new")},
    )


def _blank(row: Mapping[Any, Any], side: str) -> str:
    """Say why an assessment has no number, as the tables of an assessment do."""
    partly = row[f"bound_{side}"] in {"at_least", "known_only"}
    missing = row[f"status_{side}"] in {"no_data", ""} or partly
    return labels.NO_DATA if missing else labels.NOT_APPLICABLE


def _marks(
    row: Mapping[Any, Any], numbers: Mapping[str, float | None], language: Language
) -> dict[str, str]:
    """Mark shortfalls that are bounds; the difference of a bound is one of what is known."""
    found = {
        side: label(labels.MARKS[row[f"bound_{side}"]], language)
        for side in ("old", "new")
        if (numbers[side] or 0) > 0 and row[f"bound_{side}"]
    }
    if any(found.values()):
        known = label(labels.MARKS["known_only"], language)
        found |= {name: known for name in ("change", *EFFECTS) if numbers[name]}
    return found


def _number(value: float) -> float | None:
    return None if value != value else float(value)  # noqa: PLR0124  # NaN


def _status(status: str, language: Language) -> str:
    return label(STATUSES[status], language) if status else label(("无此项", "no row"), language)


def signed(value: float, digits: int) -> str:
    """Write a change with its sign: ``+15``, ``−60``, ``0``.

    Examples
    --------
    >>> signed(15, 0), signed(-60.25, 1), signed(0, 0)
    ('+15', '−60.3', '0')
    """
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return sign + (never_zero(abs(value), digits) if value else "0")


def _sentence(
    numbers: Mapping[str, float | None],
    marks: Mapping[str, str],
    shows: str,
    digits: int,
    language: Language,
) -> str:
    """Say in words what changed and why, with the marks of bounds."""
    was, now, change = numbers["old"], numbers["new"], numbers["change"]
    what = label(_WHAT[shows], language)
    if was is None and now is None:
        return label(("两期均缺数据", "known in neither assessment"), language)
    causes = _causes(numbers, marks, digits, language)
    if was is None or now is None:
        only = "new" if was is None else "old"
        known = f"{marks.get(only, '')}{never_zero(numbers[only] or 0.0, digits)}"
        side = (
            ("原无数据或无此项,现", "not known before, now")
            if was is None
            else (
                "现无数据或无此项,原",
                "not known now, before",
            )
        )
        if change is None:
            causes = label((",变化不详", ": the change is not known"), language)
        return f"{label(side, language)}{'' if language == 'zh' else ' '}{what} {known}{causes}"
    if not change:
        if any(marks.values()):
            known_same = ("已知缺口不变", "what is known of the shortfall is unchanged")
            return f"{label(known_same, language)}{causes}"
        same = label(("不变", "unchanged"), language)
        return f"{what}{'' if language == 'zh' else ' '}{same}{causes}"
    shown = [
        f"{marks.get(side, '')}{never_zero(n, digits)}" for side, n in (("old", was), ("new", now))
    ]
    by = f"{marks.get('change', '')}{signed(change, digits)}"
    if language == "zh":
        verb = "增至" if change > 0 else "减至"
        return f"{what}由{shown[0]}{verb}{shown[1]}({by}){causes}"
    return f"{what} {shown[0]} → {shown[1]} ({by}){causes}"


def _causes(
    numbers: Mapping[str, float | None],
    marks: Mapping[str, str],
    digits: int,
    language: Language,
) -> str:
    told = [(name, numbers[name] or 0.0) for name in EFFECTS if numbers[name]]
    if not told:
        return ""
    ordered = sorted(told, key=lambda pair: -abs(pair[1]))
    parts = [
        f"{label(EFFECT_WORDS[name], language)} {marks.get(name, '')}{signed(n, digits)}"
        for name, n in ordered
    ]
    return (":" + ",".join(parts)) if language == "zh" else (": " + ", ".join(parts))


# --- facilities ------------------------------------------------------------------------------


FACILITY_HEADS: Final[dict[str, Pair]] = {
    "service": ("领域", "service"),
    "change": ("变化", "what happened"),
    "effect": ("计入", "counts for"),
    "facility_id_old": ("原编号", "id then"),
    "facility_id_new": ("现编号", "id now"),
    "name": ("名称", "name"),
    "unit_code_old": ("原单位", "unit then"),
    "unit_code_new": ("现单位", "unit now"),
    "opened": ("投用日期", "opened"),
    "closed": ("停业日期", "closed"),
    "what": ("数据变化", "other figures"),
}
"""Headings of the table of facilities."""


def facility_rows(comparison: Comparison, language: Language) -> list[tuple[str, ...]]:
    """Write the facilities that changed, in the words of a reader.

    Parameters
    ----------
    comparison
        What ``compare`` gave.
    language
        ``zh`` or ``en``.

    Returns
    -------
    list of tuple
        Cells in the order of ``FACILITY_HEADS``.
    """
    return [
        tuple(_facility_cell(name, str(row[name]), language) for name in FACILITY_HEADS)
        for row in comparison.facilities.to_dict(orient="records")
    ]


def _facility_cell(name: str, value: str, language: Language) -> str:
    words: dict[str, Mapping[str, Pair]] = {
        "service": SERVICES,
        "change": CHANGE_WORDS,
        "effect": EFFECT_WORDS,
    }
    if name in words:
        return label(words[name][value], language)
    if name == "what":
        return clean(_what(value, language))
    return clean(value)


_COLUMN_NAMES: Final[dict[str, Pair]] = {
    **{name: (zh, en) for name, (zh, en, _) in (AMOUNTS | FIGURES).items()},
    "facility_type": ("设施类型", "type"),
    "operator": ("运营方式", "operator"),
    "condition": ("场地条件", "site"),
    "inclusive": ("是否普惠", "inclusive"),
}


def _what(text: str, language: Language) -> str:
    parts = []
    for part in text.split("; ") if text else ():
        column, _, values = part.partition(": ")
        name = label(_COLUMN_NAMES.get(column, (column, column)), language)
        was, _, now = values.partition(" to ")
        blank = label(("未填", "not given"), language)
        shown = [blank if value == "unknown" else value for value in (was, now)]
        parts.append(f"{name} {shown[0]} → {shown[1]}")
    return label((";", "; "), language).join(parts)


def heading(comparison: Comparison, language: Language) -> tuple[str, str]:
    """Give the title of a comparison and the line below it."""
    old, new = comparison.old, comparison.new
    name = clean(new.name)
    if language == "en":
        return (
            f"{name}: what changed in the shortfalls",
            (
                f"Data of {old.data_date} and norms of {old.norms_on} → data of {new.data_date} and norms "
                f"of {new.norms_on}"
            ),
        )
    return (
        f"{name}公共服务设施缺口变化",
        (
            f"原:数据时点 {old.data_date},标准日期 {old.norms_on};"
            f"现:数据时点 {new.data_date},标准日期 {new.norms_on}"
        ),
    )


READING: Final[dict[Language, tuple[str, ...]]] = {
    "zh": (
        "缺口变化 = 人口 + 设施增减 + 标准 + 数据 + 未分解,各项相加恰等于变化;正数使缺口扩大,负数使缺口缩小。",
        "人口:常住人口(或户数、规划人口)变化;设施增减:期间投用、停业的设施;标准:标准值或条款变化。",
        "数据:并非实际变化,而是数据补录、缺失、更正,或统计口径、人口来源、单位划分不同。",
        "未分解:多种原因同时变化而结果表无法区分(如服务圈覆盖、边界调整、设施扩建还是更正),不作拆分。",
        "各项按所有先后顺序的平均影响计算(夏普利值),整数指标取整后仍恰好相加;任一期缺数据的,变化不详,记「…」,不算增也不算减。",
        "分单位合计为各单位之和;按总量核算另行计算,两者不必相同。",
        "每个单位是否适用某条款,按该单位自己的标注(城乡、是否主城区)判断,村、社区可能与所在街道乡镇不同:镇区不适用、所辖的村适用的,两行照实并列。",
        "≥ 至少(有单位缺数据),≤ 至多(有设施未填规模),「已知」仅为已知部分;任一期带标记的,变化及其各项也只是已知部分之差,记「已知」。",
    ),
    "en": (
        "Change = people + supply + norm + data + not separated, exactly; a positive part widens the gap.",
        (
            "People: residents (or households, planned population); supply: facilities opened or closed in "
            "between; norm: another value or clause."
        ),
        (
            "Data: not the world but what is known of it: filled in, lost or corrected, counted in another "
            "way, of another source, or by other units."
        ),
        (
            "Not separated: several causes at once that the findings cannot tell apart (people in reach, "
            "boundaries redrawn, a facility enlarged or corrected)."
        ),
        (
            "Parts are averages over every order of the causes (Shapley values); whole numbers are rounded so "
            "that they still add up. Where either year has no data the change is not known (…): no gain, no loss."
        ),
        "The sum of units adds the units up; the area as one unit is divided by itself.",
        (
            "Whether a clause applies to a unit is told by that unit's own flags (urban, main urban area): a "
            "village may be asked what the township that it lies in is not."
        ),
        (
            "≥ at least (units without data), ≤ at most (facilities that do not say their size), “known” of what "
            "is known. Where either year has a mark, the change and its parts are differences of what is known."
        ),
    ),
}
"""How to read a comparison."""
