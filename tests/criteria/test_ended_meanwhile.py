"""A commune gets another name while somebody writes about it: nothing lands on the unit that has ended."""

from datetime import date
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from communes.enums import Role
from communes.exceptions import UnitEnded
from criteria.enums import Status
from criteria.evidence_services import Result, place_evidence, upload_evidence
from criteria.exchange.status_import import Finding, Row, RowKind, write
from criteria.exchange.units import load
from criteria.models import Assessment, AssessmentChange, EvidenceEvent, MonthlyReport, SubItem, SubItemPlan, Zone
from criteria.reports import flow
from criteria.reports.opening import open_report
from criteria.selectors.evidence import evidence_board
from criteria.services import NewFinding, change_assessment, change_many, confirm_findings, save_plan, undo_many
from criteria.unit_services import move_commune, rename_commune
from ntm_tracker.lib import clock
from ntm_tracker.lib.uploads import inspect
from ntm_tracker.lib.workbook import ReadSheet
from tests.criteria.reports.desk import make_desk
from tests.factories import make_assessment, make_authority, make_commune, make_criteria_set, make_evidence, make_user
from tests.lib.files import make_pdf
from tests.pages import sign_in, text

pytestmark = pytest.mark.django_db
FROM_DAY = date(2023, 4, 1)
SENTENCE = "xã Tam Sơn đã đổi thành xã Tam Đỉnh từ ngày 01/4/2023"


@pytest.fixture(autouse=True)
def in_april_2023(settings):
    settings.NTM_TODAY = date(2023, 4, 10)


@pytest.fixture
def officer():
    return make_user(authority=make_authority())


@pytest.fixture
def items():
    """A sub-item that is assessed, and one that isn't."""
    return list(SubItem.objects.of_set(make_criteria_set()))[:2]


@pytest.fixture
def commune(officer, items):
    """A commune as a request has read it."""
    unit = make_commune(authority=officer.authority, name="Tam Sơn")
    make_assessment(commune=unit, sub_item=items[0], status=Status.NOT_MET, changed_by=officer)
    return unit


def renamed(commune, by):
    """Another request gives the commune its new name; nobody tells the first one."""
    return rename_commune(commune=commune, name="Tam Đỉnh", from_day=FROM_DAY, by=by).successor


def changed(commune, items, by):
    change_assessment(commune=commune, sub_item=items[0], status=Status.MET, by=by, expected_version=1)


def found_first(commune, items, by):
    change_assessment(commune=commune, sub_item=items[1], status=Status.MET, by=by, expected_version=0)


def pasted(commune, items, by):
    cells = [NewFinding(commune, item, Status.MET, expected_version=1 - place) for place, item in enumerate(items)]
    change_many(changes=cells, by=by)


def finding_of(commune):
    """The finding as the request has read it: one of after the day of the new name has gone there meanwhile."""
    row = Assessment.objects.get()
    row.commune = commune
    return row


def taken_back(commune, items, by):
    undo_many(findings=[(finding_of(commune), 1)], by=by)


def confirmed(commune, items, by):
    confirm_findings(findings=[(finding_of(commune), None)], by=by)


def planned(commune, items, by):
    save_plan(commune=commune, sub_item=items[0], expected_version=0, official="Ông An")


def brought_in(commune, items, by):
    asked = {"kind": RowKind.CHANGED, "commune": commune, "asked": Finding(Status.MET)}
    rows = [
        Row("Trang 1", 2, sub_item=items[0], current=finding_of(commune), **asked),
        Row("Trang 1", 3, sub_item=items[1], **asked),
    ]
    write(rows, by)


def begun(commune, items, by):
    open_report(commune=commune, month=date(2023, 4, 1), by=by, at=clock.now())


def placed(commune, items, by):
    file = make_evidence(commune=commune, uploaded_by=by)
    place_evidence(evidence=file, codes=[items[0].code], by=by)


DOORS = [changed, found_first, pasted, taken_back, confirmed, planned, brought_in, begun, placed]


def written():
    """Return all that stands of any commune: there is one, and what it becomes."""
    return (
        list(Assessment.objects.values_list("sub_item", "status", "version")),
        AssessmentChange.objects.count(),
        EvidenceEvent.objects.count(),
        SubItemPlan.objects.count(),
        MonthlyReport.objects.count(),
    )


@pytest.mark.parametrize("door", DOORS)
def test_what_is_written_of_a_commune_that_has_just_been_renamed_is_refused(commune, items, officer, door):
    renamed(commune, officer)
    before = written()
    with pytest.raises(UnitEnded, match=SENTENCE):
        door(commune, items, officer)
    assert written() == before


