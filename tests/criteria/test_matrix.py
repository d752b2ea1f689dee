"""The matrix: its counts, filters and totals; a block pasted into it."""

import json
import re
from datetime import UTC, date, datetime
from http import HTTPStatus
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from communes.enums import Role
from communes.models import Commune
from criteria.enums import AssessmentSource, Status, SubItemKind
from criteria.models import Assessment, AssessmentChange, SubItem, SubItemPart
from criteria.pasting import MAX_CELLS
from criteria.selectors.matrix import Filters, matrix
from criteria.services import change_assessment
from ntm_tracker.lib import clock
from tests.factories import (
    make_assessment,
    make_authority,
    make_commune,
    make_criteria_set,
    make_department,
    make_guide,
    make_sub_item,
    make_threshold,
    make_user,
)
from tests.pages import text

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def in_april_2023(settings):
    settings.NTM_TODAY = date(2023, 4, 10)


@pytest.fixture
def district():
    """Two criteria (of two and three sub-items) and two communes: Ân Sơn meets criterion 1, Bình Sơn nothing."""
    authority = make_authority()
    criteria_set = make_criteria_set()
    first, second = (
        make_commune(authority=authority, name=name, code=code)
        for name, code in (("Ân Sơn", "10001"), ("Bình Sơn", "10002"))
    )
    for sub_item in SubItem.objects.of_set(criteria_set).filter(criterion__number=1):
        make_assessment(commune=first, sub_item=sub_item)
        make_assessment(commune=second, sub_item=sub_item, status=Status.NOT_MET)
    return authority


@pytest.fixture
def officer(district):
    return make_user(authority=district)


def shown(**filters):
    return matrix(Commune.objects.all(), Filters(**filters))


def test_each_cell_counts_its_sub_items_and_both_totals_add_up(district):
    table = shown()
    assert [[(cell.score.met, cell.score.total) for cell in row.cells] for row in table.rows] == [
        [(2, 2), (0, 3)],
        [(0, 2), (0, 3)],
    ]
    assert [(row.progress.criteria_met, row.progress.sub_items_met) for row in table.rows] == [(1, 2), (0, 0)]
    assert [(total.met, total.total) for total in table.totals] == [(1, 2), (0, 2)]


def test_a_criterion_opens_into_its_sub_items_in_place(district):
    table = shown(opened=frozenset({1}))
    assert [column.key for column in table.columns] == ["1.1", "1.2", "2"]
    assert [cell.status for cell in table.rows[1].cells[:2]] == [Status.NOT_MET, Status.NOT_MET]


def test_the_filters_narrow_rows_and_columns_but_never_the_totals_of_a_commune(district):
    assert [row.commune.name for row in shown(query="binh").rows] == ["Bình Sơn"]
    department = make_department(authority=district)
    make_guide(sub_item=SubItem.objects.get(code="2.2"), department=department)
    table = shown(department=department.pk)
    assert [(column.key, len(column.sub_items)) for column in table.columns] == [("2", 1)]
    assert table.rows[0].progress.sub_items_total == 5


def test_only_unmet_leaves_out_what_everybody_meets(district):
    for sub_item in SubItem.objects.filter(criterion__number=1):
        Assessment.objects.filter(sub_item=sub_item).update(status=Status.MET)
    assert [column.key for column in shown(only_unmet=True).columns] == ["2"]


def test_what_is_left_out_as_met_still_counts_in_the_totals(district):
    for sub_item in SubItem.objects.filter(criterion__number=2):
        make_assessment(commune=Commune.objects.get(code="10001"), sub_item=sub_item)
    table = shown(only_unmet=True)
    assert [row.commune.name for row in table.rows] == ["Bình Sơn"]
    assert [(total.met, total.total) for total in table.totals] == [(1, 2), (1, 2)]
    assert (table.complete, len(table.counted), table.progress.sub_items_met) == (1, 2, 5)


def test_the_totals_of_communes_and_of_criteria_show_count_and_percentage(client, officer):
    client.force_login(officer)
    page = text(client.get(reverse("matrix")))
    assert "Ân Sơn ✓? 1/250,0%2/540,0%".replace(" ", "") in page.replace(" ", "")
    assert "Số xã đạt /2 150,0% 00,0% 0/20,0% 2/1020,0%".replace(" ", "") in page.replace(" ", "")


def test_a_commune_of_which_nothing_is_known_counts_nowhere_and_says_so(client, officer, district):
    make_commune(authority=district, name="Cao Sơn", code="10003")
    table = shown()
    assert [row.is_known for row in table.rows] == [True, True, False]
    assert [cell.is_known for cell in table.rows[0].cells] == [True, False]
    assert [(total.met, total.total) for total in table.totals] == [(1, 2), (0, 2)]
    assert (len(table.counted), table.unknown, table.progress.sub_items_total) == (2, 1, 10)
    assert [row.commune.name for row in shown(only_unmet=True).rows][-1] == "Cao Sơn"
    client.force_login(officer)
    page = text(client.get(reverse("matrix")))
    assert "Cao Sơn ???? Số xã đạt /2 có số liệu".replace(" ", "") in page.replace(" ", "")
    assert "/3" not in page[page.index("Số xã đạt") :]  # one row, one denominator
    assert "1 xã chưa có số liệu" in page
    assert "0/2 tiêu chí" not in text(client.get(reverse("communes:detail", args=["10003"])))
    book = load_workbook(BytesIO(client.get(reverse("exchange:matrix")).content))
    values = {str(cell.value) for row in book.active.iter_rows() for cell in row if row[0].value == "Cao Sơn"}
    assert values == {"Cao Sơn", "?", "chưa có số liệu"}


def test_how_many_communes_are_assessed_in_part_is_said(client, officer, district):
    whole = make_commune(authority=district, name="Cao Sơn", code="10003")
    for sub_item in SubItem.objects.all():
        make_assessment(commune=whole, sub_item=sub_item, status=Status.NOT_MET)
    assert [row.is_partial for row in shown().rows] == [True, True, False]
    Assessment.objects.filter(commune=whole, sub_item__criterion__number=1).update(status="")
    assert [row.is_partial for row in shown().rows] == [True, True, True]
    client.force_login(officer)
    assert "3 xã mới được đánh giá một phần" in text(client.get(reverse("matrix")))


