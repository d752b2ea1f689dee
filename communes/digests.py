"""Reminders of what is due, in the product and once a day by e-mail."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max
from django.urls import reverse

from communes.mail import MailFailed, absolute, outbox, send
from communes.messages import tell
from communes.models import DigestMail, Message, User
from ntm_tracker.lib.clock import vn_date

# Keys of reminders begin with this: they hold only as long as the thing is due, other messages are events.
REMINDER = "remind-"
# Older news don't come into a first mail.
NEWS_FOR = timedelta(days=14)
# Before the day, on it, after it; from the last one on, every week.
BEFORE, AFTER, WEEK = (3, 1, 0), (1, 3), 7


@dataclass(frozen=True)
class Reminder:
    """A sentence to some people about something that is due; `key` names the thing and the step."""

    people: tuple[User, ...]
    key: str
    text: str
    url: str


def step_of(days: int) -> int | None:
    """Return which step of reminding holds `days` after the due day (negative: before it); None for none.

    -3, -1 and 0, then 1, 3, 10, 17, …: each step holds until the next one, so a day on which nothing ran is made up.
    """
    if days < -BEFORE[0]:
        return None
    if days <= 0:
        return -next(step for step in reversed(BEFORE) if step >= -days)
    if days < AFTER[-1]:
        return AFTER[0]
    return AFTER[-1] + (days - AFTER[-1]) // WEEK * WEEK


def in_days(days: int) -> str:
    """Return "còn 3 ngày", "hạn hôm nay", "quá hạn 5 ngày" for something due `days` ago."""
    if days == 0:
        return "hạn hôm nay"
    return f"quá hạn {days} ngày" if days > 0 else f"còn {-days} ngày"


def remind(reminders: Iterable[Reminder], at: datetime) -> None:
    """Tell each reminder once, and close those that no longer hold.

    So behind the bell stands one reminder of a thing, the newest, and none once it is done.
    """
    current = list(reminders)
    for reminder in current:
        tell(people=reminder.people, key=reminder.key, text=reminder.text, url=reminder.url, at=at)
    keys = {reminder.key for reminder in current}
    open_ones = Message.objects.filter(key__startswith=REMINDER).unread().values_list("pk", "key")
    over = [pk for pk, key in open_ones if key not in keys]
    for start in range(0, len(over), 500):
        Message.objects.filter(pk__in=over[start : start + 500]).update(read_at=at)


# The mail of the day


@dataclass(frozen=True)
class Digest:
    """What one person's mail of the day holds."""

    person: User
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Sent:
    """How many mails left, and why others didn't."""

    count: int
    failures: tuple[str, ...] = ()


def digests(day: date, at: datetime) -> list[Digest]:
    """Return the mails that are due on `day`: for whoever wants them, has an address and got none on that day.

    They hold what was told since the last mail and isn't read; reminders that no longer hold are closed (`remind`).
    """
    people = {person.pk: person for person in User.objects.filter(is_active=True, wants_digest=True).exclude(email="")}
    for pk in DigestMail.objects.filter(day=day, recipient__in=people).values_list("recipient", flat=True):
        del people[pk]
    last = dict(
        DigestMail.objects.filter(recipient__in=people)
        .order_by()
        .values_list("recipient")
        .annotate(last=Max("sent_at"))
    )
    found: dict[int, list[Message]] = {}
    news = Message.objects.unread().filter(told_at__lte=at, told_at__gt=at - NEWS_FOR).order_by("told_at", "pk")
    for message in news:
        since = last.get(message.recipient_id)
        is_new = since is None or message.told_at > since
        if message.recipient_id in people and is_new:
            found.setdefault(message.recipient_id, []).append(message)
    return [Digest(people[pk], tuple(messages)) for pk, messages in sorted(found.items())]


def send_digests(
    mails: Sequence[Digest], day: date, at: datetime, show: Callable[[Sequence[Digest]], Iterable[Digest]] = iter
) -> Sent:
    """Send `mails`, at most one a person a day; `show` may wrap them in a progress bar.

    The row of the day is written before the mail leaves: whoever runs at the same time, or after a crash, finds it and
    sends nothing. It is taken back when the mail failed, so that the next run tries again. Raises
    `MailUnreachable` when the server can't be reached: then there is no row at all.
    """
    if not mails:
        return Sent(0)
    count, failures = 0, []
    with outbox() as connection:
        for mail in show(mails):
            row, is_mine = DigestMail.objects.get_or_create(recipient=mail.person, day=day)
            if not is_mine:
                continue
            try:
                send(
                    connection,
                    mail.person,
                    subject=f"{len(mail.messages)} việc cần chú ý ngày {vn_date(day)} – Theo dõi nông thôn mới",
                    text=digest_text(mail),
                    identity=f"digest-{mail.person.pk}-{day.isoformat()}",
                )
            except MailFailed as error:
                row.delete()
                failures.append(str(error))
            else:
                # The moment up to which the mail tells everything, not that of sending.
                DigestMail.objects.filter(pk=row.pk).update(sent_at=at)
                count += 1
    return Sent(count, tuple(failures))


def digest_text(mail: Digest) -> str:
    """Return the mail as plain text: what is due first, then what is new."""
    due = [message for message in mail.messages if message.key.startswith(REMINDER)]
    news = [message for message in mail.messages if not message.key.startswith(REMINDER)]
    parts = [f"Kính gửi {mail.person},"]
    for title, messages in (("Việc đến hạn, quá hạn:", due), ("Tin mới:", news)):
        if messages:
            parts.append("\n".join([title, *(_entry(message) for message in messages)]))
    parts.append(f"Xem tất cả: {absolute(reverse('messages:list'))}")
    parts.append(
        "Thư tự động, mỗi ngày nhiều nhất một thư. Đổi địa chỉ hoặc thôi nhận thư ở trang Tài khoản: "
        f"{absolute(reverse('account'))}"
    )
    return "\n\n".join(parts)


def _entry(message: Message) -> str:
    return f"- {message.text}\n  {absolute(message.url)}" if message.url else f"- {message.text}"
