"""Communes that are renamed, merged or moved: the old rows end, a new one follows them.

Records stay with the row under whose name they were made; the successor shows them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from communes.enums import CommuneKind, UnitChangeKind
from communes.exceptions import UnitEnded
from communes.models import Authority, Commune, UnitChange, User
from ntm_tracker.lib import clock
from ntm_tracker.lib.text import nfc, spelling_key
from ntm_tracker.lib.workdays import ONE_DAY


def hold_communes(communes: Iterable[Commune]) -> None:
    """Lock the rows of `communes` for the running transaction: none of them gets another name or ends meanwhile.

    Whoever writes what belongs to a commune holds it first, before a report, a finding or a file; several are locked
    in the order of their keys. So nobody waits in a circle. Raises `UnitEnded` where one has ended since it was read.
    """
    read = {unit.pk: unit for unit in communes}
    rows = Commune.objects.select_for_update(no_key=True).filter(pk__in=read).order_by("pk")
    for key, valid_to in rows.values_list("pk", "valid_to"):
        require_as_read(read[key], valid_to)


def require_as_read(commune: Commune, valid_to: date | None) -> None:
    """Raise `UnitEnded` where `valid_to`, its last day as it stands now, isn't the one that `commune` was read with."""
    if valid_to != commune.valid_to:
        raise UnitEnded(_what_became_of(Commune.objects.get(pk=commune.pk)))


def _what_became_of(unit: Commune) -> str:
    heir = unit.successor
    if heir is None or unit.valid_to is None:
        return f"{unit} vừa được sửa ngày kết thúc"
    since = clock.vn_date(unit.valid_to + ONE_DAY)
    if str(heir) == str(unit):
        return f"{unit} đã chuyển sang {heir.authority} từ ngày {since}"
    return f"{unit} đã đổi thành {heir} từ ngày {since}"


@dataclass(frozen=True)
class Succession:
    """A change that may be carried out: which units end, and which one, not saved yet, follows them."""

    kind: UnitChangeKind
    predecessors: tuple[Commune, ...]
    successor: Commune
    from_day: date

    @property
    def last_day(self) -> date:
        """The last day of the units that end."""
        return self.from_day - ONE_DAY

    @property
    def namesakes(self) -> list[Commune]:
        """The other units of that name under the same authority, on that day or after it, however it is spelled."""
        others = Commune.objects.filter(authority=self.successor.authority)
        others = others.exclude(pk__in=[unit.pk for unit in self.predecessors])
        there = others.valid_on(self.from_day) | others.filter(valid_from__gte=self.from_day)
        name = spelling_key(self.successor.name)
        return [unit for unit in there if spelling_key(unit.name) == name]

    @property
    def accounts(self) -> list[User]:
        """The accounts of the units that end; they go to the successor."""
        return list(User.objects.filter(commune__in=self.predecessors).order_by("username"))


@transaction.atomic
def rename_commune(*, commune: Commune, name: str, from_day: date, by: User) -> UnitChange:
    """Give the unit another name from `from_day` on, under the same code.

    Raises `ValidationError` by field where that can't be; so do the other two.
    """
    return _carry_out(renaming(commune=_held([commune])[0], name=name, from_day=from_day, by=by), by)


@transaction.atomic
def merge_communes(
    *, communes: Iterable[Commune], code: str, name: str, kind: str, authority: Authority, from_day: date, by: User
) -> UnitChange:
    """Put a new unit in the place of two or more; it may take over the code of one of them."""
    held = _held(communes)
    planned = merging(communes=held, code=code, name=name, kind=kind, authority=authority, from_day=from_day, by=by)
    return _carry_out(planned, by)


@transaction.atomic
def move_commune(*, commune: Commune, authority: Authority, from_day: date, by: User) -> UnitChange:
    """Put the unit under another authority from `from_day` on."""
    return _carry_out(moving(commune=_held([commune])[0], authority=authority, from_day=from_day, by=by), by)


# What would happen, or why it can't


def renaming(*, commune: Commune, name: str, from_day: date, by: User) -> Succession:
    """Return what `rename_commune` would do; raises what it would raise."""
    new_name = bare_name(name, commune.kind, "Đổi tên không đổi loại đơn vị: hãy ghi tên không kèm loại")
    if not new_name:
        raise ValidationError({"name": "Hãy ghi tên mới của đơn vị."})
    if new_name == commune.name:
        raise ValidationError({"name": f"Đơn vị đã mang tên {commune.name}. Hãy ghi tên mới."})
    return _succession(UnitChangeKind.RENAME, [commune], from_day, by, name=new_name)


def moving(*, commune: Commune, authority: Authority, from_day: date, by: User) -> Succession:
    """Return what `move_commune` would do; raises what it would raise."""
    if authority.pk == commune.authority_id:
        raise ValidationError({"authority": f"Đơn vị đã thuộc {authority}. Hãy chọn cơ quan khác."})
    return _succession(UnitChangeKind.MOVE, [commune], from_day, by, authority=authority)


def merging(
    *, communes: Iterable[Commune], code: str, name: str, kind: str, authority: Authority, from_day: date, by: User
) -> Succession:
    """Return what `merge_communes` would do; raises what it would raise."""
    units = list(communes)
    if len({unit.pk for unit in units}) < 2:
        raise ValidationError({"communes": "Sáp nhập cần ít nhất hai đơn vị. Một đơn vị thì dùng “Đổi tên”."})
    new_name = bare_name(name, kind, "Hãy chọn lại loại đơn vị mới, hoặc ghi tên không kèm loại")
    if not new_name:
        raise ValidationError({"name": "Hãy ghi tên của đơn vị mới."})
    return _succession(
        UnitChangeKind.MERGE, units, from_day, by, code=code, name=new_name, kind=kind, authority=authority
    )


