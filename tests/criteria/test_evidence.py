"""Evidence: who may send, see, move and delete it; what becomes of each file; what is missing."""

import hashlib
import re
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image
from python_calamine import CalamineWorkbook

from communes.enums import Role
from criteria.enums import Status
from criteria.evidence_services import (
    Result,
    _Desk,
    code_in,
    delete_evidence,
    keep_files,
    place_evidence,
    told_counts,
    upload_evidence,
)
from criteria.models import Evidence, EvidenceEvent, MonthlyReport
from criteria.selectors.evidence import evidence_board, evidence_by_commune
from ntm_tracker.lib.uploads import LIMITS
from tests import factories
from tests.lib.files import make_docx, make_image, make_pdf, with_macro
from tests.pages import sign_in, text

pytestmark = pytest.mark.django_db
CANARY = b"% CHIM-HOANG-YEN"


@pytest.fixture(autouse=True)
def day_and_media(settings, tmp_path):
    settings.NTM_TODAY = date(2023, 4, 10)
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def catalogue():
    """Sub-items 1.1, 1.2 and 2.1, 2.2, 2.3 of the only set."""
    return factories.make_criteria_set()


@pytest.fixture
def sub_items(catalogue):
    return {row.code: row for criterion in catalogue.criteria.all() for row in criterion.sub_items.all()}


@pytest.fixture
def commune(sub_items):
    """A commune in which 1.1 is met, 1.2 not met, the rest not assessed."""
    unit = factories.make_commune()
    factories.make_assessment(commune=unit, sub_item=sub_items["1.1"])
    factories.make_assessment(commune=unit, sub_item=sub_items["1.2"], status=Status.NOT_MET)
    return unit


@pytest.fixture
def staff(commune):
    return factories.make_user(Role.COMMUNE, commune=commune)


@pytest.fixture
def officer(commune):
    return factories.make_user(Role.DISTRICT, authority=commune.authority)


@pytest.fixture
def leader(commune):
    return factories.make_user(Role.LEADER, authority=commune.authority)


@pytest.fixture
def guide(commune, sub_items):
    """An officer of the department that guides 1.2."""
    department = factories.make_department(authority=commune.authority)
    factories.make_guide(sub_item=sub_items["1.2"], department=department)
    return factories.make_user(Role.DEPARTMENT, department=department)


def sent(name="1.1_Biên bản.pdf", content=None):
    return SimpleUploadedFile(name, make_pdf() if content is None else content)


def one(commune, by, name="1.1_Biên bản.pdf", content=None, **options):
    return upload_evidence(commune=commune, files=[sent(name, content)], by=by, **options)[0]


def hidden(page, name):
    """What the page sends back unseen."""
    return re.search(rf'name="{name}"(?: value="([^"]*)")?', page)[1] or ""


def codes(evidence):
    return sorted(evidence.assessments.values_list("sub_item__code", flat=True))


# What becomes of a file


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("18.1_Biên bản.pdf", "18.1"),
        ("18.1.pdf", "18.1"),
        ("18-1 bien ban.pdf", "18.1"),
        ("18.1 - Quyết định.docx", "18.1"),
        ("18_1.jpg", "18.1"),
        ("08.1 a.pdf", "8.1"),
        (" 17.10_a.pdf", "17.10"),
        ("18.1_2023_bao cao.pdf", "18.1"),
        ("11_Ho ngheo.pdf", "11"),
        ("11_2023.pdf", ""),
        ("05_anh.jpg", ""),
        ("11 anh.jpg", ""),
        ("05.4.2023 bien ban.pdf", ""),
        ("05-4-2023.pdf", ""),
        ("2023.pdf", ""),
        ("118.1.pdf", ""),
        ("18.123.pdf", ""),
        ("Biên bản 18.1.pdf", ""),
        ("", ""),
    ],
)
def test_the_code_at_the_start_of_a_name_is_read_and_a_date_is_not(name, code):
    assert code_in(name) == code


def test_many_files_at_once_each_find_their_place(commune, staff):
    names = ["1.1_Biên bản.pdf", "1-2 Quyết định.pdf", "Ảnh chụp.pdf", "2.1_a.pdf", "9.9_b.pdf", "1.1_virus.docx"]
    contents = [make_pdf(b"/N %d" % number) for number in range(5)] + [with_macro(make_docx())]
    files = [sent(name, content) for name, content in zip(names, contents, strict=True)]
    outcomes = upload_evidence(commune=commune, files=files, by=staff)
    assert [outcome.result for outcome in outcomes] == [
        Result.ATTACHED, Result.ATTACHED, Result.TRAY, Result.TRAY, Result.TRAY, Result.REFUSED,
    ]  # fmt: skip
    sentences = [outcome.sentence for outcome in outcomes]
    assert "nội dung 1.1" in sentences[0]
    assert "không bắt đầu bằng mã" in sentences[2]
    assert "2.1 chưa có đánh giá" in sentences[3]
    assert "không có nội dung 9.9" in sentences[4]
    assert "macro" in sentences[5]
    assert Evidence.objects.count() == 5, "one bad file takes nothing from the others"
    assert codes(outcomes[1].evidence) == ["1.2"]


