"""The timed tasks as pytest benchmarks: ``pytest tests/benchmarks --benchmark-only``.

They run on a quarter of a million cells; ``python -m tests.benchmarks`` takes other sizes, measures
each in a process of its own, and prints peak memory.
"""

import numpy as np
import pytest

from capacity import from_wgs84, to_wgs84
from tests.benchmarks import cold, start
from tests.benchmarks.reading import READERS, write_points
from tests.benchmarks.siting import OURS
from tests.benchmarks.tasks import ONCE, TASKS, city, city_of, missing_package

# Nothing here is compared with them, and a small city makes them no quicker.
SLOW = ("capacitated-city 1 %", "joint 50 %", "joint 70 %")
AVAILABLE = [name for name in TASKS if name not in ONCE and not missing_package(name)]


def first(found):
    return found["check"] if isinstance(found, dict) else found


@pytest.mark.parametrize("name", AVAILABLE)
def test_task(benchmark, name):
    run = TASKS[name](city(250_000, 50, 500, 1_250))
    benchmark.group = name.split(":")[0].split()[0]
    assert first(benchmark(run)) > 0


def test_peers_agree():
    town = city(10_000, 5, 50, 50)
    some = [name for name in AVAILABLE if name not in {*start.TASKS, *SLOW}]
    found = {name: TASKS[name](town)() for name in some}
    value = {name: first(one) for name, one in found.items()}
    assert all(found[name]["gap"] <= asked.gap for name, asked in OURS.items() if name in found)
    assert value["split: exactextract sum"] == pytest.approx(value["split"], rel=1e-6)
    # Whole cells to the street or circle that holds their centre: near, not equal.
    assert value["split: rasterize + bincount"] == pytest.approx(value["split"], rel=0.02)
    assert value["coverage: cKDTree centres"] == pytest.approx(value["coverage 300 m"], rel=0.05)
    centres = value["coverage: cKDTree centres"]
    assert value["coverage: geopandas dwithin"] == pytest.approx(centres, rel=1e-12)
    for name in {"split: rasterstats", "split: geopandas sjoin"} & set(value):
        assert value[name] == pytest.approx(value["split: rasterize + bincount"], rel=0.02)
    for name in {"split: tobler area_interpolate"} & set(value):
        assert value[name] == pytest.approx(value["split"], rel=1e-6)
    # All supply that anyone reaches is given out, whether cells are cut or whole.
    peer = value["2sfca: PySAL access, costs given"]
    assert peer == pytest.approx(value["2sfca 1 km"], rel=1e-9)
    # From nodes to nodes, without the ways there: more are in reach, by no large part.
    for name in {"walk-nearest: pandana from nodes"} & set(value):
        assert 1.0 < value[name] / value["walk-nearest 1 km"] < 1.2
    # The same most, and the same fewest, proven by both.
    for task in ("mclp-small 2,000 × 200", "mclp 10,000 × 1,000", "lscp 2,000 × 200"):
        peer = value[f"{task.split()[0]}: spopt, HiGHS"]
        assert value[task] == pytest.approx(peer, rel=2e-4)
    # Bare kernels go over what ours go over: circles are of the same people, places given out the same.
    reached = value["coverage: cells and sums, bare"]
    assert value["coverage 300 m"] == pytest.approx(reached, rel=1e-6)
    assert value["sets: cells and sums, bare"] <= value["pairs: cells and sums, bare"]
    assert value["2sfca: sums, bare"] == pytest.approx(value["2sfca 1 km"], rel=1e-9)
    served = value["allocation: maximum flow, bare"]
    assert value["allocation 1 km"] == pytest.approx(served, rel=1e-3)
    assert value["mclp-greedy"] <= value["mclp 10,000 × 1,000"]
    assert value["allocation: in order"] <= value["allocation 1 km"] * (1 + 1e-9)


def test_every_reader_reads_every_row(tmp_path):
    write_points(tmp_path / "points.csv", 1_000)
    assert {read(tmp_path / "points.csv") for read in READERS.values()} == {1_000}


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@pytest.mark.parametrize("method", [to_wgs84, from_wgs84])
def test_a_million_points_to_another_datum(benchmark, datum, method):
    rng = np.random.default_rng(0)
    lon, lat = rng.uniform(73, 135, 1_000_000), rng.uniform(18, 53, 1_000_000)
    benchmark.group = "datum"
    x, y = benchmark(method, lon, lat, datum=datum)
    there = from_wgs84(x, y, datum=datum) if method is to_wgs84 else to_wgs84(x, y, datum=datum)
    assert np.hypot(there[0] - lon, there[1] - lat).max() < 1e-8  # a millimetre


def test_a_step_is_measured_with_and_without_what_caches_keep(monkeypatch):
    monkeypatch.setattr(cold, "_EVICT", 1_000)
    monkeypatch.setattr(cold, "_ROUNDS_S", 0.0)
    found = cold.both_ways(TASKS["calibrate"](city_of(2_000)))
    assert set(found) == {"in a row", "caches empty"}
    assert all(0 < seconds < 60 for seconds in found.values())
