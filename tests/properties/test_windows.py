"""What is computed of a window of a raster is, to the last digit, what the whole raster gives."""

import dataclasses

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.demand import demand, known_share
from capacity.population import PopulationGrid, cell_areas_km2, transform_of
from capacity.reach.sets import straight_sets
from capacity.reach.straight import straight_line, straight_pairs
from capacity.reach.walkers import walkers_of

METRIC = pyproj.CRS("EPSG:4547")
# where a raster of 97 × 83 cells of about 100 m lies, none of them at a round place
PLACES = {
    "metres": ("EPSG:4547", Affine(100.3, 0, 500_012.7, 0, -99.1, 3_808_003.3)),
    "degrees": ("EPSG:4490", Affine(1 / 1200, 0, 114.000137, 0, -1 / 1200, 34.3701)),
    "turned": ("EPSG:4547", Affine(80.1, 60.3, 500_012.7, 60.3, -80.1, 3_804_003.3)),
    "south up": ("EPSG:4547", Affine(100.3, 0, 500_012.7, 0, 99.1, 3_800_003.3)),
}
SHAPE = (97, 83)
SIX = settings(max_examples=6)


def raster(place):
    rng = np.random.default_rng(7)
    people = np.where(rng.random(SHAPE) < 0.2, 0.0, rng.random(SHAPE) * 40)
    code, transform = PLACES[place]
    unknown = {"population": rng.random(SHAPE) < 0.05}
    return PopulationGrid({"population": people}, transform, pyproj.CRS(code), unknown)


def polygon_at(grid, rng, rows, columns):
    """A jagged unit between some rows and columns of the grid, in metres."""
    angle = np.sort(rng.uniform(0, 2 * np.pi, 11))
    away = rng.uniform(0.55, 0.99, 11)
    middle, half = np.mean([columns, rows], axis=1), np.ptp([columns, rows], axis=1) / 2
    column, row = middle[:, None] + half[:, None] * away * np.array([np.cos(angle), np.sin(angle)])
    x, y = grid.places(row, column)
    if grid.crs.is_geographic:
        x, y = pyproj.Transformer.from_crs(grid.crs, METRIC, always_xy=True).transform(x, y)
    return shapely.make_valid(shapely.Polygon(np.column_stack([x, y])))


@st.composite
def windows(draw):
    """A window of at least 20 × 20 cells, and a seed for what is in it."""
    top = draw(st.integers(0, SHAPE[0] - 20))
    left = draw(st.integers(0, SHAPE[1] - 20))
    height = draw(st.integers(20, SHAPE[0] - top))
    width = draw(st.integers(20, SHAPE[1] - left))
    return top, left, height, width, draw(st.integers(0, 2**32 - 1))


def cut_window(grid, row, column, n_rows, n_columns):
    """Return some rows and columns of a grid, which know their place in the raster."""
    rows, columns = slice(row, row + n_rows), slice(column, column + n_columns)
    whole = grid.raster
    window = dataclasses.replace(whole, row=whole.row + row, column=whole.column + column)
    return PopulationGrid(
        values={group: array[rows, columns] for group, array in grid.values.items()},
        transform=transform_of(window),
        crs=grid.crs,
        unknown={group: array[rows, columns] for group, array in grid.unknown.items()},
        window=window,
    )


def scene(place, window):
    """Two units inside the window, facilities in and around it, the raster and its window."""
    top, left, height, width, seed = window
    grid, rng = raster(place), np.random.default_rng(seed)
    half = width // 2
    columns = [(left + 1.0, left + half - 0.5), (left + half - 0.5, left + width - 1.0)]
    rows = (top + 1.0, top + height - 1.0)
    polygons = [polygon_at(grid, rng, rows, span) for span in columns]
    units = gpd.GeoDataFrame({"unit_code": ["A", "B"]}, geometry=polygons, crs=METRIC)
    west, south, east, north = units.total_bounds
    xy = rng.uniform([west - 500, south - 500], [east + 500, north + 500], (12, 2))
    points = np.asarray(shapely.points(xy), dtype=object)
    return grid, cut_window(grid, top, left, height, width), units, points


def same(some, other):
    assert np.array_equal(np.asarray(some), np.asarray(other), equal_nan=True)


def in_raster(grid, cell):
    row, column = grid.in_raster(cell)
    return row * grid.raster.shape[1] + column


@pytest.mark.parametrize("place", PLACES)
@SIX
@given(window=windows())
def test_people_and_reach_are_the_same_in_every_window(place, window):
    grid, part, units, points = scene(place, window)
    whole, own = demand(grid, units), demand(part, units)
    same(whole.cell, in_raster(part, own.cell))
    same(whole.unit, own.unit)
    same(whole.fraction, own.fraction)
    same(whole.people(), own.people())
    same(whole.by_unit(), own.by_unit())
    same(known_share(grid, units), known_share(part, units))
    assert own.by_unit().min() > 0
    for reach in (straight_line, straight_pairs, straight_sets):
        one = reach(grid, whole, units, points, 450.0)
        two = reach(part, own, units, points, 450.0)
        for name in ("share", "cost", "facility", "row", "starts"):
            same(getattr(one, name, 0), getattr(two, name, 0))
        same(one if reach is straight_line else 0, two if reach is straight_line else 0)
    some = np.unique(own.cell)
    here, there = (
        walkers_of(part, some, METRIC, 50.0),
        walkers_of(grid, in_raster(part, some), METRIC, 50.0),
    )
    same(here.xy, there.xy)


@pytest.mark.parametrize("place", PLACES)
@SIX
@given(window=windows())
def test_areas_of_cells_are_the_same_in_every_window(place, window):
    top, left, height, width, _ = window
    grid = raster(place)
    whole = np.broadcast_to(cell_areas_km2(grid), SHAPE)[top : top + height, left : left + width]
    part = cut_window(grid, top, left, height, width)
    same(whole, np.broadcast_to(cell_areas_km2(part), part.shape))


def test_a_window_of_a_window_is_one_of_the_raster():
    grid = raster("metres")
    once, twice = (
        cut_window(grid, 15, 12, 20, 30),
        cut_window(cut_window(grid, 5, 10, 60, 60), 10, 2, 20, 30),
    )
    same(once.values["population"], twice.values["population"])
    same(once.unknown["population"], twice.unknown["population"])
    assert (once.window, once.transform) == (twice.window, twice.transform)
    assert once.transform.almost_equals(grid.transform @ Affine.translation(12, 15))


def test_people_beyond_the_window_are_not_there():
    grid = raster("metres")
    everywhere = gpd.GeoDataFrame(
        {"unit_code": ["A"]}, geometry=[shapely.box(4e5, 37e5, 6e5, 39e5)], crs=METRIC
    )
    part = cut_window(grid, 70, 60, 999, 999)
    assert part.shape == (27, 23)
    assert demand(part, everywhere).by_unit()["A"] == pytest.approx(part.total(), rel=1e-12)
