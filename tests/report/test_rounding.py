"""Numbers are written alike everywhere: halves go up, as a spreadsheet shows them."""

import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import capacity
from capacity.exact import decimals_of, percent, plain, rounded, share_decimals
from capacity.report.text import never_zero


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (0.5, 0, "1"),
        (1.5, 0, "2"),
        (2.5, 0, "3"),  # 2 where halves go to the even neighbour
        (1.005, 2, "1.01"),  # the float lies below; a spreadsheet shows its 15 digits
        (1234.25, 1, "1,234.3"),
        (-2.5, 0, "-3"),
        (-0.04, 1, "0.0"),
    ],
)
def test_halves_go_up(value, digits, shown):
    assert rounded(value, digits) == shown


def test_a_share_is_what_the_workbook_shows():
    assert percent(1 / 16) == "6.3%"  # 6.2 on the screen, 6.3 in the workbook
    assert percent(0.145, 0) == "15%"
    assert percent(float("nan")) == "nan%"


@given(st.integers(-(10**12), 10**12), st.integers(0, 4), st.integers(0, 4))
def test_decimals_are_rounded_as_written(whole, places, digits):
    written = Decimal(whole).scaleb(-places)
    want = written.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    assert Decimal(rounded(float(written), digits).replace(",", "")) == want


@given(st.floats(1e-9, 1e9), st.integers(0, 2))
def test_what_is_there_is_never_written_as_nothing(value, digits):
    assert float(never_zero(value, digits).replace(",", "")) > 0
    assert decimals_of(value, digits) >= digits


@given(st.floats(0, 1), st.integers(1, 100))
def test_a_share_under_its_standard_is_written_under_it(share, least):
    digits = share_decimals(share, least)
    if 100 * share < least - 1e-6:
        assert Decimal(percent(share, digits)[:-1]) < least


def test_large_amounts_are_no_powers_of_ten():
    assert plain(1_234_567.0) == "1,234,567"
    assert plain(12.5) == "12.5"


@pytest.mark.parametrize("value", [1e27, 1.5e30, -1e300])
def test_numbers_of_any_size_are_written(value):
    assert Decimal(rounded(value, 1).replace(",", "")) == Decimal(f"{value:.15g}")
    assert Decimal(percent(value)[:-1].replace(",", "")) == Decimal(f"{value:.15g}").scaleb(2)
    assert Decimal(plain(value).replace(",", "")) == Decimal(f"{value:.15g}")
    assert share_decimals(abs(value), 90) == 1
    assert share_decimals(0.5, abs(value)) == 1


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_written_as_it_is(value):
    assert rounded(value, 1) == plain(value) == never_zero(value, 1) == f"{value}"
    assert percent(value) == f"{value}%"
    assert share_decimals(value, 90) == share_decimals(0.5, value) == 1


def test_no_output_rounds_in_another_way():
    """Python's own formats take halves to the even neighbour, where a spreadsheet takes them up."""
    every = r":[+]?,?\.\d[%f]\}"
    places = {"unit_table.py", "plan_page.py"}  # widths of columns, which nobody reads
    amounts = r":[+]?,\.\df\}|:,?\.\d%\}|\{100 \* [^{}]+:\.\df\}"  # not coordinates
    package = Path(capacity.__file__).parent
    whole = ("report", "assess", "monitoring", "siting", "reach", "parts", "norms")
    files = ("literals.py", "calibration.py", "network.py", "demand.py", "fractions.py")
    of = dict.fromkeys((*whole, *files), every) | {"inputs": amounts}
    found = {
        f"{path.name}: {line.strip()}"
        for name, own in of.items()
        for path in ([package / name] if name.endswith(".py") else (package / name).rglob("*.py"))
        if path.name not in places
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(own, line)
    }
    assert not found
