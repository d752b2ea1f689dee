"""What a person may ask of the timeline, read from the url."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.db.models import F, Q

from communes.models import Commune, Department, User
from communes.names import bearers, told
from criteria.models import AssessmentChange, EvidenceEvent, SubItem
from criteria.periods import EARLIEST, why_not
from criteria.selectors.entries import Timeline
from ntm_tracker.lib import clock
from ntm_tracker.lib.forms import offer


def _lineages(communes: Iterable[Commune]) -> dict[str, list[Commune]]:
    """Return for each code who bears it, who bore it before, and who led to them, in the order of the bearers' names.

    Of `communes` alone: with those that a person may see, nobody else is looked up or named.
    """
    by_code = bearers(communes)
    led_to: dict[int | None, list[Commune]] = defaultdict(list)
    for units in by_code.values():
        for unit in units:
            led_to[unit.successor_id].append(unit)
    return {code: _with_those_before(units, led_to) for code, units in by_code.items()}


def _with_those_before(units: list[Commune], led_to: Mapping[int | None, list[Commune]]) -> list[Commune]:
    """Return `units` and all that led to them, however many steps back."""
    found = list(units)
    # It grows while it is run through: those before the ones before come too.
    for unit in found:
        found += [before for before in led_to.get(unit.pk, ()) if before not in found]
    return found


class ChangeFilter(forms.Form):
    """Filters of the changes. What can't be read is left out and named, the rest still counts."""

    q = forms.CharField(label="Nội dung", max_length=100, required=False)
    commune = forms.ChoiceField(label="Xã", required=False)
    department = forms.ChoiceField(label="Phòng, ban hướng dẫn", required=False)
    since = forms.DateField(label="Từ ngày", required=False, validators=[MinValueValidator(EARLIEST)])
    kind = forms.ChoiceField(
        label="Loại",
        choices=[
            ("", "Tất cả"),
            ("status", "Kết quả đánh giá"),
            ("figures", "Số liệu, xác nhận"),
            ("evidence", "Minh chứng"),
        ],
        required=False,
    )

    def __init__(self, data: Any, *, user: User):
        super().__init__(data)
        self.user = user
        self.lineages = _lineages(Commune.objects.visible_to(user))
        departments = Department.objects.visible_to(user)
        everything = ("", "Tất cả")
        offer(self, "commune", [everything, *((code, told(units)) for code, units in self.lineages.items())])
        offer(self, "department", [everything, *((str(row.pk), row.short_name) for row in departments)])
        self.fields["q"].widget.attrs |= {"type": "search", "placeholder": "Mã hoặc tên, ví dụ 17.4"}
        self.fields["since"].widget.attrs["placeholder"] = "01/3/2023"
        self.is_valid()

    @property
    def is_active(self) -> bool:
        return any(self.cleaned_data.values())

    @property
    def unread_day(self) -> str:
        """Why the day asked for isn't taken; "" where it is."""
        return f"{why_not(self['since'].data)} Chưa lọc theo ô “Từ ngày”." if "since" in self.errors else ""

    def rows(self) -> Timeline:
        """Return the changes and the moves of evidence that were asked for, the newest first."""
        changes = AssessmentChange.objects.visible_to(self.user).after_the_first().for_list().with_parts()
        events = EvidenceEvent.objects.visible_to(self.user).for_list()
        kind = self.cleaned_data.get("kind")
        if kind == "status":
            changes = changes.real_changes()
        elif kind == "figures":
            changes = changes.filter(from_status=F("status"))
        return Timeline(
            changes.none() if kind == "evidence" else changes.filter(self._wanted()),
            events.none() if kind in ("status", "figures") else events.filter(self._wanted()),
        )

    def _wanted(self) -> Q:
        asked = self.cleaned_data
        wanted = Q()
        if asked.get("q"):
            wanted &= Q(assessment__sub_item__in=SubItem.objects.matching(asked["q"]).values("pk"))
        if asked.get("commune"):
            wanted &= Q(assessment__commune__in=[unit.pk for unit in self.lineages[asked["commune"]]])
        if asked.get("department"):
            wanted &= Q(assessment__sub_item__guides__department=int(asked["department"]))
        if asked.get("since"):
            wanted &= Q(at__gte=clock.start_of(asked["since"]))
        return wanted
