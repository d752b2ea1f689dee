"""The admin site for notices, tasks and proposals.

Only drafts are open to change: what is issued is frozen. Writes with a meaning (issuing, revoking,
reporting on a task, granting a later day) are made on the product's pages, by the services.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from communes.admin import (
    InReachForm,
    OwnAuthority,
    ReadOnlyInline,
    Scoped,
    ScopedAdmin,
    ScopedHistoryAdmin,
    ScopedStackedInline,
    ScopedTabularInline,
    day_column,
    person_of,
    text_column,
)
from tasks.enums import NoticeStatus
from tasks.models import (
    Citation,
    ExtensionRequest,
    Notice,
    NoticeAttendee,
    NoticeFile,
    NoticePoint,
    NoticeRecipient,
    NoticeSection,
    Proposal,
    ProposalReply,
    Task,
    TaskSupport,
    TaskUpdate,
)

OwnCommune = ("commune", admin.RelatedOnlyFieldListFilter)


class NoticePart(Scoped):
    change_action = "tasks.manage_notice"


class SectionInline(NoticePart, ScopedTabularInline):
    model = NoticeSection
    fields = ["position", "kind", "heading"]
    show_change_link = True
    verbose_name_plural = "Các mục (mở từng mục để sửa các điểm)"


class AttendeeInline(NoticePart, ScopedTabularInline):
    model = NoticeAttendee
    fields = ["position", "side", "text", "department"]
    autocomplete_fields = ["department"]


class RecipientInline(NoticePart, ScopedTabularInline):
    model = NoticeRecipient
    fields = ["position", "text"]


class CitationInline(NoticePart, ScopedTabularInline):
    model = Citation
    fields = ["role", "sign", "dated", "title", "proposal"]
    autocomplete_fields = ["proposal"]


class FileInline(ReadOnlyInline):
    """Without the file itself: files leave the product through its own pages."""

    model = NoticeFile
    fields = ["kind", "original_name", "sha256", "stored_by", "stored_at"]


class NoticeForm(InReachForm):
    """A draft may hold a number of the register already; then its day too, and nobody else's number."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        number, day, session = data.get("number"), data.get("issued_on"), data.get("session_on")
        if number and not day and "issued_on" not in self.errors:
            self.add_error("issued_on", "Đã ghi số thì phải ghi ngày ban hành.")
        if day and session and day < session:
            self.add_error("issued_on", "Ngày ban hành không thể trước ngày làm việc.")
        self.instance.number_year = day.year if day else None
        if number and day and self._is_taken(number, day.year):
            self.add_error("number", f"Số {number} đã được dùng trong năm {day.year} cho cùng ký hiệu.")
        return data

    def _is_taken(self, number: int, year: int) -> bool:
        """Numbers run within authority, year and kind of document (Nghị định 30/2020/NĐ-CP, Điều 15)."""
        same = Notice.objects.filter(
            authority=self.cleaned_data.get("authority"),
            symbol=self.cleaned_data.get("symbol"),
            number=number,
            number_year=year,
        )
        return same.exclude(pk=self.instance.pk).exists()


class VersionedAdmin(ScopedHistoryAdmin):
    """What may be open elsewhere: whoever has it open learns that it has changed."""

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        if change:
            obj.version += 1
        super().save_model(request, obj, form, change)


@admin.register(Notice)
class NoticeAdmin(VersionedAdmin):
    change_action = "tasks.manage_notice"
    unit_field = "authority"
    form = NoticeForm
    fieldsets = [
        (None, {"fields": ["authority", "commune", "status", "reference", "subject", "corrects"]}),
        ("Số và ngày", {"fields": ["number", "symbol", "issued_on", "motto"]}),
        ("Buổi làm việc", {"fields": ["session_on", "session_time", "chair_name", "chair_post"]}),
        ("Người ký", {"fields": ["authority_lines", "signer_name"]}),
        ("Thu hồi", {"fields": ["revoked_on", "revoke_reason"], "classes": ["collapse"]}),
    ]
    readonly_fields = ["status", "revoked_on", "revoke_reason"]
    list_display = [
        "sign_of",
        text_column("subject", "trích yếu"),
        "commune",
        day_column("session_on", "ngày làm việc"),
        "status",
        day_column("issued_on", "ngày ban hành"),
    ]
    list_display_links = ["sign_of"]
    list_filter = ["status", OwnCommune, OwnAuthority]
    list_select_related = ["commune"]
    date_hierarchy = "session_on"
    search_fields = ["search_key", "commune__search_key", "reference"]
    search_help_text = "Tìm theo trích yếu, người chủ trì, xã hoặc mã hồ sơ, có dấu hay không dấu."
    autocomplete_fields = ["authority", "commune", "corrects"]
    inlines = [SectionInline, AttendeeInline, RecipientInline, CitationInline, FileInline]

    @admin.display(description="số, ký hiệu", ordering="number")
    def sign_of(self, notice: Notice) -> str:
        return notice.sign

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (obj is None or obj.status == NoticeStatus.DRAFT) and super().has_change_permission(request, obj)


class OfNotice(ScopedAdmin):
    """A part of a notice: reached from its notice, open to change while that is a draft."""

    change_action = "tasks.manage_notice"

    @staticmethod
    def notice_of(part: Any) -> Notice:
        return part.notice

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        open_to_change = obj is None or self.notice_of(obj).status == NoticeStatus.DRAFT
        return open_to_change and super().has_change_permission(request, obj)


class PointInline(NoticePart, ScopedStackedInline):
    model = NoticePoint
    fields = [("position", "kind"), "text", "proposal", "creates_no_task"]
    autocomplete_fields = ["proposal"]


