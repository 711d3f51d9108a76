"""What a norm is: one requirement of one clause of one document, dated.

Norms are data. Nothing here knows a threshold; the files in ``documents`` do.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from capacity.errors import NormError
from capacity.vocabulary import GROUPS, POPULATION

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    import pandas as pd

KINDS: Final[dict[str, tuple[str, str]]] = {
    "ratio_per_population": ("每千人口配置", "ratio to population"),
    "ratio_per_subgroup": ("按人群或床位配置", "ratio to a group of people or to beds"),
    "area_per_capita": ("人均面积", "area per person"),
    "ratio_per_households": ("每百户面积", "area per households"),
    "unit_area": ("单位面积", "area per place"),
    "minimum_size": ("最小规模", "minimum size"),
    "minimum_count_per_unit": ("每单位最少设施数", "minimum count per unit"),
    "coverage_radius": ("服务半径覆盖", "coverage within a radius"),
    "coverage_time": ("步行时间覆盖", "coverage within a time"),
    "coverage_share": ("覆盖率或达标率", "share that has it"),
    "composition_share": ("占比", "share of a whole"),
    "total_target": ("总量目标", "total"),
    "baseline": ("基期值", "observed value"),
}
"""Norm kinds with their Chinese and English labels."""

ROLES: Final[dict[str, tuple[str, str]]] = {
    "compute": ("计算", "evaluated"),
    "tabulate": ("对照", "compared with totals or supplied figures"),
    "baseline": ("基期", "observed value of a comparison column"),
    "context": ("背景", "listed only"),
}
"""What is done with a norm."""

PROFILES: Final[dict[str, tuple[str, str]]] = {
    "default": ("默认", "applied unless asked otherwise"),
    "optional": ("可选", "applied only on request"),
}
"""Whether a norm is applied by itself or only on request."""

EACH: Final[dict[str, tuple[str, str]]] = {
    "unit": ("逐单位", "unit by unit"),
    "facility": ("逐设施", "facility by facility"),
    "compound": ("逐小区", "compound by compound"),
}
"""What a norm is tested on; facilities and compounds are shown in the rows of ``levels``."""

CONDITIONS: Final[dict[str, tuple[str, str]]] = {
    "no_outdoor_ground": (
        "老城区和已建成居民区,无法提供专门室外场地",
        "old town or existing housing, no outdoor ground of its own",
    ),
    "new_development": (
        "城镇新建住宅小区和农村综合改造",
        "new urban compound or rural renovation project",
    ),
}
"""Sites for which a norm of a facility holds; norms of one condition hold together."""

WITHIN: Final[dict[str, tuple[str, str]]] = {
    "main_urban": ("主城区内", "in units flagged as main urban"),
}
"""Where a facility must stand to be counted."""


@dataclass(frozen=True, slots=True)
class UnitOfMeasure:
    """What goes with a unit of measure: the rows of the closed table ``UNIT_RULES``.

    Attributes
    ----------
    zh, en
        Labels.
    counts
        What the supply of a norm in this unit is counted in; empty where nothing is counted.
    amount
        What is counted where a norm does not say; empty where it must say.
    per
        Number of the base that the value is for: 1000 for places per 1000 persons.
    whole
        Whether values are whole numbers.
    most
        The highest value that makes sense; 0 where there is none.
    """

    zh: str
    en: str
    counts: tuple[str, ...] = ()
    amount: str = ""
    per: int = 1
    whole: bool = False
    most: int = 0


def _total(zh: str, en: str, amount: str = "", counts: str = "") -> UnitOfMeasure:
    return UnitOfMeasure(zh, en, (counts or en,), amount, whole=True)


def _percent(zh: str, en: str, *counts: str, most: int = 100) -> UnitOfMeasure:
    return UnitOfMeasure(f"%({zh})", f"% of {en}", counts, per=100, most=most)


_ANYTHING: Final = ("facilities", "items", "units")

UNIT_RULES: Final[dict[str, UnitOfMeasure]] = {
    "places per 1000 persons": UnitOfMeasure(
        "个/千人", "places per 1,000 persons", ("places",), "places", 1000
    ),
    "beds per 1000 persons": UnitOfMeasure(
        "张/千人", "beds per 1,000 persons", ("beds",), "beds", 1000
    ),
    "persons per 1000 persons": UnitOfMeasure(
        "人/千人", "persons per 1,000 persons", ("persons",), per=1000
    ),
    "persons per 10000 persons": UnitOfMeasure(
        "人/万人", "persons per 10,000 persons", ("persons",), per=10000
    ),
    "facilities per 10000 persons": UnitOfMeasure(
        "处/万人", "facilities per 10,000 persons", ("facilities",), "facilities", 10000
    ),
    "beds per 1000 older persons": UnitOfMeasure(
        "张/千名老年人", "beds per 1,000 older persons", ("beds",), "beds", 1000
    ),
    "persons per 1000 older persons": UnitOfMeasure(
        "人/千名老年人", "persons per 1,000 older persons", ("persons",), per=1000
    ),
    "beds per 1000 children": UnitOfMeasure(
        "张/千名儿童", "beds per 1,000 children", ("beds",), "beds", 1000
    ),
    "persons per 1000 children": UnitOfMeasure(
        "人/千名儿童", "persons per 1,000 children", ("persons",), per=1000
    ),
    "persons per 100 beds": UnitOfMeasure(
        "人/百张床位", "persons per 100 beds", ("persons",), per=100
    ),
    "m2 land per person": UnitOfMeasure(
        "㎡用地/人", "m² of land per person", ("m2 land",), "land_area_m2"
    ),
    "m2 venue per person": UnitOfMeasure(
        "㎡体育场地/人", "m² of sports venue per person", ("m2 venue area",), "venue_area_m2"
    ),
    "m2 floor area per 10000 persons": UnitOfMeasure(
        "㎡建筑面积/万人",
        "m² of floor area per 10,000 persons",
        ("m2 floor area",),
        "floor_area_m2",
        10000,
    ),
    "m2 per 100 households": UnitOfMeasure(
        "㎡/百户", "m² per 100 households", ("m2 floor area",), "elder_floor_area_m2", 100
    ),
    "m2 floor area per place": UnitOfMeasure(
        "㎡建筑面积/个", "m² of floor area per place", ("m2 floor area",), "floor_area_m2"
    ),
    "m2 outdoor per place": UnitOfMeasure(
        "㎡室外面积/个", "m² of outdoor area per place", ("m2 outdoor area",), "outdoor_area_m2"
    ),
    "m2 land per place": UnitOfMeasure(
        "㎡用地/个", "m² of land per place", ("m2 land",), "land_area_m2"
    ),
    "m2 floor area per dwelling": UnitOfMeasure("㎡建筑面积/套", "m² of floor area per dwelling"),
    "m2 per compound": UnitOfMeasure(
        "㎡/小区", "m² per compound", ("m2 floor area",), "elder_floor_area_m2"
    ),
    "places per facility": UnitOfMeasure(
        "个/处", "places per facility", ("places",), "places", whole=True
    ),
    "beds per facility": UnitOfMeasure("张/处", "beds per facility", ("beds",), "beds", whole=True),
    "days per year": UnitOfMeasure("天/年", "days per year", ("days",), whole=True, most=366),
    "facilities per unit": UnitOfMeasure(
        "处/单位", "facilities per unit", ("facilities",), "facilities", whole=True
    ),
    "persons per facility": UnitOfMeasure(
        "人/处", "persons per facility", ("persons",), whole=True
    ),
    "items per facility": UnitOfMeasure("个/处", "items per facility", ("items",), whole=True),
    "m": UnitOfMeasure("米", "m", ("facilities",), "facilities"),
    "minutes": UnitOfMeasure("分钟", "minutes", ("facilities",), "facilities"),
    "percent of units": _percent("单位", "units", *_ANYTHING),
    "percent of facilities": _percent("设施", "facilities", "facilities"),
    "percent of compounds": _percent("小区", "compounds", "compounds"),
    "percent of dwellings": _percent("套", "dwellings"),
    "percent of places": _percent("托位", "places", "places"),
    "percent of beds": _percent("床位", "beds", "beds"),
    "percent of persons": _percent("人", "persons", "persons"),
    "percent of children": _percent("儿童", "children", "persons", "places"),
    "percent of families": _percent("家庭", "families"),
    "percent of age group": _percent("适龄人口,毛", "the age group, gross", most=0),
    "percent of classrooms": _percent("教室", "classrooms"),
    "facilities": _total("处", "facilities", "facilities"),
    "places": _total("个", "places", "places"),
    "beds": _total("张", "beds", "beds"),
    "persons": _total("人", "persons"),
    "households": _total("户", "households"),
    "compounds": _total("个小区", "compounds"),
    "units": _total("个单位", "units"),
    "items": _total("个", "items"),
    "visits per year": _total("人次/年", "visits per year"),
    "m2 floor area": UnitOfMeasure("㎡建筑面积", "m² of floor area", ("m2 floor area",)),
}
"""Every unit in which a norm's value may be printed."""

