"""Places of a circle in an assessment: three parts per unit, from the norms selected."""

import dataclasses
import datetime as dt
import itertools
import re
from decimal import Decimal
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, Point, box

import capacity.example
from capacity import (
    InputError,
    Parameters,
    assess,
    capacity_limited_coverage,
    circle_coverage,
    load_norms,
    read_study_area,
    study_area,
)
from capacity.demand import demand
from capacity.findings import PARTS
from capacity.report.labels import translate
from capacity.vocabulary import ALLOCATIONS
from tests import towns
from tests.oracle import allocation as oracle

DATA = Path(capacity.example.__file__).parent / "data"
CIRCLE = "zhengzhou.plan2023.childcare.service_circle_radius"
PLACES = "zhengzhou.plan2023.childcare.places_per_thousand_street"


def norms(**overrides):
    chosen = load_norms("zhengzhou", on="2025-12-31", overrides=overrides or None)
    some = tuple(n for n in chosen.norms if n.id in {CIRCLE, PLACES})
    assert len(some) == 2
    return dataclasses.replace(chosen, norms=some)


def town(
    places=(8.0, 3.0),
    *,
    xy=((0, 0), (530, 0)),
    people=(1200.0, 800.0, 1000.0),
    west=-100,
    services=(),
    network=None,
    operator=None,
    **parameters,
):
    """The worked example of norm-semantics 2(b), cells as points, A and B in one street, C in another."""
    streets = [box(-500, -500, 700, 500), box(700, -500, 2000, 500)]
    units = towns.units(
        [box(-500, -500, 2000, 500), *streets],
        codes=["4101", "410101001", "410101002"],
        unit_name=["district", "west", "east"],
        unit_type=["district", "street", "street"],
        parent_code=["", "4101", "4101"],
        main_urban=[True, True, True],
    )
    cells = towns.cells(
        [Point(west, 0), Point(250, 0), Point(840, 0)], list(people), under_3=[36.0, 20.0, 30.0]
    )
    facilities = towns.points(
        list(xy),
        facility_id=[f"F{i + 1}" for i in range(len(xy))],
        service=["childcare"] * len(xy),
        places=list(places),
        operator=[""] * len(xy) if operator is None else list(operator),
    )
    return study_area(
        units,
        cells,
        facilities if len(xy) else None,
        name="town",
        data_date=dt.date(2025, 12, 31),
        services=services,
        network=network,
        parameters=Parameters(reach="network", **parameters),
    )


def parts(area, **overrides):
    found = assess(area, norms(**overrides)).allocation(CIRCLE)
    return found.set_index(["unit_code", "rollup"])


def test_the_worked_example():
    found = parts(town())
    columns = ["demand", *PARTS.values()]
    # A 7.2 from F1; B 0.8 from F1 and 3 from F2; C is 310 m from F2
    expect = {
        ("410101001", "unit"): [12.0, 11.0, 1.0, 0.0],
        ("410101002", "unit"): [6.0, 0.0, 0.0, 6.0],
        ("4101", "sum_of_units"): [18.0, 11.0, 1.0, 6.0],
        ("4101", "net"): [18.0, 11.0, 1.0, 6.0],
    }
    for key, numbers in expect.items():
        assert found.loc[key, columns].to_list() == pytest.approx(numbers, abs=1e-9), key
    assert found.loc[("4101", "net"), "share"] == pytest.approx(11 / 18)
    method = found["method"].iloc[0]
    assert "demand: 6 places per 1000 persons" in method
    assert "allocation: the most served, chances as even as can be" in method
    assert (found["status"] == "reported").all()


def test_the_need_follows_the_norm_and_not_the_code():
    found = parts(town(), **{PLACES: Decimal(3)})
    assert found.loc[("4101", "net"), "demand"] == pytest.approx(9.0)
    assert found.loc[("4101", "net"), "served"] == pytest.approx(6.0)


def test_a_circle_without_a_norm_of_places_is_about_people_only():
    chosen = norms()
    alone = tuple(n for n in chosen.norms if n.id == CIRCLE)
    result = assess(town(), dataclasses.replace(chosen, norms=alone))
    assert set(result.findings["measure"]) == {"population", "under_3"}
    with pytest.raises(KeyError, match="norms that do: none"):
        result.allocation(CIRCLE)


