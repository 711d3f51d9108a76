"""Blocks of measurements in pages that are otherwise written by hand: siting, storage, parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks.kept import (
    COUNTRY,
    KILLED,
    RESULTS,
    Found,
    markdown,
    number,
    read,
    row_of,
)
from tests.benchmarks.page import PAGE, performance_page
from tests.benchmarks.siting import OURS
from tests.benchmarks.tasks import first_word

if TYPE_CHECKING:
    from pathlib import Path

DOCS = PAGE.parent
BEGIN = "<!-- Made by `python -m tests.benchmarks --page`: do not change by hand. -->"
END = "<!-- So far. -->"
_NOT_YET = "*Not measured yet.*"


def pages() -> dict[Path, str]:
    """Make every page that has measurements.

    Returns
    -------
    dict
        Path → text: of the files in this folder, and of what is written by hand around them.
    """
    found = read(RESULTS)
    country = read(COUNTRY) if COUNTRY.exists() else None
    log = KILLED.read_text("utf-8") if KILLED.exists() else ""
    made = {PAGE: performance_page(found, country)}
    blocks = {"siting": siting(found), "storage": of_country(country), "parts": killed(log)}
    for name, block in blocks.items():
        path = DOCS / f"{name}.md"
        made[path] = put(path.read_text("utf-8"), block)
    return made


def put(text: str, block: str) -> str:
    """Put a block between its marks in a page.

    Parameters
    ----------
    text
        Of the page, with one pair of marks.
    block
        What stands between them.

    Returns
    -------
    str
        The page.
    """
    before, after = text.split(BEGIN)
    _, after = after.split(END)
    return f"{before}{BEGIN}\n\n{block}\n\n{END}{after}"


def siting(found: Found) -> str:
    """Lay out what the siting tasks found, beside what was asked and spopt."""
    rows = []
    for name, asked in OURS.items():
        row = row_of(found, name)
        if row is None or "gap" not in row["found"]:
            continue
        of = row["found"]
        late = row["cpu"] > asked.most_s or row["peak_mb"] > asked.most_mb
        wanted = f"{asked.gap:g}" if asked.gap else "proven"
        wanted += f" in {asked.most_s:g} s" if np.isfinite(asked.most_s) else ""
        wanted += f", {asked.most_mb / 1000:g} GB" if np.isfinite(asked.most_mb) else ""
        wanted += " **not met**" if late or of["gap"] > asked.gap else ""
        peer = row_of(found, f"{first_word(name)}: spopt, HiGHS")
        same = peer and np.isclose(peer["found"]["check"], of["check"], rtol=1e-4)
        rows.append(
            [
                asked.words,
                wanted,
                f"{of['check']:,.6g}" if of["check"] < 1e5 else f"{of['check']:,.0f}",
                f"{of['bound']:,.6g}" if of["bound"] < 1e5 else f"{of['bound']:,.0f}",
                f"{of['gap']:.2g}",
                number(row["clock"]),
                number(row["cpu"]),
                f"{row['peak_mb']:,}",
                f"{number(peer['cpu'])}, {'the same' if same else '**another**'}" if peer else "",
            ]
        )
    names = ["task", "asked", "objective", "bound", "gap", "on the clock, s", "CPU, s", "peak, MB"]
    return markdown([*names, "spopt + HiGHS, CPU, s"], rows, words=(0, 1)) if rows else _NOT_YET


def of_country(country: Found | None) -> str:
    """Lay out a country, province by province, and its sums."""
    if country is None:
        return _NOT_YET
    of, machine = country["totals"], country["machine"]
    cores = f"{country['asked']['workers']} workers on {machine['cores']} cores"
    rows = [
        [
            str(row["part"]),
            f"{row['cells'] / 1e6:.1f}",
            f"{row['townships']:,}",
            f"{row['made']['facilities']:,}",
            f"{row['seconds']:.0f}",
            f"{row['CPU s driver']:.0f}",
            " + ".join(f"{one:.0f}" for one in row["CPU s workers"]),
            f"{row['MB driver']:,}",
            ", ".join(f"{one:,}" for one in row["MB workers"]),
        ]
        for row in country["provinces"]
    ]
    names = ["province", "million cells", "townships", "facilities", "on the clock, s"]
    names += ["driver, CPU s", "workers, CPU s", "driver, MB", "each worker, MB"]
    driver, workers = of["CPU s driver"] / 3600, of["CPU s workers"] / 3600
    return "\n".join(
        [
            f"Measured on {country['measured']}: {machine['processor']}, {cores}, {machine['memory_gib']:g} GiB.",
            "",
            markdown(names, rows),
            "",
            f"- In all {of['cells']:,} cells, {of['townships']:,} townships and {of['facilities']:,} facilities in {of['provinces']} provinces: {of['hours']:.2f} hours ({of['hours with making']:.2f} with making and deleting them), {of['cells/s']:,} cells a second.",
            f"- {of['people made']:,.0f} people were made, and {of['people made'] - of['people lost']:,.0f} are in the findings: borders are rounded to a centimetre.",
            f"- Time on the clock grows with the cells of a province to the power of {of['power']:.2f}, processor time to {of['power CPU']:.2f}. The later half of the provinces took {of['later']:.2f} times as long for a cell as the earlier, and its workers {of['later MB']:.2f} times as much memory.",
            f"- No worker took more than {of['MB worker']:,} MB, no driver more than {of['MB driver']:,} MB.",
            f"- On paper: {workers:.2f} hours of workers' processor time are {workers * 60 / 16:.1f} minutes of 16 cores; the driver's {driver * 60:.0f} minutes are divided only where several provinces are taken at once.",
        ]
    )


def killed(log: str) -> str:
    """Show the log of what was killed and resumed."""
    return f"```text\n{log.strip()}\n```" if log else _NOT_YET
