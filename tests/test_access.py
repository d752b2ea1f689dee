"""Who gets what from every address: url name × role × method (the table of rights, seen from outside).

A new url needs a row in `TABLE`; without one `test_every_url_has_a_row` fails. Outside a person's reach
the answer is 404, inside without the right 403.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from communes.enums import AuthorityLevel, Role
from communes.models import Message, User
from criteria.models import ReportLine
from tasks.enums import NoticeStatus
from tests.criteria.reports.desk import make_sent_report
from tests.factories import (
    make_assessment,
    make_authority,
    make_commune,
    make_criteria_set,
    make_evidence,
    make_letterhead,
    make_notice,
    make_notice_file,
    make_point,
    make_proposal,
    make_report,
    make_task,
    make_user,
)
from tests.lib.files import make_image

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
# Beside the sign-in: the page on which anybody who holds a notice's paper can check it.
# A person's private calendar link, known by its key alone.
OPEN_TO_THE_WORLD = {"login", "start", "healthz", "verify:find", "verify:notice", "tasks:feed"}

Answers = dict[str, int]


def for_all(status: int, **others: int) -> Answers:
    """The same status for every signed-in person, but for `others`."""
    return {**dict.fromkeys(SIGNED_IN, status), **others}


SIGNED_IN = (
    "district",
    "department",
    "own_commune",
    "other_commune",
    "leader",
    "province",
    "other_district",
    "administrator",
)
ROLES = ("anonymous", *SIGNED_IN)
OUTSIDE = {"other_commune": 404, "other_district": 404}

EVERYBODY = for_all(200)
# Whoever has the commune in their reach: its own staff, and the offices above it.
IN_REACH = for_all(200, **OUTSIDE)
# The offices in whose reach the commune lies; its own staff not (drafts).
OFFICES = for_all(200, own_commune=404, **OUTSIDE)
NO_COMMUNE = for_all(200, own_commune=403, other_commune=403)


@dataclass(frozen=True)
class Row:
    """What an address answers. A method that isn't named is refused with 405."""

    methods: dict[str, Answers]
    args: tuple[str, ...] = ()
    anonymous: dict[str, int] = field(default_factory=dict)

    def expected(self, role: str, method: str) -> int:
        if role == "anonymous":
            return self.anonymous.get(method, 302 if not self.anonymous else 405)
        return self.methods.get(method, for_all(405))[role]


def changes(right: int, *, without: tuple[str, ...] = ()) -> Answers:
    """A write: `right` for those who may, 403 for `without`, 404 outside the person's reach."""
    return {**for_all(right), **dict.fromkeys(without, 403), **OUTSIDE}


def writers(right: int) -> Answers:
    """What isn't about one commune: `right` for those who may change findings, 403 for the others."""
    return for_all(right, own_commune=403, other_commune=403, leader=403)


def officers(right: int) -> Answers:
    """What belongs to the offices: `right` for officers and administrators, 403 for the others."""
    return {**writers(right), "department": 403}


OFFICERS = officers(200)


READERS = ("department", "own_commune", "leader")


def authors(right: int) -> Answers:
    """A draft: `right` for those who write notices, 403 for the rest of the office, 404 for everybody else."""
    return {**for_all(right, department=403, leader=403, own_commune=404), **OUTSIDE}


# Only the commune's own staff sends; a report that was sent leads them to its receipt.
SENDERS = {**for_all(403, own_commune=302), **OUTSIDE}
# Only the commune's own staff fills in.
CLERKS = {**SENDERS, "own_commune": 200}
# Of a draft that nobody sent the others see nothing.
DRAFT_IS_OWN = for_all(404, own_commune=200)

