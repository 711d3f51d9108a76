"""The 300 m circle of the norms' semantics, § 2 (b), on streets; and why it is as it is."""

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString, Point, box

from capacity import Parameters, assess, load_norms, study_area
from capacity.assess.rejects import COLUMNS
from capacity.errors import NormError
from capacity.report.labels import translate
from capacity.vocabulary import OFF_NETWORK
from tests import towns

NORMS = load_norms("zhengzhou", on="2025-12-31")
CIRCLE = next(norm for norm in NORMS.norms if norm.kind == "coverage_radius")
TIME = next(norm for norm in NORMS.norms if norm.kind == "coverage_time")

# One street. F1 at 0 and F2 at 530 m; A is 100 m from F1, B 250 m from F1 and 280 m from F2, and C
# 310 m from F2. D lives across the river from F1, 60 m off as the crow flies; F1 is 560 m away.
STREET = [LineString([(-100, 0), (1000, 0)])]
BRIDGE = [LineString([(-100, 0), (-100, 60)]), LineString([(-100, 60), (100, 60)])]
PEOPLE = {"A": (100, 0), "B": (250, 0), "C": (840, 0)}
PEOPLE_D = {**PEOPLE, "D": (0, 60)}


def town(people, *, network=STREET, residents=(1200.0, 800.0, 1000.0), park=None, **parameters):
    facilities = gpd.GeoDataFrame(
        {
            "facility_id": ["F1", "F2", "far"],
            "name": ["甲", "乙", "丙"],
            "service": "childcare",
            "places": [8.0, 3.0, 0.0],
        },
        geometry=[Point(0, 0), Point(530, 0), Point(90_000, 90_000)],
        crs=towns.CRS,
    )
    if park is not None:
        facilities.loc[0, "geometry"] = park
    edges = None if network is None else gpd.GeoDataFrame(geometry=network, crs=towns.CRS)
    return study_area(
        towns.units([box(-500, -500, 1500, 500)], unit_name=["甲街道"], main_urban=[True]),
        towns.cells([Point(xy) for xy in people.values()], list(residents)),
        facilities.iloc[:2],
        network=edges,
        name="example",
        code="root",
        data_date="2025-12-31",
        unit_type="street",
        crs=towns.CRS,
        parameters=Parameters(**parameters),
    )


@pytest.fixture(scope="module")
def result():
    return assess(town(PEOPLE, reach="network"), NORMS)


def measures(result, norm=CIRCLE):
    found = result.findings
    rows = found[(found["norm_id"] == norm.id) & (found["unit_code"] == "A")]
    return rows[rows["rollup"] == "unit"].set_index("measure")


def test_the_worked_example_on_foot(result):
    found = measures(result)
    assert found.loc["population", "existing"] == 2000
    assert found.loc["population", "share"] == pytest.approx(2000 / 3000)
    table = result.allocation(CIRCLE.id)
    row = table[(table["unit_code"] == "A") & (table["rollup"] == "unit")].iloc[0]
    assert row["demand"] == pytest.approx(18.0)
    assert row["served"] == pytest.approx(11.0)
    assert row["without_capacity"] == pytest.approx(1.0)
    assert row["out_of_reach"] == pytest.approx(6.0)


def test_who_is_served_by_what_and_who_is_not(result):
    why = result.explain("A", CIRCLE.id)
    pd.testing.assert_frame_equal(
        why.facilities,
        pd.DataFrame(
            {
                "facility_id": ["F1", "F2"],
                "name": ["甲", "乙"],
                "people": [2000.0, 800.0],
                "nearest_people": [2000.0, 0.0],
                "metres": [(1200 * 100 + 800 * 250) / 2000, 280.0],
                # 18 asked for; 7.2 and 0.8 + 3 are given (norms-semantics section 2(b))
                "places": [8.0, 3.0],
                "places_used": [8.0, 3.0],
            }
        ),
        check_dtype=False,
    )
    assert why.cells["status"].tolist() == ["in reach", "in reach", "too far"]
    assert why.out_of_reach[["people", "nearest_id", "metres"]].to_numpy().tolist() == [
        [1000.0, "F2", 310.0]
    ]
    assert why.cells["in_reach"].sum() == measures(result).loc["population", "existing"]
    # the whole area is explained by its streets
    assert result.explain("root", CIRCLE.id).cells["people"].sum() == 3000


