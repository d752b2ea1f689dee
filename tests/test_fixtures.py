"""What the fixtures hold: the criteria set, the units, and the notice on Cao Sơn word for word."""

import json
import re
import unicodedata
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

from communes.enums import CommuneKind
from communes.models import Commune, Department
from criteria.enums import Provenance, ThresholdState
from criteria.models import CommuneZone, CriteriaGroup, Criterion, SubItem, SubItemGuide, Threshold
from tasks.enums import AttendeeSide, CitationRole, NoticeStatus, PointKind, ReplyKind
from tasks.models import Notice, Task
from tests.demo import kept_for_a_while

FIXTURES = sorted(path.stem for path in (settings.BASE_DIR / "fixtures").glob("*.json"))
SPLIT = [2, 4, 2, 2, 1, 3, 1, 4, 2, 1, 1, 2, 5, 2, 4, 1, 12, 6, 2]
SEED = Path(__file__).parent / "data" / "seed-notice.txt"
PROGRESS = "12/19 tiêu chí (đạt 63,2%), 42/57 nội dung (đạt 73,7%)"


def load():
    call_command("loaddata", "catalogue", "units", "cao-son-notice", verbosity=0)


@pytest.fixture(scope="module")
def records(django_db_setup, django_db_blocker):
    with kept_for_a_while(django_db_blocker, load):
        yield


@pytest.fixture
def loaded(records, db):
    """All fixtures, loaded once for this module."""


@pytest.fixture
def notice(loaded):
    return Notice.objects.get(reference="anh-son-cao-son-2023-04-05")


def counts():
    models = [model for app in ("communes", "criteria", "tasks") for model in apps.get_app_config(app).get_models()]
    return {model.__name__: model.objects.count() for model in models}


# All fixtures


def test_loading_the_fixtures_twice_doubles_nothing(loaded):
    once = counts()
    load()
    assert counts() == once


@pytest.mark.parametrize("name", FIXTURES)
def test_no_fixture_names_a_primary_key(name):
    records = json.loads((settings.BASE_DIR / "fixtures" / f"{name}.json").read_text(encoding="utf-8"))
    assert [record for record in records if "pk" in record] == []


@pytest.mark.parametrize("name", FIXTURES)
def test_every_fixture_is_in_unicode_nfc(name):
    text = (settings.BASE_DIR / "fixtures" / f"{name}.json").read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFC", text)


def test_what_a_fixture_loads_can_be_searched_and_sorted(loaded):
    assert [unit.name for unit in Commune.objects.matching("dinh son")] == ["Đỉnh Sơn"]
    names = list(Commune.objects.filter(kind=CommuneKind.XA).values_list("name", flat=True))
    assert names[:5] == ["Bình Sơn", "Cao Sơn", "Cẩm Sơn", "Đỉnh Sơn", "Đức Sơn"]


def test_what_a_fixture_loads_passes_the_checks_of_its_models(loaded):
    for app in ("communes", "criteria", "tasks"):
        for model in apps.get_app_config(app).get_models():
            if not model.__name__.startswith("Historical"):
                for record in model.objects.all():
                    record.full_clean()


# The catalogue


def test_the_set_has_19_criteria_in_5_groups_with_57_sub_items_split_as_in_the_decision(loaded):
    assert CriteriaGroup.objects.count() == 5
    by_criterion = Counter(SubItem.objects.values_list("criterion__number", flat=True))
    assert [by_criterion[number] for number in range(1, 20)] == SPLIT
    assert sum(SPLIT) == SubItem.objects.count() == 57
    assert Criterion.objects.count() == 19


def test_short_names_of_criteria_fit_the_head_of_the_matrix(loaded):
    assert [row.short_name for row in Criterion.objects.all() if len(row.short_name) > 14] == []


def test_a_sub_item_is_verified_only_with_a_source_for_name_and_requirement(loaded):
    founded = {Provenance.SOURCED, Provenance.INFERRED}
    for row in SubItem.objects.prefetch_related("sources"):
        if row.is_verified:
            assert {row.name_provenance, row.requirement_provenance} <= founded, row
            assert row.sources.all(), row
        else:
            assert not {row.name_provenance, row.requirement_provenance} <= founded, row
    verified = "3.1 3.2 5.1 6.1 6.2 6.3 8.1 8.2 8.3 8.4 14.1 15.2 18.1"
    assert set(SubItem.objects.filter(is_verified=True).values_list("code", flat=True)) == set(verified.split())


