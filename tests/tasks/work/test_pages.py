"""The pages of tasks: what they show, how they are asked, what they cost."""

from datetime import date

import pytest
from django.urls import reverse

from communes.enums import Role
from criteria.enums import Status, SubItemKind
from criteria.models import SubItem
from ntm_tracker.lib.workbook import read
from tasks.enums import NoticeStatus, Recurrence, TaskStatus, TaskUpdateKind
from tasks.models import Task, TaskSupport, TaskUpdate
from tests import factories
from tests.pages import queries, sign_in, text

pytestmark = pytest.mark.django_db

TODAY = date(2023, 4, 10)
LIST = "/tasks/"


@pytest.fixture(autouse=True)
def on_the_tenth(settings):
    settings.NTM_TODAY = TODAY


@pytest.fixture
def authority():
    return factories.make_letterhead(authority=factories.make_authority(name="huyện Anh Sơn")).authority


@pytest.fixture
def officer(authority):
    return sign_in(factories.make_user(authority=authority))


def listed(client, **query) -> list[str]:
    answer = client.get(LIST, query)
    assert answer.status_code == 200
    return [row.task.text for band in answer.context["bands"] for row in band.rows]


@pytest.fixture
def tasks(authority):
    """One task of each state, about one commune."""
    commune = factories.make_commune(authority=authority, name="Cao Sơn")
    notice = factories.make_notice(commune=commune)
    point = factories.make_point(notice=notice)
    states = {
        "quá hạn": {"due_on": date(2023, 4, 9)},
        "sắp đến hạn": {"due_on": date(2023, 4, 12)},
        "còn lâu": {"due_on": date(2023, 6, 1)},
        "chờ ban hành": {"point": point, "due_on": date(2023, 4, 9)},
        "báo xong": {"status": TaskStatus.DONE, "due_on": date(2023, 4, 30)},
        "xong đúng hạn": {"status": TaskStatus.CONFIRMED, "due_on": date(2023, 4, 30)},
        "xong muộn": {"status": TaskStatus.CONFIRMED, "due_on": date(2023, 4, 5)},
    }
    found = {name: factories.make_task(commune=commune, text=f"Việc {name}", **more) for name, more in states.items()}
    for name in ("báo xong", "xong đúng hạn", "xong muộn"):
        TaskUpdate.objects.create(task=found[name], kind=TaskUpdateKind.DONE, text="Xong")
    return found


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ("", ["quá hạn", "chờ ban hành", "sắp đến hạn", "báo xong", "còn lâu"]),
        ("overdue", ["quá hạn"]),
        ("soon", ["sắp đến hạn"]),
        ("pending", ["báo xong"]),
        ("waiting", ["chờ ban hành"]),
        ("done", ["xong muộn", "xong đúng hạn"]),
        ("late", ["xong muộn"]),
    ],
)
def test_a_state_shows_its_tasks_by_the_day_that_counts(officer, tasks, state, names):
    assert listed(officer, state=state) == [f"Việc {name}" for name in names]


def test_the_chips_count_what_the_states_show(officer, tasks):
    counts = officer.get(LIST).context["counts"]
    assert counts == {"": 5, "overdue": 1, "soon": 1, "pending": 1, "waiting": 1, "done": 2, "late": 1, "all": 7}


def test_the_signs_of_the_rows_say_what_the_filter_says(officer, tasks):
    for state, sign in (("overdue", "overdue"), ("pending", "pending"), ("waiting", "draft"), ("late", "late")):
        answer = officer.get(LIST, {"state": state})
        assert {row.state for band in answer.context["bands"] for row in band.rows} == {sign}


def test_a_task_is_found_without_diacritics(officer, authority):
    factories.make_task(authority=authority, text="Lắp điện chiếu sáng đường thôn")
    factories.make_task(authority=authority, text="Trồng cây xanh")
    assert listed(officer, q="dien chieu sang") == ["Lắp điện chiếu sáng đường thôn"]


@pytest.mark.parametrize(
    ("levels", "said"),
    [([], "hiện 70,2%; yêu cầu: Mức tối thiểu theo vùng (chưa rõ ngưỡng)"), ([80], "hiện 70,2%; yêu cầu: ≥ 80%")],
)
def test_a_task_says_what_its_sub_item_requires_also_without_a_figure(officer, authority, levels, said):
    criterion = factories.make_criteria_set().criteria.first()
    measured = {"kind": SubItemKind.PERCENT, "requirement": "Mức tối thiểu theo vùng"}
    sub_item = factories.make_sub_item(criterion=criterion, **measured)
    for level in levels:
        factories.make_threshold(sub_item=sub_item, value=level)
    commune = factories.make_commune(authority=authority)
    factories.make_assessment(commune=commune, sub_item=sub_item, value="70.2", status=Status.NOT_MET)
    task = factories.make_task(commune=commune)
    task.sub_items.add(sub_item)
    assert said in text(officer.get(task.get_absolute_url()))


