"""Existing supply per unit: what is known is summed, what is not known is listed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from capacity.assess.table import NAN, join_notes, listed
from capacity.exact import exact
from capacity.vocabulary import OPERATORS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

WITHOUT_FIGURE: Final = ("facilities without", "compounds without")
"""How the notes begin that list facilities and compounds whose figure is unknown."""


def supply_by_unit(
    facilities: pd.DataFrame, membership: Iterable[str], unit_codes: Iterable[str], column: str
) -> pd.DataFrame:
    """Sum one capacity column over the open facilities of each unit.

    A facility whose capacity is unknown adds nothing and is listed. A unit that has facilities but
    knows the capacity of none has no existing value; a unit without facilities has zero.

    Parameters
    ----------
    facilities : DataFrame, shape (n_facilities,)
        ``column``, and where known ``facility_id`` (for notes) and ``is_open``.
    membership
        Unit code of each facility, empty for none, shape (n_facilities,).
    unit_codes
        Units wanted, in order.
    column
        Capacity column such as ``places`` or ``land_area_m2``.

    Returns
    -------
    DataFrame
        Index ``unit_code``; ``existing`` (float64, NaN where unknown) and ``note`` (text).
    """
    entries = zip(
        membership,
        facilities[column].astype("float64").tolist(),
        facility_ids(facilities),
        open_flags(facilities).tolist(),
        strict=True,
    )
    by_unit: dict[str, list[_Facility]] = defaultdict(list)
    for unit, *facility in entries:
        by_unit[unit].append(_Facility(*facility))
    codes = list(unit_codes)
    rows = [_supply_row(by_unit.get(code, []), column) for code in codes]
    return pd.DataFrame(
        {
            "existing": pd.Series([existing for existing, _ in rows], dtype="float64"),
            "note": pd.Series([note for _, note in rows], dtype="str"),
        }
    ).set_index(pd.Index(codes, dtype="str", name="unit_code"))


class _Facility(NamedTuple):
    amount: float
    id: str
    is_open: bool


def facility_ids(facilities: pd.DataFrame) -> list[str]:
    """Ids of facilities as text: ``facility_id``, else the row's index label."""
    names = facilities.get("facility_id", facilities.index)
    return [str(name) for name in names.to_numpy(dtype=object)]


def open_flags(facilities: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which facilities are open on the data date; all of them where nothing says so."""
    if "is_open" not in facilities:
        return np.ones(len(facilities), dtype=bool)
    return facilities["is_open"].to_numpy(dtype=bool)


def _supply_row(facilities: list[_Facility], column: str) -> tuple[float, str]:
    in_use = [f for f in facilities if f.is_open]
    known = [f.amount for f in in_use if f.amount == f.amount]  # not NaN
    unknown = [f.id for f in in_use if f.amount != f.amount]  # NaN
    note = join_notes(
        listed(f"facilities without {column}", sorted(unknown)),
        listed(
            "facilities not open on the data date",
            sorted(f.id for f in facilities if not f.is_open),
        ),
    )
    if in_use and not known:
        return NAN, note
    return float(sum(map(exact, known), start=exact("0"))), note


def operator_ranks(facilities: pd.DataFrame) -> NDArray[np.float64]:
    """Rank facilities by who runs them, public ones first.

    Parameters
    ----------
    facilities : DataFrame, shape (n_facilities,)
        ``operator`` (``OPERATORS``, empty where unknown).

    Returns
    -------
    array, shape (n_facilities,)
        0 for public facilities, and so on in the order of ``OPERATORS``; unknown ones come last.

    Examples
    --------
    >>> operator_ranks(pd.DataFrame({"operator": ["private", "", "public"]})).tolist()
    [4.0, 5.0, 0.0]
    """
    ranks = {operator: float(rank) for rank, operator in enumerate(OPERATORS)}
    last = float(len(OPERATORS))
    return np.array([ranks.get(str(word), last) for word in facilities["operator"]])
