"""Links lead somewhere: to files and headings that exist, without a look at the internet."""

import re
import sys
from urllib.parse import unquote, urlsplit

import pytest

from tests.docs.blocks import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/**/*.md")])
FENCE = re.compile(r"^```.*?^```", flags=re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^)\s]+)(?: \"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6} +(.+?)(?: *\{.*\})?$", flags=re.MULTILINE)


def links(text):
    """Return the targets of the links of a page, those in code left out."""
    return LINK.findall(CODE.sub("", FENCE.sub("", text)))


def anchors(text):
    """Return the anchors of the headings of a page, as GitHub and the site make them."""
    found = []
    for heading in HEADING.findall(FENCE.sub("", text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
        found.append(slug if slug not in found else f"{slug}-{found.count(slug)}")
    return set(found)


def generated():
    """Return the pages that only the site has."""
    sys.path.insert(0, str(ROOT / "docs" / ".site"))
    try:
        import pages
    finally:
        sys.path.pop(0)
    return pages.every_page(ROOT)


def fault(page, target, made):
    """Say what is wrong with one link of a page; empty where nothing is."""
    where = urlsplit(target)
    if where.scheme:
        fits = where.scheme in {"http", "https", "mailto"} and (where.netloc or where.path)
        return "" if fits else "no address"
    file = (page.parent / unquote(where.path)).resolve() if where.path else page
    if page.name == "index.md" and made and where.path in made:
        return ""
    if where.path.startswith("/") or not file.is_relative_to(ROOT):
        return "leads out of the repository"
    if not file.exists():
        return "no such file"
    if where.fragment and unquote(where.fragment) not in anchors(file.read_text(encoding="utf-8")):
        return "no such heading"
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page):
    found = links(page.read_text(encoding="utf-8"))
    made = generated() if page.name == "index.md" else {}
    faults = {target: fault(page, target, made) for target in found}
    assert {target: why for target, why in faults.items() if why} == {}


def test_broken_links_are_found():
    page = ROOT / "README.md"
    text = "[a](docs/none.md) [b](docs/norms.md#none) `[c](none.md)` ![d](none.png) [e](#try-it)"
    assert [fault(page, target, {}) for target in links(text)] == [
        "no such file",
        "no such heading",
        "no such file",
        "",
    ]
    assert fault(page, "../README.md", {}) == "leads out of the repository"
    assert fault(page, "ftp:x", {}) == "no address"
    assert anchors("# A b\n## A b\n### `x` 中文, c\n```\n# no\n```") == {"a-b", "a-b-1", "x-中文-c"}
