"""Norms that ask for facilities of a size in every unit: one of at least 50 places per street."""

from __future__ import annotations

import math
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from capacity.assess.counts import unknown_note
from capacity.assess.supply import facility_ids, open_flags
from capacity.assess.table import (
    UnitTable,
    as_unit_table,
    bounded,
    compare,
    join_notes,
    listed,
    no_data,
)
from capacity.exact import exact
from capacity.locate import check_layers, unit_codes_at

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd

    from capacity.assess.table import Row


def minimum_facilities(
    facilities: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    *,
    count: int = 1,
    size: float | str | Decimal,
    capacity: str = "places",
) -> pd.DataFrame:
    r"""Test whether every unit has enough single facilities of a size.

    .. math:: existing_u = |\{f \in u : size_f \ge s\}|, \quad
              shortfall_u = \max(0, n - existing_u)

    A facility of exactly the size counts; two small ones do not make a large one.

    Parameters
    ----------
    facilities : GeoDataFrame, shape (n_facilities,)
        Points with the capacity column, NaN where unknown.
    units : GeoDataFrame, shape (n_units,)
        Polygons with ``unit_code``, in the CRS of the facilities.
    count
        Facilities asked for in each unit.
    size
        Least capacity (places, beds) of a facility that counts.
    capacity
        Column of ``facilities`` that holds the capacity.

    Returns
    -------
    DataFrame
        Index ``unit_code`` in the order of ``units``; columns as in ``ratio_shortfall`` counted in
        facilities, and ``places_to_add``: the fewest places that would close the gap by enlarging
        the largest facilities that are too small, or building where there is none.

    Raises
    ------
    KeyError
        If the capacity column is not there.

    Notes
    -----
    The form of 每个街道至少建成1家不少于50个托位 in Zhengzhou's plan of 2022-12-02, 专栏1.

    Examples
    --------
    Two facilities of 30 places are not one of 50; adding 20 to one of them would do:

    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[box(0, 0, 100, 100)], crs=4547)
    >>> two = gpd.GeoDataFrame(
    ...     {"places": [30, 30]}, geometry=[Point(1, 1), Point(2, 2)], crs=4547
    ... )
    >>> minimum_facilities(two, units, size=50)[["existing", "shortfall", "places_to_add"]]
               existing  shortfall  places_to_add
    unit_code
    A               0.0        1.0           20.0
    """
    check_layers(units, facilities=facilities)
    codes = unit_codes_at(facilities.geometry.to_numpy(), units)
    sizes = sizes_by_unit(facilities, codes, units["unit_code"], capacity)
    frame = facilities_frame(sizes, count, exact(size), capacity)
    return frame.assign(
        places_to_add=places_frame(sizes, count, exact(size), capacity)["shortfall"]
    )


def sizes_by_unit(
    facilities: pd.DataFrame, membership: Iterable[str], unit_codes: Iterable[str], column: str
) -> pd.DataFrame:
    """Collect the sizes of the open facilities of each unit.

    Parameters
    ----------
    facilities : DataFrame, shape (n_facilities,)
        The capacity column, and ``facility_id`` and ``is_open`` where known.
    membership
        Unit code of each facility, empty for none.
    unit_codes
        Units wanted, in order.
    column
        Capacity column.

    Returns
    -------
    DataFrame
        Index ``unit_code``; ``sizes`` (list of exact decimals, largest first) and ``unknown`` (ids
        of facilities whose size is not known).
    """
    known: dict[str, list[Decimal]] = defaultdict(list)
    unknown: dict[str, list[str]] = defaultdict(list)
    amounts = facilities[column].astype("float64").tolist()
    entries = zip(
        membership, amounts, facility_ids(facilities), open_flags(facilities), strict=True
    )
    for unit, amount, name, is_open in entries:
        if is_open and amount == amount:  # noqa: PLR0124  # not NaN
            known[unit].append(exact(amount))
        elif is_open:
            unknown[unit].append(name)
    codes = list(unit_codes)
    data = {
        "sizes": pd.Series([sorted(known[code], reverse=True) for code in codes], dtype="object"),
        "unknown": pd.Series([sorted(unknown[code]) for code in codes], dtype="object"),
    }
    return pd.DataFrame(data).set_index(pd.Index(codes, dtype="str", name="unit_code"))


