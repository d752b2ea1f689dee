"""Which communes go out, and the workbook that comes back."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from communes.models import Commune
from ntm_tracker.lib.uploads import Refused, inspect
from ntm_tracker.lib.workbook import Unreadable, read


class ExportForm(forms.Form):
    """The communes of a status workbook; none chosen means all."""

    communes = forms.MultipleChoiceField(
        label="Xã", required=False, widget=forms.CheckboxSelectMultiple, help_text="Không chọn xã nào là xuất tất cả."
    )

    def __init__(self, *args: Any, communes: Sequence[Commune], **kwargs: Any):
        self.units = list(communes)
        super().__init__(*args, **kwargs)
        self.fields["communes"].choices = [(unit.code, unit.name) for unit in self.units]

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
            raise ValidationError(str(refusal)) from refusal
        return file
