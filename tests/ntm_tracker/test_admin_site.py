"""The admin site as a whole: who opens which section, what they see there, at what cost."""

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import django
import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from communes.enums import AuthorityLevel, Role
from communes.models import Authority, Commune, Department, Letterhead, UnitChange, User
from communes.services import rename_commune
from criteria import models as criteria
from tasks import models as tasks
from tests import factories as make

pytestmark = pytest.mark.django_db

VIEW, CHANGE, ADD = "view", "change", "add"
OPEN = {VIEW, CHANGE, ADD}

Maker = Callable[[Authority], Any] | None


def unit_change_in(district: Authority) -> UnitChange:
    commune = make.make_commune(authority=district)
    by = make.make_user(authority=district)
    return rename_commune(commune=commune, name=f"{commune.name} mới", from_day=date(2023, 4, 1), by=by)


def assessment_in(district: Authority) -> criteria.Assessment:
    return make.make_assessment(commune=make.make_commune(authority=district))


def report_in(district: Authority) -> criteria.MonthlyReport:
    return make.make_report(commune=make.make_commune(authority=district))


def evidence_in(district: Authority) -> criteria.Evidence:
    commune = make.make_commune(authority=district)
    author = make.make_user(Role.COMMUNE, commune=commune)
    return criteria.Evidence.objects.create(
        commune=commune,
        file="evidence/x",
        original_name=f"minh-chung-{commune.code}.pdf",
        content_type="application/pdf",
        size=1,
        sha256=commune.code,
        uploaded_by=author,
    )


def zone_of_commune_in(district: Authority) -> criteria.CommuneZone:
    zone = make.make_criteria_set(criteria=0).zones.get()
    return criteria.CommuneZone.objects.create(commune=make.make_commune(authority=district), zone=zone)


def plan_in(district: Authority) -> criteria.SubItemPlan:
    commune = make.make_commune(authority=district)
    return criteria.SubItemPlan.objects.create(commune=commune, sub_item=make.make_sub_item(), official=commune.name)


def proposal_in(district: Authority) -> tasks.Proposal:
    return make.make_proposal(commune=make.make_commune(authority=district))


def rule_in(district: Authority) -> criteria.ReportRule:
    month = date(2035 + district.report_rules.count(), 1, 1)
    return criteria.ReportRule.objects.create(authority=district, from_month=month, due_day=20, reason="Công văn 1")


def day_off() -> criteria.DayException:
    day = date(2035, 1, 1 + criteria.DayException.objects.count())
    return criteria.DayException.objects.create(day=day, is_workday=False, reason="Nghỉ theo quyết định")


def part(**fields: Any) -> criteria.SubItemPart:
    sub_item = make.make_sub_item()
    return criteria.SubItemPart.objects.create(sub_item=sub_item, code="nu", name="Nữ", position=1, **fields)


# Every section: how a row of a district is made (None: the catalogue, the same for everybody), what an
# officer of the district may do there, what an administrator may. Nobody else gets in at all.
SECTIONS: dict[type, tuple[Maker, set[str], set[str]]] = {
    Authority: (lambda district: district, {VIEW, CHANGE}, OPEN),
    Letterhead: (lambda district: make.make_letterhead(authority=district), OPEN, OPEN),
    Department: (lambda district: make.make_department(authority=district), OPEN, OPEN),
    Commune: (lambda district: make.make_commune(authority=district), OPEN, OPEN),
    UnitChange: (unit_change_in, {VIEW}, {VIEW}),
    User: (lambda district: make.make_user(Role.LEADER, authority=district), OPEN, OPEN),
    criteria.Source: (None, {VIEW}, OPEN),
    criteria.CriteriaSet: (None, {VIEW}, OPEN),
    criteria.Criterion: (None, {VIEW}, OPEN),
    criteria.SubItem: (None, {VIEW}, OPEN),
    criteria.SubItemPart: (None, {VIEW}, OPEN),
    criteria.Threshold: (None, {VIEW}, OPEN),
    criteria.SubItemGuide: (lambda d: make.make_guide(department=make.make_department(authority=d)), OPEN, OPEN),
    criteria.CommuneZone: (zone_of_commune_in, OPEN, OPEN),
    criteria.Assessment: (assessment_in, {VIEW}, {VIEW}),
    criteria.AssessmentChange: (lambda d: assessment_in(d).changes.get(), {VIEW}, {VIEW}),
    criteria.SubItemPlan: (plan_in, {VIEW}, {VIEW}),
    criteria.MonthlyReport: (report_in, {VIEW}, {VIEW}),
    criteria.Evidence: (evidence_in, {VIEW}, {VIEW}),
    criteria.DayException: (None, {VIEW}, OPEN),
    criteria.ReportRule: (rule_in, OPEN, OPEN),
    tasks.Notice: (lambda d: make.make_notice(commune=make.make_commune(authority=d)), OPEN, OPEN),
    tasks.NoticeSection: (
        lambda d: make.make_section(notice=make.make_notice(commune=make.make_commune(authority=d))),
        {VIEW, CHANGE},
        {VIEW, CHANGE},
    ),
    tasks.NoticePoint: (
        lambda d: make.make_point(notice=make.make_notice(commune=make.make_commune(authority=d))),
        {VIEW, CHANGE},
        {VIEW, CHANGE},
    ),
    tasks.Task: (lambda d: make.make_task(authority=d), OPEN, OPEN),
    tasks.Proposal: (proposal_in, OPEN, OPEN),
    tasks.ProposalReply: (lambda d: make.make_reply(proposal=proposal_in(d)), {VIEW}, {VIEW}),
}
CATALOGUE: dict[type, Callable[[], Any]] = {
    criteria.Source: lambda: criteria.Source.objects.create(code=f"n{criteria.Source.objects.count()}", title="Nguồn"),
    criteria.CriteriaSet: make.make_criteria_set,
    criteria.Criterion: make.make_criterion,
    criteria.SubItem: make.make_sub_item,
    criteria.SubItemPart: part,
    criteria.Threshold: make.make_threshold,
    criteria.DayException: day_off,
}
sections = pytest.mark.parametrize("model", SECTIONS, ids=lambda model: model.__name__)
scoped_sections = pytest.mark.parametrize(
    "model", [model for model, row in SECTIONS.items() if row[0]], ids=lambda model: model.__name__
)


