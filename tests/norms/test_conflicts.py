"""Clauses that do not agree: which lines stand side by side, what the profile chooses, the note."""

from functools import cache
from pathlib import Path

import pytest

import capacity.example
from capacity import assess, load_norms, read_study_area
from capacity.norms import load_catalogue

DATA = Path(capacity.example.__file__).parent / "data"
ROLES = ("compute", "tabulate")
Z, P, N, X, C = "zhengzhou.", "zhengzhou.plan2023.", "zhengzhou.press2022.", "xinyang.", "chengdu."
# Conflict → city, date, profile, and each norm of the conflict that is selected with its value.
LINES = {
    # the plan by default, the press beside it on request
    "C01": [
        ("zhengzhou", "2022-12-31", "default", {Z + "childcare.places_per_thousand_2022": "2"}),
        (
            "zhengzhou",
            "2022-12-31",
            "optional",
            {
                Z + "childcare.places_per_thousand_2022": "2",
                N + "childcare.places_per_thousand_2022": "3",
            },
        ),
    ],
    # both lines in Zhengzhou, one in Xinyang
    "C02": [
        (
            "zhengzhou",
            "2025-12-31",
            "default",
            {
                Z + "elder_care.nursing_bed_share": "55",
                P + "elder_care.nursing_bed_share": "60",
            },
        ),
        ("xinyang", "2025-12-31", "default", {X + "elder_care.nursing_bed_share": "55"}),
    ],
    "C03": [
        (
            "zhengzhou",
            "2025-12-31",
            "default",
            {
                Z + "elder_care.service_circle_minutes": "15",
                P + "elder_care.rural_circle_radius": "1000",
            },
        )
    ],
    # each city its own
    "C04": [
        (
            "zhengzhou",
            "2025-12-31",
            "default",
            {
                Z + "childcare.places_per_thousand": "6",
                P + "childcare.places_per_thousand_street": "6",
            },
        ),
        (
            "xinyang",
            "2025-12-31",
            "default",
            {
                X + "childcare.places_per_thousand": "4.5",
                X + "childcare.community_centre_share": "50",
            },
        ),
    ],
    # the press's milestone only on request
    "C05": [
        (
            "zhengzhou",
            "2025-12-31",
            profile,
            {
                Z + "elder_care.centre_per_street": "1",
                Z + "elder_care.urban_community_facility_coverage": "100",
                P + "elder_care.community_facility_coverage": "100",
                **press,
            },
        )
        for profile, press in (
            ("default", {}),
            (
                "optional",
                {
                    N + "elder_care.integrated_facility_per_street": "1",
                    N + "elder_care.place_per_community": "1",
                },
            ),
        )
    ],
    "C06": [
        (
            "zhengzhou",
            "2025-12-31",
            "default",
            {
                Z + "elder_care.urban_community_facility_coverage": "100",
                P + "elder_care.community_facility_coverage": "100",
                P + "elder_care.village_day_care_share": "50",
            },
        )
    ],
    # newly built and in all, each its own line
    "C07": [
        (
            "zhengzhou",
            "2025-12-31",
            "default",
            {
                P + "elder_care.community_day_care_2022": "1000",
                P + "elder_care.integrated_centres_2022": "100",
                N + "elder_care.new_community_day_care": "200",
                N + "elder_care.new_street_centres": "10",
            },
        )
    ],
    "C08": [
        (
            "zhengzhou",
            "2025-12-31",
            "default",
            {
                Z + "childcare.places_per_thousand": "6",
                P + "childcare.places_per_thousand_street": "6",
                P + "childcare.places_total": "72800",
            },
        )
    ],
    "C09": [
        (
            "zhengzhou",
            "2025-12-31",
            "default",
            {P + "health.geriatric_department_share": "65"},
        ),
        (
            "zhengzhou",
            "2025-12-31",
            "optional",
            {
                P + "health.geriatric_department_share": "65",
                N + "health.geriatric_department_share": "65",
            },
        ),
    ],
    # two stages of one series
    "C10": [
        (
            "zhengzhou",
            "2024-06-30",
            "default",
            {
                N + "health.publicly_owned_village_clinic_share": "85",
                Z + "health.publicly_owned_village_clinic_share": "90",
            },
        ),
        (
            "zhengzhou",
            "2025-12-31",
            "default",
            {Z + "health.publicly_owned_village_clinic_share": "90"},
        ),
    ],
    "C11": [
        ("zhengzhou", "2025-12-31", "default", {Z + "housing.old_compounds_renovated": "1470"})
    ],
    "C12": [
        (
            "zhengzhou",
            "2025-12-31",
            "default",
            {
                Z + "childcare.inclusive_place_share": "90",
                P + "childcare.public_operated_place_share": "50",
            },
        )
    ],
    # observed values only: none is a requirement
    "C13": [("zhengzhou", "2025-12-31", "default", {})],
    "C14": [
        (
            "zhengzhou",
            "2025-12-31",
            "default",
            {
                Z + "education.inclusive_kindergarten_coverage": "85",
                P + "health.age_friendly_institution_share": "85",
                P + "health.geriatric_department_share": "65",
            },
        )
    ],
    "C15": [
        (
            "zhengzhou",
            "2025-12-31",
            "default",
            {
                Z + "elder_care.medical_support_facility_per_district": "1",
                P + "elder_care.county_support_facility_per_district": "1",
            },
        )
    ],
    "C16": [
        (
            "zhengzhou",
            "2025-12-31",
            "default",
            {
                Z + "childcare.demo_institution_per_main_district_2022": "2",
                P + "childcare.service_circle_radius": "300",
            },
        )
    ],
    "C17": [
        (
            "zhengzhou",
            "2025-12-31",
            "default",
            {
                Z + "health.age_friendly_institution_share": "85",
                P + "health.age_friendly_institution_share": "85",
            },
        )
    ],
    "C18": [
        (
            "zhengzhou",
            "2025-12-31",
            "default",
            {
                Z + "elder_care.willing_concentrated_support": "100",
                P + "elder_care.disabled_destitute_support_rate": "60",
            },
        )
    ],
    "C19": [
        (
            "zhengzhou",
            "2025-12-31",
            "default",
            {
                Z + "sports.fitness_circle_minutes": "15",
                P + "lifelong_education.learning_circle_minutes": "15",
            },
        ),
        (
            "xinyang",
            "2025-12-31",
            "default",
            {
                X + "convenience.farm_market_minutes": "10",
                X + "convenience.supermarket_minutes": "5",
                X + "employment.service_circle_minutes": "15",
                X + "sports.fitness_circle_minutes": "15",
            },
        ),
    ],
    "C20": [
        (
            "zhengzhou",
            "2025-12-31",
            "default",
            {
                P + "elder_care.care_professionals": "10000",
                P + "elder_care.trained_staff_2022": "10000",
            },
        )
    ],
    "C21": [
        (
            "zhengzhou",
            "2025-12-31",
            "default",
            {
                P + "childcare.floor_area_per_place_no_outdoor": "8",
                P + "childcare.floor_area_per_place_new": "6",
                P + "childcare.outdoor_area_per_place_new": "2",
            },
        )
    ],
    "C22": [
        (
            "chengdu",
            "2025-12-31",
            "default",
            {
                C + "education.kindergarten_land_per_place": "15",
                C + "education.kindergarten_places_per_thousand": "31",
                C + "education.primary_land_per_place": "12.6",
                C + "education.primary_places_per_thousand": "60",
                C + "education.secondary_land_per_place": "16",
                C + "education.secondary_places_per_thousand": "62",
            },
        ),
        ("zhengzhou", "2025-12-31", "default", {}),
    ],
}
CASES = [
    pytest.param(conflict, *line, id=f"{conflict} {line[0]} {line[1]} {line[2]}")
    for conflict, lines in LINES.items()
    for line in lines
]


