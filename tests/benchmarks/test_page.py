"""The pages of measurements are what the measurements say."""

import json
import os
import platform

import pytest

from tests.benchmarks import country, elsewhere
from tests.benchmarks.__main__ import families, plan
from tests.benchmarks.elsewhere import BEGIN, END, killed, of_country, pages, put, siting
from tests.benchmarks.explained import COSTS, GROWTH
from tests.benchmarks.goals import as_goals
from tests.benchmarks.kept import EMPTY, RESULTS, main_run, merged, read, write
from tests.benchmarks.page import exponents, performance_page, unexplained
from tests.benchmarks.tasks import BARE, GROW, MOST_CELLS, NEEDS, TASKS, first_word, is_peer


@pytest.fixture(scope="module")
def found():
    return read(RESULTS)


def row(task, cells, cpu, run="2026-01-01", **found):
    return {
        "task": task,
        "cells": cells,
        "run": run,
        "cpu": cpu,
        "cpu_median": cpu,
        "clock": cpu,
        "clock_median": cpu,
        "rounds": 1,
        "input_mb": 100,
        "peak_mb": 300,
        "found": {"check": 1.0} | found,
    }


def part(workers, seconds, digest="abc", cells=1000, run="2026-01-01", load=2.0):
    return {
        "cells": cells,
        "townships": 3,
        "workers": workers,
        "run": run,
        "seconds": seconds,
        "CPU s driver": 1.0,
        "CPU s workers": [2.0] * workers,
        "MB driver": 500,
        "MB workers": [400] * workers,
        "load": load,
        "digest": digest,
    }


def made_up(*rows, parts=(), run="2026-01-01", cores=2):
    said = {
        "minutes": 1.0,
        "machine": {"processor": "P", "cores": cores, "memory_gib": 4, "system": "S"},
        "busy": [0.0, 0.0],
        "versions": {"Python": "3.11"},
        "rounds": 1,
    }
    return {
        "runs": {run: said},
        "rows": list(rows),
        "parts": list(parts),
        "skipped": {"split: rasterstats": "rasterstats"},
        "failed": {},
    }


def province(n, cells, seconds, lost=0.0):
    return part(2, seconds, cells=cells) | {
        "part": n,
        "made": {"people": 10.0 * cells, "facilities": 4},
        "people": 10.0 * cells - lost,
        "shortfall": 5.0,
        "all s": seconds + 1,
    }


def of_provinces(*rows):
    head = {"measured": "2026-01-01", "asked": {"workers": 2}} | {
        "machine": {"processor": "P", "cores": 2, "memory_gib": 4, "system": "S"}
    }
    return head | {"totals": country.totals(list(rows)), "provinces": list(rows)}


def test_the_pages_are_made_of_the_measurements():
    for path, text in pages().items():
        assert path.read_text("utf-8") == text, f"{path.name}: python -m tests.benchmarks --page"


def test_each_of_the_largest_costs_is_explained_and_nothing_else(found):
    assert unexplained(found) == []
    gone = made_up(row("costs", 1, 1, slow=0.5), row("costs-walk", 1, 1, slow=0.5))
    lines = unexplained(gone)
    assert "NOT EXPLAINED in explained.py: slow" in lines
    assert len(lines) == 1 + len(COSTS)
    assert "| `slow` | 0.500 | 50% | **not explained** |" in performance_page(gone)
    assert set(GROWTH) <= set(GROW)


def test_measurements_name_no_host_and_no_path(found):
    logs = [
        path.read_text("utf-8") for path in (elsewhere.COUNTRY, elsewhere.KILLED) if path.exists()
    ]
    text = "".join([json.dumps(found), *logs])
    assert platform.node() not in text
    assert not any(os.sep in said["machine"]["processor"] for said in found["runs"].values())
    assert "home" not in text
    assert "/" not in text.replace("/Linux", "").replace("cells/s", "")


