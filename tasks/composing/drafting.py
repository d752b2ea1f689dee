"""A new draft with what the data know on its session's day."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from communes.models import Authority, Commune, Department, User
from criteria.enums import ReportStatus
from criteria.models import MonthlyReport
from criteria.selectors import commune_state
from ntm_tracker.lib import clock
from ntm_tracker.lib.text import search_key
from tasks.composing import wording
from tasks.enums import AttendeeSide, CitationRole, NoticeStatus, PointKind, SectionKind
from tasks.models import (
    Citation,
    Notice,
    NoticeAttendee,
    NoticePoint,
    NoticeRecipient,
    NoticeSection,
    Proposal,
    Task,
)
from tasks.selectors import TaskRow, task_rows
from tasks.tokens import BLANK

Texts = list[tuple[PointKind, str]]
AUTHORITY_LINES = "TL. CHỦ TỊCH\nCHÁNH VĂN PHÒNG"


@transaction.atomic
def draft_notice(
    *,
    commune: Commune,
    session_on: date,
    by: User,
    session_time: str = "",
    corrects: Notice | None = None,
    empty: bool = False,
) -> Notice:
    """Return a new draft on the session with `commune`.

    It opens with chair, signer, recipients of the authority's last notice, the attendees of the unit lists, the
    commune's last report, its unmet sub-items on that day, its unanswered proposals and what became of the
    conclusions of its last notice. `empty` leaves the text to the officer: header, opening and closing sections
    without points. `corrects` is the issued notice that it supplements.
    """
    before = _last_notice(commune.authority)
    notice = Notice(
        authority=commune.authority,
        commune=commune,
        reference=_reference(commune, session_on),
        session_on=session_on,
        session_time=session_time,
        chair_name=before.chair_name if before else BLANK,
        chair_post=before.chair_post if before else BLANK,
        authority_lines=before.authority_lines if before else AUTHORITY_LINES,
        signer_name=before.signer_name if before else BLANK,
        symbol=before.symbol if before else _symbol(commune.authority),
        corrects=corrects,
    )
    words = Words.of(notice)
    notice.subject = _subject(before, words)
    notice._history_user = by  # type: ignore[attr-defined]
    notice.save()
    _recipients(notice, before, words)
    _attendees(notice, before, words)
    _basis(notice)
    for position, (kind, heading, texts) in enumerate(_sections(notice, words, empty=empty), 1):
        section = NoticeSection.objects.create(notice=notice, position=position, kind=kind, heading=heading)
        NoticePoint.objects.bulk_create(
            NoticePoint(section=section, position=place, kind=point, text=text)
            for place, (point, text) in enumerate(texts, 1)
        )
        if kind == SectionKind.PROPOSALS and not empty:
            _put_proposals(section)
    return notice


@dataclass(frozen=True)
class Words:
    """The names with which the sentences of `wording` are filled."""

    unit: str
    kind: str
    level: str
    chair: str

    @classmethod
    def of(cls, notice: Notice) -> "Words":
        return cls(
            unit=str(notice.commune),
            kind=notice.commune.get_kind_display(),
            level=str(notice.authority).split()[0],
            chair=f"{notice.chair_name}, {notice.chair_post}",
        )

    def fill(self, text: str, **more: str) -> str:
        return text.format(unit=self.unit, kind=self.kind, level=self.level, chair=self.chair, **more)


def _last_notice(authority: Authority) -> Notice | None:
    rows = Notice.objects.filter(authority=authority).exclude(status=NoticeStatus.REVOKED).select_related("commune")
    return rows.order_by("-session_on", "-pk").first()


def _reference(commune: Commune, session_on: date) -> str:
    """Return "cao-son-2023-04-05-1f3a": the file's own name, never printed."""
    name = search_key(commune.name).replace(" ", "-")[:40]
    return f"{name}-{session_on:%Y-%m-%d}-{secrets.token_hex(2)}"


def _symbol(authority: Authority) -> str:
    letterhead = getattr(authority, "letterhead", None)
    return f"TB-{letterhead.abbreviation}" if letterhead else "TB-UBND"


def _subject(before: Notice | None, words: Words) -> str:
    """Return the last notice's subject with this commune; it names the chair in the office's own short form."""
    if before and str(before.commune) in before.subject:
        return before.subject.replace(str(before.commune), words.unit)
    return words.fill(wording.SUBJECT)


def _recipients(notice: Notice, before: Notice | None, words: Words) -> None:
    known = list(before.recipients.order_by("position").values_list("text", flat=True)) if before else []
    lines = _renamed(known, before, words) if known else [words.fill(line) for line in wording.RECIPIENTS]
    NoticeRecipient.objects.bulk_create(
        NoticeRecipient(notice=notice, position=place, text=line) for place, line in enumerate(lines, 1)
    )


def _renamed(lines: Iterable[str], before: Notice | None, words: Words) -> list[str]:
    return [line.replace(str(before.commune), words.unit) if before else line for line in lines]


