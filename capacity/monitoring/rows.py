"""The rows of two findings tables side by side, each change divided among its causes."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from capacity.assess.circles import CIRCLES
from capacity.assess.summary import bound_of
from capacity.assess.table import listed
from capacity.exact import ceil, exact
from capacity.findings import PARTS
from capacity.monitoring.causes import SAME_PEOPLE, Cause
from capacity.monitoring.effects import EFFECTS, MILLIONTH, Parts, divide, quantum_of
from capacity.monitoring.places import Places
from capacity.monitoring.supply import SupplyPart, above, supply_parts
from capacity.norms.model import UNIT_RULES
from capacity.vocabulary import GROUPS, KNOWN_ONLY, LOWER_BOUND, TIER_OF

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pandas as pd

    from capacity.monitoring.causes import Differences, Slot
    from capacity.monitoring.snapshot import Snapshot
    from capacity.monitoring.supply import Key

Row = dict[str, Any]
RowKey = tuple[str, str, str, str]
"""Unit code, rollup, slot and measure."""

AMOUNTS: Final = ("required", "existing", "shortfall")
"""What is compared, each with its own effects."""

_ZERO: Final = Decimal(0)
_TIER_ORDER: Final = ("street", "community", "district", "city")
_PEOPLE: Final = ("residents", *GROUPS)
_NOTHING_ASKED: Final = frozenset(
    {"norm asks otherwise", "unit flagged otherwise", "applies in one assessment alone"}
)
"""Why a requirement is not there, though nothing is missing: nothing was asked."""
_OUTSIDE: Final = "outside the area that the clause names"


@dataclass(frozen=True)
class Split:
    """Effects on one amount, and how they were found (``SPLITS``)."""

    effects: Parts
    how: str


@dataclass
class Compared:
    """One row of the comparison: both findings, and the split of each amount that is known.

    Attributes
    ----------
    old, new
        The findings, None where an assessment has no such row.
    splits
        Amount → its split; absent where the amount is known in neither.
    unknown
        Amounts of which the change is not known, as one assessment does not know them. Their splits
        are those of what is known, of which sums are made.
    notes
        Phrases that say why.
    """

    old: Row | None
    new: Row | None
    splits: dict[str, Split] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    @property
    def head(self) -> Row:
        """The newer row, else the older."""
        row = self.new or self.old
        if row is None:
            raise AssertionError("a row of neither assessment")
        return row

    @property
    def both(self) -> tuple[Row, Row]:
        """Both rows."""
        if self.old is None or self.new is None:
            raise AssertionError("a row of one assessment alone")
        return self.old, self.new

    def known(self, amount: str) -> tuple[Decimal, Decimal]:
        """Old and new amount; what is not known counts as nothing known."""
        return _known(self.old, amount), _known(self.new, amount)

    @property
    def methods(self) -> tuple[str, str]:
        """Both methods, empty where there is no row."""
        return tuple("" if row is None else str(row["method"]) for row in (self.old, self.new))  # type: ignore[return-value]


def _number(row: Row | None, name: str) -> float:
    return float("nan") if row is None else float(row[name])


def _known(row: Row | None, name: str) -> Decimal:
    value = _number(row, name)
    return _ZERO if math.isnan(value) else exact(value)


def _finite(row: Row | None, *names: str) -> bool:
    return not any(math.isnan(_number(row, name)) for name in names)


class Rows:
    """All rows of two snapshots, compared.

    Parameters
    ----------
    differences
        The two snapshots.
    slots
        The norms compared.
    pairs
        The facilities, as ``classify`` gives them.
    """

    def __init__(
        self, differences: Differences, slots: Iterable[Slot], pairs: pd.DataFrame
    ) -> None:
        self.differences = differences
        self.slots = {slot.key: slot for slot in slots}
        self.supply = supply_parts(differences, self.slots.values(), pairs)
        self.old = _by_key(differences.old, {s.old: s.key for s in self.slots.values()})
        self.new = _by_key(differences.new, {s.new: s.key for s in self.slots.values()})
        self.places = Places(differences, pairs)
        self._lineage = _lineage(differences)
        self._tier_of = _tiers(differences)
        self._summed = _parts_above(self.supply.parts, self._lineage, self._tier_of)
        self._minimums_differ = self._services_with_other_minimums()
        self.done: dict[RowKey, Compared] = {}

    def compared(self) -> dict[RowKey, Compared]:
        """Compare the units first, then the parents that may be their sums."""
        keys = sorted({*self.old, *self.new})
        for key in keys:
            if key[1] == "unit":
                self.done[key] = self._compare(key)
        below = self._below()
        for key in keys:
            if key[1] != "unit":
                unit, _, slot, measure = key
                self.done[key] = self._compare(key, below.get((unit, slot, measure), {}))
        return {key: self.done[key] for key in keys}

    def _below(self) -> dict[tuple[str, str, str], dict[str, list[Compared]]]:
        """Give the compared units below each parent, per slot and measure, by tier."""
        found: dict[tuple[str, str, str], dict[str, list[Compared]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for (unit, _, slot, measure), row in self.done.items():
            for code in self._lineage.get(unit, ()):
                found[code, slot, measure][self._tier_of[unit]].append(row)
        return found

    def _services_with_other_minimums(self) -> frozenset[str]:
        """Services whose minimum facilities are asked otherwise: other needs rest on them."""
        found = set()
        for slot in self.slots.values():
            sides = ((self.differences.old, slot.old), (self.differences.new, slot.new))
            facts = [one.norms[norm_id] for one, norm_id in sides if norm_id]
            same = len(facts) == len(sides) and (
                facts[0]["value"] == facts[1]["value"] and self.differences.asks_the_same(slot)
            )
            if facts[0]["kind"] == "minimum_count_per_unit" and not same:
                found.add(str(facts[0]["service"]))
        return frozenset(found)

    # --- one row -----------------------------------------------------------------------------

    def _compare(self, key: RowKey, below: Mapping[str, list[Compared]] | None = None) -> Compared:
        row = Compared(self.old.get(key), self.new.get(key))
        if row.old is None or row.new is None:
            cause = self._cause_of_absence(key, row)
            self._all_to(row, AMOUNTS, cause)
            # a norm that is not in force asks for nothing, and says nothing of what there is
            row.unknown |= {"existing"} if cause.effect == "norm" else set(AMOUNTS)
            return row
        open_amounts = list(AMOUNTS)
        if below:
            # what exists adds up in both roll-ups, what is required and lacks in one
            summed = _sums(row, below, AMOUNTS if key[1] == "sum_of_units" else ("existing",))
            row.splits |= summed
            open_amounts = [amount for amount in AMOUNTS if amount not in summed]
        half_known = [a for a in AMOUNTS if _finite(row.old, a) != _finite(row.new, a)]
        if half_known:
            cause = self._cause_of_blank(key, row)
            self._all_to(row, [a for a in half_known if a in open_amounts], cause)
            asked_nothing = cause.why in _NOTHING_ASKED
            row.unknown |= {a for a in half_known if a == "existing" or not asked_nothing}
        whole = [a for a in open_amounts if _finite(row.old, a) and _finite(row.new, a)]
        if whole:
            self._divide(key, row, whole)
        return row

    def _all_to(self, row: Compared, amounts: Iterable[str], cause: Cause) -> None:
        for amount in amounts:
            if _finite(row.old, amount) or _finite(row.new, amount):
                was, now = row.known(amount)
                row.splits[amount] = _one({cause.effect: now - was})
        row.notes.append(cause.why)

    def _cause_of_absence(self, key: RowKey, row: Compared) -> Cause:
        """Say why a row is in one assessment alone."""
        slot, side = self.slots[key[2]], "old" if row.new is None else "new"
        if not (slot.old and slot.new):
            why = "norm no longer in force" if side == "old" else "norm not in force before"
            return Cause("norm", why)
        there = self.differences.new if side == "old" else self.differences.old
        if key[0] not in set(there.units["unit_code"]):
            return Cause("data", f"unit only in the {side} assessment")
        return Cause("not_separated", f"row only in the {side} assessment")

    def _cause_of_blank(self, key: RowKey, row: Compared) -> Cause:
        """Say why a number is known in one assessment alone."""
        was, now = row.both
        for one, word in ((was, "before"), (now, "now")):
            unknown = one["status"] == "no_data"
            if unknown or any(word in one["note"] for word in (LOWER_BOUND, KNOWN_ONLY)):
                return Cause("data", f"no data {word}" if unknown else f"incomplete data {word}")
        slot = self.slots[key[2]]
        if not (self.differences.asks_the_same(slot) and self.differences.same_levels(slot)):
            return Cause("norm", "norm asks otherwise")
        if any(_OUTSIDE in one["note"] for one in (was, now)):
            return Cause("data", "unit flagged otherwise")
        return Cause("not_separated", "applies in one assessment alone")

    def _divide(self, key: RowKey, row: Compared, amounts: list[str]) -> None:
        """Divide the amounts that are known on both sides."""
        model = self._model(key, row)
        apart = _knows_other_parts(*row.both)
        for amount in amounts:
            was, now = row.known(amount)
            whole = _one({"not_separated": now - was})
            row.splits[amount] = whole if apart else model.split(row, amount)
        row.notes += model.notes
        if any(row.splits[amount].how == "not_separated" for amount in amounts):
            row.notes.append("several causes at once, not separated")

    # --- what required and existing are made of -----------------------------------------------

    def _model(self, key: RowKey, row: Compared) -> Model:
        was, now = row.both
        slot = self.slots[key[2]]
        notes: list[str] = []
        asks_otherwise = not self.differences.asks_the_same(slot)
        standards = exact(float(was["standard"])), exact(float(now["standard"]))
        if standards[0] != standards[1]:
            notes.append(f"standard: {standards[0].normalize():f} to {standards[1].normalize():f}")
        base = self._base_parts(key, row, notes)
        have = self._existing_parts(key, row, notes, otherwise=asks_otherwise)
        rule = None if asks_otherwise else _rule(was, now)
        need: Parts = {}
        if rule is None:
            need = self._required_parts(row, base, asks_otherwise or standards[0] != standards[1])
        return Model(
            standards=standards,
            base=(_known(was, "base_value"), base),
            need=need,
            have=have,
            rule=rule,
            notes=notes,
        )

    def _base_parts(self, key: RowKey, row: Compared, notes: list[str]) -> Parts:
        """Say what the change of the base counts for."""
        was, now = row.both
        if not (_finite(was, "base_value") and _finite(now, "base_value")):
            return {}
        change = _known(now, "base_value") - _known(was, "base_value")
        if not change:
            return {}
        unit, slot = key[0], key[2]
        base = str(now["base"])
        if base in _PEOPLE:
            cause = self.differences.people(unit, row.methods)
        elif base == "planned_population":
            cause = self.differences.listed("figures", "people")
        elif base == "households":
            cause = self.differences.listed("compounds", "people")
        elif base == "counted" and (slot, "of") in self.supply.counted:
            return _of_facilities(self._part(key, "of"), change)
        elif base == "counted" and key[3] == "units_with_one":
            cause = Cause("data", "other list of units")
        else:
            cause = self.differences.listed("figures", "supply")
        notes.append(cause.why)
        return {cause.effect: change}

    def _part(self, key: RowKey, role: str) -> SupplyPart | None:
        """Give what changed of a norm's supply in a unit, or in the units of a parent."""
        unit, rollup, slot, _ = key
        if rollup == "unit":
            return self.supply.parts.get((slot, role, unit))
        by_tier = self._summed.get((slot, role, unit), {})
        return next((by_tier[tier] for tier in _TIER_ORDER if tier in by_tier), None)

    def _existing_parts(
        self, key: RowKey, row: Compared, notes: list[str], *, otherwise: bool
    ) -> Parts:
        """Say what the change of what exists counts for."""
        was, now = row.both
        if not (_finite(was, "existing") and _finite(now, "existing")):
            return {}
        change = _known(now, "existing") - _known(was, "existing")
        kind, measure = str(now["kind"]), key[3]
        if kind in CIRCLES:
            return self._reached_parts(key, row, change, otherwise=otherwise) if change else {}
        part = self._part(key, "supply")
        if part is not None:
            notes += _facility_notes(part)
        if not change and (part is None or not any(part.amounts.values())):
            return {}
        if measure == "implied_population":
            cause = self.differences.people(key[0], row.methods)
        elif (key[2], "supply") in self.supply.counted:
            return _of_facilities(part, change)
        elif kind == "ratio_per_households":
            cause = self.differences.listed("compounds", "supply")
        else:
            cause = self.differences.listed("figures", "supply")
        notes.append(cause.why)
        return {cause.effect: change}

    def _reached_parts(
        self, key: RowKey, row: Compared, change: Decimal, *, otherwise: bool
    ) -> Parts:
        """Give people in reach to their cause where only one thing changed: no formula has them."""
        was, now = row.both
        causes = self._reaching(key, row)
        people = self.differences.people(key[0], row.methods)
        moved = _known(now, "base_value") != _known(was, "base_value")
        if moved or people != SAME_PEOPLE:
            causes.add(people.effect)
        demands = [_demand(method) for method in row.methods]
        if otherwise or was["standard"] != now["standard"] or demands[0] != demands[1]:
            causes.add("norm")
        if self.differences.reading_differs(row.methods):
            causes.add("data")
        if key[0] in self.differences.redrawn:
            causes.add("not_separated")
        effect = causes.pop() if len(causes) == 1 else "not_separated"
        return {effect: change}

    def _reaching(self, key: RowKey, row: Compared) -> set[str]:
        """Give the effects of the facilities that changed where people of a unit may reach them.

        Places that are given out may go to people elsewhere: there every facility counts.
        """
        touched = self.supply.touched.get(key[2], set())
        limits = [_limit(method) for method in row.methods]
        if key[3] in PARTS or any(math.isnan(limit) for limit in limits):
            return {effect for _, effect in touched}
        near = self.places.near(key[0], max(limits))
        return {effect for pair, effect in touched if near is None or near[pair]}

    def _required_parts(self, row: Compared, base: Parts, norm_differs: bool) -> Parts:
        """Give a requirement that no formula explains to its cause where there is only one."""
        was, now = row.both
        if not (_finite(was, "required") and _finite(now, "required")):
            return {}
        change = _known(now, "required") - _known(was, "required")
        if not change:
            return {}
        causes = {effect for effect, part in base.items() if part}
        if norm_differs:
            causes.add("norm")
        if now["measure"] == "places_with_minimums":
            if now["service"] in self._minimums_differ:
                causes.add("norm")
            if self._lists_differ:
                causes.add("data")
        if now["measure"] == "build":  # rests on what exists
            causes.add("not_separated")
        return {causes.pop() if len(causes) == 1 else "not_separated": change}

    @property
    def _lists_differ(self) -> bool:
        codes = [
            set(one.units["unit_code"]) for one in (self.differences.old, self.differences.new)
        ]
        return codes[0] != codes[1]