def test_the_table_sorts_by_progress_and_by_name(district):
    assert [row.commune.name for row in shown(sort="criteria").rows] == ["Bình Sơn", "Ân Sơn"]
    assert [row.commune.name for row in shown(sort="-criteria").rows] == ["Ân Sơn", "Bình Sơn"]


@pytest.mark.parametrize("query", ["group=XX", "department=999999", "department=elsewhere", "department=x"])
def test_a_group_or_department_that_the_page_does_not_offer_asks_for_nothing(client, officer, query):
    make_guide(sub_item=SubItem.objects.get(code="2.2"), department=(elsewhere := make_department()))
    client.force_login(officer)
    page = client.get(f"{reverse('matrix')}?{query.replace('elsewhere', str(elsewhere.pk))}")
    assert [column.key for column in page.context["matrix"].columns] == ["1", "2"]
    assert "Không có xã hay tiêu chí nào khớp" not in page.text


def test_a_criterion_with_a_number_that_none_has_opens_nothing(client, officer):
    asked = f"open=1,{'9' * 5000}"
    assert "2 ô giữ nguyên" in paste(client, officer, "Đạt\tĐạt", query=asked).text
    here = {"HX-Current-URL": f"http://testserver{reverse('matrix')}?{asked}"}
    saved = {"quick": "not_met", "version": 1}
    answer = client.post(reverse("communes:cell", args=["10001", "1.2"]), saved, headers={**HTMX, **here})
    assert "Đã lưu" in answer.text
    assert 'id="m10001"' in answer.text, "the row comes along"


def test_a_nul_within_the_address_of_the_table_is_left_out_of_the_search(client, officer):
    asked = "open=1&q=%00a%00n"
    assert "2 ô giữ nguyên" in paste(client, officer, "Đạt\tĐạt", query=asked).text
    here = {"HX-Current-URL": f"http://testserver{reverse('matrix')}?{asked}"}
    saved = {"quick": "not_met", "version": 1}
    answer = client.post(reverse("communes:cell", args=["10001", "1.2"]), saved, headers={**HTMX, **here})
    assert "Đã lưu" in answer.text
    assert 'id="m10001"' in answer.text, "the row comes along"


def test_a_group_or_department_that_the_page_offers_narrows_the_columns(client, officer, district):
    make_guide(sub_item=SubItem.objects.get(code="2.2"), department=(own := make_department(authority=district)))
    group = SubItem.objects.get(code="1.1").criterion.group.code
    client.force_login(officer)
    for query, keys in (({"department": own.pk}, ["2"]), ({"group": group}, ["1", "2"])):
        page = client.get(reverse("matrix"), query)
        assert [column.key for column in page.context["matrix"].columns] == keys
        assert f'<option value="{next(iter(query.values()))}" selected>' in page.text


def test_narrowed_to_a_department_the_matrix_says_that_its_cells_are_no_whole_criteria(client, officer, district):
    make_guide(sub_item=SubItem.objects.get(code="2.2"), department=(own := make_department(authority=district)))
    client.force_login(officer)
    sentence = "mỗi ô chỉ tính những nội dung do phòng được lọc hướng dẫn, không phải cả tiêu chí"
    assert sentence in text(client.get(reverse("matrix"), {"department": own.pk}))
    assert sentence not in text(client.get(reverse("matrix")))


def test_where_communes_are_left_out_as_met_the_foot_says_of_how_many_it_is(client, officer):
    for sub_item in SubItem.objects.filter(criterion__number=2):
        make_assessment(commune=Commune.objects.get(name="Ân Sơn"), sub_item=sub_item)
    client.force_login(officer)
    page = client.get(reverse("matrix"), {"show": "unmet"})
    assert [row.commune.name for row in page.context["matrix"].rows] == ["Bình Sơn"]
    assert "dòng cuối tính trên cả 2 xã" in text(page)
    assert "dòng cuối tính trên cả" not in text(client.get(reverse("matrix")))


@pytest.mark.parametrize(
    ("since", "sentence"),
    [
        ("abc", "Không đọc được ngày “abc”. Hãy ghi ngày như 31/01/2023."),
        ("1/1/1999", "Hệ thống không giữ số liệu trước 01/01/2000 nên không lấy được ngày “1/1/1999”."),
        ("01/5/2023", "Ngày 01/5/2023 chưa tới nên chưa có số liệu."),
    ],
)
def test_a_day_of_changes_that_cannot_be_taken_is_named_and_filters_nothing(client, officer, since, sentence):
    client.force_login(officer)
    page = client.get(reverse("matrix"), {"since": since})
    assert f"{sentence} Chưa lọc theo ô “Đổi từ ngày”." in text(page)
    assert "Đang hiện số liệu hôm nay" not in page.text
    assert len(page.context["matrix"].rows) == 2


@pytest.mark.parametrize(("since", "changed"), [("30/3/2023", 2), ("31/3/2023", 1), ("10/4/2023", 1)])
def test_the_day_since_which_changes_are_marked_is_one_of_them(client, officer, since, changed):
    """As in the log of changes; today is a day too."""
    first, second = Assessment.objects.filter(commune__authority=officer.authority, status=Status.MET)[:2]
    for finding, moment in ((first, datetime(2023, 3, 30, 9, tzinfo=UTC)), (second, clock.now())):
        change_assessment(
            commune=finding.commune, sub_item=finding.sub_item, status=Status.NOT_MET, by=officer,
            expected_version=finding.version, reason="Xuống cấp.", at=moment,
        )  # fmt: skip
    client.force_login(officer)
    table = client.get(reverse("matrix"), {"since": since, "open": "all"}).context["matrix"]
    assert sum(cell.is_changed for row in table.rows for cell in row.cells) == changed
    log = client.get(reverse("history:changes"), {"since": since, "kind": "status"})
    assert log.context["page"].paginator.count == changed


@pytest.mark.parametrize("at", ["abc", "1/1/1999", "01/5/2023"])
def test_days_that_cannot_be_taken_are_told_alike(client, officer, at):
    client.force_login(officer)
    page = client.get(reverse("matrix"), {"since": "abc", "at": at})
    told = re.findall(r'<div class="callout attention page-note" role="alert"><svg.*?</svg><p>', page.text, re.DOTALL)
    assert len(told) == 2


