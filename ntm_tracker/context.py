"""What the frame of every page shows: the navigation, the authority, the day of a demonstration."""

from functools import cache, partial
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from communes.models import Authority, Message, User
from criteria.filters import day_asked
from criteria.selectors import sets_out_of_use
from ntm_tracker.lib import clock


class Entry(NamedTuple):
    """A main page: its label, url name and icon."""

    label: str
    view: str
    icon: str


# At most seven, in the order of the day's work. Phones show the first four, the rest behind one button.
ENTRIES = (
    Entry("Tổng quan", "home", "layout-dashboard"),
    Entry("Bảng tiêu chí", "matrix", "grid-3x3"),
    Entry("Xã", "communes:list", "map-pinned"),
    Entry("Báo cáo tháng", "reports:board", "calendar-check-2"),
    Entry("Thông báo", "notices:list", "scroll-text"),
    Entry("Nhiệm vụ", "tasks:list", "clipboard-list"),
    Entry("Kiến nghị", "proposals:list", "message-square"),
)
# To look things up: below the day's work.
REFERENCE = (
    Entry("Tổng hợp", "summary:page", "chart-column"),
    Entry("Tiêu chí", "criteria:catalogue", "list-checks"),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return what `base.html` needs; before sign-in there is no navigation and no authority."""
    user: Any = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    return {
        "nav": _navigation(request.path) if signed_in else [],
        "authority_name": _authority_name(user.authority) if signed_in else "",
        "demo_day": settings.NTM_TODAY,
        "today": clock.today(),
        # Read only on the pages that know no other day than today.
        "asked_day": SimpleLazyObject(partial(day_asked, request.GET)),
        # Asked only where an entry leads to its cell.
        "sets_out_of_use": SimpleLazyObject(partial(sets_out_of_use, clock.today())),
        # Asked only where there is no commune, to say what comes before them.
        "has_authorities": SimpleLazyObject(Authority.objects.exists),
        # Asked only where the top bar stands: fragments and files cost no query.
        "unread_messages": SimpleLazyObject(partial(_unread_messages, user)) if signed_in else 0,
    }


def _unread_messages(user: User) -> int:
    """Return the number behind the bell, from the partial index of what isn't read."""
    return Message.objects.filter(recipient=user).unread().order_by().count()


def _navigation(path: str) -> list[dict[str, Any]]:
    return [
        {
            "label": entry.label,
            "url": url,
            "icon": entry.icon,
            "current": _stands_in(path, url),
            "begins_reference": entry == REFERENCE[0],
        }
        for entry, url in _addresses()
    ]


@cache
def _addresses() -> list[tuple[Entry, str]]:
    """Return each entry with its url; they never change while the server runs."""
    return [(entry, reverse(entry.view)) for entry in (*ENTRIES, *REFERENCE)]


def _stands_in(path: str, url: str) -> bool:
    """Tell whether the page `path` belongs to the entry at `url`; every page is below "/", so home is itself alone."""
    return path == url if url == "/" else path.startswith(url)


def _authority_name(authority: Any) -> str:
    """Return "UBND huyện Anh Sơn"; the country itself has no people's committee."""
    if not authority:
        return ""
    return f"UBND {authority}" if authority.parent_id else str(authority)
