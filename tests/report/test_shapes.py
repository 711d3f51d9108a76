"""Shapes for drawing: neighbours keep one border, nothing is lost, the text is small."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.report.shapes import as_point, as_rings, simplified


def mosaic(n, seed):
    """Tile a square of 10 km with polygons whose common borders have many corners."""
    random = np.random.default_rng(seed)
    dots = shapely.MultiPoint(random.uniform(0, 10_000, (n, 2)))
    square = shapely.box(0, 0, 1e4, 1e4)
    tiles = shapely.get_parts(shapely.voronoi_polygons(dots, extend_to=square))
    borders = shapely.union_all(shapely.boundary(shapely.intersection(tiles, square)))

    def bend(xy):
        x = xy[:, 0] + 40 * np.sin(xy[:, 1] / 170)
        return np.column_stack([x, xy[:, 1] + 40 * np.sin(x / 190)])

    lines = shapely.transform(shapely.segmentize(shapely.get_parts(borders), 60), bend)
    return shapely.get_parts(shapely.polygonize(lines))


def whole(rings):
    """Read rings back as the page does."""
    shapes = []
    for ring in rings:
        corners = np.cumsum(np.reshape(ring, (-1, 2)), axis=0)
        shapes.append(shapely.Polygon(corners))
    area = shapes[0]
    for shape in shapes[1:]:
        area = area.symmetric_difference(shape)  # the even-odd rule
    return area


@settings(max_examples=6, deadline=None)
@given(st.integers(3, 20), st.integers(0, 1000))
def test_neighbours_keep_their_common_border(n, seed):
    tiles = mosaic(n, seed)
    before = shapely.get_num_coordinates(tiles).sum()
    budget = int(before // 3)
    small = simplified(tiles, vertices=budget)
    assert shapely.get_num_coordinates(small).sum() < before
    assert shapely.hausdorff_distance(tiles, small).max() < 10 * 10_000 / 800
    assert not shapely.is_empty(small).any()
    together = shapely.union_all(small)
    assert together.area == pytest.approx(shapely.area(small).sum(), rel=1e-9)  # no overlap
    holes = [len(part.interiors) for part in shapely.get_parts(together)]
    assert sum(holes) == sum(len(p.interiors) for p in shapely.get_parts(shapely.union_all(tiles)))
    assert shapely.area(small).sum() == pytest.approx(shapely.area(tiles).sum(), rel=0.05)
    drawn = [whole(as_rings(shape, (0, 0))) for shape in small]
    overlap = sum(shapely.area(drawn)) - shapely.union_all(drawn).area
    assert overlap <= len(tiles)  # rounding is the same on both sides


def test_missing_and_empty_shapes_stay_and_nothing_small_is_lost():
    shapes = np.array(
        [None, shapely.Polygon(), shapely.box(0, 0, 3, 3), shapely.box(9, 9, 9e4, 9e4)]
    )
    small = simplified(shapes, vertices=4)
    assert small[0] is None
    assert shapely.is_empty(small[1])
    assert small[2].area > 0
    assert as_rings(None, (0, 0)) == []
    assert as_rings(shapely.Polygon(), (0, 0)) == []
    assert simplified(shapes[:2], vertices=4)[0] is None


def test_holes_parts_and_flat_rings():
    ring = shapely.Polygon(
        [(0, 0), (90, 0), (90, 90), (0, 90)], holes=[[(10, 10), (20, 10), (20, 20), (10, 20)]]
    )
    both = shapely.MultiPolygon(
        [ring, shapely.box(200, 0, 290, 90), shapely.box(500, 0, 500.2, 50)]
    )
    rings = as_rings(both, (0, 0))
    assert len(rings) == 3  # the sliver of 20 cm is flat in whole metres
    assert whole(rings).area == 90 * 90 - 100 + 90 * 90
    assert len(as_rings(shapely.box(0, 0, 0.2, 0.2), (0, 0))) == 1
    assert as_point(1234.5, 99.4, (1000, 100)) == (234, -1)


def test_the_given_shapes_are_not_changed():
    tiles = mosaic(5, 1)
    before = shapely.to_wkb(tiles)
    simplified(tiles, vertices=30)
    assert (shapely.to_wkb(tiles) == before).all()
