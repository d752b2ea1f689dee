"""The demonstration's data for tests that need a whole district: lists, pages, documents."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import pytest
from django.db import connection, transaction

from communes.models import Commune, User
from tasks import demo as demonstration
from tasks.models import Notice

DAY = date(2023, 4, 10)


@dataclass(frozen=True)
class Demo:
    """Reads the loaded records; every call reads afresh, so no test sees what another one changed."""

    def user(self, username: str) -> User:
        return User.objects.get(username=username)

    def commune(self, code: str) -> Commune:
        return Commune.objects.get_by_natural_key(code)

    @property
    def cao_son(self) -> Commune:
        return self.commune("17386")

    @property
    def notice(self) -> Notice:
        """The draft on Cao Sơn."""
        return Notice.objects.get(reference="anh-son-cao-son-2023-04-05")


@contextmanager
def kept_for_a_while(blocker, load: Callable[[], None]) -> Iterator[None]:
    """Load inside a transaction that is taken back at the end; each test works in a savepoint of it.

    Django closes the connection after each test, which would end the transaction: closing waits.
    """
    with blocker.unblock():
        connection.ensure_connection()
        with pytest.MonkeyPatch.context() as patch, transaction.atomic():
            patch.setattr(connection, "close", lambda: None)
            load()
            yield
            transaction.set_rollback(True)


@pytest.fixture(scope="module")
def demo_data(django_db_setup, django_db_blocker):
    """Load once for a module. Its tests that don't ask for `demo` may find the data there all the same."""
    with kept_for_a_while(django_db_blocker, demonstration.load):
        yield


@pytest.fixture
def demo(demo_data, db, settings) -> Demo:
    """The demonstration on its day, loaded once for the module; changes are undone after each test."""
    settings.NTM_TODAY = DAY
    return Demo()


@pytest.fixture
def live_demo(transactional_db, settings) -> Demo:
    """The demonstration on its day, committed for a server in another thread; loaded for each test."""
    settings.NTM_TODAY = DAY
    demonstration.load()
    return Demo()
