"""Compare two assessments: what changed at each unit, and how much of it is due to what."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import pandas as pd

from capacity.assess.result import Assessment
from capacity.assess.summary import bound_of
from capacity.assess.table import join_notes
from capacity.errors import Fault, InputError
from capacity.findings import ROLLUPS
from capacity.monitoring.causes import Differences, match_norms
from capacity.monitoring.effects import EFFECTS
from capacity.monitoring.facilities import classify, match_facilities
from capacity.monitoring.reading import read_snapshot
from capacity.monitoring.rows import AMOUNTS, Rows
from capacity.monitoring.snapshot import snapshot_of

if TYPE_CHECKING:
    from pathlib import Path

    from capacity.monitoring.causes import Slot
    from capacity.monitoring.rows import Compared
    from capacity.monitoring.snapshot import Snapshot

ChangedFigures = Literal["not_separated", "supply", "data"]

_HEAD: Final = ("unit_code", "unit_name", "unit_type", "parent_code", "rollup", "service")
_WHAT: Final = ("kind", "measure", "base", "unit_of_measure")
_BESIDE: Final = ("standard", "base_value", "share")
TEXT: Final = (
    *_HEAD,
    "series",
    "stage",
    "norm_id_old",
    "norm_id_new",
    *_WHAT,
    "status_old",
    "status_new",
    "bound_old",
    "bound_new",
    "split",
    "note",
)
COLUMNS: Final = (
    *TEXT[:-2],
    *(f"{name}_{side}" for name in _BESIDE for side in ("old", "new")),
    *(f"{amount}_{word}" for amount in AMOUNTS for word in ("old", "new", "change", *EFFECTS)),
    "split",
    "note",
)
"""Columns of a comparison, in their order; those not in ``TEXT`` are float64."""

SPLITS: Final = ("unknown", "none", "one_cause", "computed", "summed", "not_separated")
"""How the change of a shortfall was divided (of what exists, where there is no shortfall): an
assessment does not know the amount, there is no change, one cause alone changed, by formula, as the sum of the units, or not at all."""

FACILITY_COLUMNS: Final = (
    "service",
    "change",
    "effect",
    "facility_id_old",
    "facility_id_new",
    "name",
    "unit_code_old",
    "unit_code_new",
    "opened",
    "closed",
    "what",
)
"""Columns of the table of facilities that changed."""

_SHOWN: Final = 5


@dataclass(frozen=True, repr=False)
class Comparison:
    """What changed between two assessments.

    Attributes
    ----------
    changes
        One row per unit × norm × measure × rollup; columns in ``capacity.monitoring.compare.COLUMNS``.
        ``required``, ``existing`` and ``shortfall`` have ``_old``, ``_new``, ``_change`` and the
        effects ``_people``, ``_supply``, ``_norm``, ``_data`` and ``_not_separated``, which add up to
        the change exactly. All are NaN where one assessment or both do not know the amount. ``bound_old`` and
        ``bound_new`` say what the shortfall is: ``exact``, ``at_least``, ``at_most`` or ``known_only``.
    facilities
        One row per facility that changed: who, where, what happened, and what that counts for;
        columns in ``FACILITY_COLUMNS``.
    faults
        What a reader must know: norms and units that only one assessment has, and so on.
    old, new
        What was compared.
    """

    changes: pd.DataFrame
    facilities: pd.DataFrame
    faults: tuple[Fault, ...]
    old: Snapshot
    new: Snapshot

    def __repr__(self) -> str:
        """Name, dates, and in how many rows the shortfall changed."""
        n = int((self.changes["shortfall_change"].fillna(0) != 0).sum())
        return (
            f"<Comparison of {self.new.name}, {self.old.data_date} to {self.new.data_date}: "
            f"{len(self.changes)} rows, shortfall changed in {n}>"
        )

    def to_folder(
        self,
        path: str | Path,
        *,
        overwrite: bool = False,
        language: Literal["zh", "en"] = "zh",
    ) -> Path:
        """Write tables and a page of the comparison into a folder, whole or not at all.

        Parameters
        ----------
        path
            Folder to make.
        overwrite
            Replace a folder that holds an earlier comparison.
        language
            Of the workbook and the page.

        Returns
        -------
        Path
            The folder written.

        Raises
        ------
        OutputExistsError
            If the folder is there and may not be replaced.
        """
        from capacity.report.compare import write_comparison

        return write_comparison(self, path, overwrite=overwrite, language=language)


def compare(
    old: Assessment | str | Path,
    new: Assessment | str | Path,
    *,
    changed_figures: ChangedFigures = "not_separated",
) -> Comparison:
    """Say what changed between two assessments of the same area, and why.

    Parameters
    ----------
    old, new
        Assessments, or folders that ``capacity assess`` wrote.
    changed_figures
        What another figure of a facility that was open on both dates counts for. A list does not say
        whether it was enlarged or corrected: by default its part is ``not_separated``.

    Returns
    -------
    Comparison
        Every unit × norm × measure × rollup of either assessment, with the effects of people, supply,
        norm and data on what is required, exists and lacks.

    Raises
    ------
    InputError
        A folder is no result, was written by an older version or changed since, or the two are of
        different areas, cities or norms. Every fault of both is listed.

    Notes
    -----
    The effects on a shortfall ``max(0, required - existing)`` are Shapley values, computed in exact
    fractions and then rounded to the step in which the figure comes. What no formula of the findings
    explains is given to its cause where there is only one, else it is ``not_separated``.

    Examples
    --------
    More people in a street without childcare, and a higher stage of the norm:

    >>> import capacity
    >>> import pandas as pd
    >>> results = []
    >>> for people, day in ((10_000, "2024-12-31"), (12_000, "2025-12-31")):
    ...     street = pd.DataFrame(
    ...         {"code": ["410199001"], "name": ["A"], "type": ["street"], "population": [people]}
    ...     )
    ...     area = capacity.study_area(
    ...         street, name="A", data_date=day, services=["childcare"], main_urban=True
    ...     )
    ...     results.append(capacity.assess(area, capacity.load_norms("zhengzhou", on=day)))
    >>> changes = compare(*results).changes
    >>> places = changes.query("series.str.endswith('places_per_thousand') and stage == 'due'")
    >>> places[["shortfall_old", "shortfall_new", "shortfall_people", "shortfall_norm"]].iloc[0].tolist()
    [40.0, 72.0, 10.0, 22.0]
    """
    snapshots, faults = [], []
    for side, one in (("OLD", old), ("NEW", new)):
        try:
            snapshots.append(_snapshot(one))
        except InputError as error:
            faults += [dataclasses.replace(fault, item=side) for fault in error.faults]
    if faults:
        raise InputError("The two results cannot be compared:", faults)
    return compare_snapshots(snapshots[0], snapshots[1], changed_figures=changed_figures)


def _snapshot(one: Assessment | str | Path) -> Snapshot:
    return snapshot_of(one) if isinstance(one, Assessment) else read_snapshot(one)


def compare_snapshots(
    old: Snapshot, new: Snapshot, *, changed_figures: ChangedFigures = "not_separated"
) -> Comparison:
    """Compare two snapshots; as ``compare``, without reading anything.

    Parameters
    ----------
    old, new
        The snapshots.
    changed_figures
        As in ``compare``.

    Returns
    -------
    Comparison
        As ``compare`` gives it.

    Raises
    ------
    InputError
        They are of different areas, cities or norms.
    """
    if faults := _different_areas(old, new):
        raise InputError("The two results cannot be compared:", faults)
    slots, faults = match_norms(old, new)
    if not any(slot.old and slot.new for slot in slots):
        raise InputError("The two results cannot be compared:", [*faults, _no_common_norms()])
    differences = Differences(old, new)
    pairs = classify(
        match_facilities(old.facilities, new.facilities),
        old.facilities,
        new.facilities,
        (old.data_date, new.data_date),
        changed_figures=changed_figures,
        lists_differ=old.parameters.get("duplicates") != new.parameters.get("duplicates"),
    )
    rows = Rows(differences, slots, pairs)
    by_key = {slot.key: slot for slot in slots}
    changes = _frame([_laid_out(row, by_key[key[2]]) for key, row in rows.compared().items()])
    return Comparison(
        changes=changes,
        facilities=_facility_changes(pairs, old, new),
        faults=(*faults, *_facts(differences, pairs)),
        old=old,
        new=new,
    )


def _laid_out(row: Compared, slot: Slot) -> dict[str, Any]:
    """Lay one compared row out in the columns of a comparison."""
    head = row.head
    series, _, stage = slot.key.partition("|")
    cells: dict[str, Any] = {name: head[name] for name in (*_HEAD, *_WHAT)}
    cells |= {"series": series, "stage": stage}
    cells |= {"norm_id_old": slot.old, "norm_id_new": slot.new}
    for side, one in (("old", row.old), ("new", row.new)):
        cells[f"status_{side}"] = "" if one is None else one["status"]
        cells[f"bound_{side}"] = "" if one is None else bound_of(one["note"])
        for name in (*_BESIDE, *AMOUNTS):
            cells[f"{name}_{side}"] = float("nan") if one is None else float(one[name])
    for amount, split in row.splits.items():
        if amount in row.unknown:
            continue
        was, now = row.known(amount)
        cells[f"{amount}_change"] = float(now - was)
        for effect in EFFECTS:
            cells[f"{amount}_{effect}"] = float(split.effects.get(effect, 0))
    order = ("shortfall", "existing", "required")
    shown = next((amount for amount in order if amount in row.splits), "")
    known = shown and shown not in row.unknown
    cells["split"] = row.splits[shown].how if known else "unknown"
    cells["note"] = join_notes(*dict.fromkeys(row.notes))
    return cells


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    data = {
        name: pd.Series(
            [row.get(name, "" if name in TEXT else float("nan")) for row in rows],
            dtype="str" if name in TEXT else "float64",
        )
        for name in COLUMNS
    }
    frame = pd.DataFrame(data)
    rank = frame["rollup"].map({name: i for i, name in enumerate(ROLLUPS)})
    order = frame.assign(rank=rank).sort_values(
        ["unit_code", "series", "stage", "rank"], kind="stable"
    )
    return frame.loc[order.index].reset_index(drop=True)


# --- facilities ------------------------------------------------------------------------------


def _facility_changes(pairs: pd.DataFrame, old: Snapshot, new: Snapshot) -> pd.DataFrame:
    """List the facilities that changed, with what is written of them in both lists."""
    changed = pairs[pairs["change"] != ""]
    rows = [
        _facility_row(pair, old.facilities, new.facilities)
        for pair in changed.to_dict(orient="records")
    ]
    frame = pd.DataFrame(rows, columns=list(FACILITY_COLUMNS)).astype("str")
    return frame.sort_values(list(FACILITY_COLUMNS[:5]), kind="stable", ignore_index=True)


def _facility_row(pair: dict[Any, Any], old: pd.DataFrame, new: pd.DataFrame) -> dict[str, str]:
    was, now = (
        {} if pair[side] < 0 else frame.iloc[pair[side]].to_dict()
        for side, frame in (("old", old), ("new", new))
    )
    last = now or was
    columns = [*pair["figures"].split(), *pair["filled"].split()]
    return {
        "service": last["service"],
        "change": pair["change"],
        "effect": pair["effect"],
        "facility_id_old": was.get("facility_id", ""),
        "facility_id_new": now.get("facility_id", ""),
        "name": last["name"],
        "unit_code_old": _unit_of(was),
        "unit_code_new": _unit_of(now),
        "opened": _day(now.get("opened"), was.get("opened")),
        "closed": _day(now.get("closed"), was.get("closed")),
        "what": join_notes(
            *(f"{name}: {_text(was.get(name))} to {_text(now.get(name))}" for name in columns)
        ),
    }


def _unit_of(row: dict[Any, Any]) -> str:
    """Give the street in which a facility stands, else the lowest unit above it."""
    tiers = ("street_code", "district_code", "city_code")
    return next((str(row[tier]) for tier in tiers if row.get(tier)), "")


def _day(*days: Any) -> str:
    known = [day for day in days if day is not None and not pd.isna(day)]
    return str(known[0].date()) if known else ""


def _text(value: Any) -> str:
    if value is None or pd.isna(value) or value == "":
        return "unknown"
    return f"{value:g}" if isinstance(value, float) else str(value)


# --- faults ----------------------------------------------------------------------------------


def _different_areas(old: Snapshot, new: Snapshot) -> list[Fault]:
    faults = []
    if old.code != new.code:
        faults.append(
            Fault(
                severity="error",
                code="compare.other_area",
                message=f"OLD is of {old.name} ({old.code}), NEW of {new.name} ({new.code}).",
                mend="Compare two results of the same area; correct study_area.code if it is the same.",
            )
        )
    if old.city != new.city:
        faults.append(
            Fault(
                severity="error",
                code="compare.other_city",
                message=f"OLD was assessed by the norms of {old.city}, NEW by those of {new.city}.",
                mend="Assess both with the norms of one city (--city).",
            )
        )
    return faults


def _no_common_norms() -> Fault:
    return Fault(
        severity="error",
        code="compare.no_common_norms",
        message="the two assessments have no norm in common.",
        mend="Assess both with the same options (--service, --kind, --role, --optional).",
    )


def _facts(differences: Differences, pairs: pd.DataFrame) -> list[Fault]:
    old, new = differences.old, differences.new
    faults = []
    if old.data_date > new.data_date:
        faults.append(
            Fault(
                severity="warning",
                code="compare.order",
                message=f"OLD ({old.data_date}) is later than NEW ({new.data_date}).",
                mend="Exchange them if that was not meant: every sign changes.",
            )
        )
    if old.data_date == new.data_date:
        faults.append(
            Fault(
                severity="info",
                code="compare.same_date",
                message=f"both are of {old.data_date}: what differs in people and facilities counts as "
                "data.",
            )
        )
    faults += _unit_facts(differences)
    return faults + _facility_facts(pairs)


def _unit_facts(differences: Differences) -> list[Fault]:
    codes = [set(one.units["unit_code"]) for one in (differences.old, differences.new)]
    alone = ((codes[0] - codes[1], "OLD"), (codes[1] - codes[0], "NEW"))
    faults = [
        Fault(
            severity="warning",
            code="compare.units",
            count=len(some),
            item=_some(some),
            message=f"units in the {side} assessment alone: {len(some)}. What they lack counts as "
            "data.",
            mend="If only their codes changed, give both assessments the same codes.",
        )
        for some, side in alone
        if some
    ]
    if differences.redrawn:
        faults.append(
            Fault(
                severity="warning",
                code="compare.boundaries",
                count=len(differences.redrawn),
                item=_some(differences.redrawn),
                message=f"units with other boundaries: {len(differences.redrawn)}. How many people came "
                "and how many the boundary moved cannot be told apart.",
                mend="Assess the older year again with the boundaries of the newer.",
            )
        )
    return faults


def _facility_facts(pairs: pd.DataFrame) -> list[Fault]:
    undated = pairs["change"].isin(["newly_listed", "no_longer_listed"])
    other = pairs["change"].eq("other_figures")
    faults = []
    if undated.any():
        faults.append(
            Fault(
                severity="info",
                code="compare.undated",
                count=int(undated.sum()),
                message=f"facilities in one list alone and without a date: {int(undated.sum())}. They "
                "count as opened or closed in between.",
                mend="Fill in the opening date, or keep closed facilities in the list with their date.",
            )
        )
    if other.any():
        faults.append(
            Fault(
                severity="info",
                code="compare.other_figures",
                count=int(other.sum()),
                message=f"facilities open on both dates with other figures: {int(other.sum())}. No list "
                "says whether they were enlarged or corrected.",
                mend="Say what they count for with --changed-figures supply or data.",
            )
        )
    return faults


def _some(codes: set[str] | frozenset[str]) -> str:
    shown = sorted(codes)[:_SHOWN]
    return ", ".join(shown) + (", …" if len(codes) > _SHOWN else "")
