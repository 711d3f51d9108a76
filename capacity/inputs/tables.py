"""What tables of text and spreadsheets have in common: the header row, and what is above it."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from capacity.errors import Fault
from capacity.inputs.aliases import ALIASES
from capacity.inputs.columns import plain, table_of
from capacity.inputs.numbers import NO_UNIT, Unit, unit_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

LOOKED_AT: Final = 30
"""Rows at the top of a table among which the header is looked for."""
_DECLARED = 100  # a declared name tells the header row better than any number of aliases
_NOTE_UNIT: Final = re.compile(r"(?:计量)?单位\s*[:：]\s*([^\s,，;；、)）]+)")
_NO_UNITS: Final = frozenset(
    {"单位", "计量单位", "—", "-", "/", "米", "度", "m", "°", "元", "万元", "%"}
)
"""What may stand in a row of units beside units that numbers are read in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header row of a table.

    Attributes
    ----------
    names
        Cells of the header, trimmed.
    row, last
        Its row; and the last row before the data, which a row of units below it may be.
    units
        Column → unit in a row of units below the header.
    note_unit
        Unit that a note above the header gives for the whole table.
    """

    names: tuple[str, ...]
    row: int
    last: int
    units: Mapping[str, Unit] = field(default_factory=dict)
    note_unit: Unit = NO_UNIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table whose header is read, and whose other rows wait for the columns wanted.

    Attributes
    ----------
    header
        Its header.
    read
        Columns wanted → their cells, the row of each, and the faults found in reading.
    letters
        Letter of each column of a spreadsheet; empty for text.
    encoding
        How a text is written; empty for a spreadsheet.
    """

    header: Header
    read: Callable[[Sequence[str]], tuple[pd.DataFrame, NDArray[np.int64], list[Fault]]]
    letters: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What tells a header row: the names declared, the table's aliases, or its number.

    Attributes
    ----------
    key, file
        Its table in area.toml and the file; in faults.
    declared
        Columns that area.toml names.
    header_row
        The row that area.toml says, if it does.
    """

    key: str
    file: str
    declared: frozenset[str] = frozenset()
    header_row: int | None = None

    def fault(self, code: str, message: str, mend: str = "", rows: tuple[int, ...] = ()) -> Fault:
        """Make an error about the table."""
        return Fault(
            severity="error", code=code, message=message, mend=mend, file=self.file, rows=rows
        )


def find_header(
    rows: Sequence[tuple[int, Sequence[str]]],
    sought: Sought,
    merged: Mapping[int, Sequence[tuple[int, int]]] | None = None,
) -> tuple[Header | None, list[Fault]]:
    """Find the header among the first rows of a table.

    Titles, notes and blank rows above it are passed over; so are rows of units and of column
    letters below it. The row with most names that area.toml declares, or that are known, is the
    header; without any, the first row with more than one cell.

    Parameters
    ----------
    rows
        Row number and cells of the first rows that are not blank.
    sought
        What tells the header.
    merged
        Row → first and last column of cells merged across; of a spreadsheet.

    Returns
    -------
    tuple
        The header, or None; and ``table.no_header``, ``table.two_row_header`` (errors) or
        ``table.header_row`` (a fact).
    """
    if not rows:
        return None, [sought.fault("layer.empty", "the table is empty.", "Check the file.")]
    if sought.header_row is not None:
        place = next((n for n, (row, _) in enumerate(rows) if row == sought.header_row), None)
        if place is None:
            return None, [
                sought.fault(
                    "table.no_header",
                    f"row {sought.header_row} is blank or too far down to be a header.",
                    f"Correct {sought.key}.header_row.",
                )
            ]
    else:
        place = _best(rows, sought)
        if other := _two_rows(rows, place, sought, merged or {}):
            return None, [_two_row_fault(other, sought)]
    row, cells = rows[place]
    names = tuple(_name(cell) for cell in cells)
    last, units = _below(rows, place, names)
    notes = [text for _, above in rows[:place] for cell in above if (text := cell.strip())]
    header = Header(names=names, row=row, last=last, units=units, note_unit=_note_unit(notes))
    first = rows[0][0]
    if place == 0 and first == 1 and last == row:
        return header, []
    return header, [_header_fact(header, notes, sought)]


def _name(cell: str) -> str:
    return "".join(part.strip() for part in cell.splitlines())


def _best(rows: Sequence[tuple[int, Sequence[str]]], sought: Sought) -> int:
    hits = [known_cells(cells, sought) for _, cells in rows]
    filled = [sum(bool(cell.strip()) for cell in cells) for _, cells in rows]
    best = hits.index(max(hits))
    wide = next((n for n, count in enumerate(filled) if count > 1), 0)
    return best if hits[best] > 1 or (hits[best] and best <= wide) else wide


def known_cells(cells: Sequence[str], sought: Sought) -> int:
    """Count the cells that are names of columns; those that area.toml declares count far more."""
    known = known_names(sought.key)
    return sum(
        _DECLARED if _name(cell) in sought.declared else plain(cell) in known
        for cell in cells
        if cell.strip()
    )


@functools.cache
def known_names(key: str) -> frozenset[str]:
    """Give every alias of a table's keys, as ``plain`` writes them."""
    table = ALIASES[table_of(key)]
    return frozenset(plain(name) for ranks in table.values() for names in ranks for name in names)


