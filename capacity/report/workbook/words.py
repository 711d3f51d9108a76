"""Texts of the workbook: headings of norms, notes, sources, what a count counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from capacity.exact import percent, rounded
from capacity.norms.model import UNIT_RULES, UNITS_OF_MEASURE
from capacity.report import labels
from capacity.report.text import clean
from capacity.vocabulary import (
    AMOUNTS,
    FACILITY_TYPES,
    FIGURES,
    GROUPS,
    OPERATORS,
    POPULATION,
    UNIT_TYPES,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from capacity.norms.model import Count, Norm, Source
    from capacity.report.labels import Language, Pair
    from capacity.report.view import Group, Row
    from capacity.report.workbook.maker import Maker

UNITS: Final = ("人、个、处、平方米、%", "persons, places, m², %")
_UPPER: Final = "_upper"
SET_HERE: Final = ("本表设定,非文件规定", "set here, not by a document")
NATIONAL: Final = ("国家标准,供参考", "national standard, for reference")
OBSERVED: Final = ("基期值", "observed value")
NO_NORM: Final = ("本市资料未规定定量标准", "The city's documents set no figure.")
NO_UNIT: Final = ("本区没有适用单位", "No unit to which a norm applies.")
NOT_GIVEN: Final = ("未提供名单", "No list was given.")
LEGEND: Final = (
    (
        "「—」表示不适用,「…」表示缺数据,0 表示数值为零;「≥」「≤」表示缺口、有设施的单位数及其占比为下限、上限,「已知」表示仅为已知部分(缺数据的单位不计),实际可能更多或更少。"
        "显示时取整,单元格内为未取整的数值,审核公式按未取整数值计算。"
    ),
    (
        "“—” is not applicable, “…” is no data, 0 is zero; “≥” and “≤” mark bounds of a shortfall or of units that have a facility, "
        "“known” what is known (units without data left out), which may be more or less. "
        "Rounded on display only; formulas and checks use unrounded values."
    ),
)
TWO_TOTALS: Final = (
    (
        "分单位合计:各单位应有(各自进位)、缺口相加,缺口不以相邻单位富余抵补;条款只要求部分单位的(如只要求街道),合计只计这些单位,其余单位和小计仅列示、不计入;"
        "按总量核算:全区视同一个单位,富余可抵补,进位一次,故两处应有可能相差几个。"
    ),
    (
        "Sum of units: requirements (each rounded up) and gaps are added, and a surplus never covers "
        "another unit's gap; where a clause asks only some units (streets, say) it holds those, and "
        "others are only shown. As one unit: covered, and rounded once, so that the two requirements may "
        "differ by a few."
    ),
)
RANGE: Final = (
    "文件标准为区间的(如31—33),「区间下限」按下限计算应有和缺口,是否达标只看下限;「区间上限」按上限计算,仅供确定规模,不作达标判断。",
    (
        "Where a document gives a range (31 to 33, say), “lower end” is required and lacking by its lower "
        "end, which alone says whether a unit is met; “upper end” is by its upper end, for planning sizes."
    ),
)
SUMMED: Final = (
    "由下级单位汇总的标准,单位行为该单位内的分单位合计。",
    "Where a norm is judged below a unit, the unit's row is the sum of its own units.",
)
FORMULAS: Final = (
    "「应有」「缺口」「富余」「占比」和合计为 Excel 公式,改动数据即重新计算;评估结果以原始数值为准,见表9审核结果。",
    (
        "Required, shortfall, surplus, shares and sums are Excel formulas and follow a changed figure; "
        "the last table checks them."
    ),
)


def name_of(maker: Maker, group: Group) -> str:
    """Name of a norm with its number, and of the measure where it is not the first one."""
    name = f"{maker.number(group.norm)} {clean(labels.norm_name(group.norm, maker.language))}"
    if group.measure in {*labels.SECONDARY, *labels.AREAS, "capacity_limited", *GROUPS}:
        name += f" · {measure_of(group, maker.language)}"
    return name


def measure_of(group: Group, language: Language) -> str:
    """Name of a measure; floor area of a compound says that it is so understood."""
    if group.measure == "floor_area_m2" and group.norm.base == "households":
        return labels.label(("建筑面积(按建筑面积理解)", "floor area (so understood)"), language)
    name = labels.measure_name(group.measure, group.norm.service, language)
    if has_range(group) and not group.measure.endswith(_UPPER):
        return name + labels.label(("(区间下限)", ", lower end"), language)
    return name


def has_range(group: Group) -> bool:
    """Whether a document gives a range, of which the lower end is tested and the upper end shown."""
    measure = group.measure.removesuffix(_UPPER) + _UPPER
    return group.norm.value_max is not None and measure in labels.MEASURES


def rule_of(norm: Norm, language: Language) -> str:
    """Write a norm's standard and when it is due."""
    return f"{labels.standard_text(norm, language)}  {labels.due_text(norm, language)}"


