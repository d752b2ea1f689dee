"""The district summary as an official document and as a list; a commune's sheet in the words of its one page."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from criteria.charts import Chart
from criteria.deadlines import covered_days
from criteria.downloads import BY_HAND, DEMONSTRATION, FILED, letterhead_of
from criteria.scoring import Progress
from criteria.selectors import CriterionState
from criteria.selectors.history import Difference
from ntm_tracker.lib import typeface
from ntm_tracker.lib.clock import day_of, vn_date
from ntm_tracker.lib.figures import vn_decimal, vn_percent
from ntm_tracker.lib.official import (
    Block,
    Column,
    Dash,
    OfficialDocument,
    Paragraph,
    Table,
    picture,
    section,
)
from ntm_tracker.lib.workbook import Column as SheetColumn
from ntm_tracker.lib.workbook import Kind
from tasks.models import Proposal, Task
from tasks.summary.pictures import DOCUMENT_FONTS, SMALL, communes_charts, course_chart, criteria_chart, trend_chart
from tasks.summary.selectors import Sheet, Summary, SummaryRow

NOTHING_KNOWN = "–"
# The work of no single commune, so that the columns add up.
COMMON_TASKS = "Nhiệm vụ chung"
# More single changes than these would make the report a list; all of them stand on the page of changes.
MOST_CHANGES = 20


def summary_document(summary: Summary) -> OfficialDocument:
    """Return the report on the summary, without number and name: whoever signs gives them."""
    return OfficialDocument(
        kind="BÁO CÁO",
        symbol="BC-UBND",
        subject=f"Tình hình thực hiện bộ tiêu chí xã nông thôn mới {summary.period.label}, {summary.authority}",
        letterhead=letterhead_of(summary.authority),
        signature=BY_HAND,
        month=summary.period.month or summary.period.until.replace(day=1),
        body=tuple(_body(summary)),
        recipients=FILED,
    )


def summary_title(summary: Summary) -> str:
    """ "Tổng hợp nông thôn mới - huyện Anh Sơn - tháng 4/2023"."""
    units = " - theo đơn vị hiện nay" if summary.by_todays_map else ""
    return f"Tổng hợp nông thôn mới - {summary.authority} - {summary.period.label}{units}"


def _body(summary: Summary) -> Iterable[Block]:
    yield from section("Kết quả chung", [Paragraph(text) for text in overview(summary)])
    pictures = communes_charts(summary, DOCUMENT_FONTS)
    yield from section("Kết quả của các xã", [communes_table(summary)], *map(_drawn, pictures))
    if summary.hardest:
        picture_of_criteria = _drawn(criteria_chart(summary, DOCUMENT_FONTS))
        yield from section("Tiêu chí còn nhiều xã chưa đạt", [criteria_table(summary)], picture_of_criteria)
    yield from section("Diễn biến", _drawn(trend_chart(summary, DOCUMENT_FONTS)))
    yield from section("Thay đổi trong kỳ", [Dash(text) for text in notable(summary)])


def _drawn(chart: Chart) -> list[Block]:
    return [picture(chart.svg, chart.finding, chart.title) if chart.svg else Paragraph(chart.finding)]


def overview(summary: Summary) -> list[str]:
    """Return the sentences that say how the district stands."""
    period, totals = summary.period, summary.totals
    until = f"Số liệu đến hết ngày {vn_date(period.until)}"
    if period.is_running and period.month:
        until += f"; kỳ báo cáo còn đến hết ngày {vn_date(covered_days(period.month)[1])}"
    texts = [f"Kỳ báo cáo từ ngày {vn_date(period.first_day)}. {until}.", _standing(summary)]
    if totals.unknown and totals.known:
        texts.append(f"{totals.unknown} xã chưa có số liệu, không tính vào bình quân và số xã chưa đạt từng tiêu chí.")
    if totals.partial:
        texts.append(f"{totals.partial} xã mới được đánh giá một phần; nội dung chưa đánh giá tính là chưa đạt.")
    if summary.other_set:
        day = vn_date(period.since)
        texts.append(f"Ngày {day} tính theo bộ tiêu chí khác ({summary.other_set}) nên không so sánh được.")
    if summary.by_todays_map:
        texts.append(
            "Số liệu tính theo đơn vị hành chính hiện nay: đơn vị sáp nhập đạt một nội dung khi mọi xã cũ đều đạt."
        )
    if summary.is_whole:
        texts.append(
            f"Đang thực hiện {summary.open_tasks} nhiệm vụ, trong đó {summary.overdue_tasks} quá hạn; "
            f"{summary.unanswered} kiến nghị của xã chưa được trả lời."
        )
    return [*([f"{DEMONSTRATION}"] if summary.holds_demonstration else []), *texts]


def _standing(summary: Summary) -> str:
    """Return how many criteria and sub-items the communes meet, or that there was no set to measure them by."""
    totals, progress = summary.totals, summary.totals.progress
    if summary.criteria_set is None:
        return f"Ngày {vn_date(summary.period.until)} không có bộ tiêu chí nào có hiệu lực nên không tính kết quả."
    if not totals.known:
        return "Chưa xã nào được đánh giá."
    return (
        f"{totals.complete}/{totals.communes} xã đạt đủ tiêu chí. Bình quân mỗi xã đạt "
        f"{vn_decimal(totals.criteria_mean, 1)}/{len(summary.criteria)} tiêu chí; cộng các xã "
        f"đạt {vn_decimal(progress.sub_items_met)}/{vn_decimal(progress.sub_items_total)} nội dung "
        f"({vn_percent(progress.sub_items_met, progress.sub_items_total)})."
    )


def notable(summary: Summary) -> list[str]:
    """Return what changed in the period: criteria first, then what was lost, then how much was gained."""
    if summary.other_set:
        return ["Không so sánh được với đầu kỳ vì khi đó theo bộ tiêu chí khác."]
    texts = [
        f"{_unit(row.commune)} {'đạt thêm' if row.is_met else 'không còn đạt'} tiêu chí {row.criterion.number} "
        f"({row.criterion.name})."
        for row in summary.crossings
    ]
    losses = [row for row in summary.differences if row.is_loss]
    texts += [f"{_unit(row.commune)} không còn đạt nội dung {_named(row)}{_why(row)}." for row in losses]
    hidden = len(texts) - MOST_CHANGES
    texts = texts[:MOST_CHANGES]
    if hidden > 0:
        texts.append(f"Và {hidden} thay đổi khác.")
    gains = sum(row.is_gain and not row.is_first for row in summary.differences)
    first = len({row.commune.pk for row in summary.differences if row.is_first})
    texts.append(f"Các xã đạt thêm {gains} nội dung." if gains else "Không có nội dung nào đạt thêm.")
    if first:
        texts.append(f"{first} xã được đánh giá lần đầu nội dung trong kỳ, chưa có số liệu kỳ trước để so sánh.")
    return texts


def _unit(commune: object) -> str:
    text = str(commune)
    return f"{text[0].upper()}{text[1:]}"


def _named(row: Difference) -> str:
    """Return "17.6 (Tỷ lệ chất thải rắn sinh hoạt…)"."""
    return f"{row.sub_item.official_code} ({shortened(row.sub_item.name, NAME_SIGNS)})"


def _why(row: Difference) -> str:
    return f": {row.change.reason.rstrip('. ')}" if row.change.reason else ""


def signed(number: int | None) -> str:
    """Return "+2", "–1", "0"; None, of which nothing is known, as a dash."""
    if number is None:
        return NOTHING_KNOWN
    return f"+{number}" if number > 0 else str(number).replace("-", "–")


def communes_table(summary: Summary) -> Table:
    """Return the communes in the order of the page: those with the most criteria first."""
    columns = (
        Column("TT", 7, "center"),
        Column("Xã", 24),
        Column("Tiêu chí đạt", 13, "center"),
        Column("Nội dung đạt", 27, "center"),
        Column("Tiêu chí tăng, giảm", 14, "center"),
        Column("Nhiệm vụ đang làm", 14, "center"),
        Column("Nhiệm vụ quá hạn", 14, "center"),
        Column("Kiến nghị chưa trả lời", 16, "center"),
    )
    several = summary.has_several_authorities
    rows = [_commune_cells(place, row, several) for place, row in enumerate(summary.by_progress, 1)]
    if summary.is_whole:
        if summary.common_tasks:
            rows.append(("", COMMON_TASKS, "", "", "", str(summary.common_tasks), str(summary.common_overdue), ""))
        rows.append(_total_cells(summary))
    return Table(columns, tuple(rows), is_dense=True)


def _commune_cells(place: int, row: SummaryRow, names_authority: bool) -> tuple[str, ...]:
    progress, unit = row.progress, row.commune
    sub_items = f"{progress.sub_items_met}/{progress.sub_items_total}"
    share = vn_percent(progress.sub_items_met, progress.sub_items_total)
    return (
        str(place),
        f"{unit.name} ({unit.authority})" if names_authority else unit.name,
        f"{progress.criteria_met}/{progress.criteria_total}" if row.is_known else NOTHING_KNOWN,
        f"{sub_items} ({share})" if row.is_known else "chưa có số liệu",
        signed(row.criteria_gained),
        str(row.open_tasks),
        str(row.overdue_tasks),
        str(row.unanswered),
    )


def _total_cells(summary: Summary) -> tuple[str, ...]:
    progress = summary.totals.progress
    share = vn_percent(progress.sub_items_met, progress.sub_items_total)
    reached = (
        f"{vn_decimal(progress.criteria_met)}/{vn_decimal(progress.criteria_total)}",
        f"{vn_decimal(progress.sub_items_met)}/{vn_decimal(progress.sub_items_total)} ({share})",
    )
    return (
        "",
        f"Cộng {len(summary.rows)} xã",
        *(reached if summary.totals.known else (NOTHING_KNOWN, NOTHING_KNOWN)),
        signed(summary.totals.criteria_gained),
        str(summary.open_tasks),
        str(summary.overdue_tasks),
        str(summary.unanswered),
    )


def criteria_table(summary: Summary) -> Table:
    columns = (
        Column("TT", 8, "center"),
        Column("Tiêu chí", 70),
        Column("Số xã đạt", 18, "center"),
        Column("Số xã chưa đạt", 18, "center"),
        Column("Tăng, giảm trong kỳ", 18, "center"),
    )
    rows = tuple(
        (
            str(row.criterion.number),
            row.criterion.name,
            str(row.communes.met),
            str(row.communes.missing),
            signed(row.gained),
        )
        for row in summary.hardest
    )
    return Table(columns, rows, is_dense=True)


# The workbook


def summary_columns(summary: Summary) -> list[SheetColumn]:
    return [
        SheetColumn("Mã", Kind.TEXT, 8),
        SheetColumn("Xã", Kind.TEXT, 20),
        *([SheetColumn("Cơ quan chỉ đạo", Kind.TEXT, 20)] if summary.has_several_authorities else []),
        SheetColumn("Tiêu chí đạt", Kind.NUMBER, 11),
        SheetColumn("Trên tổng số", Kind.NUMBER, 11),
        SheetColumn("Tỷ lệ", Kind.PERCENT, 9),
        SheetColumn("Nội dung đạt", Kind.NUMBER, 11),
        SheetColumn("Trên tổng số nội dung", Kind.NUMBER, 11),
        SheetColumn("Tỷ lệ nội dung", Kind.PERCENT, 9),
        SheetColumn("Tiêu chí tăng, giảm", Kind.NUMBER, 12, note="Trống: đầu kỳ chưa có số liệu theo bộ này."),
        SheetColumn("Nội dung tăng, giảm", Kind.NUMBER, 12, note="Trống: đầu kỳ chưa có số liệu theo bộ này."),
        SheetColumn("Nhiệm vụ đang làm", Kind.NUMBER, 12),
        SheetColumn("Nhiệm vụ quá hạn", Kind.NUMBER, 12),
        SheetColumn("Kiến nghị chưa trả lời", Kind.NUMBER, 12),
        SheetColumn("Ghi chú", Kind.TEXT, 18),
    ]


def summary_rows(summary: Summary) -> list[tuple[str | int | float | None, ...]]:
    """Return the rows of the communes in the order of the page."""
    several = summary.has_several_authorities
    return [
        (
            row.commune.code,
            str(row.commune),
            *([str(row.commune.authority)] if several else []),
            *_figures(row.progress, is_known=row.is_known),
            row.criteria_gained,
            row.sub_items_gained,
            row.open_tasks,
            row.overdue_tasks,
            row.unanswered,
            _note(row),
        )
        for row in summary.by_progress
    ]


def summary_totals(summary: Summary) -> list[tuple[str | int | float | None, ...]]:
    """Return the rows below those of the communes: of common work and, where the communes are all, their sum."""
    rows: list[tuple[str | int | float | None, ...]] = []
    room = [""] * summary.has_several_authorities
    if summary.common_tasks:
        nothing = (None,) * 8
        rows.append(("", COMMON_TASKS, *room, *nothing, summary.common_tasks, summary.common_overdue, None, ""))
    if not summary.is_whole:
        return rows
    whole = summary.totals
    figures = (*_figures(whole.progress), whole.criteria_gained, summary.sub_items_gained)
    counts = (summary.open_tasks, summary.overdue_tasks, summary.unanswered)
    return [*rows, ("", f"Cộng {len(summary.rows)} xã", *room, *figures, *counts, "")]


def _figures(progress: Progress, *, is_known: bool = True) -> tuple[int | float | None, ...]:
    """Return met, all and the share of criteria, then of sub-items; of a commune without findings only all."""
    pairs = (
        (progress.criteria_met, progress.criteria_total),
        (progress.sub_items_met, progress.sub_items_total),
    )
    figures: list[int | float | None] = []
    for met, total in pairs:
        figures += [met, total, met / total if total else None] if is_known else [None, total, None]
    return tuple(figures)


def _note(row: SummaryRow) -> str:
    parts = (
        "" if row.is_known else "chưa có số liệu",
        "số liệu minh họa" if row.commune.is_demonstration else "",
    )
    return "; ".join(part for part in parts if part)


# The sheet of one commune: one A4 page whatever there is to say


@dataclass(frozen=True)
class SheetList:
    """A heading with its lines, cut to what the page holds; `empty` stands where there is nothing."""

    title: str
    lines: tuple[str, ...]
    rest: str
    empty: str


@dataclass(frozen=True)
class SheetPage:
    """The sheet in words; a line of a single day is no picture."""

    sheet: Sheet
    since: str
    changes: SheetList
    missing: SheetList
    overdue: SheetList
    proposals: SheetList
    picture: str
    finding: str
    demonstration: str

    @property
    def title(self) -> str:
        return f"{_unit(self.sheet.commune)}: tình hình nông thôn mới"

    @property
    def lists(self) -> tuple[SheetList, ...]:
        return (self.changes, self.missing, self.overdue, self.proposals)


# At least so many signs of a text stay before whole lines go, and so many of the name of a sub-item.
FEWEST_SIGNS, NAME_SIGNS = 150, 55
MOST_LINES, FEWEST_LINES = 40, 2
# More than the whole page holds.
PAGE_SIGNS = 5000
# The page in points, as css/leaf.css sets it: its height less a reserve, its lines, and what stands above the lists.
PAGE_HEIGHT, LINE_HEIGHT = 768 - 8, 13.125
TEXT_WIDTH, ITEM_WIDTH = 498, 487
PAGE_HEAD, TITLE_LINE, FIGURES, PICTURE = 17 + 7 + 6, 21.25, 85, 127
SECTION_HEAD, LIST_GAP, ITEM_GAP = 23, 2, 1.5


def sheet_page(sheet: Sheet) -> SheetPage:
    """Return the sheet's one page: every text whole where they fit on it together, else as long as they do.

    Texts get shorter before whole lines are left out.
    """
    chart = course_chart(sheet.course, DOCUMENT_FONTS, SMALL)
    longest = max(map(len, _texts(_page(sheet, chart, MOST_LINES, PAGE_SIGNS))), default=0)
    most = _highest(FEWEST_LINES, MOST_LINES, lambda most: _fits(_page(sheet, chart, most, FEWEST_SIGNS)))
    signs = _highest(FEWEST_SIGNS, longest, lambda signs: _fits(_page(sheet, chart, most, signs)))
    return _page(sheet, chart, most, signs)


def _highest(low: int, high: int, fits: Callable[[int], bool]) -> int:
    """Return the highest number from `low` to `high` that fits; `low` where none does."""
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _fits(page: SheetPage) -> bool:
    """Tell whether the page's texts fit on one A4 sheet, by the widths of the letters."""
    head = PAGE_HEAD + (PICTURE if page.picture else FIGURES) + LINE_HEIGHT * bool(page.demonstration)
    title = TITLE_LINE * typeface.count_lines(page.title, 17, TEXT_WIDTH, "bold")
    since = LINE_HEIGHT * typeface.count_lines(page.since, 10.5, TEXT_WIDTH)
    return head + title + since + sum(map(_height, page.lists)) <= PAGE_HEIGHT


