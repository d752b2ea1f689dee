"""What a person may ask of the list of tasks, read from the url."""

from datetime import date
from functools import cached_property
from typing import Any

from django import forms
from django.db.models import Case, Count, F, Q, Value, When, Window
from django.db.models.functions import Coalesce, RowNumber, TruncDate
from django.utils import timezone

from communes.enums import Role
from communes.models import Commune, Department, User
from communes.names import bearers, told
from communes.querysets import within_reach
from criteria.deadlines import month_after
from ntm_tracker.lib.forms import filter_words, offer
from tasks.enums import PUBLISHED, ExtensionDecision, Recurrence, TaskStatus, TaskUpdateKind
from tasks.forms import serves, sub_item_field
from tasks.models import ExtensionRequest, Notice, Task, TaskSupport
from tasks.querysets import TaskQuerySet

SOON = 7
NOTICE = Coalesce("point__section__notice", "reply__proposal__point__section__notice")
SESSION = Coalesce("point__section__notice__session_on", "reply__proposal__point__section__notice__session_on")

# Value in the address, label; the first stands for no choice.
STATES = (
    ("", "Chưa xong"),
    ("overdue", "Quá hạn"),
    ("soon", f"Đến hạn trong {SOON} ngày"),
    ("pending", "Chờ xác nhận"),
    ("waiting", "Chờ ban hành"),
    ("done", "Đã xong"),
    ("late", "Xong muộn"),
    ("all", "Tất cả"),
)
GROUPS = (("", "Không nhóm"), ("commune", "Theo xã"), ("notice", "Theo thông báo"), ("month", "Theo tháng đến hạn"))
SHAPES = (("", "Danh sách", "list"), ("board", "Bảng", "columns-3"), ("calendar", "Lịch", "calendar-days"))
OFFICES = (Role.DISTRICT, Role.ADMINISTRATOR)
# Whose unit leads and supports work of its own.
UNITS: dict[str, str] = {Role.DEPARTMENT: "Của phòng tôi", Role.COMMUNE: "Của xã tôi"}


