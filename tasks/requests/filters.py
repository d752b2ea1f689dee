"""What a person may ask of the list of proposals, read from the url."""

from typing import Any

from django import forms
from django.db.models import Count, F, Q, Sum

from communes.enums import Role
from communes.models import Commune, User
from communes.names import bearers, told
from ntm_tracker.lib.forms import filter_words, offer
from tasks.enums import PUBLISHED, ReplyKind
from tasks.forms import serves, sub_item_field
from tasks.models import Proposal
from tasks.querysets import ProposalQuerySet

PUBLISHED_REPLY = Q(reply__isnull=False, point__section__notice__status__in=PUBLISHED)


class ProposalFilter(forms.Form):
    """Filters and order of the proposals. What can't be read is left out, the rest still counts."""

    ORDERS = {
        "made": ("made_on", "pk"),
        "commune": ("commune__sort_key", "made_on", "pk"),
        "amount": ("amount", "pk"),
    }

    q = forms.CharField(label="Tìm", max_length=100, required=False)
    commune = forms.ChoiceField(label="Xã", required=False)
    kind = forms.ChoiceField(label="Cách trả lời", required=False)
    sub_item = sub_item_field()

    def __init__(self, data: Any, *, user: User):
        super().__init__(data)
        self.user = user
        self.order = data.get("sort", "")
        self.state = data.get("state", "") if data.get("state") in dict(self.states) else ""
        everything = ("", "Tất cả")
        communes = bearers(Commune.objects.visible_to(user))
        offer(self, "commune", [everything, *((code, told(units)) for code, units in communes.items())])
        offer(self, "kind", [everything, *ReplyKind.choices])
        self.fields["q"].widget.attrs |= {"type": "search", "placeholder": "Nội dung, địa điểm"}
        self.is_valid()

    @property
    def states(self) -> list[tuple[str, str]]:
        """A commune doesn't learn that an answer is being drafted."""
        drafted = [] if self.user.role == Role.COMMUNE else [("draft", "Đã soạn trả lời")]
        mine = [("mine", "Giao phòng tôi")] if self.user.role == Role.DEPARTMENT else []
        return [("missing", "Chưa trả lời"), *drafted, ("done", "Đã trả lời"), *mine]

    @property
    def is_active(self) -> bool:
        return bool(self.state) or any(self.cleaned_data.values())

    @property
    def words(self) -> list[str]:
        """Return what narrows the list, in words."""
        state = [f"Trạng thái: {dict(self.states)[self.state]}"] if self.state else []
        return [*state, *filter_words(self)]

    def condition(self, state: str) -> Q:
        """Return what a state means; the signs of the rows say the same (`ProposalRow`)."""
        hidden = self.user.role == Role.COMMUNE
        department = self.user.department_id
        assigned = Proposal.objects.assigned_to(department or 0).order_by().values("pk")
        return {
            "missing": ~PUBLISHED_REPLY if hidden else Q(reply__isnull=True),
            "draft": Q(reply__isnull=False) & ~PUBLISHED_REPLY,
            "done": PUBLISHED_REPLY,
            "mine": Q(pk__in=assigned),
        }.get(state, Q())

    def narrowed(self) -> ProposalQuerySet:
        """Return the proposals that were asked for, whatever their state."""
        asked, rows = self.cleaned_data, Proposal.objects.visible_to(self.user)
        if asked.get("q"):
            rows = rows.matching(asked["q"])
        if asked.get("commune"):
            rows = rows.filter(commune__code=asked["commune"])
        if asked.get("kind"):
            shown = PUBLISHED_REPLY if self.user.role == Role.COMMUNE else Q()
            rows = rows.filter(shown, reply__kind=asked["kind"])
        if asked.get("sub_item"):
            rows = rows.filter(pk__in=Proposal.objects.filter(serves(asked["sub_item"])).values("pk"))
        return rows

    def rows(self) -> ProposalQuerySet:
        """Return what was asked for, in the order that was asked for; else the newest first."""
        found = self.narrowed().filter(self.condition(self.state)).for_list().select_related("commune__authority")
        return found.prefetch_related("sub_items").order_by(*self._ordering())

    def counts(self) -> dict[str, Any]:
        """Return how many of what was asked for are in each state, how many in all, and the money; one query."""
        counted = {f"n_{value}": Count("pk", filter=self.condition(value)) for value, _ in self.states}
        asked = Sum("amount", filter=self.condition(self.state))
        found = self.narrowed().aggregate(n_=Count("pk"), n_amount=asked, **counted)
        return {name.removeprefix("n_"): number for name, number in found.items()}

    def _ordering(self) -> list[Any]:
        descending = self.order.startswith("-")
        fields = self.ORDERS.get(self.order.removeprefix("-"))
        if fields is None:
            fields, descending = self.ORDERS["made"], True
        return [F(name).desc(nulls_last=True) if descending else F(name).asc(nulls_last=True) for name in fields]
