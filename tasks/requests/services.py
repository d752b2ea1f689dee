"""Every write on a proposal and its reply: one door each, all or nothing, only upon what was shown."""

import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Max
from django.utils.text import capfirst

from communes.enums import Role
from communes.messages import staff_of, tell
from communes.models import Commune, Department, User
from criteria.exceptions import SomebodyWasFaster
from criteria.models import SubItem
from ntm_tracker.lib import clock
from ntm_tracker.lib.text import nfc
from tasks.composing.services import stamp
from tasks.enums import ReplyKind
from tasks.models import Proposal, ProposalReply
from tasks.services import touch_draft

SETTLED = "Kiến nghị đã được trả lời trong thông báo ban hành nên không sửa được."


@dataclass(frozen=True)
class Request:
    """What a commune asks for."""

    text: str
    amount: Decimal | None = None
    place: str = ""
    sub_items: tuple[SubItem, ...] = ()
    paper_sign: str = ""
    paper_dated: date | None = None
    paper_title: str = ""

    def fields(self) -> dict[str, object]:
        return {
            "text": nfc(self.text.strip()),
            "amount": self.amount,
            "place": nfc(self.place.strip()),
            "paper_sign": nfc(self.paper_sign.strip()),
            "paper_dated": self.paper_dated,
            "paper_title": nfc(self.paper_title.strip()),
        }


def mark_of(proposal: Proposal) -> str:
    """Return the mark of what a proposal and its reply say: equal marks, nothing changed in between."""
    reply = getattr(proposal, "reply", None)
    answer = (reply.kind, reply.text, reply.lead_id) if reply else None
    return stamp(proposal.version, proposal.text, answer)


def asked_mark(proposal: Proposal) -> str:
    """Return the mark of what the commune asks for alone: an answer in draft neither shows in it nor stops a change."""
    names = ("text", "amount", "place", "paper_sign", "paper_dated", "paper_title")
    codes = proposal.sub_items.order_by("pk").values_list("code", flat=True)
    return stamp([getattr(proposal, name) for name in names], list(codes))


@transaction.atomic
def make_proposal(
    *, commune: Commune, by: User, request: Request, made_on: date | None = None, at: datetime | None = None
) -> Proposal:
    """Record what `commune` asks for under the next number of its own; the office is told.

    Raises ValidationError, by field, for what cannot be.
    """
    moment = at or clock.now()
    _check(request, clock.day_of(moment))
    # Held to the end: two proposals at once get two numbers.
    Commune.objects.select_for_update().get(pk=commune.pk)
    last = Proposal.objects.filter(commune=commune).aggregate(last=Max("number"))["last"] or 0
    proposal = Proposal(
        commune=commune,
        reference=f"kien-nghi-{secrets.token_hex(6)}",
        number=last + 1,
        made_on=made_on or clock.day_of(moment),
        made_by=by,
        **request.fields(),
    )
    _save(proposal, by, moment)
    proposal.sub_items.set(request.sub_items)
    tell(
        people=staff_of(commune.authority),
        key=f"proposal-{proposal.pk}-made",
        text=capfirst(f"{commune} kiến nghị: {proposal}"),
        url=proposal.get_absolute_url(),
        at=moment,
    )
    return proposal


@transaction.atomic
def change_proposal(
    *, proposal: Proposal, by: User, request: Request, seen: str, at: datetime | None = None
) -> Proposal:
    """Change what was asked for, until it stands in an issued notice. `seen` is the `asked_mark` of what was shown.

    Raises ValidationError, by field, and `SomebodyWasFaster`.
    """
    moment, current = at or clock.now(), _held(proposal, seen, asked_mark)
    _check(request, clock.day_of(moment))
    for name, value in request.fields().items():
        setattr(current, name, value)
    _save(current, by, moment)
    current.sub_items.set(request.sub_items)
    return current


