"""Numbers as people type them: text in, numbers out, and nothing guessed.

A text is a number only if it can mean just one: ``1,200``, ``50个``, ``约300㎡``, ``1.2万``. Ranges,
bounds (``20以上``), fractions, percents and grouping that is not by thousands are left unread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from capacity.vocabulary import FIGURES, GROUPS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_MU: Final = 2000 / 3
"""Square metres of a mu (亩): a fifteenth of a hectare."""
_COUNTS: Final = ("个",)
UNITS: Final[dict[str, dict[str, float]]] = {
    "area": {
        **dict.fromkeys(("m2", "m²", "㎡", "平方米", "平米", "平方", "平", "sqm"), 1.0),
        **dict.fromkeys(("亩", "mu"), _MU),
        **dict.fromkeys(("公顷", "ha", "hm2", "hm²"), 10_000.0),
        **dict.fromkeys(("km2", "km²", "平方公里", "平方千米"), 1_000_000.0),
    },
    "persons": dict.fromkeys(("人", "名", "位", "口", *_COUNTS), 1.0),
    "places": dict.fromkeys(("托位", "个托位", "学位", "个学位", *_COUNTS), 1.0),
    "beds": dict.fromkeys(("张", "床", "张床", "床位", "张床位", "个床位", *_COUNTS), 1.0),
    "households": dict.fromkeys(("户", "套", *_COUNTS), 1.0),
    "facilities": dict.fromkeys(("家", "所", "处", "座", *_COUNTS), 1.0),
    "year": {"年": 1.0},
    "number": dict.fromkeys(_COUNTS, 1.0),
}
"""Units that a number of each dimension may be written with, as multiples of what is computed in."""

_TENS: Final = {"百": 2, "千": 3, "万": 4, "亿": 8}
_DIMENSIONS: Final = {
    **dict.fromkeys(
        ("land_area", "floor_area", "outdoor_area", "venue_area", "elder_floor_area"), "area"
    ),
    **dict.fromkeys((*GROUPS, "planned_population"), "persons"),
    **{name: unit if unit in UNITS else "number" for name, (_, _, unit) in FIGURES.items()},
    "places": "places",
    "beds": "beds",
    "households": "households",
    "dwellings": "households",
    "built_year": "year",
}
EMPTY_MARKS: Final = frozenset(
    {
        "-",
        "--",
        "---",
        "—",
        "——",
        "–",
        "－",
        "―",
        "/",
        "\\",
        "／",
        "、",
        "n/a",
        "na",
        "null",
        "none",
    }
)
"""Marks that stand for an empty cell, in small letters."""
EMPTY_WORDS: Final = EMPTY_MARKS | {
    *("无", "暂无", "没有", "空", "未知", "不详", "不明", "未填", "待定", "待补充", "缺", "缺失"),
    *("无数据", "暂无数据", "...", "…", "……", "*", "#n/a", "nan"),
}
"""Words that stand for a number that is not known, in small letters."""

# Unicode's compatibility forms would read 10² as 102 and 30① as 301: only these forms are folded.
_FOLDED: Final = str.maketrans(
    "０１２３４５６７８９．，＋－−\u3000\u00a0\u2009\u202f", "0123456789.,+--    "
)
_ALL_UNITS: Final = sorted({unit for of in UNITS.values() for unit in of}, key=len, reverse=True)
_TYPED: Final = re.compile(
    r"^(?P<about>约为|大约|大概|约|≈)?\s*"
    r"(?P<number>[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[+-]?\.\d+)\s*"
    rf"(?P<tens>[{''.join(_TENS)}])?\s*(?P<unit>{'|'.join(map(re.escape, _ALL_UNITS))})?\s*"
    r"(?P<also>左右|上下)?$",
    flags=re.IGNORECASE,
)
_UNIT: Final = re.compile(
    rf"^(?P<tens>[{''.join(_TENS)}])?(?P<unit>{'|'.join(map(re.escape, _ALL_UNITS))})?$",
    flags=re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit as written over a column or behind a number.

    Attributes
    ----------
    tens
        Power of ten of 百, 千, 万 or 亿; 0 without one.
    word
        The unit in small letters, empty without one.
    """

    tens: int = 0
    word: str = ""

    @property
    def text(self) -> str:
        """The unit as people write it: ``万人``."""
        tens = next((word for word, power in _TENS.items() if power == self.tens), "")
        return f"{tens}{self.word}"

    def factor(self, dimension: str) -> float | None:
        """Give what one of it is in the unit computed in, None if it is of something else."""
        if not self.word:
            return 1.0
        return UNITS[dimension].get(self.word)

    def plain(self, dimension: str) -> bool:
        """Tell whether numbers in it stand as they are computed with."""
        return self.tens == 0 and self.factor(dimension) == 1.0


NO_UNIT: Final = Unit()


def unit_of(text: str) -> Unit | None:
    """Read a unit such as ``万人``, ``㎡`` or ``亩``; None if the text is something else.

    Examples
    --------
    >>> unit_of("万人")
    Unit(tens=4, word='人')
    >>> unit_of("备注") is None
    True
    """
    found = _UNIT.match("".join(text.split()))
    if found is None or not (found["tens"] or found["unit"]):
        return None
    return Unit(tens=_TENS.get(found["tens"] or "", 0), word=(found["unit"] or "").lower())


