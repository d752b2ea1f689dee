"""Input on findings and plans: the boundary where text becomes values; `save` calls a service."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import Truncator

from communes.enums import Role
from communes.models import User
from criteria.enums import AssessmentSource, Status, SubItemKind
from criteria.exceptions import ReasonMissing
from criteria.models import Assessment, SubItem, SubItemPlan
from criteria.pasting import MAX_CELLS, number
from criteria.reports.checks import OVER_HUNDRED
from criteria.selectors.cell import Cell
from criteria.selectors.matrix import Column, Matrix
from criteria.services import change_assessment, require_reason, save_plan, source_of
from ntm_tracker.lib.figures import vn_decimal
from ntm_tracker.lib.forms import DayInput, VersionsField, offer, take_whole_texts
from ntm_tracker.lib.text import nfc

PART = "part_"
GONE = "Ô bắt đầu không còn trong bảng. Hãy chọn lại ô rồi dán."
MOST_LETTERS = 60
NO_STATUS = "Hãy chọn kết quả: Đạt, Chưa đạt hoặc Không áp dụng."


class NfcForm(forms.Form):
    """Every text of the form is read whole, and in Unicode NFC: keyboards differ in how they compose letters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        take_whole_texts(self)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, value in cleaned.items():
            if isinstance(value, str):
                cleaned[name] = nfc(value)
        return cleaned


class FigureField(forms.DecimalField):
    """What is measured of a sub-item, as officials write it: 63,2 or 28.500; what isn't one is named in the error."""

    default_error_messages = {
        "min_value": "Giá trị không được âm. Hãy kiểm tra lại số liệu.",
        "max_value": OVER_HUNDRED.replace("%", "%%"),
        "max_digits": "Số quá lớn. Hãy kiểm tra lại đơn vị tính.",
        "max_whole_digits": "Số quá lớn. Hãy kiểm tra lại đơn vị tính.",
        "max_decimal_places": "Số có hơn 3 chữ số sau dấu phẩy. Hãy làm tròn.",
    }
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def __init__(self, *, most: Decimal | None, **texts: Any) -> None:
        super().__init__(required=False, min_value=Decimal(0), max_value=most, max_digits=12, decimal_places=3, **texts)

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        if not text:
            return None
        negative = text.startswith("-")
        found = number(text.removeprefix("-"))
        if found is None:
            raise ValidationError(f"“{text[:40]}” không phải là số. Hãy ghi một số, ví dụ 63,2.", code="invalid")
        return -found if negative else found


def most_of(sub_item: SubItem) -> Decimal | None:
    """Return the largest figure that can be right; None where there is no such bound."""
    return Decimal(100) if sub_item.kind == SubItemKind.PERCENT else None


def vn_input(value: Decimal | None) -> str:
    """Return "1234,5": without dots for thousands, as one types it."""
    return vn_decimal(value).replace(".", "")