def test_a_person_sees_the_own_communes_only(client, district):
    make_commune(name="Huyện khác")
    own = Commune.objects.get(code="10001")
    for person, names in (
        (make_user(authority=district), {"Ân Sơn", "Bình Sơn"}),
        (make_user(Role.COMMUNE, authority=district, commune=own), {"Ân Sơn"}),
    ):
        client.force_login(person)
        table = client.get(reverse("matrix")).context["matrix"]
        assert {row.commune.name for row in table.rows} == names


def test_a_department_that_guides_nothing_is_told_so_and_led_to_everything(client, district):
    client.force_login(make_user(Role.DEPARTMENT, authority=district))
    page = client.get(reverse("matrix")).text
    assert "Chưa có nội dung nào giao phòng hướng dẫn" in page
    assert 'href="?department="' in page
    assert 'id="m10001"' in client.get(reverse("matrix"), {"department": ""}).text


def test_communes_and_departments_of_several_districts_are_told_apart(client, district):
    neighbour = make_authority(parent=district.parent, name="huyện Con Cuông")
    make_commune(authority=neighbour, name="Ân Sơn")
    make_department(authority=district, short_name="Nội vụ")
    make_department(authority=neighbour, short_name="Nội vụ")
    client.force_login(make_user(authority=district.parent))
    page = client.get(reverse("matrix")).text
    assert '<span class="under">huyện Con Cuông</span>' in page
    assert "Nội vụ, huyện Con Cuông" in page
    client.force_login(make_user(authority=district))
    assert '<span class="under">' not in client.get(reverse("matrix")).text


def test_the_number_of_queries_does_not_grow_with_the_communes(client, officer, django_assert_num_queries):
    client.force_login(officer)
    client.get(reverse("matrix"))
    with django_assert_num_queries(9):
        client.get(reverse("matrix"), {"open": "all"})
    for sub_item in SubItem.objects.all():
        for _ in range(4):
            make_assessment(commune=make_commune(authority=officer.authority), sub_item=sub_item)
    with django_assert_num_queries(9):
        client.get(reverse("matrix"), {"open": "all"})


def test_the_departments_are_read_once_where_one_is_asked_for(client, officer, district):
    asked = make_department(authority=district)
    client.force_login(officer)
    with CaptureQueriesContext(connection) as seen:
        client.get(reverse("matrix"), {"department": asked.pk})
    assert sum('FROM "communes_department"' in query["sql"] for query in seen) == 1


def test_names_are_escaped_where_rows_are_joined(client, officer):
    make_commune(authority=officer.authority, name='<img src=x onerror="alert(1)">')
    client.force_login(officer)
    page = client.get(reverse("matrix")).text
    assert "<img" not in page
    assert "&lt;img" in page


def test_a_saved_cell_brings_its_row_and_the_totals_along(client, officer):
    client.force_login(officer)
    page = f"http://testserver{reverse('matrix')}?open=1"
    answer = client.post(
        reverse("communes:cell", args=["10002", "1.1"]),
        {"quick": "met", "version": 1},
        headers={**HTMX, "HX-Current-URL": page},
    )
    assert 'hx-swap-oob="true" id="m10002"' in answer.text
    assert 'hx-swap-oob="true" id="matrix-totals"' in answer.text
    assert 'id="m10001"' not in answer.text
    sentence = answer.text.split('id="page-state" hx-swap-oob="true">')[1].split("</p>")[0]
    assert "3/10" in sentence


def test_who_was_slower_sees_the_faster_ones_finding_in_the_row_as_well(client, officer):
    client.force_login(officer)
    url, page = reverse("communes:cell", args=["10002", "1.1"]), f"http://testserver{reverse('matrix')}?open=1"
    headers = {**HTMX, "HX-Current-URL": page}
    client.post(url, {"quick": "met", "version": 1}, headers=headers)
    answer = client.post(url, {"quick": "not_met", "version": 1}, headers=headers)
    assert answer.status_code == HTTPStatus.CONFLICT
    row = answer.text.split('hx-swap-oob="true" id="m10002"')[1].split("</tr>")[0]
    assert 'data-v="2,1,"' in row
    assert "✓" in row.split("<td>")[1]


def test_where_only_the_unmet_is_shown_a_saved_cell_brings_its_row_along_in_the_columns_of_the_page(client, officer):
    client.force_login(officer)
    answer = client.post(
        reverse("communes:cell", args=["10002", "1.1"]),
        {"quick": "met", "version": 1},
        headers={
            **HTMX,
            "HX-Current-URL": f"http://testserver{reverse('matrix')}?open=1&show=unmet",
            "Matrix-Columns": "1.1,1.2,2",
            "Matrix-Rows": "10001,10002",
        },
    )
    # Every commune meets 1.1 now; on the page it stays under the hands of the person, with its new version.
    row = answer.text.split('id="m10002"')[1].split("</tr>")[0]
    assert row.count("<td") == 3 + 2
    assert 'data-v="2,1,"' in row
    assert 'hx-swap-oob="true" id="matrix-totals"' in answer.text


def test_the_names_of_a_past_day_lead_to_the_communes_as_they_stood_then(client, officer):
    client.force_login(officer)
    page = client.get(reverse("matrix"), {"at": "01/3/2023"}).text
    assert 'href="/communes/10001/?at=2023-03-01"' in page
    assert " data-past " in page
    assert 'data-paste=""' in page
    assert " data-past " not in client.get(reverse("matrix")).text


def test_a_sort_by_sub_items_is_kept_by_the_next_filter(client, officer):
    client.force_login(officer)
    page = client.get(reverse("matrix"), {"sort": "-sub_items"}).text
    assert '<option value="-sub_items" selected>' in page
    assert 'aria-sort="descending"' in page


def test_a_sort_by_a_column_puts_those_who_miss_it_first_and_is_kept_by_the_next_filter(client, officer):
    client.force_login(officer)
    page = client.get(reverse("matrix"), {"open": "1", "sort": "1.2"}).text
    assert '<option value="1.2" selected>1.2: chưa đạt trước<' in page
    assert page.count("aria-sort=") == 4
    assert 'aria-sort="ascending"><a href="?sort=1.2#c1"' in page
    assert (
        '<option value="-1.2" selected>1.2: đạt trước<'
        in client.get(reverse("matrix"), {"open": "1", "sort": "-1.2"}).text
    )


