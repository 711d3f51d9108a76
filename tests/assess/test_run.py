"""A whole assessment: every figure of the example recomputed from its files, and the roll-ups."""

import csv
import dataclasses
import datetime as dt
from fractions import Fraction
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import pytest
import rasterio
from shapely import Point, box

import capacity.example
from capacity import findings
from capacity.assess.coverage import circle_coverage
from capacity.assess.existence import minimum_facilities
from capacity.assess.ratio import ratio_shortfall
from capacity.assess.run import assess
from capacity.errors import InputError
from capacity.norms.catalogue import load_norms
from capacity.study_area import Parameters, read_study_area, study_area
from tests import towns
from tests.covers import covers
from tests.oracle import oracle

DATA = Path(capacity.example.__file__).parent / "data"
PLACES_6 = "zhengzhou.childcare.places_per_thousand"
PLACES_4 = "zhengzhou.childcare.places_per_thousand_2023"
CIRCLE = "zhengzhou.plan2023.childcare.service_circle_radius"
LAND = "zhengzhou.plan2023.elder_care.land_per_capita"
HOUSEHOLDS = "zhengzhou.plan2023.elder_care.floor_area_per_100_households"
PER_STREET = "zhengzhou.childcare.facility_per_street_2023"
PER_COMMUNITY = "zhengzhou.childcare.facility_per_community"
FITNESS = "zhengzhou.sports.fitness_circle_minutes"


@pytest.fixture(scope="module")
def example():
    return read_study_area(DATA / "area.toml")


@pytest.fixture(scope="module")
def result(example):
    return assess(example, load_norms("zhengzhou", on="2024-06-30"))


def pick(result, norm_id, *, measure=None, rollup="unit"):
    found = result.findings
    rows = found[(found["norm_id"] == norm_id) & (found["rollup"] == rollup)]
    if measure:
        rows = rows[rows["measure"] == measure]
    assert rows["unit_code"].is_unique
    return rows.set_index("unit_code")


class Raw:
    """The example's files, read without the library."""

    def __init__(self):
        to_metric = pyproj.Transformer.from_crs(4490, 4547, always_xy=True)
        streets = pyogrio.read_dataframe(DATA / "units.gpkg", layer="streets")
        self.streets = dict(zip(streets["code"], streets.to_crs(4547).geometry, strict=True))
        communities = pyogrio.read_dataframe(DATA / "units.gpkg", layer="communities")
        self.communities = dict(
            zip(communities["code"], communities.to_crs(4547).geometry, strict=True)
        )
        self.community_type = dict(zip(communities["code"], communities["type"], strict=True))
        self.type = dict(zip(streets["code"], streets["type"], strict=True))
        with rasterio.open(DATA / "population.tif") as raster:
            bands = raster.read(masked=True).filled(0).astype(float)
            transform = raster.transform
        groups = dict(zip(["population", "under_3", "age_60_plus"], bands, strict=True))
        self.grid = oracle.Grid(
            transform.c, transform.f, transform.a, -transform.e, *bands.shape[1:], groups
        )
        self.facilities = self.read("facilities.csv", to_metric)
        self.compounds = self.read("compounds.csv", to_metric)

    @staticmethod
    def read(name, to_metric):
        with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            row["xy"] = to_metric.transform(float(row["经度"]), float(row["纬度"]))
        return rows

    def in_street(self, rows, code):
        return [row for row in rows if self.streets[code].intersects(Point(row["xy"]))]

    def open_now(self, service):
        """Open on the data date; a blank date is open."""
        of_service = [row for row in self.facilities if row["类别"] == service]
        return [row for row in of_service if row["投用日期"] <= "2025-06-30"]


@pytest.fixture(scope="module")
def raw():
    return Raw()


@pytest.fixture(scope="module")
def people(raw):
    split = oracle.exact_split(raw.grid, raw.streets)
    return {code: float(groups["population"]) for code, groups in split["units"].items()}


def test_people_per_street(result, people):
    found = result.people.set_index("unit_code")["population"]
    for code, expect in people.items():
        assert found[code] == pytest.approx(expect, abs=0.01)
    assert found["410199"] == pytest.approx(sum(people.values()), abs=0.05)


