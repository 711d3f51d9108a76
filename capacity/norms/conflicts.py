"""Clauses of the documents that do not agree: each conflict written once, in ``conflicts.yaml``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files as package_files
from types import MappingProxyType
from typing import Final

from capacity.errors import NormError
from capacity.norms.fields import Fields
from capacity.norms.model import Conflict
from capacity.norms.tree import Mapping, parse

FILE: Final = "conflicts.yaml"
KEYS: Final = ("id", "text_zh", "text_en", "resolution_zh", "resolution_en")


@cache
def load_conflicts() -> MappingProxyType[str, Conflict]:
    """Load the conflicts that norms may name.

    Returns
    -------
    mapping of str to Conflict
        By id.

    Raises
    ------
    NormError
        If the file is faulty.

    Examples
    --------
    >>> load_conflicts()["C21"].resolution_en
    'The site decides: 8 without outdoor ground, 6 + 2 in new development.'
    """
    text = (package_files("capacity.norms") / FILE).read_text(encoding="utf-8")
    tree, faults = parse(text, file=FILE)
    top = Fields(tree if isinstance(tree, Mapping) else Mapping({}, {}, 1), FILE, "", faults)
    found = [_conflict(top, node) for node in top.mappings("conflicts")]
    if top.faults:
        raise NormError("The list of conflicts is faulty:", top.faults)
    return MappingProxyType({conflict.id: conflict for conflict in found})


def _conflict(top: Fields, node: Mapping) -> Conflict:
    fields = top.below(node, "")
    fields.only(KEYS)
    fields.require(*KEYS)
    return Conflict(
        id=fields.text("id"),
        text_zh=fields.text("text_zh"),
        text_en=fields.text("text_en"),
        resolution_zh=fields.text("resolution_zh"),
        resolution_en=fields.text("resolution_en"),
    )
