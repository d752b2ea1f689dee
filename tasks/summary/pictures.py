"""The pictures of the summary and of a commune's sheet, each with the sentence that says what it shows."""

from collections.abc import Sequence

from criteria.charts import FONTS, LINE_HEIGHT, NARROW, WIDTH, Bar, Chart, Mark, bar_chart, line_chart
from ntm_tracker.lib import typeface
from ntm_tracker.lib.clock import vn_date
from ntm_tracker.lib.figures import vn_decimal
from tasks.summary.selectors import Course, Summary, SummaryRow

# In documents the letters are our own, so that every machine sets the same PDF.
DOCUMENT_FONTS = f'"{typeface.FAMILY}", "Times New Roman", "Liberation Serif", serif'
USUAL, SMALL, SMALLEST = (WIDTH, LINE_HEIGHT), (500, 190), (NARROW, 220)
# So many bars with their axis stand on one upright sheet.
MOST_BARS = 40


def communes_chart(summary: Summary, fonts: str = FONTS, *, is_narrow: bool = False) -> Chart:
    """The criteria met by each commune, the most first."""
    rows = [row for row in summary.by_progress if row.is_known]
    whole = len(summary.criteria)
    finding = "Chưa có xã nào để so sánh."
    if rows:
        first, last = rows[0], rows[-1]
        finding = (
            f"Số tiêu chí đạt của {len(rows)} xã: "
            f"nhiều nhất {first.commune.name} ({first.progress.criteria_met}/{whole}), "
            f"ít nhất {last.commune.name} ({last.progress.criteria_met}/{whole}), "
            f"trung bình {vn_decimal(summary.totals.criteria_mean, 1)}."
        )
    return _bars(rows, whole, finding, fonts, NARROW if is_narrow else WIDTH)


def communes_charts(summary: Summary, fonts: str = FONTS, most: int = MOST_BARS) -> list[Chart]:
    """The same in pictures of at most `most` bars, since a sheet of paper cuts off what is higher than itself."""
    rows = [row for row in summary.by_progress if row.is_known]
    if len(rows) <= most:
        return [communes_chart(summary, fonts)]
    charts = []
    for start in range(0, len(rows), most):
        part = rows[start : start + most]
        finding = f"Số tiêu chí đạt của xã thứ {start + 1} đến {start + len(part)} trong {len(rows)} xã."
        charts.append(_bars(part, len(summary.criteria), finding, fonts))
    return charts


def _bars(rows: Sequence[SummaryRow], whole: int, finding: str, fonts: str, width: int = WIDTH) -> Chart:
    bars = [Bar(row.commune.name, row.progress.criteria_met) for row in rows]
    title = "Số tiêu chí đạt của từng xã"
    return bar_chart(bars, title=title, whole=whole, finding=finding, fonts=fonts, width=width)


def criteria_chart(summary: Summary, fonts: str = FONTS, *, is_narrow: bool = False) -> Chart:
    """How many communes lack each criterion, the most lacking first."""
    rows = summary.hardest
    finding = "Không còn tiêu chí nào chưa đạt." if summary.totals.known else "Chưa xã nào được đánh giá."
    if rows:
        named = ", ".join(f"{row.criterion.name} ({row.communes.missing} xã)" for row in rows[:3])
        finding = f"Tiêu chí còn nhiều xã chưa đạt nhất: {named}."
    bars = [Bar(f"{row.criterion.number}. {row.criterion.short_name}", row.communes.missing) for row in rows]
    return bar_chart(
        bars,
        title="Số xã chưa đạt từng tiêu chí",
        whole=summary.totals.known,
        finding=finding,
        tone="overdue",
        fonts=fonts,
        width=NARROW if is_narrow else WIDTH,
    )


def trend_chart(summary: Summary, fonts: str = FONTS, *, is_narrow: bool = False) -> Chart:
    """The criteria met on average, month by month."""
    points = list(summary.trend)
    finding = "Chưa có số liệu qua các tháng."
    if points:
        (first, start), (last, end) = points[0], points[-1]
        finding = (
            f"Số tiêu chí đạt bình quân của các xã có số liệu: {vn_decimal(start, 1)} vào {vn_date(first)}, "
            f"{vn_decimal(end, 1)} vào {vn_date(last)}."
        )
    title = "Số tiêu chí đạt bình quân qua các tháng"
    size = SMALLEST if is_narrow else USUAL
    return line_chart(points, title=title, whole=len(summary.criteria), finding=finding, fonts=fonts, size=size)


def course_chart(course: Course, fonts: str = FONTS, size: tuple[int, int] = USUAL) -> Chart:
    """The criteria met by one commune, month by month, with the sessions whose notices were issued."""
    finding = f"Chưa có số liệu của {course.commune}."
    if course.points:
        (first, start), (last, end) = course.points[0], course.points[-1]
        finding = f"{course.commune}: {start} tiêu chí đạt vào {vn_date(first)}, {end} vào {vn_date(last)}".replace(
            "xã ", "Xã ", 1
        )
        sessions = ", ".join(f"{row.sign} ({vn_date(row.session_on)})" for row in reversed(course.notices))
        finding += f"; phiên làm việc: {sessions}." if sessions else "."
    return line_chart(
        course.points,
        title=f"Số tiêu chí đạt của {course.commune}",
        whole=course.criteria_total,
        finding=finding,
        marks=[Mark(row.session_on, row.sign) for row in course.notices],
        fonts=fonts,
        size=size,
    )
