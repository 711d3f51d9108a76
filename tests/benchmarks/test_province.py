"""The invented province: as large as asked for, the same every time, and fit to be assessed."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from capacity.demand import demand
from capacity.study_area import read_study_area
from tests.benchmarks import province
from tests.benchmarks.province import Province, strips, units, write_province

SMALL = Province(cells=60_000, townships=30, facilities=90, part=7, of=20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("province")
    write_province(path, SMALL)
    return path


def test_it_is_read_without_a_word_about_its_places(folder):
    area = read_study_area(folder / "area.toml")
    assert {f.code for f in area.faults if f.severity != "info"} == set()
    rows, columns = area.population.shape
    assert rows * columns == pytest.approx(60_000, rel=0.01)
    tiers = area.units["unit_type"].value_counts()
    assert (tiers["city"], tiers["district"]) == (1, 1)
    assert tiers["street"] + tiers["township"] == 30
    assert len(area.facilities) == 90
    assert (area.facilities["street_code"] != "").all()
    streets = area.units[area.units["parent_code"].str.len() == 6]
    people = demand(area.population, streets)
    # townships fill the raster, so that everyone lives in one
    assert people.by_unit().sum() == pytest.approx(area.population.total(), rel=1e-6)
    assert people.overlap["population"] == pytest.approx(0.0, abs=1e-3)
    assert people.by_unit().min() > 100


def test_the_raster_is_tiled_compressed_and_in_64ths(folder):
    with rasterio.open(folder / "population.tif") as raster:
        assert raster.block_shapes == [(512, 512)] * 3
        assert raster.compression.value == "DEFLATE"
        people, young, old = raster.read()
    assert (people * 64 % 1 == 0).all()
    assert (young + old <= people).all()
    assert 0.5 < people.mean() < 3
    assert 0.1 < (people == 0).mean() < 0.6


def test_cells_do_not_depend_on_how_many_are_made_at_once(monkeypatch):
    monkeypatch.setattr(province, "TILE", 64)
    monkeypatch.setattr(province, "ROWS_AT_ONCE", 1)
    one = np.concatenate([cells for _, cells in strips(SMALL)], axis=1)
    monkeypatch.setattr(province, "ROWS_AT_ONCE", 3)
    several = np.concatenate([cells for _, cells in strips(SMALL)], axis=1)
    assert np.array_equal(one, several)


def test_provinces_of_a_country_lie_side_by_side(folder):
    assert gpd.read_parquet(folder / "units.parquet")["code"].str.startswith("S07").all()
    boxes = [
        shapely.box(*units(Province(cells=40_000, townships=4, part=n, of=20)).total_bounds)
        for n in (1, 2, 6)
    ]
    assert shapely.area(shapely.intersection(boxes[0], boxes[1])) == 0
    assert shapely.distance(boxes[0], boxes[1]) == pytest.approx(0, abs=1e-6)
    assert shapely.distance(boxes[0], boxes[2]) == pytest.approx(0, abs=1e-6)


def test_another_seed_makes_another_province():
    first, second = (next(strips(Province(cells=10_000, seed=n)))[1] for n in (1, 2))
    assert not np.array_equal(first, second)
