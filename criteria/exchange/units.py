"""Departments, communes, who guides what, and accounts: a workbook that goes out as they are and comes back."""

from collections.abc import Iterable, Sequence

from communes.models import Authority, Commune, User
from communes.services import hold_communes
from criteria.exchange.sheets import Loaded, Problem, by_name, load_sheet, tried, write_sheet, written
from criteria.exchange.unit_sheets import SHEETS, CommuneSheet
from criteria.models import CriteriaSet, Zone
from criteria.selectors import set_in_force
from criteria.selectors.units import last_set_before
from ntm_tracker.lib import clock
from ntm_tracker.lib.download import Download
from ntm_tracker.lib.workbook import XLSX, Book, Column, ReadSheet, write_list


def _criteria_set() -> CriteriaSet | None:
    """Return the set whose sub-items are guided and whose zones apply: the one in force, else the last one."""
    today = clock.today()
    return set_in_force(today) or last_set_before(today)


def dry_run(sheets: Sequence[ReadSheet], by: User) -> Loaded:
    """Return what `sheets` would create or change for `by`; nothing stays written."""
    return tried(lambda: _load(sheets, by))


def load(sheets: Sequence[ReadSheet], by: User, *, seal: str = "") -> Loaded:
    """Create or change units, guides and accounts, all or nothing.

    Nothing stays written where a cell is wrong, or where it is not what the preview with this `seal` showed.
    Raises `SomebodyWasFaster` where somebody wrote the same rows at the same moment, `UnitEnded`.
    """
    return written(lambda: _load(sheets, by), seal=seal)


def _load(sheets: Sequence[ReadSheet], by: User) -> Loaded:
    """Load the sheets that are there, in an order in which each can point to what came before.

    One after the other: two at once would find the same rows missing.
    """
    list(Authority.objects.select_for_update(no_key=True).filter(parent=None).order_by("pk"))
    found = Loaded()
    present = by_name(sheets, SHEETS)
    if CommuneSheet.sheet in present:
        # Rows are saved whole: what a merger or a new name writes in them meanwhile would be lost.
        hold_communes(Commune.objects.visible_to(by).filter(valid_to__isnull=True))
    if not present:
        names = "; ".join(kind.sheet for kind in SHEETS)
        remedy = f"Tệp phải có ít nhất một trong các trang: {names}. Hãy dùng tệp mẫu."
        found.problems.append(Problem(sheets[0].name if sheets else "", "", "", remedy))
    criteria_set = _criteria_set()
    for kind in SHEETS:
        if kind.sheet in present:
            load_sheet(present[kind.sheet], kind(by, criteria_set), found)
    return found


def units_file(by: User) -> Download:
    """Return the workbook of everything in the reach of `by`, to be added to, with a sheet of the codes to use."""
    criteria_set = _criteria_set()
    name = f"Đơn vị và tài khoản - {by.authority or 'toàn hệ thống'}.xlsx"
    book = Book(name.removesuffix(".xlsx"))
    for kind in SHEETS:
        resource = kind(by, criteria_set)
        rows = resource.get_queryset()
        write_sheet(book, resource, resource.with_zones(rows) if isinstance(resource, CommuneSheet) else rows)
    columns = [Column("Dùng ở cột", width=20), Column("Mã", width=16), Column("Là", width=60)]
    write_list(book, "Tra mã", columns, _codes(by, criteria_set))
    return Download(name, XLSX, book.content())


def _codes(by: User, criteria_set: CriteriaSet | None) -> Iterable[tuple[str, str, str]]:
    for authority in Authority.objects.visible_to(by).valid_on(clock.today()).order_by("level", "sort_key"):
        yield "Cơ quan", authority.code, authority.name
    for zone in Zone.objects.filter(criteria_set=criteria_set).order_by("pk"):
        yield "Vùng", zone.code, zone.name