@pytest.mark.parametrize(("norm_id", "per_thousand"), [(PLACES_4, 4), (PLACES_6, 6)])
def test_places_per_thousand(result, raw, people, norm_id, per_thousand):
    rows = pick(result, norm_id, measure="places")
    assert set(rows.index) == set(raw.streets)
    for code, row in rows.iterrows():
        places = [f["托位数"] for f in raw.in_street(raw.open_now("childcare"), code)]
        if places and not any(places):
            assert row["status"] == "no_data"
            continue
        known = sum(int(p) for p in places if p)
        expect = oracle.ratio(people[code], known, per_thousand)
        for key in ("required", "existing", "shortfall", "surplus"):
            assert row[key] == expect[key], (code, key)
        assert row["status"] == ("short" if expect["shortfall"] else "met")


def test_land(result, raw, people):
    for code, row in pick(result, LAND).iterrows():
        plots = [f["用地面积"] for f in raw.in_street(raw.open_now("elder_care"), code)]
        if plots and not any(plots):
            assert row["status"] == "no_data"
            continue
        known = [float(p) for p in plots if p]
        expect = oracle.land(people[code], known, "0.2")
        assert row["existing"] == expect["existing"]
        # the population of oracle and library may differ by the grid's single precision
        assert row["required"] == pytest.approx(float(expect["required"]), abs=0.005)
        assert row["shortfall"] == pytest.approx(float(expect["shortfall"]), abs=0.005)
    assert pick(result, LAND)["status"].value_counts().to_dict() == {
        "short": 5,
        "reported": 4,  # townships: the document asks it of cities, districts and streets
        "met": 2,
        "no_data": 1,
    }


def test_compounds(result, raw):
    rows = pick(result, HOUSEHOLDS)
    assert rows["shortfall"]["410199005"] == 522  # the worked example of the clause
    for code, row in rows.iterrows():
        known, unknown = [], 0
        for compound in raw.in_street(raw.compounds, code):
            flag, year = compound["是否老旧小区"], compound["建成年份"]
            if flag == "否" or (not flag and year and int(year) >= 2000):
                continue
            numbers = (compound["户数"], compound["养老用房面积"])
            if all(numbers) and (flag or year):
                known.append(tuple(map(int, numbers)))
            else:
                unknown += 1
        if not known:
            assert row["status"] == ("no_data" if unknown else "not_applicable")
            continue
        total = oracle.compounds(known, 20, 200)["total"]
        if unknown and not total["shortfall"]:
            assert row["status"] == "no_data"
            continue
        for key in ("required", "existing", "shortfall", "surplus"):
            assert Fraction(str(row[key])) == total[key], (code, key)
        assert ("missing input" in row["note"]) == bool(unknown)


def test_minimum_facilities(result, raw):
    facilities = pick(result, PER_STREET, measure="facilities")
    to_add = pick(result, PER_STREET, measure="places_to_add")
    assert set(facilities.index) == {c for c, kind in raw.type.items() if kind == "street"}
    for code, row in facilities.iterrows():
        # the clause counts inclusive (普惠) facilities only
        inside = raw.in_street(raw.open_now("childcare"), code)
        inclusive = [f["托位数"] for f in inside if f["是否普惠"] == "是"]
        unsaid = [f["托位数"] for f in inside if f["是否普惠"] not in {"是", "否"}]
        expect = oracle.existence([int(p) for p in inclusive if p], 1, 50)
        could = any(not p or int(p) >= 50 for p in unsaid) or not all(inclusive)
        if expect["shortfall"] and could:
            assert row["status"] == "no_data"
            continue
        assert row["existing"] == expect["existing"]
        assert row["shortfall"] == expect["shortfall"]
        assert to_add["shortfall"][code] == expect["places_to_add"]
    # 30 + 30 does not make 50
    assert facilities["status"]["410199001"] == "short"
    assert to_add["shortfall"]["410199001"] == 20


