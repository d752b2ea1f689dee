"""Static files as they are served: squeezed, compressed, under names that change with their content."""

from functools import cache
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Where the product's own scripts lie; those of libraries stay as they are.
SCRIPTS = PurePosixPath("js")


def squeezed(name: str, content: bytes) -> bytes:
    """Return the static file `name`, such as "js/app.js", as browsers get it: a script without comments and spaces."""
    return jsmin(content.decode()).encode() if PurePosixPath(name).parent == SCRIPTS else content


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Hands out hashed names in debug mode too, once collectstatic has made them.

    Django hands out the plain names there, which a browser asks for again on every page; the
    demonstration would be slower than the real thing.
    """

    def url(self, name: str | None, force: bool = False) -> str:
        return self._hashed_url(name) if self.hashed_files else super().url(name, force=force)

    @cache  # noqa: B019  one storage lives as long as the process, and its files stay what they are
    def _hashed_url(self, name: str | None) -> str:
        return super().url(name, force=True)

    def _save(self, name: str, content: Any) -> str:
        return super()._save(name, ContentFile(squeezed(name, b"".join(content.chunks()))))
