import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from capacity.errors import InputError
from capacity.inputs.datum import convert_datum
from capacity.inputs.membership import assign
from capacity.population import PopulationGrid
from capacity.study_area import (
    Parameters,
    StudyArea,
    check_study_area,
    read_study_area,
    study_area,
)
from capacity.vocabulary import SERVICES
from tests.inputs.town import (
    CRS,
    FACILITIES,
    FACTS,
    SETTINGS,
    X0,
    Y0,
    square,
    streets,
    write_raster,
    write_town,
)

DAY = dt.date(2025, 6, 30)
MEMBERSHIP = ["city_code", "district_code", "street_code", "community_code"]


def town(units=None, **given) -> StudyArea:
    """Study area of the two streets in memory."""
    made = streets(parent=["", ""]) if units is None else units
    options = {"name": "Testtown", "data_date": DAY, "unit_type": "street", "code": "A"}
    return study_area(made, **options | given)


def points(*places, **columns) -> gpd.GeoDataFrame:
    """Childcare at places in km from the town's corner; None for no place."""
    geometry = [
        None if p is None else shapely.Point(X0 + 1000 * p[0], Y0 + 1000 * p[1]) for p in places
    ]
    return gpd.GeoDataFrame({"places": [1.0] * len(places)} | columns, geometry=geometry, crs=CRS)


def messages(**given):
    with pytest.raises(InputError) as caught:
        town(**given)
    return [str(fault) for fault in caught.value.faults]


# --- from files -----------------------------------------------------------------------------


def test_what_is_read(tmp_path):
    area = read_study_area(write_town(tmp_path))
    assert (area.name, area.code, area.type, area.city) == ("Testtown", "A", "district", "")
    assert area.data_date == DAY
    assert area.crs.to_epsg() == 4547
    assert area.services == {"childcare"}
    assert area.population.total() == 2000
    assert area.compounds is None
    assert area.parameters == Parameters()
    assert area.path == tmp_path / "area.toml"
    assert area.units.to_dict("list") | {"geometry": None} == {
        "unit_code": ["A", "A1", "A2"],
        "unit_name": ["Testtown", "West", "East"],
        "unit_type": ["district", "street", "street"],
        "parent_code": ["", "A", "A"],
        "main_urban": [None] * 3,
        "development_zone": [None] * 3,
        "urban": [None] * 3,
        "county": [None] * 3,
        "geometry": None,
    }
    assert area.units.geometry.isna().tolist() == [True, False, False]
    assert [(f.role, f.path, f.rows_read, f.rows_used) for f in area.files] == [
        ("settings", "area.toml", 0, 0),
        ("units", "units.gpkg", 2, 2),
        ("population", "population.tif", 200, 200),
        ("facilities", "facilities.csv", 2, 2),
    ]
    assert all(len(f.sha256) == 64 for f in area.files)


def test_columns_and_types_are_those_documented(tmp_path):
    area = read_study_area(write_town(tmp_path))
    assert {name: str(kind) for name, kind in area.facilities.dtypes.items()} == {
        "facility_id": "str",
        "name": "str",
        "service": "str",
        "facility_type": "str",
        "operator": "str",
        "condition": "str",
        "places": "float64",
        "beds": "float64",
        "land_area_m2": "float64",
        "floor_area_m2": "float64",
        "outdoor_area_m2": "float64",
        "venue_area_m2": "float64",
        "inclusive": "boolean",
        "status": "str",
        "opened": "datetime64[s]",
        "opened_by": "datetime64[s]",
        "closed": "datetime64[s]",
        "is_open": "bool",
        "unsure_open": "bool",
        "twin": "int64",
        "project": "bool",
        "unit_code": "str",
        **dict.fromkeys(MEMBERSHIP, "str"),
        "file": "str",
        "row": "int64",
        "geometry": "geometry",
    }
    assert {name: str(kind) for name, kind in area.units.dtypes.items()} == {
        **dict.fromkeys(["unit_code", "unit_name", "unit_type", "parent_code"], "str"),
        "main_urban": "boolean",
        "development_zone": "boolean",
        "urban": "boolean",
        "county": "boolean",
        "geometry": "geometry",
    }


