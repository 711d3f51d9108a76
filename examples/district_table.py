"""What a district lacks, street by street: the table, the workbook and the page.

    python examples/district_table.py [area.toml] [FOLDER]

Without a settings file it takes the invented district that the package ships. Prints some norms as a
table with a row per street and township, and writes every output into FOLDER (a new one), if given.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import capacity

ON = "2025-12-31"
NORMS = (
    "zhengzhou.childcare.places_per_thousand",
    "zhengzhou.childcare.facility_per_street_2023",
    "zhengzhou.plan2023.childcare.service_circle_radius",
    "zhengzhou.plan2023.elder_care.land_per_capita",
)


def main(settings: Path | None = None, folder: Path | None = None) -> capacity.Assessment:
    """Assess a district; print a table of it, and write the outputs where a folder is given."""
    with tempfile.TemporaryDirectory() as scratch:
        area = capacity.read_study_area(settings or capacity.write_example(f"{scratch}/example"))
    result = capacity.assess(area, capacity.load_norms(area.city, on=ON))
    print(result)
    table = result.table(*NORMS, language="en")
    numbers = [f"[{n}]" for n in range(1, len(table.columns) - 1)]
    print(table.set_axis([*table.columns[:2], *numbers], axis="columns").to_string())
    print("\n".join(map(" ".join, zip(numbers, table.columns[2:], strict=True))))
    print("≥ at least, ≤ at most; — does not apply, … no data: never a zero, never met")
    if folder:
        print(f"Wrote {result.to_folder(folder)}: begin with report.html or shortfalls.xlsx")
    return result


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
