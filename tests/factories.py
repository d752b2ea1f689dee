"""Valid objects from no arguments, everything overridable: `make_task(text="Tu sửa đường", due_on=day)`.

What hangs together is made to fit: a task of a given commune belongs to the commune's authority, a user
with the department role gets a department. Every call makes new rows with codes of their own, so two
calls of `make_authority` give two districts that must not see each other's data.
"""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256 as sha256_of
from itertools import count
from typing import Any

from django.core.files.base import ContentFile

from communes.enums import AuthorityLevel, Role
from communes.models import Authority, Commune, Department, Letterhead, User
from criteria.enums import Comparator, Provenance, Status, SubItemKind, ThresholdState
from criteria.models import (
    Assessment,
    AssessmentChange,
    CriteriaGroup,
    CriteriaSet,
    Criterion,
    Evidence,
    MonthlyReport,
    SubItem,
    SubItemGuide,
    Threshold,
    Zone,
)
from tasks.enums import NoticeFileKind, NoticeStatus, PointKind, ReplyKind, SectionKind
from tasks.models import Notice, NoticeFile, NoticePoint, NoticeSection, Proposal, ProposalReply, Task

PASSWORD = "mat-khau-thu-nghiem"
SESSION_DAY = date(2023, 4, 5)

_numbers = count(1)


def make_authority(**fields: Any) -> Authority:
    """A district below a province of its own; `level` and `parent` make it another one."""
    number = next(_numbers)
    level = fields.setdefault("level", AuthorityLevel.DISTRICT)
    if level != AuthorityLevel.COUNTRY and "parent" not in fields:
        fields["parent"] = make_authority(level=level - 1)
    word = {AuthorityLevel.COUNTRY: "Quốc gia", AuthorityLevel.PROVINCE: "tỉnh"}.get(level, "huyện")
    return Authority.objects.create(**{"code": f"A{number}", "name": f"{word} Số {number}", **fields})


def make_letterhead(**fields: Any) -> Letterhead:
    authority = fields.pop("authority", None) or make_authority()
    values = {"issuer": "ỦY BAN NHÂN DÂN\nHUYỆN ANH SƠN", "place": "Anh Sơn", "abbreviation": "UBND", **fields}
    return Letterhead.objects.create(authority=authority, **values)


def make_department(**fields: Any) -> Department:
    number = next(_numbers)
    authority = fields.pop("authority", None) or make_authority()
    values = {
        "code": f"P{number}",
        "short_name": f"Phòng {number}",
        "full_name": f"Phòng Chuyên môn {number}",
        **fields,
    }
    return Department.objects.create(authority=authority, **values)


def make_commune(**fields: Any) -> Commune:
    number = next(_numbers)
    authority = fields.pop("authority", None) or make_authority()
    return Commune.objects.create(
        **{"code": f"{number:05d}", "name": f"Xã Số {number}", "authority": authority, **fields}
    )


def make_user(role: str = Role.DISTRICT, *, password: str = PASSWORD, **fields: Any) -> User:
    """A person with `role` in a unit that fits it; the unit's authority is theirs.

    An administrator has no authority, thus reaches everything, unless `authority` says otherwise.
    """
    number = next(_numbers)
    authority = fields.pop("authority", None)
    if role == Role.DEPARTMENT and "department" not in fields:
        fields["department"] = make_department(authority=authority)
    if role == Role.COMMUNE and "commune" not in fields:
        fields["commune"] = make_commune(authority=authority)
    unit = fields.get("department") or fields.get("commune")
    if authority is None and role != Role.ADMINISTRATOR:
        authority = unit.authority if unit else make_authority()
    values = {"username": f"nguoi{number}", "full_name": f"Nguyễn Văn Số {number}", **fields}
    return User.objects.create_user(password=password, role=role, authority=authority, **values)


def make_criteria_set(criteria: int = 2, sub_items: Sequence[int] = (2, 3), **fields: Any) -> CriteriaSet:
    """A set with one group, one zone and `criteria` criteria; `sub_items` says how many each one has."""
    number = next(_numbers)
    values = {
        "code": f"bo-{number}",
        "name": "Bộ tiêu chí quốc gia về xã nông thôn mới giai đoạn 2021-2025",
        "short_name": f"Bộ tiêu chí thử {number}",
        "basis_number": "318/QĐ-TTg",
        "basis_date": date(2022, 3, 8),
        "basis_issuer": "Thủ tướng Chính phủ",
        "effective_from": date(2021, 1, 1),
        "effective_to": date(2025, 12, 31),
        **fields,
    }
    criteria_set = CriteriaSet.objects.create(**values)
    Zone.objects.create(criteria_set=criteria_set, code="vung-1", name="Vùng thử")
    CriteriaGroup.objects.create(criteria_set=criteria_set, code="I", name="Nhóm thử", position=1)
    for place in range(criteria):
        criterion = make_criterion(criteria_set=criteria_set, number=place + 1)
        for _ in range(sub_items[place]):
            make_sub_item(criterion=criterion)
    return criteria_set


