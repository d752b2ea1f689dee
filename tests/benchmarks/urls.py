"""The product's addresses, and beside them what they are compared with: the plain admin and a bare view."""

from django.urls import path

from ntm_tracker.urls import handler400, handler403, handler404, handler500
from ntm_tracker.urls import urlpatterns as ours
from tests.benchmarks.matrix import bare_view
from tests.benchmarks.pages import plain_site

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [path("plain/", plain_site.urls), path("bare/<int:key>/", bare_view, name="bare"), *ours]
