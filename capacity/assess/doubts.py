"""What findings say of facilities that are counted, and perhaps should not be.

Rows that may be one place, and facilities of which nobody said that they opened, count: whether
they should nobody knows. The findings that count them say so, and say if a unit is met by them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from capacity.assess.circles import CIRCLES
from capacity.assess.counts import measure_of, selection
from capacity.assess.record import OF_FACILITIES, amounts_counted
from capacity.assess.supply import facility_ids, open_flags
from capacity.assess.table import UnitTable, join_notes, listed
from capacity.exact import exact
from capacity.vocabulary import (
    MAYBE_TWICE,
    MET_IN_DOUBT,
    PERHAPS_NOT_OPEN,
    POPULATION,
    UNITS_IN_DOUBT,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from capacity.assess.context import Context
    from capacity.assess.table import Row
    from capacity.norms.model import Count, Norm


def say_doubtful(
    context: Context, norm: Norm, measure: str, tier: str, frame: pd.DataFrame
) -> pd.DataFrame:
    """Say of which units a figure counts facilities in doubt, and which are met by them alone.

    Parameters
    ----------
    context
        The assessment that is running.
    norm
        The norm.
    measure
        What the figure counts.
    tier
        Tier of the units.
    frame
        Unit table; a circle counts in every unit that it touches, other figures where facilities stand.

    Returns
    -------
    DataFrame
        The same with notes. A unit is met by them alone if it would be short without the largest
        supply that may be counted too much: all of a facility not known to be open, and of those
        that may be one place all but the smallest, or all where one stands in another unit.
    """
    if not context.has_service(norm.service):
        return frame
    for what in (norm.supply, norm.of):
        if what is None or what.amount not in OF_FACILITIES:
            continue
        twin, unsure = _doubts(context.counted(norm.service))
        if not (twin.any() or unsure.any()):
            continue
        found = _doubtful(context, norm, what, tier)
        if norm.kind in CIRCLES:
            found = _reached(context, norm, measure, tier, found)
        found = found[found["unit"].isin(frame.index)]
        if found.empty:
            continue
        decides = what is norm.supply and measure in {"facilities", measure_of(what)}
        rows = UnitTable(measure, frame, "", None).rows()
        for code, some in found.groupby("unit"):
            row = rows[str(code)]
            doubt = _note(some)
            if decides and _met_by(row, some["amount"]):
                doubt = join_notes(doubt, MET_IN_DOUBT)
            if row["status"] != "not_applicable" and doubt not in row["note"]:
                row["note"] = join_notes(row["note"], doubt)
        frame = frame.assign(note=pd.array([row["note"] for row in rows.values()], dtype="str"))
    return frame


def _doubts(facilities: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Give the number of the place that rows may share, 0 for none, and who may not be open."""
    n = len(facilities)
    twin = facilities["twin"] if "twin" in facilities else np.zeros(n)
    unsure = facilities["unsure_open"] if "unsure_open" in facilities else np.zeros(n)
    return np.asarray(twin, dtype=np.int64), np.asarray(unsure, dtype=np.bool_)


def _doubtful(context: Context, norm: Norm, what: Count, tier: str) -> pd.DataFrame:
    """Lay out the facilities in doubt that a norm counts: unit, id, why, and what may be too much."""
    facilities, where, found = selection(context, norm, what, tier)
    twin, unsure = _doubts(facilities)
    counts = found["sure"].to_numpy(dtype=bool) & open_flags(facilities) & ((twin > 0) | unsure)
    some = facilities[counts]
    table = pd.DataFrame(
        {
            "at": np.flatnonzero(counts),
            "unit": where[counts],
            "id": facility_ids(some),
            "twin": twin[counts],
            "unsure": unsure[counts],
            "amount": amounts_counted(some, norm, what),
        }
    )
    everywhere = table.groupby("twin")["id"].transform("size")
    here = table.groupby(["unit", "twin"])["id"].transform("size")
    table["twice"] = (table["twin"] > 0) & (everywhere > 1)
    # of what may be one place, one row surely counts: the smallest, if all stand in one unit
    order = table.sort_values("amount", kind="stable")
    first = ~order.duplicated(["unit", "twin"]).reindex(table.index)
    spared = table["twice"] & ~table["unsure"] & (here == everywhere) & first
    lost = (table["twice"] | table["unsure"]) & ~spared
    table["amount"] = table["amount"].where(lost, 0.0)
    doubted: pd.DataFrame = table[table["twice"] | table["unsure"]]
    return doubted


def _reached(
    context: Context, norm: Norm, measure: str, tier: str, found: pd.DataFrame
) -> pd.DataFrame:
    """Lay facilities out by the units that their circle touches, where they serve people.

    Along the straight line, which no walk undercuts; exactly at the limit touches.
    """
    limits = context.limits(norm)
    limit = limits.get(measure) or limits.get(POPULATION) or next(iter(limits.values()))
    units = context.units_of(context.people_tier(tier))
    points = context.facility_places(norm.service)[found["at"].to_numpy()]
    tree = shapely.STRtree(units.geometry.to_numpy())
    at, unit = tree.query(points, "dwithin", distance=limit.metres)
    codes = [context.ancestor(str(code), tier) for code in units.index[unit]]
    touched: pd.DataFrame = found.iloc[at].assign(unit=codes)
    return touched.drop_duplicates(["at", "unit"])


def _note(some: pd.DataFrame) -> str:
    return join_notes(
        listed(MAYBE_TWICE, sorted(some.loc[some["twice"], "id"])),
        listed(PERHAPS_NOT_OPEN, sorted(some.loc[some["unsure"], "id"])),
    )


def _met_by(row: Row, lost: pd.Series) -> bool:
    """Whether a unit that is met would be short without what may be counted too much."""
    if row["status"] != "met":
        return False
    too_much = sum(map(exact, lost.dropna()), start=exact("0"))
    return exact(row["existing"]) - too_much < exact(row["required"])


def doubtful_below(rolled: dict[str, Row], below: Mapping[str, Row]) -> dict[str, Row]:
    """Say in the rows of a parent which of its units count facilities in doubt.

    Parameters
    ----------
    rolled
        Rows of the parent by rollup.
    below
        Rows of its units by code.

    Returns
    -------
    dict
        The same rows with notes.
    """
    words = (MAYBE_TWICE, PERHAPS_NOT_OPEN)
    codes = [code for code, row in below.items() if any(word in row["note"] for word in words)]
    if not codes:
        return rolled
    note = listed(UNITS_IN_DOUBT, sorted(codes))
    return {
        rollup: row
        if row["status"] == "not_applicable"
        else row | {"note": join_notes(row.get("note", ""), note)}
        for rollup, row in rolled.items()
    }
