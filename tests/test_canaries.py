"""Canaries: every commune of two districts carries a token of its own wherever somebody can write.

Every role then goes through all pages that it finds, searches, completes, downloads, and asks for what isn't
theirs by its address: no token of another one's may come back, neither in a page nor in a file.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from html import unescape
from io import BytesIO
from urllib.parse import urljoin, urlsplit
from zipfile import ZipFile

import pytest
from django.contrib import admin
from django.http import HttpResponse
from pypdf import PdfReader

from communes.enums import Role
from communes.models import Authority, Commune, User
from communes.querysets import CommuneQuerySet
from criteria.models import SubItem, SubItemPlan
from criteria.services import attach_evidence
from tasks.enums import NoticeStatus
from tests import factories
from tests.pages import sign_in

pytestmark = pytest.mark.django_db

TOKEN = re.compile(r"kanari[a-z]{2}")
# Pages of one path with several queries: the first ones tell.
QUERIES_OF_A_PATH, MOST_PAGES = 2, 120
NEVER = re.compile(r"^/(static|logout|login|admin/(logout|jsi18n|password_change|r/))")
ZIPPED = ("spreadsheetml", "wordprocessingml")

World = dict[str, User]


def settle(token: str, authority: Authority, sub_items: list[SubItem]) -> Commune:
    """Make a commune with something of every kind, and write `token` into all of it."""
    commune = factories.make_commune(authority=authority, name=f"Sơn {token}")
    staff = factories.make_user(Role.COMMUNE, commune=commune, full_name=f"Lê {token}", post=f"Cán bộ {token}")
    factories.make_user(Role.DEPARTMENT, authority=authority)
    for sub_item in sub_items:
        finding = factories.make_assessment(
            commune=commune, sub_item=sub_item, reason=f"Lý do {token}", changed_by=staff
        )
        SubItemPlan.objects.create(commune=commune, sub_item=sub_item, official=f"Ông {token}", solution=token)
        evidence = factories.make_evidence(
            f"%PDF-1.7 {token} {sub_item.code}".encode(), commune=commune, uploaded_by=staff,
            original_name=f"{token}.pdf", title=f"Biên bản {token}", issuer=f"UBND {token}",
        )  # fmt: skip
        attach_evidence(finding=finding, files=[evidence], by=staff)
    report = factories.make_report(
        commune=commune, month=date(2023, 4, 1), criteria_set=sub_items[0].criterion.criteria_set
    )
    report.lines.create(sub_item=sub_items[0], note=f"Ghi chú {token}")
    for status in (NoticeStatus.DRAFT, NoticeStatus.ISSUED):
        notice = factories.make_notice(commune=commune, status=status, subject=f"Kết luận {token}")
        point = factories.make_point(notice=notice, text=f"Giao việc {token}")
        factories.make_task(commune=commune, point=point, text=f"Nhiệm vụ {token}", note=f"Lưu ý {token}")
    factories.make_proposal(commune=commune, text=f"Kiến nghị {token}", place=f"Thôn {token}")
    return commune


@pytest.fixture
def world(settings, tmp_path) -> dict[str, tuple[User, set[str]]]:
    """People by name, each with the tokens that they may meet. `aa`, `ab`: communes of district `ax`."""
    settings.NTM_TODAY, settings.MEDIA_ROOT = date(2023, 4, 10), tmp_path
    sub_items = list(SubItem.objects.of_set(factories.make_criteria_set()))
    people = {}
    for letter in "ab":
        authority = factories.make_authority(name=f"huyện kanari{letter}x")
        factories.make_letterhead(authority=authority, place=f"Nơi kanari{letter}x")
        own = {f"kanari{letter}{other}" for other in "abx"}
        department = factories.make_department(authority=authority, full_name=f"Phòng kanari{letter}x")
        communes = [settle(f"kanari{letter}{other}", authority, sub_items) for other in "ab"]
        people |= {
            f"{letter} officer": (factories.make_user(authority=authority), own),
            f"{letter} leader": (factories.make_user(Role.LEADER, authority=authority), own),
            f"{letter} department": (factories.make_user(Role.DEPARTMENT, department=department), own),
            f"{letter} commune": (
                factories.make_user(Role.COMMUNE, commune=communes[0]), {f"kanari{letter}a", f"kanari{letter}x"}
            ),
        }  # fmt: skip
    return people


def said(answer: HttpResponse) -> str:
    """Everything that an answer says: its page, the text of its file, its headers."""
    kind = answer.headers.get("Content-Type", "")
    headers = unescape(str(dict(answer.headers)))
    if kind.startswith("application/pdf") and answer.content.startswith(b"%PDF") and len(answer.content) > 1000:
        return headers + "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    if any(word in kind for word in ZIPPED):
        with ZipFile(BytesIO(answer.content)) as archive:
            return headers + "".join(archive.read(name).decode(errors="ignore") for name in archive.namelist())
    return headers + answer.content.decode(errors="ignore")


def crawl(person: User, starts: list[str], most: int = MOST_PAGES) -> dict[str, str]:
    """Follow every link from `starts`; return what each address said."""
    client, seen, waiting = sign_in(person), {}, list(dict.fromkeys(starts))
    client.raise_request_exception = False
    asked: dict[str, int] = defaultdict(int)
    while waiting and len(seen) < most:
        address = waiting.pop(0)
        path = urlsplit(address).path
        # Rows of one list differ in their numbers only: a few of them tell.
        shape = re.sub(r"/\d+/", "/0/", path) if path.startswith("/admin/") else path
        if address in seen or asked[shape] >= QUERIES_OF_A_PATH:
            continue
        asked[shape] += 1
        answer = client.get(address)
        assert answer.status_code < 500 or answer.status_code == 503, address
        seen[address] = said(answer)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            waiting += list(links(address, answer.text))
        elif "Location" in answer.headers:
            waiting.append(answer.headers["Location"])
    return seen


def links(address: str, page: str) -> Iterator[str]:
    for found in re.findall(r'(?:href|src|hx-get)="([^"#]+)', page):
        target = urlsplit(urljoin(address, unescape(found)))
        if not target.netloc and not NEVER.match(target.path):
            yield f"{target.path}?{target.query}" if target.query else target.path


def asked_for_by_address() -> list[str]:
    """Addresses of every commune, notice and file of both districts, and what a search or a choice may complete."""
    found = ["/", "/search/?q=kanari", "/search/?q=son", "/summary/", "/matrix/?open=all", "/changes/", "/khong-co/"]
    for commune in Commune.objects.all():
        base = f"/communes/{commune.code}/"
        found += [
            base,
            *(f"{base}{page}/" for page in ("work", "compare", "results", "sheet", "evidence", "sheet/pdf")),
        ]
        found += [f"{base}sub-items/1.1/", f"{base}results/xlsx/", f"/reports/{commune.code}/2023-04/"]
        found += [f"/evidence/{file.token}/" for file in commune.evidence.all()]
        found += [f"/notices/{notice.pk}/{page}" for notice in commune.notices.all() for page in ("", "pdf/", "docx/")]
        found += [f"/admin/communes/commune/{commune.pk}/change/", f"/search/?q={commune.name.split()[1]}"]
    return found


def completions() -> list[str]:
    """The addresses at which the admin site completes a choice."""
    return [
        f"/admin/autocomplete/?term={term}&app_label={model._meta.app_label}"
        f"&model_name={model._meta.model_name}&field_name={name}"
        for model, section in admin.site._registry.items()
        for name in section.autocomplete_fields
        for term in ("kanari", "")
    ]


def foreign(pages: dict[str, str], own: set[str]) -> list[tuple[str, str]]:
    """Return (address, token) of each token that isn't the person's. What they typed themselves doesn't count."""
    return [
        (address, token)
        for address, text in pages.items()
        for token in sorted(set(TOKEN.findall(text)) - own)
        if token not in address
    ]