def test_filters_narrow_by_lead_commune_sub_item_month_and_notice(officer, authority):
    department = factories.make_department(authority=authority)
    commune = factories.make_commune(authority=authority)
    sub_item = factories.make_criteria_set().criteria.first().sub_items.first()
    SubItem.objects.filter(pk=sub_item.pk).update(official_code="7")
    point = factories.make_point(notice=factories.make_notice(commune=commune, status=NoticeStatus.ISSUED))
    wanted = factories.make_task(commune=commune, lead_department=department, point=point, due_on=date(2023, 5, 31))
    wanted.sub_items.add(sub_item)
    factories.make_task(authority=authority)
    notice = point.section.notice
    for query in (
        {"lead": f"p{department.pk}"},
        {"commune": f"x{commune.code}"},
        {"sub_item": sub_item.code},
        {"sub_item": "7"},
        {"due": "2023-05"},
        {"notice": notice.pk},
    ):
        assert listed(officer, **query) == [wanted.text], query


def test_what_cannot_be_read_in_the_address_is_left_out(officer, tasks):
    query = {"state": "x", "lead": "p0'", "due": "2023-13", "sub_item": "a", "notice": "-1", "sort": "?", "as": "x"}
    assert len(listed(officer, **query)) == 5


@pytest.mark.parametrize(
    ("group", "first"), [("commune", "Cao Sơn"), ("month", "Tháng 4/2023"), ("notice", "Thông báo")]
)
def test_tasks_stand_under_the_headings_of_their_group(officer, tasks, group, first):
    titles = [band.title for band in officer.get(LIST, {"group": group}).context["bands"]]
    assert titles[0].startswith(first) or titles[0].endswith(first)
    assert len(titles) == len(set(titles))


def test_the_board_has_a_column_for_each_state(officer, tasks):
    columns = officer.get(LIST, {"as": "board"}).context["columns"]
    assert [(column.state, column.total, len(column.rows)) for column in columns] == [
        ("waiting", 1, 1),
        ("overdue", 1, 1),
        ("open", 2, 2),
        ("pending", 1, 1),
        ("done", 2, 2),
    ]


def test_no_column_of_the_board_is_emptied_by_the_others(officer, tasks, authority, monkeypatch):
    monkeypatch.setattr("tasks.work.selectors.IN_A_COLUMN", 2)
    for day in range(1, 9):
        values = {"assigned_on": date(2023, 4, 1), "due_on": date(2023, 4, day), "text": f"Việc của ngày {day}"}
        factories.make_task(authority=authority, **values)
    factories.make_task(authority=authority, due_on=None)
    columns = officer.get(LIST, {"as": "board"}).context["columns"]
    assert [(column.state, column.total, len(column.rows)) for column in columns] == [
        ("waiting", 1, 1),
        ("overdue", 9, 2),
        ("open", 3, 2),
        ("pending", 1, 1),
        ("done", 2, 2),
    ]
    assert [row.task.text for row in columns[1].rows] == ["Việc của ngày 1", "Việc của ngày 2"]


def test_the_calendar_shows_each_task_on_its_day_and_leads_to_the_next_month(officer, tasks):
    answer = officer.get(LIST, {"as": "calendar"})
    found = answer.context["calendar"]
    assert {each.day.day: len(each.rows) for each in found.busy_days} == {9: 2, 12: 1, 30: 1}
    assert "month=2023-05" in answer.text
    assert officer.get(LIST, {"as": "calendar", "month": "2023-06"}).context["calendar"].total == 1
    assert officer.get(LIST, {"as": "calendar", "month": "x"}).context["calendar"].month == date(2023, 4, 1)


def test_what_waits_for_a_person_follows_from_the_role(authority, tasks):
    department = factories.make_user(Role.DEPARTMENT, authority=authority)
    led = factories.make_task(lead_department=department.department, text="Việc chủ trì")
    helped = factories.make_task(authority=authority, text="Việc phối hợp")
    part = TaskSupport.objects.create(task=helped, department=department.department)
    client = sign_in(department)
    assert set(listed(client, view="mine")) == {led.text, helped.text}
    TaskUpdate.objects.create(task=helped, kind=TaskUpdateKind.PART_DONE, text="Xong", support=part)
    assert listed(client, view="mine") == [led.text]
    assert set(listed(client, view="unit")) == {led.text, helped.text}
    office = sign_in(factories.make_user(authority=authority))
    assert listed(office, view="mine") == ["Việc quá hạn", "Việc báo xong"]


