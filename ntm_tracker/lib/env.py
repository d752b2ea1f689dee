"""Typed readers for environment variables.

A value that cannot be read stops the start with one sentence that names the variable, the value and
what is accepted, so that a typing error never becomes a silent default.
"""

import os
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE_WORDS = ("1", "true")
FALSE_WORDS = ("0", "false")


class Environment:
    """Reads typed values from a mapping of environment variables.

    Every reader returns `default` when the variable is missing or empty and raises
    `ImproperlyConfigured` when its text cannot be read.
    """

    def __init__(self, values: Mapping[str, str] = os.environ):
        self.values = values

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, "").strip() or default

    def bool(self, name: str, default: bool) -> bool:
        word = self.text(name).lower()
        if not word:
            return default
        if word in TRUE_WORDS:
            return True
        if word in FALSE_WORDS:
            return False
        raise refusal(name, word, "1 or 0 (true or false)")

    def date(self, name: str) -> date | None:
        word = self.text(name)
        try:
            return date.fromisoformat(word) if word else None
        except ValueError:
            raise refusal(name, word, "a date such as 2023-04-10") from None

    def list(self, name: str, default: list[str]) -> list[str]:
        """Comma-separated names, blanks around them dropped."""
        word = self.text(name)
        return [part.strip() for part in word.split(",") if part.strip()] if word else default

    def path(self, name: str, default: Path) -> Path:
        word = self.text(name)
        return Path(word).expanduser().resolve() if word else default

    def file(self, name: str) -> Path | None:
        """Return the path of a file that may come and go, such as a key on a stick; None when none is named."""
        word = self.text(name)
        return Path(word).expanduser().resolve() if word else None

    def address(self, name: str) -> str:
        """Return an address of a site without a slash at its end: `https://ntm.example.vn`."""
        word = self.text(name)
        try:
            parts = urlsplit(word)
        except ValueError:
            parts = None
        if word and not (parts and parts.scheme in ("http", "https") and parts.hostname and not parts.query):
            raise refusal(name, word, "an address such as https://ntm.example.vn")
        return word.rstrip("/")

    def database(self, name: str, default: Path) -> dict:
        """Return Django's settings of one database: `sqlite:///file` or `postgresql://…`."""
        word = self.text(name)
        if not word:
            return sqlite(default)
        try:
            parts = urlsplit(word)
            port = parts.port
        except ValueError:
            parts, port = None, None
        if parts and parts.scheme == "sqlite" and parts.path.strip("/"):
            return sqlite(Path(unquote(parts.path[1:])))
        if parts and parts.scheme in ("postgres", "postgresql") and parts.path.strip("/"):
            return {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": unquote(parts.path[1:]),
                "USER": unquote(parts.username or ""),
                "PASSWORD": unquote(parts.password or ""),
                "HOST": unquote(parts.hostname or "") or dict(parse_qsl(parts.query)).get("host", ""),
                "PORT": str(port or ""),
                "OPTIONS": {
                    "pool": {"min_size": 1, "max_size": 8},
                    **{key: value for key, value in parse_qsl(parts.query) if key != "host"},
                },
            }
        raise refusal(
            name,
            word,
            "sqlite:////folder/file.sqlite3 or postgresql://user:password@host:5432/name",
        )

    def storage(self, name: str) -> dict:
        """Return Django's settings of where uploads lie: this machine's disk, or a bucket `s3://key:secret@host/bucket`.

        `s3+http://` speaks to a store on the own network without TLS. Files are private: they leave only
        through the product's own gate.
        """
        word = self.text(name)
        if not word:
            return {"BACKEND": "ntm_tracker.lib.storage.WholeFileStorage"}
        try:
            parts = urlsplit(word)
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            parts, port = None, ""
        bucket = unquote(parts.path.strip("/")) if parts else ""
        if not parts or parts.scheme not in ("s3", "s3+http") or not parts.hostname or not bucket or "/" in bucket:
            raise refusal(name, word, "s3://key:secret@host/bucket, or s3+http://… without TLS")
        scheme = "https" if parts.scheme == "s3" else "http"
        return {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": bucket,
                "endpoint_url": f"{scheme}://{parts.hostname}{port}",
                "access_key": unquote(parts.username or ""),
                "secret_key": unquote(parts.password or ""),
                "region_name": dict(parse_qsl(parts.query)).get("region", "us-east-1"),
                "addressing_style": "path",
                "signature_version": "s3v4",
                "default_acl": "private",
            },
        }

    def email(self, name: str, default: str) -> dict:
        """Return Django's mail settings: `console:`, `file:///folder`, `smtp://` or `smtps://`."""
        word = self.text(name, default)
        try:
            parts = urlsplit(word)
            port = parts.port
        except ValueError:
            raise refusal(name, word, "smtp://user:password@host:587") from None
        backend = "django.core.mail.backends."
        if parts.scheme == "console":
            return {"EMAIL_BACKEND": backend + "console.EmailBackend"}
        if parts.scheme == "file" and parts.path:
            return {
                "EMAIL_BACKEND": backend + "filebased.EmailBackend",
                "EMAIL_FILE_PATH": unquote(parts.path),
            }
        if parts.scheme in ("smtp", "smtps") and parts.hostname:
            secure = parts.scheme == "smtps"
            return {
                "EMAIL_BACKEND": backend + "smtp.EmailBackend",
                "EMAIL_HOST": parts.hostname,
                "EMAIL_PORT": port or (465 if secure else 25),
                "EMAIL_HOST_USER": unquote(parts.username or ""),
                "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
                "EMAIL_USE_SSL": secure,
                "EMAIL_USE_TLS": not secure and bool(parts.username),
                "EMAIL_TIMEOUT": 20,
            }
        raise refusal(
            name,
            word,
            "console:, file:///folder, smtp://host:25 or smtps://user:password@host:465",
        )


def sqlite(path: Path) -> dict:
    """SQLite settings that neither lose nor refuse a write under several writers.

    WAL only from SQLite 3.51.3 on: older libraries can corrupt a WAL database when two connections
    write and checkpoint at the same moment.
    """
    import sqlite3

    journal = "WAL" if sqlite3.sqlite_version_info >= (3, 51, 3) else "DELETE"
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": f"PRAGMA journal_mode={journal}; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
    }


def refusal(name: str, value: str, accepted: str) -> ImproperlyConfigured:
    """Return the error to raise; the password of an address stays out of it, so out of logs."""
    shown = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", value)
    return ImproperlyConfigured(f"{name} is {shown!r}; it must be {accepted}.")
