"""Rasters read by windows: the same cells, the same faults, as the whole raster."""

import concurrent.futures
import dataclasses
import operator

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow.parquet import ParquetFile

from capacity.assess.run import assess
from capacity.demand import demand, total_of
from capacity.errors import InputError
from capacity.inputs import blocks, rasters
from capacity.inputs.blocks import look_through
from capacity.inputs.cells import Reading
from capacity.inputs.parquet import boxes_of, groups_near, read_rows
from capacity.inputs.rasters import blocks_of, open_raster, read_raster, read_window
from capacity.inputs.read import Request
from capacity.norms.catalogue import load_norms
from capacity.population import InFile
from capacity.study_area import check_study_area, read_study_area
from tests.inputs.town import CRS, X0, Y0, write_raster, write_town

CIRCLE = "zhengzhou.plan2023.childcare.service_circle_radius"
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


def looked(path, bands=BANDS, reading=None, helper=None):
    """Go through a raster; no unit is anywhere."""
    file, faults = open_raster(path, request(path), bands, reading)
    assert faults == []
    return look_through(file, np.empty(0, dtype=object), path.name, helper)()


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
    found = looked(tiled, BANDS, reading)
    file = found.file
    assert found.faults == []
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


def test_cells_that_a_mask_leaves_out_are_not_known(tmp_path):
    """100 people in every cell, the west half masked; what stands under the mask counts for nobody."""
    path = tmp_path / "p.tif"
    write_raster(path, np.full((2, 4), 100.0))
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rasterio.open(path, "r+") as raster,
    ):
        raster.write_mask(np.array([[0, 0, 255, 255]] * 2, dtype="uint8"))
    grid, faults = read_raster(path, request(path), {})
    assert faults == []
    assert grid.values["population"].tolist() == [[0, 0, 100, 100]] * 2
    assert grid.unknown["population"].tolist() == [[True, True, False, False]] * 2
    found = looked(path, {})
    assert np.array_equal(
        read_window(found.file, found.file.raster, (2, 4)).values["population"],
        grid.values["population"],
    )


def test_a_last_band_of_bytes_is_people_and_no_mask(tmp_path):
    """GDAL takes the fourth band of bytes for alpha; 0 there means that nobody is that old."""
    path = tmp_path / "p.tif"
    profile = {"driver": "GTiff", "height": 1, "width": 2, "count": 4, "dtype": "uint8"}
    place = {"crs": CRS, "transform": Affine(100, 0, X0, 0, -100, Y0)}
    with rasterio.open(path, "w", **profile, **place) as sink:
        sink.write(np.array([[[9, 8]], [[1, 1]], [[1, 1]], [[0, 3]]], dtype="uint8"))
    grid, _ = read_raster(path, request(path), {"population": 1, "age_60_plus": 4})
    assert grid.values["population"].tolist() == [[9, 8]]
    assert grid.unknown == {}


@pytest.mark.parametrize("mark", [9999.0, 65535.0, 3.4028234663852886e38])
def test_a_number_that_marks_missing_cells_counts_for_nobody_in_any_block(
    tmp_path, monkeypatch, mark
):
    people = people_of()
    people[people < 0] = 0
    people[:3, 40:60] = mark
    path = tmp_path / "p.tif"
    write_tiled(path, people, nodata=None)
    monkeypatch.setattr(rasters, "BLOCK", 600)
    found = looked(path, {"population": 1})
    assert [fault.code for fault in found.faults] == ["population.undeclared_no_data"]
    assert found.faults[0].count == 60
    whole, faults = read_raster(path, request(path), {"population": 1})
    assert faults == found.faults
    window = read_window(found.file, found.file.raster, SHAPE)
    for grid in (whole, window):
        assert np.array_equal(grid.unknown["population"], people == mark)
        assert grid.total() == pytest.approx(people[people != mark].sum(), rel=1e-6)


def test_the_same_number_counts_where_so_many_may_live(tmp_path):
    """9999 people on 1 km² are many, but people; on 1 ha they are not."""
    path = tmp_path / "p.tif"
    write_raster(path, [[9999.0, 5.0]], transform=Affine(1000, 0, X0, 0, -1000, Y0))
    grid, faults = read_raster(path, request(path), {})
    assert (grid.total(), grid.unknown, faults) == (10004.0, {}, [])


