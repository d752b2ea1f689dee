"""Write the official file of a notice: `export_notice anh-son-cao-son-2023-04-05 --output thong-bao.pdf`."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ntm_tracker.lib.download import Download
from ntm_tracker.lib.figures import vn_decimal
from ntm_tracker.lib.storage import write_whole
from tasks.exceptions import PdfUnavailable, StoredFileMissing
from tasks.exports import notice_docx_file, notice_pdf_file
from tasks.models import Notice

FORMATS: dict[str, Callable[[Notice], Download]] = {
    ".pdf": partial(notice_pdf_file, waits=True),
    ".docx": notice_docx_file,
}


class Command(BaseCommand):
    help = "Ghi một thông báo ra tệp PDF, hoặc Word nếu tên tệp có đuôi .docx."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("notice", metavar="ID", help="mã số hoặc mã hồ sơ của thông báo")
        parser.add_argument("--output", required=True, type=Path, metavar="FILE", help="tệp .pdf hoặc .docx sẽ ghi")

    def handle(self, *args: Any, notice: str, output: Path, **options: Any) -> None:
        export = FORMATS.get(output.suffix.lower())
        if export is None:
            raise CommandError(f"Tên tệp phải có đuôi .pdf hoặc .docx, không phải “{output.name}”.")
        if not output.parent.is_dir():
            raise CommandError(f"Không có thư mục “{output.parent}”. Hãy tạo thư mục rồi chạy lại.")
        content = self._content(export, find_notice(notice))
        try:
            write_whole(output, [content])
        except OSError as error:
            raise CommandError(f"Không ghi được tệp “{output}”: {error.strerror}.") from error
        self.stdout.write(f"Đã ghi {output} ({vn_decimal(len(content))} byte).")

    def _content(self, export: Callable[[Notice], Download], notice: Notice) -> bytes:
        try:
            return export(notice).content
        except PdfUnavailable as error:
            raise CommandError("Máy này chưa có thư viện Pango để dựng PDF. Hãy cài rồi chạy lại.") from error
        except StoredFileMissing as error:
            raise CommandError(f"Không còn tệp {error} của thông báo. Hãy khôi phục từ bản sao lưu.") from error


def find_notice(text: str) -> Notice:
    """Return the notice with this key or reference."""
    lookup = {"pk": int(text)} if text.isdecimal() else {"reference": text}
    try:
        return Notice.objects.for_list().get(**lookup)
    except Notice.DoesNotExist:
        raise CommandError(f"Không có thông báo nào mang mã “{text}”.") from None
