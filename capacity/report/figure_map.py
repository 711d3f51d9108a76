"""The map of a norm: what is missing in each unit, or who is in reach.

Units that are short are filled by how much they lack; the others are told apart by hatches: white is
met, slashes no data, dots not applicable, back slashes without a verdict. Units that are large enough
carry their name and number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from capacity.assess.summary import bound_of
from capacity.exact import percent
from capacity.report import labels
from capacity.report.drawing import INK, SMALL, is_share
from capacity.report.fonts import drawable, font
from capacity.report.text import width as text_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from matplotlib.axes import Axes
    from matplotlib.patches import Patch

    from capacity.report.drawing import Drawing
    from capacity.report.labels import Language
    from capacity.report.view import Row

_REDS: Final = ("#FDDDB8", "#FDB46B", "#F0801F", "#C64A06", "#7A2604")
_BLUES: Final = ("#EFF3FF", "#BDD7E7", "#6BAED6", "#3182BD", "#08519C")
_STATUS_FILLS: Final = {
    "short": ("#FDDDB8", "xxxx"),
    "met": ("#FFFFFF", ""),
    "reported": ("#EAF1F8", "\\\\\\\\"),
    "no_data": ("#FFFFFF", "////"),
    "not_applicable": ("#F2F2F2", "...."),
}
_HATCH: Final = "#9A9A9A"
_DARK: Final = 3
_FEW: Final = 60
_SHARES: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Fill:
    """A class of the legend: its words, its fill, and the units in it.

    Attributes
    ----------
    name
        What the legend says.
    colour, hatch
        How it is drawn.
    codes
        Units of the class.
    dark
        Whether white text reads better on it.
    """

    name: str
    colour: str
    hatch: str
    codes: tuple[str, ...]
    dark: bool = False


def draw_map(drawing: Drawing, axes: Axes) -> list[str]:
    """Draw the map of a norm.

    Parameters
    ----------
    drawing
        What to draw.
    axes
        Changed in place.

    Returns
    -------
    list of str
        Notes to write below.
    """
    rows = {row["unit_code"]: row for row in drawing.rows()}
    frame = drawing.view.result.area.units.set_index("unit_code", drop=False)
    tier = [unit.code for unit in drawing.view.units_of(drawing.tier)] or list(rows)
    shapes = frame.loc[frame.index.isin(tier) & frame.geometry.notna().to_numpy()]
    fills = [fill for fill in fills_of(drawing, tier, list(rows.values())) if fill.codes]
    for fill in fills:
        some = shapes.loc[shapes.index.isin(fill.codes)]
        if len(some):
            some.plot(
                ax=axes,
                facecolor=fill.colour,
                edgecolor=_HATCH,
                hatch=fill.hatch,
                linewidth=0.0,
                label=fill.name,
                aspect=None,
            )
    shapes.boundary.plot(ax=axes, color="#555555", linewidth=0.7, aspect=None)
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.margins(0.02)
    _legend(drawing, axes, fills)
    scale_bar(axes, drawing.language)
    north_arrow(axes, drawing.language)
    _labels(drawing, axes, shapes, rows, fills)
    unasked = [row for row in rows.values() if _lacks_unasked(row)]
    lacking = [row for row in rows.values() if row["status"] == "short"] + unasked
    shares = is_share(drawing.group)
    notes = [] if shares else drawing.mark_notes(bound_of(row["note"]) for row in lacking)
    if unasked and not shares:
        notes.append(
            drawing.say(
                (
                    "括号内:比标准少多少;条款未对该单位提出要求",
                    "In brackets: less than the standard, which the clause does not ask of the unit",
                )
            )
        )
    undrawn = [code for code in tier if code not in shapes.index]
    if undrawn:
        n = len(undrawn)
        notes.append(
            drawing.say((f"没有边界、未画出的单位:{n}个", f"Units without a polygon: {n}"))
        )
    return notes


def fills_of(drawing: Drawing, codes: Sequence[str], rows: Sequence[Row]) -> list[Fill]:
    """Class the units of a map: by amount where they are short or in reach, else by status.

    Parameters
    ----------
    drawing
        What is drawn.
    codes
        Units of the tier; one without a finding is one to which the norm does not apply.
    rows
        Findings, at most one per unit.

    Returns
    -------
    list of Fill
        Every unit is in exactly one.
    """
    share = is_share(drawing.group)
    column = "share" if share else "shortfall"
    amounts = {
        row["unit_code"]: row[column]
        for row in rows
        if row[column] == row[column] and (share or row["status"] == "short")
    }
    classes = _share_classes(amounts) if share else _gap_classes(drawing, amounts)
    status = dict.fromkeys(codes, "not_applicable")
    status |= {row["unit_code"]: row["status"] for row in rows}
    rest = [
        Fill(
            drawing.status(word),
            *look,
            tuple(c for c in codes if status[c] == word and c not in amounts),
        )
        for word, look in _STATUS_FILLS.items()
    ]
    return [*classes, *rest]


def _share_classes(amounts: dict[str, float]) -> list[Fill]:
    codes, values = list(amounts), np.array(list(amounts.values()))
    at = np.clip(np.searchsorted(_SHARES, values, side="right") - 1, 0, len(_BLUES) - 1)
    return [
        Fill(
            f"{percent(low, 0)}—{percent(high, 0)}",
            colour,
            "",
            tuple(codes[j] for j in np.flatnonzero(at == i)),
            dark=i >= _DARK,
        )
        for i, (low, high, colour) in enumerate(zip(_SHARES[:-1], _SHARES[1:], _BLUES, strict=True))
    ]


def _gap_classes(drawing: Drawing, amounts: dict[str, float]) -> list[Fill]:
    """Make up to five classes with round ends; whole numbers have classes that do not touch."""
    from matplotlib.ticker import MaxNLocator

    if not amounts:
        return []
    codes, values = list(amounts), np.array(list(amounts.values()))
    whole = bool(np.all(values == np.round(values)))
    locator = MaxNLocator(len(_REDS), steps=[1, 2, 2.5, 5, 10], integer=whole, min_n_ticks=1)
    ends = [float(end) for end in locator.tick_values(0, float(values.max())) if end > 0]
    at = np.searchsorted(ends, values, side="left")
    step = (len(_REDS) - 1) / max(1, len(ends) - 1)
    shades = [round(i * step) if len(ends) > 1 else _DARK for i in range(len(ends))]
    starts = [0.0, *ends[:-1]]
    return [
        Fill(
            _gap_name(drawing, start + 1 if whole else start, end),
            _REDS[shades[i]],
            "",
            tuple(codes[j] for j in np.flatnonzero(at == i)),
            dark=shades[i] >= _DARK,
        )
        for i, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


def _gap_name(drawing: Drawing, start: float, end: float) -> str:
    ends = [f"{value:,.12g}" for value in (start, end)]
    span = drawing.say(("—", "–")).join(dict.fromkeys(ends))  # a dash of a range
    return drawing.say((f"缺 {span} {drawing.unit}", f"short of {span} {drawing.unit}"))


def _legend(drawing: Drawing, axes: Axes, fills: Sequence[Fill]) -> None:
    from matplotlib.patches import Patch

    handles: list[Patch] = [
        Patch(
            facecolor=fill.colour,
            edgecolor="#777777",
            hatch=fill.hatch,
            label=drawable(drawing.say((f"{fill.name}({n}个单位)", f"{fill.name} ({n})"))),
        )
        for fill, n in ((fill, len(fill.codes)) for fill in fills)
    ]
    axes.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        prop=font(SMALL + 0.5),
        frameon=False,
        handlelength=1.8,
        handleheight=1.2,
        labelspacing=0.6,
        borderaxespad=0.0,
    )


def scale_bar(axes: Axes, language: Language) -> None:
    """Draw a bar of a round length, about a fifth of the width, right of a map in metres.

    Parameters
    ----------
    axes
        Changed in place.
    language
        ``zh`` or ``en``.
    """
    from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar

    low, high = axes.get_xlim()
    about = (high - low) / 5
    power = 10.0 ** np.floor(np.log10(about))
    metres = float(max(step * power for step in (1, 2, 5) if step * power <= about))
    text = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"  # noqa: PLR2004  # a km
    if language == "zh":
        text = text.replace("km", "千米").replace(" m", " 米")
    bar = AnchoredSizeBar(
        axes.transData,
        metres,
        text,
        loc="lower left",
        bbox_to_anchor=(1.01, 0.0),
        bbox_transform=axes.transAxes,
        pad=0.1,
        borderpad=0.0,
        sep=3,
        frameon=False,
        size_vertical=metres / 40,
        fontproperties=font(SMALL + 0.5),
        color=INK,
    )
    axes.add_artist(bar)


def north_arrow(axes: Axes, language: Language) -> None:
    """Draw an arrow to the north, right of a map.

    Parameters
    ----------
    axes
        Changed in place; north is up.
    language
        ``zh`` or ``en``.
    """
    axes.annotate(
        labels.label(("北", "N"), language),
        (1.04, 0.22),
        (1.04, 0.14),
        xycoords="axes fraction",
        textcoords="axes fraction",
        ha="center",
        va="top",
        fontsize=SMALL,
        color=INK,
        arrowprops={"arrowstyle": "-|>", "color": INK, "shrinkA": 0, "shrinkB": 0},
        annotation_clip=False,
    )


def _labels(
    drawing: Drawing,
    axes: Axes,
    shapes: gpd.GeoDataFrame,
    rows: dict[str, Row],
    fills: Sequence[Fill],
) -> None:
    """Write name and number into the units, or the number alone, where they fit.

    Of many units only those with a number are written in: the others have their hatch.
    """
    from matplotlib.patheffects import withStroke

    names = drawing.short_names()
    dark = {code for fill in fills if fill.dark for code in fill.codes}
    points = shapes.geometry.representative_point()
    sides = _sides(axes, shapes)
    few = len(shapes) <= _FEW
    for code, point, side in zip(shapes.index, points, sides, strict=True):
        number = _number(drawing, rows.get(code), words=few)
        both = f"{names[code]}\n{number}"
        text = next((t for t in (both, number) if number and _fits(t, side)), "")
        if text:
            colour, halo = ("white", "#5A1E02") if code in dark else (INK, "white")
            written = axes.annotate(
                drawable(text),
                (point.x, point.y),
                ha="center",
                va="center",
                fontsize=SMALL,
                color=colour,
                linespacing=1.15,
            )
            written.set_path_effects([withStroke(linewidth=1.8, foreground=halo)])
            written.set_gid(code)


def _sides(axes: Axes, shapes: gpd.GeoDataFrame) -> list[tuple[float, float]]:
    """Width and height of each unit on paper in points: of a box of its area in its proportions."""
    figure = axes.get_figure(root=True)
    box = axes.get_position()
    width, height = figure.get_size_inches() if figure is not None else (0.0, 0.0)
    low, left = axes.get_ylim()[0], axes.get_xlim()[0]
    per_metre = 72 * min(
        width * box.width / (axes.get_xlim()[1] - left),
        height * box.height / (axes.get_ylim()[1] - low),
    )
    bounds = shapes.geometry.bounds
    wide = (bounds["maxx"] - bounds["minx"]).to_numpy() * per_metre
    high = (bounds["maxy"] - bounds["miny"]).to_numpy() * per_metre
    full = np.sqrt(shapes.geometry.area.to_numpy() * per_metre**2 / np.maximum(wide * high, 1e-9))
    return list(zip((wide * full).tolist(), (high * full).tolist(), strict=True))


def _fits(text: str, side: tuple[float, float]) -> bool:
    lines = text.split("\n")
    wide = max(text_width(line) for line in lines) * SMALL / 2
    return wide <= side[0] and len(lines) * SMALL * 1.2 <= side[1]


def _number(drawing: Drawing, row: Row | None, *, words: bool) -> str:
    """Write what a unit lacks or its share, else its status where words are wanted."""
    if row is None:
        return drawing.status("not_applicable") if words else ""
    if is_share(drawing.group) and row["share"] == row["share"]:
        return percent(row["share"], 0)
    known = row["shortfall"] == row["shortfall"]
    if known and (row["status"] == "short" or _lacks_unasked(row)):
        mark = drawing.say(labels.MARKS[bound_of(row["note"])])
        lacking = f"{mark}{drawing.amount(row['shortfall'])}"
        return lacking if row["status"] == "short" else f"({lacking})"
    return drawing.status(row["status"]) if words else ""


def _lacks_unasked(row: Row) -> bool:
    """Whether a unit has less than the standard, of which the clause asks it nothing."""
    return bool(row["status"] == "reported" and row["shortfall"] > 0)
