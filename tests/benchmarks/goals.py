"""The goals, and whether what was measured meets them."""

from __future__ import annotations

from typing import Final

from tests.benchmarks.explained import BUDGET_MB
from tests.benchmarks.kept import Found, Row, row_of
from tests.benchmarks.tasks import CELLS, GROW

GOAL_RATIO: Final = 2.0
GOAL_POWER: Final = 1.05
GOAL_WORKERS: Final = 1.7
GOAL_MB: Final = 2048
GOAL_S: Final = 10.0
GOAL_START_S: Final = {"import capacity": 0.2, "help": 0.5}
_GONE: Final = 1e-6  # of the people, on the borders of provinces
_QUIET: Final = 2.0  # processes that want a core, for each core: more, and the clock is of others
NO_COMPUTE: Final = ("outputs",)
WHOLE: Final = ("assess", "assess-walk", "catalogue")

Goal = tuple[str, str, bool | None]
"""What is wanted, what was measured, and whether that meets it; None: not measured."""


def as_goals(
    found: Found,
    powers: dict[str, float],
    country: Found | None,
    cold: dict[str, float] | None = None,
) -> list[Goal]:
    """Hold what was measured against the goals.

    Parameters
    ----------
    found
        What ``python -m tests.benchmarks`` measured.
    powers
        Task → the power of cells with which its time grows.
    country
        What ``python -m tests.benchmarks.country`` measured.
    cold
        The powers of steps that begin with empty caches.

    Returns
    -------
    list of tuple
        What is wanted, what was measured, whether it is met.
    """
    return [
        *_kernels(found),
        *_growth(powers, cold or {}),
        *_city(found),
        _memory(found),
        *_parts(found, country),
        _country(country),
        *_start(found),
    ]


def _kernels(found: Found) -> list[Goal]:
    goals = []
    for task, way in (("kernels", "straight lines"), ("kernels-walk", "on foot")):
        row = row_of(found, task)
        ratio = round(row["found"]["ratio"], 2) if row else None
        measured = f"{ratio:.2f} ×" if ratio else ""
        if row and "ratio, drawn" in row["found"]:
            measured += f" ({row['found']['ratio, drawn']:.2f} × with outlines of pockets drawn)"
        met = ratio <= GOAL_RATIO if ratio else None
        what = f"raster and all headline norms at {CELLS:,} cells, {way}: within {GOAL_RATIO:g} × of their bare kernels"
        goals.append((what, measured, met))
    return goals


def _growth(powers: dict[str, float], cold: dict[str, float]) -> list[Goal]:
    ours = {name: power for name, power in powers.items() if name in GROW}
    steps = {name: power for name, power in ours.items() if name not in WHOLE + NO_COMPUTE}
    most = f"grows with cells to the power of {GOAL_POWER:g} at most"
    return [
        _grows(f"CPU time of whole assessments {most}", _some(ours, WHOLE)),
        _grows(f"CPU time of each step by itself {most}", steps),
        _grows(f"the same where every round begins with empty caches: it {most}", cold),
    ]


def _some(powers: dict[str, float], names: tuple[str, ...]) -> dict[str, float]:
    return {name: powers[name] for name in names if name in powers}


def _grows(what: str, powers: dict[str, float]) -> Goal:
    if not powers:
        return what, "", None
    above = {name: power for name, power in powers.items() if power > GOAL_POWER}
    some = ", ".join(f"`{name}` {power:.2f}" for name, power in above.items())
    return what, some or f"{max(powers.values()):.2f} at most", not above


def _city(found: Found) -> list[Goal]:
    goals: list[Goal] = []
    for task, way in (("assess", "straight lines"), ("assess-walk", "on foot")):
        what = f"a city of {CELLS:,} cells, headline norms, {way}: {GOAL_S:g} s of CPU and {GOAL_MB / 1024:g} GB at most"
        row = row_of(found, task)
        if row is None:
            goals.append((what, "", None))
        else:
            met = row["cpu"] <= GOAL_S and row["peak_mb"] <= GOAL_MB
            goals.append((what, f"{row['cpu']:.2f} s, {row['peak_mb']:,} MB", met))
    return goals


