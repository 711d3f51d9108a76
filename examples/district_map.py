"""Draw the pictures of the README: what the example district lacks, and where.

    python examples/district_map.py docs/images

writes ``district.png`` in English and ``district-zh.png`` in Chinese into the folder. Needs the extra
``figures``.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

import capacity

if TYPE_CHECKING:
    from typing import Literal

NORM = "zhengzhou.childcare.places_per_thousand"
CIRCLE = "zhengzhou.plan2023.childcare.service_circle_radius"
TITLES = {
    "en": ("Childcare places missing to reach 6 per 1,000", "Residents by distance to childcare"),
    "zh": ("达到每千人口6个托位,还缺多少", "居民到最近托育机构的距离"),
}


def assess_example() -> capacity.Assessment:
    """Assess the embedded example on the last day of 2025."""
    with tempfile.TemporaryDirectory() as folder:
        area = capacity.read_study_area(capacity.write_example(Path(folder) / "example"))
    return capacity.assess(area, capacity.load_norms(area.city, on="2025-12-31"))


def picture(result: capacity.Assessment, language: Literal["zh", "en"]) -> Figure:
    """Draw missing childcare places by street, and the people by distance to childcare."""
    figure = Figure(figsize=(11.5, 4.3), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
    result.plot("map", NORM, ax=left, language=language)
    result.plot("curve", CIRCLE, ax=right, language=language)
    for axes, title in zip((left, right), TITLES[language], strict=True):
        axes.set_title(title, loc="left")
    return figure


def main(folder: Path) -> list[Path]:
    """Write both pictures into a folder that is there."""
    result = assess_example()
    names = {"en": "district.png", "zh": "district-zh.png"}
    for language, name in names.items():
        picture(result, language).savefig(folder / name, dpi=125)  # type: ignore[arg-type]
    return [folder / name for name in names.values()]


if __name__ == "__main__":
    for path in main(Path(sys.argv[1] if len(sys.argv) > 1 else ".")):
        print(path)
