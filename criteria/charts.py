"""Pictures of progress, drawn by pygal: values in, SVG out. No database.

Every picture brings its own light paper, so it reads on a dark page and in print, and holds neither
script nor foreign address nor anything that changes from one drawing to the next. It belongs beside a
table with the same figures; `Chart.finding` is its text for those who listen to the page.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ntm_tracker.lib.clock import vn_date
from ntm_tracker.lib.figures import vn_decimal

# The roles of `static/css/tokens.css`, light; a test holds both to the same values.
COLOURS = {
    "surface": "#ffffff",
    "ink": "#1c2430",
    "hairline": "#d9ded6",
    "accent": "#1f6f4a",
    "overdue": "#b3261e",
    "attention": "#885a00",
}
FONTS = '"Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, "Liberation Sans", system-ui, sans-serif'
WIDTH = 760
# On a phone a picture of the whole width would shrink until nobody reads it.
NARROW = 340
ROW = 22  # height of a bar with its gap
HEAD = 50  # room for the axis
LINE_HEIGHT = 300
MONTH_ROOM = 100  # pixels for the name of a month
# pygal knows a picture by this name; a random one would make the same figures another file each time.
NAME = "ntm"
GAP = "\N{NO-BREAK SPACE}" * 4


@dataclass(frozen=True)
class Bar:
    """One bar: its label and how much of the whole it reaches."""

    label: str
    value: int


@dataclass(frozen=True)
class Mark:
    """A day on a line that is named: the session of a notice."""

    day: date
    label: str


@dataclass(frozen=True)
class Chart:
    """A finished picture with its title and the sentence that says what it shows.

    `svg` is empty where there is nothing to draw: no bar, or no two points for a line.
    """

    svg: bytes
    finding: str
    title: str


def bar_chart(
    bars: Sequence[Bar],
    *,
    title: str,
    whole: int,
    finding: str,
    tone: str = "accent",
    fonts: str = FONTS,
    width: int = WIDTH,
) -> Chart:
    """Return horizontal bars in the order given, the first one on top, on an axis from 0 to `whole`."""
    if not bars:
        return Chart(b"", finding, title)
    pygal = _library()
    chart = pygal.HorizontalBar(
        pygal.Config(**_settings(width, HEAD + ROW * max(len(bars), 2))),
        style=_style(fonts, tone),
        range=(0, max(whole, 1)),
        y_labels=_steps(whole),
        print_values=True,
        print_values_position="top",
        spacing=18,
    )
    chart.x_labels = [bar.label for bar in reversed(bars)]
    chart.add("", [bar.value for bar in reversed(bars)])
    return Chart(_drawn(chart, title), finding, title)


def line_chart(
    points: Sequence[tuple[date, Decimal | int]],
    *,
    title: str,
    whole: int,
    finding: str,
    marks: Sequence[Mark] = (),
    fonts: str = FONTS,
    size: tuple[int, int] = (WIDTH, LINE_HEIGHT),
) -> Chart:
    """Return the values over time, oldest first, on an axis from 0 to `whole`.

    Each of `marks` is a larger dot with its label, where its day has a value.
    """
    if len(points) < 2:
        return Chart(b"", finding, title)
    pygal = _library()
    chart = pygal.DateLine(
        pygal.Config(**_settings(*size)),
        style=_style(fonts, "accent", "attention"),
        range=(0, max(whole, 1)),
        y_labels=_steps(whole),
        x_value_formatter=_month_label,
        x_labels=_month_starts(points, size[0] // MONTH_ROOM),
        dots_size=3,
        print_labels=True,
        truncate_label=-1,
    )
    chart.add("", [(day, float(value)) for day, value in points])
    known = dict(points)
    chart.add(
        "",
        [{"value": (mark.day, float(known[mark.day])), "label": mark.label} for mark in marks if mark.day in known],
        stroke=False,
        dots_size=6,
    )
    return Chart(_drawn(chart, title), finding, title)


def _library() -> Any:
    """Return pygal without the import hook that it leaves behind for its maps.

    The hook is of a kind that Python gave up: with it, every later import of a missing module warns.
    """
    import pygal

    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != pygal.__name__]
    return pygal


def _settings(width: int, height: int) -> dict[str, Any]:
    return {
        "width": width,
        "height": height,
        "title": None,
        "js": [],
        "show_legend": False,
        "explicit_size": True,
        "pretty_print": False,
        "truncate_label": -1,
        "margin": 8,
        "margin_right": 30,
        "value_formatter": _figure,
    }


def _style(fonts: str, *tones: str) -> Any:
    from pygal.style import Style

    ink, rule = COLOURS["ink"], COLOURS["hairline"]
    return Style(
        background=COLOURS["surface"],
        plot_background=COLOURS["surface"],
        foreground=ink,
        foreground_strong=ink,
        foreground_subtle=rule,
        guide_stroke_color=rule,
        major_guide_stroke_color=rule,
        guide_stroke_dasharray="0",
        major_guide_stroke_dasharray="0",
        opacity="1",
        opacity_hover="1",
        stroke_width="2",
        stroke_opacity="1",
        transition="none",
        font_family=fonts,
        label_font_size=13,
        major_label_font_size=13,
        value_font_size=13,
        value_label_font_size=12,
        colors=tuple(COLOURS[tone] for tone in tones),
        value_colors=(ink,) * len(tones),
    )


def _cleaner(title: str) -> Any:
    """Return the filter that leaves only the drawing: pygal adds a script, comments with today's day, tooltips."""

    def clean(root: Any) -> Any:
        for node in list(root.iter()):
            is_comment = not isinstance(node.tag, str)
            name = "" if is_comment else node.tag.rpartition("}")[2]
            if is_comment or name in ("script", "desc") or node.get("class") == "tooltip-overlay":
                parent = node.getparent()
                if parent is not None:
                    parent.remove(node)
            elif name == "title":
                node.text = title
        return root

    return clean


def _drawn(chart: Any, title: str) -> bytes:
    chart.uuid = NAME
    chart.add_xml_filter(_cleaner(title))
    return chart.render()


def _figure(value: Any) -> str:
    """Return a value as it stands at the end of its bar: the blanks keep it off the bar."""
    text = vn_decimal(Decimal(str(value)), None if float(value).is_integer() else 1)
    return f"{GAP}{text}"


def _steps(whole: int) -> list[dict[str, Any]]:
    """Return the figures of the axis: about five even steps, and the whole itself."""
    step = max(1, round(whole / 4))
    steps = list(range(0, whole, step))
    if len(steps) > 1 and whole - steps[-1] < step / 2:
        steps.pop()
    return [{"value": step, "label": str(step)} for step in [*steps, whole]]


def _month_starts(points: Sequence[tuple[date, Any]], most: int) -> list[date]:
    """Return the first day of every month that the line crosses, at most about `most` of them."""
    if not points:
        return []
    first, last = points[0][0], points[-1][0]
    months, day = [], first.replace(day=1)
    while day <= last:
        if day >= first:
            months.append(day)
        day = (day + timedelta(days=31)).replace(day=1)
    step = -(-len(months) // max(most, 1))
    return months[::-1][:: max(step, 1)][::-1] or [first]


def _month_label(day: Any) -> str:
    """Return "4/2023" for a first of a month, else the whole day."""
    return f"{day.month}/{day.year}" if day.day == 1 else vn_date(day)
