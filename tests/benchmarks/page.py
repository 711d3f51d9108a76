"""Lay measurements out: a table for the terminal, and ``docs/performance.md``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.benchmarks.explained import BUDGET_MB, COSTS, STEPS
from tests.benchmarks.tasks import GROW, TASKS, first_word, is_peer

RESULTS = Path(__file__).with_name("results.json")
PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
TEN = 10
A_MILLION = 1_000_000
_SKIPPED = ("check",)

Row = dict[str, Any]
Found = dict[str, Any]


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
    """Find the task of ours that a peer is compared with, at its size."""
    for other in found["rows"]:
        same = first_word(other["task"]) == first_word(row["task"])
        if same and not is_peer(other["task"]) and other["cells"] == row["cells"]:
            return dict(other)
    return None


def exponents(found: Found) -> dict[str, float]:
    """Give the power of cells with which the time of each task grows, by least squares of logarithms."""
    result = {}
    for name in GROW:
        rows = [row for row in found["rows"] if row["task"] == name and row["cpu"] > 0.001]
        if len(rows) > 1:
            x, y = (np.log([row[key] for row in rows]) for key in ("cells", "cpu"))
            result[name] = float(np.polyfit(x, y, 1)[0])
    return result


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
    lines += [f"{minutes:g} minutes in all" for minutes in [found["minutes"]]]
    return "\n".join(lines)


# --- the page ----------------------------------------------------------------------------------


def performance_page(found: Found) -> str:
    """Write ``docs/performance.md``.

    Parameters
    ----------
    found
        What ``python -m tests.benchmarks`` measured.

    Returns
    -------
    str
        Markdown; the same measurements give the same page.
    """
    parts = [
        _head(found),
        _peers(found),
        _growth(found),
        _whole(found),
        _costs(found),
        _memory(found),
        _start(found),
        _limits(found),
    ]
    return "\n".join(part.strip("\n") + "\n" for part in parts if part)


def _head(found: Found) -> str:
    machine, busy = found["machine"], found["busy"]
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    return f"""# Performance

<!-- Made by `python -m tests.benchmarks` of tests/benchmarks/results.json: change neither by hand. -->

Measured on {found["measured"]} in {found["minutes"]:g} minutes: {machine["processor"]}, {machine["cores"]} cores, {machine["memory_gib"]:g} GiB of memory, {machine["system"]}. {busy[0]:g} processes wanted a core before and {busy[1]:g} at the end, the benchmark among them.{found.get("note", "")}
{versions}.

<!-- skip: next "It installs the peers, and measuring takes some ten minutes." -->

```sh
pip install -e ".[benchmark]"
python -m tests.benchmarks          # measures all, writes this page
python -m tests.benchmarks --list   # names the tasks; --only, --cells, --rounds choose
```

Everything has the same invented city, made of a seed: a million inhabited cells of 100 m, 200 streets and townships, 2,000 facilities of each of three services, 5,000 compounds, a walking network of 300,000 nodes; other sizes grow or shrink all alike. Every task, ours or a peer's, has a fresh process. Times are **seconds of processor time** of all threads, the best of up to {found["rounds"]} rounds (median in brackets): on a machine that does other work the clock says more about that work. Making the input and imports are not timed. *times ours* over 1 means that ours is faster."""


def _peers(found: Found) -> str:
    lines = [
        "## Beside peers",
        "",
        "| task | cells | CPU, s | times ours | peak, MB | of it input |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    compared = {
        (first_word(row["task"]), row["cells"]) for row in found["rows"] if is_peer(row["task"])
    }
    for row in sorted(found["rows"], key=_order):
        if (first_word(row["task"]), row["cells"]) not in compared or row["task"] in STEPS["start"]:
            continue
        ours = ours_of(found, row) if is_peer(row["task"]) else None
        ratio = f"{row['cpu'] / max(ours['cpu'], 1e-4):.2g}" if ours else ""
        name = (
            f"→ {row['task'].split(': ', 1)[1]}" if is_peer(row["task"]) else f"**{row['task']}**"
        )
        more = "".join(
            f"; {key} {value:.3g}" for key, value in row["found"].items() if key in {"gap", "bound"}
        )
        lines.append(
            f"| {name}{more} | {row['cells']:,} | {_seconds(row)} | {ratio} | {row['peak_mb']:,} | "
            f"{row['input_mb']:,} |"
        )
    if found["skipped"]:
        names = ", ".join(f"{name} ({package})" for name, package in found["skipped"].items())
        lines += ["", f"Skipped, for what they need was not installed: {names}."]
    if found["failed"]:
        names = ", ".join(found["failed"])
        lines += [
            "",
            f"Without a result, for they failed or took more than a quarter of an hour: {names}.",
        ]
    return "\n".join(lines)


def _order(row: Row) -> tuple[int, int, bool]:
    words = [first_word(name) for name in TASKS]
    return words.index(first_word(row["task"])), row["cells"], is_peer(row["task"])


def _seconds(row: Row) -> str:
    return f"{_number(row['cpu'])} ({_number(row['cpu_median'])})"


def _number(seconds: float) -> str:
    return (
        f"{seconds:.3f}" if seconds < 1 else f"{seconds:.2f}" if seconds < 10 else f"{seconds:.1f}"
    )


