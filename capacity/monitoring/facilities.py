"""Which facility of one list is which of another, and what happened to it in between."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from capacity.monitoring.snapshot import ATTRIBUTES, FIGURE_COLUMNS

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

CHANGES: Final[dict[str, str]] = {
    "opened": "supply",
    "opened_undated": "supply",
    "newly_listed": "supply",
    "closed": "supply",
    "closed_undated": "supply",
    "no_longer_listed": "supply",
    "listed_late": "data",
    "left_out": "data",
    "status_corrected": "data",
    "moved": "data",
    "completed": "data",
    "other_figures": "not_separated",
}
"""What may happen to a facility between two lists, and the effect that it counts for."""

_SAID: Final = (
    *("name", "service", "status", "opened", "closed", "lon", "lat"),
    *("city_code", "district_code", "street_code", "community_code"),
    *ATTRIBUTES,
    *FIGURE_COLUMNS,
)
_NEAR_M: Final = 500.0
_SAME_PLACE_M: Final = 1.0
_METRES_PER_DEGREE: Final = 111_320.0


def match_facilities(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Find the same facilities in two lists.

    By service and id where both lists give ids that no other row has, unless name and place both
    differ (an id given anew); else by service and name where no other row has it, at most 500 m apart
    or without coordinates. Of the others (rows without a name, rows entered twice) those are the same
    that say the same in every column, the first of several the first.

    Parameters
    ----------
    old, new
        Facilities of two snapshots.

    Returns
    -------
    DataFrame
        One row per facility: ``old`` and ``new``, its row in each list, -1 where it is in one alone.
    """
    keys = [_keys(frame) for frame in (old, new)]
    by_id = _joined(keys[0], keys[1], "id")
    apart = _metres(old, new, by_id)
    same_name = keys[0]["name"].to_numpy()[by_id["old"]] == keys[1]["name"].to_numpy()[by_id["new"]]
    by_id = by_id[same_name | ~(apart > _NEAR_M)]
    rest = [
        frame[~frame["row"].isin(by_id[side])]
        for frame, side in zip(keys, ("old", "new"), strict=True)
    ]
    by_name = _joined(rest[0], rest[1], "name")
    by_name = by_name[~(_metres(old, new, by_name) > _NEAR_M)]
    both = pd.concat([by_id, by_name], ignore_index=True)
    both = pd.concat([both, _alike(old, new, both)], ignore_index=True)
    alone = [
        pd.DataFrame({"old": np.setdiff1d(np.arange(len(old)), both["old"]), "new": -1}),
        pd.DataFrame({"old": -1, "new": np.setdiff1d(np.arange(len(new)), both["new"])}),
    ]
    found: pd.DataFrame = pd.concat([both, *alone], ignore_index=True).astype("int64")
    return found.sort_values(["old", "new"], ignore_index=True)


def _keys(frame: pd.DataFrame) -> pd.DataFrame:
    """Give the keys of each row: service with id, and service with name; missing where not unique."""
    names = frame["name"].fillna("").map(_plain)
    service = frame["service"].astype("str") + "\n"
    ids = (service + frame["facility_id"].astype("str")).where(frame["id_given"].astype(bool))
    named = (service + names).where(names != "")
    keys = pd.DataFrame({"row": np.arange(len(frame)), "id": ids.array, "name": named.array})
    for name in ("id", "name"):
        keys[name] = keys[name].mask(keys[name].duplicated(keep=False))
    return keys


def _alike(old: pd.DataFrame, new: pd.DataFrame, both: pd.DataFrame) -> pd.DataFrame:
    """Pair the rows left over that say the same in every column, one by one."""
    columns = [name for name in _SAID if name in old and name in new]
    frames = {"old": old, "new": new}
    places = [
        np.flatnonzero(~np.isin(np.arange(len(frame)), both[side]))
        for side, frame in frames.items()
    ]
    rest = [
        frame[columns].iloc[at].astype("str").fillna("")
        for frame, at in zip(frames.values(), places, strict=True)
    ]
    left, right = (
        frame.assign(nth=frame.groupby(columns).cumcount(), row=at)
        for frame, at in zip(rest, places, strict=True)
    )
    found = left.merge(right, on=[*columns, "nth"], suffixes=("_old", "_new"))
    return pd.DataFrame({"old": found["row_old"], "new": found["row_new"]}).astype("int64")


