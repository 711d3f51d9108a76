"""Assess a province in parts: time, processor time and peak memory of the driver and of each worker.

    python -m tests.benchmarks.province PROVINCE
    python -m tests.benchmarks.parts PROVINCE/area.toml --workers 0 1 2

0 workers is the assessment in one process, without parts. Every run is a fresh process, and so is each
of its workers. The sum of the findings is printed, which must not depend on the workers; so is a digest
of every digit of them. Processor time stands beside the time on the clock, which other work on the
machine makes longer. ``python -m tests.benchmarks`` measures a province of 5 million cells so, with
``--province`` one of 50 million too, and lays both out in ``docs/performance.md``.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd

from tests.benchmarks.measuring import fresh, peak_mb
from tests.benchmarks.province import made_apart, of_cells


def digest(findings: pd.DataFrame) -> str:
    """Give a digest of every digit of a table of findings."""
    text = findings.to_csv(index=False, float_format=None)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def assess_once(path: Path, workers: int, only: str, folder: Path) -> dict[str, Any]:
    """Read and assess a study area once, and measure both."""
    from capacity.assess.run import assess
    from capacity.norms.catalogue import load_norms
    from capacity.study_area import read_study_area
    from tests.benchmarks.whole import HEADLINE

    norms = load_norms("zhengzhou", on="2025-12-31")
    if only == "headline":
        kept = tuple(norm for norm in norms.norms if norm.id in HEADLINE)
        norms = dataclasses.replace(norms, norms=kept)
    imported, start = time.process_time(), time.perf_counter()
    if workers == 0:
        area = read_study_area(path)
        read = time.perf_counter() - start
        found = assess(area, norms)
        seconds = time.perf_counter() - start
        each: list[tuple[float, float]] = []
    else:
        from capacity.parts.cluster import LOCAL, client_at

        with client_at(LOCAL, n_workers=workers, memory_limit="2GiB") as client:
            start = time.perf_counter()
            area = read_study_area(path, cells="file", client=client)
            read = time.perf_counter() - start
            found = assess(area, norms, client=client, folder=folder)
            seconds = time.perf_counter() - start
            each = list(client.run(lambda: (peak_mb(), time.process_time())).values())
    rows, columns = area.population.shape
    people, tiers = found.people, area.units["unit_type"].value_counts()
    return {
        "cells": rows * columns,
        "townships": int(tiers.get("street", 0) + tiers.get("township", 0)),
        "facilities": len(area.facilities),
        "people": float(people.loc[people["unit_type"] == "city", "population"].sum()),
        "workers": workers,
        "seconds": round(seconds, 1),
        "reading s": round(read, 1),
        "CPU s driver": round(time.process_time() - imported, 1),
        "CPU s workers": [round(one[1], 1) for one in each],
        "MB driver": round(peak_mb()),
        "MB workers": [round(one[0]) for one in each],
        "load": round(os.getloadavg()[0], 1),
        "findings": len(found.findings),
        "shortfall": round(float(found.findings["shortfall"].sum()), 6),
        "digest": digest(found.findings),
    }


def apart(path: Path, workers: int, only: str = "headline") -> dict[str, Any]:
    """Measure in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        once = ("--once", str(Path(folder) / "run"), "--workers", str(workers))
        return fresh("tests.benchmarks.parts", str(path), "--norms", only, *once)


def measured(cells: int) -> list[dict[str, Any]]:
    """Make an invented province, and measure it in one process, by one worker and by two."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "province"
        made_apart(path, of_cells(cells))
        for workers in (0, 1, 2):
            rows.append(apart(path / "area.toml", workers))
            print(json.dumps(rows[-1]), flush=True)
    return rows


def main() -> None:
    """Read the arguments and print a line for every run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("areas", type=Path, nargs="+", help="area.toml of each province")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--norms", choices=["headline", "all"], default="headline")
    parser.add_argument("--once", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.once is not None:
        found = assess_once(given.areas[0], given.workers[0], given.norms, given.once)
        print(json.dumps(found))
        return
    rows = []
    for path in given.areas:
        for workers in given.workers:
            rows.append(apart(path, workers, given.norms))
            print(json.dumps(rows[-1]), flush=True)
    print(pd.DataFrame(rows).to_string(index=False))


if __name__ == "__main__":
    main()
