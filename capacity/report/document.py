"""A Word document: styles that a clerk can change, tables, pictures and fields.

Fonts are named, not embedded: the names are those that every Chinese office has. Tables are built as
XML at once, as cell by cell a long table takes minutes.
"""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from capacity.errors import missing_extra
from capacity.report.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from docx.document import Document as Docx
    from docx.styles.style import ParagraphStyle
    from docx.text.paragraph import Paragraph

    from capacity.report.labels import Language

_BODY: Final = {"zh": ("宋体", "Times New Roman"), "en": ("宋体", "Calibri")}
_HEAD: Final = {"zh": ("黑体", "Arial"), "en": ("黑体", "Calibri")}
_SIZES: Final = {"Title": 20.0, "Subtitle": 11.0, "Heading 1": 15.0, "Heading 2": 13.0}
_SIZES_BELOW: Final = {"Heading 3": 11.5, "Caption": 9.5, "Normal": 11.0, "List Bullet": 11.0}
_INDENTED: Final = "Body Text"
_TABLE_SIZE: Final = 8.5
_SHADES: Final = {
    "met": "E2F0D9",
    "short": "FBD9D9",
    "reported": "DDEBF7",
    "no_data": "FFF2CC",
}
_HEAD_SHADE: Final = "D9E2EC"
_TWIPS: Final = 1440
_PAGE: Final = {"width": 8.27, "height": 11.69, "side": 0.95, "top": 1.0}
TEXT_WIDTH: Final = _PAGE["width"] - 2 * _PAGE["side"]
"""Width of the text in inches."""


@dataclass(frozen=True, slots=True)
class WordCell:
    """A cell of a table: its text, the status that shades it, and how it stands."""

    text: str
    status: str = ""
    align: str = "left"


