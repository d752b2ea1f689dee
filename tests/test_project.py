"""What must hold for the tree as a whole."""

import os
import re
import subprocess
import sys
import tomllib
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
TEXT_SUFFIXES = {".py", ".toml", ".txt", ".md", ".html", ".css", ".js", ".json", ".yml", ".yaml", ".cfg", ".ini", ""}


def committed_files():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def committed_texts():
    for path in committed_files():
        if path.suffix in TEXT_SUFFIXES:
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def texts():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git clone")
    return list(committed_texts())


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration():
    out = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=out)
    except SystemExit:
        pytest.fail(f"run manage.py makemigrations:\n{out.getvalue()}")


def test_the_pins_name_versions_and_no_address():
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert pins
    assert [line for line in pins if not re.match(r"^[a-z0-9-]+==[\w.+!]+( ; .+)?$", line)] == []


def test_every_library_of_the_project_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = sum(project["optional-dependencies"].values(), project["dependencies"])
    pinned = {line.split("==")[0] for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()}
    assert {re.match(r"[\w-]+", line)[0].lower() for line in wanted} - pinned == set()


# Written in two halves, so that this file doesn't hold what it looks for.
@pytest.mark.parametrize(
    "trace",
    [
        "/wo" + "rk/",
        "/ro" + "ot/",
        "/ho" + "me/[a-z]",
        "/op" + "t/(wheels|pypi)",
        "index" + "-url *=",
        "extra-index" + "-url",
    ],
)
def test_no_committed_file_names_the_machine_or_a_registry(texts, trace):
    # The option that keeps addresses out of the pins is no address.
    hits = [
        str(name) for name, text in texts if re.search(r"(?<![\w>})])" + trace, text.replace("--no-emit-index-url", ""))
    ]
    assert hits == []


def test_no_lock_file_with_addresses_is_committed(texts):
    assert [str(name) for name, _ in texts if name.name in ("uv.lock", "poetry.lock", "package-lock.json")] == []


def test_an_installation_passes_every_deployment_check(tmp_path):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    installation = {
        "NTM_DEBUG": "0",
        "NTM_SECRET_KEY": "kJ8-vQ2_mZr5TxW9pLs3YbN7cFh4GdA6eUi1oRtEwQzXvBnMkP",
        "NTM_ALLOWED_HOSTS": "ntm.anhson.example",
        "NTM_DATA_DIR": str(tmp_path),
    }
    checked = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=kept | installation,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    assert "no issues" in checked.stdout
