"""Assess an invented country, one province after the other, and say what it took.

    python -m tests.benchmarks.country FOLDER
    python -m tests.benchmarks.country FOLDER --only 1 2
    python -m tests.benchmarks.country FOLDER --parts 5 --cells 500000

The default is 20 provinces of 29 to 67 million cells, 960 million in all. Each is made
(``tests.benchmarks.province``), assessed in parts by the workers of a fresh process
(``tests.benchmarks.parts``) and deleted, so that there is never more than one on the disk. A line of
JSON for each goes to ``FOLDER/provinces.jsonl``; run again, it goes on after the last of them. When all
provinces are there, they and their totals go to ``tests/benchmarks/country.json``, of which
``python -m tests.benchmarks --page`` makes the table in ``docs/storage.md``; a country of another size
stays in ``FOLDER/country.json``.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.kept import COUNTRY, Row
from tests.benchmarks.machine import machine, versions
from tests.benchmarks.parts import apart
from tests.benchmarks.province import Province, made_apart, of_cells

CELLS, PARTS, WORKERS = 48_000_000, 20, 2


def assessed(folder: Path, province: Province, workers: int) -> Row:
    """Make a province, assess it and delete it; every step is a fresh process."""
    start = time.perf_counter()
    place = folder / f"{province.part:02d}"
    shutil.rmtree(place, ignore_errors=True)
    made = made_apart(place, province)
    found = apart(place / "area.toml", workers)
    shutil.rmtree(place)
    row = {"part": province.part, "made": made, **found}
    return row | {"all s": round(time.perf_counter() - start, 1)}


def totals(rows: list[Row]) -> dict[str, Any]:
    """Add provinces up, and see whether time and memory grow with cells or with provinces before.

    Parameters
    ----------
    rows
        Of provinces, in the order in which they were assessed.

    Returns
    -------
    dict
        Sums; peaks over all; ``power``, with which the time of a province on the clock grows with its
        cells, by least squares of logarithms, and ``power CPU``; ``later``, time for each cell of the later half of provinces beside the
        earlier, and ``later MB``, the largest peak of their workers beside that of the earlier; both 1
        where it does not matter how many were before. ``people lost`` is what was made and not found.
    """
    cells, seconds = (np.array([row[key] for row in rows], float) for key in ("cells", "seconds"))
    cpu = np.array([row["CPU s driver"] + sum(row["CPU s workers"]) for row in rows])
    peaks = np.array([max(row["MB workers"], default=row["MB driver"]) for row in rows], float)
    first, last = np.array_split(np.arange(len(rows)), 2)
    several, pace = len(set(cells)) > 1, seconds / cells
    return {
        "provinces": len(rows),
        "cells": int(cells.sum()),
        "townships": sum(row["townships"] for row in rows),
        "facilities": sum(row["made"]["facilities"] for row in rows),
        "people made": sum(row["made"]["people"] for row in rows),
        "people lost": round(sum(row["made"]["people"] - row["people"] for row in rows), 3),
        "shortfall": round(sum(row["shortfall"] for row in rows), 3),
        "hours": round(seconds.sum() / 3600, 3),
        "hours with making": round(sum(row["all s"] for row in rows) / 3600, 3),
        "cells/s": round(cells.sum() / seconds.sum()),
        "CPU s driver": round(sum(row["CPU s driver"] for row in rows), 1),
        "CPU s workers": round(sum(sum(row["CPU s workers"]) for row in rows), 1),
        "MB driver": max(row["MB driver"] for row in rows),
        "MB worker": int(peaks.max()),
        "power": _power(cells, seconds) if several else None,
        "power CPU": _power(cells, cpu) if several else None,
        "later": round(np.mean(pace[last]) / np.mean(pace[first]), 3) if len(last) else None,
        "later MB": round(max(peaks[last]) / max(peaks[first]), 3) if len(last) else None,
    }


def _power(x: np.ndarray, y: np.ndarray) -> float:
    return round(float(np.polyfit(np.log(x), np.log(y), 1)[0]), 3)


def remembered(path: Path, asked: dict[str, int]) -> list[Row]:
    """Give the lines of a run that was broken off, and begin the file of one that was not begun."""
    if not path.exists():
        path.write_text(json.dumps(asked) + "\n", "utf-8")
    begun, *lines = path.read_text("utf-8").splitlines()
    if json.loads(begun) != asked:
        raise SystemExit(f"{path} is of another country, {begun}: remove it or name another folder")
    return [json.loads(line) for line in lines]


def main() -> None:
    """Assess the provinces that are not assessed yet, and print what they and all of them took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--parts", type=int, default=PARTS, help="provinces of the country")
    parser.add_argument("--cells", type=int, default=CELLS, help="of a province, on the mean")
    parser.add_argument("--only", type=int, nargs="+", metavar="N", help="these provinces")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    asked = {"parts": given.parts, "cells": given.cells, "workers": given.workers}
    path = given.folder / "provinces.jsonl"
    rows = remembered(path, asked)
    done = {row["part"] for row in rows}
    every = range(1, given.parts + 1)
    for part in [part for part in given.only or every if part not in done]:
        row = assessed(given.folder, of_cells(given.cells, part, given.parts), given.workers)
        rows.append(row)
        with path.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(row) + "\n")
        print(
            f"{part} ({len(rows)} of {given.parts}): {row['cells']:,} cells, {row['seconds']:.0f} s, CPU "
            f"{row['CPU s driver']:.0f} + {row['CPU s workers']} s, peak {row['MB driver']:,} and "
            f"{row['MB workers']} MB, {row['townships']:,} townships, {row['made']['facilities']:,} "
            f"facilities, shortfall {row['shortfall']:,.0f}; {row['all s']:.0f} s with making it",
            flush=True,
        )
    whole = totals(rows)
    print(json.dumps(whole, indent=1))
    if len(rows) == given.parts:
        target = COUNTRY if given.cells == CELLS else given.folder / COUNTRY.name
        day = dt.datetime.now(tz=dt.UTC).date().isoformat()
        head = {"measured": day, "machine": machine(), "versions": versions(), "asked": asked}
        text = json.dumps(head | {"totals": whole, "provinces": rows}, indent=1)
        target.write_text(text + "\n", "utf-8")
        print(f"{target} written; python -m tests.benchmarks --page makes the pages")


if __name__ == "__main__":
    main()