def _height(part: SheetList) -> float:
    """Return how many points a list takes with its heading."""
    lines = sum(typeface.count_lines(text, 10.5, ITEM_WIDTH) for text in part.lines)
    others = bool(part.rest) + bool(part.empty and not part.lines)
    return SECTION_HEAD + LIST_GAP + ITEM_GAP * len(part.lines) + LINE_HEIGHT * (lines + others)


def _texts(page: SheetPage) -> list[str]:
    return [line for part in page.lists for line in part.lines]


def _page(sheet: Sheet, chart: Chart, most: int, signs: int) -> SheetPage:
    """Return the page with at most so many lines in each list, and so many signs in each line."""
    state = sheet.state
    return SheetPage(
        sheet=sheet,
        since=_since(sheet),
        changes=_cut(
            "Thay đổi so với phiên làm việc trước" if sheet.last_notice else "Thay đổi trong một tháng qua",
            [_change(row, signs) for row in [*sheet.losses, *sheet.gains]], most,
            "thay đổi", _nothing_lost_or_gained(sheet),
        ),
        missing=_cut(
            f"Còn thiếu {state.progress.criteria_missing} tiêu chí, {state.progress.sub_items_missing} nội dung"
            if state.is_known else "Còn thiếu",
            [_missing(row, signs) for row in state.unmet] if state.is_known else [], most,
            "tiêu chí", "Đã đạt mọi tiêu chí." if state.is_known else "Chưa có số liệu.",
        ),
        overdue=_cut(
            f"Nhiệm vụ quá hạn: {len(sheet.overdue)} trong {sheet.open_tasks} nhiệm vụ đang thực hiện"
            if sheet.open_tasks else "Nhiệm vụ quá hạn",
            [_task(task, signs) for task in sheet.overdue], most,
            "nhiệm vụ", "Không có nhiệm vụ quá hạn." if sheet.open_tasks else "Không có nhiệm vụ nào đang thực hiện.",
        ),
        proposals=_cut(
            f"Kiến nghị chưa trả lời: {len(sheet.proposals)}" if sheet.proposals else "Kiến nghị chưa trả lời",
            [_proposal(row, signs) for row in sheet.proposals], most, "kiến nghị",
            "Không có kiến nghị chờ trả lời.",
        ),
        picture=picture(chart.svg, "").address if len(sheet.course.points) > 1 else "",
        finding=chart.finding,
        demonstration=DEMONSTRATION if sheet.commune.is_demonstration else "",
    )  # fmt: skip


