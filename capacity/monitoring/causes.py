"""What differs between two assessments, and what a change therefore counts for.

The rules stand in ``docs/monitoring.md``. None of them depends on which assessment is the older, so
that exchanging the two negates every effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from capacity.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from capacity.monitoring.snapshot import Snapshot

_STAGES: Final = ("stage due", "next stage, due", "in force from")
_COUNTS: Final = ("points off the network", "facilities off the network", "points behind")
_AREA_CHANGED: Final = 0.001
_MOVED_M: Final = 10.0
_METRES_PER_DEGREE: Final = 111_320.0
_SHOWN: Final = 5


@dataclass(frozen=True)
class Slot:
    """One norm of the comparison: its id in each assessment, empty where it is in one alone."""

    key: str
    old: str
    new: str


@dataclass(frozen=True)
class Cause:
    """What a change counts for, and the phrase that says why (empty where it needs no saying)."""

    effect: str
    why: str = ""


SAME_PEOPLE: Final = Cause("data", "people of the same files")


def match_norms(old: Snapshot, new: Snapshot) -> tuple[list[Slot], list[Fault]]:
    """Pair the norms of two assessments: what is due with what is due, what is next with what is next.

    Stages of one series are one norm: where a later stage has become due, its value is the norm's
    change. A stage without a counterpart at its place is paired with the only other one left over.

    Parameters
    ----------
    old, new
        Two snapshots.

    Returns
    -------
    tuple
        Slots sorted by key, and a warning for norms that one of the assessments left out although
        they were in force: those are not compared.
    """
    slots: list[Slot] = []
    left_out: dict[str, list[str]] = {"OLD": [], "NEW": []}
    by_series = [_by_series(one.norms.values()) for one in (old, new)]
    for series in sorted({*by_series[0], *by_series[1]}):
        was, now = (dict(stages.get(series, {})) for stages in by_series)
        paired = [(stage, was.pop(stage), now.pop(stage)) for stage in list(was) if stage in now]
        if len(was) == len(now) == 1:
            (stage, gone), (_, come) = was.popitem(), now.popitem()
            paired.append((stage, gone, come))
        slots.extend(Slot(f"{series}|{stage}", a, b) for stage, a, b in paired)
        for rest, here, there, side in ((was, old, new, "NEW"), (now, new, old, "OLD")):
            for stage, norm_id in rest.items():
                if _in_force(here, norm_id, there):
                    if not paired:
                        left_out[side].append(norm_id)
                else:
                    ids = (norm_id, "") if side == "NEW" else ("", norm_id)
                    slots.append(Slot(f"{series}|{stage}", *ids))
    faults = [_left_out(side, ids) for side, ids in left_out.items() if ids]
    return sorted(slots, key=lambda slot: slot.key), faults


def _by_series(norms: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for norm in norms:
        found.setdefault(norm["series"], {})[norm["stage"]] = norm["id"]
    return found


def _in_force(here: Snapshot, norm_id: str, there: Snapshot) -> bool:
    """Whether a norm of one selection was in force on the date of the other, which left it out."""
    return str(here.norms[norm_id]["effective_from"]) <= there.norms_on.isoformat()


def _left_out(side: str, ids: list[str]) -> Fault:
    shown = ", ".join(ids[:_SHOWN]) + (", …" if len(ids) > _SHOWN else "")
    return Fault(
        severity="warning",
        code="compare.norms_left_out",
        count=len(ids),
        item=shown,
        message=f"norms not selected in the {side} assessment, though in force: {len(ids)}. They are "
        "not compared.",
        mend="Assess both with the same options (--service, --kind, --role, --optional).",
    )


@dataclass(frozen=True)
class Source:
    """Whether the files of some roles are the same, of the same year, of the same origin."""

    same_files: bool
    same_years: bool
    other_origin: bool


class Differences:
    """What differs between two snapshots, looked up while their rows are compared.

    Parameters
    ----------
    old, new
        The snapshots.
    """

    def __init__(self, old: Snapshot, new: Snapshot) -> None:
        self.old, self.new = old, new
        self.same_date = old.data_date == new.data_date
        self._sources: dict[tuple[str, ...], Source] = {}

    @cached_property
    def redrawn(self) -> frozenset[str]:
        """Codes of the units whose polygons are not the same: area 0.1 % or centre 10 m apart."""
        both = self.old.units.merge(self.new.units, on="unit_code", suffixes=("_old", "_new"))
        areas = both["area_m2_old"].to_numpy(), both["area_m2_new"].to_numpy()
        drawn = ~np.isnan(areas[0]), ~np.isnan(areas[1])
        other = np.abs(areas[0] - areas[1]) > _AREA_CHANGED * np.fmax(*areas)
        north = (both["lat_old"] - both["lat_new"]).to_numpy()
        shrink = np.cos(np.radians(both["lat_old"].to_numpy()))
        east = (both["lon_old"] - both["lon_new"]).to_numpy() * shrink
        apart = np.hypot(north, east) * _METRES_PER_DEGREE > _MOVED_M
        return frozenset(both["unit_code"][other | apart | (drawn[0] != drawn[1])])

    def source(self, *roles: str) -> Source:
        """Compare the files of some roles."""
        if roles not in self._sources:
            self._sources[roles] = self._compare_files(roles)
        return self._sources[roles]

    def _compare_files(self, roles: tuple[str, ...]) -> Source:
        was, now = (
            [file for file in one.inputs if file["role"] in roles] for one in (self.old, self.new)
        )
        if not was or not now:
            return Source(same_files=False, same_years=False, other_origin=False)

        def of(files: list[Mapping[str, Any]], key: str) -> list[str]:
            return sorted(f"{file['role']} {file[key]}" for file in files)

        origins = [
            sorted(_letters(str(file["description"])) for file in files) for files in (was, now)
        ]
        told = all(text for texts in origins for text in texts)
        dated = all(file["year"] is not None for file in (*was, *now))
        return Source(
            same_files=of(was, "sha256") == of(now, "sha256"),
            same_years=dated and of(was, "year") == of(now, "year"),
            other_origin=told and origins[0] != origins[1],
        )

    def _people_roles(self, methods: tuple[str, str]) -> tuple[str, ...]:
        """Give the roles of the files that people come from: official totals may be the units' own."""
        roles = {file["role"] for one in (self.old, self.new) for file in one.inputs}
        totals = any("official totals" in method for method in methods)
        if "census" not in roles and (totals or "population" not in roles):
            return ("population", "units")
        return ("population", "census")

    def people(self, unit_code: str, methods: tuple[str, str]) -> Cause:
        """Say what a change of people counts for.

        Parameters
        ----------
        unit_code
            The unit.
        methods
            ``method`` of the old and the new finding.

        Returns
        -------
        Cause
            ``people``, ``data``, or ``not_separated``.
        """
        source = self.source(*self._people_roles(methods))
        words = [_part(method, "people") for method in methods]
        persons = [one.parameters.get("persons_per_household") for one in (self.old, self.new)]
        other_way = words[0] != words[1]
        other_way |= "dwellings" in words[0] and persons[0] != persons[1]
        tests = (
            (self.same_date, Cause("data", "people of the same data date")),
            (other_way, Cause("data", "people counted in another way")),
            (source.same_files, SAME_PEOPLE),
            (unit_code in self.redrawn, Cause("not_separated", "unit with another boundary")),
            (source.same_years, Cause("data", "people of the same year corrected")),
            (source.other_origin, Cause("data", "people of another source")),
        )
        return next((cause for holds, cause in tests if holds), Cause("people"))

    def listed(self, role: str, effect: str) -> Cause:
        """Say what a change of numbers that stand in a table of some role counts for.

        Parameters
        ----------
        role
            Role of the input files: ``figures`` or ``compounds``.
        effect
            What it counts for unless it is a correction.

        Returns
        -------
        Cause
            The effect, or ``data``.
        """
        source = self.source(role)
        if self.same_date:
            return Cause("data", f"{role} of the same data date")
        if source.same_files:
            return Cause("data", f"{role} of the same files")
        if source.same_years:
            return Cause("data", f"{role} of the same year corrected")
        return Cause(effect)

    def asks_the_same(self, slot: Slot) -> bool:
        """Whether a norm asks the same in both apart from its value and the units it is asked of."""
        return self._same(slot, "asks")

    def same_levels(self, slot: Slot) -> bool:
        """Whether a norm is asked of the same types of units in both."""
        return self._same(slot, "levels")

    def _same(self, slot: Slot, fact: str) -> bool:
        if not (slot.old and slot.new):
            return False
        was, now = self.old.norms[slot.old], self.new.norms[slot.new]
        return list(was[fact]) == list(now[fact])

    def reading_differs(self, methods: tuple[str, str]) -> bool:
        """Whether reach was measured in another way: distances, network, speeds."""
        readings = [_reading(method) for method in methods]
        if readings[0] != readings[1]:
            return True
        walked = any("walking network" in method for method in methods)
        network = self.source("walking")
        files = [
            any(file["role"] == "walking" for file in one.inputs) for one in (self.old, self.new)
        ]
        return walked and (files[0] != files[1] or (all(files) and not network.same_files))


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalpha())


def _part(method: str, phrase: str) -> str:
    """Give the argument of a phrase of a method, empty where it is not there."""
    parts = dict(part.partition(": ")[::2] for part in method.split("; "))
    return parts.get(phrase, "")


def _reading(method: str) -> list[str]:
    """Give the parts of a method that say how reach was measured, without stages and numbers found."""
    return [
        part
        for part in method.split("; ")
        if not part.startswith((*_STAGES, *_COUNTS, "demand", "radius"))
    ]
