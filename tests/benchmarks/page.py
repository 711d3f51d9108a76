"""Lay measurements out: a table for the terminal, and ``docs/performance.md``."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd

from tests.benchmarks.explained import BUDGET_MB, COSTS, GROWTH, STEPS
from tests.benchmarks.goals import GOAL_POWER, as_goals, over_budget, two_to_one
from tests.benchmarks.kept import Found, Row, main_run, markdown, number, row_of
from tests.benchmarks.tasks import BARE, CELLS, GROW, TASKS, first_word, is_peer

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
TEN = 10


def as_text(row: Row) -> str:
    """Say in a line what was measured of one task."""
    more = {name: value for name, value in row["found"].items() if name != "check"}
    parts = ", ".join(f"{name} {value:.3g}" for name, value in list(more.items())[:TEN])
    return (
        f"{row['task']} · {row['cells']:,} cells · {row['cpu']:.3f} s CPU "
        f"(median {row['cpu_median']:.3f}, on the clock {row['clock_median']:.3f}) · "
        f"peak {row['peak_mb']} MB" + (f" · {parts}" if parts else "")
    )


def ours_of(found: Found, row: Row) -> Row | None:
    """Find the task of ours that a peer is compared with, at its size and in its run."""
    for other in found["rows"]:
        same = first_word(other["task"]) == first_word(row["task"])
        together = all(other[key] == row[key] for key in ("cells", "run"))
        if same and together and not is_peer(other["task"]):
            return dict(other)
    return None


def exponents(found: Found, key: str = "cpu") -> dict[str, float]:
    """Give the power of cells with which the time of each task grows, by least squares of logarithms.

    All sizes count alike; two digits, as the page has them. ``key`` is ``cpu_cold`` for rounds that begin
    with empty caches.
    """
    result = {}
    for name in (*GROW, *BARE.values()):
        rows = [row for row in _sizes_of(found, name) if row.get(key, 0) > 0]
        if len(rows) > 1:
            result[name] = _slope(rows, key)
    return result


def _sizes_of(found: Found, name: str) -> list[Row]:
    """Give what shows how a task grows, by size; not also a smaller one that a slow peer needs."""
    wanted = next((n for task, n in GROW.items() if first_word(task) == first_word(name)), ())
    rows = [row for row in found["rows"] if row["task"] == name and row["cpu"] > 0]
    some = [row for row in rows if row["cells"] in wanted]
    return sorted(some if len(some) == len(wanted) else rows, key=lambda row: row["cells"])


def _slope(rows: list[Row], key: str = "cpu") -> float:
    x, y = (np.log([row[name] for row in rows]) for name in ("cells", key))
    return round(float(np.polyfit(x, y, 1)[0]), 2)


def as_table(found: Found) -> str:
    """Lay all out for the terminal, peers with their ratio to ours (over 1: ours is faster)."""
    table = pd.DataFrame(found["rows"]).drop(columns="found")
    ratio = [
        row["cpu"] / max(ours["cpu"], 1e-4)
        if is_peer(row["task"]) and (ours := ours_of(found, row))
        else math.nan
        for row in found["rows"]
    ]
    lines = [table.assign(**{"times ours": ratio}).round(3).to_string(index=False)]
    lines += [
        f"{name}: CPU time grows with cells to the power {power:.2f}"
        for name, power in exponents(found).items()
    ]
    lines += unexplained(found)
    return "\n".join(lines)


# --- the page ----------------------------------------------------------------------------------


def performance_page(found: Found, country: Found | None = None) -> str:
    """Write ``docs/performance.md``.

    Parameters
    ----------
    found
        What ``python -m tests.benchmarks`` measured.
    country
        What ``python -m tests.benchmarks.country`` measured.

    Returns
    -------
    str
        Markdown; the same measurements give the same page.
    """
    parts = [
        _head(found),
        _goals(found, country),
        _peers(found),
        _growth(found),
        _whole(found),
        _parts(found),
        _costs(found),
        _memory(found),
        _start(found),
        _LIMITS,
    ]
    return "\n".join(part.strip("\n") + "\n" for part in parts if part)


def _head(found: Found) -> str:
    main = main_run(found)
    said = found["runs"][main]
    machine, busy = said["machine"], said["busy"]
    versions = ", ".join(f"{name} {said_of}" for name, said_of in said["versions"].items())
    again = "".join(
        f" Measured on {run}, in {other['minutes']:g} minutes, with {other['busy'][0]:g} processes that "
        f"wanted a core before: {', '.join(_measured_in(found, run))}{_differs(said, other)}."
        for run, other in found["runs"].items()
        if run != main
    )
    return f"""# Performance

