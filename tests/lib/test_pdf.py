"""Official PDFs: what they hold, how they are set, and that they open nothing."""

import hashlib
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings
from pypdf import PdfReader
from weasyprint import HTML
from weasyprint.urls import URLFetcher

from ntm_tracker.lib import pdf, typeface
from ntm_tracker.lib.official import (
    Clause,
    Column,
    Dash,
    Heading,
    Letterhead,
    OfficialDocument,
    Paragraph,
    Signature,
    Table,
    dashes,
    paragraphs,
    picture,
    section,
)
from tests.lib.documents import BODY, LINE, notice, results_table

# Vowels with each tone, and đ: the letters beyond ASCII, 67 small and 67 capital.
TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
SMALL = [
    unicodedata.normalize("NFC", vowel + tone)
    for vowel, tone in product("aăâeêioôơuưy", TONES)
    if vowel + tone not in set("aeiouy")
] + ["đ"]
LETTERS = SMALL + [letter.upper() for letter in SMALL]


def read(document: OfficialDocument) -> PdfReader:
    return PdfReader(BytesIO(pdf.render_pdf(document)))


def page_lines(reader: PdfReader) -> list[list[str]]:
    """Return the lines of each page without its page number."""
    pages = [[line.strip() for line in page.extract_text().splitlines() if line.strip()] for page in reader.pages]
    return [[line for line in lines if line != str(number)] for number, lines in enumerate(pages, 1)]


def words(text: str) -> list[str]:
    return text.split()


@pytest.fixture(scope="module")
def issued() -> PdfReader:
    return read(notice())


# What the file is


def test_the_file_is_tagged_pdf_a_3a_in_vietnamese_with_title_and_date(issued):
    root = issued.trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()

    assert issued.pdf_header == "%PDF-1.7"
    assert 'pdfaid:part="3"' in metadata
    assert 'pdfaid:conformance="A"' in metadata
    assert root["/Lang"] == "vi"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/OutputIntents"]
    assert issued.metadata.title == notice().title
    assert issued.metadata["/CreationDate"] == issued.metadata["/ModDate"] == "D:20230405"


def test_only_our_typeface_is_used_and_all_of_it_is_inside(issued):
    fonts = [font.get_object() for font in issued.pages[0]["/Resources"]["/Font"].values()]
    names = {font["/BaseFont"].split("+")[1] for font in fonts}
    files = [font["/DescendantFonts"][0]["/FontDescriptor"].get("/FontFile2") for font in fonts]

    assert names == {"NTM-Serif", "NTM-Serif-Bold", "NTM-Serif-Italic", "NTM-Serif-Bold-Italic"}
    assert all(files)
    assert all("/ToUnicode" in font for font in fonts)


def test_signs_that_the_typeface_lacks_become_a_white_square_and_bring_in_no_other_font():
    reader = read(notice(body=(Paragraph("Đạt 😀 漢 ✓ chuẩn"),)))
    fonts = [font.get_object()["/BaseFont"] for font in reader.pages[0]["/Resources"]["/Font"].values()]

    assert all("NTM-Serif" in name for name in fonts)
    assert "Đạt □ □ □ chuẩn./." in reader.pages[0].extract_text()


def test_the_same_document_gives_the_same_bytes_in_every_process():
    code = (
        "import django, hashlib; django.setup()\n"
        "from ntm_tracker.lib.pdf import render_pdf\n"
        "from tests.lib.documents import notice\n"
        "print(hashlib.sha256(render_pdf(notice())).hexdigest())"
    )
    here = hashlib.sha256(pdf.render_pdf(notice())).hexdigest()
    environment = {**os.environ, "PYTHONHASHSEED": "7", "DJANGO_SETTINGS_MODULE": "ntm_tracker.settings"}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True
    )

    assert hashlib.sha256(pdf.render_pdf(notice())).hexdigest() == here
    assert run.stdout.strip() == here


def test_a_process_of_its_own_gives_the_same_bytes(issued):
    assert pdf.render_apart(notice()) == pdf.render_pdf(notice())


@pytest.mark.parametrize(("code", "error"), [(pdf.NO_LIBRARIES, OSError), (1, pdf.PdfError)])
def test_a_process_that_fails_says_why(monkeypatch, code, error):
    done = subprocess.CompletedProcess([], code, b"", b"no pango")
    monkeypatch.setattr(pdf.subprocess, "run", lambda *args, **options: done)
    with pytest.raises(error, match="no pango"):
        pdf.render_apart(notice())


def test_another_text_gives_another_identifier(issued):
    other = read(notice(subject="Kết luận khác"))

    assert issued.trailer["/ID"] != other.trailer["/ID"]


