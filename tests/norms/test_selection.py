"""What a city and a date select: due, next, in force; boundaries on the day."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.errors import NormError
from capacity.norms import load_catalogue, load_norms
from capacity.norms.catalogue import pick_stages

PLAN_2022 = dt.date(2022, 12, 2)
PLAN_2023 = dt.date(2023, 2, 7)
PLACES = "zhengzhou.childcare.places_per_thousand"
NORMS = load_catalogue().norms


def stages(on, series=PLACES):
    chosen = load_norms("zhengzhou", on=on).norms
    return {norm.stage: int(norm.value) for norm in chosen if norm.series == series}


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2022-12-02", {"next": 2}),
        ("2022-12-30", {"next": 2}),
        ("2022-12-31", {"due": 2, "next": 4}),
        ("2023-01-01", {"due": 2, "next": 4}),
        ("2023-12-30", {"due": 2, "next": 4}),
        ("2023-12-31", {"due": 4, "next": 6}),
        ("2024-02-29", {"due": 4, "next": 6}),
        ("2025-12-30", {"due": 4, "next": 6}),
        ("2025-12-31", {"due": 6}),
        ("2099-01-01", {"due": 6}),
    ],
)
def test_places_per_thousand_by_date(on, expected):
    assert stages(on) == expected


@pytest.mark.parametrize(("on", "there"), [("2023-02-06", False), ("2023-02-07", True)])
def test_a_norm_counts_from_its_document_on(on, there):
    ids = [norm.id for norm in load_norms("zhengzhou", on=on).norms]
    assert ("zhengzhou.plan2023.elder_care.land_per_capita" in ids) is there
    assert ("zhengzhou.plan2023.childcare.service_circle_radius" in ids) is there


def test_a_norm_without_by_is_due_from_its_first_day():
    chosen = load_norms("zhengzhou", on="2023-02-07").norms
    undated = [norm for norm in chosen if norm.by is None]
    assert {norm.stage for norm in undated} == {"due"}
    assert {norm.id.rpartition(".")[2] for norm in undated} == {
        "places_per_thousand_new_development",
        "land_per_capita",
        "floor_area_per_100_households",
        "floor_area_per_place_no_outdoor",
        "floor_area_per_place_new",
        "outdoor_area_per_place_new",
    }


def test_before_anything_is_in_force():
    with pytest.raises(NormError) as error:
        load_norms("zhengzhou", on="2022-12-01")
    assert str(error.value) == (
        'No norm of "zhengzhou" is in force on 2022-12-01. Choose 2022-12-02 or a later date.'
    )


@pytest.mark.parametrize(
    ("city", "found"),
    [
        *(
            (city, "zhengzhou")
            for city in ("zhengzhou", "郑州", "郑州市", "Zhengzhou", " ZHENGZHOU ")
        ),
        *((city, "xinyang") for city in ("xinyang", "信阳", "信阳市", "Xinyang")),
        *((city, "chengdu") for city in ("chengdu", "成都", "成都市", "Chengdu")),
    ],
)
def test_a_city_by_any_of_its_names(city, found):
    chosen = load_norms(city, on="2025-12-31")
    assert chosen.city == found
    assert {norm.city for norm in chosen.norms} == {found}


@pytest.mark.parametrize(
    ("city", "hint"), [("zhengzou", 'Did you mean "zhengzhou"? '), ("洛阳", "")]
)
def test_an_unknown_city(city, hint):
    with pytest.raises(NormError) as error:
        load_norms(city, on="2025-12-31")
    assert str(error.value) == (
        f'No norms are known for the city "{city}". {hint}Known: chengdu (成都, Chengdu); '
        "xinyang (信阳, Xinyang); zhengzhou (郑州, Zhengzhou). "
        "For another city, give a norm file of your own (docs/norms.md has a template)."
    )


@pytest.mark.parametrize("on", ["2025", "20251231", "2025-13-01", "31.12.2025", ""])
def test_a_date_that_is_none(on):
    with pytest.raises(NormError) as error:
        load_norms("zhengzhou", on=on)
    assert str(error.value) == f'"{on}" is not a date. Write YYYY-MM-DD, such as "2025-12-31".'


def test_dates_of_any_type_select_the_same():
    chosen = load_norms("zhengzhou", on="2023-12-31")
    assert chosen.on == dt.date(2023, 12, 31)
    assert load_norms("zhengzhou", on=dt.date(2023, 12, 31)) == chosen
    assert load_norms("zhengzhou", on=pd.Timestamp("2023-12-31 23:00")) == chosen


def test_the_selection_is_sorted_and_names_its_files():
    chosen = load_norms("zhengzhou", on="2023-12-31")
    ids = [norm.id for norm in chosen.norms]
    assert ids == sorted(ids)
    assert chosen.files == load_catalogue().files


def test_a_paired_size_comes_with_its_norm_and_not_by_itself():
    chosen = load_norms("zhengzhou", on="2025-12-31").norms
    alone = {norm.id for norm in chosen if norm.kind == "minimum_size"}
    assert alone == {
        "zhengzhou.elder_care.infirmary_threshold_beds",
        "zhengzhou.elder_care.independent_medical_threshold_beds",
    }
    street = next(norm for norm in chosen if norm.id.endswith("facility_per_street_2023"))
    assert street.minimum_size == 50


def test_an_unpaired_size_is_selected(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(
        """\