<!-- Made by `python -m tests.benchmarks` of tests/benchmarks/results.json: change neither by hand. -->

Measured on {main} in {said["minutes"]:g} minutes: {machine["processor"]}, {machine["cores"]} cores, {machine["memory_gib"]:g} GiB of memory, {machine["system"]}. {busy[0]:g} processes wanted a core before and {busy[1]:g} at the end, the benchmark among them.{said.get("note", "")}{again}
{versions}.

<!-- skip: next "It installs the peers, and measuring takes some ten minutes." -->

```sh
pip install -e ".[benchmark]"
python -m tests.benchmarks              # measures all, writes this page
python -m tests.benchmarks --province   # and a province of 50 million cells in parts
python -m tests.benchmarks --list       # names the tasks; --only measures some again, beside their peers
python -m tests.benchmarks.kill FOLDER      # kills workers and drivers: docs/parts.md
python -m tests.benchmarks.country FOLDER   # 960 million cells: docs/storage.md
```

Everything has the same invented city, made of a seed: a million inhabited cells of 100 m, 200 streets and townships, 2,000 facilities of each of three services, 5,000 compounds, a walking network of 300,000 nodes; other sizes grow or shrink all alike. Every task, ours or a peer's, has a fresh process. Times are **seconds of processor time** of all threads, the best of up to {said["rounds"]} rounds, more where a task is short (median in brackets): on a machine that does other work the clock says more about that work. Making the input and imports are not timed. *times ours* over 1 means that ours is faster. A *bare* kernel is what libraries take for the part of a task that cannot be done without."""


def _measured_in(found: Found, run: str) -> list[str]:
    """Name what is left of a run."""
    names = dict.fromkeys(f"`{row['task']}`" for row in found["rows"] if row["run"] == run)
    parts = {row["cells"]: None for row in found["parts"] if row["run"] == run}
    return [*names, *(f"{cells:,} cells in parts" for cells in parts)]


def _differs(one: Found, other: Found) -> str:
    """Say in which versions, and whether in the machine, two runs differ."""
    some = [
        f"{name} {other['versions'].get(name, 'missing')}"
        for name, version in one["versions"].items()
        if other["versions"].get(name) != version
    ]
    some += ["another machine"] if one["machine"] != other["machine"] else []
    return f" (with {', '.join(some)})" if some else ""


def _goals(found: Found, country: Found | None) -> str:
    signs = {True: "met", False: "**not met**", None: "not measured"}
    rows = [
        [what, measured, signs[met]]
        for what, measured, met in as_goals(
            found, exponents(found), country, exponents(found, "cpu_cold")
        )
    ]
    return "## Goals\n\n" + markdown(["goal", "measured", ""], rows, words=(0, 1, 2))