@settings(max_examples=30)
@given(st.lists(st.integers(-3, 9), min_size=2, max_size=12), st.data())
def test_extreme_numbers_of_windows_are_those_of_the_whole(numbers, data):
    values = np.array(numbers, dtype="float64")
    values[values == 9] = 9999.0
    cut = data.draw(st.integers(1, len(values) - 1))
    whole, *parts = (
        rasters._extremes(some, some[some < 0], 1.0, 0.0)
        for some in (values, values[:cut], values[cut:])
    )
    assert rasters.NO_EXTREMES.with_(parts[0]).with_(parts[1]) == whole


def test_blocks_have_every_cell_once_and_are_no_larger_than_asked(tiled, monkeypatch):
    file, _ = open_raster(tiled, request(tiled), BANDS)
    for most in (1, 600, 16 * 90 * 2, 1 << 22):
        monkeypatch.setattr(rasters, "BLOCK", most)
        seen = np.zeros(SHAPE, dtype=int)
        for block in blocks_of(file):
            seen[block.toslices()] += 1
            assert block.width * block.height <= max(most, 16 * 16)
            assert block.row_off % 16 == block.col_off % 16 == 0
        assert (seen == 1).all()


def test_the_window_holds_what_is_near_and_whole_cells(tiled):
    file, _ = open_raster(tiled, request(tiled), BANDS)
    middle = shapely.box(X0 + 2000, Y0 + 3000, X0 + 2950, Y0 + 3950)
    place, shape = rasters._touched(file, middle.buffer(500, join_style="mitre"), file.crs)
    left, right = 1500 / 100.1, 3450 / 100.1
    top, low = (7000 - 4450) / 99.9, (7000 - 2500) / 99.9
    assert place.column <= left - 1 < place.column + 1
    assert place.row <= top - 1 < place.row + 1
    assert place.column + shape[1] - 1 < right + 1 <= place.column + shape[1]
    assert place.row + shape[0] - 1 < low + 1 <= place.row + shape[0]
    # at the edge of the raster nothing beyond it is asked for; far away nothing at all
    corner = shapely.box(X0 - 1000, Y0 + 6500, X0 + 100, Y0 + 8000)
    place, shape = rasters._touched(file, corner, file.crs)
    assert (place.row, place.column) == (0, 0)
    away = shapely.box(X0 + 90000, Y0, X0 + 91000, Y0 + 1000)
    place, shape = rasters._touched(file, away, file.crs)
    assert 0 in shape
    assert 0 in read_window(file, place, shape).shape


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
    found = looked(path, {"population": 1})
    assert found.faults == expected
    assert found.survey.peopled == np.count_nonzero(whole.values["population"])
    part = read_window(found.file, found.file.raster, (20, 20))
    assert bool(part.unknown["population"][3, 3]) == (which == "one value") or people[3, 3] == -9999
    assert np.array_equal(part.unknown["population"], whole.unknown["population"][:20, :20])


@settings(max_examples=8)
@given(
    most=st.sampled_from([600, 1700, 1 << 22]),
    coarse=st.sampled_from([1, 7, 45, 500]),
    meant=st.sampled_from(sorted(READINGS)),
    near=st.booleans(),
)
def test_people_are_added_up_in_one_pass_whatever_the_blocks(tiled, most, coarse, meant, near):
    around = None
    if near:
        middle = gpd.GeoSeries([shapely.box(X0 + 2000, Y0 + 3000, X0 + 4950, Y0 + 5950)], crs=CRS)
        around = tuple(middle.to_crs(4326).total_bounds)
    whole, _ = read_raster(tiled, request(tiled), BANDS, READINGS[meant], around)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rasters, "BLOCK", most)
        patch.setattr(blocks, "COARSE", coarse)
        file, _ = open_raster(tiled, request(tiled), BANDS, READINGS[meant], around)
        tally = look_through(file, np.empty(0, dtype=object), tiled.name)().tally
    assert tally.totals == {group: total_of(whole, group) for group in BANDS}
    assert max(tally.coarse.shape) <= coarse
    people, step = whole.values["population"], tally.step
    rows, columns = (np.arange(0, n, step) for n in people.shape)
    sums = np.add.reduceat(np.add.reduceat(people, rows, axis=0), columns, axis=1)
    np.testing.assert_allclose(tally.coarse, sums, rtol=1e-12, atol=1e-12)


class Refusing(concurrent.futures.ThreadPoolExecutor):
    """Takes nothing, or does nothing of what it takes."""

    def __init__(self, *, takes):
        super().__init__(1)
        self.takes = takes

    def submit(self, _function, /, *args):
        if not self.takes:
            raise RuntimeError("cannot schedule new futures after shutdown")
        return super().submit(operator.truediv, *args, 0)


