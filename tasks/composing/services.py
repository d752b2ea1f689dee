"""Every change of a draft. Each part is compared with what the person was shown; nobody overwrites silently.

Each change raises the notice's version too, so that a draft issued on one page is the one that was read there.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F

from communes.models import Commune, Department, User
from criteria.exceptions import SomebodyWasFaster
from ntm_tracker.lib.text import nfc
from tasks.composing.undo import Kept, kept_of
from tasks.enums import AttendeeSide, CitationRole, NoticeStatus, PointKind, ReplyKind, SectionKind
from tasks.exceptions import NotADraft
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
)
from tasks.tokens import BLANK
from tasks.work.services import Part, Plan, assign_task, change_task, mark_conclusion, plan_of

# Beyond every position in use: rows step aside while they are numbered anew.
ASIDE = 10_000


def _claim(notice: Notice) -> None:
    """Hold the draft until the transaction ends and raise its version; raises `NotADraft` for any other."""
    drafts = Notice.objects.filter(pk=notice.pk, status=NoticeStatus.DRAFT)
    if not drafts.update(version=F("version") + 1):
        raise NotADraft(notice.sign)


def stamp(*values: Any) -> str:
    """Return a short mark of what a part says: equal marks, equal words."""
    return hashlib.sha256(json.dumps(values, ensure_ascii=False, default=str).encode()).hexdigest()[:16]


def _settled(text: str) -> str:
    """Return what was typed as it is stored; nothing yet is a blank to be written."""
    return nfc(text).strip() or BLANK


# Points


def point_stamp(point: NoticePoint) -> str:
    """Return the mark of what the point says, a proposal's with its reply."""
    if point.proposal is None:
        return stamp(point.kind, point.text)
    reply = reply_of(point)
    answer = (reply.kind, reply.text, reply.lead_id) if reply else None
    return stamp(point.kind, point.proposal.text, answer)


def reply_of(point: NoticePoint) -> ProposalReply | None:
    """Return the reply to the point's proposal, None where there is none yet."""
    return getattr(point.proposal, "reply", None) if point.proposal else None


def _held(point: NoticePoint, seen: str | None = None) -> NoticePoint:
    """Claim the draft and return the point as it stands.

    Raises `SomebodyWasFaster` when it says something else than what was `seen`; with None when it is gone.
    """
    _claim(point.section.notice)
    rows = NoticePoint.objects.select_related("section__notice__commune", "section__notice__authority")
    current = rows.select_related("proposal__reply").filter(pk=point.pk).first()
    if current is None or (seen is not None and point_stamp(current) != seen):
        raise SomebodyWasFaster(current)
    return current


@transaction.atomic
def save_point(*, point: NoticePoint, kind: PointKind | str, text: str, seen: str) -> NoticePoint:
    """Write kind and text of a point. `seen` is the mark of what was shown."""
    current = _held(point, seen)
    current.kind, current.text = kind, _settled(text)
    current.save()
    return current


@transaction.atomic
def save_proposal_point(
    *,
    point: NoticePoint,
    text: str,
    reply: str,
    reply_kind: ReplyKind | str,
    lead: Department | None,
    by: User,
    seen: str,
) -> NoticePoint:
    """Write a proposal and its reply; without words the reply is taken away, unless tasks rest on it."""
    current = _held(point, seen)
    proposal = current.proposal
    assert proposal is not None  # noqa: S101  the constraint of the table
    if proposal.text != _settled(text):
        proposal.text = _settled(text)
        proposal._history_user = by  # type: ignore[attr-defined]
        proposal.save()
    _put_reply(proposal, reply, reply_kind, lead, by)
    return NoticePoint.objects.select_related("proposal__reply").get(pk=point.pk)


def _put_reply(proposal: Proposal, text: str, kind: str, lead: Department | None, by: User) -> None:
    known: ProposalReply | None = getattr(proposal, "reply", None)
    words = nfc(text).strip()
    if not words and known is None:
        return
    if not words and known is not None and not known.tasks.exists():
        known.delete()
        return
    row = known or ProposalReply(proposal=proposal)
    row.text, row.kind, row.lead = words or BLANK, kind, lead
    row.replied_by = by
    row._history_user = by  # type: ignore[attr-defined]
    row.save()