def test_communities_need_one_each_and_villages_none(result, raw):
    rows = pick(result, PER_COMMUNITY, measure="facilities")
    assert set(rows.index) == {c for c, t in raw.community_type.items() if t == "community"}
    total = pick(result, PER_COMMUNITY, measure="facilities", rollup="sum_of_units")
    street = rows[rows["parent_code"] == "410199001"]
    assert total["required"]["410199001"] == len(street)
    assert total["shortfall"]["410199001"] == street["shortfall"].sum()


def test_the_larger_of_ratio_and_minimum_facilities(result, raw):
    rows = pick(result, PLACES_6, measure="places_with_minimums")
    plain = pick(result, PLACES_6, measure="places")
    for code, row in rows.iterrows():
        if row["status"] != "reported":
            continue
        below = [c for c in raw.communities if c.startswith(code)]
        n = sum(raw.community_type[c] == "community" for c in below)
        size = {"street": 50, "township": 30}[raw.type[code]]
        minimums = size if n == 0 else size + (n - 1) * 20
        assert row["required"] == max(plain["required"][code], minimums)


@pytest.mark.parametrize(
    ("norm_id", "service", "radius", "group"),
    [
        (CIRCLE, "childcare", 300, "population"),
        (CIRCLE, "childcare", 300, "under_3"),
        (FITNESS, "sports", float(oracle.time_radius(15, "1.2", "1.3")["straight_line_m"]), None),
    ],
)
def test_circles(result, raw, norm_id, service, radius, group):
    rows = pick(result, norm_id, measure=group or "population")
    points = [row["xy"] for row in raw.open_now(service)]
    expect = oracle.fine_subcell_coverage(raw.grid, raw.streets, points, radius, 20)["units"]
    compared = 0
    for code in raw.streets:
        row = rows.loc[code]
        if row["status"] != "reported":
            assert norm_id == CIRCLE
            continue
        total, covered = (float(n) for n in expect[code][group or "population"])
        assert row["existing"] == pytest.approx(covered, abs=0.001 * total)
        compared += 1
    assert compared >= 8


def test_a_circle_is_for_the_area_that_the_clause_names(result):
    status = pick(result, CIRCLE, measure="population")["status"]
    assert status["410199101"] == "not_applicable"  # a township outside the main urban area
    assert status["410199007"] == "no_data"  # nobody said whether it is main urban
    assert status["410199008"] == "reported"  # a development zone, included by the parameter


def test_development_zones_can_be_left_out(example):
    without = Parameters(
        old_compound_built_before=2000,
        development_zones_are_main_urban=False,
    )
    area = study_area(
        example.units,
        example.population,
        example.facilities,
        example.compounds,
        name="示例区",
        data_date="2025-06-30",
        parameters=without,
    )
    found = assess(area, load_norms("zhengzhou", on="2024-06-30"))
    status = pick(found, CIRCLE, measure="population")["status"]
    assert status["410199008"] == "not_applicable"


def test_the_table_keeps_its_contract(result):
    found = result.findings
    assert tuple(found.columns) == findings.COLUMNS
    assert all(found[column].dtype == "str" for column in findings.TEXT)
    assert all(found[column].dtype == "float64" for column in findings.NUMBERS)
    assert found["status"].isin(list(findings.STATUSES)).all()
    assert set(found["status"]) == set(findings.STATUSES)
    assert set(found["rollup"]) == set(findings.ROLLUPS)
    rank = found["rollup"].map({name: i for i, name in enumerate(findings.ROLLUPS)})
    keys = list(zip(found["unit_code"], found["norm_id"], rank, strict=True))
    assert keys == sorted(keys)
    assert found[["source", "method", "norm_id", "unit_name"]].ne("").all(axis=None)
    missing = found[found["status"] == "no_data"]
    assert missing["note"].ne("").all()


