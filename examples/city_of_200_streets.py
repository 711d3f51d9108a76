"""A whole city at once: 200 streets, 1,000,000 cells of 100 m, some seconds.

    python examples/city_of_200_streets.py [STREETS] [FOLDER]

The city is invented: `capacity.example.generate` makes one of any size from a seed, with 5,000 cells and
10 childcare centres for each street. Prints what each step took and the districts with the largest
shortfalls; writes every output into FOLDER (a new one), if given: a workbook for the city and one for
each of its districts.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import capacity
from capacity.example.generate import synthetic_city

if TYPE_CHECKING:
    from collections.abc import Iterator

NORMS = (
    "zhengzhou.childcare.places_per_thousand",
    "zhengzhou.plan2023.childcare.service_circle_radius",
    "zhengzhou.plan2023.elder_care.floor_area_per_100_households",
)


def steps() -> Iterator[None]:
    """Print the seconds since the step before, step by step."""
    started = time.perf_counter()
    for name in ("inventing the city", "checking it", "assessing it", "writing"):
        yield
        now = time.perf_counter()
        print(f"{name}: {now - started:.1f} s")
        started = now


def main(streets: int = 200, folder: str = "") -> capacity.Assessment:
    """Invent, check and assess a city; write everything where a folder is given."""
    done = steps()
    next(done)
    town = synthetic_city(
        n_cells=5_000 * streets,
        n_units=streets,
        n_facilities=10 * streets,
        n_compounds=25 * streets,
    )
    next(done)
    area = capacity.study_area(
        town.units,
        town.population,
        town.facilities,
        town.compounds,
        name="合成市",
        city="zhengzhou",
        data_date="2025-06-30",
    )
    next(done)
    result = capacity.assess(area, capacity.load_norms(area.city, on="2025-12-31").choose(*NORMS))
    next(done)
    print(area)
    gaps = result.findings.query(
        "unit_type == 'district' and rollup == 'sum_of_units'"
        " and norm_id in @NORMS and measure in ['places', 'floor_area_m2']"
    ).pivot_table(index=["unit_code", "unit_name"], columns="measure", values="shortfall")
    print(gaps.sort_values("places", ascending=False).head(10).round(0).to_string())
    if folder:
        print(f"Wrote {result.to_folder(folder)}")
        next(done, None)
    return result


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200, *sys.argv[2:3])
