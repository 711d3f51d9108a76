"""A city's own .xlsx form, filled by the names of its cells.

Whoever makes the form gives cells names in Excel or WPS: ``cap_…`` for a figure of the whole area,
``cap_rows_street`` for the rows of the units, ``cap_col_…`` for a column of figures. Values are
looked up and written; everything else in the form stays. All that is wrong with a form is said at
once, and then nothing is written.
"""

from __future__ import annotations

import difflib
import io
import re
import secrets
import warnings
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from capacity.assess.summary import bound_in
from capacity.errors import Fault, InputError, missing_extra
from capacity.inputs.sheets import INFLATED
from capacity.report import labels
from capacity.report.fields import PEOPLE_FIELDS, UNIT_FIELDS
from capacity.report.labels import label
from capacity.report.layers import unit_table
from capacity.report.text import clean
from capacity.report.view import known_part, look
from capacity.vocabulary import TIER_OF, TIERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from openpyxl.cell import Cell
    from openpyxl.workbook import Workbook
    from openpyxl.workbook.defined_name import DefinedName
    from openpyxl.worksheet.worksheet import Worksheet

    from capacity.assess.result import Assessment
    from capacity.report.fields import Field, FieldGroup
    from capacity.report.labels import Language
    from capacity.report.view import Row

_PREFIX: Final = "cap_"
_ROWS: Final = "rows_"
_COLUMN: Final = "col_"
_AGAIN: Final = re.compile(r"\.\d+$")
_LOST: Final = ("xl/drawings/drawing", "xl/charts/", "xl/media/", "xl/embeddings/", "xl/ctrlProps/")
_ESCAPE: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_SPACES: Final = re.compile(r"\s+")
_MANY: Final = 5
_AS_XLSX: Final = "Open it in Excel or WPS and save it as .xlsx (Excel 工作簿), without a password."


@dataclass(frozen=True, slots=True)
class _Place:
    """A name of the form: what it asks for, and where."""

    name: str
    word: str
    sheet: Worksheet
    cells: tuple[tuple[Cell, ...], ...]

    @property
    def cell(self) -> Cell:
        return self.cells[0][0]

    @property
    def where(self) -> str:
        return f"{self.sheet.title}!{self.cell.coordinate}"


@dataclass(frozen=True, slots=True)
class _Value:
    """What a cell gets: a value, and the sign that its number format puts before it."""

    value: Any
    sign: str = ""


class _Answers:
    """What an assessment can say of the whole area and of each unit, by word."""

    def __init__(self, result: Assessment, language: Language) -> None:
        units, groups = unit_table(result)
        self.language = language
        self.units = units.set_index("unit_code", drop=False)
        self.root = result.area.code
        self.groups = {field.name: group for group in groups for field in group.fields()}
        self.view = look(result)
        self.shown = {(group.norm.id, group.measure): group for group in self.view.groups}
        fixed = [field for field in (*UNIT_FIELDS, *PEOPLE_FIELDS) if field.name in units.columns]
        found = [field for group in groups for field in group.fields()]
        self.fields: dict[str, Field] = {field.name: field for field in (*fixed, *found)}
        self.area = {
            "area_name": clean(result.area.name),
            "area_code": clean(result.area.code),
            "data_date": result.area.data_date,
            "norms_date": result.norms.on,
        }

    def of_tier(self, tier: str) -> pd.DataFrame:
        """Units of a tier, the root apart, sorted by code."""
        wanted = (self.units["unit_type"].map(TIER_OF) == tier) & (self.units.index != self.root)
        rows: pd.DataFrame = self.units[wanted].sort_index()
        return rows

    def of_area(self, word: str) -> _Value:
        if word in self.area:
            return _Value(self.area[word])
        return self.of_unit(self.root, word)

    def of_unit(self, code: str, word: str) -> _Value:
        """Look up a value; say why where there is none, as the workbook does."""
        field, value = self.fields[word], self.units.at[code, word]
        group = self.groups.get(word)
        row = None if group is None else self._row(code, group)
        if pd.isna(value):
            known = None if row is None else known_part(row, field.source)
            return _Value(self._mark(code, group)) if known is None else self._known(known)
        if not field.numeric:
            shown = label(field.values[value], self.language) if value in field.values else value
            return _Value(clean(shown))
        bound = "exact" if row is None else bound_in(row, field.source)
        return _Value(float(value), label(labels.MARKS[bound], self.language))

    def _row(self, code: str, group: FieldGroup) -> Row | None:
        return self.view.row(code, self.shown[group.norm.id, group.measure], group.rollup)

    def _known(self, value: float) -> _Value:
        return _Value(value, label(labels.MARKS["known_only"], self.language))

    def _mark(self, code: str, group: FieldGroup | None) -> str:
        if group is None:
            return labels.NO_DATA
        row = self.units.loc[code]
        partial = "bound" in group.columns and row[group.name("bound")] in {
            "at_least",
            "known_only",
        }
        missing = row[group.name("status")] == "no_data" or partial
        return labels.NO_DATA if missing else labels.NOT_APPLICABLE

    def is_judged(self, word: str, codes: Iterable[str]) -> bool:
        """Whether any of the units has a finding behind a word."""
        group = self.groups.get(word)
        if group is None:
            return True
        return bool(self.units.loc[list(codes), group.name("status")].notna().any())

    def instead(self, word: str, codes: Iterable[str]) -> list[str]:
        """List the same norm's words that units have: another rollup, as a rule."""
        group, wanted = self.groups[word], list(codes)
        column = self.fields[word].source
        return [
            name
            for name, other in self.groups.items()
            if (other.norm.id, other.measure) == (group.norm.id, group.measure)
            and self.fields[name].source == column
            and self.is_judged(name, wanted)
        ]