def test_no_facilities_keep_columns_and_types(tmp_path):
    full = read_study_area(write_town(tmp_path))
    text = SETTINGS[: SETTINGS.index("[[facilities]]")]
    empty = read_study_area(write_town(tmp_path, settings=text))
    assert len(empty.facilities) == 0
    assert empty.services == frozenset()
    assert empty.facilities.dtypes.to_dict() == full.facilities.dtypes.to_dict()
    assert empty.facilities.crs == empty.crs


def test_empty_list_of_a_complete_service(tmp_path):
    text = SETTINGS.replace('code = "A"', 'code = "A"\nservices = ["childcare"]')
    path = write_town(tmp_path, settings=text, facilities=FACILITIES.splitlines()[0] + "\n")
    assert read_study_area(path).services == {"childcare"}


def test_settings_fault_is_the_only_one(tmp_path):
    path = write_town(tmp_path, settings=SETTINGS.replace("name =", "nmae =", 1))
    assert {f.code for f in check_study_area(path)} == {"config.unknown_key", "config.missing_key"}


def test_layers_in_degrees_are_reprojected_and_the_grid_is_not(tmp_path):
    path = write_town(tmp_path, units=streets().to_crs(4490))
    area = read_study_area(path)
    assert area.crs.to_epsg() == 4547
    assert area.units.geometry.area.tolist()[1:] == pytest.approx([1e6, 1e6], rel=1e-6)
    assert area.population.transform == Affine(100, 0, X0, 0, -100, Y0 + 1000)


def test_crs_asked_for(tmp_path):
    text = SETTINGS.replace('code = "A"', 'code = "A"\ncrs = "EPSG:32650"')
    assert read_study_area(write_town(tmp_path, settings=text)).crs.to_epsg() == 32650


def test_parents_are_created(tmp_path):
    text = SETTINGS.replace('"street"', '"street"\nparent_type = "district"')
    text = text.replace('parent = "parent"', 'parent = "parent", parent_name = "above"')
    text = text.replace('code = "A"', 'code = "T"\ntype = "city"')
    units = streets(parent=["D2", "D1"], above=["Two", ""])
    area = read_study_area(write_town(tmp_path, settings=text, units=units))
    made = area.units.set_index("unit_code")
    assert made["unit_name"].to_dict() == {
        "T": "Testtown",
        "D1": "D1",
        "D2": "Two",
        "A1": "West",
        "A2": "East",
    }
    assert made.loc["D2", "unit_type"] == "district"
    assert made.loc["D2", "parent_code"] == "T"
    assert made.geometry["D2"] is None
    assert area.facilities["district_code"].tolist() == ["D2", "D1"]
    assert area.facilities["city_code"].tolist() == ["T", "T"]


def test_constants_of_a_layer(tmp_path):
    text = SETTINGS.replace('"street"', '"street"\nmain_urban = true\ndevelopment_zone = false')
    area = read_study_area(write_town(tmp_path, settings=text))
    assert area.units["main_urban"].tolist() == [pd.NA, True, True]
    assert area.units["development_zone"].tolist() == [pd.NA, False, False]


def test_vector_population_in_degrees_stays_a_grid(tmp_path):
    text = SETTINGS.replace("population.tif", "cells.gpkg")
    path = write_town(tmp_path, settings=text)
    west, south = 113.99, 34.32
    cells = [
        shapely.box(west + i * 0.01, south, west + (i + 1) * 0.01, south + 0.01) for i in range(4)
    ]
    frame = gpd.GeoDataFrame({"population": [1, 2, 3, 4]}, geometry=cells, crs=4490)
    frame.to_file(tmp_path / "cells.gpkg")
    area = read_study_area(path)
    assert area.population.shape == (1, 4)
    assert area.population.crs.to_epsg() == 4490


def test_irregular_population_is_reprojected(tmp_path):
    text = SETTINGS.replace('"population.tif"', '"cells.gpkg"\ncolumns = { population = "人口" }')
    path = write_town(tmp_path, settings=text)
    cells = [square(0, 0, 300), square(0.4, 0, 200)]
    frame = gpd.GeoDataFrame({"人口": ["5", "7.5"]}, geometry=cells, crs=CRS).to_crs(4490)
    frame.to_file(tmp_path / "cells.gpkg")
    area = read_study_area(path)
    assert area.population.columns.tolist() == ["population", "geometry"]
    assert area.population["population"].tolist() == [5, 7.5]
    assert area.population.crs == area.crs
    assert area.population.area.tolist() == pytest.approx([90_000, 40_000], rel=1e-4)


