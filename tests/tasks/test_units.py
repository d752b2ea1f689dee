"""Notices, tasks and proposals of units that ended: their successor's people read them, nobody else does."""

import re
from datetime import date, datetime, timedelta
from html import unescape
from io import BytesIO

import pytest
from django.urls import reverse
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from communes.enums import AuthorityLevel, Role
from communes.models import Commune, User
from criteria.enums import ReportStatus, Status
from criteria.models import SubItem
from criteria.services import change_assessment
from criteria.unit_services import merge_communes, move_commune, rename_commune
from ntm_tracker.lib import clock
from tasks.enums import NoticeStatus, TaskStatus
from tasks.models import Notice, NoticeSection, Proposal, Task
from tasks.summary.selectors import sheet
from tests.factories import (
    make_assessment,
    make_authority,
    make_commune,
    make_criteria_set,
    make_letterhead,
    make_notice,
    make_point,
    make_proposal,
    make_report,
    make_section,
    make_task,
    make_user,
)
from tests.pages import queries, sign_in, text

pytestmark = pytest.mark.django_db
FROM_DAY = date(2025, 7, 1)


@pytest.fixture(autouse=True)
def today(settings):
    settings.NTM_TODAY = date(2025, 7, 2)


@pytest.fixture
def district():
    district = make_authority(parent=make_authority(level=AuthorityLevel.PROVINCE))
    make_letterhead(authority=district)
    return district


def merged(communes, **changes):
    given = {"code": "17999", "name": "Yên Xuân", "kind": "xa", "authority": communes[0].authority}
    by = make_user(authority=communes[0].authority)
    return merge_communes(**{**given, "communes": communes, "from_day": FROM_DAY, "by": by, **changes}).successor


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_staff_of_the_successor_read_issued_notices_of_all_predecessors_and_no_draft(district):
    communes = [make_commune(authority=district) for _ in range(2)]
    staff, other = make_user(Role.COMMUNE, commune=communes[0]), make_user(Role.COMMUNE, authority=district)
    issued = [make_notice(commune=commune, status=NoticeStatus.ISSUED) for commune in communes]
    make_section(notice=make_notice(commune=communes[1]))
    make_section(notice=issued[1])
    merged(communes)
    assert set(Notice.objects.visible_to(fresh(staff))) == set(issued)
    assert [row.notice for row in NoticeSection.objects.visible_to(fresh(staff))] == [issued[1]]
    assert not Notice.objects.visible_to(fresh(other)).exists()
    assert not NoticeSection.objects.visible_to(fresh(other)).exists()


def test_another_authority_reads_what_was_issued_to_the_unit_it_takes_over_and_nothing_else(district):
    receiving = make_authority(parent=district.parent)
    commune, neighbour = (make_commune(authority=district) for _ in range(2))
    issued, draft = make_notice(commune=commune, status=NoticeStatus.ISSUED), make_notice(commune=commune)
    foreign = make_notice(commune=neighbour, status=NoticeStatus.ISSUED)
    task, foreign_task = make_task(commune=commune), make_task(commune=neighbour)
    proposal, foreign_proposal = make_proposal(commune=commune), make_proposal(commune=neighbour)
    move_commune(commune=commune, authority=receiving, from_day=FROM_DAY, by=make_user(authority=district.parent))
    new, old = make_user(authority=receiving), make_user(authority=district)
    assert set(Notice.objects.visible_to(new)) == {issued}
    assert set(Task.objects.visible_to(new)) == {task}
    assert set(Proposal.objects.visible_to(new)) == {proposal}
    assert set(Notice.objects.visible_to(old)) == {issued, draft, foreign}
    assert set(Task.objects.visible_to(old)) == {task, foreign_task}
    assert set(Proposal.objects.visible_to(old)) == {proposal, foreign_proposal}
    assert not Notice.objects.visible_to(make_user()).exists()
    assert Notice.objects.visible_to(make_user(Role.ADMINISTRATOR)).count() == 3


