"""Draw the shortfall of the example district: the picture in the README.

    python examples/district_map.py docs/images/district.png

Needs matplotlib (the notebook extra).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.patheffects import withStroke

import capacity

if TYPE_CHECKING:
    import geopandas as gpd

NORM = "zhengzhou.childcare.places_per_thousand"
CIRCLE = "zhengzhou.plan2023.childcare.service_circle_radius"


def assess_example() -> capacity.Assessment:
    """Assess the embedded example on the last day of 2025."""
    with tempfile.TemporaryDirectory() as folder:
        area = capacity.read_study_area(capacity.write_example(Path(folder) / "example"))
    return capacity.assess(area, capacity.load_norms(area.city, on="2025-12-31"))


def streets_with(result: capacity.Assessment, norm_id: str, measure: str) -> gpd.GeoDataFrame:
    """Join one measure of one norm to the polygons of its streets and townships."""
    found = result.findings
    wanted = (found["norm_id"] == norm_id) & (found["measure"] == measure)
    numbers = found[wanted & (found["rollup"] == "unit")].set_index("unit_code")[
        ["shortfall", "share", "status", "standard"]
    ]
    return result.area.units.merge(numbers, left_on="unit_code", right_index=True)


def label(axes: plt.Axes, units: gpd.GeoDataFrame, column: str, style: str) -> None:
    """Write each unit's number, or its status where there is none, in its middle."""
    for unit in units.to_dict("records"):
        middle = unit["geometry"].representative_point()
        known = unit[column] == unit[column]
        text = style.format(unit[column]) if known else unit["status"].replace("_", " ")
        words = f"{unit['unit_code'][-3:]}\n{text}"
        written = axes.annotate(words, (middle.x, middle.y), ha="center", va="center", fontsize=8)
        written.set_path_effects([withStroke(linewidth=2.5, foreground="white")])


def draw(result: capacity.Assessment) -> plt.Figure:
    """Draw missing places on the left and the 300 m circles over the people on the right."""
    area, grid = result.area, result.area.population
    places = streets_with(result, NORM, "places")
    circle = streets_with(result, CIRCLE, "population")
    figure, (left, right) = plt.subplots(1, 2, figsize=(13, 5.7), layout="constrained")
    bar = {"label": "childcare places short of 6 per 1,000 residents", "shrink": 0.75}
    places.plot(
        "shortfall",
        ax=left,
        cmap="OrRd",
        edgecolor="white",
        legend=True,
        legend_kwds=bar,
        missing_kwds={"color": "lightgrey", "hatch": "///", "edgecolor": "white"},
    )
    label(left, places, "shortfall", "{:.0f}")
    left.set_title("Missing childcare places by street and township")

    corner = grid.transform
    rows, columns = grid.shape
    extent = (corner.c, corner.c + columns * corner.a, corner.f + rows * corner.e, corner.f)
    people = grid.values["population"]
    shown = right.imshow(people, extent=extent, cmap="Greys", vmax=80)
    facilities = area.facilities
    childcare = facilities[facilities["service"].eq("childcare") & facilities["is_open"]]
    radius = float(circle["standard"].dropna().iloc[0])
    childcare.buffer(radius).plot(ax=right, facecolor="none", edgecolor="tab:blue", linewidth=0.9)
    places.boundary.plot(ax=right, color="tab:orange", linewidth=0.8)
    label(right, circle, "share", "{:.0%}")
    figure.colorbar(shown, ax=right, label="residents per 100 m cell", shrink=0.75)
    right.set_title(f"Residents within {radius:.0f} m of a childcare facility")
    for axes in (left, right):
        axes.set_axis_off()
    return figure


if __name__ == "__main__":
    picture = Path(sys.argv[1] if len(sys.argv) > 1 else "district.png")
    draw(assess_example()).savefig(picture, dpi=110)
    print(picture)
