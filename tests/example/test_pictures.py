"""The pictures of the README are drawn by the script that it names."""

import runpy
from pathlib import Path

import matplotlib.image as mpimg
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(not (ROOT / "examples").is_dir(), reason="not a clone of the repository")
def test_the_script_draws_the_pictures_that_the_readme_shows(tmp_path):
    script = runpy.run_path(str(ROOT / "examples" / "district_map.py"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "python examples/district_map.py docs/images" in readme
    drawn = script["main"](tmp_path)
    assert [path.name for path in drawn] == ["district.png", "district-zh.png"]
    for path, page in zip(drawn, ("README.md", "README.zh-CN.md"), strict=True):
        assert f"docs/images/{path.name}" in (ROOT / page).read_text(encoding="utf-8")
        shipped = mpimg.imread(ROOT / "docs" / "images" / path.name)
        again = mpimg.imread(path)
        assert again.shape == shipped.shape
        # Another release of matplotlib may move a line by a hair; another picture differs more.
        assert abs(again - shipped).mean() < 0.01
