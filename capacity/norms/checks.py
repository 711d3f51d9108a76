"""What makes sense together in a norm file; used while it is read.

Every rule is a row of a table in ``model``; here they are compared with what is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from capacity.norms.model import COMPOUND_UNITS, DATE_BASES, KIND_RULES, UNIT_RULES, Count, Norm
from capacity.vocabulary import AMOUNTS, FACILITY_TYPES, FIGURES

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from capacity.norms.fields import Fields

_JUDGED = ("compute", "tabulate")


def value_problem(value: Decimal, unit: str) -> tuple[str, str] | None:
    """Say why a value cannot stand with a unit of measure.

    Parameters
    ----------
    value : Decimal
        The value.
    unit : str
        A word of ``UNIT_RULES``.

    Returns
    -------
    tuple of str and str, or None
        What is wrong and how to mend it; None where nothing is.

    Examples
    --------
    >>> from decimal import Decimal
    >>> value_problem(Decimal("1.5"), "facilities per unit")[0]
    'The value 1.5 is not whole, and the unit "facilities per unit" counts things.'
    """
    rule = UNIT_RULES.get(unit)
    if value <= 0:
        return f"The value {value} is not above zero.", "Check the clause."
    if rule and rule.whole and value != value.to_integral_value():
        message = f'The value {value} is not whole, and the unit "{unit}" counts things.'
        return message, "Check the value and the unit."
    if rule and rule.most and value > rule.most:
        message = f'The value {value} is above {rule.most}, the most that "{unit}" can be.'
        return message, "Check the value and the unit."
    return None


def check_kind(fields: Fields, norm: Norm) -> None:
    """Compare what an entry says with the row of its kind.

    Parameters
    ----------
    fields : Fields
        The entry.
    norm : Norm
        What was read of it.
    """
    rule = KIND_RULES.get(norm.kind)
    if rule is None:
        return
    for key, written, allowed in (
        ("unit", norm.unit, rule.units),
        ("base", norm.base, rule.bases),
        ("comparator", norm.comparator, rule.comparators),
    ):
        if written and written not in allowed:
            message = f'The {key} "{written}" does not go with the kind "{norm.kind}".'
            quoted = " or ".join(f'"{word}"' for word in allowed)
            fields.fault("mismatch", key, message, f"With this kind write {quoted}.")
    if (norm.role == "baseline") != (norm.kind == "baseline"):
        message = f'The role "{norm.role}" does not go with the kind "{norm.kind}".'
        mend = "Observed values have the kind and the role baseline, requirements neither."
        fields.fault("mismatch", "role", message, mend)
    if rule.coverage and not fields.has("measures"):
        message = f'The kind "{norm.kind}" needs to know whose coverage is reported.'
        fields.fault("missing_key", "measures", message, 'Write "measures: [population]".')
    if norm.measures and not rule.coverage:
        message = f'"measures" does not go with the kind "{norm.kind}".'
        fields.fault("mismatch", "measures", message, "Remove it; only coverage kinds have it.")
    _check_other_keys(fields, norm)
    _check_counted(fields, norm)


def _check_other_keys(fields: Fields, norm: Norm) -> None:
    if norm.minimum_size_id and not KIND_RULES[norm.kind].sized_in:
        message = f'"minimum_size" does not go with the kind "{norm.kind}".'
        fields.fault("mismatch", "minimum_size", message, "Remove it.")
    if norm.baseline_of and norm.kind != "baseline":
        message = f'"baseline_of" does not go with the kind "{norm.kind}".'
        fields.fault("mismatch", "baseline_of", message, "Remove it; only observed values have it.")
    if norm.applies_to == "old_compounds" and norm.unit not in COMPOUND_UNITS:
        message = f'"old_compounds" does not go with the unit "{norm.unit}".'
        mend = "Only norms per compound or per household apply to compounds."
        fields.fault("mismatch", "applies_to", message, mend)
    if norm.applies_to.endswith("compounds") and norm.each != "compound":
        message = f'"{norm.applies_to}" speaks of compounds, but the norm is not tested on each.'
        fields.fault("mismatch", "each", message, 'Write "each: compound", or leave it out.')
    if norm.condition and norm.each != "facility":
        message = '"condition" speaks of facilities, but the norm is not tested on each.'
        fields.fault("mismatch", "condition", message, 'Write "each: facility", or remove it.')


def _check_counted(fields: Fields, norm: Norm) -> None:
    """Check that what is evaluated says what is counted, and against what."""
    for key, count in (("supply", norm.supply), ("of", norm.of)):
        if count:
            _check_counts(fields, key, norm, count)
    if norm.role not in _JUDGED:
        return
    if norm.supply is None and norm.unit in UNIT_RULES and not fields.has("supply"):
        message = f'The unit "{norm.unit}" does not say what is counted.'
        mend = 'Write "supply: {figure: ...}" or "supply: {amount: ...}".'
        fields.fault("missing_key", "supply", message, mend)
    if norm.base == "counted" and not fields.has("of"):
        message = 'The base is "counted", but nothing says what is counted.'
        fields.fault("missing_key", "of", message, 'Write "of: {amount: ...}" or the like.')
    if norm.of and norm.base != "counted":
        message = f'"of" does not go with the base "{norm.base}".'
        fields.fault("mismatch", "of", message, 'Write "base: counted", or remove "of".')


def _check_counts(fields: Fields, key: str, norm: Norm, count: Count) -> None:
    """Check that a count is of the norm's service, and in what the unit of measure speaks of."""
    for name in (*count.types, *(name for _, names in count.types_at for name in names)):
        service = FACILITY_TYPES[name][2] if name in FACILITY_TYPES else norm.service
        if service != norm.service:
            message = f'The facility type "{name}" is of "{service}", the norm of "{norm.service}".'
            fields.fault("mismatch", key, message, "Check the type and the service.")
    rule = UNIT_RULES.get(norm.unit)
    counted_in = _counted_in(count)
    if key == "supply" and rule and counted_in and counted_in not in rule.counts:
        wanted = " or ".join(rule.counts) or "nothing"
        message = f'The unit "{norm.unit}" counts {wanted}, but "supply" counts {counted_in}.'
        fields.fault("mismatch", key, message, "Check the unit and what is counted.")


