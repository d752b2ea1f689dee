"""Files that people send, good ones and bad ones, made in memory."""

import struct
import zipfile
import zlib
from io import BytesIO

import docx
import openpyxl
from PIL import Image
from PIL.PngImagePlugin import PngInfo

MIB = 1024 * 1024
MAIN = "application/vnd.openxmlformats-officedocument"


def make_pdf(catalog: bytes = b"", *more: bytes, trailer: bytes = b"") -> bytes:
    """A one-page PDF; `catalog` goes into its catalogue, `more` are further objects from number 4 on."""
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        *more,
    ]
    out, places = BytesIO(), []
    out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    for number, body in enumerate(bodies, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
    start = out.tell()
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    out.write(b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(bodies) + 1, rows))
    out.write(b"trailer\n<</Root 1 0 R/Size %d%b>>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, trailer, start))
    return out.getvalue()


def pdf_stream(content: bytes, dictionary: bytes = b"/Filter/FlateDecode", *, packed: bytes | None = None) -> bytes:
    data = zlib.compress(content, 9) if packed is None else packed
    return b"<<%b/Length %d>>\nstream\n%b\nendstream" % (dictionary, len(data), data)


def object_stream(body: bytes, *, number: int = 9, dictionary: bytes = b"/Filter/FlateDecode", **options) -> bytes:
    head = b"%d 0 " % number
    keys = b"/Type/ObjStm/N 1/First %d" % len(head)
    return pdf_stream(head + body, keys + dictionary, **options)


def make_image(format_name: str = "JPEG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **options) -> bytes:
    out = BytesIO()
    Image.new(mode, size, 80 if mode == "L" else None).save(out, format_name, **options)
    return out.getvalue()


def png_of_size(width: int, height: int) -> bytes:
    """A PNG whose header claims a size; it holds a few bytes only."""
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            (b"IDAT", zlib.compress(bytes(1000))),
            (b"IEND", b""),
        )
    )


def png_with_text(text: str) -> bytes:
    info = PngInfo()
    info.add_text("Comment", text, zip=True)
    return make_image("PNG", pnginfo=info)


def make_xlsx(rows: int = 2) -> bytes:
    out, book = BytesIO(), openpyxl.Workbook()
    for row in range(rows):
        book.active.append([row, "Nội dung"])
    book.save(out)
    return out.getvalue()


def make_docx() -> bytes:
    out, document = BytesIO(), docx.Document()
    document.add_paragraph("Biên bản")
    document.save(out)
    return out.getvalue()


def make_opendocument(kind: str = "text", content: str = "<office:document-content/>") -> bytes:
    """An ODF file: its media type first and stored, as the format asks (ODF 1.2, part 3, 3.3)."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}", zipfile.ZIP_STORED)
        archive.writestr("content.xml", content)
    return out.getvalue()


def changed(archive: bytes, **parts: bytes | None) -> bytes:
    """Return an office file with parts replaced or added (None: left out); `__` in a name stands for `/`."""
    wanted = {name.replace("__", "/"): content for name, content in parts.items()}
    return with_parts(archive, wanted)


def with_parts(archive: bytes, wanted: dict[str, bytes | None]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(archive)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            if entry.filename not in wanted:
                target.writestr(entry, source.read(entry))
        for name, content in wanted.items():
            if content is not None:
                target.writestr(name, content)
    return out.getvalue()


def part(archive: bytes, name: str) -> bytes:
    with zipfile.ZipFile(BytesIO(archive)) as source:
        return source.read(name)


def with_macro(archive: bytes) -> bytes:
    return with_parts(archive, {"word/vbaProject.bin": b"\0" * 100})


def with_declared_size(archive: bytes, name: str, size: int) -> bytes:
    """Return the archive with another unpacked size for `name` in both headers."""
    with zipfile.ZipFile(BytesIO(archive)) as source:
        entry = source.getinfo(name)
    lying, raw = bytearray(archive), name.encode()
    struct.pack_into("<L", lying, entry.header_offset + 22, size)
    directory = archive.index(b"PK\x01\x02")
    place = archive.index(raw, directory) - 46
    struct.pack_into("<L", lying, place + 24, size)
    return bytes(lying)