def _peers(found: Found) -> str:
    names = ["task", "cells", "CPU, s", "times ours", "peak, MB", "of it input"]
    largest: dict[str, int] = {}  # each peer at one size, and ours at the sizes of its peers
    for row in found["rows"]:
        if is_peer(row["task"]) and row["cells"] <= CELLS:
            largest[row["task"]] = max(row["cells"], largest.get(row["task"], 0))
    compared = {(first_word(name), cells) for name, cells in largest.items()}
    rows = []
    for row in sorted(found["rows"], key=_order):
        name, cells = row["task"], row["cells"]
        if name in STEPS["start"] or (first_word(name), cells) not in compared:
            continue
        if is_peer(name) and largest[name] != cells:
            continue
        ours = ours_of(found, row) if is_peer(name) else None
        ratio = f"{row['cpu'] / max(ours['cpu'], 1e-4):.2g}" if ours else ""
        label = f"→ {name.split(': ', 1)[1]}" if is_peer(name) else f"**{name}**"
        memory = f"{row['peak_mb']:,}", f"{row['input_mb']:,}"
        rows.append([label, f"{cells:,}", _seconds(row), ratio, *memory])
    lines = ["## Beside peers", "", markdown(names, rows)]
    if any(row["task"].startswith("mclp") for row in found["rows"]):
        lines += [
            "",
            "What these and the other siting tasks found is in [siting](siting.md#how-fast).",
        ]
    if found["skipped"]:
        some = ", ".join(f"{name} ({package})" for name, package in found["skipped"].items())
        lines += ["", f"Skipped, for what they need was not installed: {some}."]
    if found["failed"]:
        some = ", ".join(found["failed"])
        lines += [
            "",
            f"Without a result, for they failed or took more than a quarter of an hour: {some}.",
        ]
    return "\n".join(lines)


def _order(row: Row) -> tuple[int, int, bool]:
    words = [first_word(name) for name in TASKS]
    return words.index(first_word(row["task"])), row["cells"], is_peer(row["task"])


def _seconds(row: Row) -> str:
    return f"{number(row['cpu'])} ({number(row['cpu_median'])})"


def _growth(found: Found) -> str:
    powers, cold = exponents(found), exponents(found, "cpu_cold")
    ours = [name for name in GROW if name in powers]
    if not ours:
        return ""
    sizes = sorted({row["cells"] for name in powers for row in _sizes_of(found, name)})
    rows, reasons = [], []
    for name in ours:
        bare = BARE.get(first_word(name), "")
        above = powers[name] > GOAL_POWER
        for one in [name, *([bare] if bare in powers else [])]:
            some = _sizes_of(found, one)
            of = {row["cells"]: number(row["cpu"]) for row in some}
            label = f"→ {one.split(': ', 1)[1]}" if is_peer(one) else one
            mark = " **above**" if one == name and above else ""
            last = f"{powers[one]:.2f}{mark}", f"{_slope(some[-2:]):.2f}"
            last += (f"{cold[one]:.2f}" if one in cold else "",)
            rows.append([label, *(of.get(n, "") for n in sizes), *last])
        if above:
            reasons.append(f"- `{name}`: {_reason(name, powers.get(bare))}")
    text = (
        "CPU seconds by number of cells (facilities, units and compounds grow with them), and the power "
        "of the number of cells with which they grow, by least squares of logarithms over all sizes: 1 "
        f"is in proportion, and what is above {GOAL_POWER:g} is marked. Beside it "
        "the power of the last step alone, as what a task costs at any size lowers that of all, and the "
        "power over all sizes of rounds that each begin with empty caches: one round after another, a "
        "small city stays in the processor's caches from one to the next, and a large one does not. "
        "Below a task its bare kernel."
    )
    names = ["task", *(f"{size:,}" for size in sizes), "power", "last step", "empty caches"]
    return "\n".join(["## Growth", "", text, "", markdown(names, rows), "", *reasons])


def _reason(name: str, bare: float | None) -> str:
    """Say what the numbers tell of a task that grows faster than its cells."""
    if bare is None:
        said = "no bare kernel is measured beside it."
    elif bare > GOAL_POWER:
        said = f"so does its bare kernel, with a power of {bare:.2f}."
    else:
        said = f"its bare kernel does not, with a power of {bare:.2f}: the rest is ours."
    return f"{said} {GROWTH[name]}" if name in GROWTH else said