def _counted_in(count: Count) -> str:
    if count.amount in AMOUNTS:
        return AMOUNTS[count.amount][2]
    return FIGURES[count.figure][2] if count.figure in FIGURES else ""


def check_count(fields: Fields, key: str, count: Count) -> None:
    """Check that something counted is counted in one way.

    Parameters
    ----------
    fields : Fields
        The entry.
    key : str
        ``supply`` or ``of``.
    count : Count
        What was read of it.
    """
    ways = [name for name in ("amount", "figure", "units") if getattr(count, name)]
    if len(ways) != 1:
        said = f"says {' and '.join(ways)}" if ways else "does not say what is counted"
        mend = "Write one of amount (from the lists), figure (supplied), units (their number)."
        fields.fault("bad_count", key, f'"{key}" {said}.', mend)
    if key == "supply" and count.units:
        mend = "Units can be counted only in of."
        fields.fault("bad_count", key, '"supply" counts units.', mend)
    picked = count.types or count.types_at or count.operators or count.inclusive or count.within
    if picked and ways and not count.amount:
        message = f'"{key}" picks facilities but counts none.'
        fields.fault("bad_count", key, message, 'Write "amount: facilities" or the like.')


def check_range(fields: Fields, norm: Norm) -> None:
    """Check the other end of a range.

    Parameters
    ----------
    fields : Fields
        The value.
    norm : Norm
        What was read of it.
    """
    if norm.value_max is None:
        return
    rule = KIND_RULES.get(norm.kind)
    if rule and not rule.ranged:
        message = f'"value_max" does not go with the kind "{norm.kind}".'
        fields.fault("mismatch", "value_max", message, "Remove it.")
    if norm.value_max <= norm.value:
        message = f"The range begins at {norm.value} and ends at {norm.value_max}."
        fields.fault("bad_value", "value_max", message, "Write the larger one in value_max.")


