"""The product's addresses, and beside them the plain admin that the lists are compared with."""

from django.urls import path

from ntm_tracker.urls import handler400, handler403, handler404, handler500
from ntm_tracker.urls import urlpatterns as ours
from tests.benchmarks.pages import plain_site

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [path("plain/", plain_site.urls), *ours]
