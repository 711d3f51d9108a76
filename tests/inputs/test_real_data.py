"""Real layers, as published, with their real defects; skipped where they are not at hand."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from capacity.assess.context import Context
from capacity.assess.run import assess, assessment_faults
from capacity.inputs.plausible import settle, weigh, weigh_polygons
from capacity.norms.catalogue import load_norms
from capacity.population import PopulationGrid
from capacity.study_area import check_study_area, read_study_area
from tests.inputs.town import FACTS

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the real layers are not part of the repository"
)

WGS84 = ("wgs84", "wgs84")
SINGAPORE = """
[study_area]
name = "Singapore"
code = "SG"
type = "city"
data_date = 2020-12-31

[population]
file = "{data}/singapore/population_worldpop2015_100m.tif"

[[units]]
file = "{data}/singapore/zones.gpkg"
type = "street"
parent_type = "district"
columns = {{ code = "SUBZONE_C", name = "SUBZONE_N", parent = "PLN_AREA_C", parent_name = "PLN_AREA_N" }}

[[facilities]]
file = "{data}/singapore/facilities.gpkg"
service = "childcare"
where = {{ source_layer = "child_care_services_2020" }}
columns = {{ id = "fid_src", name = "name" }}

[[facilities]]
file = "{data}/singapore/facilities.gpkg"
where = {{ kind = ["eldercare", "fitness"] }}
columns = {{ id = "fid_src", name = "name", service = "kind" }}
service_values = {{ eldercare = "elder_care", fitness = "sports" }}

[[compounds]]
file = "{data}/singapore/residential_blocks.csv"
datum = "wgs84"
columns = {{ name = "name", households = "total_dwelling_units", x = "lon", y = "lat" }}
"""

ZHENGZHOU = """
[study_area]
name = "郑州市"
code = "4101"
type = "city"
data_date = 2020-12-31

[population]
file = "{data}/zhengzhou/worldpop_10km_grid.gpkg"
columns = {{ population = "pop2020" }}

[[units]]
file = "{data}/zhengzhou/districts_cgcs2000.gpkg"
type = "区县"
columns = {{ code = "code", name = "name" }}

