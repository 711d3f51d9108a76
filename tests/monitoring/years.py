"""A tiny town in two years: streets as a table, facilities by unit code, a few norms."""

import dataclasses
import datetime as dt
from functools import cache
from pathlib import Path

import pandas as pd
import rasterio

import capacity

PLACES = "zhengzhou.childcare.places_per_thousand"
LAND = "zhengzhou.plan2023.elder_care.land_per_capita"
SERIES = (PLACES, LAND)
AREA = {
    "name": "town",
    "code": "410199",
    "type": "district",
    "main_urban": True,
    "services": ["childcare", "elder_care"],
    "parent_type": "district",
}


def facility(facility_id, unit, places=None, *, service="childcare", **columns):
    """Make a facility of a street."""
    row = {"facility_id": facility_id, "name": facility_id, "service": service, "unit": unit}
    return row | {"places": places, "land_area": None, "opened": None, "closed": None} | columns


@cache
def norms_on(on, series):
    """Load the norms of a few series."""
    norms = capacity.load_norms("zhengzhou", on=on)
    return dataclasses.replace(norms, norms=tuple(n for n in norms.norms if n.series in series))


def assess(people, facilities, *, day="2024-06-30", on="2024-12-31", series=SERIES, compounds=None):
    """Assess streets with so many people and a list of facilities."""
    units = pd.DataFrame(
        {
            "unit_code": list(people),
            "name": list(people),
            "type": "street",
            "parent": "410199",
            "main_urban": True,
            "population": list(people.values()),
        }
    )
    rows = pd.DataFrame(facilities) if facilities else None
    lived = None if compounds is None else pd.DataFrame(compounds)
    area = capacity.study_area(units, facilities=rows, compounds=lived, data_date=day, **AREA)
    return capacity.assess(area, norms_on(on, series))


def row(comparison, unit, series=PLACES, measure="places", *, stage="due", rollup="unit"):
    """Find the one row of a comparison."""
    frame = comparison.changes
    found = frame[
        (frame["unit_code"] == unit)
        & (frame["series"] == series)
        & (frame["measure"] == measure)
        & (frame["stage"] == stage)
        & (frame["rollup"] == rollup)
    ]
    assert len(found) == 1
    return found.iloc[0]


def effects(found, amount="shortfall"):
    """Give the effects of a row that are not zero."""
    names = ("people", "supply", "norm", "data", "not_separated")
    return {name: found[f"{amount}_{name}"] for name in names if found[f"{amount}_{name}"]}


def next_year(folder: Path) -> Path:
    """Change the example district into that of a year later: people, facilities, dates."""
    settings = folder / "area.toml"
    text = settings.read_text(encoding="utf-8")
    text = text.replace("data_date = 2025-06-30", "data_date = 2026-06-30")
    settings.write_text(text.replace("year = 2025", "year = 2026"), encoding="utf-8")
    grid = folder / "population.tif"
    with rasterio.open(grid) as source:
        profile, data = source.profile, source.read()
    with rasterio.open(grid, "w", **profile) as target:
        target.write((data * 1.03).astype(data.dtype))
    table = folder / "facilities.csv"
    lines = table.read_text(encoding="utf-8-sig").splitlines()
    kept = [line for line in lines if not line.startswith("T410199001-2,")]
    kept = [line.replace(",30,", ",60,", 1) if "T410199001-1," in line else line for line in kept]
    kept += [
        "T410199001-9,东风第九托育园,childcare,社区托育点,90,,,810,90,,,公办,是,2026-03-01,410199001,113.7195,34.2980",
        "T410199001-8,补录托育园,childcare,社区托育点,40,,,360,90,,,公办,是,2020-03-01,410199001,113.7195,34.2982",
    ]
    table.write_text("\ufeff" + "\n".join(kept) + "\n", encoding="utf-8")
    return settings


def day(text):
    """Read a date."""
    return dt.date.fromisoformat(text)
