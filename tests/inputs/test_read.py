import hashlib
import json
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
import shapely
from affine import Affine

from capacity.inputs.datum import convert_datum
from capacity.inputs.frames import as_text, date_of, flag_of, normalise_compounds, normalise_units
from capacity.inputs.rasters import read_raster
from capacity.inputs.read import Request, read_layer, sha256
from tests.inputs.town import CRS, X0, Y0, square, streets, write_raster


def request(file, **given):
    return Request(key="compounds[1]", file=file, **given)


def read(folder, file, **given):
    layer, faults = read_layer(folder / file, request(file, **given))
    assert [str(fault) for fault in faults if fault.severity != "info"] == []
    return layer


def table(folder, text, encoding="utf-8", **given):
    (folder / "t.csv").write_bytes(text.encode(encoding))
    columns = given.pop("columns", {"code": "代码", "name": "名称"})
    return read(folder, "t.csv", columns=columns, **given)


TEXT = "代码,名称\n0101,东街\n0102,西街\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(tmp_path, encoding):
    layer = table(tmp_path, TEXT, encoding)
    assert layer.frame["代码"].tolist() == ["0101", "0102"]
    assert layer.frame["名称"].tolist() == ["东街", "西街"]
    assert layer.rows.tolist() == [2, 3]


def test_rows_are_lines_of_the_file(tmp_path):
    text = '代码,名称\n0101,"两\n行"\n0102,西街\n\n0103,南街\n'
    layer = table(tmp_path, text)
    assert layer.rows.tolist() == [2, 4, 6]
    assert layer.rows_read == 3


def test_windows_line_ends_and_blank_tail(tmp_path):
    layer = table(tmp_path, TEXT.replace("\n", "\r\n") + "\r\n,\r\n")
    assert layer.rows.tolist() == [2, 3]


def test_filter_keeps_rows_and_their_numbers(tmp_path):
    layer = table(tmp_path, TEXT, where={"名称": ("西街", "北街")})
    assert layer.rows.tolist() == [3]
    assert layer.rows_read == 2


def test_points_of_a_table(tmp_path):
    text = "代码,x,y\na,500100,3800100\nb,,3800100\n"
    columns = {"code": "代码", "x": "x", "y": "y"}
    layer = table(tmp_path, text, columns=columns, datum=CRS)
    assert layer.frame.crs.to_epsg() == 4547
    assert layer.frame.geometry.tolist() == [shapely.Point(500100, 3800100), None]


@pytest.mark.parametrize("file", ["u.gpkg", "u.geojson", "u.shp", "u.parquet", "u.fgb"])
def test_formats_give_the_same_layer(tmp_path, file):
    made = streets(code=["0101", "0102"], name=["东街", "西街"])
    if file.endswith("parquet"):
        made.to_parquet(tmp_path / file)
    else:
        made.to_file(tmp_path / file, encoding="utf-8")
    layer = read(tmp_path, file, columns={"code": "code", "name": "name"})
    by_code = layer.frame.set_index("code")
    assert by_code["name"].to_dict() == {"0101": "东街", "0102": "西街"}
    assert by_code.geometry["0101"].equals(square(0))
    assert layer.frame.crs.to_epsg() == 4547
    assert sorted(layer.rows.tolist()) == [1, 2]


def test_table_without_places_in_parquet(tmp_path):
    pd.DataFrame({"code": ["0101"]}).to_parquet(tmp_path / "u.parquet")
    layer = read(tmp_path, "u.parquet", columns={"code": "code"})
    assert layer.frame.geometry.isna().all()


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_shapefile_without_code_page(tmp_path, encoding):
    streets(name=["东街", "西街"]).to_file(tmp_path / "u.shp", encoding=encoding)
    (tmp_path / "u.cpg").unlink()
    layer = read(tmp_path, "u.shp", columns={"code": "code", "name": "name"})
    assert layer.frame["name"].tolist() == ["东街", "西街"]


def test_geojson_in_china_must_say_its_crs(tmp_path):
    made = streets().to_crs(4326)
    made.to_file(tmp_path / "u.geojson", RFC7946=True)
    _, faults = read_layer(tmp_path / "u.geojson", request("u.geojson"))
    assert [fault.code for fault in faults] == ["columns.recognised", "crs.missing"]
    assert "GCJ-02" in faults[1].message
    assert read(tmp_path, "u.geojson", datum="EPSG:4490").frame.crs.to_epsg() == 4490
    made.to_file(tmp_path / "v.geojson")
    assert read(tmp_path, "v.geojson").frame.crs is not None


