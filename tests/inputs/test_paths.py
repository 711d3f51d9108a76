"""Files that must not be opened, and how the words of a shapefile are written."""

import json

import geopandas as gpd
import pytest

from capacity.inputs.paths import check_markup, check_path
from capacity.inputs.rasters import read_raster
from capacity.inputs.read import Request, read_layer, sha256
from tests.inputs.town import streets, write_raster, write_town

DOCTYPE = '<!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
KML = (
    '<?xml version="1.0"?>{}<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark>'
    "<name>{}</name><Point><coordinates>10,50</coordinates></Point></Placemark></Document></kml>"
)
GPX = (
    '<?xml version="1.0"?>{}<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">'
    '<wpt lat="50" lon="10"><name>{}</name></wpt></gpx>'
)
GML = (
    '<?xml version="1.0"?>{}<ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/" '
    'xmlns:gml="http://www.opengis.net/gml"><gml:featureMember><ogr:u fid="u.0"><ogr:name>{}'
    "</ogr:name></ogr:u></gml:featureMember></ogr:FeatureCollection>"
)
VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="u"><SrcDataSource>/vsicurl/http://x/y.shp'
    "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
)


def request(file, **given):
    return Request(key="compounds[1]", file=file, **given)


def codes(folder, file, **given):
    layer, faults = read_layer(folder / file, request(file, **given))
    found = [fault.code for fault in faults if fault.code != "columns.recognised"]
    return layer, found


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("units.gpkg", None),
        ("data/units.gpkg", None),
        ("../units.gpkg", None),
        ("/data/units.gpkg", None),
        ("C:\\data\\units.gpkg", None),
        ("/vsicurl/http://x/units.gpkg", "file.remote"),
        ("/vsizip/units.zip/units.shp", "file.remote"),
        ("vsizip/units.zip", "file.remote"),
        ("http://x/units.gpkg", "file.remote"),
        ("https://x/units.geojson", "file.remote"),
        ("zip://units.zip!units.shp", "file.remote"),
        ("file:///etc/passwd", "file.remote"),
        ("\\\\server\\units.gpkg", "file.remote"),
        ("a\0b.csv", "file.missing"),
        ("units.zip", "file.archive"),
        ("units.kmz", "file.archive"),
        ("units.gpkg.gz", "file.archive"),
    ],
)
def test_paths(tmp_path, file, code):
    assert [fault.code for fault in check_path(tmp_path, file)] == ([] if code is None else [code])


def test_a_link_out_of_the_folder_must_be_said(tmp_path):
    folder, outside = tmp_path / "area", tmp_path / "other"
    folder.mkdir()
    outside.mkdir()
    (outside / "a.csv").write_text("x")
    (folder / "in.csv").write_text("x")
    (folder / "a.csv").symlink_to(outside / "a.csv")
    (folder / "deep").symlink_to(outside)
    (folder / "own.csv").symlink_to(folder / "in.csv")
    assert [fault.code for fault in check_path(folder, "a.csv")] == ["file.outside"]
    assert [fault.code for fault in check_path(folder, "deep/a.csv")] == ["file.outside"]
    assert check_path(folder, "own.csv") == []
    assert check_path(folder, "../other/a.csv") == []
    linked = tmp_path / "linked"
    linked.symlink_to(folder)
    assert check_path(linked, "in.csv") == []


@pytest.mark.parametrize(("file", "text"), [("u.kml", KML), ("u.gpx", GPX), ("u.gml", GML)])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_document_types_are_refused(tmp_path, file, text, encoding):
    (tmp_path / file).write_text(text.format(DOCTYPE, "&a;"), encoding=encoding)
    assert codes(tmp_path, file) == (None, ["file.unsafe"])


@pytest.mark.parametrize(("file", "text"), [("u.kml", KML), ("u.gpx", GPX)])
def test_plain_markup_is_read(tmp_path, file, text):
    (tmp_path / file).write_text(text.format("", "A"), encoding="utf-8")
    layer = "waypoints" if file == "u.gpx" else None
    found, _ = codes(tmp_path, file, layer=layer)
    assert found.frame[found.columns["name"]].tolist() == ["A"]


@pytest.mark.parametrize("file", ["u.vrt", "u.geojson", "u.gpkg"])
def test_virtual_layers_are_refused_under_any_suffix(tmp_path, file):
    (tmp_path / file).write_text(VRT)
    assert codes(tmp_path, file)[1] in (["file.unsafe"], ["file.kind"])


