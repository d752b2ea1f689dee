"""What is odd about a line of a report, while it is typed: sentences that advise. No database.

Only what can't be (a ratio over 100, a value below zero) keeps a line from being saved; that is the
form's to refuse.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from criteria.enums import FULFILLED, Status, SubItemKind
from criteria.reports.saving import Said
from ntm_tracker.lib.figures import vn_decimal

# A value that stands still this many months was perhaps not measured.
MONTHS_ALIKE = 3
OVER_HUNDRED = "Tỷ lệ không quá 100%. Hãy kiểm tra lại số liệu."


class Remark(Enum):
    """What a check found."""

    OVER_HUNDRED = "over-hundred"
    FALLS_BACK = "falls-back"
    ALIKE = "alike"
    AGAINST_THRESHOLD = "against-threshold"
    NOT_APPLICABLE = "not-applicable"
    WITHOUT_STATUS = "without-status"


# What a note explains.
UNEXPLAINED = frozenset({Remark.FALLS_BACK, Remark.AGAINST_THRESHOLD})


@dataclass(frozen=True)
class Finding:
    """One thing that a check found: which, and the sentence with what to do."""

    remark: Remark
    sentence: str
    proposed: str = ""


@dataclass(frozen=True)
class Measure:
    """How a sub-item is measured, and what its values say: `required` in words, `proposed` by the threshold."""

    kind: str
    unit: str = "%"
    required: str = ""
    proposed: Status | None = None


def checks(
    said: Said, measure: Measure, *, before: Said | None = None, earlier: Sequence[Said | None] = ()
) -> list[Finding]:
    """Return what is odd about `said`; nothing is an empty list.

    `before` is what stood at the end of last month's period; `earlier` what the reports of the months
    before said, the latest first, None where there was none.
    """
    return [
        *_over_hundred(said, measure),
        *_falls_back(said, before),
        *_against_threshold(said, measure),
        *_not_applicable(said),
        *_alike(said, measure, earlier),
        *_without_status(said),
    ]


def _over_hundred(said: Said, measure: Measure) -> Iterator[Finding]:
    values = [said.value, *said.part_values.values()]
    if measure.kind == SubItemKind.PERCENT and any(value is not None and value > 100 for value in values):
        yield Finding(Remark.OVER_HUNDRED, OVER_HUNDRED)


def _falls_back(said: Said, before: Said | None) -> Iterator[Finding]:
    if before and before.status in FULFILLED and said.status == Status.NOT_MET and not said.note.strip():
        yield Finding(
            Remark.FALLS_BACK,
            "Tháng trước đạt, tháng này chưa đạt. Hãy ghi lý do vào ô Ghi chú, hoặc chọn lại kết quả.",
        )


def _against_threshold(said: Said, measure: Measure) -> Iterator[Finding]:
    """The value proposes the status; another one needs its reason (rules of the programme)."""
    odd = measure.proposed and said.status in (Status.MET, Status.NOT_MET) and said.status != measure.proposed
    if measure.proposed and odd and not said.note.strip():
        label = Status(measure.proposed).label
        yield Finding(
            Remark.AGAINST_THRESHOLD,
            f"Số liệu so với yêu cầu{f' {measure.required}' if measure.required else ''} cho kết quả “{label}”. "
            f"Hãy đổi thành “{label}”, hoặc ghi lý do vào ô Ghi chú.",
            proposed=str(measure.proposed),
        )


def _not_applicable(said: Said) -> Iterator[Finding]:
    if said.status == Status.NOT_APPLICABLE and not said.note.strip():
        yield Finding(
            Remark.NOT_APPLICABLE,
            "“Không áp dụng” phải có lý do và căn cứ. Hãy ghi vào ô Ghi chú: vì sao, theo văn bản số nào.",
        )


def _alike(said: Said, measure: Measure, earlier: Sequence[Said | None]) -> Iterator[Finding]:
    months = list(earlier[:MONTHS_ALIKE])
    if len(months) < MONTHS_ALIKE or not (said.value is not None or said.part_values):
        return
    if all(row and (row.value, dict(row.part_values)) == (said.value, dict(said.part_values)) for row in months):
        yield Finding(
            Remark.ALIKE,
            f"{_values(said, measure.unit)} giống hệt {MONTHS_ALIKE} tháng trước. "
            "Hãy nhập số mới nếu đã đo lại; nếu vẫn đúng thì để nguyên.",
        )


def _values(said: Said, unit: str) -> str:
    figures: list[Decimal] = [said.value] if said.value is not None else list(said.part_values.values())
    texts = ", ".join(f"{vn_decimal(figure)}{'%' if unit == '%' else f' {unit}'}" for figure in figures)
    return f"Giá trị {texts}"


def _without_status(said: Said) -> Iterator[Finding]:
    if not said.status:
        yield Finding(Remark.WITHOUT_STATUS, "Chưa có kết quả. Hãy chọn Đạt, Chưa đạt hoặc Không áp dụng.")