def test_with_ample_places_served_is_plain_coverage():
    area = town(places=(1e6, 1e6))
    result = assess(area, norms())
    table = result.findings.set_index(["unit_code", "rollup", "measure"])["share"]
    for key in (("410101001", "unit"), ("410101002", "unit"), ("4101", "net")):
        assert table[*key, "capacity_limited"] == pytest.approx(
            table[*key, "population"], abs=1e-12
        )
        assert table[*key, "without_capacity"] == 0


def test_unknown_and_zero_places_are_named_where_they_reach_someone():
    found = parts(town(places=(np.nan, 0.0)))
    west, east = found.loc[("410101001", "unit")], found.loc[("410101002", "unit")]
    assert (west["served"], west["without_capacity"]) == (0, 12)
    for words in (
        "facilities without places: 1 (F1)",
        "facilities with zero places: 1 (F2)",
        "served counts only places that are known",
    ):
        assert words in west["note"]
        assert words not in east["note"]
    assert "served counts only places that are known" in found.loc[("4101", "net"), "note"]


def test_if_no_facility_says_its_places_nothing_is_known():
    found = parts(town(places=(np.nan, np.nan)))
    assert (found["status"] == "no_data").all()
    assert found["served"].isna().all()
    assert "missing input: places of facilities" in found.loc[("410101001", "unit"), "note"]


def test_no_facility_serves_nobody_if_the_list_is_known_to_be_empty():
    found = parts(town(places=(), xy=(), services=["childcare"]))
    assert found.loc[("4101", "net"), ["served", "out_of_reach"]].to_list() == [0.0, 18.0]
    assert (parts(town(places=(), xy=()))["status"] == "no_data").all()


def test_a_facility_outside_every_unit_serves_and_is_named():
    # F1 is 1 m outside the district and 201 m from A; F2 has no place
    found = parts(town(places=(5.0, 0.0), xy=((-501, 0), (530, 0)), west=-300))
    west = found.loc[("410101001", "unit")]
    assert west[["served", "without_capacity"]].to_list() == pytest.approx([5.0, 7.0])
    assert "facilities outside every unit that serve people: 1 (F1)" in west["note"]
    assert "outside" not in found.loc[("410101002", "unit"), "note"]


def test_along_a_walking_network_the_same_places_serve_whoever_can_walk_there():
    # One street, as the crow flies: the worked example. With a river between B and F2, and no
    # bridge, the 3 places of F2 serve nobody: A 7.2 and B 0.8 share the 8 of F1, in even parts.
    street = [[(-500, 0), (0, 0)], [(0, 0), (250, 0)], [(250, 0), (530, 0)], [(530, 0), (1500, 0)]]
    joined = gpd.GeoDataFrame(geometry=[LineString(line) for line in street], crs=towns.CRS)
    found = parts(town(network=joined))
    assert found.loc[("4101", "net"), list(PARTS.values())].to_list() == pytest.approx([11, 1, 6])
    assert "reading: walking network" in found["method"].iloc[0]
    assert "allocation: the most served" in found["method"].iloc[0]
    ends = [(1500, 100 * k) for k in range(40)]
    far = [[a, b] for a, b in itertools.pairwise(ends)]  # so that neither bank is an island
    banks = [
        *[[(-500 - 10 * k, 0), (-510 - 10 * k, 0)] for k in range(40)],
        *street[:2],
        [(251, 0), (530, 0)],
        [(530, 0), (1500, 0)],
        *far,
    ]
    river = gpd.GeoDataFrame(geometry=[LineString(line) for line in banks], crs=towns.CRS)
    found = parts(town(network=river))
    assert found.loc[("4101", "net"), "served"] == pytest.approx(8.0)
    assert found.loc[("410101001", "unit"), "without_capacity"] == pytest.approx(4.0)


def test_parts_add_up_in_every_row():
    found = parts(town(places=(2.0, 1.0)))
    total = found[list(PARTS.values())].sum(axis=1)
    np.testing.assert_allclose(total, found["demand"], rtol=1e-12)


