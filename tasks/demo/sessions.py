"""Made-up working sessions with other communes: issued notices, their tasks and proposals.

Who chairs and who signs bears "(minh họa)", and every subject says that the data is made up.
"""

from datetime import date, datetime, timedelta
from typing import TypeVar

from django.db import models

from communes.models import Authority, Commune, Department, User
from criteria.deadlines import REPORT_DAY
from criteria.models import CriteriaSet, SubItem
from ntm_tracker.lib import clock
from tasks.demo.frame import CRITERIA_SET, DISTRICT, LAST_DAY, moment
from tasks.demo.scripts import APART, PROPOSALS, SESSIONS, Asked, Extension, Report, Session, Work
from tasks.enums import (
    AttendeeSide,
    CitationRole,
    ExtensionDecision,
    NoticeStatus,
    PointKind,
    Recurrence,
    SectionKind,
    TaskStatus,
    TaskUpdateKind,
)
from tasks.exceptions import PdfUnavailable
from tasks.models import (
    Citation,
    ExtensionRequest,
    Notice,
    NoticeAttendee,
    NoticePoint,
    NoticeRecipient,
    NoticeSection,
    Proposal,
    ProposalReply,
    Task,
    TaskSupport,
    TaskUpdate,
)
from tasks.recurrence import occurrences, on_day
from tasks.services import issue_notice

Record = TypeVar("Record", bound=models.Model)

CHAIR = "Nguyễn Văn B (minh họa)"
CHAIR_POST = "Phó Chủ tịch UBND huyện"
SIGNER = "Nguyễn Văn A (minh họa)"
BODY = "Ban Chỉ đạo các Chương trình mục tiêu quốc gia"
STATUS_AFTER = {
    TaskUpdateKind.PROGRESS: TaskStatus.OPEN,
    TaskUpdateKind.SENT_BACK: TaskStatus.OPEN,
    TaskUpdateKind.DONE: TaskStatus.DONE,
    TaskUpdateKind.CONFIRMED: TaskStatus.CONFIRMED,
}


def load() -> None:
    """Record every session, task and proposal that isn't there yet."""
    clerk = Clerk()
    for session in SESSIONS:
        if not Notice.objects.filter(reference=session.reference).exists():
            clerk.record(session)
    for work in APART:
        if not Task.objects.filter(reference=work.name).exists():
            clerk.task(work, reference=work.name, assigned_on=work.assigned_on)
    for number, (commune, made_on, asked) in enumerate(PROPOSALS, 1):
        reference = f"minh-hoa-kien-nghi-{number}"
        if not Proposal.objects.filter(reference=reference).exists():
            clerk.proposal(asked, clerk.commune(commune), made_on, reference)


