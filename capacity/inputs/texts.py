"""Tables of text (CSV, TSV, TXT): encoding, separator, header and cells, whatever their size.

A file is streamed once to learn how it is written, and once by Arrow for the columns wanted; once more
where it has blank lines, for their numbers. Files with short, long or broken lines, cells of several
lines or full-width commas go through Python's csv reader, which tells the line of every row.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from capacity.errors import Fault
from capacity.exact import percent
from capacity.inputs.tables import LOOKED_AT, Header, Sought, Table, find_header, known_cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_CHUNK: Final = 1 << 22
_BLOCK: Final = 1 << 24
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_CODECS: Final = (("utf-8", "UTF-8"), ("gb18030", "GB18030"))
_SEPARATORS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "，": "full-width comma"}
_OF_SUFFIX: Final = {".csv": ",", ".txt": ",", ".tsv": "\t"}
SUFFIXES: Final = frozenset(_OF_SUFFIX)
"""Suffixes of files that are read as tables of text."""
_LONGEST: Final = 10_000_000
"""Characters that one cell may have; a quote that never closes swallows the rest of a file."""
_RARE: Final = 0.3
_BIG5: Final = 0.9
_FIRST = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """How a text is written.

    Attributes
    ----------
    codec, encoding
        Python's name for the encoding, and ours.
    lines
        Lines, without blank ones at the end.
    quotes, nul
        Whether it has quotes, and NUL characters.
    rare
        Share of the characters beyond ASCII that GB2312 does not have, of a text in GB18030.
    """

    codec: str
    encoding: str
    lines: int
    quotes: bool
    nul: bool
    rare: float = 0.0


def survey(path: Path) -> Survey | None:
    """Stream a file once for its encoding and lines; None if it is no text that we know.

    Parameters
    ----------
    path
        An existing file. A byte order mark tells UTF-8, UTF-16 and UTF-32; without one the text is
        UTF-8 if it can be, else GB18030 (which GBK and GB2312 are parts of).

    Returns
    -------
    Survey or None
        What was found.
    """
    with path.open("rb") as stream:
        head = stream.read(4)
    for mark, codec, encoding in _MARKS:
        if head.startswith(mark):
            return _survey_as(path, codec, encoding)
    found = (_survey_as(path, codec, encoding) for codec, encoding in _CODECS)
    return next((one for one in found if one is not None), None)


def _survey_as(path: Path, codec: str, encoding: str) -> Survey | None:
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(codec)(), translate=True)
    ends = tail = 0
    quotes = nul = False
    beyond = rare = 0
    filled = False
    try:
        with path.open("rb") as stream:
            while True:
                raw = stream.read(_CHUNK)
                chunk = decoder.decode(raw, final=not raw)
                rest = chunk.rstrip("\n")
                ends += chunk.count("\n")
                tail = len(chunk) - len(rest) + (0 if rest else tail)
                filled = filled or bool(rest)
                quotes = quotes or '"' in chunk
                nul = nul or "\0" in chunk
                if codec == "gb18030" and not beyond:
                    beyond, rare = _rare(chunk)
                if not raw:
                    break
    except UnicodeDecodeError:
        return None
    return Survey(
        codec=codec,
        encoding=encoding,
        lines=ends - tail + 1 if filled else 0,
        quotes=quotes,
        nul=nul,
        rare=rare / beyond if beyond else 0.0,
    )


def _rare(text: str) -> tuple[int, int]:
    """Count characters beyond ASCII, and those that everyday Chinese does not have."""
    beyond = "".join(char for char in set(text) if ord(char) > 127)  # noqa: PLR2004  ASCII
    common = len(beyond.encode("gb2312", errors="ignore").decode("gb2312"))
    return len(beyond), len(beyond) - common


def _is_big5(raw: bytes) -> bool:
    """Tell whether text reads as Big5, nearly all of its characters everyday ones (level 1)."""
    text = raw.decode("cp950", errors="replace")
    beyond = [char for char in set(text) if ord(char) > 127]  # noqa: PLR2004  ASCII
    signs = [char.encode("cp950", errors="ignore")[:1] for char in beyond]
    common = sum(b"\xa1" <= sign <= b"\xc6" for sign in signs)
    return bool(beyond) and common >= _BIG5 * len(beyond)


def chinese_share(raw: bytes, codec: str) -> float:
    """Give the share of the characters beyond ASCII that are everyday Chinese.

    Parameters
    ----------
    raw
        Text in an unknown encoding.
    codec
        Python's name of the encoding to try; what it cannot decode counts against it.

    Returns
    -------
    float
        0 to 1; 0 if there is nothing beyond ASCII.
    """
    beyond, rare = _rare(raw.decode(codec, errors="replace"))
    return 1 - rare / beyond if beyond else 0.0


def codec_of(label: str) -> str:
    """Find Python's name of the encoding that a .cpg says; empty if it is none we know."""
    word = f"cp{label}" if label.isdigit() else label.removeprefix("LDID/")
    try:
        return codecs.lookup(word).name if word else ""
    except LookupError:
        return ""


