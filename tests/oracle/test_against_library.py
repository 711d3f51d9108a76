"""The library agrees with the slow oracle, on random towns and on Singapore."""

from fractions import Fraction
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from capacity.assess.compounds import compound_shortfall, compounds_by_unit
from capacity.assess.existence import minimum_facilities
from capacity.assess.ratio import area_shortfall, ratio_shortfall
from capacity.demand import demand
from capacity.population import PopulationGrid
from capacity.reach.straight import straight_line
from tests import towns
from tests.oracle import oracle

SINGAPORE = Path(__file__).resolve().parents[3] / "shared" / "data" / "singapore"
needs_singapore = pytest.mark.skipif(
    not SINGAPORE.is_dir(), reason="the shared real data are not beside this checkout"
)

people = hnp.arrays(np.float64, (6, 6), elements=st.integers(0, 4000).map(lambda n: n / 4))
spots = st.lists(st.tuples(st.integers(-200, 800), st.integers(-200, 800)), max_size=8)


def two_units(at):
    return {
        "A": shapely.Polygon([(0, 0), (at, 0), (600 - at, 600), (0, 600)]),
        "B": shapely.Polygon([(at, 0), (600, 0), (600, 600), (600 - at, 600)]),
    }


@given(people, st.integers(1, 599))
@settings(max_examples=30, deadline=None)
def test_people_per_unit(values, at):
    units = two_units(at)
    expect = oracle.exact_split(oracle.Grid(0, 600, 100, 100, 6, 6, {"population": values}), units)
    where = demand(towns.grid(values), towns.units(units.values()))
    for code, found in where.by_unit().items():
        assert found == pytest.approx(float(expect["units"][code]["population"]), abs=0.01)


@given(people, spots, st.integers(50, 400), st.integers(100, 500))
@settings(max_examples=15, deadline=None)
def test_people_in_reach(values, xy, radius, at):
    units = two_units(at)
    cells = oracle.Grid(0, 600, 100, 100, 6, 6, {"population": values})
    expect = oracle.fine_subcell_coverage(cells, units, xy, radius, 50)
    grid, area = towns.grid(values), towns.units(units.values())
    where = demand(grid, area)
    share = straight_line(grid, where, area, towns.points(xy).geometry.to_numpy(), radius)
    found = where.sum_by_unit(where.people() * share)
    for code in units:
        total, covered = expect["units"][code]["population"]
        # 0.1 % of the unit's people, and a few subcells of a town of 36 cells
        assert found[code] == pytest.approx(float(covered), abs=0.001 * float(total) + 15)


sizes = st.lists(st.one_of(st.none(), st.integers(0, 120)), max_size=6)


@given(
    st.integers(0, 10**6).map(lambda n: n / 16),
    sizes,
    st.sampled_from(["6", "4", "4.5", "0.55", "1.46"]),
)
@settings(deadline=None)
def test_ratio_and_land(residents, places, per_thousand):
    area = towns.units([shapely.box(0, 0, 100, 100)])
    cells = towns.cells([shapely.box(0, 0, 100, 100)], [residents])
    amounts = [np.nan if p is None else float(p) for p in places]
    facilities = towns.points([(50, 50)] * len(places), places=amounts, land_area_m2=amounts)
    known = [p for p in places if p is not None]
    unknown_only = bool(places) and not known
    found = ratio_shortfall(cells, facilities, area, per_thousand=per_thousand).loc["A"]
    land = area_shortfall(cells, facilities, area, per_person="0.2").loc["A"]
    if unknown_only:
        assert found["status"] == land["status"] == "no_data"
        return
    expect = oracle.ratio(residents, sum(known), per_thousand)
    expect_land = oracle.land(residents, places, "0.2")
    for key in ("required", "shortfall", "surplus"):
        assert Fraction(str(found[key])) == expect[key]
        assert float(land[key]) == pytest.approx(float(expect_land[key]), rel=1e-12, abs=1e-9)


