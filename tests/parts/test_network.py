"""The walking network near a part: all that its walks depend on, and no more."""

import functools
import itertools
from dataclasses import fields, replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPoint, Point, box

from capacity import walking_network
from capacity.assess.run import assess
from capacity.norms.catalogue import load_norms
from capacity.parts import edges, run
from capacity.parts.edges import halo, network_store
from capacity.reach.snapping import edge_index, snap
from capacity.study_area import Parameters, study_area
from tests import towns
from tests.parts.alike import assert_alike
from tests.parts.now import Now
from tests.parts.test_random import GROUNDS, NORMS

SPORTS = load_norms("zhengzhou", on="2025-12-31").choose("zhengzhou.sports.fitness_circle_minutes")


class Noting(Now):
    """Runs everything here, and keeps what each part was handed of the network."""

    def __init__(self):
        super().__init__()
        self.networks = {}

    def submit(self, function, /, task, path):
        if "/part-" in path and task.network is not None:
            self.networks[task.number] = task.network.read()
        return super().submit(function, task, path)


def lattice(n_columns, n_rows, step, rng, *, shake=0.0, lost=0.0):
    """Streets of a town, some of them crooked, some walked one way, some missing."""
    at = np.stack(np.meshgrid(np.arange(n_columns), np.arange(n_rows)), axis=-1) * float(step)
    at += rng.uniform(-shake, shake, at.shape)
    pairs = [(at[r, c], at[r, c + 1]) for r in range(n_rows) for c in range(n_columns - 1)]
    pairs += [(at[r, c], at[r + 1, c]) for r in range(n_rows - 1) for c in range(n_columns)]
    pairs = [pair for pair in pairs if rng.random() >= lost]
    lines = [LineString(pair) for pair in pairs]
    columns = {"oneway": rng.random(len(lines)) < 0.3, "row": np.arange(len(lines))}
    # lengths on record are not those drawn: some are longer, some a little shorter
    longer = rng.choice([0.99, 1.0, 1.3], len(lines))
    columns["length"] = shapely.length(np.array(lines, dtype=object)) * longer
    return gpd.GeoDataFrame(columns, geometry=lines, crs=towns.CRS)


def town(rng, network, facilities, cuts, **parameters):
    people = rng.integers(0, 20, (32, 96)) / 7
    limits = [0.0, *sorted(cuts), 2400.0]
    shapes = [box(west, 0, east, 800) for west, east in itertools.pairwise(limits)]
    area = study_area(
        towns.units(shapes, [f"S{n}" for n in range(len(shapes))], main_urban=True),
        towns.grid(people, x0=0.0, top=800.0, cell=25.0),
        facilities,
        service="childcare",
        unit_type="street",
        name="town",
        code="T",
        data_date="2025-12-31",
        sparsely_populated=True,
        parameters=Parameters(reach="network", snap_limit_m=70.0, **parameters),
    )
    return replace(area, network=network)


def places(rng, n):
    """Facilities of all shapes: points, gates, a park on the streets, two that lie off them."""
    shapes = [Point(x, y) for x, y in rng.uniform((0, 0), (2400, 800), (n, 2))]
    shapes += [
        MultiPoint([(300, 200), (900, 210)]),
        box(1380, 180, 1520, 330),
        box(1010, 610, 1070, 650),
        box(2380, 300, 2500, 420),
    ]
    given = [float(3 + k % 5) for k in range(len(shapes))]
    return gpd.GeoDataFrame({"places": given}, geometry=shapes, crs=towns.CRS)


# no shrinking: an assessment takes too long for hundreds of them
@settings(max_examples=3, deadline=None, phases=[Phase.reuse, Phase.generate])
@given(
    seed=st.integers(0, 10_000),
    shake=st.sampled_from([0.0, 30.0]),
    cuts=st.lists(st.integers(3, 28), min_size=1, max_size=3, unique=True),
    allocation=st.sampled_from(["optimal", "nearest"]),
    walled=st.booleans(),
)
def test_random_networks_are_alike_in_parts(seed, shake, cuts, allocation, walled):
    rng = np.random.default_rng(seed)
    # nothing leads to the eastmost part
    frame = lattice(14, 9, 110.0, rng, shake=shake, lost=0.15)
    walls = (box(700, -50, 712, 500), box(1100, 300, 1300, 310)) if walled else ()
    names = {"one_way": "oneway", "length": "length"}
    network = walking_network(frame, columns=names, barriers=walls)
    cuts = [*(50.0 * cut + 7.0 for cut in cuts), 2107.0]
    area = town(rng, network, places(rng, 25), cuts, allocation=allocation)
    client = Noting()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "network_store", functools.partial(network_store, group=8))
        result = assess(area, NORMS, client=client, n_parts=len(cuts) + 1)
    assert len(client.networks) >= 2
    assert min(len(one.u) for one in client.networks.values()) < len(network.u)
    whole = assess(area, NORMS)
    assert len(whole.off_network) > 0
    assert_alike(result, whole)