def test_the_only_one_of_its_criterion_goes_by_the_number_that_the_pages_show(commune, staff, sub_items, client):
    sub_items["1.2"].official_code = "1"
    sub_items["1.2"].save(update_fields=["official_code"])
    outcome = one(commune, staff, "1_Trường học.pdf")
    assert (outcome.result, outcome.sentence) == (Result.ATTACHED, "Đã gắn vào nội dung 1.")
    assert codes(outcome.evidence) == ["1.2"]
    waiting = one(commune, staff, "Ảnh.pdf", make_pdf(b"/N 2")).evidence
    client.force_login(staff)
    client.post(f"/evidence/{waiting.token}/place/", {"codes": "1"})
    assert codes(waiting) == ["1.2"]
    assert 'value="1"' in client.get(f"/evidence/{waiting.token}/edit/").text


def test_a_refused_file_leaves_nothing_on_the_disk(commune, staff, day_and_media):
    one(commune, staff, content=b"<script>alert(1)</script>")
    assert not [path for path in day_and_media.rglob("*") if path.is_file()]


def test_the_name_on_the_disk_is_made_and_the_given_one_is_kept_for_people(commune, staff, day_and_media):
    outcome = one(commune, staff, "../../1.1_Bie\u0302n ba\u0309n\r\n.pdf")
    stored = [path for path in day_and_media.rglob("*") if path.is_file()]
    assert [path.name for path in stored] == [f"{hashlib.sha256(make_pdf()).hexdigest()}-{outcome.evidence.token}"]
    assert outcome.evidence.original_name == "1.1_Biên bản.pdf"


def test_the_same_file_twice_is_told_and_linked_instead_of_kept_again(commune, staff, day_and_media):
    first = one(commune, staff, "a.pdf")
    again = one(commune, staff, "b.pdf")
    linked = one(commune, staff, "1.1_c.pdf")
    known = one(commune, staff, "1.1_d.pdf")
    assert [row.result for row in (first, again, linked, known)] == [
        Result.TRAY, Result.KNOWN, Result.ATTACHED, Result.KNOWN,
    ]  # fmt: skip
    assert "đã có từ 10/4/2023" in again.sentence
    assert "gắn thêm vào nội dung 1.1" in linked.sentence
    assert Evidence.objects.count() == 1
    assert len([path for path in day_and_media.rglob("*") if path.is_file()]) == 1


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_that_another_request_kept_a_moment_before_is_told_and_not_kept_twice(
    commune, staff, day_and_media, monkeypatch
):
    first = one(commune, staff).evidence
    # When this request looked, the other one hadn't written yet.
    monkeypatch.setattr(_Desk, "_known", lambda desk, checksum: None)
    outcome = one(commune, staff, "1.2_Bản chụp.pdf")
    assert (outcome.evidence, outcome.is_new) == (first, False)
    assert codes(first) == ["1.1", "1.2"]
    assert [path.name for path in files_in(day_and_media)] == [Path(first.file.name).name]


def test_a_file_whose_row_cannot_be_written_leaves_nothing_on_the_disk(commune, staff, day_and_media):
    written = []

    def breaks(execute, sql, *rest):
        if sql.startswith('INSERT INTO "criteria_evidence"'):
            written.extend(files_in(day_and_media))
            raise OperationalError("disk full")
        return execute(sql, *rest)

    with connection.execute_wrapper(breaks), pytest.raises(OperationalError):
        one(commune, staff)
    assert written
    assert not files_in(day_and_media)
    assert not Evidence.objects.exists()


def test_a_file_that_is_there_already_is_told_under_the_name_that_was_sent(commune, staff):
    one(commune, staff, "18.1_Biên bản nghiệm thu.pdf")
    for number, name in enumerate(("2.1 trùng.pdf", "1.1 trùng.pdf", "1.1 lần nữa.pdf")):
        again = one(commune, staff, name)
        assert again.name == name, number
        assert again.sentence.startswith("Giống hệt “18.1_Biên bản nghiệm thu.pdf”, đã có từ 10/4/2023; không lưu lại")
    (kept,) = keep_files(commune=commune, files=[sent("Ảnh.pdf")], by=staff)
    assert kept.name == "Ảnh.pdf"


def test_a_copy_within_one_choice_of_files_is_told_apart_from_what_was_there_before(commune, staff):
    one(commune, staff, "Cũ.pdf")
    new, refused = make_pdf(b"/N 1"), sent("trang.html", b"<html>")
    files = [sent("1.1_a.pdf", new), sent("1.1_b.pdf", new), sent("1.1_c.pdf"), refused]
    outcomes = upload_evidence(commune=commune, files=files, by=staff)
    assert outcomes[1].sentence == "Trùng với “1.1_a.pdf” vừa tải lên; không lưu lại, đang gắn với nội dung 1.1."
    assert outcomes[2].sentence.startswith("Giống hệt “Cũ.pdf”, đã có từ 10/4/2023; không lưu lại")
    assert told_counts(outcomes) == "1 tệp mới, 2 trùng, 1 không nhận"
    assert told_counts(outcomes[3:]) == "0 tệp mới, 1 không nhận"
    assert told_counts(outcomes[:1]) == "1 tệp mới"


