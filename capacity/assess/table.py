"""Unit tables: what a norm gives at every unit, and how it rolls up to the parents."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from capacity.exact import exact
from capacity.vocabulary import (
    KNOWN_ONLY,
    LOWER_BOUND,
    SERVED_AT_MOST,
    SERVED_KNOWN_ONLY,
    UNSCALED,
    UPPER_BOUND,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

NAN: Final = float("nan")
COLUMNS: Final = (
    "base_value",
    "required",
    "existing",
    "shortfall",
    "surplus",
    "share",
    "status",
    "note",
)
"""Columns of a unit table; the first six are numbers."""

Row = dict[str, Any]


@dataclass(frozen=True)
class UnitTable:
    """One measure of one norm at the units of one tier.

    Attributes
    ----------
    measure
        What is counted: ``places``, ``land_m2``, ``facilities`` and so on, ``convert`` and
        ``build`` for a share, or a population column.
    frame
        Index ``unit_code``, columns as in ``COLUMNS``.
    method
        Readings used: ``key: value`` parts joined by ``; ``.
    net_required
        Requirement of a parent taken as one unit, from the sums of its units' base values and
        requirements; None where the document sets no requirement.
    net_row
        The whole row of a parent taken as one unit, from the sums of its units' base values and
        existing amounts, where the requirement alone does not say it.
    parents
        Rows by rollup of a parent, from its code and its units' rows, where they are not sums.
    nets
        Whether a parent can be taken as one unit; not where each unit is enlarged by itself.
    """

    measure: str
    frame: pd.DataFrame
    method: str
    net_required: Callable[[Decimal, Decimal], Decimal] | None
    net_row: Callable[[Decimal, Decimal], Row] | None = None
    parents: Callable[[str, Mapping[str, Row]], dict[str, Row]] | None = None
    nets: bool = True

    def rows(self) -> dict[str, Row]:
        """Rows by unit code; made once, and not to be changed."""
        return dict(self._rows)

    @cached_property
    def _rows(self) -> dict[str, Row]:
        columns = [self.frame[name].to_numpy(dtype=object).tolist() for name in COLUMNS]
        codes = self.frame.index.to_numpy(dtype=object)
        return {
            str(code): dict(zip(COLUMNS, row, strict=True))
            for code, *row in zip(codes, *columns, strict=True)
        }


def as_unit_table(rows: Iterable[Mapping[str, Any]], index: Iterable[Hashable]) -> pd.DataFrame:
    """Lay rows out as a unit table.

    Parameters
    ----------
    rows
        One mapping per unit with any of ``COLUMNS``.
    index
        Unit codes, as many as rows.

    Returns
    -------
    DataFrame
        Numbers as float64, ``status`` and ``note`` as text; same columns and types when empty.
    """
    table = list(rows)
    data: dict[str, Any] = {
        name: np.array([row.get(name, NAN) for row in table], dtype=np.float64)
        for name in COLUMNS[:-2]
    }
    for name in COLUMNS[-2:]:
        data[name] = pd.array([row.get(name, "") for row in table], dtype="str")
    codes = index if isinstance(index, pd.Index) else list(index)
    return pd.DataFrame(data, index=pd.Index(codes, dtype="str", name="unit_code"))


def compare(required: Decimal, existing: Decimal) -> Row:
    """Compare existing with required: shortfall and surplus are never negative.

    Parameters
    ----------
    required, existing
        Exact amounts in the same unit.

    Returns
    -------
    dict
        ``required``, ``existing``, ``shortfall``, ``surplus`` and ``status`` (met or short).

    Examples
    --------
    >>> compare(Decimal(248), Decimal(118))["shortfall"]
    130.0
    """
    gap = required - existing
    return {
        "required": float(required),
        "existing": float(existing),
        "shortfall": float(max(gap, Decimal(0))),
        "surplus": float(max(-gap, Decimal(0))),
        "status": "short" if gap > 0 else "met",
    }


def no_data(missing: str, **known: Any) -> Row:
    """Make the row of a unit whose input is missing.

    Parameters
    ----------
    missing
        Names the missing input.
    **known
        Numbers that are known all the same.

    Returns
    -------
    dict
        A row with status ``no_data``.
    """
    return {"status": "no_data", "note": f"missing input: {missing}", **known}


def join_notes(*notes: str) -> str:
    """Join notes, leaving out empty ones."""
    return "; ".join(note for note in notes if note)


def listed(label: str, names: Iterable[str]) -> str:
    """Write a note that counts and lists things, or nothing if there are none.

    Examples
    --------
    >>> listed("facilities without places", ["F2", "F9"])
    'facilities without places: 2 (F2, F9)'
    """
    found = list(names)
    if not found:
        return ""
    shown = ", ".join(found[:5]) + (", …" if len(found) > 5 else "")  # noqa: PLR2004  # a table cell
    return f"{label}: {len(found)} ({shown})"


def roll_up(
    rows: Mapping[str, Row],
    net_required: Callable[[Decimal, Decimal], Decimal] | None,
    net_row: Callable[[Decimal, Decimal], Row] | None = None,
) -> dict[str, Row]:
    """Sum the units of one parent, once unit by unit and once as one unit.

    Surplus in one unit does not cover shortage in another in ``sum_of_units``; in ``net`` it does.
    Where a unit has no data, or not all of its demand is known, the sum is the known shortfall alone
    and the net is ``no_data``; both still show the base and the requirement if those of every unit
    are known. The note says whether a shortfall is a lower bound (demand left out),
    an upper bound (supply left out) or neither. Units outside the area of the clause are left out;
    a unit without residents keeps its supply.

    Parameters
    ----------
    rows
        Unit code → row of a unit table, for the parent's units.
    net_required, net_row
        As in ``UnitTable``.

    Returns
    -------
    dict
        ``sum_of_units`` and ``net`` rows.
    """
    applicable = [row for row in rows.values() if _counts(row)]
    if not applicable:
        note = "no unit to which the norm applies"
        return _both({"status": "not_applicable", "note": note})
    missing = [code for code, row in rows.items() if row["status"] == "no_data"]
    below = [code for code, row in rows.items() if _marked(row, LOWER_BOUND, KNOWN_ONLY)]
    above = [code for code, row in rows.items() if _marked(row, UPPER_BOUND, KNOWN_ONLY)]
    fewer = len(applicable) < len(rows)
    note = join_notes(
        f"units to which it applies: {len(applicable)} of {len(rows)}" if fewer else "",
        listed("units without data", missing),
        listed("units with incomplete data", sorted({*below, *above})),
        listed(UNSCALED, [code for code, row in rows.items() if _marked(row, UNSCALED)]),
    )
    if missing or below:
        found = _incomplete(applicable, note, bound=KNOWN_ONLY if above else LOWER_BOUND)
        return found if below else _with_needs(found, applicable, net_required)
    found = {
        "sum_of_units": _sum_of_units(applicable, net_required),
        "net": _net(applicable, net_required, net_row),
    }
    words = (SERVED_KNOWN_ONLY, SERVED_AT_MOST)
    served = [word for word in words if any(_marked(row, word) for row in applicable)]
    for row in found.values():
        own = join_notes(str(row.get("note", "")), *served)
        row["note"] = join_notes(own, bounded(row, note, less=bool(above)))
    return found


def _counts(row: Row) -> bool:
    """Whether a unit counts for its parent: the clause names it, lived in or not."""
    return row["status"] != "not_applicable" or not math.isnan(row["required"])


def _marked(row: Row, *bounds: str) -> bool:
    note = row["note"]
    return bool(note) and any(bound in note for bound in bounds)


def bounded(row: Row, note: str, *, less: bool, more: bool = False) -> str:
    """Say beside a shortfall that supply not known may lessen it, or demand not known add to it."""
    if row.get("shortfall", 0.0) <= 0 or not (less or more):
        return note
    return join_notes(note, KNOWN_ONLY if less and more else UPPER_BOUND if less else LOWER_BOUND)


def _incomplete(rows: list[Row], note: str, *, bound: str) -> dict[str, Row]:
    """Give what is known to be short; the net of units that are not all known is not known."""
    unknown: Row = {"status": "no_data", "note": note}
    known = _add(rows, "shortfall")
    if known <= 0:
        return _both(unknown)
    shown = [row for row in rows if row["status"] != "no_data"]
    total: Row = {
        "shortfall": float(known),
        "status": _status(shown, short=True),
        "note": join_notes(note, bound),
    }
    return {"sum_of_units": total, "net": unknown}


def _with_needs(
    found: dict[str, Row],
    rows: list[Row],
    net_required: Callable[[Decimal, Decimal], Decimal] | None,
) -> dict[str, Row]:
    """Give what is needed of units whose supply alone is unknown: all of it is known."""
    known: Row = {}
    if not any(math.isnan(row["base_value"]) for row in rows):
        known["base_value"] = float(_add(rows, "base_value"))
    found = {rollup: row | known for rollup, row in found.items()}
    if net_required is None or any(math.isnan(row["required"]) for row in rows):
        return found
    needs = _add(rows, "required")
    found["sum_of_units"]["required"] = float(needs)
    if known:
        found["net"]["required"] = float(net_required(_add(rows, "base_value"), needs))
    return found


def _both(row: Row) -> dict[str, Row]:
    return {"sum_of_units": dict(row), "net": dict(row)}


def _add(rows: Iterable[Row], column: str) -> Decimal:
    """Sum first and snap once: three thirds of 2,000 people are 2,000, not 2,000.000001."""
    return exact(math.fsum(row[column] for row in rows if not math.isnan(row[column])))


def _sums(rows: list[Row]) -> Row:
    sums: Row = {"existing": float(_add(rows, "existing"))}
    if not all(math.isnan(row["base_value"]) for row in rows):
        sums["base_value"] = float(_add(rows, "base_value"))
    return sums


def _sum_of_units(
    rows: list[Row], net_required: Callable[[Decimal, Decimal], Decimal] | None
) -> Row:
    sums = _sums(rows)
    if net_required is None:
        return sums | _reported(rows)
    shortfall = _add(rows, "shortfall")
    return sums | {
        "required": float(_add(rows, "required")),
        "shortfall": float(shortfall),
        "surplus": float(_add(rows, "surplus")),
        "status": _status(rows, short=shortfall > 0),
    }


def _net(
    rows: list[Row],
    net_required: Callable[[Decimal, Decimal], Decimal] | None,
    net_row: Callable[[Decimal, Decimal], Row] | None,
) -> Row:
    sums = _sums(rows)
    if net_row is not None:
        row = net_row(_add(rows, "base_value"), _add(rows, "existing"))
        return sums | row | {"status": _status(rows, short=row["status"] == "short")}
    if net_required is None:
        return sums | _reported(rows)
    required = net_required(_add(rows, "base_value"), _add(rows, "required"))
    compared = compare(required, _add(rows, "existing"))
    return sums | compared | {"status": _status(rows, short=compared["status"] == "short")}


def _status(rows: list[Row], *, short: bool) -> str:
    if all(row["status"] == "reported" for row in rows):
        return "reported"
    return "short" if short else "met"


def _reported(rows: list[Row]) -> Row:
    base = float(_add(rows, "base_value"))
    if base <= 0:
        return {"status": "not_applicable"}
    return {"share": float(_add(rows, "existing")) / base, "status": "reported"}
