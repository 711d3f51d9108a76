"""Areas of cells against geodesics of another library's making."""

import numpy as np
import pyproj
import pytest
import shapely
from affine import Affine

from capacity.inputs.cells import ground_areas_km2
from capacity.population import PopulationGrid, cell_areas_km2


def geodesic_km2(crs, polygon):
    """Area by Karney's algorithm of a polygon whose edges are cut finely enough to stay straight."""
    bounds = shapely.total_bounds(polygon)
    fine = shapely.segmentize(polygon, float(bounds[2] - bounds[0]) / 200)
    back = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    degrees = shapely.transform(
        fine, lambda xy: np.column_stack(back.transform(xy[:, 0], xy[:, 1]))
    )
    return abs(crs.get_geod().geometry_area_perimeter(degrees)[0]) / 1e6


def corner(transform, column, row):
    return (
        transform @ (column, row) if hasattr(transform, "__matmul__") else transform * (column, row)
    )


def cell(transform, row, column):
    ring = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)]
    return shapely.Polygon([corner(transform, *place) for place in ring])


@pytest.mark.parametrize(
    ("code", "transform"),
    [
        (4326, Affine(1 / 12, 0, 113.0, 0, -1 / 12, 35.0)),  # 10 km
        (4490, Affine(1 / 1200, 0, 113.0, 0, -1 / 1200, 35.0)),  # 100 m
        (4326, Affine(0.01, 0.002, 113.0, 0.002, -0.01, 35.0)),  # turned
        (4547, Affine(100, 0, 350_000, 0, -100, 3_800_000)),
        (4547, Affine(80, 60, 500_000, 60, -80, 3_800_000)),  # turned
        (3414, Affine(100, 0, 20_000, 0, -100, 40_000)),
        (3857, Affine(1000, 0, 12_700_000, 0, -1000, 4_100_000)),
        (2263, Affine(500, 0, 980_000, 0, -500, 200_000)),  # feet
    ],
)
def test_cells_have_their_area_on_the_ground(code, transform):
    crs = pyproj.CRS(code)
    grid = PopulationGrid({"population": np.zeros((90, 120))}, transform, crs)
    areas = np.broadcast_to(cell_areas_km2(grid), grid.shape)
    places = [(0, 0), (89, 119), (41, 77), (89, 0)]
    expected = [geodesic_km2(crs, cell(transform, *place)) for place in places]
    assert [areas[place] for place in places] == pytest.approx(expected, rel=1e-7)
    polygons = np.array([cell(transform, *place) for place in places], dtype=object)
    assert ground_areas_km2(polygons, crs) == pytest.approx(expected, rel=1e-4)


def test_one_row_or_column_of_cells():
    crs, transform = pyproj.CRS(4547), Affine(100, 0, 500_000, 0, -100, 3_800_000)
    many = PopulationGrid({"population": np.zeros((70, 70))}, transform, crs)
    for shape in ((1, 1), (1, 70), (70, 1)):
        few = PopulationGrid({"population": np.zeros(shape)}, transform, crs)
        part = cell_areas_km2(many)[: shape[0], : shape[1]]
        assert cell_areas_km2(few) == pytest.approx(part, rel=1e-12)
