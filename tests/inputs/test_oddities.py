"""Coordinates written in every wrong way: what is said, and which reading is proposed."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from capacity.inputs.check import check_coordinates
from capacity.inputs.datum import convert_geometry
from capacity.inputs.oddities import (
    advise,
    check_precision,
    check_rows,
    check_system,
    readings,
)
from capacity.inputs.read import DEGREES_MINUTES, _decimal

ZHENGZHOU = (113.4, 34.5, 113.9, 35.0)
URUMQI = (87.4, 43.6, 87.8, 44.0)
SINGAPORE = (103.6, 1.1, 104.1, 1.5)


def places(box, n=20, crs=4490):
    """Points in a box in degrees, brought to a CRS."""
    rng = np.random.default_rng(4)
    lon, lat = rng.uniform(box[0], box[2], n), rng.uniform(box[1], box[3], n)
    made = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4490).to_crs(crs)
    return made.assign(file="f.csv", row=range(2, n + 2))


def said(frame, crs):
    """The same numbers under another CRS."""
    return frame.set_crs(crs, allow_override=True)


def exchanged(frame, rows=slice(None)):
    geometry = frame.geometry.to_numpy().copy()
    geometry[rows] = shapely.transform(geometry[rows], lambda xy: xy[:, ::-1])
    return frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=frame.crs))


def test_what_lies_on_the_units_passes():
    for crs in (4490, 4326, 4547, 4526, 32649):
        assert check_rows(places(ZHENGZHOU, crs=crs), ZHENGZHOU) == []
        assert check_system(places(ZHENGZHOU, crs=crs)) == []


def test_half_a_degree_beyond_is_not_odd():
    frame = places(ZHENGZHOU, n=2)
    for lon, odd in ((114.3999, False), (114.4001, True)):
        frame.geometry = gpd.points_from_xy([113.6, lon], [34.7, 34.7], crs=4490)
        assert bool(check_rows(frame, ZHENGZHOU)) is odd


@pytest.mark.parametrize(
    ("true", "declared", "code", "east"),
    [
        (4526, 4547, "crs.other_zone", 0),
        (4547, 4526, "crs.other_zone", 0),
        (4547, 4548, "crs.other_zone", 0),
        (4490, 4547, "crs.degrees_as_metres", 0),
        (4545, 4547, "crs.other_zone", -5.6),
    ],
    ids=["prefix", "no prefix", "next zone", "degrees", "zone after next"],
)
def test_whole_layers_in_another_system(true, declared, code, east):
    box = (ZHENGZHOU[0] + east, ZHENGZHOU[1], ZHENGZHOU[2] + east, ZHENGZHOU[3])
    (fault,) = check_rows(said(places(box, crs=true), declared), box)
    assert (fault.severity, fault.code, fault.count) == ("error", code, 20)
    assert fault.mend.startswith(f'Say datum = "EPSG:{true}".')
    assert f"but they lie there in EPSG:{true} (" in fault.message


@pytest.mark.parametrize("crs", [4547, 4526, 4490])
def test_x_and_y_exchanged(crs):
    """Northing first, as Chinese surveyors write; of degrees where the latitude can be one."""
    box = ZHENGZHOU if crs != 4490 else URUMQI
    (fault,) = check_rows(exchanged(places(box, crs=crs)), box)
    assert fault.code == "crs.swapped"
    assert "they lie there with x and y exchanged" in fault.message
    assert fault.mend.startswith("Name the columns of x and y the other way round")
    assert ("X points north" in fault.mend) is (crs != 4490)


def test_exchanged_and_another_zone_at_once():
    (fault,) = check_rows(exchanged(said(places(ZHENGZHOU, crs=4526), 4547)), ZHENGZHOU)
    assert fault.code == "crs.other_zone"
    assert "in EPSG:4526 (CGCS2000 / 3-degree Gauss-Kruger zone 38), with x and y exchanged" in (
        fault.message
    )
    assert fault.mend.startswith(
        'Say datum = "EPSG:4526" and name the columns of x and y the other'
    )
    assert "Xian 1980 or Beijing 1954" in fault.mend


def test_single_rows_are_named():
    """Three rows exchanged, one with the number of its zone, one in another province."""
    frame = exchanged(places(ZHENGZHOU, crs=4547), [2, 5, 7])
    geometry = frame.geometry.to_numpy().copy()
    geometry[9] = shapely.Point(geometry[9].x + 38_000_000, geometry[9].y)
    geometry[11] = gpd.GeoSeries.from_xy([117.0], [34.7], crs=4490).to_crs(4547)[0]
    frame = frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=4547))
    faults = {fault.code: fault for fault in check_rows(frame, ZHENGZHOU)}
    assert faults["crs.swapped"].rows == (4, 7, 9)
    assert faults["crs.swapped"].mend == "Exchange x and y in these rows."
    assert faults["crs.other_zone"].rows == (11,)
    assert 'a layer of their own with datum = "EPSG:4526"' in faults["crs.other_zone"].mend
    # 3 degrees east would lie on the units in the next zone, which is no proof of anything
    assert faults["crs.far_away"].rows == (13,)
    assert faults["crs.far_away"].severity == "warning"
    assert len(faults) == 3


def test_degrees_among_metres():
    frame = places(ZHENGZHOU, crs=4547)
    geometry = frame.geometry.to_numpy().copy()
    geometry[3] = shapely.Point(113.6, 34.7)
    frame = frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=4547))
    (fault,) = check_rows(frame, ZHENGZHOU)
    assert (fault.code, fault.rows) == ("crs.degrees_as_metres", (5,))


def test_metres_among_degrees_are_advised():
    frame = places(URUMQI)
    geometry = frame.geometry.to_numpy().copy()
    geometry[4] = places(URUMQI, crs=4517).geometry[4]
    frame = frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=4490))
    (fault,) = check_coordinates(frame)
    assert (fault.code, fault.rows) == ("crs.metres_as_degrees", (6,))
    told = advise(fault, frame, URUMQI)
    assert told.mend == (
        "They lie on the units in EPSG:4517 (CGCS2000 / 3-degree Gauss-Kruger zone 29). Correct these "
        'rows, or give them in a layer of their own with datum = "EPSG:4517".'
    )
    assert advise(fault, frame, SINGAPORE) == fault


def test_elsewhere_and_nothing_to_propose():
    (fault,) = check_rows(places(SINGAPORE), ZHENGZHOU)
    assert (fault.code, fault.severity) == ("layer.elsewhere", "error")


def test_zero_is_not_told_twice():
    frame = places(ZHENGZHOU)
    geometry = frame.geometry.to_numpy().copy()
    geometry[0] = shapely.Point(0, 0)
    frame = frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=4490))
    assert check_rows(frame, ZHENGZHOU) == []


@pytest.mark.parametrize(
    ("true", "declared", "swap", "code"),
    [
        (4547, 4547, True, "crs.swapped"),
        (4526, 4547, False, "crs.other_zone"),
        (4547, 4526, False, "crs.other_zone"),
        (4526, 4547, True, "crs.other_zone"),
    ],
)
def test_units_by_themselves(true, declared, swap, code):
    """Units have no other layer to lie on: the area that their CRS is made for must do."""
    squares = places(ZHENGZHOU, crs=true)
    squares = squares.set_geometry(squares.buffer(500))
    frame = said(exchanged(squares) if swap else squares, declared)
    (fault,) = check_system(frame)
    assert fault.code == code
    assert "far from the area of its CRS in 20 of 20 rows" in fault.message


def test_units_beside_their_zone_pass():
    assert check_system(said(places((117.1, 34.5, 117.9, 35.0), crs=4547), 4547)) == []


def test_readings_stay_what_they_were():
    names = [way.crs.to_epsg() for way in readings(places(ZHENGZHOU, crs=4547).crs, ZHENGZHOU)]
    assert names[0] == 4547
    assert names[1:4] == [4490, 4526, 4546]
    assert 32648 in [way.crs.to_epsg() for way in readings(places(SINGAPORE).crs, SINGAPORE)]


# --- precision ------------------------------------------------------------------------------


def test_two_decimals_are_too_few():
    frame = places(ZHENGZHOU, n=4)
    frame.geometry = gpd.points_from_xy(
        [113.65, 113.6512, 113.6, 113.651], [34.75, 34.75, 34.0, 34.752], crs=4490
    )
    (fault,) = check_precision(frame)
    assert (fault.code, fault.severity, fault.rows) == ("crs.rounded", "warning", (2, 4))


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_decimals_are_those_of_the_file(datum):
    frame = places(ZHENGZHOU, n=3)
    written = gpd.points_from_xy([113.65, 113.6512, 113.6], [34.75, 34.75, 34.0], crs=4490)
    frame.geometry = convert_geometry(np.asarray(written), datum)
    assert check_precision(frame) == []
    (fault,) = check_precision(frame, datum)
    assert fault.rows == (2, 4)


def test_nothing_is_rounded_in_metres_or_empty_lists():
    frame = places(ZHENGZHOU, n=2, crs=4547)
    frame.geometry = gpd.points_from_xy([500_000, 500_100], [3_840_000, 3_840_000], crs=4547)
    assert check_precision(frame) == []
    assert check_precision(frame.iloc[:0]) == []


# --- degrees and minutes --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("113°39′40″", 113 + 39 / 60 + 40 / 3600),
        ("113°39'40.5\"", 113 + 39 / 60 + 40.5 / 3600),
        ("东经113度39分40秒", 113 + 39 / 60 + 40 / 3600),
        ("34°45.5'N", 34 + 45.5 / 60),
        ("E113° 39′", 113 + 39 / 60),
        ("113º39''", None),
        ("113.3940", None),
        ("113-39-40", None),
        ("约113°", None),
    ],
)
def test_degrees_and_minutes_are_known_by_their_signs(text, degrees):
    """113.3940 may be degrees and minutes run together, or may not: only signs are certain."""
    match = pd.Series([text]).str.fullmatch(DEGREES_MINUTES)[0]
    assert match == (degrees is not None)
    if degrees is not None:
        assert _decimal(pd.Series([text])) == f"'{text}' is {degrees:.6f}"
