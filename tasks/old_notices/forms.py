"""What an officer gives and confirms when an old notice comes in."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from communes.models import Commune, Department, User
from ntm_tracker.lib.forms import DayInput, offer
from ntm_tracker.lib.text import nfc, whole_number
from ntm_tracker.lib.uploads import Refused
from tasks.old_notices.lines import MOST_LINES, Line, Part, read_lines
from tasks.old_notices.matching import GivenTask, Units, commune_named, communes_to_choose
from tasks.old_notices.structure import Head, ReadNotice, structure
from tasks.old_notices.texts import text_of_file

NO_LEAD = ""
THE_COMMUNE = "commune"
MOST_LETTERS = {Part.SECTION: 300, Part.RECIPIENT: 200}


class SourceForm(forms.Form):
    """The text of a notice: a file or what was pasted."""

    file = forms.FileField(
        label="Tệp của thông báo",
        required=False,
        widget=forms.FileInput(attrs={"accept": ".pdf,.docx,.txt"}),
        help_text="PDF có chữ, Word (.docx) hoặc tệp chữ (.txt), tối đa 10 MB.",
        error_messages={"empty": "Tệp rỗng. Hãy chọn tệp khác."},
    )
    text = forms.CharField(
        label="Hoặc dán chữ của thông báo vào đây",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text="Chép cả văn bản, từ “Số: …” đến tên người ký.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        file, text = cleaned.get("file"), cleaned.get("text", "")
        if file:
            try:
                text = text_of_file(file, file.name)
            except Refused as refusal:
                self.add_error("file", str(refusal))
                return cleaned
        if not text.strip() and not self.errors:
            raise ValidationError("Hãy chọn tệp hoặc dán chữ của thông báo.")
        cleaned["lines"] = self._lines(text)
        return cleaned

    def _lines(self, text: str) -> list[Line]:
        lines = read_lines(text)
        if len(lines) > MOST_LINES:
            raise ValidationError(f"Văn bản có {len(lines)} đoạn; ở đây nhận tối đa {MOST_LINES} đoạn một lần.")
        if text.strip() and not structure(lines).is_structured:
            raise ValidationError(
                "Không nhận ra cấu trúc của thông báo trong chữ này: không thấy trích yếu hoặc các mục I, II, … "
                "Hãy kiểm tra xem đã chép đủ từ “THÔNG BÁO” đến “Nơi nhận” chưa."
            )
        return lines


class HeadForm(forms.Form):
    """What is said once in the notice, as it was read, for the officer to confirm."""

    commune = forms.ModelChoiceField(label="Xã", queryset=Commune.objects.none(), empty_label="Chọn xã")
    motto = forms.CharField(label="Tiêu ngữ", max_length=60)
    number = forms.IntegerField(label="Số", required=False, min_value=1, max_value=99999)
    symbol = forms.CharField(label="Ký hiệu", max_length=30)
    dated = forms.DateField(label="Ngày ban hành", required=False, widget=DayInput)
    subject = forms.CharField(label="Trích yếu", widget=forms.Textarea(attrs={"rows": 3}))
    session_on = forms.DateField(label="Ngày làm việc", widget=DayInput)
    session_time = forms.CharField(label="Buổi", max_length=20, required=False)
    chair_name = forms.CharField(label="Người chủ trì", max_length=100)
    chair_post = forms.CharField(label="Chức vụ người chủ trì", widget=forms.Textarea(attrs={"rows": 2}))
    authority_lines = forms.CharField(label="Quyền hạn, chức vụ người ký", widget=forms.Textarea(attrs={"rows": 2}))
    signer_name = forms.CharField(label="Họ tên người ký", max_length=100)
    issued = forms.BooleanField(
        label="Văn bản này đã ban hành",
        required=False,
        help_text="Giữ đúng số, ngày trên giấy; nội dung không sửa được nữa. Không đánh dấu thì lưu thành dự thảo.",
    )

    def __init__(self, data: QueryDict | None = None, *, by: User, read: Head | None = None):
        communes = communes_to_choose(by)
        super().__init__(data, initial=_initial(read, communes) if read else None)
        field: Any = self.fields["commune"]
        field.queryset = communes

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("issued"):
            for name, what in (("number", "số"), ("dated", "ngày ban hành")):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, f"Văn bản đã ban hành phải có {what}. Hãy ghi như trên giấy.")
        dated, session = cleaned.get("dated"), cleaned.get("session_on")
        if dated and session and dated < session:
            self.add_error("dated", "Ngày ban hành không thể trước ngày làm việc.")
        return cleaned

    @property
    def head(self) -> Head:
        names = [name for name in self.cleaned_data if name not in ("commune", "issued")]
        values: dict[str, Any] = {name: self.cleaned_data[name] for name in names}
        for name, value in values.items():
            values[name] = _plain(value) if isinstance(value, str) else value
        return Head(**values)


def _plain(text: str) -> str:
    return nfc(text).replace("\r\n", "\n")


def _initial(read: Head, communes: Any) -> dict[str, Any]:
    commune = commune_named(read.commune, communes, read.session_on)
    return {
        **{name: getattr(read, name) for name in HeadForm.base_fields if name not in ("commune", "issued")},
        "commune": commune.pk if commune else None,
        "issued": bool(read.number and read.dated),
    }


def posted_lines(data: QueryDict) -> list[Line]:
    """Return the paragraphs as the officer left them; an unknown part is skipped, the text is kept."""
    lines = []
    for at in range(min(whole_number(data.get("lines", "")), MOST_LINES)):
        part = data.get(f"part-{at}", "")
        text = " ".join(nfc(data.get(f"text-{at}", "")).split())
        lines.append(Line(Part(part) if part in Part.values else Part.SKIPPED, text))
    return lines


def too_long(lines: Sequence[Line]) -> str:
    """Return which line is longer than its part may be, as a sentence; "" when none is."""
    for at, line in enumerate(lines, 1):
        most = MOST_LETTERS.get(line.part)
        if most and len(line.text) > most:
            return (
                f"Dòng {at} ({line.part.label}) dài {len(line.text)} chữ; loại này tối đa {most}. Hãy chọn loại khác."
            )
    return ""


class TasksForm(forms.Form):
    """Who leads each piece of work that the text gives; without a lead it isn't made."""

    def __init__(self, data: QueryDict | None = None, *, given: Sequence[GivenTask], units: Units):
        self.given, self.units = list(given), units
        super().__init__(data, prefix="task")
        leads = [
            (NO_LEAD, "Không tạo nhiệm vụ"),
            (THE_COMMUNE, f"UBND {units.commune}"),
            *((str(department.pk), str(department)) for department in units.departments),
        ]
        for at, task in enumerate(self.given):
            self.fields[str(at)] = forms.ChoiceField(
                label=task.read.text,
                required=False,
                initial=_key(task.lead),
                help_text=task.note,
                widget=forms.Select(attrs={"class": "input"}),
            )
            offer(self, str(at), leads)

    @property
    def chosen(self) -> list[GivenTask]:
        departments = {str(department.pk): department for department in self.units.departments}
        tasks = []
        for at, task in enumerate(self.given):
            key = self.cleaned_data[str(at)]
            if key != NO_LEAD:
                lead = self.units.commune if key == THE_COMMUNE else departments[key]
                note = task.note if lead == task.lead else ""
                tasks.append(GivenTask(task.read, lead, task.supports, note))
        return tasks


def _key(lead: Department | Commune | None) -> str:
    if lead is None:
        return NO_LEAD
    return THE_COMMUNE if isinstance(lead, Commune) else str(lead.pk)


def summary_of(read: ReadNotice) -> list[tuple[str, int]]:
    """Return what was read, as labels and counts."""
    return [
        ("Mục", sum(bool(section.heading) for section in read.sections)),
        (
            "Đoạn, khoản, gạch đầu dòng",
            sum(not point.proposal for section in read.sections for point in section.points),
        ),
        ("Kiến nghị", len(read.proposals)),
        ("Kiến nghị có trả lời", sum(bool(proposal.reply) for proposal in read.proposals)),
        ("Văn bản được dẫn", len(read.citations)),
        ("Thành phần tham dự", len(read.attendees)),
        ("Nơi nhận", len(read.recipients)),
    ]