def paste(client, user, block, *, column="1.1", shown=None, **data):
    client.force_login(user)
    fields = {"text": block, "commune": "10001", "column": column, "query": "open=1", **data}
    return client.post(reverse("matrix-paste"), fields, headers={**HTMX, **(shown or {})})


def test_a_pasted_block_is_shown_before_anything_changes(client, officer):
    answer = paste(client, officer, "Chưa đạt\tĐạt\nx\tChưa đạt")
    assert "2 ô sẽ đổi, 2 ô giữ nguyên" in answer.text
    assert AssessmentChange.objects.count() == 4


def test_a_confirmed_block_is_written_with_its_history(client, officer):
    paste(client, officer, "Chưa đạt\tĐạt\nx\tChưa đạt", confirm="1", reason="Biên bản tháng 4")
    assert list(Assessment.objects.order_by("commune", "sub_item").values_list("status", flat=True)) == [
        "not_met", "met", "met", "not_met",
    ]  # fmt: skip
    assert set(AssessmentChange.objects.filter(version=2).values_list("reason", "by")) == {
        ("Biên bản tháng 4", officer.pk)
    }


def queries_of(step) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert step().status_code == HTTPStatus.FOUND
    return len(seen)


def test_a_block_costs_the_same_queries_for_two_cells_and_for_thirty(client, officer, district):
    units = [make_commune(authority=district, name=f"Ca Sơn {place}", code=f"{10010 + place}") for place in range(20)]
    for unit in units[::2]:
        make_assessment(commune=unit, sub_item=SubItem.objects.get(code="1.1"))
    client.force_login(officer)

    def write(block):
        data = {"text": block, "commune": "10010", "column": "1.1", "query": "open=1&q=ca", "confirm": "1"}
        return lambda: client.post(reverse("matrix-paste"), data)

    few = queries_of(write("Chưa đạt\nChưa đạt"))
    assert queries_of(write("\n".join(["Đạt\tĐạt"] * 20))) == few
    written = Assessment.objects.filter(commune__in=units)
    assert set(written.values_list("status", flat=True)) == {Status.MET}
    assert written.count() == 40


def test_an_empty_cell_of_a_block_leaves_what_nobody_assessed_as_it_is(client, officer):
    answer = paste(client, officer, "x\t", column="2.1", query="open=2")
    assert "1 ô sẽ đổi, 1 ô giữ nguyên" in answer.text
    paste(client, officer, "x\t", column="2.1", query="open=2", confirm="1")
    assert Assessment.objects.filter(sub_item__criterion__number=2).count() == 1


def test_one_wrong_cell_keeps_the_whole_block_from_being_written(client, officer):
    answer = paste(client, officer, "Chưa đạt\tgần đạt", confirm="1")
    assert "nội dung 1.2: “gần đạt” không phải kết quả. Hãy ghi Đạt, Chưa đạt hoặc Không áp dụng" in answer.text
    assert not AssessmentChange.objects.filter(version=2).exists()


def test_a_cell_that_somebody_changed_meanwhile_stops_the_block(client, officer):
    answer = paste(client, officer, "Chưa đạt\tChưa đạt", confirm="1", versions='{"10001/1.1": 0}')
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "người khác đã đổi Ân Sơn 1.1" in answer.text
    assert not AssessmentChange.objects.filter(version=2).exists()


@pytest.mark.parametrize(
    ("text", "column", "sentence"),
    [
        ("x\tx\tx", "1.1", "Tiêu chí 2 đang gộp"),
        ("x\nx\nx", "1.1", "vượt ra ngoài bảng"),
        ("x", "9.9", "Ô bắt đầu không còn trong bảng"),
        ("x\t" * MAX_CELLS, "1.1", "hơn 2000 ô. Hãy dán từng phần"),
        ("x\t" * (MAX_CELLS - 1), "1.1", "vượt ra ngoài bảng"),
    ],
)
def test_a_block_that_does_not_fit_is_refused_with_the_remedy(client, officer, text, column, sentence):
    assert sentence in paste(client, officer, text, column=column).text


@pytest.mark.parametrize("names", [("Ân Sơn", "Bình Sơn"), ("xã ÂN SƠN", "binh son"), ("An Son", "X. Bình Sơn")])
def test_a_column_with_the_names_of_the_very_communes_is_left_out(client, officer, names):
    first, second = names
    block = f"{first}\tChưa đạt\tĐạt\n{second}\tx\tChưa đạt"
    answer = text(paste(client, officer, block))
    assert "2 ô sẽ đổi, 2 ô giữ nguyên. Cột tên xã ở đầu khối khớp với các dòng của bảng nên được bỏ qua." in answer
    paste(client, officer, block, confirm="1")
    assert list(Assessment.objects.order_by("commune", "sub_item").values_list("status", flat=True)) == [
        "not_met", "met", "met", "not_met",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("block", "commune", "sentence"),
    [
        (
            "Bình Sơn\tx\nÂn Sơn\tx",
            "10001",
            "dòng 1 ghi “Bình Sơn” nhưng sẽ vào dòng của xã Ân Sơn; dòng 2 ghi “Ân Sơn”",
        ),
        ("Ân Sơn\tx\nCộng\tx", "10001", "bảng: dòng 2 ghi “Cộng” nhưng sẽ vào dòng của xã Bình Sơn."),
        ("Ân Sơn\tx\n\tx", "10001", "bảng: dòng 2 không ghi tên nhưng sẽ vào dòng của xã Bình Sơn."),
        ("Bình Sơn\tx\nÂn Sơn\tx", "10002", "bảng: dòng 2 ghi “Ân Sơn” nhưng vượt ra ngoài bảng."),
        (
            "thị trấn Ân Sơn\tx\nBình Sơn\tx",
            "10001",
            "bảng: dòng 1 ghi “thị trấn Ân Sơn” nhưng sẽ vào dòng của xã Ân Sơn.",
        ),
        ("Ân Sơn\nBình Sơn", "10001", "Khối chỉ có tên xã hoặc mã nội dung"),
    ],
)
def test_a_column_with_other_names_says_which_row_would_go_where(client, officer, block, commune, sentence):
    answer = text(paste(client, officer, block, commune=commune, confirm="1"))
    assert sentence in answer
    assert ("Hãy xếp theo thứ tự của bảng hoặc bỏ cột tên xã." in answer) == ("Khối chỉ" not in sentence)
    assert not AssessmentChange.objects.filter(version=2).exists()