class TaskFilter(forms.Form):
    """View, filters, order and grouping of the tasks. What can't be read is left out, the rest still counts."""

    ORDERS = {
        "due": ("current_due", "pk"),
        "lead": ("lead_department__short_name", "lead_commune__sort_key", "current_due", "pk"),
        "commune": ("commune__sort_key", "current_due", "pk"),
        "state": ("status", "current_due", "pk"),
        "assigned": ("assigned_on", "pk"),
    }
    GROUPED = {"commune": ("commune__sort_key",), "notice": ("-session", "notice_key"), "month": ("current_due",)}

    q = forms.CharField(label="Tìm", max_length=100, required=False)
    lead = forms.ChoiceField(label="Chủ trì", required=False)
    commune = forms.ChoiceField(label="Xã", required=False)
    sub_item = sub_item_field()
    due = forms.ChoiceField(label="Hạn trong tháng", required=False)
    notice = forms.IntegerField(min_value=1, required=False)

    def __init__(self, data: Any, *, user: User, today: date):
        super().__init__(data)
        self.user, self.today = user, today
        self.view = _known(data.get("view"), [value for value, _ in self.views])
        self.state = _known(data.get("state"), [value for value, _ in STATES])
        self.group = _known(data.get("group"), [value for value, _ in GROUPS])
        self.shape = _known(data.get("as"), [value for value, *_ in SHAPES])
        self.order = data.get("sort", "")
        self._choices()
        self.fields["q"].widget.attrs |= {"type": "search", "placeholder": "Nội dung nhiệm vụ"}
        self.is_valid()

    def _choices(self) -> None:
        everything = ("", "Tất cả")
        departments = Department.objects.visible_to(self.user).only("short_name")
        by_code = bearers(Commune.objects.visible_to(self.user))
        communes = [(f"x{code}", told(units)) for code, units in by_code.items()]
        leads = [(f"p{unit.pk}", unit.short_name) for unit in departments]
        offer(self, "lead", [everything, *leads, *communes])
        offer(self, "commune", [everything, *communes])
        months = [month_after(self.today.replace(day=1), step) for step in range(-6, 13)]
        offer(self, "due", [everything, *((f"{day:%Y-%m}", f"Tháng {day.month}/{day.year}") for day in months)])

    @property
    def views(self) -> list[tuple[str, str]]:
        """The views that the person has: (value in the address, label)."""
        waiting = ("mine", "Chờ tôi xử lý")
        if self.user.role in OFFICES:
            return [("", "Tất cả"), waiting]
        if self.user.role in UNITS:
            return [("", "Tất cả"), ("unit", UNITS[self.user.role]), waiting]
        return [("", "Tất cả")]

    @property
    def is_active(self) -> bool:
        """Whether anything but the view narrows the list."""
        return bool(self.state) or any(self.cleaned_data.values())

    @property
    def is_narrowed(self) -> bool:
        """Whether one of the further filters is set."""
        names = ("lead", "commune", "sub_item", "due")
        return bool(self.group) or any(self.cleaned_data.get(name) for name in names)

    @property
    def chosen_notice(self) -> Notice | None:
        key = self.cleaned_data.get("notice")
        return Notice.objects.visible_to(self.user).filter(pk=key).first() if key else None

    @property
    def words(self) -> list[str]:
        """Return what narrows the list, in words."""
        view, notice = dict(self.views)[self.view], self.chosen_notice
        return [
            *([view] if self.view else []),
            *([f"Trạng thái: {dict(STATES)[self.state]}"] if self.state else []),
            *([f"Thông báo: {notice.sign or notice.subject}"] if notice else []),
            *filter_words(self, leave=["notice"]),
        ]

    # The rows

    @cached_property
    def everything(self) -> TaskQuerySet:
        """Every task of the view, with the day that counts now."""
        visible = Task.objects.visible_to(self.user).order_by().values("pk")
        rows = prepared(Task.objects.filter(pk__in=visible).with_days(self.today))
        if self.view == "unit":
            return rows.filter(pk__in=of_unit(self.user).values("pk"))
        if self.view == "mine":
            return rows.filter(self._mine())
        return rows

    def _mine(self) -> Q:
        """What waits for the person: to confirm and to decide, or to do; a part also while the lead is done."""
        if self.user.role in OFFICES:
            asked = ExtensionRequest.objects.filter(decision=ExtensionDecision.PENDING).values("task")
            waits = Q(status=TaskStatus.DONE) | Q(pk__in=asked) | self._overdue()
            return within_reach(self.user, "authority__") & waits
        if self.user.role == Role.DEPARTMENT:
            led, helped = Q(lead_department=self.user.department_id), Q(department=self.user.department_id)
        else:
            communes = {self.user.commune_id, *self.user.inherited_communes}
            led, helped = Q(lead_commune__in=communes), Q(commune__in=communes)
        parts = TaskSupport.objects.filter(helped).exclude(updates__kind=TaskUpdateKind.PART_DONE).values("task")
        open_parts = Q(pk__in=parts) & ~Q(status=TaskStatus.CONFIRMED)
        return _in_force() & (Q(status=TaskStatus.OPEN) & led | open_parts)

    def narrowed(self) -> TaskQuerySet:
        """Return the tasks that were asked for, whatever their state."""
        asked, rows = self.cleaned_data, self.everything
        if asked.get("q"):
            rows = rows.filter(pk__in=Task.objects.matching(asked["q"]).values("pk"))
        if asked.get("lead"):
            field = "lead_department" if asked["lead"].startswith("p") else "lead_commune__code"
            rows = rows.filter(**{field: asked["lead"][1:]})
        if asked.get("commune"):
            code = asked["commune"][1:]
            rows = rows.filter(Q(commune__code=code) | Q(lead_commune__code=code))
        if asked.get("sub_item"):
            rows = rows.filter(pk__in=Task.objects.filter(serves(asked["sub_item"])).values("pk"))
        if asked.get("due"):
            year, month = map(int, asked["due"].split("-"))
            rows = rows.filter(current_due__gte=date(year, month, 1), current_due__lt=month_after(date(year, month, 1)))
        if asked.get("notice"):
            rows = rows.alias(notice_key=NOTICE).filter(notice_key=asked["notice"])
        return rows

    def rows(self, state: str | None = None) -> TaskQuerySet:
        """Return what was asked for, of `state` instead of the one asked for where it is given.

        In the order that was asked for; else by the day that counts.
        """
        found = (
            self.narrowed()
            .filter(self.condition(self.state if state is None else state))
            .annotate(session=SESSION, notice_key=NOTICE)
        )
        return found.for_list().select_related("authority").order_by(*self._ordering())

    def first_going(self, limit: int) -> TaskQuerySet:
        """Return the first `limit` of each state of what was asked for and isn't confirmed; one query."""
        states = (When(self.condition(state), then=Value(state)) for state in ("waiting", "pending", "overdue"))
        place = Window(RowNumber(), partition_by=F("column"), order_by=self._ordering())
        going = self.rows("").annotate(column=Case(*states, default=Value("open")), place=place)
        return going.filter(place__lte=limit)

    def counts(self) -> dict[str, int]:
        """Return how many tasks of what was asked for are in each state; one query."""
        counted = {f"n_{value}": Count("pk", filter=self.condition(value)) for value, _ in STATES}
        found = self.narrowed().aggregate(**counted)
        return {value: found[f"n_{value}"] for value, _ in STATES}

    def condition(self, state: str) -> Q:
        """Return what a state means in the database; the signs of the rows say the same (`TaskRow`)."""
        last = date.fromordinal(self.today.toordinal() + SOON)
        conditions = {
            "": ~Q(status=TaskStatus.CONFIRMED),
            "overdue": self._overdue(),
            "soon": self._open() & Q(current_due__gte=self.today, current_due__lte=last),
            "pending": Q(status=TaskStatus.DONE),
            "waiting": ~_in_force(),
            "done": Q(status=TaskStatus.CONFIRMED),
            "late": _done_late(),
            "all": Q(pk__isnull=False),
        }
        return conditions[state]

    def _open(self) -> Q:
        return Q(status=TaskStatus.OPEN) & _in_force()

    def _overdue(self) -> Q:
        return self._open() & Q(current_due__lt=self.today)

    def _ordering(self) -> list[Any]:
        descending = self.order.startswith("-")
        fields = self.ORDERS.get(self.order.removeprefix("-"), self.ORDERS["due"])
        ordered = [_sorted(field, descending=descending) for field in fields]
        return [*(_sorted(field) for field in self.GROUPED.get(self.group, ())), *ordered]


