"""A database for the drills alone: a file in a folder of its own, or a new database on the server of DATABASE_URL."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit


@contextmanager
def scratch() -> Iterator[Path]:
    """Start Django as an installation starts it, on an empty database that goes when the drills end."""
    with TemporaryDirectory(prefix="ntm-drill-") as folder, _database(Path(folder)) as address:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "ntm_tracker.settings",
            "DATABASE_URL": address,
            "NTM_DATA_DIR": folder,
            "NTM_DEBUG": "0",
            "NTM_SECRET_KEY": secrets.token_urlsafe(50),
            "NTM_ALLOWED_HOSTS": "127.0.0.1",
            "NTM_BEHIND_PROXY": "1",  # the officers speak as the proxy would
        }
        os.environ.pop("NTM_TODAY", None)
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield Path(folder)
        from tests.drills.writers import close_connections

        close_connections()


@contextmanager
def _database(folder: Path) -> Iterator[str]:
    configured = urlsplit(os.environ.get("DATABASE_URL", ""))
    if configured.scheme not in ("postgres", "postgresql"):
        yield f"sqlite:///{folder / 'ntm.sqlite3'}"
        return
    import psycopg

    name = f"ntm_drill_{secrets.token_hex(4)}"
    with psycopg.connect(urlunsplit(configured), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
        try:
            yield urlunsplit(configured._replace(path=f"/{name}"))
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