def test_a_sub_item_without_a_known_level_has_no_threshold_row(loaded):
    unknown = {ThresholdState.NOT_NEEDED, ThresholdState.SET_BY_PROVINCE, ThresholdState.NOT_FOUND}
    assert not Threshold.objects.filter(sub_item__threshold_state__in=unknown).exists()
    assert not Threshold.objects.filter(sub_item__code="17.1").exists()


def levels(code, zone=None):
    rows = Threshold.objects.filter(sub_item__code=code, zone__code=zone).order_by("year", "part", "condition")
    return [(row.year, row.part.code if row.part else None, row.condition, row.value) for row in rows]


def test_a_level_for_all_regions_is_one_row(loaded):
    assert levels("3.1") == [(None, None, "", Decimal(80))]
    assert Threshold.objects.filter(sub_item__code="3.1").count() == 1


@pytest.mark.parametrize(("code", "zone"), [("4.2", "DBSH"), ("12.1", "TDMNPB"), ("17.11", "DBSCL"), ("9.2", "DNB")])
def test_where_the_level_of_a_region_is_unknown_no_row_speaks_for_it(loaded, code, zone):
    """Figures half remembered stay out: neither a row of the region nor one for all regions."""
    assert levels(code, zone) == []
    assert levels(code) == []
    assert len(levels(code, "BTB")) == 1


def test_income_is_required_by_year_and_lower_in_bac_trung_bo(loaded):
    assert [(year, value) for year, *_, value in levels("10.1")] == [(2022, 48), (2023, 51), (2024, 54), (2025, 57)]
    assert [(year, value) for year, *_, value in levels("10.1", "BTB")] == [
        (2022, 39), (2023, 42), (2024, 45), (2025, 48),
    ]  # fmt: skip


def test_levels_of_the_former_set_are_not_loaded(loaded):
    former = {"10.1": 45, "14.2": 85, "15.1": 85, "15.3": Decimal("24.2"), "16.1": 70}
    for code, value in former.items():
        assert not Threshold.objects.filter(sub_item__code=code, year=None, value=value).exists(), code


def test_schools_are_measured_by_two_parts_and_the_number_of_schools(loaded):
    assert levels("5.1", "BTB") == [
        (None, "toi-thieu", "", Decimal(100)),
        (None, "muc-do-1", "xã có hơn 3 trường", Decimal(70)),
        (None, "muc-do-1", "xã có từ 3 trường trở xuống", Decimal(50)),
    ]


@pytest.mark.parametrize("code", ["12.1", "12.2", "14.2", "15.1"])
def test_women_and_men_are_measured_apart(loaded, code):
    sub_item = SubItem.objects.get(code=code)
    assert [part.code for part in sub_item.parts.all()] == ["nam", "nu"]
    assert not sub_item.thresholds.filter(part__isnull=False).exists()


# The units


def test_anh_son_has_20_xa_and_a_town_that_no_zone_measures(loaded):
    assert Counter(Commune.objects.values_list("kind", flat=True)) == {CommuneKind.XA: 20, CommuneKind.THI_TRAN: 1}
    assert set(CommuneZone.objects.values_list("zone__code", flat=True)) == {"BTB"}
    assert CommuneZone.objects.count() == 20
    assert not CommuneZone.objects.filter(commune__kind=CommuneKind.THI_TRAN).exists()


def test_every_sub_item_is_guided_by_one_department_that_says_why(loaded):
    assert Department.objects.count() == 14
    assert SubItemGuide.objects.values("sub_item").distinct().count() == SubItemGuide.objects.count() == 57
    assert not SubItemGuide.objects.filter(basis="").exists()
    assert SubItemGuide.objects.get(sub_item__code="18.1").department.code == "NV"


# The notice


def tokens(text):
    return unicodedata.normalize("NFC", text).split()


