"""Every row that was read is used or left out for a reason: in every study area of these tests."""

import datetime as dt
from collections import defaultdict

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st

from capacity.example import write_example
from capacity.inputs.accounts import FILTERED, OLD_YEARS, account, check_source
from capacity.population import PopulationGrid
from capacity.study_area import Parameters, check_study_area, read_study_area, study_area
from tests.inputs.test_check import CASES
from tests.inputs.test_duplicates import write_two
from tests.inputs.town import CRS, SETTINGS, square, write_town

DAY = dt.date(2025, 6, 30)


def totals(faults):
    """Layer → rows read, used and left out, as the quality report says them."""
    read, used, out = {}, {}, defaultdict(int)
    for fault in faults:
        if fault.code == "layer.rows":
            read[fault.item], used[fault.item] = fault.amount, fault.count
        if fault.code == "layer.left_out":
            out[fault.item] += fault.count
            assert len(fault.rows) in {0, fault.count}
    return read, used, out


def assert_accounted(area):
    read, used, out = totals(area.faults)
    assert read
    assert all(read[layer] == used[layer] + out[layer] for layer in read)
    assert set(out) <= set(read)
    # What is said to be used is what is there.
    assert used_of(used, "facilities") == area.facilities["is_open"].sum()
    # The root, and parents, may have been made; a parent with a polygon was given.
    made = area.units["unit_code"].isin(area.units["parent_code"]) & area.units.geometry.isna()
    assert len(area.units) - made.sum() <= used_of(used, "units") <= len(area.units)
    for file in area.files:
        if file.role not in {"settings", "walking"}:
            assert (file.rows_read, file.rows_used) == (read[file.key], used[file.key])


def used_of(used, role):
    """Rows used of all layers of a role."""
    return sum(n for layer, n in used.items() if layer.partition("[")[0] == role)


@pytest.mark.parametrize("name", CASES)
def test_every_case_that_succeeds(tmp_path, name):
    path = CASES[name].write(tmp_path)
    faults = check_study_area(path)
    if any(fault.severity == "error" for fault in faults):
        assert not [fault for fault in faults if fault.code == "layer.rows"]
    else:
        assert_accounted(read_study_area(path))


@pytest.mark.parametrize("duplicates", ["keep", "first"])
def test_the_example_and_two_lists(tmp_path, duplicates):
    write_example(tmp_path / "example")
    path = tmp_path / "example" / "area.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("[parameters]", f'[parameters]\nduplicates = "{duplicates}"'), encoding="utf-8"
    )
    assert_accounted(read_study_area(path))
    settings = f'[parameters]\nduplicates = "{duplicates}"\n'
    area = read_study_area(write_two(tmp_path, settings=settings))
    assert_accounted(area)
    read, used, out = totals(area.faults)
    assert read["facilities[2]"] == 2
    assert (used["facilities[2]"], out["facilities[2]"]) == (
        (1, 1) if duplicates == "first" else (2, 0)
    )


def test_one_file_in_two_layers_with_filters(tmp_path):
    """By hand: 6 rows; the first layer keeps 4 of them, of which one is planned, one opens later."""
    text = SETTINGS.replace('id = "id"', 'id = "id", status = "s"').replace(
        'service = "childcare"', 'service = "childcare"\nwhere = { k = "c" }'
    )
    text += (
        text[text.index("[[facilities]]") :].replace("childcare", "sports").replace('"c"', '"e"')
    )
    facilities = (
        "id,places,opened,unit,x,y,s,k\n"
        "f1,1,,,500100,3800500,,c\nf2,1,,,500200,3800500,规划,c\n"
        "f3,1,2026,,500300,3800500,,c\nf4,1,,,500400,3800500,运营,c\n"
        "f5,1,,,500500,3800500,停业,e\nf6,1,,,500600,3800500,,x\n"
    )
    area = read_study_area(write_town(tmp_path, settings=text, facilities=facilities))
    assert_accounted(area)
    said = [str(f) for f in area.faults if f.code.startswith("layer.") and "facil" in f.item]
    assert [text for text in said if "area.toml" not in text] == [
        (
            "facilities.csv, facilities[1]: 6 rows read = 2 used + 4 left out: 2 not kept by where, "
            "1 planned (not existing supply), 1 opening after the data date (counts from its opening "
            "date on)."
        ),
        "facilities.csv, rows 6, 7, facilities[1]: 2 of 6 rows left out: not kept by where.",
        "facilities.csv, row 3, facilities[1]: 1 of 6 rows left out: planned (not existing supply).",
        (
            "facilities.csv, row 4, facilities[1]: 1 of 6 rows left out: opening after the data date "
            "(counts from its opening date on)."
        ),
        (
            "facilities.csv, facilities[2]: 6 rows read = 0 used + 6 left out: 5 not kept by where, "
            "1 closed (not existing supply)."
        ),
        "facilities.csv, rows 2, 3, 4, 5, 7, facilities[2]: 5 of 6 rows left out: not kept by where.",
        "facilities.csv, row 6, facilities[2]: 1 of 6 rows left out: closed (not existing supply).",
    ]