def _check(request: Request, today: date) -> None:
    errors = {}
    if not request.text.strip():
        errors["text"] = "Hãy ghi nội dung kiến nghị."
    if request.amount is not None and request.amount <= 0:
        errors["amount"] = "Số tiền phải lớn hơn 0."
    if (request.paper_dated or request.paper_title.strip()) and not request.paper_sign.strip():
        errors["paper_sign"] = "Hãy ghi số, ký hiệu của văn bản, ví dụ 29/TTr-UBND."
    if request.paper_dated and request.paper_dated > today:
        errors["paper_dated"] = f"Ngày văn bản không thể sau hôm nay {clock.vn_date(today)}. Hãy xem lại."
    if errors:
        raise ValidationError(errors)


@transaction.atomic
def reply_to_proposal(
    *,
    proposal: Proposal,
    by: User,
    kind: ReplyKind | str,
    text: str,
    seen: str,
    lead: Department | None = None,
    supports: Sequence[Department] = (),
    at: datetime | None = None,
) -> ProposalReply:
    """Draft the answer; the commune sees it when the notice that holds it is issued.

    A department words the answer to a proposal that was given to it, the office also says whom it is given to.
    Raises ValidationError, by field, PermissionDenied, and `SomebodyWasFaster`.
    """
    moment, current = at or clock.now(), _held(proposal, seen)
    known: ProposalReply | None = getattr(current, "reply", None)
    before = _assigned(known)
    if by.role == Role.DEPARTMENT:
        if known is None or by.department_id not in {unit.pk for unit in before}:
            raise PermissionDenied("tasks.reply_to_proposal")
        lead, supports = known.lead, list(known.supports.all())
    _check_reply(current, kind, text, lead, supports)
    reply = known or ProposalReply(proposal=current)
    reply.kind, reply.text, reply.lead = ReplyKind(kind), nfc(text.strip()), lead
    reply.replied_by, reply.replied_at = by, moment
    reply._history_user, reply._history_date = by, moment  # type: ignore[attr-defined]
    reply.save()
    reply.supports.set(supports)
    for unit in _assigned(reply) - before:
        tell(
            people=staff_of(unit),
            key=f"proposal-{current.pk}-assigned-v{current.version}",
            text=f"Được giao trả lời kiến nghị của {current.commune}: {current}",
            url=current.get_absolute_url(),
            at=moment,
        )
    return reply


def _check_reply(
    proposal: Proposal, kind: ReplyKind | str, text: str, lead: Department | None, supports: Collection[Department]
) -> None:
    errors = {}
    if not text.strip():
        errors["text"] = "Hãy ghi lời trả lời."
    if kind == ReplyKind.ASSIGNED and lead is None:
        errors["lead"] = "Hãy chọn phòng, ban chủ trì."
    if lead in supports:
        errors["supports"] = "Phòng, ban chủ trì không ghi lại ở phần phối hợp."
    units = [*supports, *([lead] if lead else [])]
    if any(unit.authority_id != proposal.commune.authority_id for unit in units):
        errors["lead"] = f"Chỉ giao được cho phòng, ban của {proposal.commune.authority}."
    if errors:
        raise ValidationError(errors)


def _assigned(reply: ProposalReply | None) -> set[Department]:
    """Return the departments that a reply names."""
    if reply is None or reply.pk is None:
        return set()
    return {*([reply.lead] if reply.lead else []), *reply.supports.all()}


def _held(proposal: Proposal, seen: str, mark: Callable[[Proposal], str] = mark_of) -> Proposal:
    """Hold the proposal to the end, only if by `mark` it still says what was shown; return it fresh.

    The draft that holds it is not what was read there any more.
    """
    rows = Proposal.objects.filter(pk=proposal.pk)
    rows.update(version=F("version") + 1)
    current = rows.for_list().select_related("commune__authority").get()
    current.version -= 1
    if mark(current) != seen:
        raise SomebodyWasFaster(current)
    if current.is_published:
        raise ValidationError(SETTLED)
    current.version += 1
    point = getattr(current, "point", None)
    touch_draft(point and point.section.notice)
    return current


def _save(proposal: Proposal, by: User, moment: datetime) -> None:
    """Save with the history entry in the name of `by` at `moment`."""
    proposal._history_user, proposal._history_date = by, moment  # type: ignore[attr-defined]
    proposal.save()
