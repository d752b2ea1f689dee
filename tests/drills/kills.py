"""U7: a worker killed while a status workbook is written: every row of it is there, or none."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from statistics import median
from time import monotonic
from typing import Any

from communes.models import User
from criteria.enums import Status
from criteria.exchange.compared import RowKind
from criteria.exchange.status_import import Row, write
from criteria.exchange.status_sheet import Finding
from criteria.models import Assessment, AssessmentChange, SubItem
from tests.drills.matrix import Matrix, make_matrix
from tests.drills.processes import own_database
from tests.drills.results import Result
from tests.drills.writers import close_connections, connect_to, in_processes
from tests.factories import make_user

KILLS, COMMUNES = 50, 200
Write = Callable[[Sequence[Row], User], Any]


@dataclass
class Found:
    """After how many kills all rows were there, none, or a part."""

    whole: int = 0
    nothing: int = 0
    part: int = 0


def drill(sub_items: list[SubItem], count: int) -> list[Result]:
    """Kill `count` imports at random moments of their writing; then some that write row by row."""
    matrix = make_matrix(sub_items, COMMUNES)
    ours = killed(matrix, write, count)
    control = killed(make_matrix(sub_items, COMMUNES // 10), row_by_row, max(3, count // 10))
    rows = COMMUNES * len(sub_items)
    return [
        Result(
            "U7",
            f"kill -9 in an import of {rows:,} rows × {count}: all or nothing",
            f"{ours.part} in part; {ours.whole} whole, {ours.nothing} nothing",
            f"row by row: {control.part} in part of {max(3, count // 10)}",
            ours.part == 0 and ours.nothing > 0 and control.part > 0,
        )
    ]


def row_by_row(rows: Sequence[Row], by: User) -> None:
    """The control: what was written before the kill stays."""
    for row in rows:
        write([row], by)


def killed(matrix: Matrix, how: Write, count: int) -> Found:
    by, random, found = make_user(authority=matrix.authority), Random(7), Found()
    # Written whole first: how long it takes when nobody kills it, and the rows that the kills then change.
    usual = median(write_and_die(matrix, how, by, token, None) for token in (1, 2, 3))
    for token in range(4, 4 + count):
        before = in_processes(own_database(), [lambda: state(matrix)])[0]
        write_and_die(matrix, how, by, token, random.uniform(0, usual))
        after = in_processes(own_database(), [lambda: state(matrix)])[0]
        rows = len(matrix.communes) * len(matrix.sub_items)
        if after == before:
            found.nothing += 1
        elif after == (1, Decimal(token), before[2] + rows):
            found.whole += 1
        else:
            found.part += 1
    return found


def state(matrix: Matrix) -> tuple[int, Any, int]:
    """Return how many different values stand in the matrix, one of them, and how many changes were recorded."""
    values = set(Assessment.objects.filter(commune__in=matrix.communes).order_by().values_list("value", flat=True))
    changes = AssessmentChange.objects.filter(assessment__commune__in=matrix.communes).count()
    return len(values), next(iter(values), None), changes


def rows_of(matrix: Matrix, token: int) -> list[Row]:
    """The rows of a workbook that puts `token` into every cell, compared with what stands."""
    asked = Finding(status=Status.MET, value=Decimal(token), reason="Nhập lại")
    found = Assessment.objects.filter(commune__in=matrix.communes).order_by()
    current = {(row.commune_id, row.sub_item_id): row for row in found}
    cells = [(commune, sub_item) for commune in matrix.communes for sub_item in matrix.sub_items]
    return [
        Row(
            sheet="Kết quả",
            number=place,
            kind=RowKind.CHANGED,
            commune=commune,
            sub_item=sub_item,
            asked=asked,
            current=current.get((commune.pk, sub_item.pk)),
        )
        for place, (commune, sub_item) in enumerate(cells, start=2)
    ]


def write_and_die(matrix: Matrix, how: Write, by: User, token: int, after: float | None) -> float:
    """Write in a process of its own, killed `after` so many seconds of writing; return how long it wrote."""
    close_connections()
    fork = multiprocessing.get_context("fork")
    begins = fork.Event()
    child = fork.Process(target=_write, args=(own_database(), matrix, how, by, token, begins), daemon=True)
    child.start()
    if not begins.wait(timeout=120):
        raise RuntimeError("the import has not begun")
    began = monotonic()
    child.join(timeout=after)
    if child.is_alive():
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
    return monotonic() - began


def _write(database: dict[str, Any], matrix: Matrix, how: Write, by: User, token: int, begins: Any) -> None:
    connect_to(database)
    rows = rows_of(matrix, token)
    begins.set()
    how(rows, by)
    close_connections()