def test_remarks_under_a_table_are_left_out(tmp_path):
    facilities = "id,places,opened,unit,x,y\nf1,1,,,500100,3800500\n数据来源：教育局,,,,,\n"
    area = read_study_area(write_town(tmp_path, facilities=facilities))
    assert_accounted(area)
    assert [str(f) for f in area.faults if f.code == "layer.left_out"] == [
        "facilities.csv, row 3, facilities[1]: 1 of 2 rows left out: only a remark."
    ]


def test_totals_of_people_are_left_out_of_the_people(tmp_path):
    table = 'file = "p.csv"\ndatum = "EPSG:4547"\ncolumns = { x = "x", y = "y" }'
    settings = SETTINGS.replace('file = "population.tif"', table, 1)
    path = write_town(tmp_path, settings=settings)
    rows = "500100,3800500,7\n501100,3800500,5\n合计,,12\n数据来源：公安局,,\n"
    (tmp_path / "p.csv").write_text("x,y,population\n" + rows, encoding="utf-8")
    area = read_study_area(path)
    assert_accounted(area)
    assert area.population["population"].tolist() == [7.0, 5.0]
    assert [str(f) for f in area.faults if f.code == "layer.left_out"] == [
        "p.csv, row 5, population: 1 of 4 rows left out: only a remark.",
        "p.csv, row 4, population: 1 of 4 rows left out: a total of other rows.",
    ]


def test_frames_in_memory_and_compounds_in_no_unit():
    units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[square(0)], crs=CRS)
    compounds = gpd.GeoDataFrame(
        {"name": ["甲", "甲", "乙"], "households": [1, 2, 3]},
        geometry=[square(0).centroid, square(0).centroid, square(0.4).centroid],
        crs=CRS,
    )
    compounds.geometry = [*compounds.geometry[:2], square(9).centroid]
    area = study_area(
        units,
        compounds=compounds,
        name="T",
        data_date=DAY,
        unit_type="street",
        parameters=Parameters(duplicates="first"),
    )
    assert_accounted(area)
    assert totals(area.faults)[1]["compounds"] == 1
    assert len(area.compounds) == 2  # the one in no unit is named, and counts nowhere


def test_population_in_memory():
    units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[square(0)], crs=CRS)
    points = gpd.GeoDataFrame(
        {"population": [5.0, 0.0, 7.0]}, geometry=[square(0).centroid] * 3, crs=CRS
    )
    area = study_area(units, points, name="T", data_date=DAY, unit_type="street")
    assert "population, population: 3 rows read = 3 used + 0 left out." in map(str, area.faults)
    transform = Affine(500, 0, *square(0).bounds[:1], 0, -500, square(0).bounds[3])
    grid = PopulationGrid({"population": np.array([[5.0, 0.0], [7.0, 1.0]])}, transform, units.crs)
    area = study_area(units, grid, name="T", data_date=DAY, unit_type="street")
    said = "population, population: 3 peopled cells read = 3 used + 0 left out."
    assert said in map(str, area.faults)


@given(st.lists(st.sampled_from(["", "a", "b"]), max_size=20), st.integers(0, 5))
def test_read_is_used_and_left_out(reasons, filtered):
    taken = pd.DataFrame({"row": range(2, len(reasons) + 2)})
    why = pd.Series(reasons, dtype=object).to_numpy()
    one = account("facilities[1]", "f.csv", len(reasons) + filtered, taken, why)
    assert one.read == one.used + sum(one.left_out.values())
    assert one.left_out.get(FILTERED, 0) == filtered
    assert sum(map(len, one.rows.values())) == len(reasons) - one.used


@pytest.mark.parametrize(
    ("year", "code"),
    [
        (2025, None),
        (2025 - OLD_YEARS, None),
        (2025 - OLD_YEARS - 1, "layer.year"),
        (2026, "layer.year"),
        (None, "layer.no_source"),
    ],
)
def test_the_year_of_a_layer(year, code):
    faults = check_source("units[1]", "u.gpkg", "census", year, DAY)
    assert [fault.code for fault in faults] == ([] if code is None else [code])


def test_source_and_year_in_words(tmp_path):
    text = SETTINGS.replace(
        'file = "units.gpkg"', 'file = "units.gpkg"\nyear = 2019\ndescription = "行政区划"'
    )
    area = read_study_area(write_town(tmp_path, settings=text))
    assert [str(f) for f in area.faults if f.code in {"layer.year", "layer.no_source"}] == [
        (
            "units.gpkg, units[1]: the data are of 2019, 6 years older than the data date 2025-06-30. "
            "Use data of the data date, or correct year or data_date."
        ),
        (
            "population.tif, population: area.toml gives no description and no year of the layer. Say "
            "with population.description and .year where the data are from."
        ),
        (
            "facilities.csv, facilities[1]: area.toml gives no description and no year of the layer. Say "
            "with facilities[1].description and .year where the data are from."
        ),
    ]
    assert [(file.role, file.year) for file in area.files][1:] == [
        ("units", 2019),
        ("population", None),
        ("facilities", None),
    ]
