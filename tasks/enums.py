"""Choices of notices, tasks and proposals."""

from django.db.models import TextChoices


class NoticeStatus(TextChoices):
    DRAFT = "draft", "Dự thảo"
    ISSUED = "issued", "Đã ban hành"
    REVOKED = "revoked", "Đã thu hồi"


# What a commune may see of its notices: never a draft.
PUBLISHED = frozenset({NoticeStatus.ISSUED, NoticeStatus.REVOKED})


class SectionKind(TextChoices):
    OPENING = "opening", "Mở đầu"
    RESULTS = "results", "Kết quả"
    SHORTCOMINGS = "shortcomings", "Tồn tại, hạn chế"
    TASKS = "tasks", "Nhiệm vụ"
    PROPOSALS = "proposals", "Kiến nghị, đề xuất"
    OTHER = "other", "Nội dung khác"
    CLOSING = "closing", "Kết luận"


# Sections printed without a Roman heading.
UNTITLED = frozenset({SectionKind.OPENING, SectionKind.CLOSING})


class PointKind(TextChoices):
    PARAGRAPH = "paragraph", "Đoạn văn"
    HEADING = "heading", "Khoản có tiêu đề (1.)"
    NUMBERED = "numbered", "Khoản (1.)"
    DASH = "dash", "Gạch đầu dòng (-)"
    PROPOSAL = "proposal", "Kiến nghị và trả lời"


class AttendeeSide(TextChoices):
    AUTHORITY = "authority", "Cấp huyện"
    DEPARTMENT = "department", "Phòng, đơn vị"
    COMMUNE = "commune", "Cấp xã"


class CitationRole(TextChoices):
    BASIS = "basis", "Báo cáo làm căn cứ"
    CITED = "cited", "Văn bản được dẫn"


class NoticeFileKind(TextChoices):
    ISSUED_PDF = "issued_pdf", "Bản PDF đã ban hành"
    SIGNED_SCAN = "signed_scan", "Bản quét có chữ ký, con dấu"
    SIGNED_PDF = "signed_pdf", "Bản PDF ký số"


class TaskStatus(TextChoices):
    OPEN = "open", "Đang thực hiện"
    DONE = "done", "Báo đã xong"
    CONFIRMED = "confirmed", "Đã xác nhận hoàn thành"


# Statuses in which a task can be late.
UNFINISHED = frozenset({TaskStatus.OPEN})


class Recurrence(TextChoices):
    NONE = "", "Một lần"
    MONTHLY = "monthly", "Hằng tháng"


class TaskUpdateKind(TextChoices):
    PROGRESS = "progress", "Cập nhật"
    DONE = "done", "Báo hoàn thành"
    CONFIRMED = "confirmed", "Xác nhận hoàn thành"
    SENT_BACK = "sent_back", "Yêu cầu làm tiếp"
    PART_DONE = "part_done", "Báo xong phần việc"
    CHANGED = "changed", "Sửa nhiệm vụ"


class ExtensionDecision(TextChoices):
    PENDING = "pending", "Chờ quyết định"
    GRANTED = "granted", "Đồng ý"
    REFUSED = "refused", "Không đồng ý"
    WITHDRAWN = "withdrawn", "Thôi xin"


class ReplyKind(TextChoices):
    """The five kinds of reply seen in the notice of 05/4/2023, section IV."""

    ASSIGNED = "assigned", "Giao đơn vị chủ trì, phối hợp"
    NOTED = "noted", "Ghi nhận, đề nghị cung cấp hồ sơ"
    SETTLED = "settled", "Đã có văn bản giải quyết"
    COMMUNE_PLANS = "commune_plans", "Xã lập phương án, trình xem xét"
    PASSED_UPWARD = "passed_upward", "Trình cấp trên xem xét"
