"""Views: which rows of an assessment stand in which cell. Look-ups only; nothing is computed.

The findings table is long; reports are wide. ``look`` indexes the findings once, and every report
asks the same questions of the index.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from capacity.assess.summary import known_reach
from capacity.findings import ROLLUPS
from capacity.norms.model import KINDS
from capacity.report.labels import MEASURES
from capacity.vocabulary import SERVICES, TIER_OF, TIERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from capacity.assess.result import Assessment
    from capacity.norms.model import Norm

Row = dict[str, Any]
_KNOWN: Final = "known"

TIER_ORDER: Final = ("street", "community", "district", "city")
"""Tiers of units as tables take them: streets first."""


@dataclass(frozen=True, slots=True)
class Group:
    """One norm × measure: a group of columns in a table, or a row of the overview.

    Attributes
    ----------
    number
        Number of the norm, the same in every table, file and page of one assessment; measures of one
        norm share it.
    norm, measure
        What it shows; the measure is empty where the norm has no finding in this area.
    """

    number: int
    norm: Norm
    measure: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as tables show it."""

    code: str
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class View:
    """An assessment, indexed for look-ups.

    Attributes
    ----------
    result
        The assessment.
    root
        Code of the whole area.
    groups
        Every norm × measure, by number of the norm: by service, norms that conflict beside each other.
    units
        Code → unit, sorted by code as text.
    """

    result: Assessment
    root: str
    groups: tuple[Group, ...]
    units: dict[str, Unit]
    _rows: dict[tuple[str, str, str], dict[str, Row]]
    _people: dict[str, Row]

    def below(self, unit: str) -> View:
        """Look at a unit and all below it only, as ``look(result, unit)`` does."""
        codes = _below(self.result.area.units, unit)
        rows = {key: found for key, found in self._rows.items() if key[0] in codes}
        return View(
            result=self.result,
            root=unit,
            groups=_groups(self.result.norms.norms, rows),
            units={code: each for code, each in self.units.items() if code in codes},
            _rows=rows,
            _people=self._people,
        )

    def row(self, code: str, group: Group, *rollups: str) -> Row | None:
        """Find the findings row of a unit: the first of the rollups that there is, or None."""
        found = self._rows.get((code, group.norm.id, group.measure))
        if found is not None:
            for rollup in rollups:
                if rollup in found:
                    return found[rollup]
        return None

    def shown(self, code: str, group: Group) -> Row | None:
        """Find the row of a unit that a table with one row per unit shows, or None.

        Its own, else the sum of its units. Of a share of units of several tiers (a facility in every
        street and in every community) a unit counts with those that lie in it: their sum, if any.
        """
        of_units = group.norm.of is not None and bool(group.norm.of.units)
        first = ("sum_of_units", "unit") if of_units else ("unit", "sum_of_units")
        return self.row(code, group, *first)

    def people(self, code: str, group: str) -> float:
        """Look up the people of a group in a unit, NaN where unknown."""
        return float(self._people.get(code, {}).get(group, float("nan")))

    def of_service(self, service: str) -> tuple[Group, ...]:
        """List the groups of one service that have findings."""
        return tuple(g for g in self.groups if g.norm.service == service and g.measure)

    def tiers(self, service: str) -> tuple[str, ...]:
        """List the tiers at which units have findings of a service, streets first.

        The root's own tier is there only if it is alone.
        """
        wanted = {(group.norm.id, group.measure) for group in self.of_service(service)}
        found = {
            TIER_OF[self.units[code].type]
            for code, *pair in self._rows
            if code != self.root and tuple(pair) in wanted
        }
        return tuple(t for t in TIER_ORDER if t in found) or (TIER_OF[self.units[self.root].type],)

    def units_of(self, tier: str) -> tuple[Unit, ...]:
        """List the units of a tier, the root apart."""
        return tuple(
            u for u in self.units.values() if TIER_OF[u.type] == tier and u.code != self.root
        )

    def at_tier(self, groups: Iterable[Group], tier: str) -> tuple[Group, ...]:
        """Keep groups that some unit of a tier has a finding of; the root where it stands alone."""
        codes = [unit.code for unit in self.units_of(tier)] or [self.root]
        return tuple(
            group
            for group in groups
            if any((code, group.norm.id, group.measure) in self._rows for code in codes)
        )

    def statuses(self, group: Group) -> tuple[str, dict[str, int]]:
        """Count the units of each status, in the highest tier that has unit rows of the group.

        A share of units (a facility in every street and every community) counts all units below
        the root, of whatever tier: those that its sum counts.

        Returns
        -------
        tuple
            The tier, empty where no unit has a row, and status → number of units.
        """
        of_units = group.norm.of is not None and bool(group.norm.of.units)
        by_tier: dict[str, dict[str, int]] = {}
        below: dict[str, int] = {}
        for unit in self.units.values():
            row = self.row(unit.code, group, "unit")
            if row is not None:
                counts = by_tier.setdefault(TIER_OF[unit.type], {})
                counts[row["status"]] = counts.get(row["status"], 0) + 1
                if of_units and unit.code != self.root:
                    below[row["status"]] = below.get(row["status"], 0) + 1
        tier = next((t for t in TIERS if t in by_tier), "")
        return tier, below or by_tier.get(tier, {})