# --- what the norms of every service need ----------------------------------------------------


def test_urban_and_county_flags_and_their_words(tmp_path):
    text = SETTINGS.replace('parent = "parent"', 'parent = "parent", urban = "class", county = "c"')
    units = streets(**{"class": ["城镇", "乡村"], "c": ["", "是"]})
    area = read_study_area(write_town(tmp_path, settings=text, units=units))
    assert area.units["urban"].tolist() == [pd.NA, True, False]
    assert area.units["county"].tolist() == [pd.NA, pd.NA, True]
    text = SETTINGS.replace('"street"', '"street"\nurban = "农村"\ncounty = true')
    (folder := tmp_path / "constants").mkdir()
    area = read_study_area(write_town(folder, settings=text))
    assert area.units["urban"].tolist() == [pd.NA, False, False]
    assert area.units["county"].tolist() == [pd.NA, True, True]
    text = SETTINGS.replace('code = "A"', 'code = "A"\nurban = "城市"\ncounty = false')
    (folder := tmp_path / "whole").mkdir()
    area = read_study_area(write_town(folder, settings=text))
    assert area.units["urban"].tolist() == [True, pd.NA, pd.NA]
    assert area.units["county"].tolist() == [False, pd.NA, pd.NA]
    assert town(urban=False, county=True).units["county"].tolist() == [True, pd.NA, pd.NA]


def test_types_operators_conditions_and_areas(tmp_path):
    text = SETTINGS.replace(
        'id = "id"',
        'id = "id", type = "t", operator = "op", condition = "c", outdoor_area = "out", '
        'venue_area = "ven", childcare_staff = "staff"',
    ).replace("[[facilities]]", "[[facilities]]\ntype_values = { point = '社区托育点' }")
    facilities = """\
id,places,opened,unit,x,y,t,op,c,out,ven,staff
f1,1,,,500500,3800500,社区托育点,公办,都不是,60,,4
f2,1,,,500500,3800500,childcare_guidance_centre,民办公助,new_development,,5.5,
f3,1,,,500500,3800500,point,公建民营,"老城区和已建成居民区,无法提供专门室外场地",,,
f4,1,,,500500,3800500,,民办普惠,,,,
f5,1,,,500500,3800500,,,,,,
f6,1,,,500500,3800500,,public,,,,
"""
    area = read_study_area(write_town(tmp_path, settings=text, facilities=facilities))
    some = area.facilities
    point = "community_childcare_point"
    assert some["facility_type"].tolist() == [
        point,
        "childcare_guidance_centre",
        point,
        "",
        "",
        "",
    ]
    assert some["operator"].tolist() == [
        "public",
        "private_aided",
        "public_built_private_run",
        "private_inclusive",
        "",
        "public",
    ]
    assert some["condition"].tolist()[:4] == [
        "none_of_these",
        "new_development",
        "no_outdoor_ground",
        "",
    ]
    assert some["inclusive"].tolist()[3] is True
    assert some["inclusive"].isna().sum() == 5
    assert some["outdoor_area_m2"].tolist()[:1] == [60]
    assert some["venue_area_m2"].tolist()[1:2] == [5.5]
    assert some["childcare_staff"].tolist()[:1] == [4]
    assert some["childcare_staff"].isna().sum() == 5
    assert not [fault for fault in area.faults if fault.severity != "info"]


def test_one_type_of_a_layer(tmp_path):
    text = SETTINGS.replace('service = "childcare"', 'service = "childcare"\ntype = "社区托育点"')
    area = read_study_area(write_town(tmp_path, settings=text))
    assert set(area.facilities["facility_type"]) == {"community_childcare_point"}


