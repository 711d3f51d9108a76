"""How much of the growth of a step is the processor's caches.

    python -m tests.benchmarks.cold "2sfca 1 km" calibrate
    python -m tests.benchmarks.cold "2sfca 1 km" --cells 250000 1000000

The rounds of a short task follow each other, so that a small city stays in the caches from one round to
the next, and a large one does not. Here every other round begins with empty caches: nanoseconds of
processor time for each cell, and the power of the number of cells with which the time grows, both ways.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks.measuring import fresh
from tests.benchmarks.tasks import GROW, TASKS, city_of

if TYPE_CHECKING:
    from collections.abc import Callable

# More than any cache that a process of one core is given.
_EVICT = 80_000_000
_ROUNDS_S = 1.0
_FEWEST = 3


def both_ways(run: Callable[[], object]) -> dict[str, float]:
    """Measure a task in this process: the best round after another, and the best with empty caches."""
    other = np.ones(_EVICT)
    found: dict[str, list[float]] = {"in a row": [], "caches empty": []}
    rounds, until = 0, time.perf_counter() + _ROUNDS_S
    while rounds < _FEWEST or time.perf_counter() < until:
        run()
        for way, seconds in found.items():
            if way == "caches empty":
                other.sum()
            begun = time.process_time()
            run()
            seconds.append(time.process_time() - begun)
        rounds += 1
    return {way: min(seconds) for way, seconds in found.items()}


def main() -> None:
    """Measure each task and size in a process of its own, and print both ways side by side."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tasks", nargs="+", choices=list(GROW), metavar="TASK")
    parser.add_argument("--cells", type=int, nargs="+", help="sizes other than those of the pages")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        print(json.dumps(both_ways(TASKS[given.tasks[0]](city_of(given.cells[0])))))
        return
    for task in given.tasks:
        sizes = given.cells or GROW[task]
        found = [
            fresh("tests.benchmarks.cold", task, "--cells", str(cells), "--here") for cells in sizes
        ]
        for way in found[0]:
            each = " · ".join(
                f"{cells:,}: {one[way] / cells * 1e9:.1f}"
                for cells, one in zip(sizes, found, strict=True)
            )
            seconds = np.log([one[way] for one in found])
            power = np.polyfit(np.log(sizes), seconds, 1)[0] if len(sizes) > 1 else math.nan
            print(f"{task}, {way}, ns a cell: {each}; power {power:.2f}", flush=True)


if __name__ == "__main__":
    main()
