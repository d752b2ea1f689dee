"""Pictures of progress: what they hold, and what they must not."""

import re
import sys
from datetime import date

import pytest
from django.conf import settings

from criteria.charts import COLOURS, NARROW, WIDTH, Bar, Mark, bar_chart, line_chart

BARS = [Bar("Đỉnh Sơn", 19), Bar("Cao Sơn", 12)]
POINTS = [(date(2023, 1, 31), 10), (date(2023, 2, 22), 11), (date(2023, 2, 28), 12)]


def bars():
    return bar_chart(BARS, title="Số tiêu chí đạt", whole=19, finding="Đỉnh Sơn đạt nhiều nhất.").svg.decode()


def line(**options):
    return line_chart(POINTS, title="Số tiêu chí đạt", whole=19, finding="Tăng 2 tiêu chí.", **options).svg.decode()


def texts(svg):
    return [text.replace("\N{NO-BREAK SPACE}", "") for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]


def test_a_picture_holds_no_script_and_no_foreign_address():
    for svg in (bars(), line()):
        assert not re.search(r"<script|javascript|href=|url\(|@import|<!--", svg)
        assert set(re.findall(r"https?://[^\"' ]+", svg)) == {
            "http://www.w3.org/2000/svg",
            "http://www.w3.org/1999/xlink",
        }


def test_the_same_figures_give_the_same_bytes():
    assert bars() == bars()
    assert line() == line()


def test_bars_stand_in_the_order_given_with_their_figures():
    shown = texts(bars())
    assert shown.index("Cao Sơn") < shown.index("Đỉnh Sơn")  # pygal counts from the bottom
    assert {"19", "12"} <= set(shown)


def test_a_notice_is_named_on_the_line_where_its_day_has_a_value():
    assert "31/TB-UBND" in texts(line(marks=[Mark(date(2023, 2, 22), "31/TB-UBND")]))
    assert "31/TB-UBND" not in texts(line(marks=[Mark(date(2023, 2, 23), "31/TB-UBND")]))


def test_a_line_names_its_months():
    assert "2/2023" in texts(line())


def test_a_picture_for_a_phone_is_narrow_and_names_fewer_months():
    points = [(date(2022 + month // 12, month % 12 + 1, 1), 10) for month in range(15)]
    whole, narrow = (
        line_chart(points, title="", whole=19, finding="", size=(width, 220)).svg.decode() for width in (WIDTH, NARROW)
    )
    months = [sum("/202" in text for text in texts(svg)) for svg in (whole, narrow)]
    assert months == [5, 3]
    bar = bar_chart(BARS, title="", whole=19, finding="", width=NARROW).svg.decode()
    assert f'width="{NARROW}"' in bar
    assert {"Cao Sơn", "12"} <= set(texts(bar))


@pytest.mark.parametrize("points", [[], [(date(2023, 4, 10), 12)]], ids=["none", "one"])
def test_of_less_than_two_days_no_line_is_drawn(points):
    assert line_chart(points, title="Số tiêu chí đạt", whole=19, finding="").svg == b""
    assert bar_chart([], title="Số tiêu chí đạt", whole=19, finding="").svg == b""


def test_a_picture_bears_its_title_and_its_own_paper():
    assert "<title>Số tiêu chí đạt</title>" in bars()
    assert f".background{{fill:{COLOURS['surface']}}}" in bars()


def test_the_colours_are_those_of_the_tokens():
    light = (settings.BASE_DIR / "static/css/tokens.css").read_text().split("@media")[0]
    assert {name: re.search(rf"--{name}: (#\w+);", light)[1] for name in COLOURS} == COLOURS


def test_drawing_leaves_no_import_hook_behind():
    bars()
    assert not [finder for finder in sys.meta_path if type(finder).__module__ == "pygal"]
