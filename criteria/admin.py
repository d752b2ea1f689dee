"""The admin site for the catalogue, and read access to findings, reports and evidence.

The catalogue is national: administrators change it. Officers set the guiding departments and the zones of
their own communes.
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.text import Truncator

from communes.admin import (
    CommuneAdmin,
    InReachForm,
    OwnAuthority,
    ReadOnlyInline,
    Scoped,
    ScopedAdmin,
    ScopedHistoryAdmin,
    ScopedTabularInline,
    day_column,
    text_column,
)
from communes.models import Commune
from criteria.enums import Provenance
from criteria.models import (
    Assessment,
    AssessmentChange,
    CommuneZone,
    CriteriaGroup,
    CriteriaSet,
    Criterion,
    DayException,
    Evidence,
    EvidenceEvent,
    MonthlyReport,
    ReportEvent,
    ReportLine,
    ReportRule,
    Source,
    SubItem,
    SubItemGuide,
    SubItemPart,
    SubItemPlan,
    Threshold,
    Zone,
)
from criteria.reports.board import owed_since, why_first_day
from criteria.reports.calendar import calendar_of
from criteria.reports.snapshot import NARRATIVE
from ntm_tracker.lib import clock
from ntm_tracker.lib.forms import NamedErrorsForm

VERIFIED = "Đã đối chiếu"


class MarksUnverified:
    """A column and a line of the form for what is not yet checked against the decree's text."""

    @admin.display(description="Đối chiếu")
    def verification(self, record: Any) -> str:
        return VERIFIED if record is None or record.is_verified else render_to_string("includes/unverified.html")


@admin.display(description="Căn cứ", ordering="provenance")
def provenance(threshold: Any) -> str:
    """Return how well a threshold is founded; one from memory bears the same mark as the sub-items."""
    if threshold is not None and threshold.provenance == Provenance.MEMORY:
        return render_to_string("includes/unverified.html")
    return threshold.get_provenance_display() if threshold else ""


@admin.display(description="nội dung", ordering="sub_item")
def sub_item_column(record: Any) -> str:
    """Return code and beginning of the name of a record's sub-item."""
    return Truncator(record.sub_item).chars(90)


class National(Scoped):
    """The catalogue: everybody on the admin site reads it, administrators change it."""

    view_action = "criteria.view_catalogue"
    change_action = "criteria.manage_catalogue"
    belongs_to_unit = False


@admin.register(Source)
class SourceAdmin(National, ScopedAdmin):
    fields = ["code", "title", "address"]
    list_display = ["code", "title"]
    search_fields = ["code", "title"]
    search_help_text = "Tìm theo mã hoặc tên nguồn, có dấu hay không dấu."
    folded_fields = ("code", "title")


WHY_KEPT = (
    "Bộ tiêu chí này đã có đánh giá nên không thêm, không xóa tiêu chí, nội dung và không đổi số, mã, cách đo, cách so "
    "với ngưỡng: kết quả của mọi ngày trước sẽ bị tính khác đi. Tên, yêu cầu, ngưỡng và căn cứ vẫn sửa được. Quyết "
    "định mới thì nhập thành bộ mới."
)


class CountedForm(InReachForm):
    """Puts nothing that counts into a set by which somebody was assessed already."""

    def _post_clean(self) -> None:
        super()._post_clean()
        place = next((name for name in ("criterion", "criteria_set") if name in self.cleaned_data), None)
        if place and self.instance.criteria_set.is_assessed:
            self.add_error(place, WHY_KEPT)