def test_the_same_file_of_two_communes_is_kept_for_each(commune, staff):
    other = factories.make_user(Role.COMMUNE)
    files = [one(commune, staff).evidence, one(other.commune, other, "a.pdf").evidence]
    delete_evidence(evidence=files[1], by=other)
    with files[0].file.open() as file:
        assert file.read() == make_pdf()


@pytest.fixture
def at_once(monkeypatch):
    """Two requests at the same moment: neither sees what the other has just written."""
    monkeypatch.setattr("django.core.files.storage.FileSystemStorage.exists", lambda *_: False)
    monkeypatch.setattr("criteria.evidence_services._Desk._known", lambda *_: None)


def test_a_file_sent_twice_at_once_is_kept_once_and_stays_on_the_disk(commune, staff, day_and_media, at_once):
    first, second = one(commune, staff).evidence, one(commune, staff).evidence
    assert first == second
    assert [path for path in day_and_media.rglob("*") if path.is_file()] == [Path(first.file.path)]


def test_the_same_file_of_two_communes_at_once_is_kept_for_each(
    commune, staff, at_once, django_capture_on_commit_callbacks
):
    other = factories.make_user(Role.COMMUNE)
    files = [one(commune, staff).evidence, one(other.commune, other, "a.pdf").evidence]
    with django_capture_on_commit_callbacks(execute=True):
        delete_evidence(evidence=files[1], by=other)
    assert Path(files[0].file.path).read_bytes() == make_pdf()


def test_a_file_for_a_chosen_sub_item_goes_there_whatever_its_name(commune, staff, sub_items):
    assert codes(one(commune, staff, "1.1_a.pdf", sub_item=sub_items["1.2"]).evidence) == ["1.2"]


@pytest.mark.parametrize(
    ("name", "sentence", "move_to"),
    [
        ("1.1_a.pdf", "Tên tệp ghi 1.1, đã gắn vào nội dung 1.2.", "1.1"),
        ("2.1_a.pdf", "Tên tệp ghi 2.1, đã gắn vào nội dung 1.2.", ""),
        ("9.9_a.pdf", "Tên tệp ghi 9.9 (bộ tiêu chí không có), đã gắn vào nội dung 1.2.", ""),
        ("1.2_a.pdf", "Đã gắn vào nội dung 1.2.", ""),
        ("05_ảnh.pdf", "Đã gắn vào nội dung 1.2.", ""),
        ("ảnh.pdf", "Đã gắn vào nội dung 1.2.", ""),
    ],
)
def test_a_name_that_states_another_sub_item_than_the_chosen_one_is_told(
    commune, staff, sub_items, name, sentence, move_to
):
    outcome = one(commune, staff, name, sub_item=sub_items["1.2"])
    assert (outcome.sentence, outcome.move_to) == (sentence, move_to)
    assert not one(commune, staff, "1.2_b.pdf", make_pdf(b"/N 9")).named, "nothing was chosen"


def test_a_known_file_with_another_code_in_its_name_moves_and_keeps_its_other_places(commune, staff, guide, sub_items):
    factories.make_assessment(commune=commune, sub_item=sub_items["2.1"])
    evidence = one(commune, staff, "2.1_a.pdf").evidence
    again = one(commune, staff, "1.1_a.pdf", sub_item=sub_items["1.2"])
    assert again.sentence.endswith("đã gắn thêm vào nội dung 1.2. Tên tệp ghi 1.1.")
    assert again.move_to == "1.1, 2.1"
    assert codes(evidence) == ["1.2", "2.1"]
    mine = one(commune, guide, "1.1_b.pdf", make_pdf(b"/N 2"), sub_item=sub_items["1.2"])
    assert (mine.named, mine.move_to) == ("1.1", ""), "a department can't put it there"


def test_a_nul_in_the_code_of_a_sub_item_is_left_out(client, commune, staff):
    client.force_login(staff)
    client.post(reverse("evidence:upload", args=[commune.code]), {"files": [sent("a.pdf")], "sub_item": "1.2\x00"})
    assert codes(Evidence.objects.get()) == ["1.2"]


def test_a_file_goes_on_from_the_panel_to_the_sub_item_that_its_name_states(client, commune, staff):
    client.force_login(staff)
    url = reverse("evidence:upload", args=[commune.code])
    panel = {"hx-request": "true"}
    page = client.post(url, {"files": [sent("1.1_a.pdf")], "sub_item": "1.2"}, headers=panel).text
    evidence = Evidence.objects.get()
    place = reverse("evidence:place", args=[evidence.token])
    assert "Chuyển sang 1.1" in page
    assert page.index("</form>", page.index('type="file"')) < page.index(f'hx-post="{place}"'), "no form in a form"
    back = reverse("evidence:of_sub_item", args=[commune.code, "1.2"])
    answer = client.post(place, {"codes": "1.1", "was": hidden(page, "was"), "next": back}, headers=panel)
    assert "“1.1_a.pdf” đã gắn với nội dung 1.1." in client.get(answer["Location"], headers=panel).text
    assert codes(evidence) == ["1.1"]


