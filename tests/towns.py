"""Tiny towns for tests: frames whose every number can be checked by eye."""

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from affine import Affine

from capacity.population import PopulationGrid

CRS = pyproj.CRS("EPSG:4547")


def units(polygons, codes=None, **columns):
    """Make units of polygons, coded A, B, C … unless told otherwise."""
    names = codes or [chr(ord("A") + i) for i in range(len(polygons))]
    return gpd.GeoDataFrame({"unit_code": names, **columns}, geometry=list(polygons), crs=CRS)


def points(xy, **columns):
    """Make facilities at coordinates in metres."""
    coordinates = np.asarray(xy, dtype=float).reshape(-1, 2)
    geometry = shapely.points(coordinates) if len(coordinates) else []
    return gpd.GeoDataFrame(columns, geometry=list(geometry), crs=CRS)


def grid(people, *, x0=0.0, top=None, cell=100.0, **groups):
    """Make a regular grid of square cells with its lower left corner at (x0, 0)."""
    values = {"population": np.asarray(people, dtype=float)}
    values |= {name: np.asarray(part, dtype=float) for name, part in groups.items()}
    top = len(values["population"]) * cell if top is None else top
    return PopulationGrid(values, Affine(cell, 0, x0, 0, -cell, top), CRS)


def cells(polygons, people, **groups):
    """Make irregular population cells."""
    return gpd.GeoDataFrame({"population": people, **groups}, geometry=list(polygons), crs=CRS)
