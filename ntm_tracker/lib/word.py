"""Official documents as editable Word files: the text and the layout of the PDF, the same bytes each time.

python-docx has no names for some of Word's properties; they are set as elements (`_add`).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt, RGBColor

from ntm_tracker.lib import typeface
from ntm_tracker.lib.official import ABOUT_SIZE, Line, OfficialDocument, Picture, Table

FONT = "Times New Roman"  # PL1-I.4; every office machine has it
PAGE = (Mm(210), Mm(297))
TOP, RIGHT, BOTTOM, LEFT = Mm(20), Mm(20), Mm(20), Mm(30)
ROOM = Length(PAGE[0] - LEFT - RIGHT)
LETTERHEAD = (Mm(62), Mm(98))
FOOT = (Mm(80), Mm(80))
# Where "Kính gửi:" and the list under it begin.
ADDRESSEES = (Mm(25), Mm(45))
# Share of the text above that the lines under the issuer and the subject take: 1/3 to 1/2 (PL1-II.2b, II.5b).
RULE_SHARE = 0.4
# Space inside the cells of a table with borders, in points.
CELL_MARGINS = {"top": 2, "left": 3, "bottom": 2, "right": 3}
ALIGN = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
}
# The oldest time that a zip archive can hold.
ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def render_docx(document: OfficialDocument) -> bytes:
    """Return `document` as a Word file."""
    word = Document()
    _set_properties(word, document)
    _set_styles(word, document.language)
    _set_page(word.sections[0])
    _add_mark(word.sections[0], document.mark)
    _add_letterhead(word, document)
    if document.kind:
        _add_title(word, document)
    _add_addressees(word, document)
    _add_body(word, document)
    _add_foot(word, document)
    return _packed(word)


def _set_properties(word: Any, document: OfficialDocument) -> None:
    properties, moment = word.core_properties, datetime.combine(document.day, time.min)
    properties.title, properties.language = document.title[:255], document.language
    properties.author = properties.last_modified_by = " ".join(document.letterhead.issuer_lines)[:255]
    properties.created = properties.modified = moment
    properties.comments, properties.revision = "", 1
    relations = word.part.package.rels
    for name in [name for name, relation in relations.items() if relation.reltype.endswith("/thumbnail")]:
        del relations[name]  # it shows the empty page of the library's template


def _set_styles(word: Any, language: str) -> None:
    defaults = word.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    defaults.find(qn("w:lang")).attrib.update({qn(f"w:{name}"): f"{language}-VN" for name in ("val", "eastAsia")})
    for name, bold in (
        ("Normal", False),
        ("Header", False),
        ("Heading 1", True),
        ("Heading 2", True),
        ("Heading 3", True),
    ):
        style = word.styles[name]
        _set_font(style)
        style.font.size, style.font.bold, style.font.color.rgb = Pt(14), bold, RGBColor(0, 0, 0)
        style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
        style.paragraph_format.line_spacing = 1.0
        style.paragraph_format.widow_control = True


def _set_font(style: Any) -> None:
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.attrib.clear()  # names of the theme would win
    fonts.attrib.update({qn(f"w:{script}"): FONT for script in ("ascii", "hAnsi", "eastAsia", "cs")})


def _set_page(section: Any) -> None:
    section.page_width, section.page_height = PAGE
    section.top_margin, section.right_margin, section.bottom_margin, section.left_margin = TOP, RIGHT, BOTTOM, LEFT
    section.header_distance = section.footer_distance = Mm(8)
    section.different_first_page_header_footer = True  # no number on page 1 (PL1-I.7)
    number = section.header.paragraphs[0]
    number.alignment = ALIGN["center"]
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = number.add_run()
        if kind:
            _add(run._r, "w:fldChar", fldCharType=kind)
        else:
            _add(run._r, "w:instrText").text = text


def _add_mark(section: Any, mark: str) -> None:
    """What isn't a document yet says so at the head of each page."""
    for header in (section.first_page_header, section.header) if mark else ():
        paragraph = header.paragraphs[0].insert_paragraph_before()
        paragraph.alignment = ALIGN["right"]
        run = paragraph.add_run(mark)
        run.font.size, run.font.bold, run.font.color.rgb = Pt(12), True, RGBColor(0xB3, 0x26, 0x1E)


# The parts


