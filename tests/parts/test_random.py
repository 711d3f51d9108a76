"""Random towns in random parts: overlapping units, cells cut by borders, facilities at the edge of reach."""

import itertools
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from capacity import walking_network
from capacity.assess.context import Context
from capacity.assess.pockets import KEPT
from capacity.assess.run import assess
from capacity.norms.catalogue import load_norms
from capacity.parts.plan import around, coarser, parts
from capacity.parts.run import answers_in_parts
from capacity.parts.split import split
from capacity.study_area import Parameters, study_area
from tests import towns
from tests.parts.alike import assert_alike
from tests.parts.now import Now

CIRCLE = "zhengzhou.plan2023.childcare.service_circle_radius"
PLACES = "zhengzhou.plan2023.childcare.places_per_thousand_street"
# A town of people at points and sports grounds.
GROUNDS = {
    "service": "sports",
    "unit_type": "street",
    "code": "T",
    "data_date": "2025-12-31",
    "sparsely_populated": True,
    "population_no_data": "zero",
}
NORMS = load_norms("zhengzhou", on="2025-12-31").choose(CIRCLE, PLACES)


def town(people, cuts, spots, *, overlap=0.0, as_cells=False, allocation="optimal"):
    """Streets side by side, cut where ``cuts`` says, on a grid of cells of 100 m."""
    n_rows, n_columns = people.shape
    edges = [0.0, *sorted(cuts), 100.0 * n_columns]
    shapes = [
        box(max(0.0, west - overlap), 0, east, 100.0 * n_rows)
        for west, east in itertools.pairwise(edges)
    ]
    units = towns.units(shapes, [f"S{number}" for number in range(len(shapes))], main_urban=True)
    grid = towns.grid(people, x0=0.0, top=100.0 * n_rows)
    population = grid
    if as_cells:
        at = [(row, column) for row in range(n_rows) for column in range(n_columns)]
        squares = [
            box(100 * c, 100 * (n_rows - r - 1), 100 * c + 101, 100 * (n_rows - r)) for r, c in at
        ]
        population = towns.cells(squares, people.ravel())
    facilities = towns.points(spots, places=[float(5 + n % 7) for n in range(len(spots))])
    return study_area(
        units,
        population,
        facilities,
        service="childcare",
        unit_type="street",
        name="town",
        code="T",
        data_date="2025-12-31",
        sparsely_populated=True,
        parameters=Parameters(allocation=allocation),
    )


# no shrinking: an assessment takes too long for hundreds of them
@settings(max_examples=8, deadline=None, phases=[Phase.reuse, Phase.generate])
@given(
    people=st.lists(st.integers(0, 900), min_size=24, max_size=24),
    cuts=st.builds(
        lambda numbers, more: [40.0 * number + more for number in numbers],
        st.lists(st.integers(2, 18), min_size=2, max_size=4, unique=True),
        st.floats(-20, 20),
    ),
    spots=st.lists(
        st.tuples(st.floats(-400, 1200), st.floats(-400, 700)), min_size=1, max_size=6, unique=True
    ),
    overlap=st.sampled_from([0.0, 0.3]),
    as_cells=st.booleans(),
    allocation=st.sampled_from(["optimal", "nearest"]),
    n_parts=st.integers(2, 5),
)
def test_random_towns_are_alike(people, cuts, spots, overlap, as_cells, allocation, n_parts):
    layer = np.array(people, dtype=float).reshape(3, 8) / 7
    area = town(layer, cuts, spots, overlap=overlap, as_cells=as_cells, allocation=allocation)
    result = assess(area, NORMS, client=Now(), n_parts=n_parts)
    assert_alike(result, assess(area, NORMS))


@pytest.mark.parametrize("away", [299.9, 300.0, 300.1, 302.9, 303.1])
def test_a_facility_just_outside_a_part_serves_it_up_to_its_reach(away):
    # S1 begins at 400; the centre stands west of it in another part
    people = np.full((4, 8), 100.0)
    area = town(people, [400.0], [(400.0 - away, 200.0)])
    result = assess(area, NORMS, client=Now(), n_parts=2)
    assert_alike(result, assess(area, NORMS))
    found = result.findings
    row = found[(found["norm_id"] == CIRCLE) & (found["unit_code"] == "S1")].iloc[0]
    # the circle is drawn as a polygon of the circle's area, whose corners lie a little further out
    assert (row["existing"] > 0) == (away < 300.4)