# url name → its row, or several for several objects.
TABLE: dict[str, Row | tuple[Row, ...]] = {
    "home": Row({"GET": EVERYBODY}),
    "healthz": Row({"GET": EVERYBODY}, anonymous={"GET": 200}),
    "login": Row(
        {"GET": for_all(302), "HEAD": for_all(302), "POST": for_all(302), "PUT": for_all(302)}
        | dict.fromkeys(("PATCH", "DELETE", "OPTIONS", "TRACE"), for_all(302)),
        anonymous={"GET": 200, "HEAD": 200, "POST": 200, "PUT": 200, "OPTIONS": 200},
    ),
    "logout": Row({"POST": for_all(302), "OPTIONS": for_all(200)}),
    # Everybody's own; a message of somebody else doesn't exist.
    "password": Row({"GET": EVERYBODY, "HEAD": EVERYBODY, "POST": for_all(422)}),
    "account": Row({"GET": EVERYBODY, "HEAD": EVERYBODY, "POST": for_all(302)}),
    "messages:list": Row({"GET": EVERYBODY}),
    "messages:read_all": Row({"POST": for_all(302)}),
    "messages:open": Row({"POST": for_all(404, other_commune=302)}, ("message",)),
    "communes:list": Row({"GET": EVERYBODY}),
    "communes:detail": Row({"GET": IN_REACH}, ("commune",)),
    "communes:changes": Row({"GET": OFFICERS}),
    # The other district has no commune to change.
    "communes:change": Row(
        {**{method: {**OFFICERS, "other_district": 302} for method in ("GET", "HEAD")}, "POST": officers(422)},
        ("unit_change",),
    ),
    # A commune that follows no other one has nothing to show there.
    "communes:predecessors": Row(dict.fromkeys(("GET", "HEAD", "POST"), for_all(404)), ("commune",)),
    "communes:criterion": Row({"GET": IN_REACH}, ("commune", "number")),
    # An empty form: 422 means that the person got as far as the form.
    "communes:cell": Row(
        {"GET": IN_REACH, "HEAD": IN_REACH, "POST": changes(422, without=READERS)}, ("commune", "sub_item")
    ),
    # Without a version there is nothing to take back: 404 for those who may.
    "communes:cell-undo": Row({"POST": changes(404, without=READERS)}, ("commune", "sub_item")),
    "communes:cell-plan": Row(
        {"GET": changes(302), "HEAD": changes(302), "POST": changes(422, without=("department", "leader"))},
        ("commune", "sub_item"),
    ),
    "criteria:catalogue": Row({"GET": EVERYBODY}),
    # An empty form says of nothing that it was checked.
    "criteria:verification": Row(
        {**dict.fromkeys(("GET", "HEAD"), for_all(403, administrator=200)), "POST": for_all(403, administrator=302)},
        ("number",),
    ),
    "matrix": Row({"GET": EVERYBODY}),
    "matrix-paste-undo": Row({"POST": writers(404)}),
    "matrix-paste": Row({"GET": writers(200), "HEAD": writers(200), "POST": writers(422)}),
    # Only a department has the word that findings wait for; without their versions nothing was shown.
    "matrix-confirm": Row(
        {
            **dict.fromkeys(("GET", "HEAD"), for_all(403, department=200)),
            "POST": for_all(403, department=422),
        }
    ),
    "exchange:matrix": Row({"GET": EVERYBODY}),
    "exchange:status": Row({"GET": writers(200), "HEAD": writers(200), "POST": writers(200)}),
    "exchange:status-workbook": Row({"GET": {**writers(200), "other_district": 302}}),
    # A preview that nobody kept leads back to the upload.
    "exchange:status-preview": Row({"GET": writers(302), "HEAD": writers(302), "POST": writers(302)}, ("token",)),
    "exchange:units": Row({"GET": OFFICERS, "HEAD": OFFICERS, "POST": OFFICERS}),
    "exchange:units-workbook": Row({"GET": OFFICERS}),
    "exchange:units-preview": Row(dict.fromkeys(("GET", "HEAD", "POST"), officers(302)), ("token",)),
    "waiting_accounts": Row({"GET": OFFICERS}),
    "start": Row(
        dict.fromkeys(("GET", "HEAD", "POST"), for_all(200)),
        ("token", "token"),
        anonymous=dict.fromkeys(("GET", "HEAD", "POST"), 200),
    ),
    "exchange:criteria-set": Row(dict.fromkeys(("GET", "HEAD", "POST"), for_all(403, administrator=200))),
    "exchange:criteria-set-workbook": Row({"GET": for_all(403, administrator=200)}),
    "exchange:criteria-set-preview": Row(
        dict.fromkeys(("GET", "HEAD", "POST"), for_all(403, administrator=302)), ("token",)
    ),
    "exchange:carry-over": Row({"GET": OFFICERS, "HEAD": OFFICERS, "POST": OFFICERS}),
    "exchange:carry-over-preview": Row(dict.fromkeys(("GET", "HEAD", "POST"), officers(302)), ("token",)),
    "evidence:overview": Row({"GET": EVERYBODY}),
    "evidence:board": Row({"GET": IN_REACH}, ("commune",)),
    # Without files the answer says so; a reload of the answer leads back to the list.
    "evidence:upload": Row({"GET": changes(302), "POST": changes(200, without=("leader",))}, ("commune",)),
    "evidence:of_sub_item": Row({"GET": IN_REACH}, ("commune", "sub_item")),
    "evidence:download": Row({"GET": IN_REACH}, ("picture",)),
    "evidence:thumb": Row({"GET": IN_REACH}, ("picture",)),
    # A department that neither sent the file nor guides what it supports leaves it as it is.
    "evidence:edit": Row(dict.fromkeys(("GET", "POST"), changes(200, without=("department", "leader"))), ("picture",)),
    "evidence:place": Row({"POST": changes(302, without=("leader",))}, ("picture",)),
    "evidence:delete": Row(
        {
            "GET": changes(200, without=("department", "leader")),
            "POST": changes(302, without=("department", "leader")),
        },
        ("picture",),
    ),
    # A whole form without a field changes nothing; into a sent report nothing is written.
    "reports:board": Row({"GET": EVERYBODY}),
    "reports:reminder": Row(
        # An empty form; the other district has no commune to be asked.
        {"GET": OFFICERS, "HEAD": OFFICERS, "POST": {**officers(422), "other_district": 200}}
    ),
    "reports:page": (
        Row({"GET": IN_REACH, "HEAD": IN_REACH, "POST": SENDERS}, ("commune", "draft_month")),
        Row({"GET": IN_REACH, "HEAD": IN_REACH, "POST": SENDERS}, ("commune", "sent_month")),
    ),
    "reports:begin": Row({"POST": SENDERS}, ("commune", "draft_month")),
    # Parts of the form for scripts; whoever comes without is led to the form.
    "reports:line": Row(dict.fromkeys(("GET", "HEAD", "POST"), SENDERS), ("commune", "draft_month", "draft_line")),
    "reports:narrative": Row(dict.fromkeys(("GET", "HEAD", "POST"), SENDERS), ("commune", "draft_month", "text_part")),
    "reports:evidence": Row(dict.fromkeys(("GET", "HEAD", "POST"), CLERKS), ("commune", "draft_month", "draft_line")),
    "reports:blank": Row({"GET": CLERKS}, ("commune", "draft_month")),
    "reports:workbook": Row({"GET": CLERKS}, ("commune", "draft_month")),
    "reports:workbook-upload": Row(
        {"GET": CLERKS, "HEAD": CLERKS, "POST": {**CLERKS, "own_commune": 422}}, ("commune", "draft_month")
    ),
    "reports:workbook-preview": Row(
        dict.fromkeys(("GET", "HEAD", "POST"), SENDERS), ("commune", "draft_month", "token")
    ),
    # The report of March was sent: its commune reads it, the office judges it. An empty form: 422 for whoever may.
    "reports:submit": Row(dict.fromkeys(("GET", "HEAD", "POST"), SENDERS), ("commune", "sent_month")),
    "reports:receipt": Row({"GET": IN_REACH}, ("commune", "sent_month")),
    "reports:preview": (
        Row({"GET": IN_REACH}, ("commune", "sent_month")),
        Row({"GET": DRAFT_IS_OWN}, ("commune", "draft_month")),
    ),
    "reports:pdf": Row({"GET": IN_REACH}, ("commune", "sent_month")),
    "reports:docx": (
        Row({"GET": IN_REACH}, ("commune", "sent_month")),
        Row({"GET": DRAFT_IS_OWN}, ("commune", "draft_month")),
    ),
    "reports:signed-copy": Row({"POST": SENDERS}, ("commune", "sent_month")),
    "reports:file": Row({"GET": IN_REACH}, ("commune", "sent_month", "signed_copy")),
    "reports:versions": Row({"GET": IN_REACH}, ("commune", "sent_month")),
    "reports:judge": Row({"POST": changes(422, without=READERS)}, ("commune", "sent_month", "sub_item")),
    # The department of this world doesn't guide the sub-item.
    "reports:opinion": Row({"POST": {**for_all(403), **OUTSIDE}}, ("commune", "sent_month", "sub_item")),
    "reports:accept-unchanged": Row({"POST": changes(302, without=READERS)}, ("commune", "sent_month")),
    "reports:accept": Row({"POST": changes(302, without=READERS)}, ("commune", "sent_month")),
    "reports:return": Row({"POST": changes(422, without=READERS)}, ("commune", "sent_month")),
    "reports:ask-reopening": Row({"POST": {**SENDERS, "own_commune": 422}}, ("commune", "sent_month")),
    "reports:reopen": Row({"POST": changes(422, without=READERS)}, ("commune", "sent_month")),
    "search": Row({"GET": EVERYBODY}),
    "notices:list": Row({"GET": EVERYBODY}),
    "notices:old": Row({"GET": OFFICERS, "HEAD": OFFICERS, "POST": officers(422)}),
    "notices:detail": (Row({"GET": OFFICES}, ("draft",)), Row({"GET": IN_REACH}, ("issued",))),
    "notices:pdf": Row({"GET": OFFICES}, ("draft",)),
    "notices:docx": Row({"GET": OFFICES}, ("draft",)),
    # The other district has no commune to write about.
    "notices:new": Row(
        {**{method: {**OFFICERS, "other_district": 302} for method in ("GET", "HEAD")}, "POST": officers(422)}
    ),
    "notices:register": Row({"GET": EVERYBODY}),
    "notices:issue": Row({**dict.fromkeys(("GET", "HEAD"), authors(200)), "POST": authors(422)}, ("draft",)),
    "notices:revoke": Row(
        {**dict.fromkeys(("GET", "HEAD"), changes(200, without=READERS)), "POST": changes(422, without=READERS)},
        ("issued",),
    ),
    "notices:edit": Row({"GET": authors(200)}, ("draft",)),
    "notices:preview": Row({"GET": authors(200)}, ("draft",)),
    "notices:earlier": Row({"GET": authors(200)}, ("draft",)),
    "notices:part": Row({"POST": authors(422)}, ("draft", "part")),
    # Without a section, or a kind of one, there is nothing to add: 404 for those who may.
    "notices:add-section": Row({"POST": authors(404)}, ("draft",)),
    "notices:section": Row({"POST": authors(422)}, ("draft", "section")),
    "notices:add-point": Row({"POST": authors(404)}, ("draft",)),
    # Alone a point is shown in its draft.
    "notices:point": Row({"GET": authors(302), "HEAD": authors(302), "POST": authors(422)}, ("draft", "point")),
    "notices:point-tasks": Row(dict.fromkeys(("GET", "HEAD", "POST"), authors(200)), ("draft", "point")),
    # Without a file the answer is the form again.
    "signing:page": Row(
        {**dict.fromkeys(("GET", "HEAD"), changes(200, without=READERS)), "POST": changes(422, without=READERS)},
        ("issued",),
    ),
    "signing:file": Row({"GET": IN_REACH}, ("issued", "scan")),
    "verify:find": Row(dict.fromkeys(("GET", "HEAD"), EVERYBODY), anonymous={"GET": 200, "HEAD": 200}),
    # A code that nobody bears.
    "verify:notice": Row(
        dict.fromkeys(("GET", "HEAD", "POST"), for_all(404)),
        ("token",),
        anonymous=dict.fromkeys(("GET", "HEAD", "POST"), 404),
    ),
    "tasks:of_commune": Row({"GET": IN_REACH}, ("commune",)),
    "proposals:list": Row({"GET": EVERYBODY}),
    # An empty form: 422 means that the person got as far as the form.
    "proposals:new": Row(
        {
            "GET": for_all(403, own_commune=200, other_commune=200),
            "HEAD": for_all(403, own_commune=200, other_commune=200),
            "POST": for_all(403, own_commune=422, other_commune=422),
        }
    ),
    "proposals:detail": Row({"GET": IN_REACH}, ("proposal",)),
    # A commune changes what it asked for, the office answers it.
    "proposals:edit": Row(
        {
            "GET": {**for_all(403, own_commune=200), **OUTSIDE},
            "HEAD": {**for_all(403, own_commune=200), **OUTSIDE},
            "POST": {**for_all(403, own_commune=422), **OUTSIDE},
        },
        ("proposal",),
    ),
    "proposals:reply": Row({"GET": changes(302), "POST": changes(422, without=READERS)}, ("proposal",)),
    "tasks:list": Row({"GET": EVERYBODY}),
    "tasks:feed_link": Row({"GET": EVERYBODY, "HEAD": EVERYBODY, "POST": for_all(302)}),
    # A key that is nobody's.
    "tasks:feed": Row({"GET": for_all(404)}, ("token",), anonymous={"GET": 404}),
    "tasks:register": Row({"GET": EVERYBODY}),
    # An empty form: 422 means that the person got as far as the form.
    "tasks:new": Row({"GET": OFFICERS, "HEAD": OFFICERS, "POST": officers(422)}),
    "tasks:detail": Row({"GET": IN_REACH}, ("task",)),
    "tasks:edit": Row(
        {
            "GET": changes(200, without=READERS),
            "HEAD": changes(200, without=READERS),
            "POST": changes(422, without=READERS),
        },
        ("task",),
    ),
    # The commune leads it; a department that neither leads nor supports it only reads.
    "tasks:report": Row({"GET": changes(302), "POST": changes(422, without=("department", "leader"))}, ("task",)),
    "tasks:extension": Row({"GET": changes(302), "POST": changes(422, without=("department", "leader"))}, ("task",)),
    "tasks:decide": Row({"GET": changes(302), "POST": changes(422, without=READERS)}, ("task",)),
    "tasks:extension_decide": Row({"GET": changes(302), "POST": changes(422, without=READERS)}, ("task",)),
    "tasks:conclusion": Row({"POST": changes(302, without=READERS)}, ("conclusion",)),
    "tasks:of_sub_item": Row({"GET": IN_REACH}, ("commune", "sub_item")),
    "history:changes": Row({"GET": EVERYBODY}),
    "history:compare": Row({"GET": IN_REACH}, ("commune",)),
    "history:results": Row({"GET": IN_REACH}, ("commune",)),
    "history:results_pdf": Row({"GET": IN_REACH}, ("commune",)),
    "history:results_docx": Row({"GET": IN_REACH}, ("commune",)),
    "history:results_xlsx": Row({"GET": IN_REACH}, ("commune",)),
    # Commune staff know the totals; what lists every commune isn't theirs.
    "summary:page": Row({"GET": EVERYBODY}),
    "summary:pdf": Row({"GET": NO_COMMUNE}),
    "summary:docx": Row({"GET": NO_COMMUNE}),
    "summary:xlsx": Row({"GET": NO_COMMUNE}),
    "summary:chart": (Row({"GET": NO_COMMUNE}, ("chart_of_communes",)), Row({"GET": EVERYBODY}, ("chart_of_all",))),
    "summary:sheet": Row({"GET": IN_REACH}, ("commune",)),
    "summary:sheet_pdf": Row({"GET": IN_REACH}, ("commune",)),
    "summary:commune_trend": Row({"GET": IN_REACH}, ("commune",)),
    "admin:index": Row(
        dict.fromkeys(METHODS, for_all(302, district=200, province=200, other_district=200, administrator=200))
    ),
}

