"""How long it takes to import the library and to start its command line, each in a new process."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_WORDS = {
    "python": ("-c", "pass"),
    "import capacity": ("-c", "import capacity"),
    "import: geopandas": ("-c", "import geopandas"),
    "import: tobler": ("-W", "ignore", "-c", "import tobler.area_weighted"),
    "import: PySAL access": ("-W", "ignore", "-c", "import access"),
    "help": ("-m", "capacity.cli", "--help"),
    "norms list": ("-m", "capacity.cli", "norms", "list"),
}


def _start(town: object, words: tuple[str, ...]) -> Callable[[], float]:
    """Start Python with some words; the city is no part of it."""
    del town

    def run() -> float:
        done = subprocess.run([sys.executable, *words], check=True, capture_output=True)
        return float(done.returncode == 0)

    return run


TASKS = {name: partial(_start, words=words) for name, words in _WORDS.items()}
"""Name → task: they take no city."""