def row_of(model: type, district: Authority) -> Any:
    maker = SECTIONS[model][0]
    return maker(district) if maker else CATALOGUE[model]()


def page(model: Any, name: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


@pytest.fixture
def district():
    return make.make_authority()


@pytest.fixture
def elsewhere():
    return make.make_authority()


@pytest.fixture
def officer(client, district):
    user = make.make_user(Role.DISTRICT, authority=district)
    client.force_login(user)
    return user


@pytest.fixture
def administrator(client):
    user = make.make_user(Role.ADMINISTRATOR)
    client.force_login(user)
    return user


def test_the_table_names_every_section():
    assert set(admin.site._registry) == set(SECTIONS)


def test_every_model_that_belongs_to_a_unit_can_be_limited_to_a_reach():
    catalogue = {model for model, row in SECTIONS.items() if row[0] is None}
    assert {model for model in SECTIONS if not hasattr(model._default_manager, "visible_to")} == catalogue


def expected_of(model: type, role: str) -> set[str]:
    return SECTIONS[model][2 if role == Role.ADMINISTRATOR else 1]


@sections
@pytest.mark.parametrize("role", [Role.DISTRICT, Role.ADMINISTRATOR])
def test_a_person_can_do_in_each_section_what_the_table_says(client, district, model, role):
    person = make.make_user(role, authority=district if role == Role.DISTRICT else None)
    client.force_login(person)
    row, expected = row_of(model, district), expected_of(model, role)
    shown = client.get(page(model, "change", row.pk))
    found = {
        action
        for action, works in {
            VIEW: client.get(page(model, "changelist")).status_code == 200 and shown.status_code == 200,
            CHANGE: client.post(page(model, "change", row.pk), {}).status_code == 200,
            ADD: client.get(page(model, "add")).status_code == 200,
        }.items()
        if works
    }
    assert found == expected
    assert (b'name="_save"' in shown.content) == (CHANGE in expected)


@pytest.mark.parametrize("role", [Role.DEPARTMENT, Role.COMMUNE, Role.LEADER])
@sections
def test_other_roles_are_refused_at_every_section(client, district, model, role):
    client.force_login(make.make_user(role, authority=district))
    row = row_of(model, district)
    for url in (page(model, "changelist"), page(model, "add"), page(model, "change", row.pk)):
        assert client.get(url, follow=True).status_code == 403


@scoped_sections
def test_an_officer_sees_only_rows_of_the_own_district(client, officer, district, elsewhere, model):
    own, foreign = row_of(model, district), row_of(model, elsewhere)
    content = client.get(page(model, "changelist")).content.decode()
    assert page(model, "change", own.pk) in content
    assert page(model, "change", foreign.pk) not in content


@scoped_sections
def test_no_filter_of_an_officers_list_names_a_foreign_unit(client, officer, district, elsewhere, model):
    row_of(model, district)
    row_of(model, elsewhere)
    units = [*Commune.objects.filter(authority=elsewhere), *Department.objects.filter(authority=elsewhere), elsewhere]
    foreign_names = [str(unit) for unit in units]
    content = client.get(page(model, "changelist")).content.decode()
    assert [name for name in foreign_names if f">{name}<" in content] == []


@scoped_sections
def test_rows_of_another_district_do_not_exist_for_an_officer(client, officer, elsewhere, model):
    foreign = row_of(model, elsewhere)
    for name in ("change", "delete", "history"):
        assert client.get(page(model, name, foreign.pk)).status_code == 404
        assert client.post(page(model, name, foreign.pk), {"post": "yes"}).status_code in (403, 404)
    assert type(foreign).objects.filter(pk=foreign.pk).exists()


@scoped_sections
def test_choosing_foreign_rows_for_deletion_deletes_nothing(client, officer, elsewhere, model):
    foreign = row_of(model, elsewhere)
    answer = {"action": "delete_selected", "_selected_action": [foreign.pk], "post": "yes"}
    client.post(page(model, "changelist"), answer)
    assert type(foreign).objects.filter(pk=foreign.pk).exists()


@sections
def test_the_number_of_queries_of_a_list_does_not_grow_with_its_rows(client, officer, district, model):
    def cost() -> int:
        client.get(page(model, "changelist"))  # what is read once a process
        with CaptureQueriesContext(connection) as queries:
            client.get(page(model, "changelist"))
        return len(queries)

    row_of(model, district)
    first = cost()
    for _ in range(2):
        row_of(model, district if model not in (Authority, Letterhead) else make_child(district))
    assert cost() == first


def make_child(district: Authority) -> Authority:
    """A district below the same officer: the officer's own authority becomes a province."""
    Authority.objects.filter(pk=district.pk).update(level=AuthorityLevel.PROVINCE)
    return make.make_authority(parent=district)


@sections
def test_each_section_can_be_searched(client, officer, district, model):
    row_of(model, district)
    assert client.get(page(model, "changelist"), {"q": "Đường khong co"}).status_code == 200


def test_the_admin_site_has_no_login_of_its_own(client):
    assert client.get("/admin/").headers["Location"] == "/admin/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/").headers["Location"] == "/login/?next=/admin/"
    assert (
        client.post("/admin/login/", {"username": "a", "password": "b"}).headers["Location"] == "/login/?next=/admin/"
    )


