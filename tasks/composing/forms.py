"""Input on the composing pages: the boundary where text becomes values."""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from communes.models import Commune, Department, User
from criteria.forms import NfcForm
from ntm_tracker.lib import clock
from ntm_tracker.lib.forms import DayInput
from ntm_tracker.lib.text import nfc
from tasks.composing.selectors import units_for_tasks
from tasks.composing.units import unit_key, unit_of
from tasks.enums import AttendeeSide, CitationRole, PointKind, Recurrence, ReplyKind, SectionKind
from tasks.models import Notice, Task
from tasks.work.services import plan_of

SESSION_TIMES = [("", "Không ghi buổi"), ("sáng", "Sáng"), ("chiều", "Chiều")]
TEXT_KINDS = [(kind.value, kind.label) for kind in PointKind if kind != PointKind.PROPOSAL]
DAY_ERROR = "Hãy nhập ngày theo dạng 05/4/2023."


def day_field(label: str, **options: Any) -> forms.DateField:
    """A day as Vietnamese officials write it."""
    return forms.DateField(label=label, widget=DayInput, error_messages={"invalid": DAY_ERROR}, **options)


class NewNoticeForm(NfcForm):
    """With whom the session was, and when."""

    commune = forms.ModelChoiceField(
        Commune.objects.none(), label="Xã, thị trấn", to_field_name="code", empty_label="Chọn xã"
    )
    session_on = day_field("Ngày làm việc")
    session_time = forms.ChoiceField(label="Buổi", choices=SESSION_TIMES, required=False)
    empty = forms.BooleanField(
        label="Bắt đầu từ trang trắng",
        required=False,
        help_text="Chỉ có phần đầu, thành phần và nơi nhận; không soạn sẵn nội dung.",
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, user: User, corrects: Notice | None = None, **options: Any
    ):
        self.corrects = corrects
        super().__init__(data, **options)
        communes = Commune.objects.visible_to(user).valid_on(clock.today())
        self.communes = communes.filter(authority__letterhead__isnull=False)
        field = self.fields["commune"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = self.communes.select_related("authority__letterhead")

    def clean_commune(self) -> Commune:
        """A supplement is about the commune of what it supplements, or about the one that followed it."""
        commune: Commune = self.cleaned_data["commune"]
        if self.corrects and self.corrects.commune_id not in Commune.objects.lineage(commune):
            raise ValidationError(f"Thông báo được bổ sung là về {self.corrects.commune}; hãy chọn đúng đơn vị đó.")
        return commune

    def clean_session_on(self) -> date:
        day: date = self.cleaned_data["session_on"]
        if day > clock.today():
            raise ValidationError(f"Ngày {clock.vn_date(day)} chưa tới; phiên làm việc phải đã diễn ra.")
        return day


class PointForm(NfcForm):
    """What a point says."""

    kind = forms.ChoiceField(choices=TEXT_KINDS)
    text = forms.CharField(required=False, max_length=20_000)
    seen = forms.CharField(max_length=20)


class ProposalPointForm(NfcForm):
    """What a proposal says and what it is answered."""

    text = forms.CharField(required=False, max_length=20_000)
    reply = forms.CharField(required=False, max_length=20_000)
    reply_kind = forms.ChoiceField(choices=ReplyKind, required=False)
    lead = forms.ModelChoiceField(Department.objects.none(), required=False)
    seen = forms.CharField(max_length=20)

    def __init__(self, data: Mapping[str, Any], *, notice: Notice):
        super().__init__(data)
        field = self.fields["lead"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = Department.objects.filter(authority=notice.authority_id)

    def clean_reply_kind(self) -> str:
        return self.cleaned_data["reply_kind"] or ReplyKind.NOTED


class SectionForm(NfcForm):
    """Kind and heading of a section."""

    kind = forms.ChoiceField(choices=SectionKind)
    heading = forms.CharField(required=False, max_length=300)
    seen = forms.CharField(max_length=20, required=False)


class HeaderForm(NfcForm):
    """What stands above and below the text: subject, session, chair, signer."""

    subject = forms.CharField(label="Trích yếu", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    session_on = day_field("Ngày làm việc")
    session_time = forms.CharField(label="Buổi", max_length=20, required=False, help_text="Ví dụ: chiều")
    chair_name = forms.CharField(label="Người chủ trì", max_length=100)
    chair_post = forms.CharField(
        label="Chức vụ người chủ trì", max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    authority_lines = forms.CharField(
        label="Quyền hạn, chức vụ người ký",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Mỗi dòng một hàng.",
    )
    signer_name = forms.CharField(label="Họ tên người ký", max_length=100)
    symbol = forms.RegexField(
        r"^[^\s/]+$", label="Ký hiệu", max_length=30, error_messages={"invalid": "Ký hiệu không có dấu cách, dấu /."}
    )
    motto = forms.CharField(label="Tiêu ngữ", max_length=60)
    seen = forms.CharField(max_length=20, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, notice: Notice):
        names = [name for name in self.base_fields if name != "seen"]
        super().__init__(data, prefix=None, initial={name: getattr(notice, name) for name in names})

    @property
    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}


class LinesForm(NfcForm):
    """A list of texts, one a line."""

    lines = forms.CharField(required=False, max_length=10_000)
    seen = forms.CharField(max_length=20)

    def clean_lines(self) -> list[str]:
        return _lines(self.cleaned_data["lines"], 200)


class AttendeesForm(NfcForm):
    """Who took part, one a line, side by side."""

    seen = forms.CharField(max_length=20)
    authority = forms.CharField(label="Cấp huyện", required=False, max_length=10_000)
    department = forms.CharField(label="Phòng, đơn vị", required=False, max_length=10_000)
    commune = forms.CharField(label="Cấp xã", required=False, max_length=10_000)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.sides = {side.value: _lines(cleaned.get(side.value, ""), 300) for side in AttendeeSide}
        return cleaned


CITED = re.compile(r"^(?P<sign>\d+/\S+)\s+ngày\s+(?P<day>\d{1,2}/\d{1,2}/\d{4})(?:\s+(?:về\s+)?(?P<title>.*))?$")


class CitationsForm(NfcForm):
    """The cited documents: "29/TTr-UBND ngày 30/3/2023 về việc …", one a line."""

    seen = forms.CharField(max_length=20)
    basis = forms.CharField(label="Báo cáo làm căn cứ", required=False, max_length=5000)
    cited = forms.CharField(label="Văn bản được dẫn", required=False, max_length=10_000)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.roles: dict[str, list[tuple[str, date, str]]] = {}
        known: set[tuple[str, date]] = set()
        for role in CitationRole:
            rows = [read_citation(line) for line in _lines(cleaned.get(role.value, ""), 400)]
            for sign, day, _ in rows:
                if (sign, day) in known:
                    raise ValidationError(f"{sign} ngày {clock.vn_date(day)} được ghi hai lần.")
                known.add((sign, day))
            self.roles[role.value] = rows
        return cleaned


def read_citation(line: str) -> tuple[str, date, str]:
    """Return sign, day and title of a line; raises ValidationError that names the line."""
    found = CITED.match(line)
    if not found:
        raise ValidationError(f"“{line}”: hãy ghi theo dạng 29/TTr-UBND ngày 30/3/2023 về việc …")
    try:
        day = datetime.strptime(found["day"], "%d/%m/%Y").date()  # noqa: DTZ007  a day without a time
    except ValueError:
        raise ValidationError(f"“{line}”: ngày {found['day']} không có trong lịch.") from None
    return found["sign"][:50], day, (found["title"] or "")[:300]


def citation_text(row: tuple[str, date, str]) -> str:
    """Return the line that `read_citation` reads."""
    sign, day, title = row
    return f"{sign} ngày {clock.vn_date(day)}" + (f" về {title}" if title else "")


def _lines(text: str, longest: int) -> list[str]:
    """Return the lines that hold something, without leading dashes and closing signs."""
    lines = (re.sub(r"^[-–+•]\s+", "", line.strip()).rstrip(" ;") for line in nfc(text).splitlines())
    found = [line for line in lines if line]
    for line in found:
        if len(line) > longest:
            raise ValidationError(f"Dòng “{line[:40]}…” dài quá {longest} chữ; hãy rút gọn.")
    return found


class TaskForm(NfcForm):
    """The work that comes of a point: who leads, who helps, until when."""

    text = forms.CharField(label="Nhiệm vụ", max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))
    lead = forms.ChoiceField(label="Chủ trì", error_messages={"required": "Hãy chọn một đơn vị chủ trì."})
    supports = forms.MultipleChoiceField(
        label="Phối hợp", required=False, widget=forms.CheckboxSelectMultiple(attrs={"class": "columns"})
    )
    recurrence = forms.ChoiceField(label="Lặp lại", choices=Recurrence.choices, required=False)
    recurrence_day = forms.IntegerField(
        label="Ngày trong tháng", min_value=1, max_value=28, required=False, help_text="Cho việc hằng tháng."
    )
    due_on = day_field("Hạn", required=False, help_text="Để trống nếu làm thường xuyên.")
    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, notice: Notice, task: Task | None = None, **more: Any):
        self.notice = notice
        super().__init__(data, initial=task_initial(task) if task else None, **more)
        units = units_for_tasks(notice)
        if task:
            units += _kept_units(task, {key for key, _ in units})
        for name, choices in (("lead", [("", "Chọn đơn vị"), *units]), ("supports", units)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101
            field.choices = choices

    def clean_due_on(self) -> date | None:
        day: date | None = self.cleaned_data["due_on"]
        if day and day < self.notice.session_on:
            raise ValidationError(f"Hạn không thể trước ngày làm việc {clock.vn_date(self.notice.session_on)}.")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        monthly, day = cleaned.get("recurrence") == Recurrence.MONTHLY, cleaned.get("recurrence_day")
        if monthly and not day:
            self.add_error("recurrence_day", "Việc hằng tháng phải ghi ngày trong tháng (1 đến 28).")
        if monthly and cleaned.get("due_on"):
            self.add_error("due_on", "Việc hằng tháng không có hạn riêng; hãy để trống.")
        if not monthly:
            cleaned["recurrence_day"] = None
        return cleaned

    @property
    def has_more(self) -> bool:
        """Whether something stands, or is wrong, in the part of the form that few tasks need."""
        return any(self[name].value() or self[name].errors for name in ("supports", "recurrence", "recurrence_day"))

    @property
    def values(self) -> dict[str, Any]:
        """What `put_task` takes."""
        data = self.cleaned_data
        names = ("text", "due_on", "recurrence_day", "version")
        return {
            **{name: data[name] for name in names},
            "lead": unit_of(data["lead"]),
            "supports": [unit_of(key) for key in data["supports"]],
        }


def _kept_units(task: Task, known: Collection[str]) -> list[tuple[str, str]]:
    """Return the units of `task` that nobody can choose anew: another commune, a department that has ended."""
    plan = plan_of(task)
    keys = {unit_key(unit): str(unit) for unit in (plan.lead, *(part.unit for part in plan.supports))}
    return [(key, name) for key, name in keys.items() if key not in known]


def task_initial(task: Task) -> dict[str, Any]:
    """What the form shows of a task."""
    plan = plan_of(task)
    return {
        "text": task.text,
        "lead": unit_key(plan.lead),
        "supports": [unit_key(part.unit) for part in plan.supports],
        "recurrence": task.recurrence,
        "recurrence_day": task.recurrence_day,
        "due_on": task.due_on,
        "version": task.version,
    }
