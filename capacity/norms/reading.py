"""One norm file as norms; second step, between the YAML tree and the catalogue.

A file has a ``document`` head and a list of ``norms``. Each entry is a series; each of its
``values`` becomes one `Norm`. Every fault is noted and none is raised here, so that the
catalogue can show them all at once. The format is described in ``docs/norms.md``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from capacity.norms.checks import (
    check_count,
    check_dates,
    check_dates_differ,
    check_kind,
    check_range,
    check_shown_at,
    value_problem,
)
from capacity.norms.conflicts import load_conflicts
from capacity.norms.fields import Fields
from capacity.norms.model import (
    APPLIES_TO,
    BASES,
    COMPARATORS,
    CONDITIONS,
    DATE_BASES,
    EACH,
    KINDS,
    PROFILES,
    ROLES,
    UNIT_RULES,
    UNITS_OF_MEASURE,
    WITHIN,
    Count,
    Norm,
    Source,
)
from capacity.norms.tree import Mapping, parse
from capacity.vocabulary import (
    AMOUNTS,
    FACILITY_TYPES,
    FIGURES,
    GROUPS,
    OPERATORS,
    SERVICES,
    UNIT_TYPES,
)

if TYPE_CHECKING:
    from collections.abc import Mapping as Lookup

    from capacity.errors import Fault

FILE_KEYS: Final = ("document", "norms")
DOCUMENT_KEYS: Final = (
    "id",
    "city",
    "city_zh",
    "city_en",
    "title",
    "short_title",
    "number",
    "date",
    "date_note",
)
ENTRY_KEYS: Final = (
    "id",
    "series",
    "service",
    "kind",
    "role",
    "profile",
    "name_zh",
    "name_en",
    "unit",
    "comparator",
    "base",
    "levels",
    "shown_at",
    "each",
    "applies_to",
    "condition",
    "measures",
    "supply",
    "of",
    "minimum_size",
    "baseline_of",
    "conflicts",
    "note",
    "values",
)
STAGE_KEYS: Final = (
    "id",
    "value",
    "value_max",
    "comparator",
    "by",
    "effective_from",
    "as_of",
    "date_basis",
    "clause",
    "key_phrase",
    "levels",
    "conflicts",
    "note",
    "also",
)
ALSO_KEYS: Final = ("id", "document", "clause", "key_phrase")
COUNT_KEYS: Final = (
    "amount",
    "figure",
    "units",
    "types",
    "types_at",
    "operators",
    "inclusive",
    "within",
)

_UNDATED: Final = dt.date.min


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The head of a norm file: a source document of a city."""

    id: str
    city: str
    city_zh: str
    city_en: str
    title: str
    short_title: str
    number: str
    date: dt.date
    date_note: str
    file: str
    line: int

    def source(self, *, clause: str, key_phrase: str, inventory_id: str) -> Source:
        """Return a clause of this document as a source.

        Parameters
        ----------
        clause : str
            Chapter, section or table row.
        key_phrase : str
            A few characters of the clause.
        inventory_id : str
            The id of the norm, or of the repetition, that stands there.

        Returns
        -------
        Source
            The clause with the document's title, number and date.
        """
        return Source(
            title=self.title,
            short_title=self.short_title,
            number=self.number,
            date=self.date,
            clause=clause,
            key_phrase=key_phrase,
            inventory_id=inventory_id,
            date_note=self.date_note,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a file: the ids it uses, and its norms where nothing is wrong with it.

    Attributes
    ----------
    id, kind, file, line
        The series id, its kind as written, and where it stands.
    ids
        Norm ids of the stages with their lines.
    aliases
        Ids of other clauses that say the same, with their lines.
    sized_by, sized_line
        The id in ``minimum_size`` and its line; empty and 0 where the entry has none.
    series, series_line
        The id in ``series`` and its line; empty and 0 where the entry has none.
    starts, starts_line
        The id in ``baseline_of`` and its line; empty and 0 where the entry has none.
    norms
        One per stage, ``minimum_size`` not resolved yet; empty where the entry has faults.
    """

    id: str
    kind: str
    file: str
    line: int
    ids: tuple[tuple[str, int], ...]
    aliases: tuple[tuple[str, int], ...]
    sized_by: str
    sized_line: int
    series: str
    series_line: int
    starts: str
    starts_line: int
    norms: tuple[Norm, ...]

    @property
    def names(self) -> tuple[tuple[str, int], ...]:
        """Every id that the entry takes.

        Returns
        -------
        tuple of tuple of str and int
            Each id with its line; the series id once.
        """
        own = () if any(i == self.id for i, _ in self.ids) else ((self.id, self.line),)
        return (*own, *self.ids, *self.aliases)


def read_head(text: str, *, file: str) -> tuple[Document | None, Mapping | None, list[Fault]]:
    """Read the head of a norm file.

    Parameters
    ----------
    text : str
        The whole file.
    file : str
        Its name, for the faults.

    Returns
    -------
    tuple of Document or None, Mapping or None, and list of Fault
        The document, the tree for `read_entries`, and what is wrong so far. A faulty head comes
        back as far as it could be read, so that the entries can be checked too.
    """
    tree, faults = parse(text, file=file)
    if tree is None:
        return None, None, faults
    top = Fields(tree if isinstance(tree, Mapping) else Mapping({}, {}, 1), file, "", faults)
    top.only(FILE_KEYS)
    top.require(*FILE_KEYS)
    node = top.node.items.get("document")
    if top.has("document") and not isinstance(node, Mapping):
        mend = f"Indent its keys below: {', '.join(DOCUMENT_KEYS)}."
        top.fault("bad_shape", "document", '"document" has no keys.', mend)
    if not isinstance(node, Mapping):
        return None, top.node, faults
    head = top.below(node, "document")
    head.only(DOCUMENT_KEYS)
    head.require("id", "city", "city_zh", "city_en", "title", "short_title", "date")
    document = Document(
        id=head.id("id"),
        city=head.id("city"),
        city_zh=head.text("city_zh"),
        city_en=head.text("city_en"),
        title=head.text("title"),
        short_title=head.text("short_title"),
        number=head.text("number"),
        date=head.date("date") or _UNDATED,
        date_note=head.text("date_note"),
        file=file,
        line=node.line,
    )
    _check_prefix(head, document.id, document.city)
    return document, top.node, faults


def read_entries(
    tree: Mapping, document: Document, documents: Lookup[str, Document]
) -> tuple[tuple[Entry, ...], list[Fault]]:
    """Read the entries of a norm file.

    Parameters
    ----------
    tree : Mapping
        The tree from `read_head`.
    document : Document
        The head from `read_head`.
    documents : mapping of str to Document
        Every document that ``also`` may name, by id.

    Returns
    -------
    tuple of tuple of Entry, and list of Fault
        The entries in the order of the file, and what is wrong with them.
    """
    top = Fields(tree, document.file)
    entries = tuple(_entry(top, node, document, documents) for node in top.mappings("norms"))
    return entries, top.faults


def _entry(
    top: Fields, node: Mapping, document: Document, documents: Lookup[str, Document]
) -> Entry:
    before = len(top.faults)
    fields = top.below(node, "")
    entry_id = fields.id("id")
    fields.item = entry_id
    fields.only(ENTRY_KEYS)
    fields.require(
        "id", "service", "kind", "name_zh", "name_en", "unit", "comparator", "base", "values"
    )
    _check_prefix(fields, entry_id, document.city)
    template = _template(fields, document)
    check_kind(fields, template)
    stages: list[tuple[Norm, tuple[tuple[str, int], ...]]] = []
    dated: list[Norm] = []
    for node_of_value in fields.mappings("values"):
        known = len(top.faults)
        value = fields.below(node_of_value, entry_id)
        stages.append(_stage(value, template, document, documents))
        if not value.has("levels") and not fields.has("levels"):
            mend = f"Write which units it asks for, of: {', '.join(UNIT_TYPES)}."
            value.fault("missing_key", "levels", 'The key "levels" is missing.', mend)
        dated += [stages[-1][0]] if len(top.faults) == known else []
    check_dates_differ(fields, dated)
    return Entry(
        id=entry_id,
        kind=template.kind,
        file=document.file,
        line=node.line,
        ids=tuple((norm.id, norm.line) for norm, _ in stages),
        aliases=tuple(alias for _, aliases in stages for alias in aliases),
        sized_by=template.minimum_size_id,
        sized_line=fields.line("minimum_size") if template.minimum_size_id else 0,
        series=fields.text("series"),
        series_line=fields.line("series") if fields.has("series") else 0,
        starts=template.baseline_of,
        starts_line=fields.line("baseline_of") if template.baseline_of else 0,
        norms=tuple(norm for norm, _ in stages) if len(top.faults) == before else (),
    )


def _template(fields: Fields, document: Document) -> Norm:
    """Return what the stages of an entry share, as a norm without value, dates or clause."""
    kind = fields.word("kind", KINDS)
    norm = Norm(
        id=fields.item,
        series=fields.id("series", default=fields.item),
        name_zh=fields.text("name_zh"),
        name_en=fields.text("name_en"),
        role=fields.word("role", ROLES, default="baseline" if kind == "baseline" else "compute"),
        profile=fields.word("profile", PROFILES, default="default"),
        city=document.city,
        service=fields.word("service", SERVICES),
        kind=kind,
        comparator=fields.word("comparator", COMPARATORS),
        value=Decimal(0),
        unit=fields.word("unit", UNITS_OF_MEASURE),
        base=fields.word("base", BASES),
        levels=fields.words("levels", UNIT_TYPES),
        shown_at=fields.words("shown_at", UNIT_TYPES),
        each=fields.word("each", EACH, default=_usual_test(fields.text("applies_to"))),
        applies_to=fields.word("applies_to", APPLIES_TO, default="all"),
        condition=fields.word("condition", CONDITIONS),
        measures=fields.words("measures", GROUPS),
        supply=_count(fields, "supply"),
        of=_count(fields, "of"),
        minimum_size_id=fields.id("minimum_size"),
        baseline_of=fields.id("baseline_of"),
        effective_from=document.date,
        source=document.source(clause="", key_phrase="", inventory_id=""),
        conflicts=fields.words("conflicts", load_conflicts()),
        note=fields.text("note"),
        file=document.file,
    )
    return replace(norm, supply=norm.supply or _usual_supply(norm))


def _usual_test(applies_to: str) -> str:
    return "compound" if applies_to.endswith("compounds") else "unit"


def _usual_supply(norm: Norm) -> Count | None:
    """Return what the unit of measure says is counted, where it says so."""
    rule = UNIT_RULES.get(norm.unit)
    counted = norm.role in ("compute", "tabulate") and norm.kind != "baseline"
    return Count(amount=rule.amount) if rule and rule.amount and counted else None


def _count(fields: Fields, key: str) -> Count | None:
    node = fields.mapping(key)
    if node is None:
        return None
    inner = fields.below(node, fields.item)
    inner.only(COUNT_KEYS)
    below = inner.mapping("types_at")
    at = inner.below(below, fields.item) if below else None
    if at:
        at.only(UNIT_TYPES)
    count = Count(
        amount=inner.word("amount", AMOUNTS),
        figure=inner.word("figure", FIGURES),
        units=inner.words("units", UNIT_TYPES),
        types=inner.words("types", FACILITY_TYPES),
        types_at=tuple((k, at.words(k, FACILITY_TYPES)) for k in at.node.items) if at else (),
        operators=inner.words("operators", OPERATORS),
        inclusive=inner.flag("inclusive"),
        within=inner.word("within", WITHIN),
    )
    check_count(fields, key, count)
    return count


def _stage(
    fields: Fields, template: Norm, document: Document, documents: Lookup[str, Document]
) -> tuple[Norm, tuple[tuple[str, int], ...]]:
    """Read one dated value: its norm, and the other ids that say the same."""
    norm_id = fields.id("id", default=template.id)
    fields.item = norm_id
    fields.only(STAGE_KEYS)
    observed = template.kind == "baseline"
    fields.require("value", *(("as_of",) if observed else ("date_basis",)), "clause", "key_phrase")
    _check_prefix(fields, fields.text("id"), document.city)
    also = [_also(fields.below(node, norm_id), documents) for node in fields.mappings("also")]
    norm = replace(
        template,
        id=norm_id,
        comparator=fields.word("comparator", COMPARATORS) or template.comparator,
        value=_value(fields, "value", template.unit) or Decimal(0),
        value_max=_value(fields, "value_max", template.unit),
        levels=fields.words("levels", UNIT_TYPES) or template.levels,
        effective_from=fields.date("effective_from") or template.effective_from,
        by=fields.date("by"),
        as_of=fields.date("as_of"),
        date_basis=fields.word("date_basis", DATE_BASES, default="as_of" if observed else ""),
        source=document.source(
            clause=fields.text("clause"),
            key_phrase=fields.text("key_phrase"),
            inventory_id=norm_id,
        ),
        also=tuple(source for source, _ in also if source),
        conflicts=fields.words("conflicts", load_conflicts()) or template.conflicts,
        note=fields.text("note") or template.note,
        line=fields.node.line,
    )
    check_shown_at(fields, norm)
    check_dates(fields, norm, document.date)
    check_range(fields, norm)
    return norm, tuple(alias for _, alias in also)


def _also(
    fields: Fields, documents: Lookup[str, Document]
) -> tuple[Source | None, tuple[str, int]]:
    fields.only(ALSO_KEYS)
    fields.require(*ALSO_KEYS)
    alias = fields.id("id")
    name = fields.word("document", documents)
    source = (
        documents[name].source(
            clause=fields.text("clause"), key_phrase=fields.text("key_phrase"), inventory_id=alias
        )
        if name in documents
        else None
    )
    return source, (alias, fields.line("id"))


def _value(fields: Fields, key: str, unit: str) -> Decimal | None:
    value = fields.number(key)
    problem = value_problem(value, unit) if value is not None else None
    if problem:
        fields.fault("bad_value", key, *problem)
    return value


def _check_prefix(fields: Fields, name: str, city: str) -> None:
    if name and city and not name.startswith(f"{city}."):
        message = f'The id "{name}" does not begin with its city.'
        fields.fault("bad_id", "id", message, f'Write "{city}.{name}".')