@transaction.atomic
def add_point(
    *,
    section: NoticeSection,
    kind: PointKind | str,
    by: User,
    text: str = "",
    after: NoticePoint | None = None,
    proposal: Proposal | None = None,
) -> NoticePoint:
    """Add a point after `after`, at the end of the section without it. One of a proposal makes a new proposal.

    Raises `SomebodyWasFaster` with None when the section is gone, with its point when a notice holds `proposal`.
    """
    _claim(section.notice)
    _check_there(section)
    if proposal is not None:
        _check_waiting(proposal)
    keys = list(section.points.order_by("position").values_list("pk", flat=True))
    place = keys.index(after.pk) + 1 if after and after.pk in keys else len(keys)
    if kind == PointKind.PROPOSAL and proposal is None:
        proposal = _new_proposal(section.notice, text, by)
    point = NoticePoint.objects.create(
        section=section,
        position=ASIDE * 2,
        kind=kind,
        text="" if proposal else _settled(text),
        proposal=proposal,
    )
    _number(section, [*keys[:place], point.pk, *keys[place:]])
    point.refresh_from_db()
    return point


def _check_there(section: NoticeSection) -> None:
    if not NoticeSection.objects.filter(pk=section.pk).exists():
        raise SomebodyWasFaster(None)


def _check_waiting(proposal: Proposal) -> None:
    """Hold the proposal: of two drafts that take it in at once one gets it."""
    Proposal.objects.select_for_update().get(pk=proposal.pk)
    if taken := NoticePoint.objects.filter(proposal=proposal).first():
        raise SomebodyWasFaster(taken)


def _new_proposal(notice: Notice, text: str, by: User) -> Proposal:
    """A request that was made at the session."""
    proposal = Proposal(
        commune=notice.commune,
        reference=f"{notice.reference[:50]}-{secrets.token_hex(3)}",
        made_on=notice.session_on,
        made_by=by,
        text=_settled(text),
    )
    proposal._history_user = by  # type: ignore[attr-defined]
    proposal.save()
    return proposal


def _number(section: NoticeSection, keys: Sequence[int]) -> None:
    """Give the points of `section` the positions 1, 2, … in the order of `keys`."""
    section.points.update(position=F("position") + ASIDE)
    for place, key in enumerate(keys, 1):
        NoticePoint.objects.filter(pk=key).update(section=section, position=place)


@transaction.atomic
def move_point(*, point: NoticePoint, step: int) -> None:
    """Move a point one place up (-1) or down (1); from the edge of its section into the next one."""
    section = _held(point).section
    keys = list(section.points.order_by("position").values_list("pk", flat=True))
    here = keys.index(point.pk)
    there = here + step
    if 0 <= there < len(keys):
        keys[here], keys[there] = keys[there], keys[here]
        _number(section, keys)
        return
    sections = list(section.notice.sections.order_by("position"))
    beside = [row.pk for row in sections].index(section.pk) + step
    if not 0 <= beside < len(sections):
        return
    target = sections[beside]
    others = list(target.points.order_by("position").values_list("pk", flat=True))
    NoticePoint.objects.filter(pk=point.pk).update(section=target, position=ASIDE * 2)
    _number(target, [*others, point.pk] if step < 0 else [point.pk, *others])
    _number(section, [key for key in keys if key != point.pk])


@transaction.atomic
def delete_point(*, point: NoticePoint, seen: str | None = None) -> Kept:
    """Take a point out of the draft with the tasks that would come of it; return what `restore_point` brings back.

    A proposal stays with its commune; one that was typed into this draft and says nothing yet goes with its point.
    """
    current = _held(point, seen)
    kept, section, proposal = kept_of(current), current.section, current.proposal
    current.tasks.all().delete()
    current.delete()
    if proposal is not None and proposal.text == BLANK and not hasattr(proposal, "reply"):
        proposal.delete()
    _number(section, list(section.points.order_by("position").values_list("pk", flat=True)))
    return kept


@transaction.atomic
def restore_point(*, section: NoticeSection, kept: Kept, by: User) -> NoticePoint:
    """Put a deleted point back where it stood, with its tasks and its mark. Raises what `add_point` raises."""
    proposal = Proposal.objects.filter(pk=kept.proposal or 0, commune=section.notice.commune_id).first()
    after = section.points.filter(pk=kept.after or 0).first()
    point = add_point(section=section, kind=kept.kind, by=by, text=kept.text, after=after, proposal=proposal)
    if kept.after is None:
        others = section.points.exclude(pk=point.pk).order_by("position").values_list("pk", flat=True)
        _number(section, [point.pk, *others])
    if kept.creates_no_task:
        mark_conclusion(point=point, creates_no_task=True)
    notice = section.notice
    for plan in kept.plans:
        assign_task(authority=notice.authority, plan=plan, by=by, point=point, assigned_on=notice.session_on)
    point.refresh_from_db()
    return point


