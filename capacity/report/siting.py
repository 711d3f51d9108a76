"""A plan as a folder: proposals, before and after, workbook, manifest; and what a terminal shows.

It formats, and never computes.
"""

from __future__ import annotations

import dataclasses
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pyproj import Transformer

from capacity.errors import MissingExtraError
from capacity.exact import rounded
from capacity.report.figure_plan import draw_figures
from capacity.report.folder import write_whole
from capacity.report.labels import NOT_APPLICABLE, label
from capacity.report.manifest import manifest
from capacity.report.plan_book import workbook
from capacity.report.plan_page import page
from capacity.report.plan_words import UNCOUNTED, size_name
from capacity.report.text import clean, guard_csv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from capacity.report.labels import Language
    from capacity.siting.plan import Plan
    from capacity.siting.scenario import Comparison

MARKER: Final = "proposals.csv"
"""File by which the folder of a plan is known."""


def write_plan(
    plan: Plan,
    path: str | Path,
    *,
    overwrite: bool = False,
    language: Language = "zh",
    scenarios: Comparison | None = None,
) -> Path:
    """Write a plan into a folder, whole or not at all.

    ``proposals.csv`` and ``proposals.gpkg`` (a point each), ``before_after.csv``, ``unmet.csv``,
    ``unreached.csv``, ``checks.csv``, ``curve.csv``, ``cost_curve.csv`` and ``knees.csv`` where there is
    a circle, ``compounds.csv``, ``plan.xlsx``, ``plan.html``, ``plan.png`` and ``scenarios.png`` (with
    matplotlib) and ``manifest.json``. CSV files are UTF-8 with a
    byte order mark and guarded against formulas.

    Parameters
    ----------
    plan
        What ``site`` gave.
    path
        Folder to make, in a folder that is there.
    overwrite
        Replace a folder that holds an earlier plan.
    language
        ``zh`` or ``en``, of workbook and figure; the tables for machines are the same.
    scenarios
        What ``compare_scenarios`` gave, written as ``scenarios.csv``, ``scenario_totals.csv`` and a sheet.

    Returns
    -------
    Path
        The folder written.

    Raises
    ------
    OutputExistsError
        If the folder is there and ``overwrite`` is not set, or it is not an earlier plan.
    InputError
        If the folder that it would stand in is not there.
    """

    def fill(folder: Path) -> None:
        """Write the files."""
        proposals = proposals_table(plan)
        _write_csv(proposals, folder / MARKER)
        layer = plan.proposals[["geometry"]].join(proposals)
        layer.to_file(folder / "proposals.gpkg", layer="proposals", driver="GPKG", engine="pyogrio")
        _write_csv(plan.changes, folder / "before_after.csv")
        _write_csv(plan.needs, folder / "needs.csv")
        _write_csv(plan.unmet, folder / "unmet.csv")
        _write_csv(plan.unreached, folder / "unreached.csv")
        _write_csv(plan.checks, folder / "checks.csv")
        for name, table in (
            ("curve", plan.curve),
            ("cost_curve", plan.cost_curve),
            ("knees", plan.knees),
            ("compounds", compounds_table(plan)),
        ):
            if len(table):
                _write_csv(table, folder / f"{name}.csv")
        if scenarios is not None:
            _write_csv(scenarios.table, folder / "scenarios.csv")
            _write_csv(scenarios.totals, folder / "scenario_totals.csv")
        figures = {}
        # without matplotlib there are no figures, and everything else all the same
        with suppress(MissingExtraError):
            figures = draw_figures(plan, scenarios, language)
        for name, image in figures.items():
            (folder / f"{name}.png").write_bytes(image)
        (folder / "plan.xlsx").write_bytes(workbook(plan, scenarios, language))
        html = page(plan, scenarios, figures, language)
        (folder / "plan.html").write_text(html, encoding="utf-8")
        text = json.dumps(plan_manifest(plan), ensure_ascii=False, indent=2)
        (folder / "manifest.json").write_text(f"{text}\n", encoding="utf-8")

    return write_whole(path, fill, overwrite=overwrite, marker=MARKER)


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    guard_csv(frame).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def proposals_table(plan: Plan) -> pd.DataFrame:
    """Lay proposals out for a file: lists as text, and coordinates as numbers.

    Parameters
    ----------
    plan
        What ``site`` gave.

    Returns
    -------
    DataFrame
        Columns of ``plan.proposals`` without geometry; ``counts_for`` joined by spaces; ``x`` and
        ``y`` in the CRS of the study area, ``longitude`` and ``latitude`` in WGS 84.
    """
    frame = plan.proposals.drop(columns="geometry")
    points = plan.proposals.geometry
    to_degrees = Transformer.from_crs(plan.before.area.crs, "EPSG:4326", always_xy=True)
    x, y = points.x.to_numpy(), points.y.to_numpy()
    longitude, latitude = to_degrees.transform(x, y)
    ids = [" ".join(names) for names in frame["counts_for"]]
    table: pd.DataFrame = frame.assign(
        counts_for=np.array(ids, dtype=object),
        x=x.round(3),
        y=y.round(3),
        longitude=np.asarray(longitude).round(7),
        latitude=np.asarray(latitude).round(7),
    )
    return table


