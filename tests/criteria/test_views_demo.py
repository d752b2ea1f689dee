"""The pages on the demonstration's data: Cao Sơn's figures, a past day, search in Vietnamese."""

import re
from datetime import date

import pytest
from django.urls import reverse

from communes.models import Commune
from criteria.models import SubItem
from criteria.selectors import commune_state, progress_by_commune, progress_of
from tests.pages import crowded_cells, sign_in, text

TODAY = date(2023, 4, 10)
LIST, CATALOGUE = "/communes/", "/criteria/"


def listed(response) -> list[str]:
    return [row.commune.name for row in response.context["rows"]]


@pytest.mark.parametrize(
    ("typed", "found"),
    [("cao son", ["Cao Sơn"]), ("CAO SƠN", ["Cao Sơn"]), ("đỉnh", ["Đỉnh Sơn"]), ("dinh", ["Đỉnh Sơn"]), ("xyz", [])],
)
def test_a_commune_is_found_with_or_without_diacritics(demo, typed, found):
    assert listed(sign_in(demo.user("huyen")).get(LIST, {"q": typed})) == found


def test_the_list_of_the_district_adds_up(demo):
    page = sign_in(demo.user("huyen")).get(LIST)
    rows, totals = page.context["rows"], page.context["totals"]
    assert totals.communes == len(rows) == 20
    assert totals.progress.criteria_met == sum(row.progress.criteria_met for row in rows)
    assert "Tổng 20 xã" in text(page)
    assert 'data-label="So với 10/3/2023"' in page.text
    assert "So với 10/3/2023 (cùng ngày tháng trước) là số tiêu chí" in text(page)
    cao_son = next(row for row in rows if row.commune.code == "17386")
    assert cao_son.progress.phrase == "12/19 tiêu chí (đạt 63,2%), 42/57 nội dung (đạt 73,7%)"
    assert cao_son.criteria_gained is None


def test_the_list_is_sorted_and_filtered_by_its_address(demo):
    client = sign_in(demo.user("huyen"))
    falling = [row.progress.criteria_met for row in client.get(LIST, {"sort": "-criteria"}).context["rows"]]
    assert falling == sorted(falling, reverse=True)
    complete = client.get(LIST, {"level": "dat"}).context["rows"]
    assert {row.progress.criteria_missing for row in complete} == {0}
    near = client.get(LIST, {"level": "gan-dat"}).context["rows"]
    assert near
    assert all(1 <= row.progress.criteria_missing <= 3 for row in near)
    assert len(client.get(LIST, {"sort": "x; drop", "level": "'"}).context["rows"]) == 20


def test_the_chips_count_what_the_search_left(demo):
    levels = sign_in(demo.user("huyen")).get(LIST, {"q": "cao son"}).context["levels"]
    assert [count for _, _, count in levels] == [0, 0, 1]


def test_demonstration_data_is_labelled_and_cao_son_is_not(demo):
    page = sign_in(demo.user("huyen")).get(LIST)
    assert page.text.count("tag demo") == 19


@pytest.mark.parametrize("written", ["2023-01-31", "31/01/2023", "31/1/2023"])
@pytest.mark.parametrize("address", [LIST, "/communes/17380/"])
def test_a_past_day_shows_what_was_known_then_and_leads_back(demo, address, written):
    page = sign_in(demo.user("huyen")).get(address, {"at": written})
    assert page.context["asked"].at == date(2023, 1, 31)
    assert "Số liệu tính đến 31/01/2023" in text(page)
    assert "Về số liệu hôm nay" in text(page)


