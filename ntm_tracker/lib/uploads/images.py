"""Pictures: measured by their header, then drawn anew, which leaves behind what isn't picture."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from PIL import ImageFile as Reading
from PIL import ImageOps
from PIL.Image import Image, new
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile, get_sampling
from PIL.PngImagePlugin import PngImageFile

from ntm_tracker.lib.figures import vn_decimal
from ntm_tracker.lib.uploads.kinds import Kind
from ntm_tracker.lib.uploads.limits import Limits, Refused

# What the two readers raise on broken files.
BROKEN = (OSError, SyntaxError, ValueError, KeyError, IndexError, EOFError, OverflowError, struct.error)
QUALITY = 88
THUMBNAIL_SIDE = 320
_READERS: dict[str, type[ImageFile]] = {"jpg": JpegImageFile, "png": PngImageFile}
_DAMAGED = "Ảnh bị hỏng hoặc chưa tải hết. Hãy mở thử trên máy; nếu không xem được, hãy chụp hoặc quét lại."


def check(content: bytes, kind: Kind, limits: Limits) -> None:
    """Raise `Refused` for a picture that is too large or whose header can't be read. Nothing is unpacked."""
    if kind.extension == "png":
        # Before the reader sees it: it would unpack text and colour profiles that come first.
        _measure(int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big"), limits)
    picture = opened(content, kind)
    _measure(*picture.size, limits)


def redrawn(content: bytes, kind: Kind) -> bytes:
    """Return the picture alone, upright, without place, camera, comments or anything after its end."""
    picture = opened(content, kind)
    try:
        with _strictly():
            picture.load()
        upright = ImageOps.exif_transpose(picture)
    except BROKEN:
        raise Refused(_DAMAGED) from None
    transparency = upright.info.get("transparency")
    upright.info = {} if transparency is None else {"transparency": transparency}
    return _saved(upright, "PNG") if kind.extension == "png" else _saved_jpg(upright, picture, len(content))


@contextmanager
def _strictly() -> Iterator[None]:
    """Let a picture that is cut off fail: WeasyPrint, once imported, tells Pillow to fill it with grey."""
    before, Reading.LOAD_TRUNCATED_IMAGES = Reading.LOAD_TRUNCATED_IMAGES, False
    try:
        yield
    finally:
        Reading.LOAD_TRUNCATED_IMAGES = before


def thumbnail(content: bytes, kind: Kind) -> bytes:
    """Return a small JPG of a picture that `redrawn` made."""
    picture: Image = opened(content, kind)
    picture.draft("RGB", (THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    if "transparency" in picture.info or picture.mode in ("RGBA", "LA", "PA"):
        on_white = new("RGB", picture.size, "white")
        on_white.paste(picture.convert("RGBA"), mask=picture.convert("RGBA").getchannel("A"))
        picture = on_white
    picture.info = {}
    out = BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=72, optimize=True)
    return out.getvalue()


def opened(content: bytes, kind: Kind) -> ImageFile:
    """Return the picture, its header read; raise `Refused` when it can't be."""
    try:
        return _READERS[kind.extension](BytesIO(content))
    except BROKEN:
        raise Refused(_DAMAGED) from None


def _measure(width: int, height: int, limits: Limits) -> None:
    if width * height > limits.pixels:
        found, most = f"{vn_decimal(width)} × {vn_decimal(height)}", limits.pixels // 1_000_000
        raise Refused(f"Ảnh quá lớn: {found} điểm ảnh, tối đa {most} triệu. Hãy thu nhỏ ảnh rồi gửi lại.")
    if not width * height:
        raise Refused(_DAMAGED)


def _saved(picture: Image, form: str, **options: Any) -> bytes:
    out = BytesIO()
    try:
        picture.save(out, form, **options)
    except BROKEN:
        raise Refused(_DAMAGED) from None
    return out.getvalue()


def _saved_jpg(picture: Image, sent: ImageFile, size: int) -> bytes:
    """Return `picture` as JPG; where that is larger than the `size` of what was sent, no finer than that was."""
    shown = picture if picture.mode in ("RGB", "L") else picture.convert("RGB")
    options = {"optimize": True, "progressive": "progression" in sent.info}
    saved = _saved(shown, "JPEG", quality=QUALITY, **options)
    if len(saved) <= size or shown.mode != sent.mode:
        return saved
    tables, sampling = sent.quantization, get_sampling(sent)  # type: ignore[attr-defined]  # a JpegImageFile
    try:
        as_sent = _saved(shown, "JPEG", qtables=tables, subsampling=sampling, **options)
    except Refused:  # tables that may be read and not written
        return saved
    return min(saved, as_sent, key=len)
