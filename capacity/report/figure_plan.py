"""The figures of a plan: where it builds, what another site would bring, and scenarios.

Nothing is computed.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from capacity.exact import percent, plain, rounded
from capacity.report.drawing import BLUE, GREY, RED, SMALL, TEXT, TITLE, new_axes
from capacity.report.figure_map import north_arrow, scale_bar
from capacity.report.fonts import drawable, dress, font_file
from capacity.report.labels import QUANTITIES, SECONDARY, label, measure_name, norm_name
from capacity.report.plan_words import in_unit
from capacity.report.text import clean, never_zero, wrap
from capacity.siting.answers import COVERAGE
from capacity.vocabulary import TIER_OF

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from capacity.norms.model import Norm
    from capacity.report.labels import Language, Pair
    from capacity.siting.plan import Plan
    from capacity.siting.scenario import Comparison

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
    "cost": ("造价{unit}(每处按最小规模计)", "cost{unit} (each site at its smallest size)"),
    "asked": ("要求 {share}", "asked: {share}"),
    "knee": ("{n} 处之后收益明显下降({share})", "after {n} the next stops paying ({share})"),
    "short": ("有缺口的单位数", "units that are short"),
    "short_planned": ("有缺口的已安排单位数", "units planned for that are short"),
    "before": ("现状", "now"),
    "after": ("方案后", "with the plan"),
    "lines": (
        "粗线:街道、乡镇;细线:社区、村。数据时点:{day}",
        "Thick lines: streets and townships; thin ones: communities and villages. Data of {day}",
    ),
}
_DOTS: Final = (18.0, 160.0)
_MANY: Final = 60
"""Of more facilities the dots are smaller."""

PLOTS: Final = ("map", "curve", "cost", "norms")
"""Kinds of figures of a plan."""
_LABELLED: Final = 30
"""Of so many streets and townships the names are written, and of so many proposals the sizes."""
_PANELS: Final = 6
_NAME: Final = 28
"""Names of norms are broken after so many half-width characters."""
_BARS: Final = ("#8C96A0", BLUE, RED, "#D9A420", "#4C8C4A", "#7A5BA6")


def plot_plan(
    plan: Plan, kind: str = "map", *, ax: Axes | None = None, language: Language = "zh"
) -> Axes:
    """Draw where a plan builds, what sites or money would bring, or which norms are short.

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
        If there is no such kind, or nothing for it: no circle norm and so no curve, no cost, no norm
        of which a unit is short.
    MissingExtraError
        Without matplotlib or the font.
    """
    if kind not in PLOTS:
        raise ValueError(f'no figure "{kind}". Figures of a plan: {", ".join(PLOTS)}.')
    if kind == "curve" and plan.curve.empty:
        raise ValueError("The plan has no curve: no circle norm is among those to be met.")
    if kind == "cost" and plan.cost_curve.empty:
        raise ValueError("The plan has no curve by cost: nothing that may be built costs anything.")
    if kind == "norms" and not (plan.norms["short_before"] > 0).any():
        raise ValueError("No unit is short of the norms of the plan.")
    font_file()
    axes = new_axes() if ax is None else ax
    if kind == "map":
        _map(plan, axes, language)
    elif kind == "norms":
        _bars(plan, axes, language)
    else:
        _curve(plan, axes, language, along="cost" if kind == "cost" else "n_sites")
    dress(axes)
    return axes


def draw_figures(
    plan: Plan, comparison: Comparison | None = None, language: Language = "zh"
) -> dict[str, bytes]:
    """Draw the figure of a plan, and that of scenarios where there are some.

    Parameters
    ----------
    plan
        What ``site`` gave.
    comparison
        What ``compare_scenarios`` gave.
    language
        ``zh`` or ``en``.

    Returns
    -------
    dict
        ``plan`` and ``scenarios``: PNG files. Without norms there is no plan to draw.

    Raises
    ------
    MissingExtraError
        Without matplotlib or the font.
    """
    font_file()
    found = {}
    if plan.settings.norms:
        found["plan"] = _plan_figure(plan, language)
    if comparison is not None and plan.settings.norms:
        found["scenarios"] = _scenario_figure(plan, comparison, language)
    return found


def _plan_figure(plan: Plan, language: Language) -> bytes:
    """Draw the map beside what the plan changes and what another site would bring."""
    from matplotlib.figure import Figure

    n_short = int((plan.norms["short_before"] > 0).sum())
    there = {"norms": n_short, "curve": len(plan.curve), "cost": len(plan.cost_curve)}
    kinds = [kind for kind, number in there.items() if number]
    figure = Figure(figsize=(15.0 if kinds else 8.0, 8.2), layout="constrained")
    if not kinds:
        plot_plan(plan, "map", ax=figure.subplots(), language=language)
        return _png(figure)
    grid = figure.add_gridspec(1, 2, width_ratios=(1.3, 1.0))
    drawn = plot_plan(plan, "map", ax=figure.add_subplot(grid[0, 0]), language=language)
    # beside other axes the legend has no room at the right
    drawn.legend(loc="upper center", bbox_to_anchor=(0.5, -0.05), ncol=2, frameon=False)
    dress(drawn)
    heights = [0.3 + 0.18 * n_short if kind == "norms" else 1.2 for kind in kinds]
    rows = grid[0, 1].subgridspec(len(kinds), 1, height_ratios=heights)
    for row, kind in enumerate(kinds):
        plot_plan(plan, kind, ax=figure.add_subplot(rows[row, 0]), language=language)
    return _png(figure)


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=130, format="png")
    return buffer.getvalue()


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
    _names(area.name, drawn[order.eq("street")], axes)
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
        said = _say("new", language, size=plain(size))
        axes.scatter([], [], s=low + (high - low) * size / largest, label=said, **style)
    if len(new) <= _LABELLED:
        for x, y, size in zip(new.geometry.x, new.geometry.y, new["size"], strict=True):
            axes.annotate(plain(size), (x, y), (0, 7), textcoords="offset points", fontsize=SMALL,
                          ha="center", color=RED, zorder=5)  # fmt: skip


def _names(area: str, streets: gpd.GeoDataFrame, axes: Axes) -> None:
    """Write the names of streets and townships, without the name of the area before them."""
    if len(streets) > _LABELLED:
        return
    for name, point in zip(
        streets["unit_name"], streets.geometry.representative_point(), strict=True
    ):
        short = clean(name).removeprefix(area)
        axes.annotate(drawable(short), (point.x, point.y), fontsize=TEXT, ha="center", color=GREY,
                      alpha=0.9, zorder=2)  # fmt: skip


def _bars(plan: Plan, axes: Axes, language: Language) -> None:
    """Draw how many units are short of each norm, now and with the plan."""
    rows = plan.norms[plan.norms["short_before"] > 0]
    by_id = {norm.id: norm for norm in plan.before.norms.norms}
    long = [norm_name(by_id[one], language) for one in rows["norm_id"]]
    names = [drawable("\n".join(wrap(name, _NAME))) for name in long]
    at = np.arange(len(rows))[::-1]
    for column, shift, colour, word in (
        ("short_before", 0.19, _BARS[0], "before"),
        ("short_after", -0.19, RED, "after"),
    ):
        values = rows[column].to_numpy(dtype=np.float64)
        axes.barh(at + shift, values, 0.36, color=colour, label=_say(word, language))
        for y, value in zip(at + shift, values, strict=True):
            axes.annotate(rounded(value, 0), (value, y), (4, 0), textcoords="offset points",
                          va="center", fontsize=TEXT)  # fmt: skip
    axes.set_yticks(at, names, fontsize=TEXT)
    axes.set_xticks([])
    axes.set_xlim(0, max(1.0, float(rows["short_before"].max())) * 1.15)
    word = "short_planned" if plan.norms["newly_short"].gt(0).any() else "short"
    axes.set_title(_say(word, language), fontsize=TITLE, loc="left")
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.legend(fontsize=TEXT, frameon=False, loc="lower right")


def _curve(plan: Plan, axes: Axes, language: Language, *, along: str) -> None:
    table = plan.curve if along == "n_sites" else plan.cost_curve
    norm_id = str(table["norm_id"].iloc[0])
    own = table[table["norm_id"].eq(norm_id)]
    norm = next(one for one in plan.before.norms.norms if one.id == norm_id)
    axes.plot(own[along], own["share"], c=RED, lw=2, label=_say("curve", language))
    axes.plot(own[along], own["share_at_most"], c=GREY, ls=":", label=_say("most", language))
    row = plan.norms[plan.norms["norm_id"].eq(norm_id)].iloc[0]
    share = float(row["share_after"])
    spent = float(plan.proposals["cost"].sum()) if along == "cost" else float(len(plan.proposals))
    axes.scatter([spent], [share], c="k", zorder=4, label=_say("plan", language))
    axes.annotate(f"{plain(spent)}, {percent(share)}", (spent, share), (7, -12),
                  textcoords="offset points", fontsize=TEXT)  # fmt: skip
    target = float(row["target"])
    axes.axhline(target, c=GREY, lw=0.8, ls="--")
    axes.annotate(_say("asked", language, share=f"{100 * target:g}%"), (1.0, target), (-2, 3),
                  xycoords=("axes fraction", "data"), textcoords="offset points", ha="right",
                  fontsize=TEXT, color=GREY)  # fmt: skip
    _knee(plan, norm_id, axes, language, along=along)
    axes.set_ylim(0, 1.02)
    axes.set_xlim(0, float(own[along].iloc[-1]))
    axes.yaxis.set_major_formatter(lambda value, _: percent(value, 0))
    unit = label(in_unit(("", ""), plan.settings.cost_unit), language)
    text = _say("sites" if along == "n_sites" else "cost", language, unit=unit)
    axes.set_xlabel(drawable(text), fontsize=TEXT)
    axes.tick_params(labelsize=TEXT)
    colon = label((":", ": "), language)
    title = f"{norm_name(norm, language)}{colon}{_say('share', language)}"
    axes.set_title(drawable(title), fontsize=TITLE, loc="left")
    axes.grid(visible=True, alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower right", fontsize=SMALL, frameon=False)


def _knee(plan: Plan, norm_id: str, axes: Axes, language: Language, *, along: str) -> None:
    """Mark where the curve bends, in words."""
    bends = plan.knees[plan.knees["norm_id"].eq(norm_id) & plan.knees["along"].eq(along)]
    for one in bends.to_dict("records"):
        x, y = float(one[along]), float(one["share"])
        axes.scatter([x], [y], s=60, facecolor="none", edgecolor="k", lw=1.2, zorder=4)
        text = _say("knee", language, n=int(one["n_sites"]), share=percent(y, 0))
        axes.annotate(text, (x, y), (10, -16), textcoords="offset points",
                      fontsize=TEXT)  # fmt: skip


# --- scenarios -------------------------------------------------------------------------------


def _scenario_figure(plan: Plan, comparison: Comparison, language: Language) -> bytes:
    """Draw a panel for each chosen norm: what is lacking, or who is in reach, under each scenario."""
    from matplotlib.figure import Figure

    norms = {norm.id: norm for norm in plan.before.norms.norms}
    totals = comparison.totals[comparison.totals["norm_id"].isin(plan.settings.norms)]
    totals = totals[~totals["measure"].isin(SECONDARY)]
    panels = list(totals.groupby(["norm_id", "measure"], sort=False))
    order = {name: i for i, name in enumerate(plan.settings.norms)}
    panels = sorted(panels, key=lambda panel: order[str(panel[0][0])])
    covers = set(plan.norms.loc[plan.norms["answer"].eq(COVERAGE), "norm_id"])
    kept = []
    for (norm_id, measure), own in panels:
        values = own["share" if norm_id in covers else "lacking"]
        if values.notna().any() and (values.fillna(0) > 0).any():
            kept.append((str(norm_id), str(measure), own, norm_id in covers))
    kept = kept[:_PANELS]
    columns = min(3, max(1, len(kept)))
    rows = max(1, -(-len(kept) // columns))
    figure = Figure(figsize=(4.6 * columns, 3.3 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for at in axes[len(kept) :]:
        at.set_axis_off()
    for at, (norm_id, measure, own, covered) in zip(axes, kept, strict=False):
        _panel(norms[norm_id], measure, own, at, language, covered=covered)
    dress(figure)
    return _png(figure)


def _panel(  # what is drawn, and where
    norm: Norm, measure: str, own: pd.DataFrame, axes: Axes, language: Language, *, covered: bool
) -> None:
    values = own["share" if covered else "lacking"].to_numpy(dtype=np.float64)
    names = [_say("before", language) if one == "now" else one for one in own["scenario"]]
    colours = [_BARS[i % len(_BARS)] for i in range(len(values))]
    at = np.arange(len(values))
    axes.bar(at, np.nan_to_num(values), 0.62, color=colours)
    for x, value in zip(at, values, strict=True):
        shown = "…" if value != value else percent(value) if covered else never_zero(value, 0)  # noqa: PLR0124  # NaN
        axes.annotate(shown, (x, np.nan_to_num(value)), (0, 2), textcoords="offset points",
                      ha="center", fontsize=TEXT)  # fmt: skip
    axes.set_xticks(at, [drawable(name) for name in names], fontsize=TEXT)
    axes.set_yticks([])
    axes.set_ylim(0, 1.15 * max(float(np.nanmax(values)), 1e-9))
    service = norm.service
    what = measure_name(measure, service, language)
    unit = label(QUANTITIES.get(measure, ("", "")), language)
    lacking = label((f"缺{what}({unit})", f"lacking: {what}"), language)
    name = norm_name(norm, language)
    word = what if covered else lacking
    axes.set_title(drawable(f"{name}\n{word}"), fontsize=TEXT + 1, loc="left")
    axes.spines[["top", "right", "left"]].set_visible(False)
