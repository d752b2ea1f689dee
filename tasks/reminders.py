"""Whom to remind of tasks on a day, and the daily run that reminds of everything and mails it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

from django.db.models import Q

from communes.digests import REMINDER, Digest, Reminder, Sent, digests, in_days, remind, send_digests, step_of
from communes.enums import Role
from communes.models import Commune, User
from criteria.reports.due import report_reminders
from ntm_tracker.lib.clock import vn_date
from tasks.enums import UNFINISHED, TaskUpdateKind
from tasks.models import Task, TaskUpdate
from tasks.selectors import TaskRow, task_rows

# A message holds 500 signs; the task's own words are cut before that.
LONGEST = 220


def task_reminders(today: date) -> list[Reminder]:
    """Return what is said on `today` about tasks that are due or overdue.

    To the lead, and to those who support it until they have reported their part done. The officers of the authority
    are told of what is overdue. The commune's monthly report reminds of itself.
    """
    tasks = Task.objects.in_force().unfinished().filter(is_monthly_report=False)
    rows = [row for row in task_rows(tasks, today) if row.due_on is not None]
    people, done = _people(rows), _parts_done()
    reminders = []
    for row in rows:
        if row.due_on is None:
            continue
        days = (today - row.due_on).days
        step = step_of(days)
        if step is None:
            continue
        told = _told(row, people, done, overdue=days > 0)
        if told:
            reminders.append(
                Reminder(
                    people=tuple(told),
                    key=f"{REMINDER}task-{row.task.pk}-{row.due_on.isoformat()}-{step}",
                    text=_sentence(row, row.due_on, days),
                    url=row.task.get_absolute_url(),
                )
            )
    return reminders


Staff = dict[tuple[str, int | None], list[User]]


def _people(rows: Sequence[TaskRow]) -> Staff:
    """Return the active people of every unit that leads, supports or gives one of the tasks.

    What an ended commune left is its successor's.
    """
    staff: Staff = defaultdict(list)
    if not rows:
        return staff
    authorities = {row.task.authority_id for row in rows}
    heirs = Commune.objects.heirs_of({key for row in rows for key in _communes(row)})
    near = Q(authority__in=authorities) | Q(commune__in=set(heirs.values()))
    for person in User.objects.filter(near, is_active=True):
        if person.role == Role.DISTRICT:
            staff["authority", person.authority_id].append(person)
        staff["department", person.department_id].append(person)
        staff["commune", person.commune_id].append(person)
    for ended, heir in heirs.items():
        staff["commune", ended] = [*staff["commune", ended], *staff["commune", heir]]
    return staff


def _communes(row: TaskRow) -> set[int]:
    """Return the keys of the communes that lead or support the task."""
    keys = {row.task.lead_commune_id, *(support.commune_id for support in row.task.supports.all())}
    return {key for key in keys if key is not None}


def _parts_done() -> frozenset[int | None]:
    """Return the keys of the supporting units that have reported their part of an unfinished task done."""
    reported = TaskUpdate.objects.filter(kind=TaskUpdateKind.PART_DONE, task__status__in=UNFINISHED)
    return frozenset(reported.order_by().values_list("support", flat=True))


def _told(row: TaskRow, people: Staff, done: frozenset[int | None], *, overdue: bool) -> list[User]:
    task = row.task
    units: list[tuple[str, int | None]] = [("department", task.lead_department_id), ("commune", task.lead_commune_id)]
    for support in task.supports.all():
        if support.pk in done:
            continue
        units += [("department", support.department_id), ("commune", support.commune_id)]
    if overdue:
        units.append(("authority", task.authority_id))
    found = {person.pk: person for unit in units if unit[1] is not None for person in people[unit]}
    return list(found.values())


def _sentence(row: TaskRow, due_on: date, days: int) -> str:
    """Return "Nhiệm vụ “Tu sửa đường” (Kinh tế-HT chủ trì, xã Cao Sơn) đến hạn 30/4/2023, còn 3 ngày."."""
    text = row.task.text if len(row.task.text) <= LONGEST else f"{row.task.text[: LONGEST - 1]}…"
    place = f", {row.task.commune}" if row.task.commune and row.task.commune != row.task.lead else ""
    return f"Nhiệm vụ “{text}” ({row.lead} chủ trì{place}) đến hạn {vn_date(due_on)}, {in_days(days)}."


# The daily run


def remind_everybody(day: date, at: datetime) -> list[Digest]:
    """Tell everybody in the product what is due on `day`; return the mails that are due."""
    remind([*report_reminders(day), *task_reminders(day)], at)
    return digests(day, at)


def send_reminders(day: date, at: datetime, show: Callable[[Sequence[Digest]], Iterable[Digest]] = iter) -> Sent:
    """Remind everybody and send the mails of `day`. Run twice, it tells and sends nothing twice.

    Raises `MailUnreachable`: what is told in the product stands all the same, and the next run sends.
    """
    return send_digests(remind_everybody(day, at), day, at, show)
