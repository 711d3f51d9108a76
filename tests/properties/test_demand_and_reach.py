"""Properties of splitting people and of reach that hold for every town."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from shapely import affinity, box

from capacity.demand import demand
from capacity.fractions import cell_fractions
from capacity.reach.straight import straight_line
from tests import towns
from tests.covers import covers

people = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=7),
    elements=st.integers(0, 5000).map(lambda n: n / 8),
)
spot = st.tuples(st.integers(-300, 900), st.integers(-300, 900))
spots = st.lists(spot, min_size=0, max_size=6)
radius = st.integers(10, 600)
cut = st.integers(1, 499)


def slices(width, height, at):
    """Cut a rectangle along slanted lines into three units that tile it."""
    a, b = sorted(at)
    left = shapely.Polygon([(0, 0), (a, 0), (b, height), (0, height)])
    right = shapely.Polygon([(a, 0), (width, 0), (width, height), (b, height)])
    lower = shapely.intersection(right, box(0, 0, width, height / 3))
    return [left, lower, shapely.difference(right, lower)]


def covered(population, area, facilities, radius_m):
    where = demand(population, area)
    share = straight_line(population, where, area, facilities.geometry.to_numpy(), radius_m)
    assert ((share >= 0) & (share <= 1)).all()
    return where.sum_by_unit(where.people() * share)


@given(people, st.tuples(cut, cut))
def test_people_are_conserved(values, at):
    grid = towns.grid(values, under_3=values / 32)
    where = demand(grid, towns.units(slices(500, 450, at)))
    table = where.conservation()
    for group in ("population", "under_3"):
        row = table.loc[group]
        assert row["people_in"] == values.sum() * (1 if group == "population" else 1 / 32)
        assert abs(row["difference"]) <= 1e-9 * max(1.0, row["people_in"])


@pytest.mark.parametrize("inside", [box(30, 30, 470, 420), box(0, 0, 500, 450), None])
def test_a_part_that_touches_the_raster_from_outside_has_nobody_and_does_no_harm(inside):
    # at sides, at corners, and along the whole of a side
    west, east, south, north = (-200, 0), (500, 700), (-300, 0), (450, 800)
    spans = [(x, y) for x in (west, (100, 230), east) for y in (south, (40, 333), north)]
    spans += [(x, (0, 450)) for x in (west, east)] + [((0, 500), y) for y in (south, north)]
    grid = towns.grid(np.full((9, 10), 5.0), cell=50)
    for (x0, x1), (y0, y1) in spans:
        touching = box(x0, y0, x1, y1)
        if touching.intersection(box(0, 0, 500, 450)).area > 0:
            continue
        parts = [touching, *([] if inside is None else [inside])]
        found = demand(grid, towns.units([shapely.MultiPolygon(parts)])).by_unit().iloc[0]
        assert found == pytest.approx(0 if inside is None else inside.area / 50**2 * 5, abs=1e-4)


@given(people, st.tuples(cut, cut))
def test_grid_and_polygon_cells_split_alike(values, at):
    rows, cols = values.shape
    boxes = [
        box(c * 100, (rows - 1 - r) * 100, c * 100 + 100, (rows - r) * 100)
        for r in range(rows)
        for c in range(cols)
    ]
    area = towns.units(slices(500, 450, at))
    by_grid = demand(towns.grid(values), area).by_unit()
    by_cells = demand(towns.cells(boxes, values.ravel()), area).by_unit()
    np.testing.assert_allclose(by_grid, by_cells, rtol=1e-5, atol=1e-5 * values.max())


@given(people, spots, radius, st.tuples(cut, cut))
@settings(max_examples=60)
def test_coverage_lies_between_nobody_and_everybody(values, xy, radius_m, at):
    grid, area = towns.grid(values), towns.units(slices(700, 700, at))
    found = covered(grid, area, towns.points(xy), radius_m)
    everyone = demand(grid, area).by_unit()
    assert (found <= everyone * (1 + 1e-9)).all()
    if not xy:
        assert (found == 0).all()
    whole = covered(grid, area, towns.points([(350, 350)]), 1e5)
    np.testing.assert_allclose(whole, everyone, rtol=1e-9)


@covers("property", "coverage_radius")
@given(people, spots, spot, radius, st.integers(0, 100))
@settings(max_examples=60)
def test_one_more_facility_or_metre_never_lowers_coverage(values, xy, extra, radius_m, more):
    grid, area = towns.grid(values), towns.units(slices(700, 700, (200, 400)))
    before = covered(grid, area, towns.points(xy), radius_m)
    slack = 1e-6 * values.sum()
    assert (covered(grid, area, towns.points([*xy, extra]), radius_m) >= before - slack).all()
    assert (covered(grid, area, towns.points(xy), radius_m + more) >= before - slack).all()


@given(people, st.lists(spot, min_size=1, max_size=6), radius, st.randoms())
@settings(max_examples=40)
def test_order_does_not_matter(values, xy, radius_m, random):
    grid, area = towns.grid(values), towns.units(slices(700, 700, (200, 400)))
    before = covered(grid, area, towns.points(xy), radius_m)
    shuffled = list(xy)
    random.shuffle(shuffled)
    after = covered(grid, area.iloc[[2, 0, 1]], towns.points(shuffled), radius_m)
    np.testing.assert_allclose(after.loc[before.index], before, rtol=1e-6, atol=1e-6)


@given(people, spots, radius, st.integers(-400, 400), st.integers(-400, 400))
@settings(max_examples=40)
def test_moving_the_whole_town_changes_nothing(values, xy, radius_m, dx, dy):
    area = towns.units(slices(700, 700, (200, 400)))
    before = covered(towns.grid(values), area, towns.points(xy), radius_m)
    moved = towns.grid(values, x0=dx * 1000.0, top=len(values) * 100.0 + dy * 1000)
    polygons = [affinity.translate(p, dx * 1000, dy * 1000) for p in area.geometry]
    spots_moved = [(x + dx * 1000, y + dy * 1000) for x, y in xy]
    after = covered(moved, towns.units(polygons), towns.points(spots_moved), radius_m)
    np.testing.assert_allclose(after, before, rtol=1e-5, atol=1e-5 * max(1, values.sum()))


@given(people, spots, radius, cut)
@settings(max_examples=40)
def test_splitting_a_unit_in_two_keeps_its_sums(values, xy, radius_m, at):
    grid, facilities = towns.grid(values), towns.points(xy)
    whole = towns.units([box(0, 0, 700, 700)])
    halves = towns.units([box(0, 0, at, 700), box(at, 0, 700, 700)])
    np.testing.assert_allclose(
        demand(grid, halves).by_unit().sum(), demand(grid, whole).by_unit().sum(), rtol=1e-9
    )
    np.testing.assert_allclose(
        covered(grid, halves, facilities, radius_m).sum(),
        covered(grid, whole, facilities, radius_m).sum(),
        rtol=1e-5,
        atol=1e-5 * max(1, values.sum()),
    )


@pytest.mark.parametrize("kind", ["grid", "polygons", "points"])
def test_inputs_are_not_modified(kind):
    values = np.arange(49.0).reshape(7, 7)
    boxes = [
        box(c * 100, r * 100, c * 100 + 100, r * 100 + 100) for r in range(7) for c in range(7)
    ]
    population = {
        "grid": towns.grid(values),
        "polygons": towns.cells(boxes, values.ravel()),
        "points": towns.cells(shapely.centroid(boxes), values.ravel()),
    }[kind]
    area = towns.units(slices(700, 700, (200, 400)))
    facilities = towns.points([(100, 100)])
    held = values.copy()
    area_held, facilities_held = area.copy(), facilities.copy()
    covered(population, area, facilities, 300)
    np.testing.assert_array_equal(values, held)
    pd.testing.assert_frame_equal(area, area_held)
    pd.testing.assert_frame_equal(facilities, facilities_held)


@pytest.mark.parametrize("n_columns", [127, 128, 129, 130])
def test_the_last_cell_of_a_unit_counts_whatever_its_number(n_columns):
    """Numbers of cells are held in as few bytes as they need: 128 is one more than fits one byte."""
    whole = towns.units([box(0, 0, 100 * n_columns, 100)])
    where = demand(towns.grid(np.full((1, n_columns), 3.0)), whole)
    assert where.by_unit().tolist() == [3.0 * n_columns]


def test_units_that_overlap_count_nobody_twice():
    area = towns.units([box(0, 0, 100, 100), box(50, 0, 150, 100)])
    where = demand(towns.grid([[80.0, 40.0]]), area)
    assert where.by_unit().sum() == pytest.approx(80 + 20)
    # half of the first cell lies in both units: its 40 people would have been counted twice
    assert where.overlap["population"] == pytest.approx(40)
    assert abs(where.conservation().loc["population", "difference"]) < 1e-9


def test_a_cell_across_the_border_is_cut_at_the_circle_and_at_the_border():
    # One cell of 100 people, 80 of them in A on the left, 20 in B on the right. The circle around
    # the left edge has a radius of 50 m: of A it holds the half disc and of B nothing.
    area = towns.units([box(0, 0, 80, 100), box(80, 0, 100, 100)])
    grid = towns.grid([[100.0]])
    found = covered(grid, area, towns.points([(0, 50)]), 50)
    half_disc = 0.5 * np.pi * 50**2
    assert found.loc["A"] == pytest.approx(half_disc / 100, rel=1e-4)
    assert found.loc["B"] == 0


def test_a_spike_of_no_width_covers_nothing():
    # The spike reaches down into the only cell from a polygon that lies above it.
    spiked = shapely.Polygon([(322, 450), (500, 450), (500, 150), (227 + 1 / 3, 150), (180, 0)])
    grid = towns.grid([[0.0, 0.0, 100.0]])
    assert demand(grid, towns.units([spiked])).by_unit().tolist() == [0.0]


@pytest.mark.parametrize(
    "shape",
    [
        shapely.LineString([(0, 0), (100, 100)]),
        shapely.GeometryCollection([shapely.Point(50, 50), shapely.LineString([(0, 0), (9, 9)])]),
        shapely.Polygon(),
        None,
    ],
)
def test_what_has_no_area_covers_nothing(shape):
    found = cell_fractions(towns.grid([[100.0]]), np.array([shape], dtype=object), towns.CRS)
    assert found.fraction.tolist() == []


def test_a_unit_that_only_touches_a_circle_has_nobody_in_reach():
    area = towns.units([box(0, 0, 100, 100), box(100, 0, 200, 100)])
    grid = towns.grid([[10.0, 10.0]])
    found = covered(grid, area, towns.points([(300, 50)]), 100)
    # the circle is drawn as a polygon whose corners stray 0.04 % beyond it
    assert found.tolist() == pytest.approx([0.0, 0.0], abs=1e-3)


@covers("boundary", "coverage_radius")
def test_points_at_exactly_the_radius_count():
    cells = towns.cells([shapely.Point(180, 240), shapely.Point(180.001, 240)], [7.0, 5.0])
    area = towns.units([box(-1, -1, 1000, 1000)])
    assert covered(cells, area, towns.points([(0, 0)]), 300).tolist() == [7.0]


def test_no_units_and_no_cells_give_empty_results_of_the_same_types():
    grid = towns.grid([[1.0]])
    empty_units = towns.units([]).astype({"unit_code": "str"})
    none = demand(grid, empty_units)
    assert none.by_unit().empty
    some = demand(grid, towns.units([box(0, 0, 1, 1)]))
    assert none.to_frame().dtypes.astype(str).equals(some.to_frame().dtypes.astype(str))
    empty_cells = towns.cells([], [])
    where = demand(empty_cells, towns.units([box(0, 0, 1, 1)]))
    assert where.by_unit().to_dict() == {"A": 0.0}
