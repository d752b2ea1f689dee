"""Issuing and revoking a notice, each all or nothing and by one person only."""

from collections.abc import Iterable
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max, Q

from communes.messages import staff_of, tell
from communes.models import Authority, Commune, Department, User
from criteria.exceptions import SomebodyWasFaster
from ntm_tracker.lib import clock
from ntm_tracker.lib.text import nfc
from tasks.enums import NoticeStatus
from tasks.exceptions import NotIssued
from tasks.issuing.rendering import render_soon
from tasks.models import Notice, Task
from tasks.services import issue_notice


def next_number(authority: Authority, symbol: str, year: int) -> int:
    """Return the next free number of the register: one more than the highest, also of revoked ones.

    Nghị định 30/2020/NĐ-CP, Điều 15: in the order of issue, from 1 on 1 January. A number is never used again.
    """
    rows = Notice.objects.filter(authority=authority, symbol=symbol, number_year=year)
    highest: int | None = rows.aggregate(highest=Max("number"))["highest"]
    return (highest or 0) + 1


@transaction.atomic
def issue(
    *, notice: Notice, issued_on: date, by: User, number: int | None = None, at: datetime | None = None
) -> Notice:
    """Issue the draft `notice` and tell everybody concerned; without `number` under the next free one of the year.

    Raises what `tasks.services.issue_notice` raises. The PDF of a long notice follows outside the request.
    """
    hold_register(notice.authority)
    wanted = number or next_number(notice.authority, notice.symbol, issued_on.year)
    issued = issue_notice(notice=notice, number=wanted, issued_on=issued_on, by=by, at=at)
    _tell_issued(issued, by, at)
    transaction.on_commit(lambda: render_soon(issued))
    return issued


def hold_register(authority: Authority) -> None:
    """Let the numbers of one register be given one after the other, until the transaction ends.

    SQLite begins every transaction as the only writer; PostgreSQL holds the row.
    """
    Authority.objects.select_for_update().get(pk=authority.pk)


@transaction.atomic
def revoke(*, notice: Notice, reason: str, by: User, revoked_on: date | None = None) -> Notice:
    """Revoke the issued `notice` with a reason; its number stays used. `notice` is what the person was shown.

    Raises `NotIssued`, `SomebodyWasFaster` when another change came between, ValidationError without a reason.
    """
    words = nfc(reason).strip()
    if not words:
        raise ValidationError({"reason": "Hãy ghi lý do thu hồi; lý do hiện trên thông báo."})
    if notice.status != NoticeStatus.ISSUED:
        raise NotIssued(notice.sign)
    _claim_issued(notice)
    notice.status, notice.revoke_reason = NoticeStatus.REVOKED, words
    notice.revoked_on = revoked_on or clock.today()
    notice._history_user = by  # type: ignore[attr-defined]
    notice.save()
    _tell_revoked(notice, by)
    return notice


def _claim_issued(notice: Notice) -> None:
    """Take the issued notice, only if it still has the version that was shown."""
    rows = Notice.objects.filter(pk=notice.pk, status=NoticeStatus.ISSUED, version=notice.version)
    if not rows.update(version=F("version") + 1):
        raise SomebodyWasFaster(Notice.objects.get(pk=notice.pk))
    notice.version += 1


# Who is told


def units_concerned(notice: Notice) -> dict[Department | Commune, int]:
    """Return the commune, the departments that work on a task or a reply of `notice`, each with its number of tasks."""
    counts: dict[Department | Commune, int] = {notice.commune: 0}
    tasks = Task.objects.of_notices([notice.pk]).select_related("lead_department", "lead_commune")
    for task in tasks.prefetch_related("supports__department", "supports__commune"):
        units = {task.lead, *(support.department or support.commune for support in task.supports.all())}
        for unit in units - {None}:
            counts[unit] = counts.get(unit, 0) + 1
    for unit in _answering(notice):
        counts.setdefault(unit, 0)
    return counts


def _answering(notice: Notice) -> Iterable[Department]:
    """Return the departments that the replies of `notice` name."""
    replies = Q(led_replies__proposal__point__section__notice=notice)
    helping = Q(supported_replies__proposal__point__section__notice=notice)
    return Department.objects.filter(replies | helping).distinct()


def _tell_issued(notice: Notice, by: User, at: datetime | None) -> None:
    issued_on = clock.vn_date(notice.issued_on) if notice.issued_on else ""
    sentence = f"Thông báo số {notice.sign} ngày {issued_on} kết luận phiên làm việc với {notice.commune} đã ban hành"
    told: set[int] = {by.pk}
    for unit, count in units_concerned(notice).items():
        work = f"; đơn vị có {count:02d} nhiệm vụ" if count else ""
        _tell(notice, "issued", f"{sentence}{work}.", staff_of(unit), told, at)
    _tell(notice, "issued", f"{sentence}.", staff_of(notice.authority), told, at)


def _tell_revoked(notice: Notice, by: User) -> None:
    told: set[int] = {by.pk}
    sentence = f"Thông báo số {notice.sign} về {notice.commune} đã bị thu hồi: {notice.revoke_reason}"
    for unit in (*units_concerned(notice), notice.authority):
        _tell(notice, "revoked", sentence, staff_of(unit), told, None)


def _tell(notice: Notice, event: str, text: str, people: Iterable[User], told: set[int], at: datetime | None) -> None:
    """Tell those who were not told yet: nobody hears of one event twice."""
    fresh = [person for person in people if person.pk not in told]
    told.update(person.pk for person in fresh)
    tell(people=fresh, key=f"notice-{notice.pk}-{event}", text=text, url=notice.get_absolute_url(), at=at)
