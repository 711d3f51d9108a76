"""What tables of text and spreadsheets have in common: the header row, and what is above it."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from capacity.errors import Fault
from capacity.inputs.aliases import ALIASES
from capacity.inputs.columns import plain, table_of, unit_in
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
_DEEPEST: Final = 3  # rows of a header
Merge = tuple[int, int, int, int]
"""A merged cell: first row and column, last row and column; rows from 1, columns from 0."""
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
    header_rows
        The rows that area.toml says, if it does: one, or two or three to be joined.
    """

    key: str
    file: str
    declared: frozenset[str] = frozenset()
    header_rows: tuple[int, ...] = ()

    def fault(self, code: str, message: str, mend: str = "", rows: tuple[int, ...] = ()) -> Fault:
        """Make an error about the table."""
        return Fault(
            severity="error", code=code, message=message, mend=mend, file=self.file, rows=rows
        )


def find_header(
    rows: Sequence[tuple[int, Sequence[str]]],
    sought: Sought,
    merges: Sequence[Merge] = (),
) -> tuple[Header | None, list[Fault]]:
    """Find the header among the first rows of a table.

    Titles, notes and blank rows above it are passed over; so are rows of units and of column
    letters below it. The row with most names that area.toml declares, or that are known, is the
    header; without any, the first row with more than one cell. A header of two or three rows is
    joined (``joined_names``) where area.toml says its rows, or where merged cells or known names show
    that it is one.

    Parameters
    ----------
    rows
        Row number and cells of the first rows that are not blank.
    sought
        What tells the header.
    merges
        Merged cells of a spreadsheet: first row and column, last row and column, rows counted from 1
        and columns from 0.

    Returns
    -------
    tuple
        The header, or None; and ``table.no_header``, ``table.two_row_header`` (errors) or
        ``table.header_row`` (a fact).
    """
    if not rows:
        return None, [sought.fault("layer.empty", "the table is empty.", "Check the file.")]
    places, lost_rows, fault = _places(rows, sought, merges)
    if fault is not None:
        return None, [fault]
    names = joined_names([_unmerged(rows, n, merges, last=places[-1]) for n in places], sought)
    row = rows[places[0]][0]
    last, units = _below(rows, places[-1], names)
    notes = [text for _, above in rows[: places[0]] for cell in above if (text := cell.strip())]
    header = Header(names=names, row=row, last=last, units=units, note_unit=_note_unit(notes))
    if len(places) > 1:
        return header, [_joined_fact(header, [rows[n][0] for n in places], sought)]
    if lost_rows:
        return header, [_lost_rows(sorted([row, *lost_rows]), row, sought)]
    first = rows[0][0]
    if places == [0] and first == 1 and last == row:
        return header, []
    return header, [_header_fact(header, notes, sought)]


def _places(
    rows: Sequence[tuple[int, Sequence[str]]], sought: Sought, merges: Sequence[Merge]
) -> tuple[list[int], list[int], Fault | None]:
    """Give the places of the header's rows, the rows that are lost to it, and why there is none."""
    if not sought.header_rows:
        place = _best(rows, sought)
        places, shown = _levels(rows, place, sought, merges)
        if places and not shown:
            return [], [], _two_row_fault([rows[n][0] for n in places], sought)
        return places or [place], [], None
    places = [n for n, (row, _) in enumerate(rows) if row in sought.header_rows]
    if missing := set(sought.header_rows) - {rows[place][0] for place in places}:
        message = f"row {min(missing)} is blank or too far down to be a header."
        mend = f"Correct {sought.key}.header_row."
        return [], [], sought.fault("table.no_header", message, mend)
    levels, shown = _levels(rows, places[0], sought, merges)
    return places, [rows[n][0] for n in levels if n not in places] if shown else [], None


