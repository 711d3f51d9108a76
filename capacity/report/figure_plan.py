"""The figure of a plan: where it builds, and what another site would bring. Nothing is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from capacity.report.drawing import BLUE, GREY, RED, SMALL, TEXT, TITLE, new_axes
from capacity.report.figure_map import north_arrow, scale_bar
from capacity.report.fonts import drawable, dress, font_file
from capacity.report.labels import label, norm_name
from capacity.report.text import clean
from capacity.vocabulary import TIER_OF

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

    from capacity.report.labels import Language, Pair
    from capacity.siting.plan import Plan

_EDGE, _LOST = "#9A9A9A", "#EBD7A5"
_WORDS: Final[dict[str, Pair]] = {
    "title": ("{area}:新增设施 {n} 处", "{area}: {n} new facilities"),
    "old": ("现有设施", "existing facilities"),
    "new": ("新增设施,规模 {size}", "new, size {size}"),
    "lost": ("任何候选点都服务不到的居民", "people in reach of no candidate"),
    "sites": ("新增设施数", "new facilities"),
    "share": ("覆盖人口比例", "share of people in reach"),
    "curve": ("只为此项标准逐个增设", "one site after the other, for this norm alone"),
    "most": ("不可能超过", "no choice exceeds"),
    "plan": ("本方案(同时满足其他标准)", "this plan, which meets the other norms too"),
    "lines": (
        "粗线:街道、乡镇;细线:社区、村。数据时点:{day}",
        "Thick lines: streets and townships; thin ones: communities and villages. Data of {day}",
    ),
}
_DOTS: Final = (18.0, 160.0)
_MANY: Final = 60
"""Of more facilities the dots are smaller."""

PLOTS: Final = ("map", "curve")
"""Kinds of figures of a plan."""


def plot_plan(
    plan: Plan, kind: str = "map", *, ax: Axes | None = None, language: Language = "zh"
) -> Axes:
    """Draw where a plan builds, or what one site after the other would bring.

    Parameters
    ----------
    plan
        What ``site`` gave.
    kind
        A word of ``PLOTS``.
    ax
        Axes to draw in; a figure of their own if not given.
    language
        ``zh`` or ``en``.

    Returns
    -------
    Axes
        Those drawn in.

    Raises
    ------
    ValueError
        If there is no such kind, or no circle norm is in the plan and so no curve.
    MissingExtraError
        Without matplotlib or the font.
    """
    if kind not in PLOTS:
        raise ValueError(f'no figure "{kind}". Figures of a plan: {", ".join(PLOTS)}.')
    if kind == "curve" and plan.curve.empty:
        raise ValueError("The plan has no curve: no circle norm is among those to be met.")
    font_file()
    axes = new_axes() if ax is None else ax
    (_map if kind == "map" else _curve)(plan, axes, language)
    dress(axes)
    return axes


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

    kinds = PLOTS[:1] if plan.curve.empty else PLOTS
    figure = Figure(figsize=(7.5 * len(kinds), 6.2), layout="constrained")
    for axes, kind in zip(figure.subplots(1, len(kinds), squeeze=False)[0], kinds, strict=True):
        plot_plan(plan, kind, ax=axes, language=language)
    figure.savefig(path, dpi=150)


def _say(word: str, language: Language, **values: object) -> str:
    return label(_WORDS[word], language).format(**values)


def _map(plan: Plan, axes: Axes, language: Language) -> None:
    area = plan.before.area
    drawn = area.units[area.units.geometry.notna()]
    order = drawn["unit_type"].map(TIER_OF)
    if len(plan.unreached):
        lost = plan.unreached
        style: dict[str, Any] = {"c": _LOST, "marker": "s", "lw": 0}
        axes.scatter(lost["x"], lost["y"], s=5, **style)
        axes.scatter([], [], s=30, label=_say("lost", language), **style)
    for tier, width in (("community", 0.4), ("street", 1.2)):
        frame = drawn[order.eq(tier)]
        if len(frame):
            frame.boundary.plot(ax=axes, edgecolor=_EDGE, lw=width, aspect=None)
    services = {one.service for one in plan.settings.build}
    old = area.facilities[area.facilities["service"].isin(services) & area.facilities["is_open"]]
    old = old[old.geometry.notna()]
    axes.scatter(
        old.geometry.x, old.geometry.y, s=16, c=BLUE, marker="^", label=_say("old", language)
    )
    _new_dots(plan, axes, language)
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.margins(0.02)
    scale_bar(axes, language)
    north_arrow(axes, language)
    values = {"area": clean(area.name), "n": len(plan.proposals)}
    axes.set_title(drawable(_say("title", language, **values)), loc="left", fontsize=TITLE)
    axes.legend(
        loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=TEXT, frameon=False, borderaxespad=0.0
    )
    axes.annotate(
        _say("lines", language, day=area.data_date.isoformat()),
        (0.0, 0.0),
        xycoords="axes fraction",
        xytext=(0.0, -8.0),
        textcoords="offset points",
        va="top",
        fontsize=SMALL,
        color=GREY,
        annotation_clip=False,
    )


def _new_dots(plan: Plan, axes: Axes, language: Language) -> None:
    """Draw each new facility by its size; the legend shows the smallest and the largest."""
    new = plan.proposals
    if not len(new):
        return
    largest = float(new["size"].max())
    low, high = (dot * min(1.0, _MANY / len(new)) for dot in _DOTS)
    style: dict[str, Any] = {"c": RED, "alpha": 0.85, "edgecolor": "white", "lw": 0.5, "zorder": 3}
    dots = low + (high - low) * new["size"] / largest
    axes.scatter(new.geometry.x, new.geometry.y, s=dots, **style)
    for size in sorted({float(new["size"].min()), largest}):
        said = _say("new", language, size=f"{size:,g}")
        axes.scatter([], [], s=low + (high - low) * size / largest, label=said, **style)


def _curve(plan: Plan, axes: Axes, language: Language) -> None:
    norm_id = str(plan.curve["norm_id"].iloc[0])
    own = plan.curve[plan.curve["norm_id"].eq(norm_id)]
    norm = next(one for one in plan.before.norms.norms if one.id == norm_id)
    axes.plot(own["n_sites"], own["share"], c=RED, lw=2, label=_say("curve", language))
    axes.plot(own["n_sites"], own["share_at_most"], c=GREY, ls=":", label=_say("most", language))
    need = plan.needs[plan.needs["norm_id"].eq(norm_id)]
    people = float(need["base_value"].sum())
    share = float((need["existing"] + need["gives"]).sum()) / people
    axes.scatter([len(plan.proposals)], [share], c="k", zorder=4, label=_say("plan", language))
    axes.annotate(f"{len(plan.proposals)}, {share:.1%}", (len(plan.proposals), share), (6, -12),
                  textcoords="offset points", fontsize=TEXT)  # fmt: skip
    axes.set_ylim(0, min(1.02, float(np.max(own["share_at_most"])) * 1.1 + 0.02))
    axes.set_xlim(left=0)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.set_xlabel(_say("sites", language), fontsize=TEXT)
    axes.set_ylabel(_say("share", language), fontsize=TEXT)
    axes.tick_params(labelsize=TEXT)
    axes.set_title(drawable(norm_name(norm, language)), loc="left", fontsize=TITLE)
    axes.grid(visible=True, alpha=0.3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.legend(loc="lower right", fontsize=TEXT, frameon=False)