def fill_template(
    result: Assessment, template: str | Path, path: str | Path, *, language: Language = "zh"
) -> Path:
    """Fill a form whose cells have names, and write it.

    Parameters
    ----------
    result
        What ``assess`` gave.
    template
        The form, an .xlsx file; it is read, never changed.
    path
        File to write, in a folder that is there; replaced if it is there itself.
    language
        ``zh`` or ``en``, of statuses and other words that are filled in.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    InputError
        If the form cannot be filled as it is; every fault is listed, and nothing is written.
    MissingExtraError
        Without openpyxl.
    """
    form, target = Path(template), Path(path)
    book = check_template(form)
    faults = _check_target(form, target)
    answers = _Answers(result, language)
    places, found = _places(book)
    writing: list[tuple[Cell, _Value]] = []
    faults += found
    for fault_or_cell in _plan(places, answers):
        if isinstance(fault_or_cell, Fault):
            faults.append(fault_or_cell)
        else:
            writing.append(fault_or_cell)
    faults += _occupied(cell for cell, _ in writing)
    if not places and not found:
        faults.append(_no_names())
    if faults:
        raise InputError(
            f"{form.name} cannot be filled:", [replace(f, file=form.name) for f in faults]
        )
    for cell, value in writing:
        _write(cell, value)
    _save(book, target)
    return target


def check_template(template: str | Path) -> Workbook:
    """Open a form, refusing what could not be given back whole.

    Parameters
    ----------
    template
        The form.

    Returns
    -------
    Workbook
        As openpyxl reads it.

    Raises
    ------
    InputError
        If it is not an .xlsx file, is protected, or holds what would be lost.
    MissingExtraError
        Without openpyxl.
    """
    try:
        import openpyxl
    except ImportError:
        raise missing_extra("template", "A form of your own") from None
    form = Path(template)
    faults = _check_archive(form)
    if not faults:
        try:
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                book = openpyxl.load_workbook(form, rich_text=True)
        except Exception as error:  # noqa: BLE001  # whatever a damaged file makes of the reader
            faults = [_cannot_open(f"is not a workbook that can be read ({type(error).__name__}).")]
        else:
            faults = [*_protected(book), *_extensions(str(one.message) for one in said)]
    if faults:
        raise InputError(
            f"{form.name} cannot be filled:", [replace(f, file=form.name) for f in faults]
        )
    return book


# --- the file -----------------------------------------------------------------------------


def _fault(code: str, message: str, mend: str, *, item: str = "") -> Fault:
    return Fault(severity="error", code=code, message=message, mend=mend, item=item)


def _cannot_open(message: str) -> Fault:
    return _fault("template.cannot_open", message, _AS_XLSX)


