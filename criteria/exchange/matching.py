"""Which unit and which sub-item a cell of a workbook means, however it is spelled. No database."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.utils import timezone
from django.utils.text import Truncator

from communes.enums import UnitChangeKind
from communes.models import Commune, UnitChange
from communes.names import without_kind
from criteria.models import SubItem
from ntm_tracker.lib import clock
from ntm_tracker.lib.text import search_key, spelling_key
from ntm_tracker.lib.workbook import cell_text

Record = TypeVar("Record")
SUGGESTIONS = 3


@dataclass(frozen=True)
class Match(Generic[Record]):
    """What was found, or `remedy`: why nothing was and what to do.

    `earlier`: what the same unit was before it got another name or authority, from the one that is meant on.
    """

    found: Record | None = None
    remedy: str = ""
    earlier: Sequence[Record] = ()


class CommuneIndex:
    """Finds a unit by its code, or by its name where only one unit bears it."""

    def __init__(self, communes: Iterable[Commune], ended: Iterable[Commune] = ()):
        """Take also the `ended` ones with their successors, to know who stands in their place."""
        self.by_code: dict[str, Commune] = {}
        self.by_name: dict[str, list[Commune]] = defaultdict(list)
        self.by_plain_name: dict[str, list[Commune]] = defaultdict(list)
        for unit in communes:
            self.by_code[unit.code] = unit
            self.by_name[spelling_key(unit.name)].append(unit)
            self.by_plain_name[search_key(unit.name)].append(unit)
        self.ended: dict[int, Commune] = {}
        self.before: dict[int, list[Commune]] = defaultdict(list)
        for unit in ended:
            if unit.successor:
                self.ended[unit.pk] = unit
                self.before[unit.successor.pk].append(unit)
        self._known: dict[tuple[str, str, datetime | None], Match[Commune]] = {}

    def match(self, code: Any, name: Any, exported_at: datetime | None = None) -> Match[Commune]:
        """Return the unit meant by the cells `code` and `name`, one of which may be empty.

        With the moment of the export, it is the one that stood then, whichever bears its code and name now.
        """
        key = (cell_text(code), cell_text(name), exported_at)
        if key not in self._known:
            self._known[key] = self._match(*key)
        return self._known[key]

    def _match(self, code: str, name: str, exported_at: datetime | None) -> Match[Commune]:
        if not code and not name:
            return Match(remedy="Chưa ghi xã. Hãy ghi mã xã (năm chữ số) hoặc tên xã.")
        # Of 00123 Excel makes 123.
        whole = code.zfill(5) if code.isdecimal() else code
        found = self._by_code(whole, name) if code else self._by_name(name)
        meant = found.found and exported_at and self._at(found.found, exported_at)
        return self._followed(meant) if meant else found

    def _by_code(self, code: str, name: str) -> Match[Commune]:
        unit = self.by_code.get(code)
        if unit and (not name or unit in self._named(name)):
            return Match(unit)
        former = self._former(name, code)
        if former:
            return self._followed(former)
        if unit:
            return Match(
                remedy=f"Mã {unit.code} là {unit}, không phải “{name[:40]}”. Hãy sửa mã hoặc tên cho khớp nhau."
            )
        return Match(remedy=f"Không có xã nào mang mã “{code[:20]}” trong phạm vi của anh/chị. Hãy kiểm tra lại mã.")

    def _by_name(self, name: str) -> Match[Commune]:
        units = self._named(name)
        if len(units) == 1:
            return Match(units[0])
        if units:
            listed = "; ".join(f"{unit}, {unit.authority}: {unit.code}" for unit in units[:SUGGESTIONS])
            more = "; …" if len(units) > SUGGESTIONS else ""
            return Match(remedy=f"Có {len(units)} đơn vị cùng tên này. Hãy ghi mã xã ({listed}{more}).")
        former = self._former(name)
        if former:
            return self._followed(former)
        near = self.by_plain_name.get(search_key(without_kind(name)[0]), [])
        asked = f" Có phải {near[0]} (mã {near[0].code})?" if near else ""
        return Match(
            remedy=f"Không tìm thấy xã “{name[:40]}” trong phạm vi của anh/chị.{asked} Hãy ghi mã xã hoặc xóa dòng này."
        )

    # Units that have ended

    def _former(self, name: str, code: str = "") -> Commune | None:
        """Return the ended unit of that name and code; where it bore either alone, only if no present unit does."""
        wanted = spelling_key(without_kind(name)[0])
        named = [unit for unit in self.ended.values() if spelling_key(unit.name) == wanted]
        coded = [unit for unit in self.ended.values() if code and unit.code == code]
        both = [unit for unit in named if unit in coded or self._heir(unit).code == code]
        if code in self.by_code:
            return both[-1] if both else None
        found = both or coded or ([] if code else named)
        return found[-1] if found else None

    def _at(self, unit: Commune, moment: datetime) -> Commune | None:
        """Return the unit of the same code in whose place `unit` was put after `moment`."""
        earlier = None
        while found := next((one for one in self.before[unit.pk] if _recorded_after(one, moment)), None):
            same = [one for one in self.before[unit.pk] if one.code == unit.code]
            unit = earlier = same[0] if same else found
        return earlier

    def _steps(self, unit: Commune) -> list[Commune]:
        """Return `unit` and the ended ones after it, up to the one that the last unit follows."""
        steps = [unit]
        while (successor := steps[-1].successor) and successor.pk in self.ended and successor not in steps:
            steps.append(self.ended[successor.pk])
        return steps

    def _heir(self, unit: Commune) -> Commune:
        last = self._steps(unit)[-1]
        return last.successor or last

    def became(self, unit: Commune) -> str:
        """Return "xã Hội Sơn nay là xã Hoà Bình (đổi tên từ 01/4/2023)"."""
        heir, change = self._heir(unit), _decisive([change_of(step) for step in self._steps(unit)])
        day = clock.vn_date(change.from_day) if change else ""
        if change and change.kind == UnitChangeKind.MOVE and str(unit) == str(heir):
            return f"{unit} đã chuyển sang {heir.authority} từ {day}"
        how = f" ({change.get_kind_display().lower()} từ {day})" if change else ""
        return f"{unit} nay là {heir}{'' if unit.code == heir.code else f', mã {heir.code}'}{how}"

    def _followed(self, unit: Commune) -> Match[Commune]:
        """Return the unit in the place of an ended one, if it is still the same; otherwise what became of it."""
        steps = self._steps(unit)
        changes = [change_of(step) for step in steps]
        heir = self._heir(unit)
        if self.by_code.get(heir.code) != heir:
            return Match(
                remedy=f"{self.became(unit)}, tài khoản của anh/chị không đổi được kết quả của xã này nữa. "
                f"Hãy xóa các dòng của {unit}."
            )
        if all(change and change.keeps_unit for change in changes):
            return Match(self.by_code[heir.code], earlier=steps)
        if _decisive(changes) is None:
            return Match(remedy=f"{self.became(unit)}. Hãy tải bảng mới hoặc xóa dòng này.")
        return Match(
            remedy=f"{self.became(unit)}. Kết quả của đơn vị cũ không ghi cho đơn vị mới. Hãy tải bảng mới của {heir} "
            f"và xóa các dòng của {unit} trong tệp này."
        )

    def _named(self, name: str) -> list[Commune]:
        """Return the units of that name; a name typed without any mark also finds the ones with marks."""
        for text, kind in ((name, None), without_kind(name)):
            units = self.by_name.get(spelling_key(text), [])
            if not units and search_key(text) == " ".join(text.lower().split()):
                units = self.by_plain_name.get(search_key(text), [])
            units = [unit for unit in units if kind is None or unit.kind == kind]
            if units:
                return units
        return []


def change_of(ended: Commune) -> UnitChange | None:
    """Return the change by which a unit ended; None where it isn't recorded."""
    return getattr(ended.successor, "unit_change", None)