def encoding_used(encoding: str, file: str) -> Fault:
    """Tell the encoding of a file that is not in UTF-8."""
    return Fault(
        severity="info",
        code="file.encoding_used",
        message=f"read as {encoding}.",
        file=file,
    )


def open_text(path: Path, sought: Sought) -> tuple[Table | None, list[Fault]]:
    """Find out how a text table is written, and its header.

    Parameters
    ----------
    path
        An existing file.
    sought
        What tells the header.

    Returns
    -------
    tuple
        The table, or None; and the faults.
    """
    found = survey(path)
    if fault := _not_a_text(found, sought):
        return None, [fault]
    assert found is not None  # noqa: S101  _not_a_text refuses None
    faults = _encoding_facts(path, found, sought)
    try:
        separator, rows = _first_rows(path, found, sought)
    except csv.Error as error:
        return None, [_broken(error, 1, sought)]
    header, more = find_header(rows, sought)
    faults += more
    if header is None:
        return None, faults
    if separator != _OF_SUFFIX[path.suffix.lower()]:
        message = f"cells are separated by {_SEPARATORS[separator]}s."
        faults.append(_fact("table.separator", message, sought))
    text = _Text(path=path, survey=found, separator=separator, header=header, sought=sought)
    return Table(header=header, read=text.read, encoding=found.encoding), faults


def _fact(code: str, message: str, sought: Sought) -> Fault:
    return Fault(severity="info", code=code, message=message, file=sought.file)


def _not_a_text(found: Survey | None, sought: Sought) -> Fault | None:
    if found is None:
        return sought.fault(
            "file.encoding",
            "is neither UTF-8, UTF-16 with a byte order mark, nor GB18030.",
            "Save it as CSV UTF-8 in Excel or WPS.",
        )
    if found.nul:
        return sought.fault(
            "file.encoding",
            "has NUL characters: it is not text, or UTF-16 without a byte order mark.",
            "Save it as CSV UTF-8 in Excel or WPS.",
        )
    if found.lines == 0:
        return sought.fault("layer.empty", "the file is empty.", "Check the file.")
    return None


def _encoding_facts(path: Path, found: Survey, sought: Sought) -> list[Fault]:
    if found.encoding == "UTF-8":
        return []
    if found.rare > _RARE:
        with path.open("rb") as stream:
            likely = "It is probably in Big5. " if _is_big5(stream.read(_FIRST)) else ""
        return [
            Fault(
                severity="warning",
                code="file.encoding_doubtful",
                message=f"read as {found.encoding}, but {percent(found.rare, 0)} of its characters are rare "
                "ones: the words may be garbled.",
                mend=f"{likely}Look at the names in the output; save the file as CSV UTF-8.",
                file=sought.file,
            )
        ]
    return [encoding_used(found.encoding, sought.file)]


@contextmanager
def _opened(path: Path, codec: str) -> Iterator[io.TextIOWrapper]:
    # Python's limit is far below a cell with a remark of some pages
    before = csv.field_size_limit(_LONGEST)
    try:
        with path.open(encoding=codec, newline="") as stream:
            yield stream
    finally:
        csv.field_size_limit(before)


