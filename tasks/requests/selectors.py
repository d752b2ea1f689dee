"""What the pages of proposals need, as finished data."""

from dataclasses import dataclass
from datetime import date

from communes.enums import Role
from communes.models import User
from criteria.models import SubItem
from tasks.models import Notice, Proposal, ProposalReply, Task
from tasks.querysets import ProposalQuerySet
from tasks.requests.likeness import ALIKE, likeness, pairs
from tasks.requests.services import mark_of
from tasks.selectors import ProposalRow, TaskRow, proposal_row, task_rows

EARLIER = 5
LOOKED_AT = 400


@dataclass(frozen=True)
class Earlier:
    """An earlier proposal on the same matter, and why it is thought so."""

    row: ProposalRow
    because: str


@dataclass(frozen=True)
class ProposalPage:
    """Everything that the page of a proposal shows."""

    row: ProposalRow
    notice: Notice | None
    sub_items: tuple[SubItem, ...]
    supports: tuple[str, ...]
    tasks: tuple[TaskRow, ...]
    earlier: tuple[Earlier, ...]
    seen: str

    @property
    def proposal(self) -> Proposal:
        return self.row.proposal

    @property
    def reply(self) -> ProposalReply | None:
        return self.row.reply


def proposal_page(proposal: Proposal, *, user: User, today: date) -> ProposalPage:
    """Return what the page of `proposal` shows to `user`. A notice that is a draft is none of a commune's."""
    row = proposal_row(proposal, user)
    point = getattr(proposal, "point", None)
    notice = point.section.notice if point and (row.is_published or user.role != Role.COMMUNE) else None
    named = proposal.sub_items.select_related("criterion__criteria_set")
    sub_items = tuple(named.order_by("criterion__number", "position"))
    tasks = Task.objects.visible_to(user).filter(reply=row.reply) if row.reply else Task.objects.none()
    return ProposalPage(
        row=row,
        notice=notice,
        sub_items=sub_items,
        supports=tuple(unit.short_name for unit in row.reply.supports.all()) if row.reply else (),
        tasks=tuple(task_rows(tasks, today)) if row.reply else (),
        earlier=tuple(earlier_on_the_matter(proposal, {item.pk for item in sub_items}, user)),
        seen=mark_of(proposal),
    )


def earlier_on_the_matter(proposal: Proposal, sub_items: set[int], user: User) -> list[Earlier]:
    """Return earlier proposals that share a sub-item or are worded alike, the likeliest first; two queries."""
    candidates = Proposal.objects.visible_to(user).exclude(pk=proposal.pk).filter(made_on__lte=proposal.made_on)
    rows = list(candidates.order_by("-made_on", "-pk").for_list().prefetch_related("sub_items")[:LOOKED_AT])
    said = pairs(proposal.text)
    found = []
    for row in rows:
        alike = likeness(said, pairs(row.text))
        shared = [item.official_code for item in row.sub_items.all() if item.pk in sub_items]
        if not shared and alike < ALIKE:
            continue
        because = f"cùng nội dung {', '.join(shared)}" if shared else "lời văn giống nhau"
        # The commune's own come first: it is its matter that was settled or not.
        found.append(((row.commune_id != proposal.commune_id, -alike, -len(shared)), row, because))
    found.sort(key=lambda each: each[0])
    return [Earlier(proposal_row(row, user), because) for _, row, because in found[:EARLIER]]


def with_everything(proposals: ProposalQuerySet) -> ProposalQuerySet:
    """With the authority that the rules ask for."""
    return proposals.for_list().select_related("commune__authority__parent__parent", "made_by", "reply__replied_by")
