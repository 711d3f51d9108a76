"""Time every task in a process of its own, and print time, peak memory and ratios.

    python -m tests.benchmarks.run
    python -m tests.benchmarks.run --cells 250000 1000000 4000000 --only split "coverage 300 m" assess

Sizes are arguments. CPU time, of all threads, stands beside the time on the clock, which other work
on the machine makes longer. Peak memory is the highest resident size while the task runs, with
imports and the input, whose size stands beside it; making the input is left out (on Linux), and so
is what it freed. With
several sizes the growth exponent of time over cells is printed.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import json
import math
import platform
import resource
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks.tasks import TASKS, as_table, city

STATUS = Path("/proc/self/status")


def _status_mb(key: str) -> float:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(key))
    return float(line.split()[1]) / 1024


def forget_peak() -> float:
    """Forget the peak memory so far, and give what is held now, in MB; NaN but on Linux."""
    gc.collect()
    if not STATUS.exists():
        return math.nan
    with contextlib.suppress(OSError, AttributeError):
        # what making the input freed is no part of it, though the allocator keeps it
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    return _status_mb("VmRSS")


def peak_mb() -> float:
    """Give the peak memory since it was forgotten, in MB; but on Linux since the start."""
    if not STATUS.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return _status_mb("VmHWM")


def measure(name: str, sizes: tuple[int, int, int, int], rounds: int) -> dict[str, object]:
    """Time one task in this process: the best of some rounds, and the peak memory."""
    run = TASKS[name](city(*sizes))
    held = forget_peak()
    seconds, cpu = [], []
    for _ in range(rounds):
        start, worked = time.perf_counter(), time.process_time()
        check = run()
        seconds.append(time.perf_counter() - start)
        cpu.append(time.process_time() - worked)
    return {
        "task": name,
        "cells": sizes[0],
        "seconds": round(min(seconds), 4),
        "median": round(sorted(seconds)[len(seconds) // 2], 4),
        "CPU": round(min(cpu), 4),
        "input MB": round(held),
        "peak MB": round(peak_mb()),
        "check": round(check, 3),
    }


def apart(name: str, sizes: tuple[int, int, int, int], rounds: int) -> dict[str, object]:
    """Measure one task in a fresh process."""
    call = [
        sys.executable,
        "-m",
        "tests.benchmarks.run",
        "--measure",
        name,
        "--rounds",
        str(rounds),
    ]
    numbers = dict(zip(("--cells", "--units", "--facilities", "--compounds"), sizes, strict=True))
    options = [word for key, value in numbers.items() for word in (key, str(value))]
    done = subprocess.run([*call, *options], check=True, capture_output=True, text=True)
    # peers print too
    return dict(json.loads([line for line in done.stdout.splitlines() if line[:1] == "{"][-1]))


def main() -> None:
    """Read the sizes and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--units", type=int, default=200)
    parser.add_argument("--facilities", type=int, default=2_000, help="per service, three services")
    parser.add_argument("--compounds", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=list(TASKS), default=list(TASKS))
    parser.add_argument("--measure", choices=list(TASKS), help=argparse.SUPPRESS)
    given = parser.parse_args()
    rest = (given.units, given.facilities, given.compounds)
    if given.measure:
        print(json.dumps(measure(given.measure, (given.cells[0], *rest), given.rounds)))
        return
    print(f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}")
    packages = ("numpy", "pandas", "geopandas", "shapely", "exactextract", "scipy")
    print(", ".join(f"{name} {version(name)}" for name in packages))
    rows = [
        apart(name, (cells, *rest), given.rounds) for cells in given.cells for name in given.only
    ]
    for cells in given.cells:
        print(as_table([row for row in rows if row["cells"] == cells]).to_string(index=False))
    if len(given.cells) > 1:
        small, large = min(given.cells), max(given.cells)
        for name in given.only:
            time_of = {
                row["cells"]: float(str(row["seconds"])) for row in rows if row["task"] == name
            }
            exponent = math.log(time_of[large] / time_of[small]) / math.log(large / small)
            print(f"{name}: time grows with cells to the power {exponent:.2f}")


if __name__ == "__main__":
    main()
