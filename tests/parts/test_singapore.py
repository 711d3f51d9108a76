"""Real streets and people of Singapore in parts: census, places given out, and walks."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from capacity.assess.run import assess
from capacity.inputs.rasters import read_raster
from capacity.inputs.read import Request
from capacity.norms.catalogue import load_norms
from capacity.study_area import Parameters, study_area
from tests.parts.alike import assert_alike
from tests.parts.now import Now

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "singapore"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data/singapore")
CRS = "EPSG:3414"
NORMS = (
    "zhengzhou.plan2023.childcare.service_circle_radius",
    "zhengzhou.sports.fitness_circle_minutes",
    "zhengzhou.plan2023.childcare.places_per_thousand_street",
)
FAR_WEST = ("JURONG WEST", "JURONG EAST", "CLEMENTI", "BUKIT BATOK", "CHOA CHU KANG", "TUAS")


def town(areas, *, network=None, census=False, parameters=None):
    """Put subzones of some planning areas together; two in three have totals of their own."""
    zones = gpd.read_file(DATA / "zones.gpkg").to_crs(CRS)
    zones = zones[zones["PLN_AREA_N"].isin(areas)].reset_index(drop=True)
    units = gpd.GeoDataFrame(
        {
            "unit_code": zones["SUBZONE_C"].astype(str),
            "type": "street",
            "parent": zones["PLN_AREA_C"].astype(str),
            "main_urban": [number % 5 != 0 for number in range(len(zones))],
        },
        geometry=zones.geometry,
        crs=CRS,
    )
    lists = gpd.read_file(DATA / "facilities.gpkg").to_crs(CRS)
    childcare = lists["source_layer"] == "child_care_services_2020"
    some = lists[childcare | (lists["kind"] == "fitness")]
    some = some[some.distance(units.union_all()) <= 2000]
    kinds = ["childcare" if yes else "sports" for yes in childcare[some.index]]
    facilities = gpd.GeoDataFrame(
        {
            "facility_id": [f"{kind}-{number}" for number, kind in enumerate(kinds)],
            "service": kinds,
            "places": [10 + number % 30 for number in range(len(kinds))],
        },
        geometry=some.geometry.array,
        crs=CRS,
    )
    raster, faults = read_raster(
        DATA / "population_worldpop2015_100m.tif",
        Request(key="population", file="p.tif"),
        {"population": 1},
    )
    assert raster is not None, faults
    totals = None
    if census:
        people = zones["pop_2020"].astype(float)
        own = pd.DataFrame({"unit_code": units["unit_code"], "population": people})
        of_areas = own.groupby(units["parent"])["population"].sum().rename_axis("unit_code")
        kept = own[units["parent"].ne(units["parent"].min()) | (own.index % 3 == 0)]
        totals = pd.concat([kept, of_areas.reset_index().iloc[:1]], ignore_index=True)
    return study_area(
        units,
        raster,
        facilities,
        network=network,
        census=totals,
        name="west",
        code="all",
        type="city",
        parent_type="district",
        data_date="2025-12-31",
        crs=CRS,
        parameters=parameters,
    )


@pytest.mark.parametrize(("census", "allocation"), [(False, "optimal"), (True, "nearest")])
def test_streets_of_six_districts_are_alike(census, allocation):
    area = town(FAR_WEST, census=census, parameters=Parameters(allocation=allocation))
    norms = load_norms("zhengzhou", on="2025-12-31").choose(*NORMS)
    client = Now()
    result = assess(area, norms, client=client, n_parts=9)
    assert sum(name.startswith("part-") for name in client.done) >= 5
    whole = assess(area, norms)
    assert (whole.findings["status"] != "no_data").any()
    assert_alike(result, whole)


def test_walks_are_alike():
    network = gpd.read_file(DATA / "walk_network_outram.gpkg")
    area = town(
        ("OUTRAM",), network=network, parameters=Parameters(reach="network", snap_limit_m=40)
    )
    norms = load_norms("zhengzhou", on="2025-12-31").choose(*NORMS)
    client = Now()
    result = assess(area, norms, client=client, n_parts=4)
    assert sum(name.startswith("part-") for name in client.done) == 4
    whole = assess(area, norms)
    assert len(whole.off_network) > 0
    assert whole.findings["method"].str.contains("points off the network").any()
    assert_alike(result, whole)
