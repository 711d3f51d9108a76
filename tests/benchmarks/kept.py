"""What was measured, kept in one file: every page is made of it, and a run of some tasks adds to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

RESULTS, COUNTRY, KILLED = (
    Path(__file__).with_name(name) for name in ("results.json", "country.json", "kill.log")
)

Row = dict[str, Any]
Found = dict[str, Any]

EMPTY: Final[Found] = {"runs": {}, "rows": [], "parts": [], "skipped": {}, "failed": {}}
_KEYS: Final = {"rows": ("task", "cells"), "parts": ("cells", "workers")}


def write(path: Path, found: Found) -> None:
    """Write what was measured, a line for each measurement."""
    lines = []
    for key, value in found.items():
        if key in _KEYS:
            rows = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in value)
            lines.append(f' "{key}": [\n  {rows}\n ]' if value else f' "{key}": []')
        else:
            lines.append(f' "{key}": {json.dumps(value, ensure_ascii=False)}')
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def read(path: Path) -> Found:
    """Read what was measured."""
    return dict(json.loads(path.read_text("utf-8")))


def merged(old: Found, new: Found) -> Found:
    """Put new measurements in the place of the old ones of the same things.

    Parameters
    ----------
    old, new
        ``runs`` (day and time → when, how long and with what), ``rows`` of tasks and ``parts`` of
        provinces, each with its ``run``, and what was ``skipped`` and ``failed``.

    Returns
    -------
    dict
        The same, with those runs of which something is left.
    """
    result: Found = {"runs": {}}
    for name, key in _KEYS.items():
        kept = {tuple(row[k] for k in key): row for row in (*old[name], *new[name])}
        result[name] = list(kept.values())
    tried = {row["task"] for row in new["rows"]} | set(new["skipped"])
    tried |= {one.split(" · ")[0] for one in new["failed"]}
    for name in ("skipped", "failed"):
        before = {one: why for one, why in old[name].items() if one.split(" · ")[0] not in tried}
        result[name] = before | new[name]
    of = {row["run"] for name in _KEYS for row in result[name]}
    result["runs"] = {run: said for run, said in (old["runs"] | new["runs"]).items() if run in of}
    return result


def main_run(found: Found) -> str:
    """Name the run of which most measurements are left, the last of them where that is several."""
    of = [row["run"] for row in found["rows"]]
    return max(found["runs"], key=lambda run: (of.count(run), run))


def row_of(found: Found, task: str, cells: int = 1_000_000) -> Row | None:
    """Give the measurement of a task at a size, if there is one."""
    same = (row for row in found["rows"] if (row["task"], row["cells"]) == (task, cells))
    return next(same, None)


def markdown(names: list[str], rows: list[list[str]], words: tuple[int, ...] = (0,)) -> str:
    """Lay out a table; columns but those of words are numbers."""
    marks = ["---" if n in words else "--:" for n in range(len(names))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (names, marks, *rows))


def number(seconds: float) -> str:
    """Write seconds with three digits or so."""
    few = 3 if seconds < 1 else 2 if seconds < 10 else 1
    return f"{seconds:.{few}f}"
