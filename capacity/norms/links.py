"""What shows only across norm files: ids used twice, and ids that point at one another."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from capacity.norms.files import Contents, file_fault
from capacity.norms.model import KIND_RULES, Norm

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from capacity.errors import Fault
    from capacity.norms.reading import Document, Entry


def link_faults(contents: Contents) -> list[Fault]:
    """Find everything wrong with norm files, one by one and together.

    Parameters
    ----------
    contents : Contents
        What all of them hold.

    Returns
    -------
    list of Fault
        In the order of files and lines.
    """
    faults = [
        *contents.faults,
        *_file_faults(contents.files),
        *_document_faults(contents.documents),
        *_name_faults(contents.entries),
        *_size_faults(contents.entries),
        *_series_faults(contents.entries),
        *_baseline_faults(contents.entries),
    ]
    return sorted(faults, key=lambda fault: (fault.file, fault.rows))


def _file_faults(files: Sequence[tuple[str, str]]) -> Iterator[Fault]:
    seen: set[str] = set()
    for name, _ in files:
        if name in seen:
            message, mend = "Two norm files have this name.", "Rename yours, or name it once."
            yield file_fault("duplicate_file", message, mend, file=name)
        seen.add(name)


def _document_faults(documents: Sequence[Document]) -> Iterator[Fault]:
    ids: dict[str, Document] = {}
    cities: dict[str, Document] = {}
    for document in documents:
        if document.id in ids:
            message = f"The document id is already taken by {ids[document.id].file}."
            mend = "Give each document its own id."
            yield _document_fault(document, "duplicate_id", message, mend, column="id")
        ids.setdefault(document.id, document)
        first = cities.setdefault(document.city, document)
        if (first.city_zh, first.city_en) != (document.city_zh, document.city_en):
            message = (
                f'The city "{document.city}" is called {first.city_zh}, {first.city_en} '
                f"in {first.file}."
            )
            mend = "Use the same names."
            yield _document_fault(document, "mismatch", message, mend, column="city")


def _document_fault(
    document: Document, code: str, message: str, mend: str, *, column: str
) -> Fault:
    return file_fault(
        code,
        message,
        mend,
        file=document.file,
        lines=(document.line,),
        column=column,
        item=document.id,
    )


def _name_faults(entries: Sequence[Entry]) -> Iterator[Fault]:
    """Find ids used twice: as a norm, a series or another clause that says the same."""
    taken: dict[str, tuple[str, int]] = {}
    for entry in entries:
        for name, line in entry.names:
            if name in taken:
                file, where = taken[name]
                yield file_fault(
                    "duplicate_id",
                    f"The id is already taken in {file}, row {where}.",
                    "Nothing is replaced: choose another id, or remove one of the two.",
                    file=entry.file,
                    lines=(line,),
                    column="id",
                    item=name,
                )
            elif name:
                taken[name] = (entry.file, line)


def _size_faults(entries: Sequence[Entry]) -> Iterator[Fault]:
    kinds = {name: entry.kind for entry in entries for name, _ in entry.ids}
    sizes = {norm.id: norm for entry in entries for norm in entry.norms}
    known = [name for name, kind in kinds.items() if kind == "minimum_size"]
    for entry in entries:
        if not entry.sized_by:
            continue
        if entry.sized_by not in kinds:
            wrong = "which no file has"
            mend = closest(entry.sized_by, known)
        elif kinds[entry.sized_by] != "minimum_size":
            wrong = f'which is of the kind "{kinds[entry.sized_by]}"'
            mend = 'Point it at a norm of the kind "minimum_size".'
        elif entry.norms and entry.sized_by in sizes:
            wrong, mend = _size_mismatch(entry.norms, sizes[entry.sized_by])
        else:
            continue
        if wrong:
            yield file_fault(
                "bad_minimum_size",
                f'"minimum_size" points at "{entry.sized_by}", {wrong}.',
                mend,
                file=entry.file,
                lines=(entry.sized_line,),
                column="minimum_size",
                item=entry.id,
            )


def _size_mismatch(norms: Sequence[Norm], size: Norm) -> tuple[str, str]:
    """Say why a size cannot be that of these norms; empty where it can."""
    units = KIND_RULES[norms[0].kind].sized_in
    start = min(norm.effective_from for norm in norms)
    if size.city != norms[0].city:
        return f'which is a norm of "{size.city}"', "Point it at a norm of the same city."
    if size.unit not in units:
        quoted = " or ".join(f'"{unit}"' for unit in units)
        return f'whose unit is "{size.unit}"', f"Point it at a norm in {quoted}."
    if size.effective_from > start:
        mend = f"Point it at one that is in force by {start}."
        return f"which is in force only from {size.effective_from}", mend
    return "", ""


def _series_faults(entries: Sequence[Entry]) -> Iterator[Fault]:
    """Check entries that say they are stages of another one."""
    by_id = {entry.id: entry for entry in entries}
    for entry in entries:
        if not entry.series or entry.series == entry.id:
            continue
        first = by_id.get(entry.series)
        if first is None:
            wrong, mend = "which no file has", closest(entry.series, by_id)
        elif first.series not in ("", first.id):
            wrong = f'which is itself a stage of "{first.series}"'
            mend = f'Write "series: {first.series}".'
        else:
            wrong, mend = _series_mismatch(entry.norms, first.norms)
        if wrong:
            yield file_fault(
                "bad_series",
                f'"series" points at "{entry.series}", {wrong}.',
                mend,
                file=entry.file,
                lines=(entry.series_line,),
                column="series",
                item=entry.id,
            )


def _series_mismatch(later: Sequence[Norm], first: Sequence[Norm]) -> tuple[str, str]:
    """Say why two entries cannot be one series; empty where they can."""
    if not later or not first:
        return "", ""
    for key in ("city", "role", "kind", "unit", "base"):
        there, here = getattr(first[0], key), getattr(later[0], key)
        if there != here:
            return f'whose {key} is "{there}"', f'Stages have one {key}; here it is "{here}".'
    taken = {_day(norm) for norm in first}
    for norm in later:
        if _day(norm) in taken:
            return f"which has a value of the date {_day(norm)}", "Keep one, or correct a date."
    return "", ""


def _day(norm: Norm) -> dt.date:
    return norm.by or norm.effective_from


def _baseline_faults(entries: Sequence[Entry]) -> Iterator[Fault]:
    kinds = {name: entry.kind for entry in entries for name, _ in entry.names}
    known = [name for name, kind in kinds.items() if kind != "baseline"]
    for entry in entries:
        if not entry.starts or entry.starts in known:
            continue
        wrong = "which is an observed value too" if entry.starts in kinds else "which no file has"
        yield file_fault(
            "bad_baseline",
            f'"baseline_of" points at "{entry.starts}", {wrong}.',
            closest(entry.starts, known),
            file=entry.file,
            lines=(entry.starts_line,),
            column="baseline_of",
            item=entry.id,
        )


def closest(name: str, known: Iterable[str]) -> str:
    """Say which id was probably meant.

    Parameters
    ----------
    name : str
        What was written.
    known : iterable of str
        Every id.

    Returns
    -------
    str
        A sentence.

    Examples
    --------
    >>> closest("newtown.sise", ["newtown.size"])
    'Did you mean "newtown.size"?'
    """
    close = get_close_matches(name, list(known), n=1)
    return f'Did you mean "{close[0]}"?' if close else "load_catalogue().norms has every id."