def test_the_list_of_a_past_day_says_since_when_it_counts(demo):
    assert "So với 28/02/2023" in text(sign_in(demo.user("huyen")).get(LIST, {"at": "31/3/2023"}))


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("31/02/2023", "Không đọc được ngày “31/02/2023”"),
        ("hôm qua", "Không đọc được ngày “hôm qua”"),
        ("2023-05-01", "Ngày 01/5/2023 chưa tới"),
        ("99999999999/1/1", "Không đọc được ngày"),
        ("01/01/0001", "Hệ thống không giữ số liệu trước 01/01/2000 nên không lấy được ngày “01/01/0001”."),
        ("1/1/1999", "Hệ thống không giữ số liệu trước 01/01/2000 nên không lấy được ngày “1/1/1999”."),
        ("<script>", "Không đọc được ngày “&lt;script&gt;”"),
    ],
)
@pytest.mark.parametrize("address", [LIST, "/communes/17386/"])
def test_a_day_that_cannot_be_taken_is_named_and_today_is_shown(demo, address, written, message):
    page = sign_in(demo.user("huyen")).get(address, {"at": written})
    assert page.status_code == 200
    assert message in page.text
    assert page.context["asked"].day == TODAY


def test_today_asked_for_is_simply_today(demo):
    page = sign_in(demo.user("huyen")).get(LIST, {"at": "10/4/2023"})
    assert page.context["asked"].at is None


def test_a_day_before_every_set_says_so(demo):
    for address in (LIST, "/communes/17386/"):
        page = sign_in(demo.user("huyen")).get(address, {"at": "01/01/2010"})
        assert page.status_code == 200
        assert "Chưa có bộ tiêu chí nào có hiệu lực vào ngày này" in text(page)


def test_the_page_of_cao_son_says_how_it_stands(demo):
    page = text(sign_in(demo.user("huyen")).get("/communes/17386/"))
    assert "Xã Cao Sơn" in page
    assert "12/19 tiêu chí (63,2%), 42/57 nội dung (73,7%), tính đến 10/4/2023" in page
    assert "báo cáo tháng 4 đến hạn thứ Hai, 17/4/2023 (15/4 là thứ Bảy)" in page
    assert "318/QĐ-TTg ngày 08/3/2022 của Thủ tướng Chính phủ, Phụ lục I" in page
    assert "Có số liệu từ 05/4/2023" in page


def test_what_is_missing_tells_what_was_measured_of_each_part(demo):
    page = sign_in(demo.user("huyen")).get("/communes/17338/").text
    missing = page.split('<ol class="missing">')[1].split("</ol>")[0]
    assert re.search(r"<span>Nam: hiện [\d,]+%, cần [^<]+</span><span>Nữ: hiện [\d,]+%, cần [^<]+</span>", missing)


def test_each_part_of_a_sub_item_stands_with_its_name_beside_its_value_and_its_level(demo):
    page = sign_in(demo.user("huyen")).get("/communes/17380/").text
    row = page.split("Tỷ lệ lao động qua đào tạo (áp dụng đạt cho cả nam và nữ)")[1].split("</tr>")[0]
    assert re.findall(r'class="part">(.*?)</span>(?=<span class="part"|</div>| <)', row) == [
        '<span class="muted">Nam</span> 80,1%',
        '<span class="muted">Nữ</span> 79,3%',
        "Nam: ≥ 70%",
        "Nữ: ≥ 70%",
    ]


def test_what_is_missing_names_the_seven_criteria_and_their_sub_items(demo):
    page = sign_in(demo.user("huyen")).get("/communes/17386/")
    missing = page.text.split('<ol class="missing">')[1].split("</ol>")[0]
    numbers = [part.split("</span>")[0] for part in missing.split('<span class="missing-number">')[1:]]
    codes = re.findall(r'class="missing-code">(?:<a[^>]*>)?([\d.]+)', missing)
    assert numbers == ["2", "11", "12", "13", "15", "17", "18"]
    assert len(codes) == 15
    assert {code.split(".")[0] for code in codes} == set(numbers)


def test_every_sub_item_of_the_set_stands_on_the_page_and_only_the_unmet_when_asked(demo):
    client = sign_in(demo.user("huyen"))
    shown = [group.criteria for group in client.get("/communes/17386/").context["groups"]]
    assert len(shown) == 5
    assert sum(len(criterion.sub_items) for group in shown for criterion in group) == 57
    unmet = client.get("/communes/17386/", {"show": "unmet"}).context["groups"]
    assert [row.criterion.number for group in unmet for row in group.criteria] == [2, 11, 12, 13, 15, 17, 18]


