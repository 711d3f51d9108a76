"""The embedded example: an invented district, and a generator of synthetic cities.

``write_example`` gives a planner a complete study area to look at and to change. The modules behind
it (``district``, ``generate``) are imported only by who asks for them.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from capacity.errors import Fault, OutputExistsError
from capacity.norms.files import comments_in

EXAMPLE_FILES: Final = (
    "README.txt",
    "population.tif",
    "units.gpkg",
    "facilities.csv",
    "compounds.csv",
    "figures.csv",
    "form.xlsx",
    "area.toml",
)
"""The files of the example district, the settings last."""


def write_example(directory: str | Path, *, language: Literal["zh", "en"] = "zh") -> Path:
    """Write the invented district 示例区 into a folder.

    All files are written under another name first, so that a failure leaves none of them.

    Parameters
    ----------
    directory
        A folder that does not exist yet, or an empty one.
    language
        ``zh`` or ``en``, of the remarks in ``area.toml``.

    Returns
    -------
    Path
        The settings file ``area.toml`` in the folder.

    Raises
    ------
    OutputExistsError
        If the folder has anything in it, or is a file. Nothing is written.

    Examples
    --------
    >>> with TemporaryDirectory() as folder:
    ...     write_example(folder).name
    'area.toml'
    """
    target = Path(directory)
    _refuse_if_used(target)
    target.mkdir(parents=True, exist_ok=True)
    data = resources.files(__name__) / "data"
    with TemporaryDirectory(prefix=".writing-", dir=target) as stage:
        for name in EXAMPLE_FILES:
            content = (data / name).read_bytes()
            if name == "area.toml":
                content = comments_in(content.decode("utf-8"), language).encode("utf-8")
            (Path(stage) / name).write_bytes(content)
        for name in EXAMPLE_FILES:
            (Path(stage) / name).replace(target / name)
    return target / "area.toml"


def _refuse_if_used(target: Path) -> None:
    """Raise unless the folder is new or empty."""
    if not target.exists():
        return
    if not target.is_dir():
        what = "it is a file, not a folder."
    elif found := sorted(entry.name for entry in target.iterdir()):
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        what = f"the folder is not empty: it has {found[0]}{more}."
    else:
        return
    fault = Fault(
        severity="error",
        code="output.exists",
        file=str(target),
        message=what,
        mend="Give a new or empty folder.",
    )
    raise OutputExistsError("The example was not written.", [fault])
