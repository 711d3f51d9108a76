"""Layers as read, turned into frames with our columns and types.

Pure functions: each gives a new frame and the faults of the cells that could not be converted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from capacity.errors import Fault
from capacity.inputs.aliases import REQUIRED
from capacity.inputs.codes import has_lost_a_digit, type_of_code
from capacity.inputs.columns import plain, table_of, unit_in
from capacity.inputs.config import (
    FACILITY_TYPE_WORDS,
    SERVICE_WORDS,
    UNIT_TYPE_WORDS,
    URBAN_WORDS,
    did_you_mean,
    nearest,
)
from capacity.inputs.numbers import (
    EMPTY_MARKS,
    NO_UNIT,
    Typed,
    Unit,
    dimension_of,
    known_units,
    read_numbers,
)
from capacity.inputs.words import (
    CONDITION_WORDS,
    FLAG_WORDS,
    INCLUSIVE_WORDS,
    NO_CONDITION,
    OPERATOR_WORDS,
    STATUS_OF_FLAG,
    STATUS_WORDS,
    folded,
)
from capacity.norms.model import CONDITIONS
from capacity.vocabulary import (
    ACQUISITIONS,
    FACILITY_STATUSES,
    FACILITY_TYPES,
    FIGURES,
    GROUPS,
    OPERATORS,
    SERVICES,
    TIER_OF,
    UNIT_TYPES,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from capacity.errors import Severity

_SHOWN = 3
_FEW = 10
_MANY = 20  # words of a closed list, of which each needs its meaning
_MANGLED = re.compile(r"^\d(\.\d+)?[eE]\+\d+$")
# Years that a date may have; an Excel serial number such as 43709 would be the year 4370.
_YEARS: Final = (1850, 2100)
_NO_DATE: Final = frozenset({"无", "暂无", "未知", "不详", "不明"})
# No list holds more people, places or square metres than this in one row.
_LARGEST: Final = 1e12
_DATE: Final = r"^(?P<y>\d{4})(?:-?(?P<m>\d{1,2})(?:-?(?P<d>\d{1,2}))?)?$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer as read, rows filtered, nothing converted.

    Attributes
    ----------
    key
        Its table in area.toml, such as ``units[1]``; in mends.
    file
        The file as written in area.toml; in faults.
    frame
        Source columns; geometry in ``frame.crs`` (None where the CRS could not be settled), None
        for rows without a place.
    rows
        Shape (n_rows,): number of each row as ``Fault`` counts it.
    columns
        Key of area.toml's ``columns`` → column of ``frame``.
    not_data
        Reason → numbers of the rows that are no data; they are not in ``frame``.
    rows_read
        Rows before the filter.
    datum
        ``gcj02`` or ``bd09`` where the coordinates were converted from it, else empty.
    datum_said
        Whether a datum or CRS was declared, and not only found in the file.
    recognised
        Keys whose column was known by its name, and not declared.
    letters
        Column → its letter, of a spreadsheet.
    units, note_unit
        Column → unit in a row of units below the header; unit noted above the table.
    encoding
        How the text was written, where that had to be found out.
    unread
        Text of the columns that nothing is read from, of facilities and compounds.
    declined
        Keys that area.toml says have no column.
    """

    key: str
    file: str
    frame: gpd.GeoDataFrame
    rows: NDArray[np.int64]
    columns: Mapping[str, str]
    rows_read: int
    not_data: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    datum: str = ""
    datum_said: bool = False
    recognised: frozenset[str] = frozenset()
    letters: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, Unit] = field(default_factory=dict)
    note_unit: Unit = NO_UNIT
    encoding: str = ""
    unread: pd.DataFrame = field(default_factory=pd.DataFrame)
    declined: frozenset[str] = frozenset()

    def column(self, key: str) -> pd.Series[str] | None:
        """Take the source column of a key, if there is one."""
        source = self.columns.get(key)
        return None if source is None else self.frame[source]

    def faults(
        self,
        bad: NDArray[np.bool_],
        code: str,
        message: str,
        mend: str,
        key: str = "",
        *,
        severity: Severity = "error",
    ) -> list[Fault]:
        """Report the bad rows as one fault, or nothing.

        Cells of a spreadsheet are named by their address; of a column that was only recognised by
        its name, the mend says how to leave it out.
        """
        column = self.columns.get(key, "")
        if severity != "info" and bad.any() and column in self.letters:
            cells = [f"{self.letters[column]}{row}" for row in self.rows[bad][: _SHOWN + 1]]
            more = f" and {int(bad.sum()) - _SHOWN} more" if len(cells) > _SHOWN else ""
            message = f"{message.removesuffix('.')} (cell {', '.join(cells[:_SHOWN])}{more})."
        needed = key in REQUIRED.get(table_of(self.key), ())
        if severity == "error" and key in self.recognised and not needed:
            where = f'{self.key}.columns.{key} = ""'
            mend = f"{mend} The column was known by its name; {where} leaves it out."
        return fault_at(
            self.file,
            self.rows,
            bad,
            code,
            message,
            mend=mend,
            column=column,
            severity=severity,
            cells=self.column(key) if severity == "error" else None,
        )


def fault_at(
    file: str,
    rows: NDArray[np.int64],
    bad: NDArray[np.bool_],
    code: str,
    message: str,
    *,
    mend: str = "",
    column: str = "",
    severity: Severity = "error",
    cells: pd.Series[str] | None = None,
) -> list[Fault]:
    """Report the marked rows as one fault, or nothing; ``{n}`` and ``{total}`` are filled in.

    ``cells`` are what stands in the rows, marked ones or not, of which the first few are told.
    """
    n = int(bad.sum())
    if n == 0:
        return []
    text = message.replace("{n}", str(n)).replace("{total}", count_of(len(bad), "row"))
    return [
        Fault(
            severity=severity,
            code=code,
            message=text,
            mend=mend,
            file=file,
            rows=tuple(rows[bad].tolist()),
            column=column,
            count=n,
            values=() if cells is None else _first_few(cells[bad]),
        )
    ]