ROLES = [f"a {role}" for role in ("officer", "leader", "department", "commune")]


@pytest.mark.parametrize("name", ROLES)
def test_nobody_meets_what_belongs_to_another_commune_or_district(world, name):
    person, own = world[name]
    asked = asked_for_by_address() + (completions() if person.is_staff else [])
    pages = crawl(person, asked, most=len(asked) + MOST_PAGES)
    assert foreign(pages, own) == []
    met = set().union(*(TOKEN.findall(text) for text in pages.values()))
    assert met == own, "who doesn't meet their own tokens hasn't looked"


def test_an_unscoped_list_is_found(world, monkeypatch):
    monkeypatch.setattr(CommuneQuerySet, "visible_to", lambda rows, _user: rows)
    person, own = world["a officer"]
    found = {token for _, token in foreign(crawl(person, ["/communes/", "/matrix/"], most=4), own)}
    assert found >= {"kanariba", "kanaribb"}


def test_an_unscoped_completion_is_found(world, monkeypatch):
    monkeypatch.setattr(CommuneQuerySet, "visible_to", lambda rows, _user: rows)
    person, own = world["a officer"]
    choices = [address for address in completions() if address.endswith("field_name=commune")]
    assert {token for _, token in foreign(crawl(person, choices, most=20), own)} >= {"kanariba", "kanaribb"}
