"""The font of the figures: Chinese always renders, whatever fonts a machine has.

The font is a file of a Python package, given to each text by its path: neither the settings of
matplotlib nor its list of fonts are touched.
"""

from __future__ import annotations

import unicodedata
import warnings
from functools import cache
from typing import TYPE_CHECKING, Final

from capacity.errors import missing_extra
from capacity.report.text import clean

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.font_manager import FontProperties

GLYPHLESS: Final = "〓"
"""Printed where the font lacks a character, as typesetters do."""


class MissingGlyphWarning(UserWarning):
    """The font of the figures lacks a character, which the message names."""


@cache
def font_file() -> str:
    """Give the path of the font file.

    Returns
    -------
    str
        Noto Sans SC, under the SIL Open Font License.

    Raises
    ------
    MissingExtraError
        If the packages of the figures are not installed.
    """
    try:
        import matplotlib as mpl
        from pylopdf_fonts_zh_cn import sans_path
    except ImportError:
        raise missing_extra("figures", "A figure or map") from None
    del mpl
    return str(sans_path())


@cache
def covered() -> frozenset[int]:
    """List the code points for which the font has a glyph.

    Returns
    -------
    frozenset of int
        Code points.
    """
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(font_file()).get_charmap())


def font(size: float) -> FontProperties:
    """Give the font in a size.

    Parameters
    ----------
    size
        In points.

    Returns
    -------
    FontProperties
        For ``fontproperties=`` of any text.
    """
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=font_file(), size=size)


def drawable(text: object) -> str:
    r"""Make a text drawable: clean, and with 〓 for every character that the font lacks.

    Parameters
    ----------
    text
        Any text; line breaks stay.

    Returns
    -------
    str
        The text to draw.

    Warns
    -----
    MissingGlyphWarning
        Naming the characters that the font lacks.

    Examples
    --------
    >>> drawable("示例区㙟\x00街道")
    '示例区㙟街道'
    """
    lines = "\n".join(clean(line) for line in str(text).split("\n"))
    # Composed first: an accent of its own is drawn beside its letter.
    lines = unicodedata.normalize("NFC", lines)
    lost = list(dict.fromkeys(c for c in lines if c != "\n" and ord(c) not in covered()))
    if not lost:
        return lines
    names = "、".join(f"{c} (U+{ord(c):04X})" for c in lost)
    warnings.warn(
        f"The font of the figures has no glyph for {names}: {GLYPHLESS} is drawn instead. "
        f"图中字体缺少以下字符,以{GLYPHLESS}代替:{names}。",
        MissingGlyphWarning,
        stacklevel=2,
    )
    return "".join(GLYPHLESS if c in lost else c for c in lines)


def dress(artist: Artist) -> None:
    """Give every text of axes or a figure the font, and take formulas out: ``$`` is a character.

    Parameters
    ----------
    artist
        Changed in place with all that it holds; sizes, colours and places stay.
    """
    from matplotlib.text import Text

    for text in artist.findobj(Text):
        if isinstance(text, Text):
            text.set_fontproperties(font(float(text.get_fontsize())))
            text.set_parse_math(False)
