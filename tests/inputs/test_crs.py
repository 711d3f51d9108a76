import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.inputs.crs import (
    box_text,
    check_extent,
    check_metric,
    choose_crs,
    label,
    metric_crs_for,
    resolve_crs,
    same_crs,
    scale_error,
    to_lonlat,
)

ZHENGZHOU = (112.7, 34.2, 114.2, 35.0)
SINGAPORE = (103.6, 1.1, 104.1, 1.5)


@pytest.mark.parametrize(
    ("lon", "meridian", "epsg"),
    [
        (73.5, 75, 4534),
        (75.0, 75, 4534),
        (113.6, 114, 4547),
        (112.4, 111, 4546),
        (112.6, 114, 4547),
        (135.0, 135, 4554),
    ],
)
def test_gauss_kruger_zone_of_china(lon, meridian, epsg):
    crs = choose_crs((lon - 0.1, 35, lon + 0.1, 36))
    assert crs.to_epsg() == epsg
    assert crs.name == f"CGCS2000 / 3-degree Gauss-Kruger CM {meridian}E"


@pytest.mark.parametrize(
    ("box", "epsg"),
    [
        (SINGAPORE, 32648),
        ((24.9, 60.1, 25.0, 60.2), 32635),
        ((-58.5, -34.7, -58.3, -34.5), 32721),
        ((179.9, 0.1, 180.0, 0.2), 32660),
    ],
)
def test_utm_elsewhere(box, epsg):
    assert choose_crs(box).to_epsg() == epsg


@given(
    lon=st.floats(73.2, 134.9),
    lat=st.floats(18, 53),
)
def test_chosen_crs_measures_well(lon, lat):
    box = (lon - 0.2, lat - 0.2, lon + 0.2, lat + 0.2)
    assert scale_error(choose_crs(box), box, corners=True) < 0.001


@pytest.mark.parametrize(
    ("crs", "message"),
    [
        (None, "units: no CRS."),
        (
            "EPSG:4490",
            "units: EPSG:4490 is in degrees, and metres cannot be measured in degrees.",
        ),
        ("EPSG:3857", "units: EPSG:3857 is a Mercator map, whose metres grow with latitude."),
        ("ESRI:102100", "units: ESRI:102100 is a Mercator map, whose metres grow with latitude."),
        ("EPSG:900913", "units: EPSG:900913 is a Mercator map, whose metres grow with latitude."),
        ("EPSG:2263", "units: EPSG:2263 is in US survey foot, not projected metres."),
        ("EPSG:4978", "units: EPSG:4978 is in metre, not projected metres."),
    ],
)
def test_what_cannot_measure(crs, message):
    (fault,) = check_metric(None if crs is None else pyproj.CRS(crs), "units")
    assert str(fault) == f"{message} Use a projected CRS in metres, such as EPSG:4547."


@pytest.mark.parametrize("crs", ["EPSG:4547", "EPSG:3414", "EPSG:32650", "EPSG:2343"])
def test_what_can_measure(crs):
    assert check_metric(pyproj.CRS(crs), "units") == []


def test_units_keep_a_crs_that_measures_well():
    assert metric_crs_for(pyproj.CRS(3414), SINGAPORE).to_epsg() == 3414
    assert metric_crs_for(pyproj.CRS(32644), SINGAPORE).to_epsg() == 32648
    assert metric_crs_for(pyproj.CRS(4490), ZHENGZHOU).to_epsg() == 4547
    assert metric_crs_for(None, ZHENGZHOU).to_epsg() == 4547


def test_extent():
    crs = pyproj.CRS(4547)
    assert check_extent(crs, ZHENGZHOU) == []
    (fault,) = check_extent(crs, (110, 34, 117, 35))
    assert str(fault) == (
        "the area is 7.0 degrees wide; in EPSG:4547 distances at its edges are wrong by up to 0.2%."
        " Assess parts of it, each in its own zone."
    )
    (fault,) = check_extent(pyproj.CRS(32644), ZHENGZHOU)
    assert fault.code == "crs.distorts"


def test_same_crs_by_another_name():
    assert same_crs(pyproj.CRS("OGC:CRS84"), pyproj.CRS(4326))
    assert same_crs(pyproj.CRS(pyproj.CRS(4547).to_wkt("WKT1_ESRI")), pyproj.CRS(4547))
    assert not same_crs(pyproj.CRS(4490), pyproj.CRS(4326))


def test_resolve():
    china = (113.0, 34.0, 114.0, 35.0)
    wgs84 = pyproj.CRS(4326)
    assert resolve_crs(wgs84, None, key="units[1].datum", bounds=china) == (wgs84, [])
    assert resolve_crs(None, "EPSG:4326", key="units[1].datum", bounds=china) == (wgs84, [])
    assert resolve_crs(wgs84, "OGC:CRS84", key="units[1].datum", bounds=china) == (wgs84, [])
    crs, faults = resolve_crs(None, None, key="units[1].datum", bounds=(10.0, 10.0, 11.0, 11.0))
    assert crs is None
    (fault,) = faults
    assert str(fault) == (
        'no coordinate system. Say it with units[1].datum: "wgs84", "cgcs2000", "gcj02", "bd09", or '
        'a CRS such as "EPSG:4547".'
    )


@pytest.mark.parametrize(
    ("found", "declared", "settled"),
    [
        (None, "wgs84", 4326),
        (None, "cgcs2000", 4490),
        (None, "gcj02", 4326),
        (None, "bd09", 4326),
        (None, "EPSG:4547", 4547),
        (4326, "cgcs2000", 4326),
        (4490, "wgs84", 4490),
        (4547, "cgcs2000", 4547),
        (32650, "wgs84", 32650),
        (4326, "gcj02", 4326),
        (4490, "bd09", 4326),
    ],
)
def test_datum_and_file(found, declared, settled):
    crs = None if found is None else pyproj.CRS(found)
    got, faults = resolve_crs(crs, declared, key="units[1].datum", bounds=(113, 34, 114, 35))
    assert faults == []
    assert got.to_epsg() == settled


@pytest.mark.parametrize(
    ("found", "declared", "code"),
    [
        (4547, "gcj02", "crs.datum"),
        (3857, "bd09", "crs.datum"),
        (4610, "gcj02", "crs.contradiction"),
        (4610, "cgcs2000", "crs.contradiction"),
        (2384, "wgs84", "crs.contradiction"),
        (4547, "EPSG:4490", "crs.contradiction"),
    ],
)
def test_datum_against_file(found, declared, code):
    got, (fault,) = resolve_crs(
        pyproj.CRS(found), declared, key="units[1].datum", bounds=(113, 34, 114, 35)
    )
    assert got is None
    assert fault.code == code
    assert f"the file says EPSG:{found}" in fault.message
    assert "units[1].datum" in fault.mend


def test_boxes():
    box = to_lonlat((500_000, 3_800_000, 501_000, 3_801_000), pyproj.CRS(4547))
    assert box_text(box) == "114.00 to 114.01 E, 34.33 to 34.34 N"
    assert to_lonlat((float("nan"),) * 4, pyproj.CRS(4547)) is None
    assert to_lonlat((1e14, 0, 1e14, 0), pyproj.CRS(4547)) is None
    assert label(None) == "no CRS"
    assert label(pyproj.CRS("+proj=tmerc +lon_0=113.3 +ellps=GRS80")) == "unknown"