def look(result: Assessment, unit: str = "") -> View:
    """Index an assessment for look-ups.

    Parameters
    ----------
    result
        What ``assess`` gave.
    unit
        Code of the unit to look at, with all below it; the whole area if it is empty.

    Returns
    -------
    View
        Every row of its findings is reachable through ``View.row``.

    Raises
    ------
    KeyError
        If there is no such unit.
    """
    root = unit or result.area.code
    frame = result.area.units.sort_values("unit_code")
    frame = frame[frame["unit_code"].isin(_below(frame, root))]
    columns = (frame["unit_code"], frame["unit_name"], frame["unit_type"])
    units = {
        str(code): Unit(str(code), str(name), str(unit_type))
        for code, name, unit_type in zip(*columns, strict=True)
    }
    rows: dict[tuple[str, str, str], dict[str, Row]] = {}
    table = pd.concat([result.findings, result.subtotals], ignore_index=True)
    for row in records(table[table["unit_code"].isin(units)]):
        key = (row["unit_code"], row["norm_id"], row["measure"])
        rows.setdefault(key, {})[row["rollup"]] = row
    for (code, norm_id, measure, rollup), known in known_reach(result).items():
        if code in units:
            rows[code, norm_id, measure][rollup][_KNOWN] = known
    return View(
        result=result,
        root=root,
        groups=_groups(result.norms.norms, rows),
        units=units,
        _rows=rows,
        _people={str(row["unit_code"]): row for row in records(result.people)},
    )


def known_part(row: Row, column: str) -> float | None:
    """Give what is known of a number where a finding has none: of a circle, the units with data.

    Parameters
    ----------
    row
        A row of a view.
    column
        One of its numbers.

    Returns
    -------
    float or None
        The number, which must be shown as one of what is known alone; None where there is none.
    """
    known = row.get(_KNOWN)
    return getattr(known, column, None)


def records(frame: pd.DataFrame) -> list[Row]:
    """Give a table as a dict per row, columns in their order; what is missing is NaN or None.

    It is ``DataFrame.to_dict(orient="records")``, several times as fast where columns are text.
    """
    columns = [_values(frame[name]) for name in frame.columns]
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _values(column: pd.Series) -> list[Any]:
    if isinstance(column.dtype, np.dtype) and column.dtype != object:
        return list(column.tolist())
    return [None if value is pd.NA else value for value in column.to_numpy(dtype=object).tolist()]


def _below(units: pd.DataFrame, root: str) -> set[str]:
    """Give the code of a unit and of every unit below it."""
    children: dict[str, list[str]] = {}
    for code, parent in zip(units["unit_code"], units["parent_code"], strict=True):
        children.setdefault(parent, []).append(code)
    if root not in set(units["unit_code"]):
        raise KeyError(f"no unit {root} in this area.")
    found, todo = set(), [root]
    while todo:
        code = todo.pop()
        found.add(code)
        todo += [child for child in children.get(code, ()) if child not in found]
    return found


def _groups(
    norms: Iterable[Norm], rows: dict[tuple[str, str, str], dict[str, Row]]
) -> tuple[Group, ...]:
    measures: dict[str, set[str]] = {}
    for (_, norm_id, measure), found in rows.items():
        if not found.keys().isdisjoint(ROLLUPS):
            measures.setdefault(norm_id, set()).add(measure)
    known = [*MEASURES, ""]
    return tuple(
        Group(number, norm, measure)
        for number, norm in enumerate(_ordered(norms), start=1)
        for measure in sorted(measures.get(norm.id, {""}), key=known.index)
    )


def _ordered(norms: Iterable[Norm]) -> list[Norm]:
    """Order norms by service, kind and id, conflicting ones of a service beside each other."""
    services, kinds = list(SERVICES), list(KINDS)
    plain = sorted(norms, key=lambda n: (services.index(n.service), kinds.index(n.kind), n.id))
    first: dict[tuple[str, str], int] = {}
    places: list[tuple[int, int, int]] = []
    for i, norm in enumerate(plain):
        keys = [(norm.service, conflict) for conflict in norm.conflicts]
        place = min([i, *(first[key] for key in keys if key in first)])
        for key in keys:
            first.setdefault(key, place)
        places.append((services.index(norm.service), place, i))
    return [plain[i] for *_, i in sorted(places)]
