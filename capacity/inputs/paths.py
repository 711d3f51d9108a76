"""Where a file of area.toml may be: in its folder, or where the path says so openly."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from capacity.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable

_REMOTE: Final = re.compile(r"^[a-z][a-z0-9+.-]+:(//|/)|^/?vsi[a-z0-9_]*[/(]|^\\\\", re.IGNORECASE)
_ARCHIVES: Final = frozenset({".zip", ".kmz", ".gz", ".tar", ".tgz", ".7z", ".rar"})
_MARKUP_HEAD: Final = 1 << 16
_ENTITIES: Final = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_VIRTUAL: Final = re.compile(rb"<(?:OGR|GDAL_|VRT|WMS_|WMTS|WCS_|WFS_)", re.IGNORECASE)
_ELSEWHERE: Final = re.compile(rb"/vsi|[a-z]://", re.IGNORECASE)


def check_path(folder: Path, file: str) -> list[Fault]:
    """Check that a file is where its path says, on this machine.

    Parameters
    ----------
    folder
        Folder of area.toml.
    file
        The path as written there.

    Returns
    -------
    list of Fault
        ``file.remote`` for addresses and GDAL's virtual paths, ``file.missing`` for a path with a
        NUL character, which no file can have, ``file.archive`` for archives,
        ``file.outside`` for a path inside the folder that a link leads out of it. A path that is
        absolute or has ``..`` says openly that it leads elsewhere, and may.
    """
    if _REMOTE.match(file):
        return [
            _error(
                file,
                "file.remote",
                "is an address or a virtual path, not a file.",
                "Download or unpack it, and give the path of the file.",
            )
        ]
    if "\0" in file:
        return [
            _error(file, "file.missing", "has a NUL character in its path.", "Correct the path.")
        ]
    path = folder / file
    if path.suffix.lower() in _ARCHIVES:
        mend = "Unpack it, and give the path of the file in it."
        return [_error(file, "file.archive", "is an archive.", mend)]
    openly = Path(file).is_absolute() or ".." in Path(file).parts
    if not openly and not path.resolve().is_relative_to(folder.resolve()):
        return [
            _error(
                file,
                "file.outside",
                "is a link to a file outside the folder of area.toml.",
                "Give the path that it leads to (an absolute one, or one with ..), or copy the file.",
            )
        ]
    return []


def check_markup(path: Path, file: str, *, raster: bool = False) -> list[Fault]:
    """Refuse a layer whose text declares entities or names other files to be opened.

    Parameters
    ----------
    path
        An existing file of any kind; only its first 64 KiB are looked at.
    file
        In faults.
    raster
        Whether it is a raster: a virtual one is let through if it names files of this machine only.

    Returns
    -------
    list of Fault
        ``file.unsafe``, or none.
    """
    if not path.is_file():
        return []
    with path.open("rb") as stream:
        head = stream.read(_MARKUP_HEAD)
    plain = head.replace(b"\0", b"")  # UTF-16 has a zero beside every letter
    if not plain.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<"):
        return []
    virtual = _VIRTUAL.search(plain) is not None
    if raster and virtual:
        virtual = _ELSEWHERE.search(plain) is not None
    if _ENTITIES.search(plain) is None and not virtual:
        return []
    return [
        _error(
            file,
            "file.unsafe",
            "has markup that can pull in other files or endless text (a document type, or a "
            "virtual data set).",
            "Convert it to GeoPackage with a tool that you trust.",
        )
    ]


def parts_of(path: Path, suffixes: Iterable[str]) -> list[Path]:
    """Give the parts of a file of several, such as a shapefile, in small or capital letters."""
    found = (sibling(path, suffix) for suffix in suffixes)
    return [part for part in found if part is not None]


def sibling(path: Path, suffix: str) -> Path | None:
    """Find the part of a shapefile with a suffix, in small or capital letters."""
    candidates = (path.with_suffix(s) for s in (suffix, suffix.upper()))
    return next((candidate for candidate in candidates if candidate.exists()), None)


def _error(file: str, code: str, message: str, mend: str) -> Fault:
    return Fault(severity="error", code=code, message=message, mend=mend, file=file)