ROWS = [
    pytest.param(name, row, role, id=f"{name}-{index}-{role}" if index else f"{name}-{role}")
    for name, rows in TABLE.items()
    for index, row in enumerate(rows if isinstance(rows, tuple) else (rows,))
    for role in ROLES
]


@dataclass(frozen=True)
class World:
    """One commune and everybody around it."""

    people: dict[str, User]
    args: dict[str, str | int | date]

    def client(self, role: str) -> Client:
        client = Client(raise_request_exception=True)
        if role != "anonymous":
            client.force_login(self.people[role], "communes.access.LoginBackend")
        return client


@pytest.fixture
def world(db, settings, tmp_path) -> World:
    settings.MEDIA_ROOT = tmp_path
    settings.NTM_TODAY = date(2023, 4, 10)
    cache.clear()  # codes that others tried in vain
    province = make_authority(level=AuthorityLevel.PROVINCE, parent=make_authority(level=AuthorityLevel.COUNTRY))
    district = make_authority(parent=province)
    make_letterhead(authority=district)
    commune, neighbour = make_commune(authority=district), make_commune(authority=district)
    criteria_set = make_criteria_set()
    sub_item = criteria_set.criteria.first().sub_items.first()
    make_assessment(commune=commune, sub_item=sub_item)
    people = {
        "district": make_user(authority=district),
        "department": make_user(Role.DEPARTMENT, authority=district),
        "own_commune": make_user(Role.COMMUNE, commune=commune),
        "other_commune": make_user(Role.COMMUNE, commune=neighbour),
        "leader": make_user(Role.LEADER, authority=district),
        "province": make_user(authority=province),
        "other_district": make_user(),
        "administrator": make_user(Role.ADMINISTRATOR),
    }
    picture = make_evidence(make_image(), commune=commune, uploaded_by=people["own_commune"], content_type="image/jpeg")
    issued = make_notice(commune=commune, status=NoticeStatus.ISSUED)
    draft = make_notice(commune=commune)
    point = make_point(notice=draft)
    sent = make_sent_report(commune=commune, criteria_set=criteria_set, by=people["own_commune"])
    drafted = make_report(commune=commune, criteria_set=criteria_set)
    message = Message.objects.create(recipient=people["other_commune"], key="tin-1", text="Tin báo")
    args = {
        "message": message.pk,
        "sent_month": sent.month,
        "draft_month": drafted.month,
        "draft_line": ReportLine.objects.create(report=drafted, sub_item=sub_item).pk,
        "text_part": "results",
        "signed_copy": sent.files.get().pk,
        "picture": picture.token,
        "commune": commune.code,
        "number": 1,
        "token": "khong-co",
        "unit_change": "merge",
        "chart_of_communes": "communes",
        "chart_of_all": "trend",
        "sub_item": sub_item.code,
        "draft": draft.pk,
        "part": "recipients",
        "section": point.section_id,
        "point": point.pk,
        "issued": issued.pk,
        "task": make_task(commune=commune, lead_commune=commune).pk,
        "proposal": make_proposal(commune=commune).pk,
        "conclusion": make_point(notice=issued).pk,
        "scan": make_notice_file(notice=issued, stored_by=people["district"]).pk,
    }
    return World(people, args)


