"""Whole plans of hamlets drawn by lot: nothing lost, nothing better with fewer choices."""

import dataclasses

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import capacity
from capacity.inputs.sites import Build, SitingSettings
from capacity.siting.needs import needs_of
from capacity.siting.plan import site
from tests.siting.hamlets import CIRCLE, COMMUNITY, RATIO, STREET, hamlet, met, norms

POINT = Build(service="childcare", minimum=2, maximum=5, inclusive=True, cost=7, cost_per_size=2)
NORMS = (RATIO, STREET, COMMUNITY, CIRCLE)


@pytest.fixture(scope="module")
def assessed():
    """Give a hamlet with its assessment: what there is need not be assessed again."""
    area = hamlet(11, n_sites=6)
    return area, capacity.assess(area, norms())


def planned(area, asked, before):
    """Plan, or give the codes of what is wrong: no candidate that is left may count."""
    try:
        return site(area, norms(), asked, before=before), set()
    except capacity.InputError as error:
        return None, {fault.code for fault in error.faults}


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    chosen=st.sets(st.sampled_from(NORMS), min_size=1).map(sorted).map(tuple),
    objective=st.sampled_from(["facilities", "places", "cost"]),
    share=st.sampled_from([0.3, 0.5, 0.8]),
    kept=st.sets(st.integers(0, 5), min_size=3, max_size=5).map(sorted),
)
def test_a_plan_holds_what_it_says(assessed, chosen, objective, share, kept):
    area, before = assessed
    asked = SitingSettings(norms=chosen, build=(POINT,), objective=objective, share=share, gap=0.0)
    plan = site(area, norms(), asked, before=before)

    # every constraint counted anew without the model, and what exists is what it was
    assert plan.checks["passed"].all()
    assert {"size", "re-assessed"} <= set(plan.checks["check"]) or plan.proposals.empty
    old = plan.after.area.facilities.iloc[: len(area.facilities)]
    pd.testing.assert_frame_equal(pd.DataFrame(area.facilities), pd.DataFrame(old))
    assert plan.bound <= plan.value + 1e-9

    # what it says it closes is closed in the assessment with it, and by hand
    by_id = {norm.id: norm for norm in norms().norms}
    closed = [name for name in chosen if not plan.unmet["norm_id"].eq(name).any()]
    still = needs_of(plan.after, [by_id[name] for name in closed], asked).rows
    assert still[still["needed"] > 1e-6].empty
    sizes = dict(zip(plan.proposals["candidate_id"], plan.proposals["size"], strict=True))
    built = [sizes.get(name, 0) for name in area.candidates["candidate_id"]]
    assert met(area, closed, built, share)

    # with fewer candidates nothing more is met, and nothing is cheaper
    fewer = dataclasses.replace(area, candidates=area.candidates.iloc[kept].reset_index(drop=True))
    less = dataclasses.replace(before, area=fewer)
    part, codes = planned(fewer, asked, less)
    if part is None:
        assert codes == {"siting.nothing_counts"}
        return
    assert part.needs["planned"].sum() <= plan.needs["planned"].sum() + 1e-6
    if part.unmet.empty:
        assert plan.unmet.empty
        assert plan.value <= part.value + 1e-9