def _whole(found: Found) -> str:
    lines = [
        "## The whole assessment beside its bare kernels",
        "",
        (
            "The raster read and all headline norms of Zhengzhou assessed, beside bare calls of libraries "
            "for the same parts of the job, on the same inputs in the same process: reading the raster, "
            "exactextract's lists of cells for streets, circles and crossed circles, the nearest facility "
            "(on foot: the nearest node) of every starting point, Dijkstra from facilities, and a maximum "
            "flow. CPU seconds; the goal is a ratio of 2. Not among the kernels is what GEOS does: circles "
            "merged, so that nobody counts twice, and cut at borders. The nearest facility or node is asked "
            "for every starting point, as the plain way would; the assessment asks for fewer: on foot for "
            "those alone whom squares of the plane leave in doubt. Pockets of people out of reach are found "
            "and counted in the whole; their outlines are drawn only when somebody asks for them, as the "
            "page of `capacity assess` does: the last columns say what that takes, and the ratio with it."
        ),
        "",
    ]
    rows = [row for row in found["rows"] if first_word(row["task"]) in STEPS["kernels"]]
    if not rows:
        return ""
    names = ["raster read", "exactextract", "nearest", "Dijkstra", "allocation", "kernels", "whole"]
    table = []
    for row in rows:
        of = row["found"]
        cells = [number(of[name]) if name in of else "" for name in names]
        ratios = [f"{of[name]:.2f}" if name in of else "" for name in ("ratio", "ratio, drawn")]
        outlines = number(of["outlines"]) if "outlines" in of else ""
        table.append([_way(row), *cells, ratios[0], outlines, ratios[1]])
    lines.append(markdown(["", *names, "ratio", "outlines", "ratio with them"], table))
    if row := row_of(found, "outputs"):
        of = row["found"]
        lines += [
            "",
            (
                f"All {of['check']:,.0f} findings of every norm of Zhengzhou, from checking the inputs to "
                f"all files written: {sum(v for k, v in of.items() if k != 'check'):.1f} s "
                f"(checks of inputs {of['checks of inputs']:.1f}, assess {of['assess']:.1f}, outputs "
                f"{of['outputs']:.1f}), peak {row['peak_mb']:,} MB."
            ),
        ]
    return "\n".join(lines)


def _way(row: Row) -> str:
    return "walking circles on foot" if "walk" in row["task"] else "straight lines"


def _parts(found: Found) -> str:
    """What an area costs in parts: everything of one process, one worker and two."""
    if not found["parts"]:
        return "## In parts\n\n*Not measured yet.*"
    rows, said = [], []
    for cells in sorted({row["cells"] for row in found["parts"]}):
        some = {row["workers"]: row for row in found["parts"] if row["cells"] == cells}
        for workers, row in sorted(some.items()):
            how = f"{workers} worker{'s' * (workers > 1)}" if workers else "one process"
            cpu, memory = (
                ", ".join(f"{one:,}" for one in row[key]) for key in ("CPU s workers", "MB workers")
            )
            of = [f"{cells:,}", f"{row['townships']:,}", how, f"{row['seconds']:.1f}"]
            driver = f"{row['CPU s driver']:.1f}", cpu, f"{row['MB driver']:,}", memory
            rows.append([*of, *driver, f"{row['load']:g}", f"`{row['digest'][:8]}`"])
        digests = {row["digest"] for row in some.values()}
        if len(some) > 1:
            same = "the same to the last digit" if len(digests) == 1 else "**not the same**"
            ratio = (
                f"; two workers are {two_to_one(some):.2f} times as fast as one on the clock, and "
                f"{_path_s(some[1]) / _path_s(some[2]):.2f} times if the driver's processor time and that "
                "of its busiest worker followed one another"
                if {1, 2} <= set(some)
                else ""
            )
            said.append(f"- {cells:,} cells: the findings are {same}{ratio}.")
    names = ["cells", "townships", "how", "on the clock, s", "driver, CPU s", "workers, CPU s"]
    names += ["driver, MB", "each worker, MB", "load", "digest of findings"]
    text = (
        "The headline norms of an invented province (`tests/benchmarks/province.py`), from its files to "
        "its findings, in one process and [in parts](parts.md): processor time and peak memory of the "
        "driver and of each worker. The clock counts here, as parts are taken side by side; *load* is the "
        "number of processes that wanted a core at the end, these among them."
    )
    return "\n".join(["## In parts", "", text, "", markdown(names, rows, (2,)), "", *said])