def test_the_work_of_the_successor_holds_that_of_its_predecessors(district):
    communes = [make_commune(authority=district) for _ in range(2)]
    tasks = [make_task(commune=commune) for commune in communes]
    proposals = [make_proposal(commune=commune) for commune in communes]
    new = merged(communes)
    page = sign_in(make_user(authority=district)).get(reverse("tasks:of_commune", args=[new.code]))
    assert {row.task for row in page.context["work"].tasks} == set(tasks)
    assert {row.proposal for row in page.context["work"].proposals} == set(proposals)


def test_the_work_of_a_unit_that_ended_stays_its_own(district):
    communes = [make_commune(authority=district) for _ in range(2)]
    tasks = [make_task(commune=commune) for commune in communes]
    merged(communes, code=communes[0].code)
    client = sign_in(make_user(authority=district))
    page = client.get(reverse("tasks:of_commune", args=[communes[0].code]), {"at": "2025-06-30"})
    assert [row.task for row in page.context["work"].tasks] == tasks[:1]


def test_a_notice_keeps_the_name_of_its_day(district):
    communes = [make_commune(authority=district, name=name) for name in ("Cao Sơn", "Khai Sơn")]
    notice = make_notice(commune=communes[0], status=NoticeStatus.ISSUED)
    merged(communes)
    page = text(sign_in(make_user(authority=district)).get(notice.get_absolute_url()))
    assert "Cao Sơn" in page
    assert "Yên Xuân" not in page


def test_the_work_costs_the_same_queries_for_two_predecessors_and_for_twelve(district):
    def cost(count: int, code: str) -> int:
        communes = [make_commune(authority=district) for _ in range(count)]
        for commune in communes:
            make_task(commune=commune)
            make_proposal(commune=commune)
        new = merged(communes, code=code, name=f"Yên Xuân {code}")
        return queries(sign_in(make_user(authority=district)), reverse("tasks:of_commune", args=[new.code]))

    assert cost(2, "17998") == cost(12, "17999")


# Who finishes what a commune left open

LEFT_OPEN = [
    # a task, its status, who may update it after Cao Sơn and Khai Sơn became Yên Xuân
    ({"lead": "Cao Sơn"}, TaskStatus.OPEN, {"successor", "office"}),
    ({"lead": "Cao Sơn"}, TaskStatus.DONE, {"successor", "office"}),
    ({"lead": "Cao Sơn"}, TaskStatus.CONFIRMED, {"office"}),
    ({"about": "Cao Sơn", "support": "Khai Sơn"}, TaskStatus.OPEN, {"department", "successor", "office"}),
    ({"about": "Cao Sơn", "support": "Khai Sơn"}, TaskStatus.CONFIRMED, {"department", "office"}),
    ({"about": "Cao Sơn"}, TaskStatus.OPEN, {"department", "office"}),
    ({"lead": "Đức Sơn"}, TaskStatus.OPEN, {"neighbour", "office"}),
    ({"about": "Đức Sơn", "support": "Cao Sơn"}, TaskStatus.OPEN, {"department", "successor", "office"}),
    ({"about": "Đức Sơn", "support": "Yên Xuân"}, TaskStatus.CONFIRMED, {"department", "successor", "office"}),
]


@pytest.mark.parametrize(("work", "status", "expected"), LEFT_OPEN)
def test_who_may_act_on_the_work_of_a_commune_that_ended(district, work, status, expected):
    units = {name: make_commune(authority=district, name=name) for name in ("Cao Sơn", "Khai Sơn", "Đức Sơn")}
    department = make_user(Role.DEPARTMENT, authority=district)
    people = {
        "department": department,
        "successor": make_user(Role.COMMUNE, commune=units["Cao Sơn"]),
        "neighbour": make_user(Role.COMMUNE, commune=units["Đức Sơn"]),
        "office": make_user(authority=district),
        "leader": make_user(Role.LEADER, authority=district),
        "other office": make_user(),
    }
    units["Yên Xuân"] = merged([units["Cao Sơn"], units["Khai Sơn"]])
    lead = {"lead_commune": units[work["lead"]]} if "lead" in work else {"lead_department": department.department}
    task = make_task(commune=units[work.get("about") or work["lead"]], status=status, **lead)
    if "support" in work:
        task.supports.create(commune=units[work["support"]])
    may = {name for name, person in people.items() if fresh(person).has_perm("tasks.update_task", task)}
    assert may == expected
    assert all(task in Task.objects.visible_to(fresh(people[name])) for name in may)


