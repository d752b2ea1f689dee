"""How often one address or one person may ask what costs much or could be guessed."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """Return the client's address: behind our proxy what that wrote last, else the connection's own."""
    if getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        return request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()[:45]
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


def person_of(request: HttpRequest) -> str:
    """Return the key of the person who is signed in: another address is no second try."""
    return str(request.user.pk)


@dataclass(frozen=True)
class Throttle:
    """At most `most` times within `seconds` from one address, or `by` something else; each server process counts."""

    name: str
    most: int
    seconds: int
    by: Callable[[HttpRequest], str] = address_of

    def is_spent(self, request: HttpRequest) -> bool:
        """Whether the share is used up."""
        return int(cache.get(self._key(request), 0)) >= self.most

    def count(self, request: HttpRequest) -> None:
        """Count one more time."""
        key = self._key(request)
        if not cache.add(key, 1, self.seconds):
            try:
                cache.incr(key)
            except ValueError:  # it ran out in between
                cache.set(key, 1, self.seconds)

    def _key(self, request: HttpRequest) -> str:
        return f"throttle-{self.name}-{self.by(request)}"
