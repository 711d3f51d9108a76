"""Which facilities are open on the data date: by hand, and against a rule written row by row."""

import datetime as dt

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.inputs.opening import IN_PLANNED_LIST, NOT_YET, REASONS, check_opening, not_open
from capacity.study_area import read_study_area, study_area
from capacity.vocabulary import FACILITY_STATUSES
from tests.inputs.town import CRS, SETTINGS, square, write_town

DAY = dt.date(2025, 6, 30)
DATES = [None, "2020-01-01", "2025-06-29", "2025-06-30", "2025-07-01", "2030-01-01"]


def listed(*rows):
    """Make a list of facilities of (status, opened, closed)."""
    status, opened, closed = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "status": pd.Series(status, dtype="str"),
            "opened": pd.to_datetime(pd.Series(opened, dtype="object")),
            "closed": pd.to_datetime(pd.Series(closed, dtype="object")),
            "file": "f.csv",
            "row": range(2, len(rows) + 2),
        }
    )


@pytest.mark.parametrize(
    ("status", "opened", "closed", "why"),
    [
        ("", None, None, ""),
        ("open", None, None, ""),
        ("", "2025-06-30", None, ""),  # opens on the data date
        ("", "2025-07-01", None, NOT_YET),
        ("", None, "2025-06-30", "closed"),  # closes on the data date
        ("", None, "2025-07-01", ""),
        ("open", "2025-07-01", None, NOT_YET),
        ("open", None, "2025-06-29", "closed"),
        ("planned", None, None, "planned"),
        ("planned", "2020-01-01", None, "planned"),
        ("under_construction", "2026-01-01", None, "under_construction"),
        ("closed", None, "2030-01-01", "closed"),
        ("", "2025-07-01", "2025-06-01", "closed"),  # closed before opened
        ("", "2025-06-30", "2025-06-30", "closed"),
    ],
)
def test_boundaries(status, opened, closed, why):
    assert not_open(listed((status, opened, closed)), DAY).tolist() == [why]


def plainly(status, opened, closed):
    """Say the same of one row, step by step."""
    if status in {"planned", "under_construction", "closed"}:
        return status
    if closed is not None and dt.date.fromisoformat(closed) <= DAY:
        return "closed"
    if opened is not None and dt.date.fromisoformat(opened) > DAY:
        return NOT_YET
    return ""


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["", *FACILITY_STATUSES]), st.sampled_from(DATES), st.sampled_from(DATES)
    ),
    min_size=1,
    max_size=12,
)


@given(ROWS)
def test_against_a_rule_row_by_row(rows):
    frame = listed(*rows)
    reasons = not_open(frame, DAY).tolist()
    assert reasons == [plainly(*row) for row in rows]
    # Whatever contradicts itself is never counted as existing.
    against = {row for fault in check_opening(frame, DAY) for row in fault.rows}
    assert all(reasons[row - 2] or rows[row - 2][2] < rows[row - 2][1] for row in against)


def test_every_reason_has_words():
    assert set(REASONS) == set(FACILITY_STATUSES) - {"open"} | {NOT_YET, IN_PLANNED_LIST}


WORDS = {
    "open": ["运营", "营业", "开业", "正常", "试运营", "Open", "OPERATING", "open"],
    "under_construction": ["在建", "建设中", "under construction", "under_construction"],
    "planned": ["规划", "拟建", "筹建", "Planned"],
    "closed": ["停业", "关闭", "注销", "停办", "已拆除", "closed", "Demolished"],
    "": [""],
}


def test_words_of_a_file(tmp_path):
    words = [(status, word) for status, some in WORDS.items() for word in some]
    text = SETTINGS.replace('id = "id"', 'id = "id", status = "s"').replace(
        'service = "childcare"', 'service = "childcare"\nstatus_values = { "存续" = "open" }'
    )
    words.append(("open", "存续"))
    rows = "".join(
        f"f{n},1,,,{500_001 + 20 * n},3800500,{word}\n" for n, (_, word) in enumerate(words)
    )
    facilities = f"id,places,opened,unit,x,y,s\n{rows}"
    area = read_study_area(write_town(tmp_path, settings=text, facilities=facilities))
    assert area.facilities["status"].tolist() == [status for status, _ in words]
    is_open = [status in {"", "open"} for status, _ in words]
    assert area.facilities["is_open"].tolist() == is_open


