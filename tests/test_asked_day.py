"""Any page takes a past day (`?at=`): it shows that day, or says that it knows only today and where to look."""

import pytest

from tests.pages import sign_in, text
from tests.test_weight import pages_of

DAY = "15/3/2023"


@pytest.mark.parametrize("username", ["huyen", "noivu", "caoson"])
def test_no_page_passes_over_the_day_in_silence(demo, username):
    client = sign_in(demo.user(username))
    silent = []
    for address in pages_of(client, most=60):
        page = client.get(f"{address}{'&' if '?' in address else '?'}at={DAY}", follow=True)
        if page.status_code == 200 and DAY not in text(page):
            silent.append(address)
    assert silent == []


@pytest.mark.parametrize("address", ["/", "/tasks/", "/reports/"])
def test_a_page_of_today_leads_to_the_pages_of_that_day(demo, address):
    page = sign_in(demo.user("huyen")).get(address, {"at": DAY}).text
    assert "Trang này luôn hiện tình hình hôm nay" in page
    assert 'href="/summary/?at=2023-03-15"' in page
    assert 'href="/matrix/?at=2023-03-15"' in page


@pytest.mark.parametrize("day", ["32/1/2023", "1/1/2999"])
def test_a_page_of_today_names_a_day_that_it_cannot_take(demo, day):
    assert "Đang hiện số liệu hôm nay" in text(sign_in(demo.user("huyen")).get("/tasks/", {"at": day}))


def test_without_a_day_or_with_today_nothing_is_said(demo):
    client = sign_in(demo.user("huyen"))
    for address in ("/tasks/", "/tasks/?at=10/4/2023"):
        assert "Trang này luôn hiện" not in client.get(address).text
