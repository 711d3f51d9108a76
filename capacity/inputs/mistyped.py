"""What is mistyped in an ``area.toml`` that is not TOML, and how it should be written.

The parser stops at the first slip and names it by a character; people who type Chinese make a few
slips again and again, on many lines at once, and those are named here with every line.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from capacity.inputs.key_words import key_meant

if TYPE_CHECKING:
    from collections.abc import Sequence

_STRAIGHT: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'|#.*$')
"""A text in straight quotes, or a remark: nothing in it is mistyped."""
_QUOTES: Final = re.compile("[“”„‟‘’「」『』＂＇«»]")
_FULL_WIDTH: Final = re.compile("[＝，、。．：［］【】｛｝（）＃\u3000]")
_IN_TEXT: Final = re.compile(r'"[^"]*"')
_DATE: Final = re.compile(r"(?<![\w-])\d{4}-\d{1,2}-\d{1,2}(?![\w-])")
_COLON: Final = re.compile(r"^\s*[\w.]+\s*:\s*\S")
_BARE: Final = re.compile(r"^\s*[\w.]+\s*=\s*(?P<value>[^\W\d][\w.\-/\\]*)\s*$")
WHOLE_DATE: Final = re.compile(
    r"(\d{4})\s*(?:年|-|/|\.)\s*(\d{1,2})\s*(?:月|-|/|\.)\s*(\d{1,2})\s*日?"
)
"""A year, a month and a day in this order, as they are written in Chinese."""
_LOOSE_DATE: Final = re.compile(rf"^\s*([\w.]+)\s*=\s*({WHOLE_DATE.pattern})\s*(?:\"\")?\s*$")
_CHINESE_KEY: Final = re.compile(
    r"(?:^|[{,])\s*([\w.]*[\u4e00-\u9fff][\w.]*)\s*=|^\s*\[+\s*([^\]]*[\u4e00-\u9fff][^\]]*?)\s*\]"
)
_HEADER: Final = re.compile(r"^\s*\[")
_ASSIGNED: Final = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[^\s"'=#\[\]{},])+?)\s*=""")
_TOML_WORDS: Final = frozenset({"true", "false", "inf", "nan"})

