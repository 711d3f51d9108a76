"""Pages of the site that are made from the library when it is built, and words for the search.

MkDocs calls the functions whose names begin with ``on_``.
"""

import json
import re
import sys
from pathlib import Path

from mkdocs.plugins import event_priority
from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).parent))

import pages
import words
from docstrings import drawn

ROOT = Path(__file__).parents[2]
FORMULA = re.compile(r"^\$\$(.+?)\$\$$", flags=re.MULTILINE | re.DOTALL)
HAN = re.compile(r"[\u3400-\u9fff]+")


def on_config(config):
    """Put the generated pages where the navigation names their folder."""
    made = pages.every_page(ROOT)
    config.extra["generated"] = made
    config.nav = [unfolded(entry, made) for entry in config.nav]
    return config


def unfolded(entry, made):
    """Return an entry of the navigation with every generated folder as its pages."""
    if isinstance(entry, dict):
        return {
            title: [one for part in inner for one in listed(part, made)]
            if isinstance(inner, list)
            else inner
            for title, inner in entry.items()
        }
    return entry


def listed(entry, made):
    """Return the pages of a generated folder, or the entry itself."""
    if isinstance(entry, str) and not entry.endswith(".md"):
        return [page for page in made if page.startswith(f"{entry}/")]
    return [unfolded(entry, made)]


def on_files(files, config):
    """Add the generated pages."""
    for uri, content in config.extra["generated"].items():
        files.append(File.generated(config, uri, content=content))
    return files


def on_page_markdown(markdown, **_):
    """Draw the formulas between dollar signs."""
    return FORMULA.sub(lambda found: drawn(found[1], "block"), markdown)


@event_priority(-50)  # after the index is written, before it is put into a script
def on_post_build(config):
    """Part the Chinese of the search index into words: the search of the theme knows none."""
    path = Path(config.site_dir) / "search" / "search_index.json"
    index = json.loads(path.read_text(encoding="utf-8"))
    cut = words.cutter(ROOT)
    for page in index["docs"]:
        for field in ("title", "text"):
            page[field] = HAN.sub(lambda found: cut(found[0]), page[field])
    path.write_text(json.dumps(index, ensure_ascii=False), encoding="utf-8")
