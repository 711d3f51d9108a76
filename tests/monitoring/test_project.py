"""Planned projects at the stages to come: what counts when, and what counts nowhere."""

import datetime as dt
import io

import pandas as pd
import pytest
from rich.console import Console

import capacity
from capacity import InputError, NormError
from capacity.assess.coming import norms_due, open_on
from capacity.monitoring.project import COLUMNS, PROJECT_NOTES
from capacity.report.stages import stage_tables
from tests.monitoring.years import PLACES, facility, norms_on

DAY = dt.date(2022, 12, 31)
NORMS = norms_on("2022-12-31", (PLACES,))


def town(people, *, planned=(), facilities=(), day=DAY, **more):
    units = pd.DataFrame(
        {
            "unit_code": list(people),
            "name": list(people),
            "type": "street",
            "parent": "410199",
            "population": list(people.values()),
        }
    )
    frames = {
        key: pd.DataFrame(list(rows)) if rows else None
        for key, rows in (("planned", planned), ("facilities", facilities))
    }
    settings = {"services": ["childcare"]} | more
    return capacity.study_area(
        units,
        **frames,
        data_date=day,
        name="town",
        code="410199",
        type="district",
        parent_type="district",
        **settings,
    )


def plan(name, unit, places, opened, **columns):
    return facility(name, unit, places, opened=opened, **columns)


def at(projection, stage, unit, *, rollup="unit", measure="places"):
    frame = projection.stages
    found = frame[
        (frame["stage"] == stage)
        & (frame["unit_code"] == unit)
        & (frame["rollup"] == rollup)
        & (frame["measure"] == measure)
    ]
    assert len(found) == 1
    return found.iloc[0]


def test_each_stage_counts_what_opens_by_then_worked_by_hand():
    planned = [
        plan("in time", "A", 20, "2023-12-31"),  # on the day itself
        plan("later", "A", 15, "2024-01-01"),
        plan("too late", "A", 99, "2026-01-01"),
        plan("elsewhere", "B", 70, "2023-06-01"),
    ]
    there = [facility("k", "A", 10, opened="2010-01-01")]
    area = town({"A": 10_000, "B": 10_000}, planned=planned, facilities=there)
    projection = capacity.project(area, NORMS)
    assert list(projection.stages.columns) == list(COLUMNS)
    assert sorted(set(projection.stages["stage"].dt.date)) == [
        dt.date(2023, 12, 31),
        dt.date(2025, 12, 31),
    ]
    # 4 per thousand by the end of 2023, 6 by the end of 2025
    first, last = (at(projection, day, "A") for day in ("2023-12-31", "2025-12-31"))
    names = ["required", "existing", "planned", "existing_then", "shortfall", "still_missing"]
    assert first[names].tolist() == [40, 10, 20, 30, 30, 10]
    assert last[names].tolist() == [60, 10, 35, 45, 50, 15]
    assert (last["status"], last["status_then"]) == ("short", "short")
    other = at(projection, "2025-12-31", "B")
    assert other[names].tolist() == [60, 0, 70, 70, 60, 0]
    assert (other["status"], other["status_then"]) == ("short", "met")
    total = at(projection, "2025-12-31", "410199", rollup="sum_of_units")
    assert total[names].tolist() == [120, 10, 105, 115, 110, 15]


def test_what_counts_nowhere_is_listed_and_warned_of():
    planned = [
        plan("counts", "A", 20, "2023-06-01"),
        plan("no date", "A", 20, None),
        plan("passed", "A", 20, "2022-06-01"),
        plan("late", "A", 20, "2026-01-01"),
        plan("open", "A", 20, "2022-01-01", status="open"),
        plan("no size", "A", None, "2023-06-01"),
        plan("given up", "A", 20, "2023-06-01", status="closed"),
    ]
    area = town({"A": 10_000}, planned=planned)
    codes = [fault.code for fault in area.faults]
    for code in ("planned.no_date", "planned.open", "facilities.status_against_dates"):
        assert codes.count(code) == 1
    assert not area.facilities["is_open"].any()
    projection = capacity.project(area, NORMS)
    projects = projection.projects.set_index("facility_id")
    assert projects["note"].to_dict() == {
        "counts": "",
        "no date": "no_date",
        "passed": "date_passed",
        "late": "after_last_stage",
        "open": "called_open",
        "no size": "no_amount",
    }
    assert set(projects.index[projects["counted_from"] != ""]) == {"counts", "no size"}
    assert set(projects["note"]) - {""} == set(PROJECT_NOTES)
    assert at(projection, "2025-12-31", "A")["planned"] == 20


