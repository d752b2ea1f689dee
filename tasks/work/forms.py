"""Input on tasks: the boundary where text becomes values; `save` calls a service."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from communes.models import Authority, Commune, Department, User
from criteria.evidence_services import keep_files, place_by_name
from criteria.forms import NfcForm
from criteria.models import Evidence
from ntm_tracker.lib import clock
from ntm_tracker.lib.forms import offer
from tasks.forms import ServiceForm, SubItemsField, codes_of, day_field
from tasks.models import ExtensionRequest, NoticePoint, ProposalReply, Task, TaskUpdate
from tasks.work.selectors import MonthState, TaskPage
from tasks.work.services import (
    Part,
    Plan,
    ask_extension,
    assign_task,
    change_task,
    confirm_task,
    decide_extension,
    report_done,
    report_progress,
    send_back,
)
from tasks.work.sides import Unit

CODE = re.compile(r"\d{1,2}\.\d{1,2}")
ONCE, MONTHLY, STANDING = "once", "monthly", "standing"
SCHEDULES = ((ONCE, "Có hạn"), (MONTHLY, "Hằng tháng, vào một ngày"), (STANDING, "Thường xuyên, không ghi hạn"))
# Empty rows for supporting units: those in sight, and those behind "more".
EMPTY_ROWS, MORE_ROWS = 3, 9


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Any number of files; what may come in is decided where they are kept."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [super(ManyFilesField, self).clean(file, initial) for file in data or ()]


class VersionForm(ServiceForm):
    """A form upon the version of a task that was shown."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, **options: Any):
        # Several stand on one page: their fields have ids of their own.
        super().__init__(*args, **{"auto_id": f"{type(self).__name__.lower()}_%s", **options})


# A task


class Units:
    """The departments and communes of an authority, as choices and back; two queries."""

    def __init__(self, authority: Authority):
        day = clock.today()
        departments = Department.objects.filter(authority=authority).valid_on(day).order_by("short_name")
        communes = Commune.objects.filter(authority=authority).valid_on(day).order_by("sort_key")
        self.departments = {f"p{unit.pk}": unit for unit in departments}
        self.communes = {f"x{unit.pk}": unit for unit in communes}

    def get(self, key: str) -> Unit | None:
        return self.departments.get(key) or self.communes.get(key)

    def add(self, unit: Unit | None) -> None:
        """Offer `unit` too, though it has ended: a task that names it keeps it."""
        if isinstance(unit, Department):
            self.departments.setdefault(key_of(unit), unit)
        elif unit:
            self.communes.setdefault(key_of(unit), unit)

    @property
    def choices(self) -> list[Any]:
        return [
            ("", "Chọn đơn vị"),
            ("Xã, thị trấn", [(key, str(unit)) for key, unit in self.communes.items()]),
            ("Phòng, ban", [(key, unit.short_name) for key, unit in self.departments.items()]),
        ]


def key_of(unit: Unit | None) -> str:
    if unit is None:
        return ""
    return f"{'p' if isinstance(unit, Department) else 'x'}{unit.pk}"


class SupportRow(NfcForm):
    """A unit that helps, and its part."""

    unit = forms.ChoiceField(label="Đơn vị", required=False)
    part = forms.CharField(label="Phần việc", required=False, max_length=500)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("part") and not cleaned.get("unit") and "unit" not in self.errors:
            self.add_error("unit", "Hãy chọn đơn vị làm phần việc này, hoặc xóa phần việc.")
        return cleaned


