"""Make an invented province of any size as files that ``capacity assess`` takes as they stand.

    python -m tests.benchmarks.province PROVINCE
    python -m tests.benchmarks.province COUNTRY/07 --part 7 --of 20

The default is a province of 50 million cells of 3″ (about 90 m), 2,500 townships in 100 counties and
60,000 facilities. The raster is tiled and compressed, and written block by block: memory does not
depend on the number of cells. A country of a thousand million cells is 20 provinces side by side, of
0.6 to 1.4 times that size, each made by itself, in any order, on any machine, and each with those
facilities of its neighbours that are near its border. The same arguments give the same cells and
places. What was made is printed as a line of JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from affine import Affine
from rasterio.windows import Window

from capacity.example.mosaic import grow_groups, merge, scatter_seeds, spread, tile
from capacity.vocabulary import FACILITY_TYPES
from tests.benchmarks.measuring import fresh, peak_mb

if TYPE_CHECKING:
    from collections.abc import Iterator

STEP = 1 / 1200  # degrees: 3 seconds of arc
SOUTH, WEST = 30.0, 103.0
WIDE = (1.0, 0.6, 1.4, 0.8, 1.2)
"""How wide the provinces are that lie side by side, beside the one that was asked for."""
NEAR_M = 3_000.0
"""How far over its border a province knows facilities: further than any norm reaches."""
TILE = 512
ROWS_AT_ONCE = 2  # rows of tiles in memory
LATTICE = 40  # cells between the lines of the lattice that settlements stand on
PER_COUNTY = 25
SERVICES = ("childcare", "elder_care", "sports")
CRS = "EPSG:4490"
DEGREE_M = 111_000.0
LATITUDE_M = 60_000.0  # of a degree of longitude, at least

AREA = """\
# An invented province for benchmarks: tests/benchmarks/province.py
[study_area]
name = "{name}"
code = "S{part:02d}"
type = "city"
city = "zhengzhou"
main_urban = false
urban = false
county = false
data_date = 2025-06-30

[population]
file = "population.tif"
bands = {{ population = 1, under_3 = 2, age_60_plus = 3 }}
description = "invented"
year = 2025

[[units]]
file = "units.parquet"
columns = {{ code = "code", name = "name", type = "type", parent = "parent", main_urban = "main_urban", urban = "urban", county = "county" }}
description = "invented"
year = 2025

[[facilities]]
file = "facilities.parquet"
columns = {{ id = "id", name = "name", service = "service", type = "type", places = "places", beds = "beds", land_area = "land_area", floor_area = "floor_area", operator = "operator", opened = "opened" }}
description = "invented"
year = 2025
"""


@dataclass(frozen=True)
class Province:
    """Sizes of an invented province.

    ``part`` is its number in a country of ``of``, counted from 1; provinces lie side by side, and the
    sizes are those of one as wide as the mean.
    """

    cells: int = 50_000_000
    townships: int = 2_500
    facilities: int = 60_000
    seed: int = 20_221_202
    part: int = 1
    of: int = 1

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns: nearly a square, where it is as wide as the mean."""
        side = round(self.cells**0.5)
        return round(self.cells / side), round(side * self.wide)

    @property
    def wide(self) -> float:
        """How many times as wide as the mean; a province by itself is just as wide."""
        return WIDE[(self.part - 1) % len(WIDE)] if self.of > 1 else 1.0

    @property
    def transform(self) -> Affine:
        """Degrees of the upper left corner of each cell, north up."""
        row, column = divmod(self.part - 1, len(WIDE))
        north = SOUTH + STEP * self.shape[0] * (row + 1)
        before = sum(replace(self, part=n + 1).shape[1] for n in range(column))
        return Affine(STEP, 0, WEST + STEP * before, 0, -STEP, north)

    @property
    def neighbours(self) -> list[Province]:
        """Those provinces of the country that touch this one."""
        row, column = divmod(self.part - 1, len(WIDE))
        places = [divmod(n, len(WIDE)) for n in range(self.of) if n != self.part - 1]
        return [
            replace(self, part=r * len(WIDE) + c + 1)
            for r, c in places
            if abs(r - row) <= 1 and abs(c - column) <= 1
        ]

    def random(self, what: int, *more: int) -> np.random.Generator:
        """Give the random numbers of one thing in one place, whatever is made before or after."""
        return np.random.default_rng([self.seed, self.part, what, *more])


