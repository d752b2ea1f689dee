"""Telling people: one door, so that nobody is told the same twice."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from communes.enums import Role
from communes.models import Authority, Commune, Department, Message, User
from ntm_tracker.lib import clock


def tell(*, people: Iterable[User], key: str, text: str, url: str = "", at: datetime | None = None) -> None:
    """Tell each of `people` the sentence `text` once: whoever was told `key` before is left in peace.

    `key` names the event ("report-12-returned-3"), `url` the page where the person goes on. Call it in the
    transaction of the event. `at` is the moment, now if it isn't given.
    """
    told_at = at or clock.now()
    known = {person.pk: person for person in people}
    rows = [Message(recipient=person, key=key, text=text[:500], url=url, told_at=told_at) for person in known.values()]
    Message.objects.bulk_create(rows, ignore_conflicts=True)


def claim(*, person: User, key: str, text: str, url: str = "", at: datetime | None = None) -> bool:
    """Tell one person like `tell`, and return whether this call was the one that did: of two at once, one."""
    values = {"text": text[:500], "url": url, "told_at": at or clock.now()}
    _, is_new = Message.objects.get_or_create(recipient=person, key=key, defaults=values)
    return is_new


def disclaim(*, person: User, key: str) -> None:
    """Take back what `claim` gave, because what should have gone along with it failed."""
    Message.objects.filter(recipient=person, key=key).delete()


def staff_of(unit: Authority | Department | Commune) -> list[User]:
    """Return the active people who work for `unit`: an authority's own office, a department's or a commune's staff.

    Of an ended commune also those of the unit that took over its work.
    """
    if isinstance(unit, Commune):
        heirs = Commune.objects.heirs_of([unit.pk]) if unit.successor_id else {}
        own = Q(commune__in={unit.pk, *heirs.values()})
    elif isinstance(unit, Department):
        own = Q(department=unit)
    else:
        own = Q(authority=unit, role=Role.DISTRICT)
    return list(User.objects.filter(own, is_active=True))
