"""The monthly report as an official document (BC-UBND), made of what was frozen and of nothing else.

What a commune sent therefore prints the same for ever. A commune has no letterhead of its own in the records: its
head is that of every Ủy ban nhân dân (Nghị định 30/2020/NĐ-CP, Phụ lục I, Phần I, Mục II, khoản 2) with the
commune's name, its place is the commune's name. What isn't known (the number before the register gives it, the
signer) leaves its room.
"""

from collections.abc import Iterable
from itertools import groupby

from criteria.deadlines import report_deadline
from criteria.downloads import DEMONSTRATION
from criteria.reports.snapshot import Frozen, FrozenLine
from criteria.scoring import Progress, Score, is_fulfilled
from ntm_tracker.lib.clock import vn_date
from ntm_tracker.lib.official import (
    Block,
    Column,
    Dash,
    Letterhead,
    OfficialDocument,
    Signature,
    Table,
    paragraphs,
    section,
)
from ntm_tracker.lib.pdf import render_pdf

DRAFT_MARK = "BẢN NHÁP, CHƯA GỬI"
SYMBOL = "BC-UBND"
SIGNED_FOR = ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH")
TITLES = ("Mã", "Nội dung", "Yêu cầu", "Kết quả thực hiện", "Tự đánh giá")
# Shares of the 160 mm between the margins.
WIDTHS = (13, 53, 36, 38, 20)
NOT_GIVEN = "–"
UNVERIFIED = "(*)"


def report_document(frozen: Frozen, *, is_draft: bool = False) -> OfficialDocument:
    """Return the document of a sent version; of what isn't sent yet with the mark of a draft."""
    month = frozen.month
    return OfficialDocument(
        kind="BÁO CÁO",
        symbol=SYMBOL,
        subject=f"Kết quả thực hiện xây dựng nông thôn mới tháng {month.month} năm {month.year}",
        letterhead=letterhead_of(frozen),
        addressees=(addressee(frozen),),
        signature=Signature(frozen.signature_lines or SIGNED_FOR, frozen.signer),
        month=month,
        number=frozen.number,
        dated=None if is_draft else frozen.dated,
        body=tuple(_body(frozen)),
        recipients=("Như kính gửi", f"Thường trực Đảng ủy, HĐND {frozen.unit_word} (b/c)", "Lưu: VT"),
        mark=DRAFT_MARK if is_draft else "",
    )


def report_file_stem(frozen: Frozen) -> str:
    """Return the name of its files without the suffix: "Báo cáo tháng 4-2023 - xã Cao Sơn"."""
    return f"Báo cáo tháng {frozen.month.month}-{frozen.month.year} - {frozen.commune_name}"


def frozen_pdf(frozen: Frozen) -> bytes | None:
    """Return the PDF of a version that is being sent; None where the server lacks Pango: it is sent all the same."""
    try:
        return render_pdf(report_document(frozen))
    except (ImportError, OSError):
        return None


def letterhead_of(frozen: Frozen) -> Letterhead:
    """Return "ỦY BAN NHÂN DÂN / XÃ CAO SƠN", written at Cao Sơn."""
    return Letterhead(("Ủy ban nhân dân", frozen.commune_name), place=frozen.place)


def addressee(frozen: Frozen) -> str:
    """Return whom it is sent to: the UBND of the district, through the department that gathers the reports."""
    through = f" (qua {frozen.through})" if frozen.through else ""
    return f"Ủy ban nhân dân {frozen.content['authority']['name']}{through}"


def progress_in(frozen: Frozen) -> Progress:
    """Count what the commune says is met, by the rules of the programme."""
    criteria = groupby(frozen.lines, key=lambda line: line.criterion_number)
    return Progress.of(_score(list(rows)) for _, rows in criteria)


def _score(rows: list[FrozenLine]) -> Score:
    return Score(sum(is_fulfilled(row.status) for row in rows), len(rows))


def _body(frozen: Frozen) -> Iterable[Block]:
    month, named = report_deadline(frozen.month), frozen.commune_name
    yield from paragraphs(DEMONSTRATION if frozen.content["commune"]["is_demonstration"] else "")
    yield from paragraphs(
        f"Ủy ban nhân dân {named} báo cáo kết quả thực hiện xây dựng nông thôn mới từ ngày {vn_date(month.first_day)} "
        f"đến ngày {vn_date(month.last_day)} như sau:"
    )
    first, *others = frozen.narrative
    # Sent before its period has ended, a report knows no later day than its own.
    known_on = min(month.last_day, frozen.dated or month.last_day)
    standing = f"Đến ngày {vn_date(known_on)}, {named} tự đánh giá đạt {progress_in(frozen).phrase}."
    yield from section(first[1], paragraphs(standing), paragraphs(first[2]))
    for _, title, text in others:
        if text.strip():
            yield from section(title, paragraphs(text))
    yield from section("Kết quả tự đánh giá từng nội dung", [results_table(frozen)], _remarks(frozen))
    yield from paragraphs(
        f"Trên đây là báo cáo kết quả thực hiện tháng {frozen.month.month} năm {frozen.month.year} "
        f"của Ủy ban nhân dân {named}."
    )


def results_table(frozen: Frozen) -> Table:
    """Return every sub-item under its criterion."""
    return Table(
        columns=tuple(
            Column(title, width, "center" if place in (0, 4) else "left")
            for place, (title, width) in enumerate(zip(TITLES, WIDTHS, strict=True))
        ),
        rows=tuple(_rows(frozen)),
        is_dense=True,
    )


def _rows(frozen: Frozen) -> Iterable[tuple[str, ...]]:
    for number, rows in groupby(frozen.lines, key=lambda line: line.criterion_number):
        lines = list(rows)
        score = _score(lines)
        yield (f"Tiêu chí {number}. {lines[0].criterion_name}: đạt {score.met}/{score.total} nội dung",)
        for line in lines:
            yield (
                line.official_code,
                line.name,
                line.required if line.is_required_verified else f"{line.required} {UNVERIFIED}",
                _found(line),
                line.status_word,
            )


def _found(line: FrozenLine) -> str:
    texts = [text for text in (line.measured, line.note.strip()) if text]
    return "; ".join(texts) or NOT_GIVEN


def _remarks(frozen: Frozen) -> list[Dash]:
    if all(line.is_required_verified for line in frozen.lines):
        return []
    return [Dash(f"{UNVERIFIED} Yêu cầu chưa đối chiếu với văn bản quy định.")]