def _sorted(field: str, *, descending: bool = False) -> Any:
    """Order by `field`, nothing last: what has no day or no commune comes after the rest."""
    if field.startswith("-"):
        field, descending = field[1:], not descending
    return F(field).desc(nulls_last=True) if descending else F(field).asc(nulls_last=True)


def of_unit(user: User) -> TaskQuerySet:
    """Return the tasks that the person's department or commune leads or supports; of any other person none."""
    if user.role == Role.DEPARTMENT:
        return Task.objects.involving(user.department_id or 0)
    communes = {user.commune_id, *user.inherited_communes} if user.role == Role.COMMUNE else ()
    return Task.objects.filter(Q(lead_commune__in=communes) | Q(supports__commune__in=communes))


def _known(asked: str | None, values: list[str]) -> str:
    return asked if asked in values else values[0]


def _in_force() -> Q:
    return Q(point__isnull=True, reply__isnull=True) | Q(notice_state__in=PUBLISHED)


def _done_late() -> Q:
    return Q(status__in=(TaskStatus.DONE, TaskStatus.CONFIRMED), recurrence=Recurrence.NONE) & Q(
        done_day__gt=F("current_due")
    )


def prepared(rows: TaskQuerySet) -> TaskQuerySet:
    """Add what the conditions of states compare: the state of the giving notice, the day of completion."""
    return rows.annotate(
        notice_state=Coalesce("point__section__notice__status", "reply__proposal__point__section__notice__status"),
        done_day=TruncDate("done_at", tzinfo=timezone.get_current_timezone()),
    )
