"""One norm file as norms; second step, between the YAML tree and the catalogue.

A file has a ``document`` head and a list of ``norms``. Each entry is a series; each of its
``values`` becomes one `Norm`. Every fault is noted and none is raised here, so that the
catalogue can show them all at once. The format is described in ``docs/norms.md``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from capacity.errors import Fault
from capacity.norms.model import (
    APPLIES_TO,
    BASES,
    COMPARATORS,
    COMPOUND_UNITS,
    DATE_BASES,
    KIND_RULES,
    KINDS,
    UNITS_OF_MEASURE,
    WHOLE_UNITS,
    Norm,
    Source,
)
from capacity.norms.tree import Mapping, Scalar, Sequence, parse
from capacity.vocabulary import GROUPS, SERVICES, UNIT_TYPES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from collections.abc import Mapping as Lookup

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
)
ENTRY_KEYS: Final = (
    "id",
    "service",
    "kind",
    "name_zh",
    "name_en",
    "unit",
    "comparator",
    "base",
    "levels",
    "shown_at",
    "applies_to",
    "measures",
    "minimum_size",
    "note",
    "values",
)
STAGE_KEYS: Final = (
    "id",
    "value",
    "by",
    "effective_from",
    "date_basis",
    "clause",
    "key_phrase",
    "levels",
    "note",
    "also",
)
ALSO_KEYS: Final = ("id", "document", "clause", "key_phrase")

_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEAR: Final = re.compile(r"[0-9]{4}")
_ID: Final = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
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


def nearest(word: str, known: Iterable[str], *, what: str) -> str:
    """Say what was probably meant, or what there is to choose from.

    Parameters
    ----------
    word : str
        What was written.
    known : iterable of str
        What is known.
    what : str
        What the known words are, in the plural.

    Returns
    -------
    str
        One or two sentences.

    Examples
    --------
    >>> nearest("chidcare", ["childcare", "sports"], what="services")
    'Did you mean "childcare"? The services are: childcare, sports.'
    """
    words = list(known)
    listed = f"The {what} are: {', '.join(words) or 'none'}."
    close = get_close_matches(word, words, n=1)
    return f'Did you mean "{close[0]}"? {listed}' if close else listed


def parse_date(text: str) -> dt.date | None:
    """Read a date written as ``YYYY-MM-DD``; None where it is not one.

    Parameters
    ----------
    text : str
        What was written.

    Returns
    -------
    date or None
        The day.

    Examples
    --------
    >>> parse_date("2025-12-31")
    datetime.date(2025, 12, 31)
    >>> parse_date("2025-02-30") is None
    True
    """
    if not _DATE.fullmatch(text):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(slots=True)
class _Fields:
    """The keys of one mapping, read one by one; what is wrong is noted in ``faults``."""

    node: Mapping
    file: str
    item: str = ""
    faults: list[Fault] = field(default_factory=list)

    def line(self, key: str) -> int:
        return self.node.lines.get(key, self.node.line)

    def has(self, key: str) -> bool:
        value = self.node.items.get(key)
        written = value.text if isinstance(value, Scalar) else value and value.items
        return bool(written)

    def fault(self, code: str, key: str, message: str, mend: str, *, line: int = 0) -> None:
        self.faults.append(
            Fault(
                severity="error",
                code=f"norms.{code}",
                message=message,
                mend=mend,
                file=self.file,
                rows=(line or self.line(key),),
                column=key,
                item=self.item,
            )
        )

    def only(self, known: Collection[str]) -> None:
        for key in self.node.items:
            if key not in known:
                mend = nearest(key, known, what="keys here")
                self.fault("unknown_key", key, f'Unknown key "{key}".', mend)

    def require(self, *keys: str) -> None:
        for key in keys:
            if not self.has(key):
                wrong = "has no value" if key in self.node.items else "is missing"
                self.fault("missing_key", key, f'The key "{key}" {wrong}.', f'Write "{key}: ...".')

    def text(self, key: str) -> str:
        value = self.node.items.get(key)
        if value is None or isinstance(value, Scalar):
            return value.text if value else ""
        self.fault("bad_shape", key, f'"{key}" is a list or a mapping.', "Write one text.")
        return ""

    def id(self, key: str, *, default: str = "") -> str:
        text = self.text(key)
        if text and not _ID.fullmatch(text):
            mend = "Use small letters, digits and _, parts joined by dots."
            self.fault("bad_id", key, f'"{text}" cannot be an id.', mend)
        return text or default

    def word(self, key: str, known: Collection[str], *, default: str = "") -> str:
        text = self.text(key)
        if text:
            self._known(key, text, known, self.line(key))
        return text or default

    def words(self, key: str, known: Collection[str]) -> tuple[str, ...]:
        found = self.scalars(key)
        for scalar in found:
            self._known(key, scalar.text, known, scalar.line)
        texts = tuple(scalar.text for scalar in found)
        for text, count in Counter(texts).items():
            if count > 1:
                self.fault(
                    "repeated_word", key, f'"{text}" stands {count} times.', "Write it once."
                )
        return texts

    def scalars(self, key: str) -> tuple[Scalar, ...]:
        value = self.node.items.get(key)
        if not self.has(key):
            return ()
        if not isinstance(value, Sequence) or not all(isinstance(v, Scalar) for v in value.items):
            written = value.text if isinstance(value, Scalar) else "..., ..."
            mend = f'Write "{key}: [{written}]".'
            self.fault("bad_shape", key, f'"{key}" is not a list of words.', mend)
            return ()
        return tuple(v for v in value.items if isinstance(v, Scalar))

    def mappings(self, key: str) -> tuple[Mapping, ...]:
        value = self.node.items.get(key)
        if not self.has(key):
            return ()
        items = value.items if isinstance(value, Sequence) else ()
        found = tuple(v for v in items if isinstance(v, Mapping))
        if not found or len(found) < len(items):
            mend = "Begin each with a dash, its keys indented below."
            self.fault("bad_shape", key, f'"{key}" is not a list of entries.', mend)
        return found

    def date(self, key: str) -> dt.date | None:
        text = self.text(key)
        day = parse_date(text)
        if text and day is None:
            mend = "Write YYYY-MM-DD."
            if _YEAR.fullmatch(text):
                mend = f"For the end of that year write {text}-12-31."
            self.fault("bad_date", key, f'"{text}" is not a date.', mend)
        return day

    def number(self, key: str) -> Decimal | None:
        text = self.text(key)
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            mend = "Write plain digits, such as 6 or 0.2; the unit belongs in unit."
            self.fault("bad_value", key, f'"{text}" is not a number.', mend)
            return None
        return Decimal(text)

    def below(self, node: Mapping, item: str) -> _Fields:
        return _Fields(node, self.file, item, self.faults)

    def _known(self, key: str, text: str, known: Collection[str], line: int) -> None:
        if text not in known:
            mend = nearest(text, known, what="words known here")
            self.fault("unknown_word", key, f'Unknown word "{text}".', mend, line=line)


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
    top = _Fields(tree if isinstance(tree, Mapping) else Mapping({}, {}, 1), file, "", faults)
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
    top = _Fields(tree, document.file)
    entries = tuple(_entry(top, node, document, documents) for node in top.mappings("norms"))
    return entries, top.faults


def _entry(
    top: _Fields, node: Mapping, document: Document, documents: Lookup[str, Document]
) -> Entry:
    before = len(top.faults)
    fields = top.below(node, "")
    series = fields.id("id")
    fields.item = series
    fields.only(ENTRY_KEYS)
    fields.require(
        "id", "service", "kind", "name_zh", "name_en", "unit", "comparator", "base", "values"
    )
    _check_prefix(fields, series, document.city)
    template = _template(fields, document)
    _check_kind(fields, template)
    stages: list[tuple[Norm, tuple[tuple[str, int], ...]]] = []
    dated: list[Norm] = []
    for node_of_value in fields.mappings("values"):
        known = len(top.faults)
        value = fields.below(node_of_value, series)
        stages.append(_stage(value, template, document, documents))
        if not value.has("levels") and not fields.has("levels"):
            mend = f"Write which units it asks for, of: {', '.join(UNIT_TYPES)}."
            value.fault("missing_key", "levels", 'The key "levels" is missing.', mend)
        dated += [stages[-1][0]] if len(top.faults) == known else []
    _check_dates_differ(fields, dated)
    return Entry(
        id=series,
        kind=template.kind,
        file=document.file,
        line=node.line,
        ids=tuple((norm.id, norm.line) for norm, _ in stages),
        aliases=tuple(alias for _, aliases in stages for alias in aliases),
        sized_by=template.minimum_size_id,
        sized_line=fields.line("minimum_size") if template.minimum_size_id else 0,
        norms=tuple(norm for norm, _ in stages) if len(top.faults) == before else (),
    )


def _template(fields: _Fields, document: Document) -> Norm:
    """Return what the stages of an entry share, as a norm without value, dates or clause."""
    unit = fields.word("unit", UNITS_OF_MEASURE)
    return Norm(
        id=fields.item,
        series=fields.item,
        name_zh=fields.text("name_zh"),
        name_en=fields.text("name_en"),
        city=document.city,
        service=fields.word("service", SERVICES),
        kind=fields.word("kind", KINDS),
        comparator=fields.word("comparator", COMPARATORS),
        value=Decimal(0),
        unit=unit,
        base=fields.word("base", BASES),
        levels=fields.words("levels", UNIT_TYPES),
        shown_at=fields.words("shown_at", UNIT_TYPES),
        applies_to=fields.word("applies_to", APPLIES_TO, default="all"),
        measures=fields.words("measures", GROUPS),
        minimum_size_id=fields.id("minimum_size"),
        effective_from=document.date,
        source=document.source(clause="", key_phrase="", inventory_id=""),
        note=fields.text("note"),
        file=document.file,
    )


def _stage(
    fields: _Fields, template: Norm, document: Document, documents: Lookup[str, Document]
) -> tuple[Norm, tuple[tuple[str, int], ...]]:
    """Read one dated value: its norm, and the other ids that say the same."""
    norm_id = fields.id("id", default=template.id)
    fields.item = norm_id
    fields.only(STAGE_KEYS)
    fields.require("value", "date_basis", "clause", "key_phrase")
    _check_prefix(fields, fields.text("id"), document.city)
    also = [_also(fields.below(node, norm_id), documents) for node in fields.mappings("also")]
    norm = replace(
        template,
        id=norm_id,
        value=_value(fields, template.unit),
        levels=fields.words("levels", UNIT_TYPES) or template.levels,
        effective_from=fields.date("effective_from") or template.effective_from,
        by=fields.date("by"),
        date_basis=fields.word("date_basis", DATE_BASES),
        source=document.source(
            clause=fields.text("clause"),
            key_phrase=fields.text("key_phrase"),
            inventory_id=norm_id,
        ),
        also=tuple(source for source, _ in also if source),
        note=fields.text("note") or template.note,
        line=fields.node.line,
    )
    _check_shown_at(fields, norm)
    _check_dates(fields, norm, document)
    return norm, tuple(alias for _, alias in also)


def _also(
    fields: _Fields, documents: Lookup[str, Document]
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


def _value(fields: _Fields, unit: str) -> Decimal:
    value = fields.number("value")
    if value is not None and value <= 0:
        fields.fault(
            "bad_value", "value", f"The value {value} is not above zero.", "Check the clause."
        )
    elif value is not None and unit in WHOLE_UNITS and value != value.to_integral_value():
        message = f'The value {value} is not whole, and the unit "{unit}" counts things.'
        fields.fault("bad_value", "value", message, "Check the value and the unit.")
    return value if value is not None else Decimal(0)


def _check_prefix(fields: _Fields, name: str, city: str) -> None:
    if name and city and not name.startswith(f"{city}."):
        message = f'The id "{name}" does not begin with its city.'
        fields.fault("bad_id", "id", message, f'Write "{city}.{name}".')


def _check_kind(fields: _Fields, norm: Norm) -> None:
    """Compare unit, base, comparator, measures, size and reach with the kind's row of the table."""
    rule = KIND_RULES.get(norm.kind)
    if rule is None:
        return
    for key, written, allowed in (
        ("unit", norm.unit, rule.units),
        ("base", norm.base, (rule.base,)),
        ("comparator", norm.comparator, rule.comparators),
    ):
        if written and written not in allowed:
            message = f'The {key} "{written}" does not go with the kind "{norm.kind}".'
            quoted = " or ".join(f'"{word}"' for word in allowed)
            fields.fault("mismatch", key, message, f"With this kind write {quoted}.")
    if rule.coverage and not fields.has("measures"):
        message = f'The kind "{norm.kind}" needs to know whose coverage is reported.'
        fields.fault("missing_key", "measures", message, 'Write "measures: [population]".')
    if norm.measures and not rule.coverage:
        message = f'"measures" does not go with the kind "{norm.kind}".'
        fields.fault("mismatch", "measures", message, "Remove it; only coverage kinds have it.")
    if norm.minimum_size_id and not rule.sized_in:
        message = f'"minimum_size" does not go with the kind "{norm.kind}".'
        fields.fault("mismatch", "minimum_size", message, "Remove it.")
    if norm.applies_to == "old_compounds" and norm.unit not in COMPOUND_UNITS:
        message = f'"old_compounds" does not go with the unit "{norm.unit}".'
        mend = "Only norms per compound or per household apply to compounds."
        fields.fault("mismatch", "applies_to", message, mend)


