"""Norms of your own city: a file is checked, then applied like those that ship.

    python examples/own_norms.py [norms.yaml] [area.toml]

Takes the norms of the invented Newtown (newtown.yaml beside this script) and the district that the
package ships, unless told otherwise. On the command line the same is

    capacity norms validate newtown.yaml
    capacity assess area.toml -o OUT --city newtown --norms newtown.yaml
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import capacity
from capacity.norms import load_catalogue, load_norms, validate_file

HERE = Path(__file__).resolve().parent


def main(file: Path | None = None, settings: Path | None = None) -> capacity.Assessment | None:
    """Check a norm file and apply it; None where it has faults."""
    file = file or HERE / "newtown.yaml"
    if faults := validate_file(file):
        print(f"{file.name} has {len(faults)} faults:")
        for fault in faults:
            print(f"- {fault}")
        return None
    own = [norm for norm in load_catalogue(file).norms if norm.file == file.name]
    with tempfile.TemporaryDirectory() as scratch:
        area = capacity.read_study_area(settings or capacity.write_example(f"{scratch}/example"))
    # The file may be in force only after the data were collected: the date of the norms is yours.
    norms = load_norms(own[0].city, on="2026-12-31", extra=file)
    print(norms.to_frame()[["stage", "name_en", "value", "unit", "by", "clause"]].to_string())
    result = capacity.assess(area, norms)
    print(result.table(*(norm.id for norm in norms.norms), language="en").to_string())
    # What if the plan asked for 4? The table's source then says that the value is not the document's.
    changed = load_norms(own[0].city, on="2026-12-31", extra=file, overrides={norms.norms[0].id: 4})
    print(changed.norms[0].source.citation)
    return result


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
