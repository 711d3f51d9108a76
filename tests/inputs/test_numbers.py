"""Numbers as people type them: read where they can mean one thing, else left unread."""

import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.inputs.frames import _years_in
from capacity.inputs.numbers import NO_UNIT, UNITS, Unit, read_numbers, unit_of


def read(cell, dimension="number", header=NO_UNIT):
    """The number of one cell, None if it cannot be read, NaN if it says that it is not known."""
    typed = read_numbers(pd.Series([cell], dtype="str"), dimension, header)
    return None if typed.unread[0] else float(typed.values[0])


@pytest.mark.parametrize(
    ("cell", "dimension", "number"),
    [
        ("1,200", "number", 1200),
        ("１，２００", "number", 1200),
        ("12,345,678.5", "number", 12345678.5),
        ("1.2e3", "number", 1200),
        ("50个", "places", 50),
        ("50 个托位", "places", 50),
        ("50张", "beds", 50),
        ("约300㎡", "area", 300),
        ("300平方米左右", "area", 300),
        ("300 m²", "area", 300),
        ("300M2", "area", 300),
        ("1.2万", "persons", 12000),
        ("1.1万人", "persons", 11000),
        ("3亿", "persons", 300_000_000),
        ("3亩", "area", 2000),
        ("0.5公顷", "area", 5000),
        ("0.02平方公里", "area", 20000),
        ("1.5万平方米", "area", 15000),
        ("800户", "households", 800),
        ("1998年", "year", 1998),
        ("-5", "number", -5),
        ("－5", "number", -5),
    ],
)
def test_read(cell, dimension, number):
    assert read(cell, dimension) == number


@pytest.mark.parametrize("cell", ["—", "-", "——", "/", "无", "暂无", "N/A", "不详", "…", "#N/A"])
def test_words_for_not_known(cell):
    assert math.isnan(read(cell))


@pytest.mark.parametrize(
    "cell",
    [
        *("20-30", "20~30", "20—30", "20至30", "20/30", "20、30", "2020-01-02", "若干", "若干个"),
        *("50%", "1,20", "12,00", "1,2,3", "1.200,5", "1 200", "10²", "30①", "½", "三十", "0x10"),
        *(
            "300余",
            "20多",
            "20以上",
            "≥20",
            "<5",
            "近300",
            "不足20",
            "约",
            "万",
            "个",
            "1_000",
            "True",
        ),
        *(
            "20+",
            "20个左右吧",
            "5个班",
            "20(其中普惠10)",
            "(20)",
            "20?",
            "1.2.3",
            "1万2千",
            "2万5",
            "٣",
        ),
    ],
)
@pytest.mark.parametrize("dimension", UNITS)
def test_not_read(cell, dimension):
    assert read(cell, dimension) is None


@pytest.mark.parametrize(
    ("cell", "dimension"),
    [("50㎡", "places"), ("50张", "places"), ("50人", "beds"), ("3亩", "places"), ("30户", "area")],
)
def test_units_of_something_else_are_not_read(cell, dimension):
    assert read(cell, dimension) is None


@pytest.mark.parametrize(
    ("cell", "header", "dimension", "number"),
    [
        ("5.32", Unit(tens=4, word="人"), "persons", 53200),
        ("5.32万", Unit(tens=4, word="人"), "persons", 53200),
        ("5.32万人", Unit(tens=4, word="人"), "persons", 53200),
        ("5.32万人", Unit(tens=4), "persons", 53200),
        ("53200人", Unit(tens=4, word="人"), "persons", None),
        ("1.1", Unit(tens=4), "persons", 11000),
        ("1.5", Unit(word="亩"), "area", 1000),
        ("1.5亩", Unit(word="亩"), "area", 1000),
        ("1.5万", Unit(word="亩"), "area", None),
        ("1.5㎡", Unit(word="亩"), "area", None),
        ("1.5平方米", Unit(word="㎡"), "area", 1.5),
        ("1.5万", Unit(word="㎡"), "area", 15000),
        ("30", Unit(word="张"), "beds", 30),
    ],
)
def test_unit_over_the_column(cell, header, dimension, number):
    assert read(cell, dimension, header) == number