@pytest.mark.parametrize(("name", "row", "role"), ROWS)
def test_every_address_answers_each_role_as_declared(world, name, row, role):
    address = reverse(name, args=[world.args[key] for key in row.args])
    answers = {method: world.client(role).generic(method, address).status_code for method in METHODS}
    assert answers == {method: row.expected(role, method) for method in METHODS}


@pytest.mark.parametrize("name", sorted(TABLE.keys() - OPEN_TO_THE_WORLD))
def test_who_is_not_signed_in_is_led_to_the_login_and_back(world, name):
    rows = TABLE[name]
    row = rows[0] if isinstance(rows, tuple) else rows
    address = reverse(name, args=[world.args[key] for key in row.args])
    answer = Client().get(address, follow=True)
    assert answer.redirect_chain[-1] == (f"{reverse('login')}?next={address}", 302)


def named(patterns: list, spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, URLPattern]]:
    """Every pattern of the resolver with its full name."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            space = (pattern.namespace,) if pattern.namespace else ()
            yield from named(pattern.url_patterns, (*spaces, *space))
        else:
            yield ":".join((*spaces, pattern.name or str(pattern.pattern))), pattern


def own_urls() -> dict[str, URLPattern]:
    """Our addresses; of the admin site its door, the rest is the admin's own (tests of the admin)."""
    urls = dict(named(get_resolver().url_patterns))
    return {name: url for name, url in urls.items() if not name.startswith("admin:") or name == "admin:index"}


