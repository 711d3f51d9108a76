"""Layers for a GIS: findings per unit, facilities with their unit, a dictionary, QGIS styles.

The findings table is long; a map wants one row per unit. Values are laid out as they are, nothing
is computed, and what has no value is NULL, never 0.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from capacity.assess.summary import bound_of
from capacity.findings import ROLLUPS
from capacity.report import labels
from capacity.report.fields import (
    PEOPLE_FIELDS,
    SUFFIXES,
    UNIT_FIELDS,
    FieldGroup,
    facility_fields,
    field_groups,
)
from capacity.report.labels import label
from capacity.report.qgis import facility_style, status_styles
from capacity.report.text import clean, guard_csv
from capacity.report.view import look
from capacity.vocabulary import SERVICES, TIER_OF, TIERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from capacity.assess.result import Assessment
    from capacity.norms.model import Norm
    from capacity.report.fields import Field
    from capacity.report.labels import Language

_KEY: Final = ["norm_id", "measure", "rollup"]
_FACILITIES: Final = "facilities"
_GEOMETRY: Final = "geom"
_ROLLUPS: Final = {"": ("unit", "sum_of_units"), "_net": ("net",)}
"""End of a layer's name → rollups that it shows."""
_SYNCHRONOUS: Final = "OGR_SQLITE_SYNCHRONOUS"
_STYLED_FIRST: Final = ("short", "met")
_OLD_ENOUGH: Final = {"VERSION": "1.2"}
"""GeoPackage version that a QGIS of some years ago reads without a warning."""


@dataclass(frozen=True, slots=True)
class _Layer:
    """Units of one tier with the findings of one service."""

    name: str
    tier: str
    service: str
    groups: tuple[FieldGroup, ...]
    frame: gpd.GeoDataFrame

    @property
    def has_shapes(self) -> bool:
        return bool(self.frame.geometry.notna().any())

    def title(self, language: Language) -> str:
        words = [labels.TIERS[self.tier], SERVICES[self.service]]
        words += [ROLLUPS["net"]] * (self.groups[0].rollup == "net")
        return label((" ", ", "), language).join(label(pair, language) for pair in words)


def save_layers(result: Assessment, folder: Path, *, language: Language = "zh") -> None:
    """Write the layers of an assessment into a folder that is there and empty.

    ``findings.gpkg`` has a layer for each tier × service that has findings (``street_childcare``;
    ``district_childcare_net`` where parents are taken as one unit) and ``facilities``, with a QGIS
    style for each norm. Tiers without polygons have no layer, unless no tier has any: then all are
    tables. ``units.parquet`` has every unit and field
    in one table (GeoParquet); ``dictionary.csv`` explains every field; ``*.qml`` is the style that
    a layer opens with. Geometries are in the metric CRS of the study area.

    Parameters
    ----------
    result
        What ``assess`` gave.
    folder
        Where to write.
    language
        ``zh`` or ``en``, of the styles' legends and aliases. Names and values of fields are the
        same in both, and the dictionary has both.
    """
    units, groups = unit_table(result)
    facilities = _facilities(result)
    layers = _mapped(list(_split(units, groups)))
    units.to_parquet(folder / "units.parquet", index=False)
    package = folder / "findings.gpkg"
    styles: list[dict[str, Any]] = []
    with _unsynchronised():
        for layer in layers:
            _write_layer(layer.frame, package, layer.name, layer.title(language))
            if layer.has_shapes:
                styles += _styles(layer, folder, language)
        if not facilities.empty:
            title = label(("设施", "facilities"), language)
            _write_layer(facilities, package, _FACILITIES, title)
            if facilities.geometry.notna().any():
                styles.append(_facility_style(result, folder, language))
        _write_styles(styles, package)
    _dictionary(result, layers, groups).to_csv(
        folder / "dictionary.csv", index=False, encoding="utf-8-sig", lineterminator="\n"
    )


# --- frames -------------------------------------------------------------------------------


def unit_table(result: Assessment) -> tuple[gpd.GeoDataFrame, tuple[FieldGroup, ...]]:
    """Lay out every unit with its people and the fields of every finding.

    Parameters
    ----------
    result
        What ``assess`` gave.

    Returns
    -------
    tuple
        One row per unit, in the order of the study area and its CRS, columns as the dictionary
        calls them; and what the columns of findings show.
    """
    groups = _groups(result)
    units = result.area.units
    people = result.people.set_index("unit_code")
    known = [field for field in PEOPLE_FIELDS if field.source in people.columns]
    codes = pd.Index(units["unit_code"].astype(str))
    fixed = {field.name: _text(units[field.source]).to_numpy() for field in UNIT_FIELDS}
    residents = people[[field.source for field in known]].reindex(codes).astype("float64")
    residents.columns = [field.name for field in known]
    table = pd.concat(
        [pd.DataFrame(fixed, index=codes), residents, _wide(result.findings, groups, codes)], axis=1
    ).reset_index(drop=True)
    shapes = _multi(units.geometry.to_numpy())
    return gpd.GeoDataFrame(table, geometry=shapes, crs=result.area.crs), groups


