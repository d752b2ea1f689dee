"""Vietnamese text: search and sort keys."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntm_tracker.lib.text import nfc, search_key, sort_key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Cao Sơn", "cao son"),
        ("ĐỈNH SƠN", "dinh son"),
        ("Hòa", "hoa"),
        ("Hoà", "hoa"),
        (unicodedata.normalize("NFD", "Thạch  Sơn"), "thach son"),
        ("Phường 1", "phuong 1"),
        ("Cao\x00 Sơn", "cao son"),
        ("", ""),
    ],
)
def test_the_search_key_drops_case_marks_and_doubled_blanks(text, key):
    assert search_key(text) == key


def test_names_sort_in_the_order_of_the_vietnamese_alphabet():
    names = ["Vĩnh Sơn", "Đức Sơn", "Cẩm Sơn", "Ân Sơn", "Dân Sơn", "Cao Sơn", "An Sơn", "Ăn Sơn", "Đỉnh Sơn", "1", "2"]
    assert sorted(names, key=sort_key) == [
        "1", "2", "An Sơn", "Ăn Sơn", "Ân Sơn", "Cao Sơn", "Cẩm Sơn", "Dân Sơn", "Đỉnh Sơn", "Đức Sơn", "Vĩnh Sơn",
    ]  # fmt: skip


def test_tones_decide_only_between_equal_letters():
    assert sorted(["Lạng", "Lang", "Làng", "Lảng", "Lãng", "Láng", "Lan"], key=sort_key) == [
        "Lan", "Lang", "Làng", "Lảng", "Lãng", "Láng", "Lạng",
    ]  # fmt: skip


@given(st.text())
def test_both_spellings_of_a_letter_have_one_key(text):
    decomposed = unicodedata.normalize("NFD", text)
    assert search_key(nfc(decomposed)) == search_key(decomposed)
    assert search_key(search_key(text)) == search_key(text)