def test_every_url_has_a_row_and_every_row_a_url():
    assert set(own_urls()) == set(TABLE)


def test_only_login_and_health_are_open_to_the_world():
    open_urls = {name for name, url in own_urls().items() if not getattr(url.callback, "login_required", True)}
    assert open_urls == OPEN_TO_THE_WORLD
    assert "django.contrib.auth.middleware.LoginRequiredMiddleware" in django_settings.MIDDLEWARE


def body(response: HttpResponse) -> str:
    """The page without what differs from request to request: its token."""
    return "\n".join(line for line in response.text.splitlines() if "csrf" not in line.lower())


@pytest.mark.parametrize(
    ("name", "key", "never"),
    [
        ("communes:detail", "commune", "99999"),
        ("notices:detail", "draft", 987654),
        ("evidence:board", "commune", "99999"),
        ("evidence:download", "picture", "khong-co"),
    ],
)
def test_beyond_reach_looks_like_never_existed(world, name, key, never):
    client = world.client("other_district")
    foreign = client.get(reverse(name, args=[world.args[key]]))
    missing = client.get(reverse(name, args=[never]))
    assert foreign.status_code == missing.status_code == 404
    assert body(foreign) == body(missing)


def test_a_page_that_is_not_found_has_the_look_of_the_product(world):
    answer = world.client("district").get("/communes/99999/")
    assert answer.status_code == 404
    assert "css/tokens.css" in answer.text
    assert "Theo dõi nông thôn mới" in answer.text
