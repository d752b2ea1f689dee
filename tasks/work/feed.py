"""The due days of a person's tasks as an iCalendar feed (RFC 5545), read by a private link."""

from collections.abc import Callable, Iterable

from django.db import transaction
from icalendar import Calendar, Event

from communes.models import User
from ntm_tracker.lib import clock
from tasks.enums import TaskStatus
from tasks.models import Task, TaskFeed
from tasks.models.task import new_feed_key
from tasks.selectors import TaskRow
from tasks.work.documents import state_in_words
from tasks.work.filters import of_unit
from tasks.work.selectors import rows_of

CONTENT_TYPE = "text/calendar; charset=utf-8"
PRODUCT = "-//Theo doi nong thon moi//Nhiem vu//VI"
# Calendar programs show a heading in one line.
HEADING = 140


@transaction.atomic
def renew_feed(*, person: User) -> TaskFeed:
    """Give the person a link; the one before it, if any, leads nowhere from now on."""
    fields = {"key": new_feed_key(), "made_at": clock.now()}
    feed, _ = TaskFeed.objects.update_or_create(person=person, defaults=fields)
    return feed


def withdraw_feed(*, person: User) -> None:
    """Take the person's link away."""
    TaskFeed.objects.filter(person=person).delete()


def reader_of(key: str) -> User | None:
    """Return whose link `key` is; a disabled account has none any more."""
    feed = TaskFeed.objects.select_related("person__authority").filter(key=key, person__is_active=True).first()
    return feed.person if feed else None


def feed_rows(person: User, *, of_own_unit: bool = False) -> list[TaskRow]:
    """Return the unfinished tasks with a day that the person may see at this moment and that are in force.

    With `of_own_unit` those alone that the person's department or commune leads or supports.
    """
    today = clock.today()
    visible = Task.objects.visible_to(person).in_force().order_by().values("pk")
    going = Task.objects.filter(pk__in=visible, status=TaskStatus.OPEN).with_current_due(today)
    if of_own_unit:
        going = going.filter(pk__in=of_unit(person).order_by().values("pk"))
    return rows_of(going.filter(current_due__isnull=False).for_list().order_by("current_due", "pk"), today)


def feed_content(rows: Iterable[TaskRow], *, host: str, address: Callable[[str], str]) -> bytes:
    """Return the calendar of `rows`: one all-day event each. `address` makes the full address of a page.

    An event keeps its UID, so that a calendar program moves it when the day changes.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Nhiệm vụ nông thôn mới")
    calendar.add("x-wr-timezone", "Asia/Ho_Chi_Minh")
    for row in rows:
        if row.due_on:
            calendar.add_component(_event(row, host, address))
    return calendar.to_ical()


def _event(row: TaskRow, host: str, address: Callable[[str], str]) -> Event:
    task, event = row.task, Event()
    text = " ".join(task.text.split())
    event.add("uid", f"task-{task.pk}@{host}")
    event.add("dtstamp", clock.now())
    event.add("dtstart", row.due_on)  # without an end it lasts that day (RFC 5545, 3.6.1)
    event.add("summary", text if len(text) <= HEADING else f"{text[: HEADING - 1]}…")
    lines = [text, f"Chủ trì: {row.lead}", state_in_words(row)]
    if task.commune:
        lines.insert(2, f"Về {task.commune}")
    event.add("description", "\n".join(lines))
    event.add("url", address(task.get_absolute_url()))
    event.add("transp", "TRANSPARENT")
    return event
