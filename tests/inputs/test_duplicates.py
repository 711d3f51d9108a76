"""Rows that are the same thing: by hand, against every pair compared, and in real lists."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from capacity.errors import InputError
from capacity.inputs.duplicates import check_centres, check_crowds, find_duplicates, plain_names
from capacity.study_area import Parameters, read_study_area, study_area
from tests.inputs.town import CRS, SETTINGS, X0, Y0, square, write_town

DATA = Path(__file__).parents[3] / "shared" / "data"


def listed(*rows):
    """Make a list of (name, x, y) or (name, unit, None), and then perhaps a type."""
    return gpd.GeoDataFrame(
        {
            "name": pd.Series([row[0] for row in rows], dtype="str"),
            "unit_code": pd.Series([row[1] if row[2] is None else "" for row in rows], dtype="str"),
            "facility_type": pd.Series([(*row, "")[3] for row in rows], dtype="str"),
        },
        geometry=[None if row[2] is None else Point(row[1], row[2]) for row in rows],
        crs=CRS,
    )


def pairs_of(found):
    return list(zip(found.first.tolist(), found.second.tolist(), strict=True))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("阳光托育", " 阳光 托育\u3000"),
        ("阳光托育（东区）", "阳光托育(东区)"),
        ("阳光托育有限公司", "阳光托育有限责任公司"),
        ("ＡＢＣ托育", "abc托育"),
        ("Sunny Childcare Pte. Ltd.", "SUNNY CHILDCARE PTE LTD"),
        ("“阳光”·托育", "阳光托育"),
    ],
)
def test_names_that_are_the_same(one, other):
    assert plain_names(pd.Series([one])).tolist() == plain_names(pd.Series([other])).tolist()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("阳光托育(东区)", "阳光托育(西区)"),
        ("第一幼儿园", "第二幼儿园"),
        ("健身路径1", "健身路径2"),
        ("阳光托育中心", "阳光托育"),
    ],
)
def test_names_that_are_not(one, other):
    assert plain_names(pd.Series([one])).tolist() != plain_names(pd.Series([other])).tolist()


def test_boundary_of_the_distance():
    found = find_duplicates(listed(("甲园", 0, 0), ("甲园", 50, 0), ("甲园", 100.001, 0)), 50)
    assert pairs_of(found) == [(0, 1)]
    assert pairs_of(find_duplicates(listed(("甲园", 0, 0), ("甲园", 0, 0)), 0)) == [(0, 1)]


def test_one_name_in_the_other_at_one_place():
    long, short = "郑州市金水区阳光托育中心", "阳光托育中心"
    assert pairs_of(find_duplicates(listed((long, 0, 0), (short, 1, 0)), 50)) == [(0, 1)]
    assert pairs_of(find_duplicates(listed((long, 0, 0), (short, 1.001, 0)), 50)) == []
    # 幼儿园 is in too many names, and 第一 is not 第二
    assert pairs_of(find_duplicates(listed(("阳光幼儿园", 0, 0), ("幼儿园", 0, 0)), 50)) == []
    assert pairs_of(find_duplicates(listed(("第一幼儿园", 0, 0), ("第二幼儿园", 0, 0)), 50)) == []


def test_rows_without_coordinates_or_without_a_name():
    some = listed(("甲园", "A1", None), ("甲园", "A1", None), ("甲园", "A2", None), ("甲园", 0, 0))
    assert pairs_of(find_duplicates(some, 50)) == [(0, 1)]
    assert pairs_of(find_duplicates(listed(("甲园", "", None), ("甲园", "", None)), 50)) == []
    assert pairs_of(find_duplicates(listed(("", 0, 0), ("（）", 0, 0), ("", 0, 0)), 50)) == []
    assert pairs_of(find_duplicates(listed(), 50)) == []


def test_other_types_are_other_things():
    one, other = "elder_care_institution", "community_day_care"
    assert pairs_of(find_duplicates(listed(("甲", 0, 0, one), ("甲", 0, 0, other)), 50)) == []
    unknown = listed(("甲", "A", None, one), ("甲", "A", None, other), ("甲", "A", None))
    assert pairs_of(find_duplicates(unknown, 50)) == [(0, 2), (1, 2)]


def test_a_chain_keeps_what_no_kept_row_repeats():
    """B repeats A; C repeats B only, which is left out: C stays."""
    found = find_duplicates(
        listed(("健身路径", 0, 0), ("健身路径", 40, 0), ("健身路径", 80, 0)), 50
    )
    assert pairs_of(found) == [(0, 1), (1, 2)]
    assert found.left_out.tolist() == [False, True, False]


def every_pair(frame, distance):
    """Compare every row with every other: slow, and nothing like a tree."""
    pairs = set()
    rows = list(
        zip(
            plain_names(frame["name"]),
            frame["unit_code"],
            frame["facility_type"],
            frame.geometry,
            strict=True,
        )
    )
    for i, (name, unit, kind, point) in enumerate(rows):
        for j in range(i + 1, len(rows)):
            name2, unit2, kind2, point2 = rows[j]
            if not name or not name2 or (kind and kind2 and kind != kind2):
                continue
            if point is None or point2 is None:
                same = point is point2 and name == name2 and unit == unit2 != ""
            else:
                apart = np.hypot(point.x - point2.x, point.y - point2.y)
                held = min(len(name), len(name2)) >= 4 and (name in name2 or name2 in name)
                same = (name == name2 and apart <= distance) or (held and apart <= 1)
            if same:
                pairs.add((i, j))
    return pairs


NAMES = st.sampled_from(
    ["", "甲园", "甲 园", "阳光托育中心", "大阳光托育中心", "阳光托育中心有限公司"]
)
PLACED = st.tuples(
    NAMES,
    st.sampled_from([0, 1, 30, 60, 90]),
    st.sampled_from([0, 1, 40]),
    st.sampled_from(["", "", "kindergarten", "primary_school"]),
)
PLACELESS = st.tuples(NAMES, st.sampled_from(["A1", "A2", ""]), st.none())
LISTS = st.lists(PLACED | PLACELESS, max_size=14)


def linked(pairs, n):
    """Groups that pairs link, as a label per row."""
    label = list(range(n))
    for _ in range(n):
        for i, j in pairs:
            label[i] = label[j] = min(label[i], label[j])
    return label


@given(LISTS)
def test_against_every_pair(rows):
    frame = listed(*rows)
    found = find_duplicates(frame, 50)
    pairs, expected = set(pairs_of(found)), every_pair(frame, 50)
    # Equal rows are listed with the first of them only: the groups are the same.
    assert pairs <= expected
    assert linked(pairs, len(rows)) == linked(expected, len(rows))
    out = found.left_out
    assert not any(not out[i] and not out[j] for i, j in expected)
    for j in np.flatnonzero(out):
        assert any(not out[i] for i, second in expected if second == j)


@given(LISTS, st.randoms(use_true_random=False))
def test_which_pairs_there_are_does_not_depend_on_the_order(rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    here = find_duplicates(listed(*rows), 50)
    there = find_duplicates(listed(*(rows[i] for i in order)), 50)
    moved = [(order[i], order[j]) for i, j in pairs_of(there)]
    n = len(rows)
    assert linked(moved, n) == linked(pairs_of(here), n)
    again = find_duplicates(listed(*rows), 50)
    assert pairs_of(again) == pairs_of(here)


def test_a_crowd_at_one_place_is_quick():
    n = 5_000
    some = listed(*[("健身路径", 0, 0)] * n)
    assert find_duplicates(some, 50).left_out.sum() == n - 1
    other = listed(*[(f"机构{i:05d}号", 0, 0) for i in range(n)])
    assert find_duplicates(other, 50).left_out.sum() == 0


TWO_LISTS = SETTINGS.replace('id = "id"', 'id = "id", name = "n"')
TWO_LISTS += TWO_LISTS[TWO_LISTS.index("[[facilities]]") :].replace("facilities.csv", "more.csv")
FIRST = "id,places,opened,unit,x,y,n\nf1,30,,,500500,3800500,甲园\nf2,60,,,501500,3800500,乙园\n"
MORE = (
    "id,places,opened,unit,x,y,n\ng1,30,,,500520,3800500,甲园有限公司\ng2,9,,,500900,3800500,丙\n"
)


def write_two(folder, *, settings=""):
    path = write_town(folder, settings=TWO_LISTS + settings, facilities=FIRST)
    (folder / "more.csv").write_text(MORE, encoding="utf-8")
    return path


def test_two_lists_kept_and_left_out(tmp_path):
    kept = read_study_area(write_two(tmp_path))
    assert kept.facilities["facility_id"].tolist() == ["f1", "f2", "g1", "g2"]
    faults = [f for f in kept.faults if f.code == "facilities.duplicates"]
    assert [(fault.file, fault.rows, fault.count) for fault in faults] == [
        ("facilities.csv", (2,), 1),
    ]
    assert str(faults[0]) == (
        "facilities.csv, row 2: 1 pair with the same name at most 50 m apart (or one name holding "
        "the other at one place, or in one unit where one has no coordinates), each a row here and "
        "one of more.csv: '甲园 (rows 2 and 2)'; every "
        'row counts. Keep one row of each pair, or set duplicates = "first" in [parameters].'
    )
    assert faults[0].found_zh[0] == "「甲园」(行2、more.csv 行2)"
    first = read_study_area(write_two(tmp_path, settings='[parameters]\nduplicates = "first"\n'))
    assert first.facilities["facility_id"].tolist() == ["f1", "f2", "g2"]
    fault = next(f for f in first.faults if f.code == "facilities.duplicates")
    assert str(fault).endswith(
        "(or that without coordinates) is left out. Keep one row of each pair."
    )
    near = '[parameters]\nduplicates = "first"\nduplicate_distance_m = 19.9\n'
    assert len(read_study_area(write_two(tmp_path, settings=near)).facilities) == 4


def test_a_closed_facility_does_not_replace_an_open_one():
    units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[square(0)], crs=CRS)
    some = gpd.GeoDataFrame(
        {
            "name": ["甲园"] * 3,
            "status": ["closed", "", ""],
            "service": ["sports", "sports", "health"],
        },
        geometry=[Point(X0 + 9, Y0 + 9)] * 3,
        crs=CRS,
    )
    area = study_area(
        units,
        None,
        some,
        name="T",
        data_date="2025-06-30",
        unit_type="street",
        parameters=Parameters(duplicates="first"),
    )
    assert len(area.facilities) == 3


@pytest.mark.parametrize(("n", "is_named"), [(9, False), (10, True)])
def test_many_names_at_one_point(n, is_named):
    rows = [(f"机构{i}", 5, 5) for i in range(n)] + [("机构0", 5, 5), ("", 5, 5), ("另一", 5, 5.5)]
    some = listed(*rows).assign(file="f.csv", row=range(2, len(rows) + 2))
    faults = check_crowds(some, "facilities")
    assert [fault.rows for fault in faults] == ([tuple(range(2, n + 4))] if is_named else [])
    assert check_crowds(some.iloc[:0], "facilities") == []
    assert check_crowds(some.set_geometry([None] * len(rows), crs=CRS), "facilities") == []


def registers(folder, duplicates):
    """Two registers: one says that 甲园 is closed, and both give other places of 乙园."""
    area = (
        SETTINGS
        + """
