"""What stands in the way of a report's next step, each with a sentence for the person."""

from criteria.models import MonthlyReport


class ReportRefusal(Exception):
    """A step that the report doesn't allow as it stands."""

    @property
    def sentence(self) -> str:
        return str(self)


class ReportClosed(ReportRefusal):
    """The commune can't change the report: it was sent, or accepted and not (any more) reopened."""

    def __init__(self, current: MonthlyReport):
        self.current = current
        why = (
            "đã được chấp nhận. Muốn sửa, hãy xin mở lại báo cáo và nêu lý do"
            if current.first_submitted_at and current.status == "accepted"
            else "đã gửi và đang chờ huyện thẩm định. Muốn sửa, hãy đề nghị huyện trả lại"
        )
        super().__init__(f"{current} {why}.")


class NotForReview(ReportRefusal):
    """Only a report that was sent and not yet answered can be accepted, returned or judged."""

    def __init__(self, current: MonthlyReport):
        self.current = current
        super().__init__(f"{current} không chờ thẩm định (trạng thái: {current.get_status_display().lower()}).")


class ChangedSinceShown(ReportRefusal):
    """Somebody else changed the report after the person was shown it."""

    def __init__(self, current: MonthlyReport):
        self.current = current
        super().__init__("Báo cáo vừa được người khác thay đổi sau khi bạn mở trang này. Hãy xem lại rồi làm tiếp.")


class FindingsChangedSinceShown(ReportRefusal):
    """An officer changed a finding of the commune after the reviewer was shown it beside the report."""

    def __init__(self) -> None:
        super().__init__(
            "Kết quả đánh giá của xã vừa được người khác cập nhật sau khi bạn mở trang này. "
            "Hãy xem lại các nội dung khác với kết quả hiện tại rồi chấp nhận báo cáo."
        )


class LinesPending(ReportRefusal):
    """A report is accepted once every line has its verdict."""

    def __init__(self, count: int):
        self.count = count
        super().__init__(
            f"Còn {count} nội dung chưa thẩm định. Hãy chấp nhận hoặc trả lại từng nội dung rồi chấp nhận báo cáo."
        )


class EmptyReport(ReportRefusal):
    """A report without a single line says nothing."""

    def __init__(self) -> None:
        super().__init__("Báo cáo chưa có nội dung nào nên chưa gửi được. Hãy mở biểu mẫu và rà soát các nội dung.")


class NumberTaken(ReportRefusal):
    """Another report of the commune bears the number in that year (Nghị định 30/2020/NĐ-CP, Điều 15)."""

    def __init__(self, number: int, other: MonthlyReport):
        super().__init__(
            f"Số {number} của năm {other.dated.year if other.dated else ''} đã dùng cho báo cáo tháng "
            f"{other.month.month}/{other.month.year}. Hãy ghi số khác theo sổ công văn đi."
        )


class NotClosed(ReportRefusal):
    """Only an accepted report that isn't open can be reopened."""

    def __init__(self, current: MonthlyReport):
        self.current = current
        super().__init__(
            f"{current} chưa khóa nên không cần mở lại (trạng thái: {current.get_status_display().lower()})."
        )


class NeverSent(ReportRefusal):
    """There is no sent version to which a signed copy could belong."""

    def __init__(self, current: MonthlyReport):
        super().__init__(f"{current} chưa gửi lần nào. Hãy gửi báo cáo rồi tải bản đã ký lên.")