def test_what_was_said_of_the_cells():
    column = pd.Series(["1", "约2", "—", "3万", "x", ""], dtype="str")
    typed = read_numbers(column)
    assert typed.about.tolist() == [False, True, False, False, False, False]
    assert typed.unknown.tolist() == [False, False, True, False, False, False]
    assert typed.converted.tolist() == [False, False, False, True, False, False]
    assert typed.unread.tolist() == [False, False, False, False, True, False]


numbers = st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False)


@given(
    number=numbers,
    group=st.booleans(),
    wide=st.booleans(),
    about=st.sampled_from(["", "约", "大约"]),
    space=st.sampled_from(["", " ", "\u3000"]),
    tens=st.sampled_from([("", 0), ("万", 4), ("亿", 8)]),
    unit=st.sampled_from([("", 1), ("㎡", 1), ("平方米", 1), ("公顷", 10_000), ("亩", None)]),
)
def test_written_numbers_come_back(number, group, wide, about, space, tens, unit):
    text = f"{number:,.2f}" if group else f"{number:.2f}"
    if wide:
        text = text.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789.,"})
    cell = f"{about}{text}{space}{tens[0]}{unit[0]}"
    expected = number * Decimal(10) ** tens[1]
    expected = expected * 2000 / 3 if unit[1] is None else expected * unit[1]
    assert read(cell, "area") == pytest.approx(float(expected), rel=1e-15, abs=1e-300)


@given(low=st.integers(0, 10**6), high=st.integers(0, 10**6), dash=st.sampled_from("-~—–至到/、;:"))
def test_two_numbers_are_never_one(low, high, dash):
    assert read(f"{low}{dash}{high}", "area") is None


@given(text=st.text(max_size=12))
def test_what_is_read_holds_one_number(text):
    cell = text.strip()
    number = read(cell, "area")
    if number is not None and np.isfinite(number):
        digits = "".join(c if c.isdigit() or c in ".．" else " " for c in cell.replace(",", ""))
        assert len(digits.replace("，", "").split()) in {1, 2}  # two with an exponent or m2
        assert any(c.isdigit() for c in cell)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("㎡", Unit(word="㎡")),
        ("万 人", Unit(tens=4, word="人")),
        ("M2", Unit(word="m2")),
        ("备注", None),
        ("", None),
    ],
)
def test_units(text, unit):
    assert unit_of(text) == unit


@pytest.mark.parametrize("cell", ["inf", "-inf", "Infinity", "1e400"])
@pytest.mark.parametrize("header", [NO_UNIT, Unit(tens=3), Unit(tens=4, word="个")])
def test_infinite_numbers_are_not_lost_under_a_unit(cell, header):
    """The caller reports what is infinite; as not known it would pass for an empty cell."""
    typed = read_numbers(pd.Series([cell, "3"], dtype="str"), "places", header)
    assert math.isinf(typed.values[0]) or typed.unread[0]
    assert typed.values[1] == 3 * 10**header.tens


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        ("1998-05", "1998"),
        ("1998/5/1", "1998"),
        ("1998年5月", "1998"),
        ("1998.5", "1998"),
        ("1998-05-01 00:00:00", "1998"),
        ("1998", "1998"),
        ("1998年", "1998年"),
        ("20001", "20001"),  # 1954-10-04 as a spreadsheet counts days
        ("1998-13", "1998-13"),
        ("1990-1995", "1990-1995"),
        ("", ""),
    ],
)
def test_the_year_of_a_date(cell, year):
    assert _years_in(pd.Series([cell, "1960"], dtype="str")).tolist() == [year, "1960"]


def test_the_years_of_moments_and_of_numbers():
    days = pd.Series(pd.to_datetime(["1998-05-01", None]))
    assert _years_in(days).tolist()[0] == 1998
    assert math.isnan(_years_in(days).tolist()[1])
    assert _years_in(pd.Series([1998, 1999])).tolist() == [1998, 1999]