def test_a_walk_downhill_reaches_further_than_its_metres():
    # 1,199 m to the sports ground, 5 % downhill: by Tobler 1,006 m on the level, of 1,080 m in 15 minutes;
    # S1 begins further away from it than those, in another part
    lines = [LineString([(100 * k, 50), (100 * k + 100, 50)]) for k in range(40)]
    hill = gpd.GeoDataFrame({"climb": 5.0}, index=range(40), geometry=lines, crs=towns.CRS)
    area = study_area(
        towns.units([box(0, 0, 1150, 100), box(1150, 0, 4000, 100)], ["S0", "S1"], main_urban=True),
        towns.cells([Point(50, 50), Point(1200, 50), Point(3000, 50)], [100.0, 100.0, 100.0]),
        towns.points([(1.0, 50.0)], places=[5.0]),
        name="hill",
        **GROUNDS,
        parameters=Parameters(reach="network", slope="tobler"),
    )
    area = replace(area, network=walking_network(hill, columns={"ascent": "climb"}))
    norms = load_norms("zhengzhou", on="2025-12-31").choose(
        "zhengzhou.sports.fitness_circle_minutes"
    )
    result = assess(area, norms, client=Now(), n_parts=2)
    assert result.findings.set_index("unit_code")["existing"]["S1"] == 100.0
    assert_alike(result, assess(area, norms))


def test_places_go_round_through_facilities_that_parts_share():
    # a chain: each centre is between two streets, so who gets a place in S0 depends on S3
    people = np.full((1, 16), 60.0)
    spots = [(400.0 * n, 50.0) for n in range(1, 4)]
    area = town(people, [400.0, 800.0, 1200.0], spots)
    result = assess(area, NORMS, client=Now(), n_parts=4)
    assert_alike(result, assess(area, NORMS))
    served = result.allocation(CIRCLE)
    assert served.loc[served["rollup"] == "unit", "served"].gt(0).all()


def test_of_many_pockets_the_largest_of_the_whole_area_are_drawn():
    # every second cell is empty, so each of the others is a pocket; many hold as many people
    people = np.add.outer(np.arange(24) * 2.0, np.arange(32) % 5 + 1.0)
    people[np.add.outer(np.arange(24), np.arange(32)) % 2 == 1] = 0.0
    area = town(people, [800.0, 1600.0, 2400.0], [(-5000.0, 0.0)])
    result = assess(area, NORMS, client=Now(), n_parts=4)
    assert_alike(result, assess(area, NORMS))
    found = result.pockets
    assert found.geometry.notna().sum() == KEPT
    assert found["pockets"].sum() == 24 * 32 / 2


def test_parts_hold_about_as_many_people_and_every_group_once():
    rng = np.random.default_rng(4)
    xy = rng.uniform(0, 1000, (200, 2))
    codes = [f"{number:03}" for number in range(200)]
    places = {code: Point(*at) for code, at in zip(codes, xy, strict=True)}
    people = dict(zip(codes, rng.lognormal(3, 1, 200), strict=True))
    boxes = {code: np.array([*at, *(at + 1)]) for code, at in zip(codes, xy, strict=True)}
    groups = [codes[:3], *([code] for code in codes[3:])]
    parts = split(groups, places, people, boxes, n_parts=8, most_cells=np.inf)
    assert sorted(code for part in parts for code in part) == codes
    assert any(set(codes[:3]) <= set(part) for part in parts)
    sums = pd.Series([sum(people[code] for code in part) for part in parts])
    assert len(parts) == 8
    assert sums.max() < 1.5 * sums.mean()
    # one along the other on a curve: a part is no wider than the area needs
    small = split(groups, places, people, boxes, n_parts=8, most_cells=120_000)
    assert len(small) > 8
    for part in small:
        around = np.array([boxes[code] for code in part])
        wide, high = around[:, 2:].max(axis=0) - around[:, :2].min(axis=0)
        assert wide * high <= 120_000 or len({*part} - set(codes[:3])) <= 1


def test_what_no_part_was_asked_is_never_computed_beside_them():
    area = town(np.full((2, 8), 50.0), [400.0], [(100.0, 100.0)])
    answers = answers_in_parts(area, NORMS, Now(), lambda found: found, n_parts=2)
    question = next(iter(answers.given))
    del answers.given[question]
    with pytest.raises(AssertionError, match="the parts were not asked"):
        answers.of(question, lambda: 1)


def test_the_largest_parts_come_first():
    area = town(np.full((4, 40), 50.0), [400.0, 800.0, 2600.0], [(100.0, 100.0)])
    context = Context(area, NORMS.norms)
    coarse = coarser(area.population, area.population.values["population"], 1)
    lying, cuts = around(context, coarse)(), [["S0"], ["S1"], ["S2"], ["S3"]]
    assert lying.people == pytest.approx([800.0, 800.0, 3600.0, 2800.0])
    assert [lying.size(codes) for codes in cuts] == pytest.approx([16.0, 16.0, 72.0, 56.0])
    made = parts([context], [], lying, cuts, [1, 3, 4], grid=None, network=None)
    assert [part.number for part in made] == [3, 4, 1]