# The summary of a past day by both maps


@pytest.fixture
def sums(district, settings):
    """Return what the summary of June 2025 says by a map: of two communes that have become one in July."""
    item, other = SubItem.objects.of_set(make_criteria_set())[:2]
    communes = [make_commune(authority=district, name=name) for name in ("Cao Sơn", "Khai Sơn")]
    for day, commune in ((date(2025, 4, 1), communes[0]), (date(2025, 6, 5), communes[1])):
        settings.NTM_TODAY = day
        finding = make_assessment(
            commune=commune, sub_item=item, status=Status.NOT_MET, changed_at=_noon(date(2025, 4, 1))
        )
        change_assessment(
            commune=commune, sub_item=item, status=Status.MET, by=None, expected_version=finding.version,
            reason="Đã xong.", at=_noon(day),
        )  # fmt: skip
    make_assessment(commune=communes[0], sub_item=other, changed_at=_noon(date(2025, 4, 1)))
    make_task(commune=communes[0], assigned_on=date(2025, 5, 1), due_on=date(2025, 5, 20))
    make_proposal(commune=communes[1], made_on=date(2025, 5, 1))
    settings.NTM_TODAY = date(2025, 7, 2)
    merged(communes)
    client = sign_in(make_user(authority=district))
    return lambda chosen: client.get("/summary/", {"from": "31/5/2025", "to": "30/6/2025", "map": chosen})


def _noon(day: date) -> datetime:
    return clock.start_of(day) + timedelta(hours=12)


def figures(page) -> dict[str, tuple[int, ...]]:
    return {
        row.commune.name: (
            row.progress.sub_items_met, row.sub_items_gained, row.open_tasks, row.overdue_tasks, row.unanswered
        )
        for row in page.context["summary"].rows
    }  # fmt: skip


def test_a_past_period_is_summed_by_the_old_map(sums):
    page = sums("")
    assert figures(page) == {"Cao Sơn": (2, 0, 1, 1, 0), "Khai Sơn": (1, 1, 0, 0, 1)}
    assert [row.commune.name for row in page.context["gains"]] == ["Khai Sơn"]


def test_the_course_of_the_district_averages_on_each_day_those_that_stood_then(sums, district, settings):
    """A merger, a new name, a move away and one to the district leave what it had before as it was."""
    province = make_user(authority=district.parent)
    moved, renamed, comes = (make_commune(authority=district, name=name) for name in ("Lĩnh Sơn", "Đức Sơn", "Thọ Sơn"))
    settings.NTM_TODAY = date(2025, 4, 1)
    comes.authority = make_authority(parent=district.parent)
    comes.save()
    for commune, sub_items in ((moved, 2), (renamed, 5), (comes, 5)):
        for sub_item in SubItem.objects.all()[:sub_items]:
            make_assessment(commune=commune, sub_item=sub_item, changed_at=_noon(date(2025, 4, 1)))
    client, days = sign_in(make_user(authority=district)), [date(2025, 5, 31), date(2025, 6, 30), date(2025, 7, 2)]

    def mean(day):
        return client.get("/summary/", {"to": day, "from": "2025-04-30"}).context["summary"].totals.criteria_mean

    settings.NTM_TODAY = date(2025, 7, 2)
    before = [mean(day) for day in days[:2]]
    assert before == [1, 1], "two, one, none and one criterion of four communes"
    rename_commune(commune=renamed, name="Đức Mới", from_day=FROM_DAY, by=province)
    move_commune(commune=moved, authority=comes.authority, from_day=FROM_DAY, by=province)
    move_commune(commune=comes, authority=district, from_day=FROM_DAY, by=province)
    course = dict(client.get("/summary/", {"from": "2025-04-30", "to": "2025-07-02"}).context["summary"].trend)
    assert [course[day] for day in days] == [*before, mean(days[2])] == [1, 1, 2]


