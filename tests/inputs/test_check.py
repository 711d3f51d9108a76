"""Broken inputs, each with every message that it gives; the texts stand in messages.yaml."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import rasterio
import shapely
import yaml
from affine import Affine

from capacity.errors import InputError
from capacity.quality import quality_table
from capacity.report.terminal import in_chinese
from capacity.study_area import check_study_area, read_study_area
from tests.inputs.corpus import as_markdown, corpora
from tests.inputs.odd_tables import ODD
from tests.inputs.town import (
    CRS,
    FACILITIES,
    FACTS,
    SETTINGS,
    X0,
    Y0,
    square,
    streets,
    write_raster,
    write_town,
)

if TYPE_CHECKING:
    from collections.abc import Callable

CORPORA = corpora()
MESSAGES = {name: found for corpus in CORPORA.values() for name, found in corpus.items()}
CHINESE = yaml.safe_load(Path(__file__).with_name("messages_zh.yaml").read_text(encoding="utf-8"))
HEADER = "id,places,opened,unit,x,y\n"
BOW = shapely.Polygon([(X0, Y0), (X0 + 1000, Y0 + 1000), (X0 + 1000, Y0), (X0, Y0 + 1000)])
TYPED = ('type = "street"\ncolumns = { code', 'columns = { type = "t", code')
SERVED = ('service = "childcare"\ncolumns = { id', 'columns = { service = "s", id')
LONLAT = ('datum = "EPSG:4547"', 'datum = "wgs84"')
STATISTICAL = ('name = "Testtown"\ncode = "A"', 'name = "示例区"\ncode = "410199"')
NAMED = streets(
    code=["410199001", "410199002"], name=["东风街道", "建设路街道"], parent=["410199", "410199"]
)
NO_CRS = ('datum = "EPSG:4547"\n', "")
TABLE = (
    'file = "population.tif"',
    'file = "p.csv"\ndatum = "EPSG:4547"\ncell_size = 100\ncolumns = { x = "x", y = "y" }',
)
COMMUNITIES = (
    "[[facilities]]",
    """[[units]]
file = "communities.gpkg"
type = "community"
columns = { code = "code", parent = "parent" }

[[facilities]]""",
)
COMPOUNDS = (
    'x = "x", y = "y" }\n',
    """x = "x", y = "y" }

[[compounds]]
file = "c.csv"
datum = "EPSG:4547"
columns = { id = "id", households = "hh", built_year = "year", old = "old", x = "x", y = "y" }
""",
)
STATUS = ('id = "id"', 'id = "id", status = "s", closed = "shut"')
FIRST = '[parameters]\nduplicates = "first"\n\n[population]'
FIGURES = (
    "[[facilities]]",
    """[[figures]]
file = "n.csv"
columns = { unit = "u", doctors = "d", nurses = "n" }

[[facilities]]""",
)


CENSUS = (
    "[[facilities]]",
    """[[census]]
file = "c.csv"
columns = { unit = "u", population = "p", under_3 = "k" }

