"""Scans of paper: pictures become one PDF, and a PDF is counted by its pages."""

from collections.abc import Sequence
from io import BytesIO
from time import gmtime
from typing import Any

from PIL import PdfImagePlugin  # noqa: F401  teaches Pillow to write PDFs
from PIL.Image import Image, new

from ntm_tracker.lib.uploads.images import opened
from ntm_tracker.lib.uploads.kinds import KINDS
from ntm_tracker.lib.uploads.limits import Refused

# A4 at 200 dpi, as Nghị định 30/2020/NĐ-CP, Phụ lục I, Phần II asks of electronic copies of paper.
DPI = 200
PAGE = (1654, 2339)
MOST_PAGES = 60
QUALITY = 85


def pdf_of(pictures: Sequence[bytes], extensions: Sequence[str]) -> bytes:
    """Return one PDF with a page for each of `pictures`, which `redrawn` made; `extensions` are their kinds."""
    pages = [_page(content, extension) for content, extension in zip(pictures, extensions, strict=True)]
    out = BytesIO()
    day = gmtime(0)  # the same pictures give the same file
    options: dict[str, Any] = {"resolution": DPI, "quality": QUALITY, "creationDate": day, "modDate": day}
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], **options)
    return out.getvalue()


def _page(content: bytes, extension: str) -> Image:
    """Return the picture in colour, no larger than a sheet at 200 dpi, on white."""
    picture = opened(content, KINDS[extension])
    picture.load()
    small: Image = picture.convert("RGBA") if picture.mode != "RGB" else picture.copy()
    sheet = PAGE if small.height >= small.width else PAGE[::-1]
    small.thumbnail(sheet)
    if small.mode == "RGB":
        return small
    paper = new("RGB", small.size, "white")
    paper.paste(small, mask=small.getchannel("A"))
    return paper


def count_pages(content: bytes) -> int:
    """Return how many pages a checked PDF has; raise `Refused` when its tree of pages can't be read."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        reader = PdfFileReader(BytesIO(content), strict=False)
        waiting, pages = [reader.root["/Pages"]], 0
        while waiting and pages <= MOST_PAGES:
            node = waiting.pop()
            if "/Kids" in node:
                waiting += [node["/Kids"][place] for place in range(min(len(node["/Kids"]), MOST_PAGES + 1))]
            else:
                pages += 1
        return pages if pages <= MOST_PAGES else max(pages, int(reader.root["/Pages"]["/Count"]))
    except Exception:  # noqa: BLE001  whatever a broken file makes the library raise
        raise Refused("Không đọc được các trang của tệp PDF. Hãy quét lại rồi gửi lại.") from None


def check_pages(content: bytes) -> None:
    """Raise `Refused` for a scan that is longer than any notice."""
    pages = count_pages(content)
    if pages > MOST_PAGES:
        raise Refused(
            f"Bản quét có {pages} trang; mỗi bản nhận tối đa {MOST_PAGES} trang. Hãy quét riêng thông báo này."
        )
    if not pages:
        raise Refused("Tệp PDF không có trang nào. Hãy quét lại rồi gửi lại.")