def test_whoever_goes_through_a_raster_finds_the_same(tiled, monkeypatch):
    monkeypatch.setattr(rasters, "BLOCK", 1024)
    alone = looked(tiled)
    helpers = [concurrent.futures.ThreadPoolExecutor(2)]
    helpers += [Refusing(takes=takes) for takes in (True, False)]
    for helper in helpers:
        with helper:
            found = looked(tiled, helper=helper)
        assert found.survey == alone.survey
        assert found.tally.totals == alone.tally.totals
        assert np.array_equal(found.tally.coarse, alone.tally.coarse)
        assert found.file == alone.file


def test_a_raster_that_is_not_whole_is_named_where_it_is_gone_through(tiled, tmp_path):
    path = tmp_path / "p.tif"
    path.write_bytes(tiled.read_bytes()[:-2000])
    _, faults = read_raster(path, request(path), BANDS)
    assert [fault.code for fault in faults] == ["file.cannot_open"]
    assert [looked(path).code] == ["file.cannot_open"]


def test_numbers_that_are_no_people_are_not_added_up(tmp_path):
    people = np.full(SHAPE, 3.0)
    people[5, 5] = np.inf
    write_tiled(tmp_path / "p.tif", people)
    found = looked(tmp_path / "p.tif")
    assert found.tally is None
    assert found.survey.range_of["population"] == (0.0, np.inf)


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
            read_study_area(path, cells="file")
        assert list(caught.value.faults) == errors
        return
    area = read_study_area(path, cells="file")
    whole = read_study_area(path)
    assert [f for f in area.faults if f.amount is None] == [
        f for f in whole.faults if f.amount is None
    ]
    assert len(area.faults) == len(whole.faults) == len(expected)
    assert area.files == whole.files
    assert isinstance(area.population.values, InFile)
    assert area.population.shape == whole.population.shape
    assert {f.code for f in expected} >= {"no data": {"population.no_data"}}.get(fault, set())


def with_key(path, table, key):
    """Put a line behind the first line of a table of area.toml."""
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f"{table}\n", f"{table}\n{key}\n", 1), encoding="utf-8")


def as_parquet(folder, *, rows=2, **more):
    """Write the facilities of the town, and some far away, as GeoParquet, instead of the CSV."""
    frame = pd.read_csv(folder / "facilities.csv")
    away = pd.DataFrame(
        {
            "id": [f"g{i}" for i in range(8)],
            "places": 10,
            "x": X0 + 20_000.0,
            "y": Y0 + np.arange(8) * 9,
        }
    )
    frame = pd.concat([away.iloc[:5], frame, away.iloc[5:]], ignore_index=True)
    frame["unit"] = frame["unit"].astype(object).where(frame["unit"].notna(), None)
    places = gpd.points_from_xy(frame["x"], frame["y"], crs=CRS)
    placed = gpd.GeoDataFrame(frame.drop(columns=["x", "y"]), geometry=places)
    options = {"write_covering_bbox": True, "schema_version": "1.1.0"} | more
    placed.to_parquet(folder / "facilities.parquet", index=False, row_group_size=rows, **options)
    path = folder / "area.toml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("facilities.csv", "facilities.parquet").replace(', x = "x", y = "y"', "")
    path.write_text(text.replace('datum = "EPSG:4547"\n', ""), encoding="utf-8")
    return folder / "facilities.parquet"


@pytest.mark.parametrize("by_windows", [False, True])
def test_only_the_cells_near_the_units_are_read_where_that_is_asked(tmp_path, by_windows):
    path = write_town(tmp_path)
    people = people_of()
    people[:4] = -2.0  # wrong, but not near
    people[0, 0] = -1.0
    at = Affine(100.1, 0, X0 - 4000, 0, -99.9, Y0 + 4000)
    write_tiled(tmp_path / "population.tif", people, transform=at)
    with_key(path, 'file = "population.tif"', "bands = { population = 1, under_3 = 2 }")
    codes = {fault.code for fault in check_study_area(path)}
    assert "population.negative" in codes
    with_key(path, 'file = "population.tif"', "margin_m = 500")
    assert "population.negative" not in {fault.code for fault in check_study_area(path)}
    people[:4] = 0.0
    write_tiled(tmp_path / "population.tif", people, transform=at)
    part = read_study_area(path)
    if by_windows:
        values = read_study_area(path, cells="file").population.values
        sizes = [block.width * block.height for block in blocks_of(values.source)]
        assert sum(sizes) == part.population.values["population"].size
        assert values.tally.coarse.sum() == pytest.approx(part.population.total())
        assert part.population.shape == values.source.shape
        # what explain, a curve, a plan and stages of other dates read of it, once
        assert np.array_equal(values["population"], part.population.values["population"])
    path.write_text(
        path.read_text(encoding="utf-8").replace("margin_m = 500\n", ""), encoding="utf-8"
    )
    whole = read_study_area(path)
    assert 2000 / 99.9 < part.population.shape[0] < 2000 / 99.9 + 8
    assert 3000 / 100.1 < part.population.shape[1] < 3000 / 100.1 + 8
    assert part.population.total() < whole.population.total()
    streets = whole.units[whole.units["unit_type"] == "street"]
    for group in BANDS:
        expected = demand(whole.population, streets).by_unit(group)
        assert demand(part.population, streets).by_unit(group).tolist() == expected.tolist()


