"""The request as every view behind the login gets it."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from communes.models import User


class SignedInRequest(HttpRequest):
    """A request of a known person (`LoginRequiredMiddleware`), asked with htmx or without."""

    user: User
    htmx: HtmxDetails
