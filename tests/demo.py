"""The demonstration's data for tests that need a whole district: lists, pages, documents."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import count
from pathlib import Path
from unittest.mock import patch

import pytest
from django.db import connection, transaction
from django.test import override_settings

from communes.models import Commune, User
from ntm_tracker.lib.official import OfficialDocument
from ntm_tracker.lib.pdf import render_pdf
from tasks import demo as demonstration
from tasks.codes import LENGTH
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
        with pytest.MonkeyPatch.context() as closing, transaction.atomic():
            closing.setattr(connection, "close", lambda: None)
            load()
            yield
            transaction.set_rollback(True)


@cache
def rendered_once(document: OfficialDocument) -> bytes:
    """The PDF of a made-up notice: the same for every module."""
    return render_pdf(document)


def load_demo() -> None:
    """Load with codes that are the same each time: the PDFs of one module then serve the next."""
    codes = (f"{number:0{LENGTH}}" for number in count(1))
    with patch("tasks.services.render_pdf", rendered_once), patch("tasks.services.new_check_code", codes.__next__):
        demonstration.load()


@pytest.fixture(scope="module")
def demo_data(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Path]:
    """Load once for a module, and give the folder of the files.

    Its tests that don't ask for `demo` may find the data there all the same.
    """
    folder = tmp_path_factory.mktemp("demo")
    with override_settings(MEDIA_ROOT=folder), kept_for_a_while(django_db_blocker, load_demo):
        yield folder


@pytest.fixture
def demo(demo_data, db, settings) -> Demo:
    """The demonstration on its day, loaded once for the module; changes are undone after each test."""
    settings.NTM_TODAY, settings.MEDIA_ROOT = DAY, demo_data
    return Demo()


@pytest.fixture
def live_demo(transactional_db, settings, tmp_path) -> Demo:
    """The demonstration on its day, committed for a server in another thread; loaded for each test."""
    settings.NTM_TODAY, settings.MEDIA_ROOT = DAY, tmp_path
    load_demo()
    return Demo()
