"""Many places are snapped by looking from the edges; few, by looking from the places: it is the same."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.network import build_network
from capacity.reach import snapping
from capacity.reach.snapping import edge_index, snap

FIELDS = ("edge", "offset_m", "leg_m", "entry", "barred")


def network_of(ends):
    lines = shapely.linestrings(ends)
    n = np.arange(len(lines))
    columns = {"one_way": False, "highway": "", "file": "walk", "row": n, "length_m": np.nan}
    names = [[f"{x:g} {y:g}" for x, y in line[[0, -1]]] for line in ends]
    u, v = np.array(names).T
    frame = gpd.GeoDataFrame({"u": u, "v": v, **columns}, geometry=lines, crs=4547)
    network, faults = build_network(frame)
    assert network is not None, faults
    return network


def both(monkeypatch, index, xy, limit_m):
    few = snap(index, xy, limit_m)
    with monkeypatch.context() as patch:
        patch.setattr(snapping, "_CHUNK", 4)
        patch.setattr(snapping, "_LOOKS", np.inf)
        patch.setattr(snapping, "_LOOKS_TOGETHER", 40)
        patch.setattr(snapping, "_SHORTEST_M", 1.0)
        looked = []
        real = snapping._looked
        patch.setattr(snapping, "_looked", lambda *a: looked.append(1) or real(*a))
        many = snap(index, xy, limit_m)
    return few, many, len(looked)


def streets(n, seed, *, crooked):
    """Streets of a village: on whole metres, so that many places are as near to two of them."""
    random = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(n) * 40.0, np.arange(n) * 30.0)
    xy = np.column_stack([x.ravel(), y.ravel()])
    if crooked:
        xy += random.integers(-9, 10, xy.shape)
    at = np.arange(n * n).reshape(n, n)
    u = np.concatenate([at[:, :-1].ravel(), at[:-1].ravel(), [0]])
    v = np.concatenate([at[:, 1:].ravel(), at[1:].ravel(), [n * n - 1]])
    return np.stack([xy[u], xy[v]], axis=1)


@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(2, 6),
    seed=st.integers(0, 1000),
    crooked=st.booleans(),
    limit_m=st.sampled_from([5.0, 15.0, 60.0, np.inf]),
)
def test_from_the_edges_as_from_the_places(n, seed, crooked, limit_m):
    index = edge_index(network_of(streets(n, seed, crooked=crooked)))
    random = np.random.default_rng(seed)
    xy = random.integers(-30, 40 * n, (200, 2)).astype(float)
    with pytest.MonkeyPatch.context() as patch:
        few, many, _ = both(patch, index, xy, limit_m)
    for field in FIELDS:
        np.testing.assert_array_equal(getattr(few, field), getattr(many, field), strict=True)


@pytest.mark.parametrize("limit_m", [0.0, 0.25, 0.7, 1.0])
def test_a_limit_shorter_than_edges_look_is_kept(monkeypatch, limit_m):
    index = edge_index(network_of(streets(5, 3, crooked=True)))
    xy = np.random.default_rng(0).uniform(-5, 165, (3000, 2))
    few, many, _ = both(monkeypatch, index, xy, limit_m)
    assert (limit_m > 0) == few.is_snapped.any()
    for field in FIELDS:
        np.testing.assert_array_equal(getattr(few, field), getattr(many, field), strict=True)


def test_places_in_the_middle_of_a_block_are_ties(monkeypatch):
    index = edge_index(network_of(streets(5, 0, crooked=False)))
    x, y = np.meshgrid(np.arange(0, 160, 10.0), np.arange(0, 120, 7.5))
    xy = np.column_stack([x.ravel(), y.ravel()])
    few, many, looked = both(monkeypatch, index, xy, 200.0)
    assert looked > 0
    for field in FIELDS:
        np.testing.assert_array_equal(getattr(few, field), getattr(many, field), strict=True)