def test_the_stylesheet_holds_nothing_that_the_pdf_does_not_understand(caplog):
    pdf.render_pdf(notice(body=(*BODY, results_table(3))))

    assert [record.getMessage() for record in caplog.records] == []


# What it says


def test_all_vietnamese_letters_come_out_as_they_went_in():
    text = " ".join(LETTERS)
    assert len(set(LETTERS)) == 134

    extracted = words(read(notice(body=(Paragraph(text), Paragraph("Hết")))).pages[0].extract_text())

    start = extracted.index(LETTERS[0])
    assert extracted[start : start + 134] == LETTERS


def test_decomposed_input_comes_out_composed():
    decomposed = unicodedata.normalize("NFD", "Đường làng ngõ xóm đạt chuẩn")

    assert "Đường làng ngõ xóm đạt chuẩn" in read(notice(body=(Paragraph(decomposed),))).pages[0].extract_text()


def test_the_letterhead_is_read_in_the_order_of_the_decree(issued):
    text = " ".join(words(issued.pages[0].extract_text()))

    assert text.startswith(
        "ỦY BAN NHÂN DÂN HUYỆN ANH SƠN CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc "
        "Số: 05/TB-UBND Anh Sơn, ngày 05 tháng 4 năm 2023 THÔNG BÁO Kết luận của đồng chí Hoàng Quyền,"
    )
    assert text.endswith(
        "Nơi nhận: - TT Huyện ủy (b/c); - Đảng ủy, UBND xã Cao Sơn; - Lưu: VT. "
        "TL. CHỦ TỊCH CHÁNH VĂN PHÒNG Hoàng Đình Sơn"
    )


def test_layout_is_no_table_for_a_screen_reader_and_results_are_one():
    assert "/Table" not in structure(read(notice()))
    assert structure(read(notice(body=(results_table(3), *BODY)))).count("/Table") == 1


def structure(reader: PdfReader) -> list[str]:
    """Return the kinds of all elements of the tag tree."""
    kinds, waiting = [], [reader.trailer["/Root"]["/StructTreeRoot"]]
    while waiting:
        element = waiting.pop().get_object()
        if isinstance(element, list):
            waiting += element
        elif isinstance(element, dict):
            kinds += [str(element["/S"])] if "/S" in element else []
            waiting += [element["/K"]] if "/K" in element else []
    return kinds


# How it is set


def test_the_page_is_a4_and_numbers_start_on_page_two():
    reader = read(notice(body=(*BODY, *paragraphs("\n".join([LINE] * 60)))))
    first, second = (page.extract_text().splitlines() for page in reader.pages[:2])

    assert [round(float(edge)) for edge in reader.pages[0].mediabox[2:]] == [595, 842]
    assert "1" not in [line.strip() for line in first]
    assert "2" in [line.strip() for line in second]


def test_the_page_number_stands_upright_in_the_middle_of_the_top_margin_size_14():
    seen = []
    reader = read(notice(body=paragraphs("\n".join([LINE] * 60))))
    reader.pages[1].extract_text(visitor_text=lambda text, cm, tm, font, size: seen.append((text, cm, tm, font, size)))
    _, cm, tm, font, size = next(item for item in seen if item[0].strip() == "2")
    scale = cm[0] or 1

    middle = (30 + 80) / 25.4 * 72  # between the margins, as Word centres it
    assert tm[4] * scale + cm[4] + typeface.width("2", 14) / 2 == pytest.approx(middle, abs=1)
    assert round(size * abs(scale), 1) == 14
    assert font["/BaseFont"].endswith("+NTM-Serif")


def rules_of_first_page(reader: PdfReader) -> list[float]:
    """Return the lengths in points of the thin lines drawn on page 1, from the top."""
    stream = reader.pages[0].get_contents().get_data().decode("latin-1")
    boxes = [tuple(map(float, match)) for match in re.findall(r"([\d.]+) ([\d.]+) ([\d.]+) 0 re", stream)]
    boxes += [
        (x, y + height, width, height)
        for x, y, width, height in (
            tuple(map(float, match)) for match in re.findall(r"([\d.]+) ([\d.]+) ([\d.]+) (2\d[\d.]*) re", stream)
        )
    ]
    lengths = {round(top): width * 0.75 for _, top, width, *_ in sorted(boxes, key=lambda box: box[1])}
    return list(lengths.values())


def test_lines_are_as_long_as_the_decree_says(issued):
    document = notice()
    motto = typeface.width(document.letterhead.motto, 14, "bold")
    issuer = [typeface.width(line, 13, "bold") for line in document.letterhead.issuer_lines]
    subject = [typeface.width(line, 14, "bold") for line in document.subject_lines]
    lengths = rules_of_first_page(issued)

    assert any(abs(length - motto) < 1 for length in lengths)
    for texts in (issuer, subject):
        assert any(all(text / 3 <= length <= text / 2 for text in texts) for length in lengths)


