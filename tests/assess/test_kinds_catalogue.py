"""Every norm of every city, at each stage, on the example district: a row with a status."""

from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import capacity.example
from capacity import assess, load_norms, read_study_area
from capacity.assess.kinds import EVALUATORS
from capacity.errors import NormError
from capacity.findings import STATUSES
from capacity.norms import load_catalogue
from capacity.norms.model import KINDS

DATA = Path(capacity.example.__file__).parent / "data"
DATES = ("2022-12-31", "2023-12-31", "2025-12-31")
# Documents that were not out yet on the date.
NOT_YET = {("xinyang", "2022-12-31"), ("xinyang", "2023-12-31")}


@pytest.fixture(scope="module")
def example():
    return read_study_area(DATA / "area.toml")


def test_every_kind_that_asks_for_something_is_evaluated():
    assert set(EVALUATORS) == set(KINDS) - {"baseline"}
    norms = load_catalogue().norms
    assert all(norm.supply is not None for norm in norms if norm.role == "compute")


@cache
def run(city, on):
    """Assess the example district by every norm of a city on a date, optional ones too."""
    norms = load_norms(city, on=on, roles=("compute", "tabulate"), profile="optional")
    return norms, assess(read_study_area(DATA / "area.toml"), norms).findings


RUNS = [
    (city, on)
    for city in ("zhengzhou", "xinyang", "chengdu")
    for on in DATES
    if (city, on) not in NOT_YET
]
# The document of January 2024 has a stage that its next one has replaced by the end of 2025.
RUNS.insert(-3, ("xinyang", "2024-12-31"))


@pytest.mark.parametrize(("city", "on"), sorted(NOT_YET))
def test_before_a_document_a_city_has_no_norm_and_the_message_says_from_when(city, on):
    first = min(norm.effective_from for norm in load_catalogue().norms if norm.city == city)
    with pytest.raises(NormError, match=f"in force on {on}. Choose {first} or a later date"):
        load_norms(city, on=on)


@pytest.mark.parametrize(("city", "on"), RUNS)
def test_every_norm_gives_a_status(city, on):
    norms, found = run(city, on)
    counting = {norm.id for norm in norms.norms if norm.supply is not None}
    assert set(found["norm_id"]) == counting
    assert {norm.id for norm in norms.norms if norm.role == "compute"} <= counting
    assert set(found["status"]) <= set(STATUSES)
    verdict = found[found["status"].isin(["met", "short"])]
    by_building = verdict["note"].str.contains("not to be reached by building")
    assert verdict.loc[~by_building, "shortfall"].notna().all()
    assert (verdict.loc[verdict["status"] == "met", "shortfall"] == 0).all()
    missing = found[found["status"] == "no_data"]
    assert missing["note"].str.contains("missing input: |units without data|incomplete data").all()
    table = pd.crosstab(found["norm_id"], found["status"])
    assert table.sum().sum() == len(found)
    assert (table.sum(axis=1) > 0).all()
    print(f"\n{city} on {on}, findings by norm and status\n{table.to_string()}")  # noqa: T201  # shown with -s
    print(f"\n{city} on {on}: {found['status'].value_counts().to_dict()}")  # noqa: T201  # shown with -s


def fate(norm, evaluated, paired):
    """Say what becomes of a norm on the three dates."""
    if norm.role not in {"compute", "tabulate"}:
        return f"left: {norm.role}"
    if norm.id in evaluated:
        return "evaluated"
    if norm.id in paired:
        return "left: the size of another norm"
    return "left: nothing counted" if norm.supply is None else "left: stage superseded"


def test_what_becomes_of_every_norm():
    catalogue = load_catalogue()
    evaluated = {norm_id for key in RUNS for norm_id in run(*key)[1]["norm_id"]}
    paired = {norm.minimum_size_id for norm in catalogue.norms} - {""}
    rows = [
        {
            "document": Path(norm.file).stem,
            "role": norm.role,
            "kind": norm.kind,
            "fate": fate(norm, evaluated, paired),
        }
        for norm in catalogue.norms
    ]
    frame = pd.DataFrame(rows)
    for by in (["document", "role"], ["kind"]):
        table = pd.crosstab([frame[column] for column in by], frame["fate"])
        total = table.assign(loaded=table.sum(axis=1))
        print(f"\nnorms by {' and '.join(by)}\n{total.to_string()}")  # noqa: T201  # shown with -s
    assert len(frame) == len(catalogue.norms)
    # every norm to be evaluated is, on one of the dates, by itself or as the size of another
    compute = frame[frame["role"] == "compute"]
    assert set(compute["fate"]) == {"evaluated", "left: the size of another norm"}
    assert set(compute["kind"]) | {"baseline"} == set(KINDS)


def test_a_city_norm_is_shown_and_never_failed(example):
    found = assess(example, load_norms("zhengzhou", on="2025-12-31")).findings
    total = found[found["norm_id"] == "zhengzhou.plan2023.childcare.places_total"]
    rows = total.set_index("measure")
    assert set(total["status"]) <= {"reported", "no_data"}
    assert rows["note"].str.contains("asked of the city").all()
    assert rows["required"].isna()["places"]  # a city's total is not its district's
    assert rows["required"]["implied_population"] == 12_133_333


def test_conflicting_norms_name_their_conflict(example):
    found = assess(example, load_norms("zhengzhou", on="2025-12-31")).findings
    both = found[found["norm_id"].str.endswith("elder_care.nursing_bed_share")]
    assert both["norm_id"].nunique() == 2
    assert both["note"].str.startswith("conflict: C02").all()
