"""Assess a province in parts: time, processor time and peak memory of the driver and of each worker.

    python -m tests.benchmarks.province PROVINCE
    python -m tests.benchmarks.parts PROVINCE/area.toml --workers 0 1 2

0 workers is the assessment in one process, without parts. Every run is a fresh process, and so is each
of its workers. The sum of the findings is printed, which must not depend on the workers; so is a digest
of every digit of them. Processor time stands beside the time on the clock, which other work on the
machine makes longer.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd


def peak_mb() -> float:
    """Give the highest resident size of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def processor_s() -> float:
    """Give the processor time of this process so far, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def digest(findings: pd.DataFrame) -> str:
    """Give a digest of every digit of a table of findings."""
    text = findings.to_csv(index=False, float_format=None)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def assess_once(path: Path, workers: int, only: str, folder: Path) -> dict[str, object]:
    """Read and assess a study area once, and measure both."""
    from capacity.assess.run import assess
    from capacity.norms.catalogue import load_norms
    from capacity.study_area import read_study_area
    from tests.benchmarks.whole import HEADLINE

    norms = load_norms("zhengzhou", on="2025-12-31")
    if only == "headline":
        kept = tuple(norm for norm in norms.norms if norm.id in HEADLINE)
        norms = dataclasses.replace(norms, norms=kept)
    imported = processor_s()
    start = time.perf_counter()
    if workers == 0:
        area = read_study_area(path)
        read = time.perf_counter() - start
        found = assess(area, norms)
        each: list[tuple[float, float]] = []
    else:
        from distributed import Client, LocalCluster

        with (
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                memory_limit="2GiB",
            ) as cluster,
            Client(cluster) as client,
        ):
            start = time.perf_counter()
            area = read_study_area(path, cells="file")
            read = time.perf_counter() - start
            found = assess(area, norms, client=client, folder=folder)
            each = list(client.run(lambda: (peak_mb(), processor_s())).values())
    seconds = time.perf_counter() - start
    cells = 1
    for n in area.population.shape:
        cells *= n
    cpu = processor_s() - imported
    return {
        "cells": cells,
        "workers": workers,
        "seconds": round(seconds, 1),
        "reading s": round(read, 1),
        "CPU s driver": round(cpu, 1),
        "CPU s workers": [round(one[1], 1) for one in each],
        "MB driver": round(peak_mb()),
        "MB workers": [round(one[0]) for one in each],
        "cells/s": round(cells / seconds),
        "load": round(os.getloadavg()[0], 1),
        "findings": len(found.findings),
        "shortfall": round(float(found.findings["shortfall"].sum()), 6),
        "digest": digest(found.findings),
    }


def apart(path: Path, workers: int, only: str) -> dict[str, object]:
    """Measure in a fresh process."""
    call = [sys.executable, "-m", "tests.benchmarks.parts", str(path), "--norms", only]
    with tempfile.TemporaryDirectory() as folder:
        more = ["--once", str(Path(folder) / "run"), "--workers", str(workers)]
        done = subprocess.run([*call, *more], check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


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
        print(json.dumps(found, ensure_ascii=False))
        return
    rows = []
    for path in given.areas:
        for workers in given.workers:
            rows.append(apart(path, workers, given.norms))
            print(json.dumps(rows[-1], ensure_ascii=False), flush=True)
    print(pd.DataFrame(rows).to_string(index=False))


if __name__ == "__main__":
    main()
