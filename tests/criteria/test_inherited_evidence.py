"""Evidence of units that changed: what their successors show, and what of the ended ones stays as it was."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from communes.enums import AuthorityLevel, Role
from criteria.enums import Status
from criteria.evidence_services import Result, upload_evidence
from criteria.models import EvidenceEvent, SubItem
from criteria.selectors.cell import cell
from criteria.selectors.evidence import evidence_board, evidence_by_commune, evidence_of_sub_item
from criteria.services import attach_evidence, change_assessment
from criteria.unit_services import merge_communes, move_commune, rename_commune
from tests.factories import (
    make_assessment,
    make_authority,
    make_commune,
    make_criteria_set,
    make_evidence,
    make_report,
    make_user,
)
from tests.lib.files import make_pdf
from tests.pages import queries, sign_in, text

pytestmark = pytest.mark.django_db
BEFORE, TODAY = date(2025, 6, 20), date(2025, 7, 2)
FROM_DAY = date(2025, 7, 1)


@pytest.fixture(autouse=True)
def day_and_media(settings, tmp_path):
    settings.NTM_TODAY = BEFORE
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def catalogue():
    return make_criteria_set()


@pytest.fixture
def officer(catalogue):
    return make_user(authority=make_authority(parent=make_authority(level=AuthorityLevel.PROVINCE)))


@pytest.fixture
def later(settings):
    settings.NTM_TODAY = TODAY


def tracked(officer, name="Cẩm Sơn"):
    """A commune that meets 1.1, shown by a file, and 1.2, shown by none; another file waits in its tray."""
    commune = make_commune(authority=officer.authority, name=name)
    for sub_item in SubItem.objects.filter(code__in=("1.1", "1.2")):
        make_assessment(commune=commune, sub_item=sub_item, changed_by=officer)
    send(commune, officer, "1.1_qd.pdf")
    send(commune, officer, "ảnh.pdf", b"/N 1")
    return commune


@pytest.fixture
def old(officer):
    return tracked(officer)


def send(commune, by, name="1.1_qd.pdf", content=b""):
    files = [SimpleUploadedFile(name, make_pdf(content))]
    return upload_evidence(commune=commune, files=files, by=by)[0]


def rename(commune, by, name="Cẩm Mới", from_day=FROM_DAY):
    return rename_commune(commune=commune, name=name, from_day=from_day, by=by).successor


def merge(communes, by):
    given = {"code": "17999", "name": "Yên Xuân", "kind": "xa", "authority": communes[0].authority}
    return merge_communes(communes=communes, from_day=FROM_DAY, by=by, **given).successor


def shown(commune, at=None):
    """Return the files of 1.1 and of 1.2, those of the tray, the codes of what is missing, and how many files."""
    board = evidence_board(commune, at)
    rows = {row.sub_item.code: [str(file) for file in row.files] for row in board.rows}
    missing = [row.sub_item.code for row in board.missing]
    return rows["1.1"], rows["1.2"], [str(file) for file in board.tray], missing, board.files_count


AS_IT_WAS = (["1.1_qd.pdf"], [], ["ảnh.pdf"], ["1.2"], 2)


# What the successor shows


def test_a_renamed_commune_shows_the_files_that_it_had(officer, old, later):
    new = rename(rename(old, officer, from_day=date(2025, 6, 25)), officer, "Cẩm Tân")
    assert shown(new) == AS_IT_WAS
    assert [str(file) for file in evidence_of_sub_item(new, "1.1").files] == ["1.1_qd.pdf"]
    page = text(sign_in(officer).get(reverse("evidence:board", args=[new.code])))
    assert "2 tệp; 1/2 nội dung đạt còn thiếu minh chứng; 1 tệp chờ xếp" in page
    old.refresh_from_db()
    assert shown(old) == AS_IT_WAS


def test_a_commune_under_another_authority_shows_the_files_that_it_had(officer, old, later):
    province = make_user(authority=officer.authority.parent)
    new = move_commune(commune=old, authority=province.authority, from_day=FROM_DAY, by=province).successor
    assert shown(new) == AS_IT_WAS
    staff = make_user(Role.COMMUNE, commune=new)
    (file,) = evidence_board(new).tray
    assert sign_in(staff).get(reverse("evidence:download", args=[file.token])).status_code == 200


def test_what_was_sent_after_the_change_stays_with_the_successor(officer, old, later):
    new = rename(old, officer)
    send(new, officer, "1.2_bb.pdf", b"/N 2")
    assert shown(new) == (["1.1_qd.pdf"], ["1.2_bb.pdf"], ["ảnh.pdf"], [], 3)
    old.refresh_from_db()
    assert shown(old) == AS_IT_WAS
    assert shown(new, FROM_DAY)[1] == []


def test_a_merged_commune_leads_to_the_evidence_of_the_communes_that_it_follows(officer, old, later):
    new = merge([old, make_commune(authority=officer.authority, name="Đức Sơn")], officer)
    assert shown(new) == ([], [], [], [], 0)
    old.refresh_from_db()
    client = sign_in(officer)
    renamed = rename(new, officer, "Yên Hòa", from_day=TODAY)
    page = client.get(reverse("evidence:board", args=[renamed.code]))
    assert "Minh chứng của các đơn vị cũ" in text(page)
    address = f"/communes/{old.code}/evidence/?at=2025-06-30"
    assert f'href="{address}"' in page.text
    assert client.get(address).context["commune"] == old


def test_a_merged_commune_shows_the_files_on_which_its_findings_rest(officer, old, later):
    new = merge([old, make_commune(authority=officer.authority)], officer)
    finding = make_assessment(commune=new, sub_item=SubItem.objects.get(code="1.1"))
    attach_evidence(finding=finding, files=[evidence_board(old).rows[0].files[0]], by=officer)
    assert shown(new) == (["1.1_qd.pdf"], [], [], [], 1)
    (row,) = evidence_by_commune(officer)
    assert (row.files, row.in_tray, row.met, row.supported) == (1, 0, 1, 1)


def test_the_list_of_the_district_counts_what_the_pages_of_the_communes_show(officer, old, later):
    rename(old, officer)
    (row,) = evidence_by_commune(officer)
    assert (row.commune.name, row.files, row.in_tray, row.met, row.missing) == ("Cẩm Mới", 2, 1, 2, 1)


def test_the_number_of_queries_does_not_grow_with_the_renamed_communes_and_their_files(officer, old, later):
    new = rename(old, officer)
    client = sign_in(officer)
    pages = [reverse("evidence:overview"), reverse("evidence:board", args=[new.code])]
    before = [queries(client, page) for page in pages]
    for number in range(5):
        rename(tracked(officer, f"Xã {number}"), officer, f"Xã mới {number}")
        send(new, officer, f"1.2_{number}.pdf", b"/M %d" % number)
    assert [queries(client, page) for page in pages] == before
    assert max(before) <= 20


# What is sent again, and what reports use


def test_a_file_that_the_commune_had_under_its_old_name_is_known(officer, old, later):
    new = rename(old, officer)
    again = send(new, officer)
    assert (again.result, again.evidence.commune) == (Result.KNOWN, old)
    assert "đang gắn với nội dung 1.1." in again.sentence


def test_reports_under_the_new_name_can_use_the_files_of_the_old_one(officer, old, later, catalogue):
    new = rename(old, officer)
    report = make_report(commune=new, criteria_set=catalogue, month=date(2025, 7, 1))
    line = report.lines.create(sub_item=SubItem.objects.get(code="1.1"), status=Status.MET)
    client = sign_in(make_user(Role.COMMUNE, commune=new))
    address = reverse("reports:evidence", args=[new.code, report.month, line.pk])
    (file,) = client.get(address).context["others"]
    client.post(address, {"add": file.token})
    assert list(line.evidence.all()) == [file]
    client.post(address, {"remove": file.token})
    assert not line.evidence.exists()
    client.post(address, {"files": [SimpleUploadedFile("1.1_lại.pdf", make_pdf())]})
    assert list(line.evidence.all()) == [file]


def test_reports_of_a_merged_commune_cannot_use_the_files_of_the_ended_ones(officer, old, later, catalogue):
    new = merge([old, make_commune(authority=officer.authority)], officer)
    report = make_report(commune=new, criteria_set=catalogue, month=date(2025, 7, 1))
    line = report.lines.create(sub_item=SubItem.objects.get(code="1.1"), status=Status.MET)
    client = sign_in(make_user(Role.COMMUNE, commune=new))
    address = reverse("reports:evidence", args=[new.code, report.month, line.pk])
    client.post(address, {"add": make_evidence(commune=old).token})
    assert not line.evidence.exists()


# The order of what happened


def test_what_was_taken_over_stands_in_the_history_where_it_happened(officer, old, settings):
    """A file that was attached on the day of the change, before it was recorded, isn't older than that day began."""
    settings.NTM_TODAY = FROM_DAY
    sub_item = SubItem.objects.get(code="1.1")
    send(old, officer, "1.1_sáng nay.pdf", b"/N 3")
    new = rename(old, officer)
    change_assessment(
        commune=new, sub_item=sub_item, status=Status.NOT_MET, by=officer, expected_version=2, reason="Xuống cấp"
    )
    told = cell(new, sub_item.code).history
    moments = [row.at for row in told]
    assert moments == sorted(moments, reverse=True)
    assert [(row.assessment.commune.name, row.is_of_evidence) for row in told] == [
        ("Cẩm Mới", False),
        ("Cẩm Mới", True),
        ("Cẩm Mới", False),
        ("Cẩm Mới", True),
        ("Cẩm Sơn", True),
        ("Cẩm Sơn", False),
    ]
    assert EvidenceEvent.objects.get(file_name="1.1_sáng nay.pdf").assessment.commune == new
    assert shown(new, FROM_DAY)[0] == ["1.1_sáng nay.pdf", "1.1_qd.pdf"]