def test_figures_of_units_in_several_layers(tmp_path):
    text = SETTINGS + (
        '\n[[figures]]\nfile = "health.csv"\ncolumns = { unit = "u", nurses = "n", doctors = "d" }\n'
        '[[figures]]\nfile = "schools.csv"\ncolumns = { unit = "u", school_venues = "s" }\n'
        'where = { year = 2025 }\ndescription = "yearbook"\n'
    )
    path = write_town(tmp_path, settings=text)
    (tmp_path / "health.csv").write_text("u,d,n\nA2,3,\nA,10,12.5\n")
    (tmp_path / "schools.csv").write_text("u,s,year\nA,7,2025\nA,6,2024\nB,1,2024\n")
    area = read_study_area(path)
    expected = pd.DataFrame(
        {
            "unit_code": pd.array(["A", "A2"], dtype="str"),
            "doctors": [10.0, 3.0],
            "nurses": [12.5, np.nan],
            "school_venues": [7.0, np.nan],
        }
    )
    assert_frame_equal(area.figures, expected)
    assert [(f.role, f.path, f.rows_used, f.description) for f in area.files[-2:]] == [
        ("figures", "health.csv", 2, ""),
        ("figures", "schools.csv", 1, "yearbook"),
    ]


def test_the_same_in_memory():
    figures = pd.DataFrame({"unit_code": ["A1"], "doctors": [3]})
    compounds = points((0.5, 0.5), planned_population=[900], project_childcare_places=[5])
    facilities = points(
        (0.5, 0.5), type=["社区托育点"], operator=["民办"], outdoor_area=[60], condition=[None]
    )
    area = town(
        streets(parent=["", ""], urban=[True, None]),
        facilities=facilities,
        compounds=compounds,
        figures=figures,
        service="childcare",
    )
    assert area.figures.to_dict("list") == {"unit_code": ["A1"], "doctors": [3.0]}
    assert area.compounds["planned_population"].tolist() == [900]
    assert area.compounds["project_childcare_places"].tolist() == [5]
    assert area.facilities["facility_type"].tolist() == ["community_childcare_point"]
    assert area.facilities["operator"].tolist() == ["private"]
    assert area.facilities["condition"].tolist() == [""]
    assert area.facilities["outdoor_area_m2"].tolist() == [60]
    assert area.units["urban"].tolist() == [pd.NA, True, pd.NA]
    assert figures["doctors"].dtype == "int64"
    assert town().figures is None
    assert messages(figures=pd.DataFrame({"unit_code": ["A1"], "docters": [3]})) == [
        (
            "figures: no column is a figure. Columns found: unit_code, docters. "
            "Call the columns by the ids or the Chinese names of a figure, such as doctors, nurses."
        )
    ]


def test_every_group_of_people(tmp_path):
    text = SETTINGS.replace(
        '"population.tif"',
        '"population.tif"\nbands = { population = 1, age_3_6 = 1, under_15 = 2 }',
    )
    path = write_town(tmp_path, settings=text)
    write_raster(tmp_path / "population.tif", np.full((10, 20), 10.0), bands=2)
    assert read_study_area(path).population.groups == ("population", "age_3_6", "under_15")


# --- the root -------------------------------------------------------------------------------


def test_one_parentless_unit_is_the_root():
    district = gpd.GeoDataFrame(
        {"unit_code": ["A", "A1"], "type": ["district", "street"], "parent": ["", "A"]},
        geometry=[shapely.box(X0, Y0, X0 + 2000, Y0 + 1000), square(0)],
        crs=CRS,
    )
    area = study_area(district, name="T", data_date="2025-06-30")
    assert (area.code, area.type) == ("A", "district")
    assert area.units["parent_code"].tolist() == ["", "A"]


def test_root_named_after_the_area_where_nothing_else_is_said():
    area = town(code="")
    assert area.units["unit_code"].tolist() == ["Testtown", "A1", "A2"]
    assert area.code == "Testtown"


def test_a_parent_above_the_area_is_dropped():
    units = streets(
        parent=["X", "A1"], type=["street", "community"], geometry=[square(0), square(0, 0, 500)]
    )
    area = study_area(units, name="West", code="A1", data_date=DAY)
    assert area.units["parent_code"].tolist() == ["", "A1"]
    assert area.type == "street"


# --- membership -----------------------------------------------------------------------------