def dimension_of(key: str) -> str:
    """Give what the numbers of a key of area.toml measure, a key of ``UNITS``; empty for texts."""
    return _DIMENSIONS.get(key, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A column of typed numbers.

    Attributes
    ----------
    values
        float64, NaN where the cell is empty, says so, or cannot be read.
    unread, unknown, about, converted
        Rows that hold something else; a word for an empty cell; a number said to be rounded; a
        number turned into the unit computed in.
    """

    values: NDArray[np.float64]
    unread: NDArray[np.bool_]
    unknown: NDArray[np.bool_]
    about: NDArray[np.bool_]
    converted: NDArray[np.bool_]


def read_numbers(text: pd.Series[str], dimension: str = "number", header: Unit = NO_UNIT) -> Typed:
    """Read a column of trimmed text.

    Parameters
    ----------
    text
        Cells, empty where there is nothing.
    dimension
        What the numbers measure; a key of ``UNITS``.
    header
        Unit written over the column. A cell with a unit of its own must then agree.

    Returns
    -------
    Typed
        The numbers, and which cells were what.

    Examples
    --------
    >>> column = pd.Series(["1,200", "约300㎡", "—", "20-30", "3亩"], dtype="str")
    >>> typed = read_numbers(column, "area")
    >>> typed.values.tolist(), typed.unread.tolist()
    ([1200.0, 300.0, nan, nan, 2000.0], [False, False, False, True, False])
    """
    n = len(text)
    values = pd.to_numeric(text.mask(text == ""), errors="coerce").to_numpy(np.float64, copy=True)
    plain = ~np.isnan(values)
    unknown, about = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    # what is infinite stays so, for the caller to report: it has no digits to scale
    converted = plain & np.isfinite(values) & (not header.plain(dimension))
    if converted.any():
        factor = header.factor(dimension)
        scaled = _scaled(text[converted], header.tens)
        values[converted] = scaled * (np.nan if factor is None else factor)
    rest = ~plain & (text != "").to_numpy(dtype=bool)
    unread = rest.copy()
    if rest.any():
        cells = _read_typed(text[rest], dimension, header)
        values[rest] = cells["value"].to_numpy(np.float64)
        unknown[rest] = cells["unknown"].to_numpy(dtype=bool)
        about[rest] = cells["about"].to_numpy(dtype=bool)
        converted[rest] = cells["converted"].to_numpy(dtype=bool)
        unread[rest] = np.isnan(values[rest]) & ~unknown[rest]
        about, converted = about & ~unread, converted & ~unread
    return Typed(values=values, unread=unread, unknown=unknown, about=about, converted=converted)


def _scaled(number: pd.Series[str], tens: int) -> NDArray[np.float64]:
    """Multiply by a power of ten as decimals do: 1.1万 is 11,000 and not a hair more."""
    mantissa = number.str.lower().str.partition("e")
    exponent = pd.to_numeric(mantissa[2].mask(mantissa[2] == "", "0")) + tens
    shifted = mantissa[0].str.strip() + "e" + exponent.astype(int).astype(str)
    scaled: NDArray[np.float64] = pd.to_numeric(shifted, errors="coerce").to_numpy(np.float64)
    return scaled


def _read_typed(text: pd.Series[str], dimension: str, header: Unit) -> pd.DataFrame:
    """Read cells that are no plain numbers."""
    folded = text.str.translate(_FOLDED).str.strip()
    parts = folded.str.extract(_TYPED)
    number = parts["number"].fillna("").str.replace(",", "")
    factors = {unit.lower(): factor for unit, factor in UNITS[dimension].items()}
    own_unit = parts["unit"].fillna("").str.lower()
    own_tens = parts["tens"].fillna("")
    bare = (own_tens == "").to_numpy(dtype=bool) & (own_unit == "").to_numpy(dtype=bool)
    tens = np.where(bare, header.tens, own_tens.map(_TENS).fillna(0).to_numpy(dtype=np.int64))
    over = header.factor(dimension)
    over = np.nan if over is None else over
    factor = own_unit.map(factors).astype("float64").mask(own_unit == "", over)
    if header != NO_UNIT:
        # 亩 over the column and 万 in a cell could be read two ways
        two_ways = (own_tens != "") & (header.tens == 0) & (over != 1.0)
        agrees = (factor == over) & (bare | (tens == header.tens) | header.plain(dimension))
        agrees &= ~two_ways
        factor = factor.where(agrees)
    values = np.full(len(text), np.nan)
    for power in np.unique(tens):
        of = tens == power
        values[of] = _scaled(number[of], int(power))
    unit_factor = factor.to_numpy(np.float64)
    return pd.DataFrame(
        {
            "value": values * unit_factor,
            "unknown": folded.str.lower().isin(EMPTY_WORDS),
            "about": parts["about"].notna() | parts["also"].notna(),
            "converted": (tens != 0) | (unit_factor != 1.0),
        }
    )


def known_units(dimension: str) -> Mapping[str, float]:
    """Give the units of a dimension, for messages."""
    return UNITS[dimension]