@pytest.mark.parametrize(
    ("heading", "names", "told"),
    [
        ("1.1\t1.2", ("", ""), "giữ nguyên. Dòng mã nội dung ở đầu khối"),
        ("1,1\t1,2", ("", ""), "giữ nguyên. Dòng mã nội dung ở đầu khối"),
        ("1.1 Có quy hoạch\t1.2\xa0Có quy chế", ("", ""), "giữ nguyên. Dòng mã nội dung ở đầu khối"),
        ("Xã\t1.1\t1.2", ("Ân Sơn\t", "Bình Sơn\t"), "dòng của bảng nên được bỏ qua. Dòng mã nội dung ở đầu khối"),
        ("\t1.1\t1.2", ("Ân Sơn\t", "Bình Sơn\t"), "dòng của bảng nên được bỏ qua. Dòng mã nội dung ở đầu khối"),
    ],
)
def test_a_row_with_the_codes_of_the_very_sub_items_is_left_out(client, officer, heading, names, told):
    first, second = names
    block = f"{heading}\n{first}Chưa đạt\tĐạt\n{second}x\tChưa đạt"
    answer = text(paste(client, officer, block))
    assert "2 ô sẽ đổi, 2 ô" in answer
    assert f"{told} khớp với các cột nên được bỏ qua." in answer
    paste(client, officer, block, confirm="1")
    assert list(Assessment.objects.order_by("commune", "sub_item").values_list("status", flat=True)) == [
        "not_met", "met", "met", "not_met",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("block", "sentence"),
    [
        ("1.2\t1.1\nx\tx", "không nhận số 1.2"),
        ("1.1\t1.2", "Khối chỉ có tên xã hoặc mã nội dung"),
        ("Xã\t1.1\t1.2", "Khối chỉ có tên xã hoặc mã nội dung"),
        ("STT\t1.1\t1.2\n1\tx\tx\n2\tx\tx", "không thẳng cột với các ô bên dưới"),
        ("1.1\t1.2\nÂn Sơn\tx", "không thẳng cột với các ô bên dưới"),
        ("1.2\t2.1\nx\tx", "Dòng đầu của khối ghi mã 1.2, 2.1 nhưng sẽ vào cột 1.1, 1.2. Hãy chọn ô bắt đầu ở cột 1.2"),
        ("Xã\t1.2\t2.1\nÂn Sơn\tx\tx", "Dòng đầu của khối ghi mã 1.2, 2.1 nhưng sẽ vào cột 1.1, 1.2"),
        ("Xã\t1.1\t1.2\nBình Sơn\tx\tx", "dòng 2 ghi “Bình Sơn” nhưng sẽ vào dòng của xã Ân Sơn"),
    ],
)
def test_a_row_of_codes_that_does_not_fit_is_not_left_out_silently(client, officer, block, sentence):
    assert sentence in text(paste(client, officer, block, confirm="1"))
    assert not AssessmentChange.objects.filter(version=2).exists()


def test_the_exact_spelling_of_a_name_goes_before_that_without_its_marks(client, officer):
    make_commune(authority=officer.authority, name="Bính Sơn", code="10003")
    assert "dòng 1 ghi “Bính Sơn” nhưng sẽ vào dòng của xã Bình Sơn" in text(
        paste(client, officer, "Bính Sơn\tx", commune="10002")
    )
    assert "được bỏ qua" in text(paste(client, officer, "binh son\tx", commune="10002"))


def test_without_scripts_the_first_cell_is_chosen_from_the_communes_and_columns_of_the_table(client, officer):
    SubItem.objects.filter(code="2.3").update(official_code="2")
    client.force_login(officer)
    page = client.get(reverse("matrix-paste"), {"query": "sort=-name"})
    form = page.context["form"]
    assert form.fields["commune"].choices == [("10002", "Bình Sơn"), ("10001", "Ân Sơn")]
    assert [label.split()[0] for _, label in form.fields["column"].choices] == ["1.1", "1.2", "2.1", "2.2", "2"]
    assert '<option value="2.3">2 Nội dung 2.3</option>' in page.text
    fields = {"text": "x", "commune": "10002", "column": "2.3", "query": page.context["query"], "confirm": "1"}
    assert client.post(reverse("matrix-paste"), fields).url == "/matrix/?sort=-name&open=all"
    assert Assessment.objects.get(sub_item__code="2.3").commune.code == "10002"


def test_a_table_with_opened_criteria_is_offered_as_it_stands(client, officer):
    client.force_login(officer)
    form = client.get(reverse("matrix-paste"), {"query": "open=1"}).context["form"]
    assert [key for key, _ in form.fields["column"].choices] == ["1.1", "1.2", "2"]
    assert form.fields["column"].choices[2][1].endswith("(đang gộp)")


def test_an_empty_clipboard_says_what_to_do_first(client, officer):
    answer = paste(client, officer, "")
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Chưa có gì trong bộ nhớ tạm: hãy chép khối ô trong Excel trước." in answer.text
    assert "bắt buộc" not in answer.text


def test_a_number_without_a_known_threshold_is_not_taken_for_a_status(client, officer):
    make_sub_item(criterion=SubItem.objects.get(code="1.1").criterion, kind=SubItemKind.PERCENT)
    assert "Chưa rõ ngưỡng của nội dung này" in paste(client, officer, "75", column="1.3").text


@pytest.mark.parametrize("status", [Status.MET, Status.NOT_MET])
def test_a_number_without_a_known_threshold_is_written_under_the_status_that_stands(client, officer, status):
    unknown = make_sub_item(criterion=SubItem.objects.get(code="1.1").criterion, kind=SubItemKind.PERCENT)
    found = make_assessment(commune=Commune.objects.get(code="10001"), sub_item=unknown, status=status, value=60)
    assert "1 ô sẽ đổi" in paste(client, officer, "75", column="1.3").text
    paste(client, officer, "75", column="1.3", confirm="1")
    found.refresh_from_db()
    assert (found.status, found.value) == (status, 75)