def test_the_river_on_foot_and_straight():
    residents = (1200.0, 800.0, 1000.0, 400.0)
    streets = [*STREET, *BRIDGE]
    on_foot = assess(town(PEOPLE_D, network=streets, residents=residents, reach="network"), NORMS)
    why = on_foot.explain("A", CIRCLE.id)
    # 100 m west, 60 m over the bridge, 100 m back east: within 300 m
    assert why.cells["metres"].tolist() == [100, 250, 310, 260]
    straight = assess(town(PEOPLE_D, network=streets, residents=residents, reach="straight"), NORMS)
    assert straight.explain("A", CIRCLE.id).cells["metres"].tolist() == [100, 250, 310, 60]
    assert "reading: straight line" in straight.explain("A", CIRCLE.id).method


def test_minutes_are_walked_along_the_network_at_the_speed_of_the_group(result):
    method = measures(result, TIME).loc["population", "method"]
    assert "reading: walking network" in method
    assert "walking speed: 1.2 m/s; walking distance: 1080 m" in method


def test_a_cell_with_no_way_to_anywhere_says_so():
    # as many nodes as the street, so that neither part is left out as too small
    island = [STREET[0], LineString([(-50, 60), (100, 60)])]
    area = town(PEOPLE_D, network=island, residents=(1200.0, 800.0, 1000.0, 400.0), reach="network")
    assert "walking.disconnected" in {fault.code for fault in area.faults}
    cells = assess(area, NORMS).explain("A", CIRCLE.id).cells
    assert cells["status"].tolist() == ["in reach", "in reach", "too far", "no way"]
    assert [translate(word, "zh") for word in cells["status"].unique()] == [
        "在服务圈内",
        "超出距离",
        "无路可达",
    ]
    assert np.isnan(cells["metres"].iloc[3])
    assert cells["nearest_id"].iloc[3] == ""
    assert cells["out_of_reach"].iloc[3] == 400


def test_what_cannot_be_explained_says_why(result):
    other = next(norm for norm in NORMS.norms if not norm.kind.startswith("coverage"))
    with pytest.raises(NormError, match=f"{other.id} is of kind {other.kind}; what is explained"):
        result.explain("A", other.id)
    with pytest.raises(NormError, match="does not measure age_6"):
        result.explain("A", CIRCLE.id, group="age_6")
    with pytest.raises(KeyError, match="no unit X"):
        result.explain("X", CIRCLE.id)
    with pytest.raises(KeyError, match="no norm x in this selection"):
        result.explain("A", "x")


@pytest.mark.parametrize(
    ("street", "amount", "who"),
    [
        # five cells of 100 m in each street; the census of the district leaves nobody for the second
        ([(0, 50), (300, 50)], np.nan, "an unknown number of people in 5 cells live"),
        (
            [(-350, 50), (1, 50)],
            180,
            "180 people in 3 cells and an unknown number of people in 5 cells live",
        ),
        ([(600, 50), (1000, 50)], 240, "240 people in 4 cells live"),
    ],
)
def test_unknown_people_off_the_network_are_neither_nobody_nor_nan(street, amount, who):
    units = towns.units(
        [box(0, 0, 500, 100), box(500, 0, 1000, 100)],
        ["S1", "S2"],
        unit_type="street",
        parent_code="D",
    )
    area = study_area(
        units,
        towns.grid([[100.0] * 10], top=100.0),
        towns.points([(250, 50)], service=["childcare"], places=[3.0]),
        census=pd.DataFrame({"unit_code": ["S1", "D"], "population": [300, 200]}),
        network=gpd.GeoDataFrame(geometry=[LineString(street)], crs=towns.CRS),
        name="D",
        code="D",
        type="district",
        data_date="2025-12-31",
        parameters=Parameters(reach="network"),
        sparsely_populated=True,
    )
    found = assess(area, NORMS).quality.set_index("code").loc["walking.people_off"]
    assert found["message"].startswith(f"{who} more than 200 m from the walking network")
    np.testing.assert_equal(float(found["amount"]), amount)


def test_people_and_facilities_off_the_network_are_named():
    # C is 310 m from F2, and both are more than 200 m from a street that ends at 300 m
    short = [LineString([(-100, 0), (300, 0)])]
    found = assess(town(PEOPLE, network=short, reach="network"), NORMS)
    quality = found.quality.set_index("code")
    assert quality.loc["walking.people_off", "amount"] == 1000
    assert quality.loc["walking.facilities_off", "message"] == (
        "more than 200 m from the walking network in 1 of 2 rows: the straight line times 1.3 is taken "
        "to them."
    )
    table = found.off_network.drop(columns="reason_zh").fillna(-1).values.tolist()
    far = "beyond the snap limit"
    # 230 m to the end of the street from F2, and 540 m from C with its 1,000 people
    assert table == [
        ["facility", "F2", "乙", "childcare", "A", 530, 0, -1, 230, far],
        ["cell", "2", "", "", "A", 840, 0, 1000, 540, far],
    ]
    assert set(found.off_network["reason_zh"]) == {OFF_NETWORK[far]}
    # off the network: 280 m × 1.3 and 310 m × 1.3
    assert found.explain("A", CIRCLE.id).cells["metres"].round(6).tolist() == [100, 250, 403]
    method = measures(found).loc["population", "method"]
    assert "points off the network, by straight line × 1.3: 1 of 3" in method
    assert "facilities off the network, by straight line × 1.3: 1 of 2" in method