def test_arithmetic_holds_in_every_row(result):
    found = result.findings
    tested = found[found["status"].isin(["met", "short"]) & found["required"].notna()]
    gap = tested["required"] - tested["existing"]
    # gaps of compounds and facilities are summed, so that one's surplus covers no other's gap
    each = {norm.id for norm in result.norms.norms if norm.each != "unit"}
    single = ~tested["norm_id"].isin(each) & tested["rollup"].ne("sum_of_units")
    np.testing.assert_allclose(
        tested.loc[single, "shortfall"], gap[single].clip(lower=0), atol=1e-6
    )
    np.testing.assert_allclose(tested["shortfall"] - tested["surplus"], gap, atol=1e-5)
    assert (tested["status"].eq("short") == tested["shortfall"].gt(0)).all()
    bound = found[found["status"].isin(["met", "short"]) & found["required"].isna()]
    marks = ("shortfall is a lower bound", "shortfall of what is known, no bound")
    assert bound["note"].str.endswith(marks).all()
    assert bound["status"].eq("short").all()
    assert bound["shortfall"].gt(0).all()
    assert bound["rollup"].eq("sum_of_units").all()
    untested = found[found["status"].isin(["no_data", "not_applicable"])]
    assert untested["shortfall"].fillna(0).eq(0).all()


def test_both_stages_are_there_between_two_dates(result):
    assert set(pick(result, PLACES_4, measure="places")["standard"]) == {4.0}
    method = pick(result, PLACES_6, measure="places")["method"].iloc[0]
    assert method.startswith("next stage, due: 2025-12-31")


def test_the_same_inputs_give_the_same_table(example, result):
    again = assess(example, load_norms("zhengzhou", on="2024-06-30"))
    pd.testing.assert_frame_equal(again.findings, result.findings)


def test_row_order_of_the_inputs_does_not_matter(example, result):
    area = study_area(
        example.units.iloc[::-1],
        example.population,
        example.facilities.sample(frac=1, random_state=1),
        example.compounds.sample(frac=1, random_state=2),
        name="示例区",
        data_date=dt.date(2025, 6, 30),
        figures=example.figures,
        services=example.services,
        parameters=example.parameters,
    )
    found = assess(area, load_norms("zhengzhou", on="2024-06-30")).findings
    pd.testing.assert_frame_equal(found, result.findings, rtol=1e-9)


def small_area(**changes):
    """Two streets of 1,000 and 2,000 people in one district, a place for each 250 people."""
    units = towns.units(
        [box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)],
        codes=["410199001", "410199002"],
        unit_name=["甲", "乙"],
        unit_type=["street", "street"],
        parent_code=["410199", "410199"],
        main_urban=[True, True],
    )
    given = {
        "units": units,
        "population": towns.grid([[1000.0, 2000.0]], cell=1000.0),
        "facilities": towns.points(
            [(500, 500), (1500, 500)],
            facility_id=["F1", "F2"],
            name=["一", "二"],
            service=["childcare", "childcare"],
            places=[10.0, 5.0],
        ),
        "name": "区",
        "code": "410199",
        "data_date": "2025-12-31",
    } | changes
    return study_area(**given)


def test_surplus_does_not_travel_and_both_roll_ups_are_there():
    result = assess(small_area(), load_norms("zhengzhou", on="2025-12-31"))
    units = pick(result, PLACES_6, measure="places")
    assert units["shortfall"].tolist() == [0, 7]  # 6 - 10 and 12 - 5
    assert units["surplus"].tolist() == [4, 0]
    total = pick(result, PLACES_6, measure="places", rollup="sum_of_units").loc["410199"]
    net = pick(result, PLACES_6, measure="places", rollup="net").loc["410199"]
    assert (total["shortfall"], total["surplus"], total["status"]) == (7, 4, "short")
    assert (net["shortfall"], net["surplus"], net["status"]) == (3, 0, "short")


def test_nothing_is_met_for_want_of_data():
    norms = load_norms("zhengzhou", on="2025-12-31")
    no_people = assess(small_area(population=None), norms).findings
    needs_people = no_people["kind"].isin(["ratio_per_population", "coverage_radius"])
    assert set(no_people.loc[needs_people, "status"]) == {"no_data"}
    needs_people &= ~no_people["norm_id"].isin(
        [
            "zhengzhou.childcare.places_per_thousand_new_development",  # of compounds
            "zhengzhou.plan2023.elder_care.rural_circle_radius",  # no village and no township
        ]
    )
    notes = no_people.loc[needs_people & no_people["rollup"].eq("unit"), "note"]
    assert len(notes) > 10
    asked = notes[~notes.str.contains("missing input: (?:facilities of|doctors|nurses)")]
    assert notes.str.contains("missing input: ").all()
    assert asked.str.endswith("missing input: population").all()
    no_facilities = assess(small_area(facilities=None), norms).findings
    # the people that a total would serve are known without any facility, and no verdict
    verdicts = no_facilities[no_facilities["measure"] != "implied_population"]
    assert set(verdicts["status"]) == {"no_data"}