def _add_letterhead(word: Any, document: OfficialDocument) -> None:
    letterhead = document.letterhead
    (issuer, country), (number, dated) = _grid(word, 2, LETTERHEAD)
    left, right = _Writer(issuer), _Writer(country)
    if letterhead.superior:
        left.write(letterhead.superior_line, 13)
    for line in letterhead.issuer_lines:
        left.write(line, 13, bold=True)
    left.rule(LETTERHEAD[0], RULE_SHARE * _longest(letterhead.issuer_lines, 13))
    right.write(document.country, 13, bold=True)
    right.write(letterhead.motto, 14, bold=True)
    right.rule(LETTERHEAD[1], typeface.width(letterhead.motto, 14, "bold"))
    below = _Writer(number)
    below.write(document.number_line, 13).paragraph_format.space_before = Pt(6)
    if document.about_lines:
        below.write("\n".join(document.about_lines), ABOUT_SIZE).paragraph_format.space_before = Pt(6)
    _Writer(dated).write(document.date_line, 14, italic=True).paragraph_format.space_before = Pt(5)


def _add_title(word: Any, document: OfficialDocument) -> None:
    kind = word.add_paragraph(document.kind_line, style="Heading 1")
    kind.alignment, kind.paragraph_format.space_before = ALIGN["center"], Pt(16)
    subject = _Writer(word).write("\n".join(document.subject_lines), 14, bold=True)
    subject.paragraph_format.keep_with_next = True
    _Writer(word).rule(ROOM, RULE_SHARE * _longest(document.subject_lines, 14)).paragraph_format.space_after = Pt(8)


def _longest(lines: Sequence[str], size: float) -> float:
    return max((typeface.width(line, size, "bold") for line in lines), default=0)


def _add_addressees(word: Any, document: OfficialDocument) -> None:
    """One addressee stands in the middle, several under each other to the right of the title (PL1-II.9d)."""
    lines = document.addressee_lines
    for place, line in enumerate(lines):
        paragraph = _Writer(word).write(line, 14, align="center" if len(lines) == 1 else "left")
        if not document.kind and not place:
            paragraph.paragraph_format.space_before = Pt(16)
        if len(lines) > 1:
            paragraph.paragraph_format.left_indent = ADDRESSEES[bool(place)]


def _add_body(word: Any, document: OfficialDocument) -> None:
    for place, block in enumerate(document.printed):
        if isinstance(block, Table):
            _add_table(word, block)
            continue
        paragraph = _add_line(word, Line("paragraph", block.text) if isinstance(block, Picture) else block)
        if _begins(document.printed[max(place - 1, 0) : place + 2]):
            paragraph.paragraph_format.keep_with_next = True
    if document.printed:
        _keep_end(word, document.printed[-1])


def _begins(around: Sequence[Line | Table | Picture]) -> bool:
    """Whether the middle one of three is the first of several texts under a heading: these two stand together."""
    levels = [getattr(block, "level", None) for block in around]
    return bool(levels[0]) and levels[1:] == [0, 0]


def _add_line(word: Any, line: Line) -> Any:
    """Body text: first line 1 cm in, 6 pt between paragraphs, justified (PL1-II.6e)."""
    paragraph = word.add_paragraph(line.text, style=f"Heading {line.level}" if line.level else "Normal")
    paragraph.alignment = ALIGN["justify"]
    paragraph.paragraph_format.space_before = Pt(6)
    paragraph.paragraph_format.first_line_indent = Mm(10)
    if line.level:
        paragraph.paragraph_format.keep_with_next = True
    return paragraph


