"""Norms tested on each facility by itself: area per place, staff per facility, size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from capacity.assess.table import NAN, as_unit_table, compare, join_notes, no_data
from capacity.exact import exact

if TYPE_CHECKING:
    from decimal import Decimal

    from capacity.assess.table import Row


def area_for_places(
    facilities: pd.DataFrame,
    rate: Decimal,
    *,
    area: str,
    places: str = "places",
    condition: str = "",
) -> pd.DataFrame:
    r"""Compare the area of each facility with what its places need.

    .. math:: required_f = a \cdot places_f, \quad
              shortfall_f = \max(0, required_f - existing_f)

    Parameters
    ----------
    facilities : DataFrame, shape (n_facilities,)
        The columns ``area`` and ``places`` (NaN where unknown); ``condition`` where the norm holds
        on some sites only; ``unknown``, the attribute that is missing to say whether a facility is
        meant at all, empty where it is.
    rate
        Square metres per place.
    area, places
        Names of the columns.
    condition
        Site condition of the norm, empty for all.

    Returns
    -------
    DataFrame
        On the index of ``facilities``: unit table columns. A facility on another site is
        ``not_applicable``; one whose site is not known is ``no_data``.

    Examples
    --------
    50 places need 400 m² without outdoor ground:

    >>> from decimal import Decimal
    >>> one = pd.DataFrame({"places": [50.0], "floor_area_m2": [380.0]})
    >>> area_for_places(one, Decimal(8), area="floor_area_m2")["shortfall"].to_list()
    [20.0]
    """
    blank = pd.Series("", index=facilities.index)
    sites = facilities.get("condition", blank).fillna("").astype("str")
    fits = ["no" if site and site != condition else "yes" if site else "" for site in sites]
    rows = [
        _area_row(unknown, fit if condition else "yes", (number, have), rate, (places, area))
        for unknown, fit, number, have in zip(
            facilities.get("unknown", blank),
            fits,
            _numbers(facilities, places),
            _numbers(facilities, area),
            strict=True,
        )
    ]
    return as_unit_table(rows, range(len(rows))).set_index(facilities.index)


def _numbers(facilities: pd.DataFrame, column: str) -> list[float]:
    if column not in facilities:
        return [NAN] * len(facilities)
    return facilities[column].astype("float64").tolist()


def _area_row(
    unknown: str,
    fits: str,
    sizes: tuple[float, float],
    rate: Decimal,
    names: tuple[str, str],
) -> Row:
    places, area = sizes
    if fits == "no":
        return {"status": "not_applicable", "note": "another site condition"}
    if unknown or not fits:
        return no_data(unknown or "condition")
    if places != places:  # noqa: PLR0124  # NaN
        return no_data(names[0])
    if area != area:  # noqa: PLR0124  # NaN
        return no_data(names[1], base_value=places)
    return compare(rate * exact(places), exact(area)) | {"base_value": places}


def figure_of_each(facilities: pd.DataFrame, figure: str, value: Decimal) -> pd.DataFrame:
    """Compare a figure of each facility with the same requirement.

    Parameters
    ----------
    facilities : DataFrame, shape (n_facilities,)
        The column ``figure`` (NaN where unknown), and ``unknown`` as in ``area_for_places``.
    figure
        Name of the column.
    value
        What each facility needs.

    Returns
    -------
    DataFrame
        On the index of ``facilities``: unit table columns, one facility each as base.
    """
    rows: list[Row] = []
    unknown = facilities.get("unknown", pd.Series("", index=facilities.index))
    for why, have in zip(unknown, _numbers(facilities, figure), strict=True):
        if why or have != have:  # noqa: PLR0124  # NaN
            rows.append(no_data(why or figure))
        else:
            rows.append(compare(value, exact(have)) | {"base_value": 1.0})
    return as_unit_table(rows, range(len(rows))).set_index(facilities.index)


def of_size(
    sizes: pd.DataFrame, least: Decimal, below: Decimal | None, column: str
) -> pd.DataFrame:
    """Count the facilities of each unit within a size class.

    Parameters
    ----------
    sizes
        As ``sizes_by_unit`` makes it.
    least, below
        Facilities of at least the one and less than the other (None for any) count.
    column
        Column of the size.

    Returns
    -------
    DataFrame
        Unit table, status ``reported``: ``base_value`` facilities of known size, ``existing`` those
        of the class. A unit that knows no size is ``no_data``; without facilities ``not_applicable``.
    """
    rows: list[Row] = []
    for known, unknown, note in zip(sizes["sizes"], sizes["unknown"], sizes["note"], strict=True):
        inside = [s for s in known if s >= least and (below is None or s < below)]
        if unknown and not known:
            rows.append(no_data(f"{column} of facilities"))
        elif not known:
            rows.append({"status": "not_applicable", "note": "no such facility"})
        else:
            share = len(inside) / len(known)
            row = {"base_value": float(len(known)), "existing": float(len(inside)), "share": share}
            rows.append(row | {"status": "reported"})
        rows[-1] |= {"note": join_notes(rows[-1].get("note", ""), note)}
    return as_unit_table(rows, sizes.index)