@admin.register(NoticeSection)
class NoticeSectionAdmin(OfNotice):
    fields = ["notice", "position", "kind", "heading"]
    readonly_fields = ["notice"]
    list_display = ["notice", "position", "kind", "heading"]
    list_select_related = ["notice__commune"]
    search_fields = ["notice__search_key"]
    inlines = [PointInline]


@admin.register(NoticePoint)
class NoticePointAdmin(OfNotice):
    """Chosen from the form of a task."""

    fields = ["section", "position", "kind", "text", "proposal", "creates_no_task"]
    readonly_fields = ["section", "proposal"]
    list_display = ["__str__", "section", "position", "kind"]
    list_select_related = ["section", "proposal"]
    search_fields = ["section__notice__search_key", "section__notice__commune__search_key", "proposal__search_key"]

    @staticmethod
    def notice_of(part: NoticePoint) -> Notice:
        return part.section.notice

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("section", "proposal")


class SupportInline(ScopedTabularInline):
    model = TaskSupport
    change_action = "tasks.manage_notice"
    fields = ["department", "commune", "part"]
    autocomplete_fields = ["department", "commune"]


class UpdateInline(ReadOnlyInline):
    model = TaskUpdate
    fields = ["at", "by", "kind", "text", "share_done"]


class ExtensionInline(ReadOnlyInline):
    model = ExtensionRequest
    fields = ["asked_at", "asked_by", "new_due_on", "reason", "decision", "decided_by", "decided_at", "comment"]


class TaskForm(InReachForm):
    constraint_fields = {"task_has_one_lead": "lead_department", "task_recurrence_has_day": "recurrence_day"}


@admin.register(Task)
class TaskAdmin(VersionedAdmin):
    change_action = "tasks.manage_notice"
    unit_field = "authority"
    form = TaskForm
    fieldsets = [
        (None, {"fields": ["authority", "commune", "reference", "text", "note", "status"]}),
        ("Chủ trì", {"fields": ["lead_department", "lead_commune"]}),
        ("Thời hạn", {"fields": ["assigned_on", "due_on", "recurrence", "recurrence_day"]}),
        ("Nguồn gốc và mục đích", {"fields": ["point", "reply", "sub_items"]}),
    ]
    readonly_fields = ["status"]
    list_display = [
        text_column("text", "nhiệm vụ"),
        "commune",
        "lead",
        "status",
        day_column("assigned_on", "ngày giao"),
        day_column("due_on", "hạn ban đầu"),
        "recurrence",
    ]
    list_filter = ["status", "recurrence", ("lead_department", admin.RelatedOnlyFieldListFilter), OwnCommune]
    list_select_related = ["commune", "lead_department", "lead_commune"]
    date_hierarchy = "due_on"
    search_fields = ["search_key", "commune__search_key", "lead_department__search_key", "reference"]
    search_help_text = "Tìm theo nội dung, xã, phòng, ban chủ trì hoặc mã hồ sơ, có dấu hay không dấu."
    autocomplete_fields = ["authority", "commune", "lead_department", "lead_commune", "point", "reply", "sub_items"]
    inlines = [SupportInline, UpdateInline, ExtensionInline]

    @admin.display(description="chủ trì")
    def lead(self, task: Task) -> str:
        return str(task.lead)


class ReplyInline(ScopedStackedInline):
    model = ProposalReply
    change_action = "tasks.reply_to_proposal"
    fields = ["kind", "text", "lead", "supports", "replied_by", "replied_at"]
    readonly_fields = ["replied_by", "replied_at"]
    autocomplete_fields = ["lead", "supports"]
    can_delete = False


@admin.register(Proposal)
class ProposalAdmin(ScopedHistoryAdmin):
    change_action = "tasks.manage_notice"
    unit_field = "commune"
    fields = ["commune", "reference", "made_on", "made_by", "text", "amount", "place", "sub_items"]
    readonly_fields = ["made_by"]
    list_display = [
        text_column("text", "nội dung kiến nghị"),
        "commune",
        day_column("made_on", "ngày đề xuất"),
        "place",
        "amount",
        "reply_kind",
    ]
    list_filter = [OwnCommune, "reply__kind"]
    list_select_related = ["commune", "reply"]
    date_hierarchy = "made_on"
    search_fields = ["search_key", "commune__search_key", "reference"]
    search_help_text = "Tìm theo nội dung, địa điểm, xã hoặc mã hồ sơ, có dấu hay không dấu."
    autocomplete_fields = ["commune", "sub_items"]
    inlines = [ReplyInline]

    @admin.display(description="trả lời")
    def reply_kind(self, proposal: Proposal) -> str | None:
        reply = getattr(proposal, "reply", None)
        return reply.get_kind_display() if reply else None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (obj is None or not obj.is_published) and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Proposal, form: forms.ModelForm, change: bool) -> None:
        if not change:
            obj.made_by = person_of(request)
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: forms.ModelForm, formset: Any, change: bool) -> None:
        """A new reply bears the name of who wrote it."""
        for row in formset.extra_forms:
            if isinstance(row.instance, ProposalReply):
                row.instance.replied_by = person_of(request)
        super().save_formset(request, form, formset, change)


@admin.register(ProposalReply)
class ProposalReplyAdmin(ScopedAdmin):
    """Chosen from the form of a task; written below its proposal."""

    fields = ["proposal", "kind", "text", "lead", "supports", "replied_by", "replied_at"]
    list_display = ["proposal", "kind", "lead", "replied_at"]
    list_select_related = ["proposal", "lead"]
    search_fields = ["proposal__search_key", "proposal__commune__search_key"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False