def _check_archive(form: Path) -> list[Fault]:
    if not form.is_file():
        return [_fault("template.cannot_open", "there is no such file.", "Check the path.")]
    if form.suffix.lower() != ".xlsx":
        what = "holds macros" if form.suffix.lower() == ".xlsm" else "is not an .xlsx file"
        return [_cannot_open(f"{what}.")]
    try:
        with zipfile.ZipFile(form) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError):
        return [_cannot_open("is not an .xlsx inside, or is protected by a password.")]
    if sum(entry.file_size for entry in entries) > INFLATED:
        return [_cannot_open("inflates to more than a form can hold.")]
    lost = sorted({e.filename for e in entries if e.filename.startswith(_LOST)})
    return [_would_be_lost(f"pictures, charts or drawings ({', '.join(lost[:_MANY])})")] * bool(
        lost
    )


def _would_be_lost(what: str) -> Fault:
    return _fault(
        "template.would_be_lost",
        f"holds what filling would not keep: {what}.",
        "Delete it from a copy of the form, fill the copy, and put it back afterwards.",
    )


def _extensions(said: Iterable[str]) -> Iterator[Fault]:
    for message in sorted(set(said)):
        if "will be removed" in message or "not supported" in message:
            yield _would_be_lost(clean(message))


def _protected(book: Workbook) -> Iterator[Fault]:
    sheets = [sheet.title for sheet in book.worksheets if sheet.protection.sheet]
    locked = book.security is not None and book.security.lockStructure
    if sheets or locked:
        where = f"sheets {', '.join(sheets)}" if sheets else "its structure"
        yield _fault(
            "template.protected",
            f"is protected ({clean(where)}).",
            "Take the protection off (审阅 › 撤销工作表保护, 撤销工作簿保护) in a copy, and protect what "
            "was filled.",
        )


def _check_target(form: Path, target: Path) -> list[Fault]:
    if not target.absolute().parent.is_dir():
        return [
            _fault(
                "output.no_parent",
                f"there is no folder {target.parent} to write it in.",
                "Make it first, or check the path.",
            )
        ]
    if target.suffix.lower() != ".xlsx":
        return [_fault("template.output", f"{target.name} is no .xlsx file.", "End it in .xlsx.")]
    if target.exists() and target.samefile(form):
        message = "would be replaced by what is filled in."
        return [_fault("template.output", message, "Write to another file.")]
    return []


def _save(book: Workbook, target: Path) -> None:
    """Write beside the target and rename, so that a failure leaves an earlier file as it was."""
    book.calculation.fullCalcOnLoad = True
    stream = io.BytesIO()
    book.save(stream)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        draft.write_bytes(stream.getvalue())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


# --- the names ----------------------------------------------------------------------------


def _no_names() -> Fault:
    return _fault(
        "template.no_names",
        f"has no cell with a name that begins with {_PREFIX}.",
        "Give cells names: click a cell, write such as cap_area_name into the name box left of the "
        "formula bar, and press Enter.",
    )


def _places(book: Workbook) -> tuple[list[_Place], list[Fault]]:
    """Find every name of ours, in the workbook and in each sheet."""
    places: list[_Place] = []
    faults: list[Fault] = []
    scopes: list[Mapping[str, DefinedName]] = [book.defined_names]
    scopes += [sheet.defined_names for sheet in book.worksheets]
    for names in scopes:
        for name, defined in names.items():
            if not name.casefold().startswith(_PREFIX):
                continue
            place = _place(book, name, defined)
            if place is None:
                faults.append(
                    _fault(
                        "template.reference",
                        f"the name {name} does not point at cells of one sheet ({defined.attr_text}).",
                        "Delete it in the name manager (公式 › 名称管理器), or let it point at a cell.",
                        item=name,
                    )
                )
            else:
                places.append(place)
    return places, faults


def _place(book: Workbook, name: str, defined: DefinedName) -> _Place | None:
    text = defined.attr_text or ""
    if "#REF!" in text or "[" in text or not re.search(r"![$A-Za-z0-9:]+$", text):
        return None
    areas = list(defined.destinations)
    if len(areas) != 1 or areas[0][0] not in book.sheetnames:
        return None
    sheet = book[areas[0][0]]
    reference = areas[0][1].replace("$", "")
    if not re.fullmatch(r"[A-Za-z]+\d+(:[A-Za-z]+\d+)?", reference):
        return None
    found = sheet[reference]
    cells = found if isinstance(found, tuple) else ((found,),)
    word = _AGAIN.sub("", name.casefold()[len(_PREFIX) :])
    return _Place(name, word, sheet, cells)


