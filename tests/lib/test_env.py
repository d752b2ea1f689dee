"""Every reader of an environment variable gives what the text says or stops with a sentence."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from ntm_tracker.lib.env import Environment

ROOT = Path(__file__).resolve().parents[2]
HERE = Path("/data/ntm.sqlite3")


def read(reader, text, *arguments):
    return getattr(Environment({"NTM_X": text}), reader)("NTM_X", *arguments)


@pytest.mark.parametrize(
    ("reader", "text", "arguments", "value"),
    [
        ("text", "  một  ", [], "một"),
        ("text", "", ["sẵn"], "sẵn"),
        ("bool", "1", [False], True),
        ("bool", "True", [False], True),
        ("bool", "0", [True], False),
        ("bool", "false", [True], False),
        ("bool", "", [True], True),
        ("date", "2023-04-10", [], date(2023, 4, 10)),
        ("date", "", [], None),
        ("list", "a.vn, b.vn,,", [[]], ["a.vn", "b.vn"]),
        ("list", "", [["x"]], ["x"]),
        ("path", "/srv/ntm", [HERE], Path("/srv/ntm")),
        ("path", "", [HERE], HERE),
        ("storage", "", [], {"BACKEND": "ntm_tracker.lib.storage.WholeFileStorage"}),
        ("file", "/srv/key.p12", [], Path("/srv/key.p12")),
        ("file", "", [], None),
        ("address", "https://ntm.example.vn/", [], "https://ntm.example.vn"),
        ("address", "", [], ""),
    ],
)
def test_a_value_is_read_as_its_type(reader, text, arguments, value):
    assert read(reader, text, *arguments) == value


def test_a_missing_variable_gives_the_default():
    assert Environment({}).bool("NTM_X", True) is True
    assert Environment({}).text("NTM_X", "sẵn") == "sẵn"


@pytest.mark.parametrize(
    ("reader", "text", "arguments"),
    [
        ("address", "ntm.example.vn", []),
        ("address", "https://", []),
        ("address", "https://[x", []),
        ("bool", "yes", [True]),
        ("bool", "có", [True]),
        ("bool", "2", [True]),
        ("date", "10/4/2023", []),
        ("date", "2023-02-30", []),
        ("database", "mysql://a@b/c", [HERE]),
        ("database", "postgresql://a@b", [HERE]),
        ("storage", "https://kho.vn/ntm", []),
        ("storage", "s3://kho.vn", []),
        ("storage", "s3://kho.vn/ntm/con", []),
        ("storage", "s3://kho.vn:cổng/ntm", []),
        ("database", "postgresql://a@b:cổng/c", [HERE]),
        ("database", "sqlite://", [HERE]),
        ("database", "ntm.sqlite3", [HERE]),
        ("email", "gopher://host", ["console:"]),
        ("email", "smtp://", ["console:"]),
        ("email", "smtp://host:cổng", ["console:"]),
        ("email", "file:", ["console:"]),
    ],
)
def test_what_cannot_be_read_stops_with_a_sentence_that_names_variable_and_value(reader, text, arguments):
    with pytest.raises(ImproperlyConfigured) as stopped:
        read(reader, text, *arguments)
    sentence = str(stopped.value)
    assert sentence.startswith("NTM_X is ")
    assert repr(text) in sentence
    assert "it must be " in sentence


@pytest.mark.parametrize(
    ("reader", "text", "default"),
    [
        ("database", "mysql://ntm:bimat@host/ntm", HERE),
        ("database", "postgresql://ntm:bimat@host:cổng/ntm", HERE),
        ("email", "gopher://ntm:bimat@host", "console:"),
        ("email", "smtp://ntm:bimat@host:cổng", "console:"),
    ],
)
def test_a_refused_address_does_not_tell_its_password(reader, text, default):
    with pytest.raises(ImproperlyConfigured) as stopped:
        read(reader, text, default)
    assert "bimat" not in str(stopped.value)


def test_without_an_address_the_database_is_the_sqlite_file_given():
    assert read("database", "", HERE)["NAME"] == HERE


def test_sqlite_takes_its_lock_at_the_start_waits_and_writes_through():
    database = read("database", "sqlite:////srv/ntm.sqlite3", HERE)
    assert database["NAME"] == Path("/srv/ntm.sqlite3")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert database["OPTIONS"]["timeout"] == 20
    assert "synchronous=FULL" in database["OPTIONS"]["init_command"]


def test_a_postgresql_address_is_taken_apart():
    database = read("database", "postgresql://ntm:m%40t@db.noi.bo:5433/anh_son?sslmode=require", HERE)
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["USER"], database["PASSWORD"]) == ("ntm", "m@t")
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.noi.bo", "5433", "anh_son")
    assert database["OPTIONS"]["sslmode"] == "require"


def test_postgresql_can_be_reached_through_a_socket():
    assert read("database", "postgresql://ntm@/anh_son?host=/run/postgresql", HERE)["HOST"] == "/run/postgresql"


@pytest.mark.parametrize(
    ("text", "port", "ssl", "tls"),
    [
        ("smtp://mail.noi.bo", 25, False, False),
        ("smtp://ntm:m%40t@mail.noi.bo:587", 587, False, True),
        ("smtps://ntm:m%40t@mail.noi.bo", 465, True, False),
    ],
)
def test_mail_with_a_password_never_travels_in_the_open(text, port, ssl, tls):
    mail = read("email", text, "console:")
    assert (mail["EMAIL_HOST"], mail["EMAIL_PORT"]) == ("mail.noi.bo", port)
    assert (mail["EMAIL_USE_SSL"], mail["EMAIL_USE_TLS"]) == (ssl, tls)
    assert mail["EMAIL_HOST_PASSWORD"] == ("m@t" if "@t" in text.replace("%40", "@") else "")


def test_mail_goes_to_the_terminal_or_into_a_folder_where_asked():
    assert read("email", "", "console:")["EMAIL_BACKEND"].endswith("console.EmailBackend")
    assert read("email", "file:///srv/mail", "console:")["EMAIL_FILE_PATH"] == "/srv/mail"


def start(tmp_path, **variables):
    """Load the settings in a process of their own with nothing but `variables` set."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", "import ntm_tracker.settings"],
        cwd=ROOT,
        env=kept | {"NTM_DATA_DIR": str(tmp_path)} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_installation_without_a_secret_key_refuses_to_start_and_says_why(tmp_path):
    refused = start(tmp_path, NTM_DEBUG="0")
    assert refused.returncode != 0
    assert "NTM_SECRET_KEY is missing" in refused.stderr


def test_an_installation_refuses_a_day_of_its_own(tmp_path):
    refused = start(tmp_path, NTM_DEBUG="0", NTM_SECRET_KEY="x" * 60, NTM_TODAY="2023-04-10")
    assert refused.returncode != 0
    assert "NTM_TODAY is set" in refused.stderr


def test_a_clone_without_any_variable_starts(tmp_path):
    assert start(tmp_path).returncode == 0


def test_an_installation_with_a_secret_key_starts(tmp_path):
    assert start(tmp_path, NTM_DEBUG="0", NTM_SECRET_KEY="x" * 60).returncode == 0
