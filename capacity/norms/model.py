"""What a norm is: one requirement of one clause of one document, dated.

Norms are data. Nothing here knows a threshold; the files in ``documents`` do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

KINDS: Final[dict[str, tuple[str, str]]] = {
    "ratio_per_population": ("每千人口配置", "ratio to population"),
    "area_per_capita": ("人均面积", "area per person"),
    "ratio_per_households": ("每百户面积", "area per households"),
    "minimum_size": ("最小规模", "minimum size"),
    "minimum_count_per_unit": ("每单位最少设施数", "minimum count per unit"),
    "coverage_radius": ("服务半径覆盖", "coverage within a radius"),
    "coverage_time": ("步行时间覆盖", "coverage within a time"),
}
"""Norm kinds with their Chinese and English labels."""

UNITS_OF_MEASURE: Final[dict[str, tuple[str, str]]] = {
    "places per 1000 persons": ("个/千人", "places per 1,000 persons"),
    "m2 land per person": ("㎡用地/人", "m² of land per person"),
    "m2 per 100 households": ("㎡/百户", "m² per 100 households"),
    "m2 per compound": ("㎡/小区", "m² per compound"),
    "places per facility": ("个/处", "places per facility"),
    "facilities per unit": ("处/单位", "facilities per unit"),
    "m": ("米", "m"),
    "minutes": ("分钟", "minutes"),
}
"""Units in which a norm's value is printed, with their labels."""

BASES: Final[dict[str, tuple[str, str]]] = {
    "residents": ("常住人口", "resident population"),
    "households": ("户数", "households"),
    "none": ("—", "none"),
}
"""What a norm is measured against, with labels."""

COMPARATORS: Final = (">=", ">", "<=", "<", "=")

APPLIES_TO: Final[dict[str, tuple[str, str]]] = {
    "all": ("全部单位", "every unit of the level"),
    "main_urban": ("市内各区及主城区", "units flagged as main urban"),
    "main_urban_or_zone": (
        "市内各区及主城区(开发区按参数)",
        "units flagged as main urban, and development zones where the parameter includes them",
    ),
    "outside_main_urban": ("主城区以外", "units flagged as outside the main urban area"),
    "old_compounds": ("老旧小区", "old residential compounds"),
}
"""Which units or compounds of its levels a norm applies to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRule:
    """What goes with a norm kind: the rows of the closed table ``KIND_RULES``.

    Attributes
    ----------
    units, base, comparators
        Units of measure, base and comparators that make sense with the kind.
    coverage
        Whether the norm measures shares of population columns, named in ``measures``.
    sized_in
        Unit of the ``minimum_size`` norm that may be paired with it; empty where none may.
    """

    units: tuple[str, ...]
    base: str
    comparators: tuple[str, ...] = (">=", ">")
    coverage: bool = False
    sized_in: str = ""


KIND_RULES: Final[dict[str, KindRule]] = {
    "ratio_per_population": KindRule(units=("places per 1000 persons",), base="residents"),
    "area_per_capita": KindRule(units=("m2 land per person",), base="residents"),
    "ratio_per_households": KindRule(
        units=("m2 per 100 households",), base="households", sized_in="m2 per compound"
    ),
    "minimum_size": KindRule(units=("places per facility", "m2 per compound"), base="none"),
    "minimum_count_per_unit": KindRule(
        units=("facilities per unit",), base="none", sized_in="places per facility"
    ),
    "coverage_radius": KindRule(
        units=("m",), base="residents", comparators=("<=", "<"), coverage=True
    ),
    "coverage_time": KindRule(
        units=("minutes",), base="residents", comparators=("<=", "<"), coverage=True
    ),
}
"""Which units, base and comparators go with which kind; anything else is a fault."""

WHOLE_UNITS: Final = ("places per facility", "facilities per unit")
"""Units that count indivisible things: their values are whole numbers."""

COMPOUND_UNITS: Final = ("m2 per 100 households", "m2 per compound")
"""Units that speak of a residential compound; only these go with ``old_compounds``."""

DATE_BASES: Final[dict[str, str]] = {
    "stated": "the clause states the date",
    "plan_period": "undated clause; the plan's term",
    "effective_from": "in force from the document's date",
    "from_other_document": "the date comes from another document",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a norm stands.

    Attributes
    ----------
    title, number, date
        The document's title, its number (empty where it prints none) and its date.
    clause
        Chapter, section or table row.
    key_phrase
        A few characters of the clause, enough to find it.
    short_title
        The title as tables print it.
    inventory_id
        The id of this reference where several clauses say the same.
    """

    title: str
    short_title: str
    number: str
    date: dt.date
    clause: str
    key_phrase: str
    inventory_id: str = ""

    @property
    def citation(self) -> str:
        """Short citation as printed in tables: document, date where unnumbered, clause."""
        name = self.number or f"{self.short_title}({self.date.isoformat()})"
        return f"{name},{self.clause}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """One dated requirement.

    Attributes
    ----------
    id, series
        The norm's own id, and the id shared by its stages (equal to ``id`` where it has one stage).
    name_zh, name_en
        What tables call it.
    city, service, kind, comparator, unit, base
        Words of the closed vocabularies of this module and ``capacity.vocabulary``.
    value
        The exact number as printed in the document.
    levels
        Unit types at which the document asks for it.
    shown_at
        Further unit types at which the figure is shown without being a requirement.
    applies_to
        Which units of those levels (``APPLIES_TO``).
    measures
        Population columns reported by a coverage norm; empty for the others.
    minimum_size
        The size that a facility or compound must have to count, from the norm ``minimum_size_id``.
    effective_from, by, date_basis
        In force from; to be reached by (None where the clause has no date); how the date is known.
    source, also
        Where it stands; other clauses that say the same.
    stage
        ``due``, ``next`` or empty: set when a date selects it.
    note
        What a reader of a table must know.
    file, line
        Where the norm is written.
    """

    id: str
    series: str
    name_zh: str
    name_en: str
    city: str
    service: str
    kind: str
    comparator: str
    value: Decimal
    unit: str
    base: str
    levels: tuple[str, ...]
    shown_at: tuple[str, ...] = ()
    applies_to: str = "all"
    measures: tuple[str, ...] = ()
    minimum_size: Decimal | None = None
    minimum_size_id: str = ""
    effective_from: dt.date
    by: dt.date | None = None
    date_basis: str = "stated"
    source: Source
    also: tuple[Source, ...] = ()
    stage: str = ""
    note: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class NormSet:
    """A selection of norms: a city, a date, and what is due or next on it.

    Attributes
    ----------
    norms
        Sorted by id.
    city, on
        What was asked for.
    files
        Name and SHA-256 of every norm file read.
    """

    norms: tuple[Norm, ...]
    city: str
    on: dt.date
    files: tuple[tuple[str, str], ...] = field(default=())
