"""What of a fault is told in Chinese: names as they stand, whatever they hold."""

import re
from pathlib import Path

import pytest
import yaml

from capacity.errors import Fault
from capacity.literals import found_in_chinese, literals, mend_in_chinese

MESSAGES = yaml.safe_load(Path(__file__).with_name("messages.yaml").read_text(encoding="utf-8"))
LINES = {line.split()[1]: line.split(" | ", 1)[1] for lines in MESSAGES.values() for line in lines}
"""Code → one message of it, with its place and its mend."""

HOSTILE = (
    "张三 and 李四 (rows 2 and 3)",
    "园 is 3.5 and facilities.geojson",
    "row 7: units.columns.name",
    "A under B",
    "第1.5号 may mean places.",
)
QUOTED = re.compile(r"(?<![\w'])'([^']+)'(?!\w)")


def of(code, message, mend=""):
    return Fault(severity="error", code=code, message=message, mend=mend)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_stand_as_they_are_under_every_code(name):
    """In each message everything quoted is the name: whatever is told of it is the name."""
    tried = 0
    for code, line in LINES.items():
        if not QUOTED.search(line) or " is '" in line or "Did you mean" in line or "got '" in line:
            continue
        found = literals(of(code, QUOTED.sub(lambda _: f"'{name}'", line)))
        plain = [value for value in found.values if "EPSG" not in value and "东经" not in value]
        paired = code in PAIRED and re.fullmatch(PAIRED[code], name)
        tried += bool(plain) and not paired
        assert paired or all(value in {name, *named(line)} for value in plain), code
    assert tried >= 15


PAIRED = {
    "units.parent_tier": r"\S+ under \S+",
    "units.unknown_parent": r"\S+ under \S+",
    "units.outside_parent": r"\S+ under \S+",
    "facilities.implausible": r"row \d+: .+",
    "compounds.implausible": r"row \d+: .+",
}


def named(line):
    """What a message lists without quotes."""
    found = re.search(r"(?:known by their names|nothing is read from): (.+?)\.(?=\s|$)", line)
    return [] if found is None else re.split(", ", re.sub(r" is (\w+)", r" 即 \1", found[1]))


@pytest.mark.parametrize("name", HOSTILE)
def test_no_key_is_read_out_of_a_name(name):
    for code in LINES:
        assert literals(of(code, "wrong.", f"Correct '{name}'.")).write == ()


SUFFIXES = [
    "csv",
    "tsv",
    "txt",
    "xlsx",
    "xls",
    "xlsm",
    "gpkg",
    "geojson",
    "json",
    "shp",
    "parquet",
    "fgb",
    "tif",
    "tiff",
    "vrt",
    "asc",
    "pbf",
]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_are_no_keys(suffix):
    mend = f"Correct facilities.{suffix}, or data/units.{suffix}. Say facilities[1].datum."
    assert literals(of("crs.missing", "wrong.", mend)).write == ("facilities[1].datum",)


def test_a_full_stop_ends_a_sentence_and_no_number():
    mend = "Set parameters.detour_factor = 1.3. Write margin_m = 2000 in [population]."
    assert literals(of("config.value", "wrong.", mend)).write == (
        "parameters.detour_factor = 1.3",
        "population.margin_m = 2000",
    )


def test_what_is_said_whole_is_neither_cut_nor_read_again():
    long = "「" + "很" * 40 + "」(行2、3:托位数 60 和 45)"
    fault = Fault(
        severity="warning",
        code="facilities.duplicates",
        message="1 pair: 'a (rows 2 and 3)'.",
        found_zh=(long, "每对两行都计入"),
        shares=(("WGS 84", 0.5), ("GCJ-02", 0.987)),
    )
    assert found_in_chinese(fault) == [
        f"{long}、每对两行都计入",
        "吻合:WGS 84 50.0%、GCJ-02(高德、腾讯)98.7%",
    ]
    assert "facilities" not in mend_in_chinese(fault)


def test_the_first_day_that_norms_can_be_had_for_is_told():
    said = 'No norm of "zhengzhou" is in force on 2019-01-01. Choose 2022-12-02 or a later date.'
    assert found_in_chinese(of("study_area.norms", said)) == ["可用 2022-12-02 及以后的日期"]