def printed(notice):
    """The words of the notice's records in the order of print, with numbers and marks."""
    roman = iter(["I", "II", "III", "IV"])
    words = [notice.subject]
    for section in notice.sections.prefetch_related("points__proposal__reply"):
        if section.heading:
            words.append(f"{next(roman)}. {section.heading}")
        number = 0
        for point in section.points.all():
            number += point.kind in (PointKind.NUMBERED, PointKind.HEADING, PointKind.PROPOSAL)
            mark = {PointKind.DASH: "-", PointKind.PARAGRAPH: ""}.get(point.kind, f"{number}.")
            words.append(f"{mark} {point.text.replace('[[tiến độ]]', PROGRESS)}")
            if point.proposal:
                words.append(f"{point.proposal.text} Trả lời: {point.proposal.reply.text}")
    recipients = [row.text for row in notice.recipients.all()]
    words[-1] += "./."
    words.append("Nơi nhận: " + " ".join(f"- {text};" for text in recipients[:-1]) + f" - {recipients[-1]}.")
    return tokens(" ".join([*words, notice.authority_lines, notice.signer_name]))


def test_the_notice_says_what_its_text_says_word_for_word(notice):
    seed = SEED.read_text(encoding="utf-8")
    body = seed[seed.index("Kết luận của") :]
    # A name broken after its hyphen at the end of a line ("Lao động-" / "TB&XH") is one word.
    joined = re.sub(r"(?<=\w)-\s*\n\s*", "-", body)
    assert printed(notice) == tokens(joined)


def test_the_motto_has_the_dash_of_the_text(notice):
    assert notice.motto in SEED.read_text(encoding="utf-8")


def test_the_notice_is_a_draft_without_number_and_day(notice):
    assert (notice.status, notice.number, notice.issued_on) == (NoticeStatus.DRAFT, None, None)
    assert notice.sign == "…/TB-UBND"


def test_those_who_attended_stand_in_the_opening_in_the_same_order(notice):
    opening = notice.sections.first().points.get(position=2).text
    places = [opening.index(row.text) for row in notice.attendees.all()]
    assert places == sorted(places)
    assert Counter(row.side for row in notice.attendees.all()) == {
        AttendeeSide.AUTHORITY: 3,
        AttendeeSide.DEPARTMENT: 14,
        AttendeeSide.COMMUNE: 3,
    }
    assert notice.departments.count() == 14


def test_the_notice_rests_on_the_report_and_cites_two_documents(notice):
    rows = {
        (row.sign, row.role, f"{row.dated}", row.proposal and row.proposal.reference[-1])
        for row in notice.citations.all()
    }
    assert rows == {
        ("21/BC-UBND", CitationRole.BASIS, "2023-04-03", None),
        ("29/TTr-UBND", CitationRole.CITED, "2023-03-30", "2"),
        ("561/UBND-KTHT", CitationRole.CITED, "2023-03-30", "3"),
    }


def test_the_five_proposals_are_answered_each_in_its_way(notice):
    points = notice.sections.get(kind="proposals").points.select_related("proposal__reply__lead")
    replies = [point.proposal.reply for point in points]
    assert [(reply.kind, reply.lead and reply.lead.code) for reply in replies] == [
        (ReplyKind.ASSIGNED, "NNPTNT"),
        (ReplyKind.NOTED, "TCKH"),
        (ReplyKind.SETTLED, None),
        (ReplyKind.COMMUNE_PLANS, None),
        (ReplyKind.ASSIGNED, "NV"),
    ]
    assert [row.code for row in replies[3].supports.all()] == ["TCKH", "KTHT"]
    assert len(replies[2].text.splitlines()) == 2


def test_each_point_and_reply_that_gives_work_has_its_task(notice):
    dashes = notice.sections.get(kind="tasks").points.filter(kind=PointKind.DASH)
    assert [point for point in dashes if not point.tasks.exists()] == []
    assert Task.objects.filter(reply__proposal__point__section__notice=notice).count() == 5
    monthly = Task.objects.monthly().get()
    assert (monthly.recurrence_day, monthly.lead_commune.name) == (15, "Cao Sơn")


def test_the_lead_that_the_notice_does_not_name_is_marked_as_assumed(notice):
    tasks = Task.objects.filter(reference__startswith="cao-son-2023-04-05-iii-1-")
    assert tasks.count() == 2
    for task in tasks:
        assert task.note.startswith("Giả định:")
        assert task.supports.count() == 13