[[facilities]]
file = "poi.csv"
service = "sports"
{crs}
columns = {{ id = "id", name = "name", unit = "code", x = "lon", y = "lat" }}
"""


def write(folder, text, **values):
    path = folder / "area.toml"
    path.write_text(text.format(data=DATA.as_posix(), **values), encoding="utf-8")
    return path


def test_singapore(tmp_path):
    area = read_study_area(write(tmp_path, SINGAPORE))
    assert area.crs.to_epsg() == 32648
    assert area.population.total() == pytest.approx(4_556_488, abs=1)
    kinds = area.units["unit_type"].value_counts().to_dict()
    assert kinds == {"street": 293, "district": 50, "city": 1}
    assert area.facilities["service"].value_counts().to_dict() == {
        "childcare": 1315,
        "elder_care": 107,
        "sports": 61,
    }
    assert (area.facilities["street_code"] != "").all()
    assert (area.facilities["city_code"] == "SG").all()
    assert len(area.compounds) == 8727
    assert area.compounds["households"].sum() == 921_795
    assert {fault.code for fault in area.faults} <= {
        "columns.unread",
        "units.sliver",
        "population.no_data",
        "facilities.no_places",
        "facilities.no_land_area",
        "facilities.duplicate_id",
        "facilities.duplicates",
        "facilities.same_name",
        "facilities.common_names",
        "compounds.no_households",
        "compounds.old_unknown",
        "layer.left_out",
        *FACTS,
    }


PRE_SCHOOLS = """
[[facilities]]
file = "{data}/singapore/facilities.gpkg"
service = "childcare"
where = {{ source_layer = "preschools_2020_2021" }}
columns = {{ id = "fid_src", name = "name" }}
"""


@pytest.mark.parametrize(("duplicates", "used"), [("keep", 1315 + 1959), ("first", 1784)])
def test_singapore_with_both_registers_of_childcare(tmp_path, duplicates, used):
    """Counting both registers counts 1,490 of 3,274 rows, 46 %, twice."""
    text = f'{SINGAPORE}{PRE_SCHOOLS}\n[parameters]\nduplicates = "{duplicates}"\n'
    area = read_study_area(write(tmp_path, text))
    childcare = area.facilities[area.facilities["service"] == "childcare"]
    assert len(childcare) == used
    pairs = [f for f in area.faults if f.code == "facilities.duplicates"]
    assert pairs
    rows = {f.item: f for f in area.faults if f.code == "layer.rows"}
    assert rows["facilities[1]"].amount == 3442  # the whole file; the filter keeps some
    by_layer = [int(rows[f"facilities[{n}]"].count) for n in (1, 3)]
    assert sum(by_layer) == used
    assert by_layer[0] == (1315 if duplicates == "keep" else 1314)


def write_zhengzhou(folder, crs):
    """The restaurants with the codes of the districts that they name."""
    districts = gpd.read_file(DATA / "zhengzhou" / "districts_cgcs2000.gpkg")
    code = dict(zip(districts["name"], districts["code"], strict=True))
    poi = pd.read_csv(DATA / "zhengzhou" / "restaurant_poi_gcj02.csv")
    poi["code"] = poi["district_stated"].map(code)
    poi[["id", "name", "code", "lon", "lat"]].to_csv(
        folder / "poi.csv", index=False, encoding="gb18030"
    )
    return write(folder, ZHENGZHOU, crs=crs)


def test_zhengzhou_without_crs(tmp_path):
    faults = check_study_area(write_zhengzhou(tmp_path, ""))
    (error,) = [fault for fault in faults if fault.severity == "error"]
    assert error.code == "crs.missing"
    assert "Amap (高德) and Tencent are in GCJ-02" in error.message


def test_zhengzhou_with_the_wrong_datum(tmp_path):
    area = read_study_area(write_zhengzhou(tmp_path, 'datum = "wgs84"'))
    faults = {fault.code: fault for fault in area.faults}
    other = faults["facilities.other_unit"]
    assert 0.02 < other.count / len(area.facilities) < 0.07
    datum = faults["crs.other_datum"]
    assert datum.severity == "warning"
    assert datum.amount == pytest.approx(550, abs=30)
    assert "93.9% of 17,570 rows that name a unit stand in it as read" in datum.message
    assert "facilities[1] in GCJ-02 97.5%, facilities[1] in BD-09 92.5%" in datum.message
    assert 'say facilities[1].datum = "gcj02"' in datum.mend
    assert faults["facilities.outside_units"].count == pytest.approx(93, abs=2)
    assert area.crs.to_epsg() == 4547


def test_zhengzhou_population_is_a_regular_grid_in_degrees(tmp_path):
    area = read_study_area(write_zhengzhou(tmp_path, 'datum = "wgs84"'))
    assert isinstance(area.population, PopulationGrid)
    assert area.population.crs.to_epsg() == 4326
    cells = gpd.read_file(DATA / "zhengzhou" / "worldpop_10km_grid.gpkg")
    assert area.population.total() == pytest.approx(cells["pop2020"].sum(), rel=1e-12)


def test_zhengzhou_converted_on_reading(tmp_path):
    area = read_study_area(write_zhengzhou(tmp_path, 'datum = "gcj02"'))
    districts = area.units.loc[area.units["unit_type"] == "district", "geometry"].union_all()
    right = (area.facilities["unit_code"] == area.facilities["district_code"]) & (
        shapely.intersects(districts, area.facilities.geometry.to_numpy())
    )
    assert right.mean() == pytest.approx(0.975, abs=0.001)
    assert {f.code for f in area.faults if f.code.startswith("crs.")} == {
        "crs.used",
        "crs.datum_fits",
    }


def zhengzhou_pairs():
    """The two boundary layers and the points, each pair weighed as if all said WGS 84."""
    poi = pd.read_csv(DATA / "zhengzhou" / "restaurant_poi_gcj02.csv")
    layers = {
        name: gpd.read_file(DATA / "zhengzhou" / f"districts_{name}")
        for name in ("cgcs2000.gpkg", "gcj02.geojson")
    }
    polygons = {name: np.asarray(layer.geometry) for name, layer in layers.items()}
    pairs = {}
    for name, layer in layers.items():
        homes = poi["district_stated"].map(dict(zip(layer["name"], polygons[name], strict=True)))
        lon, lat = poi["lon"].to_numpy(), poi["lat"].to_numpy()
        pairs[name] = weigh(("poi", name), WGS84, lon, lat, homes.to_numpy(dtype=object)).evidence()
    amap, official = polygons["gcj02.geojson"], polygons["cgcs2000.gpkg"]
    pairs["borders"] = weigh_polygons(
        ("gcj02.geojson", "cgcs2000.gpkg"), WGS84, amap, official, np.full(len(amap), -1)
    )
    return pairs


# Share of rows, or of area, that stand where they should: as read, and with the first layer taken as
# GCJ-02 or BD-09, or the second. docs/inputs.md has the table.
SCORES = {
    "cgcs2000.gpkg": (0.939, 0.975, 0.925, 0.893, 0.848),
    "gcj02.geojson": (0.989, 0.944, 0.904, 0.940, 0.876),
    "borders": (0.956, 0.978, 0.939, 0.927, 0.897),
}
SINGLE = [
    ("wgs84", "wgs84"),
    ("gcj02", "wgs84"),
    ("bd09", "wgs84"),
    ("wgs84", "gcj02"),
    ("wgs84", "bd09"),
]


def test_zhengzhou_scores_of_every_datum():
    for name, evidence in zhengzhou_pairs().items():
        shares = [evidence.shares[datums] for datums in SINGLE]
        assert shares == pytest.approx(SCORES[name], abs=0.0006), name


def test_zhengzhou_layers_settled_together():
    """Points and Amap's districts fit each other; the official districts say what both are in."""
    pairs = zhengzhou_pairs()
    assert settle([pairs["cgcs2000.gpkg"]]) == [[{"poi": "gcj02"}]]
    assert settle([pairs["gcj02.geojson"]]) == []
    assert settle([pairs["borders"]]) == [[{"gcj02.geojson": "gcj02"}]]
    both = [{"poi": "gcj02", "gcj02.geojson": "gcj02"}]
    assert settle([pairs["gcj02.geojson"], pairs["borders"]]) == [both]
    assert settle(list(pairs.values())) == [both]


