"""Static files as they are served: compressed, under names that change with their content."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Hands out hashed names in debug mode too, once collectstatic has made them.

    Django hands out the plain names there, which a browser asks for again on every page; the
    demonstration would be slower than the real thing.
    """

    def url(self, name: str | None, force: bool = False) -> str:
        return super().url(name, force=force or bool(self.hashed_files))
