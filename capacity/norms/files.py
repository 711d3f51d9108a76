"""Norm files from disk: the shipped ones and a planner's own, each read by itself."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files as package_files
from typing import TYPE_CHECKING, Final, Literal

from capacity.errors import Fault
from capacity.norms.reading import Document, Entry, read_entries, read_head

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Contents:
    """What some norm files hold, and what is wrong with each of them by itself.

    Attributes
    ----------
    documents, entries
        Heads and entries, in the order of the files.
    files
        Name and SHA-256 of each file.
    faults
        What is wrong with the files one by one.
    """

    documents: tuple[Document, ...] = ()
    entries: tuple[Entry, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    faults: tuple[Fault, ...] = ()


@cache
def shipped() -> Contents:
    """Read the files of the package, once.

    Returns
    -------
    Contents
        What they hold.
    """
    folder = package_files("capacity.norms") / "documents"
    found = {file.name: file for file in folder.iterdir() if file.name.endswith(".yaml")}
    return _read([(name, found[name].read_bytes()) for name in sorted(found)], known=())


def own(paths: Sequence[Path]) -> Contents:
    """Read a planner's files; a file that cannot be opened is a fault like any other.

    Parameters
    ----------
    paths : sequence of Path
        The files.

    Returns
    -------
    Contents
        What they hold.
    """
    sources: list[tuple[str, bytes]] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            sources.append((path.name, path.read_bytes()))
        except OSError as error:
            message = f"The file cannot be opened: {error.strerror or error}."
            faults.append(file_fault("no_file", message, "Check the path.", file=str(path)))
    contents = _read(sources, known=shipped().documents)
    return replace(contents, faults=(*faults, *contents.faults))


def _read(sources: Sequence[tuple[str, bytes]], *, known: tuple[Document, ...]) -> Contents:
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
                file_fault("not_utf8", "The text is not UTF-8.", mend, file=name, lines=(line,))
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
    return Contents(documents, tuple(entries), digests, tuple(faults))


def file_fault(
    code: str,
    message: str,
    mend: str,
    *,
    file: str,
    lines: tuple[int, ...] = (),
    column: str = "",
    item: str = "",
) -> Fault:
    """Make a fault of a norm file.

    Parameters
    ----------
    code : str
        Short name, without the ``norms.`` before it.
    message, mend : str
        What is wrong and how to mend it.
    file : str
        Name of the file.
    lines : tuple of int
        Lines of the file.
    column, item : str
        Key and norm id.

    Returns
    -------
    Fault
        An error.
    """
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


_TWO_LANGUAGES: Final = re.compile(r"# (?P<zh>(?:(?!# ).)*?) ‖ (?P<en>.*)$", re.MULTILINE)


def comments_in(text: str, language: Literal["zh", "en"]) -> str:
    """Keep one language of remarks that are written in two: ``# 中文 ‖ English``.

    Parameters
    ----------
    text
        A file to start from, as it is shipped.
    language
        ``zh`` or ``en``.

    Returns
    -------
    str
        The same lines, each remark in one language.

    Examples
    --------
    >>> comments_in("a = 1  # 一 ‖ one", "en")
    'a = 1  # one'
    """
    return _TWO_LANGUAGES.sub(rf"# \g<{language}>", text)