def _plan(places: list[_Place], answers: _Answers) -> Iterator[Fault | tuple[Cell, _Value]]:
    """Say what goes into which cell, and what is wrong."""
    blocks = [place for place in places if place.word.startswith(_ROWS)]
    rows: dict[str, list[dict[int, str]]] = {}
    for block in blocks:
        matched: dict[int, str] = {}
        yield from _rows(block, answers, matched)
        rows.setdefault(block.sheet.title, []).append(matched)
    for place in places:
        if place.word.startswith(_ROWS):
            continue
        if place.word.startswith(_COLUMN):
            yield from _column(place, rows.get(place.sheet.title, []), answers)
        else:
            yield from _single(place, answers)


def _single(place: _Place, answers: _Answers) -> Iterator[Fault | tuple[Cell, _Value]]:
    word = place.word
    if word not in answers.area and word not in answers.fields:
        yield _unknown(place, word, [*answers.area, *answers.fields])
    elif word not in answers.area and not answers.is_judged(word, [answers.root]):
        yield _not_judged(place, word, "the whole area", [answers.root], answers)
    else:
        yield place.cell, answers.of_area(word)


def _column(
    place: _Place, blocks: list[dict[int, str]], answers: _Answers
) -> Iterator[Fault | tuple[Cell, _Value]]:
    word = place.word.removeprefix(_COLUMN)
    if len(blocks) != 1:
        yield _fault(
            "template.no_rows",
            f"the name {place.name} ({place.where}) needs one block of rows on its sheet; "
            f"there are {len(blocks)}.",
            "Select the cells of the units, one below the other, and name them cap_rows_street (or "
            "cap_rows_community, cap_rows_district); one block on a sheet.",
            item=place.name,
        )
    elif word not in answers.fields:
        yield _unknown(place, word, list(answers.fields))
    elif blocks[0] and not answers.is_judged(word, blocks[0].values()):
        yield _not_judged(place, word, "these units", blocks[0].values(), answers)
    else:
        for row, code in blocks[0].items():
            cell = place.sheet.cell(row, place.cell.column)
            yield cell, answers.of_unit(code, word)


def _unknown(place: _Place, word: str, known: list[str]) -> Fault:
    near = difflib.get_close_matches(word, known, n=1)
    hint = f"Perhaps {place.name[: -len(word)]}{near[0]}. " if near and word else ""
    return _fault(
        "template.unknown_name",
        f"the name {place.name} ({clean(place.where)}) asks for {word or 'nothing'}, which this "
        "assessment does not have.",
        f"{hint}layers/dictionary.csv lists what there is in its column field.",
        item=place.name,
    )


def _not_judged(
    place: _Place, word: str, whom: str, codes: Iterable[str], answers: _Answers
) -> Fault:
    others = answers.instead(word, codes)
    head = place.name[: len(place.name) - len(word)]
    named = ", ".join(f"{head}{other} ({answers.fields[other].zh})" for other in others)
    mend = f"Use {named}." if others else "Take the name away, or use it for other units."
    return _fault(
        "template.unknown_name",
        f"{place.name} ({clean(place.where)}): {answers.fields[word].zh} is not judged of {whom}.",
        mend,
        item=place.name,
    )


# --- the rows of units --------------------------------------------------------------------


def _rows(
    block: _Place, answers: _Answers, matched: dict[int, str]
) -> Iterator[Fault | tuple[Cell, _Value]]:
    """Match the rows of a block to units: by what stands in them, or in order if they are empty."""
    from openpyxl.cell.cell import MergedCell

    tier = block.word.removeprefix(_ROWS)
    if tier not in TIERS:
        yield _unknown(block, tier, list(TIERS))
        return
    if len(block.cells[0]) != 1:
        yield _fault(
            "template.reference",
            f"the name {block.name} ({clean(block.where)}) covers {len(block.cells[0])} columns.",
            "Let it cover one column: the cells that hold the units' names or codes.",
            item=block.name,
        )
        return
    units = answers.of_tier(tier)
    cells = [row[0] for row in block.cells if not isinstance(row[0], MergedCell)]
    filled = [cell for cell in cells if _plain(cell.value)]
    if filled:
        yield from _by_name(block, filled, units, matched)
        return
    if len(units) > len(cells):
        yield _fault(
            "template.rows",
            f"{block.name} ({clean(block.where)}) has {len(cells)} rows for {len(units)} units.",
            f"Add {len(units) - len(cells)} rows within the block and let the name cover them.",
            item=block.name,
        )
        return
    for cell, (code, name) in zip(
        cells, zip(units["unit_code"], units["unit_name"], strict=True), strict=False
    ):
        matched[cell.row] = str(code)
        yield cell, _Value(clean(name))