class Report:
    """A Word document being written from the top down.

    Parameters
    ----------
    language
        ``zh`` or ``en``: fonts, page numbers and the language of the spelling checker.
    title
        Title in the properties of the file.
    """

    def __init__(self, language: Language, title: str) -> None:
        self._docx = _new_document()
        self._language = language
        self._figures = self._tables = self._pictures = 0
        self._styles()
        self._page()
        properties = self._docx.core_properties
        properties.title = clean(title)
        properties.author = properties.last_modified_by = "capacity"
        properties.comments = ""
        properties.created = properties.modified = dt.datetime.now(dt.UTC).replace(tzinfo=None)

    def title(self, text: str, below: str) -> None:
        """Write the title and the line below it, centred."""
        self._docx.add_paragraph(clean(text), style="Title")
        self._docx.add_paragraph(clean(below), style="Subtitle")

    def heading(self, text: str, level: int) -> None:
        """Write a heading of a level from 1."""
        self._docx.add_heading(clean(text), level)

    def paragraph(self, text: str) -> None:
        """Write a paragraph of the running text."""
        self._docx.add_paragraph(clean(text), style=_INDENTED)

    def bullets(self, texts: Iterable[str]) -> None:
        """Write a list."""
        for text in texts:
            self._docx.add_paragraph(clean(text), style="List Bullet")

    def caption(self, text: str, *, figure: bool) -> None:
        """Write a caption with a number that Word renews when captions are moved."""
        if figure:
            self._figures += 1
        else:
            self._tables += 1
        number = self._figures if figure else self._tables
        word = {"zh": ("图" if figure else "表"), "en": ("Figure" if figure else "Table")}
        name = word[self._language]
        paragraph = self._docx.add_paragraph(style="Caption")
        paragraph.paragraph_format.keep_with_next = not figure
        paragraph.add_run(f"{name} ")
        _field(paragraph, f"SEQ {name} \\* ARABIC", str(number))
        paragraph.add_run(f"  {clean(text)}")

    def picture(self, png: bytes, text: str) -> None:
        """Put in a picture with a text for those who cannot see it."""
        from docx.shared import Inches

        paragraph = self._docx.add_paragraph()
        paragraph.alignment = _alignment("center")
        paragraph.paragraph_format.keep_with_next = True
        shape = paragraph.add_run().add_picture(io.BytesIO(png), width=Inches(TEXT_WIDTH))
        self._pictures += 1
        properties = shape._inline.docPr  # noqa: SLF001  # python-docx has no other way to a text
        properties.set("descr", clean(text))
        properties.set("name", f"figure {self._pictures}")

    def table(
        self,
        heads: Sequence[str],
        rows: Iterable[Sequence[WordCell]],
        widths: Sequence[float],
    ) -> None:
        """Write a table; its header is repeated on every page and no row is torn apart.

        Parameters
        ----------
        heads
            Heads of the columns.
        rows
            Cells, as many in each row as there are heads.
        widths
            Widths of the columns, in any unit: they share the width of the text.
        """
        inches = [TEXT_WIDTH * width / sum(widths) for width in widths]
        body = self._docx.element.body
        element = _table([WordCell(head, "head", "center") for head in heads], list(rows), inches)
        body.insert(len(body) - 1, element)  # the last element holds the page
        space = self._docx.add_paragraph()
        space.paragraph_format.space_after = _points(4)

    def note(self, text: str) -> None:
        """Write a small note below a table."""
        paragraph = self._docx.add_paragraph()
        paragraph.paragraph_format.space_after = _points(3)
        paragraph.add_run(clean(text)).font.size = _points(8.5)

    def to_bytes(self) -> bytes:
        """Give the file."""
        stream = io.BytesIO()
        self._docx.save(stream)
        return stream.getvalue()

    # --- styles and page ------------------------------------------------------------------

    def _styles(self) -> None:
        for name, size in (_SIZES | _SIZES_BELOW).items():
            self._style(name, size, head=name.startswith(("Title", "Heading")))
        self._style(_INDENTED, _SIZES_BELOW["Normal"], head=False)
        styles = self._docx.styles
        for name in ("Title", "Subtitle"):
            styles[name].paragraph_format.alignment = _alignment("center")
        caption = styles["Caption"]
        caption.paragraph_format.alignment = _alignment("center")
        body = styles[_INDENTED].paragraph_format
        body.space_after = _points(4)
        body.line_spacing = 1.4
        if self._language == "zh":
            body.first_line_indent = _points(2 * _SIZES_BELOW["Normal"])
        styles["List Bullet"].paragraph_format.line_spacing = 1.3
        _set_language(self._docx, self._language)

    def _style(self, name: str, size: float, *, head: bool) -> None:
        from docx.shared import RGBColor

        style: ParagraphStyle = self._docx.styles[name]
        asian, latin = (_HEAD if head else _BODY)[self._language]
        style.font.size = _points(size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        style.font.italic = False
        style.font.bold = head
        _set_fonts(style.element.get_or_add_rPr(), asian, latin)
        if name == "Title":
            _drop(style.element, "w:pBdr")
            style.paragraph_format.space_after = _points(6)

    def _page(self) -> None:
        from docx.shared import Inches

        section = self._docx.sections[0]
        section.page_width, section.page_height = Inches(_PAGE["width"]), Inches(_PAGE["height"])
        section.left_margin = section.right_margin = Inches(_PAGE["side"])
        section.top_margin = section.bottom_margin = Inches(_PAGE["top"])
        footer = section.footer.paragraphs[0]
        footer.alignment = _alignment("center")
        before, between, after = {
            "zh": ("第 ", " 页 共 ", " 页"),
            "en": ("page ", " of ", ""),
        }[self._language]
        footer.add_run(before)
        _field(footer, "PAGE", "1")
        footer.add_run(between)
        _field(footer, "NUMPAGES", "1")
        footer.add_run(after)


def check_docx() -> None:
    """Check that python-docx is there.

    Raises
    ------
    MissingExtraError
        If it is not.
    """
    if find_spec("docx") is None:
        raise missing_extra("word", "The Word report")


def _new_document() -> Docx:
    check_docx()
    import docx

    return docx.Document()


def _points(size: float) -> Any:
    from docx.shared import Pt

    return Pt(size)


def _alignment(word: str) -> Any:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    return getattr(WD_ALIGN_PARAGRAPH, word.upper())


# --- XML ----------------------------------------------------------------------------------


def _make(tag: str, **attributes: str) -> Any:
    """Make an element; a text of an attribute is escaped by the library."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element


def _drop(element: Any, tag: str) -> None:
    from docx.oxml.ns import qn

    for found in list(element.iter(qn(tag))):
        found.getparent().remove(found)


def _set_fonts(properties: Any, asian: str, latin: str) -> None:
    """Name the fonts of Chinese and of Latin text; those of the theme would win over them."""
    _drop(properties, "w:rFonts")
    fonts = _make("w:rFonts", ascii=latin, hAnsi=latin, eastAsia=asian, cs=latin)
    properties.insert(0, fonts)


def _set_language(document: Docx, language: Language) -> None:
    from docx.oxml.ns import qn

    words = {"zh": ("en-US", "zh-CN"), "en": ("en-GB", "zh-CN")}[language]
    for found in document.styles.element.iter(qn("w:lang")):
        found.set(qn("w:val"), words[0])
        found.set(qn("w:eastAsia"), words[1])


def _field(paragraph: Paragraph, code: str, shown: str) -> None:
    """Put in a field that Word computes; until then it shows what is known now."""
    run = paragraph.add_run()._r  # noqa: SLF001  # fields have no other way in
    parent = run.getparent()
    assert parent is not None  # noqa: S101  # it was just added to the paragraph
    parent.remove(run)
    field = _make("w:fldSimple", instr=code)
    field.append(run)
    text = _make("w:t")
    text.text = shown
    run.append(text)
    parent.append(field)


def _table(head: list[WordCell], rows: list[Sequence[WordCell]], inches: list[float]) -> Any:
    table = _make("w:tbl")
    properties = _make("w:tblPr")
    properties.append(_make("w:tblW", w=str(round(sum(inches) * _TWIPS)), type="dxa"))
    properties.append(_make("w:jc", val="center"))
    borders = _make("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        borders.append(_make(f"w:{side}", val="single", sz="4", space="0", color="A6A6A6"))
    properties.append(borders)
    properties.append(_make("w:tblLayout", type="fixed"))
    margins = _make("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(_make(f"w:{side}", w="60", type="dxa"))
    properties.append(margins)
    table.append(properties)
    grid = _make("w:tblGrid")
    for inch in inches:
        grid.append(_make("w:gridCol", w=str(round(inch * _TWIPS))))
    table.append(grid)
    table.append(_row(head, inches, header=True))
    for row in rows:
        table.append(_row(row, inches, header=False))
    return table


def _row(cells: Sequence[WordCell], inches: list[float], *, header: bool) -> Any:
    row = _make("w:tr")
    properties = _make("w:trPr")
    properties.append(_make("w:cantSplit"))
    if header:
        properties.append(_make("w:tblHeader"))
    row.append(properties)
    for cell, inch in zip(cells, inches, strict=True):
        row.append(_cell(cell, inch))
    return row


def _cell(cell: WordCell, inch: float) -> Any:
    element = _make("w:tc")
    properties = _make("w:tcPr")
    properties.append(_make("w:tcW", w=str(round(inch * _TWIPS)), type="dxa"))
    shade = _HEAD_SHADE if cell.status == "head" else _SHADES.get(cell.status, "")
    if shade:
        properties.append(_make("w:shd", val="clear", color="auto", fill=shade))
    properties.append(_make("w:vAlign", val="center"))
    element.append(properties)
    for line in clean_lines(cell.text):
        paragraph = _make("w:p")
        format_ = _make("w:pPr")
        format_.append(_make("w:spacing", before="20", after="20", line="240", lineRule="auto"))
        format_.append(_make("w:jc", val=cell.align))
        paragraph.append(format_)
        run = _make("w:r")
        style = _make("w:rPr")
        if cell.status in {"head", "short"}:
            style.append(_make("w:b"))
        size = str(round(2 * _TABLE_SIZE))
        style.append(_make("w:sz", val=size))
        style.append(_make("w:szCs", val=size))
        run.append(style)
        text = _make("w:t")
        text.text = line
        run.append(text)
        paragraph.append(run)
        element.append(paragraph)
    return element


def clean_lines(text: str) -> list[str]:
    """Clean a text that is meant to have several lines.

    Parameters
    ----------
    text
        Lines parted by line feeds.

    Returns
    -------
    list of str
        At least one line.
    """
    return [clean(line) for line in text.split("\n")]
