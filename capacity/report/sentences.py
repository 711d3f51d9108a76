"""What a report says in whole sentences: what is missing, where most, what would close it.

Every number is looked up in a headline of ``assess``; bounds are said as 至少 and 至多, and what has no
data is never said to be met.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from capacity.exact import percent, rounded
from capacity.report import labels
from capacity.report.drawing import BOUNDS
from capacity.report.labels import label
from capacity.report.text import clean, never_zero
from capacity.vocabulary import GROUPS, UNIT_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from capacity.assess.summary import Headline
    from capacity.norms.model import Norm
    from capacity.report.labels import Language, Pair

_COUNTED: Final[dict[str, Pair]] = {
    "met": ("达标{}个", "{} met"),
    "short": ("未达标{}个", "{} short"),
    "reported": ("仅报告{}个", "{} without a verdict"),
    "no_data": ("缺数据{}个", "{} without data"),
}
_FEW: Final = 2
_NOT_KNOWN: Final[Pair] = (
    "（仅为已知部分，实际可能更多或更少）",
    " (of what is known; it may be more or less)",
)


def sentence(headline: Headline, norm: Norm, language: Language, *, with_units: bool = True) -> str:
    """Say the headline of a norm in one or a few sentences.

    Parameters
    ----------
    headline
        What ``assess`` found.
    norm
        The norm that it is about.
    language
        ``zh`` or ``en``.
    with_units
        Whether the units of each status are counted too.

    Returns
    -------
    str
        Chinese with full-width punctuation, or English.
    """
    said = norm_words(norm, language)
    if headline.people == headline.people:  # NaN where it is no circle
        parts = _circle(headline, language)
    else:
        parts = _gap(headline, norm, language)
    units = _units(headline, language) if with_units else ""
    if language == "en":
        return f"{said}: " + " ".join(f"{part}." for part in [*parts, units] if part)
    return f"{said}：" + "".join(f"{part}。" for part in [*parts, units] if part)


def norm_words(norm: Norm, language: Language) -> str:
    """Name a norm with its standard and date: ``每千人口托位数（≥6 个/千人，2025-12-31前）``.

    Parameters
    ----------
    norm
        The norm.
    language
        ``zh`` or ``en``.

    Returns
    -------
    str
        On one line.
    """
    name = clean(labels.norm_name(norm, language))
    asked = labels.standard_text(norm, language), labels.due_text(norm, language)
    return label((f"{name}（{'，'.join(asked)}）", f"{name} ({', '.join(asked)})"), language)


def amount(value: float, measure: str) -> str:
    """Write an amount of a measure: areas with a decimal, everything else whole.

    Parameters
    ----------
    value
        A number of a finding.
    measure
        Its measure.

    Returns
    -------
    str
        The number, never 0 where it is not.

    Examples
    --------
    >>> amount(1234.56, "land_m2"), amount(1234.0, "places")
    ('1,234.6', '1,234')
    """
    return never_zero(value, 1 if measure in labels.AREAS else 0)


def shortfall_words(headline: Headline, norm: Norm, language: Language) -> str:
    """Say how much is missing, with its bound.

    Parameters
    ----------
    headline
        Of a norm that is short.
    norm
        The norm.
    language
        ``zh`` or ``en``.

    Returns
    -------
    str
        ``至少缺托位805个``.
    """
    measure = headline.measure
    number = amount(headline.shortfall, measure)
    bound = label(BOUNDS[headline.bound], language)
    unit = label(labels.QUANTITIES[measure], language)
    what = labels.measure_name(measure, norm.service, language)
    if measure == "units_with_one":
        kinds = norm.of.units if norm.of is not None else ()
        kinds = kinds if 0 < len(kinds) <= _FEW else ()
        zh = "、".join(UNIT_TYPES[kind][0] for kind in kinds) or "单位"
        words = (f"{bound}还差{number}个{zh}", f"{bound}{number} more units are needed")
    else:
        words = (f"{bound}缺{what}{number}{unit}", f"{bound}{number} {unit} of {what} are missing")
        if unit == what:
            words = (words[0], f"{bound}{number} {unit} are missing")
    said = label(words, language)
    return said + (label(_NOT_KNOWN, language) if headline.bound == "known_only" else "")


def _gap(headline: Headline, norm: Norm, language: Language) -> list[str]:
    if headline.status != "short":
        return []
    parts = [shortfall_words(headline, norm, language)]
    if headline.worst:
        unit = label(labels.QUANTITIES[headline.measure], language)
        named = [
            (w.unit_name, f"{amount(w.amount, headline.measure)}{label(('', ' '), language)}{unit}")
            for w in headline.worst
        ]
        if len({words for _, words in named}) > 1 or len(named) == 1:
            where = _listed(named, language)
            # units of several tiers: what a street lacks is counted with what lies in it
            inside = (
                ("", "") if headline.tier else ("（连同所辖社区村）", " (with what lies in them)")
            )
            zh, en = f"缺口最大的是{where}{inside[0]}", f"Most in {where}{inside[1]}"
            parts.append(label((zh, en), language))
    if not math.isnan(headline.facilities):
        parts.append(_facilities(headline, norm, language))
    if headline.as_one == 0:
        parts.append(
            label(
                ("总量达标,单位有缺口".replace(",", "，"), "Met as a whole, units short"), language
            )
        )
    return parts


def _facilities(headline: Headline, norm: Norm, language: Language) -> str:
    unit = label(labels.QUANTITIES[headline.measure], language)
    what = labels.measure_name(headline.measure, norm.service, "zh")
    sizes = label(("、", ", "), language).join(
        label(
            (
                f"{UNIT_TYPES[kind][0]}{size:f}{unit}{what}",
                f"{size:f} {unit} in a {UNIT_TYPES[kind][1]}",
            ),
            language,
        )
        for kind, size in headline.sizes.items()
    )
    number = rounded(headline.facilities, 0)
    bound = label(BOUNDS[headline.bound], language)
    return label(
        (
            f"如全部按最低规模（{sizes}）新建，{bound}需要{number}处，规模更大则处数更少",
            (
                f"If all were built at the smallest size ({sizes}), {bound}{number} facilities are "
                "needed; larger ones may be fewer"
            ),
        ),
        language,
    )


def _circle(headline: Headline, language: Language) -> list[str]:
    people, covered = rounded(headline.people, 0), rounded(headline.covered, 0)
    share = percent(headline.share)
    who = label(GROUPS.get(headline.measure, GROUPS["population"]), language)
    parts = [
        label(
            (
                f"有数据的单位共有{who}{people}人，服务范围内{covered}人，占{share}",
                f"Of {people} {who} in the units that are known, {covered} are in reach, {share}",
            ),
            language,
        )
    ]
    if headline.worst:
        where = _listed([(w.unit_name, percent(w.amount)) for w in headline.worst], language)
        parts.append(label((f"占比最低的是{where}", f"Lowest in {where}"), language))
    return parts


def _listed(named: Iterable[tuple[str, str]], language: Language) -> str:
    return label(("、", ", "), language).join(
        label((f"{clean(name)}（{words}）", f"{clean(name)} ({words})"), language)
        for name, words in named
    )


def _units(headline: Headline, language: Language) -> str:
    """Count the units of each status, those without data among them."""
    counted = [
        label(words, language).format(headline.units[status])
        for status, words in _COUNTED.items()
        if headline.units[status]
    ]
    applicable = sum(headline.units[status] for status in _COUNTED)
    if not headline.tier or applicable < 2:  # noqa: PLR2004  # one unit is the whole area
        return ""
    tier = label(labels.TIERS[headline.tier], language)
    return label(
        (
            f"{applicable}个{tier}中，{'、'.join(counted)}",
            f"Of {applicable} {tier}: {', '.join(counted)}",
        ),
        language,
    )