def _decisive(changes: Sequence[UnitChange | None]) -> UnitChange | None:
    """Return the change that says most of what became of a unit: a merger, else the last one."""
    return next((one for one in changes if one and not one.keeps_unit), changes[-1])


def _recorded_after(ended: Commune, moment: datetime) -> bool:
    """Whether the unit ended after `moment`, which a workbook gives to the minute and without its zone."""
    change = change_of(ended)
    return change is not None and timezone.make_naive(change.at).replace(second=0, microsecond=0) > moment


class SubItemIndex:
    """Finds a sub-item by its code, by the one that the decision prints, or by its name where one alone bears it."""

    def __init__(self, sub_items: Iterable[SubItem]):
        self.by_code: dict[str, SubItem] = {}
        self.by_name: dict[str, list[SubItem]] = defaultdict(list)
        items = list(sub_items)
        for item in items:
            self.by_code[item.code] = item
            self.by_name[spelling_key(item.name)].append(item)
        for item in items:
            self.by_code.setdefault(item.official_code, item)

    def match(self, code: Any, name: Any) -> Match[SubItem]:
        text = cell_text(code)
        if not text:
            found = self.by_name.get(spelling_key(cell_text(name)), []) if name else []
            if len(found) == 1:
                return Match(found[0])
            return Match(remedy="Chưa ghi mã nội dung. Hãy ghi mã như 13.3.")
        if not isinstance(code, (str, float, int)):
            return Match(remedy=f"Excel đã đổi mã thành ngày ({text}). Hãy định dạng ô là Text rồi gõ lại mã như 13.3.")
        if isinstance(code, float) and "." in text and f"{text}0" in self.by_code:
            return Match(
                remedy=f"Ô này là số nên không rõ là {text} hay {text}0. Hãy định dạng ô là Text rồi gõ lại mã."
            )
        item = self.by_code.get(text.replace(",", ".").strip(". "))
        if item is None:
            return Match(remedy=f"Bộ tiêu chí không có nội dung mang mã “{text[:20]}”. Hãy kiểm tra lại mã.")
        other = self._other_named(item, cell_text(name))
        if other:
            first, second = (Truncator(one.name).chars(60) for one in (item, other))
            return Match(
                remedy=f"Mã {text[:20]} là “{first}”, còn “{second}” mang mã {self.printed(other)}. Hãy sửa mã hoặc "
                "tên nội dung cho khớp nhau."
            )
        return Match(item)

    def _other_named(self, item: SubItem, name: str) -> SubItem | None:
        """Return the sub-item that bears `name` where `item` does not; none where it is a name of no sub-item."""
        named = self.by_name.get(spelling_key(name), []) if name and name != item.name else []
        return next(iter(named), None) if item not in named else None

    def printed(self, item: SubItem) -> str:
        """Return the code of `item` as the decision prints it, where it names no other one; else the product's own."""
        return item.official_code if self.match(item.official_code, "").found == item else item.code
