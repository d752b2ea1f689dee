"""Asking for a report that isn't there: who is asked, a text to copy, an e-mail, the official letter."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from communes.mail import MailFailed, absolute, outbox, send
from communes.messages import claim, disclaim
from communes.models import Authority, Commune, Department, User
from communes.models import Letterhead as KnownLetterhead
from criteria.deadlines import ReportDeadline
from criteria.downloads import FOR_THE_COMMITTEE, letterhead_of
from criteria.reports.board import BoardCell, make_board
from criteria.reports.snapshot import GATHERS
from ntm_tracker.lib import clock
from ntm_tracker.lib.clock import vn_date, vn_weekday
from ntm_tracker.lib.official import OfficialDocument, Signature, paragraphs

# What isn't numbered and dated yet says so at the head of each page.
DRAFT_MARK = "DỰ THẢO"


@dataclass(frozen=True)
class Hole:
    """A report that is expected and wasn't sent, with the people of the commune."""

    commune: Commune
    cell: BoardCell
    people: tuple[User, ...]

    @property
    def with_address(self) -> tuple[User, ...]:
        return tuple(person for person in self.people if person.email)

    @property
    def form_url(self) -> str:
        return f"{reverse('reports:board')}{self.commune.code}/{self.cell.month:%Y-%m}/"


def holes(communes: Sequence[Commune], month: date, today: date) -> list[Hole]:
    """Return the reports of `month` that none of `communes` sent, with the commune's active people."""
    board = make_board(communes, [month], month, today)
    missing = [(row.commune, row.focus) for row in board.rows if row.focus.can_be_sent]
    staff: dict[int | None, list[User]] = {}
    for person in User.objects.filter(commune__in=[unit.pk for unit, _ in missing], is_active=True):
        staff.setdefault(person.commune_id, []).append(person)
    return [Hole(unit, cell, tuple(staff.get(unit.pk, ()))) for unit, cell in missing]


# The words


def month_name(month: date) -> str:
    return f"tháng {month.month}/{month.year}"


def due_phrase(deadline: ReportDeadline) -> str:
    """Return "thứ Hai, 17/4/2023 (15/4 là thứ Bảy)"."""
    moved = f" ({deadline.moved})" if deadline.moved else ""
    return f"{vn_weekday(deadline.due_on)}, {vn_date(deadline.due_on)}{moved}"


def due_phrases(missing: Sequence[Hole]) -> str:
    """Return when the reports are due; where the authorities have several rules, each day with its communes."""
    found: dict[ReportDeadline, list[str]] = {}
    for hole, name in sorted(_named(missing), key=lambda row: row[0].cell.deadline.due_on):
        found.setdefault(hole.cell.deadline, []).append(name)
    if len(found) == 1:
        return due_phrase(missing[0].cell.deadline)
    return "; ".join(f"{due_phrase(deadline)} đối với {', '.join(names)}" for deadline, names in found.items())


def _named(missing: Sequence[Hole]) -> list[tuple[Hole, str]]:
    """Return each with its commune's name, with the district where there are several: their names can be the same."""
    are_several = len({hole.commune.authority_id for hole in missing}) > 1
    return [(hole, f"{hole.commune}{f' ({hole.commune.authority})' if are_several else ''}") for hole in missing]


def is_over(missing: Sequence[Hole], today: date) -> bool:
    """Whether the due days of all of them have passed."""
    return all(hole.cell.deadline.due_on < today for hole in missing)


def receivers(missing: Sequence[Hole]) -> str:
    """Return who waits for the reports: "UBND huyện Anh Sơn"; of several districts "UBND các huyện"."""
    authorities = {hole.commune.authority for hole in missing}
    return f"UBND {authorities.pop()}" if len(authorities) == 1 else "UBND các huyện"


def reminder_subject(month: date) -> str:
    return f"Nhắc gửi báo cáo {month_name(month)} về xây dựng nông thôn mới"


def reminder_text(missing: Sequence[Hole], today: date) -> str:
    """Return the text that is copied or mailed; plain, to be edited."""
    names = ", ".join(name for _, name in _named(missing))
    return (
        f"Kính gửi UBND {names},\n\n"
        f"{_due(missing, today)}. "
        f"Đến ngày {vn_date(today)}, {receivers(missing)} chưa nhận được báo cáo của đơn vị.\n"
        f"Đề nghị đơn vị hoàn thành và gửi báo cáo trên hệ thống."
    )


def letter_text(missing: Sequence[Hole], today: date) -> str:
    """Return the body of the letter: no wording beyond what is needed; the officer edits it."""
    authorities = {hole.commune.authority_id for hole in missing}
    through = Department.objects.filter(authority__in=authorities, code=GATHERS).values_list("full_name", flat=True)
    gathers = through.first() if len(authorities) == 1 else ""
    return (
        f"{_due(missing, today, ' của các đơn vị')}. Đến hết ngày {vn_date(today)}, "
        f"{receivers(missing)} chưa nhận được báo cáo của {_units(missing)}.\n"
        f"Đề nghị {_units(missing)} hoàn thành và gửi báo cáo về {receivers(missing)}"
        f"{f' (qua {gathers})' if gathers else ''}."
    )


