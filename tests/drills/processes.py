"""C2: fifty processes write without a pause; nothing is lost and nobody is refused."""

from collections import Counter
from dataclasses import replace
from typing import Any

from django.db import connection

from criteria.models import SubItem
from tests.drills.matrix import make_matrix
from tests.drills.results import Result
from tests.drills.writers import Job, Outcome, race

WRITERS, WRITES, HOT = 50, 3000, 10


def drill(sub_items: list[SubItem]) -> list[Result]:
    """Run the product and its broken variants, each on a matrix of its own."""
    ours = race(job(sub_items))
    unchecked = race(replace(job(sub_items), checked=False))
    results = [
        Result(
            "C2",
            f"{WRITERS} processes, {WRITES:,} writes: 0 lost",
            f"{len(ours.verdict.lost)} lost, {len(ours.verdict.unexplained)} unexplained of {told(ours)}",
            f"version check off: {len(unchecked.verdict.lost):,} lost",
            ours.verdict.clean and len(unchecked.verdict.lost) > 0,
        )
    ]
    name, careless = careless_database()
    refusing = race(replace(job(sub_items), database=careless))
    results.append(
        Result(
            "C2",
            f"{WRITERS} processes, {WRITES:,} writes: 0 refused",
            f"{len(ours.report.refused)} refused {most_common(ours)}".strip(),
            f"{name}: {len(refusing.report.refused):,} refused ({most_common(refusing)})",
            len(ours.report.acknowledged) == WRITES and len(refusing.report.refused) > 0,
        )
    )
    return results


def job(sub_items: list[SubItem]) -> Job:
    matrix = make_matrix(sub_items)
    cells = [(commune, sub_item) for commune in matrix.communes for sub_item in matrix.sub_items]
    return Job(own_database(), cells, cells[:HOT], WRITERS, WRITES // WRITERS)


def own_database() -> dict[str, Any]:
    """The settings of the product; a writer needs one connection of the pool."""
    database = dict(connection.settings_dict)
    if connection.vendor == "postgresql":
        database["OPTIONS"] = {**database["OPTIONS"], "pool": {"min_size": 1, "max_size": 1}}
    return database


def careless_database() -> tuple[str, dict[str, Any]]:
    """The same database with settings under which it does refuse, and what they are called."""
    database = own_database()
    if connection.vendor == "sqlite":
        return "Django's own SQLite settings", {"ENGINE": database["ENGINE"], "NAME": database["NAME"]}
    from psycopg import IsolationLevel

    options = {**database["OPTIONS"], "isolation_level": IsolationLevel.REPEATABLE_READ}
    return "REPEATABLE READ", {**database, "OPTIONS": options}


def told(outcome: Outcome) -> str:
    return f"{len(outcome.report.acknowledged):,} acknowledged, {outcome.report.conflicts:,} read again"


def most_common(outcome: Outcome) -> str:
    return next((reason.splitlines()[0] for reason, _ in Counter(outcome.report.refused).most_common(1)), "")
