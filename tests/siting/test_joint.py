"""The steps by which large problems are solved, on problems small enough to be solved at once."""

import dataclasses
import time

import numpy as np
import pytest

import capacity
from capacity.inputs.sites import Build, SitingSettings
from capacity.siting import joint, plan
from capacity.siting.joint import solve_joint
from tests.siting.hamlets import CIRCLE, COMMUNITY, RATIO, STREET, hamlet, norms

POINT = Build(service="childcare", minimum=2, maximum=5, inclusive=True, cost=7, cost_per_size=2)


@pytest.fixture(scope="module", params=range(2))
def task(request):
    """Give a problem of 12 sites and its settings, as ``site`` makes it."""
    area = hamlet(request.param, n_sites=12, n_people=40)
    asked = (RATIO, STREET, COMMUNITY, CIRCLE)
    settings = SitingSettings(norms=asked, build=(POINT,), share=0.5, gap=0.0)
    caught = []

    def catch(problem, chosen):
        caught.append((problem, chosen))
        return solve_joint(problem, chosen)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "solve_joint", catch)
        capacity.site(area, norms(), settings)
    return caught[0]


@pytest.mark.parametrize("in_parts", [True, False])
@pytest.mark.parametrize("objective", ["facilities", "places", "cost"])
def test_in_steps_as_at_once(task, objective, in_parts, monkeypatch):
    problem, settings = task
    settings = dataclasses.replace(settings, objective=objective)
    once = solve_joint(problem, settings)
    monkeypatch.setattr(joint, "_FEW", 0)
    monkeypatch.setattr(joint, "_IN_A_SQUARE", 4)
    monkeypatch.setattr(joint, "_IN_A_PART", (4, 8) if in_parts else ())
    steps = solve_joint(problem, settings)
    assert steps.status == once.status == "optimal"
    assert steps.objective == pytest.approx(once.objective)
    for found in (once, steps):
        assert (problem.gives(found.size) >= found.planned - 1e-6).all()


@pytest.mark.parametrize("side", [3, 100])
def test_squares_planned_anew_keep_every_need_and_never_cost_more(task, side, monkeypatch):
    problem, settings = task
    monkeypatch.setattr(joint, "_IN_A_SQUARE", side)
    price = joint.prices(problem.options, "cost")
    settings = dataclasses.replace(settings, objective="cost")
    least = solve_joint(problem, settings)
    work = joint._Task(problem, settings, least.planned, price)
    start = problem.options["maximum"].to_numpy(dtype=float)
    better = joint._improved(work, start, 0.0, time.monotonic())
    assert (problem.gives(better) >= least.planned - 1e-6).all()
    assert least.objective - 1e-6 <= work.worth(better) < work.worth(start)
    if side == 100:  # one square holds everything
        assert work.worth(better) == pytest.approx(least.objective)


def test_facilities_move_to_people_and_keep_the_objective(task):
    problem, settings = task
    found = solve_joint(problem, settings)
    crowd = np.where(found.size > 0, 0.0, 1.0)
    moved = joint._nearer_to_people(
        joint._Task(
            dataclasses.replace(problem, near=crowd),
            settings,
            found.planned,
            joint.prices(problem.options, "facilities"),
        ),
        found.size,
    )
    assert (moved > 0).sum() == (found.size > 0).sum()
    assert sorted(moved[moved > 0]) == sorted(found.size[found.size > 0])
    assert (problem.gives(moved) >= found.planned - 1e-6).all()
    assert crowd[moved > 0].sum() >= crowd[found.size > 0].sum()


@pytest.mark.parametrize("number", [2, 4, 100])
def test_parts_of_the_area_never_bound_more_than_the_best_plan(task, number):
    problem, settings = task
    best = solve_joint(problem, settings)
    price = joint.prices(problem.options, "facilities")
    model, columns = joint._program(problem, settings, best.planned, price)
    relaxed = model.relax()
    part = joint._part_of_columns(
        problem, model, columns, joint._squares(problem, number, (0.0, 0.0))
    )
    found = model.in_parts(part, relaxed.prices)
    assert relaxed.objective - 1e-6 <= found.bound <= best.objective + 1e-6
    if number == 100:  # one part is the whole program
        assert found.bound == pytest.approx(best.objective)


@pytest.mark.parametrize("objective", ["facilities", "cost"])
def test_a_fitted_choice_answers_every_need_and_is_never_better_than_the_best(task, objective):
    problem, settings = task
    settings = dataclasses.replace(settings, objective=objective)
    best = solve_joint(problem, settings)
    work = joint._Task(problem, settings, best.planned, joint.prices(problem.options, objective))
    cover = joint._cover_of(work, np.zeros(len(best.planned)))
    late = time.monotonic() + 60
    everything = problem.options["maximum"].to_numpy(dtype=float)
    for start in (np.zeros(problem.n_options), everything, best.size):
        size = joint._fitted_sizes(work, cover, start, late)
        assert (problem.gives(size) >= best.planned - 1e-6).all()
        assert work.worth(size) >= best.objective - 1e-6
        if start is best.size:
            assert work.worth(size) == pytest.approx(best.objective)


@pytest.mark.parametrize("objective", ["facilities", "places", "cost"])
def test_the_time_limit_leaves_a_valid_plan_with_its_bound(task, objective, monkeypatch):
    problem, settings = task
    monkeypatch.setattr(joint, "_FEW", 0)
    best = solve_joint(problem, dataclasses.replace(settings, objective=objective))
    short = dataclasses.replace(settings, objective=objective, time_limit_s=0.0)
    found = solve_joint(problem, short)
    assert (problem.gives(found.size) >= found.planned - 1e-6).all()
    assert found.bound - 1e-6 <= best.objective <= found.objective + 1e-6
    assert found.status in {"optimal", "within gap", "time limit reached"}
