"""Text that is safe where it lands: no control characters, and no cell that a spreadsheet runs."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

from capacity.exact import decimals_of, rounded

if TYPE_CHECKING:
    import pandas as pd

_BLANKS = re.compile(r"[\t\r\n\x0b\x0c\x85\u2028\u2029]+")
_NOT_TEXT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
# White space and full-width signs before a formula do not stop every spreadsheet.
_RUNS: Final = re.compile("[\\s\ufeff]*[=+\\-@＝＋－＠]|[\t\r]")
_EXCEL_LONGEST = 32_000
_CLOSING: Final = ",。;:、)」》!?%"
_OPENING: Final = "(「《"
_PIECES: Final = re.compile(
    rf"(?:(?:[A-Za-z0-9._/+≥≤²-]|(?<=\d),(?=\d))+|\s+|[^\sA-Za-z0-9])[{re.escape(_CLOSING)},;:)]*"
)


def clean(text: object) -> str:
    r"""Make text printable on one line: breaks become a space, control characters go.

    Characters that turn the direction of writing and halves of surrogate pairs go too, and text
    longer than a spreadsheet cell may hold is cut.

    Examples
    --------
    >>> clean("A\x00 street\nnorth")
    'A street north'
    """
    shown = str(text)
    if not shown.isprintable():
        shown = _NOT_TEXT.sub("", _BLANKS.sub(" ", shown))
    return shown if len(shown) <= _EXCEL_LONGEST else shown[:_EXCEL_LONGEST] + "…"


def guard_csv(frame: pd.DataFrame) -> pd.DataFrame:
    r"""Make the text of a table safe for a spreadsheet: printable, and nothing that it would run.

    Control characters go and breaks become a space, as in every other output (``clean``). Text that
    begins with ``=``, ``+``, ``-``, ``@`` (white space before it or not, full-width or not), a tab or
    a carriage return has an apostrophe put before it. Numbers are never changed.

    Parameters
    ----------
    frame
        Any table; not modified.

    Returns
    -------
    DataFrame
        The same table with the text guarded.

    Examples
    --------
    >>> import pandas as pd
    >>> guard_csv(pd.DataFrame({"name": ["=1+1", "A\x07"]}))["name"].tolist()
    ["'=1+1", 'A']
    """
    guarded: pd.DataFrame = frame.apply(_guarded)
    return guarded


def _guarded(column: pd.Series) -> pd.Series:
    """Guard each text of a column once, however often it stands there."""
    if column.dtype.kind in "fiub":
        return column
    once = cache(_guard)
    return column.map(lambda value: once(value) if isinstance(value, str) else value)


def _guard(value: str) -> str:
    text = clean(value)
    return f"'{text}" if _RUNS.match(value) or _RUNS.match(text) else text


def never_zero(value: float, digits: int) -> str:
    """Write a number with so many decimals; one that is not zero keeps its first digit.

    Examples
    --------
    >>> never_zero(1234.56, 1), never_zero(0.0002, 1), never_zero(0.0, 1)
    ('1,234.6', '0.0002', '0.0')
    """
    return rounded(value, decimals_of(value, digits))


def width(text: str) -> int:
    """Width of a text in half-width characters: a Chinese character takes two.

    Examples
    --------
    >>> width("缺口 m")
    6
    """
    return len(text) if text.isascii() else sum(map(_columns, text))


@cache
def _columns(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WFA" else 1


def wrap(text: str, columns: int) -> list[str]:
    """Break a text into lines of at most so many half-width characters, anywhere in Chinese.

    A word of Latin letters or digits stays whole where it fits on a line; a closing mark stays with
    what it closes, an opening one with what it opens if there is room.

    Examples
    --------
    >>> wrap("示例区每千人口托位数 2025-12-31前", 22)
    ['示例区每千人口托位数', '2025-12-31前']
    >>> wrap("per 1,000 persons(2023-12-31)", 20)
    ['per 1,000 persons', '(2023-12-31)']
    """
    lines, line = [], ""
    for piece in _PIECES.findall(text):
        if line and width(line + piece) > columns:
            opening = line[-1] in _OPENING and width(line[-1] + piece) <= columns
            kept, line = (line[:-1], line[-1]) if opening else (line, "")
            lines.append(kept.rstrip())
        rest = piece if line else piece.lstrip()
        while width(rest) > columns:
            cut = next(i for i in range(len(rest), 0, -1) if i == 1 or width(rest[:i]) <= columns)
            lines.append(rest[:cut])
            rest = rest[cut:]
        line += rest
    return [*lines, line.rstrip()] if line.strip() or not lines else lines