def head_of(group: Group, figure: str, head: Pair, language: Language) -> str:
    """Heading of a column with its unit of measure."""
    word, unit = _head(group, figure)
    if head[0]:
        word = head
    bracket = labels.label(unit, language)
    text = labels.label(word, language)
    return f"{text}\n({bracket})" if bracket else text


_PARTS: Final = ("capacity_limited", "without_capacity", "out_of_reach")
_TO_ADD: Final = ("places_to_add", "beds_to_add")


def _head(group: Group, figure: str) -> tuple[Pair, Pair]:
    measure, norm = group.measure, group.norm
    if figure == "status":
        return labels.COLUMNS["status"], ("", "")
    if figure == "share":
        return labels.COLUMNS["share"], ("%", "%")
    if figure == "standard":
        return labels.COLUMNS["standard"], UNITS_OF_MEASURE[norm.unit]
    if figure == "base_value":
        return base_of(group)
    if measure in _TO_ADD:
        return ("需增", "to add"), labels.QUANTITIES[measure]
    word = labels.COLUMNS["covered" if figure == "existing" and measure in GROUPS else figure]
    if figure == "existing" and measure in _PARTS:
        word = labels.MEASURES[measure]
    return word, labels.QUANTITIES[measure]


def base_of(group: Group) -> tuple[Pair, Pair]:
    """Say what the base of a finding is, and what it is counted in."""
    norm, measure = group.norm, group.measure
    persons = ("人", "persons")
    if measure in GROUPS or measure in _PARTS:
        return labels.BASES[measure]
    if norm.base == "planned_population":
        return ("规划人口", "planned people"), persons
    base = POPULATION if norm.base == "residents" else norm.base
    if base in GROUPS:
        return GROUPS[base], persons
    if norm.of is not None and not norm.of.units and measure in labels.AREAS:
        return ("托位或学位", "places"), ("个", "places")
    if norm.base == "none":
        return labels.BASES.get(measure, labels.BASES["units_with_one"])
    return labels.BASES.get(measure, (labels.COLUMNS["base_value"], persons))


def count_text(count: Count, language: Language) -> str:
    """Say what a count counts: 托位数,公办、公建民营,普惠."""
    mark = labels.label(("、", ", "), language)
    parts = []
    if count.units:
        parts.append(mark.join(labels.label(UNIT_TYPES[name], language) for name in count.units))
    if count.types:
        parts.append(
            mark.join(labels.label(FACILITY_TYPES[name][:2], language) for name in count.types)
        )
    if count.operators:
        parts.append(mark.join(labels.label(OPERATORS[name], language) for name in count.operators))
    if count.inclusive:
        parts.append(labels.label(("普惠", "inclusive"), language))
    words = AMOUNTS | FIGURES
    if count.amount or count.figure:
        parts.append(labels.label(words[count.amount or count.figure][:2], language))
    return labels.label((",", ", "), language).join(parts)


def runs(numbers: Iterable[int], language: Language) -> str:
    """Write rising numbers, three or more in a row as a range.

    Examples
    --------
    >>> runs([3, 4, 6, 7, 8, 11], "zh")
    '3、4、6—8、11'
    """
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    parts = []
    for first, last in found:
        if last - first > 1:
            parts.append(f"{first}—{last}")
        else:
            parts += [str(number) for number in range(first, last + 1)]
    return labels.label(("、", ", "), language).join(parts)


_NOISE: Final = re.compile(r":? \d+ \(.*\)$|: \d+$")
_KEPT_OUT: Final = ("conflict: ", "lower bound: ")


