"""Shares: what to convert or build, and how many units must have one."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from capacity.assess.counts import as_count
from capacity.assess.shares import (
    composition_tables,
    share_required,
    share_table,
    to_build,
    units_by_figure,
    units_with_one,
)
from capacity.assess.table import roll_up
from tests.covers import covers

CASES = Path(__file__).resolve().parents[1] / "cases"


def numbers(*values, missing="x"):
    return as_count(pd.Series(list(values), index=list("ABCDEFGH")[: len(values)]), missing)


def read(file_name, kind):
    cases = yaml.safe_load((CASES / file_name).read_text(encoding="utf-8"))
    chosen = [case for case in cases if case["kind"] == kind]
    assert chosen
    return [pytest.param(case["given"], case["expect"], id=case["name"]) for case in chosen]


@covers("worked", "composition_share")
@covers("boundary", "composition_share")
@pytest.mark.parametrize(("given_", "expect"), read("g_composition.yaml", "composition"))
def test_composition_cases(given_, expect):
    percent = Decimal(given_["share_required"]) * 100
    whole, part = numbers(float(given_["total"])), numbers(float(given_["part"]))
    convert, build = (t.frame.loc["A"] for t in composition_tables(whole, part, percent))
    if expect["share"] is None:
        assert (convert["status"], build["status"]) == ("not_applicable", "not_applicable")
        assert np.isnan(convert["share"])
        return
    assert convert["share"] == pytest.approx(float(Fraction(expect["share"])))
    assert convert["required"] == expect["required"]
    assert convert["shortfall"] == expect["shortfall_convert"]
    assert convert["surplus"] == expect["surplus"]
    assert convert["status"] == ("met" if expect["met"] else "short")
    if expect["build"] is None:
        assert np.isnan(build["shortfall"])
        assert build["note"] == "not to be reached by building"
    else:
        assert build["shortfall"] == expect["build"]


@pytest.mark.parametrize(
    ("base", "have", "percent", "convert", "build"),
    [
        (1000, 870, 90, 30, 300),
        (640, 290, 50, 30, 60),
        (3200, 1700, 55, 60, 134),
        (3200, 1700, 60, 220, 550),
        (1000, 900, 90, 0, 0),
    ],
)
def test_worked_examples(base, have, percent, convert, build):
    tables = composition_tables(numbers(float(base)), numbers(float(have)), Decimal(percent))
    assert [t.frame["shortfall"]["A"] for t in tables] == [convert, build]


def test_nobody_knows_how_many_to_build_beside_an_unknown_number():
    convert, build = composition_tables(numbers(100.0, 100.0), numbers(10.0, np.nan), Decimal(50))
    assert convert.frame["required"].tolist() == [50, 50]
    # 90 of 180 in A; in B none to a hundred, by what there is
    np.testing.assert_array_equal(build.frame["required"], [90, np.nan])
    rolled = roll_up(build.rows(), build.net_required, build.net_row)
    assert np.isnan(rolled["sum_of_units"].get("required", np.nan))
    assert np.isnan(rolled["net"].get("required", np.nan))
    rolled = roll_up(convert.rows(), convert.net_required, convert.net_row)
    assert rolled["sum_of_units"]["required"] == rolled["net"]["required"] == 100


def test_a_parent_is_computed_from_the_sums_not_from_the_shares():
    tables = composition_tables(numbers(100.0, 100.0), numbers(100.0, 70.0), Decimal(90))
    for table, each, net in zip(tables, (20, 200), (10, 100), strict=True):
        rolled = roll_up(table.rows(), table.net_required, table.net_row)
        assert rolled["sum_of_units"]["shortfall"] == each
        assert rolled["net"]["shortfall"] == net
        assert rolled["net"]["share"] == 0.85


@given(st.integers(1, 5000), st.integers(0, 5000), st.integers(1, 99))
def test_what_to_build_is_the_smallest_that_is_enough(base, have, percent):
    have = min(base, have)
    more = int(to_build(Decimal(base), Decimal(have), Decimal(percent)))
    enough = [100 * (have + x) >= percent * (base + x) for x in (more, more - 1)]
    assert enough[0]
    assert more == 0 or not enough[1]


def test_rounding_up_is_exact():
    assert share_required(Decimal(27), Decimal(50)) == 14
    assert share_required(Decimal(16), Decimal(80)) == 13
    assert share_required(Decimal(180), Decimal(55)) == 99
    assert share_required(Decimal(3), Decimal("33.5"), whole=False) == Decimal("1.005")


def test_half_of_27_villages():
    codes = [f"{i:02}" for i in range(27)]
    for have, status in ((13, "short"), (14, "met")):
        counts = as_count(pd.Series([3.0] * have + [0.0] * (27 - have), index=codes))
        table = units_with_one(counts, Decimal(50))
        assert set(table.frame["status"]) == {"reported"}
        row = table.parents("X", table.rows())["net"]
        assert (row["required"], row["existing"], row["status"]) == (14, have, status)
        assert row["share"] == have / 27


def test_every_unit_has_a_verdict_where_every_unit_needs_one():
    table = units_with_one(numbers(2.0, 0.0), Decimal(100))
    assert table.frame["status"].tolist() == ["met", "short"]
    assert table.parents("X", table.rows())["sum_of_units"]["shortfall"] == 1


def test_a_unit_without_data_leaves_the_share_open_only_if_it_matters():
    table = units_with_one(numbers(1.0, 0.0, float("nan"), missing="facilities of x"), Decimal(50))
    assert table.frame["note"]["C"] == "missing input: facilities of x"
    assert table.parents("X", table.rows())["net"]["status"] == "no_data"
    enough = units_with_one(numbers(1.0, 1.0, float("nan")), Decimal(50))
    row = enough.parents("X", enough.rows())["net"]
    assert (row["status"], row["note"]) == ("met", "units without data: 1 (C)")


def test_a_gap_beside_a_unit_without_data_is_an_upper_bound():
    """One of four has it, of one nobody knows: three are missing, or two."""
    table = units_with_one(numbers(1.0, 0.0, float("nan"), 0.0), Decimal(100))
    row = table.parents("X", table.rows())["sum_of_units"]
    assert (row["status"], row["shortfall"]) == ("short", 3)
    assert row["note"] == "units without data: 1 (C); shortfall is an upper bound"


def test_units_counted_by_a_figure():
    own = pd.Series([1.0, np.nan], index=["A", "B"])
    for figure, status in ((2.0, "met"), (1.0, "short"), (np.nan, "no_data")):
        table = units_by_figure(own, pd.Series({"X": figure}), Decimal(60), "green_communities")
        assert table.frame["status"].tolist() == ["reported", "no_data"]
        assert table.parents("X", table.rows())["net"]["status"] == status


def test_a_share_of_people_or_things():
    table = share_table(
        numbers(41_251.0, 0.0),
        numbers(37_125.0, 5.0),
        Decimal(90),
        measure="persons",
        whole=True,
        empty="no residents",
    )
    assert table.frame.loc["A", ["required", "shortfall"]].tolist() == [37_126, 1]
    assert table.frame["status"]["B"] == "not_applicable"