def test_a_part_waits_for_its_unit_until_all_is_confirmed(authority):
    department = factories.make_user(Role.DEPARTMENT, authority=authority)
    client = sign_in(department)
    helped = factories.make_task(authority=authority)
    TaskSupport.objects.create(task=helped, department=department.department)
    factories.make_task(lead_department=department.department, status=TaskStatus.DONE)
    for status, waiting in ((TaskStatus.OPEN, 1), (TaskStatus.DONE, 1), (TaskStatus.CONFIRMED, 0)):
        Task.objects.filter(pk=helped.pk).update(status=status)
        assert len(listed(client, view="mine", state="all")) == waiting


def test_a_commune_sees_no_task_of_a_draft(tasks):
    staff = sign_in(factories.make_user(Role.COMMUNE, commune=tasks["quá hạn"].commune))
    assert "Việc chờ ban hành" not in listed(staff, state="all")
    assert "Việc quá hạn" in listed(staff, state="all")
    assert staff.get(tasks["chờ ban hành"].get_absolute_url()).status_code == 404


@pytest.mark.parametrize("shape", ["", "board", "calendar"])
def test_the_list_costs_the_same_queries_at_any_size(authority, shape):
    commune = factories.make_commune(authority=authority)
    client = sign_in(factories.make_user(authority=authority))
    address = f"{LIST}?as={shape}"

    def more(count):
        for _ in range(count):
            task = factories.make_task(commune=commune)
            TaskSupport.objects.create(task=task, commune=commune)
            factories.make_task(commune=commune, recurrence=Recurrence.MONTHLY, recurrence_day=15)

    more(1)
    few = queries(client, address)
    more(12)
    assert few == queries(client, address) <= 12


def test_the_page_of_a_task_costs_the_same_queries_at_any_size(authority):
    commune = factories.make_commune(authority=authority)
    client = sign_in(factories.make_user(authority=authority))
    task = factories.make_task(commune=commune)
    TaskUpdate.objects.create(task=task, text="Đang làm")
    few = queries(client, task.get_absolute_url())
    for _ in range(9):
        update = TaskUpdate.objects.create(task=task, text="Đang làm")
        update.evidence.add(factories.make_evidence(f"%PDF {_}".encode(), commune=commune))
        TaskSupport.objects.create(task=task, department=factories.make_department(authority=authority))
    assert queries(client, task.get_absolute_url()) <= few + 1


def test_the_workbook_holds_what_is_on_screen(officer, tasks):
    (sheet,) = read(officer.get(LIST, {"format": "xlsx", "state": "overdue"}).content)
    assert [row[0] for row in sheet.rows[1:]] == ["Việc quá hạn", "", "Lọc: Trạng thái: Quá hạn"]


def test_zero_rows_say_what_will_stand_here(officer):
    assert "Chưa có nhiệm vụ nào chưa xong" in text(officer.get(LIST))
    assert "Không có nhiệm vụ nào phù hợp" in text(officer.get(LIST, {"q": "không có"}))


class TestTheRegister:
    def test_it_holds_the_tasks_of_a_year_in_the_order_of_their_assignment(self, officer, authority):
        factories.make_task(authority=authority, text="Việc sau", assigned_on=date(2023, 3, 2))
        factories.make_task(authority=authority, text="Việc trước", assigned_on=date(2023, 1, 2))
        factories.make_task(authority=authority, text="Năm trước", assigned_on=date(2022, 12, 31))
        lines = officer.get(reverse("tasks:register")).context["rows"]
        assert [line.row.task.text for line in lines] == ["Việc trước", "Việc sau"]
        assert [line.number for line in lines] == [1, 2]

    def test_it_is_a_workbook_and_a_pdf_too(self, officer, tasks):
        assert officer.get(reverse("tasks:register"), {"format": "xlsx"}).content[:2] == b"PK"
        answer = officer.get(reverse("tasks:register"), {"format": "pdf"})
        assert answer.content[:5] == b"%PDF-"

    def test_a_task_of_a_draft_is_not_yet_in_it(self, officer, tasks):
        lines = officer.get(reverse("tasks:register")).context["rows"]
        assert "Việc chờ ban hành" not in [line.row.task.text for line in lines]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/tasks/{pk}/", "giao nhiệm vụ này đã bị thu hồi ngày 08/4/2023: Ban hành nhầm"),
        ("/tasks/", ", đã thu hồi"),
        ("/tasks/register/", "(đã thu hồi)"),
    ],
)
def test_a_task_of_a_revoked_notice_says_so_wherever_its_notice_is_named(authority, address, said):
    commune = factories.make_commune(authority=authority)
    notice = factories.make_notice(
        commune=commune, status=NoticeStatus.REVOKED, revoked_on=date(2023, 4, 8), revoke_reason="Ban hành nhầm"
    )
    task = factories.make_task(commune=commune, lead_commune=commune, point=factories.make_point(notice=notice))
    clerk = sign_in(factories.make_user(Role.COMMUNE, commune=commune))
    assert said in text(clerk.get(address.format(pk=task.pk)))
