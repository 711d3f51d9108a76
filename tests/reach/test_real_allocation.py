"""Places given out in a real town: Outram in Singapore, against an oracle of points on a lattice."""

from collections import defaultdict

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import rasterio
from shapely import Point

from capacity import capacity_limited_coverage, circle_coverage, equity
from capacity.demand import demand
from capacity.population import PopulationGrid
from capacity.reach.accessibility import two_step_fca
from capacity.reach.straight import straight_pairs
from tests.oracle import allocation as oracle
from tests.oracle.test_against_library import SINGAPORE, needs_singapore

CRS = 32648
RADIUS_M = 300
# assumed: the list of the real centres has no places
PLACES = 12.0


@pytest.fixture(scope="module")
def outram():
    with rasterio.open(SINGAPORE / "population_worldpop2015_100m.tif") as raster:
        people = raster.read(1, masked=True).filled(0).astype(float)
        grid = PopulationGrid({"population": people}, raster.transform, pyproj.CRS(4326))
    zones = gpd.read_file(SINGAPORE / "zones.gpkg").to_crs(CRS)
    units = zones.rename(columns={"SUBZONE_C": "unit_code"})
    units = units[units["PLN_AREA_N"] == "OUTRAM"].reset_index(drop=True)
    facilities = gpd.read_file(SINGAPORE / "facilities.gpkg").to_crs(CRS)
    centres = facilities[facilities["source_layer"] == "child_care_services_2020"]
    near = centres[centres.distance(units.union_all()) < 2 * RADIUS_M].reset_index(drop=True)
    return grid, near.assign(places=PLACES), units


@needs_singapore
def test_served_is_that_of_points_on_a_lattice(outram):
    grid, centres, units = outram
    found = capacity_limited_coverage(grid, centres, units, radius_m=RADIUS_M, per_thousand=6)
    assert len(units) == 4
    assert len(centres) > 10
    where = demand(grid, units)
    move = pyproj.Transformer.from_crs(4326, CRS, always_xy=True).transform
    xy = np.column_stack([centres.geometry.x, centres.geometry.y])
    at = grid.transform
    n = 12
    step = (np.arange(n) + 0.5) / n
    by_set = defaultdict(float)
    for unit, cell, wanted in zip(where.unit, where.cell, where.people() * 0.006, strict=True):
        row, column = divmod(int(cell), grid.shape[1])
        dx, dy = (a.ravel() for a in np.meshgrid(column + step, row + step))
        x, y = move(at.a * dx + at.c, at.e * dy + at.f)
        polygon = units.geometry.iloc[unit]
        inside = [k for k in range(n * n) if polygon.covers(Point(x[k], y[k]))]
        for k in inside:
            hit = np.flatnonzero((xy[:, 0] - x[k]) ** 2 + (xy[:, 1] - y[k]) ** 2 <= RADIUS_M**2)
            by_set[frozenset(hit.tolist())] += wanted / len(inside)
        if not inside:  # a sliver between the points
            by_set[frozenset()] += wanted
    reach, amounts = list(by_set), np.array(list(by_set.values()))
    most = oracle.most_served(amounts, reach, np.full(len(centres), PLACES))
    total = found["demand"].sum()
    assert found["served"].sum() == pytest.approx(most, abs=0.002 * total)
    assert found["out_of_reach"].sum() == pytest.approx(by_set[frozenset()], abs=0.002 * total)
    assert found["without_capacity"].sum() > 0.01 * total  # places are short somewhere


@needs_singapore
def test_parts_scores_and_coverage_hold_together(outram):
    grid, centres, units = outram
    plain = circle_coverage(grid, centres, units, radius_m=RADIUS_M)
    ample = capacity_limited_coverage(
        grid, centres.assign(places=np.inf), units, radius_m=RADIUS_M, per_thousand=1000
    )
    np.testing.assert_allclose(ample["served"], plain["existing"], rtol=1e-6)
    where = demand(grid, units)
    pairs = straight_pairs(grid, where, units, centres.geometry.to_numpy(), RADIUS_M)
    people, places = where.people(), centres["places"].to_numpy()
    score = two_step_fca(pairs, people, places)
    reached = np.unique(pairs.facility[people[pairs.row] > 0])
    assert (score * people).sum() == pytest.approx(places[reached].sum(), rel=1e-9)
    over_cells = equity(score, people, groups=where.unit_codes[where.unit], norm=0.006)
    by_unit = where.sum_by_unit(score * people) / where.by_unit()
    over_units = equity(by_unit.to_numpy(), where.by_unit().to_numpy())
    # what is uneven inside units is hidden by units: Theil over units is the part between them
    assert over_units.gini < over_cells.gini
    assert over_units.theil == pytest.approx(over_cells.theil_between, rel=1e-9)