def _two_rows(
    rows: Sequence[tuple[int, Sequence[str]]],
    place: int,
    sought: Sought,
    merged: Mapping[int, Sequence[tuple[int, int]]],
) -> tuple[int, int] | None:
    """Tell a header that stands in two rows, and give both."""
    known = known_names(sought.key)
    for upper in (place, place - 1):
        if upper < 0 or upper + 1 >= len(rows) or rows[upper + 1][0] != rows[upper][0] + 1:
            continue
        above, below = rows[upper][1], rows[upper + 1][1]
        if upper < place and sum(bool(cell.strip()) for cell in above) < 2:  # noqa: PLR2004  a title
            continue
        across = [
            (first, last)
            for first, last in merged.get(rows[upper][0], ())
            if any(below[c].strip() for c in range(first, min(last + 1, len(below))))
            and not any(_number_like(below[c]) for c in range(first, min(last + 1, len(below))))
        ]
        gaps = [
            column
            for column in range(min(len(above), len(below)))
            if not above[column].strip() and plain(below[column]) in known
        ]
        stacked = [
            column
            for column in range(min(len(above), len(below)))
            if above[column].strip() and not below[column].strip()
        ]
        if (across and len(across[0]) and stacked) or (gaps and stacked):
            return rows[upper][0], rows[upper + 1][0]
    return None


def _number_like(cell: str) -> bool:
    return bool(re.fullmatch(r"[\d.,%+-]+", cell.strip()))


def _two_row_fault(rows: tuple[int, int], sought: Sought) -> Fault:
    return sought.fault(
        "table.two_row_header",
        "the header stands in two rows with merged cells, so that no row names every column.",
        "Put one name over each column in one row (such as 0-3岁人口), or say the row that names "
        f"the columns you need with {sought.key}.header_row.",
        rows,
    )


def _below(
    rows: Sequence[tuple[int, Sequence[str]]], place: int, names: Sequence[str]
) -> tuple[int, dict[str, Unit]]:
    """Pass over rows of units and of column letters; give the last row before the data."""
    last = rows[place][0]
    units: dict[str, Unit] = {}
    for row, cells in rows[place + 1 : place + 3]:
        texts = [cell.strip().strip("()（）[]【】") for cell in cells]
        found = {c: unit for c, text in enumerate(texts) if text and (unit := unit_of(text))}
        others = {text for c, text in enumerate(texts) if text and c not in found}
        if found and others <= _NO_UNITS:
            units |= {names[c]: unit for c, unit in found.items() if c < len(names)}
        elif not {"甲", "乙"} & set(texts) or any(len(text) > 2 for text in others):  # noqa: PLR2004
            break
        last = row
    return last, units


def _note_unit(notes: Sequence[str]) -> Unit:
    """Read ``单位:万人`` in a note above the table."""
    for note in notes:
        if (found := _NOTE_UNIT.search(note)) and (unit := unit_of(found[1])):
            return unit
    return NO_UNIT


def _header_fact(header: Header, notes: Sequence[str], sought: Sought) -> Fault:
    above = f" Above it: {'; '.join(notes)[:80]}." if notes else ""
    below = f" Row {header.last} below it is no data." if header.last > header.row else ""
    return Fault(
        severity="info",
        code="table.header_row",
        message=f"row {header.row} is taken as the header.{above}{below}",
        mend=f"If it is another one, say so with {sought.key}.header_row.",
        file=sought.file,
        rows=(header.row,),
    )