def test_a_picture_is_kept_without_metadata_and_still_known_when_sent_again(commune, staff):
    exif = Image.Exif()
    exif[0x010F] = "MAY-ANH-BI-MAT"
    content = make_image(exif=exif)
    evidence = one(commune, staff, "1.1.jpg", content).evidence
    with evidence.file.open() as file:
        assert b"BI-MAT" not in file.read()
    assert one(commune, staff, "1.1.jpg", content).result == Result.KNOWN


@pytest.mark.parametrize("name", ["1.1_họp.pdf", "9.9_họp.PDF"])
def test_a_name_that_says_another_kind_of_file_is_told(client, commune, staff, name):
    """Wherever it goes, and when it is sent once more."""
    client.force_login(staff)
    url = reverse("evidence:upload", args=[commune.code])
    for _ in range(2):
        page = client.post(url, {"files": [sent(name, make_image())], "part": "outcomes"}).text
        assert f"<strong>{name[:-4]}.jpg</strong>" in page
        assert "Tên gửi lên ghi .pdf nhưng nội dung là ảnh JPG nên nhận là .jpg." in page


@pytest.mark.parametrize("name", ["1.1_họp.JPG", "1.1_họp.jfif", "1.1_họp", "1.1_họp.lần 2"])
def test_a_name_that_says_no_other_kind_needs_no_word(commune, staff, name):
    assert "Tên gửi lên" not in one(commune, staff, name, make_image()).sentence


def test_a_picture_that_was_downloaded_and_is_sent_again_is_known(commune, staff):
    evidence = one(commune, staff, "1.1.jpg", make_image(quality=95)).evidence
    with evidence.file.open() as file:
        delivered = file.read()
    again = one(commune, staff, "tải về.jpg", delivered)
    assert (again.result, again.evidence) == (Result.KNOWN, evidence)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_checksum_that_is_shown_is_that_of_the_file_that_is_delivered(client, commune, staff, kind):
    evidence = one(commune, staff, "1.1_ảnh", make_image(kind, quality=95)).evidence
    client.force_login(staff)
    delivered = client.get(reverse("evidence:download", args=[evidence.token])).content
    page = client.get(reverse("evidence:edit", args=[evidence.token])).text
    assert hashlib.sha256(delivered).hexdigest() in page
    assert "SHA-256 của tệp tải về" in page
    assert "nên mã này khác mã của ảnh gốc" in page
    call_command("check_files")


# Who may


def test_staff_officers_and_the_guiding_department_may_send_and_a_leader_may_not(
    commune, staff, officer, guide, leader
):
    for number, person in enumerate((staff, officer, guide)):
        assert one(commune, person, "1.2_a.pdf", make_pdf(b"/N %d" % number)).is_kept
    with pytest.raises(PermissionDenied):
        one(commune, leader, "1.2_b.pdf")


def test_a_department_sends_only_for_its_own_sub_items(commune, guide):
    assert "phòng, ban" in one(commune, guide, "1.1_a.pdf").sentence
    assert one(commune, guide, "a.pdf").result == Result.REFUSED
    assert Evidence.objects.count() == 0


def test_strangers_may_not_send(commune):
    for stranger in (factories.make_user(Role.COMMUNE), factories.make_user(Role.DISTRICT)):
        with pytest.raises(PermissionDenied):
            one(commune, stranger)


STRANGERS = {
    "staff of another commune of the district": lambda unit: factories.make_user(
        Role.COMMUNE, commune=factories.make_commune(authority=unit.authority)
    ),
    "officer of another district": lambda unit: factories.make_user(Role.DISTRICT),
    "leader of another district": lambda unit: factories.make_user(Role.LEADER),
    "department of another district": lambda unit: factories.make_user(Role.DEPARTMENT),
}


def urls_of(evidence):
    code = evidence.commune.code
    of_file = ["download", "thumb", "edit", "place", "delete"]
    return [
        *(reverse(f"evidence:{name}", args=[evidence.token]) for name in of_file),
        reverse("evidence:board", args=[code]),
        reverse("evidence:upload", args=[code]),
        reverse("evidence:of_sub_item", args=[code, "1.1"]),
    ]


@pytest.mark.parametrize("stranger", STRANGERS)
def test_to_strangers_evidence_does_not_exist(client, commune, staff, stranger):
    evidence = one(commune, staff, "1.1_CHIM-HOANG-YEN.pdf", make_pdf() + CANARY + b"\n%%EOF").evidence
    client.force_login(STRANGERS[stranger](commune))
    answers = [client.get(url) for url in urls_of(evidence)] + [client.post(url) for url in urls_of(evidence)]
    assert {answer.status_code for answer in answers} <= {404, 405}
    pages = [*answers, client.get(reverse("evidence:overview"))]
    assert not any(b"CHIM-HOANG-YEN" in answer.content for answer in pages)
    client.logout()
    assert all(client.get(url).status_code == 302 for url in urls_of(evidence))


