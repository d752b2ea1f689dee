"""The form of the monthly report in a real browser: it saves itself, loses nothing, and is quick.

In the demonstration Cao Sơn has not met 2.2, 13.1, 13.2 and others, and has met 1.1, 9.1 and others.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.browser.test_demonstration import PASSWORD, demonstration

__all__ = ["demonstration"]
ADDRESS = "/reports/17386/2023-04/"
SAVED = re.compile(r"Đã lưu lúc \d\d:\d\d")


def sign_in(page: Page, url: str, username: str = "caoson") -> Page:
    page.goto(f"{url}/login/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    return page


def opened(page: Page, url: str) -> Page:
    page.goto(f"{url}{ADDRESS}")
    begin = page.get_by_role("button", name="Lập báo cáo tháng 4")
    if begin.count():
        begin.click()
    return page


def line(page: Page, code: str) -> Locator:
    return page.locator("article.report-line", has=page.locator(".report-code", has_text=re.compile(f"^{code}$")))


def end_session(context: BrowserContext) -> None:
    """What twelve hours do: the browser drops the session's cookie and keeps the others."""
    context.clear_cookies(name="sessionid")


@pytest.fixture
def clerk(browser: Browser, demonstration) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1366, "height": 900})
    yield opened(sign_in(context.new_page(), demonstration), demonstration)
    context.close()


def test_what_is_typed_is_saved_and_says_when_and_typing_goes_on(clerk):
    complaints: list[str] = []
    clerk.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    note = line(clerk, "13.1").locator("textarea")
    note.press_sequentially("Hợp tác xã đã ", delay=20)
    expect(line(clerk, "13.1").locator(".report-state")).to_contain_text(SAVED)
    note.press_sequentially("đăng ký", delay=20)
    expect(note).to_have_value("Hợp tác xã đã đăng ký")
    expect(note).to_be_focused()
    clerk.wait_for_timeout(1500)
    clerk.reload()
    expect(line(clerk, "13.1").locator("textarea")).to_have_value("Hợp tác xã đã đăng ký")
    expect(clerk.locator("#report-kept")).to_be_hidden()
    assert complaints == []


def test_a_lost_line_loses_nothing(clerk):
    context: BrowserContext = clerk.context
    context.set_offline(True)
    note = line(clerk, "13.2").locator("textarea")
    note.fill("Viết khi mất mạng")
    unsent = line(clerk, "13.2").locator("[data-unsent]")
    expect(unsent).to_have_text("Chưa lưu: mất mạng, sẽ tự gửi lại.")
    context.set_offline(False)
    expect(line(clerk, "13.2").locator(".report-state")).to_contain_text(SAVED, timeout=15_000)
    expect(unsent).to_be_hidden()
    clerk.reload()
    expect(line(clerk, "13.2").locator("textarea")).to_have_value("Viết khi mất mạng")


def test_a_login_that_ran_out_loses_nothing(clerk, demonstration):
    end_session(clerk.context)
    line(clerk, "13.3").locator("textarea").fill("Viết khi phiên đã hết")
    expect(clerk.locator("input[name=password]")).to_be_visible(timeout=10_000)
    expect(clerk.locator("[role=alert]")).to_contain_text("phần vừa nhập chưa ghi được nhưng còn giữ trên máy này")
    clerk.fill("input[name=username]", "caoson")
    clerk.fill("input[name=password]", PASSWORD)
    clerk.click("button[type=submit]")
    offer = clerk.locator("#report-kept")
    expect(offer).to_contain_text("1 chỗ nhập trên máy này chưa kịp lưu")
    expect(line(clerk, "13.3").locator("textarea")).to_have_value("")
    offer.get_by_role("button", name="Đưa vào biểu mẫu và lưu").click()
    expect(line(clerk, "13.3").locator(".report-state")).to_contain_text(SAVED)
    clerk.reload()
    expect(line(clerk, "13.3").locator("textarea")).to_have_value("Viết khi phiên đã hết")
    expect(offer).to_be_hidden()


def test_what_was_refused_is_still_there_after_the_page_was_left(clerk):
    figure = clerk.locator("article.report-line input[inputmode=decimal]").locator("visible=true").first
    figure.fill("bảy mươi")
    expect(clerk.locator(".report-state", has_text="“bảy mươi” không phải là số")).to_be_visible()
    clerk.reload()
    expect(clerk.locator("#report-kept")).to_contain_text("1 chỗ nhập trên máy này chưa kịp lưu")


