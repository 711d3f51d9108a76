"""Tables of spreadsheets: a safe copy of the file, the sheet, the header and the cells.

calamine reads the cells. Before it does, the archive's directory and the sheet's markup are looked
through: what inflates too far, declares a document type or spreads over millions of empty cells is
refused, and cells without a value of their own (errors, formulas never computed) are found.
"""

from __future__ import annotations

import datetime as dt
import functools
import io
import lzma
import posixpath
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from xml.parsers import expat

import numpy as np
import pandas as pd
import python_calamine

from capacity.errors import Fault
from capacity.inputs.frames import count_of
from capacity.inputs.tables import LOOKED_AT, Header, Sought, Table, find_header

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

ZIPPED: Final = frozenset({".xlsx", ".xlsm"})
"""Spreadsheets that are archives of XML."""
BINARY: Final = frozenset({".xls", ".et"})
"""Spreadsheets of the older binary kind."""
SUFFIXES: Final = ZIPPED | BINARY
"""Suffixes of files that are read as spreadsheets."""
INFLATED: Final = 1 << 29
"""Bytes that a spreadsheet may inflate to."""
_RATIO: Final = 1000
_RATIO_FROM: Final = 1 << 24
CELLS: Final = 30_000_000
"""Cells that the used part of a sheet may have, empty ones counted."""
_OLE: Final = b"\xd0\xcf\x11\xe0"
_MEDIA: Final = ("xl/media/", "xl/drawings/", "xl/charts/", "xl/printerSettings/", "xl/embeddings/")

_DAMAGED: Final = (
    *(python_calamine.CalamineError, zipfile.BadZipFile, expat.ExpatError, KeyError),
    *(zlib.error, lzma.LZMAError, EOFError),
)
"""What the readers of archives and markup raise on a damaged file."""


class _RefusedError(Exception):
    """A spreadsheet that is not handed on to the reader."""

    def __init__(self, code: str, message: str, mend: str) -> None:
        self.code, self.message, self.mend = code, message, mend
        super().__init__(message)


@dataclass(slots=True)
class _Scan:
    """What the markup of a sheet tells and its values do not."""

    rows: int = 0
    columns: int = 0
    errors: list[tuple[int, int]] = field(default_factory=list)
    formulas: list[tuple[int, int]] = field(default_factory=list)
    uncomputed: list[tuple[int, int]] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    row: int = 0
    column: int = 0
    error: bool = False
    formula: bool = False
    value: bool = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        name = _local(tag)
        if name == "c":
            reference = attributes.get("r")
            self.column, self.row = _position(reference, self.column + 1, self.row)
            self.formula = self.value = False
            self.error = attributes.get("t") == "e"
        elif name == "row":
            self.row, self.column = int(attributes.get("r", self.row + 1)), 0
            if attributes.get("hidden") in {"1", "true"}:
                self.hidden.append(self.row)
        elif name == "f":
            self.formula = True

    def text(self, _: str) -> None:
        """Take note that there is text."""
        self.value = True

    def end(self, tag: str) -> None:
        """End an element: of a formula its own text, of a cell everything that it has."""
        name = _local(tag)
        if name == "f":
            self.value = False
        elif name == "c":
            if self.value:
                self.rows = max(self.rows, self.row)
                self.columns = max(self.columns, self.column)
            if self.error:
                self.errors.append((self.row, self.column))
            elif self.formula:
                (self.formulas if self.value else self.uncomputed).append((self.row, self.column))


def open_sheet(path: Path, sought: Sought, sheet: str | None) -> tuple[Table | None, list[Fault]]:
    """Find a sheet of a spreadsheet and its header.

    Parameters
    ----------
    path
        An existing .xlsx, .xlsm, .xls or .et file.
    sought
        What tells the header.
    sheet
        Name of the sheet; None takes the only one that has rows and is not hidden.

    Returns
    -------
    tuple
        The table, or None; and the faults.
    """
    try:
        parts, raw = _contents(path)
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw)) as book:
            return _open_in(book, parts, sought, sheet)
    except _RefusedError as refused:
        return None, [sought.fault(refused.code, refused.message, refused.mend)]
    except python_calamine.PasswordError:
        return None, [_locked(sought)]
    except NotImplementedError:
        return None, [_broken("packed in a way that few programs read, such as Deflate64", sought)]
    except _DAMAGED as error:
        return None, [_broken(str(error).splitlines()[0] if str(error) else "", sought)]
    except BaseException as error:
        # a panic of the reader on a file that is not what it says
        if type(error).__name__ != "PanicException":
            raise
        return None, [_broken("", sought)]