def test_ratios_are_of_one_size_and_one_run():
    found = made_up(
        row("split", 1000, 2.0),
        row("split", 500, 1.0),
        row("split: exactextract sum", 1000, 1.0),
        row("split: tobler area_interpolate", 500, 40.0),
        row("split: geopandas sjoin", 1000, 4.0, run="2026-02-01"),
    )
    found["runs"]["2026-02-01"] = found["runs"]["2026-01-01"]
    text = performance_page(found)
    assert "| → exactextract sum | 1,000 | 1.00 (1.00) | 0.5 | 300 | 100 |" in text
    assert "| → tobler area_interpolate | 500 | 40.0 (40.0) | 40 | 300 | 100 |" in text
    assert "| → geopandas sjoin | 1,000 | 4.00 (4.00) |  | 300 | 100 |" in text
    assert "not installed: split: rasterstats (rasterstats)." in text
    assert "Measured on 2026-02-01" in text


def test_growth_is_the_slope_of_logarithms_over_all_sizes():
    found = made_up(*(row("split", n, n**1.5 / 1e4) for n in (100, 1000, 10_000)))
    assert exponents(found) == {"split": 1.5}
    # the middle of three counts as the ends do: a slope through the ends alone would be 1
    bent = made_up(*(row("split", n, s) for n, s in ((10, 1.0), (100, 100.0), (1000, 100.0))))
    assert exponents(bent) == {"split": 1.0}
    bent = made_up(*(row("split", n, s) for n, s in ((10, 1.0), (100, 10.0), (10_000, 100.0))))
    assert exponents(bent) == {"split": 0.64}
    # a size that is measured for a slow peer alone does not count where the others are there
    sizes = GROW["walk-nearest 1 km"]
    some = [row("walk-nearest 1 km", n, n / 1e7) for n in sizes]
    slow = row("walk-nearest 1 km", MOST_CELLS["walk-nearest: pandana from nodes"], 1e-5)
    assert exponents(made_up(slow, *some)) == {"walk-nearest 1 km": 1.0}
    assert exponents(made_up(slow, *some[:2]))["walk-nearest 1 km"] > 1.5


def test_growth_with_empty_caches_stands_beside_the_other_and_is_a_goal_of_its_own():
    some = [
        row("split", n, n**1.5 / 1e4) | {"cpu_cold": n / 1e3}
        for n in (250_000, 1_000_000, 4_000_000)
    ]
    found = made_up(*some)
    assert exponents(found, "cpu_cold") == {"split": 1.0}
    assert exponents(made_up(row("split", 1000, 1.0)), "cpu_cold") == {}
    goals = as_goals(found, exponents(found), None, exponents(found, "cpu_cold"))
    (warm,) = [goal for goal in goals if "each step by itself" in goal[0]]
    (cold,) = [goal for goal in goals if "empty caches" in goal[0]]
    assert (warm[2], cold[1], cold[2]) == (False, "1.00 at most", True)
    assert "| 1.50 **above** | 1.50 | 1.00 |" in performance_page(found)


def test_what_grows_faster_than_its_cells_is_marked_with_what_its_kernel_does():
    bare = BARE["split"]
    sizes = (100, 1000, 10_000)
    slow = [row("split", n, n**1.2 / 1e4) for n in sizes]
    text = performance_page(made_up(*slow, *(row(bare, n, n**1.1 / 1e4) for n in sizes)))
    assert "| 1.20 **above** | 1.20 |" in text
    assert "| → cells and sums, bare | 0.016 | 0.200 | 2.51 | 1.10 | 1.10 |" in text
    assert "- `split`: so does its bare kernel, with a power of 1.10." in text
    text = performance_page(made_up(*slow, *(row(bare, n, n / 1e4) for n in sizes)))
    assert "- `split`: its bare kernel does not, with a power of 1.00: the rest is ours." in text
    text = performance_page(made_up(*slow))
    assert "- `split`: no bare kernel is measured beside it." in text
    text = performance_page(made_up(*(row("split", n, n / 1e4) for n in sizes)))
    assert "**above**" not in text


def test_parts_that_differ_are_marked():
    same = [part(0, 5.0), part(1, 17.0), part(2, 10.0)]
    text = performance_page(made_up(row("split", 1, 1), parts=same))
    assert "the same to the last digit; two workers are 1.70 times as fast as one on the" in text
    assert "and 1.00 times if the driver's" in text
    assert "| 1,000 | 3 | 2 workers | 10.0 | 1.0 | 2.0, 2.0 | 500 | 400, 400 | 2 | `abc` |" in text
    text = performance_page(made_up(row("split", 1, 1), parts=[*same[:2], part(2, 10.0, "xyz")]))
    assert "**not the same**" in text


