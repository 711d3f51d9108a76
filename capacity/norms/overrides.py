"""Values that a planner puts in place of the documents' own."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from capacity.errors import Fault, NormError
from capacity.norms.checks import value_problem
from capacity.norms.links import closest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from capacity.norms.model import Norm


def read_overrides(
    overrides: Mapping[str, object], norms: Sequence[Norm]
) -> dict[str, tuple[str, Decimal]]:
    """Check overrides against the norms of a city.

    Parameters
    ----------
    overrides : mapping of str to number
        Norm id (or the id of another clause that says the same) → value; text such as ``"0.3"``
        and ``Decimal`` are taken as they are, floats as they print.
    norms : sequence of Norm
        Every norm of the city.

    Returns
    -------
    dict of str to tuple of str and Decimal
        Norm id → the id as written, and the exact value.

    Raises
    ------
    NormError
        If an id is unknown or a value cannot stand with its unit; every fault at once.
    """
    names = {source.inventory_id: norm for norm in norms for source in norm.also}
    names |= {norm.id: norm for norm in norms}
    found: dict[str, tuple[str, Decimal]] = {}
    faults: list[Fault] = []
    for name, written in overrides.items():
        norm = names.get(name)
        value = _number(written)
        if norm is None:
            message = f'No norm of the city has the id "{name}".'
            faults.append(_fault(name, message, closest(name, names)))
        elif value is None:
            mend = "Write a number such as 6 or 0.2."
            faults.append(_fault(name, f'"{written}" is not a number.', mend))
        elif norm.id in found:
            message = f'The norm is overridden twice, also as "{found[norm.id][0]}".'
            faults.append(_fault(name, message, "Keep one of them."))
        elif problem := value_problem(value, norm.unit):
            faults.append(_fault(name, problem[0], "Check the value and its unit."))
        else:
            found[norm.id] = (name, value)
    _raise(faults)
    return found


def put_in_place(norms: Iterable[Norm], values: Mapping[str, tuple[str, Decimal]]) -> list[Norm]:
    """Put values in place of the documents' own.

    Parameters
    ----------
    norms : iterable of Norm
        Every norm of the city.
    values : mapping
        From `read_overrides`.

    Returns
    -------
    list of Norm
        In the order given. A changed norm keeps its document's value in ``document_value`` and
        its source says that the value is set here; so does the source of a norm whose
        ``minimum_size`` is changed.
    """
    return [_changed(norm, values) for norm in norms]


def _changed(norm: Norm, values: Mapping[str, tuple[str, Decimal]]) -> Norm:
    if norm.id in values:
        norm = replace(
            norm,
            value=values[norm.id][1],
            value_max=None,
            document_value=norm.value,
            source=replace(norm.source, set_here=True),
        )
    if norm.minimum_size_id in values:
        norm = replace(
            norm,
            minimum_size=values[norm.minimum_size_id][1],
            source=replace(norm.source, set_here=True),
        )
    return norm


def check_used(values: Mapping[str, tuple[str, Decimal]], chosen: Iterable[Norm]) -> None:
    """Refuse overrides of norms that were not selected: they would change nothing.

    Parameters
    ----------
    values : mapping
        From `read_overrides`.
    chosen : iterable of Norm
        The selection.

    Raises
    ------
    NormError
        If one of them is not in the selection.
    """
    used = {name for norm in chosen for name in (norm.id, norm.minimum_size_id)}
    message = "The norm is not in the selection, so the override would change nothing."
    mend = "Check the date, the roles and the profile, or leave it out."
    _raise(
        [
            _fault(written, message, mend)
            for norm_id, (written, _) in values.items()
            if norm_id not in used
        ]
    )


def _fault(name: str, message: str, mend: str) -> Fault:
    """Make a fault of an override.

    Parameters
    ----------
    name : str
        The id as written.
    message, mend : str
        What is wrong and how to mend it.

    Returns
    -------
    Fault
        An error.
    """
    return Fault(
        severity="error",
        code="norms.bad_override",
        message=message,
        mend=mend,
        item=name,
    )


def _raise(faults: Sequence[Fault]) -> None:
    """Raise faults of overrides, if there are any.

    Parameters
    ----------
    faults : sequence of Fault
        All of them.

    Raises
    ------
    NormError
        If there is one.
    """
    if faults:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise NormError(f"The overrides have {count}:", faults)


def _number(written: object) -> Decimal | None:
    if isinstance(written, bool):
        return None
    try:
        value = Decimal(str(written).strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