def test_membership_rule():
    facilities = points(
        (0.5, 0.5),
        (1.5, 0.5),
        (1.0, 0.5),
        (9.0, 0.5),
        (9.0, 0.5),
        None,
        None,
        unit=["", "A1", "", "A2", "", "A1", "A"],
    )
    area = town(facilities=facilities, service="childcare")
    assert area.facilities["street_code"].tolist() == ["A1", "A2", "A1", "A2", "", "A1", ""]
    assert area.facilities["district_code"].tolist() == ["A", "A", "A", "A", "", "A", "A"]
    assert area.facilities["unit_code"].tolist() == ["", "A1", "", "A2", "", "A1", "A"]


def three_tiers():
    """District A over the streets A1, A2; community C1 under A1 though it lies in A2."""
    return gpd.GeoDataFrame(
        {
            "unit_code": ["A", "A1", "A2", "C1", "C2", "C3"],
            "unit_type": ["district", "street", "street", "community", "community", "community"],
            "parent_code": ["", "A", "A", "A1", "A2", "A2"],
        },
        geometry=[
            shapely.box(X0, Y0, X0 + 2000, Y0 + 1000),
            square(0),
            square(1),
            square(0.55, 0, 900),
            square(1.5, 0, 400),
            None,
        ],
        crs=CRS,
    )


def test_superiors_follow_the_parent_codes():
    units = three_tiers()
    found = assign(points((1.2, 0.5), (1.6, 0.1), unit_code=["", ""]), units)
    assert found.codes.to_numpy().tolist() == [["", "A", "A1", "C1"], ["", "A", "A2", "C2"]]


def test_declared_unit_without_polygon_refines_the_polygon():
    units = three_tiers()
    found = assign(points((1.95, 0.9), (0.1, 0.1), unit_code=["C3", "C3"]), units)
    assert found.codes["community_code"].tolist() == ["C3", ""]
    assert found.codes["street_code"].tolist() == ["A2", "A1"]
    assert found.compared.tolist() == [False, False]


def test_declared_code_of_any_tier_is_compared():
    units = three_tiers()
    declared = ["A", "A2", "C2", "A1", "??"]
    found = assign(points(*[(1.95, 0.9)] * 5, unit_code=declared), units)
    assert found.disagrees.tolist() == [False, False, True, True, False]
    assert found.known.tolist() == [True, True, True, True, False]


@given(
    places=st.lists(
        st.tuples(st.sampled_from([-0.5, 0, 0.3, 1, 1.6, 2, 3]), st.sampled_from([0, 0.5, 1])),
        min_size=1,
        max_size=8,
    ),
    shuffle=st.randoms(use_true_random=False),
)
@settings(max_examples=50, deadline=None)
def test_membership_does_not_depend_on_row_order(places, shuffle):
    units, frame = three_tiers(), points(*places, unit_code=["A2"] * len(places))
    expected = assign(frame, units).codes
    rows, order = list(range(len(frame))), list(range(len(units)))
    shuffle.shuffle(rows)
    shuffle.shuffle(order)
    found = assign(frame.iloc[rows], units.iloc[order]).codes
    assert_frame_equal(found.sort_index(), expected)


def test_translation_does_not_matter():
    shifted = streets(geometry=[square(10, 20), square(11, 20)], parent=["", ""])
    facilities = points((0.5, 0.5), (1.0, 0.2), (2.0, 1.0))
    moved = facilities.assign(geometry=facilities.translate(10_000, 20_000))
    here = town(facilities=facilities, service="sports").facilities[MEMBERSHIP]
    there = town(shifted, facilities=moved, service="sports").facilities[MEMBERSHIP]
    assert_frame_equal(here, there)


# --- frames in memory -----------------------------------------------------------------------


def test_inputs_are_not_modified():
    units = streets(parent=["", ""])
    facilities = points((0.5, 0.5), unit=["A2"], opened=["2020"], service=["childcare"])
    compounds = points((0.5, 0.5), id=["c"], households=[10], old=[True])
    grid = PopulationGrid(
        {"population": np.ones((10, 20))}, Affine(100, 0, X0, 0, -100, Y0 + 1000), CRS
    )
    copies = [frame.copy() for frame in (units, facilities, compounds)]
    area = town(
        units,
        population=PopulationGrid(grid.values, grid.transform, units.crs),
        facilities=facilities,
        compounds=compounds,
    )
    for frame, copy in zip((units, facilities, compounds), copies, strict=True):
        assert_frame_equal(frame, copy)
    assert area.population.values["population"] is grid.values["population"]