[[facilities]]
file = "second.csv"
datum = "EPSG:4547"
service = "childcare"
"""
    )
    one = 'columns = { id = "id", places = "places", opened = "opened", unit = "unit", x = "x", y = "y" }'
    assert one in area
    first = """机构名称,托位数,运营状态,横坐标,纵坐标
甲园,30,停业,500500,3800500
乙园,120,运营,501500,3800500
丙园,10,运营,501600,3800500
"""
    (folder / "second.csv").write_text(
        first.replace("停业", "运营").replace("120", "110").replace("丙园", "丁园"),
        encoding="utf-8",
    )
    area = area.replace(one, "").replace(
        "[population]", f'[parameters]\nduplicates = "{duplicates}"\n\n[population]'
    )
    return read_study_area(write_town(folder, settings=area, facilities=first))


@pytest.mark.parametrize(("duplicates", "supply"), [("keep", 6 - 1), ("first", 5 - 1)])
def test_registers_that_contradict_each_other(tmp_path, duplicates, supply):
    area = registers(tmp_path, duplicates)
    of = {f.code: f for f in area.faults if f.code.startswith("facilities.")}
    contrary = of["facilities.open_and_not"]
    assert (contrary.severity, contrary.file, contrary.rows, contrary.count) == (
        *("warning", "facilities.csv", (2,)),
        1,
    )
    assert "甲园 (rows 2 and 2: closed (not existing supply), open)" in contrary.message
    assert "one of second.csv" in contrary.message
    assert int(area.facilities["is_open"].sum()) == supply


@pytest.mark.parametrize(
    ("duplicates", "fate"),
    [
        ("keep", "Sizes differ in 1."),
        ("first", "Sizes differ in 1: those of the earlier row count."),
    ],
)
def test_a_pair_is_reported_once_with_the_sizes_that_differ(tmp_path, duplicates, fate):
    area = registers(tmp_path, duplicates)
    found = [fault for fault in area.faults if fault.code == "facilities.duplicates"]
    assert [(fault.file, fault.rows, fault.count) for fault in found] == [
        ("facilities.csv", (3,), 1)
    ]
    assert "乙园 (rows 3 and 3: places 120 and 110)" in found[0].message
    assert found[0].message.endswith(fate)
    places = area.facilities.loc[area.facilities["name"] == "乙园", "places"].tolist()
    assert places == ([120, 110] if duplicates == "keep" else [120])


@pytest.mark.parametrize("order", [1, -1])
def test_the_same_with_and_without_coordinates(order):
    """Whichever comes first, the row that has coordinates stays."""
    some = listed(("甲园", 0, 0), ("甲 园", "S1", None), ("甲园", "S2", None), ("乙园", "S1", None))
    some = some.assign(street_code=["S1", "", "S2", "S1"], community_code=["C1", "", "", ""])
    found = find_duplicates(some.iloc[::order].reset_index(drop=True), 50)
    assert pairs_of(found) == ([(0, 1)] if order == 1 else [(2, 3)])
    assert found.left_out[::order].tolist() == [False, True, False, False]
    declared = some.assign(street_code="", unit_code=["S2", "S1", "S2", "S1"])
    assert pairs_of(find_duplicates(declared, 50)) == [(0, 2)]
    in_community = some.assign(unit_code=["", "C1", "S2", "S1"])
    assert pairs_of(find_duplicates(in_community, 50)) == [(0, 1)]
    typed = some.assign(facility_type=["kindergarten", "primary_school", "", ""])
    assert pairs_of(find_duplicates(typed, 50)) == []


def test_a_list_with_and_without_coordinates(tmp_path):
    rows = "id,places,opened,unit,x,y,n\nf1,30,,A1,,,甲园\nf2,30,,,500500,3800500,甲园\n"
    text = SETTINGS.replace('id = "id"', 'id = "id", name = "n"')
    path = write_town(tmp_path, settings=text, facilities=rows)
    assert [f.rows for f in read_study_area(path).faults if f.code == "facilities.duplicates"] == [
        (2, 3)
    ]
    path.write_text(text + '[parameters]\nduplicates = "first"\n', encoding="utf-8")
    assert read_study_area(path).facilities["facility_id"].tolist() == ["f2"]


@pytest.mark.parametrize(("away", "is_named"), [(0.0, True), (1.0, True), (1.01, False)])
def test_names_in_the_middle_of_a_unit(away, is_named):
    units = gpd.GeoDataFrame(geometry=[square(0), None], crs=CRS)
    x, y = X0 + 500 + away, Y0 + 500
    rows = [("甲园", x, y), ("乙园", x, y), ("丙园", x, y), ("丁园", x + 50, y)]
    some = listed(*rows).assign(file="f.csv", row=range(2, 6))
    faults = check_centres(some, units, "facilities")
    assert [fault.rows for fault in faults] == ([(2, 3, 4)] if is_named else [])
    assert check_centres(some.iloc[:2], units, "facilities") == []  # two may meet by chance
    assert check_centres(some, units.iloc[1:], "facilities") == []


def test_compounds_too():
    units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[square(0)], crs=CRS)
    some = gpd.GeoDataFrame(
        {"name": ["甲小区", "甲小区"], "households": [100, 120]},
        geometry=[Point(X0 + 9, Y0 + 9), Point(X0 + 49, Y0 + 39)],
        crs=CRS,
    )

    def read(duplicates):
        return study_area(
            units,
            compounds=some,
            name="T",
            data_date="2025-06-30",
            unit_type="street",
            parameters=Parameters(duplicates=duplicates),
        )

    assert read("keep").compounds["households"].tolist() == [100, 120]
    assert read("first").compounds["households"].tolist() == [100]
    assert "compounds.duplicates" in {fault.code for fault in read("keep").faults}


def test_an_unknown_word_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"parameters.duplicates: should be 'keep' or 'first'"):
        read_study_area(write_two(tmp_path, settings='[parameters]\nduplicates = "drop"\n'))


@pytest.mark.skipif(not DATA.is_dir(), reason="the real layers are not part of the repository")
def test_two_registers_of_singapore():
    """1,315 services and 1,959 pre-schools: nearly every service is in the other register too."""
    every = gpd.read_file(DATA / "singapore" / "facilities.gpkg").to_crs(32648)
    childcare = every[every["kind"] == "childcare"].reset_index(drop=True)
    childcare = childcare.assign(unit_code="", name=childcare["name"].astype("str"))
    services = (childcare["source_layer"] == "child_care_services_2020").to_numpy()
    found = find_duplicates(childcare, 50)
    across = services[found.first] & ~services[found.second]
    assert len(childcare) == 3274
    assert int(found.left_out.sum()) == 1490
    assert len(np.unique(found.first[across])) == 1190  # 90 % of the 1,315 services
    # Wider finds hardly more across the registers, but chains of centres within one.
    clean = childcare[services].reset_index(drop=True)
    alone = [len(find_duplicates(clean, metres).first) for metres in (50, 100, 200, 500)]
    assert alone == [2, 4, 9, 63]
