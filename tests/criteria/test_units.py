"""Units that changed on the pages: findings before and after, both maps, the form with its confirmation."""

from datetime import date

import pytest

from communes.enums import Role
from communes.models import Commune, UnitChange
from criteria.enums import AssessmentSource, Status
from criteria.models import Assessment, SubItem
from criteria.unit_services import merge_communes, rename_commune
from tests.factories import make_assessment, make_authority, make_commune, make_criteria_set, make_user
from tests.pages import queries, sign_in, text

pytestmark = pytest.mark.django_db
FROM_DAY = date(2025, 7, 1)
CHANGES = "/communes/changes/"


@pytest.fixture(autouse=True)
def today(settings):
    settings.NTM_TODAY = date(2025, 7, 2)


@pytest.fixture
def officer():
    return make_user(authority=make_authority())


def answer(communes, **changes) -> dict:
    units = [unit.pk for unit in communes]
    given = {"unit_kind": "xa", "name": "Yên Xuân", "code": "17999", "from_day": "01/7/2025"}
    return {"communes": units, "authority": communes[0].authority_id, **given, **changes}


def test_a_renamed_commune_keeps_its_findings_and_says_where_they_come_from(officer):
    sub_item = make_criteria_set().criteria.first().sub_items.first()
    old = make_commune(authority=officer.authority)
    make_assessment(commune=old, sub_item=sub_item, changed_by=officer)
    new = rename_commune(commune=old, name="Tam Đỉnh", from_day=FROM_DAY, by=officer).successor
    carried = Assessment.objects.get(commune=new)
    assert (carried.status, carried.source) == (Status.MET, AssessmentSource.CARRIED)
    assert carried.changes.get().source == AssessmentSource.CARRIED
    assert Assessment.objects.filter(commune=old).count() == 1


def test_a_merged_commune_starts_unassessed_and_shows_the_findings_of_its_predecessors(officer):
    sub_items = list(SubItem.objects.of_set(make_criteria_set()))
    old = [make_commune(authority=officer.authority) for _ in range(2)]
    for commune in old:
        make_assessment(commune=commune, sub_item=sub_items[0])
    make_assessment(commune=old[0], sub_item=sub_items[1])
    new = merge_communes(
        communes=old,
        code="17999",
        name="Yên Xuân",
        kind="xa",
        authority=officer.authority,
        from_day=FROM_DAY,
        by=officer,
    ).successor
    assert not Assessment.objects.filter(commune=new).exists()
    page = sign_in(officer).get(f"/communes/{new.code}/predecessors/")
    assert page.context["found"].proposed_met == 1
    assert "kế thừa từ" in text(sign_in(officer).get(new.get_absolute_url()))
    assert "đã kết thúc sau ngày 30/6/2025" in text(sign_in(officer).get(old[0].get_absolute_url()))


def test_a_past_day_is_summed_by_the_old_and_by_the_new_map(officer, settings):
    sub_items = list(SubItem.objects.of_set(make_criteria_set()))
    old = [make_commune(authority=officer.authority) for _ in range(2)]
    settings.NTM_TODAY = date(2025, 6, 1)
    for commune in old:
        make_assessment(commune=commune, sub_item=sub_items[0])
    make_assessment(commune=old[0], sub_item=sub_items[1])
    settings.NTM_TODAY = date(2025, 7, 2)
    client = sign_in(officer)
    client.post(f"{CHANGES}merge/", answer(old, confirm="1"))

    def counts(chosen: str) -> list[tuple[str, int]]:
        rows = client.get("/communes/", {"at": "2025-06-30", "map": chosen}).context["rows"]
        return [(row.commune.name, row.progress.sub_items_met) for row in rows]

    assert sorted(count for _, count in counts("old")) == [1, 2]
    assert counts("new") == [("Yên Xuân", 1)]
    cost = queries(client, "/communes/?at=2025-06-30&map=new")
    client.post(
        f"{CHANGES}merge/",
        answer([make_commune(authority=officer.authority) for _ in range(9)], code="17998", confirm="1"),
    )
    assert cost == queries(client, "/communes/?at=2025-06-30&map=new")


def test_nothing_happens_before_it_is_confirmed_and_only_once(officer):
    old = [make_commune(authority=officer.authority) for _ in range(2)]
    client = sign_in(officer)
    shown = client.post(f"{CHANGES}merge/", answer(old))
    assert "không hoàn tác được" in text(shown)
    assert not UnitChange.objects.exists()
    assert client.post(f"{CHANGES}merge/", answer(old, confirm="1")).status_code == 302
    assert client.post(f"{CHANGES}merge/", answer(old, confirm="1")).status_code == 422
    assert UnitChange.objects.count() == 1
    assert "Yên Xuân" in text(client.get(CHANGES))


def test_communes_of_another_district_cannot_be_chosen(officer):
    old = [make_commune(authority=officer.authority), make_commune()]
    assert sign_in(officer).post(f"{CHANGES}merge/", answer(old, confirm="1")).status_code == 422
    assert Commune.objects.filter(valid_to__isnull=True).count() == 2


@pytest.mark.parametrize("role", [Role.LEADER, Role.COMMUNE, Role.DEPARTMENT])
def test_only_offices_change_units(role):
    assert sign_in(make_user(role)).get(CHANGES).status_code == 403


def test_a_day_without_a_set_says_which_was_the_last_and_still_shows_the_work(officer):
    make_criteria_set(effective_to=date(2024, 2, 29))
    commune = make_commune(authority=officer.authority)
    page = sign_in(officer).get(commune.get_absolute_url())
    assert "Ngày 02/7/2025 không có bộ tiêu chí nào có hiệu lực" in text(page)
    assert "?at=2024-02-29" in page.text
    assert f"/communes/{commune.code}/work/" in page.text
