"""Rasters read by windows: the same cells, the same faults, as the whole raster."""

import dataclasses

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.inputs import rasters
from capacity.inputs.cells import Reading
from capacity.inputs.rasters import (
    blocks_of,
    read_around,
    read_raster,
    read_window,
    survey_raster,
    window_around,
)
from capacity.inputs.read import Request
from capacity.study_area import check_study_area, read_by_windows, read_study_area
from tests.inputs.town import CRS, X0, Y0, write_town

SHAPE = (70, 90)
BANDS = {"population": 1, "under_3": 2}
READINGS = {
    "count": Reading(),
    "density": Reading(kind="density"),
    "zero": Reading(zero=True),
}


def write_tiled(path, people, *, nodata=-9999.0, tile=16, **profile):
    """Write two bands in compressed tiles, the second an eighth of the first."""
    options = {"crs": CRS, "transform": Affine(100.1, 0, X0, 0, -99.9, Y0 + 7000)} | profile
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=people.shape[0],
        width=people.shape[1],
        count=2,
        dtype="float32",
        nodata=nodata,
        tiled=True,
        blockxsize=tile,
        blockysize=tile,
        compress="deflate",
        **options,
    ) as sink:
        sink.write(people.astype("float32"), 1)
        sink.write(np.where(people == nodata, nodata, people / 8).astype("float32"), 2)


def people_of(seed=3):
    rng = np.random.default_rng(seed)
    people = rng.random(SHAPE) * 30
    people[rng.random(SHAPE) < 0.1] = -9999.0
    return people


def request(path):
    return Request(key="population", file=path.name)


@pytest.fixture(scope="module")
def tiled(tmp_path_factory):
    path = tmp_path_factory.mktemp("raster") / "p.tif"
    write_tiled(path, people_of())
    return path


@pytest.mark.parametrize("meant", READINGS)
@settings(max_examples=8)
@given(data=st.data())
def test_a_window_holds_the_cells_of_the_whole(tiled, meant, data):
    reading = READINGS[meant]
    whole, _ = read_raster(tiled, request(tiled), BANDS, reading)
    file, faults = survey_raster(tiled, request(tiled), BANDS, reading)
    assert faults == []
    top, left = data.draw(st.integers(0, 69)), data.draw(st.integers(0, 89))
    n_rows, n_columns = data.draw(st.integers(1, 70 - top)), data.draw(st.integers(1, 90 - left))
    place = dataclasses.replace(file.raster, row=top, column=left)
    part = read_window(file, place, (n_rows, n_columns))
    here = slice(top, top + n_rows), slice(left, left + n_columns)
    for group in BANDS:
        assert np.array_equal(part.values[group], whole.values[group][here])
        unknown = whole.unknown.get(group, np.zeros(SHAPE, bool))[here]
        assert np.array_equal(part.unknown.get(group, np.zeros_like(unknown)), unknown)
    assert part.raster.transform == whole.transform
    assert part.shape == (n_rows, n_columns)


def test_blocks_have_every_cell_once_and_are_no_larger_than_asked(tiled, monkeypatch):
    file, _ = survey_raster(tiled, request(tiled), BANDS)
    for most in (1, 600, 16 * 90 * 2, 1 << 22):
        monkeypatch.setattr(rasters, "BLOCK", most)
        seen = np.zeros(SHAPE, dtype=int)
        for block in blocks_of(file):
            seen[block.toslices()] += 1
            assert block.width * block.height <= max(most, 16 * 16)
            assert block.row_off % 16 == block.col_off % 16 == 0
        assert (seen == 1).all()


