"""Population layers turned into a grid or a frame of cells, in their own CRS, with their checks.

Pure functions of what was read or given in memory: nothing is read or reprojected here.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from capacity.errors import Fault, InputError
from capacity.inputs import check
from capacity.inputs.crs import shifted_grid
from capacity.inputs.frames import faults_by_file, number_of
from capacity.inputs.grids import as_grid, doubled_cells, grid_of, lattice_of_centres
from capacity.population import PopulationGrid, axes_m, cell_areas_km2
from capacity.vocabulary import GROUPS, POPULATION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity.inputs.frames import Layer
    from capacity.inputs.rasters import RasterFile
    from capacity.population import Basis, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """A population layer in its own CRS, people per cell.

    Attributes
    ----------
    file
        As written in area.toml, or ``population``.
    grid
        A regular grid.
    raster
        A raster whose cells stay in its file.
    cells
        Other cells: the group columns, ``row``, ``file`` and geometry.
    basis
        What the layer counts.
    persons
        Persons per dwelling that the numbers were multiplied with; None where they were not.
    complete
        Whether nobody lives outside the cells.
    kind
        How the numbers were meant before they became people per cell.
    """

    file: str
    grid: PopulationGrid | None = None
    raster: RasterFile | None = None
    cells: gpd.GeoDataFrame | None = None
    basis: Basis = "people"
    persons: float | None = None
    complete: bool = False
    kind: Kind = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the numbers of a population layer are meant.

    Attributes
    ----------
    kind
        People per cell, or per km².
    zero
        Whether a missing number, and the ground between the cells, mean that nobody lives there.
    cell_size
        Side of a cell of a table of centres, in units of the CRS; None where people stand at points.
    basis
        What is counted.
    persons
        Persons per household, None where it is not known.
    """

    kind: Kind = "count"
    zero: bool = False
    cell_size: float | None = None
    basis: Basis = "people"
    persons: float | None = None


def people_per_cell(grid: PopulationGrid, reading: Reading) -> PopulationGrid:
    """Make people per cell of the numbers of a grid.

    Parameters
    ----------
    grid
        Numbers as they stand in the file.
    reading
        How they are meant.

    Returns
    -------
    PopulationGrid
        Densities multiplied with the area of their cells; nothing unknown where a missing number
        means that nobody lives there.
    """
    if reading.kind == "density":
        area = cell_areas_km2(grid)
        values = {group: people * area for group, people in grid.values.items()}
        grid = dataclasses.replace(grid, values=values)
    return dataclasses.replace(grid, unknown={}) if reading.zero else grid


_BASIS_COLUMNS: Final[dict[Basis, str]] = {
    "people": POPULATION,
    "dwellings": "dwellings",
    "floor_area": "floor_area",
}


def population_of_layer(layer: Layer, reading: Reading) -> tuple[Population | None, list[Fault]]:
    """Make a grid of cells that are one, a frame of cells otherwise.

    Parameters
    ----------
    layer
        As read: the group columns, or ``dwellings`` or ``floor_area``.
    reading
        How its numbers are meant.

    Returns
    -------
    tuple
        The layer, None where it cannot be used; and the faults found. Dwellings are multiplied with
        the persons per household where those are known.
    """
    source = _BASIS_COLUMNS[reading.basis]
    keys = {POPULATION: source} | {g: g for g in GROUPS if g in layer.columns and g != POPULATION}
    if reading.basis != "people":
        keys = {POPULATION: source}
    faults: list[Fault] = []
    values: dict[str, NDArray[np.float64]] = {}
    for group, key in keys.items():
        numbers, found = number_of(layer, key)
        faults += found
        values[group] = np.asarray(numbers, dtype=np.float64)
    cells = gpd.GeoDataFrame(
        values | {"file": layer.file, "row": layer.rows},
        geometry=np.asarray(layer.frame.geometry.array),
        crs=layer.frame.crs,
    )
    stop = _check_cell_places(cells, layer.file) + _check_kind(cells, reading, layer.file)
    faults += stop
    if not reading.zero:
        faults += [
            f for group, key in keys.items() for f in _empty_numbers(cells, layer, group, key)
        ]
    persons = reading.persons if reading.basis == "dwellings" else None
    cells = cells.assign(
        **{group: np.nan_to_num(array) * (persons or 1.0) for group, array in values.items()}
    )
    if stop or layer.frame.crs is None:
        return None, faults
    groups = list(keys)
    if reading.basis != "people":
        return Population(
            file=layer.file, cells=cells, basis=reading.basis, persons=persons, complete=True
        ), faults
    grid, more = _grid_of(cells, groups, layer, reading)
    faults += more
    if grid is not None:
        grid = people_per_cell(grid, reading)
        return Population(
            file=layer.file, grid=grid, complete=reading.zero, kind=reading.kind
        ), faults
    if more:
        return None, faults
    if reading.kind == "density":
        area = ground_areas_km2(np.asarray(cells.geometry.array), cells.crs)
        cells = cells.assign(**{group: cells[group] * area for group in groups})
    made = Population(file=layer.file, cells=cells, complete=reading.zero, kind=reading.kind)
    return made, faults


