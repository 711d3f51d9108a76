"""The invented province: as large as asked for, the same every time, and fit to be assessed."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from capacity.demand import demand
from capacity.study_area import read_study_area
from tests.benchmarks import province
from tests.benchmarks.province import (
    DEGREE_M,
    NEAR_M,
    STEP,
    Province,
    facilities,
    facilities_near,
    strips,
    units,
    write_province,
)

SMALL = Province(cells=60_000, townships=30, facilities=90, part=7, of=20)
SIZES = (36_000, 18, 54)  # 0.6 of these


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("province")
    return path, write_province(path, SMALL)


@pytest.fixture(scope="module")
def folder(written):
    return written[0]


def test_it_is_read_without_a_word_but_about_facilities_of_its_neighbours(written):
    folder, made = written
    area = read_study_area(folder / "area.toml")
    said = {f.code for f in area.faults if f.severity != "info"}
    assert said == {"facilities.outside_units"}
    cells, townships, n_facilities = SIZES
    rows, columns = area.population.shape
    assert made["cells"] == rows * columns == pytest.approx(cells, rel=0.01)
    tiers = area.units["unit_type"].value_counts()
    assert (tiers["city"], tiers["district"]) == (1, 1)
    assert tiers["street"] + tiers["township"] == made["townships"] == townships
    own = area.facilities["street_code"] != ""
    assert own.sum() == made["facilities"] == n_facilities
    assert len(own) - own.sum() == made["facilities of neighbours"] > 0
    assert made["people"] == area.population.total()
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


def test_another_seed_and_another_place_make_another_province():
    some = [{"seed": 1}, {"seed": 2}, {"part": 6, "of": 20}, {"part": 11, "of": 20}]
    first, *others = (next(strips(Province(cells=10_000, **one)))[1] for one in some)
    for n, other in enumerate(others):
        assert other.shape == first.shape
        assert not np.array_equal(other, first)
        assert not any(np.array_equal(other, more) for more in others[:n])


def test_a_province_knows_what_of_its_neighbours_is_within_three_kilometres():
    country = [
        Province(cells=10_000, townships=4, facilities=40, part=n, of=7) for n in range(1, 8)
    ]
    assert [len(one.neighbours) for one in country] == [3, 4, 3, 2, 1, 3, 4]
    here = country[0]
    border = shapely.box(*units(here).total_bounds)
    for other in here.neighbours:
        places = facilities(other)
        known = facilities_near(here)
        at = other.transform
        # metres along the parallel of its border, no shorter than degrees times the least
        middle = at.f - STEP * other.shape[0] / 2
        scale = [DEGREE_M * np.cos(np.radians(middle)), DEGREE_M]
        metric, ground = (
            shapely.transform(shape, lambda xy, scale=scale: xy * scale)
            for shape in (places.geometry.to_numpy(), border)
        )
        near = shapely.distance(metric, ground) <= NEAR_M
        assert set(places["id"][near]) <= set(known["id"])
        assert near.any() or other.part == 7
    assert known["id"].is_unique
    assert (known["id"].str[:3] == "F01").sum() == 40


def test_a_province_by_itself_has_the_size_and_the_facilities_that_were_asked_for():
    alone = Province(cells=10_000, townships=4, facilities=40)
    assert alone.shape == (100, 100)
    assert len(facilities_near(alone)) == 40
