"""Marks in a point's text that the document fills from the records: figures, session, chair, attendees, report.

So what is edited in one place (the chair's post, the list of attendees) stands right in every sentence.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from criteria.selectors import progress_of
from ntm_tracker.lib.clock import vn_date
from tasks.enums import AttendeeSide, CitationRole
from tasks.models import Notice

# "12/19 tiêu chí (đạt 63,2%), 42/57 nội dung (đạt 73,7%)", as of the session's day.
PROGRESS_TOKEN = "[[tiến độ]]"  # noqa: S105  a mark in a text, no password
# "Chiều ngày 05/4/2023".
SESSION_TOKEN = "[[thời gian]]"  # noqa: S105
# "Hoàng Quyền, Phó Bí thư Huyện ủy - Chủ tịch UBND huyện …".
CHAIR_TOKEN = "[[chủ trì]]"  # noqa: S105
# Everybody who took part, in the order and with the signs of the notice of 05/4/2023.
ATTENDEES_TOKEN = "[[thành phần]]"  # noqa: S105
# "21/BC-UBND ngày 03/4/2023": the report on which the session rests.
BASIS_TOKEN = "[[báo cáo]]"  # noqa: S105
# Stands where something has still to be written.
BLANK = "…"
NO_BASIS = f"{BLANK}/BC-UBND ngày {BLANK}"


@dataclass
class Tokens:
    """What the tokens of one notice stand for; each is looked up once, and only when a text asks for it."""

    notice: Notice
    known: dict[str, str] = field(default_factory=dict)

    def fill(self, text: str) -> str:
        """Return `text` with what the tokens stand for."""
        for token, meaning in MEANINGS.items():
            if token in text:
                if token not in self.known:
                    self.known[token] = meaning(self.notice)
                text = text.replace(token, self.known[token])
        return text


def _progress(notice: Notice) -> str:
    """Return both counts; of a commune that nobody has assessed blanks to fill in, not zeros."""
    progress = progress_of(notice.commune, notice.session_on)
    return progress.phrase if progress else f"{BLANK}/{BLANK} tiêu chí, {BLANK}/{BLANK} nội dung"


def _session(notice: Notice) -> str:
    return f"{notice.session_time} ngày {vn_date(notice.session_on)}".strip().capitalize()


def _chair(notice: Notice) -> str:
    return f"{notice.chair_name}, {notice.chair_post}"


def _attendees(notice: Notice) -> str:
    """Return the people of the authority, the departments that they come from, then those of the commune."""
    names: dict[str, list[str]] = {side: [] for side in AttendeeSide}
    for side, text in notice.attendees.order_by("position").values_list("side", "text"):
        names[side].append(text)
    people, departments, commune = (", ".join(names[side]) for side in AttendeeSide)
    office = f"{people}: {departments}" if people and departments else people or departments
    return "; ".join(part for part in (office, commune) if part) or BLANK


def _basis(notice: Notice) -> str:
    rows = notice.citations.filter(role=CitationRole.BASIS).order_by("dated", "sign")
    return ", ".join(f"{row.sign} ngày {vn_date(row.dated)}" for row in rows) or NO_BASIS


MEANINGS: dict[str, Callable[[Notice], str]] = {
    PROGRESS_TOKEN: _progress,
    SESSION_TOKEN: _session,
    CHAIR_TOKEN: _chair,
    ATTENDEES_TOKEN: _attendees,
    BASIS_TOKEN: _basis,
}
