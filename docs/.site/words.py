"""Chinese text parted into words, for the search of the site."""

import re

from capacity import problems, vocabulary
from capacity.norms import load_catalogue
from capacity.report import labels

GAP = "\u200b"  # what the separator of the search knows; it has no width
HAN = re.compile(r"[\u3400-\u9fff]{2,8}")


def cutter(root):
    """Return a function that parts a run of Chinese: the longest known word first, else signs.

    Known are the words of the library (labels, vocabularies, names of norms) and those that stand by
    themselves in bold, code or a table cell of the glossary. What is not known is parted into
    single signs, which the search puts together again.
    """
    known = {word for text in texts(root) for word in HAN.findall(text)}
    longest = max(map(len, known))

    def cut(run):
        parts, at = [], 0
        while at < len(run):
            size = next(
                (n for n in range(min(longest, len(run) - at), 1, -1) if run[at : at + n] in known),
                1,
            )
            parts.append(run[at : at + size])
            at += size
        return GAP + GAP.join(parts) + GAP

    return cut


def texts(root):
    """Give the texts that the words are taken from."""
    for module in (vocabulary, labels, problems):
        for value in vars(module).values():
            if isinstance(value, dict):
                yield from flat(value)
    for norm in load_catalogue().norms:
        yield norm.name_zh
    glossary = root / "docs" / "glossary.md"
    if glossary.exists():
        yield glossary.read_text(encoding="utf-8")


def flat(value):
    """Give every text of nested tables."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(key)
            yield from flat(inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from flat(inner)
