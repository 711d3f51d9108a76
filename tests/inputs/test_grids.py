import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.errors import InputError
from capacity.inputs.grids import as_grid, lattice_of_boxes, lattice_of_centres


def cells_of(transform, places, values, crs="EPSG:4547"):
    """Polygons of some cells of a grid; ``places`` are (column, row)."""
    col, row = np.array(places).T
    west, north = transform.c + transform.a * col, transform.f + transform.e * row
    east, south = west + transform.a, north + transform.e
    return gpd.GeoDataFrame(
        {"population": np.array(values, dtype=float)},
        geometry=shapely.box(west, south, east, north),
        crs=crs,
    )


@st.composite
def grids(draw):
    """A transform, the places of some cells with one in each corner, and their people."""
    n_rows, n_cols = draw(st.integers(2, 12)), draw(st.integers(2, 12))
    places = draw(
        st.sets(st.tuples(st.integers(0, n_cols - 1), st.integers(0, n_rows - 1)), max_size=40)
    )
    places |= {(0, 0), (n_cols - 1, n_rows - 1)}
    order = draw(st.permutations(sorted(places)))
    side = draw(st.sampled_from([0.08333333299999879, 0.000833333333, 100.0, 250.0]))
    x0 = draw(st.sampled_from([0.0, 112.665416231, 500_000.0]))
    y0 = draw(st.sampled_from([1.0, 34.34125006401004, 3_800_000.0]))
    values = draw(st.lists(st.integers(0, 999), min_size=len(order), max_size=len(order)))
    return Affine(side, 0, x0, 0, -side, y0), (n_rows, n_cols), order, values


@given(grids())
@settings(max_examples=60, deadline=None)
def test_grid_detection_round_trip(made):
    transform, shape, places, values = made
    grid = as_grid(cells_of(transform, places, values), ["population"])
    expected = np.zeros(shape)
    for (col, row), value in zip(places, values, strict=True):
        expected[row, col] = value
    assert grid is not None
    assert grid.values["population"].tolist() == expected.tolist()
    assert np.allclose(tuple(grid.transform), tuple(transform), rtol=1e-9)


def test_missing_cells_are_zero_and_the_crs_stays():
    cells = cells_of(Affine(10, 0, 0, 0, -10, 20), [(0, 0), (2, 1)], [5, 7], crs="EPSG:4326")
    grid = as_grid(cells, ["population"])
    assert grid.values["population"].tolist() == [[5, 0, 0], [0, 0, 7]]
    assert grid.crs.to_epsg() == 4326
    assert tuple(grid.transform)[:6] == (10, 0, 0, 0, -10, 20)


def test_doubled_cells():
    cells = cells_of(Affine(10, 0, 0, 0, -10, 20), [(0, 0), (1, 0), (0, 0)], [5, 7, 9])
    with pytest.raises(InputError) as caught:
        as_grid(cells, ["population"])
    assert str(caught.value) == (
        "the population grid has cells on top of each other\n"
        "- rows 1, 3: 2 cells on the place of another cell: their people would count twice. "
        "Keep one row per cell, or add them up."
    )


def box(*bounds):
    return shapely.box(*bounds)


@pytest.mark.parametrize(
    "polygons",
    [
        [box(0, 0, 10, 10), box(10, 0, 21, 10)],
        [box(0, 0, 10, 10), box(15, 0, 25, 10)],
        [box(0, 0, 10, 10), shapely.Polygon([(10, 0), (20, 0), (20, 10), (12, 10)])],
        [box(0, 0, 10, 10), shapely.Polygon([(15, 0), (20, 5), (15, 10), (10, 5)])],
        [box(0, 0, 10, 10), shapely.Point(15, 5)],
        [box(0, 0, 10, 10), None],
        [box(0, 0, 10, 10), box(1e7, 1e7, 1e7 + 10, 1e7 + 10)],
        [],
    ],
    ids=[
        "unequal",
        "off the lattice",
        "not a rectangle",
        "turned",
        "a point",
        "nothing",
        "too sparse",
        "empty",
    ],
)
def test_what_is_no_grid(polygons):
    cells = gpd.GeoDataFrame({"population": np.ones(len(polygons))}, geometry=polygons, crs=4547)
    assert as_grid(cells, ["population"]) is None


def test_tolerance_is_a_millionth_of_the_side():
    boxes = np.array([[0, 0, 10, 10], [20, 0, 30, 10], [10 + 5e-6, 0, 20 + 5e-6, 10]], dtype=float)
    assert lattice_of_boxes(boxes) is not None
    boxes[2, ::2] += 10e-6
    assert lattice_of_boxes(boxes) is None


def test_centres():
    lattice = lattice_of_centres(np.array([50.0, 250.2]), np.array([150.0, 50.0]), 100)
    assert lattice.shape == (2, 3)
    assert lattice.col.tolist() == [0, 2]
    assert lattice.row.tolist() == [0, 1]
    assert tuple(lattice.transform)[:6] == (100, 0, 0, 0, -100, 200)
    assert lattice_of_centres(np.array([50.0, 260.0]), np.array([150.0, 50.0]), 100) is None
    assert lattice_of_centres(np.zeros(0), np.zeros(0), 100) is None
