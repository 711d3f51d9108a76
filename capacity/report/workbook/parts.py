"""Which columns stand in which sheet: blocks resolved to norms, what they leave out, and sheets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from capacity.report import labels
from capacity.report.workbook import words
from capacity.report.workbook.layout import Asked, select
from capacity.report.workbook.sheet import WIDEST, Column
from capacity.vocabulary import AMOUNTS, FIGURES, GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from capacity.norms.model import Count, Norm
    from capacity.report.labels import Pair
    from capacity.report.view import Group
    from capacity.report.workbook.layout import Block
    from capacity.report.workbook.maker import Maker

_NEED: Final = ("required", "existing", "shortfall", "surplus", "status")
_SHARE: Final = ("base_value", "required", "existing", "shortfall", "share", "status")
_FIGURES: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(labels.MEASURES, _NEED),
    **dict.fromkeys(("places_to_add", "beds_to_add"), ("shortfall",)),
    **dict.fromkeys(("convert", "build", "units_with_one"), _SHARE),
    **dict.fromkeys(
        ("places_with_minimums", "places_upper", "land_m2_upper"),
        ("required", "shortfall"),
    ),
    "implied_population": ("required", "existing", "status"),
    **dict.fromkeys(
        ("facilities_of_size", "compounds_of_size"), ("base_value", "existing", "status")
    ),
    "capacity_limited": ("base_value", "existing", "share", "status"),
    **dict.fromkeys(("without_capacity", "out_of_reach"), ("existing", "share")),
    **dict.fromkeys(GROUPS, ("base_value", "existing", "share", "status")),
}
"""Figures of a measure that a table shows; the others are empty, or stand in the heading."""
_BRIEF: Final = {
    "units_with_one": ("existing", "status"),
    "facilities": ("existing", "shortfall", "status"),
}
"""Figures of a measure in tables of details, where a unit needs one or none."""
_BELOW: Final = {"units_with_one": ("base_value", "existing", "status")}
"""Figures of a measure where a unit has a finding of its own beside the sum of its units."""
RATIOS: Final = ("ratio_per_population", "ratio_per_subgroup", "area_per_capita")
"""Kinds whose requirement is ``standard × base``."""
_WIDTH, _STATUS_WIDTH = 9.5, 8.5
_STUB_WIDTH: Final = 84.0


@dataclass(frozen=True, slots=True)
class Shown:
    """One column about a norm, or about a part of the supply.

    Attributes
    ----------
    asked
        What it shows.
    group
        Norm × measure that it shows a figure of; the block's first where it shows a count.
    column
        Its heading and width.
    style
        What its numbers look like.
    below
        Whether it shows the sum of a unit's own units where the unit has a finding of its own too.
    """

    asked: Asked
    group: Group
    column: Column
    style: str
    below: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """The columns of one block; ``group`` is None where they are about no norm."""

    group: Group | None
    shown: tuple[Shown, ...]

    @property
    def groups(self) -> tuple[Group, ...]:
        """Norms × measures of which a figure is shown."""
        found = {
            (s.group.norm.id, s.group.measure): s.group
            for s in self.shown
            if s.asked.what != "count"
        }
        return tuple(found.values())

    def at(self, figure: str, group: Group) -> int | None:
        """Position of the column that shows a figure of a group."""
        for i, shown in enumerate(self.shown):
            same = shown.group == group and shown.asked.what == "figure"
            if same and shown.asked.figure == figure:
                return i
        return None


def is_ratio(norm: Norm) -> bool:
    """Whether a unit needs the standard times its base."""
    return norm.kind in RATIOS and norm.each == "unit"


def figures_of(group: Group, people: Sequence[str]) -> tuple[str, ...]:
    """List the figures that a group shows in full, beside columns of people."""
    figures = _FIGURES[group.measure]
    norm = group.norm
    if group.measure in {"places_to_add", "beds_to_add"} or "share" in figures:
        pass
    elif is_ratio(norm) and group.measure not in labels.SECONDARY:
        figures = ("base_value", "standard", *figures)
    elif norm.base in {"households", "planned_population", "counted"} and figures == _NEED:
        figures = ("base_value", *figures)
    if _base(group) in people:
        figures = tuple(figure for figure in figures if figure != "base_value")
    return figures


def _base(group: Group) -> str:
    """People that a group is measured against; empty where it is not against people of the unit."""
    if group.measure in GROUPS:
        return group.measure
    if group.measure in {"capacity_limited", "without_capacity", "out_of_reach"}:
        return ""
    base = "population" if group.norm.base == "residents" else group.norm.base
    return base if base in GROUPS and group.norm.each == "unit" else ""


def base_people(group: Group) -> str:
    """Name the column of people that a group's base is, empty for none."""
    return _base(group)


def resolve(
    maker: Maker, blocks: Iterable[Block], groups: Sequence[Group], people: Sequence[str]
) -> tuple[list[Part], list[Part]]:
    """Match blocks with norms; what they leave out follows.

    Parameters
    ----------
    maker
        For words.
    blocks
        Blocks of the main table.
    groups
        Norms × measures that the table must show.
    people
        Columns of people beside them.

    Returns
    -------
    tuple
        Parts of the main table, and of its continuation: norms that no block takes in full, of
        others the figures that are left out, with the status.
    """
    main: list[Part] = []
    taken: set[str] = set()
    for block in blocks:
        free = [group for group in groups if group.norm.id not in taken]
        group = select(block, free) if block.select else None
        if (block.select and group is None) or not (group or main):
            continue
        taken |= {group.norm.id} if group is not None else set()
        part = _part(maker, block, group, groups, main)
        if part.shown:
            main.append(part)
    rest = []
    for group in groups:
        seen = _seen(main, group)
        figures = figures_of(group, people if seen else people[:1])
        missing = [figure for figure in figures if figure not in seen and figure != "standard"]
        if not seen:
            rest.append(_full(maker, group, figures))
        elif missing and not (set(missing) <= {"required", "surplus"} and _is_plain(group)):
            rest.append(_full(maker, group, [*dict.fromkeys([*missing, "status"])]))
    return main, rest


