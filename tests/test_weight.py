"""Every page is light enough for a slow line: at first 60 kB, 25 kB of it script, 10 requests; then 15 kB.

What a browser fetches for a page is fetched here as it would: the page itself, its styles, scripts, pictures
and the parts that load by themselves, compressed as the product sends them.
"""

import re
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path
from secrets import token_bytes
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from ntm_tracker.lib.compress import compressed_page
from ntm_tracker.lib.staticfiles import squeezed
from tests.pages import sign_in
from tests.test_canaries import links

KILOBYTE = 1000
MOST_BYTES, MOST_SCRIPT, MOST_REQUESTS, MOST_AGAIN = 60 * KILOBYTE, 25 * KILOBYTE, 10, 15 * KILOBYTE
# A notice is composed on one page, all its points in forms of their own: on the way to the limit.
HEAVIER_AGAIN = {"/notices/0/edit/": 16_500}
LOGIN_BYTES = 30 * KILOBYTE
# The head of an answer with its policy and cookie, which the test client doesn't send.
HEAD = 900
FETCHED = re.compile(
    r'<link[^>]*rel="(?:stylesheet|icon|preload)"[^>]*href="([^"]+)"|<script[^>]*src="([^"]+)"'
    r'|<img[^>]*src="([^"]+)"|hx-get="([^"]+)"[^>]*hx-trigger="load'
)
# Many addresses are one page with other data: of each shape the first one is weighed.
SHAPE, OF_A_SHAPE = re.compile(r"/(\d+|\d{4}-\d{2}|[A-Za-z0-9_-]{20,}|\d+\.\d+)/"), 1

# Files, and Django's own admin site, which only officers at good lines open.
NO_PAGE = re.compile(
    r"^/(admin|evidence/[^/]+/(thumb/)?$|exchange/\w+/workbook)|/(pdf|docx|xlsx|thumb)/|\.svg|format=xlsx"
)


@dataclass(frozen=True)
class Weight:
    """What a page costs on its first visit, and `again` on the next: the page, its parts, and whether pictures hold."""

    bytes: int
    script: int
    requests: int
    again: int

    @property
    def is_heavy(self) -> bool:
        return self.bytes > MOST_BYTES or self.script > MOST_SCRIPT or self.requests > MOST_REQUESTS


def weigh(client: Client, address: str, page: str) -> Weight:
    fetched = {unescape(next(filter(None, found))) for found in FETCHED.findall(page)}
    sizes = {one: size_of(client, urljoin(address, one)) for one in fetched}
    whole = compressed(page.encode()) + HEAD
    asked_again = {one: size for one, size in sizes.items() if not one.startswith(settings.STATIC_URL)}
    return Weight(
        bytes=whole + sum(sizes.values()),
        again=whole + sum(HEAD if ".svg" in one or "/thumb/" in one else size for one, size in asked_again.items()),
        script=sum(size for one, size in sizes.items() if urlsplit(one).path.endswith(".js")),
        requests=1 + len(fetched),
    )


def size_of(client: Client, address: str) -> int:
    path = urlsplit(address).path
    if not path.startswith(settings.STATIC_URL):
        return compressed(client.get(address, headers={"HX-Request": "true"}).content) + HEAD
    return size_of_file(path.removeprefix(settings.STATIC_URL))


@cache
def size_of_file(name: str) -> int:
    file = finders.find(name)
    assert file, f"{name} is no file"
    return compressed(squeezed(name, Path(file).read_bytes())) + HEAD // 3


def compressed(content: bytes) -> int:
    return min(len(content), len(compressed_page(content)))


def pages_of(client: Client, most: int = 150) -> dict[str, str]:
    """Follow links from the home page; return the pages of the product."""
    found: dict[str, str] = {}
    waiting, shapes = ["/"], dict[str, int]()
    while waiting and len(found) < most:
        address = waiting.pop(0)
        path = urlsplit(address).path
        shape = SHAPE.sub("/0/", SHAPE.sub("/0/", path))
        if address in found or shapes.get(shape, 0) >= OF_A_SHAPE or NO_PAGE.search(address):
            continue
        shapes[shape] = shapes.get(shape, 0) + 1
        answer = client.get(address)
        if answer.headers.get("Content-Type", "").startswith("text/html") and answer.status_code == 200:
            found[address] = answer.text
            waiting += links(address, answer.text)
    return found


@pytest.mark.parametrize("username", ["huyen", "caoson"])
def test_no_page_is_heavier_than_a_slow_line_carries(demo, username):
    client = sign_in(demo.user(username))
    pages = pages_of(client) | {
        address: client.get(address).text for address in ("/matrix/?open=all", "/search/?q=son", "/khong-co/")
    }
    weights = {address: weigh(client, address, page) for address, page in pages.items()}
    assert len(weights) > 15
    heavy = {address: weight for address, weight in weights.items() if weight.is_heavy}
    assert heavy == {}, max(weights.values(), key=lambda weight: weight.bytes)
    again = {
        address: weight.again
        for address, weight in weights.items()
        if weight.again > HEAVIER_AGAIN.get(SHAPE.sub("/0/", address), MOST_AGAIN)
    }
    assert again == {}


def test_the_way_in_is_lighter_still(db):
    client = Client()
    weight = weigh(client, "/login/", client.get("/login/").text)
    assert weight.bytes <= LOGIN_BYTES
    assert weight.requests <= MOST_REQUESTS


def test_a_library_of_32_kilobytes_too_many_is_noticed(demo, tmp_path, monkeypatch):
    """The control: one script more, of signs that can't be compressed."""
    heavy = tmp_path / "library.js"
    heavy.write_bytes(token_bytes(32_000))
    found = finders.find
    monkeypatch.setattr(finders, "find", lambda path: str(heavy) if path.endswith("library.js") else found(path))
    client = sign_in(demo.user("huyen"))
    page = client.get("/").text.replace("</head>", f'<script src="{settings.STATIC_URL}library.js"></script></head>')
    assert weigh(client, "/", page).script > MOST_SCRIPT
