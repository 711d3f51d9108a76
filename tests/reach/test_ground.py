"""What squares of ground say of all who start there is what is found by asking one by one."""

import dataclasses
from decimal import Decimal

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely import Point, box

from capacity.demand import demand
from capacity.reach import ground
from capacity.reach.ground import DOUBTFUL, IN, OUT, ground_of
from capacity.reach.walking import WalkingReach, WalkingRules
from tests import towns
from tests.reach.networks import network, street_grid

WHOLE = towns.units([box(-5000, -5000, 5000, 5000)])
# a barrier that nobody meets: squares say nothing then, and everybody is asked
NOWHERE = (box(1e6, 1e6, 1e6 + 1, 1e6 + 1),)


def town(seed, *, one_way=0.2, waits=False):
    """Streets of a town, some of them one-way, with a third of them left out."""
    rng = np.random.default_rng(seed)
    lines = street_grid(8, jitter=20, seed=seed)
    lines = [line for line in lines if rng.random() < 0.7]
    columns = {"one_way": list(rng.random(len(lines)) < one_way)}
    if waits:
        columns["crossing"] = list(rng.random(len(lines)) < 0.3)
    return network(lines, **columns), rng


def two_reaches(net, people, **rules):
    cells = towns.cells([Point(xy) for xy in people], np.ones(len(people)))
    by_squares = WalkingReach(cells, net, WalkingRules(**rules))
    barred = dataclasses.replace(net, barriers=NOWHERE)
    return demand(cells, WHOLE), by_squares, WalkingReach(cells, barred, WalkingRules(**rules))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    side=st.sampled_from([5.0, 15.0, 40.0]),
    metres=st.integers(0, 900),
    snap_limit_m=st.sampled_from([0.0, 20.0, 60.0, 200.0]),
    waits=st.booleans(),
    with_area=st.booleans(),
)
@example(seed=1, side=5.0, metres=600, snap_limit_m=60.0, waits=True, with_area=True)
def test_squares_say_what_asking_everybody_finds(
    seed, side, metres, snap_limit_m, waits, with_area
):
    net, rng = town(seed, waits=waits)
    people = rng.uniform(-300, 1100, (120, 2))
    facilities = list(shapely.points(rng.uniform(-300, 1100, (4, 2))))
    if with_area:
        corner = rng.uniform(-300, 900, 2)
        facilities.append(box(*corner, *(corner + rng.uniform(20, 300, 2))))
    places = np.array(facilities, dtype=object)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ground, "_SIDE_M", side)
        where, quick, slow = two_reaches(
            net, people, snap_limit_m=snap_limit_m, crossing_wait_s=20.0 if waits else 0.0
        )
        limit = dataclasses.replace(quick.of_metres(Decimal(metres)), speed_m_s=1.1)
        shares = [reach.share(where, WHOLE, places, limit) for reach in (quick, slow)]
        pairs = [reach.pairs(where, WHOLE, places, limit) for reach in (quick, slow)]
        counts = [reach.count(where, WHOLE) for reach in (quick, slow)]
        off = [reach.off_rows(where, WHOLE) for reach in (quick, slow)]
    np.testing.assert_array_equal(*shares)
    for name in ("row", "facility", "cost", "share"):
        np.testing.assert_array_equal(*(getattr(each, name) for each in pairs), err_msg=name)
    assert counts[0] == counts[1]
    for name in ("share", "metres"):
        np.testing.assert_array_equal(*(getattr(each, name) for each in off), err_msg=name)


def test_only_who_is_in_doubt_is_snapped():
    # a street of 4 km with the facility at its western end: in reach of 2 km is who lives along
    # its western half; people live 10 m from it
    lines = [[(x, 0), (x + 50, 0)] for x in range(0, 4000, 50)]
    people = np.column_stack([np.arange(5, 4000, 10.0), np.full(400, 10.0)])
    door = np.array([Point(0, 0)], dtype=object)
    where, quick, slow = two_reaches(network(lines), people)
    limit = quick.of_metres(Decimal(2000))
    found = [reach.share(where, WHOLE, door, limit) for reach in (quick, slow)]
    assert found[0].tolist() == found[1].tolist() == [1.0] * 199 + [0.0] * 201
    asked = []
    snap = quick._snap
    again = WalkingReach(quick.population, quick.network)
    again._snap = lambda xy: asked.append(xy[:, 0]) or snap(xy)
    again.share(where, WHOLE, door, limit)
    asked = np.concatenate([x for x in asked if len(x) > 1])
    assert 0 < len(asked) < 80
    assert (np.abs(asked - 2000) < 400).all()


def test_a_square_is_near_only_if_all_of_it_is_and_far_only_if_none_of_it_is():
    rng = np.random.default_rng(3)
    net, _ = town(3)
    streets = shapely.union_all(shapely.linestrings(net.segments.reshape(-1, 2, 2)))
    xy = rng.uniform(-800, 1600, (4000, 2))
    gap = shapely.distance(shapely.points(xy), streets)
    for limit in (30.0, 150.0, 500.0):
        squares = ground_of(net, limit)
        at = squares.squares_of(xy)
        far = squares.far[at]
        assert (gap[far] > limit).all()
        # and they say so of most
        assert far[gap > 1.5 * limit + 150].all()
        for metres, near in squares.near.items():
            assert metres <= limit
            assert (gap[near.ravel()[at]] <= metres).all()
            assert near.ravel()[at][gap < metres - 130].all()


def test_boxes_mark_every_square_that_they_meet():
    net, rng = town(5)
    squares = ground_of(net, 100.0)
    low = rng.uniform(-500, 1200, (6, 2))
    high = low + rng.uniform(0, 300, (6, 2))
    mask = squares.boxes(np.hstack([low, high])).ravel()
    for start, end in zip(low, high, strict=True):
        inside = rng.uniform(start, end, (50, 2))
        assert mask[squares.squares_of(inside)].all()
    assert not mask.all()


def test_wide_networks_have_larger_squares(monkeypatch):
    net, _ = town(7)
    monkeypatch.setattr(ground, "_MOST_SQUARES", 100)
    squares = ground_of(net, 100.0)
    assert squares.side_m > 80
    assert len({OUT, IN, DOUBTFUL}) == 3