def of_cells(cells: int, part: int = 1, of: int = 1) -> Province:
    """Give a province of so many cells, with townships and facilities in proportion to them."""
    few, many = max(1, cells // 20_000), max(1, cells * 3 // 2_500)
    return Province(cells=cells, townships=few, facilities=many, part=part, of=of)


def made_apart(folder: Path, province: Province) -> dict[str, float]:
    """Write a province in a fresh process, and say how much there is and what it took."""
    words = (word for name, n in asdict(province).items() for word in (f"--{name}", str(n)))
    return fresh("tests.benchmarks.province", str(folder), *words)


def settlements(province: Province) -> dict[str, np.ndarray]:
    """Draw one settlement in every square of the lattice: a few large ones, most small."""
    rows, columns = (-(-n // LATTICE) for n in province.shape)
    rng = province.random(0)
    size = np.minimum(np.exp(rng.normal(1.2, 1.4, (rows, columns))), 120.0)
    return {
        "row": rng.uniform(0.3, 0.7, (rows, columns)) * LATTICE,
        "column": rng.uniform(0.3, 0.7, (rows, columns)) * LATTICE,
        "peak": size,
        "width": rng.uniform(2.5, 5.0, (rows, columns)) * (1 + size / 120),
        "old": rng.uniform(0.12, 0.3, (rows, columns)),
    }


def block(
    province: Province, towns: dict[str, np.ndarray], row: int, column: int
) -> list[np.ndarray]:
    """Make the cells of one tile: everyone, under 3, 60 and over, in 64ths of a person.

    They depend on the place of the tile and the seed alone.
    """
    n_rows, n_columns = (
        min(TILE, n - at) for n, at in zip(province.shape, (row, column), strict=True)
    )
    rng = province.random(1, row // TILE, column // TILE)
    at_row, at_column = np.arange(row, row + n_rows), np.arange(column, column + n_columns)
    of = {name: each[at_row // LATTICE][:, at_column // LATTICE] for name, each in towns.items()}
    away = (at_row % LATTICE)[:, None] - of["row"], (at_column % LATTICE)[None] - of["column"]
    near = np.exp(-(away[0] ** 2 + away[1] ** 2) / (2 * of["width"] ** 2))
    noise = rng.integers(32, 97, (n_rows, n_columns)) / 64
    people = _in_64ths((of["peak"] * near + 0.4) * noise)
    people[people < 0.375] = 0
    return [people, _in_64ths(people * 0.03), _in_64ths(people * of["old"])]


def _in_64ths(people: np.ndarray) -> np.ndarray:
    return (np.floor(people * 64) / 64).astype("float32")


def strips(province: Province) -> Iterator[tuple[Window, np.ndarray]]:
    """Make the raster a few rows of tiles at a time: window and array of three bands."""
    rows, columns = province.shape
    towns = settlements(province)
    for top in range(0, rows, TILE * ROWS_AT_ONCE):
        height = min(TILE * ROWS_AT_ONCE, rows - top)
        cells = np.empty((3, height, columns), dtype="float32")
        for row in range(top, top + height, TILE):
            for column in range(0, columns, TILE):
                made = block(province, towns, row, column)
                there = np.s_[row - top : row - top + TILE, column : column + TILE]
                for band, values in enumerate(made):
                    cells[band][there] = values
        yield Window(0, top, columns, height), cells


def write_raster(path: Path, province: Province) -> float:
    """Write the population as a tiled, compressed GeoTIFF, block by block; give its people."""
    rows, columns = province.shape
    people = 0.0
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=rows,
        width=columns,
        count=3,
        dtype="float32",
        crs=CRS,
        transform=province.transform,
        nodata=-9999,
        tiled=True,
        blockxsize=TILE,
        blockysize=TILE,
        compress="deflate",
        predictor=3,
        zlevel=1,
        interleave="band",
        bigtiff="if_safer",
    ) as sink:
        for window, cells in strips(province):
            sink.write(cells, window=window)
            people += float(cells[0].sum(dtype="float64"))  # of 64ths: exact
    return people


def units(province: Province) -> gpd.GeoDataFrame:
    """Make the province, its counties and their townships; borders fit exactly."""
    rows, columns = province.shape
    east = province.transform.c
    north = province.transform.f
    bounds = (0.0, 0.0, columns * STEP * DEGREE_M, rows * STEP * DEGREE_M)
    rng = province.random(2)
    townships = max(1, round(province.townships * province.wide))
    tiling = tile(rng, scatter_seeds(rng, townships, bounds), bounds)
    centres = shapely.get_coordinates(shapely.centroid(tiling.polygons))
    n = max(1, townships // PER_COUNTY)
    county_of = grow_groups(centres, tiling.neighbours, spread(centres, n))
    counties = merge(tiling.polygons, county_of, n)
    whole = np.array([shapely.coverage_union_all(counties)], dtype=object)

    def place(xy: np.ndarray) -> np.ndarray:
        return np.round(xy / DEGREE_M + [east, north - rows * STEP], 7)

    nth = pd.Series(county_of).groupby(county_of).cumcount().to_numpy() + 1
    root = f"S{province.part:02d}"
    county_codes = [f"{root}{c + 1:03d}" for c in range(n)]
    parents = [county_codes[c] for c in county_of]
    streets = nth % 3 == 1
    frame = pd.DataFrame(
        {
            "code": [
                root,
                *county_codes,
                *(f"{p}{k:03d}" for p, k in zip(parents, nth, strict=True)),
            ],
            "name": [
                f"合成省{province.part}",
                *(f"合成{c + 1}县" for c in range(n)),
                *(
                    f"合成{c + 1}县第{k}{'街道' if s else '镇'}"
                    for c, k, s in zip(county_of, nth, streets, strict=True)
                ),
            ],
            "type": ["city", *["district"] * n, *np.where(streets, "street", "township")],
            "parent": ["", *[root] * n, *parents],
            "main_urban": False,
            "urban": [False, *[False] * n, *streets],
            "county": [False, *[True] * n, *[False] * len(parents)],
        }
    )
    polygons = np.concatenate([whole, counties, tiling.polygons])
    return gpd.GeoDataFrame(frame, geometry=shapely.transform(polygons, place), crs=CRS)


def facilities(province: Province) -> gpd.GeoDataFrame:
    """Scatter facilities around settlements, more of them around larger ones."""
    towns, rng = settlements(province), province.random(3)
    n = max(1, round(province.facilities * province.wide))
    weight = towns["peak"].ravel() * towns["width"].ravel() ** 2
    which = rng.choice(len(weight), n, p=weight / weight.sum())
    row, column = np.divmod(which, towns["peak"].shape[1])
    at = np.column_stack(
        [
            column * LATTICE + towns["column"].ravel()[which],
            row * LATTICE + towns["row"].ravel()[which],
        ]
    )
    at += rng.normal(0, 1, (n, 2)) * towns["width"].ravel()[which][:, None]
    size = np.array(province.shape[::-1])
    at = np.clip(at, 0.5, size - 0.5)
    corner = np.array([province.transform.c, province.transform.f])
    places = np.round(corner + at * [STEP, -STEP], 6)
    service = np.array(SERVICES, dtype=object)[np.arange(n) % len(SERVICES)]
    types = {s: [t for t, (_, _, of) in FACILITY_TYPES.items() if of == s] for s in SERVICES}
    frame = pd.DataFrame(
        {
            "id": [f"F{province.part:02d}{i + 1:06d}" for i in range(n)],
            "name": [f"合成设施{province.part}-{i + 1}" for i in range(n)],
            "service": service,
            "type": [
                types[s][i // 3 % len(types[s])] if types[s] else "" for i, s in enumerate(service)
            ],
            "places": np.where(service == "childcare", rng.integers(10, 121, n), np.nan),
            "beds": np.where(service == "elder_care", rng.integers(10, 301, n), np.nan),
            "land_area": rng.integers(300, 12_000, n).astype(float),
            "floor_area": rng.integers(200, 6_000, n).astype(float),
            "operator": np.array(["public", "private"], dtype=object)[rng.integers(0, 2, n)],
            "opened": pd.Timestamp("2012-01-01")
            + pd.to_timedelta(rng.integers(0, 4_500, n), unit="D"),
        }
    )
    return gpd.GeoDataFrame(frame, geometry=shapely.points(places), crs=CRS)


def facilities_near(province: Province) -> gpd.GeoDataFrame:
    """Give the facilities of a province, and those of its neighbours that are near its border."""
    (rows, columns), at = province.shape, province.transform
    x, y = NEAR_M / LATITUDE_M, NEAR_M / DEGREE_M
    east, south = at.c + columns * STEP, at.f - rows * STEP
    near = (
        facilities(other).cx[at.c - x : east + x, south - y : at.f + y]
        for other in province.neighbours
    )
    known = pd.concat([facilities(province), *near], ignore_index=True)
    return gpd.GeoDataFrame(known, crs=CRS)


def write_province(folder: Path, province: Province) -> dict[str, float]:
    """Write the raster, the units, the facilities and area.toml; say how much of each there is."""
    folder.mkdir(parents=True, exist_ok=True)
    people = write_raster(folder / "population.tif", province)
    drawn, known = units(province), facilities_near(province)
    write_near(drawn, folder / "units.parquet", 20)
    write_near(known, folder / "facilities.parquet", 500)
    text = AREA.format(name=f"合成省{province.part}", part=province.part)
    (folder / "area.toml").write_text(text, encoding="utf-8")
    rows, columns = province.shape
    own = int(known["id"].str.startswith(f"F{province.part:02d}").sum())
    return {
        "cells": rows * columns,
        "people": people,
        "townships": int(drawn["type"].isin(["street", "township"]).sum()),
        "facilities": own,
        "facilities of neighbours": len(known) - own,
    }


def write_near(frame: gpd.GeoDataFrame, path: Path, rows: int) -> None:
    """Write GeoParquet with what is near together in one row group, and boxes of its rows."""
    near = frame.iloc[np.argsort(frame.hilbert_distance().to_numpy(), kind="stable")]
    near.to_parquet(
        path, index=False, write_covering_bbox=True, schema_version="1.1.0", row_group_size=rows
    )


def main() -> None:
    """Read the sizes, write the province, and say what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    for name in ("cells", "townships", "facilities", "seed", "part", "of"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Province, name))
    given = vars(parser.parse_args())
    folder = given.pop("folder")
    start = time.perf_counter()
    made = write_province(folder, Province(**given))
    took = {
        "s": round(time.perf_counter() - start, 1),
        "CPU s": round(time.process_time(), 1),
        "peak MB": round(peak_mb()),
        "files MB": round(sum(file.stat().st_size for file in folder.iterdir()) / 1e6, 1),
    }
    print(json.dumps(made | took))


if __name__ == "__main__":
    main()
