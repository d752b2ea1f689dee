"""The picture of a signature: the signer's handwriting and the seal, at the place the decree gives them.

Nghị định 30/2020/NĐ-CP, Phụ lục I, Phần I, Mục II: the signature in the middle between the post and the name
(khoản 7d); the seal in its real size over about a third of the signature, on its left (khoản 8a).
"""

from base64 import b64encode
from dataclasses import dataclass
from html import escape
from io import BytesIO

from django.utils import timezone

from ntm_tracker.lib.clock import vn_date
from ntm_tracker.lib.signing.verdicts import SignatureFacts
from ntm_tracker.lib.uploads import KINDS, Refused
from ntm_tracker.lib.uploads.images import redrawn

MM = 72 / 25.4
# The room between the post and the name (`static/css/official.css`), and the half page the signature stands in.
ROOM_HEIGHT = 26 * MM
COLUMN_WIDTH = 80 * MM
SIGNATURE_HEIGHT = 20 * MM
SIGNATURE_WIDTH = 46 * MM
# A seal whose file doesn't state its size is as large as that of a district's People's Committee is here taken to be.
SEAL_SIDE = 36 * MM
TEXT_WIDTH = 62 * MM
DPI_STATED = (60, 1300)


@dataclass(frozen=True)
class Place:
    """Where the signer's name stands: page from 0, the left edge of its column and its top, in points from below."""

    page: int
    left: float
    top: float


@dataclass(frozen=True)
class Stamp:
    """One page as PDF, and the box in points where it lies."""

    content: bytes
    box: tuple[float, float, float, float]


def stamp_for(place: Place, facts: SignatureFacts, signature: bytes | None, seal: bytes | None) -> Stamp:
    """Return what is seen of a signature at `place`: the pictures (PNG), or its data in words where there are none.

    Raises `Refused` for a picture that is none.
    """
    if signature is None and seal is None:
        return _words(place, facts)
    pictures = _laid_out(signature, seal)
    left = min(x for _, x, _, _, _ in pictures)
    bottom = min(y for _, _, y, _, _ in pictures)
    right = max(x + width for _, x, _, width, _ in pictures)
    top = max(y + height for _, _, y, _, height in pictures)
    images = "".join(
        f'<img src="data:image/png;base64,{b64encode(content).decode()}" style="left: {x - left:.2f}pt; '
        f'bottom: {y - bottom:.2f}pt; width: {width:.2f}pt; height: {height:.2f}pt">'
        for content, x, y, width, height in pictures
    )
    middle_x, middle_y = place.left + COLUMN_WIDTH / 2, place.top + ROOM_HEIGHT / 2
    box = (middle_x + left, middle_y + bottom, middle_x + right, middle_y + top)
    return Stamp(_page(images, right - left, top - bottom), box)


# A picture and its box: left, bottom, width, height, in points from the middle of the room.
Picture = tuple[bytes, float, float, float, float]


def _laid_out(signature: bytes | None, seal: bytes | None) -> list[Picture]:
    """Put the signature in the middle, and over its left third the right edge of the seal."""
    pictures: list[Picture] = []
    third = 0.0
    if signature is not None:
        content, width, height, _ = _measured(signature)
        scale = min(SIGNATURE_WIDTH / width, SIGNATURE_HEIGHT / height)
        width, height = width * scale, height * scale
        pictures.append((content, -width / 2, -height / 2, width, height))
        third = -width / 6
    if seal is not None:
        content, width, height, dpi = _measured(seal)
        scale = 72 / dpi if dpi else SEAL_SIDE / max(width, height)
        width, height = width * scale, height * scale
        right = third if signature is not None else width / 2
        pictures.append((content, right - width, -height / 2, width, height))
    return pictures


def _measured(content: bytes) -> tuple[bytes, float, float, float]:
    """Return the picture without what isn't picture, its pixels, and the resolution it states (0: none)."""
    from PIL.PngImagePlugin import PngImageFile

    try:
        picture = PngImageFile(BytesIO(content))
    except (OSError, SyntaxError, ValueError):
        raise Refused("Ảnh chữ ký, con dấu phải là tệp PNG nền trong suốt (Nghị định 30/2020/NĐ-CP).") from None
    dpi = float(picture.info.get("dpi", (0, 0))[0])
    stated = dpi if DPI_STATED[0] <= dpi <= DPI_STATED[1] else 0.0
    return redrawn(content, KINDS["png"]), float(picture.width), float(picture.height), stated


def _words(place: Place, facts: SignatureFacts) -> Stamp:
    """Say who signed, of which office and when."""
    lines = [f"Ký bởi: {facts.signer}", facts.organisation and f"Cơ quan: {facts.organisation}"]
    if facts.signed_at:
        moment = timezone.localtime(facts.signed_at)
        lines.append(f"Thời gian ký: {vn_date(moment.date())} {moment:%H:%M:%S} {moment.isoformat()[-6:]}")
    text = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    left = place.left + (COLUMN_WIDTH - TEXT_WIDTH) / 2
    bottom = place.top + (ROOM_HEIGHT - SIGNATURE_HEIGHT) / 2
    box = (left, bottom, left + TEXT_WIDTH, bottom + SIGNATURE_HEIGHT)
    return Stamp(_page(f'<div class="words">{text}</div>', TEXT_WIDTH, SIGNATURE_HEIGHT), box)


def _page(body: str, width: float, height: float) -> bytes:
    from ntm_tracker.lib.pdf import set_page

    styles = f"""
        @page {{ size: {width:.2f}pt {height:.2f}pt; margin: 0; background: none }}
        body {{ margin: 0; position: relative; width: {width:.2f}pt; height: {height:.2f}pt }}
        img {{ position: absolute }}
        .words {{ position: absolute; inset: 0.5pt; display: flex; flex-direction: column; justify-content: center;
                  padding: 0 4pt; border: 0.5pt solid #1d4ed8; color: #1d4ed8; font: 8pt/1.3 "NTM Serif" }}
        .words p {{ margin: 0 }}
    """
    return set_page(f'<html lang="vi"><body>{body}</body></html>', styles)