def _broken(reason: str, sought: Sought) -> Fault:
    why = f" ({reason})" if reason else ""
    return sought.fault(
        "file.cannot_open",
        f"is not a spreadsheet that can be read{why}.",
        "Open it in Excel or WPS and save it as .xlsx.",
    )


def _locked(sought: Sought) -> Fault:
    return sought.fault(
        "file.cannot_open",
        "is protected by a password.",
        "Save a copy without a password.",
    )


# --- the archive ----------------------------------------------------------------------------


def _contents(path: Path) -> tuple[Mapping[str, bytes], bytes]:
    """Give the parts of the archive and a copy of it that holds just what was looked through."""
    with path.open("rb") as stream:
        head = stream.read(len(_OLE))
    if path.suffix.lower() in BINARY and head != b"PK\x03\x04":
        if path.stat().st_size > INFLATED:
            raise _RefusedError("file.too_large", "is too large for a spreadsheet.", _AS_CSV)
        return {}, path.read_bytes()
    if head == _OLE:
        raise _RefusedError(
            "file.cannot_open",
            "is protected by a password, or an .xls with another suffix.",
            "Save a copy as .xlsx without a password.",
        )
    with zipfile.ZipFile(path) as archive:
        parts = _parts(archive)
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as safe:
        for name, content in parts.items():
            safe.writestr(name, content)
    return parts, copy.getvalue()


_AS_CSV: Final = "Save the sheet as CSV UTF-8."


def _parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Inflate the parts that hold tables, none further than its directory says."""
    entries = [
        info
        for info in archive.infolist()
        if not info.is_dir() and not info.filename.startswith(_MEDIA)
    ]
    names = [info.filename for info in entries]
    if len(set(names)) < len(names):
        raise _RefusedError(
            "file.unsafe", "holds two parts of one name.", "Open it in Excel and save it again."
        )
    total = sum(info.file_size for info in entries)
    packed = sum(info.compress_size for info in entries)
    if total > INFLATED or (total > _RATIO_FROM and total > _RATIO * max(packed, 1)):
        raise _RefusedError(
            "file.too_large",
            f"inflates from {packed:,} to {total:,} bytes: more than a table of units or facilities "
            "needs, as an archive made to fill the memory does.",
            f"Delete what is not the table. {_AS_CSV}",
        )
    if any(info.flag_bits & 1 for info in entries):
        raise _RefusedError("file.cannot_open", "is encrypted.", "Save a copy without a password.")
    # zipfile stops at the size of the directory and compares the checksum
    return {info.filename: archive.read(info) for info in entries}


def _parse(content: bytes, on_start: Any, on_end: Any = None, on_text: Any = None) -> None:
    """Walk through markup; a document type, which could hold entities, is refused."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = on_start
    parser.EndElementHandler = on_end
    parser.CharacterDataHandler = on_text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.buffer_text = True
    parser.Parse(content, True)  # noqa: FBT003  expat takes it by place


def _refuse_doctype(*_: object) -> None:
    raise _RefusedError(
        "file.unsafe",
        "has markup with a document type, which can hide other files or endless text.",
        "Open it in Excel or WPS and save it again.",
    )


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _sheet_parts(parts: Mapping[str, bytes]) -> tuple[dict[str, str], bool]:
    """Give the part of each sheet, and whether the workbook asks to be computed on opening."""
    ids: dict[str, str] = {}
    targets: dict[str, str] = {}
    stale = False

    def workbook(tag: str, attributes: dict[str, str]) -> None:
        nonlocal stale
        if _local(tag) == "sheet":
            link = next((v for k, v in attributes.items() if _local(k) == "id"), "")
            ids[attributes.get("name", "")] = link
        elif _local(tag) == "calcPr":
            stale = attributes.get("fullCalcOnLoad", "0") in {"1", "true"}

    def links(tag: str, attributes: dict[str, str]) -> None:
        if _local(tag) == "Relationship":
            target = attributes.get("Target", "")
            joined = target[1:] if target.startswith("/") else posixpath.join("xl", target)
            targets[attributes.get("Id", "")] = posixpath.normpath(joined)

    _parse(parts["xl/workbook.xml"], workbook)
    _parse(parts["xl/_rels/workbook.xml.rels"], links)
    return {name: targets.get(link, "") for name, link in ids.items()}, stale


