"""Errors and faults: the floor that every other module stands on.

The exception tree::

    CapacityError (Exception)
    ├── InputError (ValueError)             faults in files, frames or area.toml
    ├── NormError (ValueError)              faults in a norm file, or an impossible selection
    ├── OutputExistsError (FileExistsError) the output folder is already there
    └── MissingExtraError (ImportError)     an optional dependency is not installed

A *fault* is one thing wrong, where it is, and how to mend it. Checks gather faults and raise once,
so that a planner sees the whole list and not its first line. What is the same in every language
(cells, names, keys with their values, commands) stands in messages and mends in one form, from which
``capacity.literals`` takes it for the Chinese part.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Severity = Literal["error", "warning", "info"]

_ROWS_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong, where it is and how to mend it.

    Attributes
    ----------
    severity
        ``error`` stops the run; ``warning`` and ``info`` go to the quality report.
    code
        Short stable name such as ``units.duplicate_code``, for filters and tests.
    message
        What is wrong, in plain words, without the place.
    mend
        What the user should do about it.
    file, rows, column, item
        Where: file name, row numbers (the line in a text table, counted from 1 with the header as
        line 1; the feature's number counted from 1 in a GIS layer), column or key, and the id of
        the thing (a norm, a unit) where it has one.
    count, amount, unit
        How much: number of rows concerned, and an amount such as people or square metres.
    values
        What stands there, as written: the first few distinct cells, or the names looked for.
    found_zh
        The same in whole Chinese words, where the message says more of it than its text.
    write
        What to write into area.toml, exactly; where it is empty the mend names it.
    shares
        How well each of several readings fits, 0 to 1: ``("facilities[1] GCJ-02", 0.98)``.
    """

    severity: Severity
    code: str
    message: str
    mend: str = ""
    file: str = ""
    rows: tuple[int, ...] = ()
    column: str = ""
    item: str = ""
    count: int | None = None
    amount: float | None = None
    unit: str = ""
    values: tuple[str, ...] = ()
    found_zh: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    shares: tuple[tuple[str, float], ...] = ()

    @property
    def where(self) -> str:
        """The place in words: ``units.csv, rows 3, 17, column code``."""
        parts = [self.file] if self.file else []
        if self.rows:
            shown = ", ".join(str(r) for r in self.rows[:_ROWS_SHOWN])
            more = len(self.rows) - _ROWS_SHOWN
            label = "row" if len(self.rows) == 1 else "rows"
            parts.append(f"{label} {shown}" + (f" and {more} more" if more > 0 else ""))
        if self.column:
            parts.append(f"column {self.column}")
        if self.item:
            parts.append(self.item)
        return ", ".join(parts)

    def __str__(self) -> str:
        """One line: where, what, and the mend."""
        place = f"{self.where}: " if self.where else ""
        mend = f" {self.mend}" if self.mend else ""
        return f"{place}{self.message}{mend}"


class CapacityError(Exception):
    """Base of every error that this library raises on purpose.

    Parameters
    ----------
    message
        The first line.
    faults
        Everything found wrong; listed below the first line, and kept in ``.faults``.
    """

    def __init__(self, message: str, faults: Iterable[Fault] = ()) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        self.summary = message
        super().__init__("\n".join([message, *(f"- {fault}" for fault in self.faults)]))


class InputError(CapacityError, ValueError):
    """The files, frames or settings given cannot be used as they are."""


class NormError(CapacityError, ValueError):
    """A norm file is faulty, or the selection asked for does not exist."""


class OutputExistsError(CapacityError, FileExistsError):
    """The output folder is already there and would be overwritten."""


class PartsError(CapacityError, RuntimeError):
    """Parts of an area could not be computed; the others are kept, and a run can go on from them."""


class MissingExtraError(CapacityError, ImportError):
    """An optional dependency is not installed; the message has the command that installs it."""


_DISTRIBUTION: Final = "facility-capacity"
_REQUIREMENT: Final = re.compile(r"^(?P<what>[^;]+);.*\bextra\s*==\s*['\"](?P<extra>[\w-]+)['\"]")


def missing_extra(extra: str, what: str) -> MissingExtraError:
    """Say that an optional dependency is not installed, and the command that installs it.

    The packages are those that the installed distribution asks for, by name: the command works from
    every folder, however ``capacity`` was installed, and needs no released version of it.

    Parameters
    ----------
    extra
        Name of the extra in ``pyproject.toml``.
    what
        What needs it, as the beginning of a sentence: ``The Word report``.

    Returns
    -------
    MissingExtraError
        To be raised; its one fault is ``extra.missing``.
    """
    install = install_command(extra)
    where = " in the folder of the clone" if f".[{extra}]" in install else ""
    return MissingExtraError(
        f"{what} needs packages that are not installed (extra {extra}).",
        [
            Fault(
                severity="error",
                code="extra.missing",
                item=extra,
                message="packages are not installed.",
                mend=f"Run{where}: `{install}`. Without a network: put the same packages into a folder with "
                "pip download where there is one, and add --no-index --find-links FOLDER.",
            )
        ],
    )


def install_command(extra: str) -> str:
    """Give the command that installs the packages of an extra beside this Python.

    Parameters
    ----------
    extra
        Name of the extra in ``pyproject.toml``.

    Returns
    -------
    str
        ``python -m pip install "python-docx>=1.1.2" …``, with this Python's own path; where the
        package itself is not installed, the folder of the clone is named instead of packages.
    """
    try:
        wanted = _packages(extra, tuple(requires(_DISTRIBUTION) or ()))
    except PackageNotFoundError:
        wanted = ()
    packages = " ".join(f'"{package}"' for package in wanted or (f".[{extra}]",))
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    return f"{python} -m pip install {packages}"


def _packages(extra: str, requirements: tuple[str, ...]) -> tuple[str, ...]:
    """List the packages of an extra, those of the extras that it names in their place."""
    found: dict[str, None] = {}
    for requirement in requirements:
        parts = _REQUIREMENT.match(requirement)
        if parts is None or parts["extra"] != extra:
            continue
        package = parts["what"].strip()
        own = re.fullmatch(rf"{_DISTRIBUTION}\[([\w,-]+)\]", package)
        inner = own[1].split(",") if own else ()
        found |= dict.fromkeys(p for name in inner for p in _packages(name, requirements))
        if not own:
            found[package] = None
    return tuple(found)
