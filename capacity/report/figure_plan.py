"""The figure of a plan: where it builds, and what another site would bring. Nothing is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from capacity.report.fonts import drawable, dress, font_file
from capacity.report.labels import label, norm_name
from capacity.vocabulary import TIER_OF

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

    from capacity.report.labels import Language, Pair
    from capacity.siting.plan import Plan

_LAND, _EDGE, _OLD, _NEW, _LOST = "#F4F4F2", "#9A9A9A", "#5B6770", "#C0392B", "#E8C77B"
_WORDS: Final[dict[str, Pair]] = {
    "title": ("新增设施布局(点的大小表示规模)", "New facilities (larger dots: larger facilities)"),
    "old": ("现有设施", "existing facilities"),
    "new": ("新增设施", "new facilities"),
    "lost": ("任何候选点都服务不到的居民", "people in reach of no candidate"),
    "sites": ("新增设施数", "new facilities"),
    "share": ("覆盖人口比例", "share of people in reach"),
    "curve": ("逐个增设", "one site after the other"),
    "most": ("不可能超过", "no choice exceeds"),
    "plan": ("本方案", "this plan"),
}
_SIZES: Final = (18.0, 160.0)
_MANY: Final = 60
"""Of more facilities the dots are smaller."""


def save_figure(plan: Plan, path: Path, *, language: Language = "zh") -> None:
    """Draw the map of a plan, and the curve of its first circle norm, into a PNG file.

    Parameters
    ----------
    plan
        What ``site`` gave.
    path
        File to write.
    language
        ``zh`` or ``en``.

    Raises
    ------
    MissingExtraError
        Without matplotlib or the font.
    """
    font_file()
    from matplotlib.figure import Figure

    has_curve = not plan.curve.empty
    figure = Figure(figsize=(13.0 if has_curve else 7.5, 7.0), layout="constrained")
    axes = figure.subplots(1, 2 if has_curve else 1, squeeze=False)[0]
    _map(plan, axes[0], language)
    if has_curve:
        _curve(plan, axes[1], language)
    dress(figure)
    figure.savefig(path, dpi=150)


def _say(word: str, language: Language) -> str:
    return label(_WORDS[word], language)


def _map(plan: Plan, axes: Axes, language: Language) -> None:
    area = plan.before.area
    drawn = area.units[area.units.geometry.notna()]
    order = drawn["unit_type"].map(TIER_OF)
    lowest = drawn[order.eq("community")]
    for frame, width in ((lowest, 0.4), (drawn[order.eq("street")], 1.2)):
        if len(frame):
            frame.plot(ax=axes, facecolor=_LAND if width < 1 else "none", edgecolor=_EDGE, lw=width)
    services = {one.service for one in plan.settings.build}
    old = area.facilities[area.facilities["service"].isin(services) & area.facilities["is_open"]]
    old = old[old.geometry.notna()]
    if len(plan.unreached):
        lost = plan.unreached
        axes.scatter(lost["x"], lost["y"], s=3, c=_LOST, marker="s", label=_say("lost", language))
    axes.scatter(
        old.geometry.x, old.geometry.y, s=14, c=_OLD, marker="^", label=_say("old", language)
    )
    new = plan.proposals
    if len(new):
        largest = float(new["size"].max())
        low, high = (size * min(1.0, _MANY / len(new)) for size in _SIZES)
        sizes = low + (high - low) * new["size"] / largest
        axes.scatter(
            new.geometry.x,
            new.geometry.y,
            s=sizes,
            c=_NEW,
            alpha=0.8,
            edgecolor="white",
            lw=0.5,
            label=_say("new", language),
            zorder=3,
        )
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_title(drawable(f"{area.name}:{_say('title', language)}"), fontsize=12)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0.02), ncol=3, fontsize=9, frameon=False)


def _curve(plan: Plan, axes: Axes, language: Language) -> None:
    norm_id = str(plan.curve["norm_id"].iloc[0])
    own = plan.curve[plan.curve["norm_id"].eq(norm_id)]
    norm = next(one for one in plan.before.norms.norms if one.id == norm_id)
    axes.plot(own["n_sites"], own["share"], c=_NEW, lw=2, label=_say("curve", language))
    axes.plot(own["n_sites"], own["share_at_most"], c=_OLD, ls=":", label=_say("most", language))
    need = plan.needs[plan.needs["norm_id"].eq(norm_id)]
    people = float(need["base_value"].sum())
    share = float((need["existing"] + need["gives"]).sum()) / people
    axes.scatter([len(plan.proposals)], [share], c="k", zorder=4, label=_say("plan", language))
    axes.annotate(f"{len(plan.proposals)}, {share:.1%}", (len(plan.proposals), share), (6, -12),
                  textcoords="offset points", fontsize=9)  # fmt: skip
    axes.set_ylim(0, min(1.02, float(np.max(own["share_at_most"])) * 1.1 + 0.02))
    axes.set_xlim(left=0)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.set_xlabel(_say("sites", language))
    axes.set_ylabel(_say("share", language))
    axes.set_title(drawable(norm_name(norm, language)), fontsize=12)
    axes.grid(visible=True, alpha=0.3)
    axes.legend(loc="lower right", fontsize=9)
