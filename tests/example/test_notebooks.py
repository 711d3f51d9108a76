"""Notebooks are numbered, carry no outputs, and lead only to what is there; CI executes them."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
pytestmark = pytest.mark.skipif(not BOOKS, reason="not a clone of the repository")


def cells(path, kind):
    read = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in read["cells"] if cell["cell_type"] == kind]


def test_they_are_numbered_in_order():
    numbers = [path.name[:2] for path in BOOKS]
    assert numbers == [f"{n:02d}" for n in range(1, len(BOOKS) + 1)]
    for number, path in enumerate(BOOKS, start=1):
        title = "".join(cells(path, "markdown")[0]["source"]).splitlines()[0]
        assert title.startswith(f"# {number} · ")


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_no_outputs_are_kept(path):
    code = cells(path, "code")
    assert code
    for cell in code:
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
    ids = [cell["id"] for kind in ("code", "markdown") for cell in cells(path, kind)]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_what_they_lead_to_is_there(path):
    text = "\n".join("".join(cell["source"]) for cell in cells(path, "markdown"))
    targets = re.findall(r"\]\(([^)#]+)", text)
    named = re.findall(r"`(examples/[^`]+)`", text)
    missing = [target for target in targets if not (path.parent / target).exists()]
    missing += [name for name in named if not (ROOT / name).exists()]
    assert missing == []


def test_they_need_nothing_but_the_package():
    for path in BOOKS:
        code = "\n".join("".join(cell["source"]) for cell in cells(path, "code"))
        assert "write_example" in code
        assert not re.search(r"https?://|\bshared\b|\.\./|/home/|[A-Z]:\\\\", code)