def compounds_table(plan: Plan) -> pd.DataFrame:
    """Lay the order of compounds out for a file: lists as text.

    Parameters
    ----------
    plan
        What ``site`` gave.

    Returns
    -------
    DataFrame
        Columns of ``plan.compounds``; ``compounds`` joined by spaces.
    """
    if plan.compounds.empty:
        return plan.compounds
    ids = [" ".join(names) for names in plan.compounds["compounds"]]
    return plan.compounds.assign(compounds=np.array(ids, dtype=object))


def plan_manifest(plan: Plan) -> dict[str, Any]:
    """Describe a plan so that it can be reproduced: the manifest of its assessment, and the search.

    Parameters
    ----------
    plan
        What ``site`` gave.

    Returns
    -------
    dict
        As ``manifest``, with ``siting``: settings, objective, value, bound, gap, status, candidates
        and proposals.
    """
    found = {
        "objective": plan.objective,
        "value": _number(plan.value),
        "bound": _number(plan.bound),
        "gap": _number(plan.gap),
        "status": plan.status,
        "candidates": len(plan.candidates),
        "proposals": len(plan.proposals),
        "unmet": len(plan.unmet),
        "checks": len(plan.checks),
        "settings": {
            key: value
            for key, value in _plain(dataclasses.asdict(plan.settings)).items()
            if key != "lines"
        },
    }
    return manifest(plan.before) | {"siting": found}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


_SHOWN: Final = 12


def proposal_rows(
    plan: Plan, language: Language
) -> tuple[list[str], list[Sequence[str]], list[str]]:
    """Give the heads, rows and notes of a short table of proposals, for a terminal.

    Parameters
    ----------
    plan
        What ``site`` gave.
    language
        ``zh`` or ``en``.

    Returns
    -------
    heads, rows, notes
        Texts; at most a dozen rows, the largest proposals first. The notes say how many there are and
        where they all stand, and what 「—」 means.
    """
    heads = [
        label(pair, language)
        for pair in (
            ("编号", "id"),
            ("街道/社区", "unit"),
            ("规模", "size"),
            ("新纳入服务范围人口(人)", "people newly in reach"),
        )
    ]
    largest = plan.proposals.sort_values("size", ascending=False, kind="stable").head(_SHOWN)
    rows: list[Sequence[str]] = []
    for one in largest.drop(columns="geometry").to_dict("records"):
        unit = clean(one["community_name"] or one["street_name"])
        new = one["new_people"]
        people = NOT_APPLICABLE if new != new else rounded(new, 0)  # noqa: PLR0124  # NaN
        size = f"{rounded(one['size'], 0)} {size_name(str(one['sized_in']), [str(one['service'])], language)}"
        rows.append([clean(one["facility_id"]), unit, size, people])
    notes = []
    if len(plan.proposals) > _SHOWN:
        zh = f"仅列规模最大的前 {_SHOWN} 处,共 {len(plan.proposals)} 处;全部见 plan.xlsx 和 proposals.csv。"
        en = (
            f"The {_SHOWN} largest of {len(plan.proposals)} proposals; all of them are in plan.xlsx "
            "and proposals.csv."
        )
        notes.append(label((zh, en), language))
    if any(row[-1] == NOT_APPLICABLE for row in rows):
        notes.append(label(UNCOUNTED, language))
    return heads, rows, notes
