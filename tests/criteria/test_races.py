"""Several processes write the same few cells at once: on the database itself, not on a stand-in."""

import sqlite3
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from communes.models import User
from criteria.exchange.units import load
from criteria.models import EvidenceEvent
from criteria.services import attach_evidence
from ntm_tracker.lib import env
from ntm_tracker.lib.workbook import ReadSheet
from tests.drills.matrix import make_catalogue, make_matrix
from tests.drills.writers import Job, in_processes, race
from tests.factories import make_assessment, make_authority, make_evidence, make_user

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # Newer Pythons warn wherever a process with threads is forked; nothing of the parent's threads is used.
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning"),
]

WRITERS, WRITES = 6, 25


def shared_database(folder: Path) -> dict[str, Any]:
    """Return a database with what has been written so far; with SQLite in a file, as an installation has it."""
    database = dict(connection.settings_dict)
    if connection.vendor == "sqlite":
        database = env.sqlite(folder / "races.sqlite3")
        # A write that survives a power cut takes longer and races no differently.
        options = database["OPTIONS"]
        options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
        connection.ensure_connection()
        with sqlite3.connect(database["NAME"]) as file:
            connection.connection.backup(file)
        file.close()
    return database


@pytest.fixture
def job(tmp_path) -> Job:
    """Six processes, 25 writes each, on three cells."""
    matrix = make_matrix(make_catalogue(criteria=1, each=3), communes=1)
    cells = [(matrix.communes[0], sub_item) for sub_item in matrix.sub_items]
    return Job(shared_database(tmp_path), cells, cells, WRITERS, WRITES)


def test_officers_who_write_at_once_lose_nothing_and_are_never_refused(job):
    outcome = race(job)
    assert outcome.report.refused == []
    assert len(outcome.report.acknowledged) == WRITERS * WRITES
    assert (outcome.verdict.lost, outcome.verdict.unexplained) == (set(), [])
    assert outcome.report.conflicts > 0, "without a race nothing is proved"


def test_without_the_comparison_of_versions_the_same_race_loses_writes(job):
    assert len(race(replace(job, checked=False)).verdict.lost) > 0


HEAD = ["Tên đăng nhập", "Họ và tên", "Chức vụ", "Vai trò", "Cơ quan", "Phòng, ban", "Xã", "Thư điện tử"]


def bring_in(officer: User) -> tuple[int, int]:
    """Bring in 20 accounts; return how many were new and how many cells were wrong."""
    rows = [[f"lanhdao{number}", f"Ông {number}", "", "Lãnh đạo", "", "", "", ""] for number in range(20)]
    found = load([ReadSheet("Tài khoản", [HEAD, *rows])], officer)
    return found.counts["Tài khoản"]["new"], len(found.problems)


def test_the_same_accounts_brought_in_at_once_are_made_once(tmp_path):
    officer = make_user(authority=make_authority())
    database = shared_database(tmp_path)
    assert sorted(in_processes(database, [partial(bring_in, officer)] * 4)) == [(0, 0), (0, 0), (0, 0), (20, 0)]


def test_a_file_put_to_a_finding_at_once_is_put_there_once(tmp_path):
    finding = make_assessment()
    file = make_evidence(commune=finding.commune)
    database = shared_database(tmp_path)
    put = partial(attach_evidence, finding=finding, files=[file], by=file.uploaded_by)
    in_processes(database, [put] * 6)
    assert in_processes(database, [EvidenceEvent.objects.count]) == [1]
