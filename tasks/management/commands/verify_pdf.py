"""Check a signed PDF from the shell, as the page does: `verify_pdf thong-bao.pdf --notice 12`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ntm_tracker.lib import clock
from ntm_tracker.lib.clock import day_of, vn_date
from ntm_tracker.lib.signing import SignatureFacts, Verdict
from ntm_tracker.lib.uploads import LIMITS, mebibytes
from tasks.exceptions import StoredFileMissing
from tasks.management.commands.export_notice import find_notice
from tasks.models import Notice
from tasks.signed_copies import content_of, copies_of, other_signer
from tasks.signing import notice_inside, verify_copy


class Command(BaseCommand):
    help = (
        "Kiểm tra chữ ký số của một tệp PDF: có đúng là thông báo đã ban hành, còn nguyên vẹn, ai ký, tin được không."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="tệp PDF cần kiểm tra")
        parser.add_argument("--notice", metavar="ID", help="mã số hoặc mã hồ sơ của thông báo; bỏ qua thì tự tìm")

    def handle(self, *args: Any, file: Path, notice: str | None, **options: Any) -> None:
        content = self._read(file)
        found = find_notice(notice) if notice else notice_inside(content)
        verdict = verify_copy(content, self._issued(found), clock.now())
        self.stdout.write(f"Thông báo: {found or 'không nhận ra thông báo nào trong tệp'}")
        for facts in verdict.signatures:
            self._describe(facts)
        self._conclude(verdict, found)

    def _read(self, file: Path) -> bytes:
        try:
            if file.stat().st_size > LIMITS.size:
                raise CommandError(f"Tệp “{file}” lớn quá {mebibytes(LIMITS.size)}.")
            return file.read_bytes()
        except OSError as error:
            raise CommandError(f"Không đọc được tệp “{file}”: {error.strerror}.") from error

    def _issued(self, notice: Notice | None) -> bytes | None:
        if notice is None:
            return None
        issued = copies_of(notice).issued
        if issued is None:
            raise CommandError(f"Thông báo {notice} không có bản PDF đã ban hành để đối chiếu.")
        try:
            return content_of(issued)
        except StoredFileMissing as error:
            raise CommandError(f"Không còn tệp {error} của thông báo. Hãy khôi phục từ bản sao lưu.") from error

    def _describe(self, facts: SignatureFacts) -> None:
        lines = {
            "Người ký": ", ".join(part for part in (facts.signer, facts.organisation) if part),
            "Ký lúc (theo máy người ký)": facts.signed_at and f"{clock.vn_date(day_of(facts.signed_at))}",
            "Thuật toán": facts.algorithm,
            "Chứng thư": f"{facts.issuer} cấp, số {facts.serial}",
            "Hiệu lực": facts.valid_from
            and facts.valid_to
            and f"{vn_date(day_of(facts.valid_from))} đến {vn_date(day_of(facts.valid_to))}",
        }
        for name, value in lines.items():
            if value:
                self.stdout.write(f"  {name}: {value}")

    def _conclude(self, verdict: Verdict, notice: Notice | None) -> None:
        """Say the result; what is invalid ends the command with 1."""
        if not verdict.may_be_kept:
            raise CommandError(verdict.sentence)
        self.stdout.write(f"Kết luận: {verdict.label}\n{verdict.sentence}")
        if notice and (doubt := other_signer(verdict, notice)):
            self.stdout.write(doubt)
        if notice is None:
            self.stdout.write("Chưa đối chiếu với bản đã ban hành: tệp không chứa thông báo nào của hệ thống này.")
