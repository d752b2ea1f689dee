"""Filters and tags of every template: what they write and what they refuse."""

from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from ntm_tracker.templatetags import ntm


def render(source: str, url: str = "/", **context: object) -> str:
    return Template(source).render(Context({"request": RequestFactory().get(url), **context})).strip()


def test_dates_are_written_as_in_official_documents():
    assert render("{{ day|vn_date }}", day=date(2023, 4, 5)) == "05/4/2023"
    assert render("{{ day|vn_date }}", day=date(2023, 1, 15)) == "15/01/2023"


def test_a_moment_is_shown_in_vietnamese_time():
    late_evening_in_utc = datetime(2023, 4, 4, 18, 30, tzinfo=UTC)
    assert render("{{ at|vn_datetime }}", at=late_evening_in_utc) == "01:30, 05/4/2023"
    assert render("{{ at|vn_date }}", at=late_evening_in_utc) == "05/4/2023"
    assert render("{{ at|vn_weekday }}", at=late_evening_in_utc) == "thứ Tư"


@pytest.mark.parametrize("name", ["vn_date", "vn_datetime", "vn_weekday", "vn_number"])
def test_nothing_is_written_where_nothing_is_known(name):
    assert render("{{ value|" + name + " }}", value=None) == ""


def test_figures_carry_a_decimal_comma_and_a_thousands_dot():
    assert render("{{ value|vn_number }}", value=28500) == "28.500"
    assert render("{{ value|vn_number:1 }}", value=Decimal("63.25")) == "63,3"
    assert render("{{ 12|percent:19 }}") == "63,2%"


@pytest.mark.parametrize("key", ntm.STATES)
def test_every_state_has_a_sign_that_the_page_carries_and_a_word(key):
    shown = render("{% status key %}", key=key)
    assert f'id="sign-{ntm.STATES[key].sign}"' in render_to_string("includes/signs.html")
    assert f'href="#sign-{ntm.STATES[key].sign}"' in shown
    assert f"<span>{ntm.STATES[key].word}</span>" in shown


def test_met_and_not_met_differ_by_form_and_not_by_colour_alone():
    assert ntm.STATES["met"].sign != ntm.STATES["not_met"].sign


def test_a_state_without_words_is_still_told_to_those_who_listen():
    assert '<span class="visually-hidden">Đạt</span>' in render('{% status "met" words=False %}')


def test_a_state_can_carry_its_own_word_and_its_days():
    assert "<span>Đạt từ 2021</span>" in render('{% status "met" word="Đạt từ 2021" %}')
    assert "<span>Quá hạn 5 ngày</span>" in render('{% status "overdue" days=5 %}')


def test_a_word_of_a_person_cannot_become_markup():
    assert "<b>" not in render('{% status "met" word=word %}', word="<b>x</b>")
    assert "<b>" not in render("{% trend points label=label %}", points=[("a", 1), ("b", 2)], label="<b>")


def test_an_unknown_state_is_refused():
    with pytest.raises(KeyError):
        ntm.status("no such state")


def test_progress_says_count_total_unit_and_share():
    text = "".join(_parse(ntm.progress(12, 19, unit="tiêu chí")).itertext())
    assert text == "12/19 tiêu chí 63,2%"
    assert "63,2%" not in ntm.progress(12, 19, compact=True)


def test_criteria_are_counted_one_by_one_and_sub_items_as_a_share():
    criteria, sub_items = ntm.progress(12, 19), ntm.progress(42, 57)
    assert _path(criteria, "bar-done").count("M") == 12
    assert _path(criteria, "bar-rest").count("M") == 7
    assert _path(sub_items, "bar-done") == "M0 0h737v6H0z"


def test_progress_of_nothing_is_empty_and_not_an_error():
    assert "0,0%" in ntm.progress(0, 0)


def test_a_trend_rises_when_the_values_rise():
    picture = _parse(ntm.trend([("tháng 3", 9), ("tháng 4", 12)], total=19, label="Tiêu chí đạt"))
    (_, before), (_, after) = (point.split(",") for point in picture[0].get("points").split())
    assert float(after) < float(before)  # y grows downwards
    assert picture.get("aria-label") == "Tiêu chí đạt: tháng 3 9, tháng 4 12"


def test_a_trend_needs_two_points_and_bears_equal_ones():
    assert ntm.trend([("tháng 4", 12)]) == ""
    assert ntm.trend([("tháng 3", 12), ("tháng 4", 12)])


def test_a_changed_filter_keeps_the_others_and_starts_at_the_first_page():
    assert render('{% url_with sort="name" %}', "/?q=cao&page=3") == "?q=cao&amp;sort=name"


def test_a_filter_whose_name_is_a_variable_can_be_set_and_removed():
    assert render('{% url_with key "met" %}', "/?q=cao", key="status") == "?q=cao&amp;status=met"
    assert render('{% url_with key "" %}', "/?q=cao&status=met", key="status") == "?q=cao"


def test_a_page_number_can_be_asked_for():
    assert render("{% url_with page=2 %}", "/?q=cao&page=1") == "?q=cao&amp;page=2"


SORT_HEADER = '{% include "includes/sort_header.html" with key="name" label="Xã" %}'


@pytest.mark.parametrize(
    ("url", "order", "next_order"),
    [("/", "none", "name"), ("/?sort=name", "ascending", "-name"), ("/?sort=-name", "descending", "name")],
)
def test_a_sortable_head_tells_its_order_and_leads_to_the_other(url, order, next_order):
    shown = render(SORT_HEADER, url)
    assert f'aria-sort="{order}"' in shown
    assert f'href="?sort={next_order}"' in shown


def _parse(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(markup)  # noqa: S314, the markup is our own


def _path(markup: str, name: str) -> str:
    return next(path.get("d") for path in _parse(markup).iter("path") if path.get("class") == name)
