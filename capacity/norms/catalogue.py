"""The catalogue: every norm of every document, and the selection for a city and a date.

Third and last step of the norms floor: `load_catalogue` puts the shipped files and a planner's
own together and checks what only shows across files; `load_norms` picks what is due on a date
and what comes next. The format of the files is described in ``docs/norms.md``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files as package_files
from itertools import groupby
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from capacity.errors import Fault, NormError
from capacity.norms.model import KIND_RULES, Norm, NormSet
from capacity.norms.reading import (
    Document,
    Entry,
    parse_date,
    read_entries,
    read_head,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pandas as pd

NormFiles: TypeAlias = "str | PathLike[str] | Iterable[str | PathLike[str]]"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every norm of the files read, checked and sorted by id.

    Attributes
    ----------
    norms
        One per stage, whatever its date, ``minimum_size`` resolved.
    documents
        The source documents, sorted by id.
    files
        Name and SHA-256 of every norm file, sorted by name.
    """

    norms: tuple[Norm, ...]
    documents: tuple[Document, ...]
    files: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        """Say how much there is, not all of it."""
        cities = ", ".join(_cities(self.documents))
        return f"<Catalogue: {len(self.norms)} norms, {len(self.documents)} documents ({cities})>"

    def find(self, norm_id: str) -> Norm:
        """Find a norm by its id, or by the id of another clause that says the same.

        Parameters
        ----------
        norm_id : str
            An id of the catalogue or of a source in ``also``.

        Returns
        -------
        Norm
            The norm that carries the id.

        Raises
        ------
        NormError
            If no norm has the id; the message names the nearest.

        Examples
        --------
        >>> norm = load_catalogue().find("zhengzhou.sports.fitness_circle_minutes")
        >>> print(norm.comparator, norm.value, norm.unit)
        <= 15 minutes
        >>> load_catalogue().find("zhengzhou.plan2023.childcare.places_per_thousand_2023").id
        'zhengzhou.childcare.places_per_thousand_2023'
        """
        named = {source.inventory_id: norm for norm in self.norms for source in norm.also}
        named |= {norm.id: norm for norm in self.norms}
        if norm_id in named:
            return named[norm_id]
        raise NormError(f'No norm has the id "{norm_id}". {_closest(norm_id, named)}')

    def select(self, city: str, *, on: dt.date | str) -> NormSet:
        """Select the norms of a city on a date: what is due, and what comes next.

        A norm counts from its ``effective_from`` on. Of a series, the stage with the latest
        ``by`` on or before the date is due (the day itself counts), the stage with the earliest
        ``by`` after it is next, and the others are left out. A norm without ``by`` is due from
        ``effective_from``. Sizes that another norm of the catalogue is paired with are not
        selected by themselves: they come as the ``minimum_size`` of that norm.

        Parameters
        ----------
        city : str
            Id, Chinese or English name of the city.
        on : date or str
            The date, as a date or as ``YYYY-MM-DD``.

        Returns
        -------
        NormSet
            Sorted by id; ``also`` names only documents that exist on the date.

        Raises
        ------
        NormError
            If the city is unknown, the date is not one, or nothing of the city is in force yet.

        Examples
        --------
        >>> chosen = load_catalogue().select("郑州", on="2023-12-31")
        >>> for norm in chosen.norms:
        ...     if norm.series == "zhengzhou.childcare.places_per_thousand":
        ...         print(norm.stage, norm.value, norm.by)
        next 6 2025-12-31
        due 4 2023-12-31
        """
        day = _as_date(on)
        city_id = _city_id(city, self.documents)
        norms = [norm for norm in self.norms if norm.city == city_id]
        first = min(norm.effective_from for norm in norms)
        if day < first:
            raise NormError(
                f'No norm of "{city_id}" is in force on {day}. Choose {first} or a later date.'
            )
        paired = {norm.minimum_size_id for norm in norms}
        chosen = (
            norm
            for _, series in groupby(sorted(norms, key=_series_of), key=_series_of)
            for norm in pick_stages(tuple(series), on=day)
            if norm.id not in paired
        )
        return NormSet(
            norms=tuple(sorted((_known_on(norm, day) for norm in chosen), key=_by_id)),
            city=city_id,
            on=day,
            files=self.files,
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the catalogue as a table for reading.

        Returns
        -------
        DataFrame
            One row per norm, sorted by id. ``value`` and ``minimum_size`` are ``float64`` (the
            exact decimals are in ``norms``), dates ``datetime64``, everything else text; lists
            are joined with ``;``.

        Examples
        --------
        >>> frame = load_catalogue().to_frame()
        >>> frame.loc[frame["kind"] == "coverage_radius", ["value", "unit"]].to_numpy().tolist()
        [[300.0, 'm']]
        """
        import pandas as pd

        frame = pd.DataFrame([_row(norm) for norm in self.norms])
        dates = dict.fromkeys(("effective_from", "by", "document_date"), "datetime64[s]")
        return frame.astype({"value": "float64", "minimum_size": "float64", **dates})


def load_catalogue(files: NormFiles | None = None) -> Catalogue:
    """Load the norms of every shipped document, and of a planner's own files.

    Parameters
    ----------
    files : path or iterable of paths, optional
        Path or paths of norm files to add; the format is described in ``docs/norms.md``. Nothing
        is replaced: an id that is already there is a fault.

    Returns
    -------
    Catalogue
        All norms, sorted by id.

    Raises
    ------
    NormError
        If a file cannot be read or is faulty; ``faults`` has everything found wrong at once,
        each with file, line, norm id and key.

    Examples
    --------
    >>> [name for name, sha256 in load_catalogue().files]
    ['zhengzhou-2022-public-services.yaml', 'zhengzhou-2023-elderly-and-children.yaml']
    """
    paths = _as_paths(files)
    return _catalogue(_shipped(), _own(paths)) if paths else _shipped_catalogue()


def load_norms(city: str, *, on: dt.date | str, extra: NormFiles | None = None) -> NormSet:
    """Load the norms of a city on a date: what is due, and what comes next.

    Same as ``load_catalogue(extra).select(city, on=on)``; see `Catalogue.select` for the rule.

    Parameters
    ----------
    city : str
        Id, Chinese or English name of the city.
    on : date or str
        The date, as a date or as ``YYYY-MM-DD``.
    extra : path or iterable of paths, optional
        Path or paths of the planner's own norm files.

    Returns
    -------
    NormSet
        Sorted by id.

    Raises
    ------
    NormError
        If a file is faulty, the city is unknown, the date is not one, or nothing of the city is
        in force yet.

    Examples
    --------
    >>> norms = load_norms("zhengzhou", on="2025-12-31").norms
    >>> [str(norm.value) for norm in norms if norm.unit == "places per 1000 persons"]
    ['6', '6']
    """
    return load_catalogue(extra).select(city, on=on)


def pick_stages(series: Sequence[Norm], *, on: dt.date) -> tuple[Norm, ...]:
    """Pick the stage of one series that is due on a date and the one that comes next.

    Due is the latest date on or before ``on``, next the earliest after it, among the stages in
    force. The date of a stage is its ``by``, or ``effective_from`` where it has none.

    Parameters
    ----------
    series : sequence of Norm
        The stages, in any order.
    on : date
        The date.

    Returns
    -------
    tuple of Norm
        None, one or two norms, due before next, with ``stage`` set.

    Examples
    --------
    >>> stages = [n for n in load_catalogue().norms if n.series.endswith("places_per_thousand")]
    >>> [(n.stage, str(n.value)) for n in pick_stages(stages, on=dt.date(2024, 6, 1))]
    [('due', '4'), ('next', '6')]
    """
    in_force = [norm for norm in series if norm.effective_from <= on]
    past = [norm for norm in in_force if _date_of(norm) <= on]
    future = [norm for norm in in_force if _date_of(norm) > on]
    due = [replace(max(past, key=_date_of), stage="due")] if past else []
    coming = [replace(min(future, key=_date_of), stage="next")] if future else []
    return (*due, *coming)


@dataclass(frozen=True, slots=True)
class _Contents:
    """What some norm files hold, and what is wrong with each of them by itself."""

    documents: tuple[Document, ...] = ()
    entries: tuple[Entry, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    faults: tuple[Fault, ...] = ()


@cache
def _shipped() -> _Contents:
    folder = package_files("capacity.norms") / "documents"
    found = {file.name: file for file in folder.iterdir() if file.name.endswith(".yaml")}
    return _read([(name, found[name].read_bytes()) for name in sorted(found)], known=())


@cache
def _shipped_catalogue() -> Catalogue:
    return _catalogue(_shipped(), _Contents())


def _own(paths: Sequence[Path]) -> _Contents:
    """Read the planner's files; a file that cannot be opened is a fault like any other."""
    sources: list[tuple[str, bytes]] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            sources.append((path.name, path.read_bytes()))
        except OSError as error:
            message = f"The file cannot be opened: {error.strerror or error}."
            faults.append(_fault("no_file", message, "Check the path.", file=str(path)))
    contents = _read(sources, known=_shipped().documents)
    return replace(contents, faults=(*faults, *contents.faults))


def _read(sources: Sequence[tuple[str, bytes]], *, known: tuple[Document, ...]) -> _Contents:
    """Read files; heads before entries, because an entry may cite any document."""
    faults: list[Fault] = []
    heads = []
    for name, raw in sources:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            mend = "Save the file as UTF-8."
            faults.append(
                _fault("not_utf8", "The text is not UTF-8.", mend, file=name, lines=(line,))
            )
            continue
        head, tree, found = read_head(text, file=name)
        faults += found
        if head and tree:
            heads.append((head, tree))
    documents = tuple(head for head, _ in heads)
    by_id = {document.id: document for document in (*known, *documents)}
    entries: list[Entry] = []
    for head, tree in heads:
        read, found = read_entries(tree, head, by_id)
        entries += read
        faults += found
    digests = tuple((name, hashlib.sha256(raw).hexdigest()) for name, raw in sources)
    return _Contents(documents, tuple(entries), digests, tuple(faults))


def _catalogue(shipped: _Contents, own: _Contents) -> Catalogue:
    """Put files together, or raise everything that is wrong with them."""
    documents = (*shipped.documents, *own.documents)
    entries = (*shipped.entries, *own.entries)
    files = (*shipped.files, *own.files)
    faults = [
        *shipped.faults,
        *own.faults,
        *_file_faults(files),
        *_document_faults(documents),
        *_name_faults(entries),
        *_size_faults(entries),
    ]
    if faults:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise NormError(
            f"The norm files have {count}:", sorted(faults, key=lambda f: (f.file, f.rows))
        )
    values = {norm.id: norm.value for entry in entries for norm in entry.norms}
    norms = (
        replace(norm, minimum_size=values.get(norm.minimum_size_id))
        for entry in entries
        for norm in entry.norms
    )
    return Catalogue(
        norms=tuple(sorted(norms, key=_by_id)),
        documents=tuple(sorted(documents, key=lambda document: document.id)),
        files=tuple(sorted(files)),
    )


def _file_faults(files: Sequence[tuple[str, str]]) -> Iterator[Fault]:
    seen: set[str] = set()
    for name, _ in files:
        if name in seen:
            message, mend = "Two norm files have this name.", "Rename yours, or name it once."
            yield _fault("duplicate_file", message, mend, file=name)
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
    return _fault(
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
                yield _fault(
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
            mend = _closest(entry.sized_by, known)
        elif kinds[entry.sized_by] != "minimum_size":
            wrong = f'which is of the kind "{kinds[entry.sized_by]}"'
            mend = 'Point it at a norm of the kind "minimum_size".'
        elif entry.norms and entry.sized_by in sizes:
            wrong, mend = _size_mismatch(entry.norms, sizes[entry.sized_by])
        else:
            continue
        if wrong:
            yield _fault(
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
    unit = KIND_RULES[norms[0].kind].sized_in
    start = min(norm.effective_from for norm in norms)
    if size.city != norms[0].city:
        return f'which is a norm of "{size.city}"', "Point it at a norm of the same city."
    if size.unit != unit:
        return f'whose unit is "{size.unit}"', f'Point it at a norm in "{unit}".'
    if size.effective_from > start:
        mend = f"Point it at one that is in force by {start}."
        return f"which is in force only from {size.effective_from}", mend
    return "", ""


def _fault(
    code: str,
    message: str,
    mend: str,
    *,
    file: str,
    lines: tuple[int, ...] = (),
    column: str = "",
    item: str = "",
) -> Fault:
    return Fault(
        severity="error",
        code=f"norms.{code}",
        message=message,
        mend=mend,
        file=file,
        rows=lines,
        column=column,
        item=item,
    )


def _closest(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1)
    return f'Did you mean "{close[0]}"?' if close else "load_catalogue().norms has every id."


def _as_paths(files: NormFiles | None) -> tuple[Path, ...]:
    if files is None:
        return ()
    return (
        (Path(files),) if isinstance(files, str | PathLike) else tuple(Path(file) for file in files)
    )


def _as_date(on: dt.date | str) -> dt.date:
    if isinstance(on, dt.datetime):
        return on.date()
    if isinstance(on, dt.date):
        return on
    day = parse_date(on)
    if day is None:
        raise NormError(f'"{on}" is not a date. Write YYYY-MM-DD, such as "2025-12-31".')
    return day


def _cities(documents: Iterable[Document]) -> dict[str, tuple[str, str]]:
    return {document.city: (document.city_zh, document.city_en) for document in documents}


def _city_id(city: str, documents: Iterable[Document]) -> str:
    cities = _cities(documents)
    wanted = city.strip().removesuffix("市").casefold()
    for city_id, names in cities.items():
        if wanted in {name.removesuffix("市").casefold() for name in (city_id, *names)}:
            return city_id
    known = [f"{city_id} ({zh}, {en})" for city_id, (zh, en) in cities.items()]
    words = {word: city_id for city_id, names in cities.items() for word in (city_id, *names)}
    close = get_close_matches(city.strip(), words, n=1)
    hint = f'Did you mean "{words[close[0]]}"? ' if close else ""
    raise NormError(
        f'No norms are known for the city "{city}". {hint}Known: {"; ".join(known)}. '
        "For another city, give a norm file of your own (docs/norms.md has a template)."
    )


def _known_on(norm: Norm, day: dt.date) -> Norm:
    return replace(norm, also=tuple(source for source in norm.also if source.date <= day))


def _date_of(norm: Norm) -> dt.date:
    return norm.by or norm.effective_from


def _by_id(norm: Norm) -> str:
    return norm.id


def _series_of(norm: Norm) -> str:
    return norm.series


def _row(norm: Norm) -> dict[str, object]:
    return {
        "id": norm.id,
        "series": norm.series,
        "city": norm.city,
        "service": norm.service,
        "kind": norm.kind,
        "name_zh": norm.name_zh,
        "name_en": norm.name_en,
        "comparator": norm.comparator,
        "value": norm.value,
        "unit": norm.unit,
        "base": norm.base,
        "levels": ";".join(norm.levels),
        "shown_at": ";".join(norm.shown_at),
        "applies_to": norm.applies_to,
        "measures": ";".join(norm.measures),
        "minimum_size": norm.minimum_size,
        "minimum_size_id": norm.minimum_size_id,
        "effective_from": norm.effective_from,
        "by": norm.by,
        "date_basis": norm.date_basis,
        "document": norm.source.title,
        "document_number": norm.source.number,
        "document_date": norm.source.date,
        "clause": norm.source.clause,
        "key_phrase": norm.source.key_phrase,
        "also": ";".join(source.inventory_id for source in norm.also),
        "note": norm.note,
        "file": norm.file,
        "line": norm.line,
    }