@pytest.mark.parametrize(("length", "reached"), [(1080.0, True), (1080.2, False)])
def test_a_walk_out_of_its_part_and_back_is_walked_to_the_last_metre(length, reached):
    # S1 is 100 m wide; from its middle the only way to the ground across the wall leads round a hairpin,
    # 540 m out of the part and 540 m back, of 1,080 m in 15 minutes
    out = length / 2 - 10
    turns = [(1050 + out * n / 5, 50) for n in range(6)]
    turns += [(1050 + out * n / 5, 70) for n in range(5, -1, -1)]
    ways = [LineString(pair) for pair in itertools.pairwise([(-2000, 50), *turns])]
    network = walking_network(gpd.GeoDataFrame(geometry=ways, crs=towns.CRS))
    area = study_area(
        towns.units(
            [box(-2000, 0, 1000, 100), box(1000, 0, 1100, 100)], ["S0", "S1"], main_urban=True
        ),
        towns.cells([Point(1050, 50), Point(-1900, 50)], [100.0, 100.0]),
        towns.points([(1050.0, 70.0)], places=[5.0]),
        name="hairpin",
        **GROUNDS,
        parameters=Parameters(reach="network", snap_limit_m=30.0),
    )
    area = replace(area, network=network)
    result = assess(area, SPORTS, client=Now(), n_parts=2)
    assert (result.findings.set_index("unit_code")["existing"]["S1"] == 100.0) == reached
    assert_alike(result, assess(area, SPORTS))


def test_a_part_is_handed_the_edges_in_its_halo_and_none_beyond(tmp_path):
    # streets every 100 m along a road of 40 km
    road = [LineString([(100 * k, 0), (100 * k + 100, 0)]) for k in range(400)]
    network = walking_network(gpd.GeoDataFrame(geometry=road, crs=towns.CRS))
    store = network_store(network, tmp_path, group=16)
    start = np.array([20_000.0, -50.0, 21_000.0, 50.0])
    metres = halo(store.groups(), start, 300.0, 60.0)
    assert metres == 300.0
    near = store.read((start + metres * np.array([-1, -1, 1, 1]))[None])
    assert near.nodes[:, 0].min() == 19_600.0  # the edge from there ends at 19,700
    assert near.nodes[:, 0].max() == 21_400.0
    assert len(near.u) == 18


def test_edges_drawn_longer_than_they_are_walked_widen_the_halo_where_they_lie(tmp_path):
    road = [LineString([(100 * k, 0), (100 * k + 100, 0)]) for k in range(400)]
    frame = gpd.GeoDataFrame({"length": 100.0}, index=range(400), geometry=road, crs=towns.CRS)
    frame.loc[205, "length"] = 40.0  # a warning, and a walk of 40 m that leads 100 m on
    store = network_store(walking_network(frame, columns={"length": "length"}), tmp_path, group=16)
    near = halo(store.groups(), np.array([20_000.0, -50.0, 20_100.0, 50.0]), 300.0, 60.0)
    assert near == pytest.approx(750.0)
    assert halo(store.groups(), np.array([5_000.0, -50.0, 5_100.0, 50.0]), 300.0, 60.0) == 300.0


def test_nobody_who_walks_no_metre_comes_anywhere(tmp_path):
    road = [LineString([(100 * k, 0), (100 * k + 100, 0)]) for k in range(40)]
    network = walking_network(gpd.GeoDataFrame(geometry=road, crs=towns.CRS))
    groups = np.array(network_store(network, tmp_path, group=16).groups())
    groups["ratio"] = np.inf  # walked in no metre at all
    start = np.array([2_000.0, -50.0, 2_100.0, 50.0])
    assert halo(groups, start, 0.0, 60.0) == 0.0
    assert halo(groups, start, 1.0, 60.0) == np.inf


def test_what_was_laid_down_is_read_as_it_was(tmp_path):
    rng = np.random.default_rng(3)
    frame = lattice(9, 7, 90.0, rng, shake=20.0, lost=0.1)
    frame["cross"], frame["climb"] = rng.random(len(frame)) < 0.5, rng.uniform(-5, 5, len(frame))
    names = {"one_way": "oneway", "length": "length", "crossing": "cross", "ascent": "climb"}
    walls = (box(0, 0, 10, 10), box(300, 300, 310, 400))
    network = walking_network(frame, columns=names, barriers=walls, name="streets")
    store = network_store(network, tmp_path, group=8)
    read = store.read(np.array([[-1e6, -1e6, 1e6, 1e6]]))
    for one in fields(network):
        was, now = getattr(network, one.name), getattr(read, one.name)
        if isinstance(was, np.ndarray):
            np.testing.assert_array_equal(now, was, err_msg=one.name)
    assert (read.graph != network.graph).nnz == 0
    assert (read.crs, read.name, len(read.barriers)) == (network.crs, "streets", 2)
    assert len(store.read(np.array([[290.0, 290.0, 295.0, 500.0]])).barriers) == 0
    far = store.read(np.array([[1e5, 1e5, 1.1e5, 1.1e5]]))
    assert len(far.u) == 1  # a network is never without edges


@pytest.mark.parametrize("together", [7, 10_000])
def test_the_way_to_the_network_is_measured_however_far(tmp_path, monkeypatch, together):
    rng = np.random.default_rng(5)
    frame = lattice(15, 12, 100.0, rng, lost=0.3)
    network = walking_network(frame)
    store = network_store(network, tmp_path, group=8)
    xy = rng.uniform(-30_000, 30_000, (60, 2))
    xy[:20] = rng.uniform(0, 1200, (20, 2))
    xy[20:30] = np.round(xy[20:30], -2) + 50.0  # as far from one street as from another
    monkeypatch.setattr(edges, "_TOGETHER", together)
    np.testing.assert_array_equal(store.gap_m(xy), snap(edge_index(network), xy, np.inf).leg_m)
    assert len(store.gap_m(xy[:0])) == 0