def _plain(name: str) -> str:
    """Write a name without what people write in different ways: width, case and blanks."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _joined(old: pd.DataFrame, new: pd.DataFrame, key: str) -> pd.DataFrame:
    left, right = (frame[["row", key]].dropna() for frame in (old, new))
    found = left.merge(right, on=key, suffixes=("_old", "_new"))
    return pd.DataFrame({"old": found["row_old"], "new": found["row_new"]}).astype("int64")


def _metres(old: pd.DataFrame, new: pd.DataFrame, pairs: pd.DataFrame) -> NDArray[np.float64]:
    """Give the distance between the places of each pair, NaN where one has none."""
    first, second = old.iloc[pairs["old"]], new.iloc[pairs["new"]]
    north = first["lat"].to_numpy(dtype=float) - second["lat"].to_numpy(dtype=float)
    shrink = np.cos(np.radians(first["lat"].to_numpy(dtype=float)))
    east = (first["lon"].to_numpy(dtype=float) - second["lon"].to_numpy(dtype=float)) * shrink
    apart: NDArray[np.float64] = np.hypot(north, east) * _METRES_PER_DEGREE
    return apart


def classify(
    pairs: pd.DataFrame,
    old: pd.DataFrame,
    new: pd.DataFrame,
    dates: tuple[dt.date, dt.date],
    *,
    changed_figures: str = "not_separated",
    lists_differ: bool = False,
) -> pd.DataFrame:
    """Say what happened to each facility between two data dates.

    What has a date between the two happened; what has a date before both, or lists of one and the
    same date, was corrected. Exchanging the lists changes nothing.

    Parameters
    ----------
    pairs
        As ``match_facilities`` gives them.
    old, new
        Facilities of two snapshots.
    dates
        Their data dates.
    changed_figures
        Effect that another figure of a facility open on both dates counts for: it may have been
        enlarged or corrected, and no list says which.
    lists_differ
        Whether the rows that lists leave out were chosen by different rules (duplicates): then what
        appears or disappears without a date is data.

    Returns
    -------
    DataFrame
        ``pairs`` with ``change`` (``CHANGES``, empty where nothing changed that counts), ``effect``
        (what that counts for, empty where nothing changed), ``figures``
        (the columns with other numbers or words), ``filled`` (those known in one list alone) and
        ``moved`` (whether the place is another).
    """
    swapped = dates[0] > dates[1]
    lists = (new, old) if swapped else (old, new)
    sides = ("new", "old") if swapped else ("old", "new")
    first, last = min(dates), max(dates)
    was, now = (_side(frame, pairs[side]) for frame, side in zip(lists, sides, strict=True))
    open_then, open_now = was["is_open"].to_numpy(), now["is_open"].to_numpy()
    here_then, here_now = was["there"].to_numpy(), now["there"].to_numpy()
    opened = now["opened"].fillna(was["opened"])
    closed = now["closed"].fillna(was["closed"])
    began_before = (opened <= pd.Timestamp(first)).to_numpy()
    began_after = (opened > pd.Timestamp(first)).to_numpy()
    ended_before = (closed <= pd.Timestamp(first)).to_numpy()
    dated, ended = opened.notna().to_numpy(), closed.notna().to_numpy()
    corrected = first == last
    to_come = now["status"].isin(["planned", "under_construction"]).to_numpy()
    begins, ends = ~open_then & open_now, open_then & ~open_now
    undated = lists_differ or corrected
    figures, filled = _differences(was, now)
    moved = _moved(was, now)
    both = open_then & open_now
    cases: list[tuple[Any, str]] = [
        (begins & ~here_then & (began_before | undated & ~dated | corrected), "listed_late"),
        (begins & here_then & (began_before | corrected), "status_corrected"),
        (begins & dated, "opened"),
        (begins & here_then, "opened_undated"),
        (begins, "newly_listed"),
        (ends & here_now & (ended_before | to_come | began_after | corrected), "status_corrected"),
        (ends & ~here_now & undated, "left_out"),
        (ends & ended, "closed"),
        (ends & here_now, "closed_undated"),
        (ends, "no_longer_listed"),
        (both & moved, "moved"),
        (both & (figures != ""), "other_figures"),
        (both & (filled != ""), "completed"),
    ]
    change = np.select([case for case, _ in cases], [word for _, word in cases], default="")
    effects = {**CHANGES, "": "", "other_figures": changed_figures}
    if corrected:
        effects = {word: effect and "data" for word, effect in effects.items()}
    effect = pd.Series(change, dtype="str").map(effects).to_numpy(dtype=object)
    return pairs.assign(change=change, effect=effect, figures=figures, filled=filled, moved=moved)


def _side(frame: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    """Take the rows of one list, blank where a facility is not in it."""
    taken = frame.reset_index(drop=True).reindex(rows.to_numpy()).reset_index(drop=True)
    there = rows.to_numpy() >= 0
    is_open = taken["is_open"].astype("boolean").fillna(value=False).to_numpy(dtype=bool)
    return taken.assign(there=there, is_open=is_open & there)


def _differences(
    was: pd.DataFrame, now: pd.DataFrame
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Name the columns in which two lists say different things, and those that only one fills in."""
    here = (was["there"] & now["there"]).to_numpy()
    figures, filled = (np.full(len(was), "", dtype=object) for _ in range(2))
    for column in (*FIGURE_COLUMNS, *ATTRIBUTES):
        left, right = _known(was, column), _known(now, column)
        known = left.notna().to_numpy(), right.notna().to_numpy()
        other = here & known[0] & known[1] & (left != right).fillna(value=False).to_numpy(bool)
        figures[other] += f" {column}"
        filled[here & (known[0] != known[1])] += f" {column}"
    return _stripped(figures), _stripped(filled)


def _known(frame: pd.DataFrame, column: str) -> pd.Series:
    """Give the values of a column, missing where it is blank."""
    if column not in frame:
        return pd.Series(np.nan, index=frame.index, dtype="float64").astype("object")
    values = frame[column].astype("object")
    return values.mask((values == "").fillna(value=False).astype(bool) | frame[column].isna(), None)


def _stripped(texts: NDArray[np.object_]) -> NDArray[np.object_]:
    return np.array([text.strip() for text in texts], dtype=object)


def _moved(was: pd.DataFrame, now: pd.DataFrame) -> NDArray[np.bool_]:
    rows = pd.DataFrame({"old": np.arange(len(was)), "new": np.arange(len(was))})
    moved: NDArray[np.bool_] = _metres(was, now, rows) > _SAME_PLACE_M
    return moved