def joined_names(levels: Sequence[Sequence[str]], sought: Sought) -> tuple[str, ...]:
    """Give each column one name, from one row of names or from several above each other.

    A column with one name has that. Of two the lower one stands if it is known and tells the column
    (经度 under 坐标), with a unit that stands above it; the upper one if the lower is but a total of
    its parts (合计 under 托位数); else both, with a stroke between them unless they are known as one
    word: 托位数/其中:普惠. A name that area.toml declares goes first.

    Parameters
    ----------
    levels
        Cells of each row, from above; blank where a cell is merged with the one above it.
    sought
        What tells the header.

    Returns
    -------
    tuple of str
        A name for each column, empty where there is none.

    Examples
    --------
    >>> of = Sought(key="facilities[1]", file="f.xlsx")
    >>> joined_names([["名称", "坐标", "坐标", "托位数", "托位数"], ["", "经度", "纬度", "合计", "其中:普惠"]], of)
    ('名称', '经度', '纬度', '托位数', '托位数/其中:普惠')
    """
    width = max(map(len, levels))
    rows = [[_name(cell) for cell in row] + [""] * (width - len(row)) for row in levels]
    names = rows[-1]
    for upper in reversed(rows[:-1]):
        repeated = {text for text in names if names.count(text) > 1}
        names = [_joined(*pair, sought, repeated) for pair in zip(upper, names, strict=True)]
    return tuple(names)


_QUALIFIES: Final = re.compile(
    "规划|计划|拟|新增|增加|减少|其中|普惠|公办|公建|民办|原有|往年|上年|去年|年|目标|应有|应配|标准|缺口|"
    "未|停|在建|建成后|到期|户籍|流动|外来|比例|占比|增长|每"
)
"""Words of a name above others by which these are not what they would be alone."""
_TELLS_NOTHING: Final = re.compile(
    "坐标|地理|经纬度|位置|地址|所在|所属|行政|区划|基本|主要|信息|情况|概况|明细|数据|指标|内容|规模|"
    "数量|人数|数|容量|面积|用房|用地|场地|建设|建筑|人口|户数|机构|设施|服务|项目|小区|单位|"
    "托育|养老|体育|健身|托位|床位|现状|现有|实有|联系|名称|类型|类别|性质|[的及与和、/\\s]|"
    "coordinates?|location|facilit(?:y|ies)|general|information|size|capacity|population"
)
"""Words of a name above others that leave these what they are."""
_TOTALS: Final = frozenset({"合计", "总计", "小计", "总数", "共计", "计", "总量", "全部"})
_TENS: Final = {0: "", 1: "十", 2: "百", 3: "千", 4: "万", 8: "亿"}


def _joined(upper: str, lower: str, sought: Sought, repeated: set[str]) -> str:
    """Make one name of two above each other."""
    if not upper or not lower or upper == lower:
        return upper or lower
    both = [f"{upper}{lower}", f"{upper}/{lower}"]
    for name in (*both, lower, upper):
        if name in sought.declared and not (name == lower and lower in repeated):
            return name
    known = known_names(sought.key)
    if plain(both[0]) in known:
        return both[0]
    plainly = lower not in repeated and _tells_nothing(upper, lower)
    if plain(lower) in known and plainly and not lower.startswith("其中"):
        return _with_unit(lower, upper) or both[1]
    if plain(lower) in _TOTALS and plain(upper) in known and not _QUALIFIES.search(upper):
        return _with_unit(upper, lower) or both[1]
    return both[1]


def _tells_nothing(upper: str, lower: str) -> bool:
    """Whether a name stays what it is under the one above it; a word that is not known may mean anything."""
    if _QUALIFIES.search(upper):
        return False
    if unit_of(upper) is not None or plain(upper) in plain(lower):
        return True
    return not _TELLS_NOTHING.sub("", plain(upper))


def _with_unit(name: str, other: str) -> str:
    """Give a name the unit that stands with the other; empty where that cannot be written."""
    unit = unit_in(other)
    if unit == NO_UNIT or unit_in(name) != NO_UNIT:
        return name
    text = f"{_TENS.get(unit.tens, '?')}{unit.word}"
    return f"{name}({text})" if unit_of(text) == unit else ""


