"""Time the joint norm model of a district: 20 streets, 150 communities, 20,000 cells.

    python -m tests.benchmarks.joint
    python -m tests.benchmarks.joint --share 0.9 --objective places

The district is synthetic; the assessments before and after, who is in reach of some 2,300 candidates,
the search and the checks are all timed. CPU time stands beside the time on the clock.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

NORMS = (
    "zhengzhou.childcare.places_per_thousand",
    "zhengzhou.childcare.facility_per_community",
    "zhengzhou.childcare.facility_per_street_2023",
    "zhengzhou.childcare.facility_per_township_2023",
    "zhengzhou.plan2023.childcare.service_circle_radius",
)


def plan_of_district(
    share: float,
    *,
    n_cells: int = 20_000,
    objective: str = "facilities",
    time_limit_s: float = 60.0,
) -> Callable[[], Any]:
    """Make the district ready, and give what plans it, from the first assessment to the last check."""
    import capacity
    from capacity.example.generate import synthetic_city

    n_units = max(2, n_cells // 1_000)
    town = synthetic_city(
        n_cells=n_cells, n_units=n_units, n_communities=15 * n_units // 2, n_facilities=3 * n_units
    )
    on = dt.date(2025, 12, 31)
    area = capacity.study_area(
        town.units, town.population, town.facilities, name="district", data_date=on
    )
    norms = capacity.load_norms("zhengzhou", on=on)
    chosen = tuple(norm for norm in norms.norms if norm.id in NORMS)
    build = capacity.Build(service="childcare", minimum=20, maximum=150, inclusive=True)
    settings = capacity.SitingSettings(
        norms=NORMS, build=(build,), share=share, objective=objective, time_limit_s=time_limit_s
    )
    return lambda: capacity.site(area, dataclasses.replace(norms, norms=chosen), settings)


def main() -> None:
    """Plan, and print how long it took and how good the plan is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=0.5)
    parser.add_argument("--objective", default="facilities")
    parser.add_argument("--time-limit", type=float, default=60.0)
    asked = parser.parse_args()
    solve = plan_of_district(asked.share, objective=asked.objective, time_limit_s=asked.time_limit)
    clock, cpu = time.perf_counter(), time.process_time()
    plan = solve()
    print(plan)
    print(
        f"{len(plan.candidates)} candidates, {len(plan.needs)} needs, gap {plan.gap:.2%}: "
        f"{time.perf_counter() - clock:.1f} s ({time.process_time() - cpu:.1f} s CPU)"
    )


if __name__ == "__main__":
    main()
