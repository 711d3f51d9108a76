"""GCJ-02 and BD-09: against an independent library, there and back, and what stays as it was."""

import geopandas as gpd
import numpy as np
import prcoords
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from capacity.errors import InputError
from capacity.inputs.datum import (
    DATUM_WORDS,
    GCJ02_BOX,
    convert_datum,
    datum_of,
    from_wgs84,
    of_wgs84,
    to_wgs84,
)

METRES = 111_320.0
SHIFTED = pytest.mark.parametrize("datum", ["gcj02", "bd09"])
PUBLISHED = {"gcj02": prcoords.wgs_gcj, "bd09": prcoords.wgs_bd}
lons = st.floats(73, 135)
lats = st.floats(18, 53.5)


def metres_apart(a, b):
    """Distance of two points in degrees, to 1 %."""
    east = (np.asarray(a[0]) - b[0]) * np.cos(np.radians(b[1]))
    return np.hypot(east, np.asarray(a[1]) - b[1]) * METRES


@SHIFTED
@given(lon=lons, lat=lats)
def test_against_an_independent_library(datum, lon, lat):
    theirs = PUBLISHED[datum]((lat, lon))
    assert metres_apart(from_wgs84(lon, lat, datum=datum), (theirs.lon, theirs.lat)) < 1e-6


@pytest.mark.parametrize(
    ("datum", "inverse"), [("gcj02", prcoords.gcj_wgs_bored), ("bd09", prcoords.bd_wgs_bored)]
)
@given(lon=lons, lat=lats)
def test_inverse_against_an_independent_library(datum, inverse, lon, lat):
    theirs = inverse((lat, lon))
    # theirs stops at 1e-5 degrees a round
    assert metres_apart(to_wgs84(lon, lat, datum=datum), (theirs.lon, theirs.lat)) < 0.1


@pytest.mark.parametrize(
    ("city", "lon", "lat", "metres"),
    [("Zhengzhou", 113.65, 34.76, 557), ("Shanghai", 121.47, 31.23, 481)],
)
def test_known_shifts(city, lon, lat, metres):
    shift = metres_apart(from_wgs84(lon, lat, datum="gcj02"), (lon, lat))
    assert shift == pytest.approx(metres, abs=25), city


@SHIFTED
@given(lon=lons, lat=lats)
def test_there_and_back_to_a_thousandth_of_a_millimetre(datum, lon, lat):
    there = from_wgs84(lon, lat, datum=datum)
    assert metres_apart(to_wgs84(*there, datum=datum), (lon, lat)) < 1e-6
    back = to_wgs84(lon, lat, datum=datum)
    assert metres_apart(from_wgs84(*back, datum=datum), (lon, lat)) < 1e-6


@SHIFTED
@given(lon=lons, lat=lats, angle=st.floats(0, 2 * np.pi))
def test_neighbours_stay_neighbours(datum, lon, lat, angle):
    """100 m stay 100 m to 3 %: 2 % of BD-09 and 1 % of the distance that this test measures with."""
    step = 100 / METRES
    other = lon + step * np.cos(angle) / np.cos(np.radians(lat)), lat + step * np.sin(angle)
    there = from_wgs84([lon, other[0]], [lat, other[1]], datum=datum)
    assert metres_apart((there[0][1], there[1][1]), (there[0][0], there[1][0])) == pytest.approx(
        100, rel=0.03
    )


@SHIFTED
@pytest.mark.parametrize("method", [to_wgs84, from_wgs84])
def test_what_is_not_degrees_stays(datum, method):
    lon = np.array([np.nan, 113.6, 500_000.0, np.inf, np.nan])
    lat = np.array([34.7, np.nan, 3_800_000.0, 34.7, np.nan])
    kept = lon.copy(), lat.copy()
    moved = method(lon, lat, datum=datum)
    for before, after in zip(kept, moved, strict=True):
        np.testing.assert_array_equal(before, after)
    np.testing.assert_array_equal(lon, kept[0])
    assert not any(np.shares_memory(moved[0], array) for array in (lon, lat))


def test_the_box_of_gcj02_moves_on_its_border_and_not_beyond():
    west, south, east, north = GCJ02_BOX
    for lon, lat in ((west, 40.0), (east, 40.0), (100.0, south), (100.0, north)):
        there = from_wgs84(lon, lat, datum="gcj02")
        assert metres_apart(there, (lon, lat)) > 1
    just_out = np.nextafter(west, 0.0), np.nextafter(east, 180.0)
    lon, lat = from_wgs84(just_out, [40.0, 40.0], datum="gcj02")
    assert (lon.tolist(), lat.tolist()) == (list(just_out), [40.0, 40.0])


@given(lon=st.floats(-180, 180), lat=st.floats(-85, 85))
def test_outside_the_box_gcj02_is_wgs84(lon, lat):
    west, south, east, north = GCJ02_BOX
    near = 0.02
    if west - near <= lon <= east + near and south - near <= lat <= north + near:
        return
    for method in (to_wgs84, from_wgs84):
        x, y = method(lon, lat, datum="gcj02")
        assert (float(x), float(y)) == (lon, lat)


