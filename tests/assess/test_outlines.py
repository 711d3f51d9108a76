"""Outlines of groups of grid cells, against those that GDAL draws of one group at a time."""

import numpy as np
import pyproj
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rasterio.features import shapes
from scipy.ndimage import label

from capacity.assess.outlines import grid_outlines
from capacity.population import PopulationGrid

TO_MAP = Affine(100.0, 0.0, 500_000.0, 0.0, -100.0, 3_800_000.0)


def groups_of(mask):
    labels, n = label(mask)
    return [np.flatnonzero(labels.ravel() == k + 1) for k in range(n)]


def outlines(groups, shape):
    grid = PopulationGrid({"population": np.zeros(shape)}, TO_MAP, pyproj.CRS(4547))
    starts = np.concatenate([[0], np.cumsum([len(g) for g in groups])]).astype(np.int64)
    cells = np.concatenate([*groups, np.empty(0, np.int64)]).astype(np.int64)
    return grid_outlines(grid, cells, starts)


def by_gdal(group, shape):
    mask = np.isin(np.arange(shape[0] * shape[1]), group).reshape(shape).astype(np.uint8)
    ((outline, _),) = shapes(mask, mask=mask == 1, connectivity=4, transform=TO_MAP)
    return shapely.geometry.shape(outline)


@settings(max_examples=60)
@given(arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.booleans()))
def test_all_groups_at_once_are_what_gdal_draws_one_by_one(mask):
    groups = groups_of(mask)
    for group, mine in zip(groups, outlines(groups, mask.shape), strict=True):
        assert mine.is_valid
        peer = shapely.normalize(by_gdal(group, mask.shape))
        assert shapely.equals_exact(shapely.normalize(mine), peer, 0)


def test_a_hole_that_touches_the_outside_at_a_corner_stays_a_hole():
    # a ring of cells about (1, 1) that is open at no side, but touches itself at a corner
    mask = np.array([[1, 1, 1, 0], [1, 0, 1, 0], [1, 1, 0, 1], [0, 1, 1, 1]], dtype=bool)
    (mine,) = outlines(groups_of(mask), mask.shape)
    assert mine.is_valid
    assert mine.area == mask.sum() * 10_000
    assert len(mine.interiors) == 2


@pytest.mark.parametrize("n", [0, 1])
def test_no_group_and_one_cell(n):
    found = outlines([np.array([5])] * n, (3, 4))
    assert [one.bounds for one in found] == [(500_100.0, 3_799_800.0, 500_200.0, 3_799_900.0)] * n