def test_a_token_is_long_and_says_nothing(commune, staff):
    evidence = one(commune, staff).evidence
    assert len(evidence.token) >= 22
    assert evidence.sha256[:8] not in evidence.token


@pytest.mark.parametrize("path", ["/media/evidence/", "/media/", "/evidence/../media/", "/var/media/"])
def test_the_folder_of_files_is_not_served(client, commune, staff, officer, path):
    evidence = one(commune, staff).evidence
    client.force_login(officer)
    assert client.get(f"{path}{evidence.file.name}").status_code == 404


def test_a_leader_reads_and_changes_nothing(client, commune, staff, leader):
    evidence = one(commune, staff).evidence
    client.force_login(leader)
    assert client.get(reverse("evidence:download", args=[evidence.token])).status_code == 200
    page = client.get(reverse("evidence:board", args=[commune.code]))
    assert b'<input type="file"' not in page.content
    for name in ("edit", "place", "delete"):
        assert client.post(reverse(f"evidence:{name}", args=[evidence.token])).status_code == 403
    assert client.post(reverse("evidence:upload", args=[commune.code]), {"files": sent("x.pdf")}).status_code == 403


# Download


def test_a_download_is_an_attachment_that_may_do_nothing(client, commune, staff):
    evidence = one(commune, staff).evidence
    client.force_login(staff)
    answer = client.get(reverse("evidence:download", args=[evidence.token]))
    assert answer.content == make_pdf()
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == (
        "attachment; filename=\"1.1_Bien ban.pdf\"; filename*=UTF-8''1.1_Bi%C3%AAn%20b%E1%BA%A3n.pdf"
    )
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    again = client.get(reverse("evidence:download", args=[evidence.token]), headers={"if-none-match": answer["ETag"]})
    assert again.status_code == 304


def test_a_lost_file_is_a_page_not_found(client, commune, staff):
    evidence = one(commune, staff).evidence
    Path(evidence.file.path).unlink()
    client.force_login(staff)
    assert client.get(reverse("evidence:download", args=[evidence.token])).status_code == 404


def test_a_picture_has_a_small_one_drawn_once_and_others_have_none(client, commune, staff, day_and_media):
    picture = one(commune, staff, "1.1.jpg", make_image(size=(1600, 900))).evidence
    client.force_login(staff)
    url = reverse("evidence:thumb", args=[picture.token])
    small = Image.open(BytesIO(client.get(url).content))
    assert small.size == (320, 180)
    before = {path: path.stat().st_mtime_ns for path in day_and_media.rglob("*.jpg")}
    client.get(url)
    assert len(before) == 1
    assert before == {path: path.stat().st_mtime_ns for path in day_and_media.rglob("*.jpg")}
    paper = one(commune, staff).evidence
    assert client.get(reverse("evidence:thumb", args=[paper.token])).status_code == 404


# Moving, describing, deleting


def test_a_file_moves_between_sub_items_and_back_to_the_tray(commune, staff):
    evidence = one(commune, staff).evidence
    place_evidence(evidence=evidence, codes=["1.2"], by=staff)
    assert codes(evidence) == ["1.2"]
    place_evidence(evidence=evidence, codes=["1.1", "1.2"], by=staff)
    assert codes(evidence) == ["1.1", "1.2"]
    place_evidence(evidence=evidence, codes=[], by=staff)
    assert evidence_board(commune).tray == (evidence,)


def test_what_somebody_else_put_a_file_to_meanwhile_stays_when_its_page_is_saved(client, commune, staff, officer):
    evidence = one(commune, staff).evidence
    client.force_login(staff)
    address = reverse("evidence:edit", args=[evidence.token])
    shown = {name: hidden(client.get(address).text, name) for name in ("codes", "was")}
    place_evidence(evidence=evidence, codes=["1.1", "1.2"], by=officer)
    client.post(address, {**shown, "title": "Biên bản"})
    evidence.refresh_from_db()
    assert (evidence.title, codes(evidence)) == ("Biên bản", ["1.1", "1.2"])
    client.post(address, {**shown, "codes": ""})
    assert codes(evidence) == ["1.2"], "taken off what was shown and is no longer wanted"
    assert not EvidenceEvent.objects.filter(kind="detached", by=officer).exists()


def test_a_file_that_is_taken_off_one_sub_item_stays_where_somebody_else_put_it(client, commune, staff, officer):
    evidence = one(commune, staff).evidence
    client.force_login(staff)
    page = client.get(reverse("evidence:of_sub_item", args=[commune.code, "1.1"]))
    place_evidence(evidence=evidence, codes=["1.1", "1.2"], by=officer)
    shown = {name: hidden(page.text, name) for name in ("codes", "was")}
    client.post(reverse("evidence:place", args=[evidence.token]), shown)
    assert codes(evidence) == ["1.2"]


