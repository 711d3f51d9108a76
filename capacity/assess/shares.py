"""Norms of shares: a share of a whole (占比), and a share of units or people that has something."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from capacity.assess.ratio import needs_frame
from capacity.assess.table import (
    NAN,
    UnitTable,
    as_unit_table,
    compare,
    join_notes,
    listed,
    no_data,
)
from capacity.exact import ceil, exact
from capacity.vocabulary import UPPER_BOUND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from capacity.assess.table import Row


def share_required(base: Decimal, percent: Decimal, *, whole: bool = True) -> Decimal:
    """Part of a base that a share asks for, rounded up for indivisible things.

    Examples
    --------
    >>> share_required(Decimal(27), Decimal(50)), share_required(Decimal(16), Decimal(80))
    (Decimal('14'), Decimal('13'))
    """
    part = percent * base / 100
    return ceil(part) if whole else part


def to_build(base: Decimal, existing: Decimal, percent: Decimal) -> Decimal | None:
    """Smallest whole number of new ones that brings a share up: ``(existing + x) / (base + x)``.

    Parameters
    ----------
    base, existing
        The whole, and the part of it that counts; what is new adds to both.
    percent
        Share asked for.

    Returns
    -------
    Decimal or None
        Zero where the share is reached; None where building never reaches it, as with 100 %.

    Examples
    --------
    >>> to_build(Decimal(1000), Decimal(870), Decimal(90))
    Decimal('300')
    >>> to_build(Decimal(10), Decimal(9), Decimal(100)) is None
    True
    """
    lacking = percent * base - 100 * existing
    if lacking <= 0:
        return Decimal(0)
    return ceil(lacking / (100 - percent)) if percent < 100 else None  # noqa: PLR2004  # percent


def composition_tables(
    base: pd.DataFrame, supply: pd.DataFrame, percent: Decimal
) -> list[UnitTable]:
    r"""Make the unit tables of a share of a whole: what to convert, and what to build instead.

    .. math:: convert_u = \max(0, \lceil s \cdot of_u \rceil - existing_u), \quad
              build_u = \min\{x : (existing_u + x) / (of_u + x) \ge s\}

    Parameters
    ----------
    base, supply
        The whole and the part per unit, as ``count`` lays them out.
    percent
        Share asked for.

    Returns
    -------
    list of UnitTable
        ``convert`` and ``build``. A unit without any of the whole is ``not_applicable``.
    """

    def required(of: Decimal) -> Decimal:
        """Whole part of the base that the share asks for."""
        return share_required(of, percent)

    def converted(of: Decimal, have: Decimal) -> Row:
        """Row of what must be converted."""
        return compare(required(of), have) | _share(of, have)

    def built(of: Decimal, have: Decimal) -> Row:
        """Row of what must be built."""
        return _build_row(of, have, percent)

    convert = needs_frame(base, supply, required, empty="nothing to take a share of")
    both = [_row_by_row(convert, row) for row in (converted, built)]
    # how many are to be built nobody can say who does not know what there is
    both[1].loc[both[1]["status"] == "no_data", "required"] = NAN
    methods = ("convert: what there is", "build: new ones, which add to the whole")
    return [
        UnitTable(name, frame, method, lambda of, _: required(of), net_row=row)
        for name, frame, method, row in zip(
            ("convert", "build"), both, methods, (converted, built), strict=True
        )
    ]


def _row_by_row(frame: pd.DataFrame, make: Callable[[Decimal, Decimal], Row]) -> pd.DataFrame:
    """Compute known rows again from base and existing, keeping notes and rows without a verdict."""
    rows: list[Row] = []
    for row in frame.to_dict(orient="records"):
        if row["status"] in {"met", "short"}:
            made = make(exact(float(row["base_value"])), exact(float(row["existing"])))
            note = join_notes(made.get("note", ""), str(row["note"]))
            rows.append({str(k): v for k, v in row.items()} | made | {"note": note})
        elif row["status"] == "not_applicable":
            kept = ("status", "note", "base_value", "existing")
            rows.append({name: row[name] for name in kept})
        else:
            rows.append({str(k): v for k, v in row.items()})
    return as_unit_table(rows, frame.index)


def _share(base: Decimal, existing: Decimal) -> Row:
    return {"share": float(existing / base) if base > 0 else NAN}


def _build_row(base: Decimal, existing: Decimal, percent: Decimal) -> Row:
    more = to_build(base, existing, percent)
    share = _share(base, existing)
    if more is None:
        row = {"required": NAN, "shortfall": NAN, "surplus": NAN, "status": "short"}
        return row | share | {"note": "not to be reached by building"}
    needed = existing + more if more else share_required(base, percent)
    return compare(needed, existing) | share


def share_table(
    base: pd.DataFrame,
    supply: pd.DataFrame,
    percent: Decimal,
    *,
    measure: str,
    whole: bool,
    empty: str,
) -> UnitTable:
    """Make the unit table of a share of people or of things counted.

    Parameters
    ----------
    base, supply
        As in ``needs_frame``.
    percent
        Share asked for.
    measure
        What is counted.
    whole
        Whether it is indivisible.
    empty
        As in ``needs_frame``.

    Returns
    -------
    UnitTable
        ``required`` is the share of the base, ``share`` the one that there is.
    """

    def row(of: Decimal, have: Decimal) -> Row:
        """Row of one base and what there is."""
        return compare(share_required(of, percent, whole=whole), have) | _share(of, have)

    frame = needs_frame(
        base, supply, lambda of: share_required(of, percent, whole=whole), empty=empty
    )
    return UnitTable(
        measure=measure,
        frame=_row_by_row(frame, row),
        method="rounding: up, at the reported unit" if whole else "rounding: none",
        net_required=lambda of, _: share_required(of, percent, whole=whole),
        net_row=row,
    )


def units_with_one(counts: pd.DataFrame, percent: Decimal) -> UnitTable:
    """Make the unit table of a share of units that have a facility.

    Parameters
    ----------
    counts
        Facilities of each unit, as ``count`` lays them out.
    percent
        Share of the units that must have one.

    Returns
    -------
    UnitTable
        Each unit needs one; it has a verdict of its own only where every unit needs one. A parent
        needs the share of its units, rounded up.
    """
    one = counts.assign(existing=counts["existing"].clip(upper=1))
    ones = counts.assign(existing=1.0, most=1.0, missing="", note="")
    frame = needs_frame(ones, one, lambda _: Decimal(1))
    return UnitTable(
        measure="units_with_one",
        frame=frame if percent == 100 else _reported(frame),  # noqa: PLR2004  # percent
        method="units counted: with at least one facility",
        net_required=None,
        parents=lambda _code, rows: share_of_rows(rows, percent),
    )


def units_by_figure(
    own: pd.Series, everywhere: pd.Series, percent: Decimal, figure: str
) -> UnitTable:
    """Make the unit table of a share of units where a supplied figure says how many have it.

    Parameters
    ----------
    own, everywhere : Series
        The figure per unit counted, and per unit of any tier; NaN where unknown.
    percent
        Share of the units.
    figure
        Name of the figure.

    Returns
    -------
    UnitTable
        Units are shown without a verdict; a parent's figure is compared with the share of its units.
    """
    rows: list[Row] = [
        no_data(figure) if have != have else {"base_value": 1.0, "existing": have}  # noqa: PLR0124  # NaN
        for have in own
    ]
    known: list[Row] = [{"status": "reported"} | row for row in rows]

    def parents(code: str, below: Mapping[str, Row]) -> dict[str, Row]:
        """Rows of a parent, from its own figure."""
        applicable = [row for row in below.values() if row["status"] != "not_applicable"]
        have = float(everywhere.get(code, NAN))
        if have != have:  # noqa: PLR0124  # NaN
            number = Decimal(len(applicable))
            needs = float(share_required(number, percent))
            return _both(no_data(figure, base_value=float(number), required=needs))
        return _both(_of_units(len(applicable), exact(have), percent))

    return UnitTable(
        measure="units_with_one",
        frame=as_unit_table(known, own.index),
        method="units counted: as the figure says",
        net_required=None,
        parents=parents,
    )


def _reported(frame: pd.DataFrame) -> pd.DataFrame:
    verdict = frame["status"].isin(["met", "short"])
    return frame.assign(status=frame["status"].mask(verdict, "reported").astype("str"))


def share_of_rows(rows: Mapping[str, Row], percent: Decimal) -> dict[str, Row]:
    """Compare the units that have one with the share of units that must.

    Parameters
    ----------
    rows
        Unit code → row of ``units_with_one``, for the units of a parent.
    percent
        Share of the units.

    Returns
    -------
    dict
        ``sum_of_units`` and ``net``, which are the same. Units without data make ``no_data`` where
        they could change the verdict, and are listed; the shortfall beside them counts them as without
        one, so it is an upper bound.
    """
    applicable = [row for row in rows.values() if row["status"] != "not_applicable"]
    if not applicable:
        return _both({"status": "not_applicable", "note": "no unit to which the norm applies"})
    missing = [code for code, row in rows.items() if row["status"] == "no_data"]
    known = [row for row in applicable if row["status"] != "no_data"]
    have = sum((exact(float(row["existing"])) for row in known), start=Decimal(0))
    row = _of_units(len(applicable), have, percent)
    fewer = len(applicable) < len(rows)
    note = join_notes(
        f"units to which it applies: {len(applicable)} of {len(rows)}" if fewer else "",
        listed("units without data", missing),
    )
    if row["status"] == "short" and row["required"] <= row["existing"] + len(missing):
        unknown: Row = {"status": "no_data", "note": note}
        return _both(unknown | {name: row[name] for name in ("base_value", "required")})
    lacks = missing and row["status"] == "short"
    return _both(row | {"note": join_notes(note, UPPER_BOUND if lacks else "")})


def _of_units(number: int, have: Decimal, percent: Decimal) -> Row:
    base = Decimal(number)
    row = compare(share_required(base, percent), have)
    return row | {"base_value": float(number)} | _share(base, have)


def _both(row: Row) -> dict[str, Row]:
    return {"sum_of_units": dict(row), "net": dict(row)}