document: {id: zhengzhou.own, city: zhengzhou, city_zh: 郑州, city_en: Zhengzhou,
           title: 自拟, short_title: 自拟, date: 2024-01-01}
norms:
  - id: zhengzhou.own.size
    service: childcare
    kind: minimum_size
    name_zh: 最小规模
    name_en: Smallest size
    unit: places per facility
    comparator: ">="
    base: none
    levels: [street]
    values:
      - {value: 10, effective_from: 2024-06-01, date_basis: effective_from, clause: 一, key_phrase: 十}
""",
        encoding="utf-8",
    )
    assert "zhengzhou.own.size" not in [
        norm.id for norm in load_norms("zhengzhou", on="2024-05-31", extra=path).norms
    ]
    norm = next(
        norm
        for norm in load_norms("zhengzhou", on="2024-06-01", extra=path).norms
        if norm.id == "zhengzhou.own.size"
    )
    assert (norm.stage, norm.value, norm.minimum_size) == ("due", 10, None)


def test_only_documents_of_the_day_are_cited():
    def cited(on):
        chosen = load_norms("zhengzhou", on=on).norms
        return {source.date for norm in chosen for source in (norm.source, *norm.also)}

    assert cited(PLAN_2023 - dt.timedelta(days=1)) == {PLAN_2022}
    assert cited(PLAN_2023) == {PLAN_2022, PLAN_2023}


def test_the_catalogue_itself_has_no_stages():
    load_norms("zhengzhou", on="2025-12-31")
    assert {norm.stage for norm in load_catalogue().norms} == {""}


@given(st.dates(min_value=PLAN_2022, max_value=dt.date(2060, 1, 1)))
def test_any_date_lies_between_due_and_next(on):
    chosen = load_norms("zhengzhou", on=on).norms
    for series in {norm.series for norm in chosen}:
        picked = [norm for norm in chosen if norm.series == series]
        own = [norm for norm in NORMS if norm.series == series and norm.profile == "default"]
        assert_between(picked, own, on)


def test_only_what_is_evaluated_unless_asked_otherwise():
    def roles(*asked, **more):
        chosen = load_norms(
            "zhengzhou", on="2025-12-31", **({"roles": asked} if asked else {}), **more
        )
        return {norm.role for norm in chosen.norms}

    assert roles() == {"compute"}
    assert roles("tabulate", "baseline") == {"tabulate", "baseline"}
    assert load_norms("zhengzhou", on="2025-12-31", roles="context").roles == ("context",)


def test_every_norm_of_a_city_in_its_time():
    asked = ("compute", "tabulate", "baseline", "context")
    chosen = load_norms("chengdu", on="2025-12-31", roles=asked).norms
    assert {norm.id for norm in chosen} == {n.id for n in NORMS if n.city == "chengdu"}
    assert {norm.stage for norm in chosen if norm.kind == "baseline"} == {""}
    assert {norm.stage for norm in chosen if norm.kind != "baseline"} == {"next"}


def test_the_newspapers_figure_only_on_request():
    plan, press = f"{PLACES}_2022", "zhengzhou.press2022.childcare.places_per_thousand_2022"
    chosen = {norm.id: norm for norm in load_norms("zhengzhou", on="2022-12-31").norms}
    assert plan in chosen
    assert press not in chosen
    asked = load_norms("zhengzhou", on="2022-12-31", profile="optional")
    both = {norm.id: norm for norm in asked.norms}
    assert (both[plan].value, both[press].value) == (2, 3)
    assert both[press].source.citation == "郑报全媒体报道(2022年,日未载明),健康一节第3段"
    assert [c.id for c in asked.conflicts if c.id in both[press].conflicts] == ["C01"]


def test_stages_in_two_documents():
    def share(on):
        chosen = load_norms("zhengzhou", on=on, roles=("tabulate",)).norms
        clinics = "zhengzhou.health.publicly_owned_village_clinic_share"
        return {norm.stage: int(norm.value) for norm in chosen if norm.series == clinics}

    assert share("2022-12-30") == {"next": 90}
    assert share("2022-12-31") == {"due": 85, "next": 90}
    assert share("2025-12-31") == {"due": 90}


def test_a_date_that_had_passed_is_due_from_the_document_on():
    norm = "zhengzhou.plan2023.elder_care.county_support_facility_per_district"

    def stage(on):
        return [n.stage for n in load_norms("zhengzhou", on=on).norms if n.id == norm]

    assert stage("2023-02-06") == []
    assert stage("2023-02-07") == ["due"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"roles": ("compute", "tabulat")},
            (
                '"tabulat" is none of the roles. Did you mean "tabulate"? The roles are: compute, '
                "tabulate, baseline, context."
            ),
        ),
        (
            {"profile": "press"},
            '"press" is none of the profiles. The profiles are: default, optional.',
        ),
    ],
)
def test_an_unknown_role_or_profile(asked, message):
    with pytest.raises(NormError) as error:
        load_norms("zhengzhou", on="2025-12-31", **asked)
    assert str(error.value) == message


@pytest.mark.parametrize("value", [7, "7", 7.0, Decimal(7)])
def test_an_override_keeps_the_citation(value):
    chosen = load_norms("zhengzhou", on="2025-12-31", overrides={PLACES: value})
    plain = load_norms("zhengzhou", on="2025-12-31")
    changed = [norm for norm in chosen.norms if norm.source.set_here]
    assert [(norm.id, norm.value, norm.document_value) for norm in changed] == [(PLACES, 7, 6)]
    assert changed[0].source.citation == (
        "本表设定,非文件规定(原依据:郑政〔2022〕33号,第三章第二节 推进托育服务多元供给;指标表;"
        "专栏1第4项)"
    )
    assert chosen.overrides == ((PLACES, Decimal(7)),)
    assert [n.id for n in chosen.norms] == [n.id for n in plain.norms]
    assert all(norm.document_value is None for norm in plain.norms)


def test_a_float_is_taken_as_it_prints():
    land = "zhengzhou.plan2023.elder_care.land_per_capita"
    chosen = load_norms("zhengzhou", on="2025-12-31", overrides={land: 0.3})
    assert str(next(norm.value for norm in chosen.norms if norm.id == land)) == "0.3"


def test_an_override_by_the_id_of_a_repetition():
    alias = "zhengzhou.plan2023.childcare.places_per_thousand_2025"
    chosen = load_norms("zhengzhou", on="2025-12-31", overrides={alias: 5})
    assert chosen.overrides == ((PLACES, Decimal(5)),)


def test_an_override_of_a_size_changes_the_norm_that_it_is_paired_with():
    size = "zhengzhou.childcare.facility_per_street_min_places"
    chosen = load_norms("zhengzhou", on="2025-12-31", overrides={size: 40}).norms
    changed = [norm for norm in chosen if norm.source.set_here]
    assert [(norm.id, norm.value, norm.minimum_size) for norm in changed] == [
        ("zhengzhou.childcare.facility_per_street_2023", 1, 40)
    ]


def test_an_overridden_range_is_one_value():
    places = "chengdu.education.primary_places_per_thousand"
    chosen = load_norms("chengdu", on="2025-12-31", overrides={places: 70}).norms
    assert [(n.value, n.value_max) for n in chosen if n.id == places] == [(70, None)]


def test_overrides_that_cannot_stand():
    with pytest.raises(NormError) as error:
        load_norms(
            "zhengzhou",
            on="2025-12-31",
            overrides={
                "zhengzhou.childcare.places_per_thousnd": 7,
                "zhengzhou.plan2023.elder_care.land_per_capita": 0,
                "zhengzhou.elder_care.nursing_bed_share": 120,
                "zhengzhou.childcare.facility_per_community": 1.5,
                "zhengzhou.sports.fitness_circle_minutes": "quarter",
                "zhengzhou.elder_care.service_circle_minutes": float("nan"),
                "zhengzhou.elder_care.centre_per_street": True,
                PLACES: 7,
                "zhengzhou.plan2023.childcare.places_per_thousand_2025": 8,
            },
        )
    assert str(error.value) == (
        "The overrides have 8 faults:\n"
        "- zhengzhou.childcare.places_per_thousnd: No norm of the city has the id "
        '"zhengzhou.childcare.places_per_thousnd". '
        'Did you mean "zhengzhou.childcare.places_per_thousand"?\n'
        "- zhengzhou.plan2023.elder_care.land_per_capita: The value 0 is not above zero. "
        "Check the value and its unit.\n"
        "- zhengzhou.elder_care.nursing_bed_share: The value 120 is above 100, the most that "
        '"percent of beds" can be. Check the value and its unit.\n'
        "- zhengzhou.childcare.facility_per_community: The value 1.5 is not whole, and the unit "
        '"facilities per unit" counts things. Check the value and its unit.\n'
        '- zhengzhou.sports.fitness_circle_minutes: "quarter" is not a number. '
        "Write a number such as 6 or 0.2.\n"
        '- zhengzhou.elder_care.service_circle_minutes: "nan" is not a number. '
        "Write a number such as 6 or 0.2.\n"
        '- zhengzhou.elder_care.centre_per_street: "True" is not a number. '
        "Write a number such as 6 or 0.2.\n"
        "- zhengzhou.plan2023.childcare.places_per_thousand_2025: The norm is overridden twice, "
        'also as "zhengzhou.childcare.places_per_thousand". Keep one of them.'
    )


def test_an_override_that_would_change_nothing():
    with pytest.raises(NormError) as error:
        load_norms("zhengzhou", on="2025-12-31", overrides={f"{PLACES}_2022": 3})
    assert str(error.value) == (
        f"The overrides have 1 fault:\n- {PLACES}_2022: The norm is not in the selection, so the "
        "override would change nothing. Check the date, the roles and the profile, or leave it out."
    )


@st.composite
def any_series(draw):
    """Stages with different dates, some with ``by``, some in force only later."""
    days = st.dates(min_value=dt.date(2020, 1, 1), max_value=dt.date(2021, 12, 31))
    found = []
    for i, day in enumerate(draw(st.lists(days, min_size=1, max_size=6, unique=True))):
        early = draw(st.integers(0, 400))
        undated = draw(st.booleans())
        found.append(
            replace(
                load_catalogue().find(PLACES),
                id=f"zhengzhou.s{i}",
                series="zhengzhou.s",
                by=None if undated else day,
                effective_from=day if undated else day - dt.timedelta(days=early),
            )
        )
    return found


@given(any_series(), st.dates(min_value=dt.date(2019, 1, 1), max_value=dt.date(2023, 1, 1)))
def test_any_series_on_any_date(series, on):
    picked = pick_stages(series, on=on)
    assert pick_stages(series[::-1], on=on) == picked
    assert [norm.stage for norm in picked] in ([], ["due"], ["next"], ["due", "next"])
    assert_between(picked, series, on)


def assert_between(picked, series, on):
    """Check due <= date < next, and that no stage in force lies between them."""
    dates = {norm.stage: norm.by or norm.effective_from for norm in picked}
    assert len(dates) == len(picked)
    due, coming = dates.get("due", dt.date.min), dates.get("next", dt.date.max)
    assert due <= on < coming
    for norm in series:
        if norm.effective_from <= on:
            day = norm.by or norm.effective_from
            assert day <= due or day >= coming


def test_some_norms_of_a_selection_keep_what_belongs_to_them():
    chosen = load_norms("zhengzhou", on="2024-06-30")
    few = chosen.choose(PLACES, "zhengzhou.childcare.places_per_thousand_2023")
    assert [norm.stage for norm in few.norms] == ["next", "due"]
    assert [int(norm.value) for norm in few.stages] == [2, 4, 6]
    assert [norm.id for norm in few.baselines] == [f"{PLACES}_2020"]
    assert {conflict.id for conflict in few.conflicts} == {"C04", "C08"}
    assert (few.city, few.on, few.files) == (chosen.city, chosen.on, chosen.files)
    assert repr(few) == "<NormSet of zhengzhou on 2024-06-30: 2 norms (1 due, 1 next)>"


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ((), "names no norm"),
        ((PLACES[:-1],), f'"{PLACES[:-1]}": Did you mean "{PLACES}"'),
        ((PLACES, "a", "b"), '"a": .* "b": '),
    ],
)
def test_norms_that_a_selection_does_not_have(ids, message):
    with pytest.raises(NormError, match=message):
        load_norms("zhengzhou", on="2025-12-31").choose(*ids)


def test_a_selection_as_a_table():
    chosen = load_norms("xinyang", on="2025-12-31")
    table = chosen.to_frame()
    assert table["id"].tolist() == [norm.id for norm in chosen.norms]
    assert set(table["stage"]) == {norm.stage for norm in chosen.norms}
    assert table.drop(columns="stage").columns.tolist() == list(load_catalogue().to_frame())