class Counted(National):
    """What the progress of communes is counted by: `counted_fields` stay once somebody was assessed by its set."""

    form = CountedForm
    counted_fields: tuple[str, ...] = ()

    def is_kept(self, record: Any) -> bool:
        return record is not None and record.criteria_set.is_assessed

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not self.is_kept(obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        kept = self.counted_fields if self.is_kept(obj) else ()
        return [*super().get_readonly_fields(request, obj), *kept]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        (title, first), *others = super().get_fieldsets(request, obj)
        return [(title, {**first, "description": WHY_KEPT} if self.is_kept(obj) else first), *others]


class ZoneInline(National, ScopedTabularInline):
    model = Zone
    fields = ["code", "name"]


class GroupInline(National, ScopedTabularInline):
    model = CriteriaGroup
    fields = ["position", "code", "name"]


@admin.register(CriteriaSet)
class CriteriaSetAdmin(National, ScopedHistoryAdmin):
    fieldsets = [
        (None, {"fields": ["code", "name", "short_name", "unit_kind"]}),
        ("Quyết định ban hành", {"fields": ["basis_number", "basis_date", "basis_issuer", "basis_appendix"]}),
        ("Hiệu lực", {"fields": ["effective_from", "effective_to"]}),
        ("Nguồn", {"fields": ["sources", "notes"]}),
    ]
    list_display = [
        "short_name",
        "code",
        "basis_number",
        day_column("effective_from", "có hiệu lực từ"),
        day_column("effective_to", "hết hiệu lực sau"),
    ]
    list_filter = ["unit_kind"]
    search_fields = ["code", "name", "short_name", "basis_number"]
    search_help_text = "Tìm theo tên, mã hoặc số quyết định, có dấu hay không dấu."
    folded_fields = ("code", "name", "short_name", "basis_number")
    autocomplete_fields = ["sources"]
    inlines = [GroupInline, ZoneInline]


class SubItemInline(MarksUnverified, National, ScopedTabularInline):
    model = SubItem
    fields = ["position", "code", "name", "kind", "threshold_state", "verification"]
    readonly_fields = ["code", "name", "kind", "threshold_state", "verification"]
    show_change_link = True
    can_delete = False
    max_num = 0


@admin.register(Criterion)
class CriterionAdmin(MarksUnverified, Counted, ScopedHistoryAdmin):
    counted_fields = ("criteria_set", "number")
    fields = ["criteria_set", "group", "number", "name", "short_name", "is_verified", "verification"]
    readonly_fields = ["verification"]
    list_display = ["number", "name", "short_name", "group", "criteria_set", "verification"]
    list_display_links = ["number", "name"]
    list_filter = ["criteria_set", "is_verified"]
    list_select_related = ["group", "criteria_set"]
    search_fields = ["search_key"]
    search_help_text = "Tìm theo tên, có dấu hay không dấu."
    autocomplete_fields = ["criteria_set"]
    inlines = [SubItemInline]


class GuideInline(ScopedTabularInline):
    model = SubItemGuide
    change_action = "criteria.manage_guidance"
    belongs_to_unit = False
    fields = ["department", "basis"]
    autocomplete_fields = ["department"]


class PartInline(National, ScopedTabularInline):
    model = SubItemPart
    fields = ["position", "code", "name"]


class OneLevelForm(NamedErrorsForm):
    """The unique constraint holds expressions, thus names no field of its own."""

    constraint_fields = {"threshold_unique": "year"}


class ThresholdForm(OneLevelForm, InReachForm):
    pass


class ThresholdInline(National, ScopedTabularInline):
    model = Threshold
    form = OneLevelForm
    fields = ["part", "zone", "year", "authority", "condition", "value", "provenance", "document"]
    autocomplete_fields = ["part", "authority"]


@admin.register(SubItem)
class SubItemAdmin(MarksUnverified, Counted, ScopedHistoryAdmin):
    counted_fields = ("criterion", "code", "kind", "comparator")
    fieldsets = [
        (None, {"fields": ["criterion", "position", "code", "official_code", "name", "verification"]}),
        ("Yêu cầu", {"fields": ["requirement", "details", "kind", "unit", "comparator"]}),
        ("Ngưỡng", {"fields": ["threshold_state", "threshold_note"]}),
        ("Nguồn gốc", {"fields": ["is_verified", "name_provenance", "requirement_provenance", "sources", "notes"]}),
    ]
    readonly_fields = ["verification"]
    list_display = [
        "code", text_column("name", "nội dung"), text_column("criterion__name", "tiêu chí", 40), "kind",
        "threshold_state", "verification", "name_provenance", "requirement_provenance",
    ]  # fmt: skip
    list_display_links = ["code"]
    list_filter = [
        "is_verified",
        "criterion__criteria_set",
        "kind",
        "threshold_state",
        "name_provenance",
        "requirement_provenance",
    ]
    list_select_related = ["criterion"]
    ordering = ["criterion__criteria_set", "criterion__number", "position"]
    search_fields = ["search_key"]
    search_help_text = "Tìm theo mã hoặc tên, có dấu hay không dấu."
    autocomplete_fields = ["criterion", "sources"]
    inlines = [GuideInline, PartInline, ThresholdInline]


@admin.register(SubItemPart)
class SubItemPartAdmin(National, ScopedAdmin):
    """Chosen from other forms; its rows stand below their sub-item."""

    fields = ["sub_item", "position", "code", "name"]
    list_display = ["sub_item", "code", "name"]
    list_select_related = ["sub_item"]
    search_fields = ["sub_item__search_key", "code"]
    autocomplete_fields = ["sub_item"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("sub_item")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Threshold)
class ThresholdAdmin(National, ScopedHistoryAdmin):
    form = ThresholdForm
    fields = ["sub_item", "part", "zone", "year", "authority", "condition", "value", "provenance", "document"]
    list_display = [sub_item_column, "part", "zone", "year", "authority", "condition", "value", provenance]
    list_filter = ["provenance", "zone", "year", "sub_item__criterion__criteria_set", OwnAuthority]
    list_select_related = ["sub_item", "part__sub_item", "zone", "authority"]
    search_fields = ["sub_item__search_key"]
    search_help_text = "Tìm theo mã hoặc tên nội dung, có dấu hay không dấu."
    autocomplete_fields = ["sub_item", "part", "authority"]


@admin.register(SubItemGuide)
class SubItemGuideAdmin(ScopedHistoryAdmin):
    view_action = "criteria.view_catalogue"
    change_action = "criteria.manage_guidance"
    unit_field = "department"
    fields = ["sub_item", "department", "basis"]
    list_display = [sub_item_column, "department", text_column("basis", "căn cứ")]
    list_filter = [("department", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["sub_item", "department"]
    ordering = ["sub_item__criterion__number", "sub_item__position", "pk"]
    search_fields = ["sub_item__search_key", "department__search_key"]
    search_help_text = "Tìm theo nội dung hoặc phòng, ban, có dấu hay không dấu."
    autocomplete_fields = ["sub_item", "department"]


class CommuneForm(InReachForm):
    """A commune that joins others which report already says since when."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        authority = self.cleaned_data.get("authority")
        has_day = any(self.cleaned_data.get(name) or name in self.errors for name in ("valid_from", "valid_to"))
        if self.instance._state.adding and authority and not has_day:
            since = owed_since([authority.pk], clock.today()).get(authority.pk)
            if since:
                self.add_error("valid_from", why_first_day(authority, since))
        return cleaned


# Units know nothing of reports; what a new one owes is said here.
admin.site.unregister(Commune)


@admin.register(Commune)
class ReportingCommuneAdmin(CommuneAdmin):
    form = CommuneForm


@admin.register(CommuneZone)
class CommuneZoneAdmin(ScopedAdmin):
    change_action = "communes.manage_units"
    unit_field = "commune"
    fields = ["commune", "zone"]
    list_display = ["commune", "zone"]
    list_filter = [("zone", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["commune", "zone"]
    ordering = ["commune__sort_key"]
    search_fields = ["commune__search_key"]
    search_help_text = "Tìm theo tên xã, có dấu hay không dấu."
    autocomplete_fields = ["commune"]


class ChangeInline(ReadOnlyInline):
    model = AssessmentChange
    fields = ["at", "by", "from_status", "status", "from_value", "value", "reason", "basis", "source"]
    ordering = ["-at", "-version"]


class EvidenceEventInline(ReadOnlyInline):
    model = EvidenceEvent
    fields = ["at", "by", "kind", "file_name"]


OwnCommune = ("commune", admin.RelatedOnlyFieldListFilter)


@admin.register(Assessment)
class AssessmentAdmin(ScopedAdmin):
    """Findings change on the commune's page, where every change is recorded."""

    fields = [
        "commune", "sub_item", "status", "value", "part_values", "reason", "basis", "source", "evidence",
        "changed_at", "changed_by",
    ]  # fmt: skip
    list_display = ["commune", sub_item_column, "status", "value", "source", "changed_at", "changed_by"]
    list_display_links = ["commune"]
    list_filter = ["status", "source", OwnCommune]
    list_select_related = ["commune", "sub_item", "changed_by"]
    ordering = ["commune__sort_key", "sub_item__criterion__number", "sub_item__position"]
    date_hierarchy = "changed_at"
    search_fields = ["commune__search_key", "sub_item__search_key"]
    search_help_text = "Tìm theo xã hoặc nội dung, có dấu hay không dấu."
    inlines = [ChangeInline, EvidenceEventInline]


@admin.register(AssessmentChange)
class AssessmentChangeAdmin(ScopedAdmin):
    fields = [
        "commune", "sub_item", "at", "by", "from_status", "status", "from_value", "value", "part_values",
        "reason", "basis", "source",
    ]  # fmt: skip
    list_display = ["at", "commune", "sub_item", "from_status", "status", "value", "source", "by"]
    list_filter = ["status", "source", ("assessment__commune", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["assessment__commune", "assessment__sub_item", "by"]
    date_hierarchy = "at"
    search_fields = ["assessment__commune__search_key", "assessment__sub_item__search_key"]
    search_help_text = "Tìm theo xã hoặc nội dung, có dấu hay không dấu."

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    @admin.display(description="xã", ordering="assessment__commune__sort_key")
    def commune(self, change: AssessmentChange) -> str:
        return str(change.assessment.commune)

    @admin.display(description="nội dung", ordering="assessment__sub_item__code")
    def sub_item(self, change: AssessmentChange) -> str:
        return Truncator(change.assessment.sub_item).chars(90)


@admin.register(SubItemPlan)
class SubItemPlanAdmin(ScopedHistoryAdmin):
    fields = ["commune", "sub_item", "official", "planned_on", "solution"]
    list_display = ["commune", sub_item_column, "official", day_column("planned_on", "dự kiến đạt")]
    list_filter = [OwnCommune]
    list_select_related = ["commune", "sub_item"]
    date_hierarchy = "planned_on"
    search_fields = ["commune__search_key", "sub_item__search_key"]
    search_help_text = "Tìm theo xã hoặc nội dung, có dấu hay không dấu."


class LineInline(ReadOnlyInline):
    model = ReportLine
    fields = ["sub_item", "status", "value", "note", "verdict", "review_comment"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request).select_related("sub_item")
        return rows.order_by("sub_item__criterion__number", "sub_item__position")


class EventInline(ReadOnlyInline):
    model = ReportEvent
    fields = ["at", "kind", "by", "reason", "sha256"]


@admin.register(MonthlyReport)
class MonthlyReportAdmin(ScopedAdmin):
    fields = [
        "commune", "criteria_set", "month", "status", "number", "dated", "first_submitted_at",
        "results", "shortcomings", "next_work", "proposals",
    ]  # fmt: skip
    list_display = [
        "month_name",
        "commune",
        "status",
        "number",
        day_column("dated", "ngày văn bản"),
        "first_submitted_at",
    ]
    list_filter = ["status", OwnCommune]
    list_select_related = ["commune"]
    date_hierarchy = "month"
    search_fields = ["commune__search_key"]
    search_help_text = "Tìm theo tên xã, có dấu hay không dấu."
    inlines = [LineInline, EventInline]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What the commune is still writing is nobody else's to read."""
        fields = list(super().get_fields(request, obj))
        return fields if obj is None or obj.is_as_sent else [name for name in fields if name not in NARRATIVE]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj is None or obj.is_as_sent else [EventInline]

    @admin.display(description="tháng", ordering="month")
    def month_name(self, report: MonthlyReport) -> str:
        return f"{report.month.month}/{report.month.year}"


@admin.register(DayException)
class DayExceptionAdmin(ScopedAdmin):
    """Days that the library of holidays doesn't know yet, the same for everybody."""

    change_action = "criteria.manage_days_off"
    belongs_to_unit = False
    fields = ["day", "is_workday", "reason"]
    list_display = [day_column("day", "ngày"), "is_workday", "reason"]
    list_filter = ["is_workday"]
    date_hierarchy = "day"
    search_fields = ["reason"]
    search_help_text = "Tìm theo lý do, văn bản, có dấu hay không dấu."
    folded_fields = ("reason",)


class ReportRuleForm(InReachForm):
    """A rule holds from a month whose due day is still ahead: what was on time or late stays so."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        authority, month = self.cleaned_data.get("authority"), self.cleaned_data.get("from_month")
        if authority and month:
            first = calendar_of(authority).current(clock.today()).month
            if month < first:
                self.add_error(
                    "from_month",
                    f"Hạn của tháng này đã qua. Quy định mới áp dụng sớm nhất từ báo cáo tháng {first.month}/"
                    f"{first.year}: hãy ghi {clock.vn_date(first)}.",
                )
        return cleaned


@admin.register(ReportRule)
class ReportRuleAdmin(ScopedAdmin):
    """Once a due day has passed under a rule, the rule stands; another one follows it."""

    view_action = change_action = "criteria.manage_report_rules"
    unit_field = "authority"
    form = ReportRuleForm
    fieldsets = [
        (
            None,
            {
                "fields": ["authority", "from_month", "due_day", "moves_to_workday", "reason"],
                "description": "Không có quy định nào ở đây thì hạn là ngày 15 của tháng báo cáo. Ngày từ 15 trở đi "
                "là ngày của tháng báo cáo; ngày trước 15 là ngày của tháng sau, vì kỳ báo cáo đến hết ngày 14. "
                "Quy định đã áp dụng thì giữ nguyên; muốn đổi, hãy thêm quy định mới từ tháng sau.",
            },
        )
    ]
    list_display = ["authority", day_column("from_month", "từ báo cáo tháng"), "due_day", "moves_to_workday", "reason"]
    list_filter = [OwnAuthority]
    list_select_related = ["authority"]
    search_fields = ["authority__search_key"]
    search_help_text = "Tìm theo tên cơ quan, có dấu hay không dấu."
    autocomplete_fields = ["authority"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or not self._is_applied(obj))

    @staticmethod
    def _is_applied(rule: ReportRule) -> bool:
        """Whether a due day has passed under `rule`."""
        return calendar_of(rule.authority).deadline(rule.from_month).due_on < clock.today()


@admin.register(Evidence)
class EvidenceAdmin(ScopedAdmin):
    """Without the file itself: files leave the product through its own page, which checks and counts."""

    fields = [
        "commune", "title", "original_name", "content_type", "size", "sha256", "document_number", "document_date",
        "issuer", "uploaded_by", "uploaded_at",
    ]  # fmt: skip
    list_display = [
        "title_or_name",
        "commune",
        "document_number",
        day_column("document_date", "ngày văn bản"),
        "size",
        "uploaded_at",
    ]
    list_filter = ["content_type", OwnCommune]
    list_select_related = ["commune"]
    date_hierarchy = "uploaded_at"
    search_fields = ["search_key", "commune__search_key"]
    search_help_text = "Tìm theo tên tệp, trích yếu, số văn bản hoặc xã, có dấu hay không dấu."

    @admin.display(description="minh chứng", ordering="title")
    def title_or_name(self, evidence: Evidence) -> str:
        return str(evidence)
