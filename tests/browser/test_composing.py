"""Composing in a real browser: the notice of 05/4/2023 typed from an empty page, two officers, no scripts."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_demonstration import PASSWORD, demonstration
from tests.browser.test_grid import sign_in
from tests.tasks.conftest import pdf_words, seed_words

__all__ = ["demonstration"]

expect.set_options(timeout=20_000)  # saving is quick, busy machines aren't
FIXTURE = Path(__file__).parents[2] / "fixtures" / "cao-son-notice.json"


def records() -> dict[str, list[dict]]:
    """What the notice of 05/4/2023 says, part by part, as an officer would have it before them."""
    found: dict[str, list[dict]] = {}
    for row in json.loads(FIXTURE.read_text(encoding="utf-8")):
        found.setdefault(row["model"].removeprefix("tasks."), []).append(row["fields"])
    return found


def new_draft(page: Page, url: str, *, commune: str = "xã Cao Sơn", day: str = "05/4/2023", empty: bool = True) -> str:
    """Set up a draft through the form; return the address where it is written."""
    page.goto(f"{url}/notices/new/")
    page.select_option("select[name=commune]", label=commune)
    page.fill("input[name=session_on]", day)
    page.select_option("select[name=session_time]", "chiều")
    if empty:
        page.check("input[name=empty]")
    page.click("button:has-text('Lập dự thảo')")
    page.wait_for_url(re.compile(r"/notices/\d+/edit/"))
    return page.url.split("#")[0]


def settled(page: Page) -> None:
    """Wait until everything typed is saved."""
    page.locator(".page-header h1").click()
    page.wait_for_timeout(900)
    expect(page.locator("form.htmx-request")).to_have_count(0)
    assert page.locator(".point-error, .composing-text [role=alert]").count() == 0


def write_part(page: Page, part: str, values: dict[str, str]) -> None:
    page.locator(f"#{part} > summary").click()
    for name, text in values.items():
        page.fill(f"#{part}-form [name={name}]", text)
    settled(page)
    page.locator(f"#{part} > summary").click()


def write_section(page: Page, heading: str, kind: str) -> None:
    page.select_option(".composing-add select[name=kind]", kind)
    page.fill(".composing-add input[name=heading]", heading)
    page.click("button:has-text('Thêm mục')")
    expect(page.locator(".composing-section textarea[name=heading]", has_text=heading)).to_be_visible()


def write_points(
    page: Page, place: int, points: list[dict], proposals: dict[str, dict], replies: dict[str, dict]
) -> None:
    section = page.locator(".composing-section").nth(place)
    for count, point in enumerate(points, 1):
        # The page lets a press wait five seconds for what is being saved: a busy machine may take longer.
        expect(page.locator("form.htmx-request")).to_have_count(0)
        section.locator("[data-add]").click()
        expect(section.locator(".point")).to_have_count(count)
        entry = section.locator(".point").last
        if point["proposal"]:
            reference = point["proposal"][0]
            entry.locator("textarea[name=text]").fill(proposals[reference]["text"])
            entry.locator("textarea[name=reply]").fill(replies[reference]["text"])
            entry.locator("select[name=reply_kind]").select_option(replies[reference]["kind"])
        else:
            entry.locator("select[name=kind]").select_option(point["kind"])
            entry.locator("textarea[name=text]").fill(point["text"])


def test_the_notice_of_anh_son_typed_from_an_empty_page_gives_its_very_text(browser: Browser, demonstration):
    page = sign_in(browser.new_context().new_page(), demonstration)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    address = new_draft(page, demonstration)
    known = records()
    notice = known["notice"][0]
    header = ("subject", "chair_name", "chair_post", "authority_lines", "signer_name", "motto")
    write_part(page, "header", {name: notice[name] for name in header})
    write_part(page, "recipients", {"lines": "\n".join(row["text"] for row in known["noticerecipient"])})
    write_part(
        page,
        "citations",
        {"basis": "21/BC-UBND ngày 03/4/2023 về kết quả", "cited": "29/TTr-UBND ngày 30/3/2023 về chuyển nguồn"},
    )
    for section in known["noticesection"]:
        if section["heading"]:
            write_section(page, section["heading"], section["kind"])
    proposals = {row["reference"]: row for row in known["proposal"]}
    replies = {row["proposal"][0]: row for row in known["proposalreply"]}
    for place, section in enumerate(known["noticesection"]):
        points = [row for row in known["noticepoint"] if row["section"][1] == section["position"]]
        write_points(page, place, points, proposals, replies)
    settled(page)
    answer = page.request.get(address.replace("/edit/", "/pdf/"))
    assert answer.ok
    assert pdf_words(answer.body()) == seed_words()
    # The preview beside has followed, and proof-reading names the slips of the original.
    expect(page.locator(".composing-paper .official-signer")).to_have_text("Hoàng Đình Sơn")
    expect(page.locator(".composing-findings")).to_contain_text("NGHỊ NGHỊ")
    expect(page.locator(".composing-findings")).to_contain_text("(bc)")
    assert complaints == []


@pytest.fixture
def draft(browser: Browser, demonstration):
    page = sign_in(browser.new_context().new_page(), demonstration)
    yield new_draft(page, demonstration, commune="xã Khai Sơn", day="07/4/2023", empty=False)
    page.context.close()


def opened(browser: Browser, demonstration: str, draft: str, name: str = "huyen", **options) -> Page:
    page = sign_in(browser.new_context(**options).new_page(), demonstration, name)
    page.goto(draft)
    return page


def entries(page: Page, place: int):
    return page.locator(".composing-section").nth(place).locator(".point")


def test_a_typed_figure_that_disagrees_with_the_data_is_pointed_out_beside_its_point(browser, demonstration, draft):
    page = opened(browser, demonstration, draft)
    entry = entries(page, 1).first
    entry.locator("textarea").fill("Đến nay xã đã hoàn thiện được 01/19 tiêu chí.")
    expect(entry.locator(".findings")).to_contain_text("Số liệu của ngày làm việc là")
    expect(page.locator("#saved")).to_contain_text(re.compile(r"Đã lưu lúc \d\d:\d\d"))
    expect(page.locator(".composing-paper")).to_contain_text("01/19 tiêu chí")


def test_the_slower_of_two_officers_sees_both_texts_and_decides(browser, demonstration, draft):
    first, second = (opened(browser, demonstration, draft, name) for name in ("huyen", "quantri"))
    box = "textarea[name=text]"
    entries(first, 1).first.locator(box).fill("Lời của người thứ nhất.")
    expect(first.locator("#saved")).to_contain_text("Đã lưu lúc")
    entry = entries(second, 1).first
    entry.locator(box).fill("Lời của người thứ hai.")
    expect(entry.locator("[role=alert]")).to_contain_text("Lời của người thứ nhất.")
    expect(entry.locator(box)).to_have_value("Lời của người thứ hai.")
    # Undecided it counts as unsaved: nothing leads away from it.
    expect(second.locator("#saved")).to_have_text("Còn chỗ chưa lưu; xem chỗ báo trên trang.")
    second.click("a:has-text('Ban hành')")
    expect(second.locator("#messages")).to_contain_text("Còn chỗ chưa lưu được")
    entry.locator("button:has-text('Lưu lời của tôi')").click()
    expect(entry.locator("[role=alert]")).to_have_count(0)
    first.reload()
    expect(entries(first, 1).first.locator(box)).to_have_value("Lời của người thứ hai.")


def test_points_move_by_keyboard_are_deleted_and_come_back(browser, demonstration, draft):
    page = opened(browser, demonstration, draft)
    points = entries(page, 3)
    texts = [box.input_value() for box in points.locator("textarea").all()]
    points.nth(1).locator("textarea").press("Alt+ArrowDown")
    expect(points.nth(2).locator("textarea")).to_have_value(texts[1])
    expect(points.nth(2).locator("textarea")).to_be_focused()
    points.nth(0).locator("button[value=delete]").click()
    expect(points).to_have_count(len(texts) - 1)
    page.click("button:has-text('Hoàn tác')")
    expect(points).to_have_count(len(texts))
    page.reload()
    after = [box.input_value() for box in points.locator("textarea").all()]
    assert after == [texts[0], texts[2], texts[1], *texts[3:]]


def test_a_point_is_deleted_right_after_it_was_written(browser, demonstration, draft):
    page = opened(browser, demonstration, draft)
    entry = entries(page, 1).first
    entry.locator("textarea").press_sequentially("x")
    entry.locator("button[value=delete]").click()
    expect(page.locator(".point-deleted")).to_be_visible()
    assert page.locator("[role=alert]").count() == 0


def test_what_was_typed_a_moment_ago_is_not_lost_when_a_section_is_added(browser, demonstration, draft):
    page = opened(browser, demonstration, draft)
    entries(page, 1).first.locator("textarea").fill("Vừa gõ xong.")
    write_section(page, "NỘI DUNG KHÁC", "other")
    expect(entries(page, 1).first.locator("textarea")).to_have_value("Vừa gõ xong.")


def test_a_draft_is_written_without_scripts(browser, demonstration, draft):
    page = opened(browser, demonstration, draft, java_script_enabled=False)
    count = entries(page, 2).count()
    page.locator(".composing-section").nth(2).locator("[data-add]").click()
    expect(entries(page, 2)).to_have_count(count + 1)
    entry = entries(page, 2).last
    entry.locator("textarea").fill("Việc chỉ đạo có lúc chưa quyết liệt.")
    entry.locator("button:has-text('Lưu')").click()
    expect(page.locator("#messages")).to_contain_text("Đã lưu lúc")
    expect(entries(page, 2).last.locator("textarea")).to_have_value("Việc chỉ đạo có lúc chưa quyết liệt.")
    entries(page, 2).last.locator("a[title='Giao việc']").click()
    page.select_option("select[name=lead]", label="UBND xã Khai Sơn")
    page.fill("input[name=due_on]", "30/6/2023")
    page.click("button:has-text('Giao việc này')")
    expect(entries(page, 2).last.locator(".point-tasks")).to_contain_text("Giao xã Khai Sơn, hạn 30/6/2023")


def test_a_point_of_an_earlier_notice_is_taken_over(browser, demonstration, draft):
    page = opened(browser, demonstration, draft)
    page.locator("a:has-text('Lấy từ thông báo cũ')").first.click()
    page.fill(".composing-earlier input[name=q]", "kiện toàn Hợp tác xã")
    page.click(".composing-earlier button:has-text('Tìm')")
    page.locator("button:has-text('Lấy điểm này')").first.click()
    page.wait_for_url(re.compile(r"#p\d+"))
    expect(page.locator(".point textarea", has_text="kiện toàn Hợp tác xã").first).to_be_visible()


def test_a_draft_is_issued_supplemented_and_revoked(browser, demonstration, draft):
    page = opened(browser, demonstration, draft)
    page.click("a:has-text('Ban hành')")
    expect(page.locator(".paper .official-number")).to_contain_text(re.compile(r"Số: \d+/TB-UBND"))
    number = page.input_value("input[name=number]")
    page.click("button:has-text('Ban hành thông báo')")
    expect(page.locator("#messages")).to_contain_text(f"Đã ban hành thông báo số {int(number):02d}/TB-UBND")
    issued = page.url
    assert page.request.get(f"{issued}pdf/").body().startswith(b"%PDF")
    page.goto(draft)
    expect(page.locator("#messages")).to_contain_text("đã ban hành nên không sửa được nữa")
    page.click("summary:has-text('Khác')")
    page.click("a:has-text('Soạn thông báo bổ sung')")
    page.check("input[name=empty]")
    page.click("button:has-text('Lập dự thảo')")
    expect(page.locator(".page-state")).to_contain_text(f"bổ sung cho {int(number):02d}/TB-UBND")
    page.goto(f"{issued}revoke/")
    page.fill("textarea[name=reason]", "Sai số liệu của mục I")
    page.click("button:has-text('Thu hồi thông báo')")
    expect(page.locator(".page-state")).to_contain_text("Sai số liệu của mục I")
    page.goto(f"{demonstration}/notices/register/")
    row = page.locator("tr", has_text=f"{int(number):02d}/TB-UBND")
    expect(row).to_contain_text("Thu hồi ngày 10/4/2023: Sai số liệu của mục I")


def give_work(page: Page, entry, *, lead: str, due: str) -> None:
    entry.locator("a[title='Giao việc']").click()
    panel = page.locator("#side-panel")
    panel.locator("select[name=lead]").select_option(label=lead)
    panel.locator("input[name=due_on]").fill(due)
    panel.locator("button:has-text('Giao việc này')").click()


def test_work_is_given_beside_the_text_and_comes_back_with_its_deleted_point(browser, demonstration, draft):
    page = opened(browser, demonstration, draft)
    entry = entries(page, 3).nth(2)
    identity = entry.get_attribute("id")
    give_work(page, entry, lead="UBND xã Khai Sơn", due="30/6/2023")
    expect(entry.locator(".point-tasks")).to_contain_text("Giao xã Khai Sơn, hạn 30/6/2023")
    expect(page.locator("#side-panel summary").first).to_have_text("xã Khai Sơn, hạn 30/6/2023")
    page.keyboard.press("Escape")
    page.once("dialog", lambda dialog: dialog.accept())
    entry.locator("button[value=delete]").click()
    expect(page.locator(f"#{identity}")).to_have_count(0)
    page.click("button:has-text('Hoàn tác')")
    expect(entries(page, 3).nth(2).locator(".point-tasks")).to_contain_text("Giao xã Khai Sơn, hạn 30/6/2023")


def test_what_was_typed_into_a_point_that_somebody_deleted_can_be_put_in_again(browser, demonstration, draft):
    first, second = (opened(browser, demonstration, draft, name) for name in ("huyen", "quantri"))
    mine = entries(second, 1).first
    entries(first, 1).first.locator("button[value=delete]").click()
    expect(first.locator(".point-deleted")).to_be_visible()
    mine.locator("textarea").fill("Lời gõ vào điểm đã bị xóa.")
    expect(mine.locator("[role=alert]")).to_contain_text("Người khác vừa xóa điểm này.")
    mine.locator("button:has-text('Đưa điểm vào lại')").click()
    expect(second.locator("[role=alert]")).to_have_count(0)
    # Nothing stays open: what leads elsewhere leads there at once.
    second.click("a:has-text('Ban hành')")
    expect(second.locator(".paper")).to_contain_text("Lời gõ vào điểm đã bị xóa.")


def test_a_login_that_ran_out_while_writing_loses_nothing(browser, demonstration, draft):
    page = opened(browser, demonstration, draft)
    page.context.clear_cookies(name="sessionid")
    entries(page, 1).first.locator("textarea").fill("Viết khi phiên đã hết.")
    expect(page.locator("input[name=password]")).to_be_visible()
    expect(page.locator("[role=alert]")).to_contain_text("phần vừa nhập chưa ghi được nhưng còn giữ trên máy này")
    page.fill("input[name=username]", "huyen")
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    expect(page.locator("#saved")).to_contain_text("Đã lưu lúc")
    page.reload()
    expect(entries(page, 1).first.locator("textarea")).to_have_value("Viết khi phiên đã hết.")


def test_a_heading_is_shown_whole_on_a_phone(browser, demonstration, draft):
    page = opened(browser, demonstration, draft, viewport={"width": 360, "height": 740})
    box = page.locator("textarea[name=heading]").first
    box.fill("Một số kết quả nổi bật trong sáu tháng đầu năm và việc thực hiện kết luận lần trước")
    assert box.evaluate("box => box.scrollHeight <= box.clientHeight + 2 && box.clientHeight > 40")


LONG = """Số:      /TB-UBND        Anh Sơn, ngày      tháng 4 năm 2023
THÔNG BÁO
Kết luận của đồng chí Hoàng Quyền tại phiên làm việc với xã Khai Sơn về xây dựng xã nông thôn mới

