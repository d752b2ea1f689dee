"""What Django checks at the start."""

from django.core import checks

from ntm_tracker.checks import PDF_LIBRARIES, check_pdf_libraries


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


def test_the_check_runs_with_the_others():
    assert check_pdf_libraries in checks.registry.registry.get_checks()
