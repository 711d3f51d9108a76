"""The folder of a run in parts: what it was begun with, and one file per part that is done."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import warnings
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

import capacity
from capacity.errors import Fault, InputError, PartsError
from capacity.inputs.ahead import in_order
from capacity.parts.tables import QUESTION
from capacity.population import InFile, PopulationGrid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from hashlib import _Hash as _Digest

    from numpy.typing import NDArray

    from capacity.network import WalkingNetwork
    from capacity.norms.model import NormSet
    from capacity.study_area import InputFile, StudyArea

MARKER: Final = "begun-with.json"
"""File by which the folder of a run is known."""

_FORMAT: Final = 5
_KEY: Final = b"questions"


@dataclass
class Begun:
    """What a run was begun with.

    Attributes
    ----------
    of
        ``inputs``, ``norms``, ``version`` and so on → fingerprint.
    cuts
        Codes of the units of each part; None where that is not said yet.
    """

    of: dict[str, str]
    cuts: list[list[str]] | None = None
    format: int = field(default=_FORMAT)


def fingerprint(area: StudyArea, norms: NormSet, **settings: object) -> dict[str, str]:
    """Name everything that the answers of parts depend on.

    Parameters
    ----------
    area
        Checked inputs. What is in its frames counts, so that frames changed since they were read are
        noticed; of a raster that stays in its file the SHA-256 of the files read.
    norms
        Norms in force, with every value.
    **settings
        How the area is cut.

    Returns
    -------
    dict
        What it is → 64 hexadecimal digits, or the version; the same in every process.
    """
    # named one by one: sets have another order in each process, and a selection prints its size only
    said = (area.code, area.type, area.city, area.data_date, sorted(area.services))
    counted = (area.crs.to_wkt(), area.population_basis, area.population_complete, area.parameters)
    return {
        "version": capacity.__version__,
        "inputs": _content(area),
        "parameters": _hashed(repr((said, counted))),
        "norms": _hashed(repr((norms.city, norms.on, norms.norms))),
        "settings": _hashed(repr(sorted(settings.items()))),
    }


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _content(area: StudyArea) -> str:
    digest = hashlib.sha256(repr([(file.role, file.sha256) for file in area.files]).encode())
    frames = {
        "units": area.units,
        "facilities": area.facilities,
        "compounds": area.compounds,
        "figures": area.figures,
        "census": area.census,
    }
    if isinstance(area.population, PopulationGrid):
        _add_grid(digest, area.population, area.files)
    else:
        frames["population"] = area.population
    for name, frame in frames.items():
        if frame is not None:
            _add_frame(digest, name, frame)
    if area.network is not None:
        _add_network(digest, area.network)
    return digest.hexdigest()


def _add_frame(digest: _Digest, name: str, frame: pd.DataFrame) -> None:
    digest.update(repr((name, list(frame.columns))).encode())
    for values in (frame.index.to_series(), *(frame[column] for column in frame.columns)):
        for part in _content_of(values):
            digest.update(part)


def _content_of(values: Any) -> Iterator[bytes]:
    """Give a column as bytes: numbers as they are, polygons as WKB, all else by what it says."""
    plain = np.asarray(values) if isinstance(values.dtype, np.dtype) else None
    if plain is not None and plain.dtype != object:
        yield f"{plain.dtype} {len(plain)}".encode()
        yield np.ascontiguousarray(plain).tobytes()
        return
    if isinstance(values.dtype, pd.StringDtype):
        yield from _letters_of(values)
        return
    things = values.to_numpy(dtype=object)
    drawn = shapely.is_geometry(things)
    if drawn.any():
        drawings = shapely.to_wkb(things[drawn])
        yield np.packbits(drawn).tobytes()
        yield np.array([len(one) for one in drawings]).tobytes()
        yield b"".join(drawings)
        things = things.copy()
        things[drawn] = None
    yield pd.util.hash_array(pd.Series(things).astype("str").array).tobytes()


def _letters_of(texts: pd.Series[str]) -> Iterator[bytes]:
    """Give a column of text as bytes: how long each is, -1 where there is none, and what they say."""
    array = pa.chunked_array([pa.array(texts.array, type=pa.large_string())]).combine_chunks()
    yield pc.fill_null(pc.binary_length(array), -1).to_numpy().tobytes()
    there = pc.drop_null(array) if array.null_count else array
    ends = np.frombuffer(there.buffers()[1], np.int64)[there.offset : there.offset + len(there) + 1]
    if len(there):
        yield there.buffers()[2][int(ends[0]) : int(ends[-1])].to_pybytes()


def _add_grid(digest: _Digest, grid: PopulationGrid, files: Iterable[InputFile]) -> None:
    digest.update(repr((grid.transform, grid.crs.to_wkt(), grid.shape)).encode())
    if isinstance(grid.values, InFile):
        file = grid.values.source
        said = (sorted(file.bands.items()), file.raster, sorted(file.undeclared), file.reading)
        digest.update(repr(said).encode())
        if not any(read.role == "population" for read in files) and Path(file.path).is_file():
            with Path(file.path).open("rb") as cells:
                digest.update(hashlib.file_digest(cells, "sha256").digest())
        return
    for arrays in (grid.values, grid.unknown):
        for group, values in arrays.items():
            digest.update(group.encode())
            digest.update(np.ascontiguousarray(values).data)


def _add_network(digest: _Digest, network: WalkingNetwork) -> None:
    for each in fields(network):
        values = getattr(network, each.name)
        if isinstance(values, np.ndarray):
            digest.update(each.name.encode())
            digest.update(np.ascontiguousarray(values).data)
    digest.update(repr([_plain(barrier) for barrier in network.barriers]).encode())


def _plain(value: Any) -> Any:
    return value.wkb_hex if hasattr(value, "wkb_hex") else value


class Folder:
    """The folder of a run.

    Parameters
    ----------
    path
        The folder; made if it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._token = secrets.token_hex(4)
        self._handed: list[Path] = []

    def begin(self, of: dict[str, str], *, resume: bool) -> Begun:
        """Begin a run, or go on with one that was broken off.

        Parameters
        ----------
        of
            What it is begun with.
        resume
            Whether to go on; otherwise an earlier run in the folder is thrown away.

        Returns
        -------
        Begun
            What is known of it.

        Raises
        ------
        InputError
            ``parts.changed``: the run was begun with something else; ``parts.folder``: the folder holds
            something else.
        """
        marker = self.path / MARKER
        if not marker.is_file():
            if self.path.exists() and any(self.path.iterdir()):
                message = f"is there, and is no run in parts (it has no {MARKER})."
                mend = "Choose another folder, or remove it yourself."
                raise InputError(
                    "The parts cannot be written:", [self._fault("parts.folder", message, mend)]
                )
        elif resume:
            begun = self._read(marker)
            self._refuse_changes(begun, of)
            return begun
        else:
            shutil.rmtree(self.path)
        self.path.mkdir(exist_ok=True)
        begun = Begun(of)
        self.write(begun)
        return begun

    def _read(self, marker: Path) -> Begun:
        try:
            return Begun(**json.loads(marker.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            message = f"{MARKER} cannot be read: {error}."
            mend = "Run again without --resume."
            raise InputError(
                "The run cannot be resumed:", [self._fault("parts.changed", message, mend)]
            ) from None

    def _refuse_changes(self, begun: Begun, of: Mapping[str, str]) -> None:
        changed = [name for name in of if begun.of.get(name) != of[name]]
        if begun.format != _FORMAT:
            changed.append("format")
        if changed:
            message = f"was begun with other {', '.join(changed)}."
            mend = "Run again without --resume, which begins anew."
            raise InputError(
                "The run cannot be resumed:", [self._fault("parts.changed", message, mend)]
            )

    def _fault(self, code: str, message: str, mend: str) -> Fault:
        return Fault(severity="error", code=code, message=message, mend=mend, file=str(self.path))

    def write(self, begun: Begun) -> None:
        """Write down what the run was begun with, whole or not at all."""
        draft = self.path / f".{secrets.token_hex(4)}"
        draft.write_text(json.dumps(asdict(begun), ensure_ascii=False), encoding="utf-8")
        draft.replace(self.path / MARKER)

    def file(self, kind: str, number: int) -> Path:
        """Name the file of a part, a sheet or a drawing."""
        return self.path / f"{kind}-{number:05d}.parquet"

    def hand_over(self, kind: str, number: int, task: bytes) -> Path:
        """Lay down what a worker is to do, and give its file, which no other run has."""
        path = self.path / f"{kind}-{number:05d}.{self._token}.task"
        self._handed.append(path)
        path.write_bytes(task)
        return path

    def take_back(self) -> None:
        """Remove what was laid down for workers."""
        for path in self._handed:
            path.unlink(missing_ok=True)

    def missing(self, kind: str, numbers: Iterable[int]) -> list[int]:
        """List the parts, sheets or drawings that are not done; a damaged file is not."""
        return [number for number in numbers if not _is_whole(self.file(kind, number))]

    def count(self, kind: str) -> int:
        """Count the parts or sheets that are done."""
        return len(list(self.path.glob(f"{kind}-*.parquet")))

    def remove(self) -> None:
        """Remove the folder, which is no longer needed."""
        shutil.rmtree(self.path, ignore_errors=True)


def _is_whole(path: Path) -> bool:
    """Whether a file is there as it was written."""
    try:
        return _sum_file(path).read_bytes() == _sum_of(path)
    except OSError:
        return False


def _sum_file(path: Path) -> Path:
    return path.with_suffix(".sha256")


def _sum_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest().encode()


def write_table(table: pa.Table, path: Path) -> int:
    """Write the answers of a part, a row group for each question, whole or not at all.

    Parameters
    ----------
    table
        Rows sorted by question.
    path
        File to write.

    Returns
    -------
    int
        Number of rows.
    """
    numbers = table[QUESTION].to_numpy()
    some, first = np.unique(numbers, return_index=True)
    order = np.argsort(first)
    some, first = some[order], np.append(first[order], len(numbers))
    schema = table.schema.with_metadata({_KEY: json.dumps(some.tolist()).encode()})
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    note = draft.with_name(f"{draft.name}.sum")
    try:
        with pq.ParquetWriter(draft, schema) as writer:
            for start, end in zip(first[:-1].tolist(), first[1:].tolist(), strict=True):
                rows = table.slice(start, end - start).replace_schema_metadata(schema.metadata)
                writer.write_table(rows, row_group_size=max(1, end - start))
        # first the sum: without its file it stands for nothing
        note.write_bytes(_sum_of(draft))
        note.replace(_sum_file(path))
        os.replace(draft, path)  # noqa: PTH105  # of a path that may be a string on a worker
    finally:
        with warnings.catch_warnings():
            draft.unlink(missing_ok=True)
            note.unlink(missing_ok=True)
    return int(table.num_rows)


class Reader:
    """Answers of the files of some parts, one question after the other.

    Parameters
    ----------
    paths
        Of the files.

    Raises
    ------
    PartsError
        ``parts.damaged``: a file is not as it was written.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        # what a file says of itself is read once, not with every question
        self._groups: list[tuple[Path, dict[int, int], pq.FileMetaData]] = []
        every = list(paths)
        for path, is_whole in zip(every, in_order(_is_whole, every), strict=True):
            if not is_whole:
                raise _damaged(path)
            about = pq.read_metadata(path)
            numbers = json.loads(about.metadata[_KEY])
            self._groups.append((path, {number: at for at, number in enumerate(numbers)}, about))

    def rows(self, number: int, *, but: str = "") -> pd.DataFrame:
        """Give the rows of a question, part after part; columns that nobody filled are left out."""
        tables = []
        for table in self._read(number, but=but):
            kept = [name for name in table.column_names if table[name].null_count < len(table)]
            tables.append(table.select(kept or table.column_names))
        if not tables:
            return pd.DataFrame()
        found: pd.DataFrame = pa.concat_tables(tables, promote_options="permissive").to_pandas()
        return found

    def sizes(self, number: int) -> list[int]:
        """Count the rows of a question in each part."""
        sizes = []
        for _, groups, about in self._groups:
            sizes.append(about.row_group(groups[number]).num_rows if number in groups else 0)
        return sizes

    def some(self, number: int, column: str, places: NDArray[np.int64]) -> NDArray[np.object_]:
        """Give a column of lists for some rows of a question, by their places among all parts.

        Only what is given is ever in memory, and one part.
        """
        found = np.full(len(places), None, dtype=object)
        first = 0
        for table in self._read(number, only=column):
            here = np.flatnonzero((places >= first) & (places < first + len(table)))
            if column in table.column_names:
                taken = table[column].take(pa.array(places[here] - first))
                for at, one in zip(here, taken, strict=True):
                    found[at] = one.values.to_numpy() if one.is_valid else None
            first += len(table)
        return found

    def _read(self, number: int, *, only: str = "", but: str = "") -> Iterator[pa.Table]:
        def read(one: tuple[Path, dict[int, int], pq.FileMetaData]) -> pa.Table:
            path, groups, about = one
            with pq.ParquetFile(path, metadata=about) as file:
                names = [name for name in file.schema_arrow.names if name != but]
                wanted = [QUESTION, only] if only else names
                table = file.read_row_group(groups[number], columns=wanted, use_threads=False)
            return table.replace_schema_metadata(None)

        return in_order(read, [one for one in self._groups if number in one[1]])


def _damaged(path: Path) -> PartsError:
    """Say which answers are damaged, and that a run can go on from the others."""
    fault = Fault(
        severity="error",
        code="parts.damaged",
        message=f"the answers in {path.name} are gone, or not as they were written.",
        mend="Run again with --resume: they are computed again, the others are kept.",
        file=str(path),
    )
    return PartsError("The parts cannot be put together:", [fault])
