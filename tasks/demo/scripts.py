"""What the made-up sessions decided and what became of it, as plain data."""

from dataclasses import dataclass, replace
from datetime import date

from tasks.enums import ExtensionDecision, ReplyKind, TaskUpdateKind


@dataclass(frozen=True)
class Report:
    """One update of a task; `by` is an account."""

    on: date
    kind: TaskUpdateKind
    text: str
    by: str = "huyen"
    share_done: int | None = None


@dataclass(frozen=True)
class Extension:
    """A later day asked for by the account `by`."""

    asked_on: date
    new_due_on: date
    reason: str
    by: str
    decision: ExtensionDecision = ExtensionDecision.PENDING
    comment: str = ""


@dataclass(frozen=True)
class Work:
    """A task. Without `lead` the commune of the session leads."""

    name: str
    text: str
    lead: str = ""
    due_on: date | None = None
    monthly: bool = False
    sub_items: tuple[str, ...] = ()
    supports: tuple[str, ...] = ()
    reports: tuple[Report, ...] = ()
    extension: Extension | None = None
    assigned_on: date = date(2023, 1, 1)


@dataclass(frozen=True)
class Asked:
    """A proposal; the reply is its kind, its words and the leading department."""

    text: str
    reply: tuple[ReplyKind, str, str] | None = None
    sub_items: tuple[str, ...] = ()
    place: str = ""
    amount: int | None = None
    by: str = ""


@dataclass(frozen=True)
class Session:
    """One working session and its issued notice."""

    reference: str
    commune: str
    session_on: date
    session_time: str
    report: str
    number: int
    issued_on: date
    present: tuple[str, ...]
    results: tuple[str, ...]
    shortcomings: tuple[str, ...]
    work: tuple[Work, ...]
    asked: tuple[Asked, ...] = ()
    corrects: str = ""
    revoked_on: date | None = None
    revoke_reason: str = ""


PROGRESS, DONE = TaskUpdateKind.PROGRESS, TaskUpdateKind.DONE
CONFIRMED, SENT_BACK = TaskUpdateKind.CONFIRMED, TaskUpdateKind.SENT_BACK

MONTHLY_REPORT = Work(
    "bao-cao-thang",
    "Trước ngày 15 hằng tháng báo cáo kết quả thực hiện về UBND huyện (qua Phòng Nông nghiệp và PTNT)",
    monthly=True,
    supports=("NNPTNT",),
)

PHUC_SON_WORK = (
    Work(
        "nha-o",
        "Hỗ trợ các hộ có nhà bị hư hỏng do mưa lũ sửa chữa, xây mới nhà ở",
        due_on=date(2023, 4, 28),
        sub_items=("9.1",),
        supports=("KTHT", "LDTBXH"),
    ),
    Work(
        "so-kham-benh-dien-tu",
        "Hướng dẫn xã lập sổ khám chữa bệnh điện tử cho người dân",
        lead="YT",
        due_on=date(2023, 4, 14),
        sub_items=("15.4",),
    ),
)
# Issued, found wanting and revoked; the corrected one takes its place.
PHUC_SON = Session(
    reference="minh-hoa-phuc-son-2023-02-22",
    commune="17374",
    session_on=date(2023, 2, 22),
    session_time="sáng",
    report="14/BC-UBND",
    number=27,
    issued_on=date(2023, 2, 27),
    present=("VP", "NNPTNT", "KTHT", "YT", "LDTBXH"),
    results=("Xã đã khắc phục xong các tuyến đường bị sạt lở sau mưa lũ.",),
    shortcomings=("Còn nhà ở của một số hộ bị hư hỏng chưa được sửa chữa, xây mới.",),
    work=(),
    revoked_on=date(2023, 3, 2),
    revoke_reason="Thiếu phần nhiệm vụ của các phòng, ban; thay bằng Thông báo số 31/TB-UBND (dữ liệu minh họa).",
)
PHUC_SON_AGAIN = replace(
    PHUC_SON,
    reference="minh-hoa-phuc-son-2023-02-22-thay-the",
    number=31,
    issued_on=date(2023, 3, 2),
    work=(*PHUC_SON_WORK, MONTHLY_REPORT),
    corrects=PHUC_SON.reference,
    revoked_on=None,
    revoke_reason="",
)