def _add_table(word: Any, table: Table) -> None:
    title = _Writer(word).write(table.title, 13, bold=True) if table.title else _spacer(word, 2)
    title.paragraph_format.space_before, title.paragraph_format.keep_with_next = Pt(6), True
    whole = sum(column.width for column in table.columns)
    grid = _grid(
        word, 1 + len(table.rows), [Length(ROOM * column.width // whole) for column in table.columns], "Table Grid"
    )
    head = grid[0]
    _add(head[0]._tc.getparent().get_or_add_trPr(), "w:tblHeader")
    for cell, column in zip(head, table.columns, strict=True):
        _Writer(cell).write(column.title, table.size, bold=True)
    for cells, line in zip(grid[1:], table.lines, strict=True):
        if len(line) < len(cells):
            merged = _Writer(cells[0].merge(cells[-1])).write(line[0][1], table.size, bold=True, align="left")
            merged.paragraph_format.keep_with_next = True
            continue
        for cell, (column, text) in zip(cells, line, strict=True):
            _Writer(cell).write(text, table.size, align=column.align)
            if column.joins:
                merge = {} if not text else {"val": "restart"}
                _add(cell._tc.get_or_add_tcPr(), "w:vMerge", before=("w:tcBorders", "w:shd", "w:vAlign"), **merge)
    for cell in (cell for cells in grid[1:][-table.last_rows : -1] for cell in cells):
        cell.paragraphs[0].paragraph_format.keep_with_next = True


def _keep_end(word: Any, last: Line | Table | Picture) -> None:
    """Let the end of the body stand on the page of the signature."""
    cells = word.tables[-1].rows[-1].cells if isinstance(last, Table) else ()
    for paragraph in [*(cell.paragraphs[0] for cell in cells), *([] if cells else word.paragraphs[-1:])]:
        paragraph.paragraph_format.keep_with_next = True


def _add_foot(word: Any, document: OfficialDocument) -> None:
    _spacer(word, 12).paragraph_format.keep_with_next = True
    ((recipients, signature),) = _grid(word, 1, FOOT)
    left, right = _Writer(recipients), _Writer(signature)
    if document.recipients:
        left.write(document.recipients_title, 12, bold=True, italic=True, align="left")
    for line in document.recipient_lines:
        left.write(line, 11, align="left")
    for line in document.signature.authority_lines:
        right.write(line, 13, bold=True)
    signer = right.write(document.signature.name_line, 14, bold=True)
    signer.paragraph_format.space_before = Mm(26)  # room for the signature and the seal
    _spacer(word, 1)  # Word ends a text with a paragraph, not with a table


# The tools


class _Writer:
    """Writes paragraphs into the text or a cell; the paragraph that a new cell holds comes first."""

    def __init__(self, place: Any):
        self.place = place
        self.free = list(place.paragraphs) if hasattr(place, "_tc") else []

    def write(self, text: str, size: float, *, bold: bool = False, italic: bool = False, align: str = "center") -> Any:
        paragraph = self.free.pop() if self.free else self.place.add_paragraph()
        paragraph.alignment = ALIGN[align]
        run = paragraph.add_run(text)
        run.font.size, run.font.bold, run.font.italic = Pt(size), bold, italic
        return paragraph

    def rule(self, room: int, points: float) -> Any:
        """Draw a centred line of that many points: the border of an empty paragraph, indented on both sides."""
        paragraph = _spacer(self.place, 4)
        paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = (room - Pt(points)) // 2
        borders = _add(paragraph._p.get_or_add_pPr(), "w:pBdr", before=("w:shd", "w:spacing", "w:ind", "w:jc", "w:rPr"))
        _add(borders, "w:bottom", val="single", sz="6", space="0", color="000000")
        return paragraph


def _spacer(place: Any, points: float) -> Any:
    paragraph = place.add_paragraph()
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    paragraph.paragraph_format.line_spacing = Pt(points)
    return paragraph


def _grid(word: Any, rows: int, widths: Sequence[int], style: str | None = None) -> list[list[Any]]:
    """Add a table of fixed columns whose rows do not split over pages; return its cells row by row.

    Without a style it is a layout: no borders, no space inside the cells.
    """
    table = word.add_table(rows, len(widths), style)
    table.autofit = False
    _add(table._tbl.tblPr, "w:tblInd", before=("w:tblBorders", "w:tblLayout", "w:tblLook"), w="0", type="dxa")
    margins = _add(table._tbl.tblPr, "w:tblCellMar", before=("w:tblLook",))
    for side, points in CELL_MARGINS.items():
        _add(margins, f"w:{side}", w=str(20 * points if style else 0), type="dxa")
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    lines = [list(row.cells) for row in table.rows]
    for row, cells in zip(table.rows, lines, strict=True):
        _add(row._tr.get_or_add_trPr(), "w:cantSplit")
        for cell, width in zip(cells, widths, strict=True):
            cell.width = width
    return lines


def _add(parent: Any, tag: str, before: Iterable[str] = (), **attributes: str) -> Any:
    """Add an element with attributes of the same namespace, in front of those that must follow it."""
    element = OxmlElement(tag, attrs={qn(f"w:{name}"): value for name, value in attributes.items()})
    followers = {qn(name) for name in before}
    place = next((index for index, child in enumerate(parent) if child.tag in followers), len(parent))
    parent.insert(place, element)
    return element


def _packed(word: Any) -> bytes:
    """Return the file with the times of its parts fixed."""
    written, packed = BytesIO(), BytesIO()
    word.save(written)
    with ZipFile(written) as source, ZipFile(packed, "w") as target:
        for part in source.infolist():
            target.writestr(ZipInfo(part.filename, ZIP_TIME), source.read(part), ZIP_DEFLATED)
    return packed.getvalue()
