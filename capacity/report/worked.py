"""What a norm would require of a round number of people, places or units: its arithmetic in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from capacity.norms.model import BASES, UNIT_RULES

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
    amount = " to ".join(_plain(result) for result in results)
    unit = what if norm.unit.startswith("percent") else counted
    most = "at most " if norm.comparator.startswith("<") else ""
    line = f"for {number:,} {what}: {number:,} × {_range(norm)}{divisor} = {most}{amount} {unit}"
    return line + _least(norm, "; at least ")


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


def _plain(number: Decimal) -> str:
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
