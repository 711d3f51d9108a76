"""Every row of the inventory of the documents' clauses against the catalogue, and their text."""

import csv
import datetime as dt
import re
from collections import Counter
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

CATALOGUE = load_catalogue()
NORMS = CATALOGUE.norms
SOURCES = [(norm, source) for norm in NORMS for source in (norm.source, *norm.also)]
NAMED = {source.inventory_id: norm for norm, source in SOURCES}
BY_ID = {norm.id: norm for norm in NORMS}

# Exceptions, each with its argument.
# "100% of the units have one" is "each unit has one": the repetition prints 100 for 1.
OTHER_FORM = {
    "zhengzhou.social_work.station_coverage",
    "zhengzhou.emergency.depot_built_share",
    "xinyang.elder_care.county_support_facility_coverage",
}
# "As of now" (截至目前) in the document is the document's date, not the end of its year.
ON_THE_DOCUMENT = {"zhengzhou.plan2023.elder_care.carer_training_share_2020"}
# Values that a clause prints in words.
IN_WORDS = {
    "1": ("均建有", "一所", "一站点", "一中心", "建设“托育指导中心”"),
    "3": ("三所",),
    "15": ("一刻钟",),
    "100": ("全覆盖", "所有", "全部", "全面达标", "全面建成", "都有", "基本完成"),
}

