"""Which unit and which sub-item a cell of a workbook means, however it is spelled. No database."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from communes.enums import CommuneKind
from communes.models import Commune
from criteria.models import SubItem
from ntm_tracker.lib.text import search_key, spelling_key
from ntm_tracker.lib.workbook import cell_text

Record = TypeVar("Record")
KIND_WORDS = (
    (re.compile(r"^(?:(?:xã|xa)\s+|x\.\s*)(?=\S)"), CommuneKind.XA),
    (re.compile(r"^(?:(?:thị trấn|thi tran|tt)\s+|tt\.\s*)(?=\S)"), CommuneKind.THI_TRAN),
    (re.compile(r"^(?:(?:phường|phuong)\s+|p\.\s*)(?=\S)"), CommuneKind.PHUONG),
)
SUGGESTIONS = 3


@dataclass(frozen=True)
class Match(Generic[Record]):
    """What was found, or `remedy`: why nothing was and what to do."""

    found: Record | None = None
    remedy: str = ""


def without_kind(text: str) -> tuple[str, CommuneKind | None]:
    """Return the name without "xã", "thị trấn", "phường" before it, and the kind that it said."""
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    for pattern, kind in KIND_WORDS:
        found = pattern.match(plain.casefold())
        if found:
            return plain[found.end() :], kind
    return plain, None


class CommuneIndex:
    """Finds a unit by its code, or by its name where only one unit bears it."""

    def __init__(self, communes: Iterable[Commune], ended: Iterable[Commune] = ()):
        """Take also the `ended` ones, to name who follows them."""
        self.by_code: dict[str, Commune] = {}
        self.by_name: dict[str, list[Commune]] = defaultdict(list)
        self.by_plain_name: dict[str, list[Commune]] = defaultdict(list)
        for unit in communes:
            self.by_code[unit.code] = unit
            self.by_name[spelling_key(unit.name)].append(unit)
            self.by_plain_name[search_key(unit.name)].append(unit)
        self.former: dict[str, Match[Commune]] = {}
        for unit in ended:
            if unit.successor:
                heir = f"{unit.successor}, mã {unit.successor.code}"
                remedy = f"{unit} (mã {unit.code}) nay là {heir}. Hãy tải bảng mới hoặc xóa dòng này."
                self.former[unit.code] = self.former[spelling_key(unit.name)] = Match(remedy=remedy)
        self._known: dict[tuple[str, str], Match[Commune]] = {}

    def match(self, code: Any, name: Any) -> Match[Commune]:
        """Return the unit meant by the cells `code` and `name`, one of which may be empty."""
        key = (cell_text(code), cell_text(name))
        if key not in self._known:
            self._known[key] = self._match(*key)
        return self._known[key]

    def _match(self, code: str, name: str) -> Match[Commune]:
        if not code and not name:
            return Match(remedy="Chưa ghi xã. Hãy ghi mã xã (năm chữ số) hoặc tên xã.")
        if not code:
            return self._by_name(name)
        unit = self.by_code.get(code.zfill(5))
        if unit is None:
            return self.former.get(code.zfill(5)) or Match(
                remedy=f"Không có xã nào mang mã “{code[:20]}” trong phạm vi của anh/chị. Hãy kiểm tra lại mã."
            )
        if name and unit not in self._named(name):
            return Match(
                remedy=f"Mã {unit.code} là {unit}, không phải “{name[:40]}”. Hãy sửa mã hoặc tên cho khớp nhau."
            )
        return Match(unit)

    def _by_name(self, name: str) -> Match[Commune]:
        units = self._named(name)
        if len(units) == 1:
            return Match(units[0])
        if units:
            listed = "; ".join(f"{unit}, {unit.authority}: {unit.code}" for unit in units[:SUGGESTIONS])
            more = "; …" if len(units) > SUGGESTIONS else ""
            return Match(remedy=f"Có {len(units)} đơn vị cùng tên này. Hãy ghi mã xã ({listed}{more}).")
        former = self.former.get(spelling_key(without_kind(name)[0]))
        if former:
            return former
        near = self.by_plain_name.get(search_key(without_kind(name)[0]), [])
        asked = f" Có phải {near[0]} (mã {near[0].code})?" if near else ""
        return Match(
            remedy=f"Không tìm thấy xã “{name[:40]}” trong phạm vi của anh/chị.{asked} Hãy ghi mã xã hoặc xóa dòng này."
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
        return Match(item)
