"""Choices of the catalogue, the assessments, the reports and their evidence."""

from django.db.models import TextChoices


class SubItemKind(TextChoices):
    BOOLEAN = "boolean", "đạt / không đạt"
    PERCENT = "percent", "tỷ lệ phần trăm"
    AMOUNT = "amount", "số lượng có đơn vị"


class Comparator(TextChoices):
    MET = "met", "đánh giá đạt / chưa đạt"
    AT_LEAST = "gte", "tối thiểu"
    AT_MOST = "lte", "tối đa"


class Provenance(TextChoices):
    """How well a statement of the catalogue is founded."""

    SOURCED = "sourced", "có nguồn"
    PARTIAL = "partial", "một phần có nguồn"
    INFERRED = "inferred", "suy ra từ câu chữ của nguồn"
    MEMORY = "memory", "chưa đối chiếu văn bản"


# What the history of a statement of the catalogue gives as the reason of its mark, and of its loss.
CHECKED, CHECK_TAKEN_BACK = "Đã đối chiếu với văn bản", "Bỏ ghi đã đối chiếu với văn bản"


class ThresholdState(TextChoices):
    """What is known of a sub-item's required level."""

    NOT_NEEDED = "not_applicable", "không dùng ngưỡng số"
    SOURCED = "sourced", "có nguồn"
    PARTIAL = "partial", "mới biết một phần"
    MEMORY = "memory", "chưa đối chiếu văn bản"
    SET_BY_PROVINCE = "set_by_province", "do UBND cấp tỉnh quy định"
    NOT_FOUND = "not_found", "chưa tìm thấy"


class Status(TextChoices):
    MET = "met", "Đạt"
    NOT_MET = "not_met", "Chưa đạt"
    NOT_APPLICABLE = "not_applicable", "Không áp dụng"


# Statuses that count towards a criterion (rules.md, part 2: a criterion is met when all its items are).
FULFILLED = frozenset({Status.MET, Status.NOT_APPLICABLE})


class AssessmentSource(TextChoices):
    """On what an assessment rests."""

    OFFICER = "officer", "Cán bộ cập nhật"
    DEPARTMENT = "department", "Phòng, ban xác nhận"
    SESSION = "session", "Thông báo kết luận phiên làm việc"
    REPORT = "report", "Báo cáo tháng được chấp nhận"
    IMPORT = "import", "Nhập từ tệp Excel"
    ASSUMPTION = "assumption", "Giả định, thông báo không nêu"
    CARRIED = "carried", "Chuyển từ đơn vị cũ"


class EvidenceEventKind(TextChoices):
    ATTACHED = "attached", "Gắn minh chứng"
    DETACHED = "detached", "Gỡ minh chứng"


class ReportStatus(TextChoices):
    DRAFT = "draft", "Đang soạn"
    SUBMITTED = "submitted", "Đã gửi"
    RETURNED = "returned", "Trả lại"
    ACCEPTED = "accepted", "Chấp nhận"


class ReportEventKind(TextChoices):
    CREATED = "created", "Mở báo cáo"
    SUBMITTED = "submitted", "Gửi báo cáo"
    RETURNED = "returned", "Trả lại"
    ACCEPTED = "accepted", "Chấp nhận"
    REOPEN_ASKED = "reopen_asked", "Xin mở lại"
    REOPENED = "reopened", "Cho mở lại"


class LineVerdict(TextChoices):
    PENDING = "pending", "Chờ thẩm định"
    ACCEPTED = "accepted", "Chấp nhận"
    RETURNED = "returned", "Trả lại"


class ReportFileKind(TextChoices):
    SENT_PDF = "sent_pdf", "Bản PDF đã gửi"
    SIGNED_COPY = "signed_copy", "Bản đã ký, đóng dấu"