def _growth(found: Found) -> str:
    powers = exponents(found)
    if not powers:
        return ""
    sizes = sorted({row["cells"] for row in found["rows"] if row["task"] in powers})
    lines = [
        "## Growth",
        "",
        (
            "CPU seconds by number of cells (facilities, units and compounds grow with them), and the power "
            "of the number of cells with which they grow: 1 is in proportion."
        ),
        "",
        "| task | " + " | ".join(f"{size:,}" for size in sizes) + " | power |",
        "|---|" + "--:|" * (len(sizes) + 1),
    ]
    for name, power in powers.items():
        of = {row["cells"]: _number(row["cpu"]) for row in found["rows"] if row["task"] == name}
        lines.append(
            f"| {name} | " + " | ".join(of.get(size, "") for size in sizes) + f" | {power:.2f} |"
        )
    return "\n".join(lines)


def _whole(found: Found) -> str:
    lines = [
        "## The whole assessment beside its bare kernels",
        "",
        (
            "The raster read and all headline norms of Zhengzhou assessed, beside the calls of libraries "
            "that no such job can do without, on the same inputs in the same process: reading the raster, "
            "exactextract's lists of cells for streets, circles and crossed circles, the nearest facility "
            "(on foot: the nearest node) of every starting point, Dijkstra from facilities, and a maximum "
            "flow. CPU seconds; the goal is a ratio of 2."
        ),
        "",
    ]
    rows = [row for row in found["rows"] if first_word(row["task"]) in STEPS["kernels"]]
    if not rows:
        return ""
    names = ["raster read", "exactextract", "nearest", "Dijkstra", "allocation", "kernels", "whole"]
    lines += ["| | " + " | ".join(names) + " | ratio |", "|---|" + "--:|" * (len(names) + 1)]
    for row in rows:
        of = row["found"]
        cells = [_number(of[name]) if name in of else "" for name in names]
        label = "walking circles on foot" if "walk" in row["task"] else "straight lines"
        lines.append(f"| {label} | " + " | ".join(cells) + f" | {of['ratio']:.2f} |")
    for row in found["rows"]:
        if row["task"] == "outputs":
            of = row["found"]
            lines += [
                "",
                (
                    f"All {len_norms(of)} findings of every norm of Zhengzhou, from checking the inputs to "
                    f"all files written: {sum(v for k, v in of.items() if k != 'check'):.1f} s "
                    f"(checks of inputs {of['checks of inputs']:.1f}, assess {of['assess']:.1f}, outputs "
                    f"{of['outputs']:.1f}), peak {row['peak_mb']:,} MB."
                ),
            ]
    return "\n".join(lines)


def len_norms(of: dict[str, float]) -> str:
    """Say how many findings there were."""
    return f"{int(of['check']):,}"


def _costs(found: Found) -> str:
    parts = []
    for row in found["rows"]:
        if first_word(row["task"]) not in STEPS["costs"]:
            continue
        label = "walking circles on foot" if "walk" in row["task"] else "straight lines"
        total = row["found"]["check"]
        parts += [
            "",
            f"Every norm of Zhengzhou, {label}, {_number(total)} s:",
            "",
            "| function | s | share | |",
            "|---|--:|--:|---|",
        ]
        for name, seconds in largest(row):
            parts.append(
                f"| `{name}` | {_number(seconds)} | {seconds / total:.0%} | {COSTS.get(name, '')} |"
            )
    if not parts:
        return ""
    return "\n".join(
        [
            "## The ten largest costs",
            "",
            "By the innermost function of ours at work; what libraries do for it counts as its own.",
            *parts,
        ]
    )


def largest(row: Row) -> list[tuple[str, float]]:
    """List the ten functions that took most."""
    named = [(name, value) for name, value in row["found"].items() if name not in _SKIPPED]
    return sorted(named, key=lambda one: -one[1])[:TEN]


def _memory(found: Found) -> str:
    lines = [
        "## Memory",
        "",
        (
            "Peak of each step at a million cells above what was held before (the input and the libraries, "
            "which stand beside it), and the budget that we keep it to. Cells are held as arrays, in double "
            "precision where people are added up: 8 bytes for each cell and group; rows of cell × unit and "
            "pairs take 8 bytes a column. No table of cells is ever a pandas frame."
        ),
        "",
        "| step | added, MB | budget, MB | held before, MB |",
        "|---|--:|--:|--:|",
    ]
    steps = []
    for name, budget in BUDGET_MB.items():
        for row in found["rows"]:
            if row["task"] != name or row["cells"] != A_MILLION:
                continue
            added = row["peak_mb"] - row["input_mb"]
            over = " **over**" if added > budget else ""
            steps.append(f"| {name} | {added:,}{over} | {budget:,} | {row['input_mb']:,} |")
    return "\n".join([*lines, *steps]) if steps else ""


def _start(found: Found) -> str:
    rows = [row for row in found["rows"] if row["task"] in STEPS["start"]]
    if not rows:
        return ""
    lines = [
        "## Import and start",
        "",
        (
            "CPU seconds of a new process, from its start to its end; nothing heavy is imported before it "
            "is used."
        ),
        "",
        "| | s |",
        "|---|--:|",
    ]
    names = {
        "python": "Python alone",
        "help": "`capacity --help`",
        "norms list": "`capacity norms list`",
    }
    for row in rows:
        word = row["task"].replace("import: ", "import ")
        lines.append(f"| {names.get(row['task'], f'`{word}`')} | {_seconds(row)} |")
    return "\n".join(lines)


def _limits(found: Found) -> str:
    del found
    return """## What these numbers do not say

One machine, one seed. The network is a lattice of crooked streets, which suits a plain Dijkstra search; pandana prepares its network for many searches, and that is not timed. Some peers put a whole cell where its centre lies, which is less work than cutting it: `split: rasterize + bincount`, `split: rasterstats`, `split: geopandas sjoin` and the peers of `coverage`. spopt is given the matrix of distances; ours measures reach itself. [Siting](siting.md), [walking](walking.md) and [inputs](inputs.md) have more on their parts."""
