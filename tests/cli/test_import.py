"""The package imports quickly, and its public names mean the same in whatever order they come."""

import subprocess
import sys

import pytest

import capacity

HEAVY = {"pandas", "geopandas", "shapely", "rasterio", "numpy", "pyproj", "xlsxwriter", "scipy"}
CLASHES = ("assess", "demand", "study_area")
MODULES = "import capacity.assess.run, capacity.demand, capacity.study_area"
CHECK = """
import types
import capacity
for name in ("assess", "demand", "study_area"):
    assert isinstance(getattr(capacity, name), types.FunctionType), name
from capacity import assess, demand, study_area
from capacity.assess import ratio, run
from capacity.assess.ratio import places_required
from capacity.demand import Demand
from capacity.study_area import StudyArea
assert assess is run.assess is capacity.assess
assert isinstance(ratio, types.ModuleType)
assert StudyArea is capacity.StudyArea
"""


def python(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("code", ["import capacity", "import capacity.cli, capacity.errors"])
def test_heavy_modules_wait_until_they_are_used(code):
    loaded = set(python(f"{code}\nimport sys\nprint(*sys.modules)").split())
    assert not loaded & HEAVY


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nsys.argv = ['capacity', '--help']\nfrom capacity.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    print('LOADED', *sys.modules)"
    )
    loaded = set(python(code).split("LOADED")[1].split())
    assert not loaded & HEAVY


@pytest.mark.parametrize("first", ["", MODULES, "from capacity import assess, demand, study_area"])
def test_functions_win_over_modules_of_their_name(first):
    python(f"{first}\n{CHECK}\n{CHECK}\n{MODULES}\n{CHECK}")


def test_every_public_name_is_there():
    names = python("import capacity\nfor n in capacity.__all__: getattr(capacity, n); print(n)")
    assert names.split() == sorted(capacity.__all__)
    assert set(CLASHES) <= set(names.split())
    assert set(dir(capacity)) >= set(names.split())
