"""Layers read back: every finding is in a field that the dictionary explains, NULL where unknown."""

import dataclasses
import itertools
import re
import sqlite3
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from capacity import InputError, OutputExistsError, assess, load_catalogue, load_norms, study_area
from capacity.findings import NUMBERS, ROLLUPS, STATUSES
from capacity.report import fields, layers
from capacity.report.fields import facility_fields, field_groups
from capacity.vocabulary import (
    FIGURES,
    KNOWN_ONLY,
    LOWER_BOUND,
    SERVICES,
    TIER_OF,
    UPPER_BOUND,
)
from tests.report import hostile

DBASE_FIELDS = 255
NAME = re.compile(r"[a-z][a-z0-9_]{0,9}")


@pytest.fixture(scope="module")
def folder(result, tmp_path_factory):
    return result.to_layers(tmp_path_factory.mktemp("layers") / "layers")


@pytest.fixture(scope="module")
def dictionary(folder):
    path = folder / "dictionary.csv"
    return pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False)


@pytest.fixture(scope="module")
def tables(folder):
    package = folder / "findings.gpkg"
    names = [name for name, _ in pyogrio.list_layers(package) if name != "layer_styles"]
    return {name: pyogrio.read_dataframe(package, layer=name) for name in names}


def parse(text):
    return ET.fromstring(text)  # noqa: S314  # we wrote it


def is_null(value):
    return value is None or (isinstance(value, float) and np.isnan(value))


@pytest.fixture(scope="module")
def units(folder):
    return gpd.read_parquet(folder / "units.parquet")


def test_every_finding_is_in_the_layer_and_field_that_the_dictionary_names(
    result, dictionary, tables, units
):
    where = {
        (row.norm_id, row.measure, row.rollup, row.column): (row.field, row.layers.split())
        for row in dictionary.itertuples()
        if row.norm_id
    }
    by_code = {name: table.set_index("unit_code") for name, table in tables.items() if "_" in name}
    everywhere = units.set_index("unit_code")
    seen = {"in a layer": 0, "whole area": 0}
    for finding in result.findings.to_dict("records"):
        key = finding["norm_id"], finding["measure"], finding["rollup"]
        home = f"{TIER_OF[finding['unit_type']]}_{finding['service']}"
        home += "_net" if finding["rollup"] == "net" else ""
        for column in (*NUMBERS, "status"):
            value = finding[column]
            if (*key, column) not in where:
                assert column == "standard" or np.isnan(value), (key, column)
                continue
            field, inside = where[(*key, column)]
            shown = [everywhere.at[finding["unit_code"], field]]
            if finding["unit_type"] == "district":  # the root has no polygon
                seen["whole area"] += 1
            else:
                assert home in inside
                shown.append(by_code[home].at[finding["unit_code"], field])
                seen["in a layer"] += 1
            for one in shown:
                assert is_null(one) if is_null(value) else one == value, (key, column)
    assert seen["in a layer"] > 5000
    assert seen["whole area"] > 800


def test_a_finding_without_data_has_a_status_and_no_shortfall(result, dictionary, tables):
    lacking = result.findings[result.findings["status"] == "no_data"]
    assert len(lacking) > 20
    gaps = dictionary[dictionary["column"] == "shortfall"]
    for row in gaps.itertuples():
        for layer in row.layers.split():
            table = tables[layer]
            unknown = table[row.field.replace("_gap", "_sts")] == "no_data"
            assert table.loc[unknown, row.field].isna().all()


def test_a_bound_says_how_to_read_the_shortfall(result, dictionary, tables):
    phrases = {"at_least": LOWER_BOUND, "at_most": UPPER_BOUND, "known_only": KNOWN_ONLY}
    bounds = dictionary[dictionary["column"] == "bound"]
    found = []
    for row in bounds.itertuples():
        mine = result.findings[
            (result.findings["norm_id"] == row.norm_id)
            & (result.findings["measure"] == row.measure)
            & (result.findings["rollup"] == row.rollup)
        ].set_index("unit_code")
        for layer in row.layers.split():
            table = tables[layer].set_index("unit_code")
            for code, bound in table[row.field].items():
                if is_null(bound):
                    note = "" if code not in mine.index else mine.at[code, "note"]
                    assert not any(phrase in note for phrase in phrases.values())
                else:
                    assert phrases[bound] in mine.at[code, "note"]
                    found.append(bound)
    assert {"at_least", "at_most"} <= set(found)


def test_names_are_short_ascii_unique_and_few_enough_for_a_shapefile(tables):
    for name, table in tables.items():
        columns = [column for column in table.columns if column != "geometry"]
        assert all(NAME.fullmatch(column) for column in columns), name
        assert len({column.upper() for column in columns}) == len(columns)
        assert len(columns) <= DBASE_FIELDS