def len_norms(of: dict[str, float]) -> str:
    """Say how many findings there were."""
    return f"{int(of['check']):,}"


def _path_s(row: Row) -> float:
    return float(row["CPU s driver"] + max(row["CPU s workers"]))


def _costs(found: Found) -> str:
    parts = []
    for row in _profiles(found):
        total = row["found"]["check"]
        rows = [
            [f"`{name}`", number(s), f"{s / total:.0%}", COSTS.get(name, "**not explained**")]
            for name, s in largest(row)
        ]
        table = markdown(["function", "s", "share", "why"], rows, words=(0, 3))
        parts += ["", f"Every norm of Zhengzhou, {_way(row)}, {number(total)} s:", "", table]
    text = "By the innermost function of ours at work; what libraries do for it counts as its own."
    return "\n".join(["## The ten largest costs", "", text, *parts]) if parts else ""


def _profiles(found: Found) -> list[Row]:
    return [row for row in found["rows"] if first_word(row["task"]) in STEPS["costs"]]


def unexplained(found: Found) -> list[str]:
    """List the functions that cost most and are not explained, and those explained that do not."""
    profiles = _profiles(found)
    top = {name for row in profiles for name, _ in largest(row)}
    near = {name for row in profiles for name in row["found"]}
    lines = [f"NOT EXPLAINED in explained.py: {name}" for name in sorted(top - set(COSTS))]
    if len(profiles) == len(STEPS["costs"]):
        gone = sorted(set(COSTS) - near)
        lines += [f"to be dropped from explained.py, costs little now: {name}" for name in gone]
    return lines


def largest(row: Row) -> list[tuple[str, float]]:
    """List the ten functions that took most."""
    named = [(name, value) for name, value in row["found"].items() if name != "check"]
    return sorted(named, key=lambda one: -one[1])[:TEN]


def _memory(found: Found) -> str:
    text = (
        "Peak of each step at a million cells above what was held before (the input and the libraries, "
        "which stand beside it), and the budget that we keep it to. Cells are held as arrays, in double "
        "precision where people are added up: 8 bytes for each cell and group; rows of cell × unit and "
        "pairs take 8 bytes a column. No table of cells is ever a pandas frame."
    )
    over = over_budget(found)
    rows = []
    for name, budget in BUDGET_MB.items():
        if row := row_of(found, name):
            added = f"{row['peak_mb'] - row['input_mb']:,}" + " **over**" * (name in over)
            rows.append([name, added, f"{budget:,}", f"{row['input_mb']:,}"])
    names = ["step", "added, MB", "budget, MB", "held before, MB"]
    return "\n".join(["## Memory", "", text, "", markdown(names, rows)]) if rows else ""


def _start(found: Found) -> str:
    names = {
        "python": "Python alone",
        "help": "`capacity --help`",
        "norms list": "`capacity norms list`",
    }
    rows = [
        [names.get(row["task"], f"`{row['task'].replace('import: ', 'import ')}`"), _seconds(row)]
        for row in found["rows"]
        if row["task"] in STEPS["start"]
    ]
    text = (
        "CPU seconds of a new process, from its start to its end; nothing heavy is imported before it "
        "is used."
    )
    return (
        "\n".join(["## Import and start", "", text, "", markdown(["", "s"], rows)]) if rows else ""
    )


_LIMITS = """## What these numbers do not say

One machine, one seed. The network is a lattice of crooked streets, which suits a plain Dijkstra search; pandana prepares its network for many searches, and that is not timed. Some peers put a whole cell where its centre lies, which is less work than cutting it: `split: rasterize + bincount`, `split: rasterstats`, `split: geopandas sjoin` and the peers of `coverage` but the bare one. spopt is given the matrix of distances; ours measures reach itself. [Siting](siting.md), [walking](walking.md) and [inputs](inputs.md) have more on their parts."""
