"""The site itself: what belongs to no single app."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.core.checks import Tags, register


class SiteConfig(AppConfig):
    name = "ntm_tracker"
    verbose_name = "Nông thôn mới"

    def ready(self) -> None:
        from ntm_tracker.checks import check_pdf_libraries, check_xml_parsers

        register(check_pdf_libraries, Tags.compatibility)
        register(check_xml_parsers, Tags.security)


class ProductAdminConfig(admin_apps.AdminConfig):
    """Django's admin, as the product's own site (`ntm_tracker/admin_site.py`)."""

    default = False  # of this module, `SiteConfig` is the default
    default_site = "ntm_tracker.admin_site.ProductAdminSite"