def test_status_of_the_layer_gives_way_to_the_column(tmp_path):
    text = SETTINGS.replace('id = "id"', 'id = "id", status = "s"').replace(
        'service = "childcare"', 'service = "childcare"\nstatus = "规划"'
    )
    facilities = "id,places,opened,unit,x,y,s\nf1,1,,,500500,3800500,\nf2,1,,,500900,3800500,运营\n"
    area = read_study_area(write_town(tmp_path, settings=text, facilities=facilities))
    assert area.facilities["status"].tolist() == ["planned", "open"]
    assert len(area.facilities) == 2  # what is planned stays for planning


def test_frames_in_memory():
    units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[square(0)], crs=CRS)
    some = gpd.GeoDataFrame(
        {"status": ["planned", ""], "closed": [None, "2025-06-30"]},
        geometry=[square(0).centroid] * 2,
        crs=CRS,
    )
    area = study_area(
        units, None, some, name="T", data_date=DAY, unit_type="street", service="sports"
    )
    assert area.facilities["is_open"].tolist() == [False, False]
    assert [str(fault) for fault in area.faults if fault.code == "layer.left_out"] == [
        "facilities, row 1, facilities: 1 of 2 rows left out: planned (not existing supply).",
        "facilities, row 2, facilities: 1 of 2 rows left out: closed (not existing supply).",
    ]


@pytest.mark.parametrize(
    ("column", "written", "status", "said"),
    [
        ("opened", "2025", "", True),
        ("opened", "2025年", "", True),
        ("opened", "2025/6", "", False),  # the month ends on the data date
        ("opened", "2025-07", "", False),  # not open yet
        ("opened", "2024", "", False),
        ("opened", "2026", "", False),
        ("opened", "2025-01-01", "", False),
        ("opened", "2025", "运营", False),
        ("closed", "2025", "", True),
        ("closed", "2024", "", False),
        ("closed", "", "", False),
    ],
)
def test_a_year_or_month_that_holds_the_data_date(tmp_path, column, written, status, said):
    text = SETTINGS.replace('opened = "opened"', f'{column} = "d", status = "s"')
    rows = f"id,places,d,unit,x,y,s\nf1,1,{written},,500500,3800500,{status}\n"
    area = read_study_area(write_town(tmp_path, settings=text, facilities=rows))
    faults = [str(fault) for fault in area.faults if fault.code == "facilities.coarse_date"]
    counted = {"opened": "open", "closed": "closed"}[column]
    message = (
        f"facilities.csv, row 2, column {column}: only a year or a month that holds the data date "
        f"2025-06-30 in 1 of 1 row: they count as {counted} from its first day. Write the day, or "
        "give the status on the data date."
    )
    assert faults == ([message] if said else [])


def test_a_month_that_goes_on_after_the_data_date(tmp_path):
    text = SETTINGS.replace("2025-06-30", "2025-06-15")
    rows = "id,places,opened,unit,x,y\nf1,1,2025年6月,,500500,3800500\n"
    area = read_study_area(write_town(tmp_path, settings=text, facilities=rows))
    assert "facilities.coarse_date" in {fault.code for fault in area.faults}
    assert area.facilities["is_open"].tolist() == [True]


def test_a_project_with_the_id_of_an_open_facility_is_said(tmp_path):
    """Both would count from the opening date on, as 40 + 60 places where there may be 60 in all."""
    text = SETTINGS + (
        '\n[[planned]]\nfile = "planned.csv"\nservice = "childcare"\ndatum = "EPSG:4547"\n'
        'columns = { id = "id", places = "places", opened = "opened", x = "x", y = "y" }\n'
    )
    facilities = "id,places,opened,unit,x,y\nf1,40,,,500100,3800500\nf2,40,,,500200,3800500\n"
    path = write_town(tmp_path, settings=text, facilities=facilities)
    planned = "id,places,opened,x,y\nf1,60,2026-01-01,500100,3800500\nf9,60,2026,500300,3800500\n"
    (path.parent / "planned.csv").write_text(planned, encoding="utf-8")
    faults = read_study_area(path).faults
    said = [fault for fault in faults if fault.code == "planned.same_id"]
    assert [(f.severity, f.file, f.rows) for f in said] == [("warning", "planned.csv", (2,))]
    assert not [fault for fault in faults if fault.code == "facilities.duplicate_id"]
    assert [str(f) for f in faults if f.code == "layer.left_out"] == [
        (
            "planned.csv, rows 2, 3, planned[1]: 2 of 2 rows left out: planned "
            "(counts from its opening date on)."
        )
    ]
