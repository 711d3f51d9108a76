"""Straight line or walking network, speed or national distances: who is in reach under each setting.

One street and a bridge 400 m to the west. The facilities stand at 0. A lives 100 m along the street;
D lives across the river, 60 m off as the crow flies and 400 + 60 + 400 = 860 m on foot.
"""

from dataclasses import replace
from decimal import Decimal

import geopandas as gpd
import pytest
from shapely import LineString, Point, box

from capacity import Parameters, assess, load_norms, study_area
from capacity.assess.circles import limits_of
from capacity.errors import InputError
from capacity.norms.walking import national_distances
from capacity.reach.interface import StraightReach
from capacity.report.labels import translate
from tests import towns

NORMS = load_norms("zhengzhou", on="2025-12-31")
RADIUS = "zhengzhou.plan2023.childcare.service_circle_radius"
TIME = "zhengzhou.sports.fitness_circle_minutes"
TIME_OLDER = "zhengzhou.elder_care.service_circle_minutes"
STREETS = [
    LineString([(-400, 0), (500, 0)]),
    LineString([(-400, 0), (-400, 60)]),
    LineString([(-400, 60), (0, 60)]),
]


def result(*, network=STREETS, **parameters):
    facilities = gpd.GeoDataFrame(
        {
            "facility_id": ["nursery", "gym", "home"],
            "service": ["childcare", "sports", "elder_care"],
            "places": [6.0, None, None],
        },
        geometry=[Point(0, 0)] * 3,
        crs=towns.CRS,
    )
    area = study_area(
        towns.units([box(-500, -500, 600, 500)], main_urban=[True], urban=[True]),
        towns.cells(
            [Point(100, 0), Point(0, 60)],
            [1000.0, 500.0],
            under_3=[30.0, 15.0],
            age_60_plus=[200.0, 100.0],
        ),
        facilities,
        network=gpd.GeoDataFrame(geometry=network, crs=towns.CRS) if network else None,
        name="example",
        code="root",
        data_date="2025-12-31",
        unit_type="street",
        crs=towns.CRS,
        parameters=Parameters(**parameters),
    )
    return assess(area, NORMS)


def row(found, norm_id, measure):
    rows = found.findings
    rows = rows[(rows["norm_id"] == norm_id) & (rows["measure"] == measure)]
    return rows[(rows["unit_code"] == "A") & (rows["rollup"] == "unit")].iloc[0]


def in_reach(found):
    return (
        row(found, RADIUS, "population")["existing"],
        row(found, TIME, "population")["existing"],
        row(found, TIME_OLDER, "age_60_plus")["existing"],
    )


@pytest.fixture(scope="module")
def as_written():
    return result()


def test_a_radius_is_straight_and_a_time_is_walked_in_one_run(as_written):
    # 60 m ≤ 300 m; 860 m ≤ 15 × 60 × 1.2 = 1,080 m; 860 m > 15 × 60 × 0.8 = 720 m
    assert in_reach(as_written) == (1500, 1500, 200)
    assert (
        "reading: straight line; radius: 300 m" in row(as_written, RADIUS, "population")["method"]
    )
    for measure, norm_id, metres in (
        ("population", TIME, "walking speed: 1.2 m/s; walking distance: 1080 m"),
        ("age_60_plus", TIME_OLDER, "walking speed: 0.8 m/s; walking distance: 720 m"),
    ):
        method = row(as_written, norm_id, measure)["method"]
        assert "reading: walking network" in method
        assert metres in method


@pytest.mark.parametrize(
    ("norm_id", "reading", "covered"),
    [
        # straight: D is 60 m off and A 100 m; a distance that is met exactly counts
        (RADIUS, "straight line", {50: 0, 59: 0, 60: 500, 99: 500, 100: 1500, 300: 1500}),
        # on foot: A 100 m, D 860 m
        (TIME, "walking network", {99: 0, 100: 1000, 859: 1000, 860: 1500, 1080: 1500}),
    ],
)
def test_the_curve_steps_where_people_are(as_written, norm_id, reading, covered):
    curve = as_written.coverage_curve(norm_id, metres=covered)
    assert curve.reading == reading
    assert dict(zip(curve.points["metres"], curve.points["covered"], strict=True)) == covered
    assert curve.points["share"].tolist() == [people / 1500 for people in covered.values()]
    assert curve.limit_m == max(covered)
    assert (curve.facilities, curve.unit_codes) == (1, ("A",))


def test_both_along_the_network():
    found = result(reach="network")
    assert in_reach(found) == (1000, 1500, 200)
    method = row(found, RADIUS, "population")["method"]
    assert "reading: walking network; network: network; walking distance: 300 m" in method


