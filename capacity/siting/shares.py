"""Shares of people or places that a model must reach: of all, or unit by unit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from capacity.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd

Share = float | str | Decimal
"""A share as a number or as text, with all its digits."""


def share_faults(share: Share | Mapping[str, Share], units: gpd.GeoDataFrame) -> Iterator[Fault]:
    """Check a share, or one by unit code.

    Parameters
    ----------
    share
        0 to 1.
    units
        Polygons with ``unit_code``.

    Yields
    ------
    Fault
        What is no share, and codes that are no unit's.
    """
    given = share if isinstance(share, Mapping) else {"": share}
    known = set(units["unit_code"])
    for code, value in given.items():
        try:
            good = 0 <= as_decimal(value) <= 1
        except (ValueError, ArithmeticError):
            good = False
        if not good:
            yield Fault(
                severity="error",
                code="sites.share",
                message=f"{value} is no share.",
                mend="Give a number from 0 to 1: 0.9 for 90 %.",
                column="share",
                item=code,
            )
        if code and code not in known:
            yield Fault(
                severity="error",
                code="sites.unknown_unit",
                message=f"there is no unit {code}.",
                mend="Write codes as text, as they stand in unit_code.",
                column="share",
                item=code,
            )


def as_decimal(share: Share) -> Decimal:
    """Take a share with all its digits.

    Parameters
    ----------
    share
        A float is taken as it prints.

    Returns
    -------
    Decimal
        Exact.
    """
    return Decimal(str(share))
