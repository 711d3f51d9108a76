"""What a terminal shows of the stages to come: what is still missing if every project opens in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.console import Group
from rich.text import Text

from capacity.assess.summary import bound_of
from capacity.monitoring.project import PROJECT_NOTES
from capacity.report import labels
from capacity.report.fitting import Fitted
from capacity.report.labels import label
from capacity.report.text import clean, never_zero

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType

    from capacity.assess.result import Assessment
    from capacity.monitoring.project import Projection
    from capacity.norms.model import Norm
    from capacity.report.labels import Language, Pair

_HEADS: Final[dict[str, Pair]] = {
    "norm": ("标准", "norm"),
    "required": ("应有", "required"),
    "existing": ("现有", "existing"),
    "planned": ("规划净增", "planned, net"),
    "shortfall": ("现缺口", "shortfall now"),
    "still_missing": ("届时仍缺", "still missing"),
}
_NOTES: Final = {"shortfall": "note_now", "still_missing": "note"}
"""The note that says whether a number is a bound."""
_TITLE: Final[Pair] = (
    "{day}:规划项目如期投用后(全区,分单位合计)",
    "{day}: if every planned project opens in time (whole area, sum of units)",
)
_PROJECTS: Final[Pair] = (
    "规划项目 {n} 个,计入 {counted} 个{left}。逐单位见 stages.csv,逐项目见 projects.csv。",
    "{n} planned projects, {counted} counted{left}. Units are in stages.csv, projects in projects.csv.",
)


def stage_tables(
    projection: Projection, result: Assessment, *, language: Language = "zh"
) -> list[RenderableType]:
    """Draw what is still missing in the whole area at each stage, for norms that projects change.

    Parameters
    ----------
    projection
        What ``result.projection()`` gave.
    result
        The assessment.
    language
        ``zh`` or ``en``.

    Returns
    -------
    list of renderable
        A table per stage and a line about the projects; nothing where there are none.
    """
    projects = projection.projects
    if projects.empty:
        return []
    norms = {norm.id: norm for norm in (*result.norms.stages, *result.norms.norms)}
    stages = projection.stages
    changed = stages.loc[stages["planned"].fillna(0) != 0, ["stage", "norm_id", "measure"]]
    shown = stages.merge(changed.drop_duplicates(), on=["stage", "norm_id", "measure"])
    shown = shown[
        (shown["unit_code"] == result.area.code)
        & shown["rollup"].isin(["unit", "sum_of_units"])
        & ~shown["measure"].isin(list(labels.SECONDARY))
        & (shown["shortfall"].notna() | shown["still_missing"].notna())
    ]
    tables: list[RenderableType] = [
        _table(str(day)[:10], rows.to_dict(orient="records"), norms, language)
        for day, rows in shown.groupby("stage", sort=True)
    ]
    return [*tables, Text(_about(projects.to_dict(orient="records"), language)), Text()]


def _table(
    day: str, rows: list[dict[Any, Any]], norms: Mapping[str, Norm], language: Language
) -> RenderableType:
    lines = []
    for row in rows:
        digits = 1 if row["measure"] in labels.AREAS else 0
        norm = norms[row["norm_id"]]
        unit = label(labels.QUANTITIES[row["measure"]], language)
        name = clean(f"{labels.norm_name(norm, language)}({unit})")
        signs = {
            column: label(labels.MARKS[bound_of(str(row[note]))], language)
            for column, note in _NOTES.items()
        }
        cells = [_number(row[name], digits, signs.get(name, "")) for name in list(_HEADS)[1:]]
        lines.append([Text(text) for text in (name, *cells)])
    heads = [label(pair, language) for pair in _HEADS.values()]
    title = label(_TITLE, language).format(day=day)
    right = range(1, len(heads))
    return Group(Fitted(title, heads, lines, right=right, wrapped=0), Text())


def _number(value: float, digits: int, sign: str) -> str:
    if value != value:  # noqa: PLR0124  # NaN
        return labels.NO_DATA
    return f"{sign if value > 0 else ''}{never_zero(value, digits)}"


def _about(projects: list[dict[Any, Any]], language: Language) -> str:
    """Count the projects, and those that no stage counts, by reason."""
    opening = [row for row in projects if row["change"] == "opens"]
    counted = [row for row in opening if row["counted_from"]]
    lost = [row["note"] for row in opening if not row["counted_from"]]
    reasons = [
        f"{label(PROJECT_NOTES[note], language)} {lost.count(note)}"
        for note in PROJECT_NOTES
        if note in lost
    ]
    left = label((";", "; "), language).join(["", *reasons])
    return label(_PROJECTS, language).format(n=len(opening), counted=len(counted), left=left)
