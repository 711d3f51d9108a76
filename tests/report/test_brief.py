"""The page that an assessment ends with: short, in agreement with the findings, never markup."""

import dataclasses
import re

import pandas as pd
import pytest

from capacity.quality import quality_table
from capacity.report import labels
from capacity.report.brief import brief, main_norms
from capacity.report.view import look
from tests.report import hostile
from tests.report.test_screens import printed

PLACES = "zhengzhou.childcare.places_per_thousand"


@pytest.fixture(scope="module")
def page(result):
    return printed(brief(result), 120)


def row_of(page, start):
    (line,) = [line for line in page.splitlines() if re.match(rf" (\[\d+\] )?{start} ", line)]
    return line.split()


def test_it_is_a_page(result, page):
    lines = page.splitlines()
    assert 40 < len(lines) <= 70
    for width in (100, 120):
        assert max(map(len, printed(brief(result), width).splitlines())) <= width
    n = len(result.norms.norms)
    assert lines[0] == f"示例区:{n}项标准,2025-12-31到期或下一阶段;数据时点 2025-06-30"


def test_main_norms_are_counted_as_the_findings_say(result, page):
    rows = result.findings[
        (result.findings["norm_id"] == PLACES)
        & (result.findings["measure"] == "places")
        & (result.findings["rollup"] == "unit")
    ]
    counts = rows["status"].value_counts()
    words = row_of(page, "每千人口托位数")
    assert words[-3:] == [str(counts.get(s, 0)) for s in ("met", "short", "no_data")]
    assert int(counts["short"]) > 0
    assert "已知缺口 805 个" in page  # a bound and its unit
    chosen = [group.norm.id for group in main_norms(look(result))]
    assert len(chosen) == len(set(chosen)) <= 25


def test_a_circle_has_no_verdict_but_its_share(page):
    assert row_of(page, "15分钟健身圈")[-5:] == ["26.9%", "街道乡镇", "—", "—", "0"]


def test_units_are_counted_as_the_findings_say_the_worst_first(result, page):
    start = page.index("各街道乡镇")
    lines = [line.split() for line in page[start:].splitlines() if re.match(r" 410199\d+ ", line)]
    assert len(lines) == 12
    shorts = [int(line[4]) for line in lines]
    assert shorts == sorted(shorts, reverse=True)
    own = result.findings[~result.findings["measure"].isin(labels.SECONDARY)]
    street = own[own["unit_code"] == "410199001"]
    first = street.sort_values("rollup", key=lambda r: r != "unit", kind="stable")
    shares = {n.id for n in result.norms.norms if n.of is not None and n.of.units}
    own_rows = first[~first["norm_id"].isin(shares)].drop_duplicates("norm_id")
    summed = street[street["norm_id"].isin(shares)].sort_values("rollup", kind="stable")
    summed = summed.drop_duplicates("norm_id")  # sum_of_units before unit
    expected = [
        int((own_rows["status"] == s).sum() + (summed["status"] == s).sum())
        for s in ("met", "short", "no_data")
    ]
    (line,) = [line for line in lines if line[0] == "410199001"]
    assert [int(n) for n in line[3:6]] == expected


def test_what_does_not_fit_is_said(result):
    units = result.area.units
    streets = units[units["unit_type"].isin(["street", "township"])]
    again = streets.assign(unit_code=streets["unit_code"] + "X")
    grown = pd.concat([units, again], ignore_index=True)
    wider = dataclasses.replace(result, area=dataclasses.replace(result.area, units=grown))
    assert "另有9个街道乡镇未列出" in printed(brief(wider), 120)


def test_warnings_are_grouped_by_problem(result, page):
    quality = result.quality.query("severity == 'warning'")
    words = row_of(page, "设施缺规模数据")
    some = quality[quality["code"] == "facilities.no_amount"]
    assert words[1:3] == [str(len(some)), f"{some['count'].sum():.0f}"]
    # people outside every unit are no rows, and not "—": their number says how grave it is
    outside = quality[quality["code"] == "population.outside_units"]["amount"].max()
    assert row_of(page, "单元以外的人口")[2:4] == [f"{outside:,.0f}", "人"]
    assert "涉及行数" not in page
    assert f"另有 {quality['code'].nunique() - 8} 种" in page
    none = dataclasses.replace(result, quality=quality_table([]))
    assert "改法" not in printed(brief(none), 120)


def test_in_english_every_label_is_english(result):
    text = printed(brief(result, language="en"), 160)
    names = set("".join(result.area.units["unit_name"]) + result.area.name)
    assert not set(re.findall("[\u4e00-\u9fff]", text)) - names
    assert "facilities.no_amount" in text
    assert "known shortfall 805" in text


def test_names_are_never_markup(result):
    _, changed = hostile.named(result)
    text = printed(brief(changed), 160)
    assert "[red]x[/red]" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_narrow_terminal_breaks_no_word_and_no_number(result):
    """At 90 columns 10,141.4 was torn to 10,141 and .4, and keys of area.toml in the middle."""
    wide = printed(brief(result), 160)
    whole = set(re.findall(r"[\d,]+\.\d|[a-z_]+(?:\.[a-z_]+)+", wide))
    assert {"facilities.columns.land_area", "10,141.4"} <= whole
    for columns in (90, 100):
        text = printed(brief(result), columns)
        assert max(map(len, text.splitlines())) <= columns
        found = set(re.findall(r"[\d,]+\.\d|[a-z_]+(?:\.[a-z_]+)+", text))
        assert found <= whole, found - whole
        assert {word for word in whole if "columns" in word} <= found


def test_it_says_which_norms_it_shows(result, page):
    assert "所列为填报表设专栏的标准" in page
    assert f"全部{len(result.norms.norms)}项见 shortfalls.xlsx 表0" in page
