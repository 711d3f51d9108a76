"""Fields of GIS layers: short names that survive a Shapefile, and what each of them means.

A Shapefile keeps ten characters of a field's name, so a finding's fields are called by two letters
of the service, four letters or digits of a hash of its norm, measure and rollup, and three letters
of the findings column: ``cc3k7q_gap``. The name rests on those alone, so the same norm has the same
fields in every run, city and tier.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from capacity.findings import ROLLUPS, STATUSES
from capacity.report import labels
from capacity.report.labels import label
from capacity.vocabulary import FIGURES, GROUPS, SERVICES, UNIT_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from capacity.norms.model import Norm
    from capacity.report.labels import Language, Pair

LONGEST: Final = 10
"""Characters that a Shapefile keeps of a field's name."""

_LETTERS: Final = 4
_PREFIXES: Final[dict[str, str]] = {
    "childcare": "cc",
    "elder_care": "ec",
    "education": "ed",
    "lifelong_education": "le",
    "health": "he",
    "sports": "sp",
    "culture": "cu",
    "broadcasting": "br",
    "employment": "em",
    "convenience": "cv",
    "social_work": "sw",
    "child_welfare": "cw",
    "disability": "di",
    "veterans": "ve",
    "funeral": "fu",
    "emergency": "eg",
    "housing": "ho",
    "population": "po",
}

SUFFIXES: Final[dict[str, str]] = {
    "base_value": "bas",
    "required": "req",
    "existing": "exi",
    "shortfall": "gap",
    "surplus": "sur",
    "share": "shr",
    "bound": "bnd",
    "status": "sts",
}
"""Findings column (and ``bound``, told by the note) → the end of a field's name."""

BOUNDS: Final[dict[str, Pair]] = {
    "at_least": ("至少(有单位缺数据)", "at least (units without data)"),
    "at_most": ("至多(有设施缺数据)", "at most (facilities without a figure)"),
    "known_only": ("已知(两者都有)", "known (both)"),
}
"""How a shortfall is to be read; empty where it is exact."""

_SHOWN: Final = (
    *GROUPS,
    "capacity_limited",
    "without_capacity",
    "out_of_reach",
    "facilities_of_size",
    "compounds_of_size",
)
"""Measures without a required value: a part of a whole is shown."""

_NEEDS: Final = ("base_value", "required", "existing", "shortfall", "surplus", "bound", "status")
_SHARED_KINDS: Final = ("coverage_share", "composition_share")

