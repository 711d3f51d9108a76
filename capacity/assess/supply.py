"""Existing supply per unit: what is known is summed, what is not known is listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from capacity.assess.table import NAN, join_notes, listed
from capacity.exact import exact

if TYPE_CHECKING:
    from collections.abc import Iterable


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
    known = pd.DataFrame(
        {
            "unit": np.asarray(list(membership), dtype=object),
            "amount": facilities[column].to_numpy(dtype=np.float64, na_value=NAN),
            "id": facility_ids(facilities),
            "is_open": open_flags(facilities),
        }
    )
    groups = {code: rows for code, rows in known.groupby("unit", sort=True) if code != ""}
    rows = {code: _supply_row(groups.get(code), column) for code in unit_codes}
    index = pd.Index(list(rows), dtype="str", name="unit_code")
    return pd.DataFrame(
        {
            "existing": pd.Series([r["existing"] for r in rows.values()], dtype="float64"),
            "note": pd.Series([r["note"] for r in rows.values()], dtype="str"),
        }
    ).set_index(index)


def facility_ids(facilities: pd.DataFrame) -> pd.Series:
    """Ids of facilities as text: ``facility_id``, else the row's index label."""
    if "facility_id" in facilities:
        return pd.Series(facilities["facility_id"].astype(str).to_numpy(), dtype="str")
    return pd.Series(facilities.index.astype(str), dtype="str")


def open_flags(facilities: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which facilities are open on the data date; all of them where nothing says so."""
    if "is_open" not in facilities:
        return np.ones(len(facilities), dtype=bool)
    return facilities["is_open"].to_numpy(dtype=bool)


def _supply_row(rows: pd.DataFrame | None, column: str) -> dict[str, Any]:
    if rows is None:
        return {"existing": 0.0, "note": ""}
    is_open = rows[rows["is_open"]]
    unknown = is_open["amount"].isna()
    note = join_notes(
        listed(f"facilities without {column}", is_open.loc[unknown, "id"]),
        listed("facilities not yet open", rows.loc[~rows["is_open"], "id"]),
    )
    if len(is_open) > 0 and unknown.all():
        return {"existing": NAN, "note": note}
    total = sum((exact(float(x)) for x in is_open.loc[~unknown, "amount"]), start=exact("0"))
    return {"existing": float(total), "note": note}