class AssessmentForm(NfcForm):
    """Status, value or values, reason and basis of one cell; refuses what the rules refuse."""

    status = forms.ChoiceField(
        label="Kết quả",
        choices=Status.choices,
        widget=forms.RadioSelect,
        error_messages={"required": NO_STATUS},
    )
    reason = forms.CharField(label="Lý do", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    basis = forms.CharField(
        label="Căn cứ", required=False, max_length=300, help_text="Số, ký hiệu, ngày của văn bản hoặc biên bản."
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    # "1" until the script empties it, when a person chooses a status by hand; who doesn't send it has chosen.
    untouched = forms.CharField(required=False, initial="1", widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, cell: Cell):
        self.cell = cell
        super().__init__(data, initial=initial_of(cell))
        for part in cell.parts:
            self.fields[PART + part.part.code] = self._figure(part.part.name, part.required)
        if cell.sub_item.is_numeric and not cell.parts:
            self.fields["value"] = self._figure("Giá trị", cell.required.text)
        if not cell.assessment.status and any(cell.levels.values()):
            self.fields["status"].required = False
            self.fields["status"].help_text = "Để trống thì lấy kết quả theo giá trị và ngưỡng."
        self.order_fields(["value", *[PART + part.part.code for part in cell.parts], "status", "reason", "basis"])

    def _figure(self, name: str, required: str) -> FigureField:
        sub_item = self.cell.sub_item
        help_text = f"Yêu cầu: {required}." if required else "Chưa rõ ngưỡng: cán bộ tự xác định kết quả."
        return FigureField(most=most_of(sub_item), label=f"{name} ({sub_item.unit})", help_text=help_text)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("status") and cleaned.get("untouched"):
            cleaned["status"] = self.unchosen
        if cleaned.get("status") == "":
            # Nothing chosen: the value decides, where it can.
            cleaned["status"] = self.proposed
            if self.proposed is None:
                self.add_error("status", ValidationError(NO_STATUS))
        if "status" in cleaned:
            try:
                require_reason(
                    status=cleaned["status"],
                    proposed=self.proposed,
                    reason=cleaned.get("reason", ""),
                    basis=cleaned.get("basis", ""),
                )
            except ReasonMissing as missing:
                # One that was written but can't be taken isn't missing.
                for name in missing.message_dict.keys() - self.errors.keys():
                    self.add_error(name, ValidationError(missing.message_dict[name]))
        return cleaned

    @property
    def unchosen(self) -> str:
        """The status where nobody chose one: what the values say, and what stands where they say nothing.

        Beside the values as they stand it stays: it may contradict them for a reason.
        """
        stands = self.cell.assessment.status
        return stands if stands and self.values == self._measured else self.proposed or stands

    @property
    def _measured(self) -> dict[str | None, Decimal | None]:
        """What stands as measured, in the form of `values`."""
        parts: dict[str | None, Decimal | None] = {part.part.code: part.value for part in self.cell.parts}
        return parts or {None: self.cell.assessment.value}

    @property
    def values(self) -> dict[str | None, Decimal | None]:
        """What was measured, by part code; None is the key of a sub-item without parts."""
        if self.cell.parts:
            return {part.part.code: self.cleaned_data.get(PART + part.part.code) for part in self.cell.parts}
        return {None: self.cleaned_data.get("value")}

    @property
    def proposed(self) -> Status | None:
        return self.cell.proposed(self.values)

    @property
    def part_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(PART) or name == "value"]

    @property
    def is_of_older_version(self) -> bool:
        """Whether the finding was changed after it was shown."""
        return self.cleaned_data.get("version", self.cell.version) != self.cell.version

    @property
    def repeats_what_it_saw(self) -> bool:
        """Whether its status is the one that stood in the version that was shown."""
        seen = {"version": self.cleaned_data.get("version"), "status": self.cleaned_data.get("status")}
        return bool(self.cell.assessment.pk) and self.cell.assessment.changes.filter(**seen).exists()

    def changes_nothing(self, by: User) -> bool:
        """Whether what was sent is what stands already, whoever wrote it, and the person's word for it adds nothing.

        It does where a department confirms, and where an officer says what was only assumed or carried over.
        Written all the same, an officer's word would take the department's away.
        """
        found, data = self.cell.assessment, self.cleaned_data
        is_news = (
            self.cell.awaits_confirmation
            if by.role == Role.DEPARTMENT
            else found.source in (AssessmentSource.ASSUMPTION, AssessmentSource.CARRIED)
        )
        return not is_news and (
            (data["status"], self.values) == (found.status, self._measured)
            and data.get("reason", "").strip() in ("", found.reason)
            and data.get("basis", "").strip() in ("", found.basis)
        )

    def only_confirms(self, by: User) -> bool:
        """Whether a department lets stand what stands, with its reason and basis."""
        found, data = self.cell.assessment, self.cleaned_data
        return (
            by.role == Role.DEPARTMENT
            and self.cell.awaits_confirmation
            and (data["status"], self.values) == (found.status, self._measured)
            and (data.get("reason", "").strip(), data.get("basis", "").strip()) == (found.reason, found.basis)
        )

    def save(self, by: User) -> Assessment:
        """Write the finding. Raises `SomebodyWasFaster` when it was changed after it was shown."""
        return change_assessment(
            commune=self.cell.commune,
            sub_item=self.cell.sub_item,
            status=self.cleaned_data["status"],
            value=self.values.get(None),
            part_values={code: str(value) for code, value in self.values.items() if code and value is not None},
            reason=self.cleaned_data.get("reason", ""),
            basis=self.cleaned_data.get("basis", ""),
            proposed=self.proposed,
            expected_version=self.cleaned_data["version"],
            source=source_of(by),
            by=by,
        )


def initial_of(cell: Cell) -> dict[str, Any]:
    """What the form shows at first: the finding as it stands, without the reason of the last change."""
    return {
        "status": cell.assessment.status,
        "value": vn_input(cell.assessment.value),
        "version": cell.version,
        **{PART + part.part.code: vn_input(part.value) for part in cell.parts},
    }


def quick_data(cell: Cell, status: str, version: str) -> dict[str, Any]:
    """What one key sends, completed by what stands: the values stay, only the status changes."""
    # The same status again confirms it: its reason and basis stand.
    kept = (
        {"reason": cell.assessment.reason, "basis": cell.assessment.basis} if status == cell.assessment.status else {}
    )
    return {**initial_of(cell), **kept, "status": status, "version": version}


class PasteForm(NfcForm):
    """A block from Excel, the cell of the table on which it lands, and what was shown of the cells before."""

    text = forms.CharField(
        label="Dán khối ô từ Excel",
        max_length=200_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={
            "required": "Chưa có gì trong bộ nhớ tạm: hãy chép khối ô trong Excel trước.",
            "max_length": "Khối dán dài quá 200.000 ký tự. Hãy dán từng phần, hoặc dùng Bảng trạng thái Excel.",
        },
    )
    commune = forms.ChoiceField(label="Xã của dòng đầu", error_messages={"invalid_choice": GONE})
    column = forms.ChoiceField(label="Nội dung của cột đầu", error_messages={"invalid_choice": GONE})
    versions = VersionsField(required=False)
    reason = forms.CharField(label="Lý do chung", required=False, max_length=2000)
    basis = forms.CharField(label="Căn cứ", required=False, max_length=300)

    def __init__(self, *args: Any, table: Matrix, **kwargs: Any):
        super().__init__(*args, **kwargs)
        units = [row.commune for row in table.rows]
        where = table.has_several_authorities
        offer(
            self, "commune", [(unit.code, f"{unit.name}, {unit.authority}" if where else unit.name) for unit in units]
        )
        offer(self, "column", [(column.key, _column_label(column)) for column in table.columns])

    @property
    def says_where(self) -> bool:
        """Whether the block can be shown again, with what was refused of its reason and basis."""
        return self.is_bound and {"text", "commune", "column"} <= self.cleaned_data.keys()


def _column_label(column: Column) -> str:
    """Return "13.3 Vùng nguyên liệu…" as a list can hold it; of a criterion that isn't opened also that it isn't."""
    name = Truncator(column.name).chars(MOST_LETTERS)
    return f"{column.label} {name}" if column.sub_item else f"{column.label}. {name} (đang gộp)"


class PasteUndoForm(forms.Form):
    """The cells of a pasted block ("17386/2.2") with the versions that pasting gave them."""

    cells = VersionsField()

    def clean_cells(self) -> dict[str, int]:
        cells: dict[str, int] = self.cleaned_data["cells"]
        if len(cells) > MAX_CELLS:
            raise ValidationError(f"Chỉ hoàn tác được tối đa {MAX_CELLS} ô một lần.")
        return cells


class ConfirmForm(forms.Form):
    """What a department confirms in one step: by finding the version that it was shown."""

    versions = VersionsField()


class PlanForm(NfcForm):
    """Who is in charge of a sub-item in the commune, until when, and how."""

    official = forms.CharField(label="Cán bộ phụ trách", required=False, max_length=200)
    planned_on = forms.DateField(
        label="Dự kiến đạt vào",
        required=False,
        widget=DayInput({"placeholder": "31/12/2023"}),
        error_messages={"invalid": "Hãy nhập ngày theo dạng 31/12/2023."},
    )
    solution = forms.CharField(
        label="Giải pháp", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    plan_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, data: Mapping[str, Any] | None = None, *, cell: Cell):
        self.cell = cell
        plan = cell.plan
        initial: dict[str, Any] = {"plan_version": plan.version if plan else 0}
        if plan:
            initial |= {"official": plan.official, "planned_on": plan.planned_on, "solution": plan.solution}
        super().__init__(data, initial=initial)

    def save(self) -> SubItemPlan:
        """Write the plan. Raises `SomebodyWasFaster` when it was changed after it was shown."""
        fields = {name: self.cleaned_data[name] for name in ("official", "planned_on", "solution")}
        return save_plan(
            commune=self.cell.commune,
            sub_item=self.cell.sub_item,
            expected_version=self.cleaned_data["plan_version"],
            **fields,
        )