def test_a_name_rests_on_norm_measure_and_rollup_alone():
    norms = {norm.id: norm for norm in load_catalogue().norms}
    norm = norms["zhengzhou.childcare.places_per_thousand"]
    (alone,) = field_groups([(norm, "places", "unit")])
    # Maps of earlier years join on these names: a change of them is a change for users.
    assert alone.name("shortfall") == "cclq5k_gap"
    keys = [(n, m, r) for n in norms.values() for m in (*n.measures, "places") for r in ROLLUPS]
    together = {group.key: group.code for group in field_groups(keys)}
    assert together[alone.key] == alone.code
    assert len(set(together.values())) == len(keys) > 900
    first = {key: fields._codes(norms[key[0]], *key[1:])[0] for key in together}
    assert together == first


def test_codes_that_begin_alike_are_told_apart_in_any_order(monkeypatch):
    monkeypatch.setattr(fields, "_LETTERS", 1)
    norms = [norm for norm in load_catalogue().norms if norm.service == "childcare"][:25]
    keys = [(norm, "places", "unit") for norm in norms]
    codes = {group.key: group.code for group in field_groups(keys)}
    assert len(set(codes.values())) == len(keys)
    assert {g.key: g.code for g in field_groups(reversed(keys))} == codes
    assert any(fields._codes(*key)[0] != codes[key[0].id, *key[1:]] for key in keys)


def test_the_fixed_words_cover_every_service_group_and_figure():
    prefixes = fields._PREFIXES
    assert set(prefixes) == set(SERVICES)
    assert len(set(prefixes.values())) == len(prefixes)
    assert all(re.fullmatch("[a-z]{2}", prefix) for prefix in prefixes.values())
    fixed = [*fields.UNIT_FIELDS, *fields.PEOPLE_FIELDS]
    for group in (fixed, facility_fields(FIGURES)):
        names = [field.name for field in group]
        assert len(set(names)) == len(names)
        assert all(NAME.fullmatch(name) for name in names)
        assert all(field.zh and field.en for field in group)


def test_the_dictionary_explains_every_field_and_no_other(dictionary, tables):
    said = {(layer, row.field) for row in dictionary.itertuples() for layer in row.layers.split()}
    there = {(name, column) for name, table in tables.items() for column in table.columns}
    shaped = {name for name, table in tables.items() if "geometry" in table.columns}
    assert {pair for pair in said if pair[1] != "geometry"} == {
        pair for pair in there if pair[1] != "geometry"
    }
    assert {layer for layer, field in said if field == "geometry"} == shaped
    assert (dictionary["label_zh"] != "").all()
    assert (dictionary["label_en"] != "").all()
    of_norms = dictionary[dictionary["norm_id"] != ""]
    for column in ("standard_zh", "standard_en", "due_zh", "due_en", "source"):
        assert (of_norms[column] != "").all()
    labelled = of_norms[["label_zh", "layers"]]
    assert not labelled.duplicated().any()
    (shape,) = dictionary[dictionary["field"] == "geometry"].itertuples()
    assert "EPSG:4547" in shape.meaning_zh


def test_a_shapefile_keeps_names_values_and_gaps(tables, tmp_path):
    for name in ("street_childcare", "community_sports", "facilities"):
        table = tables[name]
        path = tmp_path / f"{name}.shp"
        pyogrio.write_dataframe(table, path)
        back = pyogrio.read_dataframe(path, columns=list(table.columns.drop("geometry")))
        assert list(back.columns) == list(table.columns)
        assert back.crs.equals(table.crs)
        assert shapely.equals(back.geometry, table.geometry).all()
        for column in table.columns.drop("geometry"):
            if pd.api.types.is_numeric_dtype(table[column]):
                np.testing.assert_allclose(
                    back[column].astype(float), table[column].astype(float), rtol=1e-12
                )
            else:
                assert back[column].where(back[column].notna(), "").tolist() == (
                    table[column].where(table[column].notna(), "").tolist()
                )


def test_the_parquet_has_every_unit_and_field_in_the_metric_crs(result, units, dictionary):
    assert units["unit_code"].tolist() == result.area.units["unit_code"].tolist()
    assert units.crs.equals(result.area.crs)
    assert units.geometry.area.sum() == pytest.approx(result.area.units.geometry.area.sum())
    wanted = set(dictionary.loc[dictionary["layers"] != "facilities", "field"])
    assert set(units.columns) == wanted
    people = result.people.set_index("unit_code")["population"]
    assert units.set_index("unit_code")["population"].equals(people.reindex(units["unit_code"]))


def test_facilities_carry_their_units_and_unknown_is_null(result, tables):
    table, given = tables["facilities"], result.area.facilities.reset_index(drop=True)
    assert table["fac_id"].tolist() == given["facility_id"].tolist()
    assert (table["street"].fillna("") == given["street_code"]).all()
    assert (table["is_open"] == given["is_open"].map({True: "yes", False: "no"})).all()
    assert table["places"].isna().equals(given["places"].isna())
    assert given["places"].isna().any()
    opened = given["opened"].dt.strftime("%Y-%m-%d")
    assert (table["opened"].fillna("") == opened.fillna("")).all()
    assert set(table["inclusive"].dropna()) <= {"yes", "no"}


def styles_of(folder):
    with sqlite3.connect(folder / "findings.gpkg") as package:
        rows = package.execute(
            "SELECT f_table_name, f_geometry_column, styleName, styleQML, useAsDefault "
            "FROM layer_styles"
        ).fetchall()
        geometry = dict(
            package.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall()
        )
    package.close()
    return rows, geometry


