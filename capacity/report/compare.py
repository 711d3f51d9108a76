"""Write a comparison down: tables, workbook and page in a folder, and what a terminal shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.console import Group
from rich.text import Text

import capacity
from capacity.monitoring.effects import EFFECTS
from capacity.report.compare_book import write_book
from capacity.report.compare_page import page
from capacity.report.compare_words import (
    EFFECT_WORDS,
    amount_text,
    change_text,
    groups,
    head,
    heading,
)
from capacity.report.fitting import Fitted, Wrapped
from capacity.report.folder import digests, write_csv, write_json, write_whole
from capacity.report.labels import label

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType

    from capacity.monitoring.compare import Comparison
    from capacity.monitoring.snapshot import Snapshot
    from capacity.report.compare_words import ChangeGroup, ChangeRow
    from capacity.report.labels import Language

MARKER: Final = "comparison.json"
"""File by which the folder of a comparison is known; it is not that of an assessment."""


def write_comparison(
    comparison: Comparison,
    path: str | Path,
    *,
    overwrite: bool = False,
    language: Language = "zh",
) -> Path:
    """Write a comparison into a folder, whole or not at all.

    ``comparison.csv`` and ``comparison.parquet`` hold every row, ``facility_changes.csv`` the
    facilities, ``comparison.xlsx`` and ``comparison.html`` the same for reading, ``comparison.json``
    what was compared.

    Parameters
    ----------
    comparison
        What ``compare`` gave.
    path
        Folder to make, in a folder that is there.
    overwrite
        Replace a folder that holds an earlier comparison.
    language
        Of the workbook and the page.

    Returns
    -------
    Path
        The folder written.

    Raises
    ------
    OutputExistsError
        If the folder is there and ``overwrite`` is not set, or it is no earlier comparison.
    InputError
        If the folder that it would stand in is not there.
    """

    def fill(folder: Path) -> None:
        """Write the files."""
        write_csv(comparison.changes, folder / "comparison.csv")
        comparison.changes.to_parquet(folder / "comparison.parquet", index=False)
        write_csv(comparison.facilities, folder / "facility_changes.csv")
        write_book(comparison, folder / "comparison.xlsx", language)
        text = page(comparison, language)
        (folder / "comparison.html").write_text(text, encoding="utf-8", newline="\n")
        write_json(_facts(comparison) | {"results": digests(folder)}, folder / MARKER)

    return write_whole(path, fill, overwrite=overwrite, marker=MARKER)


def _facts(comparison: Comparison) -> dict[str, Any]:
    return {
        "capacity": capacity.__version__,
        "old": _side(comparison.old),
        "new": _side(comparison.new),
        "faults": [
            {"severity": fault.severity, "code": fault.code, "message": str(fault)}
            for fault in comparison.faults
        ],
    }


def _side(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "name": snapshot.name,
        "code": snapshot.code,
        "city": snapshot.city,
        "data_date": snapshot.data_date.isoformat(),
        "norms_on": snapshot.norms_on.isoformat(),
        "inputs": [dict(file) for file in snapshot.inputs],
    }


def comparison_tables(comparison: Comparison, *, language: Language = "zh") -> list[RenderableType]:
    """Draw what changed: for each norm the whole area, and the units whose figure changed.

    Parameters
    ----------
    comparison
        What ``compare`` gave.
    language
        ``zh`` or ``en``.

    Returns
    -------
    list of renderable
        A title, and a table per norm of which anything changed; of people in reach one table, of the
        first group.
    """
    title, line = heading(comparison, language)
    changed = [g for g in groups(comparison, language) if g.main and g.changed]
    first = Group(Text(title, style="bold"), Text(line), Text())
    if not changed:
        return [first, Text(label(("没有变化。", "Nothing changed."), language))]
    more = label(_MORE, language)
    return [first, *(_table(group, language) for group in changed), Wrapped(more)]


_MORE: Final = (
    "缺口变化=人口+设施增减+标准+数据+未分解;「…」缺数据,「—」未分解;≥ 至少,≤ 至多,「已知」仅为已知部分。各年龄组和逐项说明见 -o 写出的表和网页。",
    (
        "Change = people + supply + norm + data + not separated; “…” no data, “—” not separated; ≥ at least, ≤ at "
        "most, “known” of what is known. Age groups "
        "and a sentence for each row are in the tables and the page that -o writes."
    ),
)


def _table(group: ChangeGroup, language: Language) -> RenderableType:
    heads = [label(("单位", "unit"), language)]
    heads += [head(name, group.shows, language) for name in ("old", "new", "change")]
    heads += [label(EFFECT_WORDS[name], language) for name in EFFECTS]
    shown = [row for row in group.rows if row.total or row.changed]
    shown.sort(key=lambda row: not row.total)
    table = Fitted(
        f"{group.title} [{group.unit}]",
        [one.replace(" ", "\n") for one in heads],
        [_cells(group, row) for row in shown],
        right=range(1, len(heads)),
        wrapped=0,
        kept=1,
        continued=True,
        totals=sum(row.total for row in shown),
    )
    return Group(table, Text())


def _cells(group: ChangeGroup, row: ChangeRow) -> list[Text]:
    amounts = (amount_text(row, name, group.digits) for name in ("old", "new"))
    parts = (change_text(row, name, group.digits) for name in ("change", *EFFECTS))
    return [Text(text) for text in (row.name, *amounts, *parts)]
