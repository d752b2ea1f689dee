"""The demonstration as `make run` serves it, in a real browser: it opens, stays at home and is light.

The limits are made for a slow rural line: 60 kB take about two seconds at 700 kbit/s and 300 ms.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "ntm-demo-2023"
KB = 1000
LONG_NAMES = """{
    const call = (places, name) => document.querySelectorAll(places).forEach(one => { one.textContent = name })
    call('.topbar-person-name', 'Nguyễn Thị Phương Thảo Hồng Nhung')
    call('tbody th a, tbody td:first-child > a', 'Nghĩa Trường Sơn')
}"""
FIT = """(() => {
    const height = place => document.querySelector(place).offsetHeight
    const beyond = document.documentElement.scrollWidth - innerWidth
    const isStuck = box => box.scrollWidth > box.clientWidth && !box.matches('[tabindex]') && !box.querySelector('a')
    const stuck = [...document.querySelectorAll('.table-scroll')].filter(isStuck).length
    return {beyond, stuck, head: height('.page-header'), bar: height('.topbar')}
})()"""
PAGES = ["/", "/matrix/", "/communes/", "/criteria/", "/notices/"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory):
    """The address of a server with the demonstration as the start script sets it up in an empty folder."""
    port, folder = free_port(), folder_of_its_own(tmp_path_factory)
    with running(port, folder):
        keep(folder, tmp_path_factory)
        yield f"http://127.0.0.1:{port}"


def folder_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder, or what the first server of the run was set up with: setting up costs twenty seconds."""
    folder, kept = tmp_path_factory.mktemp("demonstration"), kept_folder(tmp_path_factory)
    if kept.exists():
        shutil.copytree(kept, folder, dirs_exist_ok=True)
    return folder


def keep(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Put aside what stands in `folder`, untouched by any test; of two at once the first one's stays."""
    kept = kept_folder(tmp_path_factory)
    if not kept.exists():
        mine = shutil.copytree(folder, kept.with_name(f"{kept.name}-{os.getpid()}"))
        with contextlib.suppress(OSError):
            mine.rename(kept)


def kept_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The place that all processes of the run share."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demonstration-kept"


@contextlib.contextmanager
def running(port: int, folder: Path) -> Iterator[subprocess.Popen]:
    """The start script's server on `port` with its data in `folder`, answering."""
    kept = {name: text for name, text in os.environ.items() if name != "DATABASE_URL" and not name.startswith("NTM_")}
    settings = {"NTM_DATA_DIR": str(folder), "NTM_DEBUG": "1", "NTM_TODAY": "2023-04-10", "PORT": str(port)}
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "scripts/serve"], cwd=ROOT, env=kept | settings, stdout=log, stderr=log
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz/", server, folder / "log")
        yield server
    finally:
        stop(server)


def stop(server: subprocess.Popen) -> None:
    """Ctrl-C; on a machine too busy to heed it, the end of the process."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(60)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def wait_for(url: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(600):
        if server.poll() is not None:
            break
        try:
            urlopen(url, timeout=5).close()  # noqa: S310 - our own server
            return
        except (URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"The demonstration did not start:\n{log.read_text()}")


class Traffic:
    """What a page fetched: how much travelled, from where, and what the browser complained about."""

    def __init__(self, page: Page):
        self.bytes: dict[str, int] = {}
        self.urls: dict[str, str] = {}
        self.complaints: list[str] = []
        session = page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self.sent)
        session.on("Network.loadingFinished", self.finished)
        session.send("Network.enable")
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def sent(self, event: dict) -> None:
        if not event["request"]["url"].startswith("data:"):
            self.urls[event["requestId"]] = event["request"]["url"]

    def finished(self, event: dict) -> None:
        if event["requestId"] in self.urls:
            self.bytes[event["requestId"]] = event["encodedDataLength"]

    def total(self, ending: str = "") -> int:
        return int(sum(size for key, size in self.bytes.items() if urlsplit(self.urls[key]).path.endswith(ending)))

    def hosts(self) -> set[str]:
        return {urlsplit(url).netloc for url in self.urls.values()}


def visit(browser: Browser, url: str, state: dict | None = None) -> tuple[Page, Traffic]:
    """Open `url` in a browser that has never been there, signed in when `state` holds a session."""
    page = browser.new_context(storage_state=state, locale="vi-VN").new_page()
    traffic = Traffic(page)
    page.goto(url, wait_until="networkidle")
    return page, traffic


@pytest.fixture(scope="module")
def officer(browser, demonstration):
    """The session of the district's officer, signed in through the form."""
    page = browser.new_context().new_page()
    page.goto(f"{demonstration}/")
    page.fill("[name=username]", "huyen")
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_url(f"{demonstration}/")
    state = page.context.storage_state()
    page.context.close()
    return state


def addresses(browser: Browser, demonstration: str, officer: dict) -> list[str]:
    """The main pages, and the first commune and the first notice that they link to."""
    found = list(PAGES)
    for listing in ("/communes/", "/notices/"):
        page, _ = visit(browser, demonstration + listing, officer)
        found.append(page.locator(f'main a[href^="{listing}"]:not([href*="?"])').first.get_attribute("href"))
        page.context.close()
    return found