def test_frames_of_a_study_area_go_in_again():
    facilities = points((0.5, 0.5), (1.5, 0.5), opened=["2020-01-01", None])
    compounds = points((0.5, 0.5), households=[10], built_year=[1990])
    first = town(facilities=facilities, compounds=compounds, service="childcare")
    again = study_area(
        first.units,
        None,
        first.facilities,
        first.compounds,
        name="Testtown",
        data_date=DAY,
    )
    assert_frame_equal(again.units, first.units)
    columns = first.facilities.columns.difference(["file", "row"])
    assert_frame_equal(again.facilities[columns], first.facilities[columns])
    assert again.compounds["compound_id"].tolist() == first.compounds["compound_id"].tolist()


def test_open_on_the_data_date():
    opened = ["2025-06-29", "2025-06-30", "2025-07-01", None]
    area = town(facilities=points(*[(0.5, 0.5)] * 4, opened=opened), service="sports")
    assert area.facilities["is_open"].tolist() == [True, True, False, True]


def test_units_without_polygons():
    sheet = pd.DataFrame({"code": ["01", "02"], "name": ["East", "West"]})
    facilities = pd.DataFrame({"unit": ["01", "02", "02"], "places": [1, 2, 3]})
    area = town(sheet, facilities=facilities, service="childcare")
    assert area.units.geometry.isna().all()
    assert area.facilities["street_code"].tolist() == ["01", "02", "02"]
    assert {fault.code for fault in area.faults} - FACTS == {"facilities.no_geometry"}


def test_units_without_polygons_and_points():
    sheet = pd.DataFrame({"code": ["01", "02"]})
    area = town(sheet, facilities=points((0, 0), (1, 1), unit=["01", ""]), service="sports")
    assert area.facilities["street_code"].tolist() == ["01", ""]
    assert area.crs.to_epsg() == 4547


def test_services_come_from_the_lists_and_from_what_is_said():
    facilities = points((0.5, 0.5), (0.5, 0.5), service=["sports", "elder_care"])
    area = town(facilities=facilities, services=["childcare"])
    assert area.services == {"childcare", "sports", "elder_care"}


def test_old_compounds_by_year():
    compounds = points((0.5, 0.5), (0.5, 0.5), households=[1, 2], built_year=[1999, None])
    area = town(compounds=compounds, parameters=Parameters(old_compound_built_before=2000))
    assert area.compounds["is_old"].tolist() == [True, pd.NA]


def test_faults_of_frames():
    assert messages(units=streets().drop(columns="code")) == [
        (
            "units, column unit_code: no such column. Columns found: name, parent. "
            "Add a column unit_code or code."
        )
    ]
    assert messages(units=streets(parent=["", ""], crs=None)) == [
        (
            'units: no coordinate system. Say it with datums["units"]: "wgs84", "cgcs2000", "gcj02", '
            '"bd09", or a CRS such as "EPSG:4547".'
        )
    ]
    assert messages(unit_type=None) == [
        (
            "units, rows 1, 2: no type in 2 of 2 rows: no column says it, and the digits of the code "
            "do not ('A1', 'A2'). Add a column unit_type or type, or say unit_type if all are of one "
            "type."
        )
    ]
    assert messages(facilities=points((0.5, 0.5))) == [
        ("facilities, column service: no such column. Columns found: places. Add a column service.")
    ]
    assert messages(services=["childcare", "sport"], unit_type="steet") == [
        (
            "column unit_type: unknown unit_type 'steet'. "
            "Known: city, district, street, township, community, village."
        ),
        f"column services: unknown services 'sport'. Known: {', '.join(SERVICES)}.",
    ]
    assert messages(crs="EPSG:4326") == [
        (
            "crs: EPSG:4326 is in degrees, and metres cannot be measured in degrees. "
            "Use a projected CRS in metres, such as EPSG:4547."
        )
    ]


def test_faults_of_a_grid_in_memory():
    values = np.array([[1.0, -2.0], [3.0, 4.0]])
    grid = PopulationGrid(
        {"population": values}, Affine(100, 0, X0, 0, -100, Y0 + 200), streets().crs
    )
    assert messages(population=grid) == [
        (
            "population: population is negative in some cells, down to -2. "
            "Correct the numbers; no data is 0 in a grid."
        )
    ]


