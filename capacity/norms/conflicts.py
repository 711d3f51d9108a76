"""Clauses of the documents that do not agree: each conflict written once, in ``conflicts.yaml``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files as package_files
from types import MappingProxyType
from typing import Final

from capacity.errors import NormError
from capacity.norms.fields import Fields
from capacity.norms.model import Conflict, Norm
from capacity.norms.tree import Mapping, parse

FILE: Final = "conflicts.yaml"
KEYS: Final = ("id", "text_zh", "text_en", "resolution_zh", "resolution_en")
_SAME: Final = (
    *("city", "service", "kind", "unit", "base", "each", "applies_to", "condition", "measures"),
    *("supply", "of"),
)
"""What two norms have in common whose values can contradict each other."""


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


def contradicts(norm: Norm, other: Norm) -> bool:
    """Tell whether two norms of one city ask different values of the same thing.

    Norms may be part of one conflict without that: it may be about another city, the extent of a
    district or the whole of a share.

    Parameters
    ----------
    norm, other
        Norms that name a conflict in common.

    Returns
    -------
    bool
        Whether city, kind, unit, base, what is counted and where it applies are the same, and the
        values are not; never for stages of one series.

    Examples
    --------
    >>> from capacity.norms import load_norms
    >>> of_id = {norm.id: norm for norm in load_norms("zhengzhou", on="2025-12-31").norms}
    >>> share = of_id["zhengzhou.elder_care.nursing_bed_share"]
    >>> contradicts(share, of_id["zhengzhou.plan2023.elder_care.nursing_bed_share"])
    True
    """
    alike = all(getattr(norm, name) == getattr(other, name) for name in _SAME)
    values = ((one.value, one.value_max) for one in (norm, other))
    return alike and norm.series != other.series and len(set(values)) > 1


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
