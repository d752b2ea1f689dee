"""Remind of reports and tasks, in the product and by e-mail: `python manage.py send_reminders`, once a day."""

import sys
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from communes.digests import Digest
from communes.mail import MailUnreachable
from ntm_tracker.lib import clock
from tasks.reminders import send_reminders


class Command(BaseCommand):
    help = "Nhắc báo cáo và nhiệm vụ đến hạn, quá hạn; gửi thư tóm tắt, mỗi người mỗi ngày nhiều nhất một thư."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--day", type=day_of, metavar="2023-04-15", help="nhắc như vào ngày này; không ghi là hôm nay"
        )

    def handle(self, *args: Any, day: date | None = None, **options: Any) -> None:
        try:
            sent = send_reminders(day or clock.today(), clock.now(), self.bar)
        except MailUnreachable as error:
            raise CommandError(f"{error} Lời nhắc trên hệ thống đã có; lần chạy sau sẽ gửi thư.") from error
        for failure in sent.failures:
            self.stderr.write(failure)
        if options["verbosity"]:
            self.stdout.write(f"Đã gửi {sent.count} thư nhắc.")
        if sent.failures:
            raise CommandError(f"{len(sent.failures)} thư không đi được; lần chạy sau sẽ gửi lại.")

    def bar(self, mails: Sequence[Digest]) -> Iterable[Digest]:
        """A progress bar on a terminal, nothing elsewhere."""
        return tqdm(mails, desc="Gửi thư nhắc", unit="thư", disable=not sys.stderr.isatty(), leave=False)


def day_of(text: str) -> date:
    """Read "2023-04-15"; what it raises, argparse says."""
    return date.fromisoformat(text)
