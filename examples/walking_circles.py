"""Circles on foot beside the straight line, and who gets a place: Outram and Newton in Singapore.

    python examples/walking_circles.py FOLDER [outram|newton] [picture.png]

The folder, which is not part of this repository, holds open data of Singapore:

- ``walk_network_outram.gpkg``, ``walk_network_newton.gpkg``: edges of OSMnx (OpenStreetMap, ODbL);
- ``zones.gpkg``: subzones with ``SUBZONE_C``, ``SUBZONE_N``, ``PLN_AREA_N`` (URA, Singapore Open Data);
- ``facilities.gpkg``: points with ``kind`` and ``source_layer`` (ECDA, Sport Singapore);
- ``population_worldpop2015_100m.tif``: people per cell (WorldPop).

The norms are those of Zhengzhou: the 300 m childcare circle, the 15-minute fitness circle and 6
childcare places per 1,000 residents. No list says how many places a centre has: 12 are assumed for each.
The picture needs matplotlib (the notebook extra).
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyproj
import rasterio

import capacity

CRS = "EPSG:3414"
PLACES = 12
NEAR_M = 2000
NORMS = {
    "300 m": "zhengzhou.plan2023.childcare.service_circle_radius",
    "15 min": "zhengzhou.sports.fitness_circle_minutes",
    "places": "zhengzhou.plan2023.childcare.places_per_thousand_street",
}
LINES = {"straight": "straight line", "network": "on foot"}


def read(folder: Path, town: str, reach: str) -> capacity.StudyArea:
    """Put the study area of one town together; ``reach`` says what circles are measured along."""
    zones = gpd.read_file(folder / "zones.gpkg").to_crs(CRS)
    zones = zones[zones["PLN_AREA_N"] == town.upper()]
    units = gpd.GeoDataFrame(
        {
            "unit_code": zones["SUBZONE_C"].astype(str),
            "name": zones["SUBZONE_N"].str.title(),
            "main_urban": True,
        },
        geometry=zones.geometry,
        crs=CRS,
    )
    lists = gpd.read_file(folder / "facilities.gpkg").to_crs(CRS)
    childcare = lists["source_layer"] == "child_care_services_2020"
    lists["service"] = childcare.map({True: "childcare", False: "sports"})
    some = lists[childcare | (lists["kind"] == "fitness")]
    some = some[some.distance(units.union_all()) <= NEAR_M]
    facilities = gpd.GeoDataFrame(
        {
            "facility_id": [f"{kind}-{n}" for n, kind in enumerate(some["service"], start=1)],
            "service": some["service"].array,
            "places": [PLACES if kind == "childcare" else None for kind in some["service"]],
        },
        geometry=some.geometry.array,
        crs=CRS,
    )
    with rasterio.open(folder / "population_worldpop2015_100m.tif") as raster:
        people = raster.read(1, masked=True).filled(0).astype(float)
        grid = capacity.PopulationGrid({"population": people}, raster.transform, pyproj.CRS(4326))
    return capacity.study_area(
        units.reset_index(drop=True),
        grid,
        facilities,
        network=gpd.read_file(folder / f"walk_network_{town}.gpkg"),
        name=town,
        code="all",
        type="district",
        data_date="2025-12-31",
        unit_type="street",
        crs=CRS,
        parameters=capacity.Parameters(reach=reach, duplicates="keep"),
    )


def assess(folder: Path, town: str) -> dict[str, capacity.Assessment]:
    """Assess one town along the straight line and on foot."""
    norms = capacity.load_norms("zhengzhou", on="2025-12-31").choose(*NORMS.values())
    return {reach: capacity.assess(read(folder, town, reach), norms) for reach in LINES}


def shares(results: dict[str, capacity.Assessment]) -> pd.DataFrame:
    """Lay out the people within each circle, % of the unit's, by unit and for all of them."""
    columns = {}
    for name in ("300 m", "15 min"):
        for reach, result in results.items():
            found = result.findings
            wanted = (found["norm_id"] == NORMS[name]) & (found["measure"] == "population")
            rows = found[wanted & found["rollup"].isin(["unit", "net"])]
            columns[f"{name} {LINES[reach]}"] = rows.set_index("unit_name")["share"] * 100
    return pd.DataFrame(columns)


def places(results: dict[str, capacity.Assessment]) -> pd.DataFrame:
    """Lay out who gets a place, in places, straight and on foot."""
    parts = {}
    for reach, result in results.items():
        table = result.allocation(NORMS["300 m"])
        rows = table[table["rollup"].isin(["unit", "net"])].set_index("unit_name")
        for column in ("demand", "served", "without_capacity", "out_of_reach"):
            parts[LINES[reach], column] = rows[column]
    return pd.DataFrame(parts)


def draw(results: dict[str, capacity.Assessment], folder: Path, town: str, path: Path) -> None:
    """Draw both circles: straight as circles, on foot by the share of each cell in reach."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    on_foot = results["network"]
    area = on_foot.area
    units = area.units[area.units["unit_type"] == "street"]
    paths = gpd.read_file(folder / f"walk_network_{town}.gpkg").to_crs(area.crs)
    figure, panels = plt.subplots(1, 2, figsize=(13, 6.4), layout="constrained")
    circles = {
        "300 m": ("childcare", 300.0, "300 m to childcare"),
        "15 min": ("sports", 15 * 60 * 1.2 / 1.3, "15 minutes to sports (1.2 m/s)"),
    }
    for axes, (name, (service, radius, title)) in zip(panels, circles.items(), strict=True):
        points = area.facilities[area.facilities["service"] == service]
        why = [on_foot.explain(code, NORMS[name]).cells for code in units["unit_code"]]
        cells = pd.concat(why, ignore_index=True)
        circle = gpd.GeoSeries([points.buffer(radius).union_all()], crs=area.crs)
        circle.plot(ax=axes, color="#c6dbef", label="straight line")
        paths.plot(ax=axes, color="#969696", linewidth=0.3)
        shown = axes.scatter(
            cells["x"],
            cells["y"],
            c=cells["in_reach"] / cells["people"] * 100,
            s=34,
            cmap="viridis",
            vmin=0,
            vmax=100,
            edgecolor="white",
            linewidth=0.4,
        )
        units.boundary.plot(ax=axes, color="black", linewidth=0.9)
        points.plot(ax=axes, color="black", marker="^", markersize=26)
        west, south, east, north = units.total_bounds
        axes.set(xlim=(west - 150, east + 150), ylim=(south - 150, north + 150))
        axes.set_title(f"{title}: blue by the straight line, dots on foot")
        axes.set_axis_off()
    figure.colorbar(shown, ax=panels, shrink=0.6, label="people of the cell in reach on foot, %")
    figure.text(0.01, 0.01, "Data: OpenStreetMap (ODbL), Singapore Open Data, WorldPop", fontsize=7)
    figure.savefig(path, dpi=70)
    plt.close(figure)


def main(folder: Path, town: str = "outram", picture: Path | None = None) -> None:
    """Print the tables of one town, and draw it."""
    results = assess(folder, town)
    print(f"{town.title()}: people within reach, %")
    print(shares(results).round(1).to_string(), "\n")
    print(
        f"Childcare places at 6 per 1,000 residents, {PLACES} assumed for each centre, within 300 m"
    )
    print(places(results).round(1).to_string(), "\n")
    found = results["network"].findings
    for method in found[found["norm_id"] == NORMS["300 m"]]["method"].unique():
        print(method)
    if picture is not None:
        draw(results, folder, town, picture)
        print(picture)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), *sys.argv[2:3], *(Path(name) for name in sys.argv[3:4]))
