"""QGIS styles (QML): the units of a layer coloured by the status of one norm.

Only what QGIS needs is written: a categorised renderer, names of units as labels, and the aliases
under which fields are shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from capacity.findings import STATUSES
from capacity.report.fields import PEOPLE_FIELDS, UNIT_FIELDS
from capacity.report.labels import label
from capacity.report.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity.report.fields import Field, FieldGroup
    from capacity.report.labels import Language, Pair

_DOCTYPE: Final = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_VERSION: Final = "3.22.0"
_POINTS, _POLYGONS = "0", "2"
_FIELD: Final = "field"
_LINE: Final = "90,90,90,255"
# Told apart with red-green blindness too, and by hatching in print; the same words as the tables.
_FILLS: Final[dict[str, tuple[str, str]]] = {
    "short": ("213,94,0,255", "solid"),
    "met": ("0,158,115,255", "solid"),
    "reported": ("86,180,233,255", "solid"),
    "not_applicable": ("224,224,224,255", "solid"),
    "no_data": ("140,140,140,255", "b_diagonal"),
    "": ("255,255,255,255", "solid"),
}
_ELSE: Final[Pair] = ("本级无此项", "not judged here")
_OPEN: Final[dict[str, tuple[str, Pair]]] = {
    "yes": ("0,114,178,255", ("在运营", "open")),
    "no": ("255,255,255,255", ("不在运营(不计入)", "not open (not counted)")),
}


def status_styles(
    groups: Sequence[FieldGroup], fields: Sequence[Field], language: Language = "zh"
) -> list[str]:
    """Style polygons by the status of each of some norms.

    Parameters
    ----------
    groups
        The norms, measures and rollups whose status colours the units; at least one.
    fields
        Fields of the layer beside those of every unit, which get aliases.
    language
        Of the legend and the aliases, ``zh`` or ``en``.

    Returns
    -------
    list of str
        A QML document of each; units without a row of the norm fall into the last category.
    """
    # All but the field that colours the units is the same in every style of a layer.
    style = _status_style(_FIELD, fields, language)
    begin, _, end = style.partition(f'attr="{_FIELD}"')
    return [f'{begin}attr="{group.name("status")}"{end}' for group in groups]


def _status_style(coloured_by: str, fields: Sequence[Field], language: Language) -> str:
    root = _root(_POLYGONS, labelled=True)
    words = {status: STATUSES[status] if status else _ELSE for status in _FILLS}
    symbols = _renderer(
        root,
        coloured_by,
        [(status, clean(label(pair, language))) for status, pair in words.items()],
    )
    for i, (colour, style) in enumerate(_FILLS.values()):
        options = {
            "color": colour,
            "style": style,
            "outline_color": _LINE,
            "outline_style": "solid",
            "outline_width": "0.26",
            "outline_width_unit": "MM",
        }
        _symbol(symbols, i, "fill", "SimpleFill", options)
    _labels(root, "unit_name")
    _aliases(root, [*UNIT_FIELDS, *PEOPLE_FIELDS, *fields], language)
    return _text(root, _POLYGONS)


def facility_style(fields: Sequence[Field], language: Language = "zh") -> str:
    """Style facilities by whether they count as existing supply.

    Parameters
    ----------
    fields
        Fields of the facilities layer, which get aliases.
    language
        Of the legend and the aliases, ``zh`` or ``en``.

    Returns
    -------
    str
        A QML document.
    """
    root = _root(_POINTS, labelled=False)
    legend = [(word, clean(label(pair, language))) for word, (_, pair) in _OPEN.items()]
    symbols = _renderer(root, "is_open", legend)
    for i, (colour, _) in enumerate(_OPEN.values()):
        options = {
            "name": "circle",
            "color": colour,
            "outline_color": "0,60,100,255",
            "outline_width": "0.3",
            "outline_width_unit": "MM",
            "size": "2",
            "size_unit": "MM",
        }
        _symbol(symbols, i, "marker", "SimpleMarker", options)
    _aliases(root, fields, language)
    return _text(root, _POINTS)


def _root(geometry: str, *, labelled: bool) -> ET.Element:
    categories = "Symbology|Labeling|Fields" if geometry == _POLYGONS else "Symbology|Fields"
    return ET.Element(
        "qgis",
        version=_VERSION,
        styleCategories=categories,
        labelsEnabled="1" if labelled else "0",
    )


def _renderer(root: ET.Element, field: str, legend: Sequence[tuple[str, str]]) -> ET.Element:
    """Add the categories; give back the place of their symbols."""
    renderer = ET.SubElement(root, "renderer-v2", type="categorizedSymbol", attr=field)
    categories = ET.SubElement(renderer, "categories")
    for i, (value, text) in enumerate(legend):
        ET.SubElement(categories, "category", value=value, label=text, symbol=str(i), render="true")
    return ET.SubElement(renderer, "symbols")


def _symbol(
    symbols: ET.Element, number: int, kind: str, layer_class: str, options: dict[str, str]
) -> None:
    symbol = ET.SubElement(symbols, "symbol", type=kind, name=str(number), alpha="1")
    layer = ET.SubElement(
        symbol, "layer", {"class": layer_class, "enabled": "1", "locked": "0", "pass": "0"}
    )
    group = ET.SubElement(layer, "Option", type="Map")
    for name, value in options.items():
        ET.SubElement(group, "Option", type="QString", name=name, value=value)


def _labels(root: ET.Element, field: str) -> None:
    labeling = ET.SubElement(root, "labeling", type="simple")
    settings = ET.SubElement(labeling, "settings", calloutType="simple")
    style = ET.SubElement(
        settings,
        "text-style",
        fieldName=field,
        isExpression="0",
        fontSize="8",
        fontSizeUnit="Point",
        textColor="30,30,30,255",
    )
    ET.SubElement(
        style,
        "text-buffer",
        bufferDraw="1",
        bufferSize="0.7",
        bufferSizeUnits="MM",
        bufferColor="255,255,255,255",
        bufferOpacity="0.8",
    )


def _aliases(root: ET.Element, fields: Sequence[Field], language: Language) -> None:
    aliases = ET.SubElement(root, "aliases")
    for i, field in enumerate(fields):
        text = clean(label((field.zh, field.en), language))
        ET.SubElement(aliases, "alias", field=field.name, index=str(i), name=text)


def _text(root: ET.Element, geometry: str) -> str:
    ET.SubElement(root, "layerGeometryType").text = geometry
    ET.indent(root)
    return _DOCTYPE + ET.tostring(root, encoding="unicode") + "\n"
