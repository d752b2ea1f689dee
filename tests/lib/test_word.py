"""Official Word files: the text and the layout of the PDF."""

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.template.loader import render_to_string
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from pypdf import PdfReader

from ntm_tracker.lib.official import Column, Letterhead, OfficialDocument, Table, dashes, paragraphs, section
from ntm_tracker.lib.pdf import render_pdf
from ntm_tracker.lib.word import render_docx
from tests.lib.documents import BODY, LINE, notice, results_table


def opened(document: OfficialDocument) -> Any:
    return Document(BytesIO(render_docx(document)))


def word_words(document: OfficialDocument) -> list[str]:
    """Return the words in reading order; a merged cell is read once."""
    return [word for paragraph in all_paragraphs(opened(document)) for word in paragraph_text(paragraph).split()]


def all_paragraphs(word: Any) -> Iterator[Any]:
    return word.element.body.iter(qn("w:p"))


def paragraph_text(paragraph: Any) -> str:
    pieces = paragraph.iter(qn("w:t"), qn("w:br"))
    return "".join(piece.text if piece.tag == qn("w:t") else " " for piece in pieces)


def pdf_words(document: OfficialDocument) -> list[str]:
    pages = [page.extract_text().split() for page in PdfReader(BytesIO(render_pdf(document))).pages]
    numbered = [page if number == 1 else _without(page, str(number)) for number, page in enumerate(pages, 1)]
    return [word for page in numbered for word in page]


def _without(page: list[str], number: str) -> list[str]:
    assert number in (page[0], page[-1])
    return page[1:] if page[0] == number else page[:-1]


@pytest.mark.parametrize(
    "document",
    [
        notice(),
        notice(number=None, dated=None),
        notice(
            kind="Báo cáo",
            letterhead=Letterhead(("Ủy ban nhân dân", "xã Cao Sơn"), "Cao Sơn", superior="Ủy ban nhân dân huyện"),
            addressees=("UBND huyện", "Phòng Nông nghiệp và PTNT"),
        ),
        notice(body=(*BODY, *paragraphs("\n".join([LINE] * 60)))),
        notice(body=(*section("Khó khăn"), *section("Kiến nghị")), recipients=()),
        notice(body=()),
    ],
    ids=["notice", "draft", "report", "three pages", "empty sections", "empty"],
)
def test_the_word_file_says_what_the_pdf_says_word_for_word(document):
    assert word_words(document) == pdf_words(document)


def test_a_table_says_what_the_pdf_says_beside_the_repeated_heads():
    document = notice(body=(results_table(3), *paragraphs("Hết.")))

    assert word_words(document) == pdf_words(document)


def test_the_same_document_gives_the_same_bytes():
    content = render_docx(notice())

    assert render_docx(notice()) == content
    assert {part.date_time for part in ZipFile(BytesIO(content)).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_properties_name_title_author_language_and_the_day_of_the_document():
    properties = opened(notice()).core_properties

    assert properties.title == notice().title
    assert properties.author == "ỦY BAN NHÂN DÂN HUYỆN ANH SƠN"
    assert properties.language == "vi"
    assert properties.created.replace(tzinfo=None) == datetime(2023, 4, 5)  # noqa: DTZ001 - Word's dates are naive
    assert properties.comments == ""


def test_the_page_is_a4_with_lawful_margins_and_numbers_from_page_two():
    section_ = opened(notice()).sections[0]

    assert [round(size.mm) for size in (section_.page_width, section_.page_height)] == [210, 297]
    assert 20 <= section_.top_margin.mm <= 25
    assert 20 <= section_.bottom_margin.mm <= 25
    assert 29.9 <= section_.left_margin.mm <= 35
    assert 15 <= section_.right_margin.mm <= 20.1
    assert section_.different_first_page_header_footer
    assert "PAGE" in section_.header._element.xml
    assert "PAGE" not in section_.first_page_header._element.xml


def test_the_typeface_is_times_new_roman_in_vietnamese_everywhere():
    word = opened(notice())
    used = {paragraph.style.name for paragraph in word.paragraphs} | {"Header"}
    defaults = word.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))

    for name in used:
        fonts = word.styles[name].element.rPr.rFonts
        assert set(fonts.attrib.values()) == {"Times New Roman"}, name
        assert word.styles[name].font.size == Pt(14), name
    assert defaults.find(qn("w:lang")).get(qn("w:val")) == "vi-VN"


def test_headings_and_the_end_of_the_body_stay_with_what_follows():
    word = opened(notice())
    kept = {paragraph.text for paragraph in word.paragraphs if paragraph.paragraph_format.keep_with_next}

    assert {"I. MỘT SỐ KẾT QUẢ NỔI BẬT", "1. Đối với các phòng, đơn vị cấp huyện:"} <= kept
    assert "Ủy ban nhân dân huyện thông báo để các đơn vị biết, thực hiện./." in kept
    assert "- Rà soát quy hoạch;" not in kept


def test_a_heading_stands_with_two_lines_at_least():
    word = opened(notice(body=section("Thay đổi trong kỳ", dashes(["Một.", "Hai.", "Ba."]), paragraphs("Hết."))))
    kept = {paragraph.text for paragraph in word.paragraphs if paragraph.paragraph_format.keep_with_next}
    assert {"I. THAY ĐỔI TRONG KỲ", "- Một."} <= kept
    assert "- Hai." not in kept


def test_the_last_row_of_a_closing_table_stays_with_the_signature():
    word = opened(notice(body=(results_table(4),)))
    results = word.tables[1]

    assert all(cell.paragraphs[0].paragraph_format.keep_with_next for cell in results.rows[-1].cells)


def test_the_last_rows_of_a_table_keep_together():
    word = opened(notice(body=(results_table(), *paragraphs("Hết."))))
    kept = [row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in word.tables[1].rows[-6:]]
    assert kept[1:] == [True] * 4 + [None]


def test_a_results_table_repeats_its_head_and_splits_no_row():
    results = opened(notice(body=(results_table(57),))).tables[1]
    properties = [row._tr.trPr for row in results.rows]

    assert [trpr.find(qn("w:tblHeader")) is not None for trpr in properties] == [True] + [False] * (57 + 19)
    assert all(trpr.find(qn("w:cantSplit")) is not None for trpr in properties)
    assert round(sum(cell.width for cell in results.rows[0].cells) / Mm(1)) == 160


def test_an_empty_text_of_a_column_that_joins_continues_the_cell_above():
    columns = (Column("Tiêu chí", joins=True), Column("Nội dung"))
    table = Table(columns, (("1", "1.1"), ("", "1.2"), ("2", "")))
    results = opened(notice(body=(table,))).tables[1]
    first, second, third = (results.cell(row, 0)._tc for row in (1, 2, 3))

    assert (first is second, second is third) == (True, False)
    assert results.cell(2, 1)._tc is not results.cell(3, 1)._tc
    html = render_to_string("documents/table.html", {"table": table})
    assert html.count("official-joined") == 1


def test_layout_tables_have_no_borders():
    head, foot = opened(notice()).tables

    assert "w:tblBorders" not in head._tbl.tblPr.xml
    assert "w:tblBorders" not in foot._tbl.tblPr.xml
    assert head.style.name == foot.style.name == "Normal Table"