def test_whoever_may_not_enter_is_told_so_and_not_sent_in_circles(client):
    client.force_login(make.make_user(Role.LEADER))
    assert client.get("/admin/", follow=True).status_code == 403


def test_the_login_of_the_admin_site_leads_an_officer_inside(client, officer):
    assert client.get("/admin/login/").headers["Location"] == "/admin/"


def test_leaving_the_admin_site_is_leaving_the_product(client, officer):
    answer = client.post("/admin/logout/")
    assert answer.headers["Location"] == "/login/"
    assert "Clear-Site-Data" in answer.headers


def test_no_detour_tells_whether_a_foreign_record_exists(client, officer, elsewhere):
    commune = make.make_commune(authority=elsewhere)
    assert client.get(f"/admin/r/1/{commune.pk}/").status_code == 404


def test_an_administrator_has_what_the_table_says_and_no_more():
    administrator = make.make_user(Role.ADMINISTRATOR)
    commune = make.make_commune()
    assert administrator.has_perm("criteria.change_assessment", commune)
    assert not administrator.has_perm("criteria.fill_report", commune)
    assert not administrator.has_perm("communes.delete_commune")


# Left in English on purpose: names of signs, and texts of pages that the product replaces by its own.
ENGLISH = {"IPv4", "IPv6", "Email", "%(class_name)s %(instance)s"}


@pytest.mark.parametrize("package", ["admin", "auth"])
def test_django_says_nothing_in_english_on_its_pages_of_the_admin(package):
    folder = Path(django.__file__).parent / "contrib" / package / "locale" / "en" / "LC_MESSAGES"
    template = (folder / "django.po").read_text(encoding="utf-8")
    texts = re.findall(r'^msgid ((?:".*"\n)+)(?:msgid_plural ((?:".*"\n)+))?', template, re.MULTILINE)
    unsaid = [plain(one) for one, many in texts if plain(one) and not is_translated(plain(one), plain(many))]
    assert len(texts) > 50
    assert set(unsaid) <= ENGLISH


def plain(quoted: str) -> str:
    return "".join(re.findall(r'"(.*)"', quoted)).replace(r"\"", '"').replace(r"\n", "\n")


def is_translated(one: str, many: str) -> bool:
    return (ngettext(one, many, 1) if many else gettext(one)) != one


def test_the_earlier_states_are_listed_in_vietnamese_and_without_inline_styles(client, officer, district):
    commune = make.make_commune(authority=district)
    content = client.get(page(Commune, "history", commune.pk)).content.decode()
    assert "Thêm mới" in content
    assert "Người thực hiện" in content
    assert "style=" not in content


def test_the_scripts_of_the_admin_speak_vietnamese(client, officer):
    content = client.get(reverse("admin:jsi18n")).content.decode()
    assert json.dumps("Thứ Hai") in content


def test_sections_stand_in_vietnamese_alphabetical_order(client, administrator):
    apps = client.get("/admin/").context["app_list"]
    assert [str(app["name"]) for app in apps] == [
        "Đơn vị và tài khoản",
        "Thông báo, nhiệm vụ, kiến nghị",
        "Tiêu chí và đánh giá",
    ]
    names = [str(model["name"]).lower() for model in apps[2]["models"]]
    assert names.index("đánh giá") < names.index("minh chứng") < names.index("tiêu chí")
