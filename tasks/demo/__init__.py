"""The demonstration: the real notice on Cao Sơn, and made-up data around it that plays on 10/4/2023.

Whatever is there already stays as it is, so loading twice doubles nothing and undoes nobody's work.
"""

from collections.abc import Callable, Iterable

from django.core.management import call_command
from django.db import transaction

from communes.digests import REMINDER
from communes.models import Authority, Message
from criteria.models import CriteriaSet
from tasks.demo import accounts, cao_son, findings, reports, sessions
from tasks.demo.frame import CRITERIA_SET, DISTRICT, LAST_DAY, LAST_MOMENT
from tasks.models import Notice
from tasks.reminders import remind_everybody

NOTICE = "anh-son-cao-son-2023-04-05"

Step = Callable[[], None]


def load(show: Callable[[Iterable[Step]], Iterable[Step]] = iter) -> None:
    """Load everything that is missing, all or nothing. `show` may wrap the steps in a progress bar."""
    with transaction.atomic():
        for step in show(STEPS):
            step()


def load_catalogue() -> None:
    if not CriteriaSet.objects.filter(code=CRITERIA_SET).exists():
        call_command("loaddata", "catalogue", verbosity=0)


def load_units() -> None:
    if not Authority.objects.filter(code=DISTRICT).exists():
        call_command("loaddata", "units", verbosity=0)


def load_notice() -> None:
    if not Notice.objects.filter(reference=NOTICE).exists():
        call_command("loaddata", "cao-son-notice", verbosity=0)


def load_reminders() -> None:
    """Tell everybody what is due on the demonstration's morning, as the daily timer would."""
    if not Message.objects.filter(key__startswith=REMINDER).exists():
        remind_everybody(LAST_DAY, LAST_MOMENT)


STEPS: tuple[Step, ...] = (
    load_catalogue,
    load_units,
    accounts.load,
    load_notice,
    cao_son.load,
    findings.load,
    reports.load,
    sessions.load,
    load_reminders,
)