def _check_shown_at(fields: _Fields, norm: Norm) -> None:
    if both := [level for level in norm.shown_at if level in norm.levels]:
        message = f"{', '.join(both)} is among the levels and in shown_at."
        mend = "Keep it in levels if the document asks for it there, else in shown_at."
        fields.fault("repeated_word", "shown_at", message, mend)


def _check_dates(fields: _Fields, norm: Norm, document: Document) -> None:
    if not fields.has("by") and not fields.has("effective_from"):
        mend = 'Write "by: YYYY-MM-DD" (to be reached by) or "effective_from: YYYY-MM-DD".'
        fields.fault("missing_key", "by", "The value has no date.", mend)
    for key, day in (("by", norm.by), ("effective_from", norm.effective_from)):
        if day and day < document.date:
            message = f"The date {day} lies before the document's own date {document.date}."
            fields.fault("date_before_document", key, message, "Check both dates.")
    if norm.by and document.date <= norm.by < norm.effective_from:
        message = f"To be reached by {norm.by}, but in force only from {norm.effective_from}."
        fields.fault("bad_date", "by", message, "Check both dates.")
    if norm.date_basis in DATE_BASES and (norm.date_basis == "effective_from") == fields.has("by"):
        message = (
            'The date basis is "effective_from", but the value has "by".'
            if fields.has("by")
            else f'The date basis is "{norm.date_basis}", but the value has no "by".'
        )
        mend = 'Values without "by" have the basis "effective_from", values with it any other.'
        fields.fault("mismatch", "date_basis", message, mend)


def _check_dates_differ(fields: _Fields, stages: list[Norm]) -> None:
    first: dict[dt.date, int] = {}
    for norm in stages:
        day = norm.by or norm.effective_from
        if day in first:
            message = f"Two values have the date {day}, the first in line {first[day]}."
            fields.fault(
                "same_date", "values", message, "Keep one, or correct a date.", line=norm.line
            )
        first.setdefault(day, norm.line)
