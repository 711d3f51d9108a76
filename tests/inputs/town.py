"""A town of two streets side by side, as files that a test can break.

Streets A1 and A2 are squares of 1 km in EPSG:4547 with the lower left corner at (500000, 3800000):
A1 in the west, A2 in the east. The population is a raster of 100 m cells with 10 people each.
"""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from affine import Affine
from rasterio.errors import NotGeoreferencedWarning

FACTS = {
    "crs.used",
    "crs.datum_fits",
    "crs.datum_untested",
    "crs.datum_undecided",
    "crs.datum_alone",
    "layer.rows",
    "layer.no_source",
}
"""Codes of what is said of every study area."""

X0, Y0, CRS = 500_000.0, 3_800_000.0, "EPSG:4547"

SETTINGS = """\
[study_area]
name = "Testtown"
code = "A"
data_date = 2025-06-30

[population]
file = "population.tif"

[[units]]
file = "units.gpkg"
type = "street"
columns = { code = "code", name = "name", parent = "parent" }

[[facilities]]
file = "facilities.csv"
datum = "EPSG:4547"
service = "childcare"
columns = { id = "id", places = "places", opened = "opened", unit = "unit", x = "x", y = "y" }
"""

FACILITIES = """\
id,places,opened,unit,x,y
f1,30,2020-01-01,A1,500500,3800500
f2,60,,A2,501500,3800500
"""


def square(col: float, row: float = 0.0, side: float = 1000.0) -> shapely.Polygon:
    """Square whose lower left corner is ``col`` km east and ``row`` km north of the town's."""
    x, y = X0 + 1000 * col, Y0 + 1000 * row
    return shapely.box(x, y, x + side, y + side)


def streets(**columns) -> gpd.GeoDataFrame:
    """The two streets; keyword arguments replace columns, ``geometry`` among them."""
    data = {"code": ["A1", "A2"], "name": ["West", "East"], "parent": ["A", "A"]}
    geometry = columns.pop("geometry", [square(0), square(1)])
    crs = columns.pop("crs", CRS)
    return gpd.GeoDataFrame(data | columns, geometry=geometry, crs=crs)


def write_raster(path, values, *, transform=None, crs=CRS, nodata=None, bands=1) -> None:
    """Write an array as every band of a GeoTIFF; by default on the town, in 100 m cells."""
    if transform is None:
        transform = Affine(100, 0, X0, 0, -100, Y0 + 1000)
    values = np.asarray(values, dtype="float32")
    with (
        warnings.catch_warnings(action="ignore", category=NotGeoreferencedWarning),
        rasterio.open(
            path,
            "w",
            driver="GTiff",
            height=values.shape[0],
            width=values.shape[1],
            count=bands,
            dtype="float32",
            crs=crs,
            transform=transform,
            nodata=nodata,
        ) as target,
    ):
        for band in range(1, bands + 1):
            target.write(values, band)


def write_town(folder, *, settings=SETTINGS, facilities=FACILITIES, units=None, cells=None):
    """Write the town's files; give the path of its settings."""
    (folder / "area.toml").write_text(settings, encoding="utf-8")
    (folder / "facilities.csv").write_text(facilities, encoding="utf-8")
    if units is None:
        (folder / "units.gpkg").write_bytes(_ready()["units.gpkg"])
    else:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "'crs' was not provided")
            units.to_file(folder / "units.gpkg")
    if cells is None:
        (folder / "population.tif").write_bytes(_ready()["population.tif"])
    else:
        write_raster(folder / "population.tif", cells)
    return folder / "area.toml"


@cache
def _ready() -> dict[str, bytes]:
    """Write the layers of a town that nobody breaks, once: hundreds of tests take the same."""
    with TemporaryDirectory() as folder:
        path = Path(folder)
        streets().to_file(path / "units.gpkg")
        write_raster(path / "population.tif", np.full((10, 20), 10.0))
        return {file.name: file.read_bytes() for file in path.iterdir()}
