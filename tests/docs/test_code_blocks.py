"""Every code block of the README and the documentation is executed."""

import re
import shutil

import pytest

import capacity
from tests.docs.blocks import ROOT, Page

PAGES = sorted([*ROOT.glob("README*.md"), ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")])


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """Return the folder of the example, what the session of a page knows, and what was assessed."""
    folder = tmp_path_factory.mktemp("pages")
    settings = capacity.write_example(folder / "example")
    area = capacity.read_study_area(settings)
    norms = capacity.load_norms("zhengzhou", on="2025-12-31")
    known = {"area": area, "norms": norms, "result": capacity.assess(area, norms)}
    return folder, known, {}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_block_of_the_page_runs(path, room, monkeypatch):
    folder, known, assessed = room
    own = folder / path.relative_to(ROOT).as_posix().replace("/", "-")
    shutil.copytree(folder / "example", own)
    monkeypatch.chdir(own)
    monkeypatch.setenv("MPLBACKEND", "agg")
    page = Page(path, own, {"capacity": capacity} | known, assessed)
    page.run()
    fences = re.findall(r"^ *```[a-z]", page.text, flags=re.MULTILINE)
    assert page.done.total() == len(fences) + page.done["hidden"]


def test_blocks_that_do_not_run_say_why_and_are_few():
    text = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)
    reasons = re.findall(r'^ *<!-- skip: next "(.{20,})" -->$', text, flags=re.MULTILINE)
    assert len(reasons) == text.count("<!-- skip:")
    assert len(reasons) <= len(re.findall(r"^ *```[a-z]", text, flags=re.MULTILINE)) // 4
