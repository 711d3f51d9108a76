"""Every norm of every city, at each stage, on the example district: a row with a status."""

from pathlib import Path

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


@pytest.mark.parametrize("on", DATES)
@pytest.mark.parametrize("city", ["zhengzhou", "xinyang", "chengdu"])
def test_every_norm_gives_a_status(example, city, on):
    if (city, on) in NOT_YET:
        with pytest.raises(NormError, match="in force on"):
            load_norms(city, on=on)
        return
    norms = load_norms(city, on=on, roles=("compute", "tabulate"))
    found = assess(example, norms).findings
    counting = {norm.id for norm in norms.norms if norm.supply is not None}
    assert set(found["norm_id"]) == counting
    assert {norm.id for norm in norms.norms if norm.role == "compute"} <= counting
    assert set(found["status"]) <= set(STATUSES)
    missing = found[found["status"] == "no_data"]
    assert missing["note"].str.contains("missing input: |units without data|incomplete data").all()
    table = found.groupby(["norm_id", "status"]).size().unstack(fill_value=0)
    print(f"\n{city} on {on}\n{table.to_string()}")  # noqa: T201  # shown with -s


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
