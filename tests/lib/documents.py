"""Documents for the tests of this folder: a notice as UBND huyện Anh Sơn issued it in April 2023, shortened."""

from datetime import date
from typing import Any

from ntm_tracker.lib.official import (
    Block,
    Column,
    Letterhead,
    OfficialDocument,
    Signature,
    Table,
    answers,
    clause,
    dashes,
    paragraphs,
    points,
    section,
)

LINE = "Phải nắm rõ các nội dung tiêu chí xã nông thôn mới của phòng, ngành phụ trách;"

BODY: tuple[Block, ...] = (
    *paragraphs("Chiều ngày 05/4/2023, đồng chí Hoàng Quyền tổ chức phiên làm việc với xã Cao Sơn."),
    *section(
        "Một số kết quả nổi bật",
        paragraphs("Trong thời gian qua xã Cao Sơn đã có sự cố gắng rất lớn:"),
        points(["Xã đã kịp thời kiện toàn Ban Chỉ đạo.", "Đến nay xã đạt 12/19 tiêu chí (đạt 63,2%)."]),
    ),
    *section(
        "Nhiệm vụ thời gian tới",
        dashes(["Rà soát quy hoạch;"]),
        clause("Đối với các phòng, đơn vị cấp huyện:", dashes([LINE])),
        clause("Nhiệm vụ của Đảng ủy, UBND xã Cao Sơn:", dashes(["Báo cáo trước ngày 15 hằng tháng."])),
    ),
    *section(
        "Về các ý kiến, kiến nghị",
        answers([("Đề nghị hỗ trợ kinh phí.", "Giao Phòng Tài chính.\nXã lập dự toán."), ("Đề nghị đào tạo.", "")]),
    ),
    *paragraphs("Ủy ban nhân dân huyện thông báo để các đơn vị biết, thực hiện."),
)


def notice(**changes: Any) -> OfficialDocument:
    """Return notice 05/TB-UBND of 05/4/2023, with `changes`."""
    values: dict[str, Any] = {
        "subject": "Kết luận của đồng chí Hoàng Quyền, Chủ tịch UBND huyện tại phiên làm việc với xã Cao Sơn "
        "về xây dựng xã nông thôn mới",
        "letterhead": Letterhead(issuer=("Ủy ban nhân dân", "huyện Anh Sơn"), place="Anh Sơn"),
        "signature": Signature(("TL. CHỦ TỊCH", "CHÁNH VĂN PHÒNG"), "Hoàng Đình Sơn"),
        "month": date(2023, 4, 1),
        "number": 5,
        "dated": date(2023, 4, 5),
        "body": BODY,
        "recipients": ("TT Huyện ủy (b/c)", "Đảng ủy, UBND xã Cao Sơn;", "Lưu: VT."),
    }
    return OfficialDocument(**{**values, **changes})


def results_table(rows: int = 57) -> Table:
    """Return a table of results with a group row before every third row."""
    lines: list[tuple[str, ...]] = []
    for place in range(rows):
        if place % 3 == 0:
            lines.append((f"Tiêu chí số {place // 3 + 1}",))
        lines.append((f"Mục {place + 1}", "Tỷ lệ đường xã được nhựa hóa, bê tông hóa đạt chuẩn", "Đạt"))
    columns = (Column("TT", 1, "center"), Column("Nội dung đánh giá", 4), Column("Kết quả", 1, "center"))
    return Table(columns, tuple(lines), "Kết quả các nội dung")
