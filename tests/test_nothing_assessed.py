"""Before the first finding, as after a new criteria set: pages say that nothing is assessed, no average of nothing."""

from datetime import date

import pytest

from communes.enums import Role
from criteria.models import CriteriaSet, SubItem
from criteria.periods import month_period
from criteria.selectors.commune import trend
from criteria.selectors.history import standings
from criteria.services import change_assessment, undo_change
from ntm_tracker.lib.clock import start_of, today
from tasks.summary.documents import summary_document
from tasks.summary.selectors import sheet, summary
from tests import factories
from tests.pages import sign_in, text

pytestmark = pytest.mark.django_db
SAID = "hưa xã nào được đánh giá"


@pytest.fixture
def communes(settings):
    settings.NTM_TODAY = date(2023, 4, 10)
    factories.make_criteria_set()
    district = factories.make_letterhead().authority
    return [factories.make_commune(authority=district) for _ in range(2)]


@pytest.fixture
def people(communes):
    district = communes[0].authority
    return {
        "office": factories.make_user(authority=district),
        "leader": factories.make_user(Role.LEADER, authority=district),
        "province": factories.make_user(authority=district.parent),
    }


PAGES = [*(("office", url) for url in ("/", "/matrix/", "/communes/", "/summary/")), ("leader", "/"), ("province", "/")]


@pytest.mark.parametrize(("who", "url"), PAGES)
def test_a_page_without_findings_says_so_and_counts_nothing(people, who, url):
    page = text(sign_in(people[who]).get(url))
    assert SAID in page
    assert "0/0" not in page
    assert "xã 0,0" not in page
    assert "nội dung đạt (0,0%)" not in page
    assert "Không còn tiêu chí nào chưa đạt" not in page


def test_so_does_the_report(people, communes):
    document = summary_document(summary(people["office"], communes[0].authority, month_period(date(2023, 4, 1))))
    texts = [str(vars(block)) for block in document.body]
    assert any(f"C{SAID}." in block for block in texts)
    assert not any("0/0" in block for block in texts)


@pytest.mark.parametrize(("who", "url"), PAGES)
def test_with_one_finding_they_count(people, communes, who, url):
    change_assessment(commune=communes[0], sub_item=SubItem.objects.first(), status="met", by=None, expected_version=0)
    assert SAID not in text(sign_in(people[who]).get(url))


@pytest.fixture
def taken_back(people, communes):
    """Of the first commune something is known; the first finding of the second one was taken back on the same day."""
    first, *_ = SubItem.objects.of_set(CriteriaSet.objects.get())
    for commune in communes:
        found = change_assessment(
            commune=commune, sub_item=first, status="met", by=people["office"], expected_version=0, at=start_of(today())
        )
    undo_change(assessment=found, by=people["office"], expected_version=1)
    return found.commune


@pytest.mark.parametrize("later", [0, 3])
def test_a_finding_taken_back_leaves_its_commune_unknown_on_every_page(people, taken_back, settings, later):
    """On the day itself and after it."""
    settings.NTM_TODAY = date(2023, 4, 10 + later)
    client = sign_in(people["office"])
    rows = client.get("/communes/").context["rows"]
    table, whole = client.get("/matrix/").context["matrix"], client.get("/summary/").context["summary"]
    for known in (
        {row.commune: row.is_known for row in rows},
        {row.commune: row.is_known for row in table.rows},
        {row.commune: row.is_known for row in whole.rows},
    ):
        assert known[taken_back] is False
        assert sorted(known.values()) == [False, True]
    assert (whole.totals.unknown, whole.totals.sub_items_mean) == (1, 1)
    assert [row.communes.total for row in whole.criteria] == [1, 1]


def test_a_finding_taken_back_gives_its_commune_no_course(people, taken_back, settings):
    settings.NTM_TODAY = date(2023, 4, 13)
    criteria_set = CriteriaSet.objects.get()
    days = [date(2023, 4, 10), date(2023, 4, 13)]
    standing = standings([taken_back], criteria_set, days)[taken_back.pk]
    assert [standing[day].is_known for day in days] == [False, False]
    assert trend(taken_back, criteria_set, until=days[-1]) == ([], None)
    assert sheet(taken_back, people["office"]).course.points == ()
    page = text(sign_in(people["office"]).get(f"/communes/{taken_back.code}/compare/?from=10/4/2023"))
    assert "chưa có số liệu ngày 10/4/2023 nên không so sánh được" in page
    assert "0/2" not in page
