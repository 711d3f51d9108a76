"""YAML text as a tree that remembers its lines; first step of reading a norm file.

Nothing is constructed: every scalar stays the text that was typed, so 0.2 cannot become a binary
float and a tag cannot run anything. Anchors, aliases and tags are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import yaml

from capacity.errors import Fault

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST: Final = 12
_NULLS: Final = ("", "~", "null", "Null", "NULL")

Events: TypeAlias = Iterator[yaml.Event]


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, number or date as it was typed; empty where nothing was."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with their values, in the order of the file."""

    items: dict[str, Node]
    lines: dict[str, int]
    line: int


Node: TypeAlias = Scalar | Sequence | Mapping


class _UnreadableError(Exception):
    """The tree cannot be followed any further; the fault says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclass(slots=True)
class _Reader:
    file: str
    faults: list[Fault] = field(default_factory=list)

    def fault(self, code: str, line: int, message: str, mend: str, *, key: str = "") -> Fault:
        return Fault(
            severity="error",
            code=code,
            message=message,
            mend=mend,
            file=self.file,
            rows=(line,) if line else (),
            column=key,
        )

    def node(self, event: yaml.Event, events: Events, depth: int) -> Node:
        line = _line(event)
        self._refuse(event, line, depth)
        if isinstance(event, yaml.ScalarEvent):
            absent = event.style is None and event.value in _NULLS
            return Scalar("" if absent else event.value.strip(), line)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(event := next(events), yaml.SequenceEndEvent):
                items.append(self.node(event, events, depth + 1))
            return Sequence(tuple(items), line)
        return self._mapping(events, line, depth)

    def _mapping(self, events: Events, line: int, depth: int) -> Mapping:
        items: dict[str, Node] = {}
        lines: dict[str, int] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self.node(event, events, depth + 1)
            value = self.node(next(events), events, depth + 1)
            if not isinstance(key, Scalar):
                message, mend = "A key is a list or a mapping.", "Write a plain word as the key."
                self.faults.append(self.fault("norms.bad_shape", key.line, message, mend))
            elif key.text in items:
                message = f'The key "{key.text}" stands twice, first in line {lines[key.text]}.'
                self.faults.append(
                    self.fault(
                        "norms.duplicate_key", key.line, message, "Keep one of them.", key=key.text
                    )
                )
            else:
                items[key.text], lines[key.text] = value, key.line
        return Mapping(items, lines, line)

    def _refuse(self, event: yaml.Event, line: int, depth: int) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            message = "Anchors (&) and aliases (*) are not read."
            mend = "Write the text out, in quotes if it begins with & or *."
            raise _UnreadableError(self.fault("norms.anchor", line, message, mend))
        if getattr(event, "tag", None):
            message = f'Tags such as "{getattr(event, "tag", "")}" are not read.'
            mend = "Write plain text, numbers and dates; put text that begins with ! in quotes."
            raise _UnreadableError(self.fault("norms.tag", line, message, mend))
        if depth > _DEEPEST:
            message = f"Lists or mappings lie more than {_DEEPEST} deep."
            mend = "Compare with the template in docs/norms.md."
            raise _UnreadableError(self.fault("norms.bad_shape", line, message, mend))


def parse(text: str, *, file: str) -> tuple[Node | None, list[Fault]]:
    """Parse YAML text into a tree with line numbers.

    Parameters
    ----------
    text : str
        The whole file.
    file : str
        Its name, for the faults.

    Returns
    -------
    tuple of Node or None, and list of Fault
        The tree (None where the text cannot be followed) and everything wrong with it as YAML.

    Examples
    --------
    >>> tree, faults = parse("value: 0.20", file="own.yaml")
    >>> tree.items["value"].text
    '0.20'
    """
    reader = _Reader(file)
    try:
        events: Events = iter(yaml.parse(text, Loader=_LOADER))
        next(events)  # the stream begins
        if isinstance(next(events), yaml.StreamEndEvent):
            message, mend = "The file is empty.", "Start from the template in docs/norms.md."
            return None, [reader.fault("norms.empty", 1, message, mend)]
        tree = reader.node(next(events), events, 0)
        next(events)  # the document ends
        if not isinstance(after := next(events), yaml.StreamEndEvent):
            message = "A second YAML document begins here."
            mend = "Put each source document in a file of its own."
            reader.faults.append(reader.fault("norms.bad_shape", _line(after), message, mend))
    except _UnreadableError as stop:
        return None, [*reader.faults, stop.fault]
    except yaml.YAMLError as error:
        return None, [*reader.faults, _not_yaml(reader, error)]
    return tree, reader.faults


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return mark.line + 1 if mark else 0


def _not_yaml(reader: _Reader, error: yaml.YAMLError) -> Fault:
    mark = getattr(error, "problem_mark", None)
    if mark is None:  # a character that no text file holds; libyaml does not tell its line
        message, mend = "Not YAML: it holds control characters.", "Save the file as plain text."
        return reader.fault("norms.not_yaml", 0, message, mend)
    mend = "Check this line and the one above: indentation, colons, quotes."
    message = f"Not YAML: {getattr(error, 'problem', 'unreadable')}."
    return reader.fault("norms.not_yaml", mark.line + 1, message, mend)
