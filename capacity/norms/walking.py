"""Walking distances that the national standard sets for walking times: ``walking_distances.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files as package_files
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from capacity.errors import NormError
from capacity.norms.fields import Fields
from capacity.norms.tree import Mapping, parse

if TYPE_CHECKING:
    from decimal import Decimal

FILE: Final = "walking_distances.yaml"


@dataclass(frozen=True, slots=True)
class WalkingDistances:
    """Walking distances by walking time.

    Attributes
    ----------
    standard, title, table
        Where they stand.
    by_minutes
        Minutes → lower and upper end in metres, the same where one number is printed.
    """

    standard: str
    title: str
    table: str
    by_minutes: MappingProxyType[Decimal, tuple[Decimal, Decimal]]


@cache
def national_distances() -> WalkingDistances:
    """Load the distances of the national standard.

    Returns
    -------
    WalkingDistances
        By minutes.

    Raises
    ------
    NormError
        If the file is faulty.

    Examples
    --------
    >>> found = national_distances()
    >>> found.standard, {int(t): (int(a), int(b)) for t, (a, b) in found.by_minutes.items()}
    ('GB 50180-2018', {15: (800, 1000), 10: (500, 500), 5: (300, 300)})
    """
    text = (package_files("capacity.norms") / FILE).read_text(encoding="utf-8")
    tree, faults = parse(text, file=FILE)
    top = Fields(tree if isinstance(tree, Mapping) else Mapping({}, {}, 1), FILE, "", faults)
    top.require("standard", "title", "table", "distances")
    by_minutes: dict[Decimal, tuple[Decimal, Decimal]] = {}
    for node in top.mappings("distances"):
        row = top.below(node, "")
        row.only(("minutes", "metres", "metres_max"))
        row.require("minutes", "metres")
        minutes, low, high = (row.number(key) for key in ("minutes", "metres", "metres_max"))
        if minutes is not None and low is not None:
            by_minutes[minutes] = (low, low if high is None else high)
    if top.faults:
        raise NormError("The list of walking distances is faulty:", top.faults)
    return WalkingDistances(
        standard=top.text("standard"),
        title=top.text("title"),
        table=top.text("table"),
        by_minutes=MappingProxyType(by_minutes),
    )
