"""The officer's grid in a real browser: by keyboard, by two people at once, and without scripts.

In the demonstration Cao Sơn has not met 2.2, 2.3, 2.4, 13.1, 13.2 and 13.3; each test takes its own cells.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.test_demonstration import PASSWORD, demonstration
from tests.lib.files import make_pdf

__all__ = ["demonstration"]


def sign_in(page: Page, url: str, username: str = "huyen") -> Page:
    page.goto(f"{url}/login/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    return page


def cell(page: Page, code: str) -> Locator:
    return page.locator(f"#m17386 a[data-c='{code}']")


@pytest.fixture
def grid(browser: Browser, demonstration) -> Iterator[Page]:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = sign_in(context.new_page(), demonstration)
    page.goto(f"{demonstration}/matrix/?open=2,13")
    yield page
    context.close()


def test_one_key_sets_a_cell_its_row_and_the_totals_and_one_takes_it_back(grid):
    complaints: list[str] = []
    grid.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    total = grid.locator("#m17386 td.total").last
    before = total.inner_text()
    cell(grid, "2.2").focus()
    expect(grid.locator(".matrix-status")).to_contain_text("Cao Sơn · 2.2")
    grid.keyboard.press("d")
    expect(cell(grid, "2.2")).to_have_text("✓")
    expect(grid.locator(".cell-now")).to_contain_text("Đã lưu lúc")
    assert total.inner_text() != before
    grid.keyboard.press("z")
    expect(cell(grid, "2.2")).to_have_text("○")
    assert total.inner_text() == before
    grid.keyboard.press("Escape")
    expect(grid.locator("#side-panel")).to_be_hidden()
    grid.keyboard.press("ArrowRight")
    expect(grid.locator(".matrix-status")).to_contain_text("Cao Sơn · 2.3")
    assert complaints == []


def test_the_line_says_status_and_printed_code_before_the_long_name(grid, demonstration):
    grid.goto(f"{demonstration}/matrix/?open=all")
    grid.locator("#m17386 td a").nth(0).focus()
    expect(grid.locator(".matrix-status")).to_contain_text("Cao Sơn · 1.1 · đạt · Có quy hoạch")
    grid.locator("#m17386 td a[href$='/10.1/']").focus()
    expect(grid.locator(".matrix-status")).to_have_text(re.compile(r"^Cao Sơn · 10 · (đạt|chưa đạt) · Thu nhập"))


def test_a_key_of_a_department_on_anothers_cell_is_answered_in_place(browser: Browser, demonstration):
    page = sign_in(browser.new_context().new_page(), demonstration, "noivu")
    page.goto(f"{demonstration}/matrix/?department=&open=2")
    cell(page, "2.2").focus()
    page.keyboard.press("d")
    expect(page.locator(".matrix-status")).to_contain_text("nội dung 2.2 do Kinh tế-HT hướng dẫn")
    expect(page.locator("#messages")).not_to_contain_text("không có quyền")
    expect(cell(page, "2.2")).to_have_text("○")


def test_the_rows_stand_in_the_order_of_a_column_that_the_list_offers(grid):
    orders = grid.get_by_label("Sắp xếp")
    orders.select_option("13.1")
    grid.get_by_role("button", name="Lọc").click()
    grid.wait_for_url("**/matrix/?*sort=13.1*")
    expect(orders).to_have_value("13.1")
    expect(orders.locator("option:checked")).to_have_text("13.1: chưa đạt trước")
    expect(orders.locator("optgroup option[value='13.1']")).to_have_count(0)
    met = [sign in "✓–" for sign in grid.locator("tbody a[data-c='13.1']").all_inner_texts()]
    assert met == sorted(met)
    assert len(set(met)) == 2


def test_the_slower_of_two_people_sees_the_other_ones_change_and_decides(browser: Browser, demonstration):
    first, second = (sign_in(browser.new_context().new_page(), demonstration, name) for name in ("huyen", "quantri"))
    for page in (first, second):
        page.goto(f"{demonstration}/matrix/?open=13")
        cell(page, "13.1").click()
        expect(page.locator("#finding-form")).to_be_visible()
    first.check("#side-panel input[value=met]")
    first.click("#side-panel button:has-text('Lưu kết quả')")
    expect(first.locator(".cell-now")).to_contain_text("Đã lưu lúc")
    second.fill("#side-panel textarea[name=reason]", "Kiểm tra lại ngày 10/4")
    second.click("#side-panel button:has-text('Lưu kết quả')")
    expect(second.locator("#side-panel [role=alert]")).to_contain_text("vừa đổi nội dung này")
    expect(second.locator("#side-panel textarea[name=reason]")).to_have_value("Kiểm tra lại ngày 10/4")
    second.click("#side-panel button:has-text('Lưu kết quả của tôi')")
    expect(second.locator(".cell-now")).to_contain_text("Đã lưu lúc")
    expect(cell(second, "13.1")).to_have_text("○")


def test_back_closes_the_panel_and_leaves_the_page_only_after_that(grid, demonstration):
    address, panel = grid.url, grid.locator("#side-panel")
    entries = grid.evaluate("history.length")
    cell(grid, "13.1").click()
    cell(grid, "13.2").click()
    expect(panel.locator(".cell-head")).to_contain_text("13.2")
    assert grid.evaluate("history.length") == entries + 1
    # What was typed is asked for; who stays, stays with it.
    grid.fill("#side-panel textarea[name=reason]", "Đang viết dở")
    grid.once("dialog", lambda dialog: dialog.dismiss())
    grid.go_back()
    expect(grid.locator("#side-panel textarea[name=reason]")).to_have_value("Đang viết dở")
    grid.once("dialog", lambda dialog: dialog.accept())
    grid.go_back()
    expect(panel).to_be_hidden()
    expect(cell(grid, "13.2")).to_be_focused()
    assert grid.url == address
    # Closed otherwise the page stands where it stood in the history.
    for _ in range(2):
        cell(grid, "13.1").click()
        expect(grid.locator("#finding-form")).to_be_visible()
        grid.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        grid.wait_for_function("!history.state?.panel")
    grid.go_forward()
    expect(panel).to_be_hidden()
    grid.wait_for_function("!history.state?.panel")
    grid.go_back()
    assert grid.url == f"{demonstration}/"


def test_a_panel_on_a_communes_page_leaves_its_place_and_a_reload_its_history(browser: Browser, demonstration):
    page = sign_in(browser.new_context().new_page(), demonstration)
    page.goto(f"{demonstration}/communes/17386/?show=unmet#tieu-chi")
    page.wait_for_load_state("load")
    address = page.url
    link = page.locator("#con-thieu a:text-is('13.1')")
    link.click()
    expect(page.locator("#finding-form")).to_be_visible()
    page.evaluate("scrollTo(0, 900)")
    page.go_back()
    expect(page.locator("#side-panel")).to_be_hidden()
    assert (page.url, page.evaluate("scrollY")) == (address, 900)
    # A place further down the page doesn't close it.
    link.click()
    expect(page.locator("#finding-form")).to_be_visible()
    page.evaluate("location.hash = 'cong-viec'")
    expect(page.locator("#finding-form")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#side-panel")).to_be_hidden()
    page.go_back()
    page.wait_for_url(address)
    page.wait_for_function("!history.state?.panel")
    link.click()
    expect(page.locator("#finding-form")).to_be_visible()
    page.reload()
    page.wait_for_function("!history.state?.panel")
    page.go_back()
    expect(page).to_have_url(f"{demonstration}/")


def test_a_cell_is_changed_without_scripts(browser: Browser, demonstration):
    page = sign_in(browser.new_context(java_script_enabled=False).new_page(), demonstration)
    page.goto(f"{demonstration}/matrix/?open=13")
    page.locator("#m17386 th a").click()
    page.locator("#con-thieu a:text-is('13.2')").click()
    page.check("input[name=status][value=met]")
    page.click("button:has-text('Lưu kết quả')")
    expect(page.locator("#messages")).to_contain_text("nội dung 13.2")
    # The next sub-item of the criterion is two steps away.
    page.click("text=Mọi nội dung của tiêu chí này")
    page.locator(".cell-list a").nth(2).click()
    expect(page.locator("h1")).to_contain_text("13.3")
    page.goto(f"{demonstration}/matrix/?open=13")
    # Twelve criteria, 13.1, then 13.2: what tells the cells apart is put in by the script.
    expect(page.locator("#m17386 td a").nth(13)).to_have_text("✓")


def test_a_block_from_excel_is_shown_before_it_is_written(grid):
    cell(grid, "2.3").focus()
    grid.evaluate("navigator.clipboard.writeText('Đạt\\tx')")
    grid.keyboard.press("Control+v")
    expect(grid.locator("#side-panel")).to_contain_text("2 ô sẽ đổi")
    expect(cell(grid, "2.3")).to_have_text("○")
    grid.click("#side-panel button:has-text('Ghi 2 ô vào bảng')")
    expect(cell(grid, "2.3")).to_have_text("✓")
    expect(cell(grid, "2.4")).to_have_text("✓")


def test_a_cell_leads_to_its_own_page_and_of_a_past_day_to_its_commune_as_it_was(grid, demonstration):
    assert cell(grid, "13.1").evaluate("link => link.pathname") == "/communes/17386/sub-items/13.1/"
    assert cell(grid, "3").evaluate("link => link.pathname") == "/communes/17386/criteria/3/"
    grid.goto(f"{demonstration}/matrix/?open=13&at=06/4/2023")
    cell(grid, "13.1").focus()
    grid.keyboard.press("d")
    grid.keyboard.press("z")
    expect(grid.locator("#side-panel")).to_be_hidden()
    cell(grid, "13.1").click()
    expect(grid).to_have_url(f"{demonstration}/communes/17386/?at=2023-04-06#tieu-chi-13")


def test_where_only_the_unmet_is_shown_a_cell_is_set_and_taken_back_without_a_conflict(grid, demonstration):
    grid.goto(f"{demonstration}/matrix/?open=12&show=unmet")
    code = grid.locator("#m17386 a[data-v]:text-is('○')").first.get_attribute("data-c") or ""
    cell(grid, code).focus()
    for key, sign in (("d", "✓"), ("c", "○"), ("d", "✓"), ("z", "○")):
        grid.keyboard.press(key)
        expect(cell(grid, code)).to_have_text(sign)
    expect(grid.locator("#side-panel [role=alert]")).to_have_count(0)


def test_a_typed_value_checks_the_status_that_it_means(grid, demonstration):
    grid.goto(f"{demonstration}/matrix/?open=3")
    cell(grid, "3.1").click()
    field = grid.locator("#side-panel input[name=value]")
    for value, status in (("79,9", "not_met"), ("80", "met")):
        field.fill(value)
        field.press("Tab")
        expect(grid.locator(f"#side-panel input[name=status][value={status}]")).to_be_checked()
    expect(grid.locator("#side-panel")).to_contain_text("Theo giá trị và ngưỡng")


def in_column(page: Page, code: str) -> list[Locator]:
    return page.locator(f"tbody a[data-c='{code}']").all()


def test_keys_typed_ahead_of_a_slow_line_all_arrive(grid):
    line = grid.context.new_cdp_session(grid)
    line.send("Network.enable")
    line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 300, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    cells = in_column(grid, "2.1")[:5]
    for key, sign in (("c", "○"), ("d", "✓")):
        cells[0].focus()
        for _ in cells:
            grid.keyboard.press(key)
            grid.keyboard.press("ArrowDown")
        # A second thought about the last one, before the first one is even answered.
        grid.keyboard.press("ArrowUp")
        grid.keyboard.press("d" if key == "c" else "c")
        grid.keyboard.press(key)
        for cell_of_column in cells:
            expect(cell_of_column).to_have_text(sign)
        expect(grid.locator("td.sending")).to_have_count(0)
    expect(grid.locator("#side-panel [role=alert]")).to_have_count(0)


def test_a_refused_key_stops_those_typed_after_it_and_asks_for_a_decision(grid, demonstration):
    other = sign_in(grid.context.browser.new_context().new_page(), demonstration, "quantri")
    other.goto(f"{demonstration}/matrix/?open=2")
    cells = in_column(grid, "2.1")[5:8]
    in_column(other, "2.1")[6].click()
    other.fill("#side-panel textarea[name=reason]", "Biên bản kiểm tra ngày 09/4")
    other.click("#side-panel button:has-text('Lưu kết quả')")
    expect(other.locator(".cell-now")).to_contain_text("Đã lưu lúc")
    cells[0].focus()
    for _ in cells:
        grid.keyboard.press("c")
        grid.keyboard.press("ArrowDown")
    expect(grid.locator("#side-panel [role=alert]")).to_be_focused()
    expect(grid.locator("td.in-hand")).to_have_text("✓")
    assert [found.inner_text() for found in cells] == ["○", "✓", "✓"]
    grid.keyboard.press("Escape")
    expect(cells[1]).to_be_focused()
    # The faster one's finding stands in the row as well: the next key builds on it.
    grid.keyboard.press("c")
    expect(cells[1]).to_have_text("○")


def test_z_takes_back_the_own_last_change_wherever_one_stands_and_nothing_else(grid):
    cells = in_column(grid, "2.1")[8:10]
    cells[1].focus()
    grid.keyboard.press("z")
    expect(grid.locator(".matrix-status")).to_contain_text("Chưa có thay đổi nào trên trang này")
    expect(cells[1]).to_have_text("✓")
    cells[0].focus()
    grid.keyboard.press("c")
    expect(cells[0]).to_have_text("○")
    grid.keyboard.press("Escape")
    cells[1].focus()
    grid.keyboard.press("z")
    expect(cells[0]).to_have_text("✓")
    expect(cells[0]).to_be_focused()
    expect(cells[1]).to_have_text("✓")


IS_UNCOVERED = """() => {
    const cell = document.querySelector("td.in-hand");
    const { left, right, top, bottom } = cell.getBoundingClientRect();
    const corners = [[left + 4, top + 4], [right - 4, top + 4], [left + 4, bottom - 4], [right - 4, bottom - 4]];
    return corners.every(([x, y]) => cell.contains(document.elementFromPoint(x, y)));
}"""


def test_the_cell_in_hand_is_never_covered_by_head_foot_names_or_panel(grid, demonstration):
    grid.goto(f"{demonstration}/matrix/?open=all")
    grid.locator("tbody td a").first.focus()
    rows, columns = grid.locator("tbody tr").count(), grid.locator("tbody tr").first.locator("td a").count()
    for key, times in (("ArrowRight", columns), ("ArrowDown", rows), ("ArrowLeft", columns), ("ArrowUp", rows)):
        for step in range(times):
            grid.keyboard.press(key)
            assert grid.evaluate(IS_UNCOVERED), f"{key} {step + 1}"
    grid.keyboard.press("End")
    grid.keyboard.press("Enter")
    expect(grid.locator("#finding-form")).to_be_visible()
    expect(grid.locator("#side-panel input:focus")).to_have_count(1)
    assert grid.evaluate(IS_UNCOVERED)


def test_saved_in_the_panel_the_hands_are_back_in_the_grid(grid):
    cell(grid, "13.3").focus()
    grid.keyboard.press("Enter")
    expect(grid.locator("#side-panel input[name=status]:focus")).to_have_count(1)
    grid.fill("#side-panel textarea[name=reason]", "Biên bản kiểm tra ngày 06/4")
    grid.click("#side-panel button:has-text('Lưu kết quả')")
    expect(grid.locator(".cell-now")).to_contain_text("Đã lưu lúc")
    expect(cell(grid, "13.3")).to_be_focused()


def test_a_key_for_what_stands_already_writes_nothing_and_says_so(grid):
    stands = in_column(grid, "2.1")[11]
    stands.focus()
    grid.keyboard.press("d")
    expect(grid.locator(".matrix-status")).to_contain_text("đang là “Đạt” rồi")
    expect(stands).to_be_focused()
    grid.keyboard.press("z")
    expect(grid.locator(".matrix-status")).to_contain_text("Chưa có thay đổi nào trên trang này")
    grid.keyboard.press("Enter")
    expect(grid.locator("#finding-form input:focus")).to_have_count(1)
    grid.keyboard.press("Enter")
    expect(grid.locator(".matrix-status")).to_contain_text("đang là “Đạt” rồi")
    expect(stands).to_be_focused()


def paste_over_two_met(page: Page, code: str) -> list[Locator]:
    """Paste "not met" over two met cells, one below the other, of a column; return them with the preview open."""
    column = in_column(page, code)
    shown = [found.inner_text() for found in column]
    first = next(at for at in range(len(column)) if shown[at : at + 2] == ["✓", "✓"])
    column[first].focus()
    page.evaluate("navigator.clipboard.writeText('Chưa đạt\\nChưa đạt')")
    page.keyboard.press("Control+V")
    expect(page.locator("#side-panel")).to_contain_text("2 ô sẽ đổi")
    return column[first : first + 2]


def test_a_pasted_block_is_written_in_place_and_one_key_takes_it_back(grid):
    cells = paste_over_two_met(grid, "13.3")
    assert [found.inner_text() for found in cells] == ["✓", "✓"], "nothing is written before it was shown"
    grid.click("#side-panel button:has-text('Ghi 2 ô vào bảng')")
    expect(cells[1]).to_have_text("○")
    expect(cells[0]).to_be_focused()
    grid.keyboard.press("z")
    expect(cells[1]).to_have_text("✓")
    expect(cells[0]).to_have_text("✓")
    expect(grid.locator(".cell-now")).to_contain_text("Đã hoàn tác 2 ô")
    grid.keyboard.press("z")
    expect(grid.locator(".matrix-status")).to_contain_text("Chưa có thay đổi nào trên trang này")


def test_z_takes_back_what_came_before_as_well(grid):
    cells = paste_over_two_met(grid, "13.1")
    grid.click("#side-panel button:has-text('Ghi 2 ô vào bảng')")
    expect(cells[1]).to_have_text("○")
    grid.keyboard.press("d")
    expect(cells[0]).to_have_text("✓")
    grid.keyboard.press("c")
    expect(cells[0]).to_have_text("○")
    for sign in ("✓", "○"):
        grid.keyboard.press("z")
        expect(cells[0]).to_have_text(sign)
    grid.keyboard.press("z")
    expect(cells[0]).to_have_text("✓")
    expect(cells[1]).to_have_text("✓")


@pytest.fixture
def measured(grid, demonstration) -> Page:
    """The panel of 12.1, opened in the grid: measured in two parts, not met."""
    grid.goto(f"{demonstration}/matrix/?open=12")
    cell(grid, "12.1").click()
    expect(grid.locator("#side-panel input[value=not_met]")).to_be_checked()
    return grid


def fill_parts(page: Page, value: str) -> None:
    for name in ("nam", "nu"):
        page.fill(f"#side-panel input[name$={name}]", value)


def test_what_is_chosen_while_the_values_propose_something_else_stays_chosen(measured):
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    measured.route("**propose=1**", hold)
    fill_parts(measured, "10")
    measured.locator("#side-panel input[value=met]").click()  # leaves the field, which asks what its value says
    for route in held:
        route.continue_()
    expect(measured.locator(".cell-proposed")).to_contain_text("Chưa đạt")
    expect(measured.locator("#side-panel input[value=met]")).to_be_checked()
    measured.click("#side-panel button:has-text('Lưu kết quả')")
    expect(measured.locator("#finding-form .wrong")).to_contain_text("ghi lý do")


def test_the_result_that_stands_is_a_choice_too_when_it_is_hit(measured):
    fill_parts(measured, "80")
    measured.locator("#side-panel input[value=not_met]").click()
    expect(measured.locator(".cell-proposed")).to_contain_text("Đạt")
    expect(measured.locator("#side-panel input[value=not_met]")).to_be_checked()


def test_what_the_values_propose_is_chosen_where_nobody_has_chosen(measured):
    fill_parts(measured, "10")
    measured.keyboard.press("Tab")
    expect(measured.locator(".cell-proposed")).to_contain_text("Chưa đạt")
    expect(measured.locator("#side-panel input[value=not_met]")).to_be_checked()


def test_a_value_saved_before_it_proposes_anything_takes_its_status_along(measured):
    fill_parts(measured, "80")
    measured.keyboard.press("Enter")
    expect(measured.locator(".cell-now")).to_contain_text("Đã lưu lúc")
    expect(cell(measured, "12.1")).to_have_text("✓")
    measured.click("#side-panel button:has-text('Hoàn tác')")
    expect(cell(measured, "12.1")).to_have_text("○")


def test_a_status_chosen_by_hand_is_still_the_persons_own_after_the_plan_beside_it_was_saved(measured):
    fill_parts(measured, "10")
    measured.locator("#side-panel input[value=met]").click()
    measured.locator("#side-panel summary:has-text('Kế hoạch')").click()
    measured.fill("#side-panel input[name=official]", "Bà Hoa")
    measured.click("#side-panel button:has-text('Lưu kế hoạch')")
    expect(measured.locator(".cell-now")).to_contain_text("Đã lưu kế hoạch")
    measured.click("#side-panel button:has-text('Lưu kết quả')")
    expect(measured.locator("#finding-form .wrong")).to_contain_text("ghi lý do")


@pytest.fixture
def typed(grid) -> Page:
    """The panel of 13.2, opened in the grid, with a reason that nobody has saved."""
    cell(grid, "13.2").click()
    grid.fill("#side-panel textarea[name=reason]", "Biên bản kiểm tra ngày 07/4")
    return grid


def sign_in_again(page: Page, url: str) -> None:
    page.context.clear_cookies(name="sessionid")
    sign_in(page.context.new_page(), url)


def test_a_login_that_ran_out_takes_nothing_along_that_was_typed_in_a_panel(typed):
    typed.context.clear_cookies(name="sessionid")
    typed.click("#side-panel button:has-text('Lưu kết quả')")
    expect(typed.locator("[role=alert]")).to_contain_text("phần vừa nhập chưa ghi được nhưng còn giữ trên máy này")
    typed.fill("input[name=username]", "huyen")
    typed.fill("input[name=password]", PASSWORD)
    typed.click("button[type=submit]")
    expect(typed.locator("#side-panel textarea[name=reason]")).to_have_value("Biên bản kiểm tra ngày 07/4")
    expect(typed.locator(".matrix-status")).to_contain_text("Cao Sơn · 13.2")
    typed.click("#side-panel button:has-text('Lưu kết quả')")
    expect(typed.locator("#side-panel .timeline")).to_contain_text("Biên bản kiểm tra ngày 07/4")


@pytest.mark.parametrize("with_panel", [False, True])
def test_a_key_after_the_login_has_run_out_says_that_it_was_not_written(grid, with_panel):
    if with_panel:
        cell(grid, "2.4").click()
        expect(grid.locator("#finding-form")).to_be_visible()
    grid.context.clear_cookies(name="sessionid")
    before = cell(grid, "2.4").inner_text()
    cell(grid, "2.4").focus()
    grid.keyboard.press("c" if before == "✓" else "d")
    expect(grid.locator("[role=alert]")).to_contain_text("thay đổi vừa rồi chưa được ghi")
    expect(grid.locator("main")).not_to_contain_text("phần vừa nhập")
    grid.fill("input[name=username]", "huyen")
    grid.fill("input[name=password]", PASSWORD)
    grid.click("button[type=submit]")
    expect(grid.locator("#messages")).to_contain_text("Thay đổi vừa rồi chưa được ghi")
    expect(cell(grid, "2.4")).to_have_text(before)
    grid.wait_for_timeout(500)
    expect(grid.locator("#messages")).not_to_contain_text("được giữ lại")
    expect(grid.locator("#side-panel")).to_be_hidden()


def test_a_login_renewed_in_another_tab_takes_nothing_along_either(typed, demonstration):
    sign_in_again(typed, demonstration)
    typed.click("#side-panel button:has-text('Lưu kết quả')")
    expect(typed.locator("#messages")).to_contain_text("được giữ lại")
    expect(typed.locator("#side-panel textarea[name=reason]")).to_have_value("Biên bản kiểm tra ngày 07/4")
    typed.fill("#side-panel textarea[name=reason]", "Biên bản kiểm tra ngày 08/4")
    typed.click("#side-panel button:has-text('Lưu kết quả')")
    expect(typed.locator(".cell-now")).to_contain_text("Đã lưu lúc")


def test_a_key_after_a_login_renewed_in_another_tab_says_that_the_page_is_old(grid, demonstration):
    sign_in_again(grid, demonstration)
    cell(grid, "13.2").focus()
    grid.keyboard.press("d")
    expect(grid.locator("#messages")).to_contain_text("thay đổi vừa rồi chưa được ghi. Mời tải lại trang (F5)")
    expect(grid.locator("#messages")).not_to_contain_text("chép")
    expect(grid.locator("#side-panel")).to_be_hidden()


@pytest.mark.parametrize("slip", ["Escape", "another cell"])
def test_what_was_typed_in_a_panel_is_asked_about_before_it_goes(typed, slip):
    asked: list[str] = []
    typed.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    if slip == "Escape":
        typed.keyboard.press("Escape")
    else:
        cell(typed, "13.1").click()
    expect(typed.locator("#side-panel textarea[name=reason]")).to_have_value("Biên bản kiểm tra ngày 07/4")
    assert asked == ["Phần vừa nhập chưa được lưu. Bỏ phần đó?"]


def test_saving_one_form_of_a_panel_leaves_what_was_typed_in_the_other(typed):
    typed.fill("#side-panel textarea[name=reason]", "Biên bản kiểm tra ngày 06/4")
    typed.click("#side-panel summary:has-text('Kế hoạch')")
    typed.fill("#side-panel [name=official]", "Nguyễn Thị Hoa")
    typed.click("#side-panel button:has-text('Lưu kết quả')")
    expect(typed.locator(".cell-now")).to_contain_text("Đã lưu lúc")
    expect(typed.locator("#side-panel [name=official]")).to_have_value("Nguyễn Thị Hoa")
    typed.fill("#side-panel textarea[name=reason]", "Biên bản kiểm tra ngày 08/4")
    typed.click("#side-panel button:has-text('Lưu kế hoạch')")
    expect(typed.locator(".cell-now")).to_contain_text("Đã lưu kế hoạch")
    expect(typed.locator("#side-panel textarea[name=reason]")).to_have_value("Biên bản kiểm tra ngày 08/4")
    asked: list[str] = []
    typed.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    typed.keyboard.press("Escape")
    assert asked, "what was typed and not saved is still asked about"


def test_a_commune_with_its_district_takes_no_more_height_than_one_without(grid):
    # As a province sees it (criteria/tables.py).
    district = '<span class="under">huyện Anh Sơn</span>'
    grid.evaluate("html => document.querySelector('#m17386 th').insertAdjacentHTML('beforeend', html)", district)
    for media in ("screen", "print"):
        grid.emulate_media(media=media)
        boxes = [grid.locator(f"#m{code}").bounding_box() for code in ("17386", "17338")]
        heights = [box["height"] for box in boxes if box]
        assert heights[0] < heights[1] + 2, media


def test_a_long_name_takes_lines_rather_than_the_room_of_the_cells(grid):
    name = grid.locator("#m17386 th")
    name.locator("a").evaluate("link => { link.textContent = 'Phước Thạnh Trường Xuân Đông Bắc Thượng Ng' }")
    assert name.evaluate("box => box.offsetWidth") <= 14 * 16
    assert name.evaluate("box => box.scrollWidth <= box.clientWidth")


def test_a_printed_grid_cuts_no_name_of_a_group_and_keeps_names_off_the_lines(grid, demonstration):
    grid.set_viewport_size({"width": 1030, "height": 730})  # A4 across
    grid.goto(f"{demonstration}/matrix/?at=2023-03-31")
    grid.emulate_media(media="print")
    cut = "heads => heads.filter(head => head.scrollWidth > head.clientWidth).map(head => head.innerText)"
    assert grid.locator(".bands th").evaluate_all(cut) == []
    assert grid.locator(".bands").evaluate("row => row.offsetHeight") < 32, "a word is broken"
    right = "getBoundingClientRect().right"
    gaps = f"marks => marks.map(mark => mark.closest('th').{right} - mark.{right})"
    assert min(grid.locator("tbody .demo").evaluate_all(gaps)) > 2
    sizes = "rows => rows.map(row => parseFloat(getComputedStyle(row).fontSize))"
    name, below = (grid.locator(f"tfoot {part}").evaluate_all(sizes)[0] for part in ("th", ".under"))
    assert below < name


def test_a_phone_has_the_totals_of_a_commune_in_one_line_below_its_tiles(grid, demonstration):
    grid.set_viewport_size({"width": 360, "height": 780})
    for opened in ("all", ""):
        grid.goto(f"{demonstration}/matrix/?open={opened}")
        row = grid.locator("#m17386")
        tile, criteria, sub_items = (row.locator("td").nth(place).bounding_box() for place in (-3, -2, -1))
        assert criteria["y"] == sub_items["y"] >= tile["y"] + tile["height"]
        assert criteria["x"] == row.locator("th").bounding_box()["x"]


def test_a_figure_beside_a_sign_stands_as_high_as_the_rest_of_its_row(grid, demonstration):
    grid.goto(f"{demonstration}/summary/")
    ends = """row => [...row.querySelectorAll("td.figure")].map(cell => {
      const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), range = document.createRange();
      while (texts.nextNode()) if (/[0-9]/.test(texts.currentNode.data)) range.selectNodeContents(texts.currentNode);
      return range.getBoundingClientRect().bottom;
    })"""
    found = grid.locator("tr:has(a:text-is('Khai Sơn')):has(.sign)").evaluate(ends)
    assert len(found) == 5
    assert max(found) - min(found) < 0.5


def test_a_printed_commune_has_no_line_that_only_leads_on(browser: Browser, demonstration):
    context = browser.new_context()
    page = sign_in(context.new_page(), demonstration)
    page.route(re.compile(r"\bwork/$"), lambda route: route.abort())
    page.goto(f"{demonstration}/communes/17386/")
    expect(page.get_by_text("Xem công việc của xã Cao Sơn")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_text("Xem công việc của xã Cao Sơn")).to_be_hidden()
    context.close()


def test_files_that_a_login_that_ran_out_kept_back_are_not_laid_on_the_network(grid, demonstration):
    grid.goto(f"{demonstration}/communes/17386/evidence/")
    grid.set_input_files("[name=files]", [{"name": "2.2_a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}])
    grid.context.clear_cookies(name="sessionid")
    grid.click("button:has-text('Tải lên')")
    expect(grid.locator(".evidence-outcome.refused")).to_contain_text("phiên đăng nhập đã hết")


def test_a_choice_of_files_is_counted_by_what_became_of_it_and_the_page_brought_up_to_date(grid, demonstration):
    grid.goto(f"{demonstration}/communes/17338/evidence/")
    met = grid.locator("tr:has(.tag.attention) .code").first.inner_text()
    missing = grid.locator(".tag.attention").count()
    bodies = {f"{met}_a.pdf": make_pdf(b"/N 1"), f"{met}_b.pdf": make_pdf(b"/N 1"), "c.pdf": make_pdf(b"/N 2")}
    files = [*bodies.items(), ("d.pdf", b"%PDF")]
    grid.set_input_files(
        "[name=files]", [{"name": name, "mimeType": "application/pdf", "buffer": body} for name, body in files]
    )
    grid.click("button:has-text('Tải lên')")
    expect(grid.locator(".evidence-progress")).to_have_text("2 tệp mới, 1 trùng, 1 không nhận. ")
    expect(grid.locator(".evidence-outcome").nth(1)).to_contain_text(f"Trùng với “{met}_a.pdf” vừa tải lên")
    expect(grid.locator("#page-state")).to_contain_text("2 tệp;")
    expect(grid.locator(".tag.attention")).to_have_count(missing - 1)
    expect(grid.locator("#tray-title + p")).to_contain_text("1 tệp")
    expect(grid.locator(".evidence-outcome")).to_have_count(4)

    grid.fill(".evidence-place [name=codes]", "2")
    more = {"name": "e.pdf", "mimeType": "application/pdf", "buffer": make_pdf(b"/N 3")}
    grid.set_input_files("[name=files]", [more])
    grid.click("button:has-text('Tải lên')")
    expect(grid.locator(".evidence-progress")).to_have_text("1 tệp mới. Xem danh sách mới")
    expect(grid.locator(".evidence-place [name=codes]")).to_have_value("2")


def drop_files(page: Page, *names: str) -> None:
    page.evaluate(
        """names => {
            const dataTransfer = new DataTransfer();
            names.forEach((name) => dataTransfer.items.add(new File([name], name)));
            const dropped = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
            document.querySelector(".evidence-drop").dispatchEvent(dropped);
        }""",
        names,
    )


def test_a_dropped_folder_is_told_from_a_network_that_failed(grid, demonstration, tmp_path):
    grid.goto(f"{demonstration}/communes/17386/evidence/")
    zone = grid.locator(".evidence-drop").bounding_box()
    assert zone
    dropped = {"items": [], "files": [str(tmp_path)], "dragOperationsMask": 1}
    devtools = grid.context.new_cdp_session(grid)
    for step in ("dragEnter", "dragOver", "drop"):
        place = {"type": step, "x": zone["x"] + 20, "y": zone["y"] + 20}
        devtools.send("Input.dispatchDragEvent", {**place, "data": dropped})
    expect(grid.locator(".evidence-outcome.refused")).to_have_text(
        f"{tmp_path.name}: đây là thư mục, hoặc tệp không còn ở chỗ cũ. Hãy mở thư mục rồi chọn các tệp bên trong."
    )


def test_files_dropped_while_others_are_sent_wait_their_turn_and_each_has_its_line(grid, demonstration):
    grid.goto(f"{demonstration}/communes/17386/evidence/")
    sent: list[Route] = []

    def held(route: Route) -> None:
        """The second file is on its way until it is let go."""
        sent.append(route)
        if len(sent) != 2:
            route.continue_()

    grid.route("**/evidence/upload/", held)
    progress, lines = grid.locator(".evidence-progress"), grid.locator(".evidence-outcome")
    drop_files(grid, "a.pdf", "b.pdf", "c.pdf")
    expect(progress).to_have_text("Đang gửi tệp 2/3: b.pdf")
    drop_files(grid, "d.pdf", "e.pdf", "f.pdf")
    expect(progress).to_have_text("Đang gửi tệp 2/6: b.pdf")
    sent[1].continue_()
    expect(progress).to_have_text("0 tệp mới, 6 không nhận. ")
    assert lines.locator("strong").all_inner_texts() == [f"{name}.pdf" for name in "abcdef"]
    expect(grid.locator("button:has-text('Tải lên')")).to_be_enabled()


def test_a_row_of_a_commune_opens_its_panel_wherever_it_is_hit(grid, demonstration):
    grid.goto(f"{demonstration}/communes/17386/")
    grid.locator("#tieu-chi-4 .item-name").first.click(force=True)  # the link of the code lies over the row
    expect(grid.locator("#side-panel h2")).to_contain_text("4.1")


def test_a_commune_makes_room_for_its_panel_and_the_row_in_hand_stays_where_it_was(grid, demonstration):
    grid.set_viewport_size({"width": 1366, "height": 768})
    grid.goto(f"{demonstration}/communes/17386/")
    place = "document.querySelector('#tieu-chi-13 tr:nth-child(3)').getBoundingClientRect().top"
    link = grid.locator("#tieu-chi-13 a:visible:text-is('13.2')")
    link.scroll_into_view_if_needed()
    before = grid.evaluate(place)

    link.click()

    expect(grid.locator("#side-panel h2")).to_contain_text("13.2")
    page, panel = (grid.locator(part).bounding_box() for part in ("#tieu-chi", "#side-panel"))
    assert page["x"] + page["width"] <= panel["x"]
    assert abs(grid.evaluate(place) - before) <= 1
    grid.keyboard.press("Escape")
    expect(link).to_be_focused()
    assert abs(grid.evaluate(place) - before) <= 1


def test_the_grid_is_one_step_of_the_keyboard_from_the_top_of_its_page(grid):
    grid.keyboard.press("Tab")
    grid.keyboard.press("Enter")  # to the content, then to the grid
    for _ in range(8):
        grid.keyboard.press("Tab")
        if grid.evaluate("document.activeElement.textContent") == "Đến bảng":
            break
    grid.keyboard.press("Enter")
    expect(grid.locator("tbody td a:focus")).to_have_count(1)


def test_the_map_of_a_commune_shows_every_name_whole_on_a_phone(grid, demonstration):
    for width in (320, 360, 390):
        grid.set_viewport_size({"width": width, "height": 740})
        grid.goto(f"{demonstration}/communes/17386/")
        expect(grid.locator(".cell-name")).to_have_count(19)
        cut = "names => names.filter((name) => name.scrollWidth > name.clientWidth).map((name) => name.textContent)"
        assert grid.locator(".cell-name").evaluate_all(cut) == [], width


def test_the_filters_stand_in_one_line_and_say_what_they_are_set_to(grid, demonstration):
    grid.set_viewport_size({"width": 1366, "height": 768})
    grid.goto(f"{demonstration}/matrix/?open=17&sort=17")
    row = ".matrix-sheet > .filters"
    bottoms = [
        piece.bounding_box()["y"] + piece.bounding_box()["height"]
        for piece in grid.locator(f"{row} .input, {row} .button").all()
    ]
    assert max(bottoms) - min(bottoms) < 8
    assert grid.evaluate(
        """row => [...document.querySelectorAll(`${row} select`)].every(select => {
            const style = getComputedStyle(select), ink = document.createElement("canvas").getContext("2d")
            ink.font = style.font
            const arrow = 20, padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight)
            return ink.measureText(select.selectedOptions[0].text).width + padding + arrow <= select.offsetWidth
        })""",
        row,
    )


def test_keys_on_a_past_day_change_nothing_and_say_why(grid, demonstration):
    grid.goto(f"{demonstration}/matrix/?open=2&at=06/4/2023")
    cell(grid, "2.2").focus()
    grid.keyboard.press("d")
    expect(grid.locator(".matrix-status")).to_contain_text("Số liệu ngày 06/4/2023 chỉ để xem")
    expect(cell(grid, "2.2")).to_have_text("○")


def test_the_totals_stay_in_view_while_the_cells_are_pushed_aside(grid):
    grid.set_viewport_size({"width": 1100, "height": 768})
    scroller = grid.locator(".matrix-scroll")
    assert scroller.evaluate("box => box.scrollWidth > box.clientWidth")
    edge = scroller.evaluate("box => box.getBoundingClientRect().right")
    total = grid.locator("#m17386 td.total").last
    assert total.evaluate("box => Math.round(box.getBoundingClientRect().right)") <= round(edge)
    assert total.evaluate("box => box.getBoundingClientRect().left") > edge - 100


def test_a_phone_shows_the_first_commune_at_once_and_the_filters_on_demand(grid, demonstration):
    grid.set_viewport_size({"width": 360, "height": 740})
    grid.goto(f"{demonstration}/matrix/")
    search = grid.locator("#filters input[name=q]")
    expect(search).to_be_hidden()
    expect(grid.locator("tbody tr").first).to_be_in_viewport()
    grid.click("text=Tìm, lọc, sắp xếp")
    search.fill("cao son")
    search.press("Enter")
    expect(grid.locator("tbody tr")).to_have_count(1)
    expect(search).to_have_value("cao son")
    expect(search).to_be_visible()
    assert grid.evaluate("document.documentElement.scrollWidth") == 360


def test_a_reason_that_is_one_long_address_widens_no_page(grid, demonstration):
    """Written under 13.3, whose status stays as it is."""
    address = "http://drive.example.vn/" + "nghiquyethdndxacaoson2023" * 60
    cell(grid, "13.3").click()
    grid.fill("#side-panel textarea[name=reason]", address)
    grid.click("#side-panel button:has-text('Lưu kết quả')")
    expect(grid.locator("#side-panel .timeline").last).to_contain_text(address)
    assert grid.locator("#side-panel").evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    for page in ("/communes/17386/sub-items/13.3/", "/changes/?commune=17386"):
        grid.goto(f"{demonstration}{page}")
        assert grid.evaluate("document.documentElement.scrollWidth <= innerWidth")
    name = grid.locator(".change-log tbody tr", has_text="drive.example.vn").locator("th")
    assert name.bounding_box()["width"] > 150
