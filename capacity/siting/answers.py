"""How siting can answer a norm, and why it cannot where it cannot."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from capacity.assess.circles import CIRCLES
from capacity.norms.model import UNIT_RULES
from capacity.siting.options import SIZES

if TYPE_CHECKING:
    from capacity.norms.model import Count, Norm

AMOUNT, COUNT, COVERAGE, EACH = "amount", "count", "coverage", "each"
BALANCE, UNITS = "balance", "units"
"""How siting can answer a norm: by more of an amount in a unit, by more facilities of a size in a
unit, by more people in reach, by what every new facility is like; and by more of one thing than of
another (a share of a whole, a ratio to what is counted), or by more units that have a facility."""
REACHED: Final = (COVERAGE, UNITS)
"""Answers that a facility gives once, whatever others give."""

_AMOUNT_KINDS: Final = (
    "ratio_per_population",
    "ratio_per_subgroup",
    "area_per_capita",
    "total_target",
)
SHARE_KINDS: Final = ("composition_share", "coverage_share")
"""Kinds of norms that ask for percents of something."""
ALL: Final = 100
"""All of it, in percent."""
_OUT: Final = "Take it out of siting.norms."


def answer_of(norm: Norm) -> str:
    """Say how siting can answer a norm, or nothing where it cannot.

    Parameters
    ----------
    norm
        Any norm.

    Returns
    -------
    str
        ``amount``, ``count``, ``coverage``, ``each``, ``balance``, ``units`` or empty.
    """
    if refusal_of(norm) is not None:
        return ""
    by_kind = dict.fromkeys(CIRCLES, COVERAGE) | {
        "minimum_count_per_unit": COUNT,
        "minimum_size": EACH,
        "unit_area": EACH,
    }
    if norm.kind in by_kind:
        return by_kind[norm.kind]
    if norm.of is None:
        return AMOUNT
    if norm.of.units:
        return COUNT if norm.value == ALL else UNITS
    return BALANCE


def refusal_of(norm: Norm) -> tuple[str, str] | None:
    """Say why new facilities cannot answer a norm, and what helps; None where they can.

    Parameters
    ----------
    norm
        Any norm.

    Returns
    -------
    tuple of str or None
        The reason and the mend, as sentences of a message.
    """
    what = norm.supply
    if what is None or what.units:
        return "it counts nothing that is built", _OUT
    figures = [count.figure for count in (what, norm.of) if count is not None and count.figure]
    if figures:
        mend = f"{_OUT} Correct the figure in [[figures]] when what it counts has changed."
        return f"it is counted by the figure {figures[0]} that you supply, not by facilities", mend
    return _refusal_by_kind(norm) or _refusal_by_count(norm, what)


def _refusal_by_kind(norm: Norm) -> tuple[str, str] | None:
    """Refuse what is asked of compounds, and kinds that no facility answers."""
    if norm.kind == "ratio_per_households":
        mend = f"{_OUT} Name it as siting.compounds.norm: the compounds are then put in order."
        return "it is asked of each residential compound, not of facilities", mend
    if norm.each == "compound" or norm.applies_to == "new_compounds":
        return "it is asked of each residential compound, which has to plan for it itself", _OUT
    of_unit = {*CIRCLES, "minimum_count_per_unit", *_AMOUNT_KINDS, *SHARE_KINDS}
    kinds = of_unit if norm.each == "unit" else {"minimum_size", "unit_area"}
    return None if norm.kind in kinds else (f"nothing built answers the kind {norm.kind}", _OUT)


def _refusal_by_count(norm: Norm, what: Count) -> tuple[str, str] | None:
    """Refuse shares and ratios that building does not change in proportion."""
    of = norm.of
    if norm.kind in {*CIRCLES, "minimum_count_per_unit"} or (of is not None and of.units):
        return None
    if not _countable(what) or (of is not None and not _countable(of)):
        return "it counts what no facility has", _OUT
    if of is None or norm.kind == "unit_area":
        return None
    if norm.kind in SHARE_KINDS and norm.value >= ALL:
        mend = f"{_OUT} Convert what does not count, and correct it in the list of facilities."
        return "building never brings a share of what there is to 100 %", mend
    if (what.amount == "facilities") != (of.amount == "facilities"):
        why = (
            f"it compares {what.amount} with {of.amount}: one grows with sizes, the other does not"
        )
        return why, _OUT
    return None


def _countable(what: Count) -> bool:
    return what.amount in {*SIZES, "facilities"}


def weights_of(norm: Norm) -> tuple[Decimal, Decimal]:
    r"""Give what a unit of supply and one of the whole add to the balance of a norm.

    A share :math:`p` of a whole is reached where :math:`S - p B \ge 0`; the sum is divided by
    :math:`1 - p`, so that it counts what must be built if all of it counts. A ratio :math:`p` to
    what is counted is reached where :math:`S - p B \ge 0` too.

    Parameters
    ----------
    norm
        A norm that siting answers by ``balance``.

    Returns
    -------
    supply, whole : Decimal
        The second is negative.
    """
    if norm.kind in SHARE_KINDS:
        rest = ALL - norm.value
        return ALL / rest, -norm.value / rest
    return Decimal(1), -norm.value / UNIT_RULES[norm.unit].per