def _groups(result: Assessment) -> tuple[FieldGroup, ...]:
    """List what has findings, by service, kind and norm as every report does."""
    there = set(result.findings[_KEY].itertuples(index=False, name=None))
    rollups = ("unit", "sum_of_units", "net")
    keys: list[tuple[Norm, str, str]] = [
        (group.norm, group.measure, rollup)
        for group in look(result).groups
        for rollup in rollups
        if (group.norm.id, group.measure, rollup) in there
    ]
    return field_groups(keys)


def _wide(
    findings: pd.DataFrame, groups: Sequence[FieldGroup], units: pd.Index[str]
) -> pd.DataFrame:
    """Turn the findings into one row per unit and one column per field."""
    codes = {group.key: group.code for group in groups}
    keys = pd.MultiIndex.from_frame(findings[_KEY])
    table = findings.assign(code=keys.map(codes), bound=_bounds(findings))
    table = table.set_index(["unit_code", "code"])
    wide = {
        column: table[column].unstack().reindex(units)  # noqa: PD010  # nothing to aggregate
        for column in SUFFIXES
    }
    fields = [(group, column) for group in groups for column in group.columns]
    parts = {group.name(column): wide[column][group.code] for group, column in fields}
    return pd.DataFrame(parts, index=units)


def _bounds(findings: pd.DataFrame) -> pd.Series:
    """Tell from its note how a shortfall is to be read; None where it is exact."""
    bounds = findings["note"].map(bound_of).astype(object)
    return bounds.where(bounds != "exact", None)


def _text(column: pd.Series) -> pd.Series:
    """Make text printable; what is empty is NULL."""
    shown = column.map(clean, na_action="ignore").astype(object)
    return shown.where(shown.notna() & (shown != ""), None)


def _multi(shapes: Any) -> Any:
    """Make every polygon a multipolygon, so that a layer has one type of geometry."""
    single = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    shapes = shapes.copy()
    shapes[single] = shapely.multipolygons(shapes[single][:, None])
    return shapes


def _split(units: gpd.GeoDataFrame, groups: Sequence[FieldGroup]) -> Iterable[_Layer]:
    """Cut the table by tier and service: no layer has more fields than a Shapefile may have."""
    tiers = units["unit_type"].map(TIER_OF)
    fixed = [name for name in _fixed_names() if name in units.columns]
    statuses = pd.DataFrame(units)[[group.name("status") for group in groups]].notna()
    for tier in reversed(TIERS):
        of_tier = units[tiers == tier]
        found = statuses[tiers == tier].any()
        there = [g for g in groups if found[g.name("status")]]
        for service in SERVICES:
            for end, rollups in _ROLLUPS.items():
                shown = tuple(g for g in there if g.norm.service == service and g.rollup in rollups)
                if not shown:
                    continue
                names = [field.name for group in shown for field in group.fields()]
                frame = of_tier[[*fixed, *names, "geometry"]]
                yield _Layer(f"{tier}_{service}{end}", tier, service, shown, frame)


def _mapped(layers: list[_Layer]) -> list[_Layer]:
    """Leave out layers without any polygon (the whole area, as a rule), unless all are."""
    return [layer for layer in layers if layer.has_shapes] or layers


def _fixed_names() -> list[str]:
    return [field.name for field in (*UNIT_FIELDS, *PEOPLE_FIELDS)]


def _facilities(result: Assessment) -> gpd.GeoDataFrame:
    """Lay out the facilities with the unit of every tier that they stand in."""
    table = result.area.facilities
    data = {field.name: _plain(table[field.source]) for field in facility_fields(table.columns)}
    return gpd.GeoDataFrame(data, geometry=table.geometry.to_numpy(), crs=result.area.crs)


def _plain(column: pd.Series) -> Any:
    """Turn yes/no and days into text, which every format keeps as it is."""
    if pd.api.types.is_bool_dtype(column):
        return _text(column.astype("boolean").map({True: "yes", False: "no"})).to_numpy()
    if pd.api.types.is_datetime64_any_dtype(column):
        return _text(column.dt.strftime("%Y-%m-%d")).to_numpy()
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy()
    return _text(column).to_numpy()


# --- files --------------------------------------------------------------------------------


