"""What a norm would require of a round number of people, places or units: its arithmetic in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from capacity.exact import ceil
from capacity.norms.model import BASES, UNIT_RULES
from capacity.vocabulary import GROUPS

if TYPE_CHECKING:
    from decimal import Decimal

    from capacity.norms.model import Norm

_PEOPLE: Final = 50_000
_GROUP: Final = 5_000
_ROUND: Final = {"residents": _PEOPLE, "planned_population": _PEOPLE, "households": 640}
_COUNTED: Final = {"units": 40, "facilities": 40, "compounds": 40, "children": 2_000}
_MANY: Final = 400


def worked_line(norm: Norm) -> str:
    """Work a norm out for a round base.

    Parameters
    ----------
    norm
        Any norm of a catalogue.

    Returns
    -------
    str
        One line, or empty for an observed value, which requires nothing.

    Examples
    --------
    >>> from capacity.norms import load_catalogue
    >>> worked_line(load_catalogue().find("zhengzhou.childcare.places_per_thousand"))
    'for 50,000 residents: 50,000 × 6 / 1,000 = 300 places'
    """
    if norm.kind == "baseline":
        return ""
    if norm.kind in {"coverage_radius", "coverage_time"}:
        people = " and ".join(_people(measure) for measure in norm.measures)
        where = "m" if norm.unit == "m" else "minutes"
        return f"all {people} within {_range(norm)} {where}"
    rule = UNIT_RULES[norm.unit]
    counted = rule.counts[0] if rule.counts else rule.en.partition(" per ")[0]
    if norm.base == "none":
        return _without_base(norm, counted)
    number, what = _base(norm)
    divisor = "" if rule.per == 1 else f" / {rule.per:,}"
    results = [value * number / rule.per for value in (norm.value, norm.value_max) if value]
    amount = " to ".join(_rounded(result, counted, ", rounded up to ") for result in results)
    unit = what if norm.unit.startswith("percent") else counted
    most = "at most " if norm.comparator.startswith("<") else ""
    line = f"for {number:,} {what}: {number:,} × {_range(norm)}{divisor} = {most}{amount} {unit}"
    return line + _least(norm, "; at least ")


def worked_line_zh(norm: Norm) -> str:
    """Work a norm out for the same round base, in Chinese.

    Parameters
    ----------
    norm
        Any norm of a catalogue.

    Returns
    -------
    str
        One line, or empty for an observed value.

    Examples
    --------
    >>> from capacity.norms import load_catalogue
    >>> worked_line_zh(load_catalogue().find("zhengzhou.childcare.places_per_thousand"))
    '常住人口50,000人:50,000 × 6 / 1,000 = 300个托位'
    """
    if norm.kind == "baseline":
        return ""
    if norm.kind in {"coverage_radius", "coverage_time"}:
        people = "、".join(GROUPS[measure][0] for measure in norm.measures)
        where = "米" if norm.unit == "m" else "分钟"
        return f"{people}均在{_range(norm)}{where}以内"
    rule = UNIT_RULES[norm.unit]
    unit = _COUNTED_ZH.get(rule.counts[0] if rule.counts else "", rule.zh.partition("/")[0])
    if norm.service == "education" and unit == _COUNTED_ZH["places"]:
        unit = "个学位"
    least = ""
    if norm.minimum_size is not None:
        sized = UNIT_RULES[norm.minimum_size_unit].zh.partition("/")[0]
        each = "小区" if norm.minimum_size_unit.endswith("compound") else "处"
        least = f",且每{each}不少于{_plain(norm.minimum_size)}{sized}"
    if norm.base == "none":
        where = "全区共" if norm.kind == "total_target" else "每个小区"
        if norm.kind != "total_target" and not norm.unit.endswith("compound"):
            where = "每个单位" if norm.unit.endswith("unit") else "每处设施"
        return f"{where}{_range(norm)}{unit}{least}"
    number, base, of = _base_zh(norm)
    divisor = "" if rule.per == 1 else f" / {rule.per:,}"
    results = [value * number / rule.per for value in (norm.value, norm.value_max) if value]
    counted = rule.counts[0] if rule.counts else ""
    amount = "至".join(_rounded(result, counted, ",进位为") for result in results)
    most = "至多" if norm.comparator.startswith("<") else ""
    share = norm.unit.startswith("percent")
    result = f"{most}{amount}{of if share else unit}"
    return f"{base}{number:,}{of}:{number:,} × {_range(norm)}{divisor} = {result}{least}"


_COUNTED_ZH: Final = {
    "places": "个托位",
    "beds": "张床位",
    "persons": "人",
    "facilities": "处设施",
    "m2 land": "㎡用地",
    "m2 venue area": "㎡体育场地",
    "m2 floor area": "㎡建筑面积",
    "m2 outdoor area": "㎡室外面积",
    "compounds": "个小区",
    "units": "个单位",
    "items": "个",
    "days": "天",
}
_WHOLES_ZH: Final = {
    "units": ("", "个单位"),
    "facilities": ("", "处设施"),
    "compounds": ("", "个小区"),
    "dwellings": ("住房", "套"),
    "dwelling": ("住房", "套"),
    "places": ("", "个托位"),
    "place": ("", "个托位"),
    "beds": ("", "张床位"),
    "persons": ("对象", "人"),
    "children": ("儿童", "人"),
    "families": ("家庭", "户"),
    "age group": ("适龄人口", "人"),
    "classrooms": ("教室", "间"),
}


def _base_zh(norm: Norm) -> tuple[int, str, str]:
    """Give the round number of the base, its name and what it is counted in."""
    number, _ = _base(norm)
    if norm.base != "counted":
        return number, BASES[norm.base][0], "户" if norm.base == "households" else "人"
    what = norm.unit.removeprefix("percent of ").rpartition(" per ")[2]
    name, of = _WHOLES_ZH["beds" if what.endswith("beds") else what]
    return number, name, "个学位" if norm.service == "education" and of == "个托位" else of


def _people(group: str) -> str:
    return f"people {BASES[group][1]}" if group in BASES else "residents"


def _without_base(norm: Norm, counted: str) -> str:
    if norm.kind == "total_target":
        return f"{_range(norm)} {counted} in all"
    if norm.kind == "minimum_size":
        each = "compound" if norm.unit.endswith("compound") else "facility"
        return f"{_range(norm)} {counted} in each {each} that counts"
    place = "facility" if norm.unit.endswith("per facility") else "unit"
    return f"{_range(norm)} {counted} in each {place}" + _least(norm, ", each of at least ")


def _least(norm: Norm, words: str) -> str:
    if norm.minimum_size is None:
        return ""
    return f"{words}{_plain(norm.minimum_size)} {norm.minimum_size_unit}"


def _base(norm: Norm) -> tuple[int, str]:
    """Choose a round number of the base, and say what it is."""
    if norm.base != "counted":
        name = norm.base.replace("_", " ")
        words = {"residents": name, "planned_population": "planned residents", "households": name}
        group = words.get(norm.base, f"people {BASES[norm.base][1]}")
        return _ROUND.get(norm.base, _GROUP), group
    if norm.unit.startswith("percent of "):
        what = norm.unit.removeprefix("percent of ")
        what = "people of the age" if what == "age group" else what
        return _COUNTED.get(what, _MANY), what
    what = "beds" if norm.unit.endswith("beds") else f"{norm.unit.rsplit(' ', 1)[-1]}s"
    return _MANY, what


def _range(norm: Norm) -> str:
    top = "" if norm.value_max is None else f"–{_plain(norm.value_max)}"
    return _plain(norm.value) + top


def _rounded(amount: Decimal, counted: str, words: str) -> str:
    """Write an amount; what is indivisible is rounded up as in a finding."""
    if counted.startswith("m2") or not counted or amount == ceil(amount):
        return _plain(amount)
    return f"{_plain(amount)}{words}{_plain(ceil(amount))}"


def _plain(number: Decimal) -> str:
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