def details(maker: Maker, groups: Iterable[Group], people: Sequence[str]) -> list[Part]:
    """Show groups in the short form of the tables of communities.

    Parameters
    ----------
    maker
        For words.
    groups
        Norms × measures to show.
    people
        Columns of people beside them.
    """
    return [
        _full(maker, group, _BRIEF.get(group.measure) or figures_of(group, people))
        for group in groups
    ]


def sums_below(maker: Maker, groups: Iterable[Group], people: Sequence[str]) -> list[Part]:
    """Show the sums of units that have a finding of their own beside that of the units below them.

    Parameters
    ----------
    maker
        For words.
    groups
        Norms × measures with both.
    people
        Columns of people beside them.
    """
    word = maker.say(("所辖单位合计", "sum of its units"))
    found = []
    for group in groups:
        part = _full(maker, group, _BELOW.get(group.measure) or figures_of(group, people))
        shown = [
            replace(s, below=True, column=replace(s.column, group=f"{s.column.group}  {word}"))
            for s in part.shown
        ]
        found.append(Part(group, tuple(shown)))
    return found


def _seen(parts: Iterable[Part], group: Group) -> set[str]:
    """Figures of a group that some parts show."""
    return {
        shown.asked.figure
        for part in parts
        for shown in part.shown
        if shown.group == group and shown.asked.what == "figure"
    }


def _is_plain(group: Group) -> bool:
    """Whether existing and shortfall say it all: the requirement is the standard in the heading."""
    return group.norm.kind == "minimum_count_per_unit" and group.measure == "facilities"


def _part(
    maker: Maker, block: Block, group: Group | None, groups: Sequence[Group], main: Sequence[Part]
) -> Part:
    about = group or next(part.group for part in main if part.group is not None)
    title = _title(maker, group, block.head) if group else maker.say(block.head)
    shown = []
    for asked in block.columns:
        own = about
        if asked.measure:
            found = [g for g in groups if g.norm == about.norm and g.measure == asked.measure]
            if not found:
                continue
            own = found[0]
        shown.append(_shown(maker, asked, own, title))
    return Part(group, tuple(shown))


def _full(maker: Maker, group: Group, figures: Iterable[str]) -> Part:
    title = _title(maker, group, ("", ""))
    shown = [_shown(maker, Asked("figure", figure), group, title) for figure in figures]
    return Part(group, tuple(shown))


def _title(maker: Maker, group: Group, head: Pair) -> str:
    name = words.name_of(maker, group)
    if head[0]:
        name = f"{maker.say(head)} {maker.number(group.norm)}"
    return f"{name}\n{words.rule_of(group.norm, maker.language)}"


def _shown(maker: Maker, asked: Asked, group: Group, title: str) -> Shown:
    style = _style(asked, group)
    head = _head(maker, asked, group)
    width = _STATUS_WIDTH if asked.figure in {"status", "share", "standard"} else _WIDTH
    return Shown(asked, group, Column(head, title, width), style)


def _head(maker: Maker, asked: Asked, group: Group) -> str:
    language = maker.language
    if asked.what == "figure":
        return words.head_of(group, asked.figure, asked.head, language)
    unit: Pair = ("公顷", "ha")
    if asked.what == "count" and asked.count is not None:
        unit = _count_unit(asked.count)
    elif asked.what == "rate":
        zh, en = labels.QUANTITIES[group.measure]
        unit = (f"{zh}/千人", f"{en} per 1000")
    elif asked.what == "largest":
        unit = _AMOUNT_UNITS[asked.figure]
    return f"{maker.say(asked.head)}\n({maker.say(unit)})"


_AMOUNT_UNITS: Final[dict[str, Pair]] = {
    "facilities": ("处", "facilities"),
    "places": ("个", "places"),
    "beds": ("张", "beds"),
    "persons": ("人", "persons"),
}


def _count_unit(count: Count) -> Pair:
    counted = (AMOUNTS | FIGURES)[count.amount or count.figure][2]
    return _AMOUNT_UNITS.get(counted, ("㎡", "m²"))


def _style(asked: Asked, group: Group) -> str:
    if asked.what in {"rate", "hectares"}:
        return "rate"
    if asked.what in {"count", "largest"}:
        return "count"
    if asked.figure in {"standard", "share"}:
        return "plain" if asked.figure == "standard" else "share"
    return "area" if group.measure in labels.AREAS and asked.figure != "base_value" else "count"


def sheets(main: Sequence[Part], rest: Iterable[Part], people: int) -> list[list[Part]]:
    """Put parts into as many sheets as are needed for each to be one page wide.

    Parameters
    ----------
    main, rest
        Parts, those of the main table first.
    people
        How many columns of people stand before them.
    """
    found: list[list[Part]] = []
    used = 0.0
    room = WIDEST - _STUB_WIDTH - 10.0 * people
    for part in [*main, *rest]:
        if not found or used + _width(part) > room:
            found.append([])
            used = 0.0
        found[-1].append(part)
        used += _width(part)
    return found


def _width(part: Part) -> float:
    return sum(shown.column.width for shown in part.shown)


def unruled(maker: Maker, columns: Iterable[Asked], group: Group) -> Part:
    """Make a part about no norm; ``group`` says of which service."""
    return Part(None, tuple(_shown(maker, asked, group, "") for asked in columns))
