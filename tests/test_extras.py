"""What is said where an optional dependency is missing: a command that works as it stands."""

import sys
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from capacity import errors
from capacity.errors import install_command, missing_extra
from capacity.report.terminal import fault_lines

EXTRAS = tomllib.loads(
    (Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8")
)["project"]["optional-dependencies"]


@pytest.fixture
def installed(monkeypatch):
    """The distribution as its metadata states it, with the two ways of quoting that exist."""
    said = ["numpy>=2.1", "pywin32>=1; sys_platform == 'win32'"]
    for number, (extra, packages) in enumerate(EXTRAS.items()):
        quote = "'\""[number % 2]
        said += [f"{package} ; extra == {quote}{extra}{quote}" for package in packages]
    monkeypatch.setattr(errors, "requires", lambda name: said if name == "facility-capacity" else 1)


@pytest.mark.usefixtures("installed")
def test_extras_of_extras_are_named_by_their_packages():
    python = sys.executable
    fonts = '"matplotlib>=3.10" "pylopdf-fonts-zh-cn>=0.1.1"'
    assert install_command("word") == f'{python} -m pip install {fonts} "python-docx>=1.1.2"'
    assert install_command("osm") == f'{python} -m pip install "osmium>=4.0"'


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("extra", EXTRAS)
def test_no_command_asks_an_index_for_the_library_itself(extra):
    assert "capacity" not in install_command(extra).replace(sys.executable, "")


def test_without_metadata_the_clone_is_installed(monkeypatch):
    def missing(_name):
        raise PackageNotFoundError

    monkeypatch.setattr(errors, "requires", missing)
    assert install_command("word").endswith('-m pip install ".[word]"')
    assert "in the folder of the clone" in str(missing_extra("word", "The Word report"))


@pytest.mark.usefixtures("installed")
def test_a_path_with_a_space_is_quoted(monkeypatch):
    monkeypatch.setattr(errors.sys, "executable", "C:\\My Files\\python.exe")
    assert install_command("osm").startswith('"C:\\My Files\\python.exe" -m pip')


@pytest.mark.usefixtures("installed")
def test_the_command_stands_in_the_chinese_part_too():
    (fault,) = missing_extra("word", "The Word report").faults
    (line,) = fault_lines([fault])
    chinese, _ = str(line).split("\n", 1)
    assert install_command("word") in chinese
    assert "--no-index --find-links" in chinese