def test_the_unmet_come_first_when_asked_and_nothing_is_left_out(demo):
    groups = sign_in(demo.user("huyen")).get("/communes/17386/", {"show": "first"}).context["groups"]
    criteria = [row for group in groups for row in group.criteria]
    assert [row.criterion.number for row in criteria[:8]] == [2, 11, 12, 13, 15, 17, 18, 1]
    for row in criteria:
        met = [item.is_fulfilled for item in row.sub_items]
        assert met == sorted(met)
    assert sum(len(row.sub_items) for row in criteria) == 57


def test_assumptions_and_unknown_levels_are_visibly_so(demo):
    page = text(sign_in(demo.user("huyen")).get("/communes/17386/"))
    assert "Giả định" in page
    assert "Chưa rõ ngưỡng" in page
    assert "chưa đối chiếu văn bản" in page


def test_a_plan_past_its_day_is_marked(demo):
    page = text(sign_in(demo.user("khaison")).get("/communes/17380/"))
    assert "Quá ngày dự kiến" in page


def test_the_tasks_come_by_name_and_stay_reachable_without_script(demo):
    page = sign_in(demo.user("huyen")).get("/communes/17386/").text
    address = reverse("tasks:of_commune", args=["17386"])
    assert f'hx-get="{address}"' in page
    assert f'href="{address}"' in page


def test_the_page_of_the_town_says_that_the_set_is_not_for_it(demo):
    page = sign_in(demo.user("huyen")).get("/communes/17329/")
    assert page.status_code == 200
    assert "không theo dõi theo bộ tiêu chí của xã" in text(page)


def test_the_catalogue_names_the_decision_and_counts_what_is_not_verified(demo):
    page = sign_in(demo.user("huyen")).get(CATALOGUE)
    unverified = SubItem.objects.filter(is_verified=False).count()
    assert "Quyết định 318/QĐ-TTg ngày 08/3/2022 của Thủ tướng Chính phủ, Phụ lục I" in text(page)
    assert f"{unverified}/57 nội dung chưa đối chiếu với văn bản" in text(page)
    assert page.text.count('<details class="unverified">') == unverified


def test_links_to_sources_open_without_telling_where_from(demo):
    page = sign_in(demo.user("huyen")).get(CATALOGUE).text
    outside = [part.split(">")[0] for part in page.split('<a href="http')[1:]]
    assert outside
    assert all('rel="noopener' in link for link in outside)


def test_the_catalogue_is_searched(demo):
    client = sign_in(demo.user("caoson"))
    found = client.get(CATALOGUE, {"q": "bao hiem y te"}).context["catalogue"]
    assert "15.1" in [row.sub_item.code for row in found.groups[0].criteria[0].rows]
    assert found.found < found.sub_items_total == 57
    assert "Không tìm thấy nội dung nào" in text(client.get(CATALOGUE, {"q": "tên lửa"}))


def test_cao_son_stands_at_12_of_19_and_42_of_57(demo):
    assert progress_of(demo.cao_son).phrase == "12/19 tiêu chí (đạt 63,2%), 42/57 nội dung (đạt 73,7%)"


def test_cao_son_misses_the_seven_criteria_of_the_notice(demo):
    state = commune_state(demo.cao_son)
    assert [row.criterion.number for row in state.unmet] == [2, 11, 12, 13, 15, 17, 18]
    assert sum(len(row.missing) for row in state.unmet) == 15


def test_nothing_was_known_of_cao_son_before_the_session(demo):
    assert progress_of(demo.cao_son, date(2023, 4, 4)) is None
    assert progress_by_commune(Commune.objects.filter(code="17386"), date(2023, 4, 5)).popitem()[1].criteria_met == 12


@pytest.mark.parametrize("address", ["/summary/", "/communes/17386/results/", "/notices/register/", LIST])
def test_a_cell_with_its_label_holds_one_thing_so_that_a_phone_sets_it_beside_the_label(demo, address):
    assert crowded_cells(sign_in(demo.user("huyen")).get(address)) == set()