def test_a_unit_beyond_the_population_layer_has_no_data():
    half = towns.grid([[1000.0]], cell=1000.0)
    result = assess(small_area(population=half), load_norms("zhengzhou", on="2025-12-31"))
    units = pick(result, PLACES_6, measure="places")
    assert units["status"].tolist() == ["met", "no_data"]
    total = pick(result, PLACES_6, measure="places", rollup="sum_of_units").loc["410199"]
    assert total["status"] == "no_data"
    assert total["note"] == "conflict: C08; units without data: 1 (410199002)"
    report = result.quality.set_index("code")
    assert report.loc["population.unit_not_covered", "item"] == "410199002"


def test_the_known_shortfall_is_a_lower_bound_where_a_unit_has_no_data():
    facilities = towns.points(
        [(500, 500), (1500, 500)],
        facility_id=["F1", "F2"],
        name=["一", "二"],
        service=["childcare", "childcare"],
        places=[np.nan, 5.0],
    )
    result = assess(small_area(facilities=facilities), load_norms("zhengzhou", on="2025-12-31"))
    units = pick(result, PLACES_6, measure="places")
    assert units["status"].tolist() == ["no_data", "short"]
    total = pick(result, PLACES_6, measure="places", rollup="sum_of_units").loc["410199"]
    assert (total["status"], total["shortfall"]) == ("short", 7)
    # what the supply of one street is nobody knows; what all of them need is known: 6 + 12
    assert (total["required"], total["base_value"]) == (18, 3_000)
    assert np.isnan(total["existing"])
    assert total["note"] == (
        "conflict: C08; units without data: 1 (410199001); shortfall is a lower bound"
    )
    net = pick(result, PLACES_6, measure="places", rollup="net").loc["410199"]
    assert net["status"] == "no_data"
    assert (net["required"], net["base_value"]) == (18, 3_000)
    assert np.isnan(net["shortfall"])
    assert np.isnan(net["existing"])


def test_what_is_required_is_not_known_where_the_people_of_a_street_are_not():
    part = towns.grid([[1000.0, 2000.0]], cell=900.0)
    result = assess(small_area(population=part), load_norms("zhengzhou", on="2025-12-31"))
    rows = result.findings[
        (result.findings["norm_id"] == PLACES_6) & (result.findings["rollup"] != "unit")
    ]
    assert len(rows) > 1
    assert rows[["required", "base_value"]].isna().all(axis=None)


def test_facilities_asked_of_every_street_are_known_where_their_sizes_are_not():
    result = assess(
        small_area(facilities=childcare([np.nan, 5.0])), load_norms("zhengzhou", on="2025-12-31")
    )
    rows = result.findings[
        (result.findings["measure"] == "facilities") & (result.findings["service"] == "childcare")
    ]
    whole = rows[(rows["rollup"] == "sum_of_units") & rows["existing"].isna()]
    assert len(whole) > 0
    assert (whole["required"] == 2).all()


def childcare(places):
    """Make one facility in the first street, the others in the second."""
    return towns.points(
        [(500, 500)] + [(1500, 500)] * (len(places) - 1),
        facility_id=[f"F{i + 1}" for i in range(len(places))],
        name=[f"园{i + 1}" for i in range(len(places))],
        service=["childcare"] * len(places),
        places=places,
    )


def test_supply_without_a_figure_makes_the_shortfall_an_upper_bound():
    area = small_area(facilities=childcare([10.0, 5.0, np.nan]))
    result = assess(area, load_norms("zhengzhou", on="2025-12-31"))
    unit = pick(result, PLACES_6, measure="places").loc["410199002"]
    assert (unit["shortfall"], unit["status"]) == (7, "short")
    assert unit["note"].endswith("facilities without places: 1 (F3); shortfall is an upper bound")
    for rollup, shortfall in (("sum_of_units", 7), ("net", 3)):
        row = pick(result, PLACES_6, measure="places", rollup=rollup).loc["410199"]
        assert row["shortfall"] == shortfall
        assert row["note"].endswith(
            "units with incomplete data: 1 (410199002); shortfall is an upper bound"
        )