def _due(missing: Sequence[Hole], today: date, whose: str = "") -> str:
    name = f"Báo cáo {month_name(missing[0].cell.month)} về kết quả xây dựng nông thôn mới{whose}"
    return f"{name} {'đã ' if is_over(missing, today) else ''}đến hạn {due_phrases(missing)}"


def _units(missing: Sequence[Hole]) -> str:
    return f"UBND {missing[0].commune}" if len(missing) == 1 else "các đơn vị có tên trên"


def _addressee(hole: Hole, issuer: Authority) -> str:
    """Return "Ủy ban nhân dân xã Cao Sơn", with its district where another authority writes to it."""
    district = "" if hole.commune.authority_id == issuer.pk else f", {hole.commune.authority}"
    return f"Ủy ban nhân dân {hole.commune}{district}"


# The letter


@dataclass(frozen=True)
class LetterHead:
    """What the office gives to the letter; number and day stay blank until its register has them."""

    symbol: str
    subject: str
    number: int | None = None
    dated: date | None = None
    authority_lines: tuple[str, ...] = ()
    signer: str = ""
    recipients: tuple[str, ...] = ()


def proposed_head(authority: Authority, month: date) -> LetterHead:
    """Return what stands in the letter before anybody edits it.

    The symbol of a công văn is issuer and drafting unit (Nghị định 30/2020/NĐ-CP, Phụ lục I, Phần I, Mục II, khoản
    3): here the department through which the reports go, where the authority has it.
    """
    known = KnownLetterhead.objects.filter(authority=authority).first()
    drafts = Department.objects.filter(authority=authority, code=GATHERS).exists()
    return LetterHead(
        symbol=f"{known.abbreviation if known else 'UBND'}{f'-{GATHERS}' if drafts else ''}",
        subject=f"đôn đốc gửi báo cáo {month_name(month)} về xây dựng nông thôn mới",
        authority_lines=(FOR_THE_COMMITTEE,),
        recipients=("Như trên", "Lưu: VT"),
    )


def reminder_letter(
    authority: Authority, missing: Iterable[Hole], head: LetterHead, text: str, today: date
) -> OfficialDocument:
    """Return the công văn to all of `missing`: one document, whatever their number."""
    return OfficialDocument(
        kind="",
        symbol=head.symbol,
        subject=head.subject,
        letterhead=letterhead_of(authority),
        addressees=tuple(_addressee(hole, authority) for hole in missing),
        signature=Signature(head.authority_lines, head.signer),
        month=today.replace(day=1),
        number=head.number,
        dated=head.dated,
        body=paragraphs(text),
        recipients=head.recipients,
        mark="" if head.number and head.dated else DRAFT_MARK,
    )


def letter_file_stem(month: date) -> str:
    """Return the name of its files without the suffix."""
    return f"Công văn đôn đốc báo cáo tháng {month.month}-{month.year}"


# The e-mail


@dataclass(frozen=True)
class Outcome:
    """What became of a reminder: who got the mail, who was asked today already, who has no address, what failed."""

    sent: tuple[User, ...]
    already: tuple[User, ...]
    without_address: tuple[User, ...]
    nobody: tuple[Commune, ...]
    failed: tuple[str, ...]


def mail_reminder(missing: Sequence[Hole], *, by: User, text: str, at: datetime | None = None) -> Outcome:
    """Mail `text` to the staff of every commune in `missing`, and tell them in the product.

    Whoever was asked for this report today isn't asked again; a mail that failed can be sent anew at once. Raises
    `MailUnreachable` when the server can't be reached: then nobody has been told anything.
    """
    moment = at or clock.now()
    sent, already, failed = [], [], []
    with outbox() as connection:
        for hole in missing:
            for person in hole.people:
                key = f"report-asked-{hole.commune.pk}-{hole.cell.month:%Y-%m}-{moment:%Y-%m-%d}"
                sentence = (
                    f"UBND {by.authority or hole.commune.authority} nhắc gửi báo cáo "
                    f"{month_name(hole.cell.month)} của {hole.commune}."
                )
                if not claim(person=person, key=key, text=sentence, url=hole.form_url, at=moment):
                    already.append(person)
                    continue
                if not person.email:
                    continue
                try:
                    send(
                        connection,
                        person,
                        subject=reminder_subject(hole.cell.month),
                        text=f"{text.strip()}\n\nMở báo cáo: {absolute(hole.form_url)}\n\n{by}",
                        identity=f"{key}-{person.pk}",
                    )
                    sent.append(person)
                except MailFailed as error:
                    disclaim(person=person, key=key)
                    failed.append(str(error))
    return Outcome(
        sent=tuple(sent),
        already=tuple(already),
        without_address=tuple(person for hole in missing for person in hole.people if not person.email),
        nobody=tuple(hole.commune for hole in missing if not hole.people),
        failed=tuple(failed),
    )
