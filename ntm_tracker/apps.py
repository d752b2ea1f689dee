"""The site itself: what belongs to no single app."""

from django.apps import AppConfig
from django.core.checks import Tags, register


class SiteConfig(AppConfig):
    name = "ntm_tracker"
    verbose_name = "Nông thôn mới"

    def ready(self) -> None:
        from ntm_tracker.checks import check_pdf_libraries

        register(check_pdf_libraries, Tags.compatibility)
