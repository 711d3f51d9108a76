"""A real PostgreSQL with PostGIS: what geopandas reads from it gives the same area as the files."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal

from capacity.study_area import read_study_area, study_area
from tests.inputs.town import square, streets, write_town

INITDB = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=None)
AS_POSTGRES = ("runuser", "-u", "postgres", "--") if os.name == "posix" and os.getuid() == 0 else ()


def reason():
    """Why the test cannot run here, or an empty text."""
    if INITDB is None:
        return "PostgreSQL is not installed (apt-get install postgresql postgis)"
    if AS_POSTGRES and shutil.which("runuser") is None:
        return "PostgreSQL does not run as root, and there is no runuser"
    version = INITDB.parts[-3]
    extension = Path(f"/usr/share/postgresql/{version}/extension/postgis.control")
    return "" if extension.exists() else "PostGIS is not installed (apt-get install postgis)"


pytestmark = pytest.mark.skipif(bool(reason()), reason=reason() or "PostGIS is there")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def home():
    """Make a folder that postgres can reach; pytest's own are closed to other users."""
    with tempfile.TemporaryDirectory(prefix="postgis-") as folder:
        if AS_POSTGRES:
            shutil.chown(folder, "postgres")
        yield Path(folder)


@pytest.fixture(scope="module")
def engine(home):
    """Start a server on loopback, in a folder of its own; stop it afterwards."""
    sqlalchemy = pytest.importorskip("sqlalchemy")
    pytest.importorskip("psycopg")
    pytest.importorskip("geoalchemy2")  # geopandas writes through it
    binaries, data, port = INITDB.parent, home / "data", free_port()

    def run(program, *arguments):
        command = [*AS_POSTGRES, str(binaries / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=home, timeout=120)

    run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='{home}' -F"
    # The server inherits what it writes to: a log of its own, else the start never ends.
    run("pg_ctl", "-D", str(data), "-l", str(home / "log"), "-o", options, "-w", "start")
    made = sqlalchemy.create_engine(f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres")
    try:
        with made.begin() as connection:
            connection.execute(sqlalchemy.text("create extension postgis"))
        yield made
    finally:
        made.dispose()
        run("pg_ctl", "-D", str(data), "-m", "fast", "-w", "stop")


def test_layers_from_postgis_are_those_of_the_files(tmp_path, engine):
    """Streets, facilities and census go in, come back with a query each, and give the same area."""
    from_files = read_study_area(write_town(tmp_path))
    table = pd.read_csv(tmp_path / "facilities.csv")
    points = gpd.GeoDataFrame(
        table.drop(columns=["x", "y"]),
        geometry=gpd.points_from_xy(table["x"], table["y"]),
        crs="EPSG:4547",
    )
    streets().to_postgis("街道", engine)
    points.to_postgis("childcare", engine)
    units = gpd.read_postgis('select code, name, parent, geometry from "街道"', engine, "geometry")
    facilities = gpd.read_postgis(
        "select id, places, opened, unit, geometry as geom from childcare where places > 0",
        engine,
        "geom",
    )
    from_database = study_area(
        units,
        from_files.population,
        facilities,
        name="Testtown",
        code="A",
        data_date="2025-06-30",
        unit_type="street",
        service="childcare",
    )
    assert from_database.crs == from_files.crs
    for layer in ("units", "facilities"):
        left, right = getattr(from_database, layer), getattr(from_files, layer)
        place = ["file", "row"]
        same = [column for column in left.columns if column not in place]
        assert_geodataframe_equal(left[same], right[same])
    assert len(from_database.facilities) == 2


def test_polygons_in_degrees_and_a_census_table(engine):
    """A unit layer in degrees is brought to metres; a plain table is read with pandas."""
    in_degrees = streets(geometry=[square(0), square(1)]).to_crs("EPSG:4490")
    in_degrees.to_postgis("streets_degrees", engine)
    census = pd.DataFrame({"unit_code": ["A1", "A2"], "population": [12_000, 8_000]})
    census.to_sql("census", engine, index=False)
    area = study_area(
        gpd.read_postgis("select * from streets_degrees", engine, "geometry"),
        census=pd.read_sql("select * from census order by unit_code desc", engine),
        name="Testtown",
        code="A",
        data_date="2025-06-30",
        unit_type="street",
    )
    assert area.units.geometry.area.to_numpy()[1:] == pytest.approx([1e6, 1e6], rel=1e-3)
    assert area.census.set_index("unit_code")["population"].to_dict() == {"A1": 12_000, "A2": 8_000}
