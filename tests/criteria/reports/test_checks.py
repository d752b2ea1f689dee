"""What is odd about a line while it is typed: a table of lines and what is said of each."""

from decimal import Decimal

import pytest

from criteria.enums import Status, SubItemKind
from criteria.reports.checks import Measure, Remark, checks
from criteria.reports.saving import Said

PERCENT = Measure(SubItemKind.PERCENT, "%", "≥ 70%")
AMOUNT = Measure(SubItemKind.AMOUNT, "triệu đồng/người/năm")
YES_NO = Measure(SubItemKind.BOOLEAN, "đạt")
MET, NOT_MET, NOT_APPLICABLE = Status.MET, Status.NOT_MET, Status.NOT_APPLICABLE


def said(status=MET, value=None, note="", **parts) -> Said:
    figures = {code: Decimal(text) for code, text in parts.items()}
    return Said(status, None if value is None else Decimal(value), figures, note)


def remarks(line: Said, measure: Measure = YES_NO, **more) -> list[Remark]:
    return [finding.remark for finding in checks(line, measure, **more)]


@pytest.mark.parametrize(
    ("line", "measure", "expected"),
    [
        (said(value="100"), PERCENT, []),
        (said(value="100.1"), PERCENT, [Remark.OVER_HUNDRED]),
        (said(nam="71", nu="101"), PERCENT, [Remark.OVER_HUNDRED]),
        (said(value="28500"), AMOUNT, []),
    ],
)
def test_only_a_ratio_over_a_hundred_is_too_large(line, measure, expected):
    assert remarks(line, measure) == expected


@pytest.mark.parametrize(
    ("before", "line", "expected"),
    [
        (said(MET), said(NOT_MET), [Remark.FALLS_BACK]),
        (said(NOT_APPLICABLE), said(NOT_MET), [Remark.FALLS_BACK]),
        (said(MET), said(NOT_MET, note="Cầu bị lũ cuốn"), []),
        (said(MET), said(NOT_MET, note="  "), [Remark.FALLS_BACK]),
        (said(NOT_MET), said(NOT_MET), []),
        (said(MET), said(MET), []),
        (None, said(NOT_MET), []),
    ],
)
def test_what_was_met_falls_back_only_with_a_reason(before, line, expected):
    assert remarks(line, before=before) == expected


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        (["63.2", "63.2", "63.2"], [Remark.ALIKE]),
        (["63.200", "63.2", "63.20"], [Remark.ALIKE]),
        (["63.2", "63.2", "63.1"], []),
        (["63.2", "63.2"], []),
        (["63.2", None, "63.2"], []),
        ([], []),
    ],
)
def test_a_value_like_that_of_the_last_three_months_is_asked_for(earlier, expected):
    months = [said(value=value) if value else None for value in earlier]
    assert remarks(said(value="63.2"), PERCENT, earlier=months) == expected


def test_a_line_without_a_value_is_never_alike():
    assert remarks(said(), earlier=[said(), said(), said()]) == []


@pytest.mark.parametrize(
    ("status", "proposed", "note", "expected"),
    [
        (MET, NOT_MET, "", [Remark.AGAINST_THRESHOLD]),
        (NOT_MET, MET, "", [Remark.AGAINST_THRESHOLD]),
        (MET, NOT_MET, "Theo số của Chi cục Thống kê", []),
        (MET, MET, "", []),
        (MET, None, "", []),
    ],
)
def test_a_status_against_its_threshold_needs_its_reason(status, proposed, note, expected):
    measure = Measure(SubItemKind.PERCENT, "%", "≥ 70%", proposed)
    assert remarks(said(status, "63.2", note), measure) == expected


def test_the_sentence_names_the_requirement_and_the_way_out():
    measure = Measure(SubItemKind.PERCENT, "%", "≥ 70%", NOT_MET)
    finding = checks(said(MET, "63.2"), measure)[0]
    assert "≥ 70%" in finding.sentence
    assert "đổi thành “Chưa đạt”" in finding.sentence
    assert finding.proposed == "not_met"


def test_not_applicable_says_why():
    assert remarks(said(NOT_APPLICABLE)) == [Remark.NOT_APPLICABLE]
    assert remarks(said(NOT_APPLICABLE, note="Xã không có chợ, QĐ 318")) == []


def test_a_line_without_a_status_is_named():
    assert remarks(said("")) == [Remark.WITHOUT_STATUS]
