"""Which table shows which figures: ``tables.yaml`` read, and matched with the norms of a view."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import yaml

from capacity.norms.model import Count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from capacity.norms.model import Norm
    from capacity.report.labels import Pair
    from capacity.report.view import Group

FIGURES: Final = (
    "standard",
    "base_value",
    "required",
    "existing",
    "shortfall",
    "surplus",
    "share",
    "status",
)
"""Figures of a finding that a column may show."""
_ANNEXES: Final = ("units", "facilities", "compounds")
_OF_FIGURES: Final = ("figure", "rate", "hectares")
_MATCHES: Final = frozenset(
    {"kind", "measure", "base", "each", "level", "only_level", "service", "unit"}
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A column as ``tables.yaml`` asks for it.

    Attributes
    ----------
    what
        ``figure``, ``rate``, ``hectares``, ``count`` or ``largest`` (facility of a unit).
    figure
        The figure of the finding that is shown, or that the rate and the hectares are of.
    measure
        Measure of the finding, where it is not the block's.
    head
        Heading without its unit; empty for the usual one.
    count
        What a ``count`` counts.
    per
        How many of the base a ``rate`` is for.
    part_of
        Figure of the block that this one is never more than, or ``previous``.
    """

    what: str
    figure: str = ""
    measure: str = ""
    head: Pair = ("", "")
    count: Count | None = None
    per: int = 1
    part_of: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """Columns about one norm; without ``select`` they are about none."""

    columns: tuple[Asked, ...]
    select: tuple[tuple[str, str], ...] = ()
    head: Pair = ("", "")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the submission.

    Attributes
    ----------
    number, name
        What it is called.
    services, people
        Services whose norms stand in it, and people shown beside them.
    blocks
        Blocks of the main table, for streets and townships.
    details
        Further columns of the table of communities.
    facilities
        Amounts (``AMOUNTS``) of the list of facilities; empty for no list.
    annexes
        Order of the tables numbered below it: of further units, of facilities, of compounds.
    """

    number: str
    name: Pair
    services: tuple[str, ...]
    people: tuple[str, ...]
    blocks: tuple[Block, ...]
    details: tuple[Asked, ...] = ()
    facilities: tuple[str, ...] = ()
    annexes: tuple[str, ...] = _ANNEXES


@cache
def tables() -> tuple[Table, ...]:
    """Read the tables of the submission.

    Examples
    --------
    >>> [table.number for table in tables()]
    ['1', '2', '3', '4', '5', '6', '7', '8']
    """
    text = files("capacity.report.workbook").joinpath("tables.yaml").read_text(encoding="utf-8")
    return tuple(_table(node) for node in yaml.safe_load(text))


def _table(node: Mapping[str, Any]) -> Table:
    return Table(
        number=node["number"],
        name=_pair(node["name"]),
        services=tuple(node["services"]),
        people=tuple(node["people"]),
        blocks=tuple(_block(block) for block in node["blocks"]),
        details=tuple(_asked(column) for column in node.get("details", ())),
        facilities=tuple(node.get("facilities", ())),
        annexes=tuple(node.get("annexes", _ANNEXES)),
    )


def _block(node: Mapping[str, Any]) -> Block:
    select = node.get("select", {})
    if unknown := set(select) - _MATCHES:
        raise ValueError(f"tables.yaml selects by {sorted(unknown)}; known: {sorted(_MATCHES)}")
    return Block(
        columns=tuple(_asked(column) for column in node["columns"]),
        select=tuple(select.items()),
        head=_pair(node.get("head", ("", ""))),
    )


def _asked(node: Mapping[str, Any]) -> Asked:
    what = next(name for name in ("figure", "rate", "hectares", "count", "largest") if name in node)
    figure = "" if what == "count" else node[what]
    if what in _OF_FIGURES and figure not in FIGURES:
        raise ValueError(f"tables.yaml asks for {figure}; known: {', '.join(FIGURES)}")
    return Asked(
        what=what,
        figure=figure,
        measure=node.get("measure", ""),
        head=_pair(node.get("head", ("", ""))),
        count=_count(node["count"]) if what == "count" else None,
        per=node.get("per", 1),
        part_of=node.get("part_of", ""),
    )


def _count(node: Mapping[str, Any]) -> Count:
    lists = {name: tuple(node[name]) for name in ("types", "operators") if name in node}
    return Count(**{**node, **lists})


def _pair(node: Iterable[str]) -> Pair:
    chinese, english = node
    return chinese, english


def select(block: Block, groups: Iterable[Group]) -> Group | None:
    """Find the norm and measure that a block is about.

    Parameters
    ----------
    block
        Block of a table.
    groups
        Groups that may stand in the table, not taken by an earlier block.

    Returns
    -------
    Group or None
        Of several the latest stage, then the one asked of most levels, then the first id.
    """
    found = [group for group in groups if all(_fits(group, *pair) for pair in block.select)]
    return min(found, key=_preference, default=None)


def _preference(group: Group) -> tuple[int, int, str]:
    by = group.norm.by or dt.date.min
    return -by.toordinal(), -len(group.norm.levels), group.norm.id


def _fits(group: Group, word: str, wanted: str) -> bool:
    norm = group.norm
    if word == "level":
        return wanted in _levels(norm)
    if word == "only_level":
        return _levels(norm) == (wanted,)
    if word == "measure":
        return group.measure == wanted
    return bool(getattr(norm, word) == wanted)


def _levels(norm: Norm) -> tuple[str, ...]:
    return norm.levels