def test_geojson_of_shenzhen_must_say_its_crs(tmp_path):
    text = """
[study_area]
name = "深圳市"
data_date = 2020-12-31

[[units]]
file = "{data}/shenzhen_streets/streets_gcj02.geojson"
type = "街道"
columns = {{ code = "BLOCK_ID", name = "NAME" }}
"""
    assert [fault.code for fault in check_study_area(write(tmp_path, text))] == ["crs.missing"]


SHENZHEN = """
[study_area]
name = "深圳市"
code = "SZ"
type = "city"
data_date = 2020-12-31

[[units]]
file = "{data}/shenzhen_streets/districts_cgcs2000.gpkg"
type = "区"
columns = {{ code = "code", name = "name" }}

[[units]]
file = "{data}/shenzhen_streets/streets_gcj02.geojson"
datum = "{datum}"
type = "街道"
columns = {{ code = "BLOCK_ID", name = "NAME" }}
"""


def test_shenzhen_streets_are_gcj02_though_labelled_wgs84(tmp_path):
    faults = check_study_area(write(tmp_path, SHENZHEN, datum="wgs84"))
    (fault,) = [fault for fault in faults if fault.code == "crs.other_datum"]
    assert "units[2] in GCJ-02, which moves units[2] by about 6" in fault.message
    assert "91.4% of the area of its units lies in the units above them as read" in fault.message
    assert "units[2] in GCJ-02 96.1%" in fault.message
    assert 'say units[2].datum = "gcj02"' in fault.mend
    assert fault.amount == pytest.approx(600, abs=30)
    faults = check_study_area(write(tmp_path, SHENZHEN, datum="gcj02"))
    assert "crs.other_datum" not in {fault.code for fault in faults}


def zones_and_points(folder):
    zones = gpd.read_file(folder / "zones.gpkg").to_crs(4326)
    points = gpd.read_file(folder / "facilities.gpkg").to_crs(4326)
    points = points[points.geom_type == "Point"].sjoin(zones[["geometry"]].to_crs(4326))
    return points, np.asarray(zones.geometry)[points["index_right"]]


def test_singapore_asked_all_the_same_gives_no_alarm():
    """Its points name no zone, so they are given the one they stand in, and one in twenty another."""
    points, homes = zones_and_points(DATA / "singapore")
    rng = np.random.default_rng(0)
    homes = np.where(rng.random(len(homes)) < 0.05, rng.permutation(homes), homes)
    lon, lat = points.geometry.x.to_numpy(), points.geometry.y.to_numpy()
    evidence = weigh(("points", "zones"), WGS84, lon, lat, homes).evidence()
    assert evidence.tells
    assert settle([evidence]) == []
    area = gpd.read_file(DATA / "singapore" / "zones.gpkg").to_crs(4326)
    planning = area.dissolve("PLN_AREA_C")
    parent = planning.index.get_indexer(area["PLN_AREA_C"])
    nested = weigh_polygons(
        ("zones", "areas"), WGS84, np.asarray(area.geometry), np.asarray(planning.geometry), parent
    )
    assert settle([nested]) == []


