"""The shipped district: equal to what the generator makes, sound, and complete in its cases."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import tomllib
from math import ceil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from exactextract import exact_extract

from capacity.assess.run import assess
from capacity.errors import OutputExistsError
from capacity.example import EXAMPLE_FILES, generate, write_example
from capacity.example.district import DATA_DATE, MARK, example_district, write_data
from capacity.norms.catalogue import load_norms
from capacity.norms.files import comments_in
from capacity.norms.model import CONDITIONS
from capacity.study_area import read_study_area
from capacity.vocabulary import FACILITY_TYPES, FIGURES, OPERATORS, SERVICES, UNIT_TYPES

STREETS = ["street", "township"]
COMMUNITIES = ["community", "village"]
OUTSIDE = "T-OUTSIDE-1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_example(tmp_path_factory.mktemp("example") / "demo").parent


@pytest.fixture(scope="module")
def district():
    return example_district()


@pytest.fixture(scope="module")
def streets(folder):
    return gpd.read_file(folder / "units.gpkg", layer="streets").set_index("code")


@pytest.fixture(scope="module")
def communities(folder):
    return gpd.read_file(folder / "units.gpkg", layer="communities").set_index("code")


@pytest.fixture(scope="module")
def facilities(folder):
    table = pd.read_csv(folder / "facilities.csv", dtype={"所属街道代码": "str"})
    points = gpd.points_from_xy(table.pop("经度"), table.pop("纬度"), crs="EPSG:4490")
    return gpd.GeoDataFrame(table, geometry=points).to_crs("EPSG:4547").set_index("编号")


@pytest.fixture(scope="module")
def compounds(folder):
    table = pd.read_csv(folder / "compounds.csv", dtype={"所属街道代码": "str"})
    return table.assign(street=table["所属街道代码"])


@pytest.fixture(scope="module")
def residents(folder, streets):
    with rasterio.open(folder / "population.tif") as raster:
        sums = exact_extract(raster, streets.reset_index(), "sum", include_cols=["code"])
    people = {s["properties"]["code"]: s["properties"]["band_1_sum"] for s in sums}
    return pd.Series(people)


def standing_in(facilities, units, service):
    """Facilities of a service in each unit, by place."""
    some = facilities[facilities["类别"] == service]
    joined = gpd.sjoin(some, units[["geometry"]], predicate="within")
    return joined.rename(columns={"code": "standing"})


def places(facilities, streets, on=DATA_DATE):
    """Known places open on a day, by street."""
    some = standing_in(facilities, streets, "childcare")
    some = some[~(pd.to_datetime(some["投用日期"]) > pd.Timestamp(on))]
    return some.groupby("standing")["托位数"].sum().reindex(streets.index, fill_value=0)


# --- the shipped files -----------------------------------------------------------------------


def test_shipped_data_are_what_the_generator_makes(folder, tmp_path):
    write_data(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(EXAMPLE_FILES)
    for name in ("area.toml", "README.txt", "facilities.csv", "compounds.csv", "figures.csv"):
        shipped, made = ((path / name).read_text(encoding="utf-8") for path in (folder, tmp_path))
        assert shipped == (comments_in(made, "zh") if name == "area.toml" else made), name
    assert (folder / "form.xlsx").read_bytes() == (tmp_path / "form.xlsx").read_bytes()
    with (
        rasterio.open(folder / "population.tif") as shipped,
        rasterio.open(tmp_path / "population.tif") as made,
    ):
        assert shipped.transform == made.transform
        assert shipped.crs == made.crs
        assert shipped.descriptions == made.descriptions == ("population", "under_3", "age_60_plus")
        np.testing.assert_array_equal(shipped.read(), made.read())
    for layer in ("streets", "communities"):
        shipped = gpd.read_file(folder / "units.gpkg", layer=layer)
        made = gpd.read_file(tmp_path / "units.gpkg", layer=layer)
        pd.testing.assert_frame_equal(
            shipped.drop(columns="geometry"), made.drop(columns="geometry")
        )
        assert shapely.equals_exact(
            shapely.normalize(shipped.geometry.to_numpy()),
            shapely.normalize(made.geometry.to_numpy()),
            tolerance=0.001,
        ).all()


def test_files_hold_what_is_in_memory(folder, district, streets, communities, facilities):
    with rasterio.open(folder / "population.tif") as raster:
        for band, group in enumerate(district.population.groups, start=1):
            np.testing.assert_array_equal(raster.read(band), district.population.values[group])
        assert raster.transform == district.population.transform
    assert [*streets.index, *communities.index] == district.units["unit_code"].tolist()[1:]
    moved = facilities.geometry.distance(district.facilities.geometry.set_axis(facilities.index))
    assert moved.max() < 0.2


def test_folder_is_small(folder):
    assert sorted(p.name for p in folder.iterdir()) == sorted(EXAMPLE_FILES)
    assert sum(p.stat().st_size for p in folder.iterdir()) < 500_000


def test_every_description_says_that_it_is_invented(folder):
    settings = tomllib.loads((folder / "area.toml").read_text(encoding="utf-8"))
    layers = [settings["population"], *settings["units"], *settings["facilities"]]
    for layer in [*layers, *settings["compounds"], *settings["figures"]]:
        assert MARK in layer["description"]
    readme = (folder / "README.txt").read_text(encoding="utf-8")
    assert MARK in readme
    assert "invented" in readme.lower()


def test_settings_name_what_is_there(folder, facilities):
    settings = tomllib.loads((folder / "area.toml").read_text(encoding="utf-8"))
    area = settings["study_area"]
    assert (area["code"], area["type"], area["city"]) == ("410199", "district", "zhengzhou")
    assert area["data_date"] == DATA_DATE
    assert set(area["services"]) == {*facilities["类别"], "funeral"}
    assert set(area["services"]) < set(SERVICES)
    for table in [*settings["facilities"], *settings["compounds"], *settings["figures"]]:
        header = pd.read_csv(folder / table["file"], nrows=0).columns
        assert set(table["columns"].values()) == set(header)
    for table in settings["units"]:
        layer = gpd.read_file(folder / table["file"], layer=table["layer"])
        assert set(table["columns"].values()) == set(layer.columns) - {"geometry"}


def test_tables_open_in_a_spreadsheet_as_utf8(folder):
    for name in ("facilities.csv", "compounds.csv", "figures.csv"):
        assert (folder / name).read_bytes().startswith(b"\xef\xbb\xbf")


# --- shapes ------------------------------------------------------------------------------------


def test_units_are_the_streets_and_communities_announced(streets, communities):
    assert streets["type"].value_counts().to_dict() == {"street": 8, "township": 4}
    assert len(communities) == 60
    assert set(communities["type"]) == {"community", "village"} <= set(UNIT_TYPES)
    assert streets.index.str.fullmatch(r"410199\d{3}").all()
    assert communities.index.str.fullmatch(r"410199\d{6}").all()
    assert (communities.index.str[:9] == communities["parent"]).all()
    assert communities["parent"].isin(streets.index).all()
    assert (streets["parent"] == "410199").all()
    assert streets.index.is_unique
    assert communities.index.is_unique


def test_communities_nest_exactly_in_their_streets(streets, communities):
    total = communities.geometry.area.groupby(communities["parent"]).sum()
    np.testing.assert_allclose(total[streets.index], streets.geometry.area, rtol=0, atol=1e-6)
    beyond = communities.geometry.difference(
        streets.geometry.reindex(communities["parent"]).set_axis(communities.index)
    )
    assert beyond.area.max() < 1e-6


def test_polygons_tile_the_district(district, streets, communities):
    whole = district.units.geometry.iloc[0]
    assert whole.geom_type == "Polygon"
    assert not whole.interiors
    for layer in (streets, communities):
        polygons = layer.geometry.to_numpy()
        assert shapely.is_valid(polygons).all()
        assert (layer.geom_type == "Polygon").all()
        assert shapely.coverage_is_valid(polygons)
        assert shapely.area(polygons).sum() == pytest.approx(whole.area, abs=1e-5)


def test_age_groups_are_parts_of_the_people(district):
    grid = district.population
    people, young, old = (grid.values[g] for g in ("population", "under_3", "age_60_plus"))
    assert people.size == 30_132
    assert (people >= 0).all()
    assert (young + old <= people).all()
    assert 0.025 < grid.total("under_3") / grid.total() < 0.035
    assert 0.15 < grid.total("age_60_plus") / grid.total() < 0.19


# --- the special cases -------------------------------------------------------------------------


def test_a_street_has_30_and_30_places_but_none_of_50(facilities, streets):
    some = standing_in(facilities, streets, "childcare").query("standing == '410199001'")
    assert some["托位数"].tolist() == [30, 30]


@pytest.mark.parametrize(("street", "per_thousand"), [("410199004", 6), ("410199005", 4)])
def test_a_street_is_exactly_on_its_requirement(
    facilities, streets, residents, street, per_thousand
):
    exact = per_thousand * residents[street] / 1000
    assert places(facilities, streets)[street] == ceil(exact)
    # far enough from a whole number for any way of summing
    assert 0.05 < exact % 1 < 0.95


def test_a_surplus_lies_beside_a_shortage(facilities, streets, residents):
    balance = places(facilities, streets) - np.ceil(6 * residents / 1000)
    assert balance["410199002"] > 0 > balance["410199003"]
    rich, poor = streets.geometry[["410199002", "410199003"]]
    assert rich.intersection(poor).length > 100
    # the same at the stage before
    assert (places(facilities, streets) < np.ceil(4 * residents / 1000)).any()


def test_flags_cover_yes_no_unknown_and_zone(streets, communities):
    urban = streets["main_urban"]
    assert urban.isna().pipe(lambda unknown: urban.index[unknown]).tolist() == ["410199007"]
    assert urban["410199100"] == 1
    assert (urban[["410199101", "410199102", "410199200"]] == 0).all()
    assert streets.index[streets["development_zone"]].tolist() == ["410199008"]
    inherited = urban.reindex(communities["parent"])
    assert (communities["main_urban"].isna().to_numpy() == inherited.isna().to_numpy()).all()


def test_places_are_unknown_partly_in_one_street_and_wholly_in_a_township(facilities, streets):
    some = standing_in(facilities, streets, "childcare")
    unknown = some["托位数"].isna().groupby(some["standing"]).agg(["sum", "count"])
    assert unknown.loc["410199006"].tolist() == [2, 4]
    assert unknown.loc["410199102"].tolist() == [1, 1]
    assert unknown.drop(index=["410199006", "410199102"])["sum"].eq(0).all()


def test_services_are_wholly_absent_somewhere(facilities, streets):
    for service, street in [
        ("childcare", "410199200"),
        ("elder_care", "410199006"),
        ("sports", "410199200"),
    ]:
        absent = set(streets.index) - set(standing_in(facilities, streets, service)["standing"])
        assert absent == {street}


def test_elder_care_land_is_unknown_in_one_street_and_partly_in_another(facilities, streets):
    some = standing_in(facilities, streets, "elder_care")
    known = some["用地面积"].notna().groupby(some["standing"]).agg(["sum", "count"])
    assert known.index[known["sum"] == 0].tolist() == ["410199003"]
    assert known.loc["410199004"].tolist() == [1, 2]


def test_elder_care_land_is_enough_in_one_street_and_short_in_another(
    facilities, streets, residents
):
    some = standing_in(facilities, streets, "elder_care")
    land = some.groupby("standing")["用地面积"].sum()
    assert land["410199002"] > 0.2 * residents["410199002"]
    assert land["410199001"] < 0.2 * residents["410199001"]


def test_a_facility_beyond_the_border_serves_people_inside(district, facilities):
    outside = facilities.geometry[OUTSIDE]
    whole = district.units.geometry.iloc[0]
    assert 50 < whole.distance(outside) < 200
    grid = district.population
    rows, cols = np.nonzero(grid.values["population"])
    x, y = grid.transform.c + (cols + 0.5) * 100, grid.transform.f - (rows + 0.5) * 100
    near = shapely.Point(outside).buffer(250).intersection(whole)
    assert shapely.contains_xy(near, x, y).sum() > 3
    assert pd.isna(facilities.loc[OUTSIDE, "所属街道代码"])


def test_some_facilities_are_under_construction_and_one_opened_nobody_knows_when(facilities):
    opened = pd.to_datetime(facilities["投用日期"])
    assert facilities.index[opened > pd.Timestamp(DATA_DATE)].tolist() == [
        "Y410199007-1",
        "T410199008-1",
    ]
    assert facilities.index[opened.isna()].tolist() == ["S410199004-2"]
    assert opened.min() > pd.Timestamp("2000-01-01")
    assert dt.date(2025, 6, 30) == DATA_DATE


def test_one_declared_street_disagrees_with_the_place(facilities, streets):
    joined = gpd.sjoin(facilities, streets[["geometry"]], predicate="within")
    wrong = joined[joined["所属街道代码"] != joined["code"]]
    assert wrong[["所属街道代码", "code"]].to_dict("index") == {
        "T410199003-2": {"所属街道代码": "410199002", "code": "410199003"}
    }


def test_a_village_has_no_inhabitants(folder, communities):
    with rasterio.open(folder / "population.tif") as raster:
        sums = exact_extract(raster, communities.reset_index(), "sum", include_cols=["code"])
    people = pd.Series({s["properties"]["code"]: s["properties"]["band_1_sum"] for s in sums})
    assert people.index[people == 0].tolist() == ["410199200204"]
    assert communities.loc["410199200204", "type"] == "village"


def test_some_people_live_outside_every_unit(district, residents):
    outside = district.population.total() - residents.sum()
    assert 1000 < outside < 0.05 * district.population.total()


def test_hostile_names_are_there_once_each(communities, facilities, compounds):
    names = [*communities["name"], *facilities["名称"], *compounds["小区名称"]]
    assert [n for n in names if n.startswith("=")] == ["=示例区东风第二社区"]
    assert [n for n in names if "<" in n] == ["<b>示例区和平第三社区</b>"]


def test_the_worked_compounds_are_the_only_old_ones_of_their_street(compounds):
    old = compounds[(compounds["street"] == "410199005") & (compounds["是否老旧小区"] == "是")]
    assert old["户数"].tolist() == [420, 1000, 1260, 800]
    assert old["养老用房面积"].tolist() == [0, 0, 150, 180]
    required = np.maximum(200, 20 * old["户数"] / 100)
    assert (required - old["养老用房面积"]).clip(lower=0).sum() == 522


def test_compounds_are_old_new_large_and_partly_unknown(compounds):
    assert set(compounds["是否老旧小区"].dropna()) == {"是", "否"}
    assert (compounds["户数"] > 1000).sum() > 10
    by_street = compounds.groupby("street")
    no_flag = compounds["是否老旧小区"].isna()
    assert compounds[no_flag]["street"].tolist() == ["410199004", "410199007"]
    assert compounds[no_flag]["建成年份"].isna().tolist() == [False, True]
    assert compounds[compounds["户数"].isna()]["street"].tolist() == ["410199003", "410199200"]
    assert compounds[compounds["养老用房面积"].isna()]["street"].tolist() == ["410199006"]
    assert (by_street.get_group("410199008")["是否老旧小区"] == "否").all()
    rural = by_street.get_group("410199200")
    assert rural[rural["是否老旧小区"] == "是"]["户数"].isna().all()
    exact = compounds[compounds["户数"].isin([1000, 1500]) & (compounds["street"] == "410199004")]
    assert (exact["养老用房面积"] == np.maximum(200, exact["户数"] / 5)).sum() == 2


# --- what the norms of every service need --------------------------------------------------------


def test_types_are_of_the_service_and_some_are_not_known(facilities):
    of = {zh: service for zh, _, service in FACILITY_TYPES.values()}
    known = facilities["设施类型"].dropna()
    assert (known.map(of) == facilities.loc[known.index, "类别"]).all()
    unknown = facilities[facilities["设施类型"].isna()]["类别"].value_counts().to_dict()
    assert unknown == {"childcare": 4, "elder_care": 3, "sports": 1}
    assert set(facilities["运营方式"]) == {OPERATORS[name][0] for name in generate.OPERATORS}


def test_sites_of_childcare_are_of_every_condition(facilities):
    childcare = facilities[facilities["类别"] == "childcare"]
    words = {zh for zh, _ in CONDITIONS.values()} | {"都不是"}
    assert set(childcare["场地条件"].dropna()) == words
    assert childcare["场地条件"].isna().any()
    outdoor = childcare["室外活动面积"] / childcare["托位数"]
    new = childcare["场地条件"] == CONDITIONS["new_development"][0]
    assert (outdoor[new] < 2).any()
    assert (outdoor[new] >= 2).any()
    assert facilities[facilities["类别"] != "childcare"]["场地条件"].isna().all()


def test_urban_class_is_told_of_all_but_one(streets, communities):
    assert streets["urban"].notna().all()
    assert (streets.index[streets["urban"] == 0]).tolist() == [
        "410199101",
        "410199102",
        "410199200",
    ]
    assert communities.index[communities["urban"].isna()].tolist() == ["410199102001"]
    assert (communities.loc[communities["type"] == "village", "urban"] == 0).all()


def test_other_services_have_units_with_and_without(facilities, streets, communities):
    stations = standing_in(facilities, streets, "social_work")
    some = stations[stations["设施类型"] == "社会工作站"]
    assert set(streets.index) - set(some["standing"]) == {"410199006", "410199101"}
    villages = communities[communities["type"] == "village"]
    rooms = facilities[facilities["设施类型"] == "农家书屋"]
    joined = gpd.sjoin(rooms, villages[["geometry"]], predicate="within")
    assert len(joined) == len(rooms) == 6 < len(villages)
    places = facilities[facilities["类别"] == "education"]["托位数"]
    assert places.notna().all()
    beds = facilities[facilities["类别"] == "health"]
    assert beds["床位数"].isna().any()


def test_figures_are_of_the_district_and_its_streets(folder, streets):
    table = pd.read_csv(folder / "figures.csv", dtype={"单位代码": "str"}).set_index("单位代码")
    assert table.index.tolist() == ["410199", *streets.index]
    assert set(table.columns) < {zh for zh, _, _ in FIGURES.values()}
    district = table.loc["410199"]
    assert district.index[district.isna()].tolist() == ["儿科执业(助理)医师"]
    assert table["全科医生"].isna().sum() == 2
    assert (table.fillna(0) >= 0).all(axis=None)


def test_the_example_is_read_as_it_was_made(folder, district):
    area = read_study_area(folder / "area.toml")
    columns = ["facility_id", "facility_type", "operator", "condition", "outdoor_area_m2"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(area.facilities[columns]), pd.DataFrame(district.facilities[columns])
    )
    pd.testing.assert_frame_equal(area.figures, district.figures)
    plans = ["planned_population", "project_childcare_places"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(area.compounds[plans]), pd.DataFrame(district.compounds[plans])
    )
    assert plans[0] in area.compounds
    assert "broadcasting" not in area.services
    assert area.units["urban"].equals(district.units["urban"])
    assert area.units["county"].equals(district.units["county"])


# --- writing -----------------------------------------------------------------------------------


def test_write_example_returns_the_settings(tmp_path):
    written = write_example(tmp_path / "new" / "demo")
    assert written == tmp_path / "new" / "demo" / "area.toml"
    assert written.is_file()


def test_write_example_fills_an_empty_folder(tmp_path):
    write_example(str(tmp_path))
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(EXAMPLE_FILES)


def test_write_example_refuses_a_folder_in_use(tmp_path):
    (tmp_path / "a.txt").write_text("mine")
    (tmp_path / "b.txt").write_text("mine")
    with pytest.raises(OutputExistsError) as caught:
        write_example(tmp_path)
    assert str(caught.value) == (
        "The example was not written.\n"
        f"- {tmp_path}: the folder is not empty: it has a.txt and 1 more. "
        "Give a new or empty folder."
    )
    assert isinstance(caught.value, FileExistsError)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt", "b.txt"]


def test_write_example_refuses_a_file(tmp_path):
    (tmp_path / "demo").write_text("mine")
    with pytest.raises(OutputExistsError, match="it is a file, not a folder"):
        write_example(tmp_path / "demo")


def test_a_failure_leaves_no_file(tmp_path, monkeypatch):
    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write_example(tmp_path / "demo")
    assert list((tmp_path / "demo").iterdir()) == []


def test_norms_of_chengdu_have_verdicts_in_the_example(tmp_path):
    write_example(tmp_path / "demo")
    area = read_study_area(tmp_path / "demo" / "area.toml")
    findings = assess(area, load_norms("chengdu", on="2025-06-30")).findings
    land = findings[findings["norm_id"].str.endswith("land_per_place")]
    tested = land[~land["measure"].str.endswith("_upper") & land["rollup"].eq("unit")]
    verdicts = tested.groupby("norm_id")["status"].agg(set)
    assert len(verdicts) == 3
    assert all({"met", "short"} <= seen for seen in verdicts)
    # 31 places for 1,000 of the 360,000 people planned; the city's norm gives a district no verdict
    norm = "chengdu.education.kindergarten_places_per_thousand"
    row = findings[findings["norm_id"].eq(norm) & findings["measure"].eq("places")].iloc[0]
    assert (row["base_value"], row["required"], row["status"]) == (360_000, 11_160, "reported")
    kindergartens = area.facilities["facility_type"].isin(["kindergarten", "central_kindergarten"])
    assert row["existing"] == area.facilities.loc[kindergartens, "places"].sum()


def test_importing_the_example_is_cheap():
    code = "import sys, capacity.example; print(*{'geopandas', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_example_can_be_planned_for(folder):
    area = read_study_area(folder / "area.toml")
    ids = {norm.id for norm in load_norms("zhengzhou", on="2025-12-31").norms}
    assert set(area.siting.norms) <= ids
    assert area.siting.build[0].minimum < area.siting.build[0].maximum
