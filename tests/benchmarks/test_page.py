"""The page of measurements is what the measurements say."""

import json
import os
import platform

import pytest

from tests.benchmarks.__main__ import plan
from tests.benchmarks.explained import COSTS
from tests.benchmarks.page import (
    PAGE,
    RESULTS,
    exponents,
    largest,
    performance_page,
)
from tests.benchmarks.tasks import GROW, NEEDS, TASKS, first_word, is_peer


@pytest.fixture(scope="module")
def found():
    return json.loads(RESULTS.read_text("utf-8"))


def row(task, cells, cpu):
    return {
        "task": task,
        "cells": cells,
        "cpu": cpu,
        "cpu_median": cpu,
        "clock": cpu,
        "clock_median": cpu,
        "rounds": 1,
        "input_mb": 100,
        "peak_mb": 300,
        "found": {"check": 1.0},
    }


def made_up(*rows):
    return {
        "measured": "2026-01-01",
        "minutes": 1.0,
        "machine": {"processor": "P", "cores": 2, "memory_gib": 4, "system": "S"},
        "busy": [0.0, 0.0],
        "versions": {"Python": "3.11"},
        "rounds": 1,
        "skipped": {"split: rasterstats": "rasterstats"},
        "failed": {},
        "rows": list(rows),
    }


def test_the_page_is_made_of_the_measurements(found):
    assert PAGE.read_text("utf-8") == performance_page(found)


def test_each_of_the_largest_costs_is_explained(found):
    costs = [row for row in found["rows"] if first_word(row["task"]).startswith("costs")]
    named = {name for row in costs for name, _ in largest(row)}
    assert len(named) >= 10
    assert named <= set(COSTS)


def test_measurements_name_no_host_and_no_path(found):
    text = json.dumps(found)
    assert platform.node() not in text
    assert os.sep not in "".join(word for word in found["machine"]["processor"])
    assert "home" not in text
    assert "/" not in text.replace("/Linux", "")


def test_ratios_are_of_one_size():
    text = performance_page(
        made_up(
            row("split", 1000, 2.0),
            row("split", 500, 1.0),
            row("split: exactextract sum", 1000, 1.0),
            row("split: tobler area_interpolate", 500, 40.0),
        )
    )
    assert "| → exactextract sum | 1,000 | 1.00 (1.00) | 0.5 | 300 | 100 |" in text
    assert "| → tobler area_interpolate | 500 | 40.0 (40.0) | 40 | 300 | 100 |" in text
    assert "not installed: split: rasterstats (rasterstats)." in text


def test_growth_is_the_slope_of_logarithms():
    found = made_up(*(row("split", n, n**1.5 / 1e4) for n in (100, 1000, 10_000)))
    assert exponents(found) == pytest.approx({"split": 1.5})


def test_peers_meet_ours_at_their_size():
    sizes = [250_000, 1_000_000, 4_000_000]
    planned = plan(list(TASKS), sizes)
    for name, cells in planned:
        if is_peer(name):
            ours = {n for n, c in planned if c == cells and not is_peer(n)}
            assert first_word(name) in {first_word(n) for n in ours}
    assert {cells for name, cells in planned if name == GROW[0]} == set(sizes)


def test_every_package_that_is_needed_is_needed_by_a_peer():
    for word in NEEDS:
        assert any(word in name for name in TASKS), word