def _first_rows(
    path: Path, found: Survey, sought: Sought
) -> tuple[str, list[tuple[int, list[str]]]]:
    """Choose the separator that gives the header most names that are known, or else most cells.

    The usual one of the suffix goes first where it is as good.
    """
    usual = _OF_SUFFIX[path.suffix.lower()]
    best: tuple[str, list[tuple[int, list[str]]]] = (usual, [])
    score = (-1, -1)
    for separator in (usual, *(s for s in _SEPARATORS if s != usual)):
        rows = _preview(path, found.codec, separator)
        known = max((known_cells(cells, sought) for _, cells in rows), default=0)
        filled = max((sum(bool(cell) for cell in cells) for _, cells in rows), default=0)
        here = (known, _FIRST if separator == usual and filled > 1 else filled)
        if here > score:
            best, score = (separator, rows), here
    return best


def _preview(path: Path, codec: str, separator: str) -> list[tuple[int, list[str]]]:
    """Read the first rows that are not blank; a row's number is that of its last line."""
    rows: list[tuple[int, list[str]]] = []
    with _opened(path, codec) as stream:
        reader = csv.reader(stream, delimiter=separator)
        before = 0
        for cells in itertools.islice(reader, 2 * LOOKED_AT):
            if any(cell.strip() for cell in cells):
                rows.append((before + 1, cells))
            before = reader.line_num
            if len(rows) == LOOKED_AT:
                break
    return rows


