"""The list of proposals as a workbook."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from criteria.exports import file_name, title_as_of
from ntm_tracker.lib import clock
from ntm_tracker.lib.download import Download
from ntm_tracker.lib.workbook import XLSX, Column, Kind, filtered, list_workbook
from tasks.selectors import ProposalRow

COLUMNS = (
    Column("Xã", Kind.LONG_TEXT, 14),
    Column("Số", Kind.NUMBER, 7),
    Column("Ngày đề xuất", Kind.DATE, 12),
    Column("Kiến nghị", Kind.LONG_TEXT, 46),
    Column("Số tiền (đồng)", Kind.NUMBER, 16),
    Column("Địa điểm", Kind.LONG_TEXT, 17),
    Column("Nội dung tiêu chí", Kind.LONG_TEXT, 11),
    Column("Văn bản kèm theo", Kind.LONG_TEXT, 17),
    Column("Trạng thái", Kind.LONG_TEXT, 13),
    Column("Cách trả lời", Kind.LONG_TEXT, 14),
    Column("Chủ trì", Kind.LONG_TEXT, 13),
    Column("Trả lời", Kind.LONG_TEXT, 36),
)


def proposal_list_file(
    rows: Iterable[ProposalRow], day: date, *, place: str = "", filters: Sequence[str] = ()
) -> Download:
    """Return the proposals of the page, in its order and with its filter, all pages together."""
    title = title_as_of("Kiến nghị, đề xuất", place, day)
    content = list_workbook(title, COLUMNS, [_line(row) for row in rows], name="Kiến nghị", filters=filters)
    return Download(file_name(filtered("Danh sách kiến nghị", filters), (), day), XLSX, content)


def _line(row: ProposalRow) -> list[Any]:
    asked, reply = row.proposal, row.reply
    paper = f"{asked.paper_sign} ngày {clock.vn_date(asked.paper_dated)}" if asked.paper_dated else asked.paper_sign
    return [
        asked.commune.name,
        asked.number,
        asked.made_on,
        asked.text,
        asked.amount,
        asked.place,
        ", ".join(item.official_code for item in asked.sub_items.all()),
        paper,
        row.state_word,
        reply.get_kind_display() if reply else "",
        reply.lead.short_name if reply and reply.lead else "",
        reply.text if reply else "",
    ]