def test_goals_are_met_or_not_by_the_numbers():
    million = 1_000_000
    rows = [
        row("kernels", million, 1, ratio=2.004),
        row("kernels-walk", million, 1, **{"ratio": 2.006, "ratio, drawn": 2.1}),
        row("assess", million, 10.0),
        row("assess-walk", million, 10.01),
        row("python", million, 0.1),
        row("import capacity", million, 0.3),
        row("help", million, 0.61),
        row("sets 1 km", million, 0.1) | {"peak_mb": 351},
    ]
    parts = [part(1, 17.0), part(2, 10.0), part(1, 16.0, cells=2000), part(2, 10.0, cells=2000)]
    found = made_up(*rows, parts=parts)
    powers = {"split": 1.05, "sets 1 km": 1.08, "outputs": 1.4, "assess": 0.9, "catalogue": 1.0}
    goals = as_goals(found, powers, None, {"split": 1.05, "sets 1 km": 1.06})
    assert [(said, met) for _, said, met in goals] == [
        ("2.00 ×", True),
        ("2.01 × (2.10 × with outlines of pockets drawn)", False),
        ("1.00 at most", True),
        ("`sets 1 km` 1.08", False),
        ("`sets 1 km` 1.06", False),
        ("10.00 s, 300 MB", True),
        ("10.01 s, 300 MB", False),
        ("`sets 1 km` 1 MB over", False),
        ("1.60 × for 2,000 cells", False),
        ("400 MB", True),
        ("2 of 2 areas", True),
        ("", None),
        ("0.200 s", True),
        ("0.510 s", False),
    ]
    busy = [part(1, 17.0), part(2, 10.0, load=4.1)]
    said = [goal for goal in as_goals(made_up(parts=busy), {}, None) if "two workers" in goal[0]]
    assert said[0][1:] == (
        "1.70 × for 1,000 cells, but 4.1 processes wanted a core, which tells nothing",
        None,
    )
    powers = {"split": 1.06, "assess-walk": 1.06}
    goals = as_goals(made_up(parts=[part(0, 1.0), part(1, 1.0, "x")]), powers, None)
    assert [(said, met) for _, said, met in goals] == [
        *[("", None)] * 2,
        ("`assess-walk` 1.06", False),
        ("`split` 1.06", False),
        *[("", None)] * 5,
        ("400 MB", True),
        ("0 of 1 areas", False),
        *[("", None)] * 3,
    ]


def test_a_country_is_the_sum_of_its_provinces():
    rows = [province(n, cells, cells / 1e6) for n, cells in enumerate((10**7, 3 * 10**7, 10**7), 1)]
    of = country.totals(rows)
    assert (of["cells"], of["people made"], of["people lost"]) == (5 * 10**7, 5e8, 0.0)
    assert (of["power"], of["later"], of["later MB"]) == (1.0, 1.0, 1.0)
    assert (of["cells/s"], of["MB worker"]) == (10**6, 400)
    text = of_country(of_provinces(*rows))
    assert "| 2 | 30.0 | 3 | 4 | 30 | 1 | 2 + 2 | 500 | 400, 400 |" in text
    assert "500,000,000 people were made, and 500,000,000 are in the findings" in text
    # processor time does not grow here: met; a person in a thousand is lost: not
    goals = as_goals(EMPTY, {}, of_provinces(*rows))
    assert [met for what, _, met in goals if "country" in what] == [True]
    goals = as_goals(EMPTY, {}, of_provinces(*rows[:2], province(3, 10**7, 10, lost=10**5)))
    assert [met for what, _, met in goals if "country" in what] == [False]
    slower = [*rows[:2], province(3, 10**7, 20)]
    assert country.totals(slower)["later"] == 2 / 1.0


