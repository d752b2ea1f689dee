"""What a person may ask of a list, read from the url."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms

from communes.enums import Role
from communes.models import Commune, User
from communes.names import bearers, told
from tasks.enums import PUBLISHED, NoticeStatus
from tasks.models import Notice
from tasks.querysets import NoticeQuerySet


class NoticeFilter(forms.Form):
    """Filters and order of the list of notices. What cannot be read is left out, the rest still counts."""

    ORDERS = {
        "session": ("session_on", "pk"),
        "sign": ("number_year", "number", "pk"),
        "commune": ("commune__sort_key", "session_on", "pk"),
        "status": ("status", "session_on", "pk"),
    }

    q = forms.CharField(label="Tìm", max_length=100, required=False)
    commune = forms.ChoiceField(label="Xã", required=False)
    year = forms.TypedChoiceField(label="Năm", coerce=int, empty_value=None, required=False)
    status = forms.ChoiceField(label="Trạng thái", required=False)

    def __init__(self, data: Any, *, user: User):
        super().__init__(data)
        self.visible: NoticeQuerySet = Notice.objects.visible_to(user)
        self.order = data.get("sort", "")
        communes = Commune.objects.visible_to(user).filter(pk__in=self.visible.order_by().values("commune"))
        years = self.visible.dates("session_on", "year", order="DESC")
        known = PUBLISHED if user.role == Role.COMMUNE else NoticeStatus
        self.statuses = [(status.value, status.label) for status in NoticeStatus if status in known]
        self._offer("commune", [(code, told(units)) for code, units in bearers(communes).items()])
        self._offer("year", [(day.year, str(day.year)) for day in years])
        self._offer("status", self.statuses)
        self.fields["q"].widget.attrs |= {"type": "search", "placeholder": "Trích yếu hoặc số"}
        self.is_valid()

    def _offer(self, name: str, choices: Sequence[tuple[Any, str]]) -> None:
        field = cast(forms.ChoiceField, self.fields[name])
        field.choices = [("", "Tất cả"), *choices]

    @property
    def is_active(self) -> bool:
        """Whether anything narrows the list."""
        return any(self.cleaned_data.values())

    def rows(self) -> NoticeQuerySet:
        """Return the notices that were asked for, in the order that was asked for; else the newest session first."""
        asked = self.cleaned_data
        rows = self.visible.for_table()
        if asked.get("q"):
            rows = rows.matching(asked["q"])
        if asked.get("commune"):
            rows = rows.filter(commune__code=asked["commune"])
        if asked.get("year"):
            rows = rows.filter(session_on__year=asked["year"])
        if asked.get("status"):
            rows = rows.filter(status=asked["status"])
        return rows.order_by(*self._ordering())

    def _ordering(self) -> list[str]:
        descending = self.order.startswith("-")
        fields = self.ORDERS.get(self.order.removeprefix("-"))
        if fields is None:
            fields, descending = self.ORDERS["session"], True
        return [f"-{field}" if descending else field for field in fields]