def test_a_year_counts_from_its_last_day_and_a_closing_takes_away():
    planned = [plan("year", "A", 20, "2024")]
    there = [facility("k", "A", 30, opened="2010-01-01", closed="2025-05-01")]
    area = town({"A": 10_000}, planned=planned, facilities=there)
    projection = capacity.project(area, NORMS, stages=["2024-12-30", "2024-12-31", "2025-12-31"])
    planned = [at(projection, day, "A")["planned"] for day in ("2024-12-30", "2024-12-31")]
    assert planned == [0, 20]
    assert at(projection, "2025-12-31", "A")["planned"] == 20 - 30
    changes = projection.projects.set_index("facility_id")["change"]
    assert changes.to_dict() == {"year": "opens", "k": "closes"}
    assert not [f for f in area.faults if f.code == "facilities.status_against_dates"]


def test_a_list_of_plans_does_not_say_what_there_is():
    planned = [plan("p", "A", 20, "2023-06-01")]
    area = town({"A": 10_000}, planned=planned, services=[])
    found = at(capacity.project(area, NORMS), "2023-12-31", "A")
    assert (found["status"], found["status_then"]) == ("no_data", "no_data")
    assert "childcare" not in area.services


def test_people_may_grow():
    area = town({"A": 10_000}, planned=[plan("p", "A", 10, "2023-06-01")])
    growing = capacity.project(area, NORMS, growth=0.1)
    # one year less a quarter of a day: 10,000 × 1.1^(365/365.2425) = 10,999.3
    found = at(growing, "2023-12-31", "A")
    assert found["base_value"] == pytest.approx(10_000 * 1.1 ** (365 / 365.2425))
    assert found["required"] == 44
    assert found["still_missing"] == 34
    assert at(capacity.project(area, NORMS), "2023-12-31", "A")["required"] == 40


def test_stages_that_cannot_be_are_refused():
    area = town({"A": 10_000})
    with pytest.raises(NormError, match="is not after the data date"):
        capacity.project(area, NORMS, stages=["2022-12-31"])
    with pytest.raises(NormError, match="growth is -1"):
        capacity.project(area, NORMS, growth=-1)
    with pytest.raises(InputError, match="unknown service"):
        town({"A": 10_000}, planned=[plan("p", "A", 10, "2023-06-01", service="spaceport")])


def test_without_plans_every_stage_has_what_there_is_today():
    area = town({"A": 10_000}, facilities=[facility("k", "A", 10, opened="2010-01-01")])
    result = capacity.assess(area, NORMS)
    projection = result.projection()
    assert projection.projects.empty
    assert (projection.stages["planned"].dropna() == 0).all()
    same = projection.stages["shortfall"].fillna(-1) == projection.stages["still_missing"].fillna(
        -1
    )
    assert same.all()
    assert result.projection() is projection  # computed once


def test_a_later_stage_is_the_one_due_on_its_day():
    due = {day: norms_due(NORMS, dt.date(*day)) for day in ((2023, 12, 30), (2023, 12, 31))}
    values = {day: [str(norm.value) for norm in norms] for day, norms in due.items()}
    assert values == {(2023, 12, 30): ["2"], (2023, 12, 31): ["4"]}