UNITS_OF_MEASURE: Final[dict[str, tuple[str, str]]] = {
    unit: (rule.zh, rule.en) for unit, rule in UNIT_RULES.items()
}
"""Units of measure with their Chinese and English labels."""

BASES: Final[dict[str, tuple[str, str]]] = {
    "residents": ("常住人口", "resident population"),
    "planned_population": ("规划人口", "planned population"),
    **{group: labels for group, labels in GROUPS.items() if group != POPULATION},
    "households": ("户数", "households"),
    "counted": ("按对象计数", "what `of` counts"),
    "none": ("—", "none"),
}
"""What a norm is measured against, with labels; age groups are population columns."""

COMPARATORS: Final = (">=", ">", "<=", "<", "=")

APPLIES_TO: Final[dict[str, tuple[str, str]]] = {
    "all": ("全部单位", "every unit of the level"),
    "main_urban": ("市内各区及主城区", "units flagged as main urban"),
    "main_urban_or_zone": (
        "市内各区及主城区(开发区按参数)",
        "units flagged as main urban, and development zones where the parameter includes them",
    ),
    "outside_main_urban": ("主城区以外", "units flagged as outside the main urban area"),
    "counties": ("县和县级市", "counties and county-level cities"),
    "urban": ("城市地区", "urban units"),
    "rural": ("农村地区", "rural units"),
    "old_compounds": ("老旧小区", "old residential compounds"),
    "new_compounds": ("新建小区和改造项目", "new residential compounds and renovation projects"),
}
"""Which units or compounds of its levels a norm applies to."""