@pytest.mark.parametrize("start", [1, 16, 31, 46])
def test_no_heading_ends_a_page_and_the_signature_is_never_alone(start):
    for count in range(start, start + 15):
        body = (
            *section("Kết quả", [Dash(LINE)] * count),
            *(Heading("Nhiệm vụ"), Clause("Đối với phòng:"), Paragraph(LINE)),
            *section("Kiến nghị", paragraphs("Không.")),
        )
        pages = page_lines(read(notice(body=body)))
        endings = [lines[-1] for lines in pages[:-1]]

        assert not [line for line in endings if re.match(r"I+\. |1\. Đối", line)], count
        assert len([lines for lines in pages if "Nơi nhận:" in lines and "Hoàng Đình Sơn" in lines]) == 1, count
        assert pages[-1].index("Nơi nhận:") > 0, count


def test_a_long_last_paragraph_goes_with_the_signature():
    for count in range(20, 32):
        body = (*[Dash(LINE)] * count, Paragraph(LINE * 6))
        pages = page_lines(read(notice(body=body)))

        assert pages[-1].index("Nơi nhận:") > 1, count


def test_sections_without_points_are_printed():
    text = " ".join(words(read(notice(body=(*section("Khó khăn"), *section("Kiến nghị")))).pages[0].extract_text()))

    assert "I. KHÓ KHĂN II. KIẾN NGHỊ Nơi nhận:" in text


def test_a_document_without_body_and_recipients_is_printed():
    text = " ".join(words(read(notice(body=(), recipients=())).pages[0].extract_text()))

    assert "Nơi nhận:" not in text
    assert text.endswith("TL. CHỦ TỊCH CHÁNH VĂN PHÒNG Hoàng Đình Sơn")


def test_a_long_table_repeats_its_head_on_each_page_and_no_row_splits():
    pages = page_lines(read(notice(body=(results_table(57), *paragraphs("Hết.")))))
    with_rows = [lines for lines in pages if any(line.startswith("Mục ") for line in lines)]

    assert len(with_rows) >= 3
    assert all(sum("Nội dung đánh giá" in line for line in lines) == 1 for lines in with_rows)
    assert sum(line.startswith("Mục ") for lines in pages for line in lines) == 57


@pytest.mark.parametrize("start", range(20, 32))
def test_the_sum_below_a_table_is_never_alone_on_a_page(start):
    rows = tuple((str(place), f"Xã số {place}") for place in range(1, start))
    table = Table((Column("TT"), Column("Xã", 4)), (*rows, ("", "Cộng các xã")))
    pages = [" ".join(lines) for lines in page_lines(read(notice(body=(table, *paragraphs(LINE)))))]
    assert next(page.count("Xã số") for page in pages if "Cộng các xã" in page) >= 4


@pytest.mark.parametrize("count", range(22, 34))
def test_a_heading_stands_with_two_lines_at_least(count):
    body = (*dashes(["Rà soát."] * count), *section("Thay đổi trong kỳ", dashes(["Một.", "Hai.", "Ba."])))
    pages = [" ".join(lines) for lines in page_lines(read(notice(body=body)))]
    (page,) = (page for page in pages if "THAY ĐỔI TRONG KỲ" in page)
    assert "- Một. - Hai." in page


def test_a_picture_stands_below_its_title():
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="40" height="20"/></svg>'
    body = (picture(svg, "Cao Sơn đạt 12 tiêu chí.", "Số tiêu chí đạt của từng xã"), *paragraphs(LINE))
    text = " ".join(line for lines in page_lines(read(notice(body=body))) for line in lines)
    assert "Số tiêu chí đạt của từng xã Cao Sơn đạt 12 tiêu chí." in text


def test_the_title_of_a_group_goes_with_its_first_row():
    for count in range(8):
        pages = page_lines(read(notice(body=(*[Dash("Rà soát;")] * count, results_table(30)))))

        assert not [lines[-1] for lines in pages if lines[-1].startswith("Tiêu chí số")], count


# What it may open