@given(sizes, st.integers(1, 3), st.sampled_from([20, 30, 50]))
@settings(deadline=None)
def test_existence(places, count, size):
    known = [p for p in places if p is not None]
    facilities = towns.points(
        [(50, 50)] * len(places), places=[np.nan if p is None else float(p) for p in places]
    )
    area = towns.units([shapely.box(0, 0, 100, 100)])
    found = minimum_facilities(facilities, area, count=count, size=size).loc["A"]
    expect = oracle.existence(known, count, size)
    if expect["shortfall"] > 0 and len(known) < len(places):
        # Unknown sizes can save the unit only if there are enough of them.
        could = expect["existing"] + len(places) - len(known) >= count
        assert (found["status"] == "no_data") == could
        if could:
            return
    for key in ("required", "existing", "shortfall", "surplus", "places_to_add"):
        assert Fraction(str(found[key])) == expect[key]


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 400)), min_size=1, max_size=8))
@settings(deadline=None)
def test_compounds(pairs):
    frame = gpd.pd.DataFrame(pairs, columns=["households", "elder_floor_area_m2"])
    results = compound_shortfall(frame, per_100_households=20, minimum_m2=200)
    expect = oracle.compounds(pairs, 20, 200)
    for row, one in zip(results.to_dict("records"), expect["compounds"], strict=True):
        for key in ("required", "shortfall", "surplus"):
            assert Fraction(str(row[key])) == one[key]
    unit = compounds_by_unit(results, ["A"] * len(pairs), range(len(pairs)), ["A"]).loc["A"]
    for key in ("required", "existing", "shortfall", "surplus"):
        assert Fraction(str(unit[key])) == expect["total"][key]


@pytest.fixture(scope="module")
def singapore():
    to_metric = pyproj.Transformer.from_crs(4326, 32648, always_xy=True)
    with rasterio.open(SINGAPORE / "population_worldpop2015_100m.tif") as raster:
        values = raster.read(1, masked=True).filled(0).astype(float)
        transform, crs = raster.transform, pyproj.CRS(4326)
    zones = gpd.read_file(SINGAPORE / "zones.gpkg").to_crs(32648)
    zones = zones.rename(columns={"SUBZONE_C": "unit_code"})
    facilities = gpd.read_file(SINGAPORE / "facilities.gpkg").to_crs(32648)
    childcare = facilities[facilities["source_layer"] == "child_care_services_2020"]
    grid = PopulationGrid({"population": values}, transform, crs)
    cells = oracle.Grid(
        transform.c,
        transform.f,
        transform.a,
        -transform.e,
        *values.shape,
        {"population": values},
        to_metric=to_metric.transform,
    )
    return grid, zones, childcare, cells


@needs_singapore
def test_singapore_subzones_hold_the_people_of_the_oracle(singapore):
    grid, zones, _, cells = singapore
    where = demand(grid, zones)
    row = where.conservation().loc["population"]
    assert abs(row["difference"]) <= 1e-9 * row["people_in"]
    expect = oracle.exact_split(cells, dict(zip(zones["unit_code"], zones.geometry, strict=True)))
    by_oracle = [float(expect["units"][code]["population"]) for code in zones["unit_code"]]
    np.testing.assert_allclose(where.by_unit(), by_oracle, rtol=2e-5, atol=0.05)


@needs_singapore
def test_singapore_subzones_agree_with_fine_subcells(singapore):
    grid, zones, childcare, cells = singapore
    where = demand(grid, zones)
    points = childcare.geometry.to_numpy()
    share = straight_line(grid, where, zones, points, 300)
    found = where.sum_by_unit(where.people() * share)
    units = dict(zip(zones["unit_code"], zones.geometry, strict=True))
    xy = [(p.x, p.y) for p in points]
    some = sorted(units)[::20]
    expect = oracle.fine_subcell_coverage(cells, units, xy, 300, 20, only=some)
    assert len(some) > 12
    for code in some:
        total, covered = (float(n) for n in expect["units"][code]["population"])
        assert found[code] == pytest.approx(covered, abs=0.001 * total + 1.0), code
