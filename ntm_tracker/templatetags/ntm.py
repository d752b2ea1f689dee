"""Filters and tags of every template: dates and figures as officials write them, signs of state, small pictures.

What draws (`status`, `progress`, `trend`) is plain Python that returns safe markup, so that a long table
can be joined in Python from the same signs that the templates use.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django import template
from django.template import RequestContext
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

from ntm_tracker.lib import clock, figures

register = template.Library()

# Up to this total a progress bar shows its units one by one: 19 criteria can be counted, 57 sub-items can't.
COUNTABLE = 24
TREND_WIDTH, TREND_HEIGHT, TREND_MARGIN = 120, 32, 4


class State(NamedTuple):
    """How one state is shown: a symbol of `includes/signs.html`, the tone of its colour, its word."""

    sign: str
    tone: str
    word: str


STATES = {
    "met": State("met", "good", "Đạt"),
    "not_met": State("not-met", "bad", "Chưa đạt"),
    "not_applicable": State("none", "neutral", "Không áp dụng"),
    "unassessed": State("unknown", "neutral", "Chưa đánh giá"),
    "pending": State("half", "attention", "Chờ thẩm định"),
    "overdue": State("overdue", "bad", "Quá hạn"),
    "late": State("overdue", "attention", "Gửi muộn"),
    "on_time": State("met", "good", "Đúng hạn"),
    "missing": State("empty", "neutral", "Chưa gửi"),
    "draft": State("empty", "neutral", "Đang soạn"),
    "submitted": State("half", "attention", "Đã gửi"),
    "returned": State("returned", "bad", "Đã trả lại"),
    "accepted": State("met", "good", "Đã chấp nhận"),
    "issued": State("met", "good", "Đã ban hành"),
    "revoked": State("revoked", "bad", "Đã thu hồi"),
    "open": State("half", "attention", "Đang thực hiện"),
    "done": State("met", "good", "Đã hoàn thành"),
}


@register.simple_tag
def page_of(commune: Any, name: str, *args: str, at: date | None = None) -> str:
    """Return the address of a page of `commune` on the day `at`; of one that has ended, on its last day."""
    return str(commune.page(name, *args, at=at))


@register.simple_tag(takes_context=True)
def cell_of(context: RequestContext, commune: Any, sub_item: Any, moment: date) -> str:
    """Return the address of the cell of `commune` and `sub_item`; of a unit that has ended, its page.

    Of a set that isn't the one in force it leads to the day of `moment`, or the nearest one on which the set was: in
    the set of today the code means something else. Where that day is still ahead, to the page of the commune.
    """
    set_out_of_use = context["sets_out_of_use"].get(sub_item.criterion.criteria_set_id)
    if set_out_of_use is None and not commune.has_ended:
        return str(commune.page("communes:cell", sub_item.code))
    day = clock.day_of(moment) if isinstance(moment, datetime) else moment
    there = set_out_of_use and set_out_of_use.day_near(day)
    if there is None or commune.has_ended:
        return str(commune.page("communes:detail"))
    return str(commune.page("communes:cell", sub_item.code, at=there))


@register.simple_tag
def code_in(criteria_set: Any, sub_item: Any) -> str:
    """Return "2.2"; of a sub-item of another set than the one that the page is about "2.2 (Bộ tiêu chí …)"."""
    own = sub_item.criterion.criteria_set
    return sub_item.official_code if own == criteria_set else f"{sub_item.official_code} ({own})"


@register.filter
def vn_date(value: date | None) -> str:
    """Return "05/4/2023"; of a moment, its day in Viet Nam; of nothing, nothing."""
    return clock.vn_date(_local(value)) if value else ""


@register.filter
def vn_datetime(value: datetime | None) -> str:
    """Return "09:41, 05/4/2023", Vietnamese time."""
    if not value:
        return ""
    moment = _local(value)
    return f"{moment:%H:%M}, {clock.vn_date(moment)}"


@register.filter
def vn_weekday(value: date | None) -> str:
    """Return "thứ Hai" … "Chủ nhật"."""
    return clock.vn_weekday(_local(value)) if value else ""


@register.filter
def vn_number(value: Decimal | int | None, places: int | None = None) -> str:
    """Return "28.500" or, with 1 as `places`, "63,2"."""
    return figures.vn_decimal(value, places)


@register.filter
def vn_amount(value: Decimal | int | None, unit: str) -> str:
    """Return "63,2%": `{{ value|vn_amount:sub_item.unit }}`."""
    return figures.vn_amount(value, unit)


@register.filter
def percent(part: int, whole: int) -> str:
    """Return "63,2%": `{{ met|percent:total }}`."""
    return figures.vn_percent(part, whole)


@register.simple_tag
def status(key: str, word: str = "", words: bool = True, days: int | None = None) -> SafeString:
    """Return the sign and the word of a state of `STATES`; an unknown one is a fault of the caller (KeyError).

    `word` replaces the usual word, `days` follows it ("Quá hạn 5 ngày"); without `words` only people who
    listen to the page are told the word.
    """
    text = word or STATES[str(key)].word
    return _status(str(key), text if days is None else f"{text} {days} ngày", words)


@lru_cache(maxsize=1024)
def _status(key: str, text: str, words: bool) -> SafeString:
    state = STATES[key]
    return format_html(
        '<span class="status {}"><svg class="sign" aria-hidden="true"><use href="#sign-{}"/></svg>'
        "<span{}>{}</span></span>",
        state.tone,
        state.sign,
        "" if words else mark_safe(' class="visually-hidden"'),
        text,
    )


@register.simple_tag(name="lucide")
@lru_cache(maxsize=256)
def icon(name: str, *, size: int | None = 24, **attributes: str) -> str:
    """Return a Lucide icon as SVG: `{% lucide "check" size=16 aria_hidden="true" %}`; the same one is drawn once."""
    return lucide(name, size=size, **attributes)


@register.simple_tag
def progress(met: int, total: int, unit: str = "", compact: bool = False) -> SafeString:
    """Return the count, the percentage and a bar: "12/19 tiêu chí · 63,2%"; `compact` leaves the percentage out."""
    share = "" if compact else format_html(' <span class="progress-share">{}</span>', figures.vn_percent(met, total))
    return format_html(
        '<span class="progress{}"><span class="progress-text"><strong>{}</strong>/{}{}{}</span>{}</span>',
        " compact" if compact else "",
        met,
        total,
        f" {unit}" if unit else "",
        share,
        _bar(met, total),
    )


@lru_cache(maxsize=512)
def _bar(met: int, total: int) -> SafeString:
    """Return the bar as SVG; widths are attributes, since the content policy allows no inline style."""
    units = total if 0 < total <= COUNTABLE else 0
    if units:
        done, rest = ("".join(f"M{at * 10} 0h9v6h-9z" for at in span) for span in (range(met), range(met, units)))
    else:
        edge = round(Decimal(met) * 1000 / total) if total else 0
        done, rest = f"M0 0h{edge}v6H0z", f"M{edge} 0H1000v6H{edge}z"
    return format_html(
        '<svg class="bar" viewBox="0 0 {} 6" preserveAspectRatio="none" aria-hidden="true">'
        '<path class="bar-rest" d="{}"/><path class="bar-done" d="{}"/></svg>',
        units * 10 - 1 if units else 1000,
        rest,
        done,
    )


@register.simple_tag
def trend(points: Sequence[tuple[str, int | Decimal]], total: int | None = None, label: str = "") -> SafeString:
    """Return a small line of (label, value) points, oldest first; of fewer than two, nothing.

    With `total` the height means 0 to total, else lowest to highest value. The text says the first and last value.
    """
    if len(points) < 2:
        return SafeString("")
    values = [value for _, value in points]
    places = _places(values, (0, total) if total else (min(values), max(values)))
    (first, start), (last, end) = points[0], points[-1]
    return format_html(
        '<svg class="trend" viewBox="0 0 {} {}" role="img" aria-label="{}{} {}, {} {}">'
        '<polyline points="{}"/><circle cx="{}" cy="{}" r="3"/></svg>',
        TREND_WIDTH,
        TREND_HEIGHT,
        f"{label}: " if label else "",
        first,
        figures.vn_decimal(start),
        last,
        figures.vn_decimal(end),
        " ".join(f"{x},{y}" for x, y in places),
        *places[-1],
    )


def _places(values: Sequence[int | Decimal], span: tuple[int | Decimal, int | Decimal]) -> list[tuple[float, float]]:
    """Return where the values lie in the picture; `span` is the lowest and the highest value that fit."""
    low, high = float(span[0]), float(span[1])
    step = (TREND_WIDTH - 2 * TREND_MARGIN) / (len(values) - 1)
    height = TREND_HEIGHT - 2 * TREND_MARGIN

    def depth(value: int | Decimal) -> float:
        return height / 2 if high == low else height * (high - float(value)) / (high - low)

    return [
        (round(TREND_MARGIN + at * step, 1), round(TREND_MARGIN + depth(value), 1)) for at, value in enumerate(values)
    ]


@register.simple_tag(takes_context=True)
def url_with(context: RequestContext, *pair: Any, **changes: Any) -> str:
    """Return the query of the present url with `changes`; None or "" removes a key, and the page starts anew.

    `{% url_with sort="name" %}`, or `{% url_with key value %}` where the key is a variable.
    """
    query = context["request"].GET.copy()
    if pair:
        key, value = pair
        changes[key] = value
    query.pop("page", None)
    for key, value in changes.items():
        if value in (None, ""):
            query.pop(key, None)
        else:
            query[key] = value
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def sorted_by(context: RequestContext, key: str) -> str:
    """Return "ascending", "descending" or "none": how the present url (`sort=key`, `sort=-key`) orders by `key`."""
    return {key: "ascending", f"-{key}": "descending"}.get(context["request"].GET.get("sort", ""), "none")


def _local(value: date) -> date:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value