@pytest.mark.parametrize(
    ("kind", "unit", "before", "after"),
    [
        (SubItemKind.PERCENT, "%", "60%", "75,5%"),
        (SubItemKind.AMOUNT, "triệu đồng/người", "60 triệu đồng/người", "75,5 triệu đồng/người"),
    ],
)
def test_the_preview_of_a_block_gives_each_figure_its_unit(client, officer, kind, unit, before, after):
    measured = make_sub_item(criterion=SubItem.objects.get(code="1.1").criterion, kind=kind, unit=unit)
    make_threshold(sub_item=measured, value=70)
    make_assessment(commune=Commune.objects.get(code="10001"), sub_item=measured, status=Status.NOT_MET, value=60)
    assert f"Chưa đạt {before} Đạt {after}" in text(paste(client, officer, "75,5", column="1.3"))


def test_a_bare_one_or_zero_that_is_read_as_a_value_is_marked(client, officer):
    measured = make_sub_item(criterion=SubItem.objects.get(code="1.1").criterion, kind=SubItemKind.PERCENT)
    make_threshold(sub_item=measured)
    for said in ("1", "0"):
        assert f"Chưa đạt {said}% đọc là giá trị đo" in text(paste(client, officer, said, column="1.3"))
    for said, column in (("75", "1.3"), ("Đạt", "1.3"), ("0", "1.1")):
        preview = text(paste(client, officer, said, column=column))
        assert "1 ô sẽ đổi" in preview
        assert "đọc là giá trị đo" not in preview


def test_the_help_of_pasting_says_where_one_and_zero_are_values(client, officer):
    client.force_login(officer)
    page = text(client.get(reverse("matrix-paste")))
    assert "1 là Đạt, 0 là Chưa đạt; riêng ở nội dung đo bằng số thì 1 và 0 là giá trị đo." in page


def test_a_block_lands_on_the_rows_of_the_page_in_their_order(client, officer):
    """Sorted by progress, or narrowed to the unmet, the table may have changed since it was opened."""
    page = {"Matrix-Columns": "1.1,1.2,2", "Matrix-Rows": "10002,10001"}
    answer = paste(client, officer, "Đạt\nChưa đạt", commune="10002", shown=page)
    assert "2 ô sẽ đổi" in answer.text
    assert "vượt ra ngoài bảng" in paste(client, officer, "Đạt\nChưa đạt", commune="10002").text


@pytest.fixture
def measured_in_parts(district):
    """Of the commune 10001: women below the level of 80 %, men above it, not met."""
    sub_item = make_sub_item(criterion=SubItem.objects.get(code="1.1").criterion, kind=SubItemKind.PERCENT)
    make_threshold(sub_item=sub_item)
    for position, (code, name) in enumerate((("nam", "Nam"), ("nu", "Nữ"))):
        SubItemPart.objects.create(sub_item=sub_item, code=code, name=name, position=position)
    values = {"nam": "90", "nu": "70.5"}
    commune = Commune.objects.get(code="10001")
    return make_assessment(commune=commune, sub_item=sub_item, status=Status.NOT_MET, part_values=values)


def test_a_wrong_cell_of_a_block_can_be_mended_where_it_is_shown(client, officer):
    answer = paste(client, officer, "Chưa đạt\tgần đạt")
    assert re.search(r'<textarea[^>]* name="text"|<textarea name="text"', answer.text)
    assert "gần đạt" in answer.text


def test_a_reason_that_is_too_long_comes_back_whole_beside_the_block(client, officer):
    answer = paste(client, officer, "Chưa đạt\tChưa đạt", confirm="1", reason="Rà soát " * 251)
    assert answer.status_code == 422
    assert "2 ô sẽ đổi" in answer.text
    assert "Dài 2.007 ký tự, tối đa 2.000: hãy bớt 7 ký tự." in answer.text
    assert 'value="' + ("Rà soát " * 251) in answer.text
    assert AssessmentChange.objects.count() == 4


def test_a_block_pasted_into_the_grid_is_taken_back_whole_or_not_at_all(client, officer):
    here = {"HX-Current-URL": f"http://testserver{reverse('matrix')}?open=1"}
    answer = paste(client, officer, "Chưa đạt\tChưa đạt", confirm="1", shown=here)
    assert "Đã ghi 2 ô" in answer.text
    assert 'id="m10001"' in answer.text, "the row comes along"
    cells = answer.context["versions"]

    def undo(user):
        client.force_login(user)
        return client.post(reverse("matrix-paste-undo"), {"cells": cells}, headers={**HTMX, **here})

    statuses = Assessment.objects.filter(commune__code="10001").order_by("sub_item").values_list("status", flat=True)
    assert undo(make_user(authority=make_authority())).status_code == HTTPStatus.NOT_FOUND
    assert undo(make_user(authority=officer.authority)).status_code == HTTPStatus.CONFLICT, "somebody else's paste"
    assert list(statuses.all()) == [Status.NOT_MET] * 2
    client.force_login(officer)
    client.post(reverse("communes:cell", args=["10001", "1.2"]), {"quick": "met", "version": 2}, headers=HTMX)
    assert undo(officer).status_code == HTTPStatus.CONFLICT
    assert list(statuses.all()) == [Status.NOT_MET, Status.MET]
    client.post(reverse("communes:cell-undo", args=["10001", "1.2"]), {"version": 3}, headers=HTMX)
    assert undo(officer).status_code == HTTPStatus.CONFLICT, "its cells aren't as the paste left them"
    cells = json.dumps({"10001/1.1": 2, "10001/1.2": 4})
    assert "Đã hoàn tác 2 ô" in undo(officer).text
    assert list(statuses.all()) == [Status.MET, Status.MET]


def test_a_block_of_a_commune_that_is_to_end_is_taken_back_too(client, officer):
    Commune.objects.filter(code="10001").update(valid_to=date(2023, 4, 30))
    here = {"HX-Current-URL": f"http://testserver{reverse('matrix')}?open=1"}
    cells = paste(client, officer, "Chưa đạt", confirm="1", shown=here).context["versions"]
    answer = client.post(reverse("matrix-paste-undo"), {"cells": cells}, headers={**HTMX, **here})
    assert "Đã hoàn tác 1 ô" in answer.text