def test_the_window_holds_what_is_near_and_whole_cells(tiled):
    file, _ = survey_raster(tiled, request(tiled), BANDS)
    middle = shapely.box(X0 + 2000, Y0 + 3000, X0 + 2950, Y0 + 3950)
    place, shape = window_around(file, np.array([middle, None]), file.crs, 500.0)
    left, right = 1500 / 100.1, 3450 / 100.1
    top, low = (7000 - 4450) / 99.9, (7000 - 2500) / 99.9
    assert place.column <= left - 1 < place.column + 1
    assert place.row <= top - 1 < place.row + 1
    assert place.column + shape[1] - 1 < right + 1 <= place.column + shape[1]
    assert place.row + shape[0] - 1 < low + 1 <= place.row + shape[0]
    # at the edge of the raster nothing beyond it is asked for; far away nothing at all
    corner = shapely.box(X0 - 1000, Y0 + 6500, X0 + 100, Y0 + 8000)
    place, shape = window_around(file, np.array([corner]), file.crs, 0.0)
    assert (place.row, place.column) == (0, 0)
    away = shapely.box(X0 + 90000, Y0, X0 + 91000, Y0 + 1000)
    assert 0 in read_around(file, np.array([away]), file.crs, 0.0).shape
    assert 0 in read_around(file, np.array([None]), file.crs, 0.0).shape


NEGATIVE = {
    "one value": [(3, 3, -5.0), (60, 80, -5.0)],
    "several": [(3, 3, -5.0), (60, 80, -4.0)],
    "none": [],
}


@pytest.mark.parametrize("which", NEGATIVE)
def test_negative_numbers_are_judged_for_the_whole_raster(tmp_path, monkeypatch, which):
    monkeypatch.setattr(rasters, "BLOCK", 256)
    people = people_of()
    for row, column, number in NEGATIVE[which]:
        people[row, column] = number
    path = tmp_path / "p.tif"
    write_tiled(path, people)
    whole, expected = read_raster(path, request(path), {"population": 1})
    file, faults = survey_raster(path, request(path), {"population": 1})
    assert faults == expected
    assert file.peopled == np.count_nonzero(whole.values["population"])
    part = read_window(file, file.raster, (20, 20))
    assert bool(part.unknown["population"][3, 3]) == (which == "one value") or people[3, 3] == -9999
    assert np.array_equal(part.unknown["population"], whole.unknown["population"][:20, :20])


@pytest.mark.parametrize("fault", ["", "dense", "empty", "negative", "no data", "missing"])
def test_a_study_area_has_the_same_faults_by_windows(tmp_path, monkeypatch, fault):
    monkeypatch.setattr(rasters, "BLOCK", 256)
    path = write_town(tmp_path)
    people = np.full((40, 50), 10.0)
    changes = {"dense": 9e4, "empty": 0.001, "negative": -3.0, "no data": -9999.0}
    if fault in changes:
        people[18 : 24 if fault != "empty" else 40, 10:] = changes[fault]
    if fault == "negative":
        people[20, 20] = -2.0
    at = Affine(100, 0, X0 - 1000, 0, -100, Y0 + 3000)
    write_tiled(tmp_path / "population.tif", people, transform=at)
    if fault == "missing":
        (tmp_path / "population.tif").unlink()
    settings_file = path.read_text(encoding="utf-8")
    path.write_text(
        settings_file.replace(
            'file = "population.tif"', 'file = "population.tif"\nbands = { population = 1 }'
        ),
        encoding="utf-8",
    )
    expected = check_study_area(path)
    errors = [f for f in expected if f.severity == "error"]
    if errors:
        with pytest.raises(Exception) as caught:  # noqa: PT011  its faults are compared below
            read_by_windows(path)
        assert list(caught.value.faults) == errors
        return
    area, file = read_by_windows(path)
    whole = read_study_area(path)
    assert [f for f in area.faults if f.amount is None] == [
        f for f in whole.faults if f.amount is None
    ]
    assert len(area.faults) == len(whole.faults) == len(expected)
    assert area.files == whole.files
    assert area.population is None
    assert file.shape == whole.population.shape
    assert {f.code for f in expected} >= {"no data": {"population.no_data"}}.get(fault, set())


def test_layers_that_are_no_raster_are_read_as_ever(tmp_path):
    path = write_town(tmp_path)
    cells = gpd.GeoDataFrame(
        {"population": [100.0, 50.0]},
        geometry=shapely.points([[X0 + 100, Y0 + 100], [X0 + 1500, Y0 + 500]]),
        crs=CRS,
    )
    cells.to_file(tmp_path / "people.gpkg")
    text = path.read_text(encoding="utf-8").replace("population.tif", "people.gpkg")
    path.write_text(text, encoding="utf-8")
    area, file = read_by_windows(path)
    assert file is None
    assert area.population["population"].tolist() == [100.0, 50.0]
