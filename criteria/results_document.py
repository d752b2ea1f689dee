"""The criteria results table of one commune as an official document.

Its form is from memory, not from the decree's text: the document says so until somebody has checked it.
"""

from criteria.downloads import BY_HAND, DEMONSTRATION, FILED, letterhead_of
from criteria.selectors.results import ResultGroup, ResultRow, Results
from ntm_tracker.lib.clock import vn_date
from ntm_tracker.lib.official import Column, Dash, OfficialDocument, Paragraph, Table, section
from ntm_tracker.lib.workbook import Column as SheetColumn
from ntm_tracker.lib.workbook import Kind

UNCHECKED_FORM = "Mẫu bảng chưa đối chiếu văn bản."
TITLES = (
    "TT",
    "Tên tiêu chí",
    "Nội dung tiêu chí",
    "Tiêu chuẩn đạt chuẩn",
    "Kết quả thực hiện",
    "Kết quả tự đánh giá của xã",
    "Kết quả thẩm tra của huyện",
)
# Shares of the 160 mm between the margins: most for the texts, no less than its longest word for any.
WIDTHS = (8, 20, 57, 27, 16, 16, 16)
NOT_GIVEN = "–"
ASSUMED = "(*)"
UNVERIFIED = "(**)"


def results_document(results: Results) -> OfficialDocument:
    """Return the table with the figures above it and what is not certain below it."""
    commune = results.commune
    return OfficialDocument(
        kind="BÁO CÁO",
        symbol="BC-UBND",
        subject=f"Kết quả thực hiện các tiêu chí nông thôn mới của {commune}, {commune.authority}",
        letterhead=letterhead_of(commune.authority),
        signature=BY_HAND,
        month=results.day.replace(day=1),
        recipients=FILED,
        body=(
            *section("Kết quả chung", [Paragraph(text) for text in summary(results)]),
            *section("Kết quả từng tiêu chí", [results_table(results)], [Dash(text) for text in remarks(results)]),
        ),
    )


def results_title(results: Results) -> str:
    """ "Bảng kết quả tiêu chí - xã Cao Sơn - 10/4/2023"."""
    return f"Bảng kết quả tiêu chí - {results.commune} - {vn_date(results.day)}"


def summary(results: Results) -> list[str]:
    """Return the sentences above the table."""
    named = results.state.criteria_set.short_name if results.state.criteria_set else ""
    reached = f"{results.commune} đạt {results.state.progress.phrase} của {named}"
    if not results.state.is_known:
        reached = f"hệ thống chưa có số liệu của {results.commune} theo {named}"
    sentence = f"Đến ngày {vn_date(results.day)}, {reached}."
    report = results.report
    month = f"{report.month.month}/{report.month.year}" if report else ""
    if report is None:
        own = "Xã chưa gửi báo cáo nào trên hệ thống nên cột tự đánh giá để trống."
    elif any(row.self_assessed for row in results.rows):
        own = f"Kết quả tự đánh giá của xã lấy từ báo cáo tháng {month}."
    else:
        own = f"Báo cáo tháng {month} của xã không nêu từng nội dung nên cột tự đánh giá để trống."
    return [*([DEMONSTRATION] if results.commune.is_demonstration else []), sentence, own]


def remarks(results: Results) -> list[str]:
    """Return what of the table is not certain."""
    texts = [UNCHECKED_FORM]
    if results.assumptions:
        texts.append(
            f"{ASSUMED} {results.assumptions} kết quả là giả định cho khớp tổng số mà thông báo kết luận nêu; "
            "thông báo không nêu từng nội dung đó."
        )
    if results.unverified:
        texts.append(f"{UNVERIFIED} {results.unverified} tiêu chuẩn chưa đối chiếu với văn bản quy định.")
    if results.unknown:
        texts.append(f"{results.unknown} nội dung chưa biết mức quy định: cán bộ kết luận theo minh chứng.")
    return texts


def results_table(results: Results) -> Table:
    columns = zip(TITLES, WIDTHS, strict=True)
    return Table(
        columns=tuple(
            Column(title, width, "center" if place in (0, 5, 6) else "left", joins=place < 2)
            for place, (title, width) in enumerate(columns)
        ),
        rows=tuple(_cells(group, place, row) for group in results.groups for place, row in enumerate(group.rows)),
        is_dense=True,
    )


def _cells(group: ResultGroup, place: int, row: ResultRow) -> tuple[str, ...]:
    """The criterion stands beside its first sub-item."""
    return (
        str(group.number) if place == 0 else "",
        group.name if place == 0 else "",
        f"{row.sub_item.official_code}. {row.sub_item.name}",
        row.required if row.is_required_verified else f"{row.required} {UNVERIFIED}",
        row.measured or NOT_GIVEN,
        row.self_assessed or NOT_GIVEN,
        f"{row.verified} {ASSUMED}" if row.state.is_assumption else row.verified,
    )


# The workbook


def results_columns() -> list[SheetColumn]:
    """Return the columns of the workbook: those of the form, and what is not certain in columns of its own."""
    widths = (6, 22, 50, 36, 22, 16, 16)
    kinds = (Kind.TEXT, Kind.LONG_TEXT, Kind.LONG_TEXT, Kind.LONG_TEXT, Kind.LONG_TEXT, Kind.TEXT, Kind.TEXT)
    return [
        *(SheetColumn(*parts) for parts in zip(TITLES, kinds, widths, strict=True)),
        SheetColumn("Ghi chú", Kind.LONG_TEXT, 40),
    ]


def results_rows(results: Results) -> list[tuple[str, ...]]:
    """Return the rows of the workbook; every row bears its criterion, so that it can be sorted and filtered."""
    return [
        (
            str(group.number),
            group.name,
            f"{row.sub_item.official_code}. {row.sub_item.name}",
            row.required,
            row.measured,
            row.self_assessed,
            row.verified,
            _note(row),
        )
        for group in results.groups
        for row in group.rows
    ]


def _note(row: ResultRow) -> str:
    parts = (
        "kết quả giả định" if row.state.is_assumption else "",
        "" if row.is_required_known else "chưa biết mức quy định",
        "" if row.is_required_verified else "tiêu chuẩn chưa đối chiếu văn bản",
    )
    return "; ".join(part for part in parts if part)