def test_the_slower_of_two_clerks_sees_both_and_decides(browser: Browser, clerk, demonstration):
    other = opened(sign_in(browser.new_context().new_page(), demonstration), demonstration)
    line(other, "2.2").locator("textarea").fill("Của người thứ nhất")
    expect(line(other, "2.2").locator(".report-state")).to_contain_text(SAVED)
    mine = line(clerk, "2.2")
    mine.locator("textarea").fill("Của người thứ hai")
    choice = mine.locator(".report-choice")
    expect(choice).to_contain_text("Của người thứ nhất")
    expect(choice).to_contain_text("Của người thứ hai")
    # Typing on decides nothing.
    mine.locator("textarea").press_sequentially(", thêm", delay=20)
    clerk.wait_for_timeout(1500)
    expect(choice).to_be_visible()
    choice.get_by_label("Giữ bản của tôi").check()
    expect(mine.locator(".report-state")).to_contain_text(SAVED)
    theirs = line(other, "2.2")
    theirs.locator("textarea").fill("Vẫn của người thứ nhất")
    theirs.get_by_label("Lấy bản của người kia").check()
    expect(theirs.locator("textarea")).to_have_value("Của người thứ hai, thêm")
    other.context.close()


def test_last_month_s_text_is_copied_only_on_request(clerk):
    """Also that the parts of the text save themselves."""
    field = clerk.locator("#id-next_work")
    field.fill("Khởi công nhà văn hóa thôn 3")
    expect(clerk.locator("#text-next_work .report-state")).to_contain_text(SAVED)
    copy = clerk.locator("[data-copy=results]")
    if copy.count():
        clerk.locator("#text-results summary").click()
        before = clerk.locator("#before-results").inner_text().strip()
        expect(clerk.locator("#id-results")).not_to_have_value(before)
        copy.click()
        expect(clerk.locator("#id-results")).to_have_value(before)
        expect(clerk.locator("#text-results .report-state")).to_contain_text("Giống hệt từng chữ")


def test_a_line_can_be_changed_by_keyboard_alone(clerk):
    first = line(clerk, "18.1").locator("input[type=radio]:checked")
    first.focus()
    clerk.keyboard.press("ArrowLeft")
    expect(line(clerk, "18.1").get_by_label("Đạt", exact=True)).to_be_checked()
    expect(line(clerk, "18.1").locator(".report-state")).to_contain_text(SAVED)
    clerk.keyboard.press("Tab")
    expect(line(clerk, "18.1").locator("textarea")).to_be_focused()


def test_the_form_fits_a_phone(clerk):
    clerk.set_viewport_size({"width": 360, "height": 740})
    assert clerk.evaluate("document.documentElement.scrollWidth") == 360
    small = clerk.evaluate(
        "[...document.querySelectorAll('.report-status label, .report .input, .report .button')]"
        ".filter((e) => e.offsetParent && e.offsetHeight < 38 && !e.matches('.small')).length"
    )
    assert small == 0


class Hand:
    """Counts what a person does: a click, a field filled in."""

    def __init__(self):
        self.actions = 0

    def click(self, target: Locator) -> None:
        self.actions += 1
        target.click()

    def write(self, target: Locator, text: str) -> None:
        self.actions += 1
        target.fill(text)


def test_a_month_with_three_changes_takes_at_most_twelve_actions(browser: Browser, demonstration):
    """From the page of the month to what is sent: begun, three changes, the tick, the text, the sending."""
    page = sign_in(browser.new_context().new_page(), demonstration, "khaison")
    page.goto(f"{demonstration}/reports/17380/2023-04/")
    hand = Hand()
    # The demonstration has begun it already; elsewhere that is one click.
    hand.actions += 1
    unmet = page.locator("section.sheet article.report-line", has=page.locator("input[value=not_met]:checked"))
    codes = [code.strip() for code in unmet.locator(".report-code").all_inner_texts()[:3]]
    assert len(codes) == 3
    for code in codes:
        hand.click(line(page, code).get_by_label("Đạt", exact=True))
        expect(line(page, code).locator(".report-state")).to_contain_text(SAVED)
        expect(line(page, code).locator(".report-change")).to_contain_text(re.compile("Chưa đạt.*→ Đạt"))
    hand.click(page.get_by_role("button", name=re.compile("nội dung còn lại không thay đổi")))
    expect(page.locator("#report-progress")).to_contain_text("57/57")
    for name in ("results", "next_work"):
        hand.write(page.locator(f"#id-{name}"), f"Nội dung của phần {name}")
    expect(page.locator("#report-missing")).to_contain_text("Đủ để gửi")
    hand.click(page.get_by_role("button", name=re.compile("^Xem lại và gửi báo cáo tháng")))
    send = page.get_by_role("button", name=re.compile("^Gửi báo cáo tháng"))
    hand.click(send)
    expect(page.locator("h1")).not_to_contain_text("Gửi")
    assert page.locator("#report-form").count() == 0
    assert hand.actions <= 12
    page.context.close()


