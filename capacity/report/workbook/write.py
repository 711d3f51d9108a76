"""Writing a workbook: which sheets it has, and which workbooks an area has."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

import xlsxwriter

from capacity.assess.submission import amounts_by_unit, largest_by_unit, two_totals
from capacity.report import labels
from capacity.report.undisturbed import undisturbed
from capacity.report.view import look, records
from capacity.report.workbook import district, lists, method, overview, parts, unit_table, words
from capacity.report.workbook.cells import Formats
from capacity.report.workbook.layout import tables
from capacity.report.workbook.maker import Facts, Maker
from capacity.report.workbook.sheet import Column
from capacity.report.workbook.unit_table import UnitTable, keys_of
from capacity.vocabulary import GROUPS, TIER_OF

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from capacity.assess.result import Assessment
    from capacity.norms.model import Count, Norm
    from capacity.report.labels import Language, Pair
    from capacity.report.view import Group, Row, View
    from capacity.report.workbook.layout import Table
    from capacity.report.workbook.parts import Part

_OPTIONS: Final = {
    "in_memory": True,
    "default_format_properties": {"font_name": "宋体", "font_size": 10},
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
NAME: Final = "shortfalls.xlsx"
_ODD: Final = re.compile(r"[^0-9A-Za-z_-]")
_LONGEST: Final = 40
_CONTINUED: Final = ("(续)", ", continued")
_OWN: Final = ("(区级标准)", ", the whole unit")
_DETAILS: Final[dict[str, Pair]] = {
    "community": (":社区(村)明细", ": communities and villages"),
    "district": (":区县明细", ": districts"),
    "street": (":街道乡镇明细", ": streets and townships"),
    "city": (":全市", ": city"),
}


def write_workbook(
    result: Assessment, path: str | Path, *, language: Language = "zh", unit: str = ""
) -> Path:
    """Write the shortfall tables of one unit as an Excel workbook.

    Parameters
    ----------
    result
        What ``assess`` gave.
    path
        File to write, in a folder that is there; replaced if it is there itself.
    language
        ``zh`` or ``en``, for headings and words; names and citations stay as they are.
    unit
        Code of the unit whose tables they are, with the units below it; the whole area if it is empty.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    KeyError
        If there is no such unit.

    Notes
    -----
    Every text is written as text: a name such as ``=1+1`` is shown and never run. Control characters
    are removed. The file is built in memory, so a failure leaves an earlier file as it was.
    """
    whole = look(result)
    return _write(whole.below(unit) if unit else whole, Path(path), language, _facts(whole))


def _write(view: View, target: Path, language: Language, facts: Facts) -> Path:
    stream = io.BytesIO()
    with undisturbed(), xlsxwriter.Workbook(stream, _OPTIONS) as book:
        maker = Maker(
            book=book,
            formats=Formats(book, language),
            view=view,
            language=language,
            numbers={group.norm.id: group.number for group in view.groups},
            facts=facts,
        )
        overview.write(maker)
        contents = [_content(maker, table) for table in tables()]
        _write_own(maker, contents)
        for content in contents:
            _write_table(maker, content)
        method.write(maker)
    target.write_bytes(stream.getvalue())
    return target


def workbook_names(result: Assessment) -> dict[str, str]:
    """Name the workbooks of an area: one for a district; a city's own, and one for each district.

    Parameters
    ----------
    result
        What ``assess`` gave.

    Returns
    -------
    dict
        Unit code → file name: ``shortfalls.xlsx`` for the whole area, ``shortfalls-410102.xlsx`` for
        a district of it. Whatever is no letter or digit in a code becomes ``_``, and names that would
        be the same are numbered, so a code is never a path.
    """
    area = result.area
    names = {area.code: NAME}
    types = area.units["unit_type"]
    if area.type == "district":
        return names
    for code in sorted(map(str, area.units.loc[types == "district", "unit_code"])):
        safe = _ODD.sub("_", code)[:_LONGEST]
        stem, again = f"shortfalls-{safe}", 1
        while f"{stem}.xlsx".lower() in {name.lower() for name in names.values()}:
            again += 1
            stem = f"shortfalls-{safe}-{again}"
        names[code] = f"{stem}.xlsx"
    return names


def write_workbooks(
    result: Assessment, folder: str | Path, *, language: Language = "zh"
) -> list[Path]:
    """Write every workbook of an area into a folder, named as ``workbook_names`` says.

    Parameters
    ----------
    result
        What ``assess`` gave.
    folder
        Folder that is there.
    language
        As in ``write_workbook``.

    Returns
    -------
    list of Path
        The files written, the whole area's first.
    """
    whole = look(result)
    facts = _facts(whole)
    return [
        _write(whole.below(code), Path(folder) / name, language, facts)
        for code, name in workbook_names(result).items()
    ]


def _facts(view: View) -> Facts:
    """Gather what stands beside the findings, for every workbook of the area."""
    result = view.result
    totals = {
        (row["unit_code"], row["norm_id"], row["measure"]): (
            row["difference"],
            row["by_surplus"],
            row["by_rounding"],
        )
        for row in records(two_totals(result.findings))
    }
    return Facts(
        amounts=amounts_by_unit(result.area, _wanted(view)),
        largest=_largest(view),
        main_urban=_flags(result.area.units),
        facilities=records(result.area.facilities.sort_values(["street_code", "facility_id"])),
        compounds=_compounds(result.compounds),
        totals=totals,
    )


def _compounds(frame: pd.DataFrame) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    if not frame.empty:
        for row in records(frame.sort_values(["street_code", "compound_id"])):
            found.setdefault(row["norm_id"], []).append(row)
    return found


def _wanted(view: View) -> list[tuple[Norm, Count]]:
    """List parts of the supply that columns ask for, with a norm of their service."""
    found = []
    for table in tables():
        norms = [g.norm for g in view.groups if g.norm.service in table.services and g.measure]
        asked = [c.count for block in table.blocks for c in block.columns if c.count is not None]
        for service in dict.fromkeys(norm.service for norm in norms):
            norm = next(norm for norm in norms if norm.service == service)
            found += [(norm, what) for what in asked]
    return found


def _largest(view: View) -> dict[tuple[str, str], dict[str, float]]:
    return {
        (service, asked.figure): largest_by_unit(
            view.result.area, service, asked.figure, "community"
        )
        for table in tables()
        for asked in table.details
        for service in table.services
    }


def _flags(units: pd.DataFrame) -> dict[str, bool | None]:
    if "main_urban" not in units:
        return {}
    flags = units["main_urban"].astype("boolean")
    return {
        str(code): None if flag is None or flag != flag else bool(flag)  # noqa: PLR0124  # NA
        for code, flag in zip(
            units["unit_code"], flags.astype("object").where(flags.notna(), None), strict=True
        )
    }


# --- one table of the submission ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Content:
    """What one table of the submission holds in one view.

    Attributes
    ----------
    table
        The table.
    groups
        Norms × measures with findings, by the number of their norm.
    tiers
        Tiers of units with findings; the main one first.
    in_main
        Groups that units of the main tier have a finding of.
    own
        Groups that only the whole unit answers.
    """

    table: Table
    groups: tuple[Group, ...]
    tiers: tuple[str, ...]
    in_main: tuple[Group, ...]
    own: tuple[Group, ...]


def _content(maker: Maker, table: Table) -> _Content:
    view = maker.view
    groups = [g for service in table.services for g in view.of_service(service)]
    groups.sort(key=lambda group: maker.numbers[group.norm.id])
    tiers = _tiers(view, table)
    return _Content(
        table=table,
        groups=tuple(groups),
        tiers=tuple(tiers),
        in_main=tuple(_at(view, groups, tiers[0])) if tiers else (),
        own=tuple(g for g in groups if _is_own(view, g, tiers)),
    )


def _write_own(maker: Maker, contents: Sequence[_Content]) -> None:
    """List the norms of the whole unit whose tables are of smaller units."""
    own = [group for content in contents if content.in_main for group in content.own]
    if own:
        district.write(maker, "0续", _titled(overview.TITLE, _OWN), own)


def _write_table(maker: Maker, content: _Content) -> None:
    table = content.table
    if not content.groups:
        _write_nothing(maker, table)
        return
    if content.in_main:
        _write_main(maker, content)
    elif content.own:
        district.write(maker, table.number, table.name, content.own)
    else:
        _write_nothing(maker, table)
    _write_annexes(maker, table, content.groups, content.tiers[1:])


def _write_main(maker: Maker, content: _Content) -> None:
    """Write the main table of units, and what does not fit on one page wide beside it."""
    table, tier = content.table, content.tiers[0]
    people = _people(maker.view, table)
    main, rest = parts.resolve(maker, table.blocks, content.in_main, people)
    both = _with_both(maker.view, content.in_main, tier)
    rest += parts.sums_below(maker, both, people[:1])
    for i, some in enumerate(parts.sheets(main, rest, len(people))):
        number = f"{table.number}续{i}" if i else table.number
        title = _titled(table.name, _CONTINUED) if i else table.name
        shown = people[:1] if i else people
        _write_one(maker, shown, number, title, (tier, some))


def _write_nothing(maker: Maker, table: Table) -> None:
    ruled = any(group.norm.service in table.services for group in maker.view.groups)
    columns = [Column("", width=40.0) for _ in range(3)]
    sheet = maker.sheet(table.number, table.name, columns, units=words.UNITS)
    sheet.heading(maker.say(words.NO_UNIT if ruled else words.NO_NORM))
    sheet.finish()


def _tiers(view: View, table: Table) -> list[str]:
    """List the tiers of units with findings: streets, or the districts of a city, then the others."""
    found = {
        t for service in table.services if view.of_service(service) for t in view.tiers(service)
    }
    found = {tier for tier in found if view.units_of(tier)}
    if _has_districts(view):
        return ["district"] if found else []
    return [tier for tier in ("street", "community", "district") if tier in found]


def _has_districts(view: View) -> bool:
    """Whether the whole is a city whose districts have workbooks of their own."""
    return TIER_OF[view.units[view.root].type] == "city" and bool(view.units_of("district"))


def _at(view: View, groups: Sequence[Group], tier: str) -> list[Group]:
    if not tier:
        return []
    codes = [unit.code for unit in view.units_of(tier)]
    return [
        g for g in groups if any(view.row(code, g, "unit", "sum_of_units", "net") for code in codes)
    ]


def _with_both(view: View, groups: Sequence[Group], tier: str) -> list[Group]:
    """List the groups of which a unit has a finding of its own and a sum of its units."""
    codes = [unit.code for unit in view.units_of(tier)]
    return [
        g
        for g in groups
        if any(view.row(c, g, "unit") and view.row(c, g, "sum_of_units") for c in codes)
    ]


def _is_own(view: View, group: Group, tiers: Sequence[str]) -> bool:
    """Whether a norm has an answer for the whole unit alone."""
    if any(_at(view, [group], tier) for tier in tiers):
        return False
    return view.row(view.root, group, "unit", "sum_of_units") is not None


def _people(view: View, table: Table) -> tuple[str, ...]:
    known = [group for group in GROUPS if group in view.result.people]
    return tuple(group for group in table.people if group in known)


def _titled(name: Pair, suffix: Pair) -> Pair:
    return name[0] + suffix[0], name[1] + suffix[1]


def _write_one(
    maker: Maker,
    people: Sequence[str],
    number: str,
    title: Pair,
    content: tuple[str, Sequence[Part]],
) -> None:
    tier, some = content
    groups = [group for part in some for group in part.groups]
    made = UnitTable(
        sheet=number,
        title=title,
        keys=keys_of(maker, groups, tier),
        people=tuple(people),
        parts=tuple(some),
    )
    unit_table.write(maker, made)


def _write_annexes(
    maker: Maker, table: Table, groups: Sequence[Group], tiers: Sequence[str]
) -> None:
    """Write the tables numbered below a table: of further units, of facilities, of compounds."""
    numbers = (f"{table.number}-{i}" for i in count(1))
    whole_city = _has_districts(maker.view)
    for annex in table.annexes:
        if annex == "units":
            for tier in tiers:
                _write_details(maker, table, groups, tier, numbers)
        elif whole_city:
            continue  # the lists stand in the workbooks of the districts
        elif annex == "facilities" and table.facilities:
            lists.write_facilities(maker, next(numbers), table)
        elif annex == "compounds":
            for group in groups:
                if group.norm.each == "compound" and group.measure not in labels.SECONDARY:
                    lists.write_compounds(maker, next(numbers), group)


def _write_details(
    maker: Maker, table: Table, groups: Sequence[Group], tier: str, numbers: Iterator[str]
) -> None:
    people = _people(maker.view, table)
    some = _at(maker.view, groups, tier)
    first = _detail_part(maker, table, some, tier)
    for packed in parts.sheets(first, parts.details(maker, some, people), len(people)):
        title = _titled(table.name, _DETAILS[tier])
        _write_one(maker, people, next(numbers), title, (tier, packed))


def _detail_part(maker: Maker, table: Table, groups: Sequence[Group], tier: str) -> list[Part]:
    """Columns of a table of communities that are about no norm."""
    if tier != "community" or not table.details or not groups:
        return []
    return [parts.unruled(maker, table.details, groups[0])]