@transaction.atomic
def mark_no_task(*, point: NoticePoint, creates_no_task: bool) -> None:
    """Say that no task comes of this conclusion of a draft, or take that back. Raises what `mark_conclusion` raises."""
    mark_conclusion(point=_held(point), creates_no_task=creates_no_task)


# Sections


def section_stamp(section: NoticeSection) -> str:
    return stamp(section.kind, section.heading)


@transaction.atomic
def save_section(*, section: NoticeSection, kind: SectionKind | str, heading: str, seen: str) -> NoticeSection:
    """Write kind and heading of a section."""
    _claim(section.notice)
    current = NoticeSection.objects.filter(pk=section.pk).first()
    if current is None or section_stamp(current) != seen:
        raise SomebodyWasFaster(current)
    current.kind, current.heading = kind, " ".join(nfc(heading).split())
    current.save()
    return current


@transaction.atomic
def add_section(*, notice: Notice, kind: SectionKind | str, heading: str = "") -> NoticeSection:
    """Add a section before the closing one."""
    _claim(notice)
    rows = list(notice.sections.order_by("position"))
    place = len(rows) - 1 if rows and rows[-1].kind == SectionKind.CLOSING else len(rows)
    section = NoticeSection.objects.create(
        notice=notice, position=ASIDE * 2, kind=kind, heading=nfc(heading).strip()[:300]
    )
    _number_sections(notice, [row.pk for row in rows[:place]] + [section.pk] + [row.pk for row in rows[place:]])
    section.refresh_from_db()
    return section


def _number_sections(notice: Notice, keys: Sequence[int]) -> None:
    notice.sections.update(position=F("position") + ASIDE)
    for place, key in enumerate(keys, 1):
        NoticeSection.objects.filter(pk=key).update(position=place)


@transaction.atomic
def move_section(*, section: NoticeSection, step: int) -> None:
    """Move a section one place up (-1) or down (1)."""
    _claim(section.notice)
    _check_there(section)
    keys = list(section.notice.sections.order_by("position").values_list("pk", flat=True))
    here = keys.index(section.pk)
    there = here + step
    if 0 <= there < len(keys):
        keys[here], keys[there] = keys[there], keys[here]
        _number_sections(section.notice, keys)


def contents_stamp(section: NoticeSection) -> str:
    """Return the mark of what the points of the section say."""
    return stamp(*map(point_stamp, section.points.select_related("proposal__reply").order_by("position")))


@transaction.atomic
def delete_section(*, section: NoticeSection, seen: str) -> None:
    """Take a section out with all its points; their proposals stay with the commune.

    `seen` is the mark of the contents that were to go; raises `SomebodyWasFaster` when there are others now.
    """
    notice = section.notice
    _claim(notice)
    if contents_stamp(section) != seen:
        raise SomebodyWasFaster(section)
    for point in section.points.select_related("section__notice"):
        delete_point(point=point)
    section.delete()
    _number_sections(notice, list(notice.sections.order_by("position").values_list("pk", flat=True)))


# The parts around the text


HEADER = ("subject", "session_on", "session_time", "chair_name", "chair_post", "authority_lines", "signer_name")


def header_stamp(notice: Notice) -> str:
    return stamp(*(getattr(notice, name) for name in (*HEADER, "symbol", "motto")))


@transaction.atomic
def save_header(*, notice: Notice, fields: dict[str, Any], by: User, seen: str) -> Notice:
    """Write subject, session, chair, signer, symbol and motto of the draft."""
    _claim(notice)
    current = Notice.objects.get(pk=notice.pk)
    if header_stamp(current) != seen:
        raise SomebodyWasFaster(current)
    for name, value in fields.items():
        setattr(current, name, nfc(value).strip() if isinstance(value, str) else value)
    current._history_user = by  # type: ignore[attr-defined]
    current.save()
    return current


def recipient_lines(notice: Notice) -> list[str]:
    return list(notice.recipients.order_by("position").values_list("text", flat=True))


