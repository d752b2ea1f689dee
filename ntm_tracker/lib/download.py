"""Files as answers: a name in Vietnamese, a checksum as ETag, 304 for whoever has it already."""

import hashlib
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# What a file may do where a browser shows it all the same: nothing.
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


@dataclass(frozen=True)
class Download:
    """A file to hand out: its name with suffix, what it is, its bytes."""

    name: str
    content_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def answer(request: HttpRequest, download: Download, *, inline: bool = False) -> HttpResponse:
    """Return `download`, to be shown in the browser (`inline`) or saved.

    The browser may keep it and asks each time whether it still holds: a slow line carries the bytes once,
    and after signing out the question leads to the login.
    """
    etag = quote_etag(download.sha256)
    headers = {
        "Content-Disposition": content_disposition(download.name, inline=inline),
        "Cache-Control": "private, no-cache",
        "ETag": etag,
    }
    response = HttpResponse(download.content, content_type=download.content_type, headers=headers)
    return get_conditional_response(request, etag=etag, response=response) or response


def harmless(response: HttpResponse) -> HttpResponse:
    """Return `response` with a file that somebody sent: nothing in it runs, and no other site shows it."""
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def content_of(file: FieldFile) -> bytes:
    """Return the bytes of a kept file. Raises `Http404` where it is there no longer."""
    try:
        with file.open() as stored:
            content: bytes = stored.read()
    except FileNotFoundError:
        raise Http404 from None
    return content


def content_disposition(name: str, *, inline: bool = False) -> str:
    """Return the header for a file called `name`: plain letters for old programs, the true name for all others.

    RFC 6266, 4.3: both are sent, the second in UTF-8 (RFC 8187).
    """
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain(name)}\"; filename*=UTF-8''{quote(name, safe='')}"


def plain(name: str) -> str:
    """Return `name` in ASCII: "Thông báo - xã Đức Sơn.pdf" is "Thong bao - xa Duc Son.pdf"."""
    folded = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    return "".join(sign for sign in folded if " " <= sign <= "~" and sign not in '"\\%')
