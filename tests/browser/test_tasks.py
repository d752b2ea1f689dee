"""A task on a phone: its lead reports it done with evidence, the office sends it back, at last confirms it."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_demonstration import demonstration
from tests.browser.test_grid import sign_in
from tests.lib.files import make_image

__all__ = ["demonstration"]

PHONE = {"width": 360, "height": 780}
TASK = "Hoàn thiện sân thể thao của xã và các thôn"


@pytest.fixture
def phone(browser: Browser, demonstration) -> Iterator[Callable[[str], Page]]:
    """Opens the task on the phone of a person."""
    contexts = []

    def of(username: str) -> Page:
        context = browser.new_context(viewport=PHONE, locale="vi-VN")
        contexts.append(context)
        page = sign_in(context.new_page(), demonstration, username)
        page.goto(f"{demonstration}/tasks/?q=san+the+thao")
        page.get_by_role("link", name=TASK).click()
        return page

    yield of
    for context in contexts:
        context.close()


def report(page: Page, text: str) -> None:
    page.locator("#report [name=text]").fill(text)
    image = {"name": "nghiem thu.jpg", "mimeType": "image/jpeg", "buffer": make_image()}
    page.locator("#report input[type=file]").set_input_files([image])
    page.get_by_role("button", name="Báo hoàn thành").click()
    expect(page.locator("#messages")).to_contain_text("Đã báo hoàn thành")


def test_the_lead_reports_the_office_sends_back_the_lead_reports_again_and_the_office_confirms(phone):
    lead, office = phone("khaison"), phone("huyen")
    expect(lead.locator(".page-state")).to_contain_text("Quá hạn 41 ngày")
    report(lead, "Đã nghiệm thu 04 sân thể thao thôn")
    expect(lead.locator(".timeline")).to_contain_text("nghiem thu.jpg")
    expect(lead.locator("#report")).to_have_count(0)

    office.reload()
    office.get_by_role("button", name="Yêu cầu làm tiếp").click()
    expect(office.locator("#decision")).to_contain_text("Hãy ghi lý do")
    office.locator("#decision [name=text]").fill("Còn thiếu sân của Thôn 5")
    office.get_by_role("button", name="Yêu cầu làm tiếp").click()
    expect(office.locator("#messages")).to_contain_text("Đã yêu cầu làm tiếp")

    lead.reload()
    expect(lead.locator(".timeline")).to_contain_text("Còn thiếu sân của Thôn 5")
    report(lead, "Đã nghiệm thu cả sân của Thôn 5")

    office.reload()
    office.get_by_role("button", name="Xác nhận hoàn thành").click()
    expect(office.locator(".page-state")).to_contain_text("Đã xác nhận hoàn thành, muộn 41 ngày")
    for page in (lead, office):
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), "it scrolls sideways"