def attendee_lines(notice: Notice) -> dict[str, list[str]]:
    """Return the attendees by side."""
    names: dict[str, list[str]] = {side.value: [] for side in AttendeeSide}
    for side, text in notice.attendees.order_by("position").values_list("side", "text"):
        names[side].append(text)
    return names


def citation_lines(notice: Notice) -> dict[str, list[tuple[str, date, str]]]:
    """Return sign, day and title of the cited documents by role."""
    rows: dict[str, list[tuple[str, date, str]]] = {role.value: [] for role in CitationRole}
    for citation in notice.citations.order_by("dated", "sign"):
        rows[citation.role].append((citation.sign, citation.dated, citation.title))
    return rows


@transaction.atomic
def save_recipients(*, notice: Notice, lines: Iterable[str], seen: str) -> None:
    """Write the lines of "Nơi nhận"."""
    _claim(notice)
    if stamp(recipient_lines(notice)) != seen:
        raise SomebodyWasFaster(notice)
    notice.recipients.all().delete()
    NoticeRecipient.objects.bulk_create(
        NoticeRecipient(notice=notice, position=place, text=line) for place, line in enumerate(lines, 1)
    )


@transaction.atomic
def save_attendees(*, notice: Notice, sides: dict[str, list[str]], seen: str) -> None:
    """Write who took part; a line that is a department's name is tied to it."""
    _claim(notice)
    if stamp(attendee_lines(notice)) != seen:
        raise SomebodyWasFaster(notice)
    known = {unit.short_name: unit for unit in Department.objects.filter(authority=notice.authority_id)}
    rows = [(side, text) for side in AttendeeSide for text in sides.get(side.value, [])]
    notice.attendees.all().delete()
    NoticeAttendee.objects.bulk_create(
        NoticeAttendee(
            notice=notice,
            position=place,
            side=side,
            text=text,
            department=known.get(text) if side == AttendeeSide.DEPARTMENT else None,
        )
        for place, (side, text) in enumerate(rows, 1)
    )


@transaction.atomic
def save_citations(*, notice: Notice, roles: dict[str, list[tuple[str, date, str]]], seen: str) -> None:
    """Write the cited documents; one that stays keeps its tie to a proposal."""
    _claim(notice)
    if stamp(citation_lines(notice)) != seen:
        raise SomebodyWasFaster(notice)
    ties = {(row.sign, row.dated): row.proposal_id for row in notice.citations.all()}
    notice.citations.all().delete()
    Citation.objects.bulk_create(
        Citation(notice=notice, role=role, sign=sign, dated=dated, title=title, proposal_id=ties.get((sign, dated)))
        for role, rows in roles.items()
        for sign, dated, title in rows
    )


# The tasks that come of a point


@transaction.atomic
def put_task(
    *,
    point: NoticePoint,
    text: str,
    lead: Department | Commune,
    supports: Iterable[Department | Commune],
    due_on: date | None,
    recurrence_day: int | None,
    by: User,
    task: Task | None = None,
    version: int | None = None,
) -> Task:
    """Give the work of a point to its lead: a new task, or `task` changed. Nobody sees it before the notice is issued.

    A proposal's task rests on its reply. `version` is that of `task` as it was shown; parts, sub-items and note stay.
    Raises ValidationError for what a task can't be, `SomebodyWasFaster`.
    """
    point = _held(point)
    notice = point.section.notice
    before = plan_of(task) if task else Plan(text, lead, commune=notice.commune)
    parts = {part.unit: part for part in before.supports}
    plan = replace(
        before,
        text=text,
        lead=lead,
        supports=tuple(parts.get(unit) or Part(unit) for unit in supports if unit != lead),
        due_on=due_on,
        recurrence_day=recurrence_day,
        is_monthly_report=before.is_monthly_report and isinstance(lead, Commune),
    )
    if task:
        return change_task(task=task, plan=plan, by=by, expected_version=version or 0)
    return assign_task(
        authority=notice.authority,
        plan=plan,
        by=by,
        point=None if point.proposal_id else point,
        reply=reply_of(point),
        assigned_on=notice.session_on,
    )


@transaction.atomic
def remove_task(*, point: NoticePoint, task: Task, version: int) -> None:
    """Take back a task of the draft. `version` is that of `task` as it was shown; raises `SomebodyWasFaster`."""
    _held(point)
    current = Task.objects.filter(pk=task.pk).first()
    if current is None or current.version != version:
        raise SomebodyWasFaster(current)
    current.delete()