def test_open_on_agrees_with_a_rule_written_row_by_row():
    area = town(
        {"A": 10_000},
        planned=[plan(f"p{i}", "A", 1, day) for i, day in enumerate(["2023-01-01", "2024-01-01"])],
        facilities=[
            facility(f"f{i}", "A", 1, opened=opened, closed=closed, status=status)
            for i, (opened, closed, status) in enumerate(
                [
                    ("2010-01-01", None, ""),
                    ("2010-01-01", "2023-06-01", ""),
                    ("2023-06-01", "2023-06-01", ""),
                    ("2023-03-01", None, ""),
                    ("2010-01-01", "2011-01-01", ""),
                    ("2010-01-01", None, "closed"),
                    (None, None, "under_construction"),
                ]
            )
        ],
    )
    facilities = area.facilities.set_index("facility_id", drop=False)
    open_then = dict(
        zip(facilities.index, open_on(facilities, DAY, dt.date(2023, 6, 1)), strict=True)
    )
    expected = {"f0", "f3", "p0"}
    assert {name for name, is_open in open_then.items() if is_open} == expected


# --- from files ------------------------------------------------------------------------------


PLANNED = """编号,名称,托位数,计划投用时间,街道
P1,新建托育园,120,2025-10-01,410199001
P2,晚开托育园,100,2026-05-01,410199001
P3,无期托育园,60,,410199001
"""


def test_projects_in_a_file_are_read_counted_and_told(tmp_path):
    settings = capacity.write_example(tmp_path / "area")
    (settings.parent / "planned.csv").write_text(PLANNED, encoding="utf-8")
    with settings.open("a", encoding="utf-8") as file:
        file.write('\n[[planned]]\nfile = "planned.csv"\nservice = "childcare"\nyear = 2025\n')
    area = capacity.read_study_area(settings)
    assert [file.role for file in area.files].count("planned") == 1
    result = capacity.assess(area, norms_on("2025-06-30", (PLACES,)))
    projection = result.projection()
    street = at(projection, "2025-12-31", "410199001")
    total = at(projection, "2025-12-31", "410199", rollup="sum_of_units")
    assert (street["planned"], street["shortfall"] - street["still_missing"]) == (120, 120)
    assert total["planned"] == 120  # one unit has no data: what is known of the others
    # the same rows as the findings: no subtotal of streets that says what there will be but not is
    keys = ["unit_code", "norm_id", "measure", "rollup"]
    stages = projection.stages
    assert set(stages["rollup"]) == {"unit", "sum_of_units", "net"}
    assert not stages["status"].isna().any()
    assert not stages.duplicated(["stage", *keys]).any()
    projects = projection.projects.set_index("facility_id")
    assert projects.loc["P1", "counted_from"] == "2025-12-31"
    assert projects.loc["P2", "note"] == "after_last_stage"
    told = shown(stage_tables(projection, result))
    assert "2025-12-31:规划项目如期投用后" in told
    assert "没有投用日期,不计入 1" in told
    assert "每千人口托位数(个)" in told
    # one street has no data, another some of it: the sum is of what is known, and says so
    assert f"已知{total['shortfall']:,.0f}" in told
    assert f"已知{total['still_missing']:,.0f}" in told
    english = shown(stage_tables(projection, result, language="en"))
    assert "no opening date: not counted 1" in english


def shown(tables):
    console = Console(width=120, file=io.StringIO())
    for table in tables:
        console.print(table)
    return console.file.getvalue()


def test_the_folder_has_the_stages(tmp_path):
    area = town({"A": 10_000}, planned=[plan("=1+1", "A", 10, "2023-06-01")])
    out = capacity.assess(area, NORMS).to_folder(tmp_path / "out")
    stages = pd.read_csv(out / "stages.csv", encoding="utf-8-sig", dtype={"unit_code": str})
    assert set(stages["stage"]) == {"2023-12-31", "2025-12-31"}
    projects = pd.read_csv(out / "projects.csv", encoding="utf-8-sig")
    assert projects["facility_id"].tolist() == ["'=1+1"]  # no formula