def test_the_example_district_gives_what_the_plain_function_gives():
    area = read_study_area(DATA / "area.toml")
    found = assess(area, norms()).allocation(CIRCLE)
    found = found[found["rollup"] == "unit"].set_index("unit_code")
    streets = area.units[area.units["unit_type"].isin(["street", "township"])]
    childcare = area.facilities[area.facilities["service"] == "childcare"]
    placed = childcare[~(childcare.geometry.isna() | childcare.geometry.is_empty)]
    plain = capacity_limited_coverage(
        area.population, placed, streets, radius_m=300, per_thousand=6
    )
    shown = found.index[found["status"] == "reported"]
    assert len(shown) >= 8
    columns = ["demand", *PARTS.values(), "share"]
    np.testing.assert_allclose(found.loc[shown, columns], plain.loc[shown, columns], atol=1e-5)
    in_order = capacity_limited_coverage(
        area.population,
        placed.assign(rank=np.arange(len(placed))),
        streets,
        radius_m=300,
        per_thousand=6,
        priority="rank",
    )
    assert in_order["served"].sum() <= plain["served"].sum() + 1e-9


# --- the plain function --------------------------------------------------------------------------


def grid_town():
    rng = np.random.default_rng(5)
    grid = towns.grid(rng.integers(0, 300, (9, 9)).astype(float))
    units = towns.units([box(0, 0, 431, 900), box(431, 0, 900, 900)])
    xy = rng.uniform(0, 900, (6, 2)).round()
    places = rng.integers(0, 12, 6).astype(float)
    return grid, towns.points(xy, places=places, rank=np.arange(6.0)), units