def test_where_units_lack_data_and_others_supply_there_is_no_bound():
    area = small_area(facilities=childcare([np.nan, 5.0, np.nan]))
    result = assess(area, load_norms("zhengzhou", on="2025-12-31"))
    row = pick(result, PLACES_6, measure="places", rollup="sum_of_units").loc["410199"]
    assert (row["shortfall"], row["status"]) == (7, "short")
    assert row["note"].endswith("shortfall of what is known, no bound")


def test_what_is_required_is_shown_where_only_supply_is_unknown():
    area = small_area(facilities=childcare([np.nan, 5.0]))
    unit = pick(assess(area, load_norms("zhengzhou", on="2025-12-31")), PLACES_6, measure="places")
    assert unit.loc["410199001", ["required", "status"]].tolist() == [6, "no_data"]


def test_a_unit_partly_covered_by_the_population_layer_has_no_data():
    part = towns.grid([[1000.0, 2000.0]], cell=900.0)  # 1,800 of 2,000 m
    result = assess(small_area(population=part), load_norms("zhengzhou", on="2025-12-31"))
    status = pick(result, PLACES_6, measure="places")["status"]
    assert status.tolist() == ["no_data", "no_data"]
    report = result.quality[result.quality["code"] == "population.unit_not_covered"]
    assert report["amount"].tolist() == [0.9, 0.72]


def test_places_to_add_are_not_netted(result):
    found = result.findings
    assert set(found.loc[found["measure"] == "places_to_add", "rollup"]) == {
        "unit",
        "sum_of_units",
    }


def test_units_that_were_not_given_are_named():
    result = assess(small_area(), load_norms("zhengzhou", on="2025-12-31"))
    row = pick(result, PER_COMMUNITY).loc["410199"]
    assert (row["status"], row["note"]) == ("no_data", "missing input: units of its level")


def test_a_complete_list_without_facilities_means_none():
    area = small_area(facilities=None, services=["childcare"])
    units = pick(assess(area, load_norms("zhengzhou", on="2025-12-31")), PLACES_6, measure="places")
    assert units["existing"].tolist() == [0, 0]
    assert units["shortfall"].tolist() == [6, 12]


def test_one_more_facility_never_raises_a_shortfall(example, result):
    more = gpd.pd.concat(
        [
            example.facilities,
            example.facilities.iloc[[0]].assign(facility_id="NEW", places=500.0),
        ],
        ignore_index=True,
    )
    area = study_area(
        example.units,
        example.population,
        gpd.GeoDataFrame(more, geometry="geometry", crs=example.facilities.crs),
        example.compounds,
        name="示例区",
        data_date="2025-06-30",
        figures=example.figures,
        services=example.services,
        parameters=example.parameters,
    )
    after = assess(area, load_norms("zhengzhou", on="2024-06-30")).findings
    keys = ["unit_code", "norm_id", "measure", "rollup"]
    both = result.findings.merge(after, on=keys, suffixes=("_before", "_after"))
    assert len(both) == len(result.findings)
    # what is added may itself fall short, and adds to the whole that a share is of
    alone = ~both["kind_before"].isin(["unit_area", "composition_share"])
    known = both[alone & both["shortfall_before"].notna() & both["shortfall_after"].notna()]
    assert (known["shortfall_after"] <= known["shortfall_before"] + 1e-9).all()
    assert (known["shortfall_after"] < known["shortfall_before"]).any()
    circles = both["kind_before"].isin(["coverage_radius", "coverage_time"])
    covered = both[circles & both["share_before"].notna()]
    assert (covered["share_after"] >= covered["share_before"] - 1e-9).all()


def test_people_at_points_are_complete_wherever_the_points_lie():
    people = towns.cells([Point(500, 500), Point(1500, 500)], [1000.0, 2000.0])
    result = assess(small_area(population=people), load_norms("zhengzhou", on="2025-12-31"))
    assert pick(result, PLACES_6, measure="places")["required"].tolist() == [6, 12]


