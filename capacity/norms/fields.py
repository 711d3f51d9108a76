"""The keys of a norm file, read one by one; between the YAML tree and the norms.

Every fault is noted and none is raised, so that the catalogue can show them all at once.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from capacity.errors import Fault
from capacity.norms.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEAR: Final = re.compile(r"[0-9]{4}")
# Longer lists are not spelt out in a message.
_LISTED: Final = 30
_ID: Final = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")


def nearest(word: str, known: Iterable[str], *, what: str) -> str:
    """Say what was probably meant, or what there is to choose from.

    A long list is not spelt out.

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
    if len(words) > _LISTED:
        listed = f"There are {len(words)} {what}: see docs/norms.md and docs/norms-catalogue.md."
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
class Fields:
    """The keys of one mapping, read one by one; what is wrong is noted in ``faults``.

    Attributes
    ----------
    node, file, item
        The mapping, its file, and the id of the norm that faults name.
    faults
        Everything wrong so far.
    """

    node: Mapping
    file: str
    item: str = ""
    faults: list[Fault] = field(default_factory=list)

    def line(self, key: str) -> int:
        """Line of a key, or of the mapping where the key is not there."""
        return self.node.lines.get(key, self.node.line)

    def has(self, key: str) -> bool:
        """Whether a key is there and has a value."""
        value = self.node.items.get(key)
        written = value.text if isinstance(value, Scalar) else value and value.items
        return bool(written)

    def fault(self, code: str, key: str, message: str, mend: str, *, line: int = 0) -> None:
        """Note a fault at a key."""
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
        """Refuse keys that are not known."""
        for key in self.node.items:
            if key not in known:
                mend = nearest(key, known, what="keys here")
                self.fault("unknown_key", key, f'Unknown key "{key}".', mend)

    def require(self, *keys: str) -> None:
        """Refuse a mapping without these keys."""
        for key in keys:
            if not self.has(key):
                wrong = "has no value" if key in self.node.items else "is missing"
                self.fault("missing_key", key, f'The key "{key}" {wrong}.', f'Write "{key}: ...".')

    def text(self, key: str) -> str:
        """Read one text; empty where there is none."""
        value = self.node.items.get(key)
        if value is None or isinstance(value, Scalar):
            return value.text if value else ""
        self.fault("bad_shape", key, f'"{key}" is a list or a mapping.', "Write one text.")
        return ""

    def id(self, key: str, *, default: str = "") -> str:
        """Read an id."""
        text = self.text(key)
        if text and not _ID.fullmatch(text):
            mend = "Use small letters, digits and _, parts joined by dots."
            self.fault("bad_id", key, f'"{text}" cannot be an id.', mend)
        return text or default

    def word(self, key: str, known: Collection[str], *, default: str = "") -> str:
        """Read a word of a closed list."""
        text = self.text(key)
        if text:
            self._known(key, text, known, self.line(key))
        return text or default

    def words(self, key: str, known: Collection[str]) -> tuple[str, ...]:
        """Read a list of words of a closed list."""
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
        """Read a list of texts."""
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
        """Read a list of mappings."""
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
        """Read a day."""
        text = self.text(key)
        day = parse_date(text)
        if text and day is None:
            mend = "Write YYYY-MM-DD."
            if _YEAR.fullmatch(text):
                mend = f"For the end of that year write {text}-12-31."
            self.fault("bad_date", key, f'"{text}" is not a date.', mend)
        return day

    def number(self, key: str) -> Decimal | None:
        """Read an exact number."""
        text = self.text(key)
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            mend = "Write plain digits, such as 6 or 0.2; the unit belongs in unit."
            self.fault("bad_value", key, f'"{text}" is not a number.', mend)
            return None
        return Decimal(text)

    def flag(self, key: str) -> bool:
        """Read true or false; false where it is not there."""
        text = self.text(key)
        if text not in ("", "true", "false"):
            self.fault("bad_flag", key, f'"{text}" is neither true nor false.', "Write true.")
        return text == "true"

    def mapping(self, key: str) -> Mapping | None:
        """Read one mapping."""
        value = self.node.items.get(key)
        if isinstance(value, Mapping) or not self.has(key):
            return value if isinstance(value, Mapping) else None
        message = f'"{key}" has no keys.'
        self.fault("bad_shape", key, message, "Indent its keys below, each with its value.")
        return None

    def below(self, node: Mapping, item: str) -> Fields:
        """Read a mapping further down; its faults are noted here too."""
        return Fields(node, self.file, item, self.faults)

    def _known(self, key: str, text: str, known: Collection[str], line: int) -> None:
        if text not in known:
            mend = nearest(text, known, what="words known here")
            self.fault("unknown_word", key, f'Unknown word "{text}".', mend, line=line)
