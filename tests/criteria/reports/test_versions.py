"""What differs between two versions, without the database."""

from copy import deepcopy
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criteria.reports.snapshot import Frozen
from criteria.reports.versions import Mark, changed_codes, difference, paragraph_pieces, pieces


def line(code: str, **fields) -> dict:
    return {
        "code": code,
        "name": f"Nội dung {code}",
        "status": "met",
        "value": None,
        "part_values": {},
        "measured": "",
        "note": "",
        "required": "Đạt",
        "evidence": [],
        **fields,
    }


@pytest.fixture
def first() -> Frozen:
    return Frozen(
        {
            "version": 1,
            "sending": 1,
            "number": 21,
            "dated": "2023-04-14",
            "signer": "",
            "signature_lines": [],
            "content": {
                "month": "2023-04",
                "narrative": {
                    "results": "Làm 2 km đường.\nTrồng cây.",
                    "shortcomings": "",
                    "next_work": "",
                    "proposals": "",
                },
                "lines": [line("1.1"), line("2.1", value="72.5", measured="72,5%")],
            },
        }
    )


def changed(frozen: Frozen, **fields) -> Frozen:
    """The same version with other texts in the line 2.1, or with other values of the whole."""
    values = deepcopy(dict(frozen.values))
    for name, value in fields.items():
        if name in values["content"]["narrative"]:
            values["content"]["narrative"][name] = value
        elif name in values:
            values[name] = value
        else:
            values["content"]["lines"][1][name] = value
    return Frozen(values)


def test_a_version_does_not_differ_from_itself(first):
    assert difference(first, changed(first)).is_empty
    assert changed_codes(first, changed(first)) == set()


def test_against_nothing_everything_is_new(first):
    assert changed_codes(None, first) == {"1.1", "2.1"}


def test_a_changed_value_names_its_sub_item_and_both_values(first):
    (row,) = difference(first, changed(first, value="80", measured="80%")).lines
    assert (row.line.code, row.before.measured, row.after.measured) == ("2.1", "72,5%", "80%")
    assert (row.is_status_changed, row.is_measured_changed) == (False, True)


def test_a_changed_status_is_told_apart_from_a_changed_value(first):
    (row,) = difference(first, changed(first, status="not_met")).lines
    assert (row.is_status_changed, row.is_measured_changed) == (True, False)


def test_a_requirement_that_the_catalogue_changed_is_no_change_of_the_commune(first):
    assert difference(first, changed(first, required="≥ 90%")).is_empty


def test_files_that_came_and_went_are_named(first):
    with_files = changed(first, evidence=[{"name": "Biên bản", "sha256": "a"}, {"name": "Ảnh", "sha256": "b"}])
    less = changed(first, evidence=[{"name": "Ảnh chợ", "sha256": "b"}, {"name": "Sơ đồ", "sha256": "c"}])
    (row,) = difference(with_files, less).lines
    assert (row.evidence_added, row.evidence_removed) == (["Sơ đồ"], ["Biên bản"])


def test_a_file_that_only_got_another_title_is_no_change(first):
    one = changed(first, evidence=[{"name": "IMG_01.jpg", "sha256": "a"}])
    other = changed(first, evidence=[{"name": "Ảnh chợ", "sha256": "a"}])
    assert difference(one, other).is_empty


def test_a_sub_item_that_only_one_version_has_is_shown(first):
    values = deepcopy(dict(first.values))
    values["content"]["lines"].pop()
    (gone,) = difference(first, Frozen(values)).lines
    (came,) = difference(Frozen(values), first).lines
    assert (gone.line.code, gone.after) == ("2.1", None)
    assert (came.line.code, came.before) == ("2.1", None)


def test_number_day_and_signer_are_compared(first):
    found = difference(first, changed(first, number=None, dated=date(2023, 4, 16).isoformat(), signer="Lê Văn An"))
    assert found.head == (
        ("Số", "21/BC-UBND", "(chưa có)"),
        ("Ngày văn bản", "14/4/2023", "16/4/2023"),
        ("Người ký", "(chưa ghi)", "Lê Văn An"),
    )


def test_a_changed_word_is_marked_in_its_paragraph(first):
    (text,) = difference(first, changed(first, results="Làm 3 km đường.\nTrồng cây.")).texts
    assert text.title == "Kết quả thực hiện"
    assert [(piece.mark, piece.text) for piece in text.paragraphs[0]] == [
        (Mark.SAME, "Làm"),
        (Mark.GONE, "2"),
        (Mark.NEW, "3"),
        (Mark.SAME, "km đường."),
    ]
    assert [piece.mark for piece in text.paragraphs[1]] == [Mark.SAME]


def test_a_paragraph_that_went_and_one_that_came_are_shown_whole():
    marks = [(piece.mark, piece.text) for row in paragraph_pieces("Một\nHai", "Hai\nBa bốn") for piece in row]
    assert marks == [(Mark.GONE, "Một"), (Mark.SAME, "Hai"), (Mark.NEW, "Ba bốn")]


WORDS = st.lists(st.sampled_from(["đạt", "chưa", "xã", "km", "2"]), max_size=12).map(" ".join)


@given(WORDS, WORDS)
def test_the_pieces_hold_both_texts_whole(before, after):
    found = pieces(before, after)
    assert " ".join(piece.text for piece in found if piece.mark != Mark.GONE) == after
    assert " ".join(piece.text for piece in found if piece.mark != Mark.NEW) == before
