"""The admin site for units, letterheads and accounts, and what the admin of every app shares.

Each section names the actions of the table of rights (`communes/access.py`) that open and change it, and
shows only what the person may see. So the admin site knows no rights of its own.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin, InlineModelAdmin
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import DecimalField, Field, Model, Q, QuerySet, URLField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import Truncator
from simple_history.admin import SimpleHistoryAdmin

from communes.enums import AuthorityLevel, Role
from communes.forms import ComposedPasswords
from communes.models import Authority, Commune, Department, Letterhead, UnitChange, User
from ntm_tracker.lib import clock
from ntm_tracker.lib.forms import NamedErrorsForm
from ntm_tracker.lib.text import nfc, search_key

# Rights follow from the role alone.
admin.site.unregister(Group)

OUT_OF_REACH = "Bản ghi này sẽ nằm ngoài phạm vi của bạn; chưa có gì được lưu. Hãy chọn đơn vị trong phạm vi."


def visible_rows(model: type[Model], user: User) -> QuerySet:
    """Return the rows of `model` that `user` may see; a model without `visible_to` is the same for everybody."""
    manager: Any = model._default_manager
    return manager.visible_to(user) if hasattr(manager, "visible_to") else manager.all()


def day_column(name: str, description: str) -> Callable[[Any], str]:
    """Return a list column with the day of the field `name` as officials write it: 05/4/2023."""

    @admin.display(description=description, ordering=name)
    def column(record: Any) -> str:
        day = getattr(record, name)
        return clock.vn_date(day) if day else "–"

    column.__name__ = name
    return column


def text_column(name: str, description: str, length: int = 90) -> Callable[[Any], str]:
    """Return a list column with the beginning of a long text; `name` may lead over relations (`a__b`)."""

    @admin.display(description=description, ordering=name)
    def column(record: Any) -> str:
        for step in name.split("__"):
            record = getattr(record, step)
        return Truncator(record).chars(length)

    column.__name__ = name
    return column


def person_of(request: HttpRequest) -> User:
    """Return who asks; the admin site lets nobody unknown in."""
    return cast(User, request.user)


class InReachForm(NamedErrorsForm):
    """Refuses what would lie outside the person's reach once saved.

    `person` and `action` (None: the rows belong to no unit) come from the section, `unit_field` is where
    the error is shown.
    """

    person: User
    action: str | None = None
    unit_field = ""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.action and not self.errors and not self.person.has_perm(self.action, self.instance):
            self.add_error(self.unit_field if self.unit_field in self.fields else None, OUT_OF_REACH)


if TYPE_CHECKING:
    _Options = BaseModelAdmin[Any]
    _InlineOptions = InlineModelAdmin[Any, Any]
else:
    _Options = _InlineOptions = object


class Scoped(_Options):
    """Rights of a section or inline by the table of rights, choices within the person's reach.

    `change_action` None: to be read only. `belongs_to_unit` False: rows of the catalogue, the same for
    everybody, so that only the role decides.
    """

    view_action = "communes.view_progress"
    change_action: str | None = None
    belongs_to_unit = True

    def may(self, request: HttpRequest, action: str | None, obj: Any = None) -> bool:
        if action is None or not request.user.is_authenticated:
            return False
        return person_of(request).has_perm(action, obj if self.belongs_to_unit else None)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, self.view_action, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, self.change_action, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, self.change_action, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet:
        """What a person can choose: what they can see."""
        ordered = super().get_field_queryset(db, db_field, request)
        rows = visible_rows(db_field.remote_field.model, person_of(request))
        return rows if ordered is None else rows.order_by(*ordered.query.order_by)

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        """Decimals are typed and shown with a comma; an address without a scheme is a safe one.

        Beside a choice stand ways to add and to look, not to change or delete what many records share.
        """
        if isinstance(db_field, DecimalField):
            kwargs["localize"] = True
        elif isinstance(db_field, URLField):
            kwargs["assume_scheme"] = "https"
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget.can_change_related = field.widget.can_delete_related = False
        return field


class ScopedAdmin(Scoped, admin.ModelAdmin):
    """One section of the admin site.

    `search_fields` name search keys (or codes in lower case), `folded_fields` texts without such a key, of
    tables with few rows: both are found with and without diacritics. `unit_field` says where a record's
    unit is chosen.
    """

    form = InReachForm
    list_per_page = 50
    list_max_show_all = 500
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    folded_fields: tuple[str, ...] = ()
    unit_field = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = visible_rows(self.model, person_of(request))
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Beyond the person's reach as if it didn't exist: 404, as on the product's own pages."""
        found = super().get_object(request, object_id, from_field)
        if found is None:
            raise Http404
        return found

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find the rows that hold every word, with or without diacritics."""
        words = search_key(nfc(search_term)).split()
        if self.folded_fields and words:
            return queryset.filter(pk__in=self._folded(queryset, words)), False
        for word in words:
            hit = Q()
            for path in self.get_search_fields(request):
                hit |= Q(**{f"{path}__contains": word})
            queryset = queryset.filter(hit)
        return queryset, False

    def _folded(self, queryset: QuerySet, words: Iterable[str]) -> list[Any]:
        rows = queryset.order_by().values_list("pk", *self.folded_fields)
        keys = ((pk, search_key(" ".join(str(text or "") for text in texts))) for pk, *texts in rows)
        return [pk for pk, key in keys if all(word in key for word in words)]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """Where something still holds the record, say that alone: who might delete what holds it is no help."""
        found, counts, lacking, protected = super().get_deleted_objects(objs, request)
        return found, counts, set() if protected else lacking, protected

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        bound = {
            "person": request.user,
            "action": self.change_action if self.belongs_to_unit else None,
            "unit_field": self.unit_field,
        }
        return type(form.__name__, (form,), bound)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Start with the person's own authority."""
        return {"authority": person_of(request).authority_id, **super().get_changeform_initial_data(request)}

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        """Straight to the record's own page."""
        return obj.get_absolute_url() if obj is not None and hasattr(obj, "get_absolute_url") else None


