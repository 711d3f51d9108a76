"""A run is known again by another process, whatever order that one writes sets in."""

import os
import subprocess
import sys

from capacity import write_example

KNOWN = """
import sys
from capacity import load_norms, read_study_area
from capacity.parts.folder import fingerprint

area = read_study_area(sys.argv[1])
print(len(area.services), fingerprint(area, load_norms("zhengzhou", on="2025-12-31"), n_parts=4))
"""


def test_another_process_knows_the_run(tmp_path):
    path = write_example(tmp_path / "example")
    said = {
        subprocess.run(
            [sys.executable, "-c", KNOWN, str(path)],
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1
    assert int(said.pop().split()[0]) > 1