@pytest.mark.parametrize("stated", [True, False])
def test_geoparquet_in_china_must_say_its_crs(tmp_path, stated):
    """The format's default is WGS 84; a file that leaves the CRS out says nothing about the datum."""
    path = tmp_path / "u.parquet"
    streets().to_crs(4326).to_parquet(path)
    if not stated:
        table = pyarrow.parquet.read_table(path)
        geo = json.loads(table.schema.metadata[b"geo"])
        del geo["columns"]["geometry"]["crs"]
        metadata = {**table.schema.metadata, b"geo": json.dumps(geo).encode()}
        pyarrow.parquet.write_table(table.replace_schema_metadata(metadata), path)
    layer, faults = read_layer(path, request("u.parquet"))
    errors = [fault.code for fault in faults if fault.severity == "error"]
    assert errors == ([] if stated else ["crs.missing"])
    assert (layer.frame.crs is None) is not stated


def test_a_layer_declared_gcj02_is_converted(tmp_path):
    made = streets().to_crs(4326)
    moved = convert_datum(made, source="wgs84", target="gcj02")
    moved.set_crs(4326).to_file(tmp_path / "u.gpkg")
    layer = read(tmp_path, "u.gpkg", datum="gcj02")
    assert layer.datum == "gcj02"
    assert layer.frame.crs.to_epsg() == 4326
    distance = shapely.hausdorff_distance(layer.frame.geometry.to_numpy(), made.geometry.to_numpy())
    assert distance.max() < 1e-8  # a millimetre


def test_geojson_elsewhere_is_wgs84(tmp_path):
    frame = gpd.GeoDataFrame(geometry=[shapely.box(10, 50, 11, 51)], crs=4326)
    frame.to_file(tmp_path / "u.geojson", RFC7946=True)
    assert read(tmp_path, "u.geojson").frame.crs.to_epsg() == 4326


def test_sha256_of_a_shapefile_covers_its_parts(tmp_path):
    streets().to_file(tmp_path / "u.shp")
    parts = [tmp_path / f"u{s}" for s in (".shp", ".dbf", ".shx", ".prj", ".cpg")]
    whole = b"".join(part.read_bytes() for part in parts)
    assert sha256(tmp_path / "u.shp") == hashlib.sha256(whole).hexdigest()
    (tmp_path / "u.cpg").write_text("GB18030", encoding="ascii")  # changes what the names are
    assert sha256(tmp_path / "u.shp") != hashlib.sha256(whole).hexdigest()
    streets().to_file(tmp_path / "u.gpkg")
    raw = (tmp_path / "u.gpkg").read_bytes()
    assert sha256(tmp_path / "u.gpkg") == hashlib.sha256(raw).hexdigest()


def test_raster_as_it_stands(tmp_path):
    cells = np.array([[1, -9999, 3], [np.nan, 5, 6]])
    write_raster(tmp_path / "p.tif", cells, nodata=-9999)
    raster, faults = read_raster(tmp_path / "p.tif", request("p.tif"), {"population": 1})
    assert faults == []
    assert raster.values["population"].tolist() == [[1, 0, 3], [0, 5, 6]]
    assert raster.values["population"].dtype == np.float64
    assert raster.unknown["population"].tolist() == [[False, True, False], [True, False, False]]
    assert raster.transform == Affine(100, 0, X0, 0, -100, Y0 + 1000)


