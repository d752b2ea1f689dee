"""Words to begin a reply with: those of the notice of 05/4/2023, section IV, for each of the five kinds."""

from collections.abc import Sequence

from tasks.enums import ReplyKind

SOMEBODY = "các phòng, ban có liên quan"
TO_FILL = "…"


def model_text(kind: ReplyKind, *, commune: str, lead: str, supports: Sequence[str]) -> str:
    """Return the model of a reply. `commune` is "xã Cao Sơn", `lead` and `supports` are names of departments.

    What is not known is left open with "…", to be filled in.
    """
    helpers = ", ".join(supports) or SOMEBODY
    lead = lead or TO_FILL
    texts = {
        ReplyKind.ASSIGNED: (
            f"Giao {lead} chủ trì, phối hợp {helpers} kiểm tra cụ thể, tham mưu UBND huyện phương án xử lý phù hợp."
        ),
        ReplyKind.NOTED: (
            f"Ghi nhận ý kiến đề xuất của UBND xã, UBND xã cần cung cấp hồ sơ, phối hợp {lead} tham mưu UBND huyện."
        ),
        ReplyKind.SETTLED: (
            f"UBND huyện đã có Công văn số {TO_FILL} ngày {TO_FILL} về {TO_FILL}, vì vậy UBND {commune} nghiên cứu để "
            "triển khai thực hiện."
        ),
        ReplyKind.COMMUNE_PLANS: (
            f"Về nội dung này, UBND {commune} lập phương án xây dựng, trong đó nêu rõ nguồn vốn phần ngân sách xã, "
            "nguồn huy động của nhân dân, kinh phí đề nghị UBND huyện hỗ trợ; làm văn bản gửi UBND huyện "
            f"(qua {', '.join(supports) or lead}) để UBND huyện xem xét, quyết định."
        ),
        ReplyKind.PASSED_UPWARD: (
            f"Ghi nhận ý kiến đề xuất của UBND xã, UBND xã cần cung cấp hồ sơ, phối hợp {lead} tham mưu UBND huyện "
            "trình UBND tỉnh xem xét, xử lý."
        ),
    }
    return texts[kind]
