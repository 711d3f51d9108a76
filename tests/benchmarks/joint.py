"""The joint norm model of a district: 20 streets, 150 communities, 20,000 cells.

The district is synthetic; the assessments before and after, who is in reach of some 2,300 candidates,
the search and the checks are all timed (``python -m tests.benchmarks --only "joint 90 %"``).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
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