def test_a_file_that_somebody_has_just_deleted_is_put_nowhere(client, commune, staff):
    evidence = one(commune, staff, "a.pdf").evidence
    Evidence.objects.filter(pk=evidence.pk).delete()
    with pytest.raises(ValidationError, match="vừa bị người khác xóa"):
        place_evidence(evidence=evidence, codes=["1.1"], by=staff)


@pytest.mark.parametrize(("code", "said"), [("9.9", "không có nội dung 9.9"), ("2.1", "chưa có đánh giá")])
def test_a_file_cannot_be_put_to_what_is_not_there(commune, staff, code, said):
    evidence = one(commune, staff).evidence
    with pytest.raises(ValidationError, match=said):
        place_evidence(evidence=evidence, codes=["1.2", code], by=staff)
    assert codes(evidence) == ["1.1"], "all or nothing"


def test_a_department_moves_only_to_and_from_its_own_sub_items(commune, staff, guide):
    evidence = one(commune, staff, "a.pdf").evidence
    place_evidence(evidence=evidence, codes=["1.2"], by=guide)
    with pytest.raises(ValidationError, match="phòng, ban khác"):
        place_evidence(evidence=evidence, codes=["1.1", "1.2"], by=guide)


def test_a_department_describes_what_it_sent_and_what_supports_its_sub_items(commune, staff, guide):
    other = one(commune, staff).evidence
    assert not guide.has_perm("criteria.add_evidence", other)
    place_evidence(evidence=other, codes=["1.1", "1.2"], by=staff)
    assert guide.has_perm("criteria.add_evidence", other)
    own = one(commune, guide, "1.2_b.pdf", make_pdf(b"/N 1")).evidence
    place_evidence(evidence=own, codes=[], by=staff)
    assert guide.has_perm("criteria.add_evidence", own)


def test_links_to_another_set_stay_when_a_file_moves(commune, staff):
    evidence = one(commune, staff, "a.pdf").evidence
    old = factories.make_criteria_set(effective_from=date(2016, 1, 1), effective_to=date(2020, 12, 31))
    sub_item = old.criteria.first().sub_items.first()
    factories.make_assessment(commune=commune, sub_item=sub_item).evidence.add(evidence)
    assert [file for file, _ in evidence_board(commune).earlier] == [evidence]
    place_evidence(evidence=evidence, codes=["1.2"], by=staff)
    assert evidence.assessments.count() == 2


@pytest.fixture
def of_an_ended_set(commune, staff):
    """A file that supports 1.1 of a set that has ended, and nothing of the present one."""
    old = factories.make_criteria_set(
        effective_from=date(2016, 1, 1), effective_to=date(2020, 12, 31), short_name="Bộ tiêu chí 2016"
    )
    finding = factories.make_assessment(commune=commune, sub_item=old.criteria.first().sub_items.first())
    evidence = one(commune, staff, "a.pdf").evidence
    finding.evidence.add(evidence)
    return evidence


def test_a_file_of_an_ended_set_is_shown_with_its_old_code_and_placed_from_there(
    client, commune, staff, of_an_ended_set
):
    client.force_login(staff)
    url = reverse("evidence:board", args=[commune.code])
    page = client.get(url)
    assert page.text.index("Tệp của bộ tiêu chí trước") < page.text.index("Theo nội dung")
    assert "nội dung 1.1, Bộ tiêu chí 2016" in page.text
    place = reverse("evidence:place", args=[of_an_ended_set.token])
    assert f'action="{place}"' in page.text
    client.post(place, {"codes": "1.2"})
    page = client.get(url)
    assert "Tệp của bộ tiêu chí trước" not in page.text
    assert [str(file) for row in page.context["board"].rows for file in row.files] == ["a.pdf"]
    assert of_an_ended_set.assessments.count() == 2


def test_a_file_of_an_ended_set_that_is_sent_again_is_told_where_it_is(commune, staff, of_an_ended_set):
    again = one(commune, staff, "b.pdf")
    assert again.result == Result.KNOWN
    assert "đang ở nhóm tệp của bộ tiêu chí trước (nội dung 1.1, Bộ tiêu chí 2016)" in again.sentence


def test_the_workbook_names_the_files_of_an_ended_set(client, commune, staff, of_an_ended_set):
    client.force_login(staff)
    content = client.get(reverse("evidence:board", args=[commune.code]), {"format": "xlsx"}).content
    rows = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
    (row,) = (row for row in rows if "a.pdf" in row)
    assert row[1] == "Bộ tiêu chí trước: nội dung 1.1, Bộ tiêu chí 2016"