class TaskForm(VersionForm):
    """What a task asks for. A new one has no version."""

    text = forms.CharField(
        label="Nhiệm vụ",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Hãy ghi nội dung nhiệm vụ."},
    )
    lead = forms.ChoiceField(
        label="Chủ trì", error_messages={"required": "Hãy chọn một đơn vị chủ trì: phòng, ban hoặc xã."}
    )
    commune = forms.ChoiceField(label="Về xã", required=False, help_text="Xã mà nhiệm vụ này giúp hoàn thành tiêu chí.")
    schedule = forms.ChoiceField(label="Thời hạn", choices=SCHEDULES, widget=forms.RadioSelect, initial=ONCE)
    due_on = day_field("Hạn hoàn thành", "30/4/2023", help_text="Khi chọn “Có hạn”.")
    recurrence_day = forms.IntegerField(
        label="Ngày trong tháng",
        required=False,
        min_value=1,
        max_value=28,
        help_text="Khi chọn “Hằng tháng”, từ 1 đến 28.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "placeholder": "15"}),
        error_messages={"min_value": "Hãy ghi ngày từ 1 đến 28.", "max_value": "Hãy ghi ngày từ 1 đến 28."},
    )
    is_monthly_report = forms.BooleanField(
        label="Là báo cáo tháng của xã: xã gửi báo cáo thì tính đã làm", required=False
    )
    sub_items = SubItemsField("Phục vụ nội dung", "18.1, 17.2")
    note = forms.CharField(label="Ghi chú", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        authority: Authority,
        task: Task | None = None,
        initial: dict[str, Any] | None = None,
        supports: Iterable[Part] = (),
    ):
        self.authority = authority
        self.units = Units(authority)
        super().__init__(data, initial=initial)
        rows = [{"unit": key_of(part.unit), "part": part.text} for part in supports]
        for part in supports:
            self.units.add(part.unit)
        if task:
            self.units.add(task.lead)
            self.units.add(task.commune)
            field: Any = self.fields["sub_items"]
            field.kept = task.sub_items.all()
        offer(self, "lead", self.units.choices)
        communes = [(key, str(unit)) for key, unit in self.units.communes.items()]
        offer(self, "commune", [("", "Không riêng xã nào"), *communes])
        self.fields["version"].required = task is not None
        factory = forms.formset_factory(SupportRow, extra=EMPTY_ROWS + MORE_ROWS, max_num=30, absolute_max=30)
        self.supports = factory(data, initial=rows, prefix="support")
        for row in self.supports.forms:
            offer(row, "unit", [("", "Không"), *self.units.choices[1:]])

    def is_valid(self) -> bool:
        return self.supports.is_valid() & super().is_valid()

    @property
    def days(self) -> list[forms.BoundField]:
        """The fields that the schedule asks for."""
        return [self["due_on"], self["recurrence_day"]]

    @property
    def support_rows(self) -> tuple[list[SupportRow], list[SupportRow]]:
        """Return the rows for supporting units in sight, and the empty ones behind "more"."""
        rows = self.supports.forms
        filled = [place for place, row in enumerate(rows, 1) if row["unit"].value() or row["part"].value()]
        in_sight = max(filled, default=0) + EMPTY_ROWS
        return rows[:in_sight], rows[in_sight:]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        schedule = cleaned.get("schedule")
        if schedule == ONCE and not cleaned.get("due_on") and "due_on" not in self.errors:
            self.add_error("due_on", "Hãy ghi hạn hoàn thành, hoặc chọn “Thường xuyên, không ghi hạn”.")
        if schedule == MONTHLY and not cleaned.get("recurrence_day") and "recurrence_day" not in self.errors:
            self.add_error("recurrence_day", "Hãy ghi ngày trong tháng, từ 1 đến 28.")
        if schedule == STANDING and cleaned.get("due_on") and "due_on" in self.changed_data:
            # The form of a conclusion begins with "standing"; a day typed under it was meant.
            self.add_error("due_on", "Đã ghi hạn: hãy chọn “Có hạn” ở trên, hoặc xóa ngày này.")
        return cleaned

    @property
    def plan(self) -> Plan:
        """What was typed, as the services take it."""
        given = self.cleaned_data
        rows = [row.cleaned_data for row in self.supports.forms if row.cleaned_data.get("unit")]
        lead = (self.units.departments | self.units.communes)[given["lead"]]  # one of the choices
        supports = ((self.units.get(row["unit"]), row["part"]) for row in rows)
        return Plan(
            text=given["text"],
            lead=lead,
            commune=self.units.communes.get(given["commune"]),
            supports=tuple(Part(unit, part) for unit, part in supports if unit),
            sub_items=tuple(given["sub_items"]),
            due_on=given["due_on"] if given["schedule"] == ONCE else None,
            recurrence_day=given["recurrence_day"] if given["schedule"] == MONTHLY else None,
            is_monthly_report=given["is_monthly_report"],
            note=given["note"],
        )

    def assign(self, *, by: User, point: NoticePoint | None, reply: ProposalReply | None) -> Task | None:
        """Assign the task; None, with the errors in the form, where that cannot be."""
        try:
            return assign_task(authority=self.authority, plan=self.plan, by=by, point=point, reply=reply)
        except ValidationError as error:
            self.refuse(error)
            return None

    def change(self, *, task: Task, by: User) -> Task | None:
        """Change the task. Raises `SomebodyWasFaster`; None, with the errors in the form, where it cannot be."""
        version = self.cleaned_data["version"]
        try:
            return change_task(task=task, plan=self.plan, by=by, expected_version=version)
        except ValidationError as error:
            self.refuse(error)
            return None


