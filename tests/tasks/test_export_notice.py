"""The command that writes a notice to a file."""

import pytest
from django.core.management import CommandError, call_command

from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def notice():
    return factories.make_notice(reference="anh-son-thu", authority=factories.make_letterhead().authority)


def test_the_notice_is_found_by_key_and_by_reference(notice, tmp_path, capsys):
    for name in (str(notice.pk), "anh-son-thu"):
        call_command("export_notice", name, output=tmp_path / "thong-bao.pdf")
        assert (tmp_path / "thong-bao.pdf").read_bytes().startswith(b"%PDF-")
    assert "thong-bao.pdf" in capsys.readouterr().out


def test_the_suffix_decides_the_format(notice, tmp_path):
    call_command("export_notice", str(notice.pk), output=tmp_path / "thong-bao.DOCX")
    assert (tmp_path / "thong-bao.DOCX").read_bytes().startswith(b"PK")


def test_nothing_else_is_left_in_the_folder(notice, tmp_path):
    call_command("export_notice", str(notice.pk), output=tmp_path / "a.docx")
    assert [path.name for path in tmp_path.glob("[.a]*") if path.is_file()] == ["a.docx"]


@pytest.mark.parametrize(
    ("name", "file", "message"),
    [
        ("khong-co", "a.pdf", "Không có thông báo nào mang mã “khong-co”"),
        ("999999", "a.pdf", "Không có thông báo nào mang mã “999999”"),
        ("anh-son-thu", "a.odt", "đuôi .pdf hoặc .docx"),
        ("anh-son-thu", "chua-co/a.pdf", "Không có thư mục"),
    ],
)
def test_what_cannot_be_done_is_said_in_vietnamese(notice, tmp_path, name, file, message):
    with pytest.raises(CommandError, match=message):
        call_command("export_notice", name, output=tmp_path / file)


def test_a_machine_without_pango_is_told_so(notice, tmp_path, monkeypatch):
    def without_pango(document):
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr("tasks.services.render_pdf", without_pango)
    with pytest.raises(CommandError, match="Pango"):
        call_command("export_notice", "anh-son-thu", output=tmp_path / "a.pdf")
    assert not (tmp_path / "a.pdf").exists()