@cache
def findings_of(city, on, profile):
    area = read_study_area(DATA / "area.toml")
    return assess(area, load_norms(city, on=on, roles=ROLES, profile=profile)).findings


def test_every_conflict_is_here():
    assert list(LINES) == [conflict.id for conflict in load_catalogue().conflicts]


@pytest.mark.parametrize(("conflict", "city", "on", "profile", "lines"), CASES)
def test_the_lines_of_a_conflict(conflict, city, on, profile, lines):
    chosen = load_norms(city, on=on, roles=ROLES, profile=profile)
    mine = [norm for norm in chosen.norms if conflict in norm.conflicts]
    assert {norm.id: f"{norm.value:f}" for norm in mine} == lines
    # every line has its own source, and the selection says what is done about the conflict
    assert all(norm.source.clause and norm.source.key_phrase for norm in mine)
    assert bool(lines) == (conflict in {one.id for one in chosen.conflicts})


@pytest.mark.parametrize(("conflict", "city", "on", "profile", "lines"), CASES)
def test_findings_name_a_conflict_where_both_lines_stand(conflict, city, on, profile, lines):
    chosen = load_norms(city, on=on, roles=ROLES, profile=profile)
    mine = [norm for norm in chosen.norms if norm.id in lines and norm.supply is not None]
    found = findings_of(city, on, profile)
    asked = {norm.id: (norm.kind, norm.unit, norm.value, norm.base, norm.by) for norm in mine}
    for norm in mine:
        notes = found.loc[found["norm_id"] == norm.id, "note"]
        assert len(notes)
        apart = any(other != asked[norm.id] for other in asked.values())
        named = notes.str.match(rf"conflict: [C0-9, ]*{conflict}\b")
        assert named.all() if apart else not named.any()


def test_observed_values_of_a_conflict_are_no_requirement():
    for norm in load_catalogue().norms:
        if {"C11", "C13"} & set(norm.conflicts) and norm.kind == "baseline":
            assert norm.role == "baseline"
            assert norm.supply is None
