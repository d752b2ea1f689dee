"""What the addresses of the pages may ask for: a day, an order, a part of the list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from communes.models import Commune
from criteria.periods import EARLIEST, day_of, why_not
from criteria.selectors import COMMUNE_ORDERS, CommuneRow
from ntm_tracker.lib import clock

NEARLY = 3


@dataclass(frozen=True)
class DayAsked:
    """A day of the address: `at` is None for today; `error` says why a day couldn't be taken."""

    at: date | None = None
    error: str = ""
    is_end: bool = False

    @property
    def day(self) -> date:
        return self.at or clock.today()

    def of(self, commune: Commune) -> "DayAsked":
        """Return the day for a page of `commune`: at the latest its last one (`is_end`)."""
        if commune.valid_to and commune.valid_to < self.day:
            return DayAsked(commune.valid_to, self.error, is_end=True)
        return self


def day_asked(query: Mapping[str, str]) -> DayAsked:
    """Read `at` as 31/01/2023 or 2023-01-31. What can't be read, or lies ahead or too far back, falls back to today."""
    asked = _day_until_today(query.get("at", ""), instead="Đang hiện số liệu hôm nay.")
    return DayAsked() if asked.at == clock.today() else asked


def since_asked(query: Mapping[str, str]) -> DayAsked:
    """Read `since`, the first day of the changes, like `at`, today too; what can't be taken filters nothing."""
    return _day_until_today(query.get("since", ""), instead="Chưa lọc theo ô “Đổi từ ngày”.")


def _day_until_today(typed: str, *, instead: str) -> DayAsked:
    """Read a day that has come; `instead` says what is done where it can't be taken."""
    text = typed.strip()
    if not text:
        return DayAsked()
    day = day_of(text)
    if day is None or day < EARLIEST:
        return DayAsked(error=f"{why_not(text)} {instead}")
    if day > clock.today():
        return DayAsked(error=f"Ngày {clock.vn_date(day)} chưa tới nên chưa có số liệu. {instead}")
    return DayAsked(at=day)


# By which communes a past day is shown; without one by those of that day: (value in the address, label).
MAPS = (("new", "Theo đơn vị hiện nay"),)


def by_todays_map(query: Mapping[str, str], day: date | None) -> bool:
    """Whether a past day is asked for by the communes of today; of today (None) there is only one map."""
    return day is not None and day < clock.today() and query.get("map") == MAPS[0][0]


# Parts of the list of communes, by how much is missing: (value in the address, label).
LEVELS = (("dat", "Đạt chuẩn"), ("gan-dat", f"Còn 1–{NEARLY} tiêu chí"), ("con-nhieu", f"Còn hơn {NEARLY} tiêu chí"))


def level_of(row: CommuneRow) -> str:
    """Return the value of `LEVELS` to which a commune belongs; "" for one of which nothing is known."""
    if not row.is_known:
        return ""
    if row.progress.is_complete:
        return "dat"
    return "gan-dat" if row.progress.criteria_missing <= NEARLY else "con-nhieu"


def level_asked(query: Mapping[str, str]) -> str:
    """Return the part asked for; an unknown one asks for all."""
    level = query.get("level", "")
    return level if level in dict(LEVELS) else ""


def order_asked(query: Mapping[str, str], default: str = "name") -> str:
    """Return the order asked for; an unknown one is the default."""
    order = query.get("sort", "")
    return order if order.removeprefix("-") in COMMUNE_ORDERS else default
