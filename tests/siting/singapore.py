"""Singapore's childcare centres as a study area: subzones as streets, the norms of Zhengzhou.

The data are not of this repository; ``NEEDS`` says where they are looked for.
"""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyproj
import rasterio
from affine import Affine
from rasterio.windows import from_bounds

import capacity
from capacity.inputs.sites import Build, SitingSettings
from capacity.population import PopulationGrid

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "singapore"
NEEDS = f"the shared real data (shared/{FOLDER.relative_to(FOLDER.parents[1])}) are not beside this checkout"
CIRCLE = "zhengzhou.plan2023.childcare.service_circle_radius"
CRS = 32648
HALO_M = 600.0


def singapore(planning_area=None):
    """Give all of Singapore that the data have, or one planning area and what is near it."""
    zones = gpd.read_file(FOLDER / "zones.gpkg").to_crs(CRS)
    if planning_area is not None:
        zones = zones[zones["PLN_AREA_N"] == planning_area].reset_index(drop=True)
    units = gpd.GeoDataFrame(
        {
            "unit_code": zones["SUBZONE_C"],
            "unit_name": zones["SUBZONE_N"],
            "unit_type": "street",
            "main_urban": True,
        },
        geometry=zones.geometry,
    )
    facilities = gpd.read_file(FOLDER / "facilities.gpkg").to_crs(CRS)
    centres = facilities[facilities["source_layer"] == "child_care_services_2020"]
    centres = centres[centres.distance(units.union_all()) < HALO_M].reset_index(drop=True)
    box = units.buffer(HALO_M).to_crs(4326).total_bounds
    with rasterio.open(FOLDER / "population_osmbuildings_100m.tif") as raster:
        window = from_bounds(*box, raster.transform).round_offsets().round_lengths()
        whole = planning_area is None
        people = raster.read(1, masked=True, window=None if whole else window)
        at = raster.transform
    left, top = (0, 0) if whole else (window.col_off, window.row_off)
    moved = Affine(at.a, at.b, at.c + left * at.a, at.d, at.e, at.f + top * at.e)
    grid = PopulationGrid({"population": people.filled(0).astype(float)}, moved, pyproj.CRS(4326))
    return capacity.study_area(
        units,
        grid,
        gpd.GeoDataFrame(
            {"facility_id": [f"C{i}" for i in range(len(centres))], "service": "childcare"},
            geometry=centres.geometry,
        ),
        name=planning_area or "Singapore",
        code="SG",
        city="zhengzhou",
        data_date="2020-12-31",
        services=["childcare"],
    )


def asked(share=0.9, **more):
    """Give the circle to a share of people with the fewest new centres, of 20 to 120 places each."""
    point = Build(
        service="childcare", facility_type="community_childcare_point", minimum=20, maximum=120
    )
    return SitingSettings(norms=(CIRCLE,), build=(point,), share=share, **more)


def norms():
    """Give the circle norm alone."""
    return capacity.load_norms("zhengzhou", on="2025-12-31").choose(CIRCLE)


def figures(plan):
    """Lay the figures of a plan out."""
    row = plan.norms.iloc[0]
    need = plan.needs.iloc[0]
    return pd.Series(
        {
            "people": need["base_value"],
            "share before": row["share_before"],
            "share after": row["share_after"],
            "existing centres": len(plan.before.area.facilities),
            "candidates": len(plan.candidates),
            "new centres": plan.value,
            "no plan has fewer than": plan.bound,
            "gap": plan.gap,
            "checks": len(plan.checks),
        }
    )