def _first_few(cells: pd.Series[str]) -> tuple[str, ...]:
    """Give the first distinct cells as written; one more than is shown, to tell that there are more."""
    distinct = as_text(cells.drop_duplicates()).unique().tolist()
    return tuple(text for text in distinct if text)[: _SHOWN + 1]


def faults_by_file(
    frame: pd.DataFrame,
    bad: NDArray[np.bool_],
    code: str,
    message: str,
    mend: str = "",
    *,
    column: str = "",
    severity: Severity = "error",
) -> list[Fault]:
    """Report the marked rows of a frame with ``file`` and ``row``: one fault per file concerned."""
    if not bad.any():
        return []
    files, rows = frame["file"].to_numpy(dtype=object), frame["row"].to_numpy(dtype=np.int64)
    return [
        fault
        for file in dict.fromkeys(files[bad].tolist())
        for fault in fault_at(
            file,
            rows[files == file],
            bad[files == file],
            code,
            message,
            mend=mend,
            column=column,
            severity=severity,
        )
    ]


def datum_key(frame: pd.DataFrame) -> str:
    """Name the key of area.toml that says the datum of a layer, such as ``facilities[2].datum``."""
    layer = str(frame["layer"].iloc[0]) if "layer" in frame and len(frame) else ""
    named = layer.endswith("]") or layer == "population"
    return f"{layer}.datum" if named else "datum"


def count_of(n: int | NDArray[np.bool_], noun: str) -> str:
    """Write a number with its noun: ``1 cell``, ``1,200 cells``; marks are counted."""
    number = n if isinstance(n, int) else int(n.sum())
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def samples(values: Iterable[object], *, shown: int = _SHOWN) -> str:
    """Quote the first few distinct values."""
    distinct = [f"'{value}'" for value in dict.fromkeys(str(v) for v in values)]
    more = f" and {len(distinct) - shown} more" if len(distinct) > shown else ""
    return ", ".join(distinct[:shown]) + more


def as_text(series: pd.Series[str]) -> pd.Series[str]:
    """Make text of any column: trimmed, empty for missing, whole floats without ``.0``.

    Examples
    --------
    >>> as_text(pd.Series([410102.0, None])).tolist()
    ['410102', '']
    """
    if not isinstance(series.dtype, pd.StringDtype):
        series = series.map(_cell_text).astype("str")
    return series.fillna("").str.strip()


def _cell_text(value: object) -> str:
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124  NaN
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


