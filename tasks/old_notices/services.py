"""Entering a notice that was read from its text: all of it or nothing."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from communes.models import Commune, Department, User
from ntm_tracker.lib import clock
from ntm_tracker.lib.text import search_key
from tasks.documents import composed
from tasks.enums import AttendeeSide, NoticeStatus, Recurrence
from tasks.exceptions import NumberTaken
from tasks.models import (
    Citation,
    Notice,
    NoticeAttendee,
    NoticePoint,
    NoticeRecipient,
    NoticeSection,
    Proposal,
    ProposalReply,
    Task,
    TaskSupport,
)
from tasks.old_notices.matching import GivenTask, Units, sub_items_named
from tasks.old_notices.structure import Head, ReadNotice, ReadProposal


@transaction.atomic
def enter_old_notice(
    *, read: ReadNotice, head: Head, units: Units, tasks: Sequence[GivenTask], issued: bool, by: User
) -> Notice:
    """Make the records of a notice that was read from its text.

    `head` holds what the officer confirmed and names a session's day; `tasks` the work to make, each with a lead.
    `issued` says that the paper was issued under the number and day of `head`: its text is frozen as it was read.
    Otherwise it becomes a draft. Raises `NumberTaken` when that number is another notice's.
    """
    moment = clock.now()
    notice = _notice(head, units, by, moment)
    proposals = _sections(notice, read, units.commune, by, moment)
    NoticeRecipient.objects.bulk_create(
        NoticeRecipient(notice=notice, position=at, text=text) for at, text in enumerate(read.recipients, 1)
    )
    NoticeAttendee.objects.bulk_create(_attendees(notice, read, units))
    Citation.objects.bulk_create(_citations(notice, read, proposals))
    for at, given in enumerate(tasks, 1):
        _task(notice, given, at, proposals, head)
    if issued:
        _issued(notice, head)
    return notice


def _notice(head: Head, units: Units, by: User, at: datetime) -> Notice:
    if head.session_on is None:
        raise ValueError("A notice tells of a session on a day.")
    notice = Notice(
        authority=units.authority,
        commune=units.commune,
        reference=_reference(head, units),
        motto=head.motto,
        symbol=head.symbol,
        subject=head.subject,
        session_on=head.session_on,
        session_time=head.session_time,
        chair_name=head.chair_name,
        chair_post=head.chair_post,
        authority_lines=head.authority_lines,
        signer_name=head.signer_name,
    )
    notice._history_user, notice._history_date = by, at  # type: ignore[attr-defined]
    notice.full_clean(exclude=["motto"])
    notice.save()
    return notice


def _reference(head: Head, units: Units) -> str:
    """Return "anh-son-cao-son-2023-04-05", with a number behind it for a second notice of that day."""
    day = head.session_on.isoformat() if head.session_on else "khong-ngay"
    stem = slugify(search_key(f"{units.authority.name} {units.commune.name}"))[:44] + f"-{day}"
    taken = set(Notice.objects.filter(reference__startswith=stem).values_list("reference", flat=True))
    return next(name for name in (stem, *(f"{stem}-{n}" for n in range(2, 1000))) if name not in taken)


def _sections(notice: Notice, read: ReadNotice, commune: Commune, by: User, moment: datetime) -> list[Proposal]:
    """Make sections, points and the proposals in them; return the proposals in their order."""
    proposals: list[Proposal] = []
    for at, section in enumerate(read.sections, 1):
        record = NoticeSection.objects.create(notice=notice, position=at, kind=section.kind, heading=section.heading)
        for place, point in enumerate(section.points, 1):
            proposal = None
            if point.proposal:
                proposal = _proposal(notice, point.proposal, len(proposals) + 1, commune, by, moment)
                proposals.append(proposal)
            NoticePoint.objects.create(
                section=record, position=place, kind=point.kind, text=point.text, proposal=proposal
            )
    return proposals


def _proposal(
    notice: Notice, read: ReadProposal, number: int, commune: Commune, by: User, moment: datetime
) -> Proposal:
    proposal = Proposal.objects.create(
        commune=commune,
        reference=f"{notice.reference}-kien-nghi-{number}"[:60],
        made_on=notice.session_on,
        made_by=by,
        text=read.text,
    )
    proposal.sub_items.set(sub_items_named(read, notice.session_on))
    if read.reply:
        ProposalReply.objects.create(
            proposal=proposal, kind=read.reply_kind, text=read.reply, replied_by=by, replied_at=moment
        )
    return proposal


def _attendees(notice: Notice, read: ReadNotice, units: Units) -> list[NoticeAttendee]:
    return [
        NoticeAttendee(
            notice=notice,
            position=at,
            side=attendee.side,
            text=attendee.text[:300],
            department=units.department(attendee.text) if attendee.side == AttendeeSide.DEPARTMENT else None,
        )
        for at, attendee in enumerate(read.attendees, 1)
    ]


def _citations(notice: Notice, read: ReadNotice, proposals: list[Proposal]) -> list[Citation]:
    return [
        Citation(
            notice=notice,
            role=cited.role,
            sign=cited.sign,
            dated=cited.dated,
            title=cited.title,
            proposal=proposals[cited.proposal] if cited.proposal is not None else None,
        )
        for cited in read.citations
    ]


def _task(notice: Notice, given: GivenTask, at: int, proposals: list[Proposal], head: Head) -> None:
    """Make one piece of work; a reply's lead is the reply's too."""
    read, lead = given.read, given.lead
    reply = proposals[read.proposal].reply if read.proposal is not None else None
    task = Task.objects.create(
        authority=notice.authority,
        commune=notice.commune,
        reference=f"{notice.reference}-nhiem-vu-{at}"[:60],
        point=_point(notice, read.section, read.point),
        reply=reply,
        text=read.text,
        note=given.note,
        lead_department=lead if isinstance(lead, Department) else None,
        lead_commune=lead if isinstance(lead, Commune) else None,
        assigned_on=head.dated or notice.session_on,
        recurrence=Recurrence.MONTHLY if read.monthly_day else Recurrence.NONE,
        recurrence_day=read.monthly_day,
    )
    TaskSupport.objects.bulk_create(
        TaskSupport(task=task, department=department) for department in given.supports if department != lead
    )
    if reply and isinstance(lead, Department):
        reply.lead = lead
        reply.save()


def _point(notice: Notice, section: int | None, point: int | None) -> NoticePoint | None:
    if section is None or point is None:
        return None
    return NoticePoint.objects.get(section__notice=notice, section__position=section + 1, position=point + 1)


def _issued(notice: Notice, head: Head) -> None:
    """Note that the paper was issued: its text is frozen, its signed copy can be stored beside it."""
    if head.number is None or head.dated is None:
        raise ValueError("An issued notice has a number and a day.")
    notice.status, notice.number, notice.issued_on = NoticeStatus.ISSUED, head.number, head.dated
    notice.number_year = head.dated.year
    notice.frozen = composed(notice, number=head.number, dated=head.dated).to_dict()
    try:
        with transaction.atomic():
            notice.save()
    except IntegrityError as error:
        raise NumberTaken(notice.sign) from error
