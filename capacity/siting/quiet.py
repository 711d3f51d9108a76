"""What a solver prints past Python: held back, so that an answer stays the only thing printed."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import tempfile
import threading
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

STDOUT: Final = 1
# HiGHS says this on its way to a solution, whatever its options are.
_NOISE: Final = (b"HighsMipSolverData::",)


@contextlib.contextmanager
def without_noise() -> Iterator[None]:
    """Keep lines that HiGHS prints in spite of its options off the standard output.

    Yields
    ------
    None
        While it lasts, what the process writes to the standard output is kept in a temporary file;
        afterwards everything but the known lines of HiGHS is written, so what other threads print is
        late and not lost. Without a standard output nothing is done. Several threads at once share
        one file.
    """
    _HELD.hold()
    try:
        yield
    finally:
        _HELD.let_go()


class _Held:
    """The standard output while it is held, by any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._real = -1
        self._file: IO[bytes] | None = None

    def hold(self) -> None:
        with self._lock:
            self._holders += 1
            if self._holders > 1:
                return
            _flush()
            with contextlib.suppress(OSError):
                self._real = os.dup(STDOUT)
                self._file = tempfile.TemporaryFile()  # noqa: SIM115  # closed in let_go
                os.dup2(self._file.fileno(), STDOUT)

    def let_go(self) -> None:
        with self._lock:
            self._holders -= 1
            if self._holders > 0 or self._real < 0:
                return
            _flush()
            os.dup2(self._real, STDOUT)
            os.close(self._real)
            self._real = -1
            if self._file is not None:
                self._file.seek(0)
                lines = self._file.read().splitlines(keepends=True)
                self._file.close()
                self._file = None
                _write(b"".join(line for line in lines if not line.startswith(_NOISE)))


_HELD: Final = _Held()


def _flush() -> None:
    """Write out what Python and the C library still hold."""
    with contextlib.suppress(AttributeError, OSError, ValueError):
        sys.stdout.flush()
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None if os.name != "nt" else "ucrtbase").fflush(None)


def _write(what: bytes) -> None:
    while what:
        what = what[os.write(STDOUT, what) :]
