"""What a city and a date select: due, next, in force; boundaries on the day."""

import datetime as dt
from dataclasses import replace

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
    assert len(undated) == 2


def test_before_anything_is_in_force():
    with pytest.raises(NormError) as error:
        load_norms("zhengzhou", on="2022-12-01")
    assert str(error.value) == (
        'No norm of "zhengzhou" is in force on 2022-12-01. Choose 2022-12-02 or a later date.'
    )


@pytest.mark.parametrize("city", ["zhengzhou", "郑州", "郑州市", "Zhengzhou", " ZHENGZHOU "])
def test_a_city_by_any_of_its_names(city):
    assert load_norms(city, on="2025-12-31").city == "zhengzhou"


@pytest.mark.parametrize(
    ("city", "hint"), [("zhengzou", 'Did you mean "zhengzhou"? '), ("洛阳", "")]
)
def test_an_unknown_city(city, hint):
    with pytest.raises(NormError) as error:
        load_norms(city, on="2025-12-31")
    assert str(error.value) == (
        f'No norms are known for the city "{city}". {hint}Known: zhengzhou (郑州, Zhengzhou). '
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
    assert not [norm for norm in chosen if norm.kind == "minimum_size"]
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
        own = [norm for norm in NORMS if norm.series == series]
        assert_between(picked, own, on)


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
                NORMS[0],
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
