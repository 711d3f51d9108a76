"""Time every task beside its peers, and write what was measured down.

    python -m tests.benchmarks
    python -m tests.benchmarks --only split "coverage 300 m" assess --cells 100000 400000
    python -m tests.benchmarks --page

Every task and every peer has a fresh process, and all have the same synthetic city, which grows with
its cells: a street for 5,000, a facility of each of three services for 500, a compound for 200.
Times are processor time of all threads, the best of some rounds: what else a machine does makes the
time on the clock longer, and that much less. Ratios are of two tasks of one run at one size.

Without ``--only`` what was measured goes to ``tests/benchmarks/results.json`` and, made of that, to
``docs/performance.md``; ``--page`` makes the page again without measuring.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import pickle
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.machine import busy, machine, versions
from tests.benchmarks.measuring import measure
from tests.benchmarks.page import PAGE, RESULTS, as_table, as_text, performance_page
from tests.benchmarks.tasks import (
    GROW,
    MOST_CELLS,
    ONCE,
    TASKS,
    city_of,
    first_word,
    is_peer,
    missing_package,
)

SIZES = (250_000, 1_000_000, 4_000_000)
LIMIT_S = 900.0


def plan(names: list[str], sizes: list[int]) -> list[tuple[str, int]]:
    """Choose the size of each task: the middle one; all for what should grow as the cells do.

    A slow peer has a smaller city, and what it is compared with has that one too.
    """
    middle = sorted(sizes)[len(sizes) // 2]
    wanted: dict[tuple[str, int], None] = {}
    for name in names:
        here = sizes if name in GROW else [min(middle, MOST_CELLS.get(name, middle))]
        wanted |= dict.fromkeys((name, cells) for cells in here)
        if is_peer(name):
            ours = next(n for n in TASKS if not is_peer(n) and first_word(n) == first_word(name))
            wanted |= dict.fromkeys((ours, cells) for cells in here)
    return sorted(wanted, key=lambda one: (list(TASKS).index(one[0]), one[1]))


def apart(name: str, town: Path, rounds: int) -> dict[str, object]:
    """Measure one task in a fresh process."""
    call = [sys.executable, "-m", "tests.benchmarks", "--measure", name, str(town)]
    done = subprocess.run(
        [*call, "--rounds", str(rounds)],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    # peers print too
    lines = [line for line in done.stdout.splitlines() if line[:1] == "{"]
    if done.returncode or not lines:
        raise RuntimeError(f"{name}: {done.stderr[-2000:]}")
    return dict(json.loads(lines[-1]))


def run(
    names: list[str], sizes: list[int], rounds: int, partly: Path | None = None
) -> dict[str, object]:
    """Measure everything, print it as it comes, and keep it so that a run cut short is not lost."""
    started, before = time.perf_counter(), busy()
    skipped = {name: package for name in names if (package := missing_package(name))}
    for name, package in skipped.items():
        print(f"skipped: {name}, for {package} is not installed")
    rows: list[dict[str, object]] = []
    failed: dict[str, str] = {}
    found: dict[str, object] = {
        "measured": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "machine": machine(),
        "busy": [before, before],
        "versions": versions(),
        "rounds": rounds,
        "skipped": skipped,
        "failed": failed,
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, cells in plan([name for name in names if name not in skipped], sizes):
            path = Path(folder) / f"{cells}.pickle"
            if not path.exists():
                make = [sys.executable, "-m", "tests.benchmarks", "--make", str(cells), str(path)]
                subprocess.run(make, check=True)
            try:
                measured = apart(name, path, 1 if name in ONCE else rounds)
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                print(f"failed: {name} · {cells:,} cells · {error}", flush=True)
                failed[f"{name}, {cells:,} cells"] = type(error).__name__
                continue
            row = {"task": name, "cells": cells} | measured
            rows.append(row)
            print(as_text(row), flush=True)
            if partly:
                _write(partly, {**found, "rows": rows, "minutes": _minutes(started)})
    return {**found, "rows": rows, "minutes": _minutes(started), "busy": [before, busy()]}


def _minutes(started: float) -> float:
    return round((time.perf_counter() - started) / 60, 1)


def _write(path: Path, found: dict[str, object]) -> None:
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


def main() -> None:
    """Read what is asked, measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cells", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=3, help="at most; slow tasks have fewer")
    parser.add_argument("--only", nargs="+", choices=list(TASKS), metavar="TASK")
    parser.add_argument("--json", type=Path, help="where the measurements go")
    parser.add_argument("--list", action="store_true", help="name the tasks")
    parser.add_argument("--page", action="store_true", help="make the page of what was measured")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--make", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make:
        Path(given.make[1]).write_bytes(pickle.dumps(city_of(int(given.make[0]))))
    elif given.measure:
        name, path = given.measure
        town = pickle.loads(Path(path).read_bytes())  # noqa: S301  # made above
        print(json.dumps(measure(lambda: TASKS[name](town), given.rounds)))
    elif given.list:
        print("\n".join(TASKS))
    elif given.page:
        PAGE.write_text(performance_page(json.loads(RESULTS.read_text("utf-8"))), "utf-8")
    else:
        target = given.json or (None if given.only else RESULTS)
        found = run(given.only or list(TASKS), given.cells, given.rounds, target)
        print(as_table(found))
        if target:
            _write(target, found)
        if target == RESULTS:
            PAGE.write_text(performance_page(found), "utf-8")


if __name__ == "__main__":
    main()
