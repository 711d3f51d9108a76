"""Read back what a result folder keeps of an assessment."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import pyarrow as pa

from capacity.errors import Fault, InputError
from capacity.findings import COLUMNS as FINDINGS
from capacity.monitoring.snapshot import FORMAT, FRAMES, Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

MANIFEST: Final = "manifest.json"
_FIRST: Final = {"capacity", "area", "norms", "inputs", "parameters"}


def read_snapshot(path: str | Path) -> Snapshot:
    """Read a result folder.

    Parameters
    ----------
    path
        A folder that ``capacity assess`` wrote.

    Returns
    -------
    Snapshot
        Its findings, facilities, supply and units, and what the manifest says.

    Raises
    ------
    InputError
        It is no result folder, was written by an older or a newer version, or its tables are
        missing, damaged, changed since, or have other columns. Every fault is listed.
    """
    folder = Path(path)
    facts = _read_manifest(folder)
    frames: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    digests = _digests(folder, facts)
    for name in FRAMES:
        frame, found = _read_table(folder, f"{name}.parquet", digests)
        faults += found
        if frame is not None:
            faults += _check_columns(folder, name, frame)
            frames[name] = frame
    if faults:
        raise InputError(f"{folder}: cannot be compared", faults)
    area, norms = facts["area"], facts["norms"]
    try:
        return Snapshot(
            name=area["name"],
            code=area["code"],
            city=norms["city"],
            data_date=dt.date.fromisoformat(area["data_date"]),
            norms_on=dt.date.fromisoformat(norms["on"]),
            norms={norm["id"]: norm for norm in norms["selected"]},
            parameters=facts["parameters"],
            inputs=tuple(facts["inputs"]),
            **frames,
        )
    except (KeyError, TypeError, ValueError) as error:
        message = f"{MANIFEST} is not as it was written ({type(error).__name__}: {error})."
        raise _refused(folder, "compare.unreadable", message, _AGAIN) from None


def _digests(folder: Path, facts: Mapping[str, Any]) -> dict[str, str]:
    """Give the SHA-256 of each file of a result; the folder of a plan lists none."""
    try:
        return {one["name"]: one["sha256"] for one in facts["results"]}
    except (KeyError, TypeError):
        message = f"{MANIFEST} lists no files of an assessment: a plan of capacity site has none."
        raise _refused(folder, "compare.not_a_result", message, _FOLDER) from None


def _read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a folder, if it is that of a result of this layout."""
    path = folder / MANIFEST
    if not path.is_file():
        raise _refused(
            folder, "compare.not_a_result", f"is no result folder: it has no {MANIFEST}.", _FOLDER
        )
    try:
        facts = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        message = f"{MANIFEST} cannot be read ({type(error).__name__})."
        raise _refused(folder, "compare.unreadable", message, _AGAIN) from None
    if not isinstance(facts, dict) or not set(facts) >= _FIRST:
        message = f"{MANIFEST} is not one that capacity assess wrote."
        raise _refused(folder, "compare.not_a_result", message, _FOLDER)
    layout = facts.get("format", 1)
    if layout != FORMAT:
        age = "an older" if isinstance(layout, int) and layout < FORMAT else "a newer"
        message = (
            f"was written by {age} version (layout {layout}, not {FORMAT}): it does not keep what a "
            "comparison needs."
        )
        mend = _AGAIN if age == "an older" else "Compare with the version that wrote it."
        raise _refused(folder, "compare.other_layout", message, mend)
    return facts


_FOLDER: Final = "Give the folder that capacity assess -o wrote."
_AGAIN: Final = "Run capacity assess again on the inputs of that year."


def _refused(folder: Path, code: str, message: str, mend: str) -> InputError:
    fault = Fault(severity="error", code=code, message=message, mend=mend, file=str(folder))
    return InputError(f"{folder}: cannot be compared", [fault])


def _fault(folder: Path, name: str, code: str, message: str, *, column: str = "") -> Fault:
    return Fault(
        severity="error",
        code=code,
        message=message,
        mend=_AGAIN,
        file=str(folder / name),
        column=column,
    )


def _read_table(
    folder: Path, name: str, digests: Mapping[str, str]
) -> tuple[pd.DataFrame | None, list[Fault]]:
    """Read one table, unless it is missing, changed or damaged."""
    path = folder / name
    if not path.is_file() or name not in digests:
        return None, [_fault(folder, name, "compare.incomplete", "is missing.")]
    if hashlib.sha256(path.read_bytes()).hexdigest() != digests[name]:
        message = "was changed since capacity assess wrote it (its SHA-256 is another)."
        return None, [_fault(folder, name, "compare.edited", message)]
    try:
        return _seconds(pd.read_parquet(path)), []
    except (OSError, ValueError, pa.ArrowException) as error:
        message = f"cannot be read ({type(error).__name__})."
        return None, [_fault(folder, name, "compare.unreadable", message)]


def _seconds(frame: pd.DataFrame) -> pd.DataFrame:
    """Give days the resolution that they had before they were written."""
    days = frame.select_dtypes("datetime").columns
    return frame.astype(dict.fromkeys(days, "datetime64[s]"))


def _check_columns(folder: Path, name: str, frame: pd.DataFrame) -> list[Fault]:
    """Report columns that a table should have and has not, or that nobody knows."""
    wanted = list(FRAMES[name] or FINDINGS)
    missing = [column for column in wanted if column not in frame]
    unknown = [column for column in frame if name == "findings" and column not in wanted]
    return [
        _fault(folder, f"{name}.parquet", "compare.columns", f"{what} column.", column=str(column))
        for what, columns in (("lacks the", missing), ("has an unknown", unknown))
        for column in columns
    ]