def over_budget(found: Found) -> dict[str, int]:
    """Give the MB by which steps at a million cells exceed what they may add."""
    over = {}
    for name, budget in BUDGET_MB.items():
        row = row_of(found, name)
        if row and (more := row["peak_mb"] - row["input_mb"] - budget) > 0:
            over[name] = more
    return over


def _memory(found: Found) -> Goal:
    what = "every step within its budget of memory"
    measured = [name for name in BUDGET_MB if row_of(found, name)]
    over = over_budget(found)
    if not measured:
        return what, "", None
    some = ", ".join(f"`{name}` {more:,} MB over" for name, more in over.items())
    return what, some or f"{len(measured)} steps", not over


def two_to_one(some: dict[int, Row]) -> float:
    """Give how many times as fast two workers are as one, on the clock."""
    return float(some[1]["seconds"] / some[2]["seconds"])


def _parts(found: Found, country: Found | None) -> list[Goal]:
    sizes: dict[int, dict[int, Row]] = {}
    for row in found["parts"]:
        sizes.setdefault(row["cells"], {})[row["workers"]] = row
    both = {cells: some for cells, some in sizes.items() if {1, 2} <= set(some)}
    fast = f"two workers at least {GOAL_WORKERS:g} × as fast as one, on the largest area measured"
    largest = max(both, default=0)
    goals: list[Goal] = [(fast, "", None)]
    if both:
        one, two = (both[largest][n] for n in (1, 2))
        ratio = round(two_to_one(both[largest]), 2)
        load = max(one["load"], two["load"])
        quiet = load <= _QUIET * found["runs"][two["run"]]["machine"]["cores"]
        said = "" if quiet else f", but {load:g} processes wanted a core, which tells nothing"
        met = ratio >= GOAL_WORKERS if quiet else None
        goals = [(fast, f"{ratio:.2f} × for {largest:,} cells{said}", met)]
    peaks = [mb for row in found["parts"] for mb in row["MB workers"]]
    peaks += [country["totals"]["MB worker"]] if country else []
    memory = f"a worker takes {GOAL_MB / 1024:g} GB at most, whatever the size of the whole"
    most = max(peaks, default=0)
    goals.append((memory, f"{most:,} MB" if peaks else "", most <= GOAL_MB if peaks else None))
    several = [some for some in sizes.values() if len(some) > 1]
    differ = [some for some in several if len({row["digest"] for row in some.values()}) > 1]
    same = f"{len(several) - len(differ)} of {len(several)} areas" if several else ""
    digits = "findings in parts are those of one process, to the last digit"
    return [*goals, (digits, same, not differ if several else None)]


def _country(country: Found | None) -> Goal:
    what = (
        "a country, province by province: time grows in proportion (power "
        f"{GOAL_POWER:g} at most), and nobody is lost"
    )
    if country is None:
        return what, "", None
    of = country["totals"]
    lost = abs(of["people lost"]) / of["people made"]
    said = f"power {of['power CPU']:.2f}, {of['cells']:,} cells in {of['hours']:.2f} hours"
    return what, said, of["power CPU"] <= GOAL_POWER and lost <= _GONE


def _start(found: Found) -> list[Goal]:
    goals: list[Goal] = []
    alone = row_of(found, "python")
    for task, most in GOAL_START_S.items():
        name = {"help": "capacity --help"}.get(task, task)
        what = f"`{name}`: {most:g} s of CPU at most beside Python alone"
        row = row_of(found, task)
        more = row["cpu"] - alone["cpu"] if row and alone else None
        measured = "" if more is None else f"{more:.3f} s"
        goals.append((what, measured, None if more is None else more <= most))
    return goals