def test_virtual_rasters_of_this_machine_are_read(tmp_path):
    write_raster(tmp_path / "p.tif", [[1, 2], [3, 4]])
    local = (
        '<VRTDataset rasterXSize="2" rasterYSize="2"><SRS>EPSG:4547</SRS>'
        "<GeoTransform>500000,100,0,3801000,0,-100</GeoTransform>"
        '<VRTRasterBand dataType="Float32" band="1"><SimpleSource><SourceFilename '
        'relativeToVRT="1">p.tif</SourceFilename><SourceBand>1</SourceBand></SimpleSource>'
        "</VRTRasterBand></VRTDataset>"
    )
    (tmp_path / "p.vrt").write_text(local)
    raster, faults = read_raster(tmp_path / "p.vrt", request("p.vrt"), {"population": 1})
    assert faults == []
    assert raster.values["population"].tolist() == [[1, 2], [3, 4]]
    (tmp_path / "p.vrt").write_text(local.replace("p.tif", "/vsicurl/http://x/p.tif"))
    assert read_raster(tmp_path / "p.vrt", request("p.vrt"), {"population": 1})[1][0].code == (
        "file.unsafe"
    )


def test_only_the_head_of_markup_is_looked_at(tmp_path):
    (tmp_path / "u.geojson").write_text(json.dumps({"a": DOCTYPE}))
    assert check_markup(tmp_path / "u.geojson", "u.geojson") == []


def test_settings_name_the_fault(tmp_path):
    from capacity.study_area import check_study_area

    path = write_town(tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("facilities.csv", "https://x/f.csv"), encoding="utf-8")
    assert str(check_study_area(path)[0]) == (
        "https://x/f.csv: is an address or a virtual path, not a file. Download or unpack it, and "
        "give the path of the file."
    )


# --- shapefiles and folders -----------------------------------------------------------------

NAMES = ["东风路街道", "文化路街道"]


def write_shape(folder, written, said):
    streets(name=NAMES).rename(columns={"name": "名称"}).to_file(folder / "u.shp", encoding=written)
    (folder / "u.cpg").unlink(missing_ok=True)
    if said is not None:
        (folder / "u.cpg").write_text(said)


@pytest.mark.parametrize(
    ("written", "said", "code"),
    [
        ("utf-8", "UTF-8", []),
        ("utf-8", None, []),
        ("utf-8", "GBK", ["file.encoding_doubtful"]),
        ("utf-8", "ISO-8859-1", ["file.encoding_doubtful"]),
        ("gb18030", "GBK", []),
        ("gb18030", "936", []),
        ("gb18030", None, ["file.encoding_used"]),
        ("gb18030", "UTF-8", ["file.encoding_doubtful"]),
        ("gb18030", "1252", ["file.encoding_doubtful"]),
        ("gb18030", "nonsense", ["file.encoding_doubtful"]),
    ],
)
def test_words_of_a_shapefile_whatever_its_cpg_says(tmp_path, written, said, code):
    write_shape(tmp_path, written, said)
    layer, found = codes(tmp_path, "u.shp")
    assert layer.frame["名称"].tolist() == NAMES
    assert layer.columns == {"name": "名称"}
    assert found == code


def test_empty_geojson(tmp_path):
    (tmp_path / "u.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    assert codes(tmp_path, "u.geojson") == (None, ["layer.empty"])


def test_geodatabase_folder(tmp_path):
    folder = tmp_path / "u.gdb"
    streets().to_file(folder, driver="OpenFileGDB", layer="a")
    layer, _ = codes(tmp_path, "u.gdb", columns={"name": "name"})
    assert layer.frame["name"].tolist() == ["West", "East"]
    assert len(sha256(folder)) == 64
    streets().to_file(folder, driver="OpenFileGDB", layer="b", mode="a")
    assert codes(tmp_path, "u.gdb")[1] == ["layer.which"]


def test_only_the_wanted_columns_of_a_parquet_file_are_read(tmp_path):
    made = streets(other=["x", "y"])
    made.rename_geometry("shape").to_parquet(tmp_path / "u.parquet")
    layer, _ = codes(tmp_path, "u.parquet", columns={"name": "name"})
    assert layer.frame.columns.tolist() == ["name", "geometry"]
    assert isinstance(layer.frame, gpd.GeoDataFrame)
