"""Which unit a name means, however it is spelled. No database."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from communes.enums import CommuneKind
from communes.models import Commune
from ntm_tracker.lib.text import search_key, spelling_key

KIND_WORDS = (
    (re.compile(r"^(?:(?:xã|xa)\s+|x\.\s*)(?=\S)"), CommuneKind.XA),
    (re.compile(r"^(?:(?:thị trấn|thi tran|tt)\s+|tt\.\s*)(?=\S)"), CommuneKind.THI_TRAN),
    (re.compile(r"^(?:(?:phường|phuong)\s+|p\.\s*)(?=\S)"), CommuneKind.PHUONG),
)


def without_kind(text: str) -> tuple[str, CommuneKind | None]:
    """Return the name without "xã", "thị trấn", "phường" before it, and the kind that it said."""
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    for pattern, kind in KIND_WORDS:
        found = pattern.match(plain.casefold())
        if found:
            return plain[found.end() :], kind
    return plain, None


def bearers(units: Iterable[Commune]) -> dict[str, list[Commune]]:
    """Return for each code those of `units` that bore it, the last one first, in the order of the last ones' names."""
    found: dict[str, list[Commune]] = defaultdict(list)
    for unit in sorted(units, key=lambda unit: unit.valid_to or date.max, reverse=True):
        found[unit.code].append(unit)
    return dict(sorted(found.items(), key=lambda item: (item[1][0].sort_key, item[0])))


def told(units: Iterable[Commune]) -> str:
    """Return "xã Tam Đỉnh (cả xã Tam Sơn trước đây)" of one that goes by several names; a name is said once."""
    present, *before = dict.fromkeys(map(str, units))
    return f"{present} (cả {', '.join(before)} trước đây)" if before else present


class UnitNames:
    """Finds units by their names with or without marks, capitals and kind; by the exact spelling where it exists."""

    def __init__(self, units: Iterable[Commune]):
        self._by_key: dict[str, list[Commune]] = defaultdict(list)
        for unit in units:
            for key in {spelling_key(unit.name), search_key(unit.name)}:
                self._by_key[key].append(unit)

    def named(self, text: str) -> list[Commune]:
        """Return the units that `text` may name."""
        for key in (spelling_key, search_key):
            for name, kind in ((text, None), without_kind(text)):
                found = [unit for unit in self._by_key.get(key(name), []) if kind in (None, unit.kind)]
                if found:
                    return found
        return []
