"""Several processes write the same few cells at once: on the database itself, not on a stand-in."""

import sqlite3
from dataclasses import replace

import pytest
from django.db import connection

from ntm_tracker.lib import env
from tests.drills.matrix import make_catalogue, make_matrix
from tests.drills.writers import Job, race

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # Newer Pythons warn wherever a process with threads is forked; nothing of the parent's threads is used.
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning"),
]

WRITERS, WRITES = 6, 25


@pytest.fixture
def job(tmp_path) -> Job:
    """Six processes, 25 writes each, on three cells; on SQLite in a file, as an installation has it."""
    matrix = make_matrix(make_catalogue(criteria=1, each=3), communes=1)
    cells = [(matrix.communes[0], sub_item) for sub_item in matrix.sub_items]
    database = dict(connection.settings_dict)
    if connection.vendor == "sqlite":
        database = env.sqlite(tmp_path / "races.sqlite3")
        # A write that survives a power cut takes longer and races no differently.
        options = database["OPTIONS"]
        options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
        connection.ensure_connection()
        with sqlite3.connect(database["NAME"]) as file:
            connection.connection.backup(file)
        file.close()
    return Job(database, cells, cells, WRITERS, WRITES)


def test_officers_who_write_at_once_lose_nothing_and_are_never_refused(job):
    outcome = race(job)
    assert outcome.report.refused == []
    assert len(outcome.report.acknowledged) == WRITERS * WRITES
    assert (outcome.verdict.lost, outcome.verdict.unexplained) == (set(), [])
    assert outcome.report.conflicts > 0, "without a race nothing is proved"


def test_without_the_comparison_of_versions_the_same_race_loses_writes(job):
    assert len(race(replace(job, checked=False)).verdict.lost) > 0
