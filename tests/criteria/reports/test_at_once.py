"""Two processes take the same step of a report at the same moment: on the database itself, not on a stand-in."""

import sqlite3

import pytest
from django.db import connection

from criteria.reports import flow
from criteria.reports.snapshot import DocumentHead
from ntm_tracker.lib import env
from tests.drills import steps
from tests.drills.matrix import make_catalogue
from tests.drills.reports import fresh, make_drafts, make_office, trouble_of

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # Newer Pythons warn wherever a process with threads is forked; nothing of the parent's threads is used.
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning"),
]

REPORTS = 6


@pytest.fixture
def desk(settings, tmp_path, monkeypatch):
    """An office with drafts; on SQLite in a file, as an installation has it."""
    settings.MEDIA_ROOT = tmp_path
    office = make_office(make_catalogue(criteria=1, each=3))
    reports = make_drafts(office, REPORTS)
    database = dict(connection.settings_dict)
    if connection.vendor == "sqlite":
        database = env.sqlite(tmp_path / "at-once.sqlite3")
        connection.ensure_connection()
        with sqlite3.connect(database["NAME"]) as file:
            connection.connection.backup(file)
        file.close()
    monkeypatch.setattr(steps, "own_database", lambda: database)

    def looked_at() -> tuple[int, list[str]]:
        """What the processes left, read in one of their own."""
        trouble = steps.in_processes(database, [lambda: trouble_of(reports)])[0]
        return trouble.doubled, trouble.torn

    return office, reports, looked_at


def test_each_step_taken_twice_at_once_is_taken_once(desk):
    office, reports, looked_at = desk
    for step in steps.STEPS.values():
        answers = steps.at_once(office, reports, step)
        assert (answers.faults, answers.refused) == ([], 0)
        assert steps.agreeing(answers) == REPORTS
    assert looked_at() == (0, [])


def test_two_reports_sent_at_once_under_one_number_get_it_once(desk):
    office, reports, _ = desk
    partner = dict(zip(reports[::2], reports[1::2], strict=True))

    def numbered(report, of):
        head = DocumentHead(number=reports.index(of) + 1)
        return flow.submit_report(report=fresh(report), by=office.clerk, expected_version=1, head=head).event.pk

    answers = steps.at_once(
        office,
        list(partner),
        lambda _, report: numbered(report, report),
        lambda _, report: numbered(partner[report], report),
    )
    assert answers.faults == []
    assert (len(answers.events), answers.refused) == (len(partner), len(partner))


def test_without_the_comparison_the_same_step_is_taken_twice(desk):
    office, reports, looked_at = desk
    steps.at_once(office, reports, steps.STEPS["submit"])
    steps.at_once(office, reports, steps.STEPS["return"], broken=True)
    assert looked_at()[0] > 0