# The inventory describes clauses partly in English; the catalogue cites them as printed. Its
# remark on where the years come from is no part of a clause.
CHAPTERS = {str(i): zh for i, zh in enumerate("一二三四五六七八九十", 1)} | {"11": "十一"}
AS_PRINTED = (
    (r"same section, para", "养老服务升级保障“老有所安” section, para"),
    (r" section, para (\d)", r"一节第\1段"),
    (r" section$", "部分"),
    (r"ch\.(\d+) s\.(\d)", lambda m: f"第{CHAPTERS[m[1]]}章第{CHAPTERS[m[2]]}节"),
    (r"(?:专栏|column )(\d) item (\d)", r"专栏\1第\2项"),
    (r"; stage dates from the 2022 plan", ""),
    (r" / indicator table", ";指标表"),
    (r"indicator table \(", "指标表("),
    (r"indicator table", "指标表"),
    (r"table row (\d+)", r"指标表第\1行"),
    (r" row (\d+)", r"第\1行"),
    (r"\(misplaced sentence\)", "(错排语句)"),
    (r"; ", ";"),
)
UNITS = {
    "facilities": (
        "bases", "centres", "institutions", "organisations", "parks", "schools", "sites",
    ),
    "items": ("groups", "lifts", "platforms", "projects", "studios"),
    "units": ("communities", "districts"),
    "facilities per 10000 persons": ("pitches per 10000 persons",),
    "facilities per unit": (
        "cemeteries per township", "cemeteries per unit", "centres per district",
        "depots per city", "depots per district", "facilities per city",
        "facilities per community", "facilities per county", "facilities per district",
        "facilities per street", "facilities per township", "institutions per unit",
        "schools per county", "stations per street/township", "venues per district",
    ),
    "items per facility": ("specialties per hospital",),
    "m2 land per person": ("m2 LAND per person",),
    "m2 land per place": ("m2 LAND per pupil",),
    "m2 venue per person": ("m2 per person",),
    "percent of age group": ("percent",),
    "percent of children": ("percent", "percent of demand"),
    "percent of compounds": ("percent of new projects", "percent of new residential areas"),
    "percent of facilities": (
        "percent of hospitals", "percent of schools", "percent of village clinics",
    ),
    "percent of persons": (
        "percent of carers", "percent of older people", "percent of patients",
        "percent of population", "percent of specialist teachers", "percent of staff",
        "percent of teachers",
    ),
    "percent of units": (
        "percent of communities", "percent of districts", "percent of streets and townships",
        "percent of townships", "percent of villages", "percent of villages and communities",
    ),
}  # fmt: skip
# Facilities and compounds have no table rows of their own: their norms carry the levels of the
# rows, and "each" says what is tested. Counties are districts, told apart by "applies_to".
LEVELS = {
    "residential compound": (("street", "township"), "compound"),
    "facility": (("street", "township"), "facility"),
    "facility;city": (("city",), "unit"),
    "county (县/县级市)": (("district",), "unit"),
    "county (县)": (("district",), "unit"),
}
BASES = {
    "residents": (
        "people (千人", "population", "resident", "千人口", "每千人口", "万人", "whole population",
        "60+ or population",
    ),
    "planned_population": ("planned population", "千人 (planned population)"),
    "households": ("households of the compound",),
    "under_15": ("children (age band not stated",),
    "age_3_6": ("children aged 3-6",),
    "age_60_plus": ("60+ (registered", "older people"),
}  # fmt: skip
# What a share is a share of, as the inventory has it and as the norm counts it.
OF = {
    "TCM hospitals of grade 2 and above": "tcm_hospitals_grade2",
    "administrative villages": "units: village",
    "all childcare places in the city": "places",
    "beds in elder-care institutions": "beds, of elder_care_institution",
    "beds in primary medical institutions": (
        "beds, of township_hospital, community_health_centre, community_health_station, "
        "village_clinic"
    ),
    "central township hospitals": "central_township_hospitals",
    "childcare staff": "childcare_staff",
    "children in kindergarten": "kindergarten_children",
    "children in kindergarten (share in public or inclusive private places)": (
        "kindergarten_children"
    ),
    "city, county/district and township units": "units: city, district, township",
    "communities": "units: community",
    "communities and villages (implied)": "units: community, village",
    "community health centres in national and provincial chronic-disease demonstration zones": (
        "zone_health_centres"
    ),
    "counties and districts": "units: district",
    "county community colleges, township/street and village community schools": (
        "units: district, street, township, village"
    ),
    "county general hospitals and maternal-child institutions": "county_hospitals",
    "county libraries and cultural centres": "county_culture_venues",
    "county-level maternal and child institutions": "county_maternal_child_institutions",
    "disabled destitute persons": "destitute_disabled",
    "district centre, township/street site, village/community site": (
        "units: district, street, township, village, community"
    ),
    "district-level units": "units: district",
    "elder-care beds in the text; beds of elder-care institutions in the table": (
        "beds, of elder_care_institution"
    ),
    "fitness path, farmers and township sports works": "units: village, township, community",
    "general hospitals of grade 2 and above": "general_hospitals_grade2",
    "general hospitals, rehabilitation hospitals, nursing homes and primary institutions": (
        "facilities, of general_hospital, rehabilitation_hospital, nursing_hospital, "
        "township_hospital, community_health_centre, community_health_station, village_clinic"
    ),
    "grade-3 TCM hospitals": "tcm_hospitals_grade3",
    "medical beds": "beds",
    "medical institutions (all)": "medical_institutions",
    "municipal library and cultural centre": "municipal_culture_venues",
    "new residential compounds": "new_compounds",
    "new urban compounds and rural renovation projects": "new_projects",
    "places in community inclusive childcare points": (
        "places, of community_childcare_point, inclusive"
    ),
    "planned places": "places",
    "primary care institutions TCM areas (中医馆)": "tcm_areas",
    "pupils": "places, of {}",  # of the school of the norm
    "rural day-care centres already built": "facilities, of rural_day_care",
    "school sports venues": "school_venues",
    "specialist teachers in secondary vocational schools": "vocational_teachers",
    "streets and townships": "units: street, township",
    "teachers of higher vocational colleges": "college_teachers",
    "township culture stations and village culture centres": (
        "facilities, of township_culture_station, grassroots_culture_centre"
    ),
    "township hospitals and community health centres": (
        "facilities, of township_hospital, community_health_centre"
    ),
    "townships": "units: township",
    "urban and rural communities (villages included)": "units: community, village",
    "urban communities": "units: community",
    "urban communities (城镇社区)": "units: community",
    "village clinics": "facilities, of village_clinic",
    "villages": "units: village",
    "villages and communities": "units: village, community",
    "特困人员 willing to live in a facility": "destitute_willing",
}
APPLIES_TO = {  # norm -> what stands in the row, or in a repetition of it; and the word for it
    "zhengzhou.childcare.demo_institution_per_main_district_2022": ("市内各区", "main_urban"),
    "zhengzhou.childcare.demo_institution_per_county_2022": ("各县(市)", "outside_main_urban"),
    "zhengzhou.childcare.places_per_thousand_new_development": (
        "new urban residential compounds",
        "new_compounds",
    ),
    "zhengzhou.education.key_vocational_school_per_county": ("counties", "counties"),
    "zhengzhou.elder_care.service_circle_minutes": ("urban areas", "urban"),
    "zhengzhou.funeral.urban_public_cemetery": ("各县(市)", "outside_main_urban"),
    "zhengzhou.plan2023.childcare.new_compound_compliance": ("四同步", "new_compounds"),
    "zhengzhou.plan2023.childcare.places_per_thousand_street": ("主城区", "main_urban_or_zone"),
    "zhengzhou.plan2023.childcare.service_circle_radius": ("主城区", "main_urban_or_zone"),
    "zhengzhou.plan2023.elder_care.compound_min_floor_area": ("old compounds", "old_compounds"),
    "zhengzhou.plan2023.elder_care.floor_area_per_100_households": ("老旧小区", "old_compounds"),
    "zhengzhou.plan2023.elder_care.new_compound_compliance": ("new compounds", "new_compounds"),
    "zhengzhou.plan2023.elder_care.rural_circle_radius": ("rural areas", "rural"),
    "xinyang.health.infectious_hospital_per_county": ("", "counties"),  # its level says 县
    "xinyang.sports.fitness_circle_minutes": ("urban", "urban"),
}
CONDITIONS = {
    "premises without outdoor ground": "no_outdoor_ground",
    "new urban": "new_development",
}
# Documents that state no day: what the inventory says, and the day they count from.
UNDATED = {
    "2022 (day not stated)": dt.date(2022, 12, 31),
    "undated (reports 2019)": dt.date(2019, 12, 31),
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
    for old, new in AS_PRINTED:
        clause = re.sub(old, new, clause)
    return clause


def rows_of(norm, inventory):
    """Rows of a norm: its own, and those that repeat it."""
    return [inventory[source.inventory_id] for source in (norm.source, *norm.also)]


def test_the_catalogue_has_every_row_of_the_inventory_and_no_other(inventory):
    assert len(inventory) == 329
    assert set(NAMED) == set(inventory)
    assert len(SOURCES) == len(NAMED)


def test_a_repetition_stands_with_the_norm_that_it_repeats(inventory):
    for row_id, row in inventory.items():
        assert NAMED[row_id].id == (row["same_as"] or row_id)


def test_counts_by_document_kind_and_role(inventory):
    found = Counter(
        (source.title, inventory[source.inventory_id]["kind"], norm.role)
        for norm, source in SOURCES
    )
    rows = Counter(
        (row["document_title"], row["kind"], row["planner_role"]) for row in inventory.values()
    )
    assert sum(found.values()) == 329
    assert {(title, kind, role): n for (title, kind, role), n in rows.items()} == dict(found)


def test_counts_by_role():
    roles = Counter(norm.role for norm, _ in SOURCES)
    assert roles == {"compute": 139, "tabulate": 74, "baseline": 72, "context": 44}
    assert Counter(norm.role for norm in NORMS) == {
        "compute": 124,
        "tabulate": 73,
        "baseline": 69,
        "context": 44,
    }


@pytest.mark.parametrize("norm", NORMS, ids=[norm.id for norm in NORMS])
def test_a_norm_is_the_inventorys(norm, inventory):
    row = inventory[norm.id]
    assert row["same_as"] == ""
    assert (row["domain"], row["kind"]) == (norm.service, norm.kind)
    assert row["planner_role"] == norm.role
    assert row["unit"] in (norm.unit, *UNITS.get(norm.unit, ()))
    levels = tuple(row["spatial_level"].split(";"))
    assert LEVELS.get(row["spatial_level"], (levels, "unit")) == (norm.levels, norm.each)
    if row["unit"] == "percent":  # gross rates may exceed 100, shares of children may not
        gross = "enrolment" in norm.id
        assert norm.unit == ("percent of age group" if gross else "percent of children")
    assert row["by_date"] or norm.by is None


@pytest.mark.parametrize("norm", NORMS, ids=[norm.id for norm in NORMS])
def test_a_norm_is_measured_against_the_inventorys_base(norm, inventory):
    base = inventory[norm.id]["base"]
    if norm.base in BASES:
        assert base.startswith(BASES[norm.base])
    elif norm.base == "none":
        assert base == "none" or norm.role in ("baseline", "context")
    else:
        assert norm.base == "counted"
        assert base != "none"
    if norm.role in ("compute", "tabulate"):
        assert norm.supply
        assert (norm.of is not None) is (norm.base == "counted")
    if norm.of:
        own = norm.supply.text.partition(", of ")[2] if norm.supply else ""
        assert norm.of.text == OF[base].format(own)


@pytest.mark.parametrize("norm", NORMS, ids=[norm.id for norm in NORMS])
def test_a_norm_applies_where_the_inventory_says(norm, inventory):
    phrase, applies_to = APPLIES_TO.get(norm.id, ("", "all"))
    assert norm.applies_to == applies_to
    assert any(phrase in row["applies_to"] for row in rows_of(norm, inventory))
    expected = ""
    if norm.kind == "unit_area" and norm.service == "childcare":
        text = inventory[norm.id]["applies_to"]
        expected = next(word for phrase, word in CONDITIONS.items() if phrase in text)
    assert norm.condition == expected


@pytest.mark.parametrize(("norm", "source"), SOURCES, ids=ids(SOURCES))
def test_every_clause_agrees_on_value_and_dates(norm, source, inventory):
    row = inventory[source.inventory_id]
    if source.inventory_id in OTHER_FORM:
        assert (row["comparator"], row["value"], row["value_max"]) == ("=", "100", "")
        assert (norm.comparator, norm.value, norm.kind) == (">=", 1, "minimum_count_per_unit")
    else:
        assert Decimal(row["value"]) == norm.value
        assert row["value_max"] == ("" if norm.value_max is None else str(norm.value_max))
        assert row["comparator"] == norm.comparator
        assert row["kind"] == norm.kind
    document = next(d for d in CATALOGUE.documents if d.title == source.title)
    assert row["city"] == document.city_zh
    assert norm.city == document.city
    if source.inventory_id in ON_THE_DOCUMENT:
        assert norm.as_of == source.date
        assert norm.as_of.year == int(row["by_date"])
    elif norm.as_of:
        assert day(row["by_date"]) == norm.as_of
        assert norm.by is None
    elif norm.by:
        assert day(row["by_date"]) == norm.by
        assert row["effective_from"] == ""
    else:
        assert row["by_date"] == ""
        assert day(row["effective_from"]) == source.date  # each clause from its own document on
        assert norm.effective_from == norm.source.date


@pytest.mark.parametrize(("norm", "source"), SOURCES, ids=ids(SOURCES))
def test_every_clause_agrees_on_its_document(norm, source, inventory):
    row = inventory[source.inventory_id]
    number = row["document_number"]
    assert row["document_title"] == source.title
    assert UNDATED.get(row["document_date"], source.date) == source.date
    assert (row["document_date"] in UNDATED) is bool(source.date_note)
    assert source.date_note or day(row["document_date"]) == source.date
    assert source.number == ("" if number.startswith(("not stated", "none")) else number)
    assert as_printed(row["clause"]) == source.clause
    assert row["key_phrase_zh"] == source.key_phrase
    if source is norm.source:
        passed = norm.by is not None and norm.by < source.date
        assert norm.date_basis == ("stated_past" if passed else row["date_basis"])


@pytest.mark.parametrize("norm", NORMS, ids=[norm.id for norm in NORMS])
def test_every_norm_names_the_inventorys_conflicts_and_baseline(norm, inventory):
    named = {name for row in rows_of(norm, inventory) for name in row["conflict_id"].split(";")}
    assert set(norm.conflicts) == named - {""}
    starts = inventory[norm.id]["baseline_of"]
    assert norm.baseline_of == starts
    if starts:
        assert NAMED[starts].kind != "baseline"


def test_a_baseline_that_repeats_another_starts_the_same_norm(inventory):
    for row_id, row in inventory.items():
        if row["same_as"] and row["baseline_of"]:
            assert NAMED[row["baseline_of"]] is NAMED[NAMED[row_id].baseline_of]


def test_every_conflict_has_its_note_and_two_norms():
    assert [conflict.id for conflict in CATALOGUE.conflicts] == [f"C{i:02}" for i in range(1, 23)]
    for conflict in CATALOGUE.conflicts:
        assert all(
            (conflict.text_zh, conflict.text_en, conflict.resolution_zh, conflict.resolution_en)
        )
        assert sum(conflict.id in norm.conflicts for norm in NORMS) >= 2


def test_stages_of_the_inventory_are_one_series():
    series = {norm.id: norm.series for norm in NORMS if norm.series != norm.id}
    assert series == {
        "zhengzhou.childcare.places_per_thousand_2022": "zhengzhou.childcare.places_per_thousand",
        "zhengzhou.childcare.places_per_thousand_2023": "zhengzhou.childcare.places_per_thousand",
        "zhengzhou.press2022.health.publicly_owned_village_clinic_share": (
            "zhengzhou.health.publicly_owned_village_clinic_share"
        ),
        "xinyang.child_welfare.township_protection_station_2023": (
            "xinyang.child_welfare.township_protection_station"
        ),
        "xinyang.child_welfare.township_protection_station_2025": (
            "xinyang.child_welfare.township_protection_station"
        ),
    }


@pytest.mark.parametrize("source", [source for _, source in SOURCES], ids=ids(SOURCES))
def test_every_key_phrase_stands_in_a_cited_line(source, inventory):
    row = inventory[source.inventory_id]
    path = TEXTS / row["source_file"]
    if not path.is_file():
        pytest.skip("the documents' texts are not beside the repository")
    lines = path.read_text(encoding="utf-8").splitlines()
    cited = [lines[int(number) - 1] for number in row["source_line"].split(";")]
    assert any(source.key_phrase in line for line in cited)
    assert len(source.key_phrase) <= 20
    assert source.number in "".join(lines)
    assert printed(row, lines, cited)


def printed(row, lines, cited):
    """Whether a clause prints the value: as digits, in 万, in words, or further down its table."""
    value = Decimal(row["value"])
    table = int(row["source_line"].split(";")[-1])
    below = lines[table : table + 16] if row["clause"].startswith("indicator table") else []
    text = "\n".join([*cited, *below])
    forms = [row["value"], f"{(value / 10000).normalize():f}万"]
    forms += [f"\n{(value / 10000).normalize():f}"] if "万" in cited[0] else []
    return any(form in text for form in (*forms, *IN_WORDS.get(row["value"], ())))


@pytest.mark.parametrize("document", CATALOGUE.documents, ids=[d.id for d in CATALOGUE.documents])
def test_every_date_stands_in_its_document(document, inventory):
    name = next(
        r["source_file"] for r in inventory.values() if r["document_title"] == document.title
    )
    path = TEXTS / name
    if not path.is_file():
        pytest.skip("the documents' texts are not beside the repository")
    text, date = path.read_text(encoding="utf-8"), document.date
    if document.date_note:
        assert f"{date.year}年" in text
    else:
        printed = (date.isoformat(), f"{date.year}年{date.month}月{date.day}日")
        published = f"{date.month}月{date.day}日" in text and f"发布时间:{date.year}-" in text
        assert published or any(form in text for form in printed)