TAGS = [
    '<link rel=attachment href="{}">',
    '<img src="{}">',
    '<object data="{}"></object>',
    '<embed src="{}">',
    '<a rel=attachment href="{}">x</a>',
    '<style>@import url("{}");</style>',
    '<link rel=stylesheet href="{}">',
    '<svg><image href="{}"/></svg>',
    '"><base href="{}"><img src=x>',
    '<style>@font-face {{ font-family: "NTM Serif"; src: url("{}") }}</style>',
]
TARGETS = [
    *("file:///etc/passwd", "file:/etc/passwd", "FILE:///etc/passwd", "file://localhost/etc/passwd", "/etc/passwd"),
    *("http://127.0.0.1:9/", "https://127.0.0.1:9/", "ftp://127.0.0.1:9/", "//127.0.0.1:9/", "http://[::1]:9/x.png"),
    *((typeface.FOLDER / name).as_uri() for name in ("OFL.txt", "../env.py", "%2e%2e/env.py", "../../settings.py")),
    *("file:///proc/self/environ", "file:////etc/passwd", "jar:file:///etc/passwd", "gopher://127.0.0.1:9/x"),
    *("file:///etc/passwd?a.ttf", "file:///etc/passwd#LiberationSerif-Regular.ttf"),
]
PAYLOADS = [tag.format(target) for tag, target in product(TAGS, TARGETS)]

_watching: list[list[tuple[str, str]]] = []


def _audit(event: str, values: tuple) -> None:
    if _watching and event in ("open", "socket.connect", "socket.getaddrinfo"):
        _watching[-1].append((event, str(values[1] if event == "socket.connect" else values[0])))


sys.addaudithook(_audit)


@contextmanager
def watched() -> Iterator[list[tuple[str, str]]]:
    """Give the files and addresses that are opened inside the block."""
    seen: list[tuple[str, str]] = []
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.pop()


def strange(seen: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return what is neither code, template, style, typeface nor WeasyPrint's own copy of the typeface."""
    paths = sysconfig.get_paths()
    ours = [settings.BASE_DIR / "templates", settings.BASE_DIR / "static" / "css"]
    code = [Path(paths[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    typefaces = {str(typeface.FOLDER / name) for name in typeface.FACES.values()}
    return [
        (event, name)
        for event, name in seen
        if event != "open"
        or not (
            name in typefaces
            or name.startswith(str(Path(tempfile.gettempdir()) / "weasyprint-"))
            or name.isdecimal()  # a file that is open already
            or any(Path(name).is_relative_to(folder) for folder in [*ours, *code])
        )
    ]


def test_two_hundred_payloads_open_no_file_and_no_socket_and_attach_nothing():
    assert len(PAYLOADS) == 200
    document = notice(
        subject=" ".join(PAYLOADS[::20]),
        letterhead=Letterhead((PAYLOADS[1], PAYLOADS[5]), PAYLOADS[0], superior=PAYLOADS[2], motto=PAYLOADS[3]),
        signature=Signature((PAYLOADS[4],), PAYLOADS[0]),
        body=(*paragraphs("\n".join(PAYLOADS)), Heading(PAYLOADS[0])),
        recipients=tuple(PAYLOADS[::10]),
        addressees=tuple(PAYLOADS[::25]),
    )

    with watched() as seen:
        content = pdf.render_pdf(document)

    assert strange(seen) == []
    reader = PdfReader(BytesIO(content))
    assert not reader.attachments
    printed = "".join("".join(page.extract_text() for page in reader.pages).split())
    assert "".join(PAYLOADS[0].split()) in printed


@pytest.mark.parametrize("target", TARGETS)
def test_the_fetcher_refuses_what_is_not_one_of_our_typefaces(target):
    page = "".join(tag.format(target) for tag in TAGS[:8])

    with watched() as seen:
        content = HTML(string=page, base_url="file:///", url_fetcher=pdf.asset_fetcher()).write_pdf()

    assert strange(seen) == []
    assert not PdfReader(BytesIO(content)).attachments


def test_the_fetcher_opens_our_typefaces_and_data_addresses():
    fetcher = pdf.asset_fetcher()
    file = typeface.FOLDER / "LiberationSerif-Regular.ttf"

    assert fetcher.fetch(file.as_uri()).read() == file.read_bytes()
    assert fetcher.fetch("data:text/plain,abc").read() == b"abc"


def test_without_our_fetcher_a_local_file_would_be_attached(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    page = f'<link rel=attachment href="{secret.as_uri()}">'

    with watched() as seen:
        content = HTML(string=page, url_fetcher=URLFetcher()).write_pdf()

    assert ("open", str(secret)) in strange(seen)
    assert PdfReader(BytesIO(content)).attachments


def test_a_missing_typeface_stops_the_rendering(monkeypatch, tmp_path):
    monkeypatch.setattr(typeface, "FOLDER", tmp_path)

    with pytest.raises(pdf.PdfError, match=r"LiberationSerif-Regular\.ttf cannot be read"):
        pdf.render_pdf(notice())