_MEANINGS: Final[dict[str, Pair]] = {
    "base_value": ("标准所依据的基数", "what the norm is measured against"),
    "required": ("按标准应有", "what the norm asks for"),
    "existing": ("现有", "what there is"),
    "shortfall": (
        "缺口,即应有减现有,不足为零;空值表示缺数据或不适用,不是零",
        "required minus existing, at least 0; NULL is no data or not applicable, never 0",
    ),
    "surplus": ("富余,即现有减应有,不足为零", "existing minus required, at least 0"),
    "share": ("占比,0 到 1", "share, 0 to 1"),
    "bound": ("缺口如何理解,空值为准确值", "how to read the shortfall; NULL is exact"),
    "status": ("是否达标", "whether the norm is met"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a layer, as the dictionary explains it.

    Attributes
    ----------
    name
        At most ten ASCII characters, unique in its layer.
    source
        Column of the table that it is taken from.
    zh, en
        What it is called.
    unit
        Unit of its numbers, as a pair; empty for text.
    numeric
        Whether it holds numbers.
    values
        Words that it may hold, with labels; empty where it may hold anything.
    meaning
        What a reader must know, as a pair.
    """

    name: str
    source: str
    zh: str
    en: str
    unit: Pair = ("", "")
    numeric: bool = False
    values: dict[str, Pair] = field(default_factory=dict)
    meaning: Pair = ("", "")


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """The fields of one norm × measure × rollup.

    Attributes
    ----------
    code
        What their names begin with, six characters.
    norm, measure, rollup
        What they show.
    """

    code: str
    norm: Norm
    measure: str
    rollup: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Norm id, measure and rollup: what its rows of the findings have."""
        return self.norm.id, self.measure, self.rollup

    @property
    def columns(self) -> tuple[str, ...]:
        """Findings columns that say something of this measure, in their order."""
        if self.measure in _SHOWN:
            return ("base_value", "existing", "share", "status")
        if self.norm.kind in _SHARED_KINDS:
            return (*_NEEDS[:-2], "share", *_NEEDS[-2:])
        return _NEEDS

    def title(self, language: Language) -> str:
        """Name the norm with its date, and what is counted and how where that is not plain."""
        measure = labels.measure_name(self.measure, self.norm.service, language)
        rollup = "" if self.rollup == "unit" else label(ROLLUPS[self.rollup], language)
        due = label(("({})", " ({})"), language).format(labels.due_text(self.norm, language))
        words = [
            labels.norm_name(self.norm, language) + due,
            *(word for word in (measure, rollup) if word),
        ]
        return label(("·", ", "), language).join(words)

    def fields(self) -> tuple[Field, ...]:
        """List its fields."""
        return tuple(self._field(column) for column in self.columns)

    def name(self, column: str) -> str:
        """Name the field of a findings column."""
        return f"{self.code}_{SUFFIXES[column]}"

    def _field(self, column: str) -> Field:
        head = self._head(column)
        values = {"status": STATUSES, "bound": BOUNDS}.get(column, {})
        return Field(
            name=self.name(column),
            source=column,
            zh=f"{self.title('zh')}:{head[0]}",
            en=f"{self.title('en')}: {head[1]}",
            unit=self._unit(column),
            numeric=not values,
            values=values,
            meaning=_MEANINGS[column],
        )

    def _head(self, column: str) -> Pair:
        if column == "bound":
            return ("缺口口径", "bound of the shortfall")
        if column == "base_value":
            return labels.BASES.get(self.measure, (("基数", "base"), ("", "")))[0]
        if column == "existing" and self.measure in GROUPS:
            return labels.COLUMNS["covered"]
        return labels.COLUMNS[column]

    def _unit(self, column: str) -> Pair:
        if column in {"status", "bound"}:
            return ("", "")
        if column == "share":
            return ("0—1", "0 to 1")
        if column == "base_value":
            people = (("", ""), _BASE_UNITS.get(self.norm.base, ("", "")))
            return labels.BASES.get(self.measure, people)[1]
        return labels.QUANTITIES[self.measure]


_BASE_UNITS: Final[dict[str, Pair]] = {
    **dict.fromkeys((*GROUPS, "residents", "planned_population"), ("人", "persons")),
    "households": ("户", "households"),
}
"""Units of what a norm is measured against, where the measure does not say it."""


def field_groups(keys: Iterable[tuple[Norm, str, str]]) -> tuple[FieldGroup, ...]:
    """Give every norm × measure × rollup the beginning of its fields' names.

    Parameters
    ----------
    keys
        Norm, measure and rollup, none of them twice.

    Returns
    -------
    tuple of FieldGroup
        In the order given. Two keys of one service whose hashes begin alike (none of the shipped
        norms do) are told apart by later letters of the hash, the one later in the alphabet giving
        way.
    """
    ordered = list(keys)
    codes: dict[tuple[str, str, str], str] = {}
    for norm, measure, rollup in sorted(ordered, key=lambda k: (k[0].id, *k[1:])):
        taken = set(codes.values())
        codes[norm.id, measure, rollup] = next(
            code for code in _codes(norm, measure, rollup) if code not in taken
        )
    return tuple(FieldGroup(codes[n.id, m, r], n, m, r) for n, m, r in ordered)


def _codes(norm: Norm, measure: str, rollup: str) -> list[str]:
    """List the codes that a key may have, the one that it should have first."""
    digest = hashlib.sha256(f"{norm.id}|{measure}|{rollup}".encode()).digest()
    letters = base64.b32encode(digest).decode().rstrip("=").lower()
    prefix = _PREFIXES[norm.service]
    return [
        prefix + letters[start : start + _LETTERS] for start in range(len(letters) - _LETTERS + 1)
    ]


_PEOPLE_FIELDS: Final = {"age_60_plus": "age60plus", "age_65_plus": "age65plus"}

UNIT_FIELDS: Final = (
    Field(name="unit_code", source="unit_code", zh="单位代码", en="code of the unit"),
    Field(name="unit_name", source="unit_name", zh="单位名称", en="name of the unit"),
    Field(
        name="unit_type",
        source="unit_type",
        zh="单位类型",
        en="type of the unit",
        values=UNIT_TYPES,
    ),
    Field(name="parent", source="parent_code", zh="上级代码", en="code of the unit above"),
)
PEOPLE_FIELDS: Final = tuple(
    Field(
        name=_PEOPLE_FIELDS.get(group, group),
        source=group,
        zh=zh,
        en=en,
        unit=("人", "persons"),
        numeric=True,
        meaning=("空值表示缺数据,不是零", "NULL is no data, never 0"),
    )
    for group, (zh, en) in GROUPS.items()
)

_YES_NO: Final[dict[str, Pair]] = {"yes": ("是", "yes"), "no": ("否", "no")}


def facility_fields(columns: Iterable[str]) -> tuple[Field, ...]:
    """List the fields of the facilities layer.

    Parameters
    ----------
    columns
        Columns of the facilities of a study area.

    Returns
    -------
    tuple of Field
        The fixed ones, and one for each of the ``FIGURES`` among the columns.
    """
    given = set(columns)
    figures = [figure for figure in FIGURES if figure in given]
    return (*_FACILITY_FIELDS, *(_figure_field(figure) for figure in figures))


def _figure_field(figure: str) -> Field:
    digest = base64.b32encode(hashlib.sha256(figure.encode()).digest()).decode().lower()
    name = figure if len(figure) <= LONGEST else f"fig_{digest[:6]}"
    zh, en, unit = FIGURES[figure]
    return Field(name=name, source=figure, zh=zh, en=en, unit=("", unit), numeric=True)


def _size(name: str, source: str, zh: str, en: str, unit: Pair) -> Field:
    return Field(name=name, source=source, zh=zh, en=en, unit=unit, numeric=True)


_M2: Final = ("㎡", "m²")
_FACILITY_FIELDS: Final = (
    Field(name="fac_id", source="facility_id", zh="设施编号", en="id of the facility"),
    Field(name="name", source="name", zh="设施名称", en="name of the facility"),
    Field(name="service", source="service", zh="设施类别", en="service", values=SERVICES),
    Field(name="fac_type", source="facility_type", zh="设施类型", en="type of facility"),
    Field(name="operator", source="operator", zh="运营方式", en="who runs it"),
    Field(name="condition", source="condition", zh="场地条件", en="condition of the site"),
    _size("places", "places", "托位(学位)数", "places", ("个", "places")),
    _size("beds", "beds", "床位数", "beds", ("张", "beds")),
    _size("land_m2", "land_area_m2", "用地面积", "land", _M2),
    _size("floor_m2", "floor_area_m2", "建筑面积", "floor area", _M2),
    _size("outdoor_m2", "outdoor_area_m2", "室外活动面积", "outdoor area", _M2),
    _size("venue_m2", "venue_area_m2", "体育场地面积", "area of sports venues", _M2),
    Field(name="inclusive", source="inclusive", zh="是否普惠", en="inclusive", values=_YES_NO),
    Field(name="status", source="status", zh="填报状态", en="status in the list"),
    Field(name="opened", source="opened", zh="投用日期", en="opened on"),
    Field(name="closed", source="closed", zh="关停日期", en="closed on"),
    Field(
        name="is_open",
        source="is_open",
        zh="数据日期是否在运营",
        en="open on the data date",
        values=_YES_NO,
        meaning=("否:不计入现有", "no: not counted as existing"),
    ),
    Field(name="unit_given", source="unit_code", zh="填报的单位代码", en="unit said in the list"),
    Field(name="city", source="city_code", zh="所在市代码", en="city it stands in"),
    Field(name="district", source="district_code", zh="所在区县代码", en="district it stands in"),
    Field(
        name="street",
        source="street_code",
        zh="所在街道乡镇代码",
        en="street or township it stands in",
    ),
    Field(
        name="community",
        source="community_code",
        zh="所在社区村代码",
        en="community or village it stands in",
    ),
    Field(name="file", source="file", zh="来源文件", en="file it was read from"),
    _size("row", "row", "来源行号", "row of that file", ("", "")),
)
