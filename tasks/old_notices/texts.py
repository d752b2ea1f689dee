"""The plain text of an uploaded notice: PDF with text, Word, plain text."""

from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any

from ntm_tracker.lib.uploads import Refused, inspect
from ntm_tracker.lib.uploads import read as read_bytes

MOST_PAGES = 60
MOST_LETTERS = 300_000
FEW_LETTERS = 200  # a scanned page yields none, a notice thousands


def text_of_file(file: IO[bytes] | Any, name: str) -> str:
    """Return the text of the uploaded `file`, called `name`. Raises `Refused` with a sentence for the person."""
    if name.lower().endswith(".txt"):
        return _enough(_decoded(read_bytes(file)))
    accepted = inspect(file, name, only=("pdf", "docx"))
    file.seek(0)
    content = file.read()
    return _enough(_text_of_pdf(content) if accepted.extension == "pdf" else _text_of_docx(content))


def _enough(text: str) -> str:
    if len(text.strip()) < FEW_LETTERS:
        raise Refused(
            "Tệp không có chữ đọc được, có lẽ là bản quét. Hãy mở văn bản gốc, chép phần chữ rồi dán vào ô bên dưới."
        )
    return text[:MOST_LETTERS]


def _decoded(content: bytes) -> str:
    """Notepad writes UTF-8 with or without a mark, or UTF-16 with one."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused(
            "Tệp chữ không ở bảng mã Unicode (có thể là TCVN3 hoặc VNI). Hãy chuyển sang Unicode rồi tải lại."
        ) from error


def _text_of_pdf(content: bytes) -> str:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted:
            raise Refused("Tệp PDF đặt mật khẩu. Hãy bỏ mật khẩu hoặc chép phần chữ rồi dán vào ô bên dưới.")
        if len(reader.pages) > MOST_PAGES:
            raise Refused(f"Tệp có {len(reader.pages)} trang; ở đây nhận tối đa {MOST_PAGES} trang.")
        return "\n".join(page.extract_text() for page in reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused("Không đọc được tệp PDF này. Hãy chép phần chữ rồi dán vào ô bên dưới.") from error


def _text_of_docx(content: bytes) -> str:
    """Return one line a paragraph; a table (the head, the signature) cell by cell, each row from left to right."""
    from docx import Document

    try:
        document = Document(BytesIO(content))
    except (ValueError, KeyError) as error:
        raise Refused("Không đọc được tệp Word này. Hãy chép phần chữ rồi dán vào ô bên dưới.") from error
    return "\n".join(_blocks(document))


def _blocks(holder: Any) -> Iterator[str]:
    from docx.table import Table

    for block in holder.iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                cells = ["\n".join(_blocks(cell)) for cell in row.cells]
                yield from (line for cell in cells for line in cell.splitlines())
        else:
            yield block.text
