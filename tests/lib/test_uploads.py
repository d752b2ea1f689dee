"""What may come in: told by content, within limits, in bounded time and memory."""

import json
import random
import re
import subprocess
import sys
import unicodedata
import zipfile
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageOps, ImageStat

from ntm_tracker.lib.download import content_disposition
from ntm_tracker.lib.uploads import KINDS, LIMITS, Limits, Refused, inspect, pdf
from ntm_tracker.lib.uploads.images import redrawn, thumbnail
from tests.lib import files
from tests.lib.files import MIB, make_docx, make_image, make_opendocument, make_pdf, make_xlsx, pdf_stream

GOOD = {
    "bao-cao.pdf": make_pdf,
    "anh.jpg": make_image,
    "anh.png": lambda: make_image("PNG"),
    "bang.xlsx": make_xlsx,
    "bien-ban.docx": make_docx,
    "bang.ods": lambda: make_opendocument("spreadsheet"),
    "bien-ban.odt": make_opendocument,
}


def refusal(content: bytes, name: str = "tep.pdf", **options) -> str:
    with pytest.raises(Refused) as refused:
        inspect(BytesIO(content), name, **options)
    return str(refused.value)


@pytest.mark.parametrize("name", GOOD)
def test_each_kind_of_the_list_comes_in_and_is_told_by_its_content(name):
    content = GOOD[name]()
    accepted = inspect(BytesIO(content), "khong-noi-gi")
    assert accepted.extension == name.rpartition(".")[2]
    assert accepted.content_type == KINDS[accepted.extension].content_type
    assert accepted.size == len(content)


def test_the_list_of_kinds_is_the_promised_one():
    assert set(KINDS) == {"pdf", "jpg", "png", "xlsx", "docx", "ods", "odt"}
    assert (LIMITS.size, LIMITS.unpacked, LIMITS.ratio) == (10 * MIB, 100 * MIB, 100)
    assert (LIMITS.entries, LIMITS.pixels, LIMITS.cells) == (1_000, 40_000_000, 500_000)


def test_a_caller_can_ask_for_one_kind_only():
    assert "chỉ nhận xlsx" in refusal(make_pdf(), only=("xlsx",))
    assert inspect(BytesIO(make_xlsx()), "a.xlsx", only=("xlsx",)).extension == "xlsx"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "kiểu cũ (.doc, .xls) hoặc có mật khẩu"),
        (b"PK\x03\x04" + b"0" * 600, "tệp nén"),
        (make_xlsx()[:-30], "bị hỏng"),
        (b"mot tep van ban", "Không nhận ra loại tệp"),
        (b"0" * (LIMITS.size + 1), "lớn quá 10 MB"),
    ],
    ids=["old", "archive", "damaged", "unknown", "large"],
)
def test_the_way_out_is_one_that_is_taken_there(content, fault):
    text = refusal(content, only=("xlsx",))
    assert fault in text
    assert "chỉ nhận xlsx" in text
    assert not re.search("PDF|docx|JPG|dpi", text)


def test_an_empty_and_a_too_large_file_are_refused_with_the_limit():
    assert "rỗng" in refusal(b"")
    assert "10 MB" in refusal(make_pdf() + b" " * LIMITS.size)


def test_the_checked_file_stands_at_its_beginning():
    file = BytesIO(make_pdf())
    inspect(file, "a.pdf")
    assert file.tell() == 0


# Bombs: each is refused in 2 seconds and 100 MiB more than the program itself needs.


def _archive(entries, **parts):
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def _deep_xlsx():
    """A workbook in a workbook, five times."""
    content = make_xlsx()
    for _ in range(5):
        content = files.with_parts(make_xlsx(), {"xl/embeddings/book.xlsx": content})
    return content


def _laughs(name="xl/sharedStrings.xml", encoding="utf-8"):
    rows = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{rows}]><x>&a9;</x>'
    return files.with_parts(make_xlsx(), {name: text.encode(encoding)})


def _declaration(text):
    return files.with_parts(make_docx(), {"word/extra.xml": f'<?xml version="1.0"?>{text}<x>&e;</x>'.encode()})


def _many_entries(count):
    return files.with_parts(make_xlsx(), {f"xl/media/{n}": b"" for n in range(count)})