@pytest.mark.parametrize("door", DOORS)
def test_the_same_is_written_where_the_commune_stands(commune, items, officer, door):
    before = written()
    door(commune, items, officer)
    assert written() != before


def test_what_became_of_the_commune_is_told(commune, items, officer):
    other = make_authority(name="huyện Con Cuông", parent=officer.authority.parent)
    move_commune(commune=commune, authority=other, from_day=FROM_DAY, by=make_user(Role.ADMINISTRATOR))
    with pytest.raises(UnitEnded, match="xã Tam Sơn đã chuyển sang huyện Con Cuông từ ngày 01/4/2023"):
        changed(commune, items, officer)


@pytest.mark.parametrize("is_script", [True, False])
def test_the_officer_is_told_at_the_cell_and_not_that_it_was_saved(commune, items, officer, is_script):
    def while_it_is_renamed(**change):
        renamed(commune, officer)
        return change_assessment(**change)

    address = reverse("communes:cell", args=[commune.code, items[0].code])
    headers = {"HX-Request": "true"} if is_script else {}
    with patch("criteria.forms.change_assessment", while_it_is_renamed):
        answer = sign_in(officer).post(address, {"status": "met", "version": 1}, headers=headers)
    assert f"X{SENTENCE[1:]} nên chưa lưu gì. Mời tải lại trang rồi làm lại." in text(answer)
    assert answer.status_code == 409
    # What was typed stays on the page; the sentence goes above it.
    assert (answer.get("HX-Reswap") == "none", "hx-swap-oob" in answer.text) == (is_script, is_script)
    assert set(Assessment.objects.values_list("status", flat=True)) == {Status.NOT_MET}


def test_a_file_that_was_being_read_waits_in_the_tray_of_the_new_unit(commune, items, officer, settings, tmp_path):
    """Put to the finding of the unit that has ended, nobody would have found it again."""
    settings.MEDIA_ROOT = tmp_path
    finding = Assessment.objects.get()
    AssessmentChange.objects.update(at=clock.start_of(date(2023, 3, 20)))
    news = []

    def while_it_is_renamed(*given):
        news.append(renamed(commune, officer))
        return inspect(*given)

    with patch("criteria.evidence_services.inspect", while_it_is_renamed):
        sent = SimpleUploadedFile("1.1_quyết định.pdf", make_pdf())
        (outcome,) = upload_evidence(commune=commune, files=[sent], by=officer)
    assert (outcome.result, outcome.is_new) == (Result.TRAY, True)
    assert outcome.sentence == f"X{SENTENCE[1:]} nên chưa gắn được; tệp nằm ở khay chờ xếp."
    assert not finding.evidence.exists()
    assert not EvidenceEvent.objects.exists()
    assert [file.original_name for file in evidence_board(news[0]).tray] == ["1.1_quyết định.pdf"]


def test_a_report_is_not_accepted_for_a_commune_that_has_just_been_renamed():
    desk = make_desk()
    with patch("criteria.reports.flow.frozen_pdf", lambda frozen: None):
        desk.submit()
    for line in desk.report.lines.select_related("sub_item"):
        desk.judge(line.sub_item.code)
    report = desk.fresh()
    renamed(desk.commune, desk.officer)
    with pytest.raises(UnitEnded):
        flow.accept_report(report=report, by=desk.officer, expected_version=report.version)
    assert (desk.fresh().status, Assessment.objects.count()) == ("submitted", 0)
    desk.accept()
    assert {row.commune.name for row in Assessment.objects.select_related("commune")} == {"Tam Đỉnh"}


def test_a_report_is_not_sent_under_a_name_that_the_commune_has_just_given_up():
    desk = make_desk()

    def while_it_is_renamed(frozen):
        renamed(desk.commune, desk.officer)

    with patch("criteria.reports.flow.frozen_pdf", while_it_is_renamed), pytest.raises(UnitEnded):
        desk.submit()
    assert desk.fresh().status == "draft"


def test_a_workbook_of_units_does_not_undo_a_new_name_that_came_while_it_waited(commune, officer):
    """Rows are saved whole: they are read once nobody else can write in them any more."""
    head = ["Mã", "Loại", "Tên", "Cơ quan", "Vùng", "Có từ ngày"]
    row = [commune.code, "xã", "Tam Sơn", "", Zone.objects.get().code, ""]
    with patch("criteria.exchange.units.hold_communes", lambda communes: renamed(commune, officer)):
        found = load([ReadSheet("Xã", [head, row])], officer)
    commune.refresh_from_db()
    (problem,) = found.problems
    assert "xã Tam Đỉnh" in problem.remedy