# What of an ended unit stays as it was


OF_A_FILE = ("edit", "place", "delete")


@pytest.mark.parametrize("name", OF_A_FILE)
def test_nobody_changes_the_evidence_of_a_commune_that_went_up_in_another(officer, old, later, name):
    new = merge([old, make_commune(authority=officer.authority)], officer)
    (file,) = evidence_board(old).tray
    for person in (officer, make_user(Role.COMMUNE, commune=new), make_user(Role.ADMINISTRATOR)):
        client = sign_in(person)
        assert client.post(reverse(f"evidence:{name}", args=[file.token]), {"codes": "1.2"}).status_code == 403
    old.refresh_from_db()
    assert shown(old) == AS_IT_WAS


def test_a_renamed_commune_places_its_files_and_the_ended_one_stays_as_it_was(officer, old, later):
    new = rename(old, officer)
    old.refresh_from_db()
    (waiting,), (placed,) = evidence_board(new).tray, evidence_board(new).rows[0].files
    client = sign_in(make_user(Role.COMMUNE, commune=new))
    client.post(reverse("evidence:place", args=[waiting.token]), {"codes": "1.1, 1.2"})
    client.post(reverse("evidence:place", args=[placed.token]), {"codes": "", "was": "1.1"})
    assert shown(new) == (["ảnh.pdf"], ["ảnh.pdf"], ["1.1_qd.pdf"], [], 2)
    assert shown(old) == AS_IT_WAS
    page = client.get(reverse("evidence:edit", args=[waiting.token]))
    assert 'value="1.1, 1.2"' in page.text
    assert reverse("evidence:delete", args=[waiting.token]) not in page.text
    saved = client.post(reverse("evidence:edit", args=[placed.token]), {"codes": "1.2", "title": "Quyết định"})
    assert saved["Location"] == reverse("evidence:board", args=[new.code])
    assert shown(new)[1] == ["ảnh.pdf", "Quyết định"]


