"""Kill workers and drivers of an assessment in parts, and see that the findings are the same.

    python -m tests.benchmarks.kill FOLDER

The childcare of a province of 5 million cells is assessed by ``capacity assess --dask local``: left
alone; with one of its two workers killed midway; with driver and workers killed midway, and that run
again with ``--resume``. What happens is written down with the seconds since the beginning, without
paths; the log goes to ``tests/benchmarks/kill.log``, of which ``python -m tests.benchmarks --page``
puts a copy into ``docs/parts.md``, unless the province has another size. A killed process is one that
this program started, and is killed by its number.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

from tests.benchmarks.kept import KILLED
from tests.benchmarks.province import made_apart, of_cells

CELLS = 5_000_000
WORDS = ("--on", "2025-12-31", "--service", "childcare", "--dask", "local", "--quiet")
_EVERY_S = 0.05
_LIMIT_S = 900.0


class Log:
    """Lines with the seconds since the beginning, printed as they come."""

    def __init__(self) -> None:
        self.start = time.perf_counter()
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        """Write a line down."""
        self.lines.append(f"{time.perf_counter() - self.start:7.1f} s  {text}")
        print(self.lines[-1], flush=True)


class Run:
    """A ``capacity assess --dask local`` that was started here, with its workers and its parts."""

    def __init__(self, area: Path, out: Path, log: Log, *more: str) -> None:
        self.out, self.log = out, log
        self.parts = out.with_name(f"{out.name}.parts")
        self.before = self._files()
        words = ["assess", str(area), "-o", str(out), *WORDS, *more]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "capacity.cli", *words],
            stderr=subprocess.PIPE,
            text=True,
        )
        self.driver = psutil.Process(self.process.pid)
        self.seen: dict[str, int] = dict(self.before)
        self.workers: set[int] = set()
        log.say(f"driver {self.process.pid} started" + "".join(f" {word}" for word in more))

    def _files(self) -> dict[str, int]:
        found = {}
        for path in self.parts.glob("part-*.parquet"):
            with suppress(FileNotFoundError):
                found[path.stem] = path.stat().st_mtime_ns
        return found

    def look(self) -> list[int]:
        """Note the parts that were done since, and give the numbers of the workers that live."""
        time.sleep(_EVERY_S)
        for name, when in sorted(self._files().items()):
            if self.seen.get(name) != when:
                again = " again" if name in self.seen else ""
                self.log.say(f"{name} done{again}")
                self.seen[name] = when
        with suppress(psutil.Error):
            alive = [
                one.pid
                for one in self.driver.children(recursive=True)
                if any("spawn_main" in word for word in one.cmdline())
            ]
            for pid in alive:
                if pid not in self.workers:
                    self.log.say(f"worker {pid} started")
            self.workers |= set(alive)
            return alive
        return []

    def until(self, n_parts: int) -> list[int]:
        """Wait until so many parts are done, and give the workers."""
        alive = self.look()
        while len(self.seen) < n_parts and self.process.poll() is None:
            alive = self.look()
        return alive

    def ended(self) -> str:
        """Wait for the end, and give the digest of the findings."""
        start = time.perf_counter()
        while self.process.poll() is None:
            self.look()
            if time.perf_counter() - start > _LIMIT_S:
                self.kill(self.look())
        _, errors = self.process.communicate()
        self.log.say(f"driver {self.process.pid} ended with exit code {self.process.returncode}")
        if self.process.returncode:
            raise RuntimeError(errors[-2000:])
        found = hashlib.sha256((self.out / "findings.csv").read_bytes()).hexdigest()[:16]
        self.log.say(f"findings.csv {found}")
        return found

    def kill(self, workers: list[int]) -> None:
        """Kill the driver, then its workers that are left."""
        for pid in (self.process.pid, *workers):
            with suppress(psutil.NoSuchProcess):
                psutil.Process(pid).kill()
        self.process.communicate()


def story(folder: Path, cells: int) -> list[str]:
    """Run all four, and give the log; a digest that differs is an error."""
    log = Log()
    made = made_apart(folder / "province", of_cells(cells))
    area = folder / "province" / "area.toml"
    log.say(f"a province of {made['cells']:,} cells and {made['townships']:,} townships is made")

    log.say("--- left alone")
    run = Run(area, folder / "alone", log)
    alone = run.ended()
    n_parts = len(run.seen)
    midway = max(1, n_parts // 3)

    log.say("--- one of two workers killed")
    run = Run(area, folder / "one", log)
    first = run.until(midway)[0]
    psutil.Process(first).kill()
    log.say(f"worker {first} killed (SIGKILL) after {len(run.seen)} of {n_parts} parts")
    _same(log, alone, run.ended())

    log.say("--- driver and workers killed")
    run = Run(area, folder / "all", log)
    run.kill(run.until(midway))
    kept = run._files()
    log.say(f"driver and workers killed (SIGKILL) after {len(kept)} of {n_parts} parts; no result")
    if (folder / "all").exists():
        raise RuntimeError("a run that was killed left a result")

    log.say("--- resumed")
    run = Run(area, folder / "all", log, "--resume")
    found = run.ended()
    computed = {name for name, when in run.seen.items() if kept.get(name) != when}
    log.say(f"{len(computed)} of {n_parts} parts computed, {len(kept)} kept as they were")
    if computed & set(kept) or len(computed) + len(kept) != n_parts:
        raise RuntimeError("other parts were computed than were missing")
    _same(log, alone, found)
    return log.lines


def _same(log: Log, alone: str, found: str) -> None:
    if found != alone:
        raise RuntimeError(f"the findings differ: {found}, left alone {alone}")
    log.say("the same findings, byte for byte, as left alone")


def main() -> None:
    """Tell the story, and write it down."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cells", type=int, default=CELLS)
    given = parser.parse_args()
    shutil.rmtree(given.folder, ignore_errors=True)
    given.folder.mkdir(parents=True)
    try:
        lines = story(given.folder, given.cells)
    finally:
        for process in psutil.Process().children(recursive=True):
            process.kill()
    day = dt.datetime.now(tz=dt.UTC).date().isoformat()
    if given.cells == CELLS:
        KILLED.write_text("\n".join([f"measured {day}", *lines]) + "\n", "utf-8")
    shutil.rmtree(given.folder)


if __name__ == "__main__":
    main()