def _overlapping():
    """Entries that all unpack the same bytes: a whole archive of one small piece."""
    content = bytearray(_archive([(f"xl/workbook.xml{n}", bytes(100)) for n in range(20)]))
    directory = content.index(b"PK\x01\x02")
    place = content.index(b"PK\x01\x02", directory + 4)
    content[place + 42 : place + 46] = b"\0\0\0\0"
    return bytes(content)


def _false_count():
    content = bytearray(_many_entries(5_000))
    end = content.rindex(b"PK\x05\x06")
    content[end + 8 : end + 12] = b"\x05\0\x05\0"
    return bytes(content)


def _circular_pages():
    return make_pdf().replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]")


def _circular_pages_packed():
    return make_pdf(b"", files.object_stream(b"<</Type/Pages/Kids[9 0 R]/Count 1>>"))


def _long_circle():
    pages = [b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (number + 1) for number in range(4, 5_000)]
    return make_pdf(b"", *pages, b"<</Type/Pages/Kids 5001 0 R>>", b"[4 0 R]")


def _noise(seed, size):
    return random.Random(seed).randbytes(size)  # noqa: S311


def _zeros(size):
    engine = zlib.compressobj(9)
    return b"".join(engine.compress(bytes(MIB)) for _ in range(size // MIB)) + engine.flush()


BOMBS = {
    "ratio 1000:1": lambda: files.with_parts(make_xlsx(), {"xl/sharedStrings.xml": b"<" + b"a" * (20 * MIB)}),
    "ratio 1000:1 in a document": lambda: files.with_parts(make_docx(), {"word/media/a.bin": bytes(20 * MIB)}),
    "ratio 1000:1 in OpenDocument": lambda: make_opendocument("text", "<a>" + "x" * (20 * MIB)),
    "ratio in many parts": lambda: files.with_parts(
        make_xlsx(), {f"xl/media/{n}.bin": bytes(MIB + 1) for n in range(30)}
    ),
    "out of 100 MiB below the ratio": lambda: files.with_parts(
        make_xlsx(), {f"xl/media/{n}.bin": _noise(n, 20 * 1024) * 52 for n in range(105)}
    ),
    "100,000 entries": lambda: _archive([("xl/workbook.xml", b""), *((str(n), b"") for n in range(100_000))]),
    "1,001 entries": lambda: _many_entries(1_001),
    "a false count of entries": _false_count,
    "entries that overlap": _overlapping,
    "a size said too small": lambda: files.with_declared_size(make_xlsx(200), "xl/worksheets/sheet1.xml", 10),
    "a size said too large": lambda: files.with_declared_size(make_xlsx(), "xl/worksheets/sheet1.xml", 2**31),
    "nested five deep": _deep_xlsx,
    "nested archive": lambda: files.with_parts(make_docx(), {"word/x.bin": _archive([("a", b"b")])}),
    "nested gzip": lambda: files.with_parts(make_docx(), {"word/x.bin": b"\x1f\x8b\x08" + bytes(50)}),
    "entity bomb": _laughs,
    "entity bomb in UTF-16": lambda: _laughs(encoding="utf-16"),
    "entity bomb in an unnamed part": lambda: _laughs("xl/strange.dat"),
    "quadratic entities": lambda: _declaration(f'<!DOCTYPE x [<!ENTITY e "{"a" * 50_000}">]>'),
    "XXE": lambda: _declaration('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'),
    "XXE by parameter": lambda: _declaration('<!DOCTYPE x [<!ENTITY % p SYSTEM "http://a.example/"> %p;]>'),
    "external DTD": lambda: _declaration('<!DOCTYPE x SYSTEM "http://a.example/x.dtd">'),
    "external DTD by public name": lambda: _declaration('<!DOCTYPE x PUBLIC "a" "http://a.example/x.dtd">'),
    "another coding of XML": lambda: files.with_parts(
        make_docx(), {"word/x.xml": b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE'}
    ),
    "600,000 cells": lambda: files.with_parts(
        make_xlsx(), {"xl/worksheets/sheet1.xml": b"".join(b'<c r="A%d"/>' % n for n in range(600_000))}
    ),
    "600,000 cells with a prefix": lambda: files.with_parts(
        make_xlsx(), {"xl/worksheets/sheet1.xml": b"".join(b'<x:c r="A%d"/>' % n for n in range(600_000))}
    ),
    "PNG of 30,000 × 30,000": lambda: files.png_of_size(30_000, 30_000),
    "PNG of 1 × 2³¹": lambda: files.png_of_size(1, 2**31 - 1),
    "real PNG of 10,000 × 5,000": lambda: make_image("PNG", (10_000, 5_000), "1"),
    "real JPG of 10,000 × 5,000": lambda: make_image("JPEG", (10_000, 5_000), "L"),
    "PNG with 64 MiB of text": lambda: files.png_with_text("a" * (64 * MIB)),
    "PDF flate bomb": lambda: make_pdf(b"", pdf_stream(b"", packed=_zeros(200 * MIB))),
    "PDF flate bomb of 1 GiB": lambda: make_pdf(b"", pdf_stream(b"", packed=_zeros(1024 * MIB))),
    "PDF flate bomb in parts": lambda: make_pdf(b"", *[pdf_stream(b"", packed=_zeros(4 * MIB))] * 60),
    "PDF flate bomb as a picture": lambda: make_pdf(
        b"", pdf_stream(b"", b"/Subtype/Image/Filter/FlateDecode", packed=_zeros(200 * MIB))
    ),
    "PDF flate bomb in two layers": lambda: make_pdf(
        b"", pdf_stream(b"", b"/Filter[/FlateDecode/Fl#61teDecode]", packed=zlib.compress(_zeros(200 * MIB)))
    ),
    "PDF of 30,000 streams": lambda: make_pdf(b"", *[pdf_stream(b"a")] * 30_000),
    "circular page tree": _circular_pages,
    "circular page tree in an object stream": _circular_pages_packed,
    "circular page tree of 5,000": _long_circle,
    "PDF in an endless circle of two": lambda: make_pdf(b"", b"<</Kids[5 0 R]>>", b"<</Kids[4 0 R]>>"),
}

# Runs in a process of its own, so that its peak of memory can be read.
MEASURE = """
import json, resource, sys, time
from io import BytesIO
from ntm_tracker.lib.uploads import Refused, inspect
for content in (open(path, "rb").read() for path in sys.argv[1:]):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.process_time()
    try:
        inspect(BytesIO(content), "tep")
        said = ""
    except Refused as refused:
        said = str(refused)
    spent = time.process_time() - begin
    print(json.dumps([said, spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before]))
"""


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """What was said of each bomb, after how many seconds, with how many KiB more."""
    folder = tmp_path_factory.mktemp("bombs")
    paths = []
    for number, make in enumerate(BOMBS.values()):
        path = folder / str(number)
        path.write_bytes(make())
        paths.append(str(path))
    answer = subprocess.run([sys.executable, "-c", MEASURE, *paths], capture_output=True, text=True, check=True)
    return dict(zip(BOMBS, map(json.loads, answer.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_two_seconds_and_a_hundred_mebibytes(name, measured):
    said, seconds, kibibytes = measured[name]
    assert said.endswith("."), "it came in"
    assert seconds <= 2
    assert kibibytes <= 100 * 1024


def test_the_bombs_would_be_expensive_without_the_check():
    """The control: the same kinds of bytes, read as they come, swell a hundred times and more."""
    with zipfile.ZipFile(BytesIO(BOMBS["ratio 1000:1"]())) as archive:
        entry = archive.getinfo("xl/sharedStrings.xml")
        assert len(archive.read(entry)) > 500 * entry.compress_size
    assert len(_zeros(200 * MIB)) * 900 < 200 * MIB


def _with_bytes_between_entries():
    """A document with something between two entries that no directory names."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", files.part(make_docx(), "[Content_Types].xml"))
        archive.fp.write(SCRIPT * 5)
        archive.start_dir = archive.fp.tell()
        archive.writestr("word/document.xml", "<a/>")
    return out.getvalue()


def test_bytes_between_the_entries_of_an_archive_are_noticed():
    assert "không khớp" in refusal(_with_bytes_between_entries())


def test_the_limits_count_what_comes_out_not_what_is_said():
    """The control for the lying headers: with limits that are wide open the lie itself is still found."""
    wide = Limits(ratio=10**9, unpacked=10**9)
    assert "không khớp" in refusal(BOMBS["a size said too small"](), limits=wide)
    inspect(BytesIO(BOMBS["ratio 1000:1 in a document"]()), "a.docx", limits=wide)


# Disguises

SCRIPT = b"<script>alert(1)</script>"
ACTIONS = {
    b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>": "JavaScript",
    b"/OpenAction<</S/Launch/F(cmd.exe)>>": "chạy chương trình",
    b"/Names<</EmbeddedFiles<</Names[]>>>>": "đính kèm",
    b"/Names<</JavaScript 4 0 R>>": "JavaScript",
    b"/AA<</O<</S/Rendition/JS(1)>>>>": "phim",
    b"/OpenAction<</S/GoToE>>": "nhúng",
    b"/OpenAction<</S/ImportData>>": "tự nạp",
    b"/AcroForm<</XFA 4 0 R>>": "XFA",
    b"/Extra<</Subtype/RichMedia>>": "phim",
}


def spelled(text: bytes, chance: random.Random) -> bytes:
    """Write some letters of the names in `text` as #hh, as a PDF may."""
    out, in_name = bytearray(), False
    for letter in text:
        in_name = letter == ord("/") or (in_name and chr(letter).isalnum())
        if in_name and chr(letter).isalpha() and chance.random() < 0.5:
            out += b"#%02x" % letter if chance.random() < 0.5 else b"#%02X" % letter
        else:
            out.append(letter)
    return bytes(out)


def disguised_files():
    """300 files that claim to be what they aren't, or are two things at once."""
    chance = random.Random(2023)  # noqa: S311
    for number in range(40):
        tag = [b"script", b"html", b"svg", b"iframe"][number % 4]
        yield b"\n" * (number // 4) + b"<%b onload=alert(1)>%b</%b>" % (tag, SCRIPT, tag)
    for number in range(40):
        yield [make_image(), make_image("PNG")][number % 2] + b" " * number + SCRIPT
    for number in range(30):
        yield make_image(comment=b"a" * number + b"<svg onload=alert(1)>")
    for _ in range(100):
        for action in ACTIONS:
            yield make_pdf(spelled(action, chance))
    for action in list(ACTIONS) * 3:
        yield make_pdf(b"", files.object_stream(b"<<%b>>" % spelled(action, chance)))
    macro_type = b"application/vnd.ms-word.document.macroEnabled.main+xml"
    for number in range(15):
        types = files.part(make_docx(), "[Content_Types].xml")
        yield files.with_macro(make_docx())
        yield files.with_parts(
            make_docx(), {"[Content_Types].xml": types.replace(f"{files.MAIN}.word".encode(), macro_type + b".")}
        )
        yield files.with_parts(make_xlsx(), {f"xl/macrosheets/sheet{number}.xml": b"<x/>"})
        yield files.with_parts(make_opendocument(), {f"Basic/Standard/Module{number}.xml": b"<x/>"})
        yield files.with_parts(make_docx(), {f"word/embeddings/o{number}.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"})
    for make in GOOD.values():
        yield SCRIPT + make()
        yield b"GIF89a" + make()
        yield b"MZ" + make()
        if make is not make_pdf:
            yield make() + _archive([("a.html", SCRIPT)])
    yield make_pdf() + _archive([("a.html", SCRIPT)])
    yield _archive([("a.html", SCRIPT)]) + make_pdf()
    yield b"%PDF-1.7\n" + SCRIPT + make_pdf()[9:]
    yield make_pdf(trailer=b"/Encrypt 4 0 R")
    yield make_pdf()[:-20]
    yield make_image()[:50]
    yield make_docx()[:-30]
    yield _archive([("a.txt", b"a")])
    yield _archive([("xl/workbook.xml", b"<a/>"), ("[Content_Types].xml", b"<Types/>")])
    yield b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000)


def test_of_three_hundred_disguised_files_none_comes_in():
    disguised = list(disguised_files())
    assert len(disguised) >= 300
    assert [content[:60] for content in disguised if comes_in(content)] == []


def comes_in(content: bytes) -> bool:
    try:
        inspect(BytesIO(content), "anh.jpg")
    except Refused:
        return False
    return True


@pytest.mark.parametrize("action", ACTIONS)
def test_the_refusal_says_what_a_pdf_would_do(action):
    assert ACTIONS[action] in refusal(make_pdf(action))


def test_the_control_pdf_with_a_plain_destination_comes_in():
    inspect(BytesIO(make_pdf(b"/OpenAction[3 0 R/Fit]/Names<</Dests<</Names[]>>>>")), "a.pdf")


def test_a_pdf_with_something_after_its_end_is_told_from_one_that_is_cut_off():
    assert "phần thừa sau chỗ kết thúc" in refusal(make_pdf() + b"%0\n")
    assert "chưa tải hết" in refusal(make_pdf()[:-30])


@pytest.mark.parametrize(
    "dictionary", [b"/Filter/LZWDecode", b"/Filter[/ASCIIHexDecode/FlateDecode]", b"/Filter/ASCII85Decode"]
)
def test_objects_in_a_coding_that_cannot_be_read_do_not_come_in(dictionary):
    hidden = files.object_stream(b"", dictionary=dictionary, packed=b"789c0300")
    assert "cấu trúc lạ" in refusal(make_pdf(b"", hidden))


def test_an_object_stream_hidden_behind_a_false_object_is_noticed():
    hidden = files.object_stream(b"", dictionary=b"/Filter/LZWDecode/A(obj)", packed=b"abc")
    assert "cấu trúc lạ" in refusal(make_pdf(b"", hidden))


def test_a_document_that_loads_a_template_from_outside_does_not_come_in():
    relation = (
        '<Relationships><Relationship Id="r" TargetMode="External" Target="{}" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}"/></Relationships>'
    )
    for kind, target in (
        ("attachedTemplate", "https://a.example/t.dotm"),
        ("oleObject", "\\\\may\\x"),
        ("image", "//a/b"),
    ):
        content = files.with_parts(make_docx(), {"word/_rels/x.rels": relation.format(target, kind).encode()})
        assert "bên ngoài" in refusal(content)
    for kind, target in (("hyperlink", "https://a.example/"), ("attachedTemplate", "file:///C:\\Mau\\Normal.dotm")):
        content = files.with_parts(make_docx(), {"word/_rels/x.rels": relation.format(target, kind).encode()})
        inspect(BytesIO(content), "a.docx")


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ".docx"),
        (b"\0\0\0\x18ftypheic" + bytes(100), "HEIC"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "JPG"),
        (b"Rar!\x1a\x07\x00" + bytes(50), "giải nén"),
        (b"MZ" + bytes(100), "chương trình"),
        (b"Xin ch\xc3\xa0o", "pdf, jpg, png"),
    ],
)
def test_what_people_send_by_mistake_is_refused_with_the_way_out(content, advice):
    assert advice in refusal(content)


# Pictures drawn anew


def test_a_drawn_picture_keeps_no_place_camera_or_comment():
    exif = Image.Exif()
    exif[0x010F] = "MAY-ANH-BI-MAT"
    exif[0x0112] = 6
    content = make_image(size=(60, 40), exif=exif, comment=b"GHI-CHU-BI-MAT") + b"DUOI-BI-MAT"
    clean = redrawn(content, KINDS["jpg"])
    assert b"BI-MAT" in content
    assert b"BI-MAT" not in clean
    assert Image.open(BytesIO(clean)).size == (40, 60), "upright"


def photo(quality, orientation=1, **options):
    """A picture with as much detail as a photograph, compressed as a telephone does."""
    noise = Image.effect_noise((320, 240), 40).resize((640, 480))
    picture = Image.merge("RGB", [noise, noise.rotate(180), Image.linear_gradient("L").resize((640, 480))])
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality, exif=exif, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    "options", [{"quality": 60}, {"quality": 75, "progressive": True}, {"quality": 80, "subsampling": 0}]
)
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_drawn_jpg_is_not_larger_than_what_was_sent(options, orientation):
    content = photo(orientation=orientation, **options)
    clean = redrawn(content, KINDS["jpg"])
    assert len(clean) <= len(content)
    again = redrawn(clean, KINDS["jpg"])
    assert len(again) <= len(clean)
    before, after = (Image.open(BytesIO(row)).convert("L") for row in (content, clean))
    upright = ImageOps.exif_transpose(Image.open(BytesIO(content))).convert("L")
    assert after.size == upright.size != (before.size if orientation == 6 else None)
    assert ImageStat.Stat(ImageChops.difference(upright, after)).mean[0] < 3


def test_a_jpg_that_was_saved_finer_than_we_save_is_made_smaller():
    content = photo(quality=98)
    assert len(redrawn(content, KINDS["jpg"])) < len(content) / 2


def test_a_drawn_png_keeps_its_transparency_and_no_text():
    content = files.png_with_text("GHI-CHU-BI-MAT")
    assert b"tEXt" not in redrawn(content, KINDS["png"])
    assert b"zTXt" not in redrawn(content, KINDS["png"])
    clear = make_image("PNG", mode="RGBA")
    assert Image.open(BytesIO(redrawn(clear, KINDS["png"]))).mode == "RGBA"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_png_gives_a_small_picture(mode):
    clean = redrawn(make_image("PNG", (900, 600), mode), KINDS["png"])
    small = Image.open(BytesIO(thumbnail(clean, KINDS["png"])))
    assert (small.format, max(small.size)) == ("JPEG", 320)


@pytest.mark.parametrize("lenient", [False, True])
def test_a_picture_cut_off_is_refused_when_drawn(monkeypatch, lenient):
    """Even after WeasyPrint has told Pillow to fill up what is missing."""
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", lenient)
    content = make_image(size=(800, 800))
    with pytest.raises(Refused, match="hỏng"):
        redrawn(content[: len(content) // 2], KINDS["jpg"])


# Names

FOLDERS, BREAKS = ["../", "..\\", "/", "C:\\"], ["\0", "\r\n", "\n", "\t", "\x7f", "\u2028"]
MARKS, SIGNS = ["\u202e", "\u200f", "\u2066"], ['"', ";", "%", "😀", " ", "x" * 300, "CON", ".pdf", ".html"]
VIETNAMESE = ["Biên bản", "ệ", "e\u0323\u0302", "đ"]
SPICE = st.sampled_from([*FOLDERS, *BREAKS, *MARKS, *SIGNS, *VIETNAMESE])
NAMES = st.lists(SPICE | st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=8).map("".join)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(NAMES)
def test_any_name_becomes_one_that_can_be_shown_and_sent(name):
    accepted = inspect(BytesIO(make_pdf()), name)
    shown = accepted.name
    assert shown.endswith((".pdf", ".PDF"))
    assert shown == unicodedata.normalize("NFC", shown)
    assert len(shown.encode()) <= 240
    assert not {"/", "\\", "\r", "\n", "\0"} & set(shown)
    assert not any(unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp"} for sign in shown)
    header = content_disposition(shown)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("18.1_Biên bản.pdf", "18.1_Biên bản.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\a\\bao cao.PDF", "bao cao.PDF"),
        ("anh.jpg", "anh.pdf"),
        ("a.pdf.exe", "a.pdf.exe.pdf"),
        ("Bie\u0302n ba\u0309n.pdf", "Biên bản.pdf"),
        ("gpj\u202efdp.pdf", "gpjfdp.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("", "minh-chung.pdf"),
        ("...", "minh-chung.pdf"),
    ],
)
def test_a_name_loses_what_harms_and_keeps_what_people_wrote(name, shown):
    assert inspect(BytesIO(make_pdf()), name).name == shown


NUMBERS = st.sampled_from([b"", b"1", b"12345", b"123456", b"1234567890", b"12345678901"])
GAPS = st.sampled_from([b"", b" ", b"\r\n", b"\0" * 40])
HEADS = st.tuples(NUMBERS, GAPS, NUMBERS, GAPS, st.sampled_from([b"obj", b"objx", b"endobj"]), GAPS).map(b"".join)


@given(st.lists(HEADS, max_size=4).map(b"".join))
@settings(max_examples=1000)
def test_the_objects_of_a_pdf_are_found_as_its_grammar_writes_them(content):
    grammar = re.compile(rb"(?<![0-9])(\d{1,10})[ \t\r\n\f\0]+\d{1,5}[ \t\r\n\f\0]+obj\b")
    assert list(pdf._objects(content)) == [(int(found[1]), found.end()) for found in grammar.finditer(content)]