def test_the_form_works_without_scripts_and_over_a_login_that_ran_out(browser: Browser, demonstration):
    context = browser.new_context(java_script_enabled=False)
    page = opened(sign_in(context.new_page(), demonstration), demonstration)
    line(page, "17.3").locator("textarea").fill("Không có JavaScript")
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("Đã lưu lúc")
    expect(line(page, "17.3").locator("textarea")).to_have_value("Không có JavaScript")
    page.fill("#id-shortcomings", "Còn chậm giải ngân")
    end_session(context)
    page.get_by_role("button", name="Lưu", exact=True).click()
    page.fill("input[name=username]", "caoson")
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.locator("#id-shortcomings")).to_have_value("Còn chậm giải ngân")
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("Đã lưu lúc")
    expect(page.locator("#id-shortcomings")).to_have_value("Còn chậm giải ngân")
    context.close()


def review(page: Page) -> Locator:
    return page.get_by_role("button", name="Xem lại và gửi báo cáo tháng 4")


def test_without_scripts_the_main_button_saves_what_was_typed_and_leads_to_the_review(browser, demonstration):
    context = browser.new_context(java_script_enabled=False)
    page = opened(sign_in(context.new_page(), demonstration), demonstration)
    assert "Trình duyệt này không tự lưu" in page.locator("#report").inner_text()
    page.fill("#id-results", "Đã làm xong 2 km đường thôn 3")
    review(page).click()
    expect(page.locator("h1")).to_contain_text("Gửi báo cáo tháng 4/2023")
    expect(page.locator("#messages")).to_contain_text("Đã lưu lúc")
    page.goto(f"{demonstration}{ADDRESS}")
    expect(page.locator("#id-results")).to_have_value("Đã làm xong 2 km đường thôn 3")
    line(page, "17.3").locator("textarea").fill("Ghi trước khi xem minh chứng")
    line(page, "17.3").locator("summary").click()
    line(page, "17.3").get_by_role("button", name="Xem và tải lên minh chứng").click()
    expect(page.locator("h1")).to_contain_text("Minh chứng nội dung 17.3")
    page.get_by_role("link", name="Về báo cáo").click()
    expect(line(page, "17.3").locator("textarea")).to_have_value("Ghi trước khi xem minh chứng")
    context.close()


def test_typed_while_a_part_is_being_saved_the_main_button_takes_it_along(clerk):
    """A clerk on a slow line is not told that somebody else was faster."""

    def answered_late(route: Route) -> None:
        answer = route.fetch()
        clerk.wait_for_timeout(1200)
        route.fulfill(response=answer)

    clerk.route("**/text/next_work/", answered_late)
    field = clerk.locator("#id-next_work")
    with clerk.expect_request("**/text/next_work/"):
        field.fill("Khởi công")
    clerk.wait_for_timeout(600)
    field.press_sequentially(" nhà văn hóa thôn 5")
    review(clerk).click()
    expect(clerk.locator("h1")).to_contain_text("Gửi báo cáo tháng 4/2023", timeout=15_000)
    clerk.go_back()
    clerk.reload()
    expect(field).to_have_value("Khởi công nhà văn hóa thôn 5")
    expect(clerk.locator("#report-kept")).to_be_hidden()


def test_enter_in_a_figure_saves_and_says_nothing_of_the_other_lines(browser, demonstration):
    context = browser.new_context(java_script_enabled=False)
    page = opened(sign_in(context.new_page(), demonstration), demonstration)
    unchecked = page.locator("#report-unchecked").inner_text()
    figure = page.locator("article.report-line input[inputmode=decimal]").locator("visible=true").first
    figure.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Đã lưu lúc")
    expect(page.locator("#report-unchecked")).to_have_text(unchecked)
    context.close()