Chiều ngày 05/4/2023, đồng chí Hoàng Quyền, Chủ tịch UBND huyện tổ chức phiên làm việc với xã Khai Sơn.
I. MỘT SỐ KẾT QUẢ NỔI BẬT
{points}
II. VỀ CÁC Ý KIẾN, KIẾN NGHỊ, ĐỀ XUẤT
{proposals}
Trên đây là kết luận của đồng chí Hoàng Quyền, thông báo để các đơn vị biết, thực hiện.
Nơi nhận:
- UBND xã Khai Sơn;
- Lưu: VT.
TL. CHỦ TỊCH
CHÁNH VĂN PHÒNG
Hoàng Đình Sơn
"""


def long_draft(page: Page, url: str) -> str:
    """Bring in a text of 200 points and 40 proposals as a draft; return its address."""
    points = (f"- Kết quả thứ {place} của xã trong việc thực hiện các tiêu chí nông thôn mới;" for place in range(200))
    proposals = (f"{place}. Đề nghị hỗ trợ kinh phí lần {place}.\nTrả lời: Ghi nhận." for place in range(1, 41))
    page.goto(f"{url}/notices/old/")
    page.fill("textarea[name=text]", LONG.format(points="\n".join(points), proposals="\n".join(proposals)))
    page.click("button:has-text('Đọc thông báo')")
    page.click("button[value=save]")
    page.wait_for_url(re.compile(r"/notices/\d+/$"))
    return page.url


def test_a_long_notice_is_issued_at_once_and_its_pdf_comes_by_itself(browser, demonstration):
    page = sign_in(browser.new_context().new_page(), demonstration)
    address = long_draft(page, demonstration)
    trial = page.goto(f"{address}pdf/")
    assert trial.status == 202
    expect(page.locator("h1")).to_have_text("Đang dựng bản PDF")
    page.goto(f"{address}issue/")
    page.click("button:has-text('Ban hành thông báo')")
    expect(page.locator("#messages")).to_contain_text("Đã ban hành thông báo số")
    expect(page.locator("#signed")).to_contain_text("Bản PDF đang được dựng")
    # Nobody touches the page.
    expect(page.locator("#signed")).to_contain_text("Bản PDF đã ban hành", timeout=90_000)
    content = page.request.get(f"{address}pdf/").body()
    printed = pdf_words(content)
    assert "199" in printed
    assert "40." in printed
    page.locator("#signed a[href^='/verify/']").click()
    assert hashlib.sha256(content).hexdigest() in page.locator(".facts").inner_text().replace(" ", "")