_CHINESE: Final = (
    (
        _QUOTES,
        "config.chinese_quotes",
        "quotes",
        'Write straight quotes, " as on an English keyboard.',
    ),
    (
        _FULL_WIDTH,
        "config.full_width",
        "signs",
        "Write = , . [ ] { } # and spaces as on an English keyboard.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """A slip of typing.

    Attributes
    ----------
    message, mend, code
        What is wrong, what to write instead, and the code of the fault.
    lines
        Numbers of the lines that have it, counted from 1.
    key
        The key concerned, where it is one.
    found_zh, write
        As of a ``Fault``.
    """

    message: str
    mend: str
    code: str = "config.syntax"
    lines: tuple[int, ...] = ()
    key: str = ""
    found_zh: tuple[str, ...] = ()
    write: tuple[str, ...] = ()


def find_slip(text: str, reason: str, line: int | None) -> Slip | None:
    """Tell what is mistyped, from the text and the parser's words.

    Parameters
    ----------
    text
        The settings, not TOML.
    reason
        What the parser says.
    line
        The line that it names, counted from 1; None where it names the end.

    Returns
    -------
    Slip or None
        None for a slip that is not known here.

    Examples
    --------
    >>> find_slip('name = “示例区”', "Invalid value", 1).mend
    'Write straight quotes, " as on an English keyboard.'
    """
    rows = text.splitlines()
    row = rows[line - 1] if line is not None and line <= len(rows) else ""
    at = () if line is None else (line,)
    if "twice" in reason or "overwrite" in reason or "Duplicate" in reason:
        return _given_twice(rows, row, line)
    outside = [_STRAIGHT.sub('""', one) for one in rows]
    here = _STRAIGHT.sub('""', row)
    if date := _no_date(here):
        return Slip(
            code="config.no_such_date",
            message=f"{date} is no date: there is no such day.",
            mend="Write the date as 2025-12-31.",
            lines=at,
        )
    escape = "escape" in reason or "hex" in reason
    if escape or ("\\" in row and not _QUOTES.search(here)):
        marked = [n for n, one in enumerate(rows, 1) if "\\" in "".join(_IN_TEXT.findall(one))]
        return Slip(
            code="config.backslash",
            message="a backslash, which has a meaning of its own in quotes.",
            mend="Write / in paths, as in C:/data/units.gpkg, or better a path from this folder.",
            lines=tuple(marked) or at,
        )
    for pattern, code, what, mend in _CHINESE:
        if here and not pattern.search(here):
            continue
        marked = [n for n, one in enumerate(outside, 1) if pattern.search(one)]
        if marked:
            found = dict.fromkeys(c for one in outside for c in pattern.findall(one))
            shown = " ".join("U+3000" if c.isspace() else c for c in found)
            message = f"Chinese {what} ({shown}), which TOML does not know."
            return Slip(code=code, message=message, mend=mend, lines=tuple(marked))
    return _chinese_keys(outside, here) or _loose_date(here, at) or _unquoted(row, at)


def _chinese_keys(rows: Sequence[str], here: str) -> Slip | None:
    """Tell keys and tables in Chinese, of all lines, where the line named has one."""
    if here and not _CHINESE_KEY.search(here):
        return None
    found: dict[str, str] = {}
    lines = []
    for number, row in enumerate(rows, 1):
        words = [one or other for one, other in _CHINESE_KEY.findall(row)]
        found |= {word: key_meant(word) for word in words}
        lines += [number] if words else []
    if not found:
        return None
    shown = ", ".join(f"{word} ({key})" if key else word for word, key in found.items())
    return Slip(
        code="config.chinese_key",
        message=f"keys in Chinese: {shown}. Keys are English words.",
        mend="Write the keys in brackets; docs/area-toml.md has every key with its Chinese.",
        lines=tuple(lines),
        found_zh=tuple(f"{word} 应写作 {key}" if key else word for word, key in found.items()),
    )


def _loose_date(row: str, at: tuple[int, ...]) -> Slip | None:
    """Tell a date without quotes that is not written as TOML writes dates."""
    found = _LOOSE_DATE.match(row)
    if found is None:
        return None
    key, written, *parts = found.groups()
    try:
        day = dt.date(*map(int, parts))
    except ValueError:
        return Slip(
            code="config.no_such_date",
            message=f"{written} is no date: there is no such day.",
            mend="Write the date as 2025-12-31.",
            lines=at,
        )
    right = f"{key} = {day.isoformat()}"
    return Slip(
        code="config.date",
        message=f"{written} is not how a date is written.",
        mend=f"Write {right}.",
        lines=at,
        key=key,
        write=(right,),
    )


def _no_date(row: str) -> str:
    """Give the first date that is in no calendar."""
    for date in _DATE.findall(row):
        year, month, day = (int(part) for part in date.split("-"))
        try:
            dt.date(year, month, day)
        except ValueError:
            return str(date)
    return ""


def _unquoted(row: str, at: tuple[int, ...]) -> Slip | None:
    """Tell a text without quotes, and a colon in place of the sign of equality."""
    bare = _BARE.match(row)
    if bare and bare["value"] not in _TOML_WORDS:
        value = bare["value"]
        lower = value.lower()
        mend = f"Write {lower}." if lower in {"true", "false"} else f'Write "{value}".'
        return Slip(message=f"{value} stands without quotes.", mend=mend, lines=at)
    if _COLON.match(row):
        return Slip(message="a colon after a key.", mend="Write = after a key.", lines=at)
    return None


def _given_twice(rows: Sequence[str], row: str, line: int | None) -> Slip | None:
    """Name the key or table that is given twice, with both of its lines."""
    if line is None:
        # the parser names the end where the second one is the last of all
        line = next((n for n in range(len(rows), 0, -1) if rows[n - 1].strip()), 0)
        row = rows[line - 1] if line else ""
    if _HEADER.match(row):
        name = row.split("#")[0].strip()
        first = next(
            (n for n, one in enumerate(rows, 1) if one.split("#")[0].strip() == name), line
        )
        message = f"{name} is given twice."
        mend = f"Put its keys together under one {name}"
        bare = name.strip("[] ")
        several = bare in {"units", "facilities", "planned", "compounds", "figures", "census"}
        mend = f"Write [[{bare}]]: there may be several." if several else f"{mend}."
        return Slip(
            code="config.given_twice", message=message, mend=mend, lines=(first, line), key=bare
        )
    key = _ASSIGNED.match(row)
    if key is None or line is None:
        return None
    top = next((n for n in range(line - 1, 0, -1) if _HEADER.match(rows[n - 1])), 0)
    first = next(
        (n for n in range(top + 1, line) if (k := _ASSIGNED.match(rows[n - 1])) and k[1] == key[1]),
        line,
    )
    return Slip(
        code="config.given_twice",
        message=f"{key[1]} is given twice.",
        mend="Keep one of the lines.",
        lines=(first, line),
        key=key[1],
    )