def sheet_title(sheet: Sheet) -> str:
    """ "Phiếu làm việc - xã Khai Sơn - 10/4/2023"."""
    return f"Phiếu làm việc - {sheet.commune} - {vn_date(sheet.day)}"


def _since(sheet: Sheet) -> str:
    start = (
        f"Từ phiên làm việc ngày {vn_date(sheet.since)} (thông báo {sheet.last_notice.sign})"
        if sheet.last_notice
        else f"Từ {vn_date(sheet.since)} (chưa có phiên làm việc nào được thông báo)"
    )
    if sheet.other:
        then = f"{sheet.other.progress.criteria_phrase} theo bộ tiêu chí khác ({sheet.other.criteria_set})"
        return f"{start}: khi đó {then}, không so sánh được."
    if sheet.before is None:
        return f"{start}: chưa có số liệu khi đó để so sánh."
    now = sheet.state.progress
    first = f"; {sheet.first_findings} nội dung được đánh giá lần đầu" if sheet.first_findings else ""
    return (
        f"{start}: {sheet.before.criteria_met} → {now.criteria_met} tiêu chí, "
        f"{sheet.before.sub_items_met} → {now.sub_items_met} nội dung{first}."
    )


def _nothing_lost_or_gained(sheet: Sheet) -> str:
    """Return what stands in place of the changes; of days that can't be compared, nothing."""
    if sheet.before is None:
        return ""
    if sheet.differences:
        return "Không có nội dung nào chuyển từ chưa đạt sang đạt hoặc ngược lại."
    return "Không có thay đổi nào."