def initial_of(task: Task) -> dict[str, Any]:
    """Return what the form shows of a task."""
    return {
        "text": task.text,
        "lead": key_of(task.lead),
        "commune": key_of(task.commune),
        "schedule": MONTHLY if task.recurrence else ONCE if task.due_on else STANDING,
        "due_on": task.due_on,
        "recurrence_day": task.recurrence_day,
        "is_monthly_report": task.is_monthly_report,
        "sub_items": codes_of(task.sub_items.all()),
        "note": task.note,
        "version": task.version,
    }


def parts_of(task: Task) -> list[Part]:
    """Return the supporting units of a task as the form takes them."""
    rows = task.supports.select_related("department", "commune")
    pairs = ((row.department or row.commune, row.part) for row in rows)
    return [Part(unit, text) for unit, text in pairs if unit]


# Reports


class ReportForm(VersionForm):
    """What was done, how much of it, and what shows it. Files that were kept before stay with the form."""

    text = forms.CharField(
        label="Nội dung",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Hãy ghi nội dung: đã làm gì, kết quả ra sao."},
    )
    month = forms.ChoiceField(label="Cho tháng", required=False)
    share_done = forms.IntegerField(
        label="Khối lượng đã làm (%)",
        required=False,
        min_value=0,
        max_value=100,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"max_value": "Khối lượng không quá 100%%.", "min_value": "Khối lượng không được âm."},
    )
    papers = ManyFilesField(
        label="Minh chứng",
        required=False,
        widget=ManyFilesInput(attrs={"multiple": True}),
        help_text="PDF, ảnh, Word hoặc Excel; chọn được nhiều tệp. Tên bắt đầu bằng mã nội dung (18.1_Biên bản.pdf) "
        "thì tệp cũng vào minh chứng của nội dung đó.",
    )
    kept = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)

    def __init__(
        self, data: Mapping[str, Any] | None = None, files: Any = None, *, page: TaskPage, initial: Any = None
    ):
        self.page, self.task = page, page.task
        # What is told of the files that went to sub-items besides.
        self.placed: list[str] = []
        super().__init__(
            data, files, initial={"version": self.task.version, "month": _month_due(page), **(initial or {})}
        )
        leads = page.stand is not None and page.stand.leads
        if not page.months or not leads:
            del self.fields["month"]
        else:
            offer(self, "month", [("", "Không cho riêng tháng nào"), *map(_month_choice, page.open_months)])
        if not leads:
            del self.fields["share_done"]
        if self.about is None:
            del self.fields["papers"]

    @property
    def about(self) -> Commune | None:
        """The commune whose evidence the files become: that of the task, or the one that reports its part."""
        part = self.page.stand.support if self.page.stand else None
        return self.task.commune or self.task.lead_commune or (part.commune if part else None)

    @property
    def kept_evidence(self) -> list[Evidence]:
        """The files that came with an earlier try."""
        tokens = [token for token in self.data.get("kept", "").split() if token]
        return list(Evidence.objects.of_unit(self.about).filter(token__in=tokens)) if tokens and self.about else []

    def take_files(self, by: User) -> list[Evidence]:
        """Keep the files, those of an earlier try included; what can't be kept is an error of the form."""
        sent: list[UploadedFile] = self.files.getlist("papers") if self.about and self.files else []
        found = self.kept_evidence
        if self.about and sent:
            for outcome in keep_files(commune=self.about, files=sent, by=by):
                if outcome.evidence:
                    found.append(outcome.evidence)
                else:
                    self.add_error("papers", f"{outcome.name}: {outcome.sentence}")
        self.retype("kept", " ".join(row.token for row in found))
        return found

    def save(self, *, by: User, done: bool) -> TaskUpdate | None:
        """Report progress or completion. Raises `SomebodyWasFaster`; None, with errors, where it cannot be."""
        evidence = self.take_files(by)
        if not self.is_valid():
            return None
        given = self.cleaned_data
        told = {"task": self.task, "by": by, "text": given["text"], "expected_version": given["version"]}
        try:
            if done:
                update = report_done(**told, evidence=evidence)
            else:
                month = given.get("month")
                update = report_progress(
                    **told,
                    evidence=evidence,
                    share_done=given.get("share_done"),
                    month=date.fromisoformat(month) if month else None,
                )
        except ValidationError as error:
            self.refuse(error)
            return None
        placed = ((file, place_by_name(evidence=file, by=by)) for file in evidence)
        self.placed = [f"“{file}” đã gắn với nội dung {code}." for file, code in placed if code]
        return update


