"""Figures of an assessment: map, bars, curve, Lorenz curve and stages, drawn with matplotlib.

What is drawn are findings, looked up, and what ``assess`` measures for a curve; nothing is computed
here. Colour is never alone: statuses have hatches or words, amounts have numbers. The settings of
matplotlib are left as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from capacity.assess.circles import CIRCLES
from capacity.assess.curve import coverage_curve
from capacity.assess.spread import SPREAD_KINDS, spread
from capacity.assess.stages import stage_progress
from capacity.assess.summary import bound_of
from capacity.errors import NormError
from capacity.exact import percent, rounded
from capacity.report import labels
from capacity.report.drawing import (
    BLUE,
    GREY,
    INK,
    RED,
    SMALL,
    TEXT,
    TITLE,
    Drawing,
    is_share,
    new_axes,
)
from capacity.report.figure_map import draw_map
from capacity.report.fonts import drawable, dress, font_file
from capacity.report.text import clean, wrap
from capacity.report.view import look
from capacity.vocabulary import GROUPS, TIER_OF

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes

    from capacity.assess.result import Assessment
    from capacity.report.labels import Language, Pair
    from capacity.report.view import Group, Row, View

PLOTS: Final[dict[str, Pair]] = {
    "map": ("缺口地图", "map"),
    "bars": ("缺口排名", "ranking"),
    "curve": ("覆盖曲线", "coverage curve"),
    "lorenz": ("洛伦兹曲线", "Lorenz curve"),
    "stages": ("分阶段进度", "stages"),
}
"""Kinds of figures."""

_MOST_BARS: Final = 20
_LOW: Final = 0.25
"""Below this share a point of a curve is near the axis."""
_WIDE: Final = 92


def plot(
    result: Assessment,
    kind: str,
    norm_id: str,
    *,
    measure: str = "",
    tier: str = "",
    ax: Axes | None = None,
    language: Language = "zh",
) -> Axes:
    """Draw one figure of one norm.

    Parameters
    ----------
    result
        What ``assess`` gave.
    kind
        ``map``, ``bars``, ``curve``, ``lorenz`` or ``stages``.
    norm_id
        A norm of its selection that has such a figure.
    measure
        Measure of the norm; its first that is no addition to another if not given.
    tier
        Tier of the units of a map or of bars; streets where they have findings if not given.
    ax
        Axes to draw in; a figure of their own if not given.
    language
        ``zh`` or ``en``; names and citations stay as they are.

    Returns
    -------
    Axes
        Axes with the figure; ``.figure.savefig(path)`` writes it.

    Raises
    ------
    ValueError
        If there is no such kind of figure.
    NormError
        If the norm or its measure has no such figure; the message names those that have.
    MissingExtraError
        Without matplotlib or the font.

    Warns
    -----
    MissingGlyphWarning
        Where the font lacks a character of a name.
    """
    if kind not in PLOTS:
        raise ValueError(f'no figure "{kind}". Figures: {", ".join(PLOTS)}.')
    font_file()
    view = look(result)
    drawing = choose(view, kind, norm_id, measure=measure, tier=tier, language=language)
    axes = ax if ax is not None else new_axes()
    draw(drawing, kind, axes)
    return axes


def possible(view: View, kind: str) -> tuple[Group, ...]:
    """List the norms and measures that have a figure of a kind.

    Parameters
    ----------
    view
        An indexed assessment.
    kind
        A word of ``PLOTS``.

    Returns
    -------
    tuple of Group
        In the order of the tables.
    """
    return tuple(g for g in view.groups if has_figure(view, kind, g))


def has_figure(view: View, kind: str, group: Group) -> bool:
    """Whether a norm and measure have a figure of a kind.

    Parameters
    ----------
    view
        An indexed assessment.
    kind
        A word of ``PLOTS``.
    group
        The norm and measure.

    Returns
    -------
    bool
        True where there is something to draw.
    """
    return bool(group.measure) and _CAN[kind](view, group)


def choose(
    view: View,
    kind: str,
    norm_id: str,
    *,
    measure: str = "",
    tier: str = "",
    language: Language = "zh",
) -> Drawing:
    """Find what a figure is to be drawn of.

    Parameters
    ----------
    view
        An indexed assessment.
    kind, norm_id, measure, tier, language
        As ``plot``.

    Returns
    -------
    Drawing
        With a norm, measure and tier that have the figure.

    Raises
    ------
    NormError
        If there is no such figure; the message names the norms that have one.
    """
    mine = [g for g in view.groups if g.norm.id == norm_id and has_figure(view, kind, g)]
    if not mine:
        known = ", ".join(dict.fromkeys(g.norm.id for g in possible(view, kind))) or "none"
        raise NormError(f'"{norm_id}" has no figure "{kind}" here. Norms that have: {known}.')
    primary = [g for g in mine if g.measure not in labels.SECONDARY] or mine
    first = sorted(primary, key=lambda g: g.measure not in g.norm.measures[:1])
    found = [g for g in mine if g.measure == measure] if measure else first
    if not found:
        known = ", ".join(g.measure for g in mine)
        raise NormError(f"{norm_id} has no figure of {measure}; it has {known}.")
    tiers = _tiers(view, found[0])
    if tier and tier not in tiers:
        raise NormError(f"{norm_id} has no rows of tier {tier}; it has {', '.join(tiers)}.")
    return Drawing(view, found[0], tier or next(iter(tiers), ""), language)


def draw(drawing: Drawing, kind: str, axes: Axes) -> None:
    """Draw a figure into axes.

    Parameters
    ----------
    drawing
        What to draw, as ``choose`` gives it.
    kind
        A word of ``PLOTS``.
    axes
        Empty axes, changed in place.
    """
    notes = _DRAW[kind](drawing, axes)
    _frame(drawing, kind, axes, notes)
    dress(axes)


def _tiers(view: View, group: Group) -> tuple[str, ...]:
    """List the tiers of units that have rows of a norm, streets first; else that of the whole."""
    tiers = ("street", "community", "district", "city")
    found = (tier for tier in tiers if view.units_of(tier) and view.at_tier([group], tier))
    return tuple(found) or (TIER_OF[view.units[view.root].type],)


# --- which norms have which figure --------------------------------------------------------


def _unit_rows(view: View, group: Group) -> list[Row]:
    tier = _tiers(view, group)[0]
    rows = [view.shown(u.code, group) for u in view.units_of(tier)]
    return [row for row in rows if row is not None]


def _known(view: View, group: Group) -> bool:
    column = "share" if is_share(group) else "shortfall"
    return any(row[column] == row[column] for row in _unit_rows(view, group))


def _can_map(view: View, group: Group) -> bool:
    drawn = view.result.area.units.geometry.notna().any()
    return bool(drawn) and _known(view, group)


def _can_rank(view: View, group: Group) -> bool:
    if is_share(group):
        return _known(view, group)
    return any(row["status"] == "short" for row in _unit_rows(view, group))


def _can_curve(view: View, group: Group) -> bool:
    return group.norm.kind in CIRCLES and group.measure in GROUPS and _known(view, group)


def _can_lorenz(view: View, group: Group) -> bool:
    if group.norm.kind not in SPREAD_KINDS or group.measure in labels.SECONDARY:
        return False
    rows = [row for row in _unit_rows(view, group) if row["status"] != "not_applicable"]
    known = [row for row in rows if row["existing"] == row["existing"] and row["base_value"] > 0]
    return len(known) > 1 and any(row["existing"] > 0 for row in known)


def _can_stage(view: View, group: Group) -> bool:
    several = {stage.series for stage in view.result.norms.stages}
    return group.norm.series in several and group.measure not in labels.SECONDARY


_CAN: Final[dict[str, Callable[[View, Group], bool]]] = {
    "map": _can_map,
    "bars": _can_rank,
    "curve": _can_curve,
    "lorenz": _can_lorenz,
    "stages": _can_stage,
}


# --- title and notes ----------------------------------------------------------------------


def title_of(drawing: Drawing, kind: str) -> str:
    """Title of a figure: the norm, its measure and what is shown.

    Parameters
    ----------
    drawing
        What is drawn.
    kind
        A word of ``PLOTS``.

    Returns
    -------
    str
        One line.
    """
    norm = drawing.group.norm
    what = drawing.say(PLOTS[kind])
    if is_share(drawing.group):
        what = drawing.say(
            {
                "map": ("覆盖占比地图", "share in reach"),
                "bars": ("覆盖占比排名", "share in reach"),
            }.get(kind, PLOTS[kind])
        )
    measured = drawing.say((f"({drawing.measure})", f" ({drawing.measure})"))
    measured = measured if norm.measures else ""
    area = clean(drawing.view.result.area.name)
    name = clean(labels.norm_name(norm, drawing.language))
    return drawing.say((f"{area}{name}{measured}{what}", f"{area}: {name}{measured}, {what}"))


def _frame(drawing: Drawing, kind: str, axes: Axes, notes: Sequence[str]) -> None:
    """Write the title above, and the standard, the notes and the source below."""
    norm, language, say = drawing.group.norm, drawing.language, drawing.say
    axes.set_title(
        drawable("\n".join(wrap(title_of(drawing, kind), 64))),
        fontsize=TITLE,
        loc="left",
        color=INK,
    )
    day = drawing.view.result.area.data_date.isoformat()
    asked = labels.standard_text(norm, language), labels.due_text(norm, language)
    lines = [
        say(
            (
                f"标准:{','.join(asked)};数据时点:{day}",
                f"Standard: {', '.join(asked)}; data of {day}",
            )
        ),
        *notes,
        say((f"依据:{norm.source.citation}", f"Source: {norm.source.citation}")),
    ]
    text = "\n".join(part for line in lines for part in wrap(clean(line), _WIDE))
    axes.annotate(
        drawable(text),
        (0.0, 0.0),
        xycoords="axes fraction",
        xytext=(0.0, -8.0 if kind == "map" else -34.0),
        textcoords="offset points",
        va="top",
        ha="left",
        fontsize=SMALL,
        linespacing=1.45,
        color=GREY,
        annotation_clip=False,
    )


def _plain(axes: Axes) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(labelsize=TEXT, colors=INK)


def _fix_ticks(axes: Axes, *, shares: str = "") -> None:
    """Write ticks as texts of their own, so that each has the font."""
    for name, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        ticks = [tick for tick in axis.get_majorticklocs() if low <= tick <= high]
        texts = [percent(t, 0) if name in shares else rounded(t, 0) for t in ticks]
        axis.set_ticks(ticks, texts)


def _named(drawing: Drawing, codes: Sequence[str]) -> str:
    names = drawing.view.units
    shown = [clean(names[code].name) if code in names else clean(code) for code in codes[:6]]
    more = drawing.say((f"等{len(codes)}个", f" and {len(codes) - 6} more"))
    return "、".join(shown) + (more if len(codes) > 6 else "")  # noqa: PLR2004  # a line


def _left_out(drawing: Drawing, codes: Sequence[str]) -> list[str]:
    if not codes:
        return []
    names = _named(drawing, codes)
    return [drawing.say((f"缺数据、未计入:{names}", f"No data, left out: {names}"))]


# --- bars ---------------------------------------------------------------------------------


def _bars(drawing: Drawing, axes: Axes) -> list[str]:
    rows = drawing.rows()
    missing = [row["unit_code"] for row in rows if row["status"] == "no_data"]
    if is_share(drawing.group):
        known = [row for row in rows if row["share"] == row["share"]]
        ranked = sorted(known, key=lambda row: (row["share"], row["unit_code"]))
        _share_bars(drawing, axes, ranked[:_MOST_BARS])
    else:
        known = [row for row in rows if row["status"] == "short"]
        ranked = sorted(known, key=lambda row: (-row["shortfall"], row["unit_code"]))
        _gap_bars(drawing, axes, ranked[:_MOST_BARS])
    axes.invert_yaxis()
    _plain(axes)
    notes = []
    if len(ranked) > _MOST_BARS:
        n, most = len(ranked), _MOST_BARS
        notes.append(drawing.say((f"共{n}个单位,列出前{most}个", f"The first {most} of {n} units")))
    if not is_share(drawing.group):
        notes += drawing.mark_notes(bound_of(row["note"]) for row in ranked[:_MOST_BARS])
    return [*notes, *_left_out(drawing, missing)]


def _share_bars(drawing: Drawing, axes: Axes, rows: Sequence[Row]) -> None:
    at = range(len(rows))
    bars = axes.barh(at, [row["share"] for row in rows], color=BLUE, height=0.68)
    bars.set_label("share")
    for i, row in zip(at, rows, strict=True):
        axes.annotate(
            percent(row["share"]),
            (row["share"], i),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=TEXT,
            color=INK,
        )
    axes.set_xlim(0, 1.0)
    axes.set_xlabel(drawing.say(("覆盖占比", "share in reach")), fontsize=TEXT)
    _fix_ticks(axes, shares="x")
    _name_ticks(drawing, axes, rows)


def _gap_bars(drawing: Drawing, axes: Axes, rows: Sequence[Row]) -> None:
    """Draw what exists and what is missing, which together are what is required."""
    at = range(len(rows))
    known = [row["existing"] if row["existing"] == row["existing"] else 0.0 for row in rows]
    lacking = [row["shortfall"] for row in rows]
    words = drawing.say(labels.COLUMNS["existing"]), drawing.say(labels.COLUMNS["shortfall"])
    axes.barh(at, known, color=BLUE, height=0.68, label=words[0])
    style: dict[str, Any] = {"color": "white", "edgecolor": RED, "hatch": "////", "linewidth": 1.0}
    axes.barh(at, lacking, left=known, height=0.68, label=words[1], **style)
    for i, row, start in zip(at, rows, known, strict=True):
        mark = drawing.say(labels.MARKS[bound_of(row["note"])])
        axes.annotate(
            f"{words[1]} {mark}{drawing.amount(row['shortfall'])}",
            (start + row["shortfall"], i),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=TEXT,
            color=INK,
        )
    axes.margins(x=0.18)
    axes.set_xlim(left=0)
    axes.set_xlabel(drawing.amounts, fontsize=TEXT)
    axes.legend(loc="lower right", fontsize=TEXT, frameon=False)
    _fix_ticks(axes)
    _name_ticks(drawing, axes, rows)


def _name_ticks(drawing: Drawing, axes: Axes, rows: Sequence[Row]) -> None:
    names = drawing.short_names()
    texts = [drawable("\n".join(wrap(names[row["unit_code"]], 24))) for row in rows]
    axes.set_yticks(range(len(rows)), texts)


# --- curves -------------------------------------------------------------------------------


def _curve(drawing: Drawing, axes: Axes) -> list[str]:
    say, group = drawing.say, drawing.group
    curve = coverage_curve(drawing.view.result, group.norm.id, group=group.measure)
    points = curve.points
    axes.plot(
        points["metres"], points["share"], color=BLUE, linewidth=2.0, marker="o", markersize=3
    )
    here = points[points["metres"] == curve.limit_m].iloc[0]
    axes.axvline(curve.limit_m, color=RED, linestyle="--", linewidth=1.2)
    axes.plot([here["metres"]], [here["share"]], marker="o", color=RED, markersize=5)
    metres, people = rounded(here["metres"], 0), rounded(here["covered"], 0)
    # Beside the point, below the curve; near the axis there is no room, but above the curve there is.
    low = here["share"] < _LOW
    axes.annotate(
        say(
            (
                f"标准 {metres} 米:{percent(here['share'])}\n({people} 人)",
                f"standard {metres} m: {percent(here['share'])}\n({people} people)",
            )
        ),
        (here["metres"], 0.98 if low else here["share"]),
        xytext=(8, 0 if low else -6),
        textcoords="offset points",
        va="top",
        fontsize=TEXT,
        color=RED,
    )
    axes.set_xlim(0, float(points["metres"].iloc[-1]))
    axes.set_ylim(0, 1)
    axes.grid(visible=True, color="#E3E3E3", linewidth=0.6)
    axes.set_axisbelow(True)
    reading = labels.translate(f"reading: {curve.reading}", drawing.language).split(":")[-1].strip()
    axes.set_xlabel(
        say(
            (f"到最近设施的距离(米,{reading})", f"distance to the nearest facility (m, {reading})")
        ),
        fontsize=TEXT,
    )
    who = say(GROUPS[group.measure])
    axes.set_ylabel(say((f"范围内{who}占比", f"share of people in reach ({who})")), fontsize=TEXT)
    _plain(axes)
    _fix_ticks(axes, shares="y")
    total = rounded(here["people"], 0)
    counted = say(
        (
            f"计入{len(curve.unit_codes)}个单位{who}{total}人、设施{curve.facilities}处",
            f"{len(curve.unit_codes)} units with {total} {who}, {curve.facilities} facilities",
        )
    )
    return [counted, *_left_out(drawing, curve.without_data)]


def _lorenz(drawing: Drawing, axes: Axes) -> list[str]:
    say, group = drawing.say, drawing.group
    found = spread(drawing.view.result, group.norm.id, measure=group.measure)
    curve = found.curve
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1.0)
    axes.plot(
        curve["people_share"],
        curve["value_share"],
        color=BLUE,
        linewidth=2.0,
        marker="o",
        markersize=3.5,
    )
    axes.fill_between(
        curve["people_share"], curve["value_share"], curve["people_share"], color="#DCE6F1"
    )
    axes.annotate(
        say(
            (
                f"基尼系数 {rounded(found.equity.gini, 2)}",
                f"Gini coefficient {rounded(found.equity.gini, 2)}",
            ),
        ),
        (0.06, 0.9),
        fontsize=11,
        color=INK,
    )
    axes.annotate(
        say(("绝对均等线", "line of equality")),
        (0.42, 0.46),
        rotation=45,
        rotation_mode="anchor",
        transform_rotates_text=True,
        fontsize=SMALL,
        color=GREY,
    )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_aspect("equal")
    base = say(_BASES.get(group.norm.base, ("人口", "people")))
    axes.set_xlabel(
        say(
            (
                f"{base}累计占比(按人均由低到高)",
                f"cumulative share of {base}, from those with least",
            )
        ),
        fontsize=TEXT,
    )
    what = drawing.measure
    axes.set_ylabel(say((f"{what}累计占比", f"cumulative share of {what}")), fontsize=TEXT)
    _plain(axes)
    _fix_ticks(axes, shares="xy")
    notes = [
        say(
            (
                f"计入{len(found.units)}个单位,单位内部视为均等;0为完全均等,越接近1越不均",
                f"{len(found.units)} units, each taken as even inside; 0 is even, 1 is most uneven",
            )
        )
    ]
    if found.incomplete:
        names = _named(drawing, found.incomplete)
        notes.append(say((f"现有数不全、按已知计:{names}", f"Only part is known: {names}")))
    return [*notes, *_left_out(drawing, found.without_data)]


_BASES: Final[dict[str, Pair]] = {
    **GROUPS,
    "residents": ("常住人口", "residents"),
    "planned_population": ("规划人口", "planned population"),
    "households": ("户数", "households"),
}


# --- stages -------------------------------------------------------------------------------


def _stages(drawing: Drawing, axes: Axes) -> list[str]:
    """Draw what each stage asks: the part that is covered and the part that is missing."""
    say = drawing.say
    stages = stage_progress(drawing.view.result, drawing.group.norm.id)
    at = range(len(stages))
    covered = stages["covered"]
    words = say(("已满足", "covered")), say(labels.COLUMNS["shortfall"])
    axes.bar(at, covered, color=BLUE, width=0.55, label=words[0])
    style: dict[str, Any] = {"color": "white", "edgecolor": RED, "hatch": "////", "linewidth": 1.0}
    axes.bar(at, stages["shortfall"], bottom=covered, width=0.55, label=words[1], **style)
    for i, stage in zip(at, stages.to_dict(orient="records"), strict=True):
        lacking = f"{say(labels.MARKS[stage['bound']])}{drawing.amount(stage['shortfall'])}"
        need = drawing.amount(stage["required"])
        axes.annotate(
            say((f"应有 {need}\n缺口 {lacking}", f"required {need}\nshort {lacking}")),
            (i, stage["required"]),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=TEXT,
            color=INK,
        )
    axes.margins(y=0.2)
    axes.set_ylim(bottom=0)
    axes.set_xlim(-0.6, len(stages) - 0.4)
    axes.set_ylabel(drawing.amounts, fontsize=TEXT)
    axes.legend(loc="upper left", fontsize=TEXT, frameon=False)
    _plain(axes)
    _fix_ticks(axes)
    axes.set_xticks(at, [drawable(_stage_name(drawing, row)) for row in stages["norm_id"]])
    return _stage_notes(drawing, stages)


def _stage_name(drawing: Drawing, norm_id: str) -> str:
    norm = next(n for n in drawing.view.result.norms.stages if n.id == norm_id)
    asked = labels.standard_text(norm, drawing.language)
    return f"{(norm.by or norm.effective_from).isoformat()}\n{asked}"


def _stage_notes(drawing: Drawing, stages: Any) -> list[str]:
    say = drawing.say
    whole = stages[stages["units"].eq(1) & stages["tier"].eq(TIER_OF[_root_type(drawing)])]
    notes = [
        say(
            (
                "现有数为数据时点的数;各单位富余不抵补其他单位的缺口",
                "What exists is that of the data date; no surplus covers another unit's gap",
            )
        )
    ]
    if len(whole) and len(whole) < len(stages):
        dates = "、".join(f"{day:%Y-%m-%d}" for day in whole["by"])
        notes.append(
            say((f"{dates} 的要求只对全区提出,不分单位", f"{dates}: asked of the whole area only"))
        )
    notes += drawing.mark_notes(stages["bound"])
    left_out = int(stages["without_data"].max())
    if left_out:
        notes.append(
            say(
                (
                    f"缺数据的单位{left_out}个,应有和缺口均未计入",
                    f"{left_out} units without data: in neither required nor short",
                )
            )
        )
    return notes


def _root_type(drawing: Drawing) -> str:
    return drawing.view.units[drawing.view.root].type


_DRAW: Final[dict[str, Callable[[Drawing, Axes], list[str]]]] = {
    "map": draw_map,
    "bars": _bars,
    "curve": _curve,
    "lorenz": _lorenz,
    "stages": _stages,
}
