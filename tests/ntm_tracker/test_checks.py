"""What Django checks at the start."""

import openpyxl
from django.core import checks

from ntm_tracker.checks import PDF_LIBRARIES, check_pdf_libraries, check_xml_parsers


def test_nothing_is_said_while_all_libraries_are_there():
    assert check_pdf_libraries() == []


def test_a_missing_pango_is_a_warning_that_says_what_to_install(monkeypatch):
    monkeypatch.setattr("ntm_tracker.checks._loads", lambda name: "pango" not in name)

    (warning,) = check_pdf_libraries()

    assert warning.level == checks.WARNING
    assert "libpango-1.0.so.0, libpangoft2-1.0.so.0 missing. Everything else works." in warning.msg
    assert "apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in warning.hint


def test_a_library_that_does_not_exist_counts_as_missing(monkeypatch):
    monkeypatch.setattr("ntm_tracker.checks.PDF_LIBRARIES", (*PDF_LIBRARIES, ("libno-such-thing.so.0",)))

    (warning,) = check_pdf_libraries()

    assert "libno-such-thing.so.0 missing" in warning.msg


def test_openpyxl_reads_with_locked_parsers_and_the_start_is_refused_where_it_would_not(monkeypatch):
    assert openpyxl.DEFUSEDXML
    assert check_xml_parsers() == []

    monkeypatch.setattr("ntm_tracker.checks.find_spec", lambda name: None)

    (error,) = check_xml_parsers()
    assert error.is_serious()
    assert "defusedxml is missing" in error.msg


def test_the_checks_run_with_the_others():
    assert {check_pdf_libraries, check_xml_parsers} <= set(checks.registry.registry.get_checks())
