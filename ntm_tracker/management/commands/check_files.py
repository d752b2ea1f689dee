"""Compare every stored file with the checksum that was kept with it: `check_files`, every night."""

from collections.abc import Iterator
from hashlib import file_digest
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db.models import FileField, Model

from ntm_tracker.lib.figures import vn_decimal

CHECKSUM = "sha256"


class Command(BaseCommand):
    help = "So từng tệp đang lưu với mã SHA-256 ghi lúc nhận; kết thúc với mã 1 khi có tệp mất hoặc bị sửa."

    def handle(self, *args: Any, **options: Any) -> None:
        checked = wrong = 0
        for record, file in stored_files():
            checked += 1
            problem = problem_of(file, getattr(record, CHECKSUM))
            if problem:
                wrong += 1
                self.stderr.write(f"{record._meta.verbose_name} số {record.pk} ({record}): {problem}: {file.name}")
        if wrong:
            raise CommandError(f"{wrong} trong {checked} tệp mất hoặc đã bị sửa. Hãy khôi phục từ bản sao lưu.")
        self.stdout.write(f"Đã so {vn_decimal(checked)} tệp: tất cả còn nguyên như lúc nhận.")


def stored_files() -> Iterator[tuple[Any, Any]]:
    """Give every record that has a file and its checksum, with that file; of whichever app."""
    for model in apps.get_models():
        name = file_field(model)
        if name:
            for record in model._default_manager.order_by("pk").iterator(chunk_size=500):
                file = getattr(record, name)
                if file:
                    yield record, file


def file_field(model: type[Model]) -> str:
    """Return the name of the field with the file, where the model keeps a checksum beside it."""
    fields = {field.name: field for field in model._meta.get_fields() if hasattr(field, "attname")}
    found = [name for name, field in fields.items() if isinstance(field, FileField)]
    return found[0] if found and CHECKSUM in fields else ""


def problem_of(file: Any, checksum: str) -> str:
    """Return what is wrong with the stored bytes; nothing when they are those that were kept."""
    try:
        with file.storage.open(file.name) as stored:
            digest = file_digest(stored, "sha256").hexdigest()
    except OSError:
        return "không còn tệp"
    return "" if digest == checksum else "nội dung đã bị sửa"
