"""`manage.py render_notices`: set the PDFs that long notices still wait for, after a restart for instance."""

from typing import Any

from django.core.management.base import BaseCommand

from tasks.issuing.rendering import awaited, render_awaited


class Command(BaseCommand):
    help = "Dựng các bản PDF của thông báo dài đã ban hành mà còn thiếu."

    def handle(self, *args: Any, **options: Any) -> None:
        done = sum(render_awaited(key) for key in awaited())
        self.stdout.write(f"Đã dựng {done} bản PDF.")