def _scan(content: bytes) -> _Scan:
    """Look through the markup of a sheet."""
    scan = _Scan()
    _parse(content, scan.start, scan.end, scan.text)
    return scan


def _position(reference: str | None, column: int, row: int) -> tuple[int, int]:
    """Read the column and row of ``D17``; without one a cell stands right of the last."""
    if not reference:
        return column, row
    letters = reference.rstrip("0123456789")
    return _number(letters), int(reference[len(letters) :])


def _number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def letter(column: int) -> str:
    """Write the number of a column, counted from 1, as spreadsheets do.

    Examples
    --------
    >>> letter(1), letter(28)
    ('A', 'AB')
    """
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


# --- the sheet ------------------------------------------------------------------------------


def _open_in(
    book: python_calamine.CalamineWorkbook,
    parts: Mapping[str, bytes],
    sought: Sought,
    name: str | None,
) -> tuple[Table | None, list[Fault]]:
    sheets, stale = _sheet_parts(parts) if parts else ({}, False)
    scan_of = _scanned(book, parts, sheets)
    chosen, faults = _choose(book, scan_of, sought, name)
    if chosen is None:
        return None, faults
    sheet = book.get_sheet_by_name(chosen)
    cells = sheet.to_python(skip_empty_area=False)
    scan = scan_of(chosen)
    merges = _merges(sheet)
    first = [
        (row, list(map(cell_text, values)))
        for row, values in enumerate(cells, start=1)
        if any(value != "" for value in values)
    ][:LOOKED_AT]
    ranges = [(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in merges]
    header, more = find_header(first, sought, ranges)
    faults += more
    if header is None:
        return None, faults
    sheet_table = _Sheet(
        cells=cells, header=header, scan=scan, stale=stale, merges=merges, sought=sought
    )
    letters = {n: letter(c) for c, n in reversed(list(enumerate(header.names, start=1)))}
    return Table(header=header, read=sheet_table.read, letters=letters), faults


def _choose(
    book: python_calamine.CalamineWorkbook,
    scan_of: Callable[[str], _Scan],
    sought: Sought,
    name: str | None,
) -> tuple[str | None, list[Fault]]:
    """Take the sheet that is named, or the only one that has rows and is not hidden."""
    visible = python_calamine.SheetVisibleEnum.Visible
    plain = python_calamine.SheetTypeEnum.WorkSheet
    known = [meta.name for meta in book.sheets_metadata if meta.typ == plain]
    if name is not None and name not in known:
        message = f"has no sheet '{name}'. Sheets found: {', '.join(known)}."
        return None, [sought.fault("layer.missing", message, f"Correct {sought.key}.layer.")]
    shown = [m.name for m in book.sheets_metadata if m.typ == plain and m.visible == visible]
    filled = [one for one in ([name] if name is not None else shown) if scan_of(one).rows]
    if not filled:
        return None, [sought.fault("layer.empty", "the sheet is empty.", "Check the file.")]
    if len(filled) > 1:
        return None, [
            sought.fault(
                "layer.which",
                f"has several sheets: {', '.join(filled)}.",
                f"Say which with {sought.key}.layer.",
            )
        ]
    return filled[0], []


def _scanned(
    book: python_calamine.CalamineWorkbook, parts: Mapping[str, bytes], sheets: Mapping[str, str]
) -> Callable[[str], _Scan]:
    """Give what looks through a sheet by its name; of a binary file only its size is known."""

    @functools.cache
    def scan_of(name: str) -> _Scan:
        if not parts:
            return _Scan(rows=book.get_sheet_by_name(name).total_height)
        scan = _scan(parts[sheets[name]])
        if scan.rows * scan.columns > CELLS:
            raise _RefusedError(
                "file.too_large",
                f"sheet '{name}' reaches to cell {letter(scan.columns)}{scan.rows}: a stray cell far "
                "from the table.",
                "Delete the rows and columns beyond the table (Ctrl+End finds the stray cell).",
            )
        return scan

    return scan_of


_Merge = tuple[tuple[int, int], tuple[int, int]]


def _merges(sheet: python_calamine.CalamineSheet) -> list[_Merge]:
    return list(sheet.merged_cell_ranges or [])


def cell_text(value: object) -> str:
    """Write a cell as text, as it stands in the sheet: whole numbers without ``.0``.

    Examples
    --------
    >>> cell_text(410105001.0), cell_text(None)
    ('410105001', '')
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """An opened sheet."""

    cells: list[list[Any]]
    header: Header
    scan: _Scan
    stale: bool
    merges: list[_Merge]
    sought: Sought

    def read(self, wanted: Sequence[str]) -> tuple[pd.DataFrame, NDArray[np.int64], list[Fault]]:
        """Read the columns wanted as text."""
        places = {name: self.header.names.index(name) for name in dict.fromkeys(wanted)}
        body = self.cells[self.header.last :]
        rows = np.arange(self.header.last + 1, self.header.last + 1 + len(body), dtype=np.int64)
        kept = np.array([any(value != "" for value in row) for row in body], dtype=bool)
        columns = {
            name: pd.array(
                [cell_text(row[place]) if place < len(row) else "" for row in body], dtype="str"
            )
            for name, place in places.items()
        }
        frame = pd.DataFrame(columns, index=pd.RangeIndex(len(body)))
        frame, faults = self._filled(frame, places)
        faults += self._cell_faults(places)
        faults += self._hidden(rows[kept])
        return frame.loc[kept].reset_index(drop=True), rows[kept], faults

    def _filled(
        self, frame: pd.DataFrame, places: Mapping[str, int]
    ) -> tuple[pd.DataFrame, list[Fault]]:
        """Give every row of a cell merged down its value: the street's name over its rows."""
        faults = []
        for name, place in places.items():
            down = [
                (top - self.header.last, bottom - self.header.last)
                for (top, left), (bottom, _) in self.merges
                if left == place and bottom > top >= self.header.last
            ]
            if not down:
                continue
            values = frame[name].tolist()
            for top, bottom in down:
                stop = min(bottom + 1, len(values))
                values[top:stop] = [values[top]] * (stop - top)
            frame = frame.assign(**{name: pd.array(values, dtype="str")})
            at = [row for top, bottom in down for row in range(top, bottom + 1)]
            faults.append(
                Fault(
                    severity="info",
                    code="table.merged",
                    message=f"{count_of(len(down), 'merged cell')}: each row of them has the value.",
                    file=self.sought.file,
                    rows=tuple(self.header.last + 1 + row for row in at),
                    column=name,
                    count=len(at),
                )
            )
        return frame, faults

    def _cell_faults(self, places: Mapping[str, int]) -> list[Fault]:
        """Report cells without a value of their own: errors, and formulas never computed."""
        uncomputed = self.scan.uncomputed + (self.scan.formulas if self.stale else [])
        return [
            *self._at(
                self.scan.errors,
                places,
                "table.cell_error",
                "errors of formulas (such as #REF! or #N/A)",
                "Correct the formulas, or empty the cells where the value is not known.",
            ),
            *self._at(
                uncomputed,
                places,
                "table.formula",
                "formulas without a computed value",
                "Open the file in Excel or WPS, save it there, and try again.",
            ),
        ]

    def _at(
        self,
        cells: Sequence[tuple[int, int]],
        places: Mapping[str, int],
        code: str,
        what: str,
        mend: str,
    ) -> list[Fault]:
        faults = []
        for name, place in places.items():
            rows = [row for row, column in cells if column == place + 1 and row > self.header.last]
            if rows:
                shown = ", ".join(f"{letter(place + 1)}{row}" for row in rows[:3])
                more = f" and {len(rows) - 3} more" if len(rows) > 3 else ""  # noqa: PLR2004
                faults.append(
                    Fault(
                        severity="error",
                        code=code,
                        message=f"{what} in {count_of(len(rows), 'cell')}: {shown}{more}.",
                        mend=mend,
                        file=self.sought.file,
                        rows=tuple(rows),
                        column=name,
                        count=len(rows),
                    )
                )
        return faults

    def _hidden(self, rows: NDArray[np.int64]) -> list[Fault]:
        hidden = rows[np.isin(rows, self.scan.hidden)]
        if not len(hidden):
            return []
        return [
            Fault(
                severity="warning",
                code="table.hidden_rows",
                message=f"{count_of(len(hidden), 'hidden row')} read like the others.",
                mend="Delete them if they are not meant, or keep rows with where.",
                file=self.sought.file,
                rows=tuple(hidden.tolist()),
                count=len(hidden),
            )
        ]
