"""Input on proposals and replies: the boundary where text becomes values; `save` calls a service."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from communes.enums import Role
from communes.models import Commune, Department, User
from ntm_tracker.lib import clock
from ntm_tracker.lib.figures import vn_decimal
from ntm_tracker.lib.forms import offer
from tasks.enums import ReplyKind
from tasks.forms import ServiceForm, SubItemsField, codes_of, day_field
from tasks.models import Proposal, ProposalReply
from tasks.requests.services import Request, asked_mark, change_proposal, make_proposal, mark_of, reply_to_proposal
from tasks.requests.wording import model_text


class SeenForm(ServiceForm):
    """A form upon the words that were shown."""

    seen = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)


class DongField(forms.DecimalField):
    """Whole đồng, as officials write them: 350.000.000."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(re.sub(r"[.\s]|đồng", "", value) if isinstance(value, str) else value)


class ProposalForm(SeenForm):
    """What a commune asks for."""

    text = forms.CharField(
        label="Kiến nghị",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Ghi trọn câu như sẽ in trong thông báo: “Đề nghị UBND huyện …”.",
        error_messages={"required": "Hãy ghi nội dung kiến nghị."},
    )
    amount = DongField(
        label="Số tiền đề nghị (đồng)",
        required=False,
        min_value=Decimal(1),
        max_digits=15,
        decimal_places=0,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "placeholder": "350.000.000"}),
        error_messages={
            "invalid": "Hãy nhập một số nguyên, ví dụ 350.000.000.",
            "min_value": "Số tiền phải lớn hơn 0.",
            "max_decimal_places": "Số tiền ghi tròn đồng, không có phần lẻ.",
        },
    )
    place = forms.CharField(label="Địa điểm", required=False, max_length=200)
    sub_items = SubItemsField("Nội dung tiêu chí", "2.2, 17.6")
    paper_sign = forms.CharField(
        label="Văn bản kèm theo: số, ký hiệu",
        required=False,
        max_length=50,
        widget=forms.TextInput(attrs={"placeholder": "29/TTr-UBND", "autocomplete": "off"}),
    )
    paper_dated = day_field("Ngày văn bản", "30/3/2023")
    paper_title = forms.CharField(label="Về việc", required=False, max_length=300)

    def __init__(self, data: Mapping[str, Any] | None = None, *, proposal: Proposal | None = None):
        super().__init__(data, initial=_initial(proposal) if proposal else None)
        if proposal:
            field: Any = self.fields["sub_items"]
            field.kept = proposal.sub_items.all()

    @property
    def request(self) -> Request:
        given = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        return Request(**{**given, "sub_items": tuple(given["sub_items"])})

    def make(self, *, commune: Commune, by: User) -> Proposal | None:
        """Record the proposal; None, with the errors in the form, where that cannot be."""
        try:
            return make_proposal(commune=commune, by=by, request=self.request)
        except ValidationError as error:
            self.refuse(error)
            return None

    def change(self, *, proposal: Proposal, by: User) -> Proposal | None:
        """Change it. Raises `SomebodyWasFaster`; None, with the errors in the form, where that cannot be."""
        try:
            return change_proposal(proposal=proposal, by=by, request=self.request, seen=self.cleaned_data["seen"])
        except ValidationError as error:
            self.refuse(error)
            return None


def _initial(proposal: Proposal) -> dict[str, Any]:
    names = ("text", "place", "paper_sign", "paper_dated", "paper_title")
    return {
        **{name: getattr(proposal, name) for name in names},
        "amount": vn_decimal(proposal.amount) if proposal.amount else "",
        "sub_items": codes_of(proposal.sub_items.all()),
        "seen": asked_mark(proposal),
    }


class ReplyForm(SeenForm):
    """The answer: how, in which words, by whom. A department words it; whom it is given to is the office's."""

    kind = forms.ChoiceField(label="Cách trả lời", choices=ReplyKind.choices, widget=forms.RadioSelect)
    lead = forms.ChoiceField(label="Chủ trì", required=False)
    supports = forms.MultipleChoiceField(label="Phối hợp", required=False, widget=forms.CheckboxSelectMultiple)
    text = forms.CharField(
        label="Trả lời",
        max_length=6000,
        error_messages={"required": "Hãy ghi lời trả lời, hoặc bấm “Lấy mẫu lời”."},
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Không ghi “Trả lời:”. Mỗi dòng in thành một đoạn trong thông báo.",
    )
    model = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, proposal: Proposal, by: User):
        self.proposal, self.by = proposal, by
        reply: ProposalReply | None = getattr(proposal, "reply", None)
        initial: dict[str, Any] = {"seen": mark_of(proposal), "kind": ReplyKind.ASSIGNED}
        if reply:
            supports = [str(unit.pk) for unit in reply.supports.all()]
            initial |= {"kind": reply.kind, "text": reply.text, "lead": reply.lead_id, "supports": supports}
        super().__init__(data, initial=initial)
        if by.role == Role.DEPARTMENT:
            del self.fields["lead"], self.fields["supports"]
            self.units: dict[str, Department] = {}
            return
        found = Department.objects.filter(authority=proposal.commune.authority).valid_on(clock.today())
        self.units = {str(unit.pk): unit for unit in found.order_by("short_name")}
        if reply and reply.lead:
            self.units.setdefault(str(reply.lead.pk), reply.lead)
        names = [(key, unit.short_name) for key, unit in self.units.items()]
        offer(self, "lead", [("", "Chưa giao"), *names])
        offer(self, "supports", names)

    def begin_with_model(self) -> None:
        """Put the model of the chosen kind into the text, below what was typed: nothing typed is lost.

        A model that was put there before and stands untouched makes room.
        """
        self.fields["text"].required = False
        is_valid = self.is_valid()
        self.fields["text"].required = True
        if not is_valid:
            return
        given = self.cleaned_data
        lead, supports = self._units(given)
        model = model_text(
            ReplyKind(given["kind"]),
            commune=str(self.proposal.commune),
            lead=lead.full_name if lead else "",
            supports=[unit.full_name for unit in supports],
        )
        typed = given["text"].strip()
        if typed == given["model"]:
            typed = ""
        if model not in typed:
            self.retype("text", f"{typed}\n{model}".strip())
        self.retype("model", model)

    def _units(self, given: Mapping[str, Any]) -> tuple[Department | None, list[Department]]:
        if self.by.role == Role.DEPARTMENT:
            reply = self.proposal.reply
            return reply.lead, list(reply.supports.all())
        return self.units.get(given["lead"]), [self.units[key] for key in given["supports"]]

    def save(self) -> ProposalReply | None:
        """Keep the draft. Raises `SomebodyWasFaster`; None, with the errors in the form, where that cannot be."""
        given = self.cleaned_data
        lead, supports = self._units(given)
        try:
            return reply_to_proposal(
                proposal=self.proposal,
                by=self.by,
                kind=given["kind"],
                text=given["text"],
                seen=given["seen"],
                lead=lead,
                supports=supports,
            )
        except ValidationError as error:
            self.refuse(error)
            return None
