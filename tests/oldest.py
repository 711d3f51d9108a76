"""The oldest releases that ``pyproject.toml`` allows, as constraints for an installer.

``python tests/oldest.py [EXTRA ...] > oldest.txt`` prints ``name==version`` for each requirement of
the library, and of the extras named. ``.ci/run`` tests with them, so that a lower bound is a fact.
"""

import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement


def oldest(project: dict, extras: tuple[str, ...] = ()) -> list[str]:
    """Give ``name==version`` of the lower bound of each requirement, extras that name ours too."""
    texts = list(project["dependencies"])
    for extra in extras:
        texts += project["optional-dependencies"][extra]
    pins: list[str] = []
    for requirement in map(Requirement, texts):
        if requirement.name == project["name"]:
            pins += oldest({**project, "dependencies": []}, tuple(sorted(requirement.extras)))
            continue
        (bound,) = (one.version for one in requirement.specifier if one.operator == ">=")
        pins.append(f"{requirement.name}=={bound}")
    return sorted(set(pins), key=str.lower)


if __name__ == "__main__":
    pyproject = Path(__file__).parents[1] / "pyproject.toml"
    settings = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    sys.stdout.write("\n".join(oldest(settings, tuple(sys.argv[1:]))) + "\n")