def test_what_a_document_says_of_itself_is_kept_beside_its_upload(client, commune, staff):
    evidence = one(commune, staff).evidence
    client.force_login(staff)
    url = reverse("evidence:edit", args=[evidence.token])
    data = {"codes": "1.1, 1.2", "title": "Biên bản họp", "document_number": "21/BC-UBND", "document_date": "05/4/2023"}
    assert client.post(url, {**data, "issuer": "UBND xã"}).status_code == 302
    evidence.refresh_from_db()
    assert (evidence.title, evidence.document_date) == ("Biên bản họp", date(2023, 4, 5))
    assert "21/bc-ubnd" in evidence.search_key
    assert codes(evidence) == ["1.1", "1.2"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("document_date", "11/4/2023", "sau hôm nay"),
        ("document_date", "hôm qua", "05/4/2023"),
        ("codes", "mười tám", "không phải mã nội dung"),
        ("codes", "9.9", "không có nội dung 9.9"),
    ],
)
def test_a_wrong_entry_is_named_with_its_remedy_and_nothing_typed_is_lost(client, commune, staff, field, value, said):
    evidence = one(commune, staff).evidence
    client.force_login(staff)
    data = {"codes": "1.1", "title": "ĐÃ GÕ", field: value}
    page = client.post(reverse("evidence:edit", args=[evidence.token]), data)
    assert page.status_code == 200
    assert said in page.content.decode()
    assert "ĐÃ GÕ" in page.content.decode()
    evidence.refresh_from_db()
    assert evidence.title == ""


def test_only_a_file_that_supports_nothing_can_be_deleted(client, commune, staff):
    evidence = one(commune, staff).evidence
    client.force_login(staff)
    url = reverse("evidence:delete", args=[evidence.token])
    assert "Xóa rồi thì không lấy lại được" in client.get(url).content.decode()
    assert Evidence.objects.exists(), "asked first"
    assert "Hãy gỡ tệp" in client.post(url).content.decode()
    assert Evidence.objects.exists()


def test_a_file_of_a_report_line_is_not_deleted_either(commune, staff, sub_items):
    evidence = one(commune, staff, "a.pdf").evidence
    report: MonthlyReport = factories.make_report(commune=commune)
    report.lines.create(sub_item=sub_items["1.1"], status=Status.MET).evidence.add(evidence)
    with pytest.raises(ValidationError):
        delete_evidence(evidence=evidence, by=staff)


def test_a_deleted_file_is_gone_from_the_disk_too(
    client, commune, staff, day_and_media, django_capture_on_commit_callbacks
):
    evidence = one(commune, staff, "a.jpg", make_image()).evidence
    client.force_login(staff)
    client.get(reverse("evidence:thumb", args=[evidence.token]))
    assert len([path for path in day_and_media.rglob("*") if path.is_file()]) == 2, "the picture and its small one"
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(reverse("evidence:delete", args=[evidence.token])).status_code == 302
    assert not Evidence.objects.exists()
    assert not [path for path in day_and_media.rglob("*") if path.is_file()]


def test_people_delete_what_they_sent_and_officers_everything(client, commune, staff, officer, guide):
    evidence = one(commune, officer, "a.pdf").evidence
    url = reverse("evidence:delete", args=[evidence.token])
    for person, status in ((staff, 403), (guide, 403), (officer, 200)):
        client.force_login(person)
        assert client.get(url).status_code == status


# Pages


def test_met_sub_items_without_evidence_are_missing(commune, staff, officer):
    assert [row.sub_item.code for row in evidence_board(commune).missing] == ["1.1"]
    one(commune, staff, "1.2_a.pdf")
    one(commune, staff, "b.pdf", make_pdf(b"/N 1"))
    row = evidence_by_commune(officer)[0]
    assert (row.files, row.in_tray, row.met, row.supported, row.missing) == (2, 1, 1, 0, 1)
    one(commune, staff, "1.1_c.pdf", make_pdf(b"/N 2"))
    one(commune, staff, "1.1_d.pdf", make_pdf(b"/N 3"))
    row = evidence_by_commune(officer)[0]
    assert (row.supported, row.missing) == (1, 0)
    assert evidence_board(commune).missing == ()


def test_the_list_shows_the_tray_first_and_filters_by_what_is_missing(client, commune, staff):
    one(commune, staff, "khong-ma.pdf")
    client.force_login(staff)
    url = reverse("evidence:board", args=[commune.code])
    page = client.get(url).content.decode()
    assert page.index("Khay chờ xếp") < page.index("Theo nội dung")
    missing = client.get(url, {"show": "missing"}).content.decode()
    assert "/evidence/1.1/" in missing
    assert "/evidence/1.2/" not in missing
    assert "/evidence/1.1/" not in client.get(url, {"code": "2"}).content.decode()


def test_an_upload_without_scripts_says_of_each_file_what_became_of_it(client, commune, staff):
    client.force_login(staff)
    url = reverse("evidence:upload", args=[commune.code])
    page = client.post(url, {"files": [sent("1.1_a.pdf"), sent("trang.html", b"<html>")]}).content.decode()
    assert "Đã gắn vào nội dung 1.1." in page
    assert "trang.html" in page
    assert "Không nhận:" in page
    assert "1 tệp mới, 1 không nhận." in page
    assert client.post(url).content.decode().count("Chưa có tệp nào được chọn") == 1
    assert client.get(url, {"show": "missing"})["Location"].endswith("/evidence/?show=missing")