_GROUPS: Final = tuple(group for group in GROUPS if group != POPULATION)
_PERCENT: Final = tuple(unit for unit in UNIT_RULES if unit.startswith("percent"))
_TOTALS: Final = (
    "facilities",
    "places",
    "beds",
    "persons",
    "households",
    "compounds",
    "units",
    "items",
    "visits per year",
    "m2 floor area",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRule:
    """What goes with a norm kind: the rows of the closed table ``KIND_RULES``.

    Attributes
    ----------
    units, bases, comparators
        Units of measure, bases and comparators that make sense with the kind.
    coverage
        Whether the norm measures shares of population columns, named in ``measures``.
    ranged
        Whether the document may print a range, ``value`` to ``value_max``.
    sized_in
        Units of the ``minimum_size`` norm that may be paired with it; empty where none may.
    """

    units: tuple[str, ...]
    bases: tuple[str, ...]
    comparators: tuple[str, ...] = (">=", ">")
    coverage: bool = False
    ranged: bool = False
    sized_in: tuple[str, ...] = ()


KIND_RULES: Final[dict[str, KindRule]] = {
    "ratio_per_population": KindRule(
        units=(
            "places per 1000 persons",
            "beds per 1000 persons",
            "persons per 1000 persons",
            "persons per 10000 persons",
            "facilities per 10000 persons",
        ),
        bases=("residents", "planned_population"),
        ranged=True,
    ),
    "ratio_per_subgroup": KindRule(
        units=(
            "beds per 1000 older persons",
            "persons per 1000 older persons",
            "beds per 1000 children",
            "persons per 1000 children",
            "persons per 100 beds",
        ),
        bases=(*_GROUPS, "counted"),
    ),
    "area_per_capita": KindRule(
        units=("m2 land per person", "m2 venue per person", "m2 floor area per 10000 persons"),
        bases=("residents", "planned_population"),
    ),
    "ratio_per_households": KindRule(
        units=("m2 per 100 households",), bases=("households",), sized_in=("m2 per compound",)
    ),
    "unit_area": KindRule(
        units=(
            "m2 floor area per place",
            "m2 outdoor per place",
            "m2 land per place",
            "m2 floor area per dwelling",
        ),
        bases=("counted",),
        comparators=(">=", ">", "<=", "<"),
        ranged=True,
    ),
    "minimum_size": KindRule(
        units=("places per facility", "beds per facility", "m2 per compound", "days per year"),
        bases=("none",),
        ranged=True,
    ),
    "minimum_count_per_unit": KindRule(
        units=("facilities per unit", "persons per facility", "items per facility"),
        bases=("none",),
        comparators=(">=", ">", "="),
        ranged=True,
        sized_in=("places per facility", "beds per facility"),
    ),
    "coverage_radius": KindRule(
        units=("m",), bases=("residents", *_GROUPS), comparators=("<=", "<"), coverage=True
    ),
    "coverage_time": KindRule(
        units=("minutes",), bases=("residents", *_GROUPS), comparators=("<=", "<"), coverage=True
    ),
    "coverage_share": KindRule(
        units=_PERCENT,
        bases=("counted", "residents", *_GROUPS),
        comparators=(">=", ">", "="),
    ),
    "composition_share": KindRule(units=_PERCENT, bases=("counted",), comparators=(">=", ">", "=")),
    "total_target": KindRule(
        units=_TOTALS, bases=("none",), comparators=(">=", ">", "="), ranged=True
    ),
    "baseline": KindRule(units=tuple(UNIT_RULES), bases=tuple(BASES), comparators=("=", ">=")),
}
"""Which units, bases and comparators go with which kind; anything else is a fault."""

COMPOUND_UNITS: Final = ("m2 per 100 households", "m2 per compound")
"""Units that speak of a residential compound; only these go with ``old_compounds``."""

DATE_BASES: Final[dict[str, str]] = {
    "stated": "the clause states the date",
    "stated_past": "the clause states a date that had passed when the document came out",
    "stated_range": "the clause states a span of years",
    "plan_period": "undated clause; the plan's term",
    "plan_horizon": "undated clause; the horizon of the plan that the document reports",
    "effective_from": "in force from the document's date",
    "from_other_document": "the date comes from another document",
    "as_of": "the day of an observed value",
}

SET_HERE: Final = "本表设定,非文件规定"
"""What tables print beside a value that a planner has put in place of the document's."""


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
    date_note
        What the document says of its date where it does not state the day; empty where it does.
    set_here
        Whether the value is the planner's own and not the clause's.
    """

    title: str
    short_title: str
    number: str
    date: dt.date
    clause: str
    key_phrase: str
    inventory_id: str = ""
    date_note: str = ""
    set_here: bool = False

    @property
    def citation(self) -> str:
        """Short citation as printed in tables: document, date where unnumbered, clause."""
        day = self.date_note or self.date.isoformat()
        cited = f"{self.number or f'{self.short_title}({day})'},{self.clause}"
        return f"{SET_HERE}(原依据:{cited})" if self.set_here else cited


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Something counted: exactly one of ``amount``, ``figure`` and ``units`` is given.

    Attributes
    ----------
    amount
        Counted from the open facilities of the norm's service, or from the compounds (``AMOUNTS``).
    figure
        Supplied by the planner per unit, facility or compound (``FIGURES``).
    units
        The number of units of these types.
    types, types_at
        Only facilities of these types, for every unit or by the type of the unit (pairs of unit
        type and facility types); empty for every facility of the service.
    operators
        Only facilities run so (``OPERATORS``); empty for all.
    inclusive
        Only inclusive (普惠) facilities.
    within
        Only facilities that stand there (``WITHIN``); empty for anywhere.
    """

    amount: str = ""
    figure: str = ""
    units: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    types_at: tuple[tuple[str, tuple[str, ...]], ...] = ()
    operators: tuple[str, ...] = ()
    inclusive: bool = False
    within: str = ""

    @property
    def text(self) -> str:
        """What is counted, in one line of the vocabularies' words."""
        at = " ".join(f"{level}: {', '.join(names)};" for level, names in self.types_at)
        parts = [
            self.amount or self.figure or f"units: {', '.join(self.units)}",
            f"of {', '.join(self.types)}" if self.types else "",
            f"of {at.removesuffix(';')}" if at else "",
            f"run: {', '.join(self.operators)}" if self.operators else "",
            "inclusive" if self.inclusive else "",
            f"within: {self.within}" if self.within else "",
        ]
        return ", ".join(part for part in parts if part)

    def types_for(self, unit_type: str) -> tuple[str, ...]:
        """Facility types that count in a unit.

        Parameters
        ----------
        unit_type : str
            Type of the unit.

        Returns
        -------
        tuple of str
            Facility types; empty where every facility of the service counts.

        Examples
        --------
        >>> Count(amount="facilities", types_at=(("village", ("farm_bookroom",)),)).types_for(
        ...     "village"
        ... )
        ('farm_bookroom',)
        """
        return dict(self.types_at).get(unit_type, self.types)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Clauses that do not agree, and what is done about it.

    Attributes
    ----------
    id
        ``C01`` and so on; norms name it in ``conflicts``.
    text_zh, text_en
        What does not agree.
    resolution_zh, resolution_en
        What is done.
    """

    id: str
    text_zh: str
    text_en: str
    resolution_zh: str
    resolution_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """One dated requirement, or one observed value of a document.

    Attributes
    ----------
    id, series
        The norm's own id, and the id shared by its stages (equal to ``id`` where it has one stage).
    name_zh, name_en
        What tables call it.
    role, profile
        What is done with it (``ROLES``), and whether by itself or only on request (``PROFILES``).
    city, service, kind, comparator, unit, base
        Words of the closed vocabularies of this module and ``capacity.vocabulary``.
    value, value_max
        The exact number as printed in the document, and the other end where it prints a range.
    levels
        Unit types at which the document asks for it.
    shown_at
        Further unit types at which the figure is shown without being a requirement.
    each
        Whether units, facilities or compounds are tested (``EACH``).
    applies_to, condition
        Which units or compounds of those levels (``APPLIES_TO``), and facilities on which sites
        (``CONDITIONS``, empty for all).
    measures
        Population columns reported by a coverage norm; empty for the others.
    supply, of
        What is counted, and what it is a share of where ``base`` is ``counted``; None where
        nothing is counted.
    minimum_size, minimum_size_unit
        The size that a facility or compound must have to count, from the norm ``minimum_size_id``.
    effective_from, by, date_basis
        In force from; to be reached by (None where the clause has no date); how the date is known.
    as_of, baseline_of
        Of an observed value: its day, and the norm it is the starting point of (may be empty).
    source, also
        Where it stands; other clauses that say the same.
    conflicts
        Ids of the conflicts it is part of.
    stage
        ``due``, ``next`` or empty: set when a date selects it.
    document_value
        The document's own value where an override stands in its place, else None.
    note
        What a reader of a table must know.
    file, line
        Where the norm is written.
    """

    id: str
    series: str
    name_zh: str
    name_en: str
    role: str = "compute"
    profile: str = "default"
    city: str
    service: str
    kind: str
    comparator: str
    value: Decimal
    value_max: Decimal | None = None
    unit: str
    base: str
    levels: tuple[str, ...]
    shown_at: tuple[str, ...] = ()
    each: str = "unit"
    applies_to: str = "all"
    condition: str = ""
    measures: tuple[str, ...] = ()
    supply: Count | None = None
    of: Count | None = None
    minimum_size: Decimal | None = None
    minimum_size_unit: str = ""
    minimum_size_id: str = ""
    effective_from: dt.date
    by: dt.date | None = None
    date_basis: str = "stated"
    as_of: dt.date | None = None
    baseline_of: str = ""
    source: Source
    also: tuple[Source, ...] = ()
    conflicts: tuple[str, ...] = ()
    stage: str = ""
    document_value: Decimal | None = None
    note: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, repr=False)
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
    roles, profile, overrides
        What else was asked for; overrides as pairs of norm id and value.
    conflicts
        Conflicts that the selected norms are part of, sorted by id.
    baselines
        Observed values that the selected norms start from, whatever roles were asked for, by day.
    stages
        Every stage of the selected norms that have several and are in force on the date, those long
        due and those far off too, by date.
    """

    norms: tuple[Norm, ...]
    city: str
    on: dt.date
    files: tuple[tuple[str, str], ...] = field(default=())
    roles: tuple[str, ...] = ("compute",)
    profile: str = "default"
    overrides: tuple[tuple[str, Decimal], ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    baselines: tuple[Norm, ...] = ()
    stages: tuple[Norm, ...] = ()

    def __repr__(self) -> str:
        """Say how many there are, not all of them."""
        stages = Counter(norm.stage for norm in self.norms)
        words = ", ".join(f"{stages[stage]} {stage}" for stage in ("due", "next") if stages[stage])
        return f"<NormSet of {self.city} on {self.on}: {len(self.norms)} norms ({words or 'none'})>"

    def choose(self, *norm_ids: str) -> NormSet:
        """Keep some norms of the selection, with their stages, conflicts and observed values.

        Parameters
        ----------
        *norm_ids
            Ids of ``norms``, at least one.

        Returns
        -------
        NormSet
            The same date and city, sorted by id.

        Raises
        ------
        NormError
            If none is named, or an id is not of this selection; the message names the nearest.

        Examples
        --------
        >>> from capacity.norms import load_norms
        >>> chosen = load_norms("zhengzhou", on="2025-12-31")
        >>> few = chosen.choose("zhengzhou.childcare.places_per_thousand")
        >>> few, [str(norm.value) for norm in few.stages]
        (<NormSet of zhengzhou on 2025-12-31: 1 norms (1 due)>, ['2', '4', '6'])
        """
        from capacity.norms.links import closest

        known = {norm.id for norm in self.norms}
        if not norm_ids:
            raise NormError("choose() names no norm. Give at least one id of .norms.")
        if unknown := [name for name in norm_ids if name not in known]:
            words = " ".join(f'"{name}": {closest(name, known)}' for name in unknown)
            raise NormError(f"Not in this selection ({self.city}, {self.on}): {words}")
        kept = tuple(norm for norm in self.norms if norm.id in norm_ids)
        conflicts = {name for norm in kept for name in norm.conflicts}
        observed = {one.id for norm in kept for one in self.baselines_of(norm)}
        series = {norm.series for norm in kept}
        return replace(
            self,
            norms=kept,
            conflicts=tuple(one for one in self.conflicts if one.id in conflicts),
            baselines=tuple(one for one in self.baselines if one.id in observed),
            stages=tuple(one for one in self.stages if one.series in series),
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the selection as a table for reading.

        Returns
        -------
        DataFrame
            One row per norm, sorted by id: the columns of the catalogue's table, and before them
            ``stage``, which is ``due`` or ``next``.

        Examples
        --------
        >>> from capacity.norms import load_norms
        >>> frame = load_norms("xinyang", on="2025-12-31").to_frame()
        >>> frame[frame["kind"] == "ratio_per_population"][["id", "value"]].head(1)
                                              id  value
        5  xinyang.childcare.places_per_thousand    4.5
        """
        from capacity.norms.frame import norm_frame

        frame = norm_frame(self.norms)
        frame.insert(0, "stage", [norm.stage for norm in self.norms])
        return frame

    def baselines_of(self, norm: Norm) -> tuple[Norm, ...]:
        """Give the observed values that a norm, or the series it is a stage of, starts from.

        Examples
        --------
        >>> from capacity.norms import load_norms
        >>> chosen = load_norms("zhengzhou", on="2025-12-31")
        >>> places = next(n for n in chosen.norms if n.id.endswith("places_per_thousand"))
        >>> [(str(n.value), n.as_of.year) for n in chosen.baselines_of(places)]
        [('1.46', 2020)]
        """
        return tuple(one for one in self.baselines if one.baseline_of in {norm.id, norm.series})