SESSIONS = (
    Session(
        reference="minh-hoa-khai-son-2022-11-10",
        commune="17380",
        session_on=date(2022, 11, 10),
        session_time="sáng",
        report="96/BC-UBND",
        number=318,
        issued_on=date(2022, 11, 14),
        present=("VP", "NNPTNT", "TCKH", "KTHT", "TNMT", "VHTT", "NV"),
        results=(
            "Xã đã hoàn thành nâng cấp 2,4 km đường thôn và đưa vào sử dụng nhà văn hóa thôn 5.",
            "Công tác tuyên truyền, vận động nhân dân hiến đất, đóng góp ngày công được thực hiện tốt.",
        ),
        shortcomings=("Việc thu gom rác thải ở một số thôn chưa thường xuyên.",),
        work=(
            Work(
                "rac-thai",
                "Kiểm tra, hướng dẫn xã phương án thu gom, xử lý rác thải sinh hoạt",
                lead="TNMT",
                due_on=date(2023, 1, 31),
                sub_items=("17.6",),
                supports=("KTHT", "TCKH"),
                reports=(Report(date(2022, 12, 20), PROGRESS, "Đã kiểm tra 04 điểm tập kết rác.", share_done=40),),
            ),
            Work(
                "vung-nguyen-lieu",
                "Hướng dẫn xã mở rộng vùng nguyên liệu chè được chứng nhận VietGAP",
                lead="NNPTNT",
                due_on=date(2023, 3, 31),
                sub_items=("13.3",),
                reports=(
                    Report(date(2023, 2, 15), PROGRESS, "Đã chọn 12 ha, lấy mẫu đất và nước.", "nongnghiep", 50),
                    Report(date(2023, 3, 20), PROGRESS, "Chờ kết quả phân tích mẫu.", "nongnghiep", 70),
                ),
                extension=Extension(
                    date(2023, 3, 24),
                    date(2023, 5, 15),
                    "Đơn vị chứng nhận hẹn trả kết quả phân tích mẫu vào cuối tháng 4.",
                    "nongnghiep",
                    ExtensionDecision.GRANTED,
                    "Đồng ý, báo cáo kết quả trước ngày 15/5/2023.",
                ),
            ),
            Work(
                "can-bo-cong-chuc",
                "Rà soát, cử cán bộ, công chức xã đi đào tạo, bồi dưỡng để đạt chuẩn",
                lead="NV",
                due_on=date(2022, 12, 31),
                sub_items=("18.1",),
                reports=(
                    Report(date(2022, 12, 22), DONE, "Đã cử 02 công chức đi học, đúng kế hoạch.", "noivu", 100),
                    Report(date(2022, 12, 26), CONFIRMED, "Hồ sơ đầy đủ."),
                ),
            ),
            Work(
                "bai-tap-ket",
                "Mở rộng bãi tập kết rác, bố trí xe thu gom cho tất cả các thôn",
                due_on=date(2023, 4, 7),
                sub_items=("17.6", "17.3"),
                reports=(Report(date(2023, 3, 10), PROGRESS, "Đã giải phóng mặt bằng bãi tập kết.", "khaison", 30),),
                extension=Extension(
                    date(2023, 4, 5), date(2023, 5, 31), "Nhà thầu chưa bàn giao xe thu gom rác.", "khaison"
                ),
            ),
            Work(
                "san-the-thao",
                "Hoàn thiện sân thể thao của xã và các thôn",
                due_on=date(2023, 2, 28),
                sub_items=("6.1", "6.3"),
                reports=(
                    Report(date(2023, 2, 20), DONE, "Đã hoàn thành 05/06 sân thể thao thôn.", "khaison", 85),
                    Report(date(2023, 2, 24), SENT_BACK, "Sân thể thao thôn 6 chưa có, đề nghị làm tiếp."),
                ),
            ),
            MONTHLY_REPORT,
        ),
        asked=(
            Asked(
                "Đề nghị UBND huyện hỗ trợ kinh phí mua 02 xe thu gom rác.",
                (
                    ReplyKind.ASSIGNED,
                    "Giao Phòng Tài nguyên và MT chủ trì, phối hợp Phòng Tài chính-KH tham mưu UBND huyện.",
                    "TNMT",
                ),
                ("17.6",),
                amount=360_000_000,
                by="khaison",
            ),
            Asked(
                "Đề nghị UBND huyện quan tâm nâng cấp tuyến đường liên thôn 3 - thôn 7.",
                (
                    ReplyKind.COMMUNE_PLANS,
                    "UBND xã lập phương án, trong đó nêu rõ các nguồn vốn; gửi UBND huyện xem xét.",
                    "",
                ),
                ("2.2",),
                "đường liên thôn 3 - thôn 7",
                by="khaison",
            ),
        ),
    ),
    Session(
        reference="minh-hoa-duc-son-2022-12-08",
        commune="17353",
        session_on=date(2022, 12, 8),
        session_time="chiều",
        report="120/BC-UBND",
        number=351,
        issued_on=date(2022, 12, 13),
        present=("VP", "NNPTNT", "TCKH", "GDDT", "YT"),
        results=("Xã đã hoàn thành xây dựng phòng học bộ môn của trường trung học cơ sở.",),
        shortcomings=("Tiến độ giải ngân vốn đầu tư năm 2022 còn chậm.",),
        work=(
            Work(
                "giai-ngan",
                "Đôn đốc giải ngân nguồn vốn đầu tư năm 2022 của xã",
                lead="TCKH",
                due_on=date(2023, 1, 31),
                reports=(
                    Report(date(2023, 1, 30), DONE, "Đã giải ngân 100% kế hoạch vốn.", share_done=100),
                    Report(date(2023, 2, 1), CONFIRMED, "Đã đối chiếu với Kho bạc Nhà nước huyện."),
                ),
            ),
            Work(
                "bao-hiem-y-te",
                "Vận động người dân tham gia bảo hiểm y tế đạt tỷ lệ yêu cầu",
                due_on=date(2023, 3, 31),
                sub_items=("15.1",),
                supports=("YT",),
                reports=(Report(date(2023, 3, 29), DONE, "Xã báo cáo đã đạt 92% dân số.", share_done=100),),
            ),
            MONTHLY_REPORT,
        ),
        asked=(
            Asked(
                "Đề nghị UBND huyện bố trí giáo viên còn thiếu cho trường mầm non.",
                (ReplyKind.PASSED_UPWARD, "UBND huyện tổng hợp, trình UBND tỉnh giao bổ sung biên chế.", "GDDT"),
            ),
        ),
    ),
    Session(
        reference="minh-hoa-tuong-son-2023-01-10",
        commune="17356",
        session_on=date(2023, 1, 10),
        session_time="sáng",
        report="03/BC-UBND",
        number=12,
        issued_on=date(2023, 1, 13),
        present=("VP", "NNPTNT", "KTHT", "LDTBXH", "CCTK"),
        results=("Xã duy trì và nâng cao chất lượng các tiêu chí đã đạt; thu nhập của người dân tăng.",),
        shortcomings=("Tỷ lệ lao động có bằng cấp, chứng chỉ còn thấp.",),
        work=(
            Work(
                "dao-tao-nghe",
                "Mở 02 lớp đào tạo nghề cho lao động nông thôn của xã",
                lead="LDTBXH",
                due_on=date(2023, 4, 20),
                sub_items=("12.1", "12.2"),
                reports=(
                    Report(date(2023, 3, 15), PROGRESS, "Đã khai giảng lớp thứ nhất, 32 học viên.", share_done=50),
                ),
            ),
            Work(
                "thu-nhap",
                "Hướng dẫn xã điều tra, thu thập thông tin thu nhập năm 2022",
                lead="CCTK",
                due_on=date(2023, 2, 15),
                sub_items=("10.1",),
                reports=(
                    Report(date(2023, 2, 10), DONE, "Đã hoàn thành phiếu điều tra.", share_done=100),
                    Report(date(2023, 2, 13), CONFIRMED, "Số liệu đã được thẩm định."),
                ),
            ),
            MONTHLY_REPORT,
        ),
    ),
    Session(
        reference="minh-hoa-hoi-son-2023-02-07",
        commune="17368",
        session_on=date(2023, 2, 7),
        session_time="chiều",
        report="09/BC-UBND",
        number=19,
        issued_on=date(2023, 2, 10),
        present=("VP", "NNPTNT", "KTHT", "NV", "CA"),
        results=("Xã đã huy động nhân dân hiến 3.200 m² đất để mở rộng đường thôn.",),
        shortcomings=("Hợp tác xã hoạt động chưa hiệu quả.", "Hồ sơ quy hoạch chung xây dựng xã lập còn chậm."),
        work=(
            Work(
                "quy-hoach",
                "Thẩm định nhiệm vụ quy hoạch chung xây dựng xã",
                lead="KTHT",
                due_on=date(2023, 3, 15),
                sub_items=("1.1",),
                reports=(Report(date(2023, 3, 10), PROGRESS, "Xã chưa nộp bản đồ hiện trạng.", share_done=30),),
            ),
            Work(
                "hop-tac-xa",
                "Kiện toàn Hội đồng quản trị hợp tác xã, xây dựng phương án sản xuất kinh doanh năm 2023",
                due_on=date(2023, 3, 31),
                sub_items=("13.1",),
                supports=("NNPTNT",),
                reports=(Report(date(2023, 3, 30), PROGRESS, "Đã tổ chức đại hội thành viên.", "nongnghiep", 60),),
            ),
            Work(
                "boi-duong",
                "Tổ chức lớp bồi dưỡng nghiệp vụ cho cán bộ, công chức xã",
                lead="NV",
                due_on=date(2023, 4, 14),
                sub_items=("18.1",),
                extension=Extension(
                    date(2023, 3, 28),
                    date(2023, 6, 30),
                    "Trường Chính trị tỉnh chưa bố trí được giảng viên.",
                    "noivu",
                    ExtensionDecision.REFUSED,
                    "Đề nghị mời giảng viên của Trung tâm Chính trị huyện.",
                ),
            ),
            MONTHLY_REPORT,
        ),
        asked=(
            Asked(
                "Đề nghị UBND huyện hỗ trợ kinh phí lập quy hoạch chung xây dựng xã.",
                (ReplyKind.NOTED, "Ghi nhận; UBND xã gửi dự toán qua Phòng Tài chính-KH để tổng hợp.", "TCKH"),
                ("1.1",),
                amount=250_000_000,
            ),
        ),
    ),
    PHUC_SON,
    PHUC_SON_AGAIN,
)

