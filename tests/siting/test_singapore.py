"""A real case: the childcare circle of a planning area of Singapore to nine tenths of its people."""

import numpy as np
import pyproj
import pytest
import shapely
from scipy.spatial import cKDTree

from capacity.siting.plan import site
from tests.siting.singapore import CIRCLE, CRS, FOLDER, NEEDS, asked, norms, singapore

RADIUS_M = 300.0
EACH_WAY = 8
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=NEEDS)


@pytest.fixture(scope="module")
def plan():
    """Plan for Bukit Merah; the whole of Singapore is ``python -m tests.benchmarks.singapore``."""
    return site(singapore("BUKIT MERAH"), norms(), asked(0.9))


def counted(area, facilities):
    """Count the share of people within the radius of a facility from points in every cell."""
    grid = area.population
    step = (np.arange(EACH_WAY) + 0.5) / EACH_WAY
    row, column = np.nonzero(grid.values["population"])
    x, y = np.broadcast_arrays(
        column[:, None, None] + step[:, None], row[:, None, None] + step[None, :]
    )
    at = grid.transform
    move = pyproj.Transformer.from_crs(4326, CRS, always_xy=True).transform
    east, north = move(at.c + at.a * x.ravel(), at.f + at.e * y.ravel())
    people = np.repeat(grid.values["population"][row, column], EACH_WAY**2)
    inside = shapely.contains_xy(area.units.geometry.union_all(), east, north)
    xy = np.column_stack([facilities.geometry.x, facilities.geometry.y])
    apart, _ = cKDTree(xy).query(np.column_stack([east, north])[inside])
    return people[inside][apart <= RADIUS_M].sum() / people[inside].sum()


def test_nine_tenths_are_in_reach_and_no_site_is_spare(plan):
    assert plan.unmet.empty
    assert plan.status in {"optimal", "within gap"}
    (row,) = plan.norms.to_dict("records")
    before, after = plan.before.area, plan.after.area
    assert row["share_before"] == pytest.approx(counted(before, before.facilities), abs=0.003)
    assert row["share_after"] == pytest.approx(counted(after, after.facilities), abs=0.003)
    assert row["share_before"] < 0.8
    assert row["share_after"] >= 0.9
    # without any one of the new centres the share would not be reached
    assert plan.value == len(plan.proposals) > 1
    for spare in plan.proposals["facility_id"]:
        rest = after.facilities[after.facilities["facility_id"] != spare]
        assert counted(after, rest) < 0.903


def test_the_curve_passes_the_share_where_the_plan_does(plan):
    own = plan.curve[plan.curve["norm_id"].eq(CIRCLE)].set_index("n_sites")
    number = int(plan.value)
    # adding one site after the other is never better than the least, and nothing beats the bound
    assert own.loc[number - 1, "share"] < 0.9
    assert own.loc[number, "share_at_most"] >= 0.9
    assert own["share"].is_monotonic_increasing
    assert (own["share"] <= own["share_at_most"] + 1e-9).all()
    (knee,) = plan.knees.to_dict("records")
    assert knee["each_before"] > 2 * knee["each_after"]