def test_what_barriers_cut_off_and_small_parts_are_listed():
    """A wall around F2 and C, and a path of 60 m behind them that nothing joins to the street."""
    street = [LineString([(x, 0), (x + 20, 0)]) for x in range(-100, 740, 20)]
    path = [LineString([(840, 30), (900, 30)])]
    walls = (box(300, 3, 760, 6), box(745, -60, 770, 60))
    area = town(PEOPLE, network=[*street, *path], reach="network")
    area = dataclasses.replace(area, network=dataclasses.replace(area.network, barriers=walls))
    shut = area.facilities.copy()
    shut.loc[shut["facility_id"] == "F2", "geometry"] = Point(530, 10)
    found = assess(dataclasses.replace(area, facilities=shut), NORMS)
    rows = found.off_network[["what", "id", "people", "metres", "reason"]].fillna(-1)
    assert rows.to_numpy().tolist() == [
        ["facility", "F2", -1, 10, "behind a barrier"],
        ["cell", "2", 1000, 100, "behind a barrier"],
        ["part", "2", -1, 60, "small part of the network"],
    ]
    warning = found.quality.set_index("code").loc["walking.facilities_barred"]
    assert warning["message"] == (
        "barriers between every entrance and the walking network in 1 of 2 rows: nobody reaches them."
    )
    assert found.explain("A", CIRCLE.id).cells["status"].tolist() == [
        "in reach",
        "in reach",
        "no way",
    ]


def test_cells_where_nobody_lives_are_not_off_the_network():
    short = [LineString([(-100, 0), (300, 0)])]
    found = assess(
        town(PEOPLE, network=short, residents=(1200.0, 800.0, 0.0), reach="network"), NORMS
    )
    assert found.off_network["what"].tolist() == ["facility"]


def test_without_walks_nothing_is_off_the_network():
    for found in (
        assess(town(PEOPLE, network=STREET, reach="straight"), NORMS),
        assess(town(PEOPLE, reach="network"), NORMS),
    ):
        assert found.off_network.empty
        assert found.off_network.columns.tolist() == list(COLUMNS)


def test_a_facility_that_is_an_area_is_reached_at_its_edge():
    # F1 is a yard of 200 m to the west of A, whose middle is 300 m from A and its edge 200 m
    park = box(-300, -50, -100, 50)
    on_foot = assess(town(PEOPLE, park=park, reach="network"), NORMS)
    why = on_foot.explain("A", CIRCLE.id)
    assert why.cells["metres"].tolist() == [200, 280, 310]
    assert on_foot.area.facilities["outline"].iloc[0].equals(park)
    straight = assess(town(PEOPLE, park=park, reach="straight"), NORMS)
    assert straight.explain("A", CIRCLE.id).cells["metres"].tolist() == [200, 280, 310]
    # within 300 m of the middle of the yard is only A; of its edge B is too
    covered = measures(straight).loc["population"]
    assert covered["existing"] == measures(on_foot).loc["population", "existing"]


def test_given_entrances_of_a_facility_are_the_only_ones():
    gates = shapely.MultiPoint([(-100, 0), (150, 0)])
    why = assess(town(PEOPLE, park=gates, reach="network"), NORMS).explain("A", CIRCLE.id)
    assert why.cells["metres"].tolist() == [50, 100, 310]


def test_a_unit_that_reaches_nothing_is_explained_too():
    far = {name: (x + 9000, y) for name, (x, y) in PEOPLE.items()}
    units = towns.units([box(8000, -500, 10_500, 500)], unit_name=["甲街道"], main_urban=[True])
    area = dataclasses.replace(
        town(PEOPLE, reach="straight"),
        population=towns.cells([Point(xy) for xy in far.values()], [1.0, 2.0, 3.0]),
        units=town(PEOPLE).units.assign(geometry=[None, *units.geometry]),
    )
    why = assess(area, NORMS).explain("A", CIRCLE.id)
    assert why.facilities.empty
    assert why.cells["status"].tolist() == ["too far"] * 3
    assert why.cells["metres"].tolist() == [8570, 8720, 9310]
