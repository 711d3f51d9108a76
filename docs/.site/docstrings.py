"""Formulas of docstrings as MathML, which browsers draw by themselves: no script, no fonts."""

import re
from textwrap import dedent

import griffe
from latex2mathml.converter import convert

INLINE = re.compile(r":math:`([^`]+)`")
BLOCK = re.compile(r"^( *)\.\. math::((?:.*\n?)(?:\n?\1 +\S.*\n?)*)", flags=re.MULTILINE)


def with_formulas(text):
    """Return a docstring with its formulas as MathML."""
    text = BLOCK.sub(lambda m: f"{m[1]}{drawn(dedent(m[2]), 'block')}\n", text)
    return INLINE.sub(lambda m: drawn(m[1], "inline"), text)


def drawn(latex, display):
    """Return one formula as MathML on one line; a sign that Markdown knows is written as a number."""
    made = convert(" ".join(latex.split()), display=display)
    return re.sub(r"(?<=>)[*_|](?=<)", lambda sign: f"&#{ord(sign[0])};", made)


class Formulas(griffe.Extension):
    """Puts MathML into every docstring that is shown."""

    def on_object(self, *, obj, **_):
        """Change the text of one docstring."""
        if obj.docstring and "math:" in obj.docstring.value:
            obj.docstring.value = with_formulas(obj.docstring.value)
