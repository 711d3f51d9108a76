"""Shares of places, of facilities and of units in a plan, against every plan that there is."""

import dataclasses
import itertools
import math
from fractions import Fraction

import pytest

import capacity
from capacity.errors import InputError
from capacity.inputs.sites import Build, SitingSettings
from capacity.siting.answers import answer_of, refusal_of
from capacity.siting.plan import site
from tests.siting.hamlets import CORNERS, RATIO, build, in_unit, norms

PLACES, FACILITIES, HALF, EVERY = (
    f"hamlet.childcare.{name}"
    for name in ("inclusive_share", "inclusive_facilities", "community_share", "every_community")
)
DEAR = Build(service="childcare", minimum=2, maximum=9, inclusive=True, cost_per_size=3.0, cost=5.0)
CHEAP = dataclasses.replace(DEAR, inclusive=False, cost_per_size=1.0)
SITES = [(300.0, 250.0), (300.0, 750.0), (1300.0, 250.0)]
HOMES = [(250.0, 250.0), (1250.0, 250.0)]


def planned(area, *chosen, **more):
    """Plan with both kinds of facility."""
    asked = {"norms": chosen, "build": (DEAR, CHEAP), "objective": "cost", "gap": 0.0} | more
    return site(area, norms(), SitingSettings(**asked))


def holds(old, new, chosen):
    """Whether (x, y, places, inclusive) meet the norms, counted with plain fractions."""
    now = [*old, *new]
    if RATIO in chosen:
        for street in "AB":
            if sum(one[2] for one in now if in_unit(one[:2], street)) < 5:
                return False
    places = sum(one[2] for one in now)
    inclusive = sum(one[2] for one in now if one[3])
    if PLACES in chosen and places and Fraction(inclusive, places) < Fraction(60, 100):
        return False
    number = sum(one[3] for one in now)
    if FACILITIES in chosen and now and Fraction(number, len(now)) < Fraction(1, 2):
        return False
    with_one = {c for one in now if one[3] for c in CORNERS if in_unit(one[:2], c)}
    if HALF in chosen and len(with_one) < 2:
        return False
    every = {c for one in now for c in CORNERS if in_unit(one[:2], c)}
    return EVERY not in chosen or len(every) == 4


def least(old, chosen):
    """Least cost of every choice of kinds and sizes."""
    kinds = [None, *((n, kind) for n in range(2, 10) for kind in (True, False))]
    best = math.inf
    for some in itertools.product(kinds, repeat=len(SITES)):
        new = [(*SITES[i], *one) for i, one in enumerate(some) if one]
        cost = sum(5 + (3 if one[3] else 1) * one[2] for one in new)
        if cost < best and holds(old, new, chosen):
            best = cost
    return best


@pytest.mark.parametrize(
    ("old", "chosen"),
    [
        ((), (RATIO, PLACES)),
        (((200, 200, 4, False),), (RATIO, PLACES)),
        (((200, 200, 6, True),), (RATIO, PLACES)),
        (((200, 200, 4, False), (1200, 200, 2, False)), (RATIO, FACILITIES)),
        (((200, 200, 4, False),), (RATIO, HALF)),
        (((200, 200, 4, True),), (RATIO, PLACES, FACILITIES, HALF)),
    ],
)
def test_the_least_of_every_plan(old, chosen):
    area = build([1000.0, 1000.0], HOMES, SITES, old)
    plan = planned(area, *chosen)
    assert plan.unmet.empty
    assert plan.value == pytest.approx(least(old, chosen))
    assert plan.bound == pytest.approx(plan.value)
    found = plan.after.findings
    whole = found["rollup"].eq("net") & found["unit_code"].eq("X") & ~found["norm_id"].eq(RATIO)
    own = found[found["norm_id"].isin(chosen) & (found["rollup"].eq("unit") | whole)]
    own = own[own["measure"].ne("places_with_minimums")]
    assert "short" not in set(own["status"])
    assert plan.checks["passed"].all()


def test_a_share_that_is_kept_now_is_not_lost():
    # all of 6 places are inclusive: 4 more may be of the cheap kind, and a fifth may not
    area = build([0.0, 1000.0], HOMES, SITES, ((200, 200, 6, True),))
    alone, kept = planned(area, RATIO), planned(area, RATIO, PLACES)
    assert alone.value == 5 + 5
    assert kept.value > alone.value
    share = kept.after.findings.set_index(["norm_id", "measure"]).loc[(PLACES, "build"), "share"]
    assert share >= 0.6
    (need,) = kept.needs[kept.needs["norm_id"].eq(PLACES)].to_dict("records")
    # 0.4 x = 6 − 0.6 × 6: six inclusive places carry four others
    assert need["needed"] == pytest.approx(-6.0)
    assert PLACES not in {name for ids in kept.proposals["counts_for"] for name in ids}


def test_every_community_is_one_need_each():
    area = build([1000.0, 1000.0], HOMES, SITES, ((1300, 700, 1, False),))
    plan = planned(area, EVERY, build=(DEAR,), objective="facilities")
    assert plan.value == 3
    assert len(plan.needs) == 3
    assert plan.unmet.empty


def test_more_units_than_candidates_stand_in_are_unmet():
    area = build([1000.0, 1000.0], HOMES, [SITES[0]], ())
    plan = planned(area, HALF, objective="facilities")
    assert plan.value == 1
    (left,) = plan.unmet.to_dict("records")
    assert (left["needed"], left["gives"], left["left"]) == (2.0, 1.0, 1.0)
    assert left["reason"] == "no candidate or size that would do"
    assert plan.curve.empty


def test_what_needs_nothing_of_a_share_is_not_planned():
    area = build([1000.0, 1000.0], HOMES, SITES, ((200, 200, 5, True), (1200, 700, 5, True)))
    assert planned(area, HALF, PLACES, FACILITIES).value == 0


def test_every_norm_of_the_catalogue_has_an_answer_or_a_reason():
    for city in ("zhengzhou", "xinyang"):
        found = capacity.load_norms(
            city, on="2025-12-31", roles=("compute", "tabulate"), profile="optional"
        )
        for norm in found.norms:
            refusal = refusal_of(norm)
            assert (answer_of(norm) == "") == (refusal is not None)
            if refusal is not None:
                why, mend = refusal
                assert why
                assert mend.endswith(".")
    chosen = {norm.id: norm for norm in capacity.load_norms("zhengzhou", on="2025-12-31").norms}
    of_households = chosen["zhengzhou.plan2023.elder_care.floor_area_per_100_households"]
    assert "siting.compounds.norm" in refusal_of(of_households)[1]
    assert answer_of(chosen["zhengzhou.childcare.inclusive_place_share"]) == "balance"
    assert answer_of(chosen["zhengzhou.plan2023.elder_care.village_day_care_share"]) == "units"


def test_a_share_that_nothing_built_counts_for_is_named():
    area = build([1000.0, 1000.0], HOMES, SITES, ((200, 200, 4, False),))
    with pytest.raises(InputError) as caught:
        planned(area, PLACES, build=(CHEAP,))
    (fault,) = caught.value.faults
    assert fault.code == "siting.nothing_counts"
    assert "inclusive_share" in fault.mend
