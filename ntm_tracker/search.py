"""One search over everything that a person may see: communes, sub-items, notices, tasks, proposals.

With diacritics and without: "cao son" finds Cao Sơn. What is written just as it was typed comes first,
so "đỉnh" puts Đỉnh Sơn before what is only spelt alike.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import F
from django.urls import reverse
from django.utils.text import capfirst

from communes.models import Commune, User
from criteria.models import SubItem
from criteria.selectors import set_in_force
from ntm_tracker.lib import clock
from ntm_tracker.lib.text import nfc, search_key
from tasks.models import Notice, Proposal, Task

SHOWN = 8
SHORTEST = 2


@dataclass(frozen=True)
class Hit:
    """One thing found: its name, what it is about, where it stands; `matrix_url` is its column in the matrix.

    Of an ended commune `heir` is what stands in its place now; `heir_url` is "" where the person may not open that.
    """

    title: str
    about: str
    url: str
    matrix_url: str = ""
    heir: str = ""
    heir_url: str = ""


@dataclass(frozen=True)
class Finds:
    """The hits of one kind, the best first; `more` is how many were left out, `url` the list that has them."""

    kind: str
    hits: tuple[Hit, ...]
    more: int
    url: str


def search(user: User, typed: str) -> list[Finds]:
    """Return what `user` may see and what holds every word of `typed`, by kind; kinds without hits are left out.

    Less than two letters find nothing. The number of queries doesn't depend on the number of rows.
    """
    text = nfc(typed.strip())
    if len(search_key(text)) < SHORTEST:
        return []
    matrix = _matrix_of(user)
    communes = list(_communes(user, text))
    heirs = _heirs(communes)
    kinds: list[tuple[str, Iterable[Any], Callable[[Any], Hit], str]] = [
        ("Xã, thị trấn", communes, lambda row: _commune(row, heirs.get(row.pk), user), "communes:list"),
        ("Nội dung tiêu chí", _sub_items(text), lambda row: _sub_item(row, matrix), "criteria:catalogue"),
        ("Thông báo kết luận", Notice.objects.visible_to(user).for_list().matching(text), _notice, "notices:list"),
        ("Nhiệm vụ", Task.objects.visible_to(user).for_list().matching(text), _task, "tasks:list"),
        (
            "Kiến nghị, đề xuất",
            Proposal.objects.visible_to(user).for_list().matching(text),
            _proposal,
            "proposals:list",
        ),
    ]
    found = [_finds(kind, [hit_of(row) for row in rows], text, page) for kind, rows, hit_of, page in kinds]
    return [finds for finds in found if finds.hits]


def _finds(kind: str, hits: Sequence[Hit], text: str, page: str) -> Finds:
    best = sorted(hits, key=lambda hit: text.lower() not in hit.title.lower())
    # The tasks that are done are found too; their list leaves them out unless all are asked for.
    query = {"q": text} | ({"state": "all"} if page == "tasks:list" else {})
    return Finds(kind, tuple(best[:SHOWN]), max(0, len(hits) - SHOWN), f"{reverse(page)}?{urlencode(query)}")


def _matrix_of(user: User) -> str:
    """Return the address of the matrix with all sub-items: a department's opens with its own."""
    return f"{reverse('matrix')}?{'department=&' if user.department_id else ''}"


def _communes(user: User, text: str) -> Iterable[Commune]:
    """Those of today first, then the ones that ended: people go on using their names."""
    units = Commune.objects.visible_to(user).valid_between(date.min, clock.today()).matching(text)
    return units.select_related("authority").order_by(F("valid_to").desc(nulls_first=True), "sort_key", "code")


def _sub_items(text: str) -> Iterable[SubItem]:
    criteria_set = set_in_force(clock.today())
    if criteria_set is None:
        return []
    return SubItem.objects.of_set(criteria_set).matching(text).select_related("criterion")


def _heirs(communes: Iterable[Commune]) -> Mapping[int, Commune]:
    """Return by key for each of `communes` that has ended the one that stands in its place now, if there is one."""
    heirs = Commune.objects.heirs_of([row.pk for row in communes if row.has_ended])
    if not heirs:
        return {}
    standing = Commune.objects.valid_on(clock.today()).select_related("authority__parent__parent")
    found = standing.in_bulk(set(heirs.values()))
    return {key: found[heir] for key, heir in heirs.items() if heir in found}


def _commune(row: Commune, heir: Commune | None, user: User) -> Hit:
    """One that has ended says until when, and what stands in its place now."""
    until = f" (đến {clock.vn_date(row.valid_to)})" if row.has_ended and row.valid_to else ""
    leads_on = heir is not None and user.has_perm("communes.view_progress", heir)
    return Hit(
        title=f"{capfirst(str(row))}{until}",
        about=str(row.authority),
        url=row.get_absolute_url(),
        heir=str(heir or ""),
        heir_url=heir.get_absolute_url() if heir and leads_on else "",
    )


def _sub_item(row: SubItem, matrix: str) -> Hit:
    """A sub-item stands in the catalogue, and in the matrix with the communes that lack it first."""
    number = row.criterion.number
    return Hit(
        title=f"{row.official_code} {row.name}",
        about=f"Tiêu chí {row.criterion}",
        url=f"{reverse('criteria:catalogue')}?q={row.code}",
        matrix_url=f"{matrix}open={number}&sort={row.code}#c{number}",
    )


def _notice(row: Notice) -> Hit:
    return Hit(
        f"{row.sign} {row.subject}",
        f"{row.commune}, phiên làm việc {clock.vn_date(row.session_on)}",
        row.get_absolute_url(),
    )


def _task(row: Task) -> Hit:
    return Hit(row.text, f"Chủ trì: {row.lead}", row.get_absolute_url())


def _proposal(row: Proposal) -> Hit:
    return Hit(row.text, str(row.commune), row.get_absolute_url())
