"""Files as answers."""

from django.test import RequestFactory

from ntm_tracker.lib.download import PDF, Download, answer, content_disposition, plain

FILE = Download("Thông báo - xã Đức Sơn.pdf", PDF, b"%PDF-1.7")


def test_a_vietnamese_name_is_sent_in_two_forms():
    assert content_disposition(FILE.name, inline=True) == (
        'inline; filename="Thong bao - xa Duc Son.pdf"; '
        "filename*=UTF-8''Th%C3%B4ng%20b%C3%A1o%20-%20x%C3%A3%20%C4%90%E1%BB%A9c%20S%C6%A1n.pdf"
    )


def test_a_file_to_keep_is_an_attachment():
    assert content_disposition("a.docx").startswith("attachment;")


def test_a_name_cannot_break_out_of_the_header():
    assert plain('xã "X"\r\nSet-Cookie: a\\b.pdf') == "xa XSet-Cookie: ab.pdf"
    assert "\n" not in content_disposition("a\r\nb")


def test_whoever_has_the_file_is_told_so_without_its_bytes():
    first = answer(RequestFactory().get("/"), FILE)
    again = answer(RequestFactory().get("/", headers={"If-None-Match": first["ETag"]}), FILE)
    assert (first.status_code, first.content) == (200, FILE.content)
    assert (again.status_code, again.content) == (304, b"")


def test_whoever_has_another_file_gets_this_one():
    assert answer(RequestFactory().get("/", headers={"If-None-Match": '"other"'}), FILE).status_code == 200


def test_the_browser_asks_each_time_and_nobody_else_keeps_it():
    assert answer(RequestFactory().get("/"), FILE)["Cache-Control"] == "private, no-cache"