def test_what_the_old_units_left_open_counts_for_their_successor(sums):
    new = Commune.objects.get(name="Yên Xuân")
    officer = make_user(authority=new.authority)
    assert figures(sign_in(officer).get("/summary/")) == {"Yên Xuân": (0, None, 1, 1, 1)}
    paper = sheet(new, officer)
    assert [task.commune.name for task in paper.overdue] == ["Cao Sơn"]
    assert [proposal.commune.name for proposal in paper.proposals] == ["Khai Sơn"]


def test_a_past_period_is_summed_by_the_new_map(sums):
    page = sums("new")
    assert figures(page) == {"Yên Xuân": (1, 1, 1, 1, 1)}
    assert [(row.commune.name, row.before, row.after) for row in page.context["gains"]] == [
        ("Yên Xuân", "not_met", "met")
    ]
    assert page.context["summary"].trend[-1] == (date(2025, 6, 30), 0)
    assert "khi mọi xã cũ đều đạt" in text(page)
    assert "/summary/pdf/?from=31%2F5%2F2025&to=30%2F6%2F2025&map=new" in unescape(page.text)


def test_the_documents_of_the_summary_follow_the_map(sums, district):
    client = sign_in(make_user(authority=district))
    query = {"from": "31/5/2025", "to": "30/6/2025", "map": "new"}
    book = client.get(reverse("summary:xlsx"), query).content
    rows = CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_index(0).to_python()
    assert "xã Yên Xuân" in [row[1] for row in rows]
    assert not {"xã Cao Sơn", "xã Khai Sơn"} & {row[1] for row in rows}
    paper = client.get(reverse("summary:pdf"), query).content
    said = " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(paper)).pages).split())
    assert "theo đơn vị hành chính hiện nay" in said
    assert "Yên Xuân" in said
    assert "Khai Sơn" not in said


def test_staff_of_the_successor_find_their_old_commune_in_the_summary_of_its_days(sums, district):
    staff = make_user(Role.COMMUNE, commune=Commune.objects.get(name="Yên Xuân"))
    query = {"from": "31/5/2025", "to": "30/6/2025"}
    page = sign_in(staff).get("/summary/", query)
    assert {row.commune.name for row in page.context["summary"].rows} == {"Cao Sơn", "Khai Sơn"}


# A commune under another authority: who is led where, and whose work it is


@pytest.fixture
def moved(district):
    """Return the officers of both authorities and the old commune with a task that serves a sub-item."""
    item = SubItem.objects.of_set(make_criteria_set()).first()
    commune = make_commune(authority=district, name="Khai Sơn")
    make_assessment(commune=commune, sub_item=item, status=Status.NOT_MET, changed_at=_noon(date(2025, 4, 1)))
    make_task(commune=commune, text="Xây chợ", due_on=date(2025, 6, 1)).sub_items.add(item)
    receiving = make_authority(parent=district.parent, name="huyện Con Cuông")
    new = move_commune(
        commune=commune, authority=receiving, from_day=FROM_DAY, by=make_user(authority=district.parent)
    ).successor
    change_assessment(
        commune=new, sub_item=item, status=Status.MET, by=None, expected_version=2, reason="Đã xây.", at=clock.now()
    )
    return make_user(authority=district), make_user(authority=receiving), new


def test_the_sub_items_of_a_task_lead_where_the_person_may_see_them(moved):
    old, new, _ = moved
    task = Task.objects.get()
    for person, status in ((old, Status.NOT_MET), (new, Status.MET)):
        client = sign_in(person)
        page = client.get(task.get_absolute_url())
        assert page.context["page"].served[0].state.status == status
        (address,) = re.findall(r'href="(/communes/[^"]+/sub-items/[^"]+)"', page.text)
        assert client.get(unescape(address), follow=True).status_code == 200


def test_a_commune_that_supports_a_task_about_its_neighbour_is_not_led_beyond_its_reach(district):
    item = SubItem.objects.of_set(make_criteria_set()).first()
    task = make_task(commune=make_commune(authority=district))
    task.sub_items.add(item)
    staff = make_user(Role.COMMUNE, authority=district)
    task.supports.create(commune=staff.commune)
    page = sign_in(staff).get(task.get_absolute_url())
    assert item.name in text(page)
    assert f"/communes/{task.commune.code}/sub-items/" not in page.text


