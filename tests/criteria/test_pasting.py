"""A block pasted from Excel."""

from decimal import Decimal

import pytest

from criteria.enums import Status
from criteria.pasting import MOST_NAMED, block, misplaced, names_columns, names_other_columns, number, said


def test_a_block_is_rows_of_cells():
    assert block("Đạt\tx\r\nChưa đạt\t\r\n") == [["Đạt", "x"], ["Chưa đạt", ""]]


def test_rows_that_a_selection_has_too_much_at_its_end_are_left_out():
    assert block("\tĐạt\n\t\n\tx\n\t\n\t\n") == [["", "Đạt"], ["", ""], ["", "x"]]


def test_a_line_break_within_a_cell_makes_no_row():
    text = 'Đạt\t"Đạt\nĐo lại ngày 08/4, ""đạt"""\r\n\tChưa đạt\r\n'
    assert block(text) == [["Đạt", 'Đạt\nĐo lại ngày 08/4, "đạt"'], ["", "Chưa đạt"]]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('5" ống\tx', [['5" ống', "x"]]),
        ('"Đạt\tx\nĐạt', [["Đạt\tx\nĐạt"]]),
        ("Đạt\rx", [["Đạt"], ["x"]]),
        ("Đạt\n\nx\n", [["Đạt"], [""], ["x"]]),
        ("Đạt\n\n\n", [["Đạt"]]),
        ("", [[""]]),
        ("\t\n", [[""]]),
        ("a" * 200_000, [["a" * 200_000]]),
    ],
)
def test_quotes_and_empty_lines_are_read_as_excel_writes_them(text, rows):
    assert block(text) == rows


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("63,2", "63.2"),
        ("63.2", "63.2"),
        ("1.234,5", "1234.5"),
        ("28.500", "28500"),
        ("63,2%", "63.2"),
        ("63,2 %", "63.2"),
        ("0", "0"),
    ],
)
def test_numbers_are_read_as_vietnamese_and_as_excel_write_them(text, value):
    assert number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "đạt", "1,2,3", "12a", "=1+1", "-5", "1e9"])
def test_what_is_no_number_is_not_taken_for_one(text):
    assert number(text) is None


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Đạt", Status.MET),
        ("ĐẠT", Status.MET),
        ("x", Status.MET),
        ("1", Status.MET),
        ("Chưa đạt", Status.NOT_MET),
        ("không đạt", Status.NOT_MET),
        ("0", Status.NOT_MET),
        ("Không áp dụng", Status.NOT_APPLICABLE),
    ],
)
def test_words_for_a_status_are_understood(text, status):
    assert said(text, is_numeric=False, is_percent=False).status == status


def test_a_measured_sub_item_takes_one_as_a_number():
    assert said("1", is_numeric=True, is_percent=True).value == 1


def test_a_ratio_of_the_whole_is_no_mistake_and_other_amounts_go_on_beyond_it():
    assert said("100", is_numeric=True, is_percent=True).value == 100
    assert said("150", is_numeric=True, is_percent=False).value == 150


def test_an_empty_cell_leaves_things_as_they_are():
    assert said("", is_numeric=True, is_percent=True).is_empty


@pytest.mark.parametrize(
    ("text", "numeric", "error"),
    [
        ("-5", True, "“-5”: không thể là số âm"),
        ("−1.234,5%", True, "không thể là số âm"),
        ("-5", False, "không nhận số -5"),
        ("101", True, "lớn hơn 100%"),
        ("100,1", True, "lớn hơn 100%"),
        ("gần đạt", True, "không phải kết quả hay số"),
        ("75", False, "không nhận số"),
        ("#N/A", True, "“#N/A” không phải kết quả hay số. Hãy ghi Đạt, Chưa đạt hoặc một số như 63,2."),
        ("#N/A", False, "“#N/A” không phải kết quả. Hãy ghi Đạt, Chưa đạt hoặc Không áp dụng."),
    ],
)
def test_what_cannot_be_read_says_what_to_do(text, numeric, error):
    assert error in said(text, is_numeric=numeric, is_percent=True).error


@pytest.mark.parametrize(
    ("texts", "is_heading"),
    [
        (["5", "17.6"], True),
        (["5.1", "17,6"], True),
        (["17.6", "5"], False),
        (["5", "17.60"], False),
        (["5", ""], False),
        (["5", "17.6", "18.1"], False),
        (["5"], False),
        (["5.1 Trường học"], True),
        ([], False),
    ],
)
def test_a_row_is_a_heading_where_it_names_every_column_it_lands_on(texts, is_heading):
    assert names_columns(texts, [("5.1", "5"), ("17.6", "17.6")]) == is_heading


@pytest.mark.parametrize(
    ("texts", "is_heading"),
    [
        (["2.1", "2.2"], True),
        (["2.2", "2.3", "3.1"], True),
        (["2.1", "2.3"], False),
        (["2,1", "2,2"], False),
        (["2.2"], False),
        (["2.1", "9.9"], False),
        (["2.1", ""], False),
    ],
)
def test_codes_one_after_another_are_the_heading_of_other_columns(texts, is_heading):
    assert names_other_columns(texts, ["2.1", "2.2", "2.3", "3.1"]) == is_heading


def test_of_many_rows_beside_other_communes_the_first_are_named_and_the_rest_counted():
    rows = [(number, f"Xã {number}", "xã Cao Sơn") for number in range(1, MOST_NAMED + 3)]
    told = misplaced(rows)
    assert f"dòng {MOST_NAMED} ghi" in told
    assert f"dòng {MOST_NAMED + 1}" not in told
    assert "; và 2 dòng nữa. Hãy xếp" in told
    assert " dòng nữa" not in misplaced(rows[:MOST_NAMED])
