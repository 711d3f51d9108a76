"""Time every task beside its peers, and write what was measured down.

    python -m tests.benchmarks
    python -m tests.benchmarks --province
    python -m tests.benchmarks --only split "coverage 300 m" parts
    python -m tests.benchmarks --only split --cells 100000 400000
    python -m tests.benchmarks --page

Every task and every peer has a fresh process, and all have the same synthetic city, which grows with
its cells: a street for 5,000, a facility of each of three services for 500, a compound for 200.
Times are processor time of all threads, the best of some rounds: what else a machine does makes the
time on the clock longer, and that much less. Ratios are of two tasks of one run at one size.

What was measured goes to ``tests/benchmarks/results.json``, each with its run, and the pages are made of
that. With ``--only`` tasks are measured with all their peers, and take the place of what was measured of
them before; with sizes of its own (``--cells``) a run is printed and not written, or goes where ``--json``
says. ``--page`` makes the pages again without measuring.
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
from typing import TYPE_CHECKING

from tests.benchmarks.cold import both_ways
from tests.benchmarks.elsewhere import pages
from tests.benchmarks.goals import NO_COMPUTE, WHOLE
from tests.benchmarks.kept import EMPTY, RESULTS, merged, read, write
from tests.benchmarks.machine import busy, machine, versions
from tests.benchmarks.measuring import fresh, measure
from tests.benchmarks.page import as_table, as_text
from tests.benchmarks.parts import measured as measured_in_parts
from tests.benchmarks.tasks import (
    BARE,
    CELLS,
    GROW,
    MOST_CELLS,
    ONCE,
    TASKS,
    city_of,
    first_word,
    is_peer,
    missing_package,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.kept import Found, Row

LIMIT_S = 900.0
PARTS, PROVINCE_CELLS = "parts", (5_000_000, 50_000_000)


def plan(names: list[str], sizes: list[int] | None = None) -> list[tuple[str, int]]:
    """Choose the sizes of each task: a million cells; those that it has where its growth is shown.

    A slow peer has a smaller city, and what it is compared with has that one too. Sizes that are given
    are for tasks that grow, and the middle one is for all others.
    """
    middle = sorted(sizes)[len(sizes) // 2] if sizes else CELLS
    grow = GROW | {bare: GROW[name] for name in GROW if (bare := BARE.get(first_word(name)))}
    wanted: dict[tuple[str, int], None] = {}
    for name in names:
        here = (
            (sizes or grow[name]) if name in grow else [min(middle, MOST_CELLS.get(name, middle))]
        )
        wanted |= dict.fromkeys((name, cells) for cells in here)
        if is_peer(name):
            ours = next(n for n in TASKS if not is_peer(n) and first_word(n) == first_word(name))
            wanted |= dict.fromkeys((ours, cells) for cells in here)
    return sorted(wanted, key=lambda one: (list(TASKS).index(one[0]), one[1]))


def families(names: list[str]) -> list[str]:
    """Give tasks with all that have their first word: ratios are of one run."""
    first = {first_word(name) for name in names}
    return [name for name in TASKS if first_word(name) in first]


def run(
    names: list[str], sizes: list[int] | None, rounds: int, provinces: tuple[int, ...]
) -> Iterator[Found]:
    """Measure everything, print it as it comes, and give what there is after every task."""
    started, before = time.perf_counter(), busy()
    name_of_run = dt.datetime.now(tz=dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    skipped = {name: package for name in names if (package := missing_package(name))}
    for name, package in skipped.items():
        print(f"skipped: {name}, for {package} is not installed")
    rows: list[Row] = []
    parts: list[Row] = []
    failed: dict[str, str] = {}

    def so_far() -> Found:
        said = {
            "minutes": round((time.perf_counter() - started) / 60, 1),
            "machine": machine(),
            "busy": [before, busy()],
            "versions": versions(),
            "rounds": rounds,
        }
        return {
            "runs": {name_of_run: said},
            "rows": [row | {"run": name_of_run} for row in rows],
            "parts": [row | {"run": name_of_run} for row in parts],
            "skipped": skipped,
            "failed": failed,
        }

    planned = plan([name for name in names if name not in skipped], sizes)
    with tempfile.TemporaryDirectory() as folder:
        for n, (name, cells) in enumerate(planned, start=1):
            path = Path(folder) / f"{cells}.pickle"
            if not path.exists():
                make = [sys.executable, "-m", "tests.benchmarks", "--make", str(cells), str(path)]
                subprocess.run(make, check=True)
            call = ("--measure", name, str(path), "--rounds", str(1 if name in ONCE else rounds))
            progress = f"[{n}/{len(planned)}, {(time.perf_counter() - started) / 60:.1f} min]"
            try:
                measured = fresh("tests.benchmarks", *call, timeout_s=LIMIT_S)
                if name in GROW and name not in (*WHOLE, *NO_COMPUTE):
                    measured |= fresh("tests.benchmarks", "--cold", name, str(path))
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                print(f"{progress} failed: {name} · {cells:,} cells · {error}", flush=True)
                failed[f"{name} · {cells:,} cells"] = type(error).__name__
                continue
            row = {"task": name, "cells": cells} | measured
            rows.append(row)
            print(f"{progress} {as_text(row)}", flush=True)
            yield so_far()
    for cells in provinces:
        print(
            f"[{(time.perf_counter() - started) / 60:.1f} min] {cells:,} cells in parts", flush=True
        )
        parts += measured_in_parts(cells)
        yield so_far()


def main() -> None:
    """Read what is asked, measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cells", type=int, nargs="+", help="sizes other than those of the pages")
    parser.add_argument("--rounds", type=int, default=3, help="at most; slow tasks have fewer")
    parser.add_argument("--only", nargs="+", choices=[*TASKS, PARTS], metavar="TASK")
    parser.add_argument("--province", action="store_true", help="50 million cells in parts too")
    parser.add_argument("--json", type=Path, help="where the measurements go")
    parser.add_argument("--list", action="store_true", help="name the tasks")
    parser.add_argument("--page", action="store_true", help="make the pages of what was measured")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--cold", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--make", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make:
        Path(given.make[1]).write_bytes(pickle.dumps(city_of(int(given.make[0]))))
    elif given.measure:
        name, path = given.measure
        town = pickle.loads(Path(path).read_bytes())  # noqa: S301  # made above
        print(json.dumps(measure(lambda: TASKS[name](town), given.rounds)))
    elif given.cold:
        name, path = given.cold
        town = pickle.loads(Path(path).read_bytes())  # noqa: S301  # made above
        print(json.dumps({"cpu_cold": round(both_ways(TASKS[name](town))["caches empty"], 4)}))
    elif given.list:
        print("\n".join([*TASKS, PARTS]))
    elif given.page:
        _write_pages()
    else:
        _measure(given)


def _measure(given: argparse.Namespace) -> None:
    target = given.json or (None if given.cells else RESULTS)
    asked = given.only or [*TASKS, PARTS]
    in_parts = () if given.cells or PARTS not in asked else PROVINCE_CELLS[: 1 + given.province]
    names = families([name for name in asked if name != PARTS])
    before = read(target) if target and target.exists() else EMPTY
    if not given.only:
        before = before | {"rows": [], "skipped": {}, "failed": {}}
    found = before
    for measured in run(names, given.cells, given.rounds, in_parts):
        found = merged(before, measured)
        if target:
            write(target, found)
    print(as_table(found))
    if target == RESULTS:
        _write_pages()


def _write_pages() -> None:
    for path, text in pages().items():
        path.write_text(text, "utf-8")
        print(f"docs/{path.name} written")


if __name__ == "__main__":
    main()