def _attendees(notice: Notice, before: Notice | None, words: Words) -> None:
    """The authority's and the commune's people as last time, every department that works on the session's day."""
    people = _known_side(before, AttendeeSide.AUTHORITY, words) or [words.fill(wording.DEPARTMENTS_ATTEND)]
    commune = _known_side(before, AttendeeSide.COMMUNE, words) or [words.fill(line) for line in wording.COMMUNE_ATTENDS]
    departments = Department.objects.valid_on(notice.session_on).filter(authority=notice.authority)
    rows: list[tuple[AttendeeSide, str, Department | None]] = [
        *((AttendeeSide.AUTHORITY, line, None) for line in people),
        *((AttendeeSide.DEPARTMENT, unit.short_name, unit) for unit in departments.order_by("position", "code")),
        *((AttendeeSide.COMMUNE, line, None) for line in commune),
    ]
    NoticeAttendee.objects.bulk_create(
        NoticeAttendee(notice=notice, position=place, side=side, text=text, department=department)
        for place, (side, text, department) in enumerate(rows, 1)
    )


def _known_side(before: Notice | None, side: AttendeeSide, words: Words) -> list[str]:
    if before is None:
        return []
    rows = before.attendees.filter(side=side).order_by("position").values_list("text", flat=True)
    return _renamed(rows, before, words)


def _basis(notice: Notice) -> None:
    """Cite the commune's last report that was sent and bears a number."""
    known = Q(number__isnull=False, dated__isnull=False, dated__lte=notice.session_on)
    sent = Q(status__in=[ReportStatus.SUBMITTED, ReportStatus.ACCEPTED])
    report = MonthlyReport.objects.filter(known, sent, commune=notice.commune).order_by("-month").first()
    if report is not None and report.dated is not None:
        Citation.objects.create(
            notice=notice, role=CitationRole.BASIS, sign=f"{report.number:02d}/BC-UBND", dated=report.dated
        )


# The sections


def _sections(notice: Notice, words: Words, *, empty: bool) -> list[tuple[SectionKind, str, Texts]]:
    """Return kind, heading and points of each section."""
    if empty:
        return [(SectionKind.OPENING, "", []), (SectionKind.CLOSING, "", [])]
    state = commune_state(notice.commune, notice.session_on)
    progress: Texts = []
    if state.criteria_set is not None:
        progress = [(PointKind.NUMBERED, words.fill(wording.PROGRESS, criteria_set=state.criteria_set.short_name))]
    return [
        (SectionKind.OPENING, "", [(PointKind.PARAGRAPH, words.fill(text)) for text in wording.OPENING]),
        (SectionKind.RESULTS, wording.RESULTS, [*progress, *_since_last_time(notice)]),
        (SectionKind.SHORTCOMINGS, wording.SHORTCOMINGS, []),
        (SectionKind.TASKS, wording.TASKS, [*_unmet(state, words), *_assignments(words)]),
        (SectionKind.PROPOSALS, wording.PROPOSALS, []),
        (SectionKind.CLOSING, "", [(PointKind.PARAGRAPH, words.fill(wording.CLOSING))]),
    ]


def _since_last_time(notice: Notice) -> Texts:
    """What became of the conclusions of the commune's last notice: done, running, overdue."""
    before = (
        Notice.objects.filter(commune=notice.commune, status=NoticeStatus.ISSUED, session_on__lt=notice.session_on)
        .order_by("-session_on", "-pk")
        .first()
    )
    if before is None or before.issued_on is None:
        return []
    rows = task_rows(Task.objects.all().of_notices([before.pk]), notice.session_on)
    if not rows:
        return []
    title = wording.SINCE_LAST_TIME.format(sign=before.sign, issued_on=clock.vn_date(before.issued_on))
    return [(PointKind.HEADING, title), *((PointKind.DASH, _standing(row)) for row in rows)]


def _standing(row: TaskRow) -> str:
    """Return "Rà soát quy hoạch (UBND xã Cao Sơn): quá hạn 5 ngày"."""
    word = row.task.get_status_display().lower()
    if row.is_overdue:
        word = f"quá hạn {row.days:02d} ngày"
    elif row.is_open and row.due_on:
        word = f"{word}, hạn {clock.vn_date(row.due_on)}"
    return f"{row.task.text.rstrip(' .;,')} ({row.lead}): {word};"


def _unmet(state: Any, words: Words) -> Texts:
    """Each sub-item that was not met on the session's day, with the departments that guide it."""
    texts: Texts = []
    for criterion in state.criteria if state.is_tracked else ():
        for row in criterion.missing:
            guides = f" ({', '.join(row.guides)} hướng dẫn)" if row.guides else ""
            texts.append((PointKind.DASH, f"Nội dung {row.sub_item.official_code} {row.sub_item.name}{guides};"))
    if not texts:
        return []
    return [(PointKind.PARAGRAPH, words.fill(wording.UNMET)), *texts]


def _assignments(words: Words) -> Texts:
    dashes: Sequence[tuple[str, tuple[str, ...]]] = (
        (wording.FOR_DEPARTMENTS, wording.OF_DEPARTMENTS),
        (wording.FOR_COMMUNE, wording.OF_COMMUNE),
    )
    return [
        line
        for title, texts in dashes
        for line in (
            (PointKind.HEADING, words.fill(title)),
            *((PointKind.DASH, words.fill(text)) for text in texts),
        )
    ]


def _put_proposals(section: NoticeSection) -> None:
    """Put the commune's proposals that no notice holds yet, the oldest first."""
    waiting = Proposal.objects.filter(
        commune=section.notice.commune, point__isnull=True, made_on__lte=section.notice.session_on
    )
    NoticePoint.objects.bulk_create(
        NoticePoint(section=section, position=place, kind=PointKind.PROPOSAL, proposal=proposal)
        for place, proposal in enumerate(waiting.order_by("made_on", "pk"), 1)
    )