def make_criterion(**fields: Any) -> Criterion:
    """The next criterion of `criteria_set`, without sub-items."""
    criteria_set = fields.pop("criteria_set", None) or make_criteria_set(criteria=0)
    number = fields.setdefault("number", criteria_set.criteria.count() + 1)
    fields.setdefault("group", criteria_set.groups.first())
    return Criterion.objects.create(
        **{"criteria_set": criteria_set, "name": f"Tiêu chí số {number}", "short_name": f"TC {number}", **fields}
    )


def make_sub_item(**fields: Any) -> SubItem:
    """The next sub-item of `criterion`: met or not met, without a threshold, not yet verified.

    `kind=SubItemKind.PERCENT` makes it one that is measured.
    """
    criterion = fields.pop("criterion", None) or make_criterion()
    position = fields.setdefault("position", criterion.sub_items.count() + 1)
    boolean = fields.setdefault("kind", SubItemKind.BOOLEAN) == SubItemKind.BOOLEAN
    code = fields.setdefault("code", f"{criterion.number}.{position}")
    values = {
        "official_code": code,
        "name": f"Nội dung {code}",
        "unit": "đạt" if boolean else "%",
        "comparator": Comparator.MET if boolean else Comparator.AT_LEAST,
        "requirement": "Đạt",
        "threshold_state": ThresholdState.NOT_NEEDED if boolean else ThresholdState.SOURCED,
        "name_provenance": Provenance.SOURCED,
        "requirement_provenance": Provenance.MEMORY,
        **fields,
    }
    return SubItem.objects.create(criterion=criterion, **values)


def make_guide(**fields: Any) -> SubItemGuide:
    """A department that guides a sub-item."""
    sub_item, department = fields.pop("sub_item", None), fields.pop("department", None)
    return SubItemGuide.objects.create(
        sub_item=sub_item or make_sub_item(), department=department or make_department(), **fields
    )


def make_threshold(**fields: Any) -> Threshold:
    """80 % for every zone and year, of a sub-item that is measured as a percentage."""
    sub_item = fields.pop("sub_item", None) or make_sub_item(kind=SubItemKind.PERCENT)
    return Threshold.objects.create(sub_item=sub_item, **{"value": 80, "provenance": Provenance.SOURCED, **fields})


def make_assessment(**fields: Any) -> Assessment:
    """A finding (met) with its first change, as the service leaves them."""
    commune = fields.pop("commune", None) or make_commune()
    sub_item = fields.pop("sub_item", None) or make_sub_item()
    assessment = Assessment.objects.create(commune=commune, sub_item=sub_item, **{"status": Status.MET, **fields})
    AssessmentChange.objects.create(
        assessment=assessment,
        at=assessment.changed_at,
        by=assessment.changed_by,
        status=assessment.status,
        value=assessment.value,
        part_values=assessment.part_values,
        reason=assessment.reason,
        source=assessment.source,
        version=assessment.version,
    )
    return assessment


def make_evidence(content: bytes = b"%PDF-1.7", **fields: Any) -> Evidence:
    """A kept file in the tray of a commune, sent by one of its staff."""
    number = next(_numbers)
    commune = fields.pop("commune", None) or make_commune()
    by = fields.pop("uploaded_by", None) or make_user(Role.COMMUNE, commune=commune)
    sha256 = sha256_of(content).hexdigest()
    values = {"original_name": f"tep {number}.pdf", "content_type": "application/pdf", "size": len(content), **fields}
    return Evidence.objects.create(
        commune=commune, uploaded_by=by, sha256=sha256, file=ContentFile(content, name=sha256), **values
    )


def make_report(**fields: Any) -> MonthlyReport:
    """A draft for April 2023 without lines."""
    commune = fields.pop("commune", None) or make_commune()
    criteria_set = fields.pop("criteria_set", None) or make_criteria_set()
    return MonthlyReport.objects.create(
        commune=commune, criteria_set=criteria_set, **{"month": date(2023, 4, 1), **fields}
    )