def _broken(error: csv.Error, line: int, sought: Sought) -> Fault:
    if "larger than field limit" in str(error) or "unexpected end" in str(error):
        message = f"a quote that opens in or after line {line} never closes."
    elif "expected after" in str(error):
        message = f"a quote inside a cell of line {line}."
    else:
        message = f"line {line} cannot be read ({error})."
    return sought.fault(
        "table.quotes",
        message,
        'Write a quote inside a quoted cell twice (""), or save the table as .xlsx.',
        (line,),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """An opened text table."""

    path: Path
    survey: Survey
    separator: str
    header: Header
    sought: Sought

    def read(self, wanted: Sequence[str]) -> tuple[pd.DataFrame, NDArray[np.int64], list[Fault]]:
        """Read the columns wanted as text."""
        places = {name: self.header.names.index(name) for name in dict.fromkeys(wanted)}
        last = self._last_line_before_data()
        if self.survey.lines > last >= self.header.row:
            fast = self._by_arrow(places, last)
            if fast is not None:
                return *fast, []
        return self._by_line(places)

    def _last_line_before_data(self) -> int:
        """Give the last line of the header, which cells of several lines make longer."""
        with _opened(self.path, self.survey.codec) as stream:
            reader = csv.reader(stream, delimiter=self.separator)
            before = 0
            for _ in reader:
                if before + 1 >= self.header.last:
                    return reader.line_num
                before = reader.line_num
        return before

    def _by_arrow(
        self, places: dict[str, int], last: int
    ) -> tuple[pd.DataFrame, NDArray[np.int64]] | None:
        """Read a regular table fast; None where a line of it is not regular."""
        if len(self.separator.encode()) > 1 or not places:
            return None
        keys = [f"c{n}" for n in range(len(self.header.names))]
        wanted = [keys[place] for place in places.values()]
        try:
            table = arrow_csv.read_csv(
                self.path,
                read_options=arrow_csv.ReadOptions(
                    skip_rows=last,
                    column_names=keys,
                    encoding=self.survey.codec,
                    block_size=_BLOCK,
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=self.separator,
                    newlines_in_values=self.survey.quotes,
                    invalid_row_handler=_skip_blank,
                ),
                convert_options=arrow_csv.ConvertOptions(
                    include_columns=wanted,
                    column_types=dict.fromkeys(wanted, pa.string()),
                    strings_can_be_null=False,
                ),
            )
        except (pa.ArrowInvalid, UnicodeDecodeError):
            return None  # a line that is too long or too short, a block without a line's end
        frame = table.to_pandas(self_destruct=True, split_blocks=True)
        frame.columns = pd.Index(list(places))
        n_lines = self.survey.lines - last
        hollow = _blank_rows(frame)
        if len(frame) == n_lines and not len(hollow):
            return frame, np.arange(last + 1, last + 1 + n_lines, dtype=np.int64)
        dropped, empty = self._blank_lines(last)
        rows = np.flatnonzero(~dropped) + last + 1
        if len(frame) != len(rows):
            return None  # each line break within a cell is a line more that is not blank
        # nothing in the columns wanted: there may be something in another
        kept = np.ones(len(rows), dtype=bool)
        kept[hollow] = ~empty[rows[hollow] - last - 1]
        return (frame, rows) if kept.all() else (frame.loc[kept].reset_index(drop=True), rows[kept])

    def _blank_lines(self, last: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Mark the lines after the header that Arrow passes over, and those without a filled cell."""
        only = '" \t\r\n' + self.separator
        with _opened(self.path, self.survey.codec) as stream:
            lines = itertools.islice(stream, last, self.survey.lines)
            suspects = {n: line for n, line in enumerate(lines) if not line.strip(only)}
        dropped, empty = (np.zeros(self.survey.lines - last, dtype=bool) for _ in range(2))
        alone = len(self.header.names) == 1
        for n, line in suspects.items():
            dropped[n] = not (line.strip("\r\n") if alone else line.strip())
            cells = next(csv.reader([line], delimiter=self.separator), [])
            empty[n] = not any(map(str.strip, cells))
        return dropped, empty

    def _by_line(
        self, places: dict[str, int]
    ) -> tuple[pd.DataFrame, NDArray[np.int64], list[Fault]]:
        """Read line by line: slower, and every oddity has its line."""
        n_names = len(self.header.names)
        columns: list[list[str]] = [[] for _ in places]
        picks = list(zip(columns, places.values(), strict=True))
        lines: list[int] = []
        before = 0
        long: list[int] = []
        with _opened(self.path, self.survey.codec) as stream:
            reader = csv.reader(stream, delimiter=self.separator, strict=True)
            try:
                for cells in reader:
                    line, before = before + 1, reader.line_num
                    if line <= self.header.last or not any(map(str.strip, cells)):
                        continue
                    if len(cells) > n_names and any(map(str.strip, cells[n_names:])):
                        long.append(line)
                    lines.append(line)
                    for column, place in picks:
                        column.append(cells[place] if place < len(cells) else "")
            except csv.Error as error:
                return self._nothing(places, [_broken(error, before + 1, self.sought)])
        faults = []
        if long:
            message = (
                f"more cells than the header's {n_names} in {len(long)} of {len(lines):,} rows: "
                "a cell with a comma in it, or a column without a name."
            )
            mend = "Put cells that hold the separator in quotes, or save the table as .xlsx."
            faults = [self.sought.fault("table.long_rows", message, mend, tuple(long))]
        frame = pd.DataFrame(
            {n: pd.array(c, dtype="str") for n, c in zip(places, columns, strict=True)}
        )
        rows = np.array(lines, dtype=np.int64)
        # whose cell is whose cannot be told in a long row; the others are looked at
        told = ~np.isin(rows, long)
        return frame.loc[told].reset_index(drop=True), rows[told], faults

    def _nothing(
        self, places: dict[str, int], faults: list[Fault]
    ) -> tuple[pd.DataFrame, NDArray[np.int64], list[Fault]]:
        empty = pd.DataFrame({name: pd.array([], dtype="str") for name in places})
        return empty, np.zeros(0, dtype=np.int64), faults


def _skip_blank(row: arrow_csv.InvalidRow) -> str:
    """Pass over a line of nothing but spaces; other lines of too few or many cells stop Arrow."""
    return "error" if row.text is None or row.text.strip() else "skip"


def _blank_rows(frame: pd.DataFrame) -> NDArray[np.int64]:
    """Find the rows that have nothing in the columns wanted."""
    left = np.arange(len(frame))
    for name in frame.columns:
        cells = frame[name] if len(left) == len(frame) else frame[name].iloc[left]
        left = left[(cells.str.strip() == "").to_numpy(dtype=bool)]
        if not len(left):
            break
    return left