def bare_name(name: str, kind: str, remedy: str) -> str:
    """Return `name` without the kind before it: "xã Hoà Bình" is "Hoà Bình"; raises where it says another kind."""
    words = " ".join(nfc(name).split())
    for said in CommuneKind:
        if f"{words} ".casefold().startswith(f"{said.label} "):
            bare = words[len(said.label) :].strip()
            if bare and said != kind:
                unit = CommuneKind(kind).label
                raise ValidationError({"name": f"Tên ghi “{said.label}” mà đơn vị là {unit}. {remedy}, “{bare}”."})
            return bare
    return words


def _succession(
    change: UnitChangeKind,
    units: list[Commune],
    from_day: date,
    by: User,
    *,
    authority: Authority | None = None,
    code: str = "",
    name: str = "",
    kind: str = "",
) -> Succession:
    """The successor takes from the first unit what isn't given."""
    first = units[0]
    field = "communes" if change == UnitChangeKind.MERGE else "commune"
    _refuse_units(units, from_day, by, field)
    successor = Commune(
        code=code or first.code,
        name=name or first.name,
        kind=CommuneKind(kind or first.kind),
        authority=authority or first.authority,
        valid_from=from_day,
        is_demonstration=any(unit.is_demonstration for unit in units),
    )
    if not by.has_perm("communes.manage_units", successor):
        raise ValidationError({"authority": "Cơ quan này ngoài phạm vi của anh/chị. Cơ quan cấp trên mới ghi được."})
    _refuse_authority(successor.authority, from_day)
    _refuse_code(successor, units, from_day)
    planned = Succession(change, tuple(units), successor, from_day)
    if change != UnitChangeKind.MOVE:
        _refuse_name(planned)
    return planned


def _refuse_units(units: list[Commune], from_day: date, by: User, field: str) -> None:
    for unit in units:
        if not by.has_perm("communes.manage_units", unit):
            raise ValidationError({field: "Có đơn vị ngoài phạm vi của anh/chị. Hãy chọn đơn vị trong phạm vi."})
        if unit.valid_to is not None:
            raise ValidationError(
                {field: f"{unit} đã kết thúc ngày {clock.vn_date(unit.valid_to)}, không đổi được nữa."}
            )
        if unit.valid_from is not None and from_day <= unit.valid_from:
            raise ValidationError(
                {"from_day": f"{unit} có từ {clock.vn_date(unit.valid_from)}; hãy ghi một ngày sau ngày đó."}
            )
    if from_day > clock.today():
        raise ValidationError(
            {"from_day": f"Ngày {clock.vn_date(from_day)} chưa tới. Thay đổi được ghi từ ngày nó có hiệu lực."}
        )


def _refuse_authority(authority: Authority, from_day: date) -> None:
    if not Authority.objects.valid_on(from_day).filter(pk=authority.pk).exists():
        raise ValidationError({"authority": f"{authority} không hoạt động vào ngày {clock.vn_date(from_day)}."})


def _refuse_code(successor: Commune, units: list[Commune], from_day: date) -> None:
    """The five digits, and nobody else who bears them on that day or after it."""
    try:
        Commune._meta.get_field("code").run_validators(successor.code)
    except ValidationError as wrong:
        raise ValidationError({"code": wrong.messages}) from None
    others = Commune.objects.filter(code=successor.code).exclude(pk__in=[unit.pk for unit in units])
    bearer = others.valid_on(from_day).first() or others.filter(valid_from__gte=from_day).first()
    if bearer is not None:
        raise ValidationError({"code": f"Mã {successor.code} đang là mã của {bearer}. Hãy kiểm tra lại mã."})


def _refuse_name(planned: Succession) -> None:
    """Refuse a name that a unit of the same kind bears; two that a move brings together are only told."""
    bearer = next((unit for unit in planned.namesakes if unit.kind == planned.successor.kind), None)
    if bearer is not None:
        raise ValidationError(
            {
                "name": f"{planned.successor.authority} đã có {bearer} (mã {bearer.code}). Hãy kiểm tra lại tên; "
                "nếu đơn vị đó cũng đổi tên thì hãy ghi việc đổi tên của đơn vị đó trước."
            }
        )


# Carrying it out


def _held(communes: Iterable[Commune]) -> list[Commune]:
    """Read the units afresh and hold them: whoever comes second finds them ended. In the order of `hold_communes`."""
    keys = [unit.pk for unit in communes]
    rows = Commune.objects.select_for_update(of=("self",)).select_related("authority__parent__parent")
    return sorted(rows.filter(pk__in=keys).order_by("pk"), key=lambda unit: (unit.sort_key, unit.code))


def _carry_out(planned: Succession, by: User) -> UnitChange:
    for unit in planned.predecessors:
        unit.valid_to = planned.last_day
        unit.save()
    successor = planned.successor
    successor.save()
    for unit in planned.predecessors:
        unit.successor = successor
        unit.save()
    accounts = planned.accounts
    for account in accounts:
        account.commune, account.authority = successor, successor.authority
        account.save()
    return UnitChange.objects.create(
        kind=planned.kind, successor=successor, from_day=planned.from_day, accounts=len(accounts), by=by
    )