def test_a_country_that_was_broken_off_goes_on(tmp_path):
    path = tmp_path / "provinces.jsonl"
    asked = {"parts": 3, "cells": 100}
    assert country.remembered(path, asked) == []
    with path.open("a", encoding="utf-8") as lines:
        lines.write('{"part": 2}\n')
    assert country.remembered(path, asked) == [{"part": 2}]
    with pytest.raises(SystemExit, match="another country"):
        country.remembered(path, {"parts": 4, "cells": 100})


def test_what_is_measured_again_takes_the_place_of_what_was(tmp_path):
    old = made_up(
        row("split", 10, 1.0), row("pairs 1 km", 10, 1.0), parts=[part(1, 5.0), part(2, 5.0)]
    )
    old["failed"] = {"split · 20 cells": "E", "sets 1 km · 10 cells": "E"}
    day = "2026-02-01"
    new = made_up(row("split", 10, 3.0, day), parts=[part(1, 7.0, run=day)], run=day, cores=4)
    found = merged(old, new)
    assert [(r["task"], r["cpu"], r["run"]) for r in found["rows"]] == [
        ("split", 3.0, day),
        ("pairs 1 km", 1.0, "2026-01-01"),
    ]
    assert [(r["workers"], r["seconds"]) for r in found["parts"]] == [(1, 7.0), (2, 5.0)]
    assert found["failed"] == {"sets 1 km · 10 cells": "E"}
    assert set(found["runs"]) == {"2026-01-01", day}
    assert main_run(found) == day
    text = performance_page(found)
    assert "Measured on 2026-01-01, in 1 minutes" in text
    assert "`pairs 1 km`, 1,000 cells in parts (with another machine)." in text
    # a run of which nothing is left is forgotten
    last = merged(new, made_up(*new["rows"], parts=new["parts"], run=day))
    assert set(last["runs"]) == {day}
    write(tmp_path / "r.json", found)
    assert read(tmp_path / "r.json") == found


def test_siting_that_misses_what_was_asked_is_marked():
    name, peer = "lscp 2,000 × 200", "lscp: spopt, HiGHS"
    good = row(name, 1_000_000, 0.1, bound=1.0, gap=0.0)
    line = siting(made_up(good, row(peer, 1_000_000, 2.0)))
    assert "| `lscp`, 2,000 × 200 | proven in 0.1 s | 1 | 1 | 0 |" in line
    assert "| 2.00, the same |" in line
    bad = row(name, 1_000_000, 0.1, bound=0.9, gap=0.1)
    assert "| proven in 0.1 s **not met** |" in siting(made_up(bad))
    assert "**not met**" in siting(made_up(good | {"cpu": 0.2}))
    other = row(peer, 1_000_000, 2.0) | {"found": {"check": 2.0}}
    assert "**another**" in siting(made_up(good, other))
    assert siting(EMPTY) == killed("") == of_country(None) == "*Not measured yet.*"


def test_a_block_changes_nothing_around_it():
    page = put(f"a\n{BEGIN}old{END}\nb\n", "new")
    assert page.startswith("a\n")
    assert page.endswith("\nb\n")
    assert "new" in page
    assert "old" not in page
    assert put(page, "new") == page


def test_peers_and_kernels_meet_ours_at_their_size():
    for sizes in (None, [1000, 2000, 4000]):
        planned = plan(list(TASKS), sizes)
        for name, cells in planned:
            if is_peer(name):
                ours = {n for n, c in planned if c == cells and not is_peer(n)}
                assert first_word(name) in {first_word(n) for n in ours}
        for name in GROW:
            wanted = set(sizes or GROW[name])
            assert {cells for n, cells in planned if n == name} >= wanted
            if bare := BARE.get(first_word(name)):
                assert {cells for n, cells in planned if n == bare} == wanted
    assert set(BARE.values()) <= set(TASKS)
    assert all(len(sizes) == 3 for sizes in GROW.values())


def test_what_is_measured_again_is_so_with_its_peers():
    some = families(["lscp 2,000 × 200", "walk-nearest: scipy, bare"])
    assert set(some) == {"lscp 2,000 × 200", "lscp: spopt, HiGHS"} | {
        name for name in TASKS if name.startswith("walk-nearest")
    }


def test_every_package_that_is_needed_is_needed_by_a_peer():
    for word in NEEDS:
        assert any(word in name for name in TASKS), word
