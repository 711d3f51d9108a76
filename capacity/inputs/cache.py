"""The walking network on disk, cleaned, so that the next run need neither read nor clean it.

Only where area.toml asks for it. The file holds arrays and a text, nothing that could be run; what
is damaged, incomplete or made of other files or settings is never used.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import secrets
import zipfile
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyproj
import shapely
from pyproj.exceptions import CRSError
from scipy.sparse import csr_array

import capacity
from capacity.errors import Fault
from capacity.inputs.walking import Cleaned
from capacity.network import WalkingNetwork

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_FORMAT: Final = "capacity walking network 2"
_NAME: Final = "walking-network.npz"
_TEXT: Final = "text"
_MAKERS: Final = (
    "geopandas",
    "numpy",
    "pandas",
    "pyogrio",
    "pyproj",
    "scipy",
    "shapely",
)
_OF_EDGES: Final = ("u", "v", "length_m", "two_way")
_IF_KNOWN: Final = ("crossing", "ascent_m")
_OF_SEGMENTS: Final = ("segment_edge", "segment_start_m", "segment_length_m")
_ZIP: Final = b"PK\x03\x04"
_DAMAGED: Final = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    EOFError,
    MemoryError,
    zipfile.BadZipFile,
    CRSError,
)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a cache holds.

    Attributes
    ----------
    cleaned
        The network.
    files
        Fields of each file that was read.
    read_faults
        Warnings and facts found in reading them.
    """

    cleaned: Cleaned
    files: tuple[dict[str, Any], ...]
    read_faults: tuple[Fault, ...]


def cache_file(path: Path) -> Path:
    """Give the file of a cache: the path itself if it ends in .npz, else a file in that folder.

    Parameters
    ----------
    path
        Of a file or a folder, there or not.

    Returns
    -------
    Path
        Of the file.

    Examples
    --------
    >>> from pathlib import Path
    >>> cache_file(Path("cache")).name, cache_file(Path("streets.npz")).name
    ('walking-network.npz', 'streets.npz')
    """
    return path if path.suffix.lower() == ".npz" else path / _NAME


def cache_key(digests: Mapping[str, str], settings: Mapping[str, Any], crs: pyproj.CRS) -> str:
    """Make one text of everything that a cleaned network depends on.

    Parameters
    ----------
    digests
        File, as area.toml calls it, and the SHA-256 of its bytes.
    settings
        Of ``[walking]``, those that move a number or a message.
    crs
        Metric CRS.

    Returns
    -------
    str
        SHA-256 of these, the format of the cache, and the versions of the libraries that make
        numbers, this one among them.
    """
    versions = {name: version(name) for name in _MAKERS}
    versions |= {"capacity": capacity.__version__, "PROJ": pyproj.proj_version_str}
    all_of_it = [_FORMAT, dict(digests), dict(settings), crs.to_wkt(), versions]
    return hashlib.sha256(json.dumps(all_of_it, sort_keys=True).encode()).hexdigest()


def read_cache(path: Path, key: str, name: str) -> tuple[Kept | None, list[Fault]]:
    """Read a cleaned network, if it is there, whole and of this key.

    Parameters
    ----------
    path
        The file.
    key
        As ``cache_key`` makes it.
    name
        What area.toml calls the file or its folder.

    Returns
    -------
    tuple
        The network, or None; and ``walking.cache_damaged`` or ``walking.cache_foreign`` as warnings.
        No file, or one of other inputs or settings, is no fault.
    """
    if not path.is_file():
        return None, []
    try:
        with path.open("rb") as stream:
            is_archive = stream.read(len(_ZIP)) in {_ZIP, b""}
        arrays, text = _open(path) if is_archive else ({}, {})
        if text.get("format", "").partition(" ")[0] != _FORMAT.partition(" ")[0]:
            return None, [_foreign(name)]
        if (text["format"], text["key"]) != (_FORMAT, key):
            return None, []
        return _kept(arrays, text), []
    except _DAMAGED:
        return None, [_damaged(name)]


def write_cache(
    path: Path,
    key: str,
    cleaned: Cleaned,
    *,
    name: str,
    files: Sequence[Mapping[str, Any]],
    read_faults: Sequence[Fault],
) -> list[Fault]:
    """Write a cleaned network, whole or not at all.

    Parameters
    ----------
    path
        The file; its folder is made if it is not there.
    key
        As ``cache_key`` makes it.
    cleaned
        The network.
    name
        What area.toml calls the file or its folder.
    files, read_faults
        As in ``Kept``.

    Returns
    -------
    list of Fault
        ``walking.cache_not_written`` as a warning, or none: the results do not depend on it.
    """
    network = cleaned.network
    text = {
        "format": _FORMAT,
        "key": key,
        "crs": network.crs.to_wkt(),
        "own_crs": cleaned.own_crs.to_wkt(),
        "name": network.name,
        "bounds": cleaned.bounds,
        "n_edges": cleaned.n_edges,
        "reasons": network.left_out["reason"].cat.categories.tolist(),
        "faults": [dataclasses.asdict(fault) for fault in cleaned.faults],
        "read_faults": [dataclasses.asdict(fault) for fault in read_faults],
        "files": [dict(file) for file in files],
        "barriers": [shapely.to_wkb(one, hex=True) for one in network.barriers],
    }
    arrays = {
        "nodes": network.nodes,
        "segments": network.segments,
        **{column: getattr(network, column) for column in (*_OF_EDGES, *_OF_SEGMENTS)},
        **{
            column: values
            for column in _IF_KNOWN
            if (values := getattr(network, column)) is not None
        },
        **{f"graph_{part}": getattr(network.graph, part) for part in _GRAPH},
        **{f"islands_{column}": network.islands[column].to_numpy() for column in network.islands},
        "left_out_row": network.left_out["row"].to_numpy(),
        "left_out_reason": network.left_out["reason"].cat.codes.to_numpy(),
        _TEXT: np.frombuffer(json.dumps(text).encode(), dtype=np.uint8),
    }
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as stream:
            np.savez(stream, **arrays)
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        return [_not_written(name, str(error.strerror or error))]
    return []


