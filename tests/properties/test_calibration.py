"""Properties of calibration that hold for every town, and its oracle."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import Polygon, box

from capacity import calibration
from capacity.assess.context import Context
from capacity.calibration import NO_TARGET, calibrate, like_population, scale_to_totals
from capacity.demand import demand
from capacity.study_area import study_area
from tests import towns
from tests.oracle import calibration as oracle

WIDTH = 6
people_of_cell = st.integers(0, 4000).map(lambda n: n / 4)
row_of_people = st.lists(people_of_cell, min_size=WIDTH, max_size=WIDTH)
total = st.integers(0, 100_000)
some_totals = st.tuples(st.integers(1, 100_000), st.one_of(total, st.just(np.nan)))


def slanted(at):
    """Three units that tile the row of cells along slanted lines."""
    a, b = sorted(at)
    edges = [(0, 0), (a, a + 40), (b + 60, b + 20), (600, 600)]
    return [
        Polygon([(low[0], 0), (high[0], 0), (high[1], 100), (low[1], 100)])
        for low, high in itertools.pairwise(edges)
    ]


cuts = st.tuples(st.integers(60, 230), st.integers(260, 480))


def where_of(values, at):
    grid = towns.grid([values], under_3=[[v / 32 for v in values]])
    return demand(grid, towns.units(slanted(at)))


@given(row_of_people, cuts, st.lists(total, min_size=3, max_size=3))
def test_every_unit_has_its_total(values, at, totals):
    where = where_of(values, at)
    assume((where.by_unit() > 0).all())
    scaled = calibrate(where, pd.DataFrame({"unit_code": list("ABC"), "population": totals}))
    assert scaled.by_unit().to_numpy() == pytest.approx(totals, rel=1e-9)
    kept = where.by_unit("under_3") / where.by_unit()
    children = scaled.by_unit("under_3").to_numpy()
    assert children == pytest.approx((kept * scaled.by_unit()).to_numpy(), rel=1e-9)
    assert (scaled.people() >= 0).all()


@given(row_of_people, cuts, st.lists(total, min_size=3, max_size=3), st.integers(2, 50))
def test_a_larger_census_scales_people_alike(values, at, totals, times):
    where = where_of(values, at)
    assume((where.by_unit() > 0).all())
    one = calibrate(where, pd.DataFrame({"unit_code": list("ABC"), "population": totals}))
    more = [times * number for number in totals]
    many = calibrate(where, pd.DataFrame({"unit_code": list("ABC"), "population": more}))
    assert many.people() == pytest.approx(times * one.people(), rel=1e-9)


@given(row_of_people, cuts, st.lists(total, min_size=3, max_size=3), st.permutations([0, 1, 2]))
def test_the_order_of_rows_does_not_matter(values, at, totals, order):
    where = where_of(values, at)
    assume((where.by_unit() > 0).all())
    census = pd.DataFrame({"unit_code": list("ABC"), "population": totals})
    turned = calibrate(where, census.iloc[list(order)])
    assert turned.people().tolist() == calibrate(where, census).people().tolist()


@given(row_of_people, cuts, total)
def test_units_without_a_total_keep_their_people(values, at, number):
    where = where_of(values, at)
    assume(where.by_unit()["A"] > 0)
    scaled = calibrate(where, pd.DataFrame({"unit_code": ["A"], "population": [number]}))
    others = where.unit > 0
    assert scaled.people()[others].tolist() == where.people()[others].tolist()


@given(row_of_people, cuts, total)
def test_a_total_above_is_spread_like_the_layer(values, at, number):
    where = where_of(values, at)
    assume(where.by_unit().sum() > 0)
    census = pd.DataFrame({"unit_code": ["D"], "population": [number]})
    scaled = calibrate(where, census, above=dict.fromkeys("ABC", "D"))
    assert scaled.by_unit().sum() == pytest.approx(number, rel=1e-9)
    share = where.people() / where.people().sum()
    assert scaled.people() == pytest.approx(number * share, rel=1e-9)


# --- the oracle: streets of cells, with totals at any tier ------------------------------------

# Four streets of communities; the cells lie wholly in one community.
PARENTS = {
    "D": None,
    **dict.fromkeys(["S1", "S2", "S3"], "D"),
    **dict.fromkeys(["C1", "C2"], "S1"),
    **dict.fromkeys(["C3", "C4"], "S2"),
    **dict.fromkeys(["C5", "C6"], "S3"),
}
STREETS, COMMUNITIES = ["S1", "S2", "S3"], ["C1", "C2", "C3", "C4", "C5", "C6"]


def town_of(values, census):
    """Six communities of one cell, two to a street."""
    communities = [box(100 * n, 0, 100 * n + 100, 100) for n in range(6)]
    streets = [box(200 * n, 0, 200 * n + 200, 100) for n in range(3)]
    units = towns.units(
        [*streets, *communities],
        codes=[*STREETS, *COMMUNITIES],
        unit_type=["street"] * 3 + ["community"] * 6,
        parent_code=[PARENTS[code] for code in [*STREETS, *COMMUNITIES]],
    )
    frame = pd.DataFrame({"unit_code": list(census), "population": list(census.values())})
    return study_area(
        units,
        towns.grid([values]),
        census=frame,
        sparsely_populated=True,
        name="D",
        code="D",
        type="district",
        data_date="2024-12-31",
    )


def check(found, expected):
    wanted = [np.nan if number is None else float(number) for number in expected]
    assert list(found) == pytest.approx(wanted, rel=1e-9, abs=1e-9, nan_ok=True)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(1, 500), min_size=6, max_size=6),
    st.dictionaries(st.sampled_from([*STREETS, "D"]), total, min_size=1),
)
def test_streets_agree_with_the_oracle(values, census):
    town = town_of(values, census)
    cells = [(STREETS[n // 2], value) for n, value in enumerate(values)]
    by_cell = oracle.calibrate(cells, census, {c: PARENTS[c] for c in [*STREETS, "D"]})
    sums = [
        None if None in by_cell[2 * n : 2 * n + 2] else sum(by_cell[2 * n : 2 * n + 2])
        for n in range(3)
    ]
    check(Context(town, ()).people("street", "population"), sums)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(1, 500), min_size=6, max_size=6),
    st.dictionaries(st.sampled_from([*STREETS, "D", *COMMUNITIES]), total, min_size=1),
)
def test_communities_agree_with_the_oracle(values, census):
    town = town_of(values, census)
    cells = list(zip(COMMUNITIES, values, strict=True))
    check(
        Context(town, ()).people("community", "population"),
        oracle.calibrate(cells, census, PARENTS),
    )


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(1, 500), min_size=6, max_size=6),
    st.dictionaries(st.sampled_from([*STREETS, "D"]), total, min_size=1),
)
def test_tiers_add_up_to_the_census(values, census):
    """Whatever tier has the total, streets and communities add up to it, if nothing is unknown."""
    context = Context(town_of(values, census), ())
    streets = context.people("street", "population")
    communities = context.people("community", "population")
    for number, street in enumerate(STREETS):
        below = communities[COMMUNITIES[2 * number : 2 * number + 2]].sum(skipna=False)
        if street in census:
            assert streets[street] == census[street]
            assert below == pytest.approx(census[street], rel=1e-9)
    whole = context.people("district", "population")["D"]
    if "D" in census and streets.notna().all() and not set(STREETS) <= set(census):
        assert streets.sum() == pytest.approx(census["D"], rel=1e-9)
        assert communities.sum() == pytest.approx(census["D"], rel=1e-9)
        assert whole == pytest.approx(census["D"], rel=1e-9)


@given(
    row_of_people,
    cuts,
    st.lists(some_totals, min_size=3, max_size=3),
    st.sampled_from([{}, {"A": "Z", "C": "Z"}, {"A": "Z", "B": "Z", "C": "Z"}]),
    st.integers(1, 9),
)
@settings(max_examples=25)
def test_people_are_those_of_all_rows_scaled_at_once_whatever_the_blocks(
    values, at, totals, above, rows
):
    where = where_of(values, at)
    assume((where.by_unit() > 0).all())
    # a group of the layer, of which some totals are unknown, and one that the layer does not have
    census = pd.DataFrame(totals, columns=["population", "under_3"])
    census["age_60_plus"] = census["population"]
    census = census.assign(unit_code=["Z" if code in above else code for code in "ABC"])
    census = census.drop_duplicates("unit_code", ignore_index=True)
    census.loc[len(census) - 1, ["population", "age_60_plus"]] += 1
    assume((where.by_unit("under_3") > 0).all())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibration, "_AT_ONCE", rows)
        found = calibrate(where, census, above=above)
    codes, scaled = census["unit_code"].tolist(), {}
    for group in ("population", "under_3", "age_60_plus"):
        known = census["unit_code"][census[group].notna()].tolist()
        held = [next((c for c in (u, above.get(u)) if c in known), None) for u in "ABC"]
        target = np.array([codes.index(c) if c else NO_TARGET for c in held])[where.unit]
        of = dataclasses.replace(where, scaled=scaled)
        scaled[group], _ = scale_to_totals(
            like_population(of, group), target, census[group].to_numpy(float)
        )
        np.testing.assert_array_equal(found.people(group), scaled[group])


def test_rows_of_a_unit_are_scaled_together_however_many_they_are(monkeypatch):
    monkeypatch.setattr(calibration, "_AT_ONCE", 1)
    where = where_of([100.0, 20.0, 300.0, 7.0, 50.0, 60.0], (130, 340))
    at = [np.array([0, 1, 0]), np.array([NO_TARGET, NO_TARGET, 2])]
    assert [units for units, _ in calibration._whole_targets(where, at)] == [slice(0, 3)]
    blocks = list(calibration._whole_targets(where, at[1:]))
    assert [units for units, _ in blocks] == [slice(0, 1), slice(1, 2), slice(2, 3)]
    for units, some in blocks:
        assert (where.unit[some] == units.start).all()
    assert blocks[-1][1].stop == len(where.unit)
