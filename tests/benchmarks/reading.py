"""Time the reading of a CSV of points, ours and peers', each in a process of its own.

    python -m tests.benchmarks.reading
    python -m tests.benchmarks.reading --rows 5000000

Ours finds out encoding, separator, header and columns, looks for totals and remarks, turns
coordinates into points and converts them from GCJ-02; the peers only read cells as text. Peak memory
is the highest resident size of the process, libraries included.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pyarrow import csv as arrow_csv

if TYPE_CHECKING:
    from collections.abc import Callable

WANTED = ("名称", "托位数", "经度", "纬度")
_BLOCK = 500_000


def write_points(path: Path, rows: int) -> None:
    """Write a table of invented facilities, five columns, as text in UTF-8."""
    for start in range(0, rows, _BLOCK):
        n = np.arange(start, min(start + _BLOCK, rows))
        frame = pd.DataFrame(
            {
                "名称": "园" + pd.Series(n).astype(str),
                "托位数": n % 90,
                "经度": np.round(113.6 + n % 2003 * 1e-4, 6),
                "纬度": np.round(34.7 + n % 1999 * 1e-4, 6),
                "备注": "无",
            }
        )
        frame.to_csv(path, mode="a", header=start == 0, index=False)


def ours(path: Path) -> int:
    """Read, check and place the rows as a layer of facilities."""
    from capacity.inputs.read import Request, read_layer

    request = Request(
        key="facilities[1]", file=path.name, datum="gcj02", given=frozenset({"service"})
    )
    layer, _ = read_layer(path, request)
    assert layer is not None
    return len(layer.frame)


def cells(path: Path) -> int:
    """Ours: the cells of the columns wanted as text, and the line of each row."""
    from capacity.inputs.tables import Sought
    from capacity.inputs.texts import open_text

    table, _ = open_text(path, Sought(key="facilities[1]", file=path.name))
    assert table is not None
    return len(table.read(WANTED)[0])


def pandas(path: Path) -> int:
    """Peer: pandas, every column as text, told how the file is written."""
    return len(pd.read_csv(path, dtype=str, keep_default_na=False))


def arrow(path: Path) -> int:
    """Peer: Arrow, the columns wanted, told their names; types guessed."""
    convert = arrow_csv.ConvertOptions(include_columns=list(WANTED))
    return int(arrow_csv.read_csv(path, convert_options=convert).num_rows)


READERS: dict[str, Callable[[Path], int]] = {
    "layer in GCJ-02 (ours)": ours,
    "cells as text (ours)": cells,
    "pandas.read_csv(dtype=str)": pandas,
    "pyarrow.csv": arrow,
}


def measure(name: str, path: Path) -> dict[str, float]:
    """Time one reader in this process."""
    READERS["pyarrow.csv"](_small(path))  # imports and threads are no part of the time
    start = time.perf_counter()
    rows = READERS[name](path)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows": rows, "seconds": round(seconds, 2), "peak MB": round(peak)}


def _small(path: Path) -> Path:
    small = path.with_name("small.csv")
    write_points(small, 10)
    return small


def compare(rows: int) -> pd.DataFrame:
    """Measure every reader on one file, with the ratio to pandas."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "points.csv"
        write_points(path, rows)
        found = {}
        for name in READERS:
            (path.with_name("small.csv")).unlink(missing_ok=True)
            call = [sys.executable, "-m", "tests.benchmarks.reading", "--measure", name, str(path)]
            done = subprocess.run(call, check=True, capture_output=True, text=True)
            found[name] = json.loads(done.stdout.splitlines()[-1])
        megabytes = path.stat().st_size / 1e6
    table = pd.DataFrame.from_dict(found, orient="index")
    table["time / pandas"] = table["seconds"] / table.loc["pandas.read_csv(dtype=str)", "seconds"]
    return table.assign(**{"file MB": round(megabytes)})


def main() -> None:
    """Read the size and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.measure[0], Path(given.measure[1]))))
        return
    print(compare(given.rows).round(2).to_string())


if __name__ == "__main__":
    main()