def test_the_first_page_holds_the_work_of_the_own_office_and_not_what_another_one_has_to_do(district):
    receiving = make_authority(parent=district.parent, name="huyện Con Cuông")
    commune = make_commune(authority=district, name="Khai Sơn")
    department = make_user(Role.DEPARTMENT, authority=receiving)
    make_point(notice=make_notice(commune=commune, status=NoticeStatus.ISSUED))
    make_task(commune=commune, due_on=date(2025, 6, 1))
    make_task(commune=commune, status=TaskStatus.DONE)
    make_proposal(commune=commune)
    sent = {"status": ReportStatus.SUBMITTED, "first_submitted_at": _noon(date(2025, 6, 14))}
    make_report(commune=commune, month=date(2025, 6, 1), **sent)
    new = move_commune(
        commune=commune, authority=receiving, from_day=FROM_DAY, by=make_user(authority=district.parent)
    ).successor
    own = make_task(commune=new, due_on=date(2025, 7, 1))

    def waiting(person) -> dict[str, int]:
        return {kind.title: kind.total for kind in sign_in(person).get("/").context["page"].agendas}

    of_old = {
        "Nhiệm vụ quá hạn": 1,
        "Báo xong, chờ xác nhận": 1,
        "Kết luận chưa thành nhiệm vụ": 1,
        "Báo cáo tháng chờ thẩm định": 1,
        "Kiến nghị chưa soạn trả lời": 1,
    }
    assert waiting(make_user(authority=district)) == of_old
    assert waiting(make_user(authority=receiving)) == {"Nhiệm vụ quá hạn": 1}
    assert waiting(make_user(authority=district.parent)) == {**of_old, "Nhiệm vụ quá hạn": 2}
    assert sign_in(department).get("/").context["page"].reports == 0
    client = sign_in(make_user(authority=receiving))
    page = client.get("/tasks/", {"view": "mine", "state": "all"})
    assert [row.task for band in page.context["bands"] for row in band.rows] == [own]


def test_the_lists_say_which_work_is_that_of_another_authority(moved):
    old, new, commune = moved
    proposals = [make_proposal(commune=unit) for unit in (*commune.predecessors.all(), commune)]
    tasks = [Task.objects.get(), make_task(commune=commune)]
    for address, found in (("/tasks/?state=all", tasks), ("/proposals/", proposals)):
        page = sign_in(new).get(address)
        rows = {row for row in re.findall(r"<tr>.*?</tr>", page.text, re.DOTALL) if str(old.authority) in row}
        assert len(rows) == 1
        assert found[0].text in rows.pop()
        assert f'<span class="note">{old.authority}</span>' not in sign_in(old).get(address).text


@pytest.mark.parametrize(
    ("address", "key", "make"),
    [
        ("/proposals/", "{}", make_proposal),
        ("/tasks/?state=all", "x{}", make_task),
        ("/notices/", "{}", lambda commune: make_notice(commune=commune, status=NoticeStatus.ISSUED)),
    ],
    ids=["proposals", "tasks", "notices"],
)
def test_the_filters_name_a_moved_or_renamed_commune_once_and_find_what_it_had_before(district, address, key, make):
    commune = make_commune(authority=district, name="Khai Sơn")
    receiving = make_authority(parent=district.parent)
    moved = move_commune(
        commune=commune, authority=receiving, from_day=date(2025, 6, 1), by=make_user(authority=district.parent)
    ).successor
    officer = make_user(authority=receiving)
    renamed = rename_commune(commune=moved, name="Tam Đỉnh", from_day=FROM_DAY, by=officer).successor
    for unit in (commune, renamed):
        make(commune=unit)
    make(commune=make_commune(authority=receiving, name="Hoa Sơn"))
    client = sign_in(officer)
    choices = client.get(address).context["filter"].fields["commune"].choices
    chosen = key.format(renamed.code)
    assert [label for _, label in choices][1:] == ["xã Hoa Sơn", "xã Tam Đỉnh (cả xã Khai Sơn trước đây)"]
    assert choices[2][0] == chosen
    page = client.get(address, {"state": "all", "commune": chosen})
    found = page.context["page"].paginator.count if "page" in page.context else len(page.context["rows"])
    assert found == 2
