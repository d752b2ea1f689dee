"""Documents as PDF/A-3a, the same bytes for the same document on every machine."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from ntm_tracker.lib import typeface
from ntm_tracker.lib.official import OfficialDocument

STYLESHEET = "css/official.css"
TEMPLATE = "documents/print.html"
# Tagged, all fonts inside, every sign mapped to Unicode; part 3 may carry attachments (ISO 19005-3).
VARIANT = "pdf/a-3a"
# A process of its own: what it ends with where the system's libraries are missing, and how long it may take.
NO_LIBRARIES, LONGEST = 3, 600


class PdfError(Exception):
    """A PDF could not be made as it must be."""


def render_pdf(document: OfficialDocument) -> bytes:
    """Return `document` as PDF. PdfError when one of our own font files cannot be read."""
    context = {"document": document, "qr": qr_picture(document.check_address) if document.check_address else ""}
    return set_pdf(render_to_string(TEMPLATE, context), STYLESHEET)


def render_apart(document: OfficialDocument) -> bytes:
    """Return `document` as PDF, the same bytes as `render_pdf`, set in a process of its own.

    Setting takes seconds of pure work; in a thread it would slow down every page of this process. Raises OSError
    where the system's libraries are missing, PdfError for anything else.
    """
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "set_pdf"]
    text = json.dumps(document.to_dict()).encode()
    try:
        done = subprocess.run(command, input=text, capture_output=True, check=False, timeout=LONGEST)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise PdfError(f"Setting took more than {LONGEST} seconds.") from error
    if done.returncode == NO_LIBRARIES:
        raise OSError(done.stderr.decode(errors="replace"))
    if done.returncode:
        raise PdfError(done.stderr.decode(errors="replace")[-2000:])
    return done.stdout


def qr_picture(text: str) -> str:
    """Return a QR code of `text` as the address of a picture that holds itself."""
    import segno

    return segno.make(text, error="m", micro=False).svg_data_uri(border=0, omitsize=True, xmldecl=False)


def set_pdf(html: str, stylesheet: str) -> bytes:
    """Return the whole page `html` as PDF/A-3a, set with one of our stylesheets and our typeface; raises PdfError."""
    return _set(html, _stylesheet(stylesheet), pdf_variant=VARIANT)


def set_page(html: str, styles: str) -> bytes:
    """Return `html` as a plain PDF, to be laid into another one; raises PdfError."""
    return _set(html, styles)


def _set(html: str, styles: str, **options: Any) -> bytes:
    """Set `html` with our typeface, opening nothing else.

    WeasyPrint is imported here: it is slow to load, and everything but PDFs works without its libraries.
    """
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import FatalURLFetchingError

    text = typeface.printable(html)
    fetcher, fonts = asset_fetcher(), FontConfiguration()
    try:
        sheets = [CSS(string=css, font_config=fonts, url_fetcher=fetcher) for css in (_font_faces(), styles)]
        return HTML(
            string=text, url_fetcher=fetcher
        ).write_pdf(
            stylesheets=sheets,
            font_config=fonts,
            presentational_hints=True,  # the widths of table columns
            pdf_identifier=hashlib.sha256(text.encode()).digest()[:16],
            **options,
        )
    except FatalURLFetchingError as error:
        raise PdfError(str(error)) from error


def asset_fetcher() -> Any:
    """Return WeasyPrint's URL fetcher that opens our font files and data: URLs and refuses the rest.

    By default WeasyPrint opens whatever a document names, local files and addresses alike.
    """
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    class AssetFetcher(URLFetcher):
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
            if urlsplit(url).scheme == "data":
                return super().fetch(url, headers)
            path = _font_file(url)
            if path is None:
                raise ValueError("Documents may not open this address.")
            try:
                return URLFetcherResponse(url, path.read_bytes())
            except OSError as error:
                raise FatalURLFetchingError(f"The font file {path.name} cannot be read.") from error

    return AssetFetcher(allowed_protocols=["data"], allow_redirects=False)


def _font_file(url: str) -> Path | None:
    """Return the path when `url` names one of our font files, else None."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc:
        return None
    path = Path(url2pathname(parts.path))
    known = path.parent == typeface.FOLDER and path.name in typeface.FACES.values()
    return path if known else None


def _font_faces() -> str:
    return "\n".join(
        f'@font-face {{ font-family: "{typeface.FAMILY}"; font-style: {style}; font-weight: {weight}; '
        f'src: url("{(typeface.FOLDER / file).as_uri()}"); }}'
        for (style, weight), file in typeface.FACES.items()
    )


def _stylesheet(name: str = STYLESHEET) -> str:
    path = finders.find(name)
    if not isinstance(path, str):
        raise PdfError(f"The stylesheet {name} is missing.")
    return Path(path).read_text(encoding="utf-8")