def test_population_at_points():
    places = points((0.5, 0.5), (1.5, 0.5))
    people = gpd.GeoDataFrame({"population": [3, 4], "under_3": [1, 0]}, geometry=places.geometry)
    area = town(population=people.to_crs(4490))
    assert area.population.columns.tolist() == ["population", "under_3", "geometry"]
    assert area.population.crs == area.crs
    assert area.population.geometry[0].distance(places.geometry[0]) < 1e-6


# --- finer points ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "geometry",
    [
        [square(0), square(0.2, 0.2, 500)],
        [square(0), square(0)],
        [square(0), shapely.box(X0 - 100, Y0 + 400, X0 + 1100, Y0 + 600)],
    ],
    ids=["inside", "the same", "across"],
)
def test_every_way_to_overlap(geometry):
    (message,) = messages(units=streets(geometry=geometry, parent=["", ""]))
    assert "1 pair of units lie on top of each other" in message


def test_touching_borders_with_other_vertices_do_not_overlap():
    right = shapely.box(X0 + 1000, Y0, X0 + 2000, Y0 + 1000).segmentize(170)
    area = town(streets(geometry=[square(0), right], parent=["", ""]))
    assert {fault.code for fault in area.faults} <= FACTS


@pytest.mark.parametrize(
    ("transform", "cells"),
    [
        (Affine(100, 0, X0, 0, -100, Y0 + 1000), [[-1, 5, 5], [5, 5, -1]]),
        (Affine(100, 0, X0, 0, 100, Y0), [[-1, 5, 5], [5, 5, -1]]),
        (Affine(80, 60, X0, 60, -80, Y0 + 900), [[-1, 5, 5], [5, 5, -1]]),
    ],
    ids=["north up", "south up", "turned"],
)
def test_no_data_inside_the_units_in_any_raster(tmp_path, transform, cells):
    path = write_town(tmp_path)
    write_raster(tmp_path / "population.tif", cells, transform=transform, nodata=-1)
    counts = [f.count for f in check_study_area(path) if f.code == "population.no_data"]
    assert counts == [2]


def test_no_data_outside_the_units_is_not_worth_a_word(tmp_path):
    path = write_town(tmp_path)
    cells = np.full((10, 25), 10.0)
    cells[:, 20:] = -1
    write_raster(tmp_path / "population.tif", cells, nodata=-1)
    assert {fault.code for fault in check_study_area(path)} <= FACTS


def test_lines_of_keys_in_tables_of_their_own(tmp_path):
    text = SETTINGS.replace(
        'columns = { code = "code", name = "name", parent = "parent" }',
        '\n[units.columns]\ncode = "code"\nnam = "name"\n',
    )
    (fault,) = check_study_area(write_town(tmp_path, settings=text))
    assert str(fault) == (
        "area.toml, row 15, column units[1].columns.nam: unknown key. Did you mean 'name'?"
    )


def test_several_unit_layers_in_several_systems(tmp_path):
    text = SETTINGS.replace(
        "[[facilities]]",
        '[[units]]\nfile = "c.gpkg"\ntype = "community"\n'
        'columns = { code = "code", parent = "parent" }\n\n[[facilities]]',
    )
    path = write_town(tmp_path, settings=text)
    communities = gpd.GeoDataFrame(
        {"code": [10101, 10102], "parent": ["A1", "A1"]},
        geometry=[
            shapely.box(X0, Y0, X0 + 1000, Y0 + 500),
            shapely.box(X0, Y0 + 500, X0 + 1000, Y0 + 1000),
        ],
        crs=CRS,
    )
    communities.to_crs(32650).to_file(tmp_path / "c.gpkg")
    area = read_study_area(path)
    assert area.units["unit_code"].tolist() == ["A", "A1", "A2", "10101", "10102"]
    assert area.crs.to_epsg() == 4547
    assert area.facilities["street_code"].tolist() == ["A1", "A2"]
    assert set(area.facilities["community_code"]) < {"10101", "10102", ""}