def test_helsinki_squares_in_degrees_are_cells(tmp_path):
    text = """
[study_area]
name = "Helsinki"
data_date = 2020-12-31

[population]
file = "{data}/helsinki_grid/population_grid_250m.gpkg"

[[units]]
file = "units.gpkg"
type = "street"
columns = {{ code = "code" }}
"""
    cells = gpd.read_file(DATA / "helsinki_grid" / "population_grid_250m.gpkg")
    whole = gpd.GeoDataFrame({"code": ["H"]}, geometry=[cells.union_all()], crs=cells.crs)
    whole.to_file(tmp_path / "units.gpkg")
    area = read_study_area(write(tmp_path, text))
    assert area.population["population"].sum() == 71_724
    assert area.population.area.mean() == pytest.approx(62_500, rel=0.01)


# --- official totals ------------------------------------------------------------------------

SINGAPORE_UNITS = """
[study_area]
name = "Singapore"
code = "SG"
type = "city"
data_date = 2020-12-31

[[units]]
file = "{data}/singapore/zones.gpkg"
type = "street"
parent_type = "district"
columns = {{ code = "SUBZONE_C", name = "SUBZONE_N", parent = "PLN_AREA_C" }}
"""
SINGAPORE_RASTER = """
[population]
file = "{data}/singapore/population_worldpop2015_100m.tif"
no_data = "zero"
"""
SINGAPORE_BLOCKS = """
[population]
file = "{data}/singapore/residential_blocks.csv"
datum = "EPSG:4326"
columns = {{ dwellings = "total_dwelling_units", x = "lon", y = "lat" }}
"""
SINGAPORE_CENSUS = """
[[census]]
file = "{data}/singapore/official_census.csv"
columns = {{ unit = "SUBZONE_C", population = "pop_2020", age_65_plus = "pop2020_age65plus" }}
"""


def singapore(folder, *parts):
    area = read_study_area(write(folder, "\n".join([SINGAPORE_UNITS, *parts])))
    return area, Context(area, ()), {f.code: f for f in assessment_faults(area)}


def official(column="pop_2020"):
    table = pd.read_csv(DATA / "singapore" / "official_census.csv")
    return table.set_index("SUBZONE_C")[column]


def test_singapore_scaled_to_its_census(tmp_path):
    """The raster has 1.29 times the residents: everyone, five years earlier. Said, and mended."""
    _, context, faults = singapore(tmp_path, SINGAPORE_RASTER, SINGAPORE_CENSUS)
    people = context.people("street", "population")
    assert people.to_dict() == official()[people.index].astype(float).to_dict()
    rows = context.demand("street").by_unit()
    assert (rows - people).abs().max() <= 1e-9 * people.max()
    assert rows.sum() == pytest.approx(3_512_540, rel=1e-9)
    assert context.people("district", "population").sum() == pytest.approx(3_512_540, rel=1e-9)
    scaled = faults["census.scaled"]
    assert scaled.severity == "warning"
    assert scaled.amount == pytest.approx(1.29, abs=0.005)
    assert scaled.mend.startswith("Check that both are of one year and count the same people")
    assert "BDSZ05 × 0.353 (97,712 to 34,510)" in faults["census.extreme_factor"].message
    assert faults["census.no_total"].count == 3  # inhabited zones without age figures
    aged = context.people("street", "age_65_plus")
    assert aged.notna().sum() == 290
    assert aged.sum() == official("pop2020_age65plus").sum()


def test_singapore_by_its_dwellings(tmp_path):
    """Blocks of flats follow the census; where there are none, people count but have no place."""
    _, context, faults = singapore(tmp_path, SINGAPORE_BLOCKS, SINGAPORE_CENSUS)
    layer = context.people_of.layer("street").by_unit()
    census = official()[layer.index]
    assert np.corrcoef(layer, census)[0, 1] > 0.95
    assert context.people("street", "population").sum() == 3_512_540
    lost = faults["census.no_pattern"]
    assert (census[layer == 0] > 0).sum() == 70
    assert census[layer == 0].sum() == 221_450
    assert lost.code == "census.no_pattern"
    assert context.demand("street").people().sum() == pytest.approx(3_512_540 - 221_450, rel=1e-9)


