"""Rasters and lists through file systems other than this machine's: rasterio and fsspec."""

import zipfile
from dataclasses import replace

import fsspec
import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio.io import MemoryFile

from capacity.inputs.rasters import RasterFile, read_raster, read_window
from capacity.inputs.read import Request
from capacity.population import RasterWindow
from tests.inputs.test_windows import as_parquet, people_of, write_tiled
from tests.inputs.town import X0, Y0, write_town


def paths(folder, path):
    """Ways to name the same raster: an address, an archive."""
    with zipfile.ZipFile(folder / "p.zip", "w") as sink:
        sink.write(path, "p.tif")
    return {"file": f"file://{path}", "zip": f"/vsizip/{folder}/p.zip/p.tif"}


@pytest.mark.parametrize("how", ["file", "zip", "memory"])
def test_a_window_through_any_path_that_rasterio_opens(tmp_path, how):
    path = tmp_path / "p.tif"
    write_tiled(path, people_of())
    whole, _ = read_raster(path, Request(key="population", file="p.tif"), {"population": 1})
    with MemoryFile(path.read_bytes()) as memory:
        file = RasterFile(
            path=paths(tmp_path, path).get(how, memory.name),
            bands={"population": 1},
            crs=whole.crs,
            raster=RasterWindow(whole.transform, whole.shape),
            shape=whole.shape,
            block=(16, 16),
        )
        place = replace(file.raster, row=12, column=7)
        part = read_window(file, place, (11, 14))
    top, left = part.raster.row, part.raster.column
    here = slice(top, top + part.shape[0]), slice(left, left + part.shape[1])
    assert np.array_equal(part.values["population"], whole.values["population"][here])
    assert part.shape == (11, 14)


def test_the_same_bytes_through_fsspec(tmp_path):
    store = fsspec.filesystem("memory")
    write_tiled(tmp_path / "p.tif", people_of())
    write_town(tmp_path)
    places = as_parquet(tmp_path)
    store.pipe("/town/p.tif", (tmp_path / "p.tif").read_bytes())
    store.pipe("/town/facilities.parquet", places.read_bytes())
    with (
        rasterio.open("memory://town/p.tif", opener=store) as far,
        rasterio.open(tmp_path / "p.tif") as near,
    ):
        window = rasterio.windows.Window(20, 30, 25, 16)
        assert np.array_equal(far.read(1, window=window), near.read(1, window=window))
    box = (X0, Y0, X0 + 2000, Y0 + 1000)
    found = gpd.read_parquet("/town/facilities.parquet", filesystem=store, bbox=box)
    assert found["id"].tolist() == ["f1", "f2"]
    store.rm("/town", recursive=True)
