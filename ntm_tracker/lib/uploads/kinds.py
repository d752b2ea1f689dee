"""The kinds of files that may come in, recognised by their content."""

import re
from dataclasses import dataclass
from io import BytesIO
from zipfile import is_zipfile

from ntm_tracker.lib.uploads.limits import Refused


@dataclass(frozen=True)
class Kind:
    """A kind of file. `other_extensions` are further endings under which it goes about."""

    extension: str
    content_type: str
    family: str
    label: str
    other_extensions: tuple[str, ...] = ()


_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"

KINDS = {
    kind.extension: kind
    for kind in (
        Kind("pdf", "application/pdf", "pdf", "tệp PDF"),
        Kind("jpg", "image/jpeg", "image", "ảnh JPG", ("jpeg", "jpe", "jfif")),
        Kind("png", "image/png", "image", "ảnh PNG"),
        Kind("xlsx", f"{_OOXML}.spreadsheetml.sheet", "container", "bảng tính Excel"),
        Kind("docx", f"{_OOXML}.wordprocessingml.document", "container", "văn bản Word"),
        Kind("ods", f"{_ODF}.spreadsheet", "container", "bảng tính OpenDocument"),
        Kind("odt", f"{_ODF}.text", "container", "văn bản OpenDocument"),
    )
}

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ARCHIVES = (ZIP, b"PK\x05\x06", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")

# What people send most often among that which isn't taken, with the way out.
_ADVICE: tuple[tuple[int, tuple[bytes, ...], str], ...] = (
    (
        0,
        (OLE,),
        "Tệp Word, Excel kiểu cũ (.doc, .xls) hoặc có mật khẩu thì không kiểm tra được. "
        "Hãy bỏ mật khẩu và lưu lại thành .docx, .xlsx hoặc PDF.",
    ),
    (
        4,
        (b"ftyphei", b"ftyphev", b"ftypmif"),
        "Ảnh HEIC của điện thoại chưa dùng được. Hãy xuất ảnh ra JPG rồi gửi lại.",
    ),
    (8, (b"WEBP",), "Ảnh WebP chưa dùng được. Hãy lưu ảnh thành JPG hoặc PNG rồi gửi lại."),
    (0, (b"II*\0", b"MM\0*"), "Ảnh TIFF chưa dùng được. Hãy lưu ảnh thành JPG, PNG hoặc PDF rồi gửi lại."),
    (0, (b"GIF8", b"BM"), "Ảnh GIF, BMP chưa dùng được. Hãy lưu ảnh thành JPG hoặc PNG rồi gửi lại."),
    (0, ARCHIVES[1:], "Đây là tệp nén. Hãy giải nén rồi gửi từng tệp bên trong."),
    (0, (b"MZ", b"\x7fELF", b"#!"), "Đây là tệp chương trình, không phải tài liệu. Hãy gửi PDF, ảnh hoặc văn bản."),
)

# Signs of a second, active content inside a picture.
_MARKUP = re.compile(rb"<(?:script|html|svg|iframe|body|\?php|!doctype|!entity)\b", re.IGNORECASE)
_HEAD = 1024


def recognised(content: bytes) -> Kind:
    """Return the kind of `content`; raise `Refused` for every other one and for two kinds in one file."""
    if content.startswith(b"%PDF-"):
        return _single(KINDS["pdf"], content)
    if content.startswith(b"\xff\xd8\xff"):
        return _single(KINDS["jpg"], content)
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _single(KINDS["png"], content)
    if content.startswith(ZIP):
        return _office(content)
    for offset, signs, advice in _ADVICE:
        if content.startswith(signs, offset):
            raise Refused(advice)
    raise Refused(f"Không nhận ra loại tệp từ nội dung. Chỉ nhận {', '.join(KINDS)}. Hãy lưu lại thành một loại đó.")


def _single(kind: Kind, content: bytes) -> Kind:
    """Return `kind` unless the file is something else as well (a polyglot)."""
    hidden = is_zipfile(BytesIO(content))
    if kind.family == "image":
        hidden = hidden or b"%PDF-" in content[:_HEAD] or bool(_MARKUP.search(content))
    else:
        hidden = hidden or bool(_MARKUP.search(content[:_HEAD]))
    if hidden:
        raise Refused(f"Tệp là {kind.label} nhưng giấu nội dung khác bên trong. Hãy quét lại hoặc chụp lại bản gốc.")
    return kind


def _office(content: bytes) -> Kind:
    """Tell the office formats apart by what a reader looks at first; the check proper comes later."""
    for kind in (KINDS["ods"], KINDS["odt"]):
        if content[30:].startswith(b"mimetype" + kind.content_type.encode() + ZIP):
            return kind
    if b"word/document.xml" in content:
        return KINDS["docx"]
    if b"xl/workbook.xml" in content:
        return KINDS["xlsx"]
    raise Refused(
        "Đây là tệp nén hoặc loại tài liệu chưa dùng được. Trong nhóm này chỉ nhận xlsx, docx, ods, odt. "
        "Hãy giải nén rồi gửi từng tệp, hoặc lưu lại thành PDF."
    )
