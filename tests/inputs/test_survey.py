"""Which cells have their centre in a unit: against GEOS, point by point."""

import numpy as np
import pyproj
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.inputs.survey import sides_of, survey
from capacity.population import PopulationGrid, RasterWindow, transform_of

SHAPE = (30, 27)


def polygons_of(rng, n):
    """Discs, some with a hole, some of two pieces, some run round the other way; they overlap."""
    found = []
    for middle in rng.random((n, 2)) * 30:
        one = shapely.Point(middle).buffer(0.3 + rng.random() * 10, quad_segs=3)
        if rng.random() < 0.5:
            one = shapely.difference(one, shapely.Point(middle + 0.3).buffer(rng.random() * 3))
        if rng.random() < 0.3:
            one = shapely.union_all([one, shapely.Point(rng.random(2) * 30).buffer(2)])
        found.append(one if rng.random() < 0.5 else one.reverse())
    return np.array([one for one in found if not one.is_empty], dtype=object)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(0, 6),
    turned=st.sampled_from([0.0, 0.0, 4.0]),
    down=st.sampled_from([-1.0, 1.0]),
)
def test_people_and_gaps_in_polygons_are_those_of_centres_inside(seed, n, turned, down):
    rng = np.random.default_rng(seed)
    polygons = polygons_of(rng, n)
    step = Affine.translation(-2.1, 33.2 if down < 0 else -1.3)
    step = step @ Affine.rotation(turned) @ Affine.scale(0.7 + rng.random(), down)
    window = RasterWindow(step, (40, 40), int(rng.integers(0, 10)), int(rng.integers(0, 10)))
    people, lost = rng.integers(1, 9, SHAPE).astype(float), rng.random(SHAPE) < 0.3
    people[lost] = 0.0
    grid = PopulationGrid(
        {"population": people},
        transform_of(window),
        pyproj.CRS(4547),
        {"population": lost},
        window,
    )
    row, column = np.indices(SHAPE) + 0.5
    x, y = grid.places(row + window.row, column + window.column)
    inside = shapely.intersects_xy(shapely.union_all(polygons), x, y)
    found = survey(grid, sides_of(polygons, step))
    assert found.people == people[inside].sum()
    assert found.no_data == (lost & inside).sum()


def people_in(grid, *polygons):
    return survey(grid, sides_of(np.array(polygons, dtype=object), grid.transform)).people


def test_a_centre_on_a_border_is_in_one_of_two_neighbours():
    people = {"population": np.ones((2, 2))}
    grid = PopulationGrid(people, Affine(100, 0, 0, 0, -100, 200), pyproj.CRS(4547))
    west, east = shapely.box(0, 0, 50, 200), shapely.box(50, 0, 200, 200)
    south, north = shapely.box(0, 0, 200, 150), shapely.box(0, 150, 200, 200)
    for pair in ((west, east), (south, north)):
        each = [people_in(grid, one) for one in pair]
        assert sum(each) == people_in(grid, *pair) == 4.0