@given(
    side=st.sampled_from(range(4)),
    along=st.floats(0.1, 0.9),
    across=st.floats(-0.02, 0.02),
)
def test_at_the_border_of_the_box_the_inverse_never_invents_a_place(side, along, across):
    """What comes back is moved to the point given, or is the point itself."""
    west, south, east, north = GCJ02_BOX
    edges = (
        (west + across, south + along * (north - south)),
        (east + across, south + along * (north - south)),
        (west + along * (east - west), south + across),
        (west + along * (east - west), north + across),
    )
    lon, lat = edges[side]
    x, y = to_wgs84(lon, lat, datum="gcj02")
    if (float(x), float(y)) != (lon, lat):
        assert metres_apart(from_wgs84(x, y, datum="gcj02"), (lon, lat)) < 1e-6


def test_shapes_broadcast():
    lon, lat = to_wgs84([[113.0, 114.0]], 34.5, datum="GCJ-02")
    assert lon.shape == lat.shape == (1, 2)
    assert to_wgs84(113.0, 34.0, datum="bd09")[0].shape == ()
    assert to_wgs84([], [], datum="bd09")[0].shape == (0,)


def test_origin_of_bd09_has_a_place():
    lon, lat = from_wgs84(0.0, 0.0, datum="bd09")
    assert np.isfinite([lon, lat]).all()


def test_wgs84_and_cgcs2000_change_nothing():
    for datum in ("wgs84", "CGCS2000", "国家2000"):
        assert to_wgs84(113.6, 34.7, datum=datum) == (113.6, 34.7)


@pytest.mark.parametrize(
    ("text", "datum"),
    [
        ("GCJ-02", "gcj02"),
        ("gcj 02", "gcj02"),
        ("火星坐标", "gcj02"),
        ("高德", "gcj02"),
        ("BD_09", "bd09"),
        ("bd09ll", "bd09"),
        ("百度", "bd09"),
        ("WGS-84", "wgs84"),
        ("CGCS 2000", "cgcs2000"),
        ("bd09mc", ""),
        ("EPSG:4490", ""),
        ("", ""),
    ],
)
def test_words(text, datum):
    assert datum_of(text) == datum


def test_words_are_written_as_they_are_looked_up():
    assert {word: datum_of(word) for word in DATUM_WORDS} == DATUM_WORDS


def test_unknown_datum():
    with pytest.raises(InputError, match=r"unknown datum 'mars'\. Known: wgs84, cgcs2000, gcj02"):
        to_wgs84(113, 34, datum="mars")


# --- frames ---------------------------------------------------------------------------------


def shapes(crs=4326):
    return gpd.GeoSeries(
        [
            shapely.Point(113.6, 34.7),
            shapely.Point(113.6, 34.7, 120.5),
            None,
            shapely.Polygon(),
            shapely.MultiPolygon([shapely.box(113, 34, 113.1, 34.1)]),
        ],
        index=[7, 3, 5, 9, 1],
        crs=crs,
    )


@SHIFTED
def test_frames_there_and_back(datum):
    frame = gpd.GeoDataFrame({"n": range(5)}, geometry=shapes(), index=shapes().index)
    before = frame.copy()
    moved = convert_datum(frame, source="wgs84", target=datum)
    assert moved.crs is None
    assert frame.equals(before)
    assert frame.crs == before.crs
    assert moved["n"].tolist() == list(range(5))
    assert shapely.has_z(moved.geometry.to_numpy()).tolist() == [False, True, False, False, False]
    assert shapely.get_z(moved.geometry[3]) == 120.5
    assert moved.geometry[5] is None
    assert moved.geometry[9].is_empty
    x, y = from_wgs84(113.6, 34.7, datum=datum)
    assert (moved.geometry[7].x, moved.geometry[7].y) == (x, y)
    back = convert_datum(moved.geometry, source=datum, target="cgcs2000")
    assert back.crs.to_epsg() == 4490
    assert back.index.tolist() == [7, 3, 5, 9, 1]
    kept = [7, 3, 1]
    distance = shapely.hausdorff_distance(back[kept].to_numpy(), shapes()[kept].to_numpy())
    assert distance.max() < 1e-12


def test_from_one_map_to_the_other():
    points = shapes(None)[[7]]
    moved = convert_datum(points, source="gcj02", target="bd09")
    theirs = prcoords.gcj_bd((34.7, 113.6))
    assert metres_apart((moved[7].x, moved[7].y), (theirs.lon, theirs.lat)) < 1e-6


@pytest.mark.parametrize("crs", [4547, 3857, 4610])
def test_only_degrees_of_wgs84_can_be_converted(crs):
    with pytest.raises(InputError, match="not in degrees of WGS 84 or CGCS2000"):
        convert_datum(shapes(crs), source="gcj02")


def test_wgs84_under_its_names():
    names = ["EPSG:4326", "OGC:CRS84", "EPSG:4490", "EPSG:4547", "EPSG:32650", "ESRI:104024"]
    crss = [gpd.GeoSeries(crs=name).crs for name in names]
    assert [of_wgs84(crs) for crs in crss] == [True, True, True, True, True, False]
    esri = gpd.GeoSeries(crs=gpd.GeoSeries(crs=4490).crs.to_wkt("WKT1_ESRI")).crs
    assert of_wgs84(esri)
    assert not of_wgs84(gpd.GeoSeries(crs=4610).crs)
    assert not of_wgs84(gpd.GeoSeries(crs=3414).crs)