def _cut(title: str, lines: Sequence[str], most: int, noun: str, empty: str) -> SheetList:
    """Keep at most `most` lines and say how many more there are."""
    kept = lines if len(lines) <= most else lines[:most]
    rest = f"… và {len(lines) - len(kept)} {noun} khác" if len(kept) < len(lines) else ""
    return SheetList(title, tuple(kept), rest, empty)


def shortened(text: str, most: int) -> str:
    """Return `text` in at most `most` signs, cut between words."""
    plain = " ".join(text.split())
    if len(plain) <= most:
        return plain
    return f"{plain[: most - 1].rsplit(' ', 1)[0].rstrip(' ,;:.')}…"


def _missing(row: CriterionState, signs: int) -> str:
    """Return a criterion with the sub-items that hold it back: their names as long as the line has room."""
    head = f"{row.criterion.number}. {row.criterion.short_name} ({row.score.met}/{row.score.total}): "
    whole = head + "; ".join(f"{item.sub_item.official_code} {item.sub_item.name}" for item in row.missing)
    if len(whole) <= signs:
        return whole
    room = max(NAME_SIGNS, (signs - len(head)) // len(row.missing) - 8)
    names = [f"{item.sub_item.official_code} {shortened(item.sub_item.name, room)}" for item in row.missing]
    kept = 1
    while kept < len(names) and len(head) + len("; ".join(names[: kept + 1])) <= signs:
        kept += 1
    rest = f"; và {len(names) - kept} nội dung khác" if kept < len(names) else ""
    return f"{head}{'; '.join(names[:kept])}{rest}"


def _change(row: Difference, signs: int) -> str:
    word = "Không còn đạt" if row.is_loss else "Thêm đạt"
    return _dated(f"{word} {row.sub_item.official_code} {row.sub_item.name}", vn_date(day_of(row.change.at)), signs)


def _task(task: Task, signs: int) -> str:
    lead = getattr(task.lead, "short_name", "") or str(task.lead)
    due = task.current_due  # type: ignore[attr-defined]
    return _dated(task.text, f"hạn {vn_date(due)}, {lead}" if due else lead, signs)


def _proposal(proposal: Proposal, signs: int) -> str:
    return _dated(proposal.text, vn_date(proposal.made_on), signs)


def _dated(text: str, days: str, signs: int) -> str:
    """Return "text (days)" in at most so many signs: only the text is cut."""
    return f"{shortened(text.rstrip(' .'), signs - len(days) - 3)} ({days})"