def facilities_frame(
    sizes: pd.DataFrame, count: int, size: Decimal, column: str = "places"
) -> pd.DataFrame:
    """Count the facilities of the size; units that unknown sizes could save are ``no_data``."""
    doubtful = [_Doubtful([], "", "")] * len(sizes)
    if "maybe" in sizes:
        entries = zip(sizes["maybe"], sizes["missing"], sizes["note"], strict=True)
        doubtful = [_Doubtful(*entry) for entry in entries]
    rows = [
        _count_row(known, unknown, more, count, (size, column))
        for known, unknown, more in zip(sizes["sizes"], sizes["unknown"], doubtful, strict=True)
    ]
    return as_unit_table(rows, sizes.index)


class _Doubtful(NamedTuple):
    sizes: list[float]
    missing: str
    note: str


def _count_row(
    known: list[Decimal],
    unknown: list[str],
    doubtful: _Doubtful,
    count: int,
    least: tuple[Decimal, str],
) -> Row:
    size, column = least
    enough = sum(1 for s in known if s >= size)
    more = sum(1 for s in doubtful.sizes if math.isinf(s) or exact(s) >= size)
    note = join_notes(listed(f"facilities without {column}", unknown), doubtful.note)
    if enough < count <= enough + len(unknown) + more:
        wanted = f"{column} of facilities" if unknown else doubtful.missing
        row = no_data(wanted, base_value=1.0, required=float(count))
        return row | {"note": join_notes(row["note"], note)}
    row = compare(Decimal(count), Decimal(enough)) | {"base_value": 1.0}
    return row | {"note": bounded(row, note, less=bool(unknown or more))}


def doubtful_by_unit(
    facilities: pd.DataFrame,
    membership: Iterable[str],
    unknown: Iterable[str],
    unit_codes: Iterable[str],
    column: str,
) -> pd.DataFrame:
    """Collect the open facilities of each unit of which it is not known whether they count.

    Parameters
    ----------
    facilities : DataFrame, shape (n_facilities,)
        The capacity column, and ``facility_id`` and ``is_open`` where known.
    membership
        Unit code of each facility, empty for none.
    unknown
        Attribute that each does not say, empty where it is known whether it counts.
    unit_codes
        Units wanted, in order.
    column
        Capacity column.

    Returns
    -------
    DataFrame
        Index ``unit_code``; ``maybe`` (list of sizes, infinite where unknown), ``missing`` (the
        input that would say it) and ``note`` (which ones).
    """
    sizes: dict[str, list[float]] = defaultdict(list)
    names: dict[str, list[tuple[str, str]]] = defaultdict(list)
    amounts = facilities[column].astype("float64").fillna(math.inf).tolist()
    flags = open_flags(facilities).tolist()
    entries = zip(membership, amounts, facility_ids(facilities), unknown, flags, strict=True)
    for unit, amount, name, why, is_open in entries:
        if why and is_open:
            sizes[unit].append(amount)
            names[unit].append((name, why))
    codes = list(unit_codes)
    why_of = [names[code][0][1] if names[code] else "" for code in codes]
    data = {
        "maybe": pd.Series([sizes[code] for code in codes], dtype="object"),
        "missing": [f"{why} of facilities" if why else "" for why in why_of],
        "note": [unknown_note(*zip(*names[c], strict=True)) if names[c] else "" for c in codes],
    }
    return pd.DataFrame(data).set_index(pd.Index(codes, dtype="str", name="unit_code"))