@dataclass(frozen=True)
class Model:
    """What required and existing are made of, and so the shortfall.

    Attributes
    ----------
    standards
        Old and new value of the norm.
    base
        The old base, and what its change counts for.
    need, have
        What the changes of required (where there is no rule) and existing count for.
    rule
        Requirement of a standard and a base, where that is what both findings say.
    notes
        Phrases that say why.
    """

    standards: tuple[Decimal, Decimal]
    base: tuple[Decimal, Parts]
    need: Parts
    have: Parts
    rule: Callable[[Decimal, Decimal], Decimal] | None
    notes: list[str]

    def split(self, row: Compared, amount: str) -> Split:
        """Divide one amount of a row."""
        was, now = row.known(amount)
        quantum = quantum_of(was, now)
        if amount == "existing":
            return _one(self.have)
        needs = self._causes_of_need()
        if amount == "required":
            if self.rule is None:
                return _one(self.need)
            start = was
            return _named(divide(needs, lambda on: self._need(start, on), quantum), needs)
        causes: list[str] = [name for name in EFFECTS if name in {*needs, *self.have}]
        if not self._is_gap(row):
            if was == now and not causes:
                return Split({}, "none")
            alike = len({bound_of(one["note"]) for one in row.both}) == 1
            effect = causes[0] if len(causes) == 1 and alike else "not_separated"
            return _one({effect: now - was})
        need, have = row.known("required")[0], row.known("existing")[0]

        def gap(on: frozenset[str]) -> Decimal:
            """Give what lacks with the causes of a set as they are now."""
            return max(self._need(need, on) - _with(have, self.have, on), _ZERO)

        return _named(divide(causes, gap, quantum), causes)

    def _causes_of_need(self) -> list[str]:
        if self.rule is None:
            return [name for name in EFFECTS if self.need.get(name)]
        norm = {"norm"} if self.standards[0] != self.standards[1] else set()
        return [name for name in EFFECTS if name in norm or self.base[1].get(name)]

    def _need(self, start: Decimal, on: frozenset[str]) -> Decimal:
        if self.rule is None:
            return _with(start, self.need, on)
        return self.rule(self.standards["norm" in on], _with(*self.base, on))

    @staticmethod
    def _is_gap(row: Compared) -> bool:
        """Whether the shortfall of both findings is what required exceeds existing by."""
        return all(
            _finite(one, "required", "existing", "shortfall")
            and _known(one, "shortfall")
            == max(_known(one, "required") - _known(one, "existing"), _ZERO)
            for one in row.both
        )