def test_a_wrong_address_gets_the_page_of_an_installation(browser, demonstration):
    page = browser.new_page()
    answer = page.goto(f"{demonstration}/khong-co/")
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("Không tìm thấy trang")
    assert "urlconf" not in page.content().lower()
    page.close()


def test_the_login_page_weighs_at_most_30_kb(browser, demonstration):
    _, traffic = visit(browser, f"{demonstration}/login/")
    assert 0 < traffic.total() <= 30 * KB
    assert traffic.complaints == []


def test_connections_that_ask_nothing_hold_nobody_up(demonstration):
    """Browsers open some in advance."""
    address = ("127.0.0.1", urlsplit(demonstration).port)
    with contextlib.ExitStack() as idle:
        for _ in range(6):
            idle.enter_context(socket.create_connection(address))
        time.sleep(0.5)
        for _ in range(4):
            assert urlopen(f"{demonstration}/healthz/", timeout=10).read() == b"ok"  # noqa: S310 - our own server


def test_ctrl_c_ends_the_server_at_once_although_a_browser_keeps_a_connection_open(tmp_path_factory):
    port = free_port()
    with (
        running(port, folder_of_its_own(tmp_path_factory)) as server,
        socket.create_connection(("127.0.0.1", port)) as idle,
    ):
        idle.sendall(b"GET /healthz/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"200 OK" in idle.recv(1000)
        server.send_signal(signal.SIGINT)
        assert server.wait(20) == 0


def test_every_main_page_is_light_stays_at_home_and_raises_no_complaint(browser, demonstration, officer):
    """Cold at most 60 kB, 10 requests, 25 kB of script; coming back at most 15 kB."""
    limits = {"bytes": 60 * KB, "requests": 10, "script": 25 * KB, "again": 15 * KB}
    heavy = []
    for address in addresses(browser, demonstration, officer):
        page, traffic = visit(browser, demonstration + address, officer)
        assert traffic.hosts() == {urlsplit(demonstration).netloc}, address
        assert traffic.complaints == [], address
        cold = traffic.total()
        asked = list(traffic.urls.values())
        figures = {"bytes": cold, "requests": len(asked), "script": traffic.total(".js")}
        page.goto(demonstration + address, wait_until="networkidle")
        figures["again"] = traffic.total() - cold
        if any(figures[name] > limit for name, limit in limits.items()):
            heavy.append(f"{address}: {figures}\n  " + "\n  ".join(asked))
        page.context.close()
    assert not heavy, "\n".join(heavy)


def test_every_main_page_fits_its_screen_and_its_head_stays_low(browser, demonstration, officer):
    """683 pixels are a laptop at 200 %; names are as long as some are. What is wider is reached by keyboard too."""
    main = addresses(browser, demonstration, officer)
    page = browser.new_context(storage_state=officer).new_page()
    misfits = []
    for address in [*main, "/reports/", "/summary/", "/communes/17380/results/"]:
        page.goto(f"{demonstration}{address}")
        page.evaluate(LONG_NAMES)
        for width in (360, 683, 768, 1024, 1366):
            page.set_viewport_size({"width": width, "height": 740})
            figures = page.evaluate(FIT)
            if figures["beyond"] > 0 or figures["stuck"] or figures["head"] > 320 or figures["bar"] > 64:
                misfits.append((address, width, figures))
    page.context.close()
    assert misfits == []


def test_on_paper_nothing_is_left_to_be_filled_in_and_headings_stand_above_their_lines(browser, demonstration, officer):
    page = browser.new_context(storage_state=officer).new_page()
    page.emulate_media(media="print")
    page.goto(f"{demonstration}/communes/17386/evidence/")
    expect(page.get_by_role("heading", name="Theo nội dung")).to_be_visible()
    expect(page.get_by_text("Tải minh chứng lên")).to_be_hidden()
    page.goto(f"{demonstration}/communes/17386/sub-items/2.1/")
    expect(page.locator(".cell-now")).to_be_visible()
    expect(page.locator("#finding-form")).to_be_hidden()
    page.goto(f"{demonstration}/")
    inset = "box => box.getBoundingClientRect().left + parseFloat(getComputedStyle(box).paddingLeft)"
    heading, line = (page.locator(place).first.evaluate(inset) for place in (".agenda-kind", ".agenda > li"))
    assert heading == line
    page.context.close()


def test_charts_can_be_read_on_a_phone(browser, demonstration, officer):
    """Their letters, 13 units high, are 10 pixels or more on the screen."""
    page = browser.new_context(viewport={"width": 360, "height": 740}, storage_state=officer).new_page()
    for address in ("/summary/", "/communes/17377/compare/"):
        page.goto(f"{demonstration}{address}")
        for picture in page.locator("figure.chart img").all():
            picture.scroll_into_view_if_needed()
            page.wait_for_function("image => image.complete && image.naturalWidth", arg=picture.element_handle())
            shown = picture.evaluate(
                "img => (img.clientWidth - 2 * parseFloat(getComputedStyle(img).paddingLeft)) / img.naturalWidth"
            )
            assert 13 * shown >= 10
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.context.close()
