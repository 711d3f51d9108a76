"""Which facility counts how much for which norm, and where: what a figure of supply is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from capacity.assess.counts import selection
from capacity.assess.supply import open_flags
from capacity.norms.model import UNIT_RULES
from capacity.vocabulary import AMOUNTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from capacity.assess.context import Context
    from capacity.norms.model import Count, Norm

SUPPLY_COLUMNS: Final = ("norm_id", "role", "tier", "unit_code", "facility", "amount")
"""Columns of the supply table, in their order."""

_TEXT: Final = SUPPLY_COLUMNS[:4]
OF_FACILITIES: Final = frozenset(AMOUNTS) - {"elder_floor_area_m2"}
"""What lists of facilities give; the one left out is of compounds."""


def no_supply() -> pd.DataFrame:
    """Make a supply table without rows."""
    columns = {name: pd.Series([], dtype="str") for name in _TEXT}
    columns["facility"] = pd.Series([], dtype="int64")
    return pd.DataFrame(columns | {"amount": pd.Series([], dtype="float64")})


def supply_table(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Put supply tables together, sorted by norm, role, tier, unit and facility.

    Parameters
    ----------
    parts
        What ``counted_facilities`` gave for each norm and tier.

    Returns
    -------
    DataFrame
        Columns as in ``SUPPLY_COLUMNS``.
    """
    table = pd.concat([no_supply(), *parts], ignore_index=True)
    return table.sort_values([*_TEXT, "facility"], kind="stable", ignore_index=True)


def counted_facilities(context: Context, norm: Norm, tier: str) -> pd.DataFrame:
    """List the open facilities that a norm counts in the units of a tier, with what each counts for.

    Parameters
    ----------
    context
        The assessment that is running.
    norm
        The norm.
    tier
        Tier of the units.

    Returns
    -------
    DataFrame
        Columns as in ``SUPPLY_COLUMNS``: ``role`` is ``supply``, or ``of`` for what the supply is a
        share of; ``unit_code`` is empty for a facility in no unit of the tier; ``facility`` is its row in
        the facilities of the area, from 0; ``amount`` is what it adds to the existing amount (1 or 0 where facilities of a size are counted), NaN
        where its figure is not known or it is not known whether it counts. Empty for figures.
    """
    parts = [
        _counted(context, norm, what, tier, role)
        for role, what in (("supply", norm.supply), ("of", norm.of))
        if what is not None and what.amount in OF_FACILITIES and context.has_service(norm.service)
    ]
    if len(parts) == 1:
        return parts[0]
    return pd.concat(parts, ignore_index=True) if parts else no_supply()


def _counted(context: Context, norm: Norm, what: Count, tier: str, role: str) -> pd.DataFrame:
    facilities, where, found = selection(context, norm, what, tier)
    sure = found["sure"].to_numpy(dtype=bool)
    meant = (sure | (found["unknown"] != "").to_numpy(dtype=bool)) & open_flags(facilities)
    amount = amounts_counted(facilities, norm, what)
    rows = context.area.facilities.index.get_indexer(facilities.index)
    return pd.DataFrame(
        {
            "norm_id": pd.Series(norm.id, index=range(int(meant.sum())), dtype="str"),
            "role": role,
            "tier": tier,
            "unit_code": pd.array(where[meant], dtype="str"),
            "facility": rows[meant].astype(np.int64),
            "amount": np.where(sure, amount, np.nan)[meant],
        }
    )


def amounts_counted(
    facilities: pd.DataFrame, norm: Norm, what: Count
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Give what each facility adds; of a norm with a least size, whether it has the size.

    Parameters
    ----------
    facilities
        As ``selection`` gives them.
    norm
        The norm.
    what
        Its ``supply`` or ``of``.

    Returns
    -------
    array of float64, shape (n_facilities,)
        NaN where the figure or the size is not known.
    """
    if norm.kind != "minimum_count_per_unit" or norm.minimum_size is None:
        return facilities[what.amount].to_numpy(dtype=np.float64)
    size = facilities[UNIT_RULES[norm.minimum_size_unit].amount].to_numpy(dtype=np.float64)
    large = (size >= float(norm.minimum_size)).astype(np.float64)
    return np.where(np.isnan(size), np.nan, large)