def _knows_other_parts(was: Row, now: Row) -> bool:
    """Whether a finding leaves out what has no data, and the other leaves out something else.

    No cause explains what the known parts differ by: of a compound that has its households now, and
    had none then, nobody knows how many moved in.
    """
    bounds = {bound_of(one["note"]) for one in (was, now)}
    return not bounds.isdisjoint({"at_least", "known_only"}) and was["note"] != now["note"]


def _with(start: Decimal, parts: Parts, on: frozenset[str]) -> Decimal:
    return start + sum((part for name, part in parts.items() if name in on), start=_ZERO)


def _one(parts: Parts) -> Split:
    """Make the split of parts that are what they are: additive, or given to one cause."""
    effects = {name: part for name, part in parts.items() if part}
    return _named(effects, list(effects))


def _named(effects: Parts, causes: list[str]) -> Split:
    """Name how effects were found, by the causes that there are."""
    if not any(effects.values()):
        return Split({}, "none")
    if causes == ["not_separated"]:
        return Split(effects, "not_separated")
    return Split(effects, "one_cause" if len(causes) == 1 else "computed")


def _rule(was: Row, now: Row) -> Callable[[Decimal, Decimal], Decimal] | None:
    """Find the formula by which both findings got their requirement from standard and base."""
    per = UNIT_RULES[str(now["unit_of_measure"])].per

    def plain(standard: Decimal, base: Decimal) -> Decimal:
        """Give the requirement of divisible things."""
        return exact(float(standard * base / per))

    def whole(standard: Decimal, base: Decimal) -> Decimal:
        """Give the requirement of indivisible things."""
        return ceil(standard * base / per)

    for rule in (whole, plain):
        if all(
            _finite(row, "base_value", "required")
            and rule(_known(row, "standard"), _known(row, "base_value")) == _known(row, "required")
            for row in (was, now)
        ):
            return rule
    return None