@contextmanager
def _unsynchronised() -> Iterator[None]:
    """Do not wait for the disk after each layer; an unfinished folder is thrown away anyhow."""
    before = pyogrio.get_gdal_config_option(_SYNCHRONOUS)
    pyogrio.set_gdal_config_options({_SYNCHRONOUS: "OFF"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({_SYNCHRONOUS: before})


def _write_layer(frame: gpd.GeoDataFrame, package: Path, name: str, title: str) -> None:
    """Add a layer to the GeoPackage; without any geometry it is a table."""
    there = bool(frame.geometry.notna().any())
    options = {"DESCRIPTION": title} | ({} if package.exists() else _OLD_ENOUGH)
    if there:
        kind = "Point" if name == _FACILITIES else "MultiPolygon"
        pyogrio.write_dataframe(
            frame,
            package,
            layer=name,
            driver="GPKG",
            append=package.exists(),
            geometry_type=kind,
            **options,
        )
    else:
        table = pd.DataFrame(frame.drop(columns="geometry"))
        pyogrio.write_dataframe(
            table, package, layer=name, driver="GPKG", append=package.exists(), **options
        )


def _styles(layer: _Layer, folder: Path, language: Language) -> list[dict[str, Any]]:
    """Style a layer by the status of each norm; the first that has a verdict is how it opens."""
    shown = [g for g in layer.groups if g.measure not in labels.SECONDARY] or list(layer.groups)
    judged = (g for g in shown if layer.frame[g.name("status")].isin(_STYLED_FIRST).any())
    main = next(judged, shown[0])
    fields = [field for group in layer.groups for field in group.fields()]
    rows = []
    for group, text in zip(shown, status_styles(shown, fields, language), strict=True):
        if group is main:
            (folder / f"{layer.name}.qml").write_text(text, encoding="utf-8")
        rows.append(_style_row(layer.name, clean(group.title(language)), text, main=group is main))
    return rows


def _facility_style(result: Assessment, folder: Path, language: Language) -> dict[str, Any]:
    text = facility_style(facility_fields(result.area.facilities.columns), language)
    (folder / f"{_FACILITIES}.qml").write_text(text, encoding="utf-8")
    return _style_row(_FACILITIES, label(("是否在运营", "open or not"), language), text, main=True)


def _style_row(layer: str, name: str, text: str, *, main: bool) -> dict[str, Any]:
    """One row of the table in which QGIS looks for the styles of a GeoPackage."""
    return {
        "f_table_catalog": "",
        "f_table_schema": "",
        "f_table_name": layer,
        "f_geometry_column": _GEOMETRY,
        "styleName": name,
        "styleQML": text,
        "styleSLD": "",
        "useAsDefault": main,
        "description": name,
        "owner": "",
        "ui": None,
        "update_time": pd.Timestamp.now("UTC").floor("s"),
    }


def _write_styles(rows: list[dict[str, Any]], package: Path) -> None:
    if not rows:
        return
    table = pd.DataFrame(rows).astype({"ui": object})
    pyogrio.write_dataframe(
        table,
        package,
        layer="layer_styles",
        driver="GPKG",
        append=True,
        FID="id",
        DATETIME_PRECISION="MILLISECOND",
    )


# --- dictionary ---------------------------------------------------------------------------


def _dictionary(
    result: Assessment, layers: Sequence[_Layer], groups: Sequence[FieldGroup]
) -> pd.DataFrame:
    """Explain every field once, with the layers that it stands in."""
    people = [field for field in PEOPLE_FIELDS if field.source in result.people.columns]
    names = [layer.name for layer in layers]
    rows = [_row(field, names) for field in (*UNIT_FIELDS, *people)]
    for group in groups:
        inside = [layer.name for layer in layers if group in layer.groups]
        rows += [_row(field, inside, group) for field in group.fields()]
    rows += [_row(f, [_FACILITIES]) for f in facility_fields(result.area.facilities.columns)]
    shaped = [layer.name for layer in layers if layer.has_shapes]
    shaped += [_FACILITIES] * bool(result.area.facilities.geometry.notna().any())
    crs = result.area.crs
    authority = crs.to_authority(min_confidence=70)
    called = f"{':'.join(authority)} {crs.name}" if authority else crs.name
    rows.append(
        {
            "field": "geometry",
            "label_zh": "图形",
            "label_en": "geometry",
            "meaning_zh": f"坐标系:{called}(单位:米)",
            "meaning_en": f"CRS: {called} (metres)",
            "layers": " ".join(shaped),
        }
    )
    columns = list(dict.fromkeys(key for row in rows for key in row))
    table = pd.DataFrame(rows, columns=columns).replace({np.nan: ""})
    return guard_csv(table.map(clean))


def _row(field: Field, inside: Sequence[str], group: FieldGroup | None = None) -> dict[str, Any]:
    def words(side: int) -> str:
        return "; ".join(f"{word} = {pair[side]}" for word, pair in field.values.items())

    def meaning(side: int) -> str:
        return (";", "; ")[side].join(part for part in (field.meaning[side], words(side)) if part)

    row = {
        "field": field.name,
        "label_zh": field.zh,
        "label_en": field.en,
        "type": "number" if field.numeric else "text",
        "unit_zh": field.unit[0],
        "unit_en": field.unit[1],
        "meaning_zh": meaning(0),
        "meaning_en": meaning(1),
        "column": field.source,
        "layers": " ".join(inside),
    }
    if group is None:
        return row
    norm = group.norm
    return row | {
        "service": norm.service,
        "norm_id": norm.id,
        "measure": group.measure,
        "rollup": group.rollup,
        "standard_zh": labels.standard_text(norm, "zh"),
        "standard_en": labels.standard_text(norm, "en"),
        "due_zh": labels.due_text(norm, "zh"),
        "due_en": labels.due_text(norm, "en"),
        "source": norm.source.citation,
    }
