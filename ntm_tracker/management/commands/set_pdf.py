"""Set one document as PDF, in this process alone: its JSON comes in, the PDF goes out (`lib/pdf.py: render_apart`)."""

import json
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ntm_tracker.lib.official import OfficialDocument
from ntm_tracker.lib.pdf import NO_LIBRARIES, PdfError, render_pdf

# Whoever waits for a page goes first.
PATIENCE = 10


class Command(BaseCommand):
    help = "Dựng một văn bản thành PDF: đọc văn bản (JSON) ở đầu vào, ghi PDF ra đầu ra."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        os.nice(PATIENCE)
        try:
            content = render_pdf(OfficialDocument.from_dict(json.load(sys.stdin.buffer)))
        except (ImportError, OSError) as error:
            raise CommandError(str(error), returncode=NO_LIBRARIES) from error
        except (PdfError, ValueError) as error:
            raise CommandError(str(error)) from error
        sys.stdout.buffer.write(content)