def test_polygon_cells_that_leave_a_unit_open_leave_it_unknown():
    # the second cell covers half of the second street: who lives in the rest is not known
    cells = towns.cells([box(0, 0, 1000, 1000), box(1000, 0, 1500, 990)], [1000.0, 2000.0])
    result = assess(small_area(population=cells), load_norms("zhengzhou", on="2025-12-31"))
    assert pick(result, PLACES_6, measure="places")["status"].tolist() == ["met", "no_data"]


def test_cells_without_data_leave_a_unit_unknown():
    people = towns.grid(np.full((10, 20), 10.0))
    hole = np.zeros((10, 20), dtype=bool)
    hole[0:2, 12:18] = True
    people = dataclasses.replace(people, unknown={"population": hole})
    result = assess(small_area(population=people), load_norms("zhengzhou", on="2025-12-31"))
    assert pick(result, PLACES_6, measure="places")["status"].tolist() == ["met", "no_data"]
    total = pick(result, PLACES_6, measure="places", rollup="sum_of_units").loc["410199"]
    assert total["status"] == "no_data"


def test_an_age_group_without_data_is_unknown_and_everyone_is_not():
    people = towns.grid(np.full((10, 20), 10.0), under_3=np.full((10, 20), 0.0))
    everywhere = np.ones((10, 20), dtype=bool)
    people = dataclasses.replace(people, unknown={"under_3": everywhere})
    result = assess(small_area(population=people), load_norms("zhengzhou", on="2025-12-31"))
    assert set(pick(result, CIRCLE, measure="population")["status"]) == {"reported"}
    assert set(pick(result, CIRCLE, measure="under_3")["status"]) == {"no_data"}


@covers("boundary", "ratio_per_population")
def test_a_requirement_that_is_whole_is_not_rounded_up_by_the_grid():
    # Streets cut at whole metres: 6 per 1,000 of exactly 2,000 people is 12, not 13.
    for cut in range(105, 1000, 45):
        area = towns.units([box(0, 0, cut, 1000), box(cut, 0, 2000, 1000)])
        people = towns.grid(np.full((10, 20), 2000 * 100 * 100 / (cut * 1000)))
        none = towns.points([], places=np.zeros(0))
        found = ratio_shortfall(people, none, area, per_thousand=6)
        assert found["base_value"].iloc[0] == pytest.approx(2000, abs=1e-9)
        assert found["required"].iloc[0] == 12


def test_what_stands_between_the_streets_counts_for_the_district_alone():
    district = towns.units([box(0, 0, 3000, 1000)], codes=["410199"], unit_type=["district"])
    streets = towns.units(
        [box(0, 0, 1000, 1000), box(2000, 0, 3000, 1000)],
        codes=["410199001", "410199002"],
        unit_type=["street", "street"],
        parent_code=["410199", "410199"],
        main_urban=[True, True],
    )
    units = gpd.pd.concat([district.assign(main_urban=True), streets], ignore_index=True)
    facility = towns.points(
        [(1500, 500)],
        facility_id=["F"],
        name=["园"],
        service=["childcare"],
        places=[60.0],
        inclusive=[True],
    )
    area = small_area(
        units=units, facilities=facility, population=towns.grid([[1.0, 1.0, 1.0]], cell=1000.0)
    )
    result = assess(area, load_norms("zhengzhou", on="2023-01-15"))
    row = pick(
        result, "zhengzhou.childcare.demo_institution_per_main_district_2022", measure="facilities"
    )
    assert row["existing"].tolist() == [1]
    assert "facilities.between_units" in set(result.quality["code"])


def test_communities_stand_in_for_streets_without_polygons():
    communities = towns.units(
        [box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)],
        codes=["410199001001", "410199001002"],
        unit_type=["community", "community"],
        parent_code=["410199001", "410199001"],
        main_urban=[True, True],
    )
    area = small_area(units=communities, parent_type="street")
    result = assess(area, load_norms("zhengzhou", on="2025-12-31"))
    street = pick(result, PLACES_6, measure="places").loc["410199001"]
    assert (street["base_value"], street["required"], street["existing"]) == (3000, 18, 15)


