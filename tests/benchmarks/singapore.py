"""The childcare circle of Singapore to nine tenths of its people, with the fewest new centres.

    python -m tests.benchmarks.singapore
    python -m tests.benchmarks.singapore --spacing 200
    python -m tests.benchmarks.singapore --area OUTRAM

Needs the shared real data beside the checkout. CPU time stands beside the time on the clock.
"""

from __future__ import annotations

import argparse
import time


def main() -> None:
    """Plan, and print how much is built, how good that is and how long it took."""
    import capacity
    from tests.siting.singapore import FOLDER, NEEDS, asked, figures, norms, singapore

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--area", default=None, help="one planning area, such as OUTRAM")
    parser.add_argument("--share", type=float, default=0.9)
    parser.add_argument("--spacing", type=float, default=300.0, help="of candidates, m")
    parser.add_argument("--time-limit", type=float, default=300.0)
    given = parser.parse_args()
    if not FOLDER.is_dir():
        raise SystemExit(NEEDS)
    area = singapore(given.area)
    started, cpu = time.perf_counter(), time.process_time()
    settings = asked(given.share, spacing_m=given.spacing, time_limit_s=given.time_limit)
    plan = capacity.site(area, norms(), settings)
    clock, cpu = time.perf_counter() - started, time.process_time() - cpu
    print(figures(plan).to_string())
    print(plan.status, f"{clock:.0f} s, {cpu:.0f} s of CPU")
    print(plan.knees.to_string())


if __name__ == "__main__":
    main()
