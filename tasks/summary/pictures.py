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
# So many criteria are named in the sentence.
HARDEST = 3


def communes_chart(summary: Summary, fonts: str = FONTS, *, is_narrow: bool = False) -> Chart:
    """The criteria met by each commune, the most first."""
    rows = [row for row in summary.by_progress if row.is_known]
    whole = len(summary.criteria)
    finding = "Chưa có xã nào để so sánh."
    if rows:
        most, least = _with_as_many(rows, rows[0]), _with_as_many(rows, rows[-1])
        told = f"nhiều nhất {_named(most, whole)}, ít nhất {_named(least, whole)}"
        if len(most) == len(rows):
            told = f"mọi xã đều đạt {rows[0].progress.criteria_met}/{whole}"
        mean = vn_decimal(summary.totals.criteria_mean, 1)
        finding = f"Số tiêu chí đạt của {len(rows)} xã: {told}, trung bình {mean}."
    return _bars(rows, whole, finding, fonts, NARROW if is_narrow else WIDTH)


def _with_as_many(rows: Sequence[SummaryRow], one: SummaryRow) -> list[SummaryRow]:
    """Return those of `rows` that meet as many criteria as `one`."""
    return [row for row in rows if row.progress.criteria_met == one.progress.criteria_met]


def _named(rows: Sequence[SummaryRow], whole: int) -> str:
    """Name communes that meet as many criteria: "Hoa Sơn và Lĩnh Sơn (19/19)", "Hoa Sơn và 4 xã khác (19/19)"."""
    names = [row.commune.name for row in rows]
    told = " và ".join(names) if len(names) <= 2 else f"{names[0]} và {len(names) - 1} xã khác"
    return f"{told} ({rows[0].progress.criteria_met}/{whole})"


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
        named = ", ".join(f"{row.criterion.name} ({row.communes.missing} xã)" for row in rows[:HARDEST])
        last = rows[:HARDEST][-1].communes.missing
        equal = sum(row.communes.missing == last for row in rows[HARDEST:])
        also = f" và {equal} tiêu chí khác cũng {last} xã" if equal else ""
        finding = f"Tiêu chí còn nhiều xã chưa đạt nhất: {named}{also}."
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
        ends = points[:1] + points[1:][-1:]
        told = ", ".join(f"{vn_decimal(value, 1)} vào {vn_date(day)}" for day, value in ends)
        finding = f"Số tiêu chí đạt bình quân của các xã có số liệu: {told}."
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