def _by_name(
    block: _Place, cells: list[Cell], units: pd.DataFrame, matched: dict[int, str]
) -> Iterator[Fault]:
    names = {str(c): _plain(n) for c, n in zip(units["unit_code"], units["unit_name"], strict=True)}
    for cell in cells:
        text = _plain(cell.value)
        found = _candidates(text, names)
        where = f"{block.sheet.title}!{cell.coordinate}"
        if len(found) == 1 and found[0] not in matched.values():
            matched[cell.row] = found[0]
            continue
        if not found:
            said = "is no unit of this tier"
            mend = "Write the unit's code or name; leave total rows out of the block."
        elif len(found) > 1:
            said = f"could be {', '.join(found[:_MANY])}"
            mend = "Write the code of the unit in this cell."
        else:
            said = f"is {found[0]}, which an earlier row is already"
            mend = "Give each unit one row."
        yield _fault(
            "template.unknown_unit",
            f"{clean(where)}: {clean(text)} {said}.",
            mend,
            item=block.name,
        )
    absent = [f"{code} {names[code]}" for code in names if code not in matched.values()]
    if absent:
        more = f" and {len(absent) - _MANY} more" if len(absent) > _MANY else ""
        yield _fault(
            "template.rows",
            f"{block.name} has no row for {', '.join(clean(a) for a in absent[:_MANY])}{more}.",
            "Add a row for each within the block, so that totals of the form are those of the area.",
            item=block.name,
        )


def _candidates(text: str, names: Mapping[str, str]) -> list[str]:
    """Find the units that a text may mean: by code, by name, by name with or without its region."""
    if text in names:
        return [text]
    exact = [code for code, name in names.items() if name == text]
    longer = [c for c, name in names.items() if name.endswith(text) or text.endswith(name)]
    return exact or longer


def _plain(value: object) -> str:
    """Text of a cell without spaces; a code that a spreadsheet made a number has no decimals."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _SPACES.sub("", "" if value is None else str(value))


# --- the cells ----------------------------------------------------------------------------


def _occupied(cells: Iterable[Cell]) -> Iterator[Fault]:
    from openpyxl.cell.cell import MergedCell

    seen: set[tuple[str, str]] = set()
    for cell in cells:
        where = f"{cell.parent.title}!{cell.coordinate}"
        key = (cell.parent.title, cell.coordinate)
        if isinstance(cell, MergedCell):
            what = "is inside a merged cell"
            mend = "Name the first cell of the merged ones, or split them."
        elif cell.data_type == "f":
            what = "holds a formula"
            mend = "Take the formula out of this cell, or the cell out of what is filled."
        elif key in seen:
            what = "would be filled twice"
            mend = "Keep one of the names that point at it."
        else:
            seen.add(key)
            continue
        yield _fault("template.occupied", f"{clean(where)} {what}.", mend)


def _write(cell: Cell, value: _Value) -> None:
    """Put a value into a cell, text always as text; the format stays, but for the sign of a bound."""
    if isinstance(value.value, str):
        cell.value = _ESCAPE.sub("_x005F_", value.value)
        cell.data_type = "s"
        return
    cell.value = value.value
    if value.sign:
        cell.number_format = _signed(cell.number_format, value.sign)


def _signed(number_format: str, sign: str) -> str:
    """Put a sign before a number format.

    Examples
    --------
    >>> _signed("#,##0;-#,##0", "≥"), _signed("@", "≤")
    ('"≥"#,##0;-#,##0', '"≤"General')
    """
    return f'"{sign}"' + ("General" if number_format == "@" else number_format)
