"""A map in a notebook or browser, to click on: folium, without tiles.

It is a look at one norm while working; the page for others is ``report.html``.
"""

from __future__ import annotations

from html import escape
from importlib.resources import files
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd

from capacity.errors import missing_extra
from capacity.report import labels
from capacity.report.drawing import is_share
from capacity.report.figure_map import fills_of
from capacity.report.figures import choose, title_of
from capacity.report.short import value_text
from capacity.report.text import clean
from capacity.report.view import known_part, look

if TYPE_CHECKING:
    from collections.abc import Sequence

    import folium

    from capacity.assess.result import Assessment
    from capacity.report.drawing import Drawing
    from capacity.report.figure_map import Fill
    from capacity.report.labels import Language, Pair
    from capacity.report.view import Row

_FIELDS: Final[dict[str, Pair]] = {
    "unit": ("单位", "unit"),
    "class": ("结论", "result"),
    "existing": ("现有", "existing"),
    "required": ("应有", "required"),
    "shortfall": ("缺口", "shortfall"),
    "share": ("覆盖占比", "share in reach"),
    "note": ("备注", "note"),
}
_PLAIN: Final = {
    "////": ("#F2E3B6", "dashed"),
    "....": ("#CFCFCF", "dotted"),
    "\\\\\\\\": ("#CFE0F2", "dotted"),
}
"""Hatch of a figure → fill and border in a browser."""
_LEGEND: Final = (
    '<div style="position:fixed;right:12px;top:12px;z-index:9999;background:#fffffff0;'
    'border:1px solid #999;padding:8px 10px;font:13px/1.6 sans-serif;color:#222;max-width:320px">'
    "<b>{title}</b>{rows}<div style='color:#666;font-size:11px'>{source}</div></div>"
)
_ROW: Final = (
    '<div><span style="display:inline-block;width:18px;height:12px;border:1px {border} #444;'
    'margin-right:6px;background:{colour}"></span>{name}</div>'
)


def explore(
    result: Assessment,
    norm_id: str,
    *,
    measure: str = "",
    tier: str = "",
    language: Language = "zh",
) -> folium.Map:
    """Make a map of one norm on which units show their findings.

    Parameters
    ----------
    result
        What ``assess`` gave.
    norm_id, measure, tier
        As for ``plot`` of a map.
    language
        ``zh`` or ``en``.

    Returns
    -------
    Map
        Units filled as in the figure, with the numbers of a unit under the pointer. No tiles are
        asked for; ``.save(path)`` writes a page.

    Raises
    ------
    NormError
        If the norm has no map; the message names those that have.
    MissingExtraError
        Without folium.

    Notes
    -----
    Every text is escaped. Leaflet is in the page: it opens without the internet.
    """
    if find_spec("folium") is None:
        raise missing_extra("explore", "result.explore")
    import folium

    drawing = choose(look(result), "map", norm_id, measure=measure, tier=tier, language=language)
    frame, fills = _frame(drawing)
    fields = [drawing.say(pair) for pair in _FIELDS.values()]
    shown = [field for field in fields if (frame[field] != labels.NOT_APPLICABLE).any()]
    styles = {code: _style(fill) for fill in fills for code in fill.codes}
    west, south, east, north = frame.total_bounds.tolist()
    drawn = folium.Map(tiles=None, control_scale=True)
    drawn.fit_bounds([[south, west], [north, east]])
    folium.GeoJson(
        frame.to_json(),
        style_function=lambda feature: styles[feature["properties"]["code"]],
        highlight_function=lambda _: {"weight": 3},
        tooltip=folium.GeoJsonTooltip(shown),
        popup=folium.GeoJsonPopup(shown),
    ).add_to(drawn)
    _inline(drawn)
    root: Any = drawn.get_root()
    root.html.add_child(folium.Element(_legend(drawing, fills)))
    return drawn


def _style(fill: Fill) -> dict[str, Any]:
    """Fill and border of a class; a browser has no hatches, so borders are dashed instead."""
    colour, dash = _PLAIN.get(fill.hatch, (fill.colour, ""))
    return {
        "fillColor": colour,
        "fillOpacity": 0.9,
        "color": "#444444",
        "weight": 1.2,
        "dashArray": {"dashed": "6 5", "dotted": "1 5"}.get(dash, ""),
    }


def _inline(drawn: folium.Map) -> None:
    """Put Leaflet into the page, in place of the addresses from which folium would load it.

    What folium loads beside it (jQuery, Bootstrap, icons) is not used by units and their texts.
    """
    import folium

    folder = files("capacity.report").joinpath("assets", "leaflet")
    licence, script, style = (
        folder.joinpath(name).read_text(encoding="utf-8")
        for name in ("LICENSE", "leaflet.js", "leaflet.css")
    )
    script = script.replace("//# sourceMappingURL=leaflet.js.map", "")
    drawn.default_js, drawn.default_css = [], []
    head = f"<!-- Leaflet\n{escape(licence)}-->\n<style>{style}</style>\n<script>{script}</script>"
    root: Any = drawn.get_root()
    root.header.add_child(folium.Element("{% raw %}" + head + "{% endraw %}"))


def _frame(drawing: Drawing) -> tuple[gpd.GeoDataFrame, list[Fill]]:
    """Lay out the units with the texts to show, all escaped."""
    rows = {row["unit_code"]: row for row in drawing.rows()}
    units = drawing.view.result.area.units
    tier = [unit.code for unit in drawing.view.units_of(drawing.tier)] or list(rows)
    wanted = units["unit_code"].isin(tier) & units.geometry.notna()
    shapes = units[wanted]
    fills = [fill for fill in fills_of(drawing, tier, list(rows.values())) if fill.codes]
    names = {code: fill.name for fill in fills for code in fill.codes}
    texts = {
        "code": shapes["unit_code"].tolist(),
        **{
            drawing.say(pair): [
                escape(clean(_text(drawing, field, code, rows.get(code), names)))
                for code in shapes["unit_code"]
            ]
            for field, pair in _FIELDS.items()
        },
    }
    frame = gpd.GeoDataFrame(texts, geometry=shapes.geometry.to_numpy(), crs=units.crs)
    return frame.to_crs(4326), fills


def _text(drawing: Drawing, field: str, code: str, row: Row | None, classes: dict[str, str]) -> str:
    if field == "unit":
        return f"{drawing.view.units[code].name} {code}"
    if field == "class":
        return classes[code]
    if row is None or (field == "share" and not is_share(drawing.group)):
        return labels.NOT_APPLICABLE
    if field == "note":
        return labels.translate(row["note"], drawing.language) or labels.NOT_APPLICABLE
    return _amount(drawing, field, row)


def _amount(drawing: Drawing, field: str, row: Row) -> str:
    if row[field] != row[field] and known_part(row, field) is None:  # NaN
        return labels.NO_DATA if row["status"] == "no_data" else labels.NOT_APPLICABLE
    text = value_text(row, field, drawing.group, drawing.language)
    return text if field == "share" else f"{text} {drawing.unit}"


def _legend(drawing: Drawing, fills: Sequence[Fill]) -> str:
    rows = "".join(
        _ROW.format(
            colour=_style(fill)["fillColor"],
            border=_PLAIN.get(fill.hatch, ("", "solid"))[1],
            name=escape(f"{fill.name}({len(fill.codes)})"),
        )
        for fill in fills
    )
    source = drawing.group.norm.source.citation
    title = escape(title_of(drawing, "map"))
    return _LEGEND.format(title=title, rows=rows, source=escape(clean(source)))