def places_frame(
    sizes: pd.DataFrame, count: int, size: Decimal, column: str = "places"
) -> pd.DataFrame:
    """Find the fewest places to add: what the largest facilities lack to be of the size."""
    rows = []
    counted = facilities_frame(sizes, count, size, column)
    entries = zip(sizes["sizes"], counted["status"], counted["note"], strict=True)
    for known, status, note in entries:
        if status == "no_data":
            needed = {"base_value": 1.0, "required": float(size * count)}
            rows.append({"status": status, "note": note} | needed)
            continue
        largest = sum((min(s, size) for s in known[:count]), start=Decimal(0))
        rows.append(compare(size * count, largest) | {"base_value": 1.0})
    return as_unit_table(rows, sizes.index)


def existence_tables(
    sizes: pd.DataFrame, count: int, size: Decimal, column: str = "places"
) -> list[UnitTable]:
    """Make the unit tables of a norm of facilities of a size per unit: facilities, and what to add."""
    to_add = UnitTable(
        measure=f"{column}_to_add",
        frame=places_frame(sizes, count, size, column),
        method=f"fewest {column} to add: the largest facilities enlarged, else built",
        net_required=lambda _base, required: required,
        nets=False,
    )
    method = f"facilities counted: each of at least {size} {column} by itself"
    return [count_table(facilities_frame(sizes, count, size, column), method), to_add]


def count_table(frame: pd.DataFrame, method: str) -> UnitTable:
    """Make the unit table of facilities per unit."""
    return UnitTable(
        measure="facilities",
        frame=frame,
        method=method,
        net_required=lambda _base, required: required,
    )


def needed_by_minimums(street_size: Decimal, community_size: Decimal, communities: int) -> Decimal:
    """Places that the minimum facilities of a street and its communities need at least.

    The street's facility also serves the community that it stands in, if it is large enough.

    Parameters
    ----------
    street_size
        Least size asked of the street's facility, 0 if none is asked.
    community_size
        Least size asked in each community, 0 if none is asked.
    communities
        Number of communities in the street.

    Returns
    -------
    Decimal
        ``street + (communities − 1) × community`` where both are asked; a lower bound, as it does
        not look at where facilities stand.

    Examples
    --------
    >>> needed_by_minimums(Decimal(50), Decimal(20), 5)
    Decimal('130')
    """
    if communities == 0:
        return street_size
    return max(street_size, community_size) + (communities - 1) * community_size


def combined_need(ratio_need: Decimal, minimums_need: Decimal) -> Decimal:
    """Places needed for a ratio and for minimum facilities together: the larger, never the sum.

    Parameters
    ----------
    ratio_need
        Places that the ratio to population requires.
    minimums_need
        Places that minimum facilities require.

    Returns
    -------
    Decimal
        A lower bound of the places needed.

    Examples
    --------
    >>> combined_need(Decimal(72), Decimal(130))
    Decimal('130')
    """
    return max(ratio_need, minimums_need)


def combined_table(ratio: UnitTable, minimums: pd.Series) -> UnitTable:
    """Put the ratio and the minimum facilities of each unit together.

    Parameters
    ----------
    ratio
        Unit table of the ratio norm.
    minimums
        Places that minimum facilities need, per unit code, exact.

    Returns
    -------
    UnitTable
        Status ``reported``: the documents set both requirements but not their combination.
    """
    rows: list[Row] = []
    for row, least in zip(
        ratio.frame.to_dict(orient="records"), minimums.loc[ratio.frame.index], strict=True
    ):
        if row["status"] in {"no_data", "not_applicable"}:
            kept = {name: row[name] for name in ("status", "note", "base_value")}
            required = float(row["required"])
            if row["status"] == "no_data" and not math.isnan(required):
                kept["required"] = float(combined_need(exact(required), least))
            rows.append(kept)
            continue
        need = combined_need(exact(float(row["required"])), least)
        compared = compare(need, exact(float(row["existing"])))
        note = f"lower bound: larger of ratio {row['required']:g} and minimum facilities {least:f}"
        more = {"base_value": row["base_value"], "status": "reported"}
        rows.append(compared | more | {"note": join_notes(note, str(row["note"]))})
    return UnitTable(
        measure="places_with_minimums",
        frame=as_unit_table(rows, ratio.frame.index),
        method="lower bound: the larger of the two needs, never their sum",
        net_required=lambda _base, required: required,
    )
