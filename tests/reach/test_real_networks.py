"""Real walking networks: an independent oracle, the error of the points of a cell, the edge effect."""

import runpy
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from capacity import PopulationGrid, walking_network
from capacity.demand import demand
from capacity.errors import InputError
from capacity.inputs.rasters import read_raster
from capacity.inputs.read import Request
from capacity.reach.limits import Limit
from capacity.reach.straight import straight_line
from capacity.reach.walking import WalkingReach, WalkingRules
from tests.reach.networks import as_lines, oracle

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SINGAPORE, HELSINKI = DATA / "singapore", DATA / "helsinki_grid"
needs_data = pytest.mark.skipif(not SINGAPORE.is_dir(), reason="needs ../shared/data")
pytestmark = needs_data
CRS = "EPSG:3414"

EDGES = {
    "outram": (SINGAPORE / "walk_network_outram.gpkg", CRS),
    "newton": (SINGAPORE / "walk_network_newton.gpkg", CRS),
    "helsinki": (HELSINKI / "walk_network.gpkg", "EPSG:3067"),
}


def edges(name):
    path, crs = EDGES[name]
    return gpd.read_file(path).to_crs(crs)


def network(name, frame=None, **columns):
    frame = edges(name) if frame is None else frame
    return walking_network(frame, crs=frame.crs, columns=columns, name=name)


def test_doubles_are_one_edge_and_nothing_else_is_lost():
    # 6,598 and 6,888 directed edges; the README's 3,248 and 3,364 count pairs of nodes once, while
    # two paths between the same nodes are two edges
    for name, pairs, directed in (("outram", 3248, 6598), ("newton", 3364, 6888)):
        frame, ours = edges(name), network(name)
        assert len(frame) == directed
        assert len(np.unique(np.sort(np.column_stack([ours.u, ours.v])), axis=0)) == pairs
        ends = np.sort(frame[["u", "v"]].astype(str).to_numpy(), axis=1)
        different = frame.assign(a=ends[:, 0], b=ends[:, 1], m=frame["length"].round(2))
        distinct = len(different[["a", "b", "m"]].drop_duplicates())
        assert distinct <= len(ours.u) <= directed / 2
    helsinki = network("helsinki")
    assert len(helsinki.nodes) == 3364
    assert (~helsinki.islands["kept"]).any()


@pytest.mark.parametrize("file", ["street_network_queenstown", "street_network_bukit-merah"])
def test_networks_for_cars_are_refused(file):
    frame = gpd.read_file(SINGAPORE / f"{file}.gpkg")
    with pytest.raises(InputError, match="this is a network for cars, not for walking"):
        walking_network(frame)


@pytest.mark.parametrize("name", EDGES)
def test_walks_are_those_of_networkx(name):
    frame = edges(name)
    ours = network(name, length="")
    kept = shapely.STRtree(shapely.linestrings(ours.segments.reshape(-1, 2, 2)))
    # the oracle sees the edges that we kept, as they were drawn; doubles do no harm
    middle = shapely.line_interpolate_point(frame.geometry.to_numpy(), 0.5, normalized=True)
    near = np.unique(kept.query(middle, predicate="dwithin", distance=1e-3)[0])
    lines = as_lines(frame.iloc[near])
    rng = np.random.default_rng(7)
    west, south, east, north = frame.total_bounds
    people = rng.uniform((west, south), (east, north), (40, 2))
    facilities = rng.uniform((west, south), (east, north), (8, 2))
    expected = oracle(lines, people, facilities, snap_limit_m=200.0)
    cells = gpd.GeoDataFrame(
        {"population": np.ones(len(people))}, geometry=shapely.points(people), crs=frame.crs
    )
    units = gpd.GeoDataFrame(
        {"unit_code": ["A"]}, geometry=[shapely.box(west, south, east, north)], crs=frame.crs
    )
    reach = WalkingReach(cells, ours, WalkingRules(detour_factor=1.0))
    started = reach.people(demand(cells, units), units)
    places = shapely.points(facilities)
    walker, facility, cost = reach.within(started, places, 1e6)
    found = np.full(expected.shape, np.inf)
    found[walker, facility] = cost
    on = np.isfinite(expected)
    assert on.mean() > 0.3
    np.testing.assert_allclose(found[on], expected[on], atol=1e-5)
    # the oracle has no way where a place is off the network or on an island
    nearest, which = reach.nearest_of(started, places)
    np.testing.assert_allclose(nearest, found.min(axis=1), atol=1e-6)
    assert (found[np.arange(len(people)), which] == nearest).all()


# --- people of a cell, and the edge ----------------------------------------------------------


