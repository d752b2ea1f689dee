"""Workbooks: ours beside openpyxl, and an import beside bare inserts and beside one save a row."""

from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any

import openpyxl

from ntm_tracker.lib.workbook import Column, Kind, list_workbook, read
from tests.benchmarks.harness import Bench, cpu_seconds

ROWS, COLUMNS = 10_000, 20
UNITS, ITEMS = 40, 57  # findings of an import: 2,280 rows
MANY_UNITS = 200  # 11,400 rows


def cells() -> list[list[Any]]:
    """Return 200,000 cells, half of them figures, some of them texts that look like formulas."""
    return [
        [row * COLUMNS + at if at % 2 else f"{'=' if at == 4 else ''}Nội dung {row}, {at}" for at in range(COLUMNS)]
        for row in range(ROWS)
    ]


def read_cells() -> list[list[Any]]:
    """Return the same cells as a person's workbook holds them: openpyxl makes of "=…" a formula without a result."""
    return [[value.removeprefix("=") if isinstance(value, str) else value for value in row] for row in cells()]


def ours(rows: list[list[Any]]) -> bytes:
    columns = [Column(f"Cột {at}", Kind.NUMBER if at % 2 else Kind.TEXT) for at in range(COLUMNS)]
    return list_workbook("Danh sách", columns, rows)


def plain_openpyxl(rows: list[list[Any]]) -> bytes:
    """Write the same cells without looks and without any guard."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def read_with_openpyxl(content: bytes) -> int:
    book = openpyxl.load_workbook(BytesIO(content), read_only=True)
    return sum(1 for row in book.active.iter_rows(values_only=True) for _ in row)


def undone(work: Callable[[], Any]) -> Callable[[], None]:
    """Return a call that does `work` and takes back what it wrote, so that every round finds the same."""
    from django.db import transaction

    def run() -> None:
        with transaction.atomic():
            work()
            transaction.set_rollback(True)

    return run


def status_file(units: int) -> tuple[bytes, Any]:
    """Return a status workbook filled in for communes that nothing is known of yet, and who brings it back."""
    from communes.models import Authority, Commune, User
    from criteria.exchange.status_sheet import COLUMNS as STATUS_COLUMNS
    from criteria.exports import status_workbook
    from criteria.selectors import set_in_force
    from ntm_tracker.lib import clock

    user = User.objects.get(username="huyen")
    first = 97000 + Commune.objects.count()
    authority = Authority.objects.get(pk=user.authority_id)
    communes = Commune.objects.bulk_create(
        Commune(code=f"{first + place}", name=f"Thử {place}", authority=authority) for place in range(units)
    )
    (sheet, *_) = read(status_workbook(communes, set_in_force(clock.today()), clock.now()))
    for row in sheet.rows[1:]:
        row[4] = "Chưa đạt"
    return list_workbook("Trạng thái", list(STATUS_COLUMNS.values()), sheet.rows[1:], name=sheet.name), user


def imported(content: bytes, user: Any) -> None:
    """The whole way: read, match, validate, compare, write with history."""
    from criteria.exchange.status_import import dry_run, write

    preview = dry_run(read(content), user)
    write(preview.to_write({}), user)
    assert len(preview.changes) == UNITS * ITEMS


def previewed(content: bytes, user: Any) -> None:
    """Read, match, validate and compare; nothing is written."""
    from criteria.exchange.status_import import dry_run

    assert len(dry_run(read(content), user).changes) == MANY_UNITS * ITEMS


def exported_matrix(user: Any) -> bytes:
    """A hundred communes with every criterion opened, from the database to the file."""
    from communes.models import Commune
    from criteria.exports import matrix_workbook
    from criteria.selectors.matrix import Filters, matrix
    from ntm_tracker.lib import clock

    keys = list(Commune.objects.visible_to(user).of_kind("xa").order_by("pk").values_list("pk", flat=True)[:100])
    table = matrix(Commune.objects.filter(pk__in=keys), Filters(opens_all=True))
    assert (len(table.rows), len(table.columns)) == (100, ITEMS)
    return matrix_workbook(table, clock.today())


def pairs(content: bytes) -> list[tuple[int, int]]:
    """Return commune and sub-item of each row by their keys, read without bounds and without questions."""
    from python_calamine import CalamineWorkbook

    from communes.models import Commune
    from criteria.models import SubItem

    units = dict(Commune.objects.values_list("code", "pk"))
    items = dict(SubItem.objects.values_list("official_code", "pk"))  # of the only set
    rows = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
    return [(units[row[0]], items[row[2]]) for row in rows[1:]]


def bare_inserts(content: bytes) -> None:
    """Insert findings and changes in bulk, with nothing looked at."""
    from criteria.models import Assessment, AssessmentChange

    findings = Assessment.objects.bulk_create(
        Assessment(commune_id=unit, sub_item_id=item, status="not_met") for unit, item in pairs(content)
    )
    AssessmentChange.objects.bulk_create(
        AssessmentChange(assessment=finding, status="not_met", source="import", version=1) for finding in findings
    )


def one_by_one(content: bytes) -> None:
    """Look up and save each finding with its change, as is written in a minute."""
    from criteria.models import Assessment, AssessmentChange

    for unit, item in pairs(content):
        finding = Assessment.objects.filter(commune_id=unit, sub_item_id=item).first()
        finding = finding or Assessment(commune_id=unit, sub_item_id=item)
        finding.status = "not_met"
        finding.save()
        AssessmentChange.objects.create(assessment=finding, status="not_met", source="import", version=1)


def benches() -> list[Bench]:
    """Return R12, R13, R14 and F7."""
    rows = cells()
    content = plain_openpyxl(read_cells())
    filled, user = status_file(UNITS)
    many, _ = status_file(MANY_UNITS)
    whole = undone(partial(imported, filled, user))
    alone = partial(Bench, "F7", against=None, figure=cpu_seconds, repeats=5)
    return [
        Bench(
            "R12",
            "xuất 200.000 ô có định dạng / openpyxl trơn",
            partial(ours, rows),
            partial(plain_openpyxl, rows),
            target=1.2,
            repeats=5,
        ),
        Bench(
            "R13",
            "đọc 200.000 ô / openpyxl read_only với defusedxml",
            partial(read, content),
            partial(read_with_openpyxl, content),
            target=0.1,
            repeats=9,
        ),
        Bench(
            "R14",
            "nhập 2.280 dòng / bulk_create trơn",
            whole,
            undone(partial(bare_inserts, filled)),
            target=3,
            repeats=7,
        ),
        Bench(
            "R14", "nhập 2.280 dòng / lưu từng dòng", whole, undone(partial(one_by_one, filled)), target=0.2, repeats=3
        ),
        alone("đọc, kiểm và cho xem trước 11.400 dòng, CPU", partial(previewed, many, user), target=3000),
        alone("xuất bảng 100 xã × 57 có định dạng, CPU", partial(exported_matrix, user), target=1000),
        alone("xuất 200.000 ô có định dạng, CPU", partial(ours, rows), target=3500),
    ]
