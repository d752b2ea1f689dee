"""What is typed into the panel of a cell: kept until it is written, whatever else happens to the panel meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.test_demonstration import PASSWORD, demonstration
from tests.browser.test_grid import cell, grid, sign_in, sign_in_again

__all__ = ["demonstration", "grid"]

ASKED = "Phần vừa nhập chưa được lưu. Bỏ phần đó?"
PANEL = "#side-panel"


def questions(page: Page) -> list[str]:
    """The questions that the page asks from now on; each is answered with no."""
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    return asked


@contextmanager
def slow_line(page: Page, method: str = "POST") -> Iterator[list[Route]]:
    """Within it what is sent to cells is under way; all of it arrives at the end."""
    held: list[Route] = []
    is_slow = True

    def handle(route: Route) -> None:
        if is_slow and route.request.method == method:
            held.append(route)
        else:
            route.continue_()

    page.route("**/sub-items/**", handle)
    yield held
    wait_for(page, held)
    is_slow = False
    for route in held:
        route.continue_()


def wait_for(page: Page, held: list[Route]) -> None:
    for _ in range(100):
        if held:
            return
        page.wait_for_timeout(50)
    pytest.fail("nothing was sent")


def write_plan(page: Page, **fields: str) -> None:
    if not page.locator("#plan-form").is_visible():
        page.click("summary:has-text('Kế hoạch')")
    for name, text in fields.items():
        page.fill(f"#plan-form [name={name}]", text)


def save_finding(page: Page) -> None:
    page.click("button:has-text('Lưu kết quả')")


def save_plan(page: Page) -> None:
    page.click("button:has-text('Lưu kế hoạch')")


def refuse_finding(page: Page) -> None:
    """Not applicable, with a reason and without the basis that it needs."""
    page.check("#finding-form input[value=not_applicable]")
    page.fill("#finding-form textarea[name=reason]", "Xã không có vùng nguyên liệu")
    save_finding(page)
    expect(page.locator("#finding-form .wrong")).to_contain_text("căn cứ")


@pytest.fixture
def panel(grid: Page) -> Page:
    cell(grid, "13.2").click()
    expect(grid.locator("#finding-form")).to_be_visible()
    return grid


def own_page(page: Page, code: str = "13.2") -> Page:
    address = page.url.partition("/matrix/")[0]
    page.goto(f"{address}/communes/17386/sub-items/{code}/")
    return page


@pytest.mark.parametrize("on_own_page", [False, True])
def test_what_was_refused_stays_while_the_plan_is_saved(panel, on_own_page):
    if on_own_page:
        own_page(panel)
    refuse_finding(panel)
    write_plan(panel, official="Bà Hoa")
    save_plan(panel)
    expect(panel.locator(".cell-now")).to_contain_text("Đã lưu kế hoạch")
    expect(panel.locator("#finding-form input[value=not_applicable]")).to_be_checked()
    expect(panel.locator("#finding-form [name=reason]")).to_have_value("Xã không có vùng nguyên liệu")


@pytest.mark.parametrize("on_own_page", [False, True])
def test_a_refused_plan_stays_while_the_finding_is_saved(panel, on_own_page):
    if on_own_page:
        own_page(panel)
    write_plan(panel, official="Ông Nam", planned_on="31/13/2023")
    save_plan(panel)
    expect(panel.locator("#plan-form .wrong")).to_contain_text("Hãy nhập ngày")
    panel.fill("#finding-form [name=reason]", f"Rà soát {on_own_page}")
    save_finding(panel)
    expect(panel.locator(".cell-now")).to_contain_text("Đã lưu lúc")
    expect(panel.locator("#plan-form [name=official]")).to_have_value("Ông Nam")
    expect(panel.locator("#plan-form [name=planned_on]")).to_have_value("31/13/2023")


def test_a_refused_plan_is_asked_about_before_it_goes(panel):
    write_plan(panel, planned_on="31/13/2023")
    save_plan(panel)
    expect(panel.locator("#plan-form .wrong")).to_contain_text("Hãy nhập ngày")
    asked = questions(panel)
    panel.keyboard.press("Escape")
    cell(panel, "13.1").click()
    expect(panel.locator("#plan-form [name=planned_on]")).to_have_value("31/13/2023")
    assert asked == [ASKED, ASKED]


def test_what_is_typed_during_a_slow_save_stands_upon_its_answer(panel):
    panel.fill("#finding-form [name=reason]", "Biên bản ngày 05/4")
    with slow_line(panel):
        save_finding(panel)
        panel.fill("#finding-form [name=reason]", "Biên bản ngày 06/4")
        panel.fill("#finding-form [name=basis]", "Số 12/BB-UBND")
        write_plan(panel, official="Bà Lan")
    expect(panel.locator(".cell-now")).to_contain_text("Đã lưu lúc")
    expect(panel.locator("#finding-form [name=basis]")).to_have_value("Số 12/BB-UBND")
    expect(panel.locator("#finding-form [name=reason]")).to_have_value("Biên bản ngày 06/4")
    expect(panel.locator("#plan-form [name=official]")).to_have_value("Bà Lan")
    save_finding(panel)
    expect(panel.locator(f"{PANEL} .timeline").last).to_contain_text("Biên bản ngày 06/4 (Số 12/BB-UBND)")
    expect(panel.locator(f"{PANEL} [role=alert]")).to_have_count(0)


def test_a_plan_saved_during_a_slow_save_of_the_finding_is_written_after_it(panel):
    panel.fill("#finding-form [name=reason]", "Biên bản ngày 03/4")
    with slow_line(panel) as sent:
        save_finding(panel)
        wait_for(panel, sent)
        write_plan(panel, official="Bà Mai")
        save_plan(panel)
    expect(panel.locator(".cell-now")).to_contain_text("Đã lưu kế hoạch")
    expect(panel.locator(f"{PANEL} summary:has-text('Kế hoạch')")).to_contain_text("Bà Mai")
    expect(panel.locator(f"{PANEL} .timeline").last).to_contain_text("Biên bản ngày 03/4")


@pytest.mark.parametrize("way", ["Escape", "another cell"])
def test_who_leaves_during_a_slow_save_is_asked_nothing_and_leaves_with_it_written(grid, way):
    complaints: list[str] = []
    grid.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    asked = questions(grid)
    cell(grid, "13.1").click()
    status, sign = ("met", "✓") if cell(grid, "13.1").inner_text() != "✓" else ("not_met", "○")
    grid.check(f"#finding-form input[value={status}]")
    with slow_line(grid) as sent:
        save_finding(grid)
        wait_for(grid, sent)
        if way == "Escape":
            grid.keyboard.press("Escape")
        else:
            cell(grid, "13.3").click()
        expect(grid.locator("#messages")).to_contain_text("Đang lưu")
    expect(grid.locator("#messages")).not_to_contain_text("Đang lưu")
    if way == "Escape":
        expect(grid.locator(PANEL)).to_be_hidden()
    else:
        expect(grid.locator(f"{PANEL} h2")).to_contain_text("13.3")
    expect(cell(grid, "13.1")).to_have_text(sign)
    assert (asked, complaints) == ([], [])


def test_a_slow_refusal_is_seen_before_the_panel_goes(panel):
    asked = questions(panel)
    panel.check("#finding-form input[value=not_applicable]")
    with slow_line(panel) as sent:
        save_finding(panel)
        wait_for(panel, sent)
        panel.keyboard.press("Escape")
    expect(panel.locator("#finding-form .wrong").first).to_contain_text("phải ghi lý do")
    assert asked == []
    panel.keyboard.press("Escape")
    expect(panel.locator("#finding-form .wrong").first).to_be_visible()
    assert asked == [ASKED]


@pytest.mark.parametrize("way", ["double click", "Enter twice"])
def test_a_cell_of_a_commune_opens_at_a_double_click_too(grid, demonstration, way):
    grid.goto(f"{demonstration}/communes/17386/")
    link = grid.locator("#tieu-chi-13 a:visible:text-is('13.2')")
    if way == "double click":
        link.dblclick()
    else:
        with slow_line(grid, "GET"):
            link.press("Enter")
            link.press("Enter")
    expect(grid.locator(f"{PANEL} h2")).to_contain_text("13.2")
    grid.wait_for_timeout(500)
    expect(grid.locator("#finding-form")).to_be_visible()


def test_of_two_cells_opened_quickly_on_a_slow_line_the_last_one_stays(grid, demonstration):
    grid.goto(f"{demonstration}/communes/17386/")
    with slow_line(grid, "GET"):
        for code in ("13.2", "13.3"):
            grid.locator(f"#tieu-chi-13 a:visible:text-is('{code}')").click()
    expect(grid.locator(f"{PANEL} h2")).to_contain_text("13.3")
    expect(grid.locator("#finding-form")).to_be_visible()


@pytest.mark.parametrize("renewed", [False, True])
def test_both_forms_of_a_cells_own_page_come_back_after_the_login(grid, demonstration, renewed):
    page = own_page(grid)
    page.fill("#finding-form [name=reason]", "Biên bản ngày 07/4")
    write_plan(page, official="Bà Thu")
    if renewed:
        sign_in_again(page, demonstration)
        save_finding(page)
    else:
        page.context.clear_cookies(name="sessionid")
        save_finding(page)
        expect(page.locator("[role=alert]")).to_contain_text("còn giữ trên máy này")
        page.fill("input[name=username]", "huyen")
        page.fill("input[name=password]", PASSWORD)
        page.click("button[type=submit]")
    expect(page.locator("#messages")).to_contain_text("được giữ lại")
    expect(page.locator("#finding-form [name=reason]")).to_have_value("Biên bản ngày 07/4")
    expect(page.locator("#plan-form [name=official]")).to_have_value("Bà Thu")


def test_a_status_that_a_value_proposed_goes_with_the_value(grid, demonstration):
    grid.goto(f"{demonstration}/matrix/?open=3")
    cell(grid, "3.1").click()
    value = grid.locator("#finding-form [name=value]")
    stands = grid.locator("#finding-form input[name=status]:checked").get_attribute("value")
    for typed, chosen in (("50", "not_met"), ("", stands), ("95", "met"), ("", stands)):
        value.fill(typed)
        value.press("Tab")
        expect(grid.locator(f"#finding-form input[value={chosen}]")).to_be_checked()


def test_a_pasted_block_and_its_reason_come_back_after_the_login(grid):
    cell(grid, "2.3").focus()
    grid.evaluate("navigator.clipboard.writeText('kad\\tkad')")
    grid.keyboard.press("Control+v")
    expect(grid.locator(PANEL)).to_contain_text("2 ô sẽ đổi")
    grid.fill(f"{PANEL} [name=reason]", "Xã không có đường liên thôn")
    grid.fill(f"{PANEL} [name=basis]", "Số 12/BB-UBND")
    grid.context.clear_cookies(name="sessionid")
    grid.click(f"{PANEL} button:has-text('Ghi 2 ô')")
    grid.fill("input[name=username]", "huyen")
    grid.fill("input[name=password]", PASSWORD)
    grid.click("button[type=submit]")
    expect(grid.locator("#messages")).to_contain_text("được giữ lại")
    expect(grid.locator(f"{PANEL} [name=text]")).to_have_value("kad\tkad")
    grid.click(f"{PANEL} button:has-text('Xem trước')")
    expect(grid.locator(PANEL)).to_contain_text("2 ô sẽ đổi")
    expect(grid.locator(f"{PANEL} [name=reason]")).to_have_value("Xã không có đường liên thôn")
    expect(grid.locator(f"{PANEL} [name=basis]")).to_have_value("Số 12/BB-UBND")


def test_a_block_mended_by_hand_and_still_wrong_is_asked_about_before_it_goes(grid):
    cell(grid, "2.3").focus()
    grid.evaluate("navigator.clipboard.writeText('lạ\\tx')")
    grid.keyboard.press("Control+v")
    grid.fill(f"{PANEL} [name=text]", "Đạt\tkhác lạ")
    grid.click(f"{PANEL} button:has-text('Xem lại')")
    expect(grid.locator(f"{PANEL} [role=alert]")).to_contain_text("khác lạ")
    asked = questions(grid)
    grid.keyboard.press("Escape")
    expect(grid.locator(f"{PANEL} [name=text]")).to_have_value("Đạt\tkhác lạ")
    assert asked == [ASKED]


@pytest.mark.parametrize("width", [683, 400])
def test_where_the_panel_lies_over_the_cell_the_keyboard_stays_in_the_panel(grid, width):
    grid.set_viewport_size({"width": width, "height": 740})
    cell(grid, "13.3").focus()
    grid.keyboard.press("Enter")
    expect(grid.locator("#finding-form input:focus")).to_have_count(1)
    grid.fill(f"{PANEL} [name=reason]", f"Kiểm tra ở bề rộng {width}")
    grid.keyboard.press("Tab")
    grid.locator("button:has-text('Lưu kết quả')").press("Enter")
    expect(grid.locator(".cell-now")).to_contain_text("Đã lưu lúc")
    expect(grid.locator(f"{PANEL} :focus")).to_have_count(1)


def test_a_key_without_a_line_claims_nothing_that_was_typed(grid):
    before = cell(grid, "2.2").inner_text()
    cell(grid, "2.2").focus()
    grid.context.set_offline(True)
    grid.keyboard.press("d")
    expect(grid.locator("#messages")).to_contain_text("Việc vừa rồi chưa làm được")
    expect(grid.locator("#messages")).not_to_contain_text("vừa nhập")
    expect(cell(grid, "2.2")).to_have_text(before)
    grid.context.set_offline(False)


def test_who_keeps_the_others_plan_keeps_the_own_reason_beside_it(browser: Browser, demonstration, panel):
    other = sign_in(browser.new_context().new_page(), demonstration, "quantri")
    other.goto(f"{demonstration}/communes/17386/sub-items/13.2/")
    write_plan(panel, official="Bà Hoa")
    panel.fill("#finding-form [name=reason]", "Biên bản ngày 09/4")
    write_plan(other, official="Ông Tú")
    save_plan(other)
    expect(other.locator(".cell-now")).to_contain_text("Đã lưu kế hoạch")
    save_plan(panel)
    expect(panel.locator(f"{PANEL} [role=alert]")).to_contain_text("vừa sửa kế hoạch lúc")
    panel.click("text=Giữ kế hoạch của người kia")
    expect(panel.locator(f"{PANEL} [role=alert]")).to_have_count(0)
    expect(panel.locator("#plan-form [name=official]")).to_have_value("Ông Tú")
    expect(panel.locator("#finding-form [name=reason]")).to_have_value("Biên bản ngày 09/4")
    other.context.close()