class Clerk:
    """Turns scripts into records."""

    def __init__(self) -> None:
        self.authority = Authority.objects.get_by_natural_key(DISTRICT)
        self.departments = {row.code: row for row in Department.objects.filter(authority=self.authority)}
        self.people = {row.username: row for row in User.objects.filter(authority=self.authority)}
        criteria_set = CriteriaSet.objects.get_by_natural_key(CRITERIA_SET)
        self.sub_items = {row.code: row for row in SubItem.objects.of_set(criteria_set)}

    def commune(self, code: str) -> Commune:
        return Commune.objects.get_by_natural_key(code)

    def record(self, session: Session) -> None:
        """Save a notice with all that hangs on it."""
        commune = self.commune(session.commune)
        notice = self.notice(session, commune)
        self.attendance(notice, session, commune)
        Citation.objects.create(
            notice=notice,
            role=CitationRole.BASIS,
            sign=session.report,
            dated=session.session_on - timedelta(days=2),
            title="kết quả xây dựng nông thôn mới",
        )
        position = 1
        for kind, heading, points in self.plain_sections(session, commune):
            section = self.section(notice, position, kind, heading)
            for place, (point_kind, text) in enumerate(points, 1):
                NoticePoint.objects.create(section=section, position=place, kind=point_kind, text=text)
            position += 1
        section = self.section(notice, position, SectionKind.TASKS, "NHIỆM VỤ TRONG THỜI GIAN TỚI")
        self.work_points(section, session, commune)
        if session.asked:
            position += 1
            section = self.section(notice, position, SectionKind.PROPOSALS, "VỀ CÁC Ý KIẾN, KIẾN NGHỊ, ĐỀ XUẤT")
            for place, asked in enumerate(session.asked, 1):
                proposal = self.proposal(asked, commune, session.session_on, f"{session.reference}-kien-nghi-{place}")
                NoticePoint.objects.create(section=section, position=place, kind=PointKind.PROPOSAL, proposal=proposal)
        closing = self.section(notice, position + 1, SectionKind.CLOSING, "")
        text = (
            f"Trên đây là kết luận của đồng chí {CHAIR}, {CHAIR_POST} tại phiên làm việc với {commune}, Ủy ban nhân dân"
        )
        NoticePoint.objects.create(
            section=closing,
            position=1,
            kind=PointKind.PARAGRAPH,
            text=f"{text} huyện thông báo để các phòng, ban, ngành và UBND xã biết, triển khai thực hiện",
        )
        self.issue(notice, session)

    def issue(self, notice: Notice, session: Session) -> None:
        """Issue the notice, and revoke it if the script says so; where no PDF can be made it stays a draft."""
        at = moment(session.issued_on, 16)
        try:
            issue_notice(
                notice=notice, number=session.number, issued_on=session.issued_on, by=self.people["huyen"], at=at
            )
        except PdfUnavailable:
            return
        if session.revoked_on:
            notice.status, notice.revoked_on = NoticeStatus.REVOKED, session.revoked_on
            notice.revoke_reason = session.revoke_reason
            self.save(notice, moment(session.revoked_on, 9))

    def notice(self, session: Session, commune: Commune) -> Notice:
        corrects = Notice.objects.filter(reference=session.corrects).first() if session.corrects else None
        notice = Notice(
            authority=self.authority,
            commune=commune,
            reference=session.reference,
            subject=f"Kết luận của đồng chí {CHAIR}, {CHAIR_POST} tại phiên làm việc với {commune} về xây dựng xã "
            "nông thôn mới (dữ liệu minh họa)",
            session_on=session.session_on,
            session_time=session.session_time,
            chair_name=CHAIR,
            chair_post=CHAIR_POST,
            authority_lines="TL. CHỦ TỊCH\nCHÁNH VĂN PHÒNG",
            signer_name=SIGNER,
            corrects=corrects,
        )
        return self.save(notice, moment(session.issued_on, 9))

    def attendance(self, notice: Notice, session: Session, commune: Commune) -> None:
        rows: list[tuple[str, str, Department | None]] = [
            (AttendeeSide.AUTHORITY, f"thành viên {BODY} huyện thuộc các phòng, đơn vị", None),
            *(
                (AttendeeSide.DEPARTMENT, self.departments[code].short_name, self.departments[code])
                for code in session.present
            ),
            (AttendeeSide.COMMUNE, "Bí thư Đảng ủy", None),
            (AttendeeSide.COMMUNE, "Chủ tịch UBND", None),
            (AttendeeSide.COMMUNE, f"thành viên {BODY} {commune}", None),
        ]
        for position, (side, text, department) in enumerate(rows, 1):
            NoticeAttendee.objects.create(notice=notice, position=position, side=side, text=text, department=department)
        recipients = ("TT Huyện ủy (b/c)", "Chủ tịch, các PCT UBND huyện", "Các phòng, ban, ngành liên quan")
        for position, text in enumerate((*recipients, f"Đảng ủy, UBND {commune}", "Lưu: VT"), 1):
            NoticeRecipient.objects.create(notice=notice, position=position, text=text)

    def plain_sections(self, session: Session, commune: Commune) -> list[tuple[str, str, list[tuple[str, str]]]]:
        """Opening, results and shortcomings: kind, heading, points."""
        names = ", ".join(self.departments[code].short_name for code in session.present)
        day = clock.vn_date(session.session_on)
        host = f"đồng chí {CHAIR}, {CHAIR_POST}"
        opening = [
            f"{session.session_time.capitalize()} ngày {day}, {host} tổ chức phiên làm việc với {commune} về xây dựng "
            f"xã nông thôn mới. Tham dự có thành viên {BODY} huyện thuộc các phòng, đơn vị: {names}; Bí thư Đảng ủy, "
            f"Chủ tịch UBND, thành viên {BODY} {commune}.",
            f"Sau khi nghe lãnh đạo xã báo cáo (tại Báo cáo số {session.report}) và các ý kiến thảo luận, {host} "
            "kết luận như sau:",
        ]
        progress = f"Đến nay xã đã hoàn thiện được [[tiến độ]] theo {self.set_name}."
        return [
            (SectionKind.OPENING, "", [(PointKind.PARAGRAPH, text) for text in opening]),
            (
                SectionKind.RESULTS,
                "MỘT SỐ KẾT QUẢ NỔI BẬT",
                [(PointKind.NUMBERED, text) for text in (*session.results, progress)],
            ),
            (
                SectionKind.SHORTCOMINGS,
                "TỒN TẠI, HẠN CHẾ",
                [(PointKind.NUMBERED, text) for text in session.shortcomings],
            ),
        ]

    @property
    def set_name(self) -> str:
        return CriteriaSet.objects.get_by_natural_key(CRITERIA_SET).short_name

    def section(self, notice: Notice, position: int, kind: str, heading: str) -> NoticeSection:
        return NoticeSection.objects.create(notice=notice, position=position, kind=kind, heading=heading)

    def work_points(self, section: NoticeSection, session: Session, commune: Commune) -> None:
        """The tasks: those of the departments under one heading, those of the commune under another."""
        position = 1
        for heading, own in (("Đối với các phòng, đơn vị cấp huyện:", False), (f"Nhiệm vụ của UBND {commune}:", True)):
            works = [work for work in session.work if (work.lead == "") == own]
            if not works:
                continue
            NoticePoint.objects.create(section=section, position=position, kind=PointKind.HEADING, text=heading)
            for work in works:
                position += 1
                name = "" if own else f"{self.departments[work.lead].full_name}: "
                point = NoticePoint.objects.create(
                    section=section, position=position, kind=PointKind.DASH, text=f"{name}{work.text};"
                )
                reference = f"{session.reference}-{work.name}"
                self.task(work, reference=reference, assigned_on=session.issued_on, commune=commune, point=point)
            position += 1

    def task(
        self,
        work: Work,
        *,
        reference: str,
        assigned_on: date,
        commune: Commune | None = None,
        point: NoticePoint | None = None,
    ) -> None:
        reports = work.reports
        task = Task(
            authority=self.authority,
            commune=commune,
            reference=reference,
            point=point,
            text=work.text,
            status=STATUS_AFTER[reports[-1].kind] if reports else TaskStatus.OPEN,
            lead_department=self.departments[work.lead] if work.lead else None,
            lead_commune=None if work.lead else commune,
            assigned_on=assigned_on,
            due_on=work.due_on,
            recurrence=Recurrence.MONTHLY if work.monthly else Recurrence.NONE,
            recurrence_day=REPORT_DAY if work.monthly else None,
            is_monthly_report=work.monthly,
        )
        self.save(task, moment(assigned_on, 9, 30))
        task.sub_items.set(self.sub_items[code] for code in work.sub_items)
        for code in work.supports:
            TaskSupport.objects.create(task=task, department=self.departments[code])
        for report in reports:
            self.update(task, report)
        if work.monthly:
            self.monthly_reports(task)
        if work.extension:
            self.extension(task, work.extension)

    def update(self, task: Task, report: Report) -> None:
        TaskUpdate.objects.create(
            task=task,
            kind=report.kind,
            at=moment(report.on, 10),
            by=self.people[report.by],
            text=report.text,
            share_done=report.share_done,
        )

    def monthly_reports(self, task: Task) -> None:
        """The months before the product took over, reported on paper."""
        for each in occurrences(assigned_on=task.assigned_on, until=LAST_DAY, due_day=on_day(REPORT_DAY)):
            if each.due_on <= LAST_DAY:
                text = f"Đã nhận báo cáo tháng {each.month.month} của xã bằng văn bản."
                at = moment(each.due_on, 10)
                TaskUpdate.objects.create(task=task, at=at, by=self.people["huyen"], text=text, month=each.month)

    def extension(self, task: Task, extension: Extension) -> None:
        decided = extension.decision != ExtensionDecision.PENDING
        ExtensionRequest.objects.create(
            task=task,
            new_due_on=extension.new_due_on,
            reason=extension.reason,
            asked_by=self.people[extension.by],
            asked_at=moment(extension.asked_on, 14),
            decision=extension.decision,
            decided_by=self.people["huyen"] if decided else None,
            decided_at=moment(extension.asked_on + timedelta(days=1), 9) if decided else None,
            comment=extension.comment,
        )

    def proposal(self, asked: Asked, commune: Commune, made_on: date, reference: str) -> Proposal:
        proposal = Proposal(
            commune=commune,
            reference=reference,
            number=1 + Proposal.objects.filter(commune=commune).count(),
            made_on=made_on,
            made_by=self.people.get(asked.by),
            text=asked.text,
            amount=asked.amount,
            place=asked.place,
        )
        self.save(proposal, moment(made_on, 9))
        proposal.sub_items.set(self.sub_items[code] for code in asked.sub_items)
        if asked.reply:
            kind, text, lead = asked.reply
            replied_at = moment(made_on, 16)
            reply = ProposalReply(
                proposal=proposal,
                kind=kind,
                text=text,
                lead=self.departments[lead] if lead else None,
                replied_by=self.people["huyen"],
                replied_at=replied_at,
            )
            self.save(reply, replied_at)
        return proposal

    def save(self, record: Record, at: datetime) -> Record:
        """Save `record` with its history entry by the office at that moment."""
        record._history_date, record._history_user = at, self.people["huyen"]  # type: ignore[attr-defined]
        record.save()
        return record
