"""A draft as proof-reading sees it: its texts as they will be printed, and what the data say."""

import re
from collections.abc import Iterable, Iterator, Sequence

from communes.models import Commune
from criteria.selectors import progress_of
from criteria.selectors.progress import set_for
from ntm_tracker.lib.official import roman
from tasks.enums import UNTITLED, PointKind, ReplyKind, SectionKind
from tasks.models import Notice, NoticePoint, NoticeSection
from tasks.proofreading import HEADING, MOTTO, RECIPIENT, SIGNER, SUBJECT, Facts, Finding, Passage, proofread
from tasks.tokens import Tokens

NUMBERED = (PointKind.NUMBERED, PointKind.HEADING, PointKind.PROPOSAL)


def findings_of(notice: Notice, sections: Sequence[NoticeSection], recipients: Iterable[str]) -> list[Finding]:
    """Return what proof-reading says of `notice`.

    `sections` come with their points, the points with proposal, reply and tasks (`selectors.sections_of`).
    """
    return proofread(list(_passages(notice, sections, recipients)), _facts(notice, sections))


def _passages(notice: Notice, sections: Sequence[NoticeSection], recipients: Iterable[str]) -> Iterator[Passage]:
    tokens = Tokens(notice)
    yield Passage("header", "Tiêu ngữ", MOTTO, notice.motto)
    yield Passage("header", "Trích yếu", SUBJECT, notice.subject)
    number = 0
    for section in sections:
        titled = section.kind not in UNTITLED
        number += titled
        place = f"Mục {roman(number)}" if titled else section.get_kind_display()
        if titled:
            yield Passage(f"s{section.pk}", place, HEADING, section.heading or section.get_kind_display())
        yield from _points(section, place, tokens)
    for text in recipients:
        yield Passage("recipients", "Nơi nhận", RECIPIENT, text)
    yield Passage("header", "Người ký", SIGNER, notice.signer_name)


def _points(section: NoticeSection, place: str, tokens: Tokens) -> Iterator[Passage]:
    number, below, addressed = 0, 0, False
    for count, point in enumerate(section.points.all(), 1):
        number, below = (number + 1, 0) if point.kind in NUMBERED else (number, below + 1)
        addressed = addressed or point.kind == PointKind.HEADING
        where = f"{place}.{number}" if number else f"{place}, đoạn {count}"
        if number and below:
            where += f", ý {below}"
        if point.proposal is None:
            yield _point(section, point, where, tokens, addressed)
            continue
        reply = getattr(point.proposal, "reply", None)
        yield Passage(f"p{point.pk}", where, "proposal", point.proposal.text, lacks_reply=reply is None)
        if reply is not None:
            yield Passage(
                anchor=f"p{point.pk}",
                place=f"{where}, trả lời",
                kind="reply",
                text=reply.text,
                is_work=reply.kind != ReplyKind.SETTLED,
                has_task=point.creates_no_task or bool(reply.tasks.all()),
                is_addressed=True,
            )


def _point(section: NoticeSection, point: NoticePoint, place: str, tokens: Tokens, addressed: bool) -> Passage:
    return Passage(
        anchor=f"p{point.pk}",
        place=place,
        kind=point.kind,
        text=tokens.fill(point.text),
        is_work=section.kind == SectionKind.TASKS,
        has_task=point.creates_no_task or bool(point.tasks.all()),
        is_addressed=addressed,
    )


def _facts(notice: Notice, sections: Sequence[NoticeSection]) -> Facts:
    progress = progress_of(notice.commune, notice.session_on)
    criteria_set = set_for(notice.commune, notice.session_on)
    years = re.search(r"(20\d\d)\s*-\s*(20\d\d)", criteria_set.short_name) if criteria_set else None
    others = Commune.objects.valid_on(notice.session_on).filter(authority=notice.authority_id)
    return Facts(
        criteria_met=progress.criteria_met if progress else None,
        criteria_total=progress.criteria_total if progress else 0,
        sub_items_met=progress.sub_items_met if progress else None,
        sub_items_total=progress.sub_items_total if progress else 0,
        set_period=(int(years[1]), int(years[2])) if years else None,
        other_communes=tuple(str(unit) for unit in others if unit.name not in notice.commune.name),
        empty_sections=tuple(
            (f"s{section.pk}", section.heading or section.get_kind_display())
            for section in sections
            if not section.points.all()
        ),
    )
