"""Before the first finding, as after a new criteria set: pages say that nothing is assessed, no average of nothing."""

from datetime import date

import pytest

from communes.enums import Role
from criteria.models import SubItem
from criteria.periods import month_period
from criteria.services import change_assessment
from tasks.summary.documents import summary_document
from tasks.summary.selectors import summary
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
