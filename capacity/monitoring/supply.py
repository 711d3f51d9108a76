"""What the change of existing supply is made of, facility by facility."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from capacity.exact import exact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from capacity.monitoring.causes import Differences, Slot
    from capacity.monitoring.snapshot import Snapshot

NONE: Final = Decimal(0)
Key = tuple[str, str, str]


@dataclass
class SupplyPart:
    """What changed of one norm's supply in one unit.

    Attributes
    ----------
    amounts
        Effect → sum of what the facilities add or take away.
    effects
        Effects of all facilities that changed, also those that add up to nothing.
    facilities
        Change → names of the facilities, for notes.
    """

    amounts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    effects: set[str] = field(default_factory=set)
    facilities: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, other: SupplyPart) -> None:
        """Add the part of another unit."""
        for effect, amount in other.amounts.items():
            self.amounts[effect] += amount
        self.effects |= other.effects
        for change, names in other.facilities.items():
            self.facilities[change].extend(names)


@dataclass(frozen=True)
class SupplyChanges:
    """What changed of the supply of every norm.

    Attributes
    ----------
    parts
        (slot, role, unit code) → what changed there.
    counted
        The (slot, role) whose supply is counted from facilities in either assessment.
    touched
        Slot → pair and effect of every facility that changed, or was moved.
    """

    parts: dict[Key, SupplyPart]
    counted: frozenset[tuple[str, str]]
    touched: dict[str, set[tuple[int, str]]]


def supply_parts(
    differences: Differences, slots: Iterable[Slot], pairs: pd.DataFrame
) -> SupplyChanges:
    """Add up, for each norm and unit, what each facility changed.

    Parameters
    ----------
    differences
        The two snapshots.
    slots
        The norms compared.
    pairs
        The facilities, as ``classify`` gives them.

    Returns
    -------
    SupplyChanges
        Per slot, role and unit.
    """
    slots = list(slots)
    old = _of_side(differences.old, {s.old: s.key for s in slots if s.old}, pairs["old"])
    new = _of_side(differences.new, {s.new: s.key for s in slots if s.new}, pairs["new"])
    counted = frozenset(zip(*(pd.concat([old, new])[c] for c in ("slot", "role")), strict=True))
    same_asked = {slot.key: differences.asks_the_same(slot) for slot in slots}
    keys = ["slot", "role", "tier", "pair"]
    both = old.merge(new, on=keys, how="outer", suffixes=("_old", "_new"), indicator=True)
    facts = pairs.loc[both["pair"], ["change", "effect", "moved", "old", "new"]]
    both = both.join(facts.reset_index(drop=True))
    names = _names(differences, pairs)
    parts: dict[Key, SupplyPart] = defaultdict(SupplyPart)
    touched: dict[str, set[tuple[int, str]]] = defaultdict(set)
    changed = both[_may_differ(both)]
    for row in changed.to_dict(orient="records"):
        for unit, amount, effect in _deltas(row, same_asked[row["slot"]]):
            part = parts[row["slot"], row["role"], unit]
            part.amounts[effect] += amount
            part.effects.add(effect)
            if row["role"] == "supply":
                touched[row["slot"]].add((row["pair"], effect))
            part.facilities[row["change"] or "counted_otherwise"].append(names[row["pair"]])
    return SupplyChanges(dict(parts), counted, dict(touched))


def _of_side(snapshot: Snapshot, slots: Mapping[str, str], rows: pd.Series) -> pd.DataFrame:
    """Give the supply of one side with the slot of its norm and the pair of its facility."""
    pair_of = np.full(len(snapshot.facilities), -1, dtype=np.int64)
    here = rows.to_numpy() >= 0
    pair_of[rows.to_numpy()[here]] = np.flatnonzero(here)
    supply = snapshot.supply
    slot = supply["norm_id"].map(dict(slots))
    frame = supply.assign(slot=slot, pair=pair_of[supply["facility"].to_numpy()])
    return frame.loc[slot.notna(), ["slot", "role", "tier", "pair", "unit_code", "amount"]]


def _may_differ(both: pd.DataFrame) -> pd.Series:
    """Leave out what is counted alike at the same place."""
    same = both["_merge"].eq("both") & (both["unit_code_old"] == both["unit_code_new"])
    same &= ~both["moved"].astype(bool)
    amounts = both["amount_old"], both["amount_new"]
    same &= (amounts[0] == amounts[1]) | (amounts[0].isna() & amounts[1].isna())
    return ~same


def _deltas(row: Mapping[Any, Any], same_asked: bool) -> list[tuple[str, Decimal, str]]:
    """Give what one facility adds where: unit, amount, effect."""
    was, now = (_amount(row[f"amount_{side}"]) for side in ("old", "new"))
    units = row["unit_code_old"], row["unit_code_new"]
    otherwise = "data" if row["moved"] else "not_separated" if same_asked else "norm"
    effect = str(row["effect"] or otherwise)
    if row["_merge"] == "both" and units[0] != units[1]:
        return [(str(units[0]), -was, "data"), (str(units[1]), now, "data")]
    if row["_merge"] == "both":
        return [(str(units[1]), now - was, effect)]
    if row["_merge"] == "left_only":
        return [(str(units[0]), -was, effect)]
    return [(str(units[1]), now, effect)]


def _amount(value: Any) -> Decimal:
    number = float(value)
    return exact(number) if number == number else NONE  # noqa: PLR0124  # NaN


def _names(differences: Differences, pairs: pd.DataFrame) -> list[str]:
    """Name each facility by its id in the newer list, else in the older."""
    sides = ((differences.new, "new"), (differences.old, "old"))
    names = np.full(len(pairs), "", dtype=object)
    for snapshot, side in sides:
        rows = pairs[side].to_numpy()
        ids = snapshot.facilities["facility_id"].to_numpy(dtype=object)
        here = (rows >= 0) & (names == "")
        names[here] = ids[rows[here]]
    return [str(name) for name in names]


def above(
    parts: Mapping[Key, SupplyPart], lineage: Mapping[str, Iterable[str]]
) -> dict[Key, SupplyPart]:
    """Add the parts of units up for each unit above them.

    Parameters
    ----------
    parts
        (slot, role, unit code) → what changed there, of the units of one tier.
    lineage
        Unit code → codes of all units above it.

    Returns
    -------
    dict
        (slot, role, code of the upper unit) → sum of its units.
    """
    sums: dict[Key, SupplyPart] = defaultdict(SupplyPart)
    for (slot, role, unit), part in parts.items():
        for code in lineage.get(unit, ()):
            sums[slot, role, code].add(part)
    return dict(sums)
