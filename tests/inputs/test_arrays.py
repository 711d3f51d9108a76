"""Population given as an array with coordinates gives the same grid as the file it came from."""

import sys

import numpy as np
import pytest
import rasterio

from capacity.errors import InputError
from capacity.inputs.arrays import grid_of_array
from capacity.population import cell_areas_km2
from capacity.study_area import study_area
from tests.inputs.town import CRS, X0, Y0, streets, write_raster, write_town

xr = pytest.importorskip("xarray")
# rioxarray multiplies transforms in a way that affine is about to change
pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")
PEOPLE = np.arange(200, dtype="float32").reshape(10, 20)


def array(values=PEOPLE, *, half=50.0, crs=CRS, flip=False, **more):
    """The town's raster by hand: centres of 100 m cells, north first."""
    x = X0 + half + 100 * np.arange(20)
    y = Y0 + 1000 - half - 100 * np.arange(10)
    coords = {"y": y[::-1] if flip else y, "x": x} | more
    dims = ("band", "y", "x") if values.ndim == 3 else ("y", "x")
    data = values[..., ::-1, :] if flip else values
    return xr.DataArray(data, dims=dims, coords=coords, attrs={"crs": crs} if crs else {})


def area(population, **more):
    return study_area(
        streets(),
        population,
        name="Testtown",
        code="A",
        data_date="2025-06-30",
        unit_type="street",
        **more,
    )


def same(grid, other):
    assert grid.transform.almost_equals(other.transform, precision=1e-9)
    assert grid.crs == other.crs
    assert grid.groups == other.groups
    for group in grid.groups:
        assert (grid.values[group] == other.values[group]).all()
    assert {g: u.tolist() for g, u in grid.unknown.items()} == {
        g: u.tolist() for g, u in other.unknown.items()
    }


def test_an_array_is_the_grid_of_its_file(tmp_path):
    """Read with rioxarray: bands, no data, transform and CRS."""
    rioxarray = pytest.importorskip("rioxarray")
    from capacity.study_area import read_study_area

    values = PEOPLE.copy()
    values[3, 4] = -9999
    path = write_town(tmp_path)
    write_raster(tmp_path / "population.tif", values, nodata=-9999)
    opened = rioxarray.open_rasterio(tmp_path / "population.tif")
    before = opened.copy(deep=True)
    same(area(opened).population, read_study_area(path).population)
    same(area(opened.squeeze("band", drop=True)).population, read_study_area(path).population)
    masked = rioxarray.open_rasterio(tmp_path / "population.tif", masked=True)
    same(area(masked).population, read_study_area(path).population)
    xr.testing.assert_identical(opened, before)


def test_rows_may_run_either_way():
    grid, faults = grid_of_array(array())
    turned, more = grid_of_array(array(flip=True))
    assert faults == more == []
    same(grid, turned)
    assert grid.values["population"][0, 0] == PEOPLE[0, 0]
    assert (grid.transform.c, grid.transform.f) == (X0, Y0 + 1000)


def test_groups_are_bands_or_variables():
    both = np.stack([PEOPLE / 10, PEOPLE])
    bands = array(both, band=["under_3", "population"])
    variables = xr.Dataset({"population": array(), "under_3": array(PEOPLE / 10), "trees": array()})
    variables.attrs["crs"] = CRS
    for given in (bands, variables):
        grid, faults = grid_of_array(given)
        assert faults == []
        assert grid.groups in {("under_3", "population"), ("population", "under_3")}
        assert (grid.values["under_3"] == (PEOPLE / 10).astype(float)).all()


def test_density_in_memory():
    grid, _ = grid_of_array(array())
    found = area(array(), population_kind="density", sparsely_populated=True).population
    expected = grid.values["population"] * cell_areas_km2(grid)
    assert found.values["population"] == pytest.approx(expected)


def test_nan_is_unknown_unless_nobody_lives_there():
    values = PEOPLE.copy()
    values[2, 2] = np.nan
    unknown = area(array(values)).population.unknown["population"]
    assert np.argwhere(unknown).tolist() == [[2, 2]]
    assert area(array(values), population_no_data="zero").population.unknown == {}


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (array(crs=None), "crs.missing", "no CRS"),
        (array(np.stack([PEOPLE, PEOPLE])), "population.no_column", "none is called population"),
        (
            xr.Dataset({"pop": array()}, attrs={"crs": CRS}),
            "population.no_column",
            "no variable is called population; there are: pop",
        ),
        (array().isel(x=[0, 1, 3]), "population.off_lattice", "not evenly spaced"),
        (array().drop_vars(["x", "y"]), "population.no_place", "dimensions y, x"),
    ],
)
def test_arrays_that_are_no_grid(given, code, words):
    with pytest.raises(InputError) as error:
        area(given)
    (fault,) = error.value.faults
    assert fault.code == code
    assert words in fault.message
    assert fault.mend


def test_coordinates_of_edges_are_told(tmp_path):
    """GDAL's transform stays in spatial_ref: coordinates of left upper corners do not fit it."""
    rioxarray = pytest.importorskip("rioxarray")
    write_raster(tmp_path / "p.tif", PEOPLE)
    opened = rioxarray.open_rasterio(tmp_path / "p.tif")
    moved = opened.assign_coords(x=opened["x"] - 50, y=opened["y"] + 50)
    with pytest.raises(InputError) as error:
        area(moved)
    (fault,) = error.value.faults
    assert fault.code == "population.half_cell"
    assert "They are the edges of cells, not their centres." in fault.message


def test_nothing_else_is_a_population():
    with pytest.raises(InputError, match="a list is no population layer"):
        area([1, 2, 3])


def test_xarray_is_not_needed():
    """An array is taken by what it has; nothing of the library imports xarray."""
    import subprocess

    code = "import sys, capacity; capacity.study_area; print('xarray' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_rasterio_and_pyproj_mean_the_same_crs(tmp_path):
    write_raster(tmp_path / "p.tif", PEOPLE)
    with rasterio.open(tmp_path / "p.tif") as raster:
        grid, faults = grid_of_array(array(crs=raster.crs))
    assert faults == []
    assert grid.crs.to_epsg() == 4547
