"""Candidates generated along a walking network, and a plan whose circle is walked."""

import dataclasses

import numpy as np

from capacity.siting.candidates import from_network
from capacity.siting.plan import site
from tests.reach.networks import network, oracle
from tests.siting.hamlets import CIRCLE, build, norms
from tests.siting.test_plan import settings

# a street along y = 250 with two side streets at x = 350
STREETS = [
    [(150.0, 250.0), (350.0, 250.0)],
    [(350.0, 250.0), (550.0, 250.0)],
    [(350.0, 250.0), (350.0, 380.0)],
    [(350.0, 250.0), (350.0, 120.0)],
]
HOMES = [(160.0, 250.0), (540.0, 250.0), (350.0, 370.0), (350.0, 130.0)]


def walked(**more):
    """Four homes at the ends of the streets, with the network and reach along it."""
    area = build([10.0, 20.0, 30.0, 40.0], HOMES, (), (), **more)
    parameters = dataclasses.replace(area.parameters, reach="network")
    return dataclasses.replace(area, network=network(STREETS), parameters=parameters)


def test_a_square_gives_the_node_in_which_most_edges_meet():
    area = walked()
    found = from_network(area, area.network, 1000.0)
    assert [(p.x, p.y) for p in found.geometry] == [(350.0, 250.0)]
    each = from_network(area, area.network, 50.0)
    ends = {xy for line in STREETS for xy in line}
    assert {(p.x, p.y) for p in each.geometry} == ends


def test_nodes_outside_every_unit_are_no_candidates():
    area = walked()
    lines = [*STREETS, [(550.0, 250.0), (550.0, -900.0)]]
    found = from_network(area, network(lines), 50.0)
    assert (found.geometry.y > 0).all()
    assert len(found) == 5


def test_a_plan_along_the_network_reaches_whom_the_walk_reaches():
    area = walked()
    chosen = settings(CIRCLE, share=1.0, candidates_from="network", spacing_m=50.0)
    plan = site(area, norms(), chosen)
    assert plan.unmet.empty
    at = [(p.x, p.y) for p in plan.proposals.geometry]
    radius = next(float(one.value) for one in norms().norms if one.id == CIRCLE)
    walks = oracle(STREETS, HOMES, at)
    assert (np.asarray(walks).min(axis=1) <= radius).all()
    fewer = [
        (np.asarray(oracle(STREETS, HOMES, [(p.x, p.y)])) <= radius).all()
        for p in from_network(area, area.network, 50.0).geometry
    ]
    assert (len(at) == 1) == any(fewer)


def test_a_way_round_needs_a_site_more_than_the_straight_line():
    bend = [
        [(150.0, 250.0), (150.0, 30.0)],
        [(150.0, 30.0), (60.0, 30.0)],
        [(60.0, 30.0), (60.0, 250.0)],
    ]
    homes = [(150.0, 250.0), (60.0, 250.0)]
    area = build([10.0, 20.0], homes, [(150.0, 240.0), (60.0, 240.0)], ())
    on_foot = dataclasses.replace(
        area,
        network=network(bend),
        parameters=dataclasses.replace(area.parameters, reach="network"),
    )
    chosen = settings(CIRCLE, share=1.0)
    assert len(site(area, norms(), chosen).proposals) == 1
    assert len(site(on_foot, norms(), chosen).proposals) == 2
