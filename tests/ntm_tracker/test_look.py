"""The look as a whole: what its templates and styles may contain, and the pages that must always come."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.conf import settings
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory

from ntm_tracker.context import frame
from ntm_tracker.views import server_error

STYLES = sorted((settings.BASE_DIR / "static" / "css").glob("*.css"))
OWN_STYLES = [style for style in STYLES if style.name != "official.css"]  # documents have the colours of paper
TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
ERROR_PAGES = ["400.html", "403.html", "404.html", "413.html", "500.html", "csrf_failure.html", "locked_out.html"]


@pytest.mark.parametrize("name", ERROR_PAGES)
def test_a_page_for_errors_needs_no_context_and_says_what_to_do(name):
    page = get_template(name).render()
    assert "Theo dõi nông thôn mới" in page
    assert "mời " in page.lower()
    assert '<a class="button primary"' in page


def test_the_page_for_a_server_error_comes_even_when_the_person_cannot_be_read():
    class Unreadable:
        @property
        def is_authenticated(self):
            raise RuntimeError("the database is gone")

    request = RequestFactory().get("/")
    request.user = Unreadable()
    response = server_error(request)
    assert response.status_code == 500
    assert "Hệ thống chưa xử lý được" in response.content.decode()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_inline_script_or_style(template):
    text = template.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\ssrc=)|javascript:", text)


@pytest.mark.parametrize("style", OWN_STYLES, ids=lambda path: path.name)
def test_raw_colours_stand_in_the_tokens_alone(style):
    raw = re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;\s,)])|rgba?\(|hsla?\(", style.read_text())
    assert bool(raw) == (style.name == "tokens.css")


def test_every_token_that_is_used_exists():
    defined = set(re.findall(r"(--[\w-]+)\s*:", Path(settings.BASE_DIR / "static/css/tokens.css").read_text()))
    for style in OWN_STYLES:
        text = style.read_text()
        own = set(re.findall(r"(--[\w-]+)\s*:", text))
        assert set(re.findall(r"var\((--[\w-]+)", text)) <= defined | own, style.name


def test_dark_by_the_system_and_dark_by_choice_are_the_same_dark():
    text = (settings.BASE_DIR / "static/css/tokens.css").read_text()
    by_system, by_choice = re.findall(r"color-scheme: dark;(.*?)}", text, re.DOTALL)
    assert by_system.split() == by_choice.split()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "surface", "surface-sunk"])
@pytest.mark.parametrize("role", ["ink", "ink-soft", "ink-faint", "link", "accent", "attention", "overdue", "neutral"])
def test_text_stands_out_from_its_ground(scheme, ground, role):
    colours = _colours(scheme)
    assert _contrast(colours[role], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("role", "ground", "least"),
    [
        ("on-accent", "accent", 4.5),
        ("on-accent", "accent-strong", 4.5),
        ("accent-strong", "accent-soft", 4.5),
        ("attention", "attention-soft", 4.5),
        ("ink-soft", "attention-soft", 4.5),
        ("overdue", "overdue-soft", 4.5),
        ("overdue-strong", "overdue-soft", 4.5),
        ("link", "link-soft", 4.5),
        ("line-strong", "surface", 3),
        ("line-strong", "paper", 3),
    ],
)
def test_marks_stand_out_from_their_grounds(scheme, role, ground, least):
    colours = _colours(scheme)
    assert _contrast(colours[role], colours[ground]) >= least


class Example(forms.Form):
    subject = forms.CharField(label="Trích yếu", help_text="Thông báo nói về việc gì.")
    day = forms.DateField(label="Ngày ký", required=False)


def test_a_field_ties_label_help_and_error_to_its_widget():
    page = render_to_string("includes/form.html", {"form": Example({})})
    assert 'for="id_subject"' in page
    assert 'aria-describedby="id_subject_helptext id_subject_error"' in page
    assert 'id="id_subject_helptext"' in page
    assert 'id="id_subject_error"' in page
    assert 'aria-invalid="true"' in page


def test_the_summary_of_errors_leads_to_the_field():
    assert '<a href="#id_subject">Trích yếu</a>' in render_to_string("includes/form.html", {"form": Example({})})


def test_only_optional_fields_are_marked():
    page = render_to_string("includes/form.html", {"form": Example()})
    assert 'Ngày ký <span class="optional">' in page
    assert page.count("không bắt buộc") == 1


def test_before_sign_in_the_frame_shows_neither_navigation_nor_authority():
    shown = frame(RequestFactory().get("/"))
    assert (shown["nav"], shown["authority_name"]) == ([], "")


def test_the_entry_of_the_present_page_is_marked_and_home_only_on_itself():
    assert _current("/") == ["Tổng quan"]
    assert _current("/communes/17386/") == ["Xã"]


def test_the_frame_names_the_committee_of_the_authority():
    class District:
        parent_id = 1

        def __str__(self) -> str:
            return "huyện Anh Sơn"

    assert _frame("/", authority=District())["authority_name"] == "UBND huyện Anh Sơn"


def test_an_account_without_authority_still_gets_a_frame():
    assert _frame("/", authority=None)["authority_name"] == ""


def _frame(path, authority=None):
    request = RequestFactory().get(path)
    request.user = SimpleNamespace(is_authenticated=True, authority=authority)
    return frame(request)


def _current(path):
    return [entry["label"] for entry in _frame(path)["nav"] if entry["current"]]


def _colours(scheme):
    text = (settings.BASE_DIR / "static/css/tokens.css").read_text()
    light, dark = (
        dict(
            re.findall(
                r"--([\w-]+): (#[0-9a-f]{6});", re.search(rf"color-scheme: {name};(.*?)\n *}}", text, re.DOTALL)[1]
            )
        )
        for name in ("light", "dark")
    )
    return light if scheme == "light" else light | dark


def _contrast(one, other):
    """WCAG 2.2, relative luminance and contrast ratio."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