def _month_due(page: TaskPage) -> str:
    """Return the month of monthly work that is due now; "" for other work and for what a report answers."""
    months = () if page.task.is_monthly_report else [each.occurrence for each in page.open_months]
    return next((each.month.isoformat() for each in months if each.due_on == page.row.due_on), "")


def _month_choice(each: MonthState) -> tuple[str, str]:
    month = each.occurrence.month
    return month.isoformat(), f"Tháng {month.month}/{month.year}, hạn {clock.vn_date(each.occurrence.due_on)}"


class DecisionForm(VersionForm):
    """Confirmed, or sent back with a reason; or, with `ends`, work without a day ended."""

    text = forms.CharField(
        label="Ý kiến",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Yêu cầu làm tiếp thì phải ghi lý do.",
    )

    def __init__(self, *args: Any, ends: bool = False, **options: Any):
        super().__init__(*args, **options)
        if ends:
            self.fields["text"].help_text = "Ví dụ: đã chuyển thành nhiệm vụ mới, hoặc không còn cần."

    def save(self, *, task: Task, by: User, confirmed: bool) -> TaskUpdate | None:
        """Decide. Raises `SomebodyWasFaster`; None, with the errors in the form, where it cannot be."""
        text, version = self.cleaned_data["text"], self.cleaned_data["version"]
        try:
            if confirmed:
                return confirm_task(task=task, by=by, text=text, expected_version=version)
            if not text.strip():
                raise ValidationError({"text": "Hãy ghi lý do: còn thiếu gì, phải làm tiếp việc gì."})
            return send_back(task=task, by=by, reason=text, expected_version=version)
        except ValidationError as error:
            self.refuse(error)
            return None


class ExtensionForm(VersionForm):
    """A later day and why."""

    new_due_on = day_field("Hạn mới", "30/4/2023", required="Hãy ghi hạn mới.")
    reason = forms.CharField(
        label="Lý do",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Hãy ghi lý do cần thêm thời gian."},
    )

    def save(self, *, task: Task, by: User) -> ExtensionRequest | None:
        """Ask, or grant as the office. Raises `SomebodyWasFaster`; None, with errors, where it cannot be."""
        given = self.cleaned_data
        try:
            return ask_extension(
                task=task,
                by=by,
                new_due_on=given["new_due_on"],
                reason=given["reason"],
                expected_version=given["version"],
            )
        except ValidationError as error:
            self.refuse(error)
            return None


class ExtensionDecisionForm(VersionForm):
    """Granted, or refused with a reason."""

    comment = forms.CharField(
        label="Ý kiến",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Không đồng ý thì phải ghi lý do.",
    )

    def save(self, *, extension: ExtensionRequest, by: User, grant: bool) -> ExtensionRequest | None:
        """Decide. Raises `SomebodyWasFaster`; None, with the errors in the form, where it cannot be."""
        given = self.cleaned_data
        try:
            return decide_extension(
                extension=extension,
                by=by,
                grant=grant,
                comment=given["comment"],
                expected_version=given["version"],
            )
        except ValidationError as error:
            self.refuse(error)
            return None