def test_both_straight_even_with_a_network():
    found = result(reach="straight")
    # older people: 720 / 1.3 = 554 m
    assert in_reach(found) == (1500, 1500, 300)
    method = row(found, TIME_OLDER, "age_60_plus")["method"]
    assert (
        "reading: straight line; walking speed: 0.8 m/s; detour factor: 1.3; radius: 554 m"
        in method
    )


@pytest.mark.parametrize("reach", ["as_written", "network", "straight"])
def test_without_a_network_every_setting_is_straight(reach):
    assert in_reach(result(network=None, reach=reach)) == (1500, 1500, 300)


def test_explain_and_allocation_follow_the_reading(as_written):
    # 6 places, and 6 per 1,000 people: 9 asked for by those in reach straight, 6 on foot
    parts = ["capacity_limited", "without_capacity", "out_of_reach"]
    on_foot = result(reach="network")
    straight = [row(as_written, RADIUS, part)["existing"] for part in parts]
    walked = [row(on_foot, RADIUS, part)["existing"] for part in parts]
    assert straight == pytest.approx([6, 3, 0])
    assert walked == pytest.approx([6, 0, 3])
    assert as_written.explain("A", RADIUS).cells["metres"].tolist() == [100, 60]
    assert as_written.explain("A", TIME).cells["metres"].tolist() == [100, 860]
    assert on_foot.explain("A", RADIUS).cells["metres"].tolist() == [100, 860]


def test_nobody_is_called_off_a_network_that_no_norm_is_measured_along():
    off = {"walking.people_off", "walking.facilities_off"}
    far = [LineString([(-400, 300), (500, 300)])]
    assert off <= set(result(network=far).quality["code"])
    assert not off & set(result(network=far, reach="straight").quality["code"])


# --- national walking distances ---------------------------------------------------------------


def test_the_distances_are_those_of_the_standard():
    # norms-semantics section 2(e): 800–1000, 500 and 300 m for 15, 10 and 5 minutes
    found = national_distances()
    assert found.standard == "GB 50180-2018"
    assert dict(found.by_minutes) == {
        Decimal(15): (800, 1000),
        Decimal(10): (500, 500),
        Decimal(5): (300, 300),
    }


def test_the_lower_end_of_the_national_distance_unless_asked():
    # 860 m > 800 m, and 860 m ≤ 1,000 m, for people of every age
    assert in_reach(result(walking_preset="national")) == (1500, 1000, 200)
    upper = result(walking_preset="national", walking_range="upper")
    assert in_reach(upper) == (1500, 1500, 300)
    method = row(upper, TIME, "population")["method"]
    words = "walking distance for 15 min by GB 50180-2018: upper end of 800–1000 m"
    assert f"{words}; walking distance: 1000 m" in method
    assert translate(words, "zh") == "15分钟步行距离(GB 50180-2018):800–1000米,取上限"


def test_national_distances_are_walks_also_along_the_straight_line():
    # 800 / 1.3 = 615 m
    found = result(walking_preset="national", reach="straight", detour_factor=1.3)
    assert (
        "lower end of 800–1000 m; detour factor: 1.3; radius: 615 m"
        in row(found, TIME, "population")["method"]
    )
    # 800 / 9 = 89 m < 100 m ≤ 1000 / 9 = 111 m
    far = {"walking_preset": "national", "reach": "straight", "detour_factor": 9.0}
    assert in_reach(result(**far))[1] == 500
    assert in_reach(result(**far, walking_range="upper"))[1] == 1500


def test_a_time_that_the_standard_leaves_out_is_by_speed():
    norm = next(norm for norm in NORMS.norms if norm.id == TIME)
    minutes = {
        5: (300 / 1.3, "walking distance for 5 min by GB 50180-2018: 300 m"),
        10: (500 / 1.3, "walking distance for 10 min by GB 50180-2018: 500 m"),
        20: (1440 / 1.3, "no distance for 20 min in GB 50180-2018; walking speed: 1.2 m/s"),
    }
    for number, (metres, words) in minutes.items():
        limit = limits_of(
            replace(norm, value=Decimal(number)),
            StraightReach(None, 1.3),
            Parameters(walking_preset="national"),
        )["population"]
        assert limit.metres == pytest.approx(metres)
        assert limit.words == f"{words}; detour factor: 1.3; radius: {metres:.0f} m"
    told = translate("no distance for 20 min in GB 50180-2018", "zh")
    assert told == "GB 50180-2018无20分钟步行距离,按步行速度"


def test_an_unknown_setting_in_memory_is_refused():
    with pytest.raises(InputError) as told:
        result(reach="foot", walking_preset="gb")
    assert [str(fault) for fault in told.value.faults] == [
        ("column parameters.reach: unknown reach 'foot'. Known: as_written, network, straight."),
        ("column parameters.walking_preset: unknown walking_preset 'gb'. Known: speed, national."),
    ]