def make_notice(**fields: Any) -> Notice:
    """A draft without sections; `status=NoticeStatus.ISSUED` gives it a number and a day too."""
    number = next(_numbers)
    commune = fields.pop("commune", None) or make_commune(authority=fields.get("authority"))
    values = {
        "authority": commune.authority,
        "reference": f"thong-bao-{number}",
        "subject": "Kết luận tại buổi làm việc về xây dựng nông thôn mới",
        "session_on": SESSION_DAY,
        "chair_name": "Nguyễn Văn Chủ",
        "chair_post": "Phó Chủ tịch UBND huyện",
        "authority_lines": "TL. CHỦ TỊCH\nCHÁNH VĂN PHÒNG",
        "signer_name": "Trần Thị Ký",
        **fields,
    }
    if values.get("status", NoticeStatus.DRAFT) != NoticeStatus.DRAFT:
        values = {"number": number, "issued_on": SESSION_DAY, **values}
        if values["status"] == NoticeStatus.REVOKED:
            values = {"revoked_on": SESSION_DAY, "revoke_reason": "Ban hành nhầm", **values}
    if values.get("issued_on"):
        values.setdefault("number_year", values["issued_on"].year)
    return Notice.objects.create(commune=commune, **values)


def make_notice_file(content: bytes = b"%PDF-1.7", **fields: Any) -> NoticeFile:
    """A kept file of an issued notice: the scan, unless `kind` says otherwise."""
    notice = fields.pop("notice", None) or make_notice(status=NoticeStatus.ISSUED)
    sha256 = sha256_of(content).hexdigest()
    values = {
        "kind": NoticeFileKind.SIGNED_SCAN,
        "original_name": "ban quet.pdf",
        "signer": notice.signer_name,
        **fields,
    }
    values.setdefault("stored_by", make_user(authority=notice.authority))
    return NoticeFile.objects.create(notice=notice, sha256=sha256, file=ContentFile(content, name=sha256), **values)


def make_section(**fields: Any) -> NoticeSection:
    """The next section of `notice`."""
    notice = fields.pop("notice", None) or make_notice()
    values = {"position": notice.sections.count() + 1, "kind": SectionKind.TASKS, "heading": "Nhiệm vụ", **fields}
    return NoticeSection.objects.create(notice=notice, **values)


def make_point(**fields: Any) -> NoticePoint:
    """The next dashed point of `section`, or of a new section of `notice`; with `proposal`, its point."""
    notice = fields.pop("notice", None)
    section = fields.pop("section", None) or make_section(notice=notice)
    values = {"position": section.points.count() + 1, "kind": PointKind.DASH, "text": "Giao các phòng, ban", **fields}
    if fields.get("proposal"):
        values |= {"kind": PointKind.PROPOSAL, "text": ""}
    return NoticePoint.objects.create(section=section, **values)


def make_task(**fields: Any) -> Task:
    """An open task about a commune, led by a department of its authority, due on 30 April 2023."""
    number = next(_numbers)
    authority = fields.pop("authority", None)
    lead_commune, lead_department = fields.pop("lead_commune", None), fields.pop("lead_department", None)
    if "commune" not in fields:
        of = authority or (lead_department and lead_department.authority)
        fields["commune"] = lead_commune or make_commune(authority=of)
    authority = authority or (fields["commune"] or lead_commune or lead_department).authority
    if lead_commune is None and lead_department is None:
        lead_department = make_department(authority=authority)
    values = {"reference": f"nhiem-vu-{number}", "text": f"Nhiệm vụ số {number}", "assigned_on": SESSION_DAY, **fields}
    if not values.get("recurrence"):
        values.setdefault("due_on", date(2023, 4, 30))
    return Task.objects.create(
        authority=authority, lead_commune=lead_commune, lead_department=lead_department, **values
    )


def make_proposal(**fields: Any) -> Proposal:
    """A proposal of a commune, not yet answered."""
    number = next(_numbers)
    commune = fields.pop("commune", None) or make_commune()
    values = {"reference": f"kien-nghi-{number}", "made_on": SESSION_DAY, "text": f"Kiến nghị số {number}", **fields}
    return Proposal.objects.create(commune=commune, **values)


def make_reply(**fields: Any) -> ProposalReply:
    """A reply that gives the lead to a department."""
    proposal = fields.pop("proposal", None) or make_proposal()
    fields.setdefault("lead", make_department(authority=proposal.commune.authority))
    return ProposalReply.objects.create(
        proposal=proposal, **{"kind": ReplyKind.ASSIGNED, "text": "Giao phòng chuyên môn chủ trì.", **fields}
    )
