"""Which datum layers are in, told from each other: by hand, by simulation, and through a study area."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
import shapely
from affine import Affine

from capacity.inputs.datum import DATUMS, convert_geometry, from_wgs84
from capacity.inputs.inhabited import people_at
from capacity.inputs.membership import declared_codes
from capacity.inputs.plausible import (
    CANDIDATES,
    PAIRS,
    Evidence,
    inside_points,
    settle,
    weigh,
    weigh_polygons,
)
from capacity.inputs.rasters import open_raster
from capacity.inputs.read import Request
from capacity.literals import found_in_chinese
from capacity.population import PopulationGrid
from capacity.problems import PROBLEMS
from capacity.study_area import study_area

_ABOUT_DATUMS = {
    *("crs.other_datum", "crs.datum_fits", "crs.datum_unsaid", "crs.mixed_datums"),
    *("crs.datums_may_mix", "crs.datum_untested", "crs.datum_undecided", "crs.datum_alone"),
}
WGS84 = ("wgs84", "wgs84")
WEST, SOUTH, SIDE, COLUMNS, ROWS = 113.55, 34.70, 0.02, 6, 5
KM = SIDE * 111.32


def streets():
    """Thirty streets of about 1.8 x 2.2 km in Zhengzhou."""
    return np.array(
        [
            shapely.box(
                WEST + c * SIDE, SOUTH + r * SIDE, WEST + (c + 1) * SIDE, SOUTH + (r + 1) * SIDE
            )
            for r in range(ROWS)
            for c in range(COLUMNS)
        ]
    )


def rows_of_a_list(rng, n, *, noise_m=30.0, slips=0.03, border_m=100.0, clustered=False):
    """Places, and the number of the street that each names.

    A place is known to ``noise_m``; ``slips`` name any street; and the real borders run up to
    ``border_m`` beside those drawn. Half of a clustered list stands at five places.
    """
    x = rng.uniform(0, COLUMNS, n)
    y = rng.uniform(0, ROWS, n)
    if clustered:
        chosen = rng.integers(0, 5, n // 2)
        x[: n // 2], y[: n // 2] = (
            rng.uniform(0, COLUMNS, 5)[chosen],
            rng.uniform(0, ROWS, 5)[chosen],
        )
    bent = border_m / 1000 / KM
    column = np.clip(np.floor(x + bent * np.sin(3 * y + 1)), 0, COLUMNS - 1)
    row = np.clip(np.floor(y + bent * np.sin(2 * x)), 0, ROWS - 1)
    named = (row * COLUMNS + column).astype(int)
    slip = rng.random(n) < slips
    named[slip] = rng.integers(0, COLUMNS * ROWS, slip.sum())
    shake = rng.normal(0, noise_m / 1000 / KM, (2, n))
    return WEST + (x + shake[0]) * SIDE, SOUTH + (y + shake[1]) * SIDE, named


def judge(lon, lat, named, *, truth=WGS84, declared=WGS84):
    """Evidence of a list whose layers are in ``truth`` but were read as ``declared``."""
    polygons = streets()
    if truth[0] != declared[0]:
        lon, lat = from_wgs84(lon, lat, datum=truth[0])
    if truth[1] != declared[1]:
        polygons = convert_geometry(polygons, "wgs84", truth[1])
    return weigh(("list", "streets"), declared, lon, lat, polygons[named]).evidence()


@pytest.mark.parametrize("clustered", [False, True])
def test_no_false_alarm_by_noise(clustered):
    """Of 400 lists in the datum that they say, none is doubted."""
    rng = np.random.default_rng(7)
    sizes = np.tile([20, 60, 200, 600], 100)
    doubted = [
        bool(settle([judge(*rows_of_a_list(rng, int(n), clustered=clustered))])) for n in sizes
    ]
    assert sum(doubted) == 0


def test_no_false_alarm_where_names_mean_nothing():
    """Lists whose streets are drawn by lot fit no datum better than any other."""
    rng = np.random.default_rng(11)
    doubted = 0
    for _ in range(200):
        lon, lat, named = rows_of_a_list(rng, 300, slips=1.0)
        doubted += bool(settle([judge(lon, lat, named)]))
    assert doubted <= 2  # 1 % of 200; the rule allows 0.6 %


@pytest.mark.parametrize("truth", ["gcj02", "bd09"])
@pytest.mark.parametrize("n", [150, 2000])
def test_lists_from_web_maps_are_found(truth, n):
    rng = np.random.default_rng(3)
    found = [settle([judge(*rows_of_a_list(rng, n), truth=(truth, "wgs84"))]) for _ in range(20)]
    right = sum(bool(ways) and ways[0][0] == {"list": truth} for ways in found)
    assert right >= 19
    if n == 2000:
        assert all(ways == [[{"list": truth}]] for ways in found)


def test_streets_from_a_web_map_are_found():
    rng = np.random.default_rng(5)
    evidence = judge(*rows_of_a_list(rng, 2000), truth=("wgs84", "gcj02"))
    assert settle([evidence]) == [[{"streets": "gcj02"}]]


def test_a_datum_said_without_need_is_found():
    """Both are in GCJ-02, one was converted: they agree if the other is too, or if neither is."""
    rng = np.random.default_rng(5)
    lon, lat, named = rows_of_a_list(rng, 2000)
    evidence = judge(
        *from_wgs84(lon, lat, datum="gcj02"), named, truth=WGS84, declared=("wgs84", "gcj02")
    )
    assert evidence.shares["gcj02", "gcj02"] > 0.9 > evidence.shares["wgs84", "gcj02"]
    assert settle([evidence]) == [[{"list": "gcj02"}, {"streets": "wgs84"}]] or settle(
        [evidence]
    ) == [[{"streets": "wgs84"}, {"list": "gcj02"}]]


def test_a_mall_on_a_border_is_one_piece_of_evidence():
    """Five hundred shops at one place where the drawn border is wrong are not a datum."""
    rng = np.random.default_rng(2)
    lon, lat, named = rows_of_a_list(rng, 300, slips=0, border_m=0, noise_m=0)
    mall = np.full(500, WEST + SIDE - 0.0005), np.full(500, SOUTH + SIDE / 2), np.full(500, 1)
    evidence = judge(
        np.concatenate([lon, mall[0]]),
        np.concatenate([lat, mall[1]]),
        np.concatenate([named, mall[2]]),
    )
    best = max(evidence.shares, key=evidence.shares.get)
    assert best != WGS84  # by rows another datum wins
    assert settle([evidence]) == []


def test_shares_are_those_of_the_rows():
    """Four rows: three stand in their street, one of them only just, on its border."""
    polygons = streets()
    lon = np.array([WEST + SIDE / 2, WEST + SIDE, WEST, WEST + SIDE / 2])
    lat = np.full(4, SOUTH + SIDE / 2)
    evidence = weigh(("a", "b"), WGS84, lon, lat, polygons[[0, 0, 0, 7]]).evidence()
    assert evidence.shares[WGS84] == evidence.shares["gcj02", "gcj02"] == 0.75
    assert evidence.rows == 4
    # too few to reject anything
    assert evidence.accepted == frozenset(PAIRS)
    assert not evidence.tells


def test_moving_the_points_is_moving_the_polygons():
    """The reading of the notes of ``weigh``, against converting both to WGS 84."""
    rng = np.random.default_rng(1)
    lon, lat, named = rows_of_a_list(rng, 400)
    polygons = streets()
    raw_points = from_wgs84(lon, lat, datum="bd09")
    raw_polygons = convert_geometry(polygons, "wgs84", "gcj02")
    evidence = weigh(("a", "b"), ("bd09", "gcj02"), lon, lat, polygons[named]).evidence()
    for c, d in PAIRS:
        points = convert_geometry(shapely.points(*raw_points), c)
        homes = convert_geometry(raw_polygons, d)[named]
        assert evidence.shares[c, d] == pytest.approx(
            shapely.intersects(homes, points).mean(), abs=0.003
        )


# --- polygons -------------------------------------------------------------------------------


def test_points_inside_are_even():
    polygons = np.array([shapely.box(113, 34, 113.1, 34.1), shapely.box(113.1, 34, 113.4, 34.1)])
    x, y, polygon = inside_points(polygons, most=4000)
    assert len(x) == pytest.approx(4000, rel=0.1)
    assert np.bincount(polygon).tolist() == pytest.approx([1000, 3000], rel=0.1)
    assert shapely.intersects_xy(polygons[polygon], x, y).all()


def districts():
    """Six districts of five streets each: the columns."""
    column = np.tile(np.arange(COLUMNS), ROWS)
    polygons = streets()
    return np.array([shapely.union_all(polygons[column == c]) for c in range(COLUMNS)]), column


@pytest.mark.parametrize("said", [True, False], ids=["parents said", "parents found"])
@pytest.mark.parametrize("truth", ["wgs84", "gcj02"])
def test_streets_in_their_districts(truth, said):
    parents, column = districts()
    children = convert_geometry(streets(), "wgs84", truth)
    parent = column if said else np.full(len(column), -1)
    evidence = weigh_polygons(("streets", "districts"), WGS84, children, parents, parent)
    assert settle([evidence]) == ([] if truth == "wgs84" else [[{"streets": truth}]])
    assert evidence.shares[truth, "wgs84"] > 0.999


def test_districts_narrower_than_two_shifts_must_be_said():
    """BD-09 moves by 1.1 km: of districts 1.8 km wide no street tells any more which is its own."""
    parents, column = districts()
    children = convert_geometry(streets(), "wgs84", "bd09")
    names = ("streets", "districts")
    assert weigh_polygons(names, WGS84, children, parents, np.full(len(column), -1)) is None
    evidence = weigh_polygons(names, WGS84, children, parents, column)
    assert settle([evidence]) == [[{"streets": "bd09"}]]


def test_polygons_without_any_parent_tell_nothing():
    parents, _ = districts()
    far = shapely.transform(streets(), lambda xy: xy + 3)
    assert weigh_polygons(("a", "b"), WGS84, far, parents, np.full(len(far), -1)) is None


# --- several layers -------------------------------------------------------------------------


def pair(first, second, *accepted, declared=WGS84):
    """Evidence that accepts the datums given."""
    shares = {datums: 0.97 if datums in accepted else 0.9 for datums in PAIRS}
    return Evidence(
        first=first,
        second=second,
        declared=declared,
        rows=100,
        shares=shares,
        accepted=frozenset(accepted),
    )


ALIKE = [(c, c) for c in CANDIDATES]


def test_layers_shifted_alike_are_found_by_a_third():
    """Shops and streets fit as they are; the districts say that both are in GCJ-02."""
    shops = pair("shops", "streets", *ALIKE)
    assert settle([shops]) == []
    third = pair("streets", "districts", ("gcj02", "wgs84"))
    assert settle([shops, third]) == [[{"shops": "gcj02", "streets": "gcj02"}]]


def test_the_fewest_layers_change():
    """Two lists fit the streets only if these are in GCJ-02: it is the streets, not the lists."""
    lists = [pair(name, "streets", ("wgs84", "gcj02")) for name in ("shops", "schools")]
    assert settle(lists) == [[{"streets": "gcj02"}]]


def test_groups_are_settled_apart():
    found = settle([pair("a", "b", ("gcj02", "wgs84")), pair("c", "d", ("wgs84", "bd09"))])
    assert found == [[{"a": "gcj02"}], [{"d": "bd09"}]]


def test_contradictions_are_told_pair_by_pair():
    """No datum of the streets suits both lists, nor any of the lists: what each pair says stands."""
    found = settle(
        [
            pair("shops", "streets", ("gcj02", "wgs84")),
            pair("shops", "districts", ("wgs84", "wgs84")),
            pair("streets", "districts", ("wgs84", "wgs84")),
        ]
    )
    assert found == [[{"shops": "gcj02"}]]


# --- through a study area -------------------------------------------------------------------


def frames(rng, n=1500, **columns):
    lon, lat, named = rows_of_a_list(rng, n)
    units = gpd.GeoDataFrame(
        {
            "code": [f"S{i:02}" for i in range(30)],
            "name": [f"第{i}街道" for i in range(30)],
            "type": "street",
            "parent": "D",
        },
        geometry=streets(),
        crs=4490,
    )
    facilities = gpd.GeoDataFrame(
        {"unit": [f"S{i:02}" for i in named]} | columns,
        geometry=gpd.points_from_xy(lon, lat),
        crs=4490,
    )
    return units, facilities, named


def area(units, facilities, **options):
    given = {"name": "D", "code": "D", "data_date": "2025-06-30", "service": "sports"} | options
    return study_area(units, facilities=facilities, **given)


def about_datums(made):
    return [f for f in made.faults if f.code in _ABOUT_DATUMS]


def test_study_area_names_datum_shift_and_mend():
    units, facilities, _ = frames(np.random.default_rng(0))
    moved = facilities.set_geometry(
        gpd.GeoSeries(convert_geometry(facilities.geometry.to_numpy(), "wgs84", "gcj02"), crs=4490)
    )
    (fault,) = about_datums(area(units, moved))
    assert fault.code == "crs.other_datum"
    assert fault.severity == "warning"
    assert (fault.amount, fault.unit) == (pytest.approx(555, abs=25), "m")
    assert "facilities in GCJ-02, which moves facilities by about 5" in fault.message
    assert fault.mend == (
        'If facilities is from Amap (高德) or Tencent (腾讯), say datums["facilities"] = "gcj02".'
    )
    (fact,) = about_datums(area(units, moved, datums={"facilities": "gcj02"}))
    assert fact.code == "crs.datum_fits"
    assert fact.message.startswith("GCJ-02 fits better than any other datum of facilities.")


def test_names_of_units_are_witnesses_too():
    units, facilities, named = frames(np.random.default_rng(0))
    by_name = facilities.assign(unit=[f" 第{i}街道办事处" for i in named])
    made = area(units, by_name)
    assert [f.code for f in about_datums(made)] == ["crs.datum_fits"]
    assert made.facilities["unit_code"].tolist() == facilities["unit"].tolist()


def test_districts_without_polygons_are_joined_of_their_streets():
    units, facilities, named = frames(np.random.default_rng(0))
    below = units.assign(parent=[f"D{i % COLUMNS}" for i in range(30)])
    by_district = facilities.assign(unit=[f"D{i % COLUMNS}" for i in named])
    by_district = by_district.set_geometry(
        gpd.GeoSeries(convert_geometry(by_district.geometry.to_numpy(), "wgs84", "bd09"), crs=4490)
    )
    made = area(below, by_district, parent_type="district", type="city", code="C")
    (fault,) = about_datums(made)
    assert fault.code == "crs.other_datum"
    assert fault.mend.endswith('say datums["facilities"] = "bd09".')


def test_projected_points_are_told_to_come_in_degrees():
    units, facilities, _ = frames(np.random.default_rng(0))
    moved = gpd.GeoSeries(
        convert_geometry(facilities.geometry.to_numpy(), "wgs84", "gcj02"), crs=4490
    )
    projected = facilities.set_geometry(moved).to_crs(4547)
    (fault,) = about_datums(area(units, projected))
    assert "in the degrees that it came in (its file is projected)" in fault.mend


def test_what_cannot_be_told_is_said():
    units, facilities, _ = frames(np.random.default_rng(0), n=30)
    of_units, fact = about_datums(area(units, facilities.drop(columns="unit")))
    assert (fact.code, fact.severity) == ("crs.datum_untested", "info")
    assert "nothing tells whether facilities is in WGS 84 or CGCS2000" in fact.message
    assert "no row names a unit that has a polygon" in fact.message
    assert of_units.file == "units"
    assert "unit" in PROBLEMS[fact.code][1]
    (fact,) = about_datums(area(units, facilities.iloc[:5]))
    assert "other datums fit about as well" in fact.message
    assert fact.code == "crs.datum_undecided"
    problem, mend = PROBLEMS[fact.code]
    assert problem == "其他坐标基准同样吻合"
    assert "核对几点" in mend
    assert "columns" not in mend
    (fact,) = about_datums(area(units, None))
    assert "no other layer names its units or lies in them" in fact.message
    assert fact.code == "crs.datum_alone"
    assert "columns" not in PROBLEMS[fact.code][1]


def test_outside_china_nothing_is_asked():
    units, facilities, _ = frames(np.random.default_rng(0), n=30)
    there = units.set_geometry(units.geometry.translate(xoff=-100))
    points = facilities.set_geometry(facilities.geometry.translate(xoff=-100))
    assert about_datums(area(there, points)) == []


# --- names ----------------------------------------------------------------------------------

UNITS = pd.DataFrame(
    {
        "unit_code": ["1", "2", "3", "4", "5", "6"],
        "unit_name": ["新华路街道", "城关镇", "城关镇", "花园社区", "大王村", "金水区"],
    },
    dtype="str",
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1", "1"),
        ("新华路街道", "1"),
        ("新华路街道办事处", "1"),
        ("新华路 街道办", "1"),
        ("新华路办事处", "1"),
        ("新华路", "1"),
        ("城关镇", "城关镇"),
        ("花园社区居委会", "4"),
        ("花园居委会", "4"),
        ("大王村村民委员会", "5"),
        ("金水区", "6"),
        ("金水", "金水"),
        ("", ""),
    ],
)
def test_units_by_name(text, code):
    assert declared_codes(pd.Series([text, "6"], dtype="str"), UNITS).tolist() == [code, "6"]


DISTRICT = pd.DataFrame(
    {
        "unit_code": ["410199", "410199001", "410199002", "410199003", "410199100000"],
        "unit_name": ["示例区", "东风街道", "建设路街道", "建设路街道", "柳河镇"],
        "parent_code": ["", *["410199"] * 4],
    }
).astype("str")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("410199001000", "410199001"),
        ("410199100", "410199100000"),
        ("410199000000", "410199"),
        ("410199001001", "410199001001"),  # a community that no unit is
        ("410199009000", "410199009000"),
        ("郑州市示例区东风街道办事处", "410199001"),
        ("河南省郑州市示例区柳河镇", "410199100000"),
        ("示例区柳河镇人民政府", "410199100000"),
        ("柳河镇政府", "410199100000"),
        ("示例区人民政府", "示例区人民政府"),
        ("郑州市东风街道", "410199001"),
        ("他乡区东风街道", "他乡区东风街道"),  # of another district
        ("示例区大东风街道", "示例区大东风街道"),  # another name
        ("新东风街道", "新东风街道"),
        ("东风街道幸福社区", "东风街道幸福社区"),
        ("示例区建设路街道", "示例区建设路街道"),  # two have that name
    ],
)
def test_units_by_filled_codes_and_behind_the_names_of_regions(text, code):
    assert declared_codes(pd.Series([text], dtype="str"), DISTRICT).tolist() == [code]


@pytest.mark.parametrize(
    ("names", "text", "code"),
    [
        (["建设街道", "建设镇"], "建设", "建设"),
        (["建设街道", "建设乡"], "建设", "建设"),
        (["建设街道", "建设镇"], "建设街道办事处", "1"),
        (["建设街道", "建设镇"], "建设镇", "2"),
        (["建设", "建设镇"], "建设", "1"),
        (["建设街道", "建设社区"], "建设", "1"),
        (["建设街道", "新华镇"], "建设", "1"),
    ],
)
def test_a_name_without_an_ending_may_be_of_two_units(names, text, code):
    units = pd.DataFrame({"unit_code": ["1", "2"], "unit_name": names}, dtype="str")
    assert declared_codes(pd.Series([text], dtype="str"), units).tolist() == [code]


# --- what nobody said -----------------------------------------------------------------------


def moved(frame, datum):
    """The frame as a web map would give it, calling itself WGS 84."""
    there = convert_geometry(np.asarray(frame.geometry.array), "wgs84", datum)
    return frame.set_geometry(gpd.GeoSeries(there, index=frame.index, crs=4326))


def warned(made):
    return [f for f in about_datums(made) if f.severity == "warning"]


def test_degrees_of_which_nobody_said_the_datum_are_asked_about():
    units, facilities, _ = frames(np.random.default_rng(0), n=30)
    points = moved(facilities.drop(columns="unit"), "gcj02")
    (asked,) = warned(area(units, points))
    assert asked.code == "crs.datum_unsaid"
    assert asked.message.startswith("what are the coordinates of facilities in? Nobody said")
    assert asked.mend == (
        'Ask where they were taken from and say it once: datums["facilities"]: "gcj02" '
        '(Amap 高德, Tencent 腾讯), "bd09" (Baidu 百度), "wgs84" (GPS) or "cgcs2000" (天地图).'
    )
    assert "高德、腾讯为 gcj02,百度为 bd09" in PROBLEMS[asked.code][1]
    for said in ("wgs84", "gcj02", "EPSG:4326"):
        assert warned(area(units, points, datums={"facilities": said})) == []
    assert warned(area(units, points.set_crs(4490, allow_override=True))) == []
    assert warned(area(units, points.to_crs(4547))) == []


def test_points_that_fit_units_whose_datum_nobody_said_are_asked_about_with_them():
    units, facilities, _ = frames(np.random.default_rng(0))
    (asked,) = warned(area(moved(units, "gcj02"), moved(facilities, "gcj02")))
    assert asked.code == "crs.datum_unsaid"
    assert "the coordinates of units and facilities in?" in asked.message
    assert "They fit each other, so one answer tells of all." in asked.message
    right = {"units": "gcj02", "facilities": "gcj02"}
    assert warned(area(moved(units, "gcj02"), moved(facilities, "gcj02"), datums=right)) == []
    plain = facilities.set_crs(4326, allow_override=True)
    both = area(units.set_crs(4326, allow_override=True), plain, datums={"facilities": "wgs84"})
    assert warned(both) == []


def villages(rng, n=400):
    """Cells of 100 m, people in blocks of 300 m in every square kilometre, and points among them."""
    values = np.zeros((110, 110))
    step = 0.001
    north = SOUTH + ROWS * SIDE + 0.005
    for i in range(4, 106, 10):
        for j in range(4, 106, 10):
            values[i : i + 3, j : j + 3] = 10
    grid = PopulationGrid(
        {"population": values}, Affine(step, 0, WEST, 0, -step, north), pyproj.CRS(4326)
    )
    row, column = np.nonzero(values)
    chosen = rng.integers(0, len(row), n)
    lon = WEST + (column[chosen] + rng.random(n)) * step
    lat = north - (row[chosen] + rng.random(n)) * step
    return grid, gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_people_tell_where_points_name_no_unit(datum):
    rng = np.random.default_rng(0)
    units, _, _ = frames(rng, n=3)
    grid, points = villages(rng)
    options = {"population": grid, "datums": {"facilities": "wgs84"}}
    (fits,) = [f for f in about_datums(area(units, points, **options)) if f.item == "facilities"]
    assert fits.code == "crs.datum_fits"
    assert "facilities against population: 100.0% of" in fits.message
    (found,) = warned(area(units, moved(points, datum), **options))
    assert found.code == "crs.other_datum"
    assert found.mend.endswith(f'say datums["facilities"] = "{datum}".')
    assert dict(found.shares)[DATUMS[datum]] == 1.0
    # a few points, or everybody everywhere, tell nothing, and the mend is still the column
    few = [f for f in about_datums(area(units, points[:5], **options)) if f.item == "facilities"]
    assert [f.code for f in few] == ["crs.datum_untested"]
    assert "facilities against population: 100.0% of 5 rows" in few[0].message
    assert "Name the column of the unit" in few[0].mend
    assert "on a map" in few[0].mend
    (asked,) = warned(area(units, moved(points[:5], datum), population=grid))
    assert asked.code == "crs.datum_unsaid"


def test_people_of_a_raster_are_those_of_the_grid(tmp_path):
    grid, points = villages(np.random.default_rng(0))
    path = tmp_path / "people.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=110, height=110, count=1, dtype="float64",
        crs=4326, transform=grid.transform,
    ) as out:  # fmt: skip
        out.write(grid.values["population"], 1)
    request = Request(key="population", file="people.tif")
    file, _ = open_raster(path, request, {"population": 1})
    lon = np.append(points.geometry.x, [WEST - 1, np.nan])
    lat = np.append(points.geometry.y, [SOUTH, np.nan])
    found = people_at(file, lon, lat)
    assert (found[:-2] == 10).all()
    assert np.isnan(found[-2:]).all()
    np.testing.assert_array_equal(found, people_at(grid, lon, lat))


@pytest.mark.parametrize("told_by", ["service", "数据来源"])
def test_parts_of_a_list_in_another_datum_are_told(told_by):
    units, facilities, _ = frames(np.random.default_rng(0), n=600)
    words = np.where(np.arange(600) % 3 == 0, "childcare", "sports")
    other = words == "childcare"
    shifted = np.asarray(moved(facilities, "gcj02").geometry.array)
    mixed = gpd.GeoDataFrame(
        {"unit": facilities["unit"], told_by: words},
        geometry=np.where(other, shifted, np.asarray(facilities.geometry.array)),
        crs=4326,
    )
    service = None if told_by == "service" else "sports"
    made = area(units, mixed, service=service, datums={"facilities": "wgs84"})
    (found,) = warned(made)
    assert found.code == "crs.mixed_datums"
    assert found.rows == tuple((np.flatnonzero(other) + 1).tolist())
    assert found.count == 200
    what = "service" if told_by == "service" else "origin"
    assert f"told by their {what}: 'childcare' fits in GCJ-02 (" in found.message
    assert "'sports' fits in WGS 84 (" in found.message
    assert "where" in found.mend
    alike = facilities.assign(**{told_by: words})
    assert warned(area(units, alike, service=service)) == []


def halves(n, *, shifted=2, noise_m=0.0, slips=0.0):
    """A list of which each second row, or third, is from a web map, and no column says which."""
    rng = np.random.default_rng(0)
    units, _, _ = frames(rng, n=3)
    lon, lat, named = rows_of_a_list(rng, n, noise_m=noise_m, slips=slips, border_m=0.0)
    plain = gpd.GeoDataFrame(
        {"unit": [f"S{i:02}" for i in named]}, geometry=gpd.points_from_xy(lon, lat), crs=4326
    )
    other = np.arange(n) % shifted == 0
    there = np.asarray(moved(plain, "gcj02").geometry.array)
    points = np.where(other, there, np.asarray(plain.geometry.array))
    return units, plain, plain.set_geometry(gpd.GeoSeries(points, crs=4326)), other


@pytest.mark.parametrize("shifted", [2, 3])
def test_a_list_of_two_datums_that_no_column_tells_apart_is_said_to_mix_them(shifted):
    units, plain, mixed, other = halves(600, shifted=shifted)
    for said in ({}, {"datums": {"facilities": "wgs84"}}):
        (found,) = warned(area(units, mixed, **said))
        assert found.code == "crs.datums_may_mix"
        assert found.message.startswith(
            "facilities may be partly in WGS 84 and partly in GCJ-02: of"
        )
        assert "100.0% stand in it in one of the two" in found.message
        assert "Ask where each row was taken from" in found.mend
        # the rows named are of the other datum, those of them that left their street
        assert set(found.rows) <= set((np.flatnonzero(other) + 1).tolist())
        assert found.count == len(found.rows) > 50
        (told,) = found_in_chinese(found)
        assert told.endswith("WGS 84 / GCJ-02(高德、腾讯)100.0%")
    assert warned(area(units, plain, datums={"facilities": "wgs84"})) == []
    every = moved(plain, "gcj02")
    assert [f.code for f in warned(area(units, every))] == ["crs.other_datum"]


@pytest.mark.parametrize(
    ("noise_m", "slips"), [(30.0, 0.03), (150.0, 0.0), (400.0, 0.0), (0.0, 0.2)]
)
def test_noise_and_wrong_names_are_no_mixture(noise_m, slips):
    units, plain, _, _ = halves(1000, noise_m=noise_m, slips=slips)
    assert warned(area(units, plain, datums={"facilities": "wgs84"})) == []


def test_every_witness_of_a_layer_is_told():
    """Of units nobody said the datum of, the people are a second witness of the points."""
    rng = np.random.default_rng(0)
    units, _, _ = frames(rng, n=3)
    grid, points = villages(rng, n=12)
    inside = units.sindex.query(points.geometry, predicate="intersects")
    points = points.iloc[inside[0]].assign(unit=units["code"].to_numpy()[inside[1]])
    made = area(units.set_crs(4326, allow_override=True), points, population=grid)
    (asked,) = [f for f in warned(made) if f.item == "facilities"]
    names = [name for name, _ in asked.shares]
    assert {"against units WGS 84", "against population WGS 84"} <= set(names)
    assert len(names) == len(set(names)) == 6
    (told,) = found_in_chinese(asked)
    assert "对单元 WGS 84 100.0%" in told
    assert "对人口 GCJ-02(高德、腾讯)" in told
    assert "against" not in told