def test_what_was_sent_before_the_change_is_not_deleted_after_it(officer, old, later):
    new = rename(old, officer)
    (file,) = evidence_board(new).tray
    assert sign_in(officer).post(reverse("evidence:delete", args=[file.token])).status_code == 403
    assert shown(new) == AS_IT_WAS


def test_a_file_is_taken_off_one_sub_item_of_the_successor_and_stays_on_the_other(officer, old, later):
    new = rename(old, officer)
    (waiting,) = evidence_board(new).tray
    client = sign_in(officer)
    client.post(reverse("evidence:place", args=[waiting.token]), {"codes": "1.1, 1.2"})
    (_, others), _ = sorted(evidence_of_sub_item(new, "1.1").placed, key=lambda pair: str(pair[0]) != "ảnh.pdf")
    assert others == "1.2"


def test_where_a_commune_came_from_nobody_places_its_files_any_more(officer, old, later):
    province = make_user(authority=officer.authority.parent)
    move_commune(commune=old, authority=province.authority, from_day=FROM_DAY, by=province)
    (file,) = evidence_board(old).tray
    place = reverse("evidence:place", args=[file.token])
    assert sign_in(officer).post(place, {"codes": "1.2"}).status_code == 403
    assert sign_in(province).post(place, {"codes": "1.2"}).status_code == 302