def test_a_script_gets_the_sentence_of_its_file_alone(client, commune, staff):
    client.force_login(staff)
    url = reverse("evidence:upload", args=[commune.code])
    answer = client.post(url, {"files": [sent()], "part": "outcomes"}).content.decode()
    assert answer.strip().startswith("<li")
    token = Evidence.objects.get().token
    assert f'data-token="{token}"' in answer
    again = client.post(url, {"files": [sent("1.2_b.pdf")], "part": "outcomes", "before": [token]}).text
    assert "Trùng với “1.1_Biên bản.pdf” vừa tải lên" in again
    assert "data-token" not in again


def test_the_panel_of_a_cell_gets_a_fragment_and_a_browser_without_scripts_a_page(client, commune, staff):
    client.force_login(staff)
    url = reverse("evidence:of_sub_item", args=[commune.code, "1.1"])
    assert b"<html" in client.get(url).content
    fragment = client.get(url, headers={"hx-request": "true"}).content
    assert b"<html" not in fragment
    assert b'type="file"' in fragment
    assert client.get(reverse("evidence:of_sub_item", args=[commune.code, "9.9"])).status_code == 404


def test_a_file_is_taken_off_a_sub_item_and_the_person_comes_back(client, commune, staff):
    evidence = one(commune, staff).evidence
    client.force_login(staff)
    back = reverse("evidence:of_sub_item", args=[commune.code, "1.1"])
    url = reverse("evidence:place", args=[evidence.token])
    assert client.post(url, {"codes": "", "was": "1.1", "next": back})["Location"] == back
    assert codes(evidence) == []
    assert "a.example" not in client.post(url, {"codes": "", "next": "https://a.example/"})["Location"]


def test_the_page_tells_the_limits_that_the_check_uses(client, commune, staff):
    client.force_login(staff)
    page = client.get(reverse("evidence:board", args=[commune.code])).content.decode()
    assert f"{LIMITS.size // 1024**2} MB" in page
    assert "pdf, jpg, png, xlsx, docx, ods, odt" in page


def test_the_number_of_queries_does_not_grow_with_the_files(client, commune, staff, officer):
    one(commune, staff)
    one(commune, staff, "a.pdf", make_pdf(b"/M 0"))
    client.force_login(officer)
    urls = [
        reverse("evidence:board", args=[commune.code]),
        reverse("evidence:overview"),
        reverse("evidence:of_sub_item", args=[commune.code, "1.1"]),
    ]
    before = [queries_of(client, url) for url in urls]
    for number in range(1, 13):
        one(commune, staff, f"1.{1 + number % 2}_{number}.pdf", make_pdf(b"/N %d" % number))
        one(commune, staff, f"{number}.pdf", make_pdf(b"/M %d" % number))
        factories.make_commune(authority=commune.authority)
    assert [queries_of(client, url) for url in urls] == before
    assert max(before) <= 20


def queries_of(client, url):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_a_past_day_shows_the_files_and_findings_of_that_day(client, commune, staff, sub_items, settings):
    settings.NTM_TODAY = date(2023, 4, 5)
    first = one(commune, staff, "1.1_a.pdf").evidence
    settings.NTM_TODAY = date(2023, 4, 8)
    place_evidence(evidence=first, codes=["1.2"], by=staff)
    one(commune, staff, "1.1_b.pdf", make_pdf(b"/N 9"))
    client.force_login(staff)

    def shown(day):
        page = client.get(reverse("evidence:board", args=[commune.code]), {"at": day})
        rows = {row.sub_item.code: [str(file) for file in row.files] for row in page.context["board"].rows}
        return rows["1.1"], rows["1.2"], page

    assert shown("04/4/2023")[:2] == ([], [])
    *files, page = shown("05/4/2023")
    assert files == [["1.1_a.pdf"], []]
    assert "Số liệu tính đến 05/4/2023" in page.text
    assert "Tải minh chứng lên" not in page.text
    address = f"{reverse('evidence:of_sub_item', args=[commune.code, '1.1'])}?at=2023-04-05"
    assert address in page.text
    alone = client.get(address)
    assert [str(file) for file in alone.context["row"].files] == ["1.1_a.pdf"]
    assert "Số liệu tính đến 05/4/2023" in alone.text
    assert "Tải lên" not in alone.text
    *files, page = shown("08/4/2023")
    assert files == [["1.1_b.pdf"], ["1.1_a.pdf"]]
    assert "Tải minh chứng lên" in page.text


def test_a_large_number_of_missing_files_bears_its_dot(officer, monkeypatch):
    monkeypatch.setattr("criteria.evidence_views.missing_total", lambda rows: 4835)
    assert "4.835 nội dung đạt còn thiếu minh chứng" in text(sign_in(officer).get(reverse("evidence:overview")))
