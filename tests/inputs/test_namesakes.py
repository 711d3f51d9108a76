"""One name at two places far apart: what is asked about, and what is taken for a chain."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from capacity.inputs.duplicates import find_duplicates, plain_names
from capacity.inputs.namesakes import COMMON, FAR_M, find_namesakes, namesake_faults, twins
from tests.inputs.town import CRS

DATA = Path(__file__).parents[3] / "shared" / "data"


def listed(*rows):
    """Make a list of (name, x, street) or (name, x, street, column=value)."""
    return gpd.GeoDataFrame(
        {
            "name": pd.Series([row[0] for row in rows], dtype="str"),
            "unit_code": "",
            "service": [row[3] if len(row) > 3 else "childcare" for row in rows],
            "facility_type": [row[4] if len(row) > 4 else "" for row in rows],
            "is_open": True,
            "street_code": pd.Series([row[2] for row in rows], dtype="str"),
            "community_code": "",
            "file": "f.csv",
            "row": range(2, len(rows) + 2),
        },
        geometry=[None if row[1] is None else Point(row[1], 0) for row in rows],
        crs=CRS,
    )


def found_in(frame, units=()):
    near = find_duplicates(frame, 50, within=("service", "is_open"))
    near.left_out[:] = False
    return near, find_namesakes(frame, near, units)


def pairs_of(frame, units=()):
    far = found_in(frame, units)[1]
    return list(zip(far.first.tolist(), far.second.tolist(), strict=True))


@pytest.mark.parametrize(
    ("rows", "pairs"),
    [
        # one street: however far
        ([("阳光托育", 0, "A"), ("阳光托育", 640, "A")], [(0, 1)]),
        ([("阳光托育", 0, "A"), ("阳光托育", 9000, "A")], [(0, 1)]),
        # two streets, or none: exactly 1,500 m counts
        ([("阳光托育", 0, "A"), ("阳光托育", FAR_M, "B")], [(0, 1)]),
        ([("阳光托育", 0, "A"), ("阳光托育", FAR_M + 0.001, "B")], []),
        ([("阳光托育", 0, ""), ("阳光托育", FAR_M + 0.001, "")], []),
        # nearly the same name
        ([("阳光 托育有限公司", 0, "A"), ("郑州市金水区阳光托育", 640, "A")], [(0, 1)]),
        # near ones are duplicates already, which are reported as such
        ([("阳光托育", 0, "A"), ("阳光托育", 50, "A")], []),
        ([("阳光托育", 0, "A"), ("阳光托育", 50.001, "A")], [(0, 1)]),
        # names that tell nothing, with and without the unit's
        ([("社区托育园", 0, "A"), ("社区托育园", 640, "A")], []),
        ([("金水区卫生室", 0, "A"), ("卫生室", 640, "A")], []),
        ([("", 0, "A"), ("", 640, "A")], []),
        # told apart: by brackets, number, service, known type
        ([("阳光托育(东区)", 0, "A"), ("阳光托育(西区)", 640, "A")], []),
        ([("第一幼儿园", 0, "A"), ("第二幼儿园", 640, "A")], []),
        ([("阳光托育", 0, "A"), ("阳光托育", 640, "A", "elder_care")], []),
        ([("阳光托育", 0, "A", "childcare", "a"), ("阳光托育", 640, "A", "childcare", "b")], []),
        # two types at one spot are asked about, be the name specific or a chain's
        (
            [("阳光托育", 0, "A", "childcare", "a"), ("阳光托育", 50, "A", "childcare", "b")],
            [(0, 1)],
        ),
        ([("阳光托育", 0, "A", "childcare", "a"), ("阳光托育", 50.1, "A", "childcare", "b")], []),
        (
            [("托育园", 2000 * (n // 2), "A", "childcare", "ab"[n % 2]) for n in range(10)],
            [(0, 1), (2, 3), (4, 5), (6, 7), (8, 9)],
        ),
        # where only words of kinds are left, the last unit tells, however much of it is written
        ([("东风社区托育点", 0, "A"), ("郑州市金水区东风社区托育点", 640, "A")], [(0, 1)]),
        ([("东风社区托育点", 0, "A"), ("建设社区托育点", 640, "A")], []),
        ([("东风社区托育点", 0, "A"), ("托育点", 640, "A")], []),
        ([("东风社区", 0, "A"), ("金水区东风社区", 640, "A")], []),
        # a row without coordinates is nowhere
        ([("阳光托育", 0, "A"), ("阳光托育", None, "A")], []),
        # three places are asked about, four are a chain
        ([("阳光托育", 1000 * n, "A") for n in range(3)], [(0, 1), (0, 2), (1, 2)]),
        ([("阳光托育", 1000 * n, "A") for n in range(4)], []),
        # a place given twice is one place of the three, by its first row
        (
            [("阳光托育", x, "A") for x in (0, 10, 1000, 1010, 2000, 2010)],
            [(0, 2), (0, 4), (2, 4)],
        ),
    ],
)
def test_what_is_asked_about(rows, pairs):
    assert pairs_of(listed(*rows), ["郑州市", "金水区", "东风社区", "建设社区"]) == pairs


@pytest.mark.parametrize(
    ("names", "units", "asked"),
    [
        (("东风托育点", "东风社区托育点"), ["东风社区"], True),
        (("示例区东风托育点", "东风社区托育点"), ["示例区", "东风社区"], True),
        (("东风社区托育点", "东风托育园"), ["东风社区"], False),
        (("东风托育点", "东风社区托育点"), ["东风社区", "东风街道"], False),  # which of the two?
        (("东风街道托育点", "东风社区托育点"), ["东风社区", "东风街道"], False),
        (("东风阳光托育", "东风社区阳光托育"), ["东风社区"], False),  # a name of its own
        (("东风托育点", "东风托育点"), ["东风社区"], True),
        (("东风托育点", "东风托育点"), ["东风社区", "东风街道"], True),
        (("东风小区托育点", "东风社区托育点"), ["东风社区"], False),
        (("东风路托育点", "东风社区托育点"), ["东风社区"], False),
        (("东风村卫生室", "东风社区卫生室"), ["东风社区"], False),
        (("东风幼儿园", "东风社区幼儿园"), ["东风社区"], True),
        (("王村托育点", "王托育点"), ["王村"], False),  # one letter is no name
    ],
)
def test_a_unit_without_its_ending_in_a_name(names, units, asked):
    frame = listed((names[0], 0, "A"), (names[1], 640, "A"))
    assert pairs_of(frame, units) == ([(0, 1)] if asked else [])


def test_an_open_one_and_a_planned_one_are_two():
    some = listed(("阳光托育", 0, "A"), ("阳光托育", 640, "A"))
    assert pairs_of(some.assign(is_open=[True, False])) == []


def test_what_is_left_out_is_in_no_pair():
    some = listed(("阳光托育", 0, "A"), ("阳光托育", 10, "A"), ("阳光托育", 640, "A"))
    near = find_duplicates(some, 50, within=("service",))
    assert near.left_out.tolist() == [False, True, False]
    far = find_namesakes(some, near)
    assert (far.first.tolist(), far.second.tolist()) == ([0], [2])
    assert twins(near, far).tolist() == [1, 0, 1]


def test_the_messages():
    some = listed(
        ("阳光托育", 0, "A"),
        ("阳光托育", 640, "B"),
        ("星星托育", 0, "A"),
        ("星星托育", 300, "A"),
        *(("小太阳托育", 1000 * n, "A") for n in range(COMMON + 1)),
    ).assign(places=[30.0, 25.0, float("nan"), float("nan"), 1, 1, 1, 1])
    near, far = found_in(some)
    assert [str(fault) for fault in namesake_faults(some, far)] == [
        (
            "f.csv, rows 2, 3, 4, 5: 2 pairs of one name in one street or community, or at most 1,500 m apart, or of two types at one spot: "
            "'星星托育 (rows 4 and 5: 300 m apart, 1 facility and 1 facility)', '阳光托育 (rows 2 and 3: "
            "640 m apart, 30 places and 25 places)'; every row counts, so that one place given twice "
            "counts twice. Delete one row of each pair that is one place (a row in another datum stands "
            "about 500 m off). If they are two places, give them different names, such as …(东区)."
        ),
        (
            "names at more than 3 places of their service are taken for chains, and none of these places "
            "for another: 小太阳托育 (childcare 4)."
        ),
    ]
    assert twins(near, far).tolist() == [1, 1, 2, 2, 0, 0, 0, 0]


def test_a_whole_list_in_another_datum_is_told_by_its_shift():
    here = [
        (f"{word}托育", 700 * n, "A") for n, word in enumerate(("阳光", "星星", "月亮", "彩虹"))
    ]
    there = [(name, x + 560, street) for name, x, street in here[:-1]]
    some = listed(*here, *there, ("彩虹托育", 2100 + 900, "A"))
    some["file"] = ["a.csv"] * 4 + ["b.csv"] * 4
    (fault,) = namesake_faults(some, found_in(some)[1])
    assert fault.mend.endswith(
        "3 of them stand the same 560 m aside, as a list in another datum does (高德 gcj02, 百度 bd09): "
        "say the datum of a.csv or b.csv in area.toml; what is one place is then found as a duplicate."
    )
    # in one file, or each aside by another way, nothing is said of datums
    (fault,) = namesake_faults(some.assign(file="a.csv"), found_in(some)[1])
    assert "datum does" not in fault.mend
    some = some.set_geometry(
        [Point(p.x + (n % 4) * 45, 0) if n > 3 else p for n, p in enumerate(some.geometry)]
    )
    (fault,) = namesake_faults(some, found_in(some)[1])
    assert "datum does" not in fault.mend


def test_a_chain_of_two_services_is_two():
    rows = [("阳光", 3000 * n, "A", s) for s in ("childcare", "elder_care") for n in range(5)]
    far = found_in(listed(*rows[:9]))[1]
    assert far.common == {("阳光", "childcare"): 5, ("阳光", "elder_care"): 4}
    (fact,) = namesake_faults(listed(*rows[:9]), far)
    assert fact.found_zh == ("「阳光」托育 5 处、「阳光」养老 4 处",)


NAMES = st.sampled_from(["阳光托育", "阳 光托育", "西城区阳光托育", "星星园", "托育园", ""])
ROWS = st.lists(
    st.tuples(NAMES, st.sampled_from([0, 30, 700, 1500, 4000]), st.sampled_from(["A", "B"])),
    max_size=9,
)


@given(ROWS)
def test_against_every_pair_compared(rows):
    """Slow: compare every two rows, leave out names at more than three places."""
    some = listed(*rows)
    near, far = found_in(some, ["西城区"])
    name = [plain_names(some["name"]).iloc[n].removeprefix("西城区") for n in range(len(some))]
    place = list(range(len(rows)))
    for a, b in zip(near.first, near.second, strict=True):
        place = [min(place[a], place[b]) if p in (place[a], place[b]) else p for p in place]
    # the first row of each place of a name stands for it
    first = [
        n for n in range(len(rows)) if not any((name[m], place[m]) == (name[n], place[n]) for m in range(n))
    ]  # fmt: skip
    expected = [
        (a, b)
        for a in first
        for b in first
        if a < b
        and name[a] == name[b]
        and name[a] not in {"", "托育园"}
        and sum(name[c] == name[a] for c in first) <= COMMON
        and (rows[a][2] == rows[b][2] or abs(rows[a][1] - rows[b][1]) <= FAR_M)
    ]
    assert list(zip(far.first.tolist(), far.second.tolist(), strict=True)) == expected


@pytest.mark.skipif(not DATA.is_dir(), reason="the real layers are not part of the repository")
def test_chains_do_not_drown_real_lists():
    """3,442 facilities of Singapore, 17,570 restaurants of Zhengzhou with their chains."""
    zones = gpd.read_file(DATA / "singapore" / "zones.gpkg").to_crs(32648)
    some = gpd.read_file(DATA / "singapore" / "facilities.gpkg").to_crs(32648)
    zone = some.sjoin(zones[["SUBZONE_C", "geometry"]], how="left")["SUBZONE_C"]
    some = some.assign(
        service=some["kind"], is_open=True, unit_code="",
        street_code=zone[~zone.index.duplicated()].fillna(""),
    )  # fmt: skip
    far = found_in(some, zones["SUBZONE_N"])[1]
    assert (len(far.first), len(far.common)) == (12, 36)
    table = pd.read_csv(DATA / "zhengzhou" / "restaurant_poi_gcj02.csv")
    points = gpd.points_from_xy(table["lon"], table["lat"], crs=4326).to_crs(32649)
    food = gpd.GeoDataFrame(table[["name"]].astype("str"), geometry=points)
    food = food.assign(
        service="x", is_open=True, unit_code="", street_code=table["district_stated"]
    )
    # whole districts as if they were streets
    far = found_in(food)[1]
    assert 50 <= len(far.first) <= 100
