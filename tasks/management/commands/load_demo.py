"""Load the demonstration's data: `python manage.py load_demo`."""

import sys
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from tasks import demo


class Command(BaseCommand):
    help = "Nạp dữ liệu minh họa; phần nào đã có thì giữ nguyên."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "Không nạp dữ liệu minh họa: hệ thống không ở chế độ thử (NTM_DEBUG=1). "
                "Tài khoản minh họa dùng mật khẩu công khai."
            )
        demo.load(self.bar)
        if options["verbosity"]:
            self.stdout.write(self.style.SUCCESS("Dữ liệu minh họa đã sẵn sàng."))

    def bar(self, steps: Iterable[demo.Step]) -> Iterable[demo.Step]:
        """A progress bar on a terminal, nothing elsewhere."""
        return tqdm(steps, desc="Nạp dữ liệu minh họa", unit="bước", disable=not sys.stderr.isatty(), leave=False)
