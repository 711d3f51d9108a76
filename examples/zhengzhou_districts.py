"""Zhengzhou without a map: 6 childcare places per 1,000 residents against the target of 72,800.

    python examples/zhengzhou_districts.py

The two stand in the same plan, for the same day. How many people live in each district is published;
zhengzhou_population.csv beside this script has the figures, each with its source: the census of 2010, the
survey of 2019, and of the census of 2020 the city's total (of its districts only bands could be found, and
none is filled in from elsewhere). A sheet of people is enough: table mode needs no map.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import capacity

FACTS = Path(__file__).resolve().with_name("zhengzhou_population.csv")
NORMS = capacity.load_norms("zhengzhou", on="2025-12-31")
RATIO = "zhengzhou.childcare.places_per_thousand"
TOTAL = "zhengzhou.plan2023.childcare.places_total"
CITY = "410100"


def read_facts() -> pd.DataFrame:
    """Read the published figures: a row per year and area, with its source."""
    codes = {"code": "str", "year": "str"}
    return pd.read_csv(FACTS, dtype=codes, keep_default_na=False, na_values={"residents_least": ""})


def required(people: pd.DataFrame, unit_type: str) -> pd.DataFrame:
    """Apply the norms to a sheet of people; the findings say what is required of each unit.

    No list of facilities is given, so what exists is not known and nothing is called met or short.
    """
    units = people[["code", "name"]].assign(population=people["residents_least"])
    area = capacity.study_area(
        units,
        name="郑州市",
        code=CITY,
        type="city",
        city="zhengzhou",
        data_date="2025-06-30",
        unit_type=unit_type,
    )
    return capacity.assess(area, NORMS.choose(RATIO, TOTAL)).findings


def main() -> pd.DataFrame:
    """Print what 6 per 1,000 asks of each district and of the city, year by year."""
    facts = read_facts()
    exact = facts[facts["residents_least"].notna() & facts["residents_most"].ne("")]
    exact = exact[exact["residents_least"] == exact["residents_most"].astype("float64")]
    columns = {}
    for year, rows in exact.groupby("year"):
        is_city = rows["code"].eq(CITY)
        sheets = {"district": rows[~is_city], "city": rows[is_city]}
        found = pd.concat([required(sheet, of) for of, sheet in sheets.items() if len(sheet)])
        found = found.query("norm_id == @RATIO and rollup == 'unit'").set_index("unit_name")
        columns[year, "residents"], columns[year, "places"] = found["base_value"], found["required"]
    shown = pd.DataFrame(columns)
    shown = pd.concat([shown.drop("郑州市"), shown.loc[["郑州市"]]])
    print(shown.map(lambda value: "" if pd.isna(value) else f"{value:,.0f}").to_string())
    target = next(norm for norm in NORMS.norms if norm.id == TOTAL)
    implied = required(exact[exact["code"] == CITY].tail(1), "city").query(
        "norm_id == @TOTAL and measure == 'implied_population'"
    )
    print(f"\ntarget: {target.value:,} places by {target.by} ({target.source.citation})")
    print(f"at 6 per 1,000 that is enough for {implied['required'].item():,.0f} people")
    for year, places in shown.loc["郑州市"].xs("places", level=1).items():
        more = places - float(target.value)
        print(f"{year}: 6 per 1,000 asks {places:,.0f} places, {more:+,.0f} against the target")
    print("\nsources")
    for (year, source), rows in exact.groupby(["year", "source"]):
        print(f"{year} ({len(rows)} figures): {source}; {rows['note'].iloc[0]}")
    return shown


if __name__ == "__main__":
    main()