def check_shown_at(fields: Fields, norm: Norm) -> None:
    """Check that no level is asked for and only shown.

    Parameters
    ----------
    fields : Fields
        The value.
    norm : Norm
        What was read of it.
    """
    if both := [level for level in norm.shown_at if level in norm.levels]:
        message = f"{', '.join(both)} is among the levels and in shown_at."
        mend = "Keep it in levels if the document asks for it there, else in shown_at."
        fields.fault("repeated_word", "shown_at", message, mend)


def check_dates(fields: Fields, norm: Norm, document: dt.date) -> None:
    """Check the dates of one value against each other and against the document's.

    Parameters
    ----------
    fields : Fields
        The value.
    norm : Norm
        What was read of it.
    document : date
        The date of the document.
    """
    if norm.kind == "baseline":
        _check_observed(fields, norm)
        return
    if fields.has("as_of"):
        message = f'"as_of" does not go with the kind "{norm.kind}".'
        mend = "Requirements have by or effective_from, observed values as_of."
        fields.fault("mismatch", "as_of", message, mend)
    if not fields.has("by") and not fields.has("effective_from"):
        mend = 'Write "by: YYYY-MM-DD" (to be reached by) or "effective_from: YYYY-MM-DD".'
        fields.fault("missing_key", "by", "The value has no date.", mend)
    past = norm.date_basis == "stated_past"
    for key, day in (("by", norm.by), ("effective_from", norm.effective_from)):
        if day and day < document and not (past and key == "by"):
            message = f"The date {day} lies before the document's own date {document}."
            mend = "Check both dates; if the clause says so, write date_basis: stated_past."
            fields.fault("date_before_document", key, message, mend)
    if past and norm.by and norm.by >= document:
        message = f"The date {norm.by} had not passed on the document's date {document}."
        fields.fault("mismatch", "date_basis", message, "Write date_basis: stated.")
    if norm.by and document <= norm.by < norm.effective_from:
        message = f"To be reached by {norm.by}, but in force only from {norm.effective_from}."
        fields.fault("bad_date", "by", message, "Check both dates.")
    _check_basis(fields, norm)


def _check_basis(fields: Fields, norm: Norm) -> None:
    if norm.date_basis == "as_of":
        message = f'The date basis "as_of" does not go with the kind "{norm.kind}".'
        fields.fault("mismatch", "date_basis", message, "Only observed values have it.")
        return
    if norm.date_basis in DATE_BASES and (norm.date_basis == "effective_from") == fields.has("by"):
        message = (
            'The date basis is "effective_from", but the value has "by".'
            if fields.has("by")
            else f'The date basis is "{norm.date_basis}", but the value has no "by".'
        )
        mend = 'Values without "by" have the basis "effective_from", values with it any other.'
        fields.fault("mismatch", "date_basis", message, mend)


def _check_observed(fields: Fields, norm: Norm) -> None:
    for key in ("by", "effective_from"):
        if fields.has(key):
            message = f'"{key}" does not go with the kind "baseline".'
            fields.fault("mismatch", key, message, "Write the day of the observed value in as_of.")
    if norm.date_basis != "as_of":
        message = f'The date basis "{norm.date_basis}" does not go with the kind "baseline".'
        fields.fault("mismatch", "date_basis", message, "Remove it, or write as_of.")


def check_dates_differ(fields: Fields, stages: list[Norm]) -> None:
    """Check that no two values of an entry have the same date.

    Parameters
    ----------
    fields : Fields
        The entry.
    stages : list of Norm
        Its values, without those that have faults of their own.
    """
    first: dict[dt.date, int] = {}
    for norm in stages:
        day = norm.as_of or norm.by or norm.effective_from
        if day in first:
            message = f"Two values have the date {day}, the first in line {first[day]}."
            fields.fault(
                "same_date", "values", message, "Keep one, or correct a date.", line=norm.line
            )
        first.setdefault(day, norm.line)
