"""Filling in a form of a finished page again."""

import pytest

from ntm_tracker.lib.refill import insert, sent_form

PAGE = """<main class="page"><form action="/a/"><input name="x" value="1"></form>
<form method="post" action="/b/"><button name="do" value="other">Khác</button></form>
<form method="post" action="/b/?show=all" id="meant">
<input type="hidden" name="version" value="7"><input name="x" value="cũ"><input name="x" value="cũ hơn">
<details><summary>Thêm</summary><textarea name="note">
Ghi &amp; nhớ</textarea></details>
<details><input type="checkbox" name="units" value="1" checked><input type="checkbox" name="units" value="2"></details>
<select name="lead"><option value="3" selected>Ba</option>
<option value="4">Bốn</option></select>
<input type="password" name="key" value=""><input name="shut" value="a" disabled></form>
<textarea name="aside" form="meant"></textarea></main>"""


def filled(**values):
    form = sent_form(PAGE, page="/c/", action="/b/", names=values)
    return form.filled(values, "<p>!</p>")


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"x": ["mới", '"><b>']}, '<input name="x" value="mới"><input name="x" value="&quot;&gt;&lt;b&gt;">'),
        ({"version": ["6"], "x": ["a"]}, '<input type="hidden" name="version" value="6">'),
        (
            {"note": ["\nHai\ndòng"], "x": []},
            '<details open=""><summary>Thêm</summary><textarea name="note">\n\nHai\ndòng<',
        ),
        ({"units": ["2"], "x": []}, 'value="1"><input type="checkbox" name="units" value="2" checked="">'),
        ({"lead": ["4"], "x": []}, 'value="3">Ba</option>\n<option value="4" selected="">Bốn'),
        ({"aside": ["Ở ngoài"], "x": []}, 'form="meant">\nỞ ngoài</textarea>'),
    ],
)
def test_each_kind_of_field_says_again_what_was_sent(values, shown):
    assert shown in filled(**values)


def test_what_was_not_changed_or_is_not_to_be_filled_in_stays_as_it_was():
    data = {"x": ["cũ", "cũ hơn"], "note": ["Ghi & nhớ"], "units": ["1"], "lead": ["9"], "key": ["k"], "shut": ["b"]}
    assert filled(**data).replace("<p>!</p>", "") == PAGE


def test_the_notice_stands_in_the_form_that_knows_most_names():
    assert 'id="meant"><p>!</p>' in filled(x=["a"], note=["b"])
    assert 'action="/b/"><p>!</p>' in filled(do=["other"])


def test_a_page_without_the_form_takes_the_notice_at_its_beginning():
    assert sent_form(PAGE, page="/c/", action="/d/", names=["x"]) is None
    assert insert(PAGE, "<p>!</p>").startswith('<main class="page"><p>!</p><form')
    assert insert("Không có gì", "<p>!</p>") is None