_GRAPH: Final = ("data", "indices", "indptr")


def _open(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Read the arrays and the text of an archive; what is packed is not ours, and could inflate."""
    with zipfile.ZipFile(path) as archive:
        if any(part.compress_type != zipfile.ZIP_STORED for part in archive.infolist()):
            return {}, {}
    with np.load(path, allow_pickle=False) as archive:
        if _TEXT not in archive.files:
            return {}, {}
        text = json.loads(archive[_TEXT].tobytes())
        return {part: archive[part] for part in archive.files if part != _TEXT}, dict(text)


def _kept(arrays: Mapping[str, NDArray[Any]], text: Mapping[str, Any]) -> Kept:
    n_nodes = len(arrays["nodes"])
    parts = tuple(arrays[f"graph_{part}"] for part in _GRAPH)
    network = WalkingNetwork(
        nodes=arrays["nodes"],
        segments=arrays["segments"],
        **{column: arrays[column] for column in (*_OF_EDGES, *_OF_SEGMENTS)},
        **{column: arrays[column] for column in _IF_KNOWN if column in arrays},
        graph=csr_array(parts, shape=(n_nodes, n_nodes)),
        islands=pd.DataFrame(
            {c.removeprefix("islands_"): arrays[c] for c in arrays if c.startswith("islands_")}
        ),
        left_out=pd.DataFrame(
            {
                "row": arrays["left_out_row"],
                "reason": pd.Categorical.from_codes(
                    arrays["left_out_reason"], categories=text["reasons"]
                ),
            }
        ),
        crs=pyproj.CRS.from_wkt(text["crs"]),
        name=str(text["name"]),
        barriers=tuple(shapely.from_wkb(text["barriers"])),
    )
    _check(network)
    west, south, east, north = map(float, text["bounds"])
    return Kept(
        cleaned=Cleaned(
            network=network,
            faults=_faults(text["faults"]),
            n_edges=int(text["n_edges"]),
            bounds=(west, south, east, north),
            own_crs=pyproj.CRS.from_wkt(text["own_crs"]),
        ),
        files=tuple(text["files"]),
        read_faults=_faults(text["read_faults"]),
    )


def _faults(told: Sequence[Mapping[str, Any]]) -> tuple[Fault, ...]:
    return tuple(
        Fault(**{name: _as_tuples(value) for name, value in fault.items()}) for fault in told
    )


def _as_tuples(value: Any) -> Any:
    """Turn the lists of JSON into the tuples that they were."""
    return tuple(map(_as_tuples, value)) if isinstance(value, list) else value


def _check(network: WalkingNetwork) -> None:
    """Refuse arrays that do not fit each other: whoever uses them relies on it."""
    n_nodes, n_edges, n_segments = len(network.nodes), len(network.u), len(network.segments)
    network.graph.check_format(full_check=True)
    fits = (
        network.nodes.shape == (n_nodes, 2)
        and network.segments.shape == (n_segments, 4)
        and all(getattr(network, column).shape == (n_edges,) for column in _OF_EDGES)
        and all(getattr(network, column).shape == (n_segments,) for column in _OF_SEGMENTS)
        and all(
            values.shape == (n_edges,)
            for values in (network.crossing, network.ascent_m)
            if values is not None
        )
        and _within(network.u, n_nodes)
        and _within(network.v, n_nodes)
        and _within(network.segment_edge, n_edges)
        and bool((np.diff(network.segment_edge) >= 0).all())
        and bool((network.length_m >= 0).all() and (network.graph.data >= 0).all())
        and {"nodes", "edges", "length_m", "x", "y", "kept"} == set(network.islands)
    )
    if not fits:
        raise ValueError("the arrays do not fit each other")


def _within(position: NDArray[Any], n: int) -> bool:
    return bool(position.dtype == np.int64 and ((position >= 0) & (position < n)).all())


def _damaged(name: str) -> Fault:
    return Fault(
        severity="warning",
        code="walking.cache_damaged",
        message="the cache of the walking network is damaged; the network is read and cleaned anew, "
        "and the cache written again.",
        mend="Nothing need be done; if it happens again, look at the disk.",
        file=name,
        column="walking.cache",
    )


def _foreign(name: str) -> Fault:
    return Fault(
        severity="warning",
        code="walking.cache_foreign",
        message="is no cache of a walking network; it is left as it is, and nothing is cached.",
        mend="Name another folder, or another file that ends in .npz, in walking.cache.",
        file=name,
        column="walking.cache",
    )


def _not_written(name: str, why: str) -> Fault:
    return Fault(
        severity="warning",
        code="walking.cache_not_written",
        message=f"the cache of the walking network cannot be written ({why}).",
        mend="Name a folder that may be written in, or take walking.cache out.",
        file=name,
        column="walking.cache",
    )
