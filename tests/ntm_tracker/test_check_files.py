"""Every stored file is compared with its checksum: what was issued or sent in never changes unnoticed (P7)."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ntm_tracker.management.commands.check_files import file_field, stored_files
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    files = [factories.make_notice_file(b"%PDF-1.7 mot"), factories.make_evidence(b"%PDF-1.7 hai")]
    return [Path(record.file.path) for record in files]


def test_whole_files_are_counted(capsys):
    call_command("check_files")
    assert "Đã so 2 tệp: tất cả còn nguyên" in capsys.readouterr().out


def test_every_altered_and_every_missing_file_is_found(kept, capsys):
    kept[0].write_bytes(b"%PDF-1.7 moT")
    kept[1].unlink()
    with pytest.raises(CommandError, match="2 trong 2 tệp"):
        call_command("check_files")
    said = capsys.readouterr().err
    assert f"nội dung đã bị sửa: {kept[0].relative_to(kept[0].parents[2])}" in said
    assert "không còn tệp" in said


def test_all_models_that_keep_a_file_keep_its_checksum():
    from django.apps import apps
    from django.db.models import FileField

    with_files = {model for model in apps.get_models() if any(isinstance(f, FileField) for f in model._meta.fields)}
    assert with_files == {model for model in with_files if file_field(model)}
    assert {type(record) for record, _ in stored_files()} <= with_files
