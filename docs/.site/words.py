"""Chinese text parted into words, for the search of the site."""

import re

import rjieba

from capacity import vocabulary

GAP = "\u200b"  # what the separator of the search knows; it has no width
HAN = re.compile(r"[\u3400-\u9fff]{2,4}")


def cutter(root):
    """Return a function that parts a run of Chinese into words.

    The dictionary of rjieba knows few terms of planning, so that the short ones of the vocabularies
    and those in the first column of the Chinese of the glossary are kept whole first.
    """
    terms = {
        term for text in texts(root) for term in HAN.findall(text) if len(text) <= len(term) + 1
    }
    longest_first = sorted(terms, key=lambda term: (-len(term), term))
    known = re.compile(f"({'|'.join(longest_first)})")

    def cut(run):
        parts = known.split(run)
        words = [[part] if i % 2 else rjieba.cut(part) for i, part in enumerate(parts) if part]
        return GAP + GAP.join(word for group in words for word in group) + GAP

    return cut


def texts(root):
    """Give the texts that the terms are taken from."""
    for table in vars(vocabulary).values():
        if isinstance(table, dict):
            yield from (
                word for labels in table.values() if isinstance(labels, tuple) for word in labels
            )
    glossary = root / "docs" / "glossary.md"
    if glossary.exists():
        for line in glossary.read_text(encoding="utf-8").splitlines():
            yield from (cell.strip() for cell in line.split("|"))
