"""Every table that area.toml can hold, in one run from the command line to the workbook."""

import json

import geopandas as gpd
import openpyxl
import shapely
from typer.testing import CliRunner

from capacity.cli import app
from capacity.inputs.config import AreaConfig
from capacity.report import labels
from tests.inputs.town import CRS, SETTINGS, X0, Y0, write_town

MORE = """
[[compounds]]
file = "compounds.csv"
columns = { id = "id", unit = "unit", households = "households", built_year = "built" }

[[figures]]
file = "figures.csv"
columns = { unit = "unit", college_teachers = "teachers" }

[[census]]
file = "census.csv"
columns = { unit = "unit", population = "people" }

[[planned]]
file = "planned.csv"
service = "childcare"
datum = "EPSG:4547"
columns = { id = "id", places = "places", opened = "opens", x = "x", y = "y" }

[[candidates]]
file = "parcels.csv"
datum = "EPSG:4547"
columns = { id = "id", x = "x", y = "y" }

[siting]
norms = ["zhengzhou.childcare.places_per_thousand"]
forbidden = { file = "barriers.gpkg" }

[[siting.build]]
service = "childcare"
minimum = 20
maximum = 150

[walking]
file = "walk.gpkg"
minimum_component = 2
barriers = { file = "barriers.gpkg" }

[parameters]
old_compound_built_before = 2000
"""
TABLES = {
    "compounds.csv": "id,unit,households,built\nc1,A1,800,1990\nc2,A2,500,2015\n",
    "figures.csv": "unit,teachers\nA1,12\nA2,30\n",
    "planned.csv": f"id,places,opens,x,y\np1,60,2026-03-01,{X0 + 300},{Y0 + 300}\n",
    "parcels.csv": f"id,x,y\nd1,{X0 + 400},{Y0 + 300}\n",
    "census.csv": "unit,people\nA1,1200\nA2,800\n",
}


def write_every_table(folder):
    """Write the town with every table there is; give the path of its settings."""
    path = write_town(
        folder, settings=SETTINGS.replace('code = "A"', 'code = "A"\ncity = "zhengzhou"') + MORE
    )
    for name, text in TABLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    street = [
        shapely.LineString([(X0 + x, Y0 + 500), (X0 + x + 500, Y0 + 500)])
        for x in (0, 500, 1000, 1500)
    ]
    gpd.GeoDataFrame(geometry=street, crs=CRS).to_file(folder / "walk.gpkg")
    river = shapely.box(X0, Y0 + 700, X0 + 2000, Y0 + 710)
    gpd.GeoDataFrame(geometry=[river], crs=CRS).to_file(folder / "barriers.gpkg")
    return path


def test_a_run_with_every_table_is_written_and_lists_every_file(tmp_path):
    path = write_every_table(tmp_path)
    done = CliRunner().invoke(app, ["assess", str(path), "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    facts = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    roles = {file["role"] for file in facts["inputs"]}
    assert roles == {"settings", *AreaConfig.model_fields} - {"study_area", "parameters"}
    book = openpyxl.load_workbook(next((tmp_path / "out").glob("*.xlsx")))
    cells = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row}
    assert {labels.ROLES[role][0] for role in roles} <= cells


def test_every_file_role_has_a_label():
    roles = {"settings", *AreaConfig.model_fields} - {"study_area", "parameters"}
    assert set(labels.ROLES) == roles
