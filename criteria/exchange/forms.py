"""Which communes go out, the workbook that comes back, the mapping between two criteria sets."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from communes.models import Commune
from criteria.exchange.carry_over import MOST_LINES, mapping_lines, pasted_book
from criteria.models import CriteriaSet
from ntm_tracker.lib import clock
from ntm_tracker.lib.forms import offer
from ntm_tracker.lib.uploads import Refused, inspect
from ntm_tracker.lib.workbook import Unreadable, read

OTHER_TABLES = (".csv", ".xls", ".ods", ".xlsm", ".xlsb")
OTHER_TABLE = (
    "Tệp {} không nhận ở đây. Hãy mở bằng Excel, chọn Lưu thành… (Save As), loại Excel Workbook (.xlsx), rồi tải tệp "
    "vừa lưu lên."
)


class ExportForm(forms.Form):
    """The communes of a status workbook; none chosen means all."""

    communes = forms.MultipleChoiceField(
        label="Xã", required=False, widget=forms.CheckboxSelectMultiple, help_text="Không chọn xã nào là xuất tất cả."
    )

    def __init__(self, *args: Any, communes: Sequence[Commune], **kwargs: Any):
        self.units = list(communes)
        super().__init__(*args, **kwargs)
        offer(self, "communes", [(unit.code, unit.name) for unit in self.units])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.units:
            raise ValidationError("Không có xã nào để xuất.")
        return cleaned

    @property
    def chosen(self) -> list[Commune]:
        codes = set(self.cleaned_data["communes"])
        return [unit for unit in self.units if not codes or unit.code in codes]


class UploadForm(forms.Form):
    """A workbook: looked at before it is opened, opened before it is kept."""

    file = forms.FileField(
        label="Tệp Excel đã điền (.xlsx)",
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        help_text="Tối đa 10 MB, không có macro.",
        error_messages={"required": "Hãy chọn tệp .xlsx.", "empty": "Tệp rỗng. Hãy chọn tệp khác."},
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        try:
            inspect(file, file.name, only=("xlsx",))
            file.seek(0)
            self.cleaned_data["content"] = file.read()
            self.cleaned_data["sheets"] = read(self.cleaned_data["content"])
        except (Refused, Unreadable) as refusal:
            raise ValidationError(_way_to_xlsx(file.name) or str(refusal)) from refusal
        return file


def _way_to_xlsx(name: str) -> str:
    """Return how a table of another kind, told by its name, becomes what is taken; "" for any other file."""
    suffix = f".{name.rpartition('.')[2].lower()}"
    return OTHER_TABLE.format(suffix) if suffix in OTHER_TABLES else ""


def _likely_pair(sets: Sequence[CriteriaSet]) -> tuple[CriteriaSet, CriteriaSet] | None:
    """Return from which set to which, of `sets`, the newest first: to the newest from the one in force, or the last."""
    today = clock.today()
    for at, target in enumerate(sets):
        before = [row for row in sets[at + 1 :] if row.unit_kind == target.unit_kind]
        if before:
            in_force = (row for row in before if row.effective_from <= today <= (row.effective_to or today))
            return next(in_force, before[0]), target
    return None


class CarryOverForm(UploadForm):
    """Two criteria sets and the mapping of their codes, pasted or as a workbook."""

    origin = forms.ChoiceField(label="Từ bộ tiêu chí")
    target = forms.ChoiceField(label="Sang bộ tiêu chí")
    pasted = forms.CharField(
        label="Dán bảng chuyển mã",
        required=False,
        max_length=20_000,
        strip=False,
        error_messages={"max_length": "Bảng chuyển mã dài quá 20.000 ký tự. Hãy chỉ dán hai cột mã cũ và mã mới."},
        widget=forms.Textarea(
            attrs={"rows": 8, "spellcheck": "false", "placeholder": "13.1\t3.2\n13.2\t3.2\n14.1\t4.1"}
        ),
        help_text="Mỗi dòng một mã cũ rồi mã mới, chép hai cột từ Excel hoặc gõ cách nhau bằng dấu cách.",
    )

    field_order = ("origin", "target", "pasted", "file")

    def __init__(self, *args: Any, sets: Sequence[CriteriaSet], **kwargs: Any):
        self.sets = {row.code: row for row in sets}
        super().__init__(*args, **kwargs)
        choices = [(row.code, row.with_period) for row in sets]
        offer(self, "origin", reversed(choices))
        offer(self, "target", choices)
        if pair := _likely_pair(sets):
            self.initial["origin"], self.initial["target"] = (row.code for row in pair)
        self.fields["file"].required = False
        self.fields["file"].label = "Hoặc tệp Excel có hai cột Mã cũ, Mã mới (.xlsx)"

    def clean_file(self) -> Any:
        return super().clean_file() if self.cleaned_data["file"] else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        origin, target = (self.sets.get(cleaned.get(name, "")) for name in ("origin", "target"))
        if origin and target and origin == target:
            self.add_error("target", "Hai bộ phải khác nhau. Hãy chọn bộ tiêu chí mới.")
        elif origin and target and origin.unit_kind != target.unit_kind:
            self.add_error("target", "Hai bộ áp dụng cho hai loại đơn vị khác nhau nên không chuyển được.")
        if not self.errors:
            self._read_lines(cleaned)
        return cleaned

    def _read_lines(self, cleaned: dict[str, Any]) -> None:
        pasted = cleaned["pasted"].strip()
        if bool(pasted) == ("content" in cleaned):
            raise ValidationError("Hãy dán bảng chuyển mã hoặc chọn một tệp Excel (chỉ một trong hai).")
        if pasted:
            cleaned["content"] = pasted_book(cleaned["pasted"])
            cleaned["sheets"] = read(cleaned["content"])
        count = len(mapping_lines(cleaned["sheets"]))
        if not count:
            raise ValidationError("Không đọc được dòng nào. Hãy ghi mỗi dòng một mã cũ và một mã mới, ví dụ 13.1 3.2.")
        if count > MOST_LINES:
            raise ValidationError(f"Bảng chuyển có {count} dòng, quá {MOST_LINES}. Hãy chỉ để hai cột mã cũ và mã mới.")