def test_supply_of_a_street_without_residents_counts_for_the_district():
    people = towns.grid([[1000.0, 0.0]], cell=1000.0)
    area = small_area(population=people, facilities=childcare([4.0, 10.0]))
    result = assess(area, load_norms("zhengzhou", on="2025-12-31"))
    net = pick(result, PLACES_6, measure="places", rollup="net").loc["410199"]
    assert (net["required"], net["existing"], net["status"]) == (6, 14, "met")
    total = pick(result, PLACES_6, measure="places", rollup="sum_of_units").loc["410199"]
    assert (total["shortfall"], total["surplus"]) == (2, 10)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda u, f: (u, f.to_crs(4326)), "facilities are in EPSG:4326, units in EPSG:4547"),
        (lambda u, f: (u.to_crs(4326), f), "units are in EPSG:4326, which does not measure"),
        (lambda u, f: (u.to_crs(3857), f.to_crs(3857)), "units are in EPSG:3857, which does not"),
        (lambda u, f: (u.set_crs(None, allow_override=True), f), "units are in no CRS"),
        (lambda u, f: (u.assign(unit_code=[1]), f), "unit codes are not text"),
        (lambda u, f: (gpd.pd.concat([u, u]), f), "unit codes stand twice: A"),
        (lambda u, f: (u.assign(geometry=[None]).set_crs(4547), f), "1 of 1 units have no polygon"),
    ],
)
def test_plain_functions_refuse_layers_that_cannot_be_measured_together(spoil, message):
    people = towns.grid([[1000.0]], cell=1000.0)
    units, facilities = spoil(
        towns.units([box(0, 0, 1000, 1000)]), towns.points([(500, 500)], places=[1.0])
    )
    with pytest.raises(InputError, match=message):
        circle_coverage(people, facilities, units, radius_m=300)
    with pytest.raises(InputError, match=message):
        ratio_shortfall(people, facilities, units, per_thousand=6)
    with pytest.raises(InputError, match=message):
        minimum_facilities(facilities, units, size=50)


def test_places_with_minimums_say_which_facilities_have_no_figure():
    area = small_area(facilities=childcare([10.0, 5.0, np.nan]))
    result = assess(area, load_norms("zhengzhou", on="2025-12-31"))
    unit = pick(result, PLACES_6, measure="places_with_minimums").loc["410199002"]
    assert unit["note"].endswith("facilities without places: 1 (F3); shortfall is an upper bound")


def test_a_count_that_unknown_sizes_cannot_save_is_an_upper_bound():
    facilities = towns.points([(50, 50)] * 2, facility_id=["F1", "F2"], places=[10.0, np.nan])
    area = towns.units([box(0, 0, 100, 100)])
    found = minimum_facilities(facilities, area, count=2, size=50).loc["A"]
    assert (found["status"], found["shortfall"]) == ("short", 2)
    assert found["note"] == "facilities without places: 1 (F2); shortfall is an upper bound"


def test_facilities_without_coordinates_are_named_where_they_cover_nobody():
    facilities = childcare([10.0, 5.0])
    facilities = facilities.set_geometry([Point(500, 500), None], crs=facilities.crs)
    area = small_area(facilities=facilities.assign(unit_code=["", "410199002"]))
    result = assess(area, load_norms("zhengzhou", on="2025-12-31"))
    note = pick(result, CIRCLE, measure="population")["note"]
    assert note.str.endswith("facilities without coordinates: 1 (F2)").all()


def test_persons_per_household_turn_dwellings_into_planned_people(example):
    more = dataclasses.replace(example.parameters, persons_per_household=2.5)
    area = dataclasses.replace(example, parameters=more)
    result = assess(area, load_norms("zhengzhou", on="2025-12-31"))
    found = result.compounds
    new = found[found["norm_id"] == "zhengzhou.childcare.places_per_thousand_new_development"]
    people = new.set_index("compound_id")["base_value"].dropna()
    compounds = example.compounds.set_index("compound_id").loc[people.index]
    given = compounds["planned_population"]
    assert given.isna().any()
    expect = given.fillna(compounds["households"] * 2.5)
    np.testing.assert_allclose(people, expect)