def _of_facilities(part: SupplyPart | None, change: Decimal) -> Parts:
    """Give a change to the facilities that changed: by what they add, else where all count alike."""
    if part is None:
        return {"not_separated": change} if change else {}
    amounts = {effect: amount for effect, amount in part.amounts.items() if amount}
    if sum(amounts.values(), start=_ZERO) == change:
        return amounts
    if len(part.effects) == 1:
        return {next(iter(part.effects)): change}
    return {"not_separated": change}


def _facility_notes(part: SupplyPart) -> list[str]:
    return [
        listed(f"facilities {change.replace('_', ' ')}", sorted(set(names)))
        for change, names in sorted(part.facilities.items())
    ]


def _limit(method: str) -> float:
    """Read how far a circle reaches from its method, in metres; NaN where it does not say."""
    found = re.search(r"(?:radius|walking distance): ([0-9.]+) m\b", method)
    return float(found[1]) if found else float("nan")


def _demand(method: str) -> str:
    return next((part for part in method.split("; ") if part.startswith("demand: ")), "")


def _sums(
    row: Compared, below: Mapping[str, list[Compared]], amounts: Iterable[str]
) -> dict[str, Split]:
    """Give the amounts of a parent that are the sums of its units, with the sums of their effects."""
    found: dict[str, Split] = {}
    for amount in amounts:
        if not (_finite(row.old, amount) or _finite(row.new, amount)):
            continue
        was, now = row.known(amount)
        for units in _candidates(below):
            # sums of numbers with many decimals differ in the last of the six that count
            slack = MILLIONTH * len(units)
            sums = [
                sum(side, start=_ZERO)
                for side in zip(*(u.known(amount) for u in units), strict=False)
            ]
            if sums and all(abs(a - b) <= slack for a, b in zip(sums, (was, now), strict=True)):
                found[amount] = _add_up(units, amount, now - was)
                break
    return found


