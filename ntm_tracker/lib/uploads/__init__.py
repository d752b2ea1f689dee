"""Which files come in: told by their content, within limits that stand in one place.

`inspect` reads an uploaded file before anything else does and either says what it is or refuses it
with a sentence for the person. It never trusts the name, a declared size or a header's count: what
unpacks is counted while it unpacks.
"""

import hashlib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import IO, Any

from ntm_tracker.lib.uploads import containers, images, pdf
from ntm_tracker.lib.uploads.kinds import KINDS, Kind, recognised
from ntm_tracker.lib.uploads.limits import LIMITS, Limits, Refused, mebibytes
from ntm_tracker.lib.uploads.names import display_name, plain_name, wrong_ending

__all__ = [
    "KINDS",
    "LIMITS",
    "Accepted",
    "Kind",
    "Limits",
    "Refused",
    "display_name",
    "inspect",
    "mebibytes",
    "plain_name",
    "read",
]

CHECKS: dict[str, Callable[[bytes, Kind, Limits], None]] = {
    "pdf": pdf.check,
    "image": images.check,
    "container": containers.check,
}


@dataclass(frozen=True)
class Accepted:
    """What an uploaded file is. `name` is fit to be shown and to be a download's name.

    `wrong_ending` is the one under which it was sent, where that belongs to another kind ("pdf" of a picture).
    """

    name: str
    content_type: str
    extension: str
    size: int
    sha256: str
    is_image: bool
    wrong_ending: str = ""


def inspect(file: IO[bytes] | Any, name: str, *, only: Collection[str] = (), limits: Limits = LIMITS) -> Accepted:
    """Return what `file`, called `name` by its sender, is; raise `Refused` if it may not come in.

    `only` narrows the kinds by their extensions ("xlsx",). The file is left at its beginning.
    """
    wanted = only or KINDS
    try:
        content = read(file, limits)
        kind = recognised(content)
        if kind.extension in wanted:
            CHECKS[kind.family](content, kind, limits)
    except Refused as refusal:
        if "pdf" in wanted:
            raise
        raise Refused(_without_pdf(str(refusal), wanted)) from refusal
    if kind.extension not in wanted:
        kinds = ", ".join(sorted(wanted))
        raise Refused(f"Nội dung của tệp là {kind.label}; ở đây chỉ nhận {kinds}. Hãy chọn tệp khác.")
    return Accepted(
        name=display_name(name, kind),
        content_type=kind.content_type,
        extension=kind.extension,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        is_image=kind.family == "image",
        wrong_ending=wrong_ending(name, kind),
    )


def _without_pdf(sentences: str, wanted: Collection[str]) -> str:
    """Return what is wrong, with a way out other than the usual one: to scan it or to save it as a PDF."""
    fault = re.split(r"(?<=\.)\s+(?=[A-ZĐ])", sentences)[0]
    kinds = ", ".join(sorted(wanted))
    return f"{fault} Ở đây chỉ nhận {kinds}: hãy mở tệp gốc, bỏ phần không cần, lưu lại ở dạng đó rồi chọn lại."


def read(file: IO[bytes] | Any, limits: Limits = LIMITS) -> bytes:
    """Return the bytes of `file`; raise `Refused` when there are none or too many of them."""
    file.seek(0)
    content = file.read(limits.size + 1)
    file.seek(0)
    if not content:
        raise Refused("Tệp rỗng, không có nội dung. Hãy kiểm tra lại tệp rồi chọn lại.")
    if len(content) > limits.size:
        most = mebibytes(limits.size)
        raise Refused(
            f"Tệp lớn quá {most}. Hãy quét ở 200 dpi, giảm cỡ ảnh hoặc tách thành nhiều tệp, mỗi tệp dưới {most}."
        )
    return content
