"""Statuses taken over from one criteria set into another: exactly by the mapping, once, and never over a finding."""

from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communes.enums import CommuneKind, Role
from criteria.enums import AssessmentSource, EvidenceEventKind, ReportStatus, Status
from criteria.exceptions import SomebodyWasFaster
from criteria.exchange.carry_over import (
    CarryKind,
    carry_over,
    combined,
    mapping_lines,
    pasted_book,
    read_map,
    write_carried,
)
from criteria.models import Assessment, AssessmentChange, CommuneZone, EvidenceEvent, SubItem, SubItemGuide, Zone
from criteria.services import change_assessment, undo_change
from ntm_tracker.lib import clock
from ntm_tracker.lib.workbook import XLSX, read
from tests.factories import (
    make_assessment,
    make_authority,
    make_commune,
    make_criteria_set,
    make_criterion,
    make_department,
    make_evidence,
    make_guide,
    make_report,
    make_sub_item,
    make_user,
)

pytestmark = pytest.mark.django_db

MET, NOT_MET, NOT_APPLICABLE = Status.MET, Status.NOT_MET, Status.NOT_APPLICABLE
MAPPING = "1.1\t1.2\n1.2\t1.2\n2.1\t1.1"
PAGE = "exchange:carry-over"


@pytest.fixture
def district(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.NTM_TODAY = clock.date(2026, 1, 5)
    return make_authority()


@pytest.fixture
def old(district):
    """1.1, 1.2; 2.1, 2.2, 2.3."""
    return make_criteria_set(short_name="Bộ cũ")


@pytest.fixture
def new(old):
    """1.1, 1.2, 1.3."""
    return make_criteria_set(
        criteria=1, sub_items=(3,), short_name="Bộ mới", effective_from=clock.date(2026, 1, 1), effective_to=None
    )


@pytest.fixture
def communes(district):
    return [make_commune(authority=district, name=name) for name in ("Cao Sơn", "Đức Sơn")]


@pytest.fixture
def officer(district):
    return make_user(authority=district)


def item(criteria_set, code):
    return SubItem.objects.of_set(criteria_set).get(code=code)


def find(commune, criteria_set, **statuses):
    """Record findings: `find(commune, old, i1_1=MET)`."""
    for name, status in statuses.items():
        reason = {"reason": "Không có rừng", "basis": "Điều 3"} if status == NOT_APPLICABLE else {}
        sub_item = item(criteria_set, name.removeprefix("i").replace("_", "."))
        make_assessment(commune=commune, sub_item=sub_item, status=status, **reason)


def mapped(text, old, new):
    return read_map(mapping_lines(read(pasted_book(text))), old, new)


def previewed(text, old, new, user):
    return carry_over(mapped(text, old, new), user)


def said(preview):
    return {(row.commune.name, row.sub_item.code): (row.kind, str(row.asked.status)) for row in preview.rows}


# The rule


@pytest.mark.parametrize("line", ["1.1 1.2 3.1", "1.1"])
def test_a_typed_line_with_other_than_two_codes_maps_nothing(old, new, line):
    """The first two of three would have been taken for a pair that nobody meant."""
    found = mapped(line, old, new)
    (wrong,) = found.wrong
    assert (found.sources, wrong.text) == ({}, f"{line} → ")
    assert wrong.remedy == "Mỗi dòng ghi đúng một mã cũ và một mã mới, như “13.1 3.2”."


@pytest.mark.parametrize(
    ("statuses", "result"),
    [
        ([MET], MET),
        ([NOT_MET], NOT_MET),
        ([NOT_APPLICABLE], NOT_APPLICABLE),
        ([""], ""),
        ([MET, MET], MET),
        ([MET, NOT_APPLICABLE], MET),
        ([NOT_APPLICABLE, NOT_APPLICABLE], NOT_APPLICABLE),
        ([MET, NOT_MET], NOT_MET),
        ([NOT_MET, ""], NOT_MET),
        ([NOT_APPLICABLE, NOT_MET], NOT_MET),
        ([MET, ""], ""),
        ([NOT_APPLICABLE, ""], ""),
    ],
)
def test_several_old_statuses_make_one(statuses, result):
    assert combined(statuses) == combined(statuses[::-1]) == result


# What is shown and what is written


def test_exactly_what_the_preview_shows_is_written_and_the_old_set_stays(old, new, communes, officer):
    cao_son, duc_son = communes
    find(cao_son, old, i1_1=MET, i1_2=NOT_APPLICABLE, i2_1=NOT_MET, i2_2=MET)
    find(duc_son, old, i1_1=MET, i2_1=MET)
    find(duc_son, new, i1_1=NOT_MET)
    before = list(Assessment.objects.of_set(old).order_by("pk").values())
    preview = previewed(MAPPING, old, new, officer)
    assert said(preview) == {
        ("Cao Sơn", "1.1"): (CarryKind.NEW, NOT_MET),
        ("Cao Sơn", "1.2"): (CarryKind.NEW, MET),
        ("Đức Sơn", "1.1"): (CarryKind.KEPT, MET),
        ("Đức Sơn", "1.2"): (CarryKind.LEFT_OUT, ""),
    }
    assert Assessment.objects.of_set(new).count() == 1
    assert write_carried(preview, officer) == 2
    written = Assessment.objects.of_set(new).order_by("commune__name", "sub_item__code")
    assert list(written.values_list("commune__name", "sub_item__code", "status")) == [
        ("Cao Sơn", "1.1", NOT_MET),
        ("Cao Sơn", "1.2", MET),
        ("Đức Sơn", "1.1", NOT_MET),
    ]
    assert list(Assessment.objects.of_set(old).order_by("pk").values()) == before


def test_a_carried_status_is_recorded_as_an_import_with_where_it_came_from(old, new, communes, officer):
    find(communes[0], old, i1_1=MET, i1_2=MET)
    write_carried(previewed(MAPPING, old, new, officer), officer)
    change = AssessmentChange.objects.get(assessment__sub_item=item(new, "1.2"))
    assert (change.from_status, change.status, change.version, change.by) == ("", MET, 1, officer)
    assert (change.source, change.reason) == (AssessmentSource.IMPORT, "Chuyển từ Bộ cũ, nội dung 1.1, 1.2")


def test_what_rests_on_an_assumption_stays_one(old, new, communes, officer):
    find(communes[0], old, i1_1=MET, i2_1=MET)
    make_assessment(commune=communes[0], sub_item=item(old, "1.2"), source=AssessmentSource.ASSUMPTION)
    write_carried(previewed(MAPPING, old, new, officer), officer)
    found = Assessment.objects.of_set(new).values_list("sub_item__code", "source")
    assert dict(found) == {"1.1": AssessmentSource.IMPORT, "1.2": AssessmentSource.ASSUMPTION}
    changes = AssessmentChange.objects.filter(assessment__in=Assessment.objects.of_set(new))
    assert set(changes.values_list("assessment__sub_item__code", "source")) == set(found)


def test_not_applicable_keeps_its_reason_and_basis(old, new, communes, officer):
    find(communes[0], old, i2_1=NOT_APPLICABLE)
    write_carried(previewed(MAPPING, old, new, officer), officer)
    found = Assessment.objects.get(sub_item=item(new, "1.1"))
    assert found.status == NOT_APPLICABLE
    assert (found.reason, found.basis) == ("Chuyển từ Bộ cũ, nội dung 2.1: Không có rừng", "Điều 3")


def test_not_applicable_without_a_basis_is_left_out(old, new, communes, officer):
    make_assessment(commune=communes[0], sub_item=item(old, "2.1"), status=NOT_APPLICABLE, reason="Không có")
    assert said(previewed("2.1\t1.1", old, new, officer))["Cao Sơn", "1.1"] == (CarryKind.LEFT_OUT, "")


def test_the_same_status_on_the_other_side_is_the_same(old, new, communes, officer):
    find(communes[0], old, i2_1=MET)
    find(communes[0], new, i1_1=MET)
    assert said(previewed(MAPPING, old, new, officer))["Cao Sơn", "1.1"] == (CarryKind.SAME, MET)


def test_a_first_finding_that_was_taken_back_counts_as_not_assessed(old, new, communes, officer):
    find(communes[0], old, i2_1=MET)
    taken_back = change_assessment(
        commune=communes[0], sub_item=item(new, "1.1"), status=NOT_MET, by=officer, expected_version=0
    )
    undo_change(assessment=taken_back, by=officer, expected_version=1)
    preview = previewed(MAPPING, old, new, officer)
    assert said(preview)["Cao Sơn", "1.1"] == (CarryKind.NEW, MET)
    assert write_carried(preview, officer) == 1
    taken_back.refresh_from_db()
    assert (taken_back.status, taken_back.version, taken_back.changes.count()) == (MET, 3, 3)


def test_what_was_carried_over_ahead_follows_the_old_set_until_somebody_judges_it(old, new, communes, officer):
    cao_son, duc_son = communes
    for commune in communes:
        find(commune, old, i2_1=MET)
    write_carried(previewed(MAPPING, old, new, officer), officer)
    change_assessment(
        commune=duc_son, sub_item=item(new, "1.1"), status=MET, reason="Kiểm tra lại", by=officer, expected_version=1
    )
    for version, status in enumerate((NOT_MET, MET, NOT_MET), 1):
        for commune in communes:
            change_assessment(
                commune=commune, sub_item=item(old, "2.1"), status=status, by=officer, expected_version=version
            )
        preview = previewed("2.1\t1.1", old, new, officer)
        assert preview.told == "1 kết quả cập nhật"
        assert said(preview)["Cao Sơn", "1.1"] == (CarryKind.UPDATED, status)
        assert write_carried(preview, officer) == 1
    assert said(preview)["Đức Sơn", "1.1"] == (CarryKind.KEPT, NOT_MET)
    written = AssessmentChange.objects.filter(assessment__commune=cao_son, assessment__sub_item=item(new, "1.1"))
    assert list(written.order_by("version").values_list("from_status", "status", "reason")) == [
        (before, after, "Chuyển từ Bộ cũ, nội dung 2.1")
        for before, after in (("", MET), (MET, NOT_MET), (NOT_MET, MET), (MET, NOT_MET))
    ]


@pytest.mark.parametrize("touched", [{"value": 61}, {"source": AssessmentSource.DEPARTMENT}, {"reason": "Tự nhập"}])
def test_what_was_measured_confirmed_or_imported_otherwise_is_kept(old, new, communes, officer, touched):
    find(communes[0], old, i2_1=MET)
    write_carried(previewed(MAPPING, old, new, officer), officer)
    Assessment.objects.of_set(new).update(**touched)
    Assessment.objects.of_set(old).update(status=NOT_MET)
    assert said(previewed(MAPPING, old, new, officer))["Cao Sơn", "1.1"] == (CarryKind.KEPT, NOT_MET)


def test_one_assessed_after_the_preview_stops_everything(old, new, communes, officer):
    find(communes[0], old, i1_1=MET, i1_2=MET, i2_1=MET)
    preview = previewed(MAPPING, old, new, officer)
    find(communes[0], new, i1_1=NOT_MET)
    with pytest.raises(SomebodyWasFaster):
        write_carried(preview, officer)
    assert Assessment.objects.of_set(new).get().status == NOT_MET


def test_another_districts_communes_are_neither_shown_nor_touched(old, new, communes, officer):
    foreign = make_commune()
    for unit in (communes[0], foreign):
        find(unit, old, i2_1=MET)
    preview = previewed(MAPPING, old, new, officer)
    assert foreign not in {row.commune for row in preview.rows}
    write_carried(preview, officer)
    assert [row.commune for row in Assessment.objects.of_set(new)] == [communes[0]]


def test_units_to_which_the_set_does_not_apply_and_ended_ones_are_left_out(old, new, communes, officer, district):
    make_commune(authority=district, kind=CommuneKind.THI_TRAN)
    make_commune(authority=district, valid_to=clock.date(2025, 6, 30))
    assert {row.commune for row in previewed(MAPPING, old, new, officer).rows} == set(communes)


def test_the_number_of_queries_does_not_depend_on_that_of_communes(old, new, communes, officer, district):
    mapping = mapped(MAPPING, old, new)
    carry_over(mapping, officer)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            carry_over(mapping, officer)
        counts.append(len(queries))
        for _ in range(5):
            find(make_commune(authority=district), old, i2_1=MET)
    assert counts[0] == counts[1] == 10


# Who guides the new sub-items


@pytest.fixture
def guides(old, officer):
    """Two departments guide 1.1 of the old set, one of them 1.2 and another 2.1; a fourth has ended."""
    names = ("Kinh tế", "Nội vụ", "Y tế")
    one, two, three = (make_department(authority=officer.authority, short_name=name) for name in names)
    ended = make_department(authority=officer.authority, valid_to=clock.date(2025, 6, 30))
    for code, department in (("1.1", one), ("1.1", two), ("1.2", one), ("2.1", three), ("2.1", ended)):
        make_guide(sub_item=item(old, code), department=department)
    return one, two, three


def guided(criteria_set):
    found = SubItemGuide.objects.filter(sub_item__criterion__criteria_set=criteria_set)
    return set(found.values_list("sub_item__code", "department__short_name"))


def test_who_guides_the_old_ones_guides_the_new_ones_that_nobody_does(old, new, officer, guides):
    _, _, third = guides
    preview = previewed(MAPPING, old, new, officer)
    assert guided(new) == set()
    write_carried(preview, officer)
    assert guided(new) == {("1.1", "Y tế"), ("1.2", "Kinh tế"), ("1.2", "Nội vụ")}
    guide = third.guides.get(sub_item=item(new, "1.1"))
    assert guide.basis == "Chuyển từ Bộ cũ, nội dung 2.1"
    assert guide.history.count() == 1
    assert previewed(MAPPING, old, new, officer).told == ""


def test_whom_somebody_chose_for_a_new_one_stays(old, new, officer, guides):
    chosen = make_department(authority=officer.authority, short_name="Tư pháp")
    make_guide(sub_item=item(new, "1.2"), department=chosen)
    write_carried(previewed(MAPPING, old, new, officer), officer)
    assert guided(new) == {("1.1", "Y tế"), ("1.2", "Tư pháp")}


def test_another_districts_departments_are_given_nothing(old, new, guides):
    stranger = make_user(authority=make_authority())
    make_guide(sub_item=item(new, "1.1"), department=make_department(authority=stranger.authority, short_name="Xa"))
    assert previewed(MAPPING, old, new, stranger).guides == ()


def test_the_preview_names_who_will_guide_and_the_confirmation_says_how_many(
    client, old, new, communes, officer, guides
):
    find(communes[0], old, i2_1=NOT_MET)
    client.force_login(officer)
    address = send(client, old, new).url
    page = client.get(address).text
    assert "Ghi 1 kết quả, phòng, ban hướng dẫn của 2 nội dung" in page
    assert "Nội dung 1.2: Kinh tế, Nội vụ</li>" in page
    stale = client.get(address).context["preview"].seal
    make_guide(sub_item=item(new, "1.1"), department=guides[0])
    assert client.post(address, {"seal": stale}).status_code == 409
    assert guided(new) == {("1.1", "Kinh tế")}
    answer = client.post(address, {"seal": client.get(address).context["preview"].seal}, follow=True)
    assert "Đã chuyển 1 kết quả, phòng, ban hướng dẫn của 1 nội dung sang Bộ mới." in answer.text


# The zones of the communes


def test_a_commune_comes_to_the_zone_of_the_same_code_where_it_has_none(client, old, new, communes, officer):
    first, second = communes
    old_zone, new_zone = old.zones.get(), new.zones.get()
    other = Zone.objects.create(criteria_set=new, code="vung-2", name="Vùng khác")
    for commune in communes:
        CommuneZone.objects.create(commune=commune, zone=old_zone)
    CommuneZone.objects.create(commune=second, zone=other)
    stranger = make_commune()
    CommuneZone.objects.create(commune=stranger, zone=old_zone)
    client.force_login(officer)
    address = send(client, old, new).url
    page = client.get(address)
    assert "Ghi vùng của 1 xã" in page.text
    assert "Vùng thử: Cao Sơn</li>" in page.text
    client.post(address, {"seal": page.context["preview"].seal})
    of_new = CommuneZone.objects.filter(zone__criteria_set=new)
    assert set(of_new.values_list("commune", "zone")) == {(first.pk, new_zone.pk), (second.pk, other.pk)}


# The evidence of the findings


def files_of(criteria_set):
    found = Assessment.objects.of_set(criteria_set).filter(evidence__isnull=False)
    return set(found.values_list("commune__name", "sub_item__code", "evidence__original_name"))


@pytest.fixture
def supported(old, communes):
    """In Cao Sơn 1.1 and 1.2 rest on a file each and on one in common, 2.1 on one; 2.2 isn't in the mapping."""
    find(communes[0], old, i1_1=MET, i1_2=MET, i2_1=NOT_MET, i2_2=MET)
    a, b, both, c, d = (
        make_evidence(name.encode(), commune=communes[0], original_name=f"{name}.pdf")
        for name in ("a", "b", "ab", "c", "d")
    )
    for code, files in (("1.1", [a, both]), ("1.2", [b, both]), ("2.1", [c]), ("2.2", [d])):
        Assessment.objects.get(sub_item=item(old, code)).evidence.add(*files)
    return a, b, both, c, d


CARRIED_FILES = {
    ("Cao Sơn", "1.2", "a.pdf"),
    ("Cao Sơn", "1.2", "b.pdf"),
    ("Cao Sơn", "1.2", "ab.pdf"),
    ("Cao Sơn", "1.1", "c.pdf"),
}


def test_the_files_of_the_old_findings_go_along_by_the_same_mapping(client, old, new, officer, supported):
    before = files_of(old)
    client.force_login(officer)
    address = send(client, old, new).url
    assert "Ghi 2 kết quả, 4 tệp minh chứng" in client.get(address).text
    assert files_of(new) == set()
    answer = client.post(address, {"seal": client.get(address).context["preview"].seal}, follow=True)
    assert "Đã chuyển 2 kết quả, 4 tệp minh chứng sang Bộ mới." in answer.text
    assert files_of(new) == CARRIED_FILES
    assert files_of(old) == before
    told = EvidenceEvent.objects.filter(assessment__sub_item__criterion__criteria_set=new)
    assert {(row.kind, row.by, row.file_name) for row in told} == {
        (EvidenceEventKind.ATTACHED, officer, name) for _, _, name in CARRIED_FILES
    }
    assert previewed(MAPPING, old, new, officer).told == ""


def test_files_go_also_to_what_was_carried_over_before_and_not_to_what_was_found_otherwise(
    old, new, communes, officer, supported
):
    find(communes[0], new, i1_2=MET, i1_1=MET)
    preview = previewed(MAPPING, old, new, officer)
    assert preview.told == "3 tệp minh chứng"
    write_carried(preview, officer)
    assert files_of(new) == {row for row in CARRIED_FILES if row[1] == "1.2"}


def test_a_file_that_somebody_puts_there_while_it_is_written_stays_there_once(old, new, communes, officer, supported):
    find(communes[0], new, i1_2=MET, i1_1=NOT_MET)
    preview = previewed(MAPPING, old, new, officer)
    Assessment.objects.get(sub_item=item(new, "1.2")).evidence.add(supported[0])
    write_carried(preview, officer)
    assert files_of(new) == CARRIED_FILES
    assert Assessment.objects.get(sub_item=item(new, "1.2")).evidence.count() == 3


def test_a_file_that_came_after_the_preview_is_shown_before_it_is_written(
    client, old, new, communes, officer, supported
):
    client.force_login(officer)
    address = send(client, old, new).url
    seal = client.get(address).context["preview"].seal
    Assessment.objects.get(sub_item=item(old, "2.1")).evidence.add(make_evidence(b"e", commune=communes[0]))
    assert client.post(address, {"seal": seal}).status_code == 409
    assert files_of(new) == set()


def test_the_files_are_written_in_as_many_queries_for_one_as_for_many(old, new, communes, officer, supported):
    def cost(count):
        for number in range(count):
            file = make_evidence(b"%d %d" % (count, number), commune=communes[0])
            Assessment.objects.get(sub_item=item(old, "2.1")).evidence.add(file)
        preview = previewed(MAPPING, old, new, officer)
        with CaptureQueriesContext(connection) as queries:
            write_carried(preview, officer)
        return len(queries)

    write_carried(previewed(MAPPING, old, new, officer), officer)
    assert cost(1) == cost(9) > 0


# The monthly reports in work


def test_the_preview_says_which_reports_stay_with_the_old_set(client, old, new, communes, officer):
    find(communes[0], old, i2_1=MET)
    client.force_login(officer)
    address = send(client, old, new).url
    assert "chưa xong" not in client.get(address).text
    sent = {"first_submitted_at": clock.now(), "criteria_set": old}
    for month, commune in enumerate(communes, 1):
        make_report(commune=commune, criteria_set=old, month=clock.date(2026, month, 1))
        for place, status in enumerate((ReportStatus.SUBMITTED, ReportStatus.ACCEPTED), 8):
            make_report(commune=commune, month=clock.date(2025, place, 1), status=status, **sent)
    make_report(commune=communes[0], month=clock.date(2025, 11, 1), status=ReportStatus.RETURNED, **sent)
    make_report(commune=communes[0], criteria_set=new, month=clock.date(2026, 2, 1))
    make_report(criteria_set=old)
    assert (
        "5 báo cáo tháng</strong> theo Bộ cũ chưa xong: 2 đã gửi, chờ thẩm định; 2 đang soạn; 1 bị trả lại. "
        "Các báo cáo này vẫn theo bộ cũ" in client.get(address).text
    )


# The lines of the mapping


@pytest.mark.parametrize(
    ("text", "number", "remedy"),
    [
        ("9.9\t1.1", 1, "Mã cũ: Bộ tiêu chí không có nội dung mang mã “9.9”"),
        ("1.1\t1.1\n\n1.2\t9.9", 3, "Mã mới: Bộ tiêu chí không có nội dung mang mã “9.9”"),
        ("1.1\t2.1", 1, "Mã mới: Bộ mới không có nội dung 2.1, mã này thuộc Bộ cũ"),
        ("1.1", 1, "Mỗi dòng ghi đúng một mã cũ và một mã mới"),
        ("1.1\t1.1\n1.1\t1.1", 2, "Trùng: dòng 1 đã chuyển 1.1 sang 1.1"),
        ("1.1\t1.1\n1.1\t1.2", 2, "Trùng: dòng 1 đã chuyển 1.1 sang 1.1"),
    ],
)
def test_a_wrong_line_is_named_with_its_number_and_remedy(old, new, text, number, remedy):
    (wrong,) = mapped(text, old, new).wrong
    assert wrong.number == number
    assert remedy in wrong.remedy


@pytest.mark.parametrize(
    "text",
    [
        "1.1\t1.2\r\n2.1\t1.1\r\n",
        "Mã cũ\tMã mới\n1.1\t1.2\n2.1\t1.1",
        "1.1 1.2\n2.1  1.1",
        "1.1 → 1.2\n\n2.1;1.1",
        "1,1\t1,2\n2.1.\t1.1",
    ],
)
def test_pasted_lines_are_read_however_they_are_parted(old, new, text):
    mapping = mapped(text, old, new)
    assert mapping.wrong == []
    assert {row.code: [one.code for one in rows] for row, rows in mapping.sources.items()} == {
        "1.1": ["2.1"],
        "1.2": ["1.1"],
    }
    assert [row.code for row in mapping.unmapped] == ["1.3"]


def test_a_figure_that_excel_may_have_cut_is_asked_for_again(old, new):
    criterion = make_criterion(criteria_set=old)
    for place in range(1, 11):
        make_sub_item(criterion=criterion, code=f"3.{place}", position=place)
    (wrong,) = read_map([(2, 3.1, "1.1")], old, new).wrong
    assert "3.1 hay 3.10" in wrong.remedy
    assert not mapped("3.10\t1.1", old, new).wrong


# The pages


def workbook(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    buffer = BytesIO()
    book.save(buffer)
    return SimpleUploadedFile("bảng chuyển.xlsx", buffer.getvalue(), XLSX)


def send(client, old, new, pasted=MAPPING, **fields):
    return client.post(reverse(PAGE), {"origin": old.code, "target": new.code, "pasted": pasted, **fields})


def confirm(client, address):
    return client.post(address, {"seal": client.get(address).context["preview"].seal})


def test_the_preview_writes_nothing_and_two_confirmations_write_once(client, old, new, communes, officer):
    find(communes[0], old, i1_1=MET, i1_2=MET, i2_1=NOT_MET)
    SubItem.objects.of_set(new).filter(code="1.1").update(official_code="1a")
    client.force_login(officer)
    address = send(client, old, new).url
    page = client.get(address)
    assert "Ghi 2 kết quả" in page.text
    assert "1.1 Đạt; 1.2 Đạt" in page.text
    assert '<td data-label="Nội dung mới"><span>1a<' in page.text
    assert not Assessment.objects.of_set(new).exists()
    seal = {"seal": page.context["preview"].seal}
    assert [client.post(address, seal).status_code for _ in range(2)] == [302, 302]
    assert AssessmentChange.objects.filter(assessment__in=Assessment.objects.of_set(new)).count() == 2
    assert "Không có gì mới để ghi" in client.get(address).text


def test_what_was_carried_over_leads_to_where_it_is_seen(client, old, new, communes, officer, settings):
    """The matrix shows the set in force; a name is a text, whatever stands in it."""
    find(communes[0], old, i2_1=MET)
    new.short_name = "Bộ <b>mới</b>"
    new.save()
    client.force_login(officer)

    def written():
        address = send(client, old, new).url
        seal = client.get(address).context["preview"].seal
        return client.post(address, {"seal": seal}, follow=True).text

    assert 'sang Bộ &lt;b&gt;mới&lt;/b&gt;. <a href="/matrix/">Xem bảng tiêu chí</a>' in written()
    settings.NTM_TODAY = clock.date(2025, 12, 1)
    find(communes[1], old, i2_1=MET)
    assert f'. <a href="/criteria/?set={new.code}">Xem nội dung của bộ này</a>' in written()


def test_what_changed_after_the_preview_is_shown_again_before_it_is_written(client, old, new, communes, officer):
    find(communes[0], old, i2_1=MET)
    client.force_login(officer)
    address = send(client, old, new).url
    seal = client.get(address).context["preview"].seal
    change_assessment(commune=communes[0], sub_item=item(old, "2.1"), status=NOT_MET, by=officer, expected_version=1)
    answer = client.post(address, {"seal": seal})
    assert answer.status_code == 409
    assert "đã thay đổi sau khi anh/chị xem trước" in answer.text
    assert not Assessment.objects.of_set(new).exists()
    confirm(client, address)
    assert Assessment.objects.of_set(new).get().status == NOT_MET


def test_who_is_overtaken_while_it_is_written_sees_what_is_left_to_write(
    client, old, new, communes, officer, monkeypatch
):
    find(communes[0], old, i1_1=MET, i1_2=MET, i2_1=NOT_MET)
    client.force_login(officer)
    address = send(client, old, new).url

    def overtaken(preview, by):
        change_assessment(
            commune=communes[0], sub_item=item(new, "1.1"), status=NOT_MET, by=officer, expected_version=0
        )
        return write_carried(preview, by)

    monkeypatch.setattr("criteria.carry_over_views.write_carried", overtaken)
    answer = confirm(client, address)
    assert answer.status_code == 409
    assert answer.context["preview"].counts[CarryKind.NEW] == 1
    assert Assessment.objects.of_set(new).get().sub_item == item(new, "1.1")


def test_while_a_line_is_wrong_nothing_is_written(client, old, new, communes, officer):
    find(communes[0], old, i2_1=MET)
    client.force_login(officer)
    address = send(client, old, new, pasted=f"{MAPPING}\n8.8\t1.3").url
    page = client.get(address)
    assert "Dòng 4" in page.text
    assert "“8.8”" in page.text
    assert confirm(client, address).status_code == 409
    assert not Assessment.objects.of_set(new).exists()


def test_the_mapping_comes_as_a_workbook_with_its_columns_anywhere(client, old, new, communes, officer):
    find(communes[0], old, i2_1=MET)
    client.force_login(officer)
    file = workbook([["TT", "Tên", "Mã cũ", "Mã mới"], [1, "Nước", 2.1, 1.1], [2, "Điện", "1.1", "1.2"]])
    address = send(client, old, new, pasted="", file=file).url
    assert confirm(client, address).status_code == 302
    assert Assessment.objects.of_set(new).get().sub_item == item(new, "1.1")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"pasted": ""}, "Hãy dán bảng chuyển mã hoặc chọn một tệp"),
        ({"pasted": "không có mã"}, "Không đọc được dòng nào"),
        ({"pasted": "chữ " * 4000}, "Không đọc được dòng nào"),
        ({"pasted": "1.1\t1.1\n" * 501}, "quá 500"),
        ({"file": SimpleUploadedFile("a.xlsx", b"%PDF-1.7", XLSX), "pasted": ""}, ""),
        ({"same": True}, "Hai bộ phải khác nhau"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(client, old, new, officer, fields, sentence):
    client.force_login(officer)
    target = old if fields.pop("same", False) else new
    answer = send(client, old, target, **fields)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_sets_for_other_kinds_of_units_are_refused(client, old, new, officer):
    other = make_criteria_set(unit_kind=CommuneKind.PHUONG)
    client.force_login(officer)
    assert "hai loại đơn vị" in send(client, old, other).text


def chosen(page):
    return {field: page.context["form"][field].value() for field in ("origin", "target")}


def test_two_sets_of_one_name_are_told_apart_in_the_lists_and_in_the_preview(client, old, new, communes, officer):
    for criteria_set in (old, new):
        criteria_set.short_name = "Bộ tiêu chí xã"
        criteria_set.save(update_fields=["short_name"])
    client.force_login(officer)
    page = client.get(reverse(PAGE)).text
    assert page.count(f"{old.code} (từ 01/01/2021 đến 31/12/2025): Bộ tiêu chí xã") == 2
    assert page.count(f"{new.code} (từ 01/01/2026): Bộ tiêu chí xã") == 2
    preview = client.get(send(client, old, new).url).text
    assert f"từ Bộ tiêu chí xã ({old.code}) sang Bộ tiêu chí xã ({new.code})" in preview


@pytest.mark.parametrize("day", [clock.date(2025, 12, 1), clock.date(2026, 1, 5)])
def test_from_the_set_in_force_or_the_last_one_to_the_newest_is_chosen_already(
    client, old, new, officer, settings, day
):
    settings.NTM_TODAY = day
    make_criteria_set(short_name="Bộ trước nữa", effective_from=clock.date(2016, 1, 1))
    phuong = {"unit_kind": CommuneKind.PHUONG, "effective_to": None}
    make_criteria_set(short_name="Bộ phường", effective_from=clock.date(2026, 6, 1), **phuong)
    client.force_login(officer)
    assert chosen(client.get(reverse(PAGE))) == {"origin": old.code, "target": new.code}


def test_a_set_that_is_not_yet_in_force_is_no_set_to_start_from(client, old, new, officer, settings):
    settings.NTM_TODAY = clock.date(2025, 12, 1)
    last = make_criteria_set(short_name="Bộ sau nữa", effective_from=clock.date(2031, 1, 1), effective_to=None)
    client.force_login(officer)
    assert chosen(client.get(reverse(PAGE))) == {"origin": old.code, "target": last.code}


def test_the_preview_belongs_to_who_sent_the_mapping(client, old, new, communes, officer, district):
    client.force_login(officer)
    address = send(client, old, new).url
    client.force_login(make_user(authority=district))
    assert client.get(address).url == reverse(PAGE)


@pytest.mark.parametrize("role", [Role.COMMUNE, Role.LEADER, Role.DEPARTMENT])
def test_who_does_not_answer_for_the_whole_set_carries_nothing_over(client, old, new, role):
    client.force_login(make_user(role))
    assert client.get(reverse(PAGE)).status_code == send(client, old, new).status_code == 403


def test_with_one_set_the_page_says_what_is_missing(client, old, officer):
    client.force_login(officer)
    assert "Chưa có hai bộ tiêu chí" in client.get(reverse(PAGE)).text