[[facilities]]""",
)
CENSUS_FREE = (
    "[[facilities]]",
    '[[census]]\nfile = "c.csv"\ncolumns = { unit = "u" }\n\n[[facilities]]',
)
DWELLINGS = (
    'file = "population.tif"',
    'file = "p.csv"\ndatum = "EPSG:4547"\ncolumns = { dwellings = "d", x = "x", y = "y" }',
)

CELLS = ('file = "population.tif"', 'file = "p.gpkg"')


def leaning(col):
    """Cell of 1000 m by 1000 m that leans to the east, so that cells are no lattice of boxes."""
    x = X0 + 1000 * col
    corners = [(x, Y0), (x + 1000, Y0), (x + 1100, Y0 + 1000), (x + 100, Y0 + 1000)]
    return shapely.Polygon(corners)


def write_cells(folder, polygons):
    """Write cells of 500 people each."""
    cells = gpd.GeoDataFrame({"population": 500.0}, index=range(len(polygons)), geometry=polygons)
    cells.set_crs(CRS).to_file(folder / "p.gpkg")


@dataclass
class Case:
    """How the town is broken: settings replaced, tables, units and cells given, files changed."""

    settings: list[tuple[str, str]] = field(default_factory=list)
    facilities: str = FACILITIES
    units: gpd.GeoDataFrame | None = None
    cells: object = None
    files: dict[str, str | bytes] = field(default_factory=dict)
    change: Callable[[Path], object] | None = None

    def write(self, folder: Path) -> Path:
        text = SETTINGS
        for old, new in self.settings:
            assert old in text
            text = text.replace(old, new, 1)
        path = write_town(
            folder, settings=text, facilities=self.facilities, units=self.units, cells=self.cells
        )
        for name, content in self.files.items():
            raw = content if isinstance(content, bytes) else content.encode()
            (folder / name).write_bytes(raw)
        if self.change is not None:
            self.change(folder)
        return path


def box_units(*bounds, crs=CRS):
    frame = {"code": ["A1"], "name": ["West"], "parent": ["A"]}
    return gpd.GeoDataFrame(frame, geometry=[shapely.box(*bounds)], crs=crs)


def write_communities(folder):
    frame = {"code": ["C1", "C2"], "parent": ["A1", "A1"]}
    polygons = [square(-0.05, 0, 1000), square(1, 0, 900)]
    gpd.GeoDataFrame(frame, geometry=polygons, crs=CRS).to_file(folder / "communities.gpkg")


def workbook(path):
    """A workbook of Excel, whatever its name."""
    book = openpyxl.Workbook()
    book.active.append(["id", "places"])
    with path.open("wb") as stream:
        book.save(stream)


CASES = {
    "nothing wrong": Case(),
    "file missing": Case(change=lambda d: (d / "units.gpkg").unlink()),
    "file missing, one near": Case(change=lambda d: (d / "units.gpkg").rename(d / "unit.gpkg")),
    "folder missing": Case([('"units.gpkg"', '"x/units.gpkg"')]),
    "not a GeoPackage": Case(files={"units.gpkg": "hello"}),
    "not a raster": Case(files={"population.tif": "hello"}),
    "spreadsheet": Case([("facilities.csv", "f.xlsx")], files={"f.xlsx": "x"}),
    "raster as layer": Case([("facilities.csv", "population.tif")]),
    "layer missing": Case([('"units.gpkg"', '"units.gpkg"\nlayer = "streets"')]),
    "which layer": Case(change=lambda d: streets().to_file(d / "units.gpkg", layer="other")),
    "columns missing": Case([('name = "name"', 'name = "NAME_CN"'), ('"code",', '"cod",')]),
    "column missing in a table": Case([('places = "places"', 'places = "Places"')]),
    "filter keeps nothing": Case([('"street"', '"street"\nwhere = { name = "North" }')]),
    "filter column missing": Case([('"street"', '"street"\nwhere = { nam = "North" }')]),
    "table without CRS": Case([NO_CRS]),
    "table without CRS in China": Case([NO_CRS], HEADER + "f1,3,,,114.01,34.33\n"),
    "GCJ-02": Case([('datum = "EPSG:4547"', 'datum = "gcj02"')]),
    "BD-09": Case([('datum = "EPSG:4547"', 'datum = "BD-09"')]),
    "datum of a projected file": Case([('"units.gpkg"', '"units.gpkg"\ndatum = "高德"')]),
    "datum of a raster": Case([('"population.tif"', '"population.tif"\ndatum = "bd09"')]),
    "file of another datum": Case(
        [('"units.gpkg"', '"units.gpkg"\ndatum = "wgs84"')], units=streets(crs=2384)
    ),
    "degrees and minutes": Case(
        [LONLAT], HEADER + "f1,3,,,114°0′15″,34°20′10″\nf2,3,,,东经114度1分,34.336\n"
    ),
    "zone number in the eastings": Case(
        facilities=HEADER + "f1,3,,,38500500,3800500\nf2,3,,,38501500,3800500\n"
    ),
    "zone number under degrees": Case([LONLAT], HEADER + "f1,3,,,38500500,3800500\n"),
    "northing as x": Case(facilities=HEADER + "f1,3,,,3800500,500500\n"),
    "some rows exchanged": Case(
        facilities=HEADER + "f1,3,,,500500,3800500\nf2,3,,,3800500,500500\nf3,3,,,500500,3800600\n"
    ),
    "units with northing as x": Case(units=box_units(Y0, X0, Y0 + 1000, X0 + 1000)),
    "a row in another province": Case(
        [LONLAT], HEADER + "f1,3,,,114.0051,34.3347\nf2,3,,,104.0651,30.6599\n"
    ),
    "rounded degrees": Case([LONLAT], HEADER + "f1,3,,,114.01,34.34\n"),
    "layer without CRS": Case(units=streets(crs=None)),
    "raster without CRS": Case(
        change=lambda d: write_raster(d / "population.tif", np.ones((2, 2)), crs=None)
    ),
    "raster without position": Case(
        change=lambda d: write_raster(
            d / "population.tif", np.ones((2, 2)), transform=Affine.identity()
        )
    ),
    "CRS against the file": Case([('"units.gpkg"', '"units.gpkg"\ndatum = "EPSG:4490"')]),
    "metres as degrees": Case([LONLAT]),
    "degrees as metres": Case(facilities=HEADER + "f1,3,,,114.01,34.33\n"),
    "units in degrees as metres": Case(units=box_units(114, 34, 114.1, 34.1)),
    "out of range": Case(facilities=HEADER + "f1,3,,,5e13,3800000\n"),
    "latitude beyond 90": Case([LONLAT], HEADER + "f1,3,,,34.33,114.01\n"),
    "swapped on other units": Case(
        [LONLAT],
        HEADER + "f1,3,,,1.3,85.2\n",
        units=box_units(85, 1, 86, 2, crs="EPSG:4326"),
        change=lambda d: write_raster(
            d / "population.tif",
            np.ones((2, 2)),
            transform=Affine(0.1, 0, 85, 0, -0.1, 2),
            crs="EPSG:4326",
        ),
    ),
    "null island": Case([LONLAT], HEADER + "f1,3,,,114.001,34.330\nf2,3,,,0,0\n"),
    "facilities elsewhere": Case(facilities=HEADER + "f1,3,,,600500,3800500\n"),
    "population elsewhere": Case(
        change=lambda d: write_raster(
            d / "population.tif", np.ones((2, 2)), transform=Affine(100, 0, 7e5, 0, -100, 3.8e6)
        )
    ),
    "wide area": Case(units=box_units(110, 34, 117, 34.5, crs="EPSG:4490")),
    "unfit CRS asked for": Case([('code = "A"', 'code = "A"\ncrs = "EPSG:32644"')]),
    "no facilities": Case(facilities=HEADER),
    "no polygon": Case(units=streets(geometry=[square(0), None])),
    "not polygons": Case(units=streets(geometry=[square(0), shapely.Point(X0, Y0)])),
    "invalid polygon": Case(units=streets(geometry=[BOW, square(1)])),
    "overlap": Case(units=streets(geometry=[square(0), square(0.5)])),
    "sliver": Case(units=streets(geometry=[square(0), square(0.995)])),
    "duplicate code": Case(units=streets(code=["A1", "A1"])),
    "empty code": Case(units=streets(code=["A1", None])),
    "unknown Chinese type": Case([TYPED], units=streets(t=["街道", "街到"])),
    "unknown type": Case([TYPED], units=streets(t=["street", "streets"])),
    "unknown parent": Case(units=streets(parent=["A", "B"])),
    "parent cycle": Case(units=streets(parent=["A2", "A1"])),
    "parent of the same tier": Case(units=streets(parent=["A", "A1"])),
    "root not above": Case([('"A"', '"A"\ntype = "street"')], units=streets(parent=["", ""])),
    "root of another type": Case(
        [('"A"', '"A1"\ntype = "city"')], units=streets(parent=["", "A1"])
    ),
    "root has a parent": Case([('"A"', '"A1"')], units=streets(parent=["A2", ""])),
    "outside the parent": Case([COMMUNITIES], change=write_communities),
    "negative cells": Case(cells=[[-1, -2], [3, 4]]),
    "undeclared no data": Case(cells=[[-99, -99], [3, 4]]),
    "undeclared no data beside other negative numbers": Case(
        cells=[[-3.4028235e38, -5], [-3.4028235e38, 4]]
    ),
    "undeclared no data above": Case(cells=[[65535, 65535], [65535, 4]]),
    "undeclared no data that might be people": Case(cells=[[255, 255], [3, 4]]),
    "population in a CRS that it cannot be in": Case(
        change=lambda d: write_raster(d / "population.tif", np.ones((2, 2)), crs="EPSG:4526")
    ),
    "no data": Case(
        change=lambda d: write_raster(d / "population.tif", [[-9999, np.nan], [3, 4]], nodata=-9999)
    ),
    "infinite cells": Case(cells=[[np.inf, 2], [3, 4]]),
    "dense cell": Case(cells=[[3000, 2], [3, 4]]),
    "absurd cell": Case(cells=[[30000, 2], [3, 4]]),
    "group larger than everyone": Case(
        [('"population.tif"', '"population.tif"\nbands = { population = 1, under_3 = 2 }')],
        change=lambda d: write_two_bands(d / "population.tif"),
    ),
    "dwellings read as people": Case(
        [
            (
                'file = "population.tif"',
                'file = "p.csv"\ndatum = "EPSG:4547"\ncolumns = { population = "户数", x = "x", y = "y" }',
            )
        ],
        files={"p.csv": "x,y,户数\n500550,3800550,900\n501550,3800550,800\n"},
    ),
    "dwellings in place of people": Case(
        [('file = "population.tif"', 'file = "p.csv"\ndatum = "EPSG:4547"')],
        files={"p.csv": "x,y,户数\n500550,3800550,900\n501550,3800550,800\n"},
    ),
    "bands unsaid": Case(change=lambda d: write_two_bands(d / "population.tif")),
    "band of everyone unsaid": Case(
        [('"population.tif"', '"population.tif"\nbands = { under_3 = 2 }')],
        change=lambda d: write_two_bands(d / "population.tif"),
    ),
    "density taken as counts": Case(cells=np.full((10, 20), 5000.0)),
    "counts taken as density": Case([('"population.tif"', '"population.tif"\nkind = "density"')]),
    "counts taken as density, sparsely populated": Case(
        [
            ('"population.tif"', '"population.tif"\nkind = "density"'),
            ('code = "A"', 'code = "A"\nsparsely_populated = true'),
        ]
    ),
    "totals in whole ten thousands": Case([CENSUS], files={"c.csv": "u,p,k\nA1,5,\nA2,3,\n"}),
    "totals of few people": Case(
        [CENSUS, ('code = "A"', 'code = "A"\nsparsely_populated = true')],
        files={"c.csv": "u,p,k\nA1,5,\nA2,3,\n"},
    ),
    "one total of few people": Case([CENSUS], files={"c.csv": "u,p,k\nA1,500,\nA2,3,\n"}),
    "totals of shares": Case([CENSUS], files={"c.csv": "u,p,k\nA1,5000,0.185\nA2,3000,0.02\n"}),
    "band missing": Case([('"population.tif"', '"population.tif"\nbands = { under_3 = 2 }')]),
    "bands of a table": Case(
        [('"population.tif"', '"p.csv"\nbands = {}')], files={"p.csv": "x,y,population\n"}
    ),
    "cell size of a raster": Case([('"population.tif"', '"population.tif"\ncell_size = 100')]),
    "empty cell of a table": Case(
        [TABLE], files={"p.csv": "x,y,population\n500050,3800050,5\n500150,3800050,\n"}
    ),
    "doubled cell": Case(
        [TABLE], files={"p.csv": "x,y,population\n500050,3800050,5\n500050,3800050,7\n"}
    ),
    "points twice": Case(
        [TABLE, ("cell_size = 100\n", "")],
        files={
            "p.csv": "x,y,population\n500050,3800050,500\n500050,3800050,700\n500090,3800050,0\n"
            "500090,3800050,0\n500050,3800050,500\n"
        },
    ),
    "cells on top of each other": Case(
        [CELLS],
        change=lambda d: write_cells(d, [leaning(0), leaning(1), leaning(0.5), leaning(1.995)]),
    ),
    "every cell twice": Case(
        [CELLS], change=lambda d: write_cells(d, [leaning(0), leaning(1), leaning(1), leaning(0)])
    ),
    "cells that share a sliver": Case(
        [CELLS], change=lambda d: write_cells(d, [leaning(0), leaning(0.995), leaning(1.99)])
    ),
    "cell off the lattice": Case(
        [TABLE], files={"p.csv": "x,y,population\n500050,3800050,5\n500090,3800050,7\n"}
    ),
    "negative point": Case(
        [TABLE, ("cell_size = 100\n", "")],
        files={"p.csv": "x,y,population\n500050,3800050,5\n500090,3800050,-7\n"},
    ),
    "points without coordinates": Case(
        [TABLE, ("cell_size = 100\n", "")],
        files={"p.csv": "x,y,population\n500050,3800050,5\n,3800050,7\n"},
    ),
    "population without a place": Case(
        [TABLE, ('cell_size = 100\ncolumns = { x = "x", y = "y" }', "")],
        files={"p.csv": "a,b,population\n500050,3800050,5\n"},
    ),
    "population without rows": Case([TABLE], files={"p.csv": "x,y,population\n"}),
    "cells that cannot be read": Case(
        facilities=HEADER
        + "f1,30人,2020-13-01,A1,500500,3800500\n"
        + "f2,-5,,A2,501500,38005oo\n"
        + "f3,inf,,A2,501500,3800500\n"
    ),
    "code in scientific notation": Case(facilities=HEADER + "f1,30,,4.1E+11,500500,3800500\n"),
    "row too long": Case(facilities=HEADER + "f1,30,,A1,500500,3800500,7\n"),
    "empty file": Case(facilities=""),
    "not a known encoding": Case(files={"facilities.csv": b"id\xff\xfe,\x80\n"}),
    "unknown service": Case(
        [SERVED],
        "id,places,opened,unit,x,y,s\nf1,3,,,500500,3800500,child care\nf2,3,,,500500,3800500,\n",
    ),
    "types, operators and conditions": Case(
        [('id = "id"', 'id = "id", type = "t", operator = "op", condition = "c"')],
        "id,places,opened,unit,x,y,t,op,c\n"
        "f1,3,,,500500,3800500,社区托育中心,国企,老城区\nf2,3,,,500500,3800500,幼儿园,民办,\n"
        "f3,3,,,500500,3800500,,合办,都不是\n",
    ),
    "statuses that are not known": Case(
        [STATUS],
        "id,places,opened,unit,x,y,s,shut\nf1,3,,,500500,3800500,存续,\n"
        "f2,3,,,500500,3800500, 已停业 ,2020-02-30\n",
    ),
    "status of the layer": Case(
        [('service = "childcare"', 'service = "childcare"\nstatus = "在建"')]
    ),
    "statuses against dates": Case(
        [STATUS],
        "id,places,opened,unit,x,y,s,shut\n"
        "f1,3,2025-07-01,,500500,3800500,运营,\nf2,3,2020,,500500,3800500,营业,2025-06-30\n"
        "f3,3,2025-06-30,,500500,3800500,拟建,\nf4,3,2020,,500500,3800500,Under Construction,\n"
        "f5,3,2020,,500500,3800500,注销,2025-07-01\nf6,3,2020,,500500,3800500,,2019\n"
        "f7,3,2025-07-01,,500500,3800500,,\nf8,3,,,500500,3800500,运营,2025-07-01\n",
    ),
    "inclusive by one column only": Case(
        [('id = "id"', 'id = "id", operator = "op", inclusive = "inc"')],
        "id,places,opened,unit,x,y,op,inc\nf1,3,,,500500,3800500,民办普惠,否\n"
        "f2,3,,,500500,3800500,民办普惠,是\nf3,3,,,500500,3800500,民办,否\n",
    ),
    "sizes that can hardly be right": Case(
        [('id = "id"', 'id = "id", name = "n", land_area = "land"'), COMPOUNDS],
        "id,places,opened,unit,x,y,n,land\nf1,0,,,500500,3800500,甲,\nf2,1001,,,500900,3800500,乙,2.5\n"
        "f3,1000,,,500100,3800500,,20\nf4,1,,,500200,3800500,丁,0\nf5,5,,,500300,3800500,戊,3000000\n",
        files={
            "c.csv": "id,hh,year,old,x,y\nc1,0,1990,,500500,3800500\nc2,30001,,,500900,3800500\n"
        },
    ),
    "the same facility twice": Case(
        [('id = "id"', 'id = "id", name = "n"')],
        "id,places,opened,unit,x,y,n\nf1,3,,,500500,3800500,阳光托育\n"
        "f2,3,,,500530,3800540,阳光 托育(有限公司)\nf3,3,,,500900,3800500,彩虹托育园\n"
        "f4,3,,,500900,3800501,金水区彩虹托育园\nf5,3,,,500900,3800501,\n",
    ),
    "the later one left out": Case(
        [('id = "id"', 'id = "id", name = "n"'), ("[population]", FIRST)],
        "id,places,opened,unit,x,y,n\nf1,3,,,500500,3800500,阳光托育\n"
        "f2,,,,500500,3800500,阳光托育\n",
    ),
    "the same compound twice": Case(
        [COMPOUNDS, ('id = "id", households', 'id = "id", name = "n", households')],
        files={
            "c.csv": "id,hh,year,old,x,y,n\nc1,100,1990,,500500,3800500,幸福小区\n"
            "c2,90,1990,,500510,3800500,幸福小区\n"
        },
    ),
    "years built as dates": Case(
        [
            COMPOUNDS,
            ("[population]", "[parameters]\nold_compound_built_before = 2000\n\n[population]"),
        ],
        files={
            "c.csv": "id,hh,year,old,x,y\nc1,100,1985-12-31,,500500,3800500\n"
            "c2,90,九十年代,,500500,3800600\nc3,80,20001,,500500,3800700\n"
        },
    ),
    "a few rows northing first": Case(
        [LONLAT],
        facilities=HEADER
        + "".join(f"f{n},5,,A1,114.00{n},34.33\n" for n in range(1, 5))
        + "f5,5,,A1,34.33,114.001\n",
    ),
    "totals that are wrong": Case(
        [('id = "id"', 'id = "id", name = "n"')],
        "id,places,opened,unit,x,y,n\nf1,3,,,500500,3800500,阳光\nf2,4,,,500900,3800500,彩虹\n"
        ",9,,,,,合计\n",
    ),
    "another unit than the header's": Case(
        facilities=HEADER.strip()
        + ",占地面积(亩)\nf1,3,,,500500,3800500,2000㎡\nf2,3,,,500500,3800900,3亩\n"
        "f3,3,,,500900,3800900,约\n",
    ),
    "dates that are numbers": Case(
        facilities=HEADER + "f1,30,43831,A1,500500,3800500\n",
    ),
    "figures": Case(
        [FIGURES],
        files={"n.csv": "u,d,n\nA1,3人,-1\nA1,3,4\nB,1,1\n,1,1\nA2,1,\n"},
    ),
    "figures of no unit": Case([FIGURES], files={"n.csv": "u,d,n\nA1,3,1\nB1,1,1\n"}),
    "a figure in two layers": Case([FIGURES, FIGURES], files={"n.csv": "u,d,n\nA1,3,\nA2,,1\n"}),
    "totals of people": Case([CENSUS], files={"c.csv": "u,p,k\nA1,1200,\nEast,900,30\n"}),
    "totals of another count of people": Case(
        [CENSUS_FREE], files={"c.csv": "u,户籍人口\nA1,1200\n"}
    ),
    "totals of two years": Case(
        [CENSUS_FREE],
        files={"c.csv": "u,2020年常住人口,2024年常住人口\nA1,1200,1300\nA2,900,910\n"},
    ),
    "totals of a year": Case(
        [CENSUS_FREE], files={"c.csv": "u,2024年末常住人口（万人）\nA1,0.12\nA2,0.09\n"}
    ),
    "totals of a later year": Case(
        [CENSUS_FREE], files={"c.csv": "u,2035年常住人口\nA1,1200\nA2,900\n"}
    ),
    "totals of an earlier year": Case(
        [CENSUS_FREE], files={"c.csv": "u,2010年常住人口(人)\nA1,1200\nA2,900\n"}
    ),
    "totals of several years": Case(
        [CENSUS_FREE], files={"c.csv": "u,2024年常住人口,3岁以下(2025年)\nA1,1200,30\nA2,900,20\n"}
    ),
    "totals of no unit": Case([CENSUS], files={"c.csv": "u,p,k\nA1,1200,1\nA9,900,\n,50,\n"}),
    "totals of a unit twice": Case([CENSUS], files={"c.csv": "u,p,k\nA1,1200,1\nWest,900,\n"}),
    "a total in two layers": Case([CENSUS, CENSUS], files={"c.csv": "u,p,k\nA1,1200,\nA2,900,1\n"}),
    "more children than people": Case([CENSUS], files={"c.csv": "u,p,k\nA1,1200,1300\nA2,900,1\n"}),
    "totals in ten thousands": Case([CENSUS], files={"c.csv": "u,p,k\nA1,3.25,\nA2,1,\n"}),
    "very few people": Case([CENSUS], files={"c.csv": "u,p,k\nA1,32,\nA2,1100,\n"}),
    "more people than in any street": Case(
        [CENSUS], files={"c.csv": "u,p,k\nA1,2000000,\nA2,200000000,\n"}
    ),
    "totals without rows": Case([CENSUS], files={"c.csv": "u,p,k\n"}),
    "dwellings alone": Case([DWELLINGS], files={"p.csv": "d,x,y\n30,500500,3800500\n"}),
    "dwellings without a number": Case(
        [DWELLINGS, CENSUS],
        files={
            "p.csv": "d,x,y\n30,500500,3800500\n,501500,3800500\n",
            "c.csv": "u,p,k\nA1,1200,\nA2,900,\n",
        },
    ),
    "density of points": Case(
        [TABLE, ("cell_size = 100\n", 'kind = "density"\n')],
        files={"p.csv": "x,y,population\n500050,3800050,5\n"},
    ),
    "corners of cells": Case(
        [TABLE],
        files={"p.csv": "x,y,population\n500000,3800000,5\n500100,3800100,7\n"},
    ),
    "figures without rows": Case([FIGURES], files={"n.csv": "u,d,n\n"}),
    "urban word": Case(
        [('parent = "parent"', 'parent = "parent", urban = "k"')],
        units=streets(k=["城市", "城郊"]),
    ),
    "outside every unit": Case(
        facilities=HEADER + "f1,3,,A1,500500,3800500\nf2,,,A2,503500,3800500\n"
        "f3,5,,B9,503500,3800500\n"
    ),
    "no coordinates": Case(facilities=HEADER + "f1,30,,A1,,\nf2,5,,,,\nf2,5,,A1,501500,3800500\n"),
    "many in another unit": Case(
        facilities=HEADER + "".join(f"f{n},5,,A1,501500,3800500\n" for n in range(5))
    ),
    "elder care without land": Case([('"childcare"', '"elder_care"')]),
    "compounds": Case(
        [COMPOUNDS],
        files={
            "c.csv": "id,hh,year,old,x,y\nc1,100,1700,maybe,500500,3800500\n"
            "c2,,1990,是,509000,3800500\nc3,-1,2050,,500500,3800500\n"
        },
    ),
    "old or new unknown": Case(
        [COMPOUNDS],
        files={
            "c.csv": "id,hh,year,old,x,y\nc1,100,1985,,500500,3800500\n"
            "c2,90,,是,500500,3800600\nc3,80,,,500500,3800700\nc4,70,2012,,500500,3800800\n"
        },
    ),
    "old or new by the year": Case(
        [
            COMPOUNDS,
            ("[population]", "[parameters]\nold_compound_built_before = 2000\n\n[population]"),
        ],
        files={
            "c.csv": "id,hh,year,old,x,y\nc1,100,1985,,500500,3800500\n"
            "c3,80,,,500500,3800700\nc4,70,2012,,500500,3800800\n"
        },
    ),
}


CASES |= {
    "one row in metres among degrees": Case(
        [LONLAT],
        facilities=HEADER
        + "".join(f"f{n},5,,A1,114.00{n},34.33\n" for n in range(1, 5))
        + "f5,5,,A1,99999999,99999999\n",
    ),
    "units by other forms of their names": Case(
        [STATISTICAL],
        units=NAMED,
        facilities=HEADER
        + "f1,5,,410199001000,,\nf2,5,,410199002.0,,\nf3,5,,郑州市示例区东风街道办事处,,\n",
    ),
    "units of other regions and unknown names": Case(
        [STATISTICAL],
        units=NAMED,
        facilities=HEADER + "f1,5,,他乡区东风街道,,\nf2,5,,示例区大东风街道,,\nf3,5,,东丰街道,,\n",
    ),
    "two units of one name": Case(
        [STATISTICAL],
        units=NAMED.assign(name=["东风街道", "东风街道"]),
        facilities=HEADER + "f1,5,,东风街道,500500,3800500\n",
    ),
    "code of another district": Case(
        [('name = "Testtown"\ncode = "A"', 'name = "示例区"\ncode = "410105"')],
        units=NAMED.assign(parent="示例区"),
        facilities=HEADER,
    ),
    "a street of another district": Case(
        [STATISTICAL], units=NAMED.assign(code=["410199001", "410105002"]), facilities=HEADER
    ),
    "workbook of no bytes": Case([("facilities.csv", "f.xlsx")], files={"f.xlsx": b""}),
    "empty raster": Case(change=lambda d: (d / "population.tif").write_bytes(b"")),
    "workbook as csv": Case(change=lambda d: workbook(d / "facilities.csv")),
    "older workbook as csv": Case(
        change=lambda d: (d / "facilities.csv").write_bytes(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99
        )
    ),
    "document as csv": Case(
        change=lambda d: (d / "facilities.csv").write_bytes(b"PK\x03\x04" + bytes(99))
    ),
}
TOWN_CASES = frozenset(CASES)
CASES |= {name: Case(settings=said, files=files) for name, (said, files) in ODD.items()}


def write_two_bands(path):
    """Everyone in band 1, more children than that in band 2."""
    write_raster(path, np.full((10, 20), 10.0), bands=2)
    with rasterio.open(path, "r+") as raster:
        raster.set_band_description(2, "婴幼儿")
        raster.write(np.full((10, 20), 11.0, dtype="float32"), 2)


def messages(path):
    return [
        f"{fault.severity} {fault.code} | {fault}"
        for fault in check_study_area(path)
        if fault.code not in FACTS
    ]


@pytest.mark.parametrize("name", CASES)
def test_every_message(tmp_path, name):
    path = CASES[name].write(tmp_path)
    assert messages(path) == MESSAGES[name]
    if name in CHINESE:
        faults = [fault for fault in check_study_area(path) if fault.code not in FACTS]
        assert [in_chinese(fault) for fault in faults] == CHINESE[name]


def test_thirty_likely_faults_are_whole_in_chinese():
    """The file holds what a planner who reads no English is told; its cases are of those above."""
    assert set(CHINESE) <= set(CASES)
    codes = {line.split()[1] for name in CHINESE for line in MESSAGES[name]}
    assert len(codes) >= 30


@pytest.mark.parametrize(
    "name", ["nothing wrong", "sliver", "overlap", "cells that cannot be read", "file missing"]
)
def test_errors_raise_and_warnings_stay(tmp_path, name):
    path = CASES[name].write(tmp_path)
    faults = check_study_area(path)
    errors = [fault for fault in faults if fault.severity == "error"]
    if errors:
        with pytest.raises(
            InputError, match=r"^area.toml: \d+ errors? in the inputs\n- "
        ) as caught:
            read_study_area(path)
        assert list(caught.value.faults) == errors
    else:
        area = read_study_area(path)
        assert list(area.faults) == faults
        assert len(quality_table(area.faults)) == len(faults)


def test_messages_are_all_used():
    assert set(MESSAGES) == set(CASES)


def test_no_case_hides_another():
    assert set(CORPORA["messages.yaml"]) == TOWN_CASES
    assert set(CORPORA["odd_tables.yaml"]) == set(ODD)
    assert len(CASES) == len(TOWN_CASES) + len(ODD)


@pytest.mark.parametrize("file", CORPORA)
def test_no_name_stands_twice_in_a_corpus(file):
    """YAML keeps the last of two equal keys in silence."""
    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    names = [line.partition(":")[0] for line in text.splitlines() if line[:1].strip(" -#")]
    assert sorted(names) == sorted(CORPORA[file])


def test_the_corpora_as_a_table():
    lines = as_markdown(CORPORA).splitlines()
    rows = [line for line in lines if line.startswith("| ")][2:]
    assert len(rows) == sum(max(len(found), 1) for found in MESSAGES.values())
    assert all(line.replace("\\|", "").count("|") == 5 for line in rows)
    assert lines[-1].startswith(
        f"{len(MESSAGES)} inputs, {sum(map(len, MESSAGES.values()))} messages"
    )


def test_faults_of_all_layers_at_once(tmp_path):
    case = Case(
        settings=[NO_CRS],
        units=streets(code=["A1", "A1"]),
        cells=[[-1, -2], [3, 4]],
    )
    codes = [fault.code for fault in check_study_area(case.write(tmp_path))]
    assert codes == ["population.negative", "crs.missing", "units.duplicate_code"]