def _candidates(below: Mapping[str, list[Compared]]) -> Iterable[list[Compared]]:
    """List the sets of units of which a parent may be the sum: a tier, those asked, all tiers."""
    tiers = [below[tier] for tier in _TIER_ORDER if tier in below]
    for units in tiers:
        yield units
        yield [u for u in units if not all(_is(row, "reported") for row in (u.old, u.new))]
    yield [unit for units in tiers for unit in units]


def _is(row: Row | None, status: str) -> bool:
    return row is None or row["status"] == status


def _add_up(units: list[Compared], amount: str, change: Decimal) -> Split:
    """Add the effects of units up; what rounding leaves over goes to the largest."""
    effects: Parts = defaultdict(Decimal)
    hows = set()
    for unit in units:
        split = unit.splits.get(amount)
        if split is not None:
            hows.add(split.how)
            for effect, part in split.effects.items():
                effects[effect] += part
    left = change - sum(effects.values(), start=_ZERO)
    if left:
        names = [name for name in EFFECTS if name in effects] or ["not_separated"]
        effects[max(names, key=lambda name: abs(effects[name]))] += left
    kept = {name: part for name, part in effects.items() if part}
    if hows <= {"none"} and not kept:
        return Split({}, "none")
    if hows <= {"none", "not_separated"}:
        return Split(kept, "not_separated")
    return Split(kept, "summed")