def _grid_of(
    cells: gpd.GeoDataFrame, groups: list[str], layer: Layer, reading: Reading
) -> tuple[PopulationGrid | None, list[Fault]]:
    """Find the grid in cells or in centres of cells, None where there is none."""
    if reading.cell_size is not None and layer.datum:
        return None, [dataclasses.replace(shifted_grid(layer.datum), file=layer.file)]
    if reading.cell_size is not None:
        return _grid_of_centres(cells, groups, reading.cell_size, layer.file)
    try:
        return as_grid(cells, groups), []
    except InputError as error:
        rows = tuple(layer.rows[np.array(error.faults[0].rows) - 1].tolist())
        return None, [dataclasses.replace(error.faults[0], file=layer.file, rows=rows)]


def ground_areas_km2(polygons: NDArray[np.object_], crs: pyproj.CRS) -> NDArray[np.float64]:
    """Give the area of each polygon on the ground.

    Parameters
    ----------
    polygons : array, shape (n,)
        In ``crs``.
    crs
        Geographic or projected.

    Returns
    -------
    array, shape (n,)
        Km², measured in an equal-area projection about the middle of the polygons.
    """
    to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    west, south, east, north = to_degrees.transform_bounds(*shapely.total_bounds(polygons))
    a, b = axes_m(crs)
    equal_area = pyproj.CRS.from_dict(
        {
            "proj": "laea",
            "lat_0": (south + north) / 2,
            "lon_0": (west + east) / 2,
            "a": a,
            "b": b,
        }
    )
    frame = gpd.GeoSeries(polygons, crs=crs).to_crs(equal_area)
    return np.asarray(frame.area.to_numpy(dtype=np.float64) / 1e6)


def _check_kind(cells: gpd.GeoDataFrame, reading: Reading, file: str) -> list[Fault]:
    """Refuse densities of things without an area."""
    geometry = np.asarray(cells.geometry.array)
    points = (shapely.get_type_id(geometry) == shapely.GeometryType.POINT).any()
    if reading.kind == "count" or (reading.basis == "people" and not points):
        return []
    if reading.basis == "people" and reading.cell_size is not None:
        return []
    return [
        Fault(
            severity="error",
            code="population.density_of_points",
            message="people per km² of points or dwellings: they have no area.",
            mend='Give cell_size if the points are centres of cells, or kind = "count".',
            file=file,
            column="kind",
        )
    ]


def _check_cell_places(cells: gpd.GeoDataFrame, file: str) -> list[Fault]:
    """Check that every cell stands somewhere, as a point or a valid polygon."""
    mend = "Check the file."
    if faults := check.check_not_empty(len(cells), file, "cells", mend):
        return faults
    geometry = np.asarray(cells.geometry.array)
    if shapely.is_missing(geometry).all():
        return [
            Fault(
                severity="error",
                code="population.no_place",
                message="neither geometries nor coordinates.",
                mend="Name the columns of the coordinates with population.columns.x and .y.",
                file=file,
            )
        ]
    faults = check.check_coordinates(cells) + check.check_metres(cells)
    missing = shapely.is_missing(geometry)
    if (shapely.get_type_id(geometry[~missing]) != shapely.GeometryType.POINT).any():
        return faults + check.check_polygons(cells, "population")
    return faults + faults_by_file(
        cells,
        missing,
        "population.no_geometry",
        "no coordinates in {n} of {total}: their people would be lost.",
        "Fill in the coordinates, or drop the rows.",
    )


def _empty_numbers(cells: gpd.GeoDataFrame, layer: Layer, group: str, key: str) -> list[Fault]:
    """Refuse cells without a number: nobody knows whether nobody lives there."""
    return layer.faults(
        cells[group].isna().to_numpy(dtype=bool),
        "population.no_number",
        f"no {key} in {{n}} of {{total}}.",
        'Fill in the numbers; where empty means nobody, write 0 or set no_data = "zero" in '
        "[population].",
        key,
    )


def _grid_of_centres(
    cells: gpd.GeoDataFrame, groups: list[str], cell_size: float, file: str
) -> tuple[PopulationGrid | None, list[Fault]]:
    geometry = np.asarray(cells.geometry.array)
    lattice = None
    if (shapely.get_type_id(geometry) == shapely.GeometryType.POINT).all():
        lattice = lattice_of_centres(shapely.get_x(geometry), shapely.get_y(geometry), cell_size)
    if lattice is None:
        return None, [
            Fault(
                severity="error",
                code="population.off_lattice",
                message=f"the points are not centres of cells {cell_size:g} wide.",
                mend="Correct population.cell_size (in the units of the CRS), or take it out to "
                "count the people at the points.",
                file=file,
            )
        ]
    rows = cells["row"].to_numpy(dtype=np.int64)
    if doubled := doubled_cells(lattice, rows, file):
        return None, doubled
    values = {group: cells[group].to_numpy(dtype=np.float64) for group in groups}
    return grid_of(lattice, values, cells.crs), _corners(geometry, cell_size, file)


def _corners(geometry: NDArray[np.object_], cell_size: float, file: str) -> list[Fault]:
    """Warn of coordinates that look like corners: whole multiples of the cell's side."""
    parts = shapely.get_coordinates(geometry) / cell_size
    if (np.abs(parts - np.round(parts)) > _ON_A_LINE).any():
        return []
    return [
        Fault(
            severity="warning",
            code="population.corners",
            message=f"every coordinate is a whole multiple of {cell_size:g}: they look like corners "
            "of cells, while they are read as centres. If so, everyone stands half a cell off.",
            mend="If they are the lower left corners, add half a cell to x and y.",
            file=file,
            amount=cell_size / 2,
            unit="units of the CRS",
        )
    ]


_ON_A_LINE = 1e-6
