"""Measure one task in this process: time, processor time, peak memory."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import math
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

STATUS = Path("/proc/self/status")
ENOUGH_S = 4.0
"""Rounds stop when they took so long together, and there were two at least; or one of this length."""
SHORT_S, SHORT_ROUNDS = 0.3, 30
"""Rounds of a short task go on until they took so long together, but no more often than this."""


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


def fresh(module: str, *words: str, timeout_s: float = 3600.0) -> dict[str, Any]:
    """Run a module of ours in a fresh process, and give the line of JSON that it prints last."""
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    # peers print too
    lines = [line for line in done.stdout.splitlines() if line[:1] == "{"]
    if done.returncode or not lines:
        raise RuntimeError(f"{module} {' '.join(words)}: {done.stderr[-2000:]}")
    return dict(json.loads(lines[-1]))


def _cpu() -> float:
    """Processor time of all threads and of the processes that were waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def measure(
    make: Callable[[], Callable[[], object]], rounds: int
) -> dict[str, float | dict[str, float]]:
    """Make a task ready, run it some times, and give its times, its memory and what it found.

    Parameters
    ----------
    make
        Makes the task ready, which is not timed, and gives what is.
    rounds
        How often at most; a task that is short has more.

    Returns
    -------
    dict
        ``cpu`` and ``clock`` (the best of the rounds, seconds), ``cpu_median`` and ``clock_median``,
        ``rounds``, ``input_mb`` (held before, libraries too), ``peak_mb`` (of the whole process) and
        ``found`` (what the task gives back: a number to compare with that of peers, or several).
    """
    run = make()
    held = forget_peak()
    clock: list[float] = []
    cpu: list[float] = []
    found: object = math.nan
    while (len(clock) < rounds and (len(clock) < 2 or sum(clock) < ENOUGH_S)) or (
        1 < rounds <= len(clock) < SHORT_ROUNDS and sum(clock) < SHORT_S
    ):
        start, worked = time.perf_counter(), _cpu()
        found = run()
        clock.append(time.perf_counter() - start)
        cpu.append(_cpu() - worked)
        if clock[0] > ENOUGH_S:
            break
    numbers = found if isinstance(found, Mapping) else {"check": found}
    return {
        "cpu": round(min(cpu), 4),
        "cpu_median": round(statistics.median(cpu), 4),
        "clock": round(min(clock), 4),
        "clock_median": round(statistics.median(clock), 4),
        "rounds": len(clock),
        "input_mb": round(held),
        "peak_mb": round(peak_mb()),
        "found": {str(name): round(float(value), 6) for name, value in numbers.items()},
    }
