"""Real layers, as published, with their real defects; skipped where they are not at hand."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from capacity.population import PopulationGrid
from capacity.study_area import check_study_area, read_study_area
from tests.inputs.town import FACTS

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the real layers are not part of the repository"
)

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
        "units.sliver",
        "population.no_data",
        "facilities.no_places",
        "facilities.no_land_area",
        "facilities.duplicate_id",
        "facilities.duplicates",
        "compounds.no_households",
        "layer.left_out",
        *FACTS,
    }


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
    assert "such as GCJ-02 (Amap) read as WGS 84" in other.mend
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