class ScopedHistoryAdmin(SimpleHistoryAdmin, ScopedAdmin):
    """A section whose earlier states can be read; going back is an ordinary change, made in the form."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self.get_object(request, object_id)
        return super().history_view(request, object_id, extra_context)

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self.get_object(request, object_id)
        if request.method != "GET":
            raise PermissionDenied
        return super().history_form_view(request, object_id, version_id, extra_context)

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def render_history_view(self, request: HttpRequest, template: str, context: dict[str, Any], **kwargs: Any) -> Any:
        return super().render_history_view(
            request, template, {**context, "revert_disabled": True, "show_delete": False}, **kwargs
        )


class ScopedInline(Scoped, _InlineOptions):
    """Rows below a record; their rights are asked for that record."""

    form = NamedErrorsForm
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        visible = visible_rows(self.model, person_of(request))
        return rows.filter(pk__in=visible.values("pk")) if hasattr(self.model._default_manager, "visible_to") else rows


class ScopedTabularInline(ScopedInline, admin.TabularInline):
    pass


class ScopedStackedInline(ScopedInline, admin.StackedInline):
    pass


class ReadOnlyInline(ScopedTabularInline):
    """What was recorded: shown, never written here."""

    can_delete = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields


OwnAuthority = ("authority", admin.RelatedOnlyFieldListFilter)


class LetterheadInline(ScopedStackedInline):
    model = Letterhead
    change_action = "communes.manage_letterhead"
    fields = ["superior", "issuer", "place", "abbreviation"]


class DepartmentInline(ScopedTabularInline):
    model = Department
    change_action = "communes.manage_units"
    fields = ["position", "code", "short_name", "full_name", "valid_from", "valid_to"]


@admin.register(Authority)
class AuthorityAdmin(ScopedHistoryAdmin):
    change_action = "communes.manage_units"
    unit_field = "parent"
    fields = ["code", "name", "level", "parent", "valid_from", "valid_to"]
    list_display = [
        "name",
        "code",
        "level",
        "parent",
        day_column("valid_from", "có từ ngày"),
        day_column("valid_to", "đến hết ngày"),
    ]
    list_display_links = ["name"]
    list_filter = ["level"]
    list_select_related = ["parent"]
    search_fields = ["search_key"]
    search_help_text = "Tìm theo tên hoặc mã, có dấu hay không dấu."
    autocomplete_fields = ["parent"]
    inlines = [LetterheadInline, DepartmentInline]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A district has nothing below it that is an authority."""
        own = person_of(request).authority if request.user.is_authenticated else None
        return super().has_add_permission(request, obj) and (own is None or own.level < AuthorityLevel.DISTRICT)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not self._is_own(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The own authority's place in the tree is not the person's to move."""
        return ["code", "level", "parent"] if self._is_own(request, obj) else []

    @staticmethod
    def _is_own(request: HttpRequest, obj: Authority | None) -> bool:
        return obj is not None and obj.pk == person_of(request).authority_id


@admin.register(Letterhead)
class LetterheadAdmin(ScopedHistoryAdmin):
    change_action = "communes.manage_letterhead"
    unit_field = "authority"
    fields = ["authority", "superior", "issuer", "place", "abbreviation"]
    list_display = ["authority", "superior", "place", "abbreviation"]
    list_select_related = ["authority"]
    search_fields = ["authority__search_key"]
    search_help_text = "Tìm theo tên cơ quan, có dấu hay không dấu."
    autocomplete_fields = ["authority"]


@admin.register(Department)
class DepartmentAdmin(ScopedHistoryAdmin):
    change_action = "communes.manage_units"
    unit_field = "authority"
    fields = ["authority", "position", "code", "short_name", "full_name", "valid_from", "valid_to"]
    list_display = ["full_name", "short_name", "code", "authority", "position", day_column("valid_to", "đến hết ngày")]
    list_filter = [OwnAuthority]
    list_select_related = ["authority"]
    search_fields = ["search_key"]
    search_help_text = "Tìm theo tên hoặc mã, có dấu hay không dấu."
    autocomplete_fields = ["authority"]


@admin.register(Commune)
class CommuneAdmin(ScopedHistoryAdmin):
    change_action = "communes.manage_units"
    unit_field = "authority"
    fields = ["code", "kind", "name", "authority", "valid_from", "valid_to", "successor", "is_demonstration"]
    list_display = ["name", "code", "kind", "authority", day_column("valid_to", "đến hết ngày"), "is_demonstration"]
    list_filter = ["kind", OwnAuthority, "is_demonstration", ("valid_to", admin.EmptyFieldListFilter)]
    list_select_related = ["authority"]
    search_fields = ["search_key"]
    search_help_text = "Tìm theo tên hoặc mã, có dấu hay không dấu."
    autocomplete_fields = ["authority", "successor"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What a change of units wrote isn't undone here, nor by a form that was opened before the change."""
        ended_by_change = obj is not None and UnitChange.objects.filter(successor=obj.successor_id).exists()
        return ["valid_to", "successor"] if ended_by_change else []


@admin.register(UnitChange)
class UnitChangeAdmin(ScopedAdmin):
    """What was written when units changed; they change on the product's own pages.

    A change is seen by those who had the old unit and by those who have the new one, so the successor alone
    doesn't decide: the rows are limited to the person's reach, the role opens the section.
    """

    belongs_to_unit = False
    fields = ["kind", "predecessors", "successor", "from_day", "accounts", "at", "by"]
    list_display = ["successor", "kind", "predecessors", day_column("from_day", "có hiệu lực từ ngày"), "by"]
    list_filter = ["kind"]
    list_select_related = ["successor", "by"]
    date_hierarchy = "from_day"
    search_fields = ["successor__search_key", "successor__predecessors__search_key"]
    search_help_text = "Tìm theo tên hoặc mã của đơn vị cũ, đơn vị mới, có dấu hay không dấu."

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("successor__predecessors")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """A merged unit has several old ones: each change once."""
        return super().get_search_results(request, queryset, search_term)[0], True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    @admin.display(description="đơn vị cũ")
    def predecessors(self, change: UnitChange) -> str:
        return ", ".join(str(unit) for unit in change.successor.predecessors.all())


class AccountForm(InReachForm):
    """Role and units fit each other (`User.clean`); nobody makes an account mightier than their own."""

    def clean_role(self) -> str:
        role = self.cleaned_data["role"]
        if role == Role.ADMINISTRATOR and self.person.role != Role.ADMINISTRATOR:
            raise forms.ValidationError("Bạn không được giao vai trò cao hơn vai trò của mình.")
        return role


class InitialPassword(ComposedPasswords):
    """A password set for somebody else: the person replaces it when they sign in."""

    def save(self, commit: bool = True) -> User:
        account = self.instance if isinstance(self, forms.ModelForm) else self.user  # type: ignore[attr-defined]
        account.password_is_initial = True
        return super().save(commit)  # type: ignore[misc]


class AccountCreationForm(AccountForm, InitialPassword, UserCreationForm):
    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username",)


class AccountPasswordForm(InitialPassword, AdminPasswordChangeForm):
    """Whoever shall not sign in any more is ended; without a password an account waits for its owner's first one."""

    def __init__(self, user: User, *args: Any, **kwargs: Any):
        super().__init__(user, *args, **kwargs)
        self.fields.pop("usable_password", None)
        for name in ("password1", "password2"):
            self.fields[name].required = True


class AccountChangeForm(AccountForm, UserChangeForm):
    class Meta(UserChangeForm.Meta):
        model = User


PLACE = ("role", "authority", "department", "commune")


@admin.register(User)
class AccountAdmin(ScopedHistoryAdmin, UserAdmin):
    """Accounts are ended, not deleted: what a person did keeps its name."""

    change_action = "communes.manage_accounts"
    view_action = "communes.manage_accounts"
    unit_field = "authority"
    form = AccountChangeForm
    add_form = AccountCreationForm
    change_password_form = AccountPasswordForm
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Người dùng", {"fields": ["full_name", "post", "email"]}),
        ("Vai trò và đơn vị", {"fields": [*PLACE, "is_active"]}),
        ("Thời điểm", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"classes": ["wide"], "fields": ["username", "password1", "password2"]}),
        ("Người dùng", {"fields": ["full_name", "post", "email"]}),
        ("Vai trò và đơn vị", {"fields": PLACE}),
    ]
    readonly_fields = ["last_login", "date_joined"]
    list_display = ["username", "full_name", "post", "role", "authority", "department", "commune", "is_active"]
    list_filter = ["role", OwnAuthority, "is_active"]
    list_select_related = ["authority", "department", "commune"]
    search_fields = ["username", "full_name"]
    search_help_text = "Tìm theo tên đăng nhập, họ tên hoặc chức vụ, có dấu hay không dấu."
    folded_fields = ("username", "full_name", "post")
    filter_horizontal = []
    autocomplete_fields = ["authority", "department", "commune"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        above = obj is not None and obj.role == Role.ADMINISTRATOR and person_of(request).role != Role.ADMINISTRATOR
        return not above and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002  so it is called in the address
        form_url: str = "",
    ) -> HttpResponse:
        """One's own is changed where it asks for the one before."""
        account = self.get_object(request, unquote(id))
        if account.pk == person_of(request).pk:
            return redirect("password")
        return super().user_change_password(request, id, form_url)

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "role" and person_of(request).role != Role.ADMINISTRATOR:
            kwargs["choices"] = [("", "---------"), *(pair for pair in Role.choices if pair[0] != Role.ADMINISTRATOR)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)