def test_styles_fit_the_fields_and_words_of_their_layer(folder, tables, dictionary):
    rows, geometry = styles_of(folder)
    assert {row[0] for row in rows} == set(geometry)
    assert {path.stem for path in folder.glob("*.qml")} == set(geometry)
    assert len(rows) > 2 * len(geometry)
    labels = {
        (layer, row.field): row.label_zh
        for row in dictionary.itertuples()
        for layer in row.layers.split()
    }
    for layer, column, name, text, is_default in rows:
        assert geometry[layer] == column
        assert name
        root = parse(text)
        assert root.tag == "qgis"
        table = tables[layer]
        renderer = root.find("renderer-v2")
        field = renderer.get("attr")
        values = [category.get("value") for category in renderer.iter("category")]
        assert set(table[field].dropna()) <= set(values)
        symbols = [category.get("symbol") for category in renderer.iter("category")]
        assert symbols == [symbol.get("name") for symbol in renderer.iter("symbol")]
        assert root.findtext("layerGeometryType") == ("0" if layer == "facilities" else "2")
        aliases = {alias.get("field"): alias.get("name") for alias in root.iter("alias")}
        assert set(table.columns) - {"geometry"} <= set(aliases)
        assert all(aliases[c] == labels[layer, c] for c in table.columns if c != "geometry")
        if is_default:
            assert (folder / f"{layer}.qml").read_text(encoding="utf-8") == text
            if layer != "facilities":
                assert values == ["short", "met", "reported", "not_applicable", "no_data", ""]
                assert table[field].isin(["short", "met", "reported", "no_data"]).any()
    defaults = [row[0] for row in rows if row[4]]
    assert sorted(defaults) == sorted(geometry)


def test_legends_and_aliases_are_english_on_request(result, tmp_path):
    out = result.to_layers(tmp_path / "en", language="en")
    for path in out.glob("*.qml"):
        text = path.read_text(encoding="utf-8")
        legend = [c.get("label") for c in parse(text).iter("category")]
        assert all(word.isascii() for word in legend)
        assert "缺口" not in text
        assert "单位" not in text


def test_hostile_names_stay_text(result, tmp_path):
    given, changed = hostile.named(result)
    norms = [
        dataclasses.replace(norm, name_zh=name, name_en=name)
        for norm, name in zip(result.norms.norms, itertools.cycle(hostile.NAMES), strict=False)
    ]
    changed = dataclasses.replace(changed, norms=dataclasses.replace(result.norms, norms=norms))
    out = changed.to_layers(tmp_path / "out")
    units = gpd.read_parquet(out / "units.parquet").set_index("unit_code")["unit_name"]
    for code, name in given.items():
        assert not re.search("[\x00-\x1f\u202e]", units[code])
        assert units[code] == layers.clean(name)
    for path in out.glob("*.qml"):
        parse(path.read_text(encoding="utf-8"))
    words = pd.read_csv(out / "dictionary.csv", dtype=str, encoding="utf-8-sig").melt()["value"]
    assert words.str.contains("cmd|", regex=False).any()
    assert not words.dropna().str.match(r"\s*[=+\-@]").any()


def test_units_without_boundaries_make_tables(tmp_path):
    units = pd.DataFrame(
        {
            "unit_code": ["410199001", "410199002"],
            "unit_name": ["东街道", "西街道"],
            "unit_type": "street",
            "population": [30_000.0, None],
        }
    )
    facilities = pd.DataFrame({"facility_id": ["1"], "places": [90.0], "unit_code": ["410199001"]})
    area = study_area(
        units, facilities=facilities, service="childcare", name="某区", data_date="2025-12-31"
    )
    result = assess(area, load_norms("zhengzhou", on="2025-12-31"))
    out = result.to_layers(tmp_path / "out")
    assert not list(out.glob("*.qml"))
    table = pyogrio.read_dataframe(out / "findings.gpkg", layer="street_childcare")
    assert "geometry" not in table.columns
    (gap,) = field_groups(
        [
            (norm, "places", "unit")
            for norm in result.norms.norms
            if norm.id == "zhengzhou.childcare.places_per_thousand"
        ]
    )
    # 6 × 30 = 180 places, 90 there; the other street's people are not known.
    assert table[gap.name("shortfall")].tolist()[0] == 90.0
    assert np.isnan(table[gap.name("shortfall")].tolist()[1])
    assert table[gap.name("status")].tolist() == ["short", "no_data"]
    assert set(table[gap.name("status")]) <= set(STATUSES)


def test_a_folder_appears_whole_or_not_at_all(result, tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    with pytest.raises(OutputExistsError, match="already there"):
        result.to_layers(tmp_path / "there")
    with pytest.raises(InputError, match="no folder"):
        result.to_layers(tmp_path / "no" / "out")

    def fail(*_args):
        raise OSError("disk full")

    monkeypatch.setattr(layers, "_dictionary", fail)
    with pytest.raises(OSError, match="disk full"):
        result.to_layers(tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