def test_a_pasted_status_keeps_what_was_measured_of_the_parts(client, officer, measured_in_parts):
    paste(client, officer, "Đạt", column="1.3", confirm="1", reason="Đo lại ngày 08/4")
    measured_in_parts.refresh_from_db()
    assert (measured_in_parts.status, measured_in_parts.part_values) == (Status.MET, {"nam": "90", "nu": "70.5"})


def test_a_pasted_status_that_contradicts_a_part_needs_a_reason(client, officer, measured_in_parts):
    answer = paste(client, officer, "Đạt", column="1.3")
    preview = answer.text
    assert "Đạt (Nam: 90%; Nữ: 70,5%) cần lý do" in text(answer)
    assert re.search(r"<textarea|<input", preview.split("Lý do chung")[1])
    assert "(không bắt buộc)" not in preview.split("Lý do chung")[1].split("</label>")[0]
    assert paste(client, officer, "Đạt", column="1.3", confirm="1").status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    measured_in_parts.refresh_from_db()
    assert measured_in_parts.status == Status.NOT_MET


def test_a_block_with_a_wrong_cell_is_refused_and_its_reason_kept_for_the_mended_one(client, officer):
    refused = paste(client, officer, "tám mươi", reason="Biên bản 12/4", basis="QĐ 318")
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    kept = dict(re.findall(r'<input type="hidden" name="(reason|basis)" value="([^"]*)">', refused.text))
    assert kept == {"reason": "Biên bản 12/4", "basis": "QĐ 318"}


def test_a_preview_names_a_sub_item_as_the_decision_does(client, officer):
    SubItem.objects.filter(code="1.1").update(official_code="1a")
    assert "Ân Sơn 1a" in text(paste(client, officer, "Chưa đạt"))
    assert "Ân Sơn, nội dung 1a: " in text(paste(client, officer, "gì đó"))
    assert "Ân Sơn 1a" in text(paste(client, officer, "Chưa đạt", confirm="1", versions='{"10001/1.1": 9}'))


def test_a_department_pastes_into_its_own_sector_only(client, district):
    department = make_department(authority=district)
    make_guide(sub_item=SubItem.objects.get(code="1.1"), department=department)
    clerk = make_user(Role.DEPARTMENT, authority=district, department=department)
    answer = paste(client, clerk, "Chưa đạt\tChưa đạt", confirm="1", query="open=1&department=")
    assert "nội dung 1.2: Nội dung này không thuộc ngành" in answer.text


def test_a_department_begins_with_its_own_sub_items_across_all_communes(client, district):
    department = make_department(authority=district)
    make_guide(sub_item=SubItem.objects.get(code="2.2"), department=department)
    client.force_login(make_user(Role.DEPARTMENT, authority=district, department=department))
    own = client.get(reverse("matrix")).context["matrix"]
    assert ([column.key for column in own.columns], len(own.rows)) == (["2.2"], 2)
    everything = client.get(reverse("matrix"), {"department": ""}).context["matrix"]
    assert [column.key for column in everything.columns] == ["1", "2"]


def test_what_waits_for_a_departments_word_is_marked_until_it_confirms(client, district):
    department = make_department(authority=district)
    make_guide(sub_item=SubItem.objects.get(code="1.1"), department=department)
    clerk = make_user(Role.DEPARTMENT, authority=district, department=department)
    client.force_login(clerk)
    page = client.get(reverse("matrix"))
    assert page.context["matrix"].waiting == 2
    assert 'title="đạt, chờ phòng xác nhận"' in page.text
    client.post(reverse("communes:cell", args=["10001", "1.1"]), {"quick": "met", "version": 1}, headers=HTMX)
    assert client.get(reverse("matrix")).context["matrix"].waiting == 1
    client.force_login(make_user(authority=district))
    assert client.get(reverse("matrix")).context["matrix"].waiting == 0


def test_what_waits_is_counted_by_finding_whether_its_criterion_is_opened_or_not(client, district):
    department = make_department(authority=district)
    for code in ("1.1", "1.2"):
        make_guide(sub_item=SubItem.objects.get(code=code), department=department)
    client.force_login(make_user(Role.DEPARTMENT, authority=district, department=department))
    for query in ({}, {"department": ""}, {"department": "", "open": "1"}, {"department": "", "open": "2"}):
        assert client.get(reverse("matrix"), query).context["matrix"].waiting == 4


@pytest.fixture
def clerk(district):
    """Of a department that guides sub-items 1.1 and 1.2."""
    department = make_department(authority=district)
    for code in ("1.1", "1.2"):
        make_guide(sub_item=SubItem.objects.get(code=code), department=department)
    return make_user(Role.DEPARTMENT, authority=district, department=department)


def confirm(client, user, versions, query=""):
    client.force_login(user)
    return client.post(f"{reverse('matrix-confirm')}?{query}", {"versions": json.dumps(versions)}, follow=True)


def versions_shown(client, user, query=""):
    client.force_login(user)
    return json.loads(client.get(f"{reverse('matrix-confirm')}?{query}").context["versions"])


def test_a_department_confirms_in_one_step_all_that_its_matrix_shows(client, clerk):
    client.force_login(clerk)
    page = client.get(reverse("matrix"), {"q": "binh", "open": "1"})
    assert "Xác nhận 2 kết quả đang hiện" in text(page)
    assert f'href="{reverse("matrix-confirm")}?q=binh&amp;open=1"' in page.text
    preview = client.get(reverse("matrix-confirm"), {"q": "binh", "open": "1"})
    assert "2 kết quả của 2 nội dung ở 1 xã chờ phòng xác nhận" in text(preview)
    assert "Bình Sơn" in text(preview)
    assert "Ân Sơn" not in text(preview)
    Assessment.objects.filter(commune__code="10002").update(reason="Biên bản 12/4", value=60)
    answer = confirm(client, clerk, versions_shown(client, clerk, "q=binh"), "q=binh")
    assert "Đã xác nhận 2 kết quả" in text(answer)
    assert answer.redirect_chain[-1][0] == f"{reverse('matrix')}?q=binh"
    changes = AssessmentChange.objects.filter(source=AssessmentSource.DEPARTMENT)
    assert {(row.assessment.commune.name, row.from_status, row.status, row.value, row.reason) for row in changes} == {
        ("Bình Sơn", Status.NOT_MET, Status.NOT_MET, 60, "Biên bản 12/4")
    }
    assert {row.by for row in changes} == {clerk}
    assert client.get(reverse("matrix")).context["matrix"].waiting == 2
    client.post(reverse("communes:cell-undo", args=["10002", "1.1"]), {"version": 2})
    assert client.get(reverse("matrix")).context["matrix"].waiting == 3