@pytest.mark.parametrize(
    "transform",
    [
        Affine(100, 0, X0, 0, 100, Y0),
        Affine(86.6, 50, X0, 50, -86.6, Y0),
    ],
    ids=["south up", "rotated"],
)
def test_raster_any_way_up(tmp_path, transform):
    write_raster(tmp_path / "p.tif", np.arange(6).reshape(2, 3), transform=transform)
    raster, faults = read_raster(tmp_path / "p.tif", request("p.tif"), {"population": 1})
    assert faults == []
    assert raster.values["population"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert raster.transform.almost_equals(transform)


def test_several_bands(tmp_path):
    write_raster(tmp_path / "p.tif", np.ones((2, 2)), bands=3)
    bands = {"population": 1, "age_60_plus": 3}
    raster, _ = read_raster(tmp_path / "p.tif", request("p.tif"), bands)
    assert raster.groups == ("population", "age_60_plus")


def layer_of(folder, **columns):
    text = ",".join(columns) + "\n" + "\n".join(map(",".join, zip(*columns.values(), strict=True)))
    (folder / "t.csv").write_text(text + "\n", encoding="utf-8")
    return read(folder, "t.csv", columns={name: name for name in columns})


def test_dates(tmp_path):
    written = [
        "2020-02-29",
        "2020/3/1",
        "20200405",
        "2020年6月7日",
        "2020-08",
        "2021",
        "",
        "2020.9.1",
    ]
    written += ["2020-01-02 10:30:00"]
    dates, faults = date_of(layer_of(tmp_path, opened=written, k=["k"] * 9), "opened")
    assert faults == []
    assert dates.dt.strftime("%Y%m%d").fillna("").tolist() == [
        "20200229",
        "20200301",
        "20200405",
        "20200607",
        "20200801",
        "20210101",
        "",
        "20200901",
        "20200102",
    ]


@pytest.mark.parametrize("written", ["2021-02-29", "1.5.2020", "soon", "202", "2020-1-2-3"])
def test_not_dates(tmp_path, written):
    dates, faults = date_of(layer_of(tmp_path, opened=[written]), "opened")
    assert dates.isna().all()
    assert [fault.code for fault in faults] == ["table.not_a_date"]


def test_flags(tmp_path):
    layer = layer_of(tmp_path, old=["是", "否", "TRUE", "0", "", "Yes"], k=["k"] * 6)
    flags, faults = flag_of(layer, "old")
    assert faults == []
    assert flags.tolist() == [True, False, True, False, pd.NA, True]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([410102, 410103], ["410102", "410103"]),
        ([410102.0, None], ["410102", ""]),
        (["0101 ", None], ["0101", ""]),
        ([1.5, True], ["1.5", "True"]),
        (pd.array([1, None], dtype="Int64"), ["1", ""]),
    ],
)
def test_codes_are_text(values, texts):
    assert as_text(pd.Series(values)).tolist() == texts


def test_chinese_types(tmp_path):
    words = [
        "街道",
        "镇",
        "乡",
        "乡镇",
        "社区",
        "村",
        "行政村",
        "区",
        "县",
        "区县",
        "市",
        "village",
    ]
    layer = layer_of(tmp_path, type=words, code=[f"c{n}" for n in range(12)])
    units, faults = normalise_units(layer)
    assert faults == []
    assert units["unit_type"].tolist() == [
        *["street", "township", "township", "township", "community", "village", "village"],
        *["district", "district", "district", "city", "village"],
    ]


def test_a_column_goes_before_the_constant(tmp_path):
    layer = layer_of(tmp_path, code=["a", "b"], main_urban=["no", ""])
    units, _ = normalise_units(layer, unit_type="street", main_urban=True)
    assert units["main_urban"].tolist() == [False, True]
    assert units["unit_name"].tolist() == ["a", "b"]


def test_old_compounds(tmp_path):
    layer = layer_of(
        tmp_path, old=["yes", "", "", "no"], built_year=["2010", "1999", "2000", "1980"]
    )
    known, _ = normalise_compounds(layer, old_before=2000, data_year=2025)
    assert known["is_old"].tolist() == [True, True, False, False]
    unknown, _ = normalise_compounds(layer, data_year=2025)
    assert unknown["is_old"].tolist() == [True, pd.NA, pd.NA, False]


def test_polygons_become_points_inside_them(tmp_path):
    frame = gpd.GeoDataFrame(
        {"id": ["a", "b", "c"]},
        geometry=[square(0), shapely.MultiPoint([(X0, Y0)]), shapely.LineString([(0, 0), (1, 1)])],
        crs=CRS,
    )
    with warnings.catch_warnings():
        frame.to_file(tmp_path / "c.gpkg")
    layer = read(tmp_path, "c.gpkg", columns={"id": "id"})
    made, faults = normalise_compounds(layer, data_year=2025)
    assert made.geometry[0].within(square(0))
    assert made.geometry[1] == shapely.Point(X0, Y0)
    assert [str(fault) for fault in faults] == [
        "c.gpkg, row 1: polygons in 1 of 3 rows; a point inside each says in which unit it stands.",
        "c.gpkg, row 3: neither points nor polygons in 1 of 3 rows. Give one point per row.",
    ]
