"""The command that checks a signed PDF says what the page says."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from tasks.services import issue_notice
from tasks.signed_copies import content_of, copies_of
from tests import factories
from tests.lib.attacks import signed_notice
from tests.lib.chain import NOW, chain, strangers
from tests.lib.files import make_pdf
from tests.tasks.test_signing import signed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_office(settings, tmp_path):
    settings.NTM_TODAY = date(2023, 4, 12)
    settings.NTM_TRUST_ROOTS = chain().trust_folder(tmp_path / "trust")


@pytest.fixture
def issued():
    letterhead = factories.make_letterhead()
    notice = factories.make_notice(commune=factories.make_commune(authority=letterhead.authority))
    factories.make_point(notice=notice, text="Rà soát")
    by = factories.make_user()
    return issue_notice(notice=notice, number=5, issued_on=date(2023, 4, 12), by=by, at=NOW)


@pytest.fixture
def check(tmp_path, capsys):
    def run(content: bytes, *arguments: str) -> str:
        path = tmp_path / "tep.pdf"
        path.write_bytes(content)
        call_command("verify_pdf", str(path), *arguments)
        return capsys.readouterr().out

    return run


def test_a_good_copy_is_told_with_its_notice_signer_and_certificate(issued, check):
    copy = signed(issued)
    said = check(copy)
    for text in (str(issued), "Hoàng Đình Sơn", "RSASSA-PSS, SHA-256", "12/4/2023", "Kết luận: Hợp lệ"):
        assert text in said
    assert check(copy, "--notice", str(issued.pk)) == said


def test_a_certificate_of_somebody_else_is_told(issued, check):
    said = check(signed(issued))
    assert f"không phải {issued.signer_name}, người ký của thông báo" in said
    assert "không phải" not in check(signed(issued, chain().person(issued.signer_name)))


def test_an_unknown_signer_is_told_as_such(issued, check):
    assert "Kết luận: Nguyên vẹn, chưa tin được chứng thư" in check(signed(issued, strangers().person()))


def test_a_good_signature_on_something_else_is_told_not_to_be_compared(check):
    assert "Chưa đối chiếu với bản đã ban hành" in check(signed_notice().content)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda notice: signed_notice().content, "không phải bản ký của thông báo này"),
        (lambda notice: content_of(copies_of(notice).issued), "chưa có chữ ký số nào"),
        (lambda notice: signed(notice) + b"x", "không bao trùm toàn bộ tệp"),
        (lambda notice: make_pdf()[:-30], "bị hỏng hoặc chưa tải hết"),
    ],
)
def test_what_is_not_valid_ends_with_the_reason(issued, check, make, sentence):
    with pytest.raises(CommandError, match=sentence):
        check(make(issued), "--notice", str(issued.pk))


def test_a_file_that_cannot_be_read_and_one_that_is_too_large_are_told(check, tmp_path):
    with pytest.raises(CommandError, match="Không đọc được tệp"):
        call_command("verify_pdf", str(tmp_path / "khong-co.pdf"))
    with pytest.raises(CommandError, match="lớn quá 10 MB"):
        check(b"x" * (10 * 1024 * 1024 + 1))