# Work given without a session.
APART = (
    Work(
        "minh-hoa-ho-ngheo",
        "Rà soát hộ nghèo, hộ cận nghèo toàn huyện, đề xuất chỉ tiêu giảm nghèo của từng xã (dữ liệu minh họa)",
        lead="LDTBXH",
        due_on=date(2023, 4, 25),
        sub_items=("11.1",),
        assigned_on=date(2023, 3, 6),
    ),
    Work(
        "minh-hoa-to-khuyen-nong",
        "Đánh giá hoạt động của các tổ khuyến nông cộng đồng (dữ liệu minh họa)",
        lead="NNPTNT",
        due_on=date(2023, 4, 5),
        sub_items=("13.5",),
        assigned_on=date(2023, 2, 20),
        reports=(Report(date(2023, 3, 31), PROGRESS, "Đã đánh giá ở 14/20 xã.", "nongnghiep", 70),),
    ),
    Work(
        "minh-hoa-thong-ke-can-bo",
        "Thống kê cán bộ, công chức xã chưa đạt chuẩn (dữ liệu minh họa)",
        lead="NV",
        due_on=date(2023, 4, 12),
        sub_items=("18.1",),
        assigned_on=date(2023, 3, 20),
        reports=(Report(date(2023, 4, 7), DONE, "Đã gửi bảng thống kê của 20 xã.", "noivu", 100),),
    ),
)

# Proposals that no session has answered yet: commune, day, words.
PROPOSALS = (
    (
        "17380",
        date(2023, 3, 27),
        Asked(
            "Đề nghị UBND huyện hỗ trợ xi măng làm 1,8 km đường ngõ, xóm (dữ liệu minh họa).",
            sub_items=("2.3",),
            place="thôn 2, thôn 4",
            by="khaison",
        ),
    ),
    (
        "17380",
        date(2023, 4, 6),
        Asked(
            "Đề nghị UBND huyện hỗ trợ sửa chữa, mua sắm thiết bị trường mầm non (dữ liệu minh họa).",
            sub_items=("5.1",),
            by="khaison",
        ),
    ),
    (
        "17338",
        date(2023, 3, 15),
        Asked(
            "Đề nghị UBND huyện hỗ trợ kinh phí sửa chữa nhà văn hóa xã (dữ liệu minh họa).",
            sub_items=("6.1",),
            amount=480_000_000,
        ),
    ),
    (
        "17365",
        date(2023, 2, 16),
        Asked("Đề nghị hướng dẫn thủ tục thành lập hợp tác xã mới (dữ liệu minh họa).", sub_items=("13.1",)),
    ),
)
