"""The product as a server of its own, with the addresses of the benchmarks and 20 communes in everybody's reach."""

import os

from django.conf import settings

# Before anything else asks for them: as an installation answers, without a record of queries.
settings.DEBUG = False
settings.ROOT_URLCONF = "tests.benchmarks.urls"

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()

from communes.models import Commune  # noqa: E402
from communes.querysets import CommuneQuerySet  # noqa: E402

KEYS = list(Commune.objects.of_kind("xa").order_by("pk").values_list("pk", flat=True)[: int(os.environ["COMMUNES"])])
CommuneQuerySet.visible_to = lambda self, user: self.filter(pk__in=KEYS)  # type: ignore[method-assign]
