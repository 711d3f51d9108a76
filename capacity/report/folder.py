"""The result folder: everything an assessment leaves behind, written whole or not at all.

The files are written into a hidden folder beside the target, which is then renamed: a run that
fails removes it, and a run that is killed leaves it under its hidden name, never under the target's.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from capacity.errors import Fault, InputError, OutputExistsError
from capacity.monitoring.snapshot import snapshot_of
from capacity.report.layers import save_layers
from capacity.report.manifest import manifest
from capacity.report.page import write_page
from capacity.report.template import fill_template
from capacity.report.text import guard_csv
from capacity.report.word import check_word, write_word
from capacity.report.workbook import write_workbooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pandas as pd

    from capacity.assess.result import Assessment
    from capacity.report.labels import Language

_MANIFEST: Final = "manifest.json"


def write_folder(
    result: Assessment,
    path: str | Path,
    *,
    overwrite: bool = False,
    word: bool = False,
    templates: Iterable[str | Path] = (),
    language: Language = "zh",
) -> Path:
    """Write findings, workbook, page, quality report and manifest into a folder.

    ``findings.csv``, ``people.csv``, ``quality.csv`` and, where there are compounds,
    ``compounds.csv`` are UTF-8 with a byte order mark; text in them that a spreadsheet would run as
    a formula has an apostrophe before it. ``findings.parquet`` holds the findings exactly.
    ``shortfalls.xlsx`` is the workbook (of a city: its own, with one for each of its districts
    beside it), ``report.html`` the page, ``manifest.json`` the manifest, and ``layers`` a folder of
    layers for a GIS. ``stages.csv`` says what is still missing at the stages to come, and
    ``projects.csv`` which planned projects count for that. ``facilities.parquet``,
    ``supply.parquet`` and ``units.parquet`` are what a later comparison
    needs.

    Parameters
    ----------
    result
        What ``assess`` gave.
    path
        Folder to make, in a folder that is there.
    overwrite
        Replace a folder that holds an earlier result.
    word
        Write the report ``report.docx`` too.
    templates
        Forms of your own (.xlsx), filled into files of the same name.
    language
        ``zh`` or ``en``, of workbook, page, report, layers and forms.

    Returns
    -------
    Path
        The folder written.

    Raises
    ------
    OutputExistsError
        If the folder is there and ``overwrite`` is not set, or it is not an earlier result.
    InputError
        If the folder that it would stand in is not there.
    MissingExtraError
        If a report is asked for without the extra ``word``.
    """
    if word:
        check_word()
    forms = [Path(template) for template in templates]

    def fill(draft: Path) -> None:
        """Write the files and fill the forms; the manifest, which lists them, comes last."""
        _write_files(result, draft, language)
        if word:
            write_word(result, draft / "report.docx", language=language)
        for form in forms:
            _fill(result, form, draft, language)
        write_json(manifest(result) | {"results": digests(draft)}, draft / _MANIFEST)

    return write_whole(path, fill, overwrite=overwrite)


def write_whole(
    path: str | Path,
    fill: Callable[[Path], None],
    *,
    overwrite: bool = False,
    marker: str = _MANIFEST,
) -> Path:
    """Write a folder whole or not at all.

    Parameters
    ----------
    path
        Folder to make, in a folder that is there.
    fill
        Writes the files into the folder that it is given.
    overwrite
        Replace an earlier folder of the same kind.
    marker
        File by which such a folder is known.

    Returns
    -------
    Path
        The folder written.

    Raises
    ------
    OutputExistsError
        If the folder is there and ``overwrite`` is not set, or it is not of this kind.
    InputError
        If the folder that it would stand in is not there.
    """
    target = Path(path)
    check_target(target, overwrite=overwrite, marker=marker)
    with _new_folder(target) as draft:
        fill(draft)
        # The time spent computing may have brought somebody else's folder.
        check_target(target, overwrite=overwrite, marker=marker)
        _put_in_place(draft, target)
    return target


def write_layers(result: Assessment, path: str | Path, *, language: Language = "zh") -> Path:
    """Write the layers for a GIS into a folder of their own, whole or not at all.

    Parameters
    ----------
    result
        What ``assess`` gave.
    path
        Folder to make, in a folder that is there.
    language
        ``zh`` or ``en``, of legends and aliases in QGIS; the dictionary has both.

    Returns
    -------
    Path
        The folder written.

    Raises
    ------
    OutputExistsError
        If the folder is there.
    InputError
        If the folder that it would stand in is not there.
    """
    return write_whole(path, lambda draft: save_layers(result, draft, language=language))


def check_target(path: str | Path, *, overwrite: bool = False, marker: str = _MANIFEST) -> None:
    """Check that a result folder may be written, before the work is done.

    Parameters
    ----------
    path
        Folder to make.
    overwrite
        Whether an earlier result may be replaced.
    marker
        File by which an earlier result is known.

    Raises
    ------
    OutputExistsError
        If the folder is there and ``overwrite`` is not set, or it is not an earlier result.
    InputError
        If the folder that it would stand in is not there.
    """
    target = Path(path)
    if not target.absolute().parent.is_dir():
        fault = Fault(
            severity="error",
            code="output.no_parent",
            message=f"there is no folder {target.parent} to write it in.",
            mend="Make it first, or check the path.",
            file=str(target),
        )
        raise InputError("The result cannot be written:", [fault])
    if not (target.exists() or target.is_symlink()):
        return
    if not overwrite:
        raise _exists(target, "is already there.", _mend(target, marker))
    if target.is_symlink() or not (target / marker).is_file():
        message = f"is not an earlier result (it has no {marker}), so it is not replaced."
        raise _exists(target, message, "Choose another folder, or remove it yourself.")


def _mend(target: Path, marker: str) -> str:
    if (target / marker).is_file():
        return "Choose another folder, or use --overwrite."
    return "Choose another folder."


def _exists(target: Path, message: str, mend: str) -> OutputExistsError:
    fault = Fault(
        severity="error", code="output.exists", message=message, mend=mend, file=str(target)
    )
    return OutputExistsError("The result cannot be written:", [fault])


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """Make a hidden folder beside the target; whatever is left of it is removed at the end."""
    draft = _beside(target, "new")
    draft.mkdir()
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _beside(target: Path, word: str) -> Path:
    absolute = target.absolute()
    return absolute.with_name(f".{absolute.name}.{word}-{secrets.token_hex(4)}")


def _put_in_place(draft: Path, target: Path) -> None:
    """Rename the draft; an earlier result steps aside first, and comes back if that fails."""
    if not target.exists():
        draft.rename(target)
        return
    aside = _beside(target, "old")
    target.rename(aside)
    try:
        draft.rename(target)
    except BaseException:
        aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _fill(result: Assessment, template: Path, folder: Path, language: Language) -> None:
    if (folder / template.name).exists():
        fault = Fault(
            severity="error",
            code="template.output",
            message="has the name of another file of the result.",
            mend="Rename the form.",
            file=template.name,
        )
        raise InputError(f"{template.name} cannot be filled:", [fault])
    fill_template(result, template, folder / template.name, language=language)


def _write_files(result: Assessment, folder: Path, language: Language) -> None:
    write_csv(result.findings, folder / "findings.csv")
    result.findings.to_parquet(folder / "findings.parquet", index=False)
    write_csv(result.people, folder / "people.csv")
    if not result.compounds.empty:
        write_csv(result.compounds, folder / "compounds.csv")
    write_csv(result.quality, folder / "quality.csv")
    if result.area.network is not None:
        write_csv(result.off_network, folder / "off_network.csv")
    projection = result.projection()
    if not projection.stages.empty:
        write_csv(projection.stages, folder / "stages.csv")
    if not projection.projects.empty:
        write_csv(projection.projects, folder / "projects.csv")
    write_workbooks(result, folder, language=language)
    write_page(result, folder / "report.html", language=language)
    layers = folder / "layers"
    layers.mkdir()
    save_layers(result, layers, language=language)
    snapshot = snapshot_of(result)
    for name in ("facilities", "supply", "units"):
        getattr(snapshot, name).to_parquet(folder / f"{name}.parquet", index=False)


def digests(folder: Path) -> list[dict[str, str]]:
    """List the files of a folder with their SHA-256, by which a later change is noticed."""
    return [
        {
            "name": path.relative_to(folder).as_posix(),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]


def write_json(facts: dict[str, Any], path: Path) -> None:
    """Write a manifest."""
    text = json.dumps(facts, ensure_ascii=False, indent=2)
    path.write_text(f"{text}\n", encoding="utf-8")


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as UTF-8 with a byte order mark; text that would run is guarded."""
    guard_csv(frame).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")