def test_what_somebody_changed_meanwhile_is_left_out_and_named(client, clerk, officer):
    shown = versions_shown(client, clerk)
    client.force_login(officer)
    client.post(reverse("communes:cell", args=["10001", "1.2"]), {"quick": "not_met", "version": 1})
    answer = confirm(client, clerk, shown)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "Đã xác nhận 3 kết quả" in text(answer)
    assert [(row.commune.name, row.sub_item.code) for row in answer.context["moved"]] == [("Ân Sơn", "1.2")]
    assert "đã được ghi lại, nên không xác nhận ở đây: Ân Sơn, nội dung 1.2: Chưa đạt (Cán bộ cập nhật" in text(answer)
    assert "Xác nhận 1 kết quả" in text(answer)
    found = Assessment.objects.get(commune__code="10001", sub_item__code="1.2")
    assert (found.status, found.source, found.version) == (Status.NOT_MET, AssessmentSource.OFFICER, 2)


def test_a_department_confirms_its_own_sector_only(client, clerk, district):
    foreign = make_assessment(commune=Commune.objects.get(code="10001"), sub_item=SubItem.objects.get(code="2.1"))
    elsewhere = make_assessment(commune=make_commune(code="20001"), sub_item=SubItem.objects.get(code="1.1"))
    answer = confirm(client, clerk, {str(foreign.pk): 1, str(elsewhere.pk): 1})
    assert "Đã xác nhận" not in text(answer)
    assert not AssessmentChange.objects.filter(source=AssessmentSource.DEPARTMENT).exists()


def test_what_lacks_its_reason_is_confirmed_in_its_cell_alone(client, clerk):
    measured = SubItem.objects.get(code="1.1")
    SubItem.objects.filter(pk=measured.pk).update(kind=SubItemKind.PERCENT, comparator="gte", unit="%")
    make_threshold(sub_item=measured, value=70)
    Assessment.objects.filter(commune__code="10001", sub_item=measured).update(value=61.5)
    client.force_login(clerk)
    page = client.get(reverse("matrix-confirm"))
    assert "1 kết quả còn thiếu lý do" in text(page)
    assert "Ân Sơn, nội dung 1.1: Đạt (61,5%)" in text(page)
    assert "Xác nhận 3 kết quả" in text(page)
    confirm(client, clerk, {str(row.pk): 1 for row in Assessment.objects.all()})
    assert Assessment.objects.exclude(source=AssessmentSource.DEPARTMENT).get().commune.name == "Ân Sơn"


UNREADABLE = {
    "a list": "[1]",
    "a number": "5",
    "a text": '"x"',
    "no number": "NaN",
    "a yes": "true",
    "a yes as version": '{"10001/1.1": true}',
    "a text as version": '{"10001/1.1": "1"}',
    "no JSON": "{",
    "too deep": "[" * 100_000,
    "too long a number": f'{{"10001/1.1": {"9" * 5000}}}',
    "half a sign": '{"10001/\\ud800": 1}',
    "a NUL": '{"10001/1.1\\u0000": 1}',
}
unreadable = pytest.mark.parametrize("versions", UNREADABLE.values(), ids=UNREADABLE.keys())


@unreadable
def test_versions_that_cannot_be_read_paste_nothing_and_the_block_is_shown_again(client, officer, versions):
    answer = paste(client, officer, "Chưa đạt", confirm="1", versions=versions)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Ghi 1 ô vào bảng" in answer.text
    assert json.loads(answer.context["versions"]) == {"10001/1.1": 1}
    assert AssessmentChange.objects.count() == 4


@unreadable
def test_cells_that_cannot_be_read_take_nothing_back(client, officer, versions):
    paste(client, officer, "Chưa đạt", confirm="1")
    answer = client.post(reverse("matrix-paste-undo"), {"cells": versions}, headers=HTMX)
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert Assessment.objects.get(commune__code="10001", sub_item__code="1.1").status == Status.NOT_MET


@unreadable
def test_a_list_that_cannot_be_read_confirms_nothing_and_says_what_to_do(client, clerk, versions):
    client.force_login(clerk)
    answer = client.post(reverse("matrix-confirm"), {"versions": versions})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Hãy tải lại trang rồi làm lại." in text(answer)
    assert not AssessmentChange.objects.filter(source=AssessmentSource.DEPARTMENT).exists()


def test_a_confirmation_without_a_list_confirms_nothing(client, clerk):
    client.force_login(clerk)
    assert client.post(reverse("matrix-confirm")).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not AssessmentChange.objects.filter(source=AssessmentSource.DEPARTMENT).exists()


def test_the_page_of_confirmation_asks_as_many_queries_for_two_communes_as_for_twenty(
    client, clerk, district, django_assert_max_num_queries
):
    client.force_login(clerk)
    for number in range(18):
        unit = make_commune(authority=district)
        make_assessment(commune=unit, sub_item=SubItem.objects.get(code=("1.1", "1.2")[number % 2]))
    with django_assert_max_num_queries(15):
        assert "22 kết quả" in text(client.get(reverse("matrix-confirm")))


def test_a_confirmation_costs_the_same_queries_for_four_findings_and_for_twenty(client, clerk, district):
    def confirm_all():
        shown = {"versions": json.dumps(versions_shown(client, clerk))}
        return queries_of(lambda: client.post(reverse("matrix-confirm"), shown))

    few = confirm_all()
    for _ in range(20):
        make_assessment(commune=make_commune(authority=district), sub_item=SubItem.objects.get(code="1.1"))
    assert confirm_all() == few
    assert set(Assessment.objects.values_list("source", flat=True)) == {AssessmentSource.DEPARTMENT}


def test_who_may_not_change_findings_may_not_paste(client, district):
    assert paste(client, make_user(Role.LEADER, authority=district), "x").status_code == HTTPStatus.FORBIDDEN