def test_units_nowhere_near_the_raster(tmp_path):
    path = write_town(tmp_path)
    write_raster(
        tmp_path / "population.tif",
        np.ones((9, 9)),
        transform=Affine(100, 0, X0 + 90_000, 0, -100, Y0),
    )
    expected = [f for f in check_study_area(path) if f.code == "layer.elsewhere"]
    with_key(path, 'file = "population.tif"', "margin_m = 500")
    assert [f.code for f in check_study_area(path) if f.severity == "error"] == ["layer.elsewhere"]
    assert expected[0].file == "population.tif"


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_rows_near_the_units_keep_their_numbers(tmp_path, rows):
    path = write_town(tmp_path)
    as_parquet(tmp_path, rows=rows)
    whole = read_study_area(path)
    with_key(path, 'file = "facilities.parquet"', "margin_m = 800")
    near = read_study_area(path)
    assert len(whole.facilities) == 10
    assert near.facilities["row"].tolist() == [6, 7]
    some = whole.facilities[whole.facilities["row"].isin([6, 7])].reset_index(drop=True)
    assert near.facilities.equals(some)


def test_a_margin_smaller_than_a_norm_reaches_stops_the_assessment(tmp_path):
    path = write_town(tmp_path)
    as_parquet(tmp_path, rows=2)
    norms = load_norms("zhengzhou", on="2025-12-31").choose(CIRCLE)
    whole = assess(read_study_area(path), norms).findings
    with_key(path, 'file = "facilities.parquet"', "margin_m = 300")
    assert assess(read_study_area(path), norms).findings.equals(whole)
    text = path.read_text(encoding="utf-8").replace("margin_m = 300", "margin_m = 299.9")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        assess(read_study_area(path), norms)
    (fault,) = raised.value.faults
    assert (fault.code, fault.item) == ("facilities.margin", CIRCLE)
    assert "further than 299.9 m" in fault.message
    assert "to 300 or more" in fault.mend


def test_groups_of_rows_elsewhere_are_not_read(tmp_path):
    write_town(tmp_path)
    path = as_parquet(tmp_path, rows=2)
    boxes = boxes_of(path)
    assert boxes.names == ("id", "places", "opened", "unit")
    with ParquetFile(path) as file:
        groups, first = groups_near(file, boxes, (X0, Y0, X0 + 2000, Y0 + 1000))
    assert groups.tolist() == [2, 3]  # rows 5 and 6, 7 and 8, counted from 1
    assert first.tolist() == [0, 2, 4, 6, 8, 10]
    frame, rows = read_rows(path, ["id"], boxes, None)
    assert rows.tolist() == list(range(1, 11))
    assert frame.columns.tolist() == ["id", "geometry"]


def misplaced(path):
    return [str(f) for f in check_study_area(path) if f.code == "config.misplaced_key"]


def test_margins_where_nothing_can_be_read_in_part(tmp_path):
    path = write_town(tmp_path)
    with_key(path, 'file = "facilities.csv"', "margin_m = 800")
    message = "facilities.csv: cannot be read in part, as a raster or GeoParquet can. "
    message += "Take facilities[1].margin_m out, or convert it to GeoParquet (docs/storage.md)."
    assert misplaced(path) == [message]
    as_parquet(tmp_path, write_covering_bbox=False)
    message = "facilities.parquet: has no boxes of its rows, so all of it would be read. "
    message += "Write it with boxes (docs/storage.md), or take facilities[1].margin_m out."
    assert misplaced(path) == [message]


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
    area = read_study_area(path, cells="file")
    assert area.population["population"].tolist() == [100.0, 50.0]
