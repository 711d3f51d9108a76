"""Each shipped norm against the inventory of the documents' clauses, and against their text."""

import csv
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from capacity.norms import load_catalogue

SHARED = Path(__file__).parents[3] / "shared"
INVENTORY = SHARED / "norms-inventory.csv"
TEXTS = SHARED / "documents"

pytestmark = pytest.mark.skipif(
    not INVENTORY.is_file(), reason="the norms inventory is not beside the repository"
)

NORMS = load_catalogue().norms
SOURCES = [(norm, source) for norm in NORMS for source in (norm.source, *norm.also)]

# The inventory describes clauses partly in English; the catalogue cites them as printed.
# Its remark on where the years come from is no part of a clause.
AS_PRINTED = {
    "ch.3 s.2": "第三章第二节",
    "专栏1 item 4": "专栏1第4项",
    "专栏9 item 3": "专栏9第3项",
    "column 1 item 4": "专栏1第4项",
    "indicator table": "指标表",
    "table row 1": "指标表第1行",
    "; stage dates from the 2022 plan": "",
    "; ": ";",
}
UNITS = {
    "m2 LAND per person": "m2 land per person",
    "facilities per district": "facilities per unit",
    "facilities per street": "facilities per unit",
    "facilities per township": "facilities per unit",
    "facilities per community": "facilities per unit",
}
# Compounds have no table rows of their own: their norms carry the levels of the rows.
LEVELS = {"residential compound": ("street", "township")}
BASES = {"residents": ("people", "population", "resident", "千人口", "每千人口", "whole"),
         "households": ("households",), "none": ("none",)}  # fmt: skip
APPLIES_TO = {
    "zhengzhou.childcare.demo_institution_per_main_district_2022": ("市内各区", "main_urban"),
    "zhengzhou.childcare.demo_institution_per_county_2022": ("各县(市)", "outside_main_urban"),
    "zhengzhou.plan2023.childcare.places_per_thousand_street": ("主城区", "main_urban_or_zone"),
    "zhengzhou.plan2023.childcare.service_circle_radius": ("主城区", "main_urban_or_zone"),
    "zhengzhou.plan2023.elder_care.floor_area_per_100_households": ("老旧小区", "old_compounds"),
    "zhengzhou.plan2023.elder_care.compound_min_floor_area": ("old compounds", "old_compounds"),
}


@pytest.fixture(scope="module")
def inventory():
    with INVENTORY.open(encoding="utf-8-sig", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def ids(pairs):
    return [source.inventory_id for _, source in pairs]


def day(text):
    """Read an inventory date; a year alone means its end."""
    return dt.date.fromisoformat(f"{text}-12-31" if len(text) == 4 else text)


def as_printed(clause):
    for old, new in AS_PRINTED.items():
        clause = clause.replace(old, new)
    return clause


@pytest.mark.parametrize("norm", NORMS, ids=[norm.id for norm in NORMS])
def test_a_norm_is_the_inventorys(norm, inventory):
    row = inventory[norm.id]
    assert row["planner_role"] == "compute"
    assert row["same_as"] == ""
    assert (row["domain"], row["kind"]) == (norm.service, norm.kind)
    assert UNITS.get(row["unit"], row["unit"]) == norm.unit
    assert LEVELS.get(row["spatial_level"], tuple(row["spatial_level"].split(";"))) == norm.levels
    assert row["base"].startswith(BASES[norm.base])
    phrase, applies_to = APPLIES_TO.get(norm.id, ("", "all"))
    assert norm.applies_to == applies_to
    assert phrase in row["applies_to"]


@pytest.mark.parametrize(("norm", "source"), SOURCES, ids=ids(SOURCES))
def test_every_clause_agrees_on_value_and_dates(norm, source, inventory):
    row = inventory[source.inventory_id]
    assert Decimal(row["value"]) == norm.value
    assert row["value_max"] == ""
    assert row["comparator"] == norm.comparator
    assert row["city"] == "郑州"
    if norm.by:
        assert day(row["by_date"]) == norm.by
        assert row["effective_from"] == ""
    else:
        assert day(row["effective_from"]) == norm.effective_from
        assert row["by_date"] == ""


@pytest.mark.parametrize(("norm", "source"), SOURCES, ids=ids(SOURCES))
def test_every_clause_agrees_on_its_document(norm, source, inventory):
    row = inventory[source.inventory_id]
    number = row["document_number"]
    assert row["document_title"] == source.title
    assert day(row["document_date"]) == source.date
    assert source.number == ("" if number.startswith("not stated") else number)
    assert as_printed(row["clause"]) == source.clause
    assert row["key_phrase_zh"] == source.key_phrase
    if source is norm.source:
        assert row["date_basis"] == norm.date_basis
        assert row["same_as"] == ""
    else:
        assert row["same_as"] == norm.id


@pytest.mark.parametrize(("norm", "source"), SOURCES, ids=ids(SOURCES))
def test_every_key_phrase_stands_in_a_cited_line(norm, source, inventory):
    row = inventory[source.inventory_id]
    path = TEXTS / row["source_file"]
    if not path.is_file():
        pytest.skip("the documents' texts are not beside the repository")
    lines = path.read_text(encoding="utf-8").splitlines()
    cited = [lines[int(number) - 1] for number in row["source_line"].split(";")]
    assert any(source.key_phrase in line for line in cited)
    assert len(source.key_phrase) <= 20
    whole = "".join(lines)
    date = source.date
    assert date.isoformat() in whole or f"{date.year}年{date.month}月{date.day}日" in whole
    assert source.number in whole
    if "均建有" not in source.key_phrase:  # "each has" prints no figure: at least one is meant
        assert str(norm.value) in "".join(cited)


def test_every_repetition_of_a_shipped_norm_is_cited(inventory):
    shipped = {norm.id for norm in NORMS}
    repeated = {row["id"] for row in inventory.values() if row["same_as"] in shipped}
    assert repeated == {source.inventory_id for norm in NORMS for source in norm.also}