# Of Python's escapes, not of the expression: what searches pandas' strings knows no backslash-u.
_ODD: Final = (
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_ODD_WORDS: Final = ("id", "name", "code", "parent", "parent_name", "unit")
_LONG = 200


def odd_texts(layer: Layer) -> list[Fault]:
    """Warn of names and codes with characters that are not seen, and of very long ones.

    They are kept as they are: a code with a hidden character is another code than it looks.
    """
    faults = []
    for key in _ODD_WORDS:
        if key not in layer.columns:
            continue
        text = text_of(layer, key)
        hidden = text.str.contains(_ODD).to_numpy(dtype=bool)
        faults += layer.faults(
            hidden,
            "table.hidden_characters",
            "control characters or marks that turn the direction of text in {n} of {total}: "
            f"{samples(ascii(value)[1:-1] for value in text[hidden])}.",
            "Take them out: they are not seen, and make names and codes differ that look the same.",
            key,
            severity="warning",
        )
        long = (text.str.len() > _LONG).to_numpy(dtype=bool)
        faults += layer.faults(
            long,
            "table.long_text",
            f"texts of more than {_LONG} letters in {{n}} of {{total}}.",
            "Check whether a quote or a separator is missing.",
            key,
            severity="warning",
        )
    return faults


def text_of(layer: Layer, key: str) -> pd.Series[str]:
    """Take a column as text, empty where the layer has no such column."""
    column = layer.column(key)
    if column is None:
        return pd.Series("", index=layer.frame.index, dtype="str")
    return as_text(column)


def code_of(layer: Layer, key: str) -> tuple[pd.Series[str], list[Fault]]:
    """Take a column of codes; a code in scientific notation has lost its digits."""
    # codes that a spreadsheet once held as numbers
    text = _marks_emptied(text_of(layer, key)).str.replace(r"^(\d{6,})\.0+$", r"\1", regex=True)
    mangled = text.str.match(_MANGLED).to_numpy(dtype=bool)
    cut = has_lost_a_digit(text)
    return text, [
        *layer.faults(
            mangled,
            "table.mangled_code",
            f"codes in scientific notation in {{n}} of {{total}} ({samples(text[mangled])}): "
            "a spreadsheet has cut their digits.",
            "Format the column as text and enter the codes again.",
            key,
        ),
        *layer.faults(
            cut,
            "table.short_code",
            f"codes of 5, 8 or 11 digits in {{n}} of {{total}}: {samples(text[cut])}. Statistical "
            "codes have 6, 9 or 12.",
            "Check whether a digit is missing.",
            key,
            severity="warning",
        ),
    ]


def _marks_emptied(text: pd.Series[str]) -> pd.Series[str]:
    """Empty the cells that hold just a dash or a slash."""
    return text.mask(text.str.lower().isin(EMPTY_MARKS), "")


def number_of(
    layer: Layer, key: str, *, negative_allowed: bool = False
) -> tuple[pd.Series[float], list[Fault]]:
    """Take a column as float64, NaN where empty; anything but a finite number is a fault."""
    column = layer.column(key)
    if column is None:
        return pd.Series(np.nan, index=layer.frame.index, dtype="float64"), []
    dimension = dimension_of(key) or "number"
    if dimension == "year":
        column = _years_in(column)
    unit, faults = _unit_over(layer, key, dimension)
    if pd.api.types.is_numeric_dtype(column.dtype) and unit.plain(dimension):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        typed = read_numbers(as_text(column), dimension, unit)
        values = typed.values
        faults += _cells_as_typed(layer, key, column, typed, unit)
    numbers = pd.Series(values, index=column.index)
    if dimension in _WHOLE and layer.key != "population":
        faults += _fractions(layer, key, column, values)
    faults += layer.faults(
        np.abs(values) > _LARGEST,
        "table.not_finite",
        f"a number beyond {_LARGEST:.0e} in {{n}} of {{total}}.",
        "Correct the number, or leave the cell empty where it is not known.",
        key,
    )
    if not negative_allowed:
        negative = np.isfinite(values) & (values < 0)
        code = "population.negative" if layer.key == "population" else "table.negative"
        faults += layer.faults(
            negative,
            code,
            f"a negative number in {{n}} of {{total}}: {samples(column[negative])}.",
            "Correct the number, or leave the cell empty where it is not known.",
            key,
        )
    return numbers, faults


def _years_in(column: pd.Series) -> pd.Series:
    """Write the year alone where a cell holds a date of a month or a day; leave all others."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return pd.to_datetime(column).dt.year
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column
    text = as_text(column)
    dates = dates_in(text)
    # digits alone may be the number of a day in a spreadsheet: 20001 is no January of 2000
    dated = text.str.contains(r"\D") & _date_parts(text)["m"].notna() & dates.notna()
    return text.mask(dated, dates.dt.year.astype("Int64").astype("str"))


_WHOLE: Final = frozenset({"places", "beds", "households"})
"""What is counted one by one: a fraction of it is a mistake."""
_HAIR: Final = 1e-6
_POINTED: Final = r"[1-9]\d{0,2}\.\d{3}"


def _fractions(
    layer: Layer, key: str, column: pd.Series[str], values: NDArray[np.float64]
) -> list[Fault]:
    """Refuse parts of a place, and a dot that may stand between thousands.

    A column whose every cell is written with three decimals comes from a program, not from a hand:
    there the dot is a decimal point.
    """
    text = as_text(column)
    as_written = pd.to_numeric(text, errors="coerce").to_numpy(np.float64) == values
    pointed = text.str.fullmatch(_POINTED).to_numpy(dtype=bool) & as_written
    filled = (text != "").to_numpy(dtype=bool)
    whole = np.where(np.isfinite(values), values, 0.0)
    part = np.abs(whole - np.round(whole)) > _HAIR
    doubtful = pointed & (part | ~pointed[filled].all())
    meant = [f"{word} may mean {word.replace('.', '')}" for word in text[doubtful]]
    mend = "Write whole numbers, without a dot between thousands."
    return [
        *layer.faults(
            doubtful,
            "table.fraction",
            f"a dot before three digits in {{n}} of {{total}}: {samples(meant)}.",
            mend,
            key,
        ),
        *layer.faults(
            part & ~doubtful,
            "table.fraction",
            f"no whole number of {key} in {{n}} of {{total}}: {samples(text[part & ~doubtful])}.",
            f"{mend} Leave the cell empty where it is not known; say another unit in the header.",
            key,
        ),
    ]


def _unit_over(layer: Layer, key: str, dimension: str) -> tuple[Unit, list[Fault]]:
    """Find the unit that is written over a column, and tell whether it fits."""
    column = layer.columns[key]
    unit = unit_in(column)
    unit = layer.units.get(column, NO_UNIT) if unit == NO_UNIT else unit
    known = ", ".join(known_units(dimension))
    if unit.factor(dimension) is None:
        fault = Fault(
            severity="error",
            code="columns.unit",
            message=f"the column is in {unit.text}, which is no unit of {key}.",
            mend=f"Correct the header or the column; units of {key}: {known}.",
            file=layer.file,
            column=column,
        )
        return NO_UNIT, [fault]
    note = layer.note_unit
    if unit == NO_UNIT and note.factor(dimension) is not None and not note.plain(dimension):
        fault = Fault(
            severity="error",
            code="columns.unit_of_note",
            message=f"a note above the table says {note.text}: nobody knows whether this column is "
            "in it.",
            mend=f"Write the unit into the header, such as {column}({note.text}), or take the note "
            "out.",
            file=layer.file,
            column=column,
        )
        return NO_UNIT, [fault]
    return unit, []


def _cells_as_typed(
    layer: Layer, key: str, column: pd.Series[str], typed: Typed, header: Unit
) -> list[Fault]:
    """Report the cells of a column of numbers that were not plain numbers."""
    dimension = dimension_of(key) or "number"
    units = "/".join(list(known_units(dimension))[:_FEW])
    other = _of_other_unit(column, typed.unread, dimension, header)
    return [
        *layer.faults(
            other,
            "table.other_unit",
            f"another unit than the header's ({header.text}) in {{n}} of {{total}}: "
            f"{samples(column[other])}.",
            f"Write the number in {header.text}, or take the unit out of the header and write one in "
            "every cell.",
            key,
        ),
        *layer.faults(
            typed.unread & ~other,
            "table.not_a_number",
            f"not a number in {{n}} of {{total}}: {samples(column[typed.unread & ~other])}.",
            f"Write one number (with a unit of {units}, if any), or leave the cell empty where it "
            "is not known.",
            key,
        ),
        *layer.faults(
            typed.about,
            "table.about",
            f"rounded numbers in {{n}} of {{total}}, taken as they stand: "
            f"{samples(column[typed.about])}.",
            "Write exact numbers where they are known.",
            key,
            severity="warning",
        ),
        *layer.faults(
            typed.unknown,
            "table.unknown_word",
            f"a word for what is not known in {{n}} of {{total}}, taken as empty: "
            f"{samples(column[typed.unknown])}.",
            "Write 0 where there is none.",
            key,
            severity="info",
        ),
        *layer.faults(
            typed.converted,
            "table.converted",
            f"numbers in other units in {{n}} of {{total}}, converted: "
            f"{samples(_pairs_of(column[typed.converted], typed.values[typed.converted]))}.",
            "",
            key,
            severity="info",
        ),
    ]


def _of_other_unit(
    column: pd.Series[str], unread: NDArray[np.bool_], dimension: str, header: Unit
) -> NDArray[np.bool_]:
    """Mark the unread cells that would be read under a header without a unit."""
    other = np.zeros(len(column), dtype=bool)
    if header != NO_UNIT and unread.any():
        alone = read_numbers(as_text(column[unread]), dimension)
        other[unread] = np.isfinite(alone.values)
    return other


def _pairs_of(written: pd.Series[str], values: NDArray[np.float64]) -> list[str]:
    few = _SHOWN + 1
    return [f"{w} = {v:g}" for w, v in zip(written.iloc[:few], values[:few], strict=True)]


def to_numbers(column: pd.Series[str]) -> tuple[pd.Series[float], NDArray[np.bool_]]:
    """Convert a column to float64, and mark the cells that hold something else."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        numbers = column.astype("float64")
        return numbers, np.zeros(len(column), dtype=bool)
    text = as_text(column)
    read = pd.to_numeric(text.mask(text == ""), errors="coerce").astype("float64")
    unread: NDArray[np.bool_] = (read.isna() & (text != "")).to_numpy(dtype=bool)
    return read, unread


def flag_of(
    layer: Layer, key: str, words: Mapping[str, bool] | None = None
) -> tuple[pd.Series[bool], list[Fault]]:
    """Take a column as nullable boolean, NA where empty; ``words`` are read beside yes and no."""
    text = _marks_emptied(text_of(layer, key).str.lower())
    if words is not None:
        text = text.replace({word: str(flag).lower() for word, flag in words.items()})
    also = f", {'/'.join(words)}" if words else ""
    known = text.isin(list(FLAG_WORDS))
    flags = text.map(FLAG_WORDS).where(known, None).astype("boolean")
    unread = (~known & (text != "")).to_numpy(dtype=bool)
    return flags, layer.faults(
        unread,
        "table.not_a_flag",
        f"neither yes nor no in {{n}} of {{total}}: {samples(text[unread])}.",
        f"Write true or false (yes/no, 1/0, √/×{also} and 是/否 are read too), or leave the cell "
        "empty.",
        key,
    )


def date_of(layer: Layer, key: str) -> tuple[pd.Series[pd.Timestamp], list[Fault]]:
    """Take a column as dates, NaT where empty; a year or a month means its first day."""
    column = layer.column(key)
    if column is None:
        return pd.Series(pd.NaT, index=layer.frame.index, dtype="datetime64[s]"), []
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        moments = pd.to_datetime(column).dt.tz_localize(None)
        return moments.dt.floor("D").astype("datetime64[s]"), []
    text = _marks_emptied(as_text(column)).mask(lambda t: t.isin(_NO_DATE), "")
    dates = dates_in(text)
    unread = (dates.isna() & (text != "")).to_numpy(dtype=bool)
    return dates, layer.faults(
        unread,
        "table.not_a_date",
        f"not a date in {{n}} of {{total}}: {samples(text[unread])}.",
        "Write dates as 2025-12-31, 2025-12 or 2025; a number such as 43709 is a date that Excel "
        "stored as a number: format the column as a date there.",
        key,
    )


def last_days_of(layer: Layer, key: str) -> pd.Series[pd.Timestamp]:
    """Give the last day that each date may mean: of its year or month where that is all it says.

    Parameters
    ----------
    layer, key
        As for ``date_of``.

    Returns
    -------
    Series
        datetime64, NaT where ``date_of`` has none.
    """
    first, _ = date_of(layer, key)
    column = layer.column(key)
    if column is None or pd.api.types.is_datetime64_any_dtype(column.dtype):
        return first
    parts = _date_parts(as_text(column))
    last = first.mask(parts["d"].isna(), first + pd.offsets.MonthEnd(0))
    return last.mask(parts["m"].isna(), first + pd.offsets.YearEnd(0)).astype("datetime64[s]")


def _date_parts(text: pd.Series[str]) -> pd.DataFrame:
    """Split dates into ``y``, ``m`` and ``d``, missing where they are not said."""
    plain = text.str.replace(r"[年月/.]", "-", regex=True).str.replace("日", "")
    plain = plain.str.replace(r"[ T]\d{1,2}:\d{2}(:\d{2}(-\d+)?)?$", "", regex=True).str.strip("- ")
    return plain.str.extract(_DATE)


def dates_in(text: pd.Series[str]) -> pd.Series[pd.Timestamp]:
    """Read text as dates, NaT where it is none; a year or a month means its first day."""
    parts = _date_parts(text)
    iso = (
        parts["y"].astype("object")
        + "-"
        + parts["m"].fillna("1").astype("object").str.zfill(2)
        + "-"
        + parts["d"].fillna("1").astype("object").str.zfill(2)
    )
    read = pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce")
    return read.where(read.dt.year.between(*_YEARS)).astype("datetime64[s]")


def word_of(
    layer: Layer,
    key: str,
    words: Mapping[str, str],
    known: Sequence[str],
    what: str,
) -> tuple[pd.Series[str], list[Fault]]:
    """Take a column of words from a closed list, translated through ``words`` where need be."""
    text = text_of(layer, key)
    found = text.replace(dict(words))
    unknown = ~found.isin(known).to_numpy(dtype=bool)
    if not unknown.any():
        return found, []
    first = str(text[unknown].iloc[0])
    hint = did_you_mean(first, known) if first else f"Known: {', '.join(known)}."
    return found, layer.faults(
        unknown,
        f"{layer.key.partition('[')[0]}.unknown_{what}",
        f"unknown {what} in {{n}} of {{total}}: {samples(text[unknown])}.",
        hint,
        key,
    )


def optional_word_of(
    layer: Layer,
    key: str,
    words: Mapping[str, str],
    known: Sequence[str],
    what: str,
) -> tuple[pd.Series[str], list[Fault]]:
    """Take a column of words from a closed list, empty where not known; the hint is the nearest."""
    text = _marks_emptied(text_of(layer, key))
    found = text.replace(dict(words))
    unknown = (~found.isin(known) & (text != "")).to_numpy(dtype=bool)
    near = nearest(str(text[unknown].iloc[0]), [*known, *words]) if unknown.any() else ""
    few = f"Known: {', '.join(known)}." if len(known) <= _FEW else ""
    hint = f"Did you mean '{near}'?" if near else few or f"docs/area-toml.md lists every {what}."
    return found, layer.faults(
        unknown,
        f"{layer.key.partition('[')[0]}.unknown_{what}",
        f"unknown {what} in {{n}} of {{total}}: {samples(text[unknown])}.",
        f"{hint} Leave the cell empty where it is not known.",
        key,
    )


def _operator_of(layer: Layer, values: Mapping[str, str]) -> tuple[pd.Series[str], list[Fault]]:
    """Take who runs a facility; an unknown word is a warning and counts as not known."""
    text = _marks_emptied(text_of(layer, "operator"))
    found = _translated(text, OPERATOR_WORDS, values)
    unknown = (~found.isin([*OPERATORS, ""])).to_numpy(dtype=bool)
    known = f"{', '.join(zh for zh, _ in OPERATORS.values())} (or {', '.join(OPERATORS)})"
    return found.mask(unknown, ""), layer.faults(
        unknown,
        "facilities.unknown_operator",
        f"an unknown operator in {{n}} of {{total}}: {samples(text[unknown], shown=_MANY)}. "
        "Who runs these is taken as not known.",
        f"Write one of {known}, or say what the words mean with {layer.key}.operator_values.",
        "operator",
        severity="warning",
    )


def _translated(
    text: pd.Series[str], words: Mapping[str, str], values: Mapping[str, str]
) -> pd.Series[str]:
    """Translate words whatever their case, spaces and full-width forms; ``values`` go first."""
    known = {**words, **{folded(word): name for word, name in values.items()}}
    meant = {word: known.get(folded(word), folded(word)) for word in text.unique()}
    return text.map(meant).astype("str")


def _status_of(
    layer: Layer, constant: str | None, values: Mapping[str, str]
) -> tuple[pd.Series[str], list[Fault]]:
    """Take the statuses; a word that is not known would count as open, so it is an error."""
    text = text_of(layer, "status")
    flagged = _flags_as_statuses(plain(layer.columns.get("status", "")))
    found = _translated(text, {**STATUS_WORDS, **flagged}, values)
    unknown = (~found.isin([*FACILITY_STATUSES, ""])).to_numpy(dtype=bool)
    if constant is not None:
        found = found.mask(found == "", constant)
    known = ", ".join(f"{zh} ({name})" for name, (zh, _) in FACILITY_STATUSES.items())
    return found, layer.faults(
        unknown,
        "facilities.unknown_status",
        f"an unknown status in {{n}} of {{total}}: {samples(text[unknown], shown=_MANY)}. It decides "
        "whether they are existing supply.",
        f"Write one of {known}, or say what the words mean with {layer.key}.status_values.",
        "status",
    )


def _flags_as_statuses(column: str) -> dict[str, str]:
    """Read yes and no under a header such as 是否运营; under any other they say nothing."""
    if column not in STATUS_OF_FLAG:
        return {}
    yes, no = STATUS_OF_FLAG[column]
    return {word: yes if flag else no for word, flag in FLAG_WORDS.items()}


def _inclusive_of(layer: Layer, operator: pd.Series[str]) -> tuple[pd.Series[bool], list[Fault]]:
    """Take the inclusive flag; 民办普惠 says it too, and where both disagree it is not known."""
    flags, faults = flag_of(layer, "inclusive", INCLUSIVE_WORDS)
    said = operator == "private_inclusive"
    contrary = (said & ~flags.fillna(value=True)).to_numpy(dtype=bool)
    flags = flags.mask(said & flags.isna(), other=True).mask(contrary)
    return flags, faults + layer.faults(
        contrary,
        "facilities.inclusive_contradiction",
        "run as 民办普惠, but said not to be inclusive in {n} of {total}: whether they are is taken "
        "as not known.",
        "Correct the operator or the inclusive column.",
        "inclusive",
        severity="warning",
    )


def _type_of(
    layer: Layer, service: pd.Series[str], constant: str | None, values: Mapping[str, str]
) -> tuple[pd.Series[str], list[Fault]]:
    """Take the facility types; each must be of the service of its row."""
    words = {**FACILITY_TYPE_WORDS, **values}
    types, faults = optional_word_of(layer, "type", words, list(FACILITY_TYPES), "type")
    if constant is not None:
        types = types.mask(types == "", constant)
    own = types.map({name: of for name, (_, _, of) in FACILITY_TYPES.items()})
    other = (own.notna() & service.isin(SERVICES) & (own != service)).to_numpy(dtype=bool)
    pairs = [
        f"{kind} is of {of}, not of {said}"
        for kind, of, said in zip(types[other], own[other], service[other], strict=True)
    ]
    return types, faults + layer.faults(
        other,
        "facilities.type_of_other_service",
        f"a type of another service in {{n}} of {{total}}: {samples(pairs)}.",
        "Correct the service or the type of these rows.",
        "type",
    )


def _figures_of(layer: Layer) -> tuple[dict[str, object], list[Fault]]:
    """Take the columns of figures that the layer has."""
    columns: dict[str, object] = {}
    faults: list[Fault] = []
    for name in FIGURES:
        if name in layer.columns:
            columns[name], more = number_of(layer, name)
            faults += more
    return columns, faults


_FLAT: Final = 2


def _with_place(layer: Layer, columns: Mapping[str, object]) -> gpd.GeoDataFrame:
    """Join converted columns, the place in the file and the geometry (2D) on a fresh index."""
    geometry = np.array(layer.frame.geometry.array)
    if (shapely.get_coordinate_dimension(geometry) > _FLAT).any():
        geometry = shapely.force_2d(geometry)
    data = {name: getattr(value, "array", value) for name, value in columns.items()}
    n = len(layer.rows)
    data |= {"layer": pd.array([layer.key] * n, dtype="str")}
    data |= {"file": pd.array([layer.file] * n, dtype="str"), "row": layer.rows}
    return gpd.GeoDataFrame(data, geometry=geometry, crs=layer.frame.crs)


def _type_by_code(layer: Layer, code: pd.Series[str]) -> tuple[pd.Series[str], list[Fault]]:
    """Take the types from the digits of the codes, where nothing else says them."""
    types = type_of_code(code)
    untold = (types == "").to_numpy(dtype=bool)
    return types, [
        *layer.faults(
            untold,
            "units.no_type",
            f"no type in {{n}} of {{total}}: no column says it, and the digits of the code do not "
            f"({samples(code[untold])}).",
            f"Say {layer.key}.type if all are of one type, or give a column of types."
            if layer.key != layer.file
            else "Add a column unit_type or type, or say unit_type if all are of one type.",
        ),
        *layer.faults(
            ~untold,
            "units.type_of_code",
            "the type of {n} of {total} is taken from the digits of the code.",
            "",
            "code",
            severity="info",
        ),
    ]


def _types_against_codes(layer: Layer, code: pd.Series[str], types: pd.Series[str]) -> list[Fault]:
    """Compare the types with the digits of statistical codes; another tier is an error."""
    told = type_of_code(code)
    differs = (told != "") & types.isin(UNIT_TYPES) & (told != types)
    other_tier = differs & (told.map(TIER_OF) != types.map(TIER_OF))
    faults = []
    for marked, severity in ((other_tier, "error"), (differs & ~other_tier, "warning")):
        bad = marked.to_numpy(dtype=bool)
        pairs = [
            f"{c} is a {by_code}'s, not a {said}'s"
            for c, by_code, said in zip(code[bad], told[bad], types[bad], strict=True)
        ]
        faults += layer.faults(
            bad,
            "units.type_against_code",
            f"another type than the digits of the code say in {{n}} of {{total}}: {samples(pairs)}.",
            "Correct the type or the code.",
            "code",
            severity="error" if severity == "error" else "warning",
        )
    return faults


_TYPE_OF_ENDING: Final = {
    "街道办事处": "street",
    "街道办": "street",
    "街道": "street",
    "镇": "township",
    "乡": "township",
}
_SHORT_NAME = 2


def _types_against_names(
    layer: Layer, code: pd.Series[str], name: pd.Series[str], types: pd.Series[str]
) -> list[Fault]:
    """Compare the types with what names end in: 镇 and 乡 are no streets, 街道 no township.

    Rows whose code is against their type are reported already. A name of two characters is not
    told by its last: 西乡 is a street without the word.
    """
    said = pd.Series("", index=name.index, dtype="str")
    for ending, of in _TYPE_OF_ENDING.items():
        ends = name.str.endswith(ending) & (name.str.len() > _SHORT_NAME)
        said = said.mask((said == "") & ends, of)
    differs = (said != "") & types.isin(set(_TYPE_OF_ENDING.values())) & (said != types)
    told = type_of_code(code)
    bad = (differs & ((told == "") | (told == types))).to_numpy(dtype=bool)
    pairs = [
        f"{named} is taken as a {kind}" for named, kind in zip(name[bad], types[bad], strict=True)
    ]
    return layer.faults(
        bad,
        "units.type_against_name",
        f"another type than the name says in {{n}} of {{total}}: {samples(pairs)}. Norms ask other "
        "things of streets than of townships.",
        "Correct the code or the type, or the name.",
        "name",
        severity="warning",
    )


def normalise_units(
    layer: Layer,
    *,
    unit_type: str | None = None,
    main_urban: bool | None = None,
    development_zone: bool | None = None,
    urban: bool | None = None,
    county: bool | None = None,
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Make the unit columns of a layer.

    Parameters
    ----------
    layer
        As read.
    unit_type, main_urban, development_zone, urban, county
        One value for all rows; a column, where given, goes before it.

    Returns
    -------
    tuple
        Frame with ``unit_code``, ``unit_name`` (the code where there is none), ``unit_type``,
        ``parent_code``, ``parent_name``, ``main_urban``, ``development_zone``, ``urban``,
        ``county``, ``has_parents`` (whether there is a column of parents), ``file``, ``row`` and
        geometry, in the layer's own CRS; and the faults of single
        cells.
    """
    code, faults = code_of(layer, "code")
    parent, more = code_of(layer, "parent")
    faults += more
    if "type" in layer.columns:
        types, more = word_of(layer, "type", UNIT_TYPE_WORDS, list(UNIT_TYPES), "type")
        faults += more
    elif unit_type is not None:
        types = pd.Series(unit_type, index=code.index, dtype="str")
    else:
        types, more = _type_by_code(layer, code)
        faults += more
    faults += _types_against_codes(layer, code, types)
    name = text_of(layer, "name")
    faults += _types_against_names(layer, code, name, types)
    columns: dict[str, object] = {
        "unit_code": code,
        "unit_name": name.where(name != "", code),
        "unit_type": types,
        "parent_code": parent,
        "parent_name": text_of(layer, "parent_name"),
        "has_parents": pd.Series("parent" in layer.columns, index=code.index),
    }
    for key, constant in (
        ("main_urban", main_urban),
        ("development_zone", development_zone),
        ("urban", urban),
        ("county", county),
    ):
        flags, more = flag_of(layer, key, URBAN_WORDS if key == "urban" else None)
        faults += more
        columns[key] = flags if constant is None else flags.fillna(constant)
    return _with_place(layer, columns), faults


def normalise_facilities(
    layer: Layer,
    *,
    service: str | None = None,
    service_values: Mapping[str, str] | None = None,
    facility_type: str | None = None,
    type_values: Mapping[str, str] | None = None,
    status: str | None = None,
    status_values: Mapping[str, str] | None = None,
    operator_values: Mapping[str, str] | None = None,
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Make the facility columns of a layer.

    Parameters
    ----------
    layer
        As read.
    service
        One service for all rows, used where there is no service column.
    service_values
        Words of the service column with the service that each means.
    facility_type
        One type for all rows; a column, where given, goes before it.
    type_values
        Words of the type column with the type that each means.
    status
        One status for all rows; a column, where given, goes before it.
    status_values
        Words of the status column with the status that each means.
    operator_values
        Words of the operator column with the operator that each means.

    Returns
    -------
    tuple
        Frame with the facility columns of ``StudyArea`` as far as they are known from the layer
        (no membership, no ``is_open``), the figures that it has, ``file``, ``row`` and geometry (polygons become a point
        inside them), in the layer's own CRS; and the faults of single cells.
    """
    columns: dict[str, object] = {}
    faults: list[Fault] = []
    services = pd.Series(service, index=layer.frame.index, dtype="str")
    columns["facility_id"] = _ids(layer)
    columns["name"] = text_of(layer, "name")
    if "service" in layer.columns:
        services, faults = word_of(
            layer,
            "service",
            {**SERVICE_WORDS, **(service_values or {})},
            list(SERVICES),
            "service",
        )
    columns["service"] = services
    types, more = _type_of(layer, services, facility_type, type_values or {})
    columns["facility_type"] = types
    operator, operators = _operator_of(layer, operator_values or {})
    columns["operator"] = operator
    faults += more + operators
    for key, name in _FACILITY_NUMBERS.items():
        columns[name], more = number_of(layer, key)
        faults += more
    columns["condition"], more = optional_word_of(
        layer, "condition", CONDITION_WORDS, [*CONDITIONS, NO_CONDITION], "condition"
    )
    faults += more
    columns["inclusive"], more = _inclusive_of(layer, operator)
    columns["status"], dates = _status_of(layer, status, status_values or {})
    for key in ("opened", "closed"):
        columns[key], cells = date_of(layer, key)
        columns[f"{key}_by"] = last_days_of(layer, key)
        dates += cells
    columns["project"] = layer.key.startswith("planned")
    columns["opening_planned"] = layer.columns.get("opened", "").startswith(_TO_COME)
    columns["unit_code"], codes = code_of(layer, "unit")
    figures, numbers = _figures_of(layer)
    columns |= figures
    codes += numbers
    drawn = _with_place(layer, columns)
    frame, points = _as_points(layer, drawn)
    frame = _with_outlines(frame, drawn)
    return frame, faults + more + dates + codes + points


def no_facilities() -> gpd.GeoDataFrame:
    """Make a facility frame without rows, with every column and its type."""
    layer = Layer(
        key="facilities",
        file="",
        frame=gpd.GeoDataFrame(geometry=[]),
        rows=np.zeros(0, dtype=np.int64),
        columns={},
        rows_read=0,
    )
    return normalise_facilities(layer)[0]


_TO_COME: Final = ("计划", "预计", "拟", "planned", "expected")
"""How the name of a column of opening dates begins that are plans."""

_FACILITY_NUMBERS: Final = {
    "places": "places",
    "beds": "beds",
    "land_area": "land_area_m2",
    "floor_area": "floor_area_m2",
    "outdoor_area": "outdoor_area_m2",
    "venue_area": "venue_area_m2",
}


def normalise_compounds(
    layer: Layer, *, old_before: int | None = None, data_year: int
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Make the compound columns of a layer.

    Parameters
    ----------
    layer
        As read.
    old_before
        A compound without an old/new flag is old if built before this year; None leaves it unknown.
    data_year
        Year of the data date; a building year more than 5 years later is a fault.

    Returns
    -------
    tuple
        Frame with the compound columns of ``StudyArea`` without membership, the figures that the
        layer has, ``file``, ``row`` and geometry (polygons become a point inside them), in the layer's own CRS; and the faults.
    """
    households, faults = number_of(layer, "households")
    elder, more = number_of(layer, "elder_floor_area")
    figures, cells = _figures_of(layer)
    if "planned_population" not in figures:  # a column of every list of compounds
        figures["planned_population"], _ = number_of(layer, "planned_population")
    more += cells
    year, years = number_of(layer, "built_year", negative_allowed=True)
    latest = data_year + _YEARS_AHEAD
    strange = year.notna() & np.isfinite(year) & ~year.between(_OLDEST_YEAR, latest)
    years += layer.faults(
        strange.to_numpy(dtype=bool),
        "compounds.built_year",
        f"a building year outside {_OLDEST_YEAR} to {latest} in {{n}} of {{total}}: "
        f"{samples(f'{value:g}' for value in year[strange])}.",
        "Correct the year, or leave the cell empty where it is not known.",
        "built_year",
    )
    flag, flags = flag_of(layer, "old")
    unit, codes = code_of(layer, "unit")
    columns = {
        "compound_id": _ids(layer),
        "name": text_of(layer, "name"),
        "households": households,
        "elder_floor_area_m2": elder,
        "built_year": year,
        "is_old": _is_old(flag, year, old_before),
        "unit_code": unit,
        **figures,
    }
    frame, points = _as_points(layer, _with_place(layer, columns))
    return frame, [*faults, *more, *years, *flags, *codes, *points]


def normalise_candidates(
    layer: Layer, *, acquisition: str | None = None
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Make the columns of a layer of candidate sites.

    Parameters
    ----------
    layer
        As read.
    acquisition
        How every site is come by; a column, where given, goes before it.

    Returns
    -------
    tuple
        Frame with the candidate columns of ``StudyArea`` without membership, ``file``, ``row`` and
        geometry (polygons become a point inside them), in the layer's own CRS; and the faults.
    """
    land, faults = number_of(layer, "land_area")
    floor, more = number_of(layer, "floor_area")
    cost, costs = number_of(layer, "cost")
    words = {zh: name for name, (zh, _) in ACQUISITIONS.items()}
    how, ways = optional_word_of(layer, "acquisition", words, list(ACQUISITIONS), "acquisition")
    unit, codes = code_of(layer, "unit")
    columns = {
        "candidate_id": _ids(layer),
        "name": text_of(layer, "name"),
        "acquisition": how.where(how != "", acquisition or ""),
        "land_area_m2": land,
        "floor_area_m2": floor,
        "cost": cost.fillna(0.0),
        "unit_code": unit,
    }
    drawn = _with_place(layer, columns)
    frame, points = _as_points(layer, drawn)
    return _with_outlines(frame, drawn), [*faults, *more, *costs, *ways, *codes, *points]


def normalise_figures(layer: Layer) -> tuple[pd.DataFrame, list[Fault]]:
    """Make the columns of a layer of figures.

    Parameters
    ----------
    layer
        As read.

    Returns
    -------
    tuple
        Frame with ``unit_code``, a float64 column for each figure of the layer (NaN where empty),
        ``file`` and ``row``; and the faults of single cells.
    """
    code, faults = code_of(layer, "unit")
    figures, more = _figures_of(layer)
    frame = _with_place(layer, {"unit_code": code, **figures})
    return pd.DataFrame(frame.drop(columns="geometry")), faults + more


def normalise_census(layer: Layer, unit: str = "unit") -> tuple[pd.DataFrame, list[Fault]]:
    """Make the columns of a layer of official totals.

    Parameters
    ----------
    layer
        As read.
    unit
        Key of the column with the code of the unit.

    Returns
    -------
    tuple
        Frame with ``unit_code``, a float64 column for each population group of the layer (NaN where
        empty), ``file`` and ``row``; and the faults of single cells.
    """
    code, faults = code_of(layer, unit)
    columns: dict[str, object] = {"unit_code": code}
    for group in GROUPS:
        if group in layer.columns:
            columns[group], more = number_of(layer, group)
            faults += more
    frame = _with_place(layer, columns)
    return pd.DataFrame(frame.drop(columns="geometry")), faults


_OLDEST_YEAR = 1800
_YEARS_AHEAD = 5


def _is_old(flag: pd.Series[bool], year: pd.Series[float], before: int | None) -> pd.Series[bool]:
    if before is None:
        return flag
    by_year = (year < before).astype("boolean").mask(year.isna())
    return flag.fillna(by_year)


def _ids(layer: Layer) -> pd.Series[str]:
    """Take the ids; a row without one is named by its file and row."""
    ids = text_of(layer, "id")
    named = pd.Series([f"{layer.file}#{row}" for row in layer.rows], index=ids.index, dtype="str")
    return ids.where(ids != "", named)


def _as_points(layer: Layer, frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Turn polygons and multipoints into points; any other shape is a fault."""
    geometry = np.asarray(frame.geometry.array)
    kind = shapely.get_type_id(geometry)
    empty = (kind >= 0) & shapely.is_empty(geometry)
    polygon = np.isin(kind, _POLYGONS) & ~empty
    single = (kind == shapely.GeometryType.MULTIPOINT) & (shapely.get_num_geometries(geometry) == 1)
    points = geometry.copy()
    points[empty] = None
    points[polygon] = shapely.point_on_surface(geometry[polygon])
    points[single & ~empty] = shapely.get_geometry(geometry[single & ~empty], 0)
    gates = (kind == shapely.GeometryType.MULTIPOINT) & ~empty & ~single
    points[gates] = shapely.get_geometry(geometry[gates], 0)
    other = (kind > 0) & ~empty & ~polygon & ~single & ~gates
    faults = layer.faults(
        polygon,
        "points.from_polygons",
        "polygons in {n} of {total}; a point inside each says in which unit it stands.",
        "",
        severity="info",
    )
    faults += layer.faults(
        gates,
        "points.entrances",
        "several points in {n} of {total}: taken as the entrances of one place, which is counted where "
        "the first is.",
        "",
        severity="info",
    )
    faults += layer.faults(
        other,
        "points.not_points",
        "neither points nor polygons in {n} of {total}.",
        "Give one point per row.",
    )
    return frame.set_geometry(gpd.GeoSeries(points, index=frame.index, crs=frame.crs)), faults


def _with_outlines(points: gpd.GeoDataFrame, drawn: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Keep the polygons and entrances that points were taken from: reach goes to those."""
    geometry = np.asarray(drawn.geometry.array)
    gates = shapely.get_type_id(geometry) == shapely.GeometryType.MULTIPOINT
    areal = np.isin(shapely.get_type_id(geometry), _POLYGONS) | gates
    areal &= ~shapely.is_empty(geometry)
    if not areal.any():
        return points
    outlines = geometry.copy()
    outlines[~areal] = None
    crossed = ~shapely.is_missing(outlines) & ~shapely.is_valid(outlines)
    outlines[crossed] = shapely.make_valid(
        outlines[crossed], method="structure", keep_collapsed=False
    )
    return points.assign(outline=pd.Series(outlines, index=points.index, dtype=object))


_POLYGONS = (int(shapely.GeometryType.POLYGON), int(shapely.GeometryType.MULTIPOLYGON))
