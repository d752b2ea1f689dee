"""What the notice of 05/4/2023 says of Cao Sơn's sub-items, and what it leaves to assumption.

The notice counts 12/19 criteria and 42/57 sub-items met and names a part of what is not. The rest had
to be assumed so that the counts come out; each finding says on which of the two it rests.
"""

from datetime import date

from communes.models import Commune
from criteria.enums import AssessmentSource, Status
from criteria.models import Assessment, CriteriaSet, SubItem
from criteria.services import change_assessment
from tasks.demo.frame import CAO_SON, CRITERIA_SET, moment

SESSION = moment(date(2023, 4, 5), 17)
SOURCE = "Thông báo kết luận phiên làm việc ngày 05/4/2023"

# Not met, by the words of the notice.
NAMED = {
    "11.1": "mục III: còn phải thực hiện nội dung về “hộ nghèo”; mục III.2: tập trung cao độ “Giảm nghèo đa chiều”.",
    "12.1": "mục III: còn phải thực hiện nội dung về “đào tạo lao động”; mục III.2: “Lao động qua đào tạo”.",
    "13.1": "mục III: “kiện toàn Hợp tác xã hoạt động hiệu quả”.",
    "13.2": "mục III: “có hợp đồng liên kết theo chuỗi giá trị ổn định”.",
    "13.3": "mục III: “thực hiện truy xuất nguồn gốc các sản phẩm chủ lực của xã gắn với xây dựng vùng nguyên liệu và "
    "được chứng nhận VietGAP hoặc tương đương”.",
    "15.1": "mục III: tuyên truyền để người dân “tham gia bảo hiểm y tế … đạt tỷ lệ yêu cầu”.",
    "15.4": "mục III: “có sổ khám chữa bệnh điện tử đạt tỷ lệ yêu cầu”.",
    "17.3": "mục III: còn phải thực hiện nội dung về “cảnh quan, môi trường”; mục II.2: “tạo cảnh quan môi trường "
    "chưa được nhiều”.",
    "17.4": "mục III: còn phải thực hiện nội dung về “trồng cây xanh”; mục II.2: “trồng cây xanh … chưa được nhiều”.",
    "18.1": "mục III: “đào tạo, bồi dưỡng cho cán bộ, công chức đạt chuẩn”; mục IV.5: xã đề nghị giúp hoàn thành "
    "“nội dung 18.1. Cán bộ, công chức xã đạt chuẩn”.",
}

# Not met, assumed: the notice names the criterion or the field, not the sub-item.
ASSUMED_UNMET = {
    "2.2": "thông báo nêu tiêu chí Giao thông chưa hoàn thành mà không nêu nội dung; ở mục IV.4 xã đề nghị hỗ trợ xây "
    "dựng đường liên thôn từ Thôn 3 xứ Eo đất đi Thôn 6.",
    "2.3": "thông báo nêu tiêu chí Giao thông chưa hoàn thành mà không nêu nội dung; cần thêm nội dung chưa đạt để "
    "khớp số 42/57.",
    "2.4": "thông báo nêu tiêu chí Giao thông chưa hoàn thành mà không nêu nội dung; cần thêm nội dung chưa đạt để "
    "khớp số 42/57.",
    "12.2": "thông báo nêu “đào tạo lao động” nói chung, không tách nội dung lao động có bằng cấp, chứng chỉ.",
    "17.6": "ở mục IV.4 xã đề nghị hỗ trợ xây dựng đường vào bãi xử lý rác thải tập trung; thông báo không nêu kết quả "
    "thu gom, xử lý.",
}

# Of the 19 criteria, those that the notice's sections II to IV name as unfinished.
UNFINISHED_CRITERIA = frozenset({2, 11, 12, 13, 15, 17, 18})


def load() -> None:
    """Record the finding of each sub-item as of the session, through the one door for findings."""
    commune = Commune.objects.get_by_natural_key(CAO_SON)
    if Assessment.objects.filter(commune=commune).exists():
        return
    criteria_set = CriteriaSet.objects.get_by_natural_key(CRITERIA_SET)
    for sub_item in SubItem.objects.of_set(criteria_set).select_related("criterion"):
        status, source, reason = finding(sub_item.code, sub_item.criterion.number)
        change_assessment(
            commune=commune,
            sub_item=sub_item,
            status=status,
            by=None,
            expected_version=0,
            reason=reason,
            source=source,
            at=SESSION,
        )


def finding(code: str, criterion: int) -> tuple[Status, AssessmentSource, str]:
    """Return status, source and reason of one sub-item."""
    if code in NAMED:
        return Status.NOT_MET, AssessmentSource.SESSION, f"{SOURCE}, {NAMED[code]}"
    if code in ASSUMED_UNMET:
        return Status.NOT_MET, AssessmentSource.ASSUMPTION, f"Giả định: {ASSUMED_UNMET[code]}"
    if criterion not in UNFINISHED_CRITERIA:
        reason = f"{SOURCE}, mục I.3: 12/19 tiêu chí đã hoàn thiện; tiêu chí {criterion} không thuộc các tiêu chí mà "
        return Status.MET, AssessmentSource.SESSION, f"{reason}các mục II đến IV nêu là chưa hoàn thành."
    reason = f"Giả định: thông báo nêu tiêu chí {criterion} chưa hoàn thành nhưng không nêu nội dung này; tính là đạt "
    return Status.MET, AssessmentSource.ASSUMPTION, f"{reason}để khớp số 42/57 nội dung ở mục I.3."