@pytest.fixture(scope="module")
def outram():
    zones = gpd.read_file(SINGAPORE / "zones.gpkg").to_crs(CRS)
    units = zones[zones["PLN_AREA_N"] == "OUTRAM"].rename(columns={"SUBZONE_C": "unit_code"})
    raster, faults = read_raster(
        SINGAPORE / "population_osmbuildings_100m.tif",
        Request(key="population", file="p.tif"),
        {"population": 1},
    )
    assert raster is not None, faults
    facilities = gpd.read_file(SINGAPORE / "facilities.gpkg").to_crs(CRS)
    childcare = facilities[facilities["source_layer"] == "child_care_services_2020"]
    return units.reset_index(drop=True), raster, childcare


def coverage(units, grid, places, metres, *, spacing=50.0, net=None):
    reach = WalkingReach(
        grid, network("outram") if net is None else net, WalkingRules(spacing_m=spacing)
    )
    where = demand(grid, units)
    share = reach.share(where, units, places, Limit(metres, ""))
    return where.sum_by_unit(where.people() * share) / where.by_unit()


def test_the_error_of_the_points_of_a_cell_is_small(outram):
    units, grid, childcare = outram
    assert isinstance(grid, PopulationGrid)
    places = childcare.geometry.to_numpy()
    error = {}
    for metres in (300.0, 500.0):
        fine = coverage(units, grid, places, metres, spacing=6.0)
        for spacing in (100.0, 50.0, 25.0):
            off = (coverage(units, grid, places, metres, spacing=spacing) - fine).abs()
            error[metres, spacing] = float(off.max())
    # in hundredths of the people of a subzone of some twenty cells of 93 m, the worst of four: 1
    # point a cell is up to 13 off, 4 points up to 4, 16 points up to 3.3
    assert max(error[m, 50.0] for m in (300.0, 500.0)) < 0.045
    assert max(error[m, 25.0] for m in (300.0, 500.0)) < 0.035
    assert max(error[m, 100.0] for m in (300.0, 500.0)) > 0.05


def straight(units, grid, places, metres):
    where = demand(grid, units)
    share = straight_line(grid, where, units, places, metres)
    return where.sum_by_unit(where.people() * share) / where.by_unit()


def test_the_edge_of_the_network_and_of_the_facilities_matters(outram):
    units, grid, childcare = outram
    places = childcare.geometry.to_numpy()
    whole = coverage(units, grid, places, 300.0)
    frame = edges("outram")
    inside = frame[frame.within(units.union_all())]
    cut = coverage(units, grid, places, 300.0, net=network("outram", inside))
    own = childcare[childcare.within(units.union_all())].geometry.to_numpy()
    alone = coverage(units, grid, own, 300.0)
    print("whole", whole.round(3).to_dict())  # noqa: T201
    print("network cut at the border", cut.round(3).to_dict())  # noqa: T201
    print("facilities cut at the border", alone.round(3).to_dict())  # noqa: T201
    assert (alone <= whole + 1e-9).all()
    assert (alone < whole - 0.02).any()


def test_circles_of_outram_on_foot_beside_straight(outram):
    units, grid, childcare = outram
    facilities = gpd.read_file(SINGAPORE / "facilities.gpkg").to_crs(CRS)
    fitness = facilities[facilities["kind"] == "fitness"].geometry.to_numpy()
    places = childcare.geometry.to_numpy()
    table = pd.DataFrame(
        {
            "300 m straight": straight(units, grid, places, 300.0),
            "300 m on foot": coverage(units, grid, places, 300.0),
            "15 min straight / 1.3": straight(units, grid, fitness, 15 * 60 * 1.2 / 1.3),
            "15 min on foot": coverage(units, grid, fitness, 15 * 60 * 1.2),
            "15 min on foot, 0.8 m/s": coverage(units, grid, fitness, 15 * 60 * 0.8),
        }
    ).set_axis(units["SUBZONE_N"])
    print(table.mul(100).round(1).to_string())  # noqa: T201
    # a walk is never shorter than the straight line, but for the points of a cell
    assert (table["300 m on foot"] <= table["300 m straight"] + 0.05).all()
    assert (table["15 min on foot, 0.8 m/s"] <= table["15 min on foot"] + 1e-9).all()


def test_the_example_prints_both_readings_and_draws_them(tmp_path, capsys):
    pytest.importorskip("matplotlib", reason="needs matplotlib")
    path = Path(__file__).resolve().parents[2] / "examples" / "walking_circles.py"
    example = runpy.run_path(str(path))
    example["main"](SINGAPORE, "outram", tmp_path / "outram.png")
    assert (tmp_path / "outram.png").stat().st_size > 10_000
    said = capsys.readouterr().out
    assert "facilities off the network, by straight line × 1.3: 50 of 83" in said
    results = example["assess"](SINGAPORE, "outram")
    shares, places = example["shares"](results), example["places"](results)
    assert shares.loc["outram"].round(1).tolist() == [81.5, 38.5, 95.0, 95.3]
    for reading in ("straight line", "on foot"):
        parts = places[reading]
        three = parts[["served", "without_capacity", "out_of_reach"]].sum(axis=1)
        np.testing.assert_allclose(three, parts["demand"], rtol=1e-12)
    assert (places["on foot", "served"] <= places["straight line", "served"]).all()