# --- tables, keyed ---------------------------------------------------------------------------


def _by_key(snapshot: Snapshot, slots: Mapping[str, str]) -> dict[RowKey, Row]:
    """Key the findings of the norms that are compared."""
    wanted = {norm_id: key for norm_id, key in slots.items() if norm_id}
    findings = snapshot.findings
    rows = findings[findings["norm_id"].isin(list(wanted))].to_dict(orient="records")
    return {
        (row["unit_code"], row["rollup"], wanted[row["norm_id"]], row["measure"]): {
            str(name): value for name, value in row.items()
        }
        for row in rows
    }


def _lineage(differences: Differences) -> dict[str, tuple[str, ...]]:
    """Give the units above each unit, of the newer list where both have it."""
    parents: dict[str, str] = {}
    for one in (differences.old, differences.new):
        parents |= dict(zip(one.units["unit_code"], one.units["parent_code"], strict=True))
    return {code: tuple(_ancestors(code, parents)) for code in parents}


def _ancestors(code: str, parents: Mapping[str, str]) -> Iterable[str]:
    seen = {code}
    above_it = parents.get(code, "")
    while above_it and above_it not in seen:
        seen.add(above_it)
        yield above_it
        above_it = parents.get(above_it, "")


def _tiers(differences: Differences) -> dict[str, str]:
    tiers: dict[str, str] = {}
    for one in (differences.old, differences.new):
        types = one.units["unit_type"].map(TIER_OF)
        tiers |= dict(zip(one.units["unit_code"], types, strict=True))
    return tiers


def _parts_above(
    parts: Mapping[Key, SupplyPart],
    lineage: Mapping[str, tuple[str, ...]],
    tier_of: Mapping[str, str],
) -> dict[Key, dict[str, SupplyPart]]:
    """Add the parts of the units of each tier up for the units above them."""
    found: dict[Key, dict[str, SupplyPart]] = defaultdict(dict)
    for tier in _TIER_ORDER:
        of_tier = {key: part for key, part in parts.items() if tier_of.get(key[2]) == tier}
        for key, part in above(of_tier, lineage).items():
            found[key][tier] = part
    return found
