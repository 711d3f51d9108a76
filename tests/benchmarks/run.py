"""Time every task in a process of its own, and print time, peak memory and ratios.

    python -m tests.benchmarks.run
    python -m tests.benchmarks.run --cells 250000 1000000 4000000 --only split "coverage 300 m" assess

Sizes are arguments. Peak memory is the highest resident size of the task's process; it includes
imports and the input. With several sizes the growth exponent of time over cells is printed.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import resource
import subprocess
import sys
import time
from importlib.metadata import version

from tests.benchmarks.tasks import TASKS, as_table, city


def measure(name: str, sizes: tuple[int, int, int, int], rounds: int) -> dict[str, object]:
    """Time one task in this process: the best of some rounds, and the peak memory."""
    run = TASKS[name](city(*sizes))
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        check = run()
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "task": name,
        "cells": sizes[0],
        "seconds": round(min(seconds), 4),
        "median": round(sorted(seconds)[len(seconds) // 2], 4),
        "peak MB": round(peak),
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
    return dict(json.loads(done.stdout.splitlines()[-1]))


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