def test_plain_function_is_the_optimum_over_points():
    # a cell is a point at its centre here, which the oracle can enumerate
    grid, facilities, units = grid_town()
    people = grid.values["population"].ravel()
    at = [(c % 9 * 100 + 50, 850 - c // 9 * 100) for c in range(81)]
    cells = towns.cells([Point(x + 0.25, y) for x, y in at], people)
    found = capacity_limited_coverage(cells, facilities, units, radius_m=250, per_thousand=6)
    fxy = facilities.geometry.get_coordinates().to_numpy()
    reach = [
        {j for j, (fx, fy) in enumerate(fxy) if (x + 0.25 - fx) ** 2 + (y - fy) ** 2 <= 250**2}
        for x, y in at
    ]
    most = oracle.most_served(people * 0.006, reach, facilities["places"].to_numpy())
    assert found["served"].sum() == pytest.approx(most, abs=1e-6)
    assert found["demand"].sum() == pytest.approx(people.sum() * 0.006)


def test_no_method_serves_more_than_the_default_and_all_add_up():
    grid, facilities, units = grid_town()
    call = lambda **how: capacity_limited_coverage(  # noqa: E731
        grid, facilities, units, radius_m=300, per_thousand=20, **how
    )
    most, nearest, ranked = call(), call(nearest_only=True), call(priority="rank")
    methods = {how["method"].iloc[0] for how in (most, nearest, ranked)}
    assert len(methods) == 3
    for method in methods:
        assert not re.search("[A-Za-z]{2,}", translate(method, "zh"))
    assert nearest["served"].sum() < most["served"].sum()
    assert ranked["served"].sum() <= most["served"].sum() + 1e-9
    for found in (most, nearest, ranked):
        parts_ = found[["served", "without_capacity", "out_of_reach"]].sum(axis=1)
        np.testing.assert_allclose(parts_, found["demand"], rtol=1e-12)
        np.testing.assert_allclose(found["out_of_reach"], most["out_of_reach"], rtol=1e-9)


def test_plain_function_with_ample_places_is_circle_coverage():
    grid, facilities, units = grid_town()
    ample = facilities.assign(places=np.inf)
    found = capacity_limited_coverage(grid, ample, units, radius_m=300, per_thousand=1000)
    plain = circle_coverage(grid, facilities, units, radius_m=300)
    np.testing.assert_allclose(found["served"], plain["existing"], rtol=1e-6)
    assert (found["without_capacity"] == 0).all()


def test_closed_facilities_and_inputs():
    grid, facilities, units = grid_town()
    closed = facilities.assign(is_open=False)
    held = facilities.copy()
    found = capacity_limited_coverage(grid, closed, units, radius_m=300, per_thousand=6)
    assert found["served"].tolist() == [0.0, 0.0]
    np.testing.assert_allclose(found["out_of_reach"], demand(grid, units).by_unit() * 0.006)
    capacity_limited_coverage(grid, facilities, units, radius_m=300, per_thousand=6)
    pd.testing.assert_frame_equal(facilities, held)


def test_a_negative_capacity_is_refused():
    grid, facilities, units = grid_town()
    with pytest.raises(InputError, match="capacity"):
        capacity_limited_coverage(
            grid, facilities.assign(places=-1.0), units, radius_m=300, per_thousand=6
        )


def exactly(row):
    return [Decimal(str(row[name])) for name in PARTS.values()]


def test_parts_add_up_to_the_last_digit_in_units_and_in_sums():
    # thirds of places among numbers of people with decimals
    rows = [
        town(places=(a, b), people=(1234.567891 * a, 77.7 * b, 1000 / 3))
        for a, b in itertools.product((1, 2, 5), (1, 7))
    ]
    for area in rows:
        found = parts(area)
        for _, row in found.iterrows():
            assert sum(exactly(row)) == Decimal(str(row["demand"]))
            assert all(part >= 0 for part in exactly(row))
        units = [exactly(row) for _, row in found.xs("unit", level="rollup").iterrows()]
        for rollup in ("sum_of_units", "net"):
            summed = [sum(column) for column in zip(*units, strict=True)]
            assert exactly(found.loc[("4101", rollup)]) == summed


def test_served_beside_people_of_unknown_number_says_that_it_may_be_less():
    """The grid ends where the east begins; whoever lives there may take places that the west uses."""
    words = "served may be less"

    def west(xs, *, columns=12, rows=10):
        people = np.zeros((rows, columns))
        people[4, [4, 7]] = 1200.0, 800.0
        area = town(xy=[(x, 0) for x in xs], places=[3.0] * len(xs))
        grid = towns.grid(people, x0=-500.0, top=500.0)
        return parts(dataclasses.replace(area, population=grid)).loc[("410101001", "unit")]

    assert words not in west((0, 530), columns=25)["note"]
    beside = west((0, 530))
    assert beside["served"] == pytest.approx(6.0)
    assert words in beside["note"]
    # 700 m from here to the border; then a chain of facilities between which people choose
    assert words not in west((0,))["note"]
    assert words not in west((0, 390))["note"]
    assert words in west((0, 410))["note"]
    assert words in west((-150, 200, 410))["note"]


STREET = gpd.GeoDataFrame(
    geometry=[LineString([(x, 0), (x + 20, 0)]) for x in range(-200, 1000, 20)], crs=towns.CRS
)


@pytest.mark.parametrize("network", [None, STREET])
@pytest.mark.parametrize(
    ("rule", "operator", "served", "said"),
    [
        ("optimal", ("", ""), 11, "服务人数最多,机会尽量均等"),
        # B is nearer to F1, which has 8 places for the 12 that A and B need
        ("nearest", ("public", "public"), 8, "只到最近的设施,机会尽量均等"),
        # F1 gives 4.8 to A and 3.2 to B, who has 1.6 left to ask of F2
        ("public_first", ("public", "private"), 9.6, "按运营方式先公办后民办(不详者最后)依次分配"),
        ("public_first", ("private", "public"), 11, "按运营方式先公办后民办(不详者最后)依次分配"),
        ("public_first", ("", "private"), 11, "按运营方式先公办后民办(不详者最后)依次分配"),
    ],
)
def test_places_are_given_out_as_asked_and_the_method_is_named(
    network, rule, operator, served, said
):
    found = parts(town(operator=operator, network=network, allocation=rule))
    assert found.loc[("4101", "net"), "served"] == pytest.approx(served)
    assert found["method"].iloc[0].split("; ")[-1] == f"allocation: {ALLOCATIONS[rule][0]}"
    assert translate(found["method"].iloc[0], "zh").endswith(f"托位分配:{said}")


def test_another_way_to_give_out_places_is_an_error():
    with pytest.raises(InputError, match="unknown allocation 'best'"):
        town(allocation="best")