def test_group_columns_and_duplicated_cells_of_a_layer(tmp_path):
    text = SETTINGS.replace("population.tif", "cells.gpkg")
    path = write_town(tmp_path, settings=text)
    cells = [square(0), square(1), square(0)]
    frame = gpd.GeoDataFrame({"population": [1, 2, 3]}, geometry=cells, crs=CRS)
    frame.to_file(tmp_path / "cells.gpkg")
    (fault,) = [f for f in check_study_area(path) if f.severity == "error"]
    assert str(fault) == (
        "cells.gpkg, rows 1, 3: 2 cells on the place of another cell: their people would count "
        "twice. Keep one row per cell, or add them up."
    )


# --- datums of frames -----------------------------------------------------------------------


def in_gcj02(frame):
    """The frame as a web map would give it: moved, and called WGS 84."""
    moved = convert_datum(frame.to_crs(4326), source="wgs84", target="gcj02")
    return moved.set_crs(4326)


def test_datums_of_frames():
    places = points((0.5, 0.5), (1.5, 0.5))
    plain = town(facilities=places, service="childcare")
    said = town(
        in_gcj02(streets(parent=["", ""])),
        facilities=in_gcj02(places),
        service="childcare",
        datums={"units": "高德", "facilities": "GCJ-02"},
        crs=CRS,
    )
    assert said.crs == plain.crs
    assert plain.facilities.distance(said.facilities).max() < 1e-6
    assert plain.units.geometry[1].hausdorff_distance(said.units.geometry[1]) < 1e-6
    assert said.facilities["street_code"].tolist() == ["A1", "A2"]


def test_a_frame_without_crs_says_its_datum():
    places = points((0.5, 0.5))
    bare = gpd.GeoDataFrame(places.drop(columns="geometry"), geometry=places.geometry.to_numpy())
    area = town(facilities=bare, service="childcare", datums={"facilities": "EPSG:4547"})
    assert area.facilities.geometry[0] == places.geometry[0]


def test_a_plain_frame_with_longitude_and_latitude():
    """As a spreadsheet read in a notebook: numbers or text, one row without a place."""
    gcj = in_gcj02(points((0.5, 0.5), (1.5, 0.5)))
    lon, lat = gcj.geometry.x.tolist(), gcj.geometry.y.tolist()
    table = pd.DataFrame(
        {"名称": ["甲", "乙", "丙"], "经度": [*map(str, lon), ""], "纬度": [*lat, None]},
        index=[7, 8, 9],
    ).assign(所属街道=["", "", "A1"])
    before = table.copy()
    area = town(facilities=table, service="childcare", datums={"facilities": "gcj02"}, crs=CRS)
    there = points((0.5, 0.5), (1.5, 0.5)).to_crs(CRS)
    assert area.facilities.geometry[:2].distance(there.geometry).max() < 1e-6
    assert area.facilities["street_code"].tolist() == ["A1", "A2", "A1"]
    assert area.facilities.geometry[2] is None
    pd.testing.assert_frame_equal(table, before)
    told = messages(facilities=table.replace({lat[1]: "34度"}), service="childcare")
    assert any(
        message.startswith("facilities, row 2, column 纬度: not a coord") for message in told
    )
    assert any("no coordinate system" in message for message in told)


def test_faults_of_datums():
    assert messages(datums={"facilitys": "gcj02", "units": "mars"}) == [
        (
            "column datums[\"facilitys\"]: unknown layer 'facilitys'. "
            "Known: units, population, facilities, planned, compounds, candidates."
        ),
        (
            "column datums[\"units\"]: unknown datum 'mars'. "
            "Write 'wgs84', 'cgcs2000', 'gcj02', 'bd09', or a CRS such as 'EPSG:4547'."
        ),
    ]
    grid = PopulationGrid(
        {"population": np.ones((2, 2))}, Affine(100, 0, X0, 0, -100, Y0 + 200), streets().crs
    )
    (message,) = messages(population=grid, datums={"population": "bd09"})
    assert message.startswith("population: a grid in BD-09 cannot be converted")
    (message,) = messages(datums={"units": "gcj02"})
    assert message.startswith(
        "units: GCJ-02 is declared, which comes in degrees, but the file says"
    )


def test_a_study_area_is_shown_in_a_line():
    words = "<StudyArea Testtown, data of 2025-06-30: 1 district, 2 street, 1 facilities, "
    assert repr(town(facilities=points((0.5, 0.5)), service="childcare")) == (
        words + "no population layer>"
    )