def _unmerged(
    rows: Sequence[tuple[int, Sequence[str]]], place: int, merges: Sequence[Merge], *, last: int
) -> list[str]:
    """Give the cells of a header row; what is merged across stands over each of its columns.

    Text has no merged cells: there a name also stands over the blank right of it, if the row below
    names both columns.
    """
    number, cells = rows[place]
    texts = list(cells)
    if place == last:
        return texts
    across = [(left, right) for top, left, _, right in merges if top == number and right > left]
    for left, right in across:
        texts += [""] * (right + 1 - len(texts))
        texts[left : right + 1] = [texts[left]] * (right + 1 - left)
    below = rows[place + 1][1]
    for column in range(1, 0 if across else min(len(texts), len(below))):
        named = below[column].strip() and below[column - 1].strip()
        if named and not texts[column].strip():
            texts[column] = texts[column - 1]
    return texts


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


def _levels(
    rows: Sequence[tuple[int, Sequence[str]]],
    place: int,
    sought: Sought,
    merges: Sequence[Merge],
) -> tuple[list[int], bool]:
    """Give the places of a header that stands in several rows, and whether that is beyond doubt.

    It is where a cell of its first row is merged down, or where a known name stands below a blank.
    """
    known = known_names(sought.key)
    for upper in (place, place - 1):
        if upper < 0 or upper + 1 >= len(rows) or rows[upper + 1][0] != rows[upper][0] + 1:
            continue
        number, above = rows[upper]
        below = rows[upper + 1][1]
        if upper < place and sum(bool(cell.strip()) for cell in above) < 2:  # noqa: PLR2004  a title
            continue
        width = min(len(above), len(below))
        across = [
            (left, right)
            for top, left, bottom, right in merges
            if top == bottom == number and right > left
            if any(cell.strip() for cell in below[left : right + 1])
            and not any(_number_like(cell) for cell in below[left : right + 1])
        ]
        gaps = [c for c in range(width) if not above[c].strip() and plain(below[c]) in known]
        stacked = [c for c in range(width) if above[c].strip() and not below[c].strip()]
        if not stacked or not (across or gaps):
            continue
        # a name merged down to here from a row above makes that row one of the header's
        tops = [top for top, _, bottom, _ in merges if number - 2 < top < number < bottom]
        first = min(tops, default=number)
        down = [bottom for top, _, bottom, _ in merges if first <= top <= number < bottom]
        deep = min(max([*down, number + 1]), first + _DEEPEST - 1)
        places = [n for n, (row, _) in enumerate(rows) if first <= row <= deep]
        return places, bool(down or gaps) and not any(map(_number_like, below))
    return [], False


def _number_like(cell: str) -> bool:
    return bool(re.fullmatch(r"[\d.,%+-]+", cell.strip()))


def _two_row_fault(rows: list[int], sought: Sought) -> Fault:
    said = ", ".join(map(str, rows))
    return sought.fault(
        "table.two_row_header",
        "the header seems to stand in two rows with merged cells, so that no row names every column.",
        f"Say {sought.key}.header_row = [{said}] if it does, = {rows[0]} if the second row is data; or "
        "put one name over each column in one row (such as 0-3岁人口).",
        tuple(rows),
    )


def _lost_rows(rows: list[int], used: int, sought: Sought) -> Fault:
    said = ", ".join(map(str, rows))
    return Fault(
        severity="warning",
        code="table.two_row_header",
        message=f"row {used} alone is taken as the header, though rows {said} seem to be one: names in "
        "the others are not read.",
        mend=f"Say {sought.key}.header_row = [{said}], and its rows are joined.",
        file=sought.file,
        rows=tuple(rows),
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


def _joined_fact(header: Header, rows: list[int], sought: Sought) -> Fault:
    names = ", ".join(name for name in header.names if name)
    return Fault(
        severity="info",
        code="table.header_row",
        message=f"rows {rows[0]} to {rows[-1]} are taken as one header: {names}.",
        mend=f"Use these names in {sought.key}.columns; if the header is another one, say its rows with "
        f"{sought.key}.header_row, such as {rows[0]}.",
        file=sought.file,
        rows=tuple(rows),
    )


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
