"""Norms on residential compounds: so much per hundred households, and never under a minimum."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capacity.assess.table import (
    COLUMNS,
    NAN,
    UnitTable,
    as_unit_table,
    compare,
    join_notes,
    listed,
    no_data,
)
from capacity.exact import exact
from capacity.vocabulary import LOWER_BOUND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from capacity.assess.table import Row


def floor_area_required(
    households: Decimal, per_100_households: Decimal, minimum_m2: Decimal
) -> Decimal:
    """Floor area that a compound needs: ``max(minimum, per_100 × households / 100)``, linear.

    Examples
    --------
    >>> from decimal import Decimal
    >>> floor_area_required(Decimal(1260), Decimal(20), Decimal(200))
    Decimal('252')
    >>> floor_area_required(Decimal(420), Decimal(20), Decimal(200))
    Decimal('200')
    """
    return max(minimum_m2, per_100_households * households / 100)


def compound_shortfall(
    compounds: pd.DataFrame,
    *,
    per_100_households: float | str | Decimal,
    minimum_m2: float | str | Decimal = 0,
) -> pd.DataFrame:
    r"""Compare elder-care rooms with the requirement, compound by compound.

    .. math:: required_c = \max(m, a \cdot H_c / 100), \quad
              shortfall_c = \max(0, required_c - existing_c)

    A compound whose requirement per household is exactly the minimum needs the minimum. What is
    below standard is topped up, not replaced; compounds do not share.

    Parameters
    ----------
    compounds : DataFrame, shape (n_compounds,)
        ``households`` and ``elder_floor_area_m2`` (m², NaN where unknown); ``is_old`` where the
        norm is for old compounds only: False is not applicable, missing is no data.
    per_100_households
        Square metres per 100 households.
    minimum_m2
        Smallest requirement of a compound, m².

    Returns
    -------
    DataFrame
        On the index of ``compounds``: ``base_value`` (households), ``required``, ``existing``,
        ``shortfall``, ``surplus`` (m²), ``share`` (NaN), ``status``, ``note``.

    Raises
    ------
    KeyError
        If ``households`` or ``elder_floor_area_m2`` is not there.

    Notes
    -----
    每百户20平方米、最低200平方米 of Zhengzhou's plan of 2023-02-07, 三(六)1: for old compounds with no
    facility or one below standard. The clause does not write 建筑面积; floor area is assumed.

    Examples
    --------
    >>> import pandas as pd
    >>> compounds = pd.DataFrame(
    ...     {"households": [420, 1260], "elder_floor_area_m2": [0, 150]}, index=["A", "C"]
    ... )
    >>> compound_shortfall(compounds, per_100_households=20, minimum_m2=200)["shortfall"].to_dict()
    {'A': 200.0, 'C': 102.0}
    """
    rate, least = exact(per_100_households), exact(minimum_m2)
    households = compounds["households"].astype("float64").tolist()
    existing = compounds["elder_floor_area_m2"].astype("float64").tolist()
    flags: list[bool | None] = [True] * len(compounds)
    if "is_old" in compounds:
        flags = (
            compounds["is_old"]
            .astype("boolean")
            .astype("object")
            .where(compounds["is_old"].notna(), None)
            .tolist()
        )
    rows = [
        _compound_row(h, e, is_old, rate, least)
        for h, e, is_old in zip(households, existing, flags, strict=True)
    ]
    return as_unit_table(rows, range(len(compounds))).set_index(compounds.index)


def _compound_row(
    households: float, existing: float, is_old: bool | None, rate: Decimal, least: Decimal
) -> Row:
    if is_old is None:
        return no_data("is_old, or built_year with parameters.old_compound_built_before")
    if not is_old:
        return {"status": "not_applicable", "note": "new compound"}
    if households != households:  # noqa: PLR0124  # NaN
        return no_data("households")
    required = floor_area_required(exact(households), rate, least)
    if existing != existing:  # noqa: PLR0124  # NaN
        return no_data("elder_floor_area_m2", base_value=households, required=float(required))
    return compare(required, exact(existing)) | {"base_value": households}


def compounds_by_unit(
    results: pd.DataFrame,
    membership: Iterable[str],
    ids: Iterable[str],
    unit_codes: Iterable[str],
    *,
    nothing: str = "no old compound",
) -> pd.DataFrame:
    """Add compounds or facilities up per unit: gaps and surpluses apart, so that none covers another.

    A unit where some of them lack data is ``short`` if the known ones are, else ``no_data``:
    it is never met on part of them.

    Parameters
    ----------
    results
        What ``compound_shortfall`` returned, shape (n_compounds,).
    membership, ids
        Unit code (empty for none) and id of each.
    unit_codes
        Units wanted, in order.
    nothing
        Note of a unit that has none to which the norm applies.

    Returns
    -------
    DataFrame
        Unit table; a unit without any is ``not_applicable``.
    """
    by_unit: dict[str, list[Row]] = defaultdict(list)
    columns = [results[column].tolist() for column in COLUMNS]
    for unit, name, *values in zip(membership, ids, *columns, strict=True):
        by_unit[unit].append(dict(zip(COLUMNS, values, strict=True)) | {"id": str(name)})
    codes = list(unit_codes)
    return as_unit_table([_unit_row(by_unit.get(code, []), nothing) for code in codes], codes)


def _unit_row(compounds: list[Row], nothing: str) -> Row:
    missing = [c for c in compounds if c["status"] == "no_data"]
    known = [c for c in compounds if c["status"] in {"met", "short"}]
    if not known and not missing:
        return {"status": "not_applicable", "note": nothing}
    reasons = sorted({c["note"] for c in missing})
    note = join_notes(
        *(
            listed(reason, sorted(c["id"] for c in missing if c["note"] == reason))
            for reason in reasons
        )
    )
    columns = ("base_value", "required", "existing", "shortfall", "surplus")
    row: Row = {column: float(sum(exact(c[column]) for c in known)) for column in columns}
    short = row["shortfall"] > 0
    if missing and not short:
        return {"status": "no_data", "note": note}
    if missing:
        note = join_notes(note, LOWER_BOUND)
    return row | {"status": "short" if short else "met", "note": note}


def new_compound_shortfall(
    compounds: pd.DataFrame, required: Callable[[Decimal], Decimal], base: str, supply: str
) -> pd.DataFrame:
    """Compare what each new compound plans with what its planned people need.

    Parameters
    ----------
    compounds : DataFrame, shape (n_compounds,)
        ``is_old`` (nullable boolean) and the columns ``base`` and ``supply`` (NaN where unknown); a
        column that is not there is not known of any compound.
    required
        Requirement of so many people, exact.
    base, supply
        Names of the columns of people and of what is planned for them.

    Returns
    -------
    DataFrame
        As ``compound_shortfall``; an old compound is ``not_applicable``.

    Examples
    --------
    >>> import pandas as pd
    >>> from decimal import Decimal
    >>> one = pd.DataFrame({"is_old": [False], "people": [1010.0], "planned": [5.0]})
    >>> new_compound_shortfall(one, lambda p: 6 * p / 1000, "people", "planned")["shortfall"].to_list()
    [1.06]
    """
    flags = compounds["is_old"].astype("boolean")
    people = compounds.get(base, pd.Series(NAN, index=compounds.index)).astype("float64")
    planned = compounds.get(supply, pd.Series(NAN, index=compounds.index)).astype("float64")
    rows = [
        _new_row("" if missing else str(old), (of, have), required, (base, supply))
        for missing, old, of, have in zip(flags.isna(), flags, people, planned, strict=True)
    ]
    return as_unit_table(rows, range(len(compounds))).set_index(compounds.index)


def _new_row(
    is_old: str,
    sizes: tuple[float, float],
    required: Callable[[Decimal], Decimal],
    names: tuple[str, str],
) -> Row:
    people, planned = sizes
    if not is_old:
        return no_data("is_old, or built_year with parameters.old_compound_built_before")
    if is_old == "True":
        return {"status": "not_applicable", "note": "old compound"}
    if people != people:  # noqa: PLR0124  # NaN
        return no_data(names[0])
    if planned != planned:  # noqa: PLR0124  # NaN
        return no_data(names[1], base_value=people)
    return compare(required(exact(people)), exact(planned)) | {"base_value": people}


def compounds_of_size(results: pd.DataFrame, size: Decimal) -> pd.DataFrame:
    """Turn compounds' rooms into a count of those of a size: one is needed, one or none exists.

    Parameters
    ----------
    results
        What ``compound_shortfall`` returned.
    size
        Least floor area, m².

    Returns
    -------
    DataFrame
        Rows of the same compounds counted in compounds.
    """
    rows = [
        compare(Decimal(1), Decimal(int(exact(existing) >= size))) | {"base_value": 1.0}
        if status in {"met", "short"}
        else {"status": status, "note": note}
        for existing, status, note in zip(
            results["existing"], results["status"], results["note"], strict=True
        )
    ]
    return as_unit_table(rows, range(len(rows))).set_index(results.index)


def compliance_by_unit(
    compounds: pd.DataFrame, membership: Iterable[str], unit_codes: Iterable[str], column: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Count the new compounds of each unit, and those that comply with something.

    Parameters
    ----------
    compounds : DataFrame, shape (n_compounds,)
        ``compound_id``, ``is_old`` (nullable boolean) and ``column``: 1 where a compound complies,
        0 where not, NaN where unknown.
    membership
        Unit code of each compound, empty for none.
    unit_codes
        Units wanted, in order.
    column
        Name of the column.

    Returns
    -------
    tuple of DataFrame
        The new compounds and those that comply, each laid out as ``count`` does it. A compound that
        is not known to be new may be; one without a value may comply.

    Examples
    --------
    >>> some = pd.DataFrame(
    ...     {
    ...         "compound_id": ["A", "B", "C"],
    ...         "is_old": pd.array([False, False, True], dtype="boolean"),
    ...         "complies": [1.0, float("nan"), float("nan")],
    ...     }
    ... )
    >>> new, fine = compliance_by_unit(some, ["S"] * 3, ["S"], "complies")
    >>> new["existing"].to_list(), fine[["existing", "most"]].to_numpy().tolist()
    ([2.0], [[1.0, 2.0]])
    """
    codes = pd.Index(list(unit_codes), dtype="str", name="unit_code")
    is_new = ~compounds["is_old"].astype("boolean")
    value = compounds[column].astype("float64").clip(0.0, 1.0)
    frame = pd.DataFrame(
        {
            "unit": list(membership),
            "name": compounds["compound_id"].astype("str").to_numpy(),
            "new": is_new.fillna(value=False).to_numpy(dtype=np.float64),
            "open": is_new.isna().to_numpy(dtype=np.float64),
            "value": value.to_numpy(),
        }
    )
    frame["fine"] = frame["new"] * frame["value"].fillna(0.0)
    frame["maybe"] = (
        frame["open"] * frame["value"].fillna(1.0) + frame["new"] * frame["value"].isna()
    )
    sums = frame.groupby("unit")[["new", "open", "fine", "maybe"]].sum().reindex(codes).fillna(0.0)
    whole = pd.DataFrame(
        {
            "existing": sums["new"],
            "most": sums["new"] + sums["open"],
            "missing": "is_old, or built_year with parameters.old_compound_built_before",
            "note": _compound_notes(frame[frame["open"] > 0], codes, "old or new compound"),
        },
        index=codes,
    )
    blank = frame[(frame["new"] > 0) & frame["value"].isna()]
    part = pd.DataFrame(
        {
            "existing": sums["fine"],
            "most": sums["fine"] + sums["maybe"],
            "missing": column,
            "note": _compound_notes(blank, codes, column),
        },
        index=codes,
    )
    return whole, part


def _compound_notes(some: pd.DataFrame, codes: pd.Index, figure: str) -> list[str]:
    names = {unit: sorted(group["name"]) for unit, group in some.groupby("unit")}
    return [listed(f"compounds without {figure}", names.get(code, [])) for code in codes]


def households_table(by_unit: pd.DataFrame) -> UnitTable:
    """Make the unit table of a norm per households with a minimum per compound."""
    return UnitTable(
        measure="floor_area_m2",
        frame=by_unit,
        method="rounding: none; existing rooms: topped up; pooling between compounds: none",
        net_required=lambda _base, required: required,
    )