def phrases(note: str) -> list[tuple[str, str]]:
    """Split a note into parts: what is said of many units alike, and the part as it stands.

    Examples
    --------
    >>> phrases("conflict: C08; facilities without places: 2 (F1, F7)")
    [('facilities without places', 'facilities without places: 2 (F1, F7)')]
    """
    parts = [part for part in note.split("; ") if part and not part.startswith(_KEPT_OUT)]
    return [(_NOISE.sub("", part), part) for part in parts]


def is_detail(phrase: str, part: str) -> bool:
    """Whether a part of a note says more of a unit than its phrase, or names what is missing there.

    Examples
    --------
    >>> is_detail("no such facility", "no such facility")
    False
    """
    return part != phrase or part.startswith("missing input")


def total_note(maker: Maker, group: Group) -> str:
    """Say why the two totals of a shortfall differ, in its own units."""
    key = (maker.view.root, group.norm.id, group.measure)
    if key not in maker.facts.totals:
        return ""
    difference, by_surplus, by_rounding = (quantity(value) for value in maker.facts.totals[key])
    unit = maker.say(labels.QUANTITIES[group.measure])
    number = maker.number(group.norm)
    return maker.say(
        (
            (
                f"{number}{measure_of(group, 'zh')}:两种合计相差{difference}{unit},"
                f"其中富余(不抵补){by_surplus}{unit}、进位{by_rounding}{unit}"
            ),
            (
                f"{number} {measure_of(group, 'en')}: the two totals differ by {difference} {unit}: "
                f"surplus that is not carried over {by_surplus}, rounding {by_rounding}"
            ),
        )
    )


def quantity(value: float) -> str:
    """Write a number in a text: whole numbers without decimals.

    Examples
    --------
    >>> quantity(1070.0), quantity(2.345)
    ('1,070', '2.3')
    """
    return rounded(value, 0) if value == int(value) else rounded(value, 1)


def share_note(maker: Maker, group: Group, row: Row) -> str:
    """Write a share with what it is a share of: its denominator in words and in numbers."""
    norm = group.norm
    if norm.supply is None or norm.of is None:
        return ""
    existing, base = quantity(row["existing"]), quantity(row["base_value"])
    top, bottom = (count_text(c, maker.language) for c in (norm.supply, norm.of))
    name = f"{maker.number(norm)} {labels.norm_name(norm, maker.language)}"
    asked = labels.standard_text(norm, maker.language)
    return maker.say(
        (
            f"{name}={percent(row['share'])}:分子为{top} {existing},分母为{bottom} {base};标准{asked}",
            f"{name} = {percent(row['share'])}: {top} {existing} of {bottom} {base}; asked {asked}",
        )
    )


def norm_note(maker: Maker, group: Group, method: str) -> str:
    """Write of a norm to whom it applies and how it was measured."""
    language = maker.language
    name = labels.norm_name(group.norm, language)
    about = labels.applies_text(group.norm, language)
    return f"{maker.number(group.norm)} {name}:{about};{labels.translate(method, language)}"


def sources(maker: Maker, groups: Iterable[Group]) -> list[str]:
    """Write where the norms of a table stand, each once."""
    norms = {group.norm.id: group.norm for group in groups}
    return [f"{maker.number(norm)} {_source(maker, norm)}" for norm in norms.values()]


def _source(maker: Maker, norm: Norm) -> str:
    language = maker.language
    standard = f"{labels.standard_text(norm, language)},{labels.due_text(norm, language)}"
    starts = "".join(
        f";{maker.say(OBSERVED)} {labels.baseline_text(one, language)}:{cite(one.source)}"
        for one in maker.view.result.norms.baselines_of(norm)
    )
    also = "".join(f";{maker.say(('并见', 'also'))} {cite(source)}" for source in norm.also)
    return f"{labels.norm_name(norm, language)}({standard}):{cite(norm.source)}{also}{starts}"


def cite(source: Source) -> str:
    """Cite a clause with its key phrase."""
    return f"{source.citation}「{source.key_phrase}」"


def per_of(norm: Norm) -> int:
    """How many of the base a norm's value is for."""
    return UNIT_RULES[norm.unit].per