@pytest.mark.parametrize(
    ("layer", "least", "known"), [(SINGAPORE_BLOCKS, 0.95, 3_484_090), (SINGAPORE_RASTER, 0.75, 0)]
)
def test_districts_of_singapore_spread_over_their_subzones(tmp_path, layer, least, known):
    """Totals of planning areas alone, judged by the subzones that were not told."""
    census = official().groupby(
        pd.read_csv(DATA / "singapore" / "official_census.csv").set_index("SUBZONE_C")["PLN_AREA_C"]
    )
    census.sum().rename("n").to_csv(tmp_path / "census.csv")
    told = (
        '[[census]]\nfile = "census.csv"\ncolumns = {{ unit = "PLN_AREA_C", population = "n" }}\n'
    )
    _, context, _ = singapore(tmp_path, layer, told)
    people = context.people("street", "population").dropna()
    assert np.corrcoef(people, official()[people.index])[0, 1] > least
    assert people.sum() == pytest.approx(known or 3_512_540, rel=1e-9)


def test_zhengzhou_districts_by_their_figures_alone(tmp_path):
    """Sixteen districts of 2019 from a sheet, without any map: the childcare table is complete."""
    facts = pd.read_csv(DATA / "facts" / "census_facts.csv")
    figures = facts[
        (facts["city"] == "郑州市")
        & (facts["year"] == 2019)
        & (facts["indicator"] == "resident_population")
    ]
    figures.assign(value=figures["value"].astype(int)).to_csv(tmp_path / "figures.csv", index=False)
    text = """
[study_area]
name = "郑州市"
code = "郑州市"
type = "city"
data_date = 2019-12-31
services = ["childcare"]

[[units]]
file = "figures.csv"
columns = {{ code = "area", name = "area", type = "level", population = "value" }}
"""
    area = read_study_area(write(tmp_path, text))
    result = assess(area, load_norms("zhengzhou", on="2025-12-31"))
    people = result.people.set_index("unit_code")["population"]
    assert people["郑州市"] == 10_352_000
    assert people.drop("郑州市").sum() == 10_352_000
    codes = {fault.code for fault in (*area.faults, *assessment_faults(area))}
    assert "census.people" in codes
    assert "census.disagrees" not in codes
    found = result.findings.query(
        "norm_id == 'zhengzhou.childcare.places_per_thousand' and measure == 'places'"
    ).set_index(["unit_code", "rollup"])
    assert found.loc[("金水区", "unit"), "required"] == 7998  # 1,333,000 people, 6 per thousand
    assert found.loc[("郑州市", "net"), "required"] == 62_112
    assert (found["method"].str.endswith("people: official totals")).all()


def test_helsinki_cells_scaled_to_a_total(tmp_path):
    """250 m squares that leave uninhabited ground out: one total, one factor."""
    cells = gpd.read_file(DATA / "helsinki_grid" / "population_grid_250m.gpkg")
    whole = gpd.GeoDataFrame(
        {"code": ["H"]}, geometry=[cells.union_all().convex_hull], crs=cells.crs
    )
    whole.to_file(tmp_path / "units.gpkg")
    text = """
[study_area]
name = "Helsinki"
data_date = 2020-12-31

[population]
file = "{data}/helsinki_grid/population_grid_250m.gpkg"
no_data = "zero"

[[units]]
file = "units.gpkg"
type = "street"
columns = {{ code = "code" }}

[[census]]
file = "census.csv"
columns = {{ unit = "code", population = "people" }}
"""
    (tmp_path / "census.csv").write_text("code,people\nH,75000\n", encoding="utf-8")
    context = Context(read_study_area(write(tmp_path, text)), ())
    assert context.people("street", "population").to_dict() == {"H": 75_000.0}
    where = context.demand("street")
    assert where.people().sum() == pytest.approx(75_000, rel=1e-12)
    assert where.in_layer().sum() == pytest.approx(71_724, rel=1e-9)
    ratio = where.people() / where.in_layer()
    assert ratio == pytest.approx(np.full(len(ratio), 75_000 / 71_724), rel=1e-9)
